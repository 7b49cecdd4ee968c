"""The verb: `wheelsdown simulate`."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from wheelsdown.cli import main
from wheelsdown.engines import local, simulating
from wheelsdown.reference.airfields import load
from wheelsdown.reference.store import PACKED
from wheelsdown.schema import VISITS
from wheelsdown.simulate import Scenario, simulate
from wheelsdown.simulate.archives import write_archives
from wheelsdown.simulate.shipped import scenario_path, shipped, with_seed
from wheelsdown.sources import read

Run = Callable[..., tuple[int, str, str]]
SMALL = """# SIMULATED. One aircraft, one day.
name = "tiny"
start = 2030-01-01
days = 1
seed = 3  # of the tests

[[fleets]]
typecode = "IL76"
aircraft = 1
home = "UBBB"
destinations = { LLOV = 1.0 }
visits = 1

[coverage]
perfect = true
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def go(*argv: object) -> tuple[int, str, str]:
        code = main([str(a) for a in argv])
        out, err = capsys.readouterr()
        return code, out, err

    return go


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(SMALL)
    return path


def sums(folder: Path) -> dict[str, str]:
    files = [p for p in folder.rglob("*") if p.is_file()]
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_without_a_scenario_the_shipped_ones_are_listed(run: Run) -> None:
    code, out, _ = run("simulate")
    listed = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [r["name"] for r in listed] == [
        "airlift-cluster", "airlift-escalation", "airlift-parallel", "poor-coverage", "small", "spoofed"
    ]  # fmt: skip
    assert all(r["tells"].startswith("SIMULATED.") for r in listed)


@pytest.mark.parametrize("name", [s.name for s in shipped()])
def test_shipped_scenarios_load(name: str) -> None:
    found = next(s for s in shipped() if s.name == name)
    scenario = Scenario.from_toml(found.path)
    assert scenario.name == name
    assert all(f.operator.startswith("SIMULATED") for f in scenario.fleets)


@pytest.mark.parametrize("name", ["poor-coverage", "spoofed"])
def test_shipped_scenarios_with_faults_run(name: str, tmp_path: Path) -> None:
    known = load(PACKED)
    made = simulate(Scenario.from_toml(scenario_path(name)), airfields=known.fields, runways=known.runways)
    written = write_archives(made, tmp_path)
    reading = read(tmp_path / "releases")
    assert reading.positions.height == written.positions > 5000
    half = reading.problems["reason"].to_list()
    if name == "poor-coverage":
        assert (written.days, half) == (20, ["not a whole day: 24 of 48 heatmaps"])
    else:
        assert (written.days, half) == (14, [])
        assert made.faults.height > 0


