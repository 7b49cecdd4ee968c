"""Time zones of airfields that their list gives without one, from neighbours whose zone is known."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.geo import distance_km

__all__ = ["fill_zones", "nearest"]

_FAR_KM: Final = 150.0
_NEIGHBOURS: Final = 3
_CHUNK: Final = 512


def nearest(lat: Any, lon: Any, to_lat: Any, to_lon: Any, k: int = 1) -> tuple[Any, Any]:
    """Give the k nearest of a set of points to each point.

    Parameters
    ----------
    lat, lon : array of float, shape (n,)
        Points asked about, in degrees.
    to_lat, to_lon : array of float, shape (m,)
        The set, in degrees; m >= k.
    k : int
        How many.

    Returns
    -------
    index, distance : arrays, shape (n, k)
        Rows of the set and km, nearest first.
    """
    n = len(lat)
    index, distance = np.empty((n, k), dtype=np.int64), np.empty((n, k))
    for start in range(0, n, _CHUNK):
        stop = min(start + _CHUNK, n)
        d = distance_km(lat[start:stop, None], lon[start:stop, None], to_lat[None, :], to_lon[None, :])
        part = np.argpartition(d, k - 1, axis=1)[:, :k] if len(to_lat) > k else np.arange(k)[None, :].repeat(len(d), 0)
        near = np.take_along_axis(d, part, axis=1)
        order = np.argsort(near, axis=1, kind="stable")
        index[start:stop] = np.take_along_axis(part, order, axis=1)
        distance[start:stop] = np.take_along_axis(near, order, axis=1)
    return index, distance


def fill_zones(fields: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Fill null `time_zone` from fields of the same country.

    A country with one zone has that zone. Elsewhere the three nearest fields with a known zone must agree and the
    nearest must lie within 150 km; near a zone's border the zone stays null rather than guessed.

    Parameters
    ----------
    fields : polars.DataFrame
        AIRFIELDS, or at least `country`, `latitude_deg`, `longitude_deg`, `time_zone`.
    known : polars.DataFrame
        The same four columns; rows without a zone are not used.
    """
    frame = fields.with_row_index("_row")
    known = known.filter(pl.col("time_zone").is_not_null() & pl.col("country").is_not_null())
    zones_of = dict(known.group_by("country").agg(pl.col("time_zone").unique()).iter_rows())
    rows: list[int] = []
    zones: list[str] = []
    missing = frame.filter(pl.col("time_zone").is_null() & pl.col("country").is_not_null())
    for (country,), part in missing.group_by("country", maintain_order=True):
        have = zones_of.get(str(country), [])
        if len(have) == 1:
            rows += part["_row"].to_list()
            zones += have * part.height
            continue
        near = known.filter(pl.col("country") == country)
        if near.height < _NEIGHBOURS:
            continue
        index, distance = nearest(
            part["latitude_deg"].to_numpy(),
            part["longitude_deg"].to_numpy(),
            near["latitude_deg"].to_numpy(),
            near["longitude_deg"].to_numpy(),
            _NEIGHBOURS,
        )
        names = near["time_zone"].to_numpy()[index]
        sure = (names == names[:, :1]).all(axis=1) & (distance[:, 0] <= _FAR_KM)
        rows += part["_row"].to_numpy()[sure].tolist()
        zones += names[sure, 0].tolist()
    filled = pl.DataFrame(
        {"_row": rows, "_zone": zones}, schema={"_row": frame.schema["_row"], "_zone": pl.String}
    )
    return (
        frame.join(filled, on="_row", how="left", maintain_order="left")
        .with_columns(pl.coalesce("time_zone", "_zone").alias("time_zone"))
        .drop("_row", "_zone")
    )
