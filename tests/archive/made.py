"""Made days of a made network, in the exact shapes of an archive. SIMULATED: nothing of it ever flew.

A day is a tar that exists only as a list of pieces, so that many days of many megabytes take little memory.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import numpy as np

SOURCE = "SIMULATED tests"
FIELD = (29.94, 34.935, 1455.0)
"""Where the made fleet lands: the coordinates of LLOV."""
LOCALS = tuple(f"d0a0{i:02x}" for i in range(1, 6))
"""Aircraft that are low near the field all day."""
MAGIC = 0x0E7F7C9D
TYPES = ("IL76", "C208", "B738")


def midnight_s(day: date) -> float:
    return datetime.combine(day, time(), tzinfo=UTC).timestamp()


def flies(address: str, day: date) -> bool:
    """Two days of three, by address."""
    return (day.toordinal() + int(address, 16)) % 3 != 0


def points(address: str, day: date) -> list[list[object]]:
    """A descent to the field, two hours on the ground, and away again; or, for the locals, circuits all day."""
    lat, lon, elevation = FIELD
    rows: list[list[object]] = []

    def row(at: float, la: float, lo: float, alt: object, gs: float) -> None:
        about = {"type": "adsb_icao", "flight": "SIM123  ", "squawk": "1000"} if len(rows) % 4 == 3 else None
        rows.append(
            [round(at, 2), round(la, 6), round(lo, 6), alt, gs, 180.0, 0, 0, about, "adsb_icao", None, None, None, None]
        )

    if address in LOCALS:
        for i in range(144):
            row(i * 600.0, lat + 0.1, lon + 0.001 * (i % 50), 4000 + 25 * (i % 20), 120.0)
        return rows
    begin = 5.5 * 3600 + (int(address, 16) % 7) * 1200
    for i in range(61):
        share = i / 60
        row(
            begin + 30 * i,
            31.5 + (lat - 31.5) * share,
            lon,
            round(20000 + (elevation - 20000) * share),
            300 - 160 * share,
        )
    for i in range(1, 25):
        row(begin + 1800 + 300 * i, lat, lon, "ground", 0.0)
    for i in range(1, 61):
        share = i / 60
        row(
            begin + 9000 + 30 * i,
            lat + (31.5 - lat) * share,
            lon,
            round(elevation + (20000 - elevation) * share),
            140 + 160 * share,
        )
    return rows


@lru_cache(maxsize=4096)
def trace(address: str, day: date, *, kind: str = "IL76", owner: str = "SIM CARGO") -> bytes:
    """One aircraft's day, gzip as archives store it."""
    about = {
        "icao": address, "r": f"SIM-{address[-4:].upper()}", "t": kind, "dbFlags": 0, "ownOp": owner,
        "source": SOURCE, "timestamp": midnight_s(day), "trace": points(address, day),
    }  # fmt: skip
    return gzip.compress(json.dumps(about, separators=(",", ":")).encode(), 6, mtime=0)


