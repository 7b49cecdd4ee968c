"""Traps that once caught it: each test names what went wrong."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from tests.inference.made import START, Flight, Runway, sampled
from wheelsdown.errors import TableError

T = pl.col("time_utc")
S = (T - START).dt.total_seconds()


@pytest.fixture
def there_and_back(runway):
    b, o = runway("UBBB", "34"), runway("LLOV", "20L")
    return Flight().stand(b, 20).take_off(b).land(o).stand(o, 90).take_off(o).land(b).stand(b, 10)


def test_spoofed_to_beirut_is_no_visit(there_and_back, infer_):
    """20 positions in a row thrown to OLBA while it descends to LLOV: `observed` at OLBA, no integrity flag."""
    lo = there_and_back.touchdowns[0][1]
    k = S.is_between(lo - 1800, lo - 1700)
    p = sampled(there_and_back).with_columns(
        pl.when(k).then(pl.lit(33.82)).otherwise("latitude_deg").alias("latitude_deg"),
        pl.when(k).then(pl.lit(35.49)).otherwise("longitude_deg").alias("longitude_deg"),
        pl.when(k).then(pl.lit(100.0)).otherwise("altitude_ft").alias("altitude_ft"),
        pl.when(k).then(pl.lit(True)).otherwise("on_ground").alias("on_ground"),
        pl.when(k).then(pl.lit(0.0)).otherwise("groundspeed_kt").alias("groundspeed_kt"),
    )
    found = infer_(p)
    beirut = found.visits.filter(pl.col("airfield") == "OLBA")
    assert not beirut.filter(pl.col("grade").is_in(["observed", "inferred", "likely"])).height
    assert "OLBA" not in found.legs["origin"].to_list() + found.legs["destination"].to_list()


def test_two_aircraft_on_one_address_do_not_join(there_and_back, runway, infer_):
    """Interleaved duplicate: no leg joins the two, and no dwell is bounded by the other's flight."""
    a, b = runway("EHAM", "06"), runway("ENSB", "28")
    other = Flight().stand(a, 30).take_off(a).land(b).stand(b, 60)
    p = pl.concat([sampled(there_and_back), sampled(other).with_columns(T + timedelta(milliseconds=2300))])
    found = infer_(p)
    assert ("LLOV", "ENSB") not in found.legs.select("origin", "destination").rows()
    at_ovda = found.visits.filter((pl.col("airfield") == "LLOV") & (pl.col("grade") == "observed"))
    assert not at_ovda.filter(pl.col("dwell_most_min") < 90).height


def test_flagless_stay_in_the_desert_is_a_visit(runway, infer_):
    """44 min on the ground at an unlisted place, 40 of them at 0 kt, no ground flag: nothing at all."""
    b, d = runway("UBBB", "34"), Runway("desert", 15.744, 22.096, 90.0, 1500.0, 2.0)
    f = Flight().stand(b, 10).take_off(b).land(d).stand(d, 40).take_off(d).land(b).stand(b, 10)
    visits = infer_(sampled(f, every_s=10.0, flag=None)).visits
    assert visits.filter(pl.col("place_id").str.starts_with("place_N15.75")).height == 1


def test_rival_on_the_ground_is_not_observed(airfields, infer_):
    """US-1170: standing there, named US-5185 `observed` with US-1170 among the rivals (any such pair)."""
    row = airfields.fields.filter(pl.col("code") == "5A5").row(0, named=True)
    rw = Runway("5A5", row["latitude_deg"], row["longitude_deg"], 200.0, row["elevation_ft"], 1.5)
    visits = infer_(sampled(Flight().land(rw).stand(rw, 20))).visits
    v = visits.row(0, named=True)
    assert v["airfield"] == "5A5" or v["grade"] != "observed", (v["airfield"], v["grade"], v["rivals"])


def test_mlat_only_approaches_are_not_inferred(there_and_back, infer_):
    p = sampled(there_and_back, above_ft=1000.0).with_columns(position_source=pl.lit("mlat"))
    assert "inferred" not in infer_(p).visits["grade"].to_list()


def test_leg_grade_not_above_visit_grade(there_and_back, infer_):
    """MLAT on the ground at LLOV: the visit is `likely`, both legs say `observed`."""
    lo, hi = there_and_back.touchdowns[0][1], there_and_back.liftoffs[1][1]
    p = sampled(there_and_back).with_columns(
        pl.when(S.is_between(lo - 1, hi + 1)).then(pl.lit("mlat")).otherwise("position_source").alias("position_source")
    )
    found = infer_(p)
    assert found.visits.filter(pl.col("airfield") == "LLOV")["grade"].item() == "likely"
    assert found.legs.filter(pl.col("destination") == "LLOV")["destination_grade"].item() != "observed"


def test_long_silence_at_one_place_is_not_moved(runway, infer_):
    o, b = runway("LLOV", "20L"), runway("UBBB", "34")
    f = Flight().approach(o).land(o).stand(o, 30)
    n = f.now
    f.stand(o, 3600).take_off(o).land(b).stand(b, 20)
    p = sampled(f).filter((n > S) | (n + 59 * 3600 < S))
    gap = infer_(p).gaps.sort("duration_min").tail(1)
    assert gap["distance_km"].item() < 1
    assert gap["kind"].item() != "moved"


