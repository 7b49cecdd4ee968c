"""Two lists of visits: one-to-one matching, discrepancies, and when a total may be estimated."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.made import START, frame, visit
from wheelsdown.analysis.agree import agree
from wheelsdown.analysis.lineage import families, shared_lineage
from wheelsdown.analysis.matching import Pair, Stop, matched, stops_of
from wheelsdown.errors import UsageError
from wheelsdown.schema import AGREED, AGREEMENT

LOG = "SIMULATED log: spotters"
TRACKS = "SIMULATED"


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def compare(
    first: list[dict[str, Any]], second: list[dict[str, Any]], **more: Any
) -> tuple[dict[str, Any], pl.DataFrame]:
    window = {"since": START - timedelta(days=1), "until": START + timedelta(days=60)}
    agreed, each = agree(
        frame([{**r, "visit_id": f"a{i}"} for i, r in enumerate(first)]),
        frame([{**r, "visit_id": f"b{i}"} for i, r in enumerate(second)]),
        first_name="A",
        second_name="B",
        **{**window, **more},
    )
    assert agreed.schema == AGREED.schema
    assert each.schema == AGREEMENT.schema
    return agreed.row(0, named=True), each


def matching(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> tuple[list[Pair], list[Stop], list[Stop]]:
    """Match rows that are all of one aircraft, whatever their stays overlap."""
    one, other = (
        stops_of(frame([{**r, "visit_id": f"{which}{i}"} for i, r in enumerate(rows)]))
        for which, rows in (("a", first), ("b", second))
    )
    return matched(one, other, window_min=90.0)


def pairs_of(each: pl.DataFrame) -> set[tuple[str, str]]:
    both = each.filter(pl.col("first_id").is_not_null() & pl.col("second_id").is_not_null())
    return set(both.select("first_id", "second_id").iter_rows())


def test_the_best_matching_not_the_first_that_fits() -> None:
    # greedy in order would give a0 the only partner that a1 has
    first = [visit(at(10)), visit(at(11))]
    second = [visit(at(10.9)), visit(at(9))]
    agreed, each = compare(first, second)
    assert agreed["both"] == 2
    assert pairs_of(each) == {("a0", "b1"), ("a1", "b0")}


def test_more_pairs_go_before_nearer_ones() -> None:
    # a0 and b0 lie a minute apart, but then a1 and b1 have nobody
    first = [visit(at(10)), visit(at(11.2))]
    second = [visit(at(10) + timedelta(minutes=1)), visit(at(8.6))]
    agreed, each = compare(first, second)
    assert agreed["both"] == 2
    assert pairs_of(each) == {("a0", "b1"), ("a1", "b0")}


def test_one_row_matches_one_row() -> None:
    agreed, each = compare([visit(at(9)), visit(at(10)), visit(at(11))], [visit(at(10))])
    assert (agreed["both"], agreed["first_only"], agreed["second_only"]) == (1, 2, 0)
    assert (agreed["first_visits"], agreed["second_visits"]) == (3, 1)
    # what is left does not say that nothing was there
    told = each.filter(pl.col("kind") == "first_only")["reason"].unique().to_list()
    assert told == ["the rows of this aircraft in B within 90 minutes are matched with others"]


@pytest.mark.parametrize(("minutes", "both"), [(0, 1), (90, 1), (91, 0)])
def test_the_window_is_ninety_minutes(minutes: float, both: int) -> None:
    agreed, each = compare([visit(at(10))], [visit(at(10) + timedelta(minutes=minutes))])
    assert agreed["both"] == both
    assert each.height == (1 if both else 2)
    if both:
        assert each["difference_min"][0] == minutes


def test_intervals_that_overlap_match_however_far_their_best_estimates_lie() -> None:
    wide = visit(at(10), arrived_earliest_utc=at(2), arrived_latest_utc=at(16), grade="inferred")
    agreed, each = compare([wide], [visit(at(15))])
    assert agreed["both"] == 1
    assert agreed["discrepancies"] == 1  # of the departure, which is no interval here
    assert [d.split(":")[0] for d in each["differs"][0]] == ["departure"]


def test_aircraft_by_address_else_tail_else_call_sign() -> None:
    bare = {"icao24": None, "registration": None}
    first = [
        visit(at(10), icao24="d00001", registration=None),
        visit(at(20), icao24=None, registration="SIM-B"),
        visit(at(30), **bare, callsign_in="SIM1"),
        visit(at(40), icao24="~d0002", registration=None),  # no airframe's address
        visit(at(50), icao24="d00003", registration="SIM-C"),
    ]
    second = [
        visit(at(10), icao24="d00001", registration="SIM-X"),
        visit(at(20), icao24="d00009", registration="simb"),
        visit(at(30), icao24="d00008", registration="SIM-Y", callsign_out="sim 1"),
        visit(at(40), icao24="~d0002", registration=None, airfield="LLER"),
        visit(at(50), icao24="d00004", registration="SIM-C"),
    ]
    agreed, each = compare(first, second)
    told = {r["first_id"]: r for r in each.iter_rows(named=True) if r["first_id"]}
    assert agreed["both"] == 4
    assert [told[f"a{i}"]["reason"] for i in (0, 1, 2)] == [
        "matched by address",
        "matched by tail",
        "matched by call sign",
    ]
    assert told["a3"]["kind"] == "first_only"
    assert told["a4"]["differs"] == ["address: d00003 and d00004"]


def test_what_is_told_differently_is_a_discrepancy() -> None:
    cases = {
        "airfield: LLOV and LLER": {"airfield": "LLER"},
        "tail: SIM-A and SIM-Z": {"registration": "SIM-Z"},
        "origin: UBBB and UBBG": {"origin": "UBBG"},
        "call sign: SIM7 and SIM8": {"callsign_in": "SIM8"},
    }
    for said, change in cases.items():
        base = {"origin": "UBBB", "callsign_in": "SIM7"}
        agreed, each = compare([visit(at(10), **base)], [visit(at(10), **{**base, **change})])
        assert (agreed["both"], agreed["discrepancies"]) == (1, 1)
        assert each["kind"].to_list() == ["discrepancy"]
        assert each["differs"][0].to_list() == [said]
    _, each = compare([visit(at(10))], [visit(at(10.5))])
    assert each["differs"][0].to_list() == ["arrival: 30 minutes apart", "departure: 30 minutes apart"]
    _, each = compare([visit(at(10))], [visit(at(10.25))])
    assert each["kind"].to_list() == ["both"]


def test_another_tail_at_the_same_place_and_time_is_one_visit_only_where_nothing_else_is_left() -> None:
    other = {"icao24": "d00bad", "registration": "SIM-Z"}
    agreed, each = compare([visit(at(10))], [visit(at(10.1), **other)])
    assert (agreed["both"], agreed["discrepancies"]) == (1, 1)
    assert each["differs"][0].to_list()[:2] == ["tail: SIM-A and SIM-Z", "address: d00000 and d00bad"]
    assert each["reason"][0] == "another aircraft; the only row left at this place and time"
    # half an hour apart, or two to choose from, or another place: two visits
    assert compare([visit(at(10))], [visit(at(10.5), **other)])[0]["both"] == 0
    third = {"icao24": "d00aaa", "registration": "SIM-Y"}
    assert compare([visit(at(10))], [visit(at(10.1), **other), visit(at(10), **third)])[0]["both"] == 0
    assert compare([visit(at(10))], [visit(at(10.1), airfield="LLER", **other)])[0]["both"] == 0


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({}, {}, "no identity in one or both"),
        ({"registration": "SIM-A"}, {}, "no identity in one or both"),
        ({"registration": "SIM-A"}, {"icao24": "d00000"}, "no identity that both name"),
        ({"callsign_in": "SIM7"}, {"callsign_in": "SIM8"}, "another call sign"),
    ],
)
def test_another_aircraft_is_said_only_where_both_rows_name_one(
    first: dict[str, str], second: dict[str, str], said: str
) -> None:
    nobody = {"icao24": None, "registration": None}
    _, each = compare([visit(at(10), **nobody | first)], [visit(at(10), **nobody | second)])
    assert each["reason"].to_list() == [f"{said}; the only row left at this place and time"]


def test_a_rival_that_could_not_be_excluded_is_no_discrepancy() -> None:
    agreed, each = compare([visit(at(10), rivals=["LLER"])], [visit(at(10), airfield="LLER")])
    assert (agreed["both"], agreed["discrepancies"]) == (1, 0)
    assert "rivals that could not be excluded" in each["reason"][0]
    # and the same aircraft at the right field goes before it
    _, each = compare(
        [visit(at(10), rivals=["LLER"]), visit(at(10), airfield="LLER", icao24="d00001", registration="SIM-B")],
        [visit(at(10), airfield="LLER", icao24="d00001", registration="SIM-B"), visit(at(10))],
    )
    assert pairs_of(each) == {("a0", "b1"), ("a1", "b0")}


def test_rows_that_contradict_themselves_take_no_part() -> None:
    backwards = visit(at(10), departed_utc=at(8), departed_earliest_utc=at(8), departed_latest_utc=at(8))
    flagged = visit(at(20), integrity=["departs_before_arrival"])
    aside = visit(at(30), quarantined="spoofed")
    rejected = visit(at(40), verdict="reject", check_state="current", checked_by="EB")
    agreed, each = compare(
        [backwards, flagged, aside, rejected, visit(at(50))], [visit(at(h)) for h in range(10, 60, 10)]
    )
    assert (agreed["flagged"], agreed["both"], agreed["first_only"], agreed["second_only"]) == (4, 1, 0, 0)
    assert (agreed["second_aside"], agreed["second_visits"]) == (4, 5)
    assert each.filter(pl.col("kind") == "second_aside")["reason"].to_list() == [
        "A has only a row that was left out, a0: contradicts itself: leaves before it arrives",
        "A has only a row that was left out, a1: contradicts itself: leaves before it arrives",
        "A has only a row that was left out, a2: set aside: spoofed",
        "A has only a row that was left out, a3: rejected by EB",
    ]
    assert (
        "none only in A and none only in B. Four more in B have only rows in A that were left out"
        in (agreed["sentence"])
    )
    assert "Together they name five." in agreed["sentence"]
    reasons = each.filter(pl.col("kind") == "flagged")["reason"].to_list()
    assert reasons == [
        "contradicts itself: leaves before it arrives",
        "contradicts itself: leaves before it arrives",
        "set aside: spoofed",
        "rejected by EB",
    ]
    assert "Four rows contradict themselves or were set aside, and were left out." in agreed["sentence"]


def test_only_the_window_that_both_cover_is_compared() -> None:
    first = [visit(at(h)) for h in (10, 34, 58, 82)]
    second = [visit(at(h)) for h in (34, 58, 82, 106)]
    agreed, each = compare(first, second, since=None, until=None)
    assert (agreed["from_utc"], agreed["to_utc"]) == (START + timedelta(days=1), START + timedelta(days=4))
    assert (agreed["both"], agreed["first_only"], agreed["second_only"]) == (3, 0, 0)
    assert "1 of A lie outside" in agreed["reason"]
    assert each.height == 3
    # stated, it is what was stated
    agreed, _ = compare(first, second)
    assert (agreed["first_only"], agreed["second_only"]) == (1, 1)


def test_a_pair_across_the_windows_edge_is_a_pair() -> None:
    agreed, _ = compare([visit(at(-0.2))], [visit(at(0.2))], since=START)
    assert (agreed["both"], agreed["first_only"], agreed["second_only"]) == (1, 0, 0)


def test_nothing_to_compare() -> None:
    agreed, each = compare([visit(at(10))], [], since=None, until=None)
    assert agreed["from_utc"] is None
    assert each.height == 0
    assert agreed["sentence"] == "SIMULATED: A and B cover no common window: nothing could be compared."
    agreed, each = compare([visit(at(10))], [])
    assert (agreed["first_only"], agreed["second_visits"]) == (1, 0)
    assert "no total: fewer than seven" in agreed["reason"]
    agreed, _ = compare([visit(at(10))], [visit(at(24 * 30))], since=None, until=None)
    assert agreed["from_utc"] is None


def test_without_an_arrival_the_take_off_is_compared() -> None:
    leaving = visit(at(10), arrived_utc=None, arrived_earliest_utc=None)
    agreed, _ = compare([leaving], [visit(at(10.5))])
    assert agreed["both"] == 1
    agreed, _ = compare([leaving], [visit(at(12.6))])
    assert agreed["both"] == 0
    neither = visit(None, arrived_latest_utc=at(10))
    agreed, _ = compare([neither], [visit(at(10))])
    assert (agreed["both"], agreed["first_only"]) == (0, 1)


def lists(n1: int, n2: int, m: int, sources: tuple[str, str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    total = n1 + n2 - m
    rows = [visit(at(12 * i + 6)) for i in range(total)]
    return [{**r, "source": sources[0]} for r in rows[:n1]], [{**r, "source": sources[1]} for r in rows[n1 - m :]]


def test_chapman_of_a_log_and_tracks_is_a_lower_estimate() -> None:
    agreed, _ = compare(*lists(40, 30, 20, (LOG, TRACKS)), until=START + timedelta(days=40))
    assert (agreed["both"], agreed["first_only"], agreed["second_only"]) == (20, 20, 10)
    assert agreed["chapman"] == pytest.approx(41 * 31 / 21 - 1)
    assert 50 < agreed["chapman_least"] < agreed["chapman"] < agreed["chapman_most"]
    assert "lower" in agreed["reason"]
    # "at least" is the lower end: the estimate itself lies above the truth as often as below it
    assert f"there were at least {int(agreed['chapman_least'])} in all" in agreed["sentence"]
    assert "Chapman's estimate 60" in agreed["sentence"]


def test_a_total_rests_on_rows_that_are_observed_or_inferred() -> None:
    """False visits find no partner: with them Chapman's estimate would exceed what there was."""
    first, second = lists(40, 30, 20, (LOG, TRACKS))
    plain, _ = compare(first, second)
    false = [visit(at(12 * i + 0.5), grade=g, source=TRACKS) for i, g in enumerate(["possible"] * 8 + ["likely"] * 4)]
    agreed, _ = compare(first, [*second, *false])
    assert (agreed["both"], agreed["second_only"], agreed["weaker"]) == (20, 22, 12)
    assert (agreed["first_sure"], agreed["second_sure"], agreed["both_sure"]) == (40, 30, 20)
    assert agreed["chapman"] == plain["chapman"]
    assert "Together they name 62, 12 of them by no row better than likely or possible." in agreed["sentence"]
    assert "(40 and 30, 20 in both)" in agreed["reason"]
    # a possible row beside an observed one is no weaker visit, and no catch of its list
    paler = [{**r, "grade": "possible"} if i < 5 else r for i, r in enumerate(second)]
    agreed, _ = compare(first, paler)
    assert (agreed["both"], agreed["weaker"]) == (20, 0)
    assert (agreed["first_sure"], agreed["second_sure"], agreed["both_sure"]) == (40, 25, 15)
    agreed, _ = compare(first, [{**r, "grade": "possible"} for r in second])
    assert agreed["chapman"] is None
    assert "fewer than seven visits are in both, observed or inferred" in agreed["reason"]


