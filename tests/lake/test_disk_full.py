"""A full disk leaves what was there, says so, and after room was made the same command ends right."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from tests.lake.conftest import faults
from tests.lake.killer import Disk, files, put_in
from tests.lake.made import content, papers, pieces, put, staged, walk
from wheelsdown.errors import LakeError
from wheelsdown.lake import Lake

EVERY = os.environ.get("WHEELSDOWN_EVERY_STEP") == "1"
SOME = files()


@pytest.mark.parametrize("how", ["once", "full"])
def test_no_room_at_any_step(tmp_path: Path, how: str) -> None:
    put_in(tmp_path / "whole", SOME)
    whole = Lake.open(tmp_path / "whole")
    with Disk().watched() as disk:
        put_in(tmp_path / "counted", SOME)
    steps = range(1, disk.count + 1)
    chosen = steps if EVERY else sorted(random.Random(how).sample(steps, 7))  # noqa: S311
    told: list[str] = []
    for step in chosen:
        path = tmp_path / f"{step}"
        with Disk(step, how).watched():
            try:
                put_in(path, SOME)
            except LakeError as e:
                told.append(str(e))
        if (path / "lake.json").exists():
            lake = Lake.open(path)
            assert faults(lake) == [], step
        put_in(path, SOME)
        lake = Lake.open(path)
        assert content(lake) == content(whole), step
        assert papers(lake) == papers(whole), step
        assert faults(lake) == [], step
        assert staged(path) == [], step
    assert len(told) >= len(chosen) // 2
    assert all(str(tmp_path) in t and "No space left on device" in t for t in told)


def test_the_error_says_what_stands_and_what_to_do(tmp_path: Path) -> None:
    some = pieces(walk(3), [0, 1])
    lake = put(tmp_path / "lake", [some[:1]])
    before = content(lake)
    with Disk(1, "full").watched(), pytest.raises(LakeError) as e:
        put(tmp_path / "lake", [some[1:]])
    for said in (str(tmp_path / "lake"), "No space left on device", "as it was", "make room", "run the same command"):
        assert said in str(e.value)
    assert content(lake) == before
    assert faults(lake) == []


def test_a_really_full_disk(tmp_path: Path, small: Path) -> None:
    some = pieces(walk(8, 3_000, hours=20), [0, 1, 2, 3])
    whole = put(tmp_path / "whole", [some])
    lake = put(small / "lake", [some[:1]])
    before = content(lake)
    ballast = small / "ballast"
    free = shutil.disk_usage(small).free
    ballast.write_bytes(bytes(free - 60_000))
    with pytest.raises(LakeError, match="No space left on device"):
        put(small / "lake", [some[1:]])
    lake = Lake.open(small / "lake")
    assert content(lake) == before
    assert faults(lake) == []
    assert staged(small / "lake") == []
    ballast.unlink()
    lake = put(small / "lake", [some[1:]])
    assert content(lake) == content(whole)
    assert faults(lake) == []
