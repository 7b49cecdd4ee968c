"""Copies of a track moved by a few kilometres, and what gives them away: before, after and beside the stay."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import Flight, Runway, sampled
from tests.inference.spoofed import between, jittered, put, shifted, without
from tests.inference.test_spoofing import strong_at
from wheelsdown.geo import distance_km
from wheelsdown.inference import Inference


def there_and_back(b: Runway, o: Runway, minutes: float = 90) -> Flight:
    return Flight().stand(b, 20).take_off(b).land(o).stand(o, minutes).take_off(o).land(b).stand(b, 20)


def shown(found: Inference) -> list[tuple[object, ...]]:
    return found.visits.select("airfield", "grade", "arrived_utc", "integrity", "quarantined").rows()


def grades(found: Inference, code: str) -> list[str]:
    return found.visits.filter(pl.col("airfield") == code)["grade"].to_list()


def vector(of: Runway, to: Runway) -> tuple[float, float]:
    return to.lat - of.lat, to.lon - of.lon


def test_moved_on_the_ground_to_the_field_next_door(infer_: Infer, runway) -> None:
    """The copy lands at Gray beside Tacoma and stands there for three minutes; then the positions are true again."""
    b, o = runway("KPDX", "10L"), runway("KTCM", "16")
    f = there_and_back(b, o)
    down = f.touchdowns[0][1]
    p = without(sampled(f), down - 1200, down - 900)
    found = infer_(shifted(p, between(p, down - 900, down + 180), *vector(o, runway("KGRF", "15"))))
    assert strong_at(found, "KGRF") == 0, shown(found)


@pytest.mark.parametrize("every_s", [10.0, 30.0])
@pytest.mark.parametrize("above_ft", [0.0, 1000.0])
def test_six_kilometres_in_view_after_the_take_off(infer_: Infer, runway, every_s, above_ft) -> None:
    """Too little to break a limit of speed, and it began in a silence: the step back gives both sides away."""
    b, o = runway("KPDX", "10L"), runway("KBEC", "18")
    f = there_and_back(b, o)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    dlat, dlon = vector(o, runway("KAAO", "18"))
    assert 4.0 < float(distance_km(o.lat, o.lon, o.lat + dlat, o.lon + dlon)) < 8.0
    p = without(sampled(f, every_s=every_s, above_ft=above_ft), down - 1800, down - 1500)
    found = infer_(shifted(p, between(p, down - 1500, up + 800), dlat, dlon))
    assert strong_at(found, "KAAO") == 0, shown(found)


@pytest.mark.parametrize("every_s", [10.0, 30.0, 50.0])
def test_turns_and_speeds_of_honest_flight_are_no_steps(infer_: Infer, runway, every_s) -> None:
    b, o = runway("KPDX", "10L"), runway("KBEC", "18")
    found = infer_(sampled(there_and_back(b, o), every_s=every_s, noise_m=60.0))
    assert grades(found, "KBEC") == ["observed"], shown(found)
    assert not found.visits.filter(pl.col("integrity").list.contains("teleport")).height


def test_stood_elsewhere_meanwhile(infer_: Infer, runway) -> None:
    """Three minutes at Gray, then an hour at Tacoma, and the next flight moved again: where it stood is not certain."""
    b, o = runway("KPDX", "10L"), runway("KTCM", "16")
    f = there_and_back(b, o)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = without(sampled(f), down - 1200, down - 900)
    p = without(p, up - 300, up + 200)
    moved = between(p, down - 900, down + 160) | between(p, up + 200, 1e9)
    found = infer_(shifted(p, moved, *vector(o, runway("KGRF", "15"))))
    assert strong_at(found, "KGRF") == 0, shown(found)


def test_next_flight_begins_at_another_runway(infer_: Infer, runway) -> None:
    """A copy lands at Larnaca and falls silent; the next flight is heard from Ben Gurion's runway up, in time."""
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    f = there_and_back(b, o)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = sampled(f)
    p = shifted(p, between(p, down - 9000, down + 500), *vector(o, runway("LCLK", "22")))
    # all that was heard of the flight was a copy, from more than an hour before it landed
    found = infer_(p.filter(between(p, down - 6000, down + 500) | between(p, up, 1e9)))
    assert strong_at(found, "LCLK") == 0, shown(found)


def test_one_stay_in_two_pieces_is_set_aside_whole(infer_: Infer, runway) -> None:
    """It stands at Larnaca and says that it flies; for half a minute its height leaves the field's."""
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    f = there_and_back(b, o)
    down = f.touchdowns[0][1]
    p = sampled(f, flag=None, every_s=12.0)
    false = between(p, down - 600, down - 60)
    p = jittered(p, false, (34.8751, 33.6249), 0.03)
    p = put(p, false, altitude_ft=20.0, groundspeed_kt=62.0)
    p = put(p, between(p, down - 360, down - 310), altitude_ft=420.0)
    found = infer_(without(p, down - 1500, down - 600))
    at = found.visits.filter(pl.col("airfield") == "LCLK")
    assert strong_at(found, "LCLK") == 0, shown(found)
    assert at.filter(pl.col("quarantined").is_null()).height == 0, shown(found)


