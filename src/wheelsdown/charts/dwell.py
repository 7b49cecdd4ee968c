"""Time on the ground of each visit: at least so long, at most so long."""

from __future__ import annotations

import math
from typing import Any, Final

import polars as pl

from wheelsdown.charts.intervals import Axis, Interval, Track, draw_tracks, open_end
from wheelsdown.charts.keys import Entry, draw_key, swatch
from wheelsdown.charts.palette import paint
from wheelsdown.charts.rows import made, numbered
from wheelsdown.charts.scales import MONTHS, count, short, ticks
from wheelsdown.charts.svg import NARROW, SIZE, Sheet, text_width

__all__ = ["dwell"]

_MOST_ROWS: Final = 60
_MOST_BOXES: Final = 5000
_LANDED: Final = ("observed", "inferred")
_SMALL: Final = 11.5
_NAMED: Final = 12
_PARKED: Final = 48 * 60.0


def dwell(visits: pl.DataFrame, *, prefix: str, width: float = NARROW, simulated: bool = False) -> str:
    """Draw the time on the ground of each visit as an interval.

    Parameters
    ----------
    visits : polars.DataFrame
        VISITS. Ruled-out ones are left out.
    prefix : str
        Begins all ids.
    width : float
        Of the layout, in units.
    simulated : bool
        The rows are made. Rows that say so themselves need no word here.

    Returns
    -------
    str
        SVG: one row a visit, in order of touchdown, a bar from `dwell_least_min` to `dwell_most_min`; an arrow head
        where there is no bound: still there, or not to be bounded. Beyond 60 visits one box a visit stands over the
        hours of its `dwell_least_min`, beyond 5,000 a bar. If a few stayed for days the axis ends a little above
        where nine tenths have ended; longer bars are cut with two slashes.
    """
    sheet = Sheet(prefix=prefix, width=width, kind="dwell", simulated=simulated or made(visits))
    title = "Time on the ground"
    rows = [(n, r) for n, r in numbered(visits) if r["grade"] != "ruled_out"]
    rows.sort(key=lambda p: (p[1]["arrived_utc"] or p[1]["arrived_latest_utc"], p[0]))
    if not rows:
        words = "No visits: no time on the ground to show."
        sheet.text(10, 26, words)
        return sheet.svg(44, title=title, desc=words)
    y = _boxes(sheet, rows, width) if len(rows) > _MOST_ROWS else _bars(sheet, rows, width)
    return sheet.svg(y + 4, title=title, desc=_words(rows))


def _bars(sheet: Sheet, rows: list[tuple[int, dict[str, Any]]], width: float) -> float:
    limit = _limit(rows)
    names = [_name(r) for _, r in rows]
    left = min(max(text_width(n, _SMALL) for n in names) + 12, width * 0.45)
    axis = Axis.upto(limit / 60, left, width - 14)
    tracks = [
        Track(name, (_interval(n, r, axis.most * 60),), beside=True) for name, (n, r) in zip(names, rows, strict=True)
    ]
    y = draw_tracks(sheet, tracks, axis, 2, unit="hours on the ground, least to most") + 4
    entries: list[Entry] = []
    if any(r["grade"] in _LANDED for _, r in rows):
        entries.append((swatch(paint("main")), "observed or inferred"))
    if any(r["grade"] not in _LANDED for _, r in rows):
        entries.append((swatch(paint("paper"), stroke="main"), "likely or possible"))
    if any(_open(r) for _, r in rows):
        entries.append((_arrow, "no bound: not seen to come or to leave"))
    if any(max(_longest(r), 0.0) > axis.most * 60 for _, r in rows):
        entries.append((_slashes, "goes on beyond the axis"))
    y = draw_key(sheet, entries, 4, y, width - 8)
    return sheet.lines(4, y + SIZE, "Touchdowns in UTC.", width - 8, colour="muted")


def _limit(rows: list[tuple[int, dict[str, Any]]]) -> float:
    """End of the axis in minutes: a few long stays do not squeeze all the others."""
    ends = sorted(longest for _, r in rows if (longest := _longest(r)) > 0)
    if not ends:
        return 60.0
    usual = ends[max(0, int(len(ends) * 0.9) - 1)]
    return 1.25 * usual if len(ends) > 4 and ends[-1] > 4 * usual else ends[-1]


def _longest(row: dict[str, Any]) -> float:
    return max(row["dwell_most_min"] or 0.0, row["dwell_least_min"] or 0.0)


def _open(row: dict[str, Any]) -> bool:
    return row["dwell_most_min"] is None or row["dwell_least_min"] is None


def _name(row: dict[str, Any]) -> str:
    at = row["arrived_utc"] or row["arrived_latest_utc"]
    before = "" if row["arrived_utc"] else "before "
    return f"{before}{at.day} {MONTHS[at.month - 1]} {at.year % 100:02d}, {at:%H:%M}"


def _interval(n: int, row: dict[str, Any], limit: float) -> Interval:
    least, most = row["dwell_least_min"], row["dwell_most_min"]
    longest = _longest(row)
    cut = longest > limit
    style = "main" if row["grade"] in _LANDED else "hollow"
    return Interval(
        None if least is None else min(least, limit) / 60,
        None if most is None else min(most, limit) / 60,
        source=f"visits/{n}/dwell_least_min",
        style=style,
        text=_span(least, most),
        cut=cut,
    )


