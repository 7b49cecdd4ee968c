"""Exhibits: photos, images and notes, hashed and tied to a visit. None is ever a reason for a grade."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from wheelsdown.analysis.wording import name
from wheelsdown.case.copies import copy_of
from wheelsdown.case.moments import instant
from wheelsdown.schema import EXHIBIT_KINDS, EXHIBITS, VISITS

if TYPE_CHECKING:
    from wheelsdown.case.form import Case, Exhibit

__all__ = ["exhibits"]

_SHORTEST_ID: Final = 4
_NONE: Final = "the data read for this case hold no visit"


def exhibits(case: Case, visits: pl.DataFrame | None = None) -> pl.DataFrame:
    """Hash the exhibits of a case and tie each to its visit.

    Parameters
    ----------
    case : Case
    visits : VISITS, optional
        The case's own. Nothing in them changes: an exhibit stands beside a visit and never moves its grade.

    Returns
    -------
    EXHIBITS
        In the order of the case file. A file that is not there or has another hash, and a visit that is not in these
        data, are rows that say so.

    Notes
    -----
    Tied by the visit's id or its beginning; or by airfield and time, where exactly one visit at that airfield can have
    been on the ground then: from its earliest touchdown to its latest take-off. What a file shows is the author's
    word: a hash says which bytes were kept, not that they are what they seem (Berkeley Protocol 2022).
    """
    frame = VISITS.empty() if visits is None else visits
    rows = [_row(case, exhibit, frame) for exhibit in case.exhibit]
    return pl.DataFrame(rows, schema=EXHIBITS.schema, orient="row")


def _row(case: Case, exhibit: Exhibit, visits: pl.DataFrame) -> dict[str, Any]:
    copy = copy_of(case, exhibit.file, exhibit.sha256)
    visit, tie = _tied(case, exhibit, visits)
    taken = None
    if exhibit.taken is not None and isinstance(exhibit.taken, dt.datetime):
        taken = instant(exhibit.taken, exhibit.zone or case.case.zone)
    when = ""
    if exhibit.taken is not None and taken is None:
        when = f"Taken on {exhibit.taken.isoformat()}, at a time that is not known."
    if taken is not None and visit is not None and _there(visits, None, taken, visit).is_empty():
        when = f"It was taken at {taken:%Y-%m-%d %H:%M} UTC, outside the stay that these data show."
    sentence = " ".join(s for s in (tie, when, copy.trouble) if s)
    return {
        "exhibit_id": exhibit.id,
        "kind": exhibit.kind,
        "shows": exhibit.shows,
        "file": copy.name,
        "sha256": copy.sha256,
        "bytes": copy.bytes,
        "taken_utc": taken,
        "made_by": exhibit.made_by,
        "licence": exhibit.licence,
        "url": exhibit.url,
        "reliability": exhibit.reliability,
        "credibility": exhibit.credibility,
        "visit_id": visit,
        "sentence": sentence,
    }


def _tied(case: Case, exhibit: Exhibit, visits: pl.DataFrame) -> tuple[str | None, str]:
    """Give the visit's id, and what ties the exhibit to it or why nothing does."""
    kind = EXHIBIT_KINDS[exhibit.kind]
    what = kind[:1].upper() + kind[1:]
    if exhibit.visit is not None:
        ids = [i for i in visits["visit_id"].to_list() if i == exhibit.visit]
        if not ids and len(exhibit.visit) >= _SHORTEST_ID:
            ids = [i for i in visits["visit_id"].to_list() if i.startswith(exhibit.visit)]
        ids = list(dict.fromkeys(ids))
        if len(ids) > 1:
            return (
                None,
                f"{what}, tied to nothing: {len(ids)} visits have an id that begins with {name(exhibit.visit)}.",
            )
        if not ids:
            return None, f"{what}, tied to nothing: {_NONE} {name(exhibit.visit)}."
        return ids[0], f"{what}, tied by the case to visit {ids[0]}; it does not change the visit's grade."
    if exhibit.time is None or exhibit.airfield is None:
        return None, f"{what}, tied to nothing."
    at = instant(exhibit.time, exhibit.zone or case.case.zone)
    rows = _there(visits, exhibit.airfield, at)
    when = f"at {exhibit.airfield} at {at:%Y-%m-%d %H:%M} UTC"
    if rows.height == 1:
        row = rows.row(0, named=True)
        return row["visit_id"], (
            f"{what}, tied to visit {row['visit_id']}: the only one that can have been {when}; it does not change "
            "the visit's grade."
        )
    if rows.height:
        return None, f"{what}, tied to nothing: {rows.height} visits can have been {when}; name one by its id."
    return None, f"{what}, tied to nothing: {_NONE} that can have been {when}."


def _there(visits: pl.DataFrame, airfield: str | None, at: dt.datetime, visit_id: str | None = None) -> pl.DataFrame:
    """Find visits that can have been on the ground at a moment; an open one from its touchdown on."""
    begin = pl.coalesce("arrived_earliest_utc", "arrived_utc")
    end = pl.coalesce("departed_latest_utc", "departed_utc")
    here = pl.col("visit_id") == visit_id if airfield is None else (pl.col("airfield") == airfield)
    return visits.filter(
        here.fill_null(value=False),
        pl.col("grade") != "ruled_out",
        (begin <= at).fill_null(value=True),
        (end >= at).fill_null(value=True),
    ).unique("visit_id", maintain_order=True)
