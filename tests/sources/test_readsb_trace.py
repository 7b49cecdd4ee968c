"""readsb traces: hand-made files for each rule of the format, and real ones."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.sources.made import read, real, reasons, write
from wheelsdown.errors import SourceError
from wheelsdown.sources import read as read_all
from wheelsdown.sources.interface import InputFile, Report
from wheelsdown.sources.readsb_trace import ReadsbTrace

NEW = (
    '{"icao":"3c0001","noRegData":true,"timestamp":1700006400.000,"trace":['
    '[10.50,50.000000,8.500000,"ground",12.3,251.0,0,null,null,"adsb_icao",null,null,null,null],'
    '[95.00,50.010000,8.480000,-25,140.2,250.4,3,1792,{"type":"adsb_icao","flight":"TEST1   ","squawk":"0020",'
    '"emergency":"none"},"adsb_icao",150,1800,139,-1.2],'
    '[140.25,50.050000,8.400000,4200,null,null,12,64,null,"mlat",4200,64,null,null]]}'
)
OLD = '{"icao":"~2a0b0c","timestamp":1600000000.123,"trace":[[0.0,1.5,-2.5,null,null,null,1,null,null]]}'


def made(tmp_path: Path, text: str | bytes, name: str = "trace_full_3c0001.json") -> tuple[pl.DataFrame, Report]:
    return read(ReadsbTrace(), write(tmp_path / name, text))


def of(points: list[list[Any]], **top: Any) -> str:
    return json.dumps({"icao": "e80001", "timestamp": 1_700_000_000.0, **top, "trace": points})


def test_today_s_points_with_ground_geometric_height_and_mlat(tmp_path: Path) -> None:
    rows, report = made(tmp_path, NEW)
    assert rows["icao24"].to_list() == ["3c0001"] * 3
    assert rows["on_ground"].to_list() == [True, False, False]
    assert rows["altitude_ft"].to_list() == [None, -25.0, None]  # flag 8: the third is geometric
    assert rows["altitude_geom_ft"].to_list() == [None, 150.0, 4200.0]
    assert rows["position_source"].to_list() == ["adsb", "adsb", "mlat"]
    assert rows["callsign"].to_list() == [None, "TEST1", "TEST1"]
    assert rows["squawk"].to_list() == [None, "0020", "0020"]
    assert rows["time_utc"].dt.to_string("iso").to_list()[0].startswith("2023-11-15 00:00:10.500")
    assert not report.problems
    assert not report.claims  # noRegData


def test_nine_elements_first_point_base_and_no_icao_address(tmp_path: Path) -> None:
    rows, _ = made(tmp_path, OLD, "trace_full_~2a0b0c.json")
    assert rows["icao24"].to_list() == ["~2a0b0c"]
    assert rows["time_utc"].dt.epoch("ms").to_list() == [1600000000123]
    assert rows["position_source"].to_list() == ["unknown"]
    assert rows["on_ground"].to_list() == [None]


def test_fifteenth_element_and_shorter_points_in_one_file(tmp_path: Path) -> None:
    long = [0.0, 50.0, 8.0, 1000, 100.0, 10.0, 0, 0, None, "adsb_icao", 1100, 0, None, None, "receiver"]
    rows, report = made(tmp_path, of([long, [1.0, 50.0, 8.1, 1000], [2.0, 50.0], "x", [3.0, 50.0, 8.2, 1100]]))
    assert rows["row"].to_list() == [1, 2, 5]
    assert reasons(report) == [(3, None, "not a point of at least 4 elements")]
    assert report.problems[0].rows_lost == 2


def test_call_sign_is_forgotten_on_a_new_leg_and_category_is_not(tmp_path: Path) -> None:
    obj = {"flight": "SIM1", "squawk": "0001", "category": "A5", "nic": 8, "nac_p": 9, "sil": 3, "version": 2}
    rows, _ = made(
        tmp_path, of([[0.0, 1, 1, 100, 1, 1, 0, 0, obj], [1.0, 1, 1, 100, 1, 1, 0, 0, None], [2.0, 1, 1, 1, 1, 1, 2]])
    )
    assert rows["callsign"].to_list() == ["SIM1", "SIM1", None]
    assert rows["category"].to_list() == ["A5"] * 3
    assert rows.select("adsb_version", "nic", "nac_p", "sil").row(1) == (2, 8, 9, 3)


def test_database_fields_become_a_dated_claim(tmp_path: Path) -> None:
    top = {"r": "4X-SIM", "t": "B744", "desc": "BOEING", "ownOp": "SIMULATED AIR", "year": "0000", "dbFlags": 9}
    _, report = made(tmp_path, of([[0.0, 1, 1, 1]], **top))
    (claim,) = report.claims
    assert (claim.icao24, claim.registration, claim.typecode, claim.operator) == (
        "e80001",
        "4X-SIM",
        "B744",
        "SIMULATED AIR",
    )
    assert claim.year_built is None
    assert claim.military is True
    assert "address block" in (claim.note or "")
    assert claim.as_of == "2023-11-14"


def test_zero_flags_say_not_military_and_unknown_bits_are_masked(tmp_path: Path) -> None:
    _, report = made(tmp_path, of([[0.0, 1, 1, 1]], r="X", dbFlags=256))
    assert report.claims[0].military is False
    assert report.claims[0].note is None


def test_missing_base_takes_the_folder_s_day_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "2023" / "08" / "20" / "traces" / "01"
    folder.mkdir(parents=True)
    text = '{"icao":"e80001","trace":[[60.0,1,1,100]]}'
    rows, report = read(ReadsbTrace(), write(folder / "trace_full_e80001.json", text))
    assert rows["time_utc"].dt.to_string("iso").to_list()[0].startswith("2023-08-20 00:01:00")
    assert "2023-08-20" in report.problems[0].reason


def test_missing_base_without_such_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no timestamp"):
        made(tmp_path, '{"icao":"e80001","trace":[[60.0,1,1,100]]}')


def test_backward_and_negative_times_are_kept_and_told(tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", of([[10.0, 1, 1, 100], [5.0, 1.1, 1, 100], [-700.0, 1.2, 1, 100]]))
    reading = read_all(path)
    assert reading.positions["latitude_deg"].to_list() == [1.2, 1.1, 1.0]
    assert reading.problems["reason"].to_list() == [
        "a time before the file's base: such points may be left over from earlier"
    ]


@pytest.mark.parametrize("keep", [0.5, 0.7, 0.9, 0.99])
def test_a_file_cut_off_keeps_its_whole_points(tmp_path: Path, keep: float) -> None:
    points = [
        [float(i), 50.0, 8.0, 1000, 1.0, 1.0, 0, 0, {"flight": "SIM1", "nav_modes": ["lnav", "vnav"]}]
        for i in range(200)
    ]
    text = of(points)[: int(len(of(points)) * keep)]
    rows, report = made(tmp_path, text)
    assert rows.height == text.count('"vnav"]}]')
    assert "cut off" in report.problems[0].reason


def test_a_damaged_gzip_keeps_its_beginning(tmp_path: Path) -> None:
    text = of([[float(i), 50.0 + i * 0.001, 8.0, i * 7 % 900, i % 300, 1.0, 0, 0, None] for i in range(3000)])
    packed = gzip.compress(text.encode())
    rows, report = made(tmp_path, packed[: len(packed) // 2])
    assert 500 < rows.height < 3000
    assert {"gzip" in p.reason or "JSON" in p.reason for p in report.problems} == {True}


def test_trailing_rubbish_costs_nothing(tmp_path: Path) -> None:
    rows, report = made(tmp_path, NEW + "\n<html>")
    assert rows.height == 3
    assert len(report.problems) == 1


def test_no_trace_and_an_empty_trace(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no trace"):
        made(tmp_path, '{"icao":"3c0001","timestamp":1}')
    rows, report = made(tmp_path, of([]))
    assert rows.is_empty()
    assert report.problems[0].reason == "the trace is empty"


def test_words_where_numbers_belong_are_told_and_the_row_is_kept(tmp_path: Path) -> None:
    rows, report = made(tmp_path, of([[0.0, 1, 1, "high", True, [], "x", {}, 7, 8], [1.0, 1, 1, 10**400, 1]]))
    assert rows.height == 2
    assert rows["altitude_ft"].null_count() == 2
    assert {p.field for p in report.problems} >= {"altitude", "ground speed", "track"}


def test_real_day_of_one_aircraft() -> None:
    reading = read_all(real("readsb_trace/trace_full_ac671b.json"))
    rows = reading.positions
    assert rows.height == 2500
    assert rows["on_ground"].sum() == 394
    assert rows["callsign"].drop_nulls().n_unique() == 4
    assert rows["callsign"][-1] == "DAL2927"
    assert reading.problems.is_empty()
    assert reading.identities.row(0)[:5] == ("ac671b", "N899DN", "B739", "BOEING 737-900", "DELTA AIR LINES INC")


def test_real_traces_of_one_receiver() -> None:
    folder = real("readsb_trace/one_receiver")
    reading = read_all(folder)
    assert reading.receipts.height == 22
    assert reading.positions.height == 3930
    assert reading.problems.is_empty()
    assert reading.positions["track_id"].null_count() == 3930


def test_detect_leaves_other_json_alone() -> None:
    source = ReadsbTrace()
    for head in (b"", b"{}", b"[1]", b'{"now":1,"aircraft":[]}', b'{"icao24":"x","path":[]}', b"\xff\xfe"):
        assert not source.detect(head, "x.json")
    assert isinstance(InputFile, type)
