"""From a list's CSVs to the three tables: what packing and updating share."""

from __future__ import annotations

from typing import Final

import polars as pl

from wheelsdown.reference.store import ALIAS_SCHEMA

__all__ = ["keyword_aliases"]

_SPLIT: Final = r"[,;/()]"


def _begins(letters: int) -> pl.Expr:
    return pl.col("alias").str.slice(0, letters) == pl.col("code").str.slice(0, letters)


def keyword_aliases(fields: pl.DataFrame, source: str, as_of: str | None) -> pl.DataFrame:
    """Take the codes out of OurAirports' keywords that no field bears: former codes, mostly.

    A keyword counts as a code when it stands alone and is four capitals that begin with the letter of the field's own
    code (ICAO's region), or two letters of it and two digits, so that acronyms stay out: HSSS of Khartoum, UB15 of
    Nakhchivan.

    Parameters
    ----------
    fields : polars.DataFrame
        AIRFIELDS with a column `keywords`.
    source, as_of : str
        Cited in each row.

    Returns
    -------
    polars.DataFrame
        Columns alias, code, since, until, source, note; since and until are null, for the list does not say.
    """
    borne = pl.concat([fields[c].drop_nulls() for c in ("code", "ident", "icao_code", "gps_code")]).unique().implode()
    words = (
        fields.filter(pl.col("keywords").is_not_null())
        .select("code", pl.col("keywords").str.replace_all(_SPLIT, ",").str.split(",").alias("alias"))
        .explode("alias")
        .with_columns(pl.col("alias").str.strip_chars())
        .filter(
            (
                (_begins(1) & pl.col("alias").str.contains(r"^[A-Z]{4}$"))
                | (_begins(2) & pl.col("alias").str.contains(r"^[A-Z]{2}\d\d$"))
            )
            & ~pl.col("alias").is_in(borne)
        )
        .unique(["alias", "code"])
    )
    return (
        words.select(
            "alias",
            "code",
            pl.lit(None, pl.String).alias("since"),
            pl.lit(None, pl.String).alias("until"),
            pl.lit(source + (f" {as_of}" if as_of else "")).alias("source"),
            pl.lit("listed as a keyword of this field").alias("note"),
        )
        .select(list(ALIAS_SCHEMA))
        .sort("alias", "code")
    )