def test_long_silence_inside_a_stay_is_told(runway, infer_):
    """40 h of silence inside one stay are said, and how many stops would fit."""
    o, b = runway("LLOV", "20L"), runway("UBBB", "34")
    f = Flight().land(o).stand(o, 30)
    n = f.now
    f.stand(o, 2700).take_off(o).land(b).stand(b, 20)
    v = infer_(sampled(f).filter((n > S) | (n + 40 * 3600 < S))).visits.row(0, named=True)
    assert v["hidden_visits_most"] > 10
    assert any("silence" in r for r in v["reasons"]), v["reasons"]


def test_ruled_out_only_when_asked(there_and_back, runway, infer_):
    """What the merge rules out is not told unless asked for."""
    r = runway("LLER", "19")
    g = Flight().stand(runway("UBBB", "34"), 20).take_off(runway("UBBB", "34")).approach(r, to_ft=2500)
    p = pl.concat(
        [
            sampled(there_and_back).with_columns(source=pl.lit("SIMULATED A")),
            sampled(g).with_columns(source=pl.lit("SIMULATED B")),
        ]
    )
    assert "ruled_out" not in infer_(p).visits["grade"].to_list()


def test_a_gap_of_one_provider_that_another_fills_is_no_gap(there_and_back, infer_):
    """A received it throughout: B's silence is none."""
    p = pl.concat(
        [
            sampled(there_and_back).with_columns(source=pl.lit("SIMULATED A")),
            sampled(there_and_back, above_ft=3000.0).with_columns(source=pl.lit("SIMULATED B")),
        ]
    )
    assert infer_(p).gaps.height == 0


def test_naive_times_are_refused(there_and_back, infer_):
    with pytest.raises(TableError):
        infer_(sampled(there_and_back).with_columns(T.dt.replace_time_zone(None)))


def test_merge_takes_the_overlapping_visit(runway, infer_):
    """Short sorties, of which B did not hear the first stay: each visit joins its own counterpart."""
    o = runway("LLOV", "20L")
    away = o.point(-30)
    f = Flight().stand(o, 20)
    for _ in range(3):
        f.take_off(o).to(away, 6000, kt=250).land(o, from_km=12).stand(o, 8)
    p = sampled(f)
    split_a, split_b = f.liftoffs[-1][1] + 200, f.liftoffs[0][1] + 200
    both = pl.concat(
        [
            p.filter(split_a > S).with_columns(source=pl.lit("SIMULATED A")),
            p.filter(split_b < S).with_columns(source=pl.lit("SIMULATED B")),
        ]
    )
    visits = infer_(both).visits.filter(pl.col("grade") != "ruled_out")
    told = visits.select("visit_id", "arrived_utc", "departed_utc", "grade", "source").rows()
    assert not visits.filter(pl.col("arrived_utc") > pl.col("departed_utc")).height, told
    landings = visits.filter(pl.col("arrived_utc").is_not_null() & (pl.col("grade") == "observed"))
    assert sorted(t.strftime("%H:%M") for t in landings["arrived_utc"]) == ["06:35", "07:00", "07:26"], told


def test_hidden_visits_is_a_bound(runway, infer_):
    """18 min of silence on the ground at LLOV: LLER and back with 15 min there takes 17.7 min at 600 kt; we say 0."""
    o = runway("LLOV", "20L")
    f = Flight().land(o).stand(o, 10)
    n = f.now
    f.stand(o, 60)
    v = infer_(sampled(f).filter((n > S) | (n + 29 * 60 < S))).visits.row(0, named=True)
    assert v["hidden_visits_most"] >= 1


def test_halves_of_one_stay_by_two_providers(there_and_back, infer_):
    """A hears the landing and 25 min of it, B the last 25 min and the take-off: two `observed` visits, none whole."""
    lo, hi = there_and_back.touchdowns[0][1], there_and_back.liftoffs[1][1]
    p = sampled(there_and_back)
    both = pl.concat(
        [
            p.filter(lo + 1500 > S).with_columns(source=pl.lit("SIMULATED A")),
            p.filter(hi - 1500 < S).with_columns(source=pl.lit("SIMULATED B")),
        ]
    )
    assert infer_(both).visits.filter(pl.col("airfield") == "LLOV").height == 1


def test_fields_of_unknown_elevation_stay_rivals(airfields, infer_):
    """A field of unknown elevation stays a rival: another one is not named `likely` for a landing there."""
    row = airfields.fields.filter(pl.col("code") == "KR-0285").row(0, named=True)
    strong = []
    for h in range(0, 360, 10):
        lat, lon = row["latitude_deg"], row["longitude_deg"]
        rw = Runway("KR-0285", lat, lon, float(h), 300.0, 1.5)
        v = infer_(sampled(Flight().approach(rw, to_ft=900.0))).visits
        strong += [
            (h, x["airfield"])
            for x in v.iter_rows(named=True)
            if x["grade"] == "likely" and "KR-0285" not in x["rivals"]
        ]
    assert not strong, strong
