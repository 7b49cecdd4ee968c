"""The table of doubts through files, lake and command line. SIMULATED."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.inference.conftest import airfields, runway  # noqa: F401 (fixtures)
from tests.inference.made import Flight, sampled
from tests.inference.spoofed import between, jittered
from wheelsdown.cli import main
from wheelsdown.engines import local
from wheelsdown.schema import INTEGRITY


@pytest.fixture
def spoilt(runway) -> pl.DataFrame:  # noqa: F811
    b, o = runway("UBBB", "34"), runway("LLOV", "20L")
    flight = Flight().stand(b, 20).take_off(b).land(o).stand(o, 90).take_off(o).land(b)
    p = sampled(flight)
    down = flight.touchdowns[0][1]
    p = jittered(p, between(p, down - 900, down - 700), (33.82, 35.49))
    return pl.concat([p, sampled(flight).with_columns(icao24=pl.lit("d00002"))])


def test_of_a_frame_with_questions(spoilt: pl.DataFrame) -> None:
    found = local.integrity(spoilt)
    assert found.schema == INTEGRITY.schema
    assert found["icao24"].unique().to_list() == ["d00001"]
    assert local.integrity(spoilt, icao24="d00002").height == 0
    assert local.integrity(spoilt, airfield="OLBA").height > 0
    assert local.integrity(spoilt, airfield="EHAM").height == 0
    assert local.integrity(spoilt, until="2023-09-03").height == 0


def test_together_with_visits(spoilt: pl.DataFrame) -> None:
    found = local.answers(spoilt, ["visits", "integrity"])
    assert found["integrity"].frame.equals(local.integrity(spoilt))
    assert found["visits"].frame.equals(local.visits(spoilt))
    assert found["integrity"].simulated


def test_from_a_lake_as_from_files(spoilt: pl.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "positions.parquet"
    spoilt.write_parquet(file)
    lake = str(tmp_path / "lake")
    assert main(["ingest", str(file), "--lake", lake]) == 0
    capsys.readouterr()
    told = []
    for of in ([str(file)], ["--lake", lake]):
        assert main(["integrity", *of, "--json"]) == 0
        rows = json.loads(capsys.readouterr().out)
        told.append([{k: v for k, v in r.items() if k not in ("receipts", "note")} for r in rows])
    measured = ("latitude_deg", "longitude_deg", "value")  # a lake keeps places to a metre
    for a, b in zip(*told, strict=True):
        assert [b.pop(k) for k in measured] == pytest.approx([a.pop(k) for k in measured], rel=1e-2)
        assert a == b
    assert told[0]
    assert {r["flag"] for r in told[0]} >= {"teleport"}
