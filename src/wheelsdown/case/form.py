"""The case file as a whole: its tables, and what the loaded case adds to them.

`form_parts` has the tables. `loading.load` reads a file into a `Case` and checks what types cannot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from wheelsdown.case.form_parts import (
    About,
    Airfield,
    Arms,
    Comparison,
    Declared,
    Episode,
    Events,
    Exhibit,
    Fact,
    Fetch,
    Fleet,
    Part,
    Party,
    Positions,
    Published,
    Rival,
    Statement,
    Surges,
    Timing,
    Trade,
    Window,
)

__all__ = [
    "About",
    "Airfield",
    "Arms",
    "Case",
    "Comparison",
    "Declared",
    "Episode",
    "Events",
    "Exhibit",
    "Fact",
    "Fetch",
    "Fleet",
    "Form",
    "Party",
    "Positions",
    "Published",
    "Rival",
    "Statement",
    "Surges",
    "Timing",
    "Trade",
    "Window",
]


class Form(Part, frozen=True, kw_only=True):
    """All tables of a case file."""

    case: About
    fleet: Fleet = Fleet()
    airfield: tuple[Airfield, ...] = ()
    window: tuple[Window, ...] = ()
    positions: Positions = Positions()
    comparison: Comparison = Comparison()
    events: Events | None = None
    timing: Timing | None = None
    surges: Surges | None = None
    arms: tuple[Arms, ...] = ()
    trade: tuple[Trade, ...] = ()
    statement: tuple[Statement, ...] = ()
    party: tuple[Party, ...] = ()
    exhibit: tuple[Exhibit, ...] = ()
    published: tuple[Published, ...] = ()
    rival: tuple[Rival, ...] = ()


class Case(Form, frozen=True, kw_only=True):
    """A case as it was loaded: its tables, the file they come from, and that file's hash."""

    file: Path
    sha256: str
    raw: bytes = b""
    """The file's bytes."""

    @property
    def folder(self) -> Path:
        """Relative paths begin here."""
        return self.file.parent

    def path(self, written: str) -> Path:
        """Give the path of a file as the case writes it."""
        return self.folder / written

    def paths(self, written: Iterable[str]) -> tuple[Path, ...]:
        """Give several; globs stay globs."""
        return tuple(self.path(w) for w in written)

    def window_named(self, name: str) -> Window:
        """Give a window by its name.

        Raises
        ------
        KeyError
            None has this name; `load` refuses such a case.
        """
        found = next((w for w in self.window if w.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def ends(self, window: Window) -> tuple[dt.datetime, dt.datetime]:
        """First moment of a window and the moment after its last, aware UTC."""
        return window.ends(self.case.zone)

    def zone_of(self, window: Window) -> str:
        """Zone of a window's days."""
        return window.zone or self.case.zone

    def airfields_of(self, window: Window) -> tuple[str, ...]:
        """Codes of the airfields that a window is counted at."""
        return window.airfields or tuple(a.code for a in self.airfield)

    @property
    def longest(self) -> Window | None:
        """The longest window, the first of several: the period looked at where none is named."""

        def length(window: Window) -> dt.timedelta:
            begin, end = self.ends(window)
            return end - begin

        return max(self.window, key=length, default=None)
