"""What receivers hear: line of sight, terrain, range, outages, floors; compiled."""

from __future__ import annotations

import math
import zlib
from typing import Any, Final, NamedTuple

import numpy as np

from wheelsdown.errors import SimulationError
from wheelsdown.geo import distance_km
from wheelsdown.jit import compiled
from wheelsdown.simulate.ports import World
from wheelsdown.simulate.scenario import Scenario
from wheelsdown.simulate.weather import stream

__all__ = ["Ears", "ears_of", "hear"]

SECTORS: Final = 24
"""Directions in which a receiver's horizon differs."""
KM_PER_NM: Final = 1.852
_EARTH_KM = 6371.0088 * 4.0 / 3.0
_RAD = math.pi / 180.0

F64 = np.ndarray[Any, np.dtype[np.float64]]


class Ears(NamedTuple):
    """Receivers and floors as arrays."""

    lat: F64
    lon: F64
    height_ft: F64  # above the ground around
    ground_ft: F64
    range_km: F64
    mask_deg: F64  # receivers by sectors
    up: np.ndarray[Any, np.dtype[np.bool_]]  # receivers by minutes
    floor_lat: F64
    floor_lon: F64
    floor_ft: F64  # above sea level
    floor_km: float
    loss: float
    fading: float
    surface_km: float  # 0: nothing on the ground is received
    perfect: bool


def ears_of(scenario: Scenario, world: World, codes: list[str]) -> Ears:
    """Place the receivers, and draw when they run.

    Raises
    ------
    SimulationError
        A field of the coverage is not listed.
    """
    c = scenario.coverage
    rows: list[tuple[float, float, float, float | None, float, float]] = [
        (r.latitude_deg, r.longitude_deg, r.height_ft, r.ground_ft, r.range_km, r.uptime) for r in c.receivers
    ]
    for n, a in enumerate(c.around):
        k = _field(world, a.airfield, f"coverage.around[{n}].airfield")
        rng = stream(scenario.seed, 50, n)
        for _ in range(a.count):
            u = rng.random(3)
            km = a.km[0] + (a.km[1] - a.km[0]) * u[0]
            b = 2.0 * np.pi * u[1]
            lat = float(world.lat[k] + km * np.cos(b) / 111.195)
            lon = float(world.lon[k] + km * np.sin(b) / (111.195 * np.cos(np.radians(world.lat[k]))))
            height = float(a.height_ft[0] + (a.height_ft[1] - a.height_ft[0]) * u[2])
            rows.append((lat, lon, height, None, a.range_km, a.uptime))
    own = np.array([world.number[code] for code in codes], dtype=np.int64)
    elev = world.fields["elev"].to_numpy()
    minutes = scenario.days * 1440
    n = len(rows)
    up = np.ones((n, minutes), dtype=np.bool_)
    mask = np.zeros((n, SECTORS))
    ground = np.zeros(n)
    for r, (lat, lon, _h, given, _range, uptime) in enumerate(rows):
        far = distance_km(lat, lon, world.lat[own], world.lon[own])
        ground[r] = given if given is not None else float(elev[own[int(np.argmin(far))]])
        rng = stream(scenario.seed, 51, r, zlib.crc32(f"{lat:.4f},{lon:.4f}".encode()))
        # neighbouring directions have neighbouring horizons
        rough = rng.random(SECTORS)
        mask[r] = c.mask_deg * (0.5 * rough + 0.25 * np.roll(rough, 1) + 0.25 * np.roll(rough, -1))
        _outages(up[r], rng, c.outages_per_day, c.outage_h)
        if uptime < 1.0:
            length = max(c.outage_h, 0.25)
            # outages begin at random and may overlap: this many leave the share that is asked for
            _outages(up[r], rng, -24.0 / length * math.log(max(uptime, 1e-3)), length)
        down = rng.random(scenario.days) < c.down_days_share
        up[r, np.repeat(down, 1440)] = False
    floor = [
        (float(world.lat[k]), float(world.lon[k]), float(elev[k]) + feet)
        for code, feet in c.floors.items()
        for k in (_field(world, code, f"coverage.floors.{code}"),)
    ]
    f = np.array(floor, dtype=np.float64).reshape(-1, 3)
    table = np.array([(a, b, h, g) for a, b, h, _x, g, _u in rows], dtype=np.float64).reshape(-1, 4)
    lat_, lon_, heights, reach = (np.ascontiguousarray(table[:, i]) for i in range(4))
    floor_lat, floor_lon, floor_ft = (np.ascontiguousarray(f[:, i]) for i in range(3))
    return Ears(
        lat_, lon_, heights, ground, reach, mask, up, floor_lat, floor_lon, floor_ft,
        float(c.floor_km), float(c.loss), float(c.fading),
        float(c.surface_km) if c.surface else 0.0, bool(c.perfect),
    )  # fmt: skip


