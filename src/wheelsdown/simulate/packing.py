"""gzip whose bytes are the same on every machine.

zlib gives other bytes in its other versions and builds (zlib-ng, Intel's); a scenario and a seed are to give the same
files everywhere. So this is a small compressor of its own: greedy matches by a table of the last place of each four
bytes, written with the fixed codes of DEFLATE (RFC 1951, 3.2.6) in one block, in the frame of RFC 1952 without name and
time. Text of traces shrinks to about a third; zlib would reach a fifth. Every reader of gzip unpacks it.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any, Final

import numpy as np

from wheelsdown.jit import compiled

__all__ = ["gzipped"]

_HEAD: Final = bytes((0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255))
_HASH_BITS: Final = 15
_SPREAD: Final = 506_832_829  # odd, and small enough for the product of 32 bits to stay within 63
_LEAST, _MOST, _FAR = 4, 258, 32_768
_END_OF_BLOCK: Final = 256


def _steps(extra: list[int], first: int) -> Any:
    """Give the least value of each code, from the extra bits of the codes (RFC 1951, 3.2.5)."""
    return np.array([first + sum(1 << e for e in extra[:k]) for k in range(len(extra))], dtype=np.int64)


_LENGTH_EXTRA: Final = [0] * 8 + [e for e in range(1, 6) for _ in range(4)] + [0]
_LENGTHS: Final = _steps(_LENGTH_EXTRA, 3)
_LENGTHS[28] = 258  # the last code stands for 258 alone
_FAR_EXTRA: Final = [0] * 4 + [e for e in range(1, 14) for _ in range(2)]
_FARS: Final = _steps(_FAR_EXTRA, 1)
_LENGTH_BITS: Final = np.array(_LENGTH_EXTRA, dtype=np.int64)
_FAR_BITS: Final = np.array(_FAR_EXTRA, dtype=np.int64)


@compiled
def _put(out: Any, at: int, value: int, bits: int) -> int:
    """Write bits, the lowest first; `at` counts bits."""
    for k in range(bits):
        if (value >> k) & 1:
            out[at >> 3] |= 1 << (at & 7)
        at += 1
    return at


@compiled
def _code(out: Any, at: int, value: int, bits: int) -> int:
    """Write a Huffman code, the highest bit first."""
    for k in range(bits - 1, -1, -1):
        if (value >> k) & 1:
            out[at >> 3] |= 1 << (at & 7)
        at += 1
    return at


@compiled
def _symbol(out: Any, at: int, symbol: int) -> int:
    """Write a literal or length symbol with the fixed code."""
    if symbol < 144:
        return _code(out, at, 0x30 + symbol, 8)
    if symbol < 256:
        return _code(out, at, 0x190 + symbol - 144, 9)
    if symbol < 280:
        return _code(out, at, symbol - 256, 7)
    return _code(out, at, 0xC0 + symbol - 280, 8)


@compiled
def _deflated(data: Any, out: Any, last: Any, lengths: Any, length_bits: Any, fars: Any, far_bits: Any) -> int:
    """Compress into `out`, which holds zeros; give how many bits were written."""
    n = data.size
    at = _put(out, 0, 3, 3)  # the last block, with fixed codes
    i = 0
    while i < n:
        length = 0
        far = 0
        if i + _LEAST <= n:
            word = (
                data[i] + (np.int64(data[i + 1]) << 8) + (np.int64(data[i + 2]) << 16) + (np.int64(data[i + 3]) << 24)
            )
            slot = ((word * _SPREAD) & 0xFFFFFFFF) >> (32 - _HASH_BITS)
            candidate = last[slot] - 1
            last[slot] = i + 1
            if candidate >= 0 and i - candidate <= _FAR:
                while length < _MOST and i + length < n and data[candidate + length] == data[i + length]:
                    length += 1
                far = i - candidate
        if length < _LEAST:
            at = _symbol(out, at, int(data[i]))
            i += 1
            continue
        k = lengths.size - 1
        while lengths[k] > length:
            k -= 1
        at = _symbol(out, at, 257 + k)
        at = _put(out, at, length - lengths[k], length_bits[k])
        k = fars.size - 1
        while fars[k] > far:
            k -= 1
        at = _code(out, at, k, 5)
        at = _put(out, at, far - fars[k], far_bits[k])
        i += length
    return _symbol(out, at, _END_OF_BLOCK)


def gzipped(data: bytes) -> bytes:
    """Compress as gzip: the same bytes for the same data, whatever the machine and its libraries."""
    text = np.frombuffer(data, dtype=np.uint8)
    # nine bits a byte is the worst that fixed codes can do
    out = np.zeros(text.size + text.size // 8 + 16, dtype=np.uint8)
    last = np.zeros(1 << _HASH_BITS, dtype=np.int64)
    bits = _deflated(text, out, last, _LENGTHS, _LENGTH_BITS, _FARS, _FAR_BITS)
    body = out[: (bits + 7) // 8].tobytes()
    return _HEAD + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
