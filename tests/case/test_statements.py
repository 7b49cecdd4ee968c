"""Statements: what contradicts, what agrees, what cannot be tested, what falls into the minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.analysis.made import frame, visit
from tests.case.made import FULL, SHORT, case, write
from wheelsdown.case.loading import load
from wheelsdown.case.statements import draft, statements
from wheelsdown.errors import CaseError
from wheelsdown.reference.formats import OPERATOR_SCHEMA
from wheelsdown.schema import STATEMENTS

DAY = datetime(2023, 9, 5, 9, tzinfo=UTC)


def said(tmp_path: Path, seen: pl.DataFrame | None, *, counted: bool = True, **fields: str) -> dict[str, Any]:
    """Give the row of one statement; values are TOML."""
    have = {"id": '"a"', "speaker": '"A. Nobody"', "words": '"Words."', "on": "2023-10-05", "windows": '["first half"]'}
    have |= {"icao24": '["d00000"]'} | fields
    more = "[[statement]]\n" + "".join(f"{k} = {v}\n" for k, v in have.items() if v)
    table = statements(case(tmp_path, more), seen, counted=counted)
    assert table.schema == pl.Schema(STATEMENTS.schema)
    return table.row(0, named=True)


FLIGHT = '["flight"]'
ONE = frame([visit(DAY, 1)])


def test_a_denied_flight_that_is_there_is_a_contradiction(tmp_path: Path) -> None:
    weaker = [visit(DAY + timedelta(days=2 * i), 1 + i, grade=g) for i, g in ((1, "inferred"), (2, "likely"))]
    visits = frame([visit(DAY, 1), *weaker])
    row = said(tmp_path, visits, about=FLIGHT, stance='"denies"')
    assert row["bearing"] == "contradicted"
    assert row["visit_ids"] == ["d00000-0001"]
    assert row["sentence"] == (
        "SIMULATED: A. Nobody denied flights. These data show at least one visit of the aircraft d00000 at LLOV "
        "between 1 and 15 September 2023 (UTC) that was observed. They infer two more (one of them likely), which is "
        "not the same and contradicts nothing."
    )


@pytest.mark.parametrize(
    ("grades", "says"),
    [
        (["inferred"], "infer one visit{} (UTC), which is not the same as having observed it."),
        (["likely"], "infer one visit{} (UTC) as likely, which is not the same as having observed it."),
        (["inferred"] * 2, "infer two visits{} (UTC), which is not the same as having observed them."),
        (["inferred", "likely", "possible"], "infer two visits{} (UTC) (one of them likely), which is not the same "),
    ],
)
def test_what_is_only_inferred_is_told_and_contradicts_nothing(tmp_path: Path, grades: list[str], says: str) -> None:
    visits = frame([visit(DAY + timedelta(days=i), i, grade=g) for i, g in enumerate(grades)])
    row = said(tmp_path, visits, about=FLIGHT, stance='"denies"')
    assert row["bearing"] == "not_contradicted"
    assert row["visit_ids"] == [f"d00000-{i:04d}" for i, g in enumerate(grades) if g != "possible"]
    assert (
        f"These data {says.format(' of the aircraft d00000 at LLOV between 1 and 15 September 2023')}"
        in row["sentence"]
    )
    assert row["sentence"].endswith("That does not contradict the denial.")


def test_an_inferred_visit_at_the_minute_of_a_denial_is_told_as_both(tmp_path: Path) -> None:
    fields = INTERVIEW | {"about": FLIGHT, "stance": '"denies"', "windows": '["first half"]', "on": "2023-09-05"}
    before = visit(DAY - timedelta(days=2), 2, grade="inferred")
    row = said(tmp_path, frame([visit(DAY, 1, grade="inferred"), before]), **fields)
    assert (row["bearing"], row["visit_ids"]) == ("at_the_minute", ["d00000-0001"])
    assert "(inferred)" in row["sentence"]
    assert "infer one visit" in row["sentence"]
    assert "does not contradict the denial" in row["sentence"]


ABSENT = "That they were not received does not bear the denial out."


@pytest.mark.parametrize(
    ("more", "how"),
    [
        ({"grade": "possible"}, "only possible"),
        ({"grade": "ruled_out"}, None),
        ({"airfield": "LLER"}, None),
        ({"airfield": "LLER", "rivals": ["LLOV"]}, "possibly at another airfield"),
        ({"quarantined": "false place: somewhere"}, "set aside"),
        ({"verdict": "reject", "check_state": "current"}, "rejected by a check"),
        ({"grade": "inferred", "verdict": "reject", "check_state": "current"}, "rejected by a check"),
        ({"grade": "likely", "quarantined": "false place: somewhere"}, "set aside"),
        ({"arrived_earliest_utc": datetime(2023, 8, 31, tzinfo=UTC)}, "at the window's edge"),
        ({"arrived_latest_utc": datetime(2023, 9, 16, tzinfo=UTC)}, "at the window's edge"),
    ],
)
def test_what_was_not_seen_there_and_then_contradicts_nothing(
    tmp_path: Path, more: dict[str, Any], how: str | None
) -> None:
    row = said(tmp_path, frame([visit(DAY, 1, **more)]), about=FLIGHT, stance='"denies"')
    assert row["bearing"] == "not_tested"
    assert row["visit_ids"] is None
    # what stands in the same dossier was received
    given = f"One visit there stands in these data, {how}: that contradicts nothing."
    assert row["sentence"].endswith(ABSENT if how is None else given)
    assert "received" not in row["sentence"] or how is None


def test_what_was_written_down_is_not_said_not_to_have_been(tmp_path: Path) -> None:
    rows = [visit(DAY + timedelta(days=i), i, grade=g) for i, g in enumerate(("possible", "possible", "observed"))]
    rows[2]["quarantined"] = "it left before it came"
    row = said(tmp_path, frame(rows), about=FLIGHT, stance='"denies"')
    assert row["sentence"].endswith(
        "Three visits there stand in these data, two only possible and one set aside: that contradicts nothing."
    )
    named = {"about": FLIGHT, "stance": '"denies"', "windows": "", "icao24": "", "visits": '["d00000-0002"]'}
    assert "One visit there stands in these data, set aside" in said(tmp_path, frame(rows), **named)["sentence"]
    yes = said(tmp_path, frame(rows[:1]), about=FLIGHT, stance='"confirms"')["sentence"]
    assert yes.endswith("only possible: that neither bears it out nor speaks against it.")
    # named, and outside of all windows
    late = said(tmp_path, frame([visit(DAY + timedelta(days=15), 2)]), **named)
    assert (late["bearing"], late["visit_ids"]) == ("not_tested", None)
    assert "One visit that it names stands in these data, but not as of those aircraft" in late["sentence"]
    assert "received" not in late["sentence"]


def test_only_the_window_and_airfield_it_speaks_of_count(tmp_path: Path) -> None:
    two = SHORT + '[[window]]\nname = "second half"\nsince = 2023-09-16\nuntil = 2023-09-30\n'
    more = (
        '[[statement]]\nid = "a"\nspeaker = "N"\nwords = "no"\nabout = ["flight"]\nstance = "denies"\non = 2023-10-05\n'
        'icao24 = ["D00000"]\n'
    )
    visits = frame([visit(DAY, 1)])
    got = statements(case(tmp_path, more + 'windows = ["second half"]\n', text=two), visits)
    assert got["bearing"].to_list() == ["not_tested"]
    field = '\n[[airfield]]\ncode = "LLER"\n'
    other = statements(case(tmp_path, field + more + 'windows = ["first half"]\nairfields = ["LLER"]\n'), visits)
    assert other["bearing"].to_list() == ["not_tested"]
    both = statements(case(tmp_path, field + more + 'windows = ["first half"]\n'), visits)
    assert both["bearing"].to_list() == ["contradicted"]
    assert "at LLOV or LLER" in both["sentence"][0]


def test_a_flight_after_the_statement_does_not_contradict_it(tmp_path: Path) -> None:
    for on, bearing in (
        ("2023-09-04", "not_tested"),
        ("2023-09-05", "not_tested"),
        ("2023-09-06", "contradicted"),
        ('"2023-09"', "not_tested"),
        ('"2023-10"', "contradicted"),
        ('"2023"', "not_tested"),
        ('"2024"', "contradicted"),
        ('"2023-08"', "not_tested"),
        ('"2022"', "not_tested"),
    ):
        assert said(tmp_path, ONE, about=FLIGHT, stance='"denies"', on=on)["bearing"] == bearing


def test_without_a_window_nothing_is_held_against_it(tmp_path: Path) -> None:
    row = said(tmp_path, ONE, about=FLIGHT, stance='"denies"', windows="")
    assert row["bearing"] == "not_tested"
    assert "names no window" in row["sentence"]


@pytest.mark.parametrize("stance", ["denies", "confirms", "alleges"])
def test_without_a_day_nothing_is_held_against_it(tmp_path: Path, stance: str) -> None:
    row = said(tmp_path, ONE, about=FLIGHT, stance=f'"{stance}"', on="")
    assert (row["bearing"], row["visit_ids"]) == ("not_tested", None)
    assert "the case does not say when it was said, so nothing is held against it" in row["sentence"]
    timed = said(tmp_path, ONE, about=FLIGHT, stance=f'"{stance}"', on="", said_from="2023-09-05T09:02:00Z")
    assert timed["bearing"] == ("contradicted" if stance == "denies" else "agrees")


@pytest.mark.parametrize(
    ("more", "bearing"),
    [
        # the touchdown is known to lie between 08:59 and 09:01 UTC
        ({"said_from": "2023-09-05T09:01:00Z"}, "not_tested"),
        ({"said_from": "2023-09-05T09:01:01Z"}, "contradicted"),
        ({"said_from": "2023-09-05T09:30:00Z", "on": "2023-09-05"}, "contradicted"),
        ({"said_from": "2023-09-05T09:30:00Z", "on": '"2023-09"'}, "contradicted"),
        ({"said_from": "2023-09-05T09:30:00Z", "said_to": "2023-09-05T10:00:00Z"}, "contradicted"),
        ({"said_from": "2023-09-05T07:30:00Z", "said_to": "2023-09-05T08:50:00Z"}, "not_tested"),
        # a time after the day that is named: the earlier is certain
        ({"said_from": "2023-09-06T09:30:00Z", "on": "2023-09-05"}, "not_tested"),
        ({"said_from": "2023-09-04T09:30:00Z", "on": "2023-10-05"}, "not_tested"),
        # a day begins earlier in the east
        ({"on": "2023-09-06", "zone": '"Pacific/Kiritimati"'}, "contradicted"),
        ({"on": "2023-09-06", "zone": '"Etc/GMT-14"', "late": "5"}, "not_tested"),
        ({"on": "2023-09-06", "late": "5"}, "contradicted"),
    ],
)
def test_only_what_certainly_came_before_is_held_against_it(tmp_path: Path, more: dict[str, str], bearing: str) -> None:
    # five hours later it is past midnight in the far east
    seen = frame([visit(DAY + timedelta(hours=int(more.pop("late", 0))), 1)])
    row = said(tmp_path, seen, **{"on": "", "about": FLIGHT, "stance": '"denies"'} | more)
    assert row["bearing"] in (bearing, "at_the_minute")
    assert (row["bearing"] == "contradicted") == (bearing == "contradicted")


def test_a_window_that_does_not_lie_before_the_statement_says_so(tmp_path: Path) -> None:
    row = said(tmp_path, ONE, about=FLIGHT, stance='"denies"', on='"2023-09"')
    assert "No part of the window it speaks of lies before it was said for certain" in row["sentence"]


def test_a_denial_is_not_held_against_the_flights_of_others(tmp_path: Path) -> None:
    others = frame([visit(DAY, 1, operator="SIM Freight"), visit(DAY + timedelta(days=1), 2)])
    row = said(tmp_path, others, about=FLIGHT, stance='"denies"', icao24="", operator='["SIM Nobody Air"]')
    assert (row["bearing"], row["visit_ids"]) == ("not_tested", None)
    assert "none of SIM Nobody Air at LLOV" in row["sentence"]
    assert "No visit in these data is given as one of theirs." in row["sentence"]
    own = visit(DAY + timedelta(days=2), 3, operator="Sim nobody  air")
    more = pl.concat([others, frame([own])])
    row = said(tmp_path, more, about=FLIGHT, stance='"denies"', icao24="", operator='["SIM Nobody Air"]')
    assert (row["bearing"], row["visit_ids"]) == ("contradicted", ["d00000-0003"])
    assert "at least one visit of SIM Nobody Air at LLOV" in row["sentence"]
    assert "No visit in these data" not in row["sentence"]


@pytest.mark.parametrize(("stance", "bearing"), [("denies", "contradicted"), ("confirms", "agrees")])
def test_whose_aircraft_has_to_be_said(tmp_path: Path, stance: str, bearing: str) -> None:
    fields = {"about": FLIGHT, "stance": f'"{stance}"', "icao24": ""}
    row = said(tmp_path, ONE, **fields)
    assert (row["bearing"], row["visit_ids"]) == ("not_tested", None)
    assert "the case does not say whose aircraft it is about, so nothing is held against it" in row["sentence"]
    assert said(tmp_path, ONE, **fields, all_aircraft="false")["bearing"] == "not_tested"
    every = said(tmp_path, ONE, **fields, all_aircraft="true")
    assert (every["bearing"], every["visit_ids"]) == (bearing, ["d00000-0001"])
    assert "the case takes that to be about every aircraft of its fleet." in every["sentence"]


MINE = {"operator": "SIM Air", "callsign_in": "SMA12", "typecode": "IL76"}


@pytest.mark.parametrize(
    ("named", "flown", "held"),
    [
        ({"operator": '["SIM Air"]'}, MINE, True),
        ({"operator": '["SIM Freight", "sim air"]'}, MINE, True),
        # another company, whose name begins alike
        ({"operator": '["SIM Air"]'}, {"operator": "SIM Air West"}, False),
        ({"operator": '["SIM Air West"]'}, MINE, False),
        ({"operator": '["..."]'}, {"operator": "-"}, False),
        ({"operator": '["SIM"]'}, {"operator": "SIM Air", "callsign_in": "SIMPLE1"}, False),
        ({"operator": '["SIM"]'}, {"callsign_in": "SIM12"}, True),
        ({"operator": '["SIM"]'}, {"callsign_out": "SIM12"}, False),
        ({"operator": '["SIM"]'}, {"callsign_in": "SMA12"}, False),
        ({"operator": '["SIM", "SIM Air"]'}, {"operator": "SIM Air", "callsign_in": "SIM12"}, True),
        ({"operator": '["SIM", "SIM Air"]'}, {"operator": "SIM Air", "callsign_in": "SIMA"}, True),
        ({"registration": '["sim a"]'}, MINE, True),
        ({"registration": '["SIM-B"]'}, MINE, False),
        ({"registration": '["SIM-B"]'}, {"registration": None, "track_id": "reg:SIMB"}, True),
        ({"icao24": '["D00000", "d00001"]'}, MINE, True),
        ({"icao24": '["d00001"]'}, MINE, False),
        ({"operator": '["SIM Air"]', "typecode": '["il76"]'}, MINE, True),
        ({"operator": '["SIM Air"]', "typecode": '["A124"]'}, MINE, False),
        ({"operator": '["SIM Air"]', "icao24": '["d00001"]'}, MINE, False),
    ],
)
def test_whose_aircraft_narrow_one_another(
    tmp_path: Path, named: dict[str, str], flown: dict[str, Any], held: bool
) -> None:
    seen = frame([visit(DAY, 1, source="adsb.lol", **flown)])
    row = said(tmp_path, seen, about=FLIGHT, stance='"denies"', **{"icao24": ""} | named)
    assert row["bearing"] == ("contradicted" if held else "not_tested")


@pytest.mark.parametrize(
    "flown",
    [
        {"operator": "SIM Air Force", "callsign_in": "SMA12"},
        {"operator": "SIM Air", "callsign_in": "AAF81"},
        {"operator": "SIM Air", "identity_conflict": "SIM register has SIM-B for this address"},
    ],
)
def test_where_names_and_call_signs_contradict_one_another_nothing_is_held_against_it(
    tmp_path: Path, flown: dict[str, Any]
) -> None:
    fields = {"about": FLIGHT, "stance": '"denies"', "icao24": "", "operator": '["SMA", "SIM Air"]'}
    seen = frame([visit(DAY, 1, **flown, source="adsb.lol")])
    row = said(tmp_path, seen, **fields)
    assert (row["bearing"], row["visit_ids"]) == ("not_tested", None)
    assert "One visit there is held against nothing: registers, logs or call signs contradict one" in row["sentence"]
    both = pl.concat([seen, frame([visit(DAY + timedelta(days=1), 2, **MINE, source="adsb.lol")])])
    row = said(tmp_path, both, **fields)
    assert (row["bearing"], row["visit_ids"]) == ("contradicted", ["d00000-0002"])
    assert "at least one visit" in row["sentence"]
    assert "One visit there is held against nothing" in row["sentence"]
    assert "Whose aircraft they are is as registers, logs and call signs have it." in row["sentence"]


OPERATORS = pl.DataFrame(
    {"operator_icao": ["SMA", "SMX", "AAF"], "operator": ["SIM Air", "sim-air", "SIM Army"]},
    schema_overrides=OPERATOR_SCHEMA,
)
UNSIGNED = "call signs were not looked at, for neither the case nor a loaded register gives a designator"


@pytest.mark.parametrize(
    ("signs", "known", "held", "unsigned"),
    [
        # nothing tells which of two designators is the company's own: a lease may fly under either
        (["SMA12", "ZZX77"], None, [], False),
        (["SMA12", "SMA13"], None, [0, 1], True),
        (["SMA12", None], None, [0, 1], True),
        ([None, "SIM-B"], None, [0, 1], False),
        (["SMA12", "ZZX77"], OPERATORS, [0], False),
        (["SMX12", "SMA1"], OPERATORS, [0, 1], False),
        (["AAF12", "ZZX77"], OPERATORS.filter(operator="SIM Army"), [1], True),
    ],
)
def test_a_lease_under_anothers_call_sign_is_held_against_nothing(
    tmp_path: Path, signs: list[str | None], known: pl.DataFrame | None, held: list[int], *, unsigned: bool
) -> None:
    rows = [
        visit(DAY + timedelta(days=i), i, operator="SIM Air", callsign_in=s, registration="SIM-B", source="adsb.lol")
        for i, s in enumerate(signs)
    ]
    text = (
        '[[statement]]\nid = "a"\nspeaker = "N"\nwords = "no"\nabout = ["flight"]\nstance = "denies"\n'
        'on = 2023-10-05\noperator = ["SIM Air"]\nwindows = ["first half"]\n'
    )
    row = statements(case(tmp_path, text), frame(rows), simulated=False, operators=known).row(0, named=True)
    assert row["visit_ids"] == ([f"d00000-{i:04d}" for i in held] or None)
    assert row["bearing"] == ("contradicted" if held else "not_tested")
    assert (UNSIGNED in row["sentence"]) == unsigned
    assert ("held against nothing: registers, logs" in row["sentence"]) == (len(held) < len(rows))
    assert "received" not in row["sentence"]


def test_visits_named_by_their_beginning_are_those_spoken_of(tmp_path: Path) -> None:
    visits = frame([visit(DAY, 1), visit(DAY + timedelta(days=1), 2)])
    row = said(tmp_path, visits, about=FLIGHT, stance='"denies"', windows="", visits='["d00000-0002"]')
    assert (row["bearing"], row["visit_ids"]) == ("contradicted", ["d00000-0002"])
    gone = said(tmp_path, visits, about=FLIGHT, stance='"denies"', windows="", visits='["e00000"]')
    assert (gone["bearing"], gone["visit_ids"]) == ("not_tested", None)


@pytest.mark.parametrize("stance", ["confirms", "alleges"])
def test_a_flight_said_and_seen_agrees(tmp_path: Path, stance: str) -> None:
    row = said(tmp_path, ONE, about=FLIGHT, stance=f'"{stance}"')
    assert (row["bearing"], row["visit_ids"]) == ("agrees", ["d00000-0001"])
    assert "at least one visit of the aircraft d00000 at LLOV" in row["sentence"]
    none = said(tmp_path, frame([]), about=FLIGHT, stance=f'"{stance}"')
    assert none["bearing"] == "not_tested"
    assert none["sentence"].endswith("That they were not received says nothing against it.")


@pytest.mark.parametrize("about", ["cargo", "purpose", "policy"])
@pytest.mark.parametrize("stance", ["denies", "confirms", "alleges", "evades", "explains"])
def test_what_position_data_cannot_test_is_never_a_contradiction(tmp_path: Path, about: str, stance: str) -> None:
    row = said(tmp_path, ONE, about=f'["{about}"]', stance=f'"{stance}"')
    assert row["bearing"] == "beside"
    assert "position data cannot test that" in row["sentence"]


def test_flight_and_cargo_are_told_apart(tmp_path: Path) -> None:
    row = said(tmp_path, ONE, about='["flight", "cargo", "purpose"]', stance='"denies"')
    assert row["bearing"] == "contradicted"
    assert row["sentence"].endswith(
        "It is also about what the aircraft carried and why the flights were made: position data cannot test that."
    )


@pytest.mark.parametrize(
    ("stance", "more", "says"),
    [
        ("declines", {}, "A. Nobody declined to comment: that is neither a confirmation nor a denial."),
        ("declines", {"asked_on": "2023-10-01"}, "declined to comment when asked on 2023-10-01"),
        ("no_answer", {"asked_on": "2023-10-01", "deadline": "2023-10-03"}, "has not answered by 2023-10-03"),
        ("not_yet_asked", {}, "has not been asked: nothing can be concluded"),
    ],
)
def test_silence_is_neither(tmp_path: Path, stance: str, more: dict[str, str], says: str) -> None:
    row = said(tmp_path, ONE, about=FLIGHT, stance=f'"{stance}"', words="", **more)
    assert row["bearing"] == ("not_asked" if stance == "not_yet_asked" else "silence")
    assert says in row["sentence"]
    assert "contradict" not in row["sentence"]


def test_evading_is_not_denying(tmp_path: Path) -> None:
    row = said(tmp_path, ONE, about=FLIGHT, stance='"evades"')
    assert row["bearing"] == "not_tested"
    assert "neither confirmed nor denied" in row["sentence"]


INTERVIEW = {
    "about": '["cargo"]',
    "stance": '"evades"',
    "windows": "",
    "said_from": "2023-09-05T11:40:00+03:00",
    "said_to": "2023-09-05T12:20:00+03:00",
}


def test_a_landing_at_the_minute_of_an_interview_is_shown_as_such(tmp_path: Path) -> None:
    visits = frame([visit(DAY, 1, callsign_in="SIM12"), visit(DAY + timedelta(hours=5), 2)])
    row = said(tmp_path, visits, **INTERVIEW)
    assert (row["bearing"], row["visit_ids"]) == ("at_the_minute", ["d00000-0001"])
    assert row["sentence"] == (
        "SIMULATED: It was said between 2023-09-05 08:40:00 UTC and 2023-09-05 09:20:00 UTC. SIM12 touched down at "
        "LLOV between 2023-09-05 08:59:00 UTC and 2023-09-05 09:01:00 UTC (observed). That says when, and nothing on "
        "why. It is about what the aircraft carried: position data cannot test that."
    )
    assert (row["said_from_utc"], row["said_to_utc"]) == (DAY - timedelta(minutes=20), DAY + timedelta(minutes=20))


def test_a_touchdown_that_overlaps_only_may_have_been_then(tmp_path: Path) -> None:
    other = said(tmp_path, ONE, **INTERVIEW | {"icao24": '["d00001"]'})
    assert other["bearing"] == "beside"
    edge = visit(DAY, 1, arrived_earliest_utc=DAY - timedelta(minutes=40), grade="inferred")
    row = said(tmp_path, frame([edge]), **INTERVIEW)
    assert row["bearing"] == "at_the_minute"
    assert "may have touched down in that time" in row["sentence"]
    wide = visit(DAY, 1, arrived_earliest_utc=DAY - timedelta(hours=4))
    assert said(tmp_path, frame([wide]), **INTERVIEW)["bearing"] == "beside"
    likely = visit(DAY, 1, grade="likely")
    assert said(tmp_path, frame([likely]), **INTERVIEW)["bearing"] == "beside"
    elsewhere = visit(DAY, 1, airfield="LLER")
    assert said(tmp_path, frame([elsewhere]), **INTERVIEW)["bearing"] == "beside"


def test_a_moment_without_an_end_is_a_moment(tmp_path: Path) -> None:
    row = said(tmp_path, ONE, about='["cargo"]', stance='"evades"', said_from="2023-09-05T12:00:00", zone='"Asia/Baku"')
    assert row["said_from_utc"] == row["said_to_utc"] == DAY - timedelta(hours=1)
    assert row["bearing"] == "beside"
    hit = said(tmp_path, ONE, about='["cargo"]', stance='"evades"', said_from="2023-09-05T09:00:30Z")
    assert hit["bearing"] == "at_the_minute"


@pytest.mark.parametrize(("to", "bearing"), [("13:00:00", "at_the_minute"), ("13:00:01", "beside")])
def test_a_talk_longer_than_any_interview_has_no_minute(tmp_path: Path, to: str, bearing: str) -> None:
    fields = INTERVIEW | {"said_from": "2023-09-05T09:00:00Z", "said_to": f"2023-09-05T{to}Z"}
    row = said(tmp_path, ONE, **fields)
    assert row["bearing"] == bearing
    assert ("that is longer than four hours, so no touchdown is shown" in row["sentence"]) == (bearing == "beside")
    assert "touched down" not in row["sentence"] or bearing == "at_the_minute"
    weeks = fields | {"said_to": "2023-10-27T09:00:00Z", "about": FLIGHT, "stance": '"declines"'}
    assert said(tmp_path, ONE, **weeks)["bearing"] == "silence"


@pytest.mark.parametrize("stance", ["denies", "confirms", "declines", "not_yet_asked", "evades"])
@pytest.mark.parametrize("source", ["SIMULATED", "adsb.lol"])
def test_every_sentence_beside_simulated_visits_says_so(tmp_path: Path, stance: str, source: str) -> None:
    seen = frame([visit(DAY, 1, source=source)])
    row = said(tmp_path, seen, about=FLIGHT, stance=f'"{stance}"')
    assert row["sentence"].startswith("SIMULATED: ") == (source == "SIMULATED")
    # a SIMULATED lake in which nobody came
    more = f'[[statement]]\nid = "a"\nspeaker = "N"\nabout = ["flight"]\nstance = "{stance}"\ngist = "-"\n'
    none = statements(case(tmp_path, more), frame([]), simulated=source == "SIMULATED")
    assert none["sentence"][0].startswith("SIMULATED: ") == (source == "SIMULATED")


@pytest.mark.parametrize(
    ("field", "value"), [("operator", '["Nobody Air"]'), ("registration", '["4K-1"]'), ("icao24", '["600828"]')]
)
def test_a_real_name_stands_beside_no_simulated_visit(tmp_path: Path, field: str, value: str) -> None:
    fields = {"about": FLIGHT, "stance": '"denies"', "icao24": ""} | {field: value}
    with pytest.raises(CaseError, match="beside SIMULATED visits"):
        said(tmp_path, ONE, **fields)
    real = frame([visit(DAY, 1, source="adsb.lol")])
    assert said(tmp_path, real, **fields)["bearing"] == "not_tested"


def test_a_contradiction_outranks_the_minute_and_tells_both(tmp_path: Path) -> None:
    fields = INTERVIEW | {"about": FLIGHT, "stance": '"denies"', "windows": '["first half"]', "on": "2023-09-05"}
    before = visit(DAY - timedelta(days=2), 2)
    row = said(tmp_path, frame([visit(DAY, 1), before]), **fields)
    assert (row["bearing"], row["visit_ids"]) == ("contradicted", ["d00000-0002"])
    assert "touched down at LLOV" in row["sentence"]


def test_without_positions_nothing_is_held_against_anything(tmp_path: Path) -> None:
    for visits, counted in ((None, True), (frame([]), False)):
        row = said(tmp_path, visits, counted=counted, about=FLIGHT, stance='"denies"')
        assert row["bearing"] == "not_tested"
        assert "nothing could be held against it" in row["sentence"]
        minute = said(tmp_path, visits, counted=counted, **INTERVIEW)
        assert minute["bearing"] == "beside"


def test_every_field_reaches_the_table_and_judgements_stay_apart(tmp_path: Path) -> None:
    seen = frame([visit(DAY, 1, operator="SIM Air Bridge", typecode="IL76")])
    row = statements(load(write(tmp_path, FULL)), seen).row(0, named=True)
    assert (row["reliability"], row["credibility"]) == ("C", "5")
    assert row["bearing"] == "contradicted"
    assert (row["archived"], len(row["archived_sha256"])) == ("denial.html", 64)
    assert row["sentence"].endswith("Note: a translation")
    assert all(v is not None for k, v in row.items() if k != "said_period")


def test_an_archived_copy_that_is_gone_or_another_is_told(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, FULL))
    (tmp_path / "denial.html").write_text("changed")
    changed = statements(loaded, ONE).row(0, named=True)
    assert "its sha256 is another" in changed["sentence"]
    assert changed["archived_sha256"] != loaded.statement[0].archived_sha256
    (tmp_path / "denial.html").unlink()
    gone = statements(loaded, ONE).row(0, named=True)
    assert gone["archived_sha256"] is None
    assert "denial.html is not there" in gone["sentence"]


def test_hostile_words_stay_in_their_column_and_names_are_made_plain(tmp_path: Path) -> None:
    row = said(tmp_path, ONE, about=FLIGHT, stance='"denies"', speaker='"\\u202e<b>x\\n=cmd"', words='"=1+1\\u202e"')
    assert row["words"] == "=1+1\u202e"
    assert "\u202e" not in row["sentence"]
    assert "\n" not in row["sentence"]


ASKED = '[[party]]\nname = "SIM Air Bridge"\nasked_on = 2023-10-01\n'


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (ASKED, ()),
        ("", ("SIM Air Bridge is named as the operator, and nothing says that it was asked",)),
        ('[[party]]\nname = "SIM Air Bridge"\n', ("SIM Air Bridge is named and has not been asked",)),
        (ASKED + '[[party]]\nname = "The ministry"\n', ("The ministry is named and has not been asked",)),
        (
            ASKED + '[[party]]\nname = "The ministry"\n[[statement]]\nid = "a"\nspeaker = "N"\nparty = "The ministry"\n'
            'about = ["flight"]\nstance = "no_answer"\nasked_on = 2023-10-01\n',
            (),
        ),
        (
            ASKED + '[[statement]]\nid = "a"\nspeaker = "N"\nabout = ["flight"]\nstance = "not_yet_asked"\n',
            ("N has not been asked",),
        ),
        (
            ASKED + '[[party]]\nname = "N"\n[[statement]]\nid = "a"\nspeaker = "N"\nabout = ["flight"]\n'
            'stance = "not_yet_asked"\n',
            ("N is named and has not been asked",),
        ),
    ],
)
def test_a_party_that_was_not_asked_keeps_the_case_a_draft(tmp_path: Path, more: str, why: tuple[str, ...]) -> None:
    assert draft(case(tmp_path, more)) == why


def test_having_asked_one_is_not_having_asked_another(tmp_path: Path) -> None:
    more = (
        ASKED + '[[party]]\nname = "Ardia\'s ministry of defence"\n[[party]]\nname = "Ardia"\nasked_on = 2023-10-01\n'
    )
    assert draft(case(tmp_path, more)) == ("Ardia's ministry of defence is named and has not been asked",)


def test_a_designator_goes_by_the_name_that_sentences_use(tmp_path: Path) -> None:
    text = SHORT.replace('operator = ["SIM Air Bridge"]', 'operator = ["SIM"]\nname = "SIM Air Bridge\'s freighters"')
    assert draft(case(tmp_path, ASKED, text=text)) == ()
    assert draft(case(tmp_path, '[[party]]\nname = "S"\nasked_on = 2023-10-01\n', text=text)) == (
        "SIM is named as the operator, and nothing says that it was asked",
    )


def test_the_author_can_keep_it_a_draft(tmp_path: Path) -> None:
    text = SHORT.replace("[fleet]", 'draft_note = "not read by the lawyer"\n[fleet]')
    assert draft(case(tmp_path, ASKED, text=text)) == ("not read by the lawyer",)
