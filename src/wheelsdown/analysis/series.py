"""Visits a day, beside how much of each day was observed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from wheelsdown.analysis.covering import Covers, days_covered
from wheelsdown.analysis.exposure import exposure_of
from wheelsdown.analysis.sorting import COUNTED, sort_visits
from wheelsdown.errors import UsageError
from wheelsdown.schema import SELECTIONS, SERIES

__all__ = ["days_of", "series"]

_GRADES: Final = ("observed", "inferred", "likely", "possible")
_DAY: Final = timedelta(days=1)


def series(
    visits: pl.DataFrame,
    *,
    airfield: str | None = None,
    since: datetime,
    until: datetime,
    observability: pl.DataFrame | None = None,
    exposure_days: float | None = None,
    time_zone: str = "UTC",
    selection: str = "all",
    grades: Sequence[str] = COUNTED,
    covers: Covers = None,
) -> pl.DataFrame:
    """Count visits by day, with the exposure of each day.

    Parameters
    ----------
    visits : frame of VISITS
        Rows at other airfields, outside the window, at its edge, set aside, told twice or rejected are left out.
    airfield : str, optional
        Code; None: all.
    since, until : datetime
        The window of touchdowns, aware, the end not included.
    observability : frame of OBSERVABILITY, optional
        Of the airfield, by UTC days. A day's exposure is the chance that a visit is counted: `counted_probability`
        where only observed and inferred visits are, else `seen_probability`. A day that was not observed, or of which
        nothing is known, has none: it is no day without visits.
    exposure_days : float, optional
        Days of the window that were observed, where somebody knows how many and nobody which; not together with
        `observability`. They are spread evenly.
    time_zone : str
        IANA zone of the days.
    selection : str
        all, fleet, hand_picked (`schema.SELECTIONS`). Of files picked by hand no day has an exposure: what was left out
        is not there.
    grades : sequence of str
        Grades counted in `visits`; other grades are counted in `weaker`.
    covers : pair of datetime, optional
        First and last time of any row of the data that visits come from, asked for or not; an empty tuple: there was
        none. Days before and after are days of which nobody says that they were watched: they have no exposure, unless
        other traffic judges the days, or `exposure_days` says how many there were.

    Returns
    -------
    SERIES
        One row a day of the window, in order. Where nothing is known of any day, exposure is 1 and `known` is false.
        Days that the window cuts have the part of it that lies inside.

    Raises
    ------
    UsageError
        The window is empty or naive, a grade or selection is unknown, or the exposure is longer than the window.

    Notes
    -----
    A visit is booked on the day of its best touchdown time. It knows the visits that were received, and no others.
    """
    _check(since, until, grades, selection, exposure_days, observability)
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    days = days_of(since, until, time_zone)
    exposure, known = _exposures(
        days, airfield, since, until, observability, exposure_days, time_zone, _chance_of(grades)
    )
    if covers is not None and exposure_days is None and not known:
        # of no row at all, no day
        first, last = days_covered(covers, time_zone) if covers else (date.max, date.min)
        exposure = [x if first <= day <= last else 0.0 for day, x in zip(days, exposure, strict=True)]
    if selection == "hand_picked":
        exposure, known = [0.0] * len(days), False
    rows = sort_visits(visits, airfield=airfield, since=since, until=until).all
    rows = rows.filter(pl.col("_role").is_in(("counted", "weaker")))
    at = pl.coalesce("arrived_utc", "arrived_latest_utc", "arrived_earliest_utc")
    rows = rows.with_columns(
        # a best time may lie a hair outside bounds that somebody else wrote
        day=at.dt.convert_time_zone(time_zone).dt.date().clip(days[0], days[-1]),
        _counted=pl.col("grade").is_in(list(grades)),
    )
    counted = (
        rows.filter("_counted")
        .sort(at, "visit_id")
        .group_by("day", maintain_order=True)
        .agg(
            visits=pl.len().cast(pl.Int64),
            visit_ids=pl.col("visit_id"),
            sources=pl.col("source").drop_nulls().unique().sort(),
        )
    )
    weaker = rows.filter(~pl.col("_counted")).group_by("day").agg(weaker=pl.len().cast(pl.Int64))
    frame = pl.DataFrame({"day": days, "exposure": exposure}, schema={"day": pl.Date, "exposure": pl.Float64})
    frame = frame.join(counted, on="day", how="left").join(weaker, on="day", how="left").sort("day")
    frame = frame.with_columns(
        pl.col("visits", "weaker").fill_null(0),
        airfield=pl.lit(airfield, dtype=pl.String),
        time_zone=pl.lit(time_zone),
        known=pl.lit(known),
    )
    return SERIES.conform(frame)


def days_of(since: datetime, until: datetime, zone: str) -> list[date]:
    """Days of a zone that a window touches."""
    tz = ZoneInfo(zone)
    first = since.astimezone(tz).date()
    last = (until - timedelta(microseconds=1)).astimezone(tz).date()
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def _chance_of(grades: Sequence[str]) -> str:
    return "counted_probability" if set(grades) <= set(COUNTED) else "seen_probability"


def _exposures(
    days: list[date],
    airfield: str | None,
    since: datetime,
    until: datetime,
    observability: pl.DataFrame | None,
    exposure_days: float | None,
    zone: str,
    chance: str,
) -> tuple[list[float], bool]:
    """Give the exposure of each day, and whether it is judged from other traffic."""
    tz = ZoneInfo(zone)
    bounds = [
        (
            datetime.combine(d, time(), tzinfo=tz).astimezone(UTC),
            datetime.combine(d + _DAY, time(), tzinfo=tz).astimezone(UTC),
        )
        for d in days
    ]
    inside = [(max(a, since), min(b, until)) for a, b in bounds]
    part = [(q - p) / (b - a) for (a, b), (p, q) in zip(bounds, inside, strict=True)]
    if exposure_days is not None:
        share = min(exposure_days / ((until - since) / _DAY), 1.0)
        return [share * x for x in part], False
    of_day = _known(observability, airfield, since, until, chance)
    if of_day is None:
        return part, False
    out = []
    for (a, b), (p, q) in zip(bounds, inside, strict=True):
        seen = 0.0
        day = p.date()
        while (start := datetime.combine(day, time(), tzinfo=UTC)) < q:
            seen += of_day.get(day, 0.0) * ((min(start + _DAY, q) - max(start, p)) / (b - a))
            day += _DAY
        out.append(min(seen, 1.0))
    return out, True


def _known(
    observability: pl.DataFrame | None, airfield: str | None, since: datetime, until: datetime, chance: str
) -> dict[date, float] | None:
    """Give the chance of each UTC day that was observed; None where nothing is known of any."""
    if observability is None or airfield is None:
        return None
    known = exposure_of(observability, airfield=airfield, since=since, until=until)
    if known.days_observed is None:
        return None
    rows = observability.filter(pl.col("airfield") == airfield, pl.col("day").is_in(list(known.observed)))
    values = rows.select("day", pl.coalesce(chance, "seen_probability")).iter_rows()
    return dict(values)


def _check(
    since: datetime,
    until: datetime,
    grades: Sequence[str],
    selection: str,
    exposure_days: float | None,
    observability: pl.DataFrame | None,
) -> None:
    if since.tzinfo is None or until.tzinfo is None:
        raise UsageError("the window needs times with their zone")
    if since >= until:
        raise UsageError(f"the window is empty: {since} is not before {until}")
    if unknown := [g for g in grades if g not in _GRADES]:
        raise UsageError(f"no grade {unknown[0]!r} to count: one of {', '.join(_GRADES)}")
    if not grades:
        raise UsageError(f"no grades to count: name some of {', '.join(_GRADES)}")
    if selection not in SELECTIONS:
        raise UsageError(f"no selection {selection!r}: one of {', '.join(SELECTIONS)}")
    if exposure_days is None:
        return
    if observability is not None:
        raise UsageError("days observed are given twice: by number, and by the observability of the airfield")
    whole = (until - since) / _DAY
    if not 0 < exposure_days <= whole + 1e-9:
        raise UsageError(f"{exposure_days:g} days observed in a window of {whole:g}: above 0, and no more than that")
