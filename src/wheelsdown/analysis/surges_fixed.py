"""Windows fixed beforehand, bunches, and what a window of one length that was not fixed is worth: plain numbers."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from wheelsdown.analysis.stats_numbers import Floats, count_of, special
from wheelsdown.errors import UsageError

__all__ = ["at_least", "at_least_bunched", "dispersion", "dispersion_most", "some_window"]

_WEEKS_LEAST: Final = 8
_VISITS_LEAST: Final = 10


def at_least(visits: int, total: int, share: float) -> float:
    """Give the chance that at least `visits` of `total` fall into a window with `share` of the exposure.

    The exact conditional test of two rates, one-sided (Przyborowski and Wilenski 1940, doi:10.1093/biomet/31.3-4.313).
    It holds for a window that was chosen before the data were seen.

    Raises
    ------
    UsageError
        More visits in the window than in all, or a share outside 0 to 1.
    """
    c, n = _checked(visits, total, share)
    return float(special().bdtrc(c - 1, n, share)) if c else 1.0


def at_least_bunched(visits: int, total: int, share: float, variance_over_mean: float) -> float:
    """Give the same where visits come in bunches: beta-binomial, which is negative binomial given the sum.

    Parameters
    ----------
    visits, total : int
    share : float
    variance_over_mean : float
        Of counts in equal times, above 1.
    """
    c, n = _checked(visits, total, share)
    if c == 0 or share == 1.0:
        return 1.0
    if share == 0.0:
        return 0.0
    a = n / (variance_over_mean - 1.0)
    k = np.arange(c, n + 1)
    ln = special().gammaln
    chosen = ln(n + 1) - ln(k + 1) - ln(n - k + 1)
    inside = ln(k + a * share) - ln(a * share)
    outside = ln(n - k + a * (1 - share)) - ln(a * (1 - share))
    return float(min(1.0, np.exp(chosen + inside + outside - (ln(n + a) - ln(a))).sum()))


def some_window(visits: int, total: int, share: float) -> float:
    """Give the chance that some window of one length holds at least so many, wherever it lies.

    Parameters
    ----------
    visits, total : int
        In the window, and in all: at least 2.
    share : float
        Length of the window over the whole, above 0 and below 1/2.

    Returns
    -------
    float
        (k/w - N - 1) b(k; N, w) + 2 P(X >= k), X binomial (Wallenstein and Neff 1987; Naus 1965). Exact where the
        window holds all; an approximation else, good below 0.1 and too high above 0.3. At most 1.

    Raises
    ------
    UsageError
        More visits in the window than in all, or a share outside 0 to 1.

    Notes
    -----
    It supposes one steady rate, and one length fixed beforehand: to have tried several lengths makes the chance larger.
    """
    k, n = _checked(visits, total, share)
    if k < 2 or not 0.0 < share < 1.0:
        return 1.0
    one = math.exp(
        math.lgamma(n + 1)
        - math.lgamma(k + 1)
        - math.lgamma(n - k + 1)
        + k * math.log(share)
        + (n - k) * math.log1p(-share)
    )
    return float(min(1.0, max(0.0, (k / share - n - 1) * one + 2.0 * at_least(k, n, share))))


def dispersion(counts: Floats, exposure: Floats, outside: Floats) -> float | None:
    """Give variance over mean of the visits of weeks, without the days of windows that stand out.

    Parameters
    ----------
    counts, exposure : ndarray
        By day.
    outside : ndarray of bool
        Days that take part.

    Returns
    -------
    float or None
        1 for visits that come one by one at one rate for each day observed. None for fewer than 8 weeks with exposure
        or fewer than 10 visits: too few to tell.
    """
    week = np.arange(counts.size) // 7
    y = np.bincount(week, weights=np.where(outside, counts, 0.0))
    e = np.bincount(week, weights=np.where(outside, exposure, 0.0))
    y, e = y[e > 0], e[e > 0]
    if y.size < _WEEKS_LEAST or y.sum() < _VISITS_LEAST:
        return None
    mean = y.sum() * e / e.sum()
    return float(((y - mean) ** 2).sum() / mean.sum() * y.size / (y.size - 1))


def dispersion_most(spread: float, days: float) -> float:
    """Give what variance over mean may be at most, one-sided 95 %, when it was measured over so many days.

    Its standard error over n weeks is about sqrt(2/n) of it (as of a chi-squared over its degrees of freedom). Without
    this room visits in bunches set off false alarms: what stands out most is taken out before the rest is measured.
    """
    return spread * (1.0 + 1.645 * math.sqrt(2.0 * 7.0 / days))


def _checked(visits: int, total: int, share: float) -> tuple[int, int]:
    c, n = count_of(visits, "visits"), count_of(total, "total")
    if c > n:
        raise UsageError(f"{c} visits in the window, and {n} in all")
    if not 0.0 <= share <= 1.0:
        raise UsageError(f"the window has {share} of the exposure: a share lies between 0 and 1")
    return c, n
