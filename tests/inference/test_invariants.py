"""What must hold whatever the data: order, chunks and repeats change nothing; intervals are ordered. SIMULATED."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.inference.made import Flight, runways_of, sampled
from wheelsdown.inference import Inference, infer, infer_days
from wheelsdown.reference.airfields import Airfields

CODES = ("UBBB", "LLOV", "UBBG", "LLER", "OJAQ", "EHAM", "EHLE", "NFFN", "ENSB", "LTAC", "UGTB", "HECA")
ENDS = ("earliest_utc", "utc", "latest_utc")
QUICK = settings(
    max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def day(tables: Airfields, rng: np.random.Generator, icao24: str) -> Flight:
    """One aircraft's day: legs, local flights, go-arounds, short and very long stays."""

    def some() -> Any:
        ways = runways_of(tables.fields, tables.runways, CODES[int(rng.integers(len(CODES)))])
        return ways[list(ways)[int(rng.integers(len(ways)))]]

    flight, here = Flight(icao24=icao24), some()
    flight.stand(here, float(rng.uniform(5, 90)))
    for _ in range(int(rng.integers(1, 5))):
        flight.called(f"SIM{int(rng.integers(999)):03d}").take_off(here)
        kind, there = int(rng.integers(5)), some()
        if kind == 0:
            flight.to(here.point(-60), 9_000, kt=250)
            there = here
        if kind == 1:
            flight.approach(there, to_ft=300).to(there.point(-10), there.elevation_ft + 3_000, kt=180)
            flight.to(there.point(25, 15), there.elevation_ft + 4_000, kt=200)
        flight.land(there).stand(there, float(rng.choice([6, 15, 45, 200, 900, 3_600])))
        here = there
    return flight


def days(tables: Airfields, seed: int) -> pl.DataFrame:
    """Positions of three aircraft over some days, thinned, with silences cut out of them."""
    rng = np.random.default_rng(seed)
    positions = pl.concat(
        sampled(
            day(tables, rng, f"d{n:05x}"),
            every_s=float(rng.uniform(8, 25)),
            qnh=float(rng.uniform(985, 1040)),
            flag=bool(rng.integers(4)) or None,
            above_ft=float(rng.choice([0, 0, 500, 1500, 3000])),
            standing_s=float(rng.choice([120, 600])),
            noise_m=15.0,
            rng=rng,
        )
        for n in range(3)
    )
    heard = np.ones(positions.height, dtype=bool)
    for _ in range(int(rng.integers(0, 6))):
        begin = int(rng.integers(positions.height))
        heard[begin : begin + int(rng.integers(10, 300))] = False
    return positions.filter(pl.Series(heard))


def same(a: Inference, b: Inference) -> None:
    for name in ("visits", "legs", "gaps"):
        assert_frame_equal(getattr(a, name), getattr(b, name))


def all_at_once(tables: Airfields, positions: pl.DataFrame) -> Inference:
    return infer(positions, airfields=tables.fields, runways=tables.runways, ruled_out=True)


@given(seed=st.integers(0, 10_000))
@QUICK
def test_order_and_repeats_change_nothing(airfields: Airfields, seed: int) -> None:
    positions = days(airfields, seed)
    expected = all_at_once(airfields, positions)
    same(expected, all_at_once(airfields, positions.sample(fraction=1, shuffle=True, seed=seed)))
    same(expected, all_at_once(airfields, pl.concat([positions, positions])))


@given(seed=st.integers(0, 10_000), chunk=st.sampled_from(["1d", "7h", "2h"]))
@QUICK
def test_chunks_change_nothing(airfields: Airfields, seed: int, chunk: str) -> None:
    positions = days(airfields, seed)
    pieces = (
        positions.sort("time_utc")
        .with_columns(pl.col("time_utc").dt.truncate(chunk).alias("chunk"))
        .partition_by("chunk", maintain_order=True, include_key=False)
    )
    in_days = infer_days(pieces, airfields=airfields.fields, runways=airfields.runways, ruled_out=True)
    same(all_at_once(airfields, positions), in_days)


def ordered(row: dict[str, Any], name: str) -> bool:
    known = [row[f"{name}_{end}"] for end in ENDS if row[f"{name}_{end}"] is not None]
    return known == sorted(known)


