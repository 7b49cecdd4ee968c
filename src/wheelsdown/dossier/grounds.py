"""What a sentence of a case rests on: the cells whose sentences it repeats, else the counts of the case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wheelsdown.case.result import CaseResult

__all__ = ["grounds"]

_SPOKEN: Final = ("counts", "cadence", "surges", "timing", "shares", "statements", "exhibits", "published")
_DIGIT: Final = re.compile(r"\d")


def grounds(text: str, result: CaseResult) -> list[str]:
    """Name the rows that a sentence of the case rests on, each ``table/row/sentence`` or ``table/row``.

    A sentence of a row that stands in the text whole names that row. A text with numbers that repeats none rests on the
    counts; one without numbers is a general remark.
    """
    out = []
    for table in _SPOKEN:
        frame = result.frame(table)
        for row, sentence in enumerate(frame["sentence"].to_list(), start=1):
            if sentence and sentence.rstrip(".") in text:
                out.append(f"{table}/{row}/sentence")
    if not out and _DIGIT.search(text):
        out = [f"counts/{row}" for row in range(1, result.frame("counts").height + 1)]
    return out
