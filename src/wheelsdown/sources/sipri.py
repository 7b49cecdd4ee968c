"""What the readers of SIPRI's arms transfers share: card, release, rounding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import polars as pl

from wheelsdown.sources.context_cells import release_in
from wheelsdown.sources.interface import Report

__all__ = ["LICENCE", "PUBLISHER", "SOURCE", "TIV_MOST", "URL", "YEARS", "release", "said", "tiv_frame"]

PUBLISHER: Final = "Stockholm International Peace Research Institute (SIPRI)"
LICENCE: Final = "SIPRI's terms: cite it; rows are not to be handed on beyond fair use. wheelsdown ships none"
URL: Final = "https://www.sipri.org/databases/armstransfers"
SOURCE: Final = "SIPRI"
TIV_MOST: Final = 1_000_000.0
YEARS: Final = (1900, 2100)
_GENERATED: Final = re.compile(r"[Gg]enerated:\s*(\d{1,2} [A-Za-z]{3,9} \d{4})")
_HALF: Final = 0.5


def release(preamble: Sequence[str], name: str, report: Report) -> str | None:
    """Date of a table: out of its preamble, else out of the file's name; else None, with a note."""
    for line in preamble:
        if found := _GENERATED.search(line):
            for pattern in ("%d %B %Y", "%d %b %Y"):
                try:
                    return datetime.strptime(found[1], pattern).date().isoformat()  # noqa: DTZ007
                except ValueError:
                    continue
    if named := release_in(name):
        return named
    report.notes.append(
        "no date of release in the file or its name: each release revises earlier years, so write the date into the "
        "name, such as register_2026-03-09.csv"
    )
    return None


def said(what: str, as_of: str | None) -> str:
    """Name a table and its release."""
    return f"{SOURCE} {what}" + (f", {as_of}" if as_of else "")


def tiv_frame(
    rows: pl.Series, supplier: pl.Series, recipient: pl.Series, year: pl.Series, tiv: pl.Series, as_of: str | None
) -> pl.DataFrame:
    """Make TRANSFERS of kind `tiv`; a whole number stands for half a million below and above it."""
    frame = pl.DataFrame(
        {
            "supplier": supplier,
            "recipient": recipient,
            "year": year.cast(pl.Int32),
            "tiv": tiv.cast(pl.Float64),
            "row": rows.cast(pl.Int32),
        }
    )
    exact = pl.col("tiv") != pl.col("tiv").round()
    return frame.with_columns(
        transfer_id=pl.format("tiv:{}>{}:{}", "supplier", "recipient", "year"),
        kind=pl.lit("tiv"),
        tiv_least=pl.when(exact).then("tiv").otherwise((pl.col("tiv") - _HALF).clip(lower_bound=0.0)),
        tiv_most=pl.when(exact).then("tiv").otherwise(pl.col("tiv") + _HALF),
        uncertain=pl.lit([], dtype=pl.List(pl.String)),
        source=pl.lit(said("TIV table", as_of)),
        as_of=pl.lit(as_of, dtype=pl.String),
    )
