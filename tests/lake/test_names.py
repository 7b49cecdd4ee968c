"""A flight list's aircraft stay with their own recordings: in a lake as in files."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.lake.made import receipt
from wheelsdown.engines.local import Options, answers
from wheelsdown.lake import Lake
from wheelsdown.lake.ingesting import ingest
from wheelsdown.schema import POSITIONS
from wheelsdown.sources.interface import Claim

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "data" / "flight"
PAIRS = [("SIM-Z", "d00001", "fr24:9"), ("SIM-A", "d00002", "fr24:1"), ("SIM-M", "d00003", "fr24:5")]


def test_names_stay_with_their_recordings(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    claims = [
        Claim("made list", icao24=address, registration=tail, as_of="2023-09-02", track_id=track)
        for tail, address, track in PAIRS
    ]
    with lake.batch() as batch:
        batch.add(POSITIONS.empty(), receipts=[receipt("list")], claims=claims)
        batch.commit()
    found = lake.names().select("registration", "icao24", "track_id")
    assert sorted(found.rows()) == sorted(PAIRS)


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no recordings in ../shared")
@pytest.mark.parametrize("folder", ["fr24_history", "readsb_trace", "adsbx_csv", "fr24_json"])
def test_a_lake_gives_the_visits_that_the_files_give(tmp_path: Path, folder: str) -> None:
    ingest(Lake.open(tmp_path / "lake", create=True), RECORDINGS / folder)
    of_files = answers(RECORDINGS / folder, ["visits"])["visits"].frame
    of_lake = answers([], ["visits"], Options(lake=tmp_path / "lake"))["visits"].frame
    assert of_files.height > 0
    same = ["visit_id", "icao24", "registration", "airfield", "grade", "origin", "next_stop", "receipts"]
    assert of_lake.select(same).equals(of_files.select(same))
    for column in ("arrived_utc", "departed_utc"):
        apart = (of_lake[column] - of_files[column]).dt.total_milliseconds().abs().max()
        assert apart is None or apart <= 2
    assert of_lake.select(pl.col("latitude_deg") - of_files["latitude_deg"]).to_series().abs().max() < 1e-6


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no recordings in ../shared")
@pytest.mark.parametrize(
    "asked",
    [
        {"registration": "RA-89023"},
        {"icao24": "155bbf"},
        {"operator": "AFL"},
        {"typecode": "SU95"},
        {"airfield": "UUEE", "operator": "AFL"},
        {"airfield": "UUEE", "registration": "RA-89023"},
        {"airfield": "UUEE", "operator": "AFL", "typecode": "SU95"},
    ],
    ids=str,
)
def test_recordings_without_an_address_are_found_by_name(listed: Path, asked: dict[str, str]) -> None:
    """Their call sign, and a flight list, say whose they are."""
    of_files = answers(RECORDINGS / "fr24_history", ["visits"], **asked)["visits"].frame  # type: ignore[arg-type]
    of_lake = answers([], ["visits"], Options(lake=listed), **asked)["visits"].frame  # type: ignore[arg-type]
    assert of_files.height in (1, 2)
    assert of_lake["visit_id"].to_list() == of_files["visit_id"].to_list()


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("listed") / "lake"
    ingest(Lake.open(path, create=True), RECORDINGS / "fr24_history")
    return path
