"""All flights of one aircraft, one after the other, with the ground between them; compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from wheelsdown.jit import compiled
from wheelsdown.simulate.arrivals import pick_end
from wheelsdown.simulate.flying import fly
from wheelsdown.simulate.grounds import beside, park, roll_in, roll_out, taxi, taxi_s

__all__ = ["LEG_COLUMNS", "RANDOM", "TRUTH_COLUMNS", "fly_chain"]

LEG_COLUMNS = 10
TO, PLAN, GROUND_S, MISS1, MISS2, SID, HOLD, STRAIGHT, PARK_ON_S, LAST = range(LEG_COLUMNS)
"""Columns of planned legs: field, lift-off not before (s), least seconds on the ground before it, field where one and
two approaches are broken off (-1 none), departure by waypoint, holding, straight in, seconds with the transponder on
after parking (before this leg), spare."""
TRUTH_COLUMNS = 8
FROM, LIFT, DOWN, DEST, STAND_LAT, STAND_LON, MISSED, OFF_BLOCK = range(TRUTH_COLUMNS)
RANDOM = 50
"""Numbers of chance a leg."""


@compiled
def fly_chain(
    first_field: int,
    first_stand: int,
    legs: Any,
    rnd: Any,
    perf: Any,
    need_km: float,
    final_range: Any,
    level_share: float,
    end_s: float,
    ports: Any,
    wx: Any,
    out: Any,
    truth: Any,
) -> Any:
    """Fly every leg that begins before the end; gives the number of positions (-1: no room) and of legs flown.

    Positions may go on beyond the end. A leg that cannot be flown (its number as the second value, negative and less
    one) is an error of the model.
    """
    n = 0
    field = first_field
    stand = first_stand
    lat, lon = ports.s_lat[field, stand], ports.s_lon[field, stand]
    ready = 0.0  # parked since
    down = 0.0
    trk = 90.0
    hours = wx.upper_east_kt.shape[0]
    goals = np.zeros((4, 2))
    flags = np.zeros(3)
    result = np.zeros(5)
    start = np.zeros(6)
    end = np.zeros(4)
    wp = np.zeros((40, 2))
    flown = 0
    on_s = -1.0
    shift_down = 0.0
    for j in range(legs.shape[0]):
        lift = max(legs[j, PLAN], down + legs[j, GROUND_S])
        if j == 0:
            lift = max(lift, 900.0)
        hour = min(hours - 1, max(0, int(lift / 3600.0)))
        r = rnd[j]
        e = pick_end(field, need_km, wx.wind_east_kt[field, hour], wx.wind_north_kt[field, hour], r[48], ports)
        heading = ports.e_heading_deg[e]
        a_lat, a_lon = ports.e_roll_lat[e], ports.e_roll_lon[e]
        q_lat, q_lon = beside(a_lat, a_lon, heading, lat, lon)
        wait = 50.0 + 130.0 * r[49]
        # the roll lasts about 40 s; it starts from the stand early enough for the lift-off planned
        takes = taxi_s(lat, lon, q_lat, q_lon, a_lat, a_lon)
        off = max(ready + 120.0, lift - takes - wait - 40.0)
        if off >= end_s:
            break
        on_s = legs[j, PARK_ON_S]
        if j == 0 and on_s < 1e8:
            on_s = -1.0  # it came long before the first midnight
        shift = wx.shift_ft[field, hour]
        pa = ports.f_elev_ft[field] + shift
        n = park(out, n, ready, off, on_s, lat, lon, trk, pa, float(j), shift, 0.0 if j == 0 else shift - shift_down)
        if n < 0:
            return -1, flown
        n = taxi(out, n, off, lat, lon, q_lat, q_lon, a_lat, a_lon, pa, float(j), shift)
        if n < 0:
            return -1, flown
        n = park(out, n, off + takes, off + takes + wait, 1e9, a_lat, a_lon, heading, pa, float(j), shift, 0.0)
        if n < 0:
            return -1, flown
        t = off + takes + wait
        n = roll_out(out, n, t, a_lat, a_lon, heading, perf.lift_off_kt, ports.e_length_km[e], pa, float(j), shift, end)
        if n < 0:
            return -1, flown
        truth[j, FROM], truth[j, LIFT], truth[j, OFF_BLOCK] = field, end[0], off
        truth[j, STAND_LAT], truth[j, STAND_LON] = lat, lon
        start[0], start[1], start[2], start[3], start[4], start[5] = end[0], end[1], end[2], heading, end[3], j
        goal = 0
        for miss in range(2):
            if legs[j, MISS1 + miss] >= 0.0:
                goals[goal, 0], goals[goal, 1] = legs[j, MISS1 + miss], 1.0
                goal += 1
        goals[goal, 0], goals[goal, 1] = legs[j, TO], 0.0
        flags[0], flags[1], flags[2] = legs[j, SID], legs[j, HOLD], legs[j, STRAIGHT]
        n = fly(
            start, field, goals, goal + 1, r, flags, perf, need_km, final_range, level_share, ports, wx, wp, out, n,
            result,
        )  # fmt: skip
        if n < 0:
            return -1, flown
        if result[2] < 0.0:
            return n, -1 - j
        t, e, field = result[0], int(result[2]), int(result[3])
        hour = min(hours - 1, max(0, int(t / 3600.0)))
        shift = wx.shift_ft[field, hour]
        shift_down = shift
        pa = ports.f_elev_ft[field] + shift
        heading = ports.e_heading_deg[e]
        n = roll_in(
            out, n, t, ports.e_lat[e], ports.e_lon[e], heading, result[1], ports.e_length_km[e], pa, float(j), shift,
            end,
        )  # fmt: skip
        if n < 0:
            return -1, flown
        stand = int(r[47] * ports.s_lat.shape[1])
        lat, lon = ports.s_lat[field, stand], ports.s_lon[field, stand]
        q_lat, q_lon = beside(end[2], end[3], heading, lat, lon)
        n = taxi(out, n, end[1], end[2], end[3], q_lat, q_lon, lat, lon, pa, float(j), shift)
        if n < 0:
            return -1, flown
        ready = end[1] + taxi_s(end[2], end[3], q_lat, q_lon, lat, lon)
        down = end[0]
        truth[j, DOWN], truth[j, DEST], truth[j, MISSED] = down, field, result[4]
        flown = j + 1
        trk = heading
        on_s = legs[j + 1, PARK_ON_S] if j + 1 < legs.shape[0] else 600.0
    # parked till the end
    if ready < end_s:
        hour = min(hours - 1, max(0, int(ready / 3600.0)))
        shift = wx.shift_ft[field, hour]
        n = park(
            out, n, ready, end_s + 1000.0, on_s, lat, lon, trk, ports.f_elev_ft[field] + shift,
            float(flown), shift, 0.0,
        )  # fmt: skip
        if n < 0:
            return -1, flown
    return n, flown
