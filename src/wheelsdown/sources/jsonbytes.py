"""Reads the simple parts of JSON straight out of bytes: compiled, eight bytes at a time, each load checked.

Only what is certain is read. Escapes, bytes beyond ASCII, numbers that a float cannot hold exactly before their one
rounding, and anything malformed are refused, so that a caller hands the whole text to a complete decoder. Refusal is
the position -1, and the bytes at -1 are none of JSON's: a refusal that is overlooked refuses again.

Bytes are told apart eight at once, each in its own lane of a 64-bit number (Lamport 1975, "Multiple byte processing
with full-word instructions"); sums are made of seven bits a lane, so that nothing is carried into the next.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from wheelsdown.jit import compiled_inline, compiled_lean

__all__ = [
    "LANES",
    "NO_NUMBER",
    "PADDING",
    "REAL",
    "WHOLE",
    "as_word",
    "at",
    "blank",
    "eight",
    "literal",
    "number",
    "plain",
    "short_text",
    "text",
]

NO_NUMBER: Final = 0
WHOLE: Final = 1
REAL: Final = 2
LANES: Final = 8
"""Bytes in one word."""
PADDING: Final = 16
"""Zero bytes that have to follow a text, so that its last byte, too, can be loaded with seven behind it."""

_U: Final = np.uint64
_NOTHING: Final = _U(0)
_ONES: Final = _U(0x0101010101010101)
_LOW_7: Final = _U(0x7F7F7F7F7F7F7F7F)
_HIGH: Final = _U(0x8080808080808080)
_FROM_SPACE: Final = _U(0x6060606060606060)
_QUOTES: Final = _U(0x2222222222222222)
_ESCAPES: Final = _U(0x5C5C5C5C5C5C5C5C)
_ZEROS: Final = _U(0x3030303030303030)
_OVER_NINE: Final = _U(0x7676767676767676)
_FROM_MINUS: Final = _U(0x5353535353535353)
_OVER_NINE_BYTE: Final = _U(0x4646464646464646)
_BYTE: Final = _U(0xFF)
_A_MINUS, _A_DOT = _U(45), _U(46 ^ 48)
_PAIRS: Final = _U(0x00FF00FF00FF00FF)
_QUADS: Final = _U(0x0000FFFF0000FFFF)
_HALF: Final = _U(0x00000000FFFFFFFF)
_COUNT_1: Final = _U(0x5555555555555555)
_COUNT_2: Final = _U(0x3333333333333333)
_COUNT_4: Final = _U(0x0F0F0F0F0F0F0F0F)
_ONE, _2, _3, _4, _5, _6, _7 = (_U(k) for k in range(1, 8))
_8, _16, _24, _32, _40, _48, _56 = (_U(k) for k in range(8, 64, 8))
_10, _100, _10000 = (_U(k) for k in (10, 100, 10_000))

_TENS: Final = np.array([10.0**k for k in range(23)])  # 1e22 is the last power of ten that a double holds exactly
_TENS_WHOLE: Final = np.array([10**k for k in range(9)])
_LAST_TEN: Final = 22
_MOST_DIGITS: Final = 18  # always fit 64 bits
_EXACT: Final = 1 << 53
_SPACE, _QUOTE, _PLUS, _COMMA, _MINUS, _DOT, _ZERO, _NINE = 32, 34, 43, 44, 45, 46, 48, 57
_OPEN, _CLOSE, _E, _F, _N, _T = 91, 93, 69, 102, 110, 116
_UPPER: Final = 0xDF  # without the bit that tells small letters from capitals


def as_word(letters: bytes) -> int:
    """Give the first eight bytes as one number, the first byte lowest."""
    return int.from_bytes(letters[:LANES], "little")


_NULL, _NULL_LETTERS = _U(as_word(b"null")), 4
_TRUE, _FALSE = _U(as_word(b"true")), _U(as_word(b"false"))


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
def _first(marks: Any) -> Any:
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
    low = word & _LOW_7
    control = ~(low + _FROM_SPACE)
    quote = ~((low ^ _QUOTES) + _LOW_7)
    escape = ~((low ^ _ESCAPES) + _LOW_7)
    return (control | quote | escape | (low + _ONES) | word) & _HIGH


@compiled_lean
def _other_than_number(word: Any) -> Any:
    """Mark the bytes that are no digit, sign or dot (or the stroke between them)."""
    low = word & _LOW_7
    return ((low + _OVER_NINE_BYTE) | ~(low + _FROM_MINUS) | word) & _HIGH


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
    i += _first(stops) >> 3
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
            bits = _first(stops)
            high &= (_ONE << _U(bits)) - _ONE
            i += bits >> 3
    else:
        bits = _first(stops)
        low &= (_ONE << _U(bits)) - _ONE
        i += bits >> 3
    if at(data, i) != _QUOTE:
        return _NOTHING, _NOTHING, -1
    return low, high, i + 1


@compiled_lean
def _value(lanes: Any) -> Any:
    """Give the number that eight digits make, the first in the lowest lane, each less the character 0."""
    lanes = (lanes & _PAIRS) * _10 + ((lanes >> _8) & _PAIRS)
    lanes = (lanes & _QUADS) * _100 + ((lanes >> _16) & _QUADS)
    return np.int64((lanes & _HALF) * _10000 + (lanes >> _32))


@compiled_lean
def _not_digits(lanes: Any) -> Any:
    """Mark the lanes that hold no digit less the character 0."""
    return (((lanes & _LOW_7) + _OVER_NINE) | lanes) & _HIGH


@compiled_inline
def number(data: Any, i: int) -> tuple[float, int, int]:
    """Read a number: its value, `WHOLE` or `REAL` (`NO_NUMBER` where it is refused), and where it ends.

    Notes
    -----
    A whole number below 2**53 and a power of ten up to 22 are both doubles, so their one product or quotient is
    correctly rounded: the very bits of a correct parser (Clinger 1990, the fast path). All else is refused.
    """
    # where it ends is found first and by itself, so that the processor can go on there while the value is made
    start = i
    word = eight(data, i)
    marks = _other_than_number(word)
    if marks != _NOTHING:
        bits = _first(marks)
        value, kind = _short_number(word, bits)
        end = i + (bits >> 3)
    else:
        value, kind, end = 0.0, NO_NUMBER, i + LANES
        marks = _other_than_number(eight(data, end))
        if marks != _NOTHING:
            end += _first(marks) >> 3
            value, kind = _two_part_number(data, i, end)
    if kind == NO_NUMBER or at(data, end) & _UPPER == _E:
        value, kind, end = _long_number(data, start)
    return value, kind, end


@compiled_inline
def _short_number(word: Any, bits: Any) -> tuple[float, int]:
    """Read a number of fewer than eight characters, which take so many bits of the word."""
    negative = word & _BYTE == _A_MINUS
    if negative:
        word >>= _8
        bits -= 8
    lanes = (word ^ _ZEROS) & ((_ONE << _U(bits)) - _ONE)
    odd = _not_digits(lanes)
    value, kind = 0.0, NO_NUMBER
    zero = lanes & _BYTE == _NOTHING
    if odd == _NOTHING:
        if bits == 8 or (bits > 8 and not zero):
            kind = WHOLE
            value = float(_value(lanes << _U(64 - bits)))
            if negative and value != 0.0:  # the whole number -0 is 0
                value = -value
    else:
        # one dot, with digits on both sides of it, is taken out
        place = _first(odd)
        below = (_ONE << _U(place)) - _ONE
        decimals = (bits - 8 - place) >> 3
        one_dot = odd & (odd - _ONE) == _NOTHING and (lanes >> _U(place)) & _BYTE == _A_DOT
        if one_dot and decimals > 0 and (place == 8 or (place > 8 and not zero)):
            kind = REAL
            lanes = (lanes & below) | ((lanes >> _8) & ~below)
            value = float(_value(lanes << _U(72 - bits))) / _TENS[_U(decimals)]
            if negative:
                value = -value
    return value, kind


@compiled_inline
def _two_part_number(data: Any, i: int, end: int) -> tuple[float, int]:
    """Read a number that has up to seven digits on either side of its dot."""
    negative = at(data, i) == _MINUS
    if negative:
        i += 1
    value, kind = 0.0, NO_NUMBER
    lanes = eight(data, i) ^ _ZEROS
    odd = _not_digits(lanes)
    if odd != _NOTHING:
        place = _first(odd)
        i += (place >> 3) + 1
        zero = lanes & _BYTE == _NOTHING
        count = end - i
        if at(data, i - 1) == _DOT and 0 < count < LANES and (place == 8 or (place > 8 and not zero)):
            whole = _value(lanes << _U(64 - place))
            lanes = (eight(data, i) ^ _ZEROS) << _U(64 - 8 * count)
            if _not_digits(lanes) == _NOTHING:
                kind = REAL
                value = float(whole * _TENS_WHOLE[_U(count)] + _value(lanes)) / _TENS[_U(count)]
                if negative:
                    value = -value
    return value, kind


@compiled_lean
def _long_number(data: Any, i: int) -> tuple[float, int, int]:
    """Read any number, digit by digit."""
    c = at(data, i)
    negative = c == _MINUS
    if negative:
        i += 1
        c = at(data, i)
    begin = i
    digits = 0
    zero = c == _ZERO
    while _ZERO <= c <= _NINE and i - begin <= _MOST_DIGITS:
        digits = digits * 10 + (c - _ZERO)
        i += 1
        c = at(data, i)
    count = i - begin
    if count == 0 or count > _MOST_DIGITS or (zero and count > 1):
        return 0.0, NO_NUMBER, -1
    ten = 0
    kind = WHOLE
    if c == _DOT:
        kind = REAL
        i += 1
        c = at(data, i)
        begin = i
        while _ZERO <= c <= _NINE and count < _MOST_DIGITS:
            digits = digits * 10 + (c - _ZERO)
            count += 1
            i += 1
            c = at(data, i)
        ten = begin - i
        if ten == 0 or _ZERO <= c <= _NINE:
            return 0.0, NO_NUMBER, -1
    if c & _UPPER == _E:
        kind = REAL
        power, i = _power(data, i + 1)
        ten += power
    if i < 0 or digits >= _EXACT or ten > _LAST_TEN or ten < -_LAST_TEN:
        return 0.0, NO_NUMBER, -1
    value = float(digits)
    if ten < 0:
        value /= _TENS[-ten]
    elif ten > 0:
        value *= _TENS[ten]
    if negative and (kind == REAL or digits != 0):
        value = -value
    return value, kind, i


@compiled_lean
def _power(data: Any, i: int) -> tuple[int, int]:
    """Read the power of ten behind an e; it ends at -1 where there is none, or a long one."""
    c = at(data, i)
    negative = c == _MINUS
    if negative or c == _PLUS:
        i += 1
        c = at(data, i)
    begin = i
    power = 0
    while _ZERO <= c <= _NINE and i - begin < 4:
        power = power * 10 + (c - _ZERO)
        i += 1
        c = at(data, i)
    if i == begin or i - begin >= 4:
        return 0, -1
    return (-power if negative else power), i


@compiled_lean
def plain(data: Any, i: int) -> int:
    """Skip a text, number, true, false, null, or a list of those; -1 for anything else."""
    if at(data, i) != _OPEN:
        return _scalar(data, i)
    i = blank(data, i + 1)
    if at(data, i) == _CLOSE:
        return i + 1
    while i >= 0:
        i = _scalar(data, i)
        if i < 0:
            return -1
        i = blank(data, i)
        c = at(data, i)
        if c == _CLOSE:
            return i + 1
        if c != _COMMA:
            return -1
        i = blank(data, i + 1)
    return -1


@compiled_lean
def _scalar(data: Any, i: int) -> int:
    c = at(data, i)
    if c == _QUOTE:
        return text(data, i + 1)
    if c == _MINUS or _ZERO <= c <= _NINE:
        _, _, i = _long_number(data, i)
        return i
    if c == _N:
        return literal(data, i, _NULL, 4)
    if c == _T:
        return literal(data, i, _TRUE, 4)
    if c == _F:
        return literal(data, i, _FALSE, 5)
    return -1
