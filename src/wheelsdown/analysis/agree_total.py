"""How many there were in all, from two lists: over which rows, when it is refused, what it supposes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from wheelsdown.analysis.lineage import shared_lineage
from wheelsdown.analysis.matching import Pair, Stop
from wheelsdown.analysis.stats_totals import Total, chapman
from wheelsdown.analysis.wording import name, number

__all__ = ["LEAST_IN_BOTH", "Sure", "assumed", "is_sure", "refused", "sure_of", "total_of"]

LEAST_IN_BOTH: Final = 7
"""Below it Chapman's estimate is biased and hardly bounded (Robson and Regier 1964)."""
_SURE: Final = ("observed", "inferred")
"""Grades that a lower bound rests on, as in a count. Among `likely` and `possible` rows are visits that were none:
they find no partner, and raise the estimate (with possible ones to 188 for 108, on a simulated field hard to hear)."""


@dataclass(frozen=True)
class Sure:
    """How many visits each list holds by an observed or inferred row."""

    first: int
    """n1: in pairs, or in the first only."""
    second: int
    """n2, the same of the second."""
    both: int
    """m: matched, and observed or inferred in both."""
    aside: int
    """Of these visits the other list has only a row that was left out: neither caught nor missed, but known."""


def is_sure(stop: Stop) -> bool:
    """Tell whether a row is observed or inferred."""
    return stop.row["grade"] in _SURE


def sure_of(pairs: Sequence[Pair], only: Sequence[Sequence[Stop]], aside: Sequence[Sequence[Stop]]) -> Sure:
    """Count what a total may rest on.

    Parameters
    ----------
    pairs : sequence of Pair
    only : two sequences of Stop
        In the first only, in the second only.
    aside : two sequences of Stop
        In the first, in the second, where the other has only a row that was left out.
    """
    alone = [sum(map(is_sure, side)) for side in only]
    return Sure(
        first=sum(is_sure(p.first) for p in pairs) + alone[0],
        second=sum(is_sure(p.second) for p in pairs) + alone[1],
        both=sum(is_sure(p.first) and is_sure(p.second) for p in pairs),
        aside=sum(is_sure(s) for side in aside for s in side),
    )


def total_of(sure: Sure) -> Total:
    """Estimate the total: Chapman's of what each list caught or missed, and what is known besides.

    A row that was set aside is no miss of its list: taken for one, it would make that list seem to miss more of
    everything else.
    """
    found = chapman(sure.first, sure.second, sure.both)
    more = sure.aside

    def and_known(n: float | None) -> float | None:
        return None if n is None else n + more

    return Total(and_known(found.mean), found.sd, found.least + more, and_known(found.median), and_known(found.most))


def refused(
    sure: Sure,
    sources: tuple[Iterable[str], Iterable[str]],
    names: tuple[str, str],
    selections: tuple[str, str],
    repeated: tuple[int, int],
    *,
    independent: bool | None,
) -> str | None:
    """Say why no total may be estimated, or None where it may.

    Parameters
    ----------
    sure : Sure
    sources : two of str
        What the rows of each rest on.
    names : two str
    selections : two str
        How each was chosen.
    repeated : two int
        Observed or inferred rows of each that may tell a stay a second time.
    independent : bool, optional
        As somebody stated.
    """
    for which, selection in zip(names, selections, strict=True):
        if selection == "hand_picked":
            return f"no total: {name(which)} is taken as chosen by hand, and what was left out is in no list"
    if independent is False:
        return "no total: the two are not independent, as stated"
    if independent is None and (shared := shared_lineage(*sources)):
        return f"no total: {shared}"
    if sure.both < LEAST_IN_BOTH:
        return f"no total: fewer than {number(LEAST_IN_BOTH)} visits are in both, observed or inferred"
    if sure.both in (sure.first, sure.second):
        return "no total: one list holds all of the other, so that nothing tells how many neither holds"
    for which, n in zip(names, repeated, strict=True):
        if n:
            rows = "a row of it may be the same stay as another" if n == 1 else f"{n} rows of it may repeat others"
            return f"no total: {name(which)} may tell a stay twice ({rows})"
    return None


def assumed(sure: Sure, *, independent: bool | None) -> str:
    """Say what an estimate rests on."""
    how = "taken as independent, as stated" if independent else "nothing is known that the two share"
    known = f", and {sure.aside} known besides" if sure.aside else ""
    rows = f"{sure.first} and {sure.second}, {sure.both} in both{known}"
    return (
        f"Chapman's estimate of rows observed or inferred ({rows}): {how}; a lower one, for what both were "
        "bound to miss is not in it"
    )
