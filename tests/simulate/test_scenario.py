"""Scenarios: from TOML and from words; errors name file, line, field and remedy."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.simulate.air import bridge, fields, scenario
from wheelsdown.errors import SimulationError
from wheelsdown.simulate import Scenario, simulate
from wheelsdown.simulate.designators import real_designator
from wheelsdown.simulate.invented import PREFIX, real_operator
from wheelsdown.simulate.scenario import Around, Coverage, Fleet, Spoof, Traffic
from wheelsdown.simulate.shipped import shipped

GOOD = """
name = "small"
start = 2030-03-01
days = 5
seed = 7

[[fleets]]
operator = "SIMULATED Air Bridge"
typecode = "IL76"
home = ["UBBB"]
destinations = { LLOV = 1.0 }
visits = 4

[[others]]
airfields = ["OJAQ"]
per_day = 1.0

[coverage]
floors = { LLOV = 1000.0 }

[[coverage.around]]
airfield = "LLOV"
count = 2

[[faults.spoof]]
place = "OLBA"
"""


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_toml_and_keywords_say_the_same(tmp_path: Path) -> None:
    read = Scenario.from_toml(_write(tmp_path, GOOD))
    assert read == Scenario(
        name="small",
        start=date(2030, 3, 1),
        days=5,
        seed=7,
        fleets=[Fleet(typecode="IL76", home=["UBBB"], destinations={"LLOV": 1.0}, visits=4)],
        others=[Traffic(airfields=["OJAQ"], per_day=1.0)],
        coverage=Coverage(floors={"LLOV": 1000.0}, around=[Around(airfield="LLOV", count=2)]),
        faults=type(read.faults)(spoof=[Spoof(place="OLBA")]),
    )


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("days = 5", "days = 0"), 4, "1 to 3660"),
        (("days = 5", "days = 'five'"), 4, "int"),
        (("seed = 7", "sead = 7"), 5, "sead"),
        (("visits = 4", "vissits = 4"), 12, "vissits"),
        (("visits = 4", "visits = -4"), 12, "0 to"),
        (('typecode = "IL76"', 'typecode = "ZZZZ"'), 9, "ZZZZ"),
        (('operator = "SIMULATED Air Bridge"', 'operator = "Real Cargo"'), 8, "invented"),
        (('operator = "SIMULATED Air Bridge"', 'operator = "SIMPLY Silk Way Airlines"'), 8, "begin with SIMULATED"),
        (('operator = "SIMULATED Air Bridge"', 'operator = "SIMULATEDSilk Way"'), 8, "begin with SIMULATED"),
        (('operator = "SIMULATED Air Bridge"', 'operator = "Simulated Bridge"'), 8, "begin with SIMULATED"),
        (('operator = "SIMULATED Air Bridge"', 'operator = "SIMULATED  "'), 8, "made-up name"),
        (
            ('operator = "SIMULATED Air Bridge"', 'operator = "SIMULATED Silk Way Airlines"'),
            8,
            "real operator (Silk Way)",
        ),
        (('operator = "SIMULATED Air Bridge"', 'operator = "SIMULATED AZQ"'), 8, "designator (AZQ)"),
        (('operator = "SIMULATED Air Bridge"', 'operator = "SIMULATED 7L"'), 8, "designator (7L)"),
        (('name = "small"', 'name = "silk-way to Ovda"'), 2, "real operator (Silk Way)"),
        (("per_day = 1.0", "per_day = nan"), 16, "nan"),
        (("count = 2", "count = 2000"), 23, "200"),
        (("count = 2", "uptime = 1.5"), 23, "0 to 1"),
        (("floors = { LLOV = 1000.0 }", "floors = { LLOV = -1.0 }"), 19, "0 to"),
        (('place = "OLBA"', 'variants = ["wobbly"]'), 26, "wobbly"),
        (('name = "small"', ""), None, "name"),
    ],
)
def test_a_bad_field_is_named_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: int | None, says: str
) -> None:
    with pytest.raises(SimulationError) as e:
        Scenario.from_toml(_write(tmp_path, GOOD.replace(*change)))
    assert says in str(e.value)
    assert "scenario.toml" in str(e.value)
    assert e.value.line == line


@pytest.mark.parametrize(
    ("name", "real"),
    [
        ("Silk Way Airlines", "Silk Way"),
        ("The SilkWay West", "Silk Way"),
        ("s\u00edlk-w\u00e4y", "Silk Way"),
        ("SILK\u200b WAY", "Silk Way"),
        ("Air Bridge Cargo", "AirBridgeCargo"),
        ("Delta", "Delta Air Lines"),
        ("United Cargo Ltd", "United Airlines"),
        ("Hello", "Hello"),
        ("Israeli Air Force", "Israeli Air Force"),
        # invented ones, some of them of words that real ones have
        ("Air Bridge", None),
        ("Traffic 5", None),
        ("Desert Cargo", None),
        ("Caspian Lift", None),
        ("Silk Road", None),
        ("Delta Lift", None),
        ("Hello World", None),
        ("Cargo Air Lift", "Cargo Air"),
        ("Cargo", None),
        ("Swayed Silk", None),
        ("", None),
    ],
)
def test_real_operators_are_known_however_they_are_written(name: str, real: str | None) -> None:
    assert real_operator(name) == real


@pytest.mark.parametrize(
    ("name", "real"),
    [
        ("AZQ", "AZQ"),
        ("thy", "THY"),
        ("7L", "7L"),
        (" a-z q\u200b", "AZQ"),
        ("AZQ 4001", "AZQ"),
        ("AZQ Bridge", None),
        ("Air Bridge", None),
        ("Traffic 5", None),
        ("7L 5", None),
        ("ZZZ", None),
        ("", None),
    ],
)
def test_real_designators_are_known_where_they_are_the_whole_name(name: str, real: str | None) -> None:
    assert real_designator(name) == real


def test_no_shipped_scenario_and_no_other_traffic_names_a_real_operator() -> None:
    for one in shipped():
        made = Scenario.from_toml(one.path)
        assert [real_operator(f.operator.removeprefix(PREFIX)) for f in made.fleets] == [None] * len(made.fleets)
        assert [real_designator(f.operator.removeprefix(PREFIX)) for f in made.fleets] == [None] * len(made.fleets)
    assert [real_operator(f"Traffic {n}") for n in range(200)] == [None] * 200


def test_visits_that_could_not_be_flown_are_told() -> None:
    busy = bridge(visits=300, aircraft=3, destinations={"LLOV": 1.0}, hop_share=0.0)
    short = scenario(days=2, fleets=[busy, bridge(visits=1)])
    made = simulate(short, airfields=fields().fields, runways=fields().runways)
    of_the_first = pl.col("registration").str.starts_with("SIM-00")
    came = made.visits.filter(of_the_first, pl.col("arrived_utc").is_not_null(), airfield="LLOV").height
    assert 0 < came < 60
    assert made.notes == (f"fleets[0]: 300 visits were asked for, {came} could be flown in 2 days with 3 aircraft",)
    drawn = scenario(days=2, fleets=[bridge(visits=None, per_day=100.0, aircraft=1)])
    told = simulate(drawn, airfields=fields().fields, runways=fields().runways).notes
    assert len(told) == 1
    assert " visits were drawn for per_day = 100, " in told[0]


def test_files_that_are_no_scenario(tmp_path: Path) -> None:
    for raw in (b"name = ", b"\xff\xfe\x00", b"x" * (2 << 20), b""):
        path = tmp_path / "bad.toml"
        path.write_bytes(raw)
        with pytest.raises(SimulationError, match=r"bad\.toml"):
            Scenario.from_toml(path)
    with pytest.raises(SimulationError, match="cannot be read"):
        Scenario.from_toml(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"fleets": [bridge(home="QQ9Q")]}, "no listed airfield"),
        ({"fleets": [bridge(destinations={"EGLC": 1.0}, typecode="A124")]}, "no usable runway for A124"),
        ({"fleets": [bridge(hop_share=0.5, hop_to=["QQQQ"])]}, "hop_to"),
        ({"others": [Traffic(airfields=["NOPE"])]}, r"others\[0\].airfields"),
        ({"coverage": Coverage(around=[Around(airfield="NOPE")])}, r"coverage.around\[0\]"),
        ({"coverage": Coverage(floors={"NOPE": 100.0})}, "coverage.floors"),
        ({"faults": type(scenario().faults)(spoof=[Spoof(place="NOPE")])}, r"faults.spoof\[0\].place"),
    ],
)
def test_fields_that_cannot_be_flown_to(changes: dict[str, object], says: str) -> None:
    with pytest.raises(SimulationError, match=says):
        simulate(scenario(**changes), airfields=fields().fields, runways=fields().runways)


def test_every_shipped_scenario_flies() -> None:
    for one in shipped():
        made = simulate(Scenario.from_toml(one.path), airfields=fields().fields, runways=fields().runways)
        assert made.positions.height > 100, one.name
        assert made.visits.height > 5, one.name
        assert made.notes == (), one.name
