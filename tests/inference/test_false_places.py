"""Where an aircraft seems to be and is not: small jumps, copies beside the runways, stays of aircraft that fly."""

from __future__ import annotations

import math
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import Flight, Runway, sampled
from tests.inference.spoofed import between, jittered, put, shifted, without
from tests.inference.test_spoofing import strong_at
from wheelsdown.geo import distance_km
from wheelsdown.inference import Inference, Rules
from wheelsdown.inference.continuity import _straight

PADS = (33.6250, -111.9205)
"""In the middle of the pads beside Scottsdale's runway."""
LARNACA = (34.8751, 33.6249)


def there_and_back(b: Runway, o: Runway) -> Flight:
    return Flight().stand(b, 20).take_off(b).land(o).stand(o, 90).take_off(o).land(b).stand(b, 20)


def at(found: Inference, code: str) -> pl.DataFrame:
    return found.visits.filter(pl.col("airfield") == code)


def test_a_jump_of_ten_kilometres_in_view(infer_: Infer, runway) -> None:
    """From Tacoma to the parallel runway next door: too short to stand out in a minute, too fast for any aircraft."""
    b, o = runway("KPDX", "10L"), runway("KTCM", "16")
    gray = runway("KGRF", "15")
    f = there_and_back(b, o)
    down = f.touchdowns[0][1]
    p = sampled(f, every_s=12.0)
    dlat, dlon = gray.lat - o.lat, gray.lon - o.lon
    assert 8.0 < float(distance_km(o.lat, o.lon, gray.lat, gray.lon)) < 14.0
    found = infer_(shifted(p, between(p, down - 400, down + 1500), dlat, dlon))
    assert strong_at(found, "KGRF") == 0, found.visits.select("airfield", "grade", "integrity").rows()


def test_one_position_astray_is_no_jump(infer_: Infer, runway) -> None:
    """It lies just within reach of the one before; what follows leads on from there, and not from it."""
    f = there_and_back(runway("UBBB", "34"), runway("LLBG", "26"))
    down = f.touchdowns[0][1]
    p = without(sampled(f), down - 900, down - 860)
    p = shifted(p, between(p, down - 860, down - 857), 0.09, 0.0)
    found = infer_(p)
    assert at(found, "LLBG")["grade"].to_list() == ["observed"]
    assert "teleport" not in at(found, "LLBG")["integrity"].item()


@pytest.mark.parametrize("flag", [True, None])
def test_a_copy_that_lands_beside_the_runways(infer_: Infer, runway, flag) -> None:
    """Nothing was heard of its beginning; the true aircraft is next received standing at the true field."""
    o = runway("LLBG", "26")
    f = there_and_back(runway("UBBB", "34"), o)
    down = f.touchdowns[0][1]
    p = sampled(f, flag=flag)
    # its touchdown lies at Larnaca's reference point, on Ben Gurion's course
    dlat, dlon = LARNACA[0] - o.lat, LARNACA[1] - o.lon
    p = shifted(p, between(p, down - 5000, down + 600), dlat, dlon)
    found = infer_(p.filter(between(p, down - 2400, down + 600) | between(p, down + 4000, 1e9)))
    assert strong_at(found, "LCLK") == 0, found.visits.select("airfield", "grade", "integrity").rows()


def test_who_flies_does_not_stand(infer_: Infer, runway) -> None:
    """Positions stand on an airfield, the satellites' height is its own; speed and pressure tell of an approach."""
    f = there_and_back(runway("UBBB", "34"), runway("LLBG", "26"))
    down = f.touchdowns[0][1]
    p = sampled(f, flag=None, every_s=12.0)
    false = between(p, down - 420, down - 120)
    p = jittered(p, false, LARNACA, 0.03)
    p = put(p, false, altitude_geom_ft=25.0)
    found = infer_(without(p, down - 1500, down - 420))
    assert strong_at(found, "LCLK") == 0, found.visits.select("airfield", "grade", "integrity").rows()


def test_a_field_among_eight_pads_is_found(infer_: Infer, runway) -> None:
    """Scottsdale: the eight pads round it lie nearer to a stand than its runway does."""
    f = there_and_back(runway("KPDX", "10L"), runway("KSDL", "03"))
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = sampled(f)
    found = infer_(put(p, between(p, down + 70, up - 100), latitude_deg=PADS[0], longitude_deg=PADS[1], on_ground=True))
    assert at(found, "KSDL")["grade"].to_list() == ["observed"]
    assert found.visits["airfield"].null_count() == 0


def test_a_point_without_runways_beside_known_ones(infer_: Infer, runway) -> None:
    """The apron of Rapid City lies nearer to the reference point of a strip than to its own runway: a rival stays."""
    rapid = runway("KRAP", "14")
    f = there_and_back(runway("KPDX", "10L"), rapid)
    p = sampled(f)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    strip = (44.0398, -103.0420)
    p = put(p, between(p, down + 70, up - 100), latitude_deg=strip[0], longitude_deg=strip[1], on_ground=True)
    for v in infer_(p).visits.filter(pl.col("airfield") == "4SD4").iter_rows(named=True):
        assert v["grade"] != "observed"
        assert "KRAP" in v["rivals"]


