"""Several windows of one question out of one reading: counts, rhythm, days observed, visits with all they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Unpack

import polars as pl

from wheelsdown.analysis.cadence import cadence
from wheelsdown.analysis.covering import Covers
from wheelsdown.analysis.sentences import with_sentences
from wheelsdown.engines.asked import as_tuple
from wheelsdown.engines.counting import (
    Asking,
    Beside,
    asking,
    believed_in,
    beside,
    counted,
    observed_days,
    telling_of,
    visits_around,
    with_why,
)
from wheelsdown.engines.local import Question
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.result import Result
from wheelsdown.engines.selecting import Chosen, chosen_how
from wheelsdown.engines.visits_from import VisitsFrom
from wheelsdown.errors import UsageError
from wheelsdown.outputs.interface import SIMULATED
from wheelsdown.schema import CADENCE, COUNTS

__all__ = ["Span", "Windowed", "windowed"]

_PICKED: Final = "hand_picked"
_LISTS: Final = ("log", "visits")


@dataclass(frozen=True)
class Span:
    """One window, with the airfields it asks about."""

    name: str
    since: datetime
    until: datetime
    zone: str = "UTC"
    airfields: tuple[str, ...] = ()
    """Codes; empty: all of the question."""


@dataclass(frozen=True)
class Windowed:
    """What one reading gives for several windows."""

    visits: Result
    """VISITS of the question, around all windows; of a fleet, wherever it was."""
    found: VisitsFrom
    counts: pl.DataFrame
    """COUNTS, a row a window and airfield."""
    cadence: pl.DataFrame
    """CADENCE, row for row the same."""
    names: tuple[str, ...]
    """Window of each row."""
    observability: pl.DataFrame | None
    """OBSERVABILITY of all windows; None where these data cannot tell."""
    how: tuple[Chosen, ...] = ()
    """How the positions of each window were chosen."""
    codes: tuple[str, ...] = ()
    more: Beside = field(default_factory=Beside)
    periods: tuple[tuple[datetime, datetime, str], ...] = ()
    """How the positions of each further period were chosen."""

    def selection(self, since: datetime, until: datetime) -> str:
        """Tell how the positions of a further period were chosen."""
        return next((how for a, b, how in self.periods if (a, b) == (since, until)), _PICKED)


def windowed(
    what: Input,
    options: Options | None,
    spans: Sequence[Span],
    *,
    selection: str | None = None,
    logs: Sequence[Path] = (),
    log_map: Path | None = None,
    seed: int = 0,
    also: Sequence[tuple[datetime, datetime]] = (),
    **question: Unpack[Question],
) -> Windowed:
    """Count several windows of one question out of one reading.

    Parameters
    ----------
    what : path, paths, POSITIONS or VISITS
        As in `counts`.
    options : Options, optional
    spans : sequence of Span
        At least one.
    selection : str, optional
        As in `counts`.
    logs, log_map
        As in `counts`.
    seed : int
        Of the resampling behind the interval of the median gap.
    also : pairs of datetime
        Further periods of which visits and days are needed, without a count.
    **question
        airfield, icao24, registration, operator, typecode, as in `counts`; the windows are in `spans`.

    Returns
    -------
    Windowed
        Where nothing could be read the counts are empty.

    Raises
    ------
    UsageError, SourceError, LakeError
        As `counts`.
    """
    if not spans:
        raise UsageError("a case needs a window")
    first = min([s.since for s in spans] + [a for a, _ in also])
    last = max([s.until for s in spans] + [b for _, b in also])
    whole: Question = {**question, "since": first, "until": last}
    run = asking(what, options or Options(), None, None, selection, whole)
    run = replace(run, how=run.how.of_case())
    found = visits_around(run, logs, log_map)
    listed = found.kind in _LISTS
    if listed and selection is None:
        run = replace(run, how=Chosen(_PICKED, "a list of visits does not say what was left out"))
    visits = believed_in(run, found)
    if visits.positions_read == 0 and (run.lake is None or run.picked):
        return Windowed(visits, found, COUNTS.empty(), CADENCE.empty(), (), None, codes=run.codes)

    # how the files were chosen is asked anew for each window: a ledger may have some of its days only
    def chosen(since: datetime, until: datetime) -> Chosen:
        if listed or selection is not None:
            return run.how
        return chosen_how(run.lake, run.wanted, since, until, None, run.options).of_case()

    how = [chosen(s.since, s.until) for s in spans]
    periods = tuple((a, b, chosen(a, b).selection) for a, b in dict.fromkeys(also))
    good = [h for h in how if h.selection != _PICKED] + [Chosen(p, "") for _, _, p in periods if p != _PICKED]
    if run.picked and good:
        run = replace(run, how=good[0])
        found = visits_around(run, logs, log_map)
    more = beside(run, visits.frame, found)
    watched = None
    if run.since is not None and run.until is not None:
        watched = observed_days(run, run.since, run.until, found, more.fleet)
    counts, rhythms, names = [], [], []
    telling = telling_of(run, found, visits, watched)
    for span, of_span in zip(spans, how, strict=True):
        codes = _codes(run, span)
        own = replace(run, how=of_span, zone=span.zone)
        kept = more if not own.picked else Beside()
        days = None if own.picked else watched
        rows = counted(own, span.since, span.until, visits.frame, kept, days, codes)
        counts.append(with_why(with_sentences(rows, visits.frame, telling=telling), of_span))
        rhythms += [
            _rhythm(visits, span, code, days, of_span, question, seed, found.covers) for code in codes or (None,)
        ]
        names += [span.name] * rows.height
    return Windowed(
        visits,
        found,
        pl.concat(counts),
        pl.concat(rhythms),
        tuple(names),
        watched,
        tuple(how),
        run.codes,
        more,
        periods,
    )


def _codes(run: Asking, span: Span) -> tuple[str, ...]:
    """Resolve a window's airfields, in the order of the question."""
    if not span.airfields:
        return run.codes
    wanted = {run.known.resolve(c)["code"] for c in span.airfields}
    if strange := wanted - set(run.codes):
        raise UsageError(f"window {span.name}: {', '.join(sorted(strange))} is not among the airfields asked about")
    return tuple(c for c in run.codes if c in wanted)


def _rhythm(
    visits: Result,
    span: Span,
    code: str | None,
    watched: pl.DataFrame | None,
    how: Chosen,
    question: Question,
    seed: int,
    covers: Covers,
) -> pl.DataFrame:
    row = cadence(
        visits.frame,
        since=span.since,
        until=span.until,
        airfield=code,
        observability=watched,
        time_zone=span.zone,
        selection=how.selection,
        what=_named(question),
        seed=seed,
        covers=covers,
    )
    if visits.simulated and not row["sentence"][0].startswith(SIMULATED):
        row = row.with_columns(sentence=pl.concat_str(pl.lit(f"{SIMULATED}: "), "sentence"))
    if how.selection == _PICKED:
        row = row.with_columns(reason=pl.format("{}: {}", pl.lit(how.why), "reason"))
    return row


def _named(question: Question) -> str | None:
    """Name whose visits they are."""
    told = (
        ("operator", question.get("operator")),
        ("tail", question.get("registration")),
        ("address", question.get("icao24")),
        ("type", question.get("typecode")),
    )
    return "; ".join(f"{said} {', '.join(as_tuple(value))}" for said, value in told if as_tuple(value)) or None
