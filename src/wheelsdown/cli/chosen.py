"""Which columns and rows a terminal shows, and in which words; files hold all of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import polars as pl

__all__ = ["COLUMNS", "TITLES", "in_runs", "shown"]

COLUMNS: Final = {
    "VISITS": {
        "visit_id": 6,
        "registration": 4,
        "airfield": 0,
        "arrived_utc": 1,
        "departed_utc": 2,
        "dwell_min": 5,
        "grade": 3,
        "asked_as": 8,
        "checked_by": 9,
        "origin": 10,
        "next_stop": 11,
        "callsign": 7,
        "operator": 12,
        "typecode": 13,
        "airfield_name": 14,
        "reasons": 15,
    },
    "LEGS": {
        "aircraft": 0,
        "callsign": 5,
        "origin": 1,
        "origin_grade": 6,
        "took_off_utc": 2,
        "destination": 3,
        "destination_grade": 7,
        "landed_utc": 4,
        "first_received_utc": 8,
        "last_received_utc": 9,
        "reasons": 10,
    },
    "GAPS": {
        "aircraft": 0,
        "from_utc": 1,
        "to_utc": 2,
        "duration_min": 3,
        "kind": 4,
        "distance_km": 5,
        "from_altitude_ft": 6,
        "to_altitude_ft": 7,
        "reasons": 8,
    },
    "COVERAGE": {
        "airfield": 0,
        "day": 1,
        "status": 2,
        "aircraft": 3,
        "aircraft_on_ground": 4,
        "lowest_ft": 5,
        "reach_ft": 7,
        "hours": 6,
        "positions": 8,
        "sources": 10,
        "reason": 9,
    },
    "OBSERVABILITY": {
        "airfield": 0,
        "day": 1,
        "status": 2,
        "seen": 3,
        "aircraft_heard": 5,
        "hours_heard": 6,
        "reach_ft": 7,
        "arrivals": 8,
        "departures": 9,
        "counted_probability": 4,
        "reason": 10,
        "sources": 11,
    },
    "LEDGER": {
        "day": 0,
        "source": 2,
        "what": 3,
        "status": 1,
        "positions": 5,
        "reason": 4,
        "folders": 6,
        "trace_files": 7,
        "heatmaps": 8,
    },
    "COUNTS": {
        "airfield": 0,
        "operator": 3,
        "registration": 4,
        "icao24": 7,
        "typecode": 5,
        "origin": 6,
        "period": 1,
        "at_least": 2,
        "checked": 8,
        "likely": 9,
        "possible": 10,
        "as_rival": 17,
        "at_edge": 18,
        "quarantined": 19,
        "rejected": 20,
        "best_estimate": 11,
        "best_least": 13,
        "best_most": 14,
        "cannot_be_ruled_out": 12,
        "days_observed": 15,
        "days_window": 16,
        "selection": 21,
    },
    "CADENCE": {
        "airfield": 0,
        "what": 9,
        "visits": 1,
        "exposure_days": 5,
        "every_days": 2,
        "every_least": 3,
        "every_most": 4,
        "gap_median_days": 7,
        "days_with_visit": 6,
        "every_other_day": 8,
        "reason": 10,
    },
    "AGREEMENT": {
        "kind": 0,
        "registration": 3,
        "icao24": 6,
        "airfield": 5,
        "first_arrived_utc": 1,
        "second_arrived_utc": 2,
        "difference_min": 4,
        "first_grade": 8,
        "second_grade": 9,
        "differs": 7,
        "reason": 10,
    },
    "CHECKS": {
        "entry": 4,
        "visit_id": 0,
        "verdict": 1,
        "by": 2,
        "state": 3,
        "checked_utc": 5,
        "grade": 7,
        "changed": 6,
        "note": 8,
        "registration": 9,
        "airfield": 10,
        "visit_now": 11,
    },
    "SURGES": {
        "airfield": 0,
        "kind": 1,
        "name": 9,
        "began": 2,
        "ended": 3,
        "visits": 4,
        "expected": 5,
        "p": 6,
        "surge": 7,
        "rate_ratio": 8,
        "days_observed": 10,
        "visits_total": 11,
        "exposure_total_days": 12,
        "reason": 13,
    },
    "SHARES": {
        "recipient": 1,
        "supplier": 0,
        "period": 2,
        "share": 3,
        "least": 4,
        "most": 5,
        "amount": 6,
        "total": 7,
        "unit": 8,
        "rank": 9,
        "suppliers": 12,
        "mirror_amount": 11,
        "asymmetry": 13,
        "as_of": 10,
        "reason": 14,
    },
    "CHANGES": {
        "change": 0,
        "table": 3,
        "row_id": 1,
        "field": 2,
        "old": 5,
        "new": 6,
        "cause": 4,
        "sentence": 7,
    },
    "VERIFIED": {
        "file": 0,
        "finding": 1,
        "remedy": 2,
        "entry": 3,
    },
}
"""In the order shown; a column's number says how early it is given up where the terminal is narrow: 0 last."""
TITLES: Final = {
    "aircraft_on_ground": "on ground",
    "trace_files": "traces",
    "cannot_be_ruled_out": "not ruled out",
    "best_estimate": "best",
    "aircraft_heard": "others",
    "hours_heard": "hours",
    "counted_probability": "counted",
}
"""Shorter than the column's name."""
_WEAKER: Final = ("likely", "possible", "as_rival", "at_edge", "quarantined", "rejected")
_BY_DAY: Final = ("COVERAGE", "LEDGER", "OBSERVABILITY")
_NEVER: Final = "not asked"


