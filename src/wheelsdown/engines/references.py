"""What reference data are in use, and how the user adds to them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.errors import ReferenceDataError, UsageError
from wheelsdown.reference import registers
from wheelsdown.reference.airfields import current_folder, load
from wheelsdown.reference.own import read_own_airfields
from wheelsdown.reference.paths import data_directory
from wheelsdown.schema import AIRFIELDS, RUNWAYS
from wheelsdown.table import Column, Table

__all__ = ["CHANGES", "REFERENCES", "SHOWN", "add_airfields", "listed", "remove", "show"]

_TEXT: Final = pl.String()

REFERENCES: Final = Table(
    "REFERENCES",
    "One row a list of airfields or a register that is in use.",
    (
        Column("kind", _TEXT, "airfields, own airfields, register", null="never"),
        Column("name", _TEXT, "what it is called here", null="never"),
        Column("source", _TEXT, "where it comes from", null="never"),
        Column("as_of", _TEXT, "date of the source, YYYY-MM-DD", null="undated"),
        Column("rows", pl.Int64(), "airfields, or aircraft", null="never"),
        Column("where", _TEXT, "folder or file it lies in", null="never"),
    ),
)

SHOWN: Final = Table(
    "SHOWN",
    "One row an airfield that was asked for by a code.",
    (
        Column("asked", _TEXT, "the code asked for", null="never"),
        Column("resolved_by", _TEXT, "how the code was understood", null="never"),
        *AIRFIELDS.columns,
    ),
)

CHANGES: Final = Table(
    "REFERENCE_CHANGES",
    "One row a difference between the old list of airfields and the new one.",
    (
        Column("change", _TEXT, "added, removed, moved, renamed, code, kind, runways", null="never"),
        Column("code", _TEXT, "code of the airfield", null="never"),
        Column("ident", _TEXT, "the list's own identifier", null="never"),
        Column("name", _TEXT, "name of the airfield", null="unnamed"),
        Column("before", _TEXT, "what the old list had", null="nothing"),
        Column("after", _TEXT, "what the new list has", null="nothing"),
    ),
)


def show(codes: Iterable[str], extra: Sequence[Path] = ()) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Look airfields up by any code they go by.

    Returns
    -------
    SHOWN and RUNWAYS of these airfields.

    Raises
    ------
    UsageError
        No code was given.
    ReferenceDataError
        A code means no airfield, or several.
    """
    asked = list(codes)
    if not asked:
        raise UsageError("name an airfield by its code, for example: wheelsdown reference show LLOV")
    known = load(extra=extra)
    rows = [{"asked": code, **known.resolve(code)} for code in asked]
    fields = pl.DataFrame(rows, schema=SHOWN.schema)
    return fields, known.runways.filter(pl.col("code").is_in(fields["code"].to_list())).select(RUNWAYS.names)


def listed(directory: Path | None = None) -> pl.DataFrame:
    """List the reference data in use as REFERENCES."""
    directory = directory or data_directory()
    known = load(directory)
    folder = current_folder(directory)
    own = sorted((directory / "airfields").glob("*.toml"))
    # own airfields are in the loaded table too; they have rows of their own below
    packed = known.fields.filter(~pl.col("source").is_in([f"user: {path.name}" for path in own]))
    lists = packed.group_by("source", "as_of").agg(rows=pl.len()).sort("rows", "source", descending=[True, False])
    name, where = ("packed", "in the package") if folder is None else (folder.name, str(folder))
    rows: list[tuple[str, str, str, str | None, int, str]] = [
        ("airfields", name, source, as_of, count, where) for source, as_of, count in lists.iter_rows()
    ]
    for path in own:
        rows.append(("own airfields", path.stem, path.name, None, read_own_airfields(path)[0].height, str(path)))
    for r in registers.installed(directory):
        rows.append(("register", r.name, r.source, r.as_of, r.aircraft, str(directory / "registers" / r.name)))
    return pl.DataFrame(rows, schema=REFERENCES.schema, orient="row")


def add_airfields(path: Path, directory: Path | None = None) -> tuple[Path, int]:
    """Keep a TOML file of own airfields for every later run.

    Returns
    -------
    The file kept and its number of airfields.

    Raises
    ------
    ReferenceDataError
        The file does not say what it must, or another one of that name is already kept.
    """
    count = read_own_airfields(path)[0].height
    target = (directory or data_directory()) / "airfields" / path.name
    data = path.read_bytes()
    if target.exists() and target.read_bytes() != data:
        raise ReferenceDataError(f"{target} exists and differs; give the file another name, or delete the old one")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(target)
    return target, count


def remove(name: str, directory: Path | None = None) -> str:
    """Forget a register, or a file of own airfields, that was added.

    Parameters
    ----------
    name : str
        Name in `listed`; own airfields also go by their file's name.
    directory : Path, optional
        The user's data folder.

    Returns
    -------
    What was removed.

    Raises
    ------
    UsageError
        Nothing of that name was added, or both a register and own airfields were.
    """
    directory = directory or data_directory()
    # compared with what is there, never joined to a path
    files = [p for p in (directory / "airfields").glob("*.toml") if name in (p.stem, p.name)]
    if not files:
        return registers.remove(name, directory).name
    if name in {r.name for r in registers.installed(directory)}:
        raise UsageError(f"{name}: a register and own airfields are called so; give {files[0].name} for the airfields")
    files[0].unlink()
    return files[0].name
