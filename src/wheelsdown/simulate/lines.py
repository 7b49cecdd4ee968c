"""JSON lines: one aircraft object a line with its own ``now``, as readsb gives on ``--json-port``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import polars as pl

from wheelsdown.simulate.marking import Owners
from wheelsdown.simulate.packing import gzipped
from wheelsdown.simulate.points import type_words, wholes

__all__ = ["write_lines"]

_PLAIN: Final = (
    ("squawk", "squawk"),
    ("category", "category"),
    ("nic", "nic"),
    ("adsb_version", "version"),
    ("nac_p", "nac_p"),
    ("sil", "sil"),
)
_BY_OTHERS: Final = ("mlat", "tisb")


def write_lines(path: Path, positions: pl.DataFrame, owners: Owners) -> None:
    """Write positions as JSON lines, gzip, by time then address.

    Parameters
    ----------
    path : Path
    positions : POSITIONS
        Each with an address. Ground is ``"alt_baro":"ground"``; what is null is left out, as readsb does.
    owners : Owners
        Each line says ``"desc":"SIMULATED"``, so that a line by itself does.
    """
    ordered = positions.sort("time_utc", "icao24", maintain_order=True)
    path.write_bytes(gzipped("".join(_lines(ordered, owners)).encode()))


def _lines(rows: pl.DataFrame, owners: Owners) -> Iterator[str]:
    about = {a: json.dumps(owners.keys(a), separators=(",", ":"))[1:-1] for a in rows["icao24"].unique()}
    baro, geom, rate = (wholes(rows[c]) for c in ("altitude_ft", "altitude_geom_ft", "vertical_rate_fpm"))
    words = type_words(rows["position_source"], anonymous=False)
    hundredths = wholes(rows["track_deg"], 100)
    tenths = wholes(rows["groundspeed_kt"], 10)
    at_ms = rows["time_utc"].dt.epoch("ms")
    for i, row in enumerate(rows.iter_rows(named=True)):
        said: dict[str, Any] = {}
        if row["callsign"]:
            said["flight"] = row["callsign"].ljust(8)
        if row["on_ground"]:
            said["alt_baro"] = "ground"
        elif baro[i] is not None:
            said["alt_baro"] = baro[i]
        for key, values in (("alt_geom", geom), ("gs", tenths), ("track", hundredths), ("baro_rate", rate)):
            if (value := values[i]) is not None:
                said[key] = value / {"gs": 10, "track": 100}.get(key, 1) if key in ("gs", "track") else value
        said.update((key, row[name]) for name, key in _PLAIN if row[name] is not None)
        said |= {"lat": row["latitude_deg"], "lon": row["longitude_deg"], "seen_pos": 0.0, "seen": 0.0}
        for way in _BY_OTHERS:
            said[way] = ["lat", "lon"] if row["position_source"] == way else []
        body = json.dumps(said, separators=(",", ":"))[1:]
        now = f"{at_ms[i] // 1000}.{at_ms[i] % 1000:03d}"
        yield f'{{"now":{now},"hex":"{row["icao24"]}","type":"{words[i]}",{about[row["icao24"]]},{body}\n'
