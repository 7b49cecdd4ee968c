"""The way in: waypoints from where it comes to the final, and the height for each kilometre left; compiled."""

from __future__ import annotations

import math
from typing import Any

from wheelsdown.jit import compiled
from wheelsdown.simulate.steering import bearing_and_km, offset, wrapped

__all__ = ["SLOPE_FT_PER_KM", "arrival_way", "height_at", "pick_end"]

SLOPE_FT_PER_KM = 171.9
"""3 degrees."""


@compiled
def pick_end(k: int, need_km: float, east_kt: float, north_kt: float, dice: float, ports: Any) -> int:
    """The runway end with the most wind against it; among nearly equal ones chance decides.

    `dice` also turns one choice in twenty of those in light wind: local rules beat the wind sometimes.
    """
    best, best_score = -1, -1e9
    for e in range(ports.first[k], ports.first[k + 1]):
        if ports.e_length_km[e] < need_km:
            continue
        h = ports.e_heading_deg[e] * math.pi / 180.0
        head = -(east_kt * math.sin(h) + north_kt * math.cos(h))
        # a few knots of difference do not decide: the part of chance differs for each end
        score = head + 3.0 * ((dice * 7919.0 * (e - ports.first[k] + 1)) % 1.0)
        if dice > 0.95 and head > -6.0:
            score += 12.0 * ((dice * 104729.0 * (e - ports.first[k] + 1)) % 1.0)
        if score > best_score:
            best, best_score = e, score
    if best < 0:
        # displaced thresholds may have eaten what was needed: the longest then
        longest = -1.0
        for e in range(ports.first[k], ports.first[k + 1]):
            if ports.e_length_km[e] > longest:
                best, longest = e, ports.e_length_km[e]
    return best


@compiled
def arrival_way(
    lat: float,
    lon: float,
    heading: float,
    final_km: float,
    from_lat: float,
    from_lon: float,
    width_km: float,
    straight: bool,
    dice: float,
    wp: Any,
    n: int,
) -> int:
    """Waypoints to the final from where it comes; gives their number.

    Straight in, by a base leg, or by downwind and base, as the direction asks.
    """
    bearing, _km = bearing_and_km(lat, lon, from_lat, from_lon)
    back = heading + 180.0
    rel = wrapped(bearing - back)
    side = 1.0 if rel > 0 else -1.0
    if abs(rel) > 150.0 and dice < 0.5:
        side = -side
    width = side * width_km
    if abs(rel) < 60.0 and straight:
        a, b = offset(lat, lon, back, final_km + 7.0)
        wp[n, 0], wp[n, 1] = offset(a, b, back + 90.0, 0.12 * width)
        return n + 1
    if abs(rel) > 100.0:
        a, b = offset(lat, lon, back, -2.0 + 4.0 * dice)
        wp[n, 0], wp[n, 1] = offset(a, b, back + 90.0, width)
        n += 1
    a, b = offset(lat, lon, back, final_km + 2.0)
    wp[n, 0], wp[n, 1] = offset(a, b, back + 90.0, width)
    return n + 1


@compiled
def height_at(left_km: float, level_ft: float, level_km: float, slope: float, high_ft: float, high_km: float) -> float:
    """Height above the field with so many kilometres left: 3 degrees, level before it, then down from above.

    Parameters
    ----------
    left_km : float
        Along the way.
    level_ft, level_km : float
        Level stretch before the glide path.
    slope : float
        Feet a kilometre of the descent before that.
    high_ft, high_km : float
        Another level stretch on the way; none with 0 km.
    """
    glide = level_ft / SLOPE_FT_PER_KM
    if left_km <= glide:
        return left_km * SLOPE_FT_PER_KM
    if left_km <= glide + level_km:
        return level_ft
    h = level_ft + slope * (left_km - glide - level_km)
    if high_km > 0.0 and h > high_ft:
        h = max(high_ft, h - slope * high_km)
    return h
