"""Of the two places between which positions jump, does the far one show itself false: it stands in the air, or circles.

Jammers that send false positions put aircraft at a place, standing or on an even circle, while speed and height are
those of the flight. The track on the other side of such a jump is the true one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wheelsdown.geo import distance_km
from wheelsdown.inference.circles import UNEVEN, kasa
from wheelsdown.inference.jumps import jumps_beside, toggles_or_leaps
from wheelsdown.inference.kernel import JUMP
from wheelsdown.inference.points import AWAY, GROUND, KM_PER_KT_S
from wheelsdown.inference.trustrules import RULES

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Stop, Work

__all__ = ["far_side_false", "near_side_false"]

_LEAST_KM, _MOST_KM = 0.5, 20.0

_STANDS_KM: Final = 1.5
"""Positions no farther than this from the first stand at one place."""
_STANDS_ROWS, _STANDS_TOLD_KM = 4, 10.0
"""So many positions, in which by its own account it flew so far."""
_SPANS_S: Final = (240.0, 480.0, 960.0)
"""Stretches after (before) a jump in which a circle is looked for."""
_CIRCLE_ROWS: Final = 6
_TURNED_DEG: Final = 300.0
"""Round so much of an even circle (methods, section 6), by where it was received: between positions it may turn whole
rounds."""


def far_side_false(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether the jump nearest to a stop, on the flight in (out), has a far side that cannot be a flight.

    Parameters
    ----------
    work : Work
    stop : Stop
    arrival : bool
        The flight in, else the flight out.

    Returns
    -------
    bool
        True where beyond the jump the aircraft stands at a place while it says that it flies, or flies an even circle.

    Notes
    -----
    What it cannot see: copies of a track put elsewhere, which fly as well as the true one.
    """
    step = _step(work, stop, arrival=arrival)
    if step is None:
        return False
    side = stop.arrive if arrival else stop.depart
    if side.air is not None:
        untrue = float(work.places[side.air, 9 if arrival else 8])
        near_t = float(work.tracks.t[step[1] if arrival else step[0]])
        # speeds told and not made on the near side are no business of the far one
        if not math.isnan(untrue) and (untrue > near_t if arrival else untrue < near_t):
            return False
    return _no_flight(work, stop.group, step[0] if arrival else step[1], on=not arrival)


