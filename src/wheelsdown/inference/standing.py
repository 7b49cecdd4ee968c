"""On the ground or not: flag, speed, height of the field, and what the track does before and after."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wheelsdown.inference.fields import FieldIndex
from wheelsdown.inference.near import course_difference, dist_km, nearest_field, rough_km
from wheelsdown.inference.points import AIR, GROUND, KM_PER_KT_S
from wheelsdown.jit import compiled

__all__ = ["label_ground", "smooth"]

_AROUND_S = 600.0
_CLIMBED_FT = 250.0
_FLAT_FT = 200.0
_TAXI_KT = 20.0
_ROLL_S = 90.0
_FLIES_KT, _ABOVE_FT = 100.0, 1200.0
_TURNS_DEG = 15.0
_DRIFT_FT_H = 60.0
"""The pressure of the day rises and falls by 2 hPa an hour at most: so much a parked aircraft seems to climb."""


@compiled
def _derived_kt(a: int, b: int, t: Any, lat: Any, lon: Any) -> float:
    dt = t[b] - t[a]
    if dt <= 0.0 or dt > 120.0:
        return np.nan
    return rough_km(lat[a], lon[a], lat[b], lon[b]) / dt / KM_PER_KT_S


@compiled
def _beside_a_silence(q: int, m: int, acc: Any, t: Any, lat: Any, lon: Any, alt: Any, reported: float) -> float:
    """Return the speed of a position alone at the edge of a silence: the first one may still tell the landing's."""
    i = acc[q]
    for side in range(2):
        n, o = (q + 1, q - 1) if side == 0 else (q - 1, q + 1)
        if not 0 <= n < m or abs(t[acc[n]] - t[i]) >= 120.0 or (0 <= o < m and abs(t[acc[o]] - t[i]) < 300.0):
            continue
        v = _derived_kt(min(i, acc[n]), max(i, acc[n]), t, lat, lon)
        if v < 50.0 and v < reported - 40.0 and not abs(alt[acc[n]] - alt[i]) > 60.0:
            return v
    return reported


@compiled
def _speed_kt(q: int, m: int, acc: Any, t: Any, lat: Any, lon: Any, alt: Any, gs: Any, trk: Any) -> float:
    """Return the reported speed, unless it is missing, left over, or contradicted by the positions around it.

    A value left over from the landing roll repeats itself, and its course with it, while the aircraft crawls in level
    at one place. A position left over (the aircraft flies on unheard) looks the same but for the altitude, which goes
    on changing.
    """
    i = acc[q]
    reported = gs[i]
    if reported >= 50.0 and 0 < q < m - 1:
        # the common case first: the neighbours say that it moves about as fast as it says
        p, n = acc[q - 1], acc[q + 1]
        if t[n] - t[p] < 120.0 and rough_km(lat[p], lon[p], lat[n], lon[n]) > (reported - 35.0) * KM_PER_KT_S * (
            t[n] - t[p]
        ):
            return reported
    a, b = q, q
    while a > 0 and t[i] - t[acc[a]] < 15.0:
        a -= 1
    while b < m - 1 and t[acc[b]] - t[i] < 15.0:
        b += 1
    if a == b:
        return reported
    i0, i1 = acc[a], acc[b]
    v = _derived_kt(i0, i1, t, lat, lon)
    if math.isnan(reported):
        return v
    if math.isnan(v):
        return _beside_a_silence(q, m, acc, t, lat, lon, alt, reported)
    if reported < 50.0 and v > 60.0 and v > reported + 40.0:
        return v
    if abs(course_difference(trk[i0], trk[i])) > _TURNS_DEG or abs(course_difference(trk[i1], trk[i])) > _TURNS_DEG:
        # it turns: what was received is new each time, and a circle comes back to where it was
        return reported
    if reported >= _FLIES_KT and gs[i0] != reported and gs[i1] != reported and gs[i0] != gs[i1]:
        # a speed left over does not change: a false position stands, and the aircraft flies
        return reported
    level = not (abs(alt[i1] - alt[i0]) > 60.0)
    if (
        level
        and t[i1] - t[i0] >= 12.0
        and v < reported - 40.0
        and ((gs[i0] == reported and gs[i1] == reported) or v < 3.0)
    ):
        return v
    return reported


