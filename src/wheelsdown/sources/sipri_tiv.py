"""SIPRI's export of trend-indicator values: one supplier or recipient, the other side in rows, years in columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import TRANSFERS
from wheelsdown.sources.context_cells import Telling, decoded, plain, text_lines
from wheelsdown.sources.interface import Card, InputFile, Report
from wheelsdown.sources.sipri import LICENCE, PUBLISHER, TIV_MOST, URL, release, tiv_frame
from wheelsdown.sources.tables import delimiter_of, kind_of, record_at

__all__ = ["SipriTiv"]

_TITLE: Final = re.compile(
    r"TIV of arms (?:(?P<out>exports) from|(?P<into>imports) (?:to|of|by|from)|(?P<to>exports) to) (?P<who>.+?)"
    r"(?:,\s*\d{4}\s*-\s*\d{4})?[\s,;\"]*$",
    re.IGNORECASE,
)
_ALL: Final = ("all", "all countries", "the world")
_TOTAL: Final = "total"
_PREAMBLE_MOST: Final = 40
_YEAR: Final = re.compile(r"(19|20)\d{2}(\.0)?")


class SipriTiv:
    """The table that SIPRI's importer/exporter tool gives for one supplier or one recipient."""

    name = "sipri-tiv"
    table = TRANSFERS.name
    card = Card(
        publisher=PUBLISHER,
        licence=LICENCE,
        url=URL,
        coverage="deliveries of major conventional arms since 1950, of one supplier or to one recipient; revised each "
        "March, earlier years too",
        shows="volume of deliveries by year, in millions of SIPRI's trend-indicator value, rounded: `0` is less than "
        "half a million, an empty cell is none identified and gives no row",
        cannot_show="prices, orders, small arms, ammunition, what was delivered; other suppliers than those of the "
        "table: a share needs the tables of all of them, or the one of the recipient",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise the title."""
        return kind_of(head) == "text" and _titled(decoded(head[:1024], Report(""))) is not None

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield TRANSFERS of kind `tiv`, one a cell, with `row`. Totals are ignored by name.

        Raises
        ------
        SourceError
            The title names no single country, or no line holds the years.
        """
        lines, path = text_lines(file), str(file.path)
        title = _titled(lines[0] if lines else "")
        if title is None:
            raise SourceError(path, "the first line is no title such as 'TIV of arms exports from Israel'", row=1)
        who, supplies = title
        if who.casefold() in _ALL:
            raise SourceError(
                path, "a table of all countries names one side only", row=1, remedy="export it for one country"
            )
        mark = delimiter_of(next((line for line in lines if line.count(",") + line.count(";") > 1), ","))
        at, years = _heading(lines, mark)
        if at is None:
            raise SourceError(path, "no line of years", remedy="keep the lines above the table as SIPRI writes them")
        as_of = release(lines[:at], file.name, file.report)
        telling = Telling(file.report)
        found = list(_cells(lines, at, mark, years, telling))
        telling.finish()
        other = plain(pl.Series([c[1] for c in found], dtype=pl.String)).fill_null("?")
        named = pl.repeat(who, len(found), dtype=pl.String, eager=True)
        yield tiv_frame(
            pl.Series([c[0] for c in found], dtype=pl.Int64),
            named if supplies else other,
            other if supplies else named,
            pl.Series([c[2] for c in found], dtype=pl.Int64),
            pl.Series([c[3] for c in found], dtype=pl.Float64),
            as_of,
        )


def _titled(text: str) -> tuple[str, bool] | None:
    """Read the title: the country, and whether it supplies."""
    first = text.lstrip("\ufeff").split("\n", 1)[0].strip().strip('"')
    found = _TITLE.match(first)
    return (found["who"].strip(' "'), found["out"] is not None) if found else None


def _heading(lines: list[str], mark: str) -> tuple[int | None, dict[int, int]]:
    """Find the line of years: its index, and the year of each column."""
    for at, line in enumerate(lines[:_PREAMBLE_MOST]):
        cells = [c.strip().strip('"') for c in line.rstrip("\n").split(mark)]
        years = {i: int(float(c)) for i, c in enumerate(cells) if i and _YEAR.fullmatch(c)}
        if years and not cells[0]:
            return at, years
    return None, {}


def _cells(
    lines: list[str], at: int, mark: str, years: dict[int, int], telling: Telling
) -> Iterator[tuple[int, str, int, float]]:
    """Give line number, country, year and value of each filled cell."""
    at += 1
    while at < len(lines):
        number = at + 1
        try:
            cells, at = record_at(lines, at, mark)
        except csv.Error as e:
            telling.tell(f"broken line: {e}", number, None, lines[at][:80].rstrip("\n"), None, lost=True)
            at += 1
            continue
        country = cells[0].strip() if cells else ""
        if country.casefold() == _TOTAL or not any(c.strip() for c in cells):
            continue
        if not country:
            telling.tell("a line without a country", number, None, mark.join(cells)[:80], None, lost=True)
            continue
        for column, year in years.items():
            text = cells[column].strip() if column < len(cells) else ""
            if not text:
                continue
            try:
                value = float(text)
            except ValueError:
                value = -1.0
            if not 0.0 <= value <= TIV_MOST:
                telling.tell("not a volume", number, str(year), text, "as SIPRI writes it", lost=True)
                continue
            yield number, country, year, value
