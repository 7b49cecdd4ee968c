"""The chain of hashes: any change to it is noticed, and a line that was never finished never counted."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wheelsdown import chain
from wheelsdown.errors import LakeError

NOW = datetime(2023, 9, 1, 12, 0, 0, 123_000, tzinfo=UTC)


def written(path: Path, entries: int = 4) -> bytes:
    for n in range(entries):
        chain.append(path, {"did": "day", "files": {f"a/{n}.parquet": {"sha256": "ab" * 32, "bytes": n}}}, now=NOW)
    return path.read_bytes()


def test_what_was_appended_is_read(tmp_path: Path) -> None:
    path = tmp_path / "chain.jsonl"
    assert chain.read(path) == chain.Chain()
    data = written(path)
    read = chain.read(path)
    assert not read.faults
    assert read.torn is None
    assert read.bytes == len(data)
    assert [e.number for e in read.entries] == [1, 2, 3, 4]
    assert read.entries[0].previous == chain.FIRST
    assert [e.previous for e in read.entries[1:]] == [e.sha256 for e in read.entries[:-1]]
    assert read.last is read.entries[-1]
    assert read.last.made_utc == "2023-09-01T12:00:00.123+00:00"
    assert b"".join(e.line() for e in read.entries) == data


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.jsonl"
        whole = written(path, 3)
        at = data.draw(st.integers(0, len(whole) - 1))
        to = data.draw(st.integers(0, 255).filter(lambda b: b != whole[at]))
        path.write_bytes(whole[:at] + bytes([to]) + whole[at + 1 :])
        read = chain.read(path)
        assert read.faults or read.torn is not None
        assert len(read.entries) < 3
        line = whole[:at].count(b"\n") + 1
        if read.faults:
            assert f"line {line} " in read.faults[0]
            with pytest.raises(LakeError, match="nothing was added"):
                chain.append(path, {"did": "more"})


@given(cut=st.integers(0, 10_000))
@example(cut=131)  # just behind the brace of an inner object
@settings(max_examples=60, deadline=None)
def test_a_torn_end_never_counted_and_is_replaced(cut: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.jsonl"
        whole = written(path, 3)
        keep = cut % len(whole)
        path.write_bytes(whole[:keep])
        read = chain.read(path)
        # a line counts once all its bytes are there; its end of line is none of them, an inner object's brace no end
        good = sum(keep >= end - 1 for end in accumulate(len(line) for line in whole.splitlines(keepends=True)))
        assert not read.faults
        assert len(read.entries) == good
        assert (read.torn is None) == (keep == 0 or whole[keep - 1 : keep] == b"\n" or whole[keep : keep + 1] == b"\n")
        entry = chain.append(path, {"did": "more"}, now=NOW)
        after = chain.read(path)
        assert entry.number == good + 1
        assert after.last == entry
        assert after.torn is None
        assert path.read_bytes().startswith(whole[: sum(len(x) + 1 for x in whole.split(b"\n")[:good])])


def test_a_whole_last_line_without_its_end_is_an_entry(tmp_path: Path) -> None:
    """An editor, a mail or a copy may lose the last byte: what was signed still stands, and is not written over."""
    path = tmp_path / "chain.jsonl"
    whole = written(path, 3)
    path.write_bytes(whole[:-1])
    read = chain.read(path)
    assert (len(read.entries), read.faults, read.torn, read.unended) == (3, (), None, True)
    assert chain.read(path, read) == read
    fourth = chain.append(path, {"did": "more"}, now=NOW, before=read)
    assert path.read_bytes() == whole + fourth.line()
    assert [e.number for e in chain.read(path, read).entries] == [1, 2, 3, 4]


def test_an_append_that_fails_after_such_a_line_leaves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "chain.jsonl"
    whole = written(path, 2)
    path.write_bytes(whole[:-1])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        chain.append(path, {"did": "more"})
    assert path.read_bytes() == whole[:-1]


def test_a_whole_last_line_that_was_altered_is_a_fault_with_or_without_its_end(tmp_path: Path) -> None:
    path = tmp_path / "chain.jsonl"
    whole = written(path, 3)
    altered = whole[:-1].replace(b'"a/2.parquet"', b'"a/9.parquet"')
    for end in (b"", b"\n"):
        path.write_bytes(altered + end)
        read = chain.read(path)
        assert len(read.entries) == 2
        assert "line 3 was altered" in read.faults[0]
        with pytest.raises(LakeError, match="nothing was added"):
            chain.append(path, {"did": "more"})
        assert path.read_bytes() == altered + end


@pytest.mark.parametrize("order", [[0, 2, 3], [1, 2, 3], [0, 2, 1, 3], [0, 0, 1, 2], [3, 2, 1, 0], [1, 0, 2, 3]])
def test_lines_left_out_repeated_or_moved(tmp_path: Path, order: list[int]) -> None:
    path = tmp_path / "chain.jsonl"
    lines = written(path).splitlines(keepends=True)
    path.write_bytes(b"".join(lines[n] for n in order))
    (fault,) = chain.read(path).faults
    first = next(i for i, n in enumerate(order) if i != n) + 1
    assert fault.startswith(f"line {first} is numbered")
    assert "left out or moved" in fault


def test_an_entry_with_a_right_hash_that_follows_another_one(tmp_path: Path) -> None:
    path, other = tmp_path / "chain.jsonl", tmp_path / "other.jsonl"
    written(path, 2)
    chain.append(other, {"did": "something else"}, now=NOW)
    chain.append(other, {"did": "day"}, now=NOW)
    chain.append(other, {"did": "day"}, now=NOW)
    path.write_bytes(path.read_bytes() + other.read_bytes().splitlines(keepends=True)[2])
    read = chain.read(path)
    assert len(read.entries) == 2
    assert "line 3 does not follow the entry before it" in read.faults[0]


@pytest.mark.parametrize(
    "line", [b"{}", b"[]", b"1", b"null", b"\xff", b"", b'{"number": 1}', b"[" * 5_000, b"9" * 9_000]
)
def test_what_is_no_entry(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "chain.jsonl"
    path.write_bytes(line + b"\n")
    read = chain.read(path)
    assert read.entries == ()
    assert "line 1 is no entry of a chain" in read.faults[0]


@pytest.mark.parametrize("value", ["1.0", "true", '"1"', "null", "[]"])
def test_an_entry_whose_parts_have_other_types(tmp_path: Path, value: str) -> None:
    path = tmp_path / "chain.jsonl"
    written(path, 1)
    raw = json.loads(path.read_bytes())
    for key in ("number", "previous", "made_utc", "body", "sha256"):
        path.write_text(json.dumps({**raw, key: json.loads(value)}, sort_keys=True, separators=(",", ":")) + "\n")
        assert chain.read(path).faults, key


def test_only_what_came_since_is_read(tmp_path: Path) -> None:
    path = tmp_path / "chain.jsonl"
    written(path, 2)
    before = chain.read(path)
    written(path, 2)
    again = chain.read(path, before)
    assert again == chain.read(path)
    assert again.entries[0] is before.entries[0]
    assert chain.read(path, again) == again
    path.write_bytes(path.read_bytes()[:50])
    assert chain.read(path, again).entries == ()
    assert chain.read(path, again).torn == 0


def test_an_append_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "chain.jsonl"
    whole = written(path, 2)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        chain.append(path, {"did": "more"})
    assert path.read_bytes() == whole
