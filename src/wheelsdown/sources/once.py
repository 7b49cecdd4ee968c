"""Each position once, in one order: by aircraft, then time."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

__all__ = ["each_once"]

_ORDER: Final = ("icao24", "track_id", "time_utc", "source", "latitude_deg", "longitude_deg")


def each_once(positions: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Sort POSITIONS, and keep of rows that say the same place at the same time the most complete one.

    Rows are the same if address, recording, provider, time, latitude and longitude are. The result does not depend on
    the order of the rows.

    Returns
    -------
    tuple
        POSITIONS sorted by icao24, track_id, time_utc; and the number of rows left out.
    """
    if positions.height < 2:
        return positions, 0
    key = _key(positions)
    rising = bool((key[1:] > key[:-1]).all())
    if rising:
        return positions, 0
    order = np.argsort(key, kind="stable")
    key = key[order]
    tied = np.zeros(len(key), dtype=bool)
    tied[1:] = key[1:] == key[:-1]
    tied[:-1] |= tied[1:]
    dropped = 0
    if tied.any():
        # only rows of one aircraft at one moment need the costly comparison
        rows, keep = _untie(positions[order[tied]])
        order[tied] = order[tied][rows]
        kept = np.ones(len(order), dtype=bool)
        kept[tied] = keep
        dropped = int((~keep).sum())
        order = order[kept]
    return positions[order], dropped


def _key(positions: pl.DataFrame) -> Any:
    """Give each row one whole number that rises with address, recording and time."""
    recording = _codes(positions["icao24"])
    if positions["track_id"].null_count() < positions.height:
        tracks = _codes(positions["track_id"])
        recording = _codes(pl.Series(recording * (int(tracks.max()) + 1) + tracks))
    time = positions["time_utc"].to_physical().to_numpy()
    time = time - time.min()
    span = int(time.max()) + 1
    if int(recording.max()) > (1 << 62) // span:
        raise OverflowError("too many recordings over too long a time to be sorted")
    return recording * span + time


def _codes(column: pl.Series) -> Any:
    """Number the distinct values in their order; null comes first."""
    distinct = column.drop_nulls().unique().sort()
    numbers = pl.int_range(1, len(distinct) + 1, dtype=pl.Int64, eager=True)
    if not len(distinct):
        return np.zeros(len(column), dtype=np.int64)
    return column.replace_strict(distinct, numbers, default=0, return_dtype=pl.Int64).to_numpy()


def _untie(tied: pl.DataFrame) -> tuple[Any, Any]:
    """Order rows that share aircraft and time, and tell which to keep."""
    rest = [c for c in tied.columns if c not in _ORDER]
    tied = tied.with_columns(
        _holes=pl.sum_horizontal(pl.col(rest).is_null().cast(pl.Int16)), _at=pl.int_range(pl.len(), dtype=pl.Int64)
    ).sort([*_ORDER, "_holes", *rest])
    same = tied.select(pl.struct(_ORDER).eq_missing(pl.struct(_ORDER).shift(1)).fill_null(value=False)).to_series()
    return tied["_at"].to_numpy(), ~same.to_numpy()
