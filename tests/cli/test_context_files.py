"""Verbs that want positions, handed a table of events."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

MONTHS = "isocode,period,fatalities_UCDP\nAZE,202308,0.0\nAZE,202309,412\n"


@pytest.mark.parametrize("verb", [("visits",), ("legs",), ("gaps",), ("count", "--airfield", "LLOV")])
def test_a_table_of_events_is_sent_where_it_goes(tmp_path: Path, run: Run, verb: tuple[str, ...]) -> None:
    path = tmp_path / "months.csv"
    path.write_text(MONTHS)
    code, _, talk = run(*verb, str(path))
    assert code == 1
    assert "this is a table of EVENTS" in talk
    assert "timing --events" in talk


def test_a_lake_takes_none_either(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "months.csv"
    path.write_text(MONTHS)
    code, _, talk = run("ingest", str(path), "--lake", str(tmp_path / "lake"))
    assert code == 1
    assert "this is a table of EVENTS" in talk


def test_the_sources_of_context_are_listed(run: Run) -> None:
    code, out, _ = run("sources", "--json")
    assert code == 0
    for name in ("ucdp-ged", "acled", "episodes", "sipri-register", "sipri-tiv", "comtrade"):
        assert f'"name":"{name}"' in out.replace('": "', '":"')
