"""Whether a track leads to a stop, or away from it, without a break: silences, steps and heights between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wheelsdown.geo import bearing_deg
from wheelsdown.inference.arrays import DEGRADED, QUALITY_KNOWN, SIL_KNOWN, SIL_ZERO
from wheelsdown.inference.kernel import JUMP, SEG_AIR, STOP_FITS
from wheelsdown.inference.near import course_difference, dist_km
from wheelsdown.inference.points import AWAY, GROUND, KM_PER_KT_S, REJECTED
from wheelsdown.inference.trustrules import RULES

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Side, Stop, Work

__all__ = [
    "continuous", "flown", "from_the_ground", "may_hide_a_jump", "one_flight", "same_track", "segments_of", "unbroken",
]  # fmt: skip


def segments_of(stop: Stop) -> list[int]:
    """Segments that a stop rests on, in order of time."""
    return [s for s in (stop.arrive.air, stop.ground, stop.depart.air) if s is not None]


def same_track(work: Work, s: int, group: int) -> bool:
    """Tell whether there is such a segment, of this track."""
    return 0 <= s < work.seg.shape[0] and int(work.seg[s, 0]) == group


def flown(work: Work, stop: Stop) -> bool:
    """Tell whether an unbroken descent led to the stop, or an unbroken climb away from it."""
    return any(unbroken(work, stop, arrival=arrival) for arrival in (True, False))


def unbroken(work: Work, stop: Stop, *, arrival: bool, exact: bool = False) -> bool:
    """Tell whether the track leads to the stop (from it) without a break, nor a silence that may hide a jump."""
    return continuous(work, stop, arrival=arrival) and not may_hide_a_jump(work, stop, arrival=arrival, exact=exact)


def continuous(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether the track leads down to the stop (up from it) without a break, through the heights between."""
    side: Side = stop.arrive if arrival else stop.depart
    s = side.air
    if s is None:
        return False
    tr, seg = work.tracks, work.seg
    rows = np.arange(int(seg[s, 2]), int(seg[s, 3]) + 1)
    used = rows[work.state[rows] <= GROUND]
    used = used[::-1] if arrival else used
    lat, lon, elevation = stop.lat, stop.lon, 0.0
    if stop.field is not None:
        lat, lon = float(work.index.f_lat[stop.field]), float(work.index.f_lon[stop.field])
        elevation = float(work.index.f_guess_ft[stop.field])
    # from the field outwards
    t = tr.t[used]
    if stop.ground is not None:
        beside = int(seg[stop.ground, 2] if arrival else seg[stop.ground, 3])
        t = np.concatenate([[tr.t[beside]], t])
        used = np.concatenate([[beside], used])
    height = np.where(np.isnan(tr.alt[used]), tr.geom[used], tr.alt[used]) - elevation
    height[0] = 0.0 if stop.ground is not None else height[0]
    reached = np.flatnonzero(height >= RULES.from_ft)
    whole = from_the_ground(work, s, stop.group, arrival=arrival)
    if not len(reached) and not whole:
        return False
    end = int(reached[0]) + 1 if len(reached) else len(used)
    used, t, height = used[:end], t[:end], height[:end]
    far = float(dist_km(lat, lon, float(tr.lat[used[-1]]), float(tr.lon[used[-1]])))
    if (far < RULES.from_km and not whole) or len(used) < 2 + RULES.between:
        return False
    known = height[~np.isnan(height)]
    if np.max(np.abs(np.diff(t))) > RULES.silence_s or np.max(np.abs(np.diff(known)), initial=0.0) > RULES.step_ft:
        return False
    if np.count_nonzero((known > 200.0) & (known < RULES.from_ft)) < RULES.between:
        return False
    return not _spoiled(work, int(min(used[0], used[-1])), int(max(used[0], used[-1])))


def from_the_ground(work: Work, s: int, group: int, *, arrival: bool) -> bool:
    """Tell whether a flight was followed from its own take-off (to its own landing): a short hop stays low."""
    q = s - 1 if arrival else s + 1
    if not same_track(work, q, group) or work.seg[q, 1] == SEG_AIR or work.seg[max(q, s), 4] == JUMP:
        return False
    a, b = (int(work.seg[q, 3]), int(work.seg[s, 2])) if arrival else (int(work.seg[s, 3]), int(work.seg[q, 2]))
    return float(work.tracks.t[b] - work.tracks.t[a]) <= RULES.silence_s


