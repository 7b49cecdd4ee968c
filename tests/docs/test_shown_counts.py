"""What the pages show of counts is what the commands say: on a real recording, and on a SIMULATED airlift."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from wheelsdown.cli import main

ROOT = Path(__file__).resolve().parents[2]
RECORDING = ROOT.parent / "shared" / "data" / "flight" / "opensky_json" / "quickstart.json.gz"
PAGES = [ROOT / "README.md", ROOT / "docs" / "tutorial.md", ROOT / "docs" / "how-to" / "counts.md"]
REAL = "wheelsdown count out/recordings/quickstart.json.gz"


def shown(page: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Each block of commands with the sentences printed under its last one; what is left out is `[...]`."""
    for block in re.findall(r"```console\n(.*?)```", page.read_text(), flags=re.DOTALL):
        *commands, last = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
        command, _, printed = last.partition("\n")
        if "wheelsdown count " in command:
            sentences = printed.split("\n\n")[0].split("[...]")
            yield [*(c.strip() for c in commands), command], [" ".join(s.split()) for s in sentences if s.strip()]


BLOCKS = [(page.name, *block) for page in PAGES for block in shown(page)]


def said(capsys: pytest.CaptureFixture[str], commands: list[str]) -> str:
    for line in commands:
        main(shlex.split(line.removeprefix("wheelsdown "), comments=True))
        err = capsys.readouterr().err
    return " ".join(err.split())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WHEELSDOWN_DATA", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_are_some() -> None:
    assert {page for page, _, sentences in BLOCKS if sentences} == {"README.md", "tutorial.md", "counts.md"}


@pytest.mark.skipif(not RECORDING.exists(), reason="../shared/data/flight is absent")
@pytest.mark.parametrize(("page", "commands", "sentences"), [b for b in BLOCKS if b[1][-1].startswith(REAL)])
def test_of_a_real_recording(
    page: str, commands: list[str], sentences: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = folder / "out" / "recordings"
    there.mkdir(parents=True)
    (there / RECORDING.name).symlink_to(RECORDING)
    told = said(capsys, commands)
    for sentence in sentences:
        assert sentence in told, f"{page} is out of date"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "commands", "sentences"), [b for b in BLOCKS if b[1][0].startswith("wheelsdown simulate")]
)
def test_of_simulated_flights(
    page: str, commands: list[str], sentences: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, commands)
    for sentence in sentences:
        assert sentence in told, f"{page} is out of date (probabilities fitted anew?)"
