"""Visits to count, from whatever holds them: positions, a lake, a table that wheelsdown wrote, an observers' log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, Unpack

import polars as pl

from wheelsdown.analysis.covering import Covers
from wheelsdown.engines.local import Question, answers, as_wanted
from wheelsdown.engines.opening import airfields_of
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.parts import Loaded, ends_of
from wheelsdown.engines.result import Result
from wheelsdown.engines.signed import signed, unfinished_of
from wheelsdown.errors import UsageError
from wheelsdown.outputs import is_simulated
from wheelsdown.outputs.interface import SIMULATED
from wheelsdown.schema import VISITS
from wheelsdown.sources.interface import Source
from wheelsdown.sources.log_mapping import read_log_mapping
from wheelsdown.sources.paths import expand
from wheelsdown.sources.reading_visits import holds_visits, read_visits, visit_sources
from wheelsdown.sources.visit_log import VisitLog

__all__ = ["VisitsFrom", "believed", "visits_of"]

_CHECKED: Final = ("checked_by", "checked_utc", "verdict", "check_note", "check_state")
_TIMES: Final = (
    "last_before_utc",
    "arrived_earliest_utc",
    "arrived_utc",
    "departed_utc",
    "first_after_utc",
)
"""Latest times of a day known by its date only would reach into the next."""
Kind = Literal["positions", "lake", "visits", "log"]


@dataclass(frozen=True)
class VisitsFrom:
    """Visits, and what they were made from."""

    visits: pl.DataFrame
    """VISITS that answer the question; with an airfield also those with it among their rivals (`asked_as`)."""
    result: Result
    """The same with problems, receipts and notes, as the verb `visits` gives it."""
    kind: Kind
    """Only `positions` and `lake` can say what silences may hide."""
    more: dict[str, Result] = field(default_factory=dict)
    """Further tables asked for, from the same reading; none where there are no positions."""
    covers: Covers = None
    """First and last time of anything that was read, asked for or not."""

    @property
    def sources(self) -> list[str]:
        """Providers or logs, in order."""
        return self.visits["source"].unique().sort().to_list()


def visits_of(
    what: Input,
    options: Options | None = None,
    *,
    logs: Sequence[Path] = (),
    log_map: Path | None = None,
    needs_log: bool = True,
    tables: Sequence[str] = (),
    **question: Unpack[Question],
) -> VisitsFrom:
    """Get visits to count.

    Parameters
    ----------
    what : path, paths, POSITIONS or VISITS
        Positions are read and inferred from; a table of VISITS (CSV, JSON, Parquet) and a log that a mapping or its
        heading makes known are taken as they are. Nothing where `options` name a lake, or with `logs`.
    options : Options, optional
        How to read and infer.
    logs : paths
        Observers' logs, read as such.
    log_map : path, optional
        TOML that tells what a log's columns are (docs/how-to/logs.md).
    needs_log : bool
        A mapping that fits no file is an error.
    tables : sequence of str
        Further tables to make of the same positions: ``legs``, ``gaps``.
    **question
        airfield, at, icao24, registration, operator, typecode, since, until: as in `visits`.

    Returns
    -------
    VisitsFrom

    Raises
    ------
    UsageError
        Visits and positions are mixed, simulated and real visits are, or nothing was named.
    SourceError
        A mapping is unusable; with `Options.strict`, anything that cannot be read.
    """
    options = options or Options()
    if isinstance(what, pl.DataFrame):
        if set(VISITS.names[:3]) & set(what.columns) >= {"visit_id"}:
            return _chosen(VISITS.conform(what, fill=True), "visits", options, question)
        return _inferred(what, options, tables, question)
    if options.lake is not None:
        if logs:
            raise UsageError("both --lake and --log: name one; wheelsdown agree compares the two")
        return _inferred(what, options, tables, question)
    known = airfields_of(options)
    log = VisitLog.from_toml(log_map, known) if log_map is not None else VisitLog(known=known)
    readers: list[Source] = [log, *(s for s in visit_sources() if s.name != log.name)]
    paths = [what] if isinstance(what, str | Path) else list(what)
    if logs and paths:
        raise UsageError("both files and --log: name one; wheelsdown agree compares the two")
    if logs:
        return _read(expand(list(logs)), [log], "log", options, question)
    files = expand(paths)
    held = [f for f in files if holds_visits(f, readers)]
    if not held:
        if log_map is not None and needs_log:
            # its own error says which column is missing
            log_mapping = read_log_mapping(log_map)
            raise UsageError(f"{log_map}: no file has the columns it maps: {', '.join(log_mapping.needs)[:200]}")
        return _inferred(files or paths, options, tables, question)
    if len(held) < len(files):
        other = next(f for f in files if f not in held)
        raise UsageError(
            f"{held[0]} holds visits and {other} does not; count them apart, or compare them with wheelsdown agree"
        )
    return _read(files, readers, "visits", options, question)


def believed(found: VisitsFrom, options: Options) -> Result:
    """Take checks from a chain of checks only, not from columns of a file, which anyone can write.

    Raises
    ------
    UsageError, LakeError
        There is no such chain, or it cannot be believed.
    """
    result = found.result
    notes = [n for n in result.notes if "window's edge" not in n and "crosses the edge" not in n]
    if found.kind not in ("log", "visits"):
        return replace(result, notes=tuple(notes))
    frame = result.frame
    if own := int(frame["verdict"].is_not_null().sum()):
        notes.append(
            f"{own} visits carry checks in columns of their own, which anyone can write: only a chain of checks counts "
            "(--checks FILE)"
        )
    frame = frame.with_columns(pl.lit(None, dtype=frame.schema[n]).alias(n) for n in _CHECKED)
    return replace(result, frame=signed(frame, options), notes=(*unfinished_of(options), *notes))


def _inferred(what: Input, options: Options, tables: Sequence[str], question: Question) -> VisitsFrom:
    found = answers(what, ["visits", *tables], options, **question)
    result = found.pop("visits")
    kind: Kind = "positions" if options.lake is None else "lake"
    return VisitsFrom(result.frame, result, kind, found, result.covers)


def _read(
    files: Sequence[Path], readers: Sequence[Source], kind: Kind, options: Options, question: Question
) -> VisitsFrom:
    reading = read_visits(files, readers, strict=options.strict, progress=options.progress)
    if reading.kinds == (VisitLog.name,):
        kind = "log"
    chosen = _chosen(reading.visits, kind, options, question)
    result = Result(
        table=VISITS,
        frame=chosen.visits,
        problems=reading.problems,
        receipts=reading.receipts,
        notes=(*chosen.result.notes, *reading.notes),
        simulated=chosen.result.simulated,
        # a list of which nothing could be read says nothing; one without rows says that nothing was written down
        positions_read=0 if reading.visits.is_empty() and reading.problems.height else None,
        loaded="visits",
    )
    return VisitsFrom(chosen.visits, result, kind, covers=chosen.covers)


def _ends(visits: pl.DataFrame) -> Covers:
    """Give the first and last time of a list, of any kind: a position beside a visit was received too."""
    return ends_of([visits[n] for n in _TIMES])


def _chosen(frame: pl.DataFrame, kind: Kind, options: Options, question: Question) -> VisitsFrom:
    covers = _ends(frame)
    made = frame["source"].str.starts_with(SIMULATED).fill_null(value=False)
    if made.any() and not made.all():
        raise UsageError(
            f"{int(made.sum())} of {frame.height} visits are SIMULATED, the others are not; read them apart"
        )
    known = airfields_of(options)
    wanted = as_wanted(known, question)
    if wanted.by_identity:
        loaded = Loaded.of(options)
        wanted = wanted.with_operators(loaded.registers, loaded.operators)
    if wanted.icao24:
        frame = frame.filter(pl.col("icao24").is_in(wanted.icao24))
    kept, notes = wanted.visits(wanted.aircraft(frame))
    simulated = bool(made.any()) or is_simulated(kept)
    return VisitsFrom(
        kept, Result(table=VISITS, frame=kept, notes=tuple(notes), simulated=simulated), kind, covers=covers
    )
