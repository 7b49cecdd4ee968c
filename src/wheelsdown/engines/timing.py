"""Visits against the dates of outside events, with all it rests on: visits, days observed, events and their rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypedDict, Unpack
from zoneinfo import ZoneInfo

import polars as pl

from wheelsdown.analysis.episodes import DAYS, MONTHS, described, episodes
from wheelsdown.analysis.timing import MEASURES, STANDARD_DAYS, timing
from wheelsdown.analysis.timing_epoch import epoch
from wheelsdown.analysis.wording import listed
from wheelsdown.engines.asked import as_tuple
from wheelsdown.engines.daily import daily
from wheelsdown.engines.local import Question
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.result import Result
from wheelsdown.engines.windows import needed_window, zone_of
from wheelsdown.errors import UsageError
from wheelsdown.outputs import is_simulated
from wheelsdown.outputs.interface import SIMULATED
from wheelsdown.schema import EPOCH, EVENTS, TIMING
from wheelsdown.sources.reading_context import read_context

__all__ = ["Told", "day_of", "rule_of", "told"]

_PICKED = "hand_picked"


@dataclass(frozen=True)
class Told:
    """Timing, and beside it the events and the mean visits around them."""

    timing: Result
    """TIMING."""
    events: Result
    """EVENTS that visits were held against."""
    epoch: Result
    """EPOCH, where it was asked for."""


def told(
    what: Input = (),
    options: Options | None = None,
    *,
    events: str | Path | Sequence[str | Path] | pl.DataFrame,
    country: str | Sequence[str] | None = None,
    as_episodes: bool = False,
    rule_days: tuple[float, int, int] = DAYS,
    rule_months: tuple[float, int] = (MONTHS, 1),
    windows_days: Sequence[int] = STANDARD_DAYS,
    lag_days: int = 0,
    measures: str | Sequence[str] | None = None,
    declared: date | None = None,
    draws: int = 9999,
    seed: int = 0,
    level: float = 0.05,
    regimes: Sequence[date] = (),
    with_epoch: bool = False,
    grades: str | Sequence[str] | None = None,
    zone: str | None = None,
    selection: str | None = None,
    exposure_days: float | None = None,
    logs: Sequence[Path] = (),
    log_map: Path | None = None,
    **question: Unpack[Question],
) -> Told:
    """Hold visits against the dates of outside events.

    Parameters
    ----------
    what : path, paths, POSITIONS or VISITS
        As in `visits_of`; nothing where `options` name a lake.
    options : Options, optional
        How to read and infer.
    events : path, paths or EVENTS
        Tables of events, of months, or lists of episodes (docs/how-to/context.md).
    country : str or several, optional
        Only events and months of these, as their source writes them; with `as_episodes` their deaths are added up.
    as_episodes : bool
        Put events and months together to episodes first, by the rule.
    rule_days : (deaths, days, quiet days)
        The rule over events, as in `episodes`.
    rule_months : (deaths, quiet months)
        The rule over months.
    windows_days, lag_days, measures, declared, draws, seed, level, regimes
        As in `timing`.
    with_epoch : bool
        Also the mean visits a day around events.
    grades, zone, selection, exposure_days, logs, log_map, **question
        As in `rhythm`. Both ends of the window are needed.

    Returns
    -------
    Told
        A row a window and measure, for each airfield.

    Raises
    ------
    UsageError
        The question cannot be understood, the window is not stated, or there is no event.
    """
    found, also = _events(events, options)
    # before anything is inferred: what is wrong with the question is told at once
    named = zone_of(zone)
    since, until = needed_window(question.get("since"), question.get("until"), named)
    place = ZoneInfo(named)
    days = since.astimezone(place).date(), (until - timedelta(microseconds=1)).astimezone(place).date()
    read = found.height
    found, which = _chosen(found, country, as_episodes, rule_days, rule_months, days)
    made = daily(
        what,
        options,
        grades=grades,
        zone=zone,
        selection=selection,
        exposure_days=exposure_days,
        logs=logs,
        log_map=log_map,
        **question,
    )
    base = made.result
    if also is not None:
        base = replace(
            base,
            problems=pl.concat([base.problems, also.problems]),
            receipts=pl.concat([base.receipts, also.receipts]),
            notes=(*base.notes, *also.notes),
            simulated=base.simulated or also.simulated,
        )
    rows, curves = [TIMING.empty()], [EPOCH.empty()]
    for one, days_observed in zip(made.series, made.observed, strict=True):
        row = timing(
            one,
            found,
            what=made.what,
            since=made.since,
            until=made.until,
            time_zone=made.zone,
            windows_days=windows_days,
            lag_days=lag_days,
            declared=declared,
            draws=draws,
            seed=seed,
            level=level,
            events_from=which,
            measures=as_tuple(measures) or MEASURES,
            regimes=regimes,
            grades=made.grades,
            made_of=read if as_episodes else None,
            # where nothing was received, no source says so
            simulated=base.simulated,
            selection=made.how.selection,
            stated=exposure_days is not None,
            days_observed=days_observed,
        )
        if made.how.selection == _PICKED:
            row = row.with_columns(reason=pl.format("{}: {}", pl.lit(made.how.why), "reason"))
        rows.append(row)
        if with_epoch:
            curves.append(
                epoch(
                    one,
                    found,
                    since=made.since,
                    until=made.until,
                    time_zone=made.zone,
                    draws=draws,
                    seed=seed,
                    regimes=regimes,
                )
            )
    frame = pl.concat(rows)
    return Told(
        replace(base, table=TIMING, frame=frame),
        # events are no visits: that visits are SIMULATED says nothing of them
        replace(also or Result(EVENTS, found), frame=found, simulated=is_simulated(found)),
        replace(base, table=EPOCH, frame=pl.concat(curves)),
    )


class RuleAsked(TypedDict, total=False):
    """A rule for episodes, as `told` takes it."""

    as_episodes: bool
    rule_days: tuple[float, int, int]
    rule_months: tuple[float, int]


def rule_of(days: str | None, months: str | None) -> RuleAsked:
    """Read a rule for episodes: ``25,7,90`` over events, ``17,1`` over months.

    Raises
    ------
    UsageError
        It is not numbers.
    """
    if days is None and months is None:
        return {}
    out: RuleAsked = {"as_episodes": True}
    if days is not None:
        deaths, within, quiet = _numbers(days, "--episodes", 3, "25,7,90: deaths, days, quiet days")
        out["rule_days"] = (deaths, int(within), int(quiet))
    if months is not None:
        deaths, quiet = _numbers(months, "--month-episodes", 2, "17,1: deaths of a month, quiet months")
        out["rule_months"] = (deaths, int(quiet))
    return out


def _numbers(text: str, option: str, count: int, example: str) -> list[float]:
    parts = text.split(",")
    try:
        values = [float(parts[0]), *(float(int(p)) for p in parts[1:])]
    except ValueError:
        values = []
    if len(values) != count:
        raise UsageError(f"{option} {text}: write {example}")
    return values


def day_of(text: str, option: str = "--regime") -> date:
    """Read a day.

    Raises
    ------
    UsageError
        It is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as e:
        raise UsageError(f"{option} {text}: write a day as 2023-02-16") from e


