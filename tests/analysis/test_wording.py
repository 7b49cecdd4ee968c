"""Words that all sentences share."""

from __future__ import annotations

import pytest

from wheelsdown.analysis.wording import p_is, p_text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.43, "0.43"),
        (0.5, "0.50"),
        (0.05, "0.050"),
        (0.0512, "0.051"),
        (0.0996, "0.10"),
        (0.0021, "0.0021"),
        (0.0001, "0.00010"),
        (3.18e-5, "0.000032"),
        (0.996, "1.0"),
        (1.0, "1.0"),
        (1e-13, "< 0.0000000000010"),
        (0.0, "< 0.0000000000010"),
    ],
)
def test_chances_are_written_with_two_figures(p: float, text: str) -> None:
    assert p_text(p) == text


@pytest.mark.parametrize(
    ("p", "draws", "text"),
    [
        (0.0001, 9999, "p ≤ 0.00010"),
        (0.0002, 9999, "p = 0.00020"),
        (0.01, 99, "p ≤ 0.010"),
        (0.0001, None, "p = 0.00010"),
        (1e-13, None, "p < 0.0000000000010"),
    ],
)
def test_what_no_draw_reached_is_no_more_than_draws_can_show(p: float, draws: int | None, text: str) -> None:
    assert p_is(p, draws) == text
