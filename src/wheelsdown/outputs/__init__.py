"""What leaves the house: a table in a file, the format chosen by the file's suffix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from importlib.metadata import entry_points
from os import PathLike
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.errors import OutputError
from wheelsdown.outputs.interface import LIMITS, Extras, Output, is_simulated, marked
from wheelsdown.schema import TABLES
from wheelsdown.table import Column, Table

__all__ = ["LIMITS", "Extras", "Output", "guess_table", "is_simulated", "output_for", "suffixes", "table_of", "write"]

GROUP: Final = "wheelsdown.outputs"
# Also in pyproject.toml, where other packages look for examples; this list lets a checkout work that is not installed.
IN_TREE: Final = {
    "csv": "wheelsdown.outputs.csv_:OUTPUT",
    "geojson": "wheelsdown.outputs.geojson:OUTPUT",
    "json": "wheelsdown.outputs.json_:OUTPUT",
    "kml": "wheelsdown.outputs.kml:OUTPUT",
    "parquet": "wheelsdown.outputs.parquet:OUTPUT",
    "xlsx": "wheelsdown.outputs.xlsx:OUTPUT",
}


def suffixes() -> list[str]:
    """List the suffixes that can be written."""
    return sorted(f".{name}" for name in {*IN_TREE, *(e.name for e in entry_points(group=GROUP))})


def output_for(path: Path) -> Output:
    """Choose the output by the file's suffix: the entry point ``xyz`` answers to ``.xyz``.

    Raises
    ------
    OutputError
        No output answers to the suffix, two claim it, or the one that does cannot be loaded.
    """
    name = path.suffix.lower().removeprefix(".")
    places = {e.value for e in entry_points(group=GROUP) if e.name == name} | {IN_TREE.get(name, "")} - {""}
    if not places:
        raise OutputError(f"{path}: cannot write '{path.suffix}'; the suffixes are {', '.join(suffixes())}")
    if len(places) > 1:
        raise OutputError(f"{path}: more than one output claims .{name}: {', '.join(sorted(places))}")
    module, _, attribute = places.pop().partition(":")
    try:
        output = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as e:
        raise OutputError(f"the output {module}:{attribute} cannot be loaded: {e}") from e
    if not isinstance(output, Output):
        raise OutputError(f"{module}:{attribute} is not an output: it lacks name, suffix or write")
    return output


def guess_table(columns: Iterable[str]) -> Table:
    """Tell which table a frame is, from its columns: the one that shares most of them.

    Raises
    ------
    OutputError
        No table, or more than one, shares most columns.
    """
    names = set(columns)
    share = {t.name: len(names & set(t.names)) for t in TABLES.values()}
    most = max(share.values())
    # Among tables that share as many columns, the one with the fewest others is meant.
    best = sorted((len(TABLES[n].columns), n) for n, k in share.items() if k == most)
    if most == 0 or (len(best) > 1 and best[0][0] == best[1][0]):
        raise OutputError(f"no telling which table this is; say table= one of {', '.join(TABLES)}")
    return TABLES[best[0][1]]


def table_of(frame: pl.DataFrame, table: Table) -> Table:
    """Describe the frame's own columns: those of the table it has, in its order, and those its owner added."""
    known = {c.name: c for c in table.columns}
    columns = tuple(
        known.get(name, Column(name, dtype, f"not a column of {table.name}: added by whoever made the file", null=""))
        for name, dtype in frame.schema.items()
    )
    return Table(table.name, table.meaning, columns)


def write(
    frame: pl.DataFrame,
    path: str | PathLike[str],
    table: Table | str | None = None,
    *,
    positions: pl.DataFrame | None = None,
    extras: Extras | None = None,
) -> Path:
    """Write a table to a file; the suffix chooses the format.

    Parameters
    ----------
    frame : polars.DataFrame
        A table of wheelsdown, or some of its columns; columns of your own are written too.
    path : path
        Ends in .csv, .json, .xlsx, .geojson, .kml or .parquet. An older file is replaced only by a whole new one.
    table : Table or str, optional
        Which table it is; guessed from the columns if not given.
    positions : POSITIONS, optional
        Needed to draw legs and tracks (.geojson, .kml).
    extras : Extras, optional
        Receipts and notes that go with the table.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    OutputError
        The suffix is unknown, or the table cannot be written in that format.
    """
    target = Path(path)
    output = output_for(target)
    if isinstance(table, str):
        if table.upper() not in TABLES:
            raise OutputError(f"there is no table {table!r}; say one of {', '.join(TABLES)}")
        table = TABLES[table.upper()]
    of = table_of(frame, table or guess_table(frame.columns))
    extras = extras or Extras()
    if positions is not None:
        extras = replace(extras, positions=positions)
    output.write(frame, of, target, extras=marked(frame, extras))
    return target
