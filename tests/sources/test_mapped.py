"""Tables of any make, read through a mapping."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.sources.made import real, write
from wheelsdown.errors import SourceError
from wheelsdown.sources import read
from wheelsdown.sources.mapping import read_mapping

BASE = """
source = "a club's log"
time = { column = "when", format = "iso", zone = "Europe/London" }
[columns]
latitude_deg = "lat"
longitude_deg = "lon"
altitude_ft = "height"
callsign = "sign"
[units]
altitude = "m"
"""
ICE = """
source = "ice airports log"
time = { column = "timestamp", format = "iso", zone = "UTC" }
[columns]
icao24 = "icao24"
callsign = "callsign"
latitude_deg = "latitude"
longitude_deg = "longitude"
altitude_ft = "altitude_m"
groundspeed_kt = "velocity_ms"
track_deg = "heading"
vertical_rate_fpm = "vertrate"
on_ground = "on_ground"
[units]
altitude = "m"
speed = "m/s"
vertical_rate = "m/s"
"""
WEST_ASIA = """
source = "opensky"
files = "aircraft_2026-03-18T*.json"
records = "aircraft"
time = { column = "time_position", format = "epoch_s" }
[columns]
icao24 = "icao24"
callsign = "callsign"
latitude_deg = "lat"
longitude_deg = "lng"
altitude_ft = "baro_altitude"
altitude_geom_ft = "geo_altitude"
on_ground = "on_ground"
groundspeed_kt = "velocity"
squawk = "squawk"
[units]
altitude = "m"
speed = "m/s"
"""


def mapped(tmp_path: Path, table: str | bytes, toml: str = BASE, name: str = "t.csv"):
    return read(write(tmp_path / name, table), mapping=write(tmp_path / "map.toml", toml))


def test_units_zone_and_delimiter(tmp_path: Path) -> None:
    reading = mapped(
        tmp_path, "\ufeffwhen;lat;lon;height;sign\n2024-07-01 12:00:00;51,5;-0,1;1.000,5; SIM1 \n", BASE + "", "t.csv"
    )
    assert reading.positions.is_empty()  # decimal commas are not guessed
    toml = 'decimal = ","\n' + BASE
    reading = mapped(tmp_path, "when;lat;lon;height;sign\n2024-07-01 12:00:00;51,5;-0,1;1.000,5; SIM1 \n", toml)
    row = reading.positions.row(0, named=True)
    assert str(row["time_utc"]) == "2024-07-01 11:00:00+00:00"
    assert (row["latitude_deg"], row["longitude_deg"], row["callsign"], row["source"]) == (
        51.5,
        -0.1,
        "SIM1",
        "a club's log",
    )
    assert row["altitude_ft"] == pytest.approx(1000.5 / 0.3048)
    assert row["position_source"] == "unknown"


def test_times_that_happen_twice_or_never_are_told(tmp_path: Path) -> None:
    rows = [
        "2024-03-31 01:30:00",
        "2024-10-27 01:30:00",
        "2024-10-27 03:30:00",
        "2024-10-27T01:30:00+01:00",
        "soon",
        "",
    ]
    reading = mapped(tmp_path, "when,lat,lon,height,sign\n" + "".join(f"{t},50,8,100,SIM\n" for t in rows))
    assert reading.positions["time_utc"].dt.to_string("iso:strict").str.slice(0, 16).to_list() == [
        "2024-10-27T00:30",
        "2024-10-27T03:30",
    ]
    told = reading.problems.select("row", "reason", "rows_lost").rows()
    assert [(r, n) for r, _, n in told] == [(2, 2), (6, 1), (7, 1)]
    assert "clock change" in told[0][1]


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        ('{ column = "when", format = "epoch_s" }', "1700000000.25"),
        ('{ column = "when", format = "epoch_ms" }', "1700000000250"),
        ('{ column = "when", format = "iso" }', "2023-11-14T22:13:20.25Z"),
        ('{ column = "when", format = "%d/%m/%Y %H:%M:%S%.f", zone = "UTC" }', "14/11/2023 22:13:20.250"),
        ('{ column = ["day", "when"], format = "iso", zone = "UTC" }', "22:13:20,250"),
    ],
)
def test_ways_to_write_a_time(tmp_path: Path, spec: str, value: str) -> None:
    toml = f'source = "x"\ntime = {spec}\n[columns]\nlatitude_deg = "lat"\nlongitude_deg = "lon"\n'
    value = f'"{value}"' if "," in value else value
    reading = mapped(tmp_path, f"day,when,lat,lon\n2023-11-14,{value},50,8\n", toml)
    assert reading.positions["time_utc"].dt.epoch("ms").to_list() == [1700000000250]


def test_json_lines_dotted_keys_constants_and_ground(tmp_path: Path) -> None:
    toml = """
