"""What is tested or set side by side: series, surges, timing, shares, changes, and what a dossier says."""

from __future__ import annotations

from typing import Final

import polars as pl

from wheelsdown.schema.types import BOOL, F64, INT, TEXT, TEXTS, UTC
from wheelsdown.table import Column, Table

__all__ = [
    "BLOCKS",
    "CAUSES",
    "CHANGES",
    "CHANGE_KINDS",
    "CONCLUSIONS",
    "EPOCH",
    "SERIES",
    "SHARES",
    "SHARE_KINDS",
    "STATED",
    "SURGES",
    "SURGE_KINDS",
    "TIMING",
    "TIMING_MEASURES",
]

DAY: Final = pl.Date()

SERIES: Final = Table(
    "SERIES",
    "One row a day: visits, and how much of the day was observed. A day not observed is no zero.",
    (
        Column("airfield", TEXT, "airfield code", null="all"),
        Column("day", DAY, "day, in `time_zone`", null="never"),
        Column("time_zone", TEXT, "zone of the day", null="never"),
        Column("visits", INT, "visits counted that touched down on it", null="never"),
        Column("exposure", F64, "chance that a visit of the day is counted, 0 to 1", null="never"),
        Column("known", BOOL, "the exposure is judged from other traffic; false: it is assumed", null="never"),
        Column("weaker", INT, "visits of the other grades, not in `visits`", null="never"),
        Column("visit_ids", TEXTS, "the visits counted", null="none"),
        Column("sources", TEXTS, "providers or logs that they come from", null="none"),
    ),
)

SURGE_KINDS: Final = {
    "found": "the window in which visits stand out most, found by looking at all",
    "further": "a further one, held against the same chance level",
    "declared": "a window declared before it began, as its author says",
    "named": "a window that its author names without that: it is held against chance like one that was found",
}
"""How a window came about."""

SURGES: Final = Table(
    "SURGES",
    "One row a window with more visits than the exposure lets expect: found by a scan, or declared beforehand.",
    (
        Column("airfield", TEXT, "airfield code", null="all"),
        Column("what", TEXT, "which visits: fleet, operator, aircraft", null="all"),
        Column("from_utc", UTC, "the period looked at", null="never"),
        Column("to_utc", UTC, "to before here", null="never"),
        Column("time_zone", TEXT, "zone of the days", null="never"),
        Column("kind", TEXT, "; ".join(f"`{k}` {v}" for k, v in SURGE_KINDS.items()), null="refused; see `reason`"),
        Column("name", TEXT, "name that its author gave the window", null="found by looking"),
        Column("began", DAY, "first day of the window", null="none found, or refused"),
        Column("ended", DAY, "last day, included", null="none found, or refused"),
        Column("days_observed", F64, "exposure of the window", "d", "none found, or refused"),
        Column("visits", INT, "visits in it", null="none found, or refused"),
        Column("expected", F64, "visits that the exposure lets expect in it", null="none found, or refused"),
        Column("visits_total", INT, "visits in the whole period", null="never"),
        Column("exposure_total_days", F64, "exposure of the whole period", "d", "refused"),
        Column("exposure_how", TEXT, "where the exposure comes from", null="never"),
        Column("rate_ratio", F64, "rate in the window over the rate outside", null="none outside, or refused"),
        Column("ratio_least", F64, "its exact 95 % interval; it does not allow for the search", null="refused"),
        Column("ratio_most", F64, "the same; null: no bound", null="no bound, or refused"),
        Column("llr", F64, "log likelihood ratio", null="refused"),
        Column(
            "p", F64, "chance of so strong a window anywhere in the period; the larger of the two below", null="refused"
        ),
        Column("p_poisson", F64, "with visits that come one by one", null="refused"),
        Column("p_dispersed", F64, "with visits that come in bunches", null="bunches were not found, or refused"),
        Column("dispersion", F64, "variance over mean of weekly counts outside the window", null="too few weeks"),
        Column("p_fixed", F64, "as if the window had been fixed beforehand: only then does it count", null="refused"),
        Column("declared", BOOL, "the window was declared before it began, as its author says", null="refused"),
        Column("longest_days", INT, "longest window looked at", "d", "declared, or refused"),
        Column("draws", INT, "series drawn by chance", null="none needed, or refused"),
        Column("seed", INT, "of the draws", null="none needed, or refused"),
        Column("level", F64, "p below which it is called a surge", null="refused"),
        Column("surge", BOOL, "p is at or below the level", null="refused"),
        Column("method", TEXT, "with its source", null="never"),
        Column("changes", TEXT, "what would have changed the answer", null="refused"),
        Column("reason", TEXT, "why it is refused, or what weakens it", null="nothing to add"),
        Column("sentence", TEXT, "the result in words", null="never"),
        Column("visit_ids", TEXTS, "visits in the window", null="none"),
    ),
)

