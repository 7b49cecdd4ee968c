"""Fitting: from scenarios of known truth and thinned real flights to the table behind the probabilities.

``python -m bench.bounds fit`` writes ``src/wheelsdown/inference/probabilities.json``. A class takes its probability
from real flights where they hold enough ends of it, else from SIMULATED scenarios, which count as a few visits beside
what real ends there are (`probability`). The spread between scenarios always comes from the scenarios, since the real
flights are not questions about fields. No date goes in: the same code, seeds and truth give the same file.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from bench import accuracy, truth
from bench.bounds_spread import around, between, jeffreys_mean

__all__ = [
    "FLOORS_FT",
    "LEAST_REAL",
    "LEAST_SIMULATED",
    "PRIOR",
    "TABLE",
    "fit",
    "probability",
    "real_ends",
    "table_of",
    "write",
]

TABLE: Final = truth.ROOT / "src" / "wheelsdown" / "inference" / "probabilities.json"
FLOORS_FT: Final = (300.0, 600.0, 1000.0, 2000.0, 3000.0, 5000.0, 7500.0, 10000.0)
"""Heights above field elevation at which the real flights are thinned."""
LEAST_REAL: Final = 100
"""Ends of real flights that a class needs to be fitted on them alone."""
PRIOR: Final = 30
"""As so many visits the scenarios count, at most, beside the real ends of a class that has fewer than that."""
LEAST_SIMULATED: Final = 20
"""Visits that a class needs; with fewer it has no probability."""
Record = dict[str, Any]


def real_ends(folder: Path | None = None, floors: Sequence[float | None] = (None, *FLOORS_FT)) -> pl.DataFrame | None:
    """Score the ends of the real flights, whole and thinned: one row a flight, end and floor.

    Returns
    -------
    polars.DataFrame or None
        ``flight_id, end, floor_ft, basis, hit``; None where there is no truth on this machine. A visit stands for an
        end of its flight: the last landing without a departure, the first take-off without an arrival.
    """
    place = truth.find(folder)
    if place is None:
        return None
    positions, known = truth.load(place)
    fields, runways = accuracy.reference()
    out = []
    for floor in floors:
        left = positions if floor is None else truth.thin(positions, known, fields, floor)
        visits = accuracy.infer(left, airfields=fields, runways=runways).visits
        for end, mine in (
            ("destination", visits.filter(pl.col("departed_latest_utc").is_null())),
            ("origin", visits.filter(pl.col("arrived_earliest_utc").is_null())),
        ):
            told = mine.join(
                known.select(pl.col("flight_id"), pl.col(end).alias("true")), left_on="track_id", right_on="flight_id"
            ).filter(pl.col("true").is_not_null())
            out.append(
                told.select(
                    pl.col("track_id").alias("flight_id"),
                    pl.lit(end).alias("end"),
                    pl.lit(floor, pl.Float64).alias("floor_ft"),
                    "basis",
                    (pl.col("airfield") == pl.col("true")).fill_null(value=False).alias("hit"),
                )
            )
    return pl.concat(out)


def table_of(records: Sequence[Record], real: pl.DataFrame | None) -> dict[str, Any]:
    """Make the table of probabilities.

    Parameters
    ----------
    records : sequence of dict
        One a scenario of the family ``fit``: ``bases`` and ``rivals``, each class with n and hits.
    real : polars.DataFrame, optional
        As `real_ends` gives it.
    """
    # a class too small to be fitted falls back on its grade: the first word of its name
    simulated = _by_class(records, "bases", whole=True) | _by_class(records, "bases")
    rivals = _by_class(records, "rivals", whole=True) | _by_class(records, "rivals")
    on_real = _real_by_class(real)
    classes: dict[str, Any] = {}
    compared: dict[str, Any] = {}
    for name in sorted({*simulated, *on_real}):
        pairs = simulated.get(name, [])
        n, hits = sum(m for m, _ in pairs), sum(h for _, h in pairs)
        rn, rh, flights = on_real.get(name, (0, 0, 0))
        if n and rn:
            compared[name] = {
                "simulated": [hits, n, _rounded(jeffreys_mean(hits, n))],
                "real": [rh, rn, _rounded(jeffreys_mean(rh, rn))],
            }
        spread = between([h for _, h in pairs], [m for m, _ in pairs])
        p = probability(hits, n, rh, rn)
        if p is None:
            continue
        if rn >= LEAST_REAL or not n:
            classes[name] = _fitted(rn, rh, p, spread, f"real: {rn} ends of {flights} flights, whole and thinned")
        else:
            real_too = f"; real: {rh} of {rn} ends, whole and thinned" if rn else ""
            classes[name] = _fitted(n, hits, p, spread, f"SIMULATED: {len(pairs)} scenarios{real_too}")
    fitted_rivals = {
        name: _fitted(
            sum(m for m, _ in pairs),
            sum(h for _, h in pairs),
            jeffreys_mean(sum(h for _, h in pairs), sum(m for m, _ in pairs)),
            between([h for _, h in pairs], [m for m, _ in pairs]),
            f"SIMULATED: {len(pairs)} scenarios",
        )
        for name, pairs in sorted(rivals.items())
        if sum(m for m, _ in pairs) >= LEAST_SIMULATED
    }
    told = [r["seen"] for r in records if r["seen"]["n"] and r["seen"]["told"] is not None]
    return {
        "about": "written by `python -m bench.bounds fit`; do not edit by hand",
        "scenarios": len(records),
        "unseen_spread": _rounded(
            around([x["seen"] for x in told], [x["n"] for x in told], [tuple(x["told"]) for x in told]) if told else 0.5
        ),
        "classes": classes,
        "rivals": fitted_rivals,
        "both": compared,
    }


def _rounded(x: float) -> float:
    """Six digits: what two machines' last bits cannot change, and no certainty."""
    return round(x, 6)


