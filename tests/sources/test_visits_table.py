"""Our own VISITS, written and read back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.analysis.made import frame, visit
from tests.sources.made import read, write
from wheelsdown.errors import SourceError
from wheelsdown.outputs import Extras
from wheelsdown.outputs import write as write_out
from wheelsdown.schema import VISITS
from wheelsdown.sources.reading_visits import holds_visits, read_visits, visit_sources
from wheelsdown.sources.visits_table import VisitsTable

AT = datetime(2023, 9, 1, 12, 0, 7, tzinfo=UTC)
FULL: dict[str, Any] = {
    "registration": "=SIM-A",
    "rivals": ["LLER", "OJAQ"],
    "rivals_probability": [0.25, 0.125],
    "reasons": ["one thing", "another, with a comma"],
    "integrity": ["spoofing_target"],
    "receipts": ["0123456789abcdef"],
    "dwell_least_min": 12.5,
    "hidden_visits_most": 3,
    "probability": 0.75,
    "latitude_deg": 29.94,
    "longitude_deg": -34.94,
    "quarantined": "spoofed",
    "verdict": "confirm",
    "checked_utc": AT,
}
ROWS = frame(
    [visit(AT, 0, **FULL), visit(AT, 1, arrived_utc=None, arrived_earliest_utc=None, source="SIMULATED log: x")]
)


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_what_was_written_is_read_back_as_it_was(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"visits.{suffix}"
    write_out(ROWS, path, VISITS, extras=Extras(simulated=True))
    got, report = read(VisitsTable(), path)
    assert report.problems == []
    assert report.notes == []
    assert_frame_equal(got.drop("row"), ROWS)
    assert [s.name for s in visit_sources() if holds_visits(path, [s])] == ["visits"]


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_no_rows_are_no_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"visits.{suffix}"
    write_out(ROWS.clear(), path, VISITS)
    if suffix == "json":  # an empty array names no column: it cannot be told what it is a table of
        assert not holds_visits(path, visit_sources())
        return
    reading = read_visits([path], visit_sources())
    assert reading.visits.is_empty()
    assert reading.visits.schema == VISITS.schema


def test_a_table_of_an_older_version_lacks_columns_and_one_of_somebody_has_more(tmp_path: Path) -> None:
    path = tmp_path / "visits.parquet"
    ROWS.drop("basis", "verdict", "quarantined").with_columns(mine=pl.lit(1)).write_parquet(path)
    got, report = read(VisitsTable(), path)
    assert got["quarantined"].null_count() == 2
    assert report.notes == ["columns that are not of VISITS, left out: mine"]


def test_what_a_spreadsheet_did_to_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    write_out(ROWS, path, VISITS)
    text = path.read_text(encoding="utf-8")
    naive = write(tmp_path / "naive.csv", text.replace("T12:00:07Z", " 12:00:07"))
    with pytest.raises(SourceError, match=r"without a zone.*spreadsheet"):
        list(read(VisitsTable(), naive))
    spoilt = write(tmp_path / "spoilt.csv", text.replace(",12.5,", ",twelve,").replace(",observed,", ",sure,", 1))
    got, report = read(VisitsTable(), spoilt)
    assert got.height == 1
    assert [(p.field, p.row, p.rows_lost) for p in report.problems] == [("dwell_least_min", 2, 0), ("grade", 2, 1)]
    short = write(tmp_path / "short.csv", "visit_id,grade\nx,observed\n")
    assert not holds_visits(short, visit_sources())


def test_without_a_bound_on_the_touchdown_the_take_off_is_one(tmp_path: Path) -> None:
    none = dict.fromkeys(["arrived_earliest_utc", "arrived_utc", "arrived_latest_utc"])
    gone = dict.fromkeys(["departed_earliest_utc", "departed_utc", "departed_latest_utc"])
    path = tmp_path / "visits.csv"
    write_out(frame([visit(AT, 0, **none), visit(AT, 1, **none, **gone)]), path, VISITS)
    got, report = read(VisitsTable(), path)
    assert got["visit_id"].to_list() == ["d00000-0000"]
    assert got["arrived_latest_utc"][0] == got["departed_earliest_utc"][0]
    assert got["arrived_utc"][0] is None
    assert [(p.row, p.field, p.rows_lost) for p in report.problems] == [(3, "arrived_latest_utc", 1)]


def test_the_same_visits_in_two_files_are_taken_once(tmp_path: Path) -> None:
    for name in ("a.csv", "b.parquet"):
        write_out(ROWS, tmp_path / name, VISITS)
    copy = write(tmp_path / "c.csv", (tmp_path / "a.csv").read_bytes())
    reading = read_visits([tmp_path / "a.csv", tmp_path / "b.parquet", copy], visit_sources())
    assert reading.visits.height == 2
    assert any("taken once" in n for n in reading.notes)
    assert any("is a copy of another file" in n for n in reading.notes)
    assert reading.receipts.height == 2


def test_strict_raises_at_the_first_problem(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "a,b\n1,2\n")
    reading = read_visits([path], visit_sources())
    assert "--log-map" in reading.problems["remedy"][0]
    with pytest.raises(SourceError, match="no table of visits"):
        read_visits([path], visit_sources(), strict=True)
