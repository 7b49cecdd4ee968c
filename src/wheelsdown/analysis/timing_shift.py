"""Visits shifted in time by chance: round a circle of observed time, each calendar year by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wheelsdown.errors import UsageError

__all__ = ["Bins", "Counts", "shifts", "strata_of"]

Counts = NDArray[np.float64]
_CELLS: Final = 4_000_000
"""Cells made at once: some 30 MB."""


@dataclass(frozen=True)
class Bins:
    """Days of a period: visits, the share of each day that was observed, and which days are shifted together."""

    first: date
    visits: NDArray[np.int64]
    exposure: NDArray[np.float64]
    strata: NDArray[np.int64]

    @property
    def size(self) -> int:
        """Days of the period."""
        return int(self.visits.size)

    def index(self, day: date) -> int:
        """Number of a day, from 0; below 0 or beyond `size` outside the period."""
        return (day - self.first).days


def strata_of(first: date, size: int, regimes: Sequence[date] = ()) -> NDArray[np.int64]:
    """Number the days of a period by what is shifted together: calendar years, cut again where a regime begins.

    Parameters
    ----------
    first : date
        First day of the period.
    size : int
        Days.
    regimes : dates
        First days of regimes of coverage: another receiver, another feed.

    Returns
    -------
    int64 array (size,)
        From 0, ascending.
    """
    days = [first + timedelta(days=i) for i in range(size)]
    begins = set(regimes)
    out = np.zeros(size, dtype=np.int64)
    for i in range(1, size):
        out[i] = out[i - 1] + (days[i].year != days[i - 1].year or days[i] in begins)
    return out


def shifts(bins: Bins, draws: int, rng: np.random.Generator) -> Iterator[Counts]:
    """Draw visits that came at other times: within each stratum all are shifted by one uniform lag, round a circle.

    Parameters
    ----------
    bins : Bins
        Visits on days with no exposure must be taken out before.
    draws : int
        How many.
    rng : numpy Generator
        Of the lags.

    Yields
    ------
    float array (some draws, days)
        Visits a day.

    Raises
    ------
    UsageError
        A visit lies on a day that was not observed.

    Notes
    -----
    Donges et al. 2016, doi:10.1140/epjst/e2015-50233-y, test against shuffled series; a shift keeps what a shuffle
    destroys, the bunches in which visits come. The circle is of observed time, not of the calendar: exposure stays
    with its days, a visit moves along the days that were observed, and lands on a day in proportion to how much of it
    was observed, never on one that was not. Visits of one day stay together. Lags of strata are independent, so a year
    with better coverage keeps its own visits. It cannot see a change of coverage inside a stratum that the exposure
    does not show, nor a season that visits and events share.
    """
    at = np.flatnonzero(bins.visits > 0)
    if np.any(bins.exposure[at] <= 0):
        raise UsageError("a visit on a day that was not observed cannot be shifted in observed time")
    if at.size == 0:
        raise UsageError("there is no visit to shift")
    until = np.cumsum(bins.exposure)
    kinds = int(bins.strata[-1]) + 1
    begin, length = np.zeros(kinds), np.zeros(kinds)
    low, high = np.zeros(kinds, dtype=np.int64), np.zeros(kinds, dtype=np.int64)
    for k in range(kinds):
        days = np.flatnonzero((bins.strata == k) & (bins.exposure > 0))
        if days.size:
            low[k], high[k] = days[0], days[-1]
            begin[k] = until[days[0]] - bins.exposure[days[0]]
            length[k] = until[days[-1]] - begin[k]
    own = bins.strata[at]
    middle = until[at] - bins.exposure[at] / 2 - begin[own]
    weights = bins.visits[at].astype(np.float64)
    portion = max(1, _CELLS // bins.size)
    for done in range(0, draws, portion):
        some = min(portion, draws - done)
        lags = rng.random((some, kinds))
        moved = begin[own] + np.mod(middle + lags[:, own] * length[own], length[own])
        day = np.clip(np.searchsorted(until, moved, side="right"), low[own], high[own])
        flat: Any = (np.arange(some)[:, None] * bins.size + day).ravel()
        made = np.bincount(flat, weights=np.tile(weights, some), minlength=some * bins.size)
        yield made.astype(np.float64, copy=False).reshape(some, bins.size)
