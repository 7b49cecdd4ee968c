"""Reads files of any known format into one POSITIONS table, with the problems, receipts and identities beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.errors import AmbiguousFormatError, SourceError, TableError, UnknownFormatError, UsageError
from wheelsdown.provenance import Receipt, receipts_frame
from wheelsdown.schema import POSITIONS, PROBLEMS, RECEIPTS, REGISTER
from wheelsdown.sources import clean as cleaning
from wheelsdown.sources.clean import BAD_ADDRESS, FILE, ROW
from wheelsdown.sources.identity import IdentityRow, claims_frame, read_identity
from wheelsdown.sources.interface import Claim, InputFile, Problem, Report, Source
from wheelsdown.sources.mapped import MappedTable
from wheelsdown.sources.once import each_once
from wheelsdown.sources.paths import expand, grouped, not_a_file
from wheelsdown.sources.registry import load, load_all
from wheelsdown.sources.ties import tie
from wheelsdown.sources.unknown import where_it_goes, why_not_readable

__all__ = ["Reading", "gather", "made_ready", "problems_frame", "raise_first", "read", "told"]

_BATCH_ROWS: Final = 500_000
ARCHIVE_ROWS_MOST: Final = 10_000_000
"""Rows of archives that are held in memory at once: with inference some 3 GB. A day of the world has ten times more."""


@dataclass(frozen=True)
class Reading:
    """What was read: positions, and beside them what could not be read and what everything rests on."""

    positions: pl.DataFrame
    """POSITIONS, each once, sorted by icao24, track_id, time_utc."""
    problems: pl.DataFrame
    """PROBLEMS."""
    receipts: pl.DataFrame
    """RECEIPTS."""
    identities: pl.DataFrame
    """REGISTER: what the files themselves say of identity, and the user's identity file."""
    notes: tuple[str, ...] = ()
    """Plain sentences for the user."""
    claims: tuple[Claim, ...] = ()
    """The same identities as the sources said them, recordings they speak of included."""


@dataclass
class _Files:
    """What is known of the files so far; a file's number is its place in `reports`."""

    reports: list[Report] = field(default_factory=list)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    archived: int = 0
    """Rows that come out of archives."""
    registers: list[pl.DataFrame] = field(default_factory=list)
    copies: int = 0


