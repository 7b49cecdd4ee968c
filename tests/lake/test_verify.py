"""`verify` names each file and line that is not what was committed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.lake.conftest import faults
from tests.lake.killer import BYTES, RAW
from tests.lake.made import content, pieces, walk
from wheelsdown.cli import main
from wheelsdown.errors import LakeError
from wheelsdown.lake import Lake
from wheelsdown.lake.commit import commit
from wheelsdown.lake.near import NEAR_ORDER
from wheelsdown.lake.verifying import verify
from wheelsdown.schema import NEAR, VERIFIED

KINDS = ("positions", "near", "aircraft", "names", "receipts", "ledger", "traffic")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "lake"
    lake = Lake.open(path, create=True)
    for p in pieces(walk(51, 300, hours=30), [0, 1], walk(52, 80, hours=30)):
        with lake.batch() as batch:
            batch.add(p.positions, receipts=[p.receipt], claims=p.claims)
            batch.add_traffic(p.traffic)
            batch.keep_raw(RAW, BYTES)
            day = p.positions["time_utc"].dt.date().min()
            at = datetime(2023, 9, 9, tzinfo=UTC)
            batch.add_ledger(
                pl.DataFrame(
                    {"source": ["made"], "day": [day], "what": ["*"], "status": ["received"], "asked_utc": [at]}
                )
            )
            batch.commit(inputs=[p.receipt])
    assert faults(path) == []
    return path


@pytest.fixture
def lake(sound: Path, tmp_path: Path) -> Path:
    """A copy that may be spoiled."""
    return Path(shutil.copytree(sound, tmp_path / "lake"))


def flip(path: Path, at: float) -> None:
    data = bytearray(path.read_bytes())
    data[min(int(at * len(data)), len(data) - 1)] ^= 0x20
    path.write_bytes(data)


def test_a_sound_lake(sound: Path) -> None:
    found = verify(sound, deep=True)
    assert VERIFIED.conform(found).equals(found)
    assert found["finding"].unique().to_list() == ["good"]
    names = set(found["file"])
    assert {"lake.json", "chain.jsonl"} < names
    assert {n.split("/")[0] for n in names} >= {*KINDS, "raw"}
    chain = Lake.open(sound).chain()
    row = found.filter(pl.col("file") == "chain.jsonl").row(0, named=True)
    assert row["committed_sha256"] == chain.last.sha256  # type: ignore[union-attr]
    assert row["entry"] == len(chain.entries)


@pytest.mark.parametrize("at", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("kind", [*KINDS, "raw", "lake.json"])
def test_one_flipped_byte_is_found_and_named(lake: Path, kind: str, at: float) -> None:
    path = lake / kind if kind == "lake.json" else next(p for p in sorted((lake / kind).rglob("*")) if p.is_file())
    flip(path, at)
    ((file, why),) = faults(lake)
    assert file == path.relative_to(lake).as_posix()
    assert "differs from what was committed" in why


@pytest.mark.parametrize("line", [0, 2, -1])
def test_a_flipped_byte_in_the_chain(lake: Path, line: int) -> None:
    path = lake / "chain.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    broken = bytearray(lines[line])
    broken[len(broken) // 2] ^= 0x01
    lines[line] = bytes(broken)
    path.write_bytes(b"".join(lines))
    found = faults(lake)
    assert found[-1][0] or found
    assert any(f == "chain.jsonl" and f"line {line % len(lines) + 1} " in why for f, why in found)


def test_a_truncated_last_line(lake: Path) -> None:
    path = lake / "chain.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    found = faults(lake)
    assert any(f == "chain.jsonl" and "unfinished" in why for f, why in found)


@pytest.mark.parametrize("spoil", [lambda x: x[:2] + x[3:], lambda x: [x[0], x[2], x[1], *x[3:]]])
def test_a_line_left_out_or_moved(lake: Path, spoil: Callable[[list[bytes]], list[bytes]]) -> None:
    path = lake / "chain.jsonl"
    path.write_bytes(b"".join(spoil(path.read_bytes().splitlines(keepends=True))))
    assert any(f == "chain.jsonl" and "left out or moved" in why for f, why in faults(lake))


@pytest.mark.parametrize("kind", [*KINDS, "raw", "lake.json", "chain.jsonl"])
def test_a_file_taken_away(lake: Path, kind: str) -> None:
    path = lake / kind
    path = path if path.is_file() else next(p for p in sorted(path.rglob("*")) if p.is_file())
    path.unlink()
    found = dict(faults(lake))
    if kind == "chain.jsonl":
        assert set(found.values()) == {"was never committed"}
        assert len(found) > 10
    else:
        assert found == {path.relative_to(lake).as_posix(): "is missing"}


def test_a_file_added_and_files_swapped(lake: Path) -> None:
    days = sorted((lake / "positions").rglob("*.parquet"))
    shutil.copy(days[0], days[0].with_name("2023-10-01.parquet"))
    ((file, why),) = faults(lake)
    assert (file, why) == ("positions/2023/2023-10-01.parquet", "was never committed")
    days[0].with_name("2023-10-01.parquet").unlink()
    days[0].rename(lake / "x")
    days[1].rename(days[0])
    (lake / "x").rename(days[1])
    assert {f for f, _ in faults(lake)} == {d.relative_to(lake).as_posix() for d in days[:2]}


def recommit(path: Path, what: str, day: date, change: Callable[[pl.DataFrame], pl.DataFrame]) -> str:
    """Make a table anew wrongly, and enter it in the chain as if it were right."""
    lake = Lake.open(path)
    target = lake.layout.path(what, day)
    stage = lake.layout.staging / "wrong"
    stage.mkdir(parents=True)
    new = stage / "x.parquet"
    change(pl.read_parquet(target, glob=False)).write_parquet(new)
    commit(lake.layout, stage, {lake.layout.name(what, day): new}, {"did": "day"})
    shutil.rmtree(stage)
    return lake.layout.name(what, day)


@pytest.mark.parametrize("what", ["near", "aircraft", "receipts"])
def test_deep_finds_an_index_made_wrongly_and_committed(lake: Path, what: str) -> None:
    day = Lake.open(lake).days()[0]
    name = recommit(lake, what, day, lambda f: f[:-1] if what != "receipts" else f.clear())
    assert faults(lake, deep=False) == []
    found = dict(faults(lake))
    if what == "receipts":
        name = f"positions/2023/{day}.parquet"
        assert "names 2 receipts that are not there" in found[name]
    else:
        assert "positions" in found[name]
    assert set(found) == {name}


def test_deep_finds_rows_changed_in_place(lake: Path) -> None:
    day = Lake.open(lake).days()[0]
    name = recommit(lake, "near", day, lambda f: f.with_columns(altitude_ft=pl.col("altitude_ft") + 1))
    assert [f for f, _ in faults(lake)] == [name]
    name = recommit(lake, "near", day, lambda f: f.reverse())
    assert [f for f, _ in faults(lake)] == [name]
    assert set(NEAR_ORDER) <= set(NEAR.names)


@pytest.mark.parametrize("kind", ["near", "aircraft", "receipts", "positions"])
def test_deep_goes_on_where_a_table_cannot_be_read(lake: Path, kind: str) -> None:
    """One broken table must not hide what is wrong with the others."""
    path = next(p for p in sorted((lake / kind).rglob("*.parquet")))
    path.write_bytes(b"PAR1 no table PAR1")
    (lake / "raw" / RAW.sha256[:2] / RAW.sha256).unlink()
    assert {f for f, _ in faults(lake)} == {path.relative_to(lake).as_posix(), f"raw/{RAW.sha256[:2]}/{RAW.sha256}"}


def test_damage_is_not_entered_as_if_it_were_right(lake: Path) -> None:
    """New rows of a damaged day are refused; the file and what to do are named; the other days go in."""
    opened = Lake.open(lake)
    day = opened.days()[0]
    path = opened.layout.path("positions", day)
    flip(path, 0.3)
    before = content(opened)
    more = walk(60, 40, hours=1.5).with_columns(receipt=pl.lit(None, dtype=pl.String))
    with opened.batch() as batch:
        batch.add(more)
        with pytest.raises(LakeError, match=f"positions/2023/{day}.parquet was altered.*restore it from a copy"):
            batch.commit()
    assert content(opened) == before
    path.unlink()
    with opened.batch() as batch:
        batch.add(more)
        with pytest.raises(LakeError, match=f"positions/2023/{day}.parquet is missing"):
            batch.commit()
    assert not path.exists()


def test_a_damaged_small_table_is_made_right_when_its_day_is_written_again(lake: Path, sound: Path) -> None:
    opened = Lake.open(lake)
    day = opened.days()[0]
    flip(opened.layout.path("near", day), 0.5)
    rows = pl.read_parquet(opened.layout.path("positions", day), glob=False)[:5]
    with opened.batch() as batch:
        batch.add(rows.with_columns(pl.col("latitude_deg", "longitude_deg").cast(pl.Float64)))
        batch.commit()
    assert faults(lake) == []
    assert content(opened) == content(Lake.open(sound))


def test_bytes_kept_under_a_wrong_name_are_refused(lake: Path) -> None:
    with Lake.open(lake).batch() as batch, pytest.raises(LakeError, match="not those of the receipt"):
        batch.keep_raw(RAW.read_as("x", 1).__class__("made/raw", "00" * 32, 3), b"abc")


def test_a_chain_that_names_files_outside_is_not_followed(lake: Path, tmp_path: Path) -> None:
    from wheelsdown import chain

    (lake / ".staging").mkdir(exist_ok=True)
    (lake / ".staging" / "evil").write_bytes(b"x")
    for name in ("../../out", str(tmp_path / "out")):
        chain.append(lake / "chain.jsonl", {"did": "day", "files": {}, "staged": {name: "evil"}})
        with pytest.raises(LakeError, match="outside the lake"):
            Lake.open(lake)
    assert not (tmp_path / "out").exists()


def test_the_command(lake: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["verify", str(lake), "--deep"]) == 0
    out, err = capsys.readouterr()
    assert "files are as they were committed" in err
    assert Lake.open(lake).chain().last.sha256 in err.replace("\n", "")  # type: ignore[union-attr]
    path = next(iter(sorted((lake / "near").rglob("*.parquet"))))
    flip(path, 0.5)
    assert main(["verify", str(lake), "--json"]) == 1
    out, err = capsys.readouterr()
    rows = json.loads(out)
    assert rows[0]["file"] == path.relative_to(lake).as_posix()
    assert "differs" in rows[0]["finding"]
    assert rows[0]["remedy"]
    assert "1 of" in err
    assert main(["verify", str(tmp_path / "nowhere")]) == 2 or "no lake" in capsys.readouterr().err
