"""What `count` counts, and what it refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from wheelsdown.analysis.counting import count
from wheelsdown.errors import UsageError
from wheelsdown.inference.probability import Calibration, Fitted, using
from wheelsdown.schema import AIRCRAFT_DAYS, AIRFIELDS, GAPS, LEGS, OBSERVABILITY, RUNWAYS, VISITS

START = datetime(2030, 9, 1, tzinfo=UTC)
END = datetime(2030, 9, 18, tzinfo=UTC)
FIELDS = AIRFIELDS.conform(
    pl.DataFrame(
        [
            {"code": c, "ident": c, "name": c, "kind": "airport", "latitude_deg": lat, "longitude_deg": 35.0}
            for c, lat in (("SIMA", 30.0), ("SIMB", 30.225), ("SIMC", 40.0))
        ]
    ).with_columns(source=pl.lit("made")),
    fill=True,
)
WAYS = RUNWAYS.conform(
    pl.DataFrame([{"code": c, "length_ft": 10_000.0, "source": "made"} for c in ("SIMA", "SIMB", "SIMC")]), fill=True
)
TABLE = Calibration(
    {
        "observed": Fitted(1000, 999, 0.999),
        "inferred two": Fitted(1000, 995, 0.995),
        "likely in": Fitted(100, 90, 0.9, 0.3),
        "possible in share2 height1": Fitted(100, 50, 0.5, 0.8),
    },
    {"rival": Fitted(100, 20, 0.2, 0.5)},
    unseen_spread=0.3,
)
AIRCRAFT = "d00001"


def visit(
    day: float, grade: str = "observed", *, at: str | None = "SIMA", spread_h: float = 0.1, **more: Any
) -> dict[str, Any]:
    """Give one row of VISITS with a touchdown that many days after the window's start."""
    moment = START + timedelta(days=day)
    half = timedelta(hours=spread_h)
    basis = {"observed": "observed", "inferred": "inferred two", "likely": "likely in"}.get(
        grade, "possible in share2 height1"
    )
    return {
        "visit_id": f"{AIRCRAFT}-{day:g}-{grade}",
        "icao24": AIRCRAFT,
        "airfield": at,
        "grade": grade,
        "basis": basis,
        "arrived_earliest_utc": moment - half,
        "arrived_utc": moment,
        "arrived_latest_utc": moment + half,
        "rivals": [],
        "rivals_probability": [],
        "receipts": ["00ff"],
        "source": "SIMULATED receivers",
        **more,
    }


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{**dict.fromkeys(VISITS.names), **r} for r in rows], schema=VISITS.schema)


def days(status: str = "observed", *, off: tuple[int, ...] = (), p: float | None = 0.98) -> pl.DataFrame:
    rows = [
        {
            "airfield": "SIMA",
            "day": date(2030, 9, n),
            "status": "not_observed" if n in off else status,
            "seen_probability": None if n in off else p,
            "seen_least": None if n in off or p is None else p - 0.02,
            "seen_most": None if n in off or p is None else min(1.0, p + 0.01),
            "counted_probability": None if n in off else p,
        }
        for n in range(1, 18)
    ]
    return OBSERVABILITY.conform(pl.DataFrame(rows, infer_schema_length=None), fill=True)


RECEIVED = AIRCRAFT_DAYS.conform(
    pl.DataFrame(
        [
            {
                "icao24": AIRCRAFT,
                "day": START.date(),
                "positions": 9,
                "first_utc": START,
                "last_utc": END,
                "source": "SIMULATED",
            }
        ]
    ),
    fill=True,
)


def silence(start: datetime, hours: float, *, lat: float = 30.0, kind: str = "stop_fits") -> dict[str, Any]:
    return {
        **dict.fromkeys(GAPS.names),
        "icao24": AIRCRAFT,
        "from_utc": start,
        "to_utc": start + timedelta(hours=hours),
        "from_latitude_deg": lat,
        "from_longitude_deg": 35.0,
        "to_latitude_deg": lat,
        "to_longitude_deg": 35.0,
        "kind": kind,
    }


def gaps(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=GAPS.schema)


def one(visits: pl.DataFrame, **more: Any) -> dict[str, Any]:
    options: dict[str, Any] = {
        "airfield": "SIMA",
        "since": START,
        "until": END,
        "airfields": FIELDS,
        "runways": WAYS,
        "received": RECEIVED,
        "fleet": [AIRCRAFT],
        "selection": "fleet",
        **more,
    }
    with using(TABLE):
        found = count(visits, **options)
    assert found.height == 1
    return found.to_dicts()[0]


