"""The compiled scanner gives what the strict decoder gives, row for row, or leaves the trace to it."""

from __future__ import annotations

import gzip
import os
import random
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.sources.made import SHARED, read, write
from tests.sources.made_traces import mutated, simple, trace
from wheelsdown.provenance import Receipt
from wheelsdown.schema import POSITIONS, PROBLEMS
from wheelsdown.sources import read as read_all
from wheelsdown.sources.interface import Report
from wheelsdown.sources.jsonbytes import PADDING
from wheelsdown.sources.jsonnumbers import NO_NUMBER, WHOLE, number
from wheelsdown.sources.readsb_trace import ReadsbTrace
from wheelsdown.sources.trace_columns import TraceColumns
from wheelsdown.sources.traces import Decoded, TraceBatch, unpacked

RECEIPT = Receipt("made", "ab" * 32, 1)
FLOATS = [n for n, t in POSITIONS.schema.items() if t.is_float()]


class NeverScans(TraceColumns):
    """Columns that refuse everything, so that the strict decoder reads it."""

    def add(self, data: bytes) -> None:
        assert isinstance(data, bytes)


def decoded(data: bytes, *, strict: bool = False, name: str = "trace_full_d00001.json") -> tuple[Decoded, bool]:
    """Read one trace; also tell whether the scanner did."""
    batch = TraceBatch(rows_most=8)
    if strict:
        batch._columns = NeverScans(1)
    batch.add(data, name=name, receipt=RECEIPT)
    scanned = batch._columns.rows > 0
    return batch.take(), scanned


def bits(frame: pl.DataFrame) -> list[bytes]:
    """The very bits of the floats: -0.0 is not 0.0."""
    return [frame[n].fill_null(12345.0).to_numpy().tobytes() for n in FLOATS]


def same(data: bytes, *, name: str = "trace_full_d00001.json") -> bool:
    """Hold the two against each other; tell whether the scanner read it."""
    mine, scanned = decoded(data, name=name)
    theirs, _ = decoded(data, strict=True, name=name)
    try:
        assert_frame_equal(mine.positions, theirs.positions, check_exact=True)
        assert_frame_equal(mine.problems, theirs.problems, check_exact=True)
        assert bits(mine.positions) == bits(theirs.positions)
        assert mine.claims == theirs.claims
        assert mine.receipts == theirs.receipts
        assert mine.positions.schema == POSITIONS.empty().schema
    except AssertionError as e:
        raise AssertionError(f"{data!r}: {e}") from e
    return scanned


def test_legal_traces_are_scanned_and_equal() -> None:
    scanned = [same(trace(seed)) for seed in range(150)]
    assert sum(scanned) > 120  # the rest has what the scanner leaves alone, such as a null in a place or long numbers


def test_ugly_traces_are_equal() -> None:
    scanned = [same(trace(seed, ugliness=0.15)) for seed in range(1000, 1150)]
    assert 15 < sum(scanned) < 140


def test_mutated_traces_are_equal() -> None:
    for seed in range(2000, 2250):
        same(mutated(trace(seed, points=5), seed))


