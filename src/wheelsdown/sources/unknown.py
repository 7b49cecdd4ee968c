"""Says why a file that no source recognises was refused, and what would help."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from wheelsdown.sources.mapping import HINT
from wheelsdown.sources.tables import heading, kind_of

__all__ = ["not_a_table", "where_it_goes", "why_not_readable"]

_MAGIC: Final = {
    b"PK\x03\x04": ("a zip archive (an .xlsx is one too)", "unpack it, or save the sheet as CSV"),
    b"%PDF": ("a PDF", "get the data behind it as CSV"),
    b"SQLite format 3": ("an SQLite database", "export the table as CSV"),
    b"\x28\xb5\x2f\xfd": ("zstd-compressed", "unpack it with zstd -d"),
    b"\xfd7zXZ": ("xz-compressed", "unpack it with xz -d"),
    b"BZh": ("bzip2-compressed", "unpack it with bzip2 -d"),
    b"\x89PNG": ("a picture", "positions cannot be read from pictures"),
    b"\xff\xd8\xff": ("a picture", "positions cannot be read from pictures"),
}
_ELSEWHERE: Final = {
    "VISITS": ("holds visits, not positions", "give it to wheelsdown count, cadence or agree"),
    "EVENTS": (
        "this is a table of EVENTS, not of positions",
        "it goes with wheelsdown timing --events, or into a case file",
    ),
    "TRANSFERS": (
        "this is a table of TRANSFERS (arms deliveries), not of positions",
        "it goes with wheelsdown shares, or into a case file",
    ),
    "TRADE": (
        "this is a table of TRADE, not of positions",
        "it goes with wheelsdown shares, or into a case file",
    ),
}
_NAIVE: Final = re.compile(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?$")
_LIKE_PLACES: Final = ("lat", "latitude", "latitude_deg", "y")
_MOST_NAMES: Final = 8


def not_a_table(head: bytes) -> tuple[str, str] | None:
    """Name what is plainly no data that can be read as it is: reason and remedy; None for anything else."""
    if not head.strip():
        return "empty", "fetch it again"
    for magic, (what, remedy) in _MAGIC.items():
        if head.startswith(magic):
            return f"not a table: {what}", remedy
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        return "a web page, not data: perhaps an error page saved in place of a download", "fetch it again"
    return None


def where_it_goes(table: str) -> tuple[str, str] | None:
    """Say what a table is that holds no positions, and which verb takes it; None for positions and registers."""
    return _ELSEWHERE.get(table)


def why_not_readable(head: bytes, name: str) -> tuple[str, str]:
    """Explain a refusal from a file's first bytes.

    Returns
    -------
    tuple
        Reason and remedy. Times without a zone are named before anything else: they are the commonest trap.
    """
    if (plainly := not_a_table(head)) is not None:
        return plainly
    if head[257:262] == b"ustar":
        return "a tar archive without the folders of a daily release", "unpack it, and give the folder"
    kind = kind_of(head)
    if kind in ("json", "lines"):
        names, first = _first_record(head)
    elif kind == "text":
        names = heading(head)
        second = head.decode("utf-8", "replace").split("\n")[1:2]
        cells = re.split(r"[,;\t|]", second[0]) if second else []
        first = dict(zip(names, cells, strict=False))
    elif kind == "parquet":
        return "a Parquet table without the columns of POSITIONS", HINT
    else:
        return "of no known kind: neither text, JSON nor Parquet", "see `wheelsdown sources` for what can be read"
    if not any(n.lower() in _LIKE_PLACES for n in names):
        return (
            f"of no known kind: nothing in {name} looks like positions",
            "see `wheelsdown sources` for what can be read",
        )
    shown = ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
    for column, value in first.items():
        if isinstance(value, str) and _NAIVE.match(value.strip()):
            return (
                f"a table that no source knows, and its times name no zone: column {column}, such as {value.strip()!r}",
                HINT,
            )
    return f"a table that no source knows (columns: {shown})", HINT


def _first_record(head: bytes) -> tuple[list[str], dict[str, Any]]:
    """Find the first whole object that holds no other, in JSON that may be cut off."""
    text = head.decode("utf-8", "replace")
    for match in re.finditer(r"\{[^{}]*\}", text):
        try:
            record = msgspec.json.decode(match.group())
        except msgspec.DecodeError:
            continue
        if isinstance(record, dict) and record:
            return list(record), record
    return [], {}
