"""How much a probability differs from scenario to scenario, beyond chance: the error that visits of a question share.

A class of evidence that is right in 95 of 100 visits may be right in all of one question's and in half of another's.
The spread is the standard deviation of its logit between scenarios, by maximum likelihood of a logistic model with a
normal effect of the scenario (Anderson and Aitkin 1985, doi:10.1111/j.2517-6161.1985.tb01366.x), integrated by
Gauss-Hermite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

__all__ = ["around", "between", "jeffreys_mean", "log_likelihood"]

Floats = np.ndarray[Any, np.dtype[np.float64]]

_NODES: Final = 40
_Z95: Final = 1.959964
_MOST: Final = 3.0
"""Largest spread tried: at this, a class of p = 0.9 lies between 0.02 and 0.9998 in 95 of 100 scenarios."""
_FEW: Final = 2
"""Misses (or hits) in all below which a spread cannot be told: 0."""


def jeffreys_mean(hits: int, n: int) -> float:
    """Mean of the Beta distribution after `n` trials from Jeffreys' prior (1946)."""
    return (hits + 0.5) / (n + 1.0)


def log_likelihood(
    hits: Sequence[int],
    n: Sequence[int],
    centre: float | Floats,
    spread: float | Floats,
    above: float | Floats | None = None,
) -> float:
    """Give the log likelihood of hits in n trials a scenario, with logit(p) normal around `centre` (one, or one each).

    With `above` the normal has two halves: `spread` below the centre, `above` above it. Without the binomial
    coefficients, which do not depend on the parameters.
    """
    x, w = np.polynomial.hermite_e.hermegauss(_NODES)
    low = np.asarray(spread, dtype=float).reshape(-1, 1)
    high = low if above is None else np.asarray(above, dtype=float).reshape(-1, 1)
    eta = np.asarray(centre, dtype=float).reshape(-1, 1) + np.where(x < 0.0, low, high) * x[None, :]
    k, m = np.asarray(hits, dtype=float)[:, None], np.asarray(n, dtype=float)[:, None]
    # log p and log(1 - p) of the logit, without overflow
    terms = -k * np.logaddexp(0.0, -eta) - (m - k) * np.logaddexp(0.0, eta) + np.log(w / w.sum())
    top = terms.max(axis=1, keepdims=True)
    return float(np.sum(top[:, 0] + np.log(np.exp(terms - top).sum(axis=1))))


def between(hits: Sequence[int], n: Sequence[int]) -> float:
    """Give the spread between scenarios around the probability of all, by maximum likelihood.

    The centre is the logit of the Jeffreys mean, as it is where the spread is used: with a centre of its own, a class
    with few misses in few scenarios would get a spread that lets all its visits be false at once.

    Parameters
    ----------
    hits, n : sequences of int
        One entry a scenario; those without a trial are left out.

    Returns
    -------
    float
        0 where fewer than two scenarios have trials, or fewer than two trials missed (or hit): nothing can be told of
        it then, and the Jeffreys mean alone carries the doubt. At most 3.
    """
    pairs = [(h, m) for h, m in zip(hits, n, strict=True) if m > 0]
    k, m = [h for h, _ in pairs], [t for _, t in pairs]
    if len(pairs) < 2 or min(sum(k), sum(m) - sum(k)) < _FEW:
        return 0.0
    p = jeffreys_mean(sum(k), sum(m))
    return _best(lambda s: log_likelihood(k, m, _logit(p), s))


def around(
    hits: Sequence[int],
    n: Sequence[int],
    told: Sequence[tuple[float, float, float]],
) -> float:
    """Give the spread of true chances around the chances told, beyond the intervals told, by maximum likelihood.

    Parameters
    ----------
    hits, n : sequences of int
        One entry a scenario.
    told : sequence of (probability, least, most)
        What was told for each scenario, with its 95 % interval.
    """
    kept = [(h, m, p) for h, m, p in zip(hits, n, told, strict=True) if m > 0]
    if not kept:
        return 0.0
    k, m = [h for h, _, _ in kept], [t for _, t, _ in kept]
    middle, least, most = (_logit(np.array([p[c] for _, _, p in kept])) for c in range(3))
    below, above = (middle - least) / _Z95, (most - middle) / _Z95
    return _best(lambda s: log_likelihood(k, m, middle, np.hypot(below, s), np.hypot(above, s)))


def _logit(p: Any) -> Any:
    p = np.clip(p, 1e-6, 1.0 - 1e-6)
    return np.log(p / (1.0 - p))


def _best(likelihood: Callable[[float], float]) -> float:
    """Give the spread of the highest likelihood; 0 where none is likelier than any."""
    from scipy.optimize import minimize_scalar  # slow to load

    found = minimize_scalar(lambda s: -likelihood(s), bounds=(0.0, _MOST), method="bounded")
    return 0.0 if likelihood(0.0) >= -found.fun else float(found.x)
