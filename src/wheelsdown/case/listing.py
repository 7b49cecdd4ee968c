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

__all__ = ["Place", "beyond_said", "edges_said", "visits_listed"]

_PICKED: Final = "hand_picked"


@dataclass(frozen=True)
class Place:
    """One airfield in one window."""

    airfield: str
    since: datetime
    until: datetime


def visits_listed(
    visits: pl.DataFrame, places: Iterable[Place], *, also: Iterable[Place] = (), named: Iterable[str] = ()
) -> pl.DataFrame:
    """Keep the visits that bear on any of the windows, each at its airfields.

    Parameters
    ----------
    visits : frame of VISITS
        Read for all windows together.
    places : iterable of Place
        Every window with each of its airfields.
    also : iterable of Place
        Periods of which something else is told, such as the days of a series or the time of an interview.
    named : iterable of str
        Ids of visits that something names, wherever and whenever they were.

    Returns
    -------
    VISITS
        Rows that `count` takes into account: named there or with the airfield among their rivals, the touchdown not
        outside for certain. A row that may lie outside every window it bears on says so in `reasons`, once. Rows of
        `also` and `named` are kept as well, and change no mark.
    """
    places, also = list(dict.fromkeys(places)), list(dict.fromkeys(also))
    told = told_twice(visits).with_row_index("_row")
    bears: dict[int, bool] = {}
    for place in places:
        rows = sort_visits(told, airfield=place.airfield, since=place.since, until=place.until).all
        for row, inside in rows.select("_row", pl.col("_inside") == 1.0).iter_rows():
            bears[row] = bears.get(row, False) or inside
    more = {*told.filter(pl.col("visit_id").is_in(list(named)))["_row"], *_rows_at(told, also)}
    fields = list({p.airfield for p in (*places, *also)})
    here = pl.col("airfield").is_in(fields).fill_null(value=False)
    rival = pl.col("rivals").list.eval(pl.element().is_in(fields)).list.any().fill_null(value=False)
    crossing = [row for row, inside in bears.items() if not inside]
    shown = (
        visits.with_row_index("_row")
        .filter(pl.col("_row").is_in(sorted({*bears, *more})))
        .with_columns(asked_as=pl.when(here).then(pl.lit("airfield")).when(rival).then(pl.lit("rival")))
    )
    return edge_marked(shown, pl.col("_row").is_in(crossing)).drop("_row")


def beyond_said(shown: pl.DataFrame, places: Iterable[Place]) -> list[str]:
    """Say how many of the visits listed lie in no window, and so in no count of the case.

    Parameters
    ----------
    shown : VISITS
        From `visits_listed`.
    places : iterable of Place
        Every window of the case with each of its airfields.

    Returns
    -------
    list of str
        Empty where all bear on a window.
    """
    told = told_twice(shown).with_row_index("_row")
    rows = _rows_at(told, dict.fromkeys(places))
    n = told.filter(~pl.col("_row").is_in(sorted(rows)), pl.col("grade") != "ruled_out").height
    if not n:
        return []
    lie, stand, they = ("lies", "stands", "it is") if n == 1 else ("lie", "stand", "they are")
    return [
        f"of the visits listed {n} {lie} in no window of the case and {stand} in none of its counts: {they} listed for "
        "the days of a series, a count that others published, a statement or an exhibit"
    ]


def _rows_at(told: pl.DataFrame, places: Iterable[Place]) -> set[int]:
    """Give the rows that bear on any of the windows."""
    rows: set[int] = set()
    for p in places:
        rows |= set(sort_visits(told, airfield=p.airfield, since=p.since, until=p.until).all["_row"])
    return rows


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