def test_small_gives_its_truth(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "sim"
    code, out, err = run("simulate", "small", "-o", target, "--observers", "auto")
    assert code == 0, err
    assert out == ""
    assert "SIMULATED: small, seed 1" in err
    there = set(sums(target))
    assert {
        "README.txt", "scenario.toml", "truth_visits.csv", "truth_legs.csv", "fleet.csv", "datapackage.json",
        "observers.csv", "fr24_identity.csv", "jsonl/2030-01-01.jsonl.gz",
        "releases/v2030.01.01-planes-readsb-SIMULATED-0.tar",
    } <= there  # fmt: skip
    assert list(tmp_path.glob(".sim*")) == []
    for name in ("README.txt", "truth_visits.csv", "fleet.csv", "observers.csv", "fr24_identity.csv"):
        assert "SIMULATED" in (target / name).read_text(encoding="utf-8-sig")
    notes = pl.read_csv(target / "fleet.csv", infer_schema=False)["note"]
    assert set(notes) == {"SIMULATED: invented aircraft"}
    assert "log of LLOV" in (target / "README.txt").read_text()
    truth = pl.read_csv(target / "truth_visits.csv", infer_schema=False)
    assert set(VISITS.names) <= set(truth.columns)
    at_ovda = truth.filter(airfield="LLOV")
    assert at_ovda.height == 4
    for kind in ("releases", "jsonl"):
        found = local.visits(target / kind, airfield="LLOV")
        assert found.height == 4
        assert set(found["grade"]) == {"observed"}
        assert sorted(found["icao24"]) == sorted(at_ovda["icao24"])
        apart = (
            found.sort("arrived_utc")["arrived_utc"]
            - at_ovda["arrived_utc"]
            .str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC")
            .cast(pl.Datetime("ms", "UTC"))
            .sort()
        )
        assert apart.dt.total_seconds().abs().max() < 120


def test_a_second_run_changes_nothing(run: Run, scenario: Path, tmp_path: Path) -> None:
    target = tmp_path / "sim"
    assert run("simulate", scenario, "-o", target)[0] == 0
    before, when = sums(target), (target / "README.txt").stat().st_mtime_ns
    code, _, err = run("simulate", scenario, "-o", target)
    assert code == 0
    assert "already" in err
    assert sums(target) == before
    assert (target / "README.txt").stat().st_mtime_ns == when
    assert list(tmp_path.glob(".sim*")) == []


def test_fewer_visits_than_asked_for_are_told(run: Run, scenario: Path, tmp_path: Path) -> None:
    scenario.write_text(SMALL.replace("visits = 1\n", "visits = 40\n"))
    target = tmp_path / "sim"
    code, _, err = run("simulate", scenario, "-o", target, "--formats", "fr24")
    assert code == 0
    truth = pl.read_csv(target / "truth_visits.csv", infer_schema=False).filter(airfield="LLOV")
    came = truth["arrived_utc"].count()
    assert 0 < came < 10
    told = f"fleets[0]: 40 visits were asked for, {came} could be flown in 1 day with 1 aircraft"
    assert f"note: {told}\n" in err
    assert f"\nNote: {told}.\n" in (target / "README.txt").read_text()
    before = sums(target)
    # told again by a second run, which writes nothing
    assert f"note: {told}\n" in run("simulate", scenario, "-o", target, "--formats", "fr24")[2]
    assert sums(target) == before


@pytest.mark.parametrize("more", [("--seed", "4"), ("--formats", "fr24"), ("--observers", "LLOV")])
def test_another_run_into_the_same_folder_is_refused(
    run: Run, scenario: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    target = tmp_path / "sim"
    assert run("simulate", scenario, "-o", target)[0] == 0
    before = sums(target)
    code, _, err = run("simulate", scenario, "-o", target, *more)
    assert code == 2
    assert "name a new folder" in err
    assert sums(target) == before
    assert list(tmp_path.glob(".sim*")) == []


def test_a_folder_of_something_else_is_left_alone(run: Run, scenario: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    code, _, err = run("simulate", scenario, "-o", tmp_path / "mine")
    assert code == 2
    assert "no simulation" in err
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    code, _, err = run("simulate", scenario, "-o", scenario)
    assert code == 2
    assert "is a file" in err
    (tmp_path / "empty").mkdir()
    assert run("simulate", scenario, "-o", tmp_path / "empty", "--formats", "fr24")[0] == 0


def test_what_a_killed_run_left_is_swept(run: Run, scenario: Path, tmp_path: Path) -> None:
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = tmp_path / f".sim.{int(dead.stdout)}.part"
    (left / "releases").mkdir(parents=True)
    alive = tmp_path / f".sim.{os.getppid()}.part"
    alive.mkdir()
    assert run("simulate", scenario, "-o", tmp_path / "sim", "--formats", "fr24")[0] == 0
    assert not left.exists()
    assert alive.exists()


def test_a_failed_run_leaves_nothing(scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(simulating, "write_archives", full)
    assert main(["simulate", str(scenario), "-o", str(tmp_path / "sim")]) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.toml"]


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (["small"], 2, "-o DIR"),
        (["-o", "x"], 2, "name a scenario"),
        (["no-such", "-o", "x"], 2, "one of airlift-cluster"),
        (["small", "-o", "x", "--formats", "kml"], 2, "choose of traces, jsonl, fr24"),
        (["small", "-o", "x", "--formats", ","], 2, "no format"),
        (["small", "-o", "x", "--seed", "many"], 2, "many"),
        (["small", "-o", "x", "--observers", "EGLL"], 2, "nothing landed there"),
    ],
)
def test_wrong_use(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str], code: int, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found, _, err = run("simulate", *argv)
    assert found == code, err
    assert says in err
    assert list(tmp_path.iterdir()) == []


def test_a_scenario_with_a_slip_names_file_and_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "slip.toml"
    path.write_text(SMALL.replace("aircraft = 1", "aircrafts = 1"))
    code, _, err = run("simulate", path, "-o", tmp_path / "sim")
    assert code == 1
    assert "slip.toml, line 9" in err
    assert "aircrafts" in err
    assert not (tmp_path / "sim").exists()


def test_a_seed_gives_the_same_bytes_in_another_process(run: Run, scenario: Path, tmp_path: Path) -> None:
    assert run("simulate", scenario, "-o", tmp_path / "one", "--seed", "11")[0] == 0
    script = "import sys; from wheelsdown.cli import main; sys.exit(main())"
    again = tmp_path / "one" / "scenario.toml"
    subprocess.run(
        [sys.executable, "-c", script, "simulate", str(again), "-o", str(tmp_path / "two")],
        env=os.environ | {"PYTHONHASHSEED": "77", "POLARS_MAX_THREADS": "1", "TZ": "Asia/Baku"},
        check=True,
        capture_output=True,
        timeout=300,
    )
    assert sums(tmp_path / "one") == sums(tmp_path / "two")
    assert run("simulate", scenario, "-o", tmp_path / "three", "--seed", "12")[0] == 0
    assert sums(tmp_path / "three")["truth_visits.csv"] != sums(tmp_path / "one")["truth_visits.csv"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# a\nname = 'x'\nseed = 1  # mine\n[t]\nseed = 5\n", "# a\nname = 'x'\nseed = 9  # mine\n[t]\nseed = 5\n"),
        ("# a\n\nname = 'x'\n[t]\nseed = 5\n", "# a\n\nseed = 9\nname = 'x'\n[t]\nseed = 5\n"),
        ("", "seed = 9\n"),
    ],
)
def test_the_copy_has_the_seed_used(text: str, wanted: str) -> None:
    assert with_seed(text, 9) == wanted


def test_no_bar_where_stderr_is_no_terminal(run: Run, scenario: Path, tmp_path: Path) -> None:
    _, _, err = run("simulate", scenario, "-o", tmp_path / "sim", "--formats", "fr24")
    assert "\r" not in err
    assert "\x1b" not in err
    assert len(err.splitlines()) == 3
