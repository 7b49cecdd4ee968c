from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from tests.outputs import made
from wheelsdown.provenance import Receipt, receipts_frame
from wheelsdown.schema import PROBLEMS, REGISTER
from wheelsdown.sources import Reading

Run = Callable[..., tuple[int, str, str]]


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

    monkeypatch.setattr("wheelsdown.engines.local.read", read)
    monkeypatch.setattr("wheelsdown.engines.local.infer", infer)
    return asked
