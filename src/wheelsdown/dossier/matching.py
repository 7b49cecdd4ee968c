"""Which visit of one dossier is which of another: by its id, else by aircraft, time and place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import isfinite
from typing import Final

from wheelsdown.dossier.sides import Row, listed, moment
from wheelsdown.geo import distance_km

__all__ = ["matched", "touchdown"]

_NEAR_KM: Final = 50.0
"""The same landing may be named after a neighbouring field; farther apart it is another landing."""

Pair = tuple[Row, Row]


def matched(old: Sequence[Row], new: Sequence[Row]) -> tuple[list[Pair], list[Row], list[Row]]:
    """Match the visits of two dossiers one to one.

    Parameters
    ----------
    old, new : sequence of rows
        Of VISITS, as text.

    Returns
    -------
    tuple
        Pairs, visits in the old only, visits in the new only, each in the order given.

    Notes
    -----
    First by `visit_id`. Of the rest, visits of one aircraft are one where their touchdown intervals overlap at one
    place; else where their stays do; else where their touchdown intervals overlap and the places are rivals or lie
    within 50 km. Nearer touchdowns are matched first. A visit of an aircraft without address, tail or recording is
    matched by its id only.
    """
    by_id = {r["visit_id"]: i for i, r in enumerate(new)}
    pairs = {i: by_id[r["visit_id"]] for i, r in enumerate(old) if r["visit_id"] in by_id}
    taken = set(pairs.values())
    rest: defaultdict[str, list[int]] = defaultdict(list)
    for j, row in enumerate(new):
        if j not in taken and (who := _aircraft(row)):
            rest[who].append(j)
    ranked = sorted(
        (rank, i, j)
        for i, row in enumerate(old)
        if i not in pairs
        for j in rest.get(_aircraft(row) or "", ())
        if (rank := _alike(row, new[j])) is not None
    )
    for _, i, j in ranked:
        if i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return (
        [(old[i], new[j]) for i, j in sorted(pairs.items())],
        [r for i, r in enumerate(old) if i not in pairs],
        [r for j, r in enumerate(new) if j not in taken],
    )


def touchdown(row: Row) -> datetime | None:
    """Give the best time of a touchdown; the latest where there is no best."""
    return moment(row["arrived_utc"]) or moment(row["arrived_latest_utc"])


def _aircraft(row: Row) -> str | None:
    return row["icao24"] or row["registration"] or row["track_id"]


def _alike(a: Row, b: Row) -> tuple[int, timedelta] | None:
    """Tell how well two visits of one aircraft go together; None where they do not."""
    at, bt = touchdown(a), touchdown(b)
    if at is None or bt is None:
        return None
    here = a["place_id"] == b["place_id"] if a["place_id"] and b["place_id"] else a["airfield"] == b["airfield"]
    if here and _overlap(_arrival(a, at), _arrival(b, bt)):
        return 0, abs(at - bt)
    if here and _overlap(_stay(a, at), _stay(b, bt)):
        return 1, abs(at - bt)
    if not here and _overlap(_arrival(a, at), _arrival(b, bt)) and _neighbours(a, b):
        return 2, abs(at - bt)
    return None


def _arrival(row: Row, at: datetime) -> tuple[datetime, datetime]:
    return moment(row["arrived_earliest_utc"]) or at, moment(row["arrived_latest_utc"]) or at


def _stay(row: Row, at: datetime) -> tuple[datetime, datetime]:
    begin, end = _arrival(row, at)
    return begin, moment(row["departed_latest_utc"]) or moment(row["departed_utc"]) or end


def _overlap(a: tuple[datetime, datetime], b: tuple[datetime, datetime]) -> bool:
    return a[0] <= b[1] and b[0] <= a[1]


def _neighbours(a: Row, b: Row) -> bool:
    if (a["airfield"] and a["airfield"] in listed(b["rivals"])) or (
        b["airfield"] and b["airfield"] in listed(a["rivals"])
    ):
        return True
    try:
        ends = [float(r[c] or "nan") for r in (a, b) for c in ("latitude_deg", "longitude_deg")]
    except ValueError:
        return False
    return all(map(isfinite, ends)) and float(distance_km(*ends)) <= _NEAR_KM
