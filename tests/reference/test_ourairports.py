from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from tests.reference.made import AIRPORTS, write_lists
from wheelsdown.errors import ReferenceDataError
from wheelsdown.reference.military import derive_military
from wheelsdown.reference.ourairports import read_airports, read_runways
from wheelsdown.reference.runways import complete_runways
from wheelsdown.reference.zones import fill_zones
from wheelsdown.schema import RUNWAYS as RUNWAYS_TABLE


def test_fields_and_codes(tmp_path: Path) -> None:
    fields, problems = read_airports(write_lists(tmp_path) / "airports.csv", as_of="2024-01-01")
    assert problems.is_empty()
    by = {r["ident"]: r for r in fields.iter_rows(named=True)}
    assert by["XXAA"]["country"] == "NA"
    assert by["XXAA"]["elevation_ft"] == -210
    assert by["QQ-0001"]["code"] == "XXBB"
    assert by["XXBB"]["code"] == "XXBB-closed"
    assert by["XXBB"]["icao_code"] is None
    assert by["XXAA"]["military"] is True
    assert by["XXCC"]["military"] is None


def test_runways_are_completed_and_orphans_reported(tmp_path: Path) -> None:
    folder = write_lists(tmp_path)
    fields, _ = read_airports(folder / "airports.csv")
    runways, problems = read_runways(folder / "runways.csv", fields)
    east, south, turf = (runways.filter(code=c, le_ident=i).row(0, named=True) for c, i in
                         (("XXAA", "09"), ("XXBB", "18"), ("XXBB", "05")))  # fmt: skip
    assert east["le_heading_deg"] == pytest.approx(90, abs=0.1)
    assert south["he_latitude_deg"] == pytest.approx(1.0 - 9000 * 0.3048 / 111_195, abs=1e-4)
    assert south["source"] == "OurAirports (far end derived) (heading derived)"
    assert turf["length_ft"] is None
    assert turf["le_latitude_deg"] is None
    assert turf["closed"] is True
    assert problems.select("row", "value", "rows_lost").rows() == [(5, "NOSUCH", 1)]


def test_bad_rows_are_reported_and_the_good_ones_kept(tmp_path: Path) -> None:
    bad = '9,"","small_airport","No ident",1,1,,"AF","GA","GA-1",,"no",,,,,,\n'
    bad += '10,"XXDD","small_airport","High",91,1,,"AF","GA","GA-1",,"no",,,,,,\n'
    bad += '11,"XXEE","small_airport","Odd",1,1,"tall","AF","GA","GA-1",,"no",,,,,,\n'
    fields, problems = read_airports(write_lists(tmp_path, AIRPORTS + bad) / "airports.csv")
    assert fields.height == 5
    said = problems.select("row", "field", "value", "rows_lost").rows()
    assert (7, "latitude_deg", "91", 0) in said
    assert (8, "elevation_ft", "tall", 0) in said
    assert (6, None, None, 1) in said
    assert (7, None, "XXDD", 1) in said


def test_hostile_files(tmp_path: Path) -> None:
    path = tmp_path / "airports.csv.gz"
    path.write_bytes(gzip.compress(AIRPORTS.encode())[:-20])
    with pytest.raises(ReferenceDataError, match="damaged or cut off"):
        read_airports(path)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ReferenceDataError, match="has no column ident"):
        read_airports(path)


def test_ends_that_were_swapped_are_put_right() -> None:
    row = dict.fromkeys(RUNWAYS_TABLE.names) | {
        "code": "XXAA", "le_ident": "09", "he_ident": "27", "le_latitude_deg": 0.0, "le_longitude_deg": 10.02,
        "he_latitude_deg": 0.0, "he_longitude_deg": 10.0, "le_heading_deg": 90.0, "source": "x",
    }  # fmt: skip
    done = complete_runways(pl.DataFrame([row], schema=RUNWAYS_TABLE.schema)).row(0, named=True)
    assert (done["le_longitude_deg"], done["he_longitude_deg"]) == (10.0, 10.02)
    assert done["source"] == "x (ends swapped back) (heading derived)"


@pytest.mark.parametrize(
    ("name", "military"),
    [
        ("Nasosnaya Air Base", True),
        ("Aeródromo Militar Santander", True),
        ("Base aérienne 107", True),
        ("Patuxent River NAS", True),
        ("Nas Airport", None),
        ("בסיס חיל האוויר עובדה", True),
        ("Авиабаза Энгельс", True),
        ("Air Force Museum Heliport", None),
        ("Salvation Army Heliport", None),
        ("Army Corps of Engineers Heliport", None),
        ("Navarro Field", None),
    ],
)
def test_military_words(name: str, military: bool | None) -> None:
    got = derive_military(pl.DataFrame({"name": [name], "keywords": [None]}, schema_overrides={"keywords": pl.String}))
    assert got["military"].to_list() == [military]
    assert (got["military_why"][0] is not None) == bool(military)


def test_zones_come_from_neighbours_that_agree_or_stay_unknown() -> None:
    known = pl.DataFrame(
        {
            "country": ["US"] * 6 + ["GA"],
            "latitude_deg": [40.0, 40.1, 40.2, 40.0, 40.1, 40.2, 0.0],
            "longitude_deg": [-100.0] * 3 + [-99.0] * 3 + [10.0],
            "time_zone": ["West"] * 3 + ["East"] * 3 + ["Africa/Libreville"],
        }
    )
    ask = pl.DataFrame(
        {
            "country": ["US", "US", "GA", "US"],
            "latitude_deg": [40.1, 40.1, 3.0, 60.0],
            "longitude_deg": [-100.1, -99.5, 12.0, -150.0],
            "time_zone": pl.Series([None] * 4, dtype=pl.String),
        }
    )
    assert fill_zones(ask, known)["time_zone"].to_list() == ["West", None, "Africa/Libreville", None]
