"""Where the row groups lie in a Parquet footer, so that some can be had without the others.

A footer is one structure in Thrift's compact protocol, its row groups a list in it. A reader takes all or nothing; of a
year of days that is half the time of a question. A list of some of the groups is as good a footer as the whole.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (FileMetaData, field 4)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["Parts", "joined", "split"]

_ROW_GROUPS: Final = 4
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT, _UUID = 1, 2, 3, 7, 8, 9, 10, 11, 12, 13
_VARINTS: Final = (4, 5, 6)
_LONG_LIST: Final = 15
_DEEPEST: Final = 32


@dataclass(frozen=True)
class Parts:
    """A footer taken apart: what stands before the list of row groups, each group, what stands after."""

    head: bytes
    groups: tuple[bytes, ...]
    tail: bytes


def split(footer: bytes) -> Parts:
    """Take a footer apart.

    Parameters
    ----------
    footer : bytes
        The structure alone, without length and magic.

    Raises
    ------
    ValueError
        It is no footer.
    """
    try:
        return _split(footer)
    except IndexError as e:
        raise ValueError("a Parquet footer that ends early") from e


def joined(parts: Parts, groups: Sequence[bytes]) -> bytes:
    """Make a footer that has some of the row groups."""
    size = bytes([len(groups) << 4 | _STRUCT]) if len(groups) < _LONG_LIST else _long(len(groups))
    return b"".join([parts.head, size, *groups, parts.tail])


def _long(count: int) -> bytes:
    out = bytearray([_LONG_LIST << 4 | _STRUCT])
    while count >= 0x80:
        out.append(count & 0x7F | 0x80)
        count >>= 7
    out.append(count)
    return bytes(out)


def _split(footer: bytes) -> Parts:
    at = number = 0
    while (head := footer[at]) != 0:
        at += 1
        if head >> 4:
            number += head >> 4
        else:
            zigzag, at = _varint(footer, at)
            number = zigzag >> 1 ^ -(zigzag & 1)
        if number == _ROW_GROUPS and head & 0x0F == _LIST:
            begin = at
            count, kind, at = _list(footer, at)
            if kind != _STRUCT:
                break
            groups = []
            for _ in range(count):
                end = _skip(footer, at, _STRUCT, 0)
                groups.append(footer[at:end])
                at = end
            return Parts(footer[:begin], tuple(groups), footer[at:])
        at = _skip(footer, at, head & 0x0F, 0, field=True)
    raise ValueError("a Parquet footer without a list of row groups")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while (byte := data[at]) & 0x80:
        value |= (byte & 0x7F) << shift
        shift += 7
        at += 1
    return value | byte << shift, at + 1


def _list(data: bytes, at: int) -> tuple[int, int, int]:
    """Read the head of a list: how many, of which kind, and where the first is."""
    head = data[at]
    if head >> 4 < _LONG_LIST:
        return head >> 4, head & 0x0F, at + 1
    count, after = _varint(data, at + 1)
    if count > len(data):
        raise ValueError("a Parquet footer with a list longer than itself")
    return count, head & 0x0F, after


def _skip(data: bytes, at: int, kind: int, depth: int, *, field: bool = False) -> int:
    """Pass over one value; gives where the next begins."""
    if depth > _DEEPEST:
        raise ValueError("a Parquet footer that is nested too deep")
    if kind in _VARINTS:
        while data[at] & 0x80:
            at += 1
        return at + 1
    if kind == _BINARY:
        length, at = _varint(data, at)
        if length > len(data) - at:
            raise ValueError("a Parquet footer with a text longer than itself")
        return at + length
    if kind == _STRUCT:
        while (head := data[at]) != 0:
            at += 1
            if not head >> 4:
                _, at = _varint(data, at)
            at = _skip(data, at, head & 0x0F, depth + 1, field=True)
        return at + 1
    if kind in (_LIST, _SET):
        count, of, at = _list(data, at)
        for _ in range(count):
            at = _skip(data, at, of, depth + 1)
        return at
    if kind in (_TRUE, _FALSE):
        # a field's truth lies in its head, a list's in a byte
        return at if field else at + 1
    if kind == _BYTE:
        return at + 1
    if kind == _DOUBLE:
        return at + 8
    if kind == _UUID:
        return at + 16
    if kind == _MAP:
        count, at = _varint(data, at)
        if count > len(data):
            raise ValueError("a Parquet footer with a map longer than itself")
        kinds = data[at] if count else 0
        at += 1 if count else 0
        for _ in range(count):
            at = _skip(data, at, kinds >> 4, depth + 1)
            at = _skip(data, at, kinds & 0x0F, depth + 1)
        return at
    raise ValueError(f"a Parquet footer with a value of kind {kind}")
