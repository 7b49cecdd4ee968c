"""Flightradar24: the CSV of single receptions ("granular data") that it publishes with its articles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from wheelsdown.schema import POSITIONS
from wheelsdown.sources.delimited import REST, header_of, tables
from wheelsdown.sources.fr24 import SOURCE, card_of
from wheelsdown.sources.interface import InputFile
from wheelsdown.sources.rawcolumns import RawColumns

__all__ = ["Fr24Granular"]

_NEEDED: Final = {"network_time", "receiver_time", "hex", "latitude", "longitude"}
_CLOCK_OFF_S: Final = 30.0  # 5 of 12,374 receptions in the sample; the rest lie within 15 s of the network's time
_KINDS: Final = {"ads-b": "adsb", "adsb": "adsb", "mlat": "mlat", "flarm": "flarm"}


class Fr24Granular:
    """``network_time,receiver_time,hex,callsign,...`` and then cells ``KEY:VALUE`` of which each row has its own.

    Of those cells ``S`` (kind of position) and ``GPSA`` (geometric altitude) are read. The others (autopilot, wind,
    air speed, TCAS, heading, the category in a code of its own) are of no use here and are passed over.
    """

    name = "fr24-granular"
    table = POSITIONS.name
    card = card_of(
        "Each reception of one aircraft, with its address and the receiver's time.",
        cannot_show="Flights for which Flightradar24 published no such file.",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Tell by the heading."""
        return set(header_of(head)) >= _NEEDED

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield frames of at most 100,000 rows; rows without a position are passed over and counted in a note."""
        without = 0
        for raw in tables(file, rest=True):
            frame, passed = _positions(raw)
            without += passed
            yield frame
        if without:
            file.report.notes.append(f"{without} messages without a position were passed over")


def _positions(raw: RawColumns) -> tuple[pl.DataFrame, int]:
    network, receiver = _time(raw, "network_time"), _time(raw, "receiver_time")
    off = (network - receiver).dt.total_milliseconds().abs() > _CLOCK_OFF_S * 1000
    time = receiver.set(off.fill_null(value=False), None).fill_null(network)
    state = raw.text("on_ground").str.to_uppercase()
    speed, track = raw.number("speed"), raw.number("track")
    # at speed 0 in the air the message carried no speed
    unsaid = ((speed == 0) & (state == "A")).fill_null(value=False)
    rest = raw.raw(REST).cast(pl.String)
    kind = rest.str.extract(r"(?:^|,)S:([^,]*)").fill_null(raw.text("position_class")).str.to_lowercase()
    frame = raw.frame(
        {
            "time_utc": time,
            "latitude_deg": raw.number("latitude"),
            "longitude_deg": raw.number("longitude"),
            "altitude_ft": raw.number("altitude"),
            "altitude_geom_ft": rest.str.extract(r"(?:^|,)GPSA:(-?\d+)(?:,|$)").cast(pl.Float64),
            "on_ground": state.replace_strict({"A": False, "G": True}, default=None, return_dtype=pl.Boolean),
            "groundspeed_kt": speed.set(unsaid, None),
            "track_deg": track.set(unsaid & (track == 0).fill_null(value=False), None),
            "vertical_rate_fpm": raw.number("vspeed"),
            "callsign": raw.text("callsign"),
            "squawk": raw.squawk("squawk"),
            "icao24": raw.text("hex").str.to_lowercase().str.strip_prefix("0x"),
            "position_source": kind.replace_strict(_KINDS, default="other", return_dtype=pl.String).set(
                kind.is_null(), "unknown"
            ),
            "_none": raw.text("no_position").str.to_uppercase() == "N",
        }
    ).with_columns(source=pl.lit(SOURCE))
    kept = frame.filter(~pl.col("_none").fill_null(value=False)).drop("_none")
    return kept, frame.height - kept.height


def _time(raw: RawColumns, name: str) -> pl.Series:
    """Read ``2024-01-02 07:41:03Z.515``, the zone before the fraction; 1970 stands for none."""
    text = raw.text(name)
    text = text.set(text.str.starts_with("1970-01-01 00:00:00").fill_null(value=False), None)
    raw.put(name, text.str.replace(r"Z(\.\d+)$", "${1}Z"))
    return raw.time(name)
