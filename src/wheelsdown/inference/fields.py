"""Airfields and runways as flat arrays with a grid, for the compiled kernel."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import polars as pl

__all__ = ["CELLS_PER_DEG", "FieldIndex", "FieldNames", "build_index", "build_names"]

CELLS_PER_DEG = 4
_KIND = {"heliport": 1, "seaplane_base": 2, "balloonport": 2, "closed": 3}
_M_PER_FT = 0.3048

F64 = np.ndarray[Any, np.dtype[np.float64]]
I64 = np.ndarray[Any, np.dtype[np.int64]]


class FieldIndex(NamedTuple):
    """Arrays over airfields (`f_`), over runways (`r_`), and the grid (`cell_`).

    Fields are in the order of the AIRFIELDS frame they were made from. Runways of field k are
    ``r_first[k]:r_first[k + 1]``; a runway without both ends' positions is left out, but its length counts.
    """

    f_lat: F64
    f_lon: F64
    f_elev_ft: F64
    f_guess_ft: F64  # elevation, or where it is unknown that of listed fields around
    f_kind: np.ndarray[Any, np.dtype[np.int8]]
    f_length_m: F64
    f_hard_m: F64  # longest runway that is not grass
    r_first: I64
    r_lat1: F64
    r_lon1: F64
    r_elev1_ft: F64
    r_lat2: F64
    r_lon2: F64
    r_elev2_ft: F64
    r_heading_deg: F64
    r_length_m: F64
    r_grass: np.ndarray[Any, np.dtype[np.int8]]
    cell_first: I64
    cell_field: I64


class FieldNames(NamedTuple):
    """What the arrays of FieldIndex are called, in the same order."""

    code: list[str]
    ident: list[str]
    name: list[str | None]
    kind: list[str]
    zone: list[str | None]
    runway: list[tuple[str, str]]


def build_index(airfields: pl.DataFrame, runways: pl.DataFrame) -> FieldIndex:
    """Index AIRFIELDS and RUNWAYS. The last few indexes are kept, keyed by the frames' identity."""
    return _cached(_Pair(airfields, runways))[0]


def build_names(airfields: pl.DataFrame, runways: pl.DataFrame) -> FieldNames:
    """Names for the same frames, in the same order."""
    return _cached(_Pair(airfields, runways))[1]


