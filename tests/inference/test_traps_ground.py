"""Traps about the ground: false flags, speeds left over, false altitudes, fields of odd height. All SIMULATED."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import START, Flight, Runway, runways_of, sampled
from wheelsdown.geo import distance_km_expr
from wheelsdown.reference.airfields import Airfields

RunwayOf = Callable[[str, str], Runway]
S = (pl.col("time_utc") - START).dt.total_seconds()
STRONG = ("observed", "inferred", "likely")


def a_stay(rw: Runway, minutes: float = 40) -> Flight:
    """Come, stay, leave."""
    return Flight().land(rw).stand(rw, minutes).take_off(rw).to(rw.point(-150, 40), 25_000, kt=330)


def set_where(frame: pl.DataFrame, which: pl.Expr, **values: object) -> pl.DataFrame:
    """Put other values into the rows chosen."""
    return frame.with_columns(
        pl.when(which).then(pl.lit(value, frame.schema[name])).otherwise(name).alias(name)
        for name, value in values.items()
    )


def one_visit(visits: pl.DataFrame, code: str, flight: Flight, *, slack_s: float = 120.0) -> None:
    """Exactly one visit, observed, with the times of the flight."""
    assert visits.select("airfield", "grade").rows() == [(code, "observed")], visits["reasons"].to_list()
    for name, truth in (("arrived", flight.touchdowns[0][1]), ("departed", flight.liftoffs[0][1])):
        off = abs((visits[f"{name}_utc"].item() - flight.at(truth)).total_seconds())
        assert off <= slack_s, (name, off)


def test_a_ground_flag_in_flight_is_no_landing(infer_: Infer, runway: RunwayOf) -> None:
    """Half a minute flagged ground at 120 kt and 6,000 ft over Ramon."""
    rw = runway("LLER", "19")
    flight = Flight().knot(0.0, rw.point(40), 6_000.0, 9e4, ground=False).to(rw.point(-40), 6_000, kt=120)
    middle = flight.now / 2
    glitch = S.is_between(middle - 15, middle + 15)
    found = infer_(set_where(sampled(flight), glitch, on_ground=True), ruled_out=True)
    assert not found.visits.height, found.visits["reasons"].to_list()
    assert found.legs.height == 1


def test_a_ground_flag_low_over_a_runway_is_no_stop(infer_: Infer, runway: RunwayOf) -> None:
    """The same at 300 ft above it: it may have touched, it did not stop."""
    rw = runway("LLER", "19")
    height = rw.elevation_ft + 300
    flight = Flight().knot(0.0, rw.point(30), 3_000.0, 9e4, ground=False).to(rw.point(3), height, kt=120)
    flight.to(rw.point(-3 - rw.length_km), height, kt=120).to(rw.point(-40), 4_000, kt=120)
    positions = sampled(flight)
    over = (pl.col("latitude_deg") - rw.point(-rw.length_km / 2)[0]).abs() < 0.006
    found = infer_(set_where(positions, over, on_ground=True), ruled_out=True)
    assert set_where(positions, over, on_ground=True)["on_ground"].sum() > 2
    assert set(found.visits["grade"]) <= {"ruled_out", "possible"}
    assert "ruled_out" in found.visits["grade"].to_list()
    assert found.legs.height == 1


def test_a_speed_left_over_from_the_roll_does_not_hide_a_stay(infer_: Infer, runway: RunwayOf) -> None:
    """It stands for 40 minutes and goes on saying 130 kt; no ground flag."""
    flight = a_stay(runway("LLOV", "20L"))
    positions = sampled(flight, flag=None, standing_s=20.0)
    down, up = flight.touchdowns[0][1], flight.liftoffs[0][1]
    visits = infer_(set_where(positions, S.is_between(down + 30, up - 90), groundspeed_kt=130.0)).visits
    one_visit(visits, "LLOV", flight, slack_s=240)


def test_a_surface_speed_left_over_in_flight_is_no_landing(infer_: Infer, runway: RunwayOf) -> None:
    """A low pass at 140 kt that says 3 kt throughout; no ground flag."""
    rw = runway("LLER", "19")
    flight = Flight().approach(rw, to_ft=250).to(rw.point(-rw.length_km - 1), rw.elevation_ft + 250, kt=140)
    flight.to(rw.point(-50), 8_000, kt=250)
    low = pl.col("altitude_ft") < rw.elevation_ft + 1_000
    found = infer_(set_where(sampled(flight, flag=None), low, groundspeed_kt=3.0))
    assert not found.visits.filter(pl.col("grade").is_in(STRONG)).height, found.visits["reasons"].to_list()
    assert found.legs.height == 1


@pytest.mark.parametrize("flag", [True, None])
def test_a_false_altitude_of_38000_ft_on_the_ground(flag: bool | None, infer_: Infer, runway: RunwayOf) -> None:
    """Comm-B replies read as altitudes while it is parked."""
    flight = a_stay(runway("LLOV", "20L"))
    down = flight.touchdowns[0][1]
    positions = set_where(
        sampled(flight, flag=flag, standing_s=20.0), S.is_between(down + 400, down + 1_000), altitude_ft=38_000.0
    )
    one_visit(infer_(positions).visits, "LLOV", flight)


def test_no_ground_flag_at_all(infer_: Infer, runway: RunwayOf) -> None:
    b, o = runway("UBBB", "34"), runway("LLOV", "20L")
    flight = Flight().stand(b, 20).take_off(b).land(o).stand(o, 90).take_off(o).land(b).stand(b, 10)
    found = infer_(sampled(flight, flag=None))
    assert found.visits.select("airfield", "grade").rows() == [(c, "observed") for c in ("UBBB", "LLOV", "UBBB")]
    assert found.legs.select("origin", "destination").rows() == [("UBBB", "LLOV"), ("LLOV", "UBBB")]
    dwell = (flight.liftoffs[1][1] - flight.touchdowns[0][1]) / 60
    row = found.visits.row(1, named=True)
    assert row["dwell_least_min"] <= dwell <= row["dwell_most_min"]


@pytest.mark.parametrize(("code", "name"), [("EHAM", "18R"), ("LLMZ", "19")])
@pytest.mark.parametrize("flag", [True, None])
def test_a_field_below_sea_level(code: str, name: str, flag: bool | None, infer_: Infer, runway: RunwayOf) -> None:
    rw = runway(code, name)
    assert rw.elevation_ft < 0
    flight = a_stay(rw)
    one_visit(infer_(sampled(flight, flag=flag)).visits, code, flight)


@pytest.mark.parametrize("code", ["EHAM", "LLMZ"])
def test_a_field_below_sea_level_that_receivers_do_not_reach(code: str, airfields: Airfields, infer_: Infer) -> None:
    rw = next(iter(runways_of(airfields.fields, airfields.runways, code).values()))
    flight = Flight().approach(rw, to_ft=600)
    visits = infer_(sampled(flight)).visits
    assert visits.select("airfield", "grade").rows() == [(code, "likely")]


@pytest.mark.parametrize("error_ft", [-900.0, -100.0, 900.0])
@pytest.mark.parametrize("flag", [True, None])
def test_pressure_altitude_is_off(error_ft: float, flag: bool | None, infer_: Infer, runway: RunwayOf) -> None:
    """The weather moves what is broadcast by up to 900 ft; at the sea an aircraft on the ground says -100 ft."""
    flight = a_stay(runway("EHAM", "18R"))
    positions = sampled(flight, flag=flag, qnh=1013.25 - error_ft / 27.3)
    lowest = positions["altitude_ft"].min()
    assert isinstance(lowest, float)
    assert abs(lowest - (error_ft - 11)) < 30
    one_visit(infer_(positions).visits, "EHAM", flight)


@pytest.mark.parametrize("error_ft", [-900.0, 900.0])
def test_an_unseen_landing_with_pressure_far_off_names_no_other_field(
    error_ft: float, infer_: Infer, runway: RunwayOf
) -> None:
    flight = Flight().approach(runway("LLER", "19"), to_ft=900)
    visits = infer_(sampled(flight, qnh=1013.25 - error_ft / 27.3)).visits
    assert visits["airfield"].to_list() == ["LLER"]


def test_at_78_north(infer_: Infer, runway: RunwayOf) -> None:
    flight = a_stay(runway("ENSB", "28"))
    one_visit(infer_(sampled(flight)).visits, "ENSB", flight)


def test_estimated_positions_support_no_grade(infer_: Infer, runway: RunwayOf) -> None:
    """What is extrapolated was not received: not even standing on the runway."""
    flight = a_stay(runway("LLOV", "20L"))
    down, up = flight.touchdowns[0][1], flight.liftoffs[0][1]
    near = S.is_between(down - 300, up + 300)
    found = infer_(set_where(sampled(flight), near, position_source="estimated"))
    assert "observed" not in found.visits["grade"].to_list()
    some = S.is_between(down - 300, down - 200)
    counted = infer_(set_where(sampled(flight), some, position_source="estimated")).visits["integrity"].to_list()
    assert counted == [[f"estimated_positions:{sampled(flight).filter(some).height}"]]
    everything = infer_(sampled(flight).with_columns(position_source=pl.lit("estimated")))
    assert (everything.visits.height, everything.legs.height) == (0, 0)


def test_heliports_and_seaplane_bases_are_never_named_for_a_jet(airfields: Airfields, infer_: Infer) -> None:
    """Pads stand beside runways: landings at ten fields with a pad within a kilometre, on the ground and cut off."""
    pads = airfields.fields.filter(pl.col("kind").is_in(["heliport", "seaplane_base"]))
    fields = airfields.fields.filter(pl.col("kind").is_in(["large_airport", "medium_airport"])).sort("code")
    frames: list[pl.DataFrame] = []
    for row in fields.iter_rows(named=True):
        near = pads.filter(
            (pl.col("latitude_deg") - row["latitude_deg"]).abs() < 0.02,
            distance_km_expr("latitude_deg", "longitude_deg", row["latitude_deg"], row["longitude_deg"]) < 1.0,
        )
        ways = runways_of(airfields.fields, airfields.runways, row["code"])
        if near.is_empty() or not ways:
            continue
        for cut in (False, True):
            flight = Flight(icao24=f"d{len(frames):05x}")
            rw = next(iter(ways.values()))
            flight = flight.approach(rw, to_ft=700) if cut else flight.land(rw).stand(rw, 30)
            frames.append(sampled(flight))
        if len(frames) >= 20:
            break
    assert len(frames) == 20
    found = infer_(pl.concat(frames))
    forbidden = set(pads["code"])
    named = {*found.visits["airfield"], *found.legs["destination"], *found.legs["origin"]}
    assert not named & forbidden
    assert not set(found.visits["rivals"].explode().drop_nulls()) & forbidden
    assert found.visits.filter(pl.col("grade").is_in(STRONG)).height >= 15
