"""The verbs cadence and agree, on made logs and tables."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.analysis.made import START, frame, visit
from tests.cli.conftest import Run
from wheelsdown.outputs import Extras, write
from wheelsdown.schema import AGREEMENT, CADENCE, VISITS

MAPPING = """
source = "spotters"
airfield = "LLOV"
every_row_seen = true
[columns]
arrived = "in"
departed = "out"
registration = "tail"
operator = "who"
"""
WINDOW = ("--since", "2023-09-01", "--until", "2023-09-17")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Six visits to Ovda in 17 days, as a table that wheelsdown wrote; a seventh at Ramon."""
    rows = [visit(START + timedelta(days=2.5 * i + 0.4), i) for i in range(6)]
    rows.append(visit(START + timedelta(days=3), 9, airfield="LLER", rivals=["LLOV"], grade="possible"))
    path = tmp_path / "visits.csv"
    write(frame(rows), path, VISITS, extras=Extras(simulated=True))
    return path


@pytest.fixture
def log(tmp_path: Path) -> tuple[Path, Path]:
    """A log of four of them, each some minutes later, and of one more; and its mapping."""
    lines = ["in,out,tail,who"]
    for i in (0, 1, 2, 4, 5.7):
        at = START + timedelta(days=2.5 * i + 0.4, minutes=7)
        lines.append(f"{at:%Y-%m-%dT%H:%MZ},{at + timedelta(hours=1):%Y-%m-%dT%H:%MZ},sim a,SIMULATED Freight")
    path, mapping = tmp_path / "log.csv", tmp_path / "log.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    mapping.write_text(MAPPING, encoding="utf-8")
    return path, mapping


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_rhythm_of_a_table(run: Run, table: Path) -> None:
    code, out, err = run("cadence", str(table), "--airfield", "LLOV", "--selection", "all", *WINDOW)
    assert code == 0
    (row,) = rows_of(out)
    assert list(row) == [*CADENCE.names, "note"]
    assert row["note"] == "SIMULATED"
    assert (row["visits"], row["every_other_day"]) == ("6", "false")
    assert [round(float(row[k]), 1) for k in ("every_days", "every_least", "every_most")] == [2.2, 1.0, 5.9]
    # nobody says that the table covers days before its first row and after its last
    assert "13 of 17 days, up to the last day of the data (13 September 2023), for nobody says" in row["exposure_how"]
    assert "SIMULATED: At LLOV at least six landed between 1 and 17 September 2023 (UTC)" in err
    # several fields, a row each
    code, out, _ = run("cadence", str(table), "--airfield", "LLOV,LLER", "--selection", "all", "--json", *WINDOW)
    assert [(r["airfield"], r["visits"]) for r in json.loads(out)] == [("LLOV", 6), ("LLER", 0)]
    code, out, _ = run(
        "cadence", str(table), "--airfield", "LLER", "--grade", "possible", "--selection", "all", "--json", *WINDOW
    )
    assert json.loads(out)[0]["visits"] == 1


def test_files_are_taken_as_picked_by_hand(run: Run, table: Path) -> None:
    for more in ((), ("--hand-picked",), ("--selection", "hand_picked")):
        code, out, err = run("cadence", str(table), *WINDOW, *more)
        assert code == 0
        assert rows_of(out)[0]["rate_per_day"] == ""
        assert "chosen by hand" in err


def test_the_rhythm_of_a_log_and_its_zone(run: Run, log: tuple[Path, Path]) -> None:
    path, mapping = log
    options = (
        "--log",
        str(path),
        "--log-map",
        str(mapping),
        "--selection",
        "all",
        "--zone",
        "Asia/Jerusalem",
        "--json",
    )
    code, out, err = run("cadence", *options, *WINDOW, "--exposure-days", "10")
    assert code == 0
    (row,) = json.loads(out)
    assert row["from_utc"] == "2023-08-31T21:00:00Z"
    assert (row["visits"], row["exposure_days"]) == (5, 10)
    assert "(Asia/Jerusalem), according to the SIMULATED log" in err.replace(
        "according to SIMULATED", "according to the SIMULATED"
    )
    assert "10 of 17 days, as stated" in err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--since", "2023-09-01"), "add --until"),
        ((*WINDOW, "--zone", "Mars/Base"), "IANA name"),
        ((*WINDOW, "--selection", "some"), "one of all, fleet, hand_picked"),
        ((*WINDOW, "--selection", "all", "--hand-picked"), "name one"),
        ((*WINDOW, "--selection", "all", "--grade", "sure"), "no grade"),
        ((*WINDOW, "--selection", "all", "--exposure-days", "40"), "window of 17"),
        (("--since", "2023-09-17", "--until", "2023-09-01"), "not before"),
        ((*WINDOW, "--log", "x.csv"), "name one"),
        (("--since", "2023-09-31", "--until", "2023-10-01"), "no such day"),
    ],
)
def test_wrong_use_of_cadence(run: Run, table: Path, argv: tuple[str, ...], said: str) -> None:
    code, out, err = run("cadence", str(table), *argv)
    assert code == 2
    assert out == ""
    assert said in err


