"""The user's identity file, flight lists, and what they tie together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from tests.sources.made import write
from wheelsdown.errors import SourceError
from wheelsdown.sources import read
from wheelsdown.sources.identity import read_identity, tie_of_registration
from wheelsdown.sources.interface import Card, Claim, InputFile
from wheelsdown.sources.reading import Reading


class Flights:
    """A format that names flights and no aircraft: `flight;callsign;icao24` a line, and lists of flights."""

    name, table, card = "flights", "POSITIONS", Card("", "", "", "", "", "")

    def detect(self, head: bytes, name: str) -> bool:
        return name.endswith((".flt", ".lst"))

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        cells = [line.decode().split(";") for _, line in file.lines()]
        if file.name.endswith(".lst"):
            for flight, address, tail in cells:
                file.report.claims.append(Claim("a list", address or None, tail or None, track_id=flight))
            return
        yield pl.DataFrame(
            {
                "track_id": [c[0] or None for c in cells],
                "callsign": [c[1] for c in cells],
                "icao24": [c[2] or None for c in cells],
                "latitude_deg": [50.0 + i for i in range(len(cells))],
                "longitude_deg": [float(len(file.name))] * len(cells),
                "time_utc": pl.Series([1_700_000_000_000] * len(cells))
                .cast(pl.Datetime("ms"))
                .dt.replace_time_zone("UTC"),
            },
            schema_overrides={"icao24": pl.String, "track_id": pl.String},
        )


@pytest.fixture(autouse=True)
def _flights(monkeypatch: pytest.MonkeyPatch) -> None:
    from wheelsdown.sources import reading

    monkeypatch.setattr(reading, "load_all", lambda: [Flights()])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    out = tmp_path / "in"
    out.mkdir()
    write(out / "in_1.flt", "f1;SIM101;\nf1;SIM101;")
    write(out / "out_1.flt", "f2;SIM102;")
    write(out / "own.flt", "f3;SIM103;e80003")
    return out


def with_identity(folder: Path, text: str) -> Reading:
    return read(folder, identity=write(folder.parent / "ids.csv", text))


def ties(reading: Reading) -> set[tuple[str | None, str | None]]:
    return set(reading.positions.select("icao24", "track_id").rows())


def test_without_it_the_note_says_what_is_missing(folder: Path) -> None:
    reading = read(folder)
    assert ties(reading) == {(None, "f1"), (None, "f2"), ("e80003", None)}
    assert reading.notes[0].startswith("2 files name a callsign but no aircraft: give --identity files.csv")


def test_an_address_ties_the_way_in_and_the_way_out(folder: Path) -> None:
    text = "file;icao24;registration;source;as_of\n*_1.flt;0xE80001;4x-sim;photograph;2023-09-01\n"
    reading = with_identity(folder, text)
    assert ties(reading) == {("e80001", None), ("e80003", None)}
    (row,) = reading.identities.to_dicts()
    assert (row["icao24"], row["registration"], row["as_of"]) == ("e80001", "4X-SIM", "2023-09-01")
    assert row["source"] == "identity file ids.csv: photograph"
    assert reading.problems.is_empty()
    assert not reading.notes


def test_a_registration_alone_ties_too(folder: Path) -> None:
    reading = with_identity(folder, "file,registration\nin_1.flt,4K-SIM\nin/out_1.flt,4ksim\n")
    assert ties(reading) == {(None, "reg:4KSIM"), ("e80003", None)}
    assert not reading.notes
    assert tie_of_registration("4k-az 60") == "reg:4KAZ60"


def test_a_file_s_own_address_is_never_overruled(folder: Path) -> None:
    reading = with_identity(folder, "file,icao24\nown.flt,e80009\n")
    assert ("e80003", None) in ties(reading)
    (problem,) = reading.problems.to_dicts()
    assert "e80003" in problem["reason"]
    assert "e80009" in problem["reason"]
    assert reading.identities.is_empty()


def test_a_registration_for_a_file_with_its_own_address_names_that(folder: Path) -> None:
    reading = with_identity(folder, "file,registration\nown.flt,4X-SIM\n")
    assert reading.identities.select("icao24", "registration").rows() == [("e80003", "4X-SIM")]
    assert ("e80003", None) in ties(reading)


def test_rows_that_cannot_be_used_name_row_field_and_remedy(folder: Path) -> None:
    text = (
        "file,registration,icao24,as_of,colour\n"
        "nobody.flt,4X-SIM,,,\n"  # matches nothing
        ",4X-SIM,,,\n"
        "in_1.flt,,,,\n"
        "in_1.flt,,8E+12,,\n"
        "in_1.flt,4X-SIM,,last May,\n"
        "\n"
        "out_1.flt,4X-SIM,,,red\n"
    )
    reading = with_identity(folder, text)
    told = reading.problems.select("row", "field").rows()
    assert set(told) == {(1, "colour"), (2, "file"), (3, "file"), (4, "registration"), (5, "icao24"), (6, "as_of")}
    assert reading.problems["remedy"].null_count() == 0
    assert (None, "reg:4XSIM") in ties(reading)


def test_contradicting_rows_choose_none(folder: Path) -> None:
    reading = with_identity(folder, "file,icao24\nin_*.flt,e80001\nin_1.flt,e80002\n")
    assert (None, "f1") in ties(reading)
    assert "rows 2, 3 name different aircraft" in reading.problems["reason"][0]


@pytest.mark.parametrize("text", ["", "name,icao24\n", "file,operator\n"])
def test_a_heading_without_the_needed_columns_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError, match="heading lacks"):
        read_identity(write(tmp_path / "ids.csv", text))
    with pytest.raises(SourceError):
        read_identity(tmp_path / "none.csv")


def test_a_flight_list_ties_by_flight(folder: Path) -> None:
    write(folder / "list.lst", "f1;e80001;4X-SIM\nf2;;4X-SIN")
    reading = read(folder)
    assert ties(reading) == {("e80001", None), (None, "reg:4XSIN"), ("e80003", None)}
    assert reading.identities["registration"].to_list() == ["4X-SIN", "4X-SIM"]


def test_the_user_s_word_goes_before_a_list_s_and_the_difference_is_told(folder: Path) -> None:
    write(folder / "list.lst", "f1;e80001;")
    reading = with_identity(folder, "file,icao24\nin_1.flt,e80002\n")
    assert ("e80002", None) in ties(reading)
    assert "flight list says e80001" in reading.problems["reason"][0]


def test_lists_that_contradict_each_other_tie_nothing(folder: Path) -> None:
    write(folder / "a.lst", "f1;e80001;")
    write(folder / "b.lst", "f1;e80002;")
    reading = read(folder)
    assert (None, "f1") in ties(reading)
    assert "e80001, e80002" in reading.problems["reason"][0]


def test_files_without_any_tie_are_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    write(tmp_path / "a" / "x.flt", ";SIM1;\n;SIM1;")
    (tmp_path / "b").mkdir()
    write(tmp_path / "b" / "x.flt", ";SIM1;\n;SIM2;\n;;")
    rows = read(tmp_path).positions
    assert rows["track_id"].n_unique() == 4
    assert rows["track_id"].null_count() == 0
