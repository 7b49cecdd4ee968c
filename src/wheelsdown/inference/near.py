"""Compiled geometry: distances, the grid search, and how far a point is from a field's runways."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wheelsdown.inference.fields import CELLS_PER_DEG, FieldIndex
from wheelsdown.jit import compiled

__all__ = ["course_difference", "dist_km", "fields_within", "nearest_field", "rough_km", "runway_distance_km"]

_KM_PER_DEG = 111.195
_COLS = 360 * CELLS_PER_DEG
_ROWS = 180 * CELLS_PER_DEG
_FIELD_REACH_KM = 6.0  # a runway's end may lie this far from its field's reference point


@compiled
def _wrap180(deg: float) -> float:
    return (deg + 180.0) % 360.0 - 180.0


@compiled
def course_difference(a_deg: float, b_deg: float) -> float:
    """Signed difference a - b, -180 to 180 degrees."""
    return _wrap180(a_deg - b_deg)


@compiled
def dist_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance (haversine), km."""
    p1 = math.radians(lat1)
    p2 = math.radians(lat2)
    dl = math.radians(lon2 - lon1)
    a = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(dl / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(min(1.0, max(0.0, a))))


@compiled
def rough_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Distance of neighbouring positions on a plane: half a per cent off below 100 km, and several times quicker."""
    dx = _wrap180(lon2 - lon1) * math.cos(math.radians(lat1))
    dy = lat2 - lat1
    return _KM_PER_DEG * math.sqrt(dx * dx + dy * dy)


@compiled
def fields_within(lat: float, lon: float, radius_km: float, fx: FieldIndex, out: Any) -> int:
    """Write the fields whose reference point lies within radius + 6 km into `out`; return how many fitted."""
    reach = radius_km + _FIELD_REACH_KM
    dlat = reach / _KM_PER_DEG
    coslat = max(0.02, math.cos(math.radians(min(89.0, abs(lat) + dlat))))
    dlon = min(180.0, dlat / coslat)
    row0 = max(0, math.floor((lat - dlat + 90.0) * CELLS_PER_DEG))
    row1 = min(_ROWS - 1, math.floor((lat + dlat + 90.0) * CELLS_PER_DEG))
    col0 = math.floor((lon - dlon + 180.0) * CELLS_PER_DEG)
    col1 = math.floor((lon + dlon + 180.0) * CELLS_PER_DEG)
    if col1 - col0 >= _COLS:
        col1 = col0 + _COLS - 1
    n = 0
    for row in range(row0, row1 + 1):
        for col in range(col0, col1 + 1):
            cell = row * _COLS + col % _COLS
            for q in range(fx.cell_first[cell], fx.cell_first[cell + 1]):
                k = fx.cell_field[q]
                # a cheap latitude test first: most of a cell lies outside the circle
                close = abs(fx.f_lat[k] - lat) <= dlat and n < out.shape[0]
                if close and dist_km(lat, lon, fx.f_lat[k], fx.f_lon[k]) <= reach:
                    out[n] = k
                    n += 1
    return n


@compiled
def runway_distance_km(lat: float, lon: float, k: int, fx: FieldIndex) -> float:
    """Distance to the field's nearest runway; to its reference point where no runway has known ends."""
    best = 1e9
    for r in range(fx.r_first[k], fx.r_first[k + 1]):
        c = math.cos(math.radians(fx.r_lat1[r]))
        bx = _wrap180(fx.r_lon2[r] - fx.r_lon1[r]) * c * _KM_PER_DEG
        by = (fx.r_lat2[r] - fx.r_lat1[r]) * _KM_PER_DEG
        px = _wrap180(lon - fx.r_lon1[r]) * c * _KM_PER_DEG
        py = (lat - fx.r_lat1[r]) * _KM_PER_DEG
        s = (px * bx + py * by) / (bx * bx + by * by)
        s = min(1.0, max(0.0, s))
        d = math.hypot(px - s * bx, py - s * by)
        best = min(best, d)
    if best > 1e8:
        best = dist_km(lat, lon, fx.f_lat[k], fx.f_lon[k])
    return best


@compiled
def nearest_field(
    lat: float, lon: float, radius_km: float, fixed_wing: bool, fx: FieldIndex, buf: Any
) -> tuple[int, float]:
    """Field with the nearest runway within the radius, and the distance; (-1, inf) where there is none.

    Heliports, water and balloon fields are passed over for a fixed-wing aircraft.
    """
    n = fields_within(lat, lon, radius_km, fx, buf)
    best, best_km = -1, np.inf
    for q in range(n):
        k = buf[q]
        if fixed_wing and fx.f_kind[k] in (1, 2):
            continue
        d = runway_distance_km(lat, lon, k, fx)
        if d <= radius_km and d < best_km:
            best, best_km = k, d
    return best, best_km
