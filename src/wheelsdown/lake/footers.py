"""The ends of Parquet files, kept beside the lake so that a question reads only the parts it needs of them.

A footer says where each column of each row group lies. A question over a year reads hundreds of footers for one or two
row groups each: whole, they would be half of the bytes and a third of the time. What is kept here may be lost: it is
made anew from the file it stands for, and never believed of a file that was replaced.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import IO, Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from wheelsdown.errors import LakeError
from wheelsdown.lake.layout import Layout
from wheelsdown.lake.thrift import Parts, joined, split

__all__ = ["KEYS", "Footer", "false_ones", "footer", "kept_as", "remember", "sweep_footers"]

KEYS: Final = {"positions": "icao24", "near": "place_cell", "traffic": "place_cell"}
"""Table to the column that sorts its files."""
_HEAD: Final = struct.Struct("<4sQqQII")
"""Kind; size, time of change and number of the file it stands for; lengths of what follows, packed and not."""
_KIND: Final = b"wdf1"
_TAIL: Final = 8
_MAGIC: Final = b"PAR1"
_MOST_BYTES: Final = 1 << 28
_LEVEL: Final = 9


class _Index(msgspec.Struct, array_like=True):
    """What is kept of a footer in one piece; `at` and `sizes` say where each row group's part lies and how long it is.

    Row groups that hold only rows without a key stand in front: `bare` of them; the next may hold some more: `mixed`.
    """

    key: str
    bare: int
    mixed: bool
    least: list[int | str]
    most: list[int | str]
    head: bytes
    tail: bytes
    at: list[int]
    sizes: list[int]


@dataclass(frozen=True)
class Footer:
    """A file's row groups: their keys, and on demand where their columns lie."""

    path: Path
    index: _Index
    parts: Sequence[bytes] | Path
    """Packed parts; or the file that holds them, from `begin` on."""
    begin: int = 0

    @property
    def groups(self) -> int:
        """How many row groups there are."""
        return len(self.index.sizes)

    def metadata(self, groups: Sequence[int]) -> Any:
        """Give a ``pyarrow.parquet.FileMetaData`` that knows only these row groups.

        Raises
        ------
        LakeError
            The file is damaged.
        """
        some = [_unpack(data, self.index.sizes[g]) for g, data in zip(groups, self._packed(groups), strict=True)]
        text = joined(Parts(self.index.head, (), self.index.tail), some)
        try:
            return pq.read_metadata(pa.BufferReader(text + len(text).to_bytes(4, "little") + _MAGIC))
        except (OSError, pa.ArrowException) as e:
            raise LakeError(f"{self.path}: damaged: {e}; wheelsdown verify tells which files are") from e

    def _packed(self, groups: Sequence[int]) -> list[bytes]:
        if not isinstance(self.parts, Path):
            return [self.parts[g] for g in groups]
        with self.parts.open("rb", buffering=0) as f:
            out = []
            for g in groups:
                f.seek(self.begin + self.index.at[g])
                out.append(_all(f, self.index.at[g + 1] - self.index.at[g]))
        return out


def kept_as(layout: Layout, path: Path) -> Path:
    """Where the packed footer of one of the lake's files lies."""
    return layout.cache / "footers" / path.relative_to(layout.root).with_suffix(".footer")


def footer(layout: Layout, path: Path, key: str) -> Footer:
    """Give what a Parquet file's footer says, kept or its own.

    Parameters
    ----------
    layout : Layout
    path : path
        The file; sorted by the key, rows without a key first.
    key : str
        Column.

    Raises
    ------
    LakeError
        It is no Parquet file, or damaged.
    OSError
        It cannot be read.
    """
    mark = _mark(path)
    kept = kept_as(layout, path)
    if (found := _kept(path, kept, mark, key)) is not None:
        return found
    index, parts = _packed(path, key)
    _keep(kept, mark, index, parts)
    return Footer(path, index, parts)


def remember(layout: Layout, path: Path, key: str) -> None:
    """Keep the footer of a file that was just put in place, so that the first question need not."""
    _keep(kept_as(layout, path), _mark(path), *_packed(path, key))


