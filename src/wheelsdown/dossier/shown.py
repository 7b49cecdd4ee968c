"""How values are written on the page: numbers, shares, minutes, times."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wheelsdown.analysis.wording import p_text

__all__ = ["FORMATS", "day", "duration", "local", "number", "utc"]

THIN: Final = "\u202f"
_DECIMALS: Final = {"count": 0, "one": 1, "two": 2, "four": 4}
FORMATS: Final = (*_DECIMALS, "p", "share", "minutes", "plain")
"""Names of the ways to write a number."""


def number(value: float, how: str, *, draws: int | None = None) -> str:
    """Write a number: `count`, `one`, `two` or `four` decimals, `p` as `p_text` does, `share` in percent, `minutes`."""
    if isinstance(value, float) and not math.isfinite(value):
        return "not a number"
    if how == "share":
        return f"{100 * value:.1f}{THIN}%"
    if how == "minutes":
        return duration(value)
    if how == "p":
        return p_text(value, draws)
    if how == "plain":
        return _grouped(f"{value:.4f}".rstrip("0").rstrip(".")) if isinstance(value, float) else _grouped(str(value))
    return _grouped(f"{value:.{_DECIMALS[how]}f}")


def duration(minutes: float) -> str:
    """Write minutes as `2 h 05 min`, or `45 min`."""
    whole = round(minutes)
    if abs(whole) < 60:
        return f"{whole} min"
    hours, rest = divmod(whole, 60)
    return f"{_grouped(str(hours))} h {rest:02d} min"


def utc(value: datetime, *, seconds: bool = False) -> str:
    """Write an aware time in UTC."""
    return f"{value.day} {value:%b %Y}, {value:%H:%M:%S}" if seconds else f"{value.day} {value:%b %Y}, {value:%H:%M}"


def local(value: datetime, zone: str) -> str | None:
    """Write an aware time in a zone, with the day where it is another; None where the zone is not known here."""
    try:
        there = value.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    name = there.tzname() or ""
    # Some zones have no letters of their own: their name is then the offset, "+04".
    said = f"UTC{there:%z}" if not name.isalpha() else name
    clock = f"{there:%H:%M} {said}"
    return clock if there.date() == value.date() else f"{there.day} {there:%b}, {clock}"


def day(value: date) -> str:
    """Write a day."""
    return f"{value.day} {value:%b %Y}"


def _grouped(text: str) -> str:
    """Set thin spaces between thousands."""
    sign, body = (text[0], text[1:]) if text.startswith("-") else ("", text)
    whole, dot, rest = body.partition(".")
    if len(whole) <= 4:
        return sign + body
    head = len(whole) % 3
    parts = ([whole[:head]] if head else []) + [whole[i : i + 3] for i in range(head, len(whole), 3)]
    return sign + THIN.join(parts) + dot + rest


def plural(count: Any, one: str, more: str) -> str:
    """Choose the word that goes with a number."""
    return one if count == 1 else more
