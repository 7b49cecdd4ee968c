"""Stops: what lies between two flights of one aircraft, seen on the ground or fitted into a silence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as own
from typing import Any

from wheelsdown.inference import ends as en
from wheelsdown.inference.kernel import LONG, SEG_AIR, STOP_FITS
from wheelsdown.inference.near import dist_km
from wheelsdown.inference.rules import Rules

__all__ = ["Side", "Stop", "Work", "stops_of"]

NONE, POSSIBLE, LIKELY, OBSERVED = 0, 1, 2, 3
_KM_S = 1.852 / 3600.0


@dataclass(slots=True)
class Work:
    """All arrays that the assembly of one run needs."""

    tracks: Any
    state: Any
    seg: Any
    stats: Any
    seg_receipts: Any
    places: Any
    near: Any
    ends: Any  # (segments, 2, ...): arrival, departure
    cand: Any
    index: Any
    names: Any
    rules: Rules


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
    excluded: list[tuple[int, str]] = own(default_factory=list)
    hidden_s: float = 0.0


def stops_of(work: Work, lo: int, hi: int) -> Iterator[Stop]:
    """Yield the stops of one track, in order; `lo` and `hi` bound its segments."""
    seg = work.seg
    air: int | None = None
    ground: list[int] = []
    for s in range(lo, hi):
        if seg[s, 4] == LONG:
            yield from _closing(work, air, ground)
            air, ground = None, []
        if seg[s, 1] != SEG_AIR:
            ground.append(s)
            continue
        if ground:
            yield from _ground_stops(work, air, ground, s)
            ground = []
        elif air is None:
            yield _one_sided(work, s, arrival=False)
        elif seg[s, 4] == STOP_FITS:
            yield _silent_stop(work, air, s)
        air = s
    yield from _closing(work, air, ground)


def _closing(work: Work, air: int | None, ground: list[int]) -> Iterator[Stop]:
    """Yield what stands open where the data, or what may be inferred from them, end."""
    if ground:
        yield from _ground_stops(work, air, ground, None)
    elif air is not None:
        yield _one_sided(work, air, arrival=True)


def _ground_stops(work: Work, air: int | None, ground: list[int], after: int | None) -> Iterator[Stop]:
    for n, g in enumerate(ground):
        before = air if n == 0 else None
        then = after if n + 1 == len(ground) else None
        stop = Stop(int(work.seg[g, 0]), g, Side(before), Side(then))
        _place_ground(work, stop, g)
        _seen_side(work, stop, g, arrival=True)
        _seen_side(work, stop, g, arrival=False)
        if n > 0:
            # it was somewhere else on the ground before: it flew or was towed unseen
            stop.arrive.earliest = float(work.tracks.t[work.seg[ground[n - 1], 3]])
        if n + 1 < len(ground):
            stop.depart.latest = float(work.tracks.t[work.seg[ground[n + 1], 2]])
            stop.depart.earliest = float(work.tracks.t[work.seg[g, 3]])
        stop.grade = _ground_grade(work, stop, g)
        stop.hidden_s = max(float(work.places[g, 2]), stop.arrive.silence_s, stop.depart.silence_s)
        yield stop


def _place_ground(work: Work, stop: Stop, g: int) -> None:
    stop.lat, stop.lon = float(work.places[g, 0]), float(work.places[g, 1])
    ranked = [(int(k), float(d)) for k, d in work.near[g] if not math.isnan(k)]
    kinds = work.index.f_kind
    flown = [s for s in (stop.arrive.air, stop.depart.air) if s is not None]
    fast = any(work.places[s, 3] >= 60.0 for s in flown)
    usable: list[tuple[int, float]] = []
    for k, d in ranked:
        if fast and kinds[k] in (1, 2):
            stop.excluded.append(
                (k, f"a {work.names.kind[k].replace('_', ' ')}; the aircraft flew no slower than 60 kt")
            )
        elif d <= work.rules.field_radius_km:
            usable.append((k, d))
    usable = _prefer_open(work, usable)
    if not usable:
        return
    stop.field, stop.field_km = usable[0]
    for k, d in usable[1:]:
        if d <= stop.field_km + 0.5 and kinds[k] not in (1, 2):
            stop.rivals.append(k)
        else:
            stop.excluded.append(
                (
                    k,
                    f"{d:.1f} km from the ground positions, {work.names.code[stop.field]} {stop.field_km:.1f} km",
                )
            )


def _prefer_open(work: Work, ranked: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Put a runway in use first: lists keep closed duplicates, pads and strips inside a big field's fence."""
    kinds, first = work.index.f_kind, work.index.r_first

    def order(item: tuple[int, float]) -> tuple[float, float]:
        k, d = item
        penalty = 0.0
        if kinds[k] == 3:
            penalty += 1.0
        if kinds[k] in (1, 2):
            penalty += 1.5
        if first[k] == first[k + 1]:
            # distance to a reference point and distance to a runway are not the same measure
            penalty += 0.3
        return (d + penalty, d)

    return sorted(ranked, key=order)


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
    gap = abs(tg - ta)
    side.silence_s = gap
    d = float(dist_km(tr.lat[a], tr.lon[a], tr.lat[row], tr.lon[row]))
    v = float(tr.gs[a])
    v = 140.0 if math.isnan(v) else min(600.0, max(60.0, v))
    excess = gap - d / (v * _KM_S)
    end = work.ends[side.air, 0 if arrival else 1]
    low = (
        end[en.END_GRADE] >= 1
        and stop.field is not None
        and end[en.END_HEIGHT] <= work.rules.strong_height_ft
        and d < 25.0
    )
    side.seen = gap <= 300.0 or excess <= 900.0 or bool(low)
    # without a ground flag the landing roll looks like flight
    roll = 0.0 if tr.og[row] == 1 else 60.0
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
    side.field = stop.field
    side.grade = OBSERVED if side.seen else POSSIBLE