BLOCKS: Final = Table(
    "BLOCKS",
    "One row a stretch of steady rate (Bayesian blocks), for the graph: where the rate changes, without a test.",
    (
        Column("airfield", TEXT, "airfield code", null="all"),
        Column("began_utc", UTC, "from", null="never"),
        Column("ended_utc", UTC, "to before here", null="never"),
        Column("visits", INT, "visits in it", null="never"),
        Column("days_observed", F64, "exposure", "d", "never"),
        Column("rate_per_day", F64, "visits a day observed", "1/d", "never"),
        Column("p0", F64, "chance of a false change, each, about", null="never"),
    ),
)

TIMING_MEASURES: Final = {
    "before": "events with at least one visit in the days before they began",
    "after": "events with at least one visit in the days after they began",
    "around": "events with at least one visit in the days before or after they began",
    "rate_before": "rate of visits in the days before events against all other days",
    "any": "the strongest of all windows and measures tried, held against the strongest by chance",
}
"""What is counted."""

TIMING: Final = Table(
    "TIMING",
    "One row a comparison of visits with the dates of outside events, with its chance level.",
    (
        Column("airfield", TEXT, "airfield code", null="all"),
        Column("what", TEXT, "which visits: fleet, operator, aircraft", null="all"),
        Column("from_utc", UTC, "the period looked at", null="never"),
        Column("to_utc", UTC, "to before here", null="never"),
        Column("time_zone", TEXT, "zone of the days", null="never"),
        Column("events_from", TEXT, "which events, by which rule", null="never"),
        Column("measure", TEXT, "; ".join(f"`{k}` {v}" for k, v in TIMING_MEASURES.items()), null="never"),
        Column("window_days", INT, "length of the days before or after", "d", "over several"),
        Column("lag_days", INT, "days between the window and the event", "d", "over several"),
        Column(
            "declared",
            BOOL,
            "windows and lag were declared before the first event, as their author says",
            null="refused",
        ),
        Column("events", INT, "events compared: in the period, known and observed well enough", null="never"),
        Column("events_with", INT, "of these, with a visit in the window", null="refused, or a rate"),
        Column("expected", F64, "how many by chance", null="refused"),
        Column("visits", INT, "visits in the period", null="never"),
        Column("visits_in", INT, "visits in the windows", null="refused"),
        Column("days_in", F64, "exposure of the windows", "d", "refused"),
        Column("visits_out", INT, "visits outside", null="refused"),
        Column("days_out", F64, "exposure outside", "d", "refused"),
        Column("rate_ratio", F64, "rate in the windows over the rate outside", null="none outside, or refused"),
        Column("ratio_least", F64, "its exact 95 % interval", null="refused"),
        Column("ratio_most", F64, "the same; null: no bound", null="no bound, or refused"),
        Column("p", F64, "chance of as many or more, with visits shifted in time", null="refused"),
        Column("p_any", F64, "the same, allowing for all comparisons tried", null="one window only, or refused"),
        Column("p_poisson", F64, "with visits at random days, for comparison", null="a rate, or refused"),
        Column("without_one_least", INT, "events with a visit when one event is left out, least", null="refused"),
        Column("without_one_most", INT, "the same, most", null="refused"),
        Column("without_one_p", F64, "largest p when one event is left out", null="refused"),
        Column("draws", INT, "shifts drawn", null="refused"),
        Column("seed", INT, "of the draws", null="refused"),
        Column("level", F64, "p below which it is said to be more than chance", null="refused"),
        Column("above_chance", BOOL, "p is at or below the level", null="refused"),
        Column("method", TEXT, "with its source", null="never"),
        Column("changes", TEXT, "what would have changed the answer", null="refused"),
        Column("reason", TEXT, "why it is refused, or what weakens it", null="nothing to add"),
        Column("sentence", TEXT, "the result in words", null="never"),
        Column("event_ids", TEXTS, "events with a visit", null="none"),
        Column("visit_ids", TEXTS, "visits in the windows", null="none"),
    ),
)

EPOCH: Final = Table(
    "EPOCH",
    "One row a lag: mean visits a day around the beginning of events, with the band that chance leaves all lags.",
    (
        Column("airfield", TEXT, "airfield code", null="all"),
        Column("lag_days", INT, "days after the beginning; negative: before", "d", "never"),
        Column("rate_per_day", F64, "visits a day observed, mean over events", "1/d", "not observed at any event"),
        Column("band_least", F64, "lower end of the simultaneous 95 % band", "1/d", "as above"),
        Column("band_most", F64, "upper end", "1/d", "as above"),
        Column("events", INT, "events observed at this lag", null="never"),
    ),
)

