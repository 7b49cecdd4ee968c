"""Counts that others published, and these data beside them."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from wheelsdown.charts.intervals import Axis, Interval, Track, draw_tracks
from wheelsdown.charts.keys import draw_key, swatch
from wheelsdown.charts.palette import paint
from wheelsdown.charts.rows import made, numbered
from wheelsdown.charts.scales import count
from wheelsdown.charts.svg import NARROW, Sheet, clean

__all__ = ["published_chart"]

_MOST_ROWS: Final = 20


def published_chart(published: pl.DataFrame, *, prefix: str, width: float = NARROW, simulated: bool = False) -> str:
    """Draw each published number as an interval, and below it what these data give for the same window.

    Parameters
    ----------
    published : polars.DataFrame
        PUBLISHED, at most 20 rows; the rest is counted below.
    prefix : str
        Begins all ids.
    width : float
        Of the layout, in units.
    simulated : bool
        The rows are made. Rows that say so themselves need no word here.

    Returns
    -------
    str
        SVG: the claim hatched, from `least` to `most`, open with an arrow head where it is a lower bound only; these
        data filled, from `at_least` to that and what cannot be ruled out, open where there is no bound. Nothing counted
        is said in words and is no bar at 0.
    """
    sheet = Sheet(prefix=prefix, width=width, kind="published", simulated=simulated or made(published))
    title = "Published counts, and these data beside them"
    rows = list(numbered(published))
    if not rows:
        words = "No published counts were given to compare with."
        sheet.text(10, 26, words)
        return sheet.svg(44, title=title, desc=words)
    shown = rows[:_MOST_ROWS]
    ends = [v for _, r in shown for v in (r["least"], r["most"], _most(r), r["at_least"]) if v is not None]
    axis = Axis.upto(max([*ends, 1]) * 1.12, 12, width - 16)
    y = draw_tracks(sheet, [_track(n, r) for n, r in shown], axis, 2, unit="visits") + 6
    entries = [
        (swatch(sheet.hatch(colour="main", gap=4.0), stroke="main"), "published"),
        (swatch(paint("main")), "these data: at least, to what cannot be ruled out"),
        (_arrow, "no upper bound"),
    ]
    y = draw_key(sheet, entries, 4, y, width - 8)
    if len(rows) > _MOST_ROWS:
        y = sheet.lines(4, y + 14, f"and {len(rows) - _MOST_ROWS} more: see the table", width - 8, colour="muted")
    return sheet.svg(y + 6, title=title, desc=" ".join(_words(r) for _, r in shown))


def _arrow(sheet: Any, x: float, y: float) -> None:
    sheet.tag("path", d=f"M{x + 4:.2f} {y - 5:.2f}l6 5l-6 5", fill="none", stroke=paint("ink"), stroke_width=2.2)


def _most(row: dict[str, Any]) -> int | None:
    if row["at_least"] is None or row["cannot_be_ruled_out"] is None:
        return None
    return int(row["at_least"] + row["cannot_be_ruled_out"])


def _label(row: dict[str, Any]) -> str:
    when = f" ({clean(row['published_on'])})" if row["published_on"] else ""
    return f"{clean(row['outlet'])}{when}, {clean(row['window'])}"


def _claim(row: dict[str, Any]) -> str:
    if row["least"] is None and row["most"] is None:
        return "no number"
    if row["most"] is None:
        return f"at least {row['least']}"
    if row["least"] is None:
        return f"at most {row['most']}"
    return str(row["least"]) if row["least"] == row["most"] else f"{row['least']} to {row['most']}"


def _ours(row: dict[str, Any]) -> str:
    if row["at_least"] is None:
        return "nothing could be counted"
    most = row["cannot_be_ruled_out"]
    return f"at least {row['at_least']}" + (
        f", {most} more cannot be ruled out" if most is not None else ", no bound above"
    )


def _track(n: int, row: dict[str, Any]) -> Track:
    bars = []
    note = ""
    if row["least"] is not None or row["most"] is not None:
        bars.append(
            Interval(row["least"], row["most"], source=f"published/{n}/least", style="hatched", text=_claim(row))
        )
    else:
        note = "Published: no number. "
    if row["at_least"] is not None:
        bars.append(
            Interval(row["at_least"], _most(row), source=f"published/{n}/at_least", text=_ours(row)),
        )
    else:
        note += "These data: nothing could be counted."
    return Track(_label(row), tuple(bars), note.strip())


def _words(row: dict[str, Any]) -> str:
    days = f" ({count(round(row['days_observed']), 'day')} observed)" if row["days_observed"] is not None else ""
    return f"{_label(row)}: published {_claim(row)}; these data{days}: {_ours(row)}."
