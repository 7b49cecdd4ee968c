"""The folder: whole or not at all, the same bytes for the same inputs, and nobody's work written over."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.dossier import made_folder as made
from tests.lake.killer import Disk, Killed
from wheelsdown.dossier import make, swapping
from wheelsdown.dossier.leaving import shareable
from wheelsdown.dossier.manifest import decode
from wheelsdown.dossier.packing import write_dossier
from wheelsdown.dossier.verifying import verify, verify_dossier
from wheelsdown.errors import OutputError
from wheelsdown.outputs import xlsx
from wheelsdown.outputs.interface import Extras
from wheelsdown.schema import EVENTS, PROBLEMS

LATER = datetime(2032, 1, 1, tzinfo=UTC)
EVERY = os.environ.get("WHEELSDOWN_EVERY_STEP") == "1"
"""All steps of the tests of killed runs, which takes longer; else one in some."""


def content(folder: Path) -> dict[str, bytes]:
    """Every byte of a folder but those of run.json."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.name != "run.json")
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def beside(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.parent.iterdir() if p.name.startswith("."))


@pytest.fixture
def case(tmp_path: Path) -> made.CaseResult:
    return made.result(tmp_path / "in")


def test_what_lies_in_the_folder(tmp_path: Path, case: made.CaseResult) -> None:
    done = made.dossier(tmp_path / "out", case)
    tables = [name for name, _, _ in case.tables()]
    assert set(done.files) == {
        *(f"tables/{n}.csv" for n in (*tables, "stated")),
        *("tables/datapackage.json", "tables.xlsx", "visits.geojson", "legs.geojson", "visits.kml", "legs.kml"),
        *("dossier.html", "receipts.csv", "case.toml", "ro-crate-metadata.json", "manifest.json", "run.json"),
        *("README.txt", "evidence.zip"),
    }
    out = tmp_path / "out"
    assert (out / "case.toml").read_bytes() == case.file.read_bytes()
    assert (out / "dossier.html").read_text(encoding="utf-8") == made.HTML
    assert (out / "receipts.csv").read_bytes() == (out / "tables" / "receipts.csv").read_bytes()
    rows = list(csv.DictReader(io.StringIO((out / "tables" / "visits.csv").read_text(encoding="utf-8"), newline="")))
    assert [r["visit_id"] for r in rows] == ["v1", "v2"]
    package = json.loads((out / "tables" / "datapackage.json").read_text())
    assert [r["name"] for r in package["resources"]] == sorted([*tables, "stated"])
    assert done.page.is_file()
    assert done.zip.is_file()


def test_every_file_says_simulated(tmp_path: Path, case: made.CaseResult) -> None:
    out = made.dossier(tmp_path / "out", case).folder
    for path in (p for p in out.rglob("*") if p.is_file() and p.name not in ("case.toml", "evidence.zip")):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as z:
                sheets = [s.partition('"')[0] for s in z.read("xl/workbook.xml").decode().split('<sheet name="')[1:]]
            assert [s for s in sheets if "SIMULATED" not in s] == ["Read me"]
        else:
            assert '"simulated": true' in path.read_text() or "SIMULATED" in path.read_text(), path.name


WHO = "An invented airline is named and has not been asked"


def test_every_file_with_room_for_it_says_draft(tmp_path: Path, case: made.CaseResult) -> None:
    note = f"DRAFT: not for publication. {WHO}."
    done = made.dossier(tmp_path / "draft", replace(case, draft=(WHO,)))
    with zipfile.ZipFile(done.zip) as z:
        assert z.namelist()[0] == "README.txt"
        said = z.read("README.txt").decode()
        kept = {n: z.read(n) for n in z.namelist()}
    assert said.startswith("SIMULATED: ")
    assert note in said
    for name in ("visits.kml", "legs.kml", "visits.geojson", "legs.geojson", "tables/datapackage.json"):
        assert note in kept[name].decode(), name
    assert "<name>SIMULATED DRAFT VISITS</name>" in kept["visits.kml"].decode()
    assert "<Placemark><name>SIMULATED DRAFT SIM-A1" in kept["visits.kml"].decode()
    assert json.loads(kept["visits.geojson"])["draft"] == [WHO]
    package = json.loads(kept["tables/datapackage.json"])
    assert all(note in r["notes"] for r in package["resources"])
    root = next(n for n in json.loads(kept["ro-crate-metadata.json"])["@graph"] if n["@id"] == "./")
    assert root["name"] == "SIMULATED DRAFT Made Field, September 2030"
    assert note in root["description"]
    assert json.loads(kept["manifest.json"])["draft"] == [WHO]
    with zipfile.ZipFile(io.BytesIO(kept["tables.xlsx"])) as book:
        first = re.findall(r'<c r="A([1-3])"[^>]*t="s"><v>(\d+)</v>', book.read("xl/worksheets/sheet1.xml").decode())
        shared = re.findall(r"<si><t[^>]*>(.*?)</t></si>", book.read("xl/sharedStrings.xml").decode(), re.S)
    assert [shared[int(n)] for _, n in first][1] == note


