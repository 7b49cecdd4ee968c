"""Flightradar24: historical positions, one CSV a flight, and the list of flights that belongs to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import POSITIONS, REGISTER
from wheelsdown.sources.delimited import header_of, tables
from wheelsdown.sources.extrapolation import mark_suspects
from wheelsdown.sources.fr24 import SOURCE, altitude_and_ground, card_of
from wheelsdown.sources.interface import Claim, InputFile, Report
from wheelsdown.sources.rawcolumns import RawColumns

__all__ = ["Fr24FlightList", "Fr24History"]

_POSITIONS: Final = {"snapshot_id", "altitude", "heading", "latitude", "longitude", "radar_id", "speed"}
_FLIGHTS: Final = {"flight_id", "aircraft_id", "reg", "equip", "callsign"}
_NAME: Final = re.compile(r"^(\d{8})_(\d+)\.csv(\.gz)?$")
_MOST_BYTES: Final = 64 << 20


class Fr24History:
    """``20170205_207610917.csv``: the day and the flight id are in the name, `snapshot_id` is the time in seconds.

    The list of that day's flights, ``20170205_flights.csv``, is looked for beside the file and in the folder above; it
    gives the call sign. `radar_id` is the receiving station; it is used to suspect extrapolation.
    """

    name = "fr24-history"
    table = POSITIONS.name
    card = card_of(
        "Position, pressure altitude, ground speed, direction and receiving station of one flight.",
        cannot_show="Call sign and aircraft, without the list of flights. Which positions were estimated: not marked.",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Tell by the heading."""
        return set(header_of(head)) >= _POSITIONS

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield one frame."""
        named = _NAME.match(file.name)
        flight = named[2] if named else None
        frames = [_positions(raw) for raw in tables(file)]
        if not frames:
            raise SourceError(str(file.path), "a heading and no positions")
        listed = _listed(file, named[1], named[2]) if named else None
        track = f"fr24:{flight}" if flight else f"fr24:{file.name.partition('.')[0]}@{file.receipt.receipt[:8]}"
        yield mark_suspects(
            pl.concat(frames).with_columns(
                track_id=pl.lit(track),
                callsign=pl.lit(listed, dtype=pl.String),
                position_source=pl.lit("unknown"),
                source=pl.lit(SOURCE),
            )
        ).drop("station")


class Fr24FlightList:
    """``20170205_flights.csv``: which aircraft flew each flight.

    `aircraft_id` is the 24-bit address as a decimal number. The columns of schedule (`schd_from`, `schd_to`,
    `real_to`) are no evidence and are passed over.
    """

    name = "fr24-flights"
    table = REGISTER.name
    card = card_of(
        "Address, registration, type and call sign of each flight id of a day.",
        cannot_show="Any position. The route it names is of the schedule.",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Tell by the heading."""
        return set(header_of(head)) >= _FLIGHTS

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield no rows; what the list says of identity goes to the report's claims."""
        day = re.match(r"(\d{4})(\d\d)(\d\d)_", file.name)
        as_of = "-".join(day.groups()) if day else None
        count = 0
        for raw in tables(file):
            for flight, number, tail, typecode in zip(
                raw.text("flight_id"), raw.number("aircraft_id"), raw.text("reg"), raw.text("equip"), strict=True
            ):
                address = f"{int(number):06x}" if number and 0 < number < 1 << 24 else None
                if not flight or not (address or tail):
                    continue
                count += 1
                file.report.claims.append(
                    Claim(
                        source=f"Flightradar24 flight list ({file.name})",
                        icao24=address,
                        registration=tail,
                        typecode=typecode,
                        as_of=as_of,
                        track_id=f"fr24:{flight}",
                    )
                )
        file.report.notes.append(f"a list of {count} flights: it names aircraft, and holds no positions")
        yield REGISTER.empty()


def _positions(raw: RawColumns) -> pl.DataFrame:
    speed = raw.number("speed")
    return raw.frame(
        {
            "time_utc": raw.time("snapshot_id"),
            "latitude_deg": raw.number("latitude", loses_row=True),
            "longitude_deg": raw.number("longitude", loses_row=True),
            **altitude_and_ground(raw.number("altitude"), speed),
            "groundspeed_kt": speed,
            "track_deg": raw.number("heading"),
            "squawk": _squawk(raw.number("squawk")),
            "station": raw.text("radar_id"),
        }
    )


def _squawk(numbers: pl.Series) -> pl.Series:
    """Read codes kept as numbers whose hex digits are the code (4096 is 1000); others, and 0 for none, become null."""
    codes = {n: f"{int(n):04x}" for n in numbers.unique().drop_nulls() if 0 < n < 1 << 16 and n == int(n)}
    octal = {n: c for n, c in codes.items() if re.fullmatch("[0-7]{4}", c)}
    return numbers.replace_strict(octal, default=None, return_dtype=pl.String)


def _listed(file: InputFile, day: str, flight: str) -> str | None:
    """Look the flight up in its day's list; its call sign, and a note that says where it is from."""
    for folder in (file.path.parent, file.path.parent.parent):
        path = folder / f"{day}_flights.csv"
        if path.is_file() and path.stat().st_size <= _MOST_BYTES:
            return _callsign(path, file.report, flight)
    return None


def _callsign(path: Path, report: Report, flight: str) -> str | None:
    try:
        # its own damage is told when it is read as a file of its own
        flights = InputFile(path, Report(str(path)), max_bytes=_MOST_BYTES)
        if not set(header_of(flights.head)) >= _FLIGHTS:
            return None
        for raw in tables(flights):
            ids, signs = raw.text("flight_id"), raw.text("callsign")
            if (found := signs.filter((ids == flight).fill_null(value=False))).len():
                report.notes.append(f"call sign from {path.name} (receipt {flights.receipt.receipt})")
                return str(found[0]) if found[0] else None
    except (OSError, SourceError) as e:
        report.problem(f"the list of flights beside it cannot be read: {e}", rows_lost=0)
    return None
