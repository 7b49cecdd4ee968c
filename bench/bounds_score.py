"""Scores over many scenarios: how often the bounds hold the truth, and how wide they are.

Each scenario gives one record (`bench.bounds_run`); here they are added up, nothing is measured anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any, Final

from bench.bounds_settings import STRATA
from wheelsdown.analysis.stats import clopper_pearson

__all__ = ["GOALS", "NEIGHBOUR_KM", "Goal", "Share", "brier", "reliability", "scores", "share"]

NEIGHBOUR_KM: Final = 40.0
Record = dict[str, Any]


@dataclass(frozen=True)
class Share:
    """So many of so many, with the exact 95 % interval."""

    hits: int
    n: int

    @property
    def percent(self) -> float | None:
        """Hits in a hundred."""
        return 100.0 * self.hits / self.n if self.n else None

    def text(self) -> str:
        """Say it in one line."""
        if not self.n:
            return "none to count"
        least, most = clopper_pearson(self.hits, self.n)
        return f"{self.hits} of {self.n}, {self.percent:.2f} % ({100 * least:.2f} to {100 * most:.2f})"


def share(rows: Iterable[Any], hit: Callable[[Any], bool]) -> Share:
    """Count what hits."""
    given = list(rows)
    return Share(sum(1 for r in given if hit(r)), len(given))


@dataclass(frozen=True)
class Goal:
    """What issue 4 asks of one number."""

    what: str
    key: str
    limit: float
    at_most: bool

    def met(self, value: float | None) -> bool | None:
        """Tell whether a value does; None where there was nothing to measure."""
        if value is None:
            return None
        return value <= self.limit if self.at_most else value >= self.limit


GOALS: Final = (
    Goal("false among observed and inferred, all aircraft, %", "false_sure", 1.0, at_most=True),
    Goal("false among observed and inferred, the fleet asked about, %", "false_sure_fleet", 1.0, at_most=True),
    Goal(f"of these, at a neighbouring field (up to {NEIGHBOUR_KM:g} km)", "false_sure_near", 0.0, at_most=True),
    Goal("*at least* is no more than the truth, % of scenarios", "least_holds", 99.0, at_most=False),
    Goal("truth within *at least* and *cannot be ruled out*, % of scenarios", "bounds_hold", 98.0, at_most=False),
    *(Goal(f"best estimate's interval covers, {s}, %", f"best_covers_{s}", 93.0, at_most=False) for s in STRATA),
    Goal("dwell within its interval, %", "dwell_holds", 98.0, at_most=False),
    Goal("no bound under good coverage, scenarios", "no_bound_good", 0.0, at_most=True),
    Goal(
        "*at least* equals the truth under good coverage, nothing false sent, % of scenarios",
        "least_equals_good_clean",
        95.0,
        at_most=False,
    ),
    Goal("spoofed flights `likely` or better at the false field", "spoofed_likely", 0.0, at_most=True),
)


def scores(records: Sequence[Record]) -> dict[str, Any]:
    """Add up the records of scenarios.

    Returns
    -------
    dict
        ``shares`` (name to `Share`), ``numbers`` (name to number or None), ``strata`` (one dict a stratum), ``floors``
        (one dict a floor), ``false`` (visits that were not there, worst first).
    """
    sure = [v for r in records for v in r["false"] if v["grade"] in ("observed", "inferred")]
    likely = [v for r in records for v in r["false"] if v["grade"] == "likely"]
    false_sent = [r for r in of(records, "good") if _false_sent(r)]
    shares = {
        "false_sure": Share(len(sure), sum(r["sure"] for r in records)),
        "false_sure_fleet": Share(sum(v["fleet"] for v in sure), sum(r["sure_fleet"] for r in records)),
        "false_likely": Share(len(likely), sum(r["likely"] for r in records)),
        "least_holds": share(records, lambda r: r["at_least"] <= r["truth"]),
        "bounds_hold": share(records, holds),
        "dwell_holds": Share(sum(r["dwell_held"] for r in records), sum(r["dwell"] for r in records)),
        "least_equals_good_clean": share((r for r in of(records, "good") if not _false_sent(r)), _equals),
        "least_equals_good_every": share(of(records, "good"), _equals),
        "least_equals_good_heard": share(of(records, "good"), _equals_what_was_sent),
        "least_equals_good_false_sent": share(false_sent, _equals_what_was_sent),
        "touchdown_hidden_good": share(of(records, "good"), lambda r: r["truth_hidden"] > 0),
    }
    for s in STRATA:
        rows = [r for r in of(records, s) if r["best_least"] is not None]
        shares[f"best_covers_{s}"] = share(rows, lambda r: r["best_least"] <= r["truth_exposed"] <= r["best_most"])
    numbers: dict[str, float | None] = {k: v.percent for k, v in shares.items()}
    numbers["false_sure_near"] = sum(is_near(v) for v in sure)
    numbers["false_likely_near"] = sum(is_near(v) for v in likely)
    numbers["no_bound_good"] = sum(r["cannot_be_ruled_out"] is None for r in of(records, "good"))
    numbers["spoofed_likely"] = sum(r["spoofed_likely"] for r in records)
    return {
        "scenarios": len(records),
        "shares": shares,
        "numbers": numbers,
        "strata": [_stratum(s, of(records, s)) for s in STRATA],
        "floors": [_floor(f, [r for r in records if r["floor_ft"] == f]) for f in _floors(records)],
        "false": sorted((*sure, *likely), key=_worst_first),
        "least_missed": [r["seed"] for r in records if r["at_least"] > r["truth"]],
        "bounds_missed": [r["seed"] for r in records if not holds(r)],
    }


def of(records: Iterable[Record], stratum: str) -> list[Record]:
    """Records of one stratum."""
    return [r for r in records if r["stratum"] == stratum]


def _false_sent(r: Record) -> bool:
    """Tell whether aircraft sent false positions or addresses."""
    return bool(r["spoofing"] or r["addresses"])


def _equals(r: Record) -> bool:
    return bool(r["at_least"] == r["truth"])


def _equals_what_was_sent(r: Record) -> bool:
    """Tell whether every visit is counted of whose touchdown true positions were sent: others nobody can receive."""
    return bool(r["truth"] - r["truth_hidden"] <= r["at_least"] <= r["truth"])


def holds(r: Record) -> bool:
    """Tell whether the truth lies in the bounds; no bound above holds whatever comes."""
    most = r["cannot_be_ruled_out"]
    return bool(r["at_least"] <= r["truth"] and (most is None or r["truth"] <= r["at_least"] + most))


def is_near(false_visit: dict[str, Any]) -> bool:
    """Tell whether a false visit was really made at another field not far away."""
    km = false_visit["true_km"]
    return km is not None and km <= NEIGHBOUR_KM


def _worst_first(v: dict[str, Any]) -> tuple[Any, ...]:
    order = {"observed": 0, "inferred": 1, "likely": 2}
    return (not is_near(v), order[v["grade"]], v["seed"], v["visit_id"])


def _floors(records: Iterable[Record]) -> list[float]:
    return sorted({r["floor_ft"] for r in records})


def _mean(values: Iterable[float | None]) -> float | None:
    given = [v for v in values if v is not None]
    return mean(given) if given else None


def _stratum(name: str, rows: Sequence[Record]) -> dict[str, Any]:
    bounded = [r for r in rows if r["cannot_be_ruled_out"] is not None]
    best = [r for r in rows if r["best_least"] is not None]
    some = [r for r in rows if r["truth"]]
    return {
        "stratum": name,
        "scenarios": len(rows),
        "visits": sum(r["truth_all"] for r in rows),
        "truth": _mean(r["truth"] for r in rows),
        "exposed": _mean(r["truth_exposed"] for r in rows),
        "least_holds": share(rows, lambda r: r["at_least"] <= r["truth"]),
        "least_equals": share(rows, lambda r: r["at_least"] == r["truth"]),
        "least_equals_sent": share(rows, _equals_what_was_sent),
        "hidden": Share(sum(r["truth_hidden"] for r in some), sum(r["truth"] for r in some)),
        "least_reaches": Share(sum(r["at_least"] for r in some), sum(r["truth"] for r in some)),
        "bounds_hold": share(rows, holds),
        "no_bound": share(rows, lambda r: r["cannot_be_ruled_out"] is None),
        "bounds_width": _mean(r["cannot_be_ruled_out"] for r in bounded),
        "bounds_width_relative": _mean(r["cannot_be_ruled_out"] / r["truth"] for r in bounded if r["truth"]),
        "best_none": share(rows, lambda r: r["best_least"] is None),
        "best_covers": share(best, lambda r: r["best_least"] <= r["truth_exposed"] <= r["best_most"]),
        "best_covers_window": share(best, lambda r: r["best_least"] <= r["truth"] <= r["best_most"]),
        "best_width": _mean(r["best_most"] - r["best_least"] for r in best),
        "best_width_relative": _mean((r["best_most"] - r["best_least"]) / r["truth"] for r in best if r["truth"]),
        "best_error": _mean(abs(r["best_estimate"] - r["truth_exposed"]) for r in best),
        "best_bias": _mean(r["best_estimate"] - r["truth_exposed"] for r in best),
        "least_error": _mean(abs(r["at_least"] - r["truth"]) for r in rows),
        "naive_error": _mean(abs(r["naive"] - r["truth"]) for r in rows),
        "naive_too_many": share(rows, lambda r: r["naive"] > r["truth"]),
        "dwell_holds": Share(sum(r["dwell_held"] for r in rows), sum(r["dwell"] for r in rows)),
        "dwell_open": Share(sum(r["dwell_open"] for r in rows), sum(r["dwell"] for r in rows)),
        "dwell_width_min": _weighted([(r["dwell_width_min"], r["dwell"] - r["dwell_open"]) for r in rows]),
        "dwell_width_relative": _weighted([(r["dwell_width_relative"], r["dwell"] - r["dwell_open"]) for r in rows]),
        "false_sure": Share(
            sum(v["grade"] != "likely" for r in rows for v in r["false"]), sum(r["sure"] for r in rows)
        ),
    }


def _weighted(pairs: Sequence[tuple[float | None, int]]) -> float | None:
    total = sum(n for v, n in pairs if v is not None)
    return sum(v * n for v, n in pairs if v is not None) / total if total else None


def _floor(floor_ft: float, rows: Sequence[Record]) -> dict[str, Any]:
    whole = [r for r in rows if r["whole"]]
    return {
        "floor_ft": floor_ft,
        "scenarios": len(rows),
        "reaches": Share(sum(r["at_least"] for r in rows), sum(r["truth"] for r in rows)),
        "reaches_median": median(r["at_least"] / r["truth"] for r in rows if r["truth"]) if any(
            r["truth"] for r in rows
        ) else None,
        "reaches_whole": Share(sum(r["at_least"] for r in whole), sum(r["truth"] for r in whole)),
        "false_sure": Share(
            sum(v["grade"] != "likely" for r in rows for v in r["false"]), sum(r["sure"] for r in rows)
        ),
    }  # fmt: skip


def reliability(records: Sequence[Record]) -> list[dict[str, Any]]:
    """One row a class of evidence: how often it was said, with which probability, how often it was true."""
    table: dict[str, dict[str, Any]] = {}
    for r in records:
        for basis, (n, hits, p) in r["bases"].items():
            row = table.setdefault(basis, {"basis": basis, "n": 0, "hits": 0, "probability": p, "scenarios": 0})
            row["n"] += n
            row["hits"] += hits
            row["scenarios"] += 1
    return [table[k] for k in sorted(table)]


def brier(rows: Sequence[dict[str, Any]]) -> dict[str, float | int | None]:
    """Brier score (1950) of the probabilities given, beside that of one probability for all.

    Visits without a probability are left out, and counted.
    """
    given = [r for r in rows if r["probability"] is not None]
    n, hits = sum(r["n"] for r in given), sum(r["hits"] for r in given)
    lost = sum(r["n"] for r in rows) - n
    if not n:
        return {"n": 0, "without": lost, "score": None, "score_of_one": None, "skill": None}
    total = sum(r["hits"] * (1 - r["probability"]) ** 2 + (r["n"] - r["hits"]) * r["probability"] ** 2 for r in given)
    base = hits / n * (1 - hits / n)
    return {
        "n": n,
        "without": lost,
        "score": total / n,
        "score_of_one": base,
        "skill": 1 - total / n / base if base else None,
    }
