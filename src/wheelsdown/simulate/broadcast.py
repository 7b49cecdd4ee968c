"""From true positions to rows of POSITIONS: reception, thinning, what is sent, rounding."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.schema import POSITIONS
from wheelsdown.simulate.disturbing import Sent, disturb, mlat_stretches
from wheelsdown.simulate.flying import GND, GS, LAT, LEG, LON, OFF, PA, TRK, VR, T
from wheelsdown.simulate.performance import TYPES
from wheelsdown.simulate.planning import OFF_EN_ROUTE, OFF_PARKED, OFF_PLACE, Chain
from wheelsdown.simulate.ports import Ports
from wheelsdown.simulate.reception import Ears, hear
from wheelsdown.simulate.scenario import Scenario
from wheelsdown.simulate.thinning import snapshots, thin
from wheelsdown.simulate.troubles import Troubles
from wheelsdown.simulate.truth import SOURCE, Flown
from wheelsdown.simulate.weather import stream

__all__ = ["frame_of", "send"]

SNAPSHOT_AGE_S: Final = 30.0
DAY_S: Final = 86_400.0
LEAST_S: Final = 0.4
MLAT_RECEIVERS: Final = 3
"""Multilateration needs four receivers, three where the height is sent too."""

F64 = np.ndarray[Any, np.dtype[np.float64]]


def _switched_off(chain: Chain, rows: F64, ports: Ports, number: dict[str, int], u: F64) -> None:
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
            north = (rows[:, LAT] - ports.f_lat[k]) * 111.195
            east = (rows[:, LON] - ports.f_lon[k]) * 111.195 * np.cos(np.radians(ports.f_lat[k]))
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
    flown: Flown,
    rows: F64,
    end_s: float,
    ports: Ports,
    number: dict[str, int],
    ears: Ears,
    troubles: Troubles,
) -> Sent:
    """Receive, thin and disturb one aircraft's true positions. `rows` is changed."""
    chain = flown.chain
    n = int(np.searchsorted(rows[:, T], end_s))
    rows = rows[:n]
    rng = stream(scenario.seed, 70, *chain.key)
    u, dice = rng.random(64), rng.random((max(1, len(chain.legs)), 4))
    if any(leg.off for leg in chain.legs):
        _switched_off(chain, rows, ports, number, u)
    events = troubles.events(chain, rows, len(flown.truth)) if scenario.faults.spoof and n else []
    for e in events:
        if e.silent_from_s < e.begin_s:
            rows[(rows[:, T] >= e.silent_from_s) & (rows[:, T] < e.begin_s), OFF] = 1.0
    heard, by = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.int64)
    hear(rows, n, rng.random(n), u[60:], ears, heard, by)
    mlat = mlat_stretches(scenario, chain, rows, dice)
    if mlat.any():
        heard &= ~mlat | ((by >= MLAT_RECEIVERS) & (rows[:, GND] == 0.0))
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
    if m:
        # two parts of a flight meet in one moment: no transponder sends twice in it
        keep = keep[np.diff(rows[keep, T], prepend=-1e9) >= LEAST_S]
    return disturb(scenario, chain, rows[keep], mlat[keep], events, dice, stream(scenario.seed, 71, *chain.key))


def _there(scenario: Scenario, t: F64) -> Any:
    """Which moments the archive holds."""
    f = scenario.faults
    keep = np.ones(len(t), dtype=np.bool_)
    for days, share in ((f.missing_days, 0.0), (f.half_days, 0.5)):
        for day in days:
            first = (day - scenario.start).days * DAY_S
            keep &= ~((t >= first + share * DAY_S) & (t < first + DAY_S))
    return keep