@compiled
def _at_field_height(
    i: int, k: int, alt: Any, geom: Any, gs: Any, flagless: bool, fx: FieldIndex, tol_ft: float
) -> bool:
    if math.isnan(fx.f_elev_ft[k]):
        return False
    if math.isnan(alt[i]) and math.isnan(geom[i]):
        return True
    if not math.isnan(geom[i]):
        # the barometer knows nothing of satellites: who says that it flies, far above, is not where it seems to stand
        if gs[i] >= _FLIES_KT and alt[i] - fx.f_elev_ft[k] > _ABOVE_FT:
            return False
        # the ellipsoid lies up to 350 ft from mean sea level
        return abs(geom[i] - fx.f_elev_ft[k]) <= 600.0
    if flagless and alt[i] == 0.0:
        # sources without a flag write 0 for the ground, whatever the elevation
        return True
    if math.isnan(gs[i]) and alt[i] > fx.f_elev_ft[k] + 10000.0:
        # nothing stands still at that height: the altitude is false, and so says nothing
        return True
    return abs(alt[i] - fx.f_elev_ft[k]) <= tol_ft


@compiled
def _comes_down_to_it(q: int, end: int, m: int, acc: Any, t: Any, lat: Any, lon: Any, alt: Any) -> bool:
    """Tell whether slow positions q to end - 1 lie level at the bottom of the track: a hover does not.

    An aircraft on the ground came down to that height or climbs from it, and is nowhere lower close by.
    """
    low, high = np.inf, -np.inf
    for p in range(q, end):
        h = alt[acc[p]]
        if not math.isnan(h):
            low, high = min(low, h), max(high, h)
    if low == np.inf:
        return True
    if high - low > _FLAT_FT + _DRIFT_FT_H * (t[acc[end - 1]] - t[acc[q]]) / 3600.0:
        return False
    heard, climbed = False, False
    for side in range(2):
        p = q - 1 if side == 0 else end
        edge = acc[q] if side == 0 else acc[end - 1]
        while 0 <= p < m and abs(t[acc[p]] - t[edge]) <= _AROUND_S:
            h = alt[acc[p]]
            if not math.isnan(h):
                heard = True
                if h >= low + _CLIMBED_FT:
                    climbed = True
                elif h < low - _FLAT_FT and rough_km(lat[edge], lon[edge], lat[acc[p]], lon[acc[p]]) < 10.0:
                    return False
            p += -1 if side == 0 else 1
    return climbed or not heard


@compiled
def label_ground(
    m: int,
    acc: Any,
    t: Any,
    lat: Any,
    lon: Any,
    alt: Any,
    geom: Any,
    og: Any,
    gs: Any,
    trk: Any,
    label: Any,
    rules: Any,
    fx: FieldIndex,
    buf: Any,
) -> None:
    """Label each accepted position: flagged ground, or slow long enough at a field's own height."""
    q = 0
    while q < m:
        i = acc[q]
        if og[i] == 1:
            label[q] = GROUND
            q += 1
            continue
        label[q] = AIR
        limit = rules.stop_speed_kt if og[i] == -1 else rules.flagless_slow_kt
        v = _speed_kt(q, m, acc, t, lat, lon, alt, gs, trk)
        if not (v < limit):
            q += 1
            continue
        # a stretch of slow positions is judged as one
        end = q
        flagged_air = False
        # the longest stretch of it that stands still: roll and taxi come before and after
        still_from, amin, amax, still_s = -1, np.inf, -np.inf, 0.0
        slowest = v
        while end < m:
            j = acc[end]
            if og[j] == 1:
                break
            w = _speed_kt(end, m, acc, t, lat, lon, alt, gs, trk)
            if not (w < (rules.stop_speed_kt if og[j] == -1 else rules.flagless_slow_kt)):
                break
            if end > q and dist_km(lat[acc[end - 1]], lon[acc[end - 1]], lat[j], lon[j]) > 2.0:
                break
            flagged_air = flagged_air or og[j] == 0
            slowest = min(slowest, w)
            if w < 15.0 and not gs[j] > w + 20.0:
                if still_from < 0 or rough_km(lat[still_from], lon[still_from], lat[j], lon[j]) > 1.0:
                    still_from, amin, amax = j, np.inf, -np.inf
                if not math.isnan(alt[j]):
                    amin = min(amin, alt[j])
                    amax = max(amax, alt[j])
                if not (amax - amin > 100.0):
                    still_s = max(still_s, t[j] - t[still_from])
            else:
                still_from = -1
            end += 1
        dur = t[acc[end - 1]] - t[i]
        k, _d = nearest_field(lat[i], lon[i], rules.field_radius_km, False, fx, buf)
        stands = False
        level = _comes_down_to_it(q, end, m, acc, t, lat, lon, alt)
        if k >= 0 and _at_field_height(i, k, alt, geom, gs, not flagged_air, fx, rules.field_elevation_tolerance_ft):
            stands = level and (dur >= rules.flagless_slow_s if flagged_air else slowest < _TAXI_KT)
        elif still_s >= 120.0 and level and not flagged_air:
            stands = True
        for p in range(q, end):
            label[p] = GROUND if stands else AIR
        q = end


