"""What a second look found: each test names what went wrong."""

from __future__ import annotations

import inspect
import re

import polars as pl
import pytest

from tests.inference.made import START, Flight, Runway, sampled
from wheelsdown.inference import infer_days
from wheelsdown.inference.explain import explain_visit
from wheelsdown.inference.merge import merge_providers

T = pl.col("time_utc")
S = (T - START).dt.total_seconds()


@pytest.fixture
def explain(airfields):
    return lambda v, p: explain_visit(v, p, airfields=airfields.fields, runways=airfields.runways)


def stay(rw):
    return Flight().land(rw).stand(rw, 40).take_off(rw).to(rw.point(-150, 40), 25_000, kt=330)


def test_explain_of_likely_on_the_ground_with_a_rival(airfields, infer_, explain):
    """_MEANING['likely'] says `every rival on that side is excluded` although rivals stay / it stood on the ground."""
    row = airfields.fields.filter(pl.col("code") == "5A5").row(0, named=True)
    rw = Runway("5A5", row["latitude_deg"], row["longitude_deg"], 200.0, row["elevation_ft"], 1.5)
    p = sampled(Flight().land(rw).stand(rw, 20))
    v = infer_(p).visits.row(0, named=True)
    assert v["grade"] == "likely"
    assert v["rivals"]
    assert "every rival on that side is excluded" not in dict(explain(v, p).facts)["grade"]


def test_leg_reason_says_observed_where_the_grade_is_likely(runway, infer_):
    """MLAT on the ground: destination_grade `likely`, reason `observed on the ground at LLOV`."""
    f = stay(runway("LLOV", "20L"))
    lo, hi = f.touchdowns[0][1], f.liftoffs[0][1]
    p = sampled(f).with_columns(
        pl.when(S.is_between(lo - 1, hi + 1)).then(pl.lit("mlat")).otherwise("position_source").alias("position_source")
    )
    for leg in infer_(p).legs.iter_rows(named=True):
        for side in ("origin", "destination"):
            if leg[f"{side}_grade"] not in (None, "observed"):
                reason = next(x for x in leg["reasons"] if x.startswith(side))
                assert "observed on the ground" not in reason, (leg[f"{side}_grade"], reason)


def test_estimated_and_rejected_positions_between_flight_and_ground_are_counted(runway, infer_):
    """Rows between the last of one segment and the first of the next are in no segment's statistics."""
    f = stay(runway("LLOV", "20L"))
    lo = f.touchdowns[0][1]
    k = S.is_between(lo - 60, lo + 60)
    p = sampled(f)
    est = p.with_columns(pl.when(k).then(pl.lit("estimated")).otherwise("position_source").alias("position_source"))
    spoof = p.with_columns(pl.when(k).then(pl.lit(45.0)).otherwise("latitude_deg").alias("latitude_deg"))
    told = [infer_(x).visits.row(0, named=True)["integrity"] for x in (est, spoof)]
    n = p.filter(k).height
    assert told == [[f"estimated_positions:{n}"], [f"positions_rejected:{n}"]], told


def test_one_misread_category_is_no_vehicle(runway, infer_):
    """One C2 among hundreds of rows without a category: the aircraft vanishes, without a row or a reason."""
    p = sampled(stay(runway("LLOV", "20L"))).with_columns(
        category=pl.when(pl.int_range(pl.len()) == 7).then(pl.lit("C2")).otherwise(None)
    )
    assert infer_(p).visits.height == 1


@pytest.mark.parametrize("function", [infer_days, merge_providers, explain_visit])
def test_says_what_it_cannot_see(function):
    assert re.search(r"cannot\s+see", inspect.getdoc(function).split("Notes\n")[1])


def test_explain_of_a_pass_shows_what_came_after(runway, infer_, explain):
    """`went on` is the evidence of a pass; after is empty as departed_* is null."""
    rw = runway("LLER", "19")
    p = sampled(Flight().approach(rw, to_ft=300).to(rw.point(-60), 9_000, kt=220))
    v = infer_(p, ruled_out=True).visits.row(0, named=True)
    assert explain(v, p).after.height > 0


def test_merged_integrity_does_not_repeat_a_flag(runway, infer_):
    """_join unites the texts: positions_rejected:10 and positions_rejected:12 both stand; 10 and 10 become 10."""
    f = stay(runway("LLOV", "20L"))
    lo = f.touchdowns[0][1]

    def thrown(a, b):
        return sampled(f).with_columns(
            pl.when(S.is_between(lo - a, lo - b)).then(pl.lit(45.0)).otherwise("latitude_deg").alias("latitude_deg")
        )

    p = pl.concat(
        [
            thrown(300, 250).with_columns(source=pl.lit("SIMULATED A")),
            thrown(300, 240).with_columns(source=pl.lit("SIMULATED B")),
        ]
    )
    flags = infer_(p).visits.row(0, named=True)["integrity"]
    assert len(flags) == 1, flags


def test_received_in_the_air_does_not_count_a_silence(runway, infer_):
    """`received in the air for N min before` counts an hour in which nothing was received."""
    rw = runway("LLER", "19")
    f = Flight().knot(0, rw.point(900), 33_000, 9e4, ground=False).to(rw.point(300), 33_000, kt=420)
    n = f.now
    f.approach(rw, to_ft=300).to(rw.point(-60), 9_000, kt=220)
    p = sampled(f).filter(~S.is_between(n - 2_000, n))
    assert infer_(p).legs.height == 1
    v = infer_(p, ruled_out=True).visits.filter(pl.col("airfield") == "LLER").row(0, named=True)
    assert "received in the air for" not in " ".join(v["reasons"])


def test_a_pass_heard_by_two_providers_is_one_row(runway, infer_):
    """merge keeps every `ruled_out` row apart: one pass, two rows, and both bear the same visit_id."""
    rw = runway("LLER", "19")
    p = sampled(Flight().approach(rw, to_ft=300).to(rw.point(-60), 9_000, kt=220))
    both = pl.concat([p.with_columns(source=pl.lit("SIMULATED A")), p.with_columns(source=pl.lit("SIMULATED B"))])
    v = infer_(both, ruled_out=True).visits
    assert v.filter(pl.col("airfield") == "LLER").height == 1, v.select("visit_id", "source", "reasons").rows()
