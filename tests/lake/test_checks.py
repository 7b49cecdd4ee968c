"""The file of checks: nothing is overwritten, nothing is lost between processes, nothing damaged is believed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.analysis.signing import moved, sign, visit
from wheelsdown import chain
from wheelsdown.errors import LakeError, UsageError
from wheelsdown.lake.checks import NAME_MOST, NOTE_MOST, faults, name_of, note_of, read_checks, unfinished, verdict_of

WRITER = """
import sys
from pathlib import Path
from tests.analysis.signing import sign, visit
for n in range(int(sys.argv[3])):
    sign(Path(sys.argv[1]), visit(), by=f"{sys.argv[2]} {n}")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checks.jsonl"


def test_what_was_entered_stays_byte_by_byte(path: Path) -> None:
    sign(path, visit())
    first = path.read_bytes()
    sign(path, visit(), "reject")
    assert path.read_bytes().startswith(first)
    assert read_checks(path)["entry"].to_list() == [1, 2]
    assert faults(path) == []
    assert {p.name for p in path.parent.iterdir()} == {"checks.jsonl", ".checks.jsonl.lock"}


def test_several_writers_at_once_lose_no_entry(path: Path) -> None:
    root = str(Path(__file__).resolve().parents[2])
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), who, "15"], cwd=root) for who in ("A", "B", "C")
    ]
    assert [w.wait(timeout=120) for w in writers] == [0, 0, 0]
    kept = read_checks(path)
    assert sorted(kept["by"]) == sorted(f"{who} {n}" for who in "ABC" for n in range(15))
    assert kept["entry"].to_list() == list(range(1, 46))


def test_a_check_without_its_end_of_line_counts_and_is_kept(path: Path) -> None:
    sign(path, visit())
    sign(path, visit(), "reject")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert read_checks(path)["verdict"].to_list() == ["confirm", "reject"]
    assert (faults(path), unfinished(path)) == ([], None)
    sign(path, visit(), "unsure")
    assert path.read_bytes().startswith(whole)
    assert read_checks(path)["verdict"].to_list() == ["confirm", "reject", "unsure"]


def test_an_unfinished_check_is_told_and_kept_beside(path: Path) -> None:
    sign(path, visit())
    first = path.read_bytes()
    sign(path, visit(), "reject")
    rest = path.read_bytes()[len(first) : -30]
    path.write_bytes(first + rest)
    assert read_checks(path)["verdict"].to_list() == ["confirm"]
    assert "the last line, after entry 1, is unfinished" in str(unfinished(path))
    assert faults(path) == [
        "its last line is unfinished: a writer was stopped, or the file was cut; it counts for nothing"
    ]
    told: list[str] = []
    sign(path, visit(), "unsure", told=told.append)
    (beside,) = path.parent.glob("checks.jsonl.unfinished-*")
    assert beside.read_bytes() == rest
    assert told == [f"{path}: the last line was unfinished; what there was of it lies in {beside} now"]
    assert read_checks(path)["verdict"].to_list() == ["confirm", "unsure"]
    assert unfinished(path) is None
    # nothing was there to keep: nothing is made
    sign(path, visit(), told=told.append)
    assert len(told) == 1


