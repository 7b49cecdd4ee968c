"""Sentences of a page that are no cell of a table: they are written down as rows of STATED, so that they are one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import polars as pl

from wheelsdown.schema import STATED

__all__ = ["Stating"]


class Stating:
    """Rows of STATED in the order in which a page says them; the same sentence of a section is one row."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str, list[str]]] = []
        self._known: dict[tuple[str, str], int] = {}
        self._in_section: Counter[str] = Counter()

    def row(self, section: str, text: str, rests_on: Sequence[str] = ()) -> int:
        """Write a sentence down and give its row, from 1."""
        key = (section, text)
        if key not in self._known:
            self._in_section[section] += 1
            stated_id = f"{section}-{self._in_section[section]}"
            self._rows.append((stated_id, section, text, list(rests_on)))
            self._known[key] = len(self._rows)
        return self._known[key]

    def frame(self) -> pl.DataFrame:
        """Everything written down so far, as STATED."""
        return pl.DataFrame(self._rows, schema=STATED.schema, orient="row")
