"""False alarms and power of surges on a few SIMULATED series; `python -m bench.alarms_surges` measures a thousand."""

from __future__ import annotations

import numpy as np

from bench.alarms_surges import alarms, coverage, power
from wheelsdown.analysis.surges_fixed import at_least


def test_quiet_series_with_growing_coverage_fire_no_more_often_than_they_may() -> None:
    got = alarms(120, 199, 11)
    # more than chance gives one run in a thousand, if 5 % is true
    assert at_least(got.fired, got.series, 0.05) > 0.001
    assert got.fired <= got.randomised + 2


def test_coverage_grows() -> None:
    grown = [coverage(np.random.default_rng(n), 1500) for n in range(20)]
    assert all(c[1000:].mean() > c[:500].mean() for c in grown)
    assert any((c == 0).any() for c in grown)


def test_planted_surges_are_found() -> None:
    found = {(length, times): right for length, times, _, _, right in power(12, 199, 3)}
    assert found[14, 10.0] > 0.5
    assert found[30, 5.0] > 0.4