@pytest.mark.parametrize(("right_km", "followed"), [(0.0, True), (0.05, True), (0.6, False), (3.0, False)])
def test_along_a_runway(infer_: Infer, runway, right_km, followed) -> None:
    """The descent was not heard but for its last kilometres; moved beside the runway nothing speaks for it."""
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    f = there_and_back(b, o)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = sampled(f)
    p = p.filter(between(p, 0, down - 3000) | between(p, down - 180, up - 60))
    at, to = o.point(5.0), o.point(5.0, right_km)
    p = shifted(p, between(p, down - 180, down - 30), to[0] - at[0], to[1] - at[1])
    v = infer_(p).visits.filter(pl.col("airfield") == "LLBG").row(0, named=True)
    assert v["basis"].endswith("unfollowed") is not followed, (v["basis"], v["grade"])


def test_put_down_in_the_middle_of_a_runway(infer_: Infer, runway) -> None:
    """On the line of the runway, but in the air to its middle: that is where the field's reference point lies."""
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    f = there_and_back(b, o)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = sampled(f)
    p = p.filter(between(p, 0, down - 3000) | between(p, down - 180, up - 60))
    at, to = o.point(0.0), o.point(-0.45 * o.length_km)
    v = infer_(shifted(p, between(p, down - 180, 1e9), to[0] - at[0], to[1] - at[1])).visits
    assert v.filter(pl.col("airfield") == "LLBG")["basis"].str.ends_with("unfollowed").all()


def test_heard_elsewhere_in_the_silence(infer_: Infer, runway) -> None:
    """Lost low before Gray and found climbing out of it, standing at Tacoma in between: not a stop at Gray."""
    b, o = runway("KPDX", "10L"), runway("KTCM", "16")
    f = there_and_back(b, o)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = sampled(f)
    p = without(without(p, down - 1200, down - 900), down - 60, down + 600)
    p = without(p, up - 600, up + 60)
    moved = between(p, down - 900, down - 60) | between(p, up + 60, up + 2000)
    found = infer_(shifted(p, moved, *vector(o, runway("KGRF", "15"))))
    assert strong_at(found, "KGRF") == 0, shown(found)


@pytest.mark.parametrize("every_s", [12.0, 40.0, 60.0])
def test_multilateration_is_kilometres_off(infer_: Infer, runway, every_s) -> None:
    """A kilometre of scatter, speeds scattered too: no step, no hurry."""
    b, o = runway("KPDX", "10L"), runway("KBEC", "18")
    p = sampled(there_and_back(b, o), every_s=every_s, noise_m=500.0, flag=None, position_source="mlat")
    rng = np.random.default_rng(3)
    p = p.with_columns(groundspeed_kt=(pl.col("groundspeed_kt") + rng.normal(0, 12, p.height)).cast(pl.Float32))
    found = infer_(p)
    assert not found.visits.filter(pl.col("integrity").list.contains("teleport")).height, shown(found)


@pytest.mark.parametrize("seconds", [60.0, 75.0])
def test_a_turn_out_and_back_is_no_step(infer_: Infer, runway, seconds) -> None:
    """Unheard for a minute it flew round something, 4 km aside, and goes on as it came."""
    b, o = runway("KPDX", "10L"), runway("KBEC", "18")
    f = there_and_back(b, o)
    at = f.touchdowns[0][1] - 900.0
    p = without(sampled(f), at, at + seconds)
    # farther on the track lies aside, and as much nearer as the way round took
    p = shifted(p, between(p, at + seconds, 1e9), 0.02, -0.035)
    v = infer_(p).visits.filter(pl.col("integrity").list.contains("teleport"))
    assert not v.height, v["reasons"].to_list()


def test_a_ground_flag_in_the_climb(infer_: Infer, runway) -> None:
    """Heard once on the way, with a flag that says ground, over a strip; three minutes later it is at 18,000 ft."""
    b, o = runway("KPDX", "10L"), runway("KBEC", "18")
    f = Flight().stand(b, 20).take_off(b).land(o).stand(o, 90).take_off(o).land(b).stand(b, 20)
    p = sampled(f)
    at = f.liftoffs[0][1] + 200.0
    lost = without(without(p, f.liftoffs[0][1] - 900, at), at + 5, at + 200)
    once = between(lost, at, at + 5)
    climb = between(lost, at + 200, at + 900)
    lost = put(lost, climb, altitude_ft=lost["altitude_ft"].fill_null(0.0) + 12_000.0)
    strip = (45.5404, -122.9498)  # Hillsboro
    for said in ({"altitude_ft": None, "groundspeed_kt": 90.0}, {"altitude_ft": 15_000.0, "groundspeed_kt": 369.0}):
        p = put(
            lost, once, on_ground=True, latitude_deg=strip[0], longitude_deg=strip[1], altitude_geom_ft=None, **said
        )
        found = infer_(p)
        named = found.visits.filter(~pl.col("airfield").is_in(["KPDX", "KBEC"]))
        assert not named.filter(pl.col("grade").is_in(["observed", "inferred", "likely"])).height, shown(found)


def test_a_ground_flag_where_the_flight_is_lost(infer_: Infer, runway) -> None:
    """On final over a sports field without known runways, once flagged as on the ground, and lost: no stay there."""
    b, o = runway("LIRN", "06"), runway("LQTZ", "27")
    f = there_and_back(b, o)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = without(sampled(f), down - 65, up + 400)
    p = put(p, between(p, down - 70, down - 60), on_ground=True, altitude_ft=None)
    last = p.filter(between(p, down - 70, down - 60)).row(0, named=True)
    to = (44.4527, 18.7997)
    moved = between(p, down - 900, down - 60)
    found = infer_(shifted(p, moved, to[0] - last["latitude_deg"], to[1] - last["longitude_deg"]))
    assert last["vertical_rate_fpm"] < -300.0
    assert found.visits.filter(pl.col("airfield") == "LQJL")["grade"].to_list() == ["possible"], shown(found)
