"""Places as numbers: quarter-degree cells in Morton order, and how high a position may be to count as low there."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.reference.store import PACKED, read_tables

__all__ = ["CELLS_A_DEGREE", "LOW_FT", "ceiling_ft", "cell_of", "cells_within"]

CELLS_A_DEGREE: Final = 4
LOW_FT: Final = 5_000.0
"""A position is low up to this height above the highest field around (the pattern, the last 25 km of an approach)."""
_ROWS: Final = 180 * CELLS_A_DEGREE
_COLUMNS: Final = 360 * CELLS_A_DEGREE
_KM_A_DEGREE: Final = 111.2
_AROUND_KM: Final = 30.0

Array = np.ndarray[Any, np.dtype[Any]]


def _row_column(latitude_deg: Array, longitude_deg: Array) -> tuple[Array, Array]:
    row = np.clip(np.floor((latitude_deg + 90.0) * CELLS_A_DEGREE).astype(np.int64), 0, _ROWS - 1)
    column = np.floor((longitude_deg + 180.0) * CELLS_A_DEGREE).astype(np.int64) % _COLUMNS
    return row, column


def _spread(x: Array) -> Array:
    """Put a zero bit between each two of 11 bits."""
    x = (x | (x << 8)) & 0x00FF00FF
    x = (x | (x << 4)) & 0x0F0F0F0F
    x = (x | (x << 2)) & 0x33333333
    spread: Array = (x | (x << 1)) & 0x55555555
    return spread


def _morton(row: Array, column: Array) -> Array:
    number: Array = (_spread(row) << 1) | _spread(column)
    return number.astype(np.int32)


def cell_of(latitude_deg: Array, longitude_deg: Array) -> Array:
    """Number the cells of points; numbers that are near each other are mostly places near each other."""
    return _morton(*_row_column(np.asarray(latitude_deg, np.float64), np.asarray(longitude_deg, np.float64)))


def cells_within(latitude_deg: float, longitude_deg: float, radius_km: float) -> list[int]:
    """List the cells that a circle may touch, in order: never too few, perhaps some too many."""
    high = min(latitude_deg + radius_km / _KM_A_DEGREE, 90.0)
    low = max(latitude_deg - radius_km / _KM_A_DEGREE, -90.0)
    rows = np.arange(int(np.floor((low + 90.0) * CELLS_A_DEGREE)), int(np.floor((high + 90.0) * CELLS_A_DEGREE)) + 1)
    rows = np.unique(np.clip(rows, 0, _ROWS - 1))
    # degrees of longitude are shortest at the edge nearer the pole
    shrunk = np.cos(np.radians(min(max(abs(high), abs(low)) + 1.0 / CELLS_A_DEGREE, 90.0)))
    half = 180.0 if shrunk * _KM_A_DEGREE * 180.0 <= radius_km else radius_km / (_KM_A_DEGREE * max(shrunk, 1e-9))
    if half >= 179.0:
        columns = np.arange(_COLUMNS)
    else:
        first = int(np.floor((longitude_deg - half + 180.0) * CELLS_A_DEGREE))
        last = int(np.floor((longitude_deg + half + 180.0) * CELLS_A_DEGREE))
        columns = np.unique(np.arange(first, last + 1) % _COLUMNS)
    grid_rows, grid_columns = np.meshgrid(rows, columns, indexing="ij")
    return sorted(int(c) for c in _morton(grid_rows.ravel(), grid_columns.ravel()))


@lru_cache(maxsize=1)
def _ceilings() -> Array:
    """Height for each cell up to which a position is low, from the packed list of airfields."""
    fields = read_tables(PACKED).fields.select("latitude_deg", "longitude_deg", "elevation_ft").drop_nulls()
    highest = np.zeros((_ROWS, _COLUMNS), dtype=np.float32)
    row, column = _row_column(fields["latitude_deg"].to_numpy(), fields["longitude_deg"].to_numpy())
    elevation = fields["elevation_ft"].cast(pl.Float32).to_numpy()
    reach = int(np.ceil(_AROUND_KM / _KM_A_DEGREE * CELLS_A_DEGREE))
    latitude = np.minimum(np.abs((row + 0.5) / CELLS_A_DEGREE - 90.0), 85.0)
    wide = np.ceil(_AROUND_KM / (_KM_A_DEGREE * np.cos(np.radians(latitude))) * CELLS_A_DEGREE).astype(np.int64)
    for down in range(-reach, reach + 1):
        for across in range(-int(wide.max()), int(wide.max()) + 1):
            touched = np.abs(across) <= wide
            at = (np.clip(row[touched] + down, 0, _ROWS - 1), (column[touched] + across) % _COLUMNS)
            np.maximum.at(highest, at, elevation[touched])
    return highest + np.float32(LOW_FT)


def ceiling_ft(latitude_deg: Array, longitude_deg: Array) -> Array:
    """Give the pressure altitude up to which positions at these points count as low."""
    highest: Array = _ceilings()[_row_column(np.asarray(latitude_deg), np.asarray(longitude_deg))]
    return highest
