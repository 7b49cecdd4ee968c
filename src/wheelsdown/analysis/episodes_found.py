"""Where a rule over deaths is met: by days out of single events, by months out of sums of months."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite

import numpy as np
import polars as pl

from wheelsdown.errors import UsageError

__all__ = ["Found", "Rule", "by_days", "by_months", "dated", "deaths_by_day", "deaths_by_month", "rolled"]


@dataclass(frozen=True)
class Rule:
    """Thresholds; see `episodes.episodes`."""

    deaths_least: float
    within_days: int
    quiet_days: int
    month_deaths_least: float
    quiet_months: int
    tail_share: float

    def __post_init__(self) -> None:
        """Refuse what makes no rule."""
        for name, value in (("deaths", self.deaths_least), ("deaths of a month", self.month_deaths_least)):
            if not (value > 0 and isfinite(value)):
                raise UsageError(f"{value:g} {name} make no episode: more than 0")
        for name, count, low in (
            ("days within which deaths fall", self.within_days, 1),
            ("quiet days", self.quiet_days, 0),
            ("quiet months", self.quiet_months, 0),
        ):
            if not low <= count <= 3660:
                raise UsageError(f"{count} {name}: from {low} to 3660")
        if not 0 <= self.tail_share <= 1:
            raise UsageError(f"a share of {self.tail_share:g} of the deadliest month: from 0 to 1")


@dataclass(frozen=True)
class Found:
    """An episode that the rule found."""

    kind: str
    """Found by ``event`` or by ``month``."""
    began: date
    ended: date
    deaths: float
    precision: float
    unknown: int
    """Rows that say no number of deaths."""
    rows: pl.DataFrame
    """EVENTS that lie in it."""


def deaths_by_day(events: pl.DataFrame) -> dict[date, float]:
    """Add up deaths by first day."""
    sums = events.group_by("began").agg(pl.col("deaths_best").fill_null(0.0).sum()).sort("began")
    return dict(sums.select("began", "deaths_best").iter_rows())


def deaths_by_month(months: pl.DataFrame) -> dict[tuple[int, int], float]:
    """Add up deaths by year and month."""
    days = deaths_by_day(months.with_columns(pl.col("began").dt.month_start()))
    return {(d.year, d.month): n for d, n in days.items()}


def rolled(deaths: Mapping[date, float], within_days: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Deaths of each day with deaths and of the days before it that count with it."""
    days = np.array([d.toordinal() for d in sorted(deaths)], dtype=np.int64)
    sums = np.concatenate([[0.0], np.cumsum([deaths[d] for d in sorted(deaths)])])
    first = np.searchsorted(days, days - within_days + 1, side="left")
    out: np.ndarray[tuple[int], np.dtype[np.float64]] = sums[1:] - sums[first]
    return out


def by_days(events: pl.DataFrame, rule: Rule) -> list[Found]:
    """Find episodes by days.

    A day meets the rule where the deaths of that day and of the days before it within the span reach the number. What
    is known to more days than the span takes no part.
    """
    exact = events.filter(pl.col("precision_days").fill_null(1.0) <= rule.within_days)
    if exact.is_empty():
        return []
    deaths = deaths_by_day(exact)
    days = sorted(deaths)
    sums = rolled(deaths, rule.within_days)
    spans: list[tuple[date, date]] = []
    for at in np.flatnonzero(sums >= rule.deaths_least - 1e-9):
        begin, total = int(at), deaths[days[at]]
        while total < rule.deaths_least - 1e-9:
            begin -= 1
            total += deaths[days[begin]]
        if spans and (days[begin] - spans[-1][1]).days <= rule.quiet_days:
            spans[-1] = spans[-1][0], days[at]
        else:
            spans.append((days[begin], days[at]))
    out = []
    for began, ended in spans:
        rows = exact.filter(pl.col("began").is_between(began, ended))
        first = rows.filter(pl.col("began") == began)["precision_days"].fill_null(1.0).max()
        out.append(
            Found(
                "event",
                began,
                ended,
                float(rows["deaths_best"].fill_null(0.0).sum()),
                float(first) if isinstance(first, (int, float)) else 1.0,
                rows["deaths_best"].null_count(),
                rows,
            )
        )
    return out


def by_months(months: pl.DataFrame, rule: Rule) -> list[Found]:
    """Find episodes by months; a month that is missing counts as one below the number."""
    if months.is_empty():
        return []
    deaths = deaths_by_month(months)
    spans: list[list[int]] = []
    peak = 0.0
    last_met: int | None = None
    for (year, month), n in sorted(deaths.items()):
        at = year * 12 + month - 1
        if n < rule.month_deaths_least - 1e-9:
            continue
        new = last_met is None or at - last_met > rule.quiet_months
        last_met = at
        if new:
            spans.append([at, at])
            peak = n
        elif n >= rule.tail_share * peak:
            spans[-1][1] = at
            peak = max(peak, n)
    out = []
    for first, last in spans:
        began = date(first // 12, first % 12 + 1, 1)
        ended = date(last // 12, last % 12 + 1, monthrange(last // 12, last % 12 + 1)[1])
        rows = months.filter(pl.col("began").is_between(began, ended))
        out.append(
            Found(
                "month",
                began,
                ended,
                float(rows["deaths_best"].fill_null(0.0).sum()),
                30.0,
                rows["deaths_best"].null_count(),
                rows,
            )
        )
    return out


def dated(found: Found, lists: pl.DataFrame) -> pl.DataFrame:
    """Rows of a dated list that fall into an episode, in order: for one found by days, a day to either side."""
    spare = timedelta(days=0 if found.kind == "month" else 1)
    over = pl.coalesce("ended", "began")
    return lists.filter((pl.col("began") <= found.ended + spare) & (over >= found.began - spare)).sort("began")
