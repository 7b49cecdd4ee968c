"""Events with a visit, against the chance level."""

from __future__ import annotations

import polars as pl

from wheelsdown.charts.svg import NARROW, Sheet

__all__ = ["timing_chart"]


def timing_chart(timing: pl.DataFrame, epoch: pl.DataFrame | None = None, *, prefix: str, width: float = NARROW) -> str:
    """Events with a visit, against the chance level."""
    return Sheet(prefix=prefix, width=width, kind="timing").svg(
        40, title="Events with a visit, against the chance level.", desc="Not drawn yet."
    )
