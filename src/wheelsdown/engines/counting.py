"""Counts, with everything they rest on: visits, silences, days observed, checks; and what was picked by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final, Unpack
from zoneinfo import ZoneInfo

import polars as pl

from wheelsdown.analysis.counting import count
from wheelsdown.analysis.grouping import GROUPS
from wheelsdown.analysis.sentences import Telling, with_sentences
from wheelsdown.analysis.twice import TWICE, told_twice
from wheelsdown.engines.asked import Asked, as_tuple
from wheelsdown.engines.local import Question, answers, as_wanted, told_by
from wheelsdown.engines.observing import observe
from wheelsdown.engines.opening import airfields_of, lake_of
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.parts import Loaded
from wheelsdown.engines.result import Result
from wheelsdown.engines.selecting import Chosen, chosen_how, fleet_of, received_of
from wheelsdown.engines.visits_from import VisitsFrom, believed, visits_of
from wheelsdown.engines.windows import window, zone_of
from wheelsdown.errors import UsageError
from wheelsdown.lake import Lake
from wheelsdown.reference.airfields import Airfields
from wheelsdown.schema import COUNTS, SELECTIONS

__all__ = [
    "Asking", "Beside", "asking", "believed_in", "beside", "counted", "counts", "observed_days", "telling_of",
    "visits_around", "with_why",
]  # fmt: skip

_SPARE: Final = timedelta(days=3)
"""So far outside the window a touchdown may be best told, and yet lie inside it."""
_ADDRESS: Final = re.compile(r"~?[0-9a-f]{6}")
_PICKED: Final = "hand_picked"
_KINDS: Final = {"log": "Log", "visits": "List of visits"}
_TOUCHDOWN: Final = ("arrived_earliest_utc", "arrived_utc", "arrived_latest_utc")


@dataclass(frozen=True)
class Asking:
    """One question, checked, and what it is asked of."""

    what: Input
    options: Options
    question: Question
    known: Airfields
    codes: tuple[str, ...]
    by: tuple[str, ...]
    zone: str
    since: datetime | None
    until: datetime | None
    wanted: Asked
    lake: Lake | None
    how: Chosen

    @property
    def picked(self) -> bool:
        """Whether the files were picked by hand."""
        return self.how.selection == _PICKED

    @property
    def fleet(self) -> bool:
        """Whether aircraft were named."""
        return bool(self.wanted.icao24 or self.wanted.by_identity)


def counts(
    what: Input = (),
    options: Options | None = None,
    *,
    by: str | Sequence[str] | None = None,
    zone: str | None = None,
    selection: str | None = None,
    logs: Sequence[Path] = (),
    log_map: Path | None = None,
    **question: Unpack[Question],
) -> Result:
    """Count visits: at least, best estimate, what cannot be ruled out; with the result in words.

    Parameters
    ----------
    what : path, paths, POSITIONS or VISITS
        As in `visits_of`; nothing where `options` name a lake.
    options : Options, optional
        How to read and infer; `checks` names a file of checks, and a lake's own are told in any case.
    by : str or several, optional
        Split by airfield, operator, aircraft, type, origin, and one of day, week, month, year. Several airfields are
        counted apart in any case.
    zone : str, optional
        IANA zone of plain days in the window, of periods and of the sentence; UTC unless given.
    selection : str, optional
        all, fleet or hand_picked (`schema.SELECTIONS`): how the positions were chosen. Without it files are taken as
        picked by hand, and a lake too unless its ledger says that every day of the window was asked for.
    logs : paths
        Observers' logs.
    log_map : path, optional
        How to read them.
    **question
        airfield, at, icao24, registration, operator, typecode, since, until: as in `visits`. Without a window it is
        that of the data: the days of the lake, else those of the touchdowns received.

    Returns
    -------
    Result
        COUNTS, a row a group; none where there are no positions.

    Raises
    ------
    UsageError
        The question cannot be understood.
    LakeError
        The lake or its checks cannot be believed.

    Notes
    -----
    A file that carries checks in columns of its own is not believed in that: only a chain of checks counts. It cannot
    see aircraft that never broadcast, nor, in files picked by hand, anything that was not picked.
    """
    run = asking(what, options or Options(), by, zone, selection, question)
    found = visits_around(run, logs, log_map)
    if found.kind in _KINDS and selection is None:
        run = replace(run, how=Chosen(_PICKED, "a list of visits does not say what was left out"))
    visits = believed_in(run, found)
    run, notes = _with_window(run, visits)
    if notes is None or run.since is None or run.until is None:
        said = (*(notes or ()), *visits.notes)
        return replace(visits, table=COUNTS, frame=COUNTS.empty(), positions=visits.positions.clear(), notes=said)
    # here once: the count, the sentences and the notes all ask for it
    visits = replace(visits, frame=told_twice(visits.frame))
    more = beside(run, visits.frame, found)
    watched = observed_days(run, run.since, run.until, found, more.fleet)
    frame = counted(run, run.since, run.until, visits.frame, more, watched)
    told = with_sentences(frame, visits.frame, telling=telling_of(run, found, visits, watched))
    return replace(
        visits,
        table=COUNTS,
        frame=with_why(told, run.how),
        positions=visits.positions.clear(),
        notes=(*notes, *_repeated(frame, visits.frame), *visits.notes),
        # where the archives were asked and had nothing, nought is an answer
        positions_read=visits.positions_read or None,
    )


def asking(
    what: Input,
    options: Options,
    by: str | Sequence[str] | None,
    zone: str | None,
    selection: str | None,
    question: Question,
) -> Asking:
    """Check the question before anything is read."""
    split = as_tuple(by)
    if unknown := [b for b in split if b not in GROUPS]:
        raise UsageError(f"--by {unknown[0]}: one of {', '.join(GROUPS)}")
    if selection is not None and selection not in SELECTIONS:
        raise UsageError(f"--selection {selection}: it is one of {', '.join(SELECTIONS)}")
    if as_tuple(question.get("airfield")) and question.get("at"):
        raise UsageError("--airfield and --at: count the one or the other")
    named = zone_of(zone)
    known = airfields_of(options)
    options = replace(options, ruled_out=False, airfields=known)
    lake = None if options.lake is None else lake_of(what, options)
    since, until = window(question.get("since"), question.get("until"), named)
    days = lake.days() if lake is not None else []
    if days:
        since = since or datetime.combine(days[0], time(), tzinfo=UTC)
        until = until or datetime.combine(days[-1] + timedelta(days=1), time(), tzinfo=UTC)
    wanted = as_wanted(known, {**question, "since": since, "until": until})
    if selection == "fleet" and not (wanted.icao24 or wanted.by_identity):
        raise UsageError("--selection fleet: name the fleet with --icao24, --registration, --operator or --type")
    how = chosen_how(lake, wanted, since, until, selection, options)
    return Asking(
        what,
        options,
        question,
        known,
        tuple(dict.fromkeys(wanted.codes)),
        tuple(dict.fromkeys(split)),
        named,
        since,
        until,
        wanted,
        lake,
        how,
    )


def visits_around(run: Asking, logs: Sequence[Path], log_map: Path | None) -> VisitsFrom:
    """Get visits of the window and a little round it; of a fleet, wherever it was, and its silences."""
    tables = () if run.picked else ("gaps", "legs")
    options = replace(run.options, keep_positions=not run.picked and run.lake is None)
    return visits_of(run.what, options, logs=logs, log_map=log_map, tables=tables, **_wide(run))


def _wide(run: Asking) -> Question:
    """Widen the window by what a touchdown may be off; a fleet is followed wherever it was."""
    wide: Question = {**run.question, "since": _shifted(run.since, -1), "until": _shifted(run.until, 1)}
    if not run.picked and run.fleet:
        wide["airfield"] = None
    return wide


def _shifted(at: datetime | None, way: int) -> datetime | None:
    return None if at is None else at + way * _SPARE


def believed_in(run: Asking, found: VisitsFrom) -> Result:
    """Take checks from a chain only, and remarks on the window asked for, not on the wide one that was read."""
    result = believed(found, run.options)
    if run.lake is None:
        return result
    loaded = Loaded.of(run.options)
    wide = set(told_by(run.lake, as_wanted(run.known, _wide(run)), loaded))
    asked = told_by(run.lake, run.wanted, loaded)
    return replace(result, notes=(*asked, *(n for n in result.notes if n not in wide)))


def _with_window(run: Asking, visits: Result) -> tuple[Asking, list[str] | None]:
    """Take the days of the touchdowns received where no window was named; None: there is nothing to count in."""
    if visits.positions_read == 0 and (run.lake is None or run.picked):
        return run, None
    if run.since is not None and run.until is not None:
        return run, []
    times = visits.frame.select(
        pl.min_horizontal(*_TOUCHDOWN).min().alias("first"), pl.max_horizontal(*_TOUCHDOWN).max().alias("last")
    ).row(0)
    if times[0] is None:
        return run, ["nothing was received, and no window was named: name one with --since and --until"]
    zone = ZoneInfo(run.zone)
    first, last = (t.astimezone(zone).date() for t in times)
    begin = run.since or datetime.combine(first, time(), tzinfo=zone).astimezone(UTC)
    end = run.until or datetime.combine(last + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
    if begin >= end:
        return run, [f"nothing was received in the window that begins {begin:%Y-%m-%d %H:%M} UTC; name its end too"]
    note = "no window was named: counted from the day of the first touchdown received to that of the last"
    return replace(run, since=begin, until=end), [note]


@dataclass(frozen=True)
class Beside:
    """What a count needs beside visits; nothing where the files were picked by hand."""

    silences: pl.DataFrame | None = None
    legs: pl.DataFrame | None = None
    received: pl.DataFrame | None = None
    fleet: list[str] | None = None


def beside(run: Asking, visits: pl.DataFrame, found: VisitsFrom) -> Beside:
    """Get silences, flights, who was received when, and the fleet."""
    if run.picked or "gaps" not in found.more:
        return Beside()
    silences, legs = found.more["gaps"].frame, found.more["legs"].frame
    if run.wanted.by_identity and run.lake is None:
        # read together with visits, silences are those of everybody in the files
        who: Question = {k: v for k, v in run.question.items() if k not in ("airfield", "at")}  # type: ignore[assignment]
        told = answers(run.what, ["gaps", "legs"], run.options, **who)
        silences, legs = told["gaps"].frame, told["legs"].frame
    seen = pl.concat([f.select(pl.coalesce("icao24", "track_id")).to_series() for f in (visits, silences)])
    fleet = fleet_of(run.lake, run.wanted, set(seen.drop_nulls()), run.options)
    return Beside(silences, legs, received_of(run.lake, found.result), fleet)


def counted(
    run: Asking,
    since: datetime,
    until: datetime,
    visits: pl.DataFrame,
    more: Beside,
    watched: pl.DataFrame | None,
    codes: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Count one window: a row an airfield and group, without sentences."""
    if run.question.get("at"):
        visits = visits.filter(pl.col("asked_as").is_in(["airfield", "place"]))
    rows = [
        count(
            visits,
            airfield=code,
            since=since,
            until=until,
            airfields=run.known.fields,
            runways=run.known.runways,
            silences=more.silences,
            received=more.received,
            legs=more.legs,
            observability=watched,
            fleet=more.fleet,
            selection=run.how.selection,
            by=run.by,
            time_zone=run.zone,
        )
        for code in codes or run.codes or (None,)
    ]
    return pl.concat(rows)


