"""POSITIONS saved and read again."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.sources.made import real, write
from wheelsdown.outputs import write as save
from wheelsdown.schema import POSITIONS
from wheelsdown.sources import read

ROWS = [
    {
        "icao24": "451e23",
        "time_utc": 1_700_000_000_000,
        "latitude_deg": 50.0,
        "longitude_deg": 8.0,
        "altitude_ft": None,
        "on_ground": True,
    },
    {
        "icao24": "451e23",
        "time_utc": 1_700_000_060_000,
        "latitude_deg": 50.1,
        "longitude_deg": 8.1,
        "altitude_ft": -75.0,
        "on_ground": False,
    },
]


def made() -> pl.DataFrame:
    frame = pl.DataFrame(ROWS).with_columns(
        pl.col("time_utc").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"),
        callsign=pl.lit("SIM1"),
        squawk=pl.lit("0020"),
        nic=8,
        position_source=pl.lit("mlat"),
        source=pl.lit("simulated"),
    )
    return POSITIONS.conform(frame, fill=True)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".json"])
def test_round_trip_of_what_wheelsdown_writes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"p{suffix}"
    save(made(), path, table=POSITIONS)
    reading = read(path)
    assert reading.problems.is_empty()
    assert set(reading.receipts["format"]) == {"positions"}
    assert_frame_equal(reading.positions.drop("receipt"), made().drop("receipt"))
    assert reading.positions["receipt"].unique().to_list() == reading.receipts["receipt"].to_list()


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    made().with_columns(pl.col("time_utc").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).write_ndjson(path)
    assert_frame_equal(read(path).positions.drop("receipt"), made().drop("receipt"))


def test_naive_times_are_refused(tmp_path: Path) -> None:
    made().with_columns(pl.col("time_utc").dt.replace_time_zone(None)).write_parquet(tmp_path / "p.parquet")
    made().with_columns(pl.col("time_utc").dt.strftime("%Y-%m-%d %H:%M:%S")).write_csv(tmp_path / "p.csv")
    reading = read(tmp_path)
    assert reading.positions.is_empty()
    assert ["zone" in r for r in reading.problems["reason"]] == [True, True]


def test_a_damaged_parquet_is_told(tmp_path: Path) -> None:
    made().write_parquet(tmp_path / "p.parquet")
    data = (tmp_path / "p.parquet").read_bytes()
    write(tmp_path / "p.parquet", data[:40] + b"\xff" * 40 + data[80:])
    reading = read(tmp_path, as_="positions")
    assert reading.positions.is_empty()
    assert reading.problems.height == 1


def test_real_positions_survive_parquet(tmp_path: Path) -> None:
    once = read(real("readsb_trace/trace_full_ac671b.json")).positions
    once.write_parquet(tmp_path / "p.parquet")
    assert_frame_equal(read(tmp_path).positions.drop("receipt"), once.drop("receipt"))


def test_a_quote_that_does_not_end_costs_its_own_line_only(tmp_path: Path) -> None:
    lines = [f"001e23,2030-01-01T00:{i:02d}:00Z,50.{i},8,SIM1,SIMULATED" for i in range(60)]
    for broken in (3, 7, 30):
        lines[broken] = lines[broken].replace("SIM1", '"SIM1')
    lines[40] = lines[40].replace("SIM1", '"SIM1\n"')  # a cell of two lines
    lines[41] = lines[41].replace("SIM1", '"SIM1"')
    heading = "icao24,time_utc,latitude_deg,longitude_deg,callsign,source"
    reading = read(write(tmp_path / "p.csv", "\n".join([heading, *lines, ""])))
    assert reading.positions.height == 57
    assert reading.positions["callsign"].unique().to_list() == ["SIM1"]
    told = reading.problems.select("row", "reason", "rows_lost").rows()
    assert told == [(5, "broken line: a quote that does not end", 3)]
