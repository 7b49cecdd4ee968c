"""Rhythms of visits: published values, edges of windows, days not observed, refusals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.made import START, frame, spread, visit
from wheelsdown.analysis.cadence import cadence
from wheelsdown.analysis.series import series
from wheelsdown.errors import UsageError
from wheelsdown.schema import CADENCE, OBSERVABILITY


def row_of(visits: pl.DataFrame, days: float, **more: Any) -> dict[str, Any]:
    out = cadence(visits, since=START, until=START + timedelta(days=days), **more)
    assert out.schema == CADENCE.schema
    return out.row(0, named=True)


def days_of(*statuses: str) -> pl.DataFrame:
    """OBSERVABILITY from `START` on, one status a day."""
    rows = [
        {
            "airfield": "LLOV",
            "day": START.date() + timedelta(days=i),
            "status": s,
            "seen_probability": 0.9 if s in ("observed", "partly") else None,
            "seen_least": 0.8,
            "seen_most": 0.95,
        }
        for i, s in enumerate(statuses)
    ]
    return pl.DataFrame(
        [{n: r.get(n) for n in OBSERVABILITY.names} for r in rows], schema=OBSERVABILITY.schema, orient="row"
    )


@pytest.mark.parametrize(
    ("n", "days", "every", "least", "most", "borne_out"),
    [
        (20, 44, 2.2, 1.4, 3.6, False),  # 2.0 is inside, but so is one every 3.6 days
        (20, 91, 4.5, 2.9, 7.4, False),  # 2.0 is excluded
        (6, 17, 2.8, 1.3, 7.7, False),  # Ovda, September 2023
        (46, 92, 2.0, 1.5, 2.7, True),
    ],
)
def test_every_other_day_only_where_the_data_bear_it(
    n: int, days: float, every: float, least: float, most: float, borne_out: bool
) -> None:
    row = row_of(spread(n, days), days, airfield="LLOV")
    assert (row["visits"], row["exposure_days"]) == (n, days)
    assert [round(row[k], 1) for k in ("every_days", "every_least", "every_most")] == [every, least, most]
    assert row["every_other_day"] is borne_out
    said = "These data bear out"
    if not borne_out:
        said = "rarer than" if least > 2 else "more frequent than" if most < 2 else "neither bear out"
    assert said in row["sentence"]


def test_the_same_flights_make_another_rhythm_over_another_window() -> None:
    visits = spread(20, 44)
    war, months = row_of(visits, 44), row_of(visits, 91)
    assert war["every_least"] < 2.0 < war["every_most"]
    assert months["every_least"] > 2.0
    assert '"every other day" does not fit' in months["reason"]
    assert 'rarer than "every other day", if every day was observed and no visit missed.' in months["sentence"]


def test_the_sentence_of_ovda() -> None:
    visits = spread(6, 17).with_columns(source=pl.lit("provider"))
    row = row_of(visits, 17, airfield="LLOV", exposure_days=17)
    assert row["sentence"] == (
        "At LLOV at least six landed between 1 and 17 September 2023 (UTC), according to provider. That is one every "
        "2.8 days, between one every 1.3 days and one every 7.7 days, on six of 17 days. These data neither bear out "
        '"every other day" nor exclude it. Exposure: 17 of 17 days, as stated.'
    )


def test_a_weaker_visit_does_not_weaken_the_sentence_about_the_stronger() -> None:
    grades = ["observed", "inferred", "likely", "possible"]
    visits = frame([visit(START + timedelta(days=i + 0.5), i, grade=g) for i, g in enumerate(grades)])
    assert row_of(visits, 10)["visits"] == 2
    text = row_of(visits, 10, grades=grades)["sentence"]
    assert text.startswith(
        "SIMULATED: At least two landed (one of them inferred) between 1 and 10 September 2023 (UTC); one more "
        "probably did; one more may have, according to SIMULATED."
    )


def test_nothing_received_is_a_row_with_a_bound_on_one_side() -> None:
    row = row_of(spread(0, 10), 10, airfield="LLOV")
    assert row["visits"] == 0
    assert (row["rate_per_day"], row["rate_least"]) == (0.0, 0.0)
    assert row["rate_most"] == pytest.approx(3.6889 / 10, abs=1e-5)
    assert row["every_days"] is None
    assert row["every_most"] is None
    assert row["every_least"] == pytest.approx(10 / 3.6889, abs=1e-4)
    assert row["every_other_day"] is False
    assert (row["days_with_visit"], row["share_of_days"], row["share_least"]) == (0, 0.0, 0.0)
    assert row["gap_median_days"] is None
    assert "no bound" in row["sentence"]
    assert "no landing graded observed or inferred was received between 1 and 10 September" in row["sentence"]


def test_files_chosen_by_hand_have_no_rhythm() -> None:
    row = row_of(spread(20, 40), 40, selection="hand_picked")
    assert row["visits"] == 20
    for name in ("exposure_days", "rate_per_day", "every_days", "gap_median_days", "share_of_days", "every_other_day"):
        assert row[name] is None
    assert "taken as chosen by hand" in row["reason"]
    assert "every other day" not in row["sentence"]
    assert "At least 20 landed" in row["sentence"]


def test_days_not_observed_leave_the_exposure_and_their_visits_the_count() -> None:
    visits = frame([visit(START + timedelta(days=d, hours=12), d) for d in (0, 1, 2, 3, 7)])
    known = days_of(*["observed"] * 2, "not_observed", *["observed"] * 5, "unknown", "partly")
    row = row_of(visits, 10, airfield="LLOV", observability=known)
    assert row["visits"] == 4
    # each of the eight with the chance of 0.9 that a visit on it is counted
    assert row["exposure_days"] == pytest.approx(7.2)
    assert "on days not observed: 1 (d00000-0002)" in row["reason"]
    assert row["rate_per_day"] == pytest.approx(4 / 7.2)
    assert row["days_with_visit"] == 4
    assert row["share_of_days"] == pytest.approx(4 / 8)
    # of the gaps 0-1, 1-3 and 3-7 the one across the day not observed may hide a visit
    assert row["gap_median_days"] == pytest.approx((1 + 4) / 2)
    assert "7.2 days of exposure: 8 of 10 days observed, times the chance" in row["sentence"]


def test_days_are_written_alike_long_and_short() -> None:
    """No ``2.56e+03 of 2557 days``, and no rhythm beside "no days"."""
    long = row_of(spread(2, 2557), 2557, airfield="LLOV", observability=days_of(*["observed"] * 2556, "not_observed"))
    assert "days of exposure: 2,556 of 2,557 days observed, times" in long["exposure_how"]
    stated = cadence(spread(2, 3), since=START, until=START + timedelta(hours=1), exposure_days=0.5 / 24)
    assert "0.5 of 1 hours, as stated" in stated["exposure_how"][0]
    short = cadence(
        spread(2, 3), since=START, until=START + timedelta(hours=71), airfield="LLOV",
        observability=days_of(*["observed"] * 3),
    )  # fmt: skip
    assert "2.96 of 2.96 days observed" in short["exposure_how"][0]


def test_no_day_observed_is_refused_and_no_zero() -> None:
    row = row_of(spread(2, 3), 3, airfield="LLOV", observability=days_of(*["not_observed"] * 3))
    assert row["visits"] == 0
    assert row["rate_per_day"] is None
    assert "no day of the window is known to have been observed" in row["reason"]
    assert "on days not observed: 2" in row["reason"]
    # what landed has landed, whoever else listened that day
    assert row["sentence"].startswith("SIMULATED: At LLOV at least two landed between 1 and 3 September 2023 (UTC)")
    assert "Two of these came on days not known to have been observed" in row["sentence"]
    assert "no landing" not in row["sentence"]


def test_several_a_day() -> None:
    text = row_of(spread(90, 30), 30)["sentence"]
    assert "That is 3.0 a day, between 2.4 and 3.7, on 30 of 30 days." in text


def test_where_nobody_knows_the_sentence_says_that_the_days_are_assumed() -> None:
    unknown = row_of(spread(2, 3), 3, airfield="LLOV", observability=days_of(*["unknown"] * 3))
    silent = row_of(spread(2, 3), 3, airfield="LLOV")
    for row in (unknown, silent):
        assert row["exposure_days"] == 3
        assert "taken as observed, which these data cannot show" in row["sentence"]


def test_stated_exposure_shorter_than_the_window_tells_no_days() -> None:
    row = row_of(spread(10, 30), 30, exposure_days=20)
    assert row["rate_per_day"] == pytest.approx(0.5)
    assert row["share_of_days"] is None
    assert row["days_with_visit"] is None
    assert row["gap_median_days"] is None
    assert "which days were observed is not said" in row["reason"]


def test_what_bears_on_the_window_and_is_not_counted_is_named() -> None:
    midday = START + timedelta(hours=12)
    visits = frame(
        [
            visit(midday, 0),
            visit(midday + timedelta(days=1), 1, quarantined="spoofed"),
            visit(midday + timedelta(days=2), 2, verdict="reject", check_state="current"),
            visit(midday + timedelta(days=3), 3, verdict="reject", check_state="earlier evidence"),
            visit(START, 4),  # a minute before midnight to a minute after
            visit(midday + timedelta(days=4), 5, airfield="LLER", rivals=["LLOV"]),
            visit(midday + timedelta(days=20), 6),
            visit(None, 7, arrived_latest_utc=midday),
        ]
    )
    row = row_of(visits, 10, airfield="LLOV")
    assert row["visit_ids"] == ["d00000-0000", "d00000-0003"]
    assert "set aside for doubts: 1 (d00000-0001)" in row["reason"]
    assert "rejected by a person: 1 (d00000-0002)" in row["reason"]
    assert "may lie outside the window: 2 (d00000-0004, d00000-0007)" in row["reason"]


def test_days_are_those_of_the_zone() -> None:
    # 22:30 UTC and 23:30 UTC of one day, and 20:30 of it: in Baku (UTC+4) two days
    times = [START + timedelta(hours=h) for h in (19.5, 20.5, 23.5)]
    visits = frame([visit(t, i) for i, t in enumerate(times)])
    since, until = START - timedelta(hours=4), START + timedelta(days=3, hours=-4)  # three days of Baku
    baku = cadence(visits, since=since, until=until, time_zone="Asia/Baku").row(0, named=True)
    assert (baku["days_with_visit"], baku["share_of_days"]) == (2, pytest.approx(2 / 3))
    assert "between 1 and 3 September 2023 (Asia/Baku)" in baku["sentence"]
    assert row_of(visits, 3)["days_with_visit"] == 1


def test_the_median_gap_is_the_same_on_every_run_and_in_every_order() -> None:
    visits = frame([visit(START + timedelta(days=d), d) for d in (1, 2, 4, 8, 9, 15)])
    mixed = visits.sample(fraction=1, shuffle=True, seed=3)
    a, b = row_of(visits, 20), row_of(mixed, 20)
    assert a == b
    assert a["gap_median_days"] == 2
    assert 1 <= a["gap_median_least"] <= 2 <= a["gap_median_most"] <= 6
    few = row_of(visits.head(4), 20)
    assert few["gap_median_days"] is not None
    assert few["gap_median_least"] is None


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"grades": ["sure"]}, "no grade"),
        ({"grades": []}, "no grades"),
        ({"selection": "some"}, "no selection"),
        ({"exposure_days": 0}, "above 0"),
        ({"exposure_days": 11}, "window of 10"),
        ({"exposure_days": 5, "observability": OBSERVABILITY.empty()}, "twice"),
    ],
)
def test_wrong_use(more: dict[str, Any], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        row_of(spread(2, 10), 10, **more)


def test_an_empty_or_naive_window_is_refused() -> None:
    with pytest.raises(UsageError, match="empty"):
        cadence(spread(2, 10), since=START, until=START)
    with pytest.raises(UsageError, match="zone"):
        cadence(spread(2, 10), since=datetime(2023, 9, 1), until=START)  # noqa: DTZ001


def test_no_sentence_holds_a_probability() -> None:
    for n in (0, 1, 6, 40):
        text = row_of(spread(n, 40), 40, grades=["observed", "possible"])["sentence"]
        for word in ("%", "probab", "p =", "chance", "confidence"):
            assert word not in text


def test_the_interval_of_a_steady_rate_holds_the_rate() -> None:
    """Visits at random, a known number a day: the interval of the rate covers in 95 % and more."""
    rng = np.random.default_rng(41)
    days, rate, held, runs = 30, 0.4, 0, 400
    for _ in range(runs):
        times, t = [], rng.exponential(1 / rate)
        while t < days:
            times.append(float(t))
            t += rng.exponential(1 / rate)
        visits = frame([visit(START + timedelta(days=t), i) for i, t in enumerate(times)])
        inside = visits.filter(pl.col("arrived_earliest_utc") >= START)
        row = row_of(inside, days + 0.01)
        held += row["rate_least"] <= rate <= row["rate_most"]
    assert held / runs >= 0.95


@given(st.lists(st.floats(0.01, 29.99), max_size=25), st.integers(1, 30))
def test_what_always_holds(times: list[float], exposure: int) -> None:
    visits = frame([visit(START + timedelta(days=t), i) for i, t in enumerate(times)])
    row = row_of(visits, 30, exposure_days=exposure)
    assert row["visits"] == len(row["visit_ids"]) <= len(times)
    assert row["rate_least"] <= row["rate_per_day"] <= row["rate_most"]
    assert row["every_most"] is None or row["every_least"] <= row["every_days"] <= row["every_most"]
    if row["every_other_day"]:
        assert row["every_least"] <= 2 <= row["every_most"] <= 3


def test_a_day_with_a_changed_clock_is_one_day() -> None:
    # Chicago's clocks went back on 2 November 2025: that day has 25 hours
    since, until = datetime(2025, 11, 1, 5, tzinfo=UTC), datetime(2025, 11, 4, 6, tzinfo=UTC)
    visits = frame([visit(datetime(2025, 11, 3, 5, 30, tzinfo=UTC), 0)])
    row = cadence(visits, since=since, until=until, time_zone="America/Chicago").row(0, named=True)
    assert row["share_of_days"] == pytest.approx(1 / 3)
    assert row["exposure_days"] == pytest.approx(73 / 24)
    assert "between 1 and 3 November 2025 (America/Chicago)" in row["sentence"]


@pytest.mark.parametrize(("seen", "words"), [(0.99, None), (0.8, "some visits"), (0.4, "most visits")])
@pytest.mark.parametrize("n", [0, 8])
def test_a_rhythm_of_what_was_received_is_no_rhythm_of_what_came(n: int, seen: float, words: str | None) -> None:
    days = [START.date() + timedelta(days=i) for i in range(40)]
    told = OBSERVABILITY.conform(
        pl.DataFrame(
            [
                {"airfield": "LLOV", "day": d, "status": "observed", "seen_probability": seen, "seen_least": seen - 0.1,
                 "seen_most": 1.0, "counted_probability": seen}
                for d in days
            ]
        ),
        fill=True,
    )  # fmt: skip
    row = row_of(spread(n, 40), 40, airfield="LLOV", observability=told)
    assert ("unreceived" in row["sentence"]) == (words is not None)
    assert words is None or f"On the days observed {words} would have gone unreceived" in row["sentence"]
    # eight of forty days, one in 5: too few for every other day, but only of those received
    if words is not None and n:
        assert "rarer" not in row["sentence"]
        assert "does not fit" not in row["reason"]
    assert row["every_other_day"] is False


def weaker(n: int, days: float, **more: Any) -> pl.DataFrame:
    """Visits that are not counted, `n` of them spread over the days."""
    return frame([visit(START + timedelta(days=(i + 0.4) * days / n), 1000 + i, **more) for i in range(n)])


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"grade": "possible"}, "60 more may have"),
        ({"grade": "likely"}, "60 more probably did"),
        ({"quarantined": "spoofed"}, "60 set aside for doubts"),
        ({"airfield": "LLER", "rivals": ["LLOV"]}, "60 named elsewhere, where this airfield could not be excluded"),
    ],
)
def test_no_false_rhythm_where_further_rows_may_be_visits(more: dict[str, Any], named: str) -> None:
    """20 in 91 days are rarer than every other day; with 60 that may have come as well they are not."""
    alone = row_of(spread(20, 91), 91, airfield="LLOV", exposure_days=91)
    assert 'They were rarer than "every other day"' in alone["sentence"]
    both = pl.concat([spread(20, 91), weaker(60, 91, **more)])
    row = row_of(both, 91, airfield="LLOV", exposure_days=91)
    assert row["visits"] == 20
    assert "rarer" not in row["sentence"]
    assert named in row["sentence"]
    assert "at least one every 4.5 days" in row["sentence"]
    assert "How much more often they came cannot be told" in row["sentence"]
    assert "60 (d00000-1000" in row["reason"]
    assert row["every_slowest"] == pytest.approx(alone["every_slowest"])
    assert row["every_quickest"] < 2 < alone["every_quickest"]


def test_every_other_day_is_borne_out_only_if_further_rows_would_not_make_it_quicker() -> None:
    alone = row_of(spread(46, 92), 92, exposure_days=92)
    few = row_of(pl.concat([spread(46, 92), weaker(3, 92, grade="possible")]), 92, exposure_days=92)
    many = row_of(pl.concat([spread(46, 92), weaker(40, 92, grade="possible")]), 92, exposure_days=92)
    assert [r["every_other_day"] for r in (alone, few, many)] == [True, True, False]
    assert "bear out" in few["sentence"]
    assert "bear out" not in many["sentence"]
    # nor do the weaker ones make a rhythm of their own, where they are counted with the others
    every = row_of(pl.concat([spread(46, 92), weaker(40, 92, grade="possible")]), 92, grades=["observed", "possible"])
    assert every["visits"] > 80
    assert every["every_most"] < 2
    assert 'more frequent than "every' not in every["sentence"]
    assert "at least one every" not in every["sentence"]


def test_what_is_certain_stays_so_with_further_rows() -> None:
    row = row_of(pl.concat([spread(40, 40), weaker(40, 40, grade="possible")]), 40)
    assert 'They were more frequent than "every other day".' in row["sentence"]


def test_the_exposure_is_that_of_surges_and_timing() -> None:
    """A chance of a fifth to be counted: ten in 100 days are one every two days, and never "rarer"."""
    days = [START.date() + timedelta(days=i) for i in range(100)]
    rows = [
        {"airfield": "LLOV", "day": d, "status": "observed", "seen_probability": 0.95, "seen_least": 0.9,
         "seen_most": 1.0, "counted_probability": 0.2}
        for d in days
    ]  # fmt: skip
    known = OBSERVABILITY.conform(pl.DataFrame(rows), fill=True)
    visits = spread(10, 100)
    end = START + timedelta(days=100)
    row = row_of(visits, 100, airfield="LLOV", observability=known)
    by_day = series(visits, airfield="LLOV", since=START, until=end, observability=known)
    assert row["exposure_days"] == pytest.approx(by_day["exposure"].sum()) == pytest.approx(20)
    assert row["every_days"] == pytest.approx(2)
    assert "rarer" not in row["sentence"]
    assert "at least one every 10.0 days of the days observed, on at least ten of 100 days" in row["sentence"]
    assert "20 days of exposure: 100 of 100 days observed, times the chance that a visit is counted" in row["sentence"]
    none = row_of(spread(0, 100), 100, airfield="LLOV", observability=known)
    assert f"up to one every {20 / 3.6889:.1f} days fits that" in none["sentence"]


@pytest.mark.parametrize("grades", [("possible",), ("likely",), ("likely", "possible")])
def test_the_window_is_said_once_whatever_the_grades(grades: tuple[str, ...]) -> None:
    rows = frame([visit(START + timedelta(days=2 * i + 1), grade=grades[i % len(grades)]) for i in range(4)])
    said = row_of(rows, 10, airfield="LLOV", grades=[*grades, "observed"])["sentence"]
    assert said.partition(".")[0].count("between 1 and") == 1, said
