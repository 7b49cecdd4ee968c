"""What lies under a map: land, borders, names of countries, a scale."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wheelsdown.charts.basemap import Clipped, clip
from wheelsdown.charts.labels import Placer
from wheelsdown.charts.palette import paint
from wheelsdown.charts.projection import Projection, thin
from wheelsdown.charts.svg import Sheet, num, text_width

__all__ = ["country_names", "draw_ground", "path_of", "scale_bar"]

_APART: Final = 0.9
_WIDE_DEG: Final = 60.0
_SMALL: Final = 11.5


def path_of(points: NDArray[np.float64], *, closed: bool = False) -> str:
    """Write points on paper as a path, in steps of a tenth of a unit."""
    tenths = np.round(points * 10).astype(int)
    moved = np.diff(tenths, axis=0)
    path = "".join(f"l{_tenth(dx)} {_tenth(dy)}" for dx, dy in moved.tolist() if dx or dy)
    return f"M{_tenth(int(tenths[0, 0]))} {_tenth(int(tenths[0, 1]))}{path}{'z' if closed else ''}"


def _tenth(value: int) -> str:
    text = f"{value / 10:.1f}"
    return text[:-2] if text.endswith(".0") else text


def draw_ground(sheet: Sheet, to: Projection) -> Clipped:
    """Draw sea, land and borders into the projection's rectangle, and give what was drawn."""
    found = clip(to.box)
    # on a map of half the world fewer points, and fewer islets, are enough
    apart = _APART * min(max((to.box.east - to.box.west) / _WIDE_DEG, 1.0), 2.6)
    least = 1.5 * apart
    sheet.rect(to.left, to.top, to.width, to.height, fill="sea")
    land = []
    for _, rings in found.countries:
        for ring in rings:
            points = thin(to.line(ring), apart)
            extent = np.ptp(points, axis=0)
            if len(points) > 2 and max(extent) > least:
                land.append(path_of(points, closed=True))
    sheet.tag("path", d="".join(land), fill=paint("land"), fill_rule="evenodd", class_="land")
    for lines, name, dash in ((found.coasts, "coast", None), (found.borders, "borders", "5 2 1 2")):
        d = "".join(
            path_of(points)
            for line in lines
            if len(points := thin(to.line(line), apart)) > 1 and max(np.ptp(points, axis=0)) > least
        )
        if d:
            sheet.tag(
                "path", d=d, fill="none", stroke=paint("border"), stroke_width=0.9, stroke_dasharray=dash, class_=name
            )
    return found


def country_names(sheet: Sheet, to: Projection, found: Clipped, placer: Placer) -> None:
    """Write names of countries where there is room inside them; the others stay unnamed."""
    with sheet.group(class_="countries"):
        for name, rings in found.countries:
            points = [to.line(ring) for ring in rings]
            wide, high = text_width(name, _SMALL) + 6, _SMALL * 1.3
            best: tuple[float, float, float] | None = None
            low = min(float(p[:, 1].min()) for p in points)
            top = max(float(p[:, 1].max()) for p in points)
            for y in np.linspace(low, top, 26)[1:-1].tolist():
                for a, b in _inside(points, y):
                    x = (a + b) / 2
                    rect = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
                    if b - a >= wide and placer.free(rect) and (best is None or b - a > best[0]):
                        best = (b - a, x, y)
            if best:
                _, x, y = best
                placer.take((x - wide / 2, y - high / 2, x + wide / 2, y + high / 2))
                sheet.text(x, y + _SMALL * 0.36, name, anchor="middle", size=_SMALL, colour="muted", halo="land")


def _inside(rings: list[NDArray[np.float64]], y: float) -> list[tuple[float, float]]:
    """Stretches of a level that lie inside rings, by the even-odd rule."""
    xs: list[float] = []
    for ring in rings:
        a, b = ring, np.roll(ring, -1, axis=0)
        cuts = (a[:, 1] > y) != (b[:, 1] > y)
        if cuts.any():
            a, b = a[cuts], b[cuts]
            xs += (a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])).tolist()
    xs.sort()
    return list(zip(xs[::2], xs[1::2], strict=False))


def scale_bar(sheet: Sheet, to: Projection, placer: Placer) -> None:
    """Draw a bar of a round number of kilometres, true along the middle parallel, into a lower corner."""
    limit = to.width * 0.32 * to.km_a_unit
    power = 10.0 ** math.floor(math.log10(limit))
    km = max(power * m for m in (1, 2, 5) if power * m <= limit)
    wide = km / to.km_a_unit
    text = f"{km:,.0f} km" if km >= 1 else f"{km * 1000:,.0f} m"
    x, y = to.left + 10, to.top + to.height - 12
    rect = (x - 6, y - 20, x + max(wide, text_width(text, _SMALL)) + 8, y + 8)
    if not placer.free(rect):
        x = to.left + to.width - 12 - max(wide, text_width(text, _SMALL))
        rect = (x - 6, y - 20, x + max(wide, text_width(text, _SMALL)) + 6, y + 8)
    placer.take(rect)
    with sheet.group(class_="axis scale"):
        d = f"M{num(x)} {num(y - 4)}v8M{num(x)} {num(y)}h{num(wide)}m0 -4v8"
        sheet.tag("path", d=d, fill="none", stroke=paint("paper"), stroke_width=4)
        sheet.tag("path", d=d, fill="none", stroke=paint("ink"), stroke_width=1.5)
        sheet.text(x + 2, y - 6, text, size=_SMALL, halo="paper")


def is_finite(*values: float | None) -> bool:
    """Tell whether all are numbers."""
    return all(v is not None and math.isfinite(v) for v in values)
