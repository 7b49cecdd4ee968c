"""SIMULATED visits for the statistics: rows with only what they need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from wheelsdown.schema import VISITS

START = datetime(2023, 9, 1, tzinfo=UTC)


def visit(at: datetime | None, n: int = 0, **more: Any) -> dict[str, Any]:
    """Make one row: a touchdown known to the minute, an hour on the ground."""
    off = timedelta(minutes=1)
    row: dict[str, Any] = {
        "visit_id": f"d00000-{n:04d}",
        "icao24": "d00000",
        "registration": "SIM-A",
        "airfield": "LLOV",
        "latitude_deg": 29.94,
        "longitude_deg": 34.94,
        "rivals": [],
        "excluded": [],
        "reasons": [],
        "integrity": [],
        "receipts": [],
        "grade": "observed",
        "source": "SIMULATED",
    }
    if at is not None:
        row |= {"arrived_earliest_utc": at - off, "arrived_utc": at, "arrived_latest_utc": at + off}
        out = at + timedelta(hours=1)
        row |= {"departed_earliest_utc": out - off, "departed_utc": out, "departed_latest_utc": out + off}
    return {**row, **more}


def frame(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Rows as VISITS."""
    return pl.DataFrame([{n: r.get(n) for n in VISITS.names} for r in rows], schema=VISITS.schema, orient="row")


def spread(n: int, days: float, **more: Any) -> pl.DataFrame:
    """Give visits evenly spread over a window that begins at `START`."""
    step = timedelta(days=days / n) if n else timedelta()
    return frame([visit(START + (i + 0.5) * step, i, **more) for i in range(n)])
