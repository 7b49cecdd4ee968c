"""Who flies where when: chains of legs, one an aircraft, before anything is flown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from wheelsdown.geo import distance_km
from wheelsdown.simulate.chain import LEG_COLUMNS, RANDOM
from wheelsdown.simulate.performance import TYPES
from wheelsdown.simulate.ports import World
from wheelsdown.simulate.scenario import Behaviour, Fleet, Scenario, Traffic
from wheelsdown.simulate.weather import stream

__all__ = ["OFF_EN_ROUTE", "OFF_PARKED", "OFF_PLACE", "ON", "Chain", "hours_between", "visit_times"]

ON, OFF_PLACE, OFF_EN_ROUTE, OFF_PARKED = 0, 1, 2, 3
FIRST_ADDRESS: Final = 0xD00000
GROUP_ADDRESSES: Final = 0x1400
DAY_S: Final = 86_400.0

F64 = np.ndarray[Any, np.dtype[np.float64]]


@dataclass
class Leg:
    """A flight as planned."""

    to: str
    plan_s: float = -1.0
    ground_s: float = 1800.0
    off: int = ON
    """How the transponder is off on this leg."""
    off_place: str = ""
    off_km: float = 0.0
    visit: bool = False
    """Whether it ends in a visit that the fleet was asked for; hops, ways onward and ways home do not."""


@dataclass
class Chain:
    """One aircraft and its flights."""

    group: int
    number: int
    typecode: str
    operator: str
    first: str
    fleet: bool
    legs: list[Leg] = field(default_factory=list)
    mlat: bool = False
    version: int = 2
    geometric: bool = True
    parked_on_share: float = 0.1
    training_share: float = 0.0
    training_at: tuple[str, ...] = ()
    call_number: int = 1000

    @property
    def key(self) -> tuple[int, int]:
        """What names its random numbers."""
        return self.group, self.number

    @property
    def address(self) -> int:
        """24-bit address, in no state's block."""
        return FIRST_ADDRESS + self.group * GROUP_ADDRESSES + self.number

    @property
    def registration(self) -> str:
        """Invented tail."""
        return f"SIM-{self.group:02d}{self.number:03d}"

    def squawk(self, leg: int) -> str:
        """Transponder code: four octal digits, none that says something."""
        return f"{0o1000 + (self.call_number * 31 + leg * 577) % 0o5777:04o}"

    def callsign(self, leg: int) -> str:
        """SIM and four digits: out by an even number, back by the next."""
        return f"SIM{(self.call_number + (leg % 2)) % 10_000:04d}"


def hours_between(world: World, a: str, b: str, typecode: str) -> float:
    """Rough flight time from lift-off to touchdown, h."""
    i, j = world.number[a], world.number[b]
    km = float(distance_km(world.lat[i], world.lon[i], world.lat[j], world.lon[j]))
    return km / (TYPES[typecode].cruise_kt * 1.852 * 0.97) + 0.33


def rows_of(
    chain: Chain, number: Callable[[str], int], rng: np.random.Generator, b: Behaviour, alternates: dict[str, str]
) -> tuple[F64, F64]:
    """Planned legs as the compiled code takes them, and their numbers of chance."""
    n = len(chain.legs)
    rnd = rng.random((n, RANDOM))
    dice = rng.random((n, 8))
    legs = np.full((n, LEG_COLUMNS), -1.0)
    for j, leg in enumerate(chain.legs):
        legs[j, 0], legs[j, 1], legs[j, 2] = number(leg.to), leg.plan_s, leg.ground_s
        if dice[j, 0] < b.diversion_share and leg.to in alternates:
            legs[j, 3] = legs[j, 4] = number(leg.to)
            legs[j, 0] = number(alternates[leg.to])
        elif dice[j, 0] < b.diversion_share + b.go_around_share:
            legs[j, 3] = number(leg.to)
        elif dice[j, 1] < chain.training_share:
            # one or two low approaches, at the field where it will land or at one that it then only passes
            places = (leg.to, *(c for c in chain.training_at if c != leg.to))
            place = number(places[int(rng.random() * len(places))])
            legs[j, 3] = place
            if dice[j, 2] < 0.5:
                legs[j, 4] = place
        legs[j, 5] = float(dice[j, 3] < b.sid_share)
        legs[j, 6] = float(dice[j, 4] < b.holding_share)
        legs[j, 7] = float(dice[j, 5] < b.straight_in_share)
        legs[j, 8] = 1e9 if dice[j, 6] < chain.parked_on_share else 60.0 + 900.0 * dice[j, 7] ** 2
    return legs, rnd


