"""Many readsb traces at once: gzip to POSITIONS, a batch at a time, without an object for each value.

The compiled scanner reads what readsb writes; every trace that it refuses goes to the strict decoder. What cannot be
read is a row of PROBLEMS with the trace's name.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

import numpy as np
import polars as pl
from isal import isal_zlib

from wheelsdown.errors import SourceError
from wheelsdown.provenance import Receipt
from wheelsdown.schema import POSITIONS
from wheelsdown.sources import clean as cleaning
from wheelsdown.sources.clean import FILE, ROW
from wheelsdown.sources.interface import Claim, Report
from wheelsdown.sources.reading import made_ready, problems_frame, told
from wheelsdown.sources.readsb_trace import ReadsbTrace, decode, trace_claim
from wheelsdown.sources.trace_columns import ROOM, TraceColumns, gathered

__all__ = ["MAX_TRACE_BYTES", "Decoded", "TraceBatch", "unpacked"]

MAX_TRACE_BYTES: Final = 64 << 20
"""The largest trace, unpacked: a point every third of a second all day. A usual day takes a few megabytes at most, and
the strict decoder needs some twenty times a text's size."""
ROWS_MOST: Final = 500_000
_GZIP: Final = b"\x1f\x8b"
_WITH_GZIP_HEADER: Final = 31
_BLOCK: Final = 1 << 20
_SHORT: Final = 8
_DAMAGED: Final[type[Exception]] = isal_zlib.error  # type: ignore[assignment]


@dataclass(frozen=True)
class Decoded:
    """What a batch of traces held."""

    positions: pl.DataFrame
    """POSITIONS: each value checked, not sorted, repeated rows kept."""
    problems: pl.DataFrame
    """PROBLEMS; the file is the trace's name."""
    claims: list[Claim]
    """What the traces say of their aircraft."""
    receipts: list[Receipt]
    """The receipts given, once each, with the rows read under each."""


