"""Deaths counted by day: a heading `date,records` and one row a day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

import polars as pl

from wheelsdown.schema import EVENTS
from wheelsdown.sources.context_cells import Rows, Telling, frames, names_of, release_in
from wheelsdown.sources.interface import Card, InputFile

__all__ = ["DeathsByDay"]

_COUNTS: Final = ("records", "deaths")
_NOTE: Final = "deaths dated to this day by the list; a day, not one event"


class DeathsByDay:
    """Two columns: a day, and how many deaths a list dates to it."""

    name = "deaths-by-day"
    table = EVENTS.name
    card = Card(
        publisher="whoever keeps the list",
        licence="that of the list",
        url="",
        coverage="the days and the side that the list names; a day without a row is not a day without deaths",
        shows="deaths dated to a day",
        cannot_show="where they fell and whom they fought, deaths of other sides, deaths that the list does not date; "
        "the day of a death is not always the day of the fighting",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise a heading of just these two columns."""
        names = [n for n in names_of(head) if n]
        return len(names) == len(("date", "records")) and names[0] == "date" and names[1] in _COUNTS

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield EVENTS of kind `event`, one a day, with `row`."""
        telling = Telling(file.report)
        stem = PurePath(file.name.removesuffix(".gz")).stem
        for frame in frames(file, ("date",)):
            rows = Rows(frame, telling)
            day = rows.day("date", needed=True)
            deaths = rows.number("records" if rows.has("records") else "deaths", least=0.0, needed=True)
            rows.lose(day.is_duplicated() & ~day.is_first_distinct(), "date", "the day stands twice", "add them up")
            texts = {
                "event_id": pl.lit(f"{stem}:") + day.cast(pl.String),
                "kind": pl.lit("event"),
                "name": pl.lit("deaths recorded"),
                "source": pl.lit(f"deaths by day: {stem}"),
                "as_of": pl.lit(release_in(file.name), dtype=pl.String),
                "note": pl.lit(_NOTE),
            }
            made = day.to_frame("day").with_columns(**texts)
            yield rows.frame(
                {
                    "began": day,
                    "ended": day,
                    "precision_days": pl.repeat(1.0, frame.height, eager=True),
                    "deaths_best": deaths,
                    **{name: made[name] for name in texts},
                }
            )
        telling.finish()