def near_side_false(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell the same of the stretch between the stop and the jump nearest to it: it was put in after a silence.

    Of a stop it says something only where the other side shows that it is not of one piece with that stretch.
    """
    side = stop.arrive if arrival else stop.depart
    if side.air is None or toggles_or_leaps(work, stop, arrival=arrival):
        return False
    if stop.ground is None and _no_flight(work, stop.group, _edge(work, stop, arrival=arrival), on=not arrival):
        # of a stop nobody received it may be all there is
        return False
    step = nearest_step(work, stop, arrival=arrival)
    if step is not None:
        return _no_flight(work, stop.group, step[1] if arrival else step[0], on=arrival)
    # no step was seen: the speeds alone say it
    moment = float(work.places[side.air, 9 if arrival else 8])
    if math.isnan(moment):
        return False
    lo, hi = int(work.seg[side.air, 2]), int(work.seg[side.air, 3])
    row = min(hi, lo + int(np.searchsorted(work.tracks.t[lo : hi + 1], moment)))
    return _no_flight(work, stop.group, row, on=not arrival)


def _edge(work: Work, stop: Stop, *, arrival: bool) -> int:
    """Give the last position before the stop (the first after it)."""
    air = stop.arrive.air if arrival else stop.depart.air
    return int(work.seg[air, 3 if arrival else 2])


def _step(work: Work, stop: Stop, *, arrival: bool) -> tuple[int, int] | None:
    if toggles_or_leaps(work, stop, arrival=arrival):
        return None
    return nearest_step(work, stop, arrival=arrival)


def _no_flight(work: Work, group: int, row: int, *, on: bool) -> bool:
    rows = _beyond(work, group, row, arrival=not on)
    return _stands(work, rows) or _circles(work, rows)


def nearest_step(work: Work, stop: Stop, *, arrival: bool) -> tuple[int, int] | None:
    """Give the last position before, and the first after, the jump nearest to a stop."""
    side, seg, tr = (stop.arrive if arrival else stop.depart), work.seg, work.tracks
    steps = [(int(seg[q - 1, 3]), int(seg[q, 2])) for q in jumps_beside(work, stop, arrival=arrival)]
    column = 7 if arrival else 6
    for s in (side.air, stop.ground) if arrival else (side.air,):
        moment = math.nan if s is None else float(work.places[s, column])
        if s is None or math.isnan(moment):
            continue
        at = int(seg[s, 2]) + int(np.searchsorted(tr.t[int(seg[s, 2]) : int(seg[s, 3]) + 1], moment))
        before = at - 1
        while before > int(tr.first[stop.group]) and work.state[before] > GROUND:
            before -= 1
        if before >= int(tr.first[stop.group]):
            steps.append((before, at))
    if not steps:
        return None
    return max(steps) if arrival else min(steps)


def _beyond(work: Work, group: int, far: int, *, arrival: bool) -> Any:
    """Give the positions from the far end of a jump on, outwards, up to the next jump in view, within an hour."""
    seg, tr = work.seg, work.tracks
    lo, hi = int(tr.first[group]), int(tr.first[group + 1]) - 1
    own = np.flatnonzero((seg[:, 0] == group) & (seg[:, 4] == JUMP))
    starts = seg[own, 2]
    if arrival:
        before = starts[starts <= far]
        rows = np.arange(max(lo, int(before[-1])) if len(before) else lo, far + 1)[::-1]
    else:
        after = starts[starts > far]
        rows = np.arange(far, (int(after[0]) if len(after) else hi + 1))
    rows = rows[(work.state[rows] <= GROUND) | (work.state[rows] == AWAY)]
    return rows[np.abs(tr.t[rows] - tr.t[far]) <= RULES.hour_s]


def _stands(work: Work, rows: Any) -> bool:
    """Tell whether it stays at one place, from the first position on, while it says that it flies."""
    tr = work.tracks
    if len(rows) < _STANDS_ROWS:
        return False
    off = distance_km(tr.lat[rows], tr.lon[rows], float(tr.lat[rows[0]]), float(tr.lon[rows[0]]))
    gone = np.flatnonzero(off > _STANDS_KM)
    rows = rows[: int(gone[0])] if len(gone) else rows
    if len(rows) < _STANDS_ROWS:
        return False
    speed = np.where(np.isnan(tr.gs[rows]), 0.0, tr.gs[rows])
    told = float(np.sum((speed[1:] + speed[:-1]) / 2.0 * np.abs(np.diff(tr.t[rows])))) * KM_PER_KT_S
    return told >= _STANDS_TOLD_KM


def _circles(work: Work, rows: Any) -> bool:
    """Tell whether it flies an even circle from the first position on."""
    tr = work.tracks
    for span in _SPANS_S:
        own = rows[np.abs(tr.t[rows] - tr.t[rows[0]]) <= span] if len(rows) else rows
        if len(own) < _CIRCLE_ROWS:
            continue
        lat, lon = tr.lat[own], tr.lon[own]
        scale = math.cos(math.radians(float(lat[0])))
        x = ((lon - lon[0] + 180.0) % 360.0 - 180.0) * scale * 111.195
        y = (lat - lat[0]) * 111.195
        cx, cy, radius, rms = kasa(x, y)
        if not _LEAST_KM <= radius <= _MOST_KM or rms > max(UNEVEN * radius, 0.08):
            continue
        angle = np.sort(np.degrees(np.arctan2(y - cy, x - cx)))
        widest = float(np.max(np.diff(np.concatenate([angle, [angle[0] + 360.0]]))))
        speed = np.where(np.isnan(tr.gs[own]), 0.0, tr.gs[own])
        told = float(np.sum((speed[1:] + speed[:-1]) / 2.0 * np.abs(np.diff(tr.t[own])))) * KM_PER_KT_S
        if 360.0 - widest >= 240.0 and told >= _TURNED_DEG / 180.0 * math.pi * radius:
            return True
    return False
