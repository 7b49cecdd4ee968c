"""Puts a day's new files in place, all or none, whenever the process is stopped.

The entry in the chain is what counts. Before it is written nothing of the old state has changed; after it the new files
are put in place, and if that is interrupted whoever opens the lake next goes on.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from wheelsdown import chain
from wheelsdown.errors import LakeError
from wheelsdown.lake.files import BusyError, held, locked, settle, sync_folder
from wheelsdown.lake.footers import sweep_footers
from wheelsdown.lake.layout import Layout

__all__ = ["ALIVE", "commit", "pending", "recover", "sound", "state", "sweep"]

ALIVE: Final = "alive"
"""Locked as long as the process that owns a staging folder lives."""
_BLOCK: Final = 1 << 20


def sha256_of(path: Path) -> tuple[str, int]:
    """Hash a file; also gives its size."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as f:
        while block := f.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def commit(
    layout: Layout,
    stage: Path,
    files: Mapping[str, Path],
    body: Mapping[str, Any],
    *,
    before: chain.Chain | None = None,
    waiting: Callable[[str], None] | None = None,
) -> chain.Entry | None:
    """Put staged files in place under their names and enter them in the chain.

    The caller holds `Layout.writing`.

    Parameters
    ----------
    layout : Layout
    stage : path
        Folder inside `Layout.staging` that holds the files under names of its own.
    files : mapping
        Name inside the lake to staged file.
    body : mapping
        What the entry says beside the files.
    before : Chain, optional
        What was read of the chain already.
    waiting : callable, optional
        Told if readers have to be waited for.

    Returns
    -------
    Entry, or None if every file was there already with the same bytes and there is nothing else to say.

    Raises
    ------
    OSError, LakeError
        Nothing has changed.
    """
    told: dict[str, dict[str, Any]] = {}
    moves: dict[str, str] = {}
    before = chain.read(layout.chain, before)
    known = state(before)
    for name, path in sorted(files.items()):
        digest, size = sha256_of(path)
        if known.get(name) == digest and _holds(layout.root / name, digest):
            path.unlink()
            continue
        settle(path)
        told[name] = {"sha256": digest, "bytes": size}
        moves[name] = path.relative_to(layout.staging).as_posix()
    if not told and not body.get("always"):
        return None
    sync_folder(stage)
    for name in moves:
        # what may fail for want of room must fail before the entry counts
        _inside(layout.root, name).parent.mkdir(parents=True, exist_ok=True)
    said = {k: v for k, v in body.items() if k != "always"}
    with locked(layout.lock, waiting=waiting):
        entry = chain.append(layout.chain, {**said, "files": told, "staged": moves}, before=before)
        sync_folder(layout.root)
        _place(layout, moves)
    return entry


def _holds(path: Path, digest: str) -> bool:
    return path.exists() and sha256_of(path)[0] == digest


def sound(layout: Layout, names: Iterable[str], known: Mapping[str, str]) -> None:
    """Make sure that files are as they were committed, before new rows are merged into them.

    Otherwise damage would be entered in the chain as if it were right.

    Raises
    ------
    LakeError
        One is missing, was altered, or was never committed.
    """
    for name in names:
        path, due = layout.root / name, known.get(name)
        if due is None and not path.exists():
            continue
        if due is None or not _holds(path, due):
            how = "was never committed" if due is None else "was altered" if path.exists() else "is missing"
            raise LakeError(
                f"{layout.root}: {name} {how}; nothing was added to it: see wheelsdown verify {layout.root}, "
                "restore it from a copy or make the lake anew"
            )


def _place(layout: Layout, moves: Mapping[str, str]) -> None:
    folders: set[Path] = set()
    for name, staged in moves.items():
        target, source = _inside(layout.root, name), _inside(layout.staging, staged)
        if not source.exists():
            continue  # put in place before the interruption
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
        folders.add(target.parent)
    for folder in folders:
        sync_folder(folder)


def _inside(root: Path, name: str) -> Path:
    """Refuse a name that leads out of its folder: a chain may come from a stranger."""
    path = root / name
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise LakeError(f"{root}: the chain names a file outside the lake: {name!r}")
    return path


def state(read: chain.Chain) -> dict[str, str]:
    """Give the sha256 that each file of the lake must have, after the chain."""
    out: dict[str, str] = {}
    for entry in read.entries:
        for name, facts in entry.body.get("files", {}).items():
            out[name] = facts["sha256"]
    return out


def pending(layout: Layout, folder: Path | None = None, before: chain.Chain | None = None) -> bool:
    """Tell whether files that are entered in the chain still wait in the staging folder, or in one inside it."""
    if not layout.staging.is_dir():
        return False
    last = (before or chain.read(layout.chain)).last
    moves = last.body.get("staged", {}) if last is not None else {}
    paths = [_inside(layout.staging, s) for s in moves.values()]
    return any(p.exists() and (folder is None or folder in p.parents) for p in paths)


def recover(layout: Layout, before: chain.Chain | None = None) -> bool:
    """Finish what an interrupted commit left undone.

    Returns
    -------
    bool
        Whether there was anything to finish.

    Raises
    ------
    OSError
        It cannot be finished here: the disk is read-only, or full.
    """
    if not pending(layout, before=before):
        return False
    with locked(layout.lock):
        last = chain.read(layout.chain).last  # another process may have gone on meanwhile
        _place(layout, last.body.get("staged", {}) if last is not None else {})
    return True


def sweep(layout: Layout) -> None:
    """Remove what killed processes left half written. The caller holds `Layout.writing` and has recovered."""
    sweep_footers(layout)
    if not layout.staging.is_dir():
        return
    for folder in sorted(layout.staging.iterdir()):
        try:
            file = held(folder / ALIVE)
        except BusyError:
            continue
        except (FileNotFoundError, NotADirectoryError):
            continue
        try:
            shutil.rmtree(folder, ignore_errors=True)  # its owner may be removing it just now
        finally:
            file.close()
