"""JSON that is cut off or damaged: what stood before is kept, and only that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sources.made import write
from wheelsdown.errors import SourceError
from wheelsdown.sources.interface import InputFile, Report
from wheelsdown.sources.jsontext import document, documents, good_part

SHOT = {"now": 1.0, "aircraft": [{"hex": "a", "mlat": [], "flight": 'S]}"\u00e9'}, {"hex": "b", "seen_pos": 9.0}]}


def file(folder: Path, data: bytes) -> InputFile:
    path = write(folder / "a.json", data)
    return InputFile(path, Report(str(path)))


def test_every_cut_keeps_whole_records_only(tmp_path: Path) -> None:
    text = json.dumps(SHOT).encode()
    first = text.index(b', {"hex": "b"')
    for at in range(len(text)):
        cut = file(tmp_path, text[:at])
        if at < first:
            with pytest.raises(SourceError):
                document(cut, (b"]}",))
            continue
        whole = document(cut, (b"]}",))
        assert isinstance(whole, dict)
        assert whole["aircraft"] == SHOT["aircraft"][: 2 if at >= len(text) - 2 else 1]  # type: ignore[index]
        assert "cut off" in cut.report.problems[0].reason
    assert document(file(tmp_path, text), ()) == SHOT


def test_what_follows_a_whole_document_is_told(tmp_path: Path) -> None:
    more = file(tmp_path, json.dumps(SHOT).encode() + b"garbage")
    assert document(more, (b"]}",)) == SHOT
    assert len(more.report.problems) == 1


def test_brackets_in_a_text_that_does_not_end_are_none() -> None:
    assert good_part(b'{"a": [{"b": 1}, {"c": "x}]}') == {"a": [{"b": 1}]}
    assert good_part(b'{"a": [{"b": 1}, {"c": "x}]}', (b"]}",)) == {"a": [{"b": 1}]}


def test_a_short_last_record_only_where_it_is_allowed(tmp_path: Path) -> None:
    data = b'{"a": [{"b": 1, "c": 2}, {"b": 3, "c": 4'
    assert documents(file(tmp_path, data)) == [(1, {"a": [{"b": 1, "c": 2}, {"b": 3}]})]
    assert document(file(tmp_path, data), (b"]}",)) == {"a": [{"b": 1, "c": 2}]}


def test_half_characters_and_depth(tmp_path: Path) -> None:
    assert document(file(tmp_path, b'{"a": "x\\ud800y"}'), ()) == {"a": "x\ufffdy"}
    for read in (documents, lambda f: document(f, (b"]}",))):
        with pytest.raises(SourceError):
            read(file(tmp_path, b"[" * 100_000))
