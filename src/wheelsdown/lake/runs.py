"""Sorted runs on disk: rows that come in any order and do not fit into memory, handed out again key by key."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

__all__ = ["Counted", "Runs"]

Key = str | int
_FLUSH_ROWS: Final = 500_000
_BATCH_ROWS: Final = 8_192
_SEED: Final = 7
NO_KEY: Final = ""
"""Stands for a row without an address; sorts before all addresses."""


@dataclass
class Counted:
    """Rows in order of their keys, with how many each key has; `take` gives the rows from one place to another."""

    keys: list[Key]
    counts: list[int]
    take: Callable[[int, int], pl.DataFrame]
    ends: list[int] = field(init=False)
    at: int = 0

    def __post_init__(self) -> None:
        self.ends = list(accumulate(self.counts))

    def until(self, key: Key) -> pl.DataFrame | None:
        """Hand out the rows up to and with a key that were not handed out yet."""
        n = bisect_right(self.keys, key)
        end = self.ends[n - 1] if n else 0
        if end <= self.at:
            return None
        rows = self.take(self.at, end - self.at)
        self.at = end
        return rows


class Runs:
    """Rows spilled to a folder, day by day, each run sorted by one key.

    Parameters
    ----------
    folder : path
        Where the runs lie; made if absent. Whoever made the folder removes it.
    key : str
        Column that orders the rows: ``icao24`` or ``place_cell``. Null sorts first.
    day : str
        Column with the time that decides the UTC day.
    """

    def __init__(self, folder: Path, key: str, *, day: str = "time_utc", flush_rows: int = _FLUSH_ROWS) -> None:
        self.folder = folder
        self.key = key
        self.day = day
        self.flush_rows = flush_rows
        self._waiting: list[pl.DataFrame] = []
        self._count = 0
        self._number = 0
        self._days: dict[date, list[tuple[Path, list[Key], list[int]]]] = defaultdict(list)
        self._marks: dict[date, int] = defaultdict(int)

    def add(self, frame: pl.DataFrame) -> None:
        """Add rows in any order."""
        if not frame.height:
            return
        self._waiting.append(frame)
        self._count += frame.height
        if self._count >= self.flush_rows:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if not self._count:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        whole = pl.concat(self._waiting)
        self._waiting, self._count = [], 0
        days = whole[self.day].dt.date()
        first, last = days.min(), days.max()
        if first == last:
            assert isinstance(first, date)  # rows have times  # noqa: S101
            self._write(first, whole)
            return
        for (day,), rows in whole.with_columns(_day=days).partition_by("_day", as_dict=True).items():
            self._write(day, rows.drop("_day"))

    def _write(self, day: date, rows: pl.DataFrame) -> None:
        rows = rows.sort(self.key, maintain_order=True)
        self._marks[day] = (self._marks[day] + int(np.add.reduce(rows.hash_rows(_SEED).to_numpy()))) % (1 << 64)
        counts = rows.group_by(self.key, maintain_order=True).len()
        path = self.folder / f"{self._number:06d}.arrow"
        self._number += 1
        # batches small, so that a merge of many runs holds little of each
        rows.write_ipc(path, compression="lz4", record_batch_size=_BATCH_ROWS)
        keys = counts[self.key].fill_null(NO_KEY) if counts[self.key].dtype == pl.String else counts[self.key]
        self._days[day].append((path, keys.to_list(), counts["len"].to_list()))

    def days(self) -> list[date]:
        """Days with rows, in order."""
        self.flush()
        return sorted(self._days)

    def rows(self, day: date) -> int:
        """Count a day's rows."""
        self.flush()
        return sum(sum(counts) for _, _, counts in self._days.get(day, []))

    def mark(self, day: date) -> str:
        """Give a day's rows a mark that does not depend on their order; other rows have another."""
        return f"{self.rows(day)}-{self._marks.get(day, 0):016x}"

    def pieces(self, day: date, *, rows_most: int, beside: Sequence[Counted] = ()) -> Iterator[pl.DataFrame]:
        """Hand out a day's rows in order of their keys, keys whole, about `rows_most` at a time.

        Parameters
        ----------
        day : date
        rows_most : int
            A single key with more rows is a piece of its own.
        beside : sequence of Counted
            Further rows to merge in.

        Yields
        ------
        polars.DataFrame
            Not sorted inside.
        """
        self.flush()
        sources = [*beside, *(_counted(*run) for run in self._days.get(day, []))]
        totals: dict[Key, int] = defaultdict(int)
        for s in sources:
            for key, count in zip(s.keys, s.counts, strict=True):
                totals[key] += count
        waiting = 0
        ordered = sorted(totals)
        for i, key in enumerate(ordered):
            waiting += totals[key]
            if i + 1 < len(ordered) and waiting + totals[ordered[i + 1]] <= rows_most:
                continue
            yield pl.concat([rows for s in sources if (rows := s.until(key)) is not None])
            waiting = 0

    def drop(self, day: date) -> None:
        """Forget a day and remove its runs."""
        self._marks.pop(day, None)
        for path, _, _ in self._days.pop(day, []):
            path.unlink(missing_ok=True)


def _counted(path: Path, keys: list[Key], counts: list[int]) -> Counted:
    return Counted(keys, counts, _Reader(path).take)


class _Reader:
    """Reads a run from front to back; holds no more than the batch it is in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.batch = 0
        self.rest: pl.DataFrame | None = None

    def take(self, start: int, rows: int) -> pl.DataFrame:
        """Give the next rows; `start` only says where that is."""
        parts: list[pl.DataFrame] = []
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_file(file) as reader:
            while rows > 0:
                if self.rest is None or not self.rest.height:
                    self.rest = _frame(reader.get_batch(self.batch))
                    self.batch += 1
                parts.append(self.rest.head(rows))
                rows -= parts[-1].height
                self.rest = self.rest.slice(parts[-1].height)
        return pl.concat(parts)


def _frame(batch: Any) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    if not isinstance(frame, pl.DataFrame):  # pragma: no cover - a batch gives a frame
        raise TypeError(type(frame))
    return frame
