"""One chart in two layouts, for a phone and for a desk; the style sheet shows one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wheelsdown.charts.svg import NARROW, WIDE

__all__ = ["fitted"]


def fitted(draw: Callable[..., str], *tables: Any, prefix: str, **how: Any) -> str:
    """Draw a chart twice, `NARROW` and `WIDE`, in one ``<div class="fitted">``.

    `palette.CSS` shows the narrow one below 600 px and the wide one above, print included; the other is not displayed,
    so that screen readers meet one only. Ids begin with ``PREFIX-n`` and ``PREFIX-w``.

    Parameters
    ----------
    draw : callable
        One of the chart functions, e.g. ``timeline.timeline``; it gets `tables`, `how`, a prefix and a width.

    Returns
    -------
    str
        HTML.
    """
    narrow = draw(*tables, prefix=f"{prefix}-n", width=NARROW, **how)
    wide = draw(*tables, prefix=f"{prefix}-w", width=WIDE, **how)
    return (
        '<div class="fitted">'
        + narrow.replace('class="chart ', 'class="chart narrow ', 1)
        + wide.replace('class="chart ', 'class="chart wide ', 1)
        + "</div>"
    )
