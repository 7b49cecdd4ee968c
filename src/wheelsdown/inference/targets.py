"""Places onto which false positions are known to be put. The list is data: give another one to use it instead."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Final, NamedTuple

__all__ = ["TARGETS", "TARGET_KM", "Target", "in_force"]

TARGET_KM: Final = 15.0
"""A position so near one of them needs to have been reached by flight (methods: 15 km of Beirut, Cairo, Amman)."""

_C4ADS: Final = "C4ADS 2019, Above Us Only Stars: vessels and drones placed at airports round the Black Sea and Moscow"
_HUMPHREYS: Final = "Humphreys and Clements, after The New York Times, 2 July 2024; SkAI and ZHAW from OpenSky data"


class Target(NamedTuple):
    """One such place. `since` and `until` are the days for which it is reported; None is open."""

    code: str
    latitude_deg: float
    longitude_deg: float
    since: date | None
    until: date | None
    source: str


TARGETS: Final = (
    Target("OLBA", 33.8209, 35.4884, date(2023, 10, 1), None, _HUMPHREYS + "; up to 117 targets at once"),
    Target("HECA", 30.1219, 31.4056, date(2023, 10, 1), None, _HUMPHREYS),
    Target("OJAI", 31.7226, 35.9932, date(2023, 10, 1), None, "OPSGROUP, GPS spoofing workgroup, September 2024"),
    Target("UUWW", 55.5915, 37.2615, date(2016, 10, 1), None, f"CNN, 2 December 2016; {_C4ADS}"),
    Target("URKG", 44.5821, 38.0125, date(2017, 6, 1), None, f"US MARAD advisory 2017-005A, 22 June 2017; {_C4ADS}"),
    Target("URKA", 45.0021, 37.3473, date(2018, 5, 1), None, _C4ADS),
    Target("URSS", 43.4499, 39.9566, date(2017, 1, 1), None, _C4ADS),
)
"""Known targets, most reported first. A place that is missing here is left to the tests for jumps and continuity."""


def in_force(targets: tuple[Target, ...]) -> list[tuple[Target, float, float]]:
    """Each target with the seconds since 1970 between which it is one."""
    return [(x, _seconds(x.since, default=float("-inf")), _seconds(x.until, default=float("inf"))) for x in targets]


def _seconds(day: date | None, *, default: float) -> float:
    return default if day is None else datetime.combine(day, time(), UTC).timestamp()
