"""Flightradar24: answers of its official API with positions, as JSON or flattened to CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import POSITIONS
from wheelsdown.sources.delimited import header_of, tables
from wheelsdown.sources.fr24 import SOURCE, altitude_and_ground, card_of, track_id
from wheelsdown.sources.interface import Claim, InputFile
from wheelsdown.sources.jsontext import documents
from wheelsdown.sources.rawcolumns import RawColumns

__all__ = ["Fr24Api"]

_CSV: Final = {"timestamp", "lat", "lon", "alt", "gspeed"}
_COLUMNS: Final = (
    "fr24_id",
    "timestamp",
    "lat",
    "lon",
    "alt",
    "gspeed",
    "vspeed",
    "track",
    "squawk",
    "callsign",
    "source",
)
_IDENTITY: Final = ("hex", "reg", "type", "operating_as")
_KINDS: Final = {
    "ADSB": "adsb",
    "ADS-B": "adsb",
    "SATELLITE": "adsb",
    "MLAT": "mlat",
    "FLARM": "flarm",
    "ESTIMATED": "estimated",
    "UAT": "other",
    "RADAR": "other",
}
_JSON: Final = re.compile(rb"^\s*[\[{]")


class Fr24Api:
    """Tracks of flights, and live or historic positions.

    Read are ``[{"fr24_id": .., "tracks": [..]}]``, ``{"data": [..]}`` and lists of positions, and CSV of the same
    columns. A summary of flights holds no position: it names the aircraft of each flight id, and tracks read beside it
    get their address from it. Airports, flight numbers, `painted_as` and `eta` are labels or forecasts and are passed
    over.
    """

    name = "fr24-api"
    table = POSITIONS.name
    card = card_of(
        "Position, pressure altitude, speed, direction, vertical rate and kind of position; estimates are marked.",
        cannot_show="How an estimate was made: it supports no grade here.",
        url="https://fr24api.flightradar24.com/docs",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Tell by the columns."""
        if _JSON.match(head):
            positions = b'"tracks"' in head or (b'"lat"' in head and b'"lon"' in head)
            return b'"fr24_id"' in head and (positions or (b'"first_seen"' in head and b'"hex"' in head))
        return set(header_of(head)) >= _CSV

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield frames; what positions say of the aircraft goes to the report's claims.

        Raises
        ------
        SourceError
            There is no position in it.
        """
        if not _JSON.match(file.head):
            for raw in tables(file):
                yield _positions(raw, file)
            return
        told = [r for _, document in documents(file) for r in _rows(document)]
        rows = [r for r in told if "lat" in r]
        summaries = [c for c in (_summary(r, file.name) for r in told if "lat" not in r) if c is not None]
        file.report.claims.extend(summaries)
        if summaries and not rows:
            return
        if not rows:
            raise SourceError(
                str(file.path), "no positions in it", remedy="an answer about a flight without a track is empty"
            )
        yield _positions(RawColumns({c: [r.get(c) for r in rows] for c in (*_COLUMNS, *_IDENTITY)}, file.report), file)


def _rows(document: Any) -> Iterator[dict[str, Any]]:
    """Positions in whatever they are wrapped in, each with the id of its flight."""
    if isinstance(document, list):
        for item in document:
            yield from _rows(item)
    elif isinstance(document, dict) and isinstance(document.get("tracks"), list):
        for point in document["tracks"]:
            if isinstance(point, dict):
                yield {**point, "fr24_id": document.get("fr24_id")}
    elif isinstance(document, dict) and isinstance(document.get("data"), list):
        yield from _rows(document["data"])
    elif isinstance(document, dict) and ("lat" in document or "first_seen" in document):
        yield document


def _summary(row: dict[str, Any], file: str) -> Claim | None:
    """What a summary says of the aircraft of one flight."""
    said = {k: v.strip() for k in ("fr24_id", *_IDENTITY) if isinstance(v := row.get(k), str) and v.strip()}
    address = said.get("hex", "").lower()
    if "fr24_id" not in said or not (address or "reg" in said):
        return None
    return Claim(
        source=f"Flightradar24 API ({file})",
        icao24=address if re.fullmatch(r"[0-9a-f]{6}", address) else None,
        registration=said.get("reg"),
        typecode=said.get("type"),
        operator_icao=said.get("operating_as"),
        track_id="fr24:" + said["fr24_id"].lower(),
    )


def _positions(raw: RawColumns, file: InputFile) -> pl.DataFrame:
    speed, rate, time = raw.number("gspeed"), raw.number("vspeed"), raw.time("timestamp")
    said = raw.text("source").str.to_uppercase()
    frame = raw.frame(
        {
            "time_utc": time,
            "latitude_deg": raw.number("lat", loses_row=True),
            "longitude_deg": raw.number("lon", loses_row=True),
            **altitude_and_ground(raw.number("alt"), speed, rate),
            "groundspeed_kt": speed,
            "track_deg": raw.number("track"),
            "vertical_rate_fpm": rate,
            "squawk": raw.squawk("squawk"),
            "callsign": raw.text("callsign"),
            "icao24": raw.text("hex").str.to_lowercase(),
            # a kind that is not known stays as it is written: the caller reports it and sets `other`
            "position_source": said.replace_strict(_KINDS, default=said.str.to_lowercase()).fill_null("unknown"),
            "track_id": ("fr24:" + raw.text("fr24_id").str.to_lowercase()),
            "registration": raw.text("reg"),
            "typecode": raw.text("type"),
            "operator_icao": raw.text("operating_as"),
        }
    )
    named = track_id(file.name, frame["time_utc"])
    frame = frame.with_columns(track_id=pl.col("track_id").fill_null(named), source=pl.lit(SOURCE))
    identity = ["track_id", "icao24", "registration", "typecode", "operator_icao"]
    aircraft = (
        frame.select(identity).unique(maintain_order=True).filter(pl.any_horizontal(pl.col(identity[1:]).is_not_null()))
    )
    for row in aircraft.iter_rows(named=True):
        file.report.claims.append(Claim(source=f"Flightradar24 API ({file.name})", **row))
    return frame.drop("registration", "typecode", "operator_icao")
