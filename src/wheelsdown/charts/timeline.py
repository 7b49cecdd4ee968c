"""Visits over time, with surges, events and days that were not observed."""

from __future__ import annotations

import polars as pl

from wheelsdown.charts.svg import NARROW, Sheet

__all__ = ["timeline"]


def timeline(
    series: pl.DataFrame,
    *,
    visits: pl.DataFrame | None = None,
    surges: pl.DataFrame | None = None,
    events: pl.DataFrame | None = None,
    statements: pl.DataFrame | None = None,
    prefix: str,
    width: float = NARROW,
) -> str:
    """Visits over time, with surges, events and days that were not observed."""
    return Sheet(prefix=prefix, width=width, kind="timeline").svg(
        40, title="Visits over time, with surges, events and days that were not observed.", desc="Not drawn yet."
    )