@given(seed=st.integers(0, 10_000))
@QUICK
def test_intervals_are_intervals(airfields: Airfields, seed: int) -> None:
    found = all_at_once(airfields, days(airfields, seed))
    for row in found.visits.iter_rows(named=True):
        assert ordered(row, "arrived"), row
        assert ordered(row, "departed"), row
        if row["arrived_utc"] is not None and row["departed_utc"] is not None:
            assert row["arrived_utc"] <= row["departed_utc"]
        if row["dwell_least_min"] is not None and row["dwell_most_min"] is not None:
            assert 0 <= row["dwell_least_min"] <= row["dwell_most_min"]
    for row in found.legs.iter_rows(named=True):
        assert ordered(row, "took_off"), row
        assert ordered(row, "landed"), row
        assert row["first_received_utc"] <= row["last_received_utc"]
        if row["took_off_utc"] is not None and row["landed_utc"] is not None:
            assert row["took_off_utc"] <= row["landed_utc"]
    for row in found.gaps.iter_rows(named=True):
        assert row["from_utc"] < row["to_utc"]


@given(seed=st.integers(0, 10_000))
@QUICK
def test_an_aircraft_is_at_one_place_at_a_time(airfields: Airfields, seed: int) -> None:
    visits = all_at_once(airfields, days(airfields, seed)).visits
    for of_one in visits.filter(pl.col("grade") != "ruled_out").partition_by("icao24"):
        rows = of_one.sort("arrived_latest_utc").to_dicts()
        for a, b in itertools.pairwise(rows):
            left = a["departed_latest_utc"] or a["arrived_latest_utc"]
            came = b["arrived_earliest_utc"] or b["arrived_latest_utc"]
            assert left <= came, (a["visit_id"], b["visit_id"])
    assert visits["visit_id"].n_unique() == visits.height


@given(seed=st.integers(0, 10_000))
@QUICK
def test_every_row_names_its_reasons_and_is_stable(airfields: Airfields, seed: int) -> None:
    positions = days(airfields, seed)
    once, again = all_at_once(airfields, positions), all_at_once(airfields, positions)
    same(once, again)
    for frame in (once.visits, once.legs, once.gaps):
        assert (frame["reasons"].list.len() > 0).all()
    assert once.legs["leg_id"].n_unique() == once.legs.height


def test_the_intervals_hold_the_truth(airfields: Airfields) -> None:
    held = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        flight = day(airfields, rng, "d00001")
        positions = sampled(
            flight,
            every_s=float(rng.uniform(2, 20)),
            qnh=float(rng.uniform(985, 1040)),
            above_ft=float(rng.choice([0, 500, 1500])),
            rng=rng,
        )
        visits = all_at_once(airfields, positions).visits.filter(
            pl.col("grade").is_in(["observed", "inferred", "likely"])
        )
        for side, truth in (("arrived", flight.touchdowns), ("departed", flight.liftoffs)):
            for row in visits.filter(pl.col(f"{side}_utc").is_not_null()).iter_rows(named=True):
                near = [
                    s for code, s in truth
                    if code == row["airfield"] and abs((flight.at(s) - row[f"{side}_utc"]).total_seconds()) < 1800
                ]  # fmt: skip
                assert near, (seed, row["visit_id"])
                earliest, latest = row[f"{side}_earliest_utc"], row[f"{side}_latest_utc"]
                assert any(
                    (earliest - flight.at(s)).total_seconds() <= 1 and (flight.at(s) - latest).total_seconds() <= 1
                    for s in near
                ), (seed, side, row["visit_id"], near)
                held += 1
    assert held > 40


def test_nothing_in_nothing_out(airfields: Airfields) -> None:
    from wheelsdown.schema import POSITIONS

    found = all_at_once(airfields, POSITIONS.empty())
    assert (found.visits.height, found.legs.height, found.gaps.height) == (0, 0, 0)
    none = infer_days([], airfields=airfields.fields, runways=airfields.runways)
    same(found, none)


def test_a_frame_that_is_not_positions_is_refused(airfields: Airfields) -> None:
    from wheelsdown.errors import TableError

    with pytest.raises(TableError):
        all_at_once(airfields, pl.DataFrame({"speed": [1]}))
