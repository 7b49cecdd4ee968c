"""Puts files of any known format into a lake, each once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.lake.batch import Batch
from wheelsdown.lake.store import Lake
from wheelsdown.provenance import Receipt, receipt_of
from wheelsdown.schema import LEDGER, PROBLEMS
from wheelsdown.sources.identity import IdentityRow, read_identity
from wheelsdown.sources.interface import PARQUET, InputFile, Report
from wheelsdown.sources.mapped import MappedTable
from wheelsdown.sources.parts import read_in_parts
from wheelsdown.sources.paths import expand, grouped, not_a_file
from wheelsdown.sources.reading import Reading, gather, problems_frame
from wheelsdown.sources.registry import load, load_all
from wheelsdown.sources.release_tar import Release, is_release
from wheelsdown.sources.traces import Decoded, TraceBatch

__all__ = ["Ingested", "ingest"]

Progress = Callable[[str, int, int], None]
ROWS_A_COMMIT: Final = 30_000_000
"""After so many positions what was read is committed at the next file's end: a killed run loses no more."""
FILES: Final = "files"
_DAYS_BESIDE: Final = 3
_TAR_BLOCK: Final = 512
_NAMED_DAY: Final = re.compile(r"v(\d{4})\.(\d\d)\.(\d\d)-")
_CHOSEN: Final = "files given by the user: not the whole day"


@dataclass
class Ingested:
    """What went in."""

    files: int = 0
    known: int = 0
    """Files that were in the lake already."""
    positions: int = 0
    """Positions read, before repeated ones are merged."""
    days: set[date] = field(default_factory=set)
    """Days whose files changed."""
    problems: list[pl.DataFrame] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """Files that the notes may begin with."""

    def problem_rows(self) -> pl.DataFrame:
        """PROBLEMS: what could not be read."""
        return pl.concat([PROBLEMS.empty(), *self.problems])


def ingest(
    lake: Lake,
    paths: str | Path | Iterable[str | Path],
    *,
    identity: Path | None = None,
    mapping: Path | None = None,
    as_: str | None = None,
    progress: Progress | None = None,
    waiting: Callable[[str], None] | None = None,
    rows_a_commit: int = ROWS_A_COMMIT,
) -> Ingested:
    """Put files, folders and globs into a lake: positions, what the files say of identities, receipts, ledger.

    Each file is read by itself, so that the lake is the same in whatever order and portions files come; what a flight
    list says of recordings in other files is applied when the lake is read. Files that are in the lake whole are
    passed over.

    Parameters
    ----------
    lake : Lake
    paths
        Files, folders, globs; the parts of a split release count as one file.
    identity, mapping, as_
        As in `wheelsdown.sources.read`.
    progress : callable, optional
        Called before each file, and during large ones, with its name, its number from 1, and how many there are.
    waiting : callable, optional
        Told if another process has to be waited for.
    rows_a_commit : int
        Commit at the end of a file after so many positions.

    Returns
    -------
    Ingested

    Raises
    ------
    UsageError
        A path does not exist.
    LakeError
        The disk is full, or simulated and real positions would share the lake. What was committed before stays.
    """
    work = _Work(lake, Ingested(), identity, mapping, as_)
    inputs = grouped(expand(paths))
    number = 0
    while number < len(inputs):
        with lake.batch() as batch:
            done: list[Receipt] = []
            rows = 0
            while number < len(inputs) and rows < rows_a_commit:
                parts = inputs[number]
                number += 1
                if progress is not None:
                    progress(str(parts[0]), number, len(inputs))
                before = work.told.positions
                done += work.take(batch, parts)
                rows += work.told.positions - before
            work.flush(batch)
            committed = batch.commit(inputs=done, waiting=waiting)
            work.told.days.update(committed.days)
    work.told.problems.append(problems_frame(work.reports(), []))
    if work.told.known:
        some = "1 file was" if work.told.known == 1 else f"{work.told.known} files were"
        work.told.notes.append(f"{some} in the lake already")
    return work.told


