"""Scenarios of the tests of the simulator itself, and what is measured on them."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from wheelsdown.geo import distance_km
from wheelsdown.reference.airfields import Airfields, load
from wheelsdown.reference.store import PACKED
from wheelsdown.simulate import Scenario, Simulated, simulate
from wheelsdown.simulate.scenario import Behaviour, Fleet, Traffic

START = date(2030, 3, 1)
QUIET = Behaviour(go_around_share=0.0, diversion_share=0.0)


@lru_cache(maxsize=1)
def fields() -> Airfields:
    return load(PACKED)


def bridge(**changes: Any) -> Fleet:
    return Fleet(
        **{
            "typecode": "IL76",
            "home": ["UBBB", "UBBG"],
            "destinations": {"LLOV": 3.0, "LLER": 1.0},
            "visits": 24,
            "aircraft": 4,
            "hop_share": 0.2,
            **changes,
        }
    )


def scenario(**changes: Any) -> Scenario:
    return Scenario(
        **{
            "name": "test",
            "start": START,
            "days": 12,
            "seed": 5,
            "fleets": [bridge()],
            "others": [Traffic(airfields=["OJAQ"], per_day=2.0)],
            **changes,
        }
    )


def fly(**changes: Any) -> Simulated:
    return simulate(scenario(**changes), airfields=fields().fields, runways=fields().runways)


def steps(positions: pl.DataFrame) -> pl.DataFrame:
    """Each position with the speed and climb from the one before, by address."""
    before = ("latitude_deg", "longitude_deg", "altitude_ft", "on_ground", "track_deg")
    pairs = positions.with_columns(
        *(pl.col(c).shift(1).over("icao24").alias(f"{c}_before") for c in before),
        pl.col("time_utc").diff().over("icao24").dt.total_milliseconds().alias("ms"),
    ).drop_nulls("ms")
    km = distance_km(
        pairs["latitude_deg"].to_numpy(),
        pairs["longitude_deg"].to_numpy(),
        pairs["latitude_deg_before"].to_numpy(),
        pairs["longitude_deg_before"].to_numpy(),
    )
    return pairs.with_columns(
        pl.Series("km", km),
        pl.Series("way_kt", km / 1.852 / (pairs["ms"].to_numpy() / 3.6e6)),
        # a hundred metres of error are no speed
        pl.Series("kt", np.maximum(km - 0.1, 0.0) / 1.852 / (pairs["ms"].to_numpy() / 3.6e6)),
        ((pl.col("altitude_ft") - pl.col("altitude_ft_before")) / pl.col("ms") * 60_000.0).alias("fpm"),
    )


def digest(made: Simulated) -> dict[str, str]:
    """SHA-256 of each table, from whole numbers, so that no library's way of writing numbers matters."""
    out = {}
    for name in ("positions", "visits", "legs", "fleet", "days", "faults"):
        frame: pl.DataFrame = getattr(made, name)
        total = hashlib.sha256()
        for column in frame.columns:
            series = frame[column]
            if series.dtype.is_float():
                series = (series.cast(pl.Float64) * 1e6).round().cast(pl.Int64)
            elif series.dtype.is_temporal():
                series = series.cast(pl.Int64) if series.dtype != pl.Date else series.cast(pl.Int32)
            total.update(column.encode())
            total.update(repr(series.to_list()).encode())
        out[name] = total.hexdigest()[:16]
    return out
