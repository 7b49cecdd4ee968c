"""What happened, as VISITS, LEGS and REGISTER, whether or not it was received."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.schema import LEGS, REGISTER, VISITS
from wheelsdown.simulate.performance import TYPES
from wheelsdown.simulate.planning import Chain
from wheelsdown.simulate.ports import World

__all__ = ["SOURCE", "Flown", "fleet_of", "legs_of", "visits_of"]

SOURCE: Final = "SIMULATED receivers"
TRUTH: Final = "SIMULATED truth"

F64 = np.ndarray[Any, np.dtype[np.float64]]


@dataclass
class Flown:
    """One aircraft's flights as they were."""

    chain: Chain
    truth: F64
    """Rows of chain.TRUTH_COLUMNS, legs flown."""
    last: tuple[int, float, float]
    """Field, latitude and longitude where it stands in the end."""
    under: dict[int, str]
    """Leg to the address it was flown under, where that is another one."""


def _ms(midnight_ms: int, seconds: float, end_s: float) -> int | None:
    return midnight_ms + round(seconds * 1000.0) if 0.0 <= seconds < end_s else None


def visits_of(flown: list[Flown], world: World, codes: list[str], midnight_ms: int, end_s: float) -> pl.DataFrame:
    """Every stop of every aircraft, as VISITS.

    Stops that began before the first day have no arrival, those that last beyond the end no departure.
    """
    rows: dict[str, list[Any]] = {c: [] for c in VISITS.names}
    named = {c: world.fields.row(world.number[c], named=True) for c in codes}
    for f in flown:
        truth = f.truth
        for j in range(len(truth) + 1):
            # stop j lies between leg j - 1 and leg j
            came = _ms(midnight_ms, float(truth[j - 1, 2]), end_s) if j > 0 else None
            if j > 0 and came is None:
                break
            left = _ms(midnight_ms, float(truth[j, 1]), end_s) if j < len(truth) else None
            if j < len(truth):
                field, lat, lon = int(truth[j, 0]), float(truth[j, 4]), float(truth[j, 5])
            else:
                field, lat, lon = f.last
            code = codes[field]
            dwell = None if came is None or left is None else (left - came) / 60_000.0
            values = {
                "visit_id": f"sim-{f.chain.address:06x}-{j:04d}",
                "icao24": f"{f.chain.address:06x}",
                "registration": f.chain.registration,
                "typecode": f.chain.typecode,
                "operator": f.chain.operator,
                "identity_source": TRUTH,
                "callsign_in": f.chain.callsign(j - 1) if j > 0 else None,
                "callsign_out": f.chain.callsign(j) if left is not None else None,
                "airfield": code,
                "airfield_name": named[code]["name"],
                "place_id": named[code]["ident"],
                "latitude_deg": round(lat, 6),
                "longitude_deg": round(lon, 6),
                **dict.fromkeys(("arrived_earliest_utc", "arrived_utc", "arrived_latest_utc"), came),
                **dict.fromkeys(("departed_earliest_utc", "departed_utc", "departed_latest_utc"), left),
                **dict.fromkeys(("dwell_least_min", "dwell_most_min", "dwell_stayed_min"), dwell),
                "grade": "observed",
                "reasons": [TRUTH],
                "origin": codes[int(truth[j - 1, 0])] if j > 0 else None,
                "origin_grade": "observed" if j > 0 else None,
                "next_stop": codes[int(truth[j, 3])] if left is not None else None,
                "next_stop_grade": "observed" if left is not None else None,
                "source": TRUTH,
            }
            for name, column in rows.items():
                column.append(values.get(name))
            if left is None:
                break
    return _frame(VISITS, rows).sort("icao24", "arrived_utc", "visit_id", nulls_last=False)


def legs_of(flown: list[Flown], codes: list[str], midnight_ms: int, end_s: float) -> pl.DataFrame:
    """Every flight that took off within the period, as LEGS."""
    rows: dict[str, list[Any]] = {c: [] for c in LEGS.names}
    for f in flown:
        for j, row in enumerate(f.truth):
            left = _ms(midnight_ms, float(row[1]), end_s)
            if left is None:
                break
            came = _ms(midnight_ms, float(row[2]), end_s)
            values = {
                "leg_id": f"simleg-{f.chain.address:06x}-{j:04d}",
                "icao24": f"{f.chain.address:06x}",
                "callsign": f.chain.callsign(j),
                **dict.fromkeys(("took_off_earliest_utc", "took_off_utc", "took_off_latest_utc"), left),
                "origin": codes[int(row[0])],
                "origin_grade": "observed",
                **dict.fromkeys(("landed_earliest_utc", "landed_utc", "landed_latest_utc"), came),
                "destination": codes[int(row[3])] if came is not None else None,
                "destination_grade": "observed" if came is not None else None,
                "reasons": [TRUTH, *([f"{int(row[6])} approaches broken off"] if row[6] > 0 else [])],
                "first_received_utc": left,
                "last_received_utc": came if came is not None else midnight_ms + round(end_s * 1000.0),
                "source": TRUTH,
            }
            for name, column in rows.items():
                column.append(values.get(name))
    return _frame(LEGS, rows).sort("icao24", "took_off_utc", "leg_id")


def _frame(table: Any, rows: dict[str, list[Any]]) -> pl.DataFrame:
    """Columns of plain values as a table; times are milliseconds."""
    series = []
    for name, dtype in table.schema.items():
        if isinstance(dtype, pl.Datetime):
            series.append(
                pl.Series(name, rows[name], dtype=pl.Int64).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
            )
        else:
            series.append(pl.Series(name, rows[name], dtype=dtype))
    frame: pl.DataFrame = table.conform(pl.DataFrame(series))
    return frame


def fleet_of(chains: list[Chain], as_of: str) -> pl.DataFrame:
    """Every aircraft, as REGISTER."""
    frame = pl.DataFrame(
        {
            "icao24": [f"{c.address:06x}" for c in chains],
            "registration": [c.registration for c in chains],
            "typecode": [c.typecode for c in chains],
            "type_name": [TYPES[c.typecode].name for c in chains],
            "operator": [c.operator for c in chains],
            # no designator: SIM, as their call signs begin, is one of a real operator
            "source": ["SIMULATED register"] * len(chains),
            "as_of": [as_of] * len(chains),
            "note": ["SIMULATED: invented aircraft"] * len(chains),
        },
        schema_overrides={n: REGISTER.schema[n] for n in ("icao24", "registration")},
    )
    return REGISTER.conform(frame, fill=True).sort("icao24")


def midnight_of(day: Any) -> int:
    """Milliseconds of a day's beginning, UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
