"""One flight from lift-off to touchdown, step by step, compiled.

The aircraft is steered from waypoint to waypoint with turns of a real radius, then along the final. Heights follow the
type's climb and the way left; speeds the height and the way left; the wind shifts ground speed.
"""

from __future__ import annotations

import math
from typing import Any

from wheelsdown.jit import compiled
from wheelsdown.simulate.arrivals import arrival_way, height_at, pick_end
from wheelsdown.simulate.steering import bearing_and_km, offset, speed_true_kt, turn_radius_km, wrapped

__all__ = ["COLUMNS", "fly"]

COLUMNS = 11
T, LAT, LON, PA, GS, TRK, VR, GND, LEG, SHIFT, OFF = range(COLUMNS)
"""Columns of positions: seconds, degrees, pressure altitude, knots, degrees, ft/min, on the ground, leg, pressure
altitude less height, transponder off."""
_RAD = math.pi / 180.0
_LONGEST_S = 72_000.0
_TRIES = 8


@compiled
def fly(
    start: Any,
    from_field: int,
    goals: Any,
    n_goals: int,
    rnd: Any,
    flags: Any,
    perf: Any,
    need_km: float,
    final_range: Any,
    level_share: float,
    ports: Any,
    wx: Any,
    wp: Any,
    out: Any,
    n: int,
    result: Any,
) -> int:
    """Fly from lift-off to the threshold of the last goal; give the number of positions, or -1 if there is no room.

    Parameters
    ----------
    start : array
        Seconds, latitude, longitude, heading, true airspeed at lift-off, leg number.
    goals : array
        Fields in order, each with 1 if the approach is broken off there.
    rnd : array
        Numbers of chance from 0 to 1 of this flight.
    flags : array
        1 where the flight has a departure by waypoint, holds, flies straight in where it can.
    result : array
        Filled: seconds, speed at the threshold, runway end, field, missed approaches.
    """
    t, lat, lon, trk, tas, leg = start[0], start[1], start[2], start[3], start[4], start[5]
    hours = wx.upper_east_kt.shape[0]
    hour = min(hours - 1, max(0, int(t / 3600.0)))
    shift0 = wx.shift_ft[from_field, hour]
    base_ft = ports.f_elev_ft[from_field]
    pa = base_ft + shift0
    turn_ft = 400.0 + 1600.0 * rnd[0] * rnd[0]
    goal, missed, unplanned = 0, 0, 0
    lift_t = t
    new_way = True
    straight_until_ft = base_ft + shift0 + turn_ft
    straight_km_left = 0.0
    runway_trk = trk
    circuit = False
    k, e = 0, 0
    nwp, at, total_km = 0, 0, 1.0
    th_lat, th_lon, heading, final_km = 0.0, 0.0, 0.0, 10.0
    cruise_pa, shift1, elev1 = 10000.0, 0.0, 0.0
    level_ft, level_km, slope, high_ft, high_km = 2500.0, 3.0, 165.0, 9000.0, 0.0
    capture = 60.0
    ias = perf.lift_off_kt
    step_cap_ft, step_cap_km = 1e9, 0.0
    size = out.shape[0]
    dice = 0
    closest = 1e9
    while True:
        hour = min(hours - 1, max(0, int(t / 3600.0)))
        if new_way:
            # --- where to, by which runway, along which waypoints ---
            new_way = False
            k = int(goals[goal, 0])
            r = 4 + 6 * min(goal, 3)
            _b, far = bearing_and_km(lat, lon, ports.f_lat[k], ports.f_lon[k])
            eta = min(hours - 1, hour + int(far / 750.0 + 0.5))
            if not circuit:
                e = pick_end(k, need_km, wx.wind_east_kt[k, eta], wx.wind_north_kt[k, eta], rnd[r], ports)
                shift1 = wx.shift_ft[k, eta]
            th_lat, th_lon, heading = ports.e_lat[e], ports.e_lon[e], ports.e_heading_deg[e]
            elev1 = ports.f_elev_ft[k]
            longest = final_range[1]
            if far < 60.0:
                longest = max(final_range[0] + 1.0, min(longest, 0.4 * far))
            final_km = final_range[0] + (longest - final_range[0]) * rnd[r + 1]
            width = (4.5 + 5.5 * rnd[r + 2]) * max(1.0, perf.approach_kt / 140.0)
            capture = 30.0 + 60.0 * rnd[r + 3]
            level_ft = min(1500.0 + 2000.0 * rnd[r + 4], 0.92 * final_km * 171.9)
            level_ft = round((level_ft + elev1) / 100.0) * 100.0 - elev1
            level_km = 8.0 * rnd[r + 5]
            slope = 130.0 + 45.0 * rnd[28]
            high_ft, high_km = 5000.0 + 9000.0 * rnd[29], 0.0
            if rnd[30] < level_share:
                high_km = 4.0 + 25.0 * rnd[31]
            nwp = 0
            if circuit:
                wp[0, 0], wp[0, 1] = offset(th_lat, th_lon, heading, 6.0 + 6.0 * rnd[33])
                nwp = arrival_way(
                    th_lat, th_lon, heading, final_km, wp[0, 0], wp[0, 1], width, False, rnd[32], wp, 1
                )  # fmt: skip
                cruise_pa = elev1 + shift1 + max(level_ft, 2000.0)
            else:
                if flags[0] > 0.0 and goal == 0:
                    b, _d = bearing_and_km(lat, lon, ports.f_lat[k], ports.f_lon[k])
                    # within 100 degrees of the runway's direction, mostly towards the way ahead
                    toward = wrapped(b - runway_trk)
                    toward = max(-100.0, min(100.0, toward)) * (1.3 * rnd[34] - 0.3) + 60.0 * (rnd[35] - 0.5)
                    wp[0, 0], wp[0, 1] = offset(lat, lon, runway_trk + toward, min(0.35 * far, 9.0 + 22.0 * rnd[36]))
                    nwp = 1
                if flags[1] > 0.0 and far > 90.0:
                    # racetracks short of the field
                    b, _d = bearing_and_km(th_lat, th_lon, lat, lon)
                    f_lat, f_lon = offset(th_lat, th_lon, b + 40.0 * (rnd[37] - 0.5), 30.0 + 25.0 * rnd[38])
                    for _loop in range(1 + int(3.0 * rnd[39])):
                        for corner in range(4):
                            c_lat, c_lon = offset(f_lat, f_lon, b, -8.0 if corner in (1, 2) else 0.0)
                            wp[nwp, 0], wp[nwp, 1] = offset(c_lat, c_lon, b + 90.0, 7.0 if corner >= 2 else 0.0)
                            nwp += 1
                nwp = arrival_way(
                    th_lat, th_lon, heading, final_km, lat, lon, width, flags[2] > 0.0, rnd[r + 2], wp, nwp
                )  # fmt: skip
                top = min(perf.cruise_ft + 4000.0 * (rnd[40] - 0.6), perf.ceiling_ft)
                top = min(top, max(base_ft, elev1) + 70.0 * far * (0.9 + 0.3 * rnd[41]))
                top = max(top, max(base_ft, elev1) + 3000.0 + 1500.0 * rnd[41])
                cruise_pa = round(top / 1000.0) * 1000.0
                if far < 70.0:
                    cruise_pa = round(top / 500.0) * 500.0
                if rnd[42] < 0.25:
                    step_cap_ft = base_ft + shift0 + 3000.0 + round(5.0 * rnd[43]) * 1000.0
                    step_cap_km = 12.0 + 25.0 * rnd[44]
            at = 0
            closest = 1e9
            total_km = max(far, 20.0)
        # --- the way left ---
        gs_now = max(tas, 60.0)
        radius = turn_radius_km(gs_now)
        on_final = at >= nwp
        dx = wrapped(lon - th_lon) * 111.195 * math.cos(th_lat * _RAD)
        dy = (lat - th_lat) * 111.195
        ch, sh = math.cos(heading * _RAD), math.sin(heading * _RAD)
        before = -(dx * sh + dy * ch)
        right = dx * ch - dy * sh
        if on_final:
            left = max(before, 0.0) + min(abs(right), 30.0) * 0.8
            off = abs(right)
            angle = 57.2958 * off / 0.6
            if off < 1.15 * radius:
                angle = min(angle, math.acos(1.0 - off / (1.15 * radius)) / _RAD)
            else:
                angle = min(angle, 90.0)
            angle = min(angle, max(capture, 90.0 if off > 2.5 * radius else capture))
            want = heading - math.copysign(angle, right)
        else:
            want, d = bearing_and_km(lat, lon, wp[at, 0], wp[at, 1])
            turn = 0.0
            if at + 1 < nwp:
                nb, _d = bearing_and_km(wp[at, 0], wp[at, 1], wp[at + 1, 0], wp[at + 1, 1])
                turn = abs(wrapped(nb - want))
            else:
                turn = min(90.0, abs(wrapped(heading - want)))
            lead = max(0.6, radius * math.tan(min(turn, 100.0) * 0.5 * _RAD))
            closest = min(closest, d)
            if d < lead or (d < 3.5 * radius and abs(wrapped(want - trk)) > 95.0 and pa > straight_until_ft):
                at += 1
                closest = 1e9
                continue
            left = d + final_km
            a_lat, a_lon = wp[at, 0], wp[at, 1]
            for q in range(at + 1, nwp):
                _b, d = bearing_and_km(a_lat, a_lon, wp[q, 0], wp[q, 1])
                left += d
                a_lat, a_lon = wp[q, 0], wp[q, 1]
        straight = pa < straight_until_ft or straight_km_left > 0.0
        if straight:
            want = runway_trk
        else:
            straight_until_ft, straight_km_left = -1e9, 0.0  # once is enough
        share = min(1.0, left / (total_km + 30.0))
        shift = shift1 + (shift0 - shift1) * share
        ground_pa = elev1 + shift1
        # --- end of an approach: touch down, or break off ---
        wanted_h = height_at(left * (0.95 + 0.12 * rnd[27]), level_ft, level_km, slope, high_ft, high_km)
        if on_final and before < 4.0:
            above = pa - ground_pa
            breaks = goals[goal, 1] > 0.0 and above < 150.0 + 900.0 * rnd[45]
            spoiled = before < 1.5 and (
                abs(right) > 0.06 + 0.03 * max(before, 0.0) or above > before * 171.9 + 350.0
                or abs(wrapped(trk - heading)) > 12.0
            )  # fmt: skip
            if spoiled and not breaks:
                unplanned += 1
                if unplanned > _TRIES:
                    result[2] = -2.0
                    return n
            if breaks or spoiled:
                missed += 1
                if breaks:
                    circuit = goal + 1 < n_goals and goals[goal + 1, 0] == goals[goal, 0]
                    goal += 1
                else:
                    circuit = True
                runway_trk = heading
                straight_until_ft = ground_pa + 1000.0 + 800.0 * rnd[46]
                straight_km_left = max(before, 0.0) + 4.0
                base_ft, shift0 = elev1, shift1
                step_cap_ft = 1e9
                new_way = True
                continue
            if before <= 0.02:
                result[0], result[1], result[2], result[3], result[4] = t, tas, e, k, missed
                return n
        # --- speed ---
        climbing_ias = perf.climb_kt if pa > 10000.0 else min(perf.climb_kt, 250.0)
        final_ias = perf.approach_kt * (0.97 + 0.08 * rnd[47])
        if circuit:
            climbing_ias = min(climbing_ias, 1.45 * final_ias)
        goal_ias = climbing_ias
        if left < 70.0 and wanted_h < 12000.0:
            clean = min(1.55 * final_ias, climbing_ias)
            if left < 9.0:
                goal_ias = final_ias
            elif left < 20.0:
                goal_ias = final_ias + (clean - final_ias) * (left - 9.0) / 11.0
            elif left < 45.0:
                goal_ias = clean + (climbing_ias - clean) * (left - 20.0) / 25.0
        # --- time step ---
        off_course = abs(wrapped(want - trk))
        if on_final and before < 12.0:
            dt = 3.0
        elif off_course > 2.0 or left < 40.0 or pa - base_ft - shift0 < 6000.0:
            dt = 4.0 if off_course > 2.0 or left < 60.0 or t - lift_t < 150.0 else 6.0
        elif abs(pa - cruise_pa) > 200.0:
            dt = 8.0
        else:
            dt = 15.0
        dice = (dice + 1) % rnd.shape[0]
        dt *= 0.85 + 0.3 * rnd[dice]
        rate = 1.7 if ias < goal_ias else 0.8
        ias += max(-rate * dt, min(rate * dt, goal_ias - ias))
        tas = min(speed_true_kt(ias, pa), perf.cruise_kt * (0.97 + 0.06 * rnd[3]))
        scale = min(1.0, max(0.0, pa / 36000.0))
        field = from_field if t - lift_t < 900.0 else k
        we = wx.wind_east_kt[field, hour] * (1.0 - scale) + wx.upper_east_kt[hour] * scale
        wn = wx.wind_north_kt[field, hour] * (1.0 - scale) + wx.upper_north_kt[hour] * scale
        gs = max(60.0, tas + we * math.sin(trk * _RAD) + wn * math.cos(trk * _RAD))
        if on_final and before > 0.0:
            dt = min(dt, max(before / (gs * 0.000514444), 0.3))
        # --- height ---
        goal_pa = min(cruise_pa, ground_pa + wanted_h)
        if t - lift_t < 1800.0 and pa < step_cap_ft + 300.0:
            _b, gone = bearing_and_km(start[1], start[2], lat, lon)
            if gone < step_cap_km:
                goal_pa = min(goal_pa, step_cap_ft)
        if straight:
            goal_pa = max(goal_pa, straight_until_ft + 200.0)
        climb = perf.climb_fpm * (0.8 + 0.4 * rnd[1]) * max(0.12, 1.0 - max(pa, 0.0) / (perf.ceiling_ft * 1.05))
        descent = perf.descent_fpm if pa > 10000.0 else min(perf.descent_fpm, 1900.0)
        change = max(-descent * dt / 60.0, min(climb * dt / 60.0, goal_pa - pa))
        # --- emit, then move ---
        if n >= size:
            return -1
        first = t == lift_t  # the moment of lift-off itself is rarely sent
        vr = change / dt * 60.0
        out[n, T], out[n, LAT], out[n, LON], out[n, PA], out[n, GS] = t, lat, lon, pa, gs
        out[n, TRK], out[n, VR], out[n, GND], out[n, LEG], out[n, SHIFT], out[n, OFF] = trk, vr, 0.0, leg, shift, 0.0
        n += 0 if first else 1
        most = dt * gs * 0.514444 / (radius * 1000.0) / _RAD
        turn = wrapped(want - trk)
        if not straight and at < nwp and t - lift_t < 400.0 and abs(turn) > 150.0:
            # after take-off the way round is a matter of the procedure, not of the last degree
            turn = math.copysign(turn, 1.0 if rnd[2] < 0.5 else -1.0)
        turned = max(-most, min(most, turn))
        mid = trk + 0.5 * turned
        trk = (trk + turned) % 360.0
        km = gs * 0.000514444 * dt
        straight_km_left -= km
        lat, lon = offset(lat, lon, mid, km)
        lon = wrapped(lon)
        pa += change
        t += dt
        if t - lift_t > _LONGEST_S:
            result[2] = -2.0
            return n
