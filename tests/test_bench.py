"""The measuring itself: other tool's answers scored, processes measured, the page written."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from bench import __main__ as bench_main
from bench import accuracy, decode, docs, heatmap, peers, speed, truth
from wheelsdown.schema import LEGS, POSITIONS
from wheelsdown.sources.traces import TraceBatch


def _answer(**over: Any) -> dict[str, Any]:
    return {
        "variant": "full",
        "method": "landing:all",
        "flight_id": "SIM1",
        "end": "destination",
        "named": "AAAA",
        "error": None,
        "cpu_s": 0.5,
        "positions": 10,
    } | over


def test_the_other_tools_answers_are_scored() -> None:
    known = pl.DataFrame(
        {
            "flight_id": ["SIM1", "SIM2", "SIM3", "SIM4"],
            "origin": [None] * 4,
            "destination": ["AAAA", "AAAA", "AAAA", None],
        }
    )
    rows = peers._rows(
        [
            _answer(),
            _answer(flight_id="SIM2", named="BBBB"),
            _answer(flight_id="SIM3", named=None, error="RuntimeError: no runway"),
            _answer(flight_id="SIM4", named="CCCC"),
        ],
        known,
    )
    (row,) = rows
    assert {k: row[k] for k in ("n", "right", "wrong", "none", "errors", "unknown_n", "unknown_named")} == {
        "n": 3, "right": 1, "wrong": 1, "none": 1, "errors": 1, "unknown_n": 1, "unknown_named": 1,
    }  # fmt: skip
    assert "1/3 (1)" in peers.report({"rows": rows})


def test_a_child_is_measured_and_its_failure_told() -> None:
    taken = speed.run([sys.executable, "-c", "x = bytearray(64 << 20); sum(range(10**6))"])
    assert taken.cpu_s > 0
    assert taken.peak_mib > 64
    with pytest.raises(speed.ChildError, match="because"):
        speed.run([sys.executable, "-c", "raise SystemExit('because')"])


def test_the_columns_scanned_are_columns_of_positions() -> None:
    assert set(speed.columns_read()) <= set(POSITIONS.names)


def test_what_cannot_be_measured_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(*_: Any) -> dict[str, Any]:
        raise peers.UnavailableError("no registry")

    monkeypatch.setattr(peers, "measure", refused)
    assert bench_main.main(["peers"]) == 0
    assert "not measured: no registry" in capsys.readouterr().out


@pytest.mark.skipif(truth.find(truth.PLACES[0]) is None, reason="../shared/data/truth is absent")
def test_the_page_says_what_was_not_measured() -> None:
    ours = accuracy.measure(
        lambda positions, **_: SimpleNamespace(legs=LEGS.empty()), folder=truth.PLACES[0], names=("full",)
    )
    results = {"accuracy": ours, "peers": "no registry", "scan": "no command", "peer_speed": "no registry"}
    text = docs.page(results)
    assert "47 known origins and 43 known destinations" in text
    assert text.count("Not measured") == 3
    assert text.count("- not measured: ") == len(speed.GOALS)
    assert "missed: full" in text
    with pytest.raises(ValueError, match="no truth"):
        docs.page(results | {"accuracy": "no truth"})


def test_each_speed_goal_is_met_or_missed_with_its_ratio() -> None:
    told = docs._speed_goals({"scan_ratio": 2.5, "peak_gib": 1.0}, {"peer_ratio": 250.0}).splitlines()
    assert [line.split(":")[0] for line in told] == ["- missed", "- met", "- met"]
    assert "2.50 (goal at most 2)" in told[0]
    assert "250.00 (goal at least 200)" in told[2]


def test_traces_are_decoded_beside_the_usual_means(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the other tools where this environment has them; without them ours is measured and the rest is told."""
    monkeypatch.setattr(decode, "REAL", decode.REAL / "absent")
    if decode.missing():

        def none() -> None:
            raise peers.UnavailableError("no registry")

        monkeypatch.setattr(peers, "environment", none)
    found = decode.measure(((3, 300),), rounds=1)
    (one,) = found["sets"]
    assert one["points"] == 900
    assert one["cpu_s"]["columns"] > 0
    assert 150 < one["raw_bytes_a_point"] < 300
    told = decode.report(found)
    assert "900 points" in told
    if found["without"]:
        assert "no registry" in told
        assert not one["ratios"]
    else:
        assert set(one["ratios"]) == set(decode.GOALS)
        assert "goal at least 0.5" in told


def test_made_traces_say_that_they_are() -> None:
    batch = TraceBatch()
    batch.add(decode.made(0, 50), name="made")
    found = batch.take()
    assert found.positions["source"].unique().to_list() == ["SIMULATED by bench"]
    assert found.positions["icao24"].unique().to_list() == ["d00000"]
    assert found.positions["callsign"].drop_nulls().str.starts_with("SIM").all()
    assert found.problems.is_empty()


def test_heatmaps_are_timed_beside_a_view_that_sees_the_same_positions() -> None:
    found = heatmap.measure(aircraft=50, slices=4, rounds=1)
    assert found["records"] == 4 + 4 * (1 + 25 + 50)
    assert found["positions"] == found["positions_of_view"] == 200
    assert found["problems"] == 0
    assert found["ratio"] > 0
    assert "goal 0.3" in heatmap.report(found)
