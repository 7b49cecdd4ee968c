"""Every position judged: can it follow the one before, and is its altitude possible."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wheelsdown.inference.near import course_difference, dist_km, rough_km
from wheelsdown.jit import compiled

__all__ = [
    "AIR", "AWAY", "ESTIMATED", "GROUND", "KM_PER_KT_S", "PS_ESTIMATED", "PS_OTHERS", "REJECTED", "accept", "by_others",
    "despike", "hurried", "off_and_far_km",
]  # fmt: skip

AIR, GROUND, REJECTED, ESTIMATED, AWAY = 0, 1, 2, 3, 4
"""States of a position; all but the first two support no grade. AWAY: on an excursion, the track came back."""
PS_OTHERS, PS_ESTIMATED = (2, 3), 8
"""Codes of positions (`schema.POSITION_SOURCES`): located by others (multilateration, TIS-B), and estimated."""
KM_PER_KT_S = 1.852 / 3600.0
_SILENCE_S = 600.0
_ALONE, _MANY = 2, 10
_SMALL_KM, _SMALL_KT = 5.0, 100.0
"""A jump is farther than poor positions are off (multilateration), and faster than the track it leads to."""
_STRAY_S = 90.0
_STEADY_S, _STEADY_DEG = 150.0, 8.0
"""Nobody turns out and back on course in so short a time."""
_EXCURSION_S = 7200.0  # spoofed stretches last minutes; after hours any place can be reached again


@compiled
def _still_far(last: int, sus_last: int, i: int, t: Any, lat: Any, lon: Any, jump_kt: float) -> bool:
    """Tell whether a position goes on from those rejected and not from the last one accepted, though time has passed.

    It lies with those rejected, and would have had to fly there much faster than it flies among them.
    """
    d = dist_km(lat[last], lon[last], lat[i], lon[i])
    near = dist_km(lat[sus_last], lon[sus_last], lat[i], lon[i])
    if near >= 0.3 * d:
        return False
    kt = d / (t[i] - t[last]) / KM_PER_KT_S
    if d > 20.0 and kt > 0.6 * jump_kt:
        return True
    return d > _SMALL_KM and kt > 1.5 * near / (t[i] - t[sus_last]) / KM_PER_KT_S + _SMALL_KT


@compiled
def _without_stray(
    m: int, sus_first: int, sus_last: int, t: Any, lat: Any, lon: Any, state: Any, acc: Any, jump: Any
) -> int:
    """Drop the last one or two positions accepted where it is they that do not lie on the track; give how many stay."""
    flown_s = t[sus_last] - t[sus_first]
    if flown_s <= 0.0:
        return m
    own_kt = dist_km(lat[sus_first], lon[sus_first], lat[sus_last], lon[sus_last]) / flown_s / KM_PER_KT_S
    for drop in range(1, 3):
        if m - drop < 1 or jump[acc[m - drop]] == 1:
            break
        p = acc[m - 1 - drop]
        dt = t[sus_first] - t[p]
        if dt > _STRAY_S:
            break
        kt = dist_km(lat[p], lon[p], lat[sus_first], lon[sus_first]) / dt / KM_PER_KT_S
        if kt <= 1.3 * own_kt + 40.0:
            for q in range(m - drop, m):
                state[acc[q]] = REJECTED
            return m - drop
    return m


@compiled
def accept(
    lo: int, hi: int, t: Any, lat: Any, lon: Any, ps: Any, jump_kt: float, state: Any, acc: Any, jump: Any
) -> int:
    """Keep positions that can follow one another; four in a row that agree are a new place."""
    m = 0
    last = -1
    # where an excursion began (index in acc, last row before it): a track that comes back to itself was thrown off
    away_at, away_from = -1, -1
    sus_n, sus_first, sus_last = 0, -1, -1
    for i in range(lo, hi):
        if ps[i] == PS_ESTIMATED:
            state[i] = ESTIMATED
            continue
        if last >= 0:
            dt = t[i] - t[last]
            if dt <= 0.0:
                state[i] = REJECTED
                continue
            far = rough_km(lat[last], lon[last], lat[i], lon[i]) > jump_kt * KM_PER_KT_S * dt + 1.0 and (
                dist_km(lat[last], lon[last], lat[i], lon[i]) > jump_kt * KM_PER_KT_S * dt + 1.0
            )
            if sus_n > 0 and not far:
                # the old place comes within reach again as time passes: what was rejected was the new one
                far = _still_far(last, sus_last, i, t, lat, lon, jump_kt)
            if far:
                state[i] = REJECTED
                if (
                    sus_n > 0
                    and dist_km(lat[sus_last], lon[sus_last], lat[i], lon[i])
                    <= jump_kt * KM_PER_KT_S * (t[i] - t[sus_last]) + 1.0
                ):
                    sus_n += 1
                else:
                    sus_n, sus_first = 1, i
                sus_last = i
                if sus_n >= 4:
                    m = _without_stray(m, sus_first, sus_last, t, lat, lon, state, acc, jump)
                    if m > 0 and acc[m - 1] != last:
                        # what went before was the wrong one: the track goes on without it
                        for q in range(sus_first, i + 1):
                            if state[q] != ESTIMATED and t[q] > t[acc[m - 1]]:
                                state[q] = AIR
                                acc[m] = q
                                m += 1
                        last = i
                        sus_n = 0
                        continue
                    back = False
                    if away_from >= 0 and t[sus_first] - t[away_from] < _EXCURSION_S:
                        gone_s = t[sus_first] - t[away_from]
                        back = (
                            dist_km(lat[away_from], lon[away_from], lat[sus_first], lon[sus_first])
                            <= jump_kt * KM_PER_KT_S * gone_s + 1.0
                        )
                    if back:
                        for q in range(away_at, m):
                            state[acc[q]] = AWAY
                        jump[acc[away_at]] = 0
                        m = away_at
                        away_at, away_from = -1, -1
                    elif m == 1:
                        # the very first position was the wrong one
                        state[last] = REJECTED
                        m = 0
                    else:
                        jump[sus_first] = 1
                        away_at, away_from = m, last
                    for q in range(sus_first, i + 1):
                        if state[q] != ESTIMATED and (q == sus_first or t[q] > t[acc[m - 1]]):
                            state[q] = AIR
                            acc[m] = q
                            m += 1
                    last = i
                    sus_n = 0
                continue
        sus_n = 0
        state[i] = AIR
        acc[m] = i
        m += 1
        last = i
    return m


@compiled
def _fast_kt(height_ft: float) -> float:
    """Upper bound of ground speed at a height: 250 kt indicated below 10,000 ft, more above, and wind."""
    if height_ft <= 10000.0:
        return 290.0 + 0.004 * max(0.0, height_ft)
    return min(620.0, 330.0 + 0.013 * (height_ft - 10000.0))


@compiled
def by_others(i: int, ps: Any) -> bool:
    """Tell whether a position is not the aircraft's own: multilateration is kilometres off."""
    return bool(ps[i] == PS_OTHERS[0] or ps[i] == PS_OTHERS[1])


