"""Rows that may tell one stay twice: two logs, two exports, a track without an address, a long stay heard in pieces."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

__all__ = ["TWICE", "told_twice"]

TWICE: Final = "_twice"
"""Column that `told_twice` adds."""
_ONE_ARRIVAL_S: Final = 1200.0
"""Two arrivals at one place, no farther apart than this and without a departure between them, may be one."""
_GRADES: Final = ("observed", "inferred", "likely", "possible")
_FAR: Final = chr(0x10FFFF)
_NEEDED: Final = (
    "visit_id", "icao24", "registration", "callsign_in", "airfield", "place_id", "grade", "arrived_utc",
    "departed_utc", "quarantined", "verdict", "check_state",
)  # fmt: skip


@dataclass(frozen=True)
class _Stay:
    """A row, as it is compared."""

    number: int
    id: str
    address: str
    tail: str
    sign: str
    place: str
    at: float
    left: float | None
    rank: tuple[Any, ...]


def told_twice(visits: pl.DataFrame) -> pl.DataFrame:
    """Mark rows that may be the same stay as another row: a lower bound must not count both.

    Parameters
    ----------
    visits : frame of VISITS
        From whatever sources, in any order.

    Returns
    -------
    frame of VISITS
        With `_twice`: the `visit_id` of the row that stands for the stay; null for rows of their own. Of two rows the
        confirmed, better graded one with an address stands. A frame that has the column is given back as it is.

    Notes
    -----
    Two rows at one place may be one stay if nothing tells their aircraft apart (another address and another tail; where
    one has no address, another tail or call sign) and they touched down within 20 minutes of one another, the first
    not having left before; rows of one aircraft also if the second arrives before the first has left. It cannot tell
    two aircraft that landed minutes apart and of which one has no name: they count as one.

    A row without an arrival may be the rest of the stay that the same aircraft's row before it began at that place,
    where that one has no departure: nothing is inferred across 48 hours of silence, so that a longer stay is told in
    pieces. That it left and came back unheard is what a silence may hide, and no visit of its own.
    """
    if TWICE in visits.columns:
        return visits
    kept: dict[str, list[tuple[float, str, _Stay]]] = defaultdict(list)
    by_name: dict[tuple[str, str], list[tuple[float, str, _Stay]]] = defaultdict(list)
    found: list[str | None] = [None] * visits.height
    for stay in sorted(_stays(visits), key=lambda s: s.rank):
        other = next((o for o in _beside(stay, kept, by_name) if _may_be_one(stay, o)), None)
        if other is not None:
            found[stay.number] = other.id
            continue
        entry = (stay.at, stay.id, stay)
        insort(kept[stay.place], entry, key=lambda e: e[:2])
        for name in _names(stay):
            insort(by_name[stay.place, name], entry, key=lambda e: e[:2])
    _rests(visits, found)
    return visits.with_columns(pl.Series(TWICE, found, dtype=pl.String))


def _rests(visits: pl.DataFrame, found: list[str | None]) -> None:
    """Mark, in place, rows without an arrival that go on with the stay of the same aircraft's row before."""
    rows = (
        visits.select(
            "visit_id",
            who=pl.coalesce("icao24", "registration"),
            place=pl.coalesce("airfield", "place_id"),
            came=pl.col("arrived_utc").is_not_null(),
            went=pl.col("departed_utc").is_not_null(),
            at=pl.coalesce("arrived_utc", "arrived_latest_utc", "departed_utc"),
            number=pl.int_range(pl.len()),
            told=pl.col("grade") != "ruled_out",
        )
        .filter("told", pl.col("who").is_not_null(), pl.col("at").is_not_null())
        .sort("who", "at", "went", "visit_id")
    )
    before: dict[str, Any] = {}
    for row in rows.iter_rows(named=True):
        same = bool(before) and before["who"] == row["who"] and before["place"] == row["place"] is not None
        if same and not row["came"] and not before["went"] and found[row["number"]] is None:
            found[row["number"]] = found[before["number"]] or before["visit_id"]
        before = row


def _stays(visits: pl.DataFrame) -> Iterator[_Stay]:
    rows = visits.select(
        *_NEEDED, pl.col("arrived_utc").dt.epoch("ms").alias("_a"), pl.col("departed_utc").dt.epoch("ms").alias("_d")
    )
    for number, row in enumerate(rows.iter_rows(named=True)):
        place = row["airfield"] or row["place_id"]
        if row["_a"] is None or not place or row["grade"] not in _GRADES:
            continue
        address = row["icao24"] or ""
        tail = "".join(c for c in (row["registration"] or "").upper() if c.isalnum())
        sign = "".join((row["callsign_in"] or "").split()).upper()
        current = row["check_state"] == "current"
        rank = (
            row["quarantined"] is not None,
            not (current and row["verdict"] in ("confirm", "reject")),
            _GRADES.index(row["grade"]),
            not address or address.startswith("~"),
            not tail,
            row["_a"],
            row["visit_id"],
            number,
        )
        left = None if row["_d"] is None else row["_d"] / 1000.0
        yield _Stay(
            number, row["visit_id"], "" if address.startswith("~") else address, tail, sign, place, row["_a"] / 1000.0,
            left, rank,
        )  # fmt: skip


def _names(stay: _Stay) -> list[str]:
    named = (("icao24", stay.address), ("tail", stay.tail), ("sign", stay.sign))
    return [f"{what} {text}" for what, text in named if text]


def _beside(
    stay: _Stay,
    kept: dict[str, list[tuple[float, str, _Stay]]],
    by_name: dict[tuple[str, str], list[tuple[float, str, _Stay]]],
) -> Iterator[_Stay]:
    """Yield the rows near in time that stand: of the same name the neighbours, of all others those minutes away."""
    for name in _names(stay):
        rows = by_name.get((stay.place, name), [])
        at = bisect_left(rows, (stay.at, ""), key=lambda e: e[:2])
        yield from (e[2] for e in rows[max(0, at - 2) : at + 2])
    rows = kept.get(stay.place, [])
    first = bisect_left(rows, (stay.at - _ONE_ARRIVAL_S, ""), key=lambda e: e[:2])
    last = bisect_right(rows, (stay.at + _ONE_ARRIVAL_S, _FAR), key=lambda e: e[:2])
    yield from (e[2] for e in rows[first:last])


def _may_be_one(a: _Stay, b: _Stay) -> bool:
    same = _same_aircraft(a, b)
    if same is False:
        return False
    first, second = (a, b) if (a.at, a.number) <= (b.at, b.number) else (b, a)
    apart = second.at - first.at
    if first.left is not None and first.left <= second.at and apart > 0.0:
        return False
    return apart <= _ONE_ARRIVAL_S or (same is True and first.left is not None)


def _same_aircraft(a: _Stay, b: _Stay) -> bool | None:
    """Tell whether two rows are of one aircraft; None where nothing tells."""
    if a.address and b.address:
        return a.address == b.address or bool(a.tail and a.tail == b.tail)
    if a.tail and b.tail:
        return a.tail == b.tail
    if a.sign and b.sign:
        return a.sign == b.sign
    return None
