"""What shows only in several flights together, or in a whole stretch: crowds at one spot, even circles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wheelsdown.geo import distance_km
from wheelsdown.inference.circles import UNEVEN, fitted
from wheelsdown.inference.figures import DoubtRules, Finding, Flight, stalled_rows
from wheelsdown.inference.kernel import JUMP, SEG_GROUND
from wheelsdown.inference.points import AWAY, GROUND
from wheelsdown.inference.stops import Work

__all__ = ["Circle", "circle_of", "crowds", "even_circles"]

_CROWD, _CROWD_KM, _CROWD_S = 3, 2.0, 600.0
_TURNED_DEG, _TURNED_ALONE_DEG = 300.0, 720.0
_WINDOW_S = 1800.0
_CELL_DEG = 0.03


@dataclass(frozen=True, slots=True)
class Circle:
    """A fitted circle: centre, radius, unevenness (rms over radius), degrees turned, rows."""

    lat: float
    lon: float
    radius_km: float
    uneven: float
    turned_deg: float
    rows: Any


def circle_of(work: Work, flight: Flight) -> Circle | None:
    """Find the stretch of a flight, at most half an hour, that turns most and lies on a circle."""
    tr = work.tracks
    rows = np.arange(flight.lo, flight.hi + 1)
    rows = rows[(work.state[rows] != GROUND) & ((work.state[rows] < GROUND) | (work.state[rows] == AWAY))]
    if len(rows) < 12:
        return None
    # a point every tenth of a kilometre or more: positions closer together have no course
    lat, lon = tr.lat[rows], tr.lon[rows]
    east = (lon - lon[0] + 180.0) % 360.0 - 180.0
    x, y = east * np.cos(np.radians(lat)) * 111.195, (lat - lat[0]) * 111.195
    keep = [0]
    for n in range(1, len(rows)):
        if math.hypot(x[n] - x[keep[-1]], y[n] - y[keep[-1]]) >= 0.1:
            keep.append(n)
    at = np.array(keep)
    if len(at) < 12:
        return None
    course = np.degrees(np.arctan2(np.diff(x[at]), np.diff(y[at])))
    turn = (np.diff(course) + 180.0) % 360.0 - 180.0
    total = np.concatenate([[0.0, 0.0], np.cumsum(turn)])
    t = tr.t[rows[at]]
    best: Circle | None = None
    a = 0
    for b in range(11, len(at), 3):
        # the shortest stretch that ends here and turns far enough
        while a + 12 < b and abs(total[b] - total[a + 1]) >= _TURNED_DEG:
            a += 1
        if abs(total[b] - total[a]) < _TURNED_DEG or t[b] - t[a] > _WINDOW_S or b - a < 11:
            continue
        found = _fitted(work, rows[at[a : b + 1]])
        if found is None:
            continue
        lo, hi = _extended(found, tr.lat[rows[at]], tr.lon[rows[at]], a, b)
        turned = abs(float(total[hi] - total[lo]))
        if best is None or turned > best.turned_deg:
            best = replace(found, turned_deg=turned, rows=rows[at[lo] : at[hi] + 1])
    return best


def _extended(circle: Circle, lat: Any, lon: Any, lo: int, hi: int) -> tuple[int, int]:
    """Go on in both directions as long as the track stays on the circle."""
    off = np.abs(distance_km(lat, lon, circle.lat, circle.lon) - circle.radius_km) <= 3.0 * UNEVEN * circle.radius_km
    while lo > 0 and off[lo - 1]:
        lo -= 1
    while hi + 1 < len(off) and off[hi + 1]:
        hi += 1
    return lo, hi


def _fitted(work: Work, rows: Any) -> Circle | None:
    tr = work.tracks
    fit = fitted(tr.t[rows], tr.lat[rows], tr.lon[rows])
    return None if fit is None else Circle(*fit, _TURNED_DEG, rows)


def even_circles(work: Work, flights: list[Flight]) -> Iterator[tuple[int, Finding]]:
    """Yield circles that are more than one aircraft's, of a track that jumps, or of two turns and more."""
    circles = {n: c for n, f in enumerate(flights) if (c := circle_of(work, f)) is not None}
    for n, c in circles.items():
        own = work.tracks.keys[flights[n].group][:2]
        together = any(
            work.tracks.keys[flights[m].group][:2] != own
            and float(distance_km(c.lat, c.lon, other.lat, other.lon)) <= _CROWD_KM
            for m, other in circles.items()
        )
        jumps = any(work.seg[s, 4] == JUMP for s in flights[n].segments) or bool(np.any(work.state[c.rows] == AWAY))
        if together or jumps or c.turned_deg >= _TURNED_ALONE_DEG:
            why = f"{c.turned_deg:.0f} degrees on a circle of {c.radius_km:.1f} km at a steady speed"
            why += ", as another aircraft at the same centre" if together else ""
            yield n, Finding("circling", c.rows, why, c.uneven, "rms / radius", UNEVEN, at=(c.lat, c.lon))


