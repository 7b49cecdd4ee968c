"""A SIMULATED world day through a lake, and two questions over a SIMULATED year: seconds, memory, bytes read.

Both parts run only when they are asked for by name: they take minutes, and gigabytes of disk under ``.cache``, which
are removed after. CPU seconds are those of child processes with all their threads; wall time on a shared machine says
little. Bytes read are what the process asked the system for, less what the same question asks over a lake of one tiny
day; positions and places are read by pread, never mapped. The small tables are mapped: they count as read whole.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl

from bench import peers, speed, stages, world, year

__all__ = ["GOALS", "measure_world", "measure_year", "report_world", "report_year"]

GOALS: Final = {"peak_gib": 3.0, "airfield_pct": 3.0, "aircraft_pct": 2.0, "wall_s": 3.0}
ROUNDS: Final = 5
LARGE: Final = ("positions", "near", "traffic")
SCAN: Final = """
import sys
import pyarrow.parquet as pq
for path in sys.argv[2:]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=131072, columns=sys.argv[1].split(",")):
            pass
"""
_MIB: Final = 1 << 20


@contextmanager
def _folder(name: str, *, keep: bool) -> Iterator[Path]:
    """Give an empty folder in the cache, removed in the end."""
    path = peers.CACHE / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        if not keep:
            shutil.rmtree(path, ignore_errors=True)


def _env() -> dict[str, str]:
    # as on a user's machine: modules are compiled to bytecode once, not in every run
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _bytes(lake: Path) -> dict[str, int]:
    """Weigh the lake's folders; what lies in its cache is not counted."""
    out = {p.name: sum(f.stat().st_size for f in p.rglob("*") if f.is_file()) for p in lake.iterdir() if p.is_dir()}
    return {k: v for k, v in sorted(out.items()) if not k.startswith(".")}


def _taken(run: speed.Run) -> dict[str, float]:
    return {"cpu_s": run.cpu_s, "wall_s": run.wall_s, "peak_gib": run.peak_mib / 1024.0}


