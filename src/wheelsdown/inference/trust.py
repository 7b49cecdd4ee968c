"""How far the positions around a stop can be believed: jumps, excursions, known targets, two on one address.

A jump says that one of two places is false, not which. A side of a stop is believed where it was followed to the
ground (or away from it) without a break, down (or up) through the heights between: false positions do not fly.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from wheelsdown.geo import distance_km
from wheelsdown.inference.arrays import SIL_KNOWN, SIL_ZERO
from wheelsdown.inference.besidejump import outlasts, stands_beside
from wheelsdown.inference.centreline import on_centreline
from wheelsdown.inference.continuity import continuous, flown, may_hide_a_jump, same_track, segments_of, unbroken
from wheelsdown.inference.jumps import away, jumped, near_excursion, stood_away
from wheelsdown.inference.kernel import JUMP
from wheelsdown.inference.near import dist_km
from wheelsdown.inference.onward import heard_elsewhere, isolated, no_onward, outran, unanchored
from wheelsdown.inference.points import GROUND
from wheelsdown.inference.signs import (
    beside_runway,
    circled,
    collapsed,
    frozen,
    leapt,
    on_runway,
    rolled_on,
    still_flies,
    sunk,
)
from wheelsdown.inference.targets import TARGET_KM, Target
from wheelsdown.inference.trustrules import RULES

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Stop, Work

__all__ = [
    "PLACEHOLDERS",
    "believed",
    "handed_on",
    "interleaved",
    "leg_doubts",
    "lower_sides",
    "near_target",
    "sil_zero",
]

PLACEHOLDERS = frozenset({"000000", "000001", "ffffff"})
"""Addresses that transponders send before they are given one (readsb, adsbtrack ignore them)."""
_POSSIBLE, _STRONG = 1, 2
"""Grades of a side (`stops.POSSIBLE`, `stops.LIKELY`): the second names its field alone."""
_ORDER = {"observed": 4, "inferred": 3, "likely": 2, "possible": 1}


def believed(work: Work, stop: Stop, grade: str) -> str:
    """Lower a grade as far as its positions cannot be believed, and say why on the stop.

    Notes
    -----
    What it cannot see: a false track without a jump, a silence that hides one, or figures of its own that say so, at a
    place on no list. Of two places that a jump separates neither is certain; one that was reached (left) by an unbroken
    descent (climb) is.
    """
    address = work.tracks.keys[stop.group][0]
    if address in PLACEHOLDERS:
        _note(stop, "address_unreliable", f"{address} is a placeholder, not an aircraft's address", aside=True)
    if work.tracks.episodes and interleaved(work, stop):
        grade = _two_on_one(work, stop, grade)
    target = near_target(work, stop)
    came, left = (jumped(work, stop, arrival=a) for a in (True, False))
    if came or left or stop.thrown:
        grade = _after_a_jump(work, stop, grade, came=came, left=left, target=target)
    if target is not None and not flown(work, stop):
        text = f"false positions are put at {target.code} ({target.source}), and no unbroken flight led there"
        _note(stop, "spoofing_target", text, aside=True)
        grade = "possible"
    if away(work, stop) and not _beyond_excursions(work, stop):
        text = "away and back shortly before it, as no aircraft flies: which of the two was true cannot be told"
        _note(stop, "teleport", text, aside=True)
        grade = "possible"
    if no_onward(work, stop):
        _note(stop, "no_onward_flight", "next received elsewhere, and no flight from here was", aside=True)
        grade = "possible"
    for flag, found, text in (
        ("teleport", beside_runway, "it rolled where the field has no runway, after a silence that may hide a jump"),
        ("speed_mismatch", rolled_on, "on the ground it says for minutes that it rolls, and it does not stand still"),
        ("speed_mismatch", frozen, "it does not move as it says, after a silence that may hide a jump"),
        ("teleport", sunk, "it was received lower than the field lies, by more than the pressure of any day explains"),
        ("no_descent", leapt, "there or beside it the aircraft was too high and fast to have stood there"),
        ("teleport", heard_elsewhere, "it was received elsewhere in the silence in which it would have been there"),
        ("low_integrity", collapsed, "its own figures collapse in a silence that may hide a jump"),
        ("circling", _circled, "it flew an even circle there, and a silence may hide how it came or went"),
    ):
        if found(work, stop):
            _note(stop, flag, text, aside=True)
            grade = "possible"
    if stop.ground is not None and outran(work, stop):
        text = "it would have had to fly there faster than it flew on the way: two aircraft on one address, or a jump"
        alone = not any(continuous(work, stop, arrival=arrival) for arrival in (True, False))
        _note(stop, "teleport", text, aside=alone)
        grade = _least(grade, "possible" if alone else "likely")
    if stop.ground is None and grade == "likely" and _speaks_after_a_silence(work, stop):
        stop.remarks.append("a silence in the hour beside it may hide a jump, and only one side names the field")
        grade = "possible"
    if grade == "observed" and _between_silences(work, stop):
        stop.remarks.append("on both sides a silence may hide a jump, and neither flight was followed without a break")
        grade = "possible"
    if grade != "possible" and still_flies(work, stop):
        stop.remarks.append("on the ground for a moment, in which by its speed and rate it flies, off any runway")
        grade = "possible"
    if grade != "possible" and isolated(work, stop) and on_runway(work, stop, arrival=True) is not True:
        _note(stop, "no_onward_flight", "next received elsewhere, and where its flight began was not", aside=True)
        grade = "possible"
    if grade != "possible" and unanchored(work, stop) and on_runway(work, stop, arrival=True) is False:
        text = (
            "next received elsewhere, its flight was not followed from a take-off, and it came down on no runway here"
        )
        _note(stop, "no_onward_flight", text, aside=True)
        grade = "possible"
    nowhere = stop.ground is not None and stop.field is None and not stop.depart.seen
    if nowhere and may_hide_a_jump(work, stop, arrival=True, within_s=RULES.jump_s, exact=True):
        text = "at a place on no list, after a silence that may hide a jump, and no flight from here was received"
        _note(stop, "no_onward_flight", text, aside=True)
        grade = "possible"
    _own_figures(work, stop)
    # a jump on one side does not make a stay false that was followed along a runway on the other
    if grade != "possible":
        stop.followed = _followed(work, stop, grade)
    elif stop.set_aside is not None:
        stop.followed = _lined_up(work, stop)
    return grade


def _beyond_excursions(work: Work, stop: Stop) -> bool:
    """Tell whether a stop stands although the track was away and back near it."""
    if stood_away(work, stop):
        return unbroken(work, stop, arrival=True) and on_runway(work, stop, arrival=True) is True
    return any(continuous(work, stop, arrival=arrival) for arrival in (True, False))


def _speaks_after_a_silence(work: Work, stop: Stop) -> bool:
    """Tell whether each side that names the field alone was heard beside a silence that may hide a jump."""
    strong = [a for a in (True, False) if (stop.arrive if a else stop.depart).grade >= _STRONG]
    return bool(strong) and all(may_hide_a_jump(work, stop, arrival=a) for a in strong)


def _between_silences(work: Work, stop: Stop) -> bool:
    """Tell whether a stay lies between two silences that may each hide a jump: there and back, as copies are put."""
    both = (True, False)
    return all(may_hide_a_jump(work, stop, arrival=a) for a in both) and not any(
        continuous(work, stop, arrival=a) for a in both
    )


def _followed(work: Work, stop: Stop, grade: str) -> bool:
    """Tell whether a flight beside the stop was followed so that hardly a copy of the track can have been put there."""
    if stop.ground is None and grade == "likely":
        # one side in the air alone: a copy can begin or end there, along a runway too where two are parallel
        return False
    both = (True, False)
    if any(unbroken(work, stop, arrival=a, exact=True) for a in both) and not unanchored(work, stop):
        return True
    return _lined_up(work, stop)


def _lined_up(work: Work, stop: Stop) -> bool:
    return any(_along_runway(work, stop, arrival=a) for a in (True, False))


def _along_runway(work: Work, stop: Stop, *, arrival: bool) -> bool:
    return on_centreline(work, stop, arrival=arrival) and not near_excursion(work, stop, arrival=arrival)


def handed_on(work: Work, stops: list[Stop]) -> list[Stop]:
    """Set aside what is of one piece with a stay set aside: at the same field, and nothing left it between them."""
    pairs = list(itertools.pairwise(stops))
    for a, b in (*pairs, *((b, a) for a, b in reversed(pairs))):
        if a.set_aside is None or b.set_aside is not None or a.field is None or a.field != b.field:
            continue
        first, then = (a, b) if segments_of(a) < segments_of(b) else (b, a)
        vouched = any(unbroken(work, b, arrival=arrival) for arrival in (True, False))
        if not _close_by(work, first, then) and (vouched or not _of_one_stay(first, then)):
            continue
        flag, _, text = a.set_aside.partition(": ")
        _note(b, flag, text, aside=True)
        if b.grade is not None and _ORDER.get(b.grade, 0) > _ORDER["possible"]:
            b.grade, b.lowered = "possible", True
            lower_sides(b)
    return stops


def lower_sides(stop: Stop) -> None:
    """Lower the sides of a stop that is no more than possible: a leg says no more of its end than the visit does."""
    stop.arrive.grade, stop.depart.grade = min(stop.arrive.grade, _POSSIBLE), min(stop.depart.grade, _POSSIBLE)


def _of_one_stay(first: Stop, then: Stop) -> bool:
    """Tell whether two rows are one stay that a silence divides: not seen to leave, and not seen to come."""
    return first.depart.air is None and then.arrive.air is None


def _close_by(work: Work, first: Stop, then: Stop) -> bool:
    """Tell whether between two stays on the ground the aircraft was received, and only close by."""
    if first.ground is None or then.ground is None:
        return False
    tr = work.tracks
    rows = np.arange(int(work.seg[first.ground, 3]), int(work.seg[then.ground, 2]) + 1)
    rows = rows[work.state[rows] <= GROUND]
    off = distance_km(tr.lat[rows], tr.lon[rows], float(tr.lat[rows[0]]), float(tr.lon[rows[0]]))
    return bool(np.max(off) <= RULES.moved_km and np.max(np.diff(tr.t[rows]), initial=0.0) <= RULES.silence_s)


def _circled(work: Work, stop: Stop) -> bool:
    if circled(work, stop, arrival=True):
        return True
    # an even circle after a landing along a runway makes the flight out false, not the stay
    landed = stop.ground is not None and _along_runway(work, stop, arrival=True)
    return not landed and circled(work, stop, arrival=False)


def _note(stop: Stop, flag: str, text: str, *, aside: bool = False) -> None:
    if flag not in stop.doubts:
        stop.doubts.append(flag)
        stop.notes.append(text)
    if aside and stop.set_aside is None:
        stop.set_aside = f"{flag}: {text}"


def _least(grade: str, most: str) -> str:
    return grade if _ORDER[grade] <= _ORDER[most] else most


def interleaved(work: Work, stop: Stop) -> bool:
    """Tell whether another track was heard on the same address while this stop and its flights were."""
    spans = work.tracks.episodes.get(stop.group, ())
    t, segments = work.tracks.t, segments_of(stop)
    a, b = float(t[work.seg[segments[0], 2]]), float(t[work.seg[segments[-1], 3]])
    return any(a <= end and begin <= b for begin, end in spans)


def _two_on_one(work: Work, stop: Stop, grade: str) -> str:
    """Place and time were seen; whose they are was not: of two tracks on one address one is another aircraft's."""
    second = stop.group in work.tracks.part_of
    text = "two tracks at once on this address: place and time were seen, which aircraft it was is not certain"
    _note(stop, "interleaved", text + ("; this is the track heard second" if second else ""), aside=second)
    if not any(unbroken(work, stop, arrival=arrival) for arrival in (True, False)):
        return "possible"
    if stop.ground is not None and not (stop.arrive.seen and stop.depart.seen):
        # its other side was heard on another track, or not at all
        return "possible"
    # an inferred stop joins two flights that may be two aircraft's, a likely one has one side only
    return "likely" if grade in ("observed", "inferred") else "possible"


