"""Observers' logs, read through a mapping: what is kept, what is flagged, what is reported."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.sources.made import read, write
from wheelsdown.errors import SourceError
from wheelsdown.schema import VISITS
from wheelsdown.sources import load_all
from wheelsdown.sources import read as read_positions
from wheelsdown.sources.interface import InputFile, Report
from wheelsdown.sources.log_mapping import read_log_mapping, shipped
from wheelsdown.sources.visit_log import VisitLog

MAPPING = """
source = "SIMULATED spotters"
by = "two spotters"
airfield = "LLOV"
zone = "Asia/Jerusalem"
[columns]
arrived = "in"
departed = "out"
registration = "tail"
icao24 = "hex"
callsign = "sign"
origin = "from"
next_stop = "to"
note = "remarks"
operator = "who"
typecode = "type"
"""
HEAD = "in,out,tail,hex,sign,from,to,remarks,who,type\n"


def log(tmp_path: Path, rows: str, mapping: str = MAPPING, head: str = HEAD) -> tuple[pl.DataFrame, Report]:
    path = write(tmp_path / "log.csv", head + rows)
    source = VisitLog.from_toml(write(tmp_path / "log.toml", mapping))
    frame, report = read(source, path)
    VISITS.conform(frame.drop("row"), fill=True)
    return frame, report


def one(tmp_path: Path, row: str, mapping: str = MAPPING) -> dict[str, Any]:
    frame, report = log(tmp_path, row + "\n", mapping)
    assert report.problems == []
    return frame.row(0, named=True)


def test_a_row_becomes_a_visit(tmp_path: Path) -> None:
    text = '2023-09-01 15:00,2023-09-01 17:30,sim-a,0xD00001,"sim 1 ",UBBB,UBBG,two trucks,SIMULATED Freight,il76'
    row = one(tmp_path, text)
    assert row["arrived_utc"] == datetime(2023, 9, 1, 12, tzinfo=UTC)  # Israel's summer: UTC+3
    assert row["departed_utc"] == datetime(2023, 9, 1, 14, 30, tzinfo=UTC)
    assert (row["dwell_least_min"], row["dwell_most_min"]) == (148.0, 152.0)  # each time is a minute off at most
    assert row["arrived_latest_utc"] == datetime(2023, 9, 1, 12, 1, tzinfo=UTC)
    assert (row["icao24"], row["registration"], row["callsign_in"]) == ("d00001", "SIM-A", "SIM1")
    assert (row["airfield"], row["origin"], row["next_stop"], row["typecode"]) == ("LLOV", "UBBB", "UBBG", "IL76")
    assert row["time_zone"] == "Asia/Jerusalem"
    assert (round(row["latitude_deg"], 1), round(row["longitude_deg"], 1)) == (29.9, 34.9)
    assert row["grade"] == "possible"
    assert row["source"] == "SIMULATED log: spotters"
    assert row["reasons"][0] == "logged by two spotters: row 2 of log.csv"
    assert "note: two trucks" in row["reasons"]
    assert len(row["receipts"]) == 1
    assert row["integrity"] == []


def test_only_what_a_person_saw_is_observed(tmp_path: Path) -> None:
    seen = (
        MAPPING
        + '[seen]\ncolumn = "remarks"\ncontains = ["SEEN"]\n[unseen]\ncolumn = "remarks"\ncontains = ["not seen"]\n'
    )
    rows = "".join(
        f"2023-09-0{i}T10:00Z,,SIM-A,,,,,{note},,\n" for i, note in enumerate(("seen", "Not Seen", "", "x"), 1)
    )
    frame, _ = log(tmp_path, rows, seen)
    assert frame["grade"].to_list() == ["observed", "possible", "possible", "possible"]
    every, _ = log(tmp_path, rows, "every_row_seen = true\n" + MAPPING)
    assert every["grade"].unique().to_list() == ["observed"]
    assert one(tmp_path, "2023-09-01T10:00Z,,SIM-A,,,,,seen,,", seen)["reasons"][1] == "seen on the ground by a person"


def test_leaving_before_arriving_is_flagged_and_neither_time_is_mended(tmp_path: Path) -> None:
    frame, report = log(tmp_path, "2023-09-02T10:00Z,2023-09-01T12:00Z,SIM-A,,,,,,,\n")
    row = frame.row(0, named=True)
    assert row["integrity"] == ["departs_before_arrival"]
    assert row["quarantined"] == "the log has it leave before it arrives"
    assert row["arrived_utc"] == datetime(2023, 9, 2, 10, tzinfo=UTC)
    assert row["departed_utc"] is None
    assert row["dwell_least_min"] is None
    assert "leave at 2023-09-01 12:00 UTC and arrive at 2023-09-02 10:00 UTC" in " ".join(row["reasons"])
    assert any("departs_before_arrival (row 2)" in n for n in report.notes)


def test_one_stay_is_not_counted_twice(tmp_path: Path) -> None:
    rows = (
        "2023-09-01T10:00Z,2023-09-01T12:00Z,SIM-A,,,,,,,\n"
        "2023-09-01T10:00Z,2023-09-01T12:00Z,SIM-A,,,,,,,\n"  # the same again
        "2023-09-01T11:00Z,2023-09-01T13:00Z,sima,,,,,,,\n"  # within the stay, hyphen forgotten
        "2023-09-02T10:00Z,,SIM-A,,,,,,,\n"
        "2023-09-02T10:10Z,2023-09-02T12:00Z,SIM-A,,,,,,,\n"  # the departure came with a second entry
        "2023-09-03T10:00Z,2023-09-03T12:00Z,SIM-A,,,,,,,\n"
        "2023-09-03T11:00Z,2023-09-03T12:00Z,SIM-B,,,,,,,\n"  # another aircraft
        "2023-09-03T11:00Z,2023-09-03T12:00Z,,,,,,,,\n"  # nobody knows whose
    )
    frame, _ = log(tmp_path, rows)
    assert [list(f) for f in frame["integrity"]] == [[], ["duplicate"], ["overlap"], [], ["duplicate"], [], [], []]
    assert frame["quarantined"].is_not_null().to_list() == [bool(f) for f in frame["integrity"].to_list()]
    assert frame["visit_id"].n_unique() == frame.height


def test_at_two_places_at_once_both_are_set_aside(tmp_path: Path) -> None:
    mapping = (
        MAPPING.replace('airfield = "LLOV"\n', "")
        .replace("[columns]", '[columns]\nairfield = "remarks"')
        .replace('note = "remarks"\n', "")
    )
    frame, _ = log(
        tmp_path,
        "2023-09-01T10:00Z,2023-09-01T12:00Z,SIM-A,,,,,LLOV,,\n2023-09-01T11:00Z,2023-09-01T11:30Z,SIM-A,,,,,UBBB,,\n"
        "2023-09-02T10:00Z,2023-09-02T12:00Z,SIM-A,,,,,LLOV,,\n",
        mapping,
    )
    assert frame["integrity"].to_list() == [["overlap"], ["overlap"], []]
    assert frame["quarantined"].to_list()[:2] == ["the log has it at two places at once"] * 2


def test_faster_than_aircraft_fly_by_the_stops_that_the_log_names(tmp_path: Path) -> None:
    rows = (
        "2023-09-01T10:00Z,2023-09-01T12:00Z,SIM-A,,,UBBB,UBBB,,,\n"
        "2023-09-01T14:00Z,2023-09-01T15:00Z,SIM-A,,,UBBB,,,,\n"  # to Baku and back, 3,000 km, in two hours
        "2023-09-02T01:00Z,2023-09-02T03:00Z,SIM-A,,,UBBB,,,,\n"
    )
    frame, _ = log(tmp_path, rows)
    assert frame["integrity"].to_list() == [[], ["impossible_speed"], []]
    assert frame["quarantined"].null_count() == 3  # flagged, and kept: which of the two is wrong nobody knows
    assert "LLOV to UBBB to LLOV" in " ".join(frame["reasons"][1])


def test_several_addresses_are_a_conflict_and_no_choice(tmp_path: Path) -> None:
    frame, report = log(
        tmp_path,
        '2023-09-01T10:00Z,,SIM-A,"d00001,d00002",,,,,,\n2023-09-02T10:00Z,,SIM-A,d00001,,,,,,\n'
        "2023-09-03T10:00Z,,SIM-A,d00003,,,,,,\n2023-09-04T10:00Z,,SIM-B,nope,,,,,,\n",
    )
    assert frame["icao24"].to_list() == [None, "d00001", "d00003", None]
    assert "d00001, d00002 in one row" in frame["identity_conflict"][0]
    assert "d00001 in 1 rows, d00003 in 1 rows" in frame["identity_conflict"][1]
    assert frame["identity_conflict"][3] is None
    assert frame["track_id"].to_list() == ["reg:SIMA", None, None, "reg:SIMB"]
    told = [(p.row, p.field, p.reason, p.rows_lost) for p in report.problems]
    assert told == [
        (2, "hex", "more than one address in one row", 0),
        (5, "hex", "not an address of six hex digits", 0),
    ]


def test_bad_rows_are_reported_and_good_ones_kept(tmp_path: Path) -> None:
    frame, report = log(
        tmp_path,
        "2023-09-01T10:00Z,,SIM-A,,,XXXX,,,,\n"
        "yesterday,,SIM-A,,,,,,,\n"
        ",,SIM-A,,,,,,,\n"
        "yesterday,2023-09-05T10:00Z,SIM-A,,,,,,,\n"
        "2023-09-06T10:00Z,,SIM-A\n"
        '"2023-09-07T10:00Z,,SIM-A,,,,,,,\n'
        "2023-09-08T10:00Z,,SIM-A,,,,,,,\n",
    )
    assert frame["row"].to_list() == [2, 5, 8]
    assert frame["origin"].to_list() == [None, None, None]
    assert frame["arrived_utc"].is_null().to_list() == [False, True, False]
    told = {(p.row, p.field): (p.reason, p.value, p.remedy, p.rows_lost) for p in report.problems}
    assert told[3, "in"] in [
        ("not a time", "yesterday", "written as iso", 0),
        ("no time of arrival or departure", None, "write at least one", 1),
    ]
    assert told[2, "from"] == ("no airfield bears this code", "XXXX", "correct the code", 0)
    assert told[4, "in"][0] == "no time of arrival or departure"
    assert sum(p.rows_lost or 0 for p in report.problems) == 4


def test_naive_times_are_refused_until_the_zone_is_declared(tmp_path: Path) -> None:
    bare = MAPPING.replace('zone = "Asia/Jerusalem"\n', "")
    with pytest.raises(SourceError, match=r"row 3, field in: the times name no zone.*zone = "):
        log(tmp_path, "2023-09-01T10:00Z,,SIM-A,,,,,,,\n2023-09-01 10:00,,SIM-A,,,,,,,\n", bare)
    frame, report = log(tmp_path, "2023-10-29 01:30,,SIM-A,,,,,,,\n2023-09-01 10:00,,SIM-A,,,,,,,\n")
    assert frame.height == 1  # the clock went back that night: 01:30 was twice
    assert "twice or never" in report.problems[0].reason


def test_a_pattern_of_times(tmp_path: Path) -> None:
    mapping = 'format = "%d/%m/%Y %H.%M"\n' + MAPPING
    row = one(tmp_path, "01/09/2023 15.00,,SIM-A,,,,,,,", mapping)
    assert row["arrived_utc"] == datetime(2023, 9, 1, 12, tzinfo=UTC)
    assert row["departed_utc"] is None
    assert "no departure in the log" in row["reasons"]


def test_hostile_cells_are_one_plain_line(tmp_path: Path) -> None:
    note = '"=HYPERLINK(""x"") | a\x1b[31m\nb ' + "y" * 500 + '"'
    row = one(tmp_path, f"2023-09-01T10:00Z,,SIM-A,,{'S' * 99},,,{note},,")
    said = next(r for r in row["reasons"] if r.startswith("note: "))
    assert "|" not in said
    assert said.isprintable()
    assert len(said) <= 206
    assert len(row["callsign_in"]) <= 16


def test_made_logs_say_simulated_whatever_the_mapping_calls_them(tmp_path: Path) -> None:
    mapping = MAPPING.replace("SIMULATED spotters", "spotters").replace('operator = "who"\n', "")
    rows = "2023-09-01T10:00Z,,SIM-A,,,,,,SIMULATED Freight,\n2023-09-02T10:00Z,,SIM-A,,,,,,,\n"
    frame, _ = log(tmp_path, rows, mapping)
    assert frame["source"].to_list() == ["SIMULATED log: spotters", "log: spotters"]


def test_ids_are_the_same_on_every_run_and_whatever_else_is_in_the_log(tmp_path: Path) -> None:
    row, other = "2023-09-01T10:00Z,,SIM-A,,,,,,,\n", "2023-08-01T10:00Z,,SIM-B,,,,,,,\n"
    first, _ = log(tmp_path, row)
    again, _ = log(tmp_path, other + row)
    assert first["visit_id"][0] == again["visit_id"][1]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (('arrived = "in"\ndeparted = "out"\n', ""), "lacks arrived and departed"),
        (('registration = "tail"\nicao24 = "hex"\ncallsign = "sign"\n', ""), "nothing that tells the aircraft"),
        (('airfield = "LLOV"\n', ""), "name the airfield once"),
        (('origin = "from"', 'orign = "from"'), "did you mean origin"),
        (('by = "two spotters"', 'bye = "two spotters"'), "unknown field"),
        (("Asia/Jerusalem", "Israel/Nowhere"), "no such time zone"),
        (('zone = "Asia/Jerusalem"', "precision_min = -3"), "between 0 and 1440"),
        (('zone = "Asia/Jerusalem"', 'format = "ISO"'), "no such format"),
        (('source = "SIMULATED spotters"', "source = "), "no TOML"),
        (("[columns]", '[extract]\nicao24 = "("\n[columns]'), "no pattern with a group"),
        (("[columns]", '[extract]\nairfield = "(.*)"\n[columns]'), "names what .columns. does not"),
    ],
)
def test_a_wrong_mapping_names_the_key_and_the_remedy(tmp_path: Path, change: tuple[str, str], match: str) -> None:
    assert change[0] in MAPPING
    with pytest.raises(SourceError, match=match):
        read_log_mapping(write(tmp_path / "log.toml", MAPPING.replace(*change)))


def test_an_unknown_airfield_of_all_rows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="field airfield"):
        log(tmp_path, "2023-09-01T10:00Z,,SIM-A,,,,,,,\n", MAPPING.replace("LLOV", "XXXX"))


def test_a_log_without_rows_or_without_a_column_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no rows"):
        log(tmp_path, "")
    path = write(tmp_path / "other.csv", "a,b\n1,2\n")
    source = VisitLog.from_toml(write(tmp_path / "log.toml", MAPPING))
    with pytest.raises(SourceError, match="not in the log"):
        list(source.read(InputFile(path, Report(str(path)))))
    with pytest.raises(SourceError, match="needs a mapping"):
        list(VisitLog().read(InputFile(path, Report(str(path)))))


def test_the_shipped_mappings_are_sound_and_told_by_their_heading(tmp_path: Path) -> None:
    assert [m.source for m in shipped()] == ["msp-ice-flights"]
    path = write(tmp_path / "log.csv", ",".join(f'"{c}"' for c in shipped()[0].needs) + "\n")
    file = InputFile(path, Report(str(path)))
    assert [s.name for s in load_all() if s.detect(file.head, file.name)] == ["visit-log"]
    file = InputFile(write(tmp_path / "b.csv", "Arrive,Depart\n"), Report(""))
    assert not VisitLog().detect(file.head, file.name)


def test_a_log_given_as_positions_says_where_it_belongs(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", ",".join(f'"{c}"' for c in shipped()[0].needs) + "\n")
    reading = read_positions(path)
    assert reading.positions.is_empty()
    assert reading.problems["reason"].to_list() == ["holds visits, not positions"]
    assert "count, cadence or agree" in reading.problems["remedy"][0]
