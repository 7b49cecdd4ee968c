"""What `import wheelsdown` offers: the tables of the verbs, from frames and from a lake. All data are SIMULATED."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import wheelsdown as wd
from tests.small_lake import FIELD, runway, visit
from wheelsdown.engines.lakes import ingest
from wheelsdown.lake import Lake
from wheelsdown.schema import AGREED, AGREEMENT, CADENCE, COUNTS, INTEGRITY, OBSERVABILITY

FIRST = datetime(2023, 9, 2, 12, tzinfo=UTC)
WINDOW = {"since": "2023-09-01", "until": "2023-09-06"}


@pytest.fixture(scope="module")
def positions() -> pl.DataFrame:
    """Three stays, a day apart."""
    way = runway()
    return pl.concat([visit("d00001", FIRST + timedelta(days=d), way) for d in range(3)])


@pytest.fixture(scope="module")
def lake(positions: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offered")
    path = folder / "SIMULATED.parquet"
    positions.drop("receipt").write_parquet(path)
    ingest([path], folder / "lake")
    return folder / "lake"


def test_every_public_name_is_there() -> None:
    for name in wd.__all__:
        assert getattr(wd, name) is not None
    assert dir(wd) == sorted(wd.__all__)


def test_the_first_import_loads_no_table_library() -> None:
    code = "import sys, wheelsdown; sys.exit('polars' in sys.modules or 'numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_counts_rhythm_and_days_of_a_frame(positions: pl.DataFrame) -> None:
    counted = wd.count(positions, airfield=FIELD, selection="all", by="day", **WINDOW)
    assert COUNTS.conform(counted).height == counted.height
    assert counted["at_least"].sum() == 3
    rhythm = wd.cadence(positions, airfield=FIELD, selection="all", exposure_days=6, **WINDOW)
    assert CADENCE.conform(rhythm)["visits"].to_list() == [3]
    days = wd.observability(positions, airfield=FIELD, icao24="d00001", **WINDOW)
    assert OBSERVABILITY.conform(days).height == 6
    assert set(days["status"]) == {"unknown"}  # there is no other traffic
    assert INTEGRITY.conform(wd.integrity(positions)).is_empty()


def test_two_sources(positions: pl.DataFrame) -> None:
    both, each = wd.agree(positions, wd.visits(positions).head(2), names=("tracks", "list"), airfield=FIELD, **WINDOW)
    assert AGREED.conform(both).select("both", "first_only", "second_only").row(0) == (2, 1, 0)
    assert AGREEMENT.conform(each)["kind"].sort().to_list() == ["both", "both", "first_only"]


def test_a_lake_gives_what_its_positions_give(positions: pl.DataFrame, lake: Path) -> None:
    assert Lake.open(lake).simulated
    columns = ["airfield", "at_least", "likely", "possible", "at_edge"]
    of_frame = wd.count(positions, airfield=FIELD, **WINDOW).select(columns)
    assert wd.count(lake=lake, airfield=FIELD, **WINDOW).select(columns).equals(of_frame)
    with_options = wd.count(options=wd.Options(lake=lake), airfield=FIELD, **WINDOW)
    assert with_options.select(columns).equals(of_frame)
    rhythm = wd.cadence(lake=lake, airfield=FIELD, selection="all", exposure_days=6, **WINDOW)
    assert rhythm["visits"].to_list() == [3]
    # without other traffic the lake knows of no day that it was observed
    unknown = wd.cadence(lake=lake, airfield=FIELD, selection="all", **WINDOW).row(0, named=True)
    assert unknown["rate_per_day"] is None
    assert "at least three landed" in unknown["sentence"]
    assert "Three of these came on days not known to have been observed" in unknown["sentence"]
    assert wd.observability(lake=lake, airfield=FIELD, **WINDOW).height == 6
    both, _ = wd.agree(positions, lake=lake, airfield=FIELD, **WINDOW)
    assert both["both"].to_list() == [3]
