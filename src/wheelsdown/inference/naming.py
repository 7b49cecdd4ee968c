"""Which field a stay is at, and in words why the others are not."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wheelsdown.inference import ends as en
from wheelsdown.inference.centreline import on_centreline
from wheelsdown.inference.near import dist_km
from wheelsdown.inference.paths import runway_frame
from wheelsdown.inference.points import GROUND

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Stop, Work

__all__ = ["place_ground", "why_excluded"]

_ON_RUNWAY_KM = 0.15
_CLEAR_KM = 0.5
_ROLLS_KT = 30.0


def place_ground(work: Work, stop: Stop, g: int) -> None:
    """Name the field whose runways lie nearest to the ground positions; those nearly as near stay rivals."""
    stop.lat, stop.lon = float(work.places[g, 0]), float(work.places[g, 1])
    ranked = [(int(k), float(d)) for k, d in work.near[g] if not math.isnan(k)]
    kinds = work.index.f_kind
    flown = [s for s in (stop.arrive.air, stop.depart.air) if s is not None]
    fast = any(work.places[s, 3] >= 60.0 for s in flown)
    usable: list[tuple[int, float]] = []
    for k, d in ranked:
        if fast and kinds[k] in (1, 2):
            stop.excluded[k] = f"a {work.names.kind[k].replace('_', ' ')}; the aircraft flew no slower than 60 kt"
        elif d <= work.rules.field_radius_km:
            usable.append((k, d))
    usable = _prefer_open(work, usable)
    if not usable:
        return
    stop.field, stop.field_km = usable[0]
    first = work.index.r_first
    known = first[stop.field] < first[stop.field + 1]
    on_runway = stop.field_km <= _ON_RUNWAY_KM and known
    for k, d in usable[1:]:
        if not known and first[k] < first[k + 1] and kinds[k] not in (1, 2, 3):
            # a point where runways are unknown, beside known runways: the big field's apron may lie there
            stop.rivals.append(k)
        elif kinds[k] == 3 and kinds[stop.field] != 3:
            stop.excluded[k] = "listed as closed, and an open field is at the spot"
        elif kinds[k] not in (1, 2) and d <= stop.field_km + (_CLEAR_KM / 2 if on_runway else _CLEAR_KM):
            stop.rivals.append(k)
        else:
            text = f"{d:.1f} km from the ground positions, {work.names.code[stop.field]} {stop.field_km:.1f} km"
            stop.excluded[k] = text
    _by_the_runway(work, stop, dict(usable))


def _by_the_runway(work: Work, stop: Stop, km: dict[int, float]) -> None:
    """Of a point where runways are unknown and a field whose runway the flight followed, name the field."""
    first = work.index.r_first
    at_spot = [k for k in (stop.field, *stop.rivals) if k is not None]
    points = [k for k in at_spot if first[k] == first[k + 1]]
    if not points or len(points) == len(at_spot):
        return
    followed = [
        k
        for k in at_spot
        if k not in points
        and any(on_centreline(work, replace(stop, field=k), arrival=arrival) for arrival in (True, False))
        and _rolled_on(work, stop, k)
    ]
    if len(followed) != 1:
        return
    for k in points:
        stop.excluded[k] = f"its runways are unknown, and the flight followed one of {work.names.code[followed[0]]}"
    if stop.field in points:
        stop.field, stop.field_km = followed[0], km[followed[0]]
    stop.rivals = [k for k in stop.rivals if k not in points and k != stop.field]


def _rolled_on(work: Work, stop: Stop, k: int) -> bool:
    """Tell whether it was received on one of a field's runways: to follow the line of one before it is not enough."""
    if stop.ground is None:
        return False
    tr, fx = work.tracks, work.index
    rows = np.arange(int(work.seg[stop.ground, 2]), int(work.seg[stop.ground, 3]) + 1)
    rows = rows[work.state[rows] == GROUND]
    rows = rows[tr.gs[rows] >= _ROLLS_KT]
    for r in range(int(fx.r_first[k]), int(fx.r_first[k + 1])):
        length = float(dist_km(fx.r_lat1[r], fx.r_lon1[r], fx.r_lat2[r], fx.r_lon2[r]))
        for q in rows.tolist():
            x, y, _, _ = runway_frame(float(tr.lat[q]), float(tr.lon[q]), r, 0, fx)
            if -length <= x <= 0.0 and abs(y) <= _ON_RUNWAY_KM:
                return True
    return False


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
