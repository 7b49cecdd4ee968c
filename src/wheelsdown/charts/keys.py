"""The key below a chart: a small picture of each mark, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from wheelsdown.charts.palette import paint
from wheelsdown.charts.svg import SIZE, Sheet, text_width, wrap

__all__ = ["Entry", "draw_key", "swatch"]

Entry = tuple[Callable[[Sheet, float, float], None], str]
"""What draws the mark at left edge and middle, about 16 units wide; and its meaning."""
_MARK: Final = 20.0
_LINE: Final = 18.0


def draw_key(sheet: Sheet, entries: Sequence[Entry], x: float, y: float, width: float) -> float:
    """Set entries in lines; give the y below the last."""
    left = x
    with sheet.group(class_="key", aria_hidden="true"):
        for draw, text in entries:
            needs = _MARK + text_width(text) + 12
            if left > x and left + needs > x + width + 12:
                left = x
                y += _LINE
            draw(sheet, left, y + _LINE / 2)
            end = y
            for line in wrap(text, x + width - left - _MARK):
                sheet.text(left + _MARK, end + _LINE / 2 + SIZE * 0.36, line, colour="ink")
                end += _LINE
            y = max(y, end - _LINE)
            left += needs
    return y + _LINE if entries else y


def swatch(fill: str, *, stroke: str | None = None, dash: str | None = None) -> Callable[[Sheet, float, float], None]:
    """Give a function that draws a small box; `fill` is a value of `fill`, not a name."""

    def draw(sheet: Sheet, x: float, y: float) -> None:
        sheet.tag(
            "rect",
            x=x + 0.75,
            y=y - 5.25,
            width=13,
            height=10.5,
            fill=fill,
            stroke=paint(stroke) if stroke else None,
            stroke_width=1.5 if stroke else None,
            stroke_dasharray=dash,
        )

    return draw
