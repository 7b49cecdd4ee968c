"""Probabilities behind the grades: fitted by class of evidence, looked up, never made here.

A class (`basis` in VISITS) says what a visit rests on: which sides were received, how low, how much likelier the named
field is than its rivals. The table of classes, ``probabilities.json``, is written by ``python -m bench.bounds fit``:
SIMULATED scenarios of known truth, beside thinned real flights. A class without enough flights has no probability.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

__all__ = [
    "RIVAL_BINS",
    "SHARE_BINS",
    "UNFOLLOWED",
    "Calibration",
    "Fitted",
    "calibration",
    "rival_class",
    "side_class",
    "using",
]

SHARE_BINS: Final = (0.3, 0.5, 0.7, 0.85, 0.95)
"""Edges of the share that the named field has among all candidates."""
HEIGHT_BINS: Final = (1_500.0, 3_400.0, 6_000.0)
"""Edges of the height above the field at which an aircraft was lost or first received, in feet."""
UNFOLLOWED: Final = " unfollowed"
"""Ends the class of a stop beside which no flight was followed: without a break from the heights, or along a runway."""
RIVAL_BINS: Final = (0.02, 0.08, 0.2, 0.4)
"""Edges of a rival's share."""


@dataclass(frozen=True)
class Fitted:
    """What was fitted for one class."""

    n: int
    hits: int
    probability: float
    """Share of visits of this class that were true (Jeffreys mean)."""
    spread: float = 0.0
    """Standard deviation of its logit between scenarios: the error that visits of one question share."""
    data: str = ""
    """What it was fitted on."""


@dataclass(frozen=True)
class Calibration:
    """The fitted table."""

    classes: Mapping[str, Fitted]
    rivals: Mapping[str, Fitted]
    unseen_spread: float = 0.5
    """Standard deviation, on the logit scale, by which a fleet's chance to be received differs from other traffic's."""

    def fitted(self, basis: str | None) -> Fitted | None:
        """Give what was fitted for a class; where it had too few, whether followed or not, or for its grade."""
        name = basis or ""
        names = (name, name.removesuffix(UNFOLLOWED), name.partition(" ")[0])
        return next((self.classes[n] for n in names if n in self.classes), None)

    def of(self, basis: str | None) -> float | None:
        """Give the probability behind a class; None where it was not fitted."""
        found = self.fitted(basis)
        return None if found is None else found.probability

    def fitted_rival(self, name: str) -> Fitted | None:
        """Give what was fitted for a class of rivals."""
        return self.rivals.get(name) or self.rivals.get("rival")

    def of_rival(self, name: str) -> float | None:
        """Give the probability that a stop was at a rival of this class."""
        found = self.fitted_rival(name)
        return None if found is None else found.probability


def _binned(value: float, edges: tuple[float, ...]) -> int:
    return sum(value >= e for e in edges)


def side_class(grade: str, sides: str, share: float, height_ft: float) -> str:
    """Name the class of a stop that was not seen on the ground.

    Parameters
    ----------
    grade : str
        inferred, likely or possible.
    sides : str
        ``one`` side received, ``two``, or ``split``: two that name different fields.
    share : float
        Of the named field among all candidates.
    height_ft : float
        Above the field, the lower of the sides used.
    """
    if grade != "possible":
        return f"{grade} {sides}"
    return f"possible {sides} share{_binned(share, SHARE_BINS)} height{_binned(height_ft, HEIGHT_BINS)}"


def rival_class(sides: str, share: float) -> str:
    """Name the class of a rival by its share among all candidates."""
    return f"rival {sides} share{_binned(share, RIVAL_BINS)}"


_instead: list[Calibration] = []


@contextmanager
def using(table: Calibration) -> Iterator[None]:
    """Look up probabilities in another table meanwhile: fitting numbers the classes this way."""
    _instead.append(table)
    try:
        yield
    finally:
        _instead.pop()


def calibration() -> Calibration:
    """Give the packed table; without one, no class has a probability."""
    return _instead[-1] if _instead else _packed()


@lru_cache(maxsize=1)
def _packed() -> Calibration:
    packed = files("wheelsdown.inference").joinpath("probabilities.json")
    if not packed.is_file():
        return Calibration({}, {})
    return of_json(json.loads(packed.read_text("utf-8")))


def of_json(raw: Mapping[str, Any]) -> Calibration:
    """Make a table of its JSON form: ``classes`` and ``rivals`` (name to Fitted), ``unseen_spread``."""

    def read(part: Mapping[str, Any]) -> dict[str, Fitted]:
        return {name: Fitted(**row) for name, row in part.items()}

    return Calibration(read(raw["classes"]), read(raw["rivals"]), float(raw["unseen_spread"]))
