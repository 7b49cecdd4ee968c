"""UCDP's georeferenced events: the whole table, the candidate events without a heading, and a reduced form."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Final

import polars as pl

from wheelsdown.schema import EVENTS
from wheelsdown.sources.context_cells import Rows, Telling, decoded, frames, names_of
from wheelsdown.sources.interface import Card, InputFile, Report
from wheelsdown.sources.tables import json_records, kind_of, records_frame
from wheelsdown.sources.ucdp import DAYS_OF, LICENCE, PLACES, PUBLISHER, URL, VIOLENCE, version_in

__all__ = ["UcdpGed"]

_COLUMNS: Final = (
    "id",
    "relid",
    "year",
    "active_year",
    "code_status",
    "type_of_violence",
    "conflict_dset_id",
    "conflict_new_id",
    "conflict_name",
    "dyad_dset_id",
    "dyad_new_id",
    "dyad_name",
    "side_a_dset_id",
    "side_a_new_id",
    "side_a",
    "side_b_dset_id",
    "side_b_new_id",
    "side_b",
    "number_of_sources",
    "source_article",
    "source_office",
    "source_date",
    "source_headline",
    "source_original",
    "where_prec",
    "where_coordinates",
    "where_description",
    "adm_1",
    "adm_2",
    "latitude",
    "longitude",
    "geom_wkt",
    "priogrid_gid",
    "country",
    "country_id",
    "region",
    "event_clarity",
    "date_prec",
    "date_start",
    "date_end",
    "deaths_a",
    "deaths_b",
    "deaths_civilians",
    "deaths_unknown",
    "best",
    "high",
    "low",
    "gwnoa",
    "gwnob",
)
_READ: Final = (
    "id",
    "year",
    "month",
    "day",
    "code_status",
    "type_of_violence",
    "conflict_name",
    "dyad_name",
    "side_a",
    "side_b",
    "where_prec",
    "latitude",
    "longitude",
    "country",
    "event_clarity",
    "date_prec",
    "date_start",
    "date_end",
    "best",
    "low",
    "high",
    "best_death",
    "low_death",
    "high_death",
)
"""What is read; the texts of the reports, and what can be looked up by id, is passed over."""
_WHOLE: Final = {"id", "conflict_name", "where_prec", "date_prec", "date_start", "best"}
_REDUCED: Final = {"id", "year", "month", "day", "type_of_violence", "side_a", "side_b"}
_BEST: Final = ("best", "best_death")
_LOW: Final = ("low", "low_death")
_HIGH: Final = ("high", "high_death")
_CANDIDATE: Final = 3
"""Numbers in the version of a table of candidate events, such as 26.0.3."""
_AT: Final = {n: i for i, n in enumerate(_COLUMNS)}


class UcdpGed:
    """One lethal event a row, with place, day and estimates of deaths."""

    name = "ucdp-ged"
    table = EVENTS.name
    card = Card(
        publisher=PUBLISHER,
        licence=LICENCE,
        url=URL,
        coverage="events of organised violence with at least one death, world-wide since 1989; candidate events of the "
        "current year are provisional",
        shows="day or span of days, parties, place, deaths (best, low, high), and how exactly day and place are known. "
        "An event of several days is booked on its first day, and its note says so",
        cannot_show="fighting without deaths; deaths of events that no source reported; which day of a span the deaths "
        "fell on. A table that others filtered is no basis for totals",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise the names of columns, or a first record that holds what the 49 columns hold."""
        if kind_of(head) in ("json", "lines"):
            return b'"Result"' in head and all(f'"{n}"'.encode() in head for n in _WHOLE)
        names = set(names_of(head))
        if names >= _WHOLE or (names >= _REDUCED and any(b in names for b in _BEST)):
            return True
        return len(names) > 1 and _headless(head)

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield EVENTS of kind `event`, with `row`.

        Raises
        ------
        SourceError
            The file is broken JSON, or its heading is broken.
        """
        names = list(_COLUMNS) if _headless(file.head) else None
        if names:
            file.report.notes.append("no heading: read as the 49 columns of UCDP GED, by position")
        version = version_in(file.name)
        candidate = version is not None and len(version) >= _CANDIDATE
        source = "UCDP GED" + (" Candidate" if candidate else "")
        source += f" {'.'.join(map(str, version))}" if version else ""
        as_of = f"20{version[0]}" if version else None
        if version is None:
            file.report.notes.append(
                "no version in the file's name, such as GEDEvent_v25_1.csv: its release is not known"
            )
        telling = Telling(file.report)
        spans = 0
        for frame in _frames(file, names):
            got = _events(Rows(frame, telling), source, as_of)
            spans += got.filter(pl.col("ended") > pl.col("began")).height
            yield got
        telling.finish()
        if spans:
            file.report.notes.append(f"{spans} events lasted several days; each is booked on its first day")


def _frames(file: InputFile, names: list[str] | None) -> Iterator[pl.DataFrame]:
    if kind_of(file.head) in ("json", "lines"):
        yield from (records_frame(block, _READ) for block in json_records(file, "Result"))
    else:
        yield from frames(file, ("id",), names=names, only=_READ)


def _headless(head: bytes) -> bool:
    """Tell whether the first line is a record of the 49 columns."""
    if kind_of(head) != "text":
        return False
    lines = decoded(head[: len(head) & ~1], Report("")).splitlines(keepends=True)
    try:
        cells = next(csv.reader(lines, strict=True), [])
    except csv.Error:
        return False
    if len(cells) != len(_COLUMNS):
        return False
    kind = cells[_AT["type_of_violence"]].strip().removesuffix(".0")
    days = (cells[_AT["date_start"]], cells[_AT["date_end"]])
    return kind in VIOLENCE and all(d[:4].isdigit() and d[4:5] == "-" for d in (x.strip() for x in days))


def _events(rows: Rows, source: str, as_of: str | None) -> pl.DataFrame:
    def first(names: tuple[str, ...]) -> str:
        return next((n for n in names if rows.has(n) and rows.cells[n].count()), names[0])

    height = rows.cells.height
    number = rows.code("id")
    rows.lose(number.is_null(), "id", "empty", "fill it in")
    if rows.has("date_start"):
        began, ended = rows.day("date_start", needed=True), rows.day("date_end")
    else:
        began = _of_parts(rows)
        ended = pl.repeat(None, height, dtype=pl.Date, eager=True)
    rows.lose(ended < began, "date_end", "ends before it begins", "compare with UCDP's page of the event")
    violence, when, where = rows.code("type_of_violence"), rows.code("date_prec"), rows.code("where_prec")
    status, clarity = rows.text("code_status"), rows.code("event_clarity")
    parts = pl.DataFrame(
        {
            "days": (ended - began).dt.total_days() + 1,
            "status": status,
            "clarity": clarity,
            "went": pl.repeat(rows.has("date_end"), height, eager=True),
        }
    )
    note = parts.select(
        pl.concat_str(
            pl.when(pl.col("days") > 1).then(pl.format("lasted up to {} days; booked on its first day", "days")),
            pl.when(~pl.col("went")).then(pl.lit("how exactly its day is known, and when it ended, is not said")),
            pl.when(pl.col("clarity") == "2").then(pl.lit("event clarity 2 in the source: less exactly reported")),
            pl.when(pl.col("status") != "Clear").then(pl.format("status in the source: {}", "status")),
            separator="; ",
            ignore_nulls=True,
        ).replace("", None)
    ).to_series()
    named = pl.select(pl.coalesce(rows.text("conflict_name"), rows.text("dyad_name"))).to_series()
    return rows.frame(
        {
            "event_id": number,
            "kind": pl.repeat("event", height, dtype=pl.String, eager=True),
            "name": named,
            "began": began,
            "ended": ended,
            "precision_days": when.replace_strict(DAYS_OF, default=None, return_dtype=pl.Float64),
            "country": rows.text("country"),
            "side_a": rows.text("side_a"),
            "side_b": rows.text("side_b"),
            "violence": violence.replace(VIOLENCE),
            "latitude_deg": rows.number("latitude", least=-90.0, most=90.0),
            "longitude_deg": rows.number("longitude", least=-180.0, most=180.0),
            "place_precision": where.replace(PLACES),
            "deaths_best": rows.number(first(_BEST), least=0.0),
            "deaths_least": rows.number(first(_LOW), least=0.0),
            "deaths_most": rows.number(first(_HIGH), least=0.0),
            "source": pl.repeat(source, height, dtype=pl.String, eager=True),
            "as_of": pl.repeat(as_of, height, dtype=pl.String, eager=True),
            "note": note,
        }
    )


def _of_parts(rows: Rows) -> pl.Series:
    """Put year, month and day together."""
    year, month, day = rows.code("year"), rows.code("month"), rows.code("day")
    text = year + "-" + month.str.zfill(2) + "-" + day.str.zfill(2)
    began = text.str.to_date("%Y-%m-%d", strict=False)
    rows.lose(began.is_null(), "day", "year, month and day are no day", "write numbers, such as 2020, 9, 27")
    return began
