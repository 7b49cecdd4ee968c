"""Stops: what lies between two flights of one aircraft, seen on the ground or fitted into a silence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as own
from typing import Any

from wheelsdown.inference import ends as en
from wheelsdown.inference.jumps import jumped, rushed
from wheelsdown.inference.kernel import JUMP, LONG, SEG_AIR, STOP_FITS
from wheelsdown.inference.naming import place_ground, why_excluded
from wheelsdown.inference.near import dist_km
from wheelsdown.inference.rules import Rules
from wheelsdown.inference.trust import believed, lower_sides
from wheelsdown.inference.twosided import followed, heard_low, neighbours_left, settled, speaks_against, towards

__all__ = ["Side", "Stop", "Work", "stops_of"]

NONE, POSSIBLE, LIKELY, OBSERVED = 0, 1, 2, 3
_KM_S = 1.852 / 3600.0
_CONTESTED = 0.25
"""Share of contradicted positions above which nothing around them is graded better than possible."""


@dataclass(slots=True)
class Work:
    """All arrays that the assembly of one run needs."""

    tracks: Any
    state: Any
    seg: Any
    stats: Any
    places: Any
    near: Any
    ends: Any  # (segments, 2, ...): arrival, departure
    cand: Any
    index: Any
    names: Any
    rules: Rules
    targets: Any  # known places of false positions, each with the seconds between which it is one


@dataclass(slots=True)
class Side:
    """One side of a stop: the arrival or the departure."""

    air: int | None = None
    """Segment flown before (arrival) or after (departure)."""
    earliest: float | None = None
    best: float | None = None
    latest: float | None = None
    field: int | None = None
    grade: int = NONE
    seen: bool = False
    """The aircraft was received on the ground close enough in time to be joined to this flight."""
    heard_low: bool = False
    silence_s: float = 0.0
    path_km: float = 0.0


@dataclass(slots=True)
class Stop:
    """A stay somewhere between two flights; `field` None means unlisted (with ground seen) or not to be named."""

    group: int
    ground: int | None
    arrive: Side
    depart: Side
    field: int | None = None
    field_km: float = 0.0
    lat: float = math.nan
    lon: float = math.nan
    grade: str | None = None
    rivals: list[int] = own(default_factory=list)
    excluded: dict[int, str] = own(default_factory=dict)
    """Fields that cannot be it, in the order they fell, each with the reason given first."""
    thrown: bool = False
    """The positions jump to or from here as no aircraft flies: two on one address, or false positions."""
    contested: bool = False
    """Many of the positions around it contradict the rest."""
    lowered: bool = False
    """Its grade was lowered because its positions are doubtful."""
    doubts: list[str] = own(default_factory=list)
    """Flags of INTEGRITY that concern it."""
    notes: list[str] = own(default_factory=list)
    """The same in words."""
    remarks: list[str] = own(default_factory=list)
    """Why its grade is lower, where no flag is raised."""
    followed: bool = False
    """A flight beside it was followed without a break, or along a runway."""
    set_aside: str | None = None
    """Why counts leave it out."""
    if_believed: str | None = None
    """Its grade before anything was held against its positions."""


def stops_of(work: Work, lo: int, hi: int) -> Iterator[Stop]:
    """Yield the stops of one track, in order; `lo` and `hi` bound its segments."""
    seg = work.seg
    air: int | None = None
    ground: list[int] = []
    thrown = False
    for s in range(lo, hi):
        sep = seg[s, 4]
        if sep == LONG:
            yield from _closing(work, air, ground, thrown=thrown, jumps=False)
            air, ground, thrown = None, [], False
        elif sep == JUMP:
            # no aircraft flies from the one to the other: nothing is joined, and nothing is said of where it went
            yield from _closing(work, air, ground, thrown=thrown, jumps=True)
            air, ground, thrown = None, [], True
        if seg[s, 1] != SEG_AIR:
            ground.append(s)
            continue
        if ground:
            yield from _ground_stops(work, air, ground, s, thrown=thrown and air is None)
            ground = []
        elif air is None:
            if not thrown:
                yield _one_sided(work, s, arrival=False)
        elif sep == STOP_FITS:
            yield _silent_stop(work, air, s)
        air, thrown = s, False
    yield from _closing(work, air, ground, thrown=thrown, jumps=False)


def _closing(work: Work, air: int | None, ground: list[int], *, thrown: bool, jumps: bool) -> Iterator[Stop]:
    """Yield what stands open where the data, or what may be inferred from them, end."""
    if ground:
        yield from _ground_stops(work, air, ground, None, thrown=thrown or jumps)
    elif air is not None and not jumps:
        yield _one_sided(work, air, arrival=True)


def _ground_stops(work: Work, air: int | None, ground: list[int], after: int | None, *, thrown: bool) -> Iterator[Stop]:
    for n, g in enumerate(ground):
        before = air if n == 0 else None
        then = after if n + 1 == len(ground) else None
        stop = Stop(int(work.seg[g, 0]), g, Side(before), Side(then))
        place_ground(work, stop, g)
        _seen_side(work, stop, g, arrival=True)
        _seen_side(work, stop, g, arrival=False)
        if n > 0:
            # it was somewhere else on the ground before: it flew or was towed unseen
            stop.arrive.earliest = float(work.tracks.t[work.seg[ground[n - 1], 3]])
        if n + 1 < len(ground):
            stop.depart.latest = float(work.tracks.t[work.seg[ground[n + 1], 2]])
            stop.depart.earliest = float(work.tracks.t[work.seg[g, 3]])
        stop.thrown = thrown or any(rushed(work, q) for q in (g, g + 1))
        stop.grade = _capped(work, stop, _ground_grade(work, stop, g))
        yield stop


def _seen_side(work: Work, stop: Stop, g: int, *, arrival: bool) -> None:
    """Join a stay on the ground to the flight before or after it."""
    tr, seg = work.tracks, work.seg
    side = stop.arrive if arrival else stop.depart
    row = int(seg[g, 2] if arrival else seg[g, 3])
    tg = float(tr.t[row])
    if side.air is None:
        if arrival:
            side.latest = tg
        return
    a = int(seg[side.air, 3] if arrival else seg[side.air, 2])
    ta = float(tr.t[a])
    gap = side.silence_s = abs(tg - ta)
    d = float(dist_km(tr.lat[a], tr.lon[a], tr.lat[row], tr.lon[row]))
    v = float(tr.gs[a])
    v = 140.0 if math.isnan(v) else min(600.0, max(60.0, v))
    excess = gap - d / (v * _KM_S)
    which = 0 if arrival else 1
    end = work.ends[side.air, which]
    low = (
        end[en.END_GRADE] >= 1
        and stop.field is not None
        and end[en.END_HEIGHT] <= work.rules.strong_height_ft
        and d < 25.0
    )
    # a flight that begins (ends) at another field's runway was not this one's
    elsewhere = end[en.END_GRADE] == LIKELY and int(work.cand[side.air, which, 0, en.C_FIELD]) != stop.field
    side.seen = gap <= 300.0 or (excess <= 900.0 and not elsewhere)
    # heard low at this very field: the landing (or take-off) is sure, its hour is not
    side.heard_low = (
        bool(low) and end[en.END_GRADE] == LIKELY and int(work.cand[side.air, which, 0, en.C_FIELD]) == stop.field
    )
    # without a ground flag the landing roll looks like flight; with one it may come, or go, some seconds late
    roll = 20.0 if tr.og[row] == 1 else 60.0
    travel = d / (v * 0.85 * _KM_S)
    if arrival:
        best = tg if gap <= 30.0 else min(tg, ta + travel)
        side.earliest, side.best, side.latest = ta - roll, best, tg
        if gap > 60.0:
            side.earliest = max(side.earliest, ta + (max(0.0, d - 0.5)) / (max(1.25 * v, 120.0) * _KM_S) - roll)
            side.earliest = min(side.earliest, tg)
    else:
        best = ta if gap <= 30.0 else max(tg, ta - travel)
        side.earliest, side.best, side.latest = tg, best, ta + roll
        if gap > 60.0:
            side.latest = max(tg, min(side.latest, ta - max(0.0, d - 0.5) / (max(1.25 * v, 120.0) * _KM_S) + roll))
    side.best = min(max(side.best, side.earliest), side.latest)


def _ground_grade(work: Work, stop: Stop, g: int) -> str:
    used = int(work.stats[g, 6])
    if used and int(work.stats[g, 5]) * 2 > used:
        return "likely"
    if stop.arrive.air is None and stop.depart.air is None and not work.tracks.airframe[stop.group]:
        # never received in the air, and it does not say that it is an aircraft
        return "possible"
    joined = any(side.seen or side.heard_low for side in (stop.arrive, stop.depart))
    if joined and not stop.rivals:
        return "observed"
    return "likely"


def _capped(work: Work, stop: Stop, grade: str) -> str | None:
    """Lower a grade that rests on positions of doubtful origin."""
    segments = [s for s in (stop.arrive.air, stop.ground, stop.depart.air) if s is not None]
    # an excursion from which the track came back is told apart: it contradicts nothing here
    rejected = sum(int(work.stats[s, 3]) - int(work.stats[s, 8]) for s in segments)
    used = sum(int(work.stats[s, 6]) for s in segments)
    stop.contested = rejected > _CONTESTED * used and rejected > 8
    if stop.thrown and not (stop.arrive.seen or stop.depart.seen):
        return "ruled_out"
    judged = believed(work, stop, "possible" if stop.contested else grade)
    stop.lowered = judged != grade
    if stop.lowered and judged == "possible":
        lower_sides(stop)
    flown = (s for s in (stop.arrive.air, stop.depart.air) if s is not None)
    by_others = any(int(work.stats[s, 5]) * 2 > int(work.stats[s, 6]) for s in flown)
    stop.if_believed, judged = ("likely" if g == "inferred" and by_others else g for g in (grade, judged))
    return judged


def _candidates(work: Work, s: int, which: int) -> list[Any]:
    n = int(work.ends[s, which, en.END_N])
    return [c for c in work.cand[s, which, :n] if not math.isnan(c[en.C_FIELD])]


def _air_side(work: Work, s: int, *, arrival: bool, other_s: float | None, chosen: Any | None = None) -> Side:
    """Times of a landing (or take-off) nobody received, from the last (first) position and the path to the field."""
    tr, seg = work.tracks, work.seg
    row = int(seg[s, 3] if arrival else seg[s, 2])
    t = float(tr.t[row])
    end = work.ends[s, 0 if arrival else 1]
    side = Side(s)
    v = float(tr.gs[row])
    v = 140.0 if math.isnan(v) else min(450.0, max(60.0, v))
    if chosen is None:
        if arrival:
            side.earliest, side.latest = t, other_s
        else:
            side.earliest, side.latest = other_s, t
        return side
    path, direct = float(chosen[en.C_PATH]), float(chosen[en.C_DIST])
    side.path_km = path
    side.field = int(chosen[en.C_FIELD])
    strong = end[en.END_GRADE] == LIKELY
    soon = max(0.0, direct - 0.5) / (1.25 * max(v, 120.0) * _KM_S)
    best = path / (0.85 * v * _KM_S)
    late = 2.0 * path / (0.7 * v * _KM_S) + (240.0 if strong else 1200.0)
    sign = 1.0 if arrival else -1.0
    times = [t + sign * soon, t + sign * best, t + sign * late]
    if not arrival:
        times.reverse()
    if other_s is not None:
        bound = min if arrival else max
        times = [bound(x, other_s) for x in times]
    side.earliest, side.best, side.latest = times
    side.grade = int(end[en.END_GRADE])
    return side


def _sort_candidates(work: Work, stop: Stop, cands: list[Any], chosen: Any) -> None:
    for c in cands:
        k = int(c[en.C_FIELD])
        if k == int(chosen[en.C_FIELD]):
            continue
        if c[en.C_WHY] == en.STAYS:
            if k not in stop.rivals:
                stop.rivals.append(k)
        elif k not in stop.excluded:
            stop.excluded[k] = why_excluded(work, c)


def _one_sided(work: Work, s: int, *, arrival: bool) -> Stop:
    which = 0 if arrival else 1
    cands = _candidates(work, s, which)
    named = work.ends[s, which, en.END_GRADE] >= 1
    side = _air_side(work, s, arrival=arrival, other_s=None, chosen=cands[0] if named else None)
    stop = Stop(int(work.seg[s, 0]), None, side if arrival else Side(), Side() if arrival else side)
    row = int(work.seg[s, 3] if arrival else work.seg[s, 2])
    stop.lat, stop.lon = float(work.tracks.lat[row]), float(work.tracks.lon[row])
    if named:
        stop.field = int(cands[0][en.C_FIELD])
        stop.grade = _capped(work, stop, "likely" if side.grade == LIKELY else "possible")
        _sort_candidates(work, stop, cands, cands[0])
        if not arrival:
            stop.arrive.latest = side.latest
    return stop


def _silent_stop(work: Work, before: int, after: int) -> Stop:
    """Fit a stop into a silence between two flights."""
    tr, seg = work.tracks, work.seg
    a, b = int(seg[before, 3]), int(seg[after, 2])
    ta, tb = float(tr.t[a]), float(tr.t[b])
    stop = Stop(int(seg[before, 0]), None, Side(before), Side(after))
    stop.lat, stop.lon = float(tr.lat[a]), float(tr.lon[a])
    in_end, out_end = work.ends[before, 0], work.ends[after, 1]
    ins = _candidates(work, before, 0) if in_end[en.END_GRADE] >= 1 else []
    outs = _candidates(work, after, 1) if out_end[en.END_GRADE] >= 1 else []
    in_open = {int(c[en.C_FIELD]): c for c in ins if c[en.C_WHY] == en.STAYS}
    out_open = {int(c[en.C_FIELD]): c for c in outs if c[en.C_WHY] == en.STAYS}
    in_sure = towards(in_end, ins, down=True)
    out_sure = towards(out_end, outs, down=False)
    long_enough = tb - ta >= 60.0 * work.rules.short_silence_min
    both = sorted((float(in_open[k][en.C_COST] + out_open[k][en.C_COST]), k) for k in in_open.keys() & out_open.keys())
    in_strong = in_end[en.END_GRADE] == LIKELY
    out_strong = out_end[en.END_GRADE] == LIKELY
    chosen_in: Any | None = None
    chosen_out: Any | None = None
    if both:
        k = both[0][1]
        chosen_in, chosen_out = in_open[k], out_open[k]
        stop.field = k
        top_in, top_out = int(ins[0][en.C_FIELD]) == k, int(outs[0][en.C_FIELD]) == k
        sure = in_sure and out_sure and (long_enough or heard_low(work.rules, in_end, out_end))
        sure = sure and followed(work, before, arrival=True) and followed(work, after, arrival=False)
        near = neighbours_left(work, k, max(in_end[en.END_HEIGHT], out_end[en.END_HEIGHT]), ins, outs)
        as_good = neighbours_left(work, k, 0.0, ins, outs, within=work.rules.two_sided_equal_cost)
        sides = (in_end, chosen_in), (out_end, chosen_out)
        if top_in and top_out and sure and not near and settled(work.rules, both, *sides):
            stop.grade = "inferred"
        elif not as_good and (
            (top_in and in_strong and not speaks_against(work.rules, out_end, outs, k))
            or (top_out and out_strong and not speaks_against(work.rules, in_end, ins, k))
        ):
            stop.grade = "likely"
        else:
            stop.grade = "possible"
        for _, rival in both[1:]:
            stop.rivals.append(rival)
        if stop.grade == "inferred":
            stop.rivals = []
        elif stop.grade == "possible":
            stop.rivals += [k2 for k2 in dict.fromkeys((*near, *as_good)) if k2 not in stop.rivals]
        for k2 in (*in_open, *out_open):
            if k2 in stop.rivals:
                continue
            if k2 not in in_open:
                stop.excluded.setdefault(k2, "fits the departure but not the approach")
            elif k2 not in out_open:
                stop.excluded.setdefault(k2, "fits the approach but not the departure")
    elif ins or outs:
        # the sides do not agree: the better one stands for itself, the other is only consistent
        came, left = (jumped(work, stop, arrival=a) for a in (True, False))
        use_in = bool(ins) and (not outs or in_strong or not out_strong)
        if ins and outs and came != left:
            # the track jumps on one side: the other speaks, and nothing contradicts it
            use_in = left
        c = ins[0] if use_in else outs[0]
        chosen_in, chosen_out = (c, None) if use_in else (None, c)
        stop.field = int(c[en.C_FIELD])
        strong = in_strong if use_in else out_strong
        contradicted = bool(ins) and bool(outs)
        stop.grade = "likely" if strong and not contradicted else "possible"
        _sort_candidates(work, stop, ins if use_in else outs, c)
    # a side that was not going down (or up) says nothing of the hour
    chosen_in = chosen_in if in_sure or stop.grade != "likely" else None
    chosen_out = chosen_out if out_sure or stop.grade != "likely" else None
    stop.arrive = _air_side(work, before, arrival=True, other_s=tb, chosen=chosen_in)
    stop.depart = _air_side(work, after, arrival=False, other_s=ta, chosen=chosen_out)
    _keep_order(stop)
    if chosen_in is not None and chosen_out is not None:
        for c in (*ins, *outs):
            k2 = int(c[en.C_FIELD])
            if c[en.C_WHY] != en.STAYS and k2 not in stop.excluded:
                stop.excluded[k2] = why_excluded(work, c)
    stop.arrive.silence_s = stop.depart.silence_s = tb - ta
    if stop.grade is not None:
        stop.grade = _capped(work, stop, stop.grade)
    return stop


def _keep_order(stop: Stop) -> None:
    """An arrival cannot be later than the departure it precedes, whatever the estimates say."""
    a, d = stop.arrive, stop.depart
    if a.latest is not None and d.latest is not None:
        a.latest = min(a.latest, d.latest)
    if d.earliest is not None and a.earliest is not None:
        d.earliest = max(d.earliest, a.earliest)
    if a.best is not None and d.best is not None and a.best > d.best:
        a.best = d.best = (a.best + d.best) / 2.0
    for side in (a, d):
        if side.best is not None and side.earliest is not None and side.latest is not None:
            side.best = min(max(side.best, side.earliest), side.latest)
