"""Was it followed along the line of a runway: what a copy of a track, put down at another field, hardly ever is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wheelsdown.inference.near import dist_km
from wheelsdown.inference.paths import runway_frame
from wheelsdown.inference.points import GROUND, PS_OTHERS
from wheelsdown.jit import compiled

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Stop, Work

__all__ = ["on_centreline"]

_WITHIN_S, _BEYOND_S = 300.0, 60.0
"""Positions in the air so long before the ground (after it), and so long on it."""
_REACH_KM, _LAST_KM, _SPAN_KM, _ROWS = 12.0, 5.0, 2.0, 4
"""So near the threshold, the kilometres nearest to it that were received, over so much of them, so many positions."""
_OFF_KM, _SPREAD, _SHARE = 0.12, 0.01, 0.9
"""Off the line by no more than real touchdowns lie off listed runways, and half a degree; so many of the positions."""
_LONG_KM: Final = 0.3
"""Beyond the first third of the runway nobody is still in the air who lands on it."""
_ROLL_KT: Final = 60.0


def on_centreline(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether the last kilometres before the ground (the first after it) follow the line of one of its runways.

    A copy keeps the course of the true track and comes down where its last position was put: for it to run along a
    runway of the false field two runways must be as good as parallel, and the copy put on the line of one.
    """
    side, k, tr, fx = (stop.arrive if arrival else stop.depart), stop.field, work.tracks, work.index
    if side.air is None or k is None or side.field not in (None, k):
        return False
    lo, hi = int(work.seg[side.air, 2]), int(work.seg[side.air, 3])
    rows = np.arange(lo, hi + 1)
    edge = tr.t[hi] if arrival else tr.t[lo]
    rows = rows[np.abs(tr.t[rows] - edge) <= _WITHIN_S]
    # who was followed to the runway came down at its beginning, and is not in the air over its middle
    down = arrival and (stop.ground is None or side.silence_s <= _BEYOND_S)
    if stop.ground is not None and side.seen:
        own = np.arange(int(work.seg[stop.ground, 2]), int(work.seg[stop.ground, 3]) + 1)
        own = own[(np.abs(tr.t[own] - edge) <= _BEYOND_S) & (tr.gs[own] >= _ROLL_KT)]
        rows = np.concatenate([rows, own])
    rows = rows[(work.state[rows] <= GROUND) & ~np.isin(tr.ps[rows], PS_OTHERS)]
    if len(rows) < _ROWS:
        return False
    return any(
        _along(tr.lat[rows], tr.lon[rows], r, end, fx)
        and not (down and _beyond_km(float(tr.lat[hi]), float(tr.lon[hi]), r, end, fx) > _LONG_KM)
        for r in range(int(fx.r_first[k]), int(fx.r_first[k + 1]))
        for end in range(2)
    )


@compiled
def _before_and_off_km(lat: Any, lon: Any, r: int, end: int, fx: Any) -> tuple[Any, Any]:
    """Km before the threshold of one end of a runway, and km off its line, of each position."""
    before, off = np.empty(len(lat)), np.empty(len(lat))
    for q in range(len(lat)):
        x, y, _, _ = runway_frame(lat[q], lon[q], r, end, fx)
        before[q], off[q] = x, abs(y)
    return before, off


def _beyond_km(lat: float, lon: float, r: int, end: int, fx: Any) -> float:
    """How far beyond the first third of a runway a position lies."""
    before, *_ = runway_frame(lat, lon, r, end, fx)
    return float(-before - _length_km(r, fx) / 3.0)


def _length_km(r: int, fx: Any) -> float:
    # between its ends: lists leave the length of some runways out
    return float(dist_km(fx.r_lat1[r], fx.r_lon1[r], fx.r_lat2[r], fx.r_lon2[r]))


def _along(lat: Any, lon: Any, r: int, end: int, fx: Any) -> bool:
    """Tell whether positions run along the line of a runway, before the threshold of this end and over it."""
    before, off = _before_and_off_km(lat, lon, r, end, fx)
    over = before > -_length_km(r, fx)
    before, off = before[over], off[over]
    near = before <= max(0.0, float(np.min(before, initial=_REACH_KM))) + _LAST_KM
    before, off = before[near], off[near]
    if len(before) < _ROWS or float(np.ptp(before)) < _SPAN_KM:
        return False
    return bool(np.mean(off <= _OFF_KM + _SPREAD * np.maximum(0.0, before)) >= _SHARE)
