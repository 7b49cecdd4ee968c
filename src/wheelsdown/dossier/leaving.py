"""Leaves out rows that may be read and not handed on, before anything is shown or packed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from wheelsdown.case.result import CaseResult
from wheelsdown.dossier.manifest import LeftOut
from wheelsdown.sources.sharing import may_ship

__all__ = ["shareable", "told"]

_ROWS_OF_OTHERS: Final = ("events",)
"""Tables whose rows are those of a publisher. Shares and tests are made from rows, and stay."""
_MADE: Final = "episode"


def shareable(result: CaseResult) -> tuple[CaseResult, tuple[LeftOut, ...]]:
    """Leave out rows whose publisher does not let them be handed on.

    Parameters
    ----------
    result : CaseResult
        What was answered, from all rows.

    Returns
    -------
    tuple
        The same without those rows, with a note for each publisher; and what was left out. Episodes stay: they are
        made from rows by a rule. So do shares, tests and sentences.
    """
    frames, out = dict(result.frames), []
    for name in _ROWS_OF_OTHERS:
        if name not in frames:
            continue
        frame = frames[name]
        closed = {s: why for s in frame["source"].unique().sort() for ok, why in [may_ship(s)] if not ok}
        leaving = pl.col("source").is_in(list(closed)) & (pl.col("kind") != _MADE)
        gone = frame.filter(leaving)
        frames[name] = frame.filter(~leaving)
        for (source,), rows in sorted(gone.group_by("source")):
            out.append(LeftOut(name, str(source), rows.height, closed[str(source)]))
    if not out:
        return result, ()
    return replace(result, frames=frames, notes=(*result.notes, *map(told, out))), tuple(out)


def told(part: LeftOut) -> str:
    """Say what was left out, and why."""
    rows = "1 row" if part.rows == 1 else f"{part.rows} rows"
    return f"{rows} of {part.source} left out of the table {part.table}: {part.why}"
