"""Fly a scenario: positions as an archive would hold them, and the truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.errors import SimulationError
from wheelsdown.simulate.addresses import borrowed
from wheelsdown.simulate.broadcast import frame_of, send
from wheelsdown.simulate.chain import RANDOM, TRUTH_COLUMNS, fly_chain
from wheelsdown.simulate.disturbing import Sent
from wheelsdown.simulate.performance import TYPES, row_of
from wheelsdown.simulate.planning import Chain, plan_fleet, plan_traffic, rows_of
from wheelsdown.simulate.ports import World, ports_of, world_of
from wheelsdown.simulate.reception import ears_of
from wheelsdown.simulate.scenario import Scenario
from wheelsdown.simulate.shortfall import shortfalls
from wheelsdown.simulate.troubles import Troubles
from wheelsdown.simulate.truth import Flown, fleet_of, legs_of, midnight_of, visits_of
from wheelsdown.simulate.weather import stream, weather_of

__all__ = ["Simulated", "simulate"]

DAY_S: Final = 86_400.0


@dataclass(frozen=True)
class Simulated:
    """What was made. Every row is SIMULATED."""

    scenario: Scenario
    positions: pl.DataFrame
    """POSITIONS, by aircraft then time."""
    visits: pl.DataFrame
    """VISITS: every stop, received or not."""
    legs: pl.DataFrame
    """LEGS: every flight, received or not."""
    fleet: pl.DataFrame
    """REGISTER: every aircraft."""
    days: pl.DataFrame
    """`date`, and `state`: whole, half or missing in the archive."""
    faults: pl.DataFrame
    """What was put in: `icao24`, `kind`, `from_utc`, `to_utc`, `place`, `note`."""
    notes: tuple[str, ...] = ()
    """What was asked for and could not be flown."""


def simulate(scenario: Scenario, *, airfields: pl.DataFrame, runways: pl.DataFrame) -> Simulated:
    """Fly a scenario and receive it.

    Parameters
    ----------
    scenario : Scenario
        What flies, what is heard of it, what goes wrong.
    airfields, runways : frames of AIRFIELDS and RUNWAYS
        Real ones; flights use runways whose ends are known.

    Returns
    -------
    Simulated
        The same scenario gives the same rows on every machine; another coverage gives the same truth.

    Raises
    ------
    SimulationError
        A field is unknown, or has no usable runway for the type.

    Notes
    -----
    What it does not model: weather beyond wind and pressure, separation of aircraft from one another, published
    procedures, terrain (a horizon for each receiver stands for it), the errors of single receivers' clocks. Flights of
    one type differ by chance, not by weight or season. See docs/simulation.md.
    """
    world = world_of(airfields, runways)
    chains = _planned(scenario, world)
    alternates = _alternates(chains, world, scenario)
    codes = sorted({c.first for c in chains} | {leg.to for c in chains for leg in c.legs} | set(alternates.values()))
    number = {c: n for n, c in enumerate(codes)}
    ports, wx = ports_of(world, codes), weather_of(scenario, codes)
    ears = ears_of(scenario, world, codes)
    end_s = scenario.days * DAY_S
    midnight = midnight_of(scenario.start)
    final = np.array(scenario.behaviour.final_km, dtype=np.float64)
    out = np.zeros((40_000, 11))
    flown: list[Flown] = []
    sent: list[Sent] = []
    troubles = Troubles(scenario, world, midnight)
    for chain in chains:
        legs, rnd = rows_of(
            chain, number.__getitem__, stream(scenario.seed, 60, *chain.key), scenario.behaviour, alternates
        )
        truth = np.zeros((max(1, len(legs)), TRUTH_COLUMNS))
        perf = row_of(chain.typecode)
        if not len(legs):
            legs, rnd = np.zeros((0, 10)), np.zeros((0, RANDOM))
        while True:
            n, done = fly_chain(
                number[chain.first], chain.number % 8, legs, rnd, perf, TYPES[chain.typecode].runway_m / 1000.0, final,
                scenario.behaviour.level_share, end_s, ports, wx, out, truth,
            )  # fmt: skip
            if n >= 0:
                break
            out = np.zeros((2 * len(out), 11))
        if done < 0:
            leg = chain.legs[-1 - done]
            raise SimulationError(
                f"no approach of a {chain.typecode} to {leg.to} came out straight",
                remedy="a fault of the model: change the seed, and report it with the scenario",
            )
        last = (number[chain.first], *_stand(ports, number[chain.first], chain.number % 8))
        if done:
            k = int(truth[done - 1, 3])
            last = (k, *_stand(ports, k, int(rnd[done - 1, 47] * 8)))
        flown.append(Flown(chain, truth[:done], last, {}))
        sent.append(send(scenario, flown[-1], out[:n], end_s, ports, number, ears, troubles))
    lent = borrowed(scenario, flown, troubles)
    positions = frame_of(scenario, chains, sent, midnight, lent)
    return Simulated(
        scenario,
        positions,
        visits_of(flown, world, codes, midnight, end_s),
        legs_of(flown, codes, midnight, end_s),
        fleet_of(chains, str(scenario.start)),
        _days(scenario),
        troubles.frame(),
        shortfalls(scenario, flown, end_s),
    )


def _stand(ports: Any, k: int, s: int) -> tuple[float, float]:
    return float(ports.s_lat[k, s]), float(ports.s_lon[k, s])


def _planned(scenario: Scenario, world: World) -> list[Chain]:
    chains: list[Chain] = []
    for n, fleet in enumerate(scenario.fleets):
        chains += plan_fleet(world, scenario, n, fleet, f"fleets[{n}]")
    for n, traffic in enumerate(scenario.others):
        chains += plan_traffic(world, scenario, len(scenario.fleets) + n, traffic, f"others[{n}]")
    return chains


def _alternates(chains: list[Chain], world: World, scenario: Scenario) -> dict[str, str]:
    """The nearest usable field of each destination, for who cannot land."""
    if scenario.behaviour.diversion_share <= 0.0:
        return {}
    found: dict[str, str] = {}
    need: dict[str, str] = {}
    for c in chains:
        for leg in c.legs:
            # usable for the most demanding type that flies there
            if leg.to not in need or TYPES[c.typecode].runway_m > TYPES[need[leg.to]].runway_m:
                need[leg.to] = c.typecode
    for code, typecode in need.items():
        near = world.around(code, typecode, 5.0, 400.0)
        if near:
            found[code] = near[0]
    return found


def _days(scenario: Scenario) -> pl.DataFrame:
    f = scenario.faults
    days = [scenario.start + timedelta(days=n) for n in range(scenario.days)]
    state = ["missing" if d in f.missing_days else "half" if d in f.half_days else "whole" for d in days]
    return pl.DataFrame({"date": days, "state": state}, schema={"date": pl.Date(), "state": pl.String()})
