from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from tests.outputs import made
from wheelsdown import engines
from wheelsdown.provenance import Receipt, receipts_frame
from wheelsdown.schema import PROBLEMS, REGISTER
from wheelsdown.sources import Reading

Run = Callable[..., tuple[int, str, str]]


def everywhere(monkeypatch: pytest.MonkeyPatch, name: str, value: Any) -> None:
    """Put a value in the place of a name in whichever modules of the engine use it."""
    for found in pkgutil.iter_modules(engines.__path__):
        module = importlib.import_module(f"{engines.__name__}.{found.name}")
        if hasattr(module, name):
            monkeypatch.setattr(module, name, value)


@pytest.fixture(autouse=True)
def own_data(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the tests away from what the user has loaded."""
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("WHEELSDOWN_DATA", str(folder))
    monkeypatch.setenv("COLUMNS", "120")
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""
    from wheelsdown.cli import main

    def go(*argv: str) -> tuple[int, str, str]:
        code = main(list(argv))
        out, err = capsys.readouterr()
        return code, out, err

    return go


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Put made rows in the place of reading and inference; what they were asked is kept."""
    asked: dict[str, Any] = {"source": made.SOURCE, "problems": PROBLEMS.empty()}

    def read(paths: Any, **options: Any) -> Reading:
        asked["paths"], asked["options"] = paths, options
        receipt = Receipt(str(paths), "0123456789abcdef" * 4, 99, "made", 8)
        return Reading(
            made.positions(asked["source"]), asked["problems"], receipts_frame([receipt]), REGISTER.empty(), ("a note",)
        )

    def infer(positions: pl.DataFrame, **options: Any) -> SimpleNamespace:
        asked["inference"], asked["positions"] = options, positions
        source = asked["source"]
        return SimpleNamespace(visits=made.visits(source).fill_nan(None), legs=made.legs(source), gaps=made.gaps())

    everywhere(monkeypatch, "read", read)
    everywhere(monkeypatch, "read_in_parts", lambda paths, **options: [read(paths, **options)])
    everywhere(monkeypatch, "infer", infer)
    return asked
