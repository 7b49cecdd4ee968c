"""Suspects positions that a provider made up by dead reckoning and did not mark."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.geo import EARTH_RADIUS_KM, bearing_deg, distance_km

__all__ = ["mark_suspects", "suspect_extrapolation"]

_LEAST_POINTS: Final = 4
_LEAST_S: Final = 180.0
_LEAST_KT: Final = 80.0  # slower is taxiing, parking or a helicopter
_LONGEST_STEP_S: Final = 300.0
_SILENCE_S: Final = 600.0
_TURN_DEG: Final = 1.0  # the direction is a whole number of degrees, and that of a great circle drifts
_OFF_LINE_KM: Final = 0.03
_KM_PER_S_KT: Final = 1.852 / 3600.0
_CLOCK_S: Final = 1.0  # times are whole seconds
_JUMP: Final = 1.5


def suspect_extrapolation(frame: pl.DataFrame) -> pl.Series:
    """Tell which positions look dead-reckoned: a straight, even stretch right before the aircraft is lost or jumps.

    A stretch is suspect if speed and altitude repeat exactly, the direction within one degree, the same station
    reports throughout, all positions lie on one great circle within 30 m and at one pace within the rounding of times,
    for at least four points and three minutes; and if it ends in the end of the recording, in ten minutes of silence,
    or in a step at more than 1.5 times or less than 1/1.5 of its speed. The last condition spares cruise: real flight
    repeats itself too, and goes on.

    Parameters
    ----------
    frame : polars.DataFrame
        `time_utc, latitude_deg, longitude_deg, altitude_ft, groundspeed_kt, track_deg`; if there, `track_id` and
        `icao24` keep recordings apart and `station` must not change. Rows in any order.

    Returns
    -------
    polars.Series
        One boolean a row, in the order given.

    Notes
    -----
    The thresholds are the project's own: the exports of Flightradar24 do not mark estimates, so there is no truth to
    fit them to. It misses estimates that climb, turn or follow a route, and those that pass into reception without a
    step; and it suspects a real aircraft that flew three minutes without the least change before it was lost. That is
    why a suspect position is kept, and only supports nothing.
    """
    keys = [k for k in ("track_id", "icao24") if k in frame.columns]
    out = np.zeros(frame.height, dtype=bool)
    indexed = frame.with_row_index("_at")
    parts = indexed.partition_by(keys) if keys and frame.height else [indexed]
    for part in parts:
        ordered = part.drop_nulls(["time_utc", "latitude_deg", "longitude_deg"]).sort("time_utc")
        if ordered.height >= _LEAST_POINTS:
            out[ordered["_at"].to_numpy()[_suspects(ordered)]] = True
    return pl.Series("suspect", out)


def mark_suspects(frame: pl.DataFrame) -> pl.DataFrame:
    """Set `position_source` to ``estimated`` where `suspect_extrapolation` says so."""
    suspect = suspect_extrapolation(frame)
    if not suspect.any():
        return frame
    return frame.with_columns(position_source=pl.when(suspect).then(pl.lit("estimated")).otherwise("position_source"))


def _suspects(track: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    t = track["time_utc"].dt.epoch("ms").to_numpy() / 1000.0
    lat, lon, alt, kt, way = (
        track[c].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        for c in ("latitude_deg", "longitude_deg", "altitude_ft", "groundspeed_kt", "track_deg")
    )
    dt, km = np.diff(t), distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:])
    v = kt[:-1] * _KM_PER_S_KT
    turned = np.abs((np.diff(way) + 180.0) % 360.0 - 180.0)
    off_way = np.abs((bearing_deg(lat[:-1], lon[:-1], lat[1:], lon[1:]) - way[:-1] + 180.0) % 360.0 - 180.0)
    even = (
        (dt > 0)
        & (dt <= _LONGEST_STEP_S)
        & (alt[1:] == alt[:-1])
        & (kt[1:] == kt[:-1])
        & (kt[:-1] >= _LEAST_KT)
        & (turned <= _TURN_DEG)
        & (off_way <= 2 * _TURN_DEG)
        & (np.abs(km - v * dt) <= _KM_PER_S_KT * dt + v * _CLOCK_S)
    )
    if "station" in track.columns:
        station = track["station"]
        even &= (station == station.shift(1)).fill_null(value=False).to_numpy()[1:]
    out = np.zeros(track.height, dtype=bool)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], even.astype(np.int8), [0]))))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        long_enough = last - first + 1 >= _LEAST_POINTS and t[last] - t[first] >= _LEAST_S
        if (
            long_enough
            and _ends(last, dt, km, v)
            and _on_one_line(lat[first : last + 1], lon[first : last + 1], t[first : last + 1], v[first])
        ):
            out[first : last + 1] = True
    return out


def _ends(last: int, dt: Any, km: Any, v: Any) -> bool:
    """Whether the aircraft is lost or jumps after row `last`."""
    if last == len(dt) or dt[last] >= _SILENCE_S:
        return True
    pace = km[last] / max(dt[last], 1e-3)
    before = v[last - 1]
    return bool(pace > _JUMP * before or pace < before / _JUMP)


def _on_one_line(lat: Any, lon: Any, t: Any, v: float) -> bool:
    """Whether the points lie on the great circle between the first and the last, evenly in time."""
    whole = distance_km(lat[0], lon[0], lat[-1], lon[-1])
    far = distance_km(lat[0], lon[0], lat, lon)
    angle = np.radians(bearing_deg(lat[0], lon[0], lat, lon) - bearing_deg(lat[0], lon[0], lat[-1], lon[-1]))
    aside = np.abs(np.arcsin(np.clip(np.sin(far / EARTH_RADIUS_KM) * np.sin(angle), -1, 1))) * EARTH_RADIUS_KM
    share = (t - t[0]) / (t[-1] - t[0])
    return bool(aside.max() <= _OFF_LINE_KM and np.abs(far - share * whole).max() <= v * _CLOCK_S)
