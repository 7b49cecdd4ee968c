"""How often surges fires over SIMULATED quiet series with growing coverage, and how often it finds planted ones.

python -m bench.alarms_surges [--series N] [--draws B] [--seed S] [--power N]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from wheelsdown.analysis.stats_intervals import clopper_pearson
from wheelsdown.analysis.surges import surges
from wheelsdown.analysis.surges_scan import Scan, best_windows, null_maxima
from wheelsdown.schema import SERIES

__all__ = ["Quiet", "alarms", "made", "power"]

Floats = npt.NDArray[np.float64]
LEVEL: Final = 0.05
LONGEST: Final = 90
_EPS: Final = 1e-9
FIRST: Final = date(2016, 1, 1)
SIZES: Final = ((14, 10.0), (30, 5.0), (60, 3.0), (90, 3.0), (17, 10.8))
"""Planted surges: days, and times the rate that the exposure lets expect; the last is AP's window."""


@dataclass(frozen=True)
class Quiet:
    """What became of quiet series."""

    series: int
    fired: int
    """p at or below the level."""
    randomised: int
    """The same with a p that is uniform under chance: ties are broken by lot."""


def coverage(rng: np.random.Generator, days: int) -> Floats:
    """Chance that a visit is received, by day: it grows over the years, with receivers that come, and with outages."""
    least, most = rng.uniform(0.05, 0.4), rng.uniform(0.7, 1.0)
    steps = np.sort(rng.integers(0, days, size=rng.integers(1, 6)))
    grown = np.searchsorted(steps, np.arange(days), side="right") / steps.size
    smooth = np.arange(days) / days
    chance = least + (most - least) * (0.5 * grown + 0.5 * smooth)
    for _ in range(int(rng.integers(0, 6))):
        at = int(rng.integers(0, days))
        chance[at : at + int(rng.integers(1, 40))] = 0.0
    return np.asarray(chance)


def made(rng: np.random.Generator, *, planted: tuple[int, float] | None = None) -> tuple[npt.NDArray[np.int64], Floats]:
    """Make one series: visits at a steady rate, thinned by what was received; perhaps a stretch of so many times it.

    Parameters
    ----------
    rng : Generator
    planted : (days, times), optional
        Length of the surge, and how many times the rate it has.

    Returns
    -------
    counts, exposure by day
        `counts` are those of the visits that were received.
    """
    days = int(rng.integers(365, 7 * 365))
    chance = coverage(rng, days)
    rate = np.full(days, rng.uniform(15, 300) / max(float(chance.sum()), 1.0))
    if planted is not None:
        length, times = planted
        seen = np.flatnonzero(chance > 0)
        at = min(int(rng.choice(seen)), days - length)
        rate[at : at + length] *= times
    flown = rng.poisson(rate)
    return rng.binomial(flown, chance), chance


def alarms(series: int, draws: int, seed: int) -> Quiet:
    """Count how often chance alone fires."""
    fired = lot = 0
    for n in range(series):
        rng = np.random.default_rng([seed, n])
        counts, chance = made(rng)
        row = _tested(counts, chance, draws, n)
        fired += bool(row["surge"])
        lot += _randomised(rng, counts, chance, draws, n) <= LEVEL
    return Quiet(series, fired, lot)


def _tested(counts: npt.NDArray[np.int64], chance: Floats, draws: int, seed: int) -> dict[str, object]:
    days = counts.size
    frame = pl.DataFrame(
        {
            "day": [FIRST + timedelta(days=i) for i in range(days)],
            "visits": counts,
            "exposure": chance,
            "known": [True] * days,
            "time_zone": ["UTC"] * days,
            "weaker": [0] * days,
            "sources": [["SIMULATED"] if c else [] for c in counts],
        }
    )
    since = datetime.combine(FIRST, datetime.min.time(), tzinfo=UTC)
    found = surges(
        SERIES.conform(frame, fill=True),
        since=since,
        until=since + timedelta(days=days),
        draws=draws,
        seed=seed,
        longest_days=LONGEST,
        level=LEVEL,
        further=False,
    )
    return found.row(0, named=True)


def _randomised(
    rng: np.random.Generator, counts: npt.NDArray[np.int64], chance: Floats, draws: int, seed: int
) -> float:
    """Give a p that is uniform under chance."""
    scan = Scan(np.where(chance > 0, counts, 0), chance, min(LONGEST, counts.size))
    best = best_windows(scan)
    strength = best[0].llr if best else 0.0
    drawn = null_maxima(scan, draws, seed)
    above, equal = int((drawn > strength + _EPS).sum()), int((np.abs(drawn - strength) <= _EPS).sum())
    return (above + float(rng.random()) * (equal + 1)) / (draws + 1)


def power(series: int, draws: int, seed: int) -> Iterator[tuple[int, float, float, float, float]]:
    """Plant surges, and tell for each size: days, times, mean visits received in all, share found, share found rightly.

    Found is where it fires at all, found rightly where it fires on days that overlap with those planted.
    """
    for length, times in SIZES:
        fired = right = total = 0
        for n in range(series):
            rng = np.random.default_rng([seed, length, int(times), n])
            days = 3 * 365
            chance = coverage(rng, days)
            chance[chance == 0] = chance.max()
            rate = np.full(days, 92 / float(chance.sum()))
            at = int(rng.integers(0, days - length))
            rate[at : at + length] *= times
            counts = rng.binomial(rng.poisson(rate), chance)
            row = _tested(counts, chance, draws, n)
            total += int(counts.sum())
            if row["surge"]:
                fired += 1
                first, last = FIRST + timedelta(days=at), FIRST + timedelta(days=at + length - 1)
                right += row["began"] <= last and row["ended"] >= first  # type: ignore[operator]
        yield length, times, total / series, fired / series, right / series


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=1000, help="quiet series")
    parser.add_argument("--power", type=int, default=200, help="series with a planted surge, of each size")
    parser.add_argument("--draws", type=int, default=999)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    begun = time.monotonic()
    quiet = alarms(asked.series, asked.draws, asked.seed)
    for name, k in (("fired", quiet.fired), ("randomised p", quiet.randomised)):
        ends = clopper_pearson(k, quiet.series)
        print(
            f"SIMULATED quiet series, {name}: {k} of {quiet.series} ({k / quiet.series:.1%}; 95 % {ends.least:.1%} to "
            f"{ends.most:.1%})"
        )
    for length, times, total, found, right in power(asked.power, asked.draws, asked.seed):
        print(
            f"SIMULATED, planted {length} days at {times:g} times the rate, {total:.0f} visits received in 3 years: "
            f"found {found:.0%}, on its days {right:.0%}"
        )
    print(f"{asked.draws} draws, seed {asked.seed}, {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
