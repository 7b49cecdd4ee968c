"""Airlifts to fields with near and parallel neighbours: no visit at one is named another at `likely` or better."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.simulate.flown import fields
from wheelsdown.engines import local
from wheelsdown.geo import distance_km
from wheelsdown.simulate import Scenario, simulate
from wheelsdown.simulate.archives import write_archives
from wheelsdown.simulate.shipped import scenario_path

STRONG = ["observed", "inferred", "likely"]
SLACK = pl.duration(minutes=15)


def spans(visits: pl.DataFrame) -> pl.DataFrame:
    """When each was on the ground, as far as known."""
    return visits.select(
        "icao24",
        "visit_id",
        "airfield",
        begin=pl.coalesce("arrived_utc", "arrived_latest_utc", "departed_utc"),
        end=pl.coalesce("departed_utc", "arrived_latest_utc", "arrived_utc"),
    )


def true_spans(visits: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """When each was on the ground: without an arrival from the period's start, without a departure to its end."""
    start = datetime.combine(scenario.start, time(), tzinfo=UTC)
    end = start + timedelta(days=scenario.days)
    return visits.select(
        "icao24", "airfield", begin=pl.col("arrived_utc").fill_null(start), end=pl.col("departed_utc").fill_null(end)
    )


def near_and_parallel(codes: list[str]) -> None:
    """The fields are what the scenario says they are: near, and with runways in nearly one direction."""
    known = fields()
    place = {c: known.fields.filter(code=c).select("latitude_deg", "longitude_deg").row(0) for c in codes}
    heading = {c: known.runways.filter(code=c)["le_heading_deg"][0] for c in codes}
    for code in codes[1:]:
        assert 10.0 < float(distance_km(*place[codes[0]], *place[code])) < 50.0
        assert abs(heading[codes[0]] - heading[code]) < 14.0


@pytest.mark.parametrize(
    ("name", "codes", "least"),
    [("airlift-parallel", ["LLOV", "LLER", "OJAQ"], 100), ("airlift-cluster", ["UBBB", "UB18", "UBBI"], 100)],
)
def test_no_visit_is_named_a_neighbour(name: str, codes: list[str], least: int, tmp_path: Path) -> None:
    near_and_parallel(codes)
    known = fields()
    scenario = Scenario.from_toml(scenario_path(name))
    made = simulate(scenario, airfields=known.fields, runways=known.runways)
    write_archives(made, tmp_path, formats=["traces"])
    found = local.visits(tmp_path / "releases").filter(pl.col("grade").is_in(STRONG))
    truth = true_spans(made.visits, scenario)
    there = spans(found).join(truth, on="icao24", suffix="_true")
    overlap = there.filter(pl.col("begin") <= pl.col("end_true") + SLACK, pl.col("end") >= pl.col("begin_true") - SLACK)
    right = overlap.filter(pl.col("airfield") == pl.col("airfield_true"))["visit_id"].unique()
    at_these = found.filter(pl.col("airfield").is_in(codes))
    assert at_these.height >= least
    wrong = found.filter(~pl.col("visit_id").is_in(right.implode()))
    assert wrong.select("visit_id", "airfield", "grade").rows() == []
    # every field of the cluster is found, not only the easy one
    assert set(at_these["airfield"]) == set(codes)
