"""Whether a daily release holds the whole day, told from what was seen while walking it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

__all__ = ["FOLDERS", "HEATMAPS", "HEATMAP_NAME", "TRACE_NAME", "DayQuality"]

FOLDERS: Final = 256
"""Traces lie in folders named after the last two hex digits of the address."""
HEATMAPS: Final = 48
"""One file every half hour."""
NEIGHBOUR_SHARE: Final = 0.6
"""Traffic falls to two thirds at Christmas and on Sundays; known bad days held a half and less of their neighbours."""
TRACE_NAME: Final = re.compile(r"(?:\./)?(?:.*/)?traces/([0-9a-f]{2})/trace_full_(~?[0-9a-f]{6})\.json")
HEATMAP_NAME: Final = re.compile(r"(?:\./)?(?:.*/)?heatmap/([0-3][0-9]|4[0-7])\.bin\.ttf")
_MOST_SENTENCES: Final = 20


@dataclass
class DayQuality:
    """What was seen of one day; filled by `tar_members.members`, or by `saw` from a list of names."""

    trace_files: int = 0
    """Traces that hold at least one byte."""
    end_reached: bool = False
    """The archive's end mark (two blocks of zeros) was read."""
    damage: list[str] = field(default_factory=list)
    """One sentence a place that could not be read."""
    damage_count: int = 0
    """How many places; `damage` keeps the first twenty."""
    bytes: int = 0
    """Bytes walked over."""
    seen_folders: set[str] = field(default_factory=set)
    seen_heatmaps: set[str] = field(default_factory=set)

    @property
    def folders(self) -> int:
        """Folders of traces that hold at least one trace: 0 to 256."""
        return len(self.seen_folders)

    @property
    def heatmaps(self) -> int:
        """Half-hour heatmaps: 0 to 48."""
        return len(self.seen_heatmaps)

    def saw(self, name: str, size: int) -> None:
        """Count a file of the release by its name; folders and empty files show nothing."""
        if not size:
            return
        if found := TRACE_NAME.fullmatch(name):
            self.trace_files += 1
            self.seen_folders.add(found[1])
        elif found := HEATMAP_NAME.fullmatch(name):
            self.seen_heatmaps.add(found[1])

    def damaged(self, sentence: str) -> None:
        """Note a place that could not be read."""
        self.damage_count += 1
        if len(self.damage) < _MOST_SENTENCES:
            self.damage.append(sentence)

    def verdict(self, neighbours: Sequence[int] = ()) -> tuple[str, str | None]:
        """Judge whether the day is whole.

        Parameters
        ----------
        neighbours : sequence of int
            Trace files of days close by that were received whole; without any that check is left out.

        Returns
        -------
        tuple
            ``received`` or ``damaged`` as in `schema.LEDGER_STATUS`, and why in words (None if nothing is amiss).

        Notes
        -----
        It sees what is in the archive. A day on which the network itself received little, evenly over all addresses,
        looks whole unless its neighbours are given.
        """
        why = self.missing(neighbours) + self.damage
        if more := self.damage_count - len(self.damage):
            why.append(f"and {more} more places that could not be read")
        return ("damaged", "; ".join(why)) if why else ("received", None)

    def missing(self, neighbours: Sequence[int] = ()) -> list[str]:
        """Say what a whole day would have and this one has not, in words; nothing of damaged places."""
        why: list[str] = []
        if self.folders < FOLDERS:
            why.append(f"{self.folders} of {FOLDERS} folders of traces")
        usual = median(neighbours) if neighbours else 0
        if self.trace_files < NEIGHBOUR_SHARE * usual:
            why.append(f"{self.trace_files} traces, days close by have {usual:.0f}")
        if self.heatmaps < HEATMAPS:
            why.append(f"{self.heatmaps} of {HEATMAPS} heatmaps")
        if not self.end_reached:
            why.append("the end of the archive was not reached")
        return why
