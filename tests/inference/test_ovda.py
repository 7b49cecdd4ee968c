"""Ovda (LLOV) and Ramon (LLER) lie 25 km apart with nearly parallel runways: never one for the other. SIMULATED."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import Flight, Runway, sampled
from wheelsdown.geo import distance_km

RunwayOf = Callable[[str, str], Runway]
STRONG = ("observed", "inferred", "likely")
OVDA = (29.9403, 34.9358)


def strong_fields(visits: pl.DataFrame) -> set[str]:
    return set(visits.filter(pl.col("grade").is_in(STRONG))["airfield"])


def cut_near_ovda(positions: pl.DataFrame) -> pl.DataFrame:
    """Drop what is received after it is nearest to 13 km from Ovda and 2,450 ft above it."""
    km = distance_km(positions["latitude_deg"].to_numpy(), positions["longitude_deg"].to_numpy(), *OVDA)
    low = pl.Series((positions["altitude_ft"] - 1492.0).to_numpy() >= 2450.0)
    assert 12.9 <= float(km[low.to_numpy()][-1]) <= 13.5
    return positions.filter(low)


@pytest.mark.parametrize("every_s", [1.0, 5.0, 20.0])
def test_an_approach_to_ramon_cut_off_beside_ovda_names_neither(
    every_s: float, infer_: Infer, runway: RunwayOf
) -> None:
    whole = sampled(Flight().land(runway("LLER", "19"), from_km=30.0), every_s=every_s)
    positions = cut_near_ovda(whole)
    found = infer_(positions)
    assert not strong_fields(found.visits)
    assert not found.legs.filter(pl.col("destination_grade").is_in(STRONG)).height
    if found.visits.height:
        named = found.visits.row(0, named=True)
        assert {"LLER", "LLOV"} <= {named["airfield"], *named["rivals"]}


@pytest.mark.parametrize("every_s", [1.0, 5.0, 20.0])
def test_the_same_track_flown_backwards_names_neither(every_s: float, infer_: Infer, runway: RunwayOf) -> None:
    rw = runway("LLER", "01")
    flight = Flight().stand(rw, 5)
    # a slow climb, so that it is 13 km from Ovda and no more than 2,450 ft above it: an approach in the mirror
    flight.take_off(rw, ft_per_km=170.0, straight_km=30.0).to(rw.point(-90), 15_000, kt=300)
    positions = sampled(flight, every_s=every_s)
    positions = positions.filter(pl.col("altitude_ft") >= 1492.0 + 2450.0)
    first = positions.row(0, named=True)
    assert distance_km(first["latitude_deg"], first["longitude_deg"], *OVDA) < 14.5
    found = infer_(positions)
    assert "LLOV" not in strong_fields(found.visits)
    assert not found.legs.filter(pl.col("origin_grade").is_in(STRONG) & (pl.col("origin") == "LLOV")).height


@pytest.mark.parametrize("qnh", [990.0, 1013.25, 1035.0])
def test_carried_on_to_500_ft_it_is_ramon(qnh: float, infer_: Infer, runway: RunwayOf) -> None:
    flight = Flight().approach(runway("LLER", "19"), from_km=30.0, to_ft=500.0)
    visits = infer_(sampled(flight, qnh=qnh)).visits
    assert visits.select("airfield", "grade").rows() == [("LLER", "likely")]
    assert visits["rivals"].to_list() == [[]]


def test_every_excluded_rival_says_why(infer_: Infer, runway: RunwayOf) -> None:
    visits = infer_(sampled(Flight().approach(runway("LLER", "19"), from_km=30.0, to_ft=500.0))).visits
    excluded = dict(text.split(": ", 1) for text in visits["excluded"].to_list()[0])
    assert {"LLOV", "OJAQ"} <= excluded.keys()
    assert all(len(why) >= len("a heliport") for why in excluded.values())


@pytest.mark.parametrize("name", ["20L", "20R", "02L", "02R"])
@pytest.mark.parametrize("flag", [True, None])
def test_on_the_ground_at_ovda_it_is_ovda(name: str, flag: bool | None, infer_: Infer, runway: RunwayOf) -> None:
    rw = runway("LLOV", name)
    visits = infer_(sampled(Flight().land(rw).stand(rw, 120), flag=flag)).visits
    assert visits.select("airfield", "grade").rows() == [("LLOV", "observed")]
    assert "LLER" not in visits["rivals"].to_list()[0]
