"""Where it is: airfields, legs and borders on a map."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wheelsdown.charts.fields import Field
from wheelsdown.charts.ground import country_names, draw_ground, is_finite, path_of, scale_bar
from wheelsdown.charts.keys import Entry, draw_key
from wheelsdown.charts.labels import Placer
from wheelsdown.charts.neighbours import neighbours_map
from wheelsdown.charts.palette import paint
from wheelsdown.charts.projection import Projection, fit_box, great_circle, thin
from wheelsdown.charts.rows import made, numbered
from wheelsdown.charts.scales import count
from wheelsdown.charts.svg import NARROW, SIZE, Sheet, clean, fit
from wheelsdown.charts.tracks import silences_and_tracks

__all__ = ["DISPUTED_NOTE", "map_chart", "neighbours_map"]

DISPUTED_NOTE: Final = "Borders: Natural Earth 1:50m, de facto; no endorsement."
_SMALL: Final = 11.5
_LANDED: Final = ("observed", "inferred")
_EDGE: Final = 1.0
_TALLEST: Final = 500.0
_MOST_NAMED: Final = 200


@dataclass(frozen=True)
class _Leg:
    """All legs between two airfields that are drawn alike."""

    origin: str
    destination: str
    seen: bool
    rows: tuple[int, ...]


def map_chart(
    airfields: Sequence[Field],
    legs: pl.DataFrame | None = None,
    positions: pl.DataFrame | None = None,
    visits: pl.DataFrame | None = None,
    *,
    prefix: str,
    disputed_note: str = DISPUTED_NOTE,
    width: float = NARROW,
    places: pl.DataFrame | None = None,
    simulated: bool = False,
) -> str:
    """Draw airfields, and the legs between them, on a map.

    Parameters
    ----------
    airfields : sequence of Field
        The airfields of the case; rivals are drawn smaller.
    legs : polars.DataFrame, optional
        LEGS. One line for all legs between two airfields that are alike, as the shortest way on the sphere: solid
        where both ends were observed, dashed where one was not. The line is no track.
    positions : polars.DataFrame, optional
        POSITIONS: tracks as received, solid; across a silence of more than 15 minutes dashed, as the shortest way.
    visits : polars.DataFrame, optional
        VISITS: their number is written beside their airfield; those at no listed airfield are drawn as squares.
    prefix : str
        Begins all ids.
    disputed_note : str
        Written below the map.
    width : float
        Of the layout, in units.
    places : polars.DataFrame, optional
        AIRFIELDS: where the other ends of legs lie. A leg to a code that stands neither here nor in `airfields` is
        not drawn, and is counted in the words below.
    simulated : bool
        The rows are made. Rows that say so themselves need no word here.

    Returns
    -------
    str
        SVG, equirectangular, true to scale along the middle parallel. It goes across the antimeridian where that is
        the smaller map.
    """
    sheet = Sheet(prefix=prefix, width=width, kind="map", simulated=simulated or made(legs, positions, visits))
    at = _where(airfields, places)
    drawn, left_out = _legs(legs, at)
    used = {code for leg in drawn for code in (leg.origin, leg.destination)}
    shown = [f for f in airfields if is_finite(f.latitude_deg, f.longitude_deg)]
    tracks = silences_and_tracks(positions)
    loose = _unlisted(visits)
    points = [(f.latitude_deg, f.longitude_deg) for f in shown] + [at[code] for code in sorted(used)]
    points += [(lat, lon) for _, lat, lon in loose] + tracks.corners
    ways = [great_circle(*at[leg.origin], *at[leg.destination]) for leg in drawn]
    points += [(lat, lon) for way in ways for lon, lat in way[:: max(len(way) // 8, 1)].tolist()]
    if not points:
        words = "No airfields with a known place: there is no map to draw."
        sheet.text(10, 26, words)
        return sheet.svg(44, title="Map", desc=words)
    box, height = fit_box(
        points, width=width - 2, shortest=width * 0.5, tallest=min(width * 1.1, _TALLEST), least_deg=3.0
    )
    to = Projection(box, _EDGE, _EDGE, width - 2 * _EDGE, height)
    frame = (to.left + 2, to.top + 2, to.left + to.width - 2, to.top + to.height - 2)
    placer = Placer(frame)
    with sheet.group(clip_path=sheet.clip(to.left, to.top, to.width, to.height)):
        ground = draw_ground(sheet, to)
        _draw_tracks(sheet, to, tracks.lines, tracks.silences)
        for leg, way in zip(drawn, ways, strict=True):
            _draw_leg(sheet, to, leg, way)
            for x, y in _along(to, way):
                placer.take((x - 2, y - 2, x + 2, y + 2))
    stops = Counter(r["airfield"] for _, r in numbered(visits) if r["grade"] in _LANDED and r["airfield"])
    others = [code for code in sorted(used) if code not in {f.code for f in shown}]
    _draw_fields(sheet, to, placer, shown, others, at, stops)
    for n, lat, lon in loose:
        x, y = to.point(lat, lon)
        placer.take((x - 5, y - 5, x + 5, y + 5))
        sheet.rect(
            x - 3.5,
            y - 3.5,
            7,
            7,
            fill="paper",
            stroke=paint("ink"),
            stroke_width=1.5,
            data_from=f"visits/{n}/place_id",
        )
    scale_bar(sheet, to, placer)
    country_names(sheet, to, ground, placer)
    sheet.rect(to.left, to.top, to.width, to.height, fill_="none", stroke=paint("rule"))
    y = draw_key(sheet, _key(shown, others, drawn, tracks.any, bool(tracks.silences), bool(loose)), 4,
                 to.top + height + 6, width - 8)  # fmt: skip
    y = sheet.lines(4, y + SIZE, clean(disputed_note), width - 8, colour="muted")
    desc = _describe(shown, drawn, left_out, stops, len(loose), tracks.any)
    return sheet.svg(y, title=f"Map of {_names(shown)}", desc=f"{desc} {clean(disputed_note)}")


def _names(fields: Sequence[Field]) -> str:
    asked = [clean(f.code) for f in fields if not f.rival] or [clean(f.code) for f in fields]
    return ", ".join(asked[:6]) + (" and others" if len(asked) > 6 else "") if asked else "flights"


def _where(airfields: Sequence[Field], places: pl.DataFrame | None) -> dict[str, tuple[float, float]]:
    at: dict[str, tuple[float, float]] = {}
    for _, row in numbered(places):
        if is_finite(row["latitude_deg"], row["longitude_deg"]):
            at.setdefault(row["code"], (row["latitude_deg"], row["longitude_deg"]))
    at |= {f.code: (f.latitude_deg, f.longitude_deg) for f in airfields if is_finite(f.latitude_deg, f.longitude_deg)}
    return at


def _legs(legs: pl.DataFrame | None, at: dict[str, tuple[float, float]]) -> tuple[list[_Leg], int]:
    """Put legs together that are drawn alike; tell how many have an end that is not known here."""
    found: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
    left_out = 0
    for n, row in numbered(legs):
        a, b = row["origin"], row["destination"]
        if a not in at or b not in at or a == b:
            left_out += 1
            continue
        seen = row["origin_grade"] == "observed" and row["destination_grade"] == "observed"
        found[a, b, seen].append(n)
    return [_Leg(a, b, seen, tuple(rows)) for (a, b, seen), rows in sorted(found.items())], left_out


def _unlisted(visits: pl.DataFrame | None) -> list[tuple[int, float, float]]:
    """Visits at no listed airfield: one a place, with the row of the first."""
    found: dict[str, tuple[int, float, float]] = {}
    for n, row in numbered(visits):
        known = is_finite(row["latitude_deg"], row["longitude_deg"])
        if row["airfield"] is None and row["grade"] != "ruled_out" and known:
            found.setdefault(row["place_id"] or str(n), (n, row["latitude_deg"], row["longitude_deg"]))
    return list(found.values())


def _draw_leg(sheet: Sheet, to: Projection, leg: _Leg, way: NDArray[np.float64]) -> None:
    sheet.tag(
        "path",
        d=_path(to, way),
        fill="none",
        stroke=paint("main"),
        stroke_width=min(1.4 + 0.25 * (len(leg.rows) - 1), 4.0),
        stroke_dasharray=None if leg.seen else "7 5",
        class_="leg",
        data_from=f"legs/{leg.rows[0]}/leg_id",
        data_rows=" ".join(map(str, leg.rows[:_MOST_NAMED])),
    )


def _path(to: Projection, points: NDArray[np.float64]) -> str:
    """Draw longitudes and latitudes in each turn in which they touch the map."""
    found = []
    for turn in (-720, -360, 0, 360, 720):
        moved = points + np.array([float(turn), 0.0])
        if moved[:, 0].max() >= to.box.west and moved[:, 0].min() <= to.box.east:
            found.append(path_of(thin(to.line(moved), 1.2)))
    return "".join(found)


def _along(to: Projection, way: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Points of a line on paper, not farther apart than names are high, that names keep clear of; ends left out."""
    lons = np.array([to.longitude(lon) for lon in way[:, 0].tolist()])
    points = to.line(np.column_stack([lons, way[:, 1]]))
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.arange(14.0, max(lengths[-1] - 14.0, 14.0), 7.0)
    return list(zip(*(np.interp(at, lengths, points[:, i]).tolist() for i in (0, 1)), strict=True))


