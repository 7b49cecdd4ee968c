"""Along the line of a runway, down and up: what speaks for a stop although positions near it were false."""

from __future__ import annotations

import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import Flight, Runway, sampled
from tests.inference.spoofed import between, shifted, without
from tests.inference.test_small_jumps import shown, there_and_back
from tests.inference.test_spoofing import strong_at


def end(p: pl.DataFrame, f: Flight, *, before_s: float) -> pl.DataFrame:
    """The descent was not heard but for the last minutes."""
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    return p.filter(between(p, 0, down - 3000) | between(p, down - before_s, up - 60))


def circuit(b: Runway, o: Runway) -> Flight:
    """Over the field, downwind abeam of the runway, and round to a short final."""
    f = Flight().stand(b, 20).take_off(b).cruise(o.point(-4.0, 6.0), 2500.0)
    f.to(o.point(5.0, 6.0), 2000.0, kt=180.0).to(o.point(7.0, 3.0), 1700.0, kt=160.0)
    return f.land(o, from_km=6.5, level=1700.0).stand(o, 90).take_off(o).land(b).stand(b, 20)


def test_a_circuit_passes_abeam_of_the_runway(infer_: Infer, runway) -> None:
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    f = circuit(b, o)
    v = infer_(end(sampled(f), f, before_s=290)).visits.filter(pl.col("airfield") == "LLBG").row(0, named=True)
    assert not v["basis"].endswith("unfollowed"), (v["basis"], v["reasons"])


@pytest.mark.parametrize(("moved", "followed"), [(False, True), (True, False)])
def test_the_landing_roll_without_a_ground_flag(infer_: Infer, runway, moved, followed) -> None:
    """It passes for flight over the middle of the runway; the height tells where it touched down."""
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    f = there_and_back(b, o)
    p = end(sampled(f, flag=None, every_s=15.0), f, before_s=180)
    if moved:
        at, to = o.point(-0.3), o.point(-0.5 * o.length_km)
        p = shifted(p, between(p, f.touchdowns[0][1] - 180, 1e9), to[0] - at[0], to[1] - at[1])
    v = infer_(p).visits.filter(pl.col("airfield") == "LLBG")
    assert v.height
    assert v["basis"].str.ends_with("unfollowed").any() is not followed, (v["basis"], v["reasons"])


@pytest.mark.parametrize("heard_s", [0, 240])
def test_false_positions_far_along_both_flights(infer_: Infer, runway, heard_s) -> None:
    """A silence of the flight in may hide a jump, the flight out jumps: no copy leads from one step away to here."""
    b, o = runway("UBBB", "34"), runway("LLBG", "26")
    f = there_and_back(b, o)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = sampled(f)
    p = without(p, down - 5400, down - 4500)
    p = shifted(p, between(p, 0, down - 5400), 0.3, 0.3)
    p = shifted(p, between(p, up + 900, 1e9), -3.0, 0.5)
    p = without(p, up - 60, up + heard_s) if heard_s else p
    found = infer_(p)
    v = found.visits.filter(pl.col("airfield") == "LLBG").row(0, named=True)
    assert v["grade"] == "observed", shown(found)
    assert "teleport" in v["integrity"]
    assert v["quarantined"] is None
    assert v["grade_if_believed"] is None


@pytest.mark.parametrize("moved", [True, False])
def test_a_copy_over_a_whole_stay(infer_: Infer, runway, moved) -> None:
    """Begun unheard, ended by a step in view: one step away lies a field with a runway as good as parallel."""
    b, o, to = runway("FABL", "02"), runway("FAWK", "24"), runway("FAWB", "24")
    f = there_and_back(b, o, 37)
    down, up = f.touchdowns[0][1], f.liftoffs[1][1]
    p = without(sampled(f), down - 2100, down - 1700)
    (lat, lon), there = o.point(-0.5 * o.length_km), to.point(-0.5 * to.length_km)
    if moved:
        p = shifted(p, between(p, down - 1700, up + 360), there[0] - lat, there[1] - lon)
    found = infer_(p)
    assert strong_at(found, "FAWB") == 0, shown(found)
    assert strong_at(found, "FAWK") == (0 if moved else 1), shown(found)
