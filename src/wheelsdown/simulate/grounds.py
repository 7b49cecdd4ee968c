"""On the ground, compiled: parked, taxi, roll."""

from __future__ import annotations

import math
from typing import Any

from wheelsdown.jit import compiled
from wheelsdown.simulate.steering import bearing_and_km, offset

__all__ = ["beside", "park", "roll_in", "roll_out", "taxi", "taxi_s"]

_TAXI_KT = 15.0


@compiled
def _put(
    out: Any, n: int, t: float, lat: float, lon: float, pa: float, gs: float, trk: float, leg: float, shift: float
) -> int:
    if n >= out.shape[0]:
        return -1
    out[n, 0], out[n, 1], out[n, 2], out[n, 3], out[n, 4], out[n, 5] = t, lat, lon, pa, gs, trk % 360.0
    out[n, 6], out[n, 7], out[n, 8], out[n, 9], out[n, 10] = 0.0, 1.0, leg, shift, 0.0
    return n + 1


@compiled
def beside(lat: float, lon: float, heading: float, s_lat: float, s_lon: float) -> Any:
    """The point on a parallel taxiway abreast of a stand, 0.18 km from the runway."""
    north = (s_lat - lat) * 111.195
    east = (s_lon - lon) * 111.195 * math.cos(lat * math.pi / 180.0)
    h = heading * math.pi / 180.0
    along = east * math.sin(h) + north * math.cos(h)
    right = east * math.cos(h) - north * math.sin(h)
    a, b = offset(lat, lon, heading, along)
    return offset(a, b, heading + 90.0, math.copysign(min(0.18, abs(right)), right))


@compiled
def taxi_s(lat1: float, lon1: float, lat2: float, lon2: float, lat3: float, lon3: float) -> float:
    """Seconds of a taxi by way of a second point."""
    _b, d1 = bearing_and_km(lat1, lon1, lat2, lon2)
    _b, d2 = bearing_and_km(lat2, lon2, lat3, lon3)
    return (d1 + d2) / (_TAXI_KT * 0.000514444)


@compiled
def taxi(
    out: Any,
    n: int,
    t: float,
    lat1: float,
    lon1: float,
    lat2: float,
    lon2: float,
    lat3: float,
    lon3: float,
    pa: float,
    leg: float,
    shift: float,
) -> int:
    """Positions every few seconds along two straight lines."""
    for part in range(2):
        a_lat, a_lon, b_lat, b_lon = (lat1, lon1, lat2, lon2) if part == 0 else (lat2, lon2, lat3, lon3)
        bearing, km = bearing_and_km(a_lat, a_lon, b_lat, b_lon)
        lasts = km / (_TAXI_KT * 0.000514444)
        steps = max(1, int(lasts / 8.0))
        for q in range(steps):
            f = q / steps
            n = _put(
                out, n, t + f * lasts, a_lat + f * (b_lat - a_lat), a_lon + f * (b_lon - a_lon), pa,
                _TAXI_KT * (0.8 + 0.2 * math.cos(q * 1.7)), bearing, leg, shift,
            )  # fmt: skip
            if n < 0:
                return -1
        t += lasts
    return n


@compiled
def park(
    out: Any,
    n: int,
    begin: float,
    end: float,
    on_s: float,
    lat: float,
    lon: float,
    trk: float,
    pa: float,
    leg: float,
    shift: float,
    risen_ft: float,
) -> int:
    """Parked positions: for `on_s` seconds after the arrival, and for some minutes before it moves again."""
    t = begin
    wakes = max(begin, end - 240.0)
    while t < end:
        if t > begin + on_s and t < wakes:
            t = wakes
        # the pressure goes over from what it was on arrival; at the end it is `pa` and `shift`
        less = risen_ft * (end - t) / max(1.0, end - begin)
        # until the crew of the next flight sets its call sign, the last one's is sent
        n = _put(out, n, t, lat, lon, pa - less, 0.0, trk, leg if t >= wakes else max(0.0, leg - 1.0), shift - less)
        if n < 0:
            return -1
        # a beat of its own for each stop
        t += 47.0 + (begin % 13.0) + (0.0 if t < begin + 900.0 or t > wakes else 60.0)
    return n


@compiled
def roll_out(
    out: Any,
    n: int,
    t: float,
    lat: float,
    lon: float,
    heading: float,
    lift_kt: float,
    length_km: float,
    pa: float,
    leg: float,
    shift: float,
    end: Any,
) -> int:
    """Take-off roll; fills `end` with time, place and speed of lift-off."""
    v = lift_kt * 0.514444
    run_km = min(0.85 * length_km, v * v / (2.0 * 1.9) / 1000.0)
    lasts = 2.0 * run_km * 1000.0 / v
    steps = int(lasts / 3.0)
    for q in range(steps):
        f = q / steps
        a, b = offset(lat, lon, heading, run_km * f * f)
        n = _put(out, n, t + f * lasts, a, b, pa, lift_kt * f, heading, leg, shift)
        if n < 0:
            return -1
    a, b = offset(lat, lon, heading, run_km)
    end[0], end[1], end[2], end[3] = t + lasts, a, b, lift_kt
    return n


@compiled
def roll_in(
    out: Any,
    n: int,
    t: float,
    lat: float,
    lon: float,
    heading: float,
    kt: float,
    length_km: float,
    pa: float,
    leg: float,
    shift: float,
    end: Any,
) -> int:
    """Landing roll down to taxi speed; fills `end` with the time of touchdown, and time and place of the roll's end."""
    flare_km = min(0.4, 0.12 * length_km)
    down = t + flare_km / (kt * 0.000514444)
    v0, v1 = kt * 0.514444, _TAXI_KT * 0.514444
    slows = max(1.5, (v0 * v0 - v1 * v1) / (2.0 * 800.0 * max(0.6, length_km - flare_km)))
    lasts = (v0 - v1) / slows
    steps = max(4, int(lasts / 3.0))
    for q in range(steps):
        s = lasts * (q + 0.4) / steps
        a, b = offset(lat, lon, heading, flare_km + (v0 * s - 0.5 * slows * s * s) / 1000.0)
        n = _put(out, n, down + s, a, b, pa, (v0 - slows * s) / 0.514444, heading, leg, shift)
        if n < 0:
            return -1
    run = flare_km + (v0 * lasts - 0.5 * slows * lasts * lasts) / 1000.0
    end[0], end[1] = down, down + lasts
    end[2], end[3] = offset(lat, lon, heading, run)
    return n
