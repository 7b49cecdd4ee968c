"""Signing off on the command line: beside a lake, in a file, told with the visits, verified."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.conftest import Run
from tests.small_lake import LANDED, small_lake, visit
from tests.small_lake import runway as way
from wheelsdown.engines.local import visits
from wheelsdown.lake import Lake
from wheelsdown.lake.ingesting import ingest
from wheelsdown.schema import CHECKS

BY = ("--by", "A. Reporter", "--verdict", "confirm")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_lake(tmp_path_factory.mktemp("small")).path.parent


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give copies of the lake and of the recordings it was made from, and go there."""
    shutil.copytree(made / "lake", tmp_path / "lake")
    shutil.copytree(made / "recordings", tmp_path / "recordings")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def ids(made: Path) -> list[str]:
    return visits(lake=made / "lake", airfield="LLOV")["visit_id"].to_list()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def of(run: Run, *argv: str) -> list[dict[str, Any]]:
    code, out, err = run(*argv, "--json")
    assert code == 0, err
    return list(json.loads(out))


def test_a_check_lies_beside_the_lake_and_is_told_with_the_visit(run: Run, folder: Path, ids: list[str]) -> None:
    code, out, err = run("check-visit", ids[0], "--lake", "lake", *BY, "--note", "seen in a photograph")
    assert code == 0, err
    (entered,) = rows(out)
    assert list(entered) == [*CHECKS.names]
    assert (entered["visit_id"], entered["by"], entered["verdict"], entered["state"]) == (
        ids[0], "A. Reporter", "confirm", "current",
    )  # fmt: skip
    assert entered["note"] == "SIMULATED; seen in a photograph"
    assert f"kept in lake/checks.jsonl, entry 1; the last hash is {entered['sha256']}" in err
    told = {v["visit_id"]: v for v in of(run, "visits", "--lake", "lake", "--airfield", "LLOV")}
    assert (told[ids[0]]["checked_by"], told[ids[0]]["check_state"]) == ("A. Reporter", "current")
    assert told[ids[0]]["check_note"] == "seen in a photograph"
    assert told[ids[1]]["checked_by"] is None
    # a question about the aircraft, about the day, about everything: the same evidence
    for question in (("--icao24", "d00001"), ("--since", "2023-09-02", "--until", "2023-09-02"), ()):
        again = {v["visit_id"]: v for v in of(run, "visits", "--lake", "lake", *question)}
        assert again[ids[0]]["check_state"] == "current"


def test_checks_of_files_lie_in_a_file(run: Run, folder: Path, ids: list[str]) -> None:
    code, _, err = run("check-visit", ids[0], ids[1], "recordings", *BY)
    assert code == 0, err
    assert "kept in wheelsdown-checks.jsonl, entries 1 to 2" in err
    assert "--checks wheelsdown-checks.jsonl shows it with the visits" in err
    assert [v["checked_by"] for v in of(run, "visits", "recordings", "--airfield", "LLOV")] == [None, None]
    told = of(run, "visits", "recordings", "--airfield", "LLOV", "--checks", "wheelsdown-checks.jsonl")
    assert [v["checked_by"] for v in told] == ["A. Reporter"] * 2
    # the evidence of files and of a lake made from them is one
    in_lake = of(run, "visits", "--lake", "lake", "--airfield", "LLOV", "--checks", "wheelsdown-checks.jsonl")
    assert [v["check_state"] for v in in_lake] == ["current"] * 2
    code, _, err = run("visits", "recordings", "--checks", "none.jsonl")
    assert code == 2
    assert "none.jsonl: no such file" in err


