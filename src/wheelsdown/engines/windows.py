"""The window of a rate: stated by the user, its days those of the zone named."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from wheelsdown.engines.asked import moment
from wheelsdown.errors import UsageError

__all__ = ["Moment", "needed_window", "window", "zone_of"]

Moment = str | date | datetime | None


def zone_of(name: str | None) -> str:
    """Check the name of a time zone; UTC where none is named.

    Raises
    ------
    UsageError
        No such zone.
    """
    if name is None:
        return "UTC"
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError) as e:
        raise UsageError(f"--zone {name}: write an IANA name such as UTC, Asia/Baku or America/Chicago") from e
    return name


def window(since: Moment, until: Moment, zone: str = "UTC") -> tuple[datetime | None, datetime | None]:
    """Read both ends of a window as aware UTC times; plain days are days of the zone, and both are included.

    Raises
    ------
    UsageError
        Not a date or time, a time without its zone, or the end is not after the beginning.
    """
    begin, end = _moment(since, "since", zone), _moment(until, "until", zone)
    if begin is not None and end is not None and begin >= end:
        raise UsageError(f"--since {since} is not before --until {until}")
    return begin, end


def needed_window(
    since: Moment, until: Moment, zone: str = "UTC", *, what: str = "a rate"
) -> tuple[datetime, datetime]:
    """As `window`, where both ends have to be stated.

    Raises
    ------
    UsageError
        One of them is not.
    """
    begin, end = window(since, until, zone)
    if begin is None or end is None:
        missing = "--since" if begin is None else "--until"
        raise UsageError(
            f"{what} needs the window it is of: add {missing}. The same visits make another rate over another window"
        )
    return begin, end


def _moment(value: Moment, name: str, zone: str) -> datetime | None:
    if isinstance(value, str) and re.fullmatch(r"\s*\d{4}-\d\d-\d\d\s*", value):
        try:
            value = date.fromisoformat(value.strip())
        except ValueError as e:
            raise UsageError(f"--{name} {value}: no such day") from e
    if zone == "UTC" or not isinstance(value, date) or isinstance(value, datetime):
        return moment(value, name=name)
    day = value + timedelta(days=1) if name == "until" else value
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
