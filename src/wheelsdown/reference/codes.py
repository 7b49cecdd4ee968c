"""One unique code for each airfield: the ICAO code where there is one, else the list's own ident."""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["ICAO_FORM", "KIND_RANK", "assign_codes"]

ICAO_FORM: Final = r"^[A-Z]{4}$"
KIND_RANK: Final = {
    "large_airport": 0,
    "medium_airport": 1,
    "small_airport": 2,
    "seaplane_base": 3,
    "heliport": 4,
    "balloonport": 5,
    "closed": 6,
}
# Khojaly (Stepanakert): published accounts and route logs say UB13; the list's newer UBBS still resolves to it.
_KEPT_IDENTS: Final = ("UB13",)


def assign_codes(fields: pl.DataFrame) -> pl.DataFrame:
    """Add `code` and settle `icao_code`.

    Where several rows claim one ICAO code the open field has it before the closed one, then the row whose ident
    is that code, then the bigger kind; the others keep their ident. A closed field whose ident an open field now
    has as its code gets ``IDENT-closed``.

    Parameters
    ----------
    fields : polars.DataFrame
        Has `ident`, `kind`, `icao_code`, `gps_code`; the code of a list without `icao_code` is taken from
        `gps_code` where that is four letters.

    Returns
    -------
    polars.DataFrame
        The same rows in the same order, with `code` unique; `icao_code` is null for rows that lost their claim.
    """
    claim = pl.coalesce(
        pl.when(pl.col("icao_code").str.contains(ICAO_FORM)).then("icao_code"),
        pl.when(pl.col("gps_code").str.contains(ICAO_FORM)).then("gps_code"),
    )
    frame = fields.with_row_index("_row").with_columns(claim.alias("_claim"))
    kept = pl.col("ident").is_in(_KEPT_IDENTS)
    order = [
        pl.col("kind") == "closed",
        pl.col("ident") != pl.col("_want"),
        pl.col("kind").replace_strict(KIND_RANK, default=9, return_dtype=pl.Int8),
        pl.col("ident"),
    ]
    frame = frame.with_columns(
        pl.when(kept).then("ident").otherwise(pl.coalesce("_claim", "ident")).alias("_want")
    ).sort(order)
    frame = frame.with_columns(pl.int_range(pl.len()).over("_want").alias("_place"))
    won = pl.col("_place") == 0
    frame = frame.with_columns(
        pl.when(won).then("_want").otherwise("ident").alias("code"),
        pl.when(won | kept).then("_claim").alias("icao_code"),
    )
    # A loser's ident may itself be another row's code.
    taken = frame.filter(won).select("code").to_series().implode()
    suffix = pl.when(pl.col("kind") == "closed").then(pl.lit("-closed")).otherwise(pl.lit("-other"))
    frame = frame.with_columns(
        pl.when(~won & pl.col("ident").is_in(taken)).then(pl.col("ident") + suffix).otherwise("code").alias("code")
    )
    return frame.sort("_row").drop("_row", "_claim", "_want", "_place")