class _Pair:
    """Hash two frames by identity, keeping them alive as long as the cache does."""

    def __init__(self, airfields: pl.DataFrame, runways: pl.DataFrame) -> None:
        self.airfields, self.runways = airfields, runways

    def __hash__(self) -> int:
        return hash((id(self.airfields), id(self.runways)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pair) and self.airfields is other.airfields and self.runways is other.runways


@lru_cache(maxsize=4)
def _cached(pair: _Pair) -> tuple[FieldIndex, FieldNames]:
    fields, runways = pair.airfields, pair.runways
    n = fields.height
    lat = fields["latitude_deg"].to_numpy().astype(np.float64)
    lon = fields["longitude_deg"].to_numpy().astype(np.float64)
    elev = fields["elevation_ft"].cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)
    kind = np.array([_KIND.get(k or "", 0) for k in fields["kind"].to_list()], dtype=np.int8)

    own = fields.select(pl.col("code"), pl.int_range(pl.len(), dtype=pl.Int64).alias("k"))
    # a closed runway at an open field is still a place where wheels can meet concrete: it stays, after the open ones
    rw = runways.join(own, on="code", how="inner").sort(
        ["k", "closed", "length_ft", "le_ident"], descending=[False, False, True, False], nulls_last=True
    )
    length_m = rw["length_ft"].cast(pl.Float64).fill_null(float("nan")).to_numpy() * _M_PER_FT
    grass = (
        rw["surface"].fill_null("").str.to_uppercase().str.contains(r"^(?:TURF|GRS|GRASS|SOD|WATER)").to_numpy()
    )  # fmt: skip
    longest, hard = np.full(n, np.nan), np.full(n, np.nan)
    _longest(longest, rw["k"].to_numpy(), length_m)
    _longest(hard, rw["k"].to_numpy()[~grass], length_m[~grass])
    has_ends = rw.select(
        pl.all_horizontal(
            pl.col(c).is_not_null()
            for c in ("le_latitude_deg", "le_longitude_deg", "he_latitude_deg", "he_longitude_deg")
        )
    ).to_series()
    grass = grass[has_ends.to_numpy()]
    rw = rw.filter(has_ends)
    ends = {
        c: rw[c].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        for c in rw.columns
        if c[:3] in ("le_", "he_") and "ident" not in c
    }
    lat1, lon1 = ends["le_latitude_deg"], ends["le_longitude_deg"]
    lat2, lon2 = ends["he_latitude_deg"], ends["he_longitude_deg"]
    east = ((lon2 - lon1 + 180) % 360 - 180) * np.cos(np.radians((lat1 + lat2) / 2))
    north = lat2 - lat1
    measured_m = np.hypot(east, north) * 111_195.0
    # ends that lie together or absurdly far apart are an error of the list: such a runway has no geometry
    good = (measured_m > 100) & (measured_m < 8000)
    rw_k = rw["k"].to_numpy()[good]
    own_elev = elev[rw_k] if len(rw_k) else np.zeros(0)
    e1 = np.where(np.isnan(ends["le_elevation_ft"][good]), own_elev, ends["le_elevation_ft"][good])
    e2 = np.where(np.isnan(ends["he_elevation_ft"][good]), own_elev, ends["he_elevation_ft"][good])
    grass = grass[good]
    _longest(longest, rw_k, measured_m[good])
    _longest(hard, rw_k[~grass], measured_m[good][~grass])

    cells = _cell(lat, lon)
    order = np.argsort(cells, kind="stable")
    n_cells = 180 * CELLS_PER_DEG * 360 * CELLS_PER_DEG
    first = np.searchsorted(cells[order], np.arange(n_cells + 1)).astype(np.int64)
    idents = rw.select("le_ident", "he_ident").filter(pl.Series(good)).rows() if len(rw_k) else []
    names = FieldNames(
        fields["code"].to_list(), fields["ident"].to_list(), fields["name"].to_list(),
        [k or "unknown" for k in fields["kind"].to_list()], fields["time_zone"].to_list(),
        [(a or "?", b or "?") for a, b in idents],
    )  # fmt: skip
    index = FieldIndex(
        lat, lon, elev, _guessed(lat, lon, elev), kind, longest, hard,
        np.searchsorted(rw_k, np.arange(n + 1)).astype(np.int64),
        lat1[good], lon1[good], e1, lat2[good], lon2[good], e2,
        np.degrees(np.arctan2(east[good], north[good])) % 360.0, measured_m[good], grass.astype(np.int8),
        first, order.astype(np.int64),
    )  # fmt: skip
    return index, names


def _guessed(lat: F64, lon: F64, elev: F64) -> F64:
    """Fill unknown elevations with the mean of the fields in the same degree: good enough to keep a rival, no more."""
    cell = (np.floor(lat + 90.0).clip(0, 179) * 360 + np.floor(lon + 180.0) % 360).astype(np.int64)
    known = ~np.isnan(elev)
    total = np.bincount(cell[known], elev[known], 180 * 360)
    count = np.bincount(cell[known], minlength=180 * 360)
    return np.where(known, elev, total[cell] / np.maximum(1, count[cell]))


def _longest(out: F64, fields: I64, length_m: F64) -> None:
    """Raise each field's longest runway to what is listed; unknown lengths leave it as it is."""
    known = ~np.isnan(length_m)
    np.fmax.at(out, fields[known], length_m[known])


def _cell(lat: F64, lon: F64) -> I64:
    rows = np.clip(np.floor((lat + 90.0) * CELLS_PER_DEG), 0, 180 * CELLS_PER_DEG - 1).astype(np.int64)
    cols = np.floor((lon + 180.0) * CELLS_PER_DEG).astype(np.int64) % (360 * CELLS_PER_DEG)
    return rows * (360 * CELLS_PER_DEG) + cols
