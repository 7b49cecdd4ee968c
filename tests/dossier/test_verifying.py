"""A check of a dossier finds every changed byte, every file too many or too few, and believes nothing it reads."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from tests.dossier import made_folder as made
from tests.small_lake import LANDED, files, small_lake
from wheelsdown.cli import main
from wheelsdown.dossier import opening, searching
from wheelsdown.dossier.opening import safe
from wheelsdown.dossier.verifying import verdict, verify, verify_dossier
from wheelsdown.errors import LakeError, SourceError
from wheelsdown.lake import Lake
from wheelsdown.lake.ingesting import ingest
from wheelsdown.schema import VERIFIED

GOOD, NOT_CHECKED = "good", "not checked"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return made.dossier(tmp_path / "out", made.result(tmp_path / "in")).folder


def faults(path: Path, **more: object) -> dict[str, str]:
    found = verify_dossier(path, **more)  # type: ignore[arg-type]
    rows = found.filter(~pl.col("finding").is_in([GOOD, NOT_CHECKED]))
    # faults come first
    assert found.head(rows.height).equals(rows)
    return dict(rows.select("file", "finding").iter_rows())


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_good(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = verify_dossier(out)
    assert VERIFIED.conform(found).equals(found)
    assert set(found["finding"]) == {GOOD}
    assert {"../in/positions.csv", "../in/case.toml", "dossier.html", "evidence.zip"} <= set(found["file"])
    digest = hashlib.sha256((out / "manifest.json").read_bytes()).hexdigest()
    assert found.filter(pl.col("file") == "manifest.json")["sha256"].to_list() == [digest]
    for path in (out, out / "evidence.zip"):
        assert main(["verify", str(path)]) == 0
        _, err = capsys.readouterr()
        assert f"The manifest's sha256 is {digest}" in err
        assert "SIMULATED" in err


def test_a_flipped_byte_in_any_file_is_found(out: Path) -> None:
    names = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
    checked = [n for n in names if n not in ("run.json", "manifest.json", "evidence.zip")]
    assert len(checked) > 15
    for name in checked:
        before = (out / name).read_bytes()
        flip(out / name)
        assert list(faults(out)) == [name], name
        (out / name).write_bytes(before)
    assert faults(out) == {}


def test_a_changed_manifest_no_longer_fits(out: Path) -> None:
    raw = (out / "manifest.json").read_text()
    (out / "manifest.json").write_text(raw.replace("at least 2 landed", "at least 9 landed"))
    assert faults(out) == {"evidence.zip/manifest.json": "is not the manifest that lies in the folder"}
    (out / "manifest.json").write_text(raw.replace('"made_by"', '"made-by"'))
    with pytest.raises(SourceError, match="no manifest of a dossier"):
        verify_dossier(out)


def test_a_table_changed_together_with_its_hash(out: Path) -> None:
    """What no hash inside can tell, the zip and the noted hash do."""
    noted = hashlib.sha256((out / "manifest.json").read_bytes()).hexdigest()
    old = (out / "dossier.html").read_bytes()
    new = old.replace(b"two", b"six")
    (out / "dossier.html").write_bytes(new)
    raw = (out / "manifest.json").read_text()
    was, now = (hashlib.sha256(d).hexdigest() for d in (old, new))
    (out / "manifest.json").write_text(raw.replace(was, now))
    assert set(faults(out)) == {"evidence.zip/dossier.html", "evidence.zip/manifest.json"}
    (out / "evidence.zip").unlink()
    assert faults(out) == {}  # all that lies there agrees: only the noted hash is left to tell
    assert verify_dossier(out).filter(pl.col("file") == "manifest.json")["sha256"][0] != noted


def test_too_many_and_too_few(out: Path) -> None:
    (out / "tables" / "more.csv").write_text("x")
    (out / "visits.kml").unlink()
    assert faults(out) == {
        "tables/more.csv": "was not written by the run: it is not in the manifest",
        "visits.kml": "is missing",
    }


def test_a_changed_member_of_the_zip_is_found(out: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(out / "evidence.zip") as z:
        members = {n: z.read(n) for n in z.namelist()}
    members["tables/visits.csv"] = members["tables/visits.csv"].replace(b"observed", b"inferred")
    members["more.txt"] = b"x"
    del members["legs.kml"]
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as z:
        for name, data in members.items():
            z.writestr(name, data)
    wrong = {"tables/visits.csv", "more.txt", "legs.kml"}
    assert set(faults(tmp_path / "e.zip")) == wrong
    shutil.copyfile(tmp_path / "e.zip", out / "evidence.zip")
    assert set(faults(out)) == {f"evidence.zip/{n}" for n in wrong}
    (out / "evidence.zip").write_bytes((tmp_path / "e.zip").read_bytes()[:-100])
    found = list(faults(out))  # the end of the workbook in it is taken for its own
    assert found
    assert all(name.startswith("evidence.zip") for name in found)
    (out / "evidence.zip").write_bytes(b"PK")
    assert list(faults(out)) == ["evidence.zip"]


@pytest.mark.parametrize("name", ["case.toml", "positions.csv"])
def test_a_changed_case_file_or_position_fails(
    out: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flip(tmp_path / "in" / name)
    for path in (out, out / "evidence.zip"):
        assert faults(path) == {f"../in/{name}": "differs from what was read: changed since"}
        assert main(["verify", str(path)]) == 1
        assert f"../in/{name}: differs from what was read" in capsys.readouterr().err
    with (tmp_path / "in" / name).open("ab") as f:
        f.write(b"more")
    assert list(faults(out)) == [f"../in/{name}"]


def test_inputs_that_are_gone_are_told_and_no_fault(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.move(tmp_path / "in", tmp_path / "elsewhere")
    found = verify_dossier(out)
    open_ = found.filter(pl.col("finding") == NOT_CHECKED)
    assert open_["file"].to_list() == ["../in/case.toml", "../in/positions.csv"]
    assert open_["remedy"].str.contains("--inputs").all()
    assert main(["verify", str(out)]) == 0
    err = capsys.readouterr().err
    assert "NOT CHECKED: 2 inputs that it rests on (../in/case.toml, ../in/positions.csv) were not found." in err
    assert set(verify_dossier(out, beside=[tmp_path / "elsewhere"])["finding"]) == {GOOD}
    flip(tmp_path / "elsewhere" / "positions.csv")
    assert main(["verify", str(out), "--inputs", str(tmp_path / "elsewhere")]) == 1


def test_a_dossier_that_does_not_say_where_its_inputs_lie_says_so(tmp_path: Path) -> None:
    """Case and output have no folder in common but the disk's root: no way to the inputs is written down."""
    case = made.result(tmp_path / "in")
    inputs = {Path(name).name: sha for name, sha in case.inputs.items()}
    out = made.dossier(tmp_path / "out", replace(case, inputs=inputs, base=Path("/")), now=made.NOW).folder
    (out / "run.json").write_text(json.dumps({"inputs_from": {}}))
    open_ = verify_dossier(out).filter(pl.col("finding") == NOT_CHECKED)
    told = dict(open_.select("file", "remedy").iter_rows())
    assert told["positions.csv"] == "this dossier does not record where its inputs lie: name the folder with --inputs"
    assert not open_["remedy"].str.contains("where it was read from").any()
    (tmp_path / "other").mkdir()
    found = verify_dossier(out, beside=[tmp_path / "other"])
    assert found.filter(file="positions.csv")["remedy"].to_list() == [
        "it is below no folder named with --inputs; name one more"
    ]
    assert verify_dossier(out, beside=[tmp_path / "in"]).filter(file="positions.csv")["finding"].to_list() == [GOOD]


