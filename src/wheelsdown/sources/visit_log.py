"""Observers' logs: visits that people have written down, read through a mapping of columns."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from wheelsdown.errors import ReferenceDataError, SourceError
from wheelsdown.reference.airfields import Airfields
from wheelsdown.reference.airfields import load as load_airfields
from wheelsdown.schema import VISITS
from wheelsdown.sources.clean import ROW
from wheelsdown.sources.interface import Card, InputFile, Report
from wheelsdown.sources.log_checks import mark_contradictions
from wheelsdown.sources.log_mapping import HINT, LogMapping, Words, read_log_mapping, shipped
from wheelsdown.sources.tables import heading, kind_of, text_frames
from wheelsdown.sources.times import from_iso, from_pattern

__all__ = ["VisitLog"]

SIMULATED: Final = "SIMULATED"
_ADDRESS: Final = re.compile(r"[0-9a-f]{6}")
_SHOWN: Final = 200
_TOLD_MOST: Final = 100


class VisitLog:
    """A log of visits in delimited text.

    A row that a person saw on the ground (the mapping says which) is `observed`; any other is a claim, `possible`.
    """

    name = "visit-log"
    table = VISITS.name
    card = Card(
        publisher="whoever keeps the log",
        licence="that of the log",
        url="",
        coverage="what its keepers saw or looked up; days on which nobody looked are not marked in it",
        shows="arrivals and departures as written, with tail, call sign, origin, next stop and note. Graded `observed` "
        "where the mapping says that a person saw the aircraft on the ground, else `possible`",
        cannot_show="where its times come from, unless the mapping says so (`rests_on`); visits that nobody wrote "
        "down; whether a day without a row is a day without a visit",
    )

    def __init__(self, mapping: LogMapping | None = None, known: Airfields | None = None) -> None:
        self.mapping = mapping
        self._known = known

    @classmethod
    def from_toml(cls, path: Path, known: Airfields | None = None) -> VisitLog:
        """Read the mapping.

        Raises
        ------
        SourceError
            It is unusable.
        """
        return cls(read_log_mapping(path), known)

    @property
    def known(self) -> Airfields:
        """The list of airfields, loaded when it is first needed."""
        if self._known is None:
            self._known = load_airfields()
        return self._known

    def detect(self, head: bytes, name: str) -> bool:
        """Tell by the heading: all columns of the mapping, or of one that is shipped."""
        return kind_of(head) == "text" and self.mapping_for(head) is not None

    def mapping_for(self, head: bytes) -> LogMapping | None:
        """Give the mapping that fits a log, by its first bytes; None where none does."""
        have = set(heading(head))
        given = shipped() if self.mapping is None else (self.mapping,)
        return next((m for m in given if m.delimiter is not None or set(m.needs) <= have), None)

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield one frame of VISITS, in order of the log, with `row`.

        Raises
        ------
        SourceError
            No mapping fits, a mapped column is missing, the airfield is unknown, or times name no zone and none is
            declared.
        """
        name = str(file.path)
        if kind_of(file.head) != "text":
            raise SourceError(name, "a log is delimited text", remedy="save it as CSV")
        mapping = self.mapping or self.mapping_for(file.head)
        if mapping is None:
            raise SourceError(name, "a log of visits needs a mapping", remedy=HINT)
        frames = list(text_frames(file, mapping.delimiter))
        if not frames:
            raise SourceError(name, "a heading and no rows")
        frame = pl.concat(frames)
        if missing := [c for c in mapping.needs if c not in frame.columns]:
            have = ", ".join(c for c in frame.columns if c != ROW)[:_SHOWN]
            raise SourceError(name, "a mapped column is not in the log", field=missing[0], remedy=f"it has: {have}")
        if unread := [c for c in frame.columns if c not in mapping.needs and c != ROW]:
            file.report.notes.append(f"columns of the log that are not read: {', '.join(unread)[:_SHOWN]}")
        rows = _Rows(mapping, file, self.known).of(frame)
        mark_contradictions(rows, self.known, file.report)
        schema = {**VISITS.schema, ROW: pl.Int64()}
        yield pl.DataFrame([{n: r.get(n) for n in schema} for r in rows], schema=schema, orient="row")


