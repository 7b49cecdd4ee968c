"""Which days beside those asked about must be read too: what a stop is depends on the flights before and after it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from wheelsdown.lake.store import Lake

__all__ = ["beyond", "no_ties", "those", "with_neighbours"]

DAYS_FLOWN: Final = 2
"""Beyond a window so many days with a flight are read: one to leave or come, one for a flight over midnight."""
_AT_ONCE: Final = 3
_MOST_DAYS: Final = 120
_MOVED_DEG: Final = 0.03
"""Farther apart than any taxiing takes an aircraft (3 km)."""
_KEY: Final = ("icao24", "track_id")
_WHO: Final = "_who"


def no_ties() -> pl.DataFrame:
    """Say that no recording is known to be of an aircraft: track_id, icao24, without rows."""
    return pl.DataFrame(schema={"track_id": pl.String, "icao24": pl.String})


def _with_who(rows: pl.DataFrame, ties: pl.DataFrame) -> pl.DataFrame:
    """Name the aircraft of each row: its address, else the one a flight list names, else the recording."""
    of = dict(ties.select("track_id", "icao24").drop_nulls().unique("track_id").iter_rows())
    tied = pl.col("track_id").replace_strict(of, default=None, return_dtype=pl.String)
    return rows.with_columns(pl.coalesce("icao24", tied, pl.lit("track ") + pl.col("track_id"), pl.lit("")).alias(_WHO))


def with_neighbours(days: pl.DataFrame, wanted: pl.DataFrame, ties: pl.DataFrame | None = None) -> pl.DataFrame:
    """Add to the days wanted of each aircraft the next before and after on which it was seen.

    What a stop is depends on the flight before it and the flight after it, and these may lie days away.

    Parameters
    ----------
    days : icao24, track_id, day, positions
        All days of these aircraft.
    wanted : icao24, track_id, day
    ties : track_id, icao24
        Recordings without an address that are known to be of an aircraft.

    Returns
    -------
    polars.DataFrame
        The rows of `days` to read.
    """
    ties = no_ties() if ties is None else ties
    days = _with_who(days, ties)
    asked = _with_who(wanted, ties).select(_WHO, "day").unique().with_columns(_wanted=pl.lit(value=True))
    seen = (days.select(_WHO, "day").unique().join(asked, on=[_WHO, "day"], how="left").sort(_WHO, "day")).with_columns(
        pl.col("_wanted").fill_null(value=False)
    )
    before = pl.col("_wanted").shift(1, fill_value=False).over(_WHO)
    after = pl.col("_wanted").shift(-1, fill_value=False).over(_WHO)
    kept = seen.filter(pl.col("_wanted") | before | after)
    return days.join(kept, on=[_WHO, "day"], how="semi").drop(_WHO).sort(*_KEY, "day")


def beyond(
    lake: Lake, days: pl.DataFrame, since: date | None, until: date | None, ties: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Find the days outside a window that are needed to say how stops inside it began and ended.

    Parameters
    ----------
    lake : Lake
    days : icao24, track_id, day, positions
        All days of the aircraft.
    since, until : date, optional
        UTC days of the window, both included.
    ties : track_id, icao24

    Returns
    -------
    polars.DataFrame
        Rows of `days`: on either side of the window, day after day on which the aircraft was seen, until it has flown
        on `DAYS_FLOWN` of them.

    Notes
    -----
    A parked aircraft may be received for weeks before it leaves. It is given up after 120 days on which it was received
    and did not move.
    """
    days = _with_who(days, no_ties() if ties is None else ties)
    picked = [days.clear()]
    if since is not None:
        picked += _side(lake, days.filter(pl.col("day") < since), descending=True)
    if until is not None:
        picked += _side(lake, days.filter(pl.col("day") > until), descending=False)
    return pl.concat(picked).drop(_WHO)


def _side(lake: Lake, outside: pl.DataFrame, *, descending: bool) -> list[pl.DataFrame]:
    picked: list[pl.DataFrame] = []
    rank = pl.col("day").rank("dense", descending=descending).over(_WHO)
    waiting = outside.with_columns(_n=rank)
    flown = pl.DataFrame(schema={_WHO: pl.String, "day": pl.Date})
    for first in range(1, _MOST_DAYS, _AT_ONCE):
        step = waiting.filter(pl.col("_n").is_between(first, first + _AT_ONCE - 1))
        if not step.height:
            break
        picked.append(step.drop("_n"))
        flown = pl.concat([flown, _moved(lake, step)])
        enough = flown.group_by(_WHO).agg(pl.col("day").n_unique()).filter(pl.col("day") >= DAYS_FLOWN)
        waiting = waiting.join(enough, on=_WHO, how="anti")
    return picked


def _moved(lake: Lake, step: pl.DataFrame) -> pl.DataFrame:
    """Tell which aircraft moved from their place on which of these days."""
    spans = [
        (pl.col(c).cast(pl.Float64).max() - pl.col(c).cast(pl.Float64).min()) for c in ("latitude_deg", "longitude_deg")
    ]
    scans = [
        pl.scan_parquet(lake.layout.path("positions", day), glob=False)
        .filter(those(group))
        .group_by(*_KEY)
        .agg(pl.max_horizontal(*spans).alias("_span"))
        .filter(pl.col("_span") > _MOVED_DEG)
        .select(*_KEY, day=pl.lit(day))
        for (day,), group in step.partition_by("day", as_dict=True).items()
        if isinstance(day, date)
    ]
    moved = pl.concat(pl.collect_all(scans))
    return step.join(moved, on=[*_KEY, "day"], how="semi", nulls_equal=True).select(_WHO, "day").unique()


def those(group: pl.DataFrame) -> pl.Expr:
    """Select the rows of the aircraft and recordings listed: icao24, track_id."""
    wanted = pl.col("icao24").is_in(group["icao24"].drop_nulls().unique().to_list())
    tracks = group.filter(pl.col("icao24").is_null())["track_id"]
    if len(tracks):
        wanted = wanted.fill_null(value=False) | (
            pl.col("icao24").is_null() & pl.col("track_id").is_in(tracks.to_list())
        )
    return wanted
