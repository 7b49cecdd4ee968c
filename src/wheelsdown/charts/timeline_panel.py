"""One panel of a timeline: an airfield's days in one row, or in a row a year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from wheelsdown.charts.palette import paint
from wheelsdown.charts.periods import Band, Layout
from wheelsdown.charts.scales import Lanes, runs, short, ticks
from wheelsdown.charts.svg import SIZE, Sheet, num, text_width
from wheelsdown.charts.timeline_rows import Day, Mark, Span

__all__ = ["ASSUMED_DASH", "Panel", "draw_panel"]

_DAY: Final = timedelta(days=1)
_LANE: Final = 16.0
_TALL: Final = 150.0
_LOW: Final = 46.0
_BOX: Final = 20.0
_STRIP: Final = 7.0
_LEAST_BAND: Final = 2.5
_SAID: Final = 3
ASSUMED_DASH: Final = "2 3"
"""Of the line below days that are only assumed to have been observed."""
_BOXES: Final = 60


@dataclass(frozen=True)
class Panel:
    """What is drawn: days by date, marks, spans, statements."""

    layout: Layout
    days: Mapping[date, Day]
    marks: Sequence[Mark]
    surges: Sequence[Span]
    events: Sequence[Span]
    said: Sequence[tuple[str, date]]
    left: float

    @property
    def highest(self) -> int:
        """Most visits in one bar."""
        sums: dict[date, int] = defaultdict(int)
        for mark in self.marks:
            sums[self.layout.bin_of(mark.day, self.row_of(mark.day))[0]] += mark.height
        return max(sums.values(), default=0)

    def row_of(self, day: date) -> Band:
        """Give the row that a day stands in."""
        return next(r for r in self.layout.rows if r.first <= day <= r.last)


def draw_panel(sheet: Sheet, panel: Panel, y: float) -> float:
    """Draw all rows from `y` down; give the y below."""
    rows = panel.layout.rows
    most = max(panel.highest, 1)
    limit = _TALL if len(rows) == 1 else _LOW
    unit = min(_BOX, limit / most)
    height = max(unit * most, 34.0)
    strip = any(0 < d.exposure < 1 for d in panel.days.values())
    with sheet.group(class_="axis"):
        y += SIZE
        sheet.text(4, y, f"visits a {panel.layout.unit}", colour="muted")
        y += 9
    for number, row in enumerate(rows):
        y = _draw_row(sheet, panel, row, y, unit, height, strip)
        if number == len(rows) - 1 or len(rows) == 1:
            y = _name_days(sheet, panel, row if len(rows) == 1 else rows[-1], y)
        else:
            y += 6
    return y


def _draw_row(sheet: Sheet, panel: Panel, row: Band, top: float, unit: float, height: float, strip: bool) -> float:
    lanes = _Marks(sheet, panel, row)
    y = top + lanes.height
    base = y + height
    left = panel.left
    right = left + row.x(row.last) + row.per_day
    lanes.bands(y, base)
    with sheet.group(class_="axis"):
        for value in ticks(height / unit, 2 if height < 60 else 4):
            at = base - value * unit
            if value != int(value) or at < y - 0.5:
                continue
            if value:
                sheet.line(left + row.x(row.first), at, right, at, colour="grid")
            sheet.text(left - 5, at + SIZE * 0.36, short(value), anchor="end", colour="muted", size=11.5)
        if row.label:
            sheet.text(2, y + height / 2 + SIZE * 0.36, row.label, bold=True)
    _hatch(sheet, panel, row, y, height)
    _boxes(sheet, panel, row, base, unit)
    sheet.line(left + row.x(row.first), base, right, base, colour="ink")
    if any(d.assumed for d in panel.days.values()):
        _assume(sheet, panel, row, base + 3.5)
        base += 4
    if strip:
        _exposure(sheet, panel, row, base + 3)
        base += 3 + _STRIP
    lanes.draw(top, y)
    return base


def _hatch(sheet: Sheet, panel: Panel, row: Band, y: float, height: float) -> None:
    """Hatch days not observed; days that follow each other in one piece, with the rows of the first and the last."""
    unseen = [d for d, day in panel.days.items() if row.first <= d <= row.last and day.exposure == 0]
    for first, last in runs(unseen):
        sheet.rect(
            panel.left + row.x(first),
            y,
            (last - first + _DAY).days * row.per_day,
            height,
            fill_=sheet.hatch(),
            class_="unobserved",
            data_from=f"series/{panel.days[first].row}/exposure",
            data_until=f"series/{panel.days[last].row}/exposure",
            data_days=(last - first + _DAY).days,
        )


def _assume(sheet: Sheet, panel: Panel, row: Band, y: float) -> None:
    """Draw a broken line below days that nothing tells to have been observed."""
    for first, last in runs([d for d, day in panel.days.items() if row.first <= d <= row.last and day.assumed]):
        sheet.line(
            panel.left + row.x(first),
            y,
            panel.left + row.x(last) + row.per_day,
            y,
            colour="ink",
            stroke_width=1.6,
            stroke_dasharray=ASSUMED_DASH,
            class_="assumed",
            data_from=f"series/{panel.days[first].row}/known",
            data_until=f"series/{panel.days[last].row}/known",
        )


def _boxes(sheet: Sheet, panel: Panel, row: Band, base: float, unit: float) -> None:
    """Stack a box a visit; counted ones below, hollow ones on top."""
    stacked: dict[date, float] = defaultdict(float)
    inside = [m for m in panel.marks if row.first <= m.day <= row.last]
    by_bin = sorted(inside, key=lambda m: (panel.layout.bin_of(m.day, row)[0], not m.counted, m.day))
    gap = 1.2 if unit > 6 else 0.5 if unit > 2.5 else 0.0
    for mark in by_bin:
        first, last = panel.layout.bin_of(mark.day, row)
        wide = (last - first + _DAY).days * row.per_day
        inset = min(1.5, wide * 0.1)
        tall = unit * mark.height
        top = base - stacked[first] - tall
        stacked[first] += tall
        x, y = panel.left + row.x(first) + inset, top + gap / 2
        w, h = max(wide - 2 * inset, 0.8), max(tall - gap, 0.6)
        if mark.counted and 1 < mark.height <= _BOXES:
            one = f"h{num(w)}v{num(unit - gap)}h{num(-w)}z"
            boxes = "".join(f"M{num(x)} {num(y + i * unit)}{one}" for i in range(mark.height))
            sheet.tag("path", d=boxes, fill=paint("main"), class_="visit", data_from=mark.source)
        elif mark.counted:
            sheet.rect(x, y, w, h, fill="main", class_="visit", data_from=mark.source)
        else:
            line = min(1.6, w / 3, h / 3)
            sheet.rect(
                x + line / 2,
                y + line / 2,
                w - line,
                h - line,
                fill="paper",
                stroke=paint("main"),
                stroke_width=line,
                class_="visit weaker",
                data_from=mark.source,
            )


def _exposure(sheet: Sheet, panel: Panel, row: Band, y: float) -> None:
    """Below the line: how much of each bar's time a visit would have been received."""
    for first, last in panel.layout.bins(row):
        days = [panel.days[d].exposure for d in _days(first, last) if d in panel.days]
        if not days:
            continue
        share = sum(days) / len(days)
        x, wide = panel.left + row.x(first), (last - first + _DAY).days * row.per_day
        sheet.rect(x, y, wide, _STRIP, fill="grid")
        if share > 0:
            cell = f"series/{panel.days[first].row}/exposure" if first == last else None
            sheet.rect(x, y + _STRIP * (1 - share), wide, _STRIP * share, fill="rule", data_from=cell)


