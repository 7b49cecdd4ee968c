"""The days that data cover: from their first to their last, for nobody says that they cover others."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from wheelsdown.analysis.wording import day_text

__all__ = ["Covers", "amount", "between", "days_covered", "no_day", "unknown_days"]

Covers = tuple[datetime, datetime] | tuple[()] | None
"""First and last time of any row that was read, asked for or not; empty: there was none. None: it is not known."""

_EPS: Final = 1e-9


def days_covered(covers: tuple[datetime, datetime], zone: str) -> tuple[date, date]:
    """Give the first and last day of a zone on which there is a row."""
    place = ZoneInfo(zone)
    first, last = (t.astimezone(place).date() for t in covers)
    return first, last


def between(first: date | None, last: date | None, *, log: bool) -> str:
    """Say which days are taken, and why no others are; an end outside the window is not named."""
    what, of = ("row", "log") if log else ("day", "data")
    why = f"for nobody says that {'it covers' if log else 'they cover'} others"
    if last is None:
        return f"from the first {what} of the {of}{_on(first)} on, {why}"
    if first is None:
        return f"up to the last {what} of the {of}{_on(last)}, {why}"
    return f"from the first {what} of the {of}{_on(first)} to {'its' if log else 'the'} last{_on(last)}, {why}"


def _on(day: date | None) -> str:
    return "" if day is None else f" ({day_text(day)})"


def no_day(of: str) -> str:
    """Say that the data, or the log, have none of the days asked about."""
    return (
        f"no day of the {of} lies between the first and the last row of these data, and nobody says that they cover "
        "others"
    )


def unknown_days(of: str, days_observed: float | None) -> str:
    """Say why days judged from other traffic give no exposure: they were not observed, or observed in vain."""
    if days_observed is not None and days_observed > _EPS:
        return "on the days observed no visit would have been counted"
    return f"no day of the {of} is known to have been observed"


def amount(days: float) -> str:
    """Write days, or parts of them, to the hundredth: ``2,556.4``."""
    text = f"{days:,.2f}"
    return text.rstrip("0").rstrip(".")