def _field(world: World, code: str, at: str) -> int:
    if code not in world.number:
        raise SimulationError(
            f"{code[:20]!r} is no listed airfield with a runway whose ends are known",
            field=at,
            remedy="give another code",
        )
    return world.number[code]


def _outages(up: Any, rng: np.random.Generator, per_day: float, mean_h: float) -> None:
    """Switch off stretches of exponential length, at random times."""
    minutes = len(up)
    for _ in range(int(rng.poisson(per_day * minutes / 1440.0))):
        begin = rng.random() * minutes
        up[int(begin) : int(begin + rng.exponential(mean_h * 60.0)) + 1] = False


@compiled
def hear(rows: Any, n: int, dice: Any, whims: Any, ears: Any, heard: Any, by: Any) -> None:
    """Tell for each row whether it is received, and by how many receivers it can be (for multilateration).

    Line of sight: 1.23 (sqrt(h_aircraft) + sqrt(h_receiver)) nautical miles, heights in feet above the ground around
    the receiver; above the receiver's own horizon in that direction (4/3 of the Earth's radius). `whims` are four
    numbers from 0 to 1 of the aircraft: its power (range of receivers), and when its signal fades.
    """
    receivers = len(ears.lat)
    minutes = ears.up.shape[1] if receivers > 0 else 0
    power = 0.7 + 0.3 * whims[0]
    # two waves of some minutes: both near their crest for so much of the time
    crest = 2.0 - 2.0 * math.pi * ears.fading
    wave1 = 2.0 * math.pi / (240.0 + 300.0 * whims[1])
    wave2 = 2.0 * math.pi / (900.0 + 900.0 * whims[2])
    phase = 2.0 * math.pi * whims[3]
    own_cos = np.cos(ears.lat * _RAD)
    for i in range(n):
        heard[i] = False
        by[i] = 0
        if rows[i, 10] > 0.0:
            continue  # transponder off
        if ears.perfect:
            heard[i] = True
            by[i] = 4
            continue
        if (
            ears.fading > 0.0
            and math.sin(wave1 * rows[i, 0] + phase) + math.sin(wave2 * rows[i, 0] + 2.0 * phase) > crest
        ):
            continue
        on_ground = rows[i, 7] > 0.0
        if on_ground and ears.surface_km <= 0.0:
            continue
        height = rows[i, 3] - rows[i, 9]
        lat, lon = rows[i, 1], rows[i, 2]
        cos_lat = math.cos(lat * _RAD)
        below = False
        nearest = ears.floor_km * ears.floor_km
        for f in range(len(ears.floor_lat)):
            # where two fields lie side by side, the nearer one's floor holds: a field in the hills hides no valley
            dy = (lat - ears.floor_lat[f]) * 111.195
            dx = ((lon - ears.floor_lon[f] + 180.0) % 360.0 - 180.0) * 111.195 * cos_lat
            d2 = dx * dx + dy * dy
            if d2 < nearest:
                nearest, below = d2, height < ears.floor_ft[f]
        if below:
            continue
        minute = int(rows[i, 0] / 60.0)
        if minute < 0 or minute >= minutes:
            continue
        missed = 1.0
        count = 0
        for r in range(receivers):
            reach = ears.range_km[r] * power
            dy = (lat - ears.lat[r]) * 111.195
            if dy > reach or dy < -reach:
                continue
            # the mean of the two: within 0.5 % of the great circle at 450 km
            dx = ((lon - ears.lon[r] + 180.0) % 360.0 - 180.0) * 111.195 * 0.5 * (cos_lat + own_cos[r])
            d2 = dx * dx + dy * dy
            if d2 > reach * reach or not ears.up[r, minute]:
                continue
            km = math.sqrt(d2)
            if on_ground and km > ears.surface_km:
                continue
            up_ft = max(height - ears.ground_ft[r], 10.0)
            if km > 1.23 * KM_PER_NM * (math.sqrt(up_ft) + math.sqrt(ears.height_ft[r])):
                continue
            if km > 2.0:
                angle = ((up_ft - ears.height_ft[r]) * 0.0003048 / km - km / (2.0 * _EARTH_KM)) / _RAD
                sector = int((math.atan2(dx, dy) / _RAD % 360.0) / (360.0 / SECTORS)) % SECTORS
                # hills stand some kilometres off: what is nearer than they are is not behind them
                hills = min(1.0, max(0.0, (km - 4.0) / 8.0))
                if angle < ears.mask_deg[r, sector] * hills - 0.35 - 0.4 * (1.0 - hills):
                    continue
            count += 1
            share = km / reach
            missed *= 1.0 - (1.0 - ears.loss) * (1.0 - share * share * share * share)
        by[i] = count
        heard[i] = count > 0 and dice[i] > missed
