"""The days of a window on which a visit would have been received, and with what chance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from wheelsdown.analysis.expected import Seen

__all__ = ["Exposure", "exposure_of", "utc_days"]

_OBSERVED = ("observed", "partly")
_LEAST = 0.05
"""Less of a day is not told."""


@dataclass(frozen=True)
class Exposure:
    """What is known of a window's days at one airfield."""

    days_window: float
    days_observed: float | None
    """None where no other traffic tells."""
    days_not_observed: float | None
    observed: frozenset[date]
    unwatched: frozenset[date]
    """Days on which a visit could have gone unreceived: not observed, or nothing known."""
    seen: Seen | None
    counted: float | None
    reason: str | None = None
    days_partly: float = 0.0
    """Of the days observed, those on which receivers were up for some hours only: each is in the exposure as a whole
    day, with the lower chance to be received that such a day has."""
    days_unheard: float = 0.0
    """Of the days unwatched, those on which nobody is known to have listened; the others are days of which nothing is
    known, although something may have been received."""

    @property
    def why_unwatched(self) -> str:
        """Say in words what is lacking on the days unwatched; empty where there are none."""
        parts = []
        unknown = (self.days_window if self.days_not_observed is None else self.days_not_observed) - self.days_unheard
        if self.days_unheard >= _LEAST:
            parts.append(f"{_days(self.days_unheard)} on which nobody is known to have listened")
        if self.unwatched and (unknown >= _LEAST or not parts):
            of = f"{unknown:.1f}".removesuffix(".0") if parts else _days(unknown)
            parts.append(f"{of} of which these data cannot show what was missed")
        return " and ".join(parts)


def _days(n: float) -> str:
    text = f"{n:.1f}".removesuffix(".0")
    return f"{text} {'day' if text == '1' else 'days'}"


def utc_days(since: datetime, until: datetime) -> list[date]:
    """UTC days that a window touches."""
    first, last = since.astimezone(UTC).date(), (until.astimezone(UTC) - timedelta(microseconds=1)).date()
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def _part(day: date, since: datetime, until: datetime) -> float:
    start = datetime.combine(day, time(), tzinfo=UTC)
    end = start + timedelta(days=1)
    return max(0.0, (min(end, until) - max(start, since)) / timedelta(days=1))


def _total(days: Iterable[date], since: datetime, until: datetime) -> float:
    return sum(_part(d, since, until) for d in days)


def exposure_of(
    observability: pl.DataFrame | None, *, airfield: str | None, since: datetime, until: datetime
) -> Exposure:
    """Sum up the days of a window.

    Parameters
    ----------
    observability : frame of OBSERVABILITY, optional
    airfield : str, optional
        Its code in that frame.
    since, until : datetime

    Returns
    -------
    Exposure
        A day with no row, or with the status `unknown`, is a day of which nothing is known: it is neither in the
        exposure nor a zero. Days are UTC days, each with the part of it that lies in the window.
    """
    days = utc_days(since, until)
    whole = (until - since) / timedelta(days=1)
    if observability is None or airfield is None:
        return Exposure(whole, None, None, frozenset(), frozenset(days), None, None)
    rows = observability.filter(pl.col("airfield") == airfield, pl.col("day").is_in(days))
    told = rows.filter(pl.col("status").is_in(_OBSERVED), pl.col("seen_probability").is_not_null())
    observed = frozenset(told["day"])
    off = frozenset(rows.filter(pl.col("status") == "not_observed")["day"])
    rest = frozenset(days) - observed
    unheard = _total(off, since, until)
    if not observed and not off:
        why = rows["reason"].drop_nulls().unique(maintain_order=True).to_list()
        return Exposure(whole, None, None, frozenset(), rest, None, None, why[0] if why else None)
    seen, counted = None, None
    if observed:
        weight = [_part(d, since, until) for d in told["day"]]
        total = sum(weight) or 1.0

        def mean(name: str) -> float:
            return float(sum(w * v for w, v in zip(weight, told[name], strict=True)) / total)

        seen = Seen(mean("seen_probability"), mean("seen_least"), mean("seen_most"))
        counted = mean("counted_probability") if told["counted_probability"].null_count() == 0 else None
    return Exposure(
        whole,
        _total(observed, since, until),
        _total(rest, since, until),
        observed,
        rest,
        seen,
        counted,
        days_partly=_total(told.filter(pl.col("status") == "partly")["day"], since, until),
        days_unheard=unheard,
    )
