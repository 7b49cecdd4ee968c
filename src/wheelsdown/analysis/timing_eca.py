"""Event coincidence analysis on daily bins: coincidences, what chance makes of them, and the strongest of several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wheelsdown.analysis.timing_shift import Bins, Counts

__all__ = ["Comparison", "Held", "hold", "p_value", "poisson_p", "quoter", "randomised_p", "reach", "strongest"]

_TINY: Final = 1e-9


def reach(measure: str, window_days: int, lag_days: int) -> tuple[int, int]:
    """Tell which days a window takes in, counted from the first day of the event: from, to, both included.

    ``before`` is the precursor coincidence of Donges et al. 2016: 0 <= (t_event - lag) - t_visit <= window, that is
    window + 1 days, the day of the event among them where the lag is 0. ``after`` mirrors it, ``around`` is both.
    """
    if measure == "after":
        return lag_days, lag_days + window_days
    if measure == "around":
        return -lag_days - window_days, -lag_days + window_days
    return -lag_days - window_days, -lag_days


@dataclass(frozen=True)
class Comparison:
    """One measure over one window: the days that belong to each event, by number, both ends included."""

    measure: str
    window_days: int
    lag_days: int
    events: tuple[int, ...]
    """Which of the events are compared."""
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @property
    def is_rate(self) -> bool:
        """Whether visits are counted, and not events."""
        return self.measure == "rate_before"

    def cover(self, bins: Bins) -> NDArray[np.int64]:
        """In how many events' windows each day lies."""
        change = np.zeros(bins.size + 1, dtype=np.int64)
        np.add.at(change, self.starts, 1)
        np.add.at(change, self.ends + 1, -1)
        out: NDArray[np.int64] = np.cumsum(change)[:-1]
        return out

    def inside(self, bins: Bins) -> NDArray[np.bool_]:
        """Days that lie in a window of any event."""
        out: NDArray[np.bool_] = self.cover(bins) > 0
        return out


@dataclass
class Held:
    """A comparison held against shifted visits."""

    comparison: Comparison
    observed: int
    """Events with a visit; for a rate, visits in the windows."""
    hits: NDArray[np.bool_]
    """Which of its events had a visit."""
    drawn: NDArray[np.float64]
    """The same as `observed`, by chance, a draw each."""
    without: NDArray[np.float64]
    """As `observed`, leaving out each event in turn."""
    reached: NDArray[np.int64]
    """In how many draws chance did as well, leaving out the same event."""
    mean: float = 0.0
    spread: float = 0.0
    score: float = 0.0

    @property
    def p(self) -> float:
        """Chance of as much or more."""
        return p_value(self.observed, self.drawn)

    @property
    def without_p(self) -> NDArray[np.float64]:
        """The same, leaving out each event in turn."""
        out: NDArray[np.float64] = (1.0 + self.reached.astype(np.float64)) / (1 + self.drawn.size)
        return out

    def p_of(self, value: float) -> float:
        """Chance of so much or more, had it been `value`."""
        return p_value(value, self.drawn)


@dataclass
class _Running:
    comparison: Comparison
    cover: NDArray[np.int64]
    without: NDArray[np.float64]
    drawn: list[NDArray[np.float64]] = field(default_factory=list)
    reached: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def hold(bins: Bins, comparisons: Sequence[Comparison], drawn: Iterable[Counts]) -> list[Held]:
    """Count coincidences in the visits as they came, and in visits shifted by chance.

    Parameters
    ----------
    bins : Bins
        The period.
    comparisons : Comparisons
        All are held against the same shifts.
    drawn : arrays (draws, days)
        Shifted visits.

    Returns
    -------
    list of Held
        In the same order.
    """
    real = bins.visits.astype(np.float64)[None, :]
    real_sums = _sums(real)
    running = []
    for c in comparisons:
        cover = c.cover(bins)
        _, without = _count(c, real, real_sums, cover)
        running.append(_Running(c, cover, without[0], reached=np.zeros(len(c.events), dtype=np.int64)))
    for counts in drawn:
        sums = _sums(counts)
        for r in running:
            all_of_it, without = _count(r.comparison, counts, sums, r.cover)
            r.drawn.append(all_of_it)
            r.reached += np.sum(without >= r.without[None, :] - _TINY, axis=0)
    out = []
    for r in running:
        observed, _ = _count(r.comparison, real, real_sums, r.cover)
        chance = np.concatenate(r.drawn)
        both = np.append(chance, observed)
        # the series as it came is one of the shifts, so it belongs to mean and spread
        mean, spread = float(both.mean()), float(both.std())
        out.append(
            Held(
                r.comparison,
                round(float(observed[0])),
                _hits(r.comparison, real_sums)[0],
                chance,
                r.without,
                r.reached,
                float(chance.mean()),
                spread,
                (float(observed[0]) - mean) / spread if spread > 0 else 0.0,
            )
        )
    return out


