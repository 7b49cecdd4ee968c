"""Who flew: the user's identity file, and the table of what was claimed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import REGISTER
from wheelsdown.sources.interface import Claim, Report

__all__ = ["IdentityRow", "claims_frame", "read_identity", "tie_of_registration"]

_KEYS: Final = ("file", "registration", "icao24", "typecode", "operator", "source", "as_of", "note")
_MOST_BYTES: Final = 16 << 20


@dataclass(frozen=True)
class IdentityRow:
    """One line of the user's file: the aircraft that the matching files recorded."""

    row: int
    pattern: str
    claim: Claim

    def matches(self, path: str) -> bool:
        """Tell whether the pattern names this file, by its name or by the end of its path."""
        path, pattern = PurePath(path).as_posix(), PurePath(self.pattern).as_posix()
        return any(fnmatchcase(s, pattern) for s in (PurePath(path).name, path)) or fnmatchcase(path, f"*/{pattern}")


def tie_of_registration(registration: str) -> str:
    """Name the recording that all files of one registration form, e.g. ``reg:4KAZ60``."""
    return "reg:" + re.sub(r"[^0-9A-Z]", "", registration.upper())


def read_identity(path: Path) -> tuple[list[IdentityRow], Report]:
    """Read the user's identity file: CSV with `file` and `registration` or `icao24`, and perhaps more.

    Returns
    -------
    tuple
        The usable rows, and a report of those that are not.

    Raises
    ------
    SourceError
        The file cannot be read, or its heading lacks a column without which no row is usable.
    """
    report = Report(str(path))
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SourceError(str(path), f"larger than {_MOST_BYTES} bytes", remedy="is this the identity file?")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as e:
        raise SourceError(str(path), f"cannot be read: {e.strerror or e}") from e
    except UnicodeDecodeError as e:
        raise SourceError(str(path), "is not UTF-8 text", remedy="save it as CSV UTF-8") from e
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    names = [(n or "").strip().lower() for n in reader.fieldnames or []]
    reader.fieldnames = names
    if "file" not in names or not {"registration", "icao24"} & set(names):
        missing = "file" if "file" not in names else "registration or icao24"
        raise SourceError(
            str(path), "the heading lacks a column", row=1, field=missing, remedy=f"columns: {', '.join(_KEYS)}"
        )
    for extra in [n for n in names if n not in _KEYS]:
        report.problem("unknown column, ignored", row=1, field=extra, remedy=f"columns: {', '.join(_KEYS)}")
    rows: list[IdentityRow] = []
    try:
        for cells in reader:
            row = _row(path, reader.line_num, {k: (cells.get(k) or "").strip() for k in _KEYS}, report)
            rows += [row] if row else []
    except csv.Error as e:
        report.problem(f"broken CSV: {e}", row=reader.line_num, remedy="the rows before it were used")
    return rows, report


def _address(cells: dict[str, str]) -> str:
    return cells["icao24"].lower().removeprefix("0x")


def _fault(cells: dict[str, str]) -> tuple[str, str, str] | None:
    """Find what makes a row unusable: field, reason, remedy."""
    tail, address = cells["registration"], _address(cells)
    if not cells["file"]:
        return "file", "no file named", "give a file name or a pattern such as 20230901_*.csv"
    if not address and not tail:
        return "registration", "neither registration nor icao24", "give one of the two"
    if address and not re.fullmatch(r"[0-9a-f]{6}", address):
        return "icao24", "not an address of six hex digits", "format the column as text, e.g. 0a1b2c"
    if tail and not re.search(r"[0-9A-Za-z]", tail):
        return "registration", "no letter or digit in it", "write the tail as painted, e.g. 4K-AZ60"
    if cells["as_of"]:
        try:
            date.fromisoformat(cells["as_of"])
        except ValueError:
            return "as_of", "not a date", "write YYYY-MM-DD"
    return None


def _row(path: Path, number: int, cells: dict[str, str], report: Report) -> IdentityRow | None:
    if not any(cells.values()):
        return None
    fault = _fault(cells)
    if fault:
        field, reason, remedy = fault
        report.problem(reason, row=number, field=field, value=cells[field], remedy=remedy, rows_lost=1)
        return None

    claim = Claim(
        source=f"identity file {path.name}" + (f": {cells['source']}" if cells["source"] else ""),
        icao24=_address(cells) or None,
        registration=cells["registration"].upper() or None,
        typecode=cells["typecode"].upper() or None,
        operator=cells["operator"] or None,
        as_of=cells["as_of"] or None,
        note=cells["note"] or None,
    )
    return IdentityRow(number, cells["file"], claim)


def claims_frame(claims: Iterable[Claim]) -> pl.DataFrame:
    """Claims as the table REGISTER: each once, in a fixed order."""
    rows = {tuple(getattr(c, n) for n in REGISTER.names) for c in claims}
    ordered = sorted(rows, key=lambda r: tuple((v is not None, str(v)) for v in r))
    return pl.DataFrame(ordered, schema=REGISTER.schema, orient="row")
