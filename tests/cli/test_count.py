"""The verb count: the sentence on stderr, the rows on stdout, exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.small_lake import small_lake
from wheelsdown.schema import COUNTS

WINDOW = ("--airfield", "LLOV", "--since", "2023-09-02", "--until", "2023-09-05")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_lake(tmp_path_factory.mktemp("small")).path.parent


def test_in_a_pipe_it_is_csv_with_the_sentence_in_it(run: Run, made: Path) -> None:
    code, out, err = run("count", "--lake", str(made / "lake"), *WINDOW)
    assert code == 0
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    assert list(row) == [*COUNTS.names, "note"]
    assert (row["at_least"], row["selection"], row["note"]) == ("2", "all", "SIMULATED")
    assert row["sentence"] in err
    assert row["sentence"].startswith("SIMULATED: At least two landed at LLOV between 2 and 5 September 2023 (UTC)")
    assert "note: SIMULATED: made from simulated positions" in err


def test_json_and_files(run: Run, made: Path, tmp_path: Path) -> None:
    names = [tmp_path / f"c{s}" for s in (".csv", ".json", ".xlsx", ".parquet")]
    code, out, err = run(
        "count", str(made / "recordings"), *WINDOW, "--by", "aircraft", "--by", "day", "--json",
        *(part for n in names for part in ("-o", str(n))),
    )  # fmt: skip
    assert code == 0, err
    rows = json.loads(out)
    assert rows == json.loads(names[1].read_text())
    assert [(r["icao24"], r["period"], r["at_least"]) for r in rows if r["at_least"]] == [
        ("d00001", "2023-09-02", 1),
        ("d00001", "2023-09-03", 1),
    ]
    assert all(n.stat().st_size for n in names)
    assert "wrote" in err


def test_on_a_terminal_the_table_is_below_the_sentence(run: Run, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    code, out, err = run("count", "--lake", str(made / "lake"), *WINDOW, "--by", "day")
    assert code == 0
    assert "at least" in out
    assert "2023-09-02" in out
    assert "An empty cell is no nought" in err
    assert err.count("SIMULATED: At least one landed at LLOV on") == 2
    assert err.count("SIMULATED: No landing was received at LLOV on") == 2


def test_many_sentences_are_cut_and_the_table_is_not(run: Run, made: Path) -> None:
    code, out, err = run(
        "count", str(made / "recordings"), "--airfield", "LLOV", "--since", "2023-08-01", "--until", "2023-09-30",
        "--by", "day",
    )  # fmt: skip
    assert code == 0
    assert len(list(csv.DictReader(io.StringIO(out, newline="")))) == 61
    assert err.count("LLOV on ") == 12
    assert "and 49 more; the column sentence holds all of them" in err


def test_what_cannot_be_asked(run: Run, made: Path, tmp_path: Path) -> None:
    files = str(made / "recordings")
    empty = tmp_path / "empty"
    empty.mkdir()
    for argv, wanted, said in (
        ((files, *WINDOW, "--hand-picked", "--selection", "all"), 2, "give one of the two"),
        ((files, *WINDOW, "--by", "moon"), 2, "--by moon"),
        ((files, *WINDOW, "--zone", "Nowhere"), 2, "--zone Nowhere"),
        ((files, *WINDOW, "--checks", str(tmp_path / "none.jsonl")), 2, "no such file"),
        ((files, "--lake", str(made / "lake"), *WINDOW), 2, "both files and --lake"),
        (("--lake", str(tmp_path / "nothing"), *WINDOW), 1, "no lake"),
        ((str(empty), *WINDOW), 1, "no positions loaded; nothing could be counted"),
        (("--lake", str(made / "lake"), "--airfield", "LLOV", "--since", "2020-01-01", "--until", "2020-01-02"), 1,
         "no positions loaded; nothing could be counted"),
    ):  # fmt: skip
        code, out, err = run("count", *argv)
        assert (code, list(csv.DictReader(io.StringIO(out, newline="")))) == (wanted, []), err
        assert said in err


def test_hand_picked_is_said_and_refuses(run: Run, made: Path) -> None:
    code, out, err = run("count", "--lake", str(made / "lake"), *WINDOW, "--hand-picked", "--json")
    assert code == 0
    (row,) = json.loads(out)
    assert (row["selection"], row["cannot_be_ruled_out"], row["best_estimate"]) == ("hand_picked", None, None)
    assert "The files were picked by hand: they cannot show how many were missed." in err
