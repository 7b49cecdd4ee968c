"""The driver: what is asked of every source alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.sources.made import real, write
from wheelsdown.errors import AmbiguousFormatError, SourceError, UsageError
from wheelsdown.schema import POSITIONS, PROBLEMS, RECEIPTS, REGISTER
from wheelsdown.sources import read
from wheelsdown.sources.interface import Card, InputFile, Report
from wheelsdown.sources.once import each_once
from wheelsdown.sources.reading import Reading

T0 = 1_700_000_000


def trace(path: Path, points: list[list[object]], icao: str = "e80001", **top: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write(path, json.dumps({"icao": icao, "timestamp": T0, **top, "trace": points}))


def lines(path: Path, *rows: dict[str, object]) -> Path:
    """POSITIONS as JSON lines: the plainest way to any value."""
    base = {"time_utc": "2023-11-14T22:13:20Z", "latitude_deg": 50.0, "longitude_deg": 8.0, "icao24": "e80001"}
    return write(path, "\n".join(json.dumps({**base, **r}) for r in rows) + "\n")


def problems(reading: Reading) -> list[tuple[int | None, str | None, int | None]]:
    return reading.problems.select("row", "field", "rows_lost").rows()


def test_tables_have_their_schema_even_when_empty(tmp_path: Path) -> None:
    reading = read(write(tmp_path / "x", "nothing"))
    assert reading.positions.schema == POSITIONS.empty().schema
    assert reading.problems.schema == PROBLEMS.empty().schema
    assert reading.receipts.schema == RECEIPTS.empty().schema
    assert reading.identities.schema == REGISTER.empty().schema


def test_paths_folders_globs_and_hidden_files(tmp_path: Path) -> None:
    trace(tmp_path / "a" / "trace_full_e80001.json", [[0, 50, 8, 1]])
    trace(tmp_path / "b" / "trace_full_e80002.json", [[0, 50, 8, 1]], "e80002")
    trace(tmp_path / ".hidden" / "trace_full_e80003.json", [[0, 50, 8, 1]], "e80003")
    trace(tmp_path / "a" / ".trace_full_e80004.json", [[0, 50, 8, 1]], "e80004")
    whole = read(tmp_path)
    assert whole.positions["icao24"].to_list() == ["e80001", "e80002"]
    for other in (str(tmp_path / "**" / "trace_*.json"), [tmp_path / "b", tmp_path / "a"], [tmp_path, tmp_path / "a"]):
        again = read(other)
        assert_frame_equal(again.positions.filter(pl.col("icao24") < "e80003"), whole.positions)
    with pytest.raises(UsageError, match="no such file"):
        read(tmp_path / "nowhere")
    with pytest.raises(UsageError):
        read([])


def test_same_bytes_twice_are_read_once(tmp_path: Path) -> None:
    a = trace(tmp_path / "one.json", [[0, 50, 8, 1]])
    write(tmp_path / "two.json", a.read_bytes())
    reading = read(tmp_path)
    assert reading.positions.height == 1
    assert reading.receipts.height == 1
    assert reading.receipts["file"].to_list() == [str(a)]
    assert reading.notes == ("1 file is a copy of another and was read once",)


def test_the_most_complete_of_twins_stays(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", {"source": "x"}, {"source": "x", "squawk": "0020"}, {"source": "y"})
    reading = read(tmp_path)
    assert reading.positions.select("source", "squawk").rows() == [("x", "0020"), ("y", None)]
    assert "1 rows repeat" in reading.notes[0]


def test_latitude_longitude_and_time(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "a.jsonl",
        {"latitude_deg": 91},
        {"longitude_deg": 190},
        {"longitude_deg": -359.5, "latitude_deg": 1},
        {"longitude_deg": 361},
        {"latitude_deg": None},
        {"time_utc": None},
        {"time_utc": "1904-01-01T00:00:00Z"},
        {"latitude_deg": 0, "longitude_deg": 0},
        {"latitude_deg": "NaN"},
        {"latitude_deg": -92},
    )
    reading = read(path)
    assert reading.positions.select("latitude_deg", "longitude_deg").rows() == [(1.0, 0.5), (50.0, -170.0)]
    lost = reading.problems.select("row", "field", "rows_lost", "reason").sort("row").rows()
    assert [(r, f, n) for r, f, n, _ in lost] == [
        (1, "latitude_deg", 2),
        (4, "longitude_deg", 1),
        (5, "latitude_deg", 1),
        (6, "time_utc", 1),
        (7, "time_utc", 1),
        (8, "latitude_deg", 1),
        (9, "latitude_deg", 1),
    ]
    assert "2 rows, the first is shown" in lost[0][3]


def test_addresses(tmp_path: Path) -> None:
    given_ = [
        "0xE80001",
        " e80001 ",
        "~AB12CD",
        "451e23",
        "4.51E+25",
        "1f2a",
        "000000",
        "000001",
        "ffffff",
        "",
        "e8000g",
    ]
    path = lines(tmp_path / "list.jsonl", *({"icao24": g, "latitude_deg": 1.0 + i} for i, g in enumerate(given_)))
    rows = read(path).positions.sort("latitude_deg")
    assert rows["icao24"].to_list() == [
        "e80001",
        "e80001",
        "~ab12cd",
        "451e23",
        None,
        None,
        None,
        "000001",
        None,
        None,
        None,
    ]
    has_track = rows["track_id"].is_not_null().to_list()
    assert has_track == [False, False, True, False, True, True, True, False, True, True, True]
    assert rows["track_id"].n_unique() > 5  # two broken addresses are not made one aircraft
    told = read(path).problems
    assert told["rows_lost"].to_list() == [0, 0]
    assert sorted(told["row"].to_list()) == [5, 7]


def test_call_signs_squawks_and_absurd_numbers(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "a.jsonl",
        {"callsign": "SIM1\u0000  "},
        {"callsign": "@@@@@@@@", "latitude_deg": 51},
        {"callsign": "\u202eSIM2", "latitude_deg": 52, "squawk": "20"},
        {
            "latitude_deg": 53,
            "altitude_ft": 999999,
            "groundspeed_kt": -3,
            "track_deg": -90,
            "nic": 99,
            "vertical_rate_fpm": 1e9,
        },
        {"latitude_deg": 54, "altitude_ft": -1300, "position_source": "guess", "nac_p": 2**40, "callsign": "X" * 40},
    )
    reading = read(path)
    rows = reading.positions
    assert rows["callsign"].to_list() == ["SIM1", None, "SIM2", None, None]
    assert rows["altitude_ft"].to_list() == [None, None, None, None, -1300.0]
    assert rows["track_deg"].to_list()[3] == 270.0
    assert rows["position_source"].to_list() == ["unknown"] * 4 + ["other"]
    fields = set(reading.problems["field"])
    assert fields == {
        "squawk",
        "altitude_ft",
        "groundspeed_kt",
        "nic",
        "vertical_rate_fpm",
        "position_source",
        "callsign",
    }
    assert reading.problems["rows_lost"].to_list() == [0] * len(fields)


def test_non_icao_addresses_are_never_merged_across_files(tmp_path: Path) -> None:
    trace(tmp_path / "2023/08/20/trace_full_~e80001.json", [[0, 50, 8, 1]], "~e80001")
    trace(tmp_path / "2023/08/21/trace_full_~e80001.json", [[86400, 50, 8, 1]], "~e80001")
    rows = read(tmp_path).positions
    assert rows["icao24"].to_list() == ["~e80001", "~e80001"]
    assert rows["track_id"].n_unique() == 2


def test_order_of_paths_rows_and_files_changes_nothing(tmp_path: Path) -> None:
    points: list[list[object]] = [[i * 10.0, 50 + i / 100, 8, 1000 + i] for i in range(60)]
    trace(tmp_path / "a" / "whole.json", points)
    points = points[::2] + points[1::2][::-1]
    trace(tmp_path / "b" / "1.json", points[:30])
    trace(tmp_path / "b" / "2.json", points[30:])
    whole, split = read(tmp_path / "a").positions, read([tmp_path / "b" / "2.json", tmp_path / "b"]).positions
    assert_frame_equal(whole.drop("receipt"), split.drop("receipt"))


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 3), st.integers(0, 1), st.booleans()), max_size=30
    )
)
@settings(max_examples=40, deadline=None)
def test_each_once_whatever_the_order(rows: list[tuple[str | None, int, int, bool]]) -> None:
    frame = POSITIONS.conform(
        pl.DataFrame(
            {
                "icao24": [r[0] for r in rows],
                "track_id": [None if r[0] else f"t{r[2]}" for r in rows],
                "time_utc": [T0 * 1000 + r[1] for r in rows],
                "latitude_deg": [float(r[2]) for r in rows],
                "longitude_deg": [1.0 for _ in rows],
                "on_ground": [True if r[3] else None for r in rows],
            },
            schema_overrides={
                "icao24": pl.String,
                "track_id": pl.String,
                "time_utc": pl.Int64,
                "on_ground": pl.Boolean,
                "latitude_deg": pl.Float64,
                "longitude_deg": pl.Float64,
            },
        ).with_columns(pl.col("time_utc").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"), source=pl.lit("x")),
        fill=True,
    )
    once, dropped = each_once(frame)
    again, _ = each_once(frame.reverse())
    assert_frame_equal(once, again)
    keys = ["icao24", "track_id", "time_utc", "latitude_deg"]
    assert once.height + dropped == frame.height
    assert once.select(keys).is_unique().all()
    assert once.height == frame.select(keys).n_unique() if frame.height else True
    assert_frame_equal(once, once.sort("icao24", "track_id", "time_utc", maintain_order=True))


def test_good_files_survive_bad_ones_and_strict_raises(tmp_path: Path) -> None:
    trace(tmp_path / "good.json", [[0, 50, 8, 1]])
    write(tmp_path / "page.json", "<!DOCTYPE html><title>404</title>")
    write(tmp_path / "empty.json", "")
    write(tmp_path / "noise.bin", bytes(range(256)))
    write(tmp_path / "notes.txt", "call Ann back")
    write(tmp_path / "sheet.xlsx", b"PK\x03\x04....")
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    reading = read(tmp_path)
    assert reading.positions.height == 1
    assert reading.problems.height == 6
    assert reading.problems["remedy"].null_count() == 0
    with pytest.raises(SourceError):
        read(tmp_path, strict=True)
    assert read(tmp_path / "good.json", strict=True).positions.height == 1
    with pytest.raises(SourceError, match="latitude"):
        read(lines(tmp_path / "l.jsonl", {"latitude_deg": 91}), strict=True)


def test_a_file_over_the_cap_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = trace(tmp_path / "big.json", [[0, 50, 8, 1]] * 100)
    monkeypatch.setattr(InputFile.__init__, "__kwdefaults__", {"max_bytes": 100, "receipt": None})
    reading = read(path)
    assert reading.positions.is_empty()
    assert "more than 100 bytes" in reading.problems["reason"][0]


def test_progress_and_receipts(tmp_path: Path) -> None:
    trace(tmp_path / "a.json", [[0, 50, 8, 1], [1, 50, 8, 1]])
    write(tmp_path / "b.txt", "x")
    seen: list[tuple[str, int, int]] = []
    reading = read(tmp_path, progress=lambda *a: seen.append(a))
    assert [(n, m) for _, n, m in seen] == [(1, 2), (2, 2)]
    assert reading.receipts.select("format", "positions").rows() == [("readsb-trace", 2), (None, None)]
    assert set(reading.positions["receipt"]) <= set(reading.receipts["receipt"])


class Stumbling:
    """A source that fails in a way no source should."""

    name, table, card = "stumbling", "POSITIONS", Card("", "", "", "", "", "")

    def detect(self, head: bytes, name: str) -> bool:
        return head.startswith(b"stumble") or name.startswith("trace_")

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        raise KeyError("lat")


def test_a_reader_s_fault_is_told_and_two_readers_are_ambiguous(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wheelsdown.sources import reading as module
    from wheelsdown.sources.readsb_trace import ReadsbTrace

    monkeypatch.setattr(module, "load_all", lambda: [ReadsbTrace(), Stumbling()])
    write(tmp_path / "a.txt", "stumble")
    trace(tmp_path / "trace_full_e80001.json", [[0, 50, 8, 1]])
    told = read(tmp_path).problems["reason"].to_list()
    assert "KeyError" in told[0]
    assert "readsb-trace, stumbling" in told[1]
    with pytest.raises(SourceError):
        read(tmp_path, strict=True)
    assert AmbiguousFormatError("f", ["a", "b"]).names == ["a", "b"]


def test_every_real_recording_is_read_or_refused_with_its_reason() -> None:
    folder = real("")
    reading = read(folder)
    refused = reading.receipts.filter(pl.col("format").is_null())
    assert {Path(f).name for f in refused["file"]} == {"ice_airports_2026-04.json", "COMMIT"}
    told = {Path(p["file"]).name: p for p in reading.problems.iter_rows(named=True)}
    assert told.keys() >= {"ice_airports_2026-04.json", "COMMIT"}
    assert "no zone" in told["ice_airports_2026-04.json"]["reason"]
    assert "no known kind" in told["COMMIT"]["reason"]
    assert reading.positions.height > 300_000
    assert (
        reading.positions.select("time_utc", "latitude_deg", "longitude_deg", "source", "receipt").null_count().row(0)
        == (0,) * 5
    )
    tied = pl.col("icao24").is_not_null() & ~pl.col("icao24").str.starts_with("~")
    assert reading.positions.filter(tied == pl.col("track_id").is_not_null()).is_empty()
    assert isinstance(Report("x").notes, list)
