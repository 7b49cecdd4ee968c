"""Lines along what was received, interrupted wherever nothing was.

A line on a map says "it flew here". So a line joins two positions only if no silence lies between them, they lie on the
same side of the antimeridian, and the aircraft could have flown from one to the other in the time. No point is added.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.errors import OutputError
from wheelsdown.geo import distance_km
from wheelsdown.units import KM_PER_NM

__all__ = ["Tracks", "received", "stretches"]

_FASTEST_KT: Final = 1000.0
_JITTER_KM: Final = 2.0
_COLUMNS: Final = ("time_utc", "latitude_deg", "longitude_deg", "altitude_ft", "on_ground")


class Tracks:
    """The positions of each aircraft, in order of time, ready to be cut into pieces."""

    def __init__(self, positions: pl.DataFrame) -> None:
        keyed = positions.select(_key(), *_COLUMNS).filter(
            pl.col("latitude_deg").is_finite() & pl.col("longitude_deg").is_finite()
        )
        parts = keyed.sort("key", "time_utc", maintain_order=True).partition_by("key", as_dict=True, include_key=False)
        self._of: dict[Any, pl.DataFrame] = {key[0]: part for key, part in parts.items()}

    def between(self, row: dict[str, Any], since: datetime | None, until: datetime | None) -> pl.DataFrame:
        """Give the positions of the row's aircraft from `since` to `until`, both included; None is no bound."""
        track = self._of.get(row.get("icao24") or f"track {row.get('track_id')}")
        if track is None:
            return pl.DataFrame(schema=dict.fromkeys(_COLUMNS, pl.Null))
        time = pl.col("time_utc")
        return track.filter(
            (time >= since if since is not None else True) & (time <= until if until is not None else True)
        )


def received(leg: dict[str, Any]) -> tuple[datetime, datetime]:
    """Give the times between which a leg was received.

    Raises
    ------
    OutputError
        The columns were taken out of the table, so the leg cannot be drawn.
    """
    begin, end = leg.get("first_received_utc"), leg.get("last_received_utc")
    if begin is None or end is None:
        raise OutputError("legs are drawn from first_received_utc to last_received_utc; keep both columns")
    return begin, end


def _key() -> pl.Expr:
    return pl.coalesce("icao24", pl.format("track {}", pl.col("track_id"))).alias("key")


def stretches(track: pl.DataFrame, *, gap_min: float) -> Iterator[pl.DataFrame]:
    """Cut one aircraft's positions into stretches without a silence.

    Parameters
    ----------
    track : polars.DataFrame
        time_utc, latitude_deg, longitude_deg of one aircraft, in order of time.
    gap_min : float
        A silence longer than this, in minutes, ends a stretch.

    Yields
    ------
    polars.DataFrame
        Rows of `track`; a stretch may be a single position.

    Notes
    -----
    Also cut at the antimeridian and where the implied speed is above 1,000 kt over more than 2 km (one of the two
    positions is then wrong; which one is not judged here).
    """
    if track.is_empty():
        return
    seconds = track["time_utc"].dt.epoch("ms").to_numpy() / 1000.0
    lat, lon = track["latitude_deg"].to_numpy(), track["longitude_deg"].to_numpy()
    dt = np.diff(seconds)
    km = distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:])
    reach_km = dt / 3600.0 * _FASTEST_KT * KM_PER_NM + _JITTER_KM
    cut = (dt > gap_min * 60.0) | (np.abs(np.diff(lon)) > 180.0) | (km > reach_km)
    starts = np.concatenate(([0], np.flatnonzero(cut) + 1, [track.height]))
    for start, end in pairwise(starts):
        yield track.slice(int(start), int(end - start))
