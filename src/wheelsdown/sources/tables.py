"""Tables of any make, cell by cell as text: delimited text, JSON arrays and lines, Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.sources.clean import ROW
from wheelsdown.sources.interface import InputFile, Report

__all__ = [
    "decode_text",
    "delimiter_of",
    "frames_of_lines",
    "heading",
    "json_records",
    "kind_of",
    "parquet_frames",
    "record_at",
    "records_frame",
    "text_frames",
]

PARQUET_MAGIC: Final = b"PAR1"
_BLOCK_ROWS: Final = 100_000
_CELL_LINES_MOST: Final = 50
_DELIMITERS: Final = ",;\t|"
_BOMS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


def kind_of(head: bytes) -> str | None:
    """Tell a table's make from its first bytes: parquet, json, lines (of JSON), text, or None."""
    if head.startswith(PARQUET_MAGIC):
        return "parquet"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return None
    if start[:1] == b"[":
        return "json"
    if start[:1] == b"{":
        first, newline, rest = start.partition(b"\n")
        try:
            msgspec.json.decode(first)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return "json"
        return "lines" if newline and rest.strip() else "json"
    if b"\x00" in head and head[:2] not in _BOMS:
        return None
    return "text" if not start.startswith(b"<") else None


def decode_text(data: bytes, report: Report) -> str:
    """Decode text as UTF-8, or UTF-16 where a byte order mark says so; what is neither is replaced and reported."""
    encoding = next((e for bom, e in _BOMS.items() if data.startswith(bom)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as e:
        report.problem(
            f"not {encoding} text at byte {e.start}; such characters were replaced",
            remedy="save the file as UTF-8",
            rows_lost=0,
        )
        return data.decode(encoding, errors="replace")


def delimiter_of(line: str) -> str:
    """Guess the delimiter of a heading: the one it holds most of."""
    return max(_DELIMITERS, key=line.count)


def heading(head: bytes) -> list[str]:
    """Name the columns of delimited text from its first bytes; empty where there are none. Never raises."""
    text = decode_text(head[: len(head) // 2 * 2], Report(""))
    try:
        return [
            c.strip()
            for c in next(csv.reader([text.split("\n", 1)[0]], delimiter=delimiter_of(text.split("\n", 1)[0])))
        ]
    except (csv.Error, StopIteration):
        return []


def text_frames(file: InputFile, delimiter: str | None = None) -> Iterator[pl.DataFrame]:
    """Yield delimited text in frames of strings, empty cells null, with the line number as `row`.

    A line with another number of cells than the heading is left out and reported. A quoted cell may go over several
    lines; a quote that does not end costs its own line and no other.

    Raises
    ------
    SourceError
        There is no heading, or two columns have one name.
    """
    lines = list(io.StringIO(decode_text(file.read_bytes(), file.report), newline=None))
    yield from frames_of_lines(lines, str(file.path), file.report, delimiter)


def frames_of_lines(
    lines: list[str],
    name: str,
    report: Report,
    delimiter: str | None = None,
    names: list[str] | None = None,
    start: int = 0,
    only: Collection[str] | None = None,
) -> Iterator[pl.DataFrame]:
    """Yield lines of delimited text as `text_frames` does.

    Where `names` are given, records begin in line `start`; columns that are not among `only` are passed over.
    """
    mark = delimiter or delimiter_of(lines[0] if lines else "")
    at = start
    if names is None:
        try:
            names, at = record_at(lines, 0, mark)
        except csv.Error as e:
            raise SourceError(name, f"the heading is broken: {e}", row=1) from e
    names = [c.strip() for c in names]
    if not any(names):
        raise SourceError(name, "no heading in the first line", row=1)
    while names and not names[-1]:
        names.pop()  # a trailing delimiter is no column
    if len(set(names)) < len(names) or ROW in names:
        twice = next(n for i, n in enumerate(names) if n in names[:i] or n == ROW)
        raise SourceError(name, "a column name that is used twice or reserved", row=1, field=twice, remedy="rename it")
    width, bad = len(names), _Tally()
    taken = [i for i, n in enumerate(names) if only is None or n in only]
    part = len(taken) < width
    names = [names[i] for i in taken]
    cells: list[list[str]] = []
    rows: list[int] = []
    while at < len(lines):
        number = at + 1
        try:
            line, at = record_at(lines, at, mark)
        except csv.Error as e:
            bad.add(f"broken line: {e}", number, lines[at].rstrip("\n"))
            at += 1
            continue
        if not any(line):
            continue
        if len(line) != width and (len(line) < width or any(line[width:])):
            bad.add(f"{len(line)} cells where the heading has {width}", number, ",".join(line))
            at = number
            continue
        cells.append([line[i] for i in taken] if part else line[:width])
        rows.append(number)
        if len(cells) >= _BLOCK_ROWS:
            yield _strings(names, cells, rows)
            cells, rows = [], []
    bad.report(report)
    if cells:
        yield _strings(names, cells, rows)


def record_at(lines: list[str], at: int, delimiter: str) -> tuple[list[str], int]:
    """Split the record that begins in a line; also give the line after it.

    Raises
    ------
    csv.Error
        The line is broken: a quote in it does not end within 50 lines, or a cell is too long.
    """
    first = lines[at] if at < len(lines) else ""
    if '"' not in first:
        return first.rstrip("\n").split(delimiter), at + 1
    quotes = 0
    for end in range(at, min(at + _CELL_LINES_MOST, len(lines))):
        quotes += lines[end].count('"')
        if end > at and quotes % 2:
            continue
        try:
            return next(csv.reader(lines[at : end + 1], delimiter=delimiter, strict=True)), end + 1
        except csv.Error:
            if quotes % 2 == 0:
                break
    if first.count('"') % 2:
        raise csv.Error("a quote that does not end")
    return next(csv.reader([first], delimiter=delimiter)), at + 1


def _strings(names: list[str], cells: list[list[str]], rows: list[int]) -> pl.DataFrame:
    frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")
    frame = frame.with_columns(pl.when(pl.col(n).str.strip_chars() != "").then(pl.col(n)).alias(n) for n in names)
    return frame.with_columns(pl.Series(ROW, rows, dtype=pl.Int64))


class _Tally:
    """Counts faults of one reason, to report each reason once."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = defaultdict(int)
        self.first: dict[str, tuple[int, str | None]] = {}

    def add(self, reason: str, row: int, value: str | None) -> None:
        self.counts[reason] += 1
        self.first.setdefault(reason, (row, value))

    def report(self, report: Report) -> None:
        for reason, count in self.counts.items():
            row, value = self.first[reason]
            report.problem(reason, row=row, value=value, rows_lost=count)


def json_records(file: InputFile, records: str | None = None) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """Yield the objects of a JSON array, of the array under the key `records` (dotted), or of JSON lines.

    Raises
    ------
    SourceError
        The file is no JSON, or there is no list where one is expected.
    """
    bad = _Tally()
    if kind_of(file.head) == "lines":
        out: list[tuple[int, dict[str, Any]]] = []
        for number, line in file.lines():
            if not line.strip():
                continue
            try:
                value = msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
                bad.add(f"broken line: {e}", number, line[:80].decode("utf-8", "replace"))
                continue
            items = _inside(value, records) if records else [value]
            for item in items if isinstance(items, list) else [items]:
                if isinstance(item, dict):
                    out.append((number, item))
                else:
                    bad.add("not an object", number, str(item)[:80])
            if len(out) >= _BLOCK_ROWS:
                yield out
                out = []
        bad.report(file.report)
        yield out
        return
    try:
        whole = msgspec.json.decode(file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        raise SourceError(str(file.path), f"broken JSON: {e}", remedy="fetch it again; it may be cut off") from e
    items = _inside(whole, records) if records else whole
    if not isinstance(items, list):
        keys = ", ".join(list(items)[:8]) if isinstance(items, dict) else type(items).__name__
        raise SourceError(
            str(file.path),
            f"no list of records{f' under {records}' if records else ''}",
            field=records,
            remedy=f'name the key that holds it: records = "..." (here: {keys})',
        )
    for start in range(0, len(items), _BLOCK_ROWS):
        good = []
        for i, item in enumerate(items[start : start + _BLOCK_ROWS], start + 1):
            if isinstance(item, dict):
                good.append((i, item))
            else:
                bad.add("not an object", i, str(item)[:80])
        yield good
    bad.report(file.report)


def _inside(value: Any, dotted: str) -> Any:
    """Follow a key, or keys joined by dots."""
    if isinstance(value, Mapping) and dotted in value:
        return value[dotted]
    for key in dotted.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def records_frame(records: list[tuple[int, dict[str, Any]]], keys: Iterable[str]) -> pl.DataFrame:
    """Turn objects into a frame of strings, one column a key (dotted keys reach inside), with `row`."""
    columns: dict[str, pl.Series] = {}
    for key in keys:
        flat = "." not in key
        raw = [r.get(key) if flat else _inside(r, key) for _, r in records]
        columns[key] = pl.Series(key, [_text(v) for v in raw], dtype=pl.String)
    return pl.DataFrame(columns).with_columns(pl.Series(ROW, [n for n, _ in records], dtype=pl.Int64))


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, (dict, list, bool)):
        return json.dumps(value)
    return str(value)


def parquet_frames(
    file: InputFile, columns: list[str] | None = None, where: pl.Expr | None = None
) -> Iterator[pl.DataFrame]:
    """Yield a Parquet file in blocks of rows, of the columns that it has among those named.

    With `where`, the rows that meet it come in one block; where the file is sorted, the rest of it is not unpacked.

    Raises
    ------
    SourceError
        It is no Parquet file, or damaged.
    """
    try:
        scan = pl.scan_parquet(file.buffer() if file.gzipped else file.path, glob=False)
        have = scan.collect_schema().names()
        wanted = [c for c in have if columns is None or c in columns]
        if where is not None:
            yield scan.filter(where).select(wanted).collect()
            return
        height = scan.select(pl.len()).collect().item()
        for start in range(0, height, _BLOCK_ROWS * 5):
            yield scan.select(wanted).slice(start, _BLOCK_ROWS * 5).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as e:
        raise SourceError(str(file.path), f"damaged Parquet: {e}", remedy="fetch or write it again") from e
