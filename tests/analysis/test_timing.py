"""Timing: what is compared, what is refused, what is said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.timing_made import events_on, series_of, span
from wheelsdown.analysis.timing import timing
from wheelsdown.analysis.timing_eca import Comparison, Held, hold, p_value, poisson_p, quoter, randomised_p, reach
from wheelsdown.analysis.timing_shift import Bins, shifts, strata_of
from wheelsdown.analysis.timing_words import when
from wheelsdown.errors import UsageError
from wheelsdown.schema import TIMING

FIRST = date(2016, 1, 1)
DAYS = 2922  # to the end of 2023
FIVE = [date(2016, 4, 2), date(2020, 7, 12), date(2020, 9, 27), date(2022, 9, 12), date(2023, 9, 19)]

GIVEN: dict[str, Any] = {"draws": 999, "declared": date(2015, 12, 1)}


def at(day: date) -> int:
    return (day - FIRST).days


def planted(hits: int, seed: int = 1, others: int = 30) -> list[int]:
    """Visits at random, away from windows, and three just before so many of the five."""
    rng = np.random.default_rng(seed)
    free = [d for d in range(DAYS) if all(not -45 <= d - at(e) <= 45 for e in FIVE)]
    return sorted(rng.choice(free, others, replace=False).tolist()) + [
        at(e) - k for e in FIVE[:hits] for k in (2, 5, 9)
    ]


def run(visits: list[int], events: pl.DataFrame | None = None, **options: Any) -> pl.DataFrame:
    made = series_of(FIRST, DAYS, visits)
    return timing(made, events_on(FIVE) if events is None else events, **(GIVEN | span(FIRST, DAYS) | options))


def of(table: pl.DataFrame, measure: str, days: int | None) -> dict[str, Any]:
    is_days = pl.col("window_days").is_null() if days is None else pl.col("window_days") == days
    return table.row(by_predicate=(pl.col("measure") == measure) & is_days, named=True)


def test_planted_visits_before_events_stand_out() -> None:
    table = run(planted(4))
    assert table.columns == TIMING.names
    assert table.select("measure", "window_days").rows() == [
        ("before", 7), ("before", 14), ("before", 30), ("after", 7), ("after", 14), ("after", 30), ("rate_before", 30),
        ("any", None),
    ]  # fmt: skip
    row = of(table, "before", 14)
    assert (row["events"], row["events_with"], row["visits"], row["visits_in"]) == (5, 4, 42, 12)
    assert row["event_ids"] == ["e0", "e1", "e2", "e3"]
    assert set(row["visit_ids"]) == {f"v{at(e) - k}-0" for e in FIVE[:4] for k in (2, 5, 9)}
    assert (row["without_one_least"], row["without_one_most"]) == (3, 4)
    assert row["expected"] < 1.5
    assert row["p"] < 0.01
    assert row["p"] <= row["p_any"] <= 7 * row["p"] + 0.01
    assert row["without_one_p"] >= row["p"]
    assert row["above_chance"]
    assert not of(table, "after", 14)["above_chance"]
    strongest = of(table, "any", None)
    assert strongest["sentence"].startswith("Of seven comparisons of windows and measures, the strongest is that of ")
    assert strongest["sentence"].endswith(
        "Base: 42 visits between 1 January 2016 and 31 December 2023 (UTC), all 2,922 days."
    )
    assert strongest["p"] == table["p_any"].min()
    assert table["declared"].all()


def test_the_sentence_says_what_it_rests_on() -> None:
    row = of(
        run(planted(4), windows_days=[14], measures=["before"], events_from="dated list, five episodes"), "before", 14
    )
    assert row["p_any"] is None
    said = row["sentence"]
    for part in (
        "Four of five events (dated list, five episodes) had a visit at ZZZZ ",
        "on the day they began or in the 14 days before, according to a test; ",
        " would by chance. Chance: p = ",
        "(999 shifts of the visits within each year): more than chance allows at 5 %.",
        "Base: 42 visits between 1 January 2016 and 31 December 2023 (UTC), all 2,922 days.",
    ):
        assert part in said
    assert "instead of four would be within what chance leaves (p = " in row["changes"]
    for word in ("caused", "link", "suspicious", "dark", "smuggl"):
        assert word not in " ".join([said, row["changes"], row["reason"] or "", row["method"]])


def test_what_would_have_changed_an_answer_that_is_not_more_than_chance() -> None:
    row = of(run(planted(1), windows_days=[14], measures=["before"]), "before", 14)
    assert not row["above_chance"]
    assert "events with a visit instead of one would be more than chance (p = " in row["changes"]
    # so many visits that even all five would not be enough
    rng = np.random.default_rng(2)
    many = of(run(rng.integers(0, DAYS, 900).tolist(), windows_days=[30], measures=["before"]), "before", 30)
    assert many["events_with"] == 5
    assert "even five events with a visit would not be more than chance" in many["changes"]


def test_events_that_rest_on_one_visit_and_weaker_visits_are_told() -> None:
    visits = [*planted(0), at(FIVE[0]) - 3, at(FIVE[1]) - 3]
    series = series_of(FIRST, DAYS, visits, weaker=[at(FIVE[2]) - 1, at(FIVE[3]) - 1, 700])
    row = of(
        timing(
            series,
            events_on(FIVE),
            **(GIVEN | span(FIRST, DAYS)) | {"draws": 499},
            windows_days=[14],
            measures=["before"],
        ),
        "before",
        14,
    )
    assert row["events_with"] == 2
    assert "all the two rest on a single visit" in row["changes"]
    assert "with visits graded likely or possible it would be four events with a visit, which would " in row["changes"]


@pytest.mark.parametrize(
    ("declared", "before", "said"),
    [
        (None, False, "not declared before the data were looked at: if others were tried too, chance does as well"),
        (
            date(2015, 12, 31),
            True,
            "declared on 31 December 2015, before the first of these events, as their author says.",
        ),
        (date(2016, 4, 1), True, "declared on 1 April 2016, before the first of these events, as their author says."),
        (
            date(2016, 4, 2),
            False,
            "declared on 2 April 2016, after the period had begun, and not before the first of these events (2 April "
            "2016), as their author says: they count as found afterwards.",
        ),
        (date(2031, 1, 1), False, "declared on 1 January 2031, after the period had ended, as their author says: they"),
    ],
)
def test_a_declaration_counts_only_before_the_first_event(declared: date | None, before: bool, said: str) -> None:
    table = run(planted(4), windows_days=[10], declared=declared, measures=["before"])
    # a window that nobody declared in time is one of several that were tried
    assert table.height == (1 if before else 5)
    assert table["declared"].to_list() == [before] * table.height
    assert all(f"The windows were {said}" in s for s in table["sentence"])
    assert table.filter(window_days=10)["p_any"].is_null().all() == before


def test_a_declaration_needs_its_day() -> None:
    with pytest.raises(UsageError, match="give the day on which the windows were declared"):
        run(planted(4), declared=True)


def test_grades_are_in_the_sentence() -> None:
    series = series_of(FIRST, DAYS, planted(2), weaker=[at(FIVE[2]) - 4])
    given = GIVEN | span(FIRST, DAYS) | {"windows_days": [14], "measures": ["before"], "grades": ["possible"]}
    row = timing(series, events_on(FIVE), **given).row(0, named=True)
    assert "Two of five events (a list) had a visit (graded possible: may have landed) at ZZZZ" in row["sentence"]
    assert "36 visits (1 more of stronger grades left out) between" in row["sentence"]
    assert "with visits graded observed, inferred or likely it would be three events" in row["changes"]


def test_a_log_is_named_with_the_effort_of_its_observers() -> None:
    logged = series_of(FIRST, DAYS, planted(4), known=False).with_columns(sources=pl.lit(["log: spotters"]))
    given = GIVEN | span(FIRST, DAYS)
    sentences = timing(logged, events_on(FIVE), **given)["sentence"]
    assert sentences.str.contains("according to the log spotters", literal=True).all()
    assert sentences.str.contains("it cannot tell more visits from more watching.", literal=True).all()


def test_events_of_others_are_not_told_one_by_one() -> None:
    days = [date(2016, 1, 5), *FIVE]
    events = events_on(days, name=[f"clash {i}" for i in range(6)])
    asked: dict[str, Any] = {"windows_days": [14], "measures": ["before"]}
    named, table = (of(run(planted(3), events, dated=d, **asked), "before", 14) for d in (True, False))
    assert named["event_ids"] == ["e1", "e2", "e3"]
    assert "leaving out one event changes the answer: clash 1, clash 2, clash 3" in named["changes"]
    assert table["event_ids"] is None
    assert "left out, its window runs over an end of the period: one;" in table["reason"]
    assert "their publisher does not let rows be handed on" in table["reason"]
    assert "leaving out one event changes the answer: three of them do" in table["changes"]
    assert "2016-01-05" not in table["reason"] + table["sentence"]
    assert table["p"] == named["p"]


def test_exposure_is_not_called_days_observed() -> None:
    seen = series_of(FIRST, DAYS, planted(4), exposure=np.full(DAYS, 0.75))
    row = of(timing(seen, events_on(FIVE), **(GIVEN | span(FIRST, DAYS))), "before", 14)
    assert (
        "2,191.5 days of exposure (2,922 days, each times the chance that a visit on it is counted)." in row["sentence"]
    )
    assert "days observed" not in row["sentence"]


@pytest.mark.parametrize(
    ("made_of", "days", "said"),
    [
        (3, [], "three rows of events were read; none makes an episode under the rule, and fewer than three say"),
        (1, [], "one row of events was read; it makes no episode under the rule"),
        (0, [], "no row of events was read"),
        (9, [date(1999, 1, 1)], "nine rows of events were read; under the rule they make one episode, which does not"),
        (9, FIVE[:2], "under the rule they make two episodes, two of which begin in the period, and fewer"),
        (None, FIVE[:2], "the period holds two events, and fewer than three say nothing"),
    ],
)
def test_too_few_events_say_what_was_read(made_of: int | None, days: list[date], said: str) -> None:
    row = run(planted(4), events_on(days), made_of=made_of).row(0, named=True)
    assert said in row["reason"]
    assert said in row["sentence"]


def test_undeclared_windows_are_tried_among_the_standard_ones() -> None:
    table = run(planted(4), windows_days=[10], declared=None, measures=["before"])
    assert table.filter(pl.col("measure") == "before")["window_days"].to_list() == [7, 10, 14, 30]
    assert not table["declared"].any()
    row = of(table, "before", 10)
    assert row["p_any"] >= row["p"]
    assert "The windows were not declared before the data were looked at: if others were tried too" in row["sentence"]
    assert row["reason"].startswith("the windows were not declared before the data were looked at: quote p_any")


def test_the_same_seed_gives_the_same_rows_and_another_nearly_the_same() -> None:
    one, same, other = (run(planted(4), seed=s, draws=4999) for s in (3, 3, 4))
    assert one.equals(same)
    assert not one.equals(other)
    assert np.abs(one["p"].to_numpy() - other["p"].to_numpy()).max() < 0.03


def test_days_not_observed_leave_the_exposure_and_events_without_any_are_left_out() -> None:
    exposure = np.ones(DAYS)
    exposure[at(FIVE[0]) - 40 : at(FIVE[0]) + 1] = 0
    exposure[at(FIVE[1]) - 5 : at(FIVE[1]) + 1] = 0
    series = series_of(FIRST, DAYS, [*planted(5), at(FIVE[0]) - 1], exposure=exposure, known=False)
    row = of(
        timing(
            series,
            events_on(FIVE),
            **(GIVEN | span(FIRST, DAYS)) | {"draws": 199},
            windows_days=[14],
            measures=["before"],
        ),
        "before",
        14,
    )
    assert (row["events"], row["events_with"]) == (4, 4)
    assert row["days_in"] == 4 * 15 - 6
    assert row["days_in"] + row["days_out"] == DAYS - 47
    assert "left out, no day of its window was observed: 2016-04-02" in row["reason"]
    assert "the windows of one of four events were observed in part only" in row["reason"]
    assert "not counted, on days not observed: " in row["reason"]
    assert "in 2,875 of 2,922 days, each taken as observed." in row["sentence"]


def test_events_whose_window_runs_over_an_end_are_left_out() -> None:
    days = [date(2016, 1, 5), *FIVE, date(2023, 12, 28), date(2024, 2, 1)]
    table = run(planted(4), events_on(days), windows_days=[7], measures=["before", "after", "around"])
    assert of(table, "before", 7)["events"] == 6
    assert of(table, "after", 7)["events"] == 6
    assert of(table, "around", 7)["events"] == 5
    assert "left out, its window runs over an end of the period: 2016-01-05" in of(table, "before", 7)["reason"]
    assert "one of eight events lies outside the period" in of(table, "before", 7)["reason"]


def test_events_of_one_day_are_one_and_long_ones_are_booked_on_their_first() -> None:
    ended = [None, date(2020, 7, 16), date(2020, 11, 10), None, None, None]
    events = events_on([*FIVE, FIVE[0]], ended=ended)
    row = of(run(planted(4), events, windows_days=[14], measures=["before"]), "before", 14)
    assert (row["events"], row["events_with"]) == (5, 4)
    assert row["event_ids"] == ["e0", "e5", "e1", "e2", "e3"]
    assert "six events began on five days; those of one day are one" in row["reason"]
    assert "an event of several days is booked on its first day" in row["reason"]


def test_windows_that_overlap_are_told() -> None:
    events = events_on([*FIVE, FIVE[0] + timedelta(days=3)])
    row = of(run(planted(4), events, windows_days=[14], measures=["before"]), "before", 14)
    assert "the windows of two events overlap" in row["reason"]


def test_a_single_event_that_can_be_compared_is_one_event() -> None:
    mixed = events_on(
        [*(d.replace(day=1) for d in FIVE[:4]), FIVE[4]],
        kind=["month"] * 4 + ["episode"], precision_days=[30.0, 31.0, 30.0, 30.0, 1.0],
    )  # fmt: skip
    row = of(run(planted(4), mixed, measures=["before"]), "before", 7)
    assert row["events"] == 1
    assert "one event can be compared over 7 days, and fewer than three say nothing" in row["sentence"]


def test_months_are_compared_over_a_month_and_refused_over_less() -> None:
    months = events_on(
        [d.replace(day=1) for d in FIVE], kind=["month"] * 5, precision_days=[30.0, 31.0, 30.0, 30.0, 30.0]
    )
    table = run(planted(4), months, measures=["before"])
    for days in (7, 14):
        row = of(table, "before", days)
        assert row["p"] is None
        assert f"its day is not known to within the {days} days of the window" in row["reason"]
        assert row["sentence"] == (
            "Visits at ZZZZ cannot be held against the dates of events: no events can be compared over "
            f"{days} days, and fewer than three say nothing."
        )
    assert of(table, "before", 30)["events"] == 5
    assert (
        "the day of five of five events is known to within 30 days only, and taken as the first of these"
        in of(table, "before", 30)["reason"]
    )
    # one comparison is left: nothing to allow for
    assert of(table, "before", 30)["p_any"] is None
    assert "any" not in table["measure"].to_list()


@pytest.mark.parametrize(
    ("visits", "events", "exposure", "said"),
    [
        ([5], FIVE[:2], 1.0, "the period holds two events, and fewer than three say nothing"),
        ([5], [date(1999, 1, 1)] * 3, 1.0, "the period holds no events, and fewer than three say nothing"),
        ([], FIVE, 1.0, "no visit was received in the period"),
        ([5], FIVE, 0.0, "no day of the period is known to have been observed"),
    ],
)
def test_what_cannot_be_compared_is_a_row_with_a_reason(
    visits: list[int], events: list[date], exposure: float, said: str
) -> None:
    made = series_of(FIRST, DAYS, visits, exposure=np.full(DAYS, exposure))
    table = timing(made, events_on(events), **span(FIRST, DAYS))
    row = table.row(0, named=True)
    assert table.height == 1
    assert said in row["reason"]
    assert said in row["sentence"]
    assert row["measure"] == "any"
    for name in ("p", "p_any", "expected", "draws", "above_chance", "rate_ratio", "changes", "declared"):
        assert row[name] is None


def test_no_series_at_all() -> None:
    row = timing(series_of(FIRST, 1, []).clear(), events_on(FIVE), **span(FIRST, DAYS)).row(0, named=True)
    assert "there is no series, and so no chance level" in row["sentence"]


def test_why_no_day_has_an_exposure() -> None:
    none = series_of(FIRST, DAYS, [5], exposure=np.zeros(DAYS))
    for made, more, said in (
        (none, {"days_observed": 3.0}, "on the days observed no visit would have been counted"),
        (none, {"selection": "hand_picked"}, "files picked by hand have no exposure"),
        (none.with_columns(known=pl.lit(value=False)), {}, "lies between the first and the last row of these data"),
    ):
        row = timing(made, events_on(FIVE), **span(FIRST, DAYS), **more).row(0, named=True)
        assert said in row["sentence"]
        assert row["p"] is None


def test_only_what_was_stated_is_called_so() -> None:
    parts = np.full(DAYS, 1.0)
    parts[[0, -1]] = 0.5
    cut = series_of(FIRST, DAYS, planted(4), exposure=parts).with_columns(known=pl.lit(value=False))
    options = GIVEN | span(FIRST, DAYS)
    row = of(timing(cut, events_on(FIVE), **options), "before", 14)
    assert "in 2,921 of 2,922 days, each taken as observed" in row["sentence"]
    row = of(timing(cut, events_on(FIVE), stated=True, **options), "before", 14)
    assert "in 2,921 of 2,922 days, as stated, spread evenly" in row["sentence"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"windows_days": []}, "no window"),
        ({"windows_days": [-1]}, "a window of -1 days"),
        ({"lag_days": -1}, "a lag of -1"),
        ({"draws": 5}, "5 draws"),
        ({"seed": 2**31}, "a seed of 2147483648"),
        ({"level": 1.0}, "a level of 1"),
        ({"measures": ["never"]}, "no measure 'never'"),
        ({"measures": []}, "no measure to compare"),
        ({"time_zone": "Asia/Baku"}, "the series has days of UTC, and Asia/Baku is asked for"),
        ({"since": datetime(2016, 1, 1)}, "times with their zone"),  # noqa: DTZ001
        ({"since": datetime(2030, 1, 1, tzinfo=UTC)}, "the window is empty"),
    ],
)
def test_what_makes_no_question(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run(planted(4), **options)


def test_a_series_that_is_none() -> None:
    good = series_of(FIRST, 100, [3])
    for bad, said in (
        (pl.concat([good, good]), "more than once"),
        (pl.concat([good, series_of(FIRST, 10, [], airfield="YYYY")]), "several airfields"),
        (good.with_columns(exposure=pl.lit(1.5)), "outside 0 to 1"),
        (good.with_columns(visits=pl.lit(-1, dtype=good.schema["visits"])), "fewer than no visits"),
    ):
        with pytest.raises(UsageError, match=said):
            timing(bad, events_on(FIVE), **span(FIRST, 100))


def test_a_name_from_a_file_cannot_steer_the_sentence() -> None:
    hostile = "=cmd|'/C calc'!A0\u202e<script>" + "x" * 10_000
    events = events_on(FIVE, name=[hostile] * 5, source=[hostile] * 5)
    table = run(planted(4), events, windows_days=[14], measures=["before"])
    text = table["sentence"][0] + table["changes"][0]
    assert "\u202e" not in text
    assert len(text) < 2000


def test_simulated_events_or_visits_say_so() -> None:
    events = events_on(FIVE, source=["SIMULATED list"] * 5)
    assert run(planted(4), events)["sentence"].str.starts_with("SIMULATED: ").all()
    made = series_of(FIRST, DAYS, planted(4)).with_columns(sources=pl.lit(["SIMULATED log"]))
    said = timing(made, events_on(FIVE), **span(FIRST, DAYS), draws=99)["sentence"]
    assert said.str.starts_with("SIMULATED: ").all()


def test_windows_and_lags() -> None:
    assert reach("before", 14, 0) == (-14, 0)
    assert reach("before", 13, 1) == (-14, -1)
    assert reach("after", 7, 2) == (2, 9)
    assert reach("around", 7, 0) == (-7, 7)
    assert when("before", 14, 0) == "on the day they began or in the 14 days before"
    assert when("before", 13, 1) == "in the 14 days before they began"
    assert when("before", 6, 3) == "in the 7 days ending 3 days before they began"
    assert when("before", 0, 0) == "on the day they began"
    assert when("after", 6, 3) == "in the 7 days starting 3 days after they began"
    assert when("around", 7, 0) == "within 7 days of the day they began"
    # a visit on the day itself counts with no lag, and not with one
    visits = [*planted(0), *(at(e) for e in FIVE)]
    assert of(run(visits, windows_days=[7], measures=["before"]), "before", 7)["events_with"] == 5
    assert of(run(visits, windows_days=[7], measures=["before"], lag_days=1), "before", 7)["events_with"] == 0


def test_visits_are_shifted_within_their_year_along_days_observed() -> None:
    first, size = date(2019, 1, 1), 730
    exposure = np.ones(size)
    exposure[100:200] = 0
    exposure[400:500] = 0.25
    visits = np.zeros(size, dtype=np.int64)
    visits[[3, 4, 300]] = [2, 1, 1]
    visits[600] = 3
    bins = Bins(first, visits, exposure, strata_of(first, size))
    drawn = np.concatenate(list(shifts(bins, 4000, np.random.default_rng(0))))
    assert drawn.shape == (4000, size)
    assert (drawn[:, :365].sum(axis=1) == 4).all()
    assert (drawn[:, 365:].sum(axis=1) == 3).all()
    assert drawn[:, 100:200].sum() == 0
    # visits of one day stay together, and land in proportion to what was observed of a day
    assert (drawn.max(axis=1) >= 2).all()
    landed = (drawn[:, 365:] == 3).mean(axis=0)
    assert landed[400 - 365 : 500 - 365].sum() == pytest.approx(25 / (365 - 75), abs=0.015)
    # neighbours stay neighbours, but where days between them were not observed
    pair = drawn[:, :100]
    assert (pair[(pair == 2).any(axis=1) & (pair[:, 99] != 2)].argmax(axis=1) < 99).all()


def test_regimes_cut_the_year() -> None:
    strata = strata_of(date(2019, 12, 30), 40, [date(2020, 1, 20)])
    assert strata.tolist() == [0, 0] + [1] * 19 + [2] * 19


@given(st.integers(0, 2**31 - 1), st.integers(1, 12), st.integers(3, 6))
@settings(max_examples=25, deadline=None)
def test_whatever_the_data_p_is_a_chance_and_sums_agree(seed: int, visits: int, events: int) -> None:
    rng = np.random.default_rng(seed)
    size = 400
    series = series_of(FIRST, size, rng.integers(0, size, visits).tolist(), exposure=rng.choice([0, 0.5, 1], size))
    days = [FIRST + timedelta(days=int(d)) for d in rng.choice(size, events, replace=False)]
    table = timing(series, events_on(days), **span(FIRST, size), windows_days=[3, 20], draws=49, seed=seed)
    for row in table.iter_rows(named=True):
        if row["p"] is None:
            assert row["reason"]
            continue
        assert 1 / 50 <= row["p"] <= 1
        assert row["visits_in"] + row["visits_out"] == row["visits"]
        assert row["p_any"] is None or row["p"] <= row["p_any"] or row["measure"] == "any"
        assert row["sentence"]
        assert row["changes"]
        if row["events_with"] is not None:
            assert 0 <= row["events_with"] <= row["events"]
            assert len(row["event_ids"]) == row["events_with"]


def test_poisson_p_of_unequal_chances() -> None:
    assert poisson_p(0, [0.1, 0.2]) == 1.0
    assert poisson_p(1, [0.1, 0.2]) == pytest.approx(1 - 0.9 * 0.8)
    assert poisson_p(2, [0.1, 0.2]) == pytest.approx(0.02)


def test_p_and_its_randomised_form() -> None:
    drawn = np.array([0.0, 1, 1, 2])
    assert p_value(1, drawn) == 4 / 5
    assert p_value(3, drawn) == 1 / 5
    rng = np.random.default_rng(0)
    many = np.array([randomised_p(1, drawn, rng) for _ in range(4000)])
    # above: one of five; ties with itself: three of five, spread evenly
    assert 0.2 <= many.min() < 0.21
    assert 0.79 < many.max() <= 0.8
    assert many.mean() == pytest.approx(0.5, abs=0.01)


def test_the_strongest_is_at_least_as_likely_as_each() -> None:
    bins = Bins(FIRST, np.bincount([3, 30, 60], minlength=100), np.ones(100), np.zeros(100, dtype=np.int64))
    made = [
        Comparison("before", w, 0, (0, 1, 2), np.array([20, 50, 80]) - w, np.array([20, 50, 80])) for w in (2, 10, 20)
    ]
    held: list[Held] = hold(bins, made, shifts(bins, 500, np.random.default_rng(1)))
    for h in held:
        assert quoter(held, h)(h.observed) >= h.p - 1e-12
    assert quoter(held[:1], held[0])(held[0].observed) == held[0].p


def test_leaving_out_an_event_of_a_rate_leaves_days_that_others_share() -> None:
    visits = np.bincount([10, 14, 18, 40, 70], minlength=100)
    bins = Bins(FIRST, visits, np.ones(100), np.zeros(100, dtype=np.int64))
    starts, ends = np.array([8, 12, 35]), np.array([15, 19, 45])
    one = Comparison("rate_before", 7, 0, (0, 1, 2), starts, ends)
    (held,) = hold(bins, [one], shifts(bins, 99, np.random.default_rng(1)))
    assert held.observed == 4
    by_hand = []
    for i in range(3):
        inside = np.zeros(100, dtype=bool)
        for k in range(3):
            if k != i:
                inside[starts[k] : ends[k] + 1] = True
        by_hand.append(visits[inside].sum())
    assert held.without.tolist() == by_hand == [3, 3, 3]


def test_thousands_of_events_take_seconds() -> None:
    rng = np.random.default_rng(3)
    days = [FIRST + timedelta(days=int(d)) for d in rng.integers(40, DAYS - 40, 20_000)]
    table = run(rng.integers(0, DAYS, 300).tolist(), events_on(days), draws=99)
    assert table["p"].is_not_null().all()
    assert table["events"].min() > 2500
