"""What a page says of its methods, with where each comes from."""

from __future__ import annotations

from typing import Final

from wheelsdown.schema import ABOUT, BEARINGS

__all__ = ["ABOUT_LABELS", "LOG_GLOSSES", "LOG_METHODS", "METHODS", "SECTIONS"]

SECTIONS: Final = {
    "finding": "Finding",
    "said": "What can and cannot be said",
    "counts": "How many visits",
    "timeline": "Visits over time",
    "map": "Where it is",
    "visits": "The visits, one by one",
    "rhythm": "Time on the ground, and how often",
    "surges": "Was it more than usual?",
    "timing": "Beside the dates of outside events",
    "shares": "Shares in deliveries and trade",
    "statements": "What was said",
    "exhibits": "Photographs, images and notes",
    "published": "Counts that others published",
    "others": "Who else came, and where else these aircraft went",
    "rivals": "Other explanations",
    "airfields": "The airfields",
    "gaps": "What was not observed, and what could not be read",
    "methods": "Methods",
    "sources": "Sources",
    "repeat": "How to repeat it",
    "limits": "Limits",
}
"""Sections of a page, in order."""

ABOUT_LABELS: Final = {
    "flight": "whether a flight took place",
    "cargo": "cargo",
    "purpose": "purpose",
    "policy": "policy",
}
"""What a statement is about, in few words."""

METHODS: Final = (
    (
        "Visits and grades",
        ("visits",),
        "A visit is a landing, a stay and a take-off at one place by one aircraft. Each has a grade that says how "
        "it is known, and the sentence about it is no stronger than its grade: observed and inferred visits "
        "landed, a likely one probably landed, a possible one may have landed. Another airfield stays a rival "
        "until reach, height or runway alignment excludes it. What an aircraft can reach in a silence follows the "
        "space-time prism (Hägerstrand 1970; Pfoser and Jensen 1999, doi:10.1007/3-540-48482-5_9).",
    ),
    (
        "Counts",
        ("counts",),
        "At least: visits graded observed or inferred whose touchdown lies in the window for certain, none that is"
        " set aside or rejected. Best estimate: the sum of the probabilities of visits received, and what "
        "observability lets expect of visits that left no trace, with a 95 % interval (Poisson-binomial; the "
        "number missed is negative binomial). Cannot be ruled out: what these aircraft could have done besides, "
        "days without data included.",
    ),
    (
        "Time on the ground",
        ("visits",),
        "Time on the ground is an interval: at least what lies between the first and the last position on the "
        "ground, at most what lies between the last position before and the first after, less the shortest flight "
        "between.",
    ),
    (
        "Days observed",
        ("observability",),
        "For each day the other traffic at the airfield tells whether a visit would have been received. A day "
        "without data leaves the exposure; it is never a zero. The chance to be received has an exact interval "
        "(Clopper and Pearson 1934).",
    ),
    (
        "How often",
        ("cadence",),
        "The rate is visits over days observed, with an exact 95 % interval (Garwood 1936); one visit every so "
        "many days is that interval turned over. Every other day is said only if 2 days lie in the interval and "
        "its upper end is at most 3 days.",
    ),
    (
        "Surges",
        ("surges",),
        "A scan over all windows of time finds the one with most visits against its exposure (Kulldorff 1997). Its"
        " p is the chance of so strong a window anywhere in the period, so the search itself is paid for. A window"
        " named beforehand is tested alone. Where visits come in bunches the larger p counts. The steps drawn in "
        "the chart are Bayesian blocks (Scargle 2013, doi:10.1088/0004-637X/764/2/167), without a test.",
    ),
    (
        "Timing",
        ("timing",),
        "Event coincidence analysis (Donges and others 2016, doi:10.1140/epjst/e2015-50233-y; edges after "
        "Odenweller and Donner 2020, doi:10.1103/PhysRevE.101.052213). Chance is what remains when the visits are "
        "shifted in a circle within each year, which keeps their bunches and the growth of coverage. Where several"
        " windows are tried, the strongest is held against the strongest by chance (Westfall and Young 1993). "
        "That visits came before says nothing on why.",
    ),
    (
        "Shares in arms deliveries",
        ("shares",),
        "Shares of SIPRI trend-indicator values, deliveries of a supplier over deliveries of all, unknown "
        "suppliers in the denominator. They measure military capability, not money, and each release revises "
        "earlier years. Trade shares have bounds: goods of unallocated partners may be all or none of the "
        "partner's.",
    ),
    (
        "Statements",
        ("statements",),
        "Reliability of the source (A to F) and credibility of what it says (1 to 6) are judged apart (Admiralty "
        "code). A statement on flights is held only against visits of the aircraft it is about, before it was made. A "
        "contradiction exists only where a flight was denied that was observed; one that is only inferred contradicts "
        "nothing. About cargo, purpose and policy position data can test nothing. No comment is neither a "
        "confirmation nor a denial.",
    ),
    (
        "Keeping evidence",
        (),
        "Every file read is named with its sha256 (FIPS 180-4), after the Berkeley Protocol on Digital Open Source"
        " Investigations (OHCHR and UC Berkeley 2022): what was read is kept unaltered, every number in the text and "
        "the tables of this page names the table, row and column it comes from, and every chart the tables it is drawn "
        "from.",
    ),
)
"""Heading, tables of which one must have rows, text."""

LOG_METHODS: Final = {
    "Visits and grades": "A visit is a row of the log: a landing, a stay and a take-off at one place by one aircraft, "
    "as its observers wrote it down. A row is observed where the log's mapping says that a person saw the aircraft on "
    "the ground, else possible. Rows that contradict themselves or one another are set aside, and none is corrected.",
    "Counts": "At least: rows graded observed whose touchdown lies in the window for certain, none that is set aside "
    "or rejected. How many visits nobody wrote down a log cannot tell, so there is no best estimate of them, and no "
    "bound.",
    "Time on the ground": "Time on the ground is an interval: what the log's own times leave open, after how exactly "
    "they were written down.",
    "Statements": "Reliability of the source (A to F) and credibility of what it says (1 to 6) are judged apart "
    "(Admiralty code). A statement on flights is held only against rows of the aircraft it is about, before it was "
    "made. A contradiction exists only where a flight was denied that observers saw. About cargo, purpose and policy a "
    "log can test nothing. No comment is neither a confirmation nor a denial.",
}
"""What holds of a log instead, by heading."""

LOG_GLOSSES: Final = {
    "grade": {
        "observed": "a person saw it on the ground, as the log says",
        "possible": "it stands in the log, which does not say that anybody saw it on the ground",
    },
    **{
        name: {word: meant.replace("position data", "a log") for word, meant in words.items()}
        for name, words in (("about", ABOUT), ("bearing", BEARINGS))
    },
}
"""What words mean beside a log; it knows no other grades."""
