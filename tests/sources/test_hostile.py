"""Damaged and hostile files: a problem or a SourceError, never anything else."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sources.made import write
from wheelsdown.errors import SourceError
from wheelsdown.schema import POSITIONS
from wheelsdown.sources import read
from wheelsdown.sources.adsbx_csv import AdsbxCsv
from wheelsdown.sources.interface import InputFile, Report, Source
from wheelsdown.sources.positions_table import PositionsTable
from wheelsdown.sources.readsb_json import ReadsbJson
from wheelsdown.sources.readsb_trace import ReadsbTrace
from wheelsdown.sources.registry import load_all

POINT = [
    1.0,
    50.0,
    8.0,
    1000,
    100.0,
    90.0,
    0,
    64,
    {"flight": "SIM1", "squawk": "0020", "nic": 8},
    "adsb_icao",
    1100,
    64,
    90,
    0.0,
]
TRACE = {"icao": "e80001", "r": "SIM", "timestamp": 1.7e9, "trace": [POINT, POINT[:9], POINT]}
PLANE = {
    "hex": "e80001",
    "lat": 50.0,
    "lon": 8.0,
    "seen_pos": 1.0,
    "alt_baro": 100,
    "mlat": [],
    "tisb": [],
    "flight": "S",
}
SHOT = {"now": 1.7e9, "aircraft": [PLANE, PLANE]}
CSV = (
    "time,lat,lon,altitude,ground_speed,heading,details,alt_geom,nnumber,model,desc,timestamp,ping_time,icao\n"
    "60.0,50.0,8.0,ground,1.0,2.0,\"{'flight': 'SIM1'}\",,SIM,B752,B,2025-02-07,2025-02-07 00:01:00,e80001\n"
)
OWN = "icao24,time_utc,latitude_deg,longitude_deg,altitude_ft\ne80001,2024-01-01T00:00:00Z,50,8,100\n"
SEEDS: list[tuple[Source, bytes]] = [
    (ReadsbTrace(), json.dumps(TRACE).encode()),
    (ReadsbJson(), json.dumps(SHOT).encode()),
    (ReadsbJson(), b"\n".join(json.dumps({**PLANE, "now": 1.7e9}).encode() for _ in range(3))),
    (AdsbxCsv(), CSV.encode()),
    (PositionsTable(), OWN.encode()),
]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.sampled_from([10**30, -(10**30), 1e300, "ground", "NaN", "inf", 2**63, -1, 0, "\ud83d\ude80", ""]),
)
anything = st.recursive(
    scalars, lambda c: st.lists(c, max_size=3) | st.dictionaries(st.text(max_size=4), c, max_size=3), max_leaves=6
)
SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def survives(source: Source, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "trace_full_e80001.json", data)
        source.detect(data[:65536], path.name)
        report = Report(str(path))
        try:
            rows = sum(f.height for f in source.read(InputFile(path, report)))
        except SourceError:
            rows = 0
        reading = read(path, as_=source.name)
        assert reading.positions.height <= rows
        assert not any("reader failed" in r for r in reading.problems["reason"])
        assert reading.positions.schema == POSITIONS.empty().schema


@pytest.mark.parametrize("number", range(len(SEEDS)))
@given(data=st.data())
@SETTINGS
def test_mutated_bytes(number: int, data: st.DataObject) -> None:
    source, seed = SEEDS[number]
    noisy = bytearray(seed)
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(seed) - 1), st.integers(0, 255)), max_size=8)):
        noisy[at] = value
    cut = data.draw(st.integers(0, len(noisy)))
    survives(source, bytes(noisy[:cut] if data.draw(st.booleans()) else noisy))


@pytest.mark.parametrize("number", range(len(SEEDS)))
@given(noise=st.binary(max_size=300))
@settings(max_examples=20, deadline=None)
def test_noise(number: int, noise: bytes) -> None:
    survives(SEEDS[number][0], noise)


@given(at=st.sampled_from(["icao", "r", "timestamp", "trace", "dbFlags", *range(14)]), value=anything)
@SETTINGS
def test_any_value_anywhere_in_a_trace(at: str | int, value: Any) -> None:
    whole: dict[str, Any] = {**TRACE}
    if isinstance(at, str):
        whole[at] = value
    else:
        whole["trace"] = [POINT, [*POINT[:at], value, *POINT[at + 1 :]], POINT]
    survives(ReadsbTrace(), json.dumps(whole).encode("utf-8", "surrogatepass"))


@given(
    at=st.sampled_from(["now", "aircraft", "ac", "files", *PLANE, "type", "gscp", "flightdict", "nic", "r", "dbFlags"]),
    value=anything,
)
@SETTINGS
def test_any_value_anywhere_in_a_snapshot(at: str, value: Any) -> None:
    whole: dict[str, Any] = (
        {**SHOT, at: value}
        if at in ("now", "aircraft", "ac", "files")
        else {**SHOT, "aircraft": [{**PLANE, at: value}]}
    )
    survives(ReadsbJson(), json.dumps(whole).encode("utf-8", "surrogatepass"))


@given(cells=st.lists(st.text(max_size=12), min_size=5, max_size=5))
@SETTINGS
def test_any_cell_of_our_own_table(cells: list[str]) -> None:
    quoted = ",".join('"' + c.replace('"', '""') + '"' for c in cells)
    survives(PositionsTable(), (OWN + quoted + "\n").encode("utf-8", "replace"))


@given(noise=st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_detection_never_raises(noise: bytes) -> None:
    for source in load_all():
        assert source.detect(noise, "x.json") in (True, False)


def test_deep_nesting_and_a_gzip_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "deep.json", b'{"icao":"e80001","timestamp":1,"trace":' + b"[" * 100_000)
    monkeypatch.setattr(InputFile.__init__, "__kwdefaults__", {"max_bytes": 1 << 20, "receipt": None})
    bomb = b'{"icao":"e80001","timestamp":1,"trace":[' + b" " * (64 << 20)
    write(tmp_path / "bomb.json", gzip.compress(bomb))
    reading = read(tmp_path)
    assert reading.positions.is_empty()
    assert reading.problems.height == 2


def test_an_unclosed_quote_does_not_take_the_rows_before_it(tmp_path: Path) -> None:
    good = OWN.split("\n")[1]
    path = write(tmp_path / "p.csv", OWN + f'{good}\n"{good}\n' + (good.replace("50", "51") + "\n") * 50)
    reading = read(path)
    assert reading.positions.height >= 1
    assert reading.problems.height >= 1
