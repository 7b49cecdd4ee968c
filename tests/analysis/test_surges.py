"""Surges: published numbers, refusals, what would have changed the answer. All visits are SIMULATED."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from tests.analysis.coal import by_year
from wheelsdown.analysis.stats_intervals import rate_ratio
from wheelsdown.analysis.surges import surges
from wheelsdown.analysis.surges_fixed import at_least, at_least_bunched, dispersion, some_window
from wheelsdown.analysis.surges_scan import Scan, best_windows, llr, maxima, null_maxima
from wheelsdown.analysis.wording import number, p_is
from wheelsdown.errors import UsageError
from wheelsdown.schema import SERIES, SURGES

FIRST = date(2016, 1, 1)
SINCE = datetime(2016, 1, 1, tzinfo=UTC)


def series_of(
    counts: np.ndarray | list[int],
    exposure: np.ndarray | list[float] | None = None,
    *,
    source: str = "SIMULATED",
    known: bool | None = None,
) -> pl.DataFrame:
    n = len(counts)
    made = pl.DataFrame(
        {
            "airfield": ["LLOV"] * n,
            "day": [FIRST + timedelta(days=i) for i in range(n)],
            "time_zone": ["UTC"] * n,
            "visits": [int(c) for c in counts],
            "exposure": [1.0] * n if exposure is None else [float(e) for e in exposure],
            "known": [exposure is not None if known is None else known] * n,
            "weaker": [0] * n,
            "visit_ids": [[f"v{i}-{k}" for k in range(int(c))] for i, c in enumerate(counts)],
            "sources": [[source] if c else None for c in counts],
        }
    )
    return SERIES.conform(made)


def told(series: pl.DataFrame, **more: object) -> pl.DataFrame:
    given = {"since": SINCE, "until": SINCE + timedelta(days=series.height), "draws": 999}
    return SURGES.conform(surges(series, **(given | more)))  # type: ignore[arg-type]


def quiet(days: int, visits: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).multinomial(visits, np.full(days, 1 / days))


# published numbers


def test_the_coal_mines() -> None:
    counts = by_year()
    scan = Scan(counts, np.ones(112), 56)
    (best,) = best_windows(scan)
    assert (1851 + best.first, 1851 + best.last, best.visits) == (1851, 1891, 127)
    assert scan.total * best.exposure / 112 == pytest.approx(69.92, abs=0.005)
    assert best.llr == pytest.approx(34.994, abs=5e-4)
    assert rate_ratio(127, 41, 64, 71).ratio == pytest.approx(3.436, abs=5e-4)
    drawn = null_maxima(scan, 999, 0)
    assert np.quantile(drawn, 0.95) == pytest.approx(6.74, abs=0.005)
    row = told(series_of(counts), longest_days=56).row(0, named=True)  # a year stands for a day
    assert row["p_poisson"] == 0.001
    assert row["p"] == row["p_dispersed"] < 0.05  # explosions came in bunches after 1891 too
    assert (row["visits"], row["surge"], row["kind"]) == (127, True, "found")
    assert row["rate_ratio"] == pytest.approx(3.436, abs=5e-4)


def test_the_six_flights_in_seventeen_days() -> None:
    # AP's six against 86 to 92 over 7.2 years: sure for a window named beforehand, less so for one that was noticed
    ratio = rate_ratio(6, 17, 86, 2621)
    assert [round(x or 0, 1) for x in ratio[:3]] == [10.8, 3.8, 24.4]
    assert at_least(6, 92, 17 / 2638) == pytest.approx(3e-5, rel=0.1)
    some = [some_window(k, 98, 17 / 2638) for k in (5, 6, 7)]
    assert [round(some[0], 2), round(some[1], 3), round(some[2], 4)] == [0.28, 0.035, 0.0035]


@pytest.mark.parametrize(
    ("k", "n", "w", "p", "digits"), [(4, 4, 0.1, 0.0037, 4), (5, 10, 0.1, 0.0613, 4), (8, 19, 1 / 6, 0.1854, 4)]
)
def test_some_window_of_one_length(k: int, n: int, w: float, p: float, digits: int) -> None:
    assert round(some_window(k, n, w), digits) == p
    assert some_window(n, n, w) == pytest.approx(n * w ** (n - 1) - (n - 1) * w**n)
    if n > 4:  # by drawing: the approximation is a little high
        at = np.sort(np.random.default_rng(2).random((40_000, n)), axis=1)
        drawn = float(((at[:, k - 1 :] - at[:, : n - k + 1]).min(axis=1) <= w).mean())
        assert drawn - 0.005 < p < drawn + 0.012


# the scan


def test_both_ways_to_scan_and_the_search_agree() -> None:
    from wheelsdown.analysis import surges_scan as s

    rng = np.random.default_rng(3)
    exposure = rng.random(200)
    exposure[rng.integers(0, 200, 30)] = 0
    counts = rng.multinomial(60, exposure / exposure.sum(), size=40)
    rows, days = np.nonzero(counts)
    events = np.repeat(days, counts[rows, days]).reshape(40, -1)
    for longest in (1, 5, 40, 200):
        scan = Scan(counts[0], exposure, longest)
        a, b = s._by_days(counts, scan), s._by_visits(events, scan)
        assert np.allclose(a, b)
        assert np.allclose(maxima(counts, scan), a)
        found = [best_windows(Scan(c, exposure, longest)) for c in counts]
        assert np.allclose([f[0].llr for f in found], a)
    # and by looking at every window, one by one
    one, cum = Scan(counts[0], exposure, 40), Scan(counts[0], exposure, 40).cumulated
    every = [
        float(llr(int(one.counts[i:j].sum()), float(cum[j] - cum[i]), one.total))
        for i in range(200)
        for j in range(i + 1, min(i + 40, 200) + 1)
        if 0 < cum[j] - cum[i] <= 0.5
    ]
    assert best_windows(one)[0].llr == pytest.approx(max(every))


def test_the_same_seed_gives_the_same_rows_whatever_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    from wheelsdown.analysis import surges_scan as s

    scan = Scan(quiet(400, 50), np.ones(400), 90)
    whole = null_maxima(scan, 500, 7)
    monkeypatch.setattr(s, "_CELLS", 1000)
    assert np.array_equal(null_maxima(scan, 500, 7), whole)
    assert not np.array_equal(null_maxima(scan, 500, 8), whole)


def test_windows_share_no_day_and_come_by_strength() -> None:
    counts = quiet(1000, 40)
    counts[100:110] += 1
    counts[500:515] += 1
    got = best_windows(Scan(counts, np.ones(1000), 90), 5)
    assert [w.llr for w in got] == sorted((w.llr for w in got), reverse=True)
    spans = sorted((w.first, w.last) for w in got)
    assert all(a[1] < b[0] for a, b in pairwise(spans))


def test_bunches_have_the_variance_asked_for() -> None:
    from wheelsdown.analysis import surges_scan as s

    scan = Scan(quiet(700, 200), np.ones(700), 90)
    week = np.arange(700) // 7
    for draw in (s._draw_days, s._draw_visits):
        drawn = draw(np.random.default_rng(0), 400, scan, (week, 200 / (3.0 - 1.0)))
        if draw is s._draw_visits:
            drawn = np.apply_along_axis(np.bincount, 1, drawn, minlength=700)
        assert (drawn.sum(axis=1) == 200).all()
        weekly = drawn.reshape(400, 100, 7).sum(axis=2)
        # given the sum, the variance is a little below three times the mean
        assert 2.7 < float(weekly.var(axis=0).mean() / weekly.mean()) < 3.1


# rows


def test_a_planted_surge_is_found_and_says_what_would_change_it() -> None:
    counts = quiet(1000, 60)
    counts[500:515] += 1
    row = told(series_of(counts), declared=[("the fortnight", FIRST + timedelta(500), FIRST + timedelta(514), FIRST)])
    found, named = row.filter(kind="found").row(0, named=True), row.filter(kind="declared").row(0, named=True)
    assert found["surge"]
    assert FIRST + timedelta(495) <= found["began"] <= found["ended"] <= FIRST + timedelta(520)
    assert len(found["visit_ids"]) == found["visits"]
    assert found["sentence"].startswith("SIMULATED: At LLOV ")
    for part in ("found by looking", "75 visits in 1,000 days", "999 draws, seed 0", p_is(found["p"], 999)):
        assert part in found["sentence"]
    assert "no evidence" in found["reason"]
    assert found["p_fixed"] < found["p"]
    # what would have changed the answer, done
    (fewer,) = (
        k for k in range(2, found["visits"]) if found["changes"].startswith(f"with {number(k)} visits in these")
    )
    a, b = (found["began"] - FIRST).days, (found["ended"] - FIRST).days
    less, left = counts.copy(), found["visits"] - fewer
    for i in range(a, b + 1):
        take = min(left, int(less[i]))
        less[i] -= take
        left -= take
    share = found["days_observed"] / 1000
    null = null_maxima(Scan(less, np.ones(1000), 90), 999, 0)
    p = (1 + (null >= float(llr(fewer, share, int(less.sum()))) - 1e-9).sum()) / 1000
    assert p > 0.03  # about 0.05: the draws are of other visits
    assert named["declared"]
    assert named["p"] == pytest.approx(at_least(named["visits"], 75, 0.015))
    assert named["draws"] is None
    assert "The window was declared on 1 January 2016, before it began, as its author says." in named["sentence"]
    assert "had it not been declared" in named["reason"]
    assert "times as likely" in named["changes"]


def test_chance_alone_is_no_surge() -> None:
    row = told(
        series_of(quiet(1000, 60)), declared=[("a month", FIRST + timedelta(200), FIRST + timedelta(230), FIRST)]
    )
    found, named = row.row(0, named=True), row.row(1, named=True)
    assert not found["surge"]
    assert "stands out beyond chance" in found["sentence"]
    assert "a surge" in found["changes"]
    assert not named["surge"]
    assert row.height == 2  # no further one


def test_what_was_seen_better_is_no_surge() -> None:
    # three times as many visits because three times as many were received
    exposure = np.r_[np.full(800, 0.3), np.full(200, 0.9)]
    counts = np.random.default_rng(4).multinomial(120, exposure / exposure.sum())
    assert told(series_of(counts)).row(0, named=True)["surge"]
    known = told(series_of(counts, exposure), longest_days=200).row(0, named=True)
    assert not known["surge"]
    assert "judged from other traffic at LLOV" in known["sentence"]
    # a visit on a day without exposure is named, and not counted
    exposure[:10] = 0
    counts[:10] = 1
    row = told(series_of(counts, exposure)).row(0, named=True)
    assert row["visits_total"] == counts[10:].sum()
    assert "not counted, on days not observed: 10" in row["reason"]


def test_visits_in_bunches_have_a_chance_of_their_own() -> None:
    counts = np.zeros(1400, dtype=int)
    counts[np.random.default_rng(5).integers(0, 1400, 30)] += 4  # convoys of four
    row = told(series_of(counts), declared=[("one", FIRST, FIRST + timedelta(20), FIRST - timedelta(1))]).row(
        0, named=True
    )
    assert row["dispersion"] > 1.5
    assert row["p"] == row["p_dispersed"] >= row["p_poisson"]
    assert "bunches" in row["reason"]
    assert not row["surge"]
    assert dispersion(counts.astype(float), np.ones(1400), np.ones(1400, dtype=bool)) == pytest.approx(4, rel=0.25)
    assert at_least_bunched(6, 98, 17 / 2638, 1.000001) == pytest.approx(at_least(6, 98, 17 / 2638), rel=1e-3)
    assert at_least_bunched(6, 98, 17 / 2638, 3.0) > 100 * at_least(6, 98, 17 / 2638)


def test_quiet_visits_in_bunches_set_off_no_more_alarms_than_chance_may() -> None:
    fired = poisson = 0
    for n in range(40):
        rng = np.random.default_rng([77, n])
        by_week = rng.gamma(0.32, 2.0, size=157)  # variance over mean of weekly counts about 3
        counts = rng.poisson(np.repeat(0.0913 * by_week / 0.64, 7)[:1095])
        row = told(series_of(counts), draws=199, further=False).row(0, named=True)
        fired += bool(row["surge"])
        poisson += row["p_poisson"] <= 0.05
    assert poisson > 20
    assert at_least(fired, 40, 0.05) > 0.001


def test_further_surges() -> None:
    counts = quiet(2000, 60)
    counts[300:320] += 1
    counts[1500:1515] += 2
    row = told(series_of(counts))
    assert row["kind"].to_list() == ["found", "further"]
    assert row["llr"].is_sorted(descending=True)
    assert told(series_of(counts), further=False).height == 1


@pytest.mark.parametrize(
    ("series", "more", "why"),
    [
        (series_of([1, 1, 0, 0]), {}, "three are the least"),
        (series_of([2, 2, 2], [0, 0, 0]), {}, "no day of the period is known to have been observed"),
        (
            series_of([2, 2, 2], [0, 0, 0]),
            {"days_observed": 3.0},
            "on the days observed no visit would have been counted",
        ),
        (series_of([2, 2, 2], [0, 0, 0], known=False), {}, "lies between the first and the last row of these data"),
        (series_of([2, 2, 2]), {"selection": "hand_picked"}, "chosen by hand"),
    ],
)
def test_refusals_are_rows_with_a_reason(series: pl.DataFrame, more: dict[str, object], why: str) -> None:
    rows = told(series, declared=[("a", FIRST, FIRST)], **more)
    assert rows.height == 2
    for row in rows.iter_rows(named=True):
        assert why in row["reason"]
        assert why in row["sentence"]
        assert row["p"] is row["surge"] is row["kind"] is None
    assert rows["name"].to_list() == [None, "a"]


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ((), "named without the day on which it was declared"),
        ((None,), "named without the day on which it was declared"),
        ((FIRST + timedelta(500),), "declared on 15 May 2017, after it had begun"),
        ((date(2031, 1, 1),), "declared on 1 January 2031, after it had ended"),
    ],
)
def test_a_window_declared_late_counts_as_found_afterwards(on: tuple[date | None, ...], said: str) -> None:
    counts = quiet(1000, 60)
    counts[500:515] += 1
    span = FIRST + timedelta(500), FIRST + timedelta(514)
    rows = told(series_of(counts), declared=[("the fortnight", *span, *on)])
    found, named = rows.filter(kind="found").row(0, named=True), rows.filter(kind="named").row(0, named=True)
    assert (named["name"], named["declared"], named["began"], named["ended"]) == ("the fortnight", False, *span)
    author = ", as its author says" if said.startswith("declared") else ""
    assert f"The window was {said}{author}: it counts as found afterwards." in named["sentence"]
    assert "beforehand" not in named["sentence"]
    assert named["reason"].startswith(f"the window was {said}: it counts as found afterwards; its chance as if fixed")
    # no stronger than what was found, and held against the same draws
    assert named["p_fixed"] < named["p"]
    assert (named["p"] >= found["p"], named["draws"]) == (True, found["draws"])


def test_a_window_declared_late_and_longer_than_the_scan_has_no_chance() -> None:
    rows = told(series_of(quiet(300, 40)), declared=[("most", FIRST, FIRST + timedelta(199))])
    row = rows.filter(name="most").row(0, named=True)
    assert (row["p"], row["surge"]) == (None, None)
    assert "stretches of 90 days and half of the exposure at most are held against chance" in row["sentence"]


def test_weaker_grades_left_out_are_in_the_sentence() -> None:
    counts = quiet(1000, 60)
    counts[500:515] += 1
    weak = np.zeros(1000, dtype=np.int64)
    weak[505], weak[700] = 3, 9
    made = series_of(counts).with_columns(weaker=pl.Series(weak))
    row = told(made, grades=["observed", "inferred"]).row(0, named=True)
    assert "12 more visits of weaker grades are left out, three of them in these days." in row["sentence"]
    assert "not counted, of weaker grades: 12" in row["reason"]
    assert "graded" not in row["sentence"]


@pytest.mark.parametrize(
    ("grades", "doubt", "others"),
    [
        (("possible",), "visits (graded possible: may have landed) between", "stronger"),
        (("likely",), "visits (graded likely: probably landed) between", "other"),
        (("observed", "possible"), "visits (some of them only graded possible: may have landed) between", "other"),
        (
            ("observed", "inferred", "likely", "possible"),
            "visits (some of them only graded likely or possible: probably landed, or may have landed) between",
            "weaker",
        ),
    ],
)
def test_grades_are_in_the_sentence(grades: tuple[str, ...], doubt: str, others: str) -> None:
    counts = quiet(1000, 60)
    counts[500:515] += 1
    made = series_of(counts).with_columns(weaker=pl.lit(1))
    rows = told(made, grades=grades, declared=[("a", FIRST + timedelta(500), FIRST + timedelta(514), FIRST)])
    for row in rows.iter_rows(named=True):
        assert doubt in row["sentence"]
        assert f"not counted, of {others} grades: 1,000" in row["reason"].replace("1000", "1,000")


def test_nothing_received_of_simulated_data_says_simulated() -> None:
    row = told(series_of(quiet(100, 0)), simulated=True).row(0, named=True)
    assert row["sentence"].startswith("SIMULATED: At LLOV no surge can be told")


def test_days_before_and_after_a_log_are_no_exposure() -> None:
    counts = np.zeros(365, dtype=np.int64)
    counts[59:89] = quiet(30, 74)
    covered = pl.Series([1.0 if 59 <= i < 89 else 0.0 for i in range(365)])
    row = told(series_of(counts).with_columns(known=pl.lit(value=False), exposure=covered)).row(0, named=True)
    assert (row["visits_total"], row["exposure_total_days"], row["surge"]) == (74, 30.0, False)
    assert "74 visits in 30 days, each taken as observed" in row["sentence"]
    said = "30 of 365 days, from the first day of the data (29 February 2016) to the last (29 March 2016)"
    assert said in row["sentence"]
    assert "days of exposure" not in row["sentence"]
    # an end that lies outside the period is not named
    later = told(series_of(counts[70:]).with_columns(known=pl.lit(value=False), exposure=covered[70:])).row(
        0, named=True
    )
    assert "19 of 295 days, up to the last day of the data (19 January 2016), for nobody says" in later["sentence"]


def test_a_window_that_begins_and_ends_within_a_day_is_nothing_stated() -> None:
    cut = series_of([2, 2]).with_columns(known=pl.lit(value=False), exposure=pl.lit(0.75))
    row = told(cut).row(0, named=True)
    assert row["exposure_how"].startswith("every day taken as observed")
    assert "in 1.5 days, each taken as observed" in row["sentence"]
    assert "stated" not in row["sentence"]


def test_declared_windows_beside_the_period_and_over_all_of_it() -> None:
    counts, early = quiet(300, 40), date(2015, 1, 1)
    rows = told(
        series_of(counts),
        declared=[
            ("outside", date(2030, 1, 1), date(2030, 2, 1), early),
            ("across", FIRST - timedelta(10), FIRST + timedelta(9), early),
            ("all", FIRST, FIRST + timedelta(299), early),
        ],
    )
    outside, across, whole = (rows.filter(name=n).row(0, named=True) for n in ("outside", "across", "all"))
    assert outside["p"] is None
    assert "no day of the declared window was observed" in outside["sentence"]
    assert across["began"] == FIRST
    assert "only the part inside" in across["reason"]
    assert "three windows were declared" in across["reason"]
    assert (whole["p"], whole["rate_ratio"], whole["surge"]) == (1.0, None, False)


def test_a_log_grows_with_its_observers() -> None:
    counts = quiet(300, 40)
    counts[100:110] += 2
    row = told(series_of(counts, source="log: spotters")).row(0, named=True)
    assert "a log grows with the effort of its observers" in row["reason"]
    assert "effort" in row["sentence"]
    assert "according to the log spotters" in row["sentence"]
    assert not row["sentence"].startswith("SIMULATED")


def test_no_stretch_with_more_than_expected() -> None:
    row = told(series_of([1, 1, 1, 1]), longest_days=1).row(0, named=True)
    assert (row["p"], row["surge"], row["began"]) == (1.0, False, None)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"draws": 20}, "draws"),
        ({"level": 1.0}, "level"),
        ({"longest_days": 0}, "longest"),
        ({"declared": [("x", FIRST, FIRST - timedelta(1))]}, "before its first"),
    ],
)
def test_wrong_use(more: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        told(series_of([1, 2, 3]), **more)


def test_series_of_two_airfields() -> None:
    two = series_of([1, 2, 3])
    with pytest.raises(UsageError, match="one airfield"):
        told(pl.concat([two, two.with_columns(airfield=pl.lit("LLER"))]))


def test_seven_years_of_days_take_seconds_and_bounded_memory() -> None:
    import time
    import tracemalloc

    scan = Scan(quiet(2638, 98), np.linspace(0.3, 1, 2638), 90)
    tracemalloc.start()
    begun = time.monotonic()
    drawn = null_maxima(scan, 9999, 0)
    took, (_, most) = time.monotonic() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert drawn.size == 9999
    assert most < 100_000_000
    assert took < 30
