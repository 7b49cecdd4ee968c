"""Visits over time, with surges, outside events, and the days that were not observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from wheelsdown.charts.keys import Entry, draw_key, swatch
from wheelsdown.charts.palette import paint
from wheelsdown.charts.periods import Layout, lay_out
from wheelsdown.charts.rows import made
from wheelsdown.charts.scales import count, period_text
from wheelsdown.charts.svg import NARROW, SIZE, Sheet, clean, wrap
from wheelsdown.charts.timeline_panel import ASSUMED_DASH, Panel, draw_panel
from wheelsdown.charts.timeline_rows import Day, Mark, Span, days_by_airfield, event_spans, marks, said_on, surge_spans

__all__ = ["timeline"]

_LEFT: Final = 40.0
_RIGHT: Final = 10.0
_MOST_LISTED: Final = 12
_MOST_MARKS: Final = 5000


@dataclass(frozen=True)
class _Found:
    """All that one chart shows."""

    panels: dict[str | None, list[Day]]
    marks: dict[str | None, list[Mark]]
    surges: list[Span]
    events: list[Span]
    said: list[tuple[str, date]]
    zone: str
    outside: int


def timeline(
    series: pl.DataFrame,
    *,
    visits: pl.DataFrame | None = None,
    surges: pl.DataFrame | None = None,
    events: pl.DataFrame | None = None,
    statements: pl.DataFrame | None = None,
    prefix: str,
    width: float = NARROW,
    simulated: bool = False,
) -> str:
    """Draw visits over time as SVG.

    Parameters
    ----------
    series : polars.DataFrame
        SERIES: the days of the period, with what was observed of each. Of a day that stands in it twice (windows that
        overlap) the first row counts. Several airfields give a panel each.
    visits : polars.DataFrame, optional
        VISITS; each of the period gives one box, filled where the series counts it and hollow where it does not
        (likely, possible, at the window's edge). Without them boxes come from the counts. Beyond 5,000 visits too.
    surges : polars.DataFrame, optional
        SURGES, as brackets with letters; dashed where it is no surge. Refused ones are left out.
    events : polars.DataFrame, optional
        EVENTS, as bands with numbers, listed below with their dates; those outside the period are left out.
    statements : polars.DataFrame, optional
        STATEMENTS, as diamonds on the day they were made.
    prefix : str
        Begins all ids.
    width : float
        Of the layout, in units.
    simulated : bool
        The rows are made. Rows that say so themselves need no word here.

    Returns
    -------
    str
        SVG. Up to 400 days in one row, more with a row a year; bars are days, weeks from Monday, or months. Days on
        which a visit could not have been received are hatched, and below those that are only assumed to have been
        observed runs a broken line; ``data-from`` and ``data-until`` name their rows.
    """
    sheet = Sheet(
        prefix=prefix,
        width=width,
        kind="timeline",
        simulated=simulated or made(series, visits, surges, events, statements),
    )
    found = _find(series, visits, surges, events, statements)
    if not found.panels:
        words = "No days in this series: nothing could be counted."
        sheet.text(_RIGHT, 26, words)
        return sheet.svg(44, title="Visits over time", desc=words)
    every = [day.day for days in found.panels.values() for day in days]
    layout = lay_out(min(every), max(every), width - _LEFT - _RIGHT)
    y = 4.0
    for airfield, days in found.panels.items():
        if len(found.panels) > 1:
            y += SIZE + 4
            sheet.text(4, y, clean(airfield or "all airfields"), bold=True)
            y += 4
        panel = Panel(
            layout,
            {d.day: d for d in days},
            found.marks[airfield],
            [s for s in found.surges if s.airfield in (airfield, None) or airfield is None],
            found.events,
            found.said,
            left=_LEFT,
        )
        y = draw_panel(sheet, panel, y) + 6
    y = _below(sheet, found, layout, y, width)
    return sheet.svg(y + 6, title=_title(found, min(every), max(every)), desc=_describe(found))


def _find(
    series: pl.DataFrame,
    visits: pl.DataFrame | None,
    surges: pl.DataFrame | None,
    events: pl.DataFrame | None,
    statements: pl.DataFrame | None,
) -> _Found:
    panels = days_by_airfield(series)
    zone = str(series["time_zone"][0]) if series.height else "UTC"
    shown = visits if visits is not None and visits.height <= _MOST_MARKS else None
    placed, outside = marks(panels, shown, zone)
    every = [day.day for days in panels.values() for day in days]
    period = (min(every), max(every)) if every else (date.min, date.min)
    said = [(cell, day) for cell, day in said_on(statements, zone) if period[0] <= day <= period[1]]
    return _Found(panels, placed, surge_spans(surges, period), event_spans(events, period), said, zone, outside)


def _below(sheet: Sheet, found: _Found, layout: Layout, y: float, width: float) -> float:
    """Write the key, then surges and events by name, then what must be known to read the chart."""
    y = draw_key(sheet, _key(sheet, found, layout), 4, y, width - 8) + SIZE
    for spans, noun in ((found.surges, "surge"), (found.events, "event")):
        for span in spans[:_MOST_LISTED]:
            lines = wrap(span.text, width - 36, most=3)
            sheet.text(10, y, span.mark, bold=True, anchor="middle")
            for line in lines:
                sheet.text(24, y, line)
                y += SIZE * 1.3
            y += 2
        if len(spans) > _MOST_LISTED:
            sheet.text(24, y, f"and {count(len(spans) - _MOST_LISTED, 'more ' + noun)}: see the table", colour="muted")
            y += SIZE * 1.4
    notes = [f"Days in {clean(found.zone)}."]
    everything = [d for days in found.panels.values() for d in days]
    if any(d.assumed for d in everything):
        notes.append("Which days were observed could not be judged from other traffic: it is assumed.")
    if not any(d.exposure > 0 for d in everything):
        some = any(found.marks.values())
        notes.append(
            "No day is known to have been observed: a day without a box is not a day without a visit."
            if some
            else "No day was observed: nothing could be counted."
        )
    if found.outside:
        notes.append(f"{count(found.outside, 'visit')} outside this period or at other fields not shown.")
    return sheet.lines(4, y, " ".join(notes), width - 8, colour="muted", most=5)


def _key(sheet: Sheet, found: _Found, layout: Layout) -> list[Entry]:
    entries: list[Entry] = []
    every = [m for placed in found.marks.values() for m in placed]
    days = [d for panel in found.panels.values() for d in panel]
    one = f"one visit (bars: {layout.unit}s{' from Monday' if layout.unit == 'week' else ''})"
    if any(m.counted for m in every):
        entries.append((swatch(paint("main")), one))
    if any(not m.counted for m in every):
        entries.append((swatch("none", stroke="main"), "visit not counted: weaker, or at the edge"))
    if any(d.exposure == 0 for d in days):
        # boxes where no day has an exposure: what was left out is not there, so no day is known to have been observed
        untold = bool(every) and not any(d.exposure > 0 for d in days)
        text = "cannot be told observed or not" if untold else "not observed"
        entries.append((swatch(sheet.hatch(), stroke="hatch"), text))
    if any(d.assumed for d in days):
        entries.append((_assumed, "taken as observed: assumed, not known"))
    if any(0 < d.exposure < 1 for d in days):
        known = not any(d.assumed for d in days)
        told, assumed = "exposure: the chance that a visit is counted", "share of the time assumed to be observed"
        entries.append((_strip, told if known else assumed))
    if found.surges:
        if any(s.solid for s in found.surges):
            entries.append((_bracket(None), "surge"))
        if not all(s.solid for s in found.surges):
            entries.append((_bracket("3 2"), "no more than chance allows"))
    if found.events:
        entries.append((swatch(paint("band"), stroke="band-edge"), "outside event"))
    if found.said:
        entries.append((_diamond, "statement"))
    return entries


def _strip(sheet: Sheet, x: float, y: float) -> None:
    sheet.rect(x + 1, y - 4, 14, 8, fill="grid")
    sheet.rect(x + 1, y, 14, 4, fill="rule")


def _assumed(sheet: Sheet, x: float, y: float) -> None:
    sheet.line(x + 1, y, x + 15, y, colour="ink", stroke_width=1.6, stroke_dasharray=ASSUMED_DASH)


def _bracket(dash: str | None) -> Any:
    def draw(sheet: Sheet, x: float, y: float) -> None:
        sheet.tag(
            "path",
            d=f"M{x + 1} {y + 4}V{y - 2}H{x + 15}V{y + 4}",
            fill="none",
            stroke=paint("alert"),
            stroke_width=2,
            stroke_dasharray=dash,
        )

    return draw


def _diamond(sheet: Sheet, x: float, y: float) -> None:
    sheet.tag("path", d=f"M{x + 7.5} {y - 5}l5 5l-5 5l-5-5z", fill=paint("ink"))


def _title(found: _Found, first: date, last: date) -> str:
    fields = [clean(a) for a in found.panels if a]
    where = f" at {', '.join(fields[:4])}" if fields else ""
    return f"Visits{where}, {period_text(first, last)} ({clean(found.zone)})"


def _describe(found: _Found) -> str:
    said: list[str] = []
    for airfield, days in found.panels.items():
        where = f"{clean(airfield)}: " if airfield else ""
        seen = [d for d in days if d.exposure > 0]
        if not seen:
            boxes = (
                f"{len(found.marks[airfield])} shown all the same" if found.marks[airfield] else "nothing was counted"
            )
            said.append(f"{where}none of {count(len(days), 'day')} is known to have been observed; {boxes}.")
            continue
        weaker = sum(not m.counted for m in found.marks[airfield])
        total = sum(d.visits for d in days)
        best = max(days, key=lambda d: (d.visits, -d.day.toordinal()))
        were = "are taken as observed, which is assumed," if any(d.assumed for d in seen) else "were observed"
        text = f"{where}{count(total, 'visit')} counted on {count(len(days), 'day')}, of which {len(seen)} {were}"
        text += f" and {len(days) - len(seen)} not (hatched)"
        if weaker:
            text += f"; {count(weaker, 'further visit')} shown hollow and not counted"
        if best.visits > 1:
            text += f". Most on one day: {best.visits}, on {period_text(best.day, None)}"
        said.append(text + ".")
    said += _listed(found.surges, "Surges")
    said += _listed(found.events, "Outside events")
    if found.said:
        said.append(f"{count(len(found.said), 'statement')} marked on the day it was made.")
    return " ".join(said)


def _listed(spans: Sequence[Span], title: str) -> list[str]:
    if not spans:
        return []
    more = f"; and {len(spans) - _MOST_LISTED} more" if len(spans) > _MOST_LISTED else ""
    return [f"{title}: {'; '.join(f'{s.mark} {s.text}' for s in spans[:_MOST_LISTED])}{more}."]