def _spoiled(work: Work, lo: int, hi: int) -> bool:
    """Tell whether many positions of a descent were rejected, or say of themselves that they are poor."""
    states = work.state[lo : hi + 1]
    bad = int(np.count_nonzero((states == REJECTED) | (states == AWAY)))
    if bad > RULES.spoiled * len(states) and bad > 3:
        return True
    if work.tracks.low is None:
        return False
    own = work.tracks.low[lo : hi + 1]
    told = int(np.count_nonzero(own & (QUALITY_KNOWN | SIL_KNOWN)))
    poor = int(np.count_nonzero(own & (DEGRADED | SIL_ZERO)))
    return told >= RULES.sil_samples and poor > RULES.spoiled * told


def may_hide_a_jump(
    work: Work, stop: Stop, *, arrival: bool, within_s: float | None = None, exact: bool = False
) -> bool:
    """Tell whether a silence in the hour before a landing (after a take-off) bridges what was not flown straight.

    With `exact` a jump to the field next door is looked for too: beside a jump in view one more is not far-fetched.
    """
    tr, seg = work.tracks, work.seg
    s = stop.arrive.air if arrival else stop.depart.air
    if s is None:
        return False
    lo, hi = int(seg[s, 2]), int(seg[s, 3])
    q = s - 1 if arrival else s + 1
    if same_track(work, q, stop.group) and work.seg[max(q, s), 4] == STOP_FITS:
        # what seemed to hold a stop may hold a jump as well
        lo, hi = (int(seg[q, 2]), hi) if arrival else (lo, int(seg[q, 3]))
    rows = np.arange(lo, hi + 1)
    rows = rows[work.state[rows] <= GROUND]
    if stop.ground is not None:
        beside = [int(seg[stop.ground, 2 if arrival else 3])]
        rows = np.concatenate([rows, beside] if arrival else [beside, rows])
    t = tr.t[rows]
    span = RULES.hour_s if within_s is None else within_s
    near = t[1:] >= t[-1] - span if arrival else t[:-1] <= t[0] + span
    wide = np.flatnonzero((np.diff(t) >= RULES.hidden_s) & near)
    return any(not _straight(work, int(rows[q]), int(rows[q + 1]), exact=exact) for q in wide.tolist())


def _straight(work: Work, i: int, j: int, *, exact: bool = False) -> bool:
    """Tell whether a silence bridges little, or just what straight flight at its own speed explains."""
    tr = work.tracks
    d = float(dist_km(tr.lat[i], tr.lon[i], tr.lat[j], tr.lon[j]))
    line = float(bearing_deg(tr.lat[i], tr.lon[i], tr.lat[j], tr.lon[j]))
    # where its own speeds and courses lead; a figure that is missing proves nothing: comparisons with NaN are false
    half_km = KM_PER_KT_S * float(tr.t[j] - tr.t[i]) / 2.0
    turn = [float(np.radians(course_difference(float(tr.trk[q]), line))) for q in (i, j)]
    flown = [half_km * float(tr.gs[q]) for q in (i, j)]
    ahead = sum(km * float(np.cos(a)) for km, a in zip(flown, turn, strict=True))
    aside = sum(km * float(np.sin(a)) for km, a in zip(flown, turn, strict=True))
    missed, length = float(np.hypot(ahead - d, aside)), sum(flown)
    if exact:
        return missed <= RULES.exact_km
    if d < RULES.hidden_km:
        return True
    led = missed <= max(RULES.straight_km, RULES.straight_off * length)
    off = max(abs(float(np.degrees(a))) for a in turn)
    return led and off <= RULES.straight_deg and abs(d - length) <= RULES.straight_share * length


def one_flight(work: Work, i: int, j: int) -> bool:
    """Tell whether one position leads to another, at its speeds and on its courses, whatever lies between them.

    To a stand, or from one, it need only have had the time; over more than an hour nothing is told.
    """
    tr = work.tracks
    i, j = min(i, j), max(i, j)
    dt = float(tr.t[j] - tr.t[i])
    made = float(dist_km(tr.lat[i], tr.lon[i], tr.lat[j], tr.lon[j]))
    if GROUND in (work.state[i], work.state[j]):
        return made <= RULES.led_km + RULES.led_kt * KM_PER_KT_S * dt
    if dt > RULES.hour_s:
        return False
    speed = [float(tr.gs[q]) * KM_PER_KT_S for q in (i, j)]
    line = float(bearing_deg(tr.lat[i], tr.lon[i], tr.lat[j], tr.lon[j]))
    turn = [float(np.radians(course_difference(float(tr.trk[q]), line))) for q in (i, j)]
    ahead = sum(v * dt / 2.0 * float(np.cos(a)) for v, a in zip(speed, turn, strict=True))
    aside = sum(v * dt / 2.0 * float(np.sin(a)) for v, a in zip(speed, turn, strict=True))
    # figures that are missing prove nothing: comparisons with NaN are false
    return float(np.hypot(ahead - made, aside)) <= RULES.led_km + RULES.led_share * dt * max(speed)
