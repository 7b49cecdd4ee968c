"""Rows that come in any number take a bounded amount of memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MOST_MIB = 2_600
"""Libraries, runs and a few copies of a piece of rows; measured 990 MiB alone, 1,350 on a busy machine."""

ADD = """
import resource, sys
import numpy as np, polars as pl
from wheelsdown.lake import Lake
from wheelsdown.schema import POSITIONS
rng = np.random.default_rng(1)
lake = Lake.open(sys.argv[1], create=True)
each, begin = 100_000, 1_693_526_400_000
with lake.batch() as batch:
    for n in range(30):
        who = rng.integers(0, 3_000, each)
        batch.add(POSITIONS.conform(pl.DataFrame({
            "icao24": pl.Series([f"d{i:05x}" for i in range(3_000)]).gather(who),
            "time_utc": pl.Series(begin + rng.integers(0, 86_400_000, each)).cast(pl.Datetime("ms", "UTC")),
            "latitude_deg": rng.uniform(-60, 60, each), "longitude_deg": rng.uniform(-180, 180, each),
            "altitude_ft": rng.uniform(0, 40_000, each).astype(np.float32),
            "groundspeed_kt": rng.uniform(0, 500, each).astype(np.float32),
            "on_ground": np.zeros(each, bool), "source": ["SIMULATED"] * each}), fill=True))
    done = batch.commit()
print(done.positions, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_three_million_rows(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("the unit of the system's count is known on Linux only")
    done = subprocess.run(
        [sys.executable, "-c", ADD, str(tmp_path / "lake")], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-600:]
    positions, mib = (int(x) for x in done.stdout.split())
    assert 2_990_000 < positions <= 3_000_000
    assert mib < MOST_MIB
