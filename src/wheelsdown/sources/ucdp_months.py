"""UCDP's fatalities by country and month."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import EVENTS
from wheelsdown.sources.context_cells import Rows, Telling, frames, names_of, release_in
from wheelsdown.sources.interface import Card, InputFile
from wheelsdown.sources.ucdp import LICENCE, PUBLISHER, URL, version_in

__all__ = ["UcdpMonths"]

_DEATHS: Final = ("fatalities_ucdp", "fatalities", "best", "ged_best", "ged_sb")
_NOTE: Final = "all events of the country and month; its days are not known"


class UcdpMonths:
    """Fatalities by country and month: two or more columns of which one is `isocode`, one `period` (YYYYMM)."""

    name = "ucdp-months"
    table = EVENTS.name
    card = Card(
        publisher=f"{PUBLISHER}; summed by others",
        licence=LICENCE,
        url=URL,
        coverage="countries and months that the table names; a month without deaths is a row with 0",
        shows="deaths of a country in a month, best estimate. A row is a month, not an event",
        cannot_show="the days of the events, who fought, where; what kinds of violence were summed, unless its maker "
        "says so; the release it was summed from",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise the names of its columns."""
        names = names_of(head)
        return {"isocode", "period"} <= set(names) and any(n in _DEATHS for n in names)

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield EVENTS of kind `month`, with `row`.

        Raises
        ------
        SourceError
            No column holds deaths.
        """
        telling = Telling(file.report)
        version = version_in(file.name)
        source = "UCDP by country and month" + (f" {'.'.join(map(str, version))}" if version else "")
        for frame in frames(file, ("isocode", "period")):
            rows = Rows(frame, telling)
            column = next((n for n in _DEATHS if rows.has(n)), None)
            if column is None:
                raise SourceError(str(file.path), "no column of deaths", remedy=f"call it one of {', '.join(_DEATHS)}")
            ignored = [
                c
                for c in frame.columns
                if not c.startswith("unnamed_") and c not in ("isocode", "period", "row", column)
            ]
            if ignored:
                file.report.notes.append(f"columns ignored: {', '.join(ignored)[:200]}")
            country = rows.named("isocode")
            period = rows.code("period")
            began = (period.str.extract(r"^(\d{6})$", 1) + "01").str.to_date("%Y%m%d", strict=False)
            rows.lose(began.is_null(), "period", "not a month", "write YYYYMM")
            deaths = rows.number(column, least=0.0, needed=True)
            ended = began.dt.month_end()
            yield rows.frame(
                {
                    "event_id": country + "-" + period,
                    "kind": pl.repeat("month", frame.height, eager=True),
                    "began": began,
                    "ended": ended,
                    "precision_days": ended.dt.day().cast(pl.Float64),
                    "country": country,
                    "deaths_best": deaths,
                    "source": pl.repeat(source, frame.height, eager=True),
                    "as_of": pl.repeat(release_in(file.name), frame.height, dtype=pl.String, eager=True),
                    "note": pl.repeat(_NOTE, frame.height, eager=True),
                }
            )
        telling.finish()
