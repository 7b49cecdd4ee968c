"""Flightradar24: the KML that its site exports for one flight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeAlias
from xml.etree import ElementTree

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import POSITIONS
from wheelsdown.sources.extrapolation import mark_suspects
from wheelsdown.sources.fr24 import altitude_and_ground, card_of, provider, track_id
from wheelsdown.sources.interface import InputFile
from wheelsdown.sources.rawcolumns import RawColumns
from wheelsdown.units import FT_PER_M

__all__ = ["Fr24Kml"]

_MOST_BYTES: Final = 64 << 20
_MARKS: Final = (b"altitude:", b"speed:", b"heading:")
_SAID: Final = re.compile(r"(Altitude|Speed|Heading):\s*([\d.,-]+)")
_TAGS: Final = re.compile(r"<[^<>]*>")
_COLUMNS: Final = ("when", "longitude", "latitude", "metres", "Altitude", "Speed", "Heading")

_Parser: TypeAlias = "ElementTree.XMLPullParser[ElementTree.Element]"


class Fr24Kml:
    """Placemarks with a time and a point each; lines between them are drawings and are passed over."""

    name = "fr24-kml"
    table = POSITIONS.name
    card = card_of(
        "Position, pressure altitude, ground speed and direction of one flight, as in its CSV.",
        cannot_show="Which aircraft it was: the file names a call sign. Which positions were estimated: not marked.",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Tell by the root element and by what its descriptions say: other KML names no provider."""
        low = head.lower()
        return b"<kml" in low[:4096] and (b"flightradar24" in low or all(m in low for m in _MARKS))

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield one frame.

        Raises
        ------
        SourceError
            The file declares entities, is too large, or holds no point with a time.
        """
        points, title = _points(file)
        if not points["when"]:
            raise SourceError(
                str(file.path),
                "no placemark with a time and a point: only lines, which name no time",
                remedy="export the flight again, or take its CSV",
            )
        raw = RawColumns(points, file.report)
        speed = raw.number("Speed")
        altitude = raw.number("Altitude")
        metres = raw.number("metres", factor=FT_PER_M).round()
        frame = raw.frame(
            {
                "time_utc": raw.time("when"),
                "latitude_deg": raw.number("latitude", loses_row=True),
                "longitude_deg": raw.number("longitude", loses_row=True),
                **altitude_and_ground(altitude.fill_null(metres), speed),
                "groundspeed_kt": speed,
                "track_deg": raw.number("Heading"),
            }
        )
        sign = _callsign(title)
        yield mark_suspects(
            frame.with_columns(
                callsign=pl.lit(sign, dtype=pl.String),
                track_id=pl.lit(track_id(file.name, frame["time_utc"])),
                position_source=pl.lit("unknown"),
                source=pl.lit(provider(pl.Series([sign], dtype=pl.String), file.report)),
            )
        )


def _points(file: InputFile) -> tuple[dict[str, list[str | None]], str]:
    """Cells of all timed points, and the document's title."""
    # entities are refused below, before the parser sees any
    parser: _Parser = ElementTree.XMLPullParser(("start", "end"))
    columns: dict[str, list[str | None]] = {c: [] for c in _COLUMNS}
    title, inside, size, tail = "", 0, 0, b""
    try:
        for block in file.blocks():
            size += len(block)
            seen = (tail + block).lower()
            if b"\0" in seen:
                raise SourceError(
                    str(file.path), "not UTF-8", remedy="no export is: save it as UTF-8, or fetch it again"
                )
            if b"<!doctype" in seen or b"<!entity" in seen:
                raise SourceError(
                    str(file.path),
                    "declares a document type or entities",
                    remedy="no export does: do not trust this file",
                )
            if size > _MOST_BYTES:
                raise SourceError(str(file.path), f"larger than {_MOST_BYTES} bytes", remedy="is this one flight?")
            tail = block[-16:]
            parser.feed(block)
            for event, element in _events(parser):
                tag = _tag(element)
                if tag == "Placemark":
                    inside += 1 if event == "start" else -1
                    if event == "end":
                        _add(element, columns)
                        element.clear()
                elif event == "end" and tag == "name" and not inside and not title:
                    title = element.text or ""
        parser.close()
    except ElementTree.ParseError as e:
        file.report.problem(
            f"the XML is damaged or ends early: {e}", remedy="export the flight again; what stood before was kept"
        )
    return columns, title


def _events(parser: _Parser) -> Iterator[tuple[str, ElementTree.Element]]:
    for event in parser.read_events():
        kind, element = event[0], event[-1]
        if isinstance(kind, str) and isinstance(element, ElementTree.Element):
            yield kind, element


def _add(placemark: ElementTree.Element, columns: dict[str, list[str | None]]) -> None:
    """Take the point of a placemark; one without a point is a line or a label."""
    when = point = words = None
    for child in placemark.iter():
        tag = _tag(child)
        if tag == "when":
            when = child.text
        elif tag == "Point":
            point = next((c.text for c in child if _tag(c) == "coordinates"), None)
        elif tag == "description":
            words = child.text
    if point is None:
        return
    place = [p.strip() for p in point.split(",")] + [""] * 3
    said = {k: v.replace(",", "") for k, v in _SAID.findall(_TAGS.sub(" ", words or ""))}
    cells = {"when": when, "longitude": place[0], "latitude": place[1], "metres": place[2]}
    for name, column in columns.items():
        column.append(cells[name] if name in cells else said.get(name))


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _callsign(title: str) -> str | None:
    """Find the call sign in a title such as ``JL516/JAL516`` or ``-/TEST1``."""
    word = title.rpartition("/")[2].strip()
    return word if re.fullmatch(r"[A-Za-z0-9]{2,8}", word) else None
