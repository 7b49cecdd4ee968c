"""The verb timing, on a made table of visits and made months. All SIMULATED, the countries invented."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.analysis.made import frame, visit
from tests.cli.conftest import Run
from wheelsdown.outputs import Extras, write
from wheelsdown.schema import EPOCH, EVENTS, TIMING, VISITS

MONTHS = ((2022, 3), (2022, 9), (2023, 4), (2023, 10))
WINDOW = ("--since", "2022-01-01", "--until", "2023-12-31", "--airfield", "LLOV", "--selection", "all")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two visits before three of four months with fighting, and others."""
    at = [datetime(y, m, 1, 9, tzinfo=UTC) - timedelta(days=k) for y, m in MONTHS[:3] for k in (3, 6)]
    at += [datetime(2022, 1, 3, 5, tzinfo=UTC) + timedelta(days=140 * i) for i in range(5)]
    path = tmp_path / "visits.csv"
    rows = [visit(t, i) for i, t in enumerate(at)]
    # elsewhere, so that the table goes on
    rows.append(visit(datetime(2023, 12, 20, 9, tzinfo=UTC), 90, airfield="LLER"))
    write(frame(rows), path, VISITS, extras=Extras(simulated=True))
    return path


@pytest.fixture
def months(tmp_path: Path) -> Path:
    path = tmp_path / "months.csv"
    rows = ["isocode,period,fatalities_UCDP"]
    rows += [f"AAA,{y}{m:02d},{40 if (y, m) in MONTHS else 2}" for y in (2022, 2023) for m in range(1, 13)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_visits_are_held_against_episodes(run: Run, table: Path, months: Path, tmp_path: Path) -> None:
    curve, used = tmp_path / "epoch.csv", tmp_path / "used.csv"
    argv = (
        "timing", str(table), "--events", str(months), "--episodes", "25,7,90", "--window", "30", "--draws", "99",
        "--measure", "before", "--declared", "2021-12-01", "--epoch", str(curve), "--events-out", str(used), *WINDOW,
    )  # fmt: skip
    code, out, err = run(*argv)
    assert code == 0
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    assert list(row) == [*TIMING.names, "note"]
    assert (row["measure"], row["window_days"], row["events"], row["events_with"]) == ("before", "30", "4", "3")
    assert "SIMULATED: Three of four events had a visit at LLOV on the day they began or in the 30 days before" in err
    assert "17 deaths or more in a calendar month" in err
    assert curve.read_text(encoding="utf-8").startswith(",".join(EPOCH.names))
    assert len(used.read_text(encoding="utf-8").splitlines()) == 5
    assert used.read_text(encoding="utf-8").startswith(",".join(EVENTS.names))
    # the visits are SIMULATED, and the events are not
    assert "SIMULATED" not in used.read_text(encoding="utf-8")
    # the same again, and with the rule for months
    assert run(*argv)[1] == out
    code, out, _ = run(*argv, "--month-episodes", "50,1", "--json")
    assert code == 0
    assert "fewer than three say nothing" in json.loads(out)[0]["reason"]


def test_several_windows_and_the_one_to_quote(run: Run, table: Path, months: Path) -> None:
    code, out, err = run(
        "timing", str(table), "--events", str(months), "--episodes", "25,7,90", "--draws", "99", "--window", "30",
        "--json", *WINDOW,
    )  # fmt: skip
    assert code == 0
    rows = json.loads(out)
    assert [(r["measure"], r["window_days"]) for r in rows][-2:] == [("rate_before", 30), ("any", None)]
    assert {r["declared"] for r in rows if r["p"] is not None} == {False}
    assert "The windows were not declared before the data were looked at" in err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--episodes", "25"), "--episodes 25: write 25,7,90"),
        (("--window", "-3"), "a window of -3 days"),
        (("--measure", "never"), "no measure 'never'"),
        (("--level", "2"), "a level of 2"),
        (("--regime", "x"), "--regime x: write a day"),
        (("--declared", "x"), "--declared x: write a day"),
        (("--hand-picked",), "--hand-picked and --selection all: name one"),
        (("--country", "ZZZ"), "--country ZZZ: the files write AAA"),
    ],
)
def test_wrong_use_is_told(run: Run, table: Path, months: Path, argv: tuple[str, ...], said: str) -> None:
    code, out, err = run("timing", str(table), "--events", str(months), *WINDOW, *argv)
    assert code == 2
    assert out == ""
    assert said in " ".join(err.split())


def test_nothing_is_written_over(run: Run, table: Path, months: Path) -> None:
    for option in ("--epoch", "--events-out", "-o"):
        code, _, err = run("timing", str(table), "--events", str(months), *WINDOW, option, str(months))
        assert code == 2
        assert "would overwrite" in " ".join(err.split())
    assert months.read_text(encoding="utf-8").startswith("isocode")


def test_events_are_needed(run: Run, table: Path) -> None:
    code, _, err = run("timing", str(table), *WINDOW)
    assert code == 2
    assert "--events" in err
