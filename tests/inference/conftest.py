from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.inference.made import Runway, runways_of
from wheelsdown.inference import Inference, Rules, infer
from wheelsdown.reference import airfields as reference

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

Infer = Callable[..., Inference]


@pytest.fixture(scope="session")
def airfields(tmp_path_factory: pytest.TempPathFactory) -> reference.Airfields:
    """The packed tables, whatever the user's own folder holds."""
    return reference.load(tmp_path_factory.mktemp("no-user-data"))


@pytest.fixture(scope="session")
def infer_(airfields: reference.Airfields) -> Infer:
    """`infer` with the reference tables."""

    def go(positions: pl.DataFrame, *, ruled_out: bool = False, rules: Rules | None = None) -> Inference:
        return infer(positions, airfields=airfields.fields, runways=airfields.runways, ruled_out=ruled_out, rules=rules)

    return go


@pytest.fixture(scope="session")
def runway(airfields: reference.Airfields) -> Callable[[str, str], Runway]:
    """Give one direction of a runway by field and name."""

    def go(code: str, name: str) -> Runway:
        return runways_of(airfields.fields, airfields.runways, code)[name]

    return go


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """Path under the shared recordings; the test is skipped where it is absent."""

    def go(path: str) -> Path:
        found = SHARED / path
        if not found.exists():
            pytest.skip(f"no real recordings here: {found} is absent")
        return found

    return go
