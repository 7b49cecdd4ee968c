"""Only what is asked for is read, and all of it; packed footers change nothing but the bytes read."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.year import fill
from wheelsdown.errors import LakeError
from wheelsdown.lake import Lake, footers
from wheelsdown.lake.coding import GroupedWriter
from wheelsdown.lake.footers import footer, kept_as
from wheelsdown.lake.layout import Layout
from wheelsdown.lake.pruned import Wanted, read_all
from wheelsdown.lake.thrift import joined, split
from wheelsdown.lake.verifying import verify
from wheelsdown.schema import NEAR, POSITIONS

DAY = date(2030, 1, 1)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    path = tmp_path_factory.mktemp("made") / "lake"
    assert fill(path, rows=60_000, days=2, aircraft=60)[0] > 50_000
    return Lake.open(path)


def _plain(lake: Lake, what: str, of: object) -> pl.DataFrame:
    frame = pl.read_parquet(lake.layout.path(what, DAY), glob=False)
    return frame.select(pl.col(n).cast(t) for n, t in of.schema.items())  # type: ignore[attr-defined]


def test_all_and_only_the_rows_asked_for(lake: Lake) -> None:
    path, whole = lake.layout.path("positions", DAY), _plain(lake, "positions", POSITIONS)
    assert footer(lake.layout, path, "icao24").groups > 3
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
    own = len(footers.own_footer(path))
    monkeypatch.setattr(footers, "own_footer", lambda _: pytest.fail("the footer was kept when the day was committed"))
    found = footer(lake.layout, path, "icao24")
    assert kept_as(lake.layout, path).stat().st_size < own / 2
    assert found.metadata([1]).serialized_size < own / 2
    assert found.metadata([1]).num_row_groups == 1


def _written(path: Path, frame: pl.DataFrame) -> Path:
    with GroupedWriter(new := path.with_name("new"), POSITIONS) as file:
        file.add(frame)
    new.replace(path)
    return path


def _rows(layout: Layout, path: Path) -> int:
    found = footer(layout, path, "icao24")
    return sum(found.metadata([g]).row_group(0).num_rows for g in range(found.groups))


def test_a_kept_footer_of_another_file_is_not_believed(lake: Lake, tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    frame = _plain(lake, "positions", POSITIONS)
    path = tmp_path / "day.parquet"
    for rows in (20_000, 10_000):
        _written(path, frame.head(rows))
        assert _rows(layout, path) == rows
    kept = kept_as(layout, path)
    whole = kept.read_bytes()
    for damaged in (b"", whole[:20], whole[:60], b"wdf0" + whole[4:], whole[:44] + bytes(40) + whole[84:]):
        kept.write_bytes(damaged)
        assert _rows(layout, path) == 10_000
        assert kept.read_bytes() == whole
    kept.write_bytes(whole[:-300])
    with pytest.raises(LakeError, match="packed footer"):
        _rows(layout, path)


def test_where_no_footer_can_be_kept_it_is_read(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / ".cache").write_text("in the way")
    path = _written(tmp_path / "day.parquet", _plain(lake, "positions", POSITIONS).head(100))
    assert _rows(Layout(tmp_path), path) == 100


def test_damage_is_named(tmp_path: Path) -> None:
    path = tmp_path / "day.parquet"
    for data in (
        b"",
        b"PAR1",
        b"PAR1" + bytes(40),
        b"x" * 100 + b"\xff\xff\xff\x7fPAR1",
        b"x" * 100 + b"\x20\0\0\0PAR1",
    ):
        path.write_bytes(data)
        with pytest.raises(LakeError, match=r"day\.parquet"):
            footer(Layout(tmp_path), path, "icao24")


def test_verify_tells_a_false_footer(lake: Lake) -> None:
    first, second = (lake.layout.path("positions", d) for d in lake.days()[:2])
    kept = kept_as(lake.layout, first)
    before = kept.read_bytes()
    try:
        footers._keep(kept, footers._mark(first), *footers._packed(second, "icao24"))
        found = verify(lake.path).filter(pl.col("finding") != "good")
        assert found["file"].to_list() == [f".cache/footers/positions/2030/{DAY}.footer"]
    finally:
        kept.write_bytes(before)
    assert verify(lake.path)["finding"].unique().to_list() == ["good"]


def test_a_footer_taken_apart_is_the_same_put_together(lake: Lake) -> None:
    for what in ("positions", "near"):
        whole = footers.own_footer(lake.layout.path(what, DAY))[:-8]
        parts = split(whole)
        assert joined(parts, parts.groups) == whole
        assert len(parts.groups) > 3
        many = joined(parts, parts.groups * 40)
        assert split(many).groups == parts.groups * 40


@given(st.binary(max_size=300))
def test_what_is_no_footer_is_refused(data: bytes) -> None:
    try:
        parts = split(data)
    except ValueError:
        return
    assert len(parts.head) + len(parts.tail) + sum(map(len, parts.groups)) < len(data)


@given(st.data())
def test_a_footer_with_other_bytes_ends(lake: Lake, data: st.DataObject) -> None:
    whole = bytearray(footers.own_footer(lake.layout.path("near", DAY))[:-8])
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ValueError):
        parts = split(bytes(whole))
        assert len(parts.groups) <= len(whole)
