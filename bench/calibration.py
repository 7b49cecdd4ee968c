"""What the probabilities behind the grades are worth: said beside true, on data they were not fitted on.

SIMULATED scenarios held out from fitting (`bench.bounds`), and thinned real flights: fitted on half A of them, tested
on half B. ``python -m bench calibration --write-docs`` writes docs/calibration.md: no number in it is typed by hand.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from bench import bounds_fit, truth
from bench.bounds_report import report
from bench.bounds_score import Share, brier, reliability
from bench.bounds_settings import STRATA_TEXT
from bench.bounds_store import FOLDER, fingerprint, read_lines

__all__ = ["LEAST", "PAGE", "binned", "measure", "page", "real_halves", "write"]

PAGE: Final = truth.ROOT / "docs" / "calibration.md"
LEAST: Final = 100
"""Scenarios that are run where fewer results of this version are at hand."""
LOOKED_AT: Final = 16000
"""Last seed of the family `held` whose misses were looked at while rules were made."""
BINS: Final = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 1.0)

_HEAD: Final = """# Calibration

Written by `python -m bench calibration --write-docs`; do not edit by hand.

Every visit has a `basis`: the class of evidence it rests on, that is the grade, the sides received, how much likelier
the named field is than its rivals, how low the aircraft was received, and whether a flight beside it was followed
(`unfollowed`: neither without a break nor along a runway; methods, 9). `probability` is the share of visits of that
class that were true where the truth was known. The sentences use the verbs of the grades; probabilities stay in tables.

Classes of which {least_real} ends of real flights are at hand are fitted on these alone, whole and thinned at {floors}
ft above the field. The others are fitted on {scenarios} SIMULATED scenarios, which count as at most {prior} visits
beside what real ends there are; `inferred` until a hundred real turn-rounds are known (the truth set holds four).
`spread` is the standard deviation of a class's logit between scenarios: the error that all visits of one question
share. A class with too few visits takes that of its grade.
"""


def real_halves(ends: pl.DataFrame, known: pl.DataFrame, fitted: dict[str, Any]) -> list[dict[str, Any]]:
    """Fit each class on half A of the real flights, as the shipped table is on all of them, and test it on half B.

    Returns
    -------
    list of dict
        ``basis, n, hits, probability``: n and hits of half B; the probability from half A, and from the scenarios.
    """
    split = ends.filter(pl.col("basis").is_not_null()).join(known.select("flight_id", "half"), on="flight_id")
    counted = split.group_by("basis", "half").agg(pl.len().alias("n"), pl.col("hit").sum().alias("hits")).sort("basis")
    of = {(r["basis"], r["half"]): (r["hits"], r["n"]) for r in counted.iter_rows(named=True)}
    out = []
    for basis in sorted({b for b, half in of if half == "B"}):
        simulated = fitted["both"].get(basis, {"simulated": [0, 0]})["simulated"]
        hits, n = of[basis, "B"]
        p = bounds_fit.probability(simulated[0], simulated[1], *of.get((basis, "A"), (0, 0)))
        out.append({"basis": basis, "n": n, "hits": hits, "probability": p})
    return out


def binned(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put classes together by the probability said: one row a bin that holds any."""
    out = []
    given = [r for r in rows if r["probability"] is not None]
    for low, high in itertools.pairwise(BINS):
        last = high == BINS[-1]
        mine = [r for r in given if low <= r["probability"] and (last or r["probability"] < high)]
        n = sum(r["n"] for r in mine)
        if n:
            said = sum(r["n"] * r["probability"] for r in mine) / n
            out.append({"low": low, "high": high, "n": n, "hits": sum(r["hits"] for r in mine), "said": said})
    return out