def test_at_least_is_observed_and_inferred_inside_the_window_only() -> None:
    row = one(
        table(
            visit(1), visit(2, "inferred"), visit(3, "likely"), visit(4, "possible"),
            visit(5, at="SIMB", rivals=["SIMA"], rivals_probability=[0.2]),
            visit(6, quarantined="spoofing_target"), visit(0.0), visit(-3), visit(30), visit(7, "ruled_out"),
            visit(8, verdict="reject", check_state="current"), visit(9, verdict="confirm", check_state="current"),
        ),
        observability=days(),
    )  # fmt: skip
    assert row["at_least"] == 3  # days 1, 2 and 9
    assert (row["likely"], row["possible"], row["as_rival"], row["at_edge"]) == (1, 1, 1, 1)
    assert (row["quarantined"], row["at_least_with_quarantined"]) == (1, 4)
    assert (row["rejected"], row["checked"]) == (1, 1)
    assert len(row["visit_ids"]) == 3
    assert "d00001-3-likely" in row["other_ids"]


def test_with_those_set_aside_means_as_if_nothing_were_held_against_them() -> None:
    """What is set aside has its grade lowered with it: the count with it goes by the grade it would have."""
    row = one(
        table(
            visit(1),
            visit(2, "possible", quarantined="teleport", grade_if_believed="observed"),
            visit(3, "possible", quarantined="teleport", grade_if_believed="likely"),
            visit(4, "possible", quarantined="teleport"),
        ),
        observability=days(),
    )
    assert (row["at_least"], row["quarantined"], row["at_least_with_quarantined"]) == (1, 3, 2)
    assert "if they are believed all the same, at least two" in row["sentence"]


def test_an_arrival_before_all_data_is_at_the_edge() -> None:
    row = one(table(visit(2, arrived_earliest_utc=None, arrived_utc=None)), observability=days())
    assert (row["at_least"], row["at_edge"]) == (0, 1)


def test_a_rejection_on_earlier_evidence_no_longer_counts() -> None:
    row = one(table(visit(2, verdict="reject", check_state="earlier evidence")), observability=days())
    assert (row["at_least"], row["rejected"]) == (1, 0)


def test_cannot_be_ruled_out_adds_what_is_weaker() -> None:
    row = one(
        table(
            visit(1),
            visit(3, "likely"),
            visit(4, "possible"),
            visit(5, at="SIMB", rivals=["SIMA"], rivals_probability=[0.2]),
        ),
        observability=days(p=1.0),
        silences=gaps(),
    )
    assert row["cannot_be_ruled_out"] == 3
    assert row["ruled_out_why"] == ["2 weaker visits", "1 named elsewhere, this airfield not excluded"]


def test_days_not_observed_leave_the_exposure_and_are_no_zeros() -> None:
    row = one(table(visit(1)), observability=days(off=(3, 4)), silences=gaps())
    assert (row["days_window"], row["days_observed"], row["days_not_observed"]) == (17.0, 15.0, 2.0)


def test_a_silence_hides_visits_only_on_days_nobody_listened() -> None:
    quiet = gaps(silence(START + timedelta(days=2, hours=1), 10.0))
    # 25.2 km to the next field: 14 fit into ten hours (methods: 14 and 9 with 20 minutes on the ground)
    watched = one(table(visit(1)), observability=days(p=1.0), silences=quiet)
    unwatched = one(table(visit(1)), observability=days(off=(3,)), silences=quiet)
    assert watched["cannot_be_ruled_out"] <= 1  # what a chance of 0.98 to 1 to be received allows
    assert unwatched["cannot_be_ruled_out"] >= 14
    assert any("nobody is known to have listened" in w for w in unwatched["ruled_out_why"])


