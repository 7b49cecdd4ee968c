"""What all files of OpenSky have in common: its card, and the positions that it repeats after an aircraft is lost."""

from __future__ import annotations

from typing import Final

import polars as pl

from wheelsdown.sources.interface import Card

__all__ = ["SOURCE", "card_of", "drop_stale"]

SOURCE: Final = "opensky"
_MOVING_KT: Final = 50.0


def card_of(shows: str, cannot_show: str) -> Card:
    """Make the card of one of its formats."""
    return Card(
        publisher="OpenSky Network",
        licence="OpenSky's terms: research and non-commercial use, citing Schäfer et al. 2014; not to be passed on raw",
        url="https://opensky-network.org/about/terms-of-use",
        coverage="where volunteers receive: dense in Europe and North America, since 2013; low traffic is missed",
        shows=shows,
        cannot_show=cannot_show,
    )


def drop_stale(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Leave out rows that only repeat the last position.

    OpenSky writes a row each second and goes on for up to 300 s after the last reception, with the last position. Such
    a row is no reception. Where the time of the position is known (`last_position`), a row that repeats it is left
    out. Elsewhere a row is left out if its aircraft does at least 50 kt by its own account, is not on the ground, and
    is exactly where it was in the row before. The first of each run stays.

    Parameters
    ----------
    frame : polars.DataFrame
        `icao24, time_utc, latitude_deg, longitude_deg, groundspeed_kt, on_ground` and, if known, `last_position`
        (aware UTC). Rows in any order.

    Returns
    -------
    tuple
        The rows that stay, in their order, without `last_position`; and how many were left out.

    Notes
    -----
    Parked and taxiing aircraft really repeat their position, and OpenSky keeps an old ground speed on the surface:
    rows on the ground, and slow ones, are never judged by their place. Where `last_position` is unknown, repeats of an
    aircraft without a ground speed stay.
    """
    if "last_position" not in frame.columns:
        frame = frame.with_columns(last_position=pl.lit(None, dtype=pl.Datetime("ms", "UTC")))
    before = {c: pl.col(c).shift(1).over("icao24") for c in ("last_position", "latitude_deg", "longitude_deg")}
    same_fix = (pl.col("last_position") == before["last_position"]).fill_null(value=False)
    same_place = (
        pl.col("last_position").is_null()
        & (pl.col("latitude_deg") == before["latitude_deg"])
        & (pl.col("longitude_deg") == before["longitude_deg"])
        & (pl.col("groundspeed_kt") > _MOVING_KT)
        & ~pl.col("on_ground").fill_null(value=False)
    ).fill_null(value=False)
    kept = (
        frame.with_row_index("_at")
        .sort("icao24", "time_utc", maintain_order=True)
        .filter(~(same_fix | same_place))
        .sort("_at")
        .drop("_at", "last_position")
    )
    return kept, frame.height - kept.height
