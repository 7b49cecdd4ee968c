"""Days and times as a case file writes them: days belong to a zone, times say theirs."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["day_or_period", "instant", "period_ends"]

_PERIOD: Final = re.compile(r"(\d{4})(?:-(\d\d))?")


def instant(value: dt.date | dt.datetime, zone: str, *, end: bool = False) -> dt.datetime:
    """Give a day's beginning, or with `end` the beginning of the next day, or a time, as aware UTC.

    Parameters
    ----------
    value : date or datetime
        A time without an offset is one of `zone`.
    zone : str
        IANA zone of plain days and of such times.
    end : bool
        The value closes a window: its day is included.
    """
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).astimezone(dt.UTC)
    day = value + dt.timedelta(days=1) if end else value
    return dt.datetime.combine(day, dt.time(), tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def day_or_period(value: dt.date | str | None) -> tuple[dt.date | None, str | None]:
    """Tell a day from a period such as ``2023-10`` or ``2023``: the one or the other, or neither."""
    if isinstance(value, dt.datetime):
        return value.date(), None
    if isinstance(value, dt.date):
        return value, None
    if value is not None and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return dt.date.fromisoformat(value), None
    return None, value


def period_ends(text: str) -> tuple[dt.date, dt.date] | None:
    """Give first and last day of ``2023-10`` or ``2023``; None where it is neither.

    Raises
    ------
    ValueError
        No such month.
    """
    found = _PERIOD.fullmatch(text)
    if not found:
        return None
    year, month = int(found[1]), int(found[2]) if found[2] else None
    first = dt.date(year, month or 1, 1)
    after = dt.date(year + 1, 1, 1) if month in (None, 12) else dt.date(year, (month or 1) + 1, 1)
    return first, after - dt.timedelta(days=1)