def test_several_ids_a_beginning_and_what_is_none(run: Run, folder: Path, ids: list[str]) -> None:
    assert run("check-visit", ",".join(ids), "recordings", *BY)[0] == 0
    assert run("check-visit", ids[0][:16], "recordings", *BY)[0] == 0
    assert len(of(run, "checks")) == 3
    for argv, said in (
        (("d00001", "recordings"), "fits 2 visits"),
        (("d00009-20230902T1200Z-0000", "recordings"), "no visit d00009"),
        (("d00009-20239902T1200Z-0000", "--lake", "lake"), "is no day"),
        (("d00009-20230902T1200Z-0000", "--lake", "lake"), "no visit d00009"),
        (("nonsense", "--lake", "lake"), "no visit nonsense"),
        ((ids[0], "recordings", "--lake", "lake"), "both files and --lake"),
        ((), "name a visit"),
        ((f"{ids[0]},d00009-20230902T1200Z-0000", "recordings"), "no visit d00009"),
    ):
        code, out, err = run("check-visit", *argv, *BY)
        assert (code, out) == (2, ""), err
        assert said in err
    # nothing of a question that was wrong in part was entered
    assert len(of(run, "checks")) == 3
    assert not (folder / "lake" / "checks.jsonl").exists()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--by", "", "--verdict", "confirm"), "--by"),
        (("--by", "a\nb", "--verdict", "confirm"), "U+000A"),
        (("--by", "A", "--verdict", "true"), "confirm, reject, unsure"),
        (("--by", "A", "--verdict", "confirm", "--note", "x" * 10_000), "4,000 at most"),
        (("--by", "A", "--verdict", "confirm", "--note", "a\u202eb"), "U+202E"),
        (("--verdict", "confirm"), "--by"),
    ],
)
def test_signatures_that_cannot_be_taken(
    run: Run, folder: Path, ids: list[str], argv: tuple[str, ...], said: str
) -> None:
    code, out, err = run("check-visit", ids[0], "--lake", "lake", *argv)
    assert (code, out) == (2, "")
    assert said in err
    assert not (folder / "lake" / "checks.jsonl").exists()


def test_hostile_names_and_notes_are_safe_in_every_output(run: Run, folder: Path, ids: list[str]) -> None:
    note = '=HYPERLINK("http://x")\n2023-09-03  LLOV  confirm\n\u200f</script>'
    assert (
        run(
            "check-visit", ids[0], "--lake", "lake", "--by", "+cmd|' /C calc'!A0", "--verdict", "unsure", "--note", note
        )[0]
        == 0
    )
    code, out, _ = run("checks", "--lake", "lake")
    assert code == 0
    (row,) = rows(out)
    assert row["by"].startswith("'+cmd")
    (visit_row,) = (r for r in rows(run("visits", "--lake", "lake")[1]) if r["visit_id"] == ids[0])
    assert visit_row["checked_by"].startswith("'+cmd")
    assert visit_row["check_note"].startswith("'=HYPERLINK")
    assert of(run, "checks", "--lake", "lake")[0]["by"] == "+cmd|' /C calc'!A0"
    names = [folder / f"out{s}" for s in (".csv", ".json", ".xlsx", ".geojson", ".kml", ".parquet")]
    code, _, err = run("visits", "--lake", "lake", *(p for n in names for p in ("-o", str(n))))
    assert code == 0, err
    assert b"</script>\n" not in names[4].read_bytes()
    assert pl.read_parquet(names[5]).filter(pl.col("visit_id") == ids[0])["check_note"][0] == note


