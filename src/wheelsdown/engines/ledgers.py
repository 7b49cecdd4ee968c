"""What a lake's ledger says: of which days of a window nothing, or not the whole, is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.analysis.covering import Covers
from wheelsdown.engines.asked import Asked, as_tuple, moment
from wheelsdown.engines.result import Result
from wheelsdown.errors import UsageError
from wheelsdown.lake import Lake
from wheelsdown.lake.choosing import all_days
from wheelsdown.schema import LEDGER, LEDGER_STATUS

__all__ = ["days_held", "days_of", "ledger", "ledger_notes", "reasons", "received_in", "some_days", "window_of"]

_MOST_SHOWN: Final = 6
_UNSURE: Final = ("missing", "pending", "expired", "failed", "damaged", "no_archive")
_ANSWERED: Final = ("received", "empty", "damaged")
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


def days_held(lake: Lake) -> Covers:
    """Give the ends of what a lake knows of: days with positions, and those that an archive answered for."""
    answered = lake.ledger().filter(pl.col("status").is_in(_ANSWERED))["day"]
    days = sorted({*lake.days(), *lake.layout.days("traffic"), *answered})
    if not days:
        return ()
    return datetime.combine(days[0], time(), tzinfo=UTC), datetime.combine(days[-1], time.max, tzinfo=UTC)


def ledger_notes(lake: Lake, wanted: Asked, aircraft: Sequence[str] | None = None) -> list[str]:
    """Say of which days of the window nothing, or not the whole, is known.

    Parameters
    ----------
    lake : Lake
    wanted : Asked
    aircraft : sequence of str, optional
        Addresses that the tails asked for stand for; those of `wanted` if not given.
    """
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
    named = list(wanted.icao24 if aircraft is None else aircraft)
    every = ledger
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
    if named and len(unasked) < len(calendar):
        notes += _never_asked(lake, named, [d for d in calendar if d not in set(unasked)], every)
    for status in _UNSURE:
        hit = ledger.filter(pl.col("status") == status)
        if hit.height:
            group = sorted(set(hit["day"]))
            why = hit["reason"].drop_nulls().unique(maintain_order=True).to_list()
            notes.append(f"{some_days(group)} {status}" + (f": {why[0]}" if why else ""))
    return notes


def _never_asked(lake: Lake, aircraft: Sequence[str], days: list[date], ledger: pl.DataFrame) -> list[str]:
    """Say on which days the lake knows of others, while these aircraft were not received and never asked for."""
    told: dict[str, set[date]] = {a: set() for a in aircraft}
    seen = all_days(lake, days[0], days[-1], beside=0).select("icao24", "day")
    asked = ledger.select(pl.col("what").alias("icao24"), "day")
    for address, day in pl.concat([seen, asked]).filter(pl.col("icao24").is_in(list(told))).unique().iter_rows():
        told[address].add(day)
    everybody = set(ledger.filter(pl.col("what") == "*")["day"])
    lacking: dict[tuple[date, ...], list[str]] = {}
    for address, known in told.items():
        if rest := tuple(d for d in days if d not in known and d not in everybody):
            lacking.setdefault(rest, []).append(address)
    return [
        f"of {_some(who)} nothing is known on {some_days(list(rest))}: the lake knows of others there, "
        f"{'this one was' if len(who) == 1 else 'these were'} never asked for"
        for rest, who in lacking.items()
    ]


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_SHOWN
    return ", ".join(names[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _chosen_only(wanted: Asked, days: list[date], ledger: pl.DataFrame) -> list[str]:
    """Say on which days the lake holds some aircraft only, where everybody at a place or all that fit are asked for."""
    described = bool(wanted.operator or wanted.typecode)
    if not (wanted.codes or wanted.circles or described) or wanted.icao24 or wanted.registration:
        return []
    answered = ledger.filter(pl.col("status").is_in(_ANSWERED))
    everybody = set(answered.filter(pl.col("what") == "*")["day"])
    if wanted.codes and not wanted.circles:
        places = [set(answered.filter(pl.col("what") == f"airfield {code}")["day"]) for code in wanted.codes]
        everybody |= set.intersection(*places)
    some = [d for d in days if d not in everybody]
    if not some:
        return []
    others = "others that fit" if described else "others that came"
    return [f"on {some_days(some)} the lake holds chosen files or aircraft: {others} are in no row"]


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
