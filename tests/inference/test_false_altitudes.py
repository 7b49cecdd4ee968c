"""A false altitude takes itself away, and nothing else."""

from __future__ import annotations

import numpy as np

from wheelsdown.inference.points import despike


def _left(heights: list[float], times: list[float]) -> list[float]:
    alt = np.array(heights)
    despike(len(alt), np.arange(len(alt)), np.array(times), alt)
    return alt.tolist()


def test_a_false_altitude_after_a_silence_does_not_blank_the_flights_around_it() -> None:
    down = [5000.0 - 10.0 * k for k in range(400)]
    up = [700.0 + 10.0 * k for k in range(300)]
    times = [float(8 * k) for k in range(400)]
    after = times[-1] + 1500.0
    later = [after + 8.0 + 8.0 * k for k in range(300)]
    # 25 minutes after 1,010 ft any height is possible: only what follows tells that 24,850 was false
    left = _left([*down, 24850.0, *up], [*times, after, *later])
    assert np.isnan(left[400])
    assert not np.isnan(left[:400]).any()
    assert not np.isnan(left[401:]).any()


def test_a_false_altitude_before_a_silence_goes_too() -> None:
    heights = [3000.0, 2900.0, 2800.0, 31000.0, 900.0, 1000.0, 1100.0]
    left = _left(heights, [0.0, 8.0, 16.0, 24.0, 2000.0, 2008.0, 2016.0])
    assert np.isnan(left).tolist() == [False, False, False, True, False, False, False]


def test_a_false_altitude_within_a_flight_goes_alone() -> None:
    left = _left([9400.0, 9225.0, 9075.0, 18300.0, 8900.0, 8900.0], [0.0, 8.0, 16.0, 24.0, 40.0, 55.0])
    assert np.isnan(left).tolist() == [False, False, False, True, False, False]


def test_a_false_altitude_alone_before_a_short_silence_goes() -> None:
    # OpenSky: 47,900 ft once, nothing for 13 minutes, then a climb from 3,225 ft
    up = [3225.0 + 15.0 * k for k in range(40)]
    times = [788.0 + k for k in range(40)]
    for way in (1, -1):
        left = _left([47900.0, *up][::way], [0.0, *times] if way == 1 else [-t for t in times[::-1]] + [0.0])
        assert np.isnan(left).tolist() == [True, *[False] * 40][::way]


def test_a_true_altitude_alone_before_a_silence_stays() -> None:
    up = [3225.0 + 15.0 * k for k in range(40)]
    times = [788.0 + k for k in range(40)]
    # a false one follows at once; and 8,000 ft are reached in 13 minutes
    assert np.isnan(_left([1000.0, 47900.0, *up], [0.0, 780.0, *times])).tolist() == [False, True, *[False] * 40]
    assert not np.isnan(_left([11000.0, *up], [0.0, *times])).any()
