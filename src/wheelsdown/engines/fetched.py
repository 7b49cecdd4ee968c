"""What a run of `fetch` did, in tables and in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from wheelsdown.archive.answers import Cost as KeyedCost
from wheelsdown.archive.plan import Cost
from wheelsdown.archive.releases import windows
from wheelsdown.engines.fetch_question import TRAFFIC

__all__ = ["Fetched", "Moving"]

_MOST_SHOWN: Final = 6


@dataclass(frozen=True)
class Moving:
    """How far a run is: for a bar."""

    day: date | None
    done: int
    """Days done."""
    of: int
    bytes: int
    """Bytes moved so far."""
    expected: int
    """Bytes expected in all, an estimate."""


@dataclass
class Fetched:
    """What a run did."""

    plan: list[Cost]
    chosen: Cost | None
    ledger: pl.DataFrame
    """LEDGER of this run."""
    problems: pl.DataFrame
    """PROBLEMS."""
    days_asked: int = 0
    days_answered_before: int = 0
    as_before: tuple[date, ...] = ()
    """Days damaged when they were asked before, and not asked again: the archive has not changed them."""
    unasked: tuple[tuple[date, str], ...] = ()
    """In a dry run: days that would not be asked for, each with the status it would get."""
    requests: int = 0
    bytes: int = 0
    dry: bool = False
    keyed_plan: KeyedCost | None = None
    """What it would take, where the host asks for a key."""

    @property
    def failed(self) -> bool:
        """Whether anything has to be asked again because it was refused or broken off."""
        return bool((self.ledger["status"] == "failed").any())

    def sentences(self) -> list[str]:
        """Say what came of it, and what no archive covers."""
        said = []
        if self.days_answered_before:
            said.append(f"{self.days_answered_before} days were answered before and not asked again")
        if self.as_before:
            said.append(f"damaged as before, not asked again (--again does): {_spans(self.as_before)}")
        if self.dry:
            said += _uncovered(day for day, status in self.unasked if status == "no_archive")
            if later := _spans(day for day, status in self.unasked if status == "pending"):
                said.append(f"pending, {_NOT_KNOWN['pending']}: {later}")
            if not self.days_asked - len(self.unasked):
                said.append("nothing is left to ask for")
            return said
        aircraft = self.ledger.filter(pl.col("what") != TRAFFIC)
        for status, count, days in (
            aircraft.group_by("status").agg(pl.len(), pl.col("day").n_unique()).sort("status").iter_rows()
        ):
            said.append(f"{status}: {count} aircraft-days on {days} days")
        around = self.ledger.filter(pl.col("what") == TRAFFIC)
        if around.height:
            counts = ", ".join(f"{n} {s}" for s, n in around.group_by("status").len().sort("status").iter_rows())
            said.append(f"traffic around: {counts} days")
        said += _uncovered(self.ledger.filter(pl.col("status") == "no_archive")["day"].unique())
        for status, words in _NOT_KNOWN.items():
            if spans := _spans(self.ledger.filter(pl.col("status") == status)["day"].unique()):
                said.append(f"{status}, {words}: {spans}")
        said.append(f"{self.requests} requests, {self.bytes} bytes")
        return said


_NOT_KNOWN: Final = {
    "missing": "the archive does not have them",
    "expired": "older than the host keeps",
    "pending": "not yet published, ask again",
    "damaged": "part of them is missing or unreadable",
    "failed": "refused or broken off, run the same command again",
}


def _uncovered(days: Iterable[date]) -> list[str]:
    return [f"no open archive covers {_span(a, b)}: nothing can be said of these days" for a, b in windows(days)]


def _spans(days: Iterable[date]) -> str:
    spans = [_span(a, b) for a, b in windows(days)]
    more = f" and {len(spans) - _MOST_SHOWN} more" if len(spans) > _MOST_SHOWN else ""
    return f"{', '.join(spans[:_MOST_SHOWN])}{more}"


def _span(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first} to {last}"
