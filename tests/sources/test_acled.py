"""ACLED's export, made here in its true shape: no row of ACLED's is in the project."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from tests.sources.made import read, reasons, write
from wheelsdown.errors import SourceError
from wheelsdown.sources.acled import Acled
from wheelsdown.sources.reading_context import read_context
from wheelsdown.sources.sharing import may_ship

COLUMNS = (
    "event_id_cnty",
    "event_date",
    "year",
    "time_precision",
    "disorder_type",
    "event_type",
    "sub_event_type",
    "actor1",
    "assoc_actor_1",
    "inter1",
    "actor2",
    "assoc_actor_2",
    "inter2",
    "interaction",
    "civilian_targeting",
    "iso",
    "region",
    "country",
    "admin1",
    "admin2",
    "admin3",
    "location",
    "latitude",
    "longitude",
    "geo_precision",
    "source",
    "source_scale",
    "notes",
    "fatalities",
    "tags",
    "timestamp",
)
EVENT = {
    "event_id_cnty": "NOR123",
    "event_date": "01 March 2024",
    "year": "2024",
    "time_precision": "2",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "Forces of Norland",
    "inter1": "State forces",
    "actor2": "Forces of Sudland",
    "inter2": "8",
    "country": "Norland",
    "location": "Somewhere, East",
    "latitude": "40.5",
    "longitude": "46.5",
    "geo_precision": "1",
    "notes": 'a "quoted" text; of\ntwo lines',
    "fatalities": "3",
    "timestamp": "1709600000",
}


def made(*events: dict[str, str], delimiter: str = ",") -> str:
    """Write events in the 31 columns."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n", delimiter=delimiter)
    writer.writeheader()
    writer.writerows([EVENT | e for e in events])
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("day", ["01 March 2024", "2024-03-01", "1 March 2024", "01-March-2024"])
def test_each_shape_of_the_export(tmp_path: Path, delimiter: str, day: str) -> None:
    assert len(COLUMNS) == 31
    path = write(tmp_path / "a.csv", b"\xef\xbb\xbf" + made({"event_date": day}, delimiter=delimiter).encode())
    events, report = read(Acled(), path)
    assert report.problems == []
    row = events.row(0, named=True)
    assert (row["event_id"], row["began"], row["ended"], row["kind"]) == (
        "NOR123",
        date(2024, 3, 1),
        date(2024, 3, 1),
        "event",
    )
    assert (row["name"], row["violence"], row["side_b"]) == ("Armed clash", "Battles", "Forces of Sudland")
    assert (row["precision_days"], row["place_precision"], row["deaths_best"]) == (7.0, "exact town", 3.0)
    assert (row["source"], row["as_of"]) == ("ACLED", "2024-03-05")
    assert "notes" in report.notes[0]
    assert not any("quoted" in str(cell) for cell in row.values())


def test_the_answer_of_its_interface(tmp_path: Path) -> None:
    body = json.dumps(
        {"status": 200, "count": 2, "data": [EVENT, EVENT | {"event_id_cnty": "NOR124", "fatalities": ""}]}
    )
    reading = read_context(write(tmp_path / "a.json", body), strict=True)
    assert reading.kinds == ("acled",)
    assert reading.events.select("event_id", "deaths_best", "row").rows() == [("NOR123", 3.0, 1), ("NOR124", None, 2)]
    bare = read_context(write(tmp_path / "b.json", json.dumps([EVENT])), strict=True)
    assert bare.events.height == 1
    with pytest.raises(SourceError, match="broken JSON"):
        read(Acled(), write(tmp_path / "c.json", body[:-30]))


def test_bad_rows_and_hostile_cells(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>\u202e=cmd|' /C calc'!A0\x08"
    text = made(
        {"event_id_cnty": "A1", "actor1": evil, "location": "x" * 10_000},
        {"event_id_cnty": "A2", "event_date": "13/12/2024"},
        {"event_id_cnty": "", "event_date": "2024-01-01"},
        {"event_id_cnty": "A4", "fatalities": "unknown", "longitude": "460"},
    )
    events, report = read(Acled(), write(tmp_path / "a.csv", text))
    assert events["event_id"].to_list() == ["A1", "A4"]
    assert events["side_a"][0] == evil.replace("\x08", "").strip()
    assert events["note"][0] == "place as ACLED names it: " + "x" * 10_000
    assert sorted(reasons(report)) == sorted(
        [
            (4, "event_date", "not a day"),
            (6, "event_id_cnty", "empty"),
            (8, "longitude", "outside -180 to 180; left empty"),
            (8, "fatalities", "not a number; left empty"),
        ]
    )


def test_its_rows_are_not_shipped(tmp_path: Path) -> None:
    events, _ = read(Acled(), write(tmp_path / "a.csv", made({})))
    allowed, why = may_ship(events["source"][0])
    assert not allowed
    assert "ACLED" in why
    assert "not to be handed on" in Acled.card.licence
