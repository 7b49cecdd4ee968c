"""One of two dossiers that are compared: its tables as text, its case file, and what it rests on."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias

import polars as pl

from wheelsdown.dossier.manifest import CASE, MANIFEST, Manifest
from wheelsdown.dossier.opening import Packed, opened
from wheelsdown.dossier.packing import TABLES
from wheelsdown.dossier.swapping import settle
from wheelsdown.errors import SourceError
from wheelsdown.outputs.cells import JOINT

__all__ = ["Row", "Side", "listed", "moment", "read_side"]

Row: TypeAlias = Mapping[str, str | None]
_RECEIPTS: Final = "receipts"


@dataclass(frozen=True)
class Side:
    """A dossier as it is compared."""

    where: Path
    manifest: Manifest
    manifest_sha256: str
    case: Mapping[str, Any]
    """The case file, parsed."""
    tables: Mapping[str, list[Row]]
    """Rows by table, every cell as its CSV file writes it; None where it is empty."""

    def rows(self, table: str) -> list[Row]:
        """Rows of a table; none where the dossier has no such table."""
        return self.tables.get(table, [])

    @cached_property
    def read(self) -> frozenset[str]:
        """Receipts of everything it read."""
        named = {i.receipt or i.sha256[:16] for i in self.manifest.inputs}
        return frozenset(named | {r["receipt"] or "" for r in self.rows(_RECEIPTS) if "receipt" in r})


def read_side(path: str | Path, tables: tuple[str, ...]) -> Side:
    """Read what is compared out of a dossier; every file must be as its manifest has it.

    Raises
    ------
    SourceError
        It is no dossier, or a file differs from the manifest.
    """
    where = Path(path).expanduser()
    settle(where)
    with opened(where) as packed:
        due = packed.manifest()
        found = {name: _table(packed, due, name) for name in (*tables, _RECEIPTS)}
        raw = packed.certain(CASE, due)
        digest = packed.sha256(MANIFEST)
    return Side(where, due, digest, _case(raw, where), {n: rows for n, rows in found.items() if rows is not None})


def _table(packed: Packed, due: Manifest, name: str) -> list[Row] | None:
    data = packed.certain(f"{TABLES}/{name}.csv", due)
    if data is None:
        return None
    try:
        return list(pl.read_csv(io.BytesIO(data), infer_schema=False).iter_rows(named=True))
    except pl.exceptions.PolarsError as e:
        raise SourceError(f"{packed.where}: {TABLES}/{name}.csv", f"is no table: {e}") from e


def _case(raw: bytes | None, where: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads((raw or b"").decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as e:
        raise SourceError(f"{where}: {CASE}", f"is no TOML: {e}", remedy="take another copy of the dossier") from e


def listed(cell: str | None) -> list[str]:
    """Take a cell with several values apart."""
    return [] if not cell else cell.split(JOINT)


def moment(cell: str | None) -> datetime | None:
    """Read a time of a cell; None where there is none."""
    if not cell:
        return None
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        return None
