"""SIPRI's trade register: one deal a record, read by position, for its marker columns have no names."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import TRANSFERS
from wheelsdown.sources.context_cells import Rows, Telling, decoded, plain, text_lines
from wheelsdown.sources.interface import Card, InputFile, Report
from wheelsdown.sources.sipri import LICENCE, PUBLISHER, TIV_MOST, URL, YEARS, release, said
from wheelsdown.sources.tables import kind_of, record_at

__all__ = ["SipriRegister"]

_HEADING: Final = re.compile(r'^\ufeff?"?Recipient"?[,;\t]"?Supplier"?[,;\t]"?Year of order"?', re.IGNORECASE)
_WIDTH: Final = 16
_TAIL: Final = 4
"""Cells of the second half of a record that was cut in its comment: rest of the comment, three volumes."""
_CUT_MOST: Final = _WIDTH - 3
_COLUMNS: Final = (
    "Recipient",
    "Supplier",
    "Year of order",
    "order_year",
    "Number ordered",
    "number_ordered",
    "Weapon designation",
    "Weapon description",
    "Number delivered",
    "number_delivered",
    "Year(s) of delivery",
    "status",
    "Comments",
    "SIPRI TIV per unit",
    "SIPRI TIV for total order",
    "SIPRI TIV of delivered weapons",
)
"""By position; the three in small letters are the marker columns, called by what they mark."""
_MARKERS: Final = ("order_year", "number_ordered", "number_delivered")
_ITEMS_MOST: Final = 100_000_000.0


@dataclass
class _Record:
    """Cells of a record and the line it begins in."""

    row: int
    cells: list[str]

    @property
    def cut(self) -> bool:
        """Tell whether its volumes are missing: the rest may stand in the next line."""
        return len(_stripped(self.cells)) <= _CUT_MOST

    @property
    def tail(self) -> bool:
        """Tell whether it is no record but the rest of one."""
        return len(_stripped(self.cells)) <= _TAIL


class SipriRegister:
    """The register of deals with their deliveries."""

    name = "sipri-register"
    table = TRANSFERS.name
    card = Card(
        publisher=PUBLISHER,
        licence=LICENCE,
        url=URL,
        coverage="deals of major conventional arms since 1950 with deliveries or orders known to SIPRI; revised each "
        "March, earlier years too",
        shows="what was ordered and delivered, when, how sure SIPRI is of it (columns marked `?`), and the volume of "
        "the deal in millions of trend-indicator value",
        cannot_show="how a deal's volume falls on its years: shares are not to be made from it; prices, small arms, "
        "ammunition; deals that SIPRI does not know",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise the heading, below its preamble or without one."""
        if kind_of(head) != "text":
            return False
        lines = decoded(head[: 1 << 14], Report("")).split("\n")
        return any(_HEADING.match(line) for line in lines)

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield TRANSFERS of kind `deal`, with `row`. A record that a line break cuts in two is put together.

        Raises
        ------
        SourceError
            There is no heading, or it names another number of columns.
        """
        lines, path = text_lines(file), str(file.path)
        at = next((i for i, line in enumerate(lines) if _HEADING.match(line)), None)
        if at is None:
            raise SourceError(path, "no heading that begins with Recipient, Supplier, Year of order")
        mark = max(",;\t", key=lines[at].count)
        names = lines[at].rstrip("\n").split(mark)
        while names and not names[-1].strip():
            names.pop()
        if len(names) != _WIDTH:
            raise SourceError(
                path,
                f"the heading has {len(names)} columns, not {_WIDTH}",
                row=at + 1,
                remedy="keep the three columns without a name: they hold the question marks",
            )
        as_of = release(lines[:at], file.name, file.report)
        telling = Telling(file.report)
        records = list(_records(lines, at + 1, mark, telling))
        frame = pl.DataFrame(
            [r.cells for r in records], schema=dict.fromkeys(_COLUMNS, pl.String), orient="row"
        ).with_columns(pl.Series("row", [r.row for r in records], dtype=pl.Int64))
        yield _deals(frame, as_of, telling)
        telling.finish()


def _stripped(cells: list[str]) -> list[str]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _records(lines: list[str], at: int, mark: str, telling: Telling) -> Iterator[_Record]:
    """Give whole records of 16 cells; what is none is told."""
    held: _Record | None = None
    while at < len(lines):
        number = at + 1
        try:
            cells, at = record_at(lines, at, mark)
        except csv.Error as e:
            telling.tell(f"broken line: {e}", number, None, lines[at][:80].rstrip("\n"), None, lost=True)
            at += 1
            continue
        now = _Record(number, cells)
        if not _stripped(cells):
            continue
        if held is not None and now.tail and held.cut:
            # a line break inside the comment: what comes before it and behind it is one cell
            head = held.cells[:_CUT_MOST]
            rest = _stripped(cells)
            head += [""] * (_CUT_MOST - len(head))
            head[-1] = f"{head[-1].strip()} {rest[0].strip()}".strip()
            held.cells = head + rest[1:]
            continue
        if held is not None:
            yield from _whole(held, telling)
        held = now
    if held is not None:
        yield from _whole(held, telling)


def _whole(record: _Record, telling: Telling) -> Iterator[_Record]:
    cells = record.cells[:_WIDTH] if not any(c.strip() for c in record.cells[_WIDTH:]) else record.cells
    if record.tail or len(cells) > _WIDTH or len(cells) < _CUT_MOST:
        telling.tell(
            f"a record of {len(_stripped(cells))} cells, not {_WIDTH}",
            record.row,
            None,
            " ".join(cells)[:80],
            "export the register again",
            lost=True,
        )
        return
    if len(cells) < _WIDTH:
        telling.tell("cut off: its volumes are missing; left empty", record.row, None, cells[0], None, lost=False)
    yield _Record(record.row, cells + [""] * (_WIDTH - len(cells)))


def _deals(frame: pl.DataFrame, as_of: str | None, telling: Telling) -> pl.DataFrame:
    rows = Rows(frame, telling)
    for marker in _MARKERS:
        strange = rows.text(marker).is_not_null() & (rows.text(marker) != "?")
        for at in strange.fill_null(value=False).arg_true().to_list():
            telling.tell(
                "a marker that is no question mark", frame["row"][at], marker, frame[marker][at], None, lost=False
            )
    amounts = {
        "tiv": rows.number("SIPRI TIV of delivered weapons", least=0.0, most=TIV_MOST),
        "tiv_per_unit": rows.number("SIPRI TIV per unit", least=0.0, most=TIV_MOST),
        "tiv_ordered": rows.number("SIPRI TIV for total order", least=0.0, most=TIV_MOST),
        "number_ordered": rows.number("Number ordered", least=0.0, most=_ITEMS_MOST),
        "number_delivered": rows.number("Number delivered", least=0.0, most=_ITEMS_MOST),
        "order_year": rows.whole("Year of order", least=YEARS[0], most=YEARS[1]),
    }
    years = rows.text("Year(s) of delivery").fill_null("").str.split(";")
    years = years.list.eval(pl.element().str.strip_chars().str.replace(r"^(\d{4})\.0$", "$1")).list.eval(
        pl.element().filter(pl.element() != "")
    )
    marked = pl.DataFrame({m: frame[m].str.strip_chars() == "?" for m in _MARKERS})
    return rows.frame(
        {
            "transfer_id": pl.Series(_ids(frame), dtype=pl.String),
            "kind": pl.repeat("deal", frame.height, dtype=pl.String, eager=True),
            "supplier": rows.named("Supplier"),
            "recipient": rows.named("Recipient"),
            "weapon": rows.text("Weapon designation"),
            "description": rows.text("Weapon description"),
            "delivery_years": years,
            "status": rows.text("status"),
            "comments": rows.text("Comments"),
            **amounts,
            "uncertain": pl.Series(
                [[m for m, hit in zip(_MARKERS, row, strict=True) if hit] for row in marked.rows()],
                dtype=pl.List(pl.String),
            ),
            "source": pl.repeat(said("trade register", as_of), frame.height, dtype=pl.String, eager=True),
            "as_of": pl.repeat(as_of, frame.height, dtype=pl.String, eager=True),
        }
    )


def _ids(frame: pl.DataFrame) -> list[str]:
    """Make ids of what the records say; records that say the same are numbered."""
    seen: Counter[str] = Counter()
    out = []
    cells = frame.drop("row").with_columns(plain(frame[c]).alias(c) for c in _COLUMNS)
    for row in cells.rows():
        digest = hashlib.sha256("\x1f".join(c or "" for c in row).encode()).hexdigest()[:16]
        seen[digest] += 1
        out.append(f"deal:{digest}" + (f":{seen[digest]}" if seen[digest] > 1 else ""))
    return out
