"""Cells as they appear in files: rounding, times, joined lists, and text that a spreadsheet must not run."""

from __future__ import annotations

import re
from typing import Final

import polars as pl

from wheelsdown.outputs.interface import SIMULATED, Extras
from wheelsdown.table import Column, Table

__all__ = ["JOINT", "NOTE", "TIME_FORMAT", "all_made", "as_text", "defused", "rounded", "with_note"]

TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"
JOINT: Final = " | "
NOTE: Final = Column("note", pl.String(), "SIMULATED where the row was made from simulated positions", null="never")

# Five decimals of a degree are about a metre; the others are finer than any of the sources.
_OUTSIDE: Final = "EVENTS"
"""A table whose rows are not made from positions: that visits are SIMULATED says nothing of what happened elsewhere."""
_MADE_BY_SOURCE: Final = pl.col("source").str.contains(SIMULATED, literal=True).fill_null(value=False)
_DECIMALS: Final = {"deg": 5, "km": 3, "min": 2, "kt": 1, "ft": 1, "ft/min": 0, "": 4}

_CHANCE: Final = re.compile(r"^p(_|$)|_p$")
"""Columns that hold a p."""

# What a spreadsheet takes for the start of a formula (OWASP, "CSV injection"), with the full-width forms.
_FORMULA: Final = "^[=+\\-@\t\r\n＝＋－＠]"  # noqa: RUF001


def all_made(frame: pl.DataFrame, table: Table, extras: Extras) -> bool:
    """Tell whether every row is SIMULATED: outside events are so only where their own source says it."""
    if not extras.simulated or table.name != _OUTSIDE:
        return extras.simulated
    return frame.filter(~_MADE_BY_SOURCE).is_empty()


def with_note(frame: pl.DataFrame, table: Table, extras: Extras) -> tuple[pl.DataFrame, Table]:
    """Add a last column `note` that says SIMULATED in every row, if the rows were made from simulated positions."""
    if not extras.simulated:
        return frame, table
    if NOTE.name in frame.columns:
        made = _MADE_BY_SOURCE if table.name == _OUTSIDE else pl.lit(value=True)
        own = pl.col(NOTE.name)
        said = pl.concat_str(pl.lit(SIMULATED), own, separator="; ", ignore_nulls=True)
        says = own.str.starts_with(SIMULATED).fill_null(value=False)
        return frame.with_columns(pl.when(says | ~made).then(own).otherwise(said).alias(NOTE.name)), table
    noted = Table(table.name, table.meaning, (*table.columns, NOTE))
    return frame.with_columns(pl.lit(SIMULATED).alias(NOTE.name)), noted


def rounded(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Round decimals by unit (coordinates to five); NaN and infinity, which no cell can hold, become empty."""
    unit = {c.name: c.unit for c in table.columns}
    out = []
    for name, dtype in frame.schema.items():
        column = pl.col(name)
        if dtype.is_float():
            number = column.cast(pl.Float64)
            finite = pl.when(number.is_finite()).then(number)
            # a chance of 0.00003 must not become 0
            short = finite.round_sig_figs(4) if _CHANCE.search(name) else finite.round(_decimals(unit.get(name, "")))
            column = short.alias(name)
        out.append(column)
    return frame.select(out)


def _decimals(unit: str) -> int:
    return _DECIMALS.get(unit, 4)


def as_text(frame: pl.DataFrame, *, join_lists: bool) -> pl.DataFrame:
    """Write times as ``2023-09-17T14:05:00Z`` and, if asked, lists as one cell joined by `` | ``."""
    out = []
    for name, dtype in frame.schema.items():
        column = pl.col(name)
        if isinstance(dtype, pl.Datetime):
            column = column.dt.strftime(TIME_FORMAT)
        elif join_lists and isinstance(dtype, pl.List):
            texts = column.cast(pl.List(pl.String))
            column = pl.when(texts.list.len() > 0).then(texts.list.join(JOINT)).alias(name)
        out.append(column)
    return frame.select(out)


def defused(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before text that a spreadsheet would run as a formula.

    Call signs and names come from strangers: anyone can broadcast ``=HYPERLINK(`` as a call sign.
    """
    texts = [n for n, t in frame.schema.items() if t == pl.String]
    return frame.with_columns(
        pl.when(pl.col(n).str.contains(_FORMULA)).then("'" + pl.col(n)).otherwise(pl.col(n)).alias(n) for n in texts
    )
