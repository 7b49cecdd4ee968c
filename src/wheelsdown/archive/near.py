"""The coverage extract: low traffic of all aircraft near the question's places, out of the half-hour heatmaps.

Without it nobody can say what was missed: whether others were received low at that field in those hours. Low is on the
ground, or below 10,000 ft above the field, within 60 km of it: an approach at three degrees begins there. The heatmaps
thin to one position an aircraft and slice and leave out most of the traffic on the ground, so what the extract holds is
at the least what was received.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import numpy as np
import polars as pl

from wheelsdown.geo import distance_km, distance_km_expr

__all__ = [
    "HALVES",
    "NEAR_KM",
    "Elevations",
    "Place",
    "aircraft_in",
    "cut",
    "fleet_places",
    "halves_of",
    "label_of_made",
]

NEAR_KM: Final = 60.0
LOW_FT: Final = 10_000.0
HALVES: Final = 48
_HALF: Final = timedelta(minutes=30)
_MARGIN: Final = timedelta(hours=1)
_CELL_DEG: Final = 0.25
_MADE_SHARE: Final = 0.5
_MADE: Final = "SIMULATED traffic"
ALL_DAY: Final = frozenset(range(HALVES))


@dataclass(frozen=True)
class Place:
    """Where low traffic is kept, and in which half hours of the day."""

    latitude_deg: float
    longitude_deg: float
    radius_km: float
    elevation_ft: float
    halves: frozenset[int] = ALL_DAY
    name: str = ""
    """As asked; empty for a place where the fleet was."""

    def covers(self) -> pl.Expr:
        """Tell, as an expression, whether a row is low and near."""
        km = distance_km_expr("latitude_deg", "longitude_deg", self.latitude_deg, self.longitude_deg)
        return (km <= self.radius_km) & _low(pl.lit(self.elevation_ft))


def _low(elevation: pl.Expr) -> pl.Expr:
    low = (pl.col("altitude_ft") < elevation + LOW_FT).fill_null(value=False)
    return pl.col("on_ground").fill_null(value=False) | low


class Elevations:
    """Height of the ground, taken from the nearest airfield, by quarter-degree cell.

    Parameters
    ----------
    fields : AIRFIELDS
        Those without an elevation are left out.
    """

    def __init__(self, fields: pl.DataFrame) -> None:
        known = fields.filter(pl.col("elevation_ft").is_not_null()).select(
            "latitude_deg", "longitude_deg", "elevation_ft"
        )
        self._lat, self._lon, self._ft = (known[c].to_numpy().astype(np.float64) for c in known.columns)
        self._cells: dict[tuple[int, int], float] = {}

    def at(self, latitude_deg: float, longitude_deg: float) -> float:
        """Give the elevation of the airfield nearest to a cell's middle, in feet; 0 where none is known."""
        cell = (int(np.floor(latitude_deg / _CELL_DEG)), int(np.floor(longitude_deg / _CELL_DEG)))
        if cell not in self._cells:
            middle = ((cell[0] + 0.5) * _CELL_DEG, (cell[1] + 0.5) * _CELL_DEG)
            band = np.flatnonzero(np.abs(self._lat - middle[0]) < 5.0)
            if band.size:
                km = distance_km(middle[0], middle[1], self._lat[band], self._lon[band])
                self._cells[cell] = float(self._ft[band[int(np.argmin(km))]])
            else:
                self._cells[cell] = 0.0
        return self._cells[cell]

    def of(self, positions: pl.DataFrame) -> pl.Series:
        """Give the elevation at each row."""
        cells = positions.select(
            (pl.col("latitude_deg") / _CELL_DEG).floor().alias("a"),
            (pl.col("longitude_deg") / _CELL_DEG).floor().alias("b"),
        )
        unique = cells.unique()
        feet = [self.at((a + 0.5) * _CELL_DEG, (b + 0.5) * _CELL_DEG) for a, b in unique.iter_rows()]
        table = unique.with_columns(pl.Series("feet", feet, dtype=pl.Float64))
        return cells.join(table, on=["a", "b"], how="left", maintain_order="left")["feet"]


