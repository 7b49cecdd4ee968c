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
from wheelsdown.schema import POSITION_SOURCES
from wheelsdown.sources.jsonbytes import (
    LANES,
    NO_NUMBER,
    PADDING,
    WHOLE,
    as_word,
    at,
    blank,
    literal,
    number,
    plain,
    short_text,
    text,
)
from wheelsdown.sources.readsb import POSITION_SOURCE

__all__ = [
    "CELLS",
    "DOUBLES",
    "FULL",
    "HELD",
    "READ",
    "REFUSED",
    "SINGLES",
    "SLOTS",
    "SMALL",
    "TYPES",
    "WORDS",
    "WORD_COLUMNS",
    "scan",
]

READ: Final = 0
REFUSED: Final = 1
FULL: Final = 2
"""What became of a trace: read; to be read by the strict decoder; no room left for its rows."""

DOUBLES: Final = ("offset", "latitude_deg", "longitude_deg")
SINGLES: Final = ("altitude_ft", "altitude_geom_ft", "groundspeed_kt", "track_deg", "vertical_rate_fpm")
SMALL: Final = ("on_ground", "position_source", "adsb_version", "nic", "nac_p", "sil")
WORD_COLUMNS: Final = ("callsign", "squawk", "category")
"""Rows of the four arrays of columns: float64, float32 (NaN for null), int8 (-1 for null), int32 (0 for null)."""
HELD: Final = 15
"""Size of the scratch array of what is carried from point to point."""
CELLS: Final = 13
"""Size of the scratch array of one point's numbers."""

_SLOT_BITS: Final = 17
SLOTS: Final = 1 << _SLOT_BITS
WORDS: Final = 60_000
"""How many distinct words one batch holds at most: under half of the slots, so that probes stay short."""
_MOST_PROBES: Final = 64

_LEAST, _MOST_ELEMENTS = 4, 15
_NEW_LEG, _GEOMETRIC = 2, 8
_MOST_OFFSET_S: Final = 1e9
_MOST_FLAGS: Final = 1e6
_MOST_SMALL: Final = 100.0
_SPACE, _QUOTE, _COMMA, _MINUS, _ZERO, _NINE, _COLON = 32, 34, 44, 45, 48, 57, 58
_OPEN, _ESCAPE, _CLOSE, _F, _N, _T, _BEGIN, _END = 91, 92, 93, 102, 110, 116, 123, 125

# what is held: the codes of three words, four small numbers, the type in this point's object, the keys seen in it, the
# words as they stood in the text, the type as it stood there (two halves)
_CALLSIGN, _SQUAWK, _CATEGORY, _VERSION, _NIC, _NAC_P, _SIL, _TYPE, _KEYS, _RAW = range(10)
_LAST_LOW, _LAST_HIGH, _LAST_CODE = 12, 13, 14
# elements of a point, and a cell more for the height out of its object
_OFFSET, _LATITUDE, _LONGITUDE, _HEIGHT, _SPEED, _TRACK, _FLAGS, _RATE, _OBJECT, _HOW, _GEOM, _GEOM_RATE = range(12)
_GEOM_OF_OBJECT = 12

_U: Final = np.uint64
_SPREAD, _TO_SLOT = _U(0x9E3779B97F4A7C15), _U(64 - _SLOT_BITS)
_NULL, _GROUND = _U(as_word(b"null")), _U(as_word(b'"ground"'))
_TRACE: Final = _U(as_word(b"trace"))
_FLIGHT_KEY, _SQUAWK_KEY = _U(as_word(b"flight")), _U(as_word(b"squawk"))
_CATEGORY_KEY, _VERSION_KEY = _U(as_word(b"category")), _U(as_word(b"version"))
_NIC_KEY, _NAC_P_KEY, _SIL_KEY = _U(as_word(b"nic")), _U(as_word(b"nac_p")), _U(as_word(b"sil"))
_TYPE_KEY, _ALT_GEOM_KEY = _U(as_word(b"type")), _U(as_word(b"alt_geom"))

