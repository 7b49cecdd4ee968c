"""Flightradar24: the CSV that its site exports for one flight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import POSITIONS
from wheelsdown.sources.delimited import header_of, tables
from wheelsdown.sources.extrapolation import mark_suspects
from wheelsdown.sources.fr24 import altitude_and_ground, card_of, provider, track_id
from wheelsdown.sources.interface import InputFile
from wheelsdown.sources.rawcolumns import RawColumns

__all__ = ["Fr24Csv"]

_NEEDED: Final = {"utc", "callsign", "position", "altitude"}


class Fr24Csv:
    """``Timestamp,UTC,Callsign,Position,Altitude,Speed,Direction``; the position is a quoted ``"lat,lon"``.

    Simulated flights are known by their call sign: SIM and a digit, in every row.
    """

    name = "fr24-csv"
    table = POSITIONS.name
    card = card_of(
        "Position, pressure altitude, ground speed and direction of one flight, every few seconds to a minute.",
        cannot_show="Which aircraft it was: the file names a call sign. Which positions were estimated: not marked.",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Tell by the heading."""
        return set(header_of(head)) >= _NEEDED

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield one frame, all rows of one recording."""
        frames = [_positions(raw) for raw in tables(file)]
        if not frames:
            raise SourceError(str(file.path), "a heading and no positions", remedy="export the flight again")
        frame = pl.concat(frames)
        yield mark_suspects(
            frame.with_columns(
                track_id=pl.lit(track_id(file.name, frame["time_utc"])),
                position_source=pl.lit("unknown"),
                source=pl.lit(provider(frame["callsign"], file.report)),
            )
        )


def _positions(raw: RawColumns) -> pl.DataFrame:
    # the two columns say the same; a spreadsheet is likelier to spoil the text than the number
    time = raw.time("timestamp" if "timestamp" in raw else "utc")
    latitude, longitude = raw.pair("position")
    speed = raw.number("speed")
    return raw.frame(
        {
            "time_utc": time,
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            **altitude_and_ground(raw.number("altitude"), speed),
            "groundspeed_kt": speed,
            "track_deg": raw.number("direction"),
            "callsign": raw.text("callsign"),
        }
    )