def _draw_tracks(
    sheet: Sheet, to: Projection, lines: Sequence[NDArray[np.float64]], silences: Sequence[NDArray[np.float64]]
) -> None:
    for points, name, dash in ((lines, "track", None), (silences, "silence", "3 4")):
        d = "".join(_path(to, part) for part in points)
        if d:
            sheet.tag(
                "path", d=d, fill="none", stroke=paint("alert"), stroke_width=1.3, stroke_dasharray=dash, class_=name
            )


def _draw_fields(
    sheet: Sheet,
    to: Projection,
    placer: Placer,
    shown: Sequence[Field],
    others: Sequence[str],
    at: dict[str, tuple[float, float]],
    stops: Counter[str],
) -> None:
    """Draw points first, so that no name lies on one; then names, those of the case before the others'."""
    spots: list[tuple[float, float, str, str, int]] = []
    for field in sorted(shown, key=lambda f: f.rival):
        x, y = to.point(field.latitude_deg, field.longitude_deg)
        spots.append((x, y, clean(field.code), clean(field.name, most=40), 1 if field.rival else 0))
    spots += [(*to.point(*at[code]), clean(code), "", 2) for code in others]
    for x, y, *_, rank in spots:
        r = 4.5 if rank == 0 else 3.0
        placer.take((x - r - 1, y - r - 1, x + r + 1, y + r + 1))
    with sheet.group(class_="airfields"):
        for x, y, code, name, rank in spots:
            bold = rank == 0
            lines = [code]
            if bold and name and name != code:
                lines.append(fit(name, to.width * 0.36, _SMALL))
            if stops[code]:
                lines.append(count(stops[code], "visit"))
            placed = placer.place(x, y, lines, _SMALL) or placer.place(x, y, lines[:1], _SMALL)
            if placed and placed.far:
                left, top, right, bottom = placed.rect
                sheet.line(x, y, min(max(x, left), right), min(max(y, top), bottom), colour="ink", stroke_width=0.8)
            fill = "ink" if rank == 0 else "paper"
            sheet.tag(
                "circle", cx=x, cy=y, r=4.5 if bold else 3.0, fill=paint(fill), stroke=paint("ink"), stroke_width=1.5
            )
            if placed:
                text = lines if placed.rect[3] - placed.rect[1] > _SMALL * 1.2 * 1.5 + 2 else lines[:1]
                for i, line in enumerate(text):
                    sheet.text(
                        placed.x, placed.y + i * _SMALL * 1.2, line, size=_SMALL, bold=bold and not i, halo="paper"
                    )


