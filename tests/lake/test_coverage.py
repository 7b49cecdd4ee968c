"""What was received near a place, and what a nought in it means."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.lake.made import receipt
from wheelsdown.lake import Lake
from wheelsdown.lake.coverage import Field, coverage
from wheelsdown.schema import LEDGER, POSITIONS

HERE = Field("LLOV", 29.94, 34.93, 1492.0)
THERE = Field("UBBB", 40.47, 50.05, 10.0)
DAY = date(2023, 9, 2)


def position(who: str, day: date, *, hour: int = 12, ft: float = 0.0, north_km: float = 0.0) -> dict[str, Any]:
    return {
        "icao24": who,
        "time_utc": datetime(day.year, day.month, day.day, hour, tzinfo=UTC),
        "latitude_deg": HERE.latitude_deg + north_km / 111.2,
        "longitude_deg": HERE.longitude_deg,
        "altitude_ft": HERE.elevation_ft + ft,
        "on_ground": ft == 0.0,
        "source": "SIMULATED",
    }


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    typed = {n: POSITIONS.schema[n] for n in (rows[0] if rows else {})}
    return POSITIONS.conform(pl.DataFrame(rows, schema=typed), fill=True)


def said(day: date, what: str, status: str, reason: str | None = None) -> dict[str, Any]:
    return {"source": "made", "day": day, "what": what, "status": status, "reason": reason}


def lake_of(
    path: Path, rows: list[dict[str, Any]], ledger: list[dict[str, Any]], traffic: list[dict[str, Any]] | None = None
) -> Lake:
    lake = Lake.open(path / "lake", create=True)
    asked = pl.lit(datetime(2023, 10, 1, tzinfo=UTC)).cast(LEDGER.schema["asked_utc"])
    with lake.batch() as batch:
        if rows:
            batch.add(frame(rows), receipts=[receipt("a", len(rows))])
        if traffic:
            batch.add_traffic(frame(traffic))
        if ledger:
            typed = pl.DataFrame(ledger, schema_overrides={"reason": pl.String})
            batch.add_ledger(LEDGER.conform(typed.with_columns(asked_utc=asked), fill=True))
        batch.commit()
    return lake


def test_counts_by_place_and_height(tmp_path: Path) -> None:
    rows = [
        position("d00001", DAY),
        position("d00001", DAY, hour=13, ft=900.0, north_km=8),
        position("d00002", DAY, hour=14, ft=2_500.0, north_km=20),
        position("d00003", DAY, hour=15, ft=2_500.0, north_km=40),
        position("d00004", DAY, hour=16, ft=20_000.0, north_km=5),
        position("d00005", DAY, hour=17, north_km=8),
    ]
    [row] = coverage(lake_of(tmp_path, rows, []), [HERE]).rows(named=True)
    assert (row["positions"], row["aircraft"], row["aircraft_on_ground"], row["hours"]) == (4, 3, 1, 4)
    assert row["lowest_ft"] == pytest.approx(900, abs=1)
    assert row["reach_ft"] == pytest.approx((900 + 2_500) / 2, abs=1)
    assert row["sources"] == ["SIMULATED"]
    assert (row["first_utc"].hour, row["last_utc"].hour) == (12, 17)


@pytest.mark.parametrize(
    ("entry", "status", "reason", "aircraft"),
    [
        (None, None, "never asked for: nothing is known", None),
        (said(DAY, "*", "received"), "received", None, 0),
        (said(DAY, "*", "damaged", "122 of 256 folders"), "damaged", "122 of 256 folders", 0),
        (said(DAY, "*", "missing", "404"), "missing", "404", None),
        (said(DAY, "*", "no_archive"), "no_archive", None, None),
        (said(DAY, "d00009", "empty"), "empty", "asked for single aircraft: nothing is known of the others", 0),
        (said(DAY, "d00009", "failed", "refused"), "failed", "refused", None),
        (said(DAY, "airfield LLOV", "empty", "0 aircraft"), "empty", "0 aircraft", 0),
        (said(DAY, "traffic", "received", "around airfield LLOV; 48 half hours"), "received", "around", 0),
        (said(DAY, "traffic", "received", "around airfield LLER, airfield LLOV; 9"), "received", "around", 0),
        (said(DAY, "traffic", "received", "around airfield LLER; 48 half hours"), None, "never asked", None),
        (said(DAY, "traffic", "received", "10 half hours"), None, "never asked", None),
    ],
)
def test_a_nought_stands_only_where_something_is_known(
    tmp_path: Path, entry: dict[str, Any] | None, status: str | None, reason: str | None, aircraft: int | None
) -> None:
    lake = lake_of(tmp_path, [], [entry] if entry else [])
    [row] = coverage(lake, [HERE], since=DAY, until=DAY).rows(named=True)
    assert row["status"] == status
    assert (row["reason"] or "").startswith(reason or "")
    assert (row["reason"] is None) == (reason is None)
    assert [row[c] for c in ("positions", "aircraft", "aircraft_on_ground", "hours")] == [aircraft] * 4
    assert row["lowest_ft"] is None


def test_an_extract_kept_elsewhere_says_nothing_here(tmp_path: Path) -> None:
    lake = lake_of(
        tmp_path,
        [position("d00001", DAY)],
        [said(DAY, "d00001", "received"), said(DAY, "traffic", "received", "10 half hours")],
        [position("d00007", DAY, ft=1_000.0, north_km=5)],
    )
    here, there = coverage(lake, [HERE, THERE]).rows(named=True)
    assert (here["aircraft"], here["reason"]) == (2, "10 half hours")
    assert (there["aircraft"], there["status"]) == (0, "received")
    assert there["reason"] == "asked for single aircraft: nothing is known of the others"


def test_every_day_of_the_window_is_a_row(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, [position("d00001", DAY)], [])
    found = coverage(lake, [HERE, THERE], since=DAY - timedelta(days=2), until=DAY + timedelta(days=1))
    assert found.height == 8
    assert found.filter(pl.col("airfield") == "LLOV")["aircraft"].to_list() == [None, None, 1, None]
    assert coverage(lake, []).is_empty()
    assert coverage(lake_of(tmp_path / "empty", [], []), [HERE]).is_empty()
