"""The description beside a CSV: type, unit and meaning of each column (Frictionless Data Package)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from wheelsdown.outputs.interface import Extras, replacing
from wheelsdown.table import Column, Table

__all__ = ["describe", "field"]

FILE_NAME: Final = "datapackage.json"
_MADE_BY: Final = "wheelsdown"
_MAX_BYTES: Final = 16 << 20


def field(column: Column) -> dict[str, str]:
    """Describe one column as a Table Schema field."""
    out = {"name": column.name, "type": _type(column.dtype)}
    if column.unit:
        out["unit"] = column.unit
    meaning = column.meaning + ("; several are joined by ' | '" if isinstance(column.dtype, pl.List) else "")
    out["description"] = meaning if column.null == "never" else f"{meaning}. Empty: {column.null}"
    return out


def _type(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.Datetime):
        return "datetime"
    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_integer():
        return "integer"
    return "number" if dtype.is_float() else "string"


def describe(path: Path, data: bytes, table: Table, *, extras: Extras) -> None:
    """Write the description of one CSV, keeping those of other CSVs in the same folder.

    Where the folder holds a ``datapackage.json`` that wheelsdown did not make, that one is left alone and the
    description is written as ``NAME.datapackage.json``.
    """
    resource: dict[str, Any] = {
        "name": "".join(c if c.isalnum() or c in "-_." else "-" for c in path.stem.lower()) or "table",
        "path": path.name,
        "title": f"{table.name}: {table.meaning}",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "notes": list(extras.told),
        "sources": [
            {"title": r["file"], "hash": f"sha256:{r['sha256']}"}
            for r in extras.receipts.select("file", "sha256").unique().sort("file", "sha256").iter_rows(named=True)
        ],
        "schema": {"fields": [field(c) for c in table.columns], "missingValues": [""]},
    }
    target = path.with_name(FILE_NAME)
    others = _others(target, path.name)
    if others is None:
        target, others = path.with_name(f"{path.stem}.{FILE_NAME}"), []
    package = {
        "profile": "tabular-data-package",
        "created_by": _MADE_BY,
        "resources": sorted([*others, resource], key=lambda r: str(r.get("path"))),
    }
    with replacing(target) as part:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(package), indent=2) + b"\n")


def _others(target: Path, name: str) -> list[dict[str, Any]] | None:
    """Resources already described there, without this one; None if the file is someone else's."""
    if not target.exists():
        return []
    if target.stat().st_size > _MAX_BYTES:
        return None
    try:
        package = msgspec.json.decode(target.read_bytes())
    except msgspec.DecodeError:
        return None
    if not isinstance(package, dict) or package.get("created_by") != _MADE_BY:
        return None
    found = package.get("resources")
    if not isinstance(found, list) or not all(isinstance(r, dict) for r in found):
        return None
    here = target.parent
    return [r for r in found if r.get("path") != name and (here / Path(str(r.get("path"))).name).is_file()]