def test_what_is_no_draft_says_so_nowhere(tmp_path: Path, case: made.CaseResult) -> None:
    done = made.dossier(tmp_path / "out", case)
    with zipfile.ZipFile(done.zip) as z:
        assert not [n for n in z.namelist() if b"DRAFT" in z.read(n)]
        assert "DRAFT" not in z.read("README.txt").decode()


def test_manifest_names_every_byte_and_no_machine(tmp_path: Path, case: made.CaseResult) -> None:
    done = made.dossier(tmp_path / "out", case)
    raw = (done.folder / "manifest.json").read_bytes()
    assert hashlib.sha256(raw).hexdigest() == done.manifest_sha256
    due = decode(raw, "manifest.json")
    assert {f.path for f in due.files} == set(done.files) - {"manifest.json", "run.json", "evidence.zip"}
    assert [f.path for f in due.files] == sorted(f.path for f in due.files)
    for f in due.files:
        data = (done.folder / f.path).read_bytes()
        assert (f.bytes, f.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert {(i.path, i.kind, i.sha256) for i in due.inputs} == {(p, "file", s) for p, s in case.inputs.items()}
    assert due.case.path == "../in/case.toml"
    assert due.seeds == [7]
    assert due.versions == made.VERSIONS
    assert due.windows == ["September"]
    for name, data in content(done.folder).items():
        if not name.endswith((".xlsx", ".zip")):
            assert str(tmp_path).encode() not in data, name
    run = json.loads((done.folder / "run.json").read_text())
    assert run["made_utc"] == "2031-05-06T07:08:09Z"
    assert run["manifest_sha256"] == done.manifest_sha256
    assert run["evidence_sha256"] == hashlib.sha256(done.zip.read_bytes()).hexdigest()


def test_zip_holds_all_but_the_run(tmp_path: Path, case: made.CaseResult) -> None:
    done = made.dossier(tmp_path / "out", case)
    files = content(done.folder)
    files.pop("evidence.zip")
    with zipfile.ZipFile(done.zip) as z:
        assert z.testzip() is None
        assert z.namelist() == sorted(files)
        assert {n: z.read(n) for n in z.namelist()} == files
        assert {i.date_time for i in z.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_same_inputs_same_bytes_but_for_the_run(tmp_path: Path) -> None:
    one = made.dossier(tmp_path / "out", made.result(tmp_path / "in"))
    first, said = content(one.folder), (one.folder / "run.json").read_bytes()
    two = made.dossier(tmp_path / "out", made.result(tmp_path / "in"), now=LATER)
    assert content(two.folder) == first
    assert (two.folder / "run.json").read_bytes() != said
    three = made.dossier(tmp_path / "another", made.result(tmp_path / "in"), now=LATER)
    assert content(three.folder) == first
    assert beside(two.folder) == []


def test_same_bytes_from_another_process_and_hash_seed(tmp_path: Path) -> None:
    one = made.dossier(tmp_path / "out", made.result(tmp_path / "in"))
    code = (
        "import sys; from pathlib import Path; from tests.dossier import made_folder as m; t = Path(sys.argv[1]); "
        "print(m.dossier(t / 'second', m.result(t / 'in')).manifest_sha256)"
    )
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(root), "TZ": "Asia/Baku"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=env, cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == one.manifest_sha256
    assert content(tmp_path / "second") == content(one.folder)


def test_page_and_folder_go_together(tmp_path: Path) -> None:
    done = make(made.result(tmp_path / "in"), tmp_path / "out", now=made.NOW)
    first = content(done.folder)
    page = done.page.read_text(encoding="utf-8")
    assert "SIMULATED" in page
    rows = pl.read_csv(done.folder / "tables" / "stated.csv", infer_schema=False)
    assert rows.height > 0
    said = re.findall(r'data-from="stated/(\d+)/text"', page)
    assert said
    assert max(map(int, said)) <= rows.height
    assert content(make(made.result(tmp_path / "in"), tmp_path / "out", now=LATER).folder) == first
    assert verify(done.folder)[1] == 0


def test_a_case_without_any_table(tmp_path: Path, case: made.CaseResult) -> None:
    bare = replace(case, frames={}, inputs={}, finding="", windows=(), counted=False, simulated=False)
    done = made.dossier(tmp_path / "out", bare)
    assert [f for f in done.files if f.startswith("tables/")] == ["tables/datapackage.json", "tables/stated.csv"]
    assert verify(done.folder)[1] == 0
    assert json.loads((done.folder / "ro-crate-metadata.json").read_text())["@graph"]


def test_a_table_too_long_for_a_sheet_is_named_in_the_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "_MOST_ROWS_OF_MANY", 3)
    frame = PROBLEMS.conform(pl.DataFrame({"file": ["SIMULATED.csv"] * 4, "reason": ["made"] * 4}), fill=True)
    xlsx.write_book([("problems", PROBLEMS, frame)], tmp_path / "b.xlsx", extras=Extras())
    with zipfile.ZipFile(tmp_path / "b.xlsx") as z:
        assert [n for n in z.namelist() if n.startswith("xl/worksheets/")] == ["xl/worksheets/sheet1.xml"]
        assert "4: not in this file, see problems.csv" in z.read("xl/sharedStrings.xml").decode()


def test_case_file_that_changed_meanwhile(tmp_path: Path, case: made.CaseResult) -> None:
    case.file.write_text("[case]\n")
    done = made.dossier(tmp_path / "out", case)
    assert (done.folder / "case.toml").read_text() == made.TEXT
    unread = replace(case, sha256="0" * 64)
    with pytest.raises(OutputError, match="was changed while the case ran"):
        made.dossier(tmp_path / "other", unread)
    assert not (tmp_path / "other").exists()


# --- rows that may not be handed on ---------------------------------------------------------------------------------


def events(*sources: tuple[str, str]) -> pl.DataFrame:
    rows = [
        {"event_id": f"e{n}", "kind": kind, "name": f"secret {n}", "began": date(2030, 9, 1), "source": source}
        for n, (source, kind) in enumerate(sources)
    ]
    return EVENTS.conform(pl.DataFrame(rows), fill=True)


def test_rows_that_may_not_be_handed_on_are_left_out_and_told(tmp_path: Path) -> None:
    rows = events(("UCDP GED 26.1", "event"), ("ACLED, own file", "event"), ("ACLED, own file", "episode"))
    case = made.result(tmp_path / "in", events=rows)
    done = make(case, tmp_path / "out", now=made.NOW)
    assert [(p.table, p.source, p.rows) for p in done.left_out] == [("events", "ACLED, own file", 1)]
    kept = pl.read_csv(done.folder / "tables" / "events.csv", infer_schema=False)["event_id"].to_list()
    assert kept == ["e0", "e2"]
    for name, data in content(done.folder).items():
        if not name.endswith((".xlsx", ".zip")):
            assert b"secret 1" not in data, name
    with zipfile.ZipFile(done.folder / "tables.xlsx") as z:
        assert b"secret 1" not in z.read("xl/sharedStrings.xml")
        assert b"secret 0" in z.read("xl/sharedStrings.xml")
    assert "1 row of ACLED, own file left out of the table events" in done.page.read_text(encoding="utf-8")
    manifest = json.loads((done.folder / "manifest.json").read_text())
    assert manifest["left_out"][0]["rows"] == 1
    assert "ACLED" in manifest["left_out"][0]["why"]


def test_nothing_is_left_out_where_all_may_be_handed_on(tmp_path: Path) -> None:
    case = made.result(tmp_path / "in", events=events(("UCDP GED 26.1", "event")))
    assert shareable(case) == (case, ())


# --- what lies there already ----------------------------------------------------------------------------------------


def test_a_second_run_replaces_the_first(tmp_path: Path, case: made.CaseResult) -> None:
    first = made.dossier(tmp_path / "out", case)
    fewer = made.result(tmp_path / "in", made.visits(made.visit("v1", 3)))
    second = made.dossier(tmp_path / "out", fewer)
    assert second.manifest_sha256 != first.manifest_sha256
    assert verify(second.folder)[1] == 0
    assert beside(second.folder) == []


def test_what_a_file_manager_leaves_is_no_hindrance(tmp_path: Path, case: made.CaseResult) -> None:
    out = made.dossier(tmp_path / "out", case).folder
    (out / ".DS_Store").write_bytes(b"x")
    assert verify(out)[1] == 0
    made.dossier(tmp_path / "out", case)


@pytest.mark.parametrize("name", ["notes.txt", "tables/visits.csv", "tables.xlsx"])
def test_nobodys_work_is_written_over(tmp_path: Path, case: made.CaseResult, name: str) -> None:
    out = made.dossier(tmp_path / "out", case).folder
    (out / name).write_text("a lawyer's remarks")
    before = content(out)
    with pytest.raises(OutputError, match=re.escape(name)):
        made.dossier(tmp_path / "out", case)
    assert content(out) == before
    assert beside(out) == []


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, case: made.CaseResult) -> None:
    other = tmp_path / "photos"
    other.mkdir()
    (other / "a.jpg").write_bytes(b"x")
    with pytest.raises(OutputError, match=r"'a\.jpg'"):
        made.dossier(other, case)
    (other / "a.jpg").unlink()
    (other / "sub").mkdir()
    with pytest.raises(OutputError, match="folders without files"):
        made.dossier(other, case)
    (other / "sub").rmdir()
    assert made.dossier(other, case).page.is_file()


