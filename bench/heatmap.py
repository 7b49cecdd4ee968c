"""Heatmap records a CPU-second, beside a plain numpy view of the same SIMULATED bytes.

The view does the least that gives numbers: the struct's fields as float columns, and which rows are positions. It
carries no call sign, names no address, marks no missing value. `read_heatmap` gives the table POSITIONS.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from wheelsdown.sources.heatmap_scan import GROUND, INFO, MAGIC
from wheelsdown.sources.interface import Report
from wheelsdown.sources.readsb_heatmap import read_heatmap

__all__ = ["AIRCRAFT", "GOAL", "made", "measure", "report"]

AIRCRAFT: Final = 12_000
"""In the air over the world at one time, as receivers see it."""
SLICES: Final = 60
GOAL: Final = 0.3
ROUNDS: Final = 7
RECORD: Final = np.dtype([("hex", "<u4"), ("lat", "<i4"), ("lon", "<i4"), ("alt", "<i2"), ("gs", "<i2")])
_START_MS: Final = 1_893_456_000_000  # 2030-01-01
_INTERVAL_MS: Final = 30_000
_FIRST_ADDRESS: Final = 0xD00000
_OBTAINED: Final = (0, 0, 0, 0, 0, 0, 1, 2, 5, 11)


def made(aircraft: int = AIRCRAFT, slices: int = SLICES, seed: int = 1) -> bytes:
    """Make one unpacked heatmap of SIMULATED aircraft: addresses from d00000, call signs SIM...

    Every aircraft has a position in each slice, and an info record in every other, as readsb writes one a minute.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(aircraft)
    address = (_FIRST_ADDRESS + order).astype(np.uint32)
    obtained = np.array(_OBTAINED, np.uint32)[order % len(_OBTAINED)]
    latitude, longitude = rng.uniform(-60e6, 70e6, aircraft), rng.uniform(-180e6, 180e6, aircraft)
    height = np.where(order % 20 == 0, GROUND, rng.integers(20, 1700, aircraft)).astype(np.int16)
    speed = np.where(order % 17 == 0, -1, rng.integers(0, 5500, aircraft)).astype(np.int16)
    squawk = (order % 8) * 1000 + (order // 8 % 8) * 100 + 21
    callsign = np.array([f"SIM{n:05d}".encode() for n in order], dtype="S8")
    parts = [np.zeros(slices, RECORD)]
    for i in range(slices):
        at_ms = _START_MS + i * _INTERVAL_MS
        head = np.zeros(1, RECORD)
        head["hex"], head["lat"], head["alt"] = MAGIC, at_ms >> 32, _INTERVAL_MS
        head["lon"] = np.uint32(at_ms & 0xFFFFFFFF).view(np.int32)
        rows = np.zeros(aircraft, RECORD)
        rows["hex"] = address | obtained << 27
        rows["lat"], rows["lon"] = latitude + 1000 * i, np.clip(longitude + 2000 * i, -180e6, 180e6)
        rows["alt"], rows["gs"] = height, speed
        told = order % 2 == i % 2
        about = np.zeros(int(told.sum()), RECORD)
        about["hex"], about["lat"] = address[told], INFO | squawk[told]
        about.view(np.uint8).reshape(-1, 16)[:, 8:] = callsign[told].view(np.uint8).reshape(-1, 8)
        parts += [head, about, rows]
    begins = np.cumsum([len(p) for p in parts])[0:-1:3]
    parts[0]["hex"] = begins
    return b"".join(p.tobytes() for p in parts)


def plain_view(data: bytes) -> tuple[Any, ...]:
    """Decode the fields with numpy, and nothing more."""
    records = np.frombuffer(data, dtype=RECORD)
    latitude, longitude = records["lat"] / 1e6, records["lon"] / 1e6
    altitude, speed = records["alt"] * 25.0, records["gs"] / 10.0
    return latitude, longitude, altitude, speed, (records["lat"] < INFO) & (records["hex"] != MAGIC)


def measure(aircraft: int = AIRCRAFT, slices: int = SLICES, rounds: int = ROUNDS) -> dict[str, Any]:
    """Time both on the same bytes, in turn; CPU-seconds of this process with all its threads, medians."""
    data = made(aircraft, slices)
    told = Report("SIMULATED")

    def ours() -> int:
        return read_heatmap(data, name="SIMULATED", report=told).height

    def view() -> int:
        return int(plain_view(data)[-1][slices:].sum())

    positions = (ours(), view())  # also compiles
    taken: dict[str, list[float]] = {"ours": [], "view": []}
    for _ in range(rounds):
        taken["view"].append(_cpu_s(view))
        taken["ours"].append(_cpu_s(ours))
    records = len(data) // RECORD.itemsize
    ours_s, view_s = statistics.median(taken["ours"]), statistics.median(taken["view"])
    return {
        "records": records,
        "positions": positions[0],
        "positions_of_view": positions[1],
        "problems": len(told.problems),
        "ours_records_per_cpu_s": records / ours_s,
        "view_records_per_cpu_s": records / view_s,
        "ratio": statistics.median(v / o for v, o in zip(taken["view"], taken["ours"], strict=True)),
        "goal": GOAL,
    }


def report(found: dict[str, Any]) -> str:
    """What was measured, as text."""
    met = "met" if found["ratio"] >= found["goal"] else "NOT met"
    return (
        f"one SIMULATED half hour: {found['records']:,} records, {found['positions']:,} positions\n"
        f"read_heatmap, to POSITIONS   {found['ours_records_per_cpu_s'] / 1e6:6.1f} million records a CPU-second\n"
        f"plain numpy view             {found['view_records_per_cpu_s'] / 1e6:6.1f} million records a CPU-second\n"
        f"ratio {found['ratio']:.2f} (goal {found['goal']}: {met})"
    )


def _cpu_s(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    # a clock too coarse for tiny inputs must not divide by zero
    return max(time.process_time() - begin, 1e-9)
