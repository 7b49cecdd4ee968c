"""A comparison of two lists, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from wheelsdown.analysis.wording import capital, name, number, window

__all__ = ["sentence"]


def sentence(out: Mapping[str, Any], refused: str | None, zone: str) -> str:
    """Tell a row of AGREED in words.

    Parameters
    ----------
    out : mapping
        The row, as far as it is known.
    refused : str, optional
        Why no total is estimated.
    zone : str
        IANA zone of the window.
    """
    one, other = name(out["first"]), name(out["second"])
    if out["from_utc"] is None:
        return f"{one} and {other} cover no common window: nothing could be compared."
    m, a, b = out["both"], out["first_only"], out["second_only"]
    text = [
        f"{capital(window(out['from_utc'], out['to_utc'], zone))}, {_visits(m)} in both {one} and {other}, "
        f"{_none(a)} only in {one} and {_none(b)} only in {other}."
    ]
    for k, has, lacks in ((out["first_aside"], one, other), (out["second_aside"], other, one)):
        if k:
            has_only = "has only a row" if k == 1 else "have only rows"
            text.append(f"{capital(number(k))} more in {has} {has_only} in {lacks} that {_were(k)} left out.")
    if k := out["discrepancies"]:
        text.append(f"Of those in both, {number(k)} {'is' if k == 1 else 'are'} told differently.")
    if k := out["flagged"]:
        text.append(
            f"{capital(number(k))} row contradicts itself or was set aside, and was left out."
            if k == 1
            else f"{capital(number(k))} rows contradict themselves or were set aside, and were left out."
        )
    if k := out["repeated"]:
        rows = "row" if k == 1 else "rows"
        text.append(f"{capital(number(k))} {rows} may tell a stay a second time, and {_were(k)} left out.")
    if all_named := m + a + b + out["first_aside"] + out["second_aside"]:
        weak = out["weaker"]
        text.append(
            f"Together they name {number(all_named)}"
            + (f", {number(weak)} of them by no row better than likely or possible." if weak else ".")
        )
    if refused:
        text.append(f"{capital(refused)}.")
        return " ".join(text)
    least, most = math.floor(out["chapman_least"]), math.ceil(out["chapman_most"])
    text.append(
        f"By the rows observed or inferred there were at least {number(least)} in all, if the two missed visits "
        f"independently (Chapman's estimate {out['chapman']:.0f}, between {least} and {most}); where they share what "
        "they miss, there were more."
    )
    return " ".join(text)


def _visits(n: int) -> str:
    return f"{number(n)} visit is" if n == 1 else f"{number(n)} visits are"


def _none(n: int) -> str:
    return number(n) if n else "none"


def _were(n: int) -> str:
    return "was" if n == 1 else "were"
