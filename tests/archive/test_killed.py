"""Killed at twenty random moments and run again: the lake is the one of an undisturbed run, byte for byte."""

from __future__ import annotations

import hashlib
import multiprocessing
import random
import time
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.archive.made import DayKind
from tests.archive.server import FLEET, Scenario
from wheelsdown.lake import Lake
from wheelsdown.lake.verifying import verify

DAYS = [date(2023, 9, 1)]
UNJOINED, MISSING = date(2023, 9, 2), date(2023, 9, 3)
KILLS = 20
TABLES = ("positions", "near", "traffic", "aircraft", "names", "raw")
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["wheelsdown.engines.fetching", "wheelsdown.lake.ingesting"])


def files(lake: Path) -> dict[str, str]:
    """Every file of the tables, by its bytes."""
    return {
        str(p.relative_to(lake)): hashlib.sha256(p.read_bytes()).hexdigest()
        for table in TABLES
        for p in sorted((lake / table).rglob("*"))
        if p.is_file()
    }


def account(lake: Path) -> tuple[set[tuple[object, ...]], pl.DataFrame]:
    opened = Lake.open(lake)
    receipts = opened.receipts().select("receipt", "sha256", "file", "bytes", "positions", "origin")
    ledger = opened.ledger().drop("asked_utc", "requests", "bytes").sort("source", "day", "what")
    return set(receipts.iter_rows()), ledger


def started(lake: Path, url: str, way: str):
    from tests.archive.killed_child import go

    process = PROCESSES.Process(target=go, args=(str(lake), url, way, str(DAYS[0]), str(MISSING)), daemon=True)
    process.start()
    return process


def finished(lake: Path, url: str, way: str) -> None:
    process = started(lake, url, way)
    process.join(60)
    assert process.exitcode == 0


@pytest.mark.slow
@pytest.mark.parametrize("way", ["ranges", "stream"])
def test_twenty_kills(serve, tmp_path, way):
    scenario = Scenario(
        days=[*DAYS, UNJOINED, MISSING], kind=DayKind(fill=2, filler_bytes=1000), split=1_200_000, traces=False,
        fleet=FLEET[:4], unjoined={UNJOINED}, missing={MISSING},
    )  # fmt: skip
    server = serve(scenario)
    finished(tmp_path / "first", server.url, way)  # compiled code is loaded, and not timed
    server.reset()
    begun = time.monotonic()
    finished(tmp_path / "quiet", server.url, way)
    took_s = time.monotonic() - begun
    wanted_files, (wanted_receipts, wanted_ledger) = files(tmp_path / "quiet"), account(tmp_path / "quiet")
    assert {n.partition("/")[0] for n in wanted_files} >= {"positions", "near", "aircraft", "raw"}
    assert set(wanted_ledger["status"]) >= {"received", "empty", "damaged", "missing"}
    chance = random.Random(way)  # noqa: S311
    killed = 0
    for number in range(2 * KILLS):
        if killed == KILLS:
            break
        lake = tmp_path / f"lake{number}"
        server.reset()
        process = started(lake, server.url, way)
        # moments are spread over the length of a run; the first bytes come once the process has begun
        deadline = time.monotonic() + 60
        while not server.stats.requests and process.is_alive() and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, took_s))
        process.kill()
        process.join(60)
        killed += process.exitcode == -9
        begun = time.monotonic()
        finished(lake, server.url, way)
        took_s = (took_s + 0.8 * (time.monotonic() - begun)) / 2  # this machine may be busier now
        assert files(lake) == wanted_files, number
        receipts, ledger = account(lake)
        assert receipts == wanted_receipts, number
        assert ledger.equals(wanted_ledger), number
        assert set(verify(lake, deep=True)["finding"]) == {"good"}, number
    assert killed == KILLS  # those that had ended before were no kills
