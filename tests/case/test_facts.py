"""Cards of airfields, and the case's own facts as claims."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tests.case.made import FULL, case, write
from wheelsdown.case.facts import facts
from wheelsdown.case.loading import load
from wheelsdown.schema import FACTS


def value(frame: pl.DataFrame, subject: str, name: str) -> str:
    rows = frame.filter(pl.col("subject") == subject, pl.col("name") == name)
    assert rows.height == 1
    return str(rows["value"][0])


def test_the_card_comes_out_of_the_list_with_its_date(tmp_path: Path) -> None:
    frame = facts(case(tmp_path))
    assert frame.schema == pl.Schema(FACTS.schema)
    assert value(frame, "LLOV", "runway 02R/20L: length") == "9843"
    assert value(frame, "LLOV", "elevation") == "1492"
    assert value(frame, "LLOV", "IATA code") == "VDA"
    assert value(frame, "LLOV", "distance to LLER Ramon International Airport") == "25"
    listed = frame.filter(pl.col("subject") == "LLOV")
    assert set(listed["source"]) == {"OurAirports"}
    assert listed["as_of"].null_count() == 0
    assert listed["claim"].null_count() == listed.height


def test_what_the_case_says_is_kept_as_a_claim_of_its_outlet(tmp_path: Path) -> None:
    frame = facts(load(write(tmp_path, FULL)))
    claim = frame.filter(pl.col("name") == "runway").row(0, named=True)
    assert claim == {
        "fact_id": "llov-runway", "subject": "LLOV", "name": "runway", "value": "3000", "unit": "m",
        "claim": "the Herald", "source": "The Ardia Herald", "as_of": "2023-10",
        "url": "https://example.org/runway",
    }  # fmt: skip
    role = frame.filter(pl.col("name") == "role").row(0, named=True)
    assert (role["as_of"], role["claim"]) == ("2023-05-01", None)
    assert value(frame, "XSIM", "place") == "29.5000, 35.5000"
    assert value(frame, "XSIM", "elevation") == "1200"
    assert value(frame, "LLOV", "note") == "Not to be mixed up with its neighbour."
    assert value(frame, "SIM Air Bridge", "asked") == "2023-10-01"
    assert value(frame, "SIM Air Bridge", "answered") == "2023-10-02"


def test_ids_are_unique_and_stay(tmp_path: Path) -> None:
    more = "".join(f'[[airfield.fact]]\nname = "use"\nvalue = "{v}"\nsource = "S"\n' for v in "ab")
    text = FULL.replace('[[airfield.fact]]\nname = "runway"', more + '[[airfield.fact]]\nname = "runway"')
    loaded = load(write(tmp_path, text))
    frame = facts(loaded)
    assert frame["fact_id"].is_unique().all()
    assert {"llov-use", "llov-use-2"} <= set(frame["fact_id"])
    assert facts(loaded).equals(frame)


def test_a_party_not_asked_says_so(tmp_path: Path) -> None:
    frame = facts(case(tmp_path, '[[party]]\nname = "The ministry"\n'))
    assert value(frame, "The ministry", "asked") == "not yet"
    assert frame.filter(pl.col("subject") == "The ministry", pl.col("name") == "answered").is_empty()
