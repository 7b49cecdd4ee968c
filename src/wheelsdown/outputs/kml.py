"""KML for Google Earth: visits as placemarks with their time span, received stretches as tracks.

Altitudes are barometric: pressure altitude in feet turned into metres, neither height above ground nor above the sea.
Nothing is drawn where nothing was received.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import polars as pl

from wheelsdown.errors import OutputError
from wheelsdown.outputs.cells import JOINT, TIME_FORMAT, as_text, rounded, with_note
from wheelsdown.outputs.interface import Extras, replacing
from wheelsdown.outputs.paths import Tracks, received, stretches
from wheelsdown.table import Table
from wheelsdown.units import M_PER_FT

__all__ = ["OUTPUT", "Kml"]

_AROUND: Final = timedelta(minutes=30)
_THIN_S: Final = 10
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BAROMETRIC: Final = "Altitude is barometric (1013.25 hPa, feet turned into metres), not height above ground."
# Colours are aabbggrr; the grade is also in the name, so nothing hangs on colour.
_STYLES: Final = {
    "observed": "ffb27200",
    "inferred": "ff739e00",
    "likely": "ff00d0e0",
    "possible": "ff009fe6",
    "ruled_out": "ff999999",
    "gap": "ff999999",
    "received": "ffb27200",
}
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">\n<Document>\n'
)


class Kml:
    """Keyhole Markup Language 2.2 with Google's track extension."""

    name = "kml"
    suffix = ".kml"

    def write(self, frame: pl.DataFrame, table: Table, path: Path, *, extras: Extras) -> None:
        """Write the file. Tracks need `Extras.positions`; round a visit they reach half an hour before and after it.

        Where positions come faster than every ten seconds, one in each ten seconds and the last of a stretch are drawn.
        """
        with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as f:
            f.write(_HEAD)
            notes = (*extras.told, _BAROMETRIC)
            f.write(
                f"<name>{_x(extras.mark + table.name)}</name>\n<description>{_x(chr(10).join(notes))}</description>\n"
            )
            for name, colour in _STYLES.items():
                f.write(
                    f'<Style id="{name}"><IconStyle><color>{colour}</color></IconStyle>'
                    f"<LineStyle><color>{colour}</color><width>2</width></LineStyle></Style>\n"
                )
            f.writelines(_placemarks(frame, table, extras))
            f.write("</Document>\n</kml>\n")


def _placemarks(frame: pl.DataFrame, table: Table, extras: Extras) -> Iterator[str]:
    noted, noted_table = with_note(frame, table, extras)
    shown_rows = as_text(rounded(noted, noted_table), join_lists=True).iter_rows(named=True)
    tracks = None if extras.positions is None else Tracks(extras.positions)
    mark = extras.mark
    for row, shown in zip(frame.iter_rows(named=True), shown_rows, strict=True):
        who = row.get("registration") or row.get("icao24") or row.get("track_id") or "unknown aircraft"
        if "visit_id" in row:
            yield _visit(row, shown, f"{mark}{who}")
            if tracks is not None:
                yield from _tracks(tracks.between(row, *_window(row)), f"{mark}{who} received", extras.gap_min)
        elif "leg_id" in row:
            name = f"{mark}{who} {row.get('origin') or '?'} to {row.get('destination') or '?'}"
            span = received(row)
            yield _placemark(name, "received", span, shown=shown)
            if tracks is not None:
                yield from _tracks(tracks.between(row, *span), name, extras.gap_min)
        elif "from_latitude_deg" in row:
            ends = "".join(_point(row[f"{e}_longitude_deg"], row[f"{e}_latitude_deg"]) for e in ("from", "to"))
            name = f"{mark}{who} not received"
            geometry = f"<MultiGeometry>{ends}</MultiGeometry>"
            yield _placemark(name, "gap", (row["from_utc"], row["to_utc"]), geometry, shown=shown)
        elif "latitude_deg" in row:
            name = f"{mark}{row.get('code') or who}"
            at = row.get("time_utc")
            point = _point(row["longitude_deg"], row["latitude_deg"])
            yield _placemark(name, "received", (at, at), point, shown=shown)
        else:
            raise OutputError(f"{table.name} has no coordinates to draw; write .csv, .json, .xlsx or .parquet")


