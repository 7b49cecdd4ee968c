"""The main job through the command line, on real recordings where they are."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FLIGHT = Path(__file__).resolve().parents[3] / "shared" / "data" / "flight"
DEMO = FLIGHT / "opensky_json" / "belevingsvlucht.json.gz"

pytestmark = pytest.mark.skipif(not FLIGHT.is_dir(), reason="../shared/data/flight is absent")


def visits(run: Run, *argv: str) -> list[dict]:  # type: ignore[type-arg]
    code, out, err = run("visits", *argv, "--json")
    assert code == 0, err
    return list(json.loads(out))


def test_low_approaches_are_no_visits_and_the_landing_is_one(run: Run) -> None:
    assert visits(run, str(DEMO), "--airfield", "EHLE") == []
    passes = visits(run, str(DEMO), "--airfield", "EHLE", "--ruled-out")
    assert {p["grade"] for p in passes} == {"ruled_out"}
    assert all(p["reasons"] for p in passes)
    landed = [v for v in visits(run, str(DEMO), "--airfield", "EHAM") if v["arrived_utc"]]
    assert len(landed) == 1
    assert "2018-05-30T20:17:00Z" <= landed[0]["arrived_utc"] <= "2018-05-30T20:23:00Z"
    assert visits(run, str(DEMO), "--airfield", "AMS") == visits(run, str(DEMO), "--airfield", "EHAM")
    assert visits(run, str(DEMO), "--airfield", "EHAM", "--until", "2018-05-29") == []


def test_a_place_is_found_by_its_coordinates(run: Run) -> None:
    near = visits(run, str(DEMO), "--at", "52.31,4.76,5")
    assert {v["airfield"] for v in near} == {"EHAM"}


def test_explain(run: Run) -> None:
    (landed,) = (v for v in visits(run, str(DEMO)) if v["arrived_utc"])
    code, out, _ = run("explain", landed["visit_id"], str(DEMO))
    assert code == 0
    for said in ("Last received before", "Airfields considered", "sha256", "CEST", "showTrace=2018-05-30"):
        assert said in out


def test_files_of_a_whole_day(run: Run, tmp_path: Path) -> None:
    trace = FLIGHT / "readsb_trace" / "trace_full_ac671b.json"
    names = [tmp_path / f"legs{s}" for s in (".csv", ".xlsx", ".geojson", ".kml", ".parquet")]
    code, _, err = run("legs", str(trace), *(part for n in names for part in ("-o", str(n))))
    assert code == 0, err
    features = json.loads(names[2].read_text())["features"]
    assert any(f["geometry"]["type"] == "LineString" for f in features)
    assert all(f["geometry"]["type"] == "MultiPoint" for f in features if f["properties"]["kind"] == "gap")
    ET.fromstring(names[3].read_text())  # noqa: S314  our own file
