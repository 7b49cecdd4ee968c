"""Real airfields for random scenarios: those of fitting and those held out are never the same.

The world is cut into cells of five degrees; a hash says to which family a cell belongs. A destination lies so far
inside its cell that its neighbours do too, so no field that flights of fitting use is used by a flight held out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import polars as pl

from bench.accuracy import reference
from wheelsdown.geo import distance_km

__all__ = ["FAMILIES", "Field", "Pool", "cell_family", "pool"]

FAMILIES: Final = ("fit", "held")
CELL_DEG: Final = 5
INSET_DEG: Final = 0.6
"""A destination is at least this far from its cell's edges: at latitudes up to 60 degrees that is over 33 km east and
west, 66 km north and south."""
NEIGHBOUR_KM: Final = 45.0
LEAST_M: Final = 1800.0
"""Shortest runway of a field that transports use (Il-76: 1,800 m)."""
PARALLEL_DEG: Final = 10.0
_KINDS: Final = ("large_airport", "medium_airport", "small_airport")
_SOFT: Final = "^(?:TURF|GRS|GRASS|SOD|WATER|DIRT|GRAV|SAND|EARTH)"
_MOST_M: Final = 6000.0
_MOST_OFF_KM: Final = 6.0


@dataclass(frozen=True)
class Field:
    """An airfield with a long runway."""

    code: str
    latitude_deg: float
    longitude_deg: float
    axis_deg: float
    """Direction of its longest runway, 0 to 180."""
    longest_m: float


@dataclass(frozen=True)
class Pool:
    """The fields of one family."""

    fields: tuple[Field, ...]
    latitude_deg: np.ndarray[Any, Any]
    longitude_deg: np.ndarray[Any, Any]
    inside: np.ndarray[Any, Any]
    """Far enough inside its cell to be a destination."""
    lonely: tuple[int, ...]
    """Destinations without a usable field within `NEIGHBOUR_KM`."""
    crowded: tuple[int, ...]
    """Destinations with one, not parallel at 15 to 40 km."""
    parallel: tuple[int, ...]
    """Destinations with a usable field 15 to 40 km away whose longest runway is within `PARALLEL_DEG` of theirs."""

    def near(self, k: int, least_km: float, most_km: float) -> list[int]:
        """Fields whose distance from field k is in a range, nearest first."""
        d = distance_km(self.latitude_deg[k], self.longitude_deg[k], self.latitude_deg, self.longitude_deg)
        d[k] = np.inf
        order = np.argsort(d, kind="stable")
        return [int(i) for i in order if least_km <= d[i] <= most_km]

    def parallels(self, k: int) -> list[int]:
        """Neighbours 15 to 40 km away, as parallel as Ovda and Ramon."""
        mine = self.fields[k].axis_deg
        return [i for i in self.near(k, 15.0, 40.0) if _off(mine, self.fields[i].axis_deg) <= PARALLEL_DEG]


def _off(a: float, b: float) -> float:
    return abs((a - b + 90.0) % 180.0 - 90.0)


def cell_family(latitude_deg: float, longitude_deg: float) -> str:
    """Family that a place belongs to: an even sha256 of its cell is for fitting."""
    cell = f"{int(np.floor(latitude_deg / CELL_DEG))},{int(np.floor(longitude_deg / CELL_DEG))}"
    return FAMILIES[hashlib.sha256(cell.encode()).digest()[0] & 1]


def _usable() -> pl.DataFrame:
    fields, runways = reference()
    ends = [f"{e}_{c}_deg" for e in ("le", "he") for c in ("latitude", "longitude")]
    known = runways.filter(
        ~pl.col("closed").fill_null(value=False)
        & ~pl.col("surface").fill_null("").str.to_uppercase().str.contains(_SOFT)
        & pl.all_horizontal(pl.col(c).is_not_null() for c in (*ends, "le_heading_deg"))
    ).join(fields.select("code", "latitude_deg", "longitude_deg"), on="code")
    at = {c: known[c].to_numpy() for c in (*ends, "latitude_deg", "longitude_deg")}
    length_m = 1000.0 * distance_km(*(at[c] for c in ends))
    off_km = distance_km(*(at[c] for c in (*ends[:2], "latitude_deg", "longitude_deg")))
    # what the list says of a runway must agree with where it puts its ends
    fine = (length_m >= LEAST_M) & (length_m < _MOST_M) & (off_km < _MOST_OFF_KM)
    long = (
        known.with_columns(pl.Series("length_m", length_m))
        .filter(pl.Series(fine))
        .sort("code", "length_m", "le_ident", descending=[False, True, False])
        .group_by("code", maintain_order=True)
        .first()
        .select("code", "length_m", "le_heading_deg")
    )
    return (
        fields.filter(
            pl.col("kind").is_in(_KINDS)
            & pl.col("elevation_ft").is_not_null()
            & pl.col("elevation_ft").is_between(-200, 6000)
            & pl.col("latitude_deg").is_between(-50, 62)
            & pl.col("code").str.contains(r"^[A-Z]{4}$")
        )
        .join(long, on="code", how="inner")
        .sort("code")
    )


@lru_cache(maxsize=2)
def pool(family: str) -> Pool:
    """Give the fields of one family, the same on every machine: from the packed table, in the order of their codes."""
    if family not in FAMILIES:
        raise ValueError(f"{family} is not one of {', '.join(FAMILIES)}")
    rows = [
        r
        for r in _usable().iter_rows(named=True)
        if cell_family(r["latitude_deg"], r["longitude_deg"]) == family
    ]  # fmt: skip
    fields = tuple(
        Field(r["code"], r["latitude_deg"], r["longitude_deg"], r["le_heading_deg"] % 180.0, r["length_m"])
        for r in rows
    )
    lat = np.array([f.latitude_deg for f in fields])
    lon = np.array([f.longitude_deg for f in fields])
    inside = np.ones(len(fields), dtype=bool)
    for x in (lat, lon):
        within = x % CELL_DEG
        inside &= (within >= INSET_DEG) & (within <= CELL_DEG - INSET_DEG)
    bare = Pool(fields, lat, lon, inside, (), (), ())
    lonely, crowded, parallel = [], [], []
    for k in np.flatnonzero(inside).tolist():
        if bare.parallels(k):
            parallel.append(k)
        elif bare.near(k, 0.0, NEIGHBOUR_KM):
            crowded.append(k)
        else:
            lonely.append(k)
    return Pool(fields, lat, lon, inside, tuple(lonely), tuple(crowded), tuple(parallel))
