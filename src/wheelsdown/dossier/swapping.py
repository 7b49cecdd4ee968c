"""Puts a whole folder in the place of another, so that a run that is stopped leaves the old one."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from wheelsdown.lake.files import BusyError, held

__all__ = ["settle", "staged"]

_LOCK: Final = ".lock"
_NEW: Final = "new"
_OLD: Final = "old"
_SUFFIX: Final = ".part"
_TRIES: Final = 5
_AT_FDCWD: Final = -100
_EXCHANGE: Final = 2
"""Both renameat2 of Linux and renamex_np of macOS call it so."""


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Give an empty folder beside `target` to write to; it takes the place of `target` when all went well.

    The two change places in one step where the system can do that (Linux, macOS); elsewhere there is a moment without
    `target`, and `settle` puts the old one back if a run was stopped in it. What killed runs left is removed.

    Raises
    ------
    OSError
        It cannot be written; `target` is as it was.
    """
    settle(target)
    stage, lock = _begun(target)
    try:
        new = stage / _NEW
        yield new
        _put(new, target, stage / _OLD)
    finally:
        lock.close()
        _remove(stage)


def _begun(target: Path) -> tuple[Path, IO[bytes]]:
    """Make a locked folder with an empty one in it."""
    for _ in range(_TRIES):
        stage = Path(tempfile.mkdtemp(prefix=_prefix(target), suffix=_SUFFIX, dir=target.parent))
        try:
            lock = held(stage / _LOCK)
        except (FileNotFoundError, BusyError):
            continue  # another run took it for what a killed one left, before it was locked
        except BaseException:
            _remove(stage)
            raise
        try:
            (stage / _NEW).mkdir()
        except FileNotFoundError:
            lock.close()
            continue
        except BaseException:
            lock.close()
            _remove(stage)
            raise
        return stage, lock
    raise OSError(errno.EBUSY, "other runs keep writing beside it")


def _remove(stage: Path) -> None:
    """Remove a folder of ours, its lock last: what is left of it half removed is still known for what it is."""
    for name in (_NEW, _OLD):
        shutil.rmtree(stage / name, ignore_errors=True)
    with suppress(OSError):
        (stage / _LOCK).unlink(missing_ok=True)
        stage.rmdir()


def settle(target: Path) -> None:
    """Put back what a stopped run took away, and remove what it left; what a living run writes stays."""
    if not target.parent.is_dir():
        return
    for stage in sorted(target.parent.glob(f"{_escaped(_prefix(target))}*{_SUFFIX}")):
        if not (stage / _LOCK).is_file():
            with suppress(OSError):
                stage.rmdir()  # empty: a run that was stopped at once; anything else is not ours
            continue
        try:
            lock = held(stage / _LOCK)
        except (BusyError, OSError):
            continue
        with lock:
            if not target.exists() and (stage / _OLD).is_dir():
                (stage / _OLD).rename(target)
        _remove(stage)


def _prefix(target: Path) -> str:
    return f".{target.name}.wheelsdown."


def _escaped(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _put(new: Path, target: Path, old: Path) -> None:
    if not target.exists():
        new.rename(target)
        return
    if _exchanged(new, target):
        return
    target.rename(old)
    try:
        new.rename(target)
    except OSError:
        with suppress(OSError):
            old.rename(target)
        raise


def _exchanged(a: Path, b: Path) -> bool:
    """Let two folders change places in one step; False where the system or the disk cannot."""
    try:
        c = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":  # pragma: no cover - needs macOS
            return bool(c.renamex_np(os.fsencode(a), os.fsencode(b), _EXCHANGE) == 0)
        return bool(c.renameat2(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _EXCHANGE) == 0)
    except (AttributeError, OSError, TypeError):
        return False
