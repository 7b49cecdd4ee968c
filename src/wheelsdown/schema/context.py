"""What is not positions: events, transfers, trade, what people said, what they published, what they photographed."""

from __future__ import annotations

from typing import Final

import polars as pl

from wheelsdown.schema.types import F64, INT, TEXT, TEXTS, UTC
from wheelsdown.table import Column, Table

__all__ = [
    "ABOUT",
    "BEARINGS",
    "CREDIBILITY",
    "EVENTS",
    "EVENT_KINDS",
    "EXHIBITS",
    "EXHIBIT_KINDS",
    "FACTS",
    "PUBLISHED",
    "RELIABILITY",
    "STANCES",
    "STATEMENTS",
    "TRADE",
    "TRANSFERS",
    "TRANSFER_KINDS",
]

DAY: Final = pl.Date()

EVENT_KINDS: Final = {
    "event": "one event, booked on its first day",
    "month": "all events of a country and month; its day is not known",
    "episode": "a period of fighting, dated by a list or by a rule over events",
}
"""What a row of EVENTS is."""

EVENTS: Final = Table(
    "EVENTS",
    "One row an outside event, month or episode, as a dataset or list has it. One of several days is booked on its "
    "first day.",
    (
        Column("event_id", TEXT, "id in its source, else made from its row", null="never"),
        Column("kind", TEXT, "; ".join(f"`{k}` {v}" for k, v in EVENT_KINDS.items()), null="never"),
        Column("name", TEXT, "what the source calls it", null="unnamed"),
        Column("began", DAY, "first day: the day it is booked on", null="never"),
        Column("ended", DAY, "last day, included", null="not over, or not said"),
        Column("precision_days", F64, "its day is known to so many days", "d", "not said"),
        Column("country", TEXT, "country, as the source writes it", null="not said"),
        Column("side_a", TEXT, "first party", null="not said"),
        Column("side_b", TEXT, "second party", null="not said"),
        Column("violence", TEXT, "type of event, in the source's words", null="not said"),
        Column("latitude_deg", F64, "where", "deg", "not said"),
        Column("longitude_deg", F64, "where", "deg", "not said"),
        Column("place_precision", TEXT, "how exactly the place is known, in the source's words", null="not said"),
        Column("deaths_best", F64, "deaths, best estimate of the source", null="not said"),
        Column("deaths_least", F64, "deaths, low estimate", null="not said"),
        Column("deaths_most", F64, "deaths, high estimate", null="not said"),
        Column("source", TEXT, "dataset or list, with its version", null="never"),
        Column("as_of", TEXT, "date of the dataset, YYYY-MM-DD or a year", null="undated"),
        Column("note", TEXT, "what must be known to read the row", null="nothing to add"),
        Column("url", TEXT, "where it can be looked up", null="not said"),
        Column("receipt", TEXT, "sha256 prefix of the file", null="written in the case file"),
        Column("row", INT, "line or record in the file, from 1", null="written in the case file"),
    ),
)

TRANSFER_KINDS: Final = {
    "tiv": "volume of deliveries from one supplier to one recipient in one year",
    "deal": "one deal of the register, with its deliveries over several years",
}
"""What a row of TRANSFERS is."""

TRANSFERS: Final = Table(
    "TRANSFERS",
    "One row a volume of arms delivered in a year, or a deal of a register. Volumes are of military capability (SIPRI "
    "trend-indicator value), not of money.",
    (
        Column("transfer_id", TEXT, "made from its row", null="never"),
        Column("kind", TEXT, "; ".join(f"`{k}` {v}" for k, v in TRANSFER_KINDS.items()), null="never"),
        Column("supplier", TEXT, "as the source writes it, `unknown supplier(s)` included", null="never"),
        Column("recipient", TEXT, "as the source writes it", null="never"),
        Column("year", INT, "year of delivery", null="a deal: see delivery_years"),
        Column("tiv", F64, "volume delivered, in millions", "m TIV", "none identified"),
        Column("tiv_least", F64, "before rounding, at least (`0` is less than 0.5)", "m TIV", "a deal, or none"),
        Column("tiv_most", F64, "before rounding, at most", "m TIV", "a deal, or none"),
        Column("order_year", INT, "year of order", null="a volume, or not said"),
        Column("number_ordered", F64, "items ordered", null="a volume, or not said"),
        Column("weapon", TEXT, "designation", null="a volume, or not said"),
        Column("description", TEXT, "description", null="a volume, or not said"),
        Column("number_delivered", F64, "items delivered", null="a volume, or not said"),
        Column("delivery_years", TEXTS, "years of delivery", null="a volume, or not said"),
        Column("status", TEXT, "new, second hand ...", null="a volume, or not said"),
        Column("comments", TEXT, "of the source", null="none"),
        Column("tiv_per_unit", F64, "volume of one item", "m TIV", "a volume, or not said"),
        Column("tiv_ordered", F64, "volume of the whole order", "m TIV", "a volume, or not said"),
        Column("uncertain", TEXTS, "columns that the source marks with a question mark", null="none"),
        Column("source", TEXT, "table and release", null="never"),
        Column("as_of", TEXT, "date of the release; each release revises earlier years", null="undated"),
        Column("receipt", TEXT, "sha256 prefix of the file", null="never"),
        Column("row", INT, "line of the file, from 1", null="never"),
    ),
)

