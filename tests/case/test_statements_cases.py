"""The statements of the shipped cases: what each is held against, and what it never is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.analysis.made import frame, visit
from wheelsdown.case.checking import check
from wheelsdown.case.claims import SAID, loose
from wheelsdown.case.loading import load, load_text
from wheelsdown.case.running import run_case
from wheelsdown.case.statements import statements

CASES = Path(__file__).resolve().parents[2] / "cases"
SILENT = 'stance = "not_yet_asked"\ngist = "No comment is recorded in these stories'
DENIED = 'stance = "denies"\non = 2023-10-05\nwindows = ["AP: 1 to 17 September 2023"]\ngist = "No comment is recorded'
LANDED = datetime(2023, 9, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize("name", ["airlift-simulated", "charter-log"])
def test_no_shipped_claim_that_names_its_window_is_left_open(name: str) -> None:
    claims = [s for s in load(CASES / f"{name}.toml").statement if "flight" in s.about and s.stance in SAID]
    assert claims
    assert [loose(s) for s in claims] == [()] * len(claims)


@pytest.mark.parametrize(
    ("flown", "bearing"),
    [
        ({"operator": "Silk Way Airlines", "callsign_in": "AZQ4021"}, "contradicted"),
        ({"callsign_in": "AZQ4021"}, "contradicted"),
        ({"operator": "Silk Way Airlines"}, "contradicted"),
        # the same fleet, and flown by others
        ({"operator": "Azerbaijan Air Force", "callsign_in": "AZAF8"}, "not_tested"),
        ({"operator": "Azerbaijan Air Force"}, "not_tested"),
        ({"callsign_in": "AZAF8"}, "not_tested"),
        ({}, "not_tested"),
        ({"operator": "Silk Way West Airlines", "callsign_in": "AZG501"}, "not_tested"),
        # one way by the register, another by the call sign
        ({"operator": "Silk Way Airlines", "callsign_in": "AZAF8"}, "not_tested"),
        ({"operator": "Azerbaijan Air Force", "callsign_in": "AZQ4021"}, "not_tested"),
    ],
)
def test_a_denial_of_one_airline_is_not_held_against_the_others_of_its_fleet(
    flown: dict[str, Any], bearing: str
) -> None:
    path = CASES / "ovda.toml"
    text = path.read_text(encoding="utf-8")
    assert SILENT in text
    case = load_text(text.replace(SILENT, DENIED + " in these stories"), path)
    # no real flight: the row has only what the rule reads
    seen = frame([visit(LANDED, 1, **{"icao24": "600881", "registration": "4K-78129", "source": "made"} | flown)])
    table = statements(case, seen).rows(named=True)
    assert next(r["bearing"] for r in table if r["statement_id"] == "silkway") == bearing
    assert [r["statement_id"] for r in table if r["bearing"] == "contradicted"] == (
        ["silkway"] if bearing == "contradicted" else []
    )


def test_of_a_log_nothing_is_said_of_position_data() -> None:
    path = CASES / "charter-log.toml"
    case = load_text(
        path.read_text(encoding="utf-8").replace('about = ["flight"]', 'about = ["flight", "cargo"]'), path
    )
    for sentence in statements(case, frame([]), simulated=True)["sentence"]:
        assert "a log cannot test that" in sentence
        assert "position" not in sentence
    why = check(case).frame.filter(pl.col("topic") == "statements")["why"].item()
    assert "two about flights, which a log can test" in why


def test_of_a_log_each_airlines_denial_is_held_against_its_own_rows(tmp_path: Path) -> None:
    result = run_case(CASES / "charter-log.toml", tmp_path / "out", offline=True)
    visits = result.frame("visits")
    own, nobody = result.frame("statements").rows(named=True)
    assert own["bearing"] == "contradicted"
    flown = dict(visits.select("visit_id", "operator").iter_rows())
    assert {flown[i] for i in own["visit_ids"]} == {"SIMULATED Air Bridge"}
    assert len(own["visit_ids"]) < visits.height
    assert (nobody["bearing"], nobody["visit_ids"]) == ("not_tested", None)
    assert "No visit in these data is given as one of theirs." in nobody["sentence"]
    assert "That they were not written down does not bear the denial out." in nobody["sentence"]
    assert own["sentence"].startswith("SIMULATED: ")
    assert nobody["sentence"].startswith("SIMULATED: ")
    assert not [text for text in result.can if not text.startswith("SIMULATED: ")]
