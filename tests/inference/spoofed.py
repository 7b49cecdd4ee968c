"""SIMULATED false positions: what a spoofer does to a made track."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from tests.inference.made import START
from wheelsdown.geo import bearing_deg, distance_km

SECONDS = (pl.col("time_utc") - START).dt.total_milliseconds() / 1000.0


def between(frame: pl.DataFrame, since: float, until: float) -> pl.Series:
    """Mask of the rows in a stretch of time, seconds since the start."""
    return frame.select(SECONDS.is_between(since, until)).to_series()


def without(frame: pl.DataFrame, since: float, until: float) -> pl.DataFrame:
    """Leave out a stretch of time: a silence."""
    return frame.filter(~between(frame, since, until))


def put(frame: pl.DataFrame, mask: pl.Series, **values: Any) -> pl.DataFrame:
    """Set columns of the rows in a mask to values (one, or one a row of the frame)."""
    return frame.with_columns(
        pl.when(mask)
        .then(v if isinstance(v, pl.Series) else pl.lit(v))
        .otherwise(pl.col(k))
        .cast(frame.schema[k])
        .alias(k)
        for k, v in values.items()
    )


def shifted(frame: pl.DataFrame, mask: pl.Series, dlat: float, dlon: float) -> pl.DataFrame:
    """Shift the rows in a mask by a vector: the copy flies on beside the truth."""
    return put(frame, mask, latitude_deg=frame["latitude_deg"] + dlat, longitude_deg=frame["longitude_deg"] + dlon)


def jittered(
    frame: pl.DataFrame, mask: pl.Series, at: tuple[float, float], km: float = 0.2, **more: Any
) -> pl.DataFrame:
    """Hold the rows in a mask at a place, with jitter."""
    rng = np.random.default_rng(7)
    n = frame.height
    lat = pl.Series(at[0] + rng.normal(0, km / 111.2, n))
    lon = pl.Series(at[1] + rng.normal(0, km / 111.2, n))
    return put(frame, mask, latitude_deg=lat, longitude_deg=lon, **more)


def circling(
    frame: pl.DataFrame, mask: pl.Series, at: tuple[float, float], km: float = 3.0, every_s: float = 240.0, **more: Any
) -> pl.DataFrame:
    """Fly the rows in a mask round a place in an even circle."""
    s = frame.select(SECONDS).to_series().to_numpy() * 2 * np.pi / every_s
    lat = pl.Series(at[0] + km / 111.2 * np.sin(s))
    lon = pl.Series(at[1] + km / 111.2 / np.cos(np.radians(at[0])) * np.cos(s))
    return put(frame, mask, latitude_deg=lat, longitude_deg=lon, **more)


def stretch_km(frame: pl.DataFrame) -> float:
    """Longest step of a track, km."""
    lat, lon = frame["latitude_deg"].to_numpy(), frame["longitude_deg"].to_numpy()
    return float(np.max(distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:]), initial=0.0))


def course(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Course from one place to another."""
    return float(bearing_deg(*a, *b))


def later(frame: pl.DataFrame, seconds: float) -> pl.DataFrame:
    """The same track, later."""
    return frame.with_columns(pl.col("time_utc") + timedelta(seconds=seconds))
