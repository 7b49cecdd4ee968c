"""ACLED's events, out of a file that the user got with an account of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import EVENTS
from wheelsdown.sources.context_cells import Rows, Telling, frames, names_of
from wheelsdown.sources.interface import Card, InputFile
from wheelsdown.sources.tables import json_records, kind_of, records_frame

__all__ = ["Acled"]

_NEEDED: Final = ("event_id_cnty", "event_date", "event_type")
_READ: Final = (
    "event_id_cnty",
    "event_date",
    "time_precision",
    "event_type",
    "sub_event_type",
    "actor1",
    "actor2",
    "country",
    "location",
    "latitude",
    "longitude",
    "geo_precision",
    "fatalities",
    "timestamp",
)
_PATTERNS: Final = ("%d %B %Y", "%d %b %Y", "%d-%B-%Y")
_DAYS: Final = {"1": 1.0, "2": 7.0, "3": 31.0}
_PLACES: Final = {"1": "exact town", "2": "part of a region", "3": "region"}
_EPOCH_MOST: Final = 4_102_444_800.0


class Acled:
    """Events of political violence and protest, coded by the Armed Conflict Location & Event Data project."""

    name = "acled"
    table = EVENTS.name
    card = Card(
        publisher="Armed Conflict Location & Event Data (ACLED)",
        licence="ACLED's terms: non-commercial use with an account of your own; its rows are not to be handed on, and "
        "results must not let them be restored. wheelsdown ships none and leaves its rows out of dossiers",
        url="https://acleddata.com/",
        coverage="countries and years that the user's account gives, some of them with a delay",
        shows="day, type, parties, place and deaths of each event, with how exactly day and place are known",
        cannot_show="estimates of deaths from low to high; events that no source reported. Deaths are the most "
        "conservative report; the text of the reports is not read",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise the names of its columns, or of its JSON fields."""
        if kind_of(head) in ("json", "lines"):
            return all(f'"{n}"'.encode() in head for n in _NEEDED)
        return set(_NEEDED) <= set(names_of(head))

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield EVENTS of kind `event`, with `row`.

        Raises
        ------
        SourceError
            The file is broken JSON, or holds no list of events.
        """
        telling = Telling(file.report)
        for frame in _frames(file):
            ignored = [c for c in frame.columns if c not in (*_READ, "row")]
            if ignored:
                file.report.notes.append(f"columns ignored: {', '.join(ignored)[:400]}")
            yield _events(Rows(frame, telling))
        telling.finish()


def _frames(file: InputFile) -> Iterator[pl.DataFrame]:
    if kind_of(file.head) not in ("json", "lines"):
        yield from frames(file, _NEEDED)
        return
    try:
        records = list(json_records(file, "data"))
    except SourceError as e:
        if e.field != "data":
            raise
        records = list(json_records(file))
    yield from (records_frame(block, _READ) for block in records)


def _events(rows: Rows) -> pl.DataFrame:
    height = rows.cells.height
    number = rows.named("event_id_cnty")
    day = rows.day("event_date", _PATTERNS, needed=True)
    stamp = rows.number("timestamp", least=0.0, most=_EPOCH_MOST)
    coded = pl.from_epoch(stamp.cast(pl.Int64), time_unit="s").dt.date().cast(pl.String)
    sub, kind = rows.text("sub_event_type"), rows.text("event_type")
    deaths = rows.number("fatalities", least=0.0)
    place = rows.text("location")
    return rows.frame(
        {
            "event_id": number,
            "kind": pl.repeat("event", height, dtype=pl.String, eager=True),
            "name": pl.select(pl.coalesce(sub, kind)).to_series() if height else sub,
            "began": day,
            "ended": day,
            "precision_days": rows.code("time_precision").replace_strict(_DAYS, default=None, return_dtype=pl.Float64),
            "country": rows.text("country"),
            "side_a": rows.text("actor1"),
            "side_b": rows.text("actor2"),
            "violence": kind,
            "latitude_deg": rows.number("latitude", least=-90.0, most=90.0),
            "longitude_deg": rows.number("longitude", least=-180.0, most=180.0),
            "place_precision": rows.code("geo_precision").replace(_PLACES),
            "deaths_best": deaths,
            "source": pl.repeat("ACLED", height, dtype=pl.String, eager=True),
            "as_of": coded,
            "note": "place as ACLED names it: " + place,
        }
    )
