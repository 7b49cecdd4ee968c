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
from wheelsdown.lake.footers import metadata
from wheelsdown.lake.layout import Layout
from wheelsdown.table import Table

__all__ = ["Wanted", "read_all", "read_rows"]

_AT_ONCE: Final = 2
_A_SEARCH: Final = 16
"""Looking up one value among the row groups asks about so many of them."""
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


class _Ranges:
    """Least and greatest key of the row groups of a file that is sorted by that key, nulls first."""

    def __init__(self, meta: Any, key: str) -> None:
        self.meta = meta
        self.column = meta.schema.names.index(key)
        self.groups = meta.num_row_groups
        self.first = 0
        while self.first < self.groups and not self._of(self.first).has_min_max:
            self.first += 1  # groups of rows without a key, which lie in front

    def _of(self, group: int) -> Any:
        found = self.meta.row_group(group).column(self.column).statistics
        if found is None:
            raise LakeError("a file of the lake has no statistics: make the lake anew with wheelsdown ingest")
        return found

    def without_key(self) -> list[int]:
        """List the groups that hold rows without a key."""
        last = self.first
        if last < self.groups and self._of(last).null_count:
            last += 1
        return list(range(last))

    def holding_one(self, value: Key) -> range:
        """List the groups in whose range a value lies."""
        whole = range(self.first, self.groups)
        begin = bisect_left(whole, value, key=lambda g: self._of(g).max)
        end = bisect_right(whole, value, key=lambda g: self._of(g).min)
        return range(self.first + begin, self.first + end)

    def holding(self, values: Sequence[Key]) -> list[int]:
        """List the groups in whose range one of many values lies; the values are in order."""
        found = []
        for group in range(self.first, self.groups):
            here = self._of(group)
            at = bisect_left(values, here.min)
            if at < len(values) and values[at] <= here.max:
                found.append(group)
        return found


def _groups(meta: Any, wanted: Wanted) -> list[int]:
    """List the row groups that may hold rows that are wanted."""
    ranges = _Ranges(meta, wanted.key)
    found: set[int] = set(ranges.without_key()) if wanted.without else set()
    if len(wanted.values) < ranges.groups // _A_SEARCH:
        for value in wanted.values:
            found.update(ranges.holding_one(value))
    else:
        found.update(ranges.holding(sorted(wanted.values)))
    return sorted(found)


def _mask(column: Any, wanted: Wanted) -> Any:
    return pc.is_in(column, pa.array([*wanted.values, *([None] if wanted.without else [])], column.type))


def read_rows(
    layout: Layout, path: Path, wanted: Wanted, *, of: Table, columns: Sequence[str] | None = None, alone: bool = True
) -> pa.Table:
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
    pyarrow.Table
        The rows, in the file's order and as they lie there; see `wheelsdown.lake.coding.decoded`.

    Raises
    ------
    LakeError
        The file is damaged.
    """
    names = [n for n in of.names if columns is None or n in columns]
    meta = metadata(layout, path)
    groups = _groups(meta, wanted)
    try:
        with pa.OSFile(str(path)) as raw, pq.ParquetFile(raw, metadata=meta, pre_buffer=True) as file:
            table = file.read_row_groups(groups, columns=names, use_threads=alone)
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
    if not asked:
        return of.empty().select(names)
    alone = len(asked) == 1

    def rows(one: tuple[Path, Wanted]) -> pa.Table:
        return read_rows(layout, *one, of=of, columns=names, alone=alone)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        tables = list(pool.map(rows, asked))
    return decoded(pa.concat_tables(tables), of)