def test_a_row_that_was_set_aside_is_no_miss_of_its_list() -> None:
    first, second = lists(40, 30, 20, (LOG, TRACKS))
    plain, _ = compare(first[6:], second)
    aside = [{**r, "quarantined": "spoofed", "source": TRACKS} for r in first[:6]]
    agreed, each = compare(first, [*aside, *second])
    assert (agreed["first_only"], agreed["first_aside"], agreed["first_visits"], agreed["flagged"]) == (14, 6, 40, 6)
    assert (agreed["first_sure"], agreed["aside_sure"]) == (34, 6)
    assert agreed["chapman"] == pytest.approx(plain["chapman"] + 6)
    assert agreed["chapman_least"] == pytest.approx(plain["chapman_least"] + 6)
    told = each.filter(pl.col("kind") == "first_aside")["reason"]
    assert told.str.contains("B has only a row that was left out, b[0-5]: set aside: spoofed").sum() == 6
    assert "Together they name 50." in agreed["sentence"]


def test_a_stay_that_one_list_tells_in_two_pieces_is_one() -> None:
    """An arrival without a departure, then a departure without an arrival: what a long silence makes of one stay."""
    first, second = lists(40, 30, 20, (LOG, TRACKS))
    out = ("departed_earliest_utc", "departed_utc", "departed_latest_utc")
    came = ("arrived_earliest_utc", "arrived_utc")
    halves = [
        half
        for r in second[-4:]
        for half in (
            {**r, **dict.fromkeys(out)},
            {**r, **dict.fromkeys(came), "arrived_latest_utc": r["departed_utc"]},
        )
    ]
    whole, _ = compare(first, second)
    agreed, each = compare(first, [*second[:-4], *halves])
    assert (agreed["both"], agreed["second_only"]) == (whole["both"], whole["second_only"])
    assert (agreed["repeated"], agreed["flagged"]) == (4, 0)
    reasons = each.filter(pl.col("kind") == "repeated")["reason"].to_list()
    assert reasons[0] == "may be the same stay as b26, and counts once with it"
    assert "Four rows may tell a stay a second time, and were left out. Together they name 50." in agreed["sentence"]
    # rows that have no arrival are seen too: where they would be in the total, there is none
    assert agreed["chapman"] is None
    assert "B may tell a stay twice (4 rows of it may repeat others)" in agreed["reason"]
    weak = [{**r, "grade": "likely"} if r["arrived_utc"] is None else r for r in halves]
    assert compare(first, [*second[:-4], *weak])[0]["chapman"] == pytest.approx(whole["chapman"])


