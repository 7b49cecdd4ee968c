"""The probability that a visit leaves a row, from how often each end of proved stops was received."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

__all__ = ["DEPENDENCE", "Known", "Seen", "Trials", "changes", "combined", "pettitt"]

DEPENDENCE: Final = (1.0, 1.5, 4.0)
"""Odds ratio between receiving the one end and the other: for the upper end, the middle, the lower end.

Independent ends have 1. Whatever spares or hits both (the aircraft's own transmitter, the side of the field it uses, an
outage too short to be told) makes it larger, and no data of two ends show it."""
_DRAWS: Final = 4_000
_SEED: Final = 92
_OUTLASTS: Final = 0.03
"""Share of stays taken to outlast 48 hours, when weighing ends that may not have happened."""
_LEAST_SEGMENT: Final = 10
_CHANCE: Final = 0.001


@dataclass(frozen=True)
class Trials:
    """Ends of one kind that other ends prove."""

    known: int
    seen: int
    missed: float | None = None
    """Those not received, each weighted by the chance that the stop was at the field; by default known - seen."""
    doubtful: int = 0
    """Further ends that nobody received and that may not have happened within the data."""


@dataclass(frozen=True)
class Known:
    """Ends that other ends prove, pooled."""

    arrivals: Trials
    departures: Trials


@dataclass(frozen=True)
class Seen:
    """Chances that a visit leaves a row, drawn: with both ends in hours up, with the arrival alone, the departure."""

    both: Any
    arrival: Any
    departure: Any


@lru_cache(maxsize=4096)
def combined(known: Known, *, dependence: float, pessimistic: bool) -> Seen:
    """Draw the chances.

    Parameters
    ----------
    known : Known
        At least one arrival and one departure.
    dependence : float
        Odds ratio between receiving the one end and receiving the other; 1: independent.
    pessimistic : bool
        Doubtful ends, and those at a field that is only possible, count as missed; otherwise by how likely they are.

    Returns
    -------
    Seen
        4,000 draws of each, seed fixed: the same counts give the same draws.

    Notes
    -----
    Two-sample capture and recapture (Lincoln 1930, Petersen 1896): of stops proved by their departure the share x whose
    arrival was received estimates the chance to receive an arrival, and the other way round y; both are drawn from
    Beta(k + 1/2, n - k + 1/2) (Jeffreys 1946). For each stop received at both ends there are (1 - x)/x and (1 - y)/y
    received at one, and R times the product of these received at neither, where R is the odds ratio between the ends
    (Gerritse, van der Heijden and Bakker 2015, doi:10.1515/jos-2015-0022, for such a sensitivity analysis).
    It cannot see aircraft that no receiver could have heard.
    """
    rng = np.random.default_rng(_SEED)
    x, y = (_beta(rng, of, pessimistic=pessimistic) for of in (known.arrivals, known.departures))
    only_departure, only_arrival = (1.0 - x) / x, (1.0 - y) / y
    all_ = 1.0 + only_departure + only_arrival + dependence * only_departure * only_arrival
    return Seen(
        (1.0 + only_departure + only_arrival) / all_, (1.0 + only_arrival) / all_, (1.0 + only_departure) / all_
    )


def _beta(rng: Any, of: Trials, *, pessimistic: bool) -> Any:
    missed = float(of.known - of.seen)
    if pessimistic:
        missed += of.doubtful
    else:
        missed = missed if of.missed is None else of.missed
        missed += of.doubtful * _happened(of.seen, of.seen + missed, of.doubtful) if of.doubtful else 0.0
    return np.clip(rng.beta(of.seen + 0.5, missed + 0.5, _DRAWS), 1e-6, 1.0 - 1e-12)


def _happened(seen: int, trials: float, doubtful: int) -> float:
    """Give the chance that an end nobody received happened at all, against a stay that outlasts 48 hours."""
    w = 0.5
    for _ in range(50):
        p = (seen + 0.5) / (trials + w * doubtful + 1.0)
        gone = (1.0 - p) * (1.0 - _OUTLASTS)
        w = gone / (gone + _OUTLASTS)
    return w


def pettitt(values: Any) -> tuple[int, float]:
    """Find where a series changes its level, and the chance of so large a change without one.

    Parameters
    ----------
    values : float array
        In order of time; infinity is a value above all.

    Returns
    -------
    tuple
        How many values lie before the change; p, approximately.

    Notes
    -----
    Pettitt 1979, doi:10.2307/2346729: ranks only. Ties make it say less, never more. It finds one change; a slow drift
    it takes for a step.
    """
    n = len(values)
    if n < 2:
        return n, 1.0
    order, ranks = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True)
    counts = np.bincount(ranks, minlength=len(order))
    mean_rank = np.cumsum(counts) - (counts - 1) / 2.0
    u = 2.0 * np.cumsum(mean_rank[ranks]) - np.arange(1, n + 1) * (n + 1.0)
    at = int(np.argmax(np.abs(u[:-1])))
    largest = float(abs(u[at]))
    return at + 1, float(min(1.0, 2.0 * np.exp(-6.0 * largest**2 / (n**3 + n**2))))


def changes(values: Any) -> list[int]:
    """Cut a series wherever its level changed by more than chance (p below 0.001); pieces hold ten values at least."""
    out: list[int] = []
    todo = [(0, len(values))]
    while todo:
        lo, hi = todo.pop()
        if hi - lo < 2 * _LEAST_SEGMENT:
            continue
        before, p = pettitt(values[lo:hi])
        if p < _CHANCE and _LEAST_SEGMENT <= before <= hi - lo - _LEAST_SEGMENT:
            out.append(lo + before)
            todo += [(lo, lo + before), (lo + before, hi)]
    return sorted(out)
