"""Which visits a case lists: those that bear on one of its windows, marked where they may lie outside of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from wheelsdown.analysis.sorting import sort_visits
from wheelsdown.analysis.twice import told_twice
from wheelsdown.analysis.wording import listed, name
from wheelsdown.engines.asked import edge_marked

__all__ = ["Place", "edges_said", "visits_listed"]

_PICKED: Final = "hand_picked"


@dataclass(frozen=True)
class Place:
    """One airfield in one window."""

    airfield: str
    since: datetime
    until: datetime


def visits_listed(visits: pl.DataFrame, places: Iterable[Place]) -> pl.DataFrame:
    """Keep the visits that bear on any of the windows, each at its airfields.

    Parameters
    ----------
    visits : frame of VISITS
        Read for all windows together.
    places : iterable of Place
        Every window with each of its airfields.

    Returns
    -------
    VISITS
        Rows that `count` takes into account: named there or with the airfield among their rivals, the touchdown not
        outside for certain. A row that may lie outside every window it bears on says so in `reasons`, once.
    """
    told = told_twice(visits).with_row_index("_row")
    bears: dict[int, bool] = {}
    for place in dict.fromkeys(places):
        rows = sort_visits(told, airfield=place.airfield, since=place.since, until=place.until).all
        for row, inside in rows.select("_row", pl.col("_inside") == 1.0).iter_rows():
            bears[row] = bears.get(row, False) or inside
    fields = list({p.airfield for p in places})
    named = pl.col("airfield").is_in(fields).fill_null(value=False)
    crossing = [row for row, inside in bears.items() if not inside]
    shown = (
        visits.with_row_index("_row")
        .filter(pl.col("_row").is_in(list(bears)))
        .with_columns(asked_as=pl.when(named).then(pl.lit("airfield")).otherwise(pl.lit("rival")))
    )
    return edge_marked(shown, pl.col("_row").is_in(crossing)).drop("_row")


def edges_said(counts: pl.DataFrame, names: Sequence[str]) -> list[str]:
    """Say how many visits of each window may lie outside it, as the counts have it.

    Parameters
    ----------
    counts : frame of COUNTS
    names : sequence of str
        Window of each row.

    Returns
    -------
    list of str
        A sentence for windows in which they count as `cannot be ruled out`, and one for those where that is refused.
    """
    out = []
    for refused in (False, True):
        rows = [
            (n, r)
            for n, r in zip(names, counts.iter_rows(named=True), strict=True)
            if r["at_edge"] and (r["selection"] == _PICKED) is refused
        ]
        if not rows:
            continue
        where = listed([f'{r["at_edge"]} at {r["airfield"] or "all airfields"} in "{name(n)}"' for n, r in rows])
        cross = "crosses" if sum(r["at_edge"] for _, r in rows) == 1 else "cross"
        how = "counted only as `cannot be ruled out`"
        if refused:
            how = "not counted, and `cannot be ruled out` is refused of files picked by hand"
        out.append(f"of the touchdowns listed {where} {cross} the window's edge: {how}")
    return out