def probability(hits: int, n: int, real_hits: int, real_n: int) -> float | None:
    """Give the probability of a class from scenarios (hits of n) and real ends; None with too few of both.

    With `LEAST_REAL` real ends they alone count (Jeffreys mean); with fewer, the scenarios are a prior worth at most
    `PRIOR` visits beside them.
    """
    if real_n >= LEAST_REAL or (not n and real_n >= LEAST_SIMULATED):
        return jeffreys_mean(real_hits, real_n)
    if n < LEAST_SIMULATED:
        return None
    p = jeffreys_mean(hits, n)
    worth = min(n, PRIOR)
    return (real_hits + worth * p) / (real_n + worth) if real_n else p


def _fitted(n: int, hits: int, p: float, spread: float, data: str) -> dict[str, Any]:
    return {
        "n": n,
        "hits": hits,
        "probability": _rounded(p),
        "spread": round(spread, 2),
        "data": data,
    }


def _by_class(records: Sequence[Record], key: str, *, whole: bool = False) -> dict[str, list[tuple[int, int]]]:
    """For each class (or grade, the first word of it) the n and hits of every scenario, in the order of the seeds."""
    out: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for r in sorted(records, key=lambda r: r["seed"]):
        here: dict[str, tuple[int, int]] = {}
        for name, entry in r[key].items():
            n, hits = here.get(name.partition(" ")[0] if whole else name, (0, 0))
            here[name.partition(" ")[0] if whole else name] = (n + entry[0], hits + entry[1])
        for name, (n, hits) in here.items():
            if n:
                out[name].append((n, hits))
    return dict(out)


def _real_by_class(real: pl.DataFrame | None) -> dict[str, tuple[int, int, int]]:
    if real is None:
        return {}
    by = real.filter(pl.col("basis").is_not_null()).group_by("basis").agg(
        pl.len().alias("n"), pl.col("hit").sum().alias("hits"), pl.col("flight_id").n_unique().alias("flights")
    )  # fmt: skip
    return {r["basis"]: (r["n"], r["hits"], r["flights"]) for r in by.iter_rows(named=True)}


def write(table: Mapping[str, Any], path: Path = TABLE) -> Path:
    """Write the table: sorted, indented, the same bytes for the same table."""
    path.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path


def fit(
    run_all: Callable[[], list[Record]], folder: Path | None = None, path: Path = TABLE
) -> tuple[dict[str, Any], Path]:
    """Run what is to be fitted on and write the table."""
    records = [r for r in run_all() if "error" not in r]
    table = table_of(records, real_ends(folder))
    return table, write(table, path)
