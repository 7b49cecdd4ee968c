"""Surges and timing of a case, at each of its airfields, over a series of days of its own."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from wheelsdown.analysis.blocks import blocks
from wheelsdown.analysis.exposure import exposure_of
from wheelsdown.analysis.series import series
from wheelsdown.analysis.surges import surges
from wheelsdown.analysis.timing import timing
from wheelsdown.analysis.timing_epoch import epoch
from wheelsdown.case.beside import Tables, events_rule, rule_read
from wheelsdown.case.form import Case
from wheelsdown.case.moments import instant
from wheelsdown.engines.local import Question
from wheelsdown.engines.rhythm import said_of
from wheelsdown.engines.windowed import Windowed
from wheelsdown.schema import BLOCKS, EPOCH, SERIES, SURGES, TIMING
from wheelsdown.sources.sharing import may_ship
from wheelsdown.table import Table

__all__ = ["period", "tests"]

_HAND_PICKED = "hand_picked"
_TABLES: dict[str, Table] = {"series": SERIES, "surges": SURGES, "blocks": BLOCKS, "timing": TIMING, "epoch": EPOCH}


def _whose(case: Case) -> str | None:
    """Name whose visits they are: as the case calls its fleet, else by what it asks for."""
    f = case.fleet
    asked: Question = {}
    if f.operator:
        asked["operator"] = f.operator
    if f.registration:
        asked["registration"] = f.registration
    if f.icao24:
        asked["icao24"] = f.icao24
    if f.typecode:
        asked["typecode"] = f.typecode
    return f.name or said_of(asked)


def period(case: Case, of: str) -> tuple[datetime, datetime]:
    """Give the period that ``surges`` or ``timing`` looks at: its own, else from the first window to the last."""
    ends = [case.ends(w) for w in case.window]
    since, until = min(a for a, _ in ends), max(b for _, b in ends)
    part = case.surges if of == "surges" else case.timing
    if part is not None and part.since is not None:
        since = instant(part.since, case.case.zone)
    if part is not None and part.until is not None:
        until = instant(part.until, case.case.zone, end=True)
    return since, until


def tests(case: Case, found: Windowed, events: pl.DataFrame, context: Tables) -> dict[str, pl.DataFrame]:
    """Test what the case asks to be tested.

    Parameters
    ----------
    case : Case
        With ``[surges]`` and ``[timing]`` where they are wanted.
    found : Windowed
        Visits, and the days observed.
    events : EVENTS
    context : Tables
        What was read beside, out of which a rule may have made the events.

    Returns
    -------
    dict
        ``series``, and as far as asked for ``surges``, ``blocks``, ``timing``, ``epoch``; rows of each airfield in
        turn. A series spans the period of surges, else that of timing, else all windows.
    """
    rows: dict[str, list[pl.DataFrame]] = {name: [] for name in _TABLES}
    of = "surges" if case.surges is not None else "timing"
    here = set(found.visits.frame["airfield"].drop_nulls().to_list())
    for code in found.codes:
        since, until = period(case, of)
        if found.selection(since, until) == _HAND_PICKED and code not in here:
            continue  # days without a visit say nothing where files were picked by hand
        days = _days(case, found, code, since, until)
        rows["series"].append(days)
        if case.surges is not None:
            rows["surges"].append(_surges(case, found, code, days, since, until))
            if found.selection(since, until) != _HAND_PICKED:
                rows["blocks"].append(blocks(days))
        if case.timing is not None:
            since, until = period(case, "timing")
            days = _days(case, found, code, since, until)
            rows["timing"].append(_timing(case, found, code, days, events, since, until, rule_read(case, context)))
            if found.selection(since, until) != _HAND_PICKED and not events.is_empty():
                part = case.timing
                rows["epoch"].append(
                    epoch(
                        days, events, since=since, until=until, time_zone=case.case.zone, draws=part.draws,
                        seed=part.seed,
                    )
                )  # fmt: skip
    return {n: _TABLES[n].conform(pl.concat(frames), fill=True) for n, frames in rows.items() if frames}


def _days(case: Case, found: Windowed, code: str, since: datetime, until: datetime) -> pl.DataFrame:
    return series(
        found.visits.frame,
        airfield=code,
        since=since,
        until=until,
        observability=found.observability,
        time_zone=case.case.zone,
        selection=found.selection(since, until),
        covers=found.found.covers,
    )


def _observed(found: Windowed, code: str, since: datetime, until: datetime) -> float | None:
    return exposure_of(found.observability, airfield=code, since=since, until=until).days_observed


def _surges(
    case: Case, found: Windowed, code: str, days: pl.DataFrame, since: datetime, until: datetime
) -> pl.DataFrame:
    part = case.surges
    assert part is not None  # noqa: S101  the caller asked
    return surges(
        days,
        what=_whose(case),
        since=since,
        until=until,
        time_zone=case.case.zone,
        declared=[(d.name, d.since, d.until, d.declared) for d in part.declared],
        draws=part.draws,
        seed=part.seed,
        longest_days=part.longest_days,
        level=part.level,
        selection=found.selection(since, until),
        days_observed=_observed(found, code, since, until),
        simulated=found.visits.simulated,
    )


def _timing(
    case: Case,
    found: Windowed,
    code: str,
    days: pl.DataFrame,
    events: pl.DataFrame,
    since: datetime,
    until: datetime,
    read: int | None,
) -> pl.DataFrame:
    part = case.timing
    assert part is not None  # noqa: S101  the caller asked
    return timing(
        days,
        events,
        what=_whose(case),
        since=since,
        until=until,
        time_zone=case.case.zone,
        windows_days=part.windows_days,
        lag_days=part.lag_days,
        declared=part.declared,
        draws=part.draws,
        seed=part.seed,
        level=part.level,
        events_from=events_rule(case),
        made_of=read,
        # other people's rows do not leave the house, neither their ids nor their days
        dated=all(may_ship(s)[0] for s in events.filter(pl.col("kind") != "episode")["source"].unique()),
        simulated=found.visits.simulated,
        selection=found.selection(since, until),
        days_observed=_observed(found, code, since, until),
    )
