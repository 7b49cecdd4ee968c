"""What readers of context share: text as it was written, numbers and days, and what could not be read of them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.sources.clean import ROW
from wheelsdown.sources.interface import InputFile, Report
from wheelsdown.sources.tables import delimiter_of, frames_of_lines, kind_of, record_at

__all__ = ["CELL_MOST", "Rows", "Telling", "decoded", "frames", "names_of", "plain", "release_in", "text_lines"]

CELL_MOST: Final = 131_072
"""Characters of one cell that are kept; what is longer is cut, and said to be."""
_LISTED_MOST: Final = 20
_HEADING_BYTES: Final = 1 << 14
_BOMS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_NO_NUMBER: Final = ("na", "nan", "null", "none", "n/a", "-")
_DAY: Final = r"^\s*(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?\s*$"
_FIRST, _LAST = date(1800, 1, 1), date(2100, 1, 1)
_RELEASE: Final = re.compile(r"(?<!\d)((?:19|20)\d{2})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?(?!\d|-)")
_CONTROL: Final = r"[\p{Cc}]+"


def decoded(data: bytes, report: Report) -> str:
    """Decode text by its byte order mark, else as UTF-8, else as cp1252 or latin-1; NUL bytes are left out and told."""
    encoding = next((e for bom, e in _BOMS.items() if data.startswith(bom)), None)
    text = None
    for one in (encoding,) if encoding else ("utf-8", "cp1252"):
        try:
            text = data.decode(one)
            break
        except UnicodeDecodeError:
            continue
    if text is None and encoding:
        report.problem(f"not whole {encoding} text; broken characters were replaced", rows_lost=0)
        text = data.decode(encoding, errors="replace")
    elif text is None:
        text = data.decode("latin-1")  # every byte is a character of it
    if nuls := text.count("\0"):
        report.problem(f"{nuls} NUL characters; left out", remedy="is the file whole? fetch it again", rows_lost=0)
        text = text.replace("\0", "")
    return text


def text_lines(file: InputFile) -> list[str]:
    """Lines of a file of text, each with its end."""
    text = decoded(file.read_bytes(), file.report).replace("\r\n", "\n").replace("\r", "\n")
    lines = [line + "\n" for line in text.split("\n")]
    if lines[-1] == "\n":
        lines.pop()
    return lines


def names_of(head: bytes) -> list[str]:
    """Column names in the first line, trimmed, in lower case; empty where it is no delimited text. Never raises."""
    if kind_of(head.replace(b"\0", b"") if head[:2] not in _BOMS else head) != "text":
        return []
    line = decoded(head[: _HEADING_BYTES & ~1], Report("")).replace("\r", "\n").split("\n", 1)[0]
    try:
        return [c.strip().lower() for c in next(csv.reader([line], delimiter=delimiter_of(line)), [])]
    except csv.Error:
        return []


def frames(
    file: InputFile,
    needs: Collection[str],
    *,
    names: list[str] | None = None,
    only: Collection[str] | None = None,
) -> Iterator[pl.DataFrame]:
    """Yield delimited text in frames of strings, names in lower case, empty cells null, the line number as `row`.

    `names` are those of the columns where there is no heading; columns that are not among `only` are passed over.
    A column of the file that is itself called `row` comes as `row_`, one without a name as `unnamed_1` and so on.

    Raises
    ------
    SourceError
        There is no heading, it lacks a column that is needed, or two columns have one name.
    """
    lines, path = text_lines(file), str(file.path)
    mark, start = delimiter_of(lines[0] if lines else ""), 0
    if names is None:
        try:
            heading, start = record_at(lines, 0, mark)
        except csv.Error as e:
            raise SourceError(path, f"the heading is broken: {e}", row=1) from e
        names = [c.strip().lower() for c in heading]
        while names and not names[-1]:
            names.pop()
        names = [f"{ROW}_" if c == ROW else c or f"unnamed_{i}" for i, c in enumerate(names, start=1)]
    if missing := [c for c in needs if c not in names]:
        raise SourceError(path, "the heading lacks a column", row=1, field=missing[0], remedy="is it the right table?")
    yield from frames_of_lines(lines, path, file.report, mark, names, start, only)


def plain(cells: pl.Series) -> pl.Series:
    """Text of one line: control characters become spaces; all else, marks of writing direction too, stays."""
    return cells.str.replace_all(_CONTROL, " ").str.strip_chars().replace("", None)


def release_in(name: str) -> str | None:
    """Date in a file's name, as ``2022-07`` or ``2022-07-28``; None where there is none."""
    found = _RELEASE.search(name)
    return found[0] if found else None


