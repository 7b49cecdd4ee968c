"""Says before any run what a case can and cannot conclude from the data at hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from wheelsdown.analysis.declaring import of_events, of_window
from wheelsdown.analysis.timing_words import few_events
from wheelsdown.analysis.wording import listed, name, number
from wheelsdown.case.beside import Tables, events_of, read_tables, rule_read
from wheelsdown.case.checking_positions import At, Said, at_hand, of_windows, of_years
from wheelsdown.case.checks_parts import missing
from wheelsdown.case.claims import SAID, loose
from wheelsdown.case.loading import load
from wheelsdown.case.moments import instant
from wheelsdown.case.published import asked
from wheelsdown.case.statements import draft
from wheelsdown.engines.result import Result
from wheelsdown.errors import SourceError, UsageError
from wheelsdown.schema import CONCLUSIONS

if TYPE_CHECKING:
    from wheelsdown.case.form import Case, Declared

__all__ = ["check"]

_EVENTS_LEAST: Final = 3
_MONTH_DAYS: Final = 31
_CARGO: Final = (
    "position data show where an aircraft was received, not what it carried; nothing here tells what was on board"
)
_LOOSE: Final = (
    "add to them windows = [...], on = ..., and whose aircraft: operator, registration, icao24, or all_aircraft = true"
)
_CARGO_OF_LOG: Final = "a log shows what its observers wrote down; nothing here tells what was on board"
_NOT_WRITTEN: Final = "an aircraft that nobody wrote down is in none of these rows, and outside every count"
_NEVER: Final = "an aircraft that never broadcast a position is in none of these data, and outside every count"


def check(case: Case | str | Path, *, context: Tables | None = None, today: dt.date | None = None) -> Result:
    """Tell what a case can conclude from the data at hand. Nothing is counted, and no archive is asked.

    Parameters
    ----------
    case : Case or path
        As loaded, or its file.
    context : Tables, optional
        Events, transfers and trade where they have been read already.
    today : date, optional
        Days after it are told as not yet flown; without it none is.

    Returns
    -------
    Result
        CONCLUSIONS: by topic, for each window where it differs; `notes` say why the case is a draft.

    Raises
    ------
    CaseError
        The case file is wrong.
    LakeError
        Its lake cannot be opened.
    ReferenceDataError
        The airfields or registers in use are damaged.

    Notes
    -----
    It looks at what is there: files, the days of a lake's ledger, tables of events, arms and trade. It does not read
    positions, so that it cannot tell whether they hold any visit, nor how low they were received.
    """
    case = case if not isinstance(case, str | Path) else load(case)
    at = at_hand(case)
    tables, trouble = _tables(case, context)
    rows: list[Said] = [
        *of_windows(case, at, today),
        *_methods(case, at, tables),
        *_shares(case, tables),
        *(Said("context", None, "no", t, "name a table of events, arms or trade") for t in trouble),
        *_published(case, at),
        *_said(case),
        *_exhibits(case),
        Said("cargo", None, "no", _CARGO_OF_LOG if at.log else _CARGO),
    ]
    if at.given:
        rows.append(
            Said("aircraft that nobody wrote down", None, "no", _NOT_WRITTEN)
            if at.log
            else Said("aircraft that never broadcast", None, "no", _NEVER)
        )
    frame = pl.DataFrame([r.row() for r in rows], schema=CONCLUSIONS.schema, orient="row")
    why = draft(case)
    notes = [f"DRAFT: {w}" for w in why]
    return Result(CONCLUSIONS, frame, notes=tuple(notes), simulated=bool(case.positions.scenario))


def _tables(case: Case, context: Tables | None) -> tuple[Tables, list[str]]:
    try:
        tables = context if context is not None else read_tables(case)
    except (UsageError, SourceError) as e:
        return Tables(), [str(e)]
    whole = tables.problems.filter(pl.col("row").is_null()).select("file", "reason").unique(maintain_order=True)
    return tables, [f"{name(Path(file).name)}: {reason}" for file, reason in whole.iter_rows()]


def _methods(case: Case, at: At, tables: Tables) -> Iterator[Said]:
    """Surges, timing, comparison: what is asked for, and what stands against it."""
    if case.surges is not None:
        yield _tested("surges", at, _declared(case.surges.declared))
    else:
        yield Said("surges", None, "no", "not asked: the case has no [surges]", "add [surges]")
    if case.timing is not None:
        yield from _timing(case, at, tables)
    elif case.events is not None:
        why = "not asked: the case names events and has no [timing], so that visits are not held against them"
        yield Said("timing", None, "no", why, "add [timing]")
    if case.comparison.visitors and case.fleet.named and case.airfield:
        yield _visitors(at)
    if case.comparison.destinations and case.fleet.named and at.given:
        yield Said(
            "other destinations", None, "partly" if at.picked or at.log else "yes",
            "only as far as the list has them" if at.log
            else "files picked by hand show only what was picked" if at.picked
            else "the same aircraft's other visits are told wherever these data show them",
        )  # fmt: skip


def _declared(named: tuple[Declared, ...]) -> str:
    """Say which windows have a test of their own."""
    early = [d for d in named if of_window(d.declared, d.since, d.until).before]
    late = len(named) - len(early)
    parts = []
    if early:
        n = len(early)
        parts.append(f"{number(n)} {'window was' if n == 1 else 'windows were'} declared beforehand, as the case says")
    if late:
        is_ = "window is" if late == 1 else "windows are"
        counts = "counts" if late == 1 else "count"
        parts.append(f"{number(late)} {is_} named without that, and {counts} as found afterwards")
    if not named:
        return "no window is declared: a surge that is found was found by looking, and is tested as such"
    return f"{'; '.join(parts)}; others are found afterwards"


def _tested(topic: str, at: At, how: str) -> Said:
    if not at.given:
        return Said(topic, None, "no", at.why, at.remedy)
    if at.picked:
        return Said(topic, None, "no", f"refused: {at.picked_why}", at.picked_remedy)
    if at.log:
        effort = "a list has no exposure: that its writers looked on every day alike is an assumption"
        return Said(topic, None, "partly", f"{effort}; {how}", "hold it against a second, independent source (agree)")
    return Said(topic, None, "yes", how)


def _timing(case: Case, at: At, tables: Tables) -> Iterator[Said]:
    part = case.timing
    if part is None:
        return
    gone = _missing(case, case.events.files) if case.events else []
    events = events_of(case, tables)
    since, until = _period(case)
    inside = events.filter(pl.col("began").is_between(since.date(), (until - dt.timedelta(microseconds=1)).date()))
    n = inside["began"].n_unique()
    if gone and events.is_empty():
        why = f"{listed(gone)} {'is' if len(gone) == 1 else 'are'} not there: the events are not known"
        yield Said("timing", None, "no", why, "put the file there, or list the episodes in the case file")
        return
    if n < _EVENTS_LEAST:
        why = few_events(n, rule_read(case, tables), events.height)
        yield Said("timing", None, "no", why, "look at a longer period, or at the events by eye")
        return
    said = of_events(part.declared, inside["began"].min(), (until - dt.timedelta(microseconds=1)).date())  # type: ignore[arg-type]
    declared = f"the windows were {said.words}"
    if part.declared is not None:
        declared += ", as the case says"
    if not said.before:
        declared += ": the strongest of them is held against the strongest by chance"
    yield _tested("timing", at, f"{number(n)} events; {declared}")
    months = inside.filter((pl.col("kind") == "month") | (pl.col("precision_days") >= _MONTH_DAYS - 3))
    short = [d for d in part.windows_days if d < _MONTH_DAYS]
    if months.height and short and at.given:
        windows = listed([str(d) for d in short])
        why = f"{number(months.height)} events are known to the month only: windows of {windows} days are refused"
        yield Said("timing in days", None, "no", why, "give events with their days (UCDP GED, a dated list)")


def _period(case: Case) -> tuple[dt.datetime, dt.datetime]:
    """Give the period of timing: its own, else from the first window to the last."""
    part = case.timing
    if part is not None and part.since is not None and part.until is not None:
        return instant(part.since, case.case.zone), instant(part.until, case.case.zone, end=True)
    ends = [case.ends(w) for w in case.window]
    return min(a for a, _ in ends), max(b for _, b in ends)


def _visitors(at: At) -> Said:
    if not at.given:
        return Said("other visitors", None, "no", at.why, at.remedy)
    if at.fleet_only:
        why = "only the fleet was looked for: who else came to the airfield is not in these data"
        return Said("other visitors", None, "no", why, "fetch the airfield's traffic (wheelsdown fetch --airfield)")
    if at.picked:
        return Said("other visitors", None, "partly", f"at least so many of each: {at.picked_why}", at.picked_remedy)
    why = "as far as the list has them" if at.log else "by what registers and call signs say of them"
    return Said("other visitors", None, "partly" if at.log else "yes", why)


def _missing(case: Case, files: tuple[str, ...]) -> list[str]:
    return [name(f) for f in files if missing(case, f)]


def _shares(case: Case, tables: Tables) -> Iterator[Said]:
    for arms in case.arms:
        what = f"{name(arms.supplier)}'s share in deliveries of major arms to {name(arms.recipient)}"
        window = ", ".join(arms.windows)
        rows = tables.transfers.filter(
            pl.col("recipient").str.to_lowercase() == arms.recipient.lower(), pl.col("kind") == "tiv"
        )
        years = set(rows["year"].drop_nulls().to_list())
        yield _share(case, arms.files, what, window, of_years(arms.years), years, rows.height)
    for trade in case.trade:
        what = f"{name(trade.partner)}'s share in {trade.flow}s of {name(trade.commodity)} by {name(trade.reporter)}"
        rows = tables.trade.filter(pl.col("reporter").str.to_lowercase() == trade.reporter.lower())
        window = ", ".join(trade.periods)
        wanted = of_years(tuple((int(p[:4]), int(p.split("-")[-1][:4])) for p in trade.periods))
        have = {int(p[:4]) for p in rows["period"].to_list() if p[:4].isdigit()}
        yield _share(case, trade.files, what, window, wanted, have, rows.height)


def _share(
    case: Case, files: tuple[str, ...], what: str, window: str, wanted: set[int], have: set[int], rows: int
) -> Said:
    gone = _missing(case, files)
    if not files or (gone and not rows):
        why = f"{listed(gone)} {'is' if len(gone) == 1 else 'are'} not there" if gone else "no table is named"
        remedy = "download the table from its owner, who does not let others ship it, and put it there"
        return Said("shares", window, "no", f"{why}: it would have given {what}", remedy)
    if not rows:
        return Said("shares", window, "no", f"the tables hold no row for {what}", "spell names as the table does")
    if lacking := sorted(wanted - have):
        years = listed([str(y) for y in lacking[:6]]) + (" and more" if len(lacking) > 6 else "")
        return Said("shares", window, "partly", f"{what}: the tables hold nothing for {years}", "get a longer table")
    return Said("shares", window, "yes", f"{what}, as the release at hand has it")


def _published(case: Case, at: At) -> Iterator[Said]:
    if not case.published:
        return
    n = len(case.published)
    windows = len(asked(case))
    many = f"{number(n)} published {'count' if n == 1 else 'counts'}"
    if not at.given:
        yield Said("published counts", None, "no", f"{many}: shown as claims, for {at.why}", at.remedy)
    elif windows < n:
        why = f"{many}, {number(n - windows)} without a window that could be counted: those are shown as claims"
        yield Said("published counts", None, "partly", why, "add window, or since and until")
    else:
        yield Said("published counts", None, "yes", f"{many}, each with its window")


def _said(case: Case) -> Iterator[Said]:
    if case.statement:
        what = "a log" if case.positions.logs else "position data"
        flights = [s for s in case.statement if "flight" in s.about]
        open_ = [why for s in flights if s.stance in SAID and (why := loose(s))]
        others = len(case.statement) - len(flights)
        parts = [f"{number(len(flights))} about flights, which {what} can test" if flights else "none about flights"]
        if others:
            parts.append(f"{number(others)} about cargo, purpose or policy only, which {what} cannot test")
        if open_:
            reasons = listed(list(dict.fromkeys(w for each in open_ for w in each)), joint="or")
            few = "is" if len(open_) == 1 else "are"
            parts.append(f"{number(len(open_))} of the former {few} held against nothing: the case {reasons}")
        remedy = _LOOSE if open_ else None
        yield Said("statements", None, "partly" if others or open_ else "yes", "; ".join(parts), remedy)
    if why := draft(case):
        remedy = "ask, and add asked_on to [[party]]: it stays a DRAFT until then"
        yield Said("final", None, "no", "; ".join(why), remedy)


def _exhibits(case: Case) -> Iterator[Said]:
    if not case.exhibit:
        return
    gone = _missing(case, tuple(e.file for e in case.exhibit))
    if gone:
        why = f"{listed(gone)} {'is' if len(gone) == 1 else 'are'} not there"
        yield Said("exhibits", None, "partly", why, "put the files beside the case file")
    else:
        yield Said("exhibits", None, "yes", "all files are there; none of them changes a grade")
