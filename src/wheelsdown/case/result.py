"""What a run of a case gives: named tables, each with its rows, and what everything rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from wheelsdown.schema import (
    BLOCKS,
    CADENCE,
    CONCLUSIONS,
    COUNTS,
    EPOCH,
    EVENTS,
    EXHIBITS,
    FACTS,
    GAPS,
    INTEGRITY,
    LEDGER,
    LEGS,
    OBSERVABILITY,
    PROBLEMS,
    PUBLISHED,
    RECEIPTS,
    RUNWAYS,
    SERIES,
    SHARES,
    STATEMENTS,
    SURGES,
    TIMING,
    VISITS,
)
from wheelsdown.table import Table

if TYPE_CHECKING:
    from wheelsdown.case.form import Case

__all__ = ["TABLES_OF_A_CASE", "CaseResult", "Picked"]

TABLES_OF_A_CASE: Final[Mapping[str, Table]] = {
    "counts": COUNTS,
    "visits": VISITS,
    "cadence": CADENCE,
    "series": SERIES,
    "surges": SURGES,
    "blocks": BLOCKS,
    "events": EVENTS,
    "timing": TIMING,
    "epoch": EPOCH,
    "shares": SHARES,
    "statements": STATEMENTS,
    "exhibits": EXHIBITS,
    "published": PUBLISHED,
    "visitors": COUNTS,
    "destinations": COUNTS,
    "observability": OBSERVABILITY,
    "integrity": INTEGRITY,
    "legs": LEGS,
    "gaps": GAPS,
    "facts": FACTS,
    "conclusions": CONCLUSIONS,
    "ledger": LEDGER,
    "problems": PROBLEMS,
    "receipts": RECEIPTS,
}
"""Name of each table of a run, as its file is called, and the schema it has.

`counts` has one row a window and airfield, in the order of the case file; `visitors` and `destinations` are counts by
operator at the airfields, and by airfield of the same aircraft. `events` are the episodes that timing was held against,
after the case's rule; `receipts` names every file that was read, context included.
"""


@dataclass(frozen=True)
class Picked:
    """One airfield of the case, for the map and its card."""

    code: str
    name: str
    latitude_deg: float
    longitude_deg: float
    elevation_ft: float | None = None
    country: str | None = None
    time_zone: str | None = None
    rival: bool = False
    """Not asked about, but among the rivals or neighbours of one that is."""
    end: bool = False
    """Not asked about, but where flights to or from one that is began or ended."""


@dataclass(frozen=True)
class CaseResult:
    """A case, answered as far as the data at hand go."""

    case: Case
    file: Path
    """The case file, as it was read."""
    sha256: str
    """Of its bytes."""
    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """Rows by the names of `TABLES_OF_A_CASE`; a name that is missing was not asked for."""
    windows: tuple[str, ...] = ()
    """Name of the window behind each row of `counts`, in order."""
    airfields: tuple[Picked, ...] = ()
    positions: pl.DataFrame | None = None
    """POSITIONS of the visits' aircraft, to draw flights along; None where they were not kept."""
    runways: pl.DataFrame = field(default_factory=RUNWAYS.empty)
    """RUNWAYS of the airfields asked about and their neighbours, for the map that shows how near they are."""
    draft: tuple[str, ...] = ()
    """Why it is a draft: parties named and not yet asked. Empty: it is none."""
    finding: str = ""
    """The finding in one sentence."""
    can: tuple[str, ...] = ()
    """What can be said."""
    cannot: tuple[str, ...] = ()
    """What cannot, and why."""
    rivals: tuple[str, ...] = ()
    """Other explanations of what was seen, each with what speaks against it or that nothing does."""
    notes: tuple[str, ...] = ()
    simulated: bool = False
    counted: bool = True
    """Whether there were positions or lists of visits at all; otherwise nothing could be counted."""
    logged: bool = False
    """The visits are what observers wrote down: there are no positions."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Every file read, by its path as it stands in RECEIPTS, to its whole sha256; a lake by its last chain hash."""
    base: Path | None = None
    """Folder that the names in `inputs` and RECEIPTS begin at: that of the case file. None: that of the dossier."""
    beside: Mapping[str, Path] = field(default_factory=dict)
    """First parts of such names that stand for a folder of this run's own, and where it lies."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of wheelsdown, its rules, its reference data and the libraries that numbers depend on."""

    def frame(self, name: str) -> pl.DataFrame:
        """Rows of one table; none where it was not asked for."""
        return self.frames.get(name, TABLES_OF_A_CASE[name].empty())

    @property
    def zones(self) -> tuple[str, ...]:
        """Zones in which the days of counts, tests and published claims are days."""
        asked = [self.frame(t)["time_zone"] for t in ("counts", "cadence", "series", "surges", "timing", "published")]
        return tuple(sorted({zone for column in asked for zone in column.drop_nulls()}))

    def tables(self) -> Iterator[tuple[str, Table, pl.DataFrame]]:
        """Every table that was asked for, in the order of `TABLES_OF_A_CASE`."""
        for name, table in TABLES_OF_A_CASE.items():
            if name in self.frames:
                yield name, table, self.frames[name]
