"""The fast way through a readsb trace: one compiled pass over its bytes, straight into columns.

It reads what readsb writes, in any order of keys and with any white space. Whatever it does not know for certain makes
it refuse the whole trace, which the strict decoder (`readsb_trace`) then reads; so the rows are the same either way,
and the tests hold both to it. Uncompiled (``NUMBA_DISABLE_JIT=1``) it does the same.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from wheelsdown.jit import compiled_lean
from wheelsdown.sources.jsonbytes import PADDING, as_word, at, blank, short_text
from wheelsdown.sources.jsonnumbers import plain
from wheelsdown.sources.trace_point import (
    CALLSIGN,
    CATEGORY,
    FLAGS,
    GEOM,
    GEOM_OF_OBJECT,
    GEOM_RATE,
    HEIGHT,
    HOW,
    KEYS,
    LATITUDE,
    LONGITUDE,
    NAC_P,
    NIC,
    OFFSET,
    RATE,
    SIL,
    SPEED,
    SQUAWK,
    TRACK,
    TYPE,
    VERSION,
    point,
)

__all__ = ["DOUBLES", "FULL", "READ", "REFUSED", "SINGLES", "SMALL", "WORD_COLUMNS", "scan"]

READ: Final = 0
REFUSED: Final = 1
FULL: Final = 2
"""What became of a trace: read; to be read by the strict decoder; no room left for its rows."""

DOUBLES: Final = ("offset", "latitude_deg", "longitude_deg")
SINGLES: Final = ("altitude_ft", "altitude_geom_ft", "groundspeed_kt", "track_deg", "vertical_rate_fpm")
SMALL: Final = ("on_ground", "position_source", "adsb_version", "nic", "nac_p", "sil")
WORD_COLUMNS: Final = ("callsign", "squawk", "category")
"""Rows of the four arrays of columns: float64, float32 (NaN for null), int8 (-1 for null), int32 (0 for null)."""

_GEOMETRIC: Final = 8
_TRACE: Final = np.uint64(as_word(b"trace"))
_SPACE, _QUOTE, _COMMA, _COLON, _OPEN, _ESCAPE, _CLOSE, _BEGIN, _END = 32, 34, 44, 58, 91, 92, 93, 123, 125


@compiled_lean
def scan(
    data: Any,
    row: int,
    doubles: Any,
    singles: Any,
    small: Any,
    codes: Any,
    words: Any,
    slots: Any,
    types: Any,
    held: Any,
    cells: Any,
) -> tuple[int, int, int, int]:
    """Read one trace into columns, from row `row` on.

    Parameters
    ----------
    data : array of uint8
        The text, with `PADDING` zero bytes behind it.
    doubles, singles, small, codes : arrays of two dimensions
        A row each of `DOUBLES`, `SINGLES`, `SMALL` and `WORD_COLUMNS`.
    words : array of int64, two rows
        Words by their code: eight bytes, the first lowest; then which columns use it, one bit each. ``words[0, 0]`` is
        the number of words, for code 0 is no word.
    slots : array of int32
        `SLOTS` codes by the word's hash; 0 where there is none.
    types : array of int64
        `TYPES`.
    held : array of int64
        Scratch of `HELD`.
    cells : array of float64
        Scratch of `CELLS`.

    Returns
    -------
    tuple of int
        `READ`, `REFUSED` or `FULL`; the number of points; where the array of points begins and ends in the text. What
        stands outside of it was walked over, not checked: the caller decodes it.
    """
    start, end, count = -1, -1, 0
    i = blank(data, 0)
    if at(data, i) != _BEGIN:
        return REFUSED, 0, 0, 0
    while True:
        i = blank(data, i + 1)
        if at(data, i) != _QUOTE:
            return REFUSED, 0, 0, 0
        key, more, i = short_text(data, i + 1)
        if i < 0:
            return REFUSED, 0, 0, 0
        i = blank(data, i)
        if at(data, i) != _COLON:
            return REFUSED, 0, 0, 0
        i = blank(data, i + 1)
        if key == _TRACE and more == 0:
            if start >= 0:
                return REFUSED, 0, 0, 0
            start = i
            status, count, i = _points(data, i, row, doubles, singles, small, codes, words, slots, types, held, cells)
            if status != READ:
                return status, 0, 0, 0
            end = i
        else:
            i = _header_value(data, i)
            if i < 0:
                return REFUSED, 0, 0, 0
        i = blank(data, i)
        c = at(data, i)
        if c == _END:
            break
        if c != _COMMA:
            return REFUSED, 0, 0, 0
    if start < 0 or blank(data, i + 1) != data.size - PADDING:
        return REFUSED, 0, 0, 0
    return READ, count, start, end


@compiled_lean
def _header_value(data: Any, i: int) -> int:
    """Walk over a value that is decoded elsewhere; bytes beyond ASCII are let pass inside a text."""
    if at(data, i) != _QUOTE:
        return plain(data, i)
    while True:
        i += 1
        c = at(data, i)
        if c == _QUOTE:
            return i + 1
        if c < _SPACE or c == _ESCAPE:
            return -1


@compiled_lean
def _points(
    data: Any,
    i: int,
    row: int,
    doubles: Any,
    singles: Any,
    small: Any,
    codes: Any,
    words: Any,
    slots: Any,
    types: Any,
    held: Any,
    cells: Any,
) -> tuple[int, int, int]:
    """Read the array of points; gives what became of it, how many there are, and where it ends."""
    held[:] = 0
    held[VERSION:KEYS] = -1
    first = row
    if at(data, i) != _OPEN:
        return REFUSED, 0, -1
    while True:
        i = blank(data, i + 1)
        if at(data, i) != _OPEN:
            return REFUSED, 0, -1
        if row >= doubles.shape[1]:
            return FULL, 0, -1
        i, ground = point(data, i + 1, cells, held, words, slots, types)
        if i < 0:
            return REFUSED, 0, -1
        doubles[0, row] = cells[OFFSET]
        doubles[1, row] = cells[LATITUDE]
        doubles[2, row] = cells[LONGITUDE]
        height = cells[HEIGHT]
        geometric = (int(cells[FLAGS]) & _GEOMETRIC) != 0
        above = cells[GEOM]
        if math.isnan(above) and geometric:
            above = height
        if math.isnan(above):
            above = cells[GEOM_OF_OBJECT]
        singles[0, row] = math.nan if geometric else height
        singles[1, row] = above
        singles[2, row] = cells[SPEED]
        singles[3, row] = cells[TRACK]
        singles[4, row] = cells[GEOM_RATE] if math.isnan(cells[RATE]) else cells[RATE]
        small[0, row] = 1 if ground else (-1 if math.isnan(height) else 0)
        small[1, row] = held[TYPE] if math.isnan(cells[HOW]) else int(cells[HOW])
        small[2, row] = held[VERSION]
        small[3, row] = held[NIC]
        small[4, row] = held[NAC_P]
        small[5, row] = held[SIL]
        codes[0, row] = held[CALLSIGN]
        codes[1, row] = held[SQUAWK]
        codes[2, row] = held[CATEGORY]
        row += 1
        i = blank(data, i)
        c = at(data, i)
        if c == _CLOSE:
            return READ, row - first, i + 1
        if c != _COMMA:
            return REFUSED, 0, -1
