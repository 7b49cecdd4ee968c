"""The kernel uncompiled gives what the compiled one gives, so that what is read is what runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.inference.made import Flight, Runway, sampled
from tests.inference.spoofed import between, jittered, later, without
from wheelsdown.inference import infer
from wheelsdown.reference.airfields import Airfields
from wheelsdown.sources import read

PROGRAM = """
import sys
from pathlib import Path
import numba
import polars as pl
from wheelsdown.inference import infer
from wheelsdown.inference.kernel import segment

assert numba.config.DISABLE_JIT and not hasattr(segment, "py_func")
folder = Path(sys.argv[1])
names = ("airfields", "runways", "positions")
airfields, runways, positions = (pl.read_parquet(folder / f"{n}.parquet") for n in names)
found = infer(positions, airfields=airfields, runways=runways, ruled_out=True)
for name in ("visits", "legs", "gaps"):
    getattr(found, name).write_parquet(folder / f"found_{name}.parquet")
"""


def same_uncompiled(positions: pl.DataFrame, tables: Airfields, folder: Path) -> pl.DataFrame:
    """Run both; hand back the visits. Only fields within three degrees of the track take part: it is slow."""
    lat, lon = positions["latitude_deg"], positions["longitude_deg"]
    near = pl.col("latitude_deg").is_between(lat.min() - 3, lat.max() + 3) & pl.col("longitude_deg").is_between(  # type: ignore[operator]
        lon.min() - 3,  # type: ignore[operator]
        lon.max() + 3,  # type: ignore[operator]
    )
    airfields = tables.fields.filter(near)
    runways = tables.runways.join(airfields, on="code", how="semi", maintain_order="left")
    for name, frame in (("airfields", airfields), ("runways", runways), ("positions", positions)):
        frame.write_parquet(folder / f"{name}.parquet")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    compiled = infer(positions, airfields=airfields, runways=runways, ruled_out=True)
    for name in ("visits", "legs", "gaps"):
        assert_frame_equal(pl.read_parquet(folder / f"found_{name}.parquet"), getattr(compiled, name))
    return compiled.visits


def test_a_simulated_day(airfields: Airfields, runway: Callable[[str, str], Runway], tmp_path: Path) -> None:
    """Seen and unseen stops, a go-around, a touch of false altitude, a silence, no ground flag on one aircraft."""
    o, r = runway("LLOV", "20L"), runway("LLER", "19")
    first = Flight().stand(o, 10).take_off(o).to(o.point(80, 30), 12_000, kt=300).approach(r, to_ft=250)
    first.to(r.point(-10), 4_000, kt=180).to(r.point(30, 12), 4_500, kt=200).land(r).stand(r, 60)
    first.take_off(r).to(r.point(-60, 20), 10_000, kt=280).land(o).stand(o, 15)
    second = Flight(icao24="d00002").approach(o).land(o, from_km=2.0).stand(o, 40).take_off(o)
    second.to(o.point(-120, 30), 20_000, kt=330)
    positions = pl.concat(
        [
            sampled(first, every_s=8.0, noise_m=15.0),
            sampled(first, every_s=12.0, flag=None).with_columns(icao24=pl.lit("d00003")),
            sampled(second, every_s=10.0, above_ft=900.0, qnh=1000.0),
        ]
    )
    spoilt = pl.when(pl.int_range(pl.len()) % 211 == 17)
    positions = positions.with_columns(
        altitude_ft=spoilt.then(pl.lit(38_000.0, pl.Float32)).otherwise("altitude_ft"),
        latitude_deg=pl.when(pl.int_range(pl.len()) % 307 == 5).then(50.0).otherwise("latitude_deg"),
    )
    visits = same_uncompiled(positions, airfields, tmp_path)
    assert {"observed", "ruled_out"} <= set(visits["grade"])
    assert visits.height >= 8


def test_false_positions(airfields: Airfields, runway: Callable[[str, str], Runway], tmp_path: Path) -> None:
    """Two on one address, a stretch elsewhere and back, a jump hidden in a silence, a place that does not move."""
    o, r = runway("LLOV", "20L"), runway("LLER", "19")
    first = Flight().stand(o, 10).take_off(o).to(o.point(80, 30), 12_000, kt=300).land(r).stand(r, 60)
    first.take_off(r).to(r.point(-60, 20), 10_000, kt=280).land(o).stand(o, 15)
    p = sampled(first, every_s=10.0)
    away = between(p, 1200, 1500)
    p = without(jittered(p, away, (31.8, 36.0)), 6500, 6800)
    b = runway("LLBG", "26")
    other = sampled(Flight(callsign="SIM002").stand(b, 20).take_off(b).land(b).stand(b, 10), every_s=10.0)
    both = pl.concat([p, later(other, 2.3)])
    still = sampled(first, every_s=10.0).with_columns(icao24=pl.lit("d00002"))
    still = jittered(still, between(still, 900, 2400), (30.0, 34.9), 0.1)
    visits = same_uncompiled(pl.concat([both, still]), airfields, tmp_path)
    assert visits["track_id"].drop_nulls().len()
    assert visits["quarantined"].drop_nulls().len()


def test_a_real_trace_thinned(airfields: Airfields, shared: Callable[[str], Path], tmp_path: Path) -> None:
    positions = read(shared("flight/readsb_trace/trace_full_ac671b.json")).positions
    visits = same_uncompiled(positions.gather_every(max(1, positions.height // 2_500)), airfields, tmp_path)
    assert "KMSP" in visits["airfield"].to_list()


if os.environ.get("NUMBA_DISABLE_JIT"):
    pytestmark = pytest.mark.skip(reason="numba is switched off: there is no compiled result to compare with")
