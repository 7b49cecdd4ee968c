"""The append-only hash chain: each entry names the one before it by its hash, so that nothing is changed unseen.

A line is one entry, in JSON with sorted keys: its number, the hash of the entry before, the time, what was done, and
the sha256 of all that. Whoever holds the last hash can tell whether any earlier line was altered, left out or moved.
It cannot tell whether the whole chain was written anew: publish or print the last hash for that.

An entry counts once its bytes are whole and its hash fits, whether or not its end of line is there too: a copy may lack
that, and so may a file whose writer was stopped at the last byte. Anything less at the end of the file is no entry.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from wheelsdown.errors import LakeError

__all__ = ["FIRST", "Chain", "Entry", "append", "read"]

FIRST: Final = "0" * 64
"""What the first entry names as the hash of the entry before it."""
_NONE: Final = "is no entry of a chain"


@dataclass(frozen=True)
class Entry:
    """One line of a chain."""

    number: int
    previous: str
    made_utc: str
    body: Mapping[str, Any]
    sha256: str

    def line(self) -> bytes:
        """The entry as it lies in the file, its end of line included."""
        return _text({**_unsigned(self), "sha256": self.sha256}) + b"\n"


@dataclass(frozen=True)
class Chain:
    """A chain as read: its good entries from the first on, and what is wrong with the rest."""

    entries: tuple[Entry, ...] = ()
    faults: tuple[str, ...] = ()
    torn: int | None = None
    """Where an unfinished last line begins: a writer was stopped in the middle, or the file was cut; it is no entry."""
    bytes: int = 0
    """How long the good part is."""
    unended: bool = False
    """The last entry is whole, and lacks its end of line."""

    @property
    def last(self) -> Entry | None:
        """The newest entry."""
        return self.entries[-1] if self.entries else None


def _unsigned(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "previous": entry.previous,
        "made_utc": entry.made_utc,
        "body": dict(entry.body),
    }


def _text(what: Mapping[str, Any]) -> bytes:
    return json.dumps(what, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def follow(last: Entry | None, body: Mapping[str, Any], *, now: datetime | None = None) -> Entry:
    """Make the entry that follows `last`."""
    made = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds")
    number, previous = (1, FIRST) if last is None else (last.number + 1, last.sha256)
    entry = Entry(number, previous, made, json.loads(_text(body)), "")
    return Entry(number, previous, made, entry.body, hashlib.sha256(_text(_unsigned(entry))).hexdigest())


def read(path: Path, before: Chain | None = None) -> Chain:
    """Read a chain and check every link.

    Parameters
    ----------
    path : path
        The file; an absent one is an empty chain.
    before : Chain, optional
        What was read of it earlier in this process: only what came since is read, and must follow from it.

    Returns
    -------
    Chain
        With a fault for the first line that does not fit; entries end there. A last line without its end is an entry
        where it is whole; altered, where it is whole but for its content; else torn.

    Raises
    ------
    OSError
        It exists and cannot be read.
    """
    if before is not None and (before.faults or before.unended):
        before = None
    start = before.bytes if before is not None else 0
    try:
        with path.open("rb") as f:
            size = f.seek(0, os.SEEK_END)
            if size < start:
                before, start = None, 0
            f.seek(start)
            data = f.read()
    except FileNotFoundError:
        return Chain()
    lines = data.split(b"\n")
    rest = lines.pop()
    known = before.entries if before is not None else ()
    entries: list[Entry] = []
    last = before.last if before is not None else None
    for line in lines:
        number = last.number + 1 if last is not None else 1
        entry, fault = _entry(line, number, last)
        if entry is None:
            return Chain((*known, *entries), (_distrusted(number, fault),))
        entries.append(entry)
        last = entry
    if not rest:
        return Chain((*known, *entries) if entries else known, (), None, start + len(data))
    number = last.number + 1 if last is not None else 1
    entry, fault = _entry(rest, number, last)
    if entry is not None:
        return Chain((*known, *entries, entry), (), None, start + len(data), unended=True)
    if fault != _NONE:
        # half a line is no JSON: this one was written to its end, and is not what was written
        return Chain((*known, *entries), (_distrusted(number, fault),))
    good = start + len(data) - len(rest)
    return Chain((*known, *entries) if entries else known, (), good, good)


def _distrusted(number: int, fault: str) -> str:
    return f"line {number} {fault}; what follows cannot be believed"


def _entry(line: bytes, number: int, last: Entry | None) -> tuple[Entry | None, str]:
    """Read one line; the entry is None where it does not fit, and the text says why."""
    try:
        raw = json.loads(line)
        entry = Entry(raw["number"], raw["previous"], raw["made_utc"], raw["body"], raw["sha256"])
        right = hashlib.sha256(_text(_unsigned(entry))).hexdigest()
    except (ValueError, KeyError, TypeError, RecursionError):
        return None, _NONE
    if right != entry.sha256 or entry.line() != line + b"\n":
        return None, "was altered: its content does not give its hash"
    if entry.number != number:
        return None, f"is numbered {entry.number}: an entry was left out or moved"
    if entry.previous != (last.sha256 if last else FIRST):
        return None, "does not follow the entry before it"
    return entry, ""


def append(path: Path, body: Mapping[str, Any], *, now: datetime | None = None, before: Chain | None = None) -> Entry:
    """Add one entry; either it is in the file whole and on disk, or the file is as it was.

    An unfinished last line is cut off: whoever wants to keep it copies it before.

    Raises
    ------
    LakeError
        The chain is damaged: nothing may be added to what cannot be believed.
    OSError
        It cannot be written; the file is as it was.
    """
    chain = read(path, before)
    if chain.faults:
        raise LakeError(f"{path}: {chain.faults[0]}; nothing was added")
    entry = follow(chain.last, body, now=now)
    with path.open("ab") as f:
        if chain.torn is not None:
            f.truncate(chain.torn)
            f.seek(0, os.SEEK_END)
        size = f.tell()
        try:
            f.write(b"\n" + entry.line() if chain.unended else entry.line())
            f.flush()
            os.fsync(f.fileno())
        except OSError:
            os.ftruncate(f.fileno(), size)
            raise
    return entry
