"""Faults are where `faults` says, and nowhere else; the truth knows nothing of them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tests.simulate.air import START, bridge, fields, fly, steps
from wheelsdown.geo import distance_km
from wheelsdown.simulate.scenario import Faults, Noise, Sampling, Spoof, Traffic

VARIANTS = ["static", "circling", "shifted"]


def _near(p: pl.DataFrame, code: str) -> np.ndarray:
    row = fields().fields.filter(pl.col("code") == code).row(0, named=True)
    return distance_km(
        p["latitude_deg"].to_numpy(), p["longitude_deg"].to_numpy(), row["latitude_deg"], row["longitude_deg"]
    )


@pytest.mark.parametrize("variant", VARIANTS)
def test_spoofed_positions_are_where_the_faults_say(variant: str) -> None:
    plain = fly(noise=Noise(stale_share=0.0))
    made = fly(noise=Noise(stale_share=0.0), faults=Faults(spoof=[Spoof(place="OLBA", share=1.0, variants=[variant])]))
    assert made.visits.equals(plain.visits)
    assert made.legs.equals(plain.legs)
    assert made.faults.height > 10
    assert set(made.faults["kind"]) == {f"spoof_{variant}"}
    assert set(made.faults["place"]) == {"OLBA"}
    assert made.faults["note"].str.starts_with("SIMULATED").all()
    inside = pl.lit(value=False)
    for f in made.faults.iter_rows(named=True):
        inside |= (pl.col("icao24") == f["icao24"]) & pl.col("time_utc").is_between(f["from_utc"], f["to_utc"])
    lied = made.positions.filter(inside)
    true = made.positions.filter(~inside)
    assert lied.height > 200
    if variant != "shifted":
        assert _near(lied, "OLBA").max() < 6.0
    else:
        assert np.median(_near(lied, "OLBA")) < 300.0
        assert _near(lied, "OLBA").min() < 3.0
    # outside of them every position is the plain one's, or was dropped in the silence before
    same = true.join(plain.positions, on=["icao24", "time_utc"], suffix="_plain")
    far = distance_km(
        *(same[c].to_numpy() for c in ("latitude_deg", "longitude_deg", "latitude_deg_plain", "longitude_deg_plain"))
    )
    assert far.max() < 0.2
    assert same.height > 0.95 * true.height
    # and it shows as a jump, or as a silence
    assert (steps(made.positions)["kt"] > 2000.0).sum() > 5


def test_a_shifted_descent_looks_like_a_landing_at_the_false_place() -> None:
    spoof = Spoof(place="OLBA", share=1.0, variants=["shifted"], until_parked_share=1.0, silence_share=0.0)
    made = fly(faults=Faults(spoof=[spoof]), days=30, fleets=[bridge(visits=60)], others=[])
    p = made.positions
    on = p.filter(pl.col("on_ground") & pl.Series(_near(p, "OLBA") < 3.0))
    assert on["icao24"].n_unique() >= 3
    assert made.visits.filter(pl.col("airfield") == "OLBA").height == 0


def test_integrity_falls_for_some_and_not_for_others() -> None:
    spoof = {"place": "OJAI", "share": 1.0}
    fine = fly(faults=Faults(spoof=[Spoof(**spoof, degraded_share=0.0)])).positions
    bad = fly(faults=Faults(spoof=[Spoof(**spoof, degraded_share=1.0)])).positions
    assert fine["nic"].drop_nulls().min() >= 7
    assert bad["nic"].drop_nulls().min() == 0
    assert bad["nac_p"].drop_nulls().min() == 0


def test_two_aircraft_on_one_address() -> None:
    others = [Traffic(airfields=["OJAQ", "LLBG"], per_day=6.0)]
    made = fly(others=others, faults=Faults(duplicate_addresses=4))
    assert made.faults["kind"].to_list() == ["duplicate_address"] * 4
    for f in made.faults.iter_rows(named=True):
        p = made.positions.filter(
            (pl.col("icao24") == f["icao24"]) & pl.col("time_utc").is_between(f["from_utc"], f["to_utc"])
        )
        assert p["callsign"].n_unique() >= 2
        assert steps(p)["kt"].max() > 2000.0
    assert made.visits.equals(fly(others=others).visits)


def test_a_flight_under_another_address() -> None:
    made = fly(faults=Faults(wrong_address_legs=3))
    plain = fly()
    assert made.faults["kind"].to_list() == ["wrong_address"] * 3
    for f in made.faults.iter_rows(named=True):
        real = f["note"][-6:]
        window = pl.col("time_utc").is_between(f["from_utc"], f["to_utc"])
        flew = plain.positions.filter(window & (pl.col("icao24") == real) & ~pl.col("on_ground")).height
        assert flew > 20
        assert made.positions.filter(window & (pl.col("icao24") == real)).height == 0
        assert (
            made.positions.filter(window & (pl.col("icao24") == f["icao24"]) & ~pl.col("on_ground")).height >= flew - 2
        )


def test_missing_and_half_days() -> None:
    gone, half = START + timedelta(days=4), START + timedelta(days=6)
    made = fly(faults=Faults(missing_days=[gone], half_days=[half]))
    state = dict(made.days.iter_rows())
    assert (state[gone], state[half], state[START]) == ("missing", "half", "whole")
    assert made.days.height == 12
    day = made.positions["time_utc"].dt.date()
    assert (day == gone).sum() == 0
    assert (day == half).sum() > 0
    assert made.positions.filter(day == half)["time_utc"].dt.hour().max() < 12
    assert made.visits.equals(fly().visits)
    assert isinstance(gone, date)


def test_everything_at_once_in_snapshots() -> None:
    made = fly(
        sampling=Sampling(kind="snapshot", snapshot_min=10.0),
        noise=Noise(ground_flag="glitches", mlat_legs_share=0.5, wrong_altitude_share=0.05, geometric_share=0.0),
        faults=Faults(
            spoof=[Spoof(place="OLBA", share=0.5), Spoof(place="OJAI", share=0.5)],
            duplicate_addresses=3,
            wrong_address_legs=3,
            missing_days=[START],
        ),
    )
    assert made.positions["altitude_geom_ft"].null_count() == made.positions.height
    assert made.positions.select("icao24", "time_utc").is_duplicated().sum() == 0
    assert made.faults["kind"].n_unique() >= 4