@compiled
def _too_high_for_ground(
    air: int, gnd: int, t: Any, lat: Any, lon: Any, alt: Any, geom: Any, fx: FieldIndex, buf: Any
) -> bool:
    """Tell whether `gnd` says ground although the aircraft was far too high a moment before or after."""
    dt = abs(t[gnd] - t[air])
    if dt > 120.0 or math.isnan(alt[air]):
        return False
    k, _d = nearest_field(lat[gnd], lon[gnd], 30.0, False, fx, buf)
    if k < 0 or math.isnan(fx.f_guess_ft[k]):
        return bool(alt[air] > 15000.0)
    # 4,200 ft/min is steeper than any approach; 1,000 ft cover the unknown QNH
    return bool(alt[air] - fx.f_guess_ft[k] > 1000.0 + dt * 70.0)


@compiled
def _plunges(i: int, gnd: int, j: int, t: Any, lat: Any, lon: Any, alt: Any, fx: FieldIndex, buf: Any) -> bool:
    """Tell whether a moment on the ground between i and j asks for a plunge and a leap that nobody flies."""
    if math.isnan(alt[i]) or math.isnan(alt[j]):
        return False
    k, _d = nearest_field(lat[gnd], lon[gnd], 8.0, False, fx, buf)
    ground_ft = 0.0 if k < 0 or math.isnan(fx.f_elev_ft[k]) else fx.f_elev_ft[k]
    # 1,000 ft cover the unknown QNH; 2,500 ft/min down and up again is more than any touch-and-go
    return alt[i] + alt[j] - 2.0 * ground_ft > 2000.0 + (t[j] - t[i]) * 2500.0 / 60.0


@compiled
def _on_runway(lat: float, lon: float, fx: FieldIndex, buf: Any) -> bool:
    k, d = nearest_field(lat, lon, 1.5, False, fx, buf)
    # no pad, no water, nothing closed: only what rolls fast is asked about
    return k >= 0 and fx.f_kind[k] not in (1, 2, 3) and (d <= 0.4 or fx.r_first[k] == fx.r_first[k + 1])