# the word readsb writes oftenest comes first
_NAMES: Final = tuple(dict.fromkeys((*POSITION_SOURCE, *POSITION_SOURCES)))
TYPES: Final = np.array(
    [
        (as_word(n.encode()), as_word(n.encode()[LANES:]), POSITION_SOURCES.index(POSITION_SOURCE.get(n, n)))
        for n in _NAMES
    ],
    dtype=np.int64,
).T.copy()
"""The words for a position's source, sixteen bytes as two numbers, and their places in `POSITION_SOURCES`.

An argument of the compiled code, since its cache would not notice a change in those tables.
"""


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
    held[_VERSION:_KEYS] = -1
    first = row
    if at(data, i) != _OPEN:
        return REFUSED, 0, -1
    while True:
        i = blank(data, i + 1)
        if at(data, i) != _OPEN:
            return REFUSED, 0, -1
        if row >= doubles.shape[1]:
            return FULL, 0, -1
        i, ground = _point(data, i + 1, cells, held, words, slots, types)
        if i < 0:
            return REFUSED, 0, -1
        doubles[0, row] = cells[_OFFSET]
        doubles[1, row] = cells[_LATITUDE]
        doubles[2, row] = cells[_LONGITUDE]
        height = cells[_HEIGHT]
        geometric = (int(cells[_FLAGS]) & _GEOMETRIC) != 0
        above = cells[_GEOM]
        if math.isnan(above) and geometric:
            above = height
        if math.isnan(above):
            above = cells[_GEOM_OF_OBJECT]
        singles[0, row] = math.nan if geometric else height
        singles[1, row] = above
        singles[2, row] = cells[_SPEED]
        singles[3, row] = cells[_TRACK]
        singles[4, row] = cells[_GEOM_RATE] if math.isnan(cells[_RATE]) else cells[_RATE]
        small[0, row] = 1 if ground else (-1 if math.isnan(height) else 0)
        small[1, row] = held[_TYPE] if math.isnan(cells[_HOW]) else int(cells[_HOW])
        small[2, row] = held[_VERSION]
        small[3, row] = held[_NIC]
        small[4, row] = held[_NAC_P]
        small[5, row] = held[_SIL]
        codes[0, row] = held[_CALLSIGN]
        codes[1, row] = held[_SQUAWK]
        codes[2, row] = held[_CATEGORY]
        row += 1
        i = blank(data, i)
        c = at(data, i)
        if c == _CLOSE:
            return READ, row - first, i + 1
        if c != _COMMA:
            return REFUSED, 0, -1


@compiled_lean
def _point(data: Any, i: int, cells: Any, held: Any, words: Any, slots: Any, types: Any) -> tuple[int, bool]:
    """Read one point from behind its bracket into cells (NaN where there is nothing); gives its end, and if on ground.

    A new leg forgets what was held, but for category and version; the object's values are held from here on.
    """
    cells[:] = math.nan
    cells[_FLAGS] = 0.0
    held[_TYPE] = -1
    ground = False
    k = 0
    end = -1
    while True:
        i = blank(data, i)
        c = at(data, i)
        if c == _MINUS or _ZERO <= c <= _NINE:
            value, kind, i = number(data, i)
            if kind == NO_NUMBER or _OBJECT <= k <= _HOW:
                break
            if k == _OFFSET and not 0.0 <= value < _MOST_OFFSET_S:
                break
            if k == _FLAGS:
                if kind != WHOLE or not 0.0 <= value < _MOST_FLAGS:
                    break
                if int(value) & _NEW_LEG:
                    _forget(held)
            if k <= _GEOM_RATE:
                cells[k] = value
        elif c == _N:
            i = literal(data, i, _NULL, 4)
            if i < 0 or k <= _LONGITUDE:
                break
        elif k == _HOW:
            code, i = _type(data, i, held, types)
            if i < 0:
                break
            cells[_HOW] = code
        elif k == _OBJECT:
            if c != _BEGIN:
                break
            i = _object(data, i + 1, cells, held, words, slots, types)
            if i < 0:
                break
        elif k == _HEIGHT:
            i = literal(data, i, _GROUND, 8)
            ground = True
            if i < 0:
                break
        elif c == _QUOTE and k > _GEOM_RATE:  # a receiver's name
            i = text(data, i + 1)
            if i < 0:
                break
        else:
            break
        i = blank(data, i)
        c = at(data, i)
        k += 1
        if c == _CLOSE:
            if k >= _LEAST:
                end = i + 1
            break
        if c != _COMMA or k >= _MOST_ELEMENTS:
            break
        i += 1
    return end, ground


@compiled_lean
def _forget(held: Any) -> None:
    held[_CALLSIGN] = 0
    held[_SQUAWK] = 0
    held[_RAW + _CALLSIGN] = 0
    held[_RAW + _SQUAWK] = 0
    held[_NIC] = -1
    held[_NAC_P] = -1
    held[_SIL] = -1


