"""Shares, with their bounds."""

from __future__ import annotations

import polars as pl

from wheelsdown.charts.svg import NARROW, Sheet

__all__ = ["shares_chart"]


def shares_chart(shares: pl.DataFrame, *, prefix: str, width: float = NARROW) -> str:
    """Shares, with their bounds."""
    return Sheet(prefix=prefix, width=width, kind="shares").svg(
        40, title="Shares, with their bounds.", desc="Not drawn yet."
    )
