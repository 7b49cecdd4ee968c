"""Time zones of airfields that their list gives without one, from neighbours whose zone is known."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.geo import distance_km

__all__ = ["fill_zones", "nearest", "places"]

Points = tuple[Any, Any]
_FAR_KM: Final = 150.0
_NEIGHBOURS: Final = 3
_CHUNK: Final = 256
_KM_PER_DEG: Final = 111.0


def places(frame: pl.DataFrame) -> Points:
    """Give the reference points of AIRFIELDS as `nearest` takes them."""
    return frame["latitude_deg"].to_numpy(), frame["longitude_deg"].to_numpy()


def nearest(points: Points, of: Points, *, k: int = 1, within_km: float = 300.0) -> tuple[Any, Any]:
    """Give the k nearest of a set of points to each point, as far as they lie within a distance.

    Parameters
    ----------
    points : latitudes and longitudes, each of shape (n,)
        Asked about, in degrees.
    of : latitudes and longitudes, each of shape (m,)
        The set, in degrees.
    k : int
        How many.
    within_km : float
        How far to look.

    Returns
    -------
    index, distance : arrays, shape (n, k)
        Rows of the set and km, nearest first; -1 and infinity where there is none so near.
    """
    (lat, lon), (to_lat, to_lon) = points, of
    n = len(lat)
    index, distance = np.full((n, k), -1, dtype=np.int64), np.full((n, k), np.inf)
    order, to_order = np.argsort(lat, kind="stable"), np.argsort(to_lat, kind="stable")
    sorted_lat = to_lat[to_order]
    span = within_km / _KM_PER_DEG
    for start in range(0, n, _CHUNK):
        rows = order[start : start + _CHUNK]
        first, last = np.searchsorted(sorted_lat, (lat[rows[0]] - span, lat[rows[-1]] + span))
        band = to_order[first:last]
        if not len(band):
            continue
        d = distance_km(lat[rows, None], lon[rows, None], to_lat[None, band], to_lon[None, band])
        d[d > within_km] = np.inf
        take = min(k, len(band))
        part = np.argpartition(d, take - 1, axis=1)[:, :take]
        near = np.take_along_axis(d, part, axis=1)
        by = np.argsort(near, axis=1, kind="stable")
        near = np.take_along_axis(near, by, axis=1)
        index[rows, :take] = np.where(np.isfinite(near), band[np.take_along_axis(part, by, axis=1)], -1)
        distance[rows, :take] = near
    return index, distance


def fill_zones(fields: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Fill null `time_zone` from fields of the same country.

    A country with one zone has that zone. Elsewhere the three nearest fields with a known zone must lie within 300 km
    and agree, the nearest within 150 km; near a zone's border the zone stays null rather than guessed.

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
        index, distance = nearest(places(part), places(near), k=_NEIGHBOURS)
        names = near["time_zone"].to_numpy()[index]
        sure = (names == names[:, :1]).all(axis=1) & (index >= 0).all(axis=1) & (distance[:, 0] <= _FAR_KM)
        rows += part["_row"].to_numpy()[sure].tolist()
        zones += names[sure, 0].tolist()
    filled = pl.DataFrame({"_row": rows, "_zone": zones}, schema={"_row": frame.schema["_row"], "_zone": pl.String})
    return (
        frame.join(filled, on="_row", how="left", maintain_order="left")
        .with_columns(pl.coalesce("time_zone", "_zone").alias("time_zone"))
        .drop("_row", "_zone")
    )
