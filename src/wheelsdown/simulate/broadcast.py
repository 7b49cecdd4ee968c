"""From true positions to rows of POSITIONS: errors of what is sent, reception, thinning, rounding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.schema import POSITIONS
from wheelsdown.simulate.flying import GND, LEG, OFF, T
from wheelsdown.simulate.performance import TYPES
from wheelsdown.simulate.planning import OFF_EN_ROUTE, OFF_PARKED, OFF_PLACE, Chain
from wheelsdown.simulate.ports import Ports
from wheelsdown.simulate.reception import Ears, hear
from wheelsdown.simulate.scenario import Scenario
from wheelsdown.simulate.thinning import snapshots, thin
from wheelsdown.simulate.troubles import Troubles
from wheelsdown.simulate.truth import SOURCE
from wheelsdown.simulate.weather import stream

__all__ = ["Sent", "frame_of", "send"]

SNAPSHOT_AGE_S: Final = 30.0

F64 = np.ndarray[Any, np.dtype[np.float64]]


@dataclass
class Sent:
    """What was kept of one aircraft, in columns."""

    rows: F64
    """As `flying.COLUMNS`, positions as sent."""
    mlat: Any
    """Located by multilateration."""
    geometric_ft: F64


def _switched_off(chain: Chain, rows: F64, end_s: float, ports: Ports, number: dict[str, int], u: F64) -> None:
    """Mark where the transponder is off."""
    leg = rows[:, LEG].astype(np.int64)
    for j, plan in enumerate(chain.legs):
        if not plan.off:
            continue
        mine = leg == j
        if not mine.any():
            continue
        if plan.off == OFF_PLACE:
            k = number[plan.off_place]
            north = (rows[:, 1] - ports.f_lat[k]) * 111.195
            east = (rows[:, 2] - ports.f_lon[k]) * 111.195 * np.cos(np.radians(ports.f_lat[k]))
            rows[mine & (np.hypot(north, east) < plan.off_km), OFF] = 1.0
        elif plan.off == OFF_EN_ROUTE:
            t = rows[mine & (rows[:, GND] == 0.0), T]
            if len(t):
                begin = t[0] + (t[-1] - t[0]) * (0.2 + 0.3 * u[j % len(u)])
                rows[mine & (rows[:, T] > begin) & (rows[:, T] < begin + 0.35 * (t[-1] - t[0])), OFF] = 1.0
        elif plan.off == OFF_PARKED:
            rows[mine & (rows[:, GND] > 0.0), OFF] = 1.0


def send(
    scenario: Scenario,
    chain: Chain,
    out: F64,
    n: int,
    end_s: float,
    ports: Ports,
    number: dict[str, int],
    ears: Ears,
    troubles: Troubles,
    midnight_ms: int,
) -> Sent:
    """Receive, thin and disturb one aircraft's positions."""  # fmt: skip
    n = int(np.searchsorted(out[:n, T], end_s))
    rows = out[:n]
    rng = stream(scenario.seed, 70, *chain.key)
    u = rng.random(64)
    if any(leg.off for leg in chain.legs):
        _switched_off(chain, rows, end_s, ports, number, u)
    heard, by = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.int64)
    hear(rows, n, rng.random(n), ears, heard, by)
    mlat = np.zeros(n, dtype=np.bool_)
    if chain.mlat:
        mlat[:] = True
        heard &= (by >= 3) & (rows[:, GND] == 0.0)
    index = np.flatnonzero(heard)
    keep = np.zeros(len(index), dtype=np.int64)
    s = scenario.sampling
    if s.kind == "snapshot":
        m = snapshots(rows, index, s.snapshot_min * 60.0, SNAPSHOT_AGE_S, keep)
    elif s.kind == "readsb" and len(index):
        m = thin(rows, index, s.cruise_s, s.low_s, s.ground_s, keep)
    else:
        keep, m = index, len(index)
    keep = keep[:m]
    kept = rows[keep]
    return Sent(kept, mlat[keep], kept[:, 3] - kept[:, 9])


def frame_of(
    scenario: Scenario, chains: list[Chain], sent: list[Sent], midnight_ms: int, troubles: Troubles
) -> pl.DataFrame:
    """All rows of POSITIONS."""
    s = scenario.sampling
    counts = [len(x.rows) for x in sent]
    total = sum(counts)
    if not total:
        return POSITIONS.empty()
    rows = np.concatenate([x.rows for x in sent])
    mlat = np.concatenate([x.mlat for x in sent])
    geometric = np.concatenate([x.geometric_ft for x in sent])
    which = np.repeat(np.arange(len(chains)), counts)
    step_ms = s.time_step_s * 1000.0
    time_ms = midnight_ms + np.round(np.round(rows[:, T] * 1000.0 / step_ms) * step_ms).astype(np.int64)
    ground = rows[:, GND] > 0.0
    step = s.altitude_step_ft
    alt = np.where(ground, np.nan, np.round(rows[:, 3] / step) * step)
    geom = np.where(ground, np.nan, np.round(geometric / 25.0) * 25.0)
    geom[~np.array([c.geometric for c in chains])[which]] = np.nan
    leg = rows[:, LEG].astype(np.int64)
    most = int(leg.max()) + 1
    signs = [c.callsign(j) for c in chains for j in range(most)]
    f32 = pl.Float32
    per = {
        "icao24": [f"{c.address:06x}" for c in chains],
        "category": [TYPES[c.typecode].category for c in chains],
    }
    version = np.array([c.version for c in chains])[which]
    rate = np.where(ground, np.nan, np.round(rows[:, 6] / 64.0) * 64.0)
    frame = pl.DataFrame(
        {
            "icao24": pl.Series(per["icao24"]).gather(which),
            "time_utc": pl.Series(time_ms).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"),
            "latitude_deg": np.round(rows[:, 1], s.decimals),
            "longitude_deg": np.round(rows[:, 2], s.decimals),
            "altitude_ft": pl.Series(alt, dtype=f32).fill_nan(None),
            "altitude_geom_ft": pl.Series(geom, dtype=f32).fill_nan(None),
            "on_ground": ground
            if scenario.noise.ground_flag != "absent"
            else pl.Series([None] * total, dtype=pl.Boolean),
            "groundspeed_kt": pl.Series(np.round(rows[:, 4], 1), dtype=f32),
            "track_deg": pl.Series(np.round(rows[:, 5], 1) % 360.0, dtype=f32),
            "vertical_rate_fpm": pl.Series(rate, dtype=f32).fill_nan(None),
            "callsign": pl.Series(signs).gather(which * most + leg),
            "category": pl.Series(per["category"]).gather(which),
            "position_source": np.where(mlat, "mlat", "adsb"),
            "adsb_version": version.astype(np.int32),
        }
    ).with_columns(pl.lit("1000").alias("squawk"), pl.lit(SOURCE).alias("source"))
    frame = POSITIONS.conform(frame, fill=True)
    return frame.sort("icao24", "time_utc", maintain_order=True).unique(
        ["icao24", "time_utc"], keep="first", maintain_order=True
    )