def _span(least: float | None, most: float | None) -> str:
    if least is None and most is None:
        return "not known"
    if most is None:
        return f"at least {_time(least or 0.0)}"
    if least is None:
        return f"at most {_time(most)}"
    a, b = _time(least), _time(most)
    return a if a == b else f"{a} to {b}"


def _time(minutes: float) -> str:
    if minutes < 60:
        return f"{minutes:.0f} min"
    if minutes < _PARKED:
        return f"{int(round(minutes) // 60)}:{int(round(minutes) % 60):02d} h"
    return f"{short(round(minutes / 1440, 1))} days"


def _arrow(sheet: Sheet, x: float, y: float) -> None:
    sheet.tag("path", d=open_end(x + 4, y, 1), fill="none", stroke=paint("ink"), stroke_width=2.2)


def _slashes(sheet: Sheet, x: float, y: float) -> None:
    sheet.rect(x, y - 5, 15, 10, fill="main")
    d = f"M{x + 3} {y + 7}l4 -14M{x + 8} {y + 7}l4 -14"
    sheet.tag("path", d=d, fill="none", stroke=paint("paper"), stroke_width=2.2)


def _boxes(sheet: Sheet, rows: list[tuple[int, dict[str, Any]]], width: float) -> float:
    """Draw a box a visit over the hour of its least time on the ground; longer stays in the last column."""
    known = sorted(r["dwell_least_min"] for _, r in rows if r["dwell_least_min"] is not None)
    usual = known[int(len(known) * 0.95) - 1] if known else 60.0
    step = next((s for s in (0.25, 0.5, 1, 2, 4, 8, 24) if usual / 60 / s <= 12), 48.0)
    last = math.floor(usual / 60 / step) + 1
    columns: dict[int, list[tuple[int, dict[str, Any]]]] = {}
    for n, row in rows:
        least = row["dwell_least_min"]
        at = last + 1 if least is None else min(math.floor(least / 60 / step), last)
        columns.setdefault(at, []).append((n, row))
    unknown = last + 1 in columns
    highest = max(len(c) for c in columns.values())
    left, top, height = 40.0, 18.0, 170.0
    unit = min(height / highest, 14.0)
    height = unit * highest
    base, wide = top + height, (width - left - 10) / (last + (2 if unknown else 1))
    with sheet.group(class_="axis"):
        sheet.text(4, SIZE, "visits", colour="muted", size=_SMALL)
        for value in ticks(highest):
            if value <= highest and value == int(value):
                y = base - value * unit
                sheet.line(left, y, width - 10, y, colour="grid")
                sheet.text(left - 5, y + 4, short(value), anchor="end", colour="muted", size=_SMALL)
        for at in range(last + 2 if unknown else last + 1):
            name = f"{short(at * step)}+" if at == last else "?" if at > last else short(at * step)
            sheet.text(left + at * wide, base + 14, name, colour="muted", size=_SMALL)
        sheet.text(left, base + 29, "hours on the ground, at least", colour="muted", size=_SMALL)
    gap = 1.0 if unit > 5 else 0.4 if unit > 2 else 0.0
    for at, column in sorted(columns.items()):
        if len(rows) > _MOST_BOXES:
            sheet.rect(left + at * wide + 1, base - len(column) * unit, wide - 2, len(column) * unit, fill="main")
            continue
        column.sort(key=lambda p: (p[1]["grade"] not in _LANDED, p[0]))
        for place, (n, row) in enumerate(column):
            hollow = row["grade"] not in _LANDED
            line = min(1.2, unit / 4) if hollow else 0.0
            inset = line / 2
            sheet.rect(
                left + at * wide + 1 + inset,
                base - (place + 1) * unit + gap / 2 + inset,
                wide - 2 - 2 * inset,
                max(unit - gap - 2 * inset, 0.4),
                fill="paper" if hollow else "main",
                stroke=paint("main") if hollow else None,
                stroke_width=line if hollow else None,
                class_="visit weaker" if hollow else "visit",
                data_from=f"visits/{n}/dwell_least_min",
            )
    sheet.line(left, base, width - 10, base, colour="ink")
    entries: list[Entry] = [(swatch(paint("main")), "one visit")]
    if any(r["grade"] not in _LANDED for _, r in rows):
        entries.append((swatch(paint("paper"), stroke="main"), "likely or possible"))
    y = draw_key(sheet, entries, 4, base + 36, width - 8)
    return sheet.lines(4, y + SIZE, "?: no lower bound." if unknown else "", width - 8, colour="muted")


def _words(rows: list[tuple[int, dict[str, Any]]]) -> str:
    least = sorted(r["dwell_least_min"] for _, r in rows if r["dwell_least_min"] is not None)
    still = sum(r["dwell_most_min"] is None for _, r in rows)
    text = f"Time on the ground of {count(len(rows), 'visit')}, from least to most."
    if least:
        middle = least[len(least) // 2]
        text += f" Least times run from {_time(least[0])} to {_time(least[-1])}; the middle one is {_time(middle)}."
    if still:
        text += f" {count(still, 'visit has', 'visits have')} no upper bound."
    if len(rows) <= _NAMED:
        text += (
            " " + "; ".join(f"{_name(r)}: {_span(r['dwell_least_min'], r['dwell_most_min'])}" for _, r in rows) + "."
        )
    return text
