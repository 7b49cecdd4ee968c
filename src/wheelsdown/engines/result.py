"""What an answer consists of: the rows, and beside them what could not be read and what everything rests on."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from wheelsdown.analysis.covering import Covers
from wheelsdown.outputs import Extras
from wheelsdown.schema import POSITIONS, PROBLEMS, RECEIPTS, REGISTER
from wheelsdown.table import Table

__all__ = ["Result"]


@dataclass(frozen=True)
class Result:
    """One table, with its evidence."""

    table: Table
    frame: pl.DataFrame
    positions: pl.DataFrame = field(default_factory=POSITIONS.empty)
    """POSITIONS the rows were inferred from."""
    problems: pl.DataFrame = field(default_factory=PROBLEMS.empty)
    receipts: pl.DataFrame = field(default_factory=RECEIPTS.empty)
    identities: pl.DataFrame = field(default_factory=REGISTER.empty)
    """REGISTER: what the files themselves say of identity."""
    notes: tuple[str, ...] = ()
    simulated: bool = False
    positions_read: int | None = None
    """How many positions could be read; 0 also where no list of visits could be; None where it does not matter."""
    aircraft_read: int = 0
    passed_over: bool = False
    """These positions lie in a lake, and none of them was near the places, or of the aircraft, asked for."""
    gap_min: float = 5.0
    loaded: str = "positions"
    """What `positions_read` counts."""
    covers: Covers = None
    """First and last time of all that was read, asked for or not."""

    def extras(self) -> Extras:
        """What goes with the rows into a file."""
        return Extras(
            positions=self.positions,
            receipts=self.receipts,
            notes=self.notes,
            gap_min=self.gap_min,
            simulated=self.simulated,
        )
