"""UCDP's tables, deaths by day, and dated lists."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.sources.made import context, read, reasons, write
from wheelsdown.sources.deaths_by_day import DeathsByDay
from wheelsdown.sources.episodes_list import EpisodesList
from wheelsdown.sources.reading_context import read_context
from wheelsdown.sources.ucdp import version_in
from wheelsdown.sources.ucdp_episodes import UcdpEpisodes
from wheelsdown.sources.ucdp_ged import _COLUMNS, UcdpGed

EVENT = {
    "id": "9001",
    "relid": "XXX-2024-1-1",
    "year": "2024",
    "active_year": "1",
    "code_status": "Clear",
    "type_of_violence": "1",
    "conflict_name": "Norland: Sudland",
    "dyad_name": "A - B",
    "side_a": "Government of Norland",
    "side_b": "Sudland",
    "source_article": '"Paper,2024-03-01, ""Headline""";\n"Second, line"',
    "where_prec": "2",
    "latitude": "15.5",
    "longitude": "32.5",
    "country": "Norland",
    "event_clarity": "1",
    "date_prec": "2",
    "date_start": "2024-03-01 00:00:00.000",
    "date_end": "2024-03-04 00:00:00.000",
    "best": "7",
    "high": "12",
    "low": "5",
    "gwnoa": "",
}


