"""Every table can be written in every form that holds tables, with values in all its cells and with none."""

from __future__ import annotations

import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from wheelsdown import schema
from wheelsdown.outputs import write
from wheelsdown.outputs.interface import Extras
from wheelsdown.table import Table

TABLES = sorted(
    {t.name: t for t in vars(schema).values() if isinstance(t, Table)}.values(),
    key=lambda t: t.name,
)  # fmt: skip


def cell(kind: pl.DataType) -> Any:
    if isinstance(kind, pl.List):
        return [cell(kind.inner)]  # type: ignore[arg-type]
    if kind == pl.Boolean:
        return True
    if kind == pl.Date:
        return date(2030, 9, 1)
    if isinstance(kind, pl.Datetime):
        return datetime(2030, 9, 1, 12, 30, tzinfo=UTC)
    return "=1+1" if kind == pl.String else 7


@pytest.mark.parametrize("table", TABLES, ids=[t.name for t in TABLES])
@pytest.mark.parametrize("suffix", [".csv", ".json", ".xlsx", ".parquet"])
def test_a_full_row_and_an_empty_one(table: Table, suffix: str, tmp_path: Path) -> None:
    full = {n: cell(pl.DataFrame(schema={n: t}).schema[n]) for n, t in table.schema.items()}
    if table.name == "EVENTS":
        full["source"] = "=1+1 SIMULATED"  # what happened elsewhere is made only where its own source says so
    frame = pl.DataFrame([full, dict.fromkeys(full)], schema=table.schema)
    path = tmp_path / f"out{suffix}"
    write(frame, path, table, extras=Extras(simulated=True))
    if suffix == ".xlsx":
        with zipfile.ZipFile(path) as z:
            text = "".join(z.read(n).decode() for n in z.namelist() if n.endswith(".xml"))
        assert "<f>" not in text  # nothing became a formula
        assert "SIMULATED" in text
    else:
        assert b"SIMULATED" in path.read_bytes()
