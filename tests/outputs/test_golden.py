"""The bytes of every output are a promise to those who read them. Renew with WHEELSDOWN_GOLDEN=renew after a look."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

import wheelsdown as wd
from tests.outputs import made

GOLDEN = Path(__file__).parent.parent / "golden"
FRAMES = {"visits": made.visits, "legs": made.legs, "gaps": made.gaps}


def shown(path: Path) -> bytes:
    """The file itself; for packed formats, whose bytes depend on the packer's version, what is packed in them."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as z:
            parts = [(n, z.read(n)) for n in z.namelist() if "theme" not in n]
        return b"\n".join(b"== " + n.encode() + b"\n" + data.replace(b"><", b">\n<") for n, data in parts)
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        lines = [f"{k.decode()}: {v.decode()}" for k, v in (table.schema.metadata or {}).items()]
        for field in table.schema:
            about = {k.decode(): v.decode() for k, v in (field.metadata or {}).items() if not k.startswith(b"PARQUET")}
            lines.append(f"{field.name} {field.type} {about}")
        return ("\n".join([*lines, *map(str, table.to_pylist())]) + "\n").encode()
    return path.read_bytes()


@pytest.mark.parametrize("suffix", [".csv", ".json", ".xlsx", ".geojson", ".kml", ".parquet"])
@pytest.mark.parametrize("name", FRAMES)
def test_bytes(tmp_path: Path, name: str, suffix: str) -> None:
    path = wd.write(FRAMES[name](), tmp_path / f"{name}{suffix}", extras=made.extras())
    golden = GOLDEN / f"{name}{suffix}.txt"
    if os.environ.get("WHEELSDOWN_GOLDEN") == "renew":
        golden.write_bytes(shown(path))
    assert shown(path) == golden.read_bytes()


def test_datapackage_bytes(tmp_path: Path) -> None:
    for name, frame in FRAMES.items():
        wd.write(frame(), tmp_path / f"{name}.csv", extras=made.extras())
    golden = GOLDEN / "datapackage.json.txt"
    if os.environ.get("WHEELSDOWN_GOLDEN") == "renew":
        golden.write_bytes((tmp_path / "datapackage.json").read_bytes())
    assert (tmp_path / "datapackage.json").read_bytes() == golden.read_bytes()


@pytest.mark.parametrize("suffix", [".csv", ".json", ".xlsx", ".geojson", ".kml", ".parquet"])
def test_same_table_same_bytes(tmp_path: Path, suffix: str) -> None:
    one = wd.write(made.visits(), tmp_path / f"one{suffix}", extras=made.extras())
    (tmp_path / "again").mkdir()
    two = wd.write(made.visits(), tmp_path / "again" / f"one{suffix}", extras=made.extras())
    assert one.read_bytes() == two.read_bytes()


def test_parquet_comes_back_unchanged(tmp_path: Path) -> None:
    frame = made.visits("readsb")
    assert pl.read_parquet(wd.write(frame, tmp_path / "v.parquet")).equals(frame)
