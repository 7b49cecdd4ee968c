"""Where SIMULATED aircraft fly: runways of real airports, and from which of them to which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.geo import bearing_deg, distance_km

__all__ = ["Ports", "apart", "ports_of", "routes"]

LEAST_KM, MOST_KM = 300.0, 1500.0
LEAST_RUNWAY_FT: Final = 5000.0
BLIND_SHARE: Final = 0.3
"""Share of fields whose low coverage is missing, from 1,500 or 3,000 ft above the field down."""

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Ports:
    """Runway directions usable for made flights, one entry each: where a roll begins and ends."""

    field: np.ndarray[Any, np.dtype[np.int64]]
    begin_lat: Array
    begin_lon: Array
    end_lat: Array
    end_lon: Array
    heading: Array
    elevation_ft: Array
    blind_ft: Array
    code: np.ndarray[Any, np.dtype[np.str_]]


def ports_of(airfields: pl.DataFrame, runways: pl.DataFrame, rng: np.random.Generator) -> Ports:
    """Pick both directions of one long runway with known ends at each medium and large airport.

    Parameters
    ----------
    airfields, runways : polars.DataFrame
        AIRFIELDS and RUNWAYS.
    rng : numpy.random.Generator
        Decides which fields have no low coverage.
    """
    ends = ["le_latitude_deg", "le_longitude_deg", "he_latitude_deg", "he_longitude_deg"]
    kept = (
        airfields.filter(
            pl.col("kind").is_in(["medium_airport", "large_airport"]) & pl.col("elevation_ft").is_not_null()
        )
        .select("code", "elevation_ft")
        .join(runways.filter(pl.col("length_ft") >= LEAST_RUNWAY_FT).drop_nulls(ends), on="code")
        .sort("code", "length_ft", "le_ident")
        .unique("code", keep="last", maintain_order=True)
    )
    n = kept.height
    lat, lon = [kept[c].to_numpy() for c in ends[::2]], [kept[c].to_numpy() for c in ends[1::2]]
    elevation = kept["elevation_ft"].cast(pl.Float64).to_numpy()
    blind = np.where(rng.random(n) < BLIND_SHARE, rng.choice([1500.0, 3000.0], n), 0.0)
    begin_lat, begin_lon = np.concatenate(lat), np.concatenate(lon)
    end_lat, end_lon = np.concatenate(lat[::-1]), np.concatenate(lon[::-1])
    heading = bearing_deg(begin_lat, begin_lon, end_lat, end_lon)
    number = np.tile(np.arange(n), 2)
    twice = (np.tile(a, 2) for a in (elevation, blind, kept["code"].to_numpy().astype(np.str_)))
    return Ports(number, begin_lat, begin_lon, end_lat, end_lon, heading, *twice)


def routes(
    rng: np.random.Generator,
    ports: Ports,
    at: np.ndarray[Any, np.dtype[np.int64]],
    legs: int,
    apart_km: np.ndarray[Any, np.dtype[np.float32]] | None = None,
) -> tuple[Any, Any, Any]:
    """Runway of departure and of landing of each leg (aircraft by legs), each leg from where the last one ended.

    Parameters
    ----------
    rng : numpy.random.Generator
    ports : Ports
    at : array of int
        Where each aircraft is: a field's number.
    legs : int
        How many legs each flies.
    apart_km : array, optional
        Distances of all fields from one another, as `apart` gives them, for who asks often.

    Returns
    -------
    tuple
        Both as indices of `ports`; and the field at which each aircraft is in the end.
    """
    half = len(ports.field) // 2
    mid_lat = (ports.begin_lat[:half] + ports.end_lat[:half]) / 2
    mid_lon = ports.begin_lon[:half]
    takes, lands = [], []
    for _ in range(legs):
        if apart_km is None:
            far = distance_km(mid_lat[at][:, None], mid_lon[at][:, None], mid_lat[None, :], mid_lon[None, :])
        else:
            far = apart_km[at]
        chance = rng.random(far.shape) * ((far > LEAST_KM) & (far < MOST_KM))
        to = np.where(chance.max(axis=1) > 0, chance.argmax(axis=1), (far + (far < LEAST_KM) * 1e6).argmin(axis=1))
        course = bearing_deg(mid_lat[at], mid_lon[at], mid_lat[to], mid_lon[to])
        takes.append(at + half * (np.cos(np.radians(course - ports.heading[at])) < 0))
        lands.append(to + half * (np.cos(np.radians(course - ports.heading[to])) < 0))
        at = to
    return np.stack(takes, axis=1), np.stack(lands, axis=1), at


def apart(ports: Ports) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Distances of all fields from one another, km."""
    half = len(ports.field) // 2
    lat, lon = (ports.begin_lat[:half] + ports.end_lat[:half]) / 2, ports.begin_lon[:half]
    rows = [distance_km(a, b, lat, lon).astype(np.float32) for a, b in zip(lat, lon, strict=True)]
    return np.stack(rows)
