"""Events with a visit near them, against what chance would leave."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from wheelsdown.charts.intervals import Axis, Interval, Track, draw_tracks
from wheelsdown.charts.palette import paint
from wheelsdown.charts.rows import made, numbered
from wheelsdown.charts.scales import chance_text, count, short
from wheelsdown.charts.svg import NARROW, SIZE, Sheet, clean
from wheelsdown.charts.timing_epoch import draw_epoch, epoch_words

__all__ = ["timing_chart"]

_SMALL: Final = 11.5
_BOX: Final = 16.0
_MOST_BOXES: Final = 40
_MOST_ROWS: Final = 12
_SAY: Final = {
    "before": "with a visit in the {days} before",
    "after": "with a visit in the {days} after",
    "around": "with a visit within {days} before or after",
}


def timing_chart(
    timing: pl.DataFrame,
    epoch: pl.DataFrame | None = None,
    *,
    prefix: str,
    width: float = NARROW,
    simulated: bool = False,
) -> str:
    """Draw k of n events with a visit beside the number that chance would leave, and rates around events.

    Parameters
    ----------
    timing : polars.DataFrame
        TIMING. Counts of events give a box an event, filled where there was a visit, and a marker at the number
        expected by chance; rates give the ratio with its interval beside 1. Refused rows say why; the row over all
        windows stands in the words below.
    epoch : polars.DataFrame, optional
        EPOCH: mean visits a day by days from the beginning of an event, over the band that chance leaves.
    prefix : str
        Begins all ids.
    width : float
        Of the layout, in units.
    simulated : bool
        The rows are made. Rows that say so themselves need no word here.

    Returns
    -------
    str
        SVG. It shows what came before, during and after; it shows no cause.
    """
    sheet = Sheet(prefix=prefix, width=width, kind="timing", simulated=simulated or made(timing, epoch))
    title = "Visits and the dates of outside events, with the chance level"
    rows = list(numbered(timing))
    has_epoch = epoch is not None and epoch.height > 0
    if not rows and not has_epoch:
        words = "No comparison with outside events was made."
        sheet.text(10, 26, words)
        return sheet.svg(44, title=title, desc=words)
    counts = [(n, r) for n, r in rows if r["events_with"] is not None and r["measure"] in _SAY and r["events"] > 0]
    rates = [(n, r) for n, r in rows if r["rate_ratio"] is not None and r["measure"] == "rate_before"]
    refused = [(n, r) for n, r in rows if r["p"] is None and (n, r) not in counts and (n, r) not in rates]
    y = 6.0
    for n, row in counts[:_MOST_ROWS]:
        y = _events(sheet, n, row, y, width)
    if len(counts) > _MOST_ROWS:
        sheet.text(4, y + SIZE, f"and {len(counts) - _MOST_ROWS} more comparisons: see the table", colour="muted")
        y += SIZE * 1.6
    if counts:
        y = _key(sheet, y, width)
    if rates:
        y = _rates(sheet, rates[:_MOST_ROWS], y + 6, width)
    for _, row in refused[:_MOST_ROWS]:
        y = sheet.lines(4, y + SIZE, f"Refused: {clean(row['reason'] or 'no reason given')}", width - 8, colour="muted")
    if has_epoch and epoch is not None:
        y = draw_epoch(sheet, epoch, y + 8, width)
    said = [_words(r) for _, r in rows[:_MOST_ROWS]]
    if has_epoch and epoch is not None:
        said.append(epoch_words(epoch))
    return sheet.svg(y + 6, title=title, desc=" ".join(said))


def _days(row: dict[str, Any]) -> str:
    return count(row["window_days"], "day") if row["window_days"] is not None else "days"


def _events(sheet: Sheet, n: int, row: dict[str, Any], y: float, width: float) -> float:
    """Draw a box an event, or one bar where there are many, and the chance level over it."""
    k, of = row["events_with"], row["events"]
    label = f"{k} of {count(of, 'event')} {_SAY[row['measure']].format(days=_days(row))}"
    y = sheet.lines(4, y + SIZE, label, width - 8, most=2) - SIZE + 4
    box = min(_BOX * 1.6, (width - 24) / of)
    with sheet.group(class_="events", data_from=f"timing/{n}/events_with"):
        if of <= _MOST_BOXES:
            for i in range(of):
                sheet.rect(
                    12 + i * box + 1,
                    y,
                    box - 2,
                    _BOX,
                    fill="main" if i < k else "paper",
                    stroke=paint("main"),
                    stroke_width=1.2,
                )
        else:
            sheet.rect(12, y, of * box, _BOX, fill="paper", stroke=paint("main"), stroke_width=1.2)
            sheet.rect(12, y, k * box, _BOX, fill="main")
    if row["expected"] is not None:
        x = 12 + min(row["expected"], of) * box
        with sheet.group(class_="chance", data_from=f"timing/{n}/expected"):
            sheet.line(x, y - 3, x, y + _BOX + 5, colour="ink", stroke_width=2)
            sheet.tag("path", d=f"M{x:.2f} {y + _BOX + 3:.2f}l5 7h-10z", fill=paint("ink"))
    y += _BOX + 12
    level = chance_text(row["p"], row["draws"])
    if row["p_any"] is not None:
        level += f", over all windows tried {chance_text(row['p_any'], row['draws'])}"
    chance = f"by chance {short(row['expected'])}; " if row["expected"] is not None else ""
    return sheet.lines(12, y + _SMALL, chance + level, width - 20, most=2, size=_SMALL, colour="muted")


def _key(sheet: Sheet, y: float, width: float) -> float:
    sheet.tag("path", d=f"M12 {y + 4:.2f}l5 7h-10z", fill=paint("ink"))
    return sheet.lines(
        24, y + SIZE, "expected if visits were shifted in time by chance; filled boxes: events with a visit", width - 30
    )


def _rates(sheet: Sheet, rates: list[tuple[int, dict[str, Any]]], y: float, width: float) -> float:
    known = [v for _, r in rates for v in (r["rate_ratio"], r["ratio_most"]) if v is not None]
    usual = max(r["rate_ratio"] for _, r in rates)
    most = min(max([*known, 1.5]), max(6 * usual, 3.0))
    axis = Axis.upto(most, 12, width - 14)
    tracks = []
    for n, row in rates:
        high = row["ratio_most"]
        cut = high is not None and high > axis.most
        bar = Interval(
            row["ratio_least"],
            min(high, axis.most) if high is not None else None,
            row["rate_ratio"],
            f"timing/{n}/rate_ratio",
            text=f"{short(row['rate_ratio'])} times",
            cut=cut,
        )
        level = chance_text(row["p"], row["draws"])
        label = f"Rate in the {_days(row)} before events over the rate at other times; {level}"
        tracks.append(Track(label, (bar,)))
    return draw_tracks(
        sheet, tracks, axis, y, unit="times the rate outside (95 % intervals)", lines=[(1.0, "as at other times")]
    )


def _words(row: dict[str, Any]) -> str:
    if row["p"] is None and row["events_with"] is None and row["rate_ratio"] is None:
        return f"Refused: {clean(row['reason'] or 'no reason given')}."
    if row["measure"] == "any":
        return f"Over all windows tried: {chance_text(row['p'], row['draws'])}."
    if row["measure"] == "rate_before":
        ratio = f"{short(row['rate_ratio'])} times" if row["rate_ratio"] is not None else "no ratio to"
        return (
            f"Rate in the {_days(row)} before events: {ratio} the rate outside; {chance_text(row['p'], row['draws'])}."
        )
    text = f"{row['events_with']} of {count(row['events'], 'event')} {_SAY[row['measure']].format(days=_days(row))}"
    if row["expected"] is not None:
        text += f", {short(row['expected'])} by chance"
    return f"{text}; {chance_text(row['p'], row['draws'])}."
