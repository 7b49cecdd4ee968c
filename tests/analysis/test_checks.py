"""A person's check goes with the visit it was made of, and says so when the evidence has changed."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.analysis.signing import T0, moved, sign, table, visit
from wheelsdown.analysis.checks import EVIDENCE, apply_checks, changes, compared, evidence_of, evidence_text, sha256_of
from wheelsdown.lake.checks import read_checks
from wheelsdown.schema import CHECKS, VISITS

OTHER_ID = "d00001-20300905T1201Z-bbbb"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checks.jsonl"


def told(visits: pl.DataFrame, path: Path) -> list[tuple[Any, ...]]:
    frame = apply_checks(visits, read_checks(path))
    assert frame.columns == visits.columns
    assert frame.schema == VISITS.schema
    assert frame.height == visits.height
    assert frame["visit_id"].to_list() == visits["visit_id"].to_list()
    return frame.select("checked_by", "verdict", "check_state").rows()


def test_a_check_is_told_with_its_visit_and_with_no_other(path: Path) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    sign(path, visit(), note="tail seen in a photograph")
    other = moved(visit(), 2000, visit_id="d00001-20300906T2120Z-cccc")
    frame = apply_checks(table(visit(), other), read_checks(path))
    assert frame.select("checked_by", "verdict", "check_note", "check_state").rows() == [
        ("A. Reporter", "confirm", "tail seen in a photograph", "current"),
        (None, None, None, None),
    ]
    assert before <= frame["checked_utc"][0] <= datetime.now(UTC)


def test_the_newest_counts_and_all_are_kept(path: Path) -> None:
    sign(path, visit())
    sign(path, visit(), "reject", by="B. Editor")
    sign(path, visit(), "unsure", by="C. Desk")
    assert told(table(visit()), path) == [("C. Desk", "unsure", "current")]
    assert read_checks(path)["by"].to_list() == ["A. Reporter", "B. Editor", "C. Desk"]
    # in whatever order the rows come
    shuffled = read_checks(path)[[2, 0, 1]]
    assert apply_checks(table(visit()), shuffled)["verdict"][0] == "unsure"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("reasons", ["said in other words"]),
        ("probability", 0.5),
        ("excluded", ["LLER: said in other words"]),
        ("integrity", ["mlat_or_tisb:4"]),
        ("registration", "SIM-1"),
        ("operator", "Invented Air Freight"),
        ("dwell_least_min", 1.0),
        ("hidden_visits_most", 3),
        ("asked_as", "rival"),
        ("arrived_utc", T0 + timedelta(milliseconds=300)),
        ("rivals_probability", [0.1]),
        ("basis", "another class"),
        ("checked_by", "an earlier person"),
    ],
)
def test_words_and_numbers_made_from_the_evidence_are_no_evidence(path: Path, column: str, value: Any) -> None:
    sign(path, visit())
    assert told(table(visit(**{column: value})), path) == [("A. Reporter", "confirm", "current")]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("grade", "likely", "grade: inferred when it was checked, likely now"),
        ("airfield", "LLER", "airfield: LLOV when it was checked, LLER now"),
        ("rivals", ["LLER"], "airfields not excluded: now also LLER"),
        ("excluded", [], "airfields excluded: no longer LLER"),
        ("integrity", [], "flags on the positions: no longer mlat_or_tisb"),
        ("receipts", ["f" * 16], f"files it rests on: no longer 0123456789abcdef, now also {'f' * 16}"),
        ("source", "SIMULATED+SIMULATED two", "providers: now also SIMULATED two"),
        ("quarantined", "teleport", "set aside from counts: now, and not when it was checked"),
        ("origin", "UBBB", "origin: none when it was checked, UBBB now"),
        (
            "arrived_utc",
            T0 + timedelta(seconds=40),
            "touchdown: 2030-09-05 12:00:00 UTC when it was checked, 2030-09-05 12:00:40 UTC now",
        ),
        ("departed_latest_utc", None, "take-off not after: 2030-09-05 14:04:00 UTC when it was checked, none now"),
    ],
)
def test_changed_evidence_is_said_in_words(path: Path, column: str, value: Any, words: str) -> None:
    sign(path, visit())
    now = table(visit(**{column: value}))
    assert told(now, path) == [("A. Reporter", "confirm", "earlier evidence")]
    row = compared(now, read_checks(path)).row(0, named=True)
    assert (row["state"], row["changed"], row["visit_now"]) == ("earlier evidence", [words], None)


def test_a_visit_whose_id_has_changed_is_found_by_aircraft_place_and_touchdown(path: Path) -> None:
    sign(path, visit())
    shifted = moved(visit(), 1, visit_id=OTHER_ID)
    decoys = [
        moved(visit(), 500, visit_id="d00001-20300905T2020Z-0001"),
        moved(visit(), 1, visit_id="d00002-20300905T1201Z-0002", icao24="d00002"),
        moved(visit(), 1, visit_id="d00001-20300905T1201Z-0003", place_id="LLER", airfield="LLER"),
    ]
    assert told(table(*decoys, shifted), path) == [(None, None, None)] * 3 + [
        ("A. Reporter", "confirm", "earlier evidence")
    ]
    row = compared(table(*decoys, shifted), read_checks(path)).row(0, named=True)
    assert row["visit_now"] == OTHER_ID
    assert row["visit_id"] == visit()["visit_id"]
    assert len(row["changed"]) == 8  # every time


def test_of_two_stops_that_overlap_the_nearer_is_taken(path: Path) -> None:
    sign(path, visit())
    near, far = moved(visit(), 2, visit_id=OTHER_ID), moved(visit(), 6, visit_id="d00001-20300905T1206Z-0004")
    assert [t[2] for t in told(table(far, near), path)] == [None, "earlier evidence"]


def test_without_an_arrival_the_stay_tells(path: Path) -> None:
    unseen = {"arrived_earliest_utc": None, "arrived_utc": None, "last_before_utc": None}
    sign(path, visit(**unseen))
    # later data show when it came: another id, the same stay
    came = T0 - timedelta(hours=3)
    earlier = visit(visit_id=OTHER_ID, arrived_earliest_utc=came, arrived_utc=came, arrived_latest_utc=came)
    assert [t[2] for t in told(table(earlier), path)] == ["earlier evidence"]
    before = moved(visit(), -500, visit_id=OTHER_ID)
    assert [t[2] for t in told(table(before), path)] == [None]


def test_a_visit_that_is_no_more_is_gone(path: Path) -> None:
    sign(path, visit())
    for visits in (VISITS.empty(), table(moved(visit(), 5000, visit_id=OTHER_ID))):
        row = compared(visits, read_checks(path)).row(0, named=True)
        assert (row["state"], row["visit_now"], row["changed"]) == ("gone", None, [])
        assert apply_checks(visits, read_checks(path)).equals(visits)


def test_a_recording_without_an_address_is_the_recording_it_was_tied_to(path: Path) -> None:
    bare = visit(icao24=None, track_id="reg:SIM1", registration="SIM-1")
    sign(path, bare)
    assert told(table(bare), path)[0][2] == "current"
    # without an address the name is what ties it to an aircraft
    assert told(table({**bare, "registration": "SIM-2"}), path)[0][2] == "earlier evidence"
    other = moved({**bare, "track_id": "reg:SIM2"}, 1, visit_id=OTHER_ID)
    assert told(table(other), path)[0][2] is None


def test_evidence_has_one_canonical_form() -> None:
    row = table(visit()).row(0, named=True)
    fields = evidence_of(row)
    assert set(fields) == set(EVIDENCE)
    assert sha256_of(fields) == hashlib.sha256(evidence_text(fields).encode()).hexdigest()
    # the form is kept in files of others: it may only be extended
    assert evidence_text(fields) == (
        '{"airfield":"LLOV","arrived_earliest_utc":"2030-09-05T11:56:00+00:00",'
        '"arrived_latest_utc":"2030-09-05T12:04:00+00:00","arrived_utc":"2030-09-05T12:00:00+00:00",'
        '"callsign_in":null,"callsign_out":null,"departed_earliest_utc":"2030-09-05T13:56:00+00:00",'
        '"departed_latest_utc":"2030-09-05T14:04:00+00:00","departed_utc":"2030-09-05T14:00:00+00:00",'
        '"excluded":["LLER"],"first_after_utc":"2030-09-05T14:04:00+00:00","grade":"inferred","icao24":"d00001",'
        '"integrity":["mlat_or_tisb"],"last_before_utc":"2030-09-05T11:56:00+00:00","next_stop":null,'
        '"next_stop_grade":null,"origin":null,"origin_grade":null,"place_id":"LLOV","quarantined":false,'
        '"receipts":["0123456789abcdef"],"registration":null,"rivals":[],"source":["SIMULATED"],"track_id":null}'
    )
    shuffled = evidence_of({**row, "receipts": ["b", "a", "b"], "rivals": ["Y", "X"], "source": "z+a"})
    assert (shuffled["receipts"], shuffled["rivals"], shuffled["source"]) == (["a", "b"], ["X", "Y"], ["a", "z"])


def test_a_column_that_another_version_did_not_know_is_not_compared() -> None:
    now = evidence_of(table(visit()).row(0, named=True))
    assert changes({k: v for k, v in now.items() if k != "quarantined"}, now) == []
    assert changes({**now, "of_a_later_version": 1}, now) == []


def test_nothing_to_check_and_nothing_checked(path: Path) -> None:
    assert apply_checks(table(visit()), CHECKS.empty()).equals(table(visit()))
    assert compared(table(visit()), CHECKS.empty()).equals(CHECKS.empty())
    sign(path, visit())
    assert apply_checks(VISITS.empty(), read_checks(path)).equals(VISITS.empty())
