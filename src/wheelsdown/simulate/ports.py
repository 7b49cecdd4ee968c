"""Airfields that simulated flights use: runway ends, elevations, stands, neighbours, as arrays."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from wheelsdown.errors import SimulationError
from wheelsdown.geo import bearing_deg, distance_km
from wheelsdown.simulate.performance import TYPES

__all__ = ["STANDS", "Ports", "World", "ports_of", "world_of"]

STANDS: Final = 8
"""Stands of a field."""
LEAST_M: Final = 700.0

F64 = np.ndarray[Any, np.dtype[np.float64]]
I64 = np.ndarray[Any, np.dtype[np.int64]]


class Ports(NamedTuple):
    """Arrays over fields (`f_`), over runway ends (`e_`; of field k ``first[k]:first[k + 1]``), and stands (`s_`)."""

    f_lat: F64
    f_lon: F64
    f_elev_ft: F64
    first: I64
    e_lat: F64  # where a landing aircraft crosses the threshold
    e_lon: F64
    e_roll_lat: F64  # where a departing one begins to roll
    e_roll_lon: F64
    e_heading_deg: F64
    e_length_km: F64
    s_lat: F64  # stands, fields by STANDS
    s_lon: F64


class World:
    """Every field that can be used, of the frames AIRFIELDS and RUNWAYS."""

    def __init__(self, airfields: pl.DataFrame, runways: pl.DataFrame) -> None:
        ends = ("le_latitude_deg", "le_longitude_deg", "he_latitude_deg", "he_longitude_deg")
        grass = pl.col("surface").fill_null("").str.to_uppercase().str.contains(r"^(?:TURF|GRS|GRASS|SOD|WATER)")
        kept = (
            runways.filter(~pl.col("closed").fill_null(value=False) & ~grass)
            .drop_nulls(list(ends))
            .join(
                airfields.filter(~pl.col("kind").is_in(["closed", "heliport", "seaplane_base", "balloonport"])).select(
                    "code",
                    "ident",
                    "name",
                    "kind",
                    pl.col("latitude_deg").alias("lat"),
                    pl.col("longitude_deg").alias("lon"),
                    pl.col("elevation_ft").cast(pl.Float64).alias("elev"),
                ),
                on="code",
            )
            .filter(pl.col("elev").is_not_null() & pl.col("elev").is_finite())
            .sort("code", "le_ident", *ends)
        )
        lat1, lon1, lat2, lon2 = (kept[c].to_numpy().astype(np.float64) for c in ends)
        length = distance_km(lat1, lon1, lat2, lon2)
        # ends too near or too far apart, or far from their field, are errors of the list
        fine = (length * 1000.0 >= LEAST_M) & (length < 7.0)
        fine &= distance_km(lat1, lon1, kept["lat"].to_numpy(), kept["lon"].to_numpy()) < 8.0
        self.runways = kept.with_columns(pl.Series("km", np.asarray(length))).filter(pl.Series(fine))
        by_code = self.runways.group_by("code", maintain_order=True).agg(
            pl.col("lat", "lon", "elev", "kind", "ident", "name").first(), pl.col("km").max()
        )
        self.fields = by_code
        self.listed = frozenset(airfields["code"].to_list())
        self.number = {c: n for n, c in enumerate(by_code["code"].to_list())}
        self.lat, self.lon = by_code["lat"].to_numpy(), by_code["lon"].to_numpy()
        self.longest_m = by_code["km"].to_numpy() * 1000.0
        self.big = by_code["kind"].is_in(["medium_airport", "large_airport"]).to_numpy()

    def usable(self, code: str, typecode: str, field: str) -> str:
        """Give the code back if the type can be flown there.

        Raises
        ------
        SimulationError
            The field is not listed, or has no runway whose ends are known and that is long enough.
        """
        if code not in self.listed:
            raise SimulationError(f"{code[:20]!r} is no listed airfield", field=field, remedy="give an ICAO code")
        need = TYPES[typecode].runway_m
        if code not in self.number or self.longest_m[self.number[code]] < need:
            raise SimulationError(
                f"{code} has no usable runway for {typecode}: {need:.0f} m are needed, with both ends known",
                field=field,
                remedy="choose another field or a type that needs less",
            )
        return code

    def around(self, code: str, typecode: str, low_km: float, high_km: float, *, big: bool = False) -> list[str]:
        """Fields that the type can use at such a distance, nearest first."""
        k = self.number[code]
        far = distance_km(self.lat[k], self.lon[k], self.lat, self.lon)
        # a degree of margin is cheaper than asking twice
        good = (far >= low_km) & (far <= high_km) & (self.longest_m >= TYPES[typecode].runway_m)
        if big:
            good &= self.big
        found = np.flatnonzero(good)
        codes = self.fields["code"]
        return [codes[int(i)] for i in found[np.argsort(np.round(far[found], 3), kind="stable")]]


class _Pair:
    """Two frames by identity."""

    def __init__(self, airfields: pl.DataFrame, runways: pl.DataFrame) -> None:
        self.airfields, self.runways = airfields, runways

    def __hash__(self) -> int:
        return hash((id(self.airfields), id(self.runways)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pair) and self.airfields is other.airfields and self.runways is other.runways


@lru_cache(maxsize=4)
def _world(pair: _Pair) -> World:
    return World(pair.airfields, pair.runways)


def world_of(airfields: pl.DataFrame, runways: pl.DataFrame) -> World:
    """Prepare AIRFIELDS and RUNWAYS; the last few are kept, keyed by the frames' identity."""
    return _world(_Pair(airfields, runways))


