"""Marked text: every number and sentence on a page with the cell it comes from.

`data-from="counts/1/at_least"` names table, row (from 1) and column of a CSV file in the folder `tables`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from markupsafe import Markup

from wheelsdown.dossier import shown
from wheelsdown.dossier.cells import Cells
from wheelsdown.dossier.links import safe
from wheelsdown.dossier.stating import Stating
from wheelsdown.outputs.interface import SIMULATED

__all__ = ["Marks"]

LONG: Final = 1500
"""A text longer than this scrolls in a box of its own."""
BRIEF: Final = 80
"""A heading has room for so many characters of a text."""

_WORD: Final = re.compile(r"\S{33}")
# Characters that turn text around, or that no page may hold: shown as a sign that something is there.
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NONE: Final = Markup('<span class="none">{}</span>')


class Marks:
    """What templates write cells with."""

    def __init__(self, cells: Cells, stating: Stating) -> None:
        self._cells = cells
        self._stating = stating
        visits = cells.frame("visits")
        self._anchors = {v: i for i, v in enumerate(visits["visit_id"].to_list(), start=1)} if visits.height else {}
        self.shown_visits: frozenset[int] = frozenset()
        """Rows of visits that have an anchor on the page; set before references are written."""

    def functions(self) -> dict[str, Any]:
        """Give the functions by the names templates use."""
        return {
            "num": self.num,
            "say": self.say,
            "text": self.text,
            "brief": self.brief,
            "word": self.word,
            "when": self.when,
            "there": self.there,
            "day": self.day,
            "item": self.item,
            "items": self.items,
            "ids": self.ids,
            "link": self.link,
            "st": self.st,
            "val": self._cells.value,
            "rows": self.rows,
            "asked": self._cells.asked,
        }

    def rows(self, table: str) -> range:
        """Give the rows of a table, from 1."""
        return range(1, self._cells.height(table) + 1)

    def num(self, table: str, row: int, column: str, how: str = "plain", none: str = "not known") -> Markup:
        """Write a number of a cell; ``drawn`` is a `p` that rests on the draws of its row."""
        raw = self._cells.text(table, row, column)
        if raw == "":
            return _NONE.format(none)
        # the file's own digits are rounded, not those behind them: whoever looks the cell up must find what is shown
        value = self._cells.value(table, row, column)
        value = float(raw) if isinstance(value, float) else value
        if how == "drawn":
            said = shown.number(value, "p", draws=self._cells.value(table, row, "draws"))
        else:
            said = shown.number(value, how)
        return Markup('<data class="n" value="{}" data-from="{}/{}/{}">{}</data>').format(raw, table, row, column, said)

    def text(self, table: str, row: int, column: str, none: str = "") -> Markup:
        """Write the text of a cell, set apart from the direction of the text around it."""
        value = self._cells.value(table, row, column)
        if value is None or value == "":
            return _NONE.format(none) if none else Markup("")
        said = str(value)
        if column == "note" and self._cells.text(table, row, column) == f"{SIMULATED}; {said}":
            said = f"{SIMULATED}; {said}"  # a table without a column of its own says it there
        return self._boxed(said, f"{table}/{row}/{column}")

    def brief(self, table: str, row: int, column: str, none: str = "") -> Markup:
        """Write the beginning of a text where only a line has room, as in a heading."""
        value = self._cells.value(table, row, column)
        if value is None or value == "":
            return _NONE.format(none) if none else Markup("")
        said = str(value)
        said = said if len(said) <= BRIEF else said[:BRIEF].rstrip() + "..."
        return self._boxed(said, f"{table}/{row}/{column}")

    def word(self, table: str, row: int, column: str, none: str = "not said") -> Markup:
        """Write one of a column's set words, with spaces: `not yet asked`."""
        value = self._cells.value(table, row, column)
        if value is None:
            return _NONE.format(none)
        return self._boxed(str(value).replace("_", " "), f"{table}/{row}/{column}")

    def say(self, table: str, row: int, column: str = "sentence", none: str = "") -> Markup:
        """Write a sentence of a cell."""
        return self.text(table, row, column, none)

    def when(self, table: str, row: int, column: str, none: str = "not known", *, seconds: bool = False) -> Markup:
        """Write a time of a cell, in UTC."""
        value = self._cells.value(table, row, column)
        if value is None:
            return _NONE.format(none)
        return self._time(value, shown.utc(value, seconds=seconds), table, row, column)

    def there(self, table: str, row: int, column: str, zone: str | None) -> Markup:
        """Write the same time in a zone; nothing where either is not known."""
        value = self._cells.value(table, row, column)
        said = shown.local(value, zone) if isinstance(value, datetime) and zone else None
        if said is None:
            return Markup("")
        mark = self._time(value, said, table, row, column)
        return Markup('<span class="there" data-zone="{}">{}</span>').format(zone, mark)

    def day(self, table: str, row: int, column: str, none: str = "not known") -> Markup:
        """Write a day of a cell."""
        value = self._cells.value(table, row, column)
        if value is None:
            return _NONE.format(none)
        return self._time(value, shown.day(value), table, row, column)

    def items(
        self, table: str, row: int, column: str, none: str = "", gloss: Mapping[str, str] | None = None
    ) -> Markup:
        """Write a list of a cell as a list, each with what it means."""
        values = self._cells.value(table, row, column) or []
        if not values:
            return _NONE.format(none) if none else Markup("")
        where = f"{table}/{row}/{column}"
        meant = gloss or {}
        lines = [
            Markup("<li>{}{}</li>").format(
                self._boxed(str(v), where), Markup(": {}").format(meant[v]) if v in meant else ""
            )
            for v in values
        ]
        return Markup('<ul class="items">{}</ul>').format(Markup("").join(lines))

    def item(self, table: str, row: int, column: str, text: str) -> Markup:
        """Write one of the texts in a list of a cell."""
        return self._boxed(text, f"{table}/{row}/{column}")

    def ids(self, table: str, row: int, column: str, none: str = "none", only: Sequence[str] | None = None) -> Markup:
        """Write ids of visits, each leading to the visit on this page; `only` some of the cell's."""
        value = self._cells.value(table, row, column)
        values = [] if value is None else [value] if isinstance(value, str) else list(value)
        values = values if only is None else list(only)
        if not values:
            return _NONE.format(none)
        where = f"{table}/{row}/{column}"
        out = []
        for v in values:
            mark = self._boxed(str(v), where)
            n = self._anchors.get(v)
            out.append(Markup('<a href="#visit-{}">{}</a>').format(n, mark) if n in self.shown_visits else mark)
        return Markup('<span class="ids">{}</span>').format(Markup(" ").join(out))

    def link(self, table: str, row: int, column: str, none: str = "") -> Markup:
        """Write an address of a cell; a link where it is one."""
        value = self._cells.value(table, row, column)
        said = self.text(table, row, column, none)
        address = safe(value if isinstance(value, str) else None)
        if address is None or len(address) > LONG:
            return said
        return Markup('<a class="out" rel="noopener noreferrer external" href="{}">{}</a>').format(address, said)

    def st(self, section: str, text: object, rests_on: Sequence[str] = ()) -> Markup:
        """Write a sentence that is no cell of a table, and write it down as a row of STATED."""
        said = str(text)
        if not said:
            return Markup("")
        n = self._stating.row(section, said, rests_on)
        return self._boxed(said, f"stated/{n}/text")

    @staticmethod
    def _boxed(said: str, where: str) -> Markup:
        said = _UNSEEN.sub("\ufffd", said)
        if len(said) <= LONG:
            # one long word must neither widen a column nor break the short ones beside it
            wide = Markup(' class="wide"') if _WORD.search(said) else Markup("")
            return Markup('<bdi{} data-from="{}">{}</bdi>').format(wide, where, said)
        return Markup(
            '<span class="long" role="group" tabindex="0" aria-label="long text"><bdi data-from="{}">{}</bdi></span>'
        ).format(where, said)

    @staticmethod
    def _time(value: date, said: str, table: str, row: int, column: str) -> Markup:
        machine = value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value.isoformat()
        return Markup('<time class="n" datetime="{}" data-from="{}/{}/{}">{}</time>').format(
            machine, table, row, column, said
        )
