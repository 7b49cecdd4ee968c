"""Shares of suppliers or partners, with their bounds."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from wheelsdown.charts.intervals import Axis, Interval, Track, draw_tracks
from wheelsdown.charts.rows import made, numbered
from wheelsdown.charts.svg import NARROW, Sheet, clean

__all__ = ["shares_chart"]

_MOST_ROWS: Final = 20


def shares_chart(shares: pl.DataFrame, *, prefix: str, width: float = NARROW, simulated: bool = False) -> str:
    """Draw each share as a bar from 0 with its bounds, on an axis from 0 to 100 %.

    Parameters
    ----------
    shares : polars.DataFrame
        SHARES, one bar a row, at most 20; the rest is counted below. Refused rows say why.
    prefix : str
        Begins all ids.
    width : float
        Of the layout, in units.
    simulated : bool
        The rows are made. Rows that say so themselves need no word here.

    Returns
    -------
    str
        SVG: bar and circle for the share, a hatched part from the least to the most that rounding or unallocated
        partners allow.
    """
    sheet = Sheet(prefix=prefix, width=width, kind="shares", simulated=simulated or made(shares))
    title = "Shares, with their bounds"
    rows = list(numbered(shares))
    if not rows:
        words = "No shares were worked out: no table of transfers or of trade."
        sheet.text(10, 26, words)
        return sheet.svg(44, title=title, desc=words)
    axis = Axis(12, width - 16, 1.0)
    y = draw_tracks(
        sheet,
        [_track(n, row) for n, row in rows[:_MOST_ROWS]],
        axis,
        2,
        unit="share of the total; hatched: from least to most",
        percent=True,
    )
    if len(rows) > _MOST_ROWS:
        y = sheet.lines(4, y + 14, f"and {len(rows) - _MOST_ROWS} more: see the table", width - 8, colour="muted")
    return sheet.svg(y + 4, title=title, desc=" ".join(_words(r) for _, r in rows[:_MOST_ROWS]))


def _label(row: dict[str, Any]) -> str:
    return f"{clean(row['supplier'])} to {clean(row['recipient'])}, {clean(row['period'])}: {clean(row['goods'])}"


def _track(n: int, row: dict[str, Any]) -> Track:
    label = _label(row)
    if row["share"] is None:
        return Track(label, note=clean(row["reason"] or "refused"))
    share = row["share"]
    least = row["least"] if row["least"] is not None else share
    most = row["most"] if row["most"] is not None else share
    bars = [Interval(0.0, share, source=f"shares/{n}/share", text="" if most > least else _percent(row))]
    if most > least:
        bars.append(Interval(least, most, share, f"shares/{n}/least", "hatched", _percent(row)))
    return Track(label, tuple(bars), note=clean(row["as_of"]) if row["as_of"] else "")


def _percent(row: dict[str, Any]) -> str:
    text = f"{row['share'] * 100:.1f} %"
    least, most = row["least"], row["most"]
    if least is None or most is None or f"{least:.3f}" == f"{most:.3f}":
        return text
    return f"{text} ({least * 100:.1f} to {most * 100:.1f})"


def _words(row: dict[str, Any]) -> str:
    if row["share"] is None:
        return f"{_label(row)}: refused, {clean(row['reason'] or 'no reason given')}."
    return f"{_label(row)}: {_percent(row)}."
