"""The best estimate holds what it promises, where its assumptions hold."""

from __future__ import annotations

import numpy as np
import pytest

from wheelsdown.analysis import expected
from wheelsdown.analysis.expected import Seen, Weighed, estimate, most_unseen


def test_certain_visits_alone_are_counted_exactly() -> None:
    got = estimate([Weighed(6, 1.0)], None, unseen_spread=0.5, most_unseen=None)
    assert (got.mean, got.least, got.most, got.unseen) == (6.0, 6.0, 6.0, 0.0)


def test_the_published_poisson_binomial_interval() -> None:
    # p = .99 x 4, .9, .6, .3 has mean 5.76 and quantiles 4 and 7
    got = estimate(
        [Weighed(4, 0.99), Weighed(1, 0.9), Weighed(1, 0.6), Weighed(1, 0.3)], None, unseen_spread=0.0, most_unseen=None
    )
    assert got.mean == pytest.approx(5.76)
    assert (got.least, got.most) == (4.0, 7.0)


def test_the_published_negative_binomial_interval() -> None:
    # n = 6 at p = .8 gives mean 7.5 and quantiles 6 and 11
    sure = Seen(0.8, 0.8, 0.8)
    got = estimate([Weighed(6, 1.0)], sure, unseen_spread=0.0, most_unseen=None)
    assert got.mean == pytest.approx(7.5, abs=0.1)
    assert (got.least, got.most) == (6.0, 11.0)


def test_no_more_is_added_than_silences_could_hold() -> None:
    low = Seen(0.3, 0.2, 0.4)
    assert estimate([Weighed(50, 1.0)], low, unseen_spread=0.5, most_unseen=3).most <= 53.0
    assert estimate([Weighed(50, 1.0)], low, unseen_spread=0.5, most_unseen=0).most == 50.0


def test_the_same_input_gives_the_same_interval() -> None:
    one, two = (
        estimate([Weighed(30, 0.7, 0.5)], Seen(0.9, 0.8, 0.95), unseen_spread=0.5, most_unseen=None) for _ in range(2)
    )
    assert one == two


def test_nothing_received_adds_nothing_and_is_no_proof_that_nothing_came() -> None:
    got = estimate([], Seen(0.5, 0.3, 0.7), unseen_spread=0.5, most_unseen=None)
    assert (got.mean, got.least) == (0.0, 0.0)
    assert got.most >= 4.0  # missed four times running: one in 16
    assert estimate([], Seen(0.999, 0.998, 1.0), unseen_spread=0.0, most_unseen=None).most == 0.0
    assert estimate([], Seen(0.3, 0.2, 0.4), unseen_spread=0.5, most_unseen=2).most == 2.0
    assert estimate([], None, unseen_spread=0.5, most_unseen=None).most == 0.0


@pytest.mark.parametrize("spread", [0.0, 0.8])
def test_the_interval_covers_as_it_says(spread: float) -> None:
    rng = np.random.default_rng(4)
    covered, n = 0, 300
    for _ in range(n):
        true_q = 1.0 / (1.0 + np.exp(-(2.0 + 0.3 * rng.standard_normal())))
        m = 40
        k = rng.binomial(m, true_q)
        a, b = k + 0.5, m - k + 0.5
        draws = rng.beta(a, b, 2000)
        seen = Seen(a / (a + b), *np.quantile(draws, (0.025, 0.975)))
        truth = int(rng.integers(20, 200))
        left_a_row = rng.binomial(truth, true_q)
        # of those that left a row a third stand in a weak class, with as many false ones as its probability says
        p = 1.0 / (1.0 + np.exp(-(0.4 + spread * rng.standard_normal())))
        weak_true = left_a_row // 3
        weak_false = rng.negative_binomial(max(weak_true, 1), p)
        got = estimate(
            [Weighed(left_a_row - weak_true, 1.0), Weighed(weak_true + weak_false, 0.6, spread)],
            seen, unseen_spread=0.3, most_unseen=None,
        )  # fmt: skip
        covered += got.least <= truth <= got.most
    assert covered / n >= 0.90


def test_the_bound_on_the_unseen_holds() -> None:
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(300):
        q = rng.uniform(0.5, 0.99)
        truth = 100
        rows = rng.binomial(truth, q)
        held += truth <= rows + most_unseen(rows, Seen(q, q, q), unseen_spread=0.0)
    assert held >= 294


def test_classes_of_one_question_err_together() -> None:
    """Six classes of ten: their errors do not cancel as six independent ones would."""
    many = estimate([Weighed(10, 0.5, 1.0)] * 6, None, unseen_spread=0.0, most_unseen=None)
    one = estimate([Weighed(10, 0.5, 1.0)], None, unseen_spread=0.0, most_unseen=None)
    assert many.most - many.least > 1.3 * 6**0.5 * (one.most - one.least)
    rivals = estimate([Weighed(10, 0.5, 1.0, True)] * 6, None, unseen_spread=0.0, most_unseen=None)
    assert rivals.most - rivals.least > many.most - many.least
    assert abs(many.mean - 6 * one.mean) < 1.0


def test_where_all_may_have_left_a_row_the_lower_end_adds_none() -> None:
    told = Seen(0.7, 0.5, 1.0)
    got = estimate([Weighed(39, 1.0)], told, unseen_spread=0.75, most_unseen=None)
    assert got.least == 39.0
    assert got.mean > 50.0
    # with an upper end below 1 some are missing
    less = estimate([Weighed(39, 1.0)], Seen(0.7, 0.5, 0.9), unseen_spread=0.75, most_unseen=None)
    assert less.least > 39.0


def test_a_question_unlike_the_others_is_allowed_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Student's t with 5 degrees of freedom: the 97.5 % point lies at 2.57 spreads, a normal one's at 1.96."""
    classes = [Weighed(4000, 0.5, 0.6)]
    got = estimate(classes, None, unseen_spread=0.0, most_unseen=None)
    monkeypatch.setattr(expected, "_TAILS", 1e9)
    normal = estimate(classes, None, unseen_spread=0.0, most_unseen=None)

    def spreads(share: float) -> float:
        return float(np.log(share / (1.0 - share))) / 0.6

    assert spreads(got.most / 4000.0) == pytest.approx(2.57, abs=0.2)
    assert spreads(normal.most / 4000.0) == pytest.approx(1.96, abs=0.15)