def _days(first: date, last: date) -> list[date]:
    return [first + i * _DAY for i in range((last - first).days + 1)]


def _name_days(sheet: Sheet, panel: Panel, row: Band, y: float) -> float:
    year = len(panel.layout.rows) > 1
    scale = Band(date(row.start.year, 1, 1), date(row.start.year, 12, 31), row.start, "", row.per_day) if year else row
    with sheet.group(class_="axis"):
        end = -100.0
        for day, text in panel.layout.ticks(scale):
            x = panel.left + scale.x(day)
            middle = x + row.per_day / 2 if panel.layout.unit == "day" else x
            sheet.line(middle, y, middle, y + 4)
            start = middle - text_width(text, 11.5) / 2 if panel.layout.unit == "day" else x
            if start < end + 4 or start + text_width(text, 11.5) > sheet.width:
                continue
            anchor = "middle" if panel.layout.unit == "day" else "start"
            sheet.text(middle, y + 5 + 11.5, text, anchor=anchor, colour="muted", size=11.5)
            end = start + text_width(text, 11.5)
        y += 21
        if not year:
            first, last = row.first, row.last
            text = str(first.year) if first.year == last.year else f"{first.year} to {last.year}"
            sheet.text(panel.left, y + 11.5, text, colour="muted", size=11.5)
            y += 15
    return y