def shown(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Make texts of what is worth showing; columns without a single value are left out.

    Days in a row that differ in nothing else are one line, and files of a lake that are good are none.
    """
    import polars as pl

    from wheelsdown.outputs import guess_table, table_of
    from wheelsdown.outputs.cells import as_text, rounded
    from wheelsdown.schema import TABLES

    of = TABLES.get(name) or guess_table(frame.columns)
    wide = as_text(rounded(frame, table_of(frame, of)), join_lists=True)
    have = set(wide.columns)
    if {"icao24", "track_id"} <= have:
        wide = wide.with_columns(aircraft=pl.coalesce("icao24", "track_id"))
    if {"airfield", "place_id"} <= have:
        wide = wide.with_columns(airfield=pl.coalesce("airfield", "place_id"))
    if {"callsign_in", "callsign_out"} <= have:
        wide = wide.with_columns(callsign=pl.coalesce("callsign_in", "callsign_out"))
    if "dwell_least_min" in have:
        # outward, so that what is shown still holds
        least = pl.coalesce("dwell_stayed_min", "dwell_least_min").floor().cast(pl.Int64).cast(pl.String)
        most = pl.col("dwell_most_min").ceil().cast(pl.Int64).cast(pl.String)
        wide = wide.with_columns(
            dwell_min=pl.when(most.is_null() & least.is_not_null())
            .then(pl.format("{} or more", least))
            .when(least == most)
            .then(least)
            .otherwise(pl.format("{} to {}", least, most))
        )
        if "hidden_visits_most" in have:
            # null is "no bound"
            others = pl.when(pl.col("hidden_visits_most") == 0).then(pl.lit("")).otherwise(pl.lit("*"))
            wide = wide.with_columns(pl.col("dwell_min") + others)
    if "verdict" in have and "checked_by" in have:
        # a verdict on evidence that has changed must not look like one on today's
        earlier = pl.when(pl.col("check_state") == "earlier evidence").then(pl.lit(" (earlier evidence)"))
        wide = wide.with_columns(
            checked_by=pl.format("{}: {}{}", "checked_by", "verdict", earlier.otherwise(pl.lit("")))
        )
    for end in ("origin", "next_stop", "destination"):
        if {end, f"{end}_grade"} <= have:
            # without room for the grade, a question mark must carry it
            weak = pl.col(f"{end}_grade") == "possible"
            wide = wide.with_columns(pl.when(weak).then(pl.col(end) + "?").otherwise(pl.col(end)).alias(end))
    times = [n for n in wide.columns if n.endswith("_utc")]
    # To the minute: the seconds are in every file.
    wide = wide.with_columns(pl.col(times).str.replace("T", " ").str.slice(0, 16))
    if name == "OBSERVABILITY":
        wide = _observed(wide)
    chosen = [c for c in COLUMNS.get(name, tuple(frame.columns)) if c in wide.columns]
    texts = wide.select(pl.col(chosen).cast(pl.String))
    if name == "COVERAGE":
        whole = [pl.col(c).str.strip_suffix(".0") for c in ("lowest_ft", "reach_ft")]
        texts = texts.with_columns(pl.col("status").fill_null(_NEVER), *whole)
    if name == "LEDGER":
        texts = texts.sort("source", "what", "day", maintain_order=True)
    if name in _BY_DAY:
        texts = in_runs(texts)
    if name == "COUNTS":
        # of what was not found, nothing need be shown
        spare = [c for c in _WEAKER if c in texts.columns and texts[c].is_in(["0"]).all()]
        texts = texts.drop(spare)
        chosen = [c for c in chosen if c not in spare]
    if name == "CHECKS":
        # a note of several lines must not look like several rows
        texts = texts.with_columns(pl.col("note").str.replace_all(r"\s*\n\s*", " / "))
    if name == "VERIFIED":
        texts = texts.filter(pl.col("finding") != "good")
    return texts.select(c for c in chosen if texts[c].null_count() < texts.height or texts.height == 0)


def _observed(wide: pl.DataFrame) -> pl.DataFrame:
    """Put a probability beside its interval, and what was received beside what is known to have happened."""
    import polars as pl

    per_cent = [
        (pl.col(c).cast(pl.Float64) * 100.0).cast(pl.Decimal(5, 1)).cast(pl.String)
        for c in ("seen_probability", "seen_least", "seen_most", "counted_probability")
    ]
    return wide.with_columns(
        seen=pl.format("{} % ({} to {})", *per_cent[:3]),
        counted_probability=pl.format("{} %", per_cent[3]),
        reach_ft=pl.col("reach_ft").round(0).cast(pl.Int64).cast(pl.String),
        **{
            end: pl.when(pl.col(f"{end}_known").is_not_null()).then(
                pl.format("{} of {}", f"{end}_seen", f"{end}_known")
            )
            for end in ("arrivals", "departures")
        },
    )


def in_runs(texts: pl.DataFrame) -> pl.DataFrame:
    """Make one line of days in a row that differ in nothing but the day.

    Parameters
    ----------
    texts : polars.DataFrame
        A column `day` of ISO dates, all else texts.
    """
    import polars as pl

    rest = [c for c in texts.columns if c != "day"]
    rows: list[dict[str, Any]] = []
    for row in texts.iter_rows(named=True):
        before = rows[-1] if rows else None
        if before is not None and _follows(before["last"], row["day"]) and all(before[c] == row[c] for c in rest):
            before["last"] = row["day"]
        else:
            rows.append({**row, "last": row["day"]})
    named = [{**r, "day": r["day"] if r["day"] == r["last"] else f"{r['day']} to {r['last']}"} for r in rows]
    return pl.DataFrame(named, schema={**texts.schema, "last": pl.String}).select(texts.columns)


def _follows(first: str, second: str) -> bool:
    return date.fromisoformat(second) - date.fromisoformat(first) == timedelta(days=1)
