"""Plane geometry for steering, compiled: bearings, offsets, turns."""

from __future__ import annotations

import math
from typing import Any

from wheelsdown.jit import compiled

__all__ = ["KM_PER_DEG", "bearing_and_km", "offset", "speed_true_kt", "turn_radius_km", "wrapped"]

KM_PER_DEG = 111.195
_RAD = math.pi / 180.0


@compiled
def wrapped(deg: float) -> float:
    """An angle as -180 to 180."""
    return (deg + 180.0) % 360.0 - 180.0


@compiled
def offset(lat: float, lon: float, bearing_deg: float, km: float) -> Any:
    """The point so far away in that direction, on a plane: for some tens of kilometres."""
    b = bearing_deg * _RAD
    north = lat + km * math.cos(b) / KM_PER_DEG
    return north, lon + km * math.sin(b) / (KM_PER_DEG * math.cos(lat * _RAD))


@compiled
def bearing_and_km(lat1: float, lon1: float, lat2: float, lon2: float) -> Any:
    """Bearing in degrees and distance in km: on a plane where near, on the sphere where far."""
    dlon = wrapped(lon2 - lon1)
    north = (lat2 - lat1) * KM_PER_DEG
    east = dlon * KM_PER_DEG * math.cos((lat1 + lat2) * 0.5 * _RAD)
    km = math.sqrt(north * north + east * east)
    if km < 80.0:
        return math.atan2(east, north) / _RAD, km
    p1, p2, dl = lat1 * _RAD, lat2 * _RAD, dlon * _RAD
    y = math.sin(dl) * math.cos(p2)
    x = math.cos(p1) * math.sin(p2) - math.sin(p1) * math.cos(p2) * math.cos(dl)
    a = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(dl / 2) ** 2
    return math.atan2(y, x) / _RAD, 2 * 6371.0088 * math.asin(min(1.0, math.sqrt(a)))


@compiled
def speed_true_kt(indicated_kt: float, altitude_ft: float) -> float:
    """True airspeed from indicated, by the standard atmosphere's density (compressibility left out)."""
    h = min(max(altitude_ft, -2000.0), 36089.0)
    ratio = (1.0 - 6.8756e-6 * h) ** 4.2559
    if altitude_ft > 36089.0:
        ratio *= math.exp(-(altitude_ft - 36089.0) / 20806.0)
    return indicated_kt / math.sqrt(ratio)


@compiled
def turn_radius_km(kt: float) -> float:
    """Radius of a turn with 25 degrees of bank."""
    mps = kt * 0.514444
    return mps * mps / (9.80665 * 0.466308) / 1000.0
