"""Small files made for the tests of sources, and the way to read them."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from wheelsdown.schema import TABLES
from wheelsdown.sources.interface import InputFile, Report, Source

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "flight"
CONTEXT = SHARED.parent / "context"


def real(path: str) -> Path:
    """Path of a real recording; the test is skipped where it is absent."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"no real recordings here: {found} is absent")
    return found


def context(path: str) -> Path:
    """Path of a real table of context; the test is skipped where it is absent."""
    found = CONTEXT / path
    if not found.exists():
        pytest.skip(f"no real tables here: {found} is absent")
    return found


def read(source: Source, path: Path, *, detect: bool = True) -> tuple[pl.DataFrame, Report]:
    """Read a file as the driver does: detected, and held against the table."""
    report = Report(str(path))
    file = InputFile(path, report)
    if detect:
        assert source.detect(file.head, file.name)
    frames = list(source.read(file))
    table = TABLES[source.table]
    for frame in frames:
        table.conform(frame.drop("row", strict=False), fill=True)
    return pl.concat(frames, how="diagonal") if frames else table.empty(), report


def write(path: Path, data: str | bytes) -> Path:
    """Write text or bytes."""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def cut_gzip(path: Path, data: bytes, keep: float) -> Path:
    """Write the first part of a gzip stream."""
    packed = gzip.compress(data)
    return write(path, packed[: int(len(packed) * keep)])


def reasons(report: Report) -> list[tuple[Any, ...]]:
    """Row, field and reason of each problem."""
    return [(p.row, p.field, p.reason) for p in report.problems]
