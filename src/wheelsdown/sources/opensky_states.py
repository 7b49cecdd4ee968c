"""OpenSky: answers of its API: ``/states/all`` and ``/tracks/all``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import POSITIONS
from wheelsdown.sources.interface import InputFile
from wheelsdown.sources.jsontext import documents
from wheelsdown.sources.opensky import SOURCE, card_of
from wheelsdown.sources.rawcolumns import RawColumns
from wheelsdown.units import FPM_PER_MPS, FT_PER_M, KT_PER_MPS

__all__ = ["OpenskyStates", "OpenskyTracks"]

# longitude before latitude here, and the other way round in tracks
_STATE: Final = (
    "icao24",
    "callsign",
    "origin_country",
    "time_position",
    "last_contact",
    "longitude",
    "latitude",
    "baro_altitude",
    "on_ground",
    "velocity",
    "true_track",
    "vertical_rate",
    "sensors",
    "geo_altitude",
    "squawk",
    "spi",
    "position_source",
    "category",
)
_LEAST: Final = 17
_PATH: Final = ("time", "latitude", "longitude", "baro_altitude", "true_track", "on_ground")
_OTHER_NAMES: Final = {"lng": "longitude", "lon": "longitude", "lat": "latitude", "heading": "true_track"}
_KINDS: Final = {0: "adsb", 1: "asterix", 2: "mlat", 3: "flarm"}
_CATEGORIES: Final = {
    **{i: f"A{i - 1}" for i in range(2, 9)},
    **{9: "B1", 10: "B2", 11: "B3", 12: "B4", 14: "B6", 15: "B7"},
    **{i: f"C{i - 15}" for i in range(16, 21)},
}
_STATES: Final = re.compile(rb'"states"\s*:\s*(?:null|\[)')
_PATHS: Final = re.compile(rb'"path"\s*:\s*(?:null|\[\s*[\[\]])')


class OpenskyStates:
    """``{"time": .., "states": [[..]]}``, one or many, and lists of objects with the same names.

    Units are metres and metres per second. `origin_country` is that of the address block, `sensors` and `spi` are of
    no use here; they are passed over.
    """

    name = "opensky-states"
    table = POSITIONS.name
    card = card_of(
        "Where each aircraft was last received, and how: ADS-B, ASTERIX, MLAT or FLARM.",
        "Anything between two snapshots.",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Tell by the key of the list, or by the names of its objects."""
        if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
            return False
        listed = _STATES.search(head) is not None and b'"time"' in head
        return listed or all(k in head for k in (b'"icao24"', b'"time_position"', b'"baro_altitude"'))

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield one frame; the time is that of the position, not of the snapshot.

        Raises
        ------
        SourceError
            It holds no list of states.
        """
        lists = [found for _, d in documents(file) for found in _lists(d)]
        if not lists:
            raise SourceError(str(file.path), "no list of states in it", remedy="is it an error message of the API?")
        columns: dict[str, list[Any]] = {c: [] for c in _STATE}
        for number, state in enumerate((s for states in lists for s in states), start=1):
            cells = _cells(state)
            if cells is None:
                file.report.problem(f"not a state of {_LEAST} or 18 values", row=number, value=state, rows_lost=1)
                continue
            for name, cell in zip(_STATE, cells, strict=True):
                columns[name].append(cell)
        raw = RawColumns(columns, file.report)
        category = raw.number("category").cast(pl.Int64, strict=False)
        frame = raw.frame(
            {
                **_common(raw),
                "time_utc": raw.time("time_position"),
                "altitude_geom_ft": raw.number("geo_altitude", factor=FT_PER_M),
                "groundspeed_kt": raw.number("velocity", factor=KT_PER_MPS),
                "vertical_rate_fpm": raw.number("vertical_rate", factor=FPM_PER_MPS),
                "icao24": raw.text("icao24").str.to_lowercase(),
                "callsign": raw.text("callsign"),
                "squawk": raw.text("squawk"),
                "category": category.replace_strict(_CATEGORIES, default=None, return_dtype=pl.String),
                "position_source": _kind(raw.number("position_source")),
            }
        ).with_columns(source=pl.lit(SOURCE))
        kept = frame.filter(pl.all_horizontal(pl.col("time_utc", "latitude_deg", "longitude_deg").is_not_null()))
        if without := frame.height - kept.height:
            file.report.notes.append(f"{without} states without a position were passed over")
        yield kept


class OpenskyTracks:
    """``{"icao24": .., "path": [[time, lat, lon, metres, track, on_ground]]}``: way points of one flight."""

    name = "opensky-tracks"
    table = POSITIONS.name
    card = card_of(
        "The way of one flight, thinned to its way points.",
        "Ground speed and vertical rate; positions between way points. OpenSky calls it experimental.",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Tell by the keys."""
        return head.lstrip()[:1] == b"{" and b'"icao24"' in head and _PATHS.search(head) is not None

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield one frame a track.

        Raises
        ------
        SourceError
            It holds no path.
        """
        found = False
        for line, track in documents(file):
            path = track.get("path") if isinstance(track, dict) else None
            if not isinstance(track, dict) or not isinstance(path, list):
                file.report.problem("no path in it", row=line)
                continue
            found = True
            good = [p for p in path if isinstance(p, list) and len(p) >= len(_PATH)]
            if bad := len(path) - len(good):
                file.report.problem(f"{bad} points of the path are not {len(_PATH)} values", row=line, rows_lost=bad)
            raw = RawColumns({n: [p[i] for p in good] for i, n in enumerate(_PATH)}, file.report)
            # the documentation of the API and its answers differ in how they spell it
            callsign = track.get("callsign") or track.get("calllsign")
            yield raw.frame({**_common(raw), "time_utc": raw.time("time")}).with_columns(
                icao24=pl.lit(str(track.get("icao24") or "").lower() or None, dtype=pl.String),
                callsign=pl.lit(callsign if isinstance(callsign, str) else None, dtype=pl.String),
                position_source=pl.lit("unknown"),
                source=pl.lit(SOURCE),
            )
        if not found:
            raise SourceError(str(file.path), "no path in it", remedy="is it an error message of the API?")


def _common(raw: RawColumns) -> dict[str, pl.Series]:
    return {
        "latitude_deg": raw.number("latitude", loses_row=True),
        "longitude_deg": raw.number("longitude", loses_row=True),
        "altitude_ft": raw.number("baro_altitude", factor=FT_PER_M),
        "on_ground": raw.flag("on_ground"),
        "track_deg": raw.number("true_track"),
    }


def _lists(document: Any) -> Iterator[list[Any]]:
    """Lists of states in a document: an answer, a list of answers, or objects under any key."""
    if isinstance(document, dict):
        if "states" in document:
            states = document["states"]
            yield states if isinstance(states, list) else []
        else:
            yield from (v for v in document.values() if isinstance(v, list) and any(isinstance(s, dict) for s in v))
    elif isinstance(document, list):
        if any(isinstance(d, dict) and "icao24" in d for d in document):
            yield document
        else:
            for d in document:
                yield from _lists(d) if isinstance(d, dict) else ()


def _cells(state: Any) -> list[Any] | None:
    if isinstance(state, dict):
        state = {_OTHER_NAMES.get(k, k): v for k, v in state.items()}
        return [state.get(n) for n in _STATE] if "icao24" in state else None
    if isinstance(state, list) and len(state) >= _LEAST:
        return [*state, None][: len(_STATE)]
    return None


def _kind(numbers: pl.Series) -> pl.Series:
    whole = numbers.cast(pl.Int64, strict=False)
    return whole.replace_strict(_KINDS, default="other", return_dtype=pl.String).set(whole.is_null(), "unknown")
