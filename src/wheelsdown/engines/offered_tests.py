"""Surges, timing and shares as plain tables, for notebooks: what ``import wheelsdown`` offers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Unpack

import polars as pl

from wheelsdown.analysis.surges import Declared
from wheelsdown.engines.local import Question
from wheelsdown.engines.offered import Lake, in_lake
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.sharing import sharing
from wheelsdown.engines.surging import surging
from wheelsdown.engines.timing import told

__all__ = ["shares", "surges", "timing"]


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
    declared: date | None = None,
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
    declared : date, optional
        Day on which the windows were declared; it counts only before the first event. Without it they count as chosen
        afterwards.
    windows_days, lag_days, draws, seed
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
        in_lake(options, lake),
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
    declared: Sequence[Declared] = (),
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
    declared : sequence of (name, first day, last day[, day of the declaration])
        Windows that you name, both days included. One declared before its first day has a test of its own; any other
        counts as found afterwards.
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
        in_lake(options, lake),
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