def crowds(work: Work, flights: list[Flight], rules: DoubtRules) -> Iterator[tuple[int, Finding]]:
    """Yield flights with doubtful positions where those of two other addresses are too, within ten minutes."""
    events: dict[tuple[int, int, int], list[tuple[str, float, float, float, int]]] = {}
    runs: list[tuple[int, Any]] = []
    for n, flight in enumerate(flights):
        for rows in _doubtful(work, flight, rules):
            runs.append((n, rows))
            for t, lat, lon in _spots(work, rows):
                cell = (int(t // _CROWD_S), math.floor(lat / _CELL_DEG), math.floor(lon / _CELL_DEG))
                name = work.tracks.keys[flight.group]
                events.setdefault(cell, []).append((str(name[0] or name[1]), t, lat, lon, len(runs) - 1))
    seen: set[int] = set()
    for (bin_, row, column), own in events.items():
        around = [
            e
            for dt in (-1, 0, 1)
            for dr in (-1, 0, 1)
            for dc in (-1, 0, 1)
            for e in events.get((bin_ + dt, row + dr, column + dc), ())
        ]
        for name, t, lat, lon, run in own:
            if run in seen:
                continue
            there = {
                e[0] for e in around if abs(e[1] - t) <= _CROWD_S and distance_km(lat, lon, e[2], e[3]) <= _CROWD_KM
            } | {name}
            if len(there) >= _CROWD:
                seen.add(run)
                n, rows = runs[run]
                why = f"{len(there)} addresses within {_CROWD_KM:.0f} km and ten minutes, none of which flew there"
                yield n, Finding("crowd", rows, why, float(len(there)), "addresses", float(_CROWD), at=(lat, lon))


def _doubtful(work: Work, flight: Flight, rules: DoubtRules) -> Iterator[Any]:
    """Rows of a flight that were not reached by flying, or where no aircraft stays up."""
    rows = np.arange(flight.lo, flight.hi + 1)
    away = rows[work.state[rows] == AWAY]
    slow = stalled_rows(work, flight, rules)
    if len(away) or len(slow):
        yield np.union1d(away, slow).astype(np.int64)
    for stop in flight.stops:
        if stop.ground is not None and (stop.thrown or stop.set_aside is not None):
            yield np.arange(int(work.seg[stop.ground, 2]), int(work.seg[stop.ground, 3]) + 1)
    first = flight.segments[0]
    if work.seg[first, 4] == JUMP and work.seg[first, 1] != SEG_GROUND:
        yield np.arange(int(work.seg[first, 2]), int(work.seg[first, 3]) + 1)


def _spots(work: Work, rows: Any) -> Iterator[tuple[float, float, float]]:
    """Median place of each five minutes."""
    tr = work.tracks
    part = tr.t[rows] // (_CROWD_S / 2.0)
    for value in np.unique(part):
        own = rows[part == value]
        yield float(tr.t[own[0]]), float(np.median(tr.lat[own])), float(np.median(tr.lon[own]))