def _key(
    shown: Sequence[Field], others: Sequence[str], legs: Sequence[_Leg], tracks: bool, silent: bool, loose: bool
) -> list[Entry]:
    def dot(r: float, fill: str) -> Any:
        return lambda sheet, x, y: sheet.tag(
            "circle", cx=x + 8, cy=y, r=r, fill=paint(fill), stroke=paint("ink"), stroke_width=1.5
        )

    def stroke(colour: str, dash: str | None) -> Any:
        return lambda sheet, x, y: sheet.line(x, y, x + 16, y, colour=colour, stroke_width=2, stroke_dasharray=dash)

    entries: list[Entry] = []
    if any(not f.rival for f in shown):
        entries.append((dot(4.5, "ink"), "airfield of the case"))
    if others or any(f.rival for f in shown):
        entries.append((dot(3.0, "paper"), "other airfield"))
    if loose:
        entries.append(
            (lambda s, x, y: s.rect(x + 4, y - 3.5, 7, 7, fill="paper", stroke=paint("ink"), stroke_width=1.5),
             "stop at no listed airfield")
        )  # fmt: skip
    if any(leg.seen for leg in legs):
        entries.append((stroke("main", None), "leg, both ends observed: shortest way, no track"))
    if any(not leg.seen for leg in legs):
        entries.append((stroke("main", "7 5"), "leg, an end not observed"))
    if tracks:
        entries.append((stroke("alert", None), "track as received"))
    if silent:
        entries.append((stroke("alert", "3 4"), "not received: shortest way"))
    return entries


def _describe(
    shown: Sequence[Field], legs: Sequence[_Leg], left_out: int, stops: Counter[str], loose: int, tracks: bool
) -> str:
    said = []
    for field in list(shown)[:12]:
        visits = f", {count(stops[field.code], 'visit')}" if stops[field.code] else ""
        kind = ", not asked about" if field.rival else ""
        said.append(f"{clean(field.code)} {clean(field.name)}{kind}{visits}")
    text = f"Airfields: {'; '.join(said)}." if said else "No airfields of the case have a known place."
    if legs:
        pairs = [
            f"{clean(g.origin)} to {clean(g.destination)} {len(g.rows)}{'' if g.seen else ' (an end not observed)'}"
            for g in legs[:12]
        ]
        more = f"; and {len(legs) - 12} more pairs" if len(legs) > 12 else ""
        text += f" Legs: {'; '.join(pairs)}{more}."
    if left_out:
        text += f" {count(left_out, 'leg')} with an end that is not known, or whose place is not given, not drawn."
    if loose:
        text += f" {count(loose, 'place')} on no list."
    return text + (" Tracks are drawn as received, dashed across silences." if tracks else "")
