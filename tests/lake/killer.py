"""Puts SIMULATED files into a lake while the disk, or the process, gives out at a chosen step.

Steps are what changes the disk: a file opened for writing or written by a library, fsync, a rename, a folder made,
anything removed. What a kill leaves behind is what a disk holds that takes no further step.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pyarrow.parquet as pq

from tests.lake.made import Piece, pieces, walk
from wheelsdown.lake import Lake
from wheelsdown.provenance import Receipt

BYTES = b"SIMULATED bytes"
RAW = Receipt("made/raw", hashlib.sha256(BYTES).hexdigest(), len(BYTES))
REMOVES = ("unlink", "rmdir", "ftruncate")


class Killed(BaseException):
    """The process is dead; whatever it still does reaches no disk."""


class Disk:
    """Counts steps and gives out at one of them.

    Parameters
    ----------
    last : int
        The step that is not taken; 0 never comes.
    how : str
        ``kill`` really ends the process; ``dead`` lets nothing reach the disk from then on; ``once`` the one step finds
        no room; ``full`` from then on nothing finds room, but things can be removed.
    """

    def __init__(self, last: int = 0, how: str = "dead") -> None:
        self.last, self.how, self.count = last, how, 0

    def step(self, name: str) -> None:
        """Take a step, or do not."""
        self.count += 1
        if not self.last or self.count < self.last or (self.how == "once" and self.count > self.last):
            return
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "dead":
            raise Killed
        if name not in REMOVES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def stepped(self, real: Callable[..., Any], name: str) -> Callable[..., Any]:
        """Make a function a step."""

        def inner(*args: Any, **kwargs: Any) -> Any:
            self.step(name)
            return real(*args, **kwargs)

        return inner

    def opened(self, file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        """Open a file; for writing it is a step."""
        if set(mode) & set("wax+"):
            self.step("open")
        return _OPEN(file, mode, *args, **kwargs)

    def writer(self, *args: Any, **kwargs: Any) -> Any:
        """Begin a Parquet file, whose row groups are steps too."""
        self.step("ParquetWriter")
        made = _WRITER(*args, **kwargs)
        made.write_table = self.stepped(made.write_table, "write_table")
        return made

    @contextmanager
    def watched(self) -> Iterator[Disk]:
        """Make everything that changes the disk a step."""
        with ExitStack() as stack:
            for name in ("fsync", "replace", "rename", "mkdir", *REMOVES):
                stack.enter_context(patch.object(os, name, self.stepped(getattr(os, name), name)))
            for name in ("write_parquet", "write_ipc"):
                real = getattr(pl.DataFrame, name)
                stack.enter_context(patch.object(pl.DataFrame, name, self.stepped(real, name)))
            stack.enter_context(patch.object(io, "open", self.opened))
            stack.enter_context(patch.object(pq, "ParquetWriter", self.writer))
            yield self


_OPEN, _WRITER = io.open, pq.ParquetWriter


def files() -> list[Piece]:
    """Make what goes in: two commits' worth, over a midnight."""
    return pieces(walk(41, 120, hours=4), [0, 1, 2], walk(42, 40, hours=4))


def put_in(path: Path, some: list[Piece] | None = None) -> None:
    """Put everything into a lake, in two batches that share their days."""
    some = some or files()
    for portion in (some[:2], some[2:]):
        lake = Lake.open(path, create=True)
        with lake.batch() as batch:
            for p in portion:
                batch.add(p.positions, receipts=[p.receipt], claims=p.claims)
                batch.add_traffic(p.traffic)
            batch.keep_raw(RAW, BYTES)
            batch.commit(inputs=[p.receipt for p in portion])


def killed_at(path: str, step: int) -> None:
    """Put everything into a lake in this process, which ends at that step."""
    with Disk(step, "kill").watched():
        put_in(Path(path))
