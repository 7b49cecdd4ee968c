from __future__ import annotations

import subprocess
import sys
import time

import polars as pl
import pytest

from wheelsdown.errors import ReferenceDataError
from wheelsdown.geo import distance_km
from wheelsdown.reference import load
from wheelsdown.reference.airfields import Airfields
from wheelsdown.reference.store import PACKED
from wheelsdown.schema import AIRFIELDS, RUNWAYS


@pytest.fixture(scope="module")
def packed() -> Airfields:
    return load(PACKED / "nowhere")


def test_the_tables_are_the_schema(packed: Airfields) -> None:
    assert packed.fields.schema == AIRFIELDS.schema
    assert packed.runways.schema == RUNWAYS.schema
    assert packed.fields.height > 73_000
    assert packed.runways.height > 43_000
    assert packed.fields["code"].is_unique().all()
    assert packed.runways["code"].is_in(packed.fields["code"].implode()).all()
    for column in ("code", "ident", "kind", "latitude_deg", "longitude_deg", "source"):
        assert packed.fields[column].null_count() == 0


def test_it_is_small_and_quick() -> None:
    assert sum(p.stat().st_size for p in PACKED.iterdir()) < 4 << 20
    load()
    began = time.perf_counter()
    load()
    assert time.perf_counter() - began < 0.3


def test_importing_the_package_loads_no_polars() -> None:
    code = "import sys, wheelsdown.reference; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "code",
    ["LLOV", "LLER", "UBBB", "UBBG", "UBEE", "EHAM", "KMSP", "KDEN", "LFPO", "LFPB", "LFPG", "LFPV", "RJTT", "UB13"],
)
def test_known_fields_have_their_code(packed: Airfields, code: str) -> None:
    row = packed.get(code)
    assert row is not None
    assert row["code"] == code


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("llov", "LLOV"),
        (" VDA ", "LLOV"),
        ("HSSS", "HSSK"),
        ("HSSK", "HSSK"),
        ("UB13", "UB13"),
        ("UBBS", "UB13"),
        ("YLV", "UBEE"),
        ("UB12", "UBBI"),
        ("GNJ", "UBBG"),
        ("KVD", "UBBG"),
        ("TSE", "UACC"),
        ("IST", "LTFM"),
        ("AUS", "KAUS"),
        ("LYPR", "BKPR"),
        ("FVHA", "FVRG"),
        ("04CA", "KGXA"),
    ],
)
def test_every_code_resolves(packed: Airfields, asked: str, code: str) -> None:
    assert packed.resolve(asked)["code"] == code


def test_an_alias_says_where_it_comes_from(packed: Airfields) -> None:
    said = packed.resolve("HSSS")["resolved_by"]
    assert "until 2021-03-04" in said
    assert "OurAirports" in said
    curated = packed.aliases.filter(pl.col("since").is_not_null() | pl.col("until").is_not_null())
    assert curated["source"].null_count() == 0
    assert packed.aliases["code"].is_in(packed.fields["code"].implode()).all()


def test_unknown_and_ambiguous_codes_say_what_to_do(packed: Airfields) -> None:
    with pytest.raises(ReferenceDataError, match=r"no airfield bears this code.*LLOV \(Ovda Airport\).*TOML"):
        packed.resolve("OVDA")
    with pytest.raises(ReferenceDataError, match=r"airfields bear this code.*KBAK"):
        packed.resolve("BAK")
    with pytest.raises(ReferenceDataError, match="place without a code"):
        packed.resolve("ZZZZ")
    assert packed.get("VDA") is None


def test_an_open_field_has_the_code_before_a_closed_one(packed: Airfields) -> None:
    assert packed.resolve("EGCR")["name"] == "Ashcroft Airfield"
    croydon = packed.get("EGCR-closed")
    assert croydon is not None
    assert croydon["kind"] == "closed"


def test_depressions_and_namibia_survive(packed: Airfields) -> None:
    assert packed.fields["elevation_ft"].min() < -1_200
    assert packed.resolve("UBBB")["elevation_ft"] < 50
    assert packed.fields.filter(country="NA").height > 200


def test_military_character_is_derived_and_says_so(packed: Airfields) -> None:
    ovda = packed.resolve("LLOV")
    assert ovda["military"] is True
    assert ovda["military_why"] == "derived from keywords (may be a former use): Air Force"
    assert packed.resolve("LFPV")["military_why"] == "derived from name: Air Base"
    assert packed.resolve("LLER")["military"] is None
    assert set(packed.fields["military"].unique()) == {True, None}


def test_newer_fields_are_dated_and_a_misplaced_twin_is_not_added(packed: Airfields) -> None:
    zangilan = packed.resolve("UBBZ")
    assert zangilan["as_of"] == "2026-09-05"
    assert "airportsdata" in zangilan["source"]
    assert packed.resolve("LLOV")["as_of"] == "2022-10-11"
    # airportsdata writes Belgian minutes as decimals, 40 km south of Brussels
    near = packed.fields.filter(pl.col("name").str.contains("Brussels Airport"))
    assert near["code"].to_list() == ["EBBR"]


def test_time_zones(packed: Airfields) -> None:
    zones = {"LLOV": "Asia/Jerusalem", "UBBB": "Asia/Baku", "KDEN": "America/Denver", "UB13": "Asia/Baku"}
    for code, zone in zones.items():
        assert packed.resolve(code)["time_zone"] == zone
    assert packed.fields["time_zone"].null_count() / packed.fields.height < 0.06


def test_runways_of_the_two_that_must_not_be_confused(packed: Airfields) -> None:
    ovda, ramon = (packed.runways.filter(code=c) for c in ("LLOV", "LLER"))
    assert ovda["le_ident"].to_list() == ["02L", "02R"]
    assert ramon["le_heading_deg"].to_list() == pytest.approx([13.6], abs=0.1)
    assert "heading derived" in ramon["source"][0]
    a, b = packed.resolve("LLOV"), packed.resolve("LLER")
    km = distance_km(a["latitude_deg"], a["longitude_deg"], b["latitude_deg"], b["longitude_deg"])
    assert 24 < km < 26


def test_a_damaged_table_is_an_error_with_a_remedy(data, tmp_path) -> None:
    folder = data / "airfields" / "2026-01-01"
    folder.mkdir(parents=True)
    (folder / "airfields.parquet").write_bytes(b"no parquet")
    (data / "airfields" / "current").write_text("2026-01-01\n")
    with pytest.raises(ReferenceDataError, match="reference update"):
        load()
    (data / "airfields" / "current").write_text("../../etc\n")
    with pytest.raises(ReferenceDataError, match="no folder beside it"):
        load()