def read(
    paths: str | Path | Iterable[str | Path],
    *,
    mapping: Path | None = None,
    identity: Path | None = None,
    as_: str | None = None,
    strict: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> Reading:
    """Read positions out of files, folders and globs.

    Each file's format is told from its content. What cannot be read becomes a row of PROBLEMS; the good rows beside
    it are kept. The same bytes given twice are read once. The result does not depend on the order of the paths.

    Parameters
    ----------
    paths
        Files, folders (searched through, hidden files skipped) or globs.
    mapping
        TOML file that says how to read a table of another form. It is used for the files its `files` pattern names,
        else for those no source recognises.
    identity
        CSV that names the aircraft of files that name none: columns `file` and `registration` or `icao24`.
    as_
        Name of the source that reads every file, instead of telling by content.
    strict
        Raise at the first thing that cannot be read.
    progress
        Called before each file with its name, its number from 1, and how many there are.

    Returns
    -------
    Reading
        POSITIONS, PROBLEMS, RECEIPTS, REGISTER and notes.

    Raises
    ------
    UsageError
        A path does not exist, or `as_` names no source.
    SourceError
        The mapping or the identity file is unusable; with `strict`, anything that cannot be read.

    Notes
    -----
    It cannot tell a position that was received from one a provider made up, unless the provider marks it.
    """
    files = expand(paths)
    mapped = MappedTable.from_toml(mapping) if mapping is not None else None
    if as_ == MappedTable.name and mapped is not None:
        candidates: list[Source] = [mapped]
    else:
        candidates = [load(as_)] if as_ is not None else load_all()
    return gather(
        files, candidates, mapped, forced=as_ is not None, identity=identity, strict=strict, progress=progress
    )


def gather(
    files: Sequence[Path],
    candidates: Sequence[Source],
    mapped: MappedTable | None = None,
    *,
    forced: bool = False,
    identity: Path | Sequence[IdentityRow] | None = None,
    strict: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
    known: Mapping[Path, Receipt] | None = None,
) -> Reading:
    """Read listed files with given sources, as `read` does; `known` are receipts that need not be made again."""
    identity_rows, identity_report = _identity(identity)
    seen = _Files()
    batches: list[pl.DataFrame] = []
    found: list[pl.DataFrame] = []
    pending: list[pl.DataFrame] = []

    def flush() -> None:
        if pending:
            good, findings = cleaning.clean(pl.concat(pending))
            batches.append(good.drop(FILE, ROW))
            found.extend(findings)
            pending.clear()
            if strict:
                raise_first(problems_frame(seen.reports, findings))

    waiting = 0
    groups = grouped(files)
    for i, parts in enumerate(groups, start=1):
        if progress is not None:
            progress(str(parts[0]), i, len(groups))
        for frame in _read_one(parts, seen, candidates, mapped, forced=forced, known=known or {}):
            pending.append(frame)
            waiting += frame.height
            if waiting >= _BATCH_ROWS:
                flush()
                waiting = 0
        if strict:
            raise_first(problems_frame(seen.reports[-1:], []))
    flush()

    claims = [c for r in seen.reports for c in r.claims]
    empty = POSITIONS.empty().with_columns(pl.lit(None, dtype=pl.String).alias(BAD_ADDRESS))
    tied = tie(
        pl.concat(batches) if batches else empty,
        identity=identity_rows,
        report=identity_report or Report(""),
        claims=claims,
        files=dict(seen.names),
    )
    batches.clear()
    positions, repeated = each_once(tied.positions.drop(BAD_ADDRESS))
    reports = seen.reports + ([identity_report] if identity_report else [])
    problems = problems_frame(reports, found, tied.problems)
    if strict:
        raise_first(problems)
    registers = [claims_frame(claims + tied.claims), *seen.registers]
    receipts = [r.read_as(r.format, seen.rows[k]) if r.format else r for k, r in seen.receipts.items()]
    receipts += [r for report in seen.reports for r in report.members]
    return Reading(
        positions,
        problems,
        receipts_frame(receipts) if receipts else RECEIPTS.empty(),
        pl.concat(registers).unique(maintain_order=True),
        tuple(_notes(seen, positions, repeated)),
        (*claims, *tied.claims),
    )


def _identity(given: Path | Sequence[IdentityRow] | None) -> tuple[list[IdentityRow], Report | None]:
    """Read the user's identity file, or take its rows as they were read before."""
    if isinstance(given, Path):
        return read_identity(given)
    return list(given or ()), None


def _read_one(
    parts: tuple[Path, ...],
    seen: _Files,
    candidates: Sequence[Source],
    mapped: MappedTable | None,
    *,
    forced: bool,
    known: Mapping[Path, Receipt],
) -> Iterator[pl.DataFrame]:
    """Read one file, or the parts of one, into frames ready for `clean`; what goes wrong ends up in its report."""
    path = parts[0]
    report = Report(str(path))
    seen.reports.append(report)
    number = len(seen.reports) - 1
    for part in parts:
        if (kind := not_a_file(part)) is not None:
            report.problem(f"{kind}, not a regular file; it was not opened", remedy="save what it gives to a file")
            return
    try:
        file = InputFile(path, report, receipt=known.get(path), parts=parts)
    except OSError as e:
        report.problem(f"cannot be opened: {e.strerror or e}", remedy="is it readable, and a plain file?")
        return
    short = file.receipt.receipt
    copy = all(r.receipt in seen.receipts for r in file.receipts)
    for r in file.receipts:
        seen.names[r.receipt].append(r.file)
        seen.receipts.setdefault(r.receipt, r)
    if copy:
        seen.copies += 1
        return
    with told(report):
        source = _source_for(file, candidates, mapped, forced=forced)
        if (elsewhere := where_it_goes(source.table)) is not None:
            raise SourceError(str(path), elsewhere[0], remedy=elsewhere[1])
        rows = 0
        for frame in source.read(file):
            if source.table == REGISTER.name:
                seen.registers.append(REGISTER.conform(frame, fill=True))
                rows += frame.height
                continue
            yield made_ready(_numbered(frame, before=rows), report, source.name).with_columns(
                pl.col("receipt").fill_null(short), pl.lit(number, dtype=pl.UInt32).alias(FILE)
            )
            rows += frame.height
            seen.rows[short] = rows
            _bounded(seen, path, frame.height if report.members else 0)
        for r, count in zip(file.receipts, file.rows_by_part or (rows,), strict=False):
            seen.rows[r.receipt] = count
            seen.receipts[r.receipt] = r.read_as(source.name, count)
        for r in report.members:
            seen.names[r.receipt].append(r.file)


@contextmanager
def told(report: Report) -> Iterator[None]:
    """Turn what goes wrong while one file is read into a problem of its report.

    Raises
    ------
    UsageError
        As it came: half an answer must not pass for a whole one.
    """
    try:
        yield
    except UsageError:
        raise
    except SourceError as e:
        report.problem(e.reason, row=e.row, field=e.field, remedy=e.remedy or None)
    except TableError as e:
        naive = e.actual.startswith("Datetime")
        report.problem(
            "the times name no zone" if naive else f"is {e.actual}, should be {e.expected}",
            field=e.column,
            remedy="declare the zone in a mapping: --map" if naive else None,
        )
    except OSError as e:
        report.problem(f"cannot be read: {e.strerror or e}")
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, pl.exceptions.PolarsError) as e:
        # a reader that stumbles over one file must not take the others down; it is told, never hushed
        report.problem(
            f"the reader failed: {type(e).__name__}: {e}",
            remedy="damaged, or a fault of the reader: please report it with the file",
        )


