"""The other side of a jump stands in the air or circles: that is the false place, and the stop on this side stands."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import Flight, sampled
from tests.inference.spoofed import between, circling, jittered, put, shifted, without
from tests.inference.test_small_jumps import shown, there_and_back
from tests.inference.test_spoofing import strong_at

SEA = (33.4, 31.0)
"""At no field: nothing but the jump says that it is false."""


def visit(found, code: str = "LLBG") -> dict:
    rows = found.visits.filter(pl.col("airfield") == code)
    assert rows.height == 1, shown(found)
    return rows.row(0, named=True)


def moved_there(p: pl.DataFrame, mask: pl.Series, how: str, at: tuple[float, float] = SEA) -> pl.DataFrame:
    if how == "stands":
        return jittered(p, mask, at, 0.2)
    if how == "circles":
        return circling(p, mask, at, 2.5, 150.0)
    # as far away as that, flying on
    return shifted(p, mask, 1.2, -3.0)


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("how", ["stands", "circles"])
def test_out_of_the_flight_away(infer_: Infer, runway, how, silent) -> None:
    """The flight in hides a silence, so that its length says nothing: what lies beyond the jump does."""
    f = there_and_back(runway("UBBB", "34"), runway("LLBG", "26"), 40)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = without(sampled(f), down - 5400, down - 4500)
    p = without(p, down - 40, up + 40) if silent else p
    found = infer_(moved_there(p, between(p, up + 900, 1e9), how))
    v = visit(found)
    assert (v["grade"], v["quarantined"]) == ("inferred" if silent else "observed", None), shown(found)
    assert v["integrity"] == ["teleport"]
    assert any("stand or circle" in r for r in v["reasons"]), v["reasons"]


@pytest.mark.parametrize("how", ["stands", "circles"])
def test_into_the_flight_here(infer_: Infer, runway, how) -> None:
    f = there_and_back(runway("UBBB", "34"), runway("LLBG", "26"), 40)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = without(sampled(f), up + 900, up + 1700)
    found = infer_(moved_there(p, between(p, 0, down - 1300), how))
    v = visit(found)
    assert (v["grade"], v["quarantined"]) == ("observed", None), shown(found)
    assert v["integrity"] == ["teleport"]


@pytest.mark.parametrize("how", ["stands", "circles"])
def test_put_at_the_field_itself_after_a_silence(infer_: Infer, runway, how) -> None:
    """The step that is seen, over a silence too long to measure, leads away from the false stretch."""
    o = runway("LLBG", "26")
    f = there_and_back(runway("UBBB", "34"), o, 40)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = without(sampled(f), down - 3600, down - 600)
    p = moved_there(p, between(p, up + 1000, up + 2000), how, o.point(0.0))
    found = infer_(without(without(p, up + 600, up + 1000), up + 2000, up + 2700))
    v = visit(found)
    assert (v["grade"], v["quarantined"]) == ("observed", None), shown(found)


def test_a_departure_that_only_stands_there_is_none(infer_: Infer, runway) -> None:
    """Lost low over the approach, later put at the field while it climbs elsewhere: it may have flown on."""
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    f = Flight().stand(b, 20).take_off(b).approach(o, to_ft=300.0)
    lost = f.now
    f = f.to(o.point(-160.0), 700.0, kt=250.0, height=500.0).to(o.point(-250.0), 12000.0, kt=250.0).land(b).stand(b, 20)
    p = sampled(f)
    p = jittered(p, between(p, lost + 1200, lost + 2000), o.point(-2.0), 0.2)
    found = infer_(without(p, lost + 5, lost + 1200))
    v = visit(found)
    assert v["grade_if_believed"] == "inferred", (v["grade"], v["reasons"])
    assert v["grade"] == "possible"


@pytest.mark.parametrize(("minutes", "kept"), [(37, False), (100, True)])
def test_two_flights_meet_at_a_stay_longer_than_copies_last(infer_: Infer, runway, minutes, kept) -> None:
    """The step leads to a field with a parallel runway: a copy of a stay there is ruled out by its length alone."""
    b, o, to = runway("FABL", "02"), runway("FAWK", "24"), runway("FAWB", "24")
    f = there_and_back(b, o, minutes)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    (lat, lon), there = o.point(0.0), to.point(0.0)
    p = without(sampled(f), down - 2700, down - 1500)
    p = shifted(p, between(p, up + 700, 1e9), there[0] - lat, there[1] - lon)
    found = infer_(p)
    assert strong_at(found, "FAWK") == kept, shown(found)


@pytest.mark.parametrize("parallel", [False, True])
def test_where_the_copies_lead(infer_: Infer, runway, parallel) -> None:
    """Out and back on both flights: of a copy the true stop would lie there, on a runway as good as parallel."""
    b, o, to = runway("FABL", "02"), runway("FAWK", "24"), runway("FAWB", "24")
    f = there_and_back(b, o, 40)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    (lat, lon), there = o.point(0.0), to.point(0.0)
    by = (there[0] - lat, there[1] - lon) if parallel else (0.9, -1.4)
    p = without(without(sampled(f), down - 2700, down - 1500), down - 30, up + 30)
    for since, until in ((down - 1200, down - 800), (up + 600, up + 1000)):
        p = shifted(p, between(p, since, until), *by)
    v = visit(infer_(p), "FAWK")
    assert v["grade_if_believed"] == ("inferred" if parallel else None), (v["grade"], v["reasons"])
    assert v["grade"] == ("possible" if parallel else "inferred")


def test_next_elsewhere_and_down_on_no_runway(infer_: Infer, runway) -> None:
    """A whole flight put elsewhere, its take-off unheard: it comes down across the runways there."""
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    cold, other = runway("LTAF", "05"), runway("LTAG", "05")
    across = replace(other, heading=other.heading + 60.0)
    begins = replace(cold, heading=cold.heading + 60.0)
    f = Flight().stand(begins, 5).take_off(begins).to((38.4, 36.8), 24000.0).land(across).stand(across, 3)
    stood = f.now
    f = f.stand(o, 4000).take_off(o).land(b).stand(b, 20)
    p = sampled(f)
    p = p.filter(between(p, f.liftoffs[0][1] + 20, stood) | between(p, f.liftoffs[1][1] - 600, 1e9))
    found = infer_(p)
    v = visit(found, "LTAG")
    assert strong_at(found, "LTAG") == 0, shown(found)
    assert v["quarantined"].startswith("no_onward_flight: next received elsewhere, its"), v["quarantined"]


def test_the_apron_beside_a_strip_of_which_no_runway_is_known(infer_: Infer, runway, airfields) -> None:
    """It landed along the runway of the big field, whatever reference point lies nearest to the stand."""
    b, o = runway("KDEN", "16L"), runway("KRAP", "14")
    f = there_and_back(b, o, 90)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = sampled(f)
    strip = airfields.fields.filter(pl.col("code") == "4SD4").row(0, named=True)
    at = (strip["latitude_deg"], strip["longitude_deg"])
    stands = between(p, down + 200, up - 200)
    p = put(jittered(p, stands, at, 0.02), stands, groundspeed_kt=0.0)
    found = infer_(p)
    v = visit(found, "KRAP")
    assert v["grade"] == "observed", shown(found)
    assert "4SD4" not in v["rivals"]
    assert any(e.startswith("4SD4: ") and "followed one of KRAP" in e for e in v["excluded"]), v["excluded"]
