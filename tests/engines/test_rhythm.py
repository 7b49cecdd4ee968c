"""Rhythm and comparison of visits inferred from SIMULATED positions, beside a log of the same days."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.inference.made import START, Flight, Runway, runways_of, sampled
from wheelsdown.engines.agreeing import compare
from wheelsdown.engines.options import Options
from wheelsdown.engines.rhythm import rhythm
from wheelsdown.engines.visits_from import visits_of
from wheelsdown.errors import UsageError
from wheelsdown.reference import airfields as reference

WINDOW = {"since": "2023-09-01", "until": "2023-09-17"}
DAYS = (0, 3, 6)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> reference.Airfields:
    return reference.load(tmp_path_factory.mktemp("no-user-data"))


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHEELSDOWN_DATA", str(tmp_path / "none"))


def stay(rw: Runway) -> Flight:
    return Flight().land(rw).stand(rw, 40).take_off(rw).to(rw.point(-150, 40), 25_000, kt=330)


@pytest.fixture(scope="module")
def positions(known: reference.Airfields) -> pl.DataFrame:
    """Three stays at Ovda, three days apart."""
    one = sampled(stay(runways_of(known.fields, known.runways, "LLOV")["20L"]))
    return pl.concat([one.with_columns(pl.col("time_utc") + timedelta(days=d)) for d in DAYS])


@pytest.fixture
def options(known: reference.Airfields) -> Options:
    return Options(airfields=known)


def test_positions_are_inferred_from_and_their_rhythm_told(positions: pl.DataFrame, options: Options) -> None:
    found = visits_of(positions, options, airfield="LLOV", tables=["gaps"])
    assert found.kind == "positions"
    assert found.visits["grade"].to_list() == ["observed"] * 3
    assert set(found.more) == {"gaps"}
    row = rhythm(positions, options, airfield="LLOV", selection="all", exposure_days=17, **WINDOW).frame.row(
        0, named=True
    )
    assert row["visits"] == 3
    assert row["every_days"] == pytest.approx(17 / 3)
    assert row["gap_median_days"] == pytest.approx(3)
    assert row["sentence"].startswith("SIMULATED: At LLOV at least three landed between 1 and 17 September 2023 (UTC)")


def test_without_other_traffic_the_days_are_assumed_and_the_sentence_says_so(
    positions: pl.DataFrame, options: Options
) -> None:
    row = rhythm(positions, options, airfield="LLOV", selection="all", **WINDOW).frame.row(0, named=True)
    assert row["exposure_days"] == 7
    assert "which these data cannot show" in row["sentence"]
    # nobody says that the recording covers days before its first position and after its last
    said = "7 of 17 days, from the first day of the data (4 September 2023) to the last (10 September 2023)"
    assert said in row["exposure_how"]


def test_a_window_without_a_day_of_the_data_has_no_rhythm(positions: pl.DataFrame, options: Options) -> None:
    found = rhythm(positions, options, airfield="LLOV", selection="all", since="2020-09-01", until="2020-09-17").frame
    row = found.row(0, named=True)
    assert (row["exposure_days"], row["rate_per_day"], row["every_other_day"]) == (None, None, None)
    assert "No day of the window lies between the first and the last row of these data" in row["sentence"]
    assert "rhythm of" not in row["sentence"]


def test_a_quiet_last_day_is_covered_by_whoever_was_received_on_it(positions: pl.DataFrame, options: Options) -> None:
    other = positions.head(1).with_columns(
        icao24=pl.lit("abcdef"), time_utc=pl.col("time_utc") + timedelta(days=12), latitude_deg=pl.lit(51.0)
    )
    both = pl.concat([positions, other])
    row = rhythm(both, options, airfield="LLOV", selection="all", **WINDOW).frame.row(0, named=True)
    assert row["exposure_days"] == 13


def test_a_log_beside_positions(positions: pl.DataFrame, options: Options, tmp_path: Path) -> None:
    touchdowns = visits_of(positions, options).visits["arrived_utc"].sort()
    lines = ["in,tail,sign"]
    lines += [f"{t + timedelta(minutes=m):%Y-%m-%dT%H:%MZ},,SIM1" for t, m in zip(touchdowns[:2], (5, 40), strict=True)]
    lines += [f"{START + timedelta(days=4):%Y-%m-%dT%H:%MZ},SIM-B,SIM2"]
    log, mapping = tmp_path / "log.csv", tmp_path / "log.toml"
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    mapping.write_text(
        'source = "SIMULATED spotters"\nairfield = "VDA"\n'
        '[columns]\narrived = "in"\nregistration = "tail"\ncallsign = "sign"\n',
        encoding="utf-8",
    )
    heard = positions.with_columns(callsign=pl.lit("SIM1"))
    got = compare(log, heard, options, log_map=mapping, names=("the spotters", "the tracks"), **WINDOW)
    agreed = got.summary.frame.row(0, named=True)
    assert (agreed["both"], agreed["first_only"], agreed["second_only"]) == (2, 1, 1)
    late = got.each.frame.filter(pl.col("kind") == "discrepancy")["differs"].to_list()
    assert len(late) == 1
    assert late[0][0] in ("arrival: 39 minutes apart", "arrival: 40 minutes apart")  # written to the minute
    assert got.summary.simulated


def test_simulated_and_real_visits_are_refused_together(positions: pl.DataFrame, options: Options) -> None:
    visits = visits_of(positions, options).visits
    real = visits.with_columns(source=pl.lit("somebody"), visit_id=pl.col("visit_id") + "x")
    with pytest.raises(UsageError, match="read them apart"):
        visits_of(pl.concat([visits, real]), options)
    with pytest.raises(UsageError, match="one source is SIMULATED"):
        compare(visits, real, options)


def test_a_nought_made_of_simulated_positions_says_so(positions: pl.DataFrame, options: Options) -> None:
    found = rhythm(positions, options, airfield="LLER", selection="all", exposure_days=17, **WINDOW).frame
    assert found["visits"][0] == 0
    assert found["sentence"][0].startswith("SIMULATED: At LLER no landing")
