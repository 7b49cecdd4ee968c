"""Visits against events, out of tables and positions. All data are SIMULATED, and the countries invented."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

import wheelsdown as wd
from tests.analysis.made import START, frame, visit
from tests.analysis.timing_made import events_on
from wheelsdown.analysis.series import series
from wheelsdown.analysis.timing import timing
from wheelsdown.engines.timing import RuleAsked, day_of, rule_of, told
from wheelsdown.engines.visits_from import visits_of
from wheelsdown.errors import UsageError
from wheelsdown.schema import EPOCH, EVENTS, TIMING

WINDOW = {"since": "2022-01-01", "until": "2023-12-31"}
EARLY = date(2021, 12, 1)
ONSETS = [date(2022, 3, 10), date(2022, 9, 5), date(2023, 4, 20), date(2023, 10, 1)]


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHEELSDOWN_DATA", str(tmp_path / "none"))


@pytest.fixture(scope="module")
def visits() -> pl.DataFrame:
    """Two before each of three events, five at other times, one at another field."""
    at = [START.replace(year=d.year, month=d.month, day=d.day) - timedelta(days=k) for d in ONSETS[:3] for k in (3, 6)]
    other = [START.replace(year=2022, month=1, day=5) + timedelta(days=140 * i, hours=5) for i in range(5)]
    rows = [visit(t + timedelta(hours=9), i) for i, t in enumerate([*at, *other])]
    return frame([*rows, visit(at[0], 99, airfield="LLER")])


@pytest.fixture(scope="module")
def events() -> pl.DataFrame:
    return events_on(ONSETS, country=["AAA"] * 4, source=["SIMULATED list"] * 4)


def test_a_table_of_visits_is_held_against_events(visits: pl.DataFrame, events: pl.DataFrame) -> None:
    found = told(
        visits,
        events=events,
        airfield="LLOV",
        selection="all",
        windows_days=[7],
        draws=499,
        with_epoch=True,
        declared=EARLY,
        **WINDOW,
    )
    frame = found.timing.frame
    assert frame.columns == TIMING.names
    row = frame.row(by_predicate=pl.col("measure") == "before", named=True)
    assert (row["airfield"], row["events"], row["events_with"], row["visits"]) == ("LLOV", 3, 3, 11)
    assert frame["sentence"].str.starts_with("SIMULATED: ").all()
    assert found.events.frame["event_id"].to_list() == events["event_id"].to_list()
    assert found.epoch.frame.columns == EPOCH.names
    assert found.epoch.frame["lag_days"].to_list() == list(range(-60, 61))
    # the same as by hand
    since, until = row["from_utc"], row["to_utc"]
    by_hand = timing(
        # the last event lies beyond the last row of the table
        series(visits, airfield="LLOV", since=since, until=until, covers=visits_of(visits).covers),
        events,
        since=since,
        until=until,
        windows_days=[7],
        draws=499,
        declared=EARLY,
        events_from="SIMULATED list",
    )
    assert by_hand.equals(frame)
    # and as import wheelsdown offers it
    assert wd.timing(
        visits, events=events, airfield="LLOV", selection="all", windows_days=[7], draws=499, declared=EARLY, **WINDOW
    ).equals(frame)


def test_files_picked_by_hand_have_no_chance_level(visits: pl.DataFrame, events: pl.DataFrame) -> None:
    frame = told(visits, events=events, airfield="LLOV", **WINDOW).timing.frame
    assert frame.height == 1
    assert frame["p"][0] is None
    assert "files picked by hand have no exposure" in frame["sentence"][0]
    assert frame["reason"][0].startswith("a list does not say what was left out")


def test_a_row_for_each_airfield(visits: pl.DataFrame, events: pl.DataFrame) -> None:
    frame = told(visits, events=events, airfield=["LLOV", "LLER"], selection="all", draws=99, **WINDOW).timing.frame
    assert frame["airfield"].unique(maintain_order=True).to_list() == ["LLOV", "LLER"]


def test_events_of_a_country_and_episodes_by_rule(visits: pl.DataFrame, tmp_path: Path) -> None:
    months = tmp_path / "months.csv"
    rows = ["isocode,period,fatalities_UCDP"]
    for year in (2022, 2023):
        for month in range(1, 13):
            met = any((d.year, d.month) == (year, month) for d in ONSETS)
            rows += [f"AAA,{year}{month:02d},{40 if met else 2}", f"BBB,{year}{month:02d},500"]
    months.write_text("\n".join(rows) + "\n", encoding="utf-8")
    found = told(
        visits,
        events=months,
        country="AAA",
        as_episodes=True,
        airfield="LLOV",
        selection="all",
        draws=99,
        **WINDOW,
    )
    assert found.events.frame["began"].to_list() == [d.replace(day=1) for d in ONSETS]
    whole = found.timing.frame.row(by_predicate=pl.col("measure") == "rate_before", named=True)
    assert whole["window_days"] == 30
    assert whole["events_from"].startswith(
        "episodes of AAA in UCDP by country and month: 17 deaths or more in a calendar month, new after one month"
    )
    assert whole["events_from"].endswith(
        "by months the same episodes begin with any threshold above 2 and up to 40 deaths a month; 2 would add or move "
        "2022-01"
    )
    assert whole["events_from"] in whole["sentence"]
    assert found.timing.receipts["file"].to_list() == [str(months)]
    # weeks cannot be told where only the month is known
    assert found.timing.frame.filter(pl.col("window_days") < 30)["p"].null_count() == 4
    with pytest.raises(UsageError, match="--country CCC: the files write AAA, BBB"):
        told(visits, events=months, country="CCC", airfield="LLOV", selection="all", **WINDOW)


def test_what_is_no_table_of_events_is_named(visits: pl.DataFrame, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"no event could be read: .*other\.csv"):
        told(visits, events=other, airfield="LLOV", selection="all", **WINDOW)
    with pytest.raises(UsageError, match="--since"):
        told(visits, events=EVENTS.empty(), airfield="LLOV", selection="all")
    row = told(visits, events=EVENTS.empty(), airfield="LLOV", selection="all", **WINDOW).timing.frame.row(
        0, named=True
    )
    assert "the period holds no events" in row["sentence"]


@pytest.mark.parametrize(
    ("days", "months", "wanted"),
    [
        (None, None, {}),
        ("25,7,90", None, {"as_episodes": True, "rule_days": (25.0, 7, 90)}),
        ("1.5,7,90", "17,1", {"as_episodes": True, "rule_days": (1.5, 7, 90), "rule_months": (17.0, 1)}),
        (None, "30,2", {"as_episodes": True, "rule_months": (30.0, 2)}),
    ],
)
def test_a_rule_is_read(days: str | None, months: str | None, wanted: RuleAsked) -> None:
    assert rule_of(days, months) == wanted


@pytest.mark.parametrize(
    ("days", "months"), [("25", None), ("a,b,c", None), ("25,7.5,90", None), (None, "17"), (None, "")]
)
def test_what_is_no_rule(days: str | None, months: str | None) -> None:
    with pytest.raises(UsageError, match=r"episodes .*: write "):
        rule_of(days, months)


def test_a_day_is_read() -> None:
    assert day_of("2023-02-16") == date(2023, 2, 16)
    with pytest.raises(UsageError, match="--regime February: write a day"):
        day_of("February")


def test_a_dated_list_and_ucdps_months_as_files_give_the_five_episodes(tmp_path: Path) -> None:
    path = Path(__file__).resolve().parents[3] / "shared/data/context/conflict/ucdp_monthly_fatalities_8_countries.csv"
    if not path.exists():
        pytest.skip(f"no {path}")
    listed = tmp_path / "list.csv"
    listed.write_text(
        "name,began,ended,source\n"
        "four-day war,2016-04-02,2016-04-05,press\n"
        "Tovuz,2020-07-12,2020-07-16,press\n"
        "second war,2020-09-27,2020-11-10,press\n"
        "border clashes,2021-11-16,2021-11-16,press\n"
        "border clashes,2022-09-12,2022-09-14,press\n"
        "offensive,2023-09-19,2023-09-20,press\n",
        encoding="utf-8",
    )
    at = [START.replace(year=2016, month=1, day=20) + timedelta(days=97 * i) for i in range(30)]
    found = told(
        frame([visit(t, i) for i, t in enumerate(at)]),
        events=[path, listed],
        country=["ARM", "AZE"],
        as_episodes=True,
        airfield="LLOV",
        selection="all",
        since="2016-01-01",
        until="2023-12-31",
        draws=99,
    )
    inside = found.events.frame.filter(pl.col("began").dt.year().is_between(2016, 2023))
    assert inside["began"].to_list() == [
        date(2016, 4, 2), date(2020, 7, 12), date(2020, 9, 27), date(2022, 9, 12), date(2023, 9, 19),
    ]  # fmt: skip
    row = found.timing.frame.row(0, named=True)
    assert row["events"] == 5
    assert "15 would add or move 2021-11" in row["sentence"]
    assert "more than 19 would drop or move 2020-07" in row["sentence"]
