"""Decodes JSON files, and keeps the good part of one that ends early."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Final

import msgspec

from wheelsdown.errors import SourceError
from wheelsdown.sources.interface import InputFile, Report

__all__ = ["BROKEN", "document", "document_of", "documents", "good_part"]

BROKEN: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{},]', re.DOTALL)
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
    data = _content(file.read_bytes())
    try:
        return [(1, _decode(data))]
    except RecursionError as e:
        raise SourceError(str(file.path), "JSON nested too deeply") from e
    except ValueError as e:
        return _lines(data, file) or [(1, _repaired(data, e, str(file.path), file.report, None))]


def document(file: InputFile, closings: Collection[bytes]) -> object:
    """Decode a file that holds one JSON document; of a damaged one, the whole records before the damage.

    Parameters
    ----------
    file : InputFile
        The file; what is missing is told to its report.
    closings : collection of bytes
        What closes everything that is open after a whole record, such as ``]}`` for ``{"trace": [[..], [..]]}``. A
        record that was cut is left out: it might lack what changes its meaning.

    Raises
    ------
    SourceError
        Nothing can be decoded.
    """
    return document_of(file.read_bytes(), str(file.path), file.report, closings)


def document_of(data: bytes, name: str, report: Report, closings: Collection[bytes]) -> object:
    """Decode the bytes of a file as `document` does; `name` is the file's, for errors."""
    data = _content(data)
    try:
        return msgspec.json.decode(data)
    except RecursionError as e:
        raise SourceError(name, "JSON nested too deeply") from e
    except BROKEN as e:
        return _repaired(data, ValueError(str(e)), name, report, {b"", *closings})


def _content(data: bytes) -> bytes:
    data = data.removeprefix(_BOM)
    # half of a surrogate pair is no character: no table can hold it
    return _HALF.sub(rb"\\ufffd", data) if b"\\u" in data else data


def _repaired(data: bytes, error: ValueError, name: str, report: Report, closings: Collection[bytes] | None) -> object:
    """Decode what stands before the damage, and report it.

    Raises
    ------
    SourceError
        Nothing can be decoded.
    """
    place = _place(error, len(data))
    part = good_part(data[:place], closings)
    if part is None:
        raise SourceError(name, f"not JSON: {error}", remedy="fetch the file again") from error
    report.problem(
        f"the JSON ends early, cut off or damaged, at byte {place} of {len(data)}: {error}",
        remedy="fetch the file again; what stood before was kept",
    )
    return part


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


def good_part(data: bytes, closings: Collection[bytes] | None = None) -> object | None:
    """Decode the longest beginning that can be closed into valid JSON.

    Parameters
    ----------
    data : bytes
        The text up to the damage.
    closings : collection of bytes, optional
        Cut only after a bracket, where one of these closes the rest.

    Returns
    -------
    object or None
        The value, its last record perhaps short of members unless `closings` are given; None where there is none.
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
            rest = bytes(reversed(closers))
            if closings is None or rest in closings:
                end, tail = m.end(), rest
        elif token == b'"':
            break  # a text that does not end: brackets in it are none
        elif token == b"," and closings is None:
            end, tail = m.start(), bytes(reversed(closers))
        if len(closers) > _DEEPEST:
            return None
    if not end:
        return None
    try:
        return _decode(data[:end] + tail)
    except (ValueError, RecursionError):
        return None
