"""Signs of a false stop: it rolls beside the runways, does not move as it says, circles, or its figures collapse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wheelsdown.geo import distance_km
from wheelsdown.inference.arrays import DEGRADED, QUALITY_KNOWN, SIL_KNOWN, SIL_ZERO
from wheelsdown.inference.circles import fitted, turned_deg
from wheelsdown.inference.continuity import from_the_ground, may_hide_a_jump, same_track
from wheelsdown.inference.kernel import MOVED, STOP_FITS
from wheelsdown.inference.near import course_difference, dist_km, runway_distance_km
from wheelsdown.inference.paths import runway_frame
from wheelsdown.inference.points import GROUND, KM_PER_KT_S, PS_OTHERS
from wheelsdown.inference.trustrules import RULES

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Stop, Work

_TWICE, _BESIDE = 2, 3

__all__ = [
    "beside_runway", "circled", "collapsed", "frozen", "leapt", "on_runway", "rolled_on", "still_flies", "stood",
    "sunk",
]  # fmt: skip


def on_runway(work: Work, stop: Stop, *, arrival: bool) -> bool | None:
    """Tell whether it came down onto a runway of the field (went up from one); None where that was not received.

    A copy of a track put somewhere else keeps its course: it comes down beside the runways there, or across them.
    """
    side, k, tr, fx = (stop.arrive if arrival else stop.depart), stop.field, work.tracks, work.index
    if side.air is None or stop.ground is None or k is None or not side.seen or fx.r_first[k] == fx.r_first[k + 1]:
        return None
    air = int(work.seg[side.air, 3 if arrival else 2])
    ground = int(work.seg[stop.ground, 2 if arrival else 3])
    found: bool | None = None
    for row in (air, ground):
        # multilateration is too coarse for it, a speed left over from the air says nothing of the ground
        rolls = tr.gs[row] >= RULES.rolled_kt and (row == air or tr.gs[row] != tr.gs[air])
        near = abs(float(tr.t[row] - tr.t[ground])) <= RULES.lined_up_s
        if not rolls or not near or tr.ps[row] in PS_OTHERS or np.isnan(tr.trk[row]):
            continue
        if dist_km(tr.lat[row], tr.lon[row], tr.lat[ground], tr.lon[ground]) > RULES.lined_up_km:
            continue
        if _lined_up(work, row, k, arrival=arrival):
            return True
        found = False
    return found


def _lined_up(work: Work, row: int, k: int, *, arrival: bool) -> bool:
    tr, fx = work.tracks, work.index
    towards = float(tr.trk[row]) if arrival else float(tr.trk[row]) + 180.0
    for r in range(int(fx.r_first[k]), int(fx.r_first[k + 1])):
        for end in range(2):
            x, y, heading, _ = runway_frame(float(tr.lat[row]), float(tr.lon[row]), r, end, fx)
            wide = RULES.lined_up_off_km + RULES.lined_up_spread * max(0.0, x)
            if abs(y) <= wide and abs(course_difference(towards, heading)) <= RULES.lined_up_deg:
                return True
    return False


def stood(work: Work, stop: Stop) -> bool:
    """Tell whether a stay was one: long enough, and mostly slow by its own account."""
    if stop.ground is None:
        return False
    rows = np.arange(int(work.seg[stop.ground, 2]), int(work.seg[stop.ground, 3]) + 1)
    rows = rows[work.state[rows] == GROUND]
    slow = ~(work.tracks.gs[rows] >= RULES.rolled_kt)
    long = float(work.tracks.t[rows[-1]] - work.tracks.t[rows[0]]) >= RULES.stood_s
    return long and float(np.mean(slow)) > 0.5


def sunk(work: Work, stop: Stop) -> bool:
    """Tell whether it was received lower than its field lies, by more than pressure or the ellipsoid explains."""
    if stop.ground is None or stop.field is None or np.isnan(work.index.f_elev_ft[stop.field]):
        return False
    tr, seg, elevation = work.tracks, work.seg, float(work.index.f_elev_ft[stop.field])
    # the last positions before it, the first after it, and its own ends
    rows = [int(seg[stop.ground, q]) for q in (2, 3)]
    for side, beside in ((stop.arrive, 2), (stop.depart, 3)):
        if side.air is not None and side.seen:
            own = np.arange(int(seg[side.air, 2]), int(seg[side.air, 3]) + 1)
            near = np.abs(tr.t[own] - tr.t[seg[stop.ground, beside]]) <= RULES.frozen_s
            rows += own[near & (work.state[own] <= GROUND)].tolist()
    # 0 stands for the ground, whatever its height, where a source has no flag
    low = [tr.alt[q] - elevation < -RULES.sunk_ft for q in rows if tr.alt[q] != 0.0]
    under = [tr.geom[q] - elevation < -RULES.sunk_geom_ft for q in rows if tr.geom[q] != 0.0]
    deep = [tr.alt[q] - elevation < -2.0 * RULES.sunk_ft for q in rows if tr.alt[q] != 0.0]
    return sum(low) >= _TWICE or sum(under) >= _TWICE or any(deep)


def leapt(work: Work, stop: Stop) -> bool:
    """Tell whether all of the stay flies, or it would have had to climb from it, or come down to it, too fast.

    A flag that says ground for one position in the middle of a climb makes no landing.
    """
    if stop.ground is None or stop.field is None:
        return False
    tr, seg, elevation = work.tracks, work.seg, float(work.index.f_guess_ft[stop.field])
    stay = np.arange(int(seg[stop.ground, 2]), int(seg[stop.ground, 3]) + 1)
    stay = stay[work.state[stay] == GROUND]
    flies = (tr.gs[stay] >= RULES.flies_kt) & (tr.alt[stay] - elevation >= RULES.flies_ft)
    if bool(np.all(flies)):
        return True
    for side, mine, own in ((stop.arrive, 2, 3), (stop.depart, 3, 2)):
        if side.air is None:
            continue
        rows = np.arange(int(seg[side.air, 2]), int(seg[side.air, 3]) + 1)
        rows = rows[(work.state[rows] <= GROUND) & ~np.isnan(tr.alt[rows])]
        # the nearest ones: a single altitude may be wrong
        rows = rows[-_BESIDE:] if own == 3 else rows[:_BESIDE]
        gap = np.abs(tr.t[rows] - tr.t[int(seg[stop.ground, mine])])
        high = tr.alt[rows] - elevation - RULES.leapt_ft > RULES.leapt_fpm / 60.0 * gap
        if len(rows) == _BESIDE and bool(np.all(high)):
            return True
    return False


def still_flies(work: Work, stop: Stop) -> bool:
    """Tell whether a stay is a moment that by its own figures goes on with the flight: a ground flag, and nothing more.

    Who comes down onto a runway, or goes up from one, shows such figures too for a second.
    """
    if stop.ground is None:
        return False
    tr = work.tracks
    stay = np.arange(int(work.seg[stop.ground, 2]), int(work.seg[stop.ground, 3]) + 1)
    stay = stay[work.state[stay] == GROUND]
    if not len(stay) or float(tr.t[stay[-1]] - tr.t[stay[0]]) > RULES.rolled_gap_s:
        return False
    flies = (tr.gs[stay] >= RULES.rolled_kt) & (np.abs(tr.vr[stay]) >= RULES.sinks_fpm)
    return bool(np.all(flies)) and not any(on_runway(work, stop, arrival=a) for a in (True, False))


def beside_runway(work: Work, stop: Stop) -> bool:
    """Tell whether it rolled, fast and on the ground, where none of the field's runways is.

    Runways are misplaced in lists, and temporary ones are missing: it speaks only with a silence that may hide a jump.
    """
    tr, seg, k = work.tracks, work.seg, stop.field
    if stop.ground is None or k is None or work.index.r_first[k] == work.index.r_first[k + 1]:
        return False
    for side, row, arrival in (
        (stop.arrive, int(seg[stop.ground, 2]), True),
        (stop.depart, int(seg[stop.ground, 3]), False),
    ):
        if side.air is None or not side.seen:
            continue
        if on_runway(work, stop, arrival=arrival) is False and may_hide_a_jump(work, stop, arrival=arrival):
            return True
        if side.silence_s > RULES.rolled_gap_s:
            continue
        air = int(seg[side.air, 3] if arrival else seg[side.air, 2])
        # a speed left over from the air says nothing of the ground
        rolls = tr.gs[row] >= RULES.rolled_kt and tr.gs[row] != tr.gs[air]
        if rolls and runway_distance_km(tr.lat[row], tr.lon[row], k, work.index) > RULES.rolled_km:
            return may_hide_a_jump(work, stop, arrival=arrival)
    return False


def rolled_on(work: Work, stop: Stop) -> bool:
    """Tell whether it says that it rolls, on the ground, for longer than any runway lasts, and does not stand still."""
    if stop.ground is None:
        return False
    tr = work.tracks
    rows = np.arange(int(work.seg[stop.ground, 2]), int(work.seg[stop.ground, 3]) + 1)
    rows = rows[work.state[rows] == GROUND]
    fast = tr.gs[rows] >= RULES.rolled_kt
    moved = any(same_track(work, q, stop.group) and work.seg[q, 4] == MOVED for q in (stop.ground, stop.ground + 1))
    if moved and stop.arrive.air is None and stop.depart.air is None:
        # one of several stays, none of them long: it rolls from nowhere to nowhere
        return bool(fast.any())
    # landing and take-off roll are two
    edges = np.flatnonzero(np.diff(np.concatenate([[0], fast.astype(np.int8), [0]]))).reshape(-1, 2)
    for a, b in edges.tolist():
        run = rows[a:b]
        if len(run) < 3 or float(tr.t[run[-1]] - tr.t[run[0]]) <= RULES.rolled_s:
            continue
        # a speed left over from the landing repeats itself while the aircraft taxies or stands
        dt = np.diff(tr.t[run])
        made = distance_km(tr.lat[run[:-1]], tr.lon[run[:-1]], tr.lat[run[1:]], tr.lon[run[1:]]) / dt / KM_PER_KT_S
        if np.any(dt <= 60.0) and float(np.median(made[dt <= 60.0])) < RULES.rolled_kt:
            continue
        off = distance_km(tr.lat[run], tr.lon[run], float(np.median(tr.lat[run])), float(np.median(tr.lon[run])))
        if float(np.median(off)) > RULES.rolled_km:
            return True
    return False


def circled(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether the flight in (out) ends (begins) on an even circle, and a silence may hide how it came (went)."""
    side, seg, tr = (stop.arrive if arrival else stop.depart), work.seg, work.tracks
    if side.air is None:
        return False
    rows = np.arange(int(seg[side.air, 2]), int(seg[side.air, 3]) + 1)
    rows = rows[work.state[rows] <= GROUND]
    near = tr.t[rows] >= tr.t[rows[-1]] - RULES.circle_s if arrival else tr.t[rows] <= tr.t[rows[0]] + RULES.circle_s
    rows = rows[near]
    if len(rows) < RULES.circle_rows:
        return False
    fit = fitted(tr.t[rows], tr.lat[rows], tr.lon[rows])
    if fit is None or turned_deg(tr.lat[rows], tr.lon[rows], fit[:2]) < RULES.circle_deg:
        return False
    return may_hide_a_jump(work, stop, arrival=arrival) or _begins_unheard(work, side.air, stop, arrival=arrival)


