"""Intervals on one axis, a row each: label above, bar from least to most, open where there is no bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from wheelsdown.charts.palette import paint
from wheelsdown.charts.scales import short, ticks
from wheelsdown.charts.svg import SIZE, Sheet, num, text_width, wrap

__all__ = ["Axis", "Interval", "Track", "draw_tracks", "open_end"]

_SMALL: Final = 11.5
_LANE: Final = 17.0
_STUB: Final = 12.0


@dataclass(frozen=True)
class Axis:
    """A linear axis from 0: values to units."""

    left: float
    right: float
    most: float

    def x(self, value: float) -> float:
        """Units from the left edge of the chart."""
        return self.left + (self.right - self.left) * min(max(value / self.most, 0.0), 1.0)

    @classmethod
    def upto(cls, most: float, left: float, right: float) -> Axis:
        """Give an axis that ends on a round value."""
        return cls(left, right, max(ticks(most if most > 0 else 1.0)))


@dataclass(frozen=True)
class Interval:
    """One bar: `most` null means that there is no bound above, `least` null none below."""

    least: float | None
    most: float | None
    best: float | None = None
    source: str | None = None
    style: str = "main"
    """`main` filled, `hollow` outlined, `hatched`."""
    text: str = ""
    """Numbers in words, beside the bar."""
    cut: bool = False
    """It goes on beyond the axis."""


@dataclass(frozen=True)
class Track:
    """One row: a label over its bars."""

    label: str
    bars: Sequence[Interval] = field(default_factory=tuple)
    note: str = ""
    """Written where there is no bar, or below."""
    beside: bool = False
    """The label stands to the left of the axis, on the line of the one bar."""


def open_end(x: float, y: float, way: int) -> str:
    """Give the path of an arrow head that says: no bound this way; 1 right, -1 left."""
    return f"M{num(x)} {num(y - 6)}l{num(7 * way)} 6l{num(-7 * way)} 6"


def draw_tracks(
    sheet: Sheet,
    tracks: Sequence[Track],
    axis: Axis,
    y: float,
    *,
    unit: str = "",
    lines: Sequence[tuple[float, str]] = (),
    percent: bool = False,
) -> float:
    """Draw rows from `y` down, the axis below them, and give the y below it.

    `lines` are values that go through all rows, with their names above them.
    """
    top = y
    for value, name in lines:
        y += SIZE + 1
        wide = text_width(name, _SMALL)
        at = min(max(axis.x(value), wide / 2 + 4), sheet.width - wide / 2 - 4)
        sheet.text(at, y, name, anchor="middle", size=_SMALL)
    start = y + 4 if lines else top
    y = start
    heights = [_height(sheet, t, axis) for t in tracks]
    bottom = y + sum(heights)
    with sheet.group(class_="axis"):
        for value in ticks(axis.most):
            x = axis.x(value)
            sheet.line(x, start, x, bottom, colour="grid")
            name = f"{short(value * 100)} %" if percent else short(value)
            anchor = "end" if x + text_width(name, _SMALL) / 2 > sheet.width - 2 else "middle"
            sheet.text(
                x if anchor == "middle" else sheet.width - 2,
                bottom + 15,
                name,
                anchor=anchor,
                colour="muted",
                size=_SMALL,
            )
        if unit:
            sheet.text(axis.left, bottom + 30, unit, colour="muted", size=_SMALL)
    for track, height in zip(tracks, heights, strict=True):
        _draw(sheet, track, axis, y, [axis.x(value) for value, _ in lines])
        y += height
    return bottom + (34 if unit else 20)


def _height(sheet: Sheet, track: Track, axis: Axis) -> float:
    extra = sum(_place(sheet, bar, axis) is None for bar in track.bars if bar.text)
    if track.beside:
        return _LANE + extra * _SMALL * 1.3
    labels = len(wrap(track.label, sheet.width - 8, most=2)) if track.label else 0
    notes = len(wrap(track.note, sheet.width - 8, _SMALL, most=3)) if track.note else 0
    return labels * SIZE * 1.3 + len(track.bars) * _LANE + extra * _SMALL * 1.3 + notes * _SMALL * 1.3 + 9


def _draw(sheet: Sheet, track: Track, axis: Axis, y: float, lines: Sequence[float]) -> None:
    if track.beside:
        sheet.text(axis.left - 8, y + _LANE / 2 + 4, track.label, anchor="end", size=_SMALL)
        _bars(sheet, track, axis, y)
        return
    y += SIZE
    if track.label:
        y = sheet.lines(4, y, track.label, sheet.width - 8, most=2, halo="paper")
    y -= SIZE
    tall = sum(_LANE + (_SMALL * 1.3 if bar.text and _place(sheet, bar, axis) is None else 0) for bar in track.bars)
    for x in lines if track.bars else ():
        sheet.line(x, y - 1, x, y + tall + 2, colour="ink", stroke_width=1.5, stroke_dasharray="5 3")
    y = _bars(sheet, track, axis, y)
    if track.note:
        sheet.lines(4, y + _SMALL, track.note, sheet.width - 8, most=3, size=_SMALL, colour="muted", halo="paper")


def _bars(sheet: Sheet, track: Track, axis: Axis, y: float) -> float:
    """Draw bars below each other, a text that finds no room beside its bar above it."""
    for bar in track.bars:
        if bar.text and _place(sheet, bar, axis) is None:
            sheet.text(axis.left, y + _SMALL, bar.text, size=_SMALL, halo="paper")
            y += _SMALL * 1.3
        _bar(sheet, bar, axis, y + _LANE / 2)
        y += _LANE
    return y


def _ends(bar: Interval, axis: Axis) -> tuple[float, float]:
    """Give left and right of what is drawn, the thin line of an open end included."""
    low = axis.x(bar.least) if bar.least is not None else axis.left
    high = axis.x(bar.most) if bar.most is not None else axis.right
    return low, max(high, low + 2.0)


def _place(sheet: Sheet, bar: Interval, axis: Axis) -> tuple[float, str] | None:
    """Find room for a bar's text beside it: x and anchor."""
    low, high = _ends(bar, axis)
    room = text_width(bar.text, _SMALL)
    if high + 10 + room <= sheet.width - 2:
        return high + 8, "start"
    return (low - 8, "end") if low - 10 - room >= axis.left else None


