"""Numbers, windows and lists as sentences say them; plain English, no probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["and_list", "by_sources", "capital", "every", "landed", "number", "or_list", "rhythm", "span"]

_WORDS: Final = (
    "none",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def number(n: int) -> str:
    """Spell a number out up to twelve."""
    return _WORDS[n] if 0 <= n < len(_WORDS) else f"{n:,}"


def capital(text: str) -> str:
    """Begin with a capital; what follows stays as it is."""
    return text[:1].upper() + text[1:]


def and_list(texts: Sequence[str]) -> str:
    """Join with commas and a last `and`."""
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else ""


def or_list(texts: Sequence[str]) -> str:
    """Join with commas and a last `or`."""
    return " or ".join([*([", ".join(texts[:-1])] if len(texts) > 1 else []), texts[-1]]) if texts else ""


def by_sources(sources: Sequence[str]) -> str:
    """Name where rows come from: `adsb.lol and the log of the spotters`."""
    named = sorted({s for s in sources if s})
    return and_list([f"the {s.replace('log: ', 'log ', 1)}" if s.startswith("log: ") else s for s in named])


def every(days: float) -> str:
    """Say a rhythm: `one every 2.8 days`, or how many a day where there is more than one."""
    return f"one every {days:.1f} days" if days >= 1 else f"{1 / days:.1f} a day"


def rhythm(days: float, least: float, most: float) -> str:
    """Say a rhythm and between what it lies: `one every 2.8 days, between ...`."""
    if most < 1:
        return f"{1 / days:.1f} a day, between {1 / most:.1f} and {1 / least:.1f}"
    return f"{every(days)}, between {every(least)} and {every(most)}"


def landed(observed: int, inferred: int, likely: int, possible: int, *, when: str = "") -> str:
    """Say visits by their grades: `at least six landed (two of them inferred); one more probably did`."""
    parts = []
    if sure := observed + inferred:
        by = f" ({'all' if not observed else number(inferred)} of them inferred)" if inferred else ""
        if inferred and sure == 1:
            by = " (inferred)"
        parts.append(f"at least {number(sure)} landed{by}")
    for count, verb, bare in ((likely, "probably did", "probably landed"), (possible, "may have", "may have landed")):
        if count:
            parts.append(f"{number(count)} more {verb}" if parts else f"{number(count)} {bare}")
    if parts and when:
        parts[0] = f"{parts[0]} {when}"
    return "; ".join(parts)


def span(since: datetime, until: datetime, zone: str) -> str:
    """Say a window in a zone: `from 1 to 17 September 2023 (UTC)`; times of day only where it has some."""
    tz = ZoneInfo(zone)
    first, end = since.astimezone(tz), until.astimezone(tz)
    if first.time() != time() or end.time() != time():
        return f"from {_day(first)} {first:%H:%M} to {_day(end)} {end:%H:%M} ({zone})"
    last = end - timedelta(days=1)
    if first.date() == last.date():
        return f"on {_day(first)} ({zone})"
    if (first.year, first.month) == (last.year, last.month):
        return f"from {first.day} to {_day(last)} ({zone})"
    begin = f"{first.day} {_MONTHS[first.month - 1]}" if first.year == last.year else _day(first)
    return f"from {begin} to {_day(last)} ({zone})"


def _day(t: datetime) -> str:
    return f"{t.day} {_MONTHS[t.month - 1]} {t.year}"
