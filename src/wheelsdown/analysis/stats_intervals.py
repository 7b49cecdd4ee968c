"""Exact intervals of counts, shares and sums of unequal chances: plain numbers in, plain numbers out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wheelsdown.analysis.stats_numbers import LEVEL, Floats, count_of, first_at, probability_of, special, tail_of
from wheelsdown.errors import UsageError

__all__ = [
    "Interval",
    "RateRatio",
    "clopper_pearson",
    "garwood",
    "jeffreys",
    "jeffreys_interval",
    "none_of",
    "poisson_binomial_cdf",
    "poisson_binomial_interval",
    "poisson_binomial_pmf",
    "poisson_binomial_quantile",
    "rate_ratio",
]


class Interval(NamedTuple):
    """Both ends belong to it."""

    least: float
    most: float


class RateRatio(NamedTuple):
    """One rate over another."""

    ratio: float | None
    least: float
    most: float | None
    p: float


def poisson_binomial_pmf(p: Sequence[float] | Floats) -> Floats:
    """Give the distribution of a sum of independent events of unequal probability.

    Parameters
    ----------
    p : sequence of float
        A probability for each event, 0 to 1.

    Returns
    -------
    ndarray of float, one longer than `p`
        Probability of 0, 1, ... events; sums to 1. Plain convolution, n squared steps.

    Raises
    ------
    UsageError
        A probability is not between 0 and 1.

    Notes
    -----
    It takes the events for independent: where all probabilities share an error (a receiver that was down), the true
    distribution is wider. Poisson 1837; convolution as in Hong 2013, doi:10.1016/j.csda.2012.10.006.
    """
    given = np.asarray(p, dtype=np.float64)
    if given.ndim != 1 or not bool(np.all((given >= 0) & (given <= 1))):
        raise UsageError("probabilities lie between 0 and 1; one of these does not, or is not a number")
    pmf = np.zeros(given.size + 1)
    pmf[0] = 1.0
    for i, one in enumerate(given):
        # from the top, so that no second array is needed
        pmf[1 : i + 2] = pmf[1 : i + 2] * (1.0 - one) + pmf[: i + 1] * one
        pmf[0] *= 1.0 - one
    return pmf


def poisson_binomial_cdf(p: Sequence[float] | Floats) -> Floats:
    """Give the probability of at most 0, 1, ... events; see `poisson_binomial_pmf`."""
    return np.minimum(np.cumsum(poisson_binomial_pmf(p)), 1.0)


def poisson_binomial_quantile(p: Sequence[float] | Floats, q: float) -> int:
    """Give the least number of events whose cumulated probability reaches `q`; see `poisson_binomial_pmf`."""
    return first_at(poisson_binomial_cdf(p), probability_of(q, "q"))


def poisson_binomial_interval(p: Sequence[float] | Floats, level: float = LEVEL) -> tuple[int, int]:
    """Give the central interval of the number of events; it holds at least `level`."""
    cdf, tail = poisson_binomial_cdf(p), tail_of(level)
    return first_at(cdf, tail), first_at(cdf, 1.0 - tail)


def garwood(events: int, level: float = LEVEL) -> Interval:
    """Give the exact interval of a Poisson mean.

    Parameters
    ----------
    events : int
        Events counted, 0 or more. Divide both ends by the exposure for a rate.
    level : float
        Coverage, at least.

    Returns
    -------
    Interval
        chi2(a/2, 2n)/2 to chi2(1 - a/2, 2n + 2)/2; from 0 for no event.

    Raises
    ------
    UsageError
        Fewer than no events.

    Notes
    -----
    Garwood 1936, Biometrika 28:437. It supposes that events come one by one at a steady rate: visits that come in
    convoys or campaigns vary more than it says.
    """
    n, tail = count_of(events, "events"), tail_of(level)
    least = float(special().gammaincinv(n, tail)) if n else 0.0
    return Interval(least, float(special().gammaincinv(n + 1, 1.0 - tail)))


def clopper_pearson(successes: int, trials: int, level: float = LEVEL) -> Interval:
    """Give the exact interval of a proportion.

    Raises
    ------
    UsageError
        More successes than trials, or no trial.

    Notes
    -----
    Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404. It holds at least `level`, mostly more.
    """
    k, n, tail = count_of(successes, "successes"), count_of(trials, "trials"), tail_of(level)
    _within(k, n)
    least = float(special().betaincinv(k, n - k + 1, tail)) if k else 0.0
    most = float(special().betaincinv(k + 1, n - k, 1.0 - tail)) if k < n else 1.0
    return Interval(least, most)


def jeffreys(successes: int, trials: int) -> tuple[float, float]:
    """Give the two parameters of the Beta distribution of a proportion after `trials`: k + 1/2 and n - k + 1/2.

    Jeffreys 1946; without a trial it is Beta(1/2, 1/2).
    """
    k, n = count_of(successes, "successes"), count_of(trials, "trials")
    if k > n:
        raise UsageError(f"{k} successes in {n} trials")
    return k + 0.5, n - k + 0.5


def jeffreys_interval(successes: int, trials: int, level: float = LEVEL) -> Interval:
    """Give the interval of a proportion by `jeffreys`; 0 and 1 are kept as ends where nothing else was seen.

    Brown, Cai and DasGupta 2001, doi:10.1214/ss/1009213286. Shorter than `clopper_pearson`; it may fall short of
    `level` for single proportions.
    """
    a, b = jeffreys(successes, trials)
    tail = tail_of(level)
    least = float(special().betaincinv(a, b, tail)) if successes else 0.0
    most = float(special().betaincinv(a, b, 1.0 - tail)) if successes < trials else 1.0
    return Interval(least, most)


def none_of(trials: int, level: float = LEVEL) -> float:
    """Give the exact upper bound of a proportion of which none was seen in `trials` (about 3/n, "rule of three").

    1 - (1 - level)^(1/n), one-sided; Hanley and Lippman-Hand 1983, doi:10.1001/jama.1983.03330370053031.
    """
    n = count_of(trials, "trials")
    _within(0, n)
    return float(-math.expm1(math.log1p(-probability_of(level, "level")) / n))


def rate_ratio(events: int, exposure: float, other_events: int, other_exposure: float) -> RateRatio:
    """Compare two Poisson rates exactly, given the sum of their events.

    Parameters
    ----------
    events, other_events : int
        Events in each.
    exposure, other_exposure : float
        Days observed in each, above 0.

    Returns
    -------
    RateRatio
        First over second with a 95 % interval (Clopper and Pearson on the share of events), and the two-sided p. The
        ratio and its upper end are None where the second has no event.

    Raises
    ------
    UsageError
        An exposure is not above 0.

    Notes
    -----
    Przyborowski and Wilenski 1940, doi:10.1093/biomet/31.3-4.313. The p holds for windows chosen before the data were
    seen, and for no others.
    """
    k, rest = count_of(events, "events"), count_of(other_events, "other_events")
    if not (exposure > 0 and other_exposure > 0):
        raise UsageError("a rate needs an exposure above 0 days")
    n = k + rest
    if n == 0:
        return RateRatio(None, 0.0, None, 1.0)
    share, odds = clopper_pearson(k, n), other_exposure / exposure
    null = exposure / (exposure + other_exposure)
    at_most = 1.0 if k == n else float(special().betainc(n - k, k + 1, 1.0 - null))
    at_least = 1.0 if k == 0 else float(special().betainc(k, n - k + 1, null))
    return RateRatio(
        k / rest * odds if rest else None,
        share.least / (1.0 - share.least) * odds,
        share.most / (1.0 - share.most) * odds if share.most < 1.0 else None,
        min(1.0, 2.0 * min(at_most, at_least)),
    )


def _within(k: int, n: int) -> None:
    if n == 0 or k > n:
        raise UsageError(f"{k} successes in {n} trials: there must be a trial, and no more successes than trials")