@lru_cache(maxsize=64)
def filler(size: int) -> bytes:
    """A trace of nobody wanted, of about this size."""
    noise = random.Random(size).randbytes(size * 3 // 4)  # noqa: S311
    about = {"icao": "d0ffff", "t": "FILL", "source": SOURCE, "timestamp": 0, "trace": [], "x": noise.hex()}
    return gzip.compress(json.dumps(about).encode(), 1, mtime=0)


@lru_cache(maxsize=4096)
def heatmap(day: date, number: int, records: int = 2000) -> bytes:
    """Half an hour of the made world: aircraft high up everywhere, and the locals low near the field."""
    rng = np.random.default_rng([day.toordinal(), number])
    kind = np.dtype([("hex", "<u4"), ("lat", "<i4"), ("lon", "<i4"), ("alt", "<i2"), ("gs", "<i2")])
    start = midnight_s(day) * 1000 + number * 1_800_000
    slices = []
    for s in range(4):
        at = int(start + s * 450_000)
        head = np.zeros(1, kind)
        head["hex"], head["lat"], head["lon"], head["alt"] = (
            MAGIC,
            np.uint32(at >> 32).view(np.int32),
            np.uint32(at & 0xFFFFFFFF).view(np.int32),
            30000,
        )
        world = np.zeros(records // 4, kind)
        world["hex"] = rng.integers(0xD10000, 0xD1FFFF, len(world))
        world["lat"], world["lon"] = (
            rng.integers(-60_000_000, 60_000_000, len(world)),
            rng.integers(-179_000_000, 179_000_000, len(world)),
        )
        world["alt"], world["gs"] = rng.integers(1000, 1600, len(world)), 4000
        near = np.zeros(len(LOCALS), kind)
        near["hex"] = [int(a, 16) for a in LOCALS]
        near["lat"], near["lon"] = int((FIELD[0] + 0.1) * 1e6), int(FIELD[1] * 1e6)
        near["alt"], near["gs"] = 160, 1200
        slices += [head, world, near]
    index = np.zeros(4, kind)
    return gzip.compress(index.tobytes() + b"".join(s.tobytes() for s in slices), 1, mtime=0)


@dataclass
class Pieces:
    """Bytes in pieces, read like one file."""

    starts: list[int] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, data: bytes) -> None:
        if data:
            self.starts.append(self.size)
            self.parts.append(data)
            self.size += len(data)

    def read(self, start: int, stop: int) -> bytes:
        out = []
        at = max(bisect_right(self.starts, start) - 1, 0)
        while at < len(self.parts) and self.starts[at] < stop:
            begin = self.starts[at]
            out.append(self.parts[at][max(start - begin, 0) : max(stop - begin, 0)])
            at += 1
        return b"".join(out)


def header(name: str, size: int, folder: bool = False) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, 1_693_526_400, 0o644
    if folder:
        info.type = tarfile.DIRTYPE
    return info.tobuf(tarfile.USTAR_FORMAT)


def folder_order(how: str, day: date) -> list[str]:
    """The order in which a file system names 256 folders: by name, hashed, or hashed anew each day."""
    names = [f"{i:02x}" for i in range(256)]
    if how == "sorted":
        return names
    salt = day.isoformat() if how == "hashed-daily" else ""
    return sorted(names, key=lambda n: hashlib.sha256(f"{salt}{n}".encode()).digest())


@dataclass(frozen=True)
class DayKind:
    """How a made day is packed."""

    order: str = "sorted"
    heatmaps: str = "first"
    """`first`, `last` or `none`: where they lie beside the traces."""
    folders: int = 256
    fill: int = 20
    filler_bytes: int = 8000
    corrupt: tuple[str, ...] = ()
    """Addresses whose member is damaged."""
    ended: bool = True


@lru_cache(maxsize=40)
def packed(day: date, fleet: Sequence[str], kind: DayKind) -> Pieces:
    """A day's tar."""
    tar = Pieces()

    def member(name: str, data: bytes) -> None:
        tar.add(header(name, len(data)))
        tar.add(data)
        tar.add(bytes(-len(data) % 512))

    def heatmaps() -> None:
        tar.add(header("./heatmap/", 0, folder=True))
        for n in range(48):
            member(f"./heatmap/{n:02d}.bin.ttf", heatmap(day, n))

    tar.add(header("./", 0, folder=True))
    member("./README.txt", b"SIMULATED\n")
    if kind.heatmaps == "first":
        heatmaps()
    tar.add(header("./traces/", 0, folder=True))
    chance = random.Random(day.toordinal())  # noqa: S311
    sizes = [int(kind.filler_bytes * s) for s in (0.4, 0.7, 1.0, 1.3, 1.6)]
    for name in folder_order(kind.order, day)[: kind.folders]:
        tar.add(header(f"./traces/{name}/", 0, folder=True))
        inside = [(f"d2{chance.randrange(256):02x}{name}", filler(chance.choice(sizes))) for _ in range(kind.fill)]
        for address in (*fleet, *LOCALS):
            if address[-2:] == name and (address in LOCALS or flies(address, day)):
                data = trace(address, day)
                inside.insert(
                    chance.randrange(len(inside) + 1),
                    (address, data[:100] + b"\xff" * 60 + data[160:] if address in kind.corrupt else data),
                )
        for address, data in dict(inside).items():
            member(f"./traces/{name}/trace_full_{address}.json", data)
    if kind.heatmaps == "last":
        heatmaps()
    member("./LICENSE-ODbL.txt", b"SIMULATED\n")
    if kind.ended:
        tar.add(bytes(10240 - tar.size % 10240 + 10240))
    return tar


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def tar_names(tar: Pieces) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(tar.read(0, tar.size))) as t:
        return t.getnames()
