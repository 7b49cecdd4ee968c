"""Does the interval of OBSERVABILITY hold the true share of visits that left a row? On SIMULATED scenarios.

    python -m bench.observing [--scenarios 200] [--first 1]

A scenario has a fleet asked about and other traffic at one field, received well, down to floors of 1,000, 3,000 or
10,000 ft, through outages, or by receivers that are off for whole days. The chance of a seed is `random.Random.random`
alone, so that scenarios are the same on every machine. What is compared: of the fleet's true visits on the days of
which a probability is told, the share that left a row (the field named, or among the rivals), with the mean of the
interval over those visits. The share of a hundred visits varies by chance about its probability; the allowance for that
is not made, so the figure is at the least what holds.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from bench.accuracy import reference
from wheelsdown.analysis.heard import heard
from wheelsdown.analysis.observability import observability
from wheelsdown.inference import infer
from wheelsdown.simulate.scenario import Around, Coverage, Fleet, Receiver, Sampling, Scenario, Traffic

__all__ = ["GOAL", "KINDS", "Told", "measure", "run", "scenario", "text"]

GOAL: Final = 0.93
KINDS: Final = ("good", "1000 ft", "3000 ft", "10000 ft", "outages", "off", "poor")
FLEET: Final = "SIMULATED Air Bridge"
_FIELDS: Final = ("LLOV", "UGTB", "LTCE", "LGTS", "OAKB", "LYPG", "EDDK", "HSSK")
_HOMES: Final = ("UBBB", "LTBA", "OMSJ", "LFPG")
_START: Final = dt.date(2024, 3, 4)
_SLACK: Final = dt.timedelta(minutes=30)


@dataclass(frozen=True)
class Told:
    """What one scenario gave."""

    seed: int
    kind: str
    field: str
    visits: int
    """The fleet's true visits on days with a probability."""
    share: float
    """Of these, those that left a row."""
    least: float
    middle: float
    most: float
    days_told: int
    days: int
    shares: tuple[int, int, int, int]
    """Arrivals known and received, departures known and received, summed over days (days share pools)."""

    @property
    def held(self) -> bool:
        """The interval holds the true share."""
        return self.least - 1e-9 <= self.share <= self.most + 1e-9


def scenario(seed: int) -> tuple[Scenario, str, str]:
    """Make the scenario of a seed: it, its kind of coverage, and its field."""
    rng = random.Random(f"wheelsdown observing {seed}")  # noqa: S311 - no secret

    def between(low: float, high: float) -> float:
        return low + (high - low) * rng.random()

    def pick(of: Any) -> Any:
        return of[min(len(of) - 1, int(rng.random() * len(of)))]

    kind, field = KINDS[seed % len(KINDS)], pick(_FIELDS)
    days = 10 + int(rng.random() * 11)
    floor = {"1000 ft": between(700, 1300), "3000 ft": between(2500, 3500), "10000 ft": between(8000, 12000)}
    coverage = Coverage(
        around=[
            Around(
                airfield=field,
                count={"poor": 1, "off": 1}.get(kind, 1 + int(rng.random() * 4)),
                km=(5.0, 120.0) if kind == "poor" else (3.0, 60.0),
                uptime=between(0.6, 0.95) if kind == "off" else 1.0,
            )
        ],
        receivers=[Receiver(latitude_deg=lat, longitude_deg=lon) for lat, lon in _far(field)],
        floors={field: floor[kind]} if kind in floor else {},
        loss=between(0.05, 0.3),
        outages_per_day=between(0.3, 2.0) if kind == "outages" else 0.0,
        outage_h=between(2.0, 10.0),
        down_days_share=between(0.05, 0.3) if kind == "off" else 0.0,
        surface=kind in ("good", "outages", "off") and rng.random() < 0.7,
    )
    return (
        Scenario(
            name=f"SIMULATED observing {seed}",
            start=_START,
            days=days,
            seed=1 + int(rng.random() * 1_000_000),
            fleets=[
                Fleet(
                    typecode="B738", home=pick(_HOMES), destinations={field: 1.0}, operator=FLEET, aircraft=10,
                    per_day=between(5.0, 8.0), dwell_h=(between(1.0, 4.0), 0.5),
                )
            ],
            others=[Traffic(airfields=[field], per_day=between(3.0, 15.0), based_share=between(0.0, 0.5))],
            coverage=coverage,
            sampling=Sampling(low_s=15.0, cruise_s=60.0, ground_s=30.0),
        ),
        kind,
        field,
    )  # fmt: skip


def _far(field: str) -> list[tuple[float, float]]:
    """Receivers far from the field: flights are received en route, as in any real archive."""
    row = reference()[0].filter(pl.col("code") == field).row(0, named=True)
    lat, lon = row["latitude_deg"], row["longitude_deg"]
    return [(lat + 3.5, lon), (lat - 3.5, lon), (lat, lon + 4.0), (lat, lon - 4.0)]


