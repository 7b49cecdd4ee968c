"""Where these very data show false positions, who was not followed there is no longer believed: but who was, is."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.inference.conftest import Infer
from tests.inference.made import Flight, sampled
from tests.inference.spoofed import between, jittered, put, without
from tests.inference.test_spoofing import strong_at
from wheelsdown.inference import Inference, infer_days
from wheelsdown.inference.doubted import BASIS, doubted
from wheelsdown.inference.probability import UNFOLLOWED
from wheelsdown.reference.airfields import Airfields

LLBG = (32.0114, 34.8867)
SORT = ["icao24", "track_id", "arrived_latest_utc", "visit_id"]


@pytest.fixture(scope="module")
def parts(runway) -> dict[str, pl.DataFrame]:
    """An aircraft whose descent was unheard, one that was followed, and two that stand where they never flew."""
    b, o, third = runway("UBBB", "34"), runway("LLBG", "26"), runway("LCLK", "22")

    def flown(icao24: str, at) -> Flight:
        f = Flight(icao24=icao24).stand(b, 20).take_off(b).land(at).stand(at, 90).take_off(at).land(b)
        return f.stand(b, 20)

    out = {}
    honest = flown("d00001", o)
    down, up = honest.touchdowns[0][1], honest.liftoffs[1][1]
    p = without(sampled(honest), down - 1800, down + 30)
    out["unheard"] = without(p, up - 30, up + 240)
    out["followed"] = sampled(flown("d00002", o))
    for n, icao24 in enumerate(("d00003", "d00004")):
        f = flown(icao24, third)
        down = f.touchdowns[0][1]
        p = sampled(f, flag=None, every_s=12.0)
        false = between(p, down - 900, down + 1500)
        p = put(jittered(p, false, LLBG, 0.03), false, altitude_ft=100.0, altitude_geom_ft=150.0)
        p = p.filter(between(p, 0, down - 1500) | between(p, down - 900, down + 1500))
        out[f"copy{n}"] = p.with_columns(pl.col("time_utc") + timedelta(hours=7 * n))
    return out


def at_lod(found: Inference, icao24: str) -> dict[str, object]:
    return found.visits.filter(pl.col("airfield") == "LLBG", pl.col("icao24") == icao24).row(0, named=True)


def everything(parts: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts.values(), how="diagonal_relaxed")


def test_unheard_among_false_positions(infer_: Infer, parts) -> None:
    alone = at_lod(infer_(parts["unheard"]), "d00001")
    assert (alone["grade"], alone["basis"]) == ("observed", "observed" + UNFOLLOWED)
    found = infer_(everything(parts))
    v = at_lod(found, "d00001")
    assert (v["grade"], v["basis"], v["quarantined"]) == ("possible", BASIS, None)
    assert v["reasons"][0].startswith("2 visits within 15 km and three days of it were set aside")
    assert strong_at(found, "LLBG") == 1
    # what the stops and flights beside it say of it says no more
    home = found.visits.filter(pl.col("icao24") == "d00001", pl.col("airfield") == "UBBB")
    assert home["origin_grade"].drop_nulls().to_list() == ["possible"]
    assert home["next_stop_grade"].drop_nulls().to_list() == ["possible"]
    legs = found.legs.filter(pl.col("icao24") == "d00001")
    assert legs.filter(pl.col("destination") == "LLBG")["destination_grade"].to_list() == ["possible"]
    assert legs.filter(pl.col("origin") == "LLBG")["origin_grade"].to_list() == ["possible"]


def test_who_was_followed_is_believed(infer_: Infer, parts) -> None:
    found = infer_(everything(parts))
    v = at_lod(found, "d00002")
    assert (v["grade"], v["basis"]) == ("observed", "observed")
    legs = found.legs.filter(pl.col("icao24") == "d00002")
    assert legs.filter(pl.col("destination") == "LLBG")["destination_grade"].to_list() == ["observed"]


def test_one_lone_fault_is_no_evidence(infer_: Infer, parts) -> None:
    found = infer_(pl.concat([parts["unheard"], parts["copy0"]], how="diagonal_relaxed"))
    assert at_lod(found, "d00001")["grade"] == "observed"


def test_weeks_later_it_is_no_evidence(infer_: Infer, parts) -> None:
    later = [parts[c].with_columns(pl.col("time_utc") + timedelta(days=4)) for c in ("copy0", "copy1")]
    found = infer_(pl.concat([parts["unheard"], *later], how="diagonal_relaxed"))
    assert at_lod(found, "d00001")["grade"] == "observed"


def test_put_together_from_parts(infer_: Infer, parts) -> None:
    """Parts of whole aircraft, inferred apart, come to the same as all at once; and again, to nothing more."""
    whole = infer_(everything(parts))
    apart = [infer_(p) for p in parts.values()]
    visits, legs = doubted(*(pl.concat([getattr(x, n) for x in apart]) for n in ("visits", "legs")))
    assert_frame_equal(visits.sort(SORT), whole.visits.sort(SORT))
    assert_frame_equal(legs.sort("leg_id"), whole.legs.sort("leg_id"))
    again = doubted(visits, legs)
    assert_frame_equal(again[0], visits)
    assert_frame_equal(again[1], legs)


def test_day_by_day(infer_: Infer, parts, airfields: Airfields) -> None:
    rows = everything(parts)
    days = [d for _, d in sorted(rows.group_by(pl.col("time_utc").dt.date()), key=lambda x: str(x[0]))]
    found = infer_days(days, airfields=airfields.fields, runways=airfields.runways)
    assert_frame_equal(found.visits.sort(SORT), infer_(rows).visits.sort(SORT))


def test_nothing_to_doubt(infer_: Infer, parts) -> None:
    found = infer_(parts["followed"])
    assert_frame_equal(doubted(found.visits.clear(), found.legs.clear())[0], found.visits.clear())
    assert_frame_equal(doubted(found.visits, found.legs)[0], found.visits)
