"""Our own POSITIONS, as saved in Parquet, CSV, JSON or JSON lines."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import POSITIONS
from wheelsdown.sources.clean import ROW
from wheelsdown.sources.convert import convert
from wheelsdown.sources.interface import Card, InputFile
from wheelsdown.sources.mapping import Mapping, TimeSpec, Units
from wheelsdown.sources.tables import heading, json_records, kind_of, parquet_frames, records_frame, text_frames

__all__ = ["PositionsTable"]

_NEEDED = ("time_utc", "latitude_deg", "longitude_deg")
_COLUMNS = tuple(n for n in POSITIONS.names if n not in ("time_utc", "receipt"))


class PositionsTable:
    """The table POSITIONS as wheelsdown writes it; the receipts in it give way to that of the file itself."""

    name = "positions"
    table = "POSITIONS"
    card = Card(
        publisher="whoever saved the table with wheelsdown",
        licence="that of the data it was made from",
        url="",
        coverage="that of the data it was made from",
        shows="all columns of POSITIONS",
        cannot_show="the files it was made from: keep their receipts beside it",
    )

    def __init__(self, only: tuple[str, str] | None = None) -> None:
        """Read Parquet files whole, or `only` the addresses from one to another, both included."""
        self.only = only

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise the column names: none but wheelsdown calls them so."""
        kind = kind_of(head)
        if kind == "text":
            return set(_NEEDED) <= set(heading(head))
        return kind is not None and all(n.encode() in head for n in _NEEDED)

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield POSITIONS rows.

        Raises
        ------
        SourceError
            The file is damaged, lacks a time or a place, or holds times without a zone.
        """
        kind = kind_of(file.head)
        if kind == "parquet":
            where = None
            if self.only is not None:
                where = pl.col("icao24").is_between(pl.lit(self.only[0]), pl.lit(self.only[1]))
            for frame in parquet_frames(file, list(POSITIONS.names), where):
                self._complete(file, frame.columns)
                yield frame.drop("receipt", strict=False)
            return
        if kind == "text":
            frames = text_frames(file)
        else:
            keys = (*_COLUMNS, "time_utc")
            frames = (records_frame(records, keys) for records in json_records(file))
        for frame in frames:
            self._complete(file, frame.columns)
            have = {n: n for n in _COLUMNS if n in frame.columns and n != "source"}
            mapping = Mapping(
                source="",
                time=TimeSpec("time_utc"),
                columns=have,
                units=Units(altitude="ft", speed="kt", vertical_rate="fpm"),
            )
            out = convert(frame, mapping, file.report)
            source = frame.select("row", "source") if "source" in frame.columns else None
            yield out.drop("source") if source is None else out.drop("source").join(source, on=ROW, how="left")

    def _complete(self, file: InputFile, columns: list[str]) -> None:
        if missing := [n for n in _NEEDED if n not in columns]:
            raise SourceError(str(file.path), "lacks a column of POSITIONS", field=missing[0])
