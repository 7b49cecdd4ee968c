"""OurAirports' airports.csv and runways.csv as AIRFIELDS and RUNWAYS.

Columns are read by name: `icao_code` is missing in older files. Country ``NA`` is Namibia and stays text.
"""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.errors import ReferenceDataError
from wheelsdown.reference.codes import KIND_RANK, assign_codes
from wheelsdown.reference.military import derive_military
from wheelsdown.reference.runways import complete_runways
from wheelsdown.schema import AIRFIELDS, PROBLEMS, RUNWAYS

__all__ = ["MAX_BYTES", "read_airports", "read_runways", "read_table"]

MAX_BYTES: Final = 256 << 20
_REMEDY: Final = "fetch the file again from OurAirports, or leave it out"
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


def read_table(path: Path, needed: tuple[str, ...], *, max_bytes: int = MAX_BYTES) -> pl.DataFrame:
    """Read a CSV (plain or gzip) as text, trimmed, with empty cells null.

    Raises
    ------
    ReferenceDataError
        Not readable as CSV, larger than ``max_bytes`` unpacked, or without one of the ``needed`` columns.
    """
    try:
        with path.open("rb") as f:
            zipped = f.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else path.open("rb") as f:
            data = f.read(max_bytes + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as e:
        raise ReferenceDataError(f"{path}: the gzip stream is damaged or cut off: {e} ({_REMEDY})") from e
    if len(data) > max_bytes:
        raise ReferenceDataError(f"{path}: unpacks to more than {max_bytes} bytes ({_REMEDY})")
    try:
        frame = pl.read_csv(io.BytesIO(data.removeprefix(b"\xef\xbb\xbf")), infer_schema=False)
    except pl.exceptions.PolarsError as e:
        raise ReferenceDataError(f"{path}: is not a CSV table: {e} ({_REMEDY})") from e
    missing = [c for c in needed if c not in frame.columns]
    if missing:
        raise ReferenceDataError(f"{path}: has no column {', '.join(missing)} ({_REMEDY})")
    return frame.with_columns(pl.all().str.strip_chars().replace("", None))


def _numbers(
    frame: pl.DataFrame, wanted: dict[str, tuple[str, float, float]], file: str
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
            problems.append(
                frame.filter(bad).select(
                    pl.lit(file).alias("file"),
                    pl.col("_line").alias("row"),
                    pl.lit(theirs).alias("field"),
                    text.str.slice(0, 80).alias("value"),
                    pl.lit(f"not a number between {low:g} and {high:g}").alias("reason"),
                    pl.lit("left empty; tell OurAirports, who correct it").alias("remedy"),
                    pl.lit(0, pl.Int64).alias("rows_lost"),
                )
            )
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
    raw, problems = _numbers(raw, {k: (k, *v) for k, v in _NUMBERS.items()}, str(path))
    lost = pl.col("ident").is_null() | pl.col("latitude_deg").is_null() | pl.col("longitude_deg").is_null()
    lost = lost | pl.col("ident").is_duplicated() | ~pl.col("type").is_in(list(KIND_RANK)).fill_null(False)
    problems.append(
        raw.filter(lost).select(
            pl.lit(str(path)).alias("file"),
            pl.col("_line").alias("row"),
            pl.lit(None, pl.String).alias("field"),
            pl.col("ident").str.slice(0, 80).alias("value"),
            pl.lit("no ident, no usable place, an unknown type, or an ident used twice").alias("reason"),
            pl.lit("left out; add the field to your own airfields if it matters").alias("remedy"),
            pl.lit(1, pl.Int64).alias("rows_lost"),
        )
    )
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
    return fields, pl.concat([PROBLEMS.conform(p) for p in problems])


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
    raw, problems = _numbers(raw, _RUNWAY_NUMBERS, str(path))
    raw = raw.join(
        fields.select(pl.col("ident").alias("airport_ident"), "code"), on="airport_ident", how="left"
    )
    orphan = raw.filter(pl.col("code").is_null())
    problems.append(
        orphan.select(
            pl.lit(str(path)).alias("file"),
            pl.col("_line").alias("row"),
            pl.lit("airport_ident").alias("field"),
            pl.col("airport_ident").str.slice(0, 80).alias("value"),
            pl.lit("no such airfield in airports.csv").alias("reason"),
            pl.lit("left out; airports.csv and runways.csv should be of one day").alias("remedy"),
            pl.lit(1, pl.Int64).alias("rows_lost"),
        )
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
    return runways, pl.concat([PROBLEMS.conform(p) for p in problems])
