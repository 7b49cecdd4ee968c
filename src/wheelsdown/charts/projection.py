"""From degrees to units on the paper: equirectangular, true to scale along the middle parallel; great circles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wheelsdown.charts.basemap import Box
from wheelsdown.geo import EARTH_RADIUS_KM, distance_km

__all__ = ["Projection", "fit_box", "great_circle", "thin", "west_of"]

_KM_A_DEGREE: Final = EARTH_RADIUS_KM * math.pi / 180
_MARGIN: Final = 0.14


@dataclass(frozen=True)
class Projection:
    """A rectangle of degrees on a rectangle of paper."""

    box: Box
    left: float
    top: float
    width: float
    height: float

    @property
    def middle_deg(self) -> float:
        """Parallel along which distances are true."""
        return (self.box.south + self.box.north) / 2

    @property
    def km_a_unit(self) -> float:
        """Kilometres along the middle parallel that one unit stands for."""
        return (self.box.north - self.box.south) * _KM_A_DEGREE / self.height

    def longitude(self, longitude_deg: float) -> float:
        """Turn a longitude so that it lies in the rectangle, if any turn of it does; else next to it."""
        middle = (self.box.west + self.box.east) / 2
        return (longitude_deg - middle + 180.0) % 360.0 - 180.0 + middle

    def point(self, latitude_deg: float, longitude_deg: float) -> tuple[float, float]:
        """Place one point."""
        lon = self.longitude(longitude_deg)
        x = self.left + (lon - self.box.west) / (self.box.east - self.box.west) * self.width
        y = self.top + (self.box.north - latitude_deg) / (self.box.north - self.box.south) * self.height
        return x, y

    def line(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Place n x 2 longitudes and latitudes that already lie in the turn of the rectangle."""
        x = self.left + (points[:, 0] - self.box.west) / (self.box.east - self.box.west) * self.width
        y = self.top + (self.box.north - points[:, 1]) / (self.box.north - self.box.south) * self.height
        return np.column_stack([x, y])


def west_of(longitudes_deg: Sequence[float]) -> float:
    """Give the western end of the smallest stretch of longitude that holds all points: it may cross 180 degrees."""
    lons = sorted({lon % 360.0 for lon in longitudes_deg})
    gaps = [(b - a, b) for a, b in zip(lons, [*lons[1:], lons[0] + 360.0], strict=True)]
    west = max(gaps)[1] % 360.0 - 1e-9  # no point lies west of it by rounding
    return west if west <= 180.0 else west - 360.0


def fit_box(
    points: Sequence[tuple[float, float]], *, width: float, shortest: float, tallest: float, least_deg: float
) -> tuple[Box, float]:
    """Choose the rectangle for a map, and its height on paper.

    Parameters
    ----------
    points : sequence of (latitude, longitude)
        What it must show, in degrees; at least one.
    width, shortest, tallest : float
        Of the paper, in units.
    least_deg : float
        It spans at least so much latitude and, to scale, longitude.

    Returns
    -------
    tuple of Box and float
    """
    lats = [lat for lat, _ in points]
    west = west_of([lon for _, lon in points])
    east = west + max((lon - west + 1e-9) % 360.0 for _, lon in points)
    south, north = min(lats), max(lats)
    middle = (south + north) / 2
    shrink = max(math.cos(math.radians(middle)), 0.2)
    high = max((north - south) * (1 + 2 * _MARGIN), least_deg)
    wide = min(max((east - west) * (1 + 2 * _MARGIN), least_deg / shrink), 360.0)
    height = min(max(high / (wide * shrink) * width, shortest), tallest)
    # what is too narrow or too flat for the paper shows more of what lies around
    if high / (wide * shrink) < height / width:
        high = wide * shrink * height / width
    else:
        wide = high / shrink * width / height
    if wide > 360.0:
        wide = 360.0
        high = min(high, 178.0)
        height = min(max(high / (wide * shrink) * width, shortest), tallest)
    high = min(high, 178.0)
    low = min(max(middle - high / 2, -89.0), 89.0 - high)
    centre = (west + east) / 2
    return Box(centre - wide / 2, low, centre + wide / 2, low + high), height


def great_circle(
    lat1_deg: float, lon1_deg: float, lat2_deg: float, lon2_deg: float, *, step_km: float = 50.0
) -> NDArray[np.float64]:
    """Give points along the shortest way, both ends included: n x 2, longitude (without jumps) and latitude."""
    km = float(distance_km(lat1_deg, lon1_deg, lat2_deg, lon2_deg))
    n = min(max(math.ceil(km / step_km), 1), 400)
    p1, l1, p2, l2 = (math.radians(v) for v in (lat1_deg, lon1_deg, lat2_deg, lon2_deg))
    a = np.array([math.cos(p1) * math.cos(l1), math.cos(p1) * math.sin(l1), math.sin(p1)])
    b = np.array([math.cos(p2) * math.cos(l2), math.cos(p2) * math.sin(l2), math.sin(p2)])
    angle = km / EARTH_RADIUS_KM
    if angle < 1e-9 or math.sin(angle) < 1e-9:
        return np.array([[lon1_deg, lat1_deg], [lon2_deg, lat2_deg]])
    t = np.linspace(0, 1, n + 1)[:, None]
    v = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / math.sin(angle)
    lon = np.unwrap(np.degrees(np.arctan2(v[:, 1], v[:, 0])), period=360.0)
    return np.column_stack([lon, np.degrees(np.arcsin(np.clip(v[:, 2], -1, 1)))])


def thin(points: NDArray[np.float64], apart: float) -> NDArray[np.float64]:
    """Leave out points of a line on paper that lie nearer than `apart` to the last one kept; ends stay."""
    if len(points) < 3:
        return points
    kept = [0]
    last = points[0]
    for i in range(1, len(points) - 1):
        if abs(points[i, 0] - last[0]) + abs(points[i, 1] - last[1]) >= apart:
            kept.append(i)
            last = points[i]
    return points[[*kept, len(points) - 1]]
