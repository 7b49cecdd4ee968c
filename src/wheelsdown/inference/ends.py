"""Where a leg began or ended when the ground was not seen: reach, height, alignment, and who else is in range.

A departure is judged as an arrival flown backwards: the same geometry with another slope.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wheelsdown.inference.fields import FieldIndex
from wheelsdown.inference.kernel import trend_fpm
from wheelsdown.inference.near import course_difference, dist_km, fields_within
from wheelsdown.inference.paths import ALIGNED, FREE, ONE_TURN, course_at, path_to, runway_frame, slope_cost
from wheelsdown.inference.points import GROUND
from wheelsdown.jit import compiled

__all__ = ["CANDIDATE", "CANDIDATES", "END", "infer_ends"]

CANDIDATES = 12
"""How many fields are kept for an end."""

# columns of the two result arrays
CANDIDATE = {
    name: i
    for i, name in enumerate(
        (
            "field",
            "cost",
            "model",
            "path_km",
            "lateral_km",
            "height_ft",
            "turn_deg",
            "distance_km",
            "why",
            "runway",
            "end",
            "share",
        )
    )
}
END = {
    name: i
    for i, name in enumerate(
        (
            "grade",
            "why",
            "height_ft",
            "trend_fpm",
            "speed_kt",
            "aligned_s",
            "candidates",
            "course_deg",
            "row",
            "open_rivals",
        )
    )
}

# why a rival is excluded (0: it is not)
STAYS, WHY_KIND, WHY_SHORT, WHY_HIGH, WHY_ALIGNED, WHY_AWAY, WHY_FAR, WHY_GRASS = 0, 1, 2, 3, 4, 5, 6, 7
# why no field is named (0: one is)
NAMED, NO_HEIGHT, TOO_HIGH, CLIMBING, NOTHING_NEAR, LEVEL = 0, 1, 2, 3, 4, 5

EXCLUDED_COST = 1000.0  # so that excluded ones come last
_PRESSURE_FT = 900.0  # what pressure altitude may be off by without the day's pressure (980 to 1046 hPa)
C_FIELD, C_COST, C_MODEL, C_PATH, C_LATERAL, C_HEIGHT = 0, 1, 2, 3, 4, 5
C_TURN, C_DIST, C_WHY, C_RUNWAY, C_END, C_SHARE = 6, 7, 8, 9, 10, 11
END_GRADE, END_WHY, END_HEIGHT, END_TREND, END_SPEED, END_ALIGNED, END_N, END_COURSE, END_ROW, END_OPEN = range(10)
N_CANDIDATE, N_END = len(CANDIDATE), len(END)


@compiled
def _infer_one(
    i: int,
    step: int,
    stop: int,
    t: Any,
    lat: Any,
    lon: Any,
    alt: Any,
    geom: Any,
    gs: Any,
    trk: Any,
    vr: Any,
    state: Any,
    rules: Any,
    fx: FieldIndex,
    buf: Any,
    cand: Any,
    end_out: Any,
) -> None:
    arrival = step < 0
    end_out[:] = np.nan
    end_out[END_GRADE] = 0.0
    end_out[END_N] = 0.0
    end_out[END_ROW] = i
    end_out[END_OPEN] = 0.0
    cand[:, :] = np.nan
    # the end is judged from the last (first) position that has an altitude: without one a place says little
    a = i
    while (
        a != stop and (state[a] > GROUND or (math.isnan(alt[a]) and math.isnan(geom[a]))) and abs(t[a] - t[i]) <= 600.0
    ):
        a += step
    if a == stop or state[a] > GROUND or (math.isnan(alt[a]) and math.isnan(geom[a])):
        end_out[END_WHY] = NO_HEIGHT
        return
    i = a
    end_out[END_ROW] = i
    height_msl = alt[a] if not math.isnan(alt[a]) else geom[a]
    trend = trend_fpm(a, step, stop, t, alt, vr, state)
    course = course_at(i, step, stop, t, lat, lon, trk, state)
    speed = gs[i]
    end_out[END_TREND] = trend
    end_out[END_SPEED] = speed
    end_out[END_COURSE] = course
    end_out[END_HEIGHT] = height_msl
    # what kind of aircraft: from how it flew on this leg, never from a list of airlines
    slowest, vmax, hmax = np.inf, 0.0, 0.0
    j = i
    while j != stop:
        if state[j] <= GROUND:
            if not math.isnan(gs[j]):
                if abs(t[j] - t[i]) <= 180.0:
                    slowest = min(slowest, gs[j])
                vmax = max(vmax, gs[j])
            if not math.isnan(alt[j]):
                hmax = max(hmax, alt[j])
        j += step
    need_m = 0.0
    if vmax >= 340.0 or hmax >= 30000.0:
        need_m = 1000.0
    elif vmax >= 240.0 or hmax >= 20000.0:
        need_m = 750.0
    elif slowest < np.inf and slowest >= 100.0:
        need_m = 600.0
    fixed_wing = (slowest < np.inf and slowest >= 60.0) or need_m > 0.0

    reach_km = min(rules.possible_km, 8.0 + max(0.0, height_msl) / 90.0)
    n = fields_within(lat[i], lon[i], reach_km, fx, buf)
    towards = course if arrival else course + 180.0
    free_km = 0.4
    slope = rules.slope_ft_per_km if arrival else rules.climb_ft_per_km
    steep = rules.steep_ft_per_km if arrival else rules.steep_climb_ft_per_km
    steep_sd, shallow_sd = (0.35, rules.level_sd) if arrival else (0.5, rules.climb_sd)
    k_n = 0
    lowest = np.inf
    for q in range(n):
        k = buf[q]
        d_ref = dist_km(lat[i], lon[i], fx.f_lat[k], fx.f_lon[k])
        known_height = not math.isnan(fx.f_elev_ft[k])
        height = height_msl - fx.f_guess_ft[k]
        lowest = min(lowest, height)
        if height > rules.possible_height_ft or height < -1500.0:
            continue
        # a place whose height is unknown is no better than possible
        unknown = 0.0 if known_height else 3.0
        best_c, best_model, best_path, best_y, best_turn, best_d, best_r, best_e, best_h = (
            np.inf,
            FREE,
            d_ref,
            np.nan,
            np.nan,
            d_ref,
            -1.0,
            -1.0,
            height,
        )
        for r in range(fx.r_first[k], fx.r_first[k + 1]):
            length_km = fx.r_length_m[r] / 1000.0
            if need_m > 0.0 and fx.r_length_m[r] < 0.85 * need_m and fx.f_length_m[k] >= need_m:
                continue
            for e in range(2):
                x, y, heading, elev = runway_frame(lat[i], lon[i], r, e, fx)
                h = height_msl - elev if not math.isnan(elev) else height
                # lift-off happens well before the far end
                length_extra = 0.3 if arrival else 0.55 * length_km
                d = math.hypot(x, y) if x > 0 or x < -length_km else abs(y)
                if math.isnan(course):
                    c = 8.0 + d / 6.0
                    model, path, turn = FREE, d, np.nan
                else:
                    delta = course_difference(towards, heading)
                    model, path, turn = path_to(
                        x,
                        y,
                        delta,
                        rules.turn_radius_km,
                        1.5 if arrival else 0.3,
                        rules.aligned_lateral_km if arrival else 1.6 * rules.aligned_lateral_km,
                        rules.aligned_course_deg,
                        rules.aligned_spread if arrival else 2.0 * rules.aligned_spread,
                        length_km,
                    )
                    c = slope_cost(h, path + length_extra, slope, free_km, steep_sd, shallow_sd)
                    if model == ALIGNED:
                        sy = 0.12 + (0.02 if arrival else 0.04) * max(0.0, x)
                        sc = 3.0 if arrival else 5.0
                        c += 0.5 * (y / sy) ** 2 + 0.5 * (turn / sc) ** 2
                    elif model == ONE_TURN:
                        c += (
                            (rules.arrival_turn_cost if arrival else rules.departure_turn_cost)
                            + rules.turn_cost * (turn / 90.0) ** 2
                            + 0.04 * path
                        )
                    else:
                        c += rules.free_cost + rules.free_km_cost * path + rules.free_turn_cost * (turn / 90.0) ** 2
                    if need_m >= 750.0:
                        # a fast aircraft uses grass and short runways seldom, but it can
                        c += rules.short_cost * min(1.0, max(0.0, (1700.0 - fx.r_length_m[r]) / 800.0)) + (
                            4.0 if fx.r_grass[r] else 0.0
                        )
                if c < best_c:
                    best_c, best_model, best_path, best_y, best_turn, best_d, best_r, best_e, best_h = (
                        c,
                        model,
                        path,
                        y,
                        turn,
                        d,
                        float(r),
                        float(e),
                        h,
                    )
        if best_r < 0:
            # no geometry: only the reference point speaks
            off = 90.0
            if not math.isnan(course) and d_ref > 0.5:
                dx = course_difference(fx.f_lon[k], lon[i]) * math.cos(math.radians(lat[i]))
                off = abs(course_difference(math.degrees(math.atan2(dx, fx.f_lat[k] - lat[i])), towards))
            best_turn = off
            best_path = d_ref * (1.0 + off / 180.0)
            best_c = (
                6.5
                + slope_cost(height, best_path, slope, free_km, steep_sd, shallow_sd)
                + 0.1 * d_ref
                + (off / 60.0) ** 2
            )
        why = STAYS
        if (fixed_wing and fx.f_kind[k] in (1, 2)) or (fx.f_kind[k] == 3 and best_model != ALIGNED):
            why = WHY_KIND
        elif need_m > 0.0 and not math.isnan(fx.f_length_m[k]) and fx.f_length_m[k] < need_m:
            why = WHY_SHORT
        elif (
            need_m >= 750.0
            and not fx.f_hard_m[k] >= need_m
            and not math.isnan(fx.f_length_m[k])
            and best_model != ALIGNED
        ):
            why = WHY_GRASS
        elif need_m >= 750.0 and math.isnan(fx.f_length_m[k]) and best_r < 0 and best_turn > 25.0:
            why = WHY_ALIGNED
        elif (
            # on the centreline of its runway, the day's pressure may be all that it is too high by
            known_height
            and best_h > 500.0
            and best_h - (_PRESSURE_FT if best_model == ALIGNED else 300.0)
            > steep * (best_d + (0.5 if arrival else 2.5))
        ):
            why = WHY_HIGH
        elif d_ref > reach_km + 3.0:
            why = WHY_FAR
        best_c += unknown
        rank = best_c + (EXCLUDED_COST if why != STAYS else 0.0)
        p = k_n if k_n < CANDIDATES else CANDIDATES
        while p > 0 and cand[p - 1, C_COST] > rank:
            if p < CANDIDATES:
                for c_ in range(cand.shape[1]):
                    cand[p, c_] = cand[p - 1, c_]
            p -= 1
        if p < CANDIDATES:
            cand[p, C_FIELD] = k
            cand[p, C_COST] = rank
            cand[p, C_MODEL] = best_model
            cand[p, C_PATH] = best_path
            cand[p, C_LATERAL] = best_y
            cand[p, C_HEIGHT] = best_h
            cand[p, C_TURN] = best_turn
            cand[p, C_DIST] = best_d
            cand[p, C_WHY] = why
            cand[p, C_RUNWAY] = best_r
            cand[p, C_END] = best_e
            k_n = min(CANDIDATES, k_n + 1)
    end_out[END_N] = k_n
    if lowest < np.inf:
        end_out[END_HEIGHT] = lowest
    if k_n == 0 or cand[0, C_WHY] != STAYS:
        end_out[END_WHY] = TOO_HIGH if lowest > rules.possible_height_ft and lowest < np.inf else NOTHING_NEAR
        return
    height = cand[0, C_HEIGHT]
    end_out[END_HEIGHT] = height
    toward_ground = -trend if arrival else trend
    if toward_ground < -150.0:
        end_out[END_WHY] = CLIMBING
        return
    if not toward_ground > 150.0 and height > 4500.0:
        end_out[END_WHY] = LEVEL
        return
    end_out[END_WHY] = NAMED
    total = math.exp(-9.0 + min(9.0, cand[0, C_COST]))
    for p in range(k_n):
        if cand[p, C_WHY] == STAYS:
            total += math.exp(cand[0, C_COST] - cand[p, C_COST])
    for p in range(k_n):
        cand[p, C_SHARE] = math.exp(cand[0, C_COST] - cand[p, C_COST]) / total if cand[p, C_WHY] == STAYS else 0.0
    # how long it had been lined up, how far it came down meanwhile
    aligned_s = 0.0
    on_slope = False
    if cand[0, C_MODEL] == ALIGNED:
        r, e = int(cand[0, C_RUNWAY]), int(cand[0, C_END])
        j = i
        while j != stop and abs(t[j] - t[i]) <= 240.0:
            if state[j] <= GROUND:
                x, y, heading, elev = runway_frame(lat[j], lon[j], r, e, fx)
                cj = trk[j]
                off = abs(course_difference(cj if arrival else cj + 180.0, heading)) if not math.isnan(cj) else 0.0
                if (
                    abs(y) > rules.aligned_lateral_km + rules.aligned_spread * max(0.0, x)
                    or off > rules.aligned_course_deg
                ):
                    break
                aligned_s = abs(t[j] - t[i])
            j += step
        per_km = height / max(0.3, cand[0, C_PATH] + 0.3)
        on_slope = 100.0 <= per_km <= 290.0
    end_out[END_ALIGNED] = aligned_s
    lined_up = cand[0, C_MODEL] == ALIGNED and (aligned_s >= rules.aligned_s or not arrival)
    established = arrival and lined_up and on_slope and height <= rules.established_height_ft
    low_departure = not arrival and cand[0, C_MODEL] == ALIGNED and height <= rules.established_height_ft
    open_rivals = 0
    for p in range(1, k_n):
        if cand[p, C_WHY] != STAYS:
            continue
        beside = cand[p, C_DIST] < cand[0, C_PATH] - 1.0 and not (cand[p, C_RUNWAY] < 0 and cand[p, C_TURN] > 60.0)
        # of a field whose runways are unknown only its direction can be asked
        ahead = cand[p, C_RUNWAY] < 0 and cand[p, C_TURN] < 25.0 and cand[p, C_DIST] < 2.0 * cand[0, C_PATH] + 2.0
        if ahead or (cand[p, C_MODEL] == ALIGNED and cand[p, C_COST] - cand[0, C_COST] < 4.0):
            open_rivals += 1
        elif lined_up and (not beside or established or low_departure):
            cand[p, C_WHY] = WHY_AWAY if cand[p, C_TURN] > 100.0 else WHY_ALIGNED
        else:
            open_rivals += 1
    end_out[END_OPEN] = open_rivals
    share_ok = cand[0, C_SHARE] >= rules.strong_probability
    share_ok = share_ok and not math.isnan(fx.f_elev_ft[int(cand[0, C_FIELD])])
    strong = lined_up and share_ok and open_rivals == 0 and height <= rules.strong_height_ft and toward_ground > 100.0
    # lined up but too high to land there: it may be on the way to the next field ahead
    strong = strong and (not arrival or on_slope or height <= rules.established_height_ft)
    end_out[END_GRADE] = 2.0 if strong else 1.0


@compiled
def infer_ends(
    rows: Any,
    steps: Any,
    stops: Any,
    t: Any,
    lat: Any,
    lon: Any,
    alt: Any,
    geom: Any,
    gs: Any,
    trk: Any,
    vr: Any,
    state: Any,
    rules: Any,
    fx: FieldIndex,
) -> Any:
    """Infer the field behind each end that was not seen on the ground.

    Parameters
    ----------
    rows : int64 array; the last (arrival) or first (departure) airborne position of each end
    steps : int64 array; -1 for an arrival, +1 for a departure
    stops : int64 array; row at which the leg's other end lies (exclusive)
    the rest : as in `kernel.segment`; `state` is its result

    Returns
    -------
    ends : float64 array (n, len(END))
    candidates : float64 array (n, CANDIDATES, len(CANDIDATE))

    Notes
    -----
    Heights are pressure altitude less field elevation: without QNH they are off by up to 900 ft, mostly below 300 ft.
    What it cannot see: a field on no list; a turn made after the last position; a runway longer or shorter than listed.
    """
    n = rows.shape[0]
    ends = np.empty((n, N_END), dtype=np.float64)
    cand = np.empty((n, CANDIDATES, N_CANDIDATE), dtype=np.float64)
    buf = np.empty(4096, dtype=np.int64)
    for q in range(n):
        _infer_one(
            rows[q], steps[q], stops[q], t, lat, lon, alt, geom, gs, trk, vr, state, rules, fx, buf, cand[q], ends[q]
        )
    return ends, cand