def test_days_of_which_nothing_is_known_are_not_days_on_which_nobody_listened() -> None:
    """Of a day with too little traffic nothing is known, though landings of that very day were received."""
    unknown = days("unknown", p=None)
    row = one(table(visit(2), visit(3)), observability=unknown, silences=gaps(), selection="all")
    assert (row["at_least"], row["days_observed"]) == (2, None)
    assert row["ruled_out_why"] == ["no bound: 17 days of which these data cannot show what was missed"]
    assert "listened" not in row["sentence"]
    both = days("unknown", p=None, off=(3, 4))
    row = one(table(visit(5)), observability=both, silences=gaps(), selection="all")
    assert row["ruled_out_why"] == [
        "no bound: 2 days on which nobody is known to have listened and 15 of which these data cannot show what was "
        "missed"
    ]
    quiet = gaps(silence(START + timedelta(days=2), 60.0))
    fleet = one(table(visit(1)), observability=unknown, silences=quiet)
    assert fleet["ruled_out_why"][-1] == (
        "no bound: an aircraft was not received for 60 h within 17 days of which these data cannot show what was missed"
    )
    assert "listened" not in fleet["sentence"]
    seen = days("unknown", p=None).with_columns(
        pl.when(pl.col("day") > date(2030, 9, 2)).then(pl.lit("observed")).otherwise("status").alias("status"),
        *(pl.lit(0.98).alias(c) for c in ("seen_probability", "seen_least", "seen_most")),
    )
    some = one(table(visit(5)), observability=seen, silences=gaps(), selection="all")
    assert some["ruled_out_why"] == ["no bound: 2 days of which these data cannot show what was missed"]


def test_days_of_a_zone_are_no_more_than_the_window_has() -> None:
    """A day of another zone touches two UTC days: it is one day all the same."""
    window = {"since": START + timedelta(hours=21), "until": START + timedelta(hours=45), "time_zone": "Asia/Jerusalem"}
    row = one(table(), observability=days(off=(1, 2)), silences=gaps(), selection="all", **window)
    assert row["days_window"] == 1.0
    assert row["ruled_out_why"] == ["no bound: 1 day on which nobody is known to have listened"]


def test_a_day_observed_in_part_is_told_as_such() -> None:
    part = days().with_columns(
        status=pl.when(pl.col("day") <= date(2030, 9, 3)).then(pl.lit("partly")).otherwise("status")
    )
    row = one(table(visit(1)), observability=part, silences=gaps())
    assert row["days_observed"] == 17.0
    assert "14 of 17 days observed, three in part;" in row["sentence"]


def test_a_day_unheard_while_nobody_listened_has_no_bound() -> None:
    row = one(
        table(visit(1)),
        observability=days(off=(3, 4, 5)),
        silences=gaps(silence(START + timedelta(days=2), 60.0)),
    )
    assert row["cannot_be_ruled_out"] is None
    assert "no bound" in row["ruled_out_why"][0]
    assert row["at_least"] == 1


def test_an_aircraft_never_received_has_no_bound_where_nobody_listened() -> None:
    row = one(table(visit(1)), fleet=[AIRCRAFT, "d00002"], observability=days(off=(3, 4)), silences=gaps())
    assert row["cannot_be_ruled_out"] is None


def test_without_other_traffic_the_files_cannot_show_how_many_were_missed() -> None:
    row = one(table(visit(1)), silences=gaps())
    assert row["best_estimate"] is None
    assert row["best_why"] == "these files cannot show how many were missed"
    assert row["days_observed"] is None
    assert row["best_received"] == pytest.approx(0.999)


def test_hand_picked_files_give_a_lower_bound_and_nothing_else() -> None:
    row = one(table(visit(1), visit(2, "likely")), selection="hand_picked", observability=days(), silences=gaps())
    assert row["at_least"] == 1
    assert row["best_estimate"] is None
    assert row["cannot_be_ruled_out"] is None
    assert "chosen by hand" in row["ruled_out_why"][0]
    assert "chosen by hand" in row["best_why"]


def test_best_estimate_weighs_and_adds_the_unseen() -> None:
    rows = [visit(1 + n / 20) for n in range(200)] + [visit(12 + n / 20, "possible") for n in range(20)]
    row = one(table(*rows), observability=days(p=0.9), silences=gaps())
    assert row["best_received"] == pytest.approx(200 * 0.999 + 20 * 0.5, abs=0.01)
    # no silences: nothing can have gone unheard, whatever the chance
    assert row["best_unseen"] == 0.0
    assert row["best_least"] <= row["best_estimate"] <= row["best_most"]
    assert row["at_least"] == 200 <= row["best_estimate"]
    heard = gaps(*(silence(START + timedelta(days=n), 20.0, lat=38.0) for n in range(16)))
    with_silences = one(table(*rows), observability=days(p=0.9), silences=heard)
    assert 5.0 < with_silences["best_unseen"] <= 210 / 9 + 5
    assert with_silences["best_most"] > row["best_most"]


