"""What a lake's ledger says: of which days of a window nothing, or not the whole, is known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.engines.asked import Asked, as_tuple, moment
from wheelsdown.engines.result import Result
from wheelsdown.errors import UsageError
from wheelsdown.lake import Lake
from wheelsdown.lake.choosing import all_days
from wheelsdown.schema import LEDGER, LEDGER_STATUS

__all__ = ["days_of", "ledger", "ledger_notes", "reasons", "received_in", "some_days", "window_of"]

_MOST_SHOWN: Final = 6
_UNSURE: Final = ("missing", "pending", "expired", "failed", "damaged", "no_archive")
TRAFFIC: Final = "traffic"


def days_of(wanted: Asked) -> tuple[date | None, date | None]:
    """Give the first and the last UTC day of the window."""
    last = None if wanted.until is None else (wanted.until - timedelta(milliseconds=1)).date()
    return (None if wanted.since is None else wanted.since.date()), last


def window_of(since: str | date | None, until: str | date | None) -> tuple[date | None, date | None]:
    """Read a window of UTC days.

    Raises
    ------
    UsageError
        Not a day, or the window is empty.
    """
    begin, end = moment(since, name="since"), moment(until, name="until")
    if begin is not None and end is not None and begin >= end:
        raise UsageError(f"--since {since} is not before --until {until}")
    last = None if end is None else (end - timedelta(milliseconds=1)).date()
    return (None if begin is None else begin.date()), last


def received_in(lake: Lake, wanted: Asked) -> tuple[int, int]:
    """Count the positions in the window, of whatever aircraft and place, and the aircraft they are of."""
    since, until = days_of(wanted)
    days = all_days(lake, since, until)
    if since is not None:
        days = days.filter(pl.col("day") >= since)
    if until is not None:
        days = days.filter(pl.col("day") <= until)
    return int(days["positions"].sum()), days.select("icao24", "track_id").unique().height


def ledger_notes(lake: Lake, wanted: Asked) -> list[str]:
    """Say of which days of the window nothing, or not the whole, is known."""
    since, until = days_of(wanted)
    days = lake.days()
    ledger = lake.ledger()
    first = since or (days[0] if days else None)
    last = until or (days[-1] if days else None)
    if first is None or last is None:
        return []
    if first > last:
        return [f"the lake's days are {days[0]} to {days[-1]}: outside the window"]
    have = set(days)
    ledger = ledger.filter(pl.col("day").is_between(first, last))
    notes = _chosen_only(wanted, [d for d in days if first <= d <= last], ledger)
    if wanted.icao24:
        ledger = ledger.filter(pl.col("what").is_in([*wanted.icao24, "*"]))
    else:
        ledger = ledger.filter(pl.col("what") != TRAFFIC)
    asked_of = set(ledger["day"])
    calendar = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    unasked = [d for d in calendar if d not in have and d not in asked_of]
    if len(unasked) == len(calendar):
        notes.append(f"of {some_days(unasked)} nothing is known: not in the lake, and never asked for")
    elif unasked:
        notes.append(
            f"of {some_days(unasked)} nothing is known: not in the lake, and never asked for; "
            f"the window has {_count(len(calendar), 'day')}"
        )
    for status in _UNSURE:
        hit = ledger.filter(pl.col("status") == status)
        if hit.height:
            group = sorted(set(hit["day"]))
            why = hit["reason"].drop_nulls().unique(maintain_order=True).to_list()
            notes.append(f"{some_days(group)} {status}" + (f": {why[0]}" if why else ""))
    return notes


def _chosen_only(wanted: Asked, days: list[date], ledger: pl.DataFrame) -> list[str]:
    """Say on which days the lake holds some aircraft only, where everybody at a place was asked for."""
    if not (wanted.codes or wanted.circles) or wanted.icao24 or wanted.by_identity:
        return []
    answered = ledger.filter(pl.col("status").is_in(["received", "empty", "damaged"]))
    everybody = set(answered.filter(pl.col("what") == "*")["day"])
    if not wanted.circles:
        places = [set(answered.filter(pl.col("what") == f"airfield {code}")["day"]) for code in wanted.codes]
        everybody |= set.intersection(*places)
    some = [d for d in days if d not in everybody]
    if not some:
        return []
    return [f"on {some_days(some)} the lake holds chosen files or aircraft: others that came are in no row"]


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def some_days(days: list[date]) -> str:
    """Name days in a row as ranges, and not too many of them."""
    ranges: list[tuple[date, date]] = []
    for d in days:
        if ranges and d - ranges[-1][1] == timedelta(days=1):
            ranges[-1] = (ranges[-1][0], d)
        else:
            ranges.append((d, d))
    texts = [a.isoformat() if a == b else f"{a.isoformat()} to {b.isoformat()}" for a, b in ranges]
    more = len(texts) - _MOST_SHOWN
    rest = f" and {_count(more, 'more stretch') if more == 1 else f'{more} more stretches'}" if more > 0 else ""
    return f"{_count(len(days), 'day')} ({', '.join(texts[:_MOST_SHOWN])}{rest})"


def reasons(coverage: pl.DataFrame) -> list[str]:
    """Say for each reason in COVERAGE which days it is given for: a narrow table has no room for it."""
    notes = []
    rows = coverage.select("day", "status", "reason").filter(pl.col("reason").is_not_null()).unique().sort("day")
    for (status, reason), group in rows.partition_by("status", "reason", as_dict=True, maintain_order=True).items():
        notes.append(f"{some_days(group['day'].to_list())}{f' {status}' if status else ''}: {reason}")
    return notes


def ledger(
    lake: Path,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    status: str | Iterable[str] | None = None,
) -> Result:
    """Tell what was asked of archives, day by day, and what came of it.

    Parameters
    ----------
    lake : path
        The lake's folder.
    since, until : date or str, optional
        UTC days, both included.
    status : str or several, optional
        Only rows with these: see `wheelsdown.schema.LEDGER_STATUS`.

    Returns
    -------
    Result
        LEDGER.

    Raises
    ------
    UsageError
        No such status, or an empty window.
    LakeError
        No lake.

    Notes
    -----
    A day without a row was never asked for. A day that was asked for one aircraft says nothing of the others.
    """
    first, last = window_of(since, until)
    wanted = as_tuple(status)
    if unknown := [s for s in wanted if s not in LEDGER_STATUS]:
        raise UsageError(f"--status {unknown[0]}: it is one of {', '.join(LEDGER_STATUS)}")
    opened = Lake.open(lake)
    rows = opened.ledger()
    if first is not None:
        rows = rows.filter(pl.col("day") >= first)
    if last is not None:
        rows = rows.filter(pl.col("day") <= last)
    if wanted:
        rows = rows.filter(pl.col("status").is_in(list(wanted)))
    return Result(LEDGER, rows, simulated=opened.simulated)
