"""What sentences and rows of shares have in common."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from wheelsdown.analysis.wording import capital, listed
from wheelsdown.schema import SHARES

__all__ = ["amounts", "frame_of", "held_of", "percent", "runs", "spoken", "years_of"]

_SIMULATED: Final = "SIMULATED"
_FIGURES: Final = 3
_LAST_YEAR: Final = 9999
"""Beyond it a number is a year and a month."""


def percent(share: float) -> str:
    """Write a share: ``60.3 %``."""
    return f"{100.0 * share:.1f} %"


def years_of(first: int, last: int) -> str:
    """Write years: ``2016-2020``."""
    return str(first) if first == last else f"{first}-{last}"


def runs(periods: Sequence[int]) -> str:
    """Write years (2022) or months (202303) as what follows one another: ``2016, 2018-2020``."""
    out: list[list[int]] = []
    for period in sorted(set(periods)):
        if out and _after(out[-1][-1]) == period:
            out[-1].append(period)
        else:
            out.append([period])
    return listed([years_of(r[0], r[-1]) for r in out])


def held_of(asked: tuple[int, int], held: Sequence[int]) -> tuple[str, list[int]]:
    """Say which of the periods asked for a table holds.

    Parameters
    ----------
    asked : pair of int
        First and last, as years (2022) or as months (202303).
    held : sequence of int
        Those that the table has, at least one.

    Returns
    -------
    str
        The periods of a share: what was asked for, or ``2016-2020, the years of 2016-2030 that the tables hold``.
    list of int
        Those asked for that the table lacks.
    """
    whole = []
    at = asked[0]
    while at <= asked[1]:
        whole.append(at)
        at = _after(at)
    missing = sorted(set(whole) - set(held))
    if not missing:
        return years_of(*asked), []
    one = "month" if asked[0] > _LAST_YEAR else "year"
    these = f"the only {one}" if len(set(held)) == 1 else f"the {one}s"
    return f"{runs(held)}, {these} of {years_of(*asked)} that the tables hold", missing


def _after(period: int) -> int:
    """Give the next year, or the next month."""
    if period <= _LAST_YEAR or period % 100 != 12:
        return period + 1
    return period + 89


def amounts(values: Sequence[float], *, least: int = 0) -> list[str]:
    """Write amounts with the same decimals: three figures of the smallest, and no noughts that all of them end in."""
    smallest = min((abs(v) for v in values if v), default=0.0)
    places = max(least, _FIGURES - 1 - math.floor(math.log10(smallest))) if smallest else least
    while places > least and all(f"{v:.{places}f}".endswith("0") for v in values):
        places -= 1
    return [f"{v:,.{places}f}" for v in values]


def spoken(row: Mapping[str, Any], text: str) -> str:
    """Begin a sentence with a capital, and with SIMULATED where its source is."""
    said = capital(text)
    return f"{_SIMULATED}: {said}" if str(row.get("source") or "").startswith(_SIMULATED) else said


def frame_of(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as SHARES."""
    return pl.DataFrame([{n: r.get(n) for n in SHARES.names} for r in rows], schema=SHARES.schema, orient="row")
