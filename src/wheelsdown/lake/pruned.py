"""Reads the row groups of a lake's file that may hold what is asked for, and not a byte of the others."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wheelsdown.errors import LakeError
from wheelsdown.lake.coding import decoded
from wheelsdown.lake.footers import Footer, footer
from wheelsdown.lake.layout import Layout
from wheelsdown.table import Table

__all__ = ["Wanted", "read_all", "read_rows"]

_AT_ONCE: Final = 2
Key = str | int


@dataclass(frozen=True)
class Wanted:
    """Rows that are asked for, by the key that sorts the file."""

    key: str
    """Column."""
    values: Sequence[Key] = ()
    """These keys."""
    without: bool = False
    """Also rows without a key."""


def _groups(of: Footer, wanted: Wanted) -> list[int]:
    """List the row groups that may hold rows that are wanted."""
    index = of.index
    found: set[int] = set(range(index.bare + index.mixed)) if wanted.without else set()
    for value in wanted.values:
        begin = bisect_left(index.most, value)
        end = bisect_right(index.least, value)
        found.update(range(index.bare + begin, index.bare + end))
    return sorted(found)


def _mask(column: Any, wanted: Wanted) -> Any:
    return pc.is_in(column, pa.array([*wanted.values, *([None] if wanted.without else [])], column.type))


def read_rows(
    layout: Layout, path: Path, wanted: Wanted, *, of: Table, columns: Sequence[str] | None = None, alone: bool = True
) -> pa.Table | None:
    """Read the rows with some keys out of one of the lake's files.

    Parameters
    ----------
    layout : Layout
    path : path
        The file; sorted by the key, rows without a key first.
    wanted : Wanted
        Which rows.
    of : Table
        What it holds.
    columns : sequence of str, optional
        Only these columns.
    alone : bool
        No other file is being read at the same time: columns may be.

    Returns
    -------
    pyarrow.Table, or None
        The rows, in the file's order and as they lie there; see `wheelsdown.lake.coding.decoded`. None where no row
        group can hold one.

    Raises
    ------
    LakeError
        The file is damaged.
    """
    names = [n for n in of.names if columns is None or n in columns]
    found = footer(layout, path, wanted.key)
    groups = _groups(found, wanted)
    if not groups:
        return None
    meta = found.metadata(groups)
    try:
        with pa.OSFile(str(path)) as raw, pq.ParquetFile(raw, metadata=meta, pre_buffer=True) as file:
            table = file.read_row_groups(list(range(len(groups))), columns=names, use_threads=alone)
            return table.filter(_mask(table.column(wanted.key), wanted))
    except (OSError, pa.ArrowException) as e:
        raise LakeError(f"{path}: damaged: {e}; wheelsdown verify tells which files are") from e


def read_all(
    layout: Layout, asked: Sequence[tuple[Path, Wanted]], of: Table, columns: Sequence[str] | None = None
) -> pl.DataFrame:
    """Read the rows with some keys out of several files, some files at once.

    Returns
    -------
    polars.DataFrame
        The rows of each file after those of the file before, with the types of `of`.

    Raises
    ------
    LakeError
        A file is damaged.
    """
    names = [n for n in of.names if columns is None or n in columns]
    alone = len(asked) == 1

    def rows(one: tuple[Path, Wanted]) -> pa.Table | None:
        return read_rows(layout, *one, of=of, columns=names, alone=alone)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        tables = [table for table in pool.map(rows, asked) if table is not None]
    if not tables:
        return of.empty().select(names)
    return decoded(pa.concat_tables(tables), of)
