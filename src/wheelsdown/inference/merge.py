"""One stop seen by two providers is one visit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from wheelsdown.schema import VISITS

__all__ = ["merge_providers"]

_CLOCKS = timedelta(seconds=60)
_RANK = {"observed": 4, "inferred": 3, "likely": 2, "possible": 1, "ruled_out": 0}
_SIDES = (
    ("arrived_earliest_utc", "arrived_utc", "arrived_latest_utc", "last_before_utc"),
    ("departed_earliest_utc", "departed_utc", "departed_latest_utc", "first_after_utc"),
)


def merge_providers(visits: pl.DataFrame, *, merge_min: float, silence_h: float) -> pl.DataFrame:
    """Merge visits of one aircraft that several providers saw.

    Parameters
    ----------
    visits : frame of VISITS
        Inferred for each provider apart, since their clocks differ by up to a minute.
    merge_min : float, minutes
        Pieces at one place no farther apart than this are one visit.
    silence_h : float, hours
        Two halves of a stay, the coming seen by one provider and the leaving by another, are one up to this length.

    Returns
    -------
    frame of VISITS
        Of rows that overlap at one place the best graded stays, with the receipts of all; a weaker row that overlaps a
        stronger one at another place becomes `ruled_out`, with the reason.

    Notes
    -----
    What it cannot see: whether providers are independent. Those that resell one network's data are not, and two of them
    agreeing proves no more than one.
    """
    by_address = pl.col("icao24").is_not_null()
    shared = (
        visits.filter(by_address).group_by("icao24").agg(pl.col("source").n_unique()).filter(pl.col("source") > 1)
    )  # fmt: skip
    if shared.is_empty():
        return visits
    touched = by_address & pl.col("icao24").is_in(shared["icao24"].implode())
    rows: list[dict[str, Any]] = []
    groups = visits.filter(touched).sort("icao24", "arrived_latest_utc", "visit_id").partition_by("icao24")
    for group in groups:
        rows.extend(_merge(group.to_dicts(), timedelta(minutes=merge_min), timedelta(hours=silence_h)))
    return pl.concat([visits.filter(~touched.fill_null(value=False)), pl.DataFrame(rows, schema=VISITS.schema)])


def _span(row: dict[str, Any]) -> tuple[datetime, datetime]:
    known = [row[c] for side in _SIDES for c in side[:3] if row[c] is not None]
    return min(known), max(known)


def _merge(rows: list[dict[str, Any]], slack: timedelta, longest: timedelta) -> list[dict[str, Any]]:
    # the strongest first: weaker ones join it, or give way to it
    rows.sort(key=lambda r: (-_RANK[r["grade"]], r["visit_id"]))
    kept: list[dict[str, Any]] = []
    for row in rows:
        if row["grade"] == "ruled_out":
            passes = [o for o in kept if o["grade"] == "ruled_out" and row["source"] not in o["source"].split("+")]
            same = _partner(row, passes, _CLOCKS)
            if same is None:
                kept.append(row)
            else:
                _join(same, row)
            continue
        others = [o for o in kept if o["grade"] != "ruled_out" and row["source"] not in o["source"].split("+")]
        partner = _partner(row, others, slack) or _other_half(row, others, kept, longest)
        if partner is not None:
            _join(partner, row)
            continue
        first, last = _span(row)
        rival = next((o for o in others if first < _span(o)[1] and _span(o)[0] < last), None)
        # two aircraft on one address can be at two places
        if rival is not None and "interleaved" not in row["integrity"] + rival["integrity"]:
            _conflict(row, rival)
        kept.append(row)
    return kept


def _conflict(row: dict[str, Any], rival: dict[str, Any]) -> None:
    """Two places at one time: a weak claim gives way; of two strong ones neither is more than possible."""
    here, there = (r["airfield"] or r["place_id"] for r in (row, rival))
    row["reasons"] = [f"{rival['source']} received it at {there} meanwhile ({rival['grade']})", *row["reasons"]]
    if row["grade"] == "possible":
        row["grade"] = "ruled_out"
        return
    rival["reasons"] = [f"{row['source']} received it at {here} meanwhile ({row['grade']})", *rival["reasons"]]
    row["grade"] = rival["grade"] = "possible"


def _partner(row: dict[str, Any], others: list[dict[str, Any]], slack: timedelta) -> dict[str, Any] | None:
    """Find the visit of another provider that this one is: the one it overlaps most, at the same place."""
    first, last = _span(row)
    best: tuple[timedelta, str, dict[str, Any]] | None = None
    for other in others:
        start, end = _span(other)
        overlap = min(last, end) - max(first, start)
        if row["place_id"] == other["place_id"] and overlap >= -slack and _in_order(other, row):
            found = (overlap, other["visit_id"], other)
            best = found if best is None or found[:2] > best[:2] else best
    return None if best is None else best[2]


def _other_half(
    row: dict[str, Any], others: list[dict[str, Any]], kept: list[dict[str, Any]], longest: timedelta
) -> dict[str, Any] | None:
    """Find the other half of a stay: one provider saw it come and not leave, the other leave and not come."""
    for other in others:
        came, left = (other, row) if row["arrived_utc"] is None else (row, other)
        if row["place_id"] != other["place_id"] or came["departed_utc"] is not None or left["arrived_utc"] is not None:
            continue
        if came["arrived_utc"] is None or left["departed_utc"] is None:
            continue
        begin, end = came["arrived_utc"], left["departed_utc"]
        between = any(o is not other and begin < _span(o)[1] and _span(o)[0] < end for o in kept)
        if begin < end <= begin + longest and not between:
            return other
    return None


def _in_order(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Tell whether both, taken together, still arrive before they depart."""
    arrived = [r["arrived_utc"] for r in (a, b) if r["arrived_utc"] is not None]
    departed = [r["departed_utc"] for r in (a, b) if r["departed_utc"] is not None]
    return not arrived or not departed or max(arrived) <= min(departed)


