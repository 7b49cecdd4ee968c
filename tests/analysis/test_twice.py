"""One stay is counted once, whoever told it how often."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import polars as pl
import pytest

from tests.analysis.made import START, frame, visit
from wheelsdown.analysis.agree import agree
from wheelsdown.analysis.cadence import cadence
from wheelsdown.analysis.counting import count
from wheelsdown.analysis.twice import TWICE, told_twice
from wheelsdown.schema import AIRFIELDS, RUNWAYS

BARE: dict[str, Any] = {"icao24": None, "registration": None}
LATER = timedelta(minutes=3)


def at_least(visits: pl.DataFrame, **more: Any) -> pl.DataFrame:
    return count(
        visits,
        **{
            "airfield": "LLOV", "since": START, "until": START + timedelta(days=10), "airfields": AIRFIELDS.empty(),
            "runways": RUNWAYS.empty(), "selection": "hand_picked", **more,
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("other", "once"),
    [
        ({}, True),
        ({"icao24": None}, True),  # by its tail
        ({"icao24": None, "registration": "sim a"}, True),
        ({"icao24": "d00009"}, True),  # two addresses of one tail
        (BARE, True),  # nothing tells it from the other
        ({**BARE, "callsign_in": "SIM 1"}, True),
        ({**BARE, "callsign_in": "SIM2"}, False),
        ({"icao24": None, "registration": "SIM-B"}, False),
        ({"icao24": "d00009", "registration": None}, False),
        ({"icao24": "~00009", "registration": None}, True),  # no airframe's address
        ({"airfield": "LLER"}, False),
        ({"grade": "ruled_out"}, False),
    ],
)
def test_two_rows_of_one_stay(other: dict[str, Any], once: bool) -> None:
    at = START + timedelta(days=2)
    rows = [visit(at, 0, callsign_in="SIM1"), visit(at + LATER, 1, **{"callsign_in": "SIM1", **other})]
    for order in permutations(rows):
        told = told_twice(frame(order))
        marked = told.filter(pl.col(TWICE).is_not_null())
        assert marked["visit_id"].to_list() == (["d00000-0001"] if once else [])
        assert marked[TWICE].to_list() == (["d00000-0000"] if once else [])


def test_the_next_visit_is_one_of_its_own() -> None:
    at = START + timedelta(days=2)
    rows = [
        visit(at, 0), visit(at + timedelta(hours=1), 1), visit(at + timedelta(days=1), 2, departed_utc=None),
        visit(at + timedelta(days=1, minutes=21), 3), visit(None, 4, arrived_latest_utc=at),
    ]  # fmt: skip
    assert told_twice(frame(rows))[TWICE].null_count() == 5
    assert told_twice(frame([]))[TWICE].len() == 0


def test_a_stay_heard_in_pieces_is_one() -> None:
    # longer silences than 48 hours are not bridged: its coming, its standing there, its leaving are three rows
    open_ = {"departed_earliest_utc": None, "departed_utc": None, "departed_latest_utc": None}
    leaving = START + timedelta(days=8)
    came = visit(START + timedelta(days=1), 0, **open_)
    stood = visit(None, 1, arrived_latest_utc=START + timedelta(days=4))
    left = visit(None, 2, arrived_latest_utc=leaving, departed_utc=leaving)
    for order in permutations([came, stood, left]):
        told = told_twice(frame(order)).sort("visit_id")
        assert told[TWICE].to_list() == [None, "d00000-0000", "d00000-0000"]
    row = at_least(frame([came, stood, left])).row(0, named=True)
    assert (row["at_least"], row["at_edge"], len(row["other_ids"])) == (1, 0, 2)
    # it was elsewhere in between, or had left before, or another aircraft leaves
    for between in (
        visit(START + timedelta(days=5), 3, airfield="LLER"),
        {**stood, "departed_utc": START + timedelta(days=4), "visit_id": "d00000-0001"},
    ):
        told = told_twice(frame([came, between, left])).filter(pl.col("visit_id") == "d00000-0002")
        assert told[TWICE][0] is None
    other = told_twice(frame([came, {**left, "icao24": "d00007", "registration": "SIM-B"}]))
    assert other[TWICE].null_count() == 2


def test_an_arrival_within_a_long_stay_is_no_second_one() -> None:
    stay = visit(START + timedelta(days=1), 0, departed_utc=START + timedelta(days=6))
    told = told_twice(frame([stay, visit(START + timedelta(days=3), 1), visit(START + timedelta(days=7), 2)]))
    assert told[TWICE].to_list() == [None, "d00000-0000", None]
    # of another aircraft, unnamed, it may be one
    assert told_twice(frame([stay, visit(START + timedelta(days=3), 1, **BARE)]))[TWICE].null_count() == 2


def test_the_row_that_stands_is_the_one_a_person_judged_else_the_better_one() -> None:
    at = START + timedelta(days=2)
    weak = visit(at, 0, grade="possible")
    assert told_twice(frame([weak, visit(at, 1, **BARE)]))[TWICE].to_list() == ["d00000-0001", None]
    judged = {**weak, "verdict": "confirm", "check_state": "current"}
    assert told_twice(frame([judged, visit(at, 1, **BARE)]))[TWICE].to_list() == [None, "d00000-0000"]
    # what is set aside takes no good row with it
    aside = visit(at, 0, quarantined="spoofed")
    assert told_twice(frame([aside, visit(at, 1, **BARE)]))[TWICE].to_list() == ["d00000-0001", None]


def test_two_tellings_make_one_in_every_count_and_period() -> None:
    late = START + timedelta(days=2, hours=23, minutes=59)
    rows = frame([visit(late, 0, operator="Simair"), visit(late + LATER, 1, operator="Simair Ltd")])
    row = at_least(rows).row(0, named=True)
    assert (row["at_least"], row["observed"], row["at_least_with_quarantined"]) == (1, 1, 1)
    assert row["other_ids"] == ["d00000-0001"]
    assert at_least(rows, by=("day",))["at_least"].sum() <= 1
    assert at_least(rows, by=("operator",))["at_least"].sum() == 1
    fleet = at_least(rows, selection="fleet").row(0, named=True)
    assert "1 that may be the same stay as another row" in fleet["ruled_out_why"]


def test_what_is_set_aside_for_being_told_twice_makes_no_larger_count() -> None:
    at = START + timedelta(days=2)
    row = at_least(frame([visit(at), visit(at, 1, quarantined="the log has it twice")])).row(0, named=True)
    assert (row["at_least"], row["quarantined"], row["at_least_with_quarantined"]) == (1, 1, 1)
    assert "believed all the same" not in row["sentence"]


def test_a_rhythm_counts_it_once() -> None:
    at = START + timedelta(days=2)
    found = cadence(frame([visit(at), visit(at + LATER, 1)]), since=START, until=START + timedelta(days=10))
    assert found["visits"][0] == 1
    assert "may be the same stay as another: 1 (d00000-0001)" in found["reason"][0]


def test_no_total_is_made_of_a_list_that_repeats_itself() -> None:
    names = {"first_name": "ridge", "second_name": "valley"}
    one = [visit(START + timedelta(days=d), d, source="log: ridge") for d in range(10)]
    other = [visit(START + timedelta(days=d, minutes=4), d, source="log: valley") for d in range(1, 10) if d != 5]
    other.append(visit(START + timedelta(days=5, hours=12), 5, source="log: valley"))
    options: dict[str, Any] = {"first_selection": "all", "second_selection": "all", **names}
    told = agree(frame(one), frame(other), **options)[0].row(0, named=True)
    assert 10 < told["chapman"] < 12
    again = [{**r, "visit_id": f"{r['visit_id']}-2", "arrived_utc": r["arrived_utc"] + LATER} for r in one]
    twice = agree(frame([*one, *again]), frame(other), **options)[0].row(0, named=True)
    assert twice["chapman"] is None
    assert "ridge may tell a stay twice (9 rows of it may repeat others)" in twice["sentence"]


def test_a_table_with_nothing_but_a_best_time_is_not_lost() -> None:
    bare = {"arrived_earliest_utc": None, "arrived_latest_utc": None}
    row = at_least(frame([visit(START + timedelta(days=2), **bare)])).row(0, named=True)
    assert (row["at_least"], row["at_edge"]) == (0, 1)


def test_places_on_no_list_are_part_of_the_sum() -> None:
    rows = frame([visit(START + timedelta(days=2)), visit(START + timedelta(days=4), 1, airfield=None, place_id="p")])
    found = at_least(rows, airfield=None, by=("airfield",))
    assert found.select("airfield", "at_least").rows() == [("LLOV", 1), (None, 1)]
    assert at_least(rows, airfield=None)["at_least"][0] == 2
