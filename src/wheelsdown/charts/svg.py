"""Writing one chart as one SVG element: escaped text, rounded numbers, a title and a description, ids of its own.

Every text that comes from a table goes through `clean`: control and steering characters are dropped, length is capped,
and mark-up becomes text. The same rows give the same bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any, Final

from wheelsdown.analysis.wording import name
from wheelsdown.charts.palette import paint

__all__ = ["NARROW", "SIZE", "WIDE", "Sheet", "clean", "fit", "num", "text_width", "wrap"]

SIZE: Final = 12.5
"""Size of text, in units; the smallest used is 11.5, shown at 11 px at 390 px with margins of 16 px."""
NARROW: Final = 370
"""Width of the layout for a phone, in units; it is also readable when shown up to 640 px wide."""
WIDE: Final = 760
"""Width of the layout for a desk or A4."""
_BANNER: Final = 20.0
_PREFIX: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_SLIM: Final = frozenset("iljtfrI.,:;'|!()[] ")
_FAT: Final = frozenset("mwMWQO@%&")


def clean(text: object, *, most: int = 240) -> str:
    """Make a text from a table fit to be drawn: no control or steering characters, on one line, not endless."""
    kept = " ".join(w for w in (name(word) for word in str(text)[: most * 8].split()) if w)
    return kept if len(kept) <= most else kept[: most - 3].rstrip() + "..."


def num(value: float) -> str:
    """Write a coordinate: two decimals at most, no minus zero."""
    if not math.isfinite(value):
        raise ValueError(f"a coordinate is {value}")
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def text_width(text: str, size: float = SIZE) -> float:
    """Guess the width of a text in units, rather too wide than too narrow: fonts differ from machine to machine."""
    em = 0.0
    for c in text:
        if c in _SLIM:
            em += 0.36
        elif c in _FAT:
            em += 0.92
        elif ord(c) > 0x2E80:
            em += 1.05
        else:
            em += 0.68 if c.isupper() else 0.6
    return em * size


def fit(text: str, width: float, size: float = SIZE) -> str:
    """Cut a text so that it fits into a width, with three dots where something was cut."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "...", size) > width:
        text = text[:-1]
    return text.rstrip() + "..."