def ged(*events: dict[str, str], heading: bool = True) -> str:
    """Write events in the 49 columns."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, restval="", lineterminator="\n")
    if heading:
        writer.writeheader()
    writer.writerows([EVENT | e for e in events])
    return out.getvalue()


def test_an_event_of_several_days_is_booked_on_its_first(tmp_path: Path) -> None:
    events, report = read(UcdpGed(), write(tmp_path / "GEDEvent_v25_1.csv", b"\xef\xbb\xbf" + ged({}).encode()))
    assert report.problems == []
    assert events.row(0, named=True) == {
        "event_id": "9001",
        "kind": "event",
        "name": "Norland: Sudland",
        "began": date(2024, 3, 1),
        "ended": date(2024, 3, 4),
        "precision_days": 6.0,
        "country": "Norland",
        "side_a": "Government of Norland",
        "side_b": "Sudland",
        "violence": "State-based violence",
        "latitude_deg": 15.5,
        "longitude_deg": 32.5,
        "place_precision": "within about 25 km",
        "deaths_best": 7.0,
        "deaths_least": 5.0,
        "deaths_most": 12.0,
        "source": "UCDP GED 25.1",
        "as_of": "2025",
        "note": "lasted up to 4 days; booked on its first day",
        "row": 2,
    }
    assert report.notes == ["1 events lasted several days; each is booked on its first day"]


def test_the_candidate_events_without_a_heading(tmp_path: Path) -> None:
    text = ged({}, {"id": "9002", "code_status": "Check dyad", "event_clarity": "2"}, heading=False)
    events, report = read(UcdpGed(), write(tmp_path / "GEDEvent_v24_0_1.csv", text))
    assert events["event_id"].to_list() == ["9001", "9002"]
    assert events["row"].to_list() == [1, 3]
    assert events["source"].unique().to_list() == ["UCDP GED Candidate 24.0.1"]
    assert events["note"][1].endswith("less exactly reported; status in the source: Check dyad")
    assert "no heading" in report.notes[0]


def test_numbers_that_a_data_frame_wrote(tmp_path: Path) -> None:
    floats = {"id": "9001.0", "type_of_violence": "3.0", "where_prec": "6.0", "date_prec": "5.0", "best": "0.0"}
    events, report = read(UcdpGed(), write(tmp_path / "g.csv", ged(floats | {"date_start": "2024-01-01"})))
    assert report.problems == []
    row = events.row(0, named=True)
    assert (row["event_id"], row["violence"], row["place_precision"]) == ("9001", "One-sided violence", "country")
    assert (row["precision_days"], row["deaths_best"], row["as_of"]) == (366.0, 0.0, None)


def test_bad_events_are_told_and_the_good_ones_kept(tmp_path: Path) -> None:
    text = ged(
        {"id": "1", "date_start": "03/01/2024"},
        {"id": "2", "date_start": "2024-03-09"},
        {"id": "", "source_article": ""},
        {"id": "4", "latitude": "155", "best": "several"},
        {"id": "5", "date_start": "", "source_article": "=HYPERLINK(1)"},
        {"id": "6", "side_a": "<b>\u202ex" + "y" * 10_000},
    )
    events, report = read(UcdpGed(), write(tmp_path / "g.csv", text))
    assert events["event_id"].to_list() == ["4", "6"]
    assert events["side_a"][1] == "<b>\u202ex" + "y" * 10_000
    assert events.select("latitude_deg", "deaths_best").row(0) == (None, None)
    assert sorted(reasons(report)) == sorted(
        [
            (2, "date_start", "not a day"),
            (4, "date_end", "ends before it begins"),
            (6, "id", "empty"),
            (7, "latitude", "outside -90 to 90; left empty"),
            (7, "best", "not a number; left empty"),
            (9, "date_start", "no day"),
        ]
    )
    assert sum(p.rows_lost or 0 for p in report.problems) == 4


def test_the_reduced_form(tmp_path: Path) -> None:
    heading = "id,year,month,day,country,type_of_violence,conflict_name,side_a,side_b,latitude,longitude,"
    text = heading + (
        "low_death,best_death,high_death\n"
        "7.0,2020.0,9.0,27,Norland,State-based violence,N: S,N,S,40.1,46.2,1.0,2.0,3.0\n"
        "8.0,2020.0,9.0,31,Norland,State-based violence,N: S,N,S,40.1,46.2,1.0,2.0,3.0\n"
    )
    events, report = read(UcdpGed(), write(tmp_path / "ucdp_ged_v21_1.csv", text))
    assert events.select("event_id", "began", "ended", "precision_days", "deaths_least", "deaths_most").rows() == [
        ("7", date(2020, 9, 27), None, None, 1.0, 3.0)
    ]
    assert reasons(report) == [(3, "day", "year, month and day are no day")]
    assert "is not said" in events["note"][0]


def test_the_answer_of_its_interface(tmp_path: Path) -> None:
    body = {
        "TotalCount": 1,
        "TotalPages": 1,
        "NextPageUrl": "",
        "Result": [EVENT | {"id": 9001, "best": 7, "gwnoa": None}],
    }
    reading = read_context(write(tmp_path / "gedevents_v25_1.json", json.dumps(body)), strict=True)
    assert reading.kinds == ("ucdp-ged",)
    assert reading.events.select("event_id", "deaths_best", "deaths_most", "ended", "row").rows() == [
        ("9001", 7.0, 12.0, date(2024, 3, 4), 1)
    ]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("GEDEvent_v25_1.csv", (25, 1)),
        ("GEDEvent_v26_0_3.csv", (26, 0, 3)),
        ("ucdp_ged_v21_1_x.csv.gz", (21, 1)),
        ("ged_v2023.csv", None),
        ("events.csv", None),
    ],
)
def test_versions_in_names(name: str, version: tuple[int, ...] | None) -> None:
    assert version_in(name) == version


def test_the_real_sample_without_losing_an_event() -> None:
    path = context("conflict/ucdp_ged_sample1000_v23_uncertainUCDP.csv")
    with path.open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    events, report = read(UcdpGed(), path)
    assert report.problems == []
    assert events["event_id"].to_list() == [r["id"].removesuffix(".0") for r in rows]
    assert events["deaths_best"].sum() == sum(float(r["best"]) for r in rows)
    several = sum(r["date_start"] != r["date_end"] for r in rows)
    assert events["note"].str.contains("booked on its first day").sum() == several == 151


def test_the_real_reduced_form_plain_and_packed() -> None:
    path = context("conflict/ucdp_ged_v21_1_juanr.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as f:
        rows = sum(1 for _ in csv.reader(f)) - 1
    whole = read_context([context("conflict/ucdp_ged_v21_1_AZE_ARM_events.csv"), path], strict=True)
    assert whole.events.height == rows == 176_579  # the extract's events stand in the whole and are taken once
    war = whole.events.filter(pl.col("name").str.contains("Artsakh") & (pl.col("began").dt.year() == 2020))
    assert war.height > 20
    assert date(2020, 9, 27) in war["began"].to_list()


def test_real_episodes_one_a_conflict_and_beginning() -> None:
    path = context("conflict/ucdp_acd_episodes_peacesciencer.csv")
    with path.open(encoding="utf-8", newline="") as f:
        keys = {(r["conflict_id"], r["start_date2"]) for r in csv.DictReader(f)}
    episodes, report = read(UcdpEpisodes(), path)
    assert report.problems == []
    assert episodes.height == len(keys) == 620
    assert episodes["event_id"].is_unique().all()
    last = episodes.filter(event_id="acd:388:2020-07-16").row(0, named=True)
    assert (last["began"], last["ended"]) == (date(2020, 7, 16), date(2023, 12, 4))
    assert (last["side_a"], last["side_b"], last["precision_days"]) == ("GW 373, GW 640", "GW 371", 1.0)


def test_made_episodes(tmp_path: Path) -> None:
    text = (
        "conflict_id,year,gwno_a,gwno_a_2nd,gwno_b,gwno_b_2nd,incompatibility,intensity_level,type_of_conflict,"
        "start_date,start_prec,start_date2,start_prec2,ep_end,ep_end_date\n"
        "1.0,2001.0,10.0,,,,territory,1.0,intrastate,2000-01-01,1.0,2001-05-01,3.0,0.0,\n"
        "1.0,2002.0,10.0,,,11.0,territory,1.0,II,2000-01-01,1.0,2001-05-01,3.0,1.0,2002-06-01\n"
        "1.0,2005.0,10.0,,,,territory,1.0,intrastate,2000-01-01,1.0,2005-05-01,1.0,1.0,2004-06-01\n"
        "2.0,2006.0,12.0,,,,territory,1.0,intrastate,2006-01-01,1.0,2006-01-01,1.0,0.0,\n"
    )
    episodes, report = read(UcdpEpisodes(), write(tmp_path / "e.csv", text))
    assert episodes.select("began", "ended", "side_b", "row").rows() == [
        (date(2001, 5, 1), date(2002, 6, 1), "GW 11", 2),
        (date(2006, 1, 1), None, None, 5),
    ]
    assert "code 3" in episodes["note"][0]
    assert "no end in the table" in episodes["note"][1]
    assert reasons(report) == [(4, "ep_end_date", "ends before it begins")]


def test_real_deaths_by_day() -> None:
    days, report = read(DeathsByDay(), context("conflict/armenian_military_deaths_per_day_1000plus_geometrein.csv"))
    assert report.problems == []
    assert (days.height, days["deaths_best"].sum()) == (175, 4288.0)
    worst = days.sort("deaths_best").row(-1, named=True)
    assert (worst["began"], worst["deaths_best"]) == (date(2020, 11, 9), 293.0)


def test_made_deaths_by_day(tmp_path: Path) -> None:
    text = "date,records\n2020-09-27,150\n27.09.2020,3\n2020-09-28,\n2020-09-27,1\n2020-09-29,-2\n2020-09-30,x\n"
    days, report = read(DeathsByDay(), write(tmp_path / "deaths.csv", text))
    assert days["event_id"].to_list() == ["deaths:2020-09-27"]
    assert [(r, f) for r, f, _ in reasons(report)] == [
        (3, "date"),
        (7, "records"),
        (6, "records"),
        (4, "records"),
        (5, "date"),
    ]


def test_a_dated_list(tmp_path: Path) -> None:
    text = (
        "Name;Began;Ended;Country;Source;URL;Note\n"
        "First war;2016-04-01;2016-04-05;Norland;Gazette;https://example.org/1;=1+1\n"
        "Second war;2020-09-27;;;;;\n"
    )
    rows, report = read(EpisodesList(), write(tmp_path / "list.csv", text))
    assert report.problems == []
    assert rows.select("kind", "name", "began", "ended", "source", "url", "note", "row").rows() == [
        ("episode", "First war", date(2016, 4, 1), date(2016, 4, 5), "Gazette", "https://example.org/1", "=1+1", 2),
        ("episode", "Second war", date(2020, 9, 27), None, "dated list list.csv", None, None, 3),
    ]
    assert rows["event_id"].is_unique().all()
    again, _ = read(EpisodesList(), write(tmp_path / "list.csv", text))
    assert again["event_id"].to_list() == rows["event_id"].to_list()


def test_a_dated_list_is_read_strictly(tmp_path: Path) -> None:
    text = (
        "name,began,ended,kind,contry,deaths_best\n"
        "A,2016-04,,,,\n"
        "B,2016-04-05,2016-04-01,,,\n"
        ",2016-04-05,,,,\n"
        "C,2016-04-05,soon,,,\n"
        "D,2016-04-05,,skirmish,,\n"
        "E,2016-04-05,,,,-5\n"
        "E,2016-04-05,,,,\n"
    )
    path = write(tmp_path / "list.csv", text)
    rows, report = read(EpisodesList(), path)
    assert rows.select("name", "deaths_best").rows() == [("E", None)]
    got = {(r, f): reason for r, f, reason in reasons(report)}
    assert got[(1, "contry")] == "unknown column, ignored"
    assert got[(2, "began")] == "not a day"
    assert got[(3, "ended")] == "ends before it begins"
    assert got[(4, "name")] == "empty"
    assert got[(5, "ended")] == "an end that is no day"
    assert got[(6, "kind")] == "no kind of event"
    assert got[(7, "deaths_best")] == "outside 0 to inf; left empty"
    assert got[(8, "name")] == "stands twice in the list"


def test_events_that_were_saved_are_read_again(tmp_path: Path) -> None:
    first = read_context(
        write(tmp_path / "GEDEvent_v25_1.csv", ged({}, {"id": "9002", "best": ""})), strict=True
    ).events
    first.write_csv(tmp_path / "events.csv")
    again = read_context(tmp_path / "events.csv", strict=True)
    assert again.kinds == ("episodes",)
    left = ["receipt", "row"]
    assert again.events.drop(left).equals(first.drop(left))
