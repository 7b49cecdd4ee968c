from __future__ import annotations

from pathlib import Path

import pytest

from tests.reference.made import SHARED


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory of the test's own: the machine's must not decide."""
    folder = tmp_path / "data"
    monkeypatch.setenv("WHEELSDOWN_DATA", str(folder))
    return folder


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here")
    return SHARED
