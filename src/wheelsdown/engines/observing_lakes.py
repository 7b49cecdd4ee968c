"""What a lake knows of others round an airfield: who was near, the extract of traffic as positions, days it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

import polars as pl

from wheelsdown.analysis.heard import RADIUS_KM, heard
from wheelsdown.lake import Lake
from wheelsdown.lake.cells import cells_within
from wheelsdown.lake.choosing import all_days
from wheelsdown.lake.coverage import SOME_AIRCRAFT, Field
from wheelsdown.lake.coverage import coverage as lake_coverage
from wheelsdown.lake.pruned import Wanted, read_all
from wheelsdown.schema import NEAR, POSITIONS

__all__ = ["archived", "extract", "heard_in"]

_TRAFFIC: Final = "traffic"
_EXTRACT_KM: Final = 65.0
_NOT_HELD: Final = ("missing", "pending", "expired", "failed", "no_archive")
_HOURS_ONLY: Final = (
    r"^(around .*|\d+ of 48 heatmaps|the end of the archive was not reached|\d+ (of \d+ )?half hours[^;]*)$"
)
"""Damage that takes hours of a day from everybody; any other may take whole aircraft."""
_COLUMNS: Final = [n for n in NEAR.names if n not in ("place_cell", "kind")]


def _read(lake: Lake, what: str, row: dict[str, Any], days: Sequence[date], radius_km: float) -> pl.DataFrame:
    cells = cells_within(row["latitude_deg"], row["longitude_deg"], radius_km)
    paths = [p for d in days if (p := lake.layout.path(what, d)).exists()]
    return read_all(lake.layout, [(p, Wanted("place_cell", cells)) for p in paths], NEAR)


def heard_in(lake: Lake, row: dict[str, Any], days: Sequence[date]) -> pl.DataFrame:
    """Tell who was received near an airfield in which hour, out of both tables of places.

    Parameters
    ----------
    lake : Lake
    row : dict
        Of AIRFIELDS.
    days : sequence of date
        Read together: a few at a time.

    Returns
    -------
    polars.DataFrame
        Columns of `wheelsdown.analysis.heard.HEARD`.
    """
    rows = pl.concat([_read(lake, what, row, days, RADIUS_KM) for what in ("near", _TRAFFIC)])
    return heard(rows, pl.DataFrame([row], schema_overrides={"code": pl.String}, infer_schema_length=None))


def extract(lake: Lake, row: dict[str, Any], days: Sequence[date]) -> Iterator[pl.DataFrame]:
    """Give the extract of other traffic round an airfield as POSITIONS, day by day.

    Aircraft whose own tracks the lake holds that day are left out: those tracks tell more.
    """
    for day in days:
        rows = _read(lake, _TRAFFIC, row, [day], _EXTRACT_KM).select(_COLUMNS)
        if rows.is_empty():
            continue
        tracked = all_days(lake, day, day, beside=0)["icao24"].drop_nulls()
        rows = rows.filter(~pl.col("icao24").is_in(tracked.to_list()).fill_null(value=False))
        yield POSITIONS.conform(rows, fill=True)


def archived(lake: Lake, row: dict[str, Any], since: date, until: date) -> pl.DataFrame:
    """Say of each day what the lake holds of others round an airfield.

    Returns
    -------
    polars.DataFrame
        day, state (``whole``, ``half``, ``missing``, ``chosen``), reason. A day asked for in vain, or never asked for
        and not in the lake, is missing; one that came without some of its hours is half a day. Of one asked for single
        aircraft only nothing is known of the others; and one that came without some of its aircraft (folders of traces
        that are missing, places that could not be read) says nothing of those, however many others it holds.
    """
    field = Field(row["code"], row["latitude_deg"], row["longitude_deg"], row["elevation_ft"] or 0.0)
    told = lake_coverage(lake, [field], since=since, until=until)
    # days of which rows lie here are known in part, whatever else was asked for in vain
    nothing = pl.col("positions").is_null()
    status = pl.col("status")
    hours_only = pl.col("reason").str.split("; ").list.eval(pl.element().str.contains(_HOURS_ONLY)).list.all()
    state = (
        pl.when(status == "damaged")
        .then(pl.when(hours_only).then(pl.lit("half")).otherwise(pl.lit("chosen")))
        .when(status.is_in(_NOT_HELD) | (status.is_null() & nothing))
        .then(pl.lit("missing"))
        .when((pl.col("reason") == SOME_AIRCRAFT).fill_null(value=False))
        .then(pl.lit("chosen"))
        .otherwise(pl.lit("whole"))
    )
    reason = pl.concat_str(status, pl.col("reason"), separator=": ", ignore_nulls=True)
    return told.select("day", state=state, reason=pl.when(state == "whole").then(None).otherwise(reason))
