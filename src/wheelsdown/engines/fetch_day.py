"""One day of an archive into a lake: the aircraft asked for whole, the low traffic near places, and the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import polars as pl

from wheelsdown.archive.asking import Asker
from wheelsdown.archive.fleet import Fleet, member_name
from wheelsdown.archive.near import HALVES, Place, aircraft_in, cut, fleet_places, label_of_made
from wheelsdown.archive.ways import Found, Way, heatmap_member
from wheelsdown.engines.fetch_question import TRAFFIC, WITHOUT_TRAFFIC, Need, Wanted, said_around
from wheelsdown.lake import Lake
from wheelsdown.provenance import Receipt
from wheelsdown.schema import LEDGER, POSITIONS
from wheelsdown.sources.clean import FILE, ROW, clean
from wheelsdown.sources.interface import Report
from wheelsdown.sources.reading import problems_frame
from wheelsdown.sources.readsb_heatmap import read_heatmap
from wheelsdown.sources.traces import TraceBatch

__all__ = ["DayDone", "fetch_day", "ledger_frame"]

_TRAFFIC_COLUMNS: Final = [
    "icao24", "time_utc", "latitude_deg", "longitude_deg", "altitude_ft", "on_ground", "source", "receipt",
]  # fmt: skip
_SHARE_TO_STREAM: Final = 1 / 3
_FOLDERS: Final = 256


@dataclass
class DayDone:
    """What became of one day."""

    ledger: pl.DataFrame
    """LEDGER."""
    problems: list[pl.DataFrame] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: dict[str, list[str]] = field(default_factory=dict)
    """Addresses of the files on which what is damaged rests, where it was asked file by file."""


@dataclass
class _Row:
    """A row of the ledger in the making."""

    what: str
    status: str
    reason: str | None = None
    origin: str | None = None
    requests: int = 0
    bytes: int = 0
    positions: int | None = None
    receipt: str | None = None


def fetch_day(
    lake: Lake,
    source: str,
    question: Wanted,
    need: Need,
    way: Way,
    whole: Way | None,
    *,
    askers: tuple[Asker, ...],
    now: Callable[[], datetime],
    told: Callable[[str], None],
) -> DayDone:
    """Fetch one day and commit it: first the data, then the ledger that says they are there.

    Killed in between, the next run asks again and adds nothing twice.

    Parameters
    ----------
    lake : Lake
    source : str
        The host's name, as the ledger calls it.
    question, need
        What is asked, and what of it is lacking on this day.
    way : Way
        How files are come by.
    whole : Way or None
        The day streamed: taken instead where more than a third of the folders would be needed.
    askers : tuple of Asker
        Their counts of requests and bytes go to the ledger.
    now : callable
        Clock, aware UTC.
    told : callable
        Told in plain sentences what the user should know.

    Raises
    ------
    LakeError
        The lake cannot be written.
    """
    at = now()
    day = _Day(lake, source, question, need, at, askers)
    with lake.batch() as batch:
        day.batch = batch
        fleet = need.fleet
        if question.by_place:
            fleet, status = day.low_there(way)
            if status is not None:
                rows = [_Row(t, status.status, status.reason, status.origin) for t in need.terms]
                return day.finish(rows, way, told)
            if whole is not None and len({a[-2:] for a in fleet.addresses}) > _FOLDERS * _SHARE_TO_STREAM:
                way = whole
        rows = day.traces(way, fleet)
        if question.traffic:
            rows.append(day.traffic(way, rows))
        day.settle(rows, way)
        batch.commit()
    return day.finish(rows, way, told)


class _Day:
    def __init__(
        self, lake: Lake, source: str, question: Wanted, need: Need, at: datetime, askers: tuple[Asker, ...]
    ) -> None:
        self.lake, self.source, self.question, self.need, self.at = lake, source, question, need, at
        self.askers = askers
        self.batch: Any = None
        self.problems: list[pl.DataFrame] = []
        self.places: list[Place] = list(question.places)
        self.heatmaps: dict[str, tuple[Found, pl.DataFrame | None, Receipt | None]] = {}
        self.positions: dict[str, int] = {}
        self._counted = self._counts()

    def _counts(self) -> tuple[int, int]:
        return sum(a.requests for a in self.askers), sum(a.bytes for a in self.askers)

    def _spent(self) -> tuple[int, int]:
        """Requests and bytes since this was last asked."""
        before, self._counted = self._counted, self._counts()
        return self._counted[0] - before[0], self._counted[1] - before[1]

    def _receipt(self, found: Found, member: str) -> Receipt:
        data = found.data or b""
        name = f"{self.source}/{self.need.day:%Y/%m/%d}/{member.removeprefix('./')}"
        sha256 = hashlib.sha256(data).hexdigest()
        return Receipt(name, sha256, len(data), retrieved_utc=self.at, origin=found.origin)

    def low_there(self, way: Way) -> tuple[Fleet, Found | None]:
        """Find out from the heatmaps who was low near the places; why not, where they do not tell."""
        self._take_heatmaps(way, range(HALVES))
        if all(frame is None for _, frame, _ in self.heatmaps.values()):
            return Fleet(), self._bad_halves()[0]
        low: set[str] = set()
        for _, frame, _ in self.heatmaps.values():
            if frame is not None:
                low |= aircraft_in(frame)
        return Fleet(tuple(sorted(low))), None

    def _bad_halves(self) -> list[Found]:
        """List the half hours that did not come, or not whole."""
        return [f for f, _, _ in self.heatmaps.values() if f.status != "received"]

    def traces(self, way: Way, fleet: Fleet) -> list[_Row]:
        """Take the traces, keep their bytes, decode them; one row an aircraft."""
        rows: list[_Row] = []
        traces, waiting = TraceBatch(), 0
        self._spent()
        for found in way.traces(fleet) if fleet.addresses or fleet.by_word else ():
            row = _Row(found.what, found.status, found.reason, found.origin)
            row.requests, row.bytes = self._spent()
            rows.append(row)
            if found.data is None:
                continue
            receipt = self._receipt(found, member_name(found.what))
            row.receipt = receipt.receipt
            traces.add(found.data, name=receipt.file, receipt=receipt)
            self.batch.keep_raw(receipt, found.data)
            waiting += 1
            if traces.full:
                self._decoded(traces, rows)
                waiting = 0
        if waiting:
            self._decoded(traces, rows)
        spent = self._spent()
        if rows:
            rows[-1].requests += spent[0]
            rows[-1].bytes += spent[1]
        return rows

    def _decoded(self, traces: TraceBatch, rows: list[_Row]) -> None:
        """Hand positions to the lake, and learn what became of each trace."""
        decoded = traces.take()
        self.batch.add(decoded.positions, receipts=decoded.receipts, claims=decoded.claims)
        self.problems.append(decoded.problems)
        if self.question.traffic and not self.question.by_place:
            self.places += fleet_places(decoded.positions, self.need.day, self.question.elevations)
        counts = dict(decoded.positions.group_by("receipt").len().iter_rows())
        names = {r.receipt: r.file for r in decoded.receipts}
        lost = decoded.problems.filter(pl.col("rows_lost").is_null() | (pl.col("rows_lost") > 0))
        why = dict(lost.select("file", "reason").reverse().iter_rows())
        stray = self._strayed(decoded.positions, {r.receipt: r.what for r in rows if r.receipt})
        for row in rows:
            if row.receipt is None or row.receipt not in names:
                continue
            row.positions = counts.get(row.receipt, 0)
            if (reason := why.get(names[row.receipt]) or stray.get(row.receipt)) is not None:
                row.status, row.reason = "damaged", f"{reason}; what could be read was kept"
            elif not row.positions and row.status == "received":
                row.status, row.reason = "empty", "the trace holds no position"

    def _strayed(self, positions: pl.DataFrame, asked: dict[str, str]) -> dict[str, str]:
        """Say by receipt which files are not what was asked for: of another aircraft, or of another day."""
        said: dict[str, str] = {}
        seen = positions.group_by("receipt").agg(
            pl.col("icao24").drop_nulls().unique().sort(), day=pl.col("time_utc").dt.date().unique().sort()
        )
        for receipt, addresses, days in seen.iter_rows():
            if others := [a for a in addresses if a != asked.get(receipt, a)]:
                said[receipt] = f"the file that came is of {', '.join(others[:3])}"
            elif self.need.day not in days:
                said[receipt] = f"the file that came is of {', '.join(str(d) for d in days[:3])}, not of this day"
        return said

    def traffic(self, way: Way, rows: list[_Row]) -> _Row:
        """Keep the low traffic near the question's places and near those of the fleet."""
        labels = {*self.need.traffic_around, *(p.name for p in self.question.places)}
        halves = sorted({h for p in self.places for h in p.halves})
        row = _Row(TRAFFIC, "empty", origin=way.origin)
        if not halves:
            row.reason = said_around(labels, "no aircraft asked for was low or on the ground that day")
            asked = {r.status for r in rows}
            if asked and not asked & {"received", "empty"}:
                row.status = sorted(asked)[0]  # nothing is known of them, and so nothing of where they were
                row.reason = "the aircraft asked for could not be fetched, nor what flew around them"
            return row
        self._take_heatmaps(way, halves)
        kept = 0
        for label, (_, frame, receipt) in sorted(self.heatmaps.items()):
            if frame is None or receipt is None:
                continue
            near = cut(frame, int(label), self.places)
            if near.height:
                self.batch.add_traffic(near.select(_TRAFFIC_COLUMNS), receipts=[receipt])
                kept += near.height
        row.positions = kept
        row.requests, row.bytes = self._spent()
        bad = self._bad_halves()
        said = f"{len(halves)} half hours"
        if bad:
            row.status = "failed" if any(f.status == "failed" for f in bad) else "damaged"
            if len(bad) == len(self.heatmaps) and row.status == "damaged":
                row.status = bad[0].status
            said = f"{len(bad)} of {len(halves)} half hours {bad[0].status}: {bad[0].reason}"
        elif kept:
            row.status = "received"
        row.reason = said_around(labels, said)
        return row

    def _take_heatmaps(self, way: Way, halves: Any) -> None:
        wanted = [h for h in halves if f"{h:02d}" not in self.heatmaps]
        for found in way.heatmaps(wanted) if wanted else ():
            frame, receipt = None, None
            if found.data is not None:
                frame, receipt, whole = self._heatmap(found)
                if not whole:
                    why = "it cannot be read" if frame is None else "part of it cannot be read"
                    found = Found(found.what, "damaged", None, found.origin, why)  # noqa: PLW2901
            self.heatmaps[found.what] = (
                Found(found.what, found.status, None, found.origin, found.reason),
                frame,
                receipt,
            )

    def _heatmap(self, found: Found) -> tuple[pl.DataFrame | None, Receipt, bool]:
        """Decode one half hour; keep of it what is near a place that counts then. Tells whether all was readable."""
        receipt = self._receipt(found, heatmap_member(int(found.what)))
        report = Report(receipt.file)
        frame = read_heatmap(found.data or b"", name=receipt.file, report=report)
        made = label_of_made(frame)
        near = cut(frame, int(found.what), self.places).with_columns(receipt=pl.lit(receipt.receipt))
        if made is not None:
            near = near.with_columns(source=pl.lit(made))
        rows = POSITIONS.conform(near.drop(ROW), fill=True).with_columns(
            near[ROW].cast(pl.Int64), pl.lit(0, dtype=pl.UInt32).alias(FILE)
        )
        good, findings = clean(rows)
        self.problems.append(problems_frame([report], findings))
        if report.problems and frame.is_empty():
            return None, receipt, False
        return good, receipt.read_as("readsb-heatmap", good.height), not report.problems

    def settle(self, rows: list[_Row], way: Way) -> None:
        """Mark aircraft whose surroundings are not kept, and add the question's own rows."""
        traffic = next((r for r in rows if r.what == TRAFFIC), None)
        if traffic is None or traffic.status == "failed":
            why = "--without-coverage" if traffic is None else "it failed; ask again"
            for row in rows:
                if row.what != TRAFFIC and row.status in {"received", "empty", "damaged"}:
                    row.reason = "; ".join(x for x in (row.reason, f"{WITHOUT_TRAFFIC} ({why})") if x)
        of_aircraft = [r for r in rows if r.what != TRAFFIC]
        for term in self.need.terms:
            bad = [r for r in of_aircraft if r.status not in {"received", "empty"}]
            got = sum(r.status == "received" for r in of_aircraft)
            row = _Row(term, "received" if got else "empty", f"{got} aircraft")
            unseen = self._unseen(way)
            if unseen is not None:
                row.status, row.reason = unseen[0], f"{got} aircraft; {unseen[1]}"
            elif bad:
                row.status, row.reason = bad[0].status, f"{len(bad)} of {len(of_aircraft)} aircraft: {bad[0].reason}"
            elif traffic is None:
                row.reason = f"{got} aircraft; {WITHOUT_TRAFFIC} (--without-coverage)"
            elif traffic.status == "failed":
                row.status, row.reason = "failed", traffic.reason
            rows.append(row)

    def _unseen(self, way: Way) -> tuple[str, str] | None:
        """Say what of the day was not looked through, so that nobody knows who else there was; None if all was."""
        if not self.question.by_place:
            return way.unseen()
        if not (bad := self._bad_halves()):
            return None
        status = "failed" if any(f.status == "failed" for f in bad) else "damaged"
        return status, f"{len(bad)} of {len(self.heatmaps)} half hours {bad[0].status}: {bad[0].reason}"

    def finish(self, rows: list[_Row], way: Way, told: Callable[[str], None]) -> DayDone:
        """Enter the day in the ledger."""
        quality = way.quality
        seen = (
            {}
            if quality is None
            else {
                "folders": quality.folders,
                "trace_files": quality.trace_files,
                "heatmaps": quality.heatmaps,
                "end_reached": quality.end_reached,
            }
        )
        ledger = ledger_frame(
            {
                "source": self.source, "day": self.need.day, "what": r.what, "status": r.status, "reason": r.reason,
                "asked_utc": self.at, "requests": r.requests, "bytes": r.bytes, "positions": r.positions,
                "origin": r.origin, **seen,
            }
            for r in rows
        )  # fmt: skip
        with self.lake.batch() as batch:
            batch.add_ledger(ledger)
            batch.commit()
        for note in way.notes:
            told(note)
        return DayDone(ledger, self.problems, list(way.notes), self._files(rows))

    def _files(self, rows: list[_Row]) -> dict[str, list[str]]:
        halves = [f.origin for f in self._bad_halves() if f.origin]
        found = {r.what: [r.origin] for r in rows if r.status == "damaged" and r.origin and r.what != TRAFFIC}
        every = [*(u for urls in found.values() for u in urls), *halves]
        return {**found, TRAFFIC: halves, **dict.fromkeys(self.need.terms, every)}


def ledger_frame(rows: Iterator[dict[str, Any]]) -> pl.DataFrame:
    """Make LEDGER of rows that may leave columns out."""
    return pl.DataFrame([{n: r.get(n) for n in LEDGER.names} for r in rows], schema=LEDGER.schema)
