"""Does every number on a page lead back to a cell? Reads the HTML on its own; knows nothing of how it was made.

The rule: a text that anybody can see and that has a digit in it lies inside an element with `data-from`, and says what
that cell says: the same text, a rounding of its number, or its time in UTC or in the zone named; a
chance may stand behind `≤`, or behind `<` where nothing smaller can be told from 0. In a chart each number
must stand in the tables that the chart is drawn from (`data-tables`), rounded or as part of a time. Ticks of charts
(`<g class="axis">`) and the page's head are not text that says anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

from wheelsdown.case.result import TABLES_OF_A_CASE

__all__ = ["Offender", "Seen", "offenders", "texts"]

_VOID = {"meta", "br", "hr", "img", "link", "input", "wbr", "col", "base"}
_UNSEEN = {"style", "script", "head", "pattern", "clippath", "defs"}
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SENTENCE = re.compile(r"(?<=\.)\s+")
_SPACE = re.compile(r"\s+")
_STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]")
JOINT = " | "
FINEST = 1e-12
"""A chance below it is written as below it."""


@dataclass(frozen=True)
class Seen:
    """A text node: where it claims to come from, and in which zone its times are."""

    text: str
    come_from: str | None
    raw: str | None
    zone: str | None
    axis: bool
    drawn_from: str | None
    """Tables of the chart it stands in."""


@dataclass(frozen=True)
class Offender:
    """A text that does not lead back, and why."""

    text: str
    come_from: str | None
    why: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.seen: list[Seen] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            name, _ = self.open.pop()
            if name == tag:
                return
        raise AssertionError(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if not data.strip() or any(t in _UNSEEN for t, _ in self.open):
            return
        come_from = raw = zone = None
        for _, a in reversed(self.open):
            if come_from is None and "data-from" in a:
                come_from, raw = a["data-from"], a.get("value", a.get("datetime"))
            zone = zone or a.get("data-zone")
        axis = any("axis" in (a.get("class") or "").split() for _, a in self.open)
        in_chart = any(t == "svg" for t, _ in self.open)
        drawn_from = next((a["data-tables"] for _, a in self.open if "data-tables" in a), None) if in_chart else None
        self.seen.append(Seen(data, come_from, raw, zone, axis, drawn_from))


def texts(html: str) -> list[Seen]:
    """Read every text that can be seen; neighbouring pieces of one element stay apart."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open, f"left open: {[t for t, _ in reader.open]}"
    return reader.seen