@compiled
def smooth(
    m: int,
    acc: Any,
    t: Any,
    lat: Any,
    lon: Any,
    alt: Any,
    geom: Any,
    og: Any,
    gs: Any,
    trk: Any,
    label: Any,
    rules: Any,
    fx: FieldIndex,
    buf: Any,
) -> None:
    """Turn glitches round: `ground` at speed, airborne flicker while taxiing, touch-and-goes."""
    for step in range(3):
        a = 0
        while a < m:
            b = a
            while b + 1 < m and label[b + 1] == label[a]:
                b += 1
            before = a > 0
            after = b + 1 < m
            ground = label[a] == GROUND
            if ground == (step == 1) or not (before or after or step == 0):
                a = b + 1
                continue
            dur = t[acc[b]] - t[acc[a]]
            slowest, fastest = np.inf, -np.inf
            amin, amax = np.inf, -np.inf
            for p in range(a, b + 1):
                h = alt[acc[p]]
                if not math.isnan(h):
                    amin = min(amin, h)
                    amax = max(amax, h)
                if not ground and amax - amin > 300.0:
                    break  # it climbed: this is flight, and no more needs to be known
                if ground and slowest <= rules.touch_and_go_kt:
                    break  # it slowed down to taxi: this is the ground
                v = _speed_kt(p, m, acc, t, lat, lon, alt, gs, trk) if ground else gs[acc[p]]
                if not math.isnan(v):
                    slowest = min(slowest, v)
                    fastest = max(fastest, v)
                if p > a:
                    d = _derived_kt(acc[p - 1], acc[p], t, lat, lon)
                    if not math.isnan(d) and t[acc[p]] - t[acc[p - 1]] >= 4.0:
                        # a stale reported speed must not hide that it stands still
                        slowest = min(slowest, d)
                        if math.isnan(v):
                            fastest = max(fastest, d)
            if ground:
                gap_in = t[acc[a]] - t[acc[a - 1]] if before else np.inf
                gap_out = t[acc[b + 1]] - t[acc[b]] if after else np.inf
                if slowest == np.inf and before and after:
                    d = _derived_kt(acc[a - 1], acc[b + 1], t, lat, lon)
                    if not math.isnan(d):
                        slowest = d
                if step == 0:
                    high = (before and _too_high_for_ground(acc[a - 1], acc[a], t, lat, lon, alt, geom, fx, buf)) or (
                        after and _too_high_for_ground(acc[b + 1], acc[b], t, lat, lon, alt, geom, fx, buf)
                    )
                    # a position left over from the approach says nothing of the speed: the flag alone speaks
                    frozen = (
                        before
                        and t[acc[a]] - t[acc[a - 1]] >= 10.0
                        and rough_km(lat[acc[a - 1]], lon[acc[a - 1]], lat[acc[b]], lon[acc[b]]) < 0.05
                        and nearest_field(lat[acc[a]], lon[acc[a]], 3.0, False, fx, buf)[0] >= 0
                    )
                    if (
                        dur < 30.0
                        and before
                        and after
                        and _plunges(acc[a - 1], acc[a], acc[b + 1], t, lat, lon, alt, fx, buf)
                    ):
                        for p in range(a, b + 1):
                            label[p] = AIR
                    elif 60.0 < slowest < np.inf and (
                        high or dur > _ROLL_S or not (frozen or _on_runway(lat[acc[a]], lon[acc[a]], fx, buf))
                    ):
                        # it never slowed down: a landing roll lasts a minute and lies on a runway
                        for p in range(a, b + 1):
                            label[p] = AIR
                elif (
                    gap_in < 120.0
                    and gap_out < 120.0
                    # a single position at speed, between two minutes in the air, is no stay either
                    and dur + gap_in + gap_out < (240.0 if a == b else rules.touch_and_go_s + 30.0)
                    and dur < rules.touch_and_go_s
                    and slowest > rules.touch_and_go_kt
                ):
                    for p in range(a, b + 1):
                        label[p] = AIR
            elif before != after and not (amax - amin > 300.0):
                # beside a stay at one end of the data: never off the spot, slow but for a speed left over
                g = a - 1 if before else b + 1
                still = True
                for p in range(a, b + 1):
                    far = dist_km(lat[acc[g]], lon[acc[g]], lat[acc[p]], lon[acc[p]])
                    v = _speed_kt(p, m, acc, t, lat, lon, alt, gs, trk)
                    still = (
                        still
                        and far < 2.0
                        and (
                            v < rules.flagless_slow_kt
                            or (math.isnan(v) and far < 0.3)
                            or (amax == -np.inf and far < 0.3)
                        )
                    )
                if still:
                    for p in range(a, b + 1):
                        label[p] = GROUND
            elif before and after and not (amax - amin > 300.0):
                near = dist_km(lat[acc[a - 1]], lon[acc[a - 1]], lat[acc[b + 1]], lon[acc[b + 1]]) < rules.same_stay_km
                slow = fastest < 60.0
                brief = dur < 6.0 and t[acc[b + 1]] - t[acc[a - 1]] < 30.0
                # no aircraft flies and stays level within a kilometre of where it stood: the speed is left over
                confined = near and not (amax - amin > 100.0) and dur < 180.0
                for p in range(a, b + 1):
                    confined = confined and dist_km(lat[acc[a - 1]], lon[acc[a - 1]], lat[acc[p]], lon[acc[p]]) < 1.0
                if near and (slow or brief or confined):
                    for p in range(a, b + 1):
                        label[p] = GROUND
            a = b + 1
