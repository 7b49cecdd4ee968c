"""Outages too short, or traffic too thin, to be told one by one: which share of the visits they may hide whole."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from wheelsdown.jit import compiled

__all__ = ["Ends", "hidden_loss"]

_SHARES: Final = (0.0, 0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7)
_LENGTHS_H: Final = (2.0, 4.0, 8.0, 16.0)
_DEAF: Final = 0.02
"""Share of the traffic that is heard while receivers are down: the edges of hours."""
_DROP: Final = 1.92
"""Of the log likelihood, for a 95 % limit (half of chi square, one degree of freedom)."""
_ROUNDS: Final = 3
_RECEIVED: Final = np.concatenate([np.arange(0.05, 1.0, 0.05), [0.98, 0.999]])
"""Chances tried for an end to be received while receivers are up."""


@dataclass(frozen=True)
class Ends:
    """What ends of proved stops say of outages: an outage between the two ends leaves one of them unheard."""

    stays_h: Any
    """Hours between the ends of stops received at both."""
    arrivals_missed: int = 0
    departures_missed: int = 0


def hidden_loss(fresh: Any, up: Any, usual: Any, ends: Ends, stays_h: Any) -> tuple[float, float]:
    """Give the share of visits of which both ends fell into outages that went unnoticed, and its upper 95 % limit.

    Parameters
    ----------
    fresh : int array (days, 24)
        Aircraft newly heard.
    up : bool array (days, 24)
        Hours that are asked about: the others say nothing.
    usual : float array (24,)
        Aircraft newly heard by hour of the day, on average over these hours.
    ends : Ends
        Of stops in these hours.
    stays_h : float array
        How long visits last.

    Returns
    -------
    tuple of float
        The likeliest share, 0 unless outages are likelier than none by more than chance (p below 0.05); and the largest
        share that is not unlikely.

    Notes
    -----
    Two states that follow one another by chance: up, with Poisson counts of the usual shape, and down, with hardly any
    (hidden Markov model; Scott 1999, doi:10.1080/10618600.1999.10474843, for Poisson counts of two states). The
    likelihood of the counts, and of the ends that were received a stay of known hours after the other, is held against
    the share down (up to 0.7) and the mean length of an outage (2 to 16 hours); ends may be missed for other reasons as
    well, at a rate of their own. The limit is that of the profile likelihood. Traffic that comes in bunches looks like
    outages, so that it says too much rather than too little; outages that come at the same hours of every day are not
    seen.
    """
    counts = np.where(up, fresh, -1).reshape(-1).astype(np.int64)
    told = counts >= 0
    if int(told.sum()) < 48 or float(usual.sum()) <= 0.0:
        return 0.0, 0.0
    shape = np.tile(usual, fresh.shape[0]).astype(np.float64)
    tried: list[tuple[float, float]] = []
    for share in _SHARES:
        for length in _LENGTHS_H if share > 0.0 else _LENGTHS_H[:1]:
            stops = 1.0 / length
            begins = min(0.5, stops * share / (1.0 - share))
            # fewer hours up must have held the same traffic
            scale = 1.0 / (1.0 - share * (1.0 - _DEAF))
            for _ in range(_ROUNDS):
                value, weight = _forward(counts, shape * scale, begins, stops, share, _DEAF)
                heard = float(counts[told].sum())
                scale = heard / max(1e-9, float((shape[told] * (weight[told] + _DEAF * (1.0 - weight[told]))).sum()))
            # down at the one end, and down, still or again, at the other
            lost = share * float(np.mean(share + (1.0 - share) * np.exp(-(begins + stops) * np.asarray(stays_h))))
            tried.append((value + _of_ends(ends, share, begins + stops), lost))
    best, lost = max(tried)
    likely = [loss for value, loss in tried if value >= best - _DROP]
    return (lost if min(likely) > 0.0 else 0.0), max(likely)


def _of_ends(ends: Ends, share: float, rate: float) -> float:
    """Log likelihood of ends received and missed: the chance that receivers were up at the one, given the other."""
    stays = np.asarray(ends.stays_h, dtype=np.float64)
    if not len(stays):
        return 0.0
    up = 1.0 - share * (1.0 - np.exp(-rate * stays))
    total = 0.0
    for missed in (ends.arrivals_missed, ends.departures_missed):
        received = _RECEIVED[:, None] * up[None, :]
        # each stop received at both ends stands for both
        value = 0.5 * np.log(received).sum(axis=1)
        if missed:
            value += missed * np.log(np.clip(1.0 - received.mean(axis=1), 1e-9, None))
        total += float(value.max())
    return total


@compiled
def _forward(counts: Any, rate: Any, begins: float, ends: float, share: float, deaf: float) -> Any:
    """Log likelihood of counts (-1: not told), and the chance that each hour was up, from all that was counted."""
    n = len(counts)
    alpha = np.empty((n, 2))
    like = np.empty((n, 2))
    total = 0.0
    for i in range(n):
        if i == 0:
            a, d = 1.0 - share, share
        else:
            a = alpha[i - 1, 0] * (1.0 - begins) + alpha[i - 1, 1] * ends
            d = alpha[i - 1, 0] * begins + alpha[i - 1, 1] * (1.0 - ends)
        k = counts[i]
        if k >= 0:
            # the factorial is common to both states
            like[i, 0] = math.exp(-rate[i]) * rate[i] ** k
            like[i, 1] = math.exp(-deaf * rate[i]) * (deaf * rate[i]) ** k
        else:
            like[i, 0] = like[i, 1] = 1.0
        a, d = a * like[i, 0], d * like[i, 1]
        s = max(a + d, 1e-300)
        total += math.log(s)
        alpha[i, 0], alpha[i, 1] = a / s, d / s
    weight = np.empty(n)
    beta_up, beta_down = 1.0, 1.0
    for i in range(n - 1, -1, -1):
        a, d = alpha[i, 0] * beta_up, alpha[i, 1] * beta_down
        weight[i] = a / max(a + d, 1e-300)
        up, down = like[i, 0] * beta_up, like[i, 1] * beta_down
        beta_up, beta_down = (1.0 - begins) * up + begins * down, ends * up + (1.0 - ends) * down
        s = max(beta_up + beta_down, 1e-300)
        beta_up, beta_down = beta_up / s, beta_down / s
    return total, weight
