"""Rows of a frame with the number each has in its table, so that a mark leads back to its row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

__all__ = ["ROW", "SIMULATED", "made", "numbered"]

ROW: Final = "_row"
"""A column that, where a frame has it, holds the row's number in the whole table, from 1."""


SIMULATED: Final = "SIMULATED"
"""Stands in the rows, and on the charts, of made data."""
_SAYS_SO: Final = ("source", "what", "sentence", "operator", "name", "outlet", "recipient", "supplier")


def made(*frames: pl.DataFrame | None) -> bool:
    """Tell whether any row says that it is SIMULATED: in its source, its sentence, or a name."""
    for frame in frames:
        if frame is None:
            continue
        for column in _SAYS_SO:
            texts = frame.get_column(column, default=None)
            if texts is not None and texts.dtype == pl.String and texts.str.contains(SIMULATED, literal=True).any():
                return True
    return False


def numbered(frame: pl.DataFrame | None) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give each row with its number from 1: that in the column `_row` where there is one, else its place here.

    A page that shows a part of a table writes ``frame.with_row_index("_row", offset=1).filter(...)``, and the marks
    still name the rows of the whole.
    """
    if frame is None:
        return
    for place, row in enumerate(frame.iter_rows(named=True), start=1):
        yield int(row.get(ROW) or place), row
