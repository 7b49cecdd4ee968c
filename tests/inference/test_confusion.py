"""SIMULATED flights to real runways, thinned and with any weather: a strongly named field is the true one."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.inference.conftest import Infer
from tests.inference.made import HIGH, Flight, Runway, runways_of, sampled
from wheelsdown.reference.airfields import Airfields

STRONG = ("observed", "inferred", "likely")
FLOORS_FT = (0.0, 500.0, 1000.0, 2000.0, 3000.0)


def arrival(flight: Flight, rw: Runway, rng: np.random.Generator) -> None:
    far = rw.point(float(rng.uniform(120, 300)), float(rng.uniform(-200, 200)))
    flight.knot(0.0, far, 25_000.0, HIGH, ground=False)
    final = float(rng.uniform(8, 28))
    flight.land(rw, from_km=final, level=25_000.0).stand(rw, 3)


def departure(flight: Flight, rw: Runway, rng: np.random.Generator) -> None:
    straight = float(rng.uniform(3, 15))
    flight.stand(rw, 3).take_off(rw, ft_per_km=float(rng.uniform(200, 500)), straight_km=straight)
    aside = float(rng.choice([-1, 1]) * rng.uniform(100, 250))
    flight.to(rw.point(float(rng.uniform(-150, 150)), aside), 28_000.0, kt=330)


def flown(ways: list[Runway], n: int, seed: int) -> tuple[pl.DataFrame, dict[str, tuple[str, bool, float]]]:
    """Fly n SIMULATED arrivals and departures: positions, and for each address field, arrival or not, floor."""
    rng = np.random.default_rng(seed)
    frames, truth = [], {}
    for i in range(n):
        rw = ways[int(rng.integers(len(ways)))]
        flight = Flight(icao24=f"d{i:05x}", callsign=f"SIM{i}")
        arrives = bool(rng.integers(2))
        (arrival if arrives else departure)(flight, rw, rng)
        flight.height = [a - rw.elevation_ft for a in flight.alt]
        floor = float(rng.choice(FLOORS_FT))
        truth[flight.icao24] = (rw.code, arrives, floor)
        frames.append(
            sampled(
                flight,
                every_s=float(rng.uniform(1, 30)),
                qnh=float(rng.uniform(980, 1045)),
                flag=bool(rng.integers(4)) or None,
                above_ft=floor,
                noise_m=20.0,
                ground_altitude=bool(rng.integers(2)),
                rng=rng,
            )
        )
    return pl.concat(frames), truth


def judged(visits: pl.DataFrame, truth: dict[str, tuple[str, bool, float]]) -> tuple[Counter[Any], list[Any]]:
    counts: Counter[Any] = Counter()
    wrong = []
    for v in visits.iter_rows(named=True):
        code, _, floor = truth[v["icao24"]]
        right = v["airfield"] == code
        counts[floor, v["grade"], right] += 1
        if v["grade"] in STRONG and not right and code not in v["rivals"]:
            wrong.append((code, v["airfield"], v["grade"], v["reasons"]))
    return counts, wrong


GROUPS = {"round Ovda": ("LLOV", "LLER", "OJAQ"), "round Baku": ("UBBB", "UBBI", "UB18")}


@pytest.mark.parametrize("group", GROUPS)
def test_neighbours_are_never_taken_for_one_another(group: str, airfields: Airfields, infer_: Infer) -> None:
    ways = [
        rw
        for code in GROUPS[group]
        for rw in runways_of(airfields.fields, airfields.runways, code).values()
    ]  # fmt: skip
    positions, truth = flown(ways, 250, seed=1)
    counts, wrong = judged(infer_(positions).visits, truth)
    print(f"SIMULATED, {group}:", dict(sorted(counts.items())))  # noqa: T201
    assert not wrong
    strong = sum(n for (_, grade, right), n in counts.items() if right and grade in STRONG)
    assert strong > 0.6 * len(truth)
    # with a floor of 1,000 ft nearly all ends are named strongly
    low = {k: n for k, n in counts.items() if k[0] in (500.0, 1000.0)}
    assert sum(n for (_, g, right), n in low.items() if right and g in STRONG) > 0.85 * sum(low.values())


def test_two_hundred_fields_at_random(airfields: Airfields, infer_: Infer) -> None:
    open_fields = airfields.fields.filter(
        pl.col("elevation_ft").is_not_null() & pl.col("kind").str.ends_with("_airport")
    )
    long = airfields.runways.filter((pl.col("length_ft") > 4921) & ~pl.col("closed").fill_null(value=False))
    codes = open_fields.join(long, on="code", how="semi")["code"].unique().sort().to_list()
    rng = np.random.default_rng(2)
    picked = [codes[i] for i in rng.choice(len(codes), 400, replace=False)]
    by_field = [list(runways_of(airfields.fields, airfields.runways, c).values()) for c in picked]
    ways = list(itertools.chain.from_iterable([w for w in some if w.length_km >= 1.5] for some in by_field))
    assert len({w.code for w in ways}) >= 200
    positions, truth = flown(ways, 400, seed=3)
    assert len({code for code, _, _ in truth.values()}) >= 200
    counts, wrong = judged(infer_(positions).visits, truth)
    print("SIMULATED, fields at random:", dict(sorted(counts.items())))  # noqa: T201
    assert not wrong
    strong = sum(n for (_, grade, right), n in counts.items() if right and grade in STRONG)
    assert strong > 0.6 * len(truth)