def _begins_unheard(work: Work, s: int, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether a flight was not followed from its take-off (to its landing): it may have been anywhere."""
    return not from_the_ground(work, s, stop.group, arrival=arrival)


def collapsed(work: Work, stop: Stop) -> bool:
    """Tell whether the aircraft's own figures are good before a silence that may hide a jump, and poor after it."""
    tr, seg, s = work.tracks, work.seg, stop.arrive.air
    if tr.low is None or s is None or not may_hide_a_jump(work, stop, arrival=True):
        return False
    lo, hi = int(seg[s, 2]), int(seg[s, 3]) + 1
    if same_track(work, s - 1, stop.group) and seg[s, 4] == STOP_FITS:
        lo = int(seg[s - 1, 2])
    t = tr.t[lo:hi]
    if len(t) < RULES.sil_samples:
        return False
    cut = int(np.argmax(np.diff(t))) + 1
    before, after = (_poor(tr.low[lo:hi][part]) for part in (slice(None, cut), slice(cut, None)))
    return before is not None and after is not None and before < RULES.spoiled and after > RULES.collapsed


def _poor(low: Any) -> float | None:
    """Share of positions whose own figures are poor; nothing where too few have any."""
    told = int(np.count_nonzero(low & (QUALITY_KNOWN | SIL_KNOWN)))
    return int(np.count_nonzero(low & (DEGRADED | SIL_ZERO))) / told if told >= 8 else None


def frozen(work: Work, stop: Stop) -> bool:
    """Tell whether it says that it flies in and rolls out, and does not move, after a silence that may hide a jump."""
    tr, seg, s = work.tracks, work.seg, stop.arrive.air
    if s is None or stop.ground is None or not stop.arrive.seen:
        return False
    down = float(tr.t[seg[stop.ground, 2]])
    rows = np.arange(int(seg[s, 2]), int(seg[stop.ground, 3]) + 1)
    rows = rows[(work.state[rows] <= GROUND) & (np.abs(tr.t[rows] - down) <= RULES.frozen_s)]
    rows = rows[tr.gs[rows] >= RULES.rolled_kt]
    if len(rows) < 3:
        return False
    told = float(np.sum((tr.gs[rows[1:]] + tr.gs[rows[:-1]]) / 2.0 * np.diff(tr.t[rows]))) * KM_PER_KT_S
    made = float(dist_km(tr.lat[rows[0]], tr.lon[rows[0]], tr.lat[rows[-1]], tr.lon[rows[-1]]))
    # a speed left over repeats itself
    varied = float(np.ptp(tr.gs[rows])) > 5.0
    slow = varied and told > RULES.frozen_km and made < RULES.frozen_share * told
    return slow and may_hide_a_jump(work, stop, arrival=True)