class _Rows:
    """Turns a log's cells into rows of VISITS."""

    def __init__(self, mapping: LogMapping, file: InputFile, known: Airfields) -> None:
        self.mapping, self.file, self.known = mapping, file, known
        self.report: Report = file.report
        self.fields: dict[str, dict[str, Any] | None] = {}
        self.told: Counter[str] = Counter()
        name = mapping.source.removeprefix(SIMULATED).strip(" :")
        rests = f" (times from {mapping.rests_on})" if mapping.rests_on else ""
        self.made = mapping.source.startswith(SIMULATED)
        self.said = f"log: {name}{rests}"

    def of(self, frame: pl.DataFrame) -> list[dict[str, Any]]:
        m = self.mapping
        cells = {
            target: frame[column].str.extract(m.extract[target], 1) if target in m.extract else frame[column]
            for target, column in m.columns.items()
        }
        numbers = frame[ROW].to_list()
        times = {t: self._times(cells[t], frame[ROW], m.columns[t]) for t in ("arrived", "departed") if t in cells}
        seen = self._seen(frame)
        # a made log has no other mark than the word in one of its cells
        marked = pl.any_horizontal(pl.exclude(ROW).str.starts_with(SIMULATED).fill_null(value=False))
        made = frame.select(marked.alias("made"))["made"].to_list()
        texts = {t: s.str.strip_chars().to_list() for t, s in cells.items() if t not in times}
        out: list[dict[str, Any]] = []
        ids: Counter[str] = Counter()
        for i, number in enumerate(numbers):
            cell = {t: v[i] or None for t, v in texts.items()}
            arrived = times["arrived"][i] if "arrived" in times else None
            departed = times["departed"][i] if "departed" in times else None
            row = self._row(number, cell, arrived, departed, seen=seen[i], made=self.made or made[i])
            if row is None:
                continue
            ids[row["visit_id"]] += 1
            if (again := ids[row["visit_id"]]) > 1:
                row["visit_id"] += f"-{again}"
            out.append(row)
        return out

    def _row(
        self,
        number: int,
        cell: dict[str, str | None],
        arrived: datetime | None,
        departed: datetime | None,
        *,
        seen: bool,
        made: bool,
    ) -> dict[str, Any] | None:
        if arrived is None and departed is None:
            self._tell("no time of arrival or departure", number, "arrived", None, "write at least one", lost=1)
            return None
        code = self.mapping.airfield or cell.get("airfield")
        field = self._field(code)
        if field is None:
            remedy = "correct the code, or add the field with --airfields FILE"
            self._tell("no airfield bears this code", number, "airfield", code, remedy, lost=1)
            return None
        address, conflict = self._address(number, cell.get("icao24"))
        tail = None if cell.get("registration") is None else str(cell["registration"]).upper()
        callsign = _sign(cell.get("callsign"))
        reasons = [f"logged by {self.mapping.by or self.mapping.source}: row {number} of {self.file.name}"]
        reasons.append("seen on the ground by a person" if seen else "no person is said to have seen it on the ground")
        source = f"{SIMULATED} {self.said}" if made else self.said
        ends: dict[str, str | None] = {}
        for end in ("origin", "next_stop"):
            if logged := cell.get(end):
                found = self._field(logged)
                ends[end] = found["code"] if found else None
                reasons.append(f"{end.replace('_', ' ')} as logged: {_plain(logged)}")
                if found is None:
                    self._tell("no airfield bears this code", number, end, logged, "correct the code", lost=0)
        if note := cell.get("note"):
            reasons.append(f"note: {_plain(note)}")
        out = {
            ROW: number,
            "visit_id": self._id(address, tail, callsign, arrived, departed, field["code"]),
            "icao24": address,
            "track_id": None if address else self._track(tail, callsign),
            "registration": tail,
            "typecode": None if cell.get("typecode") is None else str(cell["typecode"]).upper(),
            "operator": cell.get("operator"),
            "identity_source": source if tail or cell.get("operator") or cell.get("typecode") else None,
            "identity_conflict": conflict,
            "callsign_in": callsign,
            "callsign_out": _sign(cell.get("callsign_out")) or callsign,
            "airfield": field["code"],
            "airfield_name": field["name"],
            "place_id": field["code"],
            "latitude_deg": field["latitude_deg"],
            "longitude_deg": field["longitude_deg"],
            "rivals": [],
            "excluded": [],
            "grade": "observed" if seen else "possible",
            "reasons": reasons,
            "origin": ends.get("origin"),
            "origin_grade": "possible" if ends.get("origin") else None,
            "next_stop": ends.get("next_stop"),
            "next_stop_grade": "possible" if ends.get("next_stop") else None,
            "integrity": [],
            "receipts": [self.file.receipt.receipt],
            "time_zone": field["time_zone"],
            "source": source,
        }
        out.update(self._interval(arrived, departed, reasons))
        if departed is not None and arrived is not None and departed < arrived:
            # which of the two is wrong nobody knows: neither is mended, and no dwell is made of them
            out["integrity"] = ["departs_before_arrival"]
            out["quarantined"] = "the log has it leave before it arrives"
            reasons.append(
                f"leaves before it arrives: the log has it leave at {departed:%Y-%m-%d %H:%M} UTC "
                f"and arrive at {arrived:%Y-%m-%d %H:%M} UTC"
            )
        return out

    def _interval(self, arrived: datetime | None, departed: datetime | None, reasons: list[str]) -> dict[str, Any]:
        off = timedelta(minutes=self.mapping.precision_min)
        out: dict[str, Any] = {}
        backwards = arrived is not None and departed is not None and departed < arrived
        if arrived is not None:
            out |= {
                "arrived_earliest_utc": arrived - off,
                "arrived_utc": arrived,
                "arrived_latest_utc": arrived + off,
            }
        else:
            assert departed is not None  # noqa: S101
            reasons.append("no arrival in the log")
            out["arrived_latest_utc"] = departed + off
        if departed is None:
            reasons.append("no departure in the log")
        elif not backwards:
            out |= {
                "departed_earliest_utc": departed - off,
                "departed_utc": departed,
                "departed_latest_utc": departed + off,
            }
        if arrived is not None and departed is not None and not backwards:
            stay = (departed - arrived) / timedelta(minutes=1)
            least = max(0.0, stay - 2 * self.mapping.precision_min)
            out |= {
                "dwell_least_min": least,
                "dwell_most_min": stay + 2 * self.mapping.precision_min,
                "dwell_stayed_min": least,
            }
        return out

    def _times(self, text: pl.Series, rows: pl.Series, column: str) -> list[datetime | None]:
        m = self.mapping
        try:
            times, naive = from_iso(text, m.zone) if m.format == "iso" else from_pattern(text, m.format, m.zone)
        except pl.exceptions.PolarsError as e:
            raise SourceError(self.report.file, f"the time pattern is unusable: {e}", field="format") from e
        if m.zone is None and naive.any():
            at = naive.arg_true()[0]
            raise SourceError(
                self.report.file,
                f"the times name no zone, such as {text[at]!r}",
                row=rows[at],
                field=column,
                remedy='declare it in the mapping: zone = "UTC", or the local zone, e.g. "America/Chicago"',
            )
        unread = (times.is_null() & text.is_not_null()).arg_true()
        if len(unread):
            # what is a time in a zone without clock changes is one that happens twice or never in this one
            plain = from_iso(text, "UTC")[0] if m.format == "iso" else from_pattern(text, m.format, "UTC")[0]
        for at in unread:
            changes = naive[at] and plain[at] is not None
            why = "the clock change makes this time happen twice or never" if changes else "not a time"
            self._tell(why, rows[at], column, text[at], f"written as {m.format}", lost=0)
        return [None if t is None else t.astimezone(UTC) for t in times.to_list()]

    def _seen(self, frame: pl.DataFrame) -> list[bool]:
        m = self.mapping

        def says(words: Words) -> pl.Series:
            lower = frame[words.column].str.to_lowercase()
            found: pl.Series = lower.str.contains_any([w.lower() for w in words.contains])
            return found.fill_null(value=False)

        if m.every_row_seen:
            seen = pl.repeat(value=True, n=frame.height, eager=True)
        elif m.seen is not None:
            seen = says(m.seen)
        else:
            seen = pl.repeat(value=False, n=frame.height, eager=True)
        if m.unseen is not None:
            seen &= ~says(m.unseen)
        return seen.to_list()

    def _field(self, code: str | None) -> dict[str, Any] | None:
        if code is None:
            return None
        if code not in self.fields:
            try:
                self.fields[code] = self.known.resolve(code)
            except ReferenceDataError as e:
                if code == self.mapping.airfield:
                    raise SourceError(self.report.file, str(e), field="airfield") from e
                self.fields[code] = None
        return self.fields[code]

    def _address(self, number: int, text: str | None) -> tuple[str | None, str | None]:
        """Read an address; several in one cell are a conflict, not a choice."""
        if text is None:
            return None, None
        found = [a for a in re.split(r"[\s,;/]+", text.lower()) if a]
        good = [a.removeprefix("0x") for a in found if _ADDRESS.fullmatch(a.removeprefix("0x"))]
        if len(good) == 1 and len(found) == 1:
            return good[0], None
        if len(good) > 1 and len(good) == len(found):
            self._tell("more than one address in one row", number, "icao24", text, "keep one", lost=0)
            return None, f"the log names {', '.join(good[:4])} in one row"
        self._tell("not an address of six hex digits", number, "icao24", text, "format the column as text", lost=0)
        return None, None

    def _id(
        self,
        address: str | None,
        tail: str | None,
        callsign: str | None,
        arrived: datetime | None,
        departed: datetime | None,
        code: str,
    ) -> str:
        when = arrived or departed
        assert when is not None  # noqa: S101
        key = address or tail or callsign or "unknown"
        text = f"{self.said}|{address}|{tail}|{callsign}|{arrived}|{departed}|{code}"
        safe = "".join(ch if ch.isalnum() else "-" for ch in key)[:40]
        return f"{safe}-{when:%Y%m%dT%H%M}Z-{hashlib.sha256(text.encode()).hexdigest()[:6]}"

    def _track(self, tail: str | None, callsign: str | None) -> str | None:
        if tail:
            return "reg:" + re.sub(r"[^0-9A-Z]", "", tail)
        return f"callsign:{callsign}" if callsign else None

    def _tell(self, reason: str, row: int, field: str, value: object, remedy: str, *, lost: int) -> None:
        """Report each row, and after a hundred of one kind the rest in one line."""
        self.told[reason] += 1
        column = self.mapping.columns.get(field, field)
        if self.told[reason] < _TOLD_MOST:
            self.report.problem(reason, row=row, field=column, value=value, remedy=remedy, rows_lost=lost)
        elif self.told[reason] == _TOLD_MOST:
            self.report.problem(f"{reason}: further rows are not listed", row=row, field=column, remedy=remedy)


def _sign(text: str | None) -> str | None:
    return re.sub(r"\s+", "", text).upper()[:16] or None if text else None


def _plain(text: str) -> str:
    """One line of printable text: the note comes from strangers, and ` | ` sets lists apart in files."""
    line = "".join(c if c.isprintable() else " " for c in text).replace("|", "/")
    line = re.sub(r" +", " ", line).strip()
    return line if len(line) <= _SHOWN else line[: _SHOWN - 3] + "..."
