"""Counts, rhythm, comparison and days observed as plain tables, for notebooks: what ``import wheelsdown`` offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import polars as pl

from wheelsdown.engines.agreeing import compare
from wheelsdown.engines.counting import counts
from wheelsdown.engines.local import Question
from wheelsdown.engines.observing import observability as observed
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.rhythm import rhythm

__all__ = ["agree", "cadence", "count", "in_lake", "observability"]

Lake = str | Path | None


def count(
    what: Input = (),
    *,
    lake: Lake = None,
    options: Options | None = None,
    by: str | Sequence[str] | None = None,
    zone: str | None = None,
    selection: str | None = None,
    logs: Sequence[Path] = (),
    log_map: Path | None = None,
    **question: Unpack[Question],
) -> pl.DataFrame:
    """Count visits: at least, best estimate, what cannot be ruled out; with the result in words.

    Parameters
    ----------
    what : path, paths, POSITIONS or VISITS
        Nothing with `lake`.
    lake : path, optional
        Read out of this lake instead.
    options : Options, optional
        How to read and infer.
    by : str or several, optional
        Split by airfield, operator, aircraft, type, origin, and one of day, week, month, year.
    zone : str, optional
        IANA zone of plain days in the window, of periods and of the sentence; UTC unless given.
    selection : str, optional
        all, fleet or hand_picked (`schema.SELECTIONS`). Without it files are taken as picked by hand, and a lake too
        unless its ledger says that every day of the window was asked for.
    logs, log_map : paths, path
        Observers' logs, and how to read them.
    **question
        airfield, at, icao24, registration, operator, typecode, since, until: as in `visits`.

    Returns
    -------
    COUNTS

    Raises
    ------
    UsageError, SourceError, ReferenceDataError, LakeError

    Notes
    -----
    It cannot see aircraft that never broadcast, nor, in files picked by hand, anything that was not picked.
    """
    found = counts(
        what, in_lake(options, lake), by=by, zone=zone, selection=selection, logs=logs, log_map=log_map, **question
    )
    return found.frame


def cadence(
    what: Input = (),
    *,
    lake: Lake = None,
    options: Options | None = None,
    grades: str | Sequence[str] | None = None,
    zone: str | None = None,
    selection: str | None = None,
    exposure_days: float | None = None,
    logs: Sequence[Path] = (),
    log_map: Path | None = None,
    **question: Unpack[Question],
) -> pl.DataFrame:
    """Tell how often visits came, and whether "every other day" may be said.

    Parameters
    ----------
    what : path, paths, POSITIONS or VISITS
        Nothing with `lake`.
    lake : path, optional
        Read out of this lake instead.
    options : Options, optional
        How to read and infer.
    grades : str or several, optional
        Grades counted; observed and inferred unless given.
    zone, selection, logs, log_map
        As in `count`.
    exposure_days : float, optional
        Days of the window that were observed, where somebody knows.
    **question
        As in `visits`. Both ends of the window are needed.

    Returns
    -------
    CADENCE

    Raises
    ------
    UsageError, SourceError, ReferenceDataError, LakeError

    Notes
    -----
    The interval supposes that visits come one by one at a steady rate. It knows the visits that were received.
    """
    found = rhythm(
        what,
        in_lake(options, lake),
        grades=grades,
        zone=zone,
        selection=selection,
        exposure_days=exposure_days,
        logs=logs,
        log_map=log_map,
        **question,
    )
    return found.frame


def agree(
    first: Input,
    second: Input = (),
    *,
    lake: Lake = None,
    options: Options | None = None,
    names: Sequence[str] = (),
    window_min: float = 90.0,
    apart_min: float = 15.0,
    zone: str | None = None,
    independent: bool | None = None,
    selection: str | Sequence[str] | None = None,
    log_map: Path | None = None,
    **question: Unpack[Question],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Match two sources of the same visits one to one: what both have, what each misses, what they tell differently.

    Parameters
    ----------
    first, second : path, paths, POSITIONS or VISITS
        With `lake`, which is the second, `second` is left out.
    lake : path, optional
        Compare with this lake.
    options : Options, optional
        How to read and infer.
    names : two str, optional
        What sentences call them.
    window_min, apart_min : float
        Touchdowns so many minutes apart may be one visit; so many are told as a difference.
    zone, log_map
        As in `count`.
    independent : bool, optional
        Whether the two are independent, where somebody knows.
    selection : str or two, optional
        How both, or each, were chosen.
    **question
        As in `visits`, asked of both.

    Returns
    -------
    AGREED, AGREEMENT
        One row in all, and a row a visit.

    Raises
    ------
    UsageError, SourceError, ReferenceDataError, LakeError

    Notes
    -----
    Two lists that agree may both be wrong, and what both were bound to miss is in neither.
    """
    found = compare(
        first,
        second,
        in_lake(options, lake),
        names=names,
        window_min=window_min,
        apart_min=apart_min,
        zone=zone,
        independent=independent,
        selection=selection,
        log_map=log_map,
        **question,
    )
    return found.summary.frame, found.each.frame


def observability(
    what: Input = (),
    *,
    lake: Lake = None,
    options: Options | None = None,
    airfield: str | Sequence[str],
    since: str | None = None,
    until: str | None = None,
    icao24: str | Sequence[str] | None = None,
    registration: str | Sequence[str] | None = None,
    operator: str | Sequence[str] | None = None,
    typecode: str | Sequence[str] | None = None,
) -> pl.DataFrame:
    """Tell for each airfield and UTC day whether, and how probably, a visit would have left a row.

    Parameters
    ----------
    what : path, paths or POSITIONS
        All traffic that was received; nothing with `lake`.
    lake : path, optional
        Read out of this lake instead.
    options : Options, optional
        How to read and infer.
    airfield : str or several
        By any of their codes.
    since, until : str, optional
        UTC days, both included; by default the days of the data.
    icao24, registration, operator, typecode : str or several, optional
        The aircraft asked about, which are no measure of themselves.

    Returns
    -------
    OBSERVABILITY

    Raises
    ------
    UsageError, SourceError, ReferenceDataError, LakeError

    Notes
    -----
    It judges by other traffic, and cannot see how far the aircraft asked about differ from it.
    """
    found = observed(
        what,
        in_lake(options, lake),
        airfield=airfield,
        since=since,
        until=until,
        icao24=icao24,
        registration=registration,
        operator=operator,
        typecode=typecode,
    )
    return found.frame


def in_lake(options: Options | None, lake: Lake) -> Options:
    """Name the lake to read out of, where one is given."""
    given = options or Options()
    return given if lake is None else replace(given, lake=Path(lake))