@pytest.mark.parametrize("apart", [0.0, 15.0, 600.0])
def test_what_is_told_as_a_discrepancy_changes_nothing_in_what_is_matched(apart: float) -> None:
    other = {"icao24": "d00bad", "registration": "SIM-Z"}
    agreed, each = compare(
        [visit(at(10)), visit(at(40))], [visit(at(10.1), **other), visit(at(40.5), **other)], apart_min=apart
    )
    assert (agreed["both"], agreed["first_only"], agreed["second_only"]) == (1, 1, 1)
    assert pairs_of(each) == {("a0", "b0")}
    told = each.filter(pl.col("kind") == "discrepancy")["differs"][0].to_list()
    assert any(d.startswith("arrival") for d in told) is (apart == 0.0)


@pytest.mark.parametrize(
    ("sizes", "sources", "more", "why"),
    [
        ((40, 30, 20), ("flightradar24", "adsb.lol"), {}, "both rest on what aircraft broadcast"),
        ((40, 30, 20), (TRACKS, TRACKS), {}, "both rest on what aircraft broadcast"),
        ((40, 30, 20), ("log: spotters (times from adsb.lol)", "opensky"), {}, "both rest on what aircraft broadcast"),
        ((40, 30, 20), ("log: spotters", "log: spotters"), {}, "both rest on the same log spotters"),
        ((40, 30, 20), (LOG, TRACKS), {"independent": False}, "not independent, as stated"),
        ((40, 30, 20), (LOG, TRACKS), {"second_selection": "hand_picked"}, "B is taken as chosen by hand"),
        ((20, 20, 6), (LOG, TRACKS), {}, "fewer than seven"),
        ((40, 20, 20), (LOG, TRACKS), {}, "one list holds all of the other"),
    ],
)
def test_where_no_total_may_be_estimated(
    sizes: tuple[int, int, int], sources: tuple[str, str], more: dict[str, Any], why: str
) -> None:
    agreed, _ = compare(*lists(*sizes, sources), **more)
    assert agreed["both"] == sizes[2]
    assert agreed["chapman"] is None
    assert why in agreed["reason"]
    assert "at least about" not in agreed["sentence"]
    assert why in agreed["sentence"]


