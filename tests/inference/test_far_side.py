"""The other side of a jump stands in the air or circles: that is the false place, and the stop on this side stands."""

from __future__ import annotations

import math
from dataclasses import replace

import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import Flight, Runway, ahead, sampled
from tests.inference.spoofed import between, circling, jittered, later, put, shifted, without
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
@pytest.mark.parametrize("how", ["stands", "circles", "flies on"])
def test_out_of_the_flight_away(infer_: Infer, runway, how, silent) -> None:
    """Silences hide how far it jumped, and whether it jumped before: what lies beyond the jump speaks."""
    f = there_and_back(runway("LSGG", "22"), runway("LLBG", "26"), 40)
    down, up, home = f.touchdowns[0][1], f.liftoffs[1][1], f.touchdowns[1][1]
    p = without(without(sampled(f), down - 3600, down - 600), up + 600, up + 1300)
    p = without(p, down - 40, up + 40) if silent else p
    # longer than excursions last, until it stands at home
    found = infer_(moved_there(p, between(p, up + 900, home + 400), how))
    v = visit(found)
    if how == "flies on":
        assert (v["grade"], v["grade_if_believed"]) == ("possible", "inferred" if silent else "observed"), shown(found)
        return
    assert (v["grade"], v["quarantined"]) == ("inferred" if silent else "observed", None), shown(found)
    assert v["integrity"] == ["teleport"]


@pytest.mark.parametrize("how", ["stands", "circles", "flies on"])
def test_away_and_back_before_the_landing(infer_: Infer, runway, how) -> None:
    """Of an excursion that flies as it says and the track around it either may be the true one."""
    f = there_and_back(runway("UBBB", "34"), runway("LLBG", "26"), 40)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = without(without(sampled(f), down - 1300, down - 600), up + 300, up + 1500)
    found = infer_(moved_there(p, between(p, down - 2400, down - 1300), how))
    v = visit(found)
    if how == "flies on":
        assert (v["grade"], v["grade_if_believed"]) == ("possible", "observed"), shown(found)
    else:
        assert (v["grade"], v["quarantined"]) == ("observed", None), shown(found)


def copied(p: pl.DataFrame, mask: pl.Series, o: Runway, to: Runway) -> pl.DataFrame:
    """Move it from one runway to another one parallel to it, as many kilometres north and east."""
    (lat, lon), there = o.point(-0.5 * o.length_km), to.point(-0.5 * to.length_km)
    scale = math.cos(math.radians(lat)) / math.cos(math.radians(there[0]))
    return put(
        p,
        mask,
        latitude_deg=p["latitude_deg"] + there[0] - lat,
        longitude_deg=(p["longitude_deg"] - lon) * scale + there[1],
    )


def straight_in(o: Runway) -> Flight:
    """From 600 km away on the runway's course, no higher than 15,000 ft."""
    f = Flight().knot(0.0, o.point(600.0), o.elevation_ft + 15_000.0, 15_000.0, ground=False)
    f.to(o.point(140.0), o.elevation_ft + 15_000.0, kt=300.0).to(o.point(90.0), o.elevation_ft + 15_000.0, kt=300.0)
    return f.land(o, level=o.elevation_ft + 15_000.0).stand(o, 60)


@pytest.mark.parametrize("before", ["stands", "orbits", "two steps", "nothing"])
def test_a_copy_beyond_a_false_place(infer_: Infer, runway, before) -> None:
    """Far away, on a runway as good as parallel: what lies before the copy does not vouch for it."""
    o, to = runway("OETN", "15"), runway("OBBS", "15")
    f = straight_in(o)
    down = f.touchdowns[0][1]
    p = sampled(f)
    if before == "orbits":
        # truly flown into
        g = (
            Flight()
            .knot(0.0, o.point(200.0, 60.0), 15_000.0, 15_000.0, ground=False)
            .to(o.point(140.0, 10.0), 15_000.0, kt=300.0)
        )
        for n in range(60):
            g.to(ahead(*o.point(140.0, 7.5), o.heading + 90.0 + 24.0 * n, 2.5), 15_000.0, kt=200.0)
        early = sampled(g)
        shift = down - 1000 - g.now
        p = pl.concat([later(early.filter(between(early, 0, g.now)), shift), p.filter(between(p, down - 1000, 1e9))])
    if before == "stands":
        p = jittered(p, between(p, down - 1700, down - 1000), o.point(200.0, 150.0), 0.2)
    if before == "two steps":
        aside = replace(
            o,
            lat=ahead((o.lat + to.lat) / 2, (o.lon + to.lon) / 2, o.heading + 60.0, 70.0)[0],
            lon=ahead((o.lat + to.lat) / 2, (o.lon + to.lon) / 2, o.heading + 60.0, 70.0)[1],
        )
        p = copied(p, between(p, down - 1700, down - 1000.01), o, aside)
    found = infer_(copied(p, between(p, down - 1000, 1e9), o, to))
    assert found.visits.filter(pl.col("airfield") == "OBBS").height, shown(found)
    assert strong_at(found, "OBBS") == 0, shown(found)


def test_put_at_the_field_itself_after_a_silence(infer_: Infer, runway) -> None:
    """The step that is seen, over a silence too long to measure, leads away from the false stretch."""
    o = runway("LLBG", "26")
    f = there_and_back(runway("UBBB", "34"), o, 40)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = without(sampled(f), down - 3600, down - 600)
    p = moved_there(p, between(p, up + 1000, up + 2000), "stands", o.point(0.0))
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


@pytest.mark.parametrize("missing", [(), ("track_deg",), ("groundspeed_kt",)])
@pytest.mark.parametrize("minutes", [37, 100])
def test_a_step_that_leads_to_a_parallel_runway(infer_: Infer, runway, minutes, missing) -> None:
    """Long or short, what is one step away from such a field may be a copy; so may what moved nobody knows how far."""
    b, o, to = runway("FABL", "02"), runway("FAWK", "24"), runway("FAWB", "24")
    f = there_and_back(b, o, minutes)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    (lat, lon), there = o.point(0.0), to.point(0.0)
    p = without(sampled(f), down - 2700, down - 1500)
    p = shifted(p, between(p, up + 700, 1e9), there[0] - lat, there[1] - lon)
    p = put(p, between(p, up + 600, up + 800), **dict.fromkeys(missing))
    assert strong_at(infer_(p), "FAWK") == 0


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


def test_a_strip_before_the_threshold_of_another_field(infer_: Infer, runway, airfields) -> None:
    """On the line of the other's runway all the way down, and never on it."""
    b, other = runway("KDCA", "01"), runway("KMRH", "21")
    point = airfields.fields.filter(pl.col("code") == "US-0401").row(0, named=True)
    strip = replace(other, code="US-0401", lat=point["latitude_deg"], lon=point["longitude_deg"], length_km=0.8)
    found = infer_(sampled(there_and_back(b, strip, 60)))
    v = visit(found, "US-0401")
    assert v["rivals"] == ["KMRH"], shown(found)
