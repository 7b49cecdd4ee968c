"""Which aircraft and days a question needs to see: told from the small tables, so that little of the large is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from wheelsdown.geo import distance_km_expr
from wheelsdown.lake.cells import cells_within
from wheelsdown.lake.neighbours import beyond, with_neighbours
from wheelsdown.lake.pruned import Wanted, read_all
from wheelsdown.lake.store import Lake
from wheelsdown.schema import AIRCRAFT_DAYS, NEAR

__all__ = ["Around", "all_days", "came_near", "in_window", "of_aircraft", "tied_to"]

NEAR_KM: Final = 15.0
"""Whoever was on the ground or low this near may have been at the place."""
FAR_KM: Final = 65.0
"""A silence that began or ended this near, low enough, may hide a stop there (`Rules.possible_km`: 60 by default)."""
LOW_ENOUGH_FT: Final = 13_000.0
"""So high above the place at most (`Rules.possible_height_ft`: 10,000 by default)."""
WINDOW_DAYS: Final = 60
"""How far before and after a window stays and silences are followed where every aircraft is asked for."""
_KEY: Final = ["icao24", "track_id"]


@dataclass(frozen=True)
class Around:
    """A place: whoever may have stopped within `radius_km` of it is wanted."""

    latitude_deg: float
    longitude_deg: float
    elevation_ft: float
    radius_km: float = 0.0


def _scan_days(lake: Lake) -> pl.LazyFrame:
    files = list(lake.layout.files("aircraft"))
    if not files:
        return AIRCRAFT_DAYS.empty().lazy()
    return pl.scan_parquet(files, glob=False)


def all_days(lake: Lake, since: date | None = None, until: date | None = None, *, beside: int = 1) -> pl.DataFrame:
    """Tell who was received when: icao24, track_id, day, positions; all, or in a window and `beside` days round it."""
    scan = _scan_days(lake)
    if since is not None:
        scan = scan.filter(pl.col("day") >= since - timedelta(days=beside))
    if until is not None:
        scan = scan.filter(pl.col("day") <= until + timedelta(days=beside))
    return _days(scan)


def in_window(lake: Lake, since: date | None, until: date | None) -> pl.DataFrame:
    """Tell what must be read to answer for every aircraft in a window.

    Returns
    -------
    polars.DataFrame
        icao24, track_id, day, positions, and `more`: days on which only these aircraft are wanted, to follow their
        stays and silences out of the window, at most `WINDOW_DAYS`.
    """
    core = all_days(lake, since, until).with_columns(more=pl.lit(value=False))
    if since is None and until is None:
        return core
    around = all_days(lake, since, until, beside=WINDOW_DAYS)
    further = beyond(lake, around, since, until, tied_to(lake)).with_columns(more=pl.lit(value=True))
    further = further.join(core, on=[*_KEY, "day"], how="anti", nulls_equal=True)
    return pl.concat([core, further]).sort(*_KEY, "day")


def of_aircraft(
    lake: Lake,
    icao24: Sequence[str],
    since: date | None = None,
    until: date | None = None,
    *,
    track_id: Sequence[str] = (),
) -> pl.DataFrame:
    """Tell on which days these aircraft, or recordings, were received, in a window and round it.

    Returns
    -------
    polars.DataFrame
        icao24, track_id, day, positions.
    """
    ties = tied_to(lake)
    days = _days(_scan_days(lake).filter(_known(icao24, track_id, ties)))
    one = timedelta(days=1)
    inside = pl.lit(value=True)
    if since is not None:
        inside = inside & (pl.col("day") >= since - one)
    if until is not None:
        inside = inside & (pl.col("day") <= until + one)
    chosen = with_neighbours(days, days.filter(inside).select(*_KEY, "day"), ties)
    # a silence may last longer than the window
    return pl.concat([chosen, beyond(lake, days, since, until, ties)]).unique().sort(*_KEY, "day")


def tied_to(lake: Lake) -> pl.DataFrame:
    """Give what flight lists in the lake say of recordings: track_id, icao24."""
    return lake.names().select("track_id", "icao24").drop_nulls().unique().sort("track_id", "icao24")


def _known(icao24: Sequence[str], track_id: Sequence[str], ties: pl.DataFrame) -> pl.Expr:
    """Select rows of these aircraft and recordings, and of recordings that a flight list gives to these aircraft."""
    tracks = [*track_id, *ties.filter(pl.col("icao24").is_in(list(icao24)))["track_id"]]
    known = pl.col("icao24").is_in(list(icao24)).fill_null(value=False)
    if tracks:
        known = known | pl.col("track_id").is_in(tracks).fill_null(value=False)
    return known


def came_near(
    lake: Lake,
    places: Sequence[Around],
    since: date | None = None,
    until: date | None = None,
    icao24: Sequence[str] | None = None,
    *,
    track_id: Sequence[str] = (),
    any_height: bool = False,
    near_km: float = NEAR_KM,
    far_km: float = FAR_KM,
    low_enough_ft: float = LOW_ENOUGH_FT,
) -> pl.DataFrame:
    """Tell who may have stopped at a place, and which of their days must be read to say so.

    Parameters
    ----------
    lake : Lake
    places : sequence of Around
    since, until : date, optional
        UTC days of the window, both included.
    icao24 : sequence of str, optional
        Only these aircraft.
    track_id : sequence of str
        And these recordings, where `icao24` is given.
    any_height : bool
        Also whoever fell silent, or stood on the ground, within `far_km` at any height: for questions about silences.
    near_km, far_km, low_enough_ft : float
        See `NEAR_KM`, `FAR_KM`, `LOW_ENOUGH_FT`: more where the rules of inference reach farther.

    Returns
    -------
    polars.DataFrame
        icao24, track_id, day, positions.

    Notes
    -----
    Never too few: a stop leaves a row of NEAR at its place, on the ground, low, or where a silence began or ended.
    """
    one = timedelta(days=1)
    paths = [
        lake.layout.path("near", d)
        for d in lake.layout.days("near")
        if (since is None or d >= since - one) and (until is None or d <= until + one)
    ]
    ties = tied_to(lake)
    if not paths or not places:
        return _days(AIRCRAFT_DAYS.empty().lazy())
    cells = sorted({c for p in places for c in cells_within(p.latitude_deg, p.longitude_deg, p.radius_km + far_km)})
    columns = ["place_cell", *_KEY, "time_utc", "latitude_deg", "longitude_deg", "altitude_ft", "kind"]
    rows = read_all(lake.layout, [(p, Wanted("place_cell", cells)) for p in paths], NEAR, columns)
    if icao24 is not None:
        rows = rows.filter(_known(icao24, track_id, ties))
    found = [rows.filter(_may_stop(p, near_km, far_km, low_enough_ft, any_height=any_height)) for p in places]
    wanted = pl.concat(found).select(*_KEY, day=pl.col("time_utc").dt.date()).unique()
    seen = wanted["icao24"].drop_nulls().unique().to_list()
    if wanted["icao24"].null_count():
        seen += ties.filter(pl.col("track_id").is_in(wanted["track_id"].drop_nulls().to_list()))["icao24"].to_list()
    tracks = wanted.filter(pl.col("icao24").is_null())["track_id"].drop_nulls().unique().to_list()
    days = _days(_scan_days(lake).filter(_known(seen, tracks, ties)))
    chosen = with_neighbours(days, wanted, ties)
    if since is not None or until is not None:
        chosen = pl.concat([chosen, beyond(lake, days, since, until, ties)]).unique()
    return chosen.sort(*_KEY, "day")


def _may_stop(place: Around, near_km: float, far_km: float, low_enough_ft: float, *, any_height: bool) -> pl.Expr:
    km = distance_km_expr("latitude_deg", "longitude_deg", place.latitude_deg, place.longitude_deg)
    if any_height:
        return km <= place.radius_km + far_km
    low = (pl.col("altitude_ft") <= place.elevation_ft + low_enough_ft).fill_null(value=True)
    end = (pl.col("kind") == "end") & low & (km <= place.radius_km + far_km)
    # the ground may lie higher than any field of the list: whoever says it is on it is near enough
    return end | ((km <= place.radius_km + near_km) & (low | (pl.col("kind") == "ground")))


def _days(scan: pl.LazyFrame) -> pl.DataFrame:
    return scan.group_by(*_KEY, "day").agg(pl.col("positions").cast(pl.Int64).sum()).collect().sort(*_KEY, "day")
