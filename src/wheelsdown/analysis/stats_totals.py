"""How many there were in all, from how many were seen: plain numbers in, plain numbers out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from wheelsdown.analysis.stats_numbers import (
    EPS,
    LEVEL,
    Floats,
    count_of,
    first_at,
    probability_of,
    special,
    tail_of,
    z_of,
)
from wheelsdown.errors import UsageError

__all__ = [
    "Total",
    "adjusted_total",
    "adjusted_total_uncertain",
    "chapman",
    "horvitz_thompson",
    "lincoln_petersen",
]

_SUM_MOST: Final = 5_000_000
_BLOCK: Final = 1 << 16


class Total(NamedTuple):
    """An estimate of a total; None is "no bound"."""

    mean: float | None
    sd: float | None
    least: float
    median: float | None
    most: float | None


def adjusted_total(
    seen: int, p: float, level: float = LEVEL, *, prior: Literal["reciprocal", "uniform"] = "reciprocal"
) -> Total:
    """Estimate how many there were, when each was seen with a known probability.

    Parameters
    ----------
    seen : int
        How many were seen.
    p : float
        Probability that one is seen, above 0.
    level : float
        Of the interval.
    prior
        ``reciprocal``: 1/N, which makes the mean n/p; it says nothing when none was seen, and is refused then.
        ``uniform``: every total alike, a little higher, and good for none seen.

    Returns
    -------
    Total
        Unseen ones follow NegBin(n, p) or, uniform, NegBin(n + 1, p).

    Raises
    ------
    UsageError
        None was seen and the prior is ``reciprocal``, or `p` is not a probability above 0.

    Notes
    -----
    It supposes that all were as easy to see as those that `p` was measured on, and seen independently. What can never
    be seen is outside of it.
    """
    shape, p = _shape(seen, prior), probability_of(p, "p")
    if p <= 0.0:
        raise UsageError("p is 0: nothing could be seen, so there is no estimate")

    def cdf(k: float) -> float:
        return float(special().betainc(shape, k + 1.0, p)) if p < 1.0 else 1.0

    tail = tail_of(level)
    low, mid, high = (_search(cdf, q) for q in (tail, 0.5, 1.0 - tail))
    mean, sd = seen + shape * (1.0 - p) / p, math.sqrt(shape * (1.0 - p)) / p
    return Total(mean, sd, seen + (low or 0), _plus(seen, mid), _plus(seen, high))


def adjusted_total_uncertain(
    seen: int, a: float, b: float, level: float = LEVEL, *, prior: Literal["reciprocal", "uniform"] = "reciprocal"
) -> Total:
    """Estimate how many there were, when the probability of seeing one is itself known from trials only.

    Parameters
    ----------
    seen : int
        How many were seen.
    a, b : float
        Beta distribution of the probability, as `jeffreys` gives it.
    level, prior
        As in `adjusted_total`.

    Returns
    -------
    Total
        Beta-negative-binomial. Mean or sd are None where they are infinite (a <= 1, a <= 2), an end of the interval
        where it lies beyond five million: no bound.

    Raises
    ------
    UsageError
        As in `adjusted_total`; `a` or `b` is not above 0.
    """
    r = _shape(seen, prior)
    if not (a > 0 and b > 0 and math.isfinite(a) and math.isfinite(b)):
        raise UsageError(f"a Beta distribution needs two numbers above 0, not {a} and {b}")
    tail = tail_of(level)
    gammaln, betaln = special().gammaln, special().betaln
    wanted = [tail, 0.5, 1.0 - tail]
    found: list[int | None] = [None, None, None]
    cumulated, start, size = 0.0, 0, 256
    while start < _SUM_MOST and found[2] is None:
        k = np.arange(start, start + size, dtype=np.float64)
        log_pmf = gammaln(r + k) - gammaln(k + 1) - gammaln(r) + betaln(a + r, b + k) - betaln(a, b)
        sums = cumulated + np.cumsum(np.exp(log_pmf))
        for i, q in enumerate(wanted):
            if found[i] is None and sums[-1] >= q - EPS:
                found[i] = start + first_at(sums, q)
        cumulated, start, size = float(sums[-1]), start + size, min(size * 2, _BLOCK)
    mean = r * b / (a - 1.0) if a > 1.0 else None
    variance = r * (a + r - 1.0) * b * (a + b - 1.0) / ((a - 2.0) * (a - 1.0) ** 2) if a > 2.0 else None
    return Total(
        None if mean is None else seen + mean,
        None if variance is None else math.sqrt(variance),
        seen + (found[0] or 0),
        _plus(seen, found[1]),
        _plus(seen, found[2]),
    )


def horvitz_thompson(p: Sequence[float] | Floats) -> tuple[float, float]:
    """Estimate a total from those seen, each with its own probability of being seen.

    Parameters
    ----------
    p : sequence of float
        For each one seen, the probability that it would be, above 0.

    Returns
    -------
    total, sd : float
        Sum of 1/p and the root of the sum of (1 - p)/p^2.

    Raises
    ------
    UsageError
        A probability is not above 0 and at most 1.

    Notes
    -----
    Horvitz and Thompson 1952, JASA 47:663. Unseen kinds that no seen one stands for are outside of it.
    """
    given = np.asarray(p, dtype=np.float64)
    if not bool(np.all((given > 0) & (given <= 1))):
        raise UsageError("each one seen had a probability above 0 and at most 1 of being seen")
    return float(np.sum(1.0 / given)), float(np.sqrt(np.sum((1.0 - given) / given**2)))


def lincoln_petersen(first: int, second: int, both: int) -> float | None:
    """Estimate a total from two lists: n1 n2 / m; None where nothing is in both. Biased for small m: see `chapman`."""
    n1, n2, m = _lists(first, second, both)
    return n1 * n2 / m if m else None


def chapman(first: int, second: int, both: int, level: float = LEVEL) -> Total:
    """Estimate a total from two lists and what is in both.

    Parameters
    ----------
    first, second : int
        How many each list holds, n1 and n2.
    both : int
        How many are in both, m.
    level : float
        Of the interval.

    Returns
    -------
    Total
        (n1 + 1)(n2 + 1)/(m + 1) - 1, its standard error, and a log-normal interval on what neither list holds, so that
        it never falls below what is known. `median` is the estimate itself.

    Raises
    ------
    UsageError
        More in both than in one.

    Notes
    -----
    Chapman 1951; variance by Seber 1970, doi:10.2307/2529098; interval as Chao 1987, doi:10.2307/2531532. It supposes
    a closed window, right matching, independent lists, and that all were equally easy to see. Providers of flight
    tracks share volunteers, places and the aircraft's own silence, so it is a LOWER estimate: for 92 visits, seen with
    0.7 and 0.6, it gives 80 under shared reception and 64 with a fifth of the visits silent.
    """
    n1, n2, m = _lists(first, second, both)
    total = (n1 + 1) * (n2 + 1) / (m + 1) - 1
    sd = math.sqrt((n1 + 1) * (n2 + 1) * (n1 - m) * (n2 - m) / ((m + 1) ** 2 * (m + 2)))
    known = n1 + n2 - m
    unknown = total - known
    if unknown <= 0:  # one list holds the other: nothing is left to estimate
        return Total(total, sd, known, total, known)
    c = math.exp(z_of(level) * math.sqrt(math.log1p((sd / unknown) ** 2)))
    return Total(total, sd, known + unknown / c, total, known + unknown * c)


def _search(cdf: Callable[[float], float], q: float) -> int | None:
    """Find the least whole number whose `cdf` reaches `q`, by doubling and halving."""
    low, high = -1, 0
    while cdf(float(high)) < q - EPS:
        if high > 1 << 52:
            return None
        low, high = high, 2 * high + 1
    while high - low > 1:
        middle = (low + high) // 2
        if cdf(float(middle)) >= q - EPS:
            high = middle
        else:
            low = middle
    return high


def _plus(seen: int, more: int | None) -> float | None:
    return None if more is None else float(seen + more)


def _shape(seen: int, prior: str) -> int:
    n = count_of(seen, "seen")
    if prior == "uniform":
        return n + 1
    if n == 0:
        raise UsageError("none was seen: the prior 1/N says nothing then; take prior='uniform'")
    return n


def _lists(first: int, second: int, both: int) -> tuple[int, int, int]:
    n1, n2, m = count_of(first, "first"), count_of(second, "second"), count_of(both, "both")
    if m > min(n1, n2):
        raise UsageError(f"{m} in both, but the lists hold {n1} and {n2}")
    return n1, n2, m