def _rates(fleet: Fleet, rng: np.random.Generator, days: int) -> F64:
    """Planned touchdown times of visits, s, sorted."""
    end = days * DAY_S
    n = fleet.visits if fleet.visits is not None else int(rng.poisson(fleet.per_day * days))
    if n == 0:
        return np.zeros(0)
    u = np.sort(rng.random(n))
    if fleet.rhythm == "regular":
        u = (np.arange(n) + 0.5 + 0.25 * (u - 0.5)) / n
    elif fleet.rhythm == "surge":
        a, b = fleet.surge_days
        # the inverse of a rate that is `surge_factor` times as high between a and b
        weights = np.array([a, (b - a) * fleet.surge_factor, 1.0 - b])
        edge = np.concatenate([[0.0], np.cumsum(weights)])
        u = np.interp(u * edge[-1], edge, np.array([0.0, a, b, 1.0]))
    t = u * end
    low, high = fleet.arrive_utc_h
    span = (high - low) % 24.0 or 24.0
    if span < 24.0:
        # moved into the hours in which arrivals are planned, on the same day
        hour = (low + rng.random(n) * span) % 24.0
        t = np.floor(t / DAY_S) * DAY_S + hour * 3600.0
    return np.sort(np.clip(t, 0.0, end - 1.0))


def visit_times(scenario: Scenario, group: int, fleet: Fleet) -> F64:
    """Planned touchdown times of a fleet's visits, s, sorted: as many as were asked for, or drawn."""
    return _rates(fleet, stream(scenario.seed, 20, group), scenario.days)


def plan_fleet(world: World, scenario: Scenario, group: int, fleet: Fleet, at: str) -> list[Chain]:
    """Chains of a fleet.

    Raises
    ------
    SimulationError
        A field is not listed, or has no runway for the type.
    """
    code = fleet.typecode
    homes = [fleet.home] if isinstance(fleet.home, str) else fleet.home
    for home in homes:
        world.usable(home, code, f"{at}.home")
    for to in fleet.destinations:
        world.usable(to, code, f"{at}.destinations")
    for to in fleet.hop_to:
        world.usable(to, code, f"{at}.hop_to")
    times = visit_times(scenario, group, fleet)
    n = len(times)
    dice = stream(scenario.seed, 21, group).random((n, 12))
    normal = stream(scenario.seed, 22, group).standard_normal(n)
    codes = list(fleet.destinations)
    weights = np.cumsum(np.array([fleet.destinations[c] for c in codes], dtype=np.float64))
    chains = [_aircraft(scenario, group, i, fleet, homes[i % len(homes)]) for i in range(fleet.aircraft)]
    free = [0.0] * fleet.aircraft
    place = [c.first for c in chains]
    hops: dict[str, list[str]] = {}
    for v in range(n):
        d = dice[v]
        to = codes[min(int(np.searchsorted(weights, d[0] * weights[-1], side="right")), len(codes) - 1)]
        # the aircraft that has stood longest and can be there in time; else the first that can
        late = [max(times[v] - hours_between(world, place[i], to, code) * 3600.0, free[i]) for i in range(len(chains))]
        i = min(range(len(chains)), key=lambda q: (late[q] > free[q], 0) and (late[q], free[q], q))
        chain = chains[i]
        if place[i] == to:
            continue  # its home is a destination too: it is there already
        dwell = float(np.clip(fleet.dwell_h[0] * np.exp(fleet.dwell_h[1] * normal[v]), 0.4, 600.0)) * 3600.0
        lands = late[i] + hours_between(world, place[i], to, code) * 3600.0
        if d[1] < fleet.overnight_share:
            dwell = max(dwell, (np.floor(lands / DAY_S) + 1.0) * DAY_S + (4.0 + 4.0 * d[2]) * 3600.0 - lands)
        off = ON
        if d[3] < fleet.transponder_off_share:
            off = {"around_destination": OFF_PLACE, "en_route": OFF_EN_ROUTE, "parked": OFF_PARKED}[
                fleet.transponder_off
            ]
        back = chain.first if d[4] < 0.8 else homes[int(d[5] * len(homes))]
        chain.legs.append(Leg(to, late[i], 2700.0, off, to, fleet.off_km, visit=True))
        t = lands
        at_now = to
        if d[6] < fleet.hop_share:
            if to not in hops:
                near = fleet.hop_to or world.around(to, code, 5.0, fleet.hop_km)[:3]
                hops[to] = [c for c in near if c != to]
            if hops[to]:
                neighbour = hops[to][int(d[7] * len(hops[to]))]
                first = dwell * (0.3 + 0.4 * d[8])
                stay = (0.5 + 1.5 * d[9]) * 3600.0
                chain.legs.append(Leg(neighbour, -1.0, first, off, to, fleet.off_km))
                chain.legs.append(Leg(to, -1.0, stay, off, to, fleet.off_km))
                t += first + stay + 2.0 * hours_between(world, to, neighbour, code) * 3600.0
                dwell = max(dwell - first, 2400.0)
        t += dwell
        if d[10] < fleet.onward_share and len(codes) > 1:
            others = [c for c in codes if c != to]
            on = others[int(d[11] * len(others))]
            chain.legs.append(Leg(on, -1.0, dwell, off, to, fleet.off_km))
            t += hours_between(world, to, on, code) * 3600.0
            dwell = fleet.dwell_h[0] * 3600.0
            t += dwell
            at_now = on
        if back == at_now:
            back = chain.first
        chain.legs.append(Leg(back, -1.0, dwell, off, to, fleet.off_km))
        free[i] = t + hours_between(world, at_now, back, code) * 3600.0 + 4200.0
        place[i] = back
    return chains


