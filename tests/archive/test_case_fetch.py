"""A case that names an archive: its days are fetched into a lake; days that are missing stay missing, and no zeros."""

from __future__ import annotations

from datetime import date

import polars as pl

from tests.archive.made import DayKind, days_between
from tests.archive.server import Scenario
from wheelsdown.dossier import verify_dossier
from wheelsdown.dossier.running import run

CASE = """
[case]
name = "fetched"
title = "SIMULATED days of an archive"
question = "Who came?"

[fleet]
icao24 = ["d00001", "d00002"]
selection = "fleet"

[[airfield]]
code = "LLOV"

[[window]]
name = "four days"
since = 2023-09-01
until = 2023-09-04

[positions]
lake = "lake"

[positions.fetch]
lake = "lake"
since = 2023-09-01
until = 2023-09-04
icao24 = ["d00001", "d00002"]

[comparison]
visitors = false
"""
FOUR = days_between(date(2023, 9, 1), date(2023, 9, 4))


def test_a_case_fetches_its_days_and_says_which_were_not_had(serve, tmp_path, monkeypatch):
    server = serve(
        Scenario(days=FOUR, kind=DayKind(fill=3, filler_bytes=1500), split=1_500_000, missing={date(2023, 9, 3)})
    )
    monkeypatch.setenv("WHEELSDOWN_BASE_URL", f"adsb.lol={server.url}")
    (tmp_path / "case.toml").write_text(CASE)
    told: list[str] = []
    result, written = run(tmp_path / "case.toml", tmp_path / "out", told=told.append)
    assert result.counted
    assert any("Open Database License" in t for t in told)
    ledger = result.frame("ledger").filter(pl.col("day") == date(2023, 9, 3), pl.col("what") != "traffic")
    assert set(ledger["status"]) == {"missing"}
    assert result.frame("counts")["cannot_be_ruled_out"][0] is None or result.frame("counts")["days_observed"][0] != 4
    assert bool((verify_dossier(written.folder)["finding"] == "good").all())
    asked = server.stats.requests
    again, _ = run(tmp_path / "case.toml", tmp_path / "out", told=told.append)
    assert again.frame("counts").equals(result.frame("counts"))
    assert server.stats.requests - asked < asked  # days that were answered are not asked again


def test_without_a_network_the_case_says_so_and_counts_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("WHEELSDOWN_BASE_URL", "adsb.lol=http://127.0.0.1:9/")
    (tmp_path / "case.toml").write_text(CASE)
    result, _ = run(tmp_path / "case.toml", tmp_path / "out")
    assert any("did not answer" in n or "could not be asked" in n for n in result.notes)
    ledger = result.frame("ledger")
    assert not result.counted
    assert "nothing could be counted" in result.finding
    assert result.frame("counts").is_empty()
    assert "received" not in set(ledger["status"])
