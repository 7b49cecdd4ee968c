"""The best estimate of a count: visits received, weighed by their probabilities, and visits that left no trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

__all__ = ["DRAWS", "Estimate", "Seen", "Weighed", "estimate"]

DRAWS: Final = 4_000
"""Random draws behind an interval; the seed is fixed, so that a run repeats itself."""
_SEED: Final = 20_230_901
_IN_COMMON: Final = 0.43
"""Correlation of the errors of two classes in one question: a field hard to tell from its neighbour is so for all.
Measured on the SIMULATED scenarios of fitting (3,056 pairs of classes of 8 visits and more)."""

_ALL: Final = 0.005
"""A chance so near 1 leaves nothing out."""
_TAILS: Final = 5.0
"""Degrees of freedom of Student's t for the errors that visits of one question share: a question unlike those that were
fitted on errs by more than a normal distribution allows."""


@dataclass(frozen=True)
class Weighed:
    """Visits of one class of evidence."""

    n: int
    probability: float
    spread: float = 0.0
    """Standard deviation of the logit that all visits of the class share."""
    rival: bool = False
    """Named elsewhere, with this field among the rivals: these err together, apart from those named here."""


@dataclass(frozen=True)
class Seen:
    """Chance that a visit leaves a row, with its 95 % interval."""

    probability: float
    least: float
    most: float


@dataclass(frozen=True)
class Estimate:
    """Expected visits, and the interval that holds 95 % of the draws."""

    mean: float
    least: float
    most: float
    received: float
    """Sum of probabilities of what was received."""
    unseen: float


def estimate(
    classes: Sequence[Weighed], seen: Seen | None, *, unseen_spread: float, most_unseen: int | None
) -> Estimate:
    """Estimate how many visits there were.

    Parameters
    ----------
    classes : sequence of Weighed
        What was received.
    seen : Seen, optional
        Chance that a visit leaves a row; None: nothing is added for visits that left none.
    unseen_spread : float
        Standard deviation, on the logit scale, by which the fleet may differ from the traffic that `seen` was
        learnt from.
    most_unseen : int, optional
        No more than this many can have gone unreceived; None: no bound.

    Returns
    -------
    Estimate

    Notes
    -----
    Received: a Poisson-binomial count whose classes each carry an error that all their visits share (a random effect on
    the logit, Student's t with 5 degrees of freedom: a question may be unlike those fitted on), part of it common to
    all classes, since a field that is hard to tell from its neighbour is so for every visit. Unseen: negative binomial
    given the received and the chance to be seen (prior 1/N; docs/methods.md, Counts); where nothing at all was
    received the upper end is that of a flat prior; where all may have been received the lower end adds nothing. Both
    by Monte Carlo with a fixed seed. What it cannot see: an aircraft that never broadcasts, and a fleet that avoids
    being received at one airfield only.
    """
    rng = np.random.default_rng(_SEED)
    received = np.zeros(DRAWS)
    mean = 0.0
    common, mistaken = rng.standard_normal((2, DRAWS))
    tail = _tail(rng)
    for c in classes:
        p = np.full(DRAWS, c.probability)
        if c.spread > 0.0 and 0.0 < c.probability < 1.0:
            own = rng.standard_normal(DRAWS)
            # a field that is taken for its neighbour once is taken for it every time
            z = mistaken if c.rival else np.sqrt(_IN_COMMON) * common + np.sqrt(1.0 - _IN_COMMON) * own
            p = 1.0 / (1.0 + np.exp(-(_logit(c.probability) + c.spread * z * tail)))
        received += rng.binomial(c.n, p)
        mean += c.n * float(p.mean())
    unseen = np.zeros(DRAWS)
    if seen is not None:
        q = np.clip(_chance(seen, unseen_spread, rng), 0.01, 1.0)
        some = received > 0
        unseen[some] = rng.negative_binomial(np.maximum(received[some], 1.0), q[some])
        if most_unseen is not None:
            unseen = np.minimum(unseen, most_unseen)
    total = received + unseen
    least, most = (float(x) for x in np.quantile(total, (0.025, 0.975), method="inverted_cdf"))
    if seen is not None and seen.most > 1.0 - _ALL:
        # by the upper end of what was told every visit may have left a row
        least = min(least, float(np.quantile(received, 0.025, method="inverted_cdf")))
    if seen is not None and not sum(c.n for c in classes):
        # where nothing was received the prior 1/N knows of nothing; that nothing came it does not show
        none = rng.negative_binomial(1, q)
        most = float(np.quantile(none, 0.975, method="inverted_cdf"))
        most = most if most_unseen is None else min(most, float(most_unseen))
    return Estimate(mean + float(unseen.mean()), least, most, mean, float(unseen.mean()))


def most_unseen(received: int, seen: Seen, *, unseen_spread: float, level: float = 0.995) -> int:
    """Bound the visits that left no row, given how many rows there are and the chance to leave one.

    Parameters
    ----------
    received : int
        Rows that may be visits.
    seen : Seen
    unseen_spread : float
        As in `estimate`.
    level : float
        Share of the draws that lie at or below the bound.
    """
    rng = np.random.default_rng(_SEED)
    q = np.clip(_chance(seen, unseen_spread, rng), 0.01, 1.0)
    draws = rng.negative_binomial(max(received, 1), q)
    return int(np.quantile(draws, level, method="inverted_cdf"))


def _logit(p: Any) -> Any:
    p = np.clip(p, 1e-6, 1.0 - 1e-6)
    return np.log(p / (1.0 - p))


def _chance(seen: Seen, spread: float, rng: np.random.Generator) -> Any:
    """Draw the chance to be seen: a Beta with its mean and lower end, shifted by how fleets differ."""
    n = _trials(seen)
    q = rng.beta(n * seen.probability + 0.5, n * (1.0 - seen.probability) + 0.5, DRAWS)
    return 1.0 / (1.0 + np.exp(-(_logit(q) + spread * rng.standard_normal(DRAWS) * _tail(rng))))


def _tail(rng: np.random.Generator) -> Any:
    """Draw what makes normal draws those of Student's t."""
    return np.sqrt(_TAILS / rng.chisquare(_TAILS, DRAWS))


def _trials(seen: Seen) -> float:
    """So many trials make the lower end of the interval what it is (Jeffreys; bisection on their logarithm)."""
    from scipy.special import betaincinv

    low, high = -2.0, 18.0
    for _ in range(40):
        middle = (low + high) / 2.0
        n = float(np.exp(middle))
        least = float(betaincinv(n * seen.probability + 0.5, n * (1.0 - seen.probability) + 0.5, 0.025))
        low, high = (middle, high) if least < seen.least else (low, middle)
    return float(np.exp(low))
