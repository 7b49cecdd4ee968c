"""Large tables in parts."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from tests.sources.made import write
from wheelsdown.schema import POSITIONS
from wheelsdown.sources import read, read_in_parts


def table(aircraft: int, rows: int, **columns: pl.Expr) -> pl.DataFrame:
    frame = pl.DataFrame({"n": range(aircraft * rows)}).select(
        icao24=pl.format("e8{}", (pl.col("n") % aircraft).cast(pl.String).str.zfill(4)),
        time_utc=(1_700_000_000_000 + pl.col("n") * 1000).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"),
        latitude_deg=50.0 + pl.col("n") / 1000,
        longitude_deg=pl.lit(8.0),
        source=pl.lit("simulated"),
    )
    return POSITIONS.conform(frame.with_columns(**columns), fill=True)


def test_parts_put_together_are_the_whole(tmp_path: Path) -> None:
    table(30, 20).head(400).write_parquet(tmp_path / "a.parquet")
    table(30, 20).tail(300).write_parquet(tmp_path / "b.parquet")  # 100 rows are in both
    whole = read(tmp_path)
    parts = list(read_in_parts(tmp_path, rows_most=100))
    assert len(parts) == 7
    assert_frame_equal(pl.concat([p.positions for p in parts]), whole.positions)
    assert all(p.receipts.height == 2 for p in parts)
    seen = [a for p in parts for a in p.positions["icao24"].unique()]
    assert len(seen) == len(set(seen)) == 30


def test_what_cannot_be_cut_comes_whole(tmp_path: Path) -> None:
    table(30, 20, icao24=pl.col("icao24").str.to_uppercase()).write_parquet(tmp_path / "a.parquet")
    assert len(list(read_in_parts(tmp_path, rows_most=100))) == 1
    write(tmp_path / "b.csv", "nothing")
    (whole,) = read_in_parts(tmp_path, rows_most=100)
    assert whole.positions.height == 600
    assert whole.problems.height == 1
