"""Which folder is a lake, which rows may share one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import polars as pl
import pytest

from tests.lake.conftest import faults
from tests.lake.made import content, pieces, put, save, staged, walk
from wheelsdown.cli import main
from wheelsdown.engines.local import Options, answers
from wheelsdown.errors import LakeError, UsageError
from wheelsdown.lake import Lake
from wheelsdown.lake.verifying import verify


def real_rows(rows: int = 60) -> pl.DataFrame:
    """Rows that do not say SIMULATED; they are made as well, and stay in memory and in the test's own folder."""
    return walk(70, rows, hours=5).with_columns(source=pl.lit("readsb"), receipt=pl.lit(None, dtype=pl.String))


def made_rows(rows: int = 60) -> pl.DataFrame:
    return walk(71, rows, hours=5).with_columns(receipt=pl.lit(None, dtype=pl.String))


@pytest.mark.parametrize("first", ["real", "SIMULATED"])
@pytest.mark.parametrize("as_traffic", [False, True])
def test_simulated_and_real_never_share_a_lake(tmp_path: Path, first: str, as_traffic: bool) -> None:
    one, other = (real_rows(), made_rows()) if first == "real" else (made_rows(), real_rows())
    lake = Lake.open(tmp_path / "lake", create=True)
    with lake.batch() as batch:
        batch.add(one)
        batch.commit()
    assert lake.about().kind == first
    assert lake.simulated == (first == "SIMULATED")
    before = content(lake)
    with lake.batch() as batch:
        with pytest.raises(LakeError, match=f"holds {first} positions.*name another folder"):
            (batch.add_traffic if as_traffic else batch.add)(other)
        assert batch.commit().days == []
    assert content(lake) == before
    assert faults(lake) == []


@pytest.mark.parametrize("order", [1, -1])
def test_nor_a_batch(tmp_path: Path, order: int) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    with lake.batch() as batch:
        with pytest.raises(LakeError, match="never share a lake"):
            batch.add(pl.concat([real_rows(), made_rows()][::order]))
        first, second = [real_rows(), made_rows()][::order]
        batch.add(first)
        with pytest.raises(LakeError, match="never share a lake"):
            batch.add(second)


def test_two_batches_at_once_of_two_kinds(tmp_path: Path) -> None:
    """Both found the lake empty; only the first to commit goes in."""
    lake = Lake.open(tmp_path / "lake", create=True)
    other = Lake.open(tmp_path / "lake")
    with lake.batch() as one, other.batch() as two:
        one.add(real_rows())
        two.add(made_rows())
        one.commit()
        with pytest.raises(LakeError, match="holds real positions, these are SIMULATED"):
            two.commit()
    rows = pl.read_parquet(list(lake.layout.files("positions")), glob=False)
    assert rows["source"].unique().to_list() == ["readsb"]
    assert faults(lake) == []
    assert not staged(lake.path)


def test_nor_through_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    real, made = save(real_rows(), tmp_path / "real.parquet"), save(made_rows(), tmp_path / "made.parquet")
    lake = str(tmp_path / "lake")
    assert main(["ingest", str(real), "--lake", lake]) == 0
    before = content(Lake.open(lake))
    capsys.readouterr()
    assert main(["ingest", str(made), "--lake", lake]) != 0
    assert "never share a lake" in capsys.readouterr().err.replace("\n", " ")
    assert content(Lake.open(lake)) == before
    assert main(["ingest", str(made), str(real), "--lake", str(tmp_path / "both")]) != 0
    assert Lake.open(tmp_path / "both").days() == []


def test_simulated_is_said_in_what_comes_out(tmp_path: Path) -> None:
    lake = put(tmp_path / "lake", [pieces(made_rows(), [0])])
    got = answers([], ["gaps"], Options(lake=lake.path))["gaps"]
    assert got.simulated


def test_what_is_no_lake(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.doc").write_text("x")
    with pytest.raises(LakeError, match="holds other things and is no lake"):
        Lake.open(foreign, create=True)
    assert [p.name for p in foreign.iterdir()] == ["thesis.doc"]
    with pytest.raises(LakeError, match="no lake"):
        Lake.open(foreign)
    with pytest.raises(LakeError, match="no lake"):
        verify(foreign)
    with pytest.raises(LakeError, match="no lake"):
        Lake.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(LakeError):
        Lake.open(file, create=True)
    with pytest.raises(LakeError):
        Lake.open(file)
    assert file.read_text() == "x"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert Lake.open(empty, create=True).days() == []
    assert Lake.open(tmp_path / "a" / "b" / "c", create=True).days() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"format": "wheelsdown lake", "version": 2, "kind": null}', "version 2.*make it anew"),
        ("{}x", "not what a lake's file should be"),
        ("", "not what a lake's file should be"),
        ('{"version": "1"}', "not what a lake's file should be"),
        ('{"version": 1, "more": 1}', "not what a lake's file should be"),
    ],
)
def test_another_version_and_a_spoiled_file(tmp_path: Path, text: str, said: str) -> None:
    lake = put(tmp_path / "lake", [pieces(made_rows(), [0])])
    lake.layout.about.write_text(text)
    with pytest.raises(LakeError, match=said):
        Lake.open(lake.path)
    with pytest.raises(LakeError, match=said):
        Lake.open(lake.path, create=True)


def test_files_and_a_lake_are_not_asked_together(tmp_path: Path) -> None:
    lake = put(tmp_path / "lake", [pieces(made_rows(), [0])])
    with pytest.raises(UsageError, match="name one"):
        answers([tmp_path / "x.csv"], ["gaps"], Options(lake=lake.path))


def test_a_lake_that_may_only_be_read(small: Path) -> None:
    put(small / "lake", [pieces(made_rows(), [0])])
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    try:
        lake = Lake.open(small / "lake")
        got = answers([], ["gaps"], Options(lake=lake.path))["gaps"]
        assert got.positions_read > 20
        assert faults(lake) == []
        with pytest.raises(LakeError, match="Read-only file system"):
            lake.batch().__enter__()
        with pytest.raises(LakeError, match="Read-only file system"):
            Lake.open(small / "other", create=True)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(small)], check=True)
