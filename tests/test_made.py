"""SIMULATED positions: marked as such, in order, the same from the same seed, and plausible."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bench import accuracy, made
from wheelsdown.geo import distance_km
from wheelsdown.schema import POSITIONS


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    path = tmp_path_factory.mktemp("made") / "SIMULATED.parquet"
    made.write(path, *accuracy.reference(), 50_000)
    return pl.read_parquet(path)


def test_it_is_positions_and_says_simulated(frame: pl.DataFrame) -> None:
    assert POSITIONS.conform(frame).height == 50_000
    assert frame["source"].str.starts_with("SIMULATED").all()
    assert frame["callsign"].str.starts_with("SIM").all()
    assert frame["icao24"].str.contains("^d[0-9a-f]{5}$").all()


def test_sorted_by_aircraft_then_time_without_repeats(frame: pl.DataFrame) -> None:
    assert frame["icao24"].is_sorted()
    step = frame.select(pl.col("time_utc").diff().over("icao24")).to_series().drop_nulls()
    assert (step > pl.Series([0]).cast(pl.Duration("ms"))[0]).all()


def test_the_same_seed_gives_the_same_rows(frame: pl.DataFrame) -> None:
    fields = accuracy.reference()
    again = pl.concat(list(made.frames(*fields, 50_000)))
    assert again.equals(frame)
    assert not next(made.frames(*fields, 1000, seed=2)).equals(frame[:1000])


def test_nothing_flies_too_fast(frame: pl.DataFrame) -> None:
    pair = frame.with_columns(
        *(pl.col(c).shift(1).over("icao24").alias(f"{c}_before") for c in ("latitude_deg", "longitude_deg")),
        pl.col("time_utc").diff().over("icao24").dt.total_milliseconds().alias("ms"),
    ).drop_nulls("ms")
    columns = ("latitude_deg", "longitude_deg", "latitude_deg_before", "longitude_deg_before")
    kt = distance_km(*(pair[c].to_numpy() for c in columns)) / 1.852 / (pair["ms"].to_numpy() / 3.6e6)
    assert np.quantile(kt, 0.999) < 500


def test_it_starts_and_ends_at_real_runways(frame: pl.DataFrame) -> None:
    airfields, _ = accuracy.reference()
    ground = frame.filter("on_ground")[::50]
    lat, lon = airfields["latitude_deg"].to_numpy(), airfields["longitude_deg"].to_numpy()
    for row in ground.iter_rows(named=True):
        assert distance_km(row["latitude_deg"], row["longitude_deg"], lat, lon).min() < 6


def test_memory_is_bounded_by_row_groups(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    path = tmp_path / "SIMULATED.parquet"
    made.write(path, *accuracy.reference(), 450_000)
    with pq.ParquetFile(path) as file:
        assert file.metadata.num_rows == 450_000
        groups = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
    assert max(groups) <= made.ROW_GROUP


def test_needs_runways() -> None:
    airfields, runways = accuracy.reference()
    with pytest.raises(ValueError, match="at least two airports"):
        next(made.frames(airfields, runways.clear(), 10))
