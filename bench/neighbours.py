"""Neighbours as near and as parallel as Ovda, Ramon and Aqaba, or as the fields round Baku, told apart.

SIMULATED flights to each of the fields, over many seeds and every stratum of coverage. ``python -m bench.neighbours``
prints how often a visit at one field was named another, by grade; at `likely` or better it must be never.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.bounds_match import match
from bench.bounds_run import reference
from bench.bounds_settings import FAMILIES, STRATA, Dice, coverage_of, forms_of
from wheelsdown.simulate import simulate
from wheelsdown.simulate.scenario import Fleet, Noise, Sampling, Scenario

__all__ = ["CLUSTERS", "GRADES", "Confusion", "among", "confusion", "main", "measure", "scenario_of", "text"]

CLUSTERS: Final[dict[str, dict[str, Any]]] = {
    "airlift-parallel": {"fields": ("LLOV", "LLER", "OJAQ"), "home": ["UBBB", "UBBG"]},
    "airlift-cluster": {"fields": ("UBBB", "UB18", "UBBI"), "home": ["LLOV", "UTAA"]},
}
"""Fields among which visits are not to be mistaken, and where the flights come from."""
GRADES: Final = ("observed", "inferred", "likely", "possible")
STRONG: Final = ("observed", "inferred", "likely")
DAYS: Final = 14
MISTAKEN_MOST: Final = 0


@dataclass(frozen=True)
class Confusion:
    """True field, named field (None: nowhere), grade: how often; and the strong ones that were wrong, one by one."""

    counts: Counter[tuple[str, str | None, str]]
    wrong: tuple[str, ...]


def scenario_of(name: str, stratum: str, seed: int) -> Scenario:
    """Give flights to all fields of a cluster under one stratum of coverage."""
    cluster, d = CLUSTERS[name], Dice(f"neighbours {name} {stratum} {seed}")
    fields: Sequence[str] = cluster["fields"]
    family = FAMILIES["held"]
    fleet = Fleet(
        typecode=d.pick(("IL76", "B744", "B738")),
        home=cluster["home"],
        destinations=dict.fromkeys(fields, 1.0),
        operator="SIMULATED Air Bridge",
        aircraft=d.whole(4, 8),
        per_day=d.between(1.5, 3.0),
        dwell_h=(d.between(1.5, 4.0), 0.4),
        hop_share=d.between(0.0, 0.15),
        hop_to=list(fields),
        parked_on_share=d.between(0.0, 0.3),
    )
    received = "good" if stratum == "quiet" else stratum
    floor = d.pick(family.floors_ft[received])
    coverage = coverage_of(d, family, received, fields[0], fields[1:], [fleet], floor)
    sampling, noise = forms_of(d, family, d.weighted(family.sampling), adsb=stratum in ("good", "quiet"))
    return _scenario(name, seed, d, fleet, coverage, sampling, noise)


def _scenario(
    name: str, seed: int, d: Dice, fleet: Fleet, coverage: Any, sampling: Sampling, noise: Noise
) -> Scenario:  # fmt: skip
    return Scenario(
        name=f"SIMULATED {name} {seed}",
        start=dt.date(2023, 9, 1),
        days=DAYS,
        seed=d.whole(1, 2**31 - 1),
        fleets=[fleet],
        coverage=coverage,
        sampling=sampling,
        noise=noise,
    )


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
            k = int(found.truth_of[i]) if found.truth_of[i] >= 0 else int(found.elsewhere[i])
            at = true_at[k] if k >= 0 else "nowhere"
            counts[at, v["airfield"], v["grade"]] += 1
            if found.truth_of[i] < 0 and v["grade"] in STRONG:
                wrong.append(
                    f"{label}: {v['visit_id']} {v['grade']} at {v['airfield']}, was at {at}: {'; '.join(v['reasons'])}"
                )
    return Confusion(counts, tuple(wrong))


def text(name: str, c: Confusion) -> str:
    """Write the table: true fields down, named fields across, one block a grade."""
    fields = list(CLUSTERS[name]["fields"])
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
    fields = set(CLUSTERS[name]["fields"])
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
