"""Opens a dossier, a folder or an evidence.zip, without believing it.

Whoever checks evidence gets it from others. Nothing is unpacked to disk, no name leads out of the folder, no link is
followed, and what a file says of its own size is a bound and not a promise.
"""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final

from wheelsdown.dossier import manifest as manifests
from wheelsdown.dossier.manifest import MANIFEST, Manifest
from wheelsdown.errors import SourceError

__all__ = ["NOT_OURS", "Packed", "is_dossier", "opened", "safe"]

NOT_OURS: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What file managers leave in every folder they show."""

_BLOCK: Final = 1 << 20
_MOST_FILES: Final = 10_000
_MOST_BYTES: Final = 8 << 30
_MOST_NAME: Final = 240
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def safe(name: str) -> bool:
    """Tell whether a name stays inside the folder it is taken from."""
    return (
        0 < len(name) <= _MOST_NAME
        and "\\" not in name
        and ":" not in name
        and not any(unicodedata.category(c) in ("Cc", "Cs") for c in name)
        and all(part not in ("", ".", "..") for part in name.split("/"))
    )


@dataclass
class Packed:
    """A dossier as it lies there."""

    where: Path
    members: Mapping[str, int]
    """Name of each file that may be read, to its size."""
    faults: list[tuple[str, str]] = field(default_factory=list)
    """What may not be read, and why."""
    archive: zipfile.ZipFile | None = None
    _read: int = 0

    def blocks(self, name: str) -> Iterator[bytes]:
        """Give a file's bytes, piece by piece, and no more of them than it said it had.

        Raises
        ------
        SourceError
            It cannot be read, or is larger than it said.
        """
        due = self.members[name]
        try:
            with self._open(name) as f:
                while block := f.read(_BLOCK):
                    due -= len(block)
                    self._read += len(block)
                    if due < 0 or self._read > _MOST_BYTES:
                        raise SourceError(f"{self.where}: {name}", "holds more than it says, or more than is read")
                    yield block
        except _BROKEN as e:
            if isinstance(e, SourceError):
                raise
            raise SourceError(f"{self.where}: {name}", f"cannot be read: {e}", remedy="take another copy") from e

    def _open(self, name: str) -> IO[bytes]:
        if self.archive is not None:
            return self.archive.open(name)
        return (self.where / name).open("rb")

    def sha256(self, name: str) -> str:
        """Hash a file.

        Raises
        ------
        SourceError
            It cannot be read.
        """
        digest = hashlib.sha256()
        for block in self.blocks(name):
            digest.update(block)
        return digest.hexdigest()

    def read(self, name: str, most: int = manifests.MOST_BYTES) -> bytes:
        """Read a whole file.

        Raises
        ------
        SourceError
            It is not there, too large, or cannot be read.
        """
        if name not in self.members:
            raise SourceError(f"{self.where}", f"has no {name}", remedy="name a dossier that wheelsdown run wrote")
        if self.members[name] > most:
            raise SourceError(f"{self.where}: {name}", f"is larger than {most >> 20} MB", remedy="take another copy")
        return b"".join(self.blocks(name))

    def manifest(self) -> Manifest:
        """Read the manifest.

        Raises
        ------
        SourceError
            There is none, or it is none of ours.
        """
        return manifests.decode(self.read(MANIFEST), f"{self.where}: {MANIFEST}")

    def certain(self, name: str, due: Manifest, most: int = 1 << 30) -> bytes | None:
        """Read a file that must be as the manifest has it; None where the manifest has no such file.

        Raises
        ------
        SourceError
            It is missing, cannot be read, or differs.
        """
        listed = next((f for f in due.files if f.path == name), None)
        if listed is None:
            return None
        data = self.read(name, most)
        if hashlib.sha256(data).hexdigest() != listed.sha256:
            raise SourceError(
                f"{self.where}: {name}",
                "is not what its manifest says: changed or damaged since",
                remedy="wheelsdown verify tells more; take another copy",
            )
        return data


def is_dossier(path: Path) -> bool:
    """Tell whether a path can only be meant as a dossier: a file, or a folder with a manifest."""
    return path.is_file() or (path / MANIFEST).exists()


@contextmanager
def opened(path: Path) -> Iterator[Packed]:
    """Open a dossier.

    Parameters
    ----------
    path : path
        Its folder, or an evidence.zip.

    Raises
    ------
    SourceError
        There is neither.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        yield _folder(path)
        return
    if not path.is_file():
        raise SourceError(str(path), "there is no such dossier", remedy="name its folder, or its evidence.zip")
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as e:
        raise SourceError(str(path), f"is no evidence.zip: {e}", remedy="name a dossier's folder or zip") from e
    with archive:
        yield _zipped(path, archive)


def _folder(root: Path) -> Packed:
    members: dict[str, int] = {}
    faults: list[tuple[str, str]] = []
    for folder, folders, files in os.walk(root):
        folders.sort()
        here = Path(folder)
        for name in [n for n in folders if (here / n).is_symlink()]:
            faults.append(((here / name).relative_to(root).as_posix(), "is a link: links are not followed"))
        for name in sorted(files):
            if name in NOT_OURS:
                continue
            path = here / name
            inside = path.relative_to(root).as_posix()
            try:
                about = path.lstat()
            except OSError as e:
                faults.append((inside, f"cannot be read: {e.strerror or e}"))
                continue
            if not stat.S_ISREG(about.st_mode):
                faults.append((inside, "is a link or no file: not read"))
            elif len(members) >= _MOST_FILES:
                faults.append((inside, f"is one of more than {_MOST_FILES:,} files: not read"))
            else:
                members[inside] = about.st_size
    return Packed(root, MappingProxyType(members), faults)


def _zipped(path: Path, archive: zipfile.ZipFile) -> Packed:
    members: dict[str, int] = {}
    faults: list[tuple[str, str]] = []
    for number, info in enumerate(archive.infolist()):
        name, mode = info.filename, info.external_attr >> 16
        if number >= _MOST_FILES:
            faults.append((path.name, f"holds more than {_MOST_FILES:,} members: the rest is not read"))
            break
        if not safe(name.rstrip("/") if info.is_dir() else name):
            faults.append((name, "has a name that leads out of the folder, or that no file should have"))
        elif info.is_dir() or stat.S_ISLNK(mode):
            faults.append((name, "is a folder or a link: a dossier's zip holds files only"))
        elif name in members:
            faults.append((name, "is there twice: which one is meant cannot be told"))
        elif info.flag_bits & 1:
            faults.append((name, "is locked with a password"))
        else:
            members[name] = info.file_size
    twice = {n for n, why in faults if why.startswith("is there twice")}
    return Packed(path, MappingProxyType({n: s for n, s in members.items() if n not in twice}), faults, archive)