def _events(
    events: str | Path | Sequence[str | Path] | pl.DataFrame, options: Options | None
) -> tuple[pl.DataFrame, Result | None]:
    """Read events; what could not be read stands beside them.

    Raises
    ------
    UsageError
        No event could be read.
    """
    if isinstance(events, pl.DataFrame):
        return EVENTS.conform(events, fill=True), None
    strict = bool(options and options.strict)
    files = [events] if isinstance(events, str | Path) else list(events)
    read = read_context(files, strict=strict)
    if read.events.is_empty():
        why = "; ".join(read.problems.select(pl.format("{}: {}", "file", "reason"))["file"].head(3).to_list())
        names = listed([str(f) for f in files][:4])
        raise UsageError(f"--events {names}: no event could be read{f': {why}' if why else ''}")
    simulated = bool(read.events["source"].str.starts_with(SIMULATED).any())
    return read.events, Result(
        EVENTS, read.events, problems=read.problems, receipts=read.receipts, notes=read.notes, simulated=simulated
    )


def _chosen(
    events: pl.DataFrame,
    country: str | Sequence[str] | None,
    as_episodes: bool,
    rule_days: tuple[float, int, int],
    rule_months: tuple[float, int],
    days: tuple[date, date],
) -> tuple[pl.DataFrame, str]:
    """Choose events by country and rule, and say which they are, and what other thresholds make of these days.

    Raises
    ------
    UsageError
        None is left.
    """
    named = as_tuple(country)
    sources = "; ".join(events["source"].unique().sort().to_list())
    if as_episodes:
        given = {
            "deaths_least": rule_days[0],
            "within_days": int(rule_days[1]),
            "quiet_days": int(rule_days[2]),
            "month_deaths_least": rule_months[0],
            "quiet_months": int(rule_months[1]),
        }
        found = episodes(events, country=named or None, **given)  # type: ignore[arg-type]
        said = described(events, country=named or None, since=days[0], until=days[1], **given)  # type: ignore[arg-type]
        return found, said
    if not named:
        return events, sources
    wanted = [n.strip().casefold() for n in named]
    kept = events.filter(pl.col("country").str.to_lowercase().is_in(wanted).fill_null(value=False))
    if kept.is_empty():
        there = events["country"].drop_nulls().unique().sort().to_list()[:12]
        raise UsageError(f"--country {listed(named, joint='or')}: the files write {', '.join(there) or 'no country'}")
    return kept, f"{listed(named)} in {sources}"
