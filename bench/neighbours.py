"""Neighbours as near and as parallel as Ovda, Ramon and Aqaba, or as the fields round Baku, told apart.

SIMULATED flights to each of the fields, over many seeds and every stratum of coverage. ``python -m bench.neighbours``
prints how often a visit at one field was named another, by grade; at `likely` or better it must be never.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from bench.bounds_match import match
from bench.bounds_run import reference
from bench.bounds_settings import FAMILIES, STRATA, Dice, coverage_of, forms_of
from wheelsdown.simulate import simulate
from wheelsdown.simulate.scenario import Scenario
from wheelsdown.simulate.shipped import scenario_path

__all__ = ["CLUSTERS", "GRADES", "Confusion", "among", "confusion", "main", "measure", "scenario_of", "text"]

CLUSTERS: Final[dict[str, tuple[str, ...]]] = {
    "airlift-parallel": ("LLOV", "LLER", "OJAQ"),
    "airlift-cluster": ("UBBB", "UB18", "UBBI"),
}
"""Shipped scenario to the fields that are not to be mistaken for one another."""
GRADES: Final = ("observed", "inferred", "likely", "possible")
STRONG: Final = ("observed", "inferred", "likely")
MISTAKEN_MOST: Final = 0


@dataclass(frozen=True)
class Confusion:
    """True field, named field (None: nowhere), grade: how often; and the strong ones that were wrong, one by one."""

    counts: Counter[tuple[str, str | None, str]]
    wrong: tuple[str, ...]


def scenario_of(name: str, stratum: str, seed: int) -> Scenario:
    """Give the flights of a shipped scenario under one stratum of coverage: other flights and receivers a seed."""
    d, family = Dice(f"neighbours {name} {stratum} {seed}"), FAMILIES["held"]
    received = "good" if stratum == "quiet" else stratum
    shipped = Scenario.from_toml(scenario_path(name))
    fields = CLUSTERS[name]
    floor = d.pick(family.floors_ft[received])
    coverage = coverage_of(d, family, received, fields[0], fields[1:], shipped.fleets, floor)
    sampling, noise = forms_of(d, family, d.weighted(family.sampling), adsb=received == "good")
    changed = {"coverage": coverage, "sampling": sampling, "noise": noise, "seed": d.whole(1, 2**31 - 1)}
    if stratum == "quiet":
        changed["others"] = []
    return structs.replace(shipped, **changed)


def confusion(scenarios: Iterable[tuple[str, Scenario]]) -> Confusion:
    """Simulate and infer, and count which field each true visit was named.

    Parameters
    ----------
    scenarios : iterable of (label, Scenario)
        The label goes before each wrong visit.
    """
    from wheelsdown.inference import infer  # compiles on first use

    fields, runways = reference()
    counts: Counter[tuple[str, str | None, str]] = Counter()
    wrong = []
    for label, scenario in scenarios:
        made = simulate(scenario, airfields=fields, runways=runways)
        visits = infer(made.positions, airfields=fields, runways=runways).visits
        truth = made.visits
        found = match(visits, truth)
        true_at = truth["airfield"].to_list()
        for i, v in enumerate(visits.iter_rows(named=True)):
            k = int(max(found.truth_of[i], found.half_of[i], found.elsewhere[i]))
            at = true_at[k] if k >= 0 else "nowhere"
            counts[at, v["airfield"], v["grade"]] += 1
            if max(found.truth_of[i], found.half_of[i]) < 0 and v["grade"] in STRONG:
                wrong.append(
                    f"{label}: {v['visit_id']} {v['grade']} at {v['airfield']}, was at {at}: {'; '.join(v['reasons'])}"
                )
    return Confusion(counts, tuple(wrong))


def text(name: str, c: Confusion) -> str:
    """Write the table: true fields down, named fields across, one block a grade."""
    fields = list(CLUSTERS[name])
    lines = [f"{name}: visits by true field (down) and named field (across)"]
    for grade in GRADES:
        lines.append(f"  {grade:10}" + "".join(f"{f:>9}" for f in (*fields, "other", "none")))
        for true in (*fields, "other"):
            here = {k: n for k, n in c.counts.items() if k[2] == grade and _of(k[0], fields) == true}
            cells = [sum(n for k, n in here.items() if _of(k[1], fields) == f) for f in (*fields, "other", "none")]
            lines.append(f"    {true:8}" + "".join(f"{n:>9}" for n in cells))
    lines.append(f"  wrong at `likely` or better: {len(c.wrong)}")
    lines += [f"    {w}" for w in c.wrong[:40]]
    return "\n".join(lines)


def _of(code: str | None, fields: Sequence[str]) -> str:
    return "none" if code is None else code if code in fields else "other"


def among(name: str, c: Confusion) -> int:
    """Count visits at one field of the cluster that were named another of it, at `likely` or better."""
    fields = set(CLUSTERS[name])
    return sum(n for (at, named, g), n in c.counts.items() if g in STRONG and at != named and {at, named} <= fields)


def measure(seeds: int = 20, first: int = 1, say: Callable[[str], None] = lambda _: None) -> tuple[str, int]:
    """Run all clusters and strata, and write the tables, and how many were mistaken; `say` gets each as it comes."""
    mistaken, blocks = 0, []
    for name in CLUSTERS:
        for stratum in STRATA:
            made = ((f"{stratum} seed {s}", scenario_of(name, stratum, s)) for s in range(first, first + seeds))
            c = confusion(made)
            mistaken += among(name, c)
            blocks.append(f"{stratum}, seeds {first} to {first + seeds - 1}: {text(name, c)}")
            say(blocks[-1])
    blocks.append(f"named another field of the cluster at `likely` or better: {mistaken} (must be {MISTAKEN_MOST})")
    say(blocks[-1])
    return "\n\n".join(blocks), mistaken


def main(argv: Sequence[str] | None = None) -> int:
    """Run all clusters and strata."""
    parser = argparse.ArgumentParser(prog="python -m bench.neighbours", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    options = parser.parse_args(argv)
    _, mistaken = measure(options.seeds, options.first, say=lambda block: print(block, end="\n\n", flush=True))
    return 0 if mistaken <= MISTAKEN_MOST else 1


if __name__ == "__main__":
    sys.exit(main())
