"""How often the named end of a flight is the true one, on real flights whose ends are known.

Right is the single named field, whatever its grade; strong is `likely` or `observed`. A flight of several legs
gives its first leg's origin and its last leg's destination.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import polars as pl

from bench import truth

__all__ = ["GOALS", "STRONG", "check", "ends_of", "infer", "measure", "pick", "reference", "report", "score"]

STRONG: Final = ("observed", "likely")
GOALS: Final[dict[str, dict[str, float]]] = {
    "full": {"right_pct": 98.0, "wrong": 0},
    "cut1000": {"right_pct": 92.0, "strong_of_right_pct": 70.0, "strong_wrong": 1},
    "cut3000": {"right_pct": 75.0, "strong_of_right_pct": 40.0, "named_or_rival_pct": 95.0, "strong_wrong": 1},
}
"""Per variant, over both ends of all flights: at least this many per cent, at most this many wrong."""
UNKNOWN_WEAK_PCT: Final = 90.0
"""Ends not in the truth are to be null or `possible` in at least this many per cent."""
_AT_MOST: Final = ("wrong", "strong_wrong")
_PARIS: Final = "LFP"

Infer = Callable[..., Any]


@lru_cache(maxsize=1)
def reference() -> tuple[pl.DataFrame, pl.DataFrame]:
    """AIRFIELDS and RUNWAYS as the package ships them."""
    from wheelsdown.reference import airfields  # slow to load, and not every caller needs it

    # the packed tables, whatever the user's own folder holds: the numbers must be the same everywhere
    loaded = airfields.load(truth.ROOT / ".cache" / "no-user-data")
    return loaded.fields, loaded.runways


def infer(positions: pl.DataFrame, *, airfields: pl.DataFrame, runways: pl.DataFrame) -> Any:
    """Call the package's own inference."""
    from wheelsdown.inference import infer as ours  # compiles on first use

    return ours(positions, airfields=airfields, runways=runways)


