"""False positions never make a visit at the false field, and the flight is still counted where it was."""

from __future__ import annotations

import polars as pl
import pytest

from tests.inference.made import Flight, sampled
from tests.inference.spoofed import between, circling, jittered, later, put, shifted, without

STRONG = ("observed", "inferred", "likely")
BEIRUT = (33.8209, 35.4884)
OTHERS = {"OLBA": BEIRUT, "LCLK": (34.8751, 33.6249), "OJAI": (31.7226, 35.9932), "HECA": (30.1219, 31.4056)}
"""False fields: three on the list of targets, one (Larnaca) not."""
DAY = 86_400.0


def strong_at(found, code):
    return found.visits.filter(pl.col("airfield").is_in([code]) & pl.col("grade").is_in(STRONG)).height


def counted(found, code):
    """Visits at a field that a count takes."""
    sure = pl.col("grade").is_in(["observed", "inferred"]) & pl.col("quarantined").is_null()
    return found.visits.filter((pl.col("airfield") == code) & sure).height


@pytest.fixture
def in_2024():
    """Move tracks into January 2024, when Beirut, Cairo and Amman were targets."""
    return lambda frame: later(frame, 140 * DAY)


@pytest.fixture
def flight(runway):
    """Baku to Ben Gurion, 90 minutes there, and back."""
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    return Flight().stand(b, 20).take_off(b).land(o).stand(o, 90).take_off(o).land(b).stand(b, 20)


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("minutes", [4, 25])
def test_a_jump_in_flight_at_true_height(flight, infer_, in_2024, code, minutes):
    """(a) The aircraft cruises on; its positions stand at a false airport for a while, at its true height."""
    down = flight.touchdowns[0][1]
    p = sampled(flight)
    p = in_2024(jittered(p, between(p, down - 3600, down - 3600 + 60 * minutes), OTHERS[code]))
    found = infer_(p)
    assert strong_at(found, code) == 0
    assert found.visits.filter(pl.col("airfield") == "LLBG")["grade"].to_list() == ["observed"]
    assert counted(found, "LLBG") == 1
    assert code not in found.legs["destination"].to_list()


def shadow(flight, code, runway, since, until, name):
    """Shift the flight so that its touchdown comes to lie on a runway of the false field."""
    p = sampled(flight)
    r = runway(code, name)
    km = p.filter(between(p, flight.touchdowns[0][1], flight.touchdowns[0][1] + 30))
    lat, lon = r.point(-0.3)
    dlat, dlon = lat - km["latitude_deg"][0], lon - km["longitude_deg"][0]
    return shifted(p, between(p, since, until), dlat, dlon)


NAMES = {"OLBA": "16", "LCLK": "22", "OJAI": "08L", "HECA": "05L"}


@pytest.mark.parametrize("code", NAMES)
@pytest.mark.parametrize("before", [300, 900])
def test_a_jump_in_descent_and_parked_at_the_false_field(runway, infer_, in_2024, code, before):
    """(b) It jumps in descent, goes down there to the ground, stays; next day it leaves from where it truly was."""
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    f = Flight().stand(b, 20).take_off(b).land(o).stand(o, 20 * 60).take_off(o).land(b).stand(b, 20)
    down, leaves = f.touchdowns[0][1], f.liftoffs[1][1]
    p = shadow(f, code, runway, down - before, down + 5 * 3600, NAMES[code])
    p = without(p, down + 5 * 3600, leaves - 1200)  # parked, then silent until the next day
    found = infer_(in_2024(p))
    assert strong_at(found, code) == 0, found.visits.select("airfield", "grade", "integrity").rows()
    false = found.visits.filter(pl.col("airfield") == code)
    assert false.filter(pl.col("quarantined").is_null()).height == 0
    assert false.filter(pl.col("integrity").list.contains("teleport")).height == false.height
    # where it truly was it is seen to stand and leave
    assert found.visits.filter(pl.col("airfield") == "LLBG", pl.col("departed_utc").is_not_null())["grade"].item() in (
        "observed",
        "likely",
    )
    assert found.legs.filter(pl.col("destination") == code, pl.col("destination_grade") != "possible").height == 0


@pytest.mark.parametrize("code", ["OLBA", "OJAI"])
@pytest.mark.parametrize("minutes", [5, 15, 30])
def test_a_jump_hidden_in_a_silence(flight, runway, infer_, in_2024, code, minutes):
    """(c) Silent for a while in descent, then in descent to a known target, just within reach."""
    down = flight.touchdowns[0][1]
    begins = down - 480
    p = shadow(flight, code, runway, begins, down + 4000, NAMES[code])
    p = without(without(p, begins - 60 * minutes, begins), down + 4000, down + 9000)
    found = infer_(in_2024(p))
    assert strong_at(found, code) == 0, found.visits.select("airfield", "grade", "integrity", "reasons").rows()


