"""A server on this machine that answers in the exact shapes of an archive, faults included.

As a program: ``python -m tests.archive.server --port 0 --scenario september`` prints one line of JSON with its address,
and serves until it is ended. ``GET /__stats__`` gives what was asked and moved; ``POST /__reset__`` begins anew.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.archive import made
from tests.archive.made import DayKind, Pieces, days_between, flies, packed

FLEET = ("600866", "d00001", "d00a02", "d01b03", "d02c04", "d03d05", "d04ee6")
Fault = tuple[str, Any, Mapping[str, str]]
"""(`status`, number, headers), (`cut`, bytes, {}): what happens to one request instead of the answer."""


@dataclass
class Scenario:
    """What the made archive holds, and how its server behaves."""

    days: list[date] = field(default_factory=lambda: days_between(date(2023, 9, 1), date(2023, 9, 17)))
    fleet: tuple[str, ...] = FLEET
    kind: DayKind = field(default_factory=DayKind)
    kinds: dict[date, DayKind] = field(default_factory=dict)
    missing: set[date] = field(default_factory=set)
    unjoined: set[date] = field(default_factory=set)
    """Days whose second part is of another day."""
    absent_parts: set[str] = field(default_factory=set)
    """Assets that the lists name and that are not there, by the end of their name."""
    in_repo: dict[date, int] = field(default_factory=dict)
    """Days that another year's repository holds."""
    more_lines: dict[int, list[str]] = field(default_factory=dict)
    """Further lines of PREFERRED_RELEASES.txt by year; ``{base}`` is the server's address."""
    all_lines: dict[int, list[str]] = field(default_factory=dict)
    pods: dict[date, str] = field(default_factory=dict)
    split: int = 15_000_000
    ranges: bool = True
    redirects: bool = True
    marks: bool = True
    traces: bool = True
    """Per-aircraft traces over HTTP."""
    encoding: str = "none"
    """`none`, `header` (gzip as stored, named in Content-Encoding), `unpacked` (plain JSON comes)."""
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    """By a pattern in the path: each request that fits uses one up."""

    def kind_of(self, day: date) -> DayKind:
        return self.kinds.get(day, self.kind)

    def stem(self, day: date) -> str:
        return f"v{day:%Y.%m.%d}-planes-readsb-{self.pods.get(day, 'prod-0')}"

    @cached_property
    def assets(self) -> dict[str, tuple[date, int, int]]:
        """Asset name to day and its bytes."""
        found = {}
        for day in self.days:
            if day in self.missing:
                continue
            size = packed(day, self.fleet, self.kind_of(day)).size
            ends = [""] if size <= self.split else [f".a{chr(97 + i)}" for i in range(-(-size // self.split))]
            for i, end in enumerate(ends):
                found[f"{self.stem(day)}.tar{end}"] = (day, i * self.split, min((i + 1) * self.split, size))
        return found

    def piece(self, asset: str) -> tuple[Pieces, int, int] | None:
        if asset not in self.assets or any(asset.endswith(e) for e in self.absent_parts):
            return None
        day, start, stop = self.assets[asset]
        if day in self.unjoined and start:
            # the second part of another archive
            other = packed(day, ("d0ff00",), self.kind_of(day))
            return other, start + 12_345, min(stop + 12_345, other.size)
        return packed(day, self.fleet, self.kind_of(day)), start, stop

    def repo(self, day: date) -> int:
        return self.in_repo.get(day, day.year)

    def lists(self, year: int, file: str, base: str) -> str | None:
        days = [d for d in self.days if d not in self.missing and self.repo(d) == year]
        extra = self.more_lines.get(year, [])
        if not 2023 <= year <= 2026:
            return None
        if file == "RELEASES.md":
            lines = ["# Releases"]
            for d in sorted(days, reverse=True):
                size = sum(b - a for day, a, b in self.assets.values() if day == d)
                lines.append(f"- {d} [{self.stem(d)[12:]} ({size >> 20} MiB)]({base}/x)")
            return "\n".join(lines) + "\n"
        root = f"{base}/adsblol/globe_history_{year}/releases/download"
        lines = []
        for d in sorted(days, reverse=True):
            lines.append(
                ",".join(f"{root}/{self.stem(d)}/{a}" for a, (day, _, _) in reversed(self.assets.items()) if day == d)
            )
        if file == "ALL_RELEASES.txt":
            extra = [*extra, *self.all_lines.get(year, []), *lines]
        return "\n".join([*lines, *(x.format(base=root) for x in extra)]) + "\n"


def september(**changes: Any) -> Scenario:
    """Seventeen days of September 2023, with everything that goes wrong: the days are in `SEPTEMBER`."""
    kind = changes.pop("kind", DayKind())
    given = Scenario(
        kind=kind,
        kinds={
            SEPTEMBER["half"]: replace(kind, folders=122),
            SEPTEMBER["corrupt"]: replace(kind, corrupt=("d00001",)),
            SEPTEMBER["late heatmaps"]: replace(kind, heatmaps="last"),
        },
        missing={SEPTEMBER["missing"]},
        unjoined={SEPTEMBER["unjoined"]},
    )
    return replace(given, **changes)


SEPTEMBER = {
    "missing": date(2023, 9, 5),
    "half": date(2023, 9, 8),
    "unjoined": date(2023, 9, 11),
    "corrupt": date(2023, 9, 13),
    "late heatmaps": date(2023, 9, 15),
}
SCENARIOS = {
    "september": september,
    "hashed": lambda: september(kind=DayKind(order="hashed")),
    "no-ranges": lambda: september(ranges=False),
    "no-traces": lambda: september(traces=False),
    "small": lambda: Scenario(
        days=days_between(date(2023, 9, 1), date(2023, 9, 3)), kind=DayKind(fill=4, filler_bytes=2000), traces=False
    ),
}


@dataclass
class Stats:
    """What was asked and moved."""

    requests: int = 0
    bytes: int = 0
    paths: list[str] = field(default_factory=list)


class Server:
    """The made archive on 127.0.0.1."""

    def __init__(self, scenario: Scenario, port: int = 0) -> None:
        self.scenario = scenario
        self.stats = Stats()
        self.lock = threading.Lock()
        outer = self

        class Handler(_Handler):
            server_of = outer

        class Http(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """Clients that are killed break off: nothing to be said."""
                if not isinstance(sys.exception(), OSError):
                    super().handle_error(request, client_address)

        self.http = Http(("127.0.0.1", port), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def reset(self) -> None:
        with self.lock:
            self.stats = Stats()

    def fault(self, path: str) -> Fault | None:
        with self.lock:
            for pattern, faults in self.scenario.faults.items():
                if faults and re.search(pattern, path):
                    return faults.pop(0)
        return None


class _Handler(BaseHTTPRequestHandler):
    server_of: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_POST(self) -> None:
        self.server_of.reset()
        self._send(200, b"")

    def _answer(self, *, body: bool) -> None:
        server, path = self.server_of, self.path.partition("?")[0]
        if path == "/__stats__":
            s = server.stats
            return self._send(200, json.dumps({"requests": s.requests, "bytes": s.bytes}).encode())
        with server.lock:
            server.stats.requests += 1
            server.stats.paths.append(f"{self.command} {self.path} {self.headers.get('Range', '')}".strip())
        self._cut: int | None = None
        self._body = body
        if fault := server.fault(path):
            how, value, headers = fault
            if how == "status":
                return self._send(value, b"no", headers)
            self._cut = value
        s = server.scenario
        if found := re.fullmatch(r"/adsblol/globe_history_(\d{4})/main/([\w.]+)", path):
            text = s.lists(int(found[1]), found[2], server.url)
            return self._list(text)
        if found := re.fullmatch(r"/adsblol/globe_history_\d{4}/releases/download/[^/]+/([^/]+)", path):
            if s.redirects and found[1] in s.assets:
                return self._send(302, b"", {"Location": f"/objects/{found[1]}?signature=1"})
            return self._asset(found[1])
        if found := re.fullmatch(r"/objects/([^/]+)", path):
            return self._asset(found[1])
        if s.traces and (found := re.fullmatch(r"/globe_history/(\d{4})/(\d\d)/(\d\d)/(.*)", path)):
            return self._day_file(date(int(found[1]), int(found[2]), int(found[3])), found[4])
        return self._send(404, b"nothing here")

    def _list(self, text: str | None) -> None:
        if text is None:
            return self._send(404, b"404: Not Found")
        mark = f'"{hash(text) & 0xFFFFFFFF:x}"'
        if self.headers.get("If-None-Match") == mark:
            return self._send(304, b"", {"ETag": mark})
        return self._send(200, text.encode(), {"ETag": mark})

    def _day_file(self, day: date, name: str) -> None:
        s = self.server_of.scenario
        if day not in s.days or day in s.missing:
            return self._send(404, b"")
        data = None
        if found := re.fullmatch(r"heatmap/(\d\d)\.bin\.ttf", name):
            data = made.heatmap(day, int(found[1])) if s.kind_of(day).heatmaps != "none" else None
        elif found := re.fullmatch(r"traces/([0-9a-f]{2})/trace_full_([0-9a-f]{6})\.json", name):
            kind = s.kind_of(day)
            there = made.folder_order(kind.order, day)[: kind.folders]
            address = found[2]
            if (
                address[-2:] == found[1]
                and found[1] in there
                and ((address in s.fleet and flies(address, day)) or address in made.LOCALS)
            ):
                data = made.trace(address, day)
                if address in kind.corrupt:
                    data = data[:100] + b"\xff" * 60 + data[160:]
        if data is None:
            return self._send(404, b"")
        if s.encoding == "header":
            return self._send(200, data, {"Content-Encoding": "gzip"})
        return self._send(200, gzip.decompress(data) if s.encoding == "unpacked" else data)

    def _asset(self, asset: str) -> None:
        s = self.server_of.scenario
        piece = s.piece(asset)
        if piece is None:
            return self._send(404, b"Not Found")
        data, start, stop = piece
        size = stop - start
        headers = {"ETag": f'"{asset}"'} if s.marks else {}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")) if s.ranges else None
        if wanted and self.headers.get("If-Range", headers.get("ETag")) == headers.get("ETag"):
            first = int(wanted[1])
            last = min(int(wanted[2]) if wanted[2] else size - 1, size - 1)
            if first >= size:
                return self._send(416, b"", {"Content-Range": f"bytes */{size}"})
            headers |= {"Content-Range": f"bytes {first}-{last}/{size}", "Accept-Ranges": "bytes"}
            return self._send_blocks(206, (data, start + first, start + last + 1), headers)
        if s.ranges:
            headers["Accept-Ranges"] = "bytes"
        return self._send_blocks(200, (data, start, stop), headers)

    def _send(self, status: int, data: bytes, headers: Mapping[str, str] | None = None) -> None:
        pieces = Pieces()
        pieces.add(data)
        self._send_blocks(status, (pieces, 0, len(data)), headers or {})

    def _send_blocks(self, status: int, what: tuple[Pieces, int, int], headers: Mapping[str, str]) -> None:
        data, start, stop = what
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(stop - start))
        self.end_headers()
        if not getattr(self, "_body", True):
            return
        left = getattr(self, "_cut", None)
        try:
            for at in range(start, stop, 1 << 18):
                block = data.read(at, min(at + (1 << 18), stop))
                if left is not None and len(block) > left:
                    self._write(block[:left])
                    self.close_connection = True
                    self.connection.shutdown(2)
                    return
                left = None if left is None else left - len(block)
                self._write(block)
        except OSError:
            self.close_connection = True  # the client has gone

    def _write(self, block: bytes) -> None:
        self.wfile.write(block)
        with self.server_of.lock:
            self.server_of.stats.bytes += len(block)


@contextmanager
def serving(scenario: Scenario) -> Iterator[Server]:
    server = Server(scenario)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="september")
    chosen = parser.parse_args()
    server = Server(SCENARIOS[chosen.scenario](), chosen.port)
    print(json.dumps({"url": server.url, "base_url": f"adsb.lol={server.url}"}), flush=True)  # noqa: T201
    server.http.serve_forever()


if __name__ == "__main__":
    main()
