"""How a timeline is laid out: rows of days, and the bins in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from wheelsdown.charts.scales import MONTHS

__all__ = ["Band", "Layout", "lay_out"]

_DAY: Final = timedelta(days=1)
_LONGEST_ROW: Final = 400
_LEAST_DAY: Final = 6.5
_LEAST_WEEK: Final = 4.0
_WIDEST_DAY: Final = 44.0


@dataclass(frozen=True)
class Band:
    """One row of a timeline: `first` to `last`, its zero at `start`."""

    first: date
    last: date
    start: date
    label: str
    per_day: float

    def x(self, day: date) -> float:
        """Units from the left edge of the plot to the beginning of a day."""
        return (day - self.start).days * self.per_day

    def within(self, first: date, last: date) -> tuple[date, date] | None:
        """Give the part of a period that lies in this row."""
        a, b = max(first, self.first), min(last, self.last)
        return (a, b) if a <= b else None


@dataclass(frozen=True)
class Layout:
    """Rows, and how many days a bar stands for."""

    rows: tuple[Band, ...]
    unit: str
    """`day`, `week` or `month`."""

    def bin_of(self, day: date, row: Band) -> tuple[date, date]:
        """Give first and last day of the bar that a day belongs to; cut at the ends of its row."""
        if self.unit == "day":
            return day, day
        if self.unit == "week":
            first = day - _DAY * day.weekday()
            last = first + 6 * _DAY
        else:
            first = day.replace(day=1)
            last = (first + 31 * _DAY).replace(day=1) - _DAY
        return max(first, row.first), min(last, row.last)

    def bins(self, row: Band) -> list[tuple[date, date]]:
        """Give all bars of a row."""
        found = [self.bin_of(row.first, row)]
        while found[-1][1] < row.last:
            found.append(self.bin_of(found[-1][1] + _DAY, row))
        return found

    def ticks(self, row: Band) -> list[tuple[date, str]]:
        """Give days to be named below a row, with their names."""
        days = (row.last - row.first).days + 1
        if self.unit == "day" and days <= 70:
            step = next(s for s in (1, 2, 4, 7, 14, 28) if s * row.per_day >= 22)
            found: list[tuple[date, str]] = []
            for i in range(0, days, step):
                day = row.first + i * _DAY
                # a month is named where it begins to be seen
                named = not found or day.month != found[-1][0].month
                found.append((day, f"{day.day} {MONTHS[day.month - 1]}" if named else str(day.day)))
            return found
        month = row.first.replace(day=1)
        every = next(s for s in (1, 2, 3, 6, 12) if s * 30.4 * row.per_day >= 27)
        found = []
        while month <= row.last:
            if month >= row.start and (month.month - 1) % every == 0:
                found.append((month, MONTHS[month.month - 1]))
            month = (month + 31 * _DAY).replace(day=1)
        return found


def lay_out(first: date, last: date, width: float) -> Layout:
    """Choose rows and bars for a period that is to fill a width in units.

    Up to 400 days stand in one row; longer periods have a row a calendar year, all to one scale. Bars are days while
    there is room for them, then weeks (from Monday), then months.
    """
    days = (last - first).days + 1
    if days <= _LONGEST_ROW:
        per_day = min(width / days, _WIDEST_DAY)
        rows: tuple[Band, ...] = (Band(first, last, first, "", per_day),)
    else:
        per_day = width / 366
        rows = tuple(
            Band(
                max(first, date(year, 1, 1)),
                min(last, date(year, 12, 31)),
                date(year, 1, 1),
                str(year),
                per_day,
            )
            for year in range(first.year, last.year + 1)
        )
    unit = "day" if per_day >= _LEAST_DAY else "week" if per_day * 7 >= _LEAST_WEEK else "month"
    return Layout(rows, unit)
