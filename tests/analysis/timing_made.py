"""Series and events for the tests of timing: made, and invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from wheelsdown.schema import EVENTS, SERIES


def series_of(
    first: date,
    days: int,
    visits: Sequence[int],
    *,
    exposure: Any = None,
    weaker: Sequence[int] = (),
    known: bool = True,
    zone: str = "UTC",
    airfield: str = "ZZZZ",
) -> pl.DataFrame:
    """Visits on days numbered from 0; several on one day by naming it again."""
    counts = np.bincount(np.asarray(visits, dtype=int), minlength=days)
    weak = np.bincount(np.asarray(weaker, dtype=int), minlength=days)
    rows = {
        "airfield": [airfield] * days,
        "day": [first + timedelta(days=i) for i in range(days)],
        "time_zone": [zone] * days,
        "visits": counts,
        "exposure": np.ones(days) if exposure is None else np.asarray(exposure, dtype=float),
        "known": [known] * days,
        "weaker": weak,
        "visit_ids": [[f"v{i}-{k}" for k in range(n)] for i, n in enumerate(counts)],
        "sources": [["a test"] if n else [] for n in counts],
    }
    return SERIES.conform(pl.DataFrame(rows, schema_overrides={"visit_ids": pl.List(pl.String)}), fill=True)


def events_on(days: Sequence[date], **columns: Any) -> pl.DataFrame:
    """Events that began on these days."""
    rows = {
        "event_id": [f"e{i}" for i in range(len(days))],
        "kind": ["event"] * len(days),
        "began": list(days),
        "precision_days": [1.0] * len(days),
        "source": ["a list"] * len(days),
    } | columns
    return EVENTS.conform(pl.DataFrame(rows, schema_overrides={"began": pl.Date}), fill=True)


def span(first: date, days: int) -> dict[str, datetime]:
    """The period from a day on."""
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return {"since": begin, "until": begin + timedelta(days=days)}
