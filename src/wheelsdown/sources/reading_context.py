"""Reads files of context (events, arms transfers, trade) into the tables EVENTS, TRANSFERS and TRADE."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.errors import AmbiguousFormatError, UnknownFormatError, UsageError
from wheelsdown.provenance import Receipt, receipts_frame
from wheelsdown.schema import EVENTS, PROBLEMS, RECEIPTS, TRADE, TRANSFERS
from wheelsdown.sources.context_cells import names_of
from wheelsdown.sources.interface import InputFile, Report, Source
from wheelsdown.sources.paths import expand, not_a_file
from wheelsdown.sources.reading import problems_frame, raise_first, told
from wheelsdown.sources.registry import load, load_all
from wheelsdown.sources.unknown import not_a_table
from wheelsdown.table import Table

__all__ = ["CONTEXT", "ContextReading", "context_sources", "read_context"]

CONTEXT: Final = {t.name: t for t in (EVENTS, TRANSFERS, TRADE)}
"""Tables of context by their names."""
_KNOWN_AND_REFUSED: Final = (
    (
        {"country_id_cy", "year_cy"},
        "UCDP's totals by country and year: a year is too coarse to be held against visits",
        "give UCDP GED or a table by month",
    ),
    (
        {"period", "flow", "quantity", "rank_or_share"},
        "figures quoted in the press, which are no flows of a reporting state",
        "write them into the case file as published claims",
    ),
)
"""Columns of tables that are known and not read, with reason and remedy."""
_IDS: Final = {EVENTS.name: "event_id", TRANSFERS.name: "transfer_id", TRADE.name: "trade_id"}


@dataclass(frozen=True)
class ContextReading:
    """Context that was read, and beside it what could not be read and what everything rests on."""

    events: pl.DataFrame
    """EVENTS, in order of the files and their rows."""
    transfers: pl.DataFrame
    """TRANSFERS."""
    trade: pl.DataFrame
    """TRADE."""
    problems: pl.DataFrame
    """PROBLEMS."""
    receipts: pl.DataFrame
    """RECEIPTS."""
    notes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """Names of the sources that read them."""


def context_sources() -> list[Source]:
    """Load the sources that yield EVENTS, TRANSFERS or TRADE."""
    return [s for s in load_all() if s.table in CONTEXT]


def read_context(
    files: str | Path | Iterable[str | Path],
    *,
    as_: str | None = None,
    strict: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> ContextReading:
    """Read files of context. What cannot be read becomes a row of PROBLEMS; the good rows beside it are kept.

    Parameters
    ----------
    files
        Files, folders or globs; none gives empty tables.
    as_
        Name of the source that reads every file, instead of telling by content.
    strict
        Raise at the first thing that cannot be read.
    progress
        Called before each file with its name, its number from 1, and how many there are.

    Raises
    ------
    UsageError
        A path does not exist, or `as_` names no source of context.
    SourceError
        With `strict`, anything that cannot be read.

    Notes
    -----
    The same bytes are read once. A row whose id stands in several tables of one publisher is taken once, out of the
    later release where both are dated. It cannot tell that two publishers speak of one event.
    """
    given = [files] if isinstance(files, (str, Path)) else list(files)
    paths = expand(given) if given else []
    sources = context_sources() if as_ is None else [_named(as_)]
    reports: list[Report] = []
    frames: dict[str, list[pl.DataFrame]] = {name: [] for name in CONTEXT}
    receipts: dict[str, Receipt] = {}
    notes: list[str] = []
    kinds: list[str] = []
    for number, path in enumerate(paths, start=1):
        if progress is not None:
            progress(str(path), number, len(paths))
        report = Report(str(path))
        reports.append(report)
        if (kind := not_a_file(path)) is not None:
            report.problem(f"{kind}, not a regular file; it was not opened", remedy="save what it gives to a file")
            continue
        with told(report):
            file = InputFile(path, report)
            short = file.receipt.receipt
            if short in receipts:
                notes.append(f"{path} is a copy of another file and was read once")
                continue
            receipts[short] = file.receipt
            source = _source_for(file, sources, forced=as_ is not None)
            rows = 0
            for frame in source.read(file):
                whole = CONTEXT[source.table].conform(frame, fill=True)
                frames[source.table].append(whole.with_columns(pl.col("receipt").fill_null(short)))
                rows += frame.height
            receipts[short] = file.receipt.read_as(source.name, rows)
            kinds.append(source.name)
        notes += [f"{path}: {n}" for n in dict.fromkeys(report.notes)]
        if strict:
            raise_first(problems_frame([report], []))
    tables = {name: _once(CONTEXT[name], parts, notes) for name, parts in frames.items()}
    notes += _releases(tables[TRANSFERS.name])
    return ContextReading(
        tables[EVENTS.name],
        tables[TRANSFERS.name],
        tables[TRADE.name],
        problems_frame(reports, []) if reports else PROBLEMS.empty(),
        receipts_frame(receipts.values()) if receipts else RECEIPTS.empty(),
        tuple(notes),
        tuple(dict.fromkeys(kinds)),
    )


def _named(name: str) -> Source:
    """Load a source of context by its name.

    Raises
    ------
    UsageError
        There is none of that name, or it yields another table.
    """
    source = load(name)
    if source.table not in CONTEXT:
        known = ", ".join(s.name for s in context_sources())
        raise UsageError(f"the source {name} yields {source.table}, not events, transfers or trade: one of {known}")
    return source


def _source_for(file: InputFile, sources: Sequence[Source], *, forced: bool) -> Source:
    """Choose the source of a file.

    Raises
    ------
    UnknownFormatError, AmbiguousFormatError
        None recognises it, or several do.
    """
    if forced:
        return sources[0]
    hits = [s for s in sources if s.detect(file.head, file.name)]
    if len(hits) > 1:
        raise AmbiguousFormatError(str(file.path), [s.name for s in hits])
    if hits:
        return hits[0]
    names = set(names_of(file.head))
    for columns, reason, remedy in _KNOWN_AND_REFUSED:
        if columns <= names:
            raise UnknownFormatError(str(file.path), reason, remedy=remedy)
    if (why := not_a_table(file.head)) is not None:
        raise UnknownFormatError(str(file.path), why[0], remedy=why[1])
    raise UnknownFormatError(
        str(file.path),
        "no table of events, arms transfers or trade that is known by its heading",
        remedy="see docs/how-to/context.md for what can be read; a list of your own has the columns name, began, "
        "ended, country, source, url, note",
    )


def _once(table: Table, parts: list[pl.DataFrame], notes: list[str]) -> pl.DataFrame:
    """Put frames together; a row that stands in several files of one publisher is taken once."""
    if not parts:
        return table.empty()
    frame = pl.concat(parts)
    if frame["receipt"].n_unique() < 2:
        return frame
    key = _IDS[table.name]
    ranked = frame.with_row_index("_at").with_columns(
        _publisher=pl.col("source").str.extract(r"^(SIMULATED )?(\S+)", 2),
        _release=pl.col("as_of").fill_null(""),
    )
    best = ranked.with_columns(
        _first=(
            pl.struct("_release", "receipt").sort_by("_release", descending=True, maintain_order=True).first()
        ).over("_publisher", key)
    )
    # rows of the one file that is kept for a key stay, however many they are: only other files' rows are repeats
    kept = best.filter(pl.col("_first").struct.field("receipt") == pl.col("receipt")).sort("_at")
    if gone := frame.height - kept.height:
        notes.append(
            f"{gone} rows of {table.name} stand in several files under one id and were taken once, out of the later "
            "release where both are dated"
        )
    return kept.select(table.names)


def _releases(transfers: pl.DataFrame) -> list[str]:
    """Say so where arms transfers come out of several releases: each revises the years before it."""
    out = []
    for (kind,), rows in transfers.group_by("kind", maintain_order=True):
        dates = rows["as_of"].fill_null("undated").unique().sort().to_list()
        if len(dates) > 1:
            out.append(
                f"arms transfers of kind {kind} come from {len(dates)} releases ({', '.join(dates)}), and each revises "
                "earlier years: give one release"
            )
    return out
