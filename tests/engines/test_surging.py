"""Surges and shares from files, tables and frames, as the verbs and a notebook ask for them. Data are SIMULATED."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

import wheelsdown as wd
from tests.analysis.made import START, frame, visit
from wheelsdown.engines.sharing import sharing
from wheelsdown.engines.surging import declared_of, surging
from wheelsdown.errors import UsageError
from wheelsdown.schema import BLOCKS, SERIES, SURGES

LOG = Path(__file__).resolve().parents[3] / "shared" / "data" / "investigations" / "msp-ice-flights.csv"
SHIPPED = Path(__file__).resolve().parents[2] / "cases" / "charter-log"
WINDOW = {"since": "2023-09-01", "until": "2024-08-31"}
TIV = """supplier,recipient,year,value
Bland,Aland,2019,30
Cland,Aland,2020,10
"Dland, Republic of",Aland,2020,60
"""


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHEELSDOWN_DATA", str(tmp_path / "none"))


@pytest.fixture(scope="module")
def visits() -> pl.DataFrame:
    """One every twelve days, and ten in ten days of February."""
    steady = [visit(START + timedelta(days=12 * i, hours=3), i) for i in range(30)]
    many = [visit(START + timedelta(days=160 + i, hours=9), 100 + i) for i in range(10)]
    return frame(steady + many)


def test_a_frame_of_visits(visits: pl.DataFrame) -> None:
    done = surging(visits, airfield="LLOV", selection="all", draws=999, **WINDOW)
    row = SURGES.conform(done.surges.frame).row(0, named=True)
    assert row["surge"]
    assert row["visits"] >= 10
    assert row["sentence"].startswith("SIMULATED: At LLOV ")
    assert SERIES.conform(done.series.frame)["visits"].sum() == 40
    assert BLOCKS.conform(done.blocks.frame)["visits"].sum() == 40
    offered = wd.surges(
        visits,
        airfield="LLOV",
        selection="all",
        draws=999,
        declared=[("Feb", date(2024, 2, 8), date(2024, 2, 17), date(2024, 2, 1))],
        **WINDOW,
    )
    assert offered.row(0) == done.surges.frame.row(0)
    assert offered["kind"].to_list()[-1] == "declared"
    stated = surging(visits, airfield="LLOV", selection="all", draws=999, exposure_days=366, **WINDOW)
    assert "366 of 366 days, as stated" in stated.surges.frame["exposure_how"][0]


def test_a_list_does_not_say_what_was_left_out(visits: pl.DataFrame) -> None:
    row = surging(visits, airfield="LLOV", **WINDOW).surges.frame.row(0, named=True)
    assert row["p"] is None
    assert row["visits_total"] == 40
    assert "--selection all" in row["reason"]
    with pytest.raises(UsageError, match="needs the window"):
        surging(visits, since="2023-09-01")


def test_a_table_that_begins_is_no_surge() -> None:
    """Of days before the first row of a table, and after its last, nobody says that they were watched."""
    steady = frame([visit(START + timedelta(days=i, hours=3), i) for i in range(20)])
    asked = {"airfield": "LLOV", "selection": "all", "draws": 99, "since": "2023-08-01", "until": "2023-10-31"}
    done = surging(steady, **asked)  # type: ignore[arg-type]
    assert done.surges.frame["surge"].to_list() in ([False], [None])
    assert done.surges.frame["exposure_total_days"][0] == 20
    assert done.series.frame.filter(pl.col("exposure") > 0)["day"].min() == START.date()
    # somebody who knows better says how many
    stated = surging(steady, exposure_days=92, **asked).surges.frame  # type: ignore[arg-type]
    assert stated["surge"][0]


def test_declared_windows_are_read() -> None:
    assert declared_of(["a war = it was=2020-09-27..2020-11-09@2020-09-01", "2020-01-01..2020-01-01"]) == (
        ("a war = it was", date(2020, 9, 27), date(2020, 11, 9), date(2020, 9, 1)),
        ("2020-01-01..2020-01-01", date(2020, 1, 1), date(2020, 1, 1), None),
    )
    late = ("a=2020-01-01..2020-01-02@", "a=2020-01-01..2020-01-02@autumn")
    for wrong in (*late, "a=2020-09-27", "a=2020-13-01..2020-01-01", "a=2020-02-02..2020-02-01", ""):
        with pytest.raises(UsageError, match="--declared"):
            declared_of([wrong])


def test_the_161_visits_show_their_surge_of_january_2026() -> None:
    if not LOG.exists():
        pytest.skip(f"no real log here: {LOG} is absent")
    done = surging(
        LOG,
        airfield="KMSP",
        since="2025-10-01",
        until="2026-08-07",
        zone="America/Chicago",
        selection="all",
        grades=("observed", "inferred", "likely", "possible"),
        declared=[("January", date(2026, 1, 1), date(2026, 1, 31), date(2025, 12, 1))],
    )
    found, named = (done.surges.frame.row(i, named=True) for i in (0, 1))
    assert (found["kind"], found["surge"], found["p"]) == ("found", True, 0.0001)
    assert date(2026, 1, 1) <= found["began"] <= date(2026, 1, 31)
    assert found["visits_total"] == 150  # eleven contradict themselves and are set aside
    for row in (found, named):
        assert "a log grows with the effort of its observers" in row["reason"]
        assert "every day taken as observed, which these data cannot show" in row["reason"]
        assert "effort" in row["sentence"]
        # so much more watching would explain it
        assert float(re.search(r"was (\d+\.\d+) times as likely", row["changes"])[1]) < row["rate_ratio"]  # type: ignore[index]
    assert (named["visits"], named["surge"]) == (41, True)
    assert named["p"] < 1e-6


def test_a_log_covers_the_days_from_its_first_row_to_its_last() -> None:
    asked = {"airfield": "LLOV", "since": "2030-01-01", "until": "2030-12-31", "selection": "all", "draws": 999}
    done = surging(logs=[SHIPPED / "observers.csv"], log_map=SHIPPED / "observers_map.toml", **asked)  # type: ignore[arg-type]
    assert done.series.frame.filter(pl.col("exposure") > 0)["day"].to_list() == [
        date(2030, 3, 1) + timedelta(days=i) for i in range(30)
    ]
    row = done.surges.frame.row(0, named=True)
    assert (row["exposure_total_days"], row["days_observed"] <= 15) == (30, True)
    assert "30 of 365 days, from the first row of the log (1 March 2030) to its last (30 March 2030)" in row["sentence"]
    assert "each taken as observed" in row["sentence"]
    # a day that the list does not reach is no day picked by hand
    outside = surging(
        logs=[SHIPPED / "observers.csv"],
        log_map=SHIPPED / "observers_map.toml",
        **(asked | {"since": "2031-01-01", "until": "2031-02-01"}),  # type: ignore[arg-type]
    ).surges.frame
    assert "lies between the first and the last row of these data" in outside["sentence"][0]
    assert "by hand" not in outside["sentence"][0]
    # unless its user says that it covers more
    stated = surging(
        logs=[SHIPPED / "observers.csv"],
        log_map=SHIPPED / "observers_map.toml",
        exposure_days=365,
        **asked,  # type: ignore[arg-type]
    )
    assert stated.surges.frame["exposure_total_days"][0] == 365


def test_nothing_received_of_simulated_data_says_so(visits: pl.DataFrame) -> None:
    found = surging(visits, airfield=["LLOV", "LLER"], selection="all", draws=99, **WINDOW).surges.frame
    assert found.filter(airfield="LLER")["sentence"][0].startswith("SIMULATED: At LLER no surge can be told")


def test_grades_of_a_real_log_are_in_the_sentence() -> None:
    if not LOG.exists():
        pytest.skip(f"no real log here: {LOG} is absent")
    asked = {"airfield": "KMSP", "since": "2025-10-01", "until": "2026-08-07", "selection": "all", "draws": 999}
    weak = surging(LOG, grades="possible", **asked).surges.frame.row(0, named=True)  # type: ignore[arg-type]
    assert "(graded possible: may have landed)" in weak["sentence"]
    assert "more visits of stronger grades are left out" in weak["sentence"]
    assert "weaker" not in weak["sentence"] + weak["reason"]
    strong = surging(LOG, **asked).surges.frame.row(0, named=True)  # type: ignore[arg-type]
    assert "graded" not in strong["sentence"]
    assert "53 more visits of weaker grades are left out, " in strong["sentence"]


def test_shares_from_files(tmp_path: Path) -> None:
    path = tmp_path / "tiv_2022-01-01.csv"
    path.write_text(TIV, encoding="utf-8")
    got = wd.shares(path, recipient="Aland", years=["2019-2020", "2020"])
    assert got["supplier"].to_list() == ["Dland, Republic of", "Bland", "Cland", "Dland, Republic of", "Cland"]
    assert got["share"].to_list() == pytest.approx([0.6, 0.3, 0.1, 6 / 7, 1 / 7])
    one = sharing(path, recipient="Aland", supplier="Dland, Republic of", years="2020")
    assert one.frame.height == 1
    assert one.frame["receipts"][0].to_list() == one.receipts["receipt"].to_list()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "name one of them"),
        ({"recipient": "a", "reporter": "b"}, "name one of them"),
        ({"recipient": "Aland"}, "add --years"),
        ({"recipient": "Aland", "years": "20-21"}, "--years 20-21"),
        ({"reporter": "Aland"}, "hold no trade"),
    ],
)
def test_wrong_use(tmp_path: Path, more: dict[str, str], said: str) -> None:
    path = tmp_path / "tiv_2022-01-01.csv"
    path.write_text(TIV, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        sharing(path, **more)  # type: ignore[arg-type]


def test_a_file_of_which_nothing_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(b"\x00\x01 nothing")
    done = sharing(path, recipient="Aland", years="2020")
    assert done.frame.is_empty()
    assert done.problems.height == 1
    assert done.positions_read == 0
