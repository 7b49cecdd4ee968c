"""`ingest`: what is good goes in, what is not is told; neither order, copies nor portions show. All SIMULATED."""

from __future__ import annotations

import gzip
import itertools
import json
import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.lake.conftest import faults
from tests.lake.made import content, papers, save, staged, walk
from tests.sources.tars import DAY_S, name_of, release, tar, trace
from wheelsdown.cli import main
from wheelsdown.engines.local import Options, answers
from wheelsdown.errors import UsageError
from wheelsdown.lake import Lake
from wheelsdown.lake.ingesting import Ingested, ingest


def real_trace(folder: Path, address: str, **options: float) -> Path:
    """A trace as a host serves it; its rows say readsb, as no source marks a made trace."""
    path = folder / f"trace_full_{address}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(trace(address, **options))  # type: ignore[arg-type]
    return path


def taken(path: Path, *what: Path, **options: object) -> tuple[Lake, Ingested]:
    lake = Lake.open(path, create=True)
    return lake, ingest(lake, what, **options)  # type: ignore[arg-type]


def table(seed: int, rows: int = 80) -> pl.DataFrame:
    return walk(seed, rows, hours=30).with_columns(receipt=pl.lit(None, dtype=pl.String))


def test_files_in_any_order_and_portions(tmp_path: Path) -> None:
    files = [save(table(n), tmp_path / "in" / f"{n}.parquet") for n in range(3)]
    whole, _ = taken(tmp_path / "whole", tmp_path / "in")
    for n, order in enumerate(itertools.permutations(files)):
        lake, done = taken(tmp_path / f"{n}", *order[:1])
        assert done.files == 1
        taken(tmp_path / f"{n}", *order)
        assert content(lake) == content(whole)
        assert papers(lake) == papers(whole)
        assert len(papers(lake)) == 3
        _, again = taken(tmp_path / f"{n}", *order)
        assert (again.files, again.known, again.positions) == (0, 3, 0)
        if n == 2:
            assert faults(lake) == []
            break


def test_a_commit_after_each_file_gives_the_same(tmp_path: Path) -> None:
    for n in range(3):
        save(table(n), tmp_path / "in" / f"{n}.parquet")
    whole, _ = taken(tmp_path / "whole", tmp_path / "in")
    lake, _ = taken(tmp_path / "lake", tmp_path / "in", rows_a_commit=1)
    assert content(lake) == content(whole)
    assert papers(lake) == papers(whole)
    assert len(lake.chain().entries) > len(whole.chain().entries)


def test_a_positions_file_keeps_its_rows_and_gets_its_own_receipt(tmp_path: Path) -> None:
    rows = table(5)
    path = save(rows, tmp_path / "x.parquet")
    lake, done = taken(tmp_path / "lake", path)
    assert done.positions == rows.height
    have = pl.read_parquet(list(lake.layout.files("positions")), glob=False)
    (paper,) = lake.receipts().iter_rows(named=True)
    assert have["receipt"].unique().to_list() == [paper["receipt"]]
    assert paper["file"] == str(path)
    assert paper["positions"] == rows.height
    assert lake.about().kind == "SIMULATED"