def wrap(text: str, width: float, size: float = SIZE, *, most: int = 4) -> list[str]:
    """Break a text into lines that fit into a width; at most so many, the last one cut."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        tried = f"{line} {word}".strip()
        if line and text_width(tried, size) > width:
            lines.append(line)
            line = word
        else:
            line = tried
    lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [fit(one, width, size) for one in lines]


class Sheet:
    """A drawing of one chart, from the top down.

    Parameters
    ----------
    prefix : str
        Begins every id in it, so that charts on one page do not share any; letters, digits, ``-`` and ``_``.
    width : float
        Width in units; the height is what the content needs.
    kind : str
        A class name for the page's style sheet, e.g. ``timeline``.
    simulated : bool
        The rows are made: the chart, its title and its description say SIMULATED.

    Raises
    ------
    ValueError
        The prefix is no id.
    """

    def __init__(self, *, prefix: str, width: float, kind: str, simulated: bool = False) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"prefix {prefix!r}: letters, digits, - and _, a letter first, at most 64")
        self.prefix = prefix
        self.width = float(width)
        self.kind = kind
        self.simulated = simulated
        self._parts: list[str] = []
        self._patterns: dict[str, str] = {}

    def tag(self, tag: str, **attributes: Any) -> None:
        """Add an empty element; underscores in names become hyphens, numbers are rounded, null is left out."""
        self._parts.append(f"<{tag}{_attributes(attributes)}/>")

    @contextmanager
    def group(self, **attributes: Any) -> Iterator[None]:
        """Put what is drawn inside into a group."""
        self._parts.append(f"<g{_attributes(attributes)}>")
        yield
        self._parts.append("</g>")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        anchor: str = "start",
        colour: str = "ink",
        size: float = SIZE,
        bold: bool = False,
        halo: str | None = None,
        **attributes: Any,
    ) -> None:
        """Write one line of text; `y` is its baseline, `halo` a colour that keeps it apart from what lies below."""
        attributes |= {"x": x, "y": y, "fill": paint(colour)}
        if anchor != "start":
            attributes["text_anchor"] = anchor
        if size != SIZE:
            attributes["font_size"] = size
        if bold:
            attributes["font_weight"] = "bold"
        if halo:
            attributes |= {
                "stroke": paint(halo),
                "stroke_width": 3,
                "stroke_linejoin": "round",
                "paint_order": "stroke",
            }
        self._parts.append(f"<text{_attributes(attributes)}>{escape(text)}</text>")

    def lines(self, x: float, y: float, text: str, width: float, *, most: int = 4, **how: Any) -> float:
        """Write a text over several lines, and give the baseline below the last."""
        size = how.get("size", SIZE)
        for line in wrap(text, width, size, most=most):
            self.text(x, y, line, **how)
            y += size * 1.3
        return y

    def line(self, x1: float, y1: float, x2: float, y2: float, *, colour: str = "rule", **how: Any) -> None:
        """Draw a straight line."""
        self.tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=paint(colour), **how)

    def rect(self, x: float, y: float, width: float, height: float, *, fill: str | None = None, **how: Any) -> None:
        """Draw a rectangle; `fill` names a colour."""
        if fill:
            how["fill"] = paint(fill)
        self.tag("rect", x=x, y=y, width=width, height=height, **how)

    def hatch(self, *, colour: str = "hatch", gap: float = 5.0, weight: float = 1.2, angle: int = 45) -> str:
        """Give a value of `fill` that hatches; the pattern is this chart's own."""
        key = f"{colour}-{num(gap)}-{num(weight)}-{angle}".replace(".", "_")
        mark = f"{self.prefix}-hatch-{key}"
        self._patterns[mark] = (
            f'<pattern id="{mark}" width="{num(gap)}" height="{num(gap)}" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate({angle})"><line x1="0" y1="0" x2="0" y2="{num(gap)}" '
            f'stroke="{paint(colour)}" stroke-width="{num(weight * 2)}"/></pattern>'
        )
        return f"url(#{mark})"

    def clip(self, x: float, y: float, width: float, height: float) -> str:
        """Give a value of `clip_path` that shows only what lies inside a rectangle."""
        mark = f"{self.prefix}-clip-{len(self._patterns)}"
        box = _attributes({"x": x, "y": y, "width": width, "height": height})
        self._patterns[mark] = f'<clipPath id="{mark}"><rect{box}/></clipPath>'
        return f"url(#{mark})"

    def svg(self, height: float, *, title: str, desc: str) -> str:
        """Finish: the element, with its title, and its finding in words for those who cannot see it."""
        p = self.prefix
        defs = f"<defs>{''.join(self._patterns.values())}</defs>" if self._patterns else ""
        drawn = "".join(self._parts)
        if self.simulated:
            title, desc = f"SIMULATED: {title}", f"SIMULATED data, no real flights. {desc}"
            height += _BANNER
            self._parts = []
            self.text(self.width - 4, SIZE + 2, "SIMULATED", anchor="end", bold=True, class_="simulated")
            drawn = f'{self._parts.pop()}<g transform="translate(0 {num(_BANNER)})">{drawn}</g>'
        box = f"0 0 {num(self.width)} {num(height)}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart {self.kind}" role="img" '
            f'aria-labelledby="{p}-title {p}-desc" viewBox="{box}" width="{num(self.width)}" height="{num(height)}" '
            f'style="max-width:100%;height:auto" font-family="system-ui, sans-serif" font-size="{num(SIZE)}">'
            f'<title id="{p}-title">{escape(title)}</title><desc id="{p}-desc">{escape(desc)}</desc>{defs}'
            f'<rect width="{num(self.width)}" height="{num(height)}" fill="{paint("paper")}"/>'
            f"{drawn}</svg>"
        )


def _attributes(attributes: dict[str, Any]) -> str:
    out = []
    for key, value in attributes.items():
        if value is None:
            continue
        shown = num(value) if isinstance(value, int | float) else escape(str(value), quote=True)
        out.append(f' {key.rstrip("_").replace("_", "-")}="{shown}"')
    return "".join(out)
