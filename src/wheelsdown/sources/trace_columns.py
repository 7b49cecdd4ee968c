"""The columns that the compiled scanner fills, and the POSITIONS frame they become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from wheelsdown.schema import POSITION_SOURCES
from wheelsdown.sources.jsonbytes import LANES, PADDING
from wheelsdown.sources.jsontext import BROKEN
from wheelsdown.sources.readsb import MOST_BASE_S, provider
from wheelsdown.sources.trace_point import CELLS, HELD, SLOTS, TYPES, WORDS
from wheelsdown.sources.trace_scan import DOUBLES, FULL, READ, SINGLES, SMALL, WORD_COLUMNS, scan

__all__ = ["ROOM", "Scanned", "TraceColumns", "gathered"]

ROOM: Final = 20_000
"""Rows beyond the wished number: a day of one aircraft fits in, so that the arrays need not grow for the last one."""
_HEADER_MOST: Final = 1 << 16
_TEXT: Final = 1 << 20
_VIEW: Final = np.dtype("V16")


@dataclass(slots=True)
class Scanned:
    """A trace that was read: how many points, and everything of it that is no point."""

    rows: int
    header: dict[str, Any]
    base_s: float


class TraceColumns:
    """Arrays of columns for some rows, filled trace by trace.

    Parameters
    ----------
    rows : int
        How many rows to make room for. The arrays grow when a trace needs more.
    """

    names: Final = frozenset(("icao24", "time_utc", "source", *DOUBLES[1:], *SINGLES, *SMALL, *WORD_COLUMNS))
    """Columns of POSITIONS that `frame` gives."""

    def __init__(self, rows: int) -> None:
        size = max(rows, 1)
        self.rows = 0
        self._doubles = np.empty((len(DOUBLES), size), dtype=np.float64)
        self._singles = np.empty((len(SINGLES), size), dtype=np.float32)
        self._small = np.empty((len(SMALL), size), dtype=np.int8)
        self._codes = np.empty((len(WORD_COLUMNS), size), dtype=np.int32)
        self._words = np.zeros((2, WORDS), dtype=np.int64)
        self._slots = np.zeros(SLOTS, dtype=np.int32)
        self._held = np.empty(HELD, dtype=np.int64)
        self._cells = np.empty(CELLS, dtype=np.float64)
        self._text = np.empty(_TEXT, dtype=np.uint8)
        self._addresses: list[str] = []
        self._bases: list[float] = []
        self._sources: list[str] = []
        self._counts: list[int] = []

    @property
    def full(self) -> bool:
        """Few words more can be told apart; a new set of columns is wanted."""
        return int(self._words[0, 0]) > WORDS // 2

    def add(self, data: bytes) -> Scanned | None:
        """Read the text of one trace; None, and nothing added, where it is for the strict decoder."""
        size = len(data)
        if self._text.size < size + PADDING:
            self._text = np.empty(2 * (size + PADDING), dtype=np.uint8)
        self._text[:size] = np.frombuffer(data, dtype=np.uint8)
        self._text[size : size + PADDING] = 0
        text = self._text[: size + PADDING]
        while True:
            status, rows, begin, end = scan(
                text,
                self.rows,
                self._doubles,
                self._singles,
                self._small,
                self._codes,
                self._words,
                self._slots,
                TYPES,
                self._held,
                self._cells,
            )
            if status != FULL:
                break
            self._grow()
        if status != READ or rows == 0 or begin + len(data) - end > _HEADER_MOST:
            return None
        try:
            header = msgspec.json.decode(data[:begin] + b"0" + data[end:])
        except BROKEN:
            return None
        address, base = header.get("icao"), header.get("timestamp")
        known = isinstance(address, str) and address != ""
        if not known or type(base) not in (int, float) or not abs(base) < MOST_BASE_S:
            return None
        self.rows += rows
        self._addresses.append(address)
        self._bases.append(float(base))
        self._sources.append(provider(header))
        self._counts.append(rows)
        return Scanned(rows, header, float(base))

    def _grow(self) -> None:
        for name in ("_doubles", "_singles", "_small", "_codes"):
            old: NDArray[Any] = getattr(self, name)
            new = np.empty((old.shape[0], 2 * old.shape[1]), dtype=old.dtype)
            new[:, : self.rows] = old[:, : self.rows]
            setattr(self, name, new)

    def numbers(self) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """For each row the number of its trace, from 0, and its place in that trace, from 1."""
        counts = np.array(self._counts, dtype=np.int64)
        trace = np.repeat(np.arange(counts.size, dtype=np.uint32), counts)
        row = np.arange(1, self.rows + 1, dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)
        return trace, row

    def frame(self) -> pl.DataFrame:
        """Give all rows: the columns of POSITIONS that come out of a trace's text.

        The arrays are handed over without a copy: the columns are not to be added to afterwards.
        """
        n = self.rows
        counts = np.array(self._counts, dtype=np.int64)
        trace = np.repeat(np.arange(counts.size, dtype=np.uint32), counts)
        # the order of the operations is the strict decoder's, so that the rounding is
        offset = self._doubles[0, :n]
        time_ms = np.rint((offset + np.repeat(np.array(self._bases), counts)) * 1000.0).astype(np.int64)
        columns = {
            "icao24": gathered(self._addresses, trace),
            "time_utc": pl.Series(time_ms).cast(pl.Datetime("ms", "UTC")),
        }
        for k, name in enumerate(DOUBLES[1:], 1):
            columns[name] = pl.Series(self._doubles[k, :n])
        for k, name in enumerate(SINGLES):
            values = self._singles[k, :n]
            columns[name] = _nullable(values, ~np.isnan(values), pa.float32())
        ground, how = self._small[0, :n], self._small[1, :n]
        columns["on_ground"] = _nullable(np.packbits(ground > 0, bitorder="little"), ground >= 0, pa.bool_())
        columns["position_source"] = gathered(
            [*POSITION_SOURCES, "unknown"], np.where(how < 0, len(POSITION_SOURCES), how)
        )
        for k, name in enumerate(SMALL[2:], 2):
            small = self._small[k, :n]
            columns[name] = _nullable(small.astype(np.int32), small >= 0, pa.int32())
        columns["source"] = gathered(self._sources, trace)
        words = self._texts()
        for k, name in enumerate(WORD_COLUMNS):
            columns[name] = gathered(words, self._codes[k, :n])
        return pl.DataFrame([s.alias(name) for name, s in columns.items()])

    def distinct(self) -> dict[str, pl.Series]:
        """Every value that some columns of text hold (they may hold fewer)."""
        used = self._words[1, 1 : int(self._words[0, 0]) + 1]
        words = self._texts()
        out = {name: gathered(words, np.flatnonzero(used & (1 << k)) + 1) for k, name in enumerate(WORD_COLUMNS)}
        out["icao24"] = pl.Series(self._addresses, dtype=pl.String).unique()
        out["position_source"] = pl.Series(POSITION_SOURCES, dtype=pl.String)
        return out

    def _texts(self) -> list[str | None]:
        """Words by their code; null for code 0."""
        raw = self._words[0, 1 : int(self._words[0, 0]) + 1].astype("<i8").tobytes()
        return [None, *(raw[k : k + LANES].rstrip(b"\0").decode() for k in range(0, len(raw), LANES))]


def gathered(
    values: Sequence[str | None], places: NDArray[np.unsignedinteger[Any] | np.signedinteger[Any]]
) -> pl.Series:
    """Make a column of text out of its values and, for each row, the place of its own."""
    few = pa.array(values, pa.string_view())
    views = few.buffers()[1]
    # a view is sixteen bytes, whatever the text: copied as they are
    whole = np.take(np.frombuffer(views, dtype=_VIEW, count=len(few)), places)
    mask = None
    if few.null_count:
        present = np.take(np.array([v is not None for v in values]), places)
        mask = pa.py_buffer(np.packbits(present, bitorder="little"))
    return pl.Series(
        pa.Array.from_buffers(
            pa.string_view(), len(places), [mask, pa.py_buffer(whole.view(np.uint8)), *few.buffers()[2:]]
        )
    )


def _nullable(values: NDArray[Any], valid: NDArray[np.bool_], dtype: pa.DataType) -> pl.Series:
    """Make a column of numbers (or packed bits) and what is valid of them, without a copy of the numbers."""
    mask = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    array = pa.Array.from_buffers(dtype, valid.size, [mask, pa.py_buffer(values)])
    return pl.Series(array)