def _sums(counts: Counts) -> Counts:
    """Visits up to each day, from none."""
    out = np.zeros((counts.shape[0], counts.shape[1] + 1))
    np.cumsum(counts, axis=1, out=out[:, 1:])
    return out


def _hits(c: Comparison, sums: Counts) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = sums[:, c.ends + 1] > sums[:, c.starts] + _TINY
    return found


def _count(
    c: Comparison, counts: Counts, sums: Counts, cover: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count with all events, and leaving out each."""
    if c.is_rate:
        all_of_it: Counts = counts @ (cover > 0).astype(np.float64)
        # leaving out an event takes away the days that lie in its window alone
        own = _sums(np.where(cover == 1, counts, 0.0))
        return all_of_it, all_of_it[:, None] - (own[:, c.ends + 1] - own[:, c.starts])
    hits = _hits(c, sums)
    whole: Counts = hits.sum(axis=1).astype(np.float64)
    return whole, np.subtract(whole[:, None], hits, dtype=np.float64)


def p_value(observed: float, drawn: NDArray[np.float64]) -> float:
    """Chance of as much or more: (1 + draws that reach it) / (draws + 1). It is never 0."""
    return float((1 + np.sum(drawn >= observed - _TINY)) / (1 + drawn.size))


def randomised_p(observed: float, drawn: NDArray[np.float64], rng: np.random.Generator) -> float:
    """As `p_value`, with ties broken by a throw: exactly uniform under chance, for calibration and for nothing else."""
    above = np.sum(drawn > observed + _TINY)
    ties = np.sum(np.abs(drawn - observed) <= _TINY)
    return float((above + rng.random() * (1 + ties)) / (1 + drawn.size))


def strongest(held: Sequence[Held]) -> NDArray[np.float64]:
    """The largest score of all comparisons, a draw each (Westfall and Young 1993: max-T)."""
    best = np.full(held[0].drawn.size, -np.inf)
    for h in held:
        if h.spread > 0:
            best = np.maximum(best, (h.drawn - (h.drawn.sum() + h.observed) / (h.drawn.size + 1)) / h.spread)
    return np.where(np.isfinite(best), best, 0.0)


def quoter(held: Sequence[Held], one: Held) -> Callable[[float], float]:
    """Make the p to be quoted, as a function of the count: of the strongest where several comparisons were tried."""
    if len(held) < 2:
        return one.p_of
    if one.spread <= 0:
        return lambda _: 1.0
    chance = strongest(held)
    mean = (float(one.drawn.sum()) + one.observed) / (one.drawn.size + 1)
    return lambda value: p_value((value - mean) / one.spread, chance)


def poisson_p(events_with: int, chances: Sequence[float]) -> float:
    """Chance of as many events with a visit or more, had visits come on random days: the tail of a sum of trials.

    Parameters
    ----------
    events_with : int
        Events with a visit.
    chances : sequence of float
        For each event, the chance of a visit in its window: 1 - (1 - days in it / (days - lag)) ** visits, in discrete
        time (Donges et al. 2016, equations 9 to 11; a window has window + 1 days). With equal ones it is binomial.

    Notes
    -----
    It takes visits for independent of one another. Bunched visits make it too small for short windows, and too large
    for long ones.
    """
    tail = np.array([1.0])
    for c in chances:
        tail = np.convolve(tail, [1.0 - c, c])
    return float(min(1.0, tail[max(0, events_with) :].sum()))
