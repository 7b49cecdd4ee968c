"""Of the two places between which positions jump, does one show itself false: it stands in the air, or circles.

Jammers that send false positions put aircraft at a place, standing or on an even circle, while speed and height are
those of the flight. The track on the other side of such a jump is the true one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wheelsdown.inference.continuity import one_flight
from wheelsdown.inference.jumps import jumps_beside, toggles_or_leaps
from wheelsdown.inference.kernel import JUMP
from wheelsdown.inference.near import dist_km
from wheelsdown.inference.noflight import circle_rows, standing_rows
from wheelsdown.inference.points import AWAY, GROUND, KM_PER_KT_S
from wheelsdown.inference.trustrules import RULES

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Stop, Work

__all__ = ["far_side_false", "near_side_stands", "stands_beside_it"]

_BROKEN_S: Final = 120.0
"""A circle that the track reaches over a silence so long, or by a step that nobody flies, was not flown into."""


def far_side_false(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether beyond the jump nearest to a stop, on the flight in (out), lies a stretch put in, and no flight.

    Parameters
    ----------
    work : Work
    stop : Stop
    arrival : bool
        The flight in, else the flight out.

    Returns
    -------
    bool
        True where beyond the jump the aircraft stands in the air while it says that it flies, or goes round an even
        circle that it did not fly into, and the track beyond that leads on to the one on this side.

    Notes
    -----
    What it cannot see: copies of a track put elsewhere, which fly as well as the true one.
    """
    if toggles_or_leaps(work, stop, arrival=arrival):
        return False
    step = nearest_step(work, stop, arrival=arrival)
    if step is None:
        return False
    far, near = step if arrival else step[::-1]
    rows = _beyond(work, stop.group, far, arrival=arrival)
    n = standing_rows(work, rows)
    if n == 0:
        n = circle_rows(work, rows)
        if n == 0 or (n < len(rows) and not _broken(work, int(rows[n - 1]), int(rows[n]))):
            return False
    then = int(rows[n]) if n < len(rows) else _after(work, stop.group, int(rows[-1]), arrival=arrival)
    # nothing is known of what came before the data, or after them
    return then >= 0 and one_flight(work, then, near)


def near_side_stands(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether between the stop and the jump nearest to it lies a stretch that stands, put in after a silence."""
    side = stop.arrive if arrival else stop.depart
    if side.air is None or toggles_or_leaps(work, stop, arrival=arrival):
        return False
    step = nearest_step(work, stop, arrival=arrival)
    if step is not None:
        row, back = (step[1], False) if arrival else (step[0], True)
    else:
        # no step was seen: the speeds alone say it
        moment = float(work.places[side.air, 9 if arrival else 8])
        if math.isnan(moment):
            return False
        lo, hi = int(work.seg[side.air, 2]), int(work.seg[side.air, 3])
        row, back = min(hi, lo + int(np.searchsorted(work.tracks.t[lo : hi + 1], moment))), arrival
    rows = _beyond(work, stop.group, row, arrival=back)
    n = standing_rows(work, rows)
    outer = -1 if step is None else step[0] if arrival else step[1]
    # of one piece with the stop it says nothing; and over it the flight must lead on
    return 0 < n < len(rows) and (outer < 0 or one_flight(work, outer, int(rows[n])))


def stands_beside_it(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether the flight in (out) is none from the stop outwards: of a stop nobody received it tells nothing."""
    air = (stop.arrive if arrival else stop.depart).air
    if air is None:
        return False
    rows = _beyond(work, stop.group, int(work.seg[air, 3 if arrival else 2]), arrival=arrival)
    return standing_rows(work, rows) > 0 or circle_rows(work, rows) > 0


def _broken(work: Work, i: int, j: int) -> bool:
    """Tell whether between two positions lies a silence, or a step that nobody flies."""
    tr = work.tracks
    dt = abs(float(tr.t[j] - tr.t[i]))
    told = float(np.nanmax([tr.gs[i], tr.gs[j], 0.0])) * KM_PER_KT_S * dt
    return dt >= _BROKEN_S or float(dist_km(tr.lat[i], tr.lon[i], tr.lat[j], tr.lon[j])) > 1.5 * told + 2.0


def _after(work: Work, group: int, row: int, *, arrival: bool) -> int:
    """Give the next believed position outwards, across whatever jump; -1 where the track ends."""
    lo, hi = int(work.tracks.first[group]), int(work.tracks.first[group + 1])
    step = -1 if arrival else 1
    row += step
    while lo <= row < hi:
        if work.state[row] <= GROUND:
            return row
        row += step
    return -1


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
    """Give the positions from the far end of a jump on, outwards, up to the next jump in view, within four hours."""
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
    return rows[np.abs(tr.t[rows] - tr.t[far]) <= RULES.jump_s]