source = "x"
time = { column = "t", format = "epoch_s" }
[columns]
latitude_deg = "pos.lat"
longitude_deg = "pos.lon"
altitude_ft = "alt"
[units]
altitude = "ft"
[constants]
icao24 = "E80001"
"""
    lines = [
        {"t": 1.7e9, "pos": {"lat": 50, "lon": 8}, "alt": "ground"},
        {"t": 1.7e9 + 1, "pos": {"lat": 50}, "alt": 100},
    ]
    reading = mapped(tmp_path, "\n".join(map(json.dumps, lines)) + "\n[broken", toml, "t.jsonl")
    assert reading.positions.select("icao24", "on_ground", "altitude_ft").rows() == [("e80001", True, None)]
    assert sorted(reading.problems["row"].to_list()) == [2, 3]


def test_parquet_with_a_naive_time(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"when": ["2024-07-01T12:00:00"], "lat": [51.5], "lon": [-0.1], "height": [10], "sign": ["SIM1"]}
    )
    frame = frame.with_columns(pl.col("when").str.to_datetime())
    frame.write_parquet(tmp_path / "t.parquet")
    reading = read(tmp_path / "t.parquet", mapping=write(tmp_path / "map.toml", BASE))
    assert str(reading.positions["time_utc"][0]) == "2024-07-01 11:00:00+00:00"


def test_undeclared_zone_refuses_the_file(tmp_path: Path) -> None:
    reading = mapped(
        tmp_path, "when,lat,lon,height,sign\n2024-07-01 12:00,50,8,1,S\n", BASE.replace(', zone = "Europe/London"', "")
    )
    assert reading.positions.is_empty()
    (problem,) = reading.problems.to_dicts()
    assert (problem["row"], problem["field"]) == (2, "when")
    assert "no zone" in problem["reason"]
    assert "zone" in problem["remedy"]


@pytest.mark.parametrize(
    ("change", "field", "row", "words"),
    [
        (("source =", "sorce ="), "sorce", 2, "unknown field"),
        (("[units]\naltitude", "[units]\naltitud"), "altitud", 10, "unknown field"),
        (('altitude = "m"', 'altitude = "yards"'), "units.altitude", None, "Invalid enum"),
        (("altitude_ft =", "altitude ="), "altitude", None, "did you mean altitude_ft"),
        (('[units]\naltitude = "m"', ""), "units.altitude", 7, "unit of altitude_ft"),
        (("Europe/London", "Europe/Londn"), "time.zone", 3, "IANA"),
        (('format = "iso"', 'format = "swatch"'), "time.format", 3, "epoch_s"),
        (('latitude_deg = "lat"\n', ""), "latitude_deg", None, "lacks"),
        (("source = ", "source = = "), None, None, "line 2"),
    ],
)
def test_a_wrong_key_is_named_with_its_line_and_remedy(
    tmp_path: Path, change: tuple[str, str], field: str | None, row: int | None, words: str
) -> None:
    with pytest.raises(SourceError, match=words) as e:
        read_mapping(write(tmp_path / "map.toml", BASE.replace(*change)))
    assert e.value.field == field
    assert row is None or e.value.row == row
    assert e.value.remedy


def test_the_source_asked_for_by_name_needs_its_mapping(tmp_path: Path) -> None:
    reading = read(write(tmp_path / "t.csv", "a,b\n1,2\n"), as_="mapped")
    assert "--map" in reading.problems["remedy"][0]


def test_a_mapped_column_that_is_not_there(tmp_path: Path) -> None:
    reading = read(
        write(tmp_path / "t.csv", "when,lat\n1,2\n"), mapping=write(tmp_path / "map.toml", BASE), as_="mapped"
    )
    assert (reading.problems["field"][0], reading.problems["row"][0]) == ("lon", None)


def test_real_log_with_naive_times_is_refused_without_a_mapping_and_read_with_one(tmp_path: Path) -> None:
    log = real("snapshots/ice_airports_2026-04.json")
    refused = read(log)
    assert refused.positions.is_empty()
    reason, remedy = refused.problems.select("reason", "remedy").row(0)
    assert "no zone" in reason
    assert "timestamp" in reason
    assert "--map" in remedy
    assert "zone" in remedy
    reading = read(log, mapping=write(tmp_path / "ice.toml", ICE))
    assert reading.problems.is_empty()
    assert reading.positions.height == 3046
    assert reading.positions["icao24"].null_count() == 0
    first = reading.positions.filter(pl.col("icao24") == "a7032e").row(0, named=True)
    assert first["altitude_ft"] == pytest.approx(1600.0)
    assert first["groundspeed_kt"] == pytest.approx(12.65, abs=0.01)


def test_real_regional_snapshots_through_a_mapping(tmp_path: Path) -> None:
    folder = real("snapshots/westasia_2026-03-18")
    reading = read(folder, mapping=write(tmp_path / "w.toml", WEST_ASIA))
    assert set(reading.receipts.filter(pl.col("positions") > 0)["format"]) == {"mapped"}
    assert reading.problems["file"].str.ends_with("COMMIT").sum() == 1
    assert reading.positions.height > 900
    assert reading.positions["longitude_deg"].is_between(25, 65).mean() > 0.9
