"""A process that is stopped at any moment leaves a lake that is whole, and the same command again finishes it."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lake.conftest import faults
from tests.lake.killer import BYTES, RAW, Disk, Killed, files, killed_at, put_in
from tests.lake.made import content, papers, staged
from wheelsdown.errors import LakeError
from wheelsdown.lake import Lake

EVERY = os.environ.get("WHEELSDOWN_EVERY_STEP") == "1"
"""All steps, which takes minutes; else one in some."""
SOME = files()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The lake of an undisturbed run."""
    path = tmp_path_factory.mktemp("whole") / "lake"
    put_in(path, SOME)
    return Lake.open(path)


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Every content that a day may have: before, between and after the two commits."""
    path = tmp_path_factory.mktemp("states") / "lake"
    put_in(path, SOME[:2])
    before = content(Lake.open(path), KINDS).items()
    put_in(path, SOME)
    return {*_by_day(dict(before)), *_by_day(content(Lake.open(path), KINDS))}


KINDS = ("positions", "near", "traffic")


def _by_day(files: dict[str, str]) -> set[tuple[str, str]]:
    days = {n.rsplit("/", 1)[-1] for n in files}
    return {(d, " ".join(files.get(f"{k}/{d[:4]}/{d}", "-") for k in KINDS)) for d in days}


def steps_of(tmp_path: Path) -> int:
    with Disk().watched() as disk:
        put_in(tmp_path / "counted", SOME)
    return disk.count


def settled(path: Path, whole: Lake, states: set[tuple[str, str]]) -> None:
    """Check what a reader sees after the stop, and what the same command again makes of it."""
    with suppress(LakeError):  # stopped before there was a lake
        lake = Lake.open(path)
        with lake.steady():
            assert _by_day(content(lake, KINDS)) <= states
            assert faults(lake) == [] or _only_torn(lake)
    put_in(path, SOME)
    lake = Lake.open(path)
    assert content(lake) == content(whole)
    assert papers(lake) == papers(whole)
    assert lake.names().equals(whole.names())
    assert lake.inputs() == whole.inputs()
    assert (path / lake.layout.raw_name(RAW.sha256)).read_bytes() == BYTES
    assert faults(lake) == []
    assert staged(path) == []
    assert not list(path.rglob("*.tmp"))


def _only_torn(lake: Lake) -> bool:
    return [f for f, _ in faults(lake)] == ["chain.jsonl"] and lake.chain().torn is not None


def test_stopped_at_each_step(tmp_path: Path, whole: Lake, states: set[tuple[str, str]]) -> None:
    steps = steps_of(tmp_path)
    assert steps > 80
    chosen = range(1, steps + 1) if EVERY else sorted(random.Random(steps).sample(range(1, steps + 1), 13))  # noqa: S311
    for step in chosen:
        path = tmp_path / f"{step}"
        with Disk(step, "dead").watched() as disk:
            with pytest.raises(Killed):
                put_in(path, SOME)
            assert disk.count >= step
        try:
            settled(path, whole, states)
        except Exception as e:
            e.add_note(f"stopped at step {step} of {steps}")
            raise


def test_stopped_while_it_recovers(tmp_path: Path, whole: Lake, states: set[tuple[str, str]]) -> None:
    """The second run is stopped too, and the third, at their first steps."""
    steps = steps_of(tmp_path)
    for step in random.Random(2).sample(range(20, steps), 3):  # noqa: S311
        path = tmp_path / f"{step}"
        for n in (step, 4, 9, 14):
            with Disk(n, "dead").watched(), suppress(Killed):
                put_in(path, SOME)
        settled(path, whole, states)


def test_killed_while_it_keeps_a_footer(tmp_path: Path, whole: Lake, states: set[tuple[str, str]]) -> None:
    """What lies beside the lake to be quick is left half written too, by writers and by readers."""
    put_in(tmp_path / "lake", SOME[:2])
    kept = sorted((tmp_path / "lake" / ".cache" / "footers").rglob("*.footer"))
    assert kept
    for path in kept:
        path.rename(path.with_name(f".{path.name}.4194305.tmp"))
    settled(tmp_path / "lake", whole, states)
    assert sorted((tmp_path / "lake" / ".cache" / "footers").rglob("*.footer")) >= kept


@pytest.mark.slow
def test_killed_at_twenty_moments(tmp_path: Path, whole: Lake, states: set[tuple[str, str]]) -> None:
    """A real process, really killed: at steps, and at moments by the clock."""
    steps = steps_of(tmp_path)
    rng = random.Random(steps)  # noqa: S311
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.lake.killer"])
    moments = [(s, 0.0) for s in rng.sample(range(1, steps), 14)] + [(0, rng.uniform(0.02, 0.4)) for _ in range(6)]
    children = []
    for n, (step, _) in enumerate(moments):
        children.append(context.Process(target=killed_at, args=(str(tmp_path / f"{n}"), step)))
    ended = []
    for child, (step, seconds) in zip(children, moments, strict=True):
        child.start()
        if not step:
            time.sleep(seconds)
            child.kill()
        child.join(30)
        ended.append(child.exitcode)
    assert set(ended) <= {-signal.SIGKILL, 0}
    assert ended.count(-signal.SIGKILL) >= 14
    for n in range(len(moments)):
        settled(tmp_path / f"{n}", whole, states)


def test_ctrl_c_between_entry_and_files(tmp_path: Path, whole: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry counts from the moment it is written: what it names must not be swept away with the batch."""
    from wheelsdown.lake import commit

    real, calls = commit._place, []

    def interrupted(*args: object) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(commit, "_place", interrupted)
    with pytest.raises(KeyboardInterrupt):
        put_in(tmp_path / "lake", SOME)
    monkeypatch.setattr(commit, "_place", real)
    lake = Lake.open(tmp_path / "lake")
    assert faults(lake) == []
    put_in(tmp_path / "lake", SOME)
    assert content(lake) == content(whole)
