"""Mean visits a day around the beginning of events, over the band that chance leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import polars as pl

from wheelsdown.charts.palette import paint
from wheelsdown.charts.rows import numbered
from wheelsdown.charts.scales import short, steps, ticks
from wheelsdown.charts.svg import SIZE, Sheet, num

__all__ = ["draw_epoch", "epoch_words"]

_SMALL: Final = 11.5
_HEIGHT: Final = 150.0
_LEFT: Final = 44.0


def draw_epoch(sheet: Sheet, epoch: pl.DataFrame, y: float, width: float) -> float:
    """Draw EPOCH from `y` down: a line with points, broken where nothing was observed; the band hatched."""
    rows = sorted(numbered(epoch), key=lambda p: p[1]["lag_days"])
    low, high = int(rows[0][1]["lag_days"]), int(rows[-1][1]["lag_days"])
    known = [v for _, r in rows for v in (r["rate_per_day"], r["band_most"]) if v is not None]
    levels = ticks(max(known, default=1.0) or 1.0, 3)
    top, base = y + SIZE + 8, y + SIZE + 8 + _HEIGHT
    right = width - 14

    def across(lag: float) -> float:
        return _LEFT + (right - _LEFT) * (lag - low) / max(high - low, 1)

    def up(value: float) -> float:
        return base - _HEIGHT * value / levels[-1]

    with sheet.group(class_="axis"):
        sheet.text(4, y + SIZE, "mean visits a day", colour="muted", size=_SMALL)
        for level in levels:
            sheet.line(_LEFT, up(level), right, up(level), colour="grid")
            sheet.text(_LEFT - 6, up(level) + 4, short(level), anchor="end", colour="muted", size=_SMALL)
        step = max(round(steps(high - low, 8)), 1)
        for lag in range(-(-low // step) * step, high + 1, step):
            sheet.text(
                across(lag), base + 15, f"{lag:+d}" if lag else "0", anchor="middle", colour="muted", size=_SMALL
            )
        sheet.text(_LEFT, base + 30, "days from the beginning of events", colour="muted", size=_SMALL)
    for part in _runs(rows, lambda r: r["band_most"] is not None):
        path = [f"{num(across(r['lag_days']))} {num(up(r['band_most']))}" for _, r in part]
        path += [f"{num(across(r['lag_days']))} {num(up(r['band_least'] or 0.0))}" for _, r in reversed(part)]
        hatch = sheet.hatch(gap=4.0, weight=0.6)
        sheet.tag("path", d=f"M{'L'.join(path)}z", fill=hatch, stroke=paint("rule"), stroke_width=0.8, class_="band")
    if low <= 0 <= high:
        sheet.line(across(0), top, across(0), base, colour="ink", stroke_dasharray="5 3")
    for part in _runs(rows, lambda r: r["rate_per_day"] is not None):
        path = [f"{num(across(r['lag_days']))} {num(up(r['rate_per_day']))}" for _, r in part]
        sheet.tag("path", d=f"M{'L'.join(path)}", fill="none", stroke=paint("main"), stroke_width=2)
    small = 3.0 if high - low <= 45 else 1.6
    for n, row in rows:
        if row["rate_per_day"] is not None:
            sheet.tag(
                "circle",
                cx=across(row["lag_days"]),
                cy=up(row["rate_per_day"]),
                r=small,
                fill=paint("main"),
                data_from=f"epoch/{n}/rate_per_day",
            )
    sheet.line(_LEFT, base, right, base, colour="ink")
    words = "Hatched: where 95 of 100 chance series stay at all lags together. Dashed: events begin."
    return sheet.lines(4, base + 36 + _SMALL, words, width - 8, size=_SMALL)


def _runs(
    rows: list[tuple[int, dict[str, Any]]], has: Callable[[dict[str, Any]], bool]
) -> list[list[tuple[int, dict[str, Any]]]]:
    """Cut where a value is missing or a day is left out."""
    found: list[list[tuple[int, dict[str, Any]]]] = []
    last = None
    for n, row in rows:
        if not has(row):
            last = None
            continue
        if last is None or row["lag_days"] - last > 1:
            found.append([])
        found[-1].append((n, row))
        last = row["lag_days"]
    return found


def epoch_words(epoch: pl.DataFrame) -> str:
    """Say EPOCH in words: how many lags stand out of the band, and the highest."""
    rows = [r for _, r in numbered(epoch) if r["rate_per_day"] is not None]
    if not rows:
        return "Around events nothing was observed."
    out = [r for r in rows if r["band_most"] is not None and r["rate_per_day"] > r["band_most"]]
    best = max(rows, key=lambda r: (r["rate_per_day"], -abs(r["lag_days"])))
    lag = best["lag_days"]
    when = f"{abs(lag)} days {'before' if lag < 0 else 'after'} events began" if lag else "on the day events began"
    return (
        f"Around events: {len(out)} of {len(rows)} days lie above the band that chance leaves; the highest mean, "
        f"{short(best['rate_per_day'])} visits a day, {when}."
    )
