"""Even circles: false positions fly them at a steady speed, aircraft in the wind seldom do."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wheelsdown.inference.points import KM_PER_KT_S

__all__ = ["UNEVEN", "fitted", "kasa", "turned_deg"]

UNEVEN = 0.05
"""Rms of the distances from a circle, over its radius, below which it is even (methods, section 6)."""
_SPEED_SPREAD = 0.15
_LEAST_KM, _MOST_KM = 0.5, 60.0


def kasa(x: Any, y: Any) -> tuple[float, float, float, float]:
    """Fit a circle to points on a plane (Kasa 1976, IEEE Trans. Instrum. Meas. 25:8).

    Returns
    -------
    x, y, radius, rms of the distances from the circle
    """
    a = np.stack([x, y, np.ones_like(x)], axis=1)
    solved, *_ = np.linalg.lstsq(a, x * x + y * y, rcond=None)
    cx, cy = solved[0] / 2.0, solved[1] / 2.0
    radius = math.sqrt(max(0.0, float(solved[2] + cx * cx + cy * cy)))
    rms = float(np.sqrt(np.mean((np.hypot(x - cx, y - cy) - radius) ** 2)))
    return float(cx), float(cy), radius, rms


def fitted(t: Any, lat: Any, lon: Any) -> tuple[float, float, float, float] | None:
    """Fit a circle to a stretch of track: latitude and longitude of its centre, radius in km, unevenness.

    Nothing where it is uneven, smaller than half a kilometre, wider than sixty, or not flown at a steady speed.
    """
    lat0, lon0 = float(lat[0]), float(lon[0])
    scale = math.cos(math.radians(lat0))
    x = ((lon - lon0 + 180.0) % 360.0 - 180.0) * scale * 111.195
    y = (lat - lat0) * 111.195
    cx, cy, radius, rms = kasa(x, y)
    if not _LEAST_KM <= radius <= _MOST_KM or rms > UNEVEN * radius:
        return None
    # along the circle: between positions far apart the chord is shorter than what was flown
    angle = np.arctan2(y - cy, x - cx)
    arc = np.abs((np.diff(angle) + math.pi) % (2.0 * math.pi) - math.pi) * radius
    speed = arc / np.maximum(1e-3, np.diff(t)) / KM_PER_KT_S
    if float(np.std(speed)) > _SPEED_SPREAD * float(np.mean(speed)):
        return None
    return lat0 + cy / 111.195, lon0 + cx / 111.195 / scale, radius, rms / radius


def turned_deg(lat: Any, lon: Any, centre: tuple[float, float]) -> float:
    """Degrees that a track turns round a centre; steps of half a turn and more are not told apart."""
    x = ((lon - centre[1] + 180.0) % 360.0 - 180.0) * math.cos(math.radians(centre[0]))
    angle = np.arctan2(lat - centre[0], x)
    return abs(float(np.sum((np.diff(angle) + math.pi) % (2.0 * math.pi) - math.pi))) * 180.0 / math.pi
