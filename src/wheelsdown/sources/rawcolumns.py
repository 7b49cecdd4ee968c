"""Turns the raw cells of one file into typed columns; a cell that cannot be read is reported with its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.sources.interface import Report
from wheelsdown.sources.times import from_iso

__all__ = ["EMPTY", "RawColumns", "series_of"]

EMPTY: Final = ("", "nan", "null", "none", "na", "n/a", "nat")
_SHOWN_EACH: Final = 20
_LATEST_MS: Final = 4_102_444_800_000.0  # the year 2100
_UTC: Final = pl.Datetime("ms", "UTC")


def series_of(values: Sequence[object] | pl.Series) -> pl.Series:
    """Make a column of JSON values: numbers, booleans, else text in which nothing is lost."""
    if isinstance(values, pl.Series):
        return values
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {int, float}:
        try:
            return pl.Series(values, dtype=pl.Float64, strict=False)
        except OverflowError:
            pass  # an integer beyond any float: as text it is reported below
    if kinds == {bool}:
        return pl.Series(values, dtype=pl.Boolean)
    if kinds == {str}:
        return pl.Series(values, dtype=pl.String)
    return pl.Series(
        [None if v is None else v if isinstance(v, str) else repr(v)[:80] for v in values], dtype=pl.String
    )


class RawColumns:
    """Columns of one file (or a part of it) as they stand there, of equal length.

    Parameters
    ----------
    columns
        Name to cells: text, JSON values, or typed columns of a Parquet file.
    report
        Where bad cells are told.
    rows
        Row or line of each, for the report; counted from 1 if not given.
    """

    def __init__(
        self, columns: Mapping[str, Sequence[object] | pl.Series], report: Report, rows: pl.Series | None = None
    ) -> None:
        self._columns = dict(columns)
        self._report = report
        self.height = max((len(c) for c in self._columns.values()), default=0)
        self.rows = pl.int_range(1, self.height + 1, dtype=pl.Int64, eager=True) if rows is None else rows

        self._lost = pl.repeat(value=False, n=self.height, dtype=pl.Boolean, eager=True)

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def raw(self, name: str) -> pl.Series:
        """Cells as they stand; null throughout where there is no such column."""
        if name not in self._columns:
            return pl.Series(name, [None] * self.height, dtype=pl.String)
        return series_of(self._columns[name]).alias(name)

    def put(self, name: str, cells: pl.Series) -> None:
        """Put rewritten cells in place of a column, to be read as it would have been."""
        self._columns[name] = cells

    def number(self, name: str, *, factor: float = 1.0, loses_row: bool = False) -> pl.Series:
        """Read numbers, times `factor`.

        Parameters
        ----------
        loses_row
            The row is of no use without it, and the report says that it was left out.
        """
        cells = self.raw(name)
        numbers, bad = _numbers(cells)
        self._tell(cells, bad, name, "not a number", loses_row=loses_row)
        return (numbers * factor).alias(name)

    def pair(self, name: str) -> tuple[pl.Series, pl.Series]:
        """Read two numbers in one cell, between them a comma: latitude and longitude."""
        cells = self.raw(name)
        parts = cells.cast(pl.String).str.extract_groups(r"^\s*(\S+?)\s*,\s*(\S+?)\s*$").struct.unnest()
        (first, bad_first), (second, bad_second) = _numbers(parts.to_series(0)), _numbers(parts.to_series(1))
        bad = bad_first | bad_second | first.is_null() | second.is_null()
        self._tell(cells, bad, name, "not a latitude and a longitude", loses_row=True)
        return first, second

    def text(self, name: str) -> pl.Series:
        """Read trimmed text; a whole number loses its ``.0``; empty is null."""
        cells = self.raw(name)
        if cells.dtype.is_float():
            whole = cells.is_finite() & (cells.round() == cells) & (cells.abs() < 1e15)
            as_int = cells.set(~whole.fill_null(value=False), None).cast(pl.Int64).cast(pl.String)
            cells = as_int.fill_null(cells.cast(pl.String))
        text = cells.cast(pl.String).str.strip_chars()
        return text.set(text.str.to_lowercase().is_in(EMPTY).fill_null(value=False), None).alias(name)

    def flag(self, name: str) -> pl.Series:
        """Read true and false, however written."""
        cells = self.raw(name)
        if cells.dtype == pl.Boolean:
            return cells
        text = self.text(name).str.to_lowercase()
        out = text.replace_strict(
            {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False},
            default=None,
            return_dtype=pl.Boolean,
        )
        self._tell(cells, text.is_not_null() & out.is_null(), name, "neither true nor false", loses_row=False)
        return out.alias(name)

    def squawk(self, name: str) -> pl.Series:
        """Read transponder codes that were written as numbers: zeros are put back in front; a bare 0 is none."""
        text = self.text(name)
        return text.set((text == "0").fill_null(value=False), None).str.zfill(4).alias(name)

    def time(self, name: str, *, per_s: float = 1.0) -> pl.Series:
        """Read times: aware times, seconds (or parts of them) since 1970, or ISO text with its zone.

        Parameters
        ----------
        per_s
            Units of a numeric time in a second: 1000 for milliseconds.

        Raises
        ------
        SourceError
            The column is of a type of time that names no zone.
        """
        cells = self.raw(name)
        if isinstance(cells.dtype, pl.Datetime):
            if cells.dtype.time_zone is None:
                raise SourceError(
                    self._report.file,
                    "the times name no zone",
                    field=name,
                    remedy="declare the zone in a mapping: --map",
                )
            return cells.dt.convert_time_zone("UTC").cast(_UTC)
        numbers, bad = _numbers(cells)
        ms = (numbers * (1000.0 / per_s)).round()
        unfit = ms.is_not_null() & ~ms.is_between(1.0, _LATEST_MS).fill_null(value=False)
        self._tell(cells, unfit, name, "outside 1970 to 2100 as a time", loses_row=True)
        out = ms.set(unfit, None).cast(pl.Int64).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
        if not bad.any():
            return out.alias(name)
        if cells.dtype != pl.String:
            self._tell(cells, bad, name, "not a time", loses_row=True)
            return out.alias(name)
        iso, naive = from_iso(cells, None)
        naive = naive.fill_null(value=False)
        self._tell(
            cells,
            bad & naive,
            name,
            "a time without a zone",
            loses_row=True,
            remedy="declare the zone in a mapping: --map",
        )
        self._tell(cells, bad & ~naive & iso.is_null(), name, "not a time", loses_row=True)
        return out.fill_null(iso).alias(name)

    def frame(self, columns: Mapping[str, pl.Series | pl.Expr]) -> pl.DataFrame:
        """Put typed columns together with the number of each `row`; rows that were reported as lost are left out."""
        frame = pl.DataFrame({"row": self.rows}).with_columns(**columns)
        return frame.filter(~self._lost)

    def _tell(
        self, cells: pl.Series, bad: pl.Series, field: str, reason: str, *, loses_row: bool, remedy: str | None = None
    ) -> None:
        """Report bad cells one by one, and the many beyond a score in one line."""
        bad = bad.fill_null(value=False)
        if loses_row:
            self._lost = self._lost | bad
        where = bad.arg_true()
        lost = 1 if loses_row else 0
        for i in where.head(_SHOWN_EACH):
            self._report.problem(
                reason, row=int(self.rows[i]), field=field, value=cells[i], remedy=remedy, rows_lost=lost
            )
        if more := len(where) - min(len(where), _SHOWN_EACH):
            first = int(self.rows[int(where[_SHOWN_EACH])])
            self._report.problem(
                f"{reason} ({more} further rows, from this one)",
                row=first,
                field=field,
                remedy=remedy,
                rows_lost=lost * more,
            )


def _numbers(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Numbers, and which cells are neither a finite number nor empty."""
    if cells.dtype == pl.String:
        text = cells.str.strip_chars()
        empty = text.is_null() | text.str.to_lowercase().is_in(EMPTY).fill_null(value=False)
        numbers = text.set(empty, None).cast(pl.Float64, strict=False)
    elif cells.dtype.is_numeric():
        empty = cells.is_null() | (cells.is_nan() if cells.dtype.is_float() else False)
        numbers = cells.cast(pl.Float64)
    elif cells.dtype == pl.Null:
        return cells.cast(pl.Float64), pl.Series([False] * len(cells), dtype=pl.Boolean)
    else:
        return pl.Series([None] * len(cells), dtype=pl.Float64), cells.is_not_null()
    fit = numbers.is_finite().fill_null(value=False)
    return numbers.set(~fit, None), ~fit & ~empty
