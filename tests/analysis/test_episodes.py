"""Episodes by a rule: out of days, out of months, dated by a list; and over which thresholds they are the same."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.analysis.timing_made import events_on, series_of, span
from wheelsdown.analysis.episodes import described, episodes, rule, steady
from wheelsdown.analysis.timing import timing
from wheelsdown.errors import UsageError
from wheelsdown.schema import EVENTS

CONFLICT = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "context" / "conflict"
DATED = (
    # dates as newspapers and UCDP have them
    ("four-day war", date(2016, 4, 2), date(2016, 4, 5)),
    ("Tovuz", date(2020, 7, 12), date(2020, 7, 16)),
    ("second war", date(2020, 9, 27), date(2020, 11, 10)),
    ("border clashes", date(2021, 11, 16), date(2021, 11, 16)),
    ("border clashes", date(2022, 9, 12), date(2022, 9, 14)),
    ("offensive", date(2023, 9, 19), date(2023, 9, 20)),
)
FIVE = [date(2016, 4, 2), date(2020, 7, 12), date(2020, 9, 27), date(2022, 9, 12), date(2023, 9, 19)]
FIVE_MONTHS = [(2016, 4), (2020, 7), (2020, 9), (2022, 9), (2023, 9)]


def days_with(deaths: dict[date, float | None], **columns: Any) -> pl.DataFrame:
    made = {"deaths_best": list(deaths.values()), "country": ["AAA"] * len(deaths)}
    return events_on(list(deaths), **(made | columns))


def months_with(deaths: dict[tuple[int, int], float], country: str = "AAA", source: str = "months") -> pl.DataFrame:
    began = [date(y, m, 1) for y, m in deaths]
    return events_on(
        began,
        event_id=[f"{country}-{d:%Y%m}" for d in began],
        kind=["month"] * len(began),
        precision_days=[30.0] * len(began),
        deaths_best=[float(n) for n in deaths.values()],
        country=[country] * len(began),
        source=[source] * len(began),
    )


def dated_list() -> pl.DataFrame:
    return events_on(
        [b for _, b, _ in DATED],
        event_id=[f"list-{b}" for _, b, _ in DATED],
        kind=["episode"] * len(DATED),
        name=[n for n, _, _ in DATED],
        ended=[e for _, _, e in DATED],
        country=["Azerbaijan"] * len(DATED),
        source=["press"] * len(DATED),
    )


@pytest.fixture(scope="module")
def ucdp() -> pl.DataFrame:
    """Deaths by country and month, as EVENTS."""
    path = CONFLICT / "ucdp_monthly_fatalities_8_countries.csv"
    if not path.exists():
        pytest.skip(f"no {path}: the table of months is not at hand")
    rows = pl.read_csv(path).with_columns(
        began=(pl.col("period").cast(pl.String) + "01").str.to_date("%Y%m%d"),
    )
    return EVENTS.conform(
        rows.select(
            event_id=pl.format("{}-{}", "isocode", "period"),
            kind=pl.lit("month"),
            began="began",
            ended=pl.col("began").dt.month_end(),
            precision_days=pl.lit(30.0),
            country="isocode",
            deaths_best=pl.col("fatalities_UCDP").cast(pl.Float64),
            source=pl.lit("UCDP by country and month"),
        ),
        fill=True,
    )


def within(frame: pl.DataFrame, first: int = 2016, last: int = 2023) -> pl.DataFrame:
    return frame.filter(pl.col("began").dt.year().is_between(first, last))


def test_the_months_of_ucdp_give_the_five_episodes(ucdp: pl.DataFrame) -> None:
    found = within(episodes(ucdp, country=["ARM", "AZE"]))
    assert [(d.year, d.month) for d in found["began"]] == FIVE_MONTHS
    assert found["ended"].to_list() == [
        date(2016, 4, 30), date(2020, 7, 31), date(2020, 11, 30), date(2022, 9, 30), date(2023, 9, 30),
    ]  # fmt: skip
    assert (found["precision_days"] == 30).all()
    assert found["deaths_best"].to_list() == [128.0, 19.0, 7593.0, 294.0, 434.0]


def test_the_dated_list_and_the_months_give_the_same_five(ucdp: pl.DataFrame) -> None:
    found = within(episodes(pl.concat([ucdp, dated_list()]), country=["ARM", "AZE"]))
    assert found["began"].to_list() == FIVE
    assert found["ended"].to_list() == [e for _, b, e in DATED if b in FIVE]
    assert (found["precision_days"] == 1).all()
    assert found["event_id"].to_list() == [f"list-{d}" for d in FIVE]
    assert found["note"].str.contains("rule: 17 deaths or more in a calendar month").all()
    assert found["note"].str.contains("dated by press").all()
    # a list alone is taken as it is: only deaths can tell an episode from a lesser clash
    assert episodes(dated_list())["began"].to_list() == [b for _, b, _ in DATED]


def test_over_which_thresholds_the_five_are_the_same(ucdp: pl.DataFrame) -> None:
    span = {"since": date(2016, 1, 1), "until": date(2023, 12, 31)}
    got = steady(ucdp, country=["ARM", "AZE"], **span)
    assert (got.above, got.most) == (15.0, 19.0)
    assert got.added == (date(2021, 11, 1),)
    assert got.dropped == (date(2020, 7, 1),)
    assert got.words() == (
        "the same episodes begin with any threshold above 15 and up to 19 deaths a month; "
        "15 would add or move 2021-11; more than 19 would drop or move 2020-07"
    )
    for threshold, wanted in ((16, 5), (17, 5), (19, 5), (15, 6), (20, 4), (25, 4)):
        found = within(episodes(ucdp, country=["ARM", "AZE"], month_deaths_least=threshold))
        assert found.height == wanted, threshold
    with_lower = within(episodes(pl.concat([ucdp, dated_list()]), country=["ARM", "AZE"], month_deaths_least=15))
    assert date(2021, 11, 16) in with_lower["began"].to_list()
    # Azerbaijan by itself: the same five
    assert steady(ucdp, country="aze", **span).above == 14.0
    assert [(d.year, d.month) for d in within(episodes(ucdp, country="aze"))["began"]] == FIVE_MONTHS
    # two quiet months would make one episode of July and September 2020
    assert within(episodes(ucdp, country=["ARM", "AZE"], quiet_months=2)).height == 4


def test_deaths_of_soldiers_by_day_begin_with_the_war_of_2020() -> None:
    path = CONFLICT / "armenian_military_deaths_per_day_1000plus_geometrein.csv"
    if not path.exists():
        pytest.skip(f"no {path}")
    rows = pl.read_csv(path, try_parse_dates=True)
    found = episodes(days_with(dict(zip(rows["date"], rows["records"].cast(pl.Float64), strict=True))))
    assert within(found, 2019, 2023)["began"].to_list() == [date(2020, 9, 27)]


def test_an_episode_begins_on_the_first_day_of_the_shortest_run_that_reaches_the_number() -> None:
    day = date(2020, 9, 27)
    found = episodes(days_with({day - timedelta(days=4): 1.0, day: 30.0, day + timedelta(days=2): 5.0}))
    assert found.select("began", "ended", "deaths_best").rows() == [(day, day + timedelta(days=2), 35.0)]
    slow = {day + timedelta(days=i): 9.0 for i in (0, 3, 6)}
    assert episodes(days_with(slow))["began"].to_list() == [day]
    # the same deaths over one day more reach it nowhere
    wide = {day + timedelta(days=i): 9.0 for i in (0, 3, 7)}
    assert episodes(days_with(wide)).is_empty()
    assert episodes(days_with(wide), within_days=8)["began"].to_list() == [day]


def test_a_new_one_needs_quiet_days() -> None:
    day = date(2020, 1, 1)
    for apart, wanted in ((90, 1), (91, 2)):
        found = episodes(days_with({day: 25.0, day + timedelta(days=apart): 40.0}))
        assert found.height == wanted
    assert found["event_id"].to_list() == ["episode-AAA-2020-01-01", "episode-AAA-2020-04-01"]
    assert (found["kind"] == "episode").all()
    assert found["note"][0].startswith(
        "rule: 25 deaths or more within seven days, new after 90 days in which that was not so; "
        "an event of several days is booked on its first day"
    )


def test_what_is_known_to_the_month_takes_no_part_in_the_rule_by_days() -> None:
    deaths = {date(2020, 1, 1): 500.0, date(2020, 3, 1): 30.0}
    found = episodes(days_with(deaths, precision_days=[31.0, 1.0]))
    assert found["began"].to_list() == [date(2020, 3, 1)]


def test_rows_without_deaths_are_taken_as_none_and_told() -> None:
    found = episodes(days_with({date(2020, 1, 1): 30.0, date(2020, 1, 2): None, date(2020, 1, 3): 1.0}))
    assert found["deaths_best"].to_list() == [31.0]
    assert "one rows say no deaths" not in found["note"][0]
    assert "one row says no deaths, taken as none" in found["note"][0]


def test_countries_are_judged_by_themselves_unless_they_are_named_together() -> None:
    both = pl.concat([months_with({(2020, 1): 10}, "AAA"), months_with({(2020, 1): 9}, "BBB")])
    assert episodes(both).is_empty()
    together = episodes(both, country=["aaa", "BBB"])
    assert together.select("country", "deaths_best").rows() == [("AAA, BBB", 19.0)]
    with pytest.raises(UsageError, match="no event of Freedonia: the files write AAA, BBB"):
        episodes(both, country="Freedonia")


def test_which_they_are_is_said_with_other_thresholds() -> None:
    both = pl.concat([months_with({(2020, 1): 30, (2020, 6): 12}, "AAA"), days_with({date(2020, 1, 5): 3.0})])
    both = both.with_columns(country=pl.when(pl.col("kind") == "event").then(pl.lit("elsewhere")).otherwise("country"))
    assert described(both, country="AAA") == (
        "episodes of AAA in months: 17 deaths or more in a calendar month, new after one month with fewer, going on "
        "while a month has as many and at least 1 % of the deadliest month's; by months the same episodes begin with "
        "any threshold above 12 and up to 30 deaths a month; 12 would add or move 2020-06"
    )
    assert "by events the same episodes begin" in described(both)
    # outside the days asked about nothing is added
    assert "would add" not in described(both, country="AAA", until=date(2020, 3, 1))


def test_the_tail_of_a_war_ends_below_its_share() -> None:
    war = {(2020, 9): 6000, (2020, 10): 1400, (2020, 11): 170, (2020, 12): 27, (2021, 1): 1, (2021, 2): 18}
    found = episodes(months_with(war))
    assert found.select("began", "ended").rows() == [
        (date(2020, 9, 1), date(2020, 11, 30)),
        (date(2021, 2, 1), date(2021, 2, 28)),
    ]
    assert episodes(months_with(war), tail_share=0.0)["ended"][0] == date(2020, 12, 31)


def test_days_and_months_of_one_time_are_one_episode() -> None:
    both = pl.concat([days_with({date(2020, 9, 27): 60.0}), months_with({(2020, 9): 60, (2021, 5): 20})])
    found = episodes(both)
    assert found.select("began", "precision_days").rows() == [(date(2020, 9, 27), 1.0), (date(2021, 5, 1), 30.0)]


def test_two_of_a_list_in_one_month_are_not_told_apart_by_it() -> None:
    listed = events_on(
        [date(2020, 9, 3), date(2020, 9, 27)], kind=["episode"] * 2, name=["first", "second"], source=["press"] * 2
    )
    found = episodes(pl.concat([months_with({(2020, 9): 60}), listed]))
    assert found["began"].to_list() == [date(2020, 9, 3)]
    assert "the list has others in it, which the rule does not tell apart: 2020-09-27" in found["note"][0]


def test_simulated_rows_stay_simulated() -> None:
    found = episodes(pl.concat([months_with({(2020, 1): 30}), months_with({(2020, 1): 2}, source="SIMULATED months")]))
    assert found["source"][0].startswith("SIMULATED")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"deaths_least": 0}, "0 deaths make no episode"),
        ({"deaths_least": float("nan")}, "nan deaths make no episode"),
        ({"month_deaths_least": -3}, "-3 deaths of a month"),
        ({"within_days": 0}, "0 days within which deaths fall"),
        ({"quiet_days": -1}, "-1 quiet days"),
        ({"tail_share": 2}, "a share of 2"),
    ],
)
def test_what_makes_no_rule(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        episodes(months_with({(2020, 1): 30}), **options)
    with pytest.raises(UsageError, match=said):
        rule(**options)


def test_nothing_in_nothing_out() -> None:
    assert episodes(EVENTS.empty()).is_empty()
    with pytest.raises(UsageError, match="no rows of kind month"):
        steady(EVENTS.empty())


def test_the_rule_in_words() -> None:
    assert rule(kinds=["event"]) == ("25 deaths or more within seven days, new after 90 days in which that was not so")
    assert rule(kinds=["month"]) == (
        "17 deaths or more in a calendar month, new after one month with fewer, going on while a month has as many and "
        "at least 1 % of the deadliest month's"
    )


def test_thresholds_by_days() -> None:
    deaths = {date(2020, 1, 1): 30.0, date(2021, 1, 1): 26.0, date(2022, 1, 1): 20.0}
    got = steady(days_with(deaths), kind="event")
    assert (got.above, got.most) == (20.0, 26.0)
    assert (got.added, got.dropped) == ((date(2022, 1, 1),), (date(2021, 1, 1),))
    assert "20 would add or move 2022-01-01" in got.words()


def test_the_five_episodes_can_be_held_against_visits(ucdp: pl.DataFrame) -> None:
    found = within(episodes(pl.concat([ucdp, dated_list()]), country=["ARM", "AZE"]))
    first, days = date(2016, 1, 1), 2922
    visits = [(d - first).days - k for d in FIVE[:4] for k in (3, 6)] + [400, 900, 1300]
    table = timing(series_of(first, days, visits), found, **span(first, days), windows_days=[14], draws=499)
    assert table["events"].to_list()[:3] == [5, 5, 5]
    assert table["events_with"][0] == 4
    assert table["above_chance"][0]
