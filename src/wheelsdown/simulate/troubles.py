"""What goes wrong: spoofed positions, wrong and doubled addresses, missing days."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from wheelsdown.simulate.planning import Chain
from wheelsdown.simulate.ports import World
from wheelsdown.simulate.scenario import Scenario

__all__ = ["FAULTS_SCHEMA", "Troubles"]

FAULTS_SCHEMA: Final = {
    "icao24": pl.String(),
    "kind": pl.String(),
    "from_utc": pl.Datetime("ms", "UTC"),
    "to_utc": pl.Datetime("ms", "UTC"),
    "place": pl.String(),
    "note": pl.String(),
}


class Troubles:
    """The faults of a scenario, and what was put in."""

    def __init__(self, scenario: Scenario, world: World, chains: list[Chain]) -> None:
        self.scenario, self.world = scenario, world
        self.rows: list[dict[str, Any]] = []

    def frame(self) -> pl.DataFrame:
        """What was put in."""
        return pl.DataFrame(self.rows, schema=FAULTS_SCHEMA)
