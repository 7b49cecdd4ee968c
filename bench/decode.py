"""Traces decoded: gzip to all columns of POSITIONS, beside the least that any decoder does and beside the usual means.

All in one run and in turn, as CPU seconds, on the same bytes in memory, each in a process of its own and on one
thread: (a) `TraceBatch`, `take` included; (b) libdeflate and simdjson's parse, which make nothing; (c) the standard
library's gzip, orjson, and the same columns in plain Python. Then the same to a sorted Parquet file. Timings never
decide a test.

``python -m bench.decode`` is the process of (a).
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import polars as pl

from bench import peers, truth
from wheelsdown.lake.coding import GroupedWriter
from wheelsdown.schema import POSITIONS
from wheelsdown.sources.traces import TraceBatch

__all__ = ["GOALS", "made", "measure", "missing", "report"]

GOALS: Final = {"columns/parse": 0.5, "columns/plain": 4.0, "parquet/parse": 0.3, "parquet/plain": 3.0}
"""Points a CPU second of ours, over that of libdeflate + simdjson's parse, and of gzip + orjson."""
SETS: Final = ((100, 4_000), (560, 700))
"""Files and points in each."""
ROUNDS: Final = 5
ROW_GROUP: Final = 65_536
"""What a world's day has in a lake, after its first groups."""
WORKER: Final = Path(__file__).with_name("decode_worker.py")
TOOLS: Final = ("deflate", "orjson", "pyarrow", "simdjson")
REAL: Final = truth.ROOT.parent / "shared" / "data" / "flight" / "readsb_trace"
REAL_COPIES: Final = 40
"""How often the few real traces are read in one round, so that a clock can tell."""
_BASE_S: Final = 1_893_456_000  # 2030-01-01
_FIRST_ADDRESS: Final = 0xD00000


