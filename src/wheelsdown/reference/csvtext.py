"""CSV files as text, read strictly: capped in size, trimmed, empty cells null, no guessing of types."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.errors import ReferenceDataError
from wheelsdown.schema import PROBLEMS

__all__ = ["MAX_BYTES", "parse_csv", "problem_rows", "read_bytes", "read_table"]

MAX_BYTES: Final = 256 << 20
_AGAIN: Final = "fetch the file again from its origin, or leave it out"


def read_bytes(path: Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Read a file, unpacked if it is gzip whatever its name says.

    Raises
    ------
    ReferenceDataError
        Not readable, damaged, or larger than ``max_bytes`` unpacked.
    """
    try:
        with path.open("rb") as f:
            zipped = f.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else path.open("rb") as f:
            data = f.read(max_bytes + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as e:
        raise ReferenceDataError(f"{path}: the gzip stream is damaged or cut off: {e} ({_AGAIN})") from e
    except OSError as e:
        raise ReferenceDataError(f"{path}: cannot be read: {e.strerror or e} (check the path)") from e
    if len(data) > max_bytes:
        raise ReferenceDataError(f"{path}: unpacks to more than {max_bytes} bytes ({_AGAIN})")
    return data


def parse_csv(data: bytes, path: Path) -> pl.DataFrame:
    """Parse comma-separated bytes with a header: all columns text, trimmed, empty cells null.

    Raises
    ------
    ReferenceDataError
        Not a CSV table.
    """
    try:
        frame = pl.read_csv(io.BytesIO(data.removeprefix(b"\xef\xbb\xbf")), infer_schema=False)
    except pl.exceptions.PolarsError as e:
        raise ReferenceDataError(f"{path}: is not a CSV table: {e} ({_AGAIN})") from e
    return frame.with_columns(pl.all().str.strip_chars().replace("", None))


def read_table(path: Path, needed: tuple[str, ...], *, max_bytes: int = MAX_BYTES) -> pl.DataFrame:
    """Read a CSV (plain or gzip) and check that it has the ``needed`` columns.

    Raises
    ------
    ReferenceDataError
        See `read_bytes` and `parse_csv`; or a needed column is missing.
    """
    frame = parse_csv(read_bytes(path, max_bytes=max_bytes), path)
    missing = [c for c in needed if c not in frame.columns]
    if missing:
        raise ReferenceDataError(f"{path}: has no column {', '.join(missing)} ({_AGAIN})")
    return frame


def problem_rows(
    bad: pl.DataFrame,
    path: Path,
    reason: str,
    remedy: str,
    *,
    row: str | None = None,
    field: str | None = None,
    value: str | None = None,
    lost: int = 0,
) -> pl.DataFrame:
    """One row of PROBLEMS for each row of ``bad``; ``row`` and ``value`` name its columns to show."""
    return PROBLEMS.conform(
        bad.select(
            pl.lit(str(path)).alias("file"),
            (pl.col(row) if row else pl.lit(None)).cast(pl.Int64).alias("row"),
            pl.lit(field, pl.String).alias("field"),
            (pl.col(value).str.slice(0, 80) if value else pl.lit(None, pl.String)).alias("value"),
            pl.lit(reason).alias("reason"),
            pl.lit(remedy).alias("remedy"),
            pl.lit(lost, pl.Int64).alias("rows_lost"),
        )
    )