def _flags(one: list[str], other: list[str]) -> list[str]:
    """Add up the counts of flags of two providers."""
    counts: dict[str, int | None] = {}
    for flag in (*one, *other):
        name, _, n = flag.partition(":")
        counts[name] = (counts.get(name) or 0) + int(n) if n else None
    return sorted(name if n is None else f"{name}:{n}" for name, n in counts.items())


def _join(kept: dict[str, Any], row: dict[str, Any]) -> None:
    """Add what another provider knows: times where they narrow the interval without contradiction, files, flags."""
    for earliest, best, latest, received in _SIDES:
        if kept[best] is None and row[best] is not None:
            for c in (earliest, best, latest, received):
                kept[c] = row[c]
        elif kept[best] is not None and row[best] is not None:
            lows = [r[earliest] for r in (kept, row) if r[earliest] is not None]
            highs = [r[latest] for r in (kept, row) if r[latest] is not None]
            # clocks differ by up to a minute: only what lies outside both by more is cut off
            if lows and highs and max(lows) - _CLOCKS <= min(highs) + _CLOCKS:
                kept[earliest] = max(min(lows), max(lows) - _CLOCKS)
                kept[latest] = min(max(highs), min(highs) + _CLOCKS)
                kept[best] = min(max(kept[best], kept[earliest]), kept[latest])
            elif lows and highs:
                # the clocks disagree: which is right cannot be told
                kept[earliest], kept[latest] = min(lows), max(highs)
        elif kept[best] is None and kept[latest] is None:
            kept[latest] = row[latest]
    for name in ("callsign_in", "callsign_out", "origin", "origin_grade", "next_stop", "next_stop_grade"):
        kept[name] = kept[name] if kept[name] is not None else row[name]
    for side in ("arrival", "departure"):
        heights = [h for r in (kept, row) if (h := r[f"{side}_height_ft"]) is not None]
        kept[f"{side}_height_ft"] = min(heights, default=None)
        grades = [g for r in (kept, row) if (g := r[f"{side}_grade"]) is not None]
        kept[f"{side}_grade"] = max(grades, key=_RANK.__getitem__, default=None)
    kept["source"] = "+".join(sorted({*kept["source"].split("+"), row["source"]}))
    kept["receipts"] = sorted({*kept["receipts"], *row["receipts"]})
    kept["integrity"] = _flags(kept["integrity"], row["integrity"])
    kept["quarantined"] = kept["quarantined"] or row["quarantined"]
    if kept["quarantined"] is not None:
        each = [r["grade_if_believed"] or r["grade"] for r in (kept, row)]
        kept["grade_if_believed"] = max(each, key=_RANK.__getitem__)
    kept["reasons"] = [*kept["reasons"], f"also {row['grade']} in the positions of {row['source']}"]
    arrived, departed = kept["arrived_latest_utc"], kept["departed_earliest_utc"]
    if arrived is not None and departed is not None:
        kept["dwell_least_min"] = max(0.0, (departed - arrived).total_seconds() / 60.0)
    first, last = kept["arrived_earliest_utc"], kept["departed_latest_utc"]
    if first is not None and last is not None:
        kept["dwell_most_min"] = max(0.0, (last - first).total_seconds() / 60.0)
