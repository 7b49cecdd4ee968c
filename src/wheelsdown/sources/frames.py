"""Takes a frame of POSITIONS made in memory through the checks that files get."""

from __future__ import annotations

from typing import Final

import polars as pl

from wheelsdown.schema import POSITIONS, RECEIPTS, REGISTER
from wheelsdown.sources import clean as cleaning
from wheelsdown.sources.clean import BAD_ADDRESS, FILE, ROW
from wheelsdown.sources.interface import Report
from wheelsdown.sources.reading import Reading, problems_frame, raise_first

__all__ = ["FRAME", "read_frame"]

FRAME: Final = "<frame>"
"""What PROBLEMS calls a frame, which has no file name."""
_SOURCE: Final = "frame"


def read_frame(frame: pl.DataFrame, *, strict: bool = False) -> Reading:
    """Check a frame as the rows of a file are checked.

    Parameters
    ----------
    frame : POSITIONS
        Columns that are missing count as null. Rows need not be sorted.
    strict
        Raise at the first thing that cannot be used.

    Returns
    -------
    Reading
        POSITIONS without the rows that are no positions, in the order given; PROBLEMS with `FRAME` as the file and the
        row from 1. Rows without an address and without a recording are tied by the address that was refused, else by
        the call sign. Rows that name no provider get ``frame``.

    Raises
    ------
    TableError
        A column is unknown, or of a type that cannot be converted: naive times above all.
    SourceError
        With `strict`, a value that cannot be true.

    Notes
    -----
    A frame has no bytes on disk, so there is no receipt to hold it against.
    """
    report = Report(FRAME)
    fitted, lost = cleaning.fit(frame)
    for column, count in lost.items():
        report.problem(f"{count} values too large for a whole number of 32 bits; left empty", field=column, rows_lost=0)
    rows = POSITIONS.conform(fitted, fill=True).with_columns(
        pl.col("source").fill_null(_SOURCE),
        pl.lit(0, dtype=pl.UInt32).alias(FILE),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW),
    )
    good, found = cleaning.clean(rows)
    problems = problems_frame([report], found)
    if strict:
        raise_first(problems)
    loose = pl.col("icao24").is_null() & pl.col("track_id").is_null()
    if good.select(loose.any()).item():
        # without any tie two aircraft would become one
        tied = pl.lit(f"{_SOURCE}/") + pl.coalesce(BAD_ADDRESS, "callsign")
        good = good.with_columns(track_id=pl.when(loose).then(tied).otherwise("track_id"))
    return Reading(good.select(POSITIONS.names), problems, RECEIPTS.empty(), REGISTER.empty())
