"""How the flights beside a stop go on: next received elsewhere, faster than they flew, or never flown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wheelsdown.geo import distance_km
from wheelsdown.inference import ends as en
from wheelsdown.inference.continuity import from_the_ground, may_hide_a_jump, same_track
from wheelsdown.inference.kernel import MOVED, SEG_AIR
from wheelsdown.inference.near import dist_km
from wheelsdown.inference.points import AWAY, GROUND, KM_PER_KT_S, REJECTED
from wheelsdown.inference.trustrules import RULES

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Stop, Work

__all__ = ["heard_elsewhere", "isolated", "never_flew", "no_onward", "outran", "unanchored"]

_HEARD = 4
"""So many positions that agree are a place (`points.accept`)."""


def outran(work: Work, stop: Stop) -> bool:
    """Tell whether a silence beside a stay bridges more than the aircraft's own greatest speed allows.

    Place and time of the stay may be right; that the flight before it is the same aircraft's is not.
    """
    tr, seg = work.tracks, work.seg
    for side, mine, own in ((stop.arrive, 2, 3), (stop.depart, 3, 2)):
        if side.air is None or stop.ground is None:
            continue
        i, j = int(seg[side.air, own]), int(seg[stop.ground, mine])
        gap = abs(float(tr.t[j] - tr.t[i]))
        if gap < RULES.silence_s:
            continue
        rows = np.arange(int(seg[side.air, 2]), int(seg[side.air, 3]) + 1)
        fastest = float(np.nanmax(tr.gs[rows[work.state[rows] <= GROUND]], initial=0.0))
        d = float(dist_km(tr.lat[i], tr.lon[i], tr.lat[j], tr.lon[j]))
        if fastest > 0.0 and d - RULES.moved_km > RULES.outrun * fastest * KM_PER_KT_S * gap:
            return True
    return False


def no_onward(work: Work, stop: Stop) -> bool:
    """Tell whether it is next received far away, and no flight from here was."""
    tr, seg, s = work.tracks, work.seg, stop.arrive.air
    if s is None or stop.ground is None or stop.depart.seen:
        return False
    last = int(seg[stop.ground, 3])
    nxt = stop.ground + 1
    if not same_track(work, nxt, stop.group) or seg[nxt, 4] not in (MOVED, 0):
        return False
    first = int(seg[nxt, 2])
    moved_km = float(dist_km(tr.lat[last], tr.lon[last], tr.lat[first], tr.lon[first]))
    elsewhere = _elsewhere(work, nxt, stop)
    if seg[nxt, 1] == SEG_AIR:
        return elsewhere and moved_km >= RULES.moved_km
    # between stands of one field it taxies for some kilometres; to another field nobody tows it
    return moved_km >= (work.rules.same_stay_km if elsewhere else RULES.moved_km)


def _elsewhere(work: Work, s: int, stop: Stop) -> bool:
    """Tell whether a segment begins at another field: it stands nearest to that one, or took off from it."""
    if work.seg[s, 1] == SEG_AIR:
        end = work.ends[s, 1]
        return bool(end[en.END_GRADE] >= 1) and int(work.cand[s, 1, 0, en.C_FIELD]) != stop.field
    near = work.near[s, 0, 0]
    return not np.isnan(near) and stop.field is not None and int(near) != stop.field


def isolated(work: Work, stop: Stop) -> bool:
    """Tell whether nothing is known of a flight but its end: not how it began, and the aircraft is next elsewhere."""
    s = stop.arrive.air
    if s is None or stop.depart.air is not None or from_the_ground(work, s, stop.group, arrival=True):
        return False
    nxt = (s if stop.ground is None else stop.ground) + 1
    return bool(work.ends[s, 1, en.END_GRADE] < 1) and same_track(work, nxt, stop.group) and _elsewhere(work, nxt, stop)


def heard_elsewhere(work: Work, stop: Stop) -> bool:
    """Tell whether positions that fit no flight were received elsewhere in the very silence a stop is fitted into."""
    if stop.ground is not None or stop.field is None or stop.arrive.air is None or stop.depart.air is None:
        return False
    tr = work.tracks
    rows = np.arange(int(work.seg[stop.arrive.air, 3]) + 1, int(work.seg[stop.depart.air, 2]))
    rows = rows[(work.state[rows] == REJECTED) | (work.state[rows] == AWAY)]
    far = (
        distance_km(tr.lat[rows], tr.lon[rows], work.index.f_lat[stop.field], work.index.f_lon[stop.field])
        > RULES.exact_km
    )
    return int(np.count_nonzero(far)) >= _HEARD


def unanchored(work: Work, stop: Stop) -> bool:
    """Tell whether a stay hangs in the air: next received elsewhere, and its flight was not followed from a take-off.

    Such a flight may be a copy of the true track put there as a whole.
    """
    s = stop.arrive.air
    if stop.ground is None or stop.depart.seen or s is None:
        return False
    nxt = stop.ground + 1
    if not same_track(work, nxt, stop.group) or not _elsewhere(work, nxt, stop):
        return False
    return not from_the_ground(work, s, stop.group, arrival=True) or may_hide_a_jump(
        work, stop, arrival=True, within_s=RULES.jump_s
    )


def never_flew(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether the flight beside a stay is none by its own account: it stands, or taxies, and is somewhere else."""
    side = stop.arrive if arrival else stop.depart
    if side.air is None or stop.ground is None:
        return False
    gs = work.tracks.gs[int(work.seg[side.air, 2]) : int(work.seg[side.air, 3]) + 1]
    return bool(np.nanmax(gs, initial=-1.0) >= 0.0) and bool(np.nanmax(gs, initial=-1.0) < RULES.moved_kt)
