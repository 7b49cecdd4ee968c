"""What stands beside a case's visits: who else comes to the airfields, and where else the same aircraft go."""

from __future__ import annotations

import polars as pl

from wheelsdown.analysis.counting import count
from wheelsdown.analysis.sentences import Telling, with_sentences
from wheelsdown.case.form import Case
from wheelsdown.case.gathering import Gathered
from wheelsdown.engines.counting import counts
from wheelsdown.engines.windowed import Span, Windowed
from wheelsdown.outputs.interface import SIMULATED
from wheelsdown.reference.airfields import Airfields

__all__ = ["destinations", "visitors"]


def _of(case: Case, found: Windowed, span: Span) -> str:
    """Files that hold a fleet on every day hold everybody who is in them; files picked by hand stay that."""
    picked = found.selection(span.since, span.until) == "hand_picked"
    return "hand_picked" if picked or case.fleet.selection is None else "all"


def visitors(gathered: Gathered, case: Case, found: Windowed, span: Span) -> pl.DataFrame:
    """Count everybody at the case's airfields in one window, split as the case says.

    Parameters
    ----------
    gathered : Gathered
        Read once more, for everybody.
    case : Case
    found : Windowed
    span : Span
        The window.

    Returns
    -------
    COUNTS
    """
    made = counts(
        gathered.what,
        gathered.options,
        by=case.comparison.visitors_by,
        zone=span.zone,
        selection=None if gathered.options.lake else _of(case, found, span),
        logs=gathered.logs,
        log_map=gathered.log_map,
        airfield=list(found.codes),
        since=span.since,
        until=span.until,
    )
    return made.frame.sort("airfield", "at_least", case.comparison.visitors_by, descending=[False, True, False])


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
        Without days observed: they are known for the airfields of the case only.
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
    sources = tuple(found.visits.frame["source"].unique().sort().to_list())
    telling = Telling(by=("airfield",), sources=sources, simulated=any(s.startswith(SIMULATED) for s in sources))
    told = with_sentences(made, found.visits.frame, telling=telling)
    return told.sort("at_least", "airfield", descending=[True, False])
