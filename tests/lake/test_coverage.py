"""What was received near an airfield, day by day. Everything is SIMULATED."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.lake.made import receipt
from wheelsdown.cli import main
from wheelsdown.engines.local import Options, answers
from wheelsdown.lake import Lake
from wheelsdown.lake.coverage import Field, coverage
from wheelsdown.schema import COVERAGE, POSITIONS

OVDA = Field("LLOV", 29.940278, 34.935833, 1492.0)
DAYS = [date(2023, 9, 1) + timedelta(days=i) for i in range(7)]


def rows(day: date, *points: tuple[str, float, float, float | None, bool, int]) -> pl.DataFrame:
    """Make rows: who, degrees north and east of the field, height above it, on the ground, hour."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "icao24": [p[0] for p in points],
            "time_utc": [midnight + timedelta(hours=p[5], seconds=n) for n, p in enumerate(points)],
            "latitude_deg": [OVDA.latitude_deg + p[1] for p in points],
            "longitude_deg": [OVDA.longitude_deg + p[2] for p in points],
            "altitude_ft": pl.Series(
                [None if p[3] is None else p[3] + OVDA.elevation_ft for p in points], dtype=pl.Float32
            ),
            "on_ground": [p[4] for p in points],
            "source": ["SIMULATED"] * len(points),
        }
    )
    return POSITIONS.conform(frame.with_columns(pl.col("time_utc").cast(pl.Datetime("ms", "UTC"))), fill=True)


def said(day: date, what: str, status: str, reason: str | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {"source": ["made"], "day": [day], "what": [what], "status": [status], "reason": [reason],
         "asked_utc": [datetime(2023, 9, 20, tzinfo=UTC)]}, schema_overrides={"reason": pl.String},
    )  # fmt: skip


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake.open(tmp_path_factory.mktemp("covered") / "lake", create=True)
    with lake.batch() as batch:
        batch.add(
            rows(
                DAYS[0],
                ("d00001", 0.0, 0.0, None, True, 6),
                ("d00001", 0.05, 0.0, 800.0, False, 7),
                ("d00001", 0.15, 0.0, 3_000.0, False, 7),
                ("d00002", 0.1, 0.0, 2_500.0, False, 9),
                ("d00002", 0.12, 0.0, 12_000.0, False, 9),
                ("d00003", 0.5, 0.0, 500.0, False, 11),
            ),
            receipts=[receipt("one")],
        )
        batch.add(rows(DAYS[1], ("d00001", 3.0, 3.0, 900.0, False, 4)))
        batch.add(rows(DAYS[2], ("d00002", 0.1, 0.0, 4_000.0, False, 5)))
        batch.add_traffic(
            rows(DAYS[2], ("d00008", 0.01, 0.0, None, True, 3), ("d00009", 0.1, 0.1, 700.0, False, 20)).select(
                "icao24", "time_utc", "latitude_deg", "longitude_deg", "altitude_ft", "on_ground", "source"
            )
        )
        for day, what, status, reason in (
            (DAYS[0], "*", "received", None),
            (DAYS[1], "*", "received", None),
            (DAYS[2], "d00002", "failed", "403"),
            (DAYS[2], "traffic", "received", None),
            (DAYS[3], "*", "damaged", "122 of 256 folders"),
            (DAYS[5], "*", "missing", "no release of that day"),
            (DAYS[6], "d00002", "empty", None),
        ):
            batch.add_ledger(said(day, what, status, reason))
        batch.commit()
    return lake


def test_counts_heights_and_hours(lake: Lake) -> None:
    found = coverage(lake, [OVDA])
    assert COVERAGE.conform(found).equals(found)
    assert found["day"].to_list() == DAYS
    first = found.row(0, named=True)
    assert first["airfield"] == "LLOV"
    assert (first["status"], first["reason"]) == ("received", None)
    # not the one 55 km away, not the one at 12,000 ft
    assert (first["positions"], first["aircraft"], first["aircraft_on_ground"]) == (4, 2, 1)
    assert first["lowest_ft"] == pytest.approx(800.0)
    assert first["reach_ft"] == pytest.approx((800.0 + 2_500.0) / 2)
    assert first["hours"] == 3
    assert first["first_utc"] == datetime(2023, 9, 1, 6, tzinfo=UTC)
    assert first["sources"] == ["SIMULATED"]