def test_on_a_terminal_a_note_is_one_line_and_steers_nothing(
    run: Run, folder: Path, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    note = "first\nsecond \u200f end"
    assert run("check-visit", ids[0], "--lake", "lake", *BY, "--note", note)[0] == 0
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    _, out, err = run("checks", "--lake", "lake", "--compare")
    assert "first / second \ufffd end" in out
    assert "current" in out
    assert "the newest counts; all are kept" in err
    _, out, _ = run("visits", "--lake", "lake")
    assert "A. Reporter: confirm" in out


def test_a_re_run_and_a_later_check_overwrite_nothing(run: Run, folder: Path, ids: list[str]) -> None:
    kept = folder / "lake" / "checks.jsonl"
    assert run("check-visit", ids[0], "--lake", "lake", *BY)[0] == 0
    first = kept.read_bytes()
    run("visits", "--lake", "lake")
    run("ingest", "recordings", "--lake", "lake")
    assert kept.read_bytes() == first
    assert run("check-visit", ids[0], "--lake", "lake", "--by", "B", "--verdict", "reject")[0] == 0
    assert kept.read_bytes().startswith(first)
    assert [c["by"] for c in of(run, "checks", "--lake", "lake")] == ["A. Reporter", "B"]
    told = {v["visit_id"]: v for v in of(run, "visits", "--lake", "lake")}
    assert told[ids[0]]["verdict"] == "reject"


def test_when_the_evidence_changes_the_check_says_so(run: Run, folder: Path, ids: list[str]) -> None:
    assert run("check-visit", *ids, "--lake", "lake", *BY)[0] == 0
    assert "earlier evidence" not in run("checks", "--lake", "lake", "--compare")[1]
    # the same visit with its own arrival cut off by a later recording that contradicts it: more files, other times
    from datetime import UTC, datetime, timedelta

    noon = datetime(LANDED[0].year, LANDED[0].month, LANDED[0].day, 12, tzinfo=UTC)
    more = visit("d00001", noon + timedelta(seconds=2), way()).filter(pl.col("on_ground"))
    more.drop("receipt").write_parquet(folder / "SIMULATED-more.parquet")
    assert ingest(Lake.open(folder / "lake"), [folder / "SIMULATED-more.parquet"]).problem_rows().is_empty()
    code, out, err = run("checks", "--lake", "lake", "--compare")
    assert code == 0
    by_id = {r["visit_id"]: r for r in rows(out)}
    assert by_id[ids[0]]["state"] == "earlier evidence"
    assert "files it rests on: now also" in by_id[ids[0]]["changed"]
    assert by_id[ids[1]]["state"] == "current"
    assert "1 of 2 checks on earlier evidence: the visit has changed since" in err
    states = [v["check_state"] for v in of(run, "visits", "--lake", "lake", "--airfield", "LLOV")]
    assert states == ["earlier evidence", "current"]


def test_explain_tells_every_check(run: Run, folder: Path, ids: list[str]) -> None:
    assert run("check-visit", ids[0], "--lake", "lake", *BY, "--note", "seen\nby two")[0] == 0
    assert run("check-visit", ids[0], "--lake", "lake", "--by", "B", "--verdict", "unsure")[0] == 0
    code, out, _ = run("explain", ids[0], "--lake", "lake")
    assert code == 0
    lines = [" ".join(line.split()) for line in out.splitlines() if line.split()[:1] == ["checked"]]
    assert [line.split(", ")[0] for line in lines] == ["checked A. Reporter", "checked B"]
    assert lines[0].endswith("UTC: confirm, when it was graded observed (seen by two)")
    assert "checked" not in run("explain", ids[1], "--lake", "lake")[1]
    assert "checked" not in run("explain", ids[0], "recordings")[1]
    code, out, _ = run("explain", ids[0], "recordings", "--checks", "lake/checks.jsonl")
    assert "A. Reporter" in out


def test_compared_with_files_that_lack_the_visit_it_is_gone(run: Run, folder: Path, ids: list[str]) -> None:
    assert run("check-visit", *ids, "recordings", *BY)[0] == 0
    next((folder / "recordings").glob(f"*d00001-{LANDED[0]}*")).unlink()
    code, out, err = run("checks", "recordings")
    assert code == 0
    assert [r["state"] for r in rows(out)] == ["gone", "current"]
    assert "1 of 2 checks of a visit that is no more in these data" in err


def test_verify_covers_the_checks(run: Run, folder: Path, ids: list[str]) -> None:
    assert run("verify", "lake")[0] == 0
    run("check-visit", *ids, "--lake", "lake", *BY)
    code, out, err = run("verify", "lake")
    assert code == 0
    (row,) = (r for r in rows(out) if r["file"] == "checks.jsonl")
    assert (row["finding"], row["entry"]) == ("good", "2")
    assert f"checks of visits: 2, the last hash is {row['committed_sha256']}" in err
    kept = folder / "lake" / "checks.jsonl"
    whole = kept.read_bytes()
    kept.write_bytes(whole.replace(b'"confirm"', b'"reject"', 1))
    code, out, err = run("verify", "lake")
    assert code == 1
    assert rows(out)[0]["file"] == "checks.jsonl"
    assert "line 1 was altered" in rows(out)[0]["finding"]
    assert rows(out)[0]["remedy"] == "restore checks.jsonl from a copy"
    # and nothing else of it is believed
    for argv in (("visits", "--lake", "lake"), ("checks", "--lake", "lake"), ("count", "--lake", "lake")):
        code, out, err = run(*argv)
        assert (code, out) == (1, "")
        assert "checks.jsonl: line 1 was altered" in err
    code, _, err = run("check-visit", ids[0], "--lake", "lake", *BY)
    assert code == 1
    assert "restore it from a copy" in err
    kept.write_bytes(whole + whole[:50])
    code, out, _ = run("verify", "lake")
    assert code == 1
    assert "unfinished" in rows(out)[0]["finding"]
    assert "moves the line into a file beside" in rows(out)[0]["remedy"]
    assert run("check-visit", ids[0], "--lake", "lake", *BY)[0] == 0
    assert run("verify", "lake")[0] == 0


@pytest.mark.parametrize("lake", [True, False])
def test_a_rejection_that_is_cut_off_is_told_with_every_answer(
    run: Run, folder: Path, ids: list[str], lake: bool
) -> None:
    """The visit it rejected is counted again: nobody may miss that."""
    asked = ["--lake", "lake"] if lake else ["recordings", "--checks", "checks.jsonl"]
    kept = folder / "lake" / "checks.jsonl" if lake else folder / "checks.jsonl"
    count = ("count", *asked, "--airfield", "LLOV", "--json")
    assert run("check-visit", ids[0], *asked, *BY)[0] == 0
    assert run("check-visit", ids[1], *asked, "--by", "B", "--verdict", "reject")[0] == 0
    whole = kept.read_bytes()
    (before,) = of(run, *count[:-1])
    assert (before["at_least"], before["rejected"]) == (1, 1)
    kept.write_bytes(whole[:-1])
    code, out, err = run(*count)
    assert json.loads(out)[0]["at_least"] == 1
    assert "unfinished" not in err
    kept.write_bytes(whole[:-30])
    for argv in (
        count,
        ("visits", *asked, "--airfield", "LLOV"),
        ("checks", *(asked if lake else ("--checks", "checks.jsonl"))),
    ):
        code, out, err = run(*argv)
        assert code == 0
        assert "checks.jsonl: the last line, after entry 1, is unfinished" in err, argv
    code, out, err = run("explain", ids[1], *asked)
    assert "after entry 1, is unfinished" in out
    code, _, err = run("check-visit", ids[1], *asked, "--by", "B", "--verdict", "reject")
    (beside,) = kept.parent.glob("checks.jsonl.unfinished-*")
    assert f"lies in {beside.relative_to(folder)} now" in err
    assert whole.startswith(kept.read_bytes().splitlines(keepends=True)[0] + beside.read_bytes())
    code, out, err = run(*count)
    assert json.loads(out)[0]["at_least"] == 1
    assert "unfinished" not in err


def test_verify_takes_a_file_of_checks(run: Run, folder: Path, ids: list[str]) -> None:
    assert run("check-visit", *ids, "recordings", *BY)[0] == 0
    kept = folder / "wheelsdown-checks.jsonl"
    whole = kept.read_bytes()
    code, out, err = run("verify", kept.name)
    assert code == 0
    (row,) = rows(out)
    assert (row["file"], row["finding"], row["entry"]) == (kept.name, "good", "2")
    assert f"wheelsdown-checks.jsonl: 2 checks as signed, the last hash is {row['committed_sha256']}" in err
    kept.write_bytes(whole[:-30])
    code, out, err = run("verify", kept.name)
    assert code == 1
    assert "its last line is unfinished" in rows(out)[0]["finding"]
    kept.write_bytes(whole.replace(b'"confirm"', b'"reject"', 1))
    code, out, err = run("verify", kept.name)
    assert code == 1
    assert "line 1 was altered" in rows(out)[0]["finding"]
    kept.write_bytes(b"")
    assert run("verify", kept.name)[0] == 0


def test_checks_without_any(run: Run, folder: Path) -> None:
    code, out, err = run("checks", "--lake", "lake")
    assert (code, rows(out)) == (0, [])
    assert "lake/checks.jsonl: no checks yet" in err
    for argv, said in (
        (("checks",), "wheelsdown-checks.jsonl: no such file of checks"),
        (("checks", "--checks", "x.jsonl", "--lake", "lake"), "x.jsonl: no such file of checks"),
        (("checks", "--lake", "nowhere"), "no lake"),
    ):
        code, out, err = run(*argv)
        assert code in (1, 2)
        assert said in err
    Path("wheelsdown-checks.jsonl").touch()
    code, _, err = run("checks", "--compare")
    assert code == 2
    assert "name the files" in err


def test_nothing_is_written_over_the_checks(run: Run, folder: Path, ids: list[str]) -> None:
    assert run("check-visit", ids[0], "recordings", *BY, "--checks", "signed.json")[0] == 0
    before = Path("signed.json").read_bytes()
    for argv in (
        ("visits", "recordings", "--checks", "signed.json", "-o", "signed.json"),
        ("checks", "--checks", "signed.json", "-o", "signed.json"),
        ("count", "recordings", "--checks", "signed.json", "-o", "signed.json"),
        ("visits", "--lake", "lake", "-o", "lake/checks.json"),
    ):
        code, _, err = run(*argv)
        assert code == 2, err
    assert Path("signed.json").read_bytes() == before
