"""readsb and dump1090 JSON in its several wrappings."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.sources.made import read, real, write
from wheelsdown.errors import SourceError
from wheelsdown.sources import read as read_all
from wheelsdown.sources.interface import Report
from wheelsdown.sources.readsb_json import ReadsbJson

ONE: dict[str, Any] = {
    "hex": "e80001",
    "lat": 50.0,
    "lon": 8.0,
    "seen_pos": 2.5,
    "alt_baro": 900,
    "gs": 120.0,
    "type": "adsb_icao",
}


def made(tmp_path: Path, value: object, name: str = "aircraft.json") -> tuple[pl.DataFrame, Report]:
    return read(ReadsbJson(), write(tmp_path / name, value if isinstance(value, (str, bytes)) else json.dumps(value)))


@pytest.mark.parametrize(
    "whole",
    [
        {"now": 1700000000.5, "aircraft": [ONE]},
        {"ac": [ONE], "msg": "No error", "now": 1700000000500, "total": 1},
        {"aircraft": [ONE], "now": 1700000000500, "resultCount": 1},
        {"files": [{"now": 1700000000.5, "aircraft": [ONE]}]},
        {**ONE, "now": 1700000000.5},
    ],
)
def test_time_of_the_fix_in_every_wrapping(tmp_path: Path, whole: object) -> None:
    rows, report = made(tmp_path, whole)
    assert rows["time_utc"].dt.epoch("ms").to_list() == [1699999998000]
    assert rows.select("icao24", "altitude_ft", "on_ground", "groundspeed_kt").row(0) == ("e80001", 900.0, False, 120.0)
    assert not report.problems


def test_lines_with_a_broken_one_between(tmp_path: Path) -> None:
    line = json.dumps({**ONE, "now": 1700000000.0})
    rows, report = made(tmp_path, f'{line}\n{{"now": 17, oops\n\n{line.replace("50.0", "51.0")}\n{{"hex":"e80001"}}\n')
    assert rows["row"].to_list() == [1, 4]
    assert [(p.row, p.rows_lost) for p in report.problems] == [(2, 1), (5, 1)]


def test_words_for_how_a_position_was_obtained(tmp_path: Path) -> None:
    cases = [
        ({"type": "adsb_icao_nt"}, "adsb"),
        ({"type": "adsr_other"}, "adsr"),
        ({"type": "tisb_trackfile"}, "tisb"),
        ({"type": "adsc"}, "adsc"),
        ({"type": "mode_s"}, "mode_s"),
        ({"type": "adsb_icao", "mlat": ["lat", "lon"], "tisb": []}, "mlat"),
        ({"type": None, "mlat": [], "tisb": ["lat"]}, "tisb"),
        ({"type": None, "mlat": [], "tisb": []}, "adsb"),
        ({"type": None, "mlat": ["gs"], "tisb": []}, "adsb"),
        ({"type": None}, None),
    ]
    rows, _ = made(
        tmp_path, {"now": 1.7e9, "aircraft": [{**ONE, "lat": i / 10, **c} for i, (c, _) in enumerate(cases, 1)]}
    )
    assert rows["position_source"].to_list() == [w for _, w in cases]


def test_guessed_and_last_positions_are_not_positions(tmp_path: Path) -> None:
    guessed = {"hex": "e80002", "rr_lat": 50.1, "rr_lon": 8.1}
    last = {"hex": "e80003", "lastPosition": {"lat": 50.0, "lon": 8.0, "seen_pos": 90}}
    rows, report = made(tmp_path, {"now": 1.7e9, "aircraft": [guessed, last, ONE]})
    assert rows["icao24"].to_list() == ["e80001"]
    assert report.notes == ["2 rows of aircraft without a position were ignored"]
    assert not report.problems


def test_old_dump1090_keys_and_ground(tmp_path: Path) -> None:
    old = {
        "hex": "e80001",
        "lat": 1.0,
        "lon": 1.0,
        "altitude": "ground",
        "speed": 9,
        "vert_rate": -64,
        "nucp": 7,
        "mlat": [],
        "tisb": [],
    }
    rows, _ = made(tmp_path, {"now": 1.57e9, "messages": 1, "aircraft": [old]})
    assert rows.select("altitude_ft", "on_ground", "groundspeed_kt", "vertical_rate_fpm", "nic").row(0) == (
        None,
        True,
        9.0,
        -64.0,
        None,
    )


def test_an_empty_list_is_no_error(tmp_path: Path) -> None:
    for whole in ({"now": 1.7e9, "aircraft": []}, {"ac": [], "now": 1700000000000}, {"files": []}):
        rows, report = made(tmp_path, whole)
        assert rows.is_empty()
        assert not report.problems


def test_a_body_without_its_time_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not say the time"):
        made(tmp_path, {"aircraft": [ONE], "total": 1})


def test_a_snapshot_cut_off_keeps_its_whole_aircraft(tmp_path: Path) -> None:
    text = json.dumps({"now": 1.7e9, "aircraft": [{**ONE, "lat": i / 100} for i in range(1, 100)]})
    rows, report = made(tmp_path, gzip.compress(text[: len(text) // 2].encode()))
    assert 40 < rows.height < 60
    assert "cut off" in report.problems[0].reason


def test_database_fields_are_claimed_once(tmp_path: Path) -> None:
    known = {**ONE, "r": "SIM-A", "t": "A320", "dbFlags": 1}
    _, report = made(tmp_path, {"files": [{"now": 1.7e9 + i, "aircraft": [known]} for i in range(3)]})
    assert [(c.registration, c.military) for c in report.claims] == [("SIM-A", True)]


def test_logger_lines_with_placeholders_and_zeros(tmp_path: Path) -> None:
    base = {"now": 1700000000, "lat": 40.7, "lon": -119.2, "track": None, "hex": "e80001", "flight": "N/A"}
    lines = [
        {"flight": "N/A", "now": 1700000000},
        {**base, "alt_baro": 0, "gscp": 12},
        {**base, "alt_baro": 0, "gscp": 224},
        {**base, "alt_baro": "0", "gscp": 0},
        {**base, "alt_baro": 4000, "gscp": 60, "flightdict": {"type": "mlat", "squawk": "1200", "version": 2}},
    ]
    rows, report = made(tmp_path, "\n".join(map(json.dumps, lines)))
    assert rows["on_ground"].to_list() == [True, None, None, False]
    assert rows["altitude_ft"].to_list() == [None, None, None, 4000.0]
    assert rows["groundspeed_kt"].to_list() == [12.0, 224.0, None, 60.0]
    assert rows["callsign"].null_count() == 4
    assert rows.select("position_source", "squawk", "adsb_version").row(3) == ("mlat", "1200", 2.0)
    assert not report.problems
    assert any(n.startswith("1 placeholder") for n in report.notes)


@pytest.mark.parametrize(
    ("name", "rows", "placeholders"),
    [("1hr.json", 4920, 847), ("20minutes.json", 1194, 418), ("1213.wvi5nm.gz", 9614, 0)],
)
def test_real_logs(name: str, rows: int, placeholders: int) -> None:
    frame, report = read(ReadsbJson(), real(f"readsb_jsonl/{name}"))
    assert frame.height == rows
    assert not report.problems
    assert any(n.startswith(f"{placeholders} placeholder") for n in report.notes) == (placeholders > 0)


def test_real_snapshot_of_a_receiver() -> None:
    reading = read_all(real("snapshots/aircraft.json"))
    assert reading.positions.height == 51
    assert reading.positions["position_source"].unique().to_list() == ["adsb"]
    assert reading.problems.is_empty()