def run(seed: int) -> Told:
    """Simulate one scenario, infer, tell, and compare with the truth."""
    from wheelsdown.simulate import simulate

    what, kind, field = scenario(seed)
    fields, runways = reference()
    made = simulate(what, airfields=fields, runways=runways)
    fleet = made.fleet.filter(pl.col("operator") == FLEET)["icao24"].to_list()
    visits = infer(made.positions, airfields=fields, runways=runways, tables=["visits"]).visits
    found = observability(
        visits,
        heard(made.positions, fields.filter(pl.col("code") == field)),
        airfield=field,
        since=what.start,
        until=what.end - dt.timedelta(days=1),
        fleet=fleet,
    )
    truth = made.visits.filter(pl.col("icao24").is_in(fleet) & (pl.col("airfield") == field))
    truth = truth.filter(pl.col("arrived_utc").is_not_null()).with_columns(day=pl.col("arrived_utc").dt.date())
    told = found.filter(pl.col("seen_probability").is_not_null())
    judged = truth.join(told.select("day", "seen_least", "seen_probability", "seen_most"), on="day")
    seen = [_left_a_row(visits, row, field) for row in judged.iter_rows(named=True)]
    known = ("arrivals_known", "arrivals_seen", "departures_known", "departures_seen")
    n = judged.height
    means = judged.select("seen_least", "seen_probability", "seen_most").mean().row(0)
    return Told(
        seed, kind, field, n, sum(seen) / n if n else 0.0, *(m or 0.0 for m in means), told.height, found.height,
        tuple(int(told[c].sum()) for c in known),
    )  # fmt: skip


def _left_a_row(visits: pl.DataFrame, truth: dict[str, Any], field: str) -> bool:
    """Tell whether a row names the field, as its own or as a rival, at the time of a true visit."""
    first = pl.coalesce(
        "arrived_earliest_utc", "arrived_utc", "arrived_latest_utc", "departed_earliest_utc", "departed_utc"
    )
    last = pl.coalesce("departed_latest_utc", "departed_utc", "arrived_latest_utc", "arrived_utc")
    away = truth["departed_utc"] or truth["arrived_utc"] + dt.timedelta(days=2)
    named = (pl.col("airfield") == field).fill_null(value=False) | pl.col("rivals").list.contains(field)
    return bool(
        visits.filter(
            (pl.col("icao24") == truth["icao24"])
            & named.fill_null(value=False)
            & (first <= away + _SLACK)
            & (last >= truth["arrived_utc"] - _SLACK)
        ).height
    )


def measure(scenarios: int = 200, first: int = 1, *, say: bool = False) -> list[Told]:
    """Run scenarios one after another."""
    out = []
    for seed in range(first, first + scenarios):
        out.append(run(seed))
        if say:
            print(line(out[-1]), file=sys.stderr, flush=True)
    return out


def line(t: Told) -> str:
    """One scenario in a line."""
    if not t.visits:
        return f"{t.seed:4d} {t.kind:9s} {t.field} nothing told ({t.days_told} of {t.days} days)"
    mark = " " if t.held else "!"
    return (
        f"{t.seed:4d} {t.kind:9s} {t.field} {mark} true {t.share:.3f} of {t.visits:3d}; told {t.middle:.3f} "
        f"({t.least:.3f} to {t.most:.3f}) on {t.days_told} of {t.days} days; {t.shares}"
    )


def text(found: list[Told]) -> str:
    """Say how many intervals held, by kind of coverage."""
    told = [t for t in found if t.visits]
    lines = [f"seeds {found[0].seed} to {found[-1].seed}; {len(told)} of {len(found)} scenarios told a probability"]
    lines.append(f"{'coverage':10s} {'told':>5s} {'held':>5s} {'share':>6s} {'width':>6s} {'bias':>7s}")
    nothing = Counter(t.kind for t in found if not t.visits)
    for kind in (*KINDS, "all"):
        of = [t for t in told if kind in (t.kind, "all")]
        if not of:
            lines.append(f"{kind:10s} {0:5d}   nothing told in {nothing[kind]}")
            continue
        held = sum(t.held for t in of)
        width = sum(t.most - t.least for t in of) / len(of)
        bias = sum(t.middle - t.share for t in of) / len(of)
        lines.append(f"{kind:10s} {len(of):5d} {held:5d} {held / len(of):6.3f} {width:6.3f} {bias:+7.3f}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.observing", description=__doc__.split("\n")[0])
    parser.add_argument("--scenarios", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    chosen = parser.parse_args(arguments)
    found = measure(chosen.scenarios, chosen.first, say=True)
    print(text(found))
    told = [t for t in found if t.visits]
    return 0 if told and sum(t.held for t in told) >= GOAL * len(told) else 1


if __name__ == "__main__":
    sys.exit(main())
