"""What is known of a tar's layout: where which members lie, learnt piece by piece and kept for the next question.

A release's tar is packed folder by folder (``tar -C DIR -cf FILE .``): the members of one folder lie together, but the
folders lie in the order in which the file system named them. What is learnt is a list of members whose headers were
read; only where members follow one another without a hole is an absence known.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.errors import ArchiveError
from wheelsdown.sources.tar_header import BLOCK
from wheelsdown.sources.tar_members import Member

__all__ = ["END", "HEATMAP", "OTHER", "Layout", "LayoutError", "folder_of", "sorted_order"]

HEATMAP: Final = "heatmap"
OTHER: Final = "other"
END: Final = "end"
_TRACE: Final = re.compile(r"(?:\./)?traces/([0-9a-f]{2})(?:/|$)")
_HEATMAP: Final = re.compile(r"(?:\./)?heatmap(?:/|$)")
_SCHEMA: Final = {"name": pl.String, "header_offset": pl.Int64, "end": pl.Int64, "size": pl.Int64}
_KEY: Final = "wheelsdown.key"


class LayoutError(ArchiveError):
    """The tar is not laid out as expected: it must be streamed."""


def folder_of(name: str) -> str:
    """Give the folder of a member: two hex digits of traces, `heatmap`, or `other`."""
    if found := _TRACE.match(name):
        return found.group(1)
    return HEATMAP if _HEATMAP.match(name) else OTHER


@dataclass(frozen=True)
class _Place:
    name: str
    size: int
    end: int


class Layout:
    """Members of one day's tar, by their place.

    Parameters
    ----------
    key : str
        What the places hold for: addresses, sizes and marks of the parts.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self._offsets: list[int] = []
        self._at: dict[int, _Place] = {}
        self._named: dict[str, int] = {}
        self._marks: list[tuple[int, int, str]] | None = None
        self.changed = False

    def add(self, member: Member) -> None:
        """Learn of one member.

        Raises
        ------
        LayoutError
            It lies inside another, or its header only describes the next one.
        """
        if member.header_offset in self._at:
            return
        if member.kind not in {"file", "folder", END}:
            raise LayoutError(f"a member of kind {member.kind} at byte {member.header_offset}")
        self._at[member.header_offset] = _Place(member.name, member.size, member.end)
        insort(self._offsets, member.header_offset)
        self._named[member.name] = member.header_offset
        self._marks = None
        self.changed = True

    def end_at(self, offset: int, total: int) -> None:
        """Learn where the end mark begins: nothing follows it."""
        self.add(Member(END, offset, total, 0, END))

    def find(self, name: str) -> tuple[int, int] | None:
        """Give header offset and size of a member, if it is known."""
        offset = self._named.get(name)
        return None if offset is None else (offset, self._at[offset].size)

    def at(self, offset: int) -> Member | None:
        """Give the member whose header lies at this byte, if it is known."""
        place = self._at.get(offset)
        if place is None or place.name == END:
            return None
        return Member(place.name, offset, offset + BLOCK, place.size, "folder" if place.name.endswith("/") else "file")

    def members(self, folder: str) -> dict[str, tuple[int, int]]:
        """Give header offset and size of all known members of a folder, by name, in order."""
        return {
            p.name: (o, p.size) for o in self._offsets if (p := self._at[o]).name != END and folder_of(p.name) == folder
        }

    def marks(self) -> list[tuple[int, int, str]]:
        """Give begin, end and folder of each run of members of one folder, without a hole inside, in order.

        Raises
        ------
        LayoutError
            Members overlap.
        """
        if self._marks is None:
            runs: list[tuple[int, int, str]] = []
            for offset in self._offsets:
                place = self._at[offset]
                folder = END if place.name == END else folder_of(place.name)
                if runs and offset < runs[-1][1]:
                    raise LayoutError(f"members overlap at byte {offset}")
                if runs and runs[-1][2] == folder and runs[-1][1] == offset:
                    runs[-1] = (runs[-1][0], place.end, folder)
                else:
                    runs.append((offset, place.end, folder))
            self._marks = runs
        return self._marks

    def around(self, offset: int) -> tuple[tuple[int, int, str] | None, tuple[int, int, str] | None]:
        """Give the run that begins at or before a byte, and the next one."""
        marks = self.marks()
        at = bisect_right(marks, offset, key=lambda m: m[0])
        return (marks[at - 1] if at else None, marks[at] if at < len(marks) else None)

    def bracket(self, folder: str, total: int) -> tuple[int, int, int, int] | None:
        """Give the bytes between which a folder must lie: (after, first seen, last seen, before); None if unseen.

        It begins somewhere from `after` to `first seen`, and ends somewhere from `last seen` to `before`.

        Raises
        ------
        LayoutError
            Its members do not lie together.
        """
        marks = self.marks()
        mine = [i for i, m in enumerate(marks) if m[2] == folder]
        if not mine:
            return None
        lo, hi = mine[0], mine[-1]
        if folder != OTHER and any(marks[i][2] != folder for i in range(lo, hi + 1)):
            raise LayoutError(f"the members of folder {folder} do not lie together")
        after = marks[lo - 1][1] if lo else 0
        before = marks[hi + 1][0] if hi + 1 < len(marks) else total
        return after, marks[lo][0], marks[hi][1], before

    def whole(self, folder: str) -> bool:
        """Tell whether every member of a folder is known: it was walked from its neighbour to its neighbour."""
        marks = self.marks()
        mine = [i for i, m in enumerate(marks) if m[2] == folder]
        if len(mine) != 1:
            return False
        at = mine[0]
        begins = marks[at][0] == 0 or (at > 0 and marks[at - 1][1] == marks[at][0])
        ends = at + 1 < len(marks) and marks[at + 1][0] == marks[at][1]
        return begins and ends

    def shares(self) -> dict[str, float]:
        """Give where folders were found, as a share of all bytes up to the last one known."""
        marks = self.marks()
        return {f: (a + b) / 2 / marks[-1][1] for a, b, f in marks if f not in {OTHER, END}}

    def save(self, path: Path) -> None:
        """Keep what is known, for the next question."""
        if not self.changed:
            return
        places = [(self._at[o].name, o, self._at[o].end, self._at[o].size) for o in self._offsets]
        frame = pl.DataFrame(places, schema=_SCHEMA, orient="row")
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        frame.write_parquet(part, metadata={_KEY: self.key})
        part.replace(path)
        self.changed = False

    @classmethod
    def load(cls, path: Path, key: str | None = None) -> Layout | None:
        """Read what was kept; None where nothing was, or it holds for other files than `key` says."""
        try:
            kept = pl.read_parquet_metadata(path).get(_KEY, "")
            if key is not None and kept != key:
                return None
            frame = pl.read_parquet(path, schema=_SCHEMA)
        except (OSError, pl.exceptions.PolarsError):
            return None  # a cache that is absent or damaged is made anew
        layout = cls(kept)
        for name, offset, end, size in frame.sort("header_offset").iter_rows():
            layout._at[offset] = _Place(name, size, end)
            layout._offsets.append(offset)
            layout._named[name] = offset
        return layout


def sorted_order() -> Sequence[str]:
    """Order in which folders lie if nothing else is known: by name."""
    return [HEATMAP, *(f"{i:02x}" for i in range(256))]
