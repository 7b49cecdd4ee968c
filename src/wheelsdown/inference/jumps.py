"""Jumps and excursions beside a stop: where they lie, and whether the flight in or out is doubted by them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from wheelsdown.inference.continuity import one_flight, same_track
from wheelsdown.inference.kernel import JUMP, MOVED, SEG_AIR, STOP_FITS
from wheelsdown.inference.near import dist_km
from wheelsdown.inference.noflight import circle_rows, standing_rows
from wheelsdown.inference.points import AWAY, GROUND, KM_PER_KT_S
from wheelsdown.inference.trustrules import RULES

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Stop, Work

__all__ = [
    "away", "jumped", "jumps_beside", "leads_on", "near_excursion", "rushed", "stood_away", "toggles_or_leaps",
]  # fmt: skip


def rushed(work: Work, s: int) -> bool:
    """Tell whether a stay lies so far from the one before, so soon after it, that nothing taxied or was towed there."""
    seg, tr = work.seg, work.tracks
    if s <= 0 or s >= seg.shape[0] or seg[s, 4] != MOVED:
        return False
    i, j = int(seg[s - 1, 3]), int(seg[s, 2])
    dt = float(tr.t[j] - tr.t[i])
    d = float(dist_km(tr.lat[i], tr.lon[i], tr.lat[j], tr.lon[j]))
    # who says that it stands at both ends taxied between; else it may have rolled out. Longer silences hold a flight
    stood = bool(tr.gs[i] < RULES.stood_kt and tr.gs[j] < RULES.stood_kt)
    return dt < RULES.moved_s and d > (RULES.taxied_kt if stood else RULES.moved_kt) * KM_PER_KT_S * dt


def jumped(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether the flight in began (the flight out ended) with a jump, in view or hidden, or did not move."""
    side = stop.arrive if arrival else stop.depart
    if side.air is None:
        # from the ground to the ground elsewhere, as nobody taxies
        return bool(jumps_beside(work, stop, arrival=arrival))
    seg, t, s = work.seg, work.tracks.t, side.air
    moment = float(t[seg[s, 3]]) if arrival else float(t[seg[s, 2]])
    if toggles_or_leaps(work, stop, arrival=arrival):
        return True
    jumps = jumps_beside(work, stop, arrival=arrival)
    if arrival:
        if any(moment - float(t[seg[q, 2]]) <= RULES.jump_s for q in jumps):
            return True
        hurry = [float(work.places[q, 7]) for q in (s, stop.ground) if q is not None]
        return any(moment - h <= RULES.jump_s for h in hurry) or moment - float(work.places[s, 9]) <= RULES.untrue_s
    if any(float(t[seg[q - 1, 3]]) - moment <= RULES.left_s for q in jumps):
        return True
    return float(work.places[s, 6]) - moment <= RULES.left_s or float(work.places[s, 8]) - moment <= RULES.untrue_s


def jumps_beside(work: Work, stop: Stop, *, arrival: bool) -> list[int]:
    """Give the segments that begin with a jump, at the beginning of the flight in (after the end of the flight out).

    A silence that seemed to hold a stop belongs to the flight.
    """
    seg, s = work.seg, (stop.arrive if arrival else stop.depart).air
    if s is None:
        beside = -1 if stop.ground is None else stop.ground if arrival else stop.ground + 1
        return [beside] if same_track(work, beside, stop.group) and seg[beside, 4] == JUMP else []
    if arrival:
        first = s - 1 if seg[s, 4] == STOP_FITS and seg[s - 1, 1] == SEG_AIR else s
        return [q for q in dict.fromkeys((first, s)) if seg[q, 4] == JUMP]
    last = s + 1 if same_track(work, s + 1, stop.group) and seg[s + 1, 4] == STOP_FITS else s
    after = (q + 1 for q in dict.fromkeys((s, last)))
    return [q for q in after if same_track(work, q, stop.group) and seg[q, 4] == JUMP]


def leads_on(work: Work, stop: Stop) -> bool:
    """Tell whether the flight out goes on to its end, and the stay after it, without another jump."""
    s = stop.depart.air
    while s is not None and same_track(work, s + 1, stop.group):
        if work.seg[s + 1, 4] == JUMP:
            return False
        if work.seg[s + 1, 1] == SEG_AIR:
            break
        s += 1
    return True


