from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest

from tests.outputs.made import minutes, visits
from wheelsdown.engines.asked import Asked, Circle, as_tuple, asked, at_circle, moment, tail
from wheelsdown.errors import UsageError
from wheelsdown.schema import AIRFIELDS, GAPS, LEGS, REGISTER

FIELDS = AIRFIELDS.conform(
    pl.DataFrame(
        {
            "code": ["ZZZZ", "ZZZA"],
            "ident": ["ZZZZ", "ZZZA"],
            "latitude_deg": [10.0, 20.0],
            "longitude_deg": [-175.9, -175.9],
        }
    ),
    fill=True,
)


def test_texts() -> None:
    assert as_tuple(None) == ()
    assert as_tuple("LLOV, LLER,") == ("LLOV", "LLER")
    assert as_tuple(["LLOV", "UBBB,UBBG"]) == ("LLOV", "UBBB", "UBBG")
    assert tail("4k-az60") == tail("4KAZ60") == "4KAZ60"


def test_plain_dates_are_utc_days_and_both_are_included() -> None:
    assert moment("2023-09-01", name="since") == datetime(2023, 9, 1, tzinfo=UTC)
    assert moment("2023-09-17", name="until") == datetime(2023, 9, 18, tzinfo=UTC)
    assert moment(date(2023, 9, 17), name="until") == datetime(2023, 9, 18, tzinfo=UTC)


def test_times_need_a_zone() -> None:
    assert moment("2023-09-17T14:00Z", name="until") == datetime(2023, 9, 17, 14, tzinfo=UTC)
    assert moment("2023-09-17T17:00+03:00", name="since") == datetime(2023, 9, 17, 14, tzinfo=UTC)
    three = timezone(timedelta(hours=3))
    assert moment(datetime(2023, 9, 17, 17, tzinfo=three), name="since") == datetime(2023, 9, 17, 14, tzinfo=UTC)
    for naive in ("2023-09-17T14:00", "2023-09-17 14:00:00", datetime(2023, 9, 17, 14)):  # noqa: DTZ001
        with pytest.raises(UsageError, match="which zone"):
            moment(naive, name="since")


@pytest.mark.parametrize("text", ["yesterday", "2023-13-01", "17.9.2023", "2023-09", ""])
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(UsageError, match="--since"):
        moment(text, name="since")


def test_circle() -> None:
    assert at_circle("29.94,34.93,5") == Circle(29.94, 34.93, 5)
    assert at_circle((-29.94, -34.93, 5)) == Circle(-29.94, -34.93, 5)
    for bad in ("29.94,34.93", "a,b,c", "91,0,5", "0,181,5", "0,0,0", "0,0,-1", "nan,0,5", "0,0,inf"):
        with pytest.raises(UsageError, match="--at"):
            at_circle(bad)


def test_window_and_addresses_are_checked() -> None:
    with pytest.raises(UsageError, match="not before"):
        asked(FIELDS, [], since="2023-09-02", until="2023-09-01")
    with pytest.raises(UsageError, match="six hex digits"):
        asked(FIELDS, [], icao24=["06a0b"])
    assert asked(FIELDS, [], icao24=["06A0B2"]).icao24 == ("06a0b2",)


def test_airfield_gives_its_visits_and_those_it_is_a_rival_of() -> None:
    got, notes = asked(FIELDS, ["ZZZZ"]).visits(visits())
    assert got.select("visit_id", "asked_as").rows() == [("SIM-1", "airfield")]
    got, notes = asked(FIELDS, ["ZZZA"]).visits(visits())
    assert got.select("visit_id", "asked_as").rows() == [("SIM-2", "rival")]
    assert notes == []
    assert asked(FIELDS, []).visits(visits())[0]["asked_as"].to_list() == [None, None]


def test_circle_gives_listed_and_unlisted_places() -> None:
    got, _ = asked(FIELDS, [], at=[Circle(10.0, -175.9, 5)]).visits(visits())
    assert got.select("visit_id", "asked_as").rows() == [("SIM-1", "airfield")]
    unlisted = visits().with_columns(airfield=pl.lit(None, pl.String), rivals=pl.lit([], pl.List(pl.String)))
    got, _ = asked(FIELDS, [], at=[Circle(10.0, -175.9, 5)]).visits(unlisted)
    assert got.select("visit_id", "asked_as").rows() == [("SIM-1", "place")]


def test_window_is_that_of_the_touchdown() -> None:
    window = asked(FIELDS, [], since=minutes(24.4), until=minutes(24.6))
    got, notes = window.visits(visits())
    assert got["visit_id"].to_list() == ["SIM-1"]
    late = asked(FIELDS, [], since=minutes(24.6))
    got, notes = late.visits(visits())
    assert got["visit_id"].to_list() == ["SIM-2"]
    assert notes == [
        "1 of these crosses the window's edge: it counts only as `cannot be ruled out`, and not at all where that is "
        "refused; it was already there when the data begin, so that no touchdown was seen",
        "1 more not listed: the touchdown may lie in the window, for its interval crosses the edge",
    ]


