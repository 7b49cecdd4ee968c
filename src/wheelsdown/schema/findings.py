"""What is made of visits: counts, rhythms, comparisons."""

from __future__ import annotations

from typing import Final

from wheelsdown.schema.types import BOOL, F64, INT, TEXT, TEXTS, UTC
from wheelsdown.table import Column, Table

__all__ = ["AGREED", "AGREEMENT", "AGREEMENT_KINDS", "CADENCE", "COUNTS", "SELECTIONS"]

SELECTIONS: Final = {
    "all": "every aircraft in the data",
    "fleet": "a fleet named beforehand, looked for on every day of the window",
    "hand_picked": "files chosen by hand: rates, surges and `cannot be ruled out` are refused",
}
"""How the positions were chosen."""

COUNTS: Final = Table(
    "COUNTS",
    "One row a count of visits: at least, best estimate, what cannot be ruled out, and the exposure it rests on.",
    (
        Column("airfield", TEXT, "airfield code", null="not counted by airfield"),
        Column("operator", TEXT, "operator", null="not counted by operator, or unknown"),
        Column("icao24", TEXT, "24-bit address", null="not counted by aircraft"),
        Column("registration", TEXT, "tail", null="not counted by aircraft, or unknown"),
        Column("typecode", TEXT, "ICAO type designator", null="not counted by type, or unknown"),
        Column("origin", TEXT, "airfield it came from", null="not counted by origin, or unknown"),
        Column("period", TEXT, "day, week, month or year", null="not counted by period"),
        Column("from_utc", UTC, "the window: touchdowns from here", null="never"),
        Column("to_utc", UTC, "to before here", null="never"),
        Column("time_zone", TEXT, "zone of days in `period` and in the sentence", null="never"),
        Column("observed", INT, "visits graded observed", null="never"),
        Column("inferred", INT, "visits graded inferred", null="never"),
        Column("likely", INT, "visits graded likely", null="never"),
        Column("possible", INT, "visits graded possible", null="never"),
        Column("as_rival", INT, "visits named elsewhere, with this airfield not excluded", null="never"),
        Column("at_edge", INT, "visits whose touchdown may lie outside the window", null="never"),
        Column("quarantined", INT, "visits set aside for doubts about their positions", null="never"),
        Column("rejected", INT, "visits that a person has rejected", null="never"),
        Column(
            "checked", INT, "of those in `at_least`, how many a person has confirmed on today's evidence", null="never"
        ),
        Column("at_least", INT, "observed and inferred, inside the window, not set aside, not rejected", null="never"),
        Column("at_least_with_quarantined", INT, "the same with those set aside", null="never"),
        Column("best_estimate", F64, "expected visits on the days observed", null="see `best_why`"),
        Column("best_least", F64, "lower end of its 95 % interval", null="see `best_why`"),
        Column("best_most", F64, "upper end of its 95 % interval", null="see `best_why`"),
        Column("best_received", F64, "expected visits among those received: sum of probabilities", null="never"),
        Column("best_unseen", F64, "expected visits that left no trace, by observability", null="see `best_why`"),
        Column("best_why", TEXT, "why there is no estimate, or what it rests on", null="never"),
        Column(
            "cannot_be_ruled_out",
            INT,
            "further visits that these aircraft could have made",
            null="no bound, or refused; see `ruled_out_why`",
        ),
        Column("ruled_out_why", TEXTS, "what it is made of, or why there is no bound", null="never"),
        Column("days_window", F64, "length of the window", "d", "never"),
        Column(
            "days_observed",
            F64,
            "exposure: UTC days on which a visit would have been received; one on which receivers were up for some "
            "hours only counts whole, with its lower chance",
            "d",
            "these files cannot tell",
        ),
        Column("days_not_observed", F64, "days without data or receivers", "d", "these files cannot tell"),
        Column("seen_probability", F64, "that a visit on those days leaves a row", null="these files cannot tell"),
        Column("selection", TEXT, "; ".join(f"`{k}` {v}" for k, v in SELECTIONS.items()), null="never"),
        Column("sentence", TEXT, "the result in words", null="never"),
        Column("visit_ids", TEXTS, "visits behind `at_least`", null="none"),
        Column("other_ids", TEXTS, "weaker visits behind the rest", null="none"),
        Column("sources", TEXTS, "providers", null="none"),
        Column("receipts", TEXTS, "sha256 prefixes of the files", null="none"),
    ),
)

