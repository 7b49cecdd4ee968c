"""What an output is: one file a format.

To add one: write a module in this folder (or in a package of your own) with a class that satisfies `Output`, and
register an instance of it under the entry point group ``wheelsdown.outputs``. An output writes what it is given; it
selects nothing and judges nothing. Every file says SIMULATED where its rows were made from simulated positions.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import polars as pl

from wheelsdown.errors import OutputError
from wheelsdown.schema import RECEIPTS
from wheelsdown.table import Table

__all__ = [
    "DRAFT",
    "LIMITS",
    "LOG_LIMITS",
    "SIMULATED",
    "SIMULATED_LOG_NOTE",
    "SIMULATED_NOTE",
    "Extras",
    "Output",
    "is_simulated",
    "replacing",
]

SIMULATED: Final = "SIMULATED"
SIMULATED_NOTE: Final = "SIMULATED: made from simulated positions. No real aircraft made these flights."
SIMULATED_LOG_NOTE: Final = (
    "SIMULATED: a made log of simulated flights. No real aircraft made them, and nobody saw them."
)

DRAFT: Final = "DRAFT"
"""Stands in every file of a case that names somebody who has not been asked."""

_DAYS: Final = "days are UTC days"

LIMITS: Final = (
    "Position data show where an aircraft was received, not what it carried.",
    "A silence means that nothing was received. It does not mean that nothing was there.",
    "Aircraft that never broadcast a position are outside every count.",
    f"Times are UTC; {_DAYS}.",
    "Altitudes are pressure altitudes (1013.25 hPa), not heights above ground.",
    "Registration, type and operator are what the named source says on its date. On the day of the flight they may "
    "have been others.",
    "icao24 is text: 451e23 is an address, not a number.",
)
"""What every reader of a table must know; printed with each file that has room for it."""

LOG_LIMITS: Final = (
    "A log shows what its observers wrote down, not what an aircraft carried.",
    "A day without a row means that nothing was written down. It does not mean that nothing was there, nor that "
    "anybody looked.",
    "Aircraft that nobody wrote down are outside every count.",
    f"Times are UTC; {_DAYS}. They are as exact as the log's own times, and no more.",
    "Registration, type and operator are what the log or the named source says.",
)
"""The same of what observers wrote down, where there are no positions."""


@dataclass(frozen=True)
class Extras:
    """What goes with a table into a file."""

    positions: pl.DataFrame | None = None
    """The POSITIONS the table was made from: legs are drawn along them, and along nothing else."""
    receipts: pl.DataFrame = field(default_factory=RECEIPTS.empty)
    """RECEIPTS of the files read: listed as sources."""
    notes: tuple[str, ...] = ()
    """Sentences for the reader of the file."""
    gap_min: float = 5.0
    """A line is interrupted where nothing was received for longer than this."""
    simulated: bool = False
    """The rows were made from simulated positions."""
    logged: bool = False
    """The rows are what observers wrote down: there are no positions."""
    zones: tuple[str, ...] = ()
    """Zones in which days are counted; none: UTC days throughout."""
    draft: tuple[str, ...] = ()
    """Why it is a draft, a part of a sentence each; none: it is none."""

    @property
    def limits(self) -> tuple[str, ...]:
        """What every reader of these rows must know."""
        limits = LOG_LIMITS if self.logged else LIMITS
        if set(self.zones) <= {"UTC"}:
            return limits
        zones = " or ".join(sorted(self.zones))
        days = f"days of windows, counts and tests are days in {zones}, as each row says; days of coverage are UTC days"
        return tuple(line.replace(_DAYS, days) for line in limits)

    @property
    def simulated_note(self) -> str:
        """What is said of rows that are SIMULATED."""
        return SIMULATED_LOG_NOTE if self.logged else SIMULATED_NOTE

    @property
    def draft_note(self) -> str:
        """What is said of a draft."""
        return f"{DRAFT}: not for publication. {'; '.join(self.draft)}."

    @property
    def warnings(self) -> tuple[str, ...]:
        """What must be said first: that it is SIMULATED, that it is a DRAFT."""
        made = (self.simulated_note,) if self.simulated else ()
        return (*made, self.draft_note) if self.draft else made

    @property
    def mark(self) -> str:
        """The same in a word or two before a name, with a space behind it; empty where there is nothing to warn of."""
        return (f"{SIMULATED} " if self.simulated else "") + (f"{DRAFT} " if self.draft else "")

    @property
    def told(self) -> tuple[str, ...]:
        """Everything that a file with room for it says to its reader."""
        return (*self.warnings, *self.notes, *self.limits)


@runtime_checkable
class Output(Protocol):
    """A file format that a table can be written in."""

    name: str
    """Short name."""
    suffix: str
    """The ending of file names it answers to, with the dot, in lower case."""

    def write(self, frame: pl.DataFrame, table: Table, path: Path, *, extras: Extras) -> None:
        """Write the whole file, or none of it.

        Raises
        ------
        OutputError
            The table cannot be written in this format, or the file cannot be written.
        """
        ...


def is_simulated(frame: pl.DataFrame) -> bool:
    """Tell whether any row names simulated data as its source or among its receipts."""
    found = False
    for name in ("source", "receipt", "receipts", "identity_source", "file"):
        if name not in frame.columns or frame.is_empty():
            continue
        column = frame[name]
        texts = column.explode() if isinstance(column.dtype, pl.List) else column
        if texts.dtype == pl.String:
            found = found or bool(texts.str.contains(SIMULATED, literal=True).any())
    return found


def marked(frame: pl.DataFrame, extras: Extras) -> Extras:
    """Set `Extras.simulated` if the rows, the positions or the receipts say so."""
    given = [frame, extras.receipts] + ([] if extras.positions is None else [extras.positions])
    return extras if extras.simulated else replace(extras, simulated=any(is_simulated(f) for f in given))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path` to write to; move it there when all went well.

    A reader never sees half a file, and a failed write leaves an older file as it was.

    Raises
    ------
    OutputError
        The folder does not exist, or the file cannot be written.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder; name a file")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: the folder {path.parent} does not exist; make it first")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    except OSError as e:
        raise OutputError(f"{path}: cannot be written: {e.strerror or e}") from e
    finally:
        part.unlink(missing_ok=True)
