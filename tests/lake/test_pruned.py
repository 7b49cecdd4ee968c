"""Only what is asked for is read, and all of it; packed footers change nothing but the bytes read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from bench.year import fill
from wheelsdown.errors import LakeError
from wheelsdown.lake import Lake, footers
from wheelsdown.lake.coding import GroupedWriter
from wheelsdown.lake.footers import kept_as, metadata
from wheelsdown.lake.layout import Layout
from wheelsdown.lake.pruned import Wanted, read_all
from wheelsdown.lake.verifying import verify
from wheelsdown.schema import NEAR, POSITIONS

DAY = date(2030, 1, 1)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    path = tmp_path_factory.mktemp("made") / "lake"
    assert fill(path, rows=60_000, days=2, aircraft=60) > 50_000
    return Lake.open(path)


def _plain(lake: Lake, what: str, of: object) -> pl.DataFrame:
    frame = pl.read_parquet(lake.layout.path(what, DAY), glob=False)
    return frame.select(pl.col(n).cast(t) for n, t in of.schema.items())  # type: ignore[attr-defined]


def test_all_and_only_the_rows_asked_for(lake: Lake) -> None:
    path, whole = lake.layout.path("positions", DAY), _plain(lake, "positions", POSITIONS)
    assert metadata(lake.layout, path).num_row_groups > 3
    addresses = whole["icao24"].unique().sort()
    for some in (addresses[:1], addresses[-1:], addresses[3:5], addresses, addresses[:0]):
        found = read_all(lake.layout, [(path, Wanted("icao24", some.to_list()))], POSITIONS)
        assert found.equals(whole.filter(pl.col("icao24").is_in(some.to_list())))
    assert not read_all(lake.layout, [(path, Wanted("icao24", ["d0ffff", "000000"]))], POSITIONS).height
    assert read_all(lake.layout, [], POSITIONS).schema == POSITIONS.schema


def test_places_of_several_days_and_some_columns(lake: Lake) -> None:
    near = _plain(lake, "near", NEAR)
    cells = near["place_cell"].unique().sort()[::7].to_list()
    other = lake.layout.path("near", date(2030, 1, 2))
    names = ["place_cell", "icao24", "latitude_deg"]
    asked = [(lake.layout.path("near", DAY), Wanted("place_cell", cells)), (other, Wanted("place_cell", cells[:1]))]
    found = read_all(lake.layout, asked, NEAR, names)
    second = pl.read_parquet(other, glob=False).filter(pl.col("place_cell") == cells[0]).height
    assert found.columns == names
    assert found.height == near.filter(pl.col("place_cell").is_in(cells)).height + second


def test_rows_without_an_address(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    rows = 20_000
    frame = POSITIONS.conform(
        pl.DataFrame(
            {
                "icao24": [None] * 9_000 + ["d00001"] * 9_000 + ["d00002"] * 2_000,
                "track_id": ["SIM1"] * 9_000 + [None] * 11_000,
                "time_utc": pl.Series(range(rows)).cast(pl.Datetime("ms", "UTC")),
                "latitude_deg": [1.5] * rows,
                "longitude_deg": [-2.25] * rows,
                "source": ["SIMULATED"] * rows,
            }
        ),
        fill=True,
    )
    with GroupedWriter(path := tmp_path / "day.parquet", POSITIONS) as file:
        file.add(frame)
    for values, without in (([], True), (["d00001"], True), (["d00002"], False), ([], False)):
        found = read_all(layout, [(path, Wanted("icao24", values, without=without))], POSITIONS)
        kept = pl.col("icao24").is_in(values) | (pl.col("icao24").is_null() & without)
        assert found.equals(frame.filter(kept.fill_null(value=without)))


def test_few_bytes_are_read(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lake.layout.path("positions", DAY)
    monkeypatch.setattr(footers, "own_footer", lambda _: pytest.fail("the footer was kept when the day was committed"))
    meta = metadata(lake.layout, path)
    assert kept_as(lake.layout, path).stat().st_size < meta.serialized_size / 3


def test_a_kept_footer_of_another_file_is_not_believed(lake: Lake, tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    frame = _plain(lake, "positions", POSITIONS)
    path = tmp_path / "day.parquet"
    for rows in (30_000, 10_000):
        with GroupedWriter(new := tmp_path / "new", POSITIONS) as file:
            file.add(frame.head(rows))
        new.replace(path)
        assert metadata(layout, path).num_rows == min(rows, frame.height)
    kept = kept_as(layout, path)
    kept.write_bytes(kept.read_bytes()[:-5])
    assert metadata(layout, path).num_rows == 10_000


def test_where_no_footer_can_be_kept_it_is_read(lake: Lake, tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    (tmp_path / ".cache").write_text("in the way")
    with GroupedWriter(path := tmp_path / "day.parquet", POSITIONS) as file:
        file.add(_plain(lake, "positions", POSITIONS).head(100))
    assert metadata(layout, path).num_rows == 100


def test_damage_is_named(tmp_path: Path) -> None:
    path = tmp_path / "day.parquet"
    for data in (b"", b"PAR1", b"PAR1" + bytes(40), b"x" * 100 + b"\xff\xff\xff\x7fPAR1"):
        path.write_bytes(data)
        with pytest.raises(LakeError, match=r"day\.parquet"):
            metadata(Layout(tmp_path), path)


def test_verify_tells_a_false_footer(lake: Lake) -> None:
    first, second = (lake.layout.path("positions", d) for d in lake.days()[:2])
    kept = kept_as(lake.layout, first)
    before = kept.read_bytes()
    other = footers.own_footer(second)
    try:
        footers._pack(kept, other, footers._mark(first))
        found = verify(lake.path).filter(pl.col("finding") != "good")
        assert found["file"].to_list() == [f".cache/footers/positions/2030/{DAY}.zst"]
    finally:
        kept.write_bytes(before)
    assert verify(lake.path)["finding"].unique().to_list() == ["good"]
