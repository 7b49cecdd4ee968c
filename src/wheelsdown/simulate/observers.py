"""A made observers' log: people who watch one airfield, and miss and mistake some of what comes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.simulate.marking import Owners

__all__ = ["COLUMNS", "Errors", "log_of", "mapping_of", "watched"]

COLUMNS: Final = ("Arrive", "Depart", "Reg", "Airline", "Origin", "Destination")
_DAY: Final = timedelta(days=1)
_SEED: Final = 161


@dataclass(frozen=True)
class Errors:
    """How often observers err. Shares are of the visits that took place."""

    missed: float = 0.12
    """Visits nobody saw."""
    departure_missed: float = 0.03
    """Arrivals of which nobody saw the departure."""
    wrong_tail: float = 0.02
    """One letter or digit of the tail misread."""
    wrong_day: float = 0.02
    """The departure written under the day before: it then leaves before it arrives."""
    twice: float = 0.01
    """Rows entered twice, some minutes apart."""
    minutes: float = 4.0
    """Standard deviation of the times, before they are written as whole minutes."""


def watched(visits: pl.DataFrame) -> str | None:
    """Name the airfield where most landed; of several the first by its code."""
    counts = (
        visits.filter(pl.col("airfield").is_not_null() & pl.col("arrived_utc").is_not_null()).group_by("airfield").len()
    )
    return None if counts.is_empty() else str(counts.sort("len", "airfield", descending=[True, False])["airfield"][0])


def log_of(visits: pl.DataFrame, airfield: str, owners: Owners, *, seed: int, errors: Errors | None = None) -> str:
    """Write the log of one airfield as CSV.

    Parameters
    ----------
    visits : VISITS
        The truth; those that began before the data are passed over.
    airfield : str
        Code as in `visits`.
    owners : Owners
        Say the operator, whose name begins with SIMULATED: the format has no other mark.
    seed : int
        The same seed gives the same log.
    errors : Errors, optional

    Returns
    -------
    str
        Columns `COLUMNS`; times as ``2030-01-01T16:58:00.000Z``.

    Notes
    -----
    Each visit is missed or mistaken by itself. Real observers miss nights and bad weather together, and two of them
    watch the same door: this log is kinder to an estimate from two sources than life.
    """
    errors = errors or Errors()
    rng = np.random.default_rng([seed, _SEED])
    rows: list[tuple[datetime, Sequence[str]]] = []
    truth = visits.filter((pl.col("airfield") == airfield) & pl.col("arrived_utc").is_not_null())
    for visit in truth.sort("arrived_utc", "icao24", "visit_id").iter_rows(named=True):
        # always as many draws a visit, so that one more visit does not change all later rows
        chance, wobble = rng.random(6), rng.normal(0.0, errors.minutes, 3)
        if chance[0] < errors.missed:
            continue
        row = _row(visit, owners, errors, chance, wobble)
        rows.append((visit["arrived_utc"], row))
        if chance[4] < errors.twice:
            again = _minute(visit["arrived_utc"] + timedelta(minutes=float(wobble[2])))
            rows.append((visit["arrived_utc"], (again, *row[1:])))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row for _, row in rows)
    return out.getvalue()


def mapping_of(airfield: str, errors: Errors | None = None) -> str:
    """Write the mapping that ``--log-map`` needs to read the log of an airfield."""
    errors = errors or Errors()
    return (
        "# How to read observers.csv, a SIMULATED log: give this file with --log-map.\n"
        'source = "SIMULATED observers"\n'
        f'airfield = "{airfield}"\n'
        "every_row_seen = true\n"
        f"precision_min = {max(1.0, 3 * errors.minutes):g}\n\n"
        "[columns]\n"
        'arrived = "Arrive"\ndeparted = "Depart"\nregistration = "Reg"\noperator = "Airline"\n'
        'origin = "Origin"\nnext_stop = "Destination"\n'
    )


def _row(visit: dict[str, Any], owners: Owners, errors: Errors, chance: Any, wobble: Any) -> tuple[str, ...]:
    said = owners.keys(visit["icao24"] or "")
    tail = visit["registration"] or said.get("r") or ""
    if chance[1] < errors.wrong_tail and tail:
        tail = tail[:-1] + ("X" if tail[-1] != "X" else "Y")
    arrived = visit["arrived_utc"] + timedelta(minutes=float(wobble[0]))
    departed = visit["departed_utc"]
    left = ""
    if departed is not None and chance[2] >= errors.departure_missed:
        shifted = departed + timedelta(minutes=float(wobble[1]))
        left = _minute(shifted - _DAY if chance[3] < errors.wrong_day else shifted)
    return _minute(arrived), left, tail, said["ownOp"], visit["origin"] or "", visit["next_stop"] or ""


def _minute(moment: datetime) -> str:
    return f"{moment + timedelta(seconds=30):%Y-%m-%dT%H:%M}:00.000Z"
