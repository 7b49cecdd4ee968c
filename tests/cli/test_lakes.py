"""The verbs of a lake: exit codes, rows on stdout, talk on stderr, on a SIMULATED lake."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.conftest import Run
from tests.small_lake import CAME, DAMAGED, FIELD, LANDED, MISSING, PASSED, files, small_lake
from wheelsdown.cli import chosen
from wheelsdown.schema import COVERAGE, LEDGER, TABLES, VERIFIED, VISITS


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_lake(tmp_path_factory.mktemp("small")).path


@pytest.fixture
def lake(made: Path, tmp_path: Path) -> str:
    """Give a copy that may be spoiled."""
    shutil.copytree(made, tmp_path / "lake")
    return str(tmp_path / "lake")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def table_of(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)


def test_ingest_says_what_went_in_and_passes_over_what_is_there(run: Run, tmp_path: Path) -> None:
    recordings, lake = tmp_path / "recordings", str(tmp_path / "lake")
    assert len(files(recordings)) == 3
    code, out, err = run("ingest", str(recordings), "--lake", lake)
    assert (code, out) == (0, "")
    assert "3 files read" in err
    assert f"2 days from {LANDED[0]} to {LANDED[1]} written" in err
    code, out, err = run("ingest", str(recordings), "--lake", lake)
    assert (code, out) == (0, "")
    assert "note: 3 files were in the lake already" in err
    assert "nothing new" in err


def test_a_file_that_gave_nothing_is_tried_again(run: Run, tmp_path: Path) -> None:
    odd, lake = tmp_path / "odd.csv", str(tmp_path / "lake")
    odd.write_text("when;north;east\n2023-09-02T12:00:00Z;29.94;34.93\n")
    problems = tmp_path / "problems.csv"
    for _ in range(2):
        code, out, err = run("ingest", str(odd), "--lake", lake, "--problems", str(problems))
        assert (code, out) == (1, "")
        assert "no positions in it" in err
        assert "in the lake already" not in err
        assert rows_of(problems.read_text())[0]["file"] == str(odd)
    how = tmp_path / "how.toml"
    how.write_text(
        'source = "SIMULATED by hand"\ndelimiter = ";"\n[time]\ncolumn = "when"\nformat = "iso"\n'
        '[columns]\nlatitude_deg = "north"\nlongitude_deg = "east"\n'
    )
    code, _, err = run("ingest", str(odd), "--lake", lake, "--map", str(how))
    assert code == 0, err
    assert "1 file read, 1 positions" in err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["ingest", "--lake", "{new}"], "no paths given"),
        (["ingest", "{new}/nothing", "--lake", "{new}"], "no such file"),
        (["ingest", "{lake}/lake.json", "--lake", "{new}", "--problems", "{new}/p.csv"], "lies in the lake"),
        (["visits", "a.csv", "--lake", "{lake}"], "both files and --lake"),
        (["visits", "--lake", "{lake}", "-o", "{lake}/v.csv"], "lies in the lake"),
        (["coverage", "--lake", "{lake}", "--airfield", FIELD, "-o", "{lake}/near/c.csv"], "lies in the lake"),
        (["coverage", "--lake", "{lake}"], "name a place"),
        (["coverage", "--lake", "{lake}", "--at", "1,2"], "LAT,LON,KM"),
        (["coverage", "--lake", "{lake}", "--airfield", FIELD, "--radius-km", "-5"], "above 0"),
        (
            ["coverage", "--lake", "{lake}", "--airfield", FIELD, "--since", "2023-09-03", "--until", "2023-09-02"],
            "is not before",
        ),
        (["coverage", "--lake", "{lake}", "--airfield", FIELD, "--since", "then"], "UTC day"),
        (["ledger", "--lake", "{lake}", "--since", "2023-09-03", "--until", "2023-09-02"], "is not before"),
        (["ledger", "--lake", "{lake}", "--status", "lost"], "one of received, empty"),
        (["ledger"], "--lake"),
        (["verify"], "requires an argument"),
    ],
)
def test_wrong_use_exits_2_and_makes_nothing(run: Run, lake: str, tmp_path: Path, argv: list[str], said: str) -> None:
    new = tmp_path / "new"
    code, out, err = run(*(a.format(lake=lake, new=new) for a in argv))
    assert (code, out) == (2, "")
    assert err.startswith("wheelsdown: ")
    assert said in err
    assert not new.exists()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["visits", "--lake", "{new}"], "no lake"),
        (["coverage", "--lake", "{new}", "--airfield", FIELD], "no lake"),
        (["ledger", "--lake", "{new}"], "no lake"),
        (["verify", "{new}"], "no lake"),
        (["coverage", "--lake", "{lake}", "--airfield", "QQQQQ"], "no airfield bears this code"),
        (["visits", "--lake", "{lake}", "--airfield", "QQQQQ"], "no airfield bears this code"),
        (["ingest", "{lake}", "--lake", "{here}"], "is no lake"),
    ],
)
def test_failures_exit_1(run: Run, lake: str, tmp_path: Path, argv: list[str], said: str) -> None:
    new = tmp_path / "new"
    code, out, err = run(*(a.format(lake=lake, new=new, here=tmp_path) for a in argv))
    assert (code, out) == (1, "")
    assert said in err
    assert not new.exists()


def test_visits_of_a_lake(run: Run, lake: str) -> None:
    code, out, err = run("visits", "--lake", lake, "--airfield", FIELD)
    assert code == 0
    rows = rows_of(out)
    assert list(rows[0]) == [*VISITS.names, "note"]
    assert [(r["icao24"], r["airfield"], r["grade"], r["note"]) for r in rows] == [
        (CAME, FIELD, "observed", "SIMULATED")
    ] * len(LANDED)
    assert "SIMULATED" in err


def test_the_ledger_is_told_beside_an_answer(run: Run, lake: str) -> None:
    _, _, err = run("visits", "--lake", lake, "--airfield", FIELD, "--since", "2023-09-01", "--until", str(MISSING))
    assert "note: of 1 day (2023-09-01) nothing is known: not in the lake, and never asked for" in err
    assert f"note: 1 day ({DAMAGED}) damaged: 122 of 256 folders" in err
    assert f"note: 1 day ({MISSING}) missing: 404" in err
    assert "chosen files or aircraft" not in err


def test_chosen_files_are_not_everybody(run: Run, tmp_path: Path) -> None:
    files(tmp_path / "recordings")
    lake = str(tmp_path / "lake")
    assert run("ingest", str(tmp_path / "recordings"), "--lake", lake)[0] == 0
    days = f"on 2 days ({LANDED[0]} to {LANDED[1]})"
    said = f"{days} the lake holds chosen files or aircraft: others that came are in no row"
    assert said in run("visits", "--lake", lake, "--airfield", FIELD)[2]
    assert "chosen files" not in run("visits", "--lake", lake, "--airfield", FIELD, "--icao24", CAME)[2]
    assert "chosen files" not in run("visits", "--lake", lake)[2]


def test_none_near_is_an_answer_and_no_positions_is_none(run: Run, lake: str) -> None:
    for asked in (["--airfield", "KMSP"], ["--icao24", "d0ffff"], ["--registration", "SIM-1"]):
        code, out, err = run("visits", "--lake", lake, *asked)
        assert code == 0
        assert rows_of(out) == []
        assert "positions of 2 aircraft in this window, none of them" in err
        assert "no visit found" in err
        assert "SIMULATED" in err
    window = ["--since", "2024-01-01", "--until", "2024-01-03"]
    code, out, err = run("visits", "--lake", lake, "--airfield", FIELD, *window)
    assert code == 1
    assert rows_of(out) == []
    assert "of 3 days (2024-01-01 to 2024-01-03) nothing is known" in err
    assert "no positions loaded; nothing could be counted" in err
    assert "the lake holds" not in err


def test_coverage(run: Run, lake: str) -> None:
    code, out, err = run("coverage", "--lake", lake, "--airfield", FIELD, "--since", "2023-09-01")
    assert code == 0
    rows = rows_of(out)
    assert list(rows[0]) == [*COVERAGE.names, "note"]
    assert {r["note"] for r in rows} == {"SIMULATED"}
    assert [(r["day"], r["status"], r["aircraft"], r["aircraft_on_ground"], r["hours"]) for r in rows] == [
        ("2023-09-01", "", "", "", ""),
        (str(LANDED[0]), "received", "1", "1", "1"),
        (str(LANDED[1]), "received", "2", "1", "2"),
        (str(DAMAGED), "damaged", "", "", ""),
        (str(MISSING), "missing", "", "", ""),
    ]
    assert rows[0]["reason"] == "never asked for: nothing is known"
    assert 0 < float(rows[1]["lowest_ft"]) < 200
    assert "1 day (2023-09-01): never asked for" in err
    assert "SIMULATED" in err


def test_coverage_round_a_point_and_as_json(run: Run, lake: str) -> None:
    code, out, _ = run("coverage", "--lake", lake, "--at", "29.94,34.93,30", "--since", str(LANDED[0]), "--json")
    assert code == 0
    rows = json.loads(out)
    assert len(rows) == 4
    assert rows[0]["airfield"] is None
    assert rows[0]["radius_km"] == 30.0
    assert rows[0]["aircraft_on_ground"] == 1


def test_ledger(run: Run, lake: str) -> None:
    code, out, err = run("ledger", "--lake", lake)
    assert code == 0
    rows = rows_of(out)
    assert list(rows[0]) == [*LEDGER.names, "note"]
    assert [(r["source"], r["day"], r["status"]) for r in rows] == [
        ("SIMULATED archive", str(LANDED[0]), "received"),
        ("files", str(LANDED[0]), "received"),
        ("SIMULATED archive", str(LANDED[1]), "received"),
        ("files", str(LANDED[1]), "received"),
        ("SIMULATED archive", str(DAMAGED), "damaged"),
        ("SIMULATED archive", str(MISSING), "missing"),
    ]
    assert "SIMULATED" in err
    code, out, _ = run("ledger", "--lake", lake, "--status", "missing,damaged", "--since", str(MISSING))
    assert [r["day"] for r in rows_of(out)] == [str(MISSING)]
    code, out, err = run("ledger", "--lake", lake, "--status", "expired")
    assert (code, rows_of(out)) == (0, [])
    assert "no such row" in err


def test_verify_names_a_flipped_byte_and_exits_1(run: Run, lake: str) -> None:
    code, out, err = run("verify", lake, "--deep")
    assert code == 0
    rows = rows_of(out)
    assert list(rows[0]) == [*VERIFIED.names, "note"]
    assert {r["finding"] for r in rows} == {"good"}
    assert "SIMULATED" in err
    last = re.search(r"the last hash is ([0-9a-f]{64})", err)
    assert last is not None
    assert last[1] in Path(lake, "chain.jsonl").read_text().splitlines()[-1]
    name = f"positions/2023/{LANDED[0]}.parquet"
    data = bytearray(Path(lake, name).read_bytes())
    data[len(data) // 2] ^= 1
    Path(lake, name).write_bytes(data)
    code, out, err = run("verify", lake)
    assert code == 1
    assert rows_of(out)[0]["file"] == name
    assert f"{name}: differs from what was committed" in err


def test_verify_on_a_terminal_shows_faults_only(run: Run, lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch)
    code, out, err = run("verify", lake)
    assert (code, out) == (0, "")
    assert "files are as they were committed" in err
    Path(lake, "near", "2023", f"{LANDED[1]}.parquet").unlink()
    code, out, _ = run("verify", lake)
    assert code == 1
    lines = table_of(out).splitlines()
    assert lines[0].split() == ["file", "finding", "remedy"]
    assert "is missing" in out
    assert "good" not in out
    assert max(map(len, lines)) <= 80


def test_coverage_on_a_terminal(run: Run, lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch)
    code, out, err = run("coverage", "--lake", lake, "--airfield", FIELD, "--since", "2023-08-29")
    assert code == 0
    lines = [line.rstrip() for line in table_of(out).splitlines()]
    assert lines[0].split("  ")[0] == "airfield"
    assert [h for h in ("status", "aircraft", "on ground", "lowest ft") if h not in lines[0]] == []
    assert lines[1].split() == [FIELD, "2023-08-29", "to", "2023-09-01", "not", "asked"]
    assert len(lines) == 6
    assert max(map(len, lines)) <= 80
    for said in ("SIMULATED", "no receiver listened", "nothing is known", "never broadcast", "chosen files"):
        assert said in err


def test_ledger_on_a_terminal(run: Run, lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch)
    code, out, err = run("ledger", "--lake", lake)
    assert code == 0
    lines = table_of(out).splitlines()
    assert lines[0].split() == ["day", "source", "what", "status", "reason"]
    assert f"{LANDED[0]} to {LANDED[1]}" in out
    assert max(map(len, lines)) <= 80
    assert "only received and empty say what flew" in err.lower()


def test_explain_out_of_a_lake(run: Run, lake: str) -> None:
    _, out, _ = run("visits", "--lake", lake, "--airfield", FIELD)
    visit = rows_of(out)[0]["visit_id"]
    code, out, _ = run("explain", visit, "--lake", lake)
    assert code == 0
    assert out.startswith("SIMULATED ")
    assert f"SIMULATED-{CAME}-{LANDED[0]}.parquet" in out


@pytest.mark.parametrize("verb", ["legs", "gaps"])
def test_other_tables_of_a_lake(run: Run, lake: str, verb: str) -> None:
    code, out, err = run(verb, "--lake", lake, "--icao24", f"{CAME},{PASSED}")
    assert code == 0
    rows = rows_of(out)
    assert {r["note"] for r in rows} == {"SIMULATED"}
    assert "SIMULATED" in err


@pytest.mark.parametrize("name", list(chosen.COLUMNS))
def test_columns_shown_are_columns_that_are(name: str) -> None:
    made_up = {"dwell_min", "aircraft", "callsign"}
    if name == "OBSERVABILITY":
        made_up |= {"seen", "arrivals", "departures"}  # joined from several columns
    assert set(chosen.COLUMNS[name]) <= set(TABLES[name].names) | made_up
    order = list(chosen.COLUMNS[name].values())
    assert len(order) == len(set(order))


def test_days_in_a_row_are_one_line() -> None:
    days = ["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-03", "2024-03-04"]
    frame = pl.DataFrame({"day": days, "status": ["a", "a", "a", "a", None]})
    told: list[tuple[Any, ...]] = chosen.in_runs(frame).rows()
    assert told == [("2024-02-28 to 2024-03-01", "a"), ("2024-03-03", "a"), ("2024-03-04", None)]
    assert chosen.in_runs(frame.clear()).is_empty()
