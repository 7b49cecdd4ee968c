"""Made visits, and checks of them, for tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from wheelsdown.analysis.checks import evidence_of, sha256_of
from wheelsdown.lake.checks import add_checks
from wheelsdown.schema import VISITS

T0 = datetime(2030, 9, 5, 12, tzinfo=UTC)


def visit(**more: Any) -> dict[str, Any]:
    """Give one SIMULATED row of VISITS: a stop of two hours at LLOV."""
    row = {
        "visit_id": "d00001-20300905T1200Z-aaaa",
        "icao24": "d00001",
        "airfield": "LLOV",
        "place_id": "LLOV",
        "latitude_deg": 29.94,
        "longitude_deg": 34.93,
        "rivals": [],
        "excluded": ["LLER: not lined up"],
        "arrived_earliest_utc": T0 - timedelta(minutes=4),
        "arrived_utc": T0,
        "arrived_latest_utc": T0 + timedelta(minutes=4),
        "departed_earliest_utc": T0 + timedelta(minutes=116),
        "departed_utc": T0 + timedelta(minutes=120),
        "departed_latest_utc": T0 + timedelta(minutes=124),
        "grade": "inferred",
        "reasons": ["lost at 11:56 UTC"],
        "integrity": ["mlat_or_tisb:3"],
        "receipts": ["0123456789abcdef"],
        "last_before_utc": T0 - timedelta(minutes=4),
        "first_after_utc": T0 + timedelta(minutes=124),
        "source": "SIMULATED",
    }
    return {**row, **more}


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    """Make VISITS of rows."""
    return VISITS.conform(pl.DataFrame(list(rows), schema_overrides=_some(rows)), fill=True)


def _some(rows: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    return {n: VISITS.schema[n] for n in {key for row in rows for key in row}}


def moved(row: dict[str, Any], minutes: float, **more: Any) -> dict[str, Any]:
    """Shift every time of a row."""
    by = timedelta(minutes=minutes)
    return {**{k: v + by if isinstance(v, datetime) else v for k, v in row.items()}, **more}


def sign(
    path: Path,
    row: dict[str, Any],
    verdict: str = "confirm",
    *,
    by: str = "A. Reporter",
    told: Callable[[str], None] | None = None,
    **more: Any,
) -> pl.DataFrame:
    """Enter a check of a row as it is."""
    whole = table(row).row(0, named=True)
    fields = evidence_of(whole)
    body = {
        "visit_id": whole["visit_id"],
        "by": by,
        "verdict": verdict,
        "note": None,
        "grade": whole["grade"],
        "evidence": sha256_of(fields),
        "fields": fields,
        "registration": whole["registration"],
        **more,
    }
    return add_checks(path, [body], told=told)