class _Work:
    """Reads one input after another into a batch."""

    def __init__(
        self, lake: Lake, told: Ingested, identity: Path | None, mapping: Path | None, as_: str | None
    ) -> None:
        self.told = told
        self.lake = lake
        self.known = set(lake.inputs())
        self.identity: list[IdentityRow] = []
        self.report: Report | None = None
        if identity is not None:
            self.identity, self.report = read_identity(identity)
        self.used: set[int] = set()
        self.mapped = MappedTable.from_toml(mapping) if mapping is not None else None
        self.forced = as_ is not None
        self.candidates = [load(as_)] if as_ is not None else load_all()
        self.trace = load("readsb-trace")
        self.traces = TraceBatch()
        self.asked = datetime.now(UTC)
        self.unread: list[Report] = []
        """Reports on inputs as wholes."""

    def reports(self) -> list[Report]:
        """What was found outside of the files' own reading."""
        if self.report is not None:
            for row in self.identity:
                if row.row not in self.used:
                    self.report.problem(
                        "matches no file that was read",
                        row=row.row,
                        field="file",
                        value=row.pattern,
                        remedy="write the file's name, or a pattern such as 20230901_*.csv",
                    )
        return [*self.unread, *([self.report] if self.report else [])]

    def take(self, batch: Batch, parts: tuple[Path, ...]) -> list[Receipt]:
        """Read one input; give the receipts of the files that are in whole."""
        path = parts[0]
        report = Report(str(path))
        if (kind := not_a_file(path)) is not None:
            report.problem(f"{kind}, not a regular file; it was not opened", remedy="save what it gives to a file")
            self.unread.append(report)
            return []
        try:
            receipts = [receipt_of(p) for p in parts]
        except OSError as e:
            report.problem(f"cannot be opened: {e.strerror or e}", remedy="is it readable, and a plain file?")
            self.unread.append(report)
            return []
        new = [r for r in receipts if r.sha256 not in self.known]
        if not new:
            self.told.known += 1
            return []
        self.known.update(r.sha256 for r in receipts)
        self.told.files += 1
        rows = [r for r in self.identity if r.matches(str(path))]
        self.used.update(r.row for r in rows)
        if len(parts) > 1 or (not self.forced and self._is_release(path, report)):
            self._release(batch, parts)
        elif not self._is_trace(batch, path, rows, report) and not self._file(batch, path, receipts[0], rows):
            return []
        return receipts

    def _is_release(self, path: Path, report: Report) -> bool:
        if path.stat().st_size < _TAR_BLOCK:
            return False
        file = InputFile(path, report)
        return is_release(file.head, file.name)

    def _is_trace(self, batch: Batch, path: Path, rows: list[IdentityRow], report: Report) -> bool:
        """Put a plain trace with the other traces; they are decoded together."""
        if self.forced or rows or (self.mapped is not None and self.mapped.claims(str(path))):
            return False
        try:
            file = InputFile(path, report)
            if not self.trace.detect(file.head, file.name):
                return False
            self.traces.add(path.read_bytes(), name=str(path), receipt=file.receipt)
            if self.traces.full:
                self.flush(batch)
        except OSError as e:
            report.problem(f"cannot be read: {e.strerror or e}")
            self.unread.append(report)
        return True

    def _file(self, batch: Batch, path: Path, receipt: Receipt, rows: list[IdentityRow]) -> bool:
        """Read one file; tell whether it is done with: one that gave nothing may be read again in another way."""
        done = False
        for reading in self._readings(path, receipt, rows):
            shown = [Receipt(**row) for row in reading.receipts.drop("receipt").iter_rows(named=True)]
            batch.add(reading.positions, receipts=shown, claims=reading.claims)
            batch.add_ledger(self._given(reading.positions))
            self.told.positions += reading.positions.height
            self.told.problems.append(reading.problems)
            self.told.notes += [n for n in reading.notes if n not in self.told.notes]
            self.told.names += reading.receipts["file"].to_list()
            done = done or reading.problems.is_empty() or not reading.positions.is_empty() or bool(reading.claims)
        return done

    def _readings(self, path: Path, receipt: Receipt, rows: list[IdentityRow]) -> Iterator[Reading]:
        with path.open("rb") as f:
            table = f.read(len(PARQUET)) == PARQUET
        if table and not rows and self.mapped is None and not self.forced:
            yield from read_in_parts([path])
        else:
            yield gather([path], self.candidates, self.mapped, forced=self.forced, identity=rows, known={path: receipt})

    def flush(self, batch: Batch) -> None:
        """Put the traces that wait into the batch."""
        self._decoded(batch, self.traces.take())

    def _decoded(self, batch: Batch, decoded: Decoded, *, given: bool = True) -> None:
        batch.add(decoded.positions, receipts=decoded.receipts, claims=decoded.claims)
        if given:
            batch.add_ledger(self._given(decoded.positions))
        self.told.positions += decoded.positions.height
        self.told.problems.append(decoded.problems)

    def _given(self, positions: pl.DataFrame) -> pl.DataFrame:
        days = positions["time_utc"].dt.date().unique().sort()
        return LEDGER.conform(
            pl.DataFrame({"day": days}).with_columns(
                source=pl.lit(FILES),
                what=pl.lit(FILES),
                status=pl.lit("received"),
                reason=pl.lit(_CHOSEN),
                asked_utc=pl.lit(self.asked).cast(LEDGER.schema["asked_utc"]),
            ),
            fill=True,
        )

    def _release(self, batch: Batch, parts: tuple[Path, ...]) -> None:
        """Stream a daily release; what it holds of the day goes into the ledger."""
        report = Report(str(parts[0]))
        release = Release(parts)
        days: Counter[date] = Counter()
        try:
            for decoded in release.frames(report=report):
                self._decoded(batch, decoded, given=False)
                counts = decoded.positions["time_utc"].dt.date().value_counts()
                days.update(dict(counts.iter_rows()))
        except SourceError as e:
            report.problem(e.reason, row=e.row, field=e.field, remedy=e.remedy or None)
        self.unread.append(report)
        self.told.notes += report.notes
        day = _day_of(release.name) or (days.most_common(1)[0][0] if days else None)
        if day is None:
            return
        quality = release.quality
        ledger = self.lake.ledger()
        beside = ledger.filter((pl.col("what") == "*") & (pl.col("status") == "received"))
        near = beside.filter((pl.col("day") - day).abs() <= pl.duration(days=_DAYS_BESIDE))["trace_files"].drop_nulls()
        status, reason = quality.verdict(near.to_list())
        if doubt := _not_whole(release.name, day, days):
            status, reason = "damaged", "; ".join(x for x in (doubt, reason) if x)
        row = {
            "source": "readsb-release",
            "day": day,
            "what": "*",
            "status": status,
            "reason": reason,
            "asked_utc": self.asked,
            "bytes": quality.bytes,
            "folders": quality.folders,
            "trace_files": quality.trace_files,
            "heatmaps": quality.heatmaps,
            "end_reached": quality.end_reached,
            "positions": days.total(),
            "origin": release.name,
        }
        batch.add_ledger(pl.DataFrame([row], schema_overrides={"asked_utc": LEDGER.schema["asked_utc"]}))


def _not_whole(name: str, day: date, days: Counter[date]) -> str:
    """Say why an archive, however complete, is not the day that its name says; empty where it is."""
    if "mlatonly" in Path(name).name:
        return "only positions by multilateration were published in it"
    most = days.most_common(1)[0][0] if days else day
    return "" if most == day else f"named after {day}, but most of its positions are of {most}"


def _day_of(name: str) -> date | None:
    """Read the day that a release is named after."""
    found = _NAMED_DAY.search(Path(name).name)
    try:
        return date(*(int(g) for g in found.groups())) if found else None
    except ValueError:
        return None
