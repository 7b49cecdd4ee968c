"""Random scenarios for fitting and, from other settings and other airfields, scenarios held out.

The two families share no airfield, no type of the fleet asked about, and no value of floors, intervals, outages,
pressure and faults: `FAMILIES` holds the settings of both side by side. The stratum of coverage is drawn first and the
rest follows from it, so it is declared before anything is simulated. All chance comes from `Dice`, which is the same on
every machine.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.bounds_fields import Pool, pool
from wheelsdown.simulate.performance import TYPES
from wheelsdown.simulate.scenario import (
    Around,
    Behaviour,
    Coverage,
    Faults,
    Fleet,
    Noise,
    Sampling,
    Scenario,
    Spoof,
    Traffic,
)

__all__ = ["FAMILIES", "STRATA", "STRATA_TEXT", "Dice", "Family", "Setting", "coverage_of", "forms_of", "setting"]

STRATA: Final = ("good", "quiet", "fair", "poor", "dreadful")
STRATA_TEXT: Final = {
    "good": "ADS-B received to the ground or below 300 ft; whole days, no outage, transponders on; traffic every day",
    "quiet": "the same, but no or hardly any other traffic, so that the files cannot show how good they are",
    "fair": "a floor of about 1,000 ft; short outages; some transponders off",
    "poor": "a floor of about 3,000 ft; outages; transponders off; half a day now and then",
    "dreadful": "a floor of about 10,000 ft or more; days missing, receivers off for days",
}


class Dice:
    """Chance from `random.Random.random` alone: its sequence for a seed is fixed by the language."""

    def __init__(self, seed: str) -> None:
        self._next = random.Random(seed).random  # noqa: S311 - no secret

    def between(self, low: float, high: float) -> float:
        """A number from a range."""
        return low + (high - low) * self._next()

    def log(self, low: float, high: float) -> float:
        """A number from a range, evenly by its logarithm."""
        return math.exp(self.between(math.log(low), math.log(high)))

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return min(high, low + int(self._next() * (high - low + 1)))

    def chance(self, p: float) -> bool:
        """True with probability p."""
        return self._next() < p

    def pick(self, of: Sequence[Any]) -> Any:
        """One of a sequence."""
        return of[min(len(of) - 1, int(self._next() * len(of)))]

    def weighted(self, of: Mapping[str, float]) -> str:
        """One of the keys, by weight."""
        at = self._next() * sum(of.values())
        for name, weight in of.items():
            at -= weight
            if at < 0:
                return name
        return next(reversed(of))

    def some(self, of: Sequence[Any], n: int) -> list[Any]:
        """Several different ones, in the order drawn."""
        left = list(of)
        return [left.pop(self.whole(0, len(left) - 1)) for _ in range(min(n, len(left)))]


@dataclass(frozen=True)
class Family:
    """Settings of one family: what is drawn from."""

    fleet_types: tuple[str, ...]
    other_types: tuple[str, ...]
    floors_ft: Mapping[str, tuple[float, ...]]
    outages: Mapping[str, tuple[float, float]]
    """Outages a day of each receiver, range."""
    off_share: Mapping[str, tuple[float, float]]
    sampling: Mapping[str, float]
    readsb_s: tuple[tuple[float, float, float], ...]
    """Longest intervals in cruise, low, on the ground."""
    snapshot_min: tuple[float, ...]
    qnh_hpa: tuple[tuple[float, float], ...]
    receivers: tuple[int, int]
    mlat_share: tuple[float, float]
    spoof_share: float
    """Of the scenarios."""
    spoof_variants: tuple[tuple[str, ...], ...]
    hop_share: tuple[float, float]
    rhythms: tuple[str, ...]
    dwell_h: tuple[float, float]
    start: dt.date
    traffic_a_day: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {"none": (0.0, 0.0), "sparse": (0.3, 1.5), "some": (4.0, 8.0), "busy": (8.0, 14.0)}
    )


FAMILIES: Final[dict[str, Family]] = {
    "fit": Family(
        fleet_types=("B738", "A332", "C130", "AN12", "C17"),
        other_types=("A320", "AT76", "C130", "AN12"),
        floors_ft={
            "good": (0.0, 0.0, 150.0, 250.0),
            "fair": (700.0, 1300.0),
            "poor": (2000.0, 4000.0),
            "dreadful": (8000.0, 12000.0),
        },
        outages={"good": (0.0, 0.0), "fair": (0.0, 0.15), "poor": (0.2, 0.8), "dreadful": (0.5, 2.0)},
        off_share={"good": (0.0, 0.0), "fair": (0.0, 0.04), "poor": (0.0, 0.15), "dreadful": (0.0, 0.4)},
        sampling={"readsb": 0.6, "snapshot": 0.2, "flightradar": 0.2},
        readsb_s=((45.0, 12.0, 20.0), (60.0, 15.0, 30.0)),
        snapshot_min=(1.0, 2.0),
        qnh_hpa=((1008.0, 1018.0), (995.0, 1030.0)),
        receivers=(2, 5),
        mlat_share=(0.0, 0.15),
        spoof_share=0.4,
        spoof_variants=(("static",), ("circling",), ("static", "shifted")),
        hop_share=(0.0, 0.1),
        rhythms=("poisson", "surge"),
        dwell_h=(0.8, 5.0),
        start=dt.date(2023, 2, 1),
    ),
    "held": Family(
        fleet_types=("IL76", "B744", "A30B", "B77L", "A400"),
        other_types=("B738", "E190", "GLF5", "C208"),
        floors_ft={
            "good": (0.0, 0.0, 200.0, 290.0),
            "fair": (500.0, 900.0, 1000.0, 1100.0),
            "poor": (2500.0, 3000.0, 3500.0),
            "dreadful": (10000.0, 15000.0),
        },
        outages={"good": (0.0, 0.0), "fair": (0.02, 0.2), "poor": (0.1, 1.0), "dreadful": (0.3, 3.0)},
        off_share={"good": (0.0, 0.0), "fair": (0.0, 0.05), "poor": (0.0, 0.2), "dreadful": (0.0, 0.5)},
        sampling={"readsb": 0.5, "snapshot": 0.25, "flightradar": 0.25},
        readsb_s=((30.0, 10.0, 15.0), (50.0, 14.0, 25.0)),
        snapshot_min=(1.0, 1.5),
        qnh_hpa=((1002.0, 1024.0), (985.0, 1038.0)),
        receivers=(1, 7),
        mlat_share=(0.0, 0.25),
        spoof_share=0.5,
        spoof_variants=(("shifted",), ("static", "circling"), ("static", "circling", "shifted")),
        hop_share=(0.0, 0.15),
        rhythms=("regular", "poisson", "surge"),
        dwell_h=(0.7, 9.0),
        start=dt.date(2024, 1, 10),
    ),
}

_WEIGHTS: Final = {"good": 0.26, "quiet": 0.1, "fair": 0.24, "poor": 0.22, "dreadful": 0.18}
_TRAFFIC: Final = {"good": {"some": 0.6, "busy": 0.4}, "quiet": {"none": 0.4, "sparse": 0.6}}
_OPERATOR: Final = "SIMULATED Air Bridge"


@dataclass(frozen=True)
class Setting:
    """One scenario with the question that is put to it."""

    family: str
    seed: int
    stratum: str
    floor_ft: float
    whole: bool
    """No day is missing or halved, and no transponder is switched off."""
    form: str
    traffic: str
    destination: str
    neighbours: tuple[str, ...]
    parallel: bool
    """A neighbour 15 to 40 km away has a runway as good as parallel."""
    operator: str
    since: dt.date
    until: dt.date
    days_known: bool
    """Whether the archive says which days it holds, as a ledger does."""
    scenario: Scenario

    def summary(self) -> dict[str, Any]:
        """What a report names."""
        s = self.scenario
        return {
            "stratum": self.stratum, "floor_ft": self.floor_ft, "whole": self.whole, "form": self.form,
            "traffic": self.traffic, "destination": self.destination, "neighbours": list(self.neighbours),
            "parallel": self.parallel, "days": s.days, "aircraft": sum(f.aircraft for f in s.fleets),
            "spoofing": bool(s.faults.spoof),
            "addresses": bool(s.faults.duplicate_addresses or s.faults.wrong_address_legs),
        }  # fmt: skip


def setting(family: str, seed: int) -> Setting:
    """Give the scenario of a seed: the same for the same family and seed.

    Parameters
    ----------
    family : str
        ``fit`` or ``held``.
    seed : int
    """
    f, d = FAMILIES[family], Dice(f"wheelsdown {family} {seed}")
    stratum = d.weighted(_WEIGHTS)
    received = "good" if stratum == "quiet" else stratum
    fields = pool(family)
    k, parallel = _destination(d, fields)
    code = fields.fields[k].code
    near = fields.near(k, 3.0, 40.0)[:3]
    neighbours = tuple(fields.fields[i].code for i in near)
    days = d.whole(14, 36)
    traffic = d.weighted(_TRAFFIC.get(stratum, {"none": 0.1, "sparse": 0.25, "some": 0.4, "busy": 0.25}))
    start = f.start + dt.timedelta(days=d.whole(0, 200))
    fleets = _fleets(d, f, fields, k, near, received, days)
    missing, half = _days(d, received, start, days)
    floor = d.pick(f.floors_ft[received])
    coverage = coverage_of(d, f, received, code, neighbours, fleets, floor)
    form = d.weighted(f.sampling)
    if received == "good" and form == "snapshot":
        # a look every minute or two follows nobody to the ground, however good the receivers are
        form = "readsb"
    sampling, noise = forms_of(d, f, form, adsb=received == "good")
    spoofs = _spoofs(d, f, fields, k, near)
    # a window inside the data as often as the whole of it
    # (good coverage begins before the window and ends after it)
    inside = d.chance(0.5) or received == "good"
    since = start + dt.timedelta(days=d.whole(1, 2) if inside else 0)
    until = start + dt.timedelta(days=days - (d.whole(1, 2) if inside else 0))
    scenario = Scenario(
        name=f"SIMULATED bounds {family} {seed}",
        start=start,
        days=days,
        seed=d.whole(1, 2**31 - 1),
        fleets=fleets,
        others=_others(d, f, traffic, code, neighbours, fleets),
        coverage=coverage,
        sampling=sampling,
        noise=noise,
        behaviour=Behaviour(holding_share=d.between(0.0, 0.06), go_around_share=d.between(0.0, 0.01)),
        faults=Faults(
            spoof=spoofs,
            duplicate_addresses=d.whole(1, 2) if d.chance(0.2) else 0,
            wrong_address_legs=d.whole(1, 3) if d.chance(0.15) else 0,
            missing_days=missing,
            half_days=half,
        ),
    )
    whole = not missing and not half and all(x.transponder_off_share == 0 for x in fleets)
    return Setting(
        family, seed, stratum, floor, whole, form, traffic, code, neighbours, parallel, _OPERATOR, since, until,
        d.chance(0.8), scenario,
    )  # fmt: skip


def _destination(d: Dice, fields: Pool) -> tuple[int, bool]:
    kind = d.weighted({"parallel": 0.36, "crowded": 0.24, "lonely": 0.4})
    return d.pick(getattr(fields, kind)), kind == "parallel"


def _fleets(
    d: Dice, f: Family, fields: Pool, k: int, near: Sequence[int], stratum: str, days: int
) -> list[Fleet]:  # fmt: skip
    code = fields.fields[k].code
    typecode = d.pick([t for t in f.fleet_types if TYPES[t].runway_m <= fields.fields[k].longest_m])

    def usable(i: int) -> bool:
        return fields.fields[i].longest_m >= TYPES[typecode].runway_m

    near = [i for i in near if usable(i)]
    # a remote island has no other field within reach of a usual flight
    far = [i for i in fields.near(k, 350.0, 2500.0) if usable(i)] or [
        i for i in fields.near(k, 350.0, 6000.0) if usable(i)
    ]
    homes = [fields.fields[i].code for i in d.some(far, d.whole(1, 3))]
    share = d.between(*f.hop_share) if near and d.chance(0.6) else 0.0
    destinations = {code: 1.0}
    if near and d.chance(0.5):
        # the fleet goes to the neighbour too, as to Ramon beside Ovda
        destinations[fields.fields[near[0]].code] = d.between(0.1, 0.6)
    off = d.between(*f.off_share[stratum]) if d.chance(0.6) else 0.0
    aircraft = d.whole(2, 15)
    return [
        Fleet(
            typecode=typecode,
            home=homes,
            destinations=destinations,
            operator=_OPERATOR,
            aircraft=aircraft,
            per_day=min(d.log(0.25, 4.0), 0.45 * aircraft, 90.0 / days),
            dwell_h=(d.log(*f.dwell_h), d.between(0.2, 0.6)),
            rhythm=d.pick(f.rhythms),
            arrive_utc_h=d.pick(((0.0, 24.0), (18.0, 4.0), (5.0, 20.0))),
            overnight_share=d.between(0.0, 0.2),
            hop_share=share,
            hop_to=[fields.fields[i].code for i in near],
            onward_share=d.between(0.0, 0.2) if len(destinations) > 1 else 0.0,
            transponder_off_share=off,
            transponder_off=d.pick(("around_destination", "en_route", "parked")),
            parked_on_share=d.between(0.0, 0.4),
            mlat_share=d.between(*f.mlat_share) if d.chance(0.4) and stratum != "good" else 0.0,
            version0_share=d.between(0.0, 0.6),
        )
    ]


def _others(
    d: Dice, f: Family, traffic: str, code: str, neighbours: Sequence[str], fleets: Sequence[Fleet]
) -> list[Traffic]:
    """Traffic at the field, at its neighbour, and far away at the fleet's home, where it tells nothing of the field."""
    out = []
    homes = sorted({h for x in fleets for h in x.home})
    for field_code in (code, *neighbours[:1], d.pick(homes)):
        per_day = d.between(*f.traffic_a_day["some" if field_code in homes else traffic])
        if per_day > 0:
            out.append(
                Traffic(
                    airfields=[field_code],
                    per_day=per_day,
                    types=d.some(f.other_types, d.whole(1, 3)),
                    based_share=d.between(0.0, 0.5),
                    training_share=d.between(0.0, 0.05),
                    mlat_share=d.between(*f.mlat_share) if d.chance(0.3) else 0.0,
                )
            )
    return out


