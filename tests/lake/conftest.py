from __future__ import annotations

from pathlib import Path

import pytest

from wheelsdown.errors import LakeError
from wheelsdown.lake import Lake
from wheelsdown.lake.verifying import verify


@pytest.fixture(autouse=True)
def own_data(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the tests away from what the user has loaded."""
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("WHEELSDOWN_DATA", str(folder))
    monkeypatch.setenv("COLUMNS", "120")
    return folder


def faults(path: Path | Lake, *, deep: bool = True) -> list[tuple[str, str]]:
    """Give file and finding of everything that is wrong with a lake."""
    found = verify(path.path if isinstance(path, Lake) else path, deep=deep)
    return [(f, why) for f, why in found.select("file", "finding").iter_rows() if why != "good"]


__all__ = ["LakeError", "faults"]
