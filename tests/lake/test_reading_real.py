"""Recordings put in a lake give the answers that the files give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.lake.conftest import faults
from tests.lake.test_reading import IDENTITY, difference, ordered, same
from wheelsdown.engines.lakes import ingest
from wheelsdown.engines.local import Options, answers
from wheelsdown.lake.coding import rounded
from wheelsdown.reference.airfields import Airfields, load
from wheelsdown.sources import read

FLIGHT = Path(__file__).resolve().parents[3] / "shared" / "data" / "flight"
TABLES = ("visits", "legs", "gaps")
MIXED = (
    "readsb_trace",
    "fr24_history",
    "fr24_csv",
    "fr24_json",
    "adsbx_csv",
    "opensky_json/belevingsvlucht.json.gz",
    "opensky_json/zurich_airport.json.gz",
    "opensky_json/calibration/munich.json.gz",
    "opensky_json/calibration/nice.json.gz",
)

pytestmark = pytest.mark.skipif(not FLIGHT.is_dir(), reason="../shared/data/flight is absent")


@pytest.fixture(scope="module")
def airfields(tmp_path_factory: pytest.TempPathFactory) -> Airfields:
    return load(tmp_path_factory.mktemp("no-user-data"))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pl.DataFrame]:
    """A lake of many recordings, and the same positions rounded as a lake rounds them."""
    paths = [FLIGHT / p for p in MIXED]
    lake = tmp_path_factory.mktemp("mixed") / "lake"
    for path in reversed(paths):
        ingest([path], lake)
    return lake, rounded(read(paths).positions)


def test_traces_give_exactly_the_same(tmp_path: Path, airfields: Airfields) -> None:
    """readsb writes six places: nothing is rounded. Receipts included."""
    paths = [FLIGHT / "readsb_trace"]
    ingest(paths, tmp_path / "lake")
    files = answers(paths, TABLES, Options(keep_positions=False, airfields=airfields))
    lake = answers([], TABLES, Options(keep_positions=False, airfields=airfields, lake=tmp_path / "lake"))
    for name in TABLES:
        assert lake[name].frame.equals(files[name].frame), name
        assert lake[name].frame.height > 10
        used = files[name].frame["receipts"].explode().drop_nulls().unique()
        shown = ["receipt", "sha256", "bytes", "format", "positions"]
        wanted = files[name].receipts.filter(pl.col("receipt").is_in(used.to_list())).select(shown).sort("sha256")
        assert lake[name].receipts.select(shown).sort("sha256").equals(wanted)
    assert faults(tmp_path / "lake") == []


def test_all_tables_of_all_recordings(mixed: tuple[Path, pl.DataFrame], airfields: Airfields) -> None:
    path, rows = mixed
    options = Options(keep_positions=False, ruled_out=True, airfields=airfields)
    whole = answers(rows, TABLES, options)
    got = answers([], TABLES, Options(keep_positions=False, ruled_out=True, airfields=airfields, lake=path))
    for name in TABLES:
        assert got[name].frame.height > 50
        assert same(whole[name].frame, got[name].frame), difference(name, whole[name].frame, got[name].frame)
    assert faults(path) == []


def test_every_question_by_place_equals_the_whole_answer_filtered(
    mixed: tuple[Path, pl.DataFrame], airfields: Airfields
) -> None:
    path, _ = mixed
    options = Options(keep_positions=False, airfields=airfields, lake=path)

    def ask(**question: Any) -> pl.DataFrame:
        return answers([], ["visits"], options, **question)["visits"].frame

    whole = ask()
    rivals = whole.select("visit_id", "rivals").explode("rivals")
    codes = sorted({*whole["airfield"].drop_nulls(), *whole["rivals"].explode().drop_nulls()})
    assert len(codes) > 30
    for code in codes:
        got = ask(airfield=code)
        near = rivals.filter(pl.col("rivals") == code)["visit_id"].to_list()
        wanted = whole.filter((pl.col("airfield") == code) | pl.col("visit_id").is_in(near))
        assert ordered(got.drop("asked_as")).equals(ordered(wanted.drop("asked_as"))), code


def test_every_question_by_aircraft_equals_the_whole_answer_filtered(
    mixed: tuple[Path, pl.DataFrame], airfields: Airfields
) -> None:
    path, _ = mixed
    options = Options(keep_positions=False, airfields=airfields, lake=path)
    whole = answers([], ["visits"], options)["visits"].frame
    for column, asked in (("icao24", "icao24"), ("registration", "registration"), ("typecode", "typecode")):
        values = whole[column].drop_nulls().unique().sort()
        assert len(values) > 5
        for value in values[:: max(1, len(values) // 6)]:
            got = answers([], ["visits"], options, **{asked: value})["visits"].frame  # type: ignore[arg-type]
            wanted = whole.filter(pl.col(column) == value)
            assert ordered(got).equals(ordered(wanted)), (column, value)
    assert set(IDENTITY) <= set(whole.columns)
