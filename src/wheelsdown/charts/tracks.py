"""Positions as lines for a map: what was received, and the silences between."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wheelsdown.charts.projection import great_circle
from wheelsdown.geo import distance_km

__all__ = ["Tracks", "silences_and_tracks"]

_SILENCE_S: Final = 900.0
_NEAR_KM: Final = 3.0
_MOST_SILENCES: Final = 400
_MOST_POINTS: Final = 2000


@dataclass(frozen=True)
class Tracks:
    """Lines of longitude and latitude, n x 2, without jumps at 180 degrees."""

    lines: list[NDArray[np.float64]] = field(default_factory=list)
    silences: list[NDArray[np.float64]] = field(default_factory=list)
    corners: list[tuple[float, float]] = field(default_factory=list)
    """Points (latitude, longitude) that span everything."""

    @property
    def any(self) -> bool:
        """Whether anything was received."""
        return bool(self.lines)


def silences_and_tracks(positions: pl.DataFrame | None) -> Tracks:
    """Cut positions at silences of more than 15 minutes, by recording.

    Parameters
    ----------
    positions : polars.DataFrame, optional
        POSITIONS, in any order.

    Returns
    -------
    Tracks
        A silence in which the aircraft was found again within 3 km is not drawn: it stood there. At most 400.
    """
    found = Tracks()
    if positions is None or positions.is_empty():
        return found
    rows = positions.select("icao24", "track_id", "time_utc", "latitude_deg", "longitude_deg").sort(
        "icao24", "track_id", "time_utc"
    )
    for part in rows.partition_by("icao24", "track_id", maintain_order=True):
        lat, lon = part["latitude_deg"].to_numpy(), part["longitude_deg"].to_numpy()
        lon = np.unwrap(lon, period=360.0)
        seconds = part["time_utc"].dt.epoch("us").to_numpy() / 1e6
        cuts = np.flatnonzero(np.diff(seconds) > _SILENCE_S) + 1
        for piece in np.split(np.column_stack([lon, lat]), cuts):
            if len(piece) > 1:
                # more points than a map shows
                found.lines.append(
                    piece[np.r_[0 : len(piece) - 1 : math.ceil(len(piece) / _MOST_POINTS), len(piece) - 1]]
                )
        for cut in cuts.tolist():
            ends = (lat[cut - 1], lon[cut - 1], lat[cut], lon[cut])
            if len(found.silences) < _MOST_SILENCES and float(distance_km(*ends)) > _NEAR_KM:
                found.silences.append(great_circle(*(float(v) for v in ends)))
        for values in (lat, lon):
            for at in (int(np.argmin(values)), int(np.argmax(values))):
                found.corners.append((float(lat[at]), float(lon[at])))
    return found
