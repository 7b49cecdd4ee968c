"""The verbs surges and shares, on made tables. All data are SIMULATED."""

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
from wheelsdown.schema import SHARES, SURGES, VISITS

WINDOW = ("--since", "2023-09-01", "--until", "2024-08-31", "--draws", "999")
TIV = "supplier,recipient,year,value\nBland,Aland,2019,30\nCland,Aland,2020,10\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [visit(START + timedelta(days=12 * i, hours=3), i) for i in range(30)]
    rows += [visit(START + timedelta(days=160 + i, hours=9), 100 + i) for i in range(10)]
    path = tmp_path / "visits.csv"
    write(frame(rows), path, VISITS, extras=Extras(simulated=True))
    return path


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_surges_of_a_table(run: Run, table: Path, tmp_path: Path) -> None:
    series, blocks = tmp_path / "series.csv", tmp_path / "blocks.json"
    asked = ("surges", str(table), "--airfield", "LLOV", "--selection", "all", *WINDOW)
    more = ("--declared", "Feb=2024-02-08..2024-02-17@2024-02-07", "--series", str(series), "--blocks", str(blocks))
    code, out, err = run(*asked, *more)
    assert code == 0
    found, named = rows_of(out)
    assert list(found) == [*SURGES.names, "note"]
    assert (found["kind"], found["surge"], found["note"]) == ("found", "true", "SIMULATED")
    assert (named["kind"], named["name"], named["began"], named["visits"]) == ("declared", "Feb", "2024-02-08", "11")
    assert "SIMULATED: At LLOV" in err
    assert "found by looking" in err
    assert sum(int(r["visits"]) for r in rows_of(series.read_text(encoding="utf-8"))) == 40
    assert sum(r["visits"] for r in json.loads(blocks.read_text(encoding="utf-8"))) == 40
    # a second run gives the same bytes
    assert run(*asked, *more)[1] == out
    assert run(*asked, "--seed", "1")[1] != out


def test_surges_of_files_picked_by_hand_are_refused(run: Run, table: Path) -> None:
    code, out, err = run("surges", str(table), *WINDOW)
    assert code == 0
    assert rows_of(out)[0]["p"] == ""
    assert "taken as chosen by hand" in err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--declared", "Feb"), "--declared Feb"),
        (("--draws", "5"), "5 draws"),
        (("--level", "2"), "level is 2"),
        (("--hand-picked", "--selection", "all"), "name one"),
        (("--zone", "Mars"), "--zone Mars"),
    ],
)
def test_wrong_use_of_surges(run: Run, table: Path, more: tuple[str, ...], said: str) -> None:
    selection = () if "--selection" in more else ("--selection", "all")
    code, _, err = run("surges", str(table), "--since", "2023-09-01", "--until", "2024-08-31", *selection, *more)
    assert code == 2
    assert said in err


def test_nothing_read_is_written_over(run: Run, table: Path) -> None:
    before = table.read_bytes()
    code, _, err = run("surges", str(table), "--selection", "all", *WINDOW, "--series", str(table))
    assert code == 2
    assert "would overwrite" in err
    assert table.read_bytes() == before


def test_shares_of_a_table(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "tiv_2022-01-01.csv"
    path.write_text(TIV, encoding="utf-8")
    code, out, err = run("shares", str(path), "--recipient", "Aland", "--supplier", "Bland", "--years", "2019-2020")
    assert code == 0
    (row,) = rows_of(out)
    assert list(row) == SHARES.names
    assert float(row["share"]) == pytest.approx(0.75)
    assert "75.0 % came from Bland" in err
    code, _, err = run("shares", str(path), "--recipient", "Aland")
    assert (code, "add --years" in err) == (2, True)
    code, _, err = run("shares", str(path), "--recipient", "Zland", "--years", "2020")
    assert (code, "no transfers to 'Zland'" in err) == (2, True)
    (tmp_path / "broken.csv").write_bytes(b"\x00\x01")
    code, _, err = run("shares", str(tmp_path / "broken.csv"), "--recipient", "Aland", "--years", "2020")
    assert code == 1
    assert "no arms transfers loaded" in err
