"""A SIMULATED year in a lake: what two questions over it take, in seconds and in bytes read.

    python -m bench.year LAKE [--rows 200000000] [--days 365] [--aircraft 4000]

makes the lake; ``python -m bench year`` makes it, asks, prints and removes it.

How the days are thinned: a day holds some 770 aircraft of a fleet of 4,000, where a real one holds 70,000; each
aircraft-day is whole, 1 to 3 legs, some 710 positions. Aircraft differ: most fly on few days, the busiest on nearly
all. Where one ends it begins the next time. Thin days are the harder case: a whole day has ten times as many row
groups, and a question still touches one or two.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from bench import made

__all__ = ["AIRCRAFT", "DAYS", "ROWS", "SOURCE", "Tally", "days_of", "fill"]

SOURCE: Final = "SIMULATED by bench/year.py"
ROWS: Final = 200_000_000
DAYS: Final = 365
AIRCRAFT: Final = 4_000
LEGS: Final = (0.55, 0.30, 0.15)
"""Shares of aircraft-days with 1, 2 and 3 legs."""
ROWS_A_LEG: Final = 443.0
"""About; the maker corrects itself as it goes."""


class Tally:
    """What was made: landings by airfield, days by aircraft."""

    def __init__(self) -> None:
        self.landings: Counter[str] = Counter()
        self.days: Counter[str] = Counter()

    def median_airfield(self) -> str:
        """The airfield in the middle of all that were landed at, by landings."""
        ordered = sorted(self.landings, key=lambda code: (self.landings[code], code))
        return ordered[len(ordered) // 2]

    def busiest_aircraft(self) -> str:
        """The aircraft that flew on most days."""
        return min(self.days, key=lambda address: (-self.days[address], address))


def days_of(
    airfields: pl.DataFrame,
    runways: pl.DataFrame,
    *,
    rows: int = ROWS,
    days: int = DAYS,
    aircraft: int = AIRCRAFT,
    seed: int = 1,
    tally: Tally | None = None,
) -> Iterator[tuple[date, pl.DataFrame]]:
    """Yield day after day of SIMULATED rows of POSITIONS, about `rows` in all.

    Parameters
    ----------
    airfields, runways : polars.DataFrame
        AIRFIELDS and RUNWAYS.
    rows : int
        In all days together.
    days : int
        How many, from `made.DAY` on.
    aircraft : int
        Size of the fleet.
    seed : int
        The same seed gives the same rows.
    tally : Tally, optional
        Told what is made.
    """
    rng = np.random.default_rng(seed)
    ports = made.ports_of(airfields, runways, rng)
    apart_km = made.apart(ports)
    at = rng.integers(0, len(ports.field) // 2, aircraft)
    legs_a_day = sum((i + 1) * share for i, share in enumerate(LEGS))
    so_far = 0.0
    a_leg = ROWS_A_LEG
    flown = 0.0
    eager: Any = None
    for number in range(days):
        share = min((rows - so_far) / (days - number) / a_leg / legs_a_day / aircraft, 0.95)
        if eager is None:
            # beta of mean `share`: most fly on few days, some on nearly all
            eager = rng.beta(1.0, 1.0 / share - 1.0, aircraft)
            mean = eager.mean()
        flies = np.flatnonzero(rng.random(aircraft) < eager * share / mean)
        legs = rng.choice(len(LEGS), size=len(flies), p=LEGS) + 1
        day = made.DAY + timedelta(days=number)
        frames = []
        for n in np.unique(legs):
            these = flies[legs == n]
            take, land, at[these] = made.routes(rng, ports, at[these], int(n), apart_km)
            frames.append(made.flights(rng, ports, these, take, land, day=day, source=SOURCE))
            if tally is not None:
                tally.landings.update(ports.code[land.ravel()].tolist())
        if tally is not None and frames:
            tally.days.update(address for f in frames for address in f["icao24"].unique())
        frame = pl.concat(frames) if frames else pl.DataFrame()
        so_far, flown = so_far + frame.height, flown + float(legs.sum())
        if flown:
            a_leg = so_far / flown
        if frame.height:
            yield day.date(), frame


def receipt_of(day: date, rows: int) -> Any:
    """Name what stands for the file of a day: nothing lies behind it but the maker's seed."""
    from wheelsdown.provenance import Receipt

    name = f"{SOURCE}, {day}"  # one a day: a lake of traces has one an aircraft-day
    return Receipt(name, hashlib.sha256(name.encode()).hexdigest(), len(name), "made", rows)


def fill(path: Path, *, rows: int = ROWS, days: int = DAYS, aircraft: int = AIRCRAFT) -> tuple[int, Tally]:
    """Make the lake, committing day by day; gives how many positions went in, and what they are."""
    from bench.accuracy import reference
    from wheelsdown.lake import Lake
    from wheelsdown.schema import POSITIONS

    lake, tally = Lake.open(path, create=True), Tally()
    total = 0
    for day, frame in days_of(*reference(), rows=rows, days=days, aircraft=aircraft, tally=tally):
        receipt = receipt_of(day, frame.height)
        whole = POSITIONS.conform(frame.with_columns(receipt=pl.lit(receipt.receipt)), fill=True)
        with lake.batch() as batch:
            batch.add(whole, receipts=[receipt])
            total += batch.commit().positions
    return total, tally


def main() -> int:
    """Make the lake."""
    parser = argparse.ArgumentParser(description="a SIMULATED year in a lake")
    parser.add_argument("path", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--aircraft", type=int, default=AIRCRAFT)
    parser.add_argument("--told", type=Path, help="write what was made to this file")
    options = parser.parse_args()
    total, tally = fill(options.path, rows=options.rows, days=options.days, aircraft=options.aircraft)
    aircraft, airfield = tally.busiest_aircraft(), tally.median_airfield()
    told = {
        "positions": total,
        "aircraft_days": tally.days.total(),
        "aircraft": {"icao24": aircraft, "days": tally.days[aircraft]},
        "airfield": {"code": airfield, "landings": tally.landings[airfield], "airfields": len(tally.landings)},
    }
    print(json.dumps(told))
    if options.told is not None:
        options.told.write_text(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
