"""Decodes traces by the usual means, for `bench.decode`. Runs in the other tools' environment.

Reads one JSON request a line from stdin, ``{"files": [...], "do": "parse" | "columns" | "parquet"}``, and answers on
stdout with CPU seconds and what was read. Files are in memory before the clock starts.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import deflate
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import simdjson

SOURCES = {
    "adsb_icao": "adsb", "adsb_icao_nt": "adsb", "adsb_other": "adsb", "adsr_icao": "adsr", "adsr_other": "adsr",
    "tisb_icao": "tisb", "tisb_other": "tisb", "tisb_trackfile": "tisb", "mode_ac": "mode_s",
}  # fmt: skip
SCHEMA = {
    "icao24": pa.string(), "time_utc": pa.timestamp("ms", "UTC"), "latitude_deg": pa.float64(),
    "longitude_deg": pa.float64(), "altitude_ft": pa.float32(), "altitude_geom_ft": pa.float32(),
    "on_ground": pa.bool_(), "groundspeed_kt": pa.float32(), "track_deg": pa.float32(),
    "vertical_rate_fpm": pa.float32(), "callsign": pa.string(), "squawk": pa.string(), "category": pa.string(),
    "position_source": pa.string(), "adsb_version": pa.int32(), "nic": pa.int32(), "nac_p": pa.int32(),
    "sil": pa.int32(), "source": pa.string(), "receipt": pa.string(),
}  # fmt: skip


def parse(packed: list[bytes]) -> dict[str, Any]:
    """Unpack with libdeflate and parse with simdjson; nothing is made of it."""
    parser = simdjson.Parser()
    for data in packed:
        document = parser.parse(deflate.gzip_decompress(data))
        del document
    return {}


def columns(packed: list[bytes]) -> dict[str, list[Any]]:
    """Unpack with the standard library, parse with orjson, and fill the same columns point by point."""
    out: dict[str, list[Any]] = {name: [] for name in SCHEMA}
    (
        icao24, times, lats, lons, alts, geoms, grounds, speeds, tracks, rates, callsigns, squawks, categories, hows,
        versions, nics, nac_ps, sils, sources, receipts,
    ) = out.values()  # fmt: skip
    for data in packed:
        whole = orjson.loads(gzip.decompress(data))
        base, address, source = whole["timestamp"], whole["icao"], whole.get("source", "readsb")
        callsign = squawk = category = version = nic = nac_p = sil = None
        for point in whole["trace"]:
            height, flags, obj = point[3], point[6], point[8]
            if flags & 2:
                callsign = squawk = nic = nac_p = sil = None
            how, above, other_rate = point[9:12] if len(point) > 11 else (None, None, None)
            if obj is not None:
                get = obj.get
                callsign = get("flight", "").strip() or callsign
                squawk = get("squawk") or squawk
                category = get("category") or category
                version = get("version", version)
                nic = get("nic", nic)
                nac_p = get("nac_p", nac_p)
                sil = get("sil", sil)
                how = how or get("type")
                if above is None and not flags & 8:
                    above = get("alt_geom")
            ground = height == "ground"
            if ground:
                height = None
            icao24.append(address)
            times.append(round((point[0] + base) * 1000))
            lats.append(point[1])
            lons.append(point[2])
            alts.append(None if flags & 8 else height)
            geoms.append(height if above is None and flags & 8 else above)
            grounds.append(ground if ground or height is not None else None)
            speeds.append(point[4])
            tracks.append(point[5])
            rate = point[7]
            rates.append(other_rate if rate is None else rate)
            callsigns.append(callsign)
            squawks.append(squawk)
            categories.append(category)
            hows.append(SOURCES.get(how, how or "unknown"))
            versions.append(version)
            nics.append(nic)
            nac_ps.append(nac_p)
            sils.append(sil)
            sources.append(source)
            receipts.append(None)
    return out


def parquet(packed: list[bytes]) -> dict[str, list[Any]]:
    """Do as `columns` does, sort by aircraft and time, and write Parquet."""
    made = columns(packed)
    table = pa.table({n: pa.array(v, SCHEMA[n]) for n, v in made.items()})
    table = table.sort_by([("icao24", "ascending"), ("time_utc", "ascending")])
    descriptor, name = tempfile.mkstemp(suffix=".parquet")
    os.close(descriptor)
    try:
        pq.write_table(table, name, compression="zstd", compression_level=3)
    finally:
        Path(name).unlink()
    return made


DO: dict[str, Callable[[list[bytes]], dict[str, Any]]] = {"parse": parse, "columns": columns, "parquet": parquet}


def main() -> None:
    """Answer requests until there are no more."""
    held: dict[str, bytes] = {}
    for line in sys.stdin:
        request = json.loads(line)
        packed = [held.setdefault(f, Path(f).read_bytes()) if f not in held else held[f] for f in request["files"]]
        before = time.process_time()
        made = DO[request["do"]](packed)
        answer: dict[str, Any] = {"cpu_s": time.process_time() - before}
        if made:
            answer["rows"] = len(made["icao24"])
            answer["sum"] = math.fsum(
                v for n in ("latitude_deg", "altitude_ft", "nic") for v in made[n] if v is not None
            )
            answer["call_signs"] = sum(v is not None for v in made["callsign"])
        made = {}  # let go of before the clock of the next request starts
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
