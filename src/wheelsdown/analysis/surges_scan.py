"""The temporal scan: which stretch of days stands out most, and how strong the strongest is by chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from wheelsdown.analysis.stats_numbers import Floats

__all__ = ["Nulls", "Scan", "Window", "best_windows", "beyond", "llr", "maxima", "null_maxima", "single"]

Ints = npt.NDArray[np.int64]
_CELLS: Final = 1 << 18
"""Cells that one piece of the draws may hold: 2 MB an array, which stays near the processor."""
_HALF: Final = 0.5
_EPS: Final = 1e-9
"""Two windows of one strength may differ by rounding."""


@dataclass(frozen=True)
class Window:
    """Days from `first` to `last`, both included, as places in the series."""

    first: int
    last: int
    visits: int
    exposure: float
    llr: float


@dataclass(frozen=True)
class Scan:
    """What is scanned: visits and exposure by day, and the longest window."""

    counts: Ints
    exposure: Floats
    longest: int

    @property
    def total(self) -> int:
        """Visits in all."""
        return int(self.counts.sum())

    @property
    def cumulated(self) -> Floats:
        """Share of the exposure before each day, one longer than the days."""
        whole = np.concatenate([[0.0], np.cumsum(self.exposure)])
        return np.asarray(whole / whole[-1])


def llr(visits: Ints | int, share: Floats | float, total: int) -> Floats:
    """Give the log likelihood ratio of windows: a higher rate inside against one rate throughout.

    Parameters
    ----------
    visits : int or array
        Visits in the window.
    share : float or array
        Its share of the exposure, 0 to 1.
    total : int
        Visits in all.

    Returns
    -------
    ndarray
        c ln(c/E) + (C - c) ln((C - c)/(C - E)) where c > E = C * share, else 0. Kulldorff 1997,
        doi:10.1080/03610929708831995.
    """
    c = np.asarray(visits, dtype=np.float64)
    e = total * np.asarray(share, dtype=np.float64)
    rest = total - c
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = c * np.log(c / e)
        outside = np.where(rest > 0, rest * np.log(rest / (total - e)), 0.0)
        return np.where((c > e) & (e > 0), inside + outside, 0.0)


def best_windows(scan: Scan, most: int = 1) -> list[Window]:
    """Find the strongest windows that share no day, strongest first.

    Only windows that begin and end on a day with a visit need looking at: to drop a day without one raises the ratio.
    Of equal windows the shortest comes first, then the earliest.
    """
    days = np.flatnonzero(scan.counts)
    before, cum = np.concatenate([[0], np.cumsum(scan.counts)]), scan.cumulated
    first, last = (x.ravel() for x in np.meshgrid(days, days, indexing="ij")) if days.size < 512 else _pairs(scan, days)
    share = cum[last + 1] - cum[first]
    fits = (last >= first) & (last - first < scan.longest) & (share <= _HALF + _EPS) & (share > 0)
    first, last, share = first[fits], last[fits], share[fits]
    inside = before[last + 1] - before[first]
    ratio = llr(inside, share, scan.total)
    found: list[Window] = []
    free = ratio > 0
    for i in np.lexsort((first, last - first, -np.round(ratio, 9))):
        if len(found) == most:
            break
        if free[i]:
            a, b = int(first[i]), int(last[i])
            exposure = float(scan.exposure[a : b + 1].sum())
            found.append(Window(a, b, int(inside[i]), exposure, float(ratio[i])))
            free &= (last < a) | (first > b)
    return found


def _pairs(scan: Scan, days: Ints) -> tuple[Ints, Ints]:
    """Pairs of days no farther apart than the longest window, without making all pairs."""
    stop = np.searchsorted(days, days + scan.longest)
    n = stop - np.arange(days.size)
    first = np.repeat(days, n)
    step = np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n)
    return first, days[np.repeat(np.arange(days.size), n) + step]


def single(scan: Scan, first: int, last: int) -> Window:
    """Measure one window that was named, whatever its length."""
    cum = scan.cumulated
    share = float(cum[last + 1] - cum[first])
    inside = int(scan.counts[first : last + 1].sum())
    exposure = float(scan.exposure[first : last + 1].sum())
    return Window(first, last, inside, exposure, float(llr(inside, share, scan.total)))


def maxima(counts: Ints, scan: Scan) -> Floats:
    """Give the strength of the strongest window of each series of counts (series by days), all with one total."""
    if _dense(scan):
        return _by_days(counts, scan)
    rows, days = np.nonzero(counts)
    return _by_visits(np.repeat(days, counts[rows, days]).reshape(counts.shape[0], -1), scan)


def null_maxima(scan: Scan, draws: int, seed: int, *, bunches: tuple[Ints, float] | None = None) -> Floats:
    """Draw series by chance, and give the strength of the strongest window of each.

    Parameters
    ----------
    scan : Scan
    draws, seed : int
    bunches : (array, float), optional
        Group of each day (its week, or the day itself) and concentration: visits then come in bunches. Counts by group
        are negative binomial with one variance over mean, given their sum (Dirichlet-multinomial), and `concentration`
        is the sum over (variance over mean - 1).

    Returns
    -------
    ndarray, one a draw
        As many visits as in the series, each on a day with the chance of its share of the exposure: multinomial draws.
        One seed gives one result, whatever the memory.
    """
    rng = np.random.default_rng(seed)
    dense = _dense(scan)
    step = max(1, _CELLS // (scan.exposure.size if dense else scan.total))
    draw: Callable[[np.random.Generator, int, Scan, tuple[Ints, float] | None], Ints]
    draw, strongest = (_draw_days, _by_days) if dense else (_draw_visits, _by_visits)
    pieces = [strongest(draw(rng, min(step, draws - a), scan, bunches), scan) for a in range(0, draws, step)]
    return np.concatenate(pieces)


def _dense(scan: Scan) -> bool:
    """Tell whether it is quicker to look at all pairs of days than at all pairs of visits near one another."""
    cum, longest = scan.cumulated, min(scan.longest, scan.exposure.size)
    widest = min(float((cum[longest:] - cum[:-longest]).max()), _HALF)
    return scan.total * (scan.total * widest + 10) > scan.exposure.size * longest


def _groups(scan: Scan, group: Ints) -> tuple[Floats, Floats]:
    """Give where groups of days begin on the cumulated exposure, and their widths."""
    cum = scan.cumulated
    low = cum[np.flatnonzero(np.r_[True, np.diff(group) != 0])]
    return low, np.diff(np.r_[low, cum[-1]])


def _draw_days(rng: np.random.Generator, n: int, scan: Scan, bunches: tuple[Ints, float] | None) -> Ints:
    """Draw counts by day."""
    share = np.diff(scan.cumulated)
    if bunches is None:
        return np.asarray(rng.multinomial(scan.total, share, size=n))
    group, concentration = bunches
    _, width = _groups(scan, group)
    place = np.cumsum(np.r_[0, np.diff(group) != 0])
    rate = rng.standard_gamma(concentration * width, size=(n, width.size))
    # a rate may be so small that it is nought: where all are, none is preferred
    rate[rate.sum(axis=1) == 0] = width
    inside = np.divide(share, width[place], out=np.zeros_like(share), where=width[place] > 0)
    chance = rate[:, place] * inside
    chance /= chance.sum(axis=1, keepdims=True)
    return np.asarray(rng.multinomial(scan.total, chance))


def _draw_visits(rng: np.random.Generator, n: int, scan: Scan, bunches: tuple[Ints, float] | None) -> Ints:
    """Draw the days of visits, sorted."""
    total, cum = scan.total, scan.cumulated
    if bunches is None:
        at = rng.random((n, total))
    else:
        at = np.empty((n, total))
        of = np.empty((n, total), dtype=np.int64)
        (low, width), concentration = _groups(scan, bunches[0]), bunches[1]
        every = np.arange(n)
        for j in range(total):
            # Polya's urn: a visit opens a place of its own, or falls into the group of an earlier one
            fresh, again, new = rng.random((3, n))
            own = new * (concentration + j) < concentration
            earlier = of[every, (again * j).astype(np.int64)] if j else of[:, 0]
            of[:, j] = np.where(own, np.searchsorted(low, fresh, side="right") - 1, earlier)
            at[:, j] = np.where(own, fresh, low[of[:, j]] + fresh * width[of[:, j]])
    # of days without exposure, which have no width, the search gives the one after
    day = np.searchsorted(cum, at.ravel(), side="right").reshape(at.shape) - 1
    return np.sort(np.minimum(day, _last_seen(scan)), axis=1)


def _last_seen(scan: Scan) -> int:
    return int(np.flatnonzero(scan.exposure > 0)[-1])


def _by_visits(events: Ints, scan: Scan) -> Floats:
    """Give the strongest window of each row of sorted days of visits.

    Pairs of visits k places apart, for k = 0, 1, ... until none fits into the longest window. Visits of one day tie:
    the pair of the first and the last of them counts them all, and is the stronger for it.
    """
    cum, total = scan.cumulated, scan.total
    start, end = cum[events], cum[events + 1]
    best = np.zeros(events.shape[0])
    for k in range(total):
        share = end[:, k:] - start[:, : total - k]
        fits = (events[:, k:] - events[:, : total - k] < scan.longest) & (share <= _HALF + _EPS)
        if not fits.any():
            break
        # of windows with one count the one with the least share is the strongest: only it needs a logarithm
        best = np.maximum(best, llr(k + 1, np.where(fits, share, 1.0).min(axis=1), total))
    return best


def _by_days(counts: Ints, scan: Scan) -> Floats:
    """Give the strongest window of each row of counts by day."""
    cum, total = scan.cumulated, scan.total
    before = np.zeros((counts.shape[0], counts.shape[1] + 1))
    np.cumsum(counts, axis=1, out=before[:, 1:])
    # reckoned as the excess over what the exposure lets expect, so that little is left to do for each length
    excess = before - total * cum
    best, room = np.zeros(counts.shape[0]), np.empty(counts.size)
    for days in range(1, min(scan.longest, counts.shape[1]) + 1):
        share = cum[days:] - cum[:-days]
        fits = (share > 0) & (share <= _HALF + _EPS)
        scale = np.zeros_like(share)
        scale[fits] = 1.0 / np.sqrt(total * share[fits] * (1.0 - share[fits]))
        z = room[: counts.shape[0] * share.size].reshape(-1, share.size)
        np.subtract(excess[:, days:], excess[:, :-days], out=z)
        z *= scale
        # the ratio is never above the square of z (Kullback-Leibler and chi-squared): few windows need a logarithm
        rows, places = np.nonzero(z > np.sqrt(best)[:, None] + _EPS)
        inside = before[rows, places + days] - before[rows, places]
        np.maximum.at(best, rows, llr(inside, share[places], total))
    return best


@dataclass(frozen=True)
class Nulls:
    """The strongest window of each series drawn by chance, in order of strength."""

    poisson: Floats
    bunched: tuple[Floats, ...] = ()

    def p(self, strength: float) -> tuple[float, float | None]:
        """Give the chance of so strong a window anywhere, without and with bunches."""
        return beyond(self.poisson, strength), max((beyond(b, strength) for b in self.bunched), default=None)

    def larger(self, strength: float) -> float:
        """Give the larger of the two."""
        one, other = self.p(strength)
        return one if other is None else max(one, other)


def beyond(strongest: Floats, strength: float) -> float:
    """Give the share of the strongest windows, in order, that are so strong; the one looked at is among them."""
    above = strongest.size - int(np.searchsorted(strongest, strength - _EPS))
    return (1 + above) / (strongest.size + 1)
