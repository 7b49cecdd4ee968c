"""Cards of airfields out of the list in use, and the facts and claims that a case brings, each with its source."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from wheelsdown.geo import distance_km_expr
from wheelsdown.reference.airfields import Airfields
from wheelsdown.reference.airfields import load as load_airfields
from wheelsdown.schema import FACTS

if TYPE_CHECKING:
    from wheelsdown.case.form import Airfield, Case

__all__ = ["facts"]

_BY_CASE: Final = "the case file"
_NEAR_KM: Final = 45.0
_LONG_FT: Final = 5000.0
_MOST_NEIGHBOURS: Final = 6
_CODES: Final = (("ICAO code", "icao_code"), ("IATA code", "iata_code"), ("national code", "local_code"))
_PLAIN: Final = (
    ("elevation", "elevation_ft", "ft"),
    ("country", "country", None),
    ("nearest town", "municipality", None),
    ("time zone", "time_zone", None),
)
Row = dict[str, Any]


def facts(case: Case, known: Airfields | None = None) -> pl.DataFrame:
    """Make the card of each airfield of a case, and list what the case says of airfields and parties.

    Parameters
    ----------
    case : Case
    known : Airfields, optional
        The list in use; the packed or updated one unless given.

    Returns
    -------
    FACTS
        By airfield in the order of the case: what the list has (name, kind, codes, place, elevation, runways, military
        character with the words it was derived from, neighbours within 45 km that have a runway of 5,000 ft or more),
        then the case's own facts, those of somebody as `claim`; then whether each party was asked.

    Notes
    -----
    A list of airfields is of its date: a runway may have been built or closed since. "Military" is derived from words
    in the list, and is no finding.
    """
    known = known or load_airfields()
    rows: list[Row] = []
    for field in case.airfield:
        rows += _listed(field, known)
        rows += _of_case(field)
    for party in case.party:
        rows += _party(party.name, party.asked_on, party.answered_on, party.note)
    return pl.DataFrame(_with_ids(rows), schema=FACTS.schema, orient="row")


def _row(subject: str, name: str, value: object, source: str, **more: Any) -> Row:
    told = f"{value:g}" if isinstance(value, float) else str(value)
    empty = dict.fromkeys(("unit", "claim", "as_of", "url"))
    return {"subject": subject, "name": name, "value": told, "source": source, **empty, **more}


def _listed(field: Airfield, known: Airfields) -> Iterator[Row]:
    """Give the card out of the list; of a field of the case's own, what the case says."""
    row = None if field.own else known.get(field.code)
    if row is None:
        yield from _own(field)
        return
    source, dated = row["source"], {"as_of": row["as_of"]}
    code = row["code"]
    yield _row(code, "name", row["name"] or code, source, **dated)
    yield _row(code, "kind", row["kind"].replace("_", " "), source, **dated)
    for name, column in _CODES:
        if row[column] and row[column] != code:
            yield _row(code, name, row[column], source, **dated)
    yield _row(code, "place", _place(row["latitude_deg"], row["longitude_deg"]), source, unit="deg", **dated)
    for name, column, unit in _PLAIN:
        if row[column] is not None:
            yield _row(code, name, row[column], source, unit=unit, **dated)
    if row["military"]:
        yield _row(code, "military character", row["military_why"] or "named as military", source, **dated)
    yield from _runways(code, known)
    yield from _neighbours(row, known)


def _own(field: Airfield) -> Iterator[Row]:
    yield _row(field.code, "name", field.name or field.code, _BY_CASE)
    if field.latitude_deg is not None and field.longitude_deg is not None:
        yield _row(field.code, "place", _place(field.latitude_deg, field.longitude_deg), _BY_CASE, unit="deg")
    if field.elevation_ft is not None:
        yield _row(field.code, "elevation", field.elevation_ft, _BY_CASE, unit="ft")


def _place(latitude: float, longitude: float) -> str:
    return f"{latitude:.4f}, {longitude:.4f}"


def _runways(code: str, known: Airfields) -> Iterator[Row]:
    mine = known.runways.filter(pl.col("code") == code).sort("length_ft", descending=True, nulls_last=True)
    for r in mine.iter_rows(named=True):
        name = f"runway {'/'.join(e for e in (r['le_ident'], r['he_ident']) if e) or 'unnamed'}"
        dated = {"as_of": r["as_of"]}
        closed = " (marked closed)" if r["closed"] else ""
        if r["length_ft"] is not None:
            value = f"{r['length_ft']:.0f}{closed}"
            yield _row(code, f"{name}: length", value, r["source"], unit="ft", **dated)
        if r["le_heading_deg"] is not None:
            yield _row(code, f"{name}: true heading", f"{r['le_heading_deg']:.0f}", r["source"], unit="deg", **dated)
        if r["surface"]:
            yield _row(code, f"{name}: surface", r["surface"], r["source"], **dated)


def _neighbours(row: Row, known: Airfields) -> Iterator[Row]:
    """Name fields that could be mistaken for this one."""
    km = distance_km_expr("latitude_deg", "longitude_deg", row["latitude_deg"], row["longitude_deg"])
    long = known.runways.filter(pl.col("length_ft") >= _LONG_FT)["code"].unique()
    near = (
        known.fields.with_columns(_km=km)
        .filter(pl.col("code") != row["code"], pl.col("_km") <= _NEAR_KM, pl.col("code").is_in(long.implode()))
        .filter(pl.col("kind") != "closed")
        .sort("_km", "code")
        .head(_MOST_NEIGHBOURS)
    )
    for other in near.iter_rows(named=True):
        told = f"{other['code']} {other['name'] or ''}".strip()
        yield _row(
            row["code"], f"distance to {told}", f"{other['_km']:.0f}", other["source"], unit="km", as_of=other["as_of"]
        )


def _of_case(field: Airfield) -> Iterator[Row]:
    if field.note:
        yield _row(field.code, "note", field.note, _BY_CASE)
    for fact in field.fact:
        dated = fact.as_of.isoformat() if isinstance(fact.as_of, dt.date) else fact.as_of
        yield _row(
            field.code, fact.name, fact.value, fact.source,
            unit=fact.unit, claim=fact.claim, as_of=dated, url=fact.url,
        )  # fmt: skip


def _party(name: str, asked: dt.date | None, answered: dt.date | None, note: str | None) -> Iterator[Row]:
    yield _row(name, "asked", asked.isoformat() if asked else "not yet", _BY_CASE)
    if asked is not None:
        yield _row(name, "answered", answered.isoformat() if answered else "not yet", _BY_CASE)
    if note:
        yield _row(name, "note", note, _BY_CASE)


def _with_ids(rows: Iterable[Row]) -> list[Row]:
    """Give each row an id made from its subject and name; the second of the same name ends in -2."""
    seen: dict[str, int] = {}
    out = []
    for row in rows:
        plain = re.sub(r"\W+", "-", f"{row['subject']} {row['name']}".lower()).strip("-")[:80] or "fact"
        seen[plain] = seen.get(plain, 0) + 1
        out.append({"fact_id": plain if seen[plain] == 1 else f"{plain}-{seen[plain]}", **row})
    return [{c: r[c] for c in FACTS.names} for r in out]
