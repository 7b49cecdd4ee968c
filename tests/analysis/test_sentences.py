"""Counts in words: verbs as the grades allow, window, zone, source, exposure and selection in every one."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wheelsdown
from wheelsdown.analysis.sentences import NEVER_BROADCAST, Telling, count_sentence, with_sentences
from wheelsdown.schema import COUNTS, OBSERVABILITY, VISITS

ROW: Final[dict[str, Any]] = {
    "airfield": "LLOV",
    "operator": None,
    "icao24": None,
    "registration": None,
    "typecode": None,
    "origin": None,
    "period": None,
    "from_utc": (2023, 9, 1),
    "to_utc": (2023, 9, 18),
    "time_zone": "UTC",
    "observed": 4,
    "inferred": 2,
    "likely": 1,
    "possible": 0,
    "as_rival": 0,
    "at_edge": 0,
    "quarantined": 0,
    "rejected": 0,
    "checked": 6,
    "at_least": 6,
    "at_least_with_quarantined": 6,
    "best_estimate": None,
    "best_least": None,
    "best_most": None,
    "cannot_be_ruled_out": 4,
    "ruled_out_why": [],
    "days_window": 17.0,
    "days_observed": 14.0,
    "days_not_observed": 3.0,
    "seen_probability": 0.99,
    "selection": "fleet",
    "visit_ids": [],
    "sources": ["readsb"],
}
FORBIDDEN: Final = re.compile(
    r"\b(arms|weapons?|munitions?|dark|caus\w*|because|link\w*|smuggl\w*)\b|switched off|turned off|probabilit|p-value"
    r"|confidence|significan|%|per cent|percent",
    re.IGNORECASE,
)
"""What no sentence says: cargo, guilt, numbers that belong in tables."""


def row(**changes: Any) -> dict[str, Any]:
    out = {**ROW, **changes}
    return {k: datetime(*v, tzinfo=UTC) if k in ("from_utc", "to_utc") else v for k, v in out.items()}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {},
            "At least six landed at LLOV between 1 and 17 September 2023 (UTC), two of them inferred (lost "
            "inbound, next received outbound), six checked by a person; one more probably did. Beyond these six, "
            "up to four more cannot be ruled out. Positions: readsb; 14 of 17 days observed, nothing can be said "
            "of the other three; a fleet named beforehand.",
        ),
        (
            {"checked": 0, "likely": 0},
            "At least six landed at LLOV between 1 and 17 September 2023 (UTC), two of them inferred (lost "
            "inbound, next received outbound), none checked by a person. Beyond these six, up to four more cannot "
            "be ruled out. Positions: readsb; 14 of 17 days observed, nothing can be said of the other three; a "
            "fleet named beforehand.",
        ),
        (
            {"at_least": 1, "observed": 1, "inferred": 0, "checked": 1, "likely": 0, "cannot_be_ruled_out": 0},
            "At least one landed at LLOV between 1 and 17 September 2023 (UTC), checked by a person. Nothing "
            "further is left open by these data, if these were received as others were. Positions: readsb; 14 of "
            "17 days observed, nothing can be said of the other three; a fleet named beforehand.",
        ),
        (
            {"at_least": 1, "observed": 0, "inferred": 1, "checked": 0, "likely": 0},
            "At least one landed at LLOV between 1 and 17 September 2023 (UTC), inferred (lost inbound, next "
            "received outbound), not checked by a person. Beyond this one, up to four more cannot be ruled out. "
            "Positions: readsb; 14 of 17 days observed, nothing can be said of the other three; a fleet named "
            "beforehand.",
        ),
        (
            {"at_least": 2, "observed": 0, "inferred": 2, "checked": 1, "likely": 0, "possible": 3},
            "At least two landed at LLOV between 1 and 17 September 2023 (UTC), all of them inferred (lost "
            "inbound, next received outbound), one checked by a person; three more may have. Beyond these two, up "
            "to four more cannot be ruled out. Positions: readsb; 14 of 17 days observed, nothing can be said of "
            "the other three; a fleet named beforehand.",
        ),
        (
            {"at_least": 11, "observed": 11, "inferred": 0, "checked": 10, "likely": 12, "possible": 1},
            "At least 11 landed at LLOV between 1 and 17 September 2023 (UTC), ten checked by a person; 12 more "
            "probably did and one may have. Beyond these 11, up to four more cannot be ruled out. Positions: "
            "readsb; 14 of 17 days observed, nothing can be said of the other three; a fleet named beforehand.",
        ),
        (
            {
                "at_least": 1234,
                "observed": 1234,
                "inferred": 0,
                "checked": 0,
                "likely": 0,
                "from_utc": (2016, 1, 1),
                "to_utc": (2023, 3, 7),
                "days_window": 2622.0,
                "days_observed": 2600.5,
            },
            "At least 1,234 landed at LLOV between 1 January 2016 and 6 March 2023 (UTC), none checked by a "
            "person. Beyond these 1,234, up to four more cannot be ruled out. Positions: readsb; 2,600.5 of 2,622 "
            "days observed, nothing can be said of the other 21.5; a fleet named beforehand.",
        ),
        (
            {"at_least": 0, "observed": 0, "inferred": 0, "checked": 0, "likely": 1},
            "One probably landed at LLOV between 1 and 17 September 2023 (UTC). No landing there is observed or "
            "inferred. Up to four cannot be ruled out. Positions: readsb; 14 of 17 days observed, nothing can be "
            "said of the other three; a fleet named beforehand.",
        ),
        (
            {"at_least": 0, "observed": 0, "inferred": 0, "checked": 0, "likely": 2, "possible": 1},
            "Two probably landed at LLOV between 1 and 17 September 2023 (UTC); one more may have. No landing "
            "there is observed or inferred. Up to four cannot be ruled out. Positions: readsb; 14 of 17 days "
            "observed, nothing can be said of the other three; a fleet named beforehand.",
        ),
        (
            {"at_least": 0, "observed": 0, "inferred": 0, "checked": 0, "likely": 0, "possible": 1},
            "One may have landed at LLOV between 1 and 17 September 2023 (UTC). No landing there is observed or "
            "inferred. Up to four cannot be ruled out. Positions: readsb; 14 of 17 days observed, nothing can be "
            "said of the other three; a fleet named beforehand.",
        ),
        (
            {"at_least": 0, "observed": 0, "inferred": 0, "checked": 0, "likely": 0, "sources": []},
            "No landing was received at LLOV between 1 and 17 September 2023 (UTC), which is not evidence that "
            "none happened. Up to four cannot be ruled out. Positions: the files given; 14 of 17 days observed, "
            "nothing can be said of the other three; a fleet named beforehand.",
        ),
        (
            {
                "at_least": 0,
                "observed": 0,
                "inferred": 0,
                "checked": 0,
                "likely": 0,
                "days_observed": 0.0,
                "days_not_observed": 17.0,
                "cannot_be_ruled_out": None,
                "ruled_out_why": [
                    "no bound: an aircraft was not received for 59 h within 3 days on which nobody is known to have "
                    "listened"
                ],
            },
            "No landing was received at LLOV between 1 and 17 September 2023 (UTC), which is not evidence that "
            "none happened. How many more there were has no bound: an aircraft was not received for 59 h within 3 days "
            "on which nobody is known to have listened. Positions: readsb; none of 17 days observed; a fleet named "
            "beforehand.",
        ),
        (
            {
                "selection": "hand_picked",
                "cannot_be_ruled_out": None,
                "ruled_out_why": ["refused: picked by hand"],
                "days_observed": None,
                "days_not_observed": None,
            },
            "At least six landed at LLOV between 1 and 17 September 2023 (UTC), two of them inferred (lost "
            "inbound, next received outbound), six checked by a person; one more probably did. Positions: readsb. "
            "The files were picked by hand: they cannot show how many were missed.",
        ),
        (
            {
                "selection": "hand_picked",
                "at_least": 0,
                "observed": 0,
                "inferred": 0,
                "checked": 0,
                "likely": 0,
                "cannot_be_ruled_out": None,
                "days_observed": None,
            },
            "No landing was received at LLOV between 1 and 17 September 2023 (UTC), which is not evidence that "
            "none happened. Positions: readsb. The files were picked by hand: they cannot show how many were "
            "missed.",
        ),
        (
            {"selection": "all", "days_observed": 17.0, "days_not_observed": 0.0},
            "At least six landed at LLOV between 1 and 17 September 2023 (UTC), two of them inferred (lost "
            "inbound, next received outbound), six checked by a person; one more probably did. Beyond these six, "
            "up to four more cannot be ruled out. Positions: readsb; all 17 days observed; every aircraft in "
            "these data.",
        ),
        (
            {
                "selection": "all",
                "days_observed": None,
                "days_not_observed": None,
                "cannot_be_ruled_out": None,
                "ruled_out_why": ["1 weaker visits", "no bound: these files cannot show how many were missed"],
            },
            "At least six landed at LLOV between 1 and 17 September 2023 (UTC), two of them inferred (lost "
            "inbound, next received outbound), six checked by a person; one more probably did. Positions: readsb; "
            "every aircraft in these data. These files cannot show how many were missed.",
        ),
        (
            {"best_estimate": 7.3, "best_least": 6.0, "best_most": 9.0},
            "At least six landed at LLOV between 1 and 17 September 2023 (UTC), two of them inferred (lost "
            "inbound, next received outbound), six checked by a person; one more probably did. Best estimate for "
            "the days observed, if these were received as others were: about seven, between six and nine. Beyond "
            "these six, up to four more cannot be ruled out. Positions: readsb; 14 of 17 days observed, nothing can "
            "be said of the other three; a "
            "fleet named beforehand.",
        ),
        (
            {"best_estimate": 5.7, "best_least": 4.0, "best_most": 6.0},
            "At least six landed at LLOV between 1 and 17 September 2023 (UTC), two of them inferred (lost "
            "inbound, next received outbound), six checked by a person; one more probably did. Beyond these six, "
            "up to four more cannot be ruled out. Positions: readsb; 14 of 17 days observed, nothing can be said "
            "of the other three; a fleet named beforehand.",
        ),
        (
            {"as_rival": 2, "at_edge": 1, "quarantined": 3, "at_least_with_quarantined": 8, "rejected": 2},
            "At least six landed at LLOV between 1 and 17 September 2023 (UTC), two of them inferred (lost "
            "inbound, next received outbound), six checked by a person; one more probably did. For two more, "
            "named elsewhere, LLOV could not be excluded. One more is not counted: its touchdown may lie outside "
            "the window. Three are set aside for doubts about the positions; if they are believed all the same, at "
            "least eight. A person rejected two: they are not counted. Beyond these six, up to four more cannot "
            "be ruled out. Positions: readsb; 14 of 17 days observed, nothing can be said of the other three; a fleet "
            "named beforehand.",
        ),
        (
            {"as_rival": 1, "at_edge": 2, "quarantined": 1, "at_least_with_quarantined": 6, "rejected": 1},
            "At least six landed at LLOV between 1 and 17 September 2023 (UTC), two of them inferred (lost "
            "inbound, next received outbound), six checked by a person; one more probably did. For one more, "
            "named elsewhere, LLOV could not be excluded. Two more are not counted: their touchdowns may lie "
            "outside the window. One is set aside for doubts about the positions. A person rejected one: it is "
            "not counted. Beyond these six, up to four more cannot be ruled out. Positions: readsb; 14 of 17 days "
            "observed, nothing can be said of the other three; a fleet named beforehand.",
        ),
        (
            {"operator": "Invented Air Freight", "typecode": "IL76", "origin": "UBBB"},
            "At least six IL76 flights of Invented Air Freight from UBBB (how sure that is stands with each "
            "visit) landed at LLOV between 1 and 17 September 2023 (UTC), two of them inferred (lost inbound, "
            "next received outbound), six checked by a person; one more probably did. Beyond these six, up to "
            "four more cannot be ruled out. Positions: readsb; 14 of 17 days observed, nothing can be said of the "
            "other three; a fleet named beforehand. Operator and type are as the sources name them.",
        ),
        (
            {"icao24": "d00001", "registration": "SIM-1"},
            "At least six flights by SIM-1 landed at LLOV between 1 and 17 September 2023 (UTC), two of them "
            "inferred (lost inbound, next received outbound), six checked by a person; one more probably did. "
            "Beyond these six, up to four more cannot be ruled out. Positions: readsb; 14 of 17 days observed, "
            "nothing can be said of the other three; a fleet named beforehand.",
        ),
        (
            {
                "period": "2023-09",
                "from_utc": (2023, 8, 31, 21),
                "to_utc": (2023, 9, 30, 21),
                "time_zone": "Asia/Jerusalem",
                "days_window": 30.0,
                "days_observed": 30.0,
            },
            "At least six landed at LLOV in September 2023 (Asia/Jerusalem), two of them inferred (lost inbound, "
            "next received outbound), six checked by a person; one more probably did. Beyond these six, up to "
            "four more cannot be ruled out. Positions: readsb; all 30 days observed; a fleet named beforehand.",
        ),
        (
            {
                "period": "2023-09-05",
                "from_utc": (2023, 9, 5),
                "to_utc": (2023, 9, 6),
                "days_window": 1.0,
                "days_observed": 1.0,
            },
            "At least six landed at LLOV on 5 September 2023 (UTC), two of them inferred (lost inbound, next "
            "received outbound), six checked by a person; one more probably did. Beyond these six, up to four "
            "more cannot be ruled out. Positions: readsb; the day observed; a fleet named beforehand.",
        ),
        (
            {
                "period": "2023",
                "from_utc": (2023, 1, 1),
                "to_utc": (2024, 1, 1),
                "days_window": 365.0,
                "days_observed": 300.0,
            },
            "At least six landed at LLOV in 2023 (UTC), two of them inferred (lost inbound, next received "
            "outbound), six checked by a person; one more probably did. Beyond these six, up to four more cannot "
            "be ruled out. Positions: readsb; 300 of 365 days observed, nothing can be said of the other 65; a "
            "fleet named beforehand.",
        ),
        (
            {
                "from_utc": (2023, 9, 1, 6),
                "to_utc": (2023, 9, 17, 14, 30),
                "days_window": 16.354,
                "days_observed": 13.5,
            },
            "At least six landed at LLOV between 06:00 on 1 September 2023 and 14:30 on 17 September 2023 (UTC), "
            "two of them inferred (lost inbound, next received outbound), six checked by a person; one more "
            "probably did. Beyond these six, up to four more cannot be ruled out. Positions: readsb; 13.5 of 16.4 "
            "days observed, nothing can be said of the other 2.9; a fleet named beforehand.",
        ),
        (
            {"from_utc": (2022, 12, 28), "to_utc": (2023, 1, 4), "days_window": 7.0, "days_observed": 7.0},
            "At least six landed at LLOV between 28 December 2022 and 3 January 2023 (UTC), two of them inferred "
            "(lost inbound, next received outbound), six checked by a person; one more probably did. Beyond these "
            "six, up to four more cannot be ruled out. Positions: readsb; all seven days observed; a fleet named "
            "beforehand.",
        ),
        (
            {"from_utc": (2023, 8, 28), "to_utc": (2023, 9, 4), "days_window": 7.0, "days_observed": 6.0},
            "At least six landed at LLOV between 28 August and 3 September 2023 (UTC), two of them inferred (lost "
            "inbound, next received outbound), six checked by a person; one more probably did. Beyond these six, "
            "up to four more cannot be ruled out. Positions: readsb; six of seven days observed, nothing can be "
            "said of the other one; a fleet named beforehand.",
        ),
        (
            {"sources": ["SIMULATED readsb"]},
            "SIMULATED: At least six landed at LLOV between 1 and 17 September 2023 (UTC), two of them inferred "
            "(lost inbound, next received outbound), six checked by a person; one more probably did. Beyond these "
            "six, up to four more cannot be ruled out. Positions: SIMULATED readsb; 14 of 17 days observed, "
            "nothing can be said of the other three; a fleet named beforehand.",
        ),
        (
            {"sources": ["flightradar24+readsb", "readsb"]},
            "At least six landed at LLOV between 1 and 17 September 2023 (UTC), two of them inferred (lost "
            "inbound, next received outbound), six checked by a person; one more probably did. Beyond these six, "
            "up to four more cannot be ruled out. Positions: flightradar24 and readsb; 14 of 17 days observed, "
            "nothing can be said of the other three; a fleet named beforehand.",
        ),
        (
            {"airfield": None},
            "At least six landed between 1 and 17 September 2023 (UTC), two of them inferred (lost inbound, next "
            "received outbound), six checked by a person; one more probably did. Beyond these six, up to four "
            "more cannot be ruled out. Positions: readsb; 14 of 17 days observed, nothing can be said of the "
            "other three; a fleet named beforehand.",
        ),
    ],
)
def test_a_count_in_words(changes: dict[str, Any], sentence: str) -> None:
    said = count_sentence(row(**changes))
    assert said == f"{sentence} {NEVER_BROADCAST}"
    assert not FORBIDDEN.search(said)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (1.0, None),
        (0.95, None),
        (0.94, "on these, some visits would have gone unreceived"),
        (0.5, "on these, some visits would have gone unreceived"),
        (0.49, "on these, most visits would have gone unreceived"),
        (None, None),
    ],
)
def test_days_on_which_little_was_heard_are_not_told_as_good_ones(seen: float | None, words: str | None) -> None:
    text = count_sentence(row(seen_probability=seen))
    assert ("unreceived" in text) == (words is not None)
    assert words is None or f"14 of 17 days observed, nothing can be said of the other three; {words}; a fleet" in text


def test_an_estimate_does_not_contradict_the_count_of_the_same_days() -> None:
    whole = {"days_observed": 17.0, "days_not_observed": 0.0}
    low = count_sentence(row(best_estimate=5.7, best_least=4.0, best_most=9.0, **whole))
    assert "received as others were: about six, between six and nine." in low
    # of fewer days it may well be less than what landed on all of them
    assert "about six, between four and nine." in count_sentence(row(best_estimate=5.7, best_least=4.0, best_most=9.0))
    nought = {"at_least": 0, "observed": 0, "inferred": 0, "likely": 0, "checked": 0, "selection": "all", **whole}
    none = count_sentence(row(best_estimate=0.4, best_least=0.0, best_most=5.0, **nought))
    assert "if all aircraft were received alike: none, between none and five." in none


def test_what_was_rejected_before_the_evidence_changed_is_told() -> None:
    visits = made(["a", "b"], verdict=["reject", "reject"], check_state=["earlier evidence", "current"])
    text = count_sentence(row(visit_ids=["a", "b"]), visits)
    assert "One of these was rejected by a person on other evidence than today's: check it again." in text
    assert "check it again" not in count_sentence(row(visit_ids=["b"]), visits)
    one = count_sentence(row(visit_ids=["a"], at_least=1, observed=1, inferred=0, checked=0), visits)
    assert "This one was rejected by a person on other evidence" in one


def test_people_see_what_does_not_broadcast() -> None:
    assert "broadcast" not in count_sentence(row(), telling=Telling(kind="Log"))


def test_hours_of_one_day_name_it_once() -> None:
    hours = row(from_utc=(2023, 9, 5, 9), to_utc=(2023, 9, 5, 20, 30), time_zone="Asia/Jerusalem")
    assert " between 12:00 and 23:30 on 5 September 2023 (Asia/Jerusalem)," in count_sentence(hours)


def said(telling: Telling, **changes: Any) -> str:
    return count_sentence(row(**changes), telling=telling).split(" landed")[0].split(" was received")[0]


def test_what_was_asked_for_is_named() -> None:
    assert said(Telling(aircraft=("SIM-1",))) == "At least six flights by SIM-1"
    assert said(Telling(aircraft=("SIM-1", "SIM-2", "SIM-3"))) == "At least six flights by SIM-1, SIM-2 or SIM-3"
    many = tuple(f"SIM-{n}" for n in range(9))
    assert said(Telling(aircraft=many)).endswith("SIM-4, SIM-5 and three more")
    assert said(Telling(operators=("Invented Air",), types=("IL76", "A124")), at_least=1, observed=1, inferred=0) == (
        "At least one IL76 or A124 flight of Invented Air"
    )
    nought = {"at_least": 0, "observed": 0, "inferred": 0, "likely": 0}
    assert said(Telling(operators=("Invented Air",)), **nought) == "No landing of flights of Invented Air"
    assert said(Telling(by=("operator",))) == "At least six flights of an unknown operator"
    assert said(Telling(by=("aircraft",))) == "At least six flights by an aircraft without an address"
    assert said(Telling(by=("type", "origin"))) == "At least six flights of an unknown type of unknown origin"
    place = count_sentence(row(airfield=None), telling=Telling(places=("within 5 km of 29.94, 34.93",)))
    assert place.startswith("At least six landed within 5 km of 29.94, 34.93 between")
    assert "name them" not in count_sentence(row(registration="SIM-1"))
    assert "name them" not in count_sentence(row(), telling=Telling(by=("operator",)))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("tar1090-db", "as registers name them"),
        ("tar1090-db; operator: VRS standing data (2026-01-01)", "as registers name them"),
        ("log: spotters (times from adsb.lol)", "as the log names them"),
        ("SIMULATED log: spotters", "as the log names them"),
        ("identity file who.csv: https://example.org", "as the identity file names them"),
        ("readsb trace database, as of writing", "as the files of positions name them"),
        ("SIMULATED readsb aircraft database, as of writing", "as the files of positions name them"),
        ("Flightradar24 playback (x.json)", "as the files of positions name them"),
        ("identity file who.csv; operator: tar1090-db (undated)", "as the identity file and registers name them"),
        ("SIMULATED truth", "as the list names them"),
    ],
)
def test_who_names_an_operator_is_told_from_the_visits_counted(source: str, says: str) -> None:
    visits = made(["a", "b", "c"], identity_source=[source, None, "another register"])
    text = count_sentence(row(operator="Invented Air", visit_ids=["a"], other_ids=["b"]), visits)
    assert f" Operator and type are {says}. " in text
    # a visit that is not counted says nothing of those that are
    text = count_sentence(row(typecode="IL76", visit_ids=["b"]), visits)
    assert " Operator and type are as the sources name them. " in text


def test_where_no_visit_says_who_named_it_no_register_is_named() -> None:
    nought = row(at_least=0, observed=0, inferred=0, likely=0, checked=0)
    for kind, says in (
        ("Log", "the log names"),
        ("List of visits", "the list names"),
        ("Positions", "the sources name"),
    ):
        text = count_sentence(nought, made([]), telling=Telling(operators=("Invented Air",), kind=kind))
        assert f" Operator and type are as {says} them." in text


def observed_on(*status: str) -> pl.DataFrame:
    """Give days of September 2023 at LLOV, one a status."""
    rows = [
        {
            "airfield": "LLOV",
            "day": date(2023, 9, 1 + n),
            "status": s,
            **dict.fromkeys(
                ("seen_probability", "seen_least", "seen_most"), 0.99 if s in ("observed", "partly") else None
            ),
        }
        for n, s in enumerate(status)
    ]
    return OBSERVABILITY.conform(pl.DataFrame(rows, infer_schema_length=None), fill=True)


@pytest.mark.parametrize(
    ("status", "changes", "says"),
    [
        (
            ["partly"] * 6 + ["observed"] * 8 + ["not_observed"] * 3,
            {},
            "readsb; eight of 17 days observed, six in part, nothing can be said of the other three; a fleet",
        ),
        (["partly"] * 17, {"days_observed": 17.0}, "readsb; all 17 days observed in part; a fleet"),
        (
            ["partly"] + ["observed"] * 16,
            {"days_observed": 17.0},
            "readsb; 16 of 17 days observed, one in part; a fleet",
        ),
        (
            ["partly"],
            {"days_observed": 1.0, "days_window": 1.0, "to_utc": (2023, 9, 2)},
            "readsb; the day observed in part; a fleet",
        ),
        (
            ["partly"] * 2 + ["unknown"] * 15,
            {"days_observed": 2.0},
            "readsb; two of 17 days observed in part, nothing can be said of the other 15; a fleet",
        ),
        (["observed"] * 14, {}, "readsb; 14 of 17 days observed, nothing can be said of the other three; a fleet"),
    ],
)
def test_days_heard_for_some_hours_are_not_told_as_whole_ones(
    status: list[str], changes: dict[str, Any], says: str
) -> None:
    one = row(best_estimate=7.4, best_least=6.0, best_most=9.0, **changes)
    text = count_sentence(one, telling=Telling(observability=observed_on(*status)))
    assert says in text
    assert ("days observed in whole or in part, if" in text) == ("partly" in status)


def test_days_of_another_zone_are_told_by_those_of_utc() -> None:
    there = {"from_utc": (2023, 8, 31, 21), "to_utc": (2023, 9, 17, 21), "time_zone": "Asia/Jerusalem"}
    text = count_sentence(row(**there))
    assert "between 1 and 17 September 2023 (Asia/Jerusalem)" in text
    assert "14 of 17 days observed, nothing can be said of the other three, told by UTC days; a fleet" in text
    assert "UTC days" not in count_sentence(row(**there, days_observed=17.0))
    assert "UTC days" not in count_sentence(row(**there, days_observed=0.0))
    assert "UTC days" not in count_sentence(row())


def test_sources_and_kind_come_from_what_was_read_where_no_visit_names_one() -> None:
    telling = Telling(sources=("readsb",), kind="Log")
    assert "Log: readsb; 14 of 17 days" in count_sentence(row(sources=[]), telling=telling)
    assert count_sentence(row(sources=[]), telling=Telling(simulated=True)).startswith("SIMULATED: At least")
    assert count_sentence(row(sources=[]), telling=Telling(sources=("SIMULATED x",))).startswith("SIMULATED: ")


def made(ids: list[str], **columns: list[Any]) -> pl.DataFrame:
    data = {"visit_id": ids, **columns}
    return VISITS.conform(pl.DataFrame(data, schema_overrides={n: VISITS.schema[n] for n in data}), fill=True)


def test_a_single_inferred_visit_is_told_with_its_silence() -> None:
    lost = datetime(2023, 9, 5, 21, 56, tzinfo=UTC)
    visits = made(
        ["a", "b"],
        grade=["observed", "inferred"],
        last_before_utc=[lost, lost],
        first_after_utc=[lost, lost + timedelta(hours=2)],
    )
    one = row(observed=5, inferred=1, visit_ids=["a", "b"])
    assert "one of them inferred (lost at 2023-09-05 21:56, next received at 2023-09-05 23:56)" in count_sentence(
        one, visits
    )
    there = {**one, "time_zone": "Asia/Jerusalem"}
    assert "(lost at 2023-09-06 00:56, next received at 2023-09-06 02:56)" in count_sentence(there, visits)
    assert "inferred (lost inbound, next received outbound)" in count_sentence(one, visits.clear())


def test_an_origin_is_no_surer_than_its_grade() -> None:
    ids = list("abcd")
    one = row(origin="UBBB", visit_ids=ids)
    for grades, words in (
        (["observed"] * 4, "flights from UBBB landed"),
        (
            ["observed", "likely", "likely", "possible"],
            "flights from UBBB (probable for two, only possible for one) landed",
        ),
    ):
        assert words in count_sentence(one, made(ids, origin_grade=grades))


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31mb", "\u202eb", "x" * 500, "a\u2028b", "a\udcffb"])
def test_names_from_strangers_do_not_steer_the_sentence(name: str) -> None:
    text = count_sentence(row(operator=name, sources=[name]), telling=Telling(types=(name,)))
    assert text.isprintable()
    assert len(text) < 1_200
    assert text.count("\n") == 0


def test_sentences_are_written_into_the_table() -> None:
    frame = pl.DataFrame([row(), row(at_least=1, inferred=0)], schema_overrides=COUNTS.schema, strict=False)
    counts = with_sentences(COUNTS.conform(frame, fill=True), telling=Telling(aircraft=("SIM-1",)))
    assert counts.schema == COUNTS.schema
    begins = ("At least six flights by SIM-1 landed", "At least one flight by SIM-1 landed")
    assert all(text.startswith(begin) for text, begin in zip(counts["sentence"], begins, strict=True))


SMALL = st.integers(0, 12)
ROWS = st.fixed_dictionaries(
    {
        "observed": SMALL,
        "inferred": SMALL,
        "likely": SMALL,
        "possible": SMALL,
        "as_rival": SMALL,
        "at_edge": SMALL,
        "quarantined": SMALL,
        "rejected": SMALL,
        "share": st.floats(0, 1),
        "best": st.none() | st.floats(0, 40),
        "further": st.none() | SMALL,
        "days_observed": st.none() | st.floats(0, 17),
        "selection": st.sampled_from(["all", "fleet", "hand_picked"]),
        "sources": st.lists(st.sampled_from(["readsb", "flightradar24", "SIMULATED made"]), max_size=2, unique=True),
        "airfield": st.sampled_from([None, "LLOV"]),
        "operator": st.sampled_from([None, "Invented Air"]),
        "origin": st.sampled_from([None, "UBBB"]),
        "to_utc": st.sampled_from([(2023, 9, 2), (2023, 9, 18), (2023, 10, 1), (2024, 9, 1, 7, 30)]),
        "time_zone": st.sampled_from(["UTC", "Asia/Baku", "America/Chicago"]),
    }
)


@settings(max_examples=400, deadline=None)
@given(ROWS)
def test_every_sentence_says_where_when_of_what_and_nothing_it_may_not(given_: dict[str, Any]) -> None:
    least = given_["observed"] + given_["inferred"]
    best = given_["best"]
    one = row(
        **{k: v for k, v in given_.items() if k not in ("share", "best", "further")},
        at_least=least,
        at_least_with_quarantined=least + given_["quarantined"] // 2,
        checked=round(given_["share"] * least),
        best_estimate=best,
        best_least=None if best is None else best * 0.8,
        best_most=None if best is None else best * 1.3,
        cannot_be_ruled_out=given_["further"],
        ruled_out_why=[] if given_["further"] is not None else ["no bound: nobody is known to have listened"],
        days_window=(row(to_utc=given_["to_utc"])["to_utc"] - row()["from_utc"]) / timedelta(days=1),
    )
    text = count_sentence(one)
    assert not FORBIDDEN.search(text), text
    assert f"({given_['time_zone']})" in text
    assert "2023" in text
    assert text.startswith("SIMULATED: ") == any(s.startswith("SIMULATED") for s in given_["sources"])
    assert "Positions: " in text
    assert text.endswith(NEVER_BROADCAST)
    assert text.isprintable()
    assert "  " not in text
    assert ".." not in text
    assert (" at LLOV" in text) == (given_["airfield"] == "LLOV")
    if given_["selection"] == "hand_picked":
        assert "picked by hand" in text
        assert "ruled out" not in text
    else:
        assert "a fleet named beforehand" in text or "every aircraft in these data" in text
        assert ("cannot show how many were missed" in text) == (given_["days_observed"] is None)
        assert "days observed" in text or "day observed" in text or given_["days_observed"] is None
    # the verb is the grade's: nothing weaker than inferred landed
    if least:
        assert re.search(r"At least .*? landed", text)
    elif given_["likely"]:
        assert "probably landed" in text
        assert "At least" not in text.split(".")[0]
    elif given_["possible"]:
        assert "may have landed" in text
        assert "probably" not in text
    else:
        assert "which is not evidence that none happened" in text


@settings(max_examples=200, deadline=None)
@given(ROWS, SMALL, SMALL)
def test_weaker_visits_never_weaken_the_sentence_about_stronger_ones(
    given_: dict[str, Any], likely: int, possible: int
) -> None:
    least = given_["observed"] + given_["inferred"] + 1
    one = row(observed=given_["observed"] + 1, inferred=given_["inferred"], at_least=least, checked=0)
    first = [count_sentence({**one, "likely": n, "possible": m}) for n, m in ((0, 0), (likely, possible))]
    stem = first[0].split(", none checked")[0].split(", not checked")[0]
    assert all(text.startswith(stem) for text in first)


def _texts() -> list[tuple[str, str]]:
    """All texts in the code of the analysis and the inference that are no docstrings."""
    out = []
    root = Path(wheelsdown.__file__).parent
    for path in sorted([*root.glob("analysis/*.py"), *root.glob("inference/*.py")]):
        tree = ast.parse(path.read_text())
        bare = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
                out.append((f"{path.name}:{node.lineno}", node.value))
    return out


def test_no_text_of_the_analysis_says_what_no_sentence_may() -> None:
    texts = _texts()
    assert len(texts) > 1_000
    never = re.compile(
        r"\b(arms|weapons?|munitions?|went dark|caused|linked to|smuggl\w*)\b"
        r"|(?<!not the same as )(?<!whether )switched off|turned off",
        re.IGNORECASE,
    )
    # transfers of arms are what the tables of shares tell of; visits never are
    elsewhere = [(where, text) for where, text in texts if not where.startswith("shares")]
    assert [(where, text) for where, text in elsewhere if never.search(text)] == []
