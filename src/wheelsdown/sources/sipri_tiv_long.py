"""SIPRI's volumes of arms deliveries as a long table: supplier, recipient, year, value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from wheelsdown.schema import TRANSFERS
from wheelsdown.sources.context_cells import Rows, Telling, frames, names_of
from wheelsdown.sources.interface import Card, InputFile
from wheelsdown.sources.sipri import LICENCE, PUBLISHER, TIV_MOST, URL, YEARS, release, tiv_frame

__all__ = ["SipriTivLong"]

_NEEDED: Final = ("supplier", "recipient", "year", "value")


class SipriTivLong:
    """Trend-indicator values by supplier, recipient and year, one a row."""

    name = "sipri-tiv-long"
    table = TRANSFERS.name
    card = Card(
        publisher=f"{PUBLISHER}; put into this form by others",
        licence=LICENCE,
        url=URL,
        coverage="deliveries of major conventional arms, by year, as far as whoever made the table took them over",
        shows="volume of deliveries from a supplier to a recipient in a year, in millions of SIPRI's trend-indicator "
        "value, with what rounding leaves open (`0` is less than half a million)",
        cannot_show="prices, orders, small arms, ammunition; volumes in a year that has no row; suppliers and years "
        "that whoever made the table left out",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise the names of its columns."""
        return set(_NEEDED) <= set(names_of(head))

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield TRANSFERS of kind `tiv`, with `row`; further columns are ignored by name."""
        as_of = release((), file.name, file.report)
        telling = Telling(file.report)
        for frame in frames(file, _NEEDED):
            if extra := [c for c in frame.columns if c not in (*_NEEDED, "row")]:
                file.report.notes.append(f"columns ignored: {', '.join(extra)[:200]}")
            rows = Rows(frame, telling)
            supplier, recipient = rows.named("supplier"), rows.named("recipient")
            year = rows.whole("year", least=YEARS[0], most=YEARS[1], needed=True)
            tiv = rows.number("value", least=0.0, most=TIV_MOST, needed=True)
            yield tiv_frame(frame["row"], supplier, recipient, year, tiv, as_of).filter(rows.keep)
        telling.finish()