def test_places_that_cannot_be_taken(tmp_path: Path, case: made.CaseResult, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        made.dossier(tmp_path / "file", case)
    with pytest.raises(OutputError, match="cannot be made"):
        made.dossier(tmp_path / "file" / "out", case)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(OutputError, match="the folder you are in"):
        made.dossier(Path(), case)
    with pytest.raises(OutputError, match="the folder you are in"):
        made.dossier(tmp_path, case)


def test_a_folder_named_by_a_link_stays_one(tmp_path: Path, case: made.CaseResult) -> None:
    (tmp_path / "true").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "true")
    made.dossier(tmp_path / "link", case)
    made.dossier(tmp_path / "link", case)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "true" / "dossier.html").is_file()


# --- runs that are stopped ------------------------------------------------------------------------------------------


@pytest.fixture(params=["exchanged in one step", "renamed twice"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of putting the new folder in its place."""
    if request.param == "renamed twice":
        monkeypatch.setattr(swapping, "_exchanged", lambda a, b: False)
    return str(request.param)


class Told(Disk):
    """A disk that remembers the names of its steps."""

    names: list[str]

    def step(self, name: str) -> None:
        self.names = [*getattr(self, "names", []), name]
        super().step(name)

    def some(self) -> list[int]:
        """Every step, or one in some and those in which folders change places or go."""
        total = len(self.names)
        if EVERY:
            return list(range(1, total + 1))
        places = {n for n, name in enumerate(self.names, start=1) if name in ("rename", "rmdir", "mkdir")}
        return sorted({*range(1, total, 40), *(n + 1 for n in places if n < total), *places, total})


def test_a_run_stopped_at_any_step_leaves_the_old_or_the_new(tmp_path: Path, way: str) -> None:
    old_case = made.result(tmp_path / "in", made.visits(made.visit("v1", 3)))
    new_case = made.result(tmp_path / "in")
    old = content(made.dossier(tmp_path / "out", old_case).folder)
    new = content(made.dossier(tmp_path / "new", new_case).folder)
    assert old != new
    shutil.copytree(tmp_path / "out", tmp_path / "kept")
    with Told().watched() as disk:
        made.dossier(tmp_path / "out", new_case)
    assert isinstance(disk, Told)
    assert disk.count > 30
    seen = set()
    for step in disk.some():
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        shutil.copytree(tmp_path / "kept", tmp_path / "out")
        with suppress(Killed), Disk(step).watched():
            made.dossier(tmp_path / "out", new_case)
        if way == "renamed twice" and not (tmp_path / "out").exists():
            swapping.settle(tmp_path / "out")  # the moment between two renames
        found = content(tmp_path / "out")
        assert found in (old, new), step
        seen.add("old" if found == old else "new")
        assert verify(tmp_path / "out")[1] == 0, step
        again = made.dossier(tmp_path / "out", new_case)
        assert content(again.folder) == new
        assert beside(again.folder) == []
    assert seen == {"old", "new"}


def killed_at(folder: str, step: int) -> None:
    """Write a dossier in this process, which ends at that step."""
    case = made.result(Path(folder) / "in")
    with Disk(step, "kill").watched():
        made.dossier(Path(folder) / "out", case)


def test_a_process_that_is_killed(tmp_path: Path) -> None:
    old = made.dossier(tmp_path / "out", made.result(tmp_path / "in", made.visits(made.visit("v1", 3))))
    before = content(old.folder)
    process = multiprocessing.get_context("spawn").Process(target=killed_at, args=(str(tmp_path), 40))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    assert content(old.folder) == before
    assert len(beside(old.folder)) == 1
    done = made.dossier(tmp_path / "out", made.result(tmp_path / "in"))
    assert content(done.folder) != before
    assert beside(done.folder) == []


@pytest.mark.parametrize("how", ["once", "full"])
def test_a_full_disk_leaves_the_old(tmp_path: Path, how: str) -> None:
    old = made.dossier(tmp_path / "out", made.result(tmp_path / "in", made.visits(made.visit("v1", 3))))
    before = content(old.folder)
    case = made.result(tmp_path / "in")
    with Disk().watched() as disk:
        made.dossier(tmp_path / "counted", case)
    for step in range(1, disk.count, 1 if EVERY else 29):
        with suppress(OutputError), Disk(step, how).watched():
            made.dossier(tmp_path / "out", case)
            break
        assert content(old.folder) == before, step
        assert beside(old.folder) == []
    with pytest.raises(OutputError, match="No space left"), Disk(5, how).watched():
        made.dossier(tmp_path / "out", case)


def test_what_another_run_is_writing_stays(tmp_path: Path, case: made.CaseResult) -> None:
    with swapping.staged(tmp_path / "out") as first:
        (first / "x").write_text("x")
        made.dossier(tmp_path / "out", case)
        assert (first / "x").exists()
    assert content(tmp_path / "out") == {"x": b"x"}, "the last one to finish stays"
    assert beside(tmp_path / "out") == []


# --- the crate ------------------------------------------------------------------------------------------------------


def test_crate_names_every_file_and_input(tmp_path: Path, case: made.CaseResult) -> None:
    done = made.dossier(tmp_path / "out", case)
    graph = {e["@id"]: e for e in json.loads((done.folder / "ro-crate-metadata.json").read_text())["@graph"]}
    assert graph["ro-crate-metadata.json"]["conformsTo"]["@id"] == "https://w3id.org/ro/crate/1.1"
    root = graph["./"]
    assert root["name"].startswith("SIMULATED")
    assert root["datePublished"] == "2030-10-01"
    described = {p["@id"] for p in root["hasPart"]}
    unsaid = {"manifest.json", "run.json", "evidence.zip", "ro-crate-metadata.json"}
    assert described == set(done.files) - unsaid
    for name in described:
        digest = hashlib.sha256((done.folder / name).read_bytes()).hexdigest()
        assert graph[name]["identifier"] == f"sha256:{digest}"
    read = {graph[o["@id"]]["identifier"] for o in graph["#run"]["object"] if o["@id"].startswith("#input")}
    assert read == {f"sha256:{s}" for s in case.inputs.values()}


def test_crate_is_read_by_the_package_rocrate(tmp_path: Path, case: made.CaseResult) -> None:
    rocrate = pytest.importorskip("rocrate.rocrate")
    done = made.dossier(tmp_path / "out", case)
    crate = rocrate.ROCrate(done.folder)
    assert "SIMULATED" in crate.name
    files = {e.id for e in crate.data_entities}
    assert {"dossier.html", "case.toml", "tables/visits.csv"} <= files
    assert crate.get("dossier.html").type == "File"
    assert crate.get("#run").type == "CreateAction"


def test_verified_at_once(tmp_path: Path, case: made.CaseResult) -> None:
    done = write_dossier(case, made.HTML, made.stated(), tmp_path / "out")
    assert set(verify_dossier(done.folder)["finding"]) == {"good"}
