"""What sentences and rows of shares have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from wheelsdown.analysis.wording import capital
from wheelsdown.schema import SHARES

__all__ = ["frame_of", "percent", "spoken", "years_of"]

_SIMULATED: Final = "SIMULATED"


def percent(share: float) -> str:
    """Write a share: ``60.3 %``."""
    return f"{100.0 * share:.1f} %"


def years_of(first: int, last: int) -> str:
    """Write years: ``2016-2020``."""
    return str(first) if first == last else f"{first}-{last}"


def spoken(row: Mapping[str, Any], text: str) -> str:
    """Begin a sentence with a capital, and with SIMULATED where its source is."""
    said = capital(text)
    return f"{_SIMULATED}: {said}" if str(row.get("source") or "").startswith(_SIMULATED) else said


def frame_of(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as SHARES."""
    return pl.DataFrame([{n: r.get(n) for n in SHARES.names} for r in rows], schema=SHARES.schema, orient="row")
