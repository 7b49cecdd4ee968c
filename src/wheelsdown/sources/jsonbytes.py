"""Reads the simple parts of JSON straight out of bytes: compiled, eight bytes at a time, each load checked.

Only what is certain is read. Escapes, bytes beyond ASCII and anything malformed are refused, so that a caller hands the
whole text to a complete decoder. Refusal is the position -1, and the bytes at -1 are none of JSON's: a refusal that is
overlooked refuses again.

Bytes are told apart eight at once, each in its own lane of a 64-bit number (Lamport 1975, "Multiple byte processing
with full-word instructions"); sums are made of seven bits a lane, so that nothing is carried into the next.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from wheelsdown.jit import compiled_inline, compiled_lean

__all__ = [
    "HIGH",
    "LANES",
    "LOW_7",
    "PADDING",
    "as_word",
    "at",
    "blank",
    "eight",
    "first_bits",
    "literal",
    "short_text",
    "text",
]

LANES: Final = 8
"""Bytes in one word."""
PADDING: Final = 16
"""Zero bytes that have to follow a text, so that its last byte, too, can be loaded with seven behind it."""

_U: Final = np.uint64
_NOTHING: Final = _U(0)
_ONES: Final = _U(0x0101010101010101)
LOW_7: Final = _U(0x7F7F7F7F7F7F7F7F)
HIGH: Final = _U(0x8080808080808080)
"""In each lane: all bits but the highest; the highest."""
_FROM_SPACE: Final = _U(0x6060606060606060)
_QUOTES: Final = _U(0x2222222222222222)
_ESCAPES: Final = _U(0x5C5C5C5C5C5C5C5C)
_COUNT_1: Final = _U(0x5555555555555555)
_COUNT_2: Final = _U(0x3333333333333333)
_COUNT_4: Final = _U(0x0F0F0F0F0F0F0F0F)
_ONE, _2, _3, _4, _5, _6, _7 = (_U(k) for k in range(1, 8))
_8, _16, _24, _32, _40, _48, _56 = (_U(k) for k in range(8, 64, 8))
_SPACE, _QUOTE = 32, 34


def as_word(letters: bytes) -> int:
    """Give the first eight bytes as one number, the first byte lowest."""
    return int.from_bytes(letters[:LANES], "little")


@compiled_lean
def eight(data: Any, i: int) -> Any:
    """Give the eight bytes from i on, the first lowest; 0, which JSON does not know, where there are not as many."""
    if 0 <= i < data.size - 7:
        u = _U(i)  # unsigned: numba then has no negative index to think of, and makes this one load
        low = _U(data[u]) | _U(data[u + _ONE]) << _8 | _U(data[u + _2]) << _16 | _U(data[u + _3]) << _24
        high = _U(data[u + _4]) << _32 | _U(data[u + _5]) << _40 | _U(data[u + _6]) << _48 | _U(data[u + _7]) << _56
        return low | high
    return _NOTHING


@compiled_lean
def at(data: Any, i: int) -> Any:
    """Give the byte at i; 0 where there is none."""
    if 0 <= i < data.size:
        return np.int64(data[_U(i)])
    return np.int64(0)


@compiled_lean
def first_bits(marks: Any) -> Any:
    """Give the bits below the lowest lane that is marked; marks are high bits of lanes, one at least.

    The bits below the mark are counted in the way that compilers know for one (Warren, Hacker's Delight, 5-1).
    """
    below = ~marks & (marks - _ONE)
    below -= (below >> _ONE) & _COUNT_1
    below = (below & _COUNT_2) + ((below >> _2) & _COUNT_2)
    below = (below + (below >> _4)) & _COUNT_4
    return np.int64((below * _ONES) >> _56) - 7


@compiled_lean
def _stops(word: Any) -> Any:
    """Mark the bytes that are not plain inside a text: a quote, an escape, a control byte, or beyond ASCII."""
    low = word & LOW_7
    control = ~(low + _FROM_SPACE)
    quote = ~((low ^ _QUOTES) + LOW_7)
    escape = ~((low ^ _ESCAPES) + LOW_7)
    return (control | quote | escape | (low + _ONES) | word) & HIGH


@compiled_lean
def _blank(data: Any, i: int) -> int:
    c = at(data, i)
    while c == _SPACE or 9 <= c <= 10 or c == 13:
        i += 1
        c = at(data, i)
    return i


@compiled_lean
def blank(data: Any, i: int) -> int:
    """Skip white space."""
    if at(data, i) <= _SPACE:
        i = _blank(data, i)
    return i


@compiled_lean
def literal(data: Any, i: int, word: Any, letters: int) -> int:
    """Skip a word of up to eight letters; -1 where it is not there."""
    mine = eight(data, i)
    if letters < LANES:
        mine &= (_ONE << _U(8 * letters)) - _ONE
    if mine == word:
        return i + letters
    return -1


@compiled_lean
def text(data: Any, i: int) -> int:
    """Skip a text from behind its opening quote to behind its closing one; -1 where it is not plain ASCII."""
    stops = _stops(eight(data, i))
    while stops == _NOTHING:
        i += LANES
        stops = _stops(eight(data, i))
    i += first_bits(stops) >> 3
    if at(data, i) == _QUOTE:
        return i + 1
    return -1


@compiled_inline
def short_text(data: Any, i: int) -> tuple[Any, Any, int]:
    """Read a text as `text` does, and give its first eight bytes, the eight after them, and where it ends.

    The first byte is the lowest. A text of more than sixteen bytes ends at -1.
    """
    low = eight(data, i)
    high = _NOTHING
    stops = _stops(low)
    if stops == _NOTHING:
        i += LANES
        high = eight(data, i)
        stops = _stops(high)
        if stops == _NOTHING:
            i += LANES
        else:
            bits = first_bits(stops)
            high &= (_ONE << _U(bits)) - _ONE
            i += bits >> 3
    else:
        bits = first_bits(stops)
        low &= (_ONE << _U(bits)) - _ONE
        i += bits >> 3
    if at(data, i) != _QUOTE:
        return _NOTHING, _NOTHING, -1
    return low, high, i + 1