def test_a_touchdown_that_may_lie_outside_the_window_says_so_in_its_row() -> None:
    plain = asked(FIELDS, []).visits(visits())
    assert plain[0]["reasons"].to_list() == visits()["reasons"].to_list()
    assert plain[1] == []
    wide = asked(FIELDS, [], since=minutes(0), until=minutes(60))
    got, notes = wide.visits(visits().head(1))
    assert (got["reasons"].to_list(), notes) == (visits().head(1)["reasons"].to_list(), [])
    got, notes = asked(FIELDS, [], since=minutes(24.4)).visits(visits())
    said = "the touchdown may lie outside the window: "
    first, second = got["reasons"].to_list()
    assert first[:-1] == ["on the ground at 03:29", "lost before"]
    assert first[-1] == f"{said}not before 2030-01-02 03:28:05 UTC, not after 2030-01-02 03:29:05 UTC"
    assert second[-1] == f"{said}already there when the data begin, not after 2030-01-02 03:34:05 UTC"
    assert notes == [
        "2 of these cross the window's edge: they count only as `cannot be ruled out`, and not at all where that "
        "is refused; 1 of them was already there when the data begin, so that no touchdown was seen"
    ]
    # it came before its first position, so it surely came before the end of the window
    got, notes = asked(FIELDS, [], until=minutes(40)).visits(visits())
    assert (got.height, notes) == (2, [])
    got, notes = asked(FIELDS, [], until=minutes(24.6)).visits(visits())
    assert notes[0].startswith("1 of these crosses")


def test_what_lies_outside_for_certain_is_left_out_and_a_mark_stands_once() -> None:
    # a best time in the window does not help where the touchdown was before it for certain
    one = visits().head(1)
    late = one.with_columns(arrived_latest_utc=pl.lit(minutes(24.4) - timedelta(seconds=1)))
    for frame, height in ((one, 1), (late, 0)):
        got, notes = asked(FIELDS, [], since=minutes(24.4)).visits(frame)
        assert (got.height, len(notes)) == (height, height)
    window = asked(FIELDS, [], since=minutes(24.4))
    once, _ = window.visits(visits())
    again, notes = window.visits(once)
    assert again.equals(once)
    assert notes[0].startswith("2 of these cross")
    # a wider window has nothing against it, whatever a narrower one had
    got, notes = asked(FIELDS, [], since=minutes(0), until=minutes(60)).visits(once.head(1))
    assert got["reasons"].to_list() == one["reasons"].to_list()
    assert notes == []


def test_the_edge_of_the_window_is_no_matter_of_what_did_not_land() -> None:
    passed = visits().head(1).with_columns(grade=pl.lit("ruled_out"), reasons=pl.lit(None, pl.List(pl.String)))
    for since in (minutes(24.4), minutes(24.6)):
        got, notes = asked(FIELDS, [], since=since).visits(passed)
        assert notes == []
        assert got["reasons"].null_count() == got.height


def test_aircraft() -> None:
    frame = visits().with_columns(
        registration=pl.Series(["ZZ-ABC", None]),
        typecode=pl.Series(["IL76", None]),
        track_id=pl.Series([None, "reg:ZZX"]),
    )

    def ids(question: Asked) -> list[str]:
        return question.aircraft(frame)["visit_id"].to_list()

    assert ids(asked(FIELDS, [], registration=["zzabc"])) == ["SIM-1"]
    assert ids(asked(FIELDS, [], registration=["ZZ-X"])) == ["SIM-2"]
    assert ids(asked(FIELDS, [], typecode=["il76"])) == ["SIM-1"]
    assert ids(asked(FIELDS, [], operator=["invented air"])) == ["SIM-1"]
    assert ids(asked(FIELDS, [], operator=["SIM"])) == ["SIM-1"]
    assert ids(asked(FIELDS, [], operator=["nobody"])) == []


def test_a_designator_is_looked_up_in_registers() -> None:
    registers = REGISTER.conform(
        pl.DataFrame({"icao24": ["~003fff"], "operator_icao": ["QQQ"], "source": ["made"]}), fill=True
    )
    operators = pl.DataFrame({"operator_icao": ["QQQ"], "operator": ["Invented Air Freight"]})
    question = asked(FIELDS, [], operator=["qqq"]).with_operators(registers, operators)
    assert question.aircraft(visits())["visit_id"].to_list() == ["SIM-1", "SIM-2"]


def test_legs_and_gaps() -> None:
    legs = LEGS.conform(
        pl.DataFrame(
            {
                "leg_id": ["a", "b", "c"],
                "origin": ["ZZZZ", None, None],
                "destination_rivals": [None, ["ZZZZ"], ["ZZZA"]],
                "first_received_utc": [minutes(0)] * 3,
            }
        ),
        fill=True,
    )
    assert asked(FIELDS, ["ZZZZ"]).legs(legs)["leg_id"].to_list() == ["a", "b"]
    assert asked(FIELDS, ["ZZZZ"], since=minutes(1)).legs(legs).is_empty()
    gaps = GAPS.conform(
        pl.DataFrame(
            {
                "icao24": ["near", "far"],
                "from_utc": [minutes(0)] * 2,
                "to_utc": [minutes(9)] * 2,
                "from_latitude_deg": [10.2, 10.6],
                "from_longitude_deg": [-175.9] * 2,
                "to_latitude_deg": [50.0] * 2,
                "to_longitude_deg": [0.0] * 2,
            }
        ),
        fill=True,
    )
    assert asked(FIELDS, ["ZZZZ"]).gaps(gaps)["icao24"].to_list() == ["near"]
    assert asked(FIELDS, [], since=minutes(5), until=minutes(6)).gaps(gaps).height == 2
    assert asked(FIELDS, [], since=minutes(10)).gaps(gaps).is_empty()
