"""Makes a SIMULATED day of the whole world: a daily release as adsb.lol publishes them, of aircraft that never were.

    python -m bench.world OUT.tar [--aircraft 70000] [--positions 50000000]

The tar holds ``./traces/xx/trace_full_<hex>.json`` (gzip), 48 small heatmaps and the end mark, in the shape that readsb
writes: points of 14 elements, the aircraft's object on every fourth. Addresses are d00000 to dfffff, call signs begin
with SIM, and each trace says ``"source": "SIMULATED by bench/world.py"``. The flights are those of `bench.made`.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import sys
import tarfile
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import polars as pl
from isal import igzip

from bench import heatmap, made
from wheelsdown.jit import compiled

__all__ = ["AIRCRAFT", "NAME", "POSITIONS", "SOURCE", "folder_frame", "traces", "write"]

SOURCE: Final = "SIMULATED by bench/world.py"
AIRCRAFT: Final = 70_000
POSITIONS: Final = 50_000_000
NAME: Final = f"v{made.DAY:%Y.%m.%d}-planes-readsb-prod-0.tar"
FOLDERS: Final = 256
ROWS_A_LEG: Final = 443.0
"""About what a made flight leaves; a folder is made a little too full and thinned evenly to the number wanted."""
_SPARE: Final = 1.2
_NONE: Final = -(1 << 31)
_ROOM: Final = 700
"""Bytes that a point with an object never exceeds."""


def _bytes(text: str) -> Any:
    return np.frombuffer(text.encode(), dtype=np.uint8)


_GROUND: Final = _bytes('"ground"')
_NULL: Final = _bytes("null")
_TYPE: Final = _bytes(',"adsb_icao",')
_FLIGHT: Final = _bytes('{"type":"adsb_icao","flight":"')
_SIGN_END: Final = _bytes('",')
_GEOM: Final = _bytes('"alt_geom":')
_TRACK: Final = _bytes('"ias":279,"tas":460,"mach":0.772,"wd":214,"ws":41,"track":')
_RATE: Final = _bytes(',"roll":-0.88,"mag_heading":338.03,"baro_rate":')
_REST: Final = _bytes(
    ',"squawk":"1000","emergency":"none","category":"A3","nav_qnh":1013.6,"nav_altitude_mcp":32000,"nic":8,"rc":186,'
    '"version":2,"nic_baro":1,"nac_p":9,"nac_v":1,"sil":3,"sil_type":"perhour","gva":2,"sda":2,"alert":0,"spi":0}'
)


@compiled
def _put(out: Any, at: int, text: Any) -> int:
    for c in text:
        out[at] = c
        at += 1
    return at


@compiled
def _number(out: Any, at: int, value: int, places: int) -> int:
    """Write value / 10 ** places with so many decimals."""
    if value == _NONE:
        return _put(out, at, _NULL)
    if value < 0:
        out[at] = 45
        at += 1
        value = -value
    digits = 1
    limit = 10
    while value >= limit or digits <= places:
        limit *= 10
        digits += 1
    end = at + digits + (1 if places else 0)
    i = end - 1
    for d in range(digits):
        if places and d == places:
            out[i] = 46
            i -= 1
        out[i] = 48 + value % 10
        value //= 10
        i -= 1
    return end


@compiled
def _points(
    out: Any, at: int, first: int, last: int,
    time: Any, lat: Any, lon: Any, alt: Any, geom: Any, ground: Any, gs: Any, track: Any, rate: Any, sign: Any,
) -> int:  # fmt: skip
    """Write the points of one aircraft, from row `first` to before `last`."""
    for r in range(first, last):
        out[at] = 91
        at = _number(out, at + 1, time[r], 2)
        out[at] = 44
        at = _number(out, at + 1, lat[r], 6)
        out[at] = 44
        at = _number(out, at + 1, lon[r], 6)
        out[at] = 44
        at = _put(out, at + 1, _GROUND) if ground[r] else _number(out, at + 1, alt[r], 0)
        out[at] = 44
        at = _number(out, at + 1, gs[r], 1)
        out[at] = 44
        at = _number(out, at + 1, track[r], 1)
        out[at] = 44
        out[at + 1] = 48
        out[at + 2] = 44
        at = _number(out, at + 3, rate[r], 0)
        out[at] = 44
        at += 1
        if (r - first) % 4 == 3:
            at = _put(out, at, _FLIGHT)
            at = _put(out, at, sign[r])
            at = _put(out, at, _SIGN_END)
            if geom[r] != _NONE:
                at = _put(out, at, _GEOM)
                at = _number(out, at, geom[r], 0)
                out[at] = 44
                at += 1
            at = _put(out, at, _TRACK)
            at = _number(out, at, track[r], 1)
            at = _put(out, at, _RATE)
            at = _number(out, at, 0 if rate[r] == _NONE else rate[r], 0)
            at = _put(out, at, _REST)
        else:
            at = _put(out, at, _NULL)
        at = _put(out, at, _TYPE)
        at = _number(out, at, geom[r], 0)
        out[at] = 44
        at = _number(out, at + 1, rate[r], 0)
        out[at] = 44
        at = _number(out, at + 1, _NONE if ground[r] else 279, 0)
        out[at] = 44
        at = _number(out, at + 1, _NONE if ground[r] else -9, 1)
        out[at] = 93
        out[at + 1] = 44
        out[at + 2] = 10
        at += 3
    return at - 2


def traces(frame: pl.DataFrame) -> list[tuple[str, bytes]]:
    """Write made rows as traces, not compressed: address and JSON of each aircraft.

    Parameters
    ----------
    frame : polars.DataFrame
        As `made.flights` gives it, rows of an aircraft together.
    """

    def whole(name: str, scale: float) -> Any:
        return np.rint(frame[name].cast(pl.Float64).fill_null(_NONE / scale).to_numpy() * scale).astype(np.int64)

    base_ms = int(made.DAY.timestamp() * 1000)
    sign = np.array(frame["callsign"].str.pad_end(8).to_list(), dtype="S8").view(np.uint8).reshape(-1, 8)
    columns = (
        (frame["time_utc"].to_physical().to_numpy() - base_ms) // 10,
        whole("latitude_deg", 1e6), whole("longitude_deg", 1e6), whole("altitude_ft", 1), whole("altitude_geom_ft", 1),
        frame["on_ground"].to_numpy(), whole("groundspeed_kt", 10), whole("track_deg", 10),
        whole("vertical_rate_fpm", 1), sign,
    )  # fmt: skip
    runs = frame["icao24"].rle().struct.unnest()
    ends = runs["len"].cast(pl.Int64).cum_sum()
    out = np.empty(int(runs["len"].max() or 0) * _ROOM, dtype=np.uint8)  # type: ignore[arg-type]
    found = []
    for address, rows, end in zip(runs["value"], runs["len"], ends, strict=True):
        used = _points(out, 0, end - rows, end, *columns)
        head = (
            f'{{"icao":"{address}","source":"{SOURCE}","noRegData":true,"timestamp": {base_ms / 1000:.3f},"trace":[\n'
        )
        found.append((address, head.encode() + out[:used].tobytes() + b"\n ]}\n"))
    return found


@lru_cache(maxsize=1)
def _ports() -> tuple[made.Ports, Any]:
    from bench.accuracy import reference

    ports = made.ports_of(*reference(), np.random.default_rng(1))
    return ports, made.apart(ports)


def folder_frame(folder: int, aircraft: int, positions: int, seed: int = 1) -> pl.DataFrame:
    """Make the rows of the aircraft whose addresses end in one byte, by address then time; exactly so many.

    Fewer only where `positions` is more than five flights each can give.
    """
    rng = np.random.default_rng([seed, folder])
    ports, apart_km = _ports()
    wanted = positions * _SPARE / aircraft / ROWS_A_LEG
    legs = 1 + rng.binomial(4, min(max((wanted - 1.0) / 4.0, 0.0), 1.0), aircraft)
    numbers = np.arange(aircraft) * FOLDERS + folder
    frames = []
    for n in np.unique(legs):
        these = numbers[legs == n]
        at = rng.integers(0, len(ports.field) // 2, len(these))
        take, land, _ = made.routes(rng, ports, at, int(n), apart_km)
        frames.append(made.flights(rng, ports, these, take, land, source=SOURCE))
    whole = pl.concat(frames).sort("icao24", maintain_order=True)
    if whole.height > positions:
        whole = whole[np.linspace(0, whole.height - 1, positions).astype(np.int64)]
    return whole


def _share(total: int, parts: int, part: int) -> int:
    """Divide a whole number evenly."""
    return total * (part + 1) // parts - total * part // parts


def _folder(folder: int, aircraft: int, positions: int) -> tuple[int, bytes]:
    """Give one folder of the tar as bytes, and how many positions are in it."""
    mine = _share(aircraft, FOLDERS, folder)
    out = io.BytesIO()
    rows = 0
    if mine:
        before = aircraft * folder // FOLDERS
        rows_here = positions * (before + mine) // aircraft - positions * before // aircraft
        frame = folder_frame(folder, mine, rows_here)
        rows = frame.height
        _member(out, f"./traces/{folder:02x}/", None)
        for address, text in traces(frame):
            _member(out, f"./traces/{folder:02x}/trace_full_{address}.json", igzip.compress(text, 1))
    return rows, out.getvalue()


def _member(out: IO[bytes], name: str, data: bytes | None) -> None:
    info = tarfile.TarInfo(name)
    info.mtime = int(made.DAY.timestamp()) + 90_000
    if data is None:
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        out.write(info.tobuf(tarfile.USTAR_FORMAT))
        return
    info.size = len(data)
    out.write(info.tobuf(tarfile.USTAR_FORMAT))
    out.write(data + bytes(-len(data) % tarfile.BLOCKSIZE))


def write(path: Path, *, aircraft: int = AIRCRAFT, positions: int = POSITIONS, processes: int | None = None) -> int:
    """Write the release; gives how many positions are in it.

    Parameters
    ----------
    path : path
        The tar; written under another name and renamed.
    aircraft, positions : int
        How many; every aircraft has at least one trace.
    processes : int, optional
        Makers side by side; as many as there are cores without.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_path = path.with_suffix(".partial")
    total = 0
    make = partial(_folder, aircraft=aircraft, positions=positions)
    with partial_path.open("wb") as out:
        _member(out, "./traces/", None)
        if processes == 1:
            found = map(make, range(FOLDERS))
            for rows, data in found:
                out.write(data)
                total += rows
        else:
            with ProcessPoolExecutor(processes or os.cpu_count(), get_context("spawn")) as pool:
                for rows, data in pool.map(make, range(FOLDERS)):
                    out.write(data)
                    total += rows
        _member(out, "./heatmap/", None)
        small = gzip.compress(heatmap.made(aircraft=20, slices=2), 1)
        for half_hour in range(48):
            _member(out, f"./heatmap/{half_hour:02d}.bin.ttf", small)
        out.write(bytes(2 * tarfile.BLOCKSIZE))
        out.write(bytes(-out.tell() % tarfile.RECORDSIZE))
    partial_path.replace(path)
    return total


def main() -> int:
    """Make the file."""
    parser = argparse.ArgumentParser(description="a SIMULATED day of the whole world")
    parser.add_argument("path", type=Path)
    parser.add_argument("--aircraft", type=int, default=AIRCRAFT)
    parser.add_argument("--positions", type=int, default=POSITIONS)
    options = parser.parse_args()
    print(write(options.path, aircraft=options.aircraft, positions=options.positions))
    return 0


if __name__ == "__main__":
    sys.exit(main())
