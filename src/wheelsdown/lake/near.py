"""The second, small table: low and near positions and the ends of silences, filed under their place."""

from __future__ import annotations

from typing import Final

import polars as pl

from wheelsdown.lake.cells import ceiling_ft, cell_of
from wheelsdown.schema import AIRCRAFT_DAYS, NEAR

__all__ = ["NEAR_ORDER", "SILENCE_S", "aircraft_days", "near_rows", "traffic_rows"]

SILENCE_S: Final = 120
"""A silence this long has two ends worth keeping; far below what any rule calls a gap, so that none is missed."""
NEAR_ORDER: Final = ("place_cell", "icao24", "track_id", "time_utc", "source", "latitude_deg", "longitude_deg")
_TRACK: Final = ("icao24", "track_id", "source")


def near_rows(positions: pl.DataFrame) -> pl.DataFrame:
    """Pick from one day's positions what a question about a place needs to see.

    Parameters
    ----------
    positions : frame of POSITIONS
        Aircraft whole, ordered by icao24, track_id, time_utc; one UTC day.

    Returns
    -------
    NEAR, in the same order.

    Notes
    -----
    Each stop that `infer` can find at a place leaves a row here within 60 km of it: on the ground, low, or at the end
    of a silence. It cannot see what was not received.
    """
    frame = positions.select(
        *_TRACK, "time_utc", "latitude_deg", "longitude_deg", "on_ground", "receipt", "altitude_ft", "altitude_geom_ft"
    ).with_columns(altitude_ft=pl.coalesce("altitude_ft", "altitude_geom_ft"))
    if frame["source"].n_unique() > 1:
        frame = frame.sort(*_TRACK, "time_utc", maintain_order=True)
    latitude, longitude = frame["latitude_deg"].to_numpy(), frame["longitude_deg"].to_numpy()
    changed = pl.any_horizontal(pl.col(c).ne_missing(pl.col(c).shift(1)) for c in _TRACK)
    silent = (pl.col("time_utc").diff() > pl.duration(seconds=SILENCE_S)).fill_null(value=False)
    frame = frame.with_columns(
        pl.Series("place_cell", cell_of(latitude, longitude)),
        pl.Series("_ceiling", ceiling_ft(latitude, longitude)),
        _begins=(changed | silent) | (pl.int_range(pl.len()) == 0),
    )
    end = pl.col("_begins") | pl.col("_begins").shift(-1, fill_value=True)
    kind = (
        pl.when(pl.col("on_ground"))
        .then(pl.lit("ground"))
        .when(end)
        .then(pl.lit("end"))
        .when((pl.col("altitude_ft") <= pl.col("_ceiling")).fill_null(value=True))
        .then(pl.lit("low"))
    )
    return frame.with_columns(kind=kind).filter(pl.col("kind").is_not_null()).select(NEAR.names)


def traffic_rows(positions: pl.DataFrame) -> pl.DataFrame:
    """File positions of other traffic under their places; they are kept apart and nothing is inferred from them.

    Parameters
    ----------
    positions : frame with columns of POSITIONS
        At least time_utc, latitude_deg, longitude_deg and source.

    Returns
    -------
    NEAR, of kinds `ground` and `low`.
    """
    have = [n for n in NEAR.names if n in positions.columns and n not in ("place_cell", "kind")]
    frame = positions.select(have).with_columns(
        pl.Series("place_cell", cell_of(positions["latitude_deg"].to_numpy(), positions["longitude_deg"].to_numpy())),
        kind=pl.when(pl.col("on_ground") if "on_ground" in have else pl.lit(value=False))
        .then(pl.lit("ground"))
        .otherwise(pl.lit("low")),
    )
    return NEAR.conform(frame, fill=True)


def aircraft_days(positions: pl.DataFrame) -> pl.DataFrame:
    """Tell who was received on which day: AIRCRAFT_DAYS, from POSITIONS of whole aircraft."""
    return AIRCRAFT_DAYS.conform(
        positions.group_by("icao24", "track_id", pl.col("time_utc").dt.date().alias("day"), "source")
        .agg(
            positions=pl.len().cast(pl.Int32),
            first_utc=pl.col("time_utc").min(),
            last_utc=pl.col("time_utc").max(),
        )
        .sort("icao24", "track_id", "day", "source")
    )
