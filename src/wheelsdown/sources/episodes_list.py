"""A dated list that anyone can write: name, began, ended, country, source, url, note."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

import polars as pl

from wheelsdown.schema import EVENT_KINDS, EVENTS
from wheelsdown.sources.clean import ROW
from wheelsdown.sources.context_cells import Rows, Telling, frames, names_of
from wheelsdown.sources.interface import Card, InputFile

__all__ = ["EpisodesList"]

_NEEDED: Final = ("name", "began")
_USUAL: Final = ("name", "began", "ended", "country", "source", "url", "note")
_NUMBERS: Final = {
    "precision_days": (0.0, 40_000.0),
    "latitude_deg": (-90.0, 90.0),
    "longitude_deg": (-180.0, 180.0),
    "deaths_best": (0.0, None),
    "deaths_least": (0.0, None),
    "deaths_most": (0.0, None),
}
_TEXTS: Final = ("country", "side_a", "side_b", "violence", "place_precision", "as_of", "note", "url")
_OURS: Final = ("receipt", ROW, f"{ROW}_")
"""Columns that EVENTS has when wheelsdown saved it, and that mean the file it was made from."""


class EpisodesList:
    """Episodes or events with their days, written by a person or saved by wheelsdown."""

    name = "episodes"
    table = EVENTS.name
    card = Card(
        publisher="whoever wrote the list",
        licence="that of the list",
        url="",
        coverage="what its author listed",
        shows="named episodes with first and last day, and where each can be looked up",
        cannot_show="what its author left out; a list made after looking at the flights proves nothing about them",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise the two columns without which there is no list."""
        return set(names_of(head)) >= set(_NEEDED)

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield EVENTS of kind `episode`, unless a column `kind` says otherwise, with `row`."""
        telling = Telling(file.report)
        for frame in frames(file, _NEEDED):
            known = (*EVENTS.names, *_OURS)
            for strange in [c for c in frame.columns if c not in known]:
                file.report.problem(
                    "unknown column, ignored",
                    row=1,
                    field=strange,
                    remedy=f"columns: {', '.join(_USUAL)}; others as in EVENTS",
                    rows_lost=0,
                )
            yield _episodes(Rows(frame, telling), file)
        telling.finish()


def _episodes(rows: Rows, file: InputFile) -> pl.DataFrame:
    height = rows.cells.height
    name, began, ended = rows.named("name"), rows.day("began", needed=True), rows.day("ended")
    unread = ended.is_null() & rows.text("ended").is_not_null()
    rows.lose(unread, "ended", "an end that is no day", "write YYYY-MM-DD, or leave it empty where it is not over")
    rows.lose(ended < began, "ended", "ends before it begins", "swap the two, or correct them")
    kind = rows.text("kind").fill_null("episode")
    rows.lose(~kind.is_in(list(EVENT_KINDS)), "kind", "no kind of event", f"one of {', '.join(EVENT_KINDS)}")
    source = rows.text("source").fill_null(f"dated list {file.name}")
    given = rows.text("event_id")
    made = pl.Series(
        [
            "episode:" + hashlib.sha256("\x1f".join(str(c) for c in row).encode()).hexdigest()[:12]
            for row in zip(source, name, began, ended, strict=True)
        ],
        dtype=pl.String,
    )
    ids = pl.select(pl.coalesce(given, made)).to_series() if height else made
    rows.lose(~ids.is_first_distinct(), "name", "stands twice in the list", "keep one, or give each its event_id")
    return rows.frame(
        {
            "event_id": ids,
            "kind": kind,
            "name": name,
            "began": began,
            "ended": ended,
            "source": source,
            **{c: rows.text(c) for c in _TEXTS},
            **{c: rows.number(c, least=low, most=high) for c, (low, high) in _NUMBERS.items()},
        }
    )
