"""What all files of Flightradar24 have in common: flight ids, the meaning of altitude 0, the card."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import polars as pl

from wheelsdown.sources.interface import Card, Report
from wheelsdown.sources.made_up import all_calls_made_up, simulated

__all__ = ["SOURCE", "altitude_and_ground", "card_of", "flight_id", "provider", "track_id"]

SOURCE: Final = "flightradar24"
_ROLLING_KT: Final = 100.0
_STILL_FPM: Final = 200.0
_ID: Final = re.compile(r"[0-9a-f]{7,8}")
_COPY: Final = re.compile(r"\s*\(\d+\)$")
_SAID_SIMULATED: Final = (
    "every call sign is SIM and a digit, the mark of simulated flights, so the rows say SIMULATED (SIM is also the "
    "designator of a real operator, Star Air: of its flights take an export that names the aircraft)"
)
_SUFFIXES: Final = re.compile(r"(\.(csv|kml|json|gz|txt))+$", re.IGNORECASE)


def card_of(shows: str, *, cannot_show: str = "", url: str = "https://www.flightradar24.com") -> Card:
    """Make the card of one of its formats."""
    return Card(
        publisher="Flightradar24 AB",
        licence="Flightradar24's terms: for the subscriber's own use; the data may not be passed on",
        url=url,
        coverage="the world where it has receivers; low traffic away from them is not heard",
        shows=shows,
        cannot_show=(
            "Altitude 0 stands for the ground and for anything at or below 0 ft of pressure altitude in the air. "
            "Aircraft that do not broadcast, or whose owners had them blocked. " + cannot_show
        ).strip(),
    )


def provider(callsigns: pl.Series, report: Report) -> str:
    """Name the provider of an export that names no aircraft; of one of simulated flights it says so, and why."""
    if not all_calls_made_up(callsigns):
        return SOURCE
    report.notes.append(_SAID_SIMULATED)
    return simulated(SOURCE)


def flight_id(name: str) -> str | None:
    """Find the flight's id in a file's name: the last piece, if it is 7 or 8 hex digits and no date.

    ``JL516_3376ab31.csv`` gives ``3376ab31``; a browser's `` (1)`` is passed over. ``AZQ123_20230901`` gives None:
    a date is not an id, and two flights of one day must not become one.
    """
    stem = _COPY.sub("", _SUFFIXES.sub("", name))
    piece = re.split(r"[_\-\s]", stem)[-1].lower()
    return piece if _ID.fullmatch(piece) and not _is_date(piece) else None


def _is_date(piece: str) -> bool:
    if len(piece) != 8 or not piece.isdecimal() or not "1990" <= piece[:4] < "2100":
        return False
    try:
        datetime.strptime(piece + "Z", "%Y%m%d%z")
    except ValueError:
        return False
    return True


def track_id(name: str, times: pl.Series) -> str:
    """Name the recording after its flight id, so that CSV, KML and JSON of one flight are one.

    Without an id it is named after the file and its first time, so that two files of one name do not become one
    recording.
    """
    if found := flight_id(name):
        return f"fr24:{found}"
    stem = _COPY.sub("", _SUFFIXES.sub("", name))
    first = times.min()
    return f"fr24:{stem}@{first:%Y%m%dT%H%M%SZ}" if isinstance(first, datetime) else f"fr24:{stem}"


def altitude_and_ground(
    altitude_ft: pl.Series, groundspeed_kt: pl.Series, vertical_rate_fpm: pl.Series | None = None
) -> dict[str, pl.Series]:
    """Take altitude 0 for what it says: on the ground, or at or below 0 ft in the air.

    The altitude of such a row is null. It is on the ground if it is no faster than 100 kt and does not climb or sink;
    else that is unknown. Rows with an altitude have no flag.

    Returns
    -------
    dict
        `altitude_ft` and `on_ground`.

    Notes
    -----
    Checked on one flight of which raw data exist: at 123 kt and a broadcast altitude of -75 ft in the air the export
    writes 0. A slow low pass below 0 ft of pressure altitude, by a helicopter say, still looks like the ground.
    """
    zero = (altitude_ft == 0).fill_null(value=False)
    slow = (groundspeed_kt <= _ROLLING_KT).fill_null(value=True)
    if vertical_rate_fpm is not None:
        slow = slow & (vertical_rate_fpm.abs() <= _STILL_FPM).fill_null(value=True)
    on_ground = pl.select(pl.when(zero & slow).then(pl.lit(value=True))).to_series()
    return {"altitude_ft": altitude_ft.set(zero, None), "on_ground": on_ground}
