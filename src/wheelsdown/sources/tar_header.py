"""Headers of tar archives: 512 bytes that say which file follows and how long it is.

Source: POSIX.1-1988 "ustar", POSIX.1-2001 "pax", and the GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["BLOCK", "WITHOUT_DATA", "Member", "find_header", "padded", "parse_header", "unsafe"]

BLOCK: Final = 512
_MAGIC: Final = b"ustar"
_MAGIC_AT: Final = 257
_SUM: Final = slice(148, 156)
_SPACES: Final = 8 * ord(" ")
_SIZE_MOST: Final = 1 << 50
_KINDS: Final = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"1": "link",
    b"2": "link",
    b"3": "device",
    b"4": "device",
    b"6": "device",
    b"5": "folder",
    b"L": "long name",
    b"K": "long link",
    b"x": "pax",
    b"X": "pax",
    b"g": "pax of all",
    b"S": "sparse file",
}
WITHOUT_DATA: Final = frozenset({"link", "device", "folder"})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DRIVE: Final = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a tar: its name as written, and where its header and its data begin, in bytes."""

    name: str
    header_offset: int
    data_offset: int
    size: int
    kind: str = "file"
    """``file``, ``folder``, ``link``, ``device``, ``sparse file``, or what a header stands for that only describes
    the next one: ``long name``, ``long link``, ``pax``, ``pax of all``; ``unknown`` for anything else."""

    @property
    def end(self) -> int:
        """Where the next header begins."""
        return self.data_offset + padded(self.size)


def padded(size: int) -> int:
    """Round up to whole blocks."""
    return size + -size % BLOCK


def parse_header(block: bytes, offset: int = 0) -> Member | None:
    """Read one header.

    Parameters
    ----------
    block : bytes
        512 bytes; what follows them is not looked at.
    offset : int
        Where in the archive they lie.

    Returns
    -------
    Member or None
        None unless the magic number, the checksum and the size are valid.

    Notes
    -----
    Archives older than 1988 have no magic number and are not read. A name of more than 100 bytes (in ustar 256) is in a
    member of its own before this one: `tar_members.members` puts them together.
    """
    if len(block) < BLOCK or block[_MAGIC_AT : _MAGIC_AT + 5] != _MAGIC:
        return None
    said, size = _number(block[_SUM]), _number(block[124:136])
    if said is None or size is None or size > _SIZE_MOST:
        return None
    if said != sum(block[:BLOCK]) - sum(block[_SUM]) + _SPACES and said != _signed_sum(block):
        return None
    name = block[:100].split(b"\0", 1)[0]
    if block[262:263] == b"\0" and block[345]:
        # GNU tar uses these bytes for other things, and has another magic number
        name = block[345:500].split(b"\0", 1)[0] + b"/" + name
    kind = _KINDS.get(block[156:157], "unknown")
    if block[156] == 0 and name.endswith(b"/"):
        kind = "folder"
    if kind in WITHOUT_DATA:
        size = 0
    return Member(name.decode("utf-8", "replace"), offset, offset + BLOCK, size, kind)


def find_header(data: bytes, start: int = 0, *, step: int = BLOCK) -> int:
    """Find the first valid header at `start` or a multiple of `step` bytes after it.

    Returns
    -------
    int
        Its offset in `data`, or -1.
    """
    at = start + _MAGIC_AT
    while (at := data.find(_MAGIC, at)) >= 0:
        offset = at - _MAGIC_AT
        if (offset - start) % step == 0 and parse_header(data[offset : offset + BLOCK]) is not None:
            return offset
        at += 1
    return -1


def unsafe(name: str) -> str | None:
    """Say why a name must never be used as a path; None if it stays inside the folder it is unpacked to."""
    if _CONTROL.search(name):
        return "a control character in its name"
    if "\\" in name:
        return "a backslash in its name"
    if name.startswith("/") or _DRIVE.match(name):
        return "an absolute path"
    if ".." in name.split("/"):
        return "a path that leads out of its folder (..)"
    return None


def _number(field: bytes) -> int | None:
    """Read octal digits, or GNU's binary form of large numbers; None for anything else, or below zero."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.split(b"\0", 1)[0].strip(b" ")
    if not digits:
        return 0
    try:
        # int() alone would take signs, underscores and a prefix
        return int(digits, 8) if digits.isdigit() else None
    except ValueError:
        return None


def _signed_sum(block: bytes) -> int:
    """Checksum as some old programs made it: of signed bytes."""
    high = sum(b > 127 for b in block[:148]) + sum(b > 127 for b in block[156:BLOCK])
    return sum(block[:BLOCK]) - sum(block[_SUM]) + _SPACES - 256 * high