def _aircraft(scenario: Scenario, group: int, i: int, of: Fleet | Traffic, first: str, code: str = "") -> Chain:
    u = stream(scenario.seed, 30, group, i).random(6)
    fleet = isinstance(of, Fleet)
    return Chain(
        group, i, of.typecode if isinstance(of, Fleet) else code,
        of.operator if isinstance(of, Fleet) else f"SIMULATED Traffic {group}", first, fleet,
        mlat=bool(u[0] < of.mlat_share), version=0 if u[1] < of.version0_share else 2,
        geometric=bool(u[2] < scenario.noise.geometric_share),
        parked_on_share=of.parked_on_share if isinstance(of, Fleet) else 0.1,
        training_share=0.0 if isinstance(of, Fleet) else of.training_share,
        training_at=() if isinstance(of, Fleet) else tuple(of.airfields),
        call_number=1000 + 2 * int(u[3] * 4400),
    )  # fmt: skip


def plan_traffic(world: World, scenario: Scenario, group: int, traffic: Traffic, at: str) -> list[Chain]:
    """Chains of other traffic: aircraft of the field that go and come back, others that come and go.

    Raises
    ------
    SimulationError
        A field is not listed, or none of the types can be flown there.
    """
    chains: list[Chain] = []
    for f, code in enumerate(traffic.airfields):
        world.usable(code, min(traffic.types, key=lambda t: TYPES[t].runway_m), f"{at}.airfields")
        rng = stream(scenario.seed, 40, group, f)
        types = [t for t in traffic.types if world.longest_m[world.number[code]] >= TYPES[t].runway_m]
        reach = {t: _remote(world, code, t, traffic.remote_km) for t in types}
        types = [t for t in types if reach[t]]
        n = int(rng.poisson(traffic.per_day * scenario.days))
        if not types or n == 0:
            continue
        aircraft = max(1, int(np.ceil(n / max(1.0, 0.9 * scenario.days))))
        for q in range(aircraft):
            own = stream(scenario.seed, 41, group, f, q)
            typecode = types[int(own.random() * len(types))]
            remote = reach[typecode]
            based = own.random() < traffic.based_share
            share = n // aircraft + (1 if q < n % aircraft else 0)
            t = np.sort(own.random(share)) * scenario.days
            # by day rather than by night
            hour = own.random(share)
            hour = np.where(own.random(share) < 0.8, 5.0 + 17.0 * hour, 24.0 * hour)
            t = np.sort(np.floor(t) * DAY_S + hour * 3600.0)
            first = code if based else remote[int(own.random() * len(remote))]
            chain = _aircraft(scenario, group, len(chains), traffic, first, typecode)
            dice, normal = own.random((share, 3)), own.standard_normal((share, 2))
            here = first
            for v in range(share):
                stay = np.clip(traffic.turnround_h[0] * np.exp(traffic.turnround_h[1] * normal[v]), 0.5, 72.0) * 3600.0
                out = remote[int(dice[v, 0] * len(remote))]
                if based:
                    chain.legs.append(Leg(out, t[v], 2700.0))
                    chain.legs.append(Leg(code, -1.0, float(stay[0])))
                else:
                    chain.legs.append(
                        Leg(code, max(0.0, t[v] - hours_between(world, here, code, typecode) * 3600.0), 2700.0)
                    )
                    chain.legs.append(Leg(out, -1.0, float(stay[0])))
                    here = out
            chains.append(chain)
    return chains


def _remote(world: World, code: str, typecode: str, km: tuple[float, float]) -> list[str]:
    """Other ends of flights: airports in that range, else the nearest beyond 60 km."""
    found = world.around(code, typecode, *km, big=True) or world.around(code, typecode, *km)
    if len(found) > 40:
        found = found[:: len(found) // 40][:40]
    return found or world.around(code, typecode, 60.0, 3000.0)[:5]