def test_stated_independence_outweighs_lineage() -> None:
    agreed, _ = compare(*lists(40, 30, 20, ("flightradar24", "adsb.lol")), independent=True)
    assert agreed["chapman"] is not None
    assert "as stated" in agreed["reason"]


def test_lineage() -> None:
    assert shared_lineage(["log: spotters"], ["flightradar24"]) is None
    assert shared_lineage(["log: spotters"], ["log: tower"]) is None
    assert shared_lineage(["log: a (times from a radio)"], ["log: b (times from a radio)"]) is not None
    assert len(families("log: spotters (times from Flightradar24)")) == 2
    assert families("some provider nobody knows") == families("adsb.lol")


def test_sentences_hold_no_probability_and_say_simulated() -> None:
    agreed, _ = compare(*lists(40, 30, 20, (LOG, TRACKS)))
    assert agreed["sentence"].startswith("SIMULATED: Between 31 August and 30 October 2023 (UTC)")
    for word in ("%", "probab", "chance", "confidence", "dark"):
        assert word not in agreed["sentence"]


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"window_min": -1}, "0 or more"),
        ({"apart_min": 1e9}, "less than a week"),
        ({"since": START, "until": START}, "empty"),
        ({"since": datetime(2023, 9, 1)}, "zone"),  # noqa: DTZ001
        ({"first_selection": "some"}, "no selection"),
    ],
)
def test_wrong_use(more: dict[str, Any], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        compare([visit(at(10))], [visit(at(10))], **more)


def test_small_cases_are_matched_as_well_as_any_order_could() -> None:
    """Against all one-to-one matchings of up to five rows: as many pairs, and the least sum of minutes."""
    rng = np.random.default_rng(11)
    for _ in range(60):
        n, m = int(rng.integers(1, 6)), int(rng.integers(1, 6))
        a, b = rng.uniform(0, 360, n).round(), rng.uniform(0, 360, m).round()
        pairs, _, _ = matching(
            [visit(at(10) + timedelta(minutes=float(t))) for t in a],
            [visit(at(10) + timedelta(minutes=float(t))) for t in b],
        )
        best = min(
            (
                (-sum(ok), sum(d for d, o in zip(apart, ok, strict=True) if o))
                for order in permutations(range(max(n, m)))
                for apart in [[abs(a[i] - b[j]) for i, j in enumerate(order) if i < n and j < m]]
                for ok in [[d <= 90 for d in apart]]
            ),
        )
        got = sum(abs(p.second.at_s - p.first.at_s) / 60 for p in pairs)
        assert (-len(pairs), got) == best


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), max_size=12), st.lists(st.integers(0, 40), max_size=12), st.randoms())
def test_what_always_holds(first: list[int], second: list[int], order: Any) -> None:
    rows = [[visit(at(h)) for h in hours] for hours in (first, second)]
    agreed, each = compare(*rows)
    for which, hours in (("first", first), ("second", second)):
        parts = agreed["both"] + agreed[f"{which}_only"] + agreed[f"{which}_aside"]
        assert agreed[f"{which}_visits"] == parts
        assert agreed[f"{which}_visits"] >= len(set(hours))  # stays of an hour: only one told again is left out
    assert agreed["first_visits"] + agreed["second_visits"] + agreed["repeated"] == len(first) + len(second)
    assert each.height == len(first) + len(second) - agreed["both"]
    for name in ("first_id", "second_id"):
        ids = each[name].drop_nulls()
        assert ids.n_unique() == ids.len()
    swapped, _ = compare(rows[1], rows[0])
    assert swapped["both"] == agreed["both"]
    mixed = [order.sample(side, len(side)) for side in rows]
    again, _ = compare(*mixed)
    assert again["both"] == agreed["both"]


def test_two_years_of_a_shuttle_are_matched_at_once() -> None:
    rng = np.random.default_rng(5)
    hours = np.sort(rng.uniform(0, 24 * 700, 3000))
    first = [visit(at(h)) for h in hours]
    second = [visit(at(h) + timedelta(minutes=5)) for h in hours]
    pairs, left, right = matching(first, second)
    assert (len(pairs), left, right) == (3000, [], [])
