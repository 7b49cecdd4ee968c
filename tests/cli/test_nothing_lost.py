"""No input is written over, and no nought is silent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

OWN = "icao24,time_utc,latitude_deg,longitude_deg,source\n001e23,2030-01-01T00:00:00Z,50,8,SIMULATED made\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "a.csv").write_text(OWN)
    return folder


@pytest.mark.parametrize(
    "argv",
    [
        ["visits", "{d}/in/a.csv", "-o", "{d}/in/a.csv"],
        ["visits", "{d}/in/a.csv", "-o", "{d}/in/../in/a.csv"],
        ["visits", "{d}", "-o", "{d}/in/a.csv"],
        ["legs", "{d}/in/*.csv", "-o", "{d}/in/a.csv"],
        ["gaps", "{d}/in", "--problems", "{d}/in/a.csv"],
        ["visits", "{d}/in", "-o", "{d}/link.csv"],
        ["visits", "{d}/link.csv", "-o", "{d}/in/a.csv"],
        ["visits", "{d}/in", "-o", "{d}/hard.csv"],
        ["visits", "{d}/in", "--identity", "{d}/other.csv", "-o", "{d}/other.csv"],
        ["visits", "{d}/in", "--map", "{d}/other.csv", "--problems", "{d}/other.csv"],
        ["visits", "{d}/in", "--airfields", "{d}/other.csv", "-o", "{d}/other.csv"],
        ["visits", "{d}/in", "--registers", "{d}/other.csv", "-o", "{d}/other.csv"],
        ["identify", "zzaaa", "--registers", "{d}/other.csv", "-o", "{d}/other.csv"],
        ["reference", "show", "LLOV", "--airfields", "{d}/other.csv", "-o", "{d}/other.csv"],
        ["visits", "{d}", "-o", "{d}/notes.csv"],
        ["visits", "{d}/in", "-o", "{d}/new.csv", "-o", "{d}/in/../new.csv"],
        ["visits", "{d}/in", "-o", "{d}/new.csv", "--problems", "{d}/new.csv"],
    ],
)
def test_what_is_read_is_not_written_over(run: Run, data: Path, argv: list[str]) -> None:
    (data / "link.csv").symlink_to(data / "in" / "a.csv")
    os.link(data / "in" / "a.csv", data / "hard.csv")
    (data / "other.csv").write_text("file,registration\n")
    (data / "notes.datapackage.json").write_text("[]")
    before = {p: p.read_bytes() for p in data.rglob("*") if p.is_file()}
    code, out, err = run(*(a.replace("{d}", str(data)) for a in argv))
    assert (code, out) == (2, "")
    assert "which is read" in err or "both would be written" in err
    assert {p: p.read_bytes() for p in data.rglob("*") if p.is_file()} == before


def test_an_old_answer_may_be_replaced(run: Run, data: Path) -> None:
    target = data / "v.csv"
    for _ in range(2):
        assert run("visits", str(data / "in"), "-o", str(target), "-o", "-")[0] == 0
    assert target.exists()


def test_a_nought_without_positions_is_a_failure(run: Run, tmp_path: Path) -> None:
    (tmp_path / "garbage.csv").write_bytes(b"\x00\x01 no positions")
    (tmp_path / "none").mkdir()
    for given in ("garbage.csv", "none"):
        for verb, options, said in (("visits", [], "visit_id,"), ("legs", [], "leg_id,"), ("gaps", ["--json"], "[")):
            code, out, err = run(verb, str(tmp_path / given), *options)
            assert code == 1
            assert out.startswith(said)
            assert "no positions loaded; nothing could be counted" in err


def test_a_nought_with_positions_says_of_how_many(run: Run, data: Path) -> None:
    for verb, one in (("visits", "visit"), ("legs", "leg"), ("gaps", "gap")):
        code, out, err = run(verb, str(data))
        if len(out.splitlines()) == 1:
            assert f"1 position of 1 aircraft read; no {one} found" in err
        assert code == 0
    code, out, err = run("visits", str(data), "--icao24", "001e24")
    assert (code, len(out.splitlines())) == (0, 1)
    assert "1 position of 1 aircraft read; no visit found; --ruled-out lists passes without a stop" in err
    assert "lists passes" not in run("visits", str(data), "--icao24", "001e24", "--ruled-out")[2]


def test_standard_input_and_pipes_do_not_hang(run: Run, tmp_path: Path) -> None:
    code, out, err = run("visits", "-")
    assert (code, out) == (2, "")
    assert "standard input" in err
    os.mkfifo(tmp_path / "p")
    code, _, err = run("visits", str(tmp_path / "p"))
    assert code == 1
    assert "a pipe (FIFO), not a regular file" in err


def test_a_star_on_a_dwell_that_hides_other_stops(
    run: Run, faked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    _, out, err = run("visits", "somewhere")
    assert "2 or more*" in out
    assert "1 or more*" not in out
    assert "1 or more" in out
    assert err.count("* if it did not leave and come back in a silence: another stop would fit") == 1
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    assert "other stops" not in run("visits", "somewhere")[2]
