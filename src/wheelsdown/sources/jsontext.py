"""Decodes JSON files, and keeps the good part of one that ends early."""

from __future__ import annotations

import json
import re
from typing import Final

import msgspec

from wheelsdown.errors import SourceError
from wheelsdown.sources.interface import InputFile

__all__ = ["documents", "good_part"]

_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]', re.DOTALL)
_PLACE: Final = re.compile(r"\(byte (\d+)\)")
_HALF: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_DEEPEST: Final = 200
_BOM: Final = b"\xef\xbb\xbf"


def documents(file: InputFile) -> list[tuple[int, object]]:
    """Decode a file that holds one JSON document, or one on each line.

    A text that ends early or is damaged yields what stood before the damage, and is reported.

    Returns
    -------
    list of (int, object)
        Line (1 for a single document) and value.

    Raises
    ------
    SourceError
        Nothing can be decoded.
    """
    # half of a surrogate pair is no character: no table can hold it
    data = _HALF.sub(rb"\\ufffd", file.read_bytes().removeprefix(_BOM))
    try:
        return [(1, _decode(data))]
    except RecursionError as e:
        raise SourceError(str(file.path), "JSON nested too deeply") from e
    except ValueError as e:
        place = _place(e, len(data))
        if lines := _lines(data, file):
            return lines
        if (part := good_part(data[:place])) is not None:
            file.report.problem(
                f"the JSON ends early or is damaged at byte {place} of {len(data)}",
                remedy="fetch the file again; what stood before was kept",
            )
            return [(1, part)]
        raise SourceError(str(file.path), f"not JSON: {e}", remedy="fetch the file again") from e


def _decode(data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as e:
        try:
            # slower, but knows NaN and Infinity, which Python's own writer leaves behind
            return json.loads(data.decode("utf-8", "replace"))
        except ValueError:
            raise ValueError(str(e)) from e


def _place(error: ValueError, size: int) -> int:
    found = _PLACE.search(str(error))
    return int(found[1]) if found else size


def _lines(data: bytes, file: InputFile) -> list[tuple[int, object]]:
    """Decode line by line if the first two lines are documents of their own."""
    lines = [(n, s) for n, line in enumerate(data.split(b"\n"), 1) if (s := line.strip())]
    if len(lines) < 2 or not all(s[:1] == b"{" and s[-1:] == b"}" for _, s in lines[:2]):
        return []
    out: list[tuple[int, object]] = []
    for number, text in lines:
        try:
            out.append((number, _decode(text)))
        except (ValueError, RecursionError) as e:
            file.report.problem(f"not JSON: {e}", row=number, value=text[:80].decode("utf-8", "replace"), rows_lost=1)
    return out


def good_part(data: bytes) -> object | None:
    """Decode the longest beginning that can be closed into valid JSON.

    Returns
    -------
    object or None
        The value, its last record perhaps short of members; None where there is none.
    """
    closers = bytearray()
    end, tail = 0, b""
    for m in _TOKEN.finditer(data):
        token = m[0]
        if token == b"[":
            closers += b"]"
        elif token == b"{":
            closers += b"}"
        elif token in (b"]", b"}"):
            if not closers or closers[-1:] != token:
                break
            closers.pop()
            end, tail = m.end(), bytes(reversed(closers))
        elif token == b",":
            end, tail = m.start(), bytes(reversed(closers))
        if len(closers) > _DEEPEST:
            return None
    if not end:
        return None
    try:
        return _decode(data[:end] + tail)
    except (ValueError, RecursionError):
        return None
