"""One stop seen by two providers is one visit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from wheelsdown.schema import VISITS

__all__ = ["merge_providers"]

_RANK = {"observed": 4, "inferred": 3, "likely": 2, "possible": 1, "ruled_out": 0}
_SIDES = (
    ("arrived_earliest_utc", "arrived_utc", "arrived_latest_utc", "last_before_utc"),
    ("departed_earliest_utc", "departed_utc", "departed_latest_utc", "first_after_utc"),
)


def merge_providers(visits: pl.DataFrame, *, merge_min: float) -> pl.DataFrame:
    """Merge visits of one aircraft that several providers saw.

    Parameters
    ----------
    visits : frame of VISITS
        Inferred for each provider apart, since their clocks differ by up to a minute.
    merge_min : float, minutes
        Pieces at one place no farther apart than this are one visit.

    Returns
    -------
    frame of VISITS
        Of rows that overlap at one place the best graded stays, with the receipts of all; a weaker row that overlaps a
        stronger one at another place becomes `ruled_out`, with the reason.

    Notes
    -----
    Providers that resell one network's data are not independent; two of them agreeing proves no more than one.
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
        rows.extend(_merge(group.to_dicts(), timedelta(minutes=merge_min)))
    return pl.concat([visits.filter(~touched.fill_null(value=False)), pl.DataFrame(rows, schema=VISITS.schema)])


def _span(row: dict[str, Any]) -> tuple[datetime, datetime]:
    known = [row[c] for side in _SIDES for c in side[:3] if row[c] is not None]
    return min(known), max(known)


def _merge(rows: list[dict[str, Any]], slack: timedelta) -> list[dict[str, Any]]:
    # the strongest first: weaker ones join it, or give way to it
    rows.sort(key=lambda r: (-_RANK[r["grade"]], r["visit_id"]))
    kept: list[dict[str, Any]] = []
    for row in rows:
        if row["grade"] == "ruled_out":
            kept.append(row)
            continue
        first, last = _span(row)
        for other in kept:
            if other["grade"] == "ruled_out" or row["source"] in other["source"].split("+"):
                continue
            start, end = _span(other)
            if row["place_id"] == other["place_id"] and first <= end + slack and start <= last + slack:
                _join(other, row)
                break
            if first < end and start < last:
                row["grade"] = "ruled_out"
                row["reasons"] = [
                    f"{other['source']} received it at {other['airfield'] or other['place_id']} meanwhile"
                    f" ({other['grade']})",
                    *row["reasons"],
                ]
                kept.append(row)
                break
        else:
            kept.append(row)
    return kept


def _join(kept: dict[str, Any], row: dict[str, Any]) -> None:
    """Add what another provider knows: times where they narrow the interval without contradiction, files, flags."""
    for earliest, best, latest, received in _SIDES:
        if kept[best] is None and row[best] is not None:
            for c in (earliest, best, latest, received):
                kept[c] = row[c]
        elif kept[best] is not None and row[best] is not None:
            lows = [r[earliest] for r in (kept, row) if r[earliest] is not None]
            highs = [r[latest] for r in (kept, row) if r[latest] is not None]
            if lows and highs and max(lows) <= min(highs):
                kept[earliest], kept[latest] = max(lows), min(highs)
                kept[best] = min(max(kept[best], kept[earliest]), kept[latest])
    for name in ("callsign_in", "callsign_out", "origin", "origin_grade", "next_stop", "next_stop_grade"):
        kept[name] = kept[name] if kept[name] is not None else row[name]
    kept["source"] = "+".join(sorted({*kept["source"].split("+"), row["source"]}))
    kept["receipts"] = sorted({*kept["receipts"], *row["receipts"]})
    kept["integrity"] = sorted({*kept["integrity"], *row["integrity"]})
    kept["reasons"] = [*kept["reasons"], f"also {row['grade']} in the positions of {row['source']}"]
    arrived, departed = kept["arrived_latest_utc"], kept["departed_earliest_utc"]
    if arrived is not None and departed is not None:
        kept["dwell_least_min"] = max(0.0, (departed - arrived).total_seconds() / 60.0)
    first, last = kept["arrived_earliest_utc"], kept["departed_latest_utc"]
    if first is not None and last is not None:
        kept["dwell_most_min"] = max(0.0, (last - first).total_seconds() / 60.0)
