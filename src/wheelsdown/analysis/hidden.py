"""How many visits a silence could hide: the space-time prism, and what observability takes away from it."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.geo import distance_km
from wheelsdown.schema import GAPS
from wheelsdown.units import KM_PER_NM

__all__ = ["FAST_KT", "GROUND_MIN", "UNBOUNDED_H", "Hidden", "Place", "hidden_visits", "place_of", "with_doubtful"]

FAST_KT: Final = 600.0
"""Upper bound of ground speed for `could have`."""
GROUND_MIN: Final = 15.0
"""Shortest stop (offload with engines running)."""
UNBOUNDED_H: Final = 48.0
"""An aircraft unheard for so long at a stretch, on days that were not watched as far as is known, could have come any
number of times; days apart that nobody watched, with watched ones between, have room for so many."""
_DOUBTS: Final = ("teleport", "interleaved", "spoofing_target")
_WHO: Final = pl.coalesce("icao24", "track_id")
_USABLE_M: Final = 800.0
_M_PER_FT: Final = 0.3048
_ELSEWHERE_KM: Final = 300.0
"""Where no other field is known within reach."""


@dataclass(frozen=True)
class Place:
    """An airfield, and how far the next one is."""

    code: str
    latitude_deg: float
    longitude_deg: float
    other_km: float
    """Distance to the nearest other field with a runway of 800 m: the shortest way to come twice."""


@dataclass(frozen=True)
class Hidden:
    """What silences could hide at one airfield."""

    most: int | None
    """Visits that would fit; None where there is no bound."""
    silences: int
    """Silences that hold at least one."""
    why: tuple[str, ...] = ()
    """Why there is no bound; what the days in question lack is for the caller to say."""


def place_of(code: str, airfields: pl.DataFrame, runways: pl.DataFrame) -> Place:
    """Look an airfield up, with the distance to the next usable one.

    Parameters
    ----------
    code : str
        Code in AIRFIELDS.
    airfields, runways : frames of AIRFIELDS and RUNWAYS

    Raises
    ------
    KeyError
        No such code.
    """
    row = airfields.filter(pl.col("code") == code)
    if not row.height:
        raise KeyError(code)
    lat, lon = float(row["latitude_deg"][0]), float(row["longitude_deg"][0])
    long_enough = (pl.col("length_ft") * _M_PER_FT >= _USABLE_M) & ~pl.col("closed").fill_null(value=False)
    usable = runways.filter(long_enough)["code"].unique()
    others = airfields.filter(
        (pl.col("code") != code)
        & pl.col("code").is_in(usable.implode())
        & ((pl.col("latitude_deg") - lat).abs() < _ELSEWHERE_KM / 100.0)
    )
    km = np.asarray(
        distance_km(lat, lon, others["latitude_deg"].to_numpy(), others["longitude_deg"].to_numpy()), dtype=np.float64
    )
    km = km[km > 1.0]
    return Place(code, lat, lon, min(float(km.min()) if len(km) else _ELSEWHERE_KM, _ELSEWHERE_KM))


def hidden_visits(
    place: Place,
    silences: pl.DataFrame,
    received: pl.DataFrame,
    *,
    since: datetime,
    until: datetime,
    fleet: Collection[str],
    unseen_days: Collection[date],
    known: pl.DataFrame,
) -> Hidden:
    """Bound the visits that a fleet could have made in silences on days that nobody is known to have watched.

    Parameters
    ----------
    place : Place
    silences : frame of GAPS
        Of the fleet's aircraft.
    received : frame of AIRCRAFT_DAYS
        Of the same: the first and last of it bound what lies outside all silences.
    since, until : datetime
        The window.
    fleet : collection of str
        Addresses, or recordings where there is no address; those never received count too.
    unseen_days : collection of date
        UTC days on which a visit could have gone unreceived: only hours of these days can hide anything.
    known : frame of VISITS
        Visits told otherwise: each takes one place in the silence it lies in.

    Returns
    -------
    Hidden

    Notes
    -----
    A legal bound, not an estimate (space-time prism; Hagerstrand 1970, Pfoser and Jensen 1999): a stop fits where the
    way to the airfield and on, at 600 kt, leaves 15 minutes on the ground; each further one needs the way to the next
    field and back. What it cannot see: stops shorter than that, and aircraft that never broadcast.
    """
    bad = _spans(sorted(unseen_days), since, until)
    if not bad:
        return Hidden(0, 0)
    rows = _all_silences(silences, received, since, until, fleet)
    v = FAST_KT * KM_PER_NM / 3600.0
    ground_s = GROUND_MIN * 60.0
    again_s = 2.0 * place.other_km / v + 2.0 * ground_s
    total, held, longest = 0, 0, 0.0
    taken = _by_aircraft(known)
    for who, t0, t1, lat0, lon0, lat1, lon1, still in rows:
        hours = [(max(t0, a), min(t1, b)) for a, b in bad if t0 < b and t1 > a]
        if not hours:
            continue
        way = [
            0.0 if math.isnan(lat) else float(distance_km(lat, lon, place.latitude_deg, place.longitude_deg)) / v
            for lat, lon in ((lat0, lon0), (lat1, lon1))
        ]
        spare = t1 - t0 - sum(way) - (0.0 if still else ground_s)
        here = still and not math.isnan(lat0) and way[0] * v < 5.0
        if spare < 0.0 or (here and t1 - t0 < again_s - ground_s):
            continue
        # a touchdown must fall into hours nobody watched
        watched_not = sum(b - a for a, b in hours)
        longest = max(longest, *(b - a for a, b in hours))
        first = 0 if here else 1
        fits = first + math.floor(max(0.0, min(spare, watched_not + again_s)) / again_s)
        fits = fits if not here else math.floor((t1 - t0 + ground_s) / again_s)
        told = sum(1 for a in taken.get(who, ()) if t0 <= a <= t1)
        left = max(0, fits - told)
        total += left
        held += left > 0
    if longest >= UNBOUNDED_H * 3600.0:
        return Hidden(None, held, (f"an aircraft was not received for {longest / 3600.0:.0f} h",))
    return Hidden(total, held)


def with_doubtful(silences: pl.DataFrame, legs: pl.DataFrame) -> pl.DataFrame:
    """Add to silences the flights whose positions may be false: where the aircraft was meanwhile is not known.

    Parameters
    ----------
    silences : frame of GAPS
    legs : frame of LEGS
        Of the same aircraft.

    Returns
    -------
    frame of GAPS
        With a row more for each doubtful leg, without places: any way to the airfield may have fitted.
    """
    doubtful = pl.col("integrity").list.eval(pl.element().is_in(_DOUBTS)).list.any().fill_null(value=False)
    rows = legs.filter(doubtful).select(
        "icao24",
        "track_id",
        from_utc="first_received_utc",
        to_utc="last_received_utc",
        kind=pl.lit("doubtful"),
        source="source",
    )
    return pl.concat([silences, GAPS.conform(rows, fill=True)])


def _spans(days: Sequence[date], since: datetime, until: datetime) -> list[tuple[float, float]]:
    """Join days in a row to spans of seconds since 1970, cut to the window."""
    out: list[tuple[float, float]] = []
    lo, hi = since.timestamp(), until.timestamp()
    for day in days:
        a = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
        b = a + timedelta(days=1).total_seconds()
        a, b = max(a, lo), min(b, hi)
        if b <= a:
            continue
        if out and out[-1][1] == a:
            out[-1] = (out[-1][0], b)
        else:
            out.append((a, b))
    return out


def _all_silences(
    silences: pl.DataFrame, received: pl.DataFrame, since: datetime, until: datetime, fleet: Collection[str]
) -> list[tuple[Any, ...]]:
    """Give silences inside the window, those before the first and after the last reception included."""
    lo, hi = since.timestamp(), until.timestamp()
    nan = math.nan

    def seconds(name: str) -> pl.Expr:
        return pl.col(name).dt.epoch("ms") / 1000.0

    of_fleet = _WHO.is_in(list(fleet))
    inside = silences.filter(of_fleet, pl.col("from_utc") < until, pl.col("to_utc") > since)
    still = (pl.col("kind") == "on_ground").fill_null(value=False)
    columns = [f"{side}_{what}_deg" for side in ("from", "to") for what in ("latitude", "longitude")]
    out = list(
        inside.select(
            _WHO,
            seconds("from_utc"),
            seconds("to_utc"),
            *(pl.col(c).fill_null(nan) for c in columns),
            still.alias("still"),
        ).iter_rows()
    )
    ends = received.filter(of_fleet).group_by(_WHO).agg(
        (pl.col("first_utc").dt.epoch("ms") / 1000.0).min(), (pl.col("last_utc").dt.epoch("ms") / 1000.0).max()
    )  # fmt: skip
    heard = {who: (first, last) for who, first, last in ends.iter_rows()}
    for who in fleet:
        first, last = heard.get(who, (None, None))
        if first is None or last is None:
            out.append((who, lo, hi, nan, nan, nan, nan, False))
            continue
        if first > lo:
            out.append((who, lo, min(first, hi), nan, nan, nan, nan, False))
        if last < hi:
            out.append((who, max(last, lo), hi, nan, nan, nan, nan, False))
    return out


def _by_aircraft(visits: pl.DataFrame) -> dict[str, list[float]]:
    moments = visits.select(
        _WHO, at=pl.coalesce("arrived_utc", "arrived_latest_utc", "departed_utc").dt.epoch("ms") / 1000.0
    ).drop_nulls()
    out: dict[str, list[float]] = {}
    for who, at in moments.iter_rows():
        out.setdefault(who, []).append(at)
    return out
