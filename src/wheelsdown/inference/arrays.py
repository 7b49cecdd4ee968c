"""POSITIONS as sorted arrays: one track an aircraft (or recording) and provider."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from wheelsdown.schema import POSITION_SOURCES, POSITIONS

__all__ = ["NEEDED", "Tracks", "prepare"]

NEEDED = (
    "icao24", "track_id", "time_utc", "latitude_deg", "longitude_deg", "altitude_ft", "altitude_geom_ft", "on_ground",
    "groundspeed_kt", "track_deg", "vertical_rate_fpm", "callsign", "category", "position_source", "source", "receipt",
)  # fmt: skip
"""Columns of POSITIONS that inference reads; the others may be left on disk."""

_KEY = ("address", "track", "source")


class Tracks(NamedTuple):
    """Arrays over rows, sorted by track then time, and the tracks themselves."""

    keys: pl.DataFrame  # address, track, source: one row a track
    first: Any
    t: Any
    lat: Any
    lon: Any
    alt: Any
    geom: Any
    og: Any
    gs: Any
    trk: Any
    vr: Any
    ps: Any
    callsign: Any
    callsigns: list[str]
    receipt: Any
    receipts: list[str]
    surface: Any  # bool a track: broadcasts itself as a surface vehicle or obstacle


def prepare(positions: pl.DataFrame) -> Tracks:
    """Sort by track and time, drop repeats, and lay the columns out as arrays.

    Rows with an ICAO address are tied by it; rows without one, or with a `~` address, by `track_id`. Providers are kept
    apart, since their clocks differ by up to a minute; their visits are merged later.
    """
    missing = [c for c in NEEDED if c not in positions.columns]
    if missing:
        positions = POSITIONS.conform(positions, fill=True)
    is_address = pl.col("icao24").is_not_null() & ~pl.col("icao24").str.starts_with("~")
    frame = positions.lazy().select(
        pl.when(is_address).then(pl.col("icao24")).alias("address"),
        pl.when(~is_address).then(pl.coalesce("track_id", "icao24", pl.lit("unnamed"))).alias("track"),
        *[c for c in NEEDED if c not in ("icao24", "track_id")],
    ).collect()  # fmt: skip
    frame = _sorted(frame)
    change = _changes(frame)
    first = np.append(np.flatnonzero(change), frame.height).astype(np.int64)
    keys = frame.select(_KEY)[first[:-1]]
    og = frame["on_ground"].cast(pl.Int8).fill_null(-1).to_numpy()
    surface = np.zeros(len(first) - 1, dtype=bool)
    if frame["category"].null_count() < frame.height:
        c = frame["category"].str.starts_with("C").fill_null(value=False).to_numpy()
        surface = np.logical_or.reduceat(c, first[:-1]) if frame.height else surface
    callsign, callsigns = _codes(frame["callsign"])
    receipt, receipts = _codes(frame["receipt"])
    source_code = {s: i for i, s in enumerate(POSITION_SOURCES)}
    ps_codes, ps_names = _codes(frame["position_source"])
    table = np.array([source_code.get(s, len(POSITION_SOURCES) - 1) for s in ps_names] + [len(POSITION_SOURCES) - 1])
    return Tracks(
        keys, first,
        frame["time_utc"].dt.epoch("ms").to_numpy() / 1000.0,
        _floats(frame["latitude_deg"], np.float64), _floats(frame["longitude_deg"], np.float64),
        _floats(frame["altitude_ft"], np.float32), _floats(frame["altitude_geom_ft"], np.float32),
        og, _floats(frame["groundspeed_kt"], np.float32), _floats(frame["track_deg"], np.float32),
        _floats(frame["vertical_rate_fpm"], np.float32),
        table[ps_codes].astype(np.int8), callsign, callsigns, receipt, receipts, surface,
    )  # fmt: skip


def _sorted(frame: pl.DataFrame) -> pl.DataFrame:
    if frame.height < 2:
        return frame
    change = _changes(frame)
    starts = np.flatnonzero(change)
    times = frame["time_utc"].dt.epoch("ms").to_numpy()
    inside = ~change[1:]
    if bool(np.all(np.diff(times)[inside] > 0)):
        keys = frame.select(_KEY)[starts]
        if keys.equals(keys.sort(_KEY, nulls_last=True)) and keys.n_unique() == keys.height:
            return frame
    # every column takes part, so that the order of the input cannot matter where two rows claim one moment
    rest = [c for c in frame.columns if c not in (*_KEY, "time_utc")]
    return (
        frame.sort([*_KEY, "time_utc", *rest], nulls_last=True)
        .unique(subset=[*_KEY, "time_utc"], keep="first", maintain_order=True)
    )  # fmt: skip


def _changes(frame: pl.DataFrame) -> Any:
    """Tell at which rows another track begins."""
    if frame.height == 0:
        return np.zeros(0, dtype=bool)
    change = np.zeros(frame.height, dtype=bool)
    for c in _KEY:
        change |= frame[c].ne_missing(frame[c].shift(1)).to_numpy()
    change[0] = True
    return change


def _codes(column: pl.Series) -> tuple[Any, list[str]]:
    """Small integers for a text column and what they stand for; -1 is null. Names are in order of the alphabet."""
    names = column.drop_nulls().unique().sort().cast(pl.String).to_list()
    if not names:
        return np.full(len(column), -1, dtype=np.int32), []
    if len(names) == 1:
        return np.where(column.is_null().to_numpy(), -1, 0).astype(np.int32), names
    codes = column.cast(pl.Enum(names)).to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
    return codes, names


def _floats(column: pl.Series, dtype: Any) -> Any:
    values = column.to_numpy()
    if column.null_count():
        values = column.fill_null(float("nan")).to_numpy()
    # a copy of our own: the kernel blanks impossible altitudes
    return np.array(values, dtype=dtype)
