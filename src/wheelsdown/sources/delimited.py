"""Reads delimited text in blocks, line by line: a broken line costs itself and nothing else.

This reader is for files that programs write, and fast. Tables that people make go through `tables.text_frames`, which
is slower and takes cells of several lines, UTF-16, and any delimiter.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from wheelsdown.sources.interface import InputFile
from wheelsdown.sources.rawcolumns import RawColumns

__all__ = ["REST", "header_of", "tables"]

REST: Final = "rest"
_BLOCK_LINES: Final = 100_000
_BOM: Final = b"\xef\xbb\xbf"


def header_of(head: bytes) -> list[str]:
    """Column names of the first line, trimmed, in lower case; empty where it is no delimited text."""
    line = head.removeprefix(_BOM).split(b"\n", 1)[0].rstrip(b"\r")
    if not line or b"\0" in line:
        return []
    names = _split(line, _delimiter(line))
    return [] if names is None else [n.strip().lower() for n in names]


def tables(file: InputFile, *, rest: bool = False) -> Iterator[RawColumns]:
    """Read text whose first line names the columns.

    Parameters
    ----------
    rest
        Cells beyond the last named column are allowed, and come as a column `REST`, joined by commas.

    Yields
    ------
    RawColumns
        At most 100,000 lines; names in lower case. A line with too few or too many cells is reported and left out.
    """
    block: _Block | None = None
    for number, line in file.lines():
        if block is None:
            heading = line.removeprefix(_BOM)
            delimiter = _delimiter(heading)
            names = [n.strip().lower() for n in _split(heading, delimiter) or []]
            while names and not names[-1]:
                names.pop()
            block = _Block(names, delimiter, rest)
        elif line.strip():
            block.lines.append(line)
            block.numbers.append(number)
            if len(block.lines) >= _BLOCK_LINES:
                yield block.columns(file)
                block = _Block(block.names, block.delimiter, rest)
    if block is not None and block.lines:
        yield block.columns(file)


@dataclass
class _Block:
    names: list[str]
    delimiter: str
    rest: bool
    lines: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def columns(self, file: InputFile) -> RawColumns:
        mark, between = self.delimiter.encode(), len(self.names) - 1
        if not self.rest and not any(b'"' in s or s.count(mark) != between for s in self.lines):
            frame = pl.read_csv(
                b"\n".join(self.lines),
                has_header=False,
                infer_schema=False,
                separator=self.delimiter,
                quote_char=None,
                encoding="utf8-lossy",
            )
            if frame.height == len(self.lines):
                cells = {n: frame.to_series(i) for i, n in enumerate(self.names)}
                return RawColumns(cells, file.report, pl.Series(self.numbers, dtype=pl.Int64))
        return self._by_line(file)

    def _by_line(self, file: InputFile) -> RawColumns:
        rows: list[list[str]] = []
        kept: list[int] = []
        width = len(self.names)
        for number, line in zip(self.numbers, self.lines, strict=True):
            cells = _split(line, self.delimiter)
            if cells is None or len(cells) < width or (not self.rest and any(c.strip() for c in cells[width:])):
                said = "quotes or characters that break it" if cells is None else f"{len(cells)} cells"
                file.report.problem(
                    f"a broken line: {said}, the heading names {width}",
                    row=number,
                    value=line[:80].decode("utf-8", "replace"),
                    rows_lost=1,
                )
                continue
            rows.append([*cells[:width], ",".join(cells[width:])])
            kept.append(number)
        columns = list(zip(*rows, strict=True)) if rows else [()] * (width + 1)
        named = {n: pl.Series(columns[i], dtype=pl.String) for i, n in enumerate([*self.names, REST])}
        return RawColumns(named, file.report, pl.Series(kept, dtype=pl.Int64))


def _delimiter(line: bytes) -> str:
    return max(",;\t", key=lambda c: line.count(c.encode()))


def _split(line: bytes, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([line.decode("utf-8", "replace")], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None
