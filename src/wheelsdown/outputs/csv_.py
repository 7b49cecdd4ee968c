"""CSV in UTF-8, with a Frictionless ``datapackage.json`` beside it.

Text that a spreadsheet would run as a formula (it begins with ``= + - @``, a tab or a line break) gets an apostrophe
before it. A data package says which column is text, so that a reader need not guess: ``451e23`` is an address.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from wheelsdown.outputs.cells import as_text, defused, rounded, with_note
from wheelsdown.outputs.datapackage import describe
from wheelsdown.outputs.interface import Extras, replacing
from wheelsdown.table import Table

__all__ = ["OUTPUT", "Csv", "to_text"]


def to_text(frame: pl.DataFrame, table: Table, *, extras: Extras) -> str:
    """Give the table as CSV text: a header, commas, line feeds, empty for null."""
    frame, table = with_note(frame, table, extras)
    return defused(as_text(rounded(frame, table), join_lists=True)).write_csv()


class Csv:
    """Comma-separated values."""

    name = "csv"
    suffix = ".csv"

    def write(self, frame: pl.DataFrame, table: Table, path: Path, *, extras: Extras) -> None:
        """Write the file and its description beside it."""
        data = to_text(frame, table, extras=extras).encode()
        with replacing(path) as part:
            part.write_bytes(data)
        describe(path, data, with_note(frame, table, extras)[1], extras=extras)


OUTPUT = Csv()
