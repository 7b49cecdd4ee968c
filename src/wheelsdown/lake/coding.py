"""POSITIONS as they lie in a lake: coordinates and times as delta-coded integers, floats byte by byte, row groups.

Coordinates are decimals of six places (11 cm, what readsb writes) stored as 32-bit integers: DuckDB, polars and QGIS
read them as degrees. Everything else keeps its value. Nothing here depends on how the rows came in: the same rows give
the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from wheelsdown.table import Table

__all__ = ["PLACES", "GroupedWriter", "decoded", "encoded", "group_sizes", "rounded"]

PLACES: Final = 6
_COORDINATES: Final = ("latitude_deg", "longitude_deg")
_DECIMAL: Final = pa.decimal128(9, PLACES)
_FIRST_GROUP: Final = 4_096
_GROUPS_OF_A_SIZE: Final = 64
_LARGEST_GROUP: Final = 65_536
_ZSTD: Final = 3
_DELTA: Final = "DELTA_BINARY_PACKED"
_SPLIT: Final = "BYTE_STREAM_SPLIT"
_STATISTICS: Final = ("icao24", "track_id", "time_utc", "latitude_deg", "longitude_deg", "place_cell", "day", "what")


def rounded(frame: pl.DataFrame) -> pl.DataFrame:
    """Round coordinates to what the lake keeps."""
    # numpy divides; polars multiplies by the inverse, which changes the last bit
    return frame.with_columns(
        pl.Series(c, np.rint(frame[c].to_numpy() * 10.0**PLACES) / 10.0**PLACES)
        for c in _COORDINATES
        if c in frame.columns
    )


def group_sizes(*, first: int = _FIRST_GROUP) -> Iterator[int]:
    """Give the size of one row group after another: small at first, so that small days prune too.

    The size depends on nothing but the group's place in the file, so that the bytes do not depend on how rows came in.
    """
    size = first
    while True:
        for _ in range(_GROUPS_OF_A_SIZE):
            yield size
        size = min(size * 2, _LARGEST_GROUP)


def _decimals(column: pl.Series) -> pa.Array:
    whole = np.rint(column.to_numpy() * 10.0**PLACES).astype(np.int64)
    wide = np.empty((len(whole), 2), dtype=np.int64)
    wide[:, 0], wide[:, 1] = whole, whole >> 63
    return pa.Array.from_buffers(_DECIMAL, len(whole), [None, pa.py_buffer(wide)])


def encoded(frame: pl.DataFrame) -> pa.Table:
    """Turn rows of POSITIONS or NEAR into what is written; coordinates must not be null."""
    plain = [c for c in frame.columns if c not in _COORDINATES]
    table = frame.select(plain).to_arrow(compat_level=pl.CompatLevel.oldest())
    columns: dict[str, Any] = {}
    for name in frame.columns:
        if name in _COORDINATES:
            columns[name] = _decimals(frame[name])
            continue
        column = table.column(name)
        columns[name] = column.cast(pa.string()) if pa.types.is_large_string(column.type) else column
    return pa.table(columns)


def decoded(table: pa.Table, of: Table) -> pl.DataFrame:
    """Turn what was read back into rows of a table, or of those of its columns that were read."""
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):  # pragma: no cover - a table gives a frame
        raise TypeError(type(frame))
    wanted = {n: t for n, t in of.schema.items() if n in frame.columns}
    return frame.select(pl.col(n).cast(t) for n, t in wanted.items())


class GroupedWriter:
    """Writes rows that come in pieces of any size into row groups of set sizes.

    Parameters
    ----------
    path : path
        Where to; not a final name.
    of : Table
        The table the rows belong to.
    """

    def __init__(self, path: Path, of: Table, *, first: int = _FIRST_GROUP) -> None:
        self.path = path
        self.of = of
        self.rows = 0
        self._sizes = group_sizes(first=first)
        self._next = next(self._sizes)
        self._waiting: list[pl.DataFrame] = []
        self._count = 0
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()
        elif self._writer is not None:
            self._writer.close()

    def add(self, frame: pl.DataFrame) -> None:
        """Add rows, in the file's order."""
        if not frame.height:
            return
        self._waiting.append(frame)
        self._count += frame.height
        if self._count >= self._next:
            whole = pl.concat(self._waiting)
            start = 0
            while whole.height - start >= self._next:
                self._write(whole.slice(start, self._next))
                start += self._next
                self._next = next(self._sizes)
            self._waiting = [whole.slice(start)]
            self._count = whole.height - start

    def close(self) -> None:
        """Write what is left and the file's end."""
        if self._count or self._writer is None:
            self._write(pl.concat(self._waiting) if self._waiting else self.of.empty())
        self._waiting, self._count = [], 0
        if self._writer is not None:
            self._writer.close()

    def _write(self, frame: pl.DataFrame) -> None:
        table = encoded(frame)
        if self._writer is None:
            self._writer = _writer(self.path, table.schema)
        self._writer.write_table(table, row_group_size=max(table.num_rows, 1))
        self.rows += frame.height


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    integers = [
        f.name for f in schema if pa.types.is_decimal(f.type) or pa.types.is_timestamp(f.type) or f.name == "place_cell"
    ]
    # a dictionary hides from zstd what repeats: a third more bytes on real tracks
    floats = [f.name for f in schema if pa.types.is_floating(f.type)]
    others = [f.name for f in schema if f.name not in {*integers, *floats} and not pa.types.is_boolean(f.type)]
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=_ZSTD,
        use_dictionary=others,
        column_encoding={**dict.fromkeys(integers, _DELTA), **dict.fromkeys(floats, _SPLIT)},
        write_statistics=[n for n in schema.names if n in _STATISTICS],
        store_decimal_as_integer=True,
        store_schema=False,
        write_page_index=False,
    )


def columns_of(of: Table, wanted: Sequence[str] | None) -> list[str]:
    """Name the columns to read, in the table's order."""
    return [n for n in of.names if wanted is None or n in wanted]
