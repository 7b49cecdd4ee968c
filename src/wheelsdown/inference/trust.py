"""How far the positions around a stop can be believed: jumps, excursions, known targets, two on one address.

A jump says that one of two places is false, not which. A side of a stop is believed where it was followed to the
ground (or away from it) without a break, down (or up) through the heights between: false positions do not fly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wheelsdown.inference import ends as en
from wheelsdown.inference.arrays import DEGRADED, QUALITY_KNOWN, SIL_KNOWN, SIL_ZERO
from wheelsdown.inference.kernel import JUMP, MOVED, SEG_AIR, STOP_FITS
from wheelsdown.inference.near import dist_km
from wheelsdown.inference.points import AWAY, GROUND, REJECTED
from wheelsdown.inference.targets import TARGET_KM, Target

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Side, Stop, Work

__all__ = ["PLACEHOLDERS", "TrustRules", "believed", "interleaved", "leg_doubts", "near_target", "sil_zero"]

PLACEHOLDERS = frozenset({"000000", "000001", "ffffff"})
"""Addresses that transponders send before they are given one (readsb, adsbtrack ignore them)."""
_STRONG = 2
"""Grade of a side that names its field alone (`stops.LIKELY`)."""
_ORDER = {"observed": 4, "inferred": 3, "likely": 2, "possible": 1}


@dataclass(frozen=True)
class TrustRules:
    """Thresholds of belief, each with unit and source."""

    jump_s: float = 7200.0
    """Seconds after a jump (before one) for which a flight may still be on the false side; spoofed stretches last
    minutes to an hour (Humphreys and Clements 2024), and after two any place can be reached."""
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
    moved_km: float = 50.0
    """Next received so far away without a flight between: no onward flight."""
    hidden_km: float = 40.0
    """A silence that bridges so much may hide a jump."""
    sil_samples: int = 25
    """Positions of version 2 with a sil that a share needs (adsbtrack)."""
    sil_suspect: float = 0.1
    """Share with sil 0 that is suspect (adsbtrack: 14 to 42 % when spoofed, at most 1.4 % else)."""
    sil_reject: float = 0.6
    """Share with sil 0 that sets a flight aside alone (adsbtrack)."""


RULES = TrustRules()


def believed(work: Work, stop: Stop, grade: str | None) -> str | None:
    """Lower a grade as far as its positions cannot be believed, and say why on the stop.

    Notes
    -----
    What it cannot see: a false track without a jump, a silence that hides one, or figures of its own that say so, at a
    place on no list. Of two places that a jump separates neither is certain; one that was reached (left) by an unbroken
    descent (climb) is.
    """
    if grade is None or grade == "ruled_out":
        return grade
    address = work.tracks.keys[stop.group][0]
    if address in PLACEHOLDERS:
        _note(stop, "address_unreliable", f"{address} is a placeholder, not an aircraft's address", aside=True)
    if work.tracks.episodes and interleaved(work, stop):
        grade = _two_on_one(work, stop, grade)
    target = near_target(work, stop)
    came = _jumped(work, stop, arrival=True)
    left = _jumped(work, stop, arrival=False)
    if came or left or stop.thrown:
        grade = _after_a_jump(work, stop, grade, came=came, left=left, target=target)
    if target is not None and not _flown(work, stop):
        text = f"false positions are put at {target.code} ({target.source}), and no unbroken flight led there"
        _note(stop, "spoofing_target", text, aside=True)
        grade = "possible"
    if _away(work, stop) and not any(_continuous(work, stop, arrival=arrival) for arrival in (True, False)):
        _note(stop, "teleport", "false positions elsewhere shortly before it: the approach itself was not received")
        grade = _least(grade, "likely")
    if stop.ground is not None and _no_onward(work, stop):
        _note(stop, "no_onward_flight", "next received elsewhere, and no flight from here was", aside=True)
        grade = "possible"
    _own_figures(work, stop)
    return grade


def _note(stop: Stop, flag: str, text: str, *, aside: bool = False) -> None:
    if flag not in stop.doubts:
        stop.doubts.append(flag)
        stop.notes.append(text)
    if aside and stop.set_aside is None:
        stop.set_aside = f"{flag}: {text}"


def _least(grade: str, most: str) -> str:
    return grade if _ORDER[grade] <= _ORDER[most] else most


def _segments(stop: Stop) -> list[int]:
    return [s for s in (stop.arrive.air, stop.ground, stop.depart.air) if s is not None]


def interleaved(work: Work, stop: Stop) -> bool:
    """Tell whether another track was heard on the same address while this stop and its flights were."""
    spans = work.tracks.episodes.get(stop.group, ())
    t, segments = work.tracks.t, _segments(stop)
    a, b = float(t[work.seg[segments[0], 2]]), float(t[work.seg[segments[-1], 3]])
    return any(a <= end and begin <= b for begin, end in spans)


def _two_on_one(work: Work, stop: Stop, grade: str) -> str:
    """Place and time were seen; whose they are was not: of two tracks on one address one is another aircraft's."""
    second = stop.group in work.tracks.part_of
    text = "two tracks at once on this address: place and time were seen, which aircraft it was is not certain"
    _note(stop, "interleaved", text + ("; this is the track heard second" if second else ""), aside=second)
    if grade == "observed":
        return "likely"
    # an inferred stop joins two flights that may be two aircraft's
    return "likely" if grade == "inferred" else "possible"