SHARE_KINDS: Final = {
    "arms": "share of a supplier in deliveries of major arms to a recipient (SIPRI trend-indicator value)",
    "trade": "share of a partner in imports or exports of a commodity",
}
"""What is shared."""

SHARES: Final = Table(
    "SHARES",
    "One row a share of one supplier or partner, with its window and the release it is of.",
    (
        Column("kind", TEXT, "; ".join(f"`{k}` {v}" for k, v in SHARE_KINDS.items()), null="never"),
        Column("recipient", TEXT, "who receives, or reports", null="never"),
        Column("supplier", TEXT, "whose share", null="never"),
        Column("goods", TEXT, "what", null="never"),
        Column("from_year", INT, "first year", null="see `period`"),
        Column("to_year", INT, "last year, included", null="see `period`"),
        Column("period", TEXT, "the window as text", null="never"),
        Column("measure", TEXT, "TIV of deliveries, value, net weight", null="never"),
        Column("unit", TEXT, "of the amounts", null="never"),
        Column("amount", F64, "of the supplier", null="refused"),
        Column("total", F64, "of all, unknown suppliers included", null="refused"),
        Column("unknown", F64, "of unknown suppliers or unallocated partners", null="refused"),
        Column("share", F64, "amount over total", null="refused, or nothing in total"),
        Column("least", F64, "allowing for rounding, or for unallocated partners", null="refused"),
        Column("most", F64, "the same", null="refused"),
        Column("mirror_amount", F64, "what the other side reports", null="not at hand"),
        Column("asymmetry", F64, "difference of the two over their sum; above 0.2 they disagree", null="not at hand"),
        Column("rank", INT, "place among suppliers", null="refused"),
        Column("suppliers", INT, "how many", null="refused"),
        Column("as_of", TEXT, "release or date of retrieval", null="undated"),
        Column("method", TEXT, "with its source", null="never"),
        Column("changes", TEXT, "what would have changed the answer", null="refused"),
        Column("reason", TEXT, "why it is refused, or what weakens it", null="nothing to add"),
        Column("sentence", TEXT, "the result in words", null="never"),
        Column("source", TEXT, "table", null="never"),
        Column("receipts", TEXTS, "sha256 prefixes of the files", null="none"),
    ),
)

CONCLUSIONS: Final = Table(
    "CONCLUSIONS",
    "One row a thing that a case asks, and whether the data at hand can answer it.",
    (
        Column(
            "topic",
            TEXT,
            "count, dwell, origin, surges, timing, shares, statements, published counts ...",
            null="never",
        ),
        Column("window", TEXT, "which window", null="the whole case"),
        Column("answer", TEXT, "`yes`, `partly`, `no`", null="never"),
        Column("why", TEXT, "in words", null="never"),
        Column("remedy", TEXT, "what would help", null="nothing would, or nothing is needed"),
    ),
)

CHANGE_KINDS: Final = {
    "added": "in the new only",
    "withdrawn": "in the old only",
    "unasked": "in the old only, as the newer case does not ask about it",
    "regraded": "another grade",
    "re-dated": "times that differ",
    "changed": "another value",
}
"""What became of a row between two dossiers."""

CAUSES: Final = {
    "data": "other bytes were read",
    "method": "another version of the method, or other rules",
    "reference": "other airfields, runways or registers",
    "verdict": "a person's check",
    "question": "another question was asked",
    "case_file": "another entry of the case file",
    "unknown": "none of these differs",
}
"""Why."""

CHANGES: Final = Table(
    "CHANGES",
    "One row a change between two dossiers of one case, with its cause.",
    (
        Column("change", TEXT, "; ".join(f"`{k}` {v}" for k, v in CHANGE_KINDS.items()), null="never"),
        Column("table", TEXT, "table", null="never"),
        Column("row_id", TEXT, "visit or other row", null="never"),
        Column("old_row_id", TEXT, "the row it was before, where its id changed", null="the same, or none"),
        Column("field", TEXT, "column", null="the whole row"),
        Column("old", TEXT, "as it was", null="was not there"),
        Column("new", TEXT, "as it is", null="is not there"),
        Column("cause", TEXT, "; ".join(f"`{k}` {v}" for k, v in CAUSES.items()), null="never"),
        Column("why", TEXT, "what tells the cause", null="never"),
        Column("sentence", TEXT, "the correction in words", null="never"),
    ),
)

STATED: Final = Table(
    "STATED",
    "One row a sentence that a dossier prints, with the rows it rests on.",
    (
        Column("stated_id", TEXT, "section and number", null="never"),
        Column("section", TEXT, "part of the dossier", null="never"),
        Column("text", TEXT, "as printed", null="never"),
        Column("rests_on", TEXTS, "rows, each `table/row` or `table/row/column`, rows from 1", null="a general remark"),
    ),
)
