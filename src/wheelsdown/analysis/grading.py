"""Grades in sentences on sums of visits: what verb they allow, and which visits they leave out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wheelsdown.analysis.sorting import COUNTED
from wheelsdown.analysis.wording import listed

__all__ = ["STRENGTH", "doubt", "others", "rest"]

STRENGTH: Final = ("observed", "inferred", "likely", "possible")
"""Grades of visits, strongest first."""
_VERBS: Final = {"likely": "probably landed", "possible": "may have landed"}


def doubt(grades: Sequence[str]) -> str:
    """Say what weaker grades among those counted allow to be said; nothing where all of them landed.

    Returns
    -------
    str
        `` (graded possible: may have landed)``, with a blank before it.
    """
    weak = [g for g in _VERBS if g in grades]
    if not weak:
        return ""
    also = "some of them only " if set(grades) & set(COUNTED) else ""
    return f" ({also}graded {listed(weak, joint='or')}: {', or '.join(_VERBS[g] for g in weak)})"


def rest(grades: Sequence[str]) -> list[str]:
    """Give the grades that are not counted, strongest first."""
    return [g for g in STRENGTH if g not in grades]


def others(grades: Sequence[str]) -> str:
    """Say what the grades not counted are: ``weaker``, ``stronger`` or ``other``."""
    counted, left = [STRENGTH.index(g) for g in grades], [STRENGTH.index(g) for g in rest(grades)]
    if not left or min(left) > max(counted):
        return "weaker"
    return "stronger" if max(left) < min(counted) else "other"