def near_target(work: Work, stop: Stop) -> Target | None:
    """Give the known target that a stop is at, if it was one at that time."""
    # where a field is named, the visit is there; the position beside it may be the other side's
    lat, lon = stop.lat, stop.lon
    if stop.field is not None:
        lat, lon = float(work.index.f_lat[stop.field]), float(work.index.f_lon[stop.field])
    for target, since, until in work.targets:
        if abs(lat - target.latitude_deg) < 0.2 and (
            dist_km(lat, lon, target.latitude_deg, target.longitude_deg) <= TARGET_KM
        ):
            t = float(work.tracks.t[work.seg[segments_of(stop)[0], 3]])
            if since <= t <= until:
                return target
    return None


def _after_a_jump(work: Work, stop: Stop, grade: str, *, came: bool, left: bool, target: Target | None) -> str:
    """Grade a stop beside a jump: by the side that was followed without a break, if there is one."""
    text = "the positions jump on the flight " + ("here" if came else "from here" if left else "to or from here")
    if not stop.thrown:
        text += " as no aircraft flies, in view or hidden in a silence"
        _note(stop, "teleport", text)
    if target is None and stands_beside(work, stop, came=came, left=left):
        return grade
    if target is None and outlasts(work, stop, came=came, left=left):
        return _least(grade, "likely")
    _note(stop, "teleport", text, aside=True)
    return "possible"


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
    said, zero = sil_zero(work, segments_of(stop))
    if said < RULES.sil_samples or zero < RULES.sil_suspect * said:
        return
    jumps = any(f in stop.doubts for f in ("teleport", "spoofing_target")) or stop.thrown
    jumps = jumps or any(not math.isnan(float(work.places[s, 4])) for s in segments_of(stop))
    text = f"sil 0 in {zero / said:.0%} of {said} positions: the aircraft does not vouch for them"
    _note(stop, "low_integrity", text, aside=zero >= RULES.sil_reject * said or jumps)


def leg_doubts(work: Work, s: int) -> list[str]:
    """Flags of one flight for LEGS."""
    out = []
    spans = work.tracks.episodes.get(int(work.seg[s, 0]), ())
    a, b = (float(work.tracks.t[work.seg[s, q]]) for q in (2, 3))
    if any(a <= end and begin <= b for begin, end in spans):
        out.append("interleaved")
    after = same_track(work, s + 1, int(work.seg[s, 0])) and work.seg[s + 1, 4] == JUMP
    hurry = [float(h) for h in work.places[s, 6:8]]
    if work.seg[s, 4] == JUMP or after or not all(math.isnan(h) for h in hurry):
        out.append("teleport")
    return out
