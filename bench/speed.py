"""CPU seconds and peak memory: the whole command beside a plain scan, and inference beside `traffic`.

Everything is measured in one run, the parts in turn, as CPU seconds (user and system) of child processes, since wall
time on a shared machine says little. Timings never decide a test.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from bench import accuracy, made, peers, truth

__all__ = ["GOALS", "Run", "command_beside_scan", "inference_beside_peer", "report", "run"]

GOALS: Final = {"scan_ratio": 2.0, "peak_gib": 2.0, "peer_ratio": 200.0}
POSITIONS: Final = 10_000_000
ROUNDS: Final = 3
COPIES: Final = 20
"""How often the real flights are laid side by side, to see the pace apart from the fixed cost of a call."""
CHILD_SECONDS: Final = 1800
SCAN: Final = """
import sys
import pyarrow.parquet as pq
rows = 0
with pq.ParquetFile(sys.argv[1]) as file:
    for batch in file.iter_batches(batch_size=131072, columns=sys.argv[2].split(",")):
        rows += batch.num_rows
print(rows)
"""
_MIB: Final = 1024.0


@dataclass(frozen=True)
class Run:
    """What one child process took."""

    cpu_s: float
    wall_s: float
    peak_mib: float


class ChildError(RuntimeError):
    """A measured process failed; the message is its own."""


def run(command: Sequence[str], env: dict[str, str] | None = None) -> Run:
    """Run a command to its end and give its CPU (its children's included), wall time and peak memory.

    Raises
    ------
    ChildError
        It failed, or took too long.
    """
    with tempfile.TemporaryFile() as err:
        begin = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=err, env=env)
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - begin > CHILD_SECONDS:
                child.kill()
            time.sleep(0.02)
        wall_s = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            err.seek(0)
            last = err.read().decode(errors="replace").strip().splitlines()[-1:]
            raise ChildError(f"{' '.join(map(str, command[:2]))} ended with {child.returncode}: {' '.join(last)}")
    # Linux gives the peak in KiB, macOS in bytes
    scale = _MIB if sys.platform != "darwin" else _MIB * _MIB
    return Run(usage.ru_utime + usage.ru_stime, wall_s, usage.ru_maxrss / scale)


def columns_read() -> tuple[str, ...]:
    """Columns of POSITIONS that the command reads from the file."""
    from wheelsdown.inference.arrays import NEEDED

    return NEEDED


def made_file(positions: int) -> Path:
    """Path of the SIMULATED positions, made if absent; keyed by what makes them."""
    key = peers.sha(Path(made.__file__).read_bytes(), str(positions).encode())
    path = peers.CACHE / f"SIMULATED-{positions}-{key}.parquet"
    if not path.exists():
        print(f"making {positions} SIMULATED positions", file=sys.stderr)
        made.write(path, *accuracy.reference(), positions)
    return path


def command_beside_scan(positions: int = POSITIONS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Time ``wheelsdown visits FILE -o visits.csv`` and a plain scan of the same columns of the same file, in turn.

    The first run of the command starts with an empty cache of compiled code; what it takes more than the later ones
    is compile time. The command's own start and the scan's interpreter are counted.

    Raises
    ------
    ChildError
        The command or the scan failed.
    """
    path = made_file(positions)
    command = Path(sys.executable).with_name("wheelsdown")
    scan = [sys.executable, "-c", SCAN, str(path), ",".join(columns_read())]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "visits.csv"
        # as on a user's machine: modules are compiled to bytecode once, not in every run
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        env["NUMBA_CACHE_DIR"] = str(Path(folder) / "compiled")
        visits = [str(command), "visits", str(path), "-o", str(out)]
        first = run(visits, env)
        scans, runs = [], []
        for _ in range(rounds):
            scans.append(run(scan, env))
            runs.append(run(visits, env))
        rows = pl.scan_csv(out, infer_schema=False).select(pl.len()).collect().item()
    scan_s, visits_s = (statistics.median(r.cpu_s for r in group) for group in (scans, runs))
    return {
        "positions": positions,
        "file_mib": path.stat().st_size / _MIB / _MIB,
        "rounds": rounds,
        "visits_rows": rows,
        "scan_cpu_s": [r.cpu_s for r in scans],
        "visits_cpu_s": [r.cpu_s for r in runs],
        "scan_wall_s": [r.wall_s for r in scans],
        "visits_wall_s": [r.wall_s for r in runs],
        "compile_cpu_s": first.cpu_s - visits_s,
        "scan_ratio": visits_s / scan_s,
        "peak_gib": max(r.peak_mib for r in (first, *runs)) / 1024.0,
        "scan_peak_gib": max(r.peak_mib for r in scans) / 1024.0,
    }


def _pace(positions: pl.DataFrame, rounds: int) -> float:
    """Give the CPU seconds of one call of the inference, warm (median)."""
    airfields, runways = accuracy.reference()
    accuracy.infer(positions, airfields=airfields, runways=runways)
    taken = []
    for _ in range(rounds):
        before = time.process_time()
        accuracy.infer(positions, airfields=airfields, runways=runways)
        taken.append(time.process_time() - before)
    return statistics.median(taken)


def inference_beside_peer(folder: Path | None = None, rounds: int = 5) -> dict[str, Any]:
    """Positions per CPU second of inference and of `traffic`'s landing detection, on the same real flights in memory.

    Neither side's start-up, reading or compiling is counted. `traffic` looks for landings alone, with all fields;
    ours gives gaps, legs and visits. The flights are also laid side by side 20 times, as recordings of their own.

    Raises
    ------
    FileNotFoundError
        There is no truth.
    bench.peers.UnavailableError
        The other tool cannot be run here.
    """
    place = truth.find(folder)
    if place is None:
        raise FileNotFoundError("no ground truth: neither ../shared/data/truth nor out/truth; run `make truth`")
    positions, known = truth.load(place)
    peer_n, peer_s = peers.landing_speed(positions, known["flight_id"].to_list())
    once_s = _pace(positions, rounds)
    copies = pl.concat([positions.with_columns(pl.col("track_id") + f"#{i}") for i in range(COPIES)]).sort(
        "track_id", "time_utc"
    )
    many_s = _pace(copies, 3)
    ours, many, peer = positions.height / once_s, copies.height / many_s, peer_n / peer_s
    return {
        "positions": positions.height,
        "ours_per_cpu_s": ours,
        "ours_many_per_cpu_s": many,
        "copies": COPIES,
        "peer_per_cpu_s": peer,
        "peer_ratio": ours / peer,
        "peer_ratio_many": many / peer,
    }


def report(scan: dict[str, Any] | None, peer: dict[str, Any] | None) -> str:
    """Write what was measured as text."""
    lines = []
    if scan is not None:
        seconds = {k: ", ".join(f"{s:.2f}" for s in scan[k]) for k in ("visits_cpu_s", "scan_cpu_s")}
        lines += [
            f"{scan['positions']:,} SIMULATED positions, Parquet of {scan['file_mib']:.0f} MiB, "
            f"{scan['visits_rows']:,} visits",
            f"  wheelsdown visits, whole command: CPU s {seconds['visits_cpu_s']}; peak {scan['peak_gib']:.2f} GiB",
            f"  plain scan of the same columns:   CPU s {seconds['scan_cpu_s']}; peak {scan['scan_peak_gib']:.2f} GiB",
            f"  ratio of medians {scan['scan_ratio']:.2f} (goal at most {GOALS['scan_ratio']:g}); "
            f"compiling took {scan['compile_cpu_s']:.1f} CPU s more on the first run",
        ]
    if peer is not None:
        lines += [
            f"{peer['positions']:,} positions of real flights, in memory",
            f"  wheelsdown (gaps, legs, visits): {peer['ours_per_cpu_s']:,.0f} positions a CPU s; "
            f"{peer['ours_many_per_cpu_s']:,.0f} with the flights {peer['copies']} times side by side",
            f'  traffic landing("any"):          {peer["peer_per_cpu_s"]:,.0f} positions a CPU s',
            f"  ratio {peer['peer_ratio']:.0f}, side by side {peer['peer_ratio_many']:.0f} "
            f"(goal at least {GOALS['peer_ratio']:g})",
        ]
    return "\n".join(lines)
