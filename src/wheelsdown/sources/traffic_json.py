"""Trajectories as the Python library `traffic` saves them, in JSON or Parquet: most often OpenSky's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.geo import bearing_deg
from wheelsdown.schema import POSITIONS
from wheelsdown.sources.interface import PARQUET, InputFile
from wheelsdown.sources.jsontext import documents
from wheelsdown.sources.opensky import SOURCE, card_of, drop_stale
from wheelsdown.sources.rawcolumns import RawColumns
from wheelsdown.sources.tables import parquet_frames

__all__ = ["TrafficJson", "unfold_track"]

_NEEDED: Final = ("timestamp", "latitude", "longitude", "altitude", "groundspeed", "icao24")
_COLUMNS: Final = [
    *_NEEDED,
    "callsign",
    "geoaltitude",
    "track",
    "vertical_rate",
    "onground",
    "squawk",
    "last_position",
]
_RECORD: Final = re.compile(rb'^\s*(?:\[\s*)?\{\s*"\w+"\s*:\s*[^{]')
_COLUMN: Final = re.compile(rb'^\s*\{\s*"(\w+)"\s*:\s*\{\s*"\d+"\s*:')
_MOVING_KT: Final = 60.0
_AGREES_DEG: Final = 15.0
_BYTE: Final = 256.0


class TrafficJson:
    """Lists of records, or columns of ``{"0": .., "1": ..}``; feet, knots, feet per minute; times in ms since 1970.

    Whatever else the library or its users added (`flight_id`, `origin`, `destination`, `alert`, `roll`, `TAS` ...) is
    passed over: labels are no evidence. A file may have been resampled or filtered; it does not say so.
    """

    name = "traffic"
    table = POSITIONS.name
    card = card_of(
        "What the traffic library saves, commonly from OpenSky: position, altitude, speed, direction, vertical rate.",
        "Where the data are from (OpenSky is taken for granted), and whether points were interpolated.",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Tell by the names of the columns."""
        if head.startswith(PARQUET):
            return all(bytes([len(n)]) + n.encode() in head for n in _NEEDED)
        if (column := _COLUMN.match(head)) is not None:
            # the second column of a long file begins far beyond its head: the first has to do
            return column[1].decode() in _COLUMNS
        return _RECORD.match(head) is not None and all(b'"' + n.encode() + b'"' in head for n in _NEEDED)

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield frames; what was passed over is counted in a note.

        Raises
        ------
        SourceError
            A column without which there are no positions is missing, or its times name no zone.
        """
        without = stale = 0
        for raw in _raw(file):
            if missing := [n for n in _NEEDED[:3] if n not in raw]:
                raise SourceError(str(file.path), "lacks a column", field=missing[0], remedy="is the file whole?")
            frame = _positions(raw, file)
            placed = frame.filter(pl.col("latitude_deg").is_not_null() & pl.col("longitude_deg").is_not_null())
            fresh, repeats = drop_stale(placed)
            without += frame.height - placed.height
            stale += repeats
            yield _with_track(fresh, file)
        if without or stale:
            file.report.notes.append(f"passed over: {without} rows without a position, {stale} that repeat a position")


def _raw(file: InputFile) -> Iterator[RawColumns]:
    if file.head.startswith(PARQUET):
        before = 0
        for frame in parquet_frames(file, _COLUMNS):
            rows = pl.int_range(before + 1, before + 1 + frame.height, dtype=pl.Int64, eager=True)
            before += frame.height
            yield RawColumns({c: frame[c] for c in frame.columns}, file.report, rows)
        return
    found = documents(file)
    values = [v for _, v in found]
    if len(values) == 1 and isinstance(values[0], dict) and all(isinstance(v, dict) for v in values[0].values()):
        yield _columns(values[0], file)
        return
    records = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    good = [r for r in records if isinstance(r, dict)]
    if bad := len(records) - len(good):
        file.report.problem(f"{bad} items are no records", rows_lost=bad)
    have = set().union(*good)
    yield RawColumns({c: [r.get(c) for r in good] for c in _COLUMNS if c in have}, file.report)


def _columns(columns: dict[str, dict[str, Any]], file: InputFile) -> RawColumns:
    """Put columns of label and cell side by side; a column that breaks off leaves its last cells empty."""
    labels = list(columns.get("timestamp", {}))
    return RawColumns({c: [columns[c].get(k) for k in labels] for c in _COLUMNS if c in columns}, file.report)


def _positions(raw: RawColumns, file: InputFile) -> pl.DataFrame:
    time, fixed = raw.time("timestamp", per_s=1000), raw.time("last_position", per_s=1000)
    frame = raw.frame(
        {
            "time_utc": fixed.fill_null(time),
            "last_position": fixed,
            "latitude_deg": raw.number("latitude", loses_row=True),
            "longitude_deg": raw.number("longitude", loses_row=True),
            "altitude_ft": raw.number("altitude"),
            "altitude_geom_ft": raw.number("geoaltitude"),
            "on_ground": raw.flag("onground"),
            "groundspeed_kt": raw.number("groundspeed"),
            "track_deg": raw.number("track"),
            "vertical_rate_fpm": raw.number("vertical_rate"),
            "icao24": raw.text("icao24").str.to_lowercase(),
            "callsign": raw.text("callsign"),
            "squawk": raw.squawk("squawk"),
        }
    )
    return frame.with_columns(position_source=pl.lit("unknown"), source=pl.lit(SOURCE))


def _with_track(frame: pl.DataFrame, file: InputFile) -> pl.DataFrame:
    track, word = unfold_track(frame)
    if word:
        file.report.notes.append(word)
    return frame.with_columns(track)


def unfold_track(frame: pl.DataFrame) -> tuple[pl.Series, str | None]:
    """Repair directions below zero, which are either turned by 360 degrees or a byte that ran over.

    Some files keep the direction in a signed byte: 209 degrees stand there as -47, and 300 as 44. Which of the two it
    is, is told by the way between the positions of the same aircraft.

    Parameters
    ----------
    frame : polars.DataFrame
        `icao24, time_utc, latitude_deg, longitude_deg, groundspeed_kt, track_deg`, one recording or several.

    Returns
    -------
    tuple
        `track_deg` in 0 to 360, null where it cannot be told; and a sentence if anything was changed by that.

    Notes
    -----
    In a file of bytes a value from 0 to 103 stands for itself or for 256 more; it is null.
    """
    track = frame["track_deg"]
    below = (track < 0).fill_null(value=False)
    if not below.any():
        return track, None
    turned, rolled = track % 360.0, track + _BYTE * below.cast(pl.Float64)
    if track.min() < -128 or track.max() > 127:  # type: ignore[operator]
        return turned, None
    after = (
        frame.with_row_index("_at")
        .sort("icao24", "time_utc")
        .select("_at", *(pl.col(c).shift(-1).over("icao24").alias(c) for c in ("latitude_deg", "longitude_deg")))
        .sort("_at")
    )
    way = pl.Series(
        bearing_deg(
            frame["latitude_deg"].to_numpy(),
            frame["longitude_deg"].to_numpy(),
            after["latitude_deg"].fill_null(float("nan")).to_numpy(),
            after["longitude_deg"].fill_null(float("nan")).to_numpy(),
        )
    )
    moving = below & (frame["groundspeed_kt"] > _MOVING_KT).fill_null(value=False) & way.is_finite()
    off = {
        name: (((way - guess + 180.0) % 360.0 - 180.0).abs().filter(moving)).median()
        for name, guess in (("turned", turned), ("rolled", rolled))
    }
    if isinstance(off["turned"], float) and off["turned"] <= _AGREES_DEG:
        return turned, None
    if isinstance(off["rolled"], float) and off["rolled"] <= _AGREES_DEG:
        twofold = ~below & (track < 360.0 - _BYTE)
        word = "directions are kept in a signed byte: those from 0 to 103 could as well be 256 more and were left empty"
        return rolled.set(twofold.fill_null(value=False), None), word
    return track.set(below, None), "directions below zero agree with no reading and were left empty"
