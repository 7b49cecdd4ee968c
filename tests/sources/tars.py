"""Tars and releases made for tests: SIMULATED aircraft."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Iterable

DAY_S = 1_893_456_000.0  # 2030-01-01


def trace(address: str, *, points: int = 3, latitude: float = -23.5, longitude: float = -46.6) -> bytes:
    """A trace as it lies in a release: gzip, whatever its name says."""
    rows = [
        [10.0 + 30 * i, latitude + i / 100, longitude - i / 100, "ground" if i == 0 else 1000 * i, 100.0, 90.0, 0, 64,
         {"type": "adsb_icao", "flight": "SIM1    ", "squawk": "0020"}, "adsb_icao", 1100 * i, 64, 90, 0.0]
        for i in range(points)
    ]  # fmt: skip
    whole = {"icao": address, "noRegData": True, "timestamp": DAY_S, "trace": rows}
    return gzip.compress(json.dumps(whole).encode(), mtime=0)


def name_of(address: str) -> str:
    return f"./traces/{address[-2:]}/trace_full_{address}.json"


def tar(members: Iterable[tuple[str, bytes | None]], *, form: int = tarfile.GNU_FORMAT) -> bytes:
    """A tar of files, and of folders where there are no bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            if data is None:
                info.type = tarfile.DIRTYPE
            else:
                info.size = len(data)
            archive.addfile(info, None if data is None else io.BytesIO(data))
    return out.getvalue()


def release(
    addresses: Iterable[str], *, folders: int = 256, heatmaps: int = 48, points: int = 3
) -> list[tuple[str, bytes | None]]:
    """The members of a day as adsb.lol lays them out; `folders` are filled with made addresses."""
    out: list[tuple[str, bytes | None]] = [("./", None), ("./README.txt", b"SIMULATED"), ("./traces/", None)]
    named = {a[-2:]: a for a in addresses}
    for i in range(256):
        out.append((f"./traces/{i:02x}/", None))
        if i < folders:
            address = named.get(f"{i:02x}", f"d000{i:02x}")
            out.append((name_of(address), trace(address, points=points)))
    out.append(("./heatmap/", None))
    out += [(f"./heatmap/{i:02d}.bin.ttf", gzip.compress(b"")) for i in range(heatmaps)]
    return out
