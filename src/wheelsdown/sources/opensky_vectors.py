"""OpenSky: state vectors as its database exports them, in CSV or Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from wheelsdown.schema import POSITIONS
from wheelsdown.sources.delimited import header_of, tables
from wheelsdown.sources.interface import PARQUET, InputFile
from wheelsdown.sources.opensky import SOURCE, card_of, drop_stale
from wheelsdown.sources.rawcolumns import RawColumns
from wheelsdown.sources.tables import parquet_frames
from wheelsdown.units import FPM_PER_MPS, FT_PER_M, KT_PER_MPS

__all__ = ["OpenskyVectors"]

_NEEDED: Final = ("time", "icao24", "lat", "lon", "velocity", "baroaltitude")
_COLUMNS: Final = [
    *_NEEDED,
    "heading",
    "vertrate",
    "callsign",
    "onground",
    "squawk",
    "geoaltitude",
    "lastposupdate",
    "lastcontact",
]
_LOST_S: Final = 15.0


class OpenskyVectors:
    """``time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,alert,spi,squawk,baroaltitude,...``.

    One row a second and aircraft, kept up for 300 s after the last reception: rows more than 15 s after the last
    contact, and rows that repeat a position, are passed over. The time of a row is that of its position where that is
    given. `alert`, `spi`, `serials` and the partition `hour` are passed over.
    """

    name = "opensky-vectors"
    table = POSITIONS.name
    card = card_of(
        "Position, both altitudes, speed, direction, vertical rate and ground flag, each second.",
        "How a position was obtained. On the ground the speed is often an old one.",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Tell by the names of the columns."""
        if head.startswith(PARQUET):
            # a name in a Parquet footer stands behind its length
            return all(bytes([len(n)]) + n.encode() in head for n in _NEEDED)
        return set(_NEEDED) <= set(header_of(head))

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield frames; what was passed over is counted in a note."""
        without = lost = stale = 0
        for raw in _raw(file):
            frame = _positions(raw)
            placed = frame.filter(pl.col("latitude_deg").is_not_null() & pl.col("longitude_deg").is_not_null())
            heard = placed.filter(~(pl.col("silent_s") > _LOST_S).fill_null(value=False)).drop("silent_s")
            fresh, repeats = drop_stale(heard)
            without += frame.height - placed.height
            lost += placed.height - heard.height
            stale += repeats
            yield fresh
        if without or lost or stale:
            file.report.notes.append(
                f"passed over: {without} rows without a position, "
                f"{lost} more than {_LOST_S:.0f} s after the last contact, {stale} that repeat a position"
            )


def _raw(file: InputFile) -> Iterator[RawColumns]:
    if not file.head.startswith(PARQUET):
        yield from tables(file)
        return
    before = 0
    for frame in parquet_frames(file, _COLUMNS):
        rows = pl.int_range(before + 1, before + 1 + frame.height, dtype=pl.Int64, eager=True)
        before += frame.height
        yield RawColumns({c: frame[c] for c in frame.columns}, file.report, rows)


def _positions(raw: RawColumns) -> pl.DataFrame:
    time, fixed, contact = raw.time("time"), raw.time("lastposupdate"), raw.time("lastcontact")
    return raw.frame(
        {
            "time_utc": fixed.fill_null(time),
            "last_position": fixed,
            "silent_s": (time - contact).dt.total_milliseconds() / 1000.0,
            "latitude_deg": raw.number("lat", loses_row=True),
            "longitude_deg": raw.number("lon", loses_row=True),
            "altitude_ft": raw.number("baroaltitude", factor=FT_PER_M),
            "altitude_geom_ft": raw.number("geoaltitude", factor=FT_PER_M),
            "on_ground": raw.flag("onground"),
            "groundspeed_kt": raw.number("velocity", factor=KT_PER_MPS),
            "track_deg": raw.number("heading"),
            "vertical_rate_fpm": raw.number("vertrate", factor=FPM_PER_MPS),
            "icao24": raw.text("icao24").str.to_lowercase(),
            "callsign": raw.text("callsign"),
            "squawk": raw.squawk("squawk"),
        }
    ).with_columns(position_source=pl.lit("unknown"), source=pl.lit(SOURCE))
