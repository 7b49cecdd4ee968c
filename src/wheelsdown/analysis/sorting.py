"""Visits of one window and one airfield, sorted into what counts, what may, and what is set aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from wheelsdown.analysis.twice import TWICE, told_twice

__all__ = ["COUNTED", "Sorted", "sort_visits"]

COUNTED: Final = ("observed", "inferred")
"""Grades that `at least` counts."""


@dataclass(frozen=True)
class Sorted:
    """Rows of VISITS that bear on one count; no row has two of the roles."""

    all: pl.DataFrame
    """Every row that bears on it, with `_role` and `_inside` (share of the touchdown interval inside the window)."""

    def role(self, name: str) -> pl.DataFrame:
        """Rows of one role: counted, weaker, rival, edge, twice, aside (quarantined), rejected."""
        return self.all.filter(pl.col("_role") == name)

    def graded(self, grade: str) -> int:
        """Count rows named at the airfield and inside the window, of one grade, whatever became of them."""
        here = pl.col("_role").is_in(("counted", "weaker"))
        return self.all.filter(here & (pl.col("grade") == grade)).height


def sort_visits(visits: pl.DataFrame, *, airfield: str | None, since: datetime, until: datetime) -> Sorted:
    """Sort visits by what they are worth to a count.

    Parameters
    ----------
    visits : frame of VISITS
    airfield : str, optional
        Code; None: anywhere.
    since, until : datetime
        The window of touchdowns, the end not included.

    Returns
    -------
    Sorted
        A visit whose touchdown interval crosses an edge of the window is `edge`, whatever its grade: it may belong to
        the window or not; so is one whose touchdown has no time at all. What may be the same stay as another row, in
        the window or beside it, is `twice` (`analysis.twice`).
    """
    named = pl.lit(value=True) if airfield is None else (pl.col("airfield") == airfield).fill_null(value=False)
    rival = pl.lit(value=False) if airfield is None else pl.col("rivals").list.contains(airfield).fill_null(value=False)
    early = pl.col("arrived_earliest_utc")
    # a table of somebody's own may lack a bound: it landed before it left, and a row is never lost for a null
    late = pl.coalesce("arrived_latest_utc", "arrived_utc", "departed_latest_utc", "departed_utc")
    outside = (late < since).fill_null(value=False) | (early >= until).fill_null(value=False)
    inside = ((early >= since) & (late < until)).fill_null(value=False)
    rows = told_twice(visits).filter(pl.col("grade") != "ruled_out", named | rival, ~outside)
    role = (
        pl.when(named & (pl.col("verdict") == "reject").fill_null(value=False) & (pl.col("check_state") == "current"))
        .then(pl.lit("rejected"))
        .when(pl.col("quarantined").is_not_null())
        .then(pl.lit("aside"))
        .when(pl.col(TWICE).is_not_null())
        .then(pl.lit("twice"))
        .when(~inside)
        .then(pl.lit("edge"))
        .when(~named)
        .then(pl.lit("rival"))
        .when(pl.col("grade").is_in(COUNTED))
        .then(pl.lit("counted"))
        .otherwise(pl.lit("weaker"))
    )
    lo = pl.max_horizontal(early.fill_null(since), pl.lit(since))
    hi = pl.min_horizontal(late, pl.lit(until))
    whole_s = (late - early).dt.total_milliseconds() / 1000.0
    part_s = (hi - lo).dt.total_milliseconds() / 1000.0
    # an arrival before all data may have been at any time: half is as good a guess as any
    share = pl.when(inside).then(1.0).when(whole_s > 0).then((part_s / whole_s).clip(0.0, 1.0)).otherwise(0.5)
    return Sorted(rows.with_columns(_role=role, _inside=share, _named=named))
