"""The makers of SIMULATED worlds and years, and what is measured on them: content, never seconds."""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bench import __main__ as bench_main
from bench import accuracy, lakes, layout, made, peers, world, year
from wheelsdown.lake import Lake
from wheelsdown.schema import POSITIONS

AIRCRAFT = 300
PLANNED = 150_000


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "CACHE", tmp_path / "cache")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    path = tmp_path_factory.mktemp("world") / world.NAME
    return path, world.write(path, aircraft=AIRCRAFT, positions=PLANNED, processes=1)


def test_a_release_is_shaped_like_the_real_ones(release: tuple[Path, int]) -> None:
    path, rows = release
    with tarfile.open(path) as tar:
        names = [m.name for m in tar if m.isfile()]
        first = next(n for n in names if "trace_full" in n)
        raw = tar.extractfile(first)
        assert raw is not None
        trace = json.loads(gzip.decompress(raw.read()))
    found = [n for n in names if n.startswith("./traces/") and n.endswith(".json")]
    assert len(found) == AIRCRAFT
    assert all(n.split("/")[2] == n[-7:-5] for n in found)
    assert sum("heatmap/" in n for n in names) == 48
    assert path.stat().st_size % tarfile.RECORDSIZE == 0
    assert trace["source"] == world.SOURCE
    assert trace["icao"] == first[-11:-5]
    assert {len(p) for p in trace["trace"]} == {14}
    assert [isinstance(p[8], dict) for p in trace["trace"][:8]] == [False, False, False, True] * 2
    assert trace["trace"][3][8]["flight"].startswith("SIM")
    assert 0.9 * PLANNED < rows <= PLANNED


def test_traces_hold_the_made_values() -> None:
    frame = world.folder_frame(7, 3, 2_000)
    for address, text in world.traces(frame):
        mine = frame.filter(icao24=address)
        points = json.loads(text)["trace"]
        assert len(points) == mine.height
        assert [p[1] for p in points] == mine["latitude_deg"].to_list()
        assert [p[2] for p in points] == mine["longitude_deg"].to_list()
        assert [p[3] == "ground" for p in points] == mine["on_ground"].to_list()
        assert [None if p[3] == "ground" else p[3] for p in points] == mine["altitude_ft"].to_list()
        assert [p[7] for p in points] == mine["vertical_rate_fpm"].to_list()
        base_ms = int(made.DAY.timestamp() * 1000)
        times = [base_ms + round(p[0] * 1000) for p in points]
        assert times == mine["time_utc"].to_physical().to_list()
        speeds = pl.Series([p[4] for p in points], dtype=pl.Float32)
        assert (speeds - mine["groundspeed_kt"]).abs().max() == pytest.approx(0.0, abs=1e-4)


def test_a_world_day_is_measured_and_removed(capsys: pytest.CaptureFixture[str]) -> None:
    code = bench_main.main(["world", "--aircraft", str(AIRCRAFT), "--positions", str(PLANNED), "--json"])
    found = json.loads(capsys.readouterr().out)["world"]
    assert code == 0
    assert found["aircraft_in_lake"] == AIRCRAFT
    assert 0.9 * PLANNED < found["rows"] <= PLANNED
    assert found["simulated"] is True
    assert found["visits"] > 100
    assert set(found["bytes"]) >= {"positions", "near", "aircraft", "receipts", "ledger"}
    assert found["stages"]["cpu_s"].keys() == lakes.stages.STAGES.keys()
    text = lakes.report_world(found)
    assert text.startswith("SIMULATED: ")
    assert "write: Parquet" in text
    assert not (peers.CACHE / "world").exists()


def test_no_row_of_a_release_is_lost(release: tuple[Path, int], tmp_path: Path) -> None:
    from wheelsdown.lake.ingesting import ingest

    path, rows = release
    done = ingest(lake := Lake.open(tmp_path / "lake", create=True), path)
    assert done.positions == rows
    assert not done.problem_rows().height
    assert lake.simulated
    day = made.DAY.date()
    held = pl.read_parquet(lake.layout.path("positions", day), glob=False)
    assert held.height == rows
    assert held["source"].unique().to_list() == [world.SOURCE]
    assert held["icao24"].str.contains("^d[0-9a-f]{5}$").all()
    said = lake.ledger().filter(what="*").row(0, named=True)
    assert (said["trace_files"], said["heatmaps"], said["folders"], said["status"]) == (AIRCRAFT, 48, 256, "received")


def test_a_year_goes_in_whole_and_goes_on_where_it_ended(tmp_path: Path) -> None:
    tally = year.Tally()
    days = dict(year.days_of(*accuracy.reference(), rows=40_000, days=4, aircraft=80, tally=tally))
    total, again = year.fill(tmp_path / "lake", rows=40_000, days=4, aircraft=80)
    lake = Lake.open(tmp_path / "lake")
    assert lake.simulated
    assert lake.days() == list(days)
    held = pl.scan_parquet(list(lake.layout.files("positions")), glob=False).collect()
    assert held.height == total == sum(f.height for f in days.values())
    assert held["source"].unique().to_list() == [year.SOURCE]
    assert again.days == tally.days == _aircraft_days(held)
    assert tally.landings[tally.median_airfield()] > 0
    assert tally.days[tally.busiest_aircraft()] == max(tally.days.values())


def _aircraft_days(held: pl.DataFrame) -> dict[str, int]:
    counted = held.group_by("icao24").agg(pl.col("time_utc").dt.date().n_unique())
    return dict(counted.iter_rows())


def test_questions_over_a_year_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    code = bench_main.main(["year", "--positions", "60000", "--days", "4", "--aircraft", "80", "--json"])
    found = json.loads(capsys.readouterr().out)["year"]
    assert code == 0
    assert 50_000 < found["made"]["positions"] < 70_000
    for name in ("aircraft", "airfield"):
        asked = found["questions"][name]
        assert asked["visits"] > 0
        assert asked["read"] is None or 0 < asked["read"] < 2 * sum(found["bytes"].values())
    text = lakes.report_year(found)
    assert found["made"]["airfield"]["code"] in text
    assert not (peers.CACHE / "year").exists()


def test_rows_weigh_the_same_rows_both_ways() -> None:
    frame = pl.concat(made.frames(*accuracy.reference(), 30_000))
    found = layout.of_rows(frame)
    assert (found["rows"], found["days"]) == (30_000, 1)
    assert 0 < found["lake"] < found["plain"]
    assert list(found["columns"]) == POSITIONS.names
    assert sum(ours for ours, _ in found["columns"].values()) < found["lake"]
    text = layout.report({"kinds": {"SIMULATED": found, "again": found}})
    assert "60,000" in text
    assert f"{found['lake'] / 30_000:.2f}" in text


def test_real_recordings_are_weighed() -> None:
    try:
        found: dict[str, Any] = layout.measure()
    except FileNotFoundError as e:
        pytest.skip(str(e))
    assert all(k["rows"] > 0 for k in found["kinds"].values())
    assert "in all" in layout.report(found)