def measure(
    folder: Path | None = None, *, least: int = LEAST, processes: int = 2, path: Path | None = None
) -> dict[str, Any]:
    """Score the shipped probabilities.

    Parameters
    ----------
    folder : Path, optional
        Truth of real flights.
    least : int
        Scenarios to run where this version's results are fewer; all results at hand are used.
    path : Path, optional
        Results of scenarios held out, as `bench.bounds` keeps them.
    """
    from bench.bounds import measure as run

    path = path or FOLDER / f"held-{fingerprint('held')}.jsonl"
    at_hand = [r["seed"] for r in read_lines(path) if "error" not in r]
    if len(at_hand) < least:
        run(least, processes=processes, path=path)
    records = sorted((r for r in read_lines(path) if "error" not in r), key=lambda r: r["seed"])
    records = list({r["seed"]: r for r in records}.values())
    place = truth.find(folder)
    ends = bounds_fit.real_ends(folder)
    fitted = json.loads(bounds_fit.TABLE.read_text("utf-8")) if bounds_fit.TABLE.exists() else None
    real = None
    if ends is not None and place is not None and fitted is not None:
        real = real_halves(ends, truth.load(place)[1], fitted)
    return {"records": records, "at_hand": len(at_hand), "real": real, "fitted": fitted}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _f(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _interval(hits: int, n: int) -> str:
    return Share(hits, n).text().partition("(")[2].rstrip(")")


def _true(r: dict[str, Any]) -> tuple[str, str]:
    return _f(r["hits"] / r["n"]), _interval(r["hits"], r["n"])


def _reliability(rows: Sequence[dict[str, Any]]) -> list[str]:
    b = brier(rows)
    bins = [[f"{r['low']:g} to {r['high']:g}", str(r["n"]), _f(r["said"]), *_true(r)] for r in binned(rows)]
    classes = [[f"`{r['basis']}`", str(r["n"]), _f(r["probability"]), *_true(r)] for r in rows]
    score = (
        f"Brier score {_f(b['score'], 4)} over {b['n']:,} visits; one probability for all of them would score "
        f"{_f(b['score_of_one'], 4)} (skill {_f(b['skill'], 2)}). {b['without']} visits have no probability."
    )
    return [
        score,
        _table(["said, from to", "visits", "said, mean", "true", "95 % interval, %"], bins),
        _table(["class", "visits", "said", "true", "95 % interval, %"], classes),
    ]


def _fitted(table: dict[str, Any]) -> list[str]:
    rows = [
        [f"`{k}`", str(v["n"]), str(v["hits"]), _f(v["probability"], 4), _f(v["spread"], 2), v["data"]]
        for part in ("classes", "rivals")
        for k, v in table[part].items()
    ]
    both = [
        [f"`{k}`", *(cell for h, n, p in (v["simulated"], v["real"]) for cell in (f"{h} of {n}", _f(p)))]
        for k, v in table["both"].items()
    ]
    return [
        _table(["class", "n", "true", "probability", "spread", "data"], rows),
        f"Spread of a fleet's chance to be received around that of other traffic, on the logit scale: "
        f"{table['unseen_spread']:g}.",
        "### Classes in both",
        "The same class in SIMULATED scenarios and in thinned real flights:",
        _table(["class", "SIMULATED", "", "real", ""], both),
    ]


def page(result: dict[str, Any]) -> str:
    """Give docs/calibration.md as text."""
    fitted, records = result["fitted"], result["records"]
    if fitted is None:
        raise ValueError("nothing was fitted: run `python -m bench.bounds fit` first")
    head = _HEAD.format(
        least_real=bounds_fit.LEAST_REAL,
        prior=bounds_fit.PRIOR,
        floors=", ".join(f"{f:,.0f}" for f in bounds_fit.FLOORS_FT),
        scenarios=fitted["scenarios"],
    )
    strata = "\n".join(f"- {k}: {v}" for k, v in STRATA_TEXT.items())
    parts = [head.rstrip(), "## Fitted", *_fitted(fitted)]
    parts += [
        "## Tested on SIMULATED scenarios held out",
        f"{len(records)} scenarios (seeds {records[0]['seed']} to {records[-1]['seed']}) with other airfields, types, "
        "floors, intervals and faults than those of fitting. "
        f"Seeds up to {LOOKED_AT} were looked at while rules were made.",
        *_reliability(reliability(records)),
    ]
    parts += ["## Tested on real flights"]
    if result["real"] is None:
        parts += ["Not measured: no truth on this machine."]
    else:
        parts += [
            "Each class fitted on half A of the flights (and scenarios, as the shipped table is), tested on half B. "
            "A flight thinned at several floors counts at each, so the intervals are too narrow.",
            *_reliability(result["real"]),
        ]
    parts += [
        "## Do the bounds hold?",
        "The same scenarios through `count`; strata of coverage are declared before anything is simulated:",
        strata,
        f"```text\n{report(records, listed=20)}\n```",
        "That *at least* equals the truth is asked where every position sent was the aircraft's own. Where false ones "
        "are sent, flights are set aside: what touches down under false positions nobody can count, and what was seen "
        "from one side only, or beside a jump that a copy of the track explains as well, is not counted. The lines "
        "*beside* say how often that is.",
        "`python -m bench bounds` runs a thousand. A false visit is one that no true visit matches, one to one; among "
        "those spoofed, a second row of a stay that was made at the field named is not at a false field; "
        "spoofed is what lies within 30 km of the false place and touches the false stretch, five minutes or so.",
    ]
    return "\n\n".join(parts) + "\n"


def text(result: dict[str, Any]) -> str:
    """Say the same on a terminal."""
    lines = ["SIMULATED scenarios held out:", *_reliability(reliability(result["records"]))]
    if result["real"] is not None:
        lines += ["", "Real flights, fitted on half A, tested on half B:", *_reliability(result["real"])]
    return "\n".join(lines)


def write(result: dict[str, Any]) -> Path:
    """Write the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(result), encoding="utf-8")
    return PAGE
