"""Where the parts of a release join, and where they do not: there each stretch is read as a tar of its own.

A split tar goes on where the part before it ended: the last member before a seam says where the next header lies. Where
none lies there, the parts do not belong together (one was cut off, or is of another day). Then what lies before the
seam and what lies after it are two stretches; the second begins at its first header, at whatever byte that is. So do
those who stream it (`tar_members`), so that both ways give the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wheelsdown.archive.asking import Asker
from wheelsdown.archive.guessing import probe_bytes
from wheelsdown.archive.layout import END, Layout, LayoutError
from wheelsdown.archive.parts import Parts
from wheelsdown.archive.ranges import PackedTar
from wheelsdown.sources.tar_header import BLOCK, Member, find_header, parse_header

__all__ = ["PackedDay", "Stretch", "stretches"]

_SEARCH_MOST: Final = 32 << 20
_GROWS: Final = 4


@dataclass(frozen=True)
class Stretch:
    """Bytes that are one tar, or a readable piece of one."""

    start: int
    stop: int
    end: int
    """Where its last member ends: after `stop` where only padding was cut off."""


class PackedDay:
    """One day's release on a server that takes ranges.

    Parameters
    ----------
    asker : Asker
    urls : sequence of str
        The parts, in order.
    cache : Path
        Folder where the places found are kept for the next question.
    name : str
        Name of the day there.
    prior : mapping, optional
        Where each folder lay on another day; see `ranges.PackedTar`.

    Raises
    ------
    LayoutError
        It is not known how a seam is to be read: stream it.
    WholeBodyError
        The server does not take ranges.
    UnavailableError
        A part is not there, or the server refuses.
    """

    def __init__(
        self, asker: Asker, urls: Sequence[str], *, cache: Path, name: str, prior: Mapping[str, float] | None = None
    ) -> None:
        parts = Parts.measured(asker, urls)
        self.total = parts.total
        """Bytes of all parts."""
        self._kept: list[Path] = [cache / f"{name}.parquet"]
        layout = _layout(parts, self._kept[0])
        found, self.seams = stretches(parts, layout, probe_bytes(parts.total))
        self._prior = dict(prior or {})
        if not self.seams:
            self._tars = [PackedTar(parts, layout, prior=self._prior)]
            return
        self._kept = [cache / f"{name}.{i}.parquet" for i in range(len(found))]
        self._tars = [self._piece(parts, s, path) for s, path in zip(found, self._kept, strict=True)]

    def _piece(self, parts: Parts, stretch: Stretch, path: Path) -> PackedTar:
        section = parts.section(stretch.start, stretch.stop)
        layout = _layout(section, path)
        if layout.find(END) is None:
            end = stretch.end - stretch.start
            layout.end_at(end, end)
        prior = {f: (s * parts.total - stretch.start) / section.total for f, s in self._prior.items()}
        return PackedTar(section, layout, prior=prior, of_bytes=parts.total)

    def members(self, names: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """Give members by name, the first of each name; None for one that was not found (see `absence`).

        Raises
        ------
        LayoutError
            The tar is not laid out as expected, or a folder was not found.
        """
        left = list(names)
        for tar in self._tars:
            rest = []
            for name, data in tar.members(left):
                if data is None:
                    rest.append(name)
                else:
                    yield name, data
            left = rest
        for name in left:
            yield name, None

    def absence(self, folder: str) -> str | None:
        """Say why nothing is known of what was not found in a folder; None where it is surely not in the day."""
        if self.seams:
            return "; ".join(self.seams)
        return self._tars[0].absence(folder)

    def shares(self) -> dict[str, float]:
        """Where folders were found, as a share of the whole; nothing for a day that does not join."""
        return {} if self.seams else self._tars[0].shares()

    def save(self) -> None:
        """Keep the places found."""
        for tar, path in zip(self._tars, self._kept, strict=True):
            tar.layout.save(path)


def _layout(parts: Parts, path: Path) -> Layout:
    return (Layout.load(path, parts.key) if parts.marked else None) or Layout(parts.key)


def stretches(parts: Parts, layout: Layout, probe_size: int) -> tuple[list[Stretch], list[str]]:
    """Look at each seam; give the stretches that can be read as a tar each, and in words which parts do not join.

    Parameters
    ----------
    parts : Parts
    layout : Layout
        Learns the members at seams that join; a seam that it knows is not looked at again.
    probe_size : int
        Bytes that are looked at first on either side of a seam.

    Raises
    ------
    LayoutError
        No header was found near a seam.

    Notes
    -----
    Where a part of another archive happens to have a header at the very byte, it cannot be told from one that joins.
    """
    found: list[Stretch] = []
    faults: list[str] = []
    begin = 0
    for seam in parts.seams:
        if seam < begin or (begin == 0 and _crossed(layout, seam)):
            continue
        tail = _tail(parts, begin, seam, probe_size)
        if (after := _after(parts, tail[-1].end)) is not None:
            for member in (*tail, *after) if begin == 0 else ():
                layout.add(member)
            continue
        found.append(_stretch(begin, tail[-1], seam))
        name = parts.name_at(seam)
        faults.append(f"{name} does not join the part before it (inside {tail[-1].name})")
        begin = _first_header(parts, seam, probe_size)
        if begin == parts.total:
            faults.append(f"nothing in {name} or after it can be read")
            return found, faults
    if not faults:
        return [Stretch(0, parts.total, parts.total)], []
    tail = _tail(parts, begin, parts.total, probe_size)
    return [*found, _stretch(begin, tail[-1], parts.total)], faults


def _crossed(layout: Layout, seam: int) -> bool:
    """Tell whether a run of known members lies across the seam."""
    before, _ = layout.around(seam - 1)
    return before is not None and before[0] < seam < before[1]


def _stretch(begin: int, last: Member, stop: int) -> Stretch:
    """Give the bytes up to which whole members lie."""
    end = last.end if last.data_offset + last.size <= stop else last.header_offset
    return Stretch(begin, min(end, stop), end)


def _after(parts: Parts, address: int) -> list[Member] | None:
    """Give the member at a byte, none at the end mark or the end of all parts; None for anything else."""
    block = parts.read(address, min(address + BLOCK, parts.total)) if address < parts.total else b""
    if len(block) < BLOCK or not block.strip(b"\0"):
        return []
    member = parse_header(block, address)
    return None if member is None else [member]


def _tail(parts: Parts, begin: int, stop: int, size: int) -> list[Member]:
    """Find the last members whose headers lie before `stop`, in a space whose first header is at `begin`.

    Raises
    ------
    LayoutError
        No header in the last 32 MiB.
    """
    data, at = b"", stop
    while at > begin and len(data) < _SEARCH_MOST:
        low = max(begin, at - size)
        low -= (low - begin) % BLOCK
        data = parts.read(low, at) + data
        at, size = low, size * _GROWS
        if members := list(_walked(data, low)):
            return members
    raise LayoutError(f"no header before {parts.where(stop)}")


def _walked(data: bytes, base: int) -> Iterator[Member]:
    """Yield the members whose headers lie in these bytes, over what is damaged."""
    at = 0
    while (at := find_header(data, at)) >= 0:
        if (member := parse_header(data[at : at + BLOCK], base + at)) is not None:
            yield member
            at = member.end - base


def _first_header(parts: Parts, seam: int, size: int) -> int:
    """Find the first header from a seam on, at any byte; the end of all parts where there is none.

    Raises
    ------
    LayoutError
        None in the first 32 MiB.
    """
    data, at = b"", seam
    while at < parts.total:
        if len(data) >= _SEARCH_MOST:
            raise LayoutError(f"no header after {parts.where(seam)}")
        stop = min(at + size, parts.total)
        data += parts.read(at, stop)
        at, size = stop, size * _GROWS
        if (found := find_header(data, step=1)) >= 0:
            return seam + found
    return parts.total
