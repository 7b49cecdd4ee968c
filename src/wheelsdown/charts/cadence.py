"""How often visits came, against every other day."""

from __future__ import annotations

import polars as pl

from wheelsdown.charts.svg import NARROW, Sheet

__all__ = ["cadence_chart"]


def cadence_chart(cadence: pl.DataFrame, *, prefix: str, width: float = NARROW) -> str:
    """How often visits came, against every other day."""
    return Sheet(prefix=prefix, width=width, kind="cadence").svg(
        40, title="How often visits came, against every other day.", desc="Not drawn yet."
    )
