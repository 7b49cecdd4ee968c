"""Checks what a dossier rests on: input files and lakes, where they still lie where they were read from."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from wheelsdown.chain import read as read_chain
from wheelsdown.dossier.manifest import CASE, INPUTS_FROM, RUN, Input, Manifest
from wheelsdown.dossier.searching import Folders
from wheelsdown.errors import LakeError
from wheelsdown.lake.layout import Layout
from wheelsdown.lake.verifying import verify as verify_lake

__all__ = ["Row", "inputs"]

Row: TypeAlias = tuple[str, str, str | None, str | None, str | None, int | None]
Progress = Callable[[str, int, int], None]
_MOST_BYTES: Final = 1 << 20
_GOOD: Final = "good"
_NOT_CHECKED: Final = "not checked"
_GONE: Final = "it is not where it was read from; name the folder it lies in now with --inputs"
_UNTOLD: Final = "this dossier does not record where its inputs lie: name the folder with --inputs"
_NOT_THERE: Final = "it is neither where it was read from nor below a folder named with --inputs; name one more"
_BELOW_NONE: Final = "it is below no folder named with --inputs; name one more"
_NOT_ALL: Final = "it was not found, and the folders named hold too much to be looked through; name the one it lies in"
_CHANGED: Final = "differs from what was read: changed since"
_RESTORE: Final = "restore it from a copy, or run the case again and use wheelsdown diff"


def inputs(due: Manifest, dossier: Path, beside: Sequence[Path], progress: Progress | None) -> Iterator[Row]:
    """Check the case file and every input.

    Parameters
    ----------
    due : Manifest
        Of the dossier. It may come from a stranger: only plain files are opened, and nothing is written.
    dossier : path
        Where the dossier lies.
    beside : sequence of paths
        Folders in or below which inputs lie now. One that is in none is looked for where it was read from.
    progress : callable, optional
        Called before each.

    Yields
    ------
    tuple
        A row of VERIFIED.

    Notes
    -----
    A file is good wherever its bytes are found, whatever it is called there. It is a fault where a file of its name
    lies in the place it should have with other bytes, or anywhere below a named folder with bytes that are no input.
    """
    named = {(i.path, i.sha256): i for i in due.inputs}
    size = next((f.bytes for f in due.files if (f.path, f.sha256) == (CASE, due.case.sha256)), None)
    named.setdefault((due.case.path, due.case.sha256), Input(due.case.path, "file", due.case.sha256, size))
    folder = dossier.resolve()
    folder = folder if folder.is_dir() else folder.parent
    search = _Search(folder, _ways(folder), Folders(beside), frozenset(i.sha256 for i in named.values()))
    for number, one in enumerate(sorted(named.values(), key=lambda i: (i.path, i.sha256)), start=1):
        if progress is not None:
            progress(one.path, number, len(named))
        yield from _lake(one, search) if one.kind == "lake" else [_file(one, search)]


def _ways(folder: Path) -> dict[str, Path]:
    """Read where names of inputs begin, as seen from the dossier's folder; nothing may say so.

    What says so is in no hash: it tells where to look, and a file found there still has to have the hash that is due.
    """
    told: dict[str, str] = {}
    try:
        run = folder / RUN
        if stat.S_ISREG(run.stat().st_mode) and run.stat().st_size <= _MOST_BYTES:
            found = msgspec.json.decode(run.read_bytes()).get(INPUTS_FROM)
            told = msgspec.convert(found, dict[str, str])
    except (OSError, ValueError, AttributeError, RecursionError):
        told = {}
    return {name: folder / way for name, way in told.items() if "\x00" not in way}


@dataclass(frozen=True)
class _Search:
    """Where inputs are looked for."""

    folder: Path
    """The dossier's: names begin there where nothing says where, as in older dossiers."""
    ways: dict[str, Path]
    folders: Folders
    known: frozenset[str]
    """Hashes of all inputs: a file that is another input is no changed one."""

    def places(self, written: str) -> Iterator[Path]:
        """Give where an input should lie. A name that no disk knows gives none."""
        if not written or "\x00" in written:
            return
        path = Path(written)
        for beside in self.folders.roots:
            if not path.is_absolute() and ".." not in path.parts:
                yield beside / path
            yield beside / path.name
        own = self._own(path)
        yield self.ways.get("", self.folder) / path if own is None else own.joinpath(*path.parts[1:])

    def _own(self, path: Path) -> Path | None:
        return self.ways.get(path.parts[0]) if len(path.parts) > 1 else None

    def gone(self, written: str) -> str:
        """Say what to do about an input that was not found."""
        path = Path(written)
        # an older name leads to its file by itself
        told = "" in self.ways or ".." in path.parts or path.is_absolute() or self._own(path) is not None
        if not self.folders.roots:
            return _GONE if told else _UNTOLD
        if not self.folders.whole:
            return _NOT_ALL
        return _NOT_THERE if told else _BELOW_NONE