@pytest.mark.parametrize("hpa", [984.0, 1013.25, 1040.0])
def test_lost_at_300_ft_whatever_the_pressure(infer_: Infer, runway, hpa) -> None:
    """Over the centreline, a kilometre or two before the threshold: 800 ft too high by pressure excludes no runway."""
    f = there_and_back(runway("UBBB", "34"), runway("LLBG", "26"))
    found = infer_(sampled(f, qnh=hpa, above_ft=300.0))
    assert at(found, "LLBG")["grade"].to_list() == ["inferred"]


def test_a_short_stop_of_one_who_was_followed_to_the_runway(infer_: Infer, runway) -> None:
    """25 minutes: who goes round from 400 ft is received again at once where receivers hear down to 400 ft."""
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    f = Flight().stand(b, 20).take_off(b).land(o).stand(o, 20).take_off(o).land(b).stand(b, 20)
    p, up = sampled(f, above_ft=400.0), f.liftoffs[1][1]
    # found again at 1,400 ft
    found = infer_(without(p, up, up + 60))
    assert at(found, "LLBG")["grade"].to_list() == ["inferred"]


@pytest.mark.parametrize("rise_ft", [-500.0, 500.0])
def test_pressure_moves_a_parked_aircraft(infer_: Infer, runway, rise_ft) -> None:
    """Twelve hours parked with the transponder on, no ground flag, and the weather changes: it stood all the time."""
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    f = Flight().stand(b, 20).take_off(b).land(o).stand(o, 720).take_off(o).land(b).stand(b, 20)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = sampled(f, flag=None)
    s = (pl.col("time_utc") - f.start).dt.total_milliseconds() / 1000.0
    more = ((s - down) / (up - down)).clip(0.0, 1.0) * rise_ft
    p = p.with_columns((((pl.col("altitude_ft") + more) / 25.0).round() * 25.0).cast(p.schema["altitude_ft"]))
    found = at(infer_(p), "LLBG")
    assert found["grade"].to_list() == ["observed"]
    assert found["dwell_least_min"].item() > 700.0


def test_two_neighbours_that_explain_both_sides_alike(infer_: Infer, runway) -> None:
    """Lined up with one field's runway, found again near the other's: 15 km apart, neither is likely."""
    westover, barnes = runway("KCEF", "15"), runway("KBAF", "15")
    f = Flight().approach(westover, to_ft=1200)
    g = Flight(start=f.start + timedelta(seconds=f.now + 2700)).take_off(barnes, straight_km=9.0)
    g.to((42.0, -72.45), 5500.0, kt=150.0).to((41.4, -71.5), 9000.0, kt=200.0)
    p = pl.concat([sampled(f), sampled(g)], how="diagonal_relaxed")
    # found again at 3,700 ft
    p = p.filter((pl.col("time_utc") < g.start) | (pl.col("altitude_ft") > 3_950))
    assert infer_(p).visits["grade"].to_list() == ["likely"]
    # as near in cost as the rule asks, the neighbour stays a rival, whatever alignment says of it
    found = infer_(p, rules=Rules(two_sided_equal_cost=5.0)).visits
    assert found["grade"].to_list() == ["possible"]
    assert "KBAF" in found["rivals"].item()


def _silence(side_km: float, ahead_km: float, seconds: float = 500.0, kt: float = 280.0) -> SimpleNamespace:
    """Two positions of a flight due east along 32 N, the second off from where speed and course lead."""
    way = kt * 1.852 / 3600.0 * seconds + ahead_km
    lat, lon = np.array([32.0, 32.0 + side_km / 111.2]), np.array([34.0, 34.0 + way / 111.195 / math.cos(0.5585)])
    known = {"gs": np.array([kt, kt]), "trk": np.array([90.0, 90.0]), "t": np.array([0.0, seconds])}
    return SimpleNamespace(tracks=SimpleNamespace(lat=lat, lon=lon, **known))


@pytest.mark.parametrize(
    ("side_km", "ahead_km", "straight"), [(0.0, 0.0, True), (4.0, 3.0, True), (-13.0, 0.0, False), (9.0, -8.0, False)]
)
def test_a_silence_is_judged_by_where_speed_and_course_lead(side_km: float, ahead_km: float, straight: bool) -> None:
    assert _straight(_silence(side_km, ahead_km), 0, 1) is straight


def test_lined_up_too_high_is_no_exclusion(infer_: Infer, runway) -> None:
    """In line with Boufarik's runway and too high for it, Blida near: who breaks off comes round again."""
    o = runway("DAAK", "23")
    f = Flight().approach(o, to_ft=2900)
    f.to(o.point(2.0), 2600.0, kt=140.0)
    g = Flight(start=f.start + timedelta(seconds=f.now + 6000)).take_off(o, straight_km=9.0)
    g.to(o.point(-40.0), 9000.0, kt=200.0)
    p = pl.concat([sampled(f), sampled(g)], how="diagonal_relaxed")
    found = infer_(p.filter((pl.col("time_utc") < g.start) | (pl.col("altitude_ft") > 2_600))).visits
    strong = found.filter(pl.col("grade").is_in(["observed", "inferred"]))
    assert "DAAB" not in strong["airfield"].to_list()
