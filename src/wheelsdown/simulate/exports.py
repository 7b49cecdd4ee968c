"""Exports of single flights in the form of Flightradar24's CSV, and the file that says which aircraft flew them."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.simulate.marking import SIMULATED, Owners
from wheelsdown.simulate.points import wholes

__all__ = ["Export", "cut_into_flights", "write_exports", "write_identities"]

_HEAD: Final = ("Timestamp", "UTC", "Callsign", "Position", "Altitude", "Speed", "Direction")
_UNNAMED: Final = "SIM0"
"""Call sign where none was received: each row must say that it is simulated, and has no other place for it."""
_LEAST: Final = 2


@dataclass(frozen=True)
class Export:
    """One flight's file."""

    name: str
    icao24: str
    rows: int


def cut_into_flights(positions: pl.DataFrame, legs: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Cut each aircraft's positions into flights: half way between a landing and the next take-off.

    Parameters
    ----------
    positions : POSITIONS
    legs : LEGS
        The truth. Aircraft that it does not hold are one piece.

    Yields
    ------
    tuple
        Address and POSITIONS of one flight, by time.
    """
    known = legs.filter(pl.col("icao24").is_not_null()).sort("icao24", "took_off_utc", "landed_utc")
    cuts: dict[str, Any] = {}
    for (address,), mine in known.group_by("icao24", maintain_order=True):
        down = mine["landed_utc"].dt.epoch("ms")
        up = mine["took_off_utc"].dt.epoch("ms").shift(-1)
        middle = pl.DataFrame({"down": down, "up": up}).drop_nulls()
        cuts[str(address)] = np.sort((middle["down"] + (middle["up"] - middle["down"]) // 2).to_numpy())
    ordered = positions.sort("icao24", "time_utc", maintain_order=True)
    for (address,), rows in ordered.group_by("icao24", maintain_order=True):
        edges = cuts.get(str(address), np.empty(0, dtype=np.int64))
        piece = np.searchsorted(edges, rows["time_utc"].dt.epoch("ms").to_numpy(), side="right")
        for _, flight in rows.with_columns(pl.Series("_piece", piece)).group_by("_piece", maintain_order=True):
            yield str(address), flight.drop("_piece")


def write_exports(folder: Path, positions: pl.DataFrame, legs: pl.DataFrame) -> list[Export]:
    """Write one CSV a flight into a folder that exists.

    Parameters
    ----------
    folder : Path
    positions : POSITIONS
        Each with an address; call signs are null, or SIM and a digit.
    legs : LEGS
        The truth, by which flights are told apart.

    Returns
    -------
    list of Export
        In the order of address and time.

    Notes
    -----
    The format holds whole seconds, whole knots and degrees, no address, and altitude 0 for the ground. Positions in the
    air without a pressure altitude are left out, since it has no other way to write them; and flights of fewer than
    two positions.
    """
    out = []
    for address, flight in cut_into_flights(positions, legs):
        rows = _writable(flight)
        if rows.height < _LEAST:
            continue
        sign = rows["callsign"].drop_nulls()
        named = str(sign[0]) if len(sign) else _UNNAMED
        number = hashlib.sha256(f"{address} {rows['time_utc'][0]}".encode()).hexdigest()[:7]
        name = f"{named}_f{number}.csv"  # a letter first: nobody takes such an id for a date
        (folder / name).write_bytes(_text(rows, named).encode())
        out.append(Export(name, address, rows.height))
    return out


def _writable(flight: pl.DataFrame) -> pl.DataFrame:
    ground = pl.col("on_ground").fill_null(value=False)
    return (
        flight.filter(ground | pl.col("altitude_ft").is_not_null())
        .with_columns(pl.col("time_utc").dt.truncate("1s"))
        .unique("time_utc", keep="first", maintain_order=True)
    )


def _text(rows: pl.DataFrame, named: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEAD)
    height, speed, way = (wholes(rows[c]) for c in ("altitude_ft", "groundspeed_kt", "track_deg"))
    times = rows["time_utc"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    for i, row in enumerate(rows.iter_rows(named=True)):
        direction = way[i]
        writer.writerow(
            (
                int(row["time_utc"].timestamp()),
                times[i],
                row["callsign"] or named,
                f"{row['latitude_deg']:.6f},{row['longitude_deg']:.6f}",
                0 if row["on_ground"] else max(height[i] or 0, 0),
                "" if speed[i] is None else speed[i],
                "" if direction is None else direction % 360,
            )
        )
    return out.getvalue()


def write_identities(path: Path, exports: list[Export], owners: Owners) -> None:
    """Write which aircraft flew each export, in the form that ``--identity`` reads."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("file", "icao24", "registration", "typecode", "operator", "source"))
    for export in exports:
        said = owners.keys(export.icao24)
        address = "" if export.icao24.startswith("~") else export.icao24
        tail = said.get("r", "")
        if address or tail:
            writer.writerow((export.name, address, tail, said.get("t", ""), said["ownOp"], f"{SIMULATED} fleet"))
    path.write_bytes(out.getvalue().encode())
