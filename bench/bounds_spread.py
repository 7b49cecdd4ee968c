"""How much a probability differs from scenario to scenario, beyond chance: the error that visits of a question share.

A class of evidence that is right in 95 of 100 visits may be right in all of one question's and in half of another's.
The spread is the standard deviation of its logit between scenarios, by maximum likelihood of a logistic model with a
normal effect of the scenario (Anderson and Aitkin 1985, doi:10.1111/j.2517-6161.1985.tb01366.x), integrated by
Gauss-Hermite.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

__all__ = ["around", "between", "jeffreys_mean", "log_likelihood"]

Floats = np.ndarray[Any, np.dtype[np.float64]]

_NODES: Final = 40
_MOST: Final = 3.0
"""Largest spread tried: at this, a class of p = 0.9 lies between 0.02 and 0.9998 in 95 of 100 scenarios."""
_FEW: Final = 2
"""Misses (or hits) in all below which a spread cannot be told: 0."""


def jeffreys_mean(hits: int, n: int) -> float:
    """Mean of the Beta distribution after `n` trials from Jeffreys' prior (1946)."""
    return (hits + 0.5) / (n + 1.0)


def log_likelihood(
    hits: Sequence[int], n: Sequence[int], centre: float | Sequence[float] | Floats, spread: float
) -> float:
    """Give the log likelihood of hits in n trials a scenario, with logit(p) normal around `centre` (one, or one each).

    Without the binomial coefficients, which do not depend on the parameters.
    """
    x, w = np.polynomial.hermite_e.hermegauss(_NODES)
    eta = np.asarray(centre, dtype=float).reshape(-1, 1) + spread * x[None, :]
    k, m = np.asarray(hits, dtype=float)[:, None], np.asarray(n, dtype=float)[:, None]
    # log p and log(1 - p) of the logit, without overflow
    terms = -k * np.logaddexp(0.0, -eta) - (m - k) * np.logaddexp(0.0, eta) + np.log(w / w.sum())
    top = terms.max(axis=1, keepdims=True)
    return float(np.sum(top[:, 0] + np.log(np.exp(terms - top).sum(axis=1))))


def between(hits: Sequence[int], n: Sequence[int]) -> float:
    """Give the spread between scenarios, by maximum likelihood over centre and spread.

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
    from scipy.optimize import minimize  # slow to load

    pairs = [(h, m) for h, m in zip(hits, n, strict=True) if m > 0]
    k, m = [h for h, _ in pairs], [t for _, t in pairs]
    if len(pairs) < 2 or min(sum(k), sum(m) - sum(k)) < _FEW:
        return 0.0
    p = jeffreys_mean(sum(k), sum(m))
    start = float(np.log(p / (1.0 - p)))
    found = minimize(
        lambda v: -log_likelihood(k, m, v[0], min(abs(v[1]), _MOST)),
        x0=[start, 0.5],
        method="Nelder-Mead",
        options={"xatol": 1e-4, "fatol": 1e-6, "maxiter": 400},
    )
    return float(min(abs(found.x[1]), _MOST))


def around(hits: Sequence[int], n: Sequence[int], told: Sequence[float]) -> float:
    """Give the spread of true chances around the chances told, on the logit scale, by maximum likelihood.

    Parameters
    ----------
    hits, n : sequences of int
        One entry a scenario.
    told : sequence of float
        The probability that was told for each scenario.
    """
    from scipy.optimize import minimize_scalar  # slow to load

    kept = [(h, m, p) for h, m, p in zip(hits, n, told, strict=True) if m > 0]
    if not kept:
        return 0.0
    k, m = [h for h, _, _ in kept], [t for _, t, _ in kept]
    p = np.clip([q for _, _, q in kept], 1e-4, 1.0 - 1e-4)
    centre = np.log(p / (1.0 - p))
    found = minimize_scalar(lambda s: -log_likelihood(k, m, centre, s), bounds=(0.0, _MOST), method="bounded")
    return float(found.x)
