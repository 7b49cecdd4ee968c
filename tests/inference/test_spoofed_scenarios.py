"""Spoofed flights of SIMULATED scenarios never reach `likely` at the false field, and honest ones are counted."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import polars as pl
import pytest

from wheelsdown.inference import infer
from wheelsdown.simulate import Scenario, simulate
from wheelsdown.simulate.scenario import Spoof
from wheelsdown.simulate.shipped import shipped

STRONG = ["observed", "inferred", "likely"]
NEAR = timedelta(hours=2)


def spoofed_at(scenario: Scenario, place: str, seed: int, *, faults: bool = True) -> Scenario:
    spoof = Spoof(place=place, share=0.3, within_km=(30.0, 300.0), until_parked_share=0.4, silence_share=0.6)
    own = msgspec.structs.replace(
        scenario.faults, duplicate_addresses=0, wrong_address_legs=0, spoof=[spoof] if faults else []
    )
    return msgspec.structs.replace(scenario, seed=seed, days=8, faults=own)


def matched(visits: pl.DataFrame, truth: pl.DataFrame) -> pl.Series:
    """Mask of the visits that were made: same aircraft, same field, within two hours."""
    at = pl.coalesce("arrived_utc", "departed_utc", "arrived_latest_utc")
    spans = truth.select(
        "icao24",
        "airfield",
        begin=pl.coalesce("arrived_utc", "departed_utc") - NEAR,
        end=pl.coalesce("departed_utc", "arrived_utc") + NEAR,
    )
    made = visits.with_columns(at=at).join(spans, on=["icao24", "airfield"])
    made = made.filter(pl.col("at").is_between("begin", "end"))
    return visits["visit_id"].is_in(made["visit_id"].implode())


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    path = next(s.path for s in shipped() if s.name == "spoofed")
    return msgspec.toml.decode(path.read_bytes(), type=Scenario, strict=False)


@pytest.mark.parametrize("place", ["OLBA", "LCLK", "LLHA", "LLBG"])
def test_no_false_visit(scenario, airfields, place):
    """Two known targets' worth of tricks at a listed place, two unlisted ones, and the destination itself."""
    for seed in (100, 101):
        made = simulate(spoofed_at(scenario, place, seed), airfields=airfields.fields, runways=airfields.runways)
        assert made.faults.height > 10
        found = infer(made.positions, airfields=airfields.fields, runways=airfields.runways).visits
        strong = found.filter(pl.col("grade").is_in(STRONG) & pl.col("quarantined").is_null())
        false = strong.filter(~matched(strong, made.visits))
        at_place = false.filter(pl.col("airfield") == place)
        assert at_place.height == 0, at_place.select("visit_id", "grade", "integrity", "reasons").rows()


def test_what_spoofing_costs(scenario, airfields):
    """Of the visits counted without spoofing most are counted with it: false stretches are left out, not flights."""
    counts = []
    for faults in (False, True):
        made = simulate(
            spoofed_at(scenario, "LCLK", 100, faults=faults), airfields=airfields.fields, runways=airfields.runways
        )
        found = infer(made.positions, airfields=airfields.fields, runways=airfields.runways).visits
        sure = found.filter(pl.col("grade").is_in(STRONG[:2]) & pl.col("quarantined").is_null())
        counts.append(sure.height)
        assert matched(sure, made.visits).all()
    assert counts[0] * 0.75 <= counts[1] <= counts[0]


def test_the_shipped_scenario(scenario, airfields):
    """As shipped: Beirut and Amman spoofed, two aircraft on one address, flights under another's address."""
    made = simulate(scenario, airfields=airfields.fields, runways=airfields.runways)
    found = infer(made.positions, airfields=airfields.fields, runways=airfields.runways).visits
    sure = found.filter(pl.col("grade").is_in(STRONG[:2]) & pl.col("quarantined").is_null())
    doubled = made.faults.filter(pl.col("kind").is_in(["duplicate_address", "wrong_address"]))["icao24"]
    own = sure.filter(~pl.col("icao24").is_in(doubled.implode()))
    assert own.height > 50
    assert matched(own, made.visits).all()