TRADE: Final = Table(
    "TRADE",
    "One row a reported flow of goods: reporter, partner, commodity, period. Codes stay text.",
    (
        Column("trade_id", TEXT, "made from its row", null="never"),
        Column("reporter", TEXT, "country that reports", null="never"),
        Column("reporter_code", TEXT, "its code in the source", null="not said"),
        Column("partner", TEXT, "the other side; `World` is the total", null="never"),
        Column("partner_code", TEXT, "its code; 0 is the world", null="not said"),
        Column("flow", TEXT, "import or export", null="never"),
        Column("period", TEXT, "YYYY or YYYYMM, or as the source writes it", null="never"),
        Column("commodity_code", TEXT, "code of goods", null="not said"),
        Column("commodity", TEXT, "goods in words", null="not said"),
        Column("value_usd", F64, "reported value", "USD", "not said"),
        Column("valued", TEXT, "cif, fob or primary: what the value includes", null="not said"),
        Column("net_kg", F64, "net weight", "kg", "not said"),
        Column("estimated", TEXTS, "columns that the source says it estimated", null="none"),
        Column("source", TEXT, "dataset", null="never"),
        Column("as_of", TEXT, "when it was retrieved", null="undated"),
        Column("url", TEXT, "where it can be looked up", null="not said"),
        Column("receipt", TEXT, "sha256 prefix of the file", null="never"),
        Column("row", INT, "line of the file, from 1", null="never"),
    ),
)

ABOUT: Final = {
    "flight": "that a flight took place: position data can test it",
    "cargo": "what it carried: position data cannot test it",
    "purpose": "why it flew: position data cannot test it",
    "policy": "what a government does or wants: position data cannot test it",
}
"""What a statement is about."""

STANCES: Final = {
    "confirms": "says that it is so",
    "denies": "says that it is not so",
    "declines": "was asked and declined to comment",
    "no_answer": "was asked and has not answered",
    "not_yet_asked": "has not been asked",
    "alleges": "says so of others",
    "evades": "answers without confirming or denying",
    "explains": "an expert's or third party's view",
}
"""What a speaker does with what the statement is about."""

RELIABILITY: Final = {
    "A": "completely reliable",
    "B": "usually reliable",
    "C": "fairly reliable",
    "D": "not usually reliable",
    "E": "unreliable",
    "F": "cannot be judged",
}
"""Of the source (Admiralty code), judged apart from what it says."""

CREDIBILITY: Final = {
    "1": "confirmed by other sources",
    "2": "probably true",
    "3": "possibly true",
    "4": "doubtful",
    "5": "improbable",
    "6": "cannot be judged",
}
"""Of what is said (Admiralty code), judged apart from who says it."""

BEARINGS: Final = {
    "contradicted": "a flight was denied that these data show as observed",
    "not_contradicted": "a flight was denied that these data only infer or hold likely: that contradicts no denial",
    "agrees": "a flight was confirmed that these data show",
    "beside": "shown beside the visits; position data cannot test what it is about",
    "at_the_minute": "a touchdown falls, or may fall, into the time at which it was said",
    "not_tested": "about flights, and held against no visit; the sentence says why",
    "not_asked": "nobody has asked: nothing follows from it",
    "silence": "asked, and no comment: that is neither a confirmation nor a denial",
}
"""How a statement stands to the visits."""

STATEMENTS: Final = Table(
    "STATEMENTS",
    "One row a statement, denial or silence, with what it is about and how it stands to the visits.",
    (
        Column("statement_id", TEXT, "as in the case file", null="never"),
        Column("speaker", TEXT, "who", null="never"),
        Column("role", TEXT, "what the speaker was at the time", null="not said"),
        Column("party", TEXT, "for whom the speaker speaks, or who is asked", null="for nobody else"),
        Column("about", TEXTS, "; ".join(f"`{k}` {v}" for k, v in ABOUT.items()), null="never"),
        Column("stance", TEXT, "; ".join(f"`{k}` {v}" for k, v in STANCES.items()), null="never"),
        Column("words", TEXT, "the exact words", null="none are quoted"),
        Column("gist", TEXT, "in our words", null="the words say it"),
        Column("said_on", DAY, "day", null="not known to the day"),
        Column("said_period", TEXT, "when, as far as it is known", null="known to the day"),
        Column("said_from_utc", UTC, "time it was said, from", null="not known"),
        Column("said_to_utc", UTC, "to", null="not known"),
        Column("place", TEXT, "where it was said", null="not said"),
        Column("outlet", TEXT, "who published it", null="not published"),
        Column("url", TEXT, "where", null="not said"),
        Column("question", TEXT, "the question put", null="not known"),
        Column("asked_on", DAY, "when we asked", null="not asked by us"),
        Column("deadline", DAY, "by when an answer was asked for", null="none set"),
        Column("archived", TEXT, "name of the archived copy", null="none kept"),
        Column("archived_sha256", TEXT, "its sha256", null="none kept"),
        Column("reliability", TEXT, "; ".join(f"`{k}` {v}" for k, v in RELIABILITY.items()), null="not judged"),
        Column("credibility", TEXT, "; ".join(f"`{k}` {v}" for k, v in CREDIBILITY.items()), null="not judged"),
        Column("bearing", TEXT, "; ".join(f"`{k}` {v}" for k, v in BEARINGS.items()), null="never"),
        Column("visit_ids", TEXTS, "visits it bears on", null="none"),
        Column("sentence", TEXT, "how it stands to the visits, in words", null="never"),
    ),
)

