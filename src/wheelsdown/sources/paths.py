"""Files, folders and globs to a list of files, the same on every run."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from wheelsdown.errors import UsageError

__all__ = ["expand", "grouped", "not_a_file", "split_part"]

_PART: Final = re.compile(r"(.+\.tar)\.([a-z])([a-z])", re.DOTALL)

_KINDS: Final = {
    stat.S_IFIFO: "a pipe (FIFO)",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def not_a_file(path: Path) -> str | None:
    """Tell what a path is, links followed, if it is no regular file; None if it is one, or cannot be looked at.

    Pipes, devices and sockets may never end, or never begin: they must not even be opened.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return None  # opening it tells why
    return None if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "no regular file")


def expand(paths: str | Path | Iterable[str | Path]) -> list[Path]:
    """List the files that paths stand for: files, folders (with what is in them) and globs.

    Hidden files and folders inside a folder are skipped. Links to folders are not followed. The order is that of the
    names, whatever order the paths were given in. Pipes, devices and sockets are listed too: the reader reports them
    and does not open them.

    Raises
    ------
    UsageError
        A path does not exist, a glob matches nothing, or a path is ``-``.
    """
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not given:
        raise UsageError("no paths given: name a file, a folder or a glob")
    out: set[Path] = set()
    for one in given:
        if str(one) == "-":
            raise UsageError("-: standard input cannot be read; save it to a file and name that")
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


def split_part(path: Path) -> tuple[str, int] | None:
    """Read ``X.tar.ab`` as the name ``X.tar`` and the number 1; None for any other name."""
    found = _PART.fullmatch(path.name)
    return (found[1], (ord(found[2]) - 97) * 26 + ord(found[3]) - 97) if found else None


def grouped(files: Iterable[Path]) -> list[tuple[Path, ...]]:
    """Put the parts of split archives (``X.tar.aa``, ``X.tar.ab``, ...) together, in order; other files stay alone."""
    groups: dict[Path, list[Path]] = {}
    for path in files:
        split = split_part(path)
        # the ending keeps parts apart from a file that is really named X.tar
        groups.setdefault(path.with_name(split[0] + ".*") if split else path, []).append(path)
    return [tuple(sorted(g, key=str)) for g in groups.values()]


def _walk(folder: Path) -> list[Path]:
    out: list[Path] = []
    for root, dirs, names in os.walk(folder):
        dirs[:] = sorted(d for d in dirs if not d.startswith("."))
        out.extend(Path(root) / n for n in sorted(names) if not n.startswith("."))
    return out