def test_a_log_and_a_table_agree(run: Run, table: Path, log: tuple[Path, Path], tmp_path: Path) -> None:
    path, mapping = log
    totals = tmp_path / "totals.json"
    argv = ("--log-map", str(mapping), "--airfield", "LLOV", "--summary", str(totals), *WINDOW)
    code, out, err = run("agree", str(path), str(table), *argv)
    assert code == 0
    rows = rows_of(out)
    assert list(rows[0]) == [*AGREEMENT.names, "note"]
    kinds = [r["kind"] for r in rows]
    assert (kinds.count("both"), kinds.count("first_only"), kinds.count("second_only")) == (4, 1, 3)
    (total,) = json.loads(totals.read_text(encoding="utf-8"))
    assert (total["first"], total["second"], total["both"]) == ("log.csv", "visits.csv", 4)
    assert total["note"] == "SIMULATED"
    assert "four visits are in both log.csv and visits.csv" in err
    assert "No total: log.csv is taken as chosen by hand" in err
    for how, said in (("all", "fewer than seven visits are in both"), ("all,hand_picked", "visits.csv is taken as")):
        assert said in run("agree", str(path), str(table), *argv, "--selection", how)[2]
    # the other way round, with names, and with what is no rival
    code, _, err = run("agree", str(table), str(path), "--names", "tracks,spotters", *argv)
    assert "three only in tracks and one only in spotters" in err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--independent", "--dependent"), "name one"),
        (("--names", "one"), "two different names"),
        (("--names", "one,one"), "two different names"),
        (("--selection", "some"), "no selection"),
        (("--selection", "all,all,all"), "two with a comma"),
        (("--minutes", "-5"), "0 or more"),
        (("--summary", "x.txt"), "suffix"),
    ],
)
def test_wrong_use_of_agree(run: Run, table: Path, more: tuple[str, ...], said: str) -> None:
    code, out, err = run("agree", str(table), str(table), *more)
    assert code == 2
    assert out == ""
    assert said in err


def test_one_source_is_not_two(run: Run, table: Path, tmp_path: Path) -> None:
    code, _, err = run("agree", str(table))
    assert code == 2
    assert "name the second" in err
    code, _, err = run("agree", str(table), str(table), "--lake", str(tmp_path))
    assert code == 2
    assert "--lake" in err


def test_made_and_real_visits_are_never_compared(run: Run, table: Path, tmp_path: Path) -> None:
    real = tmp_path / "real.csv"
    write(frame([visit(START, 1, source="somebody")]), real, VISITS)
    code, _, err = run("agree", str(table), str(real))
    assert code == 2
    assert "one source is SIMULATED" in err
    code, _, err = run("cadence", str(table), str(real), *WINDOW)
    assert code == 2
    assert "read them apart" in err


def test_checks_in_columns_of_a_file_are_not_believed(run: Run, tmp_path: Path) -> None:
    rejected = {"verdict": "reject", "check_state": "current", "checked_by": "anybody"}
    path = tmp_path / "visits.csv"
    write(frame([visit(START + timedelta(days=1), 1, **rejected)]), path, VISITS)
    code, out, err = run("cadence", str(path), "--selection", "all", "--json", *WINDOW)
    assert code == 0
    assert json.loads(out)[0]["visits"] == 1
    assert "only a chain of checks counts" in err


def test_positions_and_visits_are_not_mixed(run: Run, table: Path, tmp_path: Path) -> None:
    other = tmp_path / "positions.csv"
    other.write_text("time_utc,latitude_deg,longitude_deg\n2023-09-01T00:00:00Z,29.9,34.9\n", encoding="utf-8")
    code, _, err = run("cadence", str(table), str(other), *WINDOW)
    assert code == 2
    assert "holds visits and" in err


def test_a_mapping_that_fits_no_file_is_an_error(run: Run, log: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    code, _, err = run("cadence", str(other), "--log-map", str(log[1]), *WINDOW)
    assert code == 2
    assert "no file has the columns it maps: in, out, tail, who" in err


def test_on_a_terminal(run: Run, table: Path, monkeypatch: pytest.MonkeyPatch, log: tuple[Path, Path]) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    _, out, err = run("cadence", str(table), "--selection", "all", *WINDOW)
    assert "every days" in out
    assert "where some were not, it was quicker" in err
    _, out, err = run("agree", str(log[0]), str(table), "--log-map", str(log[1]))
    assert "second_only" in out
    assert "may both be wrong" in err


def test_the_table_read_is_never_written_over(run: Run, table: Path) -> None:
    before = table.read_bytes()
    for argv in (
        ("cadence", str(table), *WINDOW, "-o", str(table)),
        ("agree", str(table), str(table), "--summary", str(table)),
    ):
        code, _, err = run(*argv)
        assert code == 2
        assert "would overwrite" in err
    assert table.read_bytes() == before
