"""Traps in the air: passes, silences, outliers, addresses. All SIMULATED."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import START, Flight, Runway, rows, sampled

RunwayOf = Callable[[str, str], Runway]
T = pl.col("time_utc")
S = (T - START).dt.total_seconds()
STRONG = ("observed", "inferred", "likely")
NOT_LANDED = pl.col("grade") == "ruled_out"


@pytest.fixture
def trip(runway: RunwayOf) -> Flight:
    """From Baku to Ovda, 90 minutes there, and back."""
    b, o = runway("UBBB", "34"), runway("LLOV", "20L")
    return Flight().stand(b, 20).take_off(b).land(o).stand(o, 90).take_off(o).land(b).stand(b, 10)


def away(flight: Flight, rw: Runway) -> Flight:
    """Climb out straight on."""
    return flight.to(rw.point(-60, 10), 15_000, kt=280)


def test_a_touch_and_go_is_no_visit(infer_: Infer, runway: RunwayOf) -> None:
    rw = runway("LLER", "19")
    e = rw.elevation_ft
    flight = Flight().approach(rw).knot(0, rw.point(0), e, 0, ground=True)
    flight.t[-1] = flight.t[-2] + 5
    flight.knot(flight.now + 25, rw.point(-1.6), e, 0, ground=True)
    flight.knot(flight.now + 60, rw.point(-6), e + 1_500, 1_500, ground=False)
    positions = sampled(away(flight, rw), every_s=2.0)
    assert positions["on_ground"].sum() > 5
    found = infer_(positions, ruled_out=True)
    assert found.visits.select("airfield", "grade").rows() == [("LLER", "ruled_out")]
    assert "touch-and-go" in found.visits["reasons"].item()[0]
    assert found.legs.height == 1
    assert infer_(positions).visits.is_empty()


def test_a_go_around_is_ruled_out_and_the_landing_after_it_counts_once(infer_: Infer, runway: RunwayOf) -> None:
    rw = runway("LLER", "19")
    flight = Flight().approach(rw, to_ft=250).to(rw.point(-8), rw.elevation_ft + 3_000, kt=170)
    flight.to(rw.point(0, 9), 4_000, kt=200).to(rw.point(30, 5), 4_500, kt=200)
    flight.approach(rw).land(rw, from_km=2.0).stand(rw, 30)
    found = infer_(sampled(flight), ruled_out=True)
    assert found.visits.filter(~NOT_LANDED).select("airfield", "grade").rows() == [("LLER", "observed")]
    passes = found.visits.filter(NOT_LANDED & (pl.col("airfield") == "LLER"))
    assert passes.height >= 1
    assert "go-around" in passes["reasons"].to_list()[0][0]
    landed = found.visits.filter(~NOT_LANDED)["arrived_utc"].item()
    assert abs((landed - flight.at(flight.touchdowns[-1][1])).total_seconds()) < 60


def test_a_low_pass_is_ruled_out(infer_: Infer, runway: RunwayOf) -> None:
    rw = runway("LLOV", "20L")
    flight = Flight().approach(rw, to_ft=800).to(rw.point(-rw.length_km), rw.elevation_ft + 800, kt=220)
    found = infer_(sampled(away(flight, rw)), ruled_out=True)
    assert found.visits.select("airfield", "grade").unique().rows() == [("LLOV", "ruled_out")]
    assert infer_(sampled(flight)).visits.filter(pl.col("grade").is_in(["observed", "inferred"])).is_empty()


def test_an_overflight_is_no_row_at_all(infer_: Infer, runway: RunwayOf) -> None:
    rw = runway("LLOV", "20L")
    flight = Flight().knot(0, rw.point(300), 33_000, 9e4, ground=False).to(rw.point(-300), 33_000, kt=450)
    found = infer_(sampled(flight), ruled_out=True)
    assert found.visits.is_empty()
    assert found.legs.height == 1
    assert found.legs.select("origin", "destination").row(0) == (None, None)
    assert all("no field is named" in r or "too high" in r for r in found.legs["reasons"].item())


def test_two_sorties_with_a_short_turn_round_out_of_reach(infer_: Infer, runway: RunwayOf) -> None:
    """Nothing lower than 1,000 ft is received at Ovda; 25 minutes there, twice."""
    o = runway("LLOV", "20L")
    far = o.point(150, 30)
    flight = Flight().approach(o).land(o, from_km=2.0).stand(o, 25).take_off(o).to(far, 25_000, kt=350)
    flight.approach(o).land(o, from_km=2.0).stand(o, 25).take_off(o).to(far, 25_000, kt=350)
    found = infer_(sampled(flight, above_ft=1_000.0))
    stays = found.visits.filter(pl.col("arrived_utc").is_not_null() & pl.col("departed_utc").is_not_null())
    assert stays["airfield"].to_list() == ["LLOV", "LLOV"], stays["reasons"].to_list()
    assert set(stays["grade"]) <= {"inferred", "likely"}
    assert found.legs.height == 3
    for n, row in enumerate(stays.iter_rows(named=True)):
        down, up = flight.touchdowns[n][1], flight.liftoffs[n][1]
        assert row["arrived_earliest_utc"] <= flight.at(down) <= row["arrived_latest_utc"]
        assert row["departed_earliest_utc"] <= flight.at(up) <= row["departed_latest_utc"]
        assert row["dwell_least_min"] <= (up - down) / 60 <= row["dwell_most_min"]


def test_a_silence_that_straight_flight_explains_is_no_stop(trip: Flight, infer_: Infer) -> None:
    lift = trip.liftoffs[0][1]
    positions = sampled(trip).filter(~S.is_between(lift + 2_400, lift + 6_000))
    found = infer_(positions)
    assert found.legs.select("origin", "destination").rows() == [("UBBB", "LLOV"), ("LLOV", "UBBB")]
    assert found.visits["airfield"].to_list() == ["UBBB", "LLOV", "UBBB"]
    assert found.gaps["kind"].to_list() == ["en_route"]


def test_hours_of_silence_en_route_name_no_field(runway: RunwayOf, infer_: Infer) -> None:
    """Lost at 33,000 ft, received again six hours later at 33,000 ft: it stopped somewhere, nobody knows where."""
    o = runway("LLOV", "20L")
    a, b = o.point(700), o.point(650)
    flight = Flight().knot(0, o.point(1_000), 33_000, 9e4, ground=False).to(a, 33_000, kt=420)
    lost = flight.now
    flight.knot(lost + 6 * 3_600, b, 33_000, 9e4, ground=False).to(o.point(300), 33_000, kt=420)
    found = infer_(sampled(flight).filter(~S.is_between(lost + 1, lost + 6 * 3_600 - 1)), ruled_out=True)
    assert found.visits.is_empty()
    assert found.legs.height == 2
    assert found.legs["destination"].to_list() == [None, None]
    assert found.legs["origin"].to_list() == [None, None]
    assert found.gaps["kind"].to_list() == ["stop_fits"]


def test_nothing_is_inferred_across_more_than_48_hours(runway: RunwayOf, infer_: Infer) -> None:
    """Lost low at Ovda, received low there 60 hours later: an arrival and a departure, not one stay of 60 hours."""
    o = runway("LLOV", "20L")
    flight = Flight().approach(o).land(o, from_km=2.0)
    flight.stand(o, 60 * 60).take_off(o).to(o.point(-150, 30), 25_000, kt=330)
    found = infer_(sampled(flight, above_ft=600.0))
    assert found.visits["airfield"].to_list() == ["LLOV", "LLOV"]
    assert [v for v in found.visits.select("arrived_utc", "departed_utc").rows() if None not in v] == []
    assert set(found.visits["dwell_most_min"]) == {None}
    assert found.gaps["duration_min"].max() > 48 * 60  # type: ignore[operator]


def test_across_the_antimeridian(runway: RunwayOf, infer_: Infer) -> None:
    a, b = runway("NFFN", "02"), runway("NSFA", "08")
    flight = Flight().stand(a, 10).take_off(a).land(b).stand(b, 60).take_off(b).land(a).stand(a, 10)
    positions = sampled(flight)
    assert positions["longitude_deg"].min() < -179  # type: ignore[operator]
    assert positions["longitude_deg"].max() > 179  # type: ignore[operator]
    found = infer_(positions, ruled_out=True)
    assert found.visits.select("airfield", "grade").rows() == [(c, "observed") for c in ("NFFN", "NSFA", "NFFN")]
    assert found.legs.select("origin", "destination").rows() == [("NFFN", "NSFA"), ("NSFA", "NFFN")]
    assert found.gaps.is_empty()
    assert found.visits["integrity"].list.len().sum() == 0


def test_a_silence_across_the_antimeridian_is_short(infer_: Infer) -> None:
    points = [(10.0 * n, -16.0, 179.5 + 0.01 * n, 33_000.0, False, 420.0) for n in range(40)]
    back = [(1_200 + 10.0 * n, -16.0, -179.3 + 0.01 * n, 33_000.0, False, 420.0) for n in range(40)]
    gap = infer_(rows(*points, *back)).gaps.row(0, named=True)
    assert gap["distance_km"] < 120
    assert gap["kind"] == "en_route"


def test_surface_vehicles_are_no_aircraft(trip: Flight, infer_: Infer) -> None:
    positions = sampled(trip)
    said = infer_(positions.with_columns(category=pl.lit("C2")), ruled_out=True)
    assert (said.visits.height, said.legs.height) == (0, 0)
    # a category misread now and then does not make a vehicle of it
    mostly = positions.with_columns(
        category=pl.when(pl.int_range(pl.len()) % 10 == 0).then(pl.lit("C2")).otherwise(pl.lit("A5"))
    )
    assert infer_(mostly).visits.height == 3


def test_teleport_outliers_change_nothing_but_the_count_of_them(trip: Flight, infer_: Infer) -> None:
    positions = sampled(trip)
    expected = infer_(positions).visits
    out = (pl.int_range(pl.len()) % 97 == 50) & ~pl.col("on_ground")
    thrown = positions.with_columns(
        latitude_deg=pl.when(out).then(-pl.col("latitude_deg")).otherwise("latitude_deg"),
        longitude_deg=pl.when(out).then(pl.col("longitude_deg") + 60).otherwise("longitude_deg"),
    )
    found = infer_(thrown).visits
    same = ["visit_id", "airfield", "grade", "arrived_utc", "departed_utc", "origin", "next_stop"]
    assert found.select(same).equals(expected.select(same))
    n = positions.filter(out).height
    counted = [int(f.split(":")[1]) for f in infer_(thrown).legs["integrity"].explode() if f.startswith("positions_re")]
    assert sum(counted) == n > 10


def test_a_spoofed_excursion_is_rejected_and_counted(trip: Flight, infer_: Infer) -> None:
    """Twenty positions in a row thrown to Beirut, then back where it was."""
    down = trip.touchdowns[0][1]
    k = S.is_between(down - 1_800, down - 1_700)
    positions = sampled(trip)
    thrown = positions.with_columns(
        pl.when(k).then(pl.lit(33.82)).otherwise("latitude_deg").alias("latitude_deg"),
        pl.when(k).then(pl.lit(35.49)).otherwise("longitude_deg").alias("longitude_deg"),
    )
    n = positions.filter(k).height
    assert n >= 20
    found = infer_(thrown, ruled_out=True)
    ovda = found.visits.filter(pl.col("airfield") == "LLOV").row(0, named=True)
    assert ovda["grade"] == "observed"
    assert f"positions_rejected:{n}" in ovda["integrity"]
    assert "OLBA" not in found.visits["airfield"].to_list()
    assert found.legs.select("origin", "destination").rows() == [("UBBB", "LLOV"), ("LLOV", "UBBB")]


def test_non_icao_addresses_of_two_recordings_are_two_aircraft(runway: RunwayOf, infer_: Infer) -> None:
    """`~` addresses are handed out anew by each receiver."""
    o, b = runway("LLOV", "20L"), runway("UBBB", "34")
    one = sampled(Flight(icao24="~00abc").land(o).stand(o, 20)).with_columns(track_id=pl.lit("recording-1"))
    two = sampled(Flight(icao24="~00abc").stand(b, 20).take_off(b).to(b.point(-90), 20_000)).with_columns(
        T + timedelta(hours=9), track_id=pl.lit("recording-2")
    )
    found = infer_(pl.concat([one, two]))
    assert found.visits["icao24"].to_list() == [None, None]
    assert sorted(found.visits["track_id"]) == ["recording-1/~00abc", "recording-2/~00abc"]
    assert found.gaps.is_empty()
    assert set(found.visits["origin"]) == set(found.visits["next_stop"]) == {None}
    # two providers, one stay: without an airframe nothing says that it is the same
    both = pl.concat([one.with_columns(source=pl.lit(f"SIMULATED {s}"), track_id=pl.lit(s)) for s in "AB"])
    assert infer_(both).visits.height == 2
