"""Whose visits a sentence is about: read from the cell that says it, and said by every sentence that counts them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.analysis.made import START, spread
from tests.analysis.timing_made import events_on, series_of, span
from wheelsdown.analysis.cadence import cadence
from wheelsdown.analysis.surges import surges
from wheelsdown.analysis.timing import timing
from wheelsdown.analysis.whose import among, made_by, whose

FIRST = date(2020, 1, 1)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (None, ""),
        ("", ""),
        ("operator SIMULATED Air Bridge", "flights of SIMULATED Air Bridge"),
        ("SIMULATED Air Bridge", "flights of SIMULATED Air Bridge"),
        ("tail SIM-1, SIM-2; type B763", "B763 flights with the tail SIM-1 or SIM-2"),
        ("operator A; tail SIM-1; address d00000", "flights of A with the tail SIM-1 and the address d00000"),
        ("address a, b, c, d, e, f, g", "flights with the address a, b, c, d, e or two more"),
        ("operator A; B and sons", "flights of A; B and sons"),
        ("at 29.9,34.9,5", ""),
    ],
)
def test_whose_flights_they_are(what: str | None, said: str) -> None:
    assert whose(what) == said
    assert among({"airfield": "LLOV", "what": what}) == (f"at LLOV, among {said}, " if said else "at LLOV ")
    assert made_by({"airfield": None, "what": None if not said else what}) == (f" by {said}" if said else "")


def test_a_circle_is_a_place_and_nobodys_flights() -> None:
    row = {"airfield": None, "what": "operator A; at ['44.88,-93.22,10']"}
    assert among(row) == "within 10 km of 44.88, -93.22, among flights of A, "
    assert among({"airfield": None, "what": "at somewhere"}) == "at the place asked for "


def test_names_that_steer_a_page_are_cleaned_and_cut() -> None:
    assert whose("operator A\u202eB\n" + "x" * 200) == f"flights of {('AB ' + 'x' * 200)[:77]}..."


def test_no_rhythm_without_saying_of_whom() -> None:
    out = cadence(spread(0, 10), since=START, until=START + timedelta(days=10), airfield="LLOV", what="operator nobody")
    start = "At LLOV, among flights of nobody, no landing graded observed or inferred was received between"
    assert out["sentence"][0].startswith(start)
    some = cadence(spread(3, 10), since=START, until=START + timedelta(days=10), airfield="LLOV", what="operator X")
    assert "At LLOV, among flights of X, at least three landed between" in some["sentence"][0]


@pytest.mark.parametrize("visits", [[], [3, 3, 3, 3, 3], list(range(0, 40, 4))])
def test_no_surge_without_saying_of_whom(visits: list[int]) -> None:
    period = span(FIRST, 40)
    declared = [("a window", FIRST, FIRST + timedelta(days=5), date(2019, 1, 1))]
    rows = surges(series_of(FIRST, 40, visits), what="operator X", draws=99, declared=declared, **period)
    assert rows.height
    for said in rows["sentence"]:
        assert said.startswith("At ZZZZ, among flights of X, ")


def test_no_timing_without_saying_of_whom() -> None:
    days = [FIRST + timedelta(days=30 * i + 20) for i in range(6)]
    series = series_of(FIRST, 200, [19, 49, 79, 100, 150])
    rows = timing(series, events_on(days), what="operator X", draws=99, **span(FIRST, 200))
    refused = timing(series, events_on(days[:1]), what="operator X", draws=99, **span(FIRST, 200))
    said = [*rows["sentence"], *refused["sentence"]]
    assert len(said) > 3
    assert all(" at ZZZZ by flights of X" in s for s in said)
