"""Outlines of countries from Natural Earth, cut to a rectangle of latitude and longitude.

The file ships inside the package (``data/NOTICE.md``); nothing is fetched. Borders are drawn as they are held, at
1:50m: good to a few kilometres, no evidence of where a border runs.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Box", "Clipped", "clip", "clip_line", "clip_ring", "names"]

Points = NDArray[np.float64]
"""n x 2: longitude, latitude in degrees."""


@dataclass(frozen=True)
class Box:
    """A rectangle in degrees; `west` below -180 or `east` above 180 goes across the antimeridian."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Clipped:
    """What of the world lies in a rectangle, in its own longitudes."""

    countries: tuple[tuple[str, tuple[Points, ...]], ...]
    """Name, and rings: to be filled by the even-odd rule."""
    borders: tuple[Points, ...]
    """Lines between two countries, coasts left out."""
    coasts: tuple[Points, ...]


@dataclass(frozen=True)
class _World:
    countries: tuple[tuple[str, tuple[Points, ...]], ...]
    borders: tuple[Points, ...]
    coasts: tuple[Points, ...]


@cache
def _world() -> _World:
    data = gzip.decompress(resources.files("wheelsdown.charts").joinpath("data/countries-50m.gz").read_bytes())
    line, _, body = data.partition(b"\n")
    head: dict[str, Any] = json.loads(line)
    planes = np.frombuffer(body, dtype=np.uint8).reshape(4, -1)
    steps = np.ascontiguousarray(planes.T).view("<i4").reshape(2, -1)
    ends = np.cumsum(head["sizes"])
    arcs: list[Points] = []
    for start, end in zip(ends - head["sizes"], ends, strict=True):
        points = np.cumsum(steps[:, start:end], axis=1).T * head["scale"] + head["translate"]
        points[:, 0] = np.unwrap(points[:, 0], period=360.0)
        arcs.append(points)
    used: Counter[int] = Counter(n if n >= 0 else ~n for _, rings in head["countries"] for ring in rings for n in ring)
    countries = tuple((name, tuple(_ring(arcs, ring) for ring in rings)) for name, rings in head["countries"])
    return _World(
        countries,
        tuple(arc for n, arc in enumerate(arcs) if used[n] > 1),
        tuple(arc for n, arc in enumerate(arcs) if used[n] == 1),
    )


def _ring(arcs: list[Points], numbers: list[int]) -> Points:
    """Join arcs to a closed ring; one that goes around a pole is closed along it."""
    parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
    points = np.concatenate([parts[0], *(p[1:] for p in parts[1:])])
    points[:, 0] = np.unwrap(points[:, 0], period=360.0)
    if abs(points[-1, 0] - points[0, 0]) > 180:
        pole = -90.0 if points[:, 1].mean() < 0 else 90.0
        corners = [[points[-1, 0], pole], [points[0, 0], pole], points[0]]
        points = np.concatenate([points, np.array(corners)])
    return points


def names() -> tuple[str, ...]:
    """Names of all countries and territories on the map."""
    return tuple(name for name, _ in _world().countries)


def clip(box: Box) -> Clipped:
    """Cut the world to a rectangle.

    Parameters
    ----------
    box : Box
        In degrees. Up to 360 degrees wide.

    Returns
    -------
    Clipped
        Countries with an area in it, borders and coasts; longitudes between `west` and `east`.

    Notes
    -----
    Rings are cut by Sutherland and Hodgman (1974), lines by Liang and Barsky (1984). A ring that leaves the rectangle
    and comes back is joined along its edge: fill it, and do not draw its outline.
    """
    world = _world()
    countries = []
    for name, rings in world.countries:
        kept = tuple(cut for ring in rings for moved in _copies(ring, box) if len(cut := clip_ring(moved, box)) >= 4)
        if kept:
            countries.append((name, kept))
    lines = tuple(
        tuple(cut for arc in arcs for moved in _copies(arc, box) for cut in clip_line(moved, box))
        for arcs in (world.borders, world.coasts)
    )
    return Clipped(tuple(countries), *lines)


def _copies(points: Points, box: Box) -> list[Points]:
    """Give a line in every turn of longitude in which it may touch the rectangle."""
    low, high = points[:, 1].min(), points[:, 1].max()
    if high < box.south or low > box.north:
        return []
    west, east = points[:, 0].min(), points[:, 0].max()
    turns = range(int(np.ceil((box.west - east) / 360)), int(np.floor((box.east - west) / 360)) + 1)
    return [points + np.array([360.0 * turn, 0.0]) for turn in turns]


def clip_ring(ring: Points, box: Box) -> Points:
    """Cut a closed ring to a rectangle (Sutherland and Hodgman 1974); no rows where nothing is left."""
    for axis, limit, sign in ((0, box.west, 1), (0, box.east, -1), (1, box.south, 1), (1, box.north, -1)):
        if len(ring) < 3:
            return np.empty((0, 2))
        inside = (ring[:, axis] - limit) * sign >= 0
        if inside.all():
            continue
        a, b = ring, np.roll(ring, -1, axis=0)
        crossing = inside != np.roll(inside, -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(crossing, (limit - a[:, axis]) / (b[:, axis] - a[:, axis]), 0.0)
        met = a + (b - a) * share[:, None]
        met[:, axis] = limit
        # each edge gives its start where that is inside, then the crossing where there is one
        both = np.stack([a, met], axis=1).reshape(-1, 2)
        ring = both[np.stack([inside, crossing], axis=1).reshape(-1)]
    return ring


def clip_line(line: Points, box: Box) -> list[Points]:
    """Cut a line to a rectangle (Liang and Barsky 1984): the parts that lie in it."""
    a, b = line[:-1], line[1:]
    step = b - a
    enter, leave = np.zeros(len(a)), np.ones(len(a))
    visible = np.ones(len(a), dtype=bool)
    for axis, low, high in ((0, box.west, box.east), (1, box.south, box.north)):
        for sign, room in ((-1, a[:, axis] - low), (1, high - a[:, axis])):
            speed = sign * step[:, axis]
            visible &= ~((speed == 0) & (room < 0))
            with np.errstate(divide="ignore", invalid="ignore"):
                share = room / speed
            enter = np.where(speed < 0, np.maximum(enter, share), enter)
            leave = np.where(speed > 0, np.minimum(leave, share), leave)
    visible &= enter <= leave
    if not visible.any():
        return []
    start, end = a + step * enter[:, None], a + step * leave[:, None]
    joined = visible[1:] & visible[:-1] & (leave[:-1] == 1) & (enter[1:] == 0)
    parts: list[Points] = []
    run: list[Any] = []
    for i in np.flatnonzero(visible):
        if run and not (i > 0 and joined[i - 1]):
            parts.append(np.array(run))
            run = []
        if not run:
            run.append(start[i])
        run.append(end[i])
    parts.append(np.array(run))
    return parts
