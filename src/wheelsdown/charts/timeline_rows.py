"""What a timeline shows, out of the tables: days, one mark a visit, spans with their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from wheelsdown.charts.rows import numbered
from wheelsdown.charts.scales import chance_text, count, period_text, short
from wheelsdown.charts.svg import clean

__all__ = ["Day", "Mark", "Span", "days_by_airfield", "event_spans", "marks", "said_on", "surge_spans"]

_LANDED: Final = ("observed", "inferred")


@dataclass(frozen=True)
class Day:
    """One day of SERIES."""

    row: int
    day: date
    visits: int
    exposure: float
    known: bool
    visit_ids: tuple[str, ...]

    @property
    def assumed(self) -> bool:
        """Whether it is taken as observed, and nothing tells that it was."""
        return self.exposure > 0 and not self.known


@dataclass(frozen=True)
class Mark:
    """One box: a visit, or without VISITS all of a day."""

    day: date
    counted: bool
    source: str
    height: int = 1


@dataclass(frozen=True)
class Span:
    """A surge or an event."""

    row: int
    table: str
    first: date
    last: date
    mark: str
    text: str
    solid: bool = True
    airfield: str | None = None


def days_by_airfield(series: pl.DataFrame) -> dict[str | None, list[Day]]:
    """Days by airfield, in order; a day that stands there twice counts once."""
    found: dict[str | None, dict[date, Day]] = {}
    for n, row in numbered(series):
        days = found.setdefault(row["airfield"], {})
        ids = tuple(row.get("visit_ids") or ())
        exposure = min(max(float(row["exposure"] or 0.0), 0.0), 1.0)
        days.setdefault(row["day"], Day(n, row["day"], int(row["visits"]), exposure, bool(row["known"]), ids))
    return {field: sorted(days.values(), key=lambda d: d.day) for field, days in found.items()}


def marks(
    panels: Mapping[str | None, Sequence[Day]], visits: pl.DataFrame | None, zone: str
) -> tuple[dict[str | None, list[Mark]], int]:
    """Give each panel its marks, and how many visits lie in none."""
    found: dict[str | None, list[Mark]] = {field: [] for field in panels}
    if visits is None:
        for field, days in panels.items():
            found[field] = [Mark(d.day, True, f"series/{d.row}/visits", d.visits) for d in days if d.visits > 0]
        return found, 0
    place = _zone(zone)
    inside = {field: {d.day for d in days} for field, days in panels.items()}
    counted = {field: {i for d in days for i in d.visit_ids} for field, days in panels.items()}
    outside = 0
    for n, row in numbered(visits):
        if row["grade"] == "ruled_out":
            continue
        column = "arrived_utc" if row["arrived_utc"] is not None else "arrived_latest_utc"
        day = _local(row[column], place)
        field = row["airfield"] if row["airfield"] in panels else None
        if field not in panels or day not in inside[field]:
            outside += 1
            continue
        known = counted[field]
        sure = row["visit_id"] in known if known else row["grade"] in _LANDED
        found[field].append(Mark(day, sure, f"visits/{n}/{column}"))
    for placed in found.values():
        placed.sort(key=lambda m: (m.day, not m.counted))
    return found, outside


def surge_spans(surges: pl.DataFrame | None, period: tuple[date, date]) -> list[Span]:
    """Windows of SURGES that reach into a period, with letters in the order of the table."""
    found: list[Span] = []
    for n, row in numbered(surges):
        if row["began"] is None or row["ended"] is None or not _reaches(row["began"], row["ended"], period):
            continue
        mark = _letter(len(found))
        named = f"{clean(row['name'])}, " if row["name"] else ""
        how = "declared beforehand" if row["declared"] else "found by looking at all windows"
        if row["kind"] == "named":
            how = "named, and counted as found afterwards"
        numbers = []
        if row["visits"] is not None:
            numbers.append(count(row["visits"], "visit"))
        if row["expected"] is not None:
            numbers.append(f"{short(row['expected'])} expected")
        level = chance_text(row["p"], row["draws"])
        text = f"{named}{period_text(row['began'], row['ended'])}: {', '.join(numbers)}; {level} ({how})"
        found.append(
            Span(n, "surges", row["began"], row["ended"], mark, text, bool(row["surge"]), row["airfield"]),
        )
    return found


def event_spans(events: pl.DataFrame | None, period: tuple[date, date]) -> list[Span]:
    """Rows of EVENTS that reach into a period, in order of time, with numbers."""
    rows = sorted(numbered(events), key=lambda r: (r[1]["began"], r[0]))
    found: list[Span] = []
    for n, row in rows:
        last = row["ended"] if row["ended"] and row["ended"] >= row["began"] else row["began"]
        if not _reaches(row["began"], last, period):
            continue
        mark = len(found) + 1
        text = f"{period_text(row['began'], row['ended'])}: {clean(row['name'] or row['event_id'])}"
        found.append(Span(n, "events", row["began"], last, str(mark), text))
    return found


def said_on(statements: pl.DataFrame | None, zone: str) -> list[tuple[str, date]]:
    """Days of STATEMENTS that are known to the day, each with the cell it comes from."""
    place = _zone(zone)
    found: list[tuple[str, date]] = []
    for n, row in numbered(statements):
        if row["said_on"] is not None:
            found.append((f"statements/{n}/said_on", row["said_on"]))
        elif row["said_from_utc"] is not None:
            found.append((f"statements/{n}/said_from_utc", _local(row["said_from_utc"], place)))
    return found


def _reaches(first: date, last: date, period: tuple[date, date]) -> bool:
    return first <= period[1] and last >= period[0]


def _letter(n: int) -> str:
    text = ""
    n += 1
    while n:
        n, rest = divmod(n - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _zone(zone: str) -> tzinfo:
    return UTC if zone == "UTC" else ZoneInfo(zone)


def _local(at: datetime | Any, place: tzinfo) -> date:
    day: date = at.astimezone(place).date()
    return day
