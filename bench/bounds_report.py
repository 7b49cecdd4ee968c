"""The scores of many scenarios as text: goals first, met or not, then strata, floors, probabilities, failures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bench.bounds_score import GOALS, NEIGHBOUR_KM, Share, brier, reliability, scores
from bench.bounds_settings import STRATA_TEXT

__all__ = ["goals_missed", "report"]

_LISTED: Final = 40
_TOP: Final = 60
_ENOUGH: Final = 20
"""Fewer scenarios say nothing of a share in a hundred."""
Record = dict[str, Any]


def report(records: Sequence[Record], *, listed: int = _LISTED) -> str:
    """Write everything that was asked of the scenarios."""
    good = [r for r in records if "error" not in r]
    failed = [r for r in records if "error" in r]
    seeds = sorted(r["seed"] for r in records)
    lines = [
        f"{len(records)} SIMULATED scenarios, family {records[0]['family'] if records else '-'}, seeds "
        f"{_ranges(seeds)}; {sum(r['truth_all'] for r in good):,} visits, {sum(r['positions'] for r in good):,} "
        f"positions, {sum(sum(r['cpu_s'].values()) for r in good) / max(len(good), 1):.2f} CPU s each.",
    ]
    if failed:
        lines += ["", f"FAILED: {len(failed)} scenarios", *(f"  seed {r['seed']}: {_last(r)}" for r in failed[:listed])]
    if not good:
        return "\n".join(lines)
    s = scores(good)
    lines += ["", "Goals:", *_goals(s), "", *_strata(s), "", *_floors(s), "", *_probabilities(good)]
    lines += ["", *_false(s, listed), "", *_missed(s)]
    return "\n".join(lines)


def goals_missed(records: Sequence[Record]) -> list[str]:
    """Give each goal that is not met, as a line; a failed scenario is one."""
    failed = [f"seed {r['seed']} failed: {_last(r)}" for r in records if "error" in r]
    good = [r for r in records if "error" not in r]
    return failed + ([] if not good else [line for line in _goals(scores(good)) if line.startswith("  NOT met")])


def _last(r: Record) -> str:
    lines: list[str] = r["error"].strip().splitlines()
    return lines[-1]


def _ranges(seeds: Sequence[int]) -> str:
    """1-3, 7: runs of whole numbers."""
    out: list[list[int]] = []
    for s in seeds:
        if out and s == out[-1][1] + 1:
            out[-1][1] = s
        else:
            out.append([s, s])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def _goals(s: dict[str, Any]) -> list[str]:
    lines = []
    strata = {r["stratum"]: r["scenarios"] for r in s["strata"]}
    for goal in GOALS:
        value = s["numbers"].get(goal.key)
        shared: Share | None = s["shares"].get(goal.key)
        have = shared.text() if shared is not None else _n(value, 0)
        word = {True: "met", False: "NOT met", None: "not measured"}[goal.met(value)]
        if shared is not None and goal.key.startswith("best_covers_"):
            have += f", given in {shared.n} of {strata[goal.key.removeprefix('best_covers_')]} scenarios"
            word = word if shared.n >= _ENOUGH else "too few to say"
        lines.append(f"  {word}: {goal.what}: {have}; asked: at {'most' if goal.at_most else 'least'} {goal.limit:g}")
    beside = s["shares"]["false_likely"].text()
    for key, what in (
        ("least_equals_good_every", "*at least* equals the truth, all of good coverage, false positions sent or not"),
        ("least_equals_good_heard", "  touchdowns left out at which false positions were sent"),
        ("least_equals_good_false_sent", "  these left out, scenarios with false positions or addresses alone"),
        ("touchdown_hidden_good", "scenarios of good coverage with such a touchdown, which nobody can count"),
    ):
        lines.append(f"  beside: {what}: {s['shares'][key].text()}")
    lines.append(f"  beside: false among `likely`: {beside}; at a neighbour {s['numbers']['false_likely_near']}")
    return lines


def _n(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _pc(x: Share) -> str:
    return "-" if x.percent is None else f"{x.percent:.1f}"


def _strata(s: dict[str, Any]) -> list[str]:
    rows = s["strata"]
    names = [r["stratum"] for r in rows]
    table: list[tuple[str, list[str]]] = [
        ("scenarios", [str(r["scenarios"]) for r in rows]),
        ("visits, all aircraft", [f"{r['visits']:,}" for r in rows]),
        ("truth at the field asked about, mean", [_n(r["truth"]) for r in rows]),
        ("  on days observed, mean", [_n(r["exposed"]) for r in rows]),
        ("at least <= truth, %", [_pc(r["least_holds"]) for r in rows]),
        ("at least = truth, %", [_pc(r["least_equals"]) for r in rows]),
        ("  touchdowns under false positions apart", [_pc(r["least_equals_sent"]) for r in rows]),
        ("touchdowns under false positions, %", [_pc(r["hidden"]) for r in rows]),
        ("at least, % of the truth", [_pc(r["least_reaches"]) for r in rows]),
        ("bounds hold the truth, %", [_pc(r["bounds_hold"]) for r in rows]),
        ("no bound above, %", [_pc(r["no_bound"]) for r in rows]),
        ("cannot be ruled out, mean", [_n(r["bounds_width"]) for r in rows]),
        ("  over the truth", [_n(r["bounds_width_relative"]) for r in rows]),
        ("best estimate refused, %", [_pc(r["best_none"]) for r in rows]),
        ("best interval covers, days observed, %", [_pc(r["best_covers"]) for r in rows]),
        ("best interval covers, whole window, %", [_pc(r["best_covers_window"]) for r in rows]),
        ("best interval, mean width", [_n(r["best_width"]) for r in rows]),
        ("  over the truth", [_n(r["best_width_relative"]) for r in rows]),
        ("best estimate, mean error", [_n(r["best_error"]) for r in rows]),
        ("best estimate, bias", [_n(r["best_bias"]) for r in rows]),
        ("at least, mean error", [_n(r["least_error"]) for r in rows]),
        ("naive count, mean error", [_n(r["naive_error"]) for r in rows]),
        ("naive count above the truth, %", [_pc(r["naive_too_many"]) for r in rows]),
        ("dwell held, %", [_pc(r["dwell_holds"]) for r in rows]),
        ("dwell without a bound on a side, %", [_pc(r["dwell_open"]) for r in rows]),
        ("dwell interval, mean min", [_n(r["dwell_width_min"], 1) for r in rows]),
        ("  over the dwell", [_n(r["dwell_width_relative"]) for r in rows]),
        ("false among observed and inferred, %", [_pc(r["false_sure"]) for r in rows]),
    ]
    lines = ["Strata of coverage, declared beforehand:", *(f"  {k}: {STRATA_TEXT[k]}" for k in names), ""]
    lines.append(f"{'':40}" + "".join(f"{n:>12}" for n in names))
    lines += [f"{what:40}" + "".join(f"{c:>12}" for c in cells) for what, cells in table]
    return lines


def _floors(s: dict[str, Any]) -> list[str]:
    lines = ["Share of the truth that *at least* reaches, by floor (lowest height above the field received):"]
    for f in s["floors"]:
        lines.append(
            f"  {f['floor_ft']:6,.0f} ft: {_pc(f['reaches']):>5} % of {f['reaches'].n} visits in {f['scenarios']} "
            f"scenarios (median {_n(f['reaches_median'])}); whole days and transponders on: "
            f"{_pc(f['reaches_whole'])} % of {f['reaches_whole'].n}; false {_pc(f['false_sure'])} %"
        )
    return lines


def _probabilities(records: Sequence[Record]) -> list[str]:
    rows = reliability(records)
    b = brier(rows)
    lines = [
        f"Probabilities: Brier score {_n(b['score'], 4)} over {b['n']} visits (one probability for all: "
        f"{_n(b['score_of_one'], 4)}; skill {_n(b['skill'])}); {b['without']} visits without a probability.",
        f"  {'class of evidence':44}{'visits':>8}{'said':>8}{'true':>8}   95 % interval",
    ]
    for r in sorted(rows, key=lambda r: -r["n"])[:_TOP]:
        x = Share(r["hits"], r["n"])
        interval = x.text().partition("(")[2].rstrip(")")
        lines.append(f"  {r['basis']:44}{r['n']:8}{_n(r['probability'], 3):>8}{r['hits'] / r['n']:8.3f}   {interval}")
    return lines


def _false(s: dict[str, Any], listed: int) -> list[str]:
    lines = [
        f"Visits graded `likely` or better that were not there: {len(s['false'])} (those at a field whose neighbour "
        f"within {NEIGHBOUR_KM:g} km it was come first)"
    ]
    for v in s["false"][:listed]:
        true = f"was at {v['true_at']}, {v['true_km']} km away" if v["true_at"] else "no visit of this aircraft then"
        aircraft = "fleet" if v["fleet"] else "other"
        lines.append(
            f"  seed {v['seed']} {v['stratum']}: {v['visit_id']} ({aircraft}) {v['grade']} at {v['airfield']} "
            f"[{v['basis']}]: {true}{'; SPOOFED there' if v['spoofed'] else ''}; {', '.join(v['integrity'] or [])}"
        )
        lines += [f"      {why}" for why in v["reasons"] or []]
    return lines


def _missed(s: dict[str, Any]) -> list[str]:
    return [
        f"seeds where *at least* is above the truth: {s['least_missed'] or 'none'}",
        f"seeds where the truth is outside the bounds: {s['bounds_missed'] or 'none'}",
    ]