def test_a_day_without_anything_near_and_days_without_data(lake: Lake) -> None:
    found = coverage(lake, [OVDA])
    by = {r["day"]: r for r in found.iter_rows(named=True)}
    assert (by[DAYS[1]]["status"], by[DAYS[1]]["positions"]) == ("received", 0)
    assert (by[DAYS[3]]["status"], by[DAYS[3]]["reason"]) == ("damaged", "122 of 256 folders")
    assert by[DAYS[4]]["status"] is None
    assert by[DAYS[4]]["aircraft"] is None
    assert "never asked" in by[DAYS[4]]["reason"]
    assert (by[DAYS[5]]["status"], by[DAYS[5]]["aircraft"]) == ("missing", None)
    assert by[DAYS[5]]["reason"] == "no release of that day"
    assert by[DAYS[6]]["status"] == "empty"
    assert "nothing is known of the others" in by[DAYS[6]]["reason"]
    for day in DAYS[3:]:
        assert by[day]["lowest_ft"] is None
        assert by[day]["first_utc"] is None


def test_other_traffic_is_counted_and_nothing_is_inferred_from_it(lake: Lake) -> None:
    day = coverage(lake, [OVDA], since=DAYS[2], until=DAYS[2]).row(0, named=True)
    assert (day["aircraft"], day["aircraft_on_ground"], day["positions"]) == (3, 1, 3)
    assert day["lowest_ft"] == pytest.approx(700.0)
    assert day["status"] == "received"
    got = answers([], ["visits", "legs", "gaps"], Options(lake=lake.path, keep_positions=False, ruled_out=True))
    for name in ("visits", "legs", "gaps"):
        assert not set(got[name].frame["icao24"]) & {"d00008", "d00009"}
    assert got["visits"].positions_read == 8
    near = answers([], ["visits"], Options(lake=lake.path, keep_positions=False, ruled_out=True), airfield="LLOV")
    assert not set(near["visits"].frame["icao24"]) & {"d00008", "d00009"}


def test_window_radius_and_several_fields(lake: Lake) -> None:
    wide = coverage(lake, [OVDA], since=DAYS[0], until=DAYS[0], radius_km=60.0)
    assert wide["aircraft"].to_list() == [3]
    assert wide["radius_km"].to_list() == [60.0]
    two = coverage(lake, [OVDA, Field(None, -40.0, 100.0, 0.0)], since=DAYS[0], until=DAYS[1])
    assert two["airfield"].to_list() == ["LLOV", "LLOV", None, None]
    assert two["aircraft"].to_list() == [2, 0, 0, 0]
    assert coverage(lake, [OVDA], since=DAYS[1], until=DAYS[0]).height == 0


def test_over_the_antimeridian_and_at_the_pole(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    far = [("d00001", -179.99), ("d00002", 179.99)]
    base = rows(DAYS[0], *((who, 0.0, 0.0, 500.0, False, 3) for who, _ in far))
    sea = base.with_columns(
        latitude_deg=pl.lit(-17.0),
        longitude_deg=pl.Series([lon for _, lon in far]),
        altitude_ft=pl.lit(900.0, pl.Float32),
    )
    ice = base.with_columns(
        icao24=pl.Series(["d00003", "d00004"]), latitude_deg=pl.lit(-89.99), longitude_deg=pl.Series([10.0, -170.0]),
        altitude_ft=pl.lit(9_900.0, pl.Float32),
    )  # fmt: skip
    with lake.batch() as batch:
        batch.add(sea)
        batch.add(ice)
        batch.commit()
    found = coverage(
        lake, [Field("A", -17.0, 180.0, 0.0), Field("B", -17.0, -179.95, 0.0), Field("C", -90.0, 0.0, 9_300.0)]
    )
    assert found["aircraft"].to_list() == [2, 2, 2]


def test_an_empty_lake(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    assert coverage(lake, [OVDA]).height == 0
    assert coverage(lake, [OVDA], since=DAYS[0], until=DAYS[1])["aircraft"].to_list() == [None, None]


def test_the_command(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", "--lake", str(lake.path), "--airfield", "LLOV", "--json"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert [r["day"] for r in out] == [d.isoformat() for d in DAYS]
    assert [r["aircraft"] for r in out][:3] == [2, 0, 3]
    assert main(["coverage", "--lake", str(lake.path), "--json"]) == 2
    assert "--airfield CODE or --at" in capsys.readouterr().err


def test_a_question_about_single_aircraft_makes_no_nought(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    with lake.batch() as batch:
        batch.add_ledger(pl.concat([said(DAYS[0], "d00001", "empty"), said(DAYS[1], "*", "received")]))
        batch.commit()
    got = coverage(lake, [OVDA], since=DAYS[0], until=DAYS[1])
    assert got["status"].to_list() == ["empty", "received"]
    assert got["aircraft"].to_list() == [None, 0]
    assert "nothing is known of the others" in got["reason"][0]
