"""Makes a day's files: what lies there already and what is new become one set of files in a staging folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.lake.coding import GroupedWriter, rounded
from wheelsdown.lake.layout import Layout
from wheelsdown.lake.near import NEAR_ORDER, aircraft_days, near_rows
from wheelsdown.lake.runs import NO_KEY, Counted, Runs
from wheelsdown.schema import AIRCRAFT_DAYS, LEDGER, NEAR, POSITIONS, RECEIPTS, REGISTER
from wheelsdown.sources.once import each_once
from wheelsdown.table import Column, Table

__all__ = ["NAMES", "Built", "build_positions", "build_traffic", "merged_ledger", "merged_months", "merged_receipts"]

PIECE_ROWS: Final = 250_000
"""Rows merged at a time: bounds the memory."""
NEAR_FIRST_GROUP: Final = 1_024
_SURE: Final = {"received": 2, "empty": 1}
"""What came is not taken back by a later answer that there is nothing; neither by a failure."""

NAMES: Final = Table(
    "NAMES",
    "What files said of identities: REGISTER, and the recording a flight list speaks of.",
    (*REGISTER.columns, Column("track_id", pl.String(), "recording that is given this aircraft", null="none")),
)


@dataclass(frozen=True)
class Built:
    """What merging a day's positions gave."""

    aircraft: pl.DataFrame
    """AIRCRAFT_DAYS of that day."""
    rows: int
    near_rows: int


def read_whole(path: Path, of: Table) -> pl.DataFrame:
    """Read a file of the lake with all its columns; an absent one is empty."""
    if not path.exists():
        return of.empty()
    return pl.read_parquet(path, glob=False).select(pl.col(n).cast(t) for n, t in of.schema.items())


def _existing(layout: Layout, day: date) -> list[Counted]:
    """Offer the positions that lie there already, in order of their addresses."""
    path = layout.path("positions", day)
    if not path.exists():
        return []
    scan = pl.scan_parquet(path, glob=False)
    counts = scan.group_by("icao24").len().collect(engine="streaming").sort("icao24", nulls_last=False)

    def take(start: int, rows: int) -> pl.DataFrame:
        frame = scan.slice(start, rows).collect()
        return frame.select(pl.col(n).cast(t) for n, t in POSITIONS.schema.items())

    return [Counted(counts["icao24"].fill_null(NO_KEY).to_list(), counts["len"].to_list(), take)]


def build_positions(layout: Layout, day: date, runs: Runs, stage: Path, *, piece_rows: int = PIECE_ROWS) -> Built:
    """Merge new positions of a day with those that are there, and make the table of near ones from all of them.

    Parameters
    ----------
    layout : Layout
    day : date
        UTC day.
    runs : Runs
        New positions, rounded to what a lake keeps.
    stage : path
        Folder for ``positions.parquet`` and ``near.parquet``.

    Returns
    -------
    Built

    Notes
    -----
    Rows that repeat one another are merged as `each_once` does, so that the result does not depend on the order in
    which files came.
    """
    near = Runs(stage / "near-runs", "place_cell")
    aircraft: list[pl.DataFrame] = [AIRCRAFT_DAYS.empty()]
    with GroupedWriter(stage / "positions.parquet", POSITIONS) as positions_file:
        for piece in runs.pieces(day, rows_most=piece_rows, beside=_existing(layout, day)):
            positions, _ = each_once(piece)
            positions_file.add(positions)
            near.add(near_rows(positions))
            aircraft.append(aircraft_days(positions))
    with GroupedWriter(stage / "near.parquet", NEAR, first=NEAR_FIRST_GROUP) as near_file:
        for piece in near.pieces(day, rows_most=piece_rows):
            near_file.add(piece.sort(*NEAR_ORDER, "receipt", maintain_order=True))
    near.drop(day)
    return Built(pl.concat(aircraft), positions_file.rows, near_file.rows)


def build_traffic(layout: Layout, day: date, runs: Runs, stage: Path) -> int:
    """Merge new rows of other traffic with those that are there; gives how many there are now."""
    path = layout.path("traffic", day)
    beside: list[Counted] = []
    if path.exists():
        scan = pl.scan_parquet(path, glob=False)
        counts = scan.group_by("place_cell").len().collect().sort("place_cell")

        def take(start: int, rows: int) -> pl.DataFrame:
            return scan.slice(start, rows).collect().select(pl.col(n).cast(t) for n, t in NEAR.schema.items())

        beside = [Counted(counts["place_cell"].to_list(), counts["len"].to_list(), take)]
    with GroupedWriter(stage / "traffic.parquet", NEAR, first=NEAR_FIRST_GROUP) as file:
        for piece in runs.pieces(day, rows_most=PIECE_ROWS, beside=beside):
            file.add(piece.unique().sort(NEAR.names, maintain_order=True))
    return file.rows


def merged_receipts(layout: Layout, day: date | None, new: pl.DataFrame) -> pl.DataFrame:
    """Add receipts to a day's: one row a hash; of several names of the same bytes the first in order stays."""
    old = read_whole(layout.path("receipts", day), RECEIPTS)
    both = pl.concat([old, RECEIPTS.conform(new)])
    order = ["sha256", "file", "origin", "retrieved_utc"]
    return (
        both.sort(order, nulls_last=True)
        .group_by("sha256", maintain_order=True)
        .agg(pl.exclude("positions").first(), pl.col("positions").max())
        .select(RECEIPTS.names)
        .sort("receipt", "sha256")
    )


def merged_ledger(layout: Layout, day: date, new: pl.DataFrame) -> pl.DataFrame:
    """Add rows to a day's ledger: one row an archive and thing asked; what is known is never replaced by a failure."""
    old = read_whole(layout.path("ledger", day), LEDGER)
    both = pl.concat([old, LEDGER.conform(new)])
    return (
        both.with_columns(_sure=pl.col("status").replace_strict(_SURE, default=0, return_dtype=pl.Int8))
        .sort("source", "what", "_sure", "asked_utc", *LEDGER.names, maintain_order=True)
        .unique(["source", "what"], keep="last", maintain_order=True)
        .drop("_sure")
        .sort("source", "what")
    )


def merged_months(layout: Layout, what: str, day: date | None, new: pl.DataFrame) -> pl.DataFrame:
    """Add rows to a month's file: `aircraft` of a day replace those of that day, `names` are each kept once."""
    if what == "aircraft":
        old = read_whole(layout.path(what, day), AIRCRAFT_DAYS)
        whole = pl.concat([old.filter(pl.col("day") != day), new])
        return whole.sort("icao24", "track_id", "day", "source")
    old = read_whole(layout.path(what, day), NAMES)
    said = [n for n in NAMES.names if n != "as_of"]
    return (
        pl.concat([old, new])
        .group_by(said)
        .agg(pl.col("as_of").max())
        .select(NAMES.names)
        .sort(NAMES.names, nulls_last=False)
    )


def stored(frame: pl.DataFrame, path: Path) -> None:
    """Write one of the small tables: the same rows give the same bytes."""
    frame.write_parquet(path, compression="zstd", compression_level=3, row_group_size=65_536, statistics=True)


def spilled(frames: Iterable[pl.DataFrame], runs: Runs) -> None:
    """Put rows of POSITIONS on a run, rounded."""
    for frame in frames:
        runs.add(rounded(frame))


def receipts_of(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put receipts together."""
    return pl.concat([RECEIPTS.empty(), *frames])
