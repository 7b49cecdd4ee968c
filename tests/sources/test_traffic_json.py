"""What the traffic library saves."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.made import cut_gzip, read, real, reasons, write
from wheelsdown.errors import SourceError
from wheelsdown.geo import bearing_deg
from wheelsdown.sources.interface import InputFile, Report
from wheelsdown.sources.traffic_json import TrafficJson, unfold_track

T = 1_700_000_000_000


def record(i: int, **more: Any) -> dict[str, Any]:
    row = {"timestamp": T + 1000 * i, "icao24": "FFE001", "latitude": -33.5 - i / 1000, "longitude": -70.5}
    row |= {"groundspeed": 200.0, "track": 180.0, "vertical_rate": 0.0, "callsign": "SIM1", "altitude": -25.0}
    return row | more


def columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {k: {str(i): r[k] for i, r in enumerate(rows)} for k in rows[0]}


@pytest.mark.parametrize("kind", ["records", "columns", "lines", "parquet"])
def test_forms(tmp_path: Path, kind: str) -> None:
    rows = [record(0, onground=False), record(1, onground=True), record(2, latitude=None, onground=True)]
    path = tmp_path / "t.json"
    if kind == "parquet":
        stamped = pl.col("timestamp").cast(pl.Datetime("ms", "UTC"))
        pl.DataFrame(rows).with_columns(stamped).write_parquet(path)
    else:
        forms = {"records": lambda: json.dumps(rows), "columns": lambda: json.dumps(columns(rows))}
        forms["lines"] = lambda: "\n".join(map(json.dumps, rows))
        write(path, forms[kind]())
    frame, report = read(TrafficJson(), path)
    assert not report.problems
    assert frame["time_utc"][0] == datetime.fromtimestamp(T / 1000, UTC)
    assert frame["latitude_deg"].to_list() == [-33.5, -33.501]
    assert frame["altitude_ft"].to_list() == [-25.0, -25.0]
    assert frame["on_ground"].to_list() == [False, True]
    assert frame["icao24"][0] == "ffe001"
    assert frame["source"][0] == "opensky"
    assert report.notes == ["passed over: 1 rows without a position, 0 that repeat a position"]


def test_last_position_is_the_time_and_tells_repeats(tmp_path: Path) -> None:
    fixes = [T - 300, T - 300, T + 1700]
    rows = [record(i, latitude=1.0, last_position=f) for i, f in enumerate(fixes)]
    frame, _ = read(TrafficJson(), write(tmp_path / "t.json", json.dumps(rows)))
    assert frame["time_utc"].dt.epoch("ms").to_list() == [T - 300, T + 1700]


def test_bad_cells(tmp_path: Path) -> None:
    rows = [record(0, altitude="high"), record(1, latitude="x"), record(2, timestamp="2023-11-14T10:00:00")]
    rows += [
        record(3, timestamp="2023-11-14T10:00:00.5Z", squawk=17, altitude=float("nan")),
        record(4, timestamp=1e300),
    ]
    text = json.dumps([*rows, 5])
    frame, report = read(TrafficJson(), write(tmp_path / "t.json", text))
    assert frame["row"].to_list() == [1, 4]
    assert frame["squawk"].to_list() == [None, "0017"]
    assert [(r, f) for r, f, _ in reasons(report)] == [
        (None, None),
        (5, "timestamp"),
        (3, "timestamp"),
        (2, "latitude"),
        (1, "altitude"),
    ]


@pytest.mark.parametrize("form", ["records", "columns"])
def test_truncated_gzip(tmp_path: Path, form: str) -> None:
    rows = [record(i, longitude=i / 7919) for i in range(4000)]
    text = json.dumps(rows if form == "records" else columns(rows))
    frame, report = read(TrafficJson(), cut_gzip(tmp_path / "t.json.gz", text.encode(), 0.8))
    assert 1000 < frame.height <= 4000
    assert [("gzip" in p.reason, "JSON ends" in p.reason) for p in report.problems] == [(True, False), (False, True)]


def test_half_characters_are_replaced(tmp_path: Path) -> None:
    text = json.dumps([record(0, callsign="AB\ud800"), record(1, callsign="\U0001f600\udfff")])
    frame, _ = read(TrafficJson(), write(tmp_path / "t.json", text))
    assert frame["callsign"].to_list() == ["AB\ufffd", "\U0001f600\ufffd"]


def test_cut_before_the_places(tmp_path: Path) -> None:
    text = json.dumps(columns([record(i) for i in range(50)]))
    with pytest.raises(SourceError, match="lacks a column"):
        read(TrafficJson(), write(tmp_path / "t.json", text[: text.index('"latitude"')]))


def test_naive_parquet_is_refused(tmp_path: Path) -> None:
    table = pl.DataFrame([record(0)]).with_columns(pl.col("timestamp").cast(pl.Datetime("ms")))
    table.write_parquet(tmp_path / "t.parquet")
    with pytest.raises(SourceError, match="no zone"):
        read(TrafficJson(), tmp_path / "t.parquet")


def test_tables_in_metres_are_not_claimed() -> None:
    row = {
        "timestamp": "2026-04-01T01:18:58",
        "icao24": "a",
        "latitude": 1,
        "longitude": 1,
        "altitude_m": 5,
        "velocity_ms": 1,
    }
    assert not TrafficJson().detect(json.dumps([row]).encode(), "x.json")


def turning(tracks: list[float], kind: str) -> pl.DataFrame:
    """Flight that turns; its direction kept whole, turned by 360, or in a signed byte."""
    lat, lon, rows = 10.0, 20.0, []
    for i, way in enumerate(tracks):
        shown = {"turned": (way + 180) % 360 - 180, "byte": float((int(way) + 128) % 256 - 128)}[kind]
        rows.append(("a", datetime.fromtimestamp(T / 1000 + i, UTC), lat, lon, 200.0, shown))
        lat += 0.001 * pl.Series([way]).radians().cos()[0]
        lon += 0.001 * pl.Series([way]).radians().sin()[0] / pl.Series([lat]).radians().cos()[0]
    names = ["icao24", "time_utc", "latitude_deg", "longitude_deg", "groundspeed_kt", "track_deg"]
    return pl.DataFrame(rows, schema=names, orient="row")


def test_directions_of_a_signed_byte() -> None:
    ways = [10.0, 110.0, 130.0, 200.0, 250.0, 300.0, 355.0] * 3
    track, word = unfold_track(turning(ways, "byte"))
    assert track.to_list() == [None, 110.0, 130.0, 200.0, 250.0, None, None] * 3
    assert word is not None
    assert "signed byte" in word


def test_directions_turned_by_360() -> None:
    ways = [10.0, 110.0, 240.0, 250.0, 300.0, 355.0] * 3
    track, word = unfold_track(turning(ways, "turned"))
    assert track.to_list() == ways
    assert word is None


def test_directions_that_agree_with_nothing() -> None:
    table = turning([10.0, 20.0, 30.0], "turned").with_columns(track_deg=pl.Series([-90.0, -80.0, 5.0]))
    assert unfold_track(table)[0].to_list() == [None, None, 5.0]


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(), st.lists, max_leaves=8)
)
def test_fuzz(tmp_path_factory: pytest.TempPathFactory, junk: Any) -> None:
    rows = [record(0), record(1, timestamp=junk, track=junk), record(2, latitude=junk, onground=junk, icao24=junk)]
    texts = [
        json.dumps([*rows, junk]),
        json.dumps(columns(rows)),
        json.dumps({"altitude": {"0": junk}, "timestamp": junk}),
    ]
    folder = tmp_path_factory.mktemp("f")
    for i, text in enumerate([*texts, *(t[: len(t) * 2 // 3] for t in texts)]):
        path = write(folder / f"{i}.json", text)
        file = InputFile(path, Report(str(path)))
        if TrafficJson().detect(file.head, file.name):
            try:
                list(TrafficJson().read(file))
            except SourceError:
                continue


@pytest.mark.parametrize(
    ("name", "rows", "passed"),
    [
        ("belevingsvlucht", 16_005, 360),
        ("zurich_airport", 17_132, 57),
        ("calibration/nice", 1_246, 0),
        ("calibration/ajaccio", 2_629, 0),
        ("military/aircraft_carrier", 9_024, 1_689 + 4_405),
        ("noisy/noisy_ground", 924, 378),
        ("noisy/noisy_spoofing", 8_681, 11 + 3_986),
    ],
)
def test_real(name: str, rows: int, passed: int) -> None:
    frame, report = read(TrafficJson(), real(f"opensky_json/{name}.json.gz"))
    assert (frame.height, report.problems) == (rows - passed, [])


def test_real_directions_agree_with_the_way() -> None:
    frame, _ = read(TrafficJson(), real("opensky_json/calibration/ajaccio.json.gz"))
    way = bearing_deg(
        *(frame[c].to_numpy()[i] for i in (slice(-1), slice(1, None)) for c in ("latitude_deg", "longitude_deg"))
    )
    off = ((pl.Series(way) - frame["track_deg"][:-1] + 180) % 360 - 180).abs()
    assert off.filter(frame["groundspeed_kt"][:-1] > 80).drop_nulls().quantile(0.9) < 10  # type: ignore[operator]


def test_real_quickstart_is_read_in_seconds() -> None:
    path = real("opensky_json/quickstart.json.gz")
    begun = time.perf_counter()
    frame, report = read(TrafficJson(), path)
    assert time.perf_counter() - begun < 20
    assert not report.problems
    assert frame["icao24"].n_unique() == 213
    assert frame["on_ground"].sum() == 55_371