class _Marks:
    """What stands above the bars of one row: statements, numbers of events, brackets of surges."""

    def __init__(self, sheet: Sheet, panel: Panel, row: Band) -> None:
        self.sheet, self.panel, self.row = sheet, panel, row
        self.said = [(cell, day) for cell, day in panel.said if row.first <= day <= row.last]
        self.events = [(s, part) for s in panel.events if (part := row.within(s.first, s.last))]
        self.surges = [(s, part) for s in panel.surges if (part := row.within(s.first, s.last))]
        self._said, self._numbers, self._brackets = Lanes(), Lanes(3), Lanes(4)
        # many on one day overlap rather than grow the chart
        self._at_said = [min(self._said.place(self._x(d) - 5, self._x(d) + 5), _SAID - 1) for _, d in self.said]
        self._at_numbers = []
        for span, (first, last) in self.events:
            middle, half = self._middle(first, last), text_width(span.mark, 11.5) / 2
            self._at_numbers.append(self._numbers.place(middle - half, middle + half))
        self._at_brackets = []
        for span, (first, last) in self.surges:
            a, b = self._ends(first, last)
            self._at_brackets.append(self._brackets.place(a, max(b, a + text_width(span.mark, 11.5))))
        self.height = (
            12.0 * min(self._said.count, _SAID) + 14.0 * self._numbers.count + _LANE * 1.35 * self._brackets.count
        )

    def _x(self, day: date) -> float:
        return self.panel.left + self.row.x(day) + self.row.per_day / 2

    def _ends(self, first: date, last: date) -> tuple[float, float]:
        a = self.panel.left + self.row.x(first)
        b = self.panel.left + self.row.x(last) + self.row.per_day
        if b - a < _LEAST_BAND:
            a, b = (a + b - _LEAST_BAND) / 2, (a + b + _LEAST_BAND) / 2
        return a, b

    def _middle(self, first: date, last: date) -> float:
        a, b = self._ends(first, last)
        return (a + b) / 2

    def bands(self, y: float, base: float) -> None:
        """Draw events as bands behind the bars, with an edge where they begin and end in this row."""
        for span, (first, last) in self.events:
            a, b = self._ends(first, last)
            with self.sheet.group(class_="event", data_from=f"events/{span.row}/began"):
                self.sheet.rect(a, y, b - a, base - y, fill="band")
                for x, here in ((a, first == span.first), (b, last == span.last)):
                    if here:
                        self.sheet.line(x, y, x, base, colour="band-edge")

    def draw(self, top: float, y: float) -> None:
        """Draw what stands between `top` and the bars at `y`."""
        at = top
        for (cell, day), lane in zip(self.said, self._at_said, strict=True):
            x = self._x(day)
            self.sheet.tag(
                "path",
                d=f"M{num(x)} {num(at + lane * 12 + 1)}l5 5l-5 5l-5-5z",
                fill=paint("ink"),
                class_="statement",
                data_from=cell,
            )
        at += 12.0 * min(self._said.count, _SAID)
        for (span, part), lane in zip(self.surges, self._at_brackets, strict=True):
            self._bracket(span, part, at + lane * _LANE * 1.35)
        for (span, (first, last)), lane in zip(self.events, self._at_numbers, strict=True):
            level = y - 3 - 14 * (self._numbers.count - 1 - lane)
            self.sheet.text(self._middle(first, last), level, span.mark, anchor="middle", size=11.5, halo="paper")

    def _bracket(self, span: Span, part: tuple[date, date], y: float) -> None:
        """Draw a bracket, open at an end that lies in another row."""
        a, b = self._ends(*part)
        level = y + 14
        path = f"M{num(a)} {num(level + 5)}V{num(level)}" if part[0] == span.first else f"M{num(a)} {num(level)}"
        path += f"H{num(b)}" + (f"V{num(level + 5)}" if part[1] == span.last else "")
        with self.sheet.group(class_="surge", data_from=f"surges/{span.row}/began"):
            dash = None if span.solid else "3 2"
            self.sheet.tag("path", d=path, fill="none", stroke=paint("alert"), stroke_width=2, stroke_dasharray=dash)
            middle = max((a + b) / 2, a + text_width(span.mark, 11.5) / 2)
            self.sheet.text(middle, level - 3, span.mark, anchor="middle", size=11.5, bold=True, halo="paper")
