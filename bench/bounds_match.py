"""Visits beside the truth: matched one to one, and counted as someone would who takes the nearest airfield."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.geo import distance_km

__all__ = ["Matched", "match", "naive_count", "nearest_fields"]

_SLACK_S: Final = 120.0
"""Two stays that miss each other by less than this still touch: times are rounded and estimated."""
_FAR_S: Final = 1e12


@dataclass(frozen=True)
class Matched:
    """Which visit is which truth, by row numbers; -1 where there is none."""

    truth_of: np.ndarray[Any, Any]
    """One entry a visit: its truth visit at the same field."""
    half_of: np.ndarray[Any, Any]
    """One entry a visit left over: the truth visit whose other half is another row. Across a long silence a stay is
    told as two rows, one not seen to leave and one not seen to come: neither is false, and only the first has a
    touchdown."""
    elsewhere: np.ndarray[Any, Any]
    """One entry a visit: where `truth_of` is -1, a truth visit of the same aircraft at another field at that time."""
    visit_of: np.ndarray[Any, Any]
    """One entry a truth visit."""


def _seconds(frame: pl.DataFrame, column: str) -> np.ndarray[Any, Any]:
    return frame[column].dt.epoch("ms").cast(pl.Float64).fill_null(float("nan")).to_numpy() / 1000.0


def _spans(frame: pl.DataFrame, *, true: bool) -> dict[str, np.ndarray[Any, Any]]:
    """Outer bounds of each stay, and its best touchdown and take-off; nan where unknown.

    A true stay without an end lasts beyond the data. A row without an end says nothing of later: it reaches no farther
    than the latest moment at which it puts the aircraft there.
    """
    arrived, departed = _seconds(frame, "arrived_utc"), _seconds(frame, "departed_utc")
    first = np.fmin(_seconds(frame, "arrived_earliest_utc"), arrived)
    last = np.fmax(_seconds(frame, "departed_latest_utc"), departed)
    came_by, left_from = _seconds(frame, "arrived_latest_utc"), _seconds(frame, "departed_earliest_utc")
    return {
        "first": np.where(np.isnan(first), -_FAR_S if true else np.fmin(came_by, left_from), first),
        "last": np.where(np.isnan(last), _FAR_S if true else np.fmax(came_by, left_from), last),
        "arrived": arrived,
        "departed": departed,
    }


def _apart_h(a: dict[str, Any], i: int, b: dict[str, Any], k: int) -> float:
    """Mean distance of touchdowns and take-offs that both rows give, in hours; a day where they share neither."""
    d = [abs(a[e][i] - b[e][k]) for e in ("arrived", "departed") if not np.isnan(a[e][i] + b[e][k])]
    return float(np.mean(d)) / 3600.0 if d else 24.0


def _assign(pairs: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    """As many pairs as can be, and of those the ones least apart."""
    from scipy.optimize import linear_sum_assignment  # slow to load

    if not pairs:
        return []
    rows, columns = sorted({i for i, _ in pairs}), sorted({k for _, k in pairs})
    worth = np.zeros((len(rows), len(columns)))
    for (i, k), apart in pairs.items():
        worth[rows.index(i), columns.index(k)] = 2.0 + 1.0 / (1.0 + apart)
    got = linear_sum_assignment(worth, maximize=True)
    return [(rows[i], columns[k]) for i, k in zip(*got, strict=True) if worth[i, k] > 0]


def match(visits: pl.DataFrame, truth: pl.DataFrame) -> Matched:
    """Match visits with true ones: same aircraft, same field, overlapping in time; each at most once.

    As many pairs as possible are made, and of those the pairs whose touchdown and take-off are least apart. What is
    left over is matched in the same way with true visits of that aircraft at other fields, to say where it was.

    Parameters
    ----------
    visits, truth : frames of VISITS
    """
    mine, theirs = _spans(visits, true=False), _spans(truth, true=True)
    by_aircraft: dict[str | None, list[int]] = defaultdict(list)
    for k, address in enumerate(truth["icao24"].to_list()):
        by_aircraft[address].append(k)
    here, there = visits["airfield"].to_list(), truth["airfield"].to_list()
    same: dict[str | None, dict[tuple[int, int], float]] = defaultdict(dict)
    other: dict[str | None, dict[tuple[int, int], float]] = defaultdict(dict)
    for i, address in enumerate(visits["icao24"].to_list()):
        for k in by_aircraft.get(address, ()):
            if min(mine["last"][i], theirs["last"][k]) - max(mine["first"][i], theirs["first"][k]) < -_SLACK_S:
                continue
            at = same if here[i] is not None and here[i] == there[k] else other
            at[address][i, k] = _apart_h(mine, i, theirs, k)
    truth_of = np.full(visits.height, -1)
    visit_of = np.full(truth.height, -1)
    elsewhere, half_of = np.full(visits.height, -1), np.full(visits.height, -1)
    for pairs in same.values():
        for i, k in _assign(pairs):
            truth_of[i], visit_of[k] = k, i
        for i, k in pairs:
            if truth_of[i] < 0 and _halves(mine, i, int(visit_of[k])):
                half_of[i] = k
    for pairs in other.values():
        left = {(i, k): v for (i, k), v in pairs.items() if truth_of[i] < 0 and half_of[i] < 0}
        for i, k in _assign(left):
            elsewhere[i] = k
    return Matched(truth_of, half_of, elsewhere, visit_of)


def _halves(spans: dict[str, Any], i: int, k: int) -> bool:
    """Tell whether two rows are a stay not seen to end and one not seen to begin, in this order."""
    if k < 0:
        return False
    a, b = (i, k) if spans["first"][i] <= spans["first"][k] else (k, i)
    return bool(np.isnan(spans["departed"][a]) and np.isnan(spans["arrived"][b]))


def nearest_fields(latitude_deg: Any, longitude_deg: Any, fields: pl.DataFrame, within_km: float) -> list[str | None]:
    """Give the airfield nearest to each point, or None where none is within reach."""
    lat, lon = fields["latitude_deg"].to_numpy(), fields["longitude_deg"].to_numpy()
    codes = fields["code"].to_list()
    out: list[str | None] = []
    for a, b in zip(latitude_deg, longitude_deg, strict=True):
        box = np.flatnonzero(np.abs(lat - a) < within_km / 111.0)
        if not len(box):
            out.append(None)
            continue
        d = distance_km(a, b, lat[box], lon[box])
        k = int(np.argmin(d))
        out.append(codes[box[k]] if d[k] <= within_km else None)
    return out


def naive_count(
    positions: pl.DataFrame,
    airfield: str,
    fields: pl.DataFrame,
    *,
    gap_min: float = 30.0,
    low_ft: float = 10000.0,
    within_km: float = 50.0,
) -> int:
    """Count landings as one does by hand: cut at every silence, and take the airfield nearest to where it was lost.

    After `traffic`'s ``infer_airport`` on ``split("30T")``, more careful than that in two ways: only tracks lost, or
    found again, below 10,000 ft (pressure altitude) count, and only with a field of 1,000 m or more within 50 km.
    A stop counts when the point where it was lost, or the point where it was found again, is nearest to the field.

    Parameters
    ----------
    positions : frame of POSITIONS
        Of the aircraft asked about, with `icao24`.
    airfield : str
    fields : frame of AIRFIELDS
        The fields to take the nearest of.
    """
    if not positions.height:
        return 0
    p = positions.sort("icao24", "time_utc")
    address = p["icao24"].fill_null("").to_numpy()
    t = _seconds(p, "time_utc")
    cut = (address[1:] != address[:-1]) | (np.diff(t) > 60.0 * gap_min)
    last = np.append(np.flatnonzero(cut), p.height - 1)
    first = np.append(0, np.flatnonzero(cut) + 1)
    height = p["altitude_ft"].to_numpy().astype(float)
    ground = p["on_ground"].fill_null(value=False).to_numpy()
    low = ground | (height < low_ft)
    lat, lon = p["latitude_deg"].to_numpy(), p["longitude_deg"].to_numpy()

    def at(rows: Any) -> list[bool]:
        names = nearest_fields(lat[rows], lon[rows], fields, within_km)
        return [n == airfield and bool(low[r]) for n, r in zip(names, rows, strict=True)]

    lost, found = at(last), at(first)
    stops = 0
    for n in range(len(first)):
        follows = n + 1 < len(first) and address[first[n + 1]] == address[last[n]]
        stops += bool(lost[n] or (follows and found[n + 1]))
    return stops
