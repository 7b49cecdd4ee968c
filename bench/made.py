"""Makes SIMULATED positions for timing: invented aircraft that fly between real runways, shaped like readsb archives.

    python -m bench.made OUT.parquet [--positions 10000000] [--seed 1]

Nothing in it ever flew: addresses lie in d00000 to dfffff, which no state has; call signs begin with SIM; ``source``
says SIMULATED. Each leg is parking, taxi, take-off, climb, cruise, descent, an approach aligned for 18 km, roll-out,
taxi, parking. Points are denser in climb, descent and on approach than in cruise and on the ground, as a readsb host
stores them. Some fields have no low coverage and some legs a silence en route.

It does not model wind, turns (corners are sharp), errors of position, or traffic on one runway at a time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from bench.routes import Ports, apart, ports_of, routes
from wheelsdown.geo import EARTH_RADIUS_KM, bearing_deg, distance_km
from wheelsdown.schema import POSITIONS
from wheelsdown.units import KM_PER_NM

__all__ = ["DAY", "SOURCE", "Ports", "apart", "flights", "frames", "ports_of", "routes", "write"]

SOURCE: Final = "SIMULATED by bench/made.py"
FIRST_ADDRESS: Final = 0xD00000
DAY: Final = datetime(2030, 1, 1, tzinfo=UTC)
DAY_S: Final = 86_400.0
LEGS: Final = 5
BATCH: Final = 200
"""Aircraft made at a time: bounds the memory."""
ROW_GROUP: Final = 131_072
CLIMB_FT_PER_KM, DESCENT_FT_PER_KM, SLOPE_FT_PER_KM = 260.0, 165.0, 172.0
STRAIGHT_KM, FINAL_KM = 8.0, 18.0
CEILING_FT: Final = 37_000.0
TAXI_KT: Final = 15.0
CRUISE_STEP_S: Final = 30.0
POINTS: Final = {"taxi": 14, "roll": 6, "climb": 150, "cruise": 260, "descent": 140, "final": 45, "parked": 6}
SILENT_SHARE: Final = 0.15
"""Share of legs with a silence en route."""

Array = np.ndarray[Any, np.dtype[np.float64]]


def _at(ports: Ports, index: Any) -> Ports:
    return Ports(*(getattr(ports, f.name)[index] for f in fields(Ports)))


def _move(lat: Any, lon: Any, bearing: Any, km: Any) -> tuple[Any, Any]:
    p, d, b = np.radians(lat), np.asarray(km) / EARTH_RADIUS_KM, np.radians(bearing)
    p2 = np.arcsin(np.sin(p) * np.cos(d) + np.cos(p) * np.sin(d) * np.cos(b))
    turned = np.arctan2(np.sin(b) * np.sin(d) * np.cos(p), np.cos(d) - np.sin(p) * np.sin(p2))
    return np.degrees(p2), (np.degrees(turned) + lon + 180.0) % 360.0 - 180.0


def _between(lat1: Any, lon1: Any, lat2: Any, lon2: Any, f: Array) -> tuple[Array, Array]:
    """Points at fractions f (legs by points) of the great circle from one point to another."""
    far = distance_km(lat1, lon1, lat2, lon2) / EARTH_RADIUS_KM
    far = np.maximum(far, 1e-9)[:, None]
    a, b = np.sin((1 - f) * far) / np.sin(far), np.sin(f * far) / np.sin(far)
    p1, p2 = np.radians(lat1)[:, None], np.radians(lat2)[:, None]
    l1, l2 = np.radians(lon1)[:, None], np.radians(lon2)[:, None]
    x = a * np.cos(p1) * np.cos(l1) + b * np.cos(p2) * np.cos(l2)
    y = a * np.cos(p1) * np.sin(l1) + b * np.cos(p2) * np.sin(l2)
    z = a * np.sin(p1) + b * np.sin(p2)
    return np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))


def _speed_kt(altitude_ft: Array) -> Array:
    return 140.0 + 320.0 * np.clip(altitude_ft, 0.0, CEILING_FT) / CEILING_FT


def _steps(rng: np.random.Generator, legs: int, points: int) -> Array:
    """Fractions 0 to 1, rising, unevenly spaced."""
    return (np.arange(points) + rng.random((legs, points))) / points


@dataclass
class _Part:
    """One phase of many legs, legs by points."""

    lat: Array
    lon: Array
    alt: Array
    gs: Array
    ground: bool
    dt: Array
    heard: np.ndarray[Any, np.dtype[np.bool_]]


def _ground(rng: np.random.Generator, begin: tuple[Any, Any], end: tuple[Any, Any], points: int, kt: float) -> _Part:
    legs = len(begin[0])
    f = _steps(rng, legs, points)
    lat, lon = _between(*begin, *end, f)
    length_s = distance_km(*begin, *end)[:, None] / KM_PER_NM / kt * 3600.0
    dt = np.diff(f, axis=1, prepend=0.0) * np.maximum(length_s, 30.0)
    same = np.ones((legs, points))
    return _Part(lat, lon, same * np.nan, same * kt, True, dt, same > 0)


def _parked(rng: np.random.Generator, at: tuple[Any, Any], legs: int) -> _Part:
    points = POINTS["parked"]
    same = np.ones((legs, points))
    dt = rng.uniform(100.0, 300.0, (legs, points))
    return _Part(same * at[0][:, None], same * at[1][:, None], same * np.nan, same * 0.0, True, dt, same > 0)


def _air(lat: Array, lon: Array, alt: Array, step_km: Array, heard: Any) -> _Part:
    speed = _speed_kt(alt)
    return _Part(lat, lon, alt, speed, False, step_km / KM_PER_NM / speed * 3600.0, heard)


def _legs(rng: np.random.Generator, a: Ports, b: Ports) -> list[_Part]:
    """All phases of the legs from runway a to runway b, in order of time."""
    n = len(a.field)
    stand_a = _move((a.begin_lat + a.end_lat) / 2, (a.begin_lon + a.end_lon) / 2, a.heading + 90.0, 0.6)
    stand_b = _move((b.begin_lat + b.end_lat) / 2, (b.begin_lon + b.end_lon) / 2, b.heading + 90.0, 0.6)
    out = _move(a.end_lat, a.end_lon, a.heading, STRAIGHT_KM)
    fix = _move(b.begin_lat, b.begin_lon, b.heading + 180.0, FINAL_KM)
    # from the runway's end: 8 km straight, the great circle to the fix, 18 km of final
    way_km = distance_km(*out, *fix)
    total_km = STRAIGHT_KM + way_km
    fix_ft = b.elevation_ft + FINAL_KM * SLOPE_FT_PER_KM
    room_ft = 0.85 * total_km + a.elevation_ft / CLIMB_FT_PER_KM + fix_ft / DESCENT_FT_PER_KM
    top_ft = np.minimum(CEILING_FT, room_ft / (1 / CLIMB_FT_PER_KM + 1 / DESCENT_FT_PER_KM))
    climb_km = (top_ft - a.elevation_ft) / CLIMB_FT_PER_KM
    down_km = total_km - (top_ft - fix_ft) / DESCENT_FT_PER_KM

    def place(s: Array) -> tuple[Array, Array]:
        first = np.clip(s / STRAIGHT_KM, 0, 1)
        lat1, lon1 = _between(a.end_lat, a.end_lon, *out, first)
        lat2, lon2 = _between(*out, *fix, np.clip((s - STRAIGHT_KM) / way_km[:, None], 0, 1))
        return np.where(first < 1, lat1, lat2), np.where(first < 1, lon1, lon2)

    s_climb = _steps(rng, n, POINTS["climb"]) * climb_km[:, None]
    s_down = down_km[:, None] + _steps(rng, n, POINTS["descent"]) * (total_km - down_km)[:, None]
    step_km = _speed_kt(top_ft)[:, None] * KM_PER_NM / 3600.0 * CRUISE_STEP_S
    s_cruise = climb_km[:, None] + np.cumsum(rng.uniform(0.6, 1.4, (n, POINTS["cruise"])) * step_km, axis=1)
    in_cruise = s_cruise < down_km[:, None]
    s_cruise = np.minimum(s_cruise, down_km[:, None])
    silent_from = np.where(rng.random(n) < SILENT_SHARE, rng.uniform(0.2, 0.6, n), 2.0) * total_km
    silent_to = silent_from + rng.uniform(0.1, 0.3, n) * total_km
    f_final = _steps(rng, n, POINTS["final"])
    s_final = total_km[:, None] + f_final * FINAL_KM

    def heard(s: Array, alt: Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
        low = ((s < total_km[:, None] / 2) & (alt < (a.elevation_ft + a.blind_ft)[:, None])) | (
            (s >= total_km[:, None] / 2) & (alt < (b.elevation_ft + b.blind_ft)[:, None])
        )
        seen: np.ndarray[Any, np.dtype[np.bool_]] = ~low & ~((s > silent_from[:, None]) & (s < silent_to[:, None]))
        return seen

    alt_climb = a.elevation_ft[:, None] + s_climb * CLIMB_FT_PER_KM
    alt_cruise = np.broadcast_to(top_ft[:, None], s_cruise.shape)
    alt_down = top_ft[:, None] - (s_down - down_km[:, None]) * DESCENT_FT_PER_KM
    alt_final = b.elevation_ft[:, None] + (1 - f_final) * FINAL_KM * SLOPE_FT_PER_KM
    step = [np.diff(s, axis=1, prepend=before) for s, before in (
        (s_climb, np.zeros((n, 1))), (s_cruise, s_climb[:, -1:]), (s_down, s_cruise[:, -1:]), (s_final, s_down[:, -1:]),
    )]  # fmt: skip
    begin_a, end_a = (a.begin_lat, a.begin_lon), (a.end_lat, a.end_lon)
    begin_b, end_b = (b.begin_lat, b.begin_lon), (b.end_lat, b.end_lon)
    before = [
        _parked(rng, stand_a, n),
        _ground(rng, stand_a, begin_a, POINTS["taxi"], TAXI_KT),
        _ground(rng, begin_a, end_a, POINTS["roll"], 100.0),
    ]
    after = [
        _ground(rng, begin_b, end_b, POINTS["roll"], 80.0),
        _ground(rng, end_b, stand_b, POINTS["taxi"], TAXI_KT),
        _parked(rng, stand_b, n),
    ]
    for parts, port in ((before, a), (after, b)):
        for part in parts:
            part.heard = part.heard & (port.blind_ft == 0)[:, None]
    return [
        *before,
        _air(*place(s_climb), alt_climb, step[0], heard(s_climb, alt_climb)),
        _air(*place(s_cruise), alt_cruise, step[1], heard(s_cruise, alt_cruise) & in_cruise),
        _air(*place(s_down), alt_down, step[2], heard(s_down, alt_down)),
        _air(*_between(*fix, *begin_b, f_final), alt_final, step[3], heard(s_final, alt_final)),
        *after,
    ]


def flights(
    rng: np.random.Generator,
    ports: Ports,
    numbers: np.ndarray[Any, np.dtype[np.int64]],
    take: Any,
    land: Any,
    *,
    day: datetime = DAY,
    source: str = SOURCE,
) -> pl.DataFrame:
    """Make one day's SIMULATED rows of POSITIONS (some columns), by aircraft then time.

    Parameters
    ----------
    rng : numpy.random.Generator
    ports : Ports
    numbers : array of int
        Of the aircraft, counted from address d00000.
    take, land : arrays of int, aircraft by legs
        Runways, as `routes` gives them.
    day : datetime
        Midnight UTC.
    source : str
        Must say SIMULATED.
    """
    aircraft, legs = take.shape
    parts = _legs(rng, _at(ports, take.ravel()), _at(ports, land.ravel()))
    shape = (aircraft, -1)

    def joined(name: str) -> Array:
        whole: Array = np.concatenate([getattr(p, name) for p in parts], axis=1).reshape(shape)
        return whole

    # times are written to 10 ms; two points of one moment would be one
    dt = np.where(joined("heard").astype(bool), np.maximum(joined("dt"), 0.2), joined("dt"))
    dt[:, 0] = rng.uniform(0.0, 18_000.0, aircraft)
    t = np.cumsum(dt, axis=1)
    lat, lon, alt, gs = (joined(c) for c in ("lat", "lon", "alt", "gs"))
    ground = np.broadcast_to(
        np.tile(np.concatenate([np.full(p.lat.shape[1], p.ground) for p in parts]), legs), lat.shape
    )
    track = np.empty_like(lat)
    track[:, :-1] = bearing_deg(lat[:, :-1], lon[:, :-1], lat[:, 1:], lon[:, 1:])
    track[:, -1] = track[:, -2]
    rate = np.zeros_like(lat)
    rate[:, 1:] = np.nan_to_num(np.diff(alt, axis=1)) / np.maximum(dt[:, 1:], 0.5) * 60.0
    keep = joined("heard").astype(bool) & (t < DAY_S)
    which = np.broadcast_to(np.arange(aircraft)[:, None], lat.shape)[keep]
    leg = np.repeat(np.arange(legs), lat.shape[1] // legs)
    leg_of = np.broadcast_to(leg, lat.shape)[keep]
    down = ground[keep]
    height = np.where(down, np.nan, np.round(alt[keep] / 25.0) * 25.0)
    time_ms = int(day.timestamp() * 1000) + np.round(t[keep] * 100.0).astype(np.int64) * 10
    hexes = pl.Series([f"{FIRST_ADDRESS + i:06x}" for i in numbers])
    signs = pl.Series([f"SIM{i % 10_000:04d}{'ABCDE'[j]}" for i in numbers for j in range(legs)])
    f32 = pl.Float32
    return pl.DataFrame(
        {
            "icao24": hexes.gather(which),
            "time_utc": pl.Series(time_ms).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"),
            "latitude_deg": np.round(lat[keep], 6),
            "longitude_deg": np.round(lon[keep], 6),
            "altitude_ft": pl.Series(height, dtype=f32).fill_nan(None),
            "altitude_geom_ft": pl.Series(height + 150.0, dtype=f32).fill_nan(None),
            "on_ground": down,
            "groundspeed_kt": pl.Series(np.round(gs[keep], 1), dtype=f32),
            "track_deg": pl.Series(np.round(track[keep], 1), dtype=f32),
            "vertical_rate_fpm": pl.Series(np.where(down, np.nan, np.round(rate[keep] / 64) * 64), dtype=f32).fill_nan(
                None
            ),
            "callsign": signs.gather(which * legs + leg_of),
        }
    ).with_columns(
        pl.lit("1000").alias("squawk"),
        pl.lit("A3").alias("category"),
        pl.lit("adsb").alias("position_source"),
        *(pl.lit(v, pl.Int32).alias(c) for c, v in (("adsb_version", 2), ("nic", 8), ("nac_p", 9), ("sil", 3))),
        pl.lit(source).alias("source"),
    )


def frames(airfields: pl.DataFrame, runways: pl.DataFrame, positions: int, seed: int = 1) -> Iterator[pl.DataFrame]:
    """Yield SIMULATED rows of POSITIONS, by aircraft then time, until there are as many as asked.

    Parameters
    ----------
    airfields, runways : polars.DataFrame
        AIRFIELDS and RUNWAYS; the flights use their runways.
    positions : int
        How many rows in all.
    seed : int
        The same seed gives the same rows.

    Raises
    ------
    ValueError
        Too few airports with long runways, or more aircraft needed than the free address block holds.
    """
    rng = np.random.default_rng(seed)
    ports = ports_of(airfields, runways, rng)
    if len(ports.field) < 4:
        raise ValueError("needs at least two airports with a runway of 5,000 ft whose ends are known")
    made = first = 0
    while made < positions:
        if first + BATCH > 1 << 20:
            raise ValueError("the free address block d00000 to dfffff holds no more aircraft")
        at = rng.integers(0, len(ports.field) // 2, BATCH)
        take, land, _ = routes(rng, ports, at, LEGS)
        frame = flights(rng, ports, np.arange(first, first + BATCH), take, land).head(positions - made)
        first, made = first + BATCH, made + frame.height
        yield POSITIONS.conform(frame, fill=True)


def write(path: Path, airfields: pl.DataFrame, runways: pl.DataFrame, positions: int, seed: int = 1) -> None:
    """Write SIMULATED positions as Parquet, row group by row group, so that memory stays bounded."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    writer: pq.ParquetWriter | None = None
    try:
        for frame in frames(airfields, runways, positions, seed):
            table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
            writer = writer or pq.ParquetWriter(partial, table.schema, compression="zstd")
            writer.write_table(table, row_group_size=ROW_GROUP)
    finally:
        if writer is not None:
            writer.close()
    partial.replace(path)


def main() -> int:
    """Make the file."""
    from bench.accuracy import reference

    parser = argparse.ArgumentParser(description="SIMULATED positions for timing")
    parser.add_argument("path", type=Path)
    parser.add_argument("--positions", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    write(options.path, *reference(), options.positions, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