def false_ones(layout: Layout, whole: Collection[str]) -> Iterator[str]:
    """Name the kept footers that would be believed and are not those of the files they stand for.

    Parameters
    ----------
    layout : Layout
    whole : collection of str
        Names of the lake's files that are undamaged; only theirs are looked at.
    """
    root = layout.cache / "footers"
    for kept in sorted(root.rglob("*.footer")) if root.is_dir() else []:
        path = (layout.root / kept.relative_to(root)).with_suffix(".parquet")
        name = path.relative_to(layout.root).as_posix()
        key = KEYS.get(name.split("/", 1)[0])
        if name not in whole or key is None or _kept(path, kept, _mark(path), key) is None:
            continue
        if kept.read_bytes() != _text(_mark(path), *_packed(path, key)):
            yield kept.relative_to(layout.root).as_posix()


def sweep_footers(layout: Layout) -> None:
    """Remove half-written footers of processes that were killed.

    One that is being written may be among them: its owner finds it gone, and the next question writes it anew.
    """
    for left in (layout.cache / "footers").rglob(".*.footer.*.tmp"):
        with suppress(OSError):
            left.unlink()


def _mark(path: Path) -> tuple[int, int, int]:
    """Tell one state of a file from another, without reading it: it is replaced whole, never changed."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


def _kept(path: Path, kept: Path, mark: tuple[int, int, int], key: str) -> Footer | None:
    """Read the index of a kept footer; None where there is none to be believed."""
    try:
        with kept.open("rb", buffering=0) as f:
            kind, size, changed, number, packed, length = _HEAD.unpack(_all(f, _HEAD.size))
            if kind != _KIND or (size, changed, number) != mark or max(length, packed) > _MOST_BYTES:
                return None
            index = msgspec.msgpack.decode(_unpack(_all(f, packed), length), type=_Index)
    except (OSError, struct.error, msgspec.DecodeError, LakeError):
        return None
    return Footer(path, index, kept, _HEAD.size + packed) if index.key == key else None


def _text(mark: tuple[int, int, int], index: _Index, parts: Sequence[bytes]) -> bytes:
    text = msgspec.msgpack.encode(index)
    packed = pa.Codec("zstd", _LEVEL).compress(text, asbytes=True)
    return b"".join([_HEAD.pack(_KIND, *mark, len(packed), len(text)), packed, *parts])


def _keep(kept: Path, mark: tuple[int, int, int], index: _Index, parts: Sequence[bytes]) -> None:
    temporary = kept.with_name(f".{kept.name}.{os.getpid()}.tmp")
    # where nothing can be written, on a full or read-only disk, the files' own footers are read
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(_text(mark, index, parts))
            temporary.replace(kept)
        finally:
            temporary.unlink(missing_ok=True)


def _packed(path: Path, key: str) -> tuple[_Index, list[bytes]]:
    """Take a file's own footer apart and pack the parts."""
    own = own_footer(path)
    try:
        meta = pq.read_metadata(pa.BufferReader(own))
        apart = split(own[:-_TAIL])
    except (OSError, ValueError, pa.ArrowException) as e:
        raise LakeError(f"{path}: damaged: {e}; wheelsdown verify tells which files are") from e
    if len(apart.groups) != meta.num_row_groups:
        raise LakeError(f"{path}: damaged: its footer contradicts itself; wheelsdown verify tells which files are")
    column = meta.schema.names.index(key)
    ranges = [meta.row_group(g).column(column).statistics for g in range(meta.num_row_groups)]
    if any(r is None for r in ranges):
        raise LakeError(f"{path}: has no statistics of {key}: make the lake anew with wheelsdown ingest")
    keyed = [r for r in ranges if r.has_min_max]
    parts = [pa.Codec("zstd", _LEVEL).compress(g, asbytes=True) for g in apart.groups]
    index = _Index(
        key,
        len(ranges) - len(keyed),
        bool(keyed and keyed[0].null_count),
        [r.min for r in keyed],
        [r.max for r in keyed],
        apart.head,
        apart.tail,
        [0, *accumulate(len(p) for p in parts)],
        [len(g) for g in apart.groups],
    )
    return index, parts


def _unpack(data: bytes, length: int) -> bytes:
    try:
        text: bytes = pa.Codec("zstd").decompress(data, length, asbytes=True)
    except (OSError, pa.ArrowException) as e:
        raise LakeError(f"a packed footer is damaged: {e}; delete the folder .cache/footers") from e
    return text


def own_footer(path: Path) -> bytes:
    """Read a Parquet file's footer out of the file, with length and magic, and no more.

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