@pytest.mark.parametrize("name", ["nothing-here", "a-file"])
def test_inputs_that_are_no_folder_are_refused(
    out: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a-file").write_text("text")
    assert main(["verify", str(out), "--inputs", str(tmp_path / name)]) == 2
    assert f"--inputs {tmp_path / name}: no such folder" in capsys.readouterr().err


def test_inputs_are_found_below_several_folders_by_their_bytes(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One below the folder named, one in another and under another name."""
    deep, other = tmp_path / "tree" / "jsonl" / "2030", tmp_path / "other"
    for folder in (deep, other):
        folder.mkdir(parents=True)
    shutil.move(tmp_path / "in" / "positions.csv", deep / "positions.csv")
    shutil.move(tmp_path / "in" / "case.toml", other / "renamed.toml")
    (other / "case.toml").write_text("[case]\n")  # of the same name, and not it: the bytes decide
    found = verify_dossier(out, beside=[tmp_path / "tree"])
    assert found.filter(pl.col("finding") == NOT_CHECKED)["file"].to_list() == ["../in/case.toml"]
    assert "neither where it was read from nor below" in found.filter(file="../in/case.toml")["remedy"][0]
    args = ["verify", str(out), "--inputs", str(tmp_path / "tree"), "--inputs", str(other)]
    assert main(args) == 0
    assert "NOT CHECKED" not in capsys.readouterr().err
    shutil.move(deep / "positions.csv", deep / "renamed.csv")
    assert set(verify_dossier(out, beside=[tmp_path / "tree", other])["finding"]) == {GOOD}


def test_an_input_altered_below_a_named_folder_is_a_fault(out: Path, tmp_path: Path) -> None:
    deep = tmp_path / "tree" / "jsonl"
    deep.mkdir(parents=True)
    shutil.move(tmp_path / "in", deep / "in")
    flip(deep / "in" / "positions.csv")
    assert faults(out, beside=[tmp_path / "tree"]) == {
        "../in/positions.csv": "differs from what was read: changed since"
    }
    # the same name with the bytes of another input is that other one
    shutil.copyfile(deep / "in" / "case.toml", deep / "in" / "positions.csv")
    found = verify_dossier(out, beside=[tmp_path / "tree"]).filter(pl.col("finding") != GOOD)
    assert found.select("file", "finding").rows() == [("../in/positions.csv", NOT_CHECKED)]


def test_inputs_where_they_were_read_from_count_beside_a_named_folder(out: Path, tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    shutil.move(tmp_path / "in" / "positions.csv", tmp_path / "else" / "positions.csv")
    assert set(verify_dossier(out, beside=[tmp_path / "else"])["finding"]) == {GOOD}


def test_a_search_follows_no_links_and_has_an_end(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.move(tmp_path / "in", tmp_path / "elsewhere")
    (tmp_path / "tree" / "a").mkdir(parents=True)
    (tmp_path / "tree" / "a" / "in").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "tree" / "a" / "case.toml").symlink_to(tmp_path / "elsewhere" / "case.toml")
    os.mkfifo(tmp_path / "tree" / "a" / "positions.csv")
    inputs = ["../in/case.toml", "../in/positions.csv"]
    found = verify_dossier(out, beside=[tmp_path / "tree"])
    assert found.filter(pl.col("finding") == NOT_CHECKED)["file"].to_list() == inputs
    shutil.move(tmp_path / "elsewhere", tmp_path / "tree" / "b")
    assert set(verify_dossier(out, beside=[tmp_path / "tree"])["finding"]) == {GOOD}
    for bound in ("_MOST_FILES", "_MOST_DEEP"):
        monkeypatch.setattr(searching, bound, 0)
        found = verify_dossier(out, beside=[tmp_path / "tree"]).filter(pl.col("finding") == NOT_CHECKED)
        assert found["file"].to_list() == inputs
        assert found["remedy"].str.contains("too much to be looked through").all()
        monkeypatch.undo()


def test_a_zip_that_was_unpacked_is_whole(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever gets the zip and unpacks it has no zip in the folder: nobody took anything away."""
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(out / "evidence.zip") as z:
        z.extractall(folder)
    assert faults(folder) == {}
    row = verify_dossier(folder).row(by_predicate=pl.col("file") == "evidence.zip", named=True)
    assert (row["finding"], row["remedy"]) == (NOT_CHECKED, "not here, and no fault: this folder is what it holds")
    assert main(["verify", str(folder)]) == 0
    assert "NOT CHECKED" not in capsys.readouterr().err
    flip(folder / "dossier.html")
    assert faults(folder) == {
        "dossier.html": "differs from what was written: altered or damaged since",
        "evidence.zip": "is missing",
    }


def test_a_dossier_that_was_moved_looks_nowhere_else(out: Path, tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    shutil.move(out, tmp_path / "a" / "b" / "out")
    found = verify_dossier(tmp_path / "a" / "b" / "out")
    assert set(found.filter(pl.col("finding") != GOOD)["finding"]) == {NOT_CHECKED}


# --- a lake behind it -----------------------------------------------------------------------------------------------


@pytest.fixture
def rests_on_lake(tmp_path: Path) -> Path:
    """Give a dossier that rests on a lake beside it."""
    lake = small_lake(tmp_path / "small").path
    shutil.copytree(lake, tmp_path / "lake")
    last = Lake.open(tmp_path / "lake").chain().last
    assert last is not None
    case = made.result(tmp_path / "in")
    case = replace(case, inputs={**case.inputs, "../lake": last.sha256})
    return made.dossier(tmp_path / "out", case).folder


def test_a_lake_is_verified_with_it(rests_on_lake: Path, tmp_path: Path) -> None:
    row = verify_dossier(rests_on_lake).filter(pl.col("file") == "../lake").row(0, named=True)
    assert (row["finding"], row["remedy"]) == (GOOD, None)
    name = f"positions/2023/{LANDED[0]}.parquet"
    flip(tmp_path / "lake" / name)
    assert faults(rests_on_lake) == {
        f"../lake/{name}": "differs from what was committed: altered or damaged since",
    }
    assert main(["verify", str(rests_on_lake)]) == 1


def test_a_lake_is_found_below_a_named_folder(rests_on_lake: Path, tmp_path: Path) -> None:
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    shutil.move(tmp_path / "lake", tmp_path / "tree" / "deep" / "moved")
    shutil.copytree(tmp_path / "small", tmp_path / "tree" / "another", dirs_exist_ok=True)
    (tmp_path / "tree" / "broken").mkdir()
    (tmp_path / "tree" / "broken" / "chain.jsonl").write_text("no chain")
    found = verify_dossier(rests_on_lake, beside=[tmp_path / "tree"])
    assert found.filter(pl.col("file") == "../lake")["finding"].to_list() == [GOOD]
    shutil.rmtree(tmp_path / "tree" / "deep")
    shutil.rmtree(tmp_path / "tree" / "another")
    found = verify_dossier(rests_on_lake, beside=[tmp_path / "tree"])
    assert found.filter(pl.col("file") == "../lake")["finding"].to_list() == [NOT_CHECKED]


def test_where_inputs_begin_is_a_stranger_s_word(out: Path) -> None:
    for told in ({"": "a\x00b"}, {"": 7}, [], {"": "/nowhere/at/all"}):
        (out / "run.json").write_text(json.dumps({"inputs_from": told}))
        assert set(verify_dossier(out)["finding"]) <= {GOOD, NOT_CHECKED}


def test_a_lake_that_has_grown_since_is_good(rests_on_lake: Path, tmp_path: Path) -> None:
    more = files(tmp_path / "more")
    text = tmp_path / "more" / "further.csv"
    frame = pl.read_parquet(more[0]).with_columns(pl.col("time_utc") + pl.duration(days=20))
    frame.write_parquet(text.with_suffix(".parquet"))
    ingest(Lake.open(tmp_path / "lake"), [text.with_suffix(".parquet")])
    row = verify_dossier(rests_on_lake).filter(pl.col("file") == "../lake").row(0, named=True)
    assert row["finding"] == GOOD
    assert row["remedy"].startswith("the lake has grown since, by ")


def test_another_lake_in_its_place_is_found(rests_on_lake: Path, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "lake")
    small_lake(tmp_path / "again")
    shutil.copytree(next((tmp_path / "again").rglob("chain.jsonl")).parent, tmp_path / "lake")
    assert "is another lake, or was made anew" in faults(rests_on_lake)["../lake"]
    shutil.rmtree(tmp_path / "lake")
    found = verify_dossier(rests_on_lake)
    assert found.filter(pl.col("file") == "../lake")["finding"].to_list() == [NOT_CHECKED]


def test_the_verb_takes_a_lake_too(rests_on_lake: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rests_on_lake.is_dir()
    assert main(["verify", str(tmp_path / "lake"), "--deep"]) == 0
    assert "files are as they were committed" in capsys.readouterr().err
    assert main(["verify", str(tmp_path / "in")]) == 1
    assert "no lake, and no dossier" in capsys.readouterr().err
    with pytest.raises(LakeError, match="no lake, and no dossier"):
        verify(tmp_path / "nothing")


# --- dossiers from strangers ----------------------------------------------------------------------------------------


def zipped(path: Path, members: list[tuple[zipfile.ZipInfo | str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members:
            z.writestr(name, data)
    return path


def members_of(out: Path) -> list[tuple[zipfile.ZipInfo | str, bytes]]:
    with zipfile.ZipFile(out / "evidence.zip") as z:
        return [(n, z.read(n)) for n in z.namelist()]


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "a/../../evil", "C:/evil", "a\\..\\evil", "a//b", "./a", "a\nb", "x" * 300, "a/."]
)
def test_names_that_lead_out_are_faults_and_nothing_is_written(out: Path, tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "e.zip", [*members_of(out), (name, b"evil")])
    before = sorted(map(str, tmp_path.parent.rglob("*")))
    found = faults(path)
    assert len(found) == 1
    assert "leads out" in next(iter(found.values()))
    assert sorted(map(str, tmp_path.parent.rglob("*"))) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_links_doubles_and_folders_in_a_zip(out: Path, tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = zipped(tmp_path / "e.zip", [*members_of(out), (link, b"/etc/passwd"), ("case.toml", b"[case]"), ("d/", b"")])
    assert faults(path) == {
        "link": "is a folder or a link: a dossier's zip holds files only",
        "case.toml": "is missing",
        "d/": "is a folder or a link: a dossier's zip holds files only",
    }
    assert "is there twice: which one is meant cannot be told" in set(verify_dossier(path)["finding"])


def test_a_bomb_is_not_inflated(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = b"\x00" * (64 << 20)
    swapped = [(n, bomb if n == "tables/visits.csv" else d) for n, d in members_of(out)]
    path = zipped(tmp_path / "e.zip", [*swapped, ("more", bomb)])
    read: list[int] = []
    real = opening.Packed.blocks

    def counted(self: opening.Packed, name: str) -> object:
        for block in real(self, name):
            read.append(len(block))
            yield block

    monkeypatch.setattr(opening.Packed, "blocks", counted)
    assert set(faults(path)) == {"tables/visits.csv", "more"}
    assert sum(read) < 2 << 20


def test_a_member_that_lies_about_its_size(out: Path, tmp_path: Path) -> None:
    """Its header says what the manifest says, and more comes out."""
    path = zipped(tmp_path / "e.zip", [(n, d * 3 if n == "case.toml" else d) for n, d in members_of(out)])
    true, size = (len(made.TEXT) * k for k in (3, 1))
    raw = path.read_bytes()
    assert raw.count(true.to_bytes(4, "little")) >= 2
    path.write_bytes(raw.replace(true.to_bytes(4, "little"), size.to_bytes(4, "little")))
    assert "case.toml" in faults(path)


def test_limits(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_MOST_FILES", 6)
    assert any("more than 6" in why for why in faults(out / "evidence.zip").values())
    with pytest.raises(SourceError, match=r"has no manifest\.json"):  # it is one of those that were not read
        verify_dossier(out)
    monkeypatch.undo()
    monkeypatch.setattr(opening, "_MOST_BYTES", 10)
    with pytest.raises(SourceError, match="more than is read"):
        verify_dossier(out)
    monkeypatch.undo()
    with (out / "manifest.json").open("ab") as f:
        f.truncate(70 << 20)
    with pytest.raises(SourceError, match="larger than 64 MB"):
        verify_dossier(out)


@pytest.mark.parametrize(
    "data", [b"", b"PK\x05\x06" + b"\x00" * 18, b"not a zip", b"PK\x03\x04" + b"\xff" * 400], ids=range(4)
)
def test_what_is_no_zip(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "e.zip").write_bytes(data)
    with pytest.raises(SourceError):
        verify_dossier(tmp_path / "e.zip")
    assert main(["verify", str(tmp_path / "e.zip")]) == 1


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{}", b"[" * 100_000, b"\xff\xfe", b'{"made_by":"wheelsdown","kind":"dossier"}', b"null"],
    ids=range(7),
)
def test_manifests_that_are_none(out: Path, raw: bytes) -> None:
    (out / "manifest.json").write_bytes(raw)
    with pytest.raises(SourceError, match=r"manifest\.json"):
        verify_dossier(out)
    assert main(["verify", str(out)]) == 1


def test_a_manifest_of_a_later_form(out: Path) -> None:
    path = out / "manifest.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(SourceError, match="newer wheelsdown"):
        verify_dossier(out)


def changed(out: Path, change: Callable[[dict[str, object]], None]) -> None:
    path = out / "manifest.json"
    raw = json.loads(path.read_text())
    change(raw)
    path.write_text(json.dumps(raw))


def test_a_manifest_that_lists_what_lies_elsewhere(out: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    digest = hashlib.sha256(b"x").hexdigest()

    def change(raw: dict[str, object]) -> None:
        raw["files"] += [{"path": "../secret", "bytes": 1, "sha256": digest}]  # type: ignore[operator]
        raw["files"] += [{"path": str(secret), "bytes": 1, "sha256": digest}]  # type: ignore[operator]

    changed(out, change)
    found = faults(out)
    for name in ("../secret", str(secret)):
        assert found[name] == "the manifest lists a name that leads out of the folder"


def test_inputs_with_names_from_a_stranger_are_looked_at_and_no_more(out: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    names = [
        "/dev/zero",
        "/dev/stdin",
        str(tmp_path / "pipe"),
        "a\nb",
        "a\x00b",
        "",
        "x" * 5000,
        "../../../../..",
        "\u202e",
    ]
    digest = "0" * 64

    def change(raw: dict[str, object]) -> None:
        raw["inputs"] = [{"path": n, "kind": k, "sha256": digest} for n in names for k in ("file", "lake", "anything")]

    changed(out, change)
    before = sorted(map(str, tmp_path.rglob("*")))
    found = verify_dossier(out)
    rows = found.filter(pl.col("file").is_in(names))
    assert set(rows["finding"]) == {NOT_CHECKED}
    assert set(rows["file"]) == set(names)
    assert sorted(map(str, tmp_path.rglob("*"))) == before


def test_links_and_pipes_in_the_folder_are_not_followed(out: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (out / "dossier.html").rename(tmp_path / "other" / "dossier.html")
    (out / "dossier.html").symlink_to(tmp_path / "other" / "dossier.html")
    (out / "loop").symlink_to(out)
    os.mkfifo(out / "pipe")
    rows = [r for r in verify_dossier(out).select("file", "finding").iter_rows() if r[1] != GOOD]
    assert set(rows) == {
        ("dossier.html", "is a link or no file: not read"),
        ("dossier.html", "is missing"),
        ("loop", "is a link: links are not followed"),
        ("pipe", "is a link or no file: not read"),
    }


def test_what_a_check_prints_cannot_steer_a_terminal(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / "\x1b[2J\u202e=cmd").write_text("x")
    assert main(["verify", str(out), "-o", "-"]) == 1
    text, err = capsys.readouterr()
    assert "\x1b" not in err
    assert "\u202e" not in err
    assert pl.read_csv(io.StringIO(text), infer_schema=False).height > 20


@pytest.mark.parametrize(
    ("name", "good"),
    [("a", True), ("tables/a.csv", True), ("..", False), ("a/..", False), ("", False), ("/", False), ("a/", False),
     ("a\x00", False), ("..a", True), ("a\\b", False), ("a:b", False)],
)  # fmt: skip
def test_safe_names(name: str, good: bool) -> None:
    assert safe(name) is good


def test_verdict_names_the_faults(out: Path) -> None:
    (out / "x").write_text("x")
    result, count = verify(out)
    assert count == 1
    assert result.simulated
    assert verdict(result).startswith("1 of ")
    assert "x: was not written by the run" in verdict(result)
