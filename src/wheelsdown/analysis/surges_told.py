"""A series as the scan takes it: counts and exposure, what weakens them, and when nothing can be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
import polars as pl

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
) -> Told:
    """Take a series apart. Visits on days without exposure are named and left out: nothing is known of such days."""
    exposure = frame["exposure"].fill_null(0.0).to_numpy().astype(np.float64)
    counts = frame["visits"].fill_null(0).to_numpy().astype(np.int64)
    seen = exposure > 0
    sources = frame["sources"].explode().drop_nulls().unique().sort().to_list()
    airfield = frame["airfield"].drop_nulls().unique().to_list()
    scan = Scan(np.where(seen, counts, 0), exposure, longest)
    how = exposure_how or _how(frame, airfield[0] if airfield else None)
    reasons = []
    if how == ASSUMED:
        reasons.append(ASSUMED)
    if from_logs(sources):
        reasons.append(LOG)
    if off := int(counts[~seen].sum()):
        reasons.append(f"not counted, on days not observed: {off}")
    if weaker := int(frame["weaker"].fill_null(0).sum()):
        reasons.append(f"not counted, of a weaker grade: {weaker}")
    base = {
        "airfield": airfield[0] if airfield else None,
        "what": what,
        "from_utc": since.astimezone(UTC),
        "to_utc": until.astimezone(UTC),
        "time_zone": zone,
        # where no day has an exposure, nothing is told of them, and all are named
        "visits_total": scan.total if seen.any() else int(counts.sum()),
        "exposure_how": how,
    }
    return Told(scan, frame["day"].to_list(), frame["visit_ids"].to_list(), sources, base, reasons, level)


def _how(frame: pl.DataFrame, airfield: str | None) -> str:
    """Say where the exposure of a series comes from."""
    total, whole = float(frame["exposure"].sum()), frame.height
    if frame.height and frame["known"].all():
        at = f" at {airfield}" if airfield else ""
        return f"{total:,.1f} of {whole:,} days, judged from other traffic{at}"
    if frame.height and bool((frame["exposure"].slice(1, max(1, whole - 2)) >= 1.0 - _EPS).all()):
        return ASSUMED
    return f"{total:,.1f} of {whole:,} days, as stated, spread evenly"


def refused(told: Told, frame: pl.DataFrame, selection: str) -> str | None:
    """Say why nothing can be told; None where something can."""
    nothing = told.scan.exposure.sum() <= 0
    if selection == "hand_picked" or (frame.height and nothing and not frame["known"].any()):
        return PICKED
    if nothing:
        return "no day of the period is known to have been observed: there is no exposure, and nothing to compare"
    if told.scan.total < _LEAST:
        n = told.scan.total
        return f"{number(n)} visit{'' if n == 1 else 's'} on days observed: too few, three are the least"
    return None
