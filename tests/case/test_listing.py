"""Which visits a case lists, and what it says of those at the edges of its windows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from tests.analysis.made import START, frame, visit
from wheelsdown.case.listing import Place, edges_said, visits_listed
from wheelsdown.schema import COUNTS, VISITS

DAY = timedelta(days=1)
FIRST = Place("LLOV", START, START + DAY)
SECOND = Place("LLER", START + 10 * DAY, START + 11 * DAY)


def seen_from(at: datetime, n: int, **more: Any) -> dict[str, Any]:
    """Make a visit that was there when the data began."""
    return visit(None, n, arrived_latest_utc=at, **more)


def test_what_bears_on_no_window_is_not_listed_and_a_mark_stands_once() -> None:
    midday = START + timedelta(hours=12)
    visits = frame(
        [
            visit(midday, 0),
            visit(START, 1),
            visit(midday + 5 * DAY, 2),
            seen_from(SECOND.since - timedelta(minutes=1), 3, airfield="LLER"),
            seen_from(SECOND.since + timedelta(minutes=1), 4, airfield="LLER"),
            visit(midday, 5, airfield="LLER"),
            visit(midday + timedelta(hours=3), 6, airfield="LLBG", rivals=["LLOV"]),
        ]
    )
    got = visits_listed(visits, [FIRST, SECOND])
    # a touchdown before the second window for certain is not in it, though data of both begin with it
    assert got.select("visit_id", "asked_as").rows() == [
        ("d00000-0000", "airfield"),
        ("d00000-0001", "airfield"),
        ("d00000-0004", "airfield"),
        ("d00000-0006", "rival"),
    ]
    said = "the touchdown may lie outside the window"
    marks = [sum(r.startswith(said) for r in reasons or []) for reasons in got["reasons"].to_list()]
    assert marks == [0, 1, 1, 0]
    assert visits_listed(got, [FIRST, SECOND]).equals(got)
    # inside another window it is in no doubt
    wide = Place("LLOV", START - DAY, START + DAY)
    assert said not in str(visits_listed(got, [FIRST, wide])["reasons"].to_list())
    assert set(got.columns) == {*VISITS.names, "asked_as"}


def test_the_note_counts_what_the_counts_count() -> None:
    def counts(*rows: tuple[str, int, str]) -> pl.DataFrame:
        made = [{"airfield": a, "at_edge": n, "selection": s} for a, n, s in rows]
        return COUNTS.conform(pl.DataFrame(made), fill=True)

    assert edges_said(counts(("LLOV", 0, "fleet")), ["July"]) == []
    assert edges_said(counts(("LLOV", 1, "fleet"), ("LLER", 0, "fleet")), ["July", "July"]) == [
        'of the touchdowns listed 1 at LLOV in "July" crosses the window\'s edge: counted only as `cannot be ruled out`'
    ]
    assert edges_said(counts(("LLOV", 58, "hand_picked"), ("LLER", 1, "hand_picked")), ["July", "May"]) == [
        'of the touchdowns listed 58 at LLOV in "July" and 1 at LLER in "May" cross the window\'s edge: not counted, '
        "and `cannot be ruled out` is refused of files picked by hand"
    ]
