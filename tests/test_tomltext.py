"""Lines of TOML: every field by its path, whatever stands between."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelsdown.errors import CaseError
from wheelsdown.tomltext import decode, line_of, lines_of, parse

TEXT = '''\
a = 1 # [[window]]
[case]
words = """
x = 3
[[window]]
""\\" still """
[[window]]
name = "x [[window]]"
list = [
  "a", # c
  "b]",
  {id = "q", deep = {x = 1}},
]
"quoted key" = 'it'
dotted.key = 2
[[airfield]]
[[airfield.fact]]
name = \'\'\'
n\'\'\'
[[airfield]]
[airfield.own]
[[airfield.fact]]
[[airfield.fact]]
name = "n"
'''


def test_every_field_has_the_line_where_it_stands() -> None:
    tomllib.loads(TEXT)
    where = lines_of(TEXT)
    lines = TEXT.splitlines()
    assert where["a"] == 1
    assert where["case.words"] == 3
    assert where["window"] == where["window[0]"] == 7
    assert where["window[0].list[2].deep.x"] == 12
    assert where["window[0].dotted.key"] == 15
    assert where["airfield[0].fact[0].name"] == 18
    assert lines[where["airfield[1].fact[1].name"] - 1] == 'name = "n"'
    assert where["airfield[1].own"] == 21
    assert "case.x" not in where


def test_what_is_not_there_is_told_by_the_table_around_it() -> None:
    assert line_of(TEXT, "window[0].since") == 7
    assert line_of(TEXT, "window[0].list[9]") == 9
    assert line_of(TEXT, "airfield[1].fact[1]", "unknown field `name`") == 24
    assert line_of(TEXT, "", "unknown field `airfield`") == 16
    assert line_of(TEXT, "nothing") is None
    assert line_of("", "") is None


def test_lines_end_as_windows_ends_them() -> None:
    assert lines_of(TEXT.replace("\n", "\r\n")) == lines_of(TEXT)


VALUES = st.recursive(
    st.one_of(st.integers(-9, 9), st.booleans(), st.text("ab'\"#[]{}=.\\\n ,", max_size=6)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def written(value: Any) -> str:
    """Write a value as TOML, texts as basic strings."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, list):
        return "[\n" + ",\n".join(written(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {written(v)}" for k, v in value.items()) + "}"
    return str(value)


@given(st.lists(st.tuples(st.sampled_from(["t", "u"]), st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3))))
def test_whatever_can_be_parsed_has_a_line_for_every_key(tables: list[tuple[str, dict[str, Any]]]) -> None:
    text = "".join(f"[[{name}]]\n" + "".join(f"{k} = {written(v)}\n" for k, v in t.items()) for name, t in tables)
    document = tomllib.loads(text)
    where = lines_of(text)
    lines = text.splitlines()
    for name, listed in document.items():
        for n, table in enumerate(listed):
            assert lines[where[f"{name}[{n}]"] - 1] == f"[[{name}]]"
            for key in table:
                assert lines[where[f"{name}[{n}].{key}"] - 1].startswith(f"{key} = ")


@pytest.mark.parametrize("text", ["a" + ".a" * 500_000 + " = 1\n", "[a" + ".a" * 500_000 + "]\n"])
def test_a_key_without_end_is_refused_at_once(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    begin = time.monotonic()
    with pytest.raises(CaseError, match="2,000 dots") as e:
        decode(path, CaseError, what="a case", see="see")
    assert e.value.line == 1
    assert time.monotonic() - begin < 5


def test_the_error_is_of_the_class_asked_for() -> None:
    with pytest.raises(CaseError, match="is not TOML") as e:
        parse("a = 1\nb =\n", Path("x.toml"), CaseError, see="see")
    assert (e.value.file, e.value.line, e.value.remedy) == ("x.toml", 2, "see")