def test_ugly_files_beside_good_ones(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    good = real_trace(folder, "d00001")
    (folder / "broken.json").write_bytes(b'{"icao": "d00002", "timestamp": 1.0, "trace": [[')
    (folder / "cut.json.gz").write_bytes(gzip.compress(b'{"icao": "d00003"' * 50)[:40])
    (folder / "empty.csv").write_bytes(b"")
    (folder / "thesis.doc").write_bytes(bytes(range(256)) * 9)
    (folder / "table.parquet").write_bytes(b"PAR1 nothing PAR1")
    (folder / "page.html").write_text("<html>403 Forbidden</html>")
    os.mkfifo(folder / "pipe")
    lake, done = taken(tmp_path / "lake", folder)
    assert done.positions == 3
    told = done.problem_rows()
    named = {Path(f).name for f in told["file"]}
    assert named >= {"broken.json", "cut.json.gz", "empty.csv", "thesis.doc", "table.parquet", "page.html"}
    assert told["reason"].null_count() == 0
    rows = pl.read_parquet(list(lake.layout.files("positions")), glob=False)
    assert rows["icao24"].unique().to_list() == ["d00001"]
    assert faults(lake) == []
    assert str(good) in lake.inputs().values()


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    _, done = taken(tmp_path / "lake", tmp_path / "pipe")
    assert "not a regular file" in done.problem_rows()["reason"][0]


def test_a_file_that_gave_nothing_may_be_read_with_a_mapping_later(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(
        "wer,wann,breite,laenge\nd00001,2023-09-01T06:00:00Z,29.9,34.9\nd00001,2023-09-01T06:01:00Z,29.8,34.9\n"
    )
    lake, done = taken(tmp_path / "lake", path)
    assert done.positions == 0
    assert done.problem_rows().height == 1
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        'source = "SIMULATED"\ntime = { column = "wann", format = "iso", zone = "UTC" }\n'
        '[columns]\nicao24 = "wer"\nlatitude_deg = "breite"\nlongitude_deg = "laenge"\n'
    )
    lake, done = taken(tmp_path / "lake", path, mapping=mapping)
    assert done.positions == 2, done.problem_rows().to_dicts()
    assert lake.days() == [date(2023, 9, 1)]


def test_copies_and_the_same_file_under_two_names(tmp_path: Path) -> None:
    one = real_trace(tmp_path / "a", "d00001")
    (tmp_path / "b").mkdir()
    copy = tmp_path / "b" / "another_name.json"
    copy.write_bytes(one.read_bytes())
    got = []
    for n, order in enumerate(((one, copy), (copy, one), (one, one), (one,))):
        lake, done = taken(tmp_path / f"lake{n}", *order)
        assert done.positions == 3
        got.append(content(lake))
        assert lake.receipts().height == 1
    assert got[0] == got[1] == got[2] == got[3]


def test_an_identity_file(tmp_path: Path) -> None:
    csv = tmp_path / "20230901_a.csv"
    csv.write_text(
        "time_utc,latitude_deg,longitude_deg,source\n2023-09-01T06:00:00Z,29.9,34.9,SIMULATED\n"
        "2023-09-01T06:01:00Z,29.8,34.9,SIMULATED\n"
    )
    who = tmp_path / "who.csv"
    who.write_text("file,registration,icao24,operator\n20230901_*.csv,SIM-1,d00007,Invented Air\nnothing.csv,SIM-2,,\n")
    lake, done = taken(tmp_path / "lake", csv, identity=who)
    rows = pl.read_parquet(list(lake.layout.files("positions")), glob=False)
    assert rows["icao24"].unique().to_list() == ["d00007"]
    assert lake.names().filter(pl.col("icao24") == "d00007")["registration"].to_list() == ["SIM-1"]
    assert done.problem_rows()["reason"].to_list() == ["matches no file that was read"]


def flight_files(folder: Path) -> tuple[list[Path], Path]:
    """Recordings that name no aircraft, and the list that does: two flights of each of two aircraft."""
    folder.mkdir(parents=True)
    tracks, lines = [], ["flight_id,aircraft_id,reg,equip,callsign,flight,schd_from,schd_to,real_to,reserved"]
    for n in range(4):
        path = folder / f"2023090{1 + n // 2}_{1000 + n}.csv"
        begin = 1_693_562_400 + n * 40_000
        text = ["snapshot_id,altitude,heading,latitude,longitude,radar_id,speed,squawk"]
        text += [f"{begin + i * 60},{3000 + i * 100},90,{29.9 + i / 50},34.9,1,300,1000" for i in range(8)]
        path.write_text("\n".join(text) + "\n")
        tracks.append(path)
        # listed in another order than the addresses have
        lines.append(f"{1000 + n},{0xD00009 - n % 2},SIM-{n % 2},B738,SIM{n},SM{n},TLV,ETM,ETM,NA")
    listed = folder / "20230901_flights.csv"
    listed.write_text("\n".join(lines) + "\n")
    return tracks, listed


def test_a_flight_list_before_or_after_its_tracks(tmp_path: Path) -> None:
    """Each recording gets its own aircraft, in whatever order the files come: as reading the files together does."""
    tracks, listed = flight_files(tmp_path / "in")
    options = Options(keep_positions=False)
    whole = answers([*tracks, listed], ["gaps", "legs", "visits"], options)
    wanted = {(t.stem.split("_")[1], f"d0000{9 - n % 2}") for n, t in enumerate(tracks)}
    got = []
    for n, order in enumerate(([[listed], tracks], [tracks, [listed]], [tracks[:2], [listed], tracks[2:]])):
        for portion in order:
            lake, done = taken(tmp_path / f"{n}", *portion)
            assert done.problem_rows().height == 0, done.problem_rows().to_dicts()
        said = lake.names().filter(pl.col("track_id").is_not_null())
        assert {
            (t.rsplit(":", 1)[-1].rsplit("_", 1)[-1], a) for t, a in said.select("track_id", "icao24").iter_rows()
        } == wanted
        asked = Options(keep_positions=False, lake=lake.path)
        found = answers([], ["gaps", "legs", "visits"], asked)
        for name, result in found.items():
            assert result.frame.equals(whole[name].frame), (n, name)
        legs = found["legs"].frame
        assert set(legs["icao24"]) == {"d00008", "d00009"}
        for address in ("d00008", "d00009"):
            one = answers([], ["legs"], asked, icao24=address)["legs"].frame
            assert one.height > 0
            assert one.equals(legs.filter(pl.col("icao24") == address))
        tail = answers([], ["legs"], asked, registration="SIM1")["legs"].frame
        assert tail.equals(legs.filter(pl.col("icao24") == "d00008"))
        got.append(content(lake))
    assert got[0] == got[1] == got[2]


def test_traces_and_the_release_that_holds_them_are_the_same_rows(tmp_path: Path) -> None:
    addresses = [f"d00{n:03x}" for n in range(0, 256, 8)]
    folder = tmp_path / "traces"
    for a in addresses:
        real_trace(folder, a)
    packed = tmp_path / "v2030.01.01-planes-readsb-prod-0.tar"
    packed.write_bytes(tar(release([], heatmaps=48)))
    _, done = taken(tmp_path / "alone", folder)
    assert done.positions == 3 * len(addresses)
    whole, done = taken(tmp_path / "whole", packed)
    assert done.positions == 3 * 256
    rows = pl.read_parquet(list(whole.layout.files("positions")), glob=False)
    assert rows["icao24"].n_unique() == 256
    said = whole.ledger().row(0, named=True)
    assert (said["what"], said["folders"], said["trace_files"], said["heatmaps"]) == ("*", 256, 256, 48)
    assert said["day"] == date(2030, 1, 1)
    both, _ = taken(tmp_path / "both", packed)
    taken(tmp_path / "both", folder)
    other, _ = taken(tmp_path / "other", folder)
    taken(tmp_path / "other", packed)
    assert content(both) == content(other)
    assert faults(both) == []
    assert name_of("d00001").startswith("./traces/01/")
    assert DAY_S > 0


def test_many_traces_do_not_wait_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces are handed on as soon as a batch of them is full, and counted for the next commit."""
    folder = tmp_path / "in"
    for n in range(12):
        real_trace(folder, f"d0000{n:x}", points=50)
    whole, _ = taken(tmp_path / "whole", folder)
    from wheelsdown.lake import ingesting
    from wheelsdown.sources.traces import Decoded, TraceBatch

    handed: list[int] = []

    class Small(TraceBatch):
        def __init__(self) -> None:
            super().__init__(100)

        def take(self) -> Decoded:
            found = super().take()
            handed.append(found.positions.height)
            return found

    monkeypatch.setattr(ingesting, "TraceBatch", Small)
    lake, done = taken(tmp_path / "lake", folder, rows_a_commit=250)
    assert done.positions == 600
    assert max(handed) <= 150
    assert sum(handed) == 600
    assert sum(e.body["did"] == "day" for e in lake.chain().entries) > 1
    assert content(lake) == content(whole)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        taken(tmp_path / "lake", tmp_path / "absent.csv")
    assert staged(tmp_path / "lake") == []


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(table(3), tmp_path / "in" / "x.parquet")
    (tmp_path / "in" / "bad.csv").write_text("a,b\n1,2\n")
    argv = ["ingest", str(tmp_path / "in"), "--lake", str(tmp_path / "lake"), "--problems", str(tmp_path / "p.json")]
    assert main(argv) == 0
    err = capsys.readouterr().err
    assert "80 positions" in err
    assert len(json.loads((tmp_path / "p.json").read_text())) == 1
    assert main(argv) == 0
    assert "in the lake already" in capsys.readouterr().err
    assert main(["ingest", str(tmp_path / "in" / "bad.csv"), "--lake", str(tmp_path / "other")]) == 1
