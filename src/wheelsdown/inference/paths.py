"""Paths to a runway: straight in, with one turn, or free; and how well their length fits the height."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wheelsdown.inference.fields import FieldIndex
from wheelsdown.inference.near import course_difference, dist_km
from wheelsdown.inference.points import GROUND
from wheelsdown.jit import compiled

__all__ = ["ALIGNED", "FREE", "ONE_TURN", "course_at", "path_to", "runway_frame", "slope_cost"]

ALIGNED, ONE_TURN, FREE = 1, 2, 3
"""Models of a path to the runway."""


@compiled
def path_to(
    dx: float,
    dy: float,
    delta: float,
    radius_km: float,
    final_km: float,
    lateral_ok_km: float,
    course_ok: float,
    spread: float,
    length_km: float,
) -> tuple[int, float, float]:
    """Model, length and turn of the path from x before the threshold, y right of the centreline, on a course delta off.

    Straight in, or straight - one turn - straight; anything else is a free path.
    """
    if dx > -length_km and abs(dy) <= lateral_ok_km + spread * max(0.0, dx) and abs(delta) <= course_ok:
        return ALIGNED, max(0.05, math.hypot(dx, dy)), abs(delta)
    away = abs(delta)
    if 3.0 < away < 150.0:
        s = math.sin(math.radians(delta))
        b = -dy / s
        tangent = radius_km * math.tan(math.radians(away / 2.0))
        x_turn = dx - b * math.cos(math.radians(delta))
        if b >= 0.6 * tangent and x_turn >= final_km + 0.6 * tangent:
            arc = radius_km * math.radians(away)
            return ONE_TURN, max(0.1, b + x_turn - 2.0 * tangent + arc), away
    return FREE, math.hypot(dx, dy) * 1.15 + 2.0 * radius_km * math.radians(away), away


@compiled
def slope_cost(
    height_ft: float, path_km: float, typical_ft_per_km: float, free_km: float, steep_sd: float, shallow_sd: float
) -> float:
    """Cost of a path longer or shorter than the height asks for (log-normal)."""
    expected = max(height_ft, 100.0) / typical_ft_per_km + free_km
    q = math.log(max(path_km, 0.1) / expected)
    # close to the runway the unknown pressure of the day weighs more than the slope
    sd = (steep_sd if q < 0 else shallow_sd) + 0.8 * math.exp(-path_km / 2.0)
    return 0.5 * (q / sd) ** 2


@compiled
def course_at(i: int, step: int, stop: int, t: Any, lat: Any, lon: Any, trk: Any, state: Any) -> float:
    """Course over ground at position i: as reported, else from the next usable position half a kilometre off."""
    if not math.isnan(trk[i]):
        return trk[i]
    j = i + step
    while j != stop and abs(t[j] - t[i]) <= 120.0:
        if state[j] <= GROUND and dist_km(lat[i], lon[i], lat[j], lon[j]) >= 0.5:
            dx = course_difference(lon[j], lon[i]) * math.cos(math.radians(lat[i]))
            dy = lat[j] - lat[i]
            c = math.degrees(math.atan2(dx, dy))
            return c + 180.0 if step < 0 else c
        j += step
    return np.nan


@compiled
def runway_frame(lat: float, lon: float, r: int, end: int, fx: FieldIndex) -> tuple[float, float, float, float]:
    """Km before the threshold of one runway end, km right of its centreline; its heading and elevation."""
    if end == 0:
        tlat, tlon, heading, elev = fx.r_lat1[r], fx.r_lon1[r], fx.r_heading_deg[r], fx.r_elev1_ft[r]
    else:
        tlat, tlon, heading, elev = fx.r_lat2[r], fx.r_lon2[r], fx.r_heading_deg[r] + 180.0, fx.r_elev2_ft[r]
    east = course_difference(lon, tlon) * math.cos(math.radians((lat + tlat) / 2)) * 111.195
    north = (lat - tlat) * 111.195
    h = math.radians(heading)
    along = east * math.sin(h) + north * math.cos(h)
    right = east * math.cos(h) - north * math.sin(h)
    return -along, right, heading, elev
