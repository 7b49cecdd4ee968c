"""One stay heard by two providers is one visit, with the evidence of both. SIMULATED."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import START, Flight, Runway, sampled
from wheelsdown.inference import Inference, infer, infer_days
from wheelsdown.reference.airfields import Airfields

RunwayOf = Callable[[str, str], Runway]
T = pl.col("time_utc")
S = (T - START).dt.total_seconds()
A, B = "SIMULATED A", "SIMULATED B"


def of(positions: pl.DataFrame, source: str, receipt: str, late_s: float = 0.0) -> pl.DataFrame:
    """The positions as one provider keeps them, its clock late."""
    return positions.with_columns(
        T + timedelta(seconds=late_s), source=pl.lit(source), receipt=pl.lit(receipt)
    )  # fmt: skip


@pytest.fixture
def stay(runway: RunwayOf) -> Flight:
    o = runway("LLOV", "20L")
    return Flight().land(o).stand(o, 90).take_off(o).to(o.point(-150, 30), 25_000, kt=330)


def test_clocks_40_seconds_apart(stay: Flight, infer_: Infer) -> None:
    a, b = of(sampled(stay), A, "aaaa"), of(sampled(stay), B, "bbbb", late_s=40)
    found = infer_(pl.concat([a, b]))
    v = found.visits.row(0, named=True)
    assert found.visits.height == 1
    assert (v["airfield"], v["grade"], v["source"]) == ("LLOV", "observed", f"{A}+{B}")
    assert v["receipts"] == ["aaaa", "bbbb"]
    assert any(f"also observed in the positions of {B}" in r for r in v["reasons"])
    alone = [infer_(p).visits.row(0, named=True) for p in (a, b)]
    for side in ("arrived", "departed"):
        for one in alone:
            assert v[f"{side}_earliest_utc"] <= one[f"{side}_utc"] <= v[f"{side}_latest_utc"]
        assert v[f"{side}_earliest_utc"] <= v[f"{side}_utc"] <= v[f"{side}_latest_utc"]
    true_min = (stay.liftoffs[0][1] - stay.touchdowns[0][1]) / 60
    assert v["dwell_least_min"] <= true_min <= v["dwell_most_min"]
    # whoever comes first in the file
    assert infer_(pl.concat([b, a])).visits.equals(found.visits)


def test_the_better_seen_one_stands_and_keeps_its_grade(stay: Flight, infer_: Infer) -> None:
    a, b = of(sampled(stay), A, "aaaa"), of(sampled(stay, above_ft=800.0), B, "bbbb")
    v = infer_(pl.concat([a, b])).visits
    assert v.select("airfield", "grade", "source").rows() == [("LLOV", "observed", f"{A}+{B}")]
    assert v["receipts"].item().to_list() == ["aaaa", "bbbb"]
    assert v["visit_id"].item() == infer_(a).visits["visit_id"].item()


def test_three_providers_are_one_visit(stay: Flight, infer_: Infer) -> None:
    parts = [of(sampled(stay), f"SIMULATED {s}", s * 4, late_s=15.0 * n) for n, s in enumerate("abc")]
    v = infer_(pl.concat(parts)).visits
    assert v.height == 1
    assert v["source"].item() == "SIMULATED a+SIMULATED b+SIMULATED c"
    assert v["receipts"].item().to_list() == ["aaaa", "bbbb", "cccc"]


def test_two_aircraft_are_never_merged(stay: Flight, infer_: Infer) -> None:
    a, b = of(sampled(stay), A, "aaaa"), of(sampled(stay), B, "bbbb").with_columns(icao24=pl.lit("d00002"))
    assert infer_(pl.concat([a, b])).visits["source"].to_list() == [A, B]


def test_two_stays_of_one_provider_are_not_merged_by_another(runway: RunwayOf, infer_: Infer) -> None:
    """A hears both stays, B only the second: two visits."""
    o = runway("LLOV", "20L")
    flight = Flight().land(o).stand(o, 30).take_off(o).to(o.point(60, 20), 9_000, kt=280).land(o).stand(o, 30)
    positions = sampled(flight)
    second = positions.filter(flight.liftoffs[0][1] + 600 < S)
    v = infer_(pl.concat([of(positions, A, "aaaa"), of(second, B, "bbbb")])).visits
    assert v["source"].to_list() == [A, f"{A}+{B}"]


def in_pieces(positions: pl.DataFrame, every: str) -> list[pl.DataFrame]:
    return (
        positions.sort("time_utc")
        .with_columns(T.dt.truncate(every).alias("piece"))
        .partition_by("piece", maintain_order=True, include_key=False)
    )


@pytest.mark.parametrize("every", ["1d", "3h", "20m"])
def test_days_of_two_providers_with_what_is_ruled_out(every: str, airfields: Airfields, runway: RunwayOf) -> None:
    """Day after day, over midnight, is as all at once: also the passes, and the merging of providers."""
    o, r = runway("LLOV", "20L"), runway("LLER", "19")
    flight = Flight().land(o).stand(o, 60)
    for minutes in (300, 40, 700):
        flight.take_off(o).to(o.point(60, 20), 9_000, kt=280).approach(r, to_ft=250)
        flight.to(r.point(-10), 4_000, kt=180).to(r.point(40, 12), 5_000, kt=220).land(r).stand(r, minutes)
        flight.take_off(r).to(r.point(-60, 20), 10_000, kt=280).land(o).stand(o, minutes)
    other = Flight(icao24="d00002").approach(r, to_ft=300).to(r.point(-60), 9_000, kt=220)
    positions = pl.concat(
        [
            of(sampled(flight, every_s=15.0, standing_s=300.0), A, "aaaa"),
            of(sampled(flight, every_s=20.0, standing_s=300.0, above_ft=700.0), B, "bbbb", late_s=40),
            of(sampled(other), A, "cccc"),
        ]
    )
    tables: dict[str, Any] = {"airfields": airfields.fields, "runways": airfields.runways}
    whole = infer(positions, **tables, ruled_out=True)
    assert (whole.visits["grade"] == "ruled_out").sum() >= 4
    assert whole.visits["source"].str.contains("+", literal=True).any()
    equal(whole, infer_days(in_pieces(positions, every), **tables, ruled_out=True))
    equal(infer(positions, **tables), infer_days(in_pieces(positions, every), **tables))


def equal(a: Inference, b: Inference) -> None:
    for name in ("visits", "legs", "gaps"):
        assert getattr(a, name).equals(getattr(b, name)), name
