"""What a fact-checker is told of a visit. SIMULATED, but for the links, which need an address alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import Flight, Runway, sampled
from wheelsdown.inference.explain import Explanation, explain_visit
from wheelsdown.reference.airfields import Airfields

RunwayOf = Callable[[str, str], Runway]
Explain = Callable[..., Explanation]


@pytest.fixture
def explain(airfields: Airfields) -> Explain:
    def go(visit: dict[str, Any], positions: pl.DataFrame) -> Explanation:
        return explain_visit(visit, positions, airfields=airfields.fields, runways=airfields.runways)

    return go


def at_ovda(runway: RunwayOf) -> pl.DataFrame:
    o = runway("LLOV", "20L")
    flight = Flight().land(o).stand(o, 90).take_off(o).to(o.point(-150, 30), 25_000, kt=330)
    return sampled(flight, receipt="f00d" * 4)


def test_an_observed_visit(runway: RunwayOf, infer_: Infer, explain: Explain) -> None:
    positions = at_ovda(runway)
    visit = infer_(positions).visits.row(0, named=True)
    told = explain(visit, positions)
    assert told.title == f"{visit['visit_id']}: d00001 landed at LLOV"
    facts = dict(told.facts)
    assert facts["grade"].startswith("observed: ")
    assert facts["address"] == "d00001"
    assert facts["call signs"] == "in SIM001, out SIM001"
    assert "elevation 1,492 ft, 2 runways listed" in facts["airfield"]
    # the interval, in UTC and by the clock at the field (UTC + 3 in September)
    assert f"{visit['arrived_utc']:%Y-%m-%d %H:%M:%S} UTC" in facts["arrived"]
    local = f"{visit['arrived_utc'].hour + 3:02d}:{visit['arrived_utc']:%M:%S} IDT"
    assert local in facts["arrived"]
    assert "between" in facts["departed"]
    assert facts["dwell"].startswith("at least 1 h 3")
    assert [reason for name, reason in told.facts if name == "because"] == visit["reasons"]
    assert told.sources == ["file " + "f00d" * 4]
    assert any("not what it carried" in t for t in told.cannot_see)


def test_positions_before_and_after_carry_heights_and_distances(
    runway: RunwayOf, infer_: Infer, explain: Explain
) -> None:
    positions = at_ovda(runway)
    visit = infer_(positions).visits.row(0, named=True)
    told = explain(visit, positions)
    assert 0 < told.before.height <= 12
    assert 0 < told.after.height <= 12
    assert told.before["time_utc"].is_sorted()
    assert told.before["time_utc"].max() <= visit["arrived_latest_utc"]
    assert told.after["time_utc"].min() >= visit["departed_earliest_utc"]
    for frame in (told.before, told.after):
        assert (frame["height_ft"] - (frame["altitude_ft"] - 1492.0)).abs().max() < 0.1  # type: ignore[operator]
    # it comes nearer, and down
    assert told.before["distance_km"].is_sorted(descending=True)
    assert told.before["height_ft"][0] > 100 > abs(told.before["height_ft"][-1]) - 30


def test_simulated_flights_have_no_links(runway: RunwayOf, infer_: Infer, explain: Explain) -> None:
    positions = at_ovda(runway)
    visits = infer_(positions).visits
    assert explain(visits.row(0, named=True), positions).links == []
    merged = infer_(pl.concat([positions, positions.with_columns(source=pl.lit("SIMULATED B"))])).visits
    assert explain(merged.row(0, named=True), positions).links == []


def test_links_lead_to_the_day_of_the_address(runway: RunwayOf, infer_: Infer, explain: Explain) -> None:
    """The addresses of the made flights lie in no allocated block, so the page behind the link stays empty."""
    visit = infer_(at_ovda(runway)).visits.row(0, named=True) | {"source": "a provider"}
    links = explain(visit, at_ovda(runway)).links
    assert len(links) == 2
    assert all(link.startswith("https://") and "icao=d00001" in link and "2023-09-04" in link for link in links)
    over_midnight = visit | {"departed_utc": datetime.fromisoformat("2023-09-05T03:00:00+00:00")}
    assert len(explain(over_midnight, at_ovda(runway)).links) == 4
    assert explain(visit | {"icao24": None, "track_id": "recording"}, at_ovda(runway)).links == []


def test_a_possible_visit_names_its_rivals(runway: RunwayOf, infer_: Infer, explain: Explain) -> None:
    positions = sampled(Flight().approach(runway("LLER", "19"), from_km=30.0, to_ft=4_200))
    visit = infer_(positions).visits.row(0, named=True)
    assert visit["grade"] == "possible"
    assert visit["rivals"]
    told = explain(visit, positions)
    assert f"may have landed at {visit['airfield']}" in told.title
    stays = [code for code, verdict, _ in told.rivals if verdict == "stays"]
    assert stays == visit["rivals"]
    falls = [(code, why) for code, verdict, why in told.rivals if verdict == "falls"]
    assert [f"{code}: {why}" for code, why in falls] == visit["excluded"]
    facts = dict(told.facts)
    assert facts["departed"] == "not seen in these data"
    assert facts["went to"] == "not seen and not to be inferred"
    assert facts["dwell"] == "unknown"
    assert told.after.is_empty()
    assert told.sources == ["positions made in memory: no file"]


def test_a_pass_is_told_as_no_landing(runway: RunwayOf, infer_: Infer, explain: Explain) -> None:
    rw = runway("LLER", "19")
    positions = sampled(Flight().approach(rw, to_ft=300).to(rw.point(-60), 9_000, kt=220))
    visit = infer_(positions, ruled_out=True).visits.row(0, named=True)
    told = explain(visit, positions)
    assert "did not stop at LLER" in told.title
    assert dict(told.facts)["grade"] == "ruled_out: a pass without a stop"
    assert "passed" in dict(told.facts)
    assert "arrived" not in dict(told.facts)
    assert told.before.height > 0
    assert told.after.height > 0


def test_an_unlisted_place(infer_: Infer, explain: Explain) -> None:
    d = Runway("desert", 15.744, 22.096, 90.0, 1500.0, 2.0)
    positions = sampled(Flight().land(d).stand(d, 40).take_off(d).to(d.point(-150, 30), 25_000, kt=330))
    visit = infer_(positions).visits.row(0, named=True)
    assert visit["airfield"] is None
    told = explain(visit, positions)
    assert f"landed at {visit['place_id']}" in told.title
    facts = dict(told.facts)
    assert facts["place"] == f"{visit['place_id']}: on no list"
    assert "airfield" not in facts
    assert "(" not in facts["arrived"]  # no time zone is known
    assert told.before["height_ft"].null_count() == told.before.height
    assert told.before["distance_km"].max() < 20  # type: ignore[operator]
