"""One number in one dossier: the case's own aircraft among the visitors and among their destinations."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from tests.analysis.made import START, frame, visit
from wheelsdown.analysis.counting import count
from wheelsdown.case import visitors as module
from wheelsdown.case.visitors import destinations, own_counts, visitors
from wheelsdown.engines.counting import Beside
from wheelsdown.engines.windowed import Span, Windowed
from wheelsdown.schema import AIRFIELDS, OBSERVABILITY, RUNWAYS

DAYS = 20
END = START + timedelta(days=DAYS)
SPAN = Span("all", START, END)
KNOWN = cast("Any", SimpleNamespace(fields=AIRFIELDS.empty(), runways=RUNWAYS.empty()))
OWN = {"operator": "SIMULATED Bridge", "icao24": "d00000"}
OTHER = {"operator": "SIMULATED Traffic", "icao24": "d00001", "registration": "SIM-B"}


def watched(seen: float) -> pl.DataFrame:
    """OBSERVABILITY of Ovda alone."""
    rows = [
        {"airfield": "LLOV", "day": START.date() + timedelta(days=i), "status": "observed", "seen_probability": seen,
         "seen_least": seen - 0.05, "seen_most": 1.0, "counted_probability": seen}
        for i in range(DAYS)
    ]  # fmt: skip
    return OBSERVABILITY.conform(pl.DataFrame(rows), fill=True)


def landings(n: int, first: int, airfield: str, **more: Any) -> list[dict[str, Any]]:
    return [
        visit(START + timedelta(days=i + 0.5 + first / 1000), first + i, airfield=airfield, **more) for i in range(n)
    ]


FLEET = frame([*landings(6, 0, "LLOV", **OWN), *landings(4, 100, "UBBB", **OWN)])
ALL = frame([*landings(6, 0, "LLOV", **OWN), *landings(9, 200, "LLOV", **OTHER)])


def found(observability: pl.DataFrame | None) -> Windowed:
    made = SimpleNamespace(
        visits=SimpleNamespace(frame=FLEET),
        observability=observability,
        codes=("LLOV",),
        more=Beside(fleet=["d00000"]),
        selection=lambda *_: "fleet",
    )
    return cast("Windowed", made)


def counted(visits: pl.DataFrame, seen: float, **more: Any) -> pl.DataFrame:
    return count(
        visits, airfield="LLOV", since=START, until=END, airfields=KNOWN.fields, runways=KNOWN.runways,
        observability=watched(seen), **more,
    )  # fmt: skip


def test_the_fleet_has_one_number_among_visitors_and_destinations(monkeypatch: pytest.MonkeyPatch) -> None:
    main = counted(FLEET, 0.8, fleet=["d00000"], selection="fleet").row(0, named=True)
    # for the visitors the days are judged with the fleet among the traffic: another chance
    everybody = counted(ALL, 0.9, by=("operator",))
    monkeypatch.setattr(module, "counts", lambda *_, **__: SimpleNamespace(frame=everybody))
    case = SimpleNamespace(
        comparison=SimpleNamespace(visitors_by="operator"), fleet=SimpleNamespace(named=True, selection="fleet")
    )
    gathered = SimpleNamespace(what=(), options=SimpleNamespace(lake=None), logs=(), log_map=None)
    got = visitors(cast("Any", gathered), cast("Any", case), found(watched(0.8)), SPAN, KNOWN)
    own, other = (got.row(by_predicate=pl.col("operator") == x["operator"], named=True) for x in (OWN, OTHER))
    asked_there = everybody.row(by_predicate=pl.col("operator") == OWN["operator"], named=True)
    assert asked_there["best_estimate"] != main["best_estimate"]
    numbers = ("at_least", "best_estimate", "best_least", "best_most", "days_observed", "seen_probability")
    assert [own[n] for n in numbers] == [main[n] for n in numbers]
    assert own["sentence"].startswith("SIMULATED: At least six flights of SIMULATED Bridge landed at LLOV")
    assert other["best_estimate"] == everybody.filter(operator=OTHER["operator"])["best_estimate"][0]
    to = destinations(found(watched(0.8)), SPAN, KNOWN)
    here, there = (to.row(by_predicate=pl.col("airfield") == a, named=True) for a in ("LLOV", "UBBB"))
    assert [here[n] for n in numbers] == [main[n] for n in numbers]
    assert "cannot show how many were missed" not in here["sentence"]
    # elsewhere it was not asked, which is another thing than that these files could not tell
    assert (there["at_least"], there["best_estimate"]) == (4, None)
    assert "cannot show how many were missed" not in there["sentence"]
    assert "judged at the airfields of the case only" in there["sentence"]
    assert "judged at the airfields of the case only" in there["best_why"]


def test_where_no_day_could_be_judged_the_destinations_say_so() -> None:
    to = destinations(found(None), SPAN, KNOWN)
    assert to["airfield"].to_list() == ["LLOV", "UBBB"]
    assert to["best_estimate"].to_list() == [None, None]
    assert to["sentence"].str.contains("These files cannot show how many were missed.", literal=True).all()
    assert own_counts(found(None), SPAN, KNOWN)["at_least"].to_list() == [6]
