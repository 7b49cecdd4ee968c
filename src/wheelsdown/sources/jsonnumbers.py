"""Reads numbers straight out of bytes of JSON, and skips values: compiled, as `jsonbytes` is.

A number that a float cannot hold exactly before its one rounding is refused.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from wheelsdown.jit import compiled_inline, compiled_lean
from wheelsdown.sources.jsonbytes import HIGH, LANES, LOW_7, as_word, at, blank, eight, first_bits, literal, text

__all__ = ["NO_NUMBER", "REAL", "WHOLE", "number", "plain"]

NO_NUMBER: Final = 0
WHOLE: Final = 1
REAL: Final = 2

_U: Final = np.uint64
_NOTHING, _ONE, _8, _16, _32, _10, _100, _10000 = (_U(k) for k in (0, 1, 8, 16, 32, 10, 100, 10_000))
_BYTE: Final = _U(0xFF)
_ZEROS: Final = _U(0x3030303030303030)
_OVER_NINE: Final = _U(0x7676767676767676)
_FROM_MINUS: Final = _U(0x5353535353535353)
_OVER_NINE_BYTE: Final = _U(0x4646464646464646)
_A_MINUS, _A_DOT = _U(45), _U(46 ^ 48)
_PAIRS: Final = _U(0x00FF00FF00FF00FF)
_QUADS: Final = _U(0x0000FFFF0000FFFF)
_HALF: Final = _U(0x00000000FFFFFFFF)
_NULL, _TRUE, _FALSE = (_U(as_word(w)) for w in (b"null", b"true", b"false"))

_LAST_TEN: Final = 22  # the last power of ten that a double holds exactly
_TENS: Final = np.array([float(f"1e{k}") for k in range(_LAST_TEN + 1)])
_TENS_WHOLE: Final = np.array([10**k for k in range(9)], dtype=np.int64)
_MOST_DIGITS: Final = 18  # always fit 64 bits
_EXACT: Final = 1 << 53
_QUOTE, _PLUS, _COMMA, _MINUS, _DOT, _ZERO, _NINE = 34, 43, 44, 45, 46, 48, 57
_OPEN, _CLOSE, _E, _F, _N, _T = 91, 93, 69, 102, 110, 116
_UPPER: Final = 0xDF  # without the bit that tells small letters from capitals


@compiled_lean
def _other_than_number(word: Any) -> Any:
    """Mark the bytes that are no digit, sign or dot (or the stroke between them)."""
    low = word & LOW_7
    return ((low + _OVER_NINE_BYTE) | ~(low + _FROM_MINUS) | word) & HIGH


@compiled_lean
def _value(lanes: Any) -> Any:
    """Give the number that eight digits make, the first in the lowest lane, each less the character 0."""
    lanes = (lanes & _PAIRS) * _10 + ((lanes >> _8) & _PAIRS)
    lanes = (lanes & _QUADS) * _100 + ((lanes >> _16) & _QUADS)
    return np.int64((lanes & _HALF) * _10000 + (lanes >> _32))


@compiled_lean
def _not_digits(lanes: Any) -> Any:
    """Mark the lanes that hold no digit less the character 0."""
    return (((lanes & LOW_7) + _OVER_NINE) | lanes) & HIGH


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
        bits = first_bits(marks)
        value, kind = _short_number(word, bits)
        end = i + (bits >> 3)
    else:
        value, kind, end = 0.0, NO_NUMBER, i + LANES
        marks = _other_than_number(eight(data, end))
        if marks != _NOTHING:
            end += first_bits(marks) >> 3
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
        place = first_bits(odd)
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
        place = first_bits(odd)
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
