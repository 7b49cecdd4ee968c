"""Counts, rhythm, comparison and days observed as plain tables, for notebooks: what ``import wheelsdown`` offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Unpack

import polars as pl

from wheelsdown.engines.agreeing import compare
from wheelsdown.engines.counting import counts
from wheelsdown.engines.local import Question
from wheelsdown.engines.observing import observability as observed
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.rhythm import rhythm
from wheelsdown.engines.sharing import sharing
from wheelsdown.engines.surging import surging
from wheelsdown.engines.timing import told

__all__ = ["agree", "cadence", "count", "observability", "shares", "surges", "timing"]

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
        what, _options(options, lake), by=by, zone=zone, selection=selection, logs=logs, log_map=log_map, **question
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
        _options(options, lake),
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
        _options(options, lake),
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
        _options(options, lake),
        airfield=airfield,
        since=since,
        until=until,
        icao24=icao24,
        registration=registration,
        operator=operator,
        typecode=typecode,
    )
    return found.frame


def timing(
    what: Input = (),
    *,
    events: str | Path | Sequence[str | Path] | pl.DataFrame,
    lake: Lake = None,
    options: Options | None = None,
    country: str | Sequence[str] | None = None,
    as_episodes: bool = False,
    windows_days: Sequence[int] = (7, 14, 30),
    lag_days: int = 0,
    declared: bool = True,
    draws: int = 9999,
    seed: int = 0,
    grades: str | Sequence[str] | None = None,
    zone: str | None = None,
    selection: str | None = None,
    exposure_days: float | None = None,
    logs: Sequence[Path] = (),
    log_map: Path | None = None,
    **question: Unpack[Question],
) -> pl.DataFrame:
    """Hold visits against the dates of outside events: how many had a visit before or after, and how many by chance.

    Parameters
    ----------
    what : path, paths, POSITIONS or VISITS
        Nothing with `lake`.
    events : path, paths or EVENTS
        Tables of events, of months, or lists of episodes.
    lake : path, optional
        Read out of this lake instead.
    options : Options, optional
        How to read and infer.
    country : str or several, optional
        Only events of these, as their source writes them.
    as_episodes : bool
        Put events and months together to episodes first (`analysis.episodes`).
    windows_days, lag_days, declared, draws, seed
        As in `analysis.timing.timing`.
    grades, zone, selection, exposure_days, logs, log_map, **question
        As in `cadence`. Both ends of the window are needed.

    Returns
    -------
    TIMING

    Raises
    ------
    UsageError, SourceError, ReferenceDataError, LakeError

    Notes
    -----
    It says what came before and after, and what chance makes of it; never why.
    """
    found = told(
        what,
        _options(options, lake),
        events=events,
        country=country,
        as_episodes=as_episodes,
        windows_days=windows_days,
        lag_days=lag_days,
        declared=declared,
        draws=draws,
        seed=seed,
        grades=grades,
        zone=zone,
        selection=selection,
        exposure_days=exposure_days,
        logs=logs,
        log_map=log_map,
        **question,
    )
    return found.timing.frame


def surges(
    what: Input = (),
    *,
    lake: Lake = None,
    options: Options | None = None,
    declared: Sequence[tuple[str, date, date]] = (),
    longest_days: int = 90,
    draws: int = 9999,
    seed: int = 0,
    level: float = 0.05,
    grades: str | Sequence[str] | None = None,
    zone: str | None = None,
    selection: str | None = None,
    exposure_days: float | None = None,
    logs: Sequence[Path] = (),
    log_map: Path | None = None,
    **question: Unpack[Question],
) -> pl.DataFrame:
    """Find stretches of days with more visits than chance allows, given what was observed.

    Parameters
    ----------
    what : path, paths, POSITIONS or VISITS
        Nothing with `lake`.
    lake : path, optional
        Read out of this lake instead.
    options : Options, optional
        How to read and infer.
    declared : sequence of (name, first day, last day)
        Windows named before anybody looked, both days included.
    longest_days, draws, seed, level
        As in `analysis.surges.surges`.
    grades, exposure_days
        As in `cadence`.
    zone, selection, logs, log_map
        As in `count`.
    **question
        As in `visits`. Both ends of the window are needed.

    Returns
    -------
    SURGES

    Raises
    ------
    UsageError, SourceError, ReferenceDataError, LakeError

    Notes
    -----
    It cannot tell more visits from better observation that nothing tells of, such as observers who watch more.
    """
    found = surging(
        what,
        _options(options, lake),
        declared=declared,
        longest_days=longest_days,
        draws=draws,
        seed=seed,
        level=level,
        grades=grades,
        zone=zone,
        selection=selection,
        exposure_days=exposure_days,
        logs=logs,
        log_map=log_map,
        **question,
    )
    return found.surges.frame


def shares(
    files: str | Path | Sequence[str | Path],
    *,
    options: Options | None = None,
    recipient: str | None = None,
    supplier: str | Sequence[str] | None = None,
    years: str | Sequence[str] | None = None,
    reporter: str | None = None,
    partner: str | Sequence[str] | None = None,
    commodity: str | None = None,
    period: str | Sequence[str] | None = None,
    flow: str = "import",
    measure: str | None = None,
) -> pl.DataFrame:
    """Tell shares in deliveries of arms (SIPRI) or in trade (UN Comtrade), out of the user's own tables.

    Parameters
    ----------
    files : path or paths
        Tables as they were downloaded.
    options : Options, optional
        `strict` and `as_` of it.
    recipient, supplier, years
        Of arms: who received, from whom (each, unless given), first and last year, ``2016-2020``.
    reporter, partner, commodity, period, flow, measure
        Of trade: as in `analysis.shares.trade_share`.

    Returns
    -------
    SHARES

    Raises
    ------
    UsageError, SourceError

    Notes
    -----
    Volumes of arms are of military capability, not of money. No row of trade is no proof of no trade.
    """
    found = sharing(
        files,
        options,
        recipient=recipient,
        supplier=supplier,
        years=years,
        reporter=reporter,
        partner=partner,
        commodity=commodity,
        period=period,
        flow=flow,
        measure=measure,
    )
    return found.frame


def _options(options: Options | None, lake: Lake) -> Options:
    given = options or Options()
    return given if lake is None else replace(given, lake=Path(lake))
