"""What the statistics share: checked arguments, and scipy when it is first needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from wheelsdown.errors import UsageError

__all__ = ["EPS", "LEVEL", "Floats", "count_of", "first_at", "probability_of", "special", "tail_of", "z_of"]

LEVEL: Final = 0.95
EPS: Final = 1e-12
"""A cumulated probability that should be exactly 0.025 may come out a bit below it."""

Floats = npt.NDArray[np.float64]


def special() -> Any:
    """Load scipy's special functions: a tenth of a second that a verb without statistics does not spend."""
    return import_module("scipy.special")


def first_at(cdf: Floats, q: float) -> int:
    """Give the first place at which a cumulated probability reaches `q`."""
    return min(int(np.searchsorted(cdf, q - EPS, side="left")), cdf.size - 1)


def count_of(value: int, name: str) -> int:
    """Check a count."""
    if value != int(value) or value < 0:
        raise UsageError(f"{name} is {value}: a count is a whole number, 0 or more")
    return int(value)


def probability_of(value: float, name: str) -> float:
    """Check a probability."""
    if not 0.0 <= value <= 1.0:
        raise UsageError(f"{name} is {value}: a probability lies between 0 and 1")
    return float(value)


def tail_of(level: float) -> float:
    """Give what lies outside a central interval, on one side."""
    if not 0.0 < level < 1.0:
        raise UsageError(f"level is {level}: it lies between 0 and 1, such as 0.95")
    return (1.0 - level) / 2.0


def z_of(level: float) -> float:
    """Give the normal quantile of a central interval."""
    return float(special().ndtri(1.0 - tail_of(level)))
