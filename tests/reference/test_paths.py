from __future__ import annotations

import sys
from pathlib import Path

import pytest

from wheelsdown.reference import data_directory


def test_the_variable_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WHEELSDOWN_DATA", str(tmp_path / "mine"))
    assert data_directory() == tmp_path / "mine"
    monkeypatch.setenv("WHEELSDOWN_DATA", "~/mine")
    assert data_directory() == Path.home() / "mine"


@pytest.mark.parametrize(
    ("platform", "variable", "value", "expected"),
    [
        ("linux", "XDG_DATA_HOME", "/x/y", Path("/x/y/wheelsdown")),
        ("linux", "XDG_DATA_HOME", "relative", Path.home() / ".local/share/wheelsdown"),
        ("darwin", "XDG_DATA_HOME", "/x/y", Path.home() / "Library/Application Support/wheelsdown"),
        ("win32", "LOCALAPPDATA", "/local", Path("/local/wheelsdown")),
        ("win32", "LOCALAPPDATA", "", Path.home() / "AppData/Local/wheelsdown"),
    ],
)
def test_each_platform_has_its_place(
    monkeypatch: pytest.MonkeyPatch, platform: str, variable: str, value: str, expected: Path
) -> None:
    monkeypatch.delenv("WHEELSDOWN_DATA")
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, value)
    assert data_directory() == expected
