"""What a source is: one file a format.

To add one: write a module in this folder (or in a package of your own) with a class that satisfies `Source`, and
register it under the entry point group ``wheelsdown.sources``. It handles a value, ignores it by name, or reports it;
nothing is absorbed quietly.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Protocol, runtime_checkable

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.provenance import Receipt, receipt_of

__all__ = ["Card", "Claim", "InputFile", "Problem", "Report", "Source"]

HEAD_BYTES: Final = 1 << 16
MAX_BYTES: Final = 4 << 30
PARQUET: Final = b"PAR1"
_BLOCK: Final = 1 << 20
_SHOWN: Final = 80


@dataclass(frozen=True)
class Card:
    """Who publishes a format's data, under which terms, and what it can and cannot show."""

    publisher: str
    licence: str
    url: str
    coverage: str
    shows: str
    cannot_show: str


@dataclass(frozen=True)
class Problem:
    """A thing that could not be read: becomes a row of PROBLEMS."""

    file: str
    reason: str
    row: int | None = None
    field: str | None = None
    value: str | None = None
    remedy: str | None = None
    rows_lost: int | None = None


@dataclass(frozen=True)
class Claim:
    """What a file says of an aircraft's identity: becomes a row of REGISTER.

    A claim with a `track_id` speaks of one recording: rows of that recording that carry no address are given the
    claim's address (a flight list names the aircraft of each flight id).
    """

    source: str
    icao24: str | None = None
    registration: str | None = None
    typecode: str | None = None
    type_name: str | None = None
    operator: str | None = None
    operator_icao: str | None = None
    serial_number: str | None = None
    year_built: str | None = None
    military: bool | None = None
    as_of: str | None = None
    note: str | None = None
    track_id: str | None = None


@dataclass
class Report:
    """Collects what could not be read from one file while the rest is kept."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    """What the file says of identities."""
    members: list[Receipt] = field(default_factory=list)
    """Receipts of files inside this one that rows name as theirs."""
    notes: list[str] = field(default_factory=list)
    """Plain sentences for the user: what was ignored by name, and how often."""

    def problem(
        self,
        reason: str,
        *,
        row: int | None = None,
        field: str | None = None,
        value: object = None,
        remedy: str | None = None,
        rows_lost: int | None = None,
    ) -> None:
        """Note one problem; the value is cut to 80 characters."""
        shown = None if value is None else str(value)[:_SHOWN]
        self.problems.append(Problem(self.file, reason, row, field, shown, remedy, rows_lost))


class InputFile:
    """A file on disk, seen through gzip if it is gzip, whatever its name says.

    A truncated or damaged gzip stream yields its good part and is reported. Decompressed size is capped
    (a few bytes of gzip can hold gigabytes).
    """

    def __init__(
        self,
        path: Path,
        report: Report,
        *,
        max_bytes: int = MAX_BYTES,
        receipt: Receipt | None = None,
        parts: Sequence[Path] = (),
    ) -> None:
        self.path = path
        self.parts: tuple[Path, ...] = tuple(parts) or (path,)
        """The files of a split archive, in order; `path` is the first."""
        self.name = path.name
        self.report = report
        self.max_bytes = max_bytes
        self.receipt: Receipt = receipt or receipt_of(path)
        self.receipts = (self.receipt, *(receipt_of(p) for p in self.parts[1:]))
        """One a part."""
        self.rows_by_part: tuple[int, ...] = ()
        """Set by a source that reads parts: rows out of each."""
        with path.open("rb") as f:
            self.gzipped = f.read(2) == b"\x1f\x8b"
        self.head: bytes = self._first(HEAD_BYTES)
        """First 64 KiB, decompressed; for Parquet the footer follows, for that is where its columns are named."""
        if self.head.startswith(PARQUET) and not self.gzipped:
            self.head += self._footer()

    def _raw(self) -> BinaryIO:
        if self.gzipped:
            return gzip.open(self.path, "rb")  # type: ignore[return-value]
        return self.path.open("rb")

    def _first(self, size: int) -> bytes:
        with self._raw() as f:
            parts: list[bytes] = []
            try:
                while size > 0 and (block := f.read(min(size, 1 << 12))):
                    parts.append(block)
                    size -= len(block)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                pass  # reported when the file is read whole
            return b"".join(parts)

    def _footer(self) -> bytes:
        """Metadata at the end of a Parquet file: its length is in the 4 bytes before the closing mark."""
        with self.path.open("rb") as f:
            size = f.seek(0, io.SEEK_END)
            f.seek(max(size - 8, 0))
            tail = f.read(8)
            if size < 12 or tail[4:] != PARQUET:
                return b""
            length = min(int.from_bytes(tail[:4], "little"), size - 8)
            f.seek(size - 8 - length)
            return f.read(min(length, HEAD_BYTES))

    def blocks(self) -> Iterator[bytes]:
        """Decompressed bytes in blocks of at most 1 MiB; damage is reported once, what came before it is kept."""
        total = 0
        with self._raw() as f:
            while True:
                try:
                    # read1 hands over what has been decoded before the damage; read would lose it
                    block = f.read1(_BLOCK) if hasattr(f, "read1") else f.read(_BLOCK)
                except (EOFError, zlib.error, gzip.BadGzipFile) as e:
                    self.report.problem(
                        f"the gzip stream is damaged or cut off after {total} bytes: {e}",
                        remedy="fetch the file again; what could be unpacked was kept",
                    )
                    return
                if not block:
                    return
                total += len(block)
                if total > self.max_bytes:
                    raise SourceError(
                        str(self.path),
                        f"unpacks to more than {self.max_bytes} bytes",
                        remedy="split the file, or raise the limit if you trust its origin",
                    )
                yield block

    def read_bytes(self) -> bytes:
        """Whole content, decompressed."""
        return b"".join(self.blocks())

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Number (from 1) and bytes of each line, without its end."""
        rest, number = b"", 0
        for block in self.blocks():
            parts = (rest + block).split(b"\n")
            rest = parts.pop()
            for part in parts:
                number += 1
                yield number, part.rstrip(b"\r")
        if rest:
            yield number + 1, rest.rstrip(b"\r")

    def buffer(self) -> io.BytesIO:
        """Whole content as a seekable buffer."""
        return io.BytesIO(self.read_bytes())


@runtime_checkable
class Source(Protocol):
    """A format: recognises its files and turns them into rows of one table."""

    name: str
    """Short name, as in ``--as NAME``."""
    table: str
    """Name of the schema table it yields, e.g. ``POSITIONS``."""
    card: Card

    def detect(self, head: bytes, name: str) -> bool:
        """Tell from the first 64 KiB (decompressed) and the file's name whether this is the format. Never raises."""
        ...

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield frames with some of the table's columns, right in name, type and unit.

        Missing columns, ``receipt``, range checks and duplicates are the caller's business; a source of archives gives
        each row the ``receipt`` of the file inside, and that receipt to ``file.report.members``. A further integer
        column ``row`` (line or record, from 1) lets the caller name the row in its problems; without it the count of
        rows yielded so far is used. What cannot be read goes to ``file.report`` row by row; a file of which nothing
        can be read raises `SourceError`.
        """
        ...
