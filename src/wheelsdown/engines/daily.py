"""Visits a day with the exposure of each day, from whatever holds visits: what surges and timing are tested on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Unpack

import polars as pl

from wheelsdown.analysis.exposure import exposure_of
from wheelsdown.analysis.series import series
from wheelsdown.analysis.sorting import COUNTED
from wheelsdown.engines.asked import as_tuple
from wheelsdown.engines.local import Question, as_wanted
from wheelsdown.engines.opening import airfields_of, lake_of
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.result import Result
from wheelsdown.engines.rhythm import days_judged, said_of
from wheelsdown.engines.selecting import Chosen, chosen_how
from wheelsdown.engines.visits_from import believed, visits_of
from wheelsdown.engines.windows import needed_window, zone_of
from wheelsdown.errors import UsageError
from wheelsdown.schema import SELECTIONS

__all__ = ["Daily", "daily"]

_SPARE: Final = timedelta(days=3)
"""So far outside the window a touchdown may be best told, and yet lie inside it."""
_PICKED: Final = "hand_picked"


@dataclass(frozen=True)
class Daily:
    """Series of a question, and what they rest on."""

    result: Result
    """VISITS, with problems, receipts and notes."""
    series: tuple[pl.DataFrame, ...]
    """SERIES of each airfield; none where nothing could be read."""
    how: Chosen
    since: datetime
    until: datetime
    zone: str
    what: str | None
    """Which visits they are."""
    grades: tuple[str, ...] = COUNTED
    """Grades counted."""
    observed: tuple[float | None, ...] = ()
    """Of each series its days observed, whatever the chance that a visit is counted; None where nothing tells."""


def daily(
    what: Input = (),
    options: Options | None = None,
    *,
    grades: str | Sequence[str] | None = None,
    zone: str | None = None,
    selection: str | None = None,
    exposure_days: float | None = None,
    logs: Sequence[Path] = (),
    log_map: Path | None = None,
    **question: Unpack[Question],
) -> Daily:
    """Count visits by day.

    Parameters
    ----------
    what, options, grades, zone, selection, exposure_days, logs, log_map, **question
        As in `rhythm.rhythm`. Both ends of the window are needed.

    Returns
    -------
    Daily

    Raises
    ------
    UsageError
        The question cannot be understood, or the window is not stated.
    """
    options = options or Options()
    if selection is not None and selection not in SELECTIONS:
        raise UsageError(f"--selection {selection}: it is one of {', '.join(SELECTIONS)}")
    named = zone_of(zone)
    since, until = needed_window(question.get("since"), question.get("until"), named)
    options = replace(options, ruled_out=False, airfields=airfields_of(options), keep_positions=False)
    wanted = as_wanted(airfields_of(options), {**question, "since": since, "until": until})
    if wanted.codes and wanted.circles:
        raise UsageError("--airfield and --at: ask for the one or the other")
    lake = None if options.lake is None else lake_of(what, options)
    wide: Question = {**question, "since": since - _SPARE, "until": until + _SPARE}
    found = visits_of(what, options, logs=logs, log_map=log_map, **wide)
    result = believed(found, options)
    result = replace(result, positions=result.positions.clear())
    how = chosen_how(lake, wanted, since, until, selection, options)
    if found.kind in ("log", "visits") and selection is None:
        how = Chosen(_PICKED, "a list does not say what was left out; --selection all says that nothing was")
    if result.positions_read == 0 and (lake is None or how.selection == _PICKED):
        return Daily(result, (), how, since, until, named, said_of(question))
    visits = result.frame
    if wanted.circles:
        visits = visits.filter(pl.col("asked_as").is_in(["airfield", "place"]))
    # everybody who came is no fleet: who else would tell
    fleet = found.visits["icao24"].drop_nulls().unique().to_list() if wanted.icao24 or wanted.by_identity else []
    codes = wanted.codes or (None,)
    judged = [days_judged(what, options, found, code, since, until, how, exposure_days, fleet=fleet) for code in codes]
    made = tuple(
        series(
            visits,
            airfield=code,
            since=since,
            until=until,
            observability=days,
            exposure_days=exposure_days,
            time_zone=named,
            selection=how.selection,
            grades=as_tuple(grades) or COUNTED,
            covers=found.covers,
        )
        for code, days in zip(codes, judged, strict=True)
    )
    observed = tuple(
        exposure_of(days, airfield=code, since=since, until=until).days_observed
        for code, days in zip(codes, judged, strict=True)
    )
    return Daily(result, made, how, since, until, named, said_of(question), as_tuple(grades) or COUNTED, observed)
