from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
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


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A real file system of a megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None:
        pytest.skip("no mount here")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"a small file system may not be mounted here: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def faults(path: Path | Lake, *, deep: bool = True) -> list[tuple[str, str]]:
    """Give file and finding of everything that is wrong with a lake."""
    found = verify(path.path if isinstance(path, Lake) else path, deep=deep)
    return [(f, why) for f, why in found.select("file", "finding").iter_rows() if why != "good"]


__all__ = ["LakeError", "faults"]
