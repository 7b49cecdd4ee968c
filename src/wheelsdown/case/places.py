"""The airfields of a case, and their neighbours, for the map and the cards."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from wheelsdown.case.form import Case
from wheelsdown.case.result import Picked
from wheelsdown.geo import distance_km_expr
from wheelsdown.reference.airfields import Airfields
from wheelsdown.schema import AIRFIELDS

__all__ = ["picked", "with_own"]

_NEAR_KM: Final = 45.0
_MOST_NEIGHBOURS: Final = 6
_MOST_ENDS: Final = 8
_LONG_FT: Final = 5000.0
"""A neighbour counts as one where an aircraft of some size can land."""


def with_own(case: Case, known: Airfields) -> Airfields:
    """Add the fields that a case brings itself, in place of the list's of the same code.

    Parameters
    ----------
    case : Case
    known : Airfields

    Returns
    -------
    Airfields
        A field without runways of its own has none: what depends on alignment cannot be told there.
    """
    rows = [
        {
            "code": a.code,
            "ident": a.code,
            "name": a.name,
            "kind": "small_airport",
            "latitude_deg": a.latitude_deg,
            "longitude_deg": a.longitude_deg,
            "elevation_ft": a.elevation_ft,
            "source": f"case {case.case.name}",
        }
        for a in case.airfield
        if a.own
    ]
    if not rows:
        return known
    schema = AIRFIELDS.schema
    own = AIRFIELDS.conform(pl.DataFrame(rows, schema={n: schema[n] for n in rows[0]}, orient="row"), fill=True)
    codes = own["code"].implode()
    return replace(
        known,
        fields=pl.concat([known.fields.filter(~pl.col("code").is_in(codes)), own]),
        runways=known.runways.filter(~pl.col("code").is_in(codes)),
        notes=(*known.notes, *(f"{c}: coordinates as the case file gives them" for c in own["code"])),
    )


def picked(case: Case, known: Airfields, visits: pl.DataFrame | None = None) -> tuple[Picked, ...]:
    """Give the airfields of a case, then rivals and neighbours with a long runway, then where its visits came from.

    Parameters
    ----------
    case : Case
    known : Airfields
        The list in use.
    visits : VISITS, optional
        Whose rivals are added.

    Returns
    -------
    tuple of Picked
        The case's own first, in its order; then others by distance from the first, at most six; then ends of flights,
        the most frequent first, at most eight.
    """
    own = []
    for a in case.airfield:
        if a.latitude_deg is not None and a.longitude_deg is not None:
            own.append(Picked(a.code, a.name or a.code, a.latitude_deg, a.longitude_deg, a.elevation_ft))
        else:
            own.append(_of(known.resolve(a.code)))
    if not own:
        return ()
    codes = {p.code for p in own}
    rivals = set() if visits is None else set(visits["rivals"].explode().drop_nulls().to_list())
    first = own[0]
    km = distance_km_expr("latitude_deg", "longitude_deg", first.latitude_deg, first.longitude_deg)
    long = known.runways.filter(pl.col("length_ft") >= _LONG_FT)["code"].unique().implode()
    near = known.fields.with_columns(_km=km).filter(
        ~pl.col("code").is_in(list(codes)),
        pl.col("code").is_in(list(rivals)) | ((pl.col("_km") <= _NEAR_KM) & pl.col("code").is_in(long)),
    )
    beside = near.sort("_km", "code").head(_MOST_NEIGHBOURS).iter_rows(named=True)
    around = [_of(row, rival=True) for row in beside]
    return (*own, *around, *_ends(known, visits, codes | {p.code for p in around}))


def _ends(known: Airfields, visits: pl.DataFrame | None, shown: set[str]) -> list[Picked]:
    """Origins and next stops of the visits that are not shown yet."""
    if visits is None:
        return []
    ends = pl.concat([visits["origin"], visits["next_stop"].alias("origin")]).drop_nulls()
    often = ends.value_counts().sort("count", "origin", descending=[True, False])["origin"].to_list()
    wanted = [c for c in often if c not in shown][:_MOST_ENDS]
    rows = {r["code"]: r for r in known.fields.filter(pl.col("code").is_in(wanted)).iter_rows(named=True)}
    return [replace(_of(rows[c]), end=True) for c in wanted if c in rows]


def _of(row: dict[str, object], *, rival: bool = False) -> Picked:
    def number(name: str) -> float | None:
        value = row.get(name)
        return float(value) if isinstance(value, int | float) else None

    def text(name: str) -> str | None:
        value = row.get(name)
        return str(value) if value else None

    return Picked(
        str(row["code"]),
        text("name") or str(row["code"]),
        number("latitude_deg") or 0.0,
        number("longitude_deg") or 0.0,
        number("elevation_ft"),
        text("country"),
        text("time_zone"),
        rival,
    )
