"""What timing compares: days of a series, first days of events, and which events each window can be compared for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from wheelsdown.analysis.timing_eca import Comparison, reach
from wheelsdown.analysis.timing_shift import Bins, strata_of
from wheelsdown.analysis.wording import number
from wheelsdown.errors import UsageError
from wheelsdown.schema import EVENTS, SERIES

__all__ = ["EVENTS_LEAST", "Onset", "Period", "comparison", "onsets_of", "period_of"]

EVENTS_LEAST: Final = 3
"""Fewer events say nothing: two of two come by chance too often."""
_MONTH: Final = 30.0
_EPS: Final = 1e-9


@dataclass(frozen=True)
class Period:
    """The series over the days asked about."""

    bins: Bins
    airfield: str | None
    days: pl.DataFrame
    """SERIES, the days of the period on which something was observed."""
    off: int
    """Visits on days that were not observed."""
    blank: int
    """Days not observed."""
    assumed: bool
    """Some exposure is assumed and not judged."""
    partly: bool = False
    """Some day observed has a part of its exposure only."""
    cut: bool = False
    """The days that were not observed lie before and after all others."""


@dataclass(frozen=True)
class Onset:
    """One day on which events began."""

    day: date
    at: int
    """Number of the day in the period."""
    ids: tuple[str, ...]
    name: str | None
    precision: float
    """Its day is known to so many days."""
    longer: bool
    """It went on after its first day, and is booked on that."""


def period_of(
    series: pl.DataFrame, since: datetime, until: datetime, time_zone: str, regimes: Sequence[date] = ()
) -> Period:
    """Lay the days of a series out from end to end; a day without a row was not observed.

    Raises
    ------
    UsageError
        Naive or empty window, days of another zone, more than one airfield, a day twice, or an exposure outside 0 to 1.
    """
    if since.tzinfo is None or until.tzinfo is None:
        raise UsageError("the window needs times with their zone")
    if since >= until:
        raise UsageError(f"the window is empty: {since} is not before {until}")
    frame = SERIES.conform(series)
    if other := [z for z in frame["time_zone"].unique().to_list() if z != time_zone]:
        raise UsageError(f"the series has days of {other[0]}, and {time_zone} is asked for: make it in one zone")
    if frame["airfield"].n_unique() > 1:
        raise UsageError("the series has several airfields: give one at a time")
    if frame["day"].n_unique() != frame.height:
        raise UsageError(f"the series has {frame['day'].filter(frame['day'].is_duplicated())[0]} more than once")
    if frame.filter(pl.col("exposure").is_nan() | ~pl.col("exposure").is_between(0, 1)).height:
        raise UsageError("the series has an exposure outside 0 to 1: it is the share of a day")
    if frame.filter(pl.col("visits") < 0).height:
        raise UsageError("the series has a day with fewer than no visits")
    place = ZoneInfo(time_zone)
    first = since.astimezone(place).date()
    size = ((until - timedelta(microseconds=1)).astimezone(place).date() - first).days + 1
    used = frame.filter(pl.col("day").is_between(first, first + timedelta(days=size - 1))).sort("day")
    visits, exposure = np.zeros(size, dtype=np.int64), np.zeros(size)
    at = (used["day"] - first).dt.total_days().to_numpy()
    exposure[at] = used["exposure"].to_numpy()
    visits[at] = used["visits"].to_numpy()
    off = int(visits[exposure <= 0].sum())
    visits[exposure <= 0] = 0
    seen = used.filter(pl.col("exposure") > 0)
    return Period(
        Bins(first, visits, exposure, strata_of(first, size, regimes)),
        frame["airfield"][0] if frame.height else None,
        seen,
        off,
        int((exposure <= 0).sum()),
        bool((~seen["known"]).any()),
        bool((seen["exposure"] < 1.0 - _EPS).any()),
        0 < seen.height < size and (seen["day"][-1] - seen["day"][0]).days + 1 == seen.height,
    )


def onsets_of(events: pl.DataFrame, period: Period) -> tuple[list[Onset], list[str]]:
    """Put events on their first days; those of one day are one. What is left out is named.

    Returns
    -------
    list of Onset, list of str
        In order of day; and in words what was left out or put together.
    """
    frame = EVENTS.conform(events).sort("began", "event_id")
    inside = [0 <= period.bins.index(d) < period.bins.size for d in frame["began"]]
    kept = frame.filter(pl.Series(inside, dtype=pl.Boolean))
    notes = []
    if outside := frame.height - kept.height:
        verb = "lies" if outside == 1 else "lie"
        notes.append(f"{number(outside)} of {number(frame.height)} events {verb} outside the period")
    onsets = []
    for rows in kept.partition_by("began", maintain_order=True):
        day = rows["began"][0]
        known = [
            _MONTH if k == "month" else (1.0 if p is None else p)
            for p, k in rows.select("precision_days", "kind").iter_rows()
        ]
        longer = (rows["ended"].is_not_null() & (rows["ended"] > rows["began"])).any()
        names = rows["name"].drop_nulls().to_list()
        onsets.append(
            Onset(
                day,
                period.bins.index(day),
                tuple(rows["event_id"]),
                names[0] if names else None,
                max(known),
                bool(longer),
            )
        )
    if len(onsets) < kept.height:
        notes.append(f"{number(kept.height)} events began on {number(len(onsets))} days; those of one day are one")
    if any(o.longer for o in onsets):
        notes.append("an event of several days is booked on its first day")
    return onsets, notes


def comparison(
    measure: str, window_days: int, lag_days: int, onsets: Sequence[Onset], period: Period, *, dated: bool = True
) -> tuple[Comparison, list[str]]:
    """Choose the events that one window can be compared for, and name the others.

    An event is left out where its window runs over an end of the period (boundaries as in Odenweller and Donner 2020,
    doi:10.1103/PhysRevE.101.052213: held against the period observed, not against the first and last event), where
    its day is known less exactly than the window is long, and where no day of its window was observed. With `dated`
    false they are numbered, and their days are not told.
    """
    low, high = reach("before" if measure == "rate_before" else measure, window_days, lag_days)
    bins = period.bins
    seen = np.concatenate([[0], np.cumsum(bins.exposure > 0)])
    kept: list[int] = []
    out: dict[str, list[str]] = {}
    partly = 0
    for i, o in enumerate(onsets):
        a, b = o.at + low, o.at + high
        if a < 0 or b >= bins.size:
            out.setdefault("its window runs over an end of the period", []).append(f"{o.day}")
        elif o.precision > max(window_days, 1):
            out.setdefault(f"its day is not known to within the {window_days} days of the window", []).append(
                f"{o.day}"
            )
        elif seen[b + 1] == seen[a]:
            out.setdefault("no day of its window was observed", []).append(f"{o.day}")
        else:
            kept.append(i)
            partly += int(seen[b + 1] - seen[a] < b - a + 1)
    notes = [f"left out, {why}: {_few(days) if dated else number(len(days))}" for why, days in out.items()]
    if partly:
        notes.append(f"the windows of {number(partly)} of {number(len(kept))} events were observed in part only")
    if rough := [onsets[i].precision for i in kept if onsets[i].precision > 1]:
        some = f"{number(len(rough))} of {number(len(kept))} events"
        notes.append(f"the day of {some} is known to within {max(rough):g} days only, and taken as the first of these")
    at = np.array([onsets[i].at for i in kept], dtype=np.int64)
    chosen = Comparison(measure, window_days, lag_days, tuple(kept), at + low, at + high)
    # windows that overlap: what comes before the one comes before the other
    if overlap := int(np.sum(chosen.starts[1:] <= chosen.ends[:-1])):
        notes.append(f"the windows of {number(overlap + 1)} events overlap: they do not count as independent")
    return chosen, notes


def _few(days: Sequence[str], most: int = 6) -> str:
    more = f" and {len(days) - most} more" if len(days) > most else ""
    return f"{', '.join(days[:most])}{more}"