@pytest.mark.parametrize("minutes", [5, 10])
def test_a_jump_hidden_in_a_silence_at_a_place_on_no_list(flight, runway, infer_, in_2024, minutes):
    """(c) No list helps: it would have had to hurry through the silence as it does not at that height."""
    down = flight.touchdowns[0][1]
    begins = down - 480
    p = shadow(flight, "LCLK", runway, begins, down + 4000, "22")
    p = without(without(p, begins - 60 * minutes, begins), down + 4000, down + 9000)
    found = infer_(in_2024(p))
    assert strong_at(found, "LCLK") == 0, found.visits.select("airfield", "grade", "integrity", "reasons").rows()


def test_a_shifted_copy_and_back(flight, runway, infer_, in_2024):
    """(d, f) The copy goes down to the false runway, and jumps back to the true one after landing."""
    down = flight.touchdowns[0][1]
    for code, name in NAMES.items():
        found = infer_(in_2024(shadow(flight, code, runway, down - 1200, down + 600, name)))
        assert strong_at(found, code) == 0, code
        true = found.visits.filter(pl.col("airfield") == "LLBG")
        assert true["grade"].to_list() == ["observed"], code  # the way out was followed without a break
        assert true["origin"].to_list() == ["UBBB"], code


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("ground", [False, True])
def test_circling_and_jitter_low_at_the_false_field(flight, infer_, in_2024, code, ground):
    """(e) It stands, or circles, low at the false field for forty minutes and is not heard again there."""
    down = flight.touchdowns[0][1]
    p = sampled(flight)
    mask = between(p, down - 1500, down + 900)
    more = {"altitude_ft": 300.0, "groundspeed_kt": 2.0 if ground else 140.0, "on_ground": ground}
    track = jittered(p, mask, OTHERS[code], **more) if ground else circling(p, mask, OTHERS[code], **more)
    found = infer_(in_2024(track))
    assert strong_at(found, code) == 0
    # cut off at the end of the false stretch: nothing brings it back
    found = infer_(in_2024(track.filter(between(track, -1, down + 900))))
    assert strong_at(found, code) == 0
    assert strong_at(found, "LLBG") == 0


def test_a_departure_out_of_a_spoofed_stretch(flight, runway, infer_, in_2024):
    """Parked truly at LLBG, its positions are put at Beirut before take-off and come back in the climb."""
    up = flight.liftoffs[1][1]
    for code, name in NAMES.items():
        p = shadow(flight, code, runway, up - 1200, up + 1500, name)
        found = infer_(in_2024(p))
        assert strong_at(found, code) == 0, (code, found.visits.select("airfield", "grade").rows())
        assert code not in found.legs.filter(pl.col("origin_grade") != "possible")["origin"].to_list()
        # the data begin in the false stretch
        cut = infer_(in_2024(p.filter(between(p, up - 1000, 1e9))))
        assert strong_at(cut, code) == 0, code


@pytest.mark.parametrize("code", NAMES)
@pytest.mark.parametrize("every_s", [5.0, 20.0, 60.0])
def test_a_clean_landing_at_a_target_is_observed(runway, infer_, in_2024, code, every_s):
    """Airliners do land at Beirut, Amman and Cairo."""
    b, o = runway("UBBB", "34"), runway(code, NAMES[code])
    f = Flight().stand(b, 20).take_off(b).land(o).stand(o, 90).take_off(o).land(b).stand(b, 20)
    found = infer_(in_2024(sampled(f, every_s=every_s)))
    v = found.visits.filter(pl.col("airfield") == code)
    assert v["grade"].to_list() == ["observed"]
    assert v["quarantined"].to_list() == [None]
    assert v["integrity"].to_list() == [[]]


def test_a_clean_approach_to_a_target_is_likely(runway, infer_, in_2024):
    """Lost at 1,000 ft on final, never heard again: as at any other field."""
    b, o = runway("UBBB", "34"), runway("OLBA", "16")
    f = Flight().stand(b, 20).take_off(b).land(o)
    found = infer_(in_2024(sampled(f, above_ft=1000.0)))
    assert found.visits.filter(pl.col("airfield") == "OLBA")["grade"].to_list() == ["likely"]


def test_a_broken_approach_to_a_target_is_not_believed(runway, infer_, in_2024):
    """The same landing with the descent unheard: on the ground at Beirut, but nothing led there."""
    b, o = runway("UBBB", "34"), runway("OLBA", "16")
    f = Flight().stand(b, 20).take_off(b).land(o).stand(o, 60)
    p = in_2024(sampled(f))
    t = f.touchdowns[0][1] + 140 * DAY
    v = infer_(without(p, t - 900, t + 30)).visits.filter(pl.col("airfield") == "OLBA")
    assert v["grade"].to_list() == ["possible"]
    assert v["quarantined"].item().startswith("spoofing_target: ")
    # before Beirut was a target the same track is a landing
    early = sampled(f)
    v = infer_(without(early, t - 140 * DAY - 900, t - 140 * DAY + 30)).visits
    assert v.filter(pl.col("airfield") == "OLBA")["grade"].to_list() == ["observed"]


