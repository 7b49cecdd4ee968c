"""Real flights whose ends are known, as POSITIONS, whole and thinned.

Thinning stands for a receiver without low coverage: at a known end everything below the field's elevation plus
1,000 or 3,000 ft is removed, ground points included. Ends that are not known are left as recorded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.geo import distance_km
from wheelsdown.schema import POSITIONS

__all__ = [
    "END_RADIUS_KM",
    "ROOT",
    "VARIANTS",
    "Variant",
    "find",
    "half_of",
    "load",
    "thin",
    "to_positions",
    "variants",
]

ROOT: Final = Path(__file__).resolve().parents[1]
PLACES: Final = (ROOT / ".." / "shared" / "data" / "truth", ROOT / "out" / "truth")
VARIANTS: Final = {"full": None, "cut1000": 1000.0, "cut3000": 3000.0}
"""Name of the variant to the feet above field elevation below which nothing is received."""
END_RADIUS_KM: Final = 60.0
"""A low position belongs to a known end when it is nearer that field than this."""
ENDS: Final = ("origin", "destination")


@dataclass(frozen=True)
class Variant:
    """One thinning of the flights: positions, and which flights vanished altogether."""

    name: str
    positions: pl.DataFrame
    dropped: list[str]


def find(folder: Path | None = None) -> Path | None:
    """Folder that holds ``positions.parquet`` and ``truth.csv``: the one given, the shared one, or ``out/truth``."""
    for place in (folder,) if folder else PLACES:
        if (place / "positions.parquet").exists() and (place / "truth.csv").exists():
            return place.resolve()
    return None


def half_of(flight: str) -> str:
    """Half a flight belongs to: A to tune on, B to report on. An even sha256 of address and first second is A.

    Not of the flight's id: a rebuilt truth may number its flights otherwise and must give the same halves.
    """
    return "B" if hashlib.sha256(flight.encode()).digest()[-1] & 1 else "A"


def load(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read the flights.

    Returns
    -------
    positions : polars.DataFrame
        Table POSITIONS. ``track_id`` is the flight and ``icao24`` is null, so that one flight's ends are judged
        from that flight alone: some aircraft made two of these flights.
    truth : polars.DataFrame
        ``flight_id, origin, destination`` (null: not known), ``source, truth_how, half``.
    """
    truth = pl.read_csv(folder / "truth.csv", infer_schema=False).select(
        "flight_id",
        *(pl.when(pl.col(c).str.len_chars() > 0).then(pl.col(c)).alias(c) for c in ENDS),
        "source",
        "truth_how",
        (pl.col("icao24") + " " + pl.col("first")).map_elements(half_of, return_dtype=pl.String).alias("half"),
    )
    return to_positions(pl.read_parquet(folder / "positions.parquet"), truth), truth


def to_positions(raw: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Rename the recording's columns to POSITIONS; a track below zero (some recordings write -180 to 180) is turned."""
    fr24 = truth.filter(pl.col("source").str.contains("fr24"))["flight_id"].to_list()
    frame = raw.select(
        pl.lit(None, pl.String).alias("icao24"),
        pl.col("flight_id").alias("track_id"),
        pl.col("timestamp").alias("time_utc"),
        pl.col("lat").alias("latitude_deg"),
        pl.col("lon").alias("longitude_deg"),
        "altitude_ft",
        pl.col("onground").alias("on_ground"),
        "groundspeed_kt",
        (pl.col("track") % 360.0).alias("track_deg"),
        pl.col("vertical_rate").alias("vertical_rate_fpm"),
        "callsign",
        pl.lit("unknown").alias("position_source"),
        pl.when(pl.col("flight_id").is_in(fr24))
        .then(pl.lit("flightradar24"))
        .otherwise(pl.lit("opensky"))
        .alias("source"),
    )
    return POSITIONS.conform(frame, fill=True).sort("track_id", "time_utc", maintain_order=True)


def thin(positions: pl.DataFrame, truth: pl.DataFrame, airfields: pl.DataFrame, above_field_ft: float) -> pl.DataFrame:
    """Remove what a receiver without low coverage would not have heard at the known ends.

    A position goes when it lies within 60 km of a known end of its flight and is flagged on the ground, or has a
    pressure altitude below the field's elevation plus ``above_field_ft``. A position in the air without an
    altitude is judged by the altitudes in the air before and after it; without any, it goes.

    Parameters
    ----------
    positions : polars.DataFrame
        POSITIONS, ordered by track and time; ``track_id`` is the flight.
    truth : polars.DataFrame
        As `load` gives it.
    airfields : polars.DataFrame
        AIRFIELDS.
    above_field_ft : float
        Height above field elevation below which nothing is received.

    Raises
    ------
    ValueError
        A known end is not among the airfields, or has no elevation.
    """
    grounded = pl.col("on_ground").fill_null(value=False)
    air_ft = pl.when(~grounded).then(pl.col("altitude_ft"))
    height_ft = air_ft.interpolate_by("time_utc").forward_fill().backward_fill().over("track_id")
    seen = positions.with_columns(height_ft.alias("_height_ft"), pl.lit(value=False).alias("_gone"))
    fields = airfields.select("code", "latitude_deg", "longitude_deg", "elevation_ft")
    for end in ENDS:
        known = (
            truth.filter(pl.col(end).is_not_null())
            .select("flight_id", end)
            .join(
                fields.rename({"latitude_deg": "_lat", "longitude_deg": "_lon", "elevation_ft": "_elev"}),
                left_on=end,
                right_on="code",
                how="left",
            )
        )
        lost = known.filter(pl.col("_elev").is_null())[end].unique().to_list()
        if lost:
            raise ValueError(f"no airfield with an elevation for {', '.join(lost)}; load the reference data")
        seen = seen.join(known, left_on="track_id", right_on="flight_id", how="left", maintain_order="left")
        far_km = distance_km(*(seen[c].to_numpy() for c in ("latitude_deg", "longitude_deg", "_lat", "_lon")))
        low = grounded | (pl.col("_height_ft") < pl.col("_elev") + above_field_ft) | pl.col("_height_ft").is_null()
        near = pl.Series("_near", far_km).fill_nan(float("inf")) < END_RADIUS_KM
        seen = seen.with_columns((pl.col("_gone") | (low & near)).alias("_gone")).drop("_lat", "_lon", "_elev", end)
    return seen.filter(~pl.col("_gone")).drop("_height_ft", "_gone")


def variants(
    positions: pl.DataFrame, truth: pl.DataFrame, airfields: pl.DataFrame, names: tuple[str, ...] = tuple(VARIANTS)
) -> list[Variant]:
    """Give the flights as recorded and thinned; flights of which nothing is left are named in ``dropped``."""
    out = []
    for name in names:
        floor = VARIANTS[name]
        kept = positions if floor is None else thin(positions, truth, airfields, floor)
        left = set(kept["track_id"].unique())
        out.append(Variant(name, kept, [f for f in truth["flight_id"] if f not in left]))
    return out
