"""Ticks, dates in words, and lanes: what axes share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from wheelsdown.analysis.wording import p_text

__all__ = ["MONTHS", "Lanes", "chance_text", "count", "day_text", "period_text", "runs", "short", "steps", "ticks"]

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def steps(most: float, wanted: int = 4) -> float:
    """Give a round step (1, 2, 5 times a power of ten) that makes about so many ticks up to a value."""
    if most <= 0:
        return 1.0
    rough = most / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)


def ticks(most: float, wanted: int = 4) -> list[float]:
    """Give round values from 0 up to a value, or to the first above it."""
    step = steps(most, wanted)
    return [round(i * step, 10) for i in range(math.ceil(round(most / step, 9)) + 1)]


def short(value: float) -> str:
    """Write a number for people: no more places than it needs, at most three significant."""
    if value == 0:
        return "0"
    if abs(value) >= 100 or value == round(value):
        return f"{value:,.0f}"
    text = f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
    return text.rstrip("0").rstrip(".")


def chance_text(p: float | None, draws: int | None = None) -> str:
    """Write a chance level as sentences do: ``p 0.012``, ``p ≤ 0.00010``; in words where there is none."""
    return "p not computed" if p is None else f"p {p_text(p, draws)}"


def count(n: int, one: str, more: str | None = None) -> str:
    """Write a number with its noun: ``1 visit``, ``2 visits``."""
    return f"{n:,} {one if n == 1 else more or one + 's'}"


def day_text(day: date) -> str:
    """Write a day: ``5 Sep 2023``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def period_text(first: date, last: date | None) -> str:
    """Write a period: ``1 to 17 Sep 2023``."""
    if last is None or last == first:
        return day_text(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day_text(last)}"
    if first.year == last.year:
        return f"{first.day} {MONTHS[first.month - 1]} to {day_text(last)}"
    return f"{day_text(first)} to {day_text(last)}"


class Lanes:
    """Rows of marks: each mark goes into the first lane where it does not touch another."""

    def __init__(self, apart: float = 2.0) -> None:
        self._apart = apart
        self._taken: list[list[tuple[float, float]]] = []

    def place(self, start: float, end: float) -> int:
        """Give the lane, from 0, of a mark from `start` to `end`."""
        for lane, taken in enumerate(self._taken):
            if all(end + self._apart <= a or start >= b + self._apart for a, b in taken):
                taken.append((start, end))
                return lane
        self._taken.append([(start, end)])
        return len(self._taken) - 1

    @property
    def count(self) -> int:
        """How many lanes are used."""
        return len(self._taken)


def runs(days: Iterable[date]) -> list[tuple[date, date]]:
    """Join days that follow each other: first and last of each run."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
