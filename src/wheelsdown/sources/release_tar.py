"""A whole daily release as a tar, split or not: every aircraft a network received in one UTC day."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.provenance import Receipt
from wheelsdown.sources.day_quality import HEATMAP_NAME, TRACE_NAME, DayQuality
from wheelsdown.sources.interface import Card, InputFile, Problem, Report
from wheelsdown.sources.paths import split_part
from wheelsdown.sources.tar_header import BLOCK, find_header, parse_header
from wheelsdown.sources.tar_members import Part, members
from wheelsdown.sources.traces import Decoded, TraceBatch

__all__ = ["ReadsbRelease", "Release", "is_release", "read_release"]

_READ: Final = 1 << 20
_LAYOUT: Final = re.compile(
    r"(?:\./)?(?:[^/]+/)*?"
    r"(?:traces(?:/[0-9a-f]{2}(?:/trace_.+)?)?|heatmap(?:/\d\d\.bin\.ttf)?|acas(?:/acas\.\w+\.gz)?)/?"
)
_COMPRESSED: Final = "a compressed tar: it cannot be read as a stream of members"
_NAMED: Final = re.compile(r"planes-readsb|globe_history")


class Release:
    """One day's release: reads its traces, and knows afterwards whether the day is whole.

    Parameters
    ----------
    parts : sequence of pathlib.Path
        ``X.tar``; or some or all of ``X.tar.aa``, ``X.tar.ab``, ..., in any order.
    """

    def __init__(self, parts: Sequence[Path]) -> None:
        self.parts = sorted(parts, key=lambda p: (split_part(p) is not None, p.name))
        split = split_part(self.parts[0])
        self.name = str(self.parts[0].with_name(split[0]) if split else self.parts[0])
        """The archive's path without the ending of a part."""
        self.quality = DayQuality()
        """Filled while reading."""
        self.positions = [0] * len(self.parts)
        """Positions read, by the part in which the header of their trace lies."""
        self._starts: list[int] = []

    def frames(
        self,
        *,
        report: Report,
        wanted: Callable[[str], bool] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Iterator[Decoded]:
        """Yield the traces in batches; see `read_release`."""
        batch = TraceBatch()
        part_of: dict[str, int] = {}
        ignored = {"heatmap": 0, "other file": 0}

        def asked(name: str) -> bool:
            return TRACE_NAME.fullmatch(name) is not None and (wanted is None or wanted(name))

        def taken() -> Decoded:
            decoded = batch.take()
            for r in decoded.receipts:
                self.positions[part_of.pop(r.file, 0)] += r.positions or 0
            return decoded

        for member, data in members(self._stream(report, progress), wanted=asked, report=report, quality=self.quality):
            if data is None:
                if member.kind == "file" and not TRACE_NAME.fullmatch(member.name):
                    ignored["heatmap" if HEATMAP_NAME.fullmatch(member.name) else "other file"] += 1
                continue
            receipt = Receipt(f"{self.name}:{member.name}", hashlib.sha256(data).hexdigest(), len(data))
            part_of[receipt.file] = max(bisect_right(self._starts, member.header_offset) - 1, 0)
            batch.add(data, name=receipt.file, receipt=receipt)
            if batch.full:
                yield taken()
        yield taken()
        if any(ignored.values()):
            words = " and ".join(f"{n} {what}{'s' if n > 1 else ''}" for what, n in ignored.items() if n)
            report.notes.append(f"{words} in it were not read: traces hold the same positions in more detail")

    def _stream(self, report: Report, progress: Callable[[int, int], None] | None) -> Iterator[bytes | Part]:
        """Give the bytes of all parts, and say where each begins and what is missing before it."""
        total = sum(p.stat().st_size for p in self.parts)
        done, due = 0, 0
        self._starts.clear()
        for path in self.parts:
            split = split_part(path)
            number = split[1] if split else due
            missing = [self._part_name(n) for n in range(due, number)]
            due = number + 1
            self._starts.append(done)
            yield Part(path.name, joins=not missing, missing=", ".join(missing))
            with path.open("rb") as f:
                while block := f.read(_READ):
                    if done == 0 and block[:2] == b"\x1f\x8b" and not missing:
                        raise SourceError(report.file, _COMPRESSED, remedy=f"unpack the gzip first: gunzip {path.name}")
                    yield block
                    done += len(block)
                    if progress is not None:
                        progress(done, total)

    def _part_name(self, number: int) -> str:
        return f"{Path(self.name).name}.{chr(97 + number // 26)}{chr(97 + number % 26)}"


def read_release(
    parts: Sequence[Path],
    *,
    report: Report,
    wanted: Callable[[str], bool] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Decoded]:
    """Read the traces of a daily release as a stream, unpacking nothing to disk.

    Parameters
    ----------
    parts : sequence of pathlib.Path
        The tar, or its parts.
    report : Report
        Told what is damaged or missing in the archive, with file and byte.
    wanted : callable, optional
        Told the name of each trace (``./traces/66/trace_full_600866.json``); True if it is to be read. All by default.
    progress : callable, optional
        Told the bytes read so far, and the bytes of all parts.

    Yields
    ------
    Decoded
        POSITIONS, PROBLEMS, claims and receipts of a batch of traces. Each trace has a receipt of its own: the sha256
        of its bytes as they lie in the tar, named ``X.tar:./traces/66/trace_full_600866.json``.

    Raises
    ------
    SourceError
        The archive is compressed.
    OSError
        A part cannot be read.

    Notes
    -----
    Heatmaps and collision reports in the release are passed over. Use `Release` to know afterwards whether the day is
    whole: an aircraft that is not in half a day's folders was not therefore absent.
    """
    yield from Release(parts).frames(report=report, wanted=wanted, progress=progress)


def is_release(head: bytes, name: str) -> bool:
    """Tell from the first bytes whether they are a release: by the folders in it; a later part by its name."""
    at = find_header(head)
    named = split_part(Path(name)) is not None
    if at < 0:
        return named
    while (member := parse_header(head[at : at + BLOCK], at)) is not None:
        if _LAYOUT.fullmatch(member.name):
            return True
        at = member.end
    return named or _NAMED.search(name) is not None


class ReadsbRelease:
    """Daily releases as adsb.lol publishes them: ``vYYYY.MM.DD-planes-readsb-prod-0.tar``, or its parts."""

    name = "readsb-release"
    table = "POSITIONS"
    card = Card(
        publisher="adsb.lol (repositories globe_history_2023 and after), or any copy of a readsb globe_history day",
        licence="ODbL 1.0 (adsb.lol): name the source; a derived database is shared alike",
        url="https://github.com/adsblol",
        coverage="the whole world as far as volunteers receive; adsb.lol from 2023-02-16, one archive a UTC day",
        shows="the traces of all aircraft of the day, as readsb-trace does; each has a receipt of its own",
        cannot_show=(
            "what the archive lost: some days hold half of their folders, or parts that do not join. That is told, and "
            "an aircraft not found on such a day was not therefore absent. Heatmaps in it are passed over. The limits "
            "of readsb-trace hold"
        ),
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise a tar with the folders of a release, or a later part of one by its name."""
        return is_release(head, name)

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield the positions of all traces, each with the receipt of its trace.

        Raises
        ------
        SourceError
            It is compressed.
        """
        report = file.report
        if file.gzipped:
            raise SourceError(report.file, _COMPRESSED, remedy=f"unpack the gzip first: gunzip {file.name}")
        release = Release(file.parts)
        for decoded in release.frames(report=report):
            report.claims += decoded.claims
            report.members += decoded.receipts
            report.problems += [Problem(**row) for row in decoded.problems.iter_rows(named=True)]
            if decoded.positions.height:
                yield decoded.positions
        file.rows_by_part = tuple(release.positions)
        if missing := release.quality.missing():
            report.problem(
                f"not a whole day: {'; '.join(missing)}",
                remedy="look for another copy of the day; what is not in it is not known",
            )
