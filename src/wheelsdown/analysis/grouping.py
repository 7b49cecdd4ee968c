"""What a count is split by: airfields, operators, aircraft, types, origins, periods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from wheelsdown.errors import UsageError

__all__ = ["GROUPS", "PERIODS", "Group", "groups_of", "zone_of"]

PERIODS: Final = ("day", "week", "month", "year")
_COLUMNS: Final = {
    "operator": ("operator",),
    "aircraft": ("icao24", "registration"),
    "type": ("typecode",),
    "origin": ("origin",),
}
GROUPS: Final = ("airfield", *_COLUMNS, *PERIODS)
_MOST_PERIODS: Final = 20_000


@dataclass(frozen=True)
class Group:
    """One count to be made."""

    visits: pl.DataFrame
    airfield: str | None
    since: datetime
    until: datetime
    named: dict[str, Any] = field(default_factory=dict)
    """Values of the columns it is split by."""
    fleet: tuple[str, ...] = ()
    """The aircraft it is about, where it is about one."""
    refused: str = ""
    """Why nothing can be said of further visits of this group alone."""


def zone_of(name: str) -> ZoneInfo:
    """Look up a time zone.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as e:
        raise UsageError(f"time zone {name!r} is not known; use a name such as Asia/Jerusalem or UTC") from e


def groups_of(
    visits: pl.DataFrame, *, airfield: str | None, since: datetime, until: datetime, by: Sequence[str], time_zone: str
) -> Iterator[Group]:
    """Yield the groups of a count, in order.

    Parameters
    ----------
    visits : frame of VISITS
    airfield : str, optional
    since, until : datetime
    by : sequence of str
        Of GROUPS.
    time_zone : str
        Zone in which periods begin.

    Raises
    ------
    UsageError
        More than one kind of period, an unknown zone, or far too many periods.
    """
    zone = zone_of(time_zone)
    periods = [b for b in by if b in PERIODS]
    if len(periods) > 1:
        raise UsageError(f"--by {periods[0]} and {periods[1]}: only one kind of period at a time")
    spans = list(_periods(since, until, periods[0], zone)) if periods else [(None, since, until)]
    codes: list[str | None] = [airfield]
    if "airfield" in by and airfield is None:
        codes = [*sorted({*visits["airfield"].drop_nulls()}), *([None] if visits["airfield"].null_count() else [])]
    columns = [c for b in by if b in _COLUMNS for c in _COLUMNS[b]]
    for code in codes:
        here = visits
        if code is not None:
            here = visits.filter((pl.col("airfield") == code).fill_null(value=False) | _rival(code))
        elif "airfield" in by:
            # what lies at no listed field is no part of any of them, and still of the sum
            here = visits.filter(pl.col("airfield").is_null())
        for named, rows in _split(here, columns):
            fleet = (named["icao24"],) if named.get("icao24") else ()
            refused = _refused(by)
            for period, first, last in spans:
                yield Group(rows, code, first, last, {**named, "period": period}, fleet, refused)


def _rival(code: str) -> pl.Expr:
    return pl.col("rivals").list.contains(code).fill_null(value=False)


def _refused(by: Sequence[str]) -> str:
    if "origin" in by:
        return "no bound: a visit that was not received has no known origin; see the count of all origins"
    for b, what in (("operator", "operator"), ("type", "type")):
        if b in by:
            return f"no bound: aircraft of this {what} that left no row here are not known; see the count of all"
    return ""


def _split(visits: pl.DataFrame, columns: Sequence[str]) -> Iterator[tuple[dict[str, Any], pl.DataFrame]]:
    if not columns:
        yield {}, visits
        return
    for values, rows in visits.sort(*columns, nulls_last=True).group_by(columns, maintain_order=True):
        yield dict(zip(columns, values, strict=True)), rows


def _periods(since: datetime, until: datetime, kind: str, zone: ZoneInfo) -> Iterator[tuple[str, datetime, datetime]]:
    at = since.astimezone(zone)
    n = 0
    while at < until:
        start = at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        if kind == "week":
            start -= timedelta(days=start.weekday())
        elif kind == "month":
            start = start.replace(day=1)
        elif kind == "year":
            start = start.replace(month=1, day=1)
        after = _after(start, kind)
        yield _name(start, kind), max(since, start.astimezone(UTC)), min(until, after.astimezone(UTC))
        at, n = after, n + 1
        if n > _MOST_PERIODS:
            raise UsageError(f"--by {kind}: more than {_MOST_PERIODS:,} periods; choose longer ones")


def _after(start: datetime, kind: str) -> datetime:
    if kind == "day":
        return start + timedelta(days=1)
    if kind == "week":
        return start + timedelta(days=7)
    if kind == "month":
        return (start + timedelta(days=32)).replace(day=1)
    return start.replace(year=start.year + 1)


def _name(start: datetime, kind: str) -> str:
    if kind == "day":
        return start.strftime("%Y-%m-%d")
    if kind == "week":
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02d}"
    return start.strftime("%Y-%m" if kind == "month" else "%Y")