def _days(d: Dice, stratum: str, start: dt.date, days: int) -> tuple[list[dt.date], list[dt.date]]:
    """Days missing and halved, by stratum."""
    lost = {"good": 0, "fair": 0, "poor": d.whole(0, 2), "dreadful": d.whole(1, 1 + days // 5)}[stratum]
    halved = {"good": 0, "fair": 0, "poor": d.whole(0, 1), "dreadful": d.whole(0, 2)}[stratum]
    drawn = [start + dt.timedelta(days=n) for n in d.some(range(days), lost + halved)]
    return sorted(drawn[:lost]), sorted(drawn[lost:])


def coverage_of(
    d: Dice, f: Family, stratum: str, code: str, neighbours: Sequence[str], fleets: Sequence[Fleet], floor: float
) -> Coverage:
    """Receivers and floors of a stratum."""
    count = d.whole(*f.receivers)
    uptime = {"good": 1.0, "fair": d.between(0.97, 1.0), "poor": d.between(0.8, 1.0), "dreadful": d.between(0.4, 0.95)}
    near_km = {"good": (1.0, 6.0), "fair": (3.0, 40.0), "poor": (10.0, 90.0), "dreadful": (20.0, 160.0)}[stratum]
    common = {"uptime": uptime[stratum], "height_ft": (60.0, 300.0)}
    around = [Around(airfield=code, count=max(count, 3 if stratum == "good" else 1), km=near_km, **common)]
    homes = {h for x in fleets for h in ([x.home] if isinstance(x.home, str) else x.home)}
    around += [Around(airfield=h, count=2, km=(2.0, 30.0), height_ft=(60.0, 300.0)) for h in sorted(homes)]
    return Coverage(
        around=around,
        mask_deg=d.between(0.1, 0.4) if stratum == "good" else d.between(0.3, 1.5),
        floors={code: floor, **{n: floor * d.between(0.7, 1.3) for n in neighbours}},
        floor_km=60.0,
        loss=d.between(0.05, 0.3),
        outages_per_day=d.between(*f.outages[stratum]),
        outage_h=d.between(0.5, 4.0),
        down_days_share=d.between(0.02, 0.2) if stratum == "dreadful" else 0.0,
        surface=stratum == "good" or d.chance(0.7),
    )


def forms_of(d: Dice, f: Family, form: str, *, adsb: bool) -> tuple[Sampling, Noise]:
    """What an archive keeps, and what its rows lack; with `adsb` no stretch was located by multilateration."""
    noise: dict[str, Any] = {
        "qnh_hpa": d.pick(f.qnh_hpa),
        "position_m": d.log(5.0, 60.0),
        "mlat_legs_share": d.between(*f.mlat_share) if d.chance(0.3) and not adsb else 0.0,
        "wrong_altitude_share": d.between(0.0, 0.003) if d.chance(0.3) else 0.0,
        "ground_flag": d.pick(("present", "present", "glitches")),
    }
    if form == "snapshot":
        return Sampling(kind="snapshot", snapshot_min=d.pick(f.snapshot_min)), Noise(**noise)
    cruise, low, ground = d.pick(f.readsb_s)
    sampling = Sampling(cruise_s=cruise, low_s=low, ground_s=ground)
    if form == "flightradar":
        sampling = Sampling(cruise_s=60.0, low_s=low * 1.5, ground_s=ground, time_step_s=1.0, decimals=5)
        noise["ground_flag"] = "absent"
    return sampling, Noise(**noise)


def _spoofs(d: Dice, f: Family, fields: Pool, k: int, near: Sequence[int]) -> list[Spoof]:
    """False positions at a third field, at the destination or at its neighbour."""
    if not d.chance(f.spoof_share):
        return []
    third = fields.near(k, 60.0, 350.0)
    at = {"third": 0.6 if third else 0.0, "here": 0.25, "near": 0.15 if near else 0.0}
    where = {"third": third, "here": [k], "near": list(near)}[d.weighted(at)]
    return [
        Spoof(
            place=fields.fields[d.pick(where)].code,
            share=d.between(0.03, 0.3),
            variants=list(d.pick(f.spoof_variants)),
            within_km=(30.0, d.between(150.0, 400.0)),
            until_parked_share=d.between(0.0, 0.4),
            silence_share=d.between(0.0, 0.6),
            degraded_share=d.between(0.0, 1.0),
        )
    ]
