"""Is a stop beside a jump a copy of one at another field? The step of the jump says where the true one would lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wheelsdown.geo import distance_km
from wheelsdown.inference.continuity import same_track
from wheelsdown.inference.jumps import toggles_or_leaps
from wheelsdown.inference.kernel import JUMP
from wheelsdown.inference.near import course_difference, dist_km, fields_within
from wheelsdown.inference.noflight import circle_rows, standing_rows
from wheelsdown.inference.paths import course_at
from wheelsdown.inference.points import AWAY, GROUND, KM_PER_KT_S
from wheelsdown.inference.trustrules import RULES

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Stop, Work

__all__ = ["moved_from"]

_KNOWN_S, _LONGEST_S = 240.0, 600.0
"""In a longer step there may be a whole hold, and the way flown is not known; of a still longer one nothing is."""
_NEAR_KM: Final = 5.0
"""So near the place a field is looked for: reference points lie off the runways."""
_STEADY, _STRAIGHT, _TURNED = 0.2, 0.08, 0.35
"""Share of the way in the step by which it may have come out elsewhere: where speed and course changed by no more than
the first share of the speed, the second; else the third."""
_FAR: Final = 0.03
"""Share of the distance from the jump to the field: a copy moved by degrees is not one moved by kilometres."""
_PARALLEL_DEG: Final = 4.0
_MOST, _MOST_STEPS = 512, 6
_BEYOND_ROWS = 4
"""So many positions, over an hour or to the ground, tell that it flies beyond the last step."""


@dataclass(frozen=True)
class _Step:
    """How far a track was moved, outwards from the stop; nothing known where `reach_km` is not a number."""

    north_deg: float
    east_deg: float
    latitude_deg: float
    reach_km: float
    excursion: bool


def moved_from(work: Work, stop: Stop, *, came: bool, left: bool) -> bool | None:
    """Tell whether the steps of the jumps beside a stop may have moved it there from another field.

    A copy of the true track keeps its course: the true stop then lies one step away (or several, where the track was
    moved more than once), on a runway as good as parallel. Where no field with such a runway lies there, the jump led
    to a false place, not back from one.

    Returns
    -------
    bool or None
        None where a step was not seen, or too long or without the figures to be known.
    """
    course = _course(work, stop)
    if stop.field is None or math.isnan(course):
        return None
    sides = {arrival: _steps(work, stop, arrival=arrival) for arrival in (True, False)}
    excursions = any(s.excursion for steps in sides.values() for s in steps)
    known = all(
        bool(sides[a]) or (excursions and toggles_or_leaps(work, stop, arrival=a))
        for a, jump in ((True, came), (False, left))
        if jump
    )
    for arrival, steps in sides.items():
        sign = -1.0 if arrival else 1.0
        north = east = reach = 0.0
        for step in steps:
            if math.isnan(step.reach_km):
                known = False
                break
            north, east, reach = north + step.north_deg, east + step.east_deg, reach + step.reach_km
            for n, e, r in ((step.north_deg, step.east_deg, step.reach_km), (north, east, reach)):
                if _at_a_field(work, stop, sign * n, sign * e, step.latitude_deg, r, course):
                    return True
    # speeds told and not made: where it was instead is not known
    untrue = any(not math.isnan(float(work.places[s, 8])) for s in (stop.arrive.air, stop.depart.air) if s is not None)
    return False if known and not untrue else None


def _steps(work: Work, stop: Stop, *, arrival: bool) -> list[_Step]:
    """Give the steps in the flights before a stop (after it), outwards, that no aircraft flies, excursions included."""
    seg, tr = work.seg, work.tracks
    s = (stop.arrive if arrival else stop.depart).air
    if s is None:
        s = stop.ground
    if s is None:
        return []
    edge = float(tr.t[seg[s, 3 if arrival else 2]])
    span = RULES.jump_s if arrival else RULES.left_s
    pairs: dict[tuple[int, int], bool] = {}
    step = -1 if arrival else 1
    while same_track(work, s, stop.group) and abs(float(tr.t[seg[s, 3 if arrival else 2]]) - edge) <= span:
        lo = int(seg[s - 1, 3]) if same_track(work, s - 1, stop.group) else int(seg[s, 2])
        rows = np.arange(lo, int(seg[s, 3]) + 1)
        rows = rows[(work.state[rows] <= GROUND) | (work.state[rows] == AWAY)]
        out = work.state[rows] == AWAY
        for at in np.flatnonzero(out[1:] != out[:-1]).tolist():
            pairs[int(rows[at]), int(rows[at + 1])] = True
        if seg[s, 4] == JUMP and (arrival or s != stop.depart.air):
            pairs.setdefault((int(seg[s - 1, 3]), int(seg[s, 2])), False)
        believed = rows[~out]
        for moment in {float(h) for h in work.places[s, 6:8] if not math.isnan(h)}:
            j = int(np.searchsorted(tr.t[believed], moment))
            if 0 < j < len(believed):
                pairs.setdefault((int(believed[j - 1]), int(believed[j])), False)
        s += step
    near = [p for p in sorted(pairs, reverse=arrival) if abs(float(tr.t[p[0]]) - edge) <= span]
    found = [_step(work, stop, *p, excursion=pairs[p]) for p in near[:_MOST_STEPS]]
    if near and (len(near) > _MOST_STEPS or not _flies_beyond(work, stop, near[-1], arrival=arrival)):
        found.append(_Step(0.0, 0.0, 0.0, math.nan, excursion=False))
    return found


def _flies_beyond(work: Work, stop: Stop, pair: tuple[int, int], *, arrival: bool) -> bool:
    """Tell whether beyond the last step the aircraft flies, for a while or to (from) the ground: if not, who knows."""
    tr = work.tracks
    lo, hi = int(tr.first[stop.group]), int(tr.first[stop.group + 1])
    rows = np.arange(lo, pair[0] + 1)[::-1] if arrival else np.arange(pair[1], hi)
    rows = rows[(work.state[rows] <= GROUND) | (work.state[rows] == AWAY)]
    rows = rows[np.abs(tr.t[rows] - tr.t[rows[0]]) <= RULES.jump_s] if len(rows) else rows
    if len(rows) < _BEYOND_ROWS or standing_rows(work, rows) > 0 or circle_rows(work, rows) > 0:
        return False
    return bool(np.any(work.state[rows] == GROUND)) or abs(float(tr.t[rows[-1]] - tr.t[rows[0]])) >= RULES.hour_s


def _step(work: Work, stop: Stop, i: int, j: int, *, excursion: bool) -> _Step:
    """Measure how far a track was moved between two positions: what is left of the step without the way flown."""
    tr, fx = work.tracks, work.index
    dt = float(tr.t[j] - tr.t[i])
    mean = (float(tr.lat[i]) + float(tr.lat[j])) / 2.0
    told = [float(v) for q in (i, j) for v in (tr.gs[q], tr.trk[q])]
    if dt > _LONGEST_S or any(math.isnan(v) for v in told):
        return _Step(0.0, 0.0, mean, math.nan, excursion)
    # the way flown in the step, by what it says of speed and course before and after
    a, b = (
        (gs * KM_PER_KT_S * math.cos(math.radians(trk)), gs * KM_PER_KT_S * math.sin(math.radians(trk)))
        for gs, trk in (told[:2], told[2:])
    )
    fastest = max(math.hypot(*a), math.hypot(*b))
    off = float(dist_km(tr.lat[i], tr.lon[i], fx.f_lat[stop.field], fx.f_lon[stop.field]))
    if dt > _KNOWN_S:
        return _Step(*_left(work, i, j, a, b), mean, dt * fastest + _FAR * off, excursion)
    share = _STRAIGHT if math.hypot(a[0] - b[0], a[1] - b[1]) <= _STEADY * fastest else _TURNED
    return _Step(*_left(work, i, j, a, b), mean, share * dt * fastest + _FAR * off, excursion)


def _left(work: Work, i: int, j: int, a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """Degrees north and east that are left of a step without the way flown."""
    tr = work.tracks
    dt = float(tr.t[j] - tr.t[i])
    mean = math.radians((float(tr.lat[i]) + float(tr.lat[j])) / 2.0)
    north = float(tr.lat[j] - tr.lat[i]) - dt * (a[0] + b[0]) / 2.0 / 111.195
    east = float(course_difference(tr.lon[j], tr.lon[i])) - dt * (a[1] + b[1]) / 2.0 / (111.195 * math.cos(mean))
    return north, east


def _course(work: Work, stop: Stop) -> float:
    """Course of the last positions before the landing."""
    tr, s = work.tracks, stop.arrive.air
    if s is None:
        return math.nan
    lo, hi = int(work.seg[s, 2]), int(work.seg[s, 3])
    return float(course_at(hi, -1, lo - 1, tr.t, tr.lat, tr.lon, tr.trk, work.state))


def _at_a_field(
    work: Work, stop: Stop, north_deg: float, east_deg: float, latitude_deg: float, reach_km: float, course: float
) -> bool:
    """Tell whether a field with a parallel runway lies where a step leads from the field of the stop."""
    fx = work.index
    lat, own = float(fx.f_lat[stop.field]) + north_deg, float(fx.f_lon[stop.field])
    if abs(lat) > 89.0:
        return True
    # moved by so many degrees, or by so many kilometres
    scale = math.cos(math.radians(latitude_deg)) / math.cos(math.radians((lat + float(fx.f_lat[stop.field])) / 2.0))
    return any(
        _parallel(work, k, course)
        for lon in (own + east_deg, own + east_deg * scale)
        for k in _near(fx, lat, (lon + 180.0) % 360.0 - 180.0, _NEAR_KM + reach_km)
        if k != stop.field
    )


def _near(fx: Any, lat: float, lon: float, reach: float) -> list[int]:
    out = np.empty(_MOST, dtype=np.int64)
    found = out[: int(fields_within(lat, lon, reach, fx, out))]
    return [int(k) for k in found[distance_km(fx.f_lat[found], fx.f_lon[found], lat, lon) <= reach]]


def _parallel(work: Work, k: int, course: float) -> bool:
    """Tell whether a field has a runway on that course, or none of which the course is known."""
    fx = work.index
    first, last = int(fx.r_first[k]), int(fx.r_first[k + 1])
    if first == last:
        return int(fx.f_kind[k]) == 0
    off = [abs(course_difference(course, float(h))) for h in fx.r_heading_deg[first:last]]
    return any(min(d, 180.0 - d) <= _PARALLEL_DEG for d in off)
