"""A UTC day as a release: the tar that adsb.lol publishes, of traces and heatmaps.

A day that is whole has traces in all 256 folders and 48 heatmaps; by that readers tell it from a damaged one. Simulated
aircraft fill few folders, so the others get a trace without points, marked like the rest. A heatmap has no room for a
mark, so those in the tar hold their slices and no position: nothing unmarked can be taken out of it.
"""

from __future__ import annotations

import struct
import tarfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Final

import polars as pl

from wheelsdown.simulate.marking import SAYS, SIMULATED, Owners
from wheelsdown.simulate.packing import gzipped
from wheelsdown.simulate.points import point_rows, trace_text

__all__ = ["release_name", "write_release"]

_FOLDERS: Final = 256
_HALVES: Final = 48
_SLICE_MS: Final = 30_000
_SLICES: Final = 60
_MAGIC: Final = 0x0E7F7C9D
_RECORD: Final = struct.Struct("<IIIHh")
_FILLER: Final = "dfff"
"""Before the folder's name: address of the traces without points."""
_WRITTEN_AFTER_S: Final = 90_000
_README: Final = f"""{SAYS}

Written by wheelsdown simulate in the form of a daily release of adsb.lol. traces/xx/trace_full_<address>.json are gzip;
each says "desc":"SIMULATED". Traces without points stand for folders without aircraft. The heatmaps hold no positions.
"""


def release_name(day: date) -> str:
    """Name the release of a day as adsb.lol does, with SIMULATED in the place of the machine."""
    return f"v{day:%Y.%m.%d}-planes-readsb-{SIMULATED}-0.tar"


def _midnight_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def write_release(path: Path, positions: pl.DataFrame, owners: Owners, day: date, *, halves: int = _HALVES) -> int:
    """Write one day's release.

    Parameters
    ----------
    path : Path
        The tar to write.
    positions : POSITIONS
        Of this day, each with an address.
    owners : Owners
    day : date
    halves : int
        How many half hours, from midnight on, the archive has of the day: 48 of a whole one.

    Returns
    -------
    int
        How many traces with positions.

    Notes
    -----
    The order of the members, their times and owners are fixed: the same rows give the same bytes.
    """
    midnight_ms = _midnight_ms(day)
    traces: dict[str, list[tuple[str, bytes]]] = {f"{n:02x}": [] for n in range(_FOLDERS)}
    written = 0
    ordered = positions.sort("icao24", "time_utc", maintain_order=True)
    for (address,), rows in ordered.group_by("icao24", maintain_order=True):
        name = str(address)
        text = trace_text(name, owners.keys(name), midnight_ms, point_rows(rows, midnight_ms, name))
        traces[name[-2:]].append((name, text))
        written += 1
    with path.open("wb") as out:
        tar = _Tar(out, midnight_ms // 1000 + _WRITTEN_AFTER_S)
        tar.add("./README.txt", _README.encode())
        tar.add("./traces/", None)
        for folder, found in traces.items():
            tar.add(f"./traces/{folder}/", None)
            for name, text in found or [_filler(folder, midnight_ms)]:
                tar.add(f"./traces/{folder}/trace_full_{name}.json", gzipped(text))
        tar.add("./heatmap/", None)
        for half, data in _heatmaps(midnight_ms, halves):
            tar.add(f"./heatmap/{half:02d}.bin.ttf", gzipped(data))
        tar.end()
    return written


def _filler(folder: str, midnight_ms: int) -> tuple[str, bytes]:
    name = _FILLER + folder
    return name, trace_text(name, {"noRegData": True, "desc": SIMULATED}, midnight_ms, [])


def _heatmaps(midnight_ms: int, halves: int) -> Iterator[tuple[int, bytes]]:
    """Give half hours as readsb writes them: an index of slices, and the slices' headers."""
    for half in range(halves):
        index = b"".join(_RECORD.pack(_SLICES + k, 0, 0, 0, 0) for k in range(_SLICES))
        slices = b""
        for k in range(_SLICES):
            at_ms = midnight_ms + (half * _SLICES + k) * _SLICE_MS
            slices += _RECORD.pack(_MAGIC, at_ms >> 32, at_ms & 0xFFFFFFFF, _SLICE_MS, 0)
        yield half, index + slices


class _Tar:
    """Writes members with fixed headers, in the order given."""

    def __init__(self, out: IO[bytes], mtime: int) -> None:
        self._out, self._mtime = out, mtime

    def add(self, name: str, data: bytes | None) -> None:
        """Write a file, or a folder where there is no data."""
        info = tarfile.TarInfo(name)
        info.mtime = self._mtime
        if data is None:
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            self._out.write(info.tobuf(tarfile.USTAR_FORMAT))
            return
        info.size = len(data)
        self._out.write(info.tobuf(tarfile.USTAR_FORMAT))
        self._out.write(data + bytes(-len(data) % tarfile.BLOCKSIZE))

    def end(self) -> None:
        """Write the end mark, and fill the last record."""
        self._out.write(bytes(2 * tarfile.BLOCKSIZE))
        self._out.write(bytes(-self._out.tell() % tarfile.RECORDSIZE))