def _file(one: Input, search: _Search) -> Row:
    """Check one file: good where any of the places has the bytes."""
    other: tuple[str, str | None] | None = None
    for place in search.places(one.path):
        try:
            about = place.stat()
            if not stat.S_ISREG(about.st_mode):
                continue
            if one.bytes is not None and about.st_size != one.bytes:
                other = other or (f"{_CHANGED}; {about.st_size} bytes, not {one.bytes}", None)
                continue
            have = search.folders.sha256(place)
        except (OSError, ValueError):
            continue
        if have == one.sha256:
            return one.path, _GOOD, None, one.sha256, have, None
        if have is not None:
            other = other or (_CHANGED, have)
    for place in search.folders.files(one.path, one.bytes) if search.folders.roots else ():
        have = search.folders.sha256(place)
        if have == one.sha256:
            return one.path, _GOOD, None, one.sha256, have, None
        if have is not None and have not in search.known and place.name == Path(one.path).name:
            other = other or (_CHANGED, have)
    if other is not None:
        return one.path, other[0], _RESTORE, one.sha256, other[1], None
    return one.path, _NOT_CHECKED, search.gone(one.path), one.sha256, None, None


def _lake(one: Input, search: _Search) -> Iterator[Row]:
    """Check a lake: its chain holds the entry the dossier rests on, and every file is as it was committed."""
    another = False
    below = search.folders.lakes(one.path) if search.folders.roots else []
    for place in (*search.places(one.path), *below):
        try:
            if not Layout(place).chain.is_file():
                continue
            chain = read_chain(Layout(place).chain)
        except (OSError, ValueError):
            continue
        entry = next((e.number for e in chain.entries if e.sha256 == one.sha256), None)
        if entry is None:
            another = another or place not in below
            continue
        since = len(chain.entries) - entry
        yield from _whole(one, place, entry, since)
        return
    if another:
        why = "its chain does not hold the entry that this dossier rests on: it is another lake, or was made anew"
        yield one.path, why, _RESTORE, one.sha256, None, None
        return
    yield one.path, _NOT_CHECKED, search.gone(one.path), one.sha256, None, None


def _whole(one: Input, place: Path, entry: int, since: int) -> Iterator[Row]:
    try:
        found = verify_lake(place)
    except (LakeError, OSError) as e:
        yield one.path, f"cannot be checked: {e}", _RESTORE, one.sha256, None, None
        return
    wrong = found.filter(found["finding"] != _GOOD)
    for row in wrong.iter_rows(named=True):
        yield f"{one.path}/{row['file']}", row["finding"], row["remedy"], row["committed_sha256"], row["sha256"], None
    if wrong.is_empty():
        more = f"the lake has grown since, by {since} {'entry' if since == 1 else 'entries'}" if since else None
        yield one.path, _GOOD, more, one.sha256, None, entry
