"""Parallel neighbours: a visit at one field is never named the other at `likely` or better, whatever was received."""

from __future__ import annotations

from collections import Counter

import pytest

from bench import neighbours
from bench.bounds_settings import STRATA

PARALLEL, CLUSTER = "airlift-parallel", "airlift-cluster"


@pytest.mark.parametrize(
    ("name", "stratum", "seeds"),
    [
        (PARALLEL, "good", (12, 18)),
        (PARALLEL, "fair", (10, 12, 18)),
        (PARALLEL, "poor", (3, 9, 10, 17)),
        (PARALLEL, "dreadful", (1,)),
        (CLUSTER, "fair", (7, 12)),
        (CLUSTER, "poor", (8, 16)),
    ],
)
def test_no_visit_is_named_a_neighbour(name: str, stratum: str, seeds: tuple[int, ...]) -> None:
    found = neighbours.confusion((f"{stratum} seed {s}", neighbours.scenario_of(name, stratum, s)) for s in seeds)
    assert neighbours.among(name, found) == 0, "\n".join(found.wrong)
    named = sum(n for (true, code, _), n in found.counts.items() if true == code and true in neighbours.CLUSTERS[name])
    assert named > 10


def test_a_scenario_of_each_stratum_differs_and_repeats() -> None:
    made = [neighbours.scenario_of(PARALLEL, s, 1) for s in STRATA]
    assert len({str(m) for m in made}) == len(STRATA)
    assert neighbours.scenario_of(PARALLEL, "fair", 1) == made[STRATA.index("fair")]
    assert not made[STRATA.index("quiet")].others


def test_the_table_counts_by_true_and_named_field() -> None:
    counts: Counter[tuple[str, str | None, str]] = Counter(
        {
            ("LLOV", "LLOV", "inferred"): 5,
            ("LLOV", "LLER", "likely"): 2,
            ("UBBB", "LLOV", "likely"): 1,
            ("OJAQ", "LLER", "possible"): 7,
            ("LLER", None, "observed"): 1,
        }
    )
    c = neighbours.Confusion(counts, ("fair seed 1: SIM likely at LLER, was at LLOV",))
    # a field taken for none is no neighbour, and what is only possible is not said
    assert neighbours.among(PARALLEL, c) == 2
    text = neighbours.text(PARALLEL, c)
    assert "wrong at `likely` or better: 1" in text
    assert "LLOV" in text
