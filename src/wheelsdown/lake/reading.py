"""Reads what a question needs out of a lake, in parts of whole aircraft."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.lake.building import NAMES
from wheelsdown.lake.choosing import in_window
from wheelsdown.lake.pruned import Wanted, read_all
from wheelsdown.lake.store import Lake
from wheelsdown.schema import POSITIONS, PROBLEMS, RECEIPTS, REGISTER
from wheelsdown.sources import Reading
from wheelsdown.sources.clean import BAD_ADDRESS
from wheelsdown.sources.interface import Claim, Report
from wheelsdown.sources.once import each_once
from wheelsdown.sources.ties import tie

__all__ = ["named_receipts", "readings"]

ROWS_MOST: Final = 1_500_000
_KEY: Final = ["icao24", "track_id"]


def readings(
    lake: Lake,
    chosen: pl.DataFrame | None = None,
    *,
    since: date | None = None,
    until: date | None = None,
    rows_most: int = ROWS_MOST,
) -> Iterator[Reading]:
    """Hand out positions in parts of whole aircraft, as `wheelsdown.sources.read_in_parts` does for files.

    Parameters
    ----------
    lake : Lake
    chosen : polars.DataFrame, optional
        icao24, track_id, day, positions: what to read (`wheelsdown.lake.choosing`); by default everything, in the
        window and some days round it.
    since, until : date, optional
        Window, for `chosen` by default.
    rows_most : int
        About how many positions a part holds; an aircraft with more is a part of its own.

    Yields
    ------
    Reading
        POSITIONS in order of icao24, track_id and time; `receipts` is empty: see `named_receipts`.

    Notes
    -----
    Recordings without an address come in one part, together with the aircraft that a flight list says they are.
    """
    everything = chosen is None
    days = in_window(lake, since, until) if chosen is None else chosen
    if not days.height:
        yield _reading(POSITIONS.empty(), NAMES.empty())
        return
    names = lake.names()
    ties = names.filter(pl.col("track_id").is_not_null())
    apart = pl.col("icao24").is_null() | pl.col("icao24").is_in(ties["icao24"].drop_nulls().to_list())
    loose, whole = days.filter(apart), days.filter(~apart)
    if loose["icao24"].null_count() == 0:
        loose, whole = loose.clear(), days
    if loose.height:
        # a recording may belong to any of its ties: take all of them in
        yield _part(lake, loose, names, ties=ties)
    for part in _parts(whole, rows_most):
        between = (part["icao24"].min(), part["icao24"].max()) if everything else None
        yield _part(lake, part, names, between=between)  # type: ignore[arg-type]


def _parts(days: pl.DataFrame, rows_most: int) -> Iterator[pl.DataFrame]:
    """Cut at addresses, about `rows_most` positions each."""
    counts = days.group_by("icao24").agg(pl.col("positions").sum()).sort("icao24")
    number = (pl.col("positions").cum_sum() - pl.col("positions")) // rows_most
    numbered = counts.select("icao24", _part=number)
    for part in days.join(numbered, on="icao24").sort("icao24", "day").partition_by("_part", maintain_order=True):
        yield part.drop("_part")


def _part(
    lake: Lake,
    chosen: pl.DataFrame,
    names: pl.DataFrame,
    *,
    between: tuple[str, str] | None = None,
    ties: pl.DataFrame | None = None,
) -> Reading:
    """Read one part: a range of addresses, or on each day the aircraft chosen for it."""
    frames = [POSITIONS.empty()]
    if between is not None:
        # most of each file is wanted: scanned, it is read in half the time
        paths = [lake.layout.path("positions", d) for d in chosen.filter(~pl.col("more"))["day"].unique().sort()]
        of_range = pl.col("icao24").is_between(pl.lit(between[0]), pl.lit(between[1]))
        found = [pl.scan_parquet(paths, glob=False).filter(of_range).collect()] if paths else []
        frames += [f.select(pl.col(n).cast(t) for n, t in POSITIONS.schema.items()) for f in found]
        chosen = chosen.filter(pl.col("more"))
    asked: list[tuple[Path, Wanted]] = []
    for (day,), group in chosen.sort("day").partition_by("day", as_dict=True, maintain_order=True).items():
        addresses = group["icao24"].unique().sort()
        wanted = Wanted("icao24", addresses.drop_nulls().to_list(), without=addresses.null_count() > 0)
        asked += [(lake.layout.path("positions", day), wanted)] if isinstance(day, date) else []
    positions = pl.concat([*frames, read_all(lake.layout, asked, POSITIONS)])
    if chosen["icao24"].null_count():
        recordings = chosen.filter(pl.col("icao24").is_null()).select("track_id", _day="day")
        bare = positions.filter(pl.col("icao24").is_null()).with_columns(_day=pl.col("time_utc").dt.date())
        bare = bare.join(recordings, on=["track_id", "_day"], how="semi", nulls_equal=True).drop("_day")
        positions = pl.concat([bare, positions.filter(pl.col("icao24").is_not_null())])
    if ties is not None:
        positions = _tied(lake, positions, ties)
    positions, _ = each_once(positions)
    return _reading(positions, names)


def _tied(lake: Lake, positions: pl.DataFrame, ties: pl.DataFrame) -> pl.DataFrame:
    """Give recordings the aircraft that flight lists in the lake name."""
    claims = [Claim(**row) for row in ties.iter_rows(named=True)]
    bare = positions.with_columns(pl.lit(None, dtype=pl.String).alias(BAD_ADDRESS))
    receipts = positions["receipt"].drop_nulls().unique()
    files = named_receipts(lake, receipts).select("receipt", "file")
    known = {r: [f] for r, f in files.iter_rows()}
    tied = tie(bare, identity=[], report=Report(""), claims=claims, files=known)
    return tied.positions.drop(BAD_ADDRESS)


def _reading(positions: pl.DataFrame, names: pl.DataFrame) -> Reading:
    here = positions["icao24"].drop_nulls().unique()
    identities = names.filter(pl.col("icao24").is_in(here.to_list()) | pl.col("icao24").is_null())
    return Reading(
        positions,
        PROBLEMS.empty(),
        RECEIPTS.empty(),
        identities.select(REGISTER.names).unique(maintain_order=True),
    )


def named_receipts(lake: Lake, receipts: Sequence[str] | pl.Series) -> pl.DataFrame:
    """Look up receipts that rows name: RECEIPTS, by file.

    `positions` counts the rows of all days.
    """
    wanted = list(receipts)
    paths = list(lake.layout.files("receipts"))
    if not paths or not wanted:
        return RECEIPTS.empty()
    found = pl.scan_parquet(paths, glob=False).filter(pl.col("receipt").is_in(wanted)).collect()
    return (
        found.group_by("sha256")
        .agg(pl.exclude("positions").first(), pl.col("positions").sum())
        .select(pl.col(n).cast(t) for n, t in RECEIPTS.schema.items())
        .sort("file", "sha256")
    )