@compiled
def off_and_far_km(i: int, j: int, t: Any, lat: Any, lon: Any, gs: Any, trk: Any) -> tuple[float, float]:
    """How far row j lies from where speeds and courses of rows i and j lead from row i, and how far they lead.

    Both are nan where the rows do not say.
    """
    turned = course_difference(trk[i], trk[j])
    km = (gs[i] + gs[j]) / 2.0 * KM_PER_KT_S * (t[j] - t[i])
    course = math.radians(trk[i] - turned / 2.0)
    north = (lat[j] - lat[i]) * 111.195 - km * math.cos(course)
    east = course_difference(lon[j], lon[i]) * 111.195 * math.cos(math.radians((lat[i] + lat[j]) / 2.0))
    return math.hypot(north, east - km * math.sin(course)), km


@compiled
def _off_its_way(i: int, j: int, t: Any, lat: Any, lon: Any, gs: Any, trk: Any) -> bool:
    """Tell whether steady flight through a silence came out elsewhere than speed and course lead.

    What is left over repeats itself and tells nothing; who turns or slows down meanwhile may be anywhere.
    """
    if not (gs[i] > 100.0 and gs[j] > 100.0) or gs[i] == gs[j]:
        return False
    if not (abs(gs[i] - gs[j]) <= 0.1 * gs[i] and abs(course_difference(trk[i], trk[j])) <= _STEADY_DEG):
        return False
    off, km = off_and_far_km(i, j, t, lat, lon, gs, trk)
    # who came out short may have turned meanwhile, or be told late
    made = dist_km(lat[i], lon[i], lat[j], lon[j])
    return made > 1.05 * km + 0.5 and off > max(_SMALL_KM, 0.15 * km)


