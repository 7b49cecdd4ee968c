"""A spreadsheet: the table, and a sheet that says what its columns mean, where it comes from and what it cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from wheelsdown.errors import OutputError
from wheelsdown.outputs.cells import JOINT, all_made, as_text, rounded, with_note
from wheelsdown.outputs.interface import SIMULATED, Extras, replacing
from wheelsdown.schema import GRADES
from wheelsdown.table import Table

__all__ = ["OUTPUT", "Xlsx", "write_book"]

_MOST_ROWS: Final = 1_048_575
_MOST_CHARACTERS: Final = 32_767
_CUT: Final = " [cut here: the cell is full]"
_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001  a file's own date would make each run's bytes differ
_WIDEST: Final = 60
_LOOK_AT: Final = 1_000
_MOST_ROWS_OF_MANY: Final = 100_000
_LONGEST_NAME: Final = 31


class Xlsx:
    """Office Open XML. Text is written as text: no address becomes a number, no call sign a formula."""

    name = "xlsx"
    suffix = ".xlsx"

    def write(self, frame: pl.DataFrame, table: Table, path: Path, *, extras: Extras) -> None:
        """Write the file."""
        if frame.height > _MOST_ROWS:
            raise OutputError(
                f"{path}: a sheet holds {_MOST_ROWS:,} rows, not {frame.height:,}; write .csv or .parquet"
            )
        frame, table = with_note(frame, table, extras)
        with _book(path, extras) as book:
            _data(book, frame, table, extras)
            _read_me(book, frame, table, extras)


def write_book(sheets: Sequence[tuple[str, Table, pl.DataFrame]], path: Path, *, extras: Extras) -> None:
    """Write several tables into one file, a sheet each, and a sheet that explains them.

    Parameters
    ----------
    sheets : sequence of (name, table, rows)
        Names are those of the sheets. A table of more than 100,000 rows is not in the file; the first sheet says so.
    path : path
        The file.
    extras : Extras
        What goes with them.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    with _book(path, extras) as book:
        _contents(book, sheets, extras)
        for name, table, frame in sheets:
            if frame.height <= _MOST_ROWS_OF_MANY:
                _data(book, *with_note(frame, table, extras), extras, titled=name)


@contextmanager
def _book(path: Path, extras: Extras) -> Iterator[Any]:
    options = {
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "in_memory": True,
    }
    with replacing(path) as part:
        book = xlsxwriter.Workbook(str(part), options)
        try:
            book.set_properties({"created": _MADE, "comments": " ".join(extras.warnings)})
            yield book
            book.close()
        except XlsxWriterException as e:
            raise OutputError(f"{path}: {e}") from e


def _data(book: Any, frame: pl.DataFrame, table: Table, extras: Extras, *, titled: str = "") -> None:
    title = titled or table.name.lower()
    sheet = book.add_worksheet(f"{title}{' ' + SIMULATED if all_made(frame, table, extras) else ''}"[:_LONGEST_NAME])
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    text = book.add_format({"num_format": "@"})
    time = book.add_format({"num_format": 'yyyy-mm-dd"T"hh:mm:ss"Z"'})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for number, name in enumerate(frame.columns):
        sheet.write_string(0, number, name, head)
    naive = [
        pl.col(n).dt.replace_time_zone(None).dt.truncate("1s")
        for n, t in frame.schema.items()
        if isinstance(t, pl.Datetime)
    ]
    cells = as_text(rounded(frame, table).drop(pl.selectors.datetime()), join_lists=True)
    for number, name in enumerate(frame.columns):
        values = cells[name] if name in cells.columns else frame.select(naive)[name]
        width = len(name)
        form = time if isinstance(values.dtype, pl.Datetime) else text if values.dtype == pl.String else None
        for row, value in enumerate(values, start=1):
            if value is None:
                continue
            if isinstance(value, datetime):
                sheet.write_datetime(row, number, value, form)
            elif isinstance(value, date):
                sheet.write_datetime(row, number, value, day)
            elif isinstance(value, bool):
                sheet.write_boolean(row, number, value)
            elif isinstance(value, str):
                sheet.write_string(row, number, _fits(value), form)
            else:
                sheet.write_number(row, number, value)
            if row <= _LOOK_AT:
                width = max(width, 20 if isinstance(value, datetime) else len(str(value)))
        sheet.set_column(number, number, min(width + 2, _WIDEST), form)
    sheet.freeze_panes(1, 0)
    if frame.width:
        sheet.autofilter(0, 0, max(frame.height, 1), frame.width - 1)


def _read_me(book: Any, frame: pl.DataFrame, table: Table, extras: Extras) -> None:
    sheet = book.add_worksheet("Read me")
    bold = book.add_format({"bold": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    row = 0

    def line(*cells: str, form: Any = wrap) -> None:
        nonlocal row
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, _fits(cell), form)
        row += 1

    for warning in extras.warnings:
        line(warning, form=bold)
    line(f"{table.name}: {table.meaning}", form=bold)
    line(f"{frame.height} rows")
    for note in (*extras.notes, *extras.limits):
        line(note)
    line(f"A cell with several values joins them by '{JOINT}'.")
    row += 1
    line("column", "meaning", "unit", "an empty cell means", form=bold)
    for c in table.columns:
        line(c.name, c.meaning, c.unit, c.null)
    if "grade" in table.names:
        row += 1
        line("grade", "rule", "a sentence may say", form=bold)
        for grade, (rule, verb) in GRADES.items():
            line(grade, rule, verb)
    row += 1
    line("source file", "sha256", "format", "positions", form=bold)
    for r in extras.receipts.iter_rows(named=True):
        count = "" if r["positions"] is None else str(r["positions"])
        line(r["file"], r["sha256"], r["format"] or "", count)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 70)
    sheet.set_column(2, 3, 30)


def _contents(book: Any, sheets: Sequence[tuple[str, Table, pl.DataFrame]], extras: Extras) -> None:
    sheet = book.add_worksheet("Read me")
    bold = book.add_format({"bold": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    lines: list[tuple[tuple[str, ...], Any]] = [((warning,), bold) for warning in extras.warnings]
    lines += [((note,), wrap) for note in (*extras.notes, *extras.limits)]
    lines.append(((f"A cell with several values joins them by '{JOINT}'.",), wrap))
    lines += [((), wrap), (("sheet", "what it is", "rows"), bold)]
    for name, table, frame in sheets:
        fits = frame.height <= _MOST_ROWS_OF_MANY
        rows = f"{frame.height}" if fits else f"{frame.height}: not in this file, see {name}.csv"
        lines.append(((name, table.meaning, rows), wrap))
    lines += [((), wrap), (("column", "meaning", "unit", "an empty cell means", "sheets"), bold)]
    where: dict[tuple[str, ...], list[str]] = {}
    for name, table, _ in sheets:
        for c in table.columns:
            where.setdefault((c.name, c.meaning, c.unit, c.null), []).append(name)
    lines += [((*about, ", ".join(names)), wrap) for about, names in where.items()]
    if any("grade" in table.names for _, table, _ in sheets):
        lines += [((), wrap), (("grade", "rule", "a sentence may say"), bold)]
        lines += [((grade, rule, verb), wrap) for grade, (rule, verb) in GRADES.items()]
    for row, (cells, form) in enumerate(lines):
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, _fits(cell), form)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 70)
    sheet.set_column(2, 4, 30)


def _fits(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - len(_CUT)] + _CUT


OUTPUT = Xlsx()
