"""A case from its file to its dossier: SIMULATED flights, a log, real recordings, and nothing at all."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from tests.dossier.leads_back import offenders
from wheelsdown.case.result import CaseResult
from wheelsdown.cli.app import app
from wheelsdown.dossier import verify_dossier
from wheelsdown.dossier.packing import Written
from wheelsdown.dossier.running import run
from wheelsdown.errors import OutputError
from wheelsdown.outputs.interface import LOG_LIMITS, SIMULATED_LOG_NOTE

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "cases"
REAL = ROOT.parent / "shared" / "data" / "flight"

SMALL = """
[case]
name = "small"
title = "SIMULATED: four visits"
question = "How often did the invented operator land there?"

[fleet]
name = "SIMULATED Small Bridge"
operator = ["SIMULATED Small Bridge"]
selection = "fleet"

[[airfield]]
code = "LLOV"

[[window]]
name = "three days"
since = 2030-01-01
until = 2030-01-03

[positions]
scenario = "small"

[surges]
draws = 99
longest_days = 2

[timing]
windows_days = [1]
draws = 99

[[events.episode]]
id = "e1"
name = "SIMULATED escalation"
began = 2030-01-02
source = "SIMULATED list"

[[party]]
name = "SIMULATED Small Bridge"

[[published]]
id = "p1"
outlet = "SIMULATED Herald"
window = "three days"
airfield = "LLOV"
least = 3
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[CaseResult, Written, Path]:
    folder = tmp_path_factory.mktemp("case")
    (folder / "small.toml").write_text(SMALL)
    return *run(folder / "small.toml", folder / "out", offline=True), folder


def good(folder: Path) -> bool:
    found = verify_dossier(folder)["finding"]
    return bool((found.is_in(["good"]) | found.str.starts_with("not checked")).all())


def copied(small: tuple[CaseResult, Written, Path], into: Path) -> Path:
    shutil.copytree(small[2], into / "all")
    return into / "all"


def test_a_case_is_answered_from_its_file(small: tuple[CaseResult, Written, Path]) -> None:
    result, written, _ = small
    truth = pl.read_csv(small[2] / "out.positions" / "truth_visits.csv")
    landed = truth.filter(pl.col("airfield") == "LLOV", pl.col("arrived_utc").str.starts_with("2030-01-0"))
    assert result.simulated
    assert result.counted
    assert result.frame("counts")["at_least"][0] == landed.height > 0
    assert result.finding.startswith("SIMULATED: At least four flights of SIMULATED Small Bridge landed at LLOV")
    assert result.draft == ("SIMULATED Small Bridge is named and has not been asked",)
    assert result.frame("published")["outcome"][0] == "agrees"
    assert result.frame("published")["at_least"][0] == result.frame("counts")["at_least"][0]
    page = written.page.read_text()
    assert "SIMULATED" in page
    assert "DRAFT" in page


def test_every_number_on_the_page_leads_back(small: tuple[CaseResult, Written, Path]) -> None:
    tables = {p.stem: p for p in (small[1].folder / "tables").glob("*.csv")}
    assert not offenders_of(small[1].page, tables)


def offenders_of(page: Path, tables: dict[str, Path]) -> list[object]:
    import csv

    rows = {}
    for name, path in tables.items():
        with path.open(newline="", encoding="utf-8") as f:
            rows[name] = list(csv.DictReader(f))
    return list(offenders(page.read_text(encoding="utf-8"), rows))


def test_every_path_in_the_dossier_means_the_same_elsewhere(small: tuple[CaseResult, Written, Path]) -> None:
    where = str(small[2])
    for path in small[1].folder.rglob("*"):
        if path.is_file() and path.name != "run.json":
            assert where.encode() not in path.read_bytes(), path


