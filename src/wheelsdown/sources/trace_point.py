"""One point of a readsb trace, read out of bytes: compiled, for `trace_scan`.

Whatever is not known for certain is refused.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from wheelsdown.jit import compiled_lean
from wheelsdown.schema import POSITION_SOURCES
from wheelsdown.sources.jsonbytes import LANES, as_word, at, blank, literal, short_text, text
from wheelsdown.sources.jsonnumbers import NO_NUMBER, WHOLE, number, plain
from wheelsdown.sources.readsb import POSITION_SOURCE

__all__ = [
    "CALLSIGN",
    "CATEGORY",
    "CELLS",
    "FLAGS",
    "GEOM",
    "GEOM_OF_OBJECT",
    "GEOM_RATE",
    "HEIGHT",
    "HELD",
    "HOW",
    "KEYS",
    "LATITUDE",
    "LONGITUDE",
    "NAC_P",
    "NIC",
    "OFFSET",
    "RATE",
    "SIL",
    "SLOTS",
    "SPEED",
    "SQUAWK",
    "TRACK",
    "TYPE",
    "TYPES",
    "VERSION",
    "WORDS",
    "point",
]

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
_NEW_LEG: Final = 2
_MOST_OFFSET_S: Final = 1e9
_MOST_FLAGS: Final = 1e6
_MOST_SMALL: Final = 100.0
_SPACE, _QUOTE, _COMMA, _MINUS, _ZERO, _NINE, _COLON = 32, 34, 44, 45, 48, 57, 58
_CLOSE, _N, _BEGIN, _END = 93, 110, 123, 125

# what is held: the codes of three words, four small numbers, the type in this point's object, the keys seen in it, the
# words as they stood in the text, the type as it stood there (two halves)
CALLSIGN, SQUAWK, CATEGORY, VERSION, NIC, NAC_P, SIL, TYPE, KEYS, _RAW = range(10)
_LAST_LOW, _LAST_HIGH, _LAST_CODE = 12, 13, 14
# elements of a point, and a cell more for the height out of its object
OFFSET, LATITUDE, LONGITUDE, HEIGHT, SPEED, TRACK, FLAGS, RATE, _OBJECT, HOW, GEOM, GEOM_RATE = range(12)
GEOM_OF_OBJECT = 12

_U: Final = np.uint64
_SPREAD, _TO_SLOT = _U(0x9E3779B97F4A7C15), _U(64 - _SLOT_BITS)
_NULL, _GROUND = _U(as_word(b"null")), _U(as_word(b'"ground"'))
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
def point(data: Any, i: int, cells: Any, held: Any, words: Any, slots: Any, types: Any) -> tuple[int, bool]:
    """Read one point from behind its bracket into cells (NaN where there is nothing); gives its end, and if on ground.

    A new leg forgets what was held, but for category and version; the object's values are held from here on.
    """
    cells[:] = math.nan
    cells[FLAGS] = 0.0
    held[TYPE] = -1
    ground = False
    k = 0
    end = -1
    while True:
        i = blank(data, i)
        c = at(data, i)
        if c == _MINUS or _ZERO <= c <= _NINE:
            value, kind, i = number(data, i)
            if kind == NO_NUMBER or _OBJECT <= k <= HOW:
                break
            if k == OFFSET and not 0.0 <= value < _MOST_OFFSET_S:
                break
            if k == FLAGS:
                if kind != WHOLE or not 0.0 <= value < _MOST_FLAGS:
                    break
                if int(value) & _NEW_LEG:
                    _forget(held)
            if k <= GEOM_RATE:
                cells[k] = value
        elif c == _N:
            i = literal(data, i, _NULL, 4)
            if i < 0 or k <= LONGITUDE:
                break
        elif k == HOW:
            code, i = _type(data, i, held, types)
            if i < 0:
                break
            cells[HOW] = code
        elif k == _OBJECT:
            if c != _BEGIN:
                break
            i = _object(data, i + 1, cells, held, words, slots, types)
            if i < 0:
                break
        elif k == HEIGHT:
            i = literal(data, i, _GROUND, 8)
            ground = True
            if i < 0:
                break
        elif c == _QUOTE and k > GEOM_RATE:  # a receiver's name
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
    held[CALLSIGN] = 0
    held[SQUAWK] = 0
    held[_RAW + CALLSIGN] = 0
    held[_RAW + SQUAWK] = 0
    held[NIC] = -1
    held[NAC_P] = -1
    held[SIL] = -1


@compiled_lean
def _object(data: Any, i: int, cells: Any, held: Any, words: Any, slots: Any, types: Any) -> int:
    """Read the aircraft object from behind its brace into what is held; gives its end, -1 where it is refused."""
    i = blank(data, i)
    if at(data, i) == _END:
        return i + 1
    held[KEYS] = 0
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
            if held[KEYS] & (1 << which):
                return -1  # twice: the last one counts, and that is for the strict decoder
            held[KEYS] |= 1 << which
        c = at(data, i)
        if c == _MINUS or _ZERO <= c <= _NINE:
            value, kind, i = number(data, i)
            if kind == NO_NUMBER:
                return -1
            if which >= 0:
                if which == KEYS:
                    cells[GEOM_OF_OBJECT] = value
                elif kind == WHOLE and 0.0 <= value <= _MOST_SMALL and VERSION <= which <= SIL:
                    held[which] = int(value)
                else:
                    return -1
        elif c == _N:
            i = literal(data, i, _NULL, 4)
        elif c == _QUOTE:
            if which < 0:
                i = text(data, i + 1)
            elif which <= CATEGORY:
                i = _text_held(data, i + 1, which, held, words, slots)
            elif which == TYPE:
                code, i = _type(data, i, held, types)
                held[TYPE] = code
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
    """Tell where a key's value is held; `KEYS` stands for the height, which is held by nothing; -1 for no such key."""
    which = -1
    if key == _TYPE_KEY:
        which = TYPE
    elif key == _NIC_KEY:
        which = NIC
    elif key == _FLIGHT_KEY:
        which = CALLSIGN
    elif key == _SQUAWK_KEY:
        which = SQUAWK
    elif key == _CATEGORY_KEY:
        which = CATEGORY
    elif key == _VERSION_KEY:
        which = VERSION
    elif key == _NAC_P_KEY:
        which = NAC_P
    elif key == _SIL_KEY:
        which = SIL
    elif key == _ALT_GEOM_KEY:
        which = KEYS
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