def toggles_or_leaps(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether the flight in (out) is away and back near the stop, or leaps between two stays."""
    s = (stop.arrive if arrival else stop.depart).air
    if s is None:
        return False
    if stop.ground is not None:
        return _leaps(work, s, stop.group)
    return _toggles(work, s, stop.group, float(work.tracks.t[work.seg[s, 3 if arrival else 2]]))


def away(work: Work, stop: Stop) -> bool:
    """Tell whether the track was away on an excursion shortly before the landing, or from the stay to its flight.

    Away where it stands in the air, or circles, is no doubt: that was the false place.
    """
    if stop.arrive.air is None or stop.ground is None:
        return False
    t = work.tracks.t
    down = float(t[work.seg[stop.ground, 2]])
    for s in (stop.arrive.air, stop.ground):
        first, last = float(work.places[s, 4]), float(work.places[s, 5])
        if first < down and last > down - RULES.away_s:
            rows = _away_rows(work, s, stop.group)
            if not _put_there(work, rows[t[rows] < down], stop.group):
                return True
    return stood_away(work, stop)


def near_excursion(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether the track was away, and came back, shortly before the end of a flight (after its beginning).

    Away where it stands in the air, or circles, is no doubt: that was the false place.
    """
    s = stop.arrive.air if arrival else stop.depart.air
    if s is None:
        return False
    t = work.tracks.t
    moment = float(t[work.seg[s, 3 if arrival else 2]])
    for q in (s,) if arrival else (s, s + 1):
        if not same_track(work, q, stop.group):
            continue
        rows = _away_rows(work, q, stop.group)
        rows = rows[(t[rows] > moment - RULES.away_s) if arrival else (t[rows] < moment + RULES.away_s)]
        if len(rows) and not _put_there(work, rows, stop.group):
            return True
    return False


def _put_there(work: Work, rows: Any, group: int) -> bool:
    """Tell whether all of an excursion stands, or circles, and the flight leads on over it: it was put in between."""
    if not len(rows) or max(standing_rows(work, rows), circle_rows(work, rows)) < len(rows):
        return False
    i, j = int(rows[0]) - 1, int(rows[-1]) + 1
    lo, hi = int(work.tracks.first[group]), int(work.tracks.first[group + 1])
    while i >= lo and work.state[i] > GROUND:
        i -= 1
    while j < hi and work.state[j] > GROUND:
        j += 1
    return i >= lo and j < hi and one_flight(work, i, j)


def _away_rows(work: Work, s: int, group: int) -> Any:
    """Give the positions of excursions in a segment, and between it and the one before."""
    lo = int(work.seg[s - 1, 3]) if same_track(work, s - 1, group) else int(work.tracks.first[group])
    rows = np.arange(lo, int(work.seg[s, 3]) + 1)
    return rows[work.state[rows] == AWAY]


def stood_away(work: Work, stop: Stop) -> bool:
    """Tell whether the track was away after the landing and came back into the air: it may have stood there instead."""
    if stop.ground is None or stop.depart.seen or stop.depart.air is None:
        return False
    return float(work.places[stop.depart.air, 4]) > float(work.tracks.t[work.seg[stop.ground, 2]])


def _leaps(work: Work, s: int, group: int) -> bool:
    """Tell whether between two stays nothing flew, by its own account, and they lie too far apart to have taxied."""
    if not (same_track(work, s - 1, group) and same_track(work, s + 1, group)):
        return False
    tr, seg = work.tracks, work.seg
    rows = np.arange(int(seg[s - 1, 3]), int(seg[s + 1, 2]) + 1)
    rows = rows[work.state[rows] <= GROUND]
    if not np.nanmax(tr.gs[rows], initial=0.0) < RULES.moved_kt or bool(np.all(np.isnan(tr.gs[rows]))):
        return False
    for i, j in itertools.pairwise(rows.tolist()):
        d = float(dist_km(tr.lat[i], tr.lon[i], tr.lat[j], tr.lon[j]))
        dt = float(tr.t[j] - tr.t[i])
        if d > RULES.frozen_km and dt < RULES.moved_s and d > 2.0 * RULES.moved_kt * KM_PER_KT_S * dt:
            return True
    return False


def _toggles(work: Work, s: int, group: int, moment: float) -> bool:
    """Tell whether the track is away and back near a moment, and flies there as it says: either may be the true one.

    An excursion that stands or circles while it says that it flies is the false one, and the flight around it stands.
    """
    tr = work.tracks
    for q in (s, s + 1):
        if not same_track(work, q, group):
            continue
        first, last = float(work.places[q, 4]), float(work.places[q, 5])
        if first <= moment + RULES.away_s and last >= moment - RULES.away_s:
            rows = _away_rows(work, q, group)
            told = float(np.nansum((tr.gs[rows[1:]] + tr.gs[rows[:-1]]) / 2.0 * np.diff(tr.t[rows]))) * KM_PER_KT_S
            made = float(dist_km(tr.lat[rows[0]], tr.lon[rows[0]], tr.lat[rows[-1]], tr.lon[rows[-1]]))
            if not (told > RULES.frozen_km and made < 0.5 * told):
                return True
    return False