@compiled_lean
def _object(data: Any, i: int, cells: Any, held: Any, words: Any, slots: Any, types: Any) -> int:
    """Read the aircraft object from behind its brace into what is held; gives its end, -1 where it is refused."""
    i = blank(data, i)
    if at(data, i) == _END:
        return i + 1
    held[_KEYS] = 0
    while True:
        if at(data, i) != _QUOTE:
            return -1
        key, more, i = short_text(data, i + 1)
        if i < 0:
            return -1
        i = blank(data, i)
        if at(data, i) != _COLON:
            return -1
        i = blank(data, i + 1)
        which = -1
        if more == 0:
            which = _held_by(key)
        if which >= 0:
            if held[_KEYS] & (1 << which):
                return -1  # twice: the last one counts, and that is for the strict decoder
            held[_KEYS] |= 1 << which
        c = at(data, i)
        if c == _MINUS or _ZERO <= c <= _NINE:
            value, kind, i = number(data, i)
            if kind == NO_NUMBER:
                return -1
            if which >= 0:
                if which == _KEYS:
                    cells[_GEOM_OF_OBJECT] = value
                elif kind == WHOLE and 0.0 <= value <= _MOST_SMALL and _VERSION <= which <= _SIL:
                    held[which] = int(value)
                else:
                    return -1
        elif c == _N:
            i = literal(data, i, _NULL, 4)
        elif c == _QUOTE:
            if which < 0:
                i = text(data, i + 1)
            elif which <= _CATEGORY:
                i = _text_held(data, i + 1, which, held, words, slots)
            elif which == _TYPE:
                code, i = _type(data, i, held, types)
                held[_TYPE] = code
            else:
                return -1
        elif which < 0:
            i = plain(data, i)
        else:
            return -1
        if i < 0:
            return -1
        i = blank(data, i)
        c = at(data, i)
        if c == _END:
            return i + 1
        if c != _COMMA:
            return -1
        i = blank(data, i + 1)


@compiled_lean
def _held_by(key: Any) -> int:
    """Tell where a key's value is held; `_KEYS` stands for the height, which is held by nothing; -1 for no such key."""
    which = -1
    if key == _TYPE_KEY:
        which = _TYPE
    elif key == _NIC_KEY:
        which = _NIC
    elif key == _FLIGHT_KEY:
        which = _CALLSIGN
    elif key == _SQUAWK_KEY:
        which = _SQUAWK
    elif key == _CATEGORY_KEY:
        which = _CATEGORY
    elif key == _VERSION_KEY:
        which = _VERSION
    elif key == _NAC_P_KEY:
        which = _NAC_P
    elif key == _SIL_KEY:
        which = _SIL
    elif key == _ALT_GEOM_KEY:
        which = _KEYS
    return which


@compiled_lean
def _text_held(data: Any, i: int, which: int, held: Any, words: Any, slots: Any) -> int:
    """Read a text from behind its quote and hold its code; one that is blank changes nothing."""
    low, high, i = short_text(data, i)
    word = np.int64(low)
    if high != 0:
        i = -1
    elif i >= 0 and word != held[_RAW + which]:
        held[_RAW + which] = word
        word = _trimmed(word)
        if word != 0:
            code = _code(word, words, slots)
            if code < 0:
                i = -1
            else:
                held[which] = code
                words[1, code] |= 1 << which
    return i


@compiled_lean
def _trimmed(word: int) -> int:
    """Take the spaces off both ends of a text of up to eight bytes; 0 where nothing is left."""
    while word & 255 == _SPACE:
        word >>= 8
    top = 56
    while top > 0 and (word >> top == 0 or word >> top == _SPACE):
        word &= (1 << top) - 1
        top -= 8
    return word


@compiled_lean
def _code(word: int, words: Any, slots: Any) -> int:
    """Give a word's code, a new one if it has none; -1 where there is no room."""
    # words that differ in one letter must not land side by side (Knuth 1973, 6.4: multiplicative hashing)
    slot: Any = np.int64((np.uint64(word) * _SPREAD) >> _TO_SLOT)
    for _ in range(_MOST_PROBES):
        code = slots[slot]
        if code == 0:
            code = words[0, 0] + 1
            if code >= words.shape[1]:
                return -1
            words[0, 0] = code
            words[0, code] = word
            slots[slot] = code
            return int(code)
        if words[0, code] == word:
            return int(code)
        slot += 1
        if slot == SLOTS:
            slot = 0
    return -1


@compiled_lean
def _type(data: Any, i: int, held: Any, types: Any) -> tuple[int, int]:
    """Read a word for the position's source: its place in `POSITION_SOURCES`, and where it ends."""
    if at(data, i) != _QUOTE:
        return -1, -1
    first, second, i = short_text(data, i + 1)
    low, high = np.int64(first), np.int64(second)
    if i < 0 or low == 0:
        return -1, -1
    if low == held[_LAST_LOW] and high == held[_LAST_HIGH]:
        return held[_LAST_CODE], i
    for k in range(types.shape[1]):
        if types[0, k] == low and types[1, k] == high:
            held[_LAST_LOW] = low
            held[_LAST_HIGH] = high
            held[_LAST_CODE] = types[2, k]
            return types[2, k], i
    return -1, -1
