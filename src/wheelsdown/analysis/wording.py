"""Words that all sentences share: numbers, windows, lists, names that come from strangers."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["capital", "days", "listed", "name", "number", "window"]

_WORDS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MOST: Final = 80
_HIDDEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def number(n: float) -> str:
    """Write a count as prose does: to ten in words, beyond in digits; a part of a whole with one decimal."""
    whole = round(n)
    if abs(n - whole) >= 0.05:
        return f"{n:,.1f}"
    return _WORDS[whole] if 0 <= whole <= 10 else f"{whole:,}"


def capital(text: str) -> str:
    """Begin a text with a capital."""
    return text[:1].upper() + text[1:]


def listed(texts: Sequence[str], *, joint: str = "and") -> str:
    """Set texts in a row: ``a, b and c``."""
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {joint} {texts[-1]}"


def name(text: str) -> str:
    """Write a name that came from a file or a broadcast: without what could steer a page, and not endless."""
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in _HIDDEN)
    kept = " ".join(kept.split())
    return kept if len(kept) <= _MOST else kept[: _MOST - 3] + "..."


def days(observed: float, of: float) -> str:
    """Say on how many days of a window a visit would have been received."""
    if abs(observed - of) < 0.05:
        return "the day observed" if abs(of - 1.0) < 0.05 else f"all {number(of)} days observed"
    some = number(observed) if observed >= 0.05 else "none"
    return f"{some} of {number(of)} {'day' if abs(of - 1.0) < 0.05 else 'days'} observed"


def window(since: datetime, until: datetime, zone: str) -> str:
    """Say a window in words, with its zone.

    Parameters
    ----------
    since, until : datetime
        Aware; the end is not included.
    zone : str
        IANA name of the zone that days are of.

    Returns
    -------
    str
        ``between 1 and 17 September 2023 (UTC)``, ``on 5 September 2023 (UTC)``, ``in 2023 (UTC)``; with times of
        day where it does not begin and end at midnight.
    """
    place = UTC if zone == "UTC" else ZoneInfo(zone)
    a, b = since.astimezone(place), until.astimezone(place)
    where = f"({name(zone)})"
    if any(t.hour or t.minute or t.second or t.microsecond for t in (a, b)):
        if a.date() == b.date():
            return f"between {a:%H:%M} and {b:%H:%M} on {_day(a.date())} {where}"
        return f"between {_minute(a)} and {_minute(b)} {where}"
    return f"{_days(a.date(), b.date() - timedelta(days=1))} {where}"


def _days(first: date, last: date) -> str:
    if first >= last:
        return f"on {_day(first)}"
    after = last + timedelta(days=1)
    if first.day == 1 and after.day == 1 and (first.year, first.month) == (last.year, last.month):
        return f"in {_MONTHS[first.month - 1]} {first.year}"
    if (first.month, first.day, after.month, after.day) == (1, 1, 1, 1) and first.year == last.year:
        return f"in {first.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"between {first.day} and {_day(last)}"
    if first.year == last.year:
        return f"between {first.day} {_MONTHS[first.month - 1]} and {_day(last)}"
    return f"between {_day(first)} and {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _minute(at: datetime) -> str:
    return f"{at:%H:%M} on {_day(at.date())}"