def frame_of(
    scenario: Scenario,
    chains: list[Chain],
    sent: list[Sent],
    midnight_ms: int,
    borrowed: list[tuple[int, float, float, int]],
) -> pl.DataFrame:
    """All rows of POSITIONS."""
    s = scenario.sampling
    counts = [len(x.rows) for x in sent]
    if not sum(counts):
        return POSITIONS.empty()
    rows = np.concatenate([x.rows for x in sent])
    columns = {
        c: np.concatenate([getattr(x, c) for x in sent]) for c in ("mlat", "geometric_ft", "ground", "nic", "nac_p")
    }
    which = np.repeat(np.arange(len(chains)), counts)
    # days are cut by the time as written, so that a row just before midnight is not in the next day
    step_ms = s.time_step_s * 1000.0
    ms = np.round(np.round(rows[:, T] * 1000.0 / step_ms) * step_ms).astype(np.int64)
    keep = (ms < scenario.days * DAY_S * 1000.0) & _there(scenario, ms / 1000.0)
    if not keep.all():
        rows, which, ms = rows[keep], which[keep], ms[keep]
        columns = {c: v[keep] for c, v in columns.items()}
    address = which.copy()
    for i, begin, end, other in borrowed:
        address[(which == i) & (rows[:, T] >= begin) & (rows[:, T] <= end)] = other
    mlat, ground = columns["mlat"], columns["ground"]
    on_surface = (rows[:, GND] > 0.0) & (ground == 1)
    alt = np.where(on_surface, np.nan, np.round(rows[:, PA] / s.altitude_step_ft) * s.altitude_step_ft)
    geom = np.where(on_surface, np.nan, np.round(columns["geometric_ft"] / 25.0) * 25.0)
    rate = np.where(on_surface, np.nan, np.round(rows[:, VR] / 64.0) * 64.0)
    leg = rows[:, LEG].astype(np.int64)
    most = int(leg.max()) + 1 if len(leg) else 1
    signs = [c.callsign(j) for c in chains for j in range(most)]
    squawks = [c.squawk(j) for c in chains for j in range(most)]
    number = which * most + leg
    version = np.array([c.version for c in chains], dtype=np.int32)[which]
    sil = np.where((version == 2) & ~mlat, 3, -1).astype(np.int32)
    f32 = pl.Float32

    def whole(values: Any) -> pl.Series:
        series = pl.Series(np.asarray(values, dtype=np.int32))
        return series.set(series < 0, None)

    flag = pl.Series(ground.astype(np.int32))
    frame = pl.DataFrame(
        {
            "icao24": pl.Series([f"{c.address:06x}" for c in chains]).gather(address),
            "time_utc": pl.Series(midnight_ms + ms).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"),
            "latitude_deg": np.round(rows[:, LAT], s.decimals),
            "longitude_deg": np.round((rows[:, LON] + 180.0) % 360.0 - 180.0, s.decimals),
            "altitude_ft": pl.Series(alt, dtype=f32).fill_nan(None),
            "altitude_geom_ft": pl.Series(geom, dtype=f32).fill_nan(None),
            "on_ground": (flag == 1).set(flag < 0, None),
            "groundspeed_kt": pl.Series(np.round(rows[:, GS], 1), dtype=f32),
            "track_deg": pl.Series(np.round(rows[:, TRK], 1) % 360.0, dtype=f32),
            "vertical_rate_fpm": pl.Series(rate, dtype=f32).fill_nan(None),
            "callsign": pl.Series(signs).gather(number),
            "squawk": pl.Series(squawks).gather(number),
            "category": pl.Series([TYPES[c.typecode].category for c in chains]).gather(which),
            "position_source": pl.Series(["adsb", "mlat"]).gather(mlat.astype(np.int64)),
            "adsb_version": whole(np.where(mlat, -1, version)),
            "nic": whole(columns["nic"]),
            "nac_p": whole(columns["nac_p"]),
            "sil": whole(sil),
        }
    ).with_columns(pl.lit(SOURCE).alias("source"))
    return (
        POSITIONS.conform(frame, fill=True)
        .sort("icao24", "time_utc", maintain_order=True)
        .unique(["icao24", "time_utc"], keep="first", maintain_order=True)
    )
