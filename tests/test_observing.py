"""The bench of observability: scenarios of known truth, from good to dreadful coverage. Everything is SIMULATED."""

from __future__ import annotations

from bench import observing


def test_a_seed_gives_the_same_scenario_and_the_kinds_take_turns() -> None:
    assert observing.scenario(5) == observing.scenario(5)
    kinds = {observing.scenario(seed)[1] for seed in range(1, 8)}
    assert kinds == set(observing.KINDS)
    assert observing.scenario(5)[0] != observing.scenario(12)[0]


def test_intervals_hold_the_true_share() -> None:
    """Two scenarios of each kind; `python -m bench.observing` runs two hundred."""
    found = observing.measure(14, 2001)
    told = [t for t in found if t.visits]
    assert len(told) >= 10
    assert all(0.0 <= t.least <= t.middle <= t.most <= 1.0 for t in told)
    held = sum(t.held for t in told)
    assert held >= len(told) - 2, [observing.line(t) for t in told if not t.held]
    good = [t for t in told if t.kind in ("good", "1000 ft")]
    assert all(t.middle > 0.9 for t in good)
    assert f"{held / len(told):.3f}" in observing.text(found)
