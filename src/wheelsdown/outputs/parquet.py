"""Parquet, with the table's types as they are and each column's meaning in its metadata."""

from __future__ import annotations

from pathlib import Path

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from wheelsdown.outputs.interface import Extras, replacing
from wheelsdown.table import Table

__all__ = ["OUTPUT", "Parquet"]


class Parquet:
    """Apache Parquet. Nothing is rounded, joined or altered: this is the form to compute with."""

    name = "parquet"
    suffix = ".parquet"

    def write(self, frame: pl.DataFrame, table: Table, path: Path, *, extras: Extras) -> None:
        """Write the file."""
        arrow = frame.to_arrow()
        meaning = {c.name: c for c in table.columns}
        fields = []
        for f in arrow.schema:
            c = meaning[f.name]
            fields.append(f.with_metadata({"description": c.meaning, "unit": c.unit, "null": c.null}))
        about = {
            "wheelsdown.table": table.name,
            "wheelsdown.description": table.meaning,
            "wheelsdown.notes": _lines(extras.told),
            "wheelsdown.sources": _lines(tuple(extras.receipts["sha256"].unique().sort())),
        }
        arrow = arrow.cast(pa.schema(fields, metadata=about))
        with replacing(path) as part:
            pq.write_table(arrow, part, compression="zstd")


def _lines(lines: tuple[str, ...]) -> str:
    return msgspec.json.encode(lines).decode()


OUTPUT = Parquet()
