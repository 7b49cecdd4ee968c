"""Exhibits: hashed, tied to a visit, never a reason for its grade."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from tests.analysis.made import frame, visit
from tests.case.made import FULL, PHOTO, case, write
from wheelsdown.case.exhibits import exhibits
from wheelsdown.case.loading import load
from wheelsdown.schema import EXHIBITS

DAY = datetime(2023, 9, 5, 8, tzinfo=UTC)


def row(tmp_path: Path, tie: str, visits: pl.DataFrame | None, more: str = "") -> dict[str, Any]:
    text = f'[[exhibit]]\nid = "x"\nkind = "photo"\nfile = "photo.jpg"\nshows = "An aircraft"\n{tie}\n{more}'
    table = exhibits(case(tmp_path, text), visits)
    assert table.schema == pl.Schema(EXHIBITS.schema)
    return table.row(0, named=True)


def test_an_exhibit_is_hashed_and_tied_and_changes_nothing(tmp_path: Path) -> None:
    visits = frame([visit(DAY, 1, grade="possible"), visit(DAY, 2, airfield="LLER")])
    before = visits.clone()
    got = row(tmp_path, 'visit = "d00000-0001"', visits)
    assert got["sha256"] == hashlib.sha256(PHOTO).hexdigest()
    assert got["bytes"] == len(PHOTO)
    assert got["visit_id"] == "d00000-0001"
    assert "does not change the visit's grade" in got["sentence"]
    assert visits.equals(before)


def test_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    visits = frame([visit(DAY, 1), visit(DAY, 22)])
    assert row(tmp_path, 'visit = "d00000-002"', visits)["visit_id"] == "d00000-0022"
    many = row(tmp_path, 'visit = "d00000"', visits)
    assert many["visit_id"] is None
    assert "2 visits have an id" in many["sentence"]
    none = row(tmp_path, 'visit = "abcdef"', visits)
    assert none["visit_id"] is None
    assert "the data read for this case hold no visit abcdef" in none["sentence"]
    assert row(tmp_path, 'visit = "d"', visits)["visit_id"] is None


def test_by_airfield_and_time(tmp_path: Path) -> None:
    tie = 'airfield = "LLOV"\ntime = 2023-09-05T08:30:00Z'
    one = row(tmp_path, tie, frame([visit(DAY, 1), visit(DAY, 2, airfield="LLER")]))
    assert one["visit_id"] == "d00000-0001"
    assert "the only one that can have been at LLOV at 2023-09-05 08:30 UTC" in one["sentence"]
    two = row(tmp_path, tie, frame([visit(DAY, 1), visit(DAY, 2)]))
    assert two["visit_id"] is None
    assert "2 visits can have been" in two["sentence"]
    late = row(tmp_path, 'airfield = "LLOV"\ntime = 2023-09-05T09:30:00Z', frame([visit(DAY, 1)]))
    assert late["visit_id"] is None
    ruled_out = row(tmp_path, tie, frame([visit(DAY, 1, grade="ruled_out")]))
    assert ruled_out["visit_id"] is None
    local = row(tmp_path, 'airfield = "LLOV"\ntime = 2023-09-05T11:30:00+03:00', frame([visit(DAY, 1)]))
    assert local["visit_id"] == "d00000-0001"


def test_an_open_visit_lasts(tmp_path: Path) -> None:
    gone = dict.fromkeys(("departed_earliest_utc", "departed_utc", "departed_latest_utc"))
    tie = 'airfield = "LLOV"\ntime = 2023-09-08T00:00:00Z'
    assert row(tmp_path, tie, frame([visit(DAY, 1, **gone)]))["visit_id"] == "d00000-0001"


def test_a_photo_taken_when_the_aircraft_cannot_have_been_there_says_so(tmp_path: Path) -> None:
    visits = frame([visit(DAY, 1)])
    got = row(tmp_path, 'visit = "d00000-0001"', visits, "taken = 2023-09-07T10:00:00Z")
    assert "outside the stay" in got["sentence"]
    fits = row(tmp_path, 'visit = "d00000-0001"', visits, "taken = 2023-09-05T08:30:00Z")
    assert "outside the stay" not in fits["sentence"]
    day = row(tmp_path, 'visit = "d00000-0001"', visits, "taken = 2023-09-05")
    assert day["taken_utc"] is None
    assert "Taken on 2023-09-05, at a time that is not known." in day["sentence"]


def test_a_file_that_is_gone_or_another_is_a_row_that_says_so(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, FULL))
    visits = frame([visit(DAY, 1)])
    good = exhibits(loaded, visits)
    assert good["sha256"][0] is not None
    assert good["visit_id"].to_list() == ["d00000-0001", "d00000-0001"]
    assert "image.tif is not there" in good["sentence"][1]
    assert good["sha256"][1] is None
    (tmp_path / "photo.jpg").write_bytes(b"another")
    bad = exhibits(loaded, visits)
    assert bad["sha256"][0] == hashlib.sha256(b"another").hexdigest()
    assert "its sha256 is another" in bad["sentence"][0]


def test_a_folder_or_a_strange_name_is_no_file(tmp_path: Path) -> None:
    for name in ("lake", "a\\u0000b", "../" * 40 + "nowhere", "x" * 5000):
        more = f'[[exhibit]]\nid = "x"\nkind = "note"\nfile = "{name}"\nshows = "s"\nvisit = "abcd"\n'
        got = exhibits(case(tmp_path, more), None).row(0, named=True)
        assert got["sha256"] is None
        assert "is not there" in got["sentence"] or "cannot be read" in got["sentence"]
