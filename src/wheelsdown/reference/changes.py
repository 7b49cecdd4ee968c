"""What differs between two lists of airfields."""

from __future__ import annotations

from typing import Final

import polars as pl

from wheelsdown.geo import distance_km
from wheelsdown.reference.store import Tables
from wheelsdown.reference.zones import nearest, places

__all__ = ["CHANGE_SCHEMA", "MOVED_KM", "changes_between"]

MOVED_KM: Final = 0.5
CHANGE_SCHEMA: Final[dict[str, pl.DataType]] = {
    n: pl.String() for n in ("change", "code", "ident", "name", "before", "after")
}
# A runway counts as changed when its ends, length or closing differ; elevations and widths are corrected all the time.
_RUNWAY: Final = ("le_ident", "he_ident", "length_ft", "closed")


def _rows(frame: pl.DataFrame, change: str, before: pl.Expr, after: pl.Expr) -> pl.DataFrame:
    rows = frame.select(
        pl.lit(change).alias("change"), "code", "ident", "name", before.alias("before"), after.alias("after")
    )
    return rows.cast(dict.fromkeys(CHANGE_SCHEMA, pl.String))


def _place(prefix: str = "") -> pl.Expr:
    return pl.concat_str(
        [pl.col(f"{prefix}{n}").round(5).cast(pl.String) for n in ("latitude_deg", "longitude_deg")], separator=", "
    )


def _runways(tables: Tables) -> pl.DataFrame:
    """One text a field: its runways in order."""
    said = pl.concat_str(
        pl.concat_str([pl.col(c).fill_null("?") for c in ("le_ident", "he_ident")], separator="/"),
        pl.col("length_ft").round(0).cast(pl.Int64).cast(pl.String).fill_null("?") + " ft",
        pl.when(pl.col("closed")).then(pl.lit("closed")),
        separator=" ",
        ignore_nulls=True,
    )
    rows = tables.runways.select("code", *_RUNWAY).with_columns(said.alias("said")).sort("code", "said")
    texts = rows.group_by("code", maintain_order=True).agg(pl.col("said").str.join("; ").alias("runways"))
    return tables.fields.select("ident", "code").join(texts, on="code", how="left").select("ident", "runways")


def _removed(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Fields gone from the list, with what now stands within 0.5 km: mostly the same field under another ident."""
    gone = old.join(new, on="ident", how="anti")
    index, _ = nearest(places(gone), places(new), within_km=MOVED_KM)
    there = [new.row(i, named=True) if i >= 0 else None for i in index[:, 0].tolist()]
    now = [f"{n['code']} ({n['name']}, {n['kind']}) at this place" if n else None for n in there]
    gone = gone.with_columns(pl.Series("_now", now, dtype=pl.String))
    return _rows(gone, "removed", _place(), pl.col("_now"))


def changes_between(old: Tables, new: Tables) -> pl.DataFrame:
    """Compare two lists, field by field after their ident.

    Returns
    -------
    polars.DataFrame
        change, code, ident, name, before, after; `change` is added, removed (`after` says what the new list has at the
        same place), moved (more than 0.5 km), renamed, code
        (the code of this field), kind, or runways. Ordered by change, then code.
    """
    old_fields, new_fields = (t.fields.unique("ident", keep="first", maintain_order=True) for t in (old, new))
    both = new_fields.join(old_fields, on="ident", suffix="_old")
    km = distance_km(
        *(both[c].to_numpy() for c in ("latitude_deg_old", "longitude_deg_old", "latitude_deg", "longitude_deg"))
    )
    both = both.with_columns(pl.Series("_km", km))
    null = pl.lit(None, pl.String)
    runways = both.join(_runways(old), on="ident", how="left").join(
        _runways(new), on="ident", how="left", suffix="_new"
    )
    parts = [
        _rows(new_fields.join(old_fields, on="ident", how="anti"), "added", null, _place()),
        _removed(old_fields, new_fields),
        _rows(
            both.filter(pl.col("_km") > MOVED_KM).with_columns(
                latitude_old=pl.col("latitude_deg_old"), longitude_old=pl.col("longitude_deg_old")
            ),
            "moved",
            pl.concat_str(
                [pl.col(n).round(5).cast(pl.String) for n in ("latitude_old", "longitude_old")], separator=", "
            ),
            _place() + " (" + pl.col("_km").round(1).cast(pl.String) + " km)",
        ),
        *(
            _rows(both.filter(pl.col(c).ne_missing(pl.col(f"{c}_old"))), change, pl.col(f"{c}_old"), pl.col(c))
            for change, c in (("renamed", "name"), ("code", "code"), ("kind", "kind"))
        ),
        _rows(
            runways.filter(pl.col("runways").ne_missing(pl.col("runways_new"))),
            "runways",
            pl.col("runways"),
            pl.col("runways_new"),
        ),
    ]
    return pl.concat(parts).sort("change", "code", "ident")
