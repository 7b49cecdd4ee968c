"""Reads files of visits (logs that people keep, tables that wheelsdown wrote) into one VISITS table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wheelsdown.errors import AmbiguousFormatError, UnknownFormatError
from wheelsdown.provenance import Receipt, receipts_frame
from wheelsdown.schema import PROBLEMS, RECEIPTS, VISITS
from wheelsdown.sources.clean import ROW
from wheelsdown.sources.interface import InputFile, Report, Source
from wheelsdown.sources.paths import not_a_file
from wheelsdown.sources.reading import problems_frame, raise_first, told
from wheelsdown.sources.registry import load_all

__all__ = ["VisitsReading", "holds_visits", "read_visits", "visit_sources"]


@dataclass(frozen=True)
class VisitsReading:
    """Visits that were read, and beside them what could not be read and what everything rests on."""

    visits: pl.DataFrame
    """VISITS, in order of the files and their rows."""
    problems: pl.DataFrame
    receipts: pl.DataFrame
    notes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """Names of the sources that read them."""


def visit_sources() -> list[Source]:
    """Load the sources that yield VISITS."""
    return [s for s in load_all() if s.table == VISITS.name]


def holds_visits(path: Path, sources: Sequence[Source]) -> bool:
    """Tell whether one of the sources recognises a file; a file that cannot be opened is left to the reader."""
    if not_a_file(path) is not None:
        return False
    try:
        # its receipt is made when it is read: hashing a whole archive to look at its head would cost minutes
        file = InputFile(path, Report(str(path)), receipt=Receipt(str(path), "", 0))
    except OSError:
        return False
    return any(s.detect(file.head, file.name) for s in sources)


def read_visits(
    files: Sequence[Path],
    sources: Sequence[Source],
    *,
    strict: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> VisitsReading:
    """Read listed files of visits. What cannot be read becomes a row of PROBLEMS; the good rows beside it are kept.

    Parameters
    ----------
    files
        Files.
    sources
        Sources that yield VISITS; each file is read by the one that recognises it, or by the only one.
    strict
        Raise at the first thing that cannot be read.
    progress
        Called before each file with its name, its number from 1, and how many there are.

    Raises
    ------
    SourceError
        With `strict`.
    """
    reports: list[Report] = []
    frames: list[pl.DataFrame] = []
    receipts: dict[str, Receipt] = {}
    notes: list[str] = []
    kinds: list[str] = []
    for number, path in enumerate(files, start=1):
        if progress is not None:
            progress(str(path), number, len(files))
        report = Report(str(path))
        reports.append(report)
        if (kind := not_a_file(path)) is not None:
            report.problem(f"{kind}, not a regular file; it was not opened", remedy="save what it gives to a file")
            continue
        with told(report):
            file = InputFile(path, report)
            if file.receipt.receipt in receipts:
                notes.append(f"{path} is a copy of another file and was read once")
                continue
            receipts[file.receipt.receipt] = file.receipt
            source = _source_for(file, sources)
            rows = 0
            for frame in source.read(file):
                frames.append(VISITS.conform(frame.drop(ROW, strict=False), fill=True))
                rows += frame.height
            receipts[file.receipt.receipt] = file.receipt.read_as(source.name, rows)
            kinds.append(source.name)
        notes += [f"{path}: {n}" for n in report.notes]
    problems = problems_frame(reports, []) if reports else PROBLEMS.empty()
    if strict:
        raise_first(problems)
    visits = pl.concat(frames) if frames else VISITS.empty()
    read = visits.height
    visits = visits.unique("visit_id", keep="first", maintain_order=True)
    if twice := read - visits.height:
        notes.append(f"{twice} visits stand in several files under the same id and were taken once")
    return VisitsReading(
        visits,
        problems,
        receipts_frame(receipts.values()) if receipts else RECEIPTS.empty(),
        tuple(notes),
        tuple(dict.fromkeys(kinds)),
    )


def _source_for(file: InputFile, sources: Sequence[Source]) -> Source:
    hits = [s for s in sources if s.detect(file.head, file.name)]
    if len(hits) > 1:
        raise AmbiguousFormatError(str(file.path), [s.name for s in hits])
    if hits:
        return hits[0]
    if len(sources) == 1:
        return sources[0]  # its own error says what is missing
    raise UnknownFormatError(
        str(file.path),
        "no table of visits, and no log that is known by its heading",
        remedy="describe a log with --log-map FILE; see docs/how-to/logs.md",
    )
