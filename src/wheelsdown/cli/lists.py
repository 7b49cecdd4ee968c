"""Lists that are no analysis: formats, and what registers say of a name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.engines.result import Result
from wheelsdown.errors import UsageError
from wheelsdown.reference.identify import identify
from wheelsdown.reference.registers import load
from wheelsdown.schema import REGISTER
from wheelsdown.sources import load_all
from wheelsdown.table import Column, Table

__all__ = ["IDENTIFIED", "SOURCES", "identified", "source_cards"]

_TEXT: Final = pl.String()

SOURCES: Final = Table(
    "SOURCES",
    "One row a format that can be read.",
    (
        Column("name", _TEXT, "as in --as NAME", null="never"),
        Column("table", _TEXT, "the table it yields", null="never"),
        Column("publisher", _TEXT, "who publishes such data", null="never"),
        Column("licence", _TEXT, "under which terms", null="never"),
        Column("coverage", _TEXT, "where and when it has data", null="never"),
        Column("shows", _TEXT, "what it shows", null="never"),
        Column("cannot_show", _TEXT, "what it cannot show", null="never"),
        Column("url", _TEXT, "where it is described", null="never"),
    ),
)


def source_cards() -> Result:
    """List every format with its card."""
    rows = [
        {
            "name": s.name,
            "table": s.table,
            "publisher": s.card.publisher,
            "licence": s.card.licence,
            "coverage": s.card.coverage,
            "shows": s.card.shows,
            "cannot_show": s.card.cannot_show,
            "url": s.card.url,
        }
        for s in load_all()
    ]
    return Result(SOURCES, pl.DataFrame(rows, schema=SOURCES.schema))


IDENTIFIED: Final = Table(
    "IDENTIFIED",
    "One row a claim of a register on a name that was looked up; a name no register knows is a row too.",
    (
        Column("query", _TEXT, "the name looked up", null="never"),
        Column("found", pl.Boolean(), "whether a register has it", null="never"),
        *REGISTER.columns,
    ),
)


def identified(names: Sequence[str], extra: Sequence[Path]) -> Result:
    """Look names up in all loaded registers and in `extra`.

    Raises
    ------
    UsageError
        No name was given.
    """
    if not names:
        raise UsageError("name a registration or an address, for example: wheelsdown identify 4K-AZ60")
    frame = identify(names, load(extra=extra))
    return Result(IDENTIFIED, frame.select(IDENTIFIED.names))
