"""Time on the ground of each visit, as an interval."""

from __future__ import annotations

import polars as pl

from wheelsdown.charts.svg import NARROW, Sheet

__all__ = ["dwell"]


def dwell(visits: pl.DataFrame, *, prefix: str, width: float = NARROW) -> str:
    """Time on the ground of each visit, as an interval."""
    return Sheet(prefix=prefix, width=width, kind="dwell").svg(
        40, title="Time on the ground of each visit, as an interval.", desc="Not drawn yet."
    )
