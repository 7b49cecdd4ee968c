"""Errors of what is sent: spoofed positions, noise, multilateration, left-over speeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from wheelsdown.simulate.flying import GND, GS, LAT, LEG, LON, PA, SHIFT, TRK, VR, T
from wheelsdown.simulate.planning import Chain
from wheelsdown.simulate.scenario import Scenario
from wheelsdown.simulate.troubles import Event

__all__ = ["Sent", "disturb", "mlat_stretches"]

GEOID_FT: Final = 60.0
"""Ellipsoid above sea level: about that of the eastern Mediterranean. Elsewhere it differs."""
WARM: Final = 1.02
"""The air is a little warmer than the standard atmosphere."""

F64 = np.ndarray[Any, np.dtype[np.float64]]


@dataclass
class Sent:
    """What was kept of one aircraft, in columns."""

    rows: F64
    """As `flying.COLUMNS`, as sent."""
    mlat: Any
    """Located by multilateration."""
    geometric_ft: F64
    ground: Any
    """The flag: 1, 0, -1 for none."""
    nic: Any
    nac_p: Any
    """-1 for none."""


def mlat_stretches(scenario: Scenario, chain: Chain, rows: F64, dice: F64) -> Any:
    """Tell where positions come from multilateration: the whole aircraft, or a stretch of some flights."""
    if chain.mlat:
        return np.ones(len(rows), dtype=np.bool_)
    mlat = np.zeros(len(rows), dtype=np.bool_)
    share = scenario.noise.mlat_legs_share
    if share <= 0.0 or not len(rows):
        return mlat
    leg = rows[:, LEG].astype(np.int64)
    for j in np.flatnonzero(dice[: len(chain.legs), 0] < share):
        t = rows[leg == j, T]
        if not len(t):
            continue
        begin = t[0] + (t[-1] - t[0]) * 0.7 * dice[j, 1]
        until = begin + (t[-1] - t[0]) * (0.1 + 0.5 * dice[j, 2])
        mlat |= (leg == j) & (rows[:, T] >= begin) & (rows[:, T] <= until)
    return mlat


def disturb(
    scenario: Scenario, chain: Chain, rows: F64, mlat: Any, events: list[Event], dice: F64, rng: np.random.Generator
) -> Sent:
    """Give what is sent for what is true. `rows` is changed."""
    noise = scenario.noise
    n = len(rows)
    geometric = (rows[:, PA] - rows[:, SHIFT]) * WARM + GEOID_FT
    ground = (rows[:, GND] > 0.0).astype(np.int8)
    whims = rng.random(4)
    nic = np.full(n, 8 if whims[0] < 0.8 else 7 if whims[0] < 0.9 else 9, dtype=np.int32)
    nac = np.full(n, 9 if whims[1] < 0.5 else 10 if whims[1] < 0.85 else 8, dtype=np.int32)
    for event in events:
        _spoof(
            rows, (rows[:, T] >= event.begin_s) & (rows[:, T] <= event.end_s) & ~mlat, event, geometric, nic, nac, rng
        )
    # white noise on a slowly wandering error
    metres = rng.standard_normal((n, 2)) * noise.position_m * 0.3
    if n:
        metres += noise.position_m * np.sin(rows[:, T, None] / (400.0 + 900.0 * whims[2:4]) + 6.3 * whims[:2])
    if mlat.any():
        spread = (
            noise.mlat_m[0] + (noise.mlat_m[1] - noise.mlat_m[0]) * dice[rows[:, LEG].astype(np.int64) % len(dice), 3]
        )
        metres[mlat] = (rng.standard_normal((n, 2)) * spread[:, None])[mlat]
        geometric[mlat] = np.nan
        ground[mlat] = -1
        nic[mlat] = nac[mlat] = -1
        rows[mlat, GS] = np.maximum(0.0, rows[mlat, GS] + rng.standard_normal(int(mlat.sum())) * 12.0)
        rows[mlat, TRK] = (rows[mlat, TRK] + rng.standard_normal(int(mlat.sum())) * 4.0) % 360.0
    rows[:, LAT] += metres[:, 0] / 111_195.0
    rows[:, LON] += metres[:, 1] / (111_195.0 * np.cos(np.radians(rows[:, LAT])))
    u = rng.random((3, n))
    stale = np.flatnonzero(u[0] < noise.stale_share)
    stale = stale[stale > 0]
    if len(stale):
        rows[stale[:, None], [GS, TRK, VR]] = rows[stale[:, None] - 1, [GS, TRK, VR]]
    if noise.wrong_altitude_share > 0.0:
        wrong = u[1] < noise.wrong_altitude_share
        rows[wrong, PA] = np.round(rng.random(int(wrong.sum())) * 40_000.0)
    if noise.ground_flag == "glitches":
        wrong = (u[2] < noise.glitch_share) & (ground >= 0)
        ground[wrong] = 1 - ground[wrong]
    elif noise.ground_flag == "absent":
        ground[:] = -1
    if chain.version == 0:
        nac[:] = -1
    if not chain.geometric:
        geometric[:] = np.nan
    return Sent(rows, mlat, geometric, ground, nic, nac)


def _spoof(rows: F64, mine: Any, e: Event, geometric: F64, nic: Any, nac: Any, rng: np.random.Generator) -> None:
    """Put the false positions in: height by pressure, and in two of the three variants speed, stay true."""
    n = int(mine.sum())
    if not n:
        return
    t = rows[mine, T] - e.begin_s
    d = e.dice
    scale = 111.195 * np.cos(np.radians(e.latitude_deg))
    if e.variant == "shifted":
        rows[mine, LAT] += e.shift_lat
        rows[mine, LON] += e.shift_lon
        geometric[mine] += 200.0 * (d[9] - 0.5)
    elif e.variant == "static":
        wander = np.stack([np.sin(t / (60.0 + 200.0 * d[10]) + 6.3 * d[11]), np.sin(t / (60.0 + 200.0 * d[11]))])
        km = 0.25 * d[12] * wander + rng.standard_normal((2, n)) * 0.03
        rows[mine, LAT] = e.latitude_deg + km[0] / 111.195
        rows[mine, LON] = e.longitude_deg + km[1] / scale
        geometric[mine] = e.elevation_ft + GEOID_FT + 100.0 * (d[9] - 0.5)
    else:
        radius, kt = 1.0 + 4.0 * d[10], 130.0 + 130.0 * d[11]
        turn = (1.0 if d[12] < 0.5 else -1.0) * kt * 0.000514444 / radius
        angle = 6.3 * d[13] + turn * t
        rows[mine, LAT] = e.latitude_deg + radius * np.cos(angle) / 111.195
        rows[mine, LON] = e.longitude_deg + radius * np.sin(angle) / scale
        rows[mine, GS] = kt
        rows[mine, TRK] = (np.degrees(angle) + (90.0 if turn > 0 else -90.0)) % 360.0
        geometric[mine] = e.elevation_ft + GEOID_FT + 500.0 + 2500.0 * d[9]
    if e.degraded:
        nic[mine] = np.where(rng.random(n) < 0.7, 0, 5)
        nac[mine] = np.where(rng.random(n) < 0.7, 0, 6)
