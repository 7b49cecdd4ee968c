"""Where it is: airfields, legs and borders on a map, and neighbouring airfields with their runways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from wheelsdown.charts.fields import Field
from wheelsdown.charts.svg import NARROW, Sheet

__all__ = ["DISPUTED_NOTE", "map_chart", "neighbours_map"]

DISPUTED_NOTE: Final = "Borders: Natural Earth 1:50m, de facto; no endorsement."


def map_chart(
    airfields: Sequence[Field],
    legs: pl.DataFrame | None = None,
    positions: pl.DataFrame | None = None,
    visits: pl.DataFrame | None = None,
    *,
    prefix: str,
    disputed_note: str = DISPUTED_NOTE,
    width: float = NARROW,
) -> str:
    """Draw airfields and legs on a map."""
    return Sheet(prefix=prefix, width=width, kind="map").svg(40, title="Map", desc=disputed_note)


def neighbours_map(airfields: Sequence[Field], runways: pl.DataFrame, *, prefix: str, width: float = NARROW) -> str:
    """Draw neighbouring airfields with their runways, to scale."""
    return Sheet(prefix=prefix, width=width, kind="neighbours").svg(40, title="Neighbours", desc="Not drawn yet.")
