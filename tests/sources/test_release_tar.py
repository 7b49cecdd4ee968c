"""Daily releases: whole, split, damaged, with parts missing; through `read` and through `Release`."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import random

import polars as pl
import pytest

from tests.sources.made import read as read_one
from tests.sources.made import write
from tests.sources.tars import name_of, release, tar, trace
from wheelsdown.errors import SourceError, UsageError
from wheelsdown.provenance import Receipt
from wheelsdown.schema import POSITIONS
from wheelsdown.sources import load_all, read, reading
from wheelsdown.sources.day_quality import DayQuality
from wheelsdown.sources.interface import Report
from wheelsdown.sources.paths import grouped, split_part
from wheelsdown.sources.readsb_trace import ReadsbTrace
from wheelsdown.sources.release_tar import ReadsbRelease, Release, is_release, read_release

STEM = "v2030.01.01-planes-readsb-prod-0.tar"
few = [(name_of(a), trace(a)) for a in ("d00001", "d00102", "~d00203", "d00304")]
noise = random.Random(2).randbytes  # noqa: S311


def split(folder, data, *cuts, stem=STEM):
    """Write a tar in parts."""
    edges = [0, *cuts, len(data)]
    return [write(folder / f"{stem}.a{chr(97 + i)}", data[a:b]) for i, (a, b) in enumerate(itertools.pairwise(edges))]


def whole(parts, **more):
    report = Report("day.tar")
    day = Release(parts)
    decoded = list(day.frames(report=report, **more))
    return day, pl.concat([d.positions for d in decoded]), decoded, report


def told(report):
    return [p.reason for p in report.problems]


def test_a_whole_day_gives_the_rows_of_its_traces_each_with_its_receipt(tmp_path):
    made = release(["600866"], points=4)
    path = write(tmp_path / STEM, tar(made))
    day, positions, decoded, report = whole([path])
    assert positions.height == 256 * 4
    assert POSITIONS.conform(positions).equals(positions)
    assert told(report) == []
    assert day.quality.verdict() == ("received", None)
    assert (day.quality.folders, day.quality.trace_files, day.quality.heatmaps) == (256, 256, 48)
    assert day.quality.bytes == path.stat().st_size
    assert "48 heatmaps and 1 other file" in report.notes[0]
    one = dict(made)[name_of("600866")]
    (receipt,) = [r for d in decoded for r in d.receipts if r.file.endswith("600866.json")]
    assert receipt.file == f"{path}:./traces/66/trace_full_600866.json"
    assert receipt.sha256 == hashlib.sha256(one).hexdigest()
    assert (receipt.bytes, receipt.positions) == (len(one), 4)
    rows = positions.filter(pl.col("icao24") == "600866")
    assert rows["receipt"].unique().to_list() == [receipt.receipt]
    loose, _ = read_one(ReadsbTrace(), write(tmp_path / "trace_full_600866.json", one))
    same = ["time_utc", "latitude_deg", "longitude_deg", "altitude_ft", "on_ground", "callsign", "squawk"]
    assert rows.select(same).equals(POSITIONS.conform(loose.drop("row"), fill=True).select(same))
    assert rows["latitude_deg"].max() < 0
    assert rows["longitude_deg"].max() < 0


def test_only_the_wanted_traces_are_decoded_but_all_are_counted(tmp_path):
    path = write(tmp_path / "day.tar", tar(release(["600866"])))
    moved = []
    report = Report("day.tar")
    (decoded,) = read_release(
        [path], report=report, wanted=lambda n: "600866" in n, progress=lambda done, all_: moved.append((done, all_))
    )
    assert decoded.positions["icao24"].unique().to_list() == ["600866"]
    assert [r.file for r in decoded.receipts] == [f"{path}:{name_of('600866')}"]
    assert moved[-1] == (path.stat().st_size,) * 2


@pytest.mark.parametrize("cuts", [(1,), (512,), (700, 701), (2048, 3000), (3100,)])
def test_parts_are_one_stream_wherever_they_were_cut(tmp_path, cuts):
    data = tar(few)
    whole_rows = whole([write(tmp_path / "day.tar", data)])[1].drop("receipt")
    parts = split(tmp_path, data, *cuts)
    day, positions, decoded, report = whole(list(reversed(parts)))
    assert positions.drop("receipt").equals(whole_rows)
    assert not report.problems
    assert day.quality.end_reached
    assert sum(day.positions) == positions.height
    assert {r.file.split(":")[0] for d in decoded for r in d.receipts} == {str(tmp_path / STEM)}


def test_a_missing_part_is_named_and_the_rest_is_kept(tmp_path):
    made = [(f"./acas/{i}", noise(1500)) for i in range(4)] + few + [(f"./x{i}", noise(1500)) for i in range(4)]
    made = [m for pair in zip(made, [(name_of(f"d010{i:02d}"), trace(f"d010{i:02d}")) for i in range(12)], strict=True)
            for m in pair]  # fmt: skip
    data = tar(made)
    parts = split(tmp_path, data, 8000, 16000)
    got = {}
    for keep in ([0, 1, 2], [0, 2], [1, 2], [0], [1], [0, 1]):
        day, positions, _, report = whole([parts[i] for i in keep])
        got[tuple(keep)] = set(positions["icao24"].to_list())
        if keep == [0, 2]:
            assert f"missing before {STEM}.ac: {STEM}.ab" in told(report)
            assert any(r.startswith("cut off inside") and f"{STEM}.aa" in r for r in told(report))
            assert all(p.remedy for p in report.problems)
            assert day.quality.end_reached
        if keep == [1]:
            assert f"missing before {STEM}.ab: {STEM}.aa" in told(report)
        if 2 not in keep:
            assert "the end of the archive was not reached" in day.quality.verdict()[1]
    every = got[0, 1, 2]
    assert len(every) == 16
    assert all(got[k] < every for k in got if k != (0, 1, 2))
    assert len(got[0,] | got[1, 2]) >= len(every) - 1


def test_parts_of_two_days_do_not_join_and_that_is_told(tmp_path):
    made = [(name_of(f"d010{i:02d}"), trace(f"d010{i:02d}", points=9)) for i in range(20)]
    data = tar(made)
    parts = split(tmp_path, data[:9000] + data[9700:], 9000)
    day, positions, _, report = whole(parts)
    assert positions["icao24"].n_unique() >= 17
    assert any(f"{STEM}.ab does not join the part before it" in r for r in told(report))
    assert all("gzip" not in r for r in told(report)), "the member at the seam is left out, not half decoded"
    assert day.quality.verdict()[0] == "damaged"


def test_a_corrupt_trace_is_named_and_the_others_are_kept(tmp_path):
    bad = bytearray(trace("d00005"))
    bad[len(bad) // 2 :] = bytes(len(bad) - len(bad) // 2)
    made = [*few[:2], (name_of("d00005"), bytes(bad)), (name_of("d00006"), b"{}"), *few[2:]]
    path = write(tmp_path / "day.tar", tar(made))
    got = read(path)
    names = set(got.problems["file"])
    assert f"{path}:{name_of('d00005')}" in names
    assert f"{path}:{name_of('d00006')}" in names
    good = {"d00001", "d00102", "~d00203", "d00304"}
    assert good <= set(got.positions["icao24"]) <= good | {"d00005"}


def test_half_a_day_is_told(tmp_path):
    path = write(tmp_path / "day.tar", tar(release([], folders=122, heatmaps=47)))
    got = read(path)
    assert got.problems.filter(pl.col("reason").str.contains("not a whole day"))["reason"].to_list() == [
        "not a whole day: 122 of 256 folders of traces; 47 of 48 heatmaps"
    ]
    day, *_ = whole([path])
    assert day.quality.verdict() == ("damaged", "122 of 256 folders of traces; 47 of 48 heatmaps")


def test_the_gate_of_a_day():
    day = DayQuality(end_reached=True)
    for i in range(256):
        for n in range(3):
            day.saw(f"./traces/{i:02x}/trace_full_d0{n:02x}{i:02x}.json", 100)
        day.saw(f"./traces/{i:02x}/trace_full_d0ff{i:02x}.json", 0)
    for i in range(48):
        day.saw(f"./heatmap/{i:02d}.bin.ttf", 9)
    day.saw("./heatmap/48.bin.ttf", 9)
    day.saw("./README.txt", 9)
    assert (day.folders, day.trace_files, day.heatmaps) == (256, 768, 48)
    assert day.verdict() == ("received", None)
    assert day.verdict([800, 900, 700]) == ("received", None)
    assert day.verdict([2000, 2100, 10]) == ("damaged", "768 traces, days close by have 2000")
    for i in range(30):
        day.damaged(f"place {i}")
    status, why = day.verdict()
    assert status == "damaged"
    assert "place 0; " in why
    assert why.endswith("and 10 more places that could not be read")
    empty = DayQuality(end_reached=True)
    for i in range(256):
        empty.saw(f"./traces/{i:02x}/", 0)
    assert empty.verdict()[1].startswith("0 of 256 folders")


def test_read_joins_parts_and_keeps_the_receipts_of_traces(tmp_path):
    data = tar(few)
    parts = split(tmp_path, data, 1500)
    before = []
    got = read(tmp_path, progress=lambda name, i, n: before.append((name, i, n)))
    assert before == [(str(parts[0]), 1, 1)]
    assert got.positions.height == 12
    receipts = {r["file"]: r for r in got.receipts.to_dicts()}
    assert set(receipts) == {str(p) for p in parts} | {f"{tmp_path / STEM}:{n}" for n, _ in few}
    assert set(got.positions["receipt"]) <= set(got.receipts["receipt"])
    assert sum(receipts[str(p)]["positions"] for p in parts) == 12
    assert {receipts[str(p)]["format"] for p in parts} == {"readsb-release"}
    for p in parts:
        assert receipts[str(p)]["sha256"] == hashlib.sha256(p.read_bytes()).hexdigest()
    other = got.positions.filter(pl.col("icao24") == "~d00203")
    assert other["track_id"].null_count() == 0
    assert set(got.positions["source"]) == {"readsb"}


def test_a_lone_later_part_is_read_as_far_as_it_goes_and_told(tmp_path):
    made = [(name_of(f"d010{i:02d}"), trace(f"d010{i:02d}", points=9)) for i in range(20)]
    _, part = split(tmp_path, tar(made), 4321)
    got = read(part)
    assert got.positions["icao24"].n_unique() > 10
    assert got.problems["reason"].str.contains(f"{STEM}.aa", literal=True).any()


def test_a_trace_given_loose_and_in_the_tar_counts_once(tmp_path):
    write(tmp_path / "day.tar", tar(few))
    write(tmp_path / "trace_full_d00001.json", few[0][1])
    got = read(tmp_path)
    assert got.positions.height == 12
    assert any("merged" in n for n in got.notes)


def test_a_compressed_tar_names_the_remedy(tmp_path):
    path = write(tmp_path / "day.tar", gzip.compress(tar(few)))
    got = read(path)
    assert got.positions.height == 0
    assert got.problems["reason"].to_list() == ["a compressed tar: it cannot be read as a stream of members"]
    assert "gunzip" in got.problems["remedy"][0]
    with pytest.raises(SourceError, match="gunzip"):
        list(read_release([path], report=Report("day.tar")))


def test_a_tar_of_something_else_is_refused_with_a_remedy(tmp_path):
    path = write(tmp_path / "photos.tar", tar([("./cat.png", b"x")]))
    assert "unpack it" in read(path).problems["remedy"][0]


def test_more_than_fits_into_memory_stops_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "ARCHIVE_ROWS_MOST", 11)
    path = write(tmp_path / "day.tar", tar(few))
    with pytest.raises(UsageError, match=r"wheelsdown ingest .*day.tar --lake DIR"):
        read(path)
    write(tmp_path / "trace_full_d00001.json", few[0][1])
    assert read(tmp_path / "trace_full_d00001.json").positions.height == 3


def test_no_other_source_takes_a_release_for_its_own():
    head = tar(release([]))[: 1 << 16]
    assert [s.name for s in load_all() if s.detect(head, "day.tar")] == ["readsb-release"]
    assert is_release(tar([("./", None), ("./acas/acas.csv.gz", b"")]), "x.tar")
    assert is_release(tar([("./README.txt", b"")]), STEM)
    assert not is_release(tar([("./README.txt", b"")]), "x.tar")
    assert is_release(b"\x1f\x8b anything", f"{STEM}.ab")
    assert not ReadsbRelease().detect(b"", "x.tar")


def test_parts_are_told_by_their_ending(tmp_path):
    a, b, c = (tmp_path / f"x.tar.a{k}" for k in "abc")
    other, plain = tmp_path / "y.tar.aa", tmp_path / "x.tar"
    assert grouped([plain, a, c, b, other]) == [(plain,), (a, b, c), (other,)]
    assert grouped([a, tmp_path / "sub" / "x.tar.ab"]) == [(a,), (tmp_path / "sub" / "x.tar.ab",)]
    assert split_part(b) == ("x.tar", 1)
    assert split_part(tmp_path / "x.tar.bc") == ("x.tar", 28)
    assert split_part(plain) is None


def test_claims_of_the_traces_become_identities(tmp_path):
    known = json.loads(gzip.decompress(few[0][1]))
    del known["noRegData"]
    known |= {"r": "SIM-1", "t": "B752", "dbFlags": 0}
    data = gzip.compress(json.dumps(known).encode())
    got = read(write(tmp_path / "day.tar", tar([(name_of("d00001"), data)])))
    assert got.identities["registration"].to_list() == ["SIM-1"]


def test_hostile_members_are_never_decoded(tmp_path):
    path = write(tmp_path / "day.tar", tar([("/traces/01/trace_full_d00001.json", few[0][1]), *few[1:]]))
    got = read(path)
    assert "d00001" not in set(got.positions["icao24"])
    assert got.problems["reason"].str.contains("absolute path").any()
    assert isinstance(Receipt("a", "b", 1).receipt, str)
