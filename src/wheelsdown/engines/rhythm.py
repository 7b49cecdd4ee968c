"""The rhythm of visits, with everything it rests on: visits, days observed, checks, how the files were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Unpack

import polars as pl

from wheelsdown.analysis.cadence import cadence
from wheelsdown.analysis.sorting import COUNTED
from wheelsdown.engines.asked import as_tuple
from wheelsdown.engines.local import Question, as_wanted
from wheelsdown.engines.observing import observe
from wheelsdown.engines.opening import airfields_of, lake_of
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.result import Result
from wheelsdown.engines.selecting import Chosen, chosen_how
from wheelsdown.engines.visits_from import VisitsFrom, believed, visits_of
from wheelsdown.engines.windows import needed_window, zone_of
from wheelsdown.errors import UsageError
from wheelsdown.outputs.interface import SIMULATED
from wheelsdown.schema import CADENCE, SELECTIONS

__all__ = ["days_judged", "rhythm", "said_of"]

_SPARE: Final = timedelta(days=3)
"""So far outside the window a touchdown may be best told, and yet lie inside it."""
_PICKED: Final = "hand_picked"


def rhythm(
    what: Input = (),
    options: Options | None = None,
    *,
    grades: str | Sequence[str] | None = None,
    zone: str | None = None,
    selection: str | None = None,
    exposure_days: float | None = None,
    logs: Sequence[Path] = (),
    log_map: Path | None = None,
    seed: int = 0,
    **question: Unpack[Question],
) -> Result:
    """Tell how often visits came.

    Parameters
    ----------
    what : path, paths, POSITIONS or VISITS
        As in `visits_of`; nothing where `options` name a lake.
    options : Options, optional
        How to read and infer.
    grades : str or several, optional
        Grades counted; observed and inferred unless given.
    zone : str, optional
        IANA zone of plain days in the window and of days with a visit; UTC unless given.
    selection : str, optional
        all, fleet or hand_picked (`schema.SELECTIONS`). Without it files are taken as picked by hand, for which there
        is no rhythm; and a lake too, unless its ledger says that every day of the window was asked for.
    exposure_days : float, optional
        Days of the window that were observed, where somebody knows. Without it they are judged from other traffic, and
        where there is none, every day is taken as observed; the sentence says which.
    logs : paths
        Observers' logs.
    log_map : path, optional
        How to read them.
    seed : int
        Of the resampling behind the interval of the median gap.
    **question
        airfield, at, icao24, registration, operator, typecode, since, until: as in `visits`. Both ends of the window
        are needed.

    Returns
    -------
    Result
        CADENCE, one row, or one an airfield.

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
    how = chosen_how(lake, wanted, since, until, selection, options)
    if found.kind in ("log", "visits") and selection is None:
        how = Chosen(_PICKED, "a list does not say what was left out; --selection all says that nothing was")
    if result.positions_read == 0 and (lake is None or how.selection == _PICKED):
        return replace(result, table=CADENCE, frame=CADENCE.empty(), positions=result.positions.clear())
    visits = result.frame
    if wanted.circles:
        visits = visits.filter(pl.col("asked_as").is_in(["airfield", "place"]))
    rows = [
        cadence(
            visits,
            since=since,
            until=until,
            airfield=code,
            exposure_days=exposure_days,
            observability=days_judged(
                what,
                options,
                found,
                code,
                since,
                until,
                how,
                exposure_days,
                # everybody who came is no fleet: who else would tell
                fleet=found.visits["icao24"].drop_nulls().unique().to_list()
                if wanted.icao24 or wanted.by_identity
                else [],
            ),
            time_zone=named,
            grades=as_tuple(grades) or COUNTED,
            selection=how.selection,
            what=said_of(question),
            seed=seed,
            covers=found.covers,
        )
        for code in wanted.codes or (None,)
    ]
    frame = pl.concat(rows)
    if result.simulated:
        # where nothing was received, no source says so
        mark = (
            pl.when(pl.col("sentence").str.starts_with(SIMULATED)).then(pl.lit("")).otherwise(pl.lit(f"{SIMULATED}: "))
        )
        frame = frame.with_columns(sentence=pl.concat_str(mark, "sentence"))
    if how.selection == _PICKED:
        frame = frame.with_columns(reason=pl.format("{}: {}", pl.lit(how.why), "reason"))
    return replace(result, table=CADENCE, frame=frame, positions=result.positions.clear())


def days_judged(
    what: Input,
    options: Options,
    found: VisitsFrom,
    code: str | None,
    since: datetime,
    until: datetime,
    how: Chosen,
    exposure_days: float | None,
    *,
    fleet: list[str],
) -> pl.DataFrame | None:
    """Judge the days from all other traffic, where the positions are at hand and it is not already known."""
    if code is None or exposure_days is not None or how.selection == _PICKED:
        return None
    if found.kind not in ("positions", "lake"):
        return None
    last = (until - timedelta(microseconds=1)).date()
    return observe(what, options, [code], since.date(), last, fleet)


def said_of(question: Question) -> str | None:
    """Name what was asked for beside the place."""
    parts = []
    for key, name in (
        ("operator", "operator"),
        ("registration", "tail"),
        ("icao24", "address"),
        ("typecode", "type"),
        ("at", "at"),
    ):
        value = question.get(key)
        if value is not None:
            text = ", ".join(as_tuple(value)) if isinstance(value, str) or key != "at" else str(value)  # type: ignore[arg-type]
            parts.append(f"{name} {text}")
    return "; ".join(parts) or None
