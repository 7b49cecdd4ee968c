"""Whether a track leads to a stop, or away from it, without a break: jumps, excursions, silences, heights between."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wheelsdown.geo import bearing_deg
from wheelsdown.inference.arrays import DEGRADED, QUALITY_KNOWN, SIL_KNOWN, SIL_ZERO
from wheelsdown.inference.kernel import JUMP, MOVED, SEG_AIR, STOP_FITS
from wheelsdown.inference.near import course_difference, dist_km
from wheelsdown.inference.points import AWAY, GROUND, KM_PER_KT_S, REJECTED

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Side, Stop, Work

__all__ = [
    "RULES", "TrustRules", "away", "continuous", "flown", "from_the_ground", "jumped", "jumps_beside", "leads_on",
    "may_hide_a_jump", "near_excursion", "rushed", "same_track", "segments_of", "stood_away", "unbroken",
]  # fmt: skip


@dataclass(frozen=True)
class TrustRules:
    """Thresholds of belief, each with unit and source."""

    jump_s: float = 14400.0
    """Seconds after a jump for which the flight that began with it may still be on the false side; spoofed stretches
    last minutes to an hour (Humphreys and Clements 2024), but a copy of the true track can go on until it lands."""
    left_s: float = 3600.0
    """The same after a take-off: aircraft are caught in flight, and a departure that is false began before it."""
    untrue_s: float = 600.0
    """Seconds before a landing (after a take-off) within which speed told and speed made must agree."""
    away_s: float = 1800.0
    """Seconds before the landing within which an excursion leaves the approach unseen."""
    from_ft: float = 8000.0
    """A descent is followed from this height above the field, or from the take-off."""
    from_km: float = 15.0
    """And from at least so far away."""
    silence_s: float = 300.0
    """With no longer silence (`Rules.gap_min`)."""
    step_ft: float = 5000.0
    """And no greater step of height between two positions."""
    between: int = 3
    """Positions between the ground and `from_ft`."""
    spoiled: float = 0.1
    """Share of rejected, or degraded, positions in the descent above which it is not believed (GPSJam: 10 %)."""
    moved_km: float = 10.0
    """Next received so far away without a flight between: no onward flight (no aircraft is towed so far)."""
    moved_kt: float = 60.0
    """Between two stays faster than this, within `moved_s`: no taxiing, and too short for a flight."""
    moved_s: float = 600.0
    """See `moved_kt`."""
    taxied_kt: float = 25.0
    """The same where it stood at both ends, slower than `stood_kt`: nobody taxies 4 km faster."""
    stood_kt: float = 10.0
    """See `taxied_kt`."""
    rolled_kt: float = 60.0
    """So fast on the ground it is on a runway, no farther from it than `rolled_km`."""
    rolled_km: float = 0.5
    """See `rolled_kt`; real touchdowns lie within 0.12 km of listed runways, stale speeds left out."""
    rolled_s: float = 180.0
    """Longer than this nothing rolls so fast."""
    lined_up_s: float = 60.0
    """Seconds from the ground within which a position tells whether it came down onto a runway."""
    lined_up_km: float = 5.0
    """And so near."""
    lined_up_off_km: float = 0.15
    """Off the centreline, and `lined_up_spread` of the distance to the threshold (`Rules.aligned_spread`)."""
    lined_up_spread: float = 0.03
    """See `lined_up_off_km`."""
    lined_up_deg: float = 12.0
    """Off the runway's heading: a crosswind landing is straightened out by then."""
    stood_s: float = 900.0
    """Beside a jump a stay of less is none (`Rules.ground_time_min`)."""
    sunk_ft: float = 1100.0
    """Pressure altitude so far below the field: the highest pressure measured makes 1,960 ft, 1050 hPa make 1,000."""
    sunk_geom_ft: float = 550.0
    """Geometric altitude so far below the field: the ellipsoid lies up to 350 ft above the sea's level."""
    leapt_fpm: float = 4500.0
    """Nobody climbs from a runway, or comes down to it, faster than this for minutes, `leapt_ft` left out."""
    leapt_ft: float = 1500.0
    """See `leapt_fpm`: the day's pressure, and how high a field lies."""
    flies_kt: float = 250.0
    """So fast, and `flies_ft` above the field, by its own account, nobody stands on it whatever the flag says."""
    flies_ft: float = 3000.0
    """See `flies_kt`."""
    sinks_fpm: float = 300.0
    """Nothing on the ground sinks or climbs like this."""
    frozen_s: float = 120.0
    """Seconds round the touchdown in which it must move as it says."""
    frozen_km: float = 2.0
    """Way told in that time that can be judged."""
    frozen_share: float = 0.35
    """Of the way told, as the crow flies: the last turn is over by then."""
    circle_s: float = 600.0
    """Seconds before a landing (after a take-off) that may be one even circle."""
    circle_deg: float = 600.0
    """Turned in that time."""
    circle_rows: int = 8
    """Positions that a circle needs."""
    collapsed: float = 0.5
    """Share of poor figures after a silence, below `spoiled` before it, that says that positions are no longer true."""
    rolled_gap_s: float = 30.0
    """Seconds from the flight within which the first position on the ground is still on the runway."""
    hidden_km: float = 20.0
    """A silence of `hidden_s` or more that bridges so much may hide a jump, unless it was flown straight."""
    hidden_s: float = 120.0
    """See `hidden_km`."""
    outrun: float = 1.2
    """A silence may ask for so many times the greatest speed the flight was heard at: wind, not more."""
    hour_s: float = 3600.0
    """How long before a landing (after a take-off) such silences are looked for."""
    straight_deg: float = 30.0
    """Flown straight: course before and after no farther off the line between than this."""
    straight_share: float = 0.15
    """And its length no farther off speed times time than this."""
    straight_km: float = 6.0
    """And it came out no farther than this, or `straight_off` of the way, from where speeds and courses lead."""
    straight_off: float = 0.12
    """See `straight_km`."""
    exact_km: float = 2.0
    """Beside a jump: two fields are hardly nearer to one another."""
    sil_samples: int = 25
    """Positions of version 2 with a sil that a share needs (adsbtrack)."""
    sil_suspect: float = 0.1
    """Share with sil 0 that is suspect (adsbtrack: 14 to 42 % when spoofed, at most 1.4 % else)."""
    sil_reject: float = 0.6
    """Share with sil 0 that sets a flight aside alone (adsbtrack)."""


