"""Whether "every other day" holds, at the slowest and at the quickest rhythm that the data allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from wheelsdown.analysis.stats_intervals import garwood
from wheelsdown.analysis.wording import every, listed, number

__all__ = ["Extremes", "Further", "extremes", "reasons_of"]

_TWO_DAYS: Final = 2.0
_THREE_DAYS: Final = 3.0
_NAMED_MOST: Final = 10


@dataclass(frozen=True)
class Further:
    """Rows that may be visits of the window and are not counted in its rhythm."""

    weaker: pl.DataFrame
    """Named at the airfield, inside the window, of grades that were not asked for."""
    edge: pl.DataFrame
    aside: pl.DataFrame
    twice: pl.DataFrame
    rival: pl.DataFrame

    @property
    def height(self) -> int:
        """How many visits more there could be, if each were one."""
        return sum(f.height for f in (self.weaker, self.edge, self.aside, self.twice, self.rival))

    def named(self) -> list[str]:
        """Name the rows, for the table."""
        out = []
        for grade in ("observed", "inferred", "likely", "possible"):
            if ids := self.weaker.filter(pl.col("grade") == grade)["visit_id"].to_list():
                out.append(f"not counted, graded {grade}: {ids_of(ids)}")
        for rows, said in (
            (self.edge, "may lie outside the window"),
            (self.aside, "set aside for doubts"),
            (self.twice, "that may be the same stay as another"),
            (self.rival, "named elsewhere, this airfield not excluded"),
        ):
            if rows.height:
                out.append(f"not counted, {said}: {ids_of(rows['visit_id'].to_list())}")
        return out

    def said(self) -> str:
        """Say what the sentence about landings does not hold."""
        parts = [
            f"{number(rows.height)} {words}"
            for rows, words in (
                (self.edge, "whose touchdown may lie outside the window"),
                (self.aside, "set aside for doubts"),
                (self.twice, "that may be the same stay as another"),
                (self.rival, "named elsewhere, where this airfield could not be excluded"),
            )
            if rows.height
        ]
        return listed(parts)


def ids_of(ids: Sequence[str]) -> str:
    """Count and name rows, the first ten."""
    more = f" and {len(ids) - _NAMED_MOST} more" if len(ids) > _NAMED_MOST else ""
    return f"{len(ids)} ({', '.join(ids[:_NAMED_MOST])}{more})"


@dataclass(frozen=True)
class Extremes:
    """Days between visits, as exact intervals, at both ends of what the data allow."""

    slow_least: float
    slow_most: float | None
    """Observed and inferred visits alone, over all days observed; None: none was counted."""
    quick_least: float
    quick_most: float | None
    """With every row that may be a visit, and those not received by the least chance to be."""

    @property
    def verdict(self) -> str:
        """Tell what may be said of "every other day".

        Returns
        -------
        str
            more (frequent), rarer, borne (out), open: the same at both ends; untold: the ends differ.
        """
        if self.slow_most is not None and self.slow_most < _TWO_DAYS:
            return "more"
        if self.quick_least > _TWO_DAYS:
            return "rarer"
        if self.slow_most is None:
            return "untold"
        slow, quick = _one(self.slow_least, self.slow_most), _one(self.quick_least, self.quick_most)
        return slow if slow == quick else "untold"


def _one(least: float, most: float | None) -> str:
    if least > _TWO_DAYS:
        return "rarer"
    if most is None:
        return "open"
    if most < _TWO_DAYS:
        return "more"
    return "borne" if most <= _THREE_DAYS else "open"


def extremes(*, sure: int, counted: int, further: int, days: float, exposure: float, least_days: float) -> Extremes:
    """Work out the slowest and the quickest rhythm.

    Parameters
    ----------
    sure : int
        Observed and inferred visits among those counted.
    counted : int
        Visits counted, of all grades asked for.
    further : int
        Rows that may be visits and are not counted.
    days : float
        Days observed.
    exposure : float
        The same times the chance that a visit is counted.
    least_days : float
        The same times the least chance that a visit leaves any row.
    """
    slow = garwood(sure)
    # few counted of many: either what is counted is scaled up, or all that may be is taken, whichever makes them more
    n, over = max(((counted, exposure), (counted + further, least_days)), key=lambda c: garwood(c[0]).most / c[1])
    quick = garwood(n)
    return Extremes(
        days / slow.most, days / slow.least if sure else None, over / quick.most, over / quick.least if n else None
    )


def reasons_of(ends: Extremes) -> str:
    """Say what the claim rests on, for the table."""
    slow_most = ends.slow_most
    if ends.verdict == "more" and slow_most is not None:
        return f'"every other day" is excluded, they came more often: one every {slow_most:.1f} days, or oftener'
    between = f"{every(ends.quick_least)} to {every(slow_most) if slow_most is not None else 'no bound'}"
    if ends.verdict == "rarer":
        return f'"every other day" does not fit, with all that may be visits: {between}'
    if ends.verdict == "borne":
        return f'"every other day" is borne out: {between}'
    if ends.verdict == "open":
        return f'"every other day" is not borne out: it may have been {between}'
    least = "no bound on how rare they are" if slow_most is None else f"as rare as {every(slow_most)}"
    return (
        f'"every other day" is neither borne out nor excluded: {least} by the visits counted alone, and as frequent as '
        f"{every(ends.quick_least)} with all that may be visits and the share not received"
    )