def _ground_grade(work: Work, stop: Stop, g: int) -> str:
    used = int(work.stats[g, 6])
    if used and int(work.stats[g, 5]) * 2 > used:
        return "likely"
    if stop.arrive.seen or stop.depart.seen:
        return "observed"
    return "likely"


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
        elif all(k != x for x, _ in stop.excluded):
            stop.excluded.append((k, why_excluded(work, c)))


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
        stop.grade = "likely" if side.grade == LIKELY else "possible"
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
    stop.hidden_s = tb - ta
    in_end, out_end = work.ends[before, 0], work.ends[after, 1]
    ins = _candidates(work, before, 0) if in_end[en.END_GRADE] >= 1 else []
    outs = _candidates(work, after, 1) if out_end[en.END_GRADE] >= 1 else []
    in_open = {int(c[en.C_FIELD]): c for c in ins if c[en.C_WHY] == en.STAYS}
    out_open = {int(c[en.C_FIELD]): c for c in outs if c[en.C_WHY] == en.STAYS}
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
        low = max(in_end[en.END_HEIGHT], out_end[en.END_HEIGHT]) <= work.rules.strong_height_ft
        alone = len(both) == 1 or both[1][0] - both[0][0] > 6.0
        if top_in and top_out and low and alone and (in_strong or out_strong):
            stop.grade = "inferred"
        elif (top_in and in_strong) or (top_out and out_strong):
            stop.grade = "likely"
        else:
            stop.grade = "possible"
        for _, rival in both[1:]:
            stop.rivals.append(rival)
        if stop.grade == "inferred":
            stop.rivals = []
        for k2 in list(in_open) + list(out_open):
            if k2 not in in_open and all(k2 != x for x, _ in stop.excluded):
                stop.excluded.append((k2, "fits the departure but not the approach"))
            elif k2 not in out_open and all(k2 != x for x, _ in stop.excluded):
                stop.excluded.append((k2, "fits the approach but not the departure"))
    elif ins or outs:
        # the sides do not agree: the better one stands for itself, the other is only consistent
        use_in = bool(ins) and (not outs or in_strong or not out_strong)
        c = ins[0] if use_in else outs[0]
        chosen_in, chosen_out = (c, None) if use_in else (None, c)
        stop.field = int(c[en.C_FIELD])
        strong = in_strong if use_in else out_strong
        contradicted = bool(ins) and bool(outs)
        stop.grade = "likely" if strong and not contradicted else "possible"
        _sort_candidates(work, stop, ins if use_in else outs, c)
    stop.arrive = _air_side(work, before, arrival=True, other_s=tb, chosen=chosen_in)
    stop.depart = _air_side(work, after, arrival=False, other_s=ta, chosen=chosen_out)
    if chosen_in is not None and chosen_out is not None:
        _keep_order(stop)
        for c in (*ins, *outs):
            if c[en.C_WHY] != en.STAYS and all(int(c[en.C_FIELD]) != x for x, _ in stop.excluded):
                stop.excluded.append((int(c[en.C_FIELD]), why_excluded(work, c)))
    stop.arrive.silence_s = stop.depart.silence_s = tb - ta
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


def why_excluded(work: Work, c: Any) -> str:
    """Say in words why a candidate cannot be the field."""
    k, why = int(c[en.C_FIELD]), int(c[en.C_WHY])
    d, h, turn = float(c[en.C_DIST]), float(c[en.C_HEIGHT]), float(c[en.C_TURN])
    if why == en.WHY_KIND:
        return f"a {work.names.kind[k].replace('_', ' ')}" + (" field" if work.names.kind[k] == "closed" else "")
    if why == en.WHY_SHORT:
        return (
            f"longest runway {work.index.f_length_m[k]:.0f} m, too short for an aircraft that flew this fast and high"
        )
    if why == en.WHY_GRASS:
        return "only grass is long enough for an aircraft that flew this fast and high, and it was not lined up with it"
    if why == en.WHY_HIGH:
        return f"too high for it: {h:,.0f} ft above it, {d:.1f} km away"
    if why == en.WHY_ALIGNED:
        return (
            f"not lined up: {d:.1f} km away, {turn:.0f} degrees off its runway"
            if not math.isnan(turn)
            else f"the track does not lead to it ({d:.1f} km away)"
        )
    if why == en.WHY_AWAY:
        return f"on the wrong course for it: {turn:.0f} degrees off, {d:.1f} km away"
    return f"out of reach: {d:.0f} km away at {h:,.0f} ft above it"
