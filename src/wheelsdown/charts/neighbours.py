"""Neighbouring airfields with their runways, to scale: how near they lie, and how parallel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from wheelsdown.charts.fields import Field
from wheelsdown.charts.ground import country_names, draw_ground, is_finite, scale_bar
from wheelsdown.charts.labels import Placer
from wheelsdown.charts.palette import paint
from wheelsdown.charts.projection import Projection, fit_box
from wheelsdown.charts.rows import numbered
from wheelsdown.charts.scales import short
from wheelsdown.charts.svg import NARROW, SIZE, Sheet, clean, fit
from wheelsdown.geo import bearing_deg, distance_km

__all__ = ["neighbours_map"]

_SMALL: Final = 11.5
_FAR_KM: Final = 80.0
_NOTE: Final = "Borders: Natural Earth 1:50m, de facto; no endorsement."
_MOST: Final = 8


def neighbours_map(
    airfields: Sequence[Field], runways: pl.DataFrame, *, prefix: str, width: float = NARROW, simulated: bool = False
) -> str:
    """Draw the first airfield and those within 80 km of it, with their runways and the distances between them.

    Parameters
    ----------
    airfields : sequence of Field
        The one asked about first; at most eight are drawn, the nearest to the first.
    runways : polars.DataFrame
        RUNWAYS; those whose ends are both known are drawn where they lie, closed ones left out.
    prefix : str
        Begins all ids.
    width : float
        Of the layout, in units.
    simulated : bool
        The case is made, and the map is to say so.

    Returns
    -------
    str
        SVG, to scale. Runways are drawn to scale in length; their lines go on dotted for 15 km, the way an
        aircraft comes in low.
    """
    sheet = Sheet(prefix=prefix, width=width, kind="neighbours", simulated=simulated)
    placed = [f for f in airfields if is_finite(f.latitude_deg, f.longitude_deg)]
    if not placed:
        words = "No airfields with a known place: there is no map to draw."
        sheet.text(10, 26, words)
        return sheet.svg(44, title="Neighbouring airfields", desc=words)
    first = placed[0]
    far = {id(f): _km(first, f) for f in placed}
    near = sorted((f for f in placed if far[id(f)] <= _FAR_KM), key=lambda f: far[id(f)])[:_MOST]
    strips = _strips(runways, {f.code for f in near})
    points = [(f.latitude_deg, f.longitude_deg) for f in near]
    points += [end for _, a, b, _ in strips for end in (a, b)]
    box, height = fit_box(
        points, width=width - 2, shortest=width * 0.6, tallest=min(width * 1.05, 520.0), least_deg=0.25
    )
    to = Projection(box, 1, 1, width - 2, height)
    placer = Placer((3, 3, width - 3, height - 1))
    with sheet.group(clip_path=sheet.clip(1, 1, width - 2, height)):
        ground = draw_ground(sheet, to)
        for n, a, b, _ in strips:
            _runway(sheet, to, n, a, b)
    for _, a, b, _ in strips:
        (x1, y1), (x2, y2) = to.point(*a), to.point(*b)
        placer.take((min(x1, x2) - 3, min(y1, y2) - 3, max(x1, x2) + 3, max(y1, y2) + 3))
    _name(sheet, to, placer, near, far)
    scale_bar(sheet, to, placer)
    country_names(sheet, to, ground, placer)
    sheet.rect(1, 1, width - 2, height, fill_="none", stroke=paint("rule"))
    words = "Thick: runways, to scale. Dotted: the line of each runway for 15 km."
    y = sheet.lines(4, height + 8 + SIZE, words, width - 8)
    y = sheet.lines(4, y, _NOTE, width - 8, colour="muted")
    title = f"{clean(first.code)} and airfields within {_FAR_KM:.0f} km of it, with their runways"
    return sheet.svg(y, title=title, desc=f"{_describe(near, far, strips)} {_NOTE}")


def _km(a: Field, b: Field) -> float:
    return float(distance_km(a.latitude_deg, a.longitude_deg, b.latitude_deg, b.longitude_deg))


_Strip = tuple[int, tuple[float, float], tuple[float, float], dict[str, Any]]


def _strips(runways: pl.DataFrame, codes: set[str]) -> list[_Strip]:
    found: list[_Strip] = []
    for n, row in numbered(runways):
        ends = (row["le_latitude_deg"], row["le_longitude_deg"], row["he_latitude_deg"], row["he_longitude_deg"])
        if row["code"] in codes and not row["closed"] and is_finite(*ends):
            found.append((n, (ends[0], ends[1]), (ends[2], ends[3]), row))
    return found


def _runway(sheet: Sheet, to: Projection, n: int, a: tuple[float, float], b: tuple[float, float]) -> None:
    (x1, y1), (x2, y2) = to.point(*a), to.point(*b)
    long = math.hypot(x2 - x1, y2 - y1)
    if long > 0:
        reach = 15.0 / to.km_a_unit / long
        dx, dy = (x2 - x1) * reach, (y2 - y1) * reach
        sheet.line(x1 - dx, y1 - dy, x2 + dx, y2 + dy, colour="main", stroke_width=1.2, stroke_dasharray="1.5 4")
    sheet.line(
        x1, y1, x2, y2, colour="ink", stroke_width=5, stroke_linecap="butt", class_="runway",
        data_from=f"runways/{n}/le_ident",
    )  # fmt: skip


def _name(sheet: Sheet, to: Projection, placer: Placer, near: Sequence[Field], far: dict[int, float]) -> None:
    with sheet.group(class_="airfields"):
        for field in near:
            x, y = to.point(field.latitude_deg, field.longitude_deg)
            lines = [clean(field.code), fit(clean(field.name), to.width * 0.4, _SMALL)]
            if far[id(field)] > 0:
                lines.append(f"{far[id(field)]:.0f} km away")
            spot = placer.place(x, y, lines, _SMALL) or placer.place(x, y, lines[:1], _SMALL)
            if not spot:
                continue
            if spot.far:
                left, top, right, bottom = spot.rect
                sheet.line(x, y, min(max(x, left), right), min(max(y, top), bottom), colour="ink", stroke_width=0.8)
            sheet.tag("circle", cx=x, cy=y, r=3, fill=paint("paper"), stroke=paint("ink"), stroke_width=1.5)
            fits = lines if spot.rect[3] - spot.rect[1] > _SMALL * 1.2 * 1.5 + 2 else lines[:1]
            for i, line in enumerate(fits):
                sheet.text(spot.x, spot.y + i * _SMALL * 1.2, line, size=_SMALL, bold=not i, halo="paper")


def _describe(near: Sequence[Field], far: dict[int, float], strips: Sequence[_Strip]) -> str:
    said = []
    for field in near:
        own = [s for s in strips if s[3]["code"] == field.code]
        text = f"{clean(field.code)} {clean(field.name)}"
        if far[id(field)] > 0:
            text += f", {far[id(field)]:.0f} km away"
        if own:
            axes = []
            for _, a, b, row in own:
                axis = float(bearing_deg(*a, *b)) % 180.0
                name = "/".join(clean(v) for v in (row["le_ident"], row["he_ident"]) if v)
                axes.append(f"{name} along {axis:.0f} degrees, {short(round(float(distance_km(*a, *b)), 1))} km")
            text += f": runways {', '.join(axes)}"
        else:
            text += ": no runway with known ends"
        said.append(text)
    return f"{'; '.join(said)}."
