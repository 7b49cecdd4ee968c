"""Is a stop beside a jump a copy of one at another field? The step of the jump says where the true one would lie."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wheelsdown.geo import distance_km
from wheelsdown.inference.continuity import same_track
from wheelsdown.inference.jumps import jumps_beside, toggles_or_leaps
from wheelsdown.inference.near import course_difference, fields_within
from wheelsdown.inference.paths import course_at
from wheelsdown.inference.points import AWAY, GROUND, KM_PER_KT_S

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Stop, Work

__all__ = ["may_be_moved"]

_LONGEST_S: Final = 600.0
"""A step over a longer silence is not known well enough."""
_NEAR_KM, _TURNED = 5.0, 0.35
"""So near the place a field is looked for: reference points lie off the runways, and in the step it may have turned."""
_STEADY, _UNSTEADY = 0.2, 0.08
"""Where speed and course changed by no more than this share of the speed, it turned and slowed no more than that."""
_PARALLEL_DEG: Final = 4.0
_MOST: Final = 512
_PLANE_KT: Final = 480.0
"""Where no speed was sent."""


def may_be_moved(work: Work, stop: Stop, *, came: bool, left: bool) -> bool:
    """Tell whether the steps of the jumps beside a stop may have moved it there from another field.

    A copy of the true track keeps its course: the true stop then lies one step away, on a runway as good as parallel.
    Where no field with such a runway lies there, the jump led to a false place, not back from one. A step that was not
    seen says nothing, and the answer is that it may.
    """
    pairs = [*_steps(work, stop), *_seen_steps(work, stop)]
    seen = {by_it for _, _, by_it in pairs}
    away = _out_and_back(work, stop)
    pairs += away
    if stop.field is None or any(
        jump and a not in seen and not (away and toggles_or_leaps(work, stop, arrival=a))
        for a, jump in ((True, came), (False, left))
    ):
        return True
    # speeds told and not made: where it was instead is not known
    if any(not math.isnan(float(work.places[s, 8])) for s in (stop.arrive.air, stop.depart.air) if s is not None):
        return True
    course = _course(work, stop)
    return math.isnan(course) or any(_at_a_field(work, stop, i, j, course, came=came) for i, j, came in pairs)


def _steps(work: Work, stop: Stop) -> list[tuple[int, int, bool]]:
    """Give the last and the first position around each jump in the flights beside a stop, and whether it came by it."""
    return [
        (int(work.seg[q - 1, 3]), int(work.seg[q, 2]), came)
        for came in (True, False)
        for q in jumps_beside(work, stop, arrival=came)
    ]


def _seen_steps(work: Work, stop: Stop) -> list[tuple[int, int, bool]]:
    """Give the same for steps within a flight that no aircraft flies: the first and the last of each."""
    tr, found = work.tracks, []
    for s, came in ((stop.arrive.air, True), (stop.ground, True), (stop.depart.air, False)):
        if s is None:
            continue
        rows = np.arange(int(work.seg[s, 2]), int(work.seg[s, 3]) + 1)
        rows = rows[work.state[rows] <= GROUND]
        for moment in dict.fromkeys(float(h) for h in work.places[s, 6:8] if not math.isnan(h)):
            at = int(np.searchsorted(tr.t[rows], moment))
            # into a flight by its first position: the step lies before it
            before = int(rows[at - 1]) if at > 0 else int(work.seg[s - 1, 3]) if s > 0 else -1
            if at < len(rows) and before >= 0 and work.tracks.t[before] <= moment:
                found.append((before, int(rows[at]), came))
    return found


def _out_and_back(work: Work, stop: Stop) -> list[tuple[int, int, bool]]:
    """Give the same for the excursions nearest to the stop: of track and excursion either may be the copy."""
    found = []
    for side, came in ((stop.arrive.air, True), (stop.depart.air, False)):
        if side is None:
            continue
        last = side if came else side + 1
        last = last if same_track(work, last, stop.group) else side
        lo = int(work.seg[side - 1, 3]) if same_track(work, side - 1, stop.group) else int(work.seg[side, 2])
        rows = np.arange(lo, int(work.seg[last, 3]) + 1)
        rows = rows[(work.state[rows] <= GROUND) | (work.state[rows] == AWAY)]
        out = work.state[rows] == AWAY
        turns = np.flatnonzero(out[1:] != out[:-1])
        if len(turns):
            at = int(turns[-1] if came else turns[0])
            found.append((int(rows[at]), int(rows[at + 1]), came))
    return found


def _course(work: Work, stop: Stop) -> float:
    """Course of the last positions before the landing."""
    tr, s = work.tracks, stop.arrive.air
    if s is None:
        return math.nan
    lo, hi = int(work.seg[s, 2]), int(work.seg[s, 3])
    return float(course_at(hi, -1, lo - 1, tr.t, tr.lat, tr.lon, tr.trk, work.state))


def _at_a_field(work: Work, stop: Stop, i: int, j: int, course: float, *, came: bool) -> bool:
    """Tell whether a field with a parallel runway lies where the stop would be but for the step from i to j."""
    tr, fx = work.tracks, work.index
    dt = float(tr.t[j] - tr.t[i])
    if dt > _LONGEST_S:
        return True
    heres = [_km_a_second(tr, q) for q in (i, j)]
    # the way flown in the step, by what it says of speed and course before and after
    way_north, way_east = (dt * (heres[0][c] + heres[1][c]) / 2.0 for c in (0, 1))
    way = math.hypot(way_north, way_east)
    change = math.hypot(heres[0][0] - heres[1][0], heres[0][1] - heres[1][1])
    steady = change <= _STEADY * math.hypot(*heres[0])
    north = float(tr.lat[j] - tr.lat[i]) - way_north / 111.195
    mean = math.cos(math.radians(float(tr.lat[i] + tr.lat[j]) / 2.0))
    east = course_difference(tr.lon[j], tr.lon[i]) - way_east / (111.195 * mean)
    sign = -1.0 if came else 1.0
    lat = float(fx.f_lat[stop.field]) + sign * north
    if abs(lat) > 89.0:
        return True
    own = float(fx.f_lon[stop.field])
    # moved by so many degrees, or by so many kilometres
    scale = mean / math.cos(math.radians((lat + float(fx.f_lat[stop.field])) / 2.0))
    reach = _NEAR_KM + (_UNSTEADY if steady else _TURNED) * max(way, dt * math.hypot(*heres[0]))
    return any(
        _parallel(work, k, course)
        for lon in (own + sign * east, own + sign * east * scale)
        for k in _near(fx, lat, (lon + 180.0) % 360.0 - 180.0, reach)
        if k != stop.field
    )


def _km_a_second(tr: Any, row: int) -> tuple[float, float]:
    """Speed northwards and eastwards, as it says."""
    speed = float(tr.gs[row])
    speed = KM_PER_KT_S * (_PLANE_KT if math.isnan(speed) else speed)
    course = math.radians(float(tr.trk[row])) if not math.isnan(float(tr.trk[row])) else 0.0
    return speed * math.cos(course), speed * math.sin(course)


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
