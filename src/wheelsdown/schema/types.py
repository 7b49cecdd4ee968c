"""Types of columns."""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["BOOL", "F32", "F64", "INT", "TEXT", "TEXTS", "UTC"]

UTC: Final = pl.Datetime("ms", "UTC")
TEXT: Final = pl.String()
TEXTS: Final = pl.List(pl.String)
F64: Final = pl.Float64()
F32: Final = pl.Float32()
BOOL: Final = pl.Boolean()
INT: Final = pl.Int32()