def _phases(rng: np.random.Generator, points: int) -> Any:
    """Give runs of 0 and 1: straight and turning, level and climbing."""
    return np.repeat(rng.integers(0, 2, points // 40 + 1), 40)[:points]


def made(seed: int, points: int) -> bytes:
    """Make the text of a SIMULATED trace in readsb's shape: about 230 bytes a point, an object at every fourth.

    It has the lengths and the mix of values of a real one, not its flying.
    """
    rng = np.random.default_rng(seed)
    gaps = rng.gamma(2.0, 5.0, points)
    offset = np.cumsum(gaps) * min(1.0, 86_000 / gaps.sum())
    turning, climbing = _phases(rng, points), _phases(rng, points)
    track = (rng.uniform(0, 360) + np.cumsum(turning * rng.normal(0.0, 6.0, points))) % 360
    speed = (300 + np.cumsum(climbing * rng.normal(0.0, 4.0, points))).clip(2, 520).round(1)
    rate = (climbing * rng.integers(-30, 31, points)) * 64
    height = ((np.cumsum(rate * gaps / 60) + 20_000) // 25 * 25).clip(-300, 43_000).astype(int)
    step = speed * gaps / 216_000
    lat = (rng.uniform(-50, 50) + np.cumsum(step * np.cos(np.radians(track)))).clip(-85, 85)
    lon = (rng.uniform(-150, 150) + np.cumsum(step * np.sin(np.radians(track)))).clip(-179, 179)
    ground = np.arange(points) % 700 > 640
    roll = turning * rng.normal(0, 8, points)
    flags = np.where(np.arange(points) % 900 == 0, 3, np.where(rng.random(points) < 0.05, 1, 0))
    silent = rng.random(points) < 0.04
    old = rng.random() < 0.1
    nav = rng.integers(0, 4, points)
    lines = []
    for k in range(points):
        obj = "null"
        if k % 4 == 3:
            obj = (
                f'{{"type":"adsb_icao","flight":"SIM{seed % 9000:<5}","alt_geom":{height[k] + 475},"ias":{k % 300},'
                f'"tas":{int(speed[k])},"mach":{0.2 + k % 700 / 1000:.3f},"wd":{k % 360},"ws":{k % 90},'
                f'"oat":{-(k % 60)},"tat":{-(k % 30)},"track":{track[k]:.2f},"track_rate":{roll[k] / 10:.2f},'
                f'"roll":{roll[k]:.2f},"mag_heading":{track[k]:.2f},"true_heading":{track[k]:.2f},'
                f'"baro_rate":{rate[k]},"geom_rate":{rate[k] + 32},"squawk":"{1000 + seed % 777 // 8 % 7000:04o}",'
                f'"emergency":"none","category":"A{1 + seed % 5}","nav_qnh":{1000 + k % 30}.6,'
                f'"nav_altitude_mcp":{height[k]},'
            )
            if nav[k]:
                obj += f'"nav_heading":{track[k]:.2f},"nav_modes":["autopilot","vnav","tcas"],'
            obj += (
                f'"nic":{6 + k % 3},"rc":186,"version":2,"nic_baro":1,"nac_p":{8 + k % 3},"nac_v":2,"sil":3,'
                '"sil_type":"perhour","gva":2,"sda":2,"alert":0,"spi":0}'
            )
        high = '"ground"' if ground[k] else height[k]
        vector = "null,null" if silent[k] else f"{speed[k]:.1f},{track[k]:.1f}"
        up = "null" if silent[k] else rate[k]
        line = f"[{offset[k]:.2f},{lat[k]:.6f},{lon[k]:.6f},{high},{vector},{flags[k]},{up},{obj}"
        if not old:
            line += f',"adsb_icao",{height[k] + 475},{rate[k] + 32},{k % 300},{roll[k]:.1f}'
        lines.append(line + "]")
    head = (
        f'{{"icao":"{_FIRST_ADDRESS + seed:06x}","r":"SIM-{seed}","t":"B738","dbFlags":0,"desc":"SIMULATED",\n'
        f'"ownOp":"SIMULATED AIR","year":"2001","source":"SIMULATED by bench","timestamp": {_BASE_S}.000,\n"trace":[ \n'
    )
    return (head + ",\n".join(lines) + " ]\n }\n").encode()


class _Process:
    """A process that decodes what it is asked to, again and again, and says what it took."""

    def __init__(self, command: list[str]) -> None:
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=truth.ROOT,
            # threads that wait for each other burn CPU seconds on a busy machine
            env={**os.environ, "POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._child.communicate()

    def ask(self, do: str, files: list[str]) -> dict[str, Any]:
        """Have the files decoded, and give the answer.

        Raises
        ------
        bench.peers.UnavailableError
            The process ended.
        """
        line = ""
        if self._child.stdin is not None and self._child.stdout is not None:
            self._child.stdin.write(json.dumps({"do": do, "files": files}) + "\n")
            self._child.stdin.flush()
            line = self._child.stdout.readline()
        if not line:
            raise peers.UnavailableError("the process that decodes ended early")
        answer: dict[str, Any] = json.loads(line)
        return answer


def missing() -> list[str]:
    """Name the other tools that this environment lacks."""
    return [t for t in TOOLS if importlib.util.find_spec(t) is None]


def _interpreter() -> Path:
    """Find a Python that has the other tools: this one, else the environment of the peers.

    Raises
    ------
    bench.peers.UnavailableError
        They cannot be installed.
    """
    if not missing():
        return Path(sys.executable)
    return peers.environment()


def _ours(packed: list[bytes], path: Path | None) -> list[pl.DataFrame]:
    batch, frames = TraceBatch(), []
    for number, data in enumerate(packed):
        batch.add(data, name=str(number))
        if batch.full:
            frames.append(batch.take().positions)
    frames.append(batch.take().positions)
    if path is not None:
        with GroupedWriter(path, POSITIONS, first=ROW_GROUP) as writer:
            writer.add(pl.concat(frames).sort("icao24", "time_utc"))
    return frames


def serve() -> None:
    """Answer requests as `decode_worker` does, with our own decoder."""
    held: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        for line in sys.stdin:
            request = json.loads(line)
            for name in request["files"]:
                if name not in held:
                    held[name] = Path(name).read_bytes()
            packed = [held[f] for f in request["files"]]
            target = Path(folder) / "ours.parquet" if request["do"] == "parquet" else None
            if request["do"] == "warm":
                _ours(packed[:1], None)  # loads or compiles
            before = time.process_time()
            frames = _ours(packed, target)
            cpu_s = time.process_time() - before
            whole = pl.concat(frames)
            summed = (whole[n].drop_nulls().cast(pl.Float64).to_list() for n in ("latitude_deg", "altitude_ft", "nic"))
            answer = {
                "cpu_s": cpu_s,
                "rows": whole.height,
                "sum": math.fsum(v for values in summed for v in values),
                "call_signs": whole.height - whole["callsign"].null_count(),
                "bytes": target.stat().st_size if target else None,
            }
            print(json.dumps(answer), flush=True)


@contextmanager
def _files(sets: tuple[tuple[int, int], ...]) -> Iterator[dict[str, list[Path]]]:
    """Make the files, SIMULATED, and name the real ones where there are any."""
    with tempfile.TemporaryDirectory() as folder:
        named: dict[str, list[Path]] = {}
        for count, points in sets:
            paths = []
            for k in range(count):
                path = Path(folder) / f"SIMULATED-{points}-{k}.json"
                path.write_bytes(gzip.compress(made(k, points), mtime=0))
                paths.append(path)
            named[f"{count} SIMULATED traces of {points:,} points"] = paths
        if REAL.exists():
            real = []
            for source in sorted(REAL.rglob("trace_*.json")):
                data = source.read_bytes()
                path = Path(folder) / source.name
                path.write_bytes(data if data.startswith(b"\x1f\x8b") else gzip.compress(data))
                real.append(path)
            named[f"{len(real)} real traces, {REAL_COPIES} times"] = real * REAL_COPIES
        yield named


def measure(sets: tuple[tuple[int, int], ...] = SETS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Time ours and the others in turn.

    Returns
    -------
    dict
        ``sets``: one a set of files, with points, bytes, CPU seconds by means (median) and ratios; ``without``: why
        there are no others, if there are none.

    Raises
    ------
    ValueError
        The others do not make the same rows, so that the comparison would be idle.
    """
    try:
        python: Path | None = _interpreter()
        without = None
    except peers.UnavailableError as e:
        python, without = None, str(e)
    out = []
    with _files(sets) as named:
        for title, paths in named.items():
            raw = sum(len(gzip.decompress(p.read_bytes())) for p in paths)
            packed = sum(p.stat().st_size for p in paths)
            found = _one([str(p) for p in paths], python, rounds)
            points = found["points"]
            out.append(
                {"title": title, "raw_bytes_a_point": raw / points, "gzip_bytes_a_point": packed / points, **found}
            )
    return {"rounds": rounds, "sets": out, "without": without}


def _one(files: list[str], python: Path | None, rounds: int) -> dict[str, Any]:
    taken: dict[str, list[float]] = {}
    answers: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack:
        ours = stack.enter_context(_Process([sys.executable, "-m", "bench.decode"]))
        ours.ask("warm", files)
        asked = [("columns", ours, "columns"), ("parquet", ours, "parquet")]
        if python is not None:
            # parsing has a process to itself, so that it does not suffer from what the other leaves in memory
            parser, plain = (stack.enter_context(_Process([str(python), str(WORKER)])) for _ in range(2))
            asked[1:1] = [
                ("parse", parser, "parse"),
                ("plain columns", plain, "columns"),
                ("plain parquet", plain, "parquet"),
            ]
        for _ in range(rounds):
            for name, process, do in asked:
                answers[name] = process.ask(do, files)
                taken.setdefault(name, []).append(answers[name]["cpu_s"])
    seconds = {name: statistics.median(values) for name, values in taken.items()}
    ratios = {}
    if python is not None:
        _same(answers["columns"], answers["plain columns"])
        for what in ("columns", "parquet"):
            ratios[f"{what}/parse"] = seconds["parse"] / seconds[what]
            ratios[f"{what}/plain"] = seconds[f"plain {what}"] / seconds[what]
    points = answers["columns"]["rows"]
    return {
        "points": points,
        "parquet_bytes_a_point": answers["parquet"]["bytes"] / points,
        "cpu_s": seconds,
        "ratios": ratios,
    }


def _same(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    equal = all(ours[k] == theirs[k] for k in ("rows", "call_signs"))
    if not equal or not math.isclose(ours["sum"], theirs["sum"]):
        raise ValueError(f"other rows: {ours} beside {theirs}")


def report(result: dict[str, Any]) -> str:
    """Write what was measured, ratios beside their goals."""
    lines = []
    names = {
        "columns": "wheelsdown, gzip to POSITIONS",
        "parse": "libdeflate + simdjson's parse alone",
        "plain columns": "gzip + orjson + plain Python, to columns",
        "parquet": "wheelsdown, gzip to sorted Parquet",
        "plain parquet": "gzip + orjson + plain Python, to sorted Parquet",
    }
    for s in result["sets"]:
        lines.append(
            f"{s['title']}: {s['points']:,} points; bytes a point: {s['raw_bytes_a_point']:.0f} of text, "
            f"{s['gzip_bytes_a_point']:.1f} gzip, {s['parquet_bytes_a_point']:.1f} Parquet"
        )
        for name, text in names.items():
            if name in s["cpu_s"]:
                lines.append(f"  {text:50} {s['points'] / s['cpu_s'][name] / 1e6:7.2f} million points a CPU s")
        for name, goal in GOALS.items():
            if name in s["ratios"]:
                lines.append(f"  {name:50} {s['ratios'][name]:7.2f} (goal at least {goal:g})")
    if result["without"]:
        lines.append(f"the others were not measured: {result['without']}")
    return "\n".join(lines)


if __name__ == "__main__":
    serve()
