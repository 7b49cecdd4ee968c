"""Words that all sentences share: numbers, windows, lists, names that come from strangers."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

__all__ = [
    "by_sources",
    "capital",
    "day_text",
    "days",
    "every",
    "landed",
    "listed",
    "name",
    "number",
    "p_is",
    "p_text",
    "rhythm",
    "window",
]

_WORDS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MOST: Final = 80
_FINEST_P: Final = 1e-12
"""What exact tests cannot tell from 0, for rounding adds up."""
_HIDDEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def number(n: float) -> str:
    """Write a count as prose does: to ten in words, beyond in digits; a part of a whole with one decimal."""
    whole = round(n)
    if abs(n - whole) >= 0.05:
        return f"{n:,.1f}"
    return _WORDS[whole] if 0 <= whole <= 10 else f"{whole:,}"


def p_text(p: float, draws: int | None = None) -> str:
    """Write a chance: two significant figures, everywhere.

    Parameters
    ----------
    p : float
    draws : int, optional
        It was held against so many draws, which show 1 / (draws + 1) at least. None: it is exact.

    Returns
    -------
    str
        ``0.012``; ``≤ 0.00010`` where no draw came so far, since draws can show no less; ``< 0.0000000000010`` where
        exact arithmetic can tell no more.
    """
    if draws is None and p < _FINEST_P:
        return f"< {_two_figures(_FINEST_P)}"
    # the least that can be shown is reached, and never passed: "<" would say more than the cell
    return f"{'≤ ' if draws is not None and p * (draws + 1) < 1.5 else ''}{_two_figures(p)}"


def p_is(p: float, draws: int | None = None) -> str:
    """Write a chance with its name: ``p = 0.012``, ``p ≤ 0.00010``."""
    text = p_text(p, draws)
    return f"p {text}" if text[0] in "<≤" else f"p = {text}"


def _two_figures(value: float) -> str:
    if value <= 0:
        return "0"
    # after rounding: 0.0996 is 0.10
    power = int(f"{value:.1e}".partition("e")[2])
    return f"{value:.{max(0, 1 - power)}f}"


def capital(text: str) -> str:
    """Begin a text with a capital."""
    return text[:1].upper() + text[1:]


def listed(texts: Sequence[str], *, joint: str = "and") -> str:
    """Set texts in a row: ``a, b and c``."""
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {joint} {texts[-1]}"


def name(text: str, *, most: int = _MOST) -> str:
    """Write a name that came from a file or a broadcast: without what could steer a page, and not endless."""
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in _HIDDEN)
    kept = " ".join(kept.split())
    return kept if len(kept) <= most else kept[: most - 3] + "..."


def by_sources(sources: Sequence[str]) -> str:
    """Name where rows come from: ``adsb.lol and the log of the spotters``."""
    named = [name(s) for s in sorted({s for s in sources if s})]
    return listed([f"the {s.replace('log: ', 'log ', 1)}" if s.startswith("log: ") else s for s in named])


def every(apart: float) -> str:
    """Say a rhythm: ``one every 2.8 days``, or how many a day where there is more than one."""
    return f"one every {apart:.1f} days" if apart >= 1 else f"{1 / apart:.1f} a day"


def rhythm(apart: float, least: float, most: float) -> str:
    """Say a rhythm and between what it lies: ``one every 2.8 days, between ...``."""
    if most < 1:
        return f"{1 / apart:.1f} a day, between {1 / most:.1f} and {1 / least:.1f}"
    return f"{every(apart)}, between {every(least)} and {every(most)}"


def landed(observed: int, inferred: int, likely: int, possible: int, *, when: str = "") -> str:
    """Say visits by their grades: ``at least six landed (two of them inferred); one more probably did``."""
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
            return f"between {a:%H:%M} and {b:%H:%M} on {day_text(a.date())} {where}"
        return f"between {_minute(a)} and {_minute(b)} {where}"
    return f"{_days(a.date(), b.date() - timedelta(days=1))} {where}"


def _days(first: date, last: date) -> str:
    if first >= last:
        return f"on {day_text(first)}"
    after = last + timedelta(days=1)
    if first.day == 1 and after.day == 1 and (first.year, first.month) == (last.year, last.month):
        return f"in {_MONTHS[first.month - 1]} {first.year}"
    if (first.month, first.day, after.month, after.day) == (1, 1, 1, 1) and first.year == last.year:
        return f"in {first.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"between {first.day} and {day_text(last)}"
    if first.year == last.year:
        return f"between {first.day} {_MONTHS[first.month - 1]} and {day_text(last)}"
    return f"between {day_text(first)} and {day_text(last)}"


def day_text(day: date) -> str:
    """Say a day: ``1 September 2023``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _minute(at: datetime) -> str:
    return f"{at:%H:%M} on {day_text(at.date())}"
