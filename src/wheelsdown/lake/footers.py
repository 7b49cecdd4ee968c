"""The ends of Parquet files, kept packed beside the lake: a question over a year reads hundreds of them.

A footer says where each column of each row group lies. It is dull and repetitive: packed it is a fifth as large, and it
is read in one piece. What is kept here may be lost: it is made anew from the file it stands for.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from wheelsdown.errors import LakeError
from wheelsdown.lake.layout import Layout

__all__ = ["false_ones", "kept_as", "metadata", "remember"]

_HEAD: Final = struct.Struct("<4sQqQI")
"""Kind, then size, time of change and number of the file it stands for, then the length of what follows unpacked."""
_KIND: Final = b"wdf1"
_TAIL: Final = 8
_MAGIC: Final = b"PAR1"
_LEVEL: Final = 9


def kept_as(layout: Layout, path: Path) -> Path:
    """Where the packed footer of one of the lake's files lies."""
    return layout.cache / "footers" / path.relative_to(layout.root).with_suffix(".zst")


def metadata(layout: Layout, path: Path) -> Any:
    """Give what a Parquet file's footer says: a ``pyarrow.parquet.FileMetaData``.

    Raises
    ------
    LakeError
        It is no Parquet file, or damaged.
    OSError
        It cannot be read.
    """
    mark = _mark(path)
    kept = kept_as(layout, path)
    if (footer := _unpacked(kept, mark)) is None:
        footer = own_footer(path)
        _pack(kept, footer, mark)
    try:
        return pq.read_metadata(pa.BufferReader(footer))
    except (OSError, pa.ArrowException) as e:
        raise LakeError(f"{path}: damaged: {e}; wheelsdown verify tells which files are") from e


def remember(layout: Layout, path: Path) -> None:
    """Pack the footer of a file that was just put in place, so that the first question need not."""
    _pack(kept_as(layout, path), own_footer(path), _mark(path))


def _mark(path: Path) -> tuple[int, int, int]:
    """Tell one state of a file from another, without reading it: it is replaced whole, never changed."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


def _unpacked(kept: Path, mark: tuple[int, int, int]) -> bytes | None:
    try:
        data = kept.read_bytes()
        kind, size, changed, number, length = _HEAD.unpack_from(data)
    except (OSError, struct.error):
        return None
    if kind != _KIND or (size, changed, number) != mark or length > size:
        return None
    try:
        footer: bytes = pa.Codec("zstd").decompress(data[_HEAD.size :], length, asbytes=True)
    except (OSError, pa.ArrowException):
        return None
    return footer


def _pack(kept: Path, footer: bytes, mark: tuple[int, int, int]) -> None:
    temporary = kept.with_name(f".{kept.name}.{os.getpid()}.tmp")
    # where nothing can be written, on a full or read-only disk, the files' own footers are read
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            packed = pa.Codec("zstd", _LEVEL).compress(footer, asbytes=True)
            temporary.write_bytes(_HEAD.pack(_KIND, *mark, len(footer)) + packed)
            temporary.replace(kept)
        finally:
            temporary.unlink(missing_ok=True)


def own_footer(path: Path) -> bytes:
    """Read a Parquet file's footer out of the file, and no more.

    Raises
    ------
    LakeError
        It is no Parquet file, or damaged.
    """
    with path.open("rb", buffering=0) as f:
        size = f.seek(0, os.SEEK_END)
        f.seek(max(size - _TAIL, 0))
        tail = _all(f, _TAIL)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or length > size - _TAIL:
            raise LakeError(f"{path}: no Parquet file, or cut off; wheelsdown verify tells which files are damaged")
        f.seek(size - _TAIL - length)
        return _all(f, length) + tail


def _all(file: IO[bytes], wanted: int) -> bytes:
    parts: list[bytes] = []
    while wanted > 0 and (part := file.read(wanted)):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


def false_ones(layout: Layout, whole: Collection[str]) -> Iterator[str]:
    """Name the packed footers that would be believed and are not those of the files they stand for.

    Parameters
    ----------
    layout : Layout
    whole : collection of str
        Names of the lake's files that are undamaged; only theirs are looked at.
    """
    root = layout.cache / "footers"
    for kept in sorted(root.rglob("*.zst")) if root.is_dir() else []:
        path = (layout.root / kept.relative_to(root)).with_suffix(".parquet")
        if path.relative_to(layout.root).as_posix() not in whole:
            continue
        found = _unpacked(kept, _mark(path))
        if found is not None and found != own_footer(path):
            yield kept.relative_to(layout.root).as_posix()
