"""How aircraft types fly: a plain table, one row a type, with where the figures come from.

Sources: EUROCONTROL Aircraft Performance Database (contentzone.eurocontrol.int/aircraftperformance): V2, rate of climb
to 5,000 ft and on, speeds, ceiling, approach speed, landing distance; Sun, Ellerbroek, Hoekstra 2019, WRAP: an
open-source kinematic aircraft performance model (Transportation Research C 98): spread of speeds, rates and cruise
heights of airliners; manufacturers' type pages for IL76 and A124 (runway needed, cruise). Figures are rounded to 5 kt,
100 ft/min, 1,000 ft: flights of one type differ by more than that, and by as much from one another here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

__all__ = ["TYPES", "PerfRow", "Performance", "row_of"]


@dataclass(frozen=True)
class Performance:
    """One type. Speeds in knots; indicated unless `cruise_kt` (true)."""

    name: str
    category: str
    """Emitter category as broadcast (A1 to A5)."""
    lift_off_kt: float
    climb_kt: float
    cruise_kt: float
    approach_kt: float
    climb_fpm: float
    """To 5,000 ft; it falls with height."""
    descent_fpm: float
    """The most it uses."""
    cruise_ft: float
    """Usual cruise height on long flights."""
    ceiling_ft: float
    runway_m: float
    """Shortest runway it is flown to here."""
    source: str


_EC: Final = "EUROCONTROL APD"
_WRAP: Final = "EUROCONTROL APD; WRAP 2019"
_MAKER: Final = "manufacturer; EUROCONTROL APD"

TYPES: Final[dict[str, Performance]] = {
    "IL76": Performance("Ilyushin Il-76", "A5", 140, 270, 430, 135, 1800, 2500, 33000, 39000, 1800, _MAKER),
    "A124": Performance("Antonov An-124", "A5", 150, 270, 430, 140, 1600, 2500, 33000, 39000, 2500, _MAKER),
    "AN12": Performance("Antonov An-12", "A3", 120, 190, 320, 120, 1200, 1800, 21000, 33000, 1300, _MAKER),
    "A30B": Performance("Airbus A300-600F", "A5", 150, 280, 450, 135, 2300, 3000, 33000, 40000, 1900, _EC),
    "A332": Performance("Airbus A330-200", "A5", 145, 290, 470, 138, 2200, 3000, 39000, 41000, 2000, _WRAP),
    "B744": Performance("Boeing 747-400F", "A5", 165, 300, 490, 150, 2000, 3000, 35000, 45000, 2400, _WRAP),
    "B748": Performance("Boeing 747-8F", "A5", 165, 300, 490, 152, 2000, 3000, 35000, 43000, 2400, _WRAP),
    "B77L": Performance("Boeing 777F", "A5", 160, 300, 490, 145, 2400, 3000, 35000, 43000, 2300, _WRAP),
    "B738": Performance("Boeing 737-800", "A3", 145, 280, 455, 140, 2700, 3300, 36000, 41000, 1700, _WRAP),
    "A320": Performance("Airbus A320", "A3", 145, 290, 450, 137, 2400, 3300, 36000, 39000, 1700, _WRAP),
    "E190": Performance("Embraer 190", "A3", 138, 270, 450, 125, 2800, 3000, 36000, 41000, 1500, _WRAP),
    "AT76": Performance("ATR 72-600", "A2", 115, 165, 270, 105, 1300, 1700, 18000, 25000, 1200, _EC),
    "C17": Performance("Boeing C-17", "A5", 130, 260, 445, 125, 2500, 3000, 33000, 45000, 1200, _MAKER),
    "C130": Performance("Lockheed C-130", "A3", 115, 180, 300, 110, 1500, 2000, 22000, 33000, 1100, _EC),
    "A400": Performance("Airbus A400M", "A5", 120, 220, 400, 120, 2300, 2500, 29000, 37000, 1200, _EC),
    "C208": Performance("Cessna Caravan", "A1", 85, 110, 170, 85, 900, 1000, 10000, 25000, 800, _EC),
    "GLF5": Performance("Gulfstream V", "A3", 130, 280, 480, 125, 3500, 3500, 43000, 51000, 1500, _EC),
}
"""ICAO type designator to its figures."""


class PerfRow(NamedTuple):
    """The same as the compiled code takes it."""

    lift_off_kt: float
    climb_kt: float
    cruise_kt: float
    approach_kt: float
    climb_fpm: float
    descent_fpm: float
    cruise_ft: float
    ceiling_ft: float


def row_of(typecode: str) -> PerfRow:
    """Figures of a type as the compiled code takes them."""
    p = TYPES[typecode]
    values = (
        p.lift_off_kt, p.climb_kt, p.cruise_kt, p.approach_kt, p.climb_fpm, p.descent_fpm, p.cruise_ft, p.ceiling_ft,
    )  # fmt: skip
    return PerfRow(*(float(np.float64(v)) for v in values))