def near_target(work: Work, stop: Stop) -> Target | None:
    """Give the known target that a stop is at, if it was one at that time."""
    at = [(stop.lat, stop.lon)]
    if stop.field is not None:
        at.append((float(work.index.f_lat[stop.field]), float(work.index.f_lon[stop.field])))
    for target, since, until in work.targets:
        for lat, lon in at:
            if abs(lat - target.latitude_deg) < 0.2 and (
                dist_km(lat, lon, target.latitude_deg, target.longitude_deg) <= TARGET_KM
            ):
                t = float(work.tracks.t[work.seg[_segments(stop)[0], 3]])
                if since <= t <= until:
                    return target
    return None


def _same_track(work: Work, s: int, group: int) -> bool:
    return 0 <= s < work.seg.shape[0] and int(work.seg[s, 0]) == group


def _jumped(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether the flight in began (the flight out ended) with a jump, in view or hidden in a silence."""
    side = stop.arrive if arrival else stop.depart
    if side.air is None:
        return False
    seg, t, s = work.seg, work.tracks.t, side.air
    moment = float(t[seg[s, 3]]) if arrival else float(t[seg[s, 2]])
    if arrival:
        first = s - 1 if seg[s, 4] == STOP_FITS and seg[s - 1, 1] == SEG_AIR else s
        if any(seg[q, 4] == JUMP and moment - float(t[seg[q, 2]]) <= RULES.jump_s for q in (first, s)):
            return True
        hurry = [float(work.places[q, 7]) for q in (s, stop.ground) if q is not None]
        return any(moment - h <= RULES.jump_s for h in hurry)
    last = s
    if _same_track(work, s + 1, stop.group) and seg[s + 1, 4] == STOP_FITS:
        last = s + 1
    for q in (s, last):
        jumps = _same_track(work, q + 1, stop.group) and seg[q + 1, 4] == JUMP
        if jumps and float(t[seg[q, 3]]) - moment <= RULES.jump_s:
            return True
    hurry = float(work.places[s, 6])
    return hurry - moment <= RULES.jump_s


def _after_a_jump(work: Work, stop: Stop, grade: str, *, came: bool, left: bool, target: Target | None) -> str:
    """Grade a stop beside a jump: by the side that was followed without a break, if there is one."""
    text = "the positions jump on the flight " + ("here" if came else "from here" if left else "to or from here")
    if not stop.thrown:
        text += " as no aircraft flies, in view or hidden in a silence"
        _note(stop, "teleport", text)
    if target is None:
        if not came and stop.arrive.seen and _continuous(work, stop, arrival=True):
            return grade
        if not left and stop.depart.seen and _continuous(work, stop, arrival=False) and _leads_on(work, stop):
            return _least(grade, "likely")
        alone = (not came and stop.arrive.grade >= _STRONG) or (not left and stop.depart.grade >= _STRONG)
        if stop.ground is None and alone:
            # the other side speaks for itself
            return _least(grade, "likely")
    _note(stop, "teleport", text, aside=True)
    return "possible"


def _leads_on(work: Work, stop: Stop) -> bool:
    """Tell whether the flight out goes on to its end, and the stay after it, without another jump."""
    s = stop.depart.air
    while s is not None and _same_track(work, s + 1, stop.group):
        if work.seg[s + 1, 4] == JUMP:
            return False
        if work.seg[s + 1, 1] == SEG_AIR:
            break
        s += 1
    return True


def _flown(work: Work, stop: Stop) -> bool:
    """Tell whether an unbroken descent led to the stop, or an unbroken climb away from it."""
    return any(
        side.air is not None and _continuous(work, stop, arrival=arrival)
        for side, arrival in ((stop.arrive, True), (stop.depart, False))
    )


def _continuous(work: Work, stop: Stop, *, arrival: bool) -> bool:
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
    whole = _from_the_ground(work, s, stop.group, arrival=arrival)
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


def _from_the_ground(work: Work, s: int, group: int, *, arrival: bool) -> bool:
    """Tell whether a flight was followed from its own take-off (to its own landing): a short hop stays low."""
    q = s - 1 if arrival else s + 1
    if not _same_track(work, q, group) or work.seg[q, 1] == SEG_AIR or work.seg[max(q, s), 4] == JUMP:
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


def _away(work: Work, stop: Stop) -> bool:
    """Tell whether the track was away on an excursion shortly before the landing."""
    if stop.arrive.air is None or stop.ground is None:
        return False
    down = float(work.tracks.t[work.seg[stop.ground, 2]])
    for s in (stop.arrive.air, stop.ground):
        first, last = float(work.places[s, 4]), float(work.places[s, 5])
        if first < down and last > down - RULES.away_s:
            return True
    return False


def _no_onward(work: Work, stop: Stop) -> bool:
    """Tell whether it is next received far away without a flight, and a silence before it may hide a jump."""
    tr, seg, s = work.tracks, work.seg, stop.arrive.air
    if s is None or stop.ground is None or stop.depart.seen:
        return False
    last = int(seg[stop.ground, 3])
    nxt = stop.ground + 1
    if not _same_track(work, nxt, stop.group) or seg[nxt, 4] not in (MOVED, 0):
        return False
    first = int(seg[nxt, 2])
    if dist_km(tr.lat[last], tr.lon[last], tr.lat[first], tr.lon[first]) < RULES.moved_km:
        return False
    if seg[nxt, 1] == SEG_AIR:
        end = work.ends[nxt, 1]
        named = end[en.END_GRADE] >= 1 and int(work.cand[nxt, 1, 0, en.C_FIELD]) != stop.field
        if not named:
            return False
    return _may_hide_a_jump(work, stop, s) and not _continuous(work, stop, arrival=True)


def _may_hide_a_jump(work: Work, stop: Stop, s: int) -> bool:
    """Tell whether a silence of the last hour before the landing bridges a distance that may not have been flown."""
    tr, seg = work.tracks, work.seg
    if stop.ground is None:
        return False
    rows = np.arange(int(seg[s, 2]), int(seg[s, 3]) + 1)
    rows = np.concatenate([rows[work.state[rows] <= GROUND], [int(seg[stop.ground, 2])]])
    rows = rows[tr.t[rows] >= tr.t[rows[-1]] - 3600.0]
    wide = np.flatnonzero(np.diff(tr.t[rows]) >= 120.0)
    return any(
        dist_km(tr.lat[rows[q]], tr.lon[rows[q]], tr.lat[rows[q + 1]], tr.lon[rows[q + 1]]) >= RULES.hidden_km
        for q in wide.tolist()
    )


def sil_zero(work: Work, segments: list[int]) -> tuple[int, int]:
    """Count positions of version 2 with a sil, and those of them with sil 0."""
    if work.tracks.low is None:
        return 0, 0
    said = zero = 0
    for s in segments:
        own = work.tracks.low[int(work.seg[s, 2]) : int(work.seg[s, 3]) + 1]
        said += int(np.count_nonzero(own & SIL_KNOWN))
        zero += int(np.count_nonzero(own & SIL_ZERO))
    return said, zero


def _own_figures(work: Work, stop: Stop) -> None:
    """Set aside what says of itself that its positions cannot be relied on (sil 0 of version 2)."""
    said, zero = sil_zero(work, _segments(stop))
    if said < RULES.sil_samples or zero < RULES.sil_suspect * said:
        return
    jumps = any(f in stop.doubts for f in ("teleport", "spoofing_target")) or stop.thrown
    jumps = jumps or any(not math.isnan(float(work.places[s, 4])) for s in _segments(stop))
    text = f"sil 0 in {zero / said:.0%} of {said} positions: the aircraft does not vouch for them"
    _note(stop, "low_integrity", text, aside=zero >= RULES.sil_reject * said or jumps)


def leg_doubts(work: Work, s: int) -> list[str]:
    """Flags of one flight for LEGS."""
    out = []
    spans = work.tracks.episodes.get(int(work.seg[s, 0]), ())
    a, b = (float(work.tracks.t[work.seg[s, q]]) for q in (2, 3))
    if any(a <= end and begin <= b for begin, end in spans):
        out.append("interleaved")
    after = _same_track(work, s + 1, int(work.seg[s, 0])) and work.seg[s + 1, 4] == JUMP
    hurry = [float(h) for h in work.places[s, 6:8]]
    if work.seg[s, 4] == JUMP or after or not all(math.isnan(h) for h in hurry):
        out.append("teleport")
    return out
