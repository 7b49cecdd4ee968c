"""OurAirports' airports.csv and runways.csv as AIRFIELDS and RUNWAYS.

Columns are read by name: `icao_code` is missing in older files. Country ``NA`` is Namibia and stays text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.reference.codes import KIND_RANK, assign_codes
from wheelsdown.reference.csvtext import problem_rows, read_table
from wheelsdown.reference.military import derive_military
from wheelsdown.reference.runways import complete_runways
from wheelsdown.schema import AIRFIELDS, RUNWAYS

__all__ = ["read_airports", "read_runways"]

_LEFT_EMPTY: Final = "left empty; tell OurAirports, who correct it"
_NUMBERS: Final = {
    "latitude_deg": (-90.0, 90.0),
    "longitude_deg": (-180.0, 180.0),
    "elevation_ft": (-1_500.0, 30_000.0),
}
_RUNWAY_NUMBERS: Final = {
    "length_ft": ("length_ft", 1.0, 40_000.0),
    "width_ft": ("width_ft", 1.0, 10_000.0),
} | {
    f"{theirs.format(e)}": (ours.format(e), low, high)
    for e in ("le", "he")
    for theirs, ours, low, high in (
        ("{}_latitude_deg", "{}_latitude_deg", -90.0, 90.0),
        ("{}_longitude_deg", "{}_longitude_deg", -180.0, 180.0),
        ("{}_elevation_ft", "{}_elevation_ft", -1_500.0, 30_000.0),
        ("{}_heading_degT", "{}_heading_deg", 0.0, 360.0),
        ("{}_displaced_threshold_ft", "{}_displaced_ft", 0.0, 20_000.0),
    )
}


def _numbers(
    frame: pl.DataFrame, wanted: dict[str, tuple[str, float, float]], file: Path
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Cast text columns to numbers in range; what does not fit becomes null and a problem."""
    problems = []
    for theirs, (ours, low, high) in wanted.items():
        text = pl.col(theirs) if theirs in frame.columns else pl.lit(None, pl.String)
        value = text.cast(pl.Float64, strict=False)
        zero_is_none = low == 1.0  # a length or width of 0 is how the list writes "unknown"
        fits = value.is_between(low, high)
        bad = text.is_not_null() & ~fits.fill_null(False)
        if zero_is_none:
            bad = bad & (value != 0.0).fill_null(True)
        if theirs in frame.columns:
            reason = f"not a number between {low:g} and {high:g}"
            shown = frame.filter(bad).select("_line", theirs)
            problems.append(problem_rows(shown, file, reason, _LEFT_EMPTY, row="_line", field=theirs, value=theirs))
        frame = frame.with_columns(pl.when(fits).then(value).alias(ours))
    return frame, problems


def read_airports(
    path: Path, *, source: str = "OurAirports", as_of: str | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read airports.csv.

    Parameters
    ----------
    path : Path
        airports.csv, plain or gzip.
    source, as_of : str
        Written into each row; `as_of` is YYYY-MM-DD or null.

    Returns
    -------
    fields, problems : polars.DataFrame
        AIRFIELDS with one more column, `keywords`, ordered by ident; and PROBLEMS. A row without ident or place is
        left out and reported.

    Raises
    ------
    ReferenceDataError
        The file is not such a table.
    """
    raw = read_table(path, ("ident", "type", "name", "latitude_deg", "longitude_deg", "iso_country"))
    raw = raw.with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("_line"))
    raw, problems = _numbers(raw, {k: (k, *v) for k, v in _NUMBERS.items()}, path)
    lost = pl.col("ident").is_null() | pl.col("latitude_deg").is_null() | pl.col("longitude_deg").is_null()
    lost = lost | pl.col("ident").is_duplicated() | ~pl.col("type").is_in(list(KIND_RANK)).fill_null(False)
    reason = "no ident, no usable place, an unknown type, or an ident used twice"
    remedy = "left out; add the field to your own airfields if it matters"
    problems.append(problem_rows(raw.filter(lost), path, reason, remedy, row="_line", value="ident", lost=1))
    have = raw.columns
    optional = {
        n: (pl.col(n) if n in have else pl.lit(None, pl.String)).alias(n)
        for n in ("icao_code", "iata_code", "gps_code", "local_code", "municipality", "keywords", "id")
    }
    iata = optional["iata_code"]
    optional["iata_code"] = pl.when(iata.str.contains(r"^[A-Z0-9]{3}$")).then(iata).alias("iata_code")
    frame = raw.filter(~lost).select(
        "ident",
        "name",
        pl.col("type").alias("kind"),
        pl.col("latitude_deg").round(6),
        pl.col("longitude_deg").round(6),
        "elevation_ft",
        pl.col("iso_country").alias("country"),
        *optional.values(),
        pl.lit(None, pl.String).alias("time_zone"),
        pl.lit(source).alias("source"),
        pl.lit(as_of, pl.String).alias("as_of"),
    )
    frame = derive_military(assign_codes(frame.sort("ident")))
    fields = AIRFIELDS.conform(frame.select(AIRFIELDS.names)).hstack(frame.select("keywords"))
    return fields, pl.concat(problems)


def read_runways(
    path: Path, fields: pl.DataFrame, *, source: str = "OurAirports", as_of: str | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read runways.csv against the airfields it belongs to.

    Parameters
    ----------
    path : Path
        runways.csv, plain or gzip.
    fields : polars.DataFrame
        AIRFIELDS of the same list: `ident` gives each runway its `code`.

    Returns
    -------
    runways, problems : polars.DataFrame
        RUNWAYS, completed by `wheelsdown.reference.runways.complete_runways`, ordered by code then idents; PROBLEMS.

    Raises
    ------
    ReferenceDataError
        The file is not such a table.
    """
    raw = read_table(path, ("airport_ident", "length_ft", "le_ident", "le_latitude_deg", "he_latitude_deg"))
    raw = raw.with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("_line"))
    raw, problems = _numbers(raw, _RUNWAY_NUMBERS, path)
    raw = raw.join(fields.select(pl.col("ident").alias("airport_ident"), "code"), on="airport_ident", how="left")
    orphan = raw.filter(pl.col("code").is_null())
    reason, remedy = "no such airfield in airports.csv", "left out; airports.csv and runways.csv should be of one day"
    problems.append(
        problem_rows(orphan, path, reason, remedy, row="_line", field="airport_ident", value="airport_ident", lost=1)
    )
    places = [f"{e}_{c}_deg" for e in ("le", "he") for c in ("latitude", "longitude")]
    frame = raw.filter(pl.col("code").is_not_null()).with_columns(
        pl.col(places).round(6),
        pl.when(pl.col("closed").is_not_null()).then(pl.col("closed") == "1").alias("closed"),
        pl.lit(source).alias("source"),
        pl.lit(as_of, pl.String).alias("as_of"),
    )
    for column in ("he_ident", "surface"):
        if column not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.String).alias(column))
    frame = frame.sort("code", "le_ident", "he_ident", "_line", nulls_last=True)
    runways = complete_runways(RUNWAYS.conform(frame.select(RUNWAYS.names)))
    return runways, pl.concat(problems)