def fleet_places(positions: pl.DataFrame, day: date, elevations: Elevations) -> list[Place]:
    """Find where aircraft were low or on the ground on a day, and when.

    A low run is a row of low positions of one aircraft, silences included: of an aircraft lost low and found low the
    silence counts. Its places are the quarter-degree cells in which it was on the ground; where there are none, its
    lowest position. Their half hours are those of the run, and an hour on either side.

    Parameters
    ----------
    positions : POSITIONS
        Whole tracks.
    day : date
        UTC; positions of other days are left out.

    Returns
    -------
    list of Place
        Radius 60 km; the same cell twice is one place with the half hours of both.
    """
    start = datetime.combine(day, time(), tzinfo=UTC)
    rows = positions.filter(pl.col("time_utc").is_between(start, start + timedelta(days=1), closed="left"))
    if rows.is_empty():
        return []
    rows = rows.with_columns(
        altitude_ft=pl.coalesce("altitude_ft", "altitude_geom_ft"), _feet=elevations.of(rows)
    ).sort("icao24", "track_id", "time_utc")
    rows = rows.with_columns(_is_low=_low(pl.col("_feet")))
    who = ["icao24", "track_id"]
    rows = rows.with_columns(_run=pl.col("_is_low").rle_id().over(who)).filter("_is_low")
    if rows.is_empty():
        return []
    runs = rows.group_by(*who, "_run", maintain_order=True).agg(
        first=pl.col("time_utc").min(), last=pl.col("time_utc").max(), ground=pl.col("on_ground").any()
    )
    ground = rows.filter(pl.col("on_ground").fill_null(value=False)).with_columns(
        _a=(pl.col("latitude_deg") / _CELL_DEG).floor(), _b=(pl.col("longitude_deg") / _CELL_DEG).floor()
    )
    ground = ground.group_by(*who, "_run", "_a", "_b", maintain_order=True).agg(
        pl.col("latitude_deg", "longitude_deg", "_feet").first()
    )
    lowest = (
        rows.join(
            runs.filter(~pl.col("ground").fill_null(value=False)), on=[*who, "_run"], how="semi", nulls_equal=True
        )
        .sort("altitude_ft", "time_utc")
        .group_by(*who, "_run", maintain_order=True)
        .agg(pl.col("latitude_deg", "longitude_deg", "_feet").first())
    )
    columns = [*who, "_run", "latitude_deg", "longitude_deg", "_feet"]
    spots = pl.concat([ground.select(columns), lowest.select(columns)]).join(
        runs, on=[*who, "_run"], how="left", nulls_equal=True
    )
    found: dict[tuple[float, float], Place] = {}
    for spot in spots.sort("first", "latitude_deg", "longitude_deg").iter_rows(named=True):
        halves = halves_of(spot["first"] - _MARGIN, spot["last"] + _MARGIN, start)
        # rounded, so that the same field on the same day is one place however it was taxied over
        key = (round(spot["latitude_deg"], 1), round(spot["longitude_deg"], 1))
        known = found.get(key)
        found[key] = (
            replace(known, halves=known.halves | halves)
            if known
            else Place(spot["latitude_deg"], spot["longitude_deg"], NEAR_KM, spot["_feet"], halves)
        )
    return list(found.values())


def halves_of(first: datetime, last: datetime, midnight: datetime) -> frozenset[int]:
    """Number the half hours of a day, 0 to 47, that an interval touches."""
    begin, end = ((t - midnight) // _HALF for t in (first, last))
    return frozenset(range(max(begin, 0), min(end, HALVES - 1) + 1))


def cut(frame: pl.DataFrame, half: int, places: Sequence[Place]) -> pl.DataFrame:
    """Keep the low traffic near the places whose half hours include this one."""
    here = [p for p in places if half in p.halves]
    if not here or frame.is_empty():
        return frame.clear()
    # a band of latitude first: most of the world falls out without a sine
    rough = pl.any_horizontal([(pl.col("latitude_deg") - p.latitude_deg).abs() <= p.radius_km / 110.0 for p in here])
    return frame.filter(rough).filter(pl.any_horizontal([p.covers() for p in here]))


def aircraft_in(frame: pl.DataFrame) -> set[str]:
    """Give the addresses in rows; those that are no airframe's (``~``) are left out."""
    return {a for a in frame["icao24"].drop_nulls().unique() if not a.startswith("~")}


def label_of_made(frame: pl.DataFrame) -> str | None:
    """Give the provider's name for made traffic; None where it is not made.

    A heatmap has no room for a word. Addresses of made aircraft lie in d00000 to dfffff, which no country has: where
    more than half of a file's aircraft lie there, it is made.
    """
    known = frame.select(pl.col("icao24").drop_nulls().unique())["icao24"]
    if not len(known):
        return None
    made = known.str.strip_prefix("~").str.starts_with("d").sum()
    return _MADE if made > _MADE_SHARE * len(known) else None