def test_every_cut_is_equal() -> None:
    text = trace(11, points=3)
    for k in range(0, len(text), max(1, len(text) // 150)):
        same(text[:k])


@given(noise=st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_noise(noise: bytes) -> None:
    same(noise)
    same(b'{"icao":"d00001","timestamp":1693440000,"trace":[[' + noise + b"]]}")


def test_shapes_that_the_scanner_has_to_know() -> None:
    point = [1.0, 50.0, 8.0, 1000, 1.5, 2.5, 0, 64, None, "adsb_icao", 1100, 64, 90, 0.0]
    carrying: dict[str, Any] = {"type": "mlat", "flight": "SIM1    ", "nic": 8, "version": 2, "category": "A1"}
    known = [
        simple([point]),
        simple([point[:4]]),
        simple([point[:9], point, [*point, "receiver"]]),
        simple([[*point[:8], carrying]]),  # nine elements: the object's type is the only one
        simple([[*point[:8], {}], point]),
        simple([[0, 1, 2, "ground"], [1, 1, 2, None], [2, 1, 2, -25]]),
        simple([[*point[:6], 2, *point[7:]], [*point[:6], 8, *point[7:]]]),
        simple([point], source="SIMULATED here", r="SIM", desc="caf\u00e9").replace(b"\\u00e9", "\u00e9".encode()),
        b'{"trace":[[0,1,2,3]],"timestamp":1693440000,"icao":"d00001"}',
        b' \r\n{ "icao" : "d00001" ,\t"timestamp":1693440000.5,"trace" : [ [ 0 , 1e0 , -2.5E-1 , 3 ] ] } \n',
        simple([[*point[:8], {"alt_geom": 900}], [*point[:8], {"flight": "  SIM9"}]]),
    ]
    for text in known:
        assert same(text), text


def test_shapes_that_are_left_to_the_strict_decoder() -> None:
    point = [1.0, 50.0, 8.0, 1000, 1.5, 2.5, 0, 64, None, "adsb_icao"]
    left = [
        b"",
        b"{}",
        b"\xef\xbb\xbf" + simple([point]),
        simple([]),
        simple([point]) + b"x",
        simple([point])[:-1],
        simple([point, [1.0, 2.0, 3.0]]),
        simple([[-1.0, *point[1:]]]),
        simple([[None, *point[1:]]]),
        simple([[*point[:8], {"flight": 'S"M'}]]),
        simple([[*point[:8], {"flight": "SIM123456"}]]),
        simple([[*point[:8], {"nic": 8.0}]]),
        simple([[*point[:8], {"acas_ra": {"advisory": "x"}}]]),
        simple([[*point[:9], "newly_invented"]]),
        simple([[*point, 1, 2, 3, 4, 5, 6]]),
        simple([point], icao=""),
        simple([point], timestamp=None),
        simple([point], timestamp=1e12),
        simple([point], x={"trace": []}),
        simple([point])[:-1] + b',"trace":[]}',
        simple([[*point[:8], 1]]).replace(b", 1]]", b', {"nic":1,"nic":2}]]'),
        simple([[*point[:3], 1e300]]),
    ]
    for text in left:
        assert not same(text, name="2023/08/31/traces/01/trace_full_d00001.json"), text


def test_real_traces_are_scanned_and_equal() -> None:
    files = sorted((SHARED / "readsb_trace").rglob("trace_*.json"))
    if not files:
        pytest.skip(f"no real recordings here: {SHARED} is absent")
    batch, rows = TraceBatch(), 0
    for path in files:
        assert same(path.read_bytes(), name=str(path)), path
        rows += batch.add(path.read_bytes(), name=str(path))
    assert batch.rows == rows == 6430
    assert batch.take().problems.is_empty()


def padded(text: bytes) -> Any:
    return np.frombuffer(text + bytes(PADDING), dtype=np.uint8)


@given(
    st.one_of(
        st.floats(-1e9, 1e9, allow_nan=False).map(repr),
        st.decimals(-100_000, 100_000, places=6, allow_nan=False).map(str),
        st.from_regex(r"\A-?[0-9]{1,12}(\.[0-9]{0,12})?([eE][+-]?[0-9]{1,3})?\Z"),
    )
)
@settings(max_examples=400, deadline=None)
def test_numbers_have_the_bits_that_python_gives_them(text: str) -> None:
    value, kind, end = number(padded(text.encode() + b","), 0)
    if kind == NO_NUMBER:
        return
    assert end == len(text)
    assert struct.pack("<d", value) == struct.pack("<d", float(int(text)) if kind == WHOLE else float(text))


def test_plain_numbers_are_not_refused() -> None:
    r = random.Random(7)  # noqa: S311
    for _ in range(2000):
        text = f"{r.uniform(-180, 180):.{r.randint(1, 9)}f}"
        value, _, end = number(padded(text.encode()), 0)
        assert (float(value), end) == (float(text), len(text))
    for text in (
        "1.",
        "-",
        "01",
        "-01",
        ".5",
        "1e",
        "1e+",
        "1.5.2",
        "1-2",
        "",
        "1e1234",
        "--1",
        "12345678901234567890",
    ):
        found = number(padded(text.encode() + b"]"), 0)
        assert found[1] == NO_NUMBER or found[2] < len(text), text


UNCOMPILED = """
import numba
from tests.sources.test_trace_scan import SHARED, mutated, same, trace
from wheelsdown.sources.trace_scan import scan
assert numba.config.DISABLE_JIT and not hasattr(scan, "py_func")
assert sum(same(trace(seed, points=6)) for seed in range(40)) > 30
for seed in range(3000, 3080):
    same(mutated(trace(seed, ugliness=0.1, points=4), seed))
text = trace(12, points=2)
for k in range(0, len(text), 7):
    same(text[:k])
for path in sorted((SHARED / "readsb_trace").rglob("trace_full_a2fe8f.json")):
    assert same(path.read_bytes())
"""


def test_uncompiled_it_does_the_same_and_stays_within_bounds() -> None:
    """Numpy itself refuses an index beyond the end; an index below 0 becomes one beyond it, being unsigned."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", UNCOMPILED],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_what_lies_behind_the_text_is_never_read() -> None:
    """The scratch text of a longer trace before it must not complete a shorter one."""
    whole = simple([[1.0, 50.0, 8.0, 1000], [2.0, 50.0, 8.0, 1000]])
    batch = TraceBatch(rows_most=8)
    batch.add(whole, name="whole")
    batch.add(whole[:-3], name="cut")
    assert batch.take().problems["file"].to_list() == ["cut"]


def test_gzip_whole_damaged_doubled_and_followed_by_rubbish() -> None:
    text = simple(
        [[float(k), round(50.0 + k / 1000, 3), 8.0, k * 7 % 900, k % 300, 1.0, 0, 0, None] for k in range(3000)]
    )
    packed = gzip.compress(text)
    for data in (packed, gzip.compress(text[:900]) + gzip.compress(text[900:]), packed + bytes(30)):
        mine, scanned = decoded(data)
        assert scanned
        assert mine.positions.height == 3000
        assert mine.problems.is_empty()
    mine, _ = decoded(packed[: len(packed) // 2])
    assert 500 < mine.positions.height < 3000
    assert "cut off after" in mine.problems["reason"][1]  # the first says that the text ends early, too
    flipped = bytearray(packed)
    flipped[-6] ^= 1  # the checksum
    mine, _ = decoded(bytes(flipped))
    assert "damaged" in mine.problems["reason"][0]
    assert mine.positions.height == 3000
    mine, _ = decoded(packed + b"rubbish")
    assert mine.positions.height == 3000
    assert mine.problems.height == 1


def test_mutated_gzip_is_read_as_a_file_is(tmp_path: Path) -> None:
    packed = gzip.compress(trace(31, points=40))
    for seed in range(60):
        path = write(tmp_path / "trace_full_d00001.json", mutated(packed, seed))
        mine, _ = decoded(path.read_bytes(), name=str(path))
        reading = read_all(path, as_="readsb-trace")
        assert mine.positions.height >= reading.positions.height  # a file's repeated rows are merged
        assert mine.problems["reason"].to_list() == reading.problems["reason"].to_list(), seed


def test_a_bomb_is_a_problem() -> None:
    batch = TraceBatch(max_trace_bytes=1 << 20)
    for data in (gzip.compress(bytes(5 << 20)), gzip.compress(bytes(3 << 20)) * 2, bytes(2 << 20)):
        assert batch.add(data, name="bomb") == 0
    assert batch.add(trace(1), name="good") > 0
    found = batch.take()
    assert found.problems.filter(pl.col("reason").str.contains("unpacks to more than 1048576 bytes")).height == 3
    with pytest.raises(ValueError, match="more than 10 bytes"):
        unpacked(b"x" * 11, "x", Report("x"), max_bytes=10)


def test_a_batch_of_many() -> None:
    """Fast and strict traces, problems by name, claims, and receipts with their rows, in one batch."""
    batch = TraceBatch(rows_most=5)
    point = [1.0, 50.0, 8.0, 1000, 10.0, 20.0, 0, 0, {"flight": "SIM1"}]
    wide = [1.0, 95.0, 8.0, 1000]
    mine = Receipt("day.tar", "cd" * 32, 9)
    assert batch.add(simple([point, point], r="4X-SIM"), name="one", receipt=mine) == 2
    assert not batch.full
    assert batch.add(simple([[-1.0, *point[1:]]], icao="d00002"), name="two", receipt=mine) == 1
    assert batch.add(b"rubbish", name="three", receipt=RECEIPT) == 0
    assert batch.add(simple([point, wide, wide], icao="d00003"), name="four") == 3
    assert batch.full
    assert batch.rows == 6
    found = batch.take()
    assert batch.rows == 0
    assert not batch.full
    assert found.positions.schema == POSITIONS.empty().schema
    assert found.problems.schema == PROBLEMS.empty().schema
    got = found.positions.select("icao24", "receipt", "callsign").rows()
    assert got == [("d00001", "cd" * 8, "SIM1")] * 2 + [("d00003", None, "SIM1"), ("d00002", "cd" * 8, "SIM1")]
    told = {r["file"]: r for r in found.problems.iter_rows(named=True)}
    assert set(told) == {"two", "three", "four"}
    assert (told["four"]["row"], told["four"]["rows_lost"]) == (2, 2)
    assert [c.registration for c in found.claims] == ["4X-SIM"]
    assert [(r.file, r.format, r.positions) for r in found.receipts] == [
        ("day.tar", "readsb-trace", 3),
        ("made", "readsb-trace", 0),
    ]
    empty = batch.take()
    assert empty.positions.equals(POSITIONS.empty())
    assert not empty.claims


def test_rows_of_no_airframe_are_tied_by_their_own_trace() -> None:
    batch = TraceBatch()
    point = [1.0, 50.0, 8.0, 1000]
    batch.add(simple([point], icao="~d0000a"), name="traces/0a/trace_full_~d0000a.json", receipt=RECEIPT)
    batch.add(simple([point], icao="nonsense"), name="traces/0b/trace_full_x.json", receipt=RECEIPT)
    batch.add(simple([point], icao="d00001"), name="traces/01/trace_full_d00001.json", receipt=RECEIPT)
    tracks = batch.take().positions.select("icao24", "track_id").rows()
    assert tracks == [("~d0000a", "trace_full_~d0000a@abababab"), (None, "trace_full_x@abababab"), ("d00001", None)]


@pytest.mark.parametrize("first", [0.0, -1.0])
def test_made_traces_stay_marked(first: float, tmp_path: Path) -> None:
    """By the scanner, and by the strict decoder, which a time before the base calls for."""
    text = simple([[first, 50.0, 8.0, 1000]], source="SIMULATED for a test")
    assert decoded(text)[0].positions["source"].to_list() == ["SIMULATED for a test"]
    rows, _ = read(ReadsbTrace(), write(tmp_path / "trace_full_d00001.json", text))
    assert rows["source"].to_list() == ["SIMULATED for a test"]
    other = simple([[first, 50.0, 8.0, 1000]], source="not SIMULATED")
    assert decoded(other)[0].positions["source"].to_list() == ["readsb"]


def test_more_words_than_a_batch_tells_apart() -> None:
    def words(begin: int, count: int) -> bytes:
        return simple([[float(k), 1.0, 2.0, 3, 4, 5, 0, 0, {"flight": f"S{begin + k}"}] for k in range(count)])

    batch = TraceBatch(rows_most=1_000_000)
    batch.add(words(0, 31_000), name="many")
    assert batch.full  # by its words
    batch.add(words(31_000, 40_000), name="too many")
    found = batch.take().positions
    assert found["callsign"].to_list() == [f"S{k}" for k in range(71_000)]
    assert batch.add(words(0, 10), name="few") == 10
    assert batch.take().positions["callsign"].to_list() == [f"S{k}" for k in range(10)]


def test_a_trace_larger_than_the_room_left() -> None:
    batch = TraceBatch(rows_most=1)
    points = [[float(k), 1.0, 2.0, k] for k in range(50_000)]
    assert batch.add(simple(points), name="large") == 50_000
    assert batch.take().positions["altitude_ft"].to_list() == [float(k) for k in range(50_000)]