RULES = TrustRules()


def segments_of(stop: Stop) -> list[int]:
    """Segments that a stop rests on, in order of time."""
    return [s for s in (stop.arrive.air, stop.ground, stop.depart.air) if s is not None]


def same_track(work: Work, s: int, group: int) -> bool:
    """Tell whether there is such a segment, of this track."""
    return 0 <= s < work.seg.shape[0] and int(work.seg[s, 0]) == group


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
        beside = -1 if stop.ground is None else stop.ground if arrival else stop.ground + 1
        return same_track(work, beside, stop.group) and bool(work.seg[beside, 4] == JUMP)
    seg, t, s = work.seg, work.tracks.t, side.air
    moment = float(t[seg[s, 3]]) if arrival else float(t[seg[s, 2]])
    if stop.ground is None and _toggles(work, s, stop.group, moment):
        return True
    if stop.ground is not None and _leaps(work, s, stop.group):
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
        return []
    if arrival:
        first = s - 1 if seg[s, 4] == STOP_FITS and seg[s - 1, 1] == SEG_AIR else s
        return [q for q in dict.fromkeys((first, s)) if seg[q, 4] == JUMP]
    last = s + 1 if same_track(work, s + 1, stop.group) and seg[s + 1, 4] == STOP_FITS else s
    after = (q + 1 for q in dict.fromkeys((s, last)))
    return [q for q in after if same_track(work, q, stop.group) and seg[q, 4] == JUMP]


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
            lo = int(work.seg[q - 1, 3]) if same_track(work, q - 1, group) else int(tr.first[group])
            rows = np.arange(lo, int(work.seg[q, 3]) + 1)
            rows = rows[work.state[rows] == AWAY]
            told = float(np.nansum((tr.gs[rows[1:]] + tr.gs[rows[:-1]]) / 2.0 * np.diff(tr.t[rows]))) * KM_PER_KT_S
            made = float(dist_km(tr.lat[rows[0]], tr.lon[rows[0]], tr.lat[rows[-1]], tr.lon[rows[-1]]))
            if not (told > RULES.frozen_km and made < 0.5 * told):
                return True
    return False


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


def away(work: Work, stop: Stop) -> bool:
    """Tell whether the track was away on an excursion shortly before the landing, or from the stay to its flight."""
    if stop.arrive.air is None or stop.ground is None:
        return False
    down = float(work.tracks.t[work.seg[stop.ground, 2]])
    for s in (stop.arrive.air, stop.ground):
        first, last = float(work.places[s, 4]), float(work.places[s, 5])
        if first < down and last > down - RULES.away_s:
            return True
    return stood_away(work, stop)


def near_excursion(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether the track was away, and came back, shortly before the end of a flight (after its beginning)."""
    s = stop.arrive.air if arrival else stop.depart.air
    if s is None:
        return False
    moment = float(work.tracks.t[work.seg[s, 3 if arrival else 2]])
    if arrival:
        return float(work.places[s, 5]) > moment - RULES.away_s
    flown = [q for q in (s, s + 1) if same_track(work, q, stop.group)]
    return any(float(work.places[q, 4]) < moment + RULES.away_s for q in flown)


def stood_away(work: Work, stop: Stop) -> bool:
    """Tell whether the track was away after the landing and came back into the air: it may have stood there instead."""
    if stop.ground is None or stop.depart.seen or stop.depart.air is None:
        return False
    return float(work.places[stop.depart.air, 4]) > float(work.tracks.t[work.seg[stop.ground, 2]])


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