def observed_days(
    run: Asking, since: datetime, until: datetime, found: VisitsFrom, fleet: Sequence[str] | None
) -> pl.DataFrame | None:
    """Tell on which days a visit would have been received; what was picked by hand, or written down, cannot."""
    if run.picked or not run.codes or found.kind in _KINDS:
        return None
    first, last = since.date(), (until - timedelta(microseconds=1)).date()
    addresses = [a for a in fleet or () if _ADDRESS.fullmatch(a)]
    return observe(run.what, run.options, run.codes, first, last, addresses)


def _repeated(counted: pl.DataFrame, visits: pl.DataFrame) -> list[str]:
    """Say which rows were not counted, for they may tell a stay that another row tells."""
    bear = counted["other_ids"].explode().drop_nulls().to_list()
    own = pl.col(TWICE).is_not_null() & pl.col("quarantined").is_null()
    rows = told_twice(visits).filter(own, pl.col("visit_id").is_in(bear))
    if rows.is_empty():
        return []
    first = rows.select("visit_id", TWICE).row(0)
    some = "1 visit is" if rows.height == 1 else f"{rows.height} visits are"
    return [f"{some} not counted, and may be the same stay as another row: {first[0]} as {first[1]}"]


def with_why(frame: pl.DataFrame, how: Chosen) -> pl.DataFrame:
    """Say in the table why the files count as picked by hand."""
    if how.selection != _PICKED:
        return frame
    refused = pl.lit(f"refused: picked by hand: {how.why}")
    return frame.with_columns(best_why=refused, ruled_out_why=pl.concat_list(refused))


def telling_of(run: Asking, found: VisitsFrom, visits: Result, watched: pl.DataFrame | None = None) -> Telling:
    """Say what sentences need to know of the question, and of the days."""
    sources = visits.frame["source"].unique().sort().to_list()
    if not sources and "gaps" in found.more:
        sources = found.more["gaps"].frame["source"].unique().sort().to_list()
    wanted, asked = run.wanted, run.question
    return Telling(
        aircraft=(*as_tuple(asked.get("registration")), *wanted.icao24),
        operators=as_tuple(asked.get("operator")),
        types=wanted.typecode,
        places=tuple(f"within {c.radius_km:g} km of {c.latitude_deg:g}, {c.longitude_deg:g}" for c in wanted.circles),
        by=run.by,
        sources=tuple(sources),
        kind=_KINDS.get(found.kind, "Positions"),
        simulated=visits.simulated,
        observability=watched,
    )
