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
_BRIEF_KM, _BRIEF_SPAN_KM, _BRIEF_ROWS = 1.5, 1.0, 3
"""The same of a take-off beside a landing along a runway: aircraft turn away soon."""
_OFF_KM, _SPREAD, _SHARE = 0.12, 0.01, 0.9
"""Off the line by no more than real touchdowns lie off listed runways, and half a degree; so many of the positions."""
_LONG_KM: Final = 0.3
"""Beyond the first third of the runway nobody is still in the air who lands on it."""
_ROLL_KT: Final = 60.0
_ROLLING_FT, _ROLLING_ROWS = 60.0, 5
"""No higher than this above the first positions on the ground it rolls: altitudes come in steps of 25 ft."""
_KM_PER_FT: Final = 0.0058
"""Way from a height down a slope of three degrees."""


def on_centreline(work: Work, stop: Stop, *, arrival: bool, brief: bool = False) -> bool:
    """Tell whether the last kilometres before the ground (the first after it) follow the line of one of its runways.

    A copy keeps the course of the true track and comes down where its last position was put: for it to run along a
    runway of the false field two runways must be as good as parallel, and the copy put on the line of one. A `brief`
    stretch says less: it speaks only beside another.
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
    # from the ground outwards
    rows = rows[np.argsort(-tr.t[rows] if arrival else tr.t[rows], kind="stable")]
    reach = (_BRIEF_KM, _BRIEF_SPAN_KM, _BRIEF_ROWS) if brief else (_LAST_KM, _SPAN_KM, _ROWS)
    last, to_go_km = _last_in_air(work, stop, lo, hi) if down else (hi, 0.0)
    return any(
        _along(tr.lat[rows], tr.lon[rows], r, end, fx, *reach)
        and not (down and _beyond_km(float(tr.lat[last]), float(tr.lon[last]), r, end, fx) + to_go_km > _LONG_KM)
        for r in range(int(fx.r_first[k]), int(fx.r_first[k + 1]))
        for end in range(2)
    )


def _last_in_air(work: Work, stop: Stop, lo: int, hi: int) -> tuple[int, float]:
    """Give the last position above the height at which it then rolled, and the way that was left to the ground.

    Without a ground flag the landing roll passes for flight, over the middle of the runway and beyond.
    """
    tr = work.tracks
    if stop.ground is None:
        return hi, 0.0
    first = int(work.seg[stop.ground, 2])
    own = np.arange(first, min(first + _ROLLING_ROWS, int(work.seg[stop.ground, 3]) + 1))
    known = tr.alt[own][~np.isnan(tr.alt[own])]
    if not len(known):
        return hi, 0.0
    rows = np.arange(lo, hi + 1)
    height = tr.alt[rows] - np.median(known)
    above = np.flatnonzero((work.state[rows] <= GROUND) & (height > _ROLLING_FT))
    if not len(above):
        return hi, 0.0
    return lo + int(above[-1]), float(height[above[-1]]) * _KM_PER_FT


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


def _along(
    lat: Any, lon: Any, r: int, end: int, fx: Any, last_km: float, span_km: float, least: int
) -> bool:  # fmt: skip
    """Tell whether positions, from the ground outwards, run along the line of a runway, from over it to some way off.

    A circuit passes abeam of the runway as well: what lies beyond the first position too far out is not looked at.
    """
    before, off = _before_and_off_km(lat, lon, r, end, fx)
    over = before > -_length_km(r, fx)
    before, off = before[over], off[over]
    if not len(before) or before[0] > _REACH_KM:
        return False
    beyond = np.flatnonzero(before > max(0.0, float(before[0])) + last_km)
    near = slice(int(beyond[0]) if len(beyond) else None)
    before, off = before[near], off[near]
    if len(before) < least or float(np.ptp(before)) < span_km:
        return False
    return bool(np.mean(off <= _OFF_KM + _SPREAD * np.maximum(0.0, before)) >= _SHARE)