EXHIBIT_KINDS: Final = {
    "photo": "photograph",
    "satellite": "satellite image",
    "video": "video",
    "document": "document",
    "note": "a witness's note",
}
"""What an exhibit is."""

EXHIBITS: Final = Table(
    "EXHIBITS",
    "One row an exhibit: hashed, tied to a visit, and never a reason for its grade.",
    (
        Column("exhibit_id", TEXT, "as in the case file", null="never"),
        Column("kind", TEXT, "; ".join(f"`{k}` {v}" for k, v in EXHIBIT_KINDS.items()), null="never"),
        Column("shows", TEXT, "what is on it, in our words", null="never"),
        Column("file", TEXT, "its name", null="never"),
        Column("sha256", TEXT, "of its bytes", null="the file is not there"),
        Column("bytes", INT, "its size", "B", "the file is not there"),
        Column("taken_utc", UTC, "when it was made", null="not known"),
        Column("made_by", TEXT, "who made it", null="not said"),
        Column("licence", TEXT, "under which terms it may be shown", null="not said"),
        Column("url", TEXT, "where it was found", null="not said"),
        Column("reliability", TEXT, "of the source: " + ", ".join(RELIABILITY), null="not judged"),
        Column("credibility", TEXT, "of what it shows: " + ", ".join(CREDIBILITY), null="not judged"),
        Column("visit_id", TEXT, "the visit it is tied to", null="no such visit in these data; see `sentence`"),
        Column("sentence", TEXT, "what ties it, or why nothing does", null="never"),
    ),
)

PUBLISHED: Final = Table(
    "PUBLISHED",
    "One row a count that somebody published, with what these data give for the same window beside it.",
    (
        Column("published_id", TEXT, "as in the case file", null="never"),
        Column("outlet", TEXT, "who published it", null="never"),
        Column("published_on", TEXT, "when: YYYY, YYYY-MM or YYYY-MM-DD", null="undated"),
        Column("url", TEXT, "where", null="not said"),
        Column("words", TEXT, "the wording that matters", null="not quoted"),
        Column("airfield", TEXT, "airfield code", null="not by airfield"),
        Column("what", TEXT, "whose visits: operator, type, aircraft", null="not said"),
        Column("from_utc", UTC, "its window", null="not said"),
        Column("to_utc", UTC, "to before here", null="not said"),
        Column("time_zone", TEXT, "zone of its days", null="not said"),
        Column("window", TEXT, "its window as it stands in the case file", null="never"),
        Column("least", INT, "at least so many", null="no number"),
        Column("most", INT, "at most so many", null="a lower bound only"),
        Column("rests_on", TEXT, "the source it names", null="not said"),
        Column("note", TEXT, "what must be known to compare", null="nothing to add"),
        Column("at_least", INT, "these data: at least", null="nothing could be counted"),
        Column("best_estimate", F64, "these data: best estimate", null="refused, or nothing could be counted"),
        Column("cannot_be_ruled_out", INT, "these data: cannot be ruled out", null="no bound, refused, or not counted"),
        Column("days_observed", F64, "these data: days observed of the window", "d", "cannot be told"),
        Column(
            "outcome",
            TEXT,
            "`agrees`, `more` (these data show more than the number allows), `fewer` (these data exclude so many), "
            "`lower_end` (its lower end is borne out; whether the upper end holds cannot be said), `open` (neither), "
            "`not_counted`",
            null="never",
        ),
        Column("sentence", TEXT, "the comparison in words", null="never"),
        Column("visit_ids", TEXTS, "visits behind `at_least`", null="none"),
    ),
)

FACTS: Final = Table(
    "FACTS",
    "One row a sourced fact about an airfield, aircraft or party.",
    (
        Column("fact_id", TEXT, "made from its subject and name", null="never"),
        Column("subject", TEXT, "airfield code, tail or party", null="never"),
        Column("name", TEXT, "what is told", null="never"),
        Column("value", TEXT, "as the source has it", null="never"),
        Column("unit", TEXT, "its unit", null="none"),
        Column("claim", TEXT, "whose claim it is", null="a plain fact of the source"),
        Column("source", TEXT, "dataset, outlet or register", null="never"),
        Column("as_of", TEXT, "its date", null="undated"),
        Column("url", TEXT, "where it can be looked up", null="not said"),
    ),
)
