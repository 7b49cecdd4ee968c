"""What in a log cannot be: one aircraft twice at once, a row twice, a flight faster than aircraft fly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any, Final

from wheelsdown.geo import distance_km
from wheelsdown.reference.airfields import Airfields
from wheelsdown.sources.clean import ROW
from wheelsdown.sources.interface import Report
from wheelsdown.units import KM_PER_NM

__all__ = ["LOG_FLAGS", "mark_contradictions"]

LOG_FLAGS: Final = {
    "departs_before_arrival": "the log has it leave before it arrives; set aside from counts",
    "duplicate": "the same arrival of an aircraft stands in the log twice; the second is set aside from counts",
    "overlap": "it arrives before the same aircraft has left, by another row; set aside from counts",
    "impossible_speed": "from the row before, by the stops that the log names, faster than aircraft fly",
    "identity_conflict": "the log gives one tail several addresses, or one address several tails",
}
"""What a row of a log can be flagged with, in `integrity`."""
_FASTEST_KT: Final = 600.0
_ONE_ARRIVAL: Final = timedelta(minutes=20)
"""Two arrivals without a departure between them, no farther apart than this, are one."""
_NAMED_MOST: Final = 12


def mark_contradictions(rows: list[dict[str, Any]], known: Airfields, report: Report) -> None:
    """Flag, in place, rows of VISITS that contradict one another.

    Rows are kept as logged; what would count one stay twice is set aside from counts. It compares rows of one tail, or
    else of one address; a row that names neither is compared with none.
    """
    places: dict[str, tuple[float, float]] = {}

    def place(code: str | None) -> tuple[float, float] | None:
        if code is None:
            return None
        if code not in places and (field := known.get(code)):
            places[code] = (field["latitude_deg"], field["longitude_deg"])
        return places.get(code)

    _identities(rows)
    by_aircraft: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if key := _bare(row["registration"]) or row["icao24"]:
            by_aircraft[key].append(row)
    for stays in by_aircraft.values():
        seen: dict[tuple[str, datetime], dict[str, Any]] = {}
        for row in stays:
            if row.get("arrived_utc") is None:
                continue
            at = (row["airfield"], row["arrived_utc"])
            if at in seen:
                _flag(row, "duplicate", f"the same arrival stands in row {seen[at][ROW]}")
                row["quarantined"] = row.get("quarantined") or "the log has it twice"
            seen.setdefault(at, row)
        sound = [r for r in stays if not r.get("quarantined") and r.get("arrived_utc")]
        sound.sort(key=lambda r: (r["arrived_utc"], r[ROW]))
        before: dict[str, Any] | None = None
        for after in sound:
            if before is None or not _one_stay_twice(before, after):
                if before is not None:
                    _too_fast(before, after, place)
                before = after
    _tell(rows, report)


def _one_stay_twice(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Flag an arrival within the stay before: at one place the second is set aside, at two places both."""
    left = before.get("departed_utc")
    if left is None:
        if before["airfield"] != after["airfield"] or after["arrived_utc"] - before["arrived_utc"] > _ONE_ARRIVAL:
            return False
        _flag(after, "duplicate", f"row {before[ROW]} has the same arrival some minutes before")
    elif after["arrived_utc"] < left:
        _flag(after, "overlap", f"arrives before it has left by row {before[ROW]} ({left:%Y-%m-%d %H:%M} UTC)")
    else:
        return False
    after["quarantined"] = f"the log has it there already, by row {before[ROW]}"
    if before["airfield"] != after["airfield"]:
        _flag(before, "overlap", f"row {after[ROW]} has it arrive elsewhere before it has left")
        before["quarantined"] = after["quarantined"] = "the log has it at two places at once"
    return True


def _too_fast(before: dict[str, Any], after: dict[str, Any], place: Callable[[str | None], Any]) -> None:
    """Flag an arrival that cannot be reached from the row before, by way of the stops that the log names."""
    if before.get("departed_utc") is None:
        return
    way = [before["airfield"], before.get("next_stop"), after.get("origin"), after["airfield"]]
    km = _length_km([p for p in map(place, way) if p])
    spare = after["arrived_latest_utc"] - before["departed_earliest_utc"]
    if km / KM_PER_NM > _FASTEST_KT * (spare / timedelta(hours=1)):
        named = " to ".join(k for k, _ in groupby(c for c in way if c))
        _flag(after, "impossible_speed", f"{named}: {km:.0f} km since row {before[ROW]} left, in {_clock(spare)}")


def _identities(rows: list[dict[str, Any]]) -> None:
    """Note where a tail goes with several addresses, or an address with several tails."""
    for one, other, said in (("registration", "icao24", "address"), ("icao24", "registration", "tail")):
        together: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for row in rows:
            if row[one] and row[other]:
                together[_bare(row[one])][row[other]] += 1
        for row in rows:
            others = together.get(_bare(row[one]) if row[one] else "", {})
            if len(others) > 1:
                counts = ", ".join(f"{k} in {n} rows" for k, n in sorted(others.items()))
                text = f"the log gives {row[one]} more than one {said}: {counts}"
                row["identity_conflict"] = "; ".join(t for t in (row.get("identity_conflict"), text) if t)
                _flag(row, "identity_conflict", text)


def _tell(rows: list[dict[str, Any]], report: Report) -> None:
    """Make one remark a flag; the rows themselves say the rest."""
    for flag, meaning in LOG_FLAGS.items():
        if numbers := [str(r[ROW]) for r in rows if flag in r["integrity"]]:
            more = f" and {len(numbers) - _NAMED_MOST} more" if len(numbers) > _NAMED_MOST else ""
            some = f"1 row is flagged {flag}" if len(numbers) == 1 else f"{len(numbers)} rows are flagged {flag}"
            report.notes.append(f"{some} (row {', '.join(numbers[:_NAMED_MOST])}{more}): {meaning}")


def _flag(row: dict[str, Any], flag: str, reason: str) -> None:
    if flag not in row["integrity"]:
        row["integrity"].append(flag)
    row["reasons"].append(reason)


def _bare(tail: str | None) -> str:
    return "" if tail is None else "".join(c for c in tail.upper() if c.isalnum())


def _length_km(points: list[tuple[float, float]]) -> float:
    return sum(float(distance_km(*a, *b)) for a, b in pairwise(points))


def _clock(span: timedelta) -> str:
    minutes = round(span / timedelta(minutes=1))
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