def _bar(sheet: Sheet, bar: Interval, axis: Axis, y: float) -> None:
    low, high = _ends(bar, axis)
    fill = {"main": paint("main"), "hollow": paint("paper"), "hatched": sheet.hatch(colour="main", gap=4.0)}[bar.style]
    with sheet.group(class_="interval", data_from=bar.source):
        # an open end is a thin line: nothing is known there but that it may reach so far, and farther
        a = low if bar.least is not None or bar.most is None else max(high - _STUB, low)
        b = high if bar.most is not None or bar.least is None else min(low + _STUB, high)
        if bar.least is None or bar.most is None:
            sheet.line(low, y, high, y, colour="ink", stroke_width=1.5)
        sheet.rect(a, y - 5, max(b - a, 2.0), 10, fill_=fill, stroke=paint("main"), stroke_width=1.2)
        if bar.cut:
            slashes = f"M{num(high - 12)} {num(y + 8)}l5 -16M{num(high - 7)} {num(y + 8)}l5 -16"
            sheet.tag("path", d=slashes, fill="none", stroke=paint("paper"), stroke_width=2.2)
        ends = [open_end(high - 5, y, 1)] if bar.most is None else []
        ends += [open_end(low + 5, y, -1)] if bar.least is None else []
        for path in ends:
            sheet.tag("path", d=path, fill="none", stroke=paint("ink"), stroke_width=2.2)
        if bar.best is not None:
            x = axis.x(bar.best)
            sheet.tag("circle", cx=x, cy=y, r=4, fill=paint("paper"), stroke=paint("ink"), stroke_width=2)
    placed = _place(sheet, bar, axis) if bar.text else None
    if placed:
        sheet.text(placed[0], y + 4, bar.text, anchor=placed[1], size=_SMALL, halo="paper")
