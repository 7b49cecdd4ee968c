"""The truth and its positions: the same every time, possible in the air, on the ground where it says."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from tests.simulate.air import QUIET, START, bridge, digest, fields, fly, scenario, steps
from wheelsdown.geo import distance_km
from wheelsdown.inference import infer
from wheelsdown.schema import LEGS, POSITIONS, REGISTER, VISITS
from wheelsdown.simulate import TYPES, Simulated
from wheelsdown.simulate.scenario import Around, Behaviour, Coverage, Fleet, Noise, Sampling, Traffic

GOLDEN = {
    "positions": "d4a7007ce0045600",
    "visits": "c51a5d2420810447",
    "legs": "2ef24935c2b483df",
    "fleet": "ca0f655aed716c87",
    "days": "391ef7bee6312af6",
    "faults": "22bf6bc6912695eb",
}


@pytest.fixture(scope="module")
def plain() -> Simulated:
    return fly(noise=Noise(stale_share=0.0), behaviour=QUIET)


def test_every_table_is_its_table_and_says_simulated(plain: Simulated) -> None:
    for frame, table in (
        (plain.positions, POSITIONS),
        (plain.visits, VISITS),
        (plain.legs, LEGS),
        (plain.fleet, REGISTER),
    ):
        assert table.conform(frame).height == frame.height > 0
        assert frame["source"].str.starts_with("SIMULATED").all()
    p = plain.positions
    assert p["callsign"].str.contains(r"^SIM\d{4}$").all()
    assert p["icao24"].str.contains("^d[0-9a-f]{5}$").all()
    assert p["receipt"].null_count() == p.height
    assert plain.fleet["operator"].str.starts_with("SIM").all()
    assert plain.fleet["operator_icao"].null_count() == plain.fleet.height  # SIM is a real operator's designator
    assert p.select("icao24", "time_utc").equals(p.select("icao24", "time_utc").sort("icao24", "time_utc"))
    assert p.select("icao24", "time_utc").is_duplicated().sum() == 0
    end = START + timedelta(days=12)
    assert p["time_utc"].dt.date().min() >= START
    assert p["time_utc"].dt.date().max() < end


def test_the_same_seed_gives_the_same_rows_another_one_others() -> None:
    assert digest(fly()) == digest(fly())
    assert digest(fly(seed=6))["positions"] != digest(fly())["positions"]


def test_golden() -> None:
    # a change here is a change of every published scenario: say so in the change log
    assert digest(fly(days=4, fleets=[bridge(visits=5)])) == GOLDEN


def test_the_uncompiled_code_gives_the_same_rows() -> None:
    text = (
        "from tests.simulate.air import *\n"
        "print(sorted(digest(fly(days=1, seed=3, others=[], fleets=[bridge(visits=1, hop_share=0.0)])).items()))"
    )
    out = [
        subprocess.run(
            [sys.executable, "-c", text], capture_output=True, text=True, check=True, env={**os.environ, **more}
        ).stdout
        for more in ({}, {"NUMBA_DISABLE_JIT": "1"})
    ]
    assert out[0] == out[1]
    assert "positions" in out[0]


def test_another_coverage_and_noise_leave_the_truth(plain: Simulated) -> None:
    poor = fly(
        behaviour=QUIET,
        coverage=Coverage(around=[Around(airfield="LLER", count=1)], floors={"LLOV": 3000.0}, outages_per_day=2.0),
        sampling=Sampling(kind="snapshot"),
        noise=Noise(ground_flag="absent", mlat_legs_share=0.5),
    )
    assert poor.visits.equals(plain.visits)
    assert poor.legs.equals(plain.legs)
    assert poor.positions.height < plain.positions.height / 10


def test_another_aircraft_more_leaves_the_other_traffic(plain: Simulated) -> None:
    more = fly(noise=Noise(stale_share=0.0), behaviour=QUIET, fleets=[bridge(visits=30)])
    other = pl.col("operator") == "SIMULATED Traffic 1"
    assert more.visits.filter(other).equals(plain.visits.filter(other))
    addresses = plain.fleet.filter(other)["icao24"]
    mine = pl.col("icao24").is_in(addresses.to_list())
    assert more.positions.filter(mine).equals(plain.positions.filter(mine))


@pytest.mark.parametrize("typecode", sorted(TYPES))
def test_no_type_flies_beyond_its_limits(typecode: str) -> None:
    made = fly(
        days=6,
        others=[],
        fleets=[bridge(typecode=typecode, visits=6, home="LLBG", destinations={"OJAI": 1.0, "LCLK": 1.0, "LLOV": 1.0})],
        noise=Noise(stale_share=0.0, position_m=0.0),
    )
    s = steps(made.positions)
    t = TYPES[typecode]
    assert s["kt"].max() < t.cruise_kt * 1.04 + 110.0 < 700.0
    flying = s.filter(pl.col("ms") > 2500)
    assert flying["fpm"].max() < 1.35 * t.climb_fpm + 800.0
    assert flying["fpm"].min() > -1.35 * t.descent_fpm - 800.0
    assert made.positions["altitude_ft"].max() <= t.ceiling_ft
    air = made.positions.filter(~pl.col("on_ground"))
    assert air["groundspeed_kt"].min() >= 60.0
    assert made.legs.height >= 8
    # reported speed and way agree
    close = flying.filter(~pl.col("on_ground") & ~pl.col("on_ground_before") & (pl.col("ms") < 40_000))
    assert (close["way_kt"] - close["groundspeed_kt"]).abs().quantile(0.99) < 40.0


def test_turns_have_a_radius(plain: Simulated) -> None:
    s = steps(plain.positions).filter(
        ~pl.col("on_ground") & ~pl.col("on_ground_before") & (pl.col("ms") > 2500) & (pl.col("ms") < 30_000)
    )
    turn = ((s["track_deg"] - s["track_deg_before"] + 180.0) % 360.0 - 180.0).abs()
    # 25 degrees of bank at 120 kt are 4.3 degrees a second
    assert (turn / (s["ms"] / 1000.0)).max() < 4.6


def test_every_stop_of_the_truth_stands_on_its_field(plain: Simulated) -> None:
    ground = plain.positions.filter("on_ground")
    seen = {code: r for code, *r in fields().fields.select("code", "latitude_deg", "longitude_deg").iter_rows()}
    checked = 0
    for stop in plain.visits.drop_nulls("arrived_utc").iter_rows(named=True):
        until = stop["departed_utc"] or stop["arrived_utc"] + timedelta(hours=1)
        mine = ground.filter(
            (pl.col("icao24") == stop["icao24"]) & pl.col("time_utc").is_between(stop["arrived_utc"], until)
        )
        assert mine.height >= 5, stop
        lat, lon = seen[stop["airfield"]]
        far = distance_km(mine["latitude_deg"].to_numpy(), mine["longitude_deg"].to_numpy(), lat, lon)
        assert far.max() < 5.0, stop
        stand = distance_km(
            mine["latitude_deg"].to_numpy(),
            mine["longitude_deg"].to_numpy(),
            stop["latitude_deg"],
            stop["longitude_deg"],
        )
        assert stand.min() < 0.1, stop
        checked += 1
    assert checked > 60


def test_the_truth_is_a_chain(plain: Simulated) -> None:
    for (_,), stops in plain.visits.group_by("icao24", maintain_order=True):
        rows = stops.rows(named=True)
        assert rows[0]["arrived_utc"] is None
        assert rows[0]["origin"] is None
        for a, b in itertools.pairwise(rows):
            assert a["departed_utc"] < b["arrived_utc"]
            assert (a["next_stop"], b["origin"]) == (b["airfield"], a["airfield"])
        # either it is still there, or its last flight ended beyond the period
        legs = plain.legs.filter(pl.col("icao24") == rows[0]["icao24"])
        assert legs.height == sum(r["departed_utc"] is not None for r in rows)
    bounded = plain.visits.drop_nulls(["arrived_utc", "departed_utc"])
    minutes = (bounded["departed_utc"] - bounded["arrived_utc"]).dt.total_milliseconds() / 60_000
    assert np.allclose(bounded["dwell_least_min"].to_numpy(), minutes.to_numpy())
    assert (bounded["dwell_least_min"] == bounded["dwell_most_min"]).all()
    assert minutes.min() > 20.0


def test_inference_under_perfect_coverage_finds_every_stop(plain: Simulated) -> None:
    found = infer(plain.positions, airfields=fields().fields, runways=fields().runways).visits
    truth = plain.visits.drop_nulls("arrived_utc")
    assert found.filter(pl.col("arrived_utc").is_not_null()).height == truth.height
    for stop in truth.iter_rows(named=True):
        near = found.filter(
            (pl.col("icao24") == stop["icao24"])
            & ((pl.col("arrived_utc") - stop["arrived_utc"]).dt.total_seconds().abs() < 30)
        )
        assert near.height == 1, stop
        assert (near["airfield"][0], near["grade"][0]) == (stop["airfield"], "observed")
        if stop["departed_utc"] is not None:
            # after a silence of more than two days the departure is a stay of its own
            short = stop["dwell_least_min"] < 2000.0
            assert not short or abs((near["departed_utc"][0] - stop["departed_utc"]).total_seconds()) < 30


def test_both_ends_of_runways_are_used_and_approaches_are_aligned() -> None:
    made = fly(days=30, fleets=[bridge(visits=60, hop_share=0.0, destinations={"LLOV": 1.0})], others=[])
    last = (
        made.positions.filter(~pl.col("on_ground"))
        .join(
            made.visits.filter(pl.col("airfield") == "LLOV").select("icao24", "arrived_utc").drop_nulls(), on="icao24"
        )
        .with_columns(s=(pl.col("arrived_utc") - pl.col("time_utc")).dt.total_seconds())
        .filter(pl.col("s").is_between(5, 60))
    )
    off = ((last["track_deg"] - 21.9) % 180.0).to_numpy()
    assert (np.minimum(off, 180.0 - off) < 3.0).mean() > 0.98
    share = ((last["track_deg"] - 21.9 + 90.0) % 360.0 < 180.0).mean()
    assert 0.1 < share < 0.9  # type: ignore[operator]


def test_broken_approaches_low_passes_and_diversions_are_in_the_truth() -> None:
    made = fly(
        behaviour=Behaviour(go_around_share=0.3, diversion_share=0.2),
        others=[Traffic(airfields=["OJAQ"], per_day=3.0, training_share=0.3)],
    )
    told = made.legs.filter(pl.col("reasons").list.len() > 1)
    assert told.height > 0.3 * made.legs.height
    # a flight that was diverted ended where it had not meant to go
    meant = {"LLOV", "LLER", "UBBB", "UBBG"}
    fleet = made.fleet.filter(pl.col("typecode") == "IL76")["icao24"].to_list()
    ends = set(made.legs.filter(pl.col("icao24").is_in(fleet))["destination"].drop_nulls())
    assert ends - meant
    # what it flew is possible all the same, and still every stop is found
    assert steps(made.positions)["kt"].max() < 700.0
    found = infer(made.positions, airfields=fields().fields, runways=fields().runways).visits
    assert found["arrived_utc"].drop_nulls().len() == made.visits["arrived_utc"].drop_nulls().len()


@pytest.mark.parametrize("rhythm", ["poisson", "regular", "surge"])
def test_rhythms(rhythm: str) -> None:
    made = fly(
        days=60,
        others=[],
        fleets=[
            bridge(
                rhythm=rhythm, visits=90, aircraft=12, hop_share=0.0, destinations={"LLOV": 1.0},
                surge_days=(0.5, 0.75), surge_factor=8.0,
            )
        ],
    )  # fmt: skip
    day = made.visits.filter(pl.col("airfield") == "LLOV")["arrived_utc"].drop_nulls().dt.date()
    assert 84 <= len(day) <= 90
    number = np.array([(d - START).days for d in day])
    weeks = np.bincount(number // 6, minlength=10)[:10]
    if rhythm == "regular":
        assert weeks.min() >= 7
    if rhythm == "surge":
        inside = ((number >= 30) & (number < 45)).sum()
        assert inside > 0.6 * len(number)


def test_a_scenario_of_hundreds_of_visits_takes_about_a_second() -> None:
    import time

    big = scenario(
        days=60, fleets=[bridge(visits=300, aircraft=10)], others=[Traffic(airfields=["LLER", "OJAQ"], per_day=4.0)]
    )
    from wheelsdown.simulate import simulate

    begun = time.process_time()
    made = simulate(big, airfields=fields().fields, runways=fields().runways)
    took = time.process_time() - begun
    assert made.visits.height > 1000
    # about 1 s on one slow core once compiled; far more would be a loop in Python
    assert took < 6.0


def test_stays_at_the_edges_of_the_period_are_open() -> None:
    made = fly()
    at_start = made.visits.filter(pl.col("arrived_utc").is_null())
    assert at_start["icao24"].n_unique() == made.fleet.height == at_start.height
    assert at_start["departed_utc"].null_count() < at_start.height
    assert made.visits.filter(pl.col("departed_utc").is_null()).height > 0


def test_an_empty_scenario_is_empty() -> None:
    made = fly(fleets=[bridge(visits=0)], others=[])
    assert made.legs.height == 0
    assert made.positions.height == 0
    assert made.visits["arrived_utc"].null_count() == made.visits.height == 4


def test_a_home_that_is_the_only_destination_gives_no_flight() -> None:
    made = fly(fleets=[Fleet(typecode="C130", home="LLOV", destinations={"LLOV": 1.0}, visits=5)], others=[])
    assert made.legs.height == 0