class Telling:
    """Reports faults row by row; after twenty of one kind the rest in one line."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.counts: Counter[tuple[str, str | None, str | None]] = Counter()
        self.lost: Counter[tuple[str, str | None, str | None]] = Counter()

    def tell(self, reason: str, row: int, field: str | None, value: object, remedy: str | None, *, lost: bool) -> None:
        """Report one row, or count it."""
        key = (reason, field, remedy)
        self.counts[key] += 1
        if self.counts[key] <= _LISTED_MOST:
            self.report.problem(reason, row=row, field=field, value=value, remedy=remedy, rows_lost=int(lost))
        else:
            self.lost[key] += int(lost)

    def finish(self) -> None:
        """Report what was counted and not listed."""
        for key, count in self.counts.items():
            if (more := count - _LISTED_MOST) > 0:
                reason, field, remedy = key
                self.report.problem(
                    f"{reason}: {more} further rows", field=field, remedy=remedy, rows_lost=self.lost[key]
                )
        self.counts.clear()


class Rows:
    """A frame of strings on its way into a table: what a cell holds is read, left empty and told, or costs the row."""

    def __init__(self, frame: pl.DataFrame, telling: Telling) -> None:
        self.cells = frame
        self.telling = telling
        self.keep = pl.repeat(value=True, n=frame.height, eager=True)

    def has(self, name: str) -> bool:
        """Tell whether there is such a column."""
        return name in self.cells.columns

    def text(self, name: str) -> pl.Series:
        """Text of a column, of one line each; null where it is empty or there is no such column."""
        if name not in self.cells.columns:
            return pl.repeat(None, self.cells.height, dtype=pl.String, eager=True).alias(name)
        cells = plain(self.cells[name])
        long = (cells.str.len_chars() > CELL_MOST).fill_null(value=False)
        if long.any():
            self._tell(long, name, f"longer than {CELL_MOST:,} characters; cut", None, lost=False)
            cells = cells.str.slice(0, CELL_MOST)
        return cells

    def number(
        self, name: str, *, least: float | None = None, most: float | None = None, needed: bool = False
    ) -> pl.Series:
        """Numbers of a column; what is none, or outside the limits, is left empty and told.

        With `needed` a row without one is left out.
        """
        text = self.text(name)
        text = pl.select(pl.when(~text.str.to_lowercase().is_in(_NO_NUMBER)).then(text)).to_series()
        out = text.cast(pl.Float64, strict=False)
        out = pl.select(pl.when(out.is_finite()).then(out)).to_series()
        self._none(out.is_null() & text.is_not_null(), name, "not a number", "write 12.5", needed)
        if least is not None or most is not None:
            low, high = -float("inf") if least is None else least, float("inf") if most is None else most
            within = out.is_between(low, high)
            self._none(~within.fill_null(value=True), name, f"outside {low:g} to {high:g}", None, needed)
            out = pl.select(pl.when(within).then(out)).to_series()
        if needed:
            self.lose(out.is_null(), name, "no number", "fill it in")
        return out.alias(name)

    def whole(self, name: str, *, least: int, most: int, needed: bool = False) -> pl.Series:
        """Whole numbers, also where they are written ``2020.0``; otherwise as `number`."""
        numbers = self.number(name, least=least, most=most, needed=needed)
        broken = (numbers != numbers.round()).fill_null(value=False)
        self._none(broken, name, "not a whole number", None, needed)
        return pl.select(pl.when(~broken).then(numbers)).to_series().cast(pl.Int32).alias(name)

    def code(self, name: str) -> pl.Series:
        """Codes as text, without the ``.0`` that spreadsheets and data frames hang on."""
        return self.text(name).str.replace(r"^(\d+)\.0+$", "$1")

    def day(self, name: str, patterns: tuple[str, ...] = (), *, needed: bool = False) -> pl.Series:
        """Days written YYYY-MM-DD, a time behind it or not, or by one of the patterns; otherwise as `number`."""
        text = self.text(name)
        out = text.str.extract(_DAY, 1).str.to_date("%Y-%m-%d", strict=False)
        for pattern in patterns:
            more = text.str.to_date(pattern, strict=False)
            out = pl.select(pl.coalesce(out, more)).to_series()
        out = pl.select(pl.when(out.is_between(_FIRST, _LAST)).then(out)).to_series()
        remedy = "write YYYY-MM-DD: the order of day and month is never guessed"
        self._none(out.is_null() & text.is_not_null(), name, "not a day", remedy, needed)
        if needed:
            self.lose(out.is_null(), name, "no day", "fill it in as YYYY-MM-DD")
        return out.alias(name)

    def named(self, name: str) -> pl.Series:
        """Text that a row cannot do without."""
        cells = self.text(name)
        self.lose(cells.is_null(), name, "empty", "fill it in")
        return cells

    def _none(self, bad: pl.Series, name: str, reason: str, remedy: str | None, needed: bool) -> None:
        if needed:
            self.lose(bad, name, reason, remedy)
        else:
            self._tell(bad, name, f"{reason}; left empty", remedy, lost=False)

    def lose(self, bad: pl.Series, field: str, reason: str, remedy: str | None = None) -> None:
        """Leave rows out, and tell each once."""
        bad = bad.fill_null(value=False) & self.keep
        self._tell(bad, field, reason, remedy, lost=True)
        self.keep = self.keep & ~bad

    def _tell(self, bad: pl.Series, field: str, reason: str, remedy: str | None, *, lost: bool) -> None:
        bad = bad.fill_null(value=False) & self.keep
        if not bad.any():
            return
        values = self.cells[field] if field in self.cells.columns else None
        for at in bad.arg_true().to_list():
            value = None if values is None else values[at]
            self.telling.tell(reason, self.cells[ROW][at], field, value, remedy, lost=lost)

    def frame(self, columns: Mapping[str, pl.Series]) -> pl.DataFrame:
        """Give the columns, with `row`, of the rows that were not left out."""
        out = pl.DataFrame([s.alias(n) for n, s in columns.items()])
        return out.with_columns(self.cells[ROW].cast(pl.Int32)).filter(self.keep)