def test_degraded_figures_at_a_target(runway, infer_, in_2024):
    """An unbroken descent to Beirut whose own figures say that it cannot be relied on."""
    b, o = runway("UBBB", "34"), runway("OLBA", "16")
    f = Flight().stand(b, 20).take_off(b).land(o).stand(o, 60)
    p = in_2024(sampled(f, adsb_version=2, nic=8, nac_p=9, sil=3))
    assert infer_(p).visits.filter(pl.col("airfield") == "OLBA")["grade"].to_list() == ["observed"]
    t = f.touchdowns[0][1] + 140 * DAY
    bad = put(p, between(p, t - 1200, t + 600), nic=0, nac_p=0)
    assert infer_(bad).visits.filter(pl.col("airfield") == "OLBA")["grade"].to_list() == ["possible"]
    # a transponder of version 0 has no such figures: unknown, not bad
    old = bad.with_columns(adsb_version=pl.lit(0, pl.Int64))
    assert infer_(old).visits.filter(pl.col("airfield") == "OLBA")["grade"].to_list() == ["observed"]


def test_circling_on_the_ground_for_hours(flight, infer_, in_2024):
    """It goes on circling, on the ground by its own flag, at 180 kt, while it is parked elsewhere."""
    down = flight.touchdowns[0][1]
    p = sampled(flight)
    p = circling(p, between(p, down - 1500, down + 5000), OTHERS["LCLK"], km=2.2, every_s=150.0)
    p = put(p, between(p, down, down + 5000), groundspeed_kt=182.5)
    # no jump in view: it was not heard when it began
    found = infer_(in_2024(without(p, down - 4200, down - 1500)))
    assert strong_at(found, "LCLK") == 0, found.visits.select("airfield", "grade", "integrity").rows()
    assert not found.visits.filter((pl.col("airfield") == "LCLK") & pl.col("quarantined").is_null()).height


def test_it_does_not_move_as_it_says(flight, infer_, in_2024):
    """Approach speed, landing roll and heights go on, the place stands still; its beginning was not heard."""
    down = flight.touchdowns[0][1]
    p = sampled(flight)
    p = jittered(p, between(p, down - 240, down + 4000), (34.8755, 33.6255), 0.05)
    found = infer_(in_2024(without(without(p, down - 1500, down - 240), down + 4000, down + 5500)))
    assert strong_at(found, "LCLK") == 0, found.visits.select("airfield", "grade", "integrity").rows()


def test_two_false_stretches_with_the_truth_between(flight, infer_, in_2024):
    """Away and back at one place with the truth between: the truth is not taken for the excursion."""
    down = flight.touchdowns[0][1]
    p = sampled(flight)
    for since, until in ((down - 3600, down - 2400), (down - 900, down + 900)):
        p = jittered(p, between(p, since, until), (34.8755, 33.6255), 0.2)
    found = infer_(in_2024(p))
    assert strong_at(found, "LCLK") == 0, found.visits.select("airfield", "grade", "integrity").rows()


def test_a_stay_of_hours_outlasts_a_jump_in_the_flight_after_it(runway, infer_, in_2024):
    """Data that begin on the ground; half an hour after take-off the positions jump and do not come back."""
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    f = Flight().stand(o, 180).take_off(o).land(b).stand(b, 20)
    up = f.liftoffs[0][1]
    p = sampled(f)
    p = jittered(p, between(p, up + 1800, up + 9000), OTHERS["OLBA"])
    found = infer_(in_2024(p.filter(between(p, -1, up + 3000))))
    v = found.visits.filter(pl.col("airfield") == "LLBG")
    assert v["grade"].to_list() in (["likely"], ["observed"])
    assert v["quarantined"].to_list() == [None]
    assert v["integrity"].to_list() == [["teleport"]]


def test_nowhere_after_a_silence(flight, infer_, in_2024):
    """A copy that comes down beside every field: on the ground at a place on no list, and not seen to leave."""
    down = flight.touchdowns[0][1]
    p = sampled(flight)
    p = shifted(p, between(p, down - 900, down + 2000), -0.4, -1.0)
    p = without(without(p, down - 2100, down - 900), down + 2000, down + 5400)
    found = infer_(in_2024(p)).visits
    nowhere = found.filter(pl.col("airfield").is_null())
    assert not nowhere.filter(pl.col("grade").is_in(STRONG)).height