def measure_world(
    aircraft: int = world.AIRCRAFT, positions: int = world.POSITIONS, *, keep: bool = False
) -> dict[str, Any]:
    """Make a world day, ingest it, ask about it.

    Parameters
    ----------
    aircraft, positions : int
        How many.
    keep : bool
        Leave the files in ``.cache/bench/world``.

    Raises
    ------
    bench.speed.ChildError
        A command failed.
    """
    env = _env()
    command = str(Path(sys.executable).with_name("wheelsdown"))
    with _folder("world", keep=keep) as folder:
        tar, lake, out, clock = (folder / n for n in (world.NAME, "lake", "visits.parquet", "stages.json"))
        sized = ["--aircraft", str(aircraft), "--positions", str(positions)]
        print(f"making a SIMULATED world day of {positions} positions", file=sys.stderr)
        steps = {
            "make the release (not part of wheelsdown)": _run(
                [sys.executable, "-m", "bench.world", str(tar), *sized], env
            )
        }
        into = ["ingest", str(tar), "--lake", str(lake)]
        steps["ingest"] = _run([sys.executable, "-m", "bench.stages", str(clock), *into], env)
        paths = [str(p) for p in sorted((lake / "positions").rglob("*.parquet"))]
        scan = [sys.executable, "-c", SCAN, ",".join(speed.columns_read()), *paths]
        steps["plain scan of the lake's positions"] = _run(scan, env)
        steps["visits, everything"] = _run([command, "visits", "--lake", str(lake), "-o", str(out)], env)
        visits = pl.read_parquet(out)
        named = visits["airfield"].drop_nulls().value_counts().sort("count", "airfield")
        airfield = named["airfield"][named.height // 2]
        address = visits["icao24"].value_counts().sort("count", "icao24", descending=[True, False])["icao24"][0]
        asked = {
            f"visits at {airfield}": ["visits", "--airfield", airfield],
            f"visits of {address}": ["visits", "--icao24", address],
            f"coverage of {airfield}": ["coverage", "--airfield", airfield],
        }
        for name, words in asked.items():
            steps[name] = _run([command, *words, "--lake", str(lake), "-o", str(out)], env)
        steps["verify"] = _run([command, "verify", str(lake), "-o", str(folder / "verified.csv")], env)
        rows = pl.scan_parquet(paths, glob=False).select(
            pl.len(), pl.col("icao24").n_unique(), pl.col("source").str.starts_with("SIMULATED").all()
        )
        held = rows.collect(engine="streaming").row(0)
        return {
            "aircraft": aircraft,
            "positions": positions,
            "tar_bytes": tar.stat().st_size,
            "rows": held[0],
            "aircraft_in_lake": held[1],
            "simulated": held[2],
            "visits": visits.height,
            "steps": steps,
            "stages": json.loads(clock.read_text()),
            "bytes": _bytes(lake),
        }


def _run(command: list[str], env: dict[str, str]) -> dict[str, float]:
    return _taken(speed.run(command, env))


def measure_year(
    rows: int = year.ROWS,
    days: int = year.DAYS,
    aircraft: int = year.AIRCRAFT,
    *,
    keep: bool = False,
    rounds: int = ROUNDS,
) -> dict[str, Any]:
    """Make a year of thinned days, and ask for everything at one airfield and everything of one aircraft.

    Parameters
    ----------
    rows, days, aircraft : int
        How many.
    keep : bool
        Leave the lake in ``.cache/bench/year``.
    rounds : int
        How often each question is asked, each time by a process of its own.

    Raises
    ------
    bench.speed.ChildError
        A command failed.
    """
    env = _env()
    with _folder("year", keep=keep) as folder:
        lake, tiny = folder / "lake", folder / "tiny"
        sized = ["--rows", str(rows), "--days", str(days), "--aircraft", str(aircraft)]
        print(f"making a SIMULATED year of {rows} positions", file=sys.stderr)
        made, taken = _made(lake, sized, env)
        small, _ = _made(tiny, ["--rows", "3000", "--days", "1", "--aircraft", "30"], env)
        sizes = _bytes(lake)
        small_bytes = sum(v for k, v in sizes.items() if k not in LARGE)
        packed = sum(p.stat().st_size for p in (lake / ".cache").rglob("*.footer"))
        questions: dict[str, dict[str, Any]] = {}
        for name, option, key, of in (
            ("aircraft", "--icao24", "aircraft", "icao24"),
            ("airfield", "--airfield", "airfield", "code"),
        ):
            least = _asked(tiny, [option, small[key][of]], folder, env, 2)
            questions[name] = _asked(lake, [option, made[key][of]], folder, env, rounds)
            if questions[name]["read"] is not None:
                questions[name]["read"] += small_bytes - least["read"]
                questions[name]["pct"] = 100.0 * questions[name]["read"] / sum(sizes.values())
            questions[name]["tiny_cpu_s"] = least["cpu_s"]
        beside = {"small_bytes": small_bytes, "packed_bytes": packed}
        return {"made": made, "making": taken, "days": days, "bytes": sizes, "questions": questions, **beside}


def _made(lake: Path, sized: list[str], env: dict[str, str]) -> tuple[dict[str, Any], dict[str, float]]:
    """Make a lake in a process of its own; what it says of it, and what it took."""
    told = lake.with_suffix(".json")
    taken = _run([sys.executable, "-m", "bench.year", str(lake), "--told", str(told), *sized], env)
    return json.loads(told.read_text()), taken


def _asked(lake: Path, words: list[str], folder: Path, env: dict[str, str], rounds: int) -> dict[str, Any]:
    """Ask one question several times; medians, and what came."""
    out, told = folder / "out.parquet", folder / "asked.json"
    command = [sys.executable, "-m", "bench.asking", str(told), "visits", "--lake", str(lake), *words, "-o", str(out)]
    speed.run(command, env)  # compiles, where nothing is compiled yet
    runs, asked = [], []
    for _ in range(rounds):
        runs.append(speed.run(command, env))
        asked.append(json.loads(told.read_text()))
    return {
        "words": words,
        "visits": pl.scan_parquet(out).select(pl.len()).collect().item(),
        "wall_s": [r.wall_s for r in runs],
        "cpu_s": statistics.median(r.cpu_s for r in runs),
        "peak_gib": max(r.peak_mib for r in runs) / 1024.0,
        "import_s": statistics.median(a["import_s"] for a in asked),
        "read": asked[-1]["read"],
    }


def report_world(found: dict[str, Any]) -> str:
    """Write what the world day took as text."""
    scan = found["steps"]["plain scan of the lake's positions"]["cpu_s"]
    lines = [
        f"SIMULATED: {found['rows']:,} positions of {found['aircraft_in_lake']:,} aircraft, a release of "
        f"{found['tar_bytes'] / _MIB:,.0f} MiB; {found['visits']:,} visits",
        f"{'':44}{'CPU s':>9}{'wall s':>9}{'peak GiB':>10}{'of a scan':>11}",
    ]
    for name, taken in found["steps"].items():
        ratio = "" if name.startswith("make") else f"{taken['cpu_s'] / scan:>11.2f}"
        lines.append(f"{name:44}{taken['cpu_s']:>9.1f}{taken['wall_s']:>9.1f}{taken['peak_gib']:>10.2f}{ratio}")
    lines.append("ingest, stage by stage; peak of the whole process so far")
    clock = found["stages"]
    for name in stages.STAGES:
        peak_gib = clock["peak_mib"][name] / 1024.0
        lines.append(f"  {name:42}{clock['cpu_s'][name]:>9.1f}{clock['wall_s'][name]:>9.1f}{peak_gib:>10.2f}")
    rest = clock["all_cpu_s"] - sum(clock["cpu_s"].values())
    lines.append(f"  {'start, tar, hashes of traces, the rest':42}{rest:>9.1f}")
    peak = max(found["steps"][n]["peak_gib"] for n in ("ingest", "visits, everything"))
    met = "met" if peak < GOALS["peak_gib"] else "NOT met"
    lines.append(f"peak {peak:.2f} GiB (goal below {GOALS['peak_gib']:g}: {met})")
    lines.append(_weights(found["bytes"], found["rows"]))
    return "\n".join(lines)


def _weights(sizes: dict[str, int], rows: int) -> str:
    return "lake, bytes a position: " + ", ".join(f"{k} {v / rows:.3f}" for k, v in sizes.items())


def report_year(found: dict[str, Any]) -> str:
    """Write what the questions took as text."""
    made, total = found["made"], sum(found["bytes"].values())
    lines = [
        f"SIMULATED: {made['positions']:,} positions in {found['days']} thinned days, {made['aircraft_days']:,} "
        f"aircraft-days; {total / _MIB:,.0f} MiB; made and committed day by day in "
        f"{found['making']['cpu_s']:.0f} CPU s, peak {found['making']['peak_gib']:.2f} GiB",
        _weights(found["bytes"], made["positions"]),
    ]
    told = {
        "aircraft": f"everything of {made['aircraft']['icao24']}, the busiest: {made['aircraft']['days']} days",
        "airfield": f"everything at {made['airfield']['code']}, the median of {made['airfield']['airfields']} "
        f"airfields: {made['airfield']['landings']} landings",
    }
    for name, asked in found["questions"].items():
        wall = statistics.median(asked["wall_s"])
        walls = ", ".join(f"{s:.2f}" for s in asked["wall_s"])
        lines.append(f"{told[name]}; {asked['visits']} visits")
        lines.append(
            f"  wall s {walls}, median {wall:.2f} (goal below {GOALS['wall_s']:g}: {_met(wall, 'wall_s')}); "
            f"CPU s {asked['cpu_s']:.2f}, over a tiny lake {asked['tiny_cpu_s']:.2f}; "
            f"imports {asked['import_s']:.2f} s; peak {asked['peak_gib']:.2f} GiB"
        )
        if asked["read"] is None:
            lines.append("  bytes read: this system does not count them")
            continue
        lines.append(
            f"  read {asked['read'] / _MIB:.1f} MiB (small tables {found['small_bytes'] / _MIB:.1f}, packed footers at "
            f"most {found['packed_bytes'] / _MIB:.1f}), {asked['pct']:.2f} % of the lake "
            f"(goal below {GOALS[f'{name}_pct']:g}: {_met(asked['pct'], f'{name}_pct')})"
        )
    return "\n".join(lines)


def _met(value: float, goal: str) -> str:
    return "met" if value < GOALS[goal] else "NOT met"
