"""The tables: every column's type, unit, meaning, and what its null means.

Checks, docs pages, CSV headers and ``datapackage.json`` are all made from here. Columns are added at the end only.
"""

from __future__ import annotations

from typing import Final

from wheelsdown.schema.doubts import CHECKS, INTEGRITY, INTEGRITY_FLAGS, OBSERVABILITY, OBSERVED_STATUS, VERDICTS
from wheelsdown.schema.evidence import (
    AIRCRAFT_DAYS,
    COVERAGE,
    LEDGER,
    LEDGER_STATUS,
    NEAR,
    NEAR_KINDS,
    PROBLEMS,
    RECEIPTS,
    VERIFIED,
)
from wheelsdown.schema.findings import AGREED, AGREEMENT, AGREEMENT_KINDS, CADENCE, COUNTS, SELECTIONS
from wheelsdown.schema.places import AIRFIELDS, REGISTER, RUNWAYS
from wheelsdown.schema.tracks import DERIVED_GROUND, GAPS, GRADES, LEGS, POSITION_SOURCES, POSITIONS, VISITS
from wheelsdown.table import Column, Table

__all__ = [
    "AGREED",
    "AGREEMENT",
    "AGREEMENT_KINDS",
    "AIRCRAFT_DAYS",
    "AIRFIELDS",
    "CADENCE",
    "CHECKS",
    "COUNTS",
    "COVERAGE",
    "DERIVED_GROUND",
    "GAPS",
    "GRADES",
    "INTEGRITY",
    "INTEGRITY_FLAGS",
    "LEDGER",
    "LEDGER_STATUS",
    "LEGS",
    "NEAR",
    "NEAR_KINDS",
    "OBSERVABILITY",
    "OBSERVED_STATUS",
    "POSITIONS",
    "POSITION_SOURCES",
    "PROBLEMS",
    "RECEIPTS",
    "REGISTER",
    "RUNWAYS",
    "SELECTIONS",
    "TABLES",
    "VERDICTS",
    "VERIFIED",
    "VISITS",
    "Column",
    "Table",
]

TABLES: Final = {
    t.name: t
    for t in (
        POSITIONS,
        GAPS,
        LEGS,
        VISITS,
        PROBLEMS,
        RECEIPTS,
        AIRFIELDS,
        RUNWAYS,
        REGISTER,
        NEAR,
        AIRCRAFT_DAYS,
        LEDGER,
        COVERAGE,
        VERIFIED,
        OBSERVABILITY,
        INTEGRITY,
        COUNTS,
        CADENCE,
        AGREEMENT,
        AGREED,
        CHECKS,
    )
}
