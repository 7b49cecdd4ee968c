"""Of the two places between which positions jump, does the far one show itself false: it stands in the air, or circles.

Jammers that send false positions put aircraft at a place, standing or on an even circle, while speed and height are
those of the flight. The track on the other side of such a jump is the true one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from wheelsdown.inference.jumps import jumps_beside, toggles_or_leaps
from wheelsdown.inference.kernel import JUMP
from wheelsdown.inference.noflight import no_flight
from wheelsdown.inference.points import AWAY, GROUND
from wheelsdown.inference.trustrules import RULES

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Stop, Work

__all__ = ["far_side_false", "near_side_false", "no_flight_beside"]


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


def no_flight_beside(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether the flight in (out), from the stop outwards, is none: of a stop nobody received it tells nothing."""
    air = (stop.arrive if arrival else stop.depart).air
    if air is None:
        return False
    return _no_flight(work, stop.group, int(work.seg[air, 3 if arrival else 2]), on=not arrival)


def _step(work: Work, stop: Stop, *, arrival: bool) -> tuple[int, int] | None:
    if toggles_or_leaps(work, stop, arrival=arrival):
        return None
    return nearest_step(work, stop, arrival=arrival)


def _no_flight(work: Work, group: int, row: int, *, on: bool) -> bool:
    return no_flight(work, _beyond(work, group, row, arrival=not on))


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
