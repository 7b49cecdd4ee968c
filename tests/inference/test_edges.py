"""Little or odd input: none, one row, one moment. SIMULATED."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import Flight, Runway, rows, sampled
from wheelsdown.inference import Rules, infer, infer_days
from wheelsdown.reference.airfields import Airfields
from wheelsdown.schema import GAPS, LEGS, POSITIONS, VISITS

RunwayOf = Callable[[str, str], Runway]


def test_no_positions_give_the_tables_empty(infer_: Infer) -> None:
    found = infer_(POSITIONS.empty(), ruled_out=True)
    assert found.visits.schema == VISITS.empty().schema
    assert found.legs.schema == LEGS.empty().schema
    assert found.gaps.schema == GAPS.empty().schema


def test_empty_days_between_change_nothing(airfields: Airfields, runway: RunwayOf) -> None:
    tables: dict[str, Any] = {"airfields": airfields.fields, "runways": airfields.runways}
    o = runway("LLOV", "20L")
    positions = sampled(Flight().land(o).stand(o, 20).take_off(o).to(o.point(-90), 20_000))
    half = positions.height // 2
    empty = POSITIONS.empty()
    pieces = [empty, positions[:half], empty, empty, positions[half:], empty]
    expected = infer(positions, **tables, ruled_out=True)
    found = infer_days(pieces, **tables, ruled_out=True)
    for name in ("visits", "legs", "gaps"):
        assert getattr(found, name).equals(getattr(expected, name))
    nothing = infer_days([empty, empty], **tables)
    assert (nothing.visits.height, nothing.legs.height, nothing.gaps.height) == (0, 0, 0)


def test_one_position_in_the_air_is_a_leg_and_no_visit(infer_: Infer) -> None:
    found = infer_(rows((0.0, 29.94, 34.93, 33_000.0, False, 420.0)), ruled_out=True)
    assert found.visits.is_empty()
    assert found.gaps.is_empty()
    leg = found.legs.row(0, named=True)
    assert (leg["origin"], leg["destination"]) == (None, None)
    assert leg["first_received_utc"] == leg["last_received_utc"]


def test_one_position_on_the_ground_is_not_observed_landing(infer_: Infer, runway: RunwayOf) -> None:
    """Nothing joins it to a flight, it may be a vehicle: possible, and neither a landing nor a take-off was seen."""
    lat, lon = runway("LLOV", "20L").point(-1.5)
    found = infer_(rows((0.0, lat, lon, None, True, 0.0)), ruled_out=True)
    visit = found.visits.row(0, named=True)
    assert (visit["airfield"], visit["grade"]) == ("LLOV", "possible")
    assert (visit["arrived_utc"], visit["departed_utc"]) == (None, None)
    assert (visit["dwell_least_min"], visit["dwell_most_min"]) == (0.0, None)
    assert found.legs.is_empty()


@pytest.mark.parametrize("ground", [True, False, None])
def test_one_position_of_nothing_but_a_place(ground: bool | None, infer_: Infer) -> None:
    found = infer_(rows((0.0, 0.0, 0.0, None, ground, None)), ruled_out=True)
    assert found.visits.height + found.legs.height == 1
    assert found.visits.height == (ground is True)


def test_all_rows_of_one_moment_are_one_position(infer_: Infer) -> None:
    points = [(0.0, 29.94 + 0.2 * n, 34.93, 1_500.0 + n, n % 2 == 0, 5.0 * n) for n in range(50)]
    positions = rows(*points)
    found = infer_(positions, ruled_out=True)
    assert found.gaps.is_empty()
    assert found.visits.height + found.legs.height == 1
    shuffled = infer_(positions.sample(fraction=1, shuffle=True, seed=1), ruled_out=True)
    assert found.visits.equals(shuffled.visits)
    assert found.legs.equals(shuffled.legs)


def test_many_aircraft_of_one_position_each(infer_: Infer) -> None:
    one = rows((0.0, 29.94, 34.93, 33_000.0, False, 420.0))
    positions = pl.concat([one.with_columns(icao24=pl.lit(f"d{n:05x}")) for n in range(300)])
    found = infer_(positions)
    assert found.visits.is_empty()
    assert found.legs["icao24"].n_unique() == 300


def test_only_the_tables_asked_for(airfields: Airfields, runway: RunwayOf) -> None:
    o = runway("LLOV", "20L")
    positions = sampled(Flight().land(o).stand(o, 20))
    found = infer(positions, airfields=airfields.fields, runways=airfields.runways, tables=("legs",))
    assert (found.visits.height, found.legs.height, found.gaps.height) == (0, 1, 0)


def test_no_airfields_at_all_name_nothing(airfields: Airfields, runway: RunwayOf) -> None:
    o = runway("LLOV", "20L")
    positions = sampled(Flight().land(o).stand(o, 20))
    found = infer(positions, airfields=airfields.fields.clear(), runways=airfields.runways.clear(), ruled_out=True)
    assert found.visits["airfield"].to_list() == [None]
    assert found.visits["place_id"].item().startswith("place_N29")
    assert "on no list" in found.visits["reasons"].item()[0]


def test_thresholds_are_obeyed(infer_: Infer, runway: RunwayOf) -> None:
    """A silence is a row from `gap_min` on."""
    o = runway("LLOV", "20L")
    flight = Flight().land(o).stand(o, 30)
    positions = sampled(flight, standing_s=240.0)
    assert infer_(positions).gaps.is_empty()
    assert infer_(positions, rules=Rules(gap_min=3.0)).gaps.height >= 6
