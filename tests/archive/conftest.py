from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from tests.archive.server import Scenario, Server, serving
from wheelsdown.archive.asking import Patience
from wheelsdown.engines.fetching import Fetched, fetch
from wheelsdown.lake import Lake

NOW = datetime(2024, 2, 1, 12, tzinfo=UTC)
QUICK = Patience(attempts=4, first_s=0.01, most_s=0.02, jitter_s=0.01, longest_wish_s=5.0, timeout_s=10.0)


@pytest.fixture(autouse=True)
def _own_machine_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WHEELSDOWN_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("WHEELSDOWN_BASE_URL", raising=False)
    enable_socket()
    socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


@pytest.fixture
def serve() -> Iterator[Callable[[Scenario], Server]]:
    with ExitStack() as stack:
        yield lambda scenario: stack.enter_context(serving(scenario))


class Told(list[str]):
    def said(self, words: str) -> bool:
        return any(words in line for line in self)


def run(server: Server, lake: Path, **asked: Any) -> tuple[Fetched, Told]:
    """One run against the server: the whole window and fleet, unless asked otherwise."""
    told = Told()
    s = server.scenario
    asking: dict[str, Any] = {
        "since": s.days[0], "until": s.days[-1], "icao24": s.fleet, "base_url": [f"adsb.lol={server.url}"],
        "now": lambda: NOW, "patience": QUICK, "told": told.append,
    }  # fmt: skip
    return fetch(lake, **{**asking, **asked}), told


def statuses(result: Fetched) -> dict[tuple[str, str], str]:
    """(day, what) to status."""
    return {(str(d), w): s for d, w, s in result.ledger.select("day", "what", "status").iter_rows()}


def content(lake: Path) -> dict[str, Any]:
    """Everything of a lake that must not depend on how it was fetched."""
    opened = Lake.open(lake)
    found: dict[str, Any] = {}
    for what in ("positions", "near", "traffic", "aircraft"):
        for path in opened.layout.files(what):
            frame = pl.read_parquet(path)
            found[str(path.relative_to(lake))] = frame.sort(frame.columns)
    receipts = opened.receipts()
    found["receipts"] = receipts.select("receipt", "sha256", "file", "bytes", "positions").sort("file")
    found["raw"] = sorted(p.name for p in opened.layout.raw.rglob("*") if p.is_file())
    return found


def same(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert sorted(a) == sorted(b)
    for name, frame in a.items():
        if isinstance(frame, pl.DataFrame):
            assert frame.equals(b[name]), name
        else:
            assert frame == b[name], name
