"""Names on a map that do not lie on each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wheelsdown.charts.svg import text_width

__all__ = ["Placed", "Placer"]

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True)
class Placed:
    """Where a label goes: its baseline's start, and where a line to its point ends, if one is needed."""

    x: float
    y: float
    rect: Rect
    far: bool


class Placer:
    """Finds room for labels, one after the other, inside a frame and beside what is taken."""

    def __init__(self, frame: Rect) -> None:
        self._frame = frame
        self._taken: list[Rect] = []

    def take(self, rect: Rect) -> None:
        """Keep a rectangle free of labels."""
        self._taken.append(rect)

    def free(self, rect: Rect) -> bool:
        """Tell whether a rectangle lies in the frame and touches nothing taken."""
        a, b, c, d = rect
        left, top, right, bottom = self._frame
        if a < left or b < top or c > right or d > bottom:
            return False
        return all(c <= e or a >= g or d <= f or b >= h for e, f, g, h in self._taken)

    def place(self, x: float, y: float, lines: Sequence[str], size: float) -> Placed | None:
        """Place lines of text beside a point: near it in eight directions, then farther out with a line to it.

        The first free place is taken; None where there is none.
        """
        wide = max(text_width(line, size) for line in lines)
        high = len(lines) * size * 1.2
        for far in (8.0, 16.0, 30.0, 48.0, 70.0):
            near = far * 0.72
            for left, top in (
                (x + far, y - high / 2),
                (x - far - wide, y - high / 2),
                (x - wide / 2, y - far - high),
                (x - wide / 2, y + far),
                (x + near, y - near - high),
                (x + near, y + near),
                (x - near - wide, y - near - high),
                (x - near - wide, y + near),
            ):
                rect = (left - 2, top - 1, left + wide + 2, top + high + 1)
                if self.free(rect):
                    self.take(rect)
                    return Placed(left, top + size, rect, far > 8.0)
        return None
