"""How often visits came, against ``every other day``."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from wheelsdown.analysis.cadence import ASSUMED
from wheelsdown.charts.intervals import Axis, Interval, Track, draw_tracks
from wheelsdown.charts.rows import made, numbered
from wheelsdown.charts.scales import count, period_text, short
from wheelsdown.charts.svg import NARROW, Sheet, clean

__all__ = ["cadence_chart"]

_HALF: Final = 0.5


def cadence_chart(cadence: pl.DataFrame, *, prefix: str, width: float = NARROW, simulated: bool = False) -> str:
    """Draw the rate of visits counted, what the data allow, and the share of days with one, beside ``every other day``.

    Parameters
    ----------
    cadence : polars.DataFrame
        CADENCE; a row that is refused says why instead of a bar.
    prefix : str
        Begins all ids.
    width : float
        Of the layout, in units.
    simulated : bool
        The rows are made. Rows that say so themselves need no word here.

    Returns
    -------
    str
        SVG: for each row the visits counted a day (exact interval, Garwood 1936), the slowest and the quickest rhythm
        that the data allow, and the share of days with a visit (Clopper and Pearson 1934); a line at one half, which is
        ``every other day`` for all.
    """
    sheet = Sheet(prefix=prefix, width=width, kind="cadence", simulated=simulated or made(cadence))
    rows = list(numbered(cadence))
    title = 'How often visits came, beside "every other day"'
    if not rows:
        words = "No rhythm was worked out."
        sheet.text(10, 26, words)
        return sheet.svg(44, title=title, desc=words)
    highest = max(
        (v for _, r in rows for v in (r["rate_most"], r["share_most"], _quickest(r)) if v is not None), default=1.0
    )
    axis = Axis.upto(max(highest, 0.6), 12, width - 12)
    tracks = [track for n, row in rows for track in _tracks(n, row)]
    y = draw_tracks(
        sheet,
        tracks,
        axis,
        2,
        unit="filled: visits counted, a day; hollow: a day, as far as these data allow; hatched: share of days",
        lines=[(_HALF, "every other day")],
    )
    return sheet.svg(y + 4, title=title, desc=" ".join(_words(row) for _, row in rows))


def _label(row: dict[str, Any]) -> str:
    parts = [clean(row[c]) for c in ("airfield", "what") if row[c]]
    place = UTC if row["time_zone"] == "UTC" else ZoneInfo(row["time_zone"])
    last = row["to_utc"] - timedelta(microseconds=1)
    parts.append(period_text(row["from_utc"].astimezone(place).date(), last.astimezone(place).date()))
    return ", ".join(parts)


def _tracks(n: int, row: dict[str, Any]) -> list[Track]:
    label = _label(row)
    if row["rate_per_day"] is None:
        return [Track(label, note=clean(row["reason"] or "refused"))]
    rate = Interval(
        row["rate_least"],
        row["rate_most"],
        row["rate_per_day"],
        f"cadence/{n}/rate_per_day",
        text=f"{short(row['rate_per_day'])} a day",
    )
    bars = [rate]
    if (quickest := _quickest(row)) is not None:
        slowest = 1.0 / row["every_slowest"] if row["every_slowest"] else 0.0
        bars.append(Interval(slowest, quickest, None, f"cadence/{n}/every_quickest", "hollow", "that these data allow"))
    if row["share_of_days"] is not None:
        share = Interval(
            row["share_least"],
            row["share_most"],
            row["share_of_days"],
            f"cadence/{n}/share_of_days",
            "hatched",
            f"{row['share_of_days'] * 100:.0f} % of days",
        )
        bars.append(share)
    return [Track(f"{label}: {count(row['visits'], 'visit')} counted", tuple(bars))]


def _quickest(row: dict[str, Any]) -> float | None:
    """Give the visits a day at the quickest rhythm that the data allow; None where it was not worked out."""
    return 1.0 / row["every_quickest"] if row["every_quickest"] else None


def _words(row: dict[str, Any]) -> str:
    label = _label(row)
    if row["rate_per_day"] is None:
        return f"{label}: refused, {clean(row['reason'] or 'no reason given')}."
    text = (
        f"{label}: {count(row['visits'], 'visit')} counted, {short(row['rate_per_day'])} a day, "
        f"between {short(row['rate_least'] or 0)} and {short(row['rate_most'] or 0)}"
    )
    if row["every_quickest"] is not None:
        text += "; the hollow bar reaches as far as these data allow"
    if row["share_of_days"] is not None:
        days = "days, all taken as observed" if (row["exposure_how"] or "").endswith(ASSUMED) else "days observed"
        text += f"; a visit on {row['share_of_days'] * 100:.0f} % of the {days}"
    if row["every_other_day"] is not None:
        text += f'. "Every other day" is {"" if row["every_other_day"] else "not "}borne out'
    return text + "."
