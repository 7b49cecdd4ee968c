"""Two lists of visits, row against row: which can be the same visit, and the best one-to-one matching of them."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.geo import distance_km

__all__ = ["Pair", "Stop", "apart_s", "departures_apart_s", "matched", "near", "stops_of"]

_NEAR_KM: Final = 15.0
"""Two places that no list names are one if they lie no farther apart."""
_STRANGERS_S: Final = 900.0
"""Rows that name two aircraft at one place are one visit only if they lie no farther apart."""


@dataclass(frozen=True)
class Stop:
    """A row of VISITS, as it is compared."""

    row: dict[str, Any]
    icao24: str | None
    tail: str | None
    signs: frozenset[str]
    airfield: str | None
    rivals: frozenset[str]
    at_s: float
    """When it is sorted by: touchdown, else take-off."""
    arrived: tuple[float, float, float] | None
    departed: tuple[float, float, float] | None
    """Not before, best, not after; in seconds."""

    @property
    def id(self) -> str:
        """Its `visit_id`."""
        return str(self.row["visit_id"])


@dataclass(frozen=True)
class Pair:
    """Two rows that are one visit."""

    first: Stop
    second: Stop
    how: str
    """``same``, ``other field``, ``other aircraft``."""


def stops_of(visits: pl.DataFrame) -> list[Stop]:
    """Take rows of VISITS as they are compared, in order of time."""
    return sorted((_stop(r) for r in visits.iter_rows(named=True)), key=lambda s: (s.at_s, s.id))


def matched(
    first: Sequence[Stop], second: Sequence[Stop], *, window_min: float, strangers: bool = True
) -> tuple[list[Pair], list[Stop], list[Stop]]:
    """Match two lists one to one.

    Parameters
    ----------
    first, second : sequences of Stop
    window_min : float
        Touchdowns of one visit lie no farther apart, or their intervals overlap.
    strangers : bool
        Also rows that name another aircraft at one place, no farther apart than 15 minutes, and the only ones left
        there.

    Returns
    -------
    pairs, rest of the first, rest of the second

    Notes
    -----
    As many pairs as can be, and of those the ones with the least sum of differences in time (Kuhn 1955; Jonker and
    Volgenant 1987, as in scipy): the order of rows does not matter. First rows of one aircraft at one place, then of
    one aircraft at another place, last of another aircraft at the same place and time. In two lists of all traffic at
    a busy field the last means little.
    """
    pairs: list[Pair] = []
    left, right = list(first), list(second)
    window_s = window_min * 60.0
    for how, fits, slack_s, only in (
        ("same", lambda a, b: _same_aircraft(a, b) and _same_place(a, b), window_s, False),
        ("other field", _same_aircraft, window_s, False),
        ("other aircraft", lambda a, b: a.airfield is not None and a.airfield == b.airfield, _STRANGERS_S, True),
    ):
        if only and not strangers:
            continue
        keys = _place_keys if only else _aircraft_keys
        found = _best(left, right, fits, keys, slack_s, only=only)
        pairs += [Pair(left[i], right[j], how) for i, j in found]
        taken_left, taken_right = {i for i, _ in found}, {j for _, j in found}
        left = [s for i, s in enumerate(left) if i not in taken_left]
        right = [s for j, s in enumerate(right) if j not in taken_right]
    pairs.sort(key=lambda p: (min(p.first.at_s, p.second.at_s), p.first.id, p.second.id))
    return pairs, left, right


def near(stops: Sequence[Stop], others: Sequence[Stop], *, window_min: float) -> set[str]:
    """Give the ids of those with a row of their aircraft that near in the other list, be it matched or not."""
    found = _edges(stops, others, _same_aircraft, _aircraft_keys, window_min * 60.0, overlap=True)
    return {stops[i].id for i, _ in found}


def apart_s(a: Stop, b: Stop) -> tuple[float, bool] | None:
    """Give the seconds between two touchdowns (else take-offs), and whether their intervals overlap."""
    for one, other in ((a.arrived, b.arrived), (a.departed, b.departed)):
        if one is not None and other is not None:
            return _apart(one, other)
    return None


def departures_apart_s(a: Stop, b: Stop) -> tuple[float, bool] | None:
    """Give the seconds between two take-offs, and whether their intervals overlap; None where one has none."""
    return None if a.departed is None or b.departed is None else _apart(a.departed, b.departed)


def _apart(one: tuple[float, float, float], other: tuple[float, float, float]) -> tuple[float, bool]:
    return other[1] - one[1], one[0] <= other[2] and other[0] <= one[2]


def _best(
    left: Sequence[Stop],
    right: Sequence[Stop],
    fits: Callable[[Stop, Stop], bool],
    keys: Callable[[Stop], Iterator[str]],
    slack_s: float,
    *,
    only: bool,
) -> list[tuple[int, int]]:
    edges = _edges(left, right, fits, keys, slack_s, overlap=not only)
    out: list[tuple[int, int]] = []
    for rows, columns in _components(edges):
        if only:
            if len(rows) == len(columns) == 1:
                out.append((rows[0], columns[0]))
            continue
        cost = np.full((len(rows), len(columns)), np.inf)
        for i, a in enumerate(rows):
            for j, b in enumerate(columns):
                cost[i, j] = edges.get((a, b), np.inf)
        # one forbidden pair costs more than all allowed ones together: first as many pairs as can be, then the nearest
        forbidden = ~np.isfinite(cost)
        cost[forbidden] = 1.0 + float(cost[~forbidden].sum())
        at_rows, at_columns = import_module("scipy.optimize").linear_sum_assignment(cost)
        out += [(rows[i], columns[j]) for i, j in zip(at_rows, at_columns, strict=True) if not forbidden[i, j]]
    return out


def _edges(
    left: Sequence[Stop],
    right: Sequence[Stop],
    fits: Callable[[Stop, Stop], bool],
    keys: Callable[[Stop], Iterator[str]],
    slack_s: float,
    *,
    overlap: bool,
) -> dict[tuple[int, int], float]:
    """Find what can go together, with the seconds between: only rows that share a key and are near in time."""
    index: dict[str, list[int]] = defaultdict(list)
    for j, stop in enumerate(right):
        for key in keys(stop):
            index[key].append(j)  # in order of time, as `right` is
    times = {key: [right[j].at_s for j in found] for key, found in index.items()}
    # a row without a touchdown is compared by its take-off, which lies a stay away from the other's touchdown
    widths = {key: max(_width(right[j]) for j in found) for key, found in index.items()}
    edges: dict[tuple[int, int], float] = {}
    for i, a in enumerate(left):
        for key in keys(a):
            if key not in index:
                continue
            reach = slack_s + _width(a) + widths[key]
            begin = bisect_left(times[key], a.at_s - reach)
            end = bisect_right(times[key], a.at_s + reach)
            for j in index[key][begin:end]:
                if (i, j) in edges or not fits(a, right[j]):
                    continue
                between = apart_s(a, right[j])
                if between is not None and (abs(between[0]) <= slack_s or (overlap and between[1])):
                    edges[i, j] = abs(between[0])
    return edges


def _components(edges: dict[tuple[int, int], float]) -> Iterator[tuple[list[int], list[int]]]:
    """Cut the candidates into parts that share no row, so that each is small."""
    of_row: dict[int, list[int]] = defaultdict(list)
    of_column: dict[int, list[int]] = defaultdict(list)
    for i, j in edges:
        of_row[i].append(j)
        of_column[j].append(i)
    seen: set[int] = set()
    for start in sorted(of_row):
        if start in seen:
            continue
        rows, columns, waiting = {start}, set(), [start]
        while waiting:
            for j in of_row[waiting.pop()]:
                if j not in columns:
                    columns.add(j)
                    new = [i for i in of_column[j] if i not in rows]
                    rows.update(new)
                    waiting += new
        seen |= rows
        yield sorted(rows), sorted(columns)


def _same_aircraft(a: Stop, b: Stop) -> bool:
    """By address, else by tail, else by call sign; an address that differs gives way to a tail that agrees."""
    if a.icao24 and b.icao24 and a.icao24 == b.icao24:
        return True
    if a.tail and b.tail:
        return a.tail == b.tail
    if a.icao24 and b.icao24:
        return False
    return bool(a.signs & b.signs)


def _same_place(a: Stop, b: Stop) -> bool:
    """Where both name a field, it is one, or one that the other cannot exclude; where neither does, they are near."""
    if a.airfield and b.airfield:
        return a.airfield == b.airfield or a.airfield in b.rivals or b.airfield in a.rivals
    if a.airfield or b.airfield:
        return True
    spots = [s.row.get(c) for s in (a, b) for c in ("latitude_deg", "longitude_deg")]
    return any(c is None for c in spots) or float(distance_km(*spots)) <= _NEAR_KM


def _aircraft_keys(stop: Stop) -> Iterator[str]:
    if stop.icao24:
        yield f"icao24 {stop.icao24}"
    if stop.tail:
        yield f"tail {stop.tail}"
    for sign in stop.signs:
        yield f"sign {sign}"


def _place_keys(stop: Stop) -> Iterator[str]:
    if stop.airfield:
        yield stop.airfield


def _width(stop: Stop) -> float:
    """Seconds that any of its times may lie from the one it is sorted by."""
    ends = [t for e in (stop.arrived, stop.departed) if e is not None for t in e if math.isfinite(t)]
    return max((abs(t - stop.at_s) for t in ends), default=0.0)


def _stop(row: dict[str, Any]) -> Stop:
    arrived, departed = _interval(row, "arrived"), _interval(row, "departed")
    best = arrived or departed
    address = row["icao24"]
    tail = re.sub(r"[^0-9A-Z]", "", (row["registration"] or "").upper())
    signs = {re.sub(r"\s", "", row[c]).upper() for c in ("callsign_in", "callsign_out") if row[c]}
    return Stop(
        row,
        address if address and not address.startswith("~") else None,
        tail or None,
        frozenset(signs - {""}),
        row["airfield"],
        frozenset(row["rivals"] or ()),
        best[1] if best else row["arrived_latest_utc"].timestamp(),
        arrived,
        departed,
    )


def _interval(row: dict[str, Any], end: str) -> tuple[float, float, float] | None:
    best: datetime | None = row[f"{end}_utc"]
    if best is None:
        return None
    early, late = row[f"{end}_earliest_utc"] or best, row[f"{end}_latest_utc"] or best
    return early.timestamp(), best.timestamp(), late.timestamp()