@lru_cache(maxsize=4)
def _load(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    return truth.load(folder)


def ends_of(legs: pl.DataFrame) -> pl.DataFrame:
    """One row a flight: first leg's origin, last leg's destination, with grade, rivals and reasons.

    Parameters
    ----------
    legs : polars.DataFrame
        LEGS; ``track_id`` is the flight.
    """
    ordered = legs.sort("track_id", "first_received_utc", "leg_id")
    return ordered.group_by("track_id", maintain_order=True).agg(
        *(pl.col(c).first() for c in ("origin", "origin_grade", "origin_rivals")),
        *(pl.col(c).last() for c in ("destination", "destination_grade", "destination_rivals")),
        pl.col("reasons").first().alias("origin_reasons"),
        pl.col("reasons").last().alias("destination_reasons"),
        pl.len().alias("legs"),
    )


def score(named: pl.DataFrame, known: pl.DataFrame, variant: str, dropped: list[str]) -> pl.DataFrame:
    """Give one row an end: what is true, what was named, and whether that is right.

    Parameters
    ----------
    named : polars.DataFrame
        As `ends_of` gives it.
    known : polars.DataFrame
        Truth as `bench.truth.load` gives it.
    variant : str
        Name of the thinning, copied into each row.
    dropped : list of str
        Flights of which the thinning left nothing; they are not scored.
    """
    both = known.filter(~pl.col("flight_id").is_in(dropped)).join(
        named.rename({"origin": "named_origin", "destination": "named_destination"}),
        left_on="flight_id",
        right_on="track_id",
        how="left",
    )
    rows = [
        both.select(
            pl.lit(variant).alias("variant"),
            pl.lit(end).alias("end"),
            "flight_id",
            "half",
            pl.col(end).alias("true"),
            pl.col(f"named_{end}").alias("named"),
            pl.col(f"{end}_grade").alias("grade"),
            pl.col(f"{end}_rivals").alias("rivals"),
            pl.col(f"{end}_reasons").alias("reasons"),
            pl.col("legs").fill_null(0),
        )
        for end in truth.ENDS
    ]
    out = pl.concat(rows)
    strong = pl.col("grade").is_in(STRONG).fill_null(value=False)
    rival = pl.col("rivals").list.contains(pl.col("true")).fill_null(value=False)
    right = pl.col("named").eq(pl.col("true")).fill_null(value=False)
    return out.with_columns(
        pl.when(pl.col("true").is_null())
        .then(None)
        .when(pl.col("true").str.starts_with(_PARIS))
        .then(pl.lit("Paris"))
        .otherwise(pl.lit("rest"))
        .alias("place"),
        right.alias("right"),
        strong.alias("strong"),
        (pl.col("named").is_not_null() & pl.col("true").is_not_null() & ~right).alias("wrong"),
        (right | rival).alias("named_or_rival"),
    )


def _pct(part: int, whole: int) -> float | None:
    return round(100.0 * part / whole, 1) if whole else None


def _row(ends: pl.DataFrame, **labels: str) -> dict[str, Any]:
    n, right = ends.height, ends.filter("right")
    strong_right = int(right["strong"].sum())
    covered = int(ends["named_or_rival"].sum())
    return {
        **labels,
        "n": n,
        "right": right.height,
        "right_pct": _pct(right.height, n),
        "strong_right": strong_right,
        "strong_of_right_pct": _pct(strong_right, right.height),
        "wrong": int(ends["wrong"].sum()),
        "strong_wrong": ends.filter(pl.col("wrong") & pl.col("strong")).height,
        "null": ends["named"].null_count(),
        "named_or_rival": covered,
        "named_or_rival_pct": _pct(covered, n),
    }


def _rows(ends: pl.DataFrame) -> list[dict[str, Any]]:
    out = []
    for variant in ends["variant"].unique(maintain_order=True):
        here = ends.filter((pl.col("variant") == variant) & pl.col("true").is_not_null())
        for half in ("all", "A", "B"):
            in_half = here if half == "all" else here.filter(pl.col("half") == half)
            for place in ("all", "Paris", "rest"):
                in_place = in_half if place == "all" else in_half.filter(pl.col("place") == place)
                for end in ("both", *truth.ENDS):
                    at_end = in_place if end == "both" else in_place.filter(pl.col("end") == end)
                    out.append(_row(at_end, variant=variant, half=half, place=place, end=end))
    return out


def measure(
    infer_fn: Infer = infer,
    *,
    folder: Path | None = None,
    names: tuple[str, ...] = tuple(truth.VARIANTS),
    airfields: pl.DataFrame | None = None,
    runways: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """Score an inference on the flights of known truth.

    Parameters
    ----------
    infer_fn : callable
        ``infer_fn(positions, airfields=..., runways=...)`` with ``.legs`` (LEGS); bind thresholds with
        `functools.partial` to sweep them. Tune on half A, report on half B.
    folder : pathlib.Path, optional
        Where the truth lies; without it the shared folder, else ``out/truth``.
    names : tuple of str
        Variants to run: full, cut1000, cut3000.
    airfields, runways : polars.DataFrame, optional
        Reference tables; without them the packed ones.

    Returns
    -------
    dict
        ``rows`` (one a variant, half, place and end), ``misses`` (each known end not named rightly), ``unknown``
        (per variant: ends that are not in the truth), ``strong_unknown`` (those named strongly, one by one),
        ``variants``. Plain values only, fit for JSON.

    Raises
    ------
    FileNotFoundError
        There is no truth to measure on.
    """
    place = truth.find(folder)
    if place is None:
        raise FileNotFoundError("no ground truth: neither ../shared/data/truth nor out/truth; run `make truth`")
    if airfields is None or runways is None:
        airfields, runways = reference()
    positions, known = _load(place)
    scored, sizes = [], []
    for v in truth.variants(positions, known, airfields, names):
        legs = infer_fn(v.positions, airfields=airfields, runways=runways).legs
        scored.append(score(ends_of(legs), known, v.name, v.dropped))
        sizes.append(
            {
                "variant": v.name,
                "positions": v.positions.height,
                "flights": known.height - len(v.dropped),
                "dropped": v.dropped,
            }
        )
    ends = pl.concat(scored)
    listed = ["variant", "flight_id", "end", "half", "true", "named", "grade", "rivals", "reasons", "legs"]
    unknown = ends.filter(pl.col("true").is_null())
    return {
        "truth": str(place),
        "variants": sizes,
        "rows": _rows(ends),
        "misses": ends.filter(pl.col("true").is_not_null() & ~pl.col("right")).select(listed).to_dicts(),
        "unknown": [_unknown(name, unknown.filter(pl.col("variant") == name)) for name in names],
        "strong_unknown": unknown.filter("strong").select(listed).to_dicts(),
    }


def _unknown(name: str, ends: pl.DataFrame) -> dict[str, Any]:
    weak = ends.filter(~pl.col("strong")).height
    null = ends["named"].null_count()
    return {
        "variant": name,
        "n": ends.height,
        "null": null,
        "possible": weak - null,
        "strong": ends.height - weak,
        "null_or_possible_pct": _pct(weak, ends.height),
    }


def pick(result: dict[str, Any], variant: str, *, half: str = "all", place: str = "all", end: str = "both") -> Any:
    """One row of ``result["rows"]``."""
    want = (variant, half, place, end)
    return next(r for r in result["rows"] if (r["variant"], r["half"], r["place"], r["end"]) == want)


def check(result: dict[str, Any], *, half: str = "all") -> list[str]:
    """Give each goal that is missed, as a sentence; an empty list means all are met."""
    missed = []
    for size in result["variants"]:
        name = size["variant"]
        row = pick(result, name, half=half)
        for what, goal in GOALS[name].items():
            have = row[what]
            if have is None or (have > goal if what in _AT_MOST else have < goal):
                bound = "at most" if what in _AT_MOST else "at least"
                missed.append(f"{name}, half {half}: {what} is {have}, should be {bound} {goal:g}")
    for row in result["unknown"]:
        if row["n"] and row["null_or_possible_pct"] < UNKNOWN_WEAK_PCT:
            missed.append(
                f"{row['variant']}: ends not in the truth are null or possible in {row['null_or_possible_pct']} %, "
                f"should be at least {UNKNOWN_WEAK_PCT:g} %"
            )
    return missed


def report(result: dict[str, Any]) -> str:
    """Write the tables as text: the accuracy, the misses, and the strong ends that are not in the truth."""
    lines = [
        "Right: the single named field is the true one, whatever its grade. Strong: likely or observed.",
        "Half A is for tuning, half B for reporting. Per cent of all known ends left in the variant.",
        "",
        f"{'variant':8} {'half':4} {'place':6} {'end':12} {'n':>3} {'right':>5} {'%':>6} {'strong':>7} {'% of r.':>7} "
        f"{'wrong':>5} {'strong w.':>9} {'null':>4} {'or rival':>8} {'%':>6}",
    ]
    for r in result["rows"]:
        if not r["n"] or (r["half"] == "A" and r["place"] != "all"):
            continue
        lines.append(
            f"{r['variant']:8} {r['half']:4} {r['place']:6} {r['end']:12} {r['n']:3d} {r['right']:5d} "
            f"{_p(r['right_pct'])} "
            f"{r['strong_right']:7d} {_p(r['strong_of_right_pct']):>7} {r['wrong']:5d} {r['strong_wrong']:9d} "
            f"{r['null']:4d} {r['named_or_rival']:8d} {_p(r['named_or_rival_pct'])}"
        )
    for v in result["variants"]:
        gone = f"; nothing left of {', '.join(v['dropped'])}" if v["dropped"] else ""
        lines.append(f"{v['variant']}: {v['flights']} flights, {v['positions']} positions{gone}")
    lines += ["", "Known ends that were not named rightly:"]
    lines += [_line(m) for m in result["misses"]] or ["  none"]
    lines += ["", "Ends that are not in the truth:"]
    lines += [
        f"  {u['variant']}: {u['n']} ends, {u['null']} null, {u['possible']} possible, {u['strong']} strong "
        f"({u['null_or_possible_pct']} % null or possible)"
        for u in result["unknown"]
    ]
    lines += ["The strong ones, one by one:"]
    lines += [_line(m) for m in result["strong_unknown"]] or ["  none"]
    missed = check(result) + check(result, half="B")
    lines += ["", "Goals:", *(f"  missed: {m}" for m in missed)] if missed else ["", "Goals: all met."]
    return "\n".join(lines)


def _p(value: float | None) -> str:
    return f"{value:6.1f}" if value is not None else "     -"


def _line(m: dict[str, Any]) -> str:
    rivals = f"; rivals {', '.join(m['rivals'][:6])}" if m["rivals"] else ""
    why = f"; {' '.join(m['reasons'])}" if m["reasons"] else ""
    return (
        f"  {m['variant']} {m['flight_id']} {m['end']}: true {m['true'] or 'not known'}, "
        f"named {m['named'] or 'none'} ({m['grade'] or '-'}){rivals}{why}"
    )
