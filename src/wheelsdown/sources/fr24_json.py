"""Flightradar24: the playback JSON of one flight, as its site's player loads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import POSITIONS
from wheelsdown.sources.extrapolation import mark_suspects
from wheelsdown.sources.fr24 import SOURCE, altitude_and_ground, card_of, track_id
from wheelsdown.sources.interface import Claim, InputFile
from wheelsdown.sources.jsontext import documents
from wheelsdown.sources.rawcolumns import RawColumns

__all__ = ["Fr24Json"]

_START: Final = re.compile(rb'^\s*\{\s*"result"\s*:\s*\{')
_PATHS: Final = {
    "timestamp": ("timestamp",),
    "latitude": ("latitude",),
    "longitude": ("longitude",),
    "feet": ("altitude", "feet"),
    "kts": ("speed", "kts"),
    "fpm": ("verticalSpeed", "fpm"),
    "heading": ("heading",),
    "squawk": ("squawk",),
    "altgps": ("ems", "altGPS"),
    "ems_ts": ("ems", "ts"),
}


class Fr24Json:
    """``result.response.data.flight`` with ``track[]``.

    Its labels of origin and destination are not used: they are of the schedule. Photographs, status and delays are
    passed over.
    """

    name = "fr24-json"
    table = POSITIONS.name
    card = card_of(
        "Position, pressure altitude, ground speed, direction and vertical rate of one flight, and its aircraft.",
        cannot_show="Which positions were estimated: not marked. The form is undocumented and may change.",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Tell by the outer keys."""
        return bool(_START.match(head)) and b'"flight"' in head and b'"identification"' in head

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield one frame; what the file says of the aircraft goes to the report's claims.

        Raises
        ------
        SourceError
            There is no track in it.
        """
        response = _at(documents(file)[0][1], "result", "response")
        flight = _at(response, "data", "flight")
        track = _at(flight, "track")
        if not isinstance(track, list) or not track:
            raise SourceError(str(file.path), "no track in it", remedy="load the flight's playback again")
        raw = RawColumns({n: [_at(p, *path) for p in track] for n, path in _PATHS.items()}, file.report)
        speed, rate = raw.number("kts"), raw.number("fpm")
        time = raw.time("timestamp")
        address = _text(_at(flight, "aircraft", "identification", "modes"))
        found = _text(_at(flight, "identification", "id"))
        frame = raw.frame(
            {
                "time_utc": time,
                "latitude_deg": raw.number("latitude", loses_row=True),
                "longitude_deg": raw.number("longitude", loses_row=True),
                **altitude_and_ground(raw.number("feet"), speed, rate),
                "altitude_geom_ft": _geometric(raw, time),
                "groundspeed_kt": speed,
                "track_deg": raw.number("heading"),
                "vertical_rate_fpm": rate,
                "squawk": raw.squawk("squawk"),
            }
        )
        name = f"fr24:{found.lower()}" if found else track_id(file.name, frame["time_utc"])
        file.report.claims.append(_claim(response, address, name, file.name))
        yield mark_suspects(
            frame.with_columns(
                callsign=pl.lit(_text(_at(flight, "identification", "callsign")), dtype=pl.String),
                icao24=pl.lit(address.lower() if address else None, dtype=pl.String),
                track_id=pl.lit(name),
                position_source=pl.lit("unknown"),
                source=pl.lit(SOURCE),
            )
        )


def _geometric(raw: RawColumns, time: pl.Series) -> pl.Series:
    """Geometric altitude, if it was received with this position; 0 stands for none."""
    altitude = raw.number("altgps")
    stale = (raw.time("ems_ts") - time).dt.total_seconds().abs() > 10
    return altitude.set((altitude == 0).fill_null(value=False) | stale.fill_null(value=True), None)


def _claim(response: Any, address: str | None, track: str, file: str) -> Claim:
    flight, loaded = _at(response, "data", "flight"), _at(response, "timestamp")
    label = {e: _text(_at(flight, "airport", e, "code", "icao")) for e in ("origin", "destination")}
    return Claim(
        source=f"Flightradar24 playback ({file})",
        icao24=address.lower() if address else None,
        registration=_text(_at(flight, "aircraft", "identification", "registration")),
        typecode=_text(_at(flight, "aircraft", "model", "code")),
        type_name=_text(_at(flight, "aircraft", "model", "text")),
        operator=_text(_at(flight, "airline", "name")) or _text(_at(flight, "owner", "name")),
        operator_icao=_text(_at(flight, "airline", "code", "icao")),
        serial_number=_text(_at(flight, "aircraft", "identification", "serialNo")),
        as_of=_day(loaded),
        note=f"labelled {label['origin'] or '?'} to {label['destination'] or '?'}; a label is no evidence",
        track_id=track,
    )


def _day(seconds: object) -> str | None:
    """Day on which the page was loaded: the site names today's aircraft of a flight, not that day's register."""
    if isinstance(seconds, int) and 0 < seconds < 4_102_444_800:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
    return None


def _at(value: object, *keys: str) -> Any:
    """Follow keys into nested objects; None where the way ends."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _text(value: object) -> str | None:
    return value.strip()[:80] or None if isinstance(value, str) else None
