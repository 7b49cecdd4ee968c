"""Heatmaps made for tests, record by record."""

from __future__ import annotations

import struct
from collections.abc import Sequence

MAGIC = 0x0E7F7C9D
T0 = 1_893_456_000_000  # 2030-01-01


def header(at_ms: int, interval_ms: int = 30_000) -> bytes:
    return struct.pack("<IIIHH", MAGIC, at_ms >> 32, at_ms & 0xFFFFFFFF, interval_ms, 0)


def info(address: int, squawk: int, callsign: bytes) -> bytes:
    return struct.pack("<Ii8s", address, (1 << 30) | squawk, callsign)


def position(
    address: int, latitude: float, longitude: float, altitude: int = 40, speed: int = 1234, kind: int = 0
) -> bytes:
    return struct.pack("<Iiihh", kind << 27 | address, round(latitude * 1e6), round(longitude * 1e6), altitude, speed)


def heatmap(slices: Sequence[Sequence[bytes]], start_ms: int = T0) -> bytes:
    """Put an index block before the slices, as readsb does."""
    bodies = [header(start_ms + 30_000 * i) + b"".join(records) for i, records in enumerate(slices)]
    at, index = len(slices), b""
    for body in bodies:
        index += struct.pack("<IIII", at, 0, 0, 0)
        at += len(body) // 16
    return index + b"".join(bodies)
