"""Files that are either whole or not there: temporary name, fsync, rename; and locks between processes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from wheelsdown.errors import LakeError

if sys.platform != "win32":
    import fcntl
else:  # pragma: no cover - needs Windows
    import msvcrt

__all__ = ["BusyError", "held", "locked", "settle", "sync_folder"]

_PAUSE_S: Final = 0.05
_SAY_AFTER_S: Final = 1.0
_FOREVER_S: Final = 24 * 3600.0


class BusyError(Exception):
    """Another process holds the lock."""


def _try(file: IO[Any], *, shared: bool) -> bool:
    try:
        if sys.platform != "win32":
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        else:  # pragma: no cover - needs Windows, which knows no shared lock here
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True


def held(path: Path) -> IO[bytes]:
    """Take a lock that lasts as long as the returned file is open, and the process alive.

    Raises
    ------
    BusyError
        Another process holds it.
    """
    file = path.open("ab")
    if not _try(file, shared=False):
        file.close()
        raise BusyError(path)
    return file


@contextmanager
def locked(
    path: Path,
    *,
    shared: bool = False,
    waiting: Callable[[str], None] | None = None,
    patience_s: float = _FOREVER_S,
) -> Iterator[None]:
    """Hold a lock; wait while another process has it. It falls with the process, however that ends.

    Parameters
    ----------
    path : path
        The lock file; made if absent. Where it cannot be made (a read-only disk) a shared lock is not needed.
    shared : bool
        Readers share; a writer is alone.
    waiting : callable, optional
        Told once, after a second of waiting.
    patience_s : float
        How long to wait.

    Raises
    ------
    LakeError
        It was not had in time.
    """
    try:
        file = path.open("rb" if shared and path.exists() else "ab")
    except OSError as e:
        if shared:
            yield
            return
        raise LakeError(f"{path.parent}: cannot be written to: {e.strerror or e}") from e
    begin, said = time.monotonic(), False
    try:
        while not _try(file, shared=shared):
            waited = time.monotonic() - begin
            if waited > patience_s:
                raise LakeError(f"{path.parent}: another process has held it for {waited:.0f} s; try again later")
            if waiting is not None and not said and waited > _SAY_AFTER_S:
                waiting(f"{path.parent}: another process is writing; waiting")
                said = True
            time.sleep(_PAUSE_S)
        yield
    finally:
        file.close()


def sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to disk, where the system can."""
    if sys.platform == "win32":  # pragma: no cover - folders cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def settle(path: Path) -> None:
    """Bring a file's bytes to disk."""
    with path.open("rb+") as f:
        os.fsync(f.fileno())
