"""JSON that may be damaged: whole where it is whole, else as far as it goes."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from wheelsdown.errors import SourceError
from wheelsdown.sources.interface import InputFile

__all__ = ["BROKEN", "decode"]

BROKEN: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_TRIES: Final = 40
_AT: Final = re.compile(r"\(byte (\d+)\)")


def decode(file: InputFile, end: bytes, closings: tuple[bytes, ...]) -> Any:
    """Decode a JSON file; if it is cut off or damaged, its beginning.

    Parameters
    ----------
    file : InputFile
        The file; what is missing is told to its report.
    end : bytes
        The byte that ends a record, where a damaged file may be cut.
    closings : tuple of bytes
        What may be added after the cut to close what is open.

    Raises
    ------
    SourceError
        Nothing can be decoded.
    """
    data = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(data)
    except BROKEN as e:
        found = _AT.search(str(e))
        at, why = (int(found.group(1)) if found else len(data)), str(e)
    cut = min(at, len(data))
    for _ in range(_TRIES):
        for closing in (b"", *closings):
            try:
                value = msgspec.json.decode(data[:cut] + closing)
            except BROKEN:
                continue
            file.report.problem(
                f"the JSON is damaged or cut off at byte {at} of {len(data)}: {why}",
                remedy="fetch it again; what stands before the damage was kept",
            )
            return value
        cut = data.rfind(end, 0, cut - 1) + 1
        if cut <= 0:
            break
    raise SourceError(str(file.path), f"broken JSON: {why}", remedy="fetch it again; nothing of it could be kept")
