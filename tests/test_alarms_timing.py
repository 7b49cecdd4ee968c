"""Does timing fire where there is nothing? A small run of the bench, with the tolerance that its size asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import sqrt

import pytest

from bench.alarms_timing import ANY, DAYS, FIRST, KINDS, Alarms, measure, missed, power, quiet, text, tried
from wheelsdown.analysis.timing import timing

SERIES, DRAWS = 240, 199
ALLOWED = 3.3 * sqrt(0.05 * 0.95 / SERIES)  # one run in a thousand for one comparison


@pytest.fixture(scope="module")
def quiet_ones() -> dict[str, Alarms]:
    kinds = {k: Alarms() for k in KINDS}
    for i in range(SERIES):
        kind = KINDS[i % len(KINDS)]
        kinds[kind].add(measure(7000 + i, kind, draws=DRAWS))
    return kinds


def test_it_fires_no_oftener_than_it_says(quiet_ones: dict[str, Alarms]) -> None:
    whole = Alarms()
    for a in quiet_ones.values():
        whole.add(a)
    assert whole.series == SERIES
    assert len(whole.of) == 8
    for name in whole.of:
        assert whole.of[name] > 0.95 * SERIES
        assert whole.share(name) <= 0.05 + ALLOWED, name
        assert abs(whole.share(name, randomised=True) - 0.05) <= ALLOWED, name


def test_what_is_planted_is_found(quiet_ones: dict[str, Alarms]) -> None:
    found = power(10, 4, series=24, seed=90_000, draws=DRAWS)
    assert found.share("before 14 d") > 0.6
    assert found.share(ANY) > 0.6
    said = text(quiet_ones, {(10, 4): found})
    assert said.startswith(f"SIMULATED: {SERIES} quiet series")
    assert "10 ev, +4" in said


def test_a_goal_that_is_missed_is_named() -> None:
    loud = Alarms(100)
    loud.of["before 7 d"], loud.printed["before 7 d"], loud.randomised["before 7 d"] = 100, 7, 2
    assert missed(loud) == ["before 7 d: 0.070 printed", "before 7 d: 0.020 randomised"]


def test_the_bench_tries_what_timing_prints() -> None:
    series, events = quiet(3, "gaps")
    since = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    table = timing(series, events, since=since, until=since + timedelta(days=DAYS), draws=DRAWS, seed=3)
    held = tried(series, events, draws=DRAWS, seed=3)
    assert [h.p for h in held] == table["p"].to_list()[:-1]
    assert table["sentence"].str.starts_with("SIMULATED: ").all()