def _visit(row: dict[str, Any], shown: dict[str, Any], who: str) -> str:
    where = row.get("airfield") or row.get("place_id") or "a place that cannot be told"
    name = f"{who} at {where} ({row.get('grade')})"
    begin = _first(row, "arrived_utc", "arrived_earliest_utc", "arrived_latest_utc")
    end = _first(row, "departed_utc", "departed_latest_utc")
    point = _point(row.get("longitude_deg"), row.get("latitude_deg"))
    return _placemark(name, str(row.get("grade")), (begin, end), point, shown=shown)


def _window(row: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    begin = _first(row, "last_before_utc", "arrived_earliest_utc", "arrived_utc", "arrived_latest_utc")
    end = _first(row, "first_after_utc", "departed_latest_utc", "departed_utc")
    return (None if begin is None else begin - _AROUND), (None if end is None else end + _AROUND)


def _first(row: dict[str, Any], *names: str) -> datetime | None:
    found: datetime | None = next((row[n] for n in names if row.get(n) is not None), None)
    return found


def _tracks(track: pl.DataFrame, name: str, gap_min: float) -> Iterator[str]:
    number = 0
    for stretch in map(_thinned, stretches(track, gap_min=gap_min)):
        # A track has one altitude mode, so the part without altitudes lies on the ground of the globe.
        grounded = pl.col("altitude_ft").is_null() | pl.col("on_ground").fill_null(value=False)
        for piece in stretch.with_columns(grounded.alias("g")).with_columns(pl.col("g").rle_id()).partition_by("g"):
            number += 1
            span = piece["time_utc"][0], piece["time_utc"][-1]
            yield _placemark(f"{name}, part {number}", "received", span, _track(piece), tell=_BAROMETRIC)


def _thinned(stretch: pl.DataFrame) -> pl.DataFrame:
    slot = pl.col("time_utc").dt.epoch("s") // _THIN_S
    last = pl.int_range(pl.len()) == pl.len() - 1
    return stretch.filter((slot != slot.shift(1)).fill_null(value=True) | last)


def _track(piece: pl.DataFrame) -> str:
    first = piece.row(0, named=True)
    flying = first["altitude_ft"] is not None and not first["on_ground"]
    whens = piece["time_utc"].dt.strftime(TIME_FORMAT)
    coords = piece.select("longitude_deg", "latitude_deg", "altitude_ft").iter_rows()
    return (
        f"<gx:Track><altitudeMode>{'absolute' if flying else 'clampToGround'}</altitudeMode>"
        + "".join(f"<when>{w}</when>" for w in whens)
        + "".join(f"<gx:coord>{lon:.5f} {lat:.5f} {_metres(ft if flying else 0)}</gx:coord>" for lon, lat, ft in coords)
        + "</gx:Track>"
    )


def _metres(feet: float) -> str:
    return f"{feet * M_PER_FT:.0f}"


def _placemark(
    name: str,
    style: str,
    span: tuple[datetime | None, datetime | None],
    geometry: str = "",
    *,
    shown: dict[str, Any] | None = None,
    tell: str = "",
) -> str:
    shown = shown or {}
    begin, end = span
    data = "".join(
        f'<Data name="{_x(key)}"><value>{_x(value)}</value></Data>' for key, value in shown.items() if value is not None
    )
    times = [f"<{tag}>{t:{TIME_FORMAT}}</{tag}>" for tag, t in (("begin", begin), ("end", end)) if t is not None]
    reasons = str(shown.get("reasons") or "").replace(JOINT, "\n")
    # Google Earth shows a description as HTML: what strangers broadcast must not become markup there either.
    text = escape("\n".join(t for t in (reasons, tell) if t))
    return (
        f"<Placemark><name>{_x(name)}</name>"
        + (f"<description>{_x(text)}</description>" if text else "")
        + (f"<TimeSpan>{''.join(times)}</TimeSpan>" if times else "")
        + (f"<styleUrl>#{style}</styleUrl>" if style in _STYLES else "")
        + (f"<ExtendedData>{data}</ExtendedData>" if data else "")
        + f"{geometry}</Placemark>\n"
    )


def _point(lon: float | None, lat: float | None) -> str:
    if lon is None or lat is None:
        return ""
    return f"<Point><coordinates>{lon:.5f},{lat:.5f}</coordinates></Point>"


def _x(value: object) -> str:
    """Escape for XML; characters that XML cannot hold become U+FFFD. Quotes too: the text may stand in an attribute."""
    return escape(_ILLEGAL.sub("\ufffd", str(value)), {'"': "&quot;"})


OUTPUT = Kml()
