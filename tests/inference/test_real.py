"""Real recordings: what issue 2 asks of them, each a test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.inference.conftest import Infer
from wheelsdown.sources import read

Shared = Callable[[str], Path]

SEEN = ("observed", "inferred", "likely")


def arrivals(visits: pl.DataFrame, *grades: str) -> pl.DataFrame:
    return visits.filter(pl.col("grade").is_in(grades or SEEN) & pl.col("arrived_utc").is_not_null())


@pytest.fixture(scope="module")
def demonstration(shared: Shared) -> pl.DataFrame:
    return read(shared("flight/opensky_json/belevingsvlucht.json.gz")).positions


def test_demonstration_flight_never_lands_at_lelystad(demonstration: pl.DataFrame, infer_: Infer) -> None:
    visits = infer_(demonstration).visits
    assert "EHLE" not in visits["airfield"].to_list()
    landed = arrivals(visits)
    assert landed["airfield"].to_list() == ["EHAM"]
    assert landed["grade"].item() == "observed"
    touchdown = landed["arrived_utc"].item()
    assert datetime(2018, 5, 30, 20, 17, tzinfo=UTC) <= touchdown <= datetime(2018, 5, 30, 20, 23, tzinfo=UTC)


def test_demonstration_flight_shows_six_passes_with_reasons(demonstration: pl.DataFrame, infer_: Infer) -> None:
    passes = infer_(demonstration, ruled_out=True).visits.filter(pl.col("grade") == "ruled_out")
    assert passes["airfield"].to_list() == ["EHLE"] * 6
    for reasons in passes["reasons"]:
        assert "a pass or go-around" in reasons[0]
        assert "no stop" in reasons[1]
    assert (passes["dwell_most_min"] == 0).all()


def test_a_readsb_trace_of_a_day(shared: Shared, infer_: Infer) -> None:
    found = infer_(read(shared("flight/readsb_trace/trace_full_ac671b.json")).positions)
    observed = found.visits.filter(pl.col("grade") == "observed")
    assert arrivals(observed)["airfield"].to_list() == ["KMSP", "KMSP", "KDEN"]
    assert observed.filter(pl.col("departed_utc").is_not_null())["airfield"].to_list() == ["KMSP", "KMSP"]
    took_off = found.legs.filter(pl.col("origin_grade") == "observed")
    assert took_off["origin"].to_list() == ["KMSP", "KMSP"]
    # the stop between them was out of reach of the receivers: named, but no more than possible
    assert found.visits.filter(pl.col("grade") != "observed")["grade"].to_list() == ["possible"]


def test_one_receiver_sees_mostly_overflights(shared: Shared, infer_: Infer) -> None:
    positions = read(shared("flight/readsb_trace/one_receiver")).positions
    assert positions["icao24"].n_unique() == 22
    # the raw data say who was there: three broadcast from the ground, the others never came below 18,000 ft
    by_aircraft = positions.group_by("icao24").agg(
        pl.col("on_ground").any().alias("ground"), pl.col("altitude_ft").min().alias("lowest_ft")
    )
    there = set(by_aircraft.filter("ground")["icao24"])
    assert there == {"a3c78c", "a4068e", "aa178d"}
    assert by_aircraft.filter(~pl.col("ground"))["lowest_ft"].min() > 18_000
    visits = infer_(positions).visits
    assert set(visits["icao24"]) == there
    assert set(visits["airfield"]) == {"88NV"}
    assert set(visits["grade"]) == {"observed"}


POSSIBLE_AT_THE_EDGES = [
    # lost descending towards the field when the hour ends, or heard climbing away when it begins
    ("a0f56e", "88NV"),
    ("a1b091", "1A8"),
    ("a23e55", "88NV"),
    ("a32328", "1A8"),
    ("ac81f7", "88NV"),
    ("ac88b6", "88NV"),
    ("ac8a35", "KO79"),
    ("ada7ff", "KRTS"),
]


def test_an_hour_at_a_desert_strip(shared: Shared, infer_: Infer) -> None:
    visits = infer_(read(shared("flight/readsb_jsonl/1hr.json")).positions).visits
    observed = visits.filter(pl.col("grade") == "observed")
    # adsb_actions, whose recording this is, counts 18 landings and 14 take-offs
    assert arrivals(observed).height == 18
    assert observed.filter(pl.col("departed_utc").is_not_null()).height == 14
    assert set(observed["airfield"]) == {"88NV"}
    further = visits.filter(pl.col("grade") != "observed")
    assert set(further["grade"]) == {"possible"}
    landings = further.filter(pl.col("arrived_utc").is_not_null()).sort("icao24").select("icao24", "airfield").rows()
    assert landings == POSSIBLE_AT_THE_EDGES


CALIBRATION = {
    "ajaccio": "LFKJ",
    "bornholm": "EKRN",
    "brussels_ils": "EBBR",
    "cardiff": "EGFF",
    "funchal": "LPMA",
    "kiruna": "ESNQ",
    "kota_kinabalu": "WBKK",
    "liege_sprimont": "EBLG",
    "lisbon": "LPPT",
    "london_gatwick": "EGKK",
    "munich": "EDDM",
    "nice": "LFMN",
}


@pytest.mark.parametrize("name", CALIBRATION)
def test_a_calibration_flight_lands_once(name: str, shared: Shared, infer_: Infer) -> None:
    visits = infer_(read(shared(f"flight/opensky_json/calibration/{name}.json.gz")).positions).visits
    landed = arrivals(visits)
    assert landed.height <= 1
    assert set(landed["airfield"]) <= {CALIBRATION[name]}
    # any end named at all weakly is at most one more row, and never a second landing
    assert arrivals(visits, *SEEN, "possible").height == 1


def test_a_flat_csv_out_of_order(shared: Shared, infer_: Infer) -> None:
    found = infer_(read(shared("flight/adsbx_csv")).positions)
    assert found.visits["airfield"].to_list() == ["KBOS", "KSFO", "KBOS", "KLAX", "KIAD", "KLAX"]
    assert set(found.visits["grade"]) == {"observed"}
    legs = found.legs.select("origin", "destination").rows()
    assert legs == [("KBOS", "KSFO"), ("KSFO", "KBOS"), ("KBOS", "KLAX"), ("KLAX", "KIAD"), ("KIAD", "KLAX")]


def test_round_paris(shared: Shared, infer_: Infer) -> None:
    truth = pl.read_csv(shared("truth/truth.csv"), infer_schema=False).filter(
        pl.col("source").str.ends_with("quickstart")
    )
    visits = infer_(read(shared("flight/opensky_json/quickstart.json.gz")).positions).visits
    strong = visits.filter(pl.col("grade").is_in(SEEN))
    ends = 0
    for row in truth.iter_rows(named=True):
        own = strong.filter(pl.col("icao24") == row["icao24"])
        for end, time, column in (
            ("destination", "landing_time", "arrived"),
            ("origin", "takeoff_time", "departed"),
        ):
            if not row[end]:
                continue
            ends += 1
            there = own.filter((pl.col("airfield") == row[end]) & pl.col(f"{column}_utc").is_not_null())
            moment = datetime.fromisoformat(row[time])
            off = [abs((t - moment).total_seconds()) for t in there[f"{column}_utc"]]
            assert off, (row["flight_id"], end)
            # the truth's time is the first (last) position flagged ground
            assert min(off) <= 300, (row["flight_id"], end, min(off))
    assert ends >= 60
