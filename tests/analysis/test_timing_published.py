"""Timing held to what others have published: pyunicorn's and CoinCalc's examples, and how little four events say."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tests.analysis.timing_made import events_on, series_of, span
from wheelsdown.analysis.stats_intervals import rate_ratio
from wheelsdown.analysis.timing import timing
from wheelsdown.analysis.timing_bins import comparison, onsets_of, period_of
from wheelsdown.analysis.timing_eca import hold, poisson_p

DAY = date(2001, 1, 1)
YEARS = 60  # 1951 to 2010, a day each
EARLY = (1959, 1961, 1968, 2005, 2007, 2009)  # lilac flowers early (CoinCalc, CC.Example.Data1)
WARM = (1961, 1966, 1993, 2000, 2007, 2009)  # April is warm


def of(table: pl.DataFrame, measure: str, days: int) -> dict[str, object]:
    return table.row(by_predicate=(pl.col("measure") == measure) & (pl.col("window_days") == days), named=True)


def coincidences(
    days: int, events: list[int], visits: list[int], measure: str, window: int, *, exposure: object = None
) -> tuple[int, int]:
    period = period_of(series_of(DAY, days, visits, exposure=exposure), *span(DAY, days).values(), "UTC")
    onsets, _ = onsets_of(events_on([DAY + timedelta(days=i) for i in events]), period)
    one, _ = comparison(measure, window, 0, onsets, period)
    return hold(period.bins, [one], [np.zeros((1, days))])[0].observed, len(one.events)


def test_the_tutorial_of_pyunicorn_by_the_rule_of_windows() -> None:
    # events {1, 3, 6} and {1, 3, 7} of ten steps, window 1: two of three each way, p = 0.4820
    assert coincidences(10, [1, 3, 6], [1, 3, 7], "before", 1) == (2, 3)
    assert coincidences(10, [1, 3, 6], [1, 3, 7], "after", 1) == (3, 3)
    assert coincidences(10, [1, 3, 7], [1, 3, 6], "before", 1) == (3, 3)
    assert coincidences(10, [1, 3, 7], [1, 3, 6], "after", 1) == (2, 3)
    table = timing(
        series_of(DAY, 10, [1, 3, 7]),
        events_on([DAY + timedelta(days=i) for i in (1, 3, 6)]),
        **span(DAY, 10),
        windows_days=[1],
        measures=["before"],
    )
    row = of(table, "before", 1)
    assert (row["events_with"], row["events"]) == (2, 3)
    assert row["p_poisson"] == pytest.approx(0.4820, abs=5e-5)


def test_pyunicorn_itself_drops_events_by_the_first_event_and_we_do_not() -> None:
    # its published (0.5, 1.0, 1.0, 1.0): edges held against the first and last event, not the period observed
    x, y, window = [1, 3, 6], [1, 3, 7], 1
    before = [any(0 <= a - b <= window for b in y) for a in x if a > x[0] + window]
    after = [any(0 <= b - a <= window for b in y) for a in x if a < x[-1] - window]
    before_y = [any(0 <= b - a <= window for a in x) for b in y if b > y[0] + window]
    after_y = [any(0 <= a - b <= window for a in x) for b in y if b < y[-1] - window]
    rates = np.mean(before), np.mean(after_y), np.mean(before_y), np.mean(after)
    assert rates == (0.5, 1.0, 1.0, 1.0)
    assert coincidences(10, x, y, "before", window) == (2, 3)


@pytest.mark.parametrize(("window", "p"), [(0, 0.017776), (1, 0.098001)])
def test_lilac_and_warm_april_of_coincalc(window: int, p: float) -> None:
    # 55 years with data of 60; K = 3 of 6 both ways; (dT + 1) in the formula of the current version
    gone = np.ones(YEARS)
    gone[[2, 22, 32, 35, 47]] = 0  # five without data, away from all events
    early, warm = [y - 1951 for y in EARLY], [y - 1951 for y in WARM]
    assert coincidences(YEARS, early, warm, "before", 0, exposure=gone) == (3, 6)
    assert coincidences(YEARS, warm, early, "after", 0, exposure=gone) == (3, 6)
    row = of(
        timing(
            series_of(DAY, YEARS, warm, exposure=gone),
            events_on([DAY + timedelta(days=i) for i in early]),
            **span(DAY, YEARS),
            windows_days=[window],
            measures=["before"],
            draws=999,
        ),
        "before",
        window,
    )
    assert (row["events_with"], row["events"], row["days_in"] + row["days_out"]) == (3, 6, 55.0)
    assert row["p_poisson"] == pytest.approx(p, abs=5e-7)
    assert poisson_p(3, [1 - (1 - (window + 1) / 55) ** 6] * 6) == pytest.approx(p, abs=5e-7)


def test_four_events_say_little() -> None:
    # 92 visits, 2,621 days, 14 days: chance .410 each; four of four .028, three of four .19
    chance = 1 - (1 - 15 / 2621) ** 92
    assert chance == pytest.approx(0.410, abs=5e-4)
    assert poisson_p(4, [chance] * 4) == pytest.approx(0.028, abs=5e-4)
    assert poisson_p(3, [chance] * 4) == pytest.approx(0.19, abs=5e-3)
    rng = np.random.default_rng(5)
    days = sorted(rng.choice(2621, 92, replace=False).tolist())
    first = date(2016, 1, 1)
    near = [d + 3 for d in days if 20 < d < 2600][::22][:4]
    row = of(
        timing(
            series_of(first, 2621, days),
            events_on([first + timedelta(days=d) for d in near]),
            **span(first, 2621),
            windows_days=[14],
            measures=["before"],
            draws=4999,
        ),
        "before",
        14,
    )
    assert (row["events"], row["events_with"]) == (4, 4)
    assert row["p_poisson"] == pytest.approx(0.028, abs=5e-4)
    # visits on random days: shifting them finds about the same
    assert row["expected"] == pytest.approx(4 * 0.41, abs=0.2)
    assert 0.01 < row["p"] < 0.06


def test_autumn_2020_against_the_rest() -> None:
    # 20 of 92 landings in 91 days of 2016 to 5 March 2023: 7.7 times the rest (4.5 to 12.8)
    first, whole = date(2016, 1, 1), (date(2023, 3, 6) - date(2016, 1, 1)).days
    got = rate_ratio(20, 91, 72, whole - 91)
    assert (got.ratio, got.least, got.most) == pytest.approx((7.7, 4.5, 12.8), abs=0.05)
    # the same figures out of timing: three windows that lie end to end take in the 91 days
    at = (date(2020, 9, 1) - first).days
    rest = np.linspace(0, at - 60, 72).astype(int).tolist()
    row = of(
        timing(
            series_of(first, whole, [*range(at, at + 80, 4), *rest]),
            events_on([first + timedelta(days=at + d) for d in (30, 60, 90)]),
            **span(first, whole),
            windows_days=[30],
            measures=["rate_before"],
            draws=199,
            declared=first,
        ),
        "rate_before",
        30,
    )
    assert (row["visits_in"], row["days_in"], row["visits_out"]) == (20, 91.0, 72)
    assert (row["rate_ratio"], row["ratio_least"], row["ratio_most"]) == pytest.approx((7.7, 4.5, 12.8), abs=0.05)
    # one bunch in one year is one thing that happened: shifting finds it there again in one of some 17 tries
    assert 0.02 < row["p"] < 0.12
    assert row["sentence"].startswith(
        "20 visits at ZZZZ came on the day an event began or in the 30 days before, according to a test, for three "
        "events (a list): 7.7 times the rate of all other days (4.5 to 12.8); "
    )