def _bounded(seen: _Files, path: Path, rows: int) -> None:
    """Stop before memory does.

    Raises
    ------
    UsageError
        Archives give more rows than are held at once.
    """
    seen.archived += rows
    if seen.archived > ARCHIVE_ROWS_MOST:
        raise UsageError(
            f"{path}: more than {ARCHIVE_ROWS_MOST:,} positions in archives, too many to be held at once. Take them "
            f"into a lake first, `wheelsdown ingest {path} --lake DIR`, and ask that with --lake DIR"
        )


def _source_for(file: InputFile, candidates: Sequence[Source], mapped: MappedTable | None, *, forced: bool) -> Source:
    """Choose the source of a file.

    Raises
    ------
    UnknownFormatError, AmbiguousFormatError
        None recognises it, or several do.
    """
    if forced:
        return candidates[0]
    if mapped is not None and mapped.claims(str(file.path)):
        return mapped
    hits = [s for s in candidates if s.detect(file.head, file.name)]
    if len(hits) > 1:
        raise AmbiguousFormatError(str(file.path), [s.name for s in hits])
    if hits:
        return hits[0]
    if mapped is not None and mapped.files is None and mapped.detect(file.head, file.name):
        return mapped
    reason, remedy = why_not_readable(file.head, file.name)
    raise UnknownFormatError(str(file.path), reason, remedy=remedy)


def _numbered(frame: pl.DataFrame, *, before: int) -> pl.DataFrame:
    """Number the rows on from those before, unless the source has numbered them."""
    if ROW in frame.columns:
        return frame.with_columns(pl.col(ROW).cast(pl.Int64))
    return frame.with_row_index(ROW, offset=before + 1).with_columns(pl.col(ROW).cast(pl.Int64))


def made_ready(frame: pl.DataFrame, report: Report, source: str) -> pl.DataFrame:
    """Give a source's frame all columns of POSITIONS, and `ROW`."""
    frame, lost = cleaning.fit(frame)
    for column, count in lost.items():
        report.problem(f"{count} values too large for a whole number of 32 bits; left empty", field=column, rows_lost=0)
    whole = POSITIONS.conform(frame.drop(ROW), fill=True)
    return whole.with_columns(pl.col("source").fill_null(source), frame[ROW])


def problems_frame(reports: list[Report], found: list[pl.DataFrame], more: Iterable[Problem] = ()) -> pl.DataFrame:
    """Put what sources, checks and ties reported into the table PROBLEMS, in order of file and row."""
    told = [*(p for r in reports for p in r.problems), *more]
    columns = PROBLEMS.names
    frames = [pl.DataFrame([[getattr(p, c) for c in columns] for p in told], schema=PROBLEMS.schema, orient="row")]
    if found:
        names = pl.DataFrame(
            {FILE: range(len(reports)), "file": [r.file for r in reports]}, schema_overrides={FILE: pl.UInt32}
        )
        grouped = (
            pl.concat(found)
            .group_by(FILE, "field", "reason", "remedy", maintain_order=True)
            .agg(pl.col("row", "value").first(), pl.col("count", "rows_lost").sum())
            .with_columns(
                reason=pl.when(pl.col("count") > 1)
                .then(pl.format("{} ({} rows, the first is shown)", "reason", "count"))
                .otherwise("reason"),
                value=pl.col("value").str.slice(0, 80),
            )
            .join(names, on=FILE, how="left")
            .select(columns)
        )
        frames.append(grouped)
    return pl.concat(frames).sort("file", "row", "field", "reason", nulls_last=False, maintain_order=True)


def raise_first(problems: pl.DataFrame) -> None:
    """Raise the first row of PROBLEMS as a `SourceError`, if there is one."""
    if problems.height:
        p = problems.row(0, named=True)
        raise SourceError(p["file"], p["reason"], row=p["row"], field=p["field"], remedy=p["remedy"] or "")


def _notes(seen: _Files, positions: pl.DataFrame, repeated: int) -> Iterator[str]:
    loose = positions.filter(pl.col("icao24").is_null() & ~pl.col("track_id").str.starts_with("reg:"))
    if files := loose["receipt"].n_unique() if loose.height else 0:
        some = "1 file names" if files == 1 else f"{files} files name"
        named = "a callsign but no aircraft" if loose["callsign"].null_count() < loose.height else "no aircraft"
        yield (
            f"{some} {named}: give --identity files.csv (columns file and registration or icao24) "
            "to tie the way in and the way out"
        )
    if seen.copies:
        some = "1 file is a copy of another and was" if seen.copies == 1 else f"{seen.copies} files are copies and were"
        yield f"{some} read once"
    if repeated:
        yield f"{repeated} rows repeat a position of the same aircraft, time and provider and were merged"
    for report in seen.reports:
        for note in report.notes:
            yield f"{report.file}: {note}"
