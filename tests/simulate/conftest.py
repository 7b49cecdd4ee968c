from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulate.flown import Flown, flown


@pytest.fixture(scope="session")
def made() -> Flown:
    return flown()


@pytest.fixture(autouse=True)
def own_data(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the tests away from what the user has loaded."""
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("WHEELSDOWN_DATA", str(folder))
    monkeypatch.setenv("COLUMNS", "120")
    return folder
