"""JSON: one array of objects, times as ISO 8601 with Z, null where there is no value."""

from __future__ import annotations

from pathlib import Path

import msgspec
import polars as pl

from wheelsdown.outputs.cells import as_text, rounded, with_note
from wheelsdown.outputs.interface import Extras, replacing
from wheelsdown.table import Table

__all__ = ["OUTPUT", "Json", "to_text"]


def to_text(frame: pl.DataFrame, table: Table, *, extras: Extras) -> str:
    """Give the table as one JSON array, one row a line."""
    frame, table = with_note(frame, table, extras)
    rows = as_text(rounded(frame, table), join_lists=False).iter_rows(named=True)
    return "[" + ",".join("\n" + msgspec.json.encode(row).decode() for row in rows) + "\n]\n"


class Json:
    """One JSON array."""

    name = "json"
    suffix = ".json"

    def write(self, frame: pl.DataFrame, table: Table, path: Path, *, extras: Extras) -> None:
        """Write the file."""
        data = to_text(frame, table, extras=extras).encode()
        with replacing(path) as part:
            part.write_bytes(data)


OUTPUT = Json()
