"""OpenSky's states, tracks and state vectors."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.made import cut_gzip, read, real, reasons, write
from wheelsdown.errors import SourceError
from wheelsdown.sources.interface import InputFile, Report
from wheelsdown.sources.opensky import drop_stale
from wheelsdown.sources.opensky_states import OpenskyStates, OpenskyTracks
from wheelsdown.sources.opensky_vectors import OpenskyVectors

T = 1_700_000_000
STATE: list[Any] = ["FFE001", "SIM1    ", "X", T, T + 3, -70.5, -33.5, 1000.0, False, 100.0, 90.0, -5.0, None, 1100.0]
STATE += ["0020", False, 2]


def states(*rows: Any) -> str:
    return json.dumps({"time": T + 5, "states": list(rows) if rows else None})


def test_states(tmp_path: Path) -> None:
    nowhere = [*STATE[:3], None, T, None, None, *STATE[7:]]
    frame, report = read(
        OpenskyStates(), write(tmp_path / "s.json", states(STATE, [*STATE, 6], nowhere, STATE[:9], "x"))
    )
    assert frame.height == 2
    assert frame["icao24"][0] == "ffe001"
    assert (frame["latitude_deg"][0], frame["longitude_deg"][0]) == (-33.5, -70.5)
    assert frame["time_utc"][0] == datetime.fromtimestamp(T, UTC)
    assert frame["altitude_ft"][0] == pytest.approx(3280.84, abs=0.01)
    assert frame["groundspeed_kt"][0] == pytest.approx(194.38445)
    assert frame["vertical_rate_fpm"][0] == pytest.approx(-984.252)
    assert frame["position_source"][0] == "mlat"
    assert frame["category"].to_list() == [None, "A5"]
    assert frame["callsign"][0] == "SIM1"
    assert [r for r, _, _ in reasons(report)] == [4, 5]
    assert report.notes == ["1 states without a position were passed over"]


def test_states_null_lists_and_lines(tmp_path: Path) -> None:
    assert read(OpenskyStates(), write(tmp_path / "n.json", states()))[0].is_empty()
    many = f"[{states(STATE)},{states(STATE)}]"
    assert read(OpenskyStates(), write(tmp_path / "m.json", many))[0].height == 2
    lines = f"{states(STATE)}\n{states(STATE)}\n{{broken\n"
    frame, report = read(OpenskyStates(), write(tmp_path / "l.json", lines))
    assert (frame.height, [r for r, _, _ in reasons(report)]) == (2, [3])


def test_states_truncated_gzip(tmp_path: Path) -> None:
    rows = [[f"{i:06x}", *STATE[1:5], i / 7, i / 9, *STATE[7:]] for i in range(3000)]
    frame, report = read(OpenskyStates(), cut_gzip(tmp_path / "s.json.gz", states(*rows).encode(), 0.5))
    assert 300 < frame.height < 3000
    assert any("gzip" in p.reason for p in report.problems)


def test_tracks(tmp_path: Path) -> None:
    path = [[T, -33.5, -70.5, 1000, 90, False], [T + 60, -33.6, -70.6, None, None, True], [1, 2]]
    text = json.dumps({"icao24": "FFE001", "calllsign": "SIM1 ", "startTime": T, "endTime": T, "path": path})
    frame, report = read(OpenskyTracks(), write(tmp_path / "t.json", text))
    assert frame["latitude_deg"].to_list() == [-33.5, -33.6]
    assert frame["longitude_deg"].to_list() == [-70.5, -70.6]
    assert frame["on_ground"].to_list() == [False, True]
    assert (frame["icao24"][0], frame["callsign"][0].strip()) == ("ffe001", "SIM1")
    assert report.problems[0].rows_lost == 1


HEAD = (
    "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,alert,spi,squawk,"
    "baroaltitude,geoaltitude,lastposupdate,lastcontact"
)


def vector(
    t: int, lat: object = -33.5, fixed: object = None, contact: int | None = None, **more: object
) -> dict[str, Any]:
    row = {"time": t, "icao24": "ffe001", "lat": lat, "lon": -70.5, "velocity": 100.0, "heading": 90.0, "vertrate": 0.0}
    row |= {
        "callsign": "SIM1",
        "onground": False,
        "alert": False,
        "spi": False,
        "squawk": "0020",
        "baroaltitude": 1000.0,
    }
    return row | {"geoaltitude": None, "lastposupdate": fixed, "lastcontact": contact or t} | more


ROWS = [
    vector(T, fixed=T - 0.25),
    vector(T + 1, fixed=T - 0.25),
    vector(T + 2, -33.6, fixed=T + 1.5),
    vector(T + 30, -33.6, fixed=T + 20, contact=T + 10),
    vector(T + 31, None),
]


@pytest.mark.parametrize("kind", ["csv", "parquet", "parquet with times"])
def test_vectors(tmp_path: Path, kind: str) -> None:
    table = pl.DataFrame(ROWS)
    path = tmp_path / "v.bin"
    if kind == "csv":
        table.write_csv(path)
    else:
        if "times" in kind:
            seconds = ("time", "lastposupdate", "lastcontact")
            table = table.with_columns(
                (pl.col(c) * 1000).cast(pl.Int64).cast(pl.Datetime("ms", "UTC")) for c in seconds
            )
        table.write_parquet(path)
    frame, report = read(OpenskyVectors(), path)
    assert frame["time_utc"].dt.epoch("ms").to_list() == [T * 1000 - 250, T * 1000 + 1500]
    assert frame["latitude_deg"].to_list() == [-33.5, -33.6]
    assert frame["squawk"].to_list() == ["0020", "0020"]
    assert report.notes == [
        "passed over: 1 rows without a position, 1 more than 15 s after the last contact, 1 that repeat a position"
    ]


def test_vectors_with_naive_times_are_refused(tmp_path: Path) -> None:
    table = pl.DataFrame(ROWS).with_columns((pl.col("time") * 1000).cast(pl.Datetime("ms")))
    table.write_parquet(tmp_path / "v.parquet")
    with pytest.raises(SourceError, match="no zone"):
        read(OpenskyVectors(), tmp_path / "v.parquet")


def test_vectors_bad_rows(tmp_path: Path) -> None:
    good = ",".join(str(v) if v is not None else "" for v in vector(T).values())
    text = f"{HEAD}\n{good}\n{good.replace('-33.5', 'x')}\n{good},more\n1,2\n{good.replace('False', 'maybe', 1)}\n"
    frame, report = read(OpenskyVectors(), write(tmp_path / "v.csv", text))
    assert frame.height == 1  # the last repeats the first
    assert [(r, f) for r, f, _ in reasons(report)] == [(4, None), (5, None), (3, "lat"), (6, "onground")]


def stale_table(**columns: Any) -> pl.DataFrame:
    n = len(next(iter(columns.values())))
    base = {"icao24": ["a"] * n, "time_utc": [datetime.fromtimestamp(T + i, UTC) for i in range(n)]}
    base |= {
        "latitude_deg": [1.0] * n,
        "longitude_deg": [2.0] * n,
        "groundspeed_kt": [200.0] * n,
        "on_ground": [None] * n,
    }
    return pl.DataFrame(base | columns, schema_overrides={"on_ground": pl.Boolean, "groundspeed_kt": pl.Float64})


def test_stale_by_place() -> None:
    kept, gone = drop_stale(stale_table(latitude_deg=[1.0, 1.0, 1.0, 1.1, 1.1]))
    assert (kept["latitude_deg"].to_list(), gone) == ([1.0, 1.1], 3)


def test_parked_and_taxiing_aircraft_are_never_stale() -> None:
    assert drop_stale(stale_table(on_ground=[True] * 4))[1] == 0
    assert drop_stale(stale_table(groundspeed_kt=[0.0, 10.0, 50.0, None]))[1] == 0


def test_stale_of_each_aircraft_alone() -> None:
    table = stale_table(icao24=["a", "b", "a", "b"])
    kept, gone = drop_stale(table.reverse())
    assert (sorted(kept["icao24"].to_list()), gone) == (["a", "b"], 2)
    assert kept["time_utc"].to_list() == table["time_utc"].to_list()[:2][::-1]


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(), st.lists, max_leaves=8)
)
def test_fuzz(tmp_path_factory: pytest.TempPathFactory, junk: Any) -> None:
    folder = tmp_path_factory.mktemp("f")
    texts = [states([junk] * 17, STATE, junk), json.dumps({"time": 1, "states": junk})]
    texts += [json.dumps({"icao24": junk, "path": [[junk] * 6, junk, [T, 1, 2, 3, 4, True]]})]
    texts += [json.dumps([{"icao24": junk, "time_position": junk, "baro_altitude": junk, "lng": junk, "lat": 1}])]
    texts += [f"{HEAD}\n{','.join([str(junk)] * 16)}\n{junk}"]
    for i, text in enumerate([*texts, *(t[: len(t) * 2 // 3] for t in texts)]):
        path = write(folder / f"{i}.x", text.encode("utf-8", "surrogatepass"))
        for source in (OpenskyStates(), OpenskyTracks(), OpenskyVectors()):
            file = InputFile(path, Report(str(path)))
            if source.detect(file.head, file.name):
                try:
                    list(source.read(file))
                except SourceError:
                    continue


def test_real_snapshots() -> None:
    rows = 0
    for path in sorted(real("snapshots/westasia_2026-03-18").glob("*.json")):
        frame, report = read(OpenskyStates(), path)
        assert not report.problems
        assert frame["latitude_deg"].is_between(10, 50).all()
        rows += frame.height
    assert rows == 1075
