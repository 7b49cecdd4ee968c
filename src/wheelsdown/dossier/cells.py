"""Cells of a case's tables, exactly as the CSV files beside the page write them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import polars as pl

from wheelsdown.case.result import TABLES_OF_A_CASE
from wheelsdown.outputs.csv_ import to_text
from wheelsdown.outputs.interface import Extras

if TYPE_CHECKING:
    from wheelsdown.case.result import CaseResult

__all__ = ["Cells"]


class Cells:
    """Cells by table, row (from 1) and column: as text, and as the value behind it."""

    def __init__(self, result: CaseResult) -> None:
        self._result = result
        self._extras = Extras(simulated=result.simulated, logged=result.logged)
        self._texts: dict[str, list[dict[str, str]]] = {}
        self._values: dict[str, list[dict[str, Any]]] = {}

    def frame(self, table: str) -> pl.DataFrame:
        """Rows of a table; none where it was not asked for."""
        return self._result.frame(table)

    def asked(self, table: str) -> bool:
        """Tell whether the case asked for it at all."""
        return table in self._result.frames

    def height(self, table: str) -> int:
        """How many rows."""
        return self.frame(table).height

    def text(self, table: str, row: int, column: str) -> str:
        """Give the cell as its CSV file writes it; empty for null."""
        return self._of(table)[row - 1][column]

    def value(self, table: str, row: int, column: str) -> Any:
        """Give the value behind the cell; None for null."""
        if table not in self._values:
            self._values[table] = self.frame(table).to_dicts()
        return self._values[table][row - 1][column]

    def _of(self, table: str) -> list[dict[str, str]]:
        if table not in self._texts:
            written = to_text(self.frame(table), TABLES_OF_A_CASE[table], extras=self._extras)
            read = pl.read_csv(io.BytesIO(written.encode()), infer_schema=False)
            self._texts[table] = read.fill_null("").to_dicts()
        return self._texts[table]
