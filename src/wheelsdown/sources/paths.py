"""Files, folders and globs to a list of files, the same on every run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from wheelsdown.errors import UsageError

__all__ = ["expand"]


def expand(paths: str | Path | Iterable[str | Path]) -> list[Path]:
    """List the files that paths stand for: files, folders (with what is in them) and globs.

    Hidden files and folders inside a folder are skipped. Links to folders are not followed. The order is that of the
    names, whatever order the paths were given in.

    Raises
    ------
    UsageError
        A path does not exist, or a glob matches nothing.
    """
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not given:
        raise UsageError("no paths given: name a file, a folder or a glob")
    out: set[Path] = set()
    for one in given:
        path = Path(one).expanduser()
        if path.is_dir():
            out.update(_walk(path))
        elif path.exists():
            out.add(path)
        else:
            root = Path(path.anchor)
            matches = list(root.glob(str(path.relative_to(path.anchor)))) if str(path) != path.anchor else []
            if not matches:
                raise UsageError(f"no such file or folder, and no file matches: {one}")
            for m in matches:
                out.update(_walk(m) if m.is_dir() else [m])
    return sorted(out, key=str)


def _walk(folder: Path) -> list[Path]:
    out: list[Path] = []
    for root, dirs, names in os.walk(folder):
        dirs[:] = sorted(d for d in dirs if not d.startswith("."))
        out.extend(Path(root) / n for n in sorted(names) if not n.startswith("."))
    return out
