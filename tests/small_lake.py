"""A small SIMULATED lake at a real airfield: two landings, a low pass, one damaged and one missing day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from wheelsdown.lake import Lake
from wheelsdown.lake.ingesting import ingest
from wheelsdown.reference.airfields import load
from wheelsdown.schema import LEDGER, POSITIONS

FIELD = "LLOV"
LANDED = (date(2023, 9, 2), date(2023, 9, 3))
DAMAGED, MISSING = date(2023, 9, 4), date(2023, 9, 5)
CAME, PASSED = "d00001", "d00002"
PASS_FT = 2_000.0
ROUND_MIN = 40
_KM_A_DEGREE = 111.2


@dataclass(frozen=True)
class Runway:
    """One end of a runway, and the way along it."""

    latitude_deg: float
    longitude_deg: float
    north: float
    east: float
    elevation_ft: float

    def at(self, km: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Points so many kilometres past the threshold; before it, below nought."""
        shrunk = np.cos(np.radians(self.latitude_deg))
        return (
            self.latitude_deg + km * self.north / _KM_A_DEGREE,
            self.longitude_deg + km * self.east / (_KM_A_DEGREE * shrunk),
        )


def runway() -> Runway:
    """Take the field's longest runway from the packed list."""
    known = load()
    row = known.runways.filter(pl.col("code") == FIELD).sort("length_ft", descending=True).row(0, named=True)
    north = (row["he_latitude_deg"] - row["le_latitude_deg"]) * _KM_A_DEGREE
    east = (row["he_longitude_deg"] - row["le_longitude_deg"]) * _KM_A_DEGREE
    east *= np.cos(np.radians(row["le_latitude_deg"]))
    long = float(np.hypot(north, east))
    field = known.get(FIELD)
    assert field is not None
    return Runway(
        row["le_latitude_deg"], row["le_longitude_deg"], north / long, east / long, float(field["elevation_ft"])
    )


def _rows(who: str, start: datetime, seconds: Any, km: Any, feet: Any, knots: Any, way: Runway) -> pl.DataFrame:
    latitude, longitude = way.at(np.asarray(km, dtype=float))
    ground = np.asarray(feet) <= 0
    frame = pl.DataFrame(
        {
            "icao24": who,
            "time_utc": [start + timedelta(seconds=float(s)) for s in seconds],
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            "altitude_ft": pl.Series(np.where(ground, way.elevation_ft, way.elevation_ft + feet), dtype=pl.Float32),
            "on_ground": ground,
            "groundspeed_kt": pl.Series(knots, dtype=pl.Float32),
            "callsign": f"SIM{int(who, 16) & 0xFF}",
            "position_source": "adsb",
            "source": "SIMULATED",
        }
    ).with_columns(pl.col("time_utc").cast(POSITIONS.schema["time_utc"]))
    return POSITIONS.conform(frame, fill=True)


def visit(who: str, start: datetime, way: Runway) -> pl.DataFrame:
    """Come in straight from 50 km, stand for `ROUND_MIN` minutes, leave straight on."""
    km_s = 0.07  # 136 kt
    inward = np.arange(-50.0, 0.0, km_s * 5)
    t_in = np.arange(len(inward)) * 5.0
    t_stand = t_in[-1] + np.arange(5.0, ROUND_MIN * 60.0, 10.0)
    rolled = np.minimum((t_stand - t_stand[0]) * 0.02, 1.0)
    outward = np.arange(1.5, 50.0, km_s * 5)
    t_out = t_stand[-1] + 5.0 + np.arange(len(outward)) * 5.0
    seconds = np.concatenate([t_in, t_stand, t_out])
    km = np.concatenate([inward, rolled, outward])
    feet = np.concatenate([-inward * 160.0 + 30.0, np.zeros(len(t_stand)), (outward - 1.5) * 300.0 + 50.0])
    knots = np.concatenate([np.full(len(inward), 136.0), np.where(rolled < 1, 40.0, 0.0), np.full(len(outward), 136.0)])
    return _rows(who, start, seconds, km, feet, knots, way)


def overflight(who: str, start: datetime, way: Runway) -> pl.DataFrame:
    """Fly over the field at `PASS_FT` above it."""
    km = np.arange(-60.0, 60.0, 0.5)
    return _rows(who, start, np.arange(len(km)) * 5.0, km, np.full(len(km), PASS_FT), np.full(len(km), 195.0), way)


def files(folder: Path) -> list[Path]:
    """Write the recordings that the lake is made from."""
    folder.mkdir(parents=True, exist_ok=True)
    way = runway()
    out = []
    for day in LANDED:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        frames = {CAME: visit(CAME, noon, way)}
        if day == LANDED[1]:
            frames[PASSED] = overflight(PASSED, noon + timedelta(hours=3), way)
        for who, frame in frames.items():
            out.append(folder / f"SIMULATED-{who}-{day}.parquet")
            frame.drop("receipt").write_parquet(out[-1])
    return out


def ledger() -> pl.DataFrame:
    """Say what an archive would have said of the days around."""
    asked = datetime(2023, 10, 1, tzinfo=UTC)
    rows = [
        {"day": d, "status": "received", "reason": None, "folders": 256, "end_reached": True} for d in LANDED
    ] + [
        {"day": DAMAGED, "status": "damaged", "reason": "122 of 256 folders", "folders": 122, "end_reached": False},
        {"day": MISSING, "status": "missing", "reason": "404", "folders": None, "end_reached": None},
    ]  # fmt: skip
    whole = [{**r, "source": "SIMULATED archive", "what": "*", "asked_utc": asked} for r in rows]
    return LEDGER.conform(
        pl.DataFrame(whole, schema_overrides={"asked_utc": LEDGER.schema["asked_utc"], "folders": pl.Int32}), fill=True
    )


def small_lake(folder: Path, *, name: str = "lake") -> Lake:
    """Make the lake in a folder, beside the recordings it is made from."""
    lake = Lake.open(folder / name, create=True)
    done = ingest(lake, files(folder / "recordings"))
    assert done.problem_rows().is_empty()
    with lake.batch() as batch:
        batch.add_ledger(ledger())
        batch.commit()
    return lake
