"""A series as the scan takes it: counts and exposure, what weakens them, and when nothing can be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.analysis.covering import between, no_day, unknown_days
from wheelsdown.analysis.grading import doubt, others
from wheelsdown.analysis.sorting import COUNTED
from wheelsdown.analysis.surges_scan import Scan
from wheelsdown.analysis.surges_words import ASSUMED, LOG, PICKED, from_logs
from wheelsdown.analysis.wording import number

__all__ = ["Told", "refused", "told_of"]

_LEAST: Final = 3
"""Visits below which nothing is told."""
_EPS: Final = 1e-9


@dataclass(frozen=True)
class Told:
    """What all rows of one series share."""

    scan: Scan
    days: list[date]
    ids: list[list[str]]
    sources: list[str]
    weaker: list[int]
    """Visits of other grades by day, which are not counted."""
    base: dict[str, Any]
    reasons: list[str]
    level: float


def told_of(
    frame: pl.DataFrame,
    what: str | None,
    since: datetime,
    until: datetime,
    zone: str,
    exposure_how: str | None,
    longest: int,
    level: float,
    grades: Sequence[str] = COUNTED,
    simulated: bool = False,
) -> Told:
    """Take a series apart. Visits on days without exposure are named and left out: nothing is known of such days."""
    exposure = frame["exposure"].fill_null(0.0).to_numpy().astype(np.float64)
    counts = frame["visits"].fill_null(0).to_numpy().astype(np.int64)
    seen = exposure > 0
    sources = frame["sources"].explode().drop_nulls().unique().sort().to_list()
    airfield = frame["airfield"].drop_nulls().unique().to_list()
    scan = Scan(np.where(seen, counts, 0), exposure, longest)
    how = exposure_how or _how(frame, airfield[0] if airfield else None, log=from_logs(sources))
    reasons = []
    if ASSUMED in how:
        reasons.append(how)
    if from_logs(sources):
        reasons.append(LOG)
    if off := int(counts[~seen].sum()):
        reasons.append(f"not counted, on days not observed: {off}")
    weaker = frame["weaker"].fill_null(0).to_list()
    if sum(weaker):
        reasons.append(f"not counted, of {others(grades)} grades: {sum(weaker)}")
    base = {
        "airfield": airfield[0] if airfield else None,
        "what": what,
        "from_utc": since.astimezone(UTC),
        "to_utc": until.astimezone(UTC),
        "time_zone": zone,
        # where no day has an exposure, nothing is told of them, and all are named
        "visits_total": scan.total if seen.any() else int(counts.sum()),
        "exposure_how": how,
        # for the sentences only
        "_doubt": doubt(grades),
        "_others": others(grades),
        "_weaker": sum(weaker),
        "_simulated": simulated,
    }
    return Told(scan, frame["day"].to_list(), frame["visit_ids"].to_list(), sources, weaker, base, reasons, level)


def _how(frame: pl.DataFrame, airfield: str | None, *, log: bool) -> str:
    """Say where the exposure of a series comes from."""
    total, whole = float(frame["exposure"].sum()), frame.height
    if frame.height and frame["known"].all():
        at = f" at {airfield}" if airfield else ""
        return (
            f"{total:,.1f} days in {whole:,}: each day times the chance that a visit on it is counted, judged from "
            f"other traffic{at}"
        )
    seen = frame.filter(pl.col("exposure") > 0)
    if seen.is_empty():
        return f"none of {whole:,} days"
    # the window may begin and end within a day
    inner = seen["exposure"].slice(1, max(0, seen.height - 2))
    if bool((inner >= 1.0 - _EPS).all()):
        if seen.height == whole:
            return ASSUMED
        first, last = seen["day"][0], seen["day"][-1]
        if (last - first).days + 1 > seen.height:
            return f"{seen.height:,} of {whole:,} days; of these {ASSUMED}"
        ends = (first if first > frame["day"][0] else None), (last if last < frame["day"][-1] else None)
        return f"{seen.height:,} of {whole:,} days, {between(*ends, log=log)}; of these {ASSUMED}"
    return f"{total:,.1f} of {whole:,} days, as the series states them"


def refused(told: Told, frame: pl.DataFrame, selection: str, days_observed: float | None = None) -> str | None:
    """Say why nothing can be told; None where something can."""
    if selection == "hand_picked":
        return PICKED
    if told.scan.exposure.sum() <= 0:
        assumed = frame.height and not frame["known"].any()
        why = no_day("period") if assumed else unknown_days("period", days_observed)
        return f"{why}: there is no exposure, and nothing to compare"
    if told.scan.total < _LEAST:
        n = told.scan.total
        return f"{number(n)} visit{'' if n == 1 else 's'} on days observed: too few, three are the least"
    return None
