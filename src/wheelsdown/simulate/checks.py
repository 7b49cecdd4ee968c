"""What a scenario may say: checks that need no airfields."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from wheelsdown.errors import SimulationError
from wheelsdown.simulate.designators import real_designator
from wheelsdown.simulate.invented import PREFIX, real_operator
from wheelsdown.simulate.performance import TYPES

if TYPE_CHECKING:
    from wheelsdown.simulate.scenario import Fleet, Scenario, Traffic

__all__ = ["check"]

MOST_DAYS: Final = 3660
MOST_GROUPS: Final = 200
MOST_AIRCRAFT: Final = 4000
MOST_VISITS: Final = 200_000


def _refuse(field: str, reason: str, remedy: str) -> None:
    raise SimulationError(reason, field=field, remedy=remedy)


def _between(field: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        _refuse(field, f"is {value}", f"give a number from {low:g} to {high:g}")


def _shares(field: str, part: Any) -> None:
    for name in part.__struct_fields__:
        if name.endswith("_share") or name in ("uptime", "share"):
            _between(f"{field}.{name}", getattr(part, name), 0.0, 1.0)


def _pair(field: str, value: tuple[float, float], low: float, high: float) -> None:
    for v in value:
        _between(field, v, low, high)
    if value[0] > value[1]:
        _refuse(field, f"runs from {value[0]:g} down to {value[1]:g}", "put the smaller number first")


def _typecodes(field: str, codes: list[str]) -> None:
    for code in codes:
        if code not in TYPES:
            _refuse(field, f"type {code[:20]!r} has no performance figures", f"use one of {', '.join(sorted(TYPES))}")


def _made_up(field: str, text: str) -> None:
    if (real := real_operator(text)) is not None:
        _refuse(
            field,
            f"{text.strip()[:40]!r} names a real operator ({real})",
            "no real operator appears with simulated flights: make a name up, such as SIMULATED Air Bridge",
        )


def check(scenario: Scenario) -> None:
    """Refuse what cannot be flown.

    Raises
    ------
    SimulationError
        Names the field and the remedy.
    """
    s = scenario
    if not s.name.strip():
        _refuse("name", "is empty", "give the scenario a name")
    _made_up("name", s.name)
    _between("days", s.days, 1, MOST_DAYS)
    if not 1970 <= s.start.year <= 2100:
        _refuse("start", f"is {s.start}", "give a day between 1970 and 2100")
    _between("seed", s.seed, 0, 2**63 - 1)
    if not s.fleets and not s.others:
        _refuse("fleets", "nothing flies", "add a [[fleets]] or an [[others]] table")
    if len(s.fleets) + len(s.others) > MOST_GROUPS:
        _refuse("fleets", "too many tables", f"at most {MOST_GROUPS} fleets and others together")
    for n, fleet in enumerate(s.fleets):
        _fleet(f"fleets[{n}]", fleet, s.days)
    for n, traffic in enumerate(s.others):
        _traffic(f"others[{n}]", traffic, s.days)
    _coverage(s)
    _rest(s)


def _fleet(at: str, fleet: Fleet, days: int) -> None:
    _shares(at, fleet)
    _typecodes(f"{at}.typecode", [fleet.typecode])
    _between(f"{at}.aircraft", fleet.aircraft, 1, MOST_AIRCRAFT)
    if not fleet.operator.startswith(PREFIX) or not fleet.operator.removeprefix(PREFIX).strip():
        _refuse(
            f"{at}.operator",
            f"is {fleet.operator[:40]!r}",
            f"operators of simulated flights are invented: begin with {PREFIX.strip()}, and go on with a made-up name",
        )
    invented = fleet.operator.removeprefix(PREFIX)
    _made_up(f"{at}.operator", invented)
    if (real := real_designator(invented)) is not None:
        _refuse(
            f"{at}.operator",
            f"{invented.strip()[:40]!r} is a real operator's designator ({real})",
            "no real operator appears with simulated flights: make a name up, such as SIMULATED Air Bridge",
        )
    if not fleet.home:
        _refuse(f"{at}.home", "is empty", "give an airfield code")
    if not fleet.destinations:
        _refuse(f"{at}.destinations", "is empty", "give airfield codes with weights")
    for code, weight in fleet.destinations.items():
        _between(f"{at}.destinations.{code}", weight, 0.0, 1e6)
    if sum(fleet.destinations.values()) <= 0:
        _refuse(f"{at}.destinations", "has no weight", "give at least one weight above 0")
    if fleet.visits is not None:
        _between(f"{at}.visits", fleet.visits, 0, MOST_VISITS)
    _between(f"{at}.per_day", fleet.per_day, 0.0, MOST_VISITS / days)
    _between(f"{at}.dwell_h", fleet.dwell_h[0], 0.3, 500.0)
    _between(f"{at}.dwell_h", fleet.dwell_h[1], 0.0, 2.0)
    _pair(f"{at}.surge_days", fleet.surge_days, 0.0, 1.0)
    _between(f"{at}.surge_factor", fleet.surge_factor, 1.0, 1000.0)
    for hour in fleet.arrive_utc_h:
        _between(f"{at}.arrive_utc_h", hour, 0.0, 24.0)
    _between(f"{at}.hop_km", fleet.hop_km, 1.0, 500.0)
    _between(f"{at}.off_km", fleet.off_km, 1.0, 2000.0)


def _traffic(at: str, traffic: Traffic, days: int) -> None:
    _shares(at, traffic)
    _typecodes(f"{at}.types", traffic.types)
    if not traffic.types:
        _refuse(f"{at}.types", "is empty", "give type designators")
    if not traffic.airfields:
        _refuse(f"{at}.airfields", "is empty", "give airfield codes")
    _between(f"{at}.per_day", traffic.per_day, 0.0, MOST_VISITS / days / len(traffic.airfields))
    _pair(f"{at}.remote_km", traffic.remote_km, 30.0, 3000.0)
    _between(f"{at}.turnround_h", traffic.turnround_h[0], 0.3, 100.0)
    _between(f"{at}.turnround_h", traffic.turnround_h[1], 0.0, 2.0)


def _coverage(s: Scenario) -> None:
    c = s.coverage
    _shares("coverage", c)
    for n, receiver in enumerate(c.receivers):
        at = f"coverage.receivers[{n}]"
        _shares(at, receiver)
        _between(f"{at}.latitude_deg", receiver.latitude_deg, -85.0, 85.0)
        _between(f"{at}.longitude_deg", receiver.longitude_deg, -180.0, 180.0)
        _between(f"{at}.height_ft", receiver.height_ft, 0.0, 30_000.0)
        _between(f"{at}.range_km", receiver.range_km, 1.0, 1000.0)
    for n, around in enumerate(c.around):
        at = f"coverage.around[{n}]"
        _shares(at, around)
        _between(f"{at}.count", around.count, 0, 200)
        _pair(f"{at}.km", around.km, 0.0, 1000.0)
        _pair(f"{at}.height_ft", around.height_ft, 0.0, 30_000.0)
        _between(f"{at}.range_km", around.range_km, 1.0, 1000.0)
    for code, feet in c.floors.items():
        _between(f"coverage.floors.{code}", feet, 0.0, 60_000.0)
    _between("coverage.floor_km", c.floor_km, 1.0, 1000.0)
    _between("coverage.mask_deg", c.mask_deg, 0.0, 20.0)
    _between("coverage.loss", c.loss, 0.0, 1.0)
    _between("coverage.fading", c.fading, 0.0, 0.2)
    _between("coverage.outages_per_day", c.outages_per_day, 0.0, 100.0)
    _between("coverage.outage_h", c.outage_h, 0.0, 1000.0)
    _between("coverage.surface_km", c.surface_km, 0.0, 100.0)


def _rest(s: Scenario) -> None:
    for name in ("noise", "behaviour", "faults"):
        _shares(name, getattr(s, name))
    p = s.sampling
    for name in ("cruise_s", "low_s", "ground_s"):
        _between(f"sampling.{name}", getattr(p, name), 0.0, 3600.0)
    _between("sampling.snapshot_min", p.snapshot_min, 0.5, 1440.0)
    _between("sampling.altitude_step_ft", p.altitude_step_ft, 1.0, 1000.0)
    _between("sampling.time_step_s", p.time_step_s, 0.001, 60.0)
    _between("sampling.decimals", p.decimals, 3, 8)
    _pair("noise.qnh_hpa", s.noise.qnh_hpa, 900.0, 1080.0)
    _between("noise.position_m", s.noise.position_m, 0.0, 2000.0)
    _pair("noise.mlat_m", s.noise.mlat_m, 0.0, 20_000.0)
    _pair("behaviour.final_km", s.behaviour.final_km, 6.0, 40.0)
    _pair("behaviour.upper_wind_kt", s.behaviour.upper_wind_kt, 0.0, 150.0)
    _pair("behaviour.surface_wind_kt", s.behaviour.surface_wind_kt, 0.0, 40.0)
    f = s.faults
    for n, spoof in enumerate(f.spoof):
        at = f"faults.spoof[{n}]"
        _shares(at, spoof)
        _pair(f"{at}.within_km", spoof.within_km, 0.0, 2000.0)
        _pair(f"{at}.minutes", spoof.minutes, 0.5, 1440.0)
        if not spoof.variants:
            _refuse(f"{at}.variants", "is empty", "give static, circling or shifted")
    _between("faults.duplicate_addresses", f.duplicate_addresses, 0, 1000)
    _between("faults.wrong_address_legs", f.wrong_address_legs, 0, 1000)
    for name in ("missing_days", "half_days"):
        for day in getattr(f, name):
            if not s.start <= day < s.end:
                _refuse(
                    f"faults.{name}", f"{day} lies outside the period", f"give days from {s.start} on, {s.days} in all"
                )