CADENCE: Final = Table(
    "CADENCE",
    "One row a rhythm of visits: rate with exact interval, days between visits, days with a visit.",
    (
        Column("airfield", TEXT, "airfield code", null="all"),
        Column("what", TEXT, "which visits: fleet, operator, aircraft", null="all"),
        Column("from_utc", UTC, "window", null="never"),
        Column("to_utc", UTC, "window, to before here", null="never"),
        Column("time_zone", TEXT, "zone of the days", null="never"),
        Column("grades", TEXTS, "grades counted", null="never"),
        Column("visits", INT, "n", null="never"),
        Column(
            "exposure_days",
            F64,
            "days of exposure: days observed, times the chance that a visit is counted where other traffic tells it",
            "d",
            "refused; see `reason`",
        ),
        Column("exposure_how", TEXT, "where the exposure comes from", null="never"),
        Column("rate_per_day", F64, "visits counted, a day of exposure", "1/d", "refused; see `reason`"),
        Column("rate_least", F64, "exact 95 % interval (Garwood 1936)", "1/d", "as above"),
        Column("rate_most", F64, "the same", "1/d", "as above"),
        Column("every_days", F64, "one visit every so many days", "d", "no visit, or refused"),
        Column("every_least", F64, "its interval", "d", "as above"),
        Column("every_most", F64, "its interval; null: no bound", "d", "no bound, or refused"),
        Column("gap_median_days", F64, "median days between touchdowns", "d", "fewer than two visits, or refused"),
        Column("gap_median_least", F64, "its 95 % interval (bootstrap)", "d", "fewer than five visits, or refused"),
        Column("gap_median_most", F64, "the same", "d", "as above"),
        Column("days_with_visit", INT, "observed days with at least one visit", null="refused"),
        Column("share_of_days", F64, "of the observed days", null="refused"),
        Column("share_least", F64, "its 95 % interval (Clopper and Pearson 1934)", null="refused"),
        Column("share_most", F64, "the same", null="refused"),
        Column("every_other_day", BOOL, "the data bear `every other day`, at both extremes", null="refused"),
        Column("reason", TEXT, "why something is refused, or what the claim rests on", null="nothing to add"),
        Column("sentence", TEXT, "the result in words", null="never"),
        Column("visit_ids", TEXTS, "visits counted", null="none"),
        Column(
            "every_quickest",
            F64,
            "one visit every so many days at the quickest: all rows that may be visits, and the share not received",
            "d",
            "refused",
        ),
        Column(
            "every_slowest",
            F64,
            "the same at the slowest: observed and inferred visits alone, over the days observed",
            "d",
            "no bound, or refused",
        ),
    ),
)

AGREEMENT_KINDS: Final = {
    "both": "in both, matched one to one",
    "first_only": "in the first only, on a day both cover",
    "second_only": "in the second only, on a day both cover",
    "discrepancy": "matched, and the two say different things",
    "flagged": "contradicts itself, was set aside or rejected: left out of the matching",
    "first_aside": "in the first; the second has only a row that was left out",
    "second_aside": "in the second; the first has only a row that was left out",
    "repeated": "may tell a stay of its own list a second time: left out of the matching",
}
"""What became of a row when two lists of visits are compared."""

AGREEMENT: Final = Table(
    "AGREEMENT",
    "One row a visit in either of two lists: found in both, in one only, or told differently.",
    (
        Column("kind", TEXT, "; ".join(f"`{k}` {v}" for k, v in AGREEMENT_KINDS.items()), null="never"),
        Column("icao24", TEXT, "24-bit address", null="neither gives one"),
        Column("registration", TEXT, "tail", null="neither gives one"),
        Column("airfield", TEXT, "airfield code", null="not named"),
        Column("first_id", TEXT, "visit in the first list", null="not in it"),
        Column("second_id", TEXT, "visit in the second list", null="not in it"),
        Column("first_arrived_utc", UTC, "touchdown in the first", null="not given"),
        Column("second_arrived_utc", UTC, "touchdown in the second", null="not given"),
        Column("difference_min", F64, "second minus first", "min", "not in both"),
        Column("first_departed_utc", UTC, "take-off in the first", null="not given"),
        Column("second_departed_utc", UTC, "take-off in the second", null="not given"),
        Column("first_grade", TEXT, "grade in the first", null="not in it"),
        Column("second_grade", TEXT, "grade in the second", null="not in it"),
        Column("differs", TEXTS, "what the two say differently", null="nothing"),
        Column("reason", TEXT, "why it was matched, or why it could not be", null="nothing to add"),
    ),
)

AGREED: Final = Table(
    "AGREED",
    "One row a comparison of two lists of visits: how many in both, in one only, and what may be said of the total.",
    (
        Column("first", TEXT, "name of the first list", null="never"),
        Column("second", TEXT, "name of the second list", null="never"),
        Column("from_utc", UTC, "window covered by both", null="no common window"),
        Column("to_utc", UTC, "to before here", null="no common window"),
        Column("first_visits", INT, "visits in the first", null="never"),
        Column("second_visits", INT, "visits in the second", null="never"),
        Column("both", INT, "matched one to one", null="never"),
        Column("first_only", INT, "in the first only", null="never"),
        Column("second_only", INT, "in the second only", null="never"),
        Column("discrepancies", INT, "matched, but told differently", null="never"),
        Column("flagged", INT, "left out, with reasons", null="never"),
        Column(
            "chapman",
            F64,
            "Chapman's estimate of the total, (n1 + 1)(n2 + 1) / (m + 1) - 1 of `first_sure`, `second_sure` and "
            "`both_sure`, and `aside_sure` added: a lower estimate where the two are not independent",
            null="refused; see `reason`",
        ),
        Column("chapman_least", F64, "its 95 % interval (log-normal)", null="refused"),
        Column("chapman_most", F64, "the same", null="refused"),
        Column("reason", TEXT, "why it was refused, or what it assumes", null="never"),
        Column("sentence", TEXT, "the result in words", null="never"),
        Column("first_aside", INT, "in the first; the second has only a row that was left out", null="never"),
        Column("second_aside", INT, "in the second; the first has only a row that was left out", null="never"),
        Column("repeated", INT, "left out: rows that may tell a stay of their own list a second time", null="never"),
        Column("weaker", INT, "visits named by no row better than likely or possible", null="never"),
        Column("first_sure", INT, "n1: visits the first holds by an observed or inferred row", null="never"),
        Column("second_sure", INT, "n2: the same of the second", null="never"),
        Column("both_sure", INT, "m: matched, and observed or inferred in both", null="never"),
        Column(
            "aside_sure",
            INT,
            "observed or inferred, and in neither n1 nor n2: the other has it set aside",
            null="never",
        ),
    ),
)