def _offset(lat: Any, lon: Any, bearing: Any, km: Any) -> tuple[Any, Any]:
    b = np.radians(bearing)
    north = np.asarray(lat) + np.asarray(km) * np.cos(b) / 111.195
    return north, np.asarray(lon) + np.asarray(km) * np.sin(b) / (111.195 * np.cos(np.radians(lat)))


def ports_of(world: World, codes: list[str]) -> Ports:
    """Arrays of these fields, in this order."""
    rows = {c: [] for c in codes}  # type: dict[str, list[dict[str, Any]]]
    for row in world.runways.filter(pl.col("code").is_in(codes)).iter_rows(named=True):
        rows[row["code"]].append(row)
    first, ends, stands = [0], [], np.zeros((len(codes), STANDS, 2))
    for k, code in enumerate(codes):
        lines = []
        for r in rows[code]:
            a, b = (r["le_latitude_deg"], r["le_longitude_deg"]), (r["he_latitude_deg"], r["he_longitude_deg"])
            for p, q, displaced in ((a, b, r["le_displaced_ft"]), (b, a, r["he_displaced_ft"])):
                heading = float(bearing_deg(*p, *q))
                shift = min(max(displaced or 0.0, 0.0) * 0.0003048, 0.3 * r["km"])
                lat, lon = _offset(*p, heading, shift)
                ends.append((float(lat), float(lon), *p, heading, r["km"] - shift))
            lines.append((a, b, r["km"]))
        first.append(len(ends))
        stands[k] = _stands(code, lines)
    e = np.array(ends, dtype=np.float64).reshape(-1, 6)
    own = [world.number[c] for c in codes]
    elev = world.fields["elev"].to_numpy()[own].astype(np.float64)
    e_lat, e_lon, roll_lat, roll_lon, headings, lengths = (np.ascontiguousarray(e[:, i]) for i in range(6))
    return Ports(
        world.lat[own], world.lon[own], elev, np.array(first, dtype=np.int64),
        e_lat, e_lon, roll_lat, roll_lon, headings, lengths,
        np.ascontiguousarray(stands[:, :, 0]), np.ascontiguousarray(stands[:, :, 1]),
    )  # fmt: skip


def _stands(code: str, lines: list[Any]) -> F64:
    """Stands beside the longest runway, on no runway: always the same ones for a field."""
    rng = np.random.Generator(np.random.PCG64(zlib.crc32(code.encode())))
    (lat1, lon1), (lat2, lon2), km = max(lines, key=lambda r: r[2])
    heading = float(bearing_deg(lat1, lon1, lat2, lon2))
    side = 90.0 if rng.random() < 0.5 else -90.0
    out: list[tuple[float, float]] = []
    for attempt in range(400):
        along, across = km * rng.uniform(0.2, 0.8), rng.uniform(0.35, 1.1)
        lat, lon = _offset(lat1, lon1, heading, along)
        lat, lon = _offset(lat, lon, heading + (side if attempt % 8 else -side), across)
        if min(_beside_km(float(lat), float(lon), line) for line in lines) >= (0.25 if attempt < 300 else 0.0):
            out.append((float(lat), float(lon)))
        if len(out) == STANDS:
            break
    return np.array(out)


def _beside_km(lat: float, lon: float, line: Any) -> float:
    """Distance of a point from a runway."""
    (lat1, lon1), (lat2, lon2), _ = line
    scale = np.cos(np.radians(lat1)) * 111.195
    x, y = (lon - lon1) * scale, (lat - lat1) * 111.195
    dx, dy = (lon2 - lon1) * scale, (lat2 - lat1) * 111.195
    f = min(1.0, max(0.0, (x * dx + y * dy) / (dx * dx + dy * dy)))
    return float(np.hypot(x - f * dx, y - f * dy))