def offenders(html: str, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> list[Offender]:
    """List every text with a digit that does not lead back.

    Parameters
    ----------
    html : str
    tables : mapping
        Rows of each table as its CSV has them, all text.
    """
    out = []
    drawn: dict[str, set[str]] = {}
    for s in texts(html):
        if s.drawn_from is not None:
            if s.drawn_from not in drawn:
                drawn[s.drawn_from] = _numbers(s.drawn_from, tables)
            if s.axis:
                continue
            said = " ".join(p for p in _SENTENCE.split(s.text) if not _is_part(p, tables.get("stated", ())))
            missing = [n for n in _NUMBER.findall(said) if n not in drawn[s.drawn_from]]
            if missing:
                out.append(Offender(s.text, s.drawn_from, f"{missing[0]} stands in none of these tables"))
        elif s.come_from is None:
            if _DIGIT.search(s.text) and not s.axis:
                out.append(Offender(s.text, None, "comes from nowhere"))
        elif (cell := _cell(s.come_from, tables)) is None:
            out.append(Offender(s.text, s.come_from, "there is no such cell"))
        elif s.raw is not None and s.raw != cell:
            out.append(Offender(s.raw, s.come_from, f"its value is not the cell's, which is {cell[:80]!r}"))
        elif not _says(s.text, cell, s.zone):
            out.append(Offender(s.text, s.come_from, f"the cell says {cell[:80]!r}"))
    return out


def _numbers(names: str, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> set[str]:
    """Every way in which a number of these tables may be written; rows may be named by their place."""
    out: set[str] = set()
    for name in names.split():
        rows = tables.get(name, ())
        out.update(str(i) for i in range(1, len(rows) + 1))
        # "95 % band" is said in the table's description
        out.update(n for c in TABLES_OF_A_CASE[name].columns for n in _NUMBER.findall(c.meaning))
        for row in rows:
            for column, cell in row.items():
                out.update(t.lstrip("0") or "0" for t in _NUMBER.findall(cell))
                out.update(_NUMBER.findall(cell))
                if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell):
                    value = abs(float(cell))
                    if column.endswith("_min"):
                        out.update((str(round(value) // 60), f"{round(value) % 60:02d}", str(round(value) % 60)))
                    if 0 < value < 1:
                        two = float(f"{max(value, FINEST):.1e}")
                        out.add(f"{two:.{max(1, 1 - math.floor(math.log10(two)))}f}")
                    for v in (value, 100 * value, value / 60):
                        out.update(f"{v:.{n}f}" for n in range(5))
                        out.update(f"{float(f'{v:.{n}g}'):f}".rstrip("0").rstrip(".") for n in (1, 2, 3))
    return out


def _is_part(text: str, stated: Sequence[Mapping[str, str]]) -> bool:
    """Tell whether a line of a chart is a part of a sentence that the page states."""
    line = _plain(text)
    return len(line) > 12 and any(line in _plain(row["text"]) for row in stated)


def _cell(come_from: str, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> str | None:
    table, _, rest = come_from.partition("/")
    row, _, column = rest.partition("/")
    rows = tables.get(table)
    if rows is None or not row.isascii() or not row.isdigit() or not 1 <= int(row) <= len(rows):
        return None
    return rows[int(row) - 1].get(column)


def _plain(text: str) -> str:
    """Without what cannot be seen, and with one space where there are several."""
    return _SPACE.sub(" ", _STEERING.sub("", text)).strip()


def _says(text: str, cell: str, zone: str | None) -> bool:
    shown, own = _plain(text), _plain(cell)
    # Text that a spreadsheet would run gets an apostrophe in CSV.
    if shown in (own, own.removeprefix("'"), own.replace("_", " ")):
        return True
    if shown in [part for item in own.split(JOINT) for part in (_plain(item), _plain(item).removeprefix("'"))]:
        return True
    if shown.endswith("...") and len(shown) > 20 and own.removeprefix("'").startswith(shown[:-3]):
        return True
    return _is_rounding(shown, own) or _is_time(shown, own, zone)


def _is_rounding(shown: str, own: str) -> bool:
    try:
        value = float(own)
    except ValueError:
        return False
    bare = re.sub(r"[\s\u202f\u2009\u00a0]", "", shown)
    if (m := re.fullmatch(r"(?:(\d+)h)?(\d+)min", bare)) is not None:
        return int(m[1] or 0) * 60 + int(m[2]) == round(value)
    if bare[:1] in ("<", "≤"):
        bound = float(bare[1:])
        return value < bound <= FINEST if bare[0] == "<" else math.isclose(value, bound, rel_tol=0.05)
    factor = 1.0
    if bare.endswith("%"):
        bare, factor = bare[:-1], 100.0
    if re.fullmatch(r"-?\d+(\.\d+)?", bare) is None:
        return False
    places = len(bare.partition(".")[2])
    return math.isclose(float(bare), value * factor, abs_tol=0.5000001 * 10**-places)


def _is_time(shown: str, own: str, zone: str | None) -> bool:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", own):
        day = datetime.strptime(own, "%Y-%m-%d").replace(tzinfo=UTC)
        return shown == f"{day.day} {day:%b %Y}"
    try:
        at = datetime.strptime(own, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    if zone is None:
        return shown in (f"{at.day} {at:%b %Y, %H:%M}", f"{at.day} {at:%b %Y, %H:%M:%S}")
    there = at.astimezone(ZoneInfo(zone))
    name = there.tzname() or ""
    clock = f"{there:%H:%M} {name if name.isalpha() else f'UTC{there:%z}'}"
    return shown == (clock if there.date() == at.date() else f"{there.day} {there:%b}, {clock}")
