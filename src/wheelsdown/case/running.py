"""Runs a case: reads what it names, counts, compares, and puts all of it together. No dossier is written here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
from msgspec import structs

from wheelsdown.case.beside import Tables, arms_shares, events_of, read_tables, trade_shares
from wheelsdown.case.checking import check
from wheelsdown.case.checks_parts import real_names
from wheelsdown.case.claims import visits_named
from wheelsdown.case.exhibits import exhibits
from wheelsdown.case.facts import facts
from wheelsdown.case.form import Case
from wheelsdown.case.gathering import Fetcher, Gathered, gather
from wheelsdown.case.listing import Place, beyond_said, edges_said, visits_listed
from wheelsdown.case.loading import load
from wheelsdown.case.places import picked, with_own
from wheelsdown.case.published import asked, published
from wheelsdown.case.result import CaseResult
from wheelsdown.case.running_words import say
from wheelsdown.case.sources import (
    beside_files,
    inputs_of,
    named_in_case,
    names_of,
    relabelled,
    told_by_name,
    versions,
)
from wheelsdown.case.statements import draft, statements
from wheelsdown.case.testing import period, tests
from wheelsdown.case.visitors import destinations, visitors
from wheelsdown.engines.local import Question
from wheelsdown.engines.opening import airfields_of, lake_of
from wheelsdown.engines.options import Progress
from wheelsdown.engines.windowed import Span, Windowed, windowed
from wheelsdown.errors import CaseError
from wheelsdown.provenance import receipts_frame
from wheelsdown.reference.airfields import Airfields
from wheelsdown.reference.registers import operators
from wheelsdown.schema import LEDGER, LEGS, OBSERVABILITY, PROBLEMS, RECEIPTS, RUNWAYS

__all__ = ["run_case"]

Told = Callable[[str], None]
_OF_CLAIM = "published: "
_MOST_DRAWN = 300_000
"""Positions that a map is drawn along."""


@dataclass
class _Run:
    """A case on its way."""

    case: Case
    gathered: Gathered
    known: Airfields
    found: Windowed | None = None
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    receipts: list[pl.DataFrame] = field(default_factory=list)
    problems: list[pl.DataFrame] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    windows: tuple[str, ...] = ()

    @property
    def question(self) -> Question:
        """Whose visits, where."""
        fleet = self.case.fleet
        asks: Question = {"airfield": [a.code for a in self.case.airfield]}
        if fleet.operator:
            asks["operator"] = list(fleet.operator)
        if fleet.registration:
            asks["registration"] = list(fleet.registration)
        if fleet.icao24:
            asks["icao24"] = list(fleet.icao24)
        if fleet.typecode:
            asks["typecode"] = list(fleet.typecode)
        return asks

    @property
    def spans(self) -> list[Span]:
        """The windows of the case."""
        case = self.case
        return [Span(w.name, *case.ends(w), case.zone_of(w), w.airfields) for w in case.window]

    @property
    def claimed(self) -> list[Span]:
        """The windows of published counts, which are counted for comparison."""
        return [
            Span(f"{_OF_CLAIM}{a.published_id}", a.since, a.until, a.zone, (a.airfield,) if a.airfield else ())
            for a in asked(self.case)
        ]

    @property
    def tested(self) -> list[tuple[datetime, datetime]]:
        """The periods of surges and timing, and the longest window."""
        longest = self.longest
        return [period(self.case, "surges"), period(self.case, "timing"), (longest.since, longest.until)]

    @property
    def longest(self) -> Span:
        """The longest window: what stands beside the visits is counted in it."""
        return max(self.spans, key=lambda s: s.until - s.since)


def run_case(
    path: str | Path,
    folder: Path,
    *,
    offline: bool = False,
    fetcher: Fetcher | None = None,
    told: Told = lambda _: None,
    progress: Progress | None = None,
    wheel: Path | None = None,
    today: date | None = None,
) -> CaseResult:
    """Answer a case as far as the data at hand go.

    Parameters
    ----------
    path : path
        The case file.
    folder : Path
        Where the dossier will be; simulated positions and recordings of the demonstration are put beside it.
    offline : bool
        Ask no archive.
    fetcher : Fetcher, optional
        Asks the archive.
    told, progress : callable, optional
        Told sentences; told how far it is.
    wheel : Path, optional
        The package with the demonstration's recordings.
    today : date, optional
        The day of the run, in UTC: windows with days that are not over by then say so. Without it no day is told as
        one to come.

    Returns
    -------
    CaseResult
        Where nothing could be read, `counted` is false, and everything that needs no positions is there.

    Raises
    ------
    CaseError
        The case file is wrong.
    UsageError, SourceError, LakeError, SimulationError, ReferenceDataError
        What it names cannot be used.

    Notes
    -----
    It cannot see what its methods cannot: see `count`, `surges`, `timing`. Position data never say what was carried.
    """
    case = load(path)
    # with whole paths nothing that is read, or told, hangs on the folder a run is started in
    case = structs.replace(case, file=case.file.absolute())
    gathered = gather(case, folder, offline=offline, fetcher=fetcher, told=told, progress=progress, wheel=wheel)
    known = with_own(case, airfields_of(gathered.options))
    gathered = replace(gathered, options=replace(gathered.options, airfields=known))
    run = _Run(case, gathered, known, notes=list(gathered.notes))
    context = read_tables(case)
    # before anything is counted: it refuses a real name beside a SIMULATED lake
    run.frames["conclusions"] = check(case, context=context, today=today).frame
    if gathered.there:
        told("reading positions, and counting")
        _count(run)
    run.notes += context.notes
    run.receipts.append(context.receipts)
    run.problems.append(context.problems)
    run.frames["events"] = events_of(case, context)
    if run.found is not None:
        asks = (("looking for surges", case.surges), ("holding visits against events", case.timing))
        if doing := [said for said, part in asks if part is not None]:
            told(", and ".join(doing))
        run.frames |= tests(case, run.found, run.frames["events"], context)
    run.frames["shares"] = pl.concat([arms_shares(case, context), trade_shares(case, context)])
    if run.found is None:
        _claims(run)
    run.frames["facts"] = facts(case, known)
    return _result(run, context, folder)


def _count(run: _Run) -> None:
    """Read once; count every window, and what stands beside it."""
    case, gathered, spans = run.case, run.gathered, run.spans
    claimed = run.claimed
    found = windowed(
        gathered.what, gathered.options, [*spans, *claimed], selection=case.fleet.selection, logs=gathered.logs,
        log_map=gathered.log_map, also=run.tested, **run.question,
    )  # fmt: skip
    if found.visits.simulated and (real := real_names(case)):
        raise CaseError(
            f"the positions are SIMULATED, and {real[0]} is a real name", file=str(case.file), field="fleet",
            remedy="name invented operators and addresses only, or read real positions",
        )  # fmt: skip
    run.receipts.append(found.visits.receipts)
    run.problems.append(found.visits.problems)
    run.notes += found.visits.notes
    lake = lake_of(gathered.what, gathered.options)
    if lake is not None:
        run.frames["ledger"] = LEDGER.conform(lake.ledger(), fill=True)
    if found.counts.is_empty() or (lake is not None and not lake.days()):
        # a lake that was asked for and holds no day is no lake in which nobody came
        run.notes.append("nothing could be read of what the case names: nothing could be counted")
        return
    run.found = found
    own = len([n for n in found.names if not n.startswith(_OF_CLAIM)])
    run.windows = found.names[:own]
    _claims(run)
    shown = visits_listed(
        found.visits.frame, _places(run, found), also=_told_of(run, found), named=_named(run, found.visits.frame)
    )
    run.notes += edges_said(found.counts[:own], run.windows)
    run.notes += beyond_said(shown, [Place(c, s.since, s.until) for s in run.spans for c in _codes(run, found, s)])
    run.frames |= {"counts": found.counts[:own], "cadence": found.cadence[:own], "visits": shown}
    run.frames["published"] = published(case, found.counts, found.cadence, simulated=found.visits.simulated)
    if found.observability is not None:
        run.frames["observability"] = OBSERVABILITY.conform(found.observability, fill=True)
    if "legs" in found.found.more:
        run.frames["legs"] = LEGS.conform(_of_visits(found.found.more["legs"].frame, shown), fill=True)
    longest = run.longest
    if case.comparison.destinations and case.fleet.named and found.more.fleet is not None:
        run.frames["destinations"] = destinations(found, longest, run.known)
    if case.comparison.visitors:
        run.frames["visitors"] = visitors(gathered, case, found, longest, run.known)


def _places(run: _Run, found: Windowed) -> list[Place]:
    """Give every window with each of its airfields: those of the case, of published counts, of what is tested."""
    out = []
    for span in (*run.spans, *run.claimed):
        out += [Place(code, span.since, span.until) for code in _codes(run, found, span)]
    parts = (("surges", run.case.surges), ("timing", run.case.timing))
    for begin, end in (period(run.case, part) for part, asked_for in parts if asked_for is not None):
        out += [Place(code, begin, end) for code in found.codes]
    return out


def _codes(run: _Run, found: Windowed, span: Span) -> Sequence[str]:
    return [run.known.resolve(c)["code"] for c in span.airfields] or found.codes


def _told_of(run: _Run, found: Windowed) -> list[Place]:
    """Give further periods of which something is told: the days of the series, and the times of interviews."""
    # as `tests` lays the series
    begin, end = period(run.case, "surges" if run.case.surges is not None else "timing")
    out = [Place(code, begin, end) for code in found.codes]
    for said, since, until in (
        run.frames["statements"].select("statement_id", "said_from_utc", "said_to_utc").iter_rows()
    ):
        if since is not None:
            own = next(s.airfields for s in run.case.statement if s.id == said)
            # a touchdown at the very end of an interview still falls into it
            after = (until or since) + timedelta(microseconds=1)
            codes = [run.known.resolve(c)["code"] for c in own] or found.codes
            out += [Place(code, since, after) for code in codes]
    return out


def _named(run: _Run, visits: pl.DataFrame) -> set[str]:
    """Give the ids of visits that a statement or an exhibit names, or is tied to."""
    ids = {i for said in run.case.statement for i in visits_named(said, visits)}
    ids |= set(run.frames["statements"]["visit_ids"].drop_nulls().explode().drop_nulls())
    return ids | set(run.frames["exhibits"]["visit_id"].drop_nulls())


def _of_visits(legs: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """Keep the flights that lead to, or away from, the visits shown."""
    fields = visits["airfield"].drop_nulls().unique().to_list()
    who = visits.select(pl.coalesce("icao24", "track_id")).to_series().unique().to_list()
    at_field = pl.col("origin").is_in(fields) | pl.col("destination").is_in(fields)
    return legs.filter(pl.coalesce("icao24", "track_id").is_in(who), at_field)


def _drawn_along(run: _Run) -> pl.DataFrame | None:
    """Keep the positions of the flights shown; none where there are more than a map can bear, or none were kept."""
    legs = run.frames.get("legs")
    if run.found is None or legs is None or legs.is_empty():
        return None
    who = legs["icao24"].drop_nulls().unique().implode()
    kept = run.found.visits.positions.filter(pl.col("icao24").is_in(who))
    return kept if 0 < kept.height <= _MOST_DRAWN else None


def _claims(run: _Run) -> None:
    """What people said, showed and published, beside the visits."""
    counted = run.found is not None
    # all that were read, not only those that are listed: what is said of them decides which those are
    visits = run.found.visits.frame if run.found is not None else None
    run.frames["statements"] = statements(
        run.case,
        visits,
        counted=counted,
        simulated=run.found.visits.simulated if run.found else None,
        operators=operators() if counted and run.case.statement else None,
    )
    run.frames["exhibits"] = exhibits(run.case, visits)
    if not counted:
        run.frames["published"] = published(run.case, counted=False)


def _result(run: _Run, context: Tables, folder: Path) -> CaseResult:
    """Put everything together, with names of files as they mean the same wherever it was run, and the folder lies."""
    case, found = run.case, run.found
    beside = beside_files(case, run.gathered)
    names = names_of(case, run.gathered, folder)
    inputs = inputs_of(run.receipts, beside, run.gathered, names)
    files = [f for frame in run.receipts for f in frame["file"].drop_nulls().to_list()]
    run.frames["receipts"] = relabelled(
        pl.concat([RECEIPTS.empty(), *run.receipts, receipts_frame(beside)]).unique(maintain_order=True), names
    ).sort("file", "sha256")
    run.frames["problems"] = named_in_case(relabelled(pl.concat([PROBLEMS.empty(), *run.problems]), names))
    simulated = bool(case.positions.scenario) or (found is not None and found.visits.simulated)
    # no other positions stand beside a log
    logged = bool(case.positions.logs)
    said = say(case, run.frames, counted=found is not None, simulated=simulated, logged=logged)
    places = picked(case, run.known, run.frames.get("visits"))
    near = [p.code for p in places if not p.end]
    return CaseResult(
        case=case,
        file=case.file,
        sha256=case.sha256,
        frames=run.frames,
        windows=run.windows,
        airfields=places,
        positions=_drawn_along(run),
        runways=RUNWAYS.conform(run.known.runways.filter(pl.col("code").is_in(near)), fill=True),
        draft=draft(case),
        finding=said.finding,
        can=said.can,
        cannot=said.cannot,
        rivals=said.rivals,
        notes=told_by_name(run.notes, files, names),
        simulated=simulated,
        counted=found is not None,
        logged=logged,
        inputs=inputs,
        base=case.folder,
        beside={names.label: names.made} if names.made is not None else {},
        versions=versions(run.known),
    )
