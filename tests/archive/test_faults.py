"""What goes wrong between here and a host: asked again, resumed, told, never lost and never taken for an answer."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.archive import made
from tests.archive.conftest import QUICK, content, run, same, statuses
from tests.archive.made import DayKind, days_between, flies
from tests.archive.server import FLEET, Scenario
from wheelsdown.archive.asking import Asker, TooLargeError, UnavailableError, WholeBodyError
from wheelsdown.archive.hosts import check_url
from wheelsdown.archive.streaming import PartStream
from wheelsdown.errors import UsageError
from wheelsdown.lake import Lake
from wheelsdown.lake.verifying import verify

SMALL = DayKind(fill=3, filler_bytes=1500)
DAYS = days_between(date(2023, 9, 1), date(2023, 9, 2))


def small(**changes):
    return Scenario(**{"days": DAYS, "kind": SMALL, "split": 1_500_000, **changes})


def refused(status, times=1, **headers):
    return [("status", status, headers)] * times


@pytest.mark.parametrize("way", ["traces", "ranges", "stream"])
def test_refusals_that_pass_change_nothing(serve, tmp_path, way):
    run(serve(small()), tmp_path / "quiet", way=way)
    faults = {
        r"trace_full_600866|\.tar\.aa": [
            *refused(429, **{"Retry-After": "0"}), *refused(403), ("cut", 700, {}), *refused(503),
        ],
        r"heatmap/1[23]|\.tar\.ab": [*refused(500), *refused(429, **{"X-Rate-Limit-Retry-After-Seconds": "0"})],
        r"PREFERRED": refused(502),
    }  # fmt: skip
    server = serve(small(faults=faults))
    result, told = run(server, tmp_path / "stormy", way=way, patience=replace(QUICK, attempts=6))
    assert not result.failed
    assert not any(any(f) for f in faults.values() if way != "traces")
    assert told.said("asking again")
    same(content(tmp_path / "quiet"), content(tmp_path / "stormy"))


def test_a_host_is_left_in_peace_for_as_long_as_it_asks(serve):
    server = serve(small(faults={"heatmap": refused(429, **{"Retry-After": "1"})}))
    with Asker("host", patience=QUICK) as asker:
        begun = time.monotonic()
        url = f"{server.url}/globe_history/2023/09/01/heatmap/00.bin.ttf"
        assert asker.get(url, most_bytes=1 << 20).data == made.heatmap(DAYS[0], 0)
        assert time.monotonic() - begun >= 1.0
    server.scenario.faults["heatmap"] = refused(429, 9, **{"Retry-After": "3600"})
    with Asker("host", patience=QUICK) as asker, pytest.raises(UnavailableError, match="asks to wait 3600 s"):
        asker.get(url, most_bytes=1 << 20)
    assert len(server.scenario.faults["heatmap"]) == 8


def test_what_keeps_failing_is_failed_and_the_next_run_asks_again(serve, tmp_path):
    address = next(a for a in FLEET if flies(a, DAYS[0]))
    server = serve(small(faults={f"2023/09/01.*trace_full_{address}": refused(503, 4)}))
    result, _ = run(server, tmp_path / "lake", way="traces")
    assert result.failed
    assert statuses(result)["2023-09-01", address] == "failed"
    again, _ = run(server, tmp_path / "lake", way="traces")
    assert statuses(again)["2023-09-01", address] == "received"
    assert {w for _, w in statuses(again)} == {address, "traffic"}
    straight = serve(small())
    run(straight, tmp_path / "straight", way="traces")
    same(content(tmp_path / "lake"), content(tmp_path / "straight"))


def test_a_source_that_keeps_refusing_is_left_alone(serve, tmp_path):
    server = serve(small(faults={"globe_history/2023": refused(403, 10_000)}))
    result, _ = run(server, tmp_path / "lake", host="adsb.fi", base_url=[f"adsb.fi={server.url}"])
    assert result.failed
    assert result.ledger["reason"].str.contains("left alone").any()
    assert server.stats.requests <= 4 * QUICK.attempts
    assert "empty" not in set(result.ledger["status"])
    assert "received" not in set(result.ledger["status"])


def test_a_day_that_traces_do_not_have_is_taken_from_its_release(serve, tmp_path):
    server = serve(small(traces=False))
    result, _ = run(server, tmp_path / "lake")
    assert {v for k, v in statuses(result).items() if len(k[1]) == 6} == {"received", "empty"}


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("marks", [True, False])
def test_a_stream_that_is_cut_goes_on(serve, tmp_path, ranges, marks):
    server = serve(
        small(ranges=ranges, marks=marks, faults={"/objects/": [("cut", n, {}) for n in (400_000, 900_000)]})
    )
    result, told = run(server, tmp_path / "lake", way="stream")
    assert told.said("going on")
    assert not result.failed
    run(serve(small()), tmp_path / "quiet", way="stream")
    same(content(tmp_path / "lake"), content(tmp_path / "quiet"))


def test_every_byte_of_a_cut_stream_comes_once(serve):
    server = serve(small(faults={r"\.tar\.a": [("cut", n, {}) for n in (1, 70_000, 300_000, 1_000_000)]}))
    s = server.scenario
    urls = [f"{server.url}/objects/{a}" for a, (d, _, _) in s.assets.items() if d == DAYS[0]]
    whole = made.packed(DAYS[0], s.fleet, s.kind)
    with Asker("host", patience=QUICK) as asker, PartStream(asker, urls) as stream:
        got = b"".join(b for b in stream if isinstance(b, bytes))
    assert hashlib.sha256(got).digest() == hashlib.sha256(whole.read(0, whole.size)).digest()
    assert stream.cuts == 4


@pytest.mark.parametrize("encoding", ["header", "unpacked"])
def test_gzip_however_it_comes(serve, tmp_path, encoding):
    run(serve(small()), tmp_path / "stored", way="traces")
    _, told = run(serve(small(encoding=encoding)), tmp_path / encoding, way="traces")
    stored, other = (
        pl.read_parquet(Lake.open(tmp_path / n).layout.path("positions", DAYS[0])) for n in ("stored", encoding)
    )
    assert stored.drop("receipt").equals(other.drop("receipt"))
    address = next(a for a in FLEET if flies(a, DAYS[0]))
    data = made.trace(address, DAYS[0])
    raw = {p.name for p in Lake.open(tmp_path / encoding).layout.raw.rglob("*") if p.is_file()}
    if encoding == "header":
        assert hashlib.sha256(data).hexdigest() in raw
    else:
        assert hashlib.sha256(gzip.decompress(data)).hexdigest() in raw
        assert told.said("unpacked what it stores")


def test_a_server_without_ranges_is_streamed(serve, tmp_path):
    server = serve(small(ranges=False))
    result, told = run(server, tmp_path / "lake", way="ranges")
    assert told.said("not by ranges")
    assert not result.failed
    assert set(result.ledger.filter(pl.col("what") != "traffic")["folders"]) == {256}
    run(serve(small()), tmp_path / "ranges", way="ranges")
    same(content(tmp_path / "lake"), content(tmp_path / "ranges"))


def test_answers_that_are_too_large_or_lead_astray_are_refused(serve):
    server = serve(small(faults={
        "heatmap/01": [("status", 302, {"Location": "http://192.0.2.7/x"})],
        "heatmap/02": [("status", 302, {"Location": "/globe_history/2023/09/01/heatmap/02.bin.ttf"})] * 9,
    }))  # fmt: skip
    base = f"{server.url}/globe_history/2023/09/01/heatmap"
    with Asker("host", patience=QUICK) as asker:
        with pytest.raises(TooLargeError, match="larger than 100"):
            asker.get(f"{base}/00.bin.ttf", most_bytes=100)
        with pytest.raises(UnavailableError, match="not asked"):
            asker.get(f"{base}/01.bin.ttf", most_bytes=1 << 20)
        with pytest.raises(UnavailableError, match="on and on"):
            asker.get(f"{base}/02.bin.ttf", most_bytes=1 << 20)
        with pytest.raises(WholeBodyError):
            asker.part(f"{base}/03.bin.ttf", 0, 512)
    for url in ("http://example.org/", "ftp://localhost/", "https://a:b@example.org/", "file:///etc/passwd"):
        with pytest.raises(UsageError):
            check_url(url)
    with pytest.raises(UsageError, match="far host"):
        check_url("http://127.0.0.1/", came_from="https://example.org/")


def fetching(lake: Path, url: str) -> subprocess.Popen[bytes]:
    days = f"--since {DAYS[0]} --until {DAYS[-1]} --icao24 {','.join(FLEET)} --way ranges".split()
    code = "import sys; from wheelsdown.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.Popen(
        [sys.executable, "-c", code, "fetch", *days, "--lake", str(lake)],
        env={**os.environ, "WHEELSDOWN_BASE_URL": f"adsb.lol={url}"}, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_interrupted_and_killed_runs_go_on_to_the_same_lake(serve, tmp_path):
    with_server = serve(small())
    run(with_server, tmp_path / "quiet", way="ranges")
    lake = tmp_path / "lake"
    for how, after in ((signal.SIGINT, 30), (signal.SIGKILL, 60), (signal.SIGKILL, 120)):
        with_server.reset()
        process = fetching(lake, with_server.url)
        deadline = time.monotonic() + 60
        while with_server.stats.requests < after and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(how)
        _, said = process.communicate(timeout=60)
        if how == signal.SIGINT:
            assert process.returncode == 130
            assert b"running day was dropped" in said
            assert set(verify(lake, deep=True)["finding"]) == {"good"}
    process = fetching(lake, with_server.url)
    assert process.wait(timeout=120) == 0, process.stderr and process.stderr.read()
    same(content(tmp_path / "quiet"), content(lake))
    assert set(verify(lake, deep=True)["finding"]) == {"good"}


def test_the_server_serves_as_a_program(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.archive.server", "--port", "0", "--scenario", "small"],
        stdout=subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())
        with Asker("host", patience=QUICK) as asker:
            assert json.loads(asker.get(f"{address['url']}/__stats__", most_bytes=1000).data) == {
                "requests": 0,
                "bytes": 0,
            }
    finally:
        process.terminate()
        process.wait()