@compiled
def hurried(i: int, j: int, t: Any, lat: Any, lon: Any, alt: Any, gs: Any, trk: Any, vr: Any, ps: Any) -> bool:
    """Tell whether an aircraft would have had to hurry through a silence as it does not at such heights.

    A false position can hide in a silence so that it is just within reach. Who was lost in descent flies on no faster
    than one does at that height, or than it did before or after; an hour later any place can have been reached.
    """
    dt = t[j] - t[i]
    if dt < 30.0 or dt > 3600.0:
        return False
    own_positions = not by_others(i, ps) and not by_others(j, ps)
    if dt <= _STEADY_S and own_positions and _off_its_way(i, j, t, lat, lon, gs, trk):
        return True
    # a speed that repeats itself is left over, and multilateration is kilometres off: it takes more to contradict them
    least_km = 10.0 if own_positions and gs[i] != gs[j] else 15.0
    if rough_km(lat[i], lon[i], lat[j], lon[j]) < max(least_km, 150.0 * KM_PER_KT_S * dt):
        return False
    kt = dist_km(lat[i], lon[i], lat[j], lon[j]) / dt / KM_PER_KT_S
    own, known = 0.0, 0
    for q in (i, j):
        if gs[q] > 0.0:
            own = gs[q] if gs[q] > own else own
            known += gs[q] > 100.0
    minutes = dt / 60.0
    spare_km = 2.0 if own_positions else 8.0
    if kt <= (1.1 + 0.02 * minutes) * own + 20.0 + spare_km / KM_PER_KT_S / dt:
        return False
    if known == 2 and minutes <= 10.0:
        # it does not speed up and slow down again in so short a time
        return True
    if kt <= 1.25 * own + 40.0:
        return False
    if math.isnan(alt[i]) and math.isnan(alt[j]):
        return kt > 700.0
    here = alt[j] if math.isnan(alt[i]) else alt[i]
    there = alt[i] if math.isnan(alt[j]) else alt[j]
    top = max(here, there)
    if not vr[i] < -300.0 and not vr[j] > 300.0:
        # it may have climbed and come down again meanwhile
        spare = minutes - abs(here - there) / 3000.0
        top = min(40000.0, top + 1500.0 * max(0.0, spare))
    slow = min(minutes, (top - here) / 2500.0 + (top - there) / 3500.0)
    low = (_fast_kt(here) + _fast_kt(there)) / 2.0
    mean = (_fast_kt(top) * (minutes - slow) + (_fast_kt(top) + low) / 2.0 * slow) / minutes
    return kt > 1.1 * mean + 20.0


@compiled
def _climb_limit_ft(dt_s: float) -> float:
    """Altitude change that two positions so far apart in time may show: steeper for a moment than for minutes."""
    return 1000.0 + 100.0 * min(dt_s, 30.0) + 50.0 * max(0.0, dt_s - 30.0)


@compiled
def _lone(m: int, acc: Any, t: Any, alt: Any) -> None:
    """Blank one or two altitudes alone beside a silence, if a whole stretch on its other side excludes them."""
    for way in range(2):
        prev_n, prev_last = 0, -1
        run_n, run_first, run_last = 0, -1, -1
        for k in range(m + 1):
            q = k if way == 0 else m - 1 - k
            if k < m and math.isnan(alt[acc[q]]):
                continue
            if k < m and run_n > 0 and abs(t[acc[q]] - t[acc[run_last]]) <= _SILENCE_S:
                run_n += 1
                run_last = q
                continue
            if 0 < run_n <= _ALONE and prev_n >= _MANY:
                i, j = acc[prev_last], acc[run_first]
                if abs(alt[j] - alt[i]) > _climb_limit_ft(abs(t[j] - t[i])):
                    for p in range(min(run_first, run_last), max(run_first, run_last) + 1):
                        alt[acc[p]] = np.nan
                    run_n = 0
            if run_n > 0:
                prev_n, prev_last = run_n, run_last
            if k < m:
                run_n, run_first, run_last = 1, q, q


@compiled
def despike(m: int, acc: Any, t: Any, alt: Any) -> None:
    """Blank altitudes that no climb explains: of two runs that cannot follow one another, the shorter goes.

    Comm-B replies read as altitudes put parked aircraft at 38,000 ft for minutes (OpenSky). Runs end at silences: after
    one any height can be reached, and a false altitude there would speak against all that follows. Only one or two
    altitudes alone are still held to the stretch beyond the silence.
    """
    for _turn in range(3):
        changed = False
        run_n, run_first, run_last = 0, -1, -1
        prev_n, prev_first, prev_last = 0, -1, -1
        for q in range(m + 1):
            if q < m and math.isnan(alt[acc[q]]):
                continue
            apart = q < m and run_last >= 0 and t[acc[q]] - t[acc[run_last]] > _SILENCE_S
            breaks = (
                q == m
                or apart
                or (
                    run_last >= 0
                    and abs(alt[acc[q]] - alt[acc[run_last]]) > _climb_limit_ft(t[acc[q]] - t[acc[run_last]])
                )
            )
            if not breaks:
                run_n += 1
                run_last = q
                if run_first < 0:
                    run_first = q
                continue
            if prev_n > 0 and run_n > 0:
                i, j = acc[prev_last], acc[run_first]
                if abs(alt[j] - alt[i]) <= _climb_limit_ft(t[j] - t[i]):
                    # what lay between them has gone: they are one run
                    run_n, run_first = run_n + prev_n, prev_first
                else:
                    # the weaker of two neighbours that exclude each other goes
                    weak_run = run_n < prev_n
                    lo, hi = (run_first, run_last) if weak_run else (prev_first, prev_last)
                    for p in range(lo, hi + 1):
                        alt[acc[p]] = np.nan
                    changed = True
                    if weak_run:
                        run_n, run_first, run_last = prev_n, prev_first, prev_last
            prev_n, prev_first, prev_last = run_n, run_first, run_last
            if apart:
                prev_n, prev_first, prev_last = 0, -1, -1
            if q < m:
                run_n, run_first, run_last = 1, q, q
        if not changed:
            break
    _lone(m, acc, t, alt)
