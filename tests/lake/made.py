"""SIMULATED rows for the tests of lakes: cheap ones to be sorted and merged, and files that hold them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from wheelsdown.lake import Lake
from wheelsdown.provenance import Receipt
from wheelsdown.schema import POSITIONS
from wheelsdown.sources.interface import Claim

SOURCE, SIMULATED_TOO = "SIMULATED", "SIMULATED too"
START = datetime(2023, 8, 31, 22, 0, tzinfo=UTC)
INDEX = ("positions", "near", "aircraft", "traffic")


@dataclass(frozen=True)
class Piece:
    """A file's worth of rows, with its receipt."""

    positions: pl.DataFrame
    receipt: Receipt
    traffic: pl.DataFrame
    claims: tuple[Claim, ...] = ()


def walk(
    seed: int, rows: int = 300, *, aircraft: int = 4, hours: float = 54.0, start: datetime = START
) -> pl.DataFrame:
    """Make rows of several aircraft over midnights: two providers, rows without an address, `~` addresses, -0."""
    rng = np.random.default_rng(seed)
    known = [f"d0000{i}" for i in range(aircraft)] + ["~d000ff", None]
    who = rng.integers(0, len(known), rows)
    # few distinct moments and places, so that rows do repeat one another
    second = rng.integers(0, int(hours * 3600 / 60), rows) * 60
    height = rng.integers(0, 40, rows) * 500.0
    lat = np.where(rng.random(rows) < 0.1, -1e-9, 29.94 + rng.integers(-40, 40, rows) / 80 + 1e-7)
    lon = np.where(rng.random(rows) < 0.1, 179.9999999, 34.93 + rng.integers(-40, 40, rows) / 80)
    frame = pl.DataFrame(
        {
            "icao24": [known[i] for i in who],
            "track_id": [None if (k := known[i]) and k[0] != "~" else f"track{i}" for i in who],
            "time_utc": [start + timedelta(seconds=int(s)) for s in second],
            "latitude_deg": lat,
            "longitude_deg": lon,
            "altitude_ft": pl.Series(height, dtype=pl.Float32),
            "on_ground": [None if h > 15_000 else bool(h == 0) for h in height],
            "vertical_rate_fpm": pl.Series(rng.choice([0.0, -0.0, 64.0], rows), dtype=pl.Float32),
            "callsign": rng.choice(["SIM1", "SIM2"], rows).tolist(),
            "source": rng.choice([SOURCE, SIMULATED_TOO], rows, p=[0.8, 0.2]).tolist(),
        }
    ).with_columns(
        pl.col("time_utc").cast(POSITIONS.schema["time_utc"]),
        squawk=pl.when(pl.Series(rng.random(rows) < 0.3)).then(pl.lit("1000")),
    )
    return POSITIONS.conform(frame, fill=True)


def receipt(name: str, rows: int = 0) -> Receipt:
    """Make a receipt of a file that is not there."""
    return Receipt(f"made/{name}", hashlib.sha256(name.encode()).hexdigest(), 1 + rows, "made", rows)


def pieces(frame: pl.DataFrame, cuts: Sequence[int], traffic: pl.DataFrame | None = None) -> list[Piece]:
    """Deal rows out to as many files as there are different numbers in `cuts`; row i goes to file ``cuts[i]``."""
    number = pl.Series("_n", [cuts[i % len(cuts)] for i in range(frame.height)])
    out = []
    for k, n in enumerate(sorted(set(cuts))):
        rows = frame.filter(number == n)
        paper = receipt(f"{n}.json", rows.height)
        beside = frame.clear() if traffic is None else traffic.filter(pl.int_range(pl.len()) % len(set(cuts)) == k)
        said = Claim("made", icao24="d00000", registration=f"SIM-{n}", as_of=f"2023-0{8 + n % 2}-05")
        out.append(
            Piece(
                rows.with_columns(receipt=pl.lit(paper.receipt)), paper,
                beside.with_columns(receipt=pl.lit(paper.receipt)), (said,),
            )
        )  # fmt: skip
    return out


def put(path: Path, batches: Iterable[Sequence[Piece]]) -> Lake:
    """Put pieces into a lake, one commit a batch."""
    lake = Lake.open(path, create=True)
    for some in batches:
        with lake.batch() as batch:
            for p in some:
                batch.add(p.positions, receipts=[p.receipt], claims=p.claims)
                if p.traffic.height:
                    batch.add_traffic(p.traffic)
            batch.commit(inputs=[p.receipt for p in some])
    return lake


def content(lake: Lake, kinds: Iterable[str] = INDEX) -> dict[str, str]:
    """Give the sha256 of every file of some tables, by name."""
    return {
        p.relative_to(lake.path).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for kind in kinds
        for p in lake.layout.files(kind)
    }


def papers(lake: Lake) -> set[tuple[Any, ...]]:
    """Give the set of receipts."""
    return set(lake.receipts().iter_rows())


def staged(path: Path) -> list[str]:
    """Name what lies in the staging folder."""
    folder = path / ".staging"
    return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []


def save(frame: pl.DataFrame, path: Path) -> Path:
    """Write POSITIONS as a Parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    return path