def test_the_same_inputs_give_the_same_bytes_from_any_folder_into_any_other(
    small: tuple[CaseResult, Written, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "cases").mkdir(parents=True)
    (tmp_path / "a" / "cases" / "small.toml").write_text(SMALL)
    monkeypatch.chdir(tmp_path / "a")
    _, again = run("cases/small.toml", "../deep/er/another-name", offline=True)
    assert good(again.folder)
    assert (verify_dossier(again.folder)["finding"] == "good").all()  # the inputs are found where they were put
    first = {n: hashlib.sha256((small[1].folder / n).read_bytes()).hexdigest() for n in small[1].files}
    second = {n: hashlib.sha256((again.folder / n).read_bytes()).hexdigest() for n in again.files}
    assert {n for n in first.keys() | second.keys() if first.get(n) != second.get(n)} <= {"run.json"}
    assert again.manifest_sha256 == small[1].manifest_sha256


def test_files_of_a_log_are_named_as_seen_from_the_case_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tmp_path / "given"
    shutil.copytree(CASES / "charter-log", given / "charter-log")
    shutil.copy(CASES / "charter-log.toml", given)
    _, one = run(given / "charter-log.toml", tmp_path / "one", offline=True)
    monkeypatch.chdir(given / "charter-log")
    result, two = run("../charter-log.toml", tmp_path / "x" / "two", offline=True)
    assert one.manifest_sha256 == two.manifest_sha256
    assert sorted(result.inputs) == ["charter-log/observers.csv", "charter-log/observers_map.toml"]
    for name in {*one.files, *two.files} - {"run.json"}:
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes(), name
    assert (verify_dossier(one.folder)["finding"] == "good").all()
    assert "stands in <code>run.json</code>" in one.page.read_text()
    assert json.loads((one.folder / "run.json").read_text())["made_utc"]


def test_verify_passes_and_fails_on_a_changed_byte(small: tuple[CaseResult, Written, Path], tmp_path: Path) -> None:
    folder = copied(small, tmp_path)
    assert good(folder / "out")
    table = folder / "out" / "tables" / "visits.csv"
    table.write_bytes(table.read_bytes().replace(b"LLOV", b"LLER", 1))
    assert not good(folder / "out")


def test_verify_fails_on_a_changed_case_file(small: tuple[CaseResult, Written, Path], tmp_path: Path) -> None:
    folder = copied(small, tmp_path)
    case = folder / "out" / "case.toml"
    case.write_text(case.read_text().replace("least = 3", "least = 4"))
    assert not good(folder / "out")


def test_verify_fails_on_a_changed_position(small: tuple[CaseResult, Written, Path], tmp_path: Path) -> None:
    folder = copied(small, tmp_path)
    file = sorted((folder / "out.positions" / "jsonl").iterdir())[0]
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    assert not good(folder / "out")


def test_verify_tells_inputs_that_are_gone_without_calling_it_a_fault(
    small: tuple[CaseResult, Written, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied(small, tmp_path)
    shutil.rmtree(folder / "out.positions")
    with pytest.raises(SystemExit) as end:
        app(["verify", str(folder / "out")])
    assert not end.value.code
    assert "jsonl" in "".join(capsys.readouterr())


def test_ovda_without_positions_counts_nothing_and_shows_what_was_published(tmp_path: Path) -> None:
    shutil.copy(CASES / "ovda.toml", tmp_path / "ovda.toml")
    result, written = run(tmp_path / "ovda.toml", tmp_path / "out", offline=True)
    assert not result.counted
    assert "nothing could be counted" in result.finding
    assert set(result.frame("published")["outcome"]) == {"not_counted"}
    assert result.frame("published").filter(pl.col("published_id") == "haaretz-2023")["least"].to_list() == [92]
    assert not result.frame("statements").filter(pl.col("bearing") == "contradicted").height
    assert result.frame("events").height == 6
    assert result.frame("counts").is_empty()
    assert result.draft
    page = written.page.read_text()
    for words in ("at least 92 times", "fruits and vegetables", "every other day", "DRAFT", "LLOV"):
        assert words in page
    tables = {p.stem: p for p in (written.folder / "tables").glob("*.csv")}
    assert not offenders_of(written.page, tables)


def test_a_log_is_counted_and_its_surge_names_the_observers_effort(tmp_path: Path) -> None:
    result, written = run(CASES / "charter-log.toml", tmp_path / "out", offline=True)
    rows = (CASES / "charter-log" / "observers.csv").read_text().splitlines()
    counts = result.frame("counts")
    assert counts["at_least"][0] + counts["quarantined"][0] == len(rows) - 1
    assert "effort" in result.frame("surges")["sentence"][0]
    page = written.page.read_text()
    assert "SIMULATED" in page
    assert result.logged
    assert "Aircraft that nobody wrote down are outside every count." in result.cannot
    assert "2 rows are set aside, because they contradict themselves" in "".join(result.rivals)
    for unsaid in (
        "osition data",
        "simulated positions",
        "doubts about their positions",
        "never broadcast",
        "not heard",
    ):
        assert unsaid not in page, unsaid
    assert "taken as observed: assumed, not known" in page
    assert "of which 30 were observed" not in page
    package = (written.folder / "tables" / "datapackage.json").read_text()
    assert LOG_LIMITS[0] in package
    assert SIMULATED_LOG_NOTE in package
    assert "Position data show" not in package
    tables = {p.stem: p for p in (written.folder / "tables").glob("*.csv")}
    assert not offenders_of(written.page, tables)


@pytest.mark.skipif(not REAL.exists(), reason="../shared/data is not here")
def test_real_recordings_give_the_landing_and_no_false_ones(tmp_path: Path) -> None:
    file = REAL / "opensky_json" / "belevingsvlucht.json.gz"
    found = file if file.exists() else next(REAL.rglob("belevingsvlucht*"))
    (tmp_path / "real.toml").write_text(
        f"""
[case]
name = "real"
title = "Six passes and a landing"
question = "Where did it land?"

[[airfield]]
code = "EHAM"

[[airfield]]
code = "EHLE"

[[window]]
name = "the day"
since = 2018-05-30
until = 2018-05-30

[positions]
files = [{json.dumps(str(found))}]

[surges]
draws = 99
"""
    )
    result, written = run(tmp_path / "real.toml", tmp_path / "out", offline=True)
    by_field = dict(zip(result.frame("counts")["airfield"], result.frame("counts")["at_least"], strict=True))
    assert by_field == {"EHAM": 1, "EHLE": 0}
    assert not result.simulated
    page = written.page.read_text()
    assert "SIMULATED" not in page
    assert "in the case file says otherwise" in page
    assert "--selection" not in page
    assert result.frame("surges")["p"].null_count() == result.frame("surges").height  # one file picked by hand
    assert good(written.folder)


def test_the_verb_prints_the_finding_and_where_the_dossier_lies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        app(["run", str(CASES / "charter-log.toml"), "-o", str(tmp_path / "out"), "--offline"])
    said = capsys.readouterr()
    assert not end.value.code
    assert said.out.startswith("SIMULATED: At least")
    assert "dossier.html" in said.err


def test_a_folder_of_something_else_is_refused_before_anything_is_run(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"mine\.txt"):
        app(["run", str(CASES / "charter-log.toml"), "-o", str(tmp_path / "out"), "--offline"])
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"
    assert list((tmp_path / "out").iterdir()) == [tmp_path / "out" / "mine.txt"]


@pytest.mark.skipif(not REAL.exists(), reason="../shared/data is not here")
def test_with_the_users_tables_the_shares_are_those_that_were_published(tmp_path: Path) -> None:
    tiv = REAL.parent / "context" / "arms" / "sipri-exports-processed.csv"
    text = (CASES / "ovda.toml").read_text().replace('"tables/sipri-tiv.csv"', json.dumps(str(tiv)))
    (tmp_path / "ovda.toml").write_text(text)
    result, written = run(tmp_path / "ovda.toml", tmp_path / "out", offline=True)
    shares = {p: round(100 * s, 1) for p, s in result.frame("shares").select("period", "share").iter_rows()}
    assert shares == {"2015-2019": 60.3, "2016-2020": 69.5, "2011-2020": 26.6}
    assert not result.counted
    # the shares are shown; the rows they are made from may not be handed on
    packed = b"".join(p.read_bytes() for p in (written.folder / "tables").glob("*.csv"))
    assert b"Czechia" not in packed
    assert "69.5" in written.page.read_text()
