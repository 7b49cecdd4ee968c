"""Published counts, and these data beside them."""

from __future__ import annotations

import polars as pl

from wheelsdown.charts.svg import NARROW, Sheet

__all__ = ["published_chart"]


def published_chart(published: pl.DataFrame, *, prefix: str, width: float = NARROW) -> str:
    """Published counts, and these data beside them."""
    return Sheet(prefix=prefix, width=width, kind="published").svg(
        40, title="Published counts, and these data beside them.", desc="Not drawn yet."
    )