def _altered(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"confirm"', b'"reject"', 1))


def _left_out(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def _moved(path: Path) -> None:
    path.write_bytes(b"".join(reversed(path.read_bytes().splitlines(keepends=True))))


def _rewritten(body: dict[str, Any]) -> Callable[[Path], None]:
    """Make the whole chain anew, so that its hashes are right, and its content is not."""

    def do(path: Path) -> None:
        entries = [json.loads(line)["body"] for line in path.read_bytes().splitlines()]
        path.unlink()
        for e in entries:
            chain.append(path, {**e, **body})

    return do


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_altered, "line 1 was altered"),
        (_left_out, "line 1 is numbered 2"),
        (_moved, "line 1 is numbered 2"),
        (lambda p: p.write_bytes(b"no json\n" + p.read_bytes()), "line 1 is no entry"),
        (lambda p: p.write_bytes(b"[" * 100_000 + b"\n"), "line 1 is no entry"),
        (_rewritten({"verdict": "maybe"}), "is no check"),
        (_rewritten({"did": "made"}), "is no check"),
        (_rewritten({"by": None}), "is no check"),
        (_rewritten({"by": "x" * (NAME_MOST + 1)}), "too long"),
        (_rewritten({"fields": {"source": ["SIMULATED"]}}), "another hash than its evidence"),
    ],
)
def test_what_is_damaged_is_refused_whole_and_left_as_it_is(
    path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    sign(path, visit())
    sign(path, visit())
    spoil(path)
    damaged = path.read_bytes()
    with pytest.raises(LakeError, match=said) as e:
        read_checks(path)
    assert str(path) in str(e.value)
    assert "restore it from a copy" in str(e.value)
    with pytest.raises(LakeError, match=said):
        sign(path, visit())
    assert path.read_bytes() == damaged
    assert any(said in f for f in faults(path))


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "SIMULATED"},
        {"source": [1]},
        {},
        {"source": ["SIMULATED"], "arrived_utc": "2030-09-05T12:00:00"},
        {"source": ["SIMULATED"], "departed_utc": "soon"},
        {"source": ["SIMULATED"], "departed_utc": 3},
        {"source": ["SIMULATED"], "rivals": {"a": 1}},
        {"source": ["SIMULATED"], "place_id": ["LLOV"]},
        {"source": ["SIMULATED"], "airfield": "x" * 200_000},
    ],
)
def test_evidence_that_no_program_of_this_house_wrote_is_refused(path: Path, fields: dict[str, Any]) -> None:
    from wheelsdown.analysis.checks import sha256_of

    sign(path, visit())
    _rewritten({"fields": fields, "evidence": sha256_of(fields)})(path)
    with pytest.raises(LakeError, match=r"line 1 holds (evidence of another form|a time without a zone)"):
        read_checks(path)


def test_real_and_simulated_visits_never_share_a_file(path: Path) -> None:
    sign(path, visit())
    real = moved(visit(), 3, visit_id="06a0b2-20300905T1203Z-0001", source="readsb")
    with pytest.raises(LakeError, match="SIMULATED and real visits never share"):
        sign(path, real)
    assert read_checks(path).height == 1


def test_a_file_that_cannot_be_one(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="is a folder"):
        sign(tmp_path, visit())
    with pytest.raises(LakeError, match="does not exist; make it first"):
        sign(tmp_path / "no" / "checks.jsonl", visit())
    assert read_checks(tmp_path / "none.jsonl").is_empty()


def test_a_disk_that_is_full_leaves_what_was_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sign(path, visit())
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("wheelsdown.chain.os.fsync", full)
    with pytest.raises(LakeError, match="No space left on device; no check was entered"):
        sign(path, visit())
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "name",
    ["", "   ", "x" * (NAME_MOST + 1), "a\nb", "a\x1b[31mb", "a\u202eb", "a\u2066b", "a\udcffb", "a\u2028b", "a\x00b"],
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(UsageError, match="--by"):
        name_of(name)


def test_names_and_notes_are_kept_as_they_are() -> None:
    assert name_of(" Núria Ḥaddād ") == "Núria Ḥaddād"
    assert name_of("\u0645\u06cc\u200c\u0631\u0648") == "\u0645\u06cc\u200c\u0631\u0648"
    assert name_of("=HYPERLINK(1)") == "=HYPERLINK(1)"  # defused where it is written, not here
    assert note_of("first\r\nsecond") == "first\nsecond"
    assert note_of("  ") is None
    assert note_of(None) is None
    assert note_of("x" * NOTE_MOST) == "x" * NOTE_MOST


@pytest.mark.parametrize("note", ["x" * (NOTE_MOST + 1), "x" * 10_000, "a\x07", "a\u202eb", "a\udc80", "a\x85b"])
def test_notes_that_are_refused(note: str) -> None:
    with pytest.raises(UsageError, match="--note"):
        note_of(note)


def test_verdicts() -> None:
    assert [verdict_of(v) for v in ("confirm", "reject", "unsure")] == ["confirm", "reject", "unsure"]
    with pytest.raises(UsageError, match="one of confirm, reject, unsure"):
        verdict_of("Confirm")
