"""Receipts: which bytes a number rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.schema import RECEIPTS

__all__ = ["RECEIPT_DIGITS", "Receipt", "receipt_of", "receipts_frame"]

RECEIPT_DIGITS: Final = 16
_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class Receipt:
    """One file: its hash, its size, and where it came from."""

    file: str
    sha256: str
    bytes: int
    format: str | None = None
    positions: int | None = None
    retrieved_utc: datetime | None = None
    origin: str | None = None

    @property
    def receipt(self) -> str:
        """The short form that rows carry."""
        return self.sha256[:RECEIPT_DIGITS]

    def read_as(self, fmt: str, positions: int) -> Receipt:
        """Return the receipt of a file after it was read."""
        return replace(self, format=fmt, positions=positions)


def receipt_of(path: Path, *, shown_as: str | None = None) -> Receipt:
    """Hash a file's bytes as they lie on disk.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as f:
        while block := f.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return Receipt(shown_as or str(path), digest.hexdigest(), size)


def receipts_frame(receipts: Iterable[Receipt]) -> pl.DataFrame:
    """Receipts as the table RECEIPTS, one row a distinct file, ordered by name then hash."""
    rows = [
        (r.receipt, r.sha256, r.file, r.bytes, r.format, r.positions, r.retrieved_utc, r.origin)
        for r in sorted(set(receipts), key=lambda r: (r.file, r.sha256))
    ]
    return pl.DataFrame(rows, schema=RECEIPTS.schema, orient="row")
