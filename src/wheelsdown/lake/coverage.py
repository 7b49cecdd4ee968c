"""What was received near an airfield, day by day: how low, by how many aircraft, and on which days nothing is known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from wheelsdown.geo import distance_km_expr
from wheelsdown.lake.cells import LOW_FT, cells_within
from wheelsdown.lake.pruned import Wanted, read_all
from wheelsdown.lake.store import Lake
from wheelsdown.schema import COVERAGE, NEAR

__all__ = ["SOME_AIRCRAFT", "Field", "coverage"]

RADIUS_KM: Final = 25.0
"""The last part of an approach: from about 4,500 ft above the field down."""
HEIGHT_FT: Final = LOW_FT
"""The near tables hold everything up to here, and higher up only the ends of silences: more cannot be counted."""
FIELD_KM: Final = 5.0
"""On the ground within this distance is at the field."""
_BEST: Final = ("received", "empty", "damaged", "failed", "expired", "pending", "missing", "no_archive")
_DAY: Final = "*"
_TRAFFIC: Final = "traffic"
_KNOWN: Final = ("received", "empty")
_ADDRESS: Final = "^~?[0-9a-f]{6}$"
_NEVER_ASKED: Final = "never asked for: nothing is known"
SOME_AIRCRAFT: Final = "asked for single aircraft: nothing is known of the others"


@dataclass(frozen=True)
class Field:
    """A place to look at."""

    code: str | None
    latitude_deg: float
    longitude_deg: float
    elevation_ft: float


def coverage(
    lake: Lake,
    fields: Sequence[Field],
    *,
    since: date | None = None,
    until: date | None = None,
    radius_km: float = RADIUS_KM,
) -> pl.DataFrame:
    """Tell for each airfield and UTC day what was received near it.

    Parameters
    ----------
    lake : Lake
    fields : sequence of Field
    since, until : date, optional
        UTC days, both included; by default from the first day the lake knows of to the last.
    radius_km : float
        Distance from the field's reference point.

    Returns
    -------
    COVERAGE
        One row a field and day, days without data included: their counts are null, not nought.

    Notes
    -----
    Counted are positions within `radius_km`, on the ground or no more than 5,000 ft above the field (pressure altitude,
    so some hundred feet off); of the aircraft in the lake, and of the extract of other traffic that `fetch` keeps. It
    cannot tell a day without traffic from a day on which no receiver listened: `status` says only whether the archive
    was there. In a lake of chosen files the numbers say nothing about the airfield's traffic.
    """
    ledger = lake.ledger()
    have = sorted({*lake.layout.days("near"), *lake.layout.days("traffic")})
    known = sorted({*have, *ledger["day"]})
    first, last = since or (known[0] if known else None), until or (known[-1] if known else None)
    if first is None or last is None or first > last:
        return COVERAGE.empty()
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    frames = [COVERAGE.empty()]
    for f in fields:
        near = _near(lake, f, [d for d in have if first <= d <= last], radius_km)
        beside = near.filter(pl.col("_beside"))["time_utc"].dt.date().unique()
        said = _said(ledger, f, beside.to_list())
        frame = pl.DataFrame({"day": days}).join(_daily(near, f), on="day", how="left", maintain_order="left")
        frame = frame.join(said, on="day", how="left", maintain_order="left")
        frames.append(_known_only(frame.with_columns(airfield=pl.lit(f.code), radius_km=pl.lit(radius_km)), have))
    return pl.concat(frames)


def _known_only(frame: pl.DataFrame, have: Sequence[date]) -> pl.DataFrame:
    """Make noughts of nothing received, but only on days of which something is known."""
    here = pl.col("day").is_in(have)
    # what was asked of single aircraft says nothing of the others: no nought comes of it
    whole = pl.col("status").is_in(_KNOWN).fill_null(value=False) & ~pl.col("_part").fill_null(value=True)
    known_day = whole | here
    unasked = pl.when(pl.col("status").is_null() & ~here).then(pl.lit(_NEVER_ASKED)).otherwise("reason")
    counts = ("positions", "aircraft", "aircraft_on_ground", "hours")
    filled = [pl.when(known_day).then(pl.col(c).fill_null(0)).otherwise(pl.col(c)).alias(c) for c in counts]
    return COVERAGE.conform(frame.with_columns(unasked.alias("reason"), *filled).drop("_part"), fill=True)


def _near(lake: Lake, f: Field, days: Sequence[date], radius_km: float) -> pl.DataFrame:
    """Read the rows round a field from both tables of places."""
    cells = cells_within(f.latitude_deg, f.longitude_deg, radius_km)
    frames = [NEAR.empty().with_columns(_beside=pl.lit(value=False))]
    for what in ("near", _TRAFFIC):
        if paths := [p for d in days if (p := lake.layout.path(what, d)).exists()]:
            found = read_all(lake.layout, [(p, Wanted("place_cell", cells)) for p in paths], NEAR)
            frames.append(found.with_columns(_beside=pl.lit(what == _TRAFFIC)))
    rows = pl.concat(frames)
    km = distance_km_expr("latitude_deg", "longitude_deg", f.latitude_deg, f.longitude_deg)
    rows = rows.with_columns(_km=km, _height=pl.col("altitude_ft") - f.elevation_ft)
    low = (pl.col("kind") == "ground") | (pl.col("_height") <= HEIGHT_FT)
    return rows.filter((pl.col("_km") <= radius_km) & low)


def _daily(near: pl.DataFrame, f: Field) -> pl.DataFrame:
    aircraft = pl.coalesce("icao24", "track_id")
    ground = (pl.col("kind") == "ground") & (pl.col("_km") <= FIELD_KM)
    flying = pl.col("_height").filter(pl.col("kind") != "ground")
    lowest = (
        near.filter(pl.col("kind") != "ground")
        .group_by(pl.col("time_utc").dt.date().alias("day"), aircraft.alias("who"))
        .agg(pl.col("_height").min())
        .group_by("day")
        .agg(reach_ft=pl.col("_height").median().cast(pl.Float64))
    )
    return (
        near.group_by(pl.col("time_utc").dt.date().alias("day"))
        .agg(
            sources=pl.col("source").unique().sort(),
            positions=pl.len().cast(pl.Int32),
            aircraft=aircraft.n_unique().cast(pl.Int32),
            aircraft_on_ground=aircraft.filter(ground).n_unique().cast(pl.Int32),
            lowest_ft=flying.min().cast(pl.Float64),
            hours=pl.col("time_utc").dt.hour().n_unique().cast(pl.Int32),
            first_utc=pl.col("time_utc").min(),
            last_utc=pl.col("time_utc").max(),
        )
        .join(lowest, on="day", how="left")
        .sort("day")
    )


def _said(ledger: pl.DataFrame, f: Field, beside: Sequence[date]) -> pl.DataFrame:
    """Give the best that the ledger says of each day at a place.

    What was asked of the whole day, or of this place, counts before single aircraft. An extract of other traffic counts
    where it was kept round this place: so its reason says, or rows of it lie there (`beside`).
    """
    at = f"at {f.latitude_deg:g},{f.longitude_deg:g}" if f.code is None else f"airfield {f.code}"
    here = pl.col("what").str.contains(rf"^{re.escape(at)}(,|$)")
    round_here = pl.col("reason").str.contains(rf"^around ([^;]*, )?{re.escape(at)}(,|;|$)").fill_null(value=False)
    extract = pl.col("what") == _TRAFFIC
    elsewhere = extract & ~round_here & ~pl.col("day").is_in(beside)
    ledger = ledger.filter(~elsewhere)
    whole = here | extract | (pl.col("what") == _DAY)
    rank = pl.col("status").replace_strict({s: i for i, s in enumerate(_BEST)}, default=len(_BEST))
    return (
        ledger.with_columns(_rank=rank, _part=~whole)
        .sort("day", "_part", "_rank", "source", maintain_order=True)
        .unique("day", keep="first", maintain_order=True)
        .with_columns(
            reason=pl.when(pl.col("what").str.contains(_ADDRESS) & pl.col("status").is_in(("received", "empty")))
            .then(pl.coalesce("reason", pl.lit(SOME_AIRCRAFT)))
            .otherwise("reason")
        )
        .select("day", "status", "reason", "_part")
    )