def test_a_class_never_fitted_gives_no_estimate_but_the_count_stands() -> None:
    row = one(table(visit(1), visit(2, "likely", basis="strange thing")), observability=days(), silences=gaps())
    assert row["at_least"] == 1
    assert row["best_estimate"] is None
    assert "strange thing" in row["best_why"]


def test_no_estimate_where_less_than_half_may_have_left_a_row() -> None:
    row = one(table(visit(1), visit(2)), observability=days(p=0.4), silences=gaps())
    assert row["at_least"] == 2
    assert row["best_estimate"] is None
    assert row["best_why"].startswith("refused: as few as ")


def test_empty_input_is_a_row_of_noughts_with_its_exposure() -> None:
    row = one(VISITS.empty(), observability=days(), silences=gaps())
    assert row["at_least"] == 0
    assert row["days_observed"] == 17.0
    assert row["sentence"]


def test_periods_begin_in_the_named_zone_and_edges_count_in_neither() -> None:
    midnight = datetime(2030, 9, 4, 21, tzinfo=UTC)  # 00:00 at Jerusalem in summer
    d = (midnight - START) / timedelta(days=1)
    with using(TABLE):
        found = count(
            table(visit(d, spread_h=0.2), visit(d + 0.5)),
            airfield="SIMA", since=START, until=END, airfields=FIELDS, runways=WAYS,
            by=("day",), time_zone="Asia/Jerusalem",
        )  # fmt: skip
    by_day = {r["period"]: r for r in found.to_dicts()}
    assert by_day["2030-09-05"]["at_least"] == 1
    assert by_day["2030-09-05"]["at_edge"] == by_day["2030-09-04"]["at_edge"] == 1
    assert found["days_window"].sum() == pytest.approx(17.0)


@pytest.mark.parametrize("by", ["operator", "aircraft", "type", "origin"])
def test_groups(by: str) -> None:
    rows = table(
        visit(1, operator="Simair", typecode="IL76", origin="SIMC"),
        visit(2, operator="Simcargo", typecode="A124", origin="SIMB", icao24="d00002"),
        visit(3, operator="Simair", typecode="IL76", origin="SIMC"),
    )
    with using(TABLE):
        found = count(rows, airfield="SIMA", since=START, until=END, airfields=FIELDS, runways=WAYS, by=(by,))
    assert sorted(found["at_least"]) == [1, 2]
    assert found["at_least"].sum() == 3


def test_by_airfield_counts_rivals_at_both() -> None:
    rows = table(visit(1), visit(2, "possible", at="SIMB", rivals=["SIMA"], rivals_probability=[0.2]))
    with using(TABLE):
        found = count(rows, airfield=None, since=START, until=END, airfields=FIELDS, runways=WAYS, by=("airfield",))
    assert dict(found.select("airfield", "as_rival").iter_rows()) == {"SIMA": 1, "SIMB": 0}


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"until": START}, "window is empty"),
        ({"selection": "some"}, "selection"),
        ({"by": ("colour",)}, "--by colour"),
        ({"by": ("day", "month")}, "one kind of period"),
        ({"by": ("day",), "time_zone": "Mars/Olympus"}, "Mars/Olympus"),
    ],
)
def test_wrong_use(bad: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        one(table(visit(1)), **bad)


def test_flights_whose_positions_may_be_false_are_not_heard() -> None:
    # three hours at a false place: where the aircraft was meanwhile is not known
    leg = {
        **dict.fromkeys(LEGS.names),
        "icao24": AIRCRAFT,
        "first_received_utc": START + timedelta(days=2, hours=3),
        "last_received_utc": START + timedelta(days=2, hours=6),
        "integrity": ["teleport"],
        "source": "SIMULATED receivers",
    }
    off = days(off=(3,))
    whole = {**leg, "integrity": ["mlat_or_tisb:3"]}
    for row, most in ((leg, 1), (whole, 0)):
        told = one(table(visit(1)), observability=off, silences=gaps(), legs=pl.DataFrame([row], schema=LEGS.schema))
        assert (told["cannot_be_ruled_out"] >= 1) == bool(most)
