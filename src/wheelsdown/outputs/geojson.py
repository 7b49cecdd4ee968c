"""GeoJSON (RFC 7946): visits as points, legs as lines along received positions.

A silence is never a line. It is a feature of its own with ``"kind": "gap", "flown": false`` and two points: where the
aircraft was last received and where it was next received.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from wheelsdown.errors import OutputError
from wheelsdown.outputs.cells import NOTE, as_text, rounded, with_note
from wheelsdown.outputs.interface import SIMULATED, Extras, replacing
from wheelsdown.outputs.paths import Tracks, received, stretches
from wheelsdown.table import Table

__all__ = ["OUTPUT", "GeoJson"]

Feature = dict[str, Any]


class GeoJson:
    """One FeatureCollection; properties are the table's columns, coordinates longitude first."""

    name = "geojson"
    suffix = ".geojson"

    def write(self, frame: pl.DataFrame, table: Table, path: Path, *, extras: Extras) -> None:
        """Write the file. Legs need `Extras.positions`; without them they have no geometry."""
        head: dict[str, Any] = {
            "type": "FeatureCollection",
            "name": path.stem,
            "table": table.name,
            "simulated": extras.simulated,
            **({"draft": list(extras.draft)} if extras.draft else {}),
            "notes": list(extras.told),
        }
        opening = msgspec.json.encode(head)[:-1] + b',"features":['
        with replacing(path) as part, part.open("wb") as f:
            f.write(opening)
            for i, feature in enumerate(_features(frame, table, extras)):
                f.write((b",\n" if i else b"\n") + msgspec.json.encode(feature))
            f.write(b"\n]}\n")


def _features(frame: pl.DataFrame, table: Table, extras: Extras) -> Iterator[Feature]:
    noted, noted_table = with_note(frame, table, extras)
    properties = as_text(rounded(noted, noted_table), join_lists=False).iter_rows(named=True)
    rows = zip(frame.iter_rows(named=True), properties, strict=True)
    if "leg_id" in frame.columns:
        yield from _legs(rows, extras)
    elif "from_latitude_deg" in frame.columns:
        for row, shown in rows:
            yield _feature(_two_points(row), {"kind": "gap", "flown": False, **shown})
    elif {"latitude_deg", "longitude_deg"} <= set(frame.columns):
        kind = "visit" if "visit_id" in frame.columns else table.name.lower()
        for row, shown in rows:
            yield _feature(_point(row["longitude_deg"], row["latitude_deg"]), {"kind": kind, **shown})
    else:
        raise OutputError(f"{table.name} has no coordinates to draw; write .csv, .json, .xlsx or .parquet")


def _legs(rows: Iterator[tuple[dict[str, Any], dict[str, Any]]], extras: Extras) -> Iterator[Feature]:
    tracks = None if extras.positions is None else Tracks(extras.positions)
    for row, shown in rows:
        if tracks is None:
            yield _feature(None, {"kind": "leg", "part": None, **shown})
            continue
        track = tracks.between(row, *received(row))
        parts = list(stretches(track, gap_min=extras.gap_min))
        if not parts:
            yield _feature(None, {"kind": "leg", "part": None, **shown})
        for number, part in enumerate(parts, start=1):
            line = [_pair(lon, lat) for lon, lat in part.select("longitude_deg", "latitude_deg").iter_rows()]
            geometry = {"type": "LineString", "coordinates": line} if len(line) > 1 else _point(*line[0])
            yield _feature(geometry, {"kind": "leg", "part": number, "flown": True, **shown})
        for before, after in pairwise(parts):
            yield _silence(row, before.row(-1, named=True), after.row(0, named=True), extras)


def _silence(leg: dict[str, Any], before: dict[str, Any], after: dict[str, Any], extras: Extras) -> Feature:
    ends = {
        "from_longitude_deg": before["longitude_deg"],
        "from_latitude_deg": before["latitude_deg"],
        "to_longitude_deg": after["longitude_deg"],
        "to_latitude_deg": after["latitude_deg"],
    }
    times = as_text(pl.DataFrame({"from": [before["time_utc"]], "to": [after["time_utc"]]}), join_lists=False)
    return _feature(
        _two_points(ends),
        {
            "kind": "gap",
            "flown": False,
            "leg_id": leg["leg_id"],
            "icao24": leg["icao24"],
            "track_id": leg["track_id"],
            "from_utc": times["from"][0],
            "to_utc": times["to"][0],
            **({NOTE.name: SIMULATED} if extras.simulated else {}),
        },
    )


def _feature(geometry: dict[str, Any] | None, properties: dict[str, Any]) -> Feature:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _pair(lon: float, lat: float) -> tuple[float, float]:
    return round(lon, 5), round(lat, 5)


def _point(lon: float | None, lat: float | None) -> dict[str, Any] | None:
    return None if lon is None or lat is None else {"type": "Point", "coordinates": _pair(lon, lat)}


def _two_points(row: dict[str, Any]) -> dict[str, Any]:
    pairs = [_pair(row[f"{end}_longitude_deg"], row[f"{end}_latitude_deg"]) for end in ("from", "to")]
    return {"type": "MultiPoint", "coordinates": pairs}


OUTPUT = GeoJson()
