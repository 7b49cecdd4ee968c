"""Finds input files and lakes by their bytes in folders that somebody names: kept in a tree, moved, or renamed."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from wheelsdown.errors import UsageError
from wheelsdown.lake.layout import Layout
from wheelsdown.provenance import receipt_of

__all__ = ["Folders"]

_MOST_FILES: Final = 200_000
_MOST_DEEP: Final = 32


@dataclass
class _Seen:
    by_name: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))
    by_size: dict[int, list[Path]] = field(default_factory=lambda: defaultdict(list))
    lakes: list[Path] = field(default_factory=list)
    whole: bool = True


@dataclass
class Folders:
    """Folders with everything below them, looked through once and only when asked.

    Raises
    ------
    UsageError
        One is no folder.

    Notes
    -----
    Links are not followed, and only plain files are opened: a named folder may come from a stranger. No more than
    200,000 files, 32 folders deep, are looked at; `whole` tells whether that was all.
    """

    roots: Sequence[Path]
    _hashes: dict[Path, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for root in self.roots:
            if not root.is_dir():
                raise UsageError(f"--inputs {root}: no such folder; name the folder that the inputs lie in or below")

    @property
    def whole(self) -> bool:
        """Whether everything below was looked at."""
        return self._seen.whole

    def files(self, name: str, size: int | None) -> Iterator[Path]:
        """Give files that may be one: those of its name first, longest common way first, then those of its size."""
        last = PurePosixPath(name).name
        named = sorted(self._seen.by_name.get(last, ()), key=lambda p: (-_common(p, name), p))
        yield from named
        if size is not None:
            yield from (p for p in self._seen.by_size.get(size, ()) if p.name != last)

    def lakes(self, name: str) -> list[Path]:
        """Give the lakes below, those of this name first."""
        last = PurePosixPath(name).name
        return sorted(self._seen.lakes, key=lambda p: (p.name != last, p))

    def sha256(self, path: Path) -> str | None:
        """Hash a file once; None where it cannot be read."""
        if path not in self._hashes:
            try:
                self._hashes[path] = receipt_of(path).sha256
            except OSError:
                self._hashes[path] = None
        return self._hashes[path]

    @cached_property
    def _seen(self) -> _Seen:
        seen, left = _Seen(), _MOST_FILES
        for root in self.roots:
            for here, folders, files in os.walk(root):
                folders.sort()
                folder = Path(here)
                if len(folder.relative_to(root).parts) >= _MOST_DEEP and folders:
                    folders.clear()
                    seen.whole = False
                if Layout(folder).chain.name in files:
                    seen.lakes.append(folder)
                for name in sorted(files):
                    if left == 0:
                        seen.whole = False
                        return seen
                    left -= 1
                    path = folder / name
                    try:
                        about = path.lstat()
                    except OSError:
                        continue
                    if stat.S_ISREG(about.st_mode):
                        seen.by_name[name].append(path)
                        seen.by_size[about.st_size].append(path)
        return seen


def _common(path: Path, name: str) -> int:
    """Count the last parts that a path and a name have in common."""
    count = 0
    for a, b in zip(reversed(path.parts), reversed(PurePosixPath(name).parts), strict=False):
        if a != b:
            break
        count += 1
    return count
