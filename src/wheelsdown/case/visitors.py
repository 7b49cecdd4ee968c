"""What stands beside a case's visits: who else comes to the airfields, and where else the same aircraft go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from wheelsdown.analysis.counting import count
from wheelsdown.analysis.sentences import UNTOLD, Telling, with_sentences
from wheelsdown.case.form import Case
from wheelsdown.case.gathering import Gathered
from wheelsdown.engines.counting import counts
from wheelsdown.engines.windowed import Span, Windowed
from wheelsdown.outputs.interface import SIMULATED
from wheelsdown.reference.airfields import Airfields
from wheelsdown.schema import COUNTS

__all__ = ["destinations", "own_counts", "visitors"]

_NAMES: Final = ("operator", "icao24", "registration", "typecode", "origin")
"""What a row of a count may be split by."""
_OTHERS: Final = "days observed were judged at the airfields of the case only"
"""Why there is no estimate at an airfield that the case does not ask about."""


def _of(case: Case, found: Windowed, span: Span) -> str:
    """Files that hold a fleet on every day hold everybody who is in them; files picked by hand stay that."""
    picked = found.selection(span.since, span.until) == "hand_picked"
    return "hand_picked" if picked or case.fleet.selection is None else "all"


def own_counts(found: Windowed, span: Span, known: Airfields, by: Sequence[str] = ()) -> pl.DataFrame:
    """Count the case's own aircraft at each of its airfields in one window, as its windows are counted.

    Parameters
    ----------
    found : Windowed
    span : Span
        The window; it need not ask about each of the airfields.
    known : Airfields
    by : sequence of str
        As in `count`.

    Returns
    -------
    COUNTS
        A row an airfield of the case and group, in its order.
    """
    rows = [
        count(
            found.visits.frame,
            airfield=code,
            since=span.since,
            until=span.until,
            airfields=known.fields,
            runways=known.runways,
            silences=found.more.silences,
            received=found.more.received,
            legs=found.more.legs,
            observability=found.observability,
            fleet=found.more.fleet,
            selection=found.selection(span.since, span.until),
            by=by,
            time_zone=span.zone,
        )
        for code in found.codes
    ]
    return pl.concat([COUNTS.empty(), *rows])


def visitors(gathered: Gathered, case: Case, found: Windowed, span: Span, known: Airfields) -> pl.DataFrame:
    """Count everybody at the case's airfields in one window, split as the case says.

    Parameters
    ----------
    gathered : Gathered
        Read once more, for everybody.
    case : Case
    found : Windowed
    span : Span
        The window.
    known : Airfields

    Returns
    -------
    COUNTS
        What holds the very visits of the case's aircraft has the numbers of the case's count: one question has one
        answer, although here the days were judged from everybody.
    """
    by = case.comparison.visitors_by
    made = counts(
        gathered.what,
        gathered.options,
        by=by,
        zone=span.zone,
        selection=None if gathered.options.lake else _of(case, found, span),
        logs=gathered.logs,
        log_map=gathered.log_map,
        airfield=list(found.codes),
        since=span.since,
        until=span.until,
    )
    frame = made.frame
    if case.fleet.named and found.more.fleet is not None:
        # the whole fleet last: where it is one operator, its row is that of the count
        own = pl.concat([own_counts(found, span, known, (by,)), own_counts(found, span, known)])
        frame = _with_own(frame, own, found, Telling(by=(by,), **_rests(found)))
    return frame.sort("airfield", "at_least", by, descending=[False, True, False])


def _with_own(made: pl.DataFrame, own: pl.DataFrame, found: Windowed, telling: Telling) -> pl.DataFrame:
    """Put the case's count in place of a row that holds the same visits."""
    rows = []
    mine = {_bears(r): r for r in own.iter_rows(named=True) if r["visit_ids"] or r["other_ids"]}
    for row in made.iter_rows(named=True):
        same = mine.get(_bears(row))
        rows.append(row if same is None else same | {n: row[n] for n in _NAMES})
    frame = pl.DataFrame(rows, schema=COUNTS.schema, orient="row")
    again = with_sentences(frame, found.visits.frame, telling=telling)["sentence"].to_list()
    said = [
        new if _bears(row) in mine else row["sentence"]
        for row, new in zip(frame.iter_rows(named=True), again, strict=True)
    ]
    return frame.with_columns(pl.Series("sentence", said, dtype=pl.String))


def _bears(row: Mapping[str, Any]) -> tuple[str | None, frozenset[str], frozenset[str]]:
    """Give the airfield and the visits of a row, counted and not."""
    return row["airfield"], frozenset(row["visit_ids"] or ()), frozenset(row["other_ids"] or ())


def _rests(found: Windowed) -> dict[str, Any]:
    """Give what sentences say of the data, beside what they are split by."""
    sources = tuple(found.visits.frame["source"].unique().sort().to_list())
    return {
        "sources": sources,
        "simulated": any(s.startswith(SIMULATED) for s in sources),
        "observability": found.observability,
    }


def destinations(found: Windowed, span: Span, known: Airfields) -> pl.DataFrame:
    """Count the case's aircraft wherever they landed in one window, by airfield.

    Parameters
    ----------
    found : Windowed
        Of a fleet, with visits wherever it was.
    span : Span
        The window.
    known : Airfields

    Returns
    -------
    COUNTS
        At the case's airfields the case's own count. At others without days observed, which were not judged there.
    """
    made = count(
        found.visits.frame,
        airfield=None,
        since=span.since,
        until=span.until,
        airfields=known.fields,
        runways=known.runways,
        silences=None,
        received=None,
        legs=None,
        observability=None,
        fleet=found.more.fleet,
        selection=found.selection(span.since, span.until),
        by=("airfield",),
        time_zone=span.zone,
    )
    own = own_counts(found, span, known)
    here = own.filter(pl.col("airfield").is_in(made["airfield"].drop_nulls().to_list()))
    made = pl.concat([made.filter(~pl.col("airfield").is_in(list(found.codes)).fill_null(value=False)), here])
    told = with_sentences(made, found.visits.frame, telling=Telling(by=("airfield",), **_rests(found)))
    if found.observability is None:
        return told.sort("at_least", "airfield", descending=[True, False])
    # it was not asked there, which is not the same as that these files could not tell
    elsewhere = ~pl.col("airfield").is_in(list(found.codes)).fill_null(value=False)
    said = pl.col("sentence").str.replace(
        UNTOLD, f"{_OTHERS.capitalize()}: how many were missed here is not told.", literal=True
    )
    why = UNTOLD.removesuffix(".")
    why = f"{why[0].lower()}{why[1:]}"
    told = told.with_columns(
        sentence=pl.when(elsewhere).then(said).otherwise("sentence"),
        best_why=pl.when(elsewhere)
        .then(pl.col("best_why").str.replace(why, _OTHERS, literal=True))
        .otherwise("best_why"),
        ruled_out_why=pl.when(elsewhere)
        .then(pl.col("ruled_out_why").list.eval(pl.element().str.replace(why, _OTHERS, literal=True)))
        .otherwise("ruled_out_why"),
    )
    return told.sort("at_least", "airfield", descending=[True, False])
