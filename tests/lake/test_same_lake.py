"""The same rows give the same lake, byte for byte, however they come in."""

from __future__ import annotations

import multiprocessing
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.lake.conftest import faults
from tests.lake.made import INDEX, START, Piece, content, papers, pieces, put, receipt, staged, walk
from wheelsdown.lake import Lake
from wheelsdown.schema import POSITIONS
from wheelsdown.sources.once import each_once


def everything(lake: Lake) -> pl.DataFrame:
    frames = [pl.read_parquet(lake.layout.path("positions", d), glob=False) for d in lake.days()]
    return pl.concat(frames).select(pl.col(n).cast(t) for n, t in POSITIONS.schema.items())


@given(
    seed=st.integers(0, 10_000),
    cuts=st.lists(st.integers(0, 5), min_size=1, max_size=12),
    data=st.data(),
)
@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_any_order_twice_and_in_portions(seed: int, cuts: list[int], data: st.DataObject) -> None:
    rows = walk(seed, 200)
    twice = pl.concat([rows, rows.sample(40, seed=seed), rows.clear()])
    files = pieces(twice, cuts, walk(seed + 1, 60))
    order = [files[i] for i in data.draw(st.permutations(range(len(files))))]
    again = [files[i] for i in data.draw(st.lists(st.integers(0, len(files) - 1), max_size=3, unique=True))]
    ends = data.draw(st.lists(st.integers(0, len(order)), max_size=3).map(sorted))
    batches = [order[a:b] for a, b in zip([0, *ends], [*ends, len(order)], strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        whole = put(Path(folder) / "whole", [files])
        grown = put(Path(folder) / "grown", [*batches, again])
        assert content(whole) == content(grown)
        assert {k.split("/")[0] for k in content(whole)} == set(INDEX)
        assert papers(whole) == papers(grown)
        assert content(whole, ["receipts", "names"]) == content(grown, ["receipts", "names"])
        assert len(papers(whole)) == len(files)
        assert faults(whole) == faults(grown) == []
        assert whole.names().equals(grown.names())
        assert set(grown.names()["registration"]) == {c.registration for f in files for c in f.claims}
        assert grown.inputs() == {f.receipt.sha256: f.receipt.file for f in files}
        assert not staged(grown.path)


def test_what_goes_in_comes_out_once() -> None:
    rows = walk(5, 500)
    with tempfile.TemporaryDirectory() as folder:
        lake = put(Path(folder) / "lake", [[p] for p in pieces(pl.concat([rows, rows]), [2, 0, 1])])
        have = everything(lake)
        assert lake.days() == [date(2023, 8, 31) + timedelta(days=i) for i in range(4)][: len(lake.days())]
        assert len(lake.days()) >= 3
        key = ["icao24", "track_id", "time_utc", "source"]
        whole = rows.with_columns(pl.col("latitude_deg", "longitude_deg").round(6) + 0.0)
        wanted, _ = each_once(whole.with_columns(receipt=pl.lit(None, dtype=pl.String)))
        assert have.height == wanted.height
        assert (
            have.sort(*key, "latitude_deg", "longitude_deg")
            .select(key)
            .equals(wanted.sort(*key, "latitude_deg", "longitude_deg").select(key))
        )
        assert have["icao24"].null_count() > 0
        assert have["icao24"].drop_nulls().str.starts_with("~").any()
        assert have["source"].n_unique() == 2
        for day in lake.days():
            frame = pl.read_parquet(lake.layout.path("positions", day), glob=False)
            assert frame["time_utc"].dt.date().unique().to_list() == [day]


def test_a_day_is_made_again_with_one_more_aircraft(tmp_path: Path) -> None:
    rows = walk(7, 400)
    late = pl.col("icao24").eq_missing("d00002")
    first, second = rows.filter(~late), rows.filter(late)
    papers_of = [receipt("first", first.height), receipt("late", second.height)]
    some = [
        Piece(f.with_columns(receipt=pl.lit(p.receipt)), p, f.clear())
        for f, p in zip((first, second), papers_of, strict=True)
    ]
    grown, whole = put(tmp_path / "grown", [[some[0]], [some[1]]]), put(tmp_path / "whole", [some])
    assert content(grown) == content(whole)
    listed = pl.read_parquet(list(grown.layout.files("aircraft")), glob=False)
    assert "d00002" in listed["icao24"].to_list()
    assert faults(grown) == []


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    files = pieces(walk(9), [0, 1])
    lake = put(tmp_path / "lake", [files])
    before = {p: p.stat().st_mtime_ns for p in lake.path.rglob("*") if p.is_file() and not p.name.startswith(".")}
    with lake.batch() as batch:
        for p in files:
            batch.add(p.positions, receipts=[p.receipt], claims=p.claims)
        done = batch.commit(inputs=[p.receipt for p in files])
    assert not done.days
    assert done.unchanged == lake.days()
    assert before == {p: p.stat().st_mtime_ns for p in before}


def test_rows_of_one_file_that_come_in_two_portions_are_all_kept(tmp_path: Path) -> None:
    """A filter may take other aircraft out of the same file later; equal counts do not make the same rows."""
    rows = walk(11, 200).filter(pl.col("time_utc").dt.date() == date(2023, 9, 1))
    rows = rows.unique(["icao24", "track_id", "time_utc", "source", "latitude_deg", "longitude_deg"])
    paper = receipt("heatmap")
    rows = rows.with_columns(receipt=pl.lit(paper.receipt))
    half = rows.height // 2
    lake = Lake.open(tmp_path / "lake", create=True)
    for part in (rows[:half], rows[half : 2 * half]):
        with lake.batch() as batch:
            batch.add(part, receipts=[paper])
            batch.commit()
    assert everything(lake).height == 2 * half


def test_an_empty_batch_and_frames_without_rows(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    with lake.batch() as batch:
        batch.add(POSITIONS.empty(), receipts=[receipt("empty")])
        batch.commit(inputs=[receipt("empty")])
    assert lake.days() == []
    assert lake.receipts()["file"].to_list() == ["made/empty"]
    assert lake.about().kind is None
    assert faults(lake) == []


def test_leaving_a_batch_without_commit_changes_nothing(tmp_path: Path) -> None:
    lake = put(tmp_path / "lake", [pieces(walk(1), [0])])
    before = {p: p.read_bytes() for p in lake.path.rglob("*") if p.is_file()}
    with lake.batch() as batch:
        batch.add(walk(2))
    assert {p: p.read_bytes() for p in lake.path.rglob("*") if p.is_file()} == before
    assert not staged(lake.path)


def test_small_pieces_in_memory_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where runs are spilled and how much is merged at a time must not show."""
    files = pieces(walk(21, 3_000, hours=20), [0, 1, 2])
    whole = put(tmp_path / "whole", [files])
    monkeypatch.setattr("wheelsdown.lake.runs._BATCH_ROWS", 64)
    monkeypatch.setattr("wheelsdown.lake.building.PIECE_ROWS", 100)
    for function in ("build_positions",):
        monkeypatch.setattr(f"wheelsdown.lake.building.{function}.__kwdefaults__", {"piece_rows": 100}, raising=True)
    monkeypatch.setattr("wheelsdown.lake.runs.Runs.__init__.__kwdefaults__", {"day": "time_utc", "flush_rows": 150})
    grown = put(tmp_path / "grown", [[f] for f in reversed(files)])
    assert content(whole) == content(grown)


def _ingest(path: str, seed: int, cuts: list[int], wanted: list[int], gate: object) -> None:
    files = pieces(walk(seed), cuts)
    gate.wait()  # type: ignore[attr-defined]
    put(Path(path), [[files[n]] for n in wanted])


def test_two_processes_at_once(tmp_path: Path) -> None:
    cuts = [0, 1, 2, 3, 4, 5]
    files = pieces(walk(33), cuts)
    whole = put(tmp_path / "whole", [[f] for f in files])
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(2)
    both = [
        context.Process(target=_ingest, args=(str(tmp_path / "both"), 33, cuts, wanted, gate))
        for wanted in ([0, 1, 2, 3], [5, 4, 3, 2])
    ]
    for p in both:
        p.start()
    for p in both:
        p.join(60)
    assert [p.exitcode for p in both] == [0, 0]
    lake = Lake.open(tmp_path / "both")
    assert content(lake) == content(whole)
    assert papers(lake) == papers(whole)
    chain = lake.chain()
    assert not chain.faults
    assert [e.number for e in chain.entries] == list(range(1, len(chain.entries) + 1))
    assert faults(lake) == []
    assert not staged(lake.path)


def test_batches_that_begin_while_others_sweep(tmp_path: Path) -> None:
    """A new staging folder must not fall to the broom of a process that commits just then."""
    context = multiprocessing.get_context("spawn")
    Lake.open(tmp_path / "lake", create=True)
    gate = context.Barrier(2)
    both = [context.Process(target=_begin_and_sweep, args=(str(tmp_path / "lake"), n, gate)) for n in (0, 1)]
    for p in both:
        p.start()
    for p in both:
        p.join(60)
    assert [p.exitcode for p in both] == [0, 0]
    assert not staged(tmp_path / "lake")


def _begin_and_sweep(path: str, who: int, gate: object) -> None:
    lake = Lake.open(path)
    gate.wait()  # type: ignore[attr-defined]
    for _ in range(300):
        if who:
            lake.tidy()
        else:
            with lake.batch() as batch:
                assert batch.folder.is_dir()


def test_many_days_stay_apart(tmp_path: Path) -> None:
    """A row at midnight belongs to the new day; the last millisecond to the old one."""
    base = walk(2, 4)[:2].with_columns(
        time_utc=pl.Series(
            [START.replace(hour=0) + timedelta(days=1), START.replace(hour=0) + timedelta(days=1, milliseconds=-1)]
        ).cast(POSITIONS.schema["time_utc"])
    )
    lake = put(tmp_path / "lake", [[Piece(base, receipt("x"), base.clear())]])
    assert lake.days() == [date(2023, 8, 31), date(2023, 9, 1)]
    counts = [pl.read_parquet(lake.layout.path("positions", d), glob=False).height for d in lake.days()]
    assert counts == [1, 1]


def test_order_of_merging_does_not_choose_between_rows(tmp_path: Path) -> None:
    """Rows of one moment and place, each with other holes: the same one stays, whichever came first."""
    base = walk(3, 1).with_columns(receipt=pl.lit(None, dtype=pl.String))
    rng = np.random.default_rng(1)
    variants = [
        base.with_columns(
            squawk=pl.lit(None if rng.random() < 0.5 else "1000", dtype=pl.String),
            nic=pl.lit(None if rng.random() < 0.5 else int(rng.integers(0, 9)), dtype=pl.Int32),
            altitude_ft=pl.lit(float(rng.integers(0, 3)), dtype=pl.Float32),
            latitude_deg=pl.lit(float(rng.choice([0.0, -0.0, 4e-7, -4e-7]))),
        )
        for _ in range(12)
    ]
    got = []
    for n, order in enumerate((range(12), reversed(range(12)), rng.permutation(12))):
        lake = put(tmp_path / f"{n}", [[Piece(variants[i], receipt(f"{i}"), base.clear())] for i in order])
        got.append(content(lake))
        assert everything(lake).height == 1
    assert got[0] == got[1] == got[2]