class TraceBatch:
    """Collects traces until `full`, and gives them as one table.

    Parameters
    ----------
    rows_most : int
        Rows from which on the batch counts as full. Nothing is refused then; it only takes more memory.
    max_trace_bytes : int
        A trace that unpacks to more is left out, and told.

    Notes
    -----
    Rows of an address that is no airframe's (``~``, or none that can be read) get a `track_id` from the trace's name
    and receipt: they must not be tied to those of another day.
    """

    def __init__(self, rows_most: int = ROWS_MOST, *, max_trace_bytes: int = MAX_TRACE_BYTES) -> None:
        self.rows_most = rows_most
        self.max_trace_bytes = max_trace_bytes
        self._begin()

    def _begin(self) -> None:
        self._columns = TraceColumns(self.rows_most + ROOM)
        self._reports: list[Report] = []
        self._receipts: list[Receipt | None] = []
        self._fast: list[int] = []
        self._strict: list[pl.DataFrame] = []
        self._strict_rows = 0
        self._read: dict[tuple[str, str], int] = defaultdict(int)
        self._given: dict[tuple[str, str], Receipt] = {}
        self._claims: list[Claim] = []

    @property
    def rows(self) -> int:
        """Positions read since the last `take`."""
        return self._columns.rows + self._strict_rows

    @property
    def full(self) -> bool:
        """It is time to `take`."""
        return self.rows >= self.rows_most or self._columns.full

    def add(self, data: bytes, *, name: str, receipt: Receipt | None = None) -> int:
        """Read one trace.

        Parameters
        ----------
        data : bytes
            The file's content, gzip or not.
        name : str
            Its name, for problems; an address or day that the trace lacks is taken from it.
        receipt : Receipt, optional
            The file that the rows rest on: the trace's own, or that of the archive it lies in.

        Returns
        -------
        int
            How many positions were read. What could not be is told in the problems that `take` gives; nothing is
            raised.
        """
        report, number = Report(name), len(self._reports)
        self._reports.append(report)
        self._receipts.append(receipt)
        rows = 0
        with told(report):
            text = unpacked(data, name, report, max_bytes=self.max_trace_bytes)
            scanned = self._columns.add(text)
            if scanned is not None:
                rows = scanned.rows
                self._fast.append(number)
                if claim := trace_claim(scanned.header, scanned.base_s):
                    self._claims.append(claim)
            elif (frame := decode(text, name, report)) is not None:
                ready = made_ready(frame, report, ReadsbTrace.name)
                rows = ready.height
                self._strict_rows += rows
                self._strict.append(
                    ready.with_columns(
                        pl.lit(receipt.receipt if receipt else None, dtype=pl.String).alias("receipt"),
                        pl.lit(number, dtype=pl.UInt32).alias(FILE),
                    )
                )
        self._claims += report.claims
        if receipt is not None:
            self._read[receipt.sha256, receipt.file] += rows
            self._given[receipt.sha256, receipt.file] = receipt
        return rows

    def take(self) -> Decoded:
        """Give what was read, and begin anew."""
        frames, found = [], []
        if self._columns.rows:
            good, findings = cleaning.clean(self._fast_frame(), distinct=self._columns.distinct())
            frames.append(good)
            found += findings
        if self._strict:
            good, findings = cleaning.clean(pl.concat(self._strict))
            frames.append(good)
            found += findings
        positions = POSITIONS.empty()
        if frames:
            positions = self._with_tracks(pl.concat(frames)).select(POSITIONS.names)
        decoded = Decoded(
            positions,
            problems_frame(self._reports, [f for f in found if f.height]),
            self._claims,
            [self._given[k].read_as(ReadsbTrace.name, n) for k, n in self._read.items()],
        )
        self._begin()
        return decoded

    def _fast_frame(self) -> pl.DataFrame:
        """Give the rows of the scanner, ready for `clean`."""
        trace, row = self._columns.numbers()
        receipts = [self._receipts[n] for n in self._fast]
        return self._columns.frame().select(
            *(
                pl.col(c.name) if c.name in self._columns.names else pl.lit(None, dtype=c.dtype).alias(c.name)
                for c in POSITIONS.columns[:-1]
            ),
            gathered([r.receipt if r else None for r in receipts], trace).alias("receipt"),
            pl.Series(ROW, row),
            pl.Series(FILE, np.array(self._fast, dtype=np.uint32)[trace]),
        )

    def _with_tracks(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Name the recordings that no address of an airframe ties."""
        loose = pl.col("icao24").is_null() | pl.col("icao24").str.starts_with("~")
        which = frame.select(loose.alias("loose"))["loose"]
        if not which.any():
            return frame
        tracks = {
            n: PurePath(self._reports[n].file).name.split(".")[0] + (f"@{r.receipt[:_SHORT]}" if r else "")
            for n in frame.filter(which)[FILE].unique().to_list()
            for r in [self._receipts[n]]
        }
        names = pl.col(FILE).replace_strict(tracks, default=None, return_dtype=pl.String)
        return frame.with_columns(track_id=pl.when(loose).then(names))


def unpacked(data: bytes, name: str, report: Report, *, max_bytes: int = MAX_TRACE_BYTES) -> bytes:
    """Unpack a gzip stream, or hand on what is none.

    Damage is reported, and what came before it is given.

    Raises
    ------
    SourceError
        It unpacks to more than `max_bytes`.
    """
    if data[:2] != _GZIP:
        return _bounded(data, name, max_bytes)
    stream = isal_zlib.decompressobj(wbits=_WITH_GZIP_HEADER)
    try:
        text: bytes = stream.decompress(data, max_bytes + 1)
        if stream.eof and not stream.unused_data:
            return _bounded(text, name, max_bytes)
    except _DAMAGED:
        pass  # the standard library's reader tells what is wrong, and gives what came before
    return _slowly(data, name, report, max_bytes)


def _bounded(text: bytes, name: str, max_bytes: int) -> bytes:
    if len(text) > max_bytes:
        raise SourceError(
            name,
            f"unpacks to more than {max_bytes} bytes",
            remedy="no day of one aircraft is as large; it was left out",
        )
    return text


def _slowly(data: bytes, name: str, report: Report, max_bytes: int) -> bytes:
    """Unpack block by block, as `InputFile.blocks` does with a file."""
    parts: list[bytes] = []
    total = 0
    with gzip.open(io.BytesIO(data), "rb") as f:
        while True:
            try:
                block = f.read1(_BLOCK)
            except (EOFError, zlib.error, gzip.BadGzipFile) as e:
                report.problem(
                    f"the gzip stream is damaged or cut off after {total} bytes: {e}",
                    remedy="fetch the file again; what could be unpacked was kept",
                )
                break
            if not block:
                break
            parts.append(block)
            total += len(block)
            if total > max_bytes:
                break
    return _bounded(b"".join(parts), name, max_bytes)
