"""Takes single members out of a release's tar by ranges of bytes, without moving the rest.

The parts are one space of addresses. Small probes look for headers; each tells which folder lies there. A folder whose
edges are known closely enough is taken in one piece and walked, header by header; only then is an absence known. What
was learnt stays in a `Layout`. When the tar is not laid out as expected a `LayoutError` says so: then it is streamed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from wheelsdown.archive.asking import Asker
from wheelsdown.archive.layout import END, HEATMAP, OTHER, Layout, LayoutError, folder_of, sorted_order
from wheelsdown.archive.parts import Parts
from wheelsdown.sources.tar_members import TRACE_MOST, Member, find_header, parse_header

__all__ = ["PackedDay", "probe_bytes"]

_BLOCK: Final = 512
_PROBE_LEAST: Final = 4 << 10
_PROBE_MOST: Final = 64 << 10
_PROBES_A_DAY: Final = 49_152
_LONGER: Final = 3
_GUESSES: Final = 10
_SAMPLES: Final = 512
_HOPS: Final = 400
_EDGE: Final = 8
_FOLDERS: Final = 256
_FOLDER_MOST: Final = 512 << 20
_FEWEST: Final = 24
_NEARLY_ALL: Final = 0.95
_MERGE: Final = 64 << 10
_HEATMAP_MOST: Final = 256 << 20
_TURNS: Final = 40
_OUT_OF_ORDER: Final = 2
_PLACES: Final = (0.5, 0.3, 0.7, 0.4, 0.6)


def probe_bytes(total: int) -> int:
    """Size of a probe for a day of so many bytes: 4 to 64 KiB, about the size of a member."""
    size = _PROBE_LEAST
    while size < _PROBE_MOST and size * _PROBES_A_DAY < total:
        size *= 2
    return size


class _FolderAbsentError(LayoutError):
    """Half of the day is not there, and this folder is of that half."""


class PackedDay:
    """One day's tar on a server that takes ranges.

    Parameters
    ----------
    asker : Asker
    urls : sequence of str
        The parts, in order.
    kept : callable
        Gives the layout kept under a key, or None.
    prior : mapping, optional
        Where each folder lay on another day, as a share of the whole: as `Layout.shares` gives it. Without one, or
        where it was so there, folders are first looked for as if they lay by name.

    Raises
    ------
    WholeBodyError
        The server does not take ranges.
    UnavailableError
        A part is not there, or the server refuses.
    """

    def __init__(
        self,
        asker: Asker,
        urls: Sequence[str],
        *,
        kept: Callable[[str], Layout | None] = lambda _: None,
        prior: Mapping[str, float] | None = None,
    ) -> None:
        self._parts = Parts(asker, urls)
        self.total = self._parts.total
        """Bytes of the whole tar."""
        self.probe_size = probe_bytes(self.total)
        key = self._parts.key
        self.layout = (kept(key) if self._parts.marked else None) or Layout(key)
        self._given = dict(prior or {})
        self._prior: dict[str, float] = {}
        self._traces_at: int | None = None
        self._tail_walked = False
        self._samples = iter(_halving(_SAMPLES))
        self._held: dict[str, bytes] = {}
        self.absent: dict[str, str] = {}
        """Folders that the day lacks, as it lacks many, and what was seen."""

    def shares(self) -> dict[str, float]:
        """Where folders were found, as a share of the whole."""
        return {f: (a + b) / 2 / self.total for a, b, f in self.layout.marks() if f not in {OTHER, END}}

    def read(self, start: int, stop: int) -> bytes:
        """Give bytes of the tar, over the seams of its parts."""
        return self._parts.read(start, stop)

    def members(self, names: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """Give members by name, folder by folder; None for one that is surely not there.

        Raises
        ------
        LayoutError
            The tar is not laid out as expected, or a folder was not found.
        """
        self._find_traces()
        wanted: dict[str, list[str]] = {}
        for name in names:
            wanted.setdefault(folder_of(name), []).append(name)
        # in the order in which they are thought to lie, so that each find helps the next
        for folder in sorted(wanted, key=lambda f: self._prior.get(f, -1.0)):
            if folder == HEATMAP:
                self._walk_top()
            elif folder not in self.absent and not self._known(folder, wanted[folder]):
                try:
                    self._take_folder(folder, wanted[folder])
                except _FolderAbsentError as e:
                    self.absent[folder] = str(e)
            yield from self._taken(wanted[folder])

    def _known(self, folder: str, names: list[str]) -> bool:
        return self.layout.whole(folder) or all(self.layout.find(n) for n in names)

    def _taken(self, names: list[str]) -> Iterator[tuple[str, bytes | None]]:
        """Give members whose places are known, those close together in one request."""
        places: list[tuple[int, int, str]] = []
        for name in names:
            if name in self._held:
                yield name, self._held.pop(name)
            elif (place := self.layout.find(name)) is None:
                yield name, None
            else:
                most = _HEATMAP_MOST if folder_of(name) == HEATMAP else TRACE_MOST
                if place[1] > most:
                    raise LayoutError(f"{name} has {place[1]} bytes")
                places.append((place[0], place[0] + _BLOCK + place[1], name))
        group: list[tuple[int, int, str]] = []
        for place_ in [*sorted(places), None]:
            if place_ is not None and (not group or place_[0] - group[-1][1] <= _MERGE):
                group.append(place_)
                continue
            if group:
                start = group[0][0]
                data = self.read(start, group[-1][1])
                for begin, end, name in group:
                    yield name, self._checked(data[begin - start : end - start], begin, name)
            group = [place_] if place_ is not None else []

    @staticmethod
    def _checked(data: bytes, offset: int, name: str) -> bytes:
        """See that the header is where it was; what was kept may be of another file."""
        member = parse_header(data[:_BLOCK], offset)
        if member is None or member.name != name or _BLOCK + member.size != len(data):
            raise LayoutError(f"{name} is not where it was found earlier")
        return data[_BLOCK:]

    def _probe(self, offset: int) -> Member | None:
        """Look for headers from a place on; what is found is learnt, the first is given back."""
        offset -= offset % _BLOCK
        data, size = b"", self.probe_size
        for _ in range(_LONGER):
            begin = offset + len(data)
            if begin >= self.total:
                return None
            data += self.read(begin, min(begin + size, self.total))
            at = find_header(data)
            if at >= 0:
                return self._walk(data, offset, offset + at)
            size = len(data)
        return None

    def _walk(self, data: bytes, base: int, start: int, wanted: Iterable[str] = ()) -> Member | None:
        """Learn the members whose headers lie in these bytes, from `start` on; give the first.

        Raises
        ------
        LayoutError
            Where a header should be there is something else.
        """
        first: Member | None = None
        held = set(wanted)
        at = start - base
        while at + _BLOCK <= len(data):
            block = data[at : at + _BLOCK]
            member = parse_header(block, base + at)
            if member is None:
                if not block.strip(b"\0"):
                    self.layout.end_at(base + at, self.total)
                    return first
                raise LayoutError(f"no header at byte {base + at}, where one should be")
            self.layout.add(member)
            first = first or member
            if member.name in held:
                body = data[at + _BLOCK : at + _BLOCK + member.size]
                if len(body) == member.size:
                    self._held[member.name] = body
            at = member.end - base
        return first

    def _take_folder(self, folder: str, names: list[str]) -> None:
        """Find a folder, take it in one piece, and walk it."""
        self._find_traces()
        self._guess(folder)
        if self.layout.bracket(folder, self.total) is None:
            self._sample(folder)
        after, before = self._edges(folder)
        if before - after > min(_FOLDER_MOST, max(self.total // _FEWEST, 64 * self.probe_size)):
            raise LayoutError(f"folder {folder} seems to have {before - after} bytes")
        self._walk(self.read(after, before), after, after, names)
        if not self.layout.whole(folder):
            raise LayoutError(f"the edges of folder {folder} were not found")

    def _guess(self, folder: str) -> None:
        """Look where the folder should lie after the order expected, as long as what is found agrees with it."""
        mine = self._prior.get(folder)
        for turn in range(_GUESSES):
            if mine is None or self.layout.bracket(folder, self.total) is not None or self._contradicted():
                return
            low_end = self._traces_at or 0
            low, low_at = low_end / self.total, float(low_end)
            high, high_at, high_start = 1.0, float(self.total), self.total
            for start, stop, found in self.layout.marks():
                other = self._prior.get(found)
                if other is None:
                    continue
                if low < other < mine:
                    low, low_at, low_end = other, (start + stop) / 2, stop
                elif mine < other < high:
                    high, high_at, high_start = other, (start + stop) / 2, start
            if high_start - low_end < _BLOCK:
                return  # the order is another one
            place = int(low_at + (high_at - low_at) * (mine - low) / (high - low))
            if turn >= _GUESSES // 2 or not low_end <= place < high_start - self.probe_size:
                place = (low_end + high_start) // 2
            self._probe(place)

    def _contradicted(self) -> bool:
        """Tell whether folders were found in another order than expected."""
        places = [self._prior[f] for _, _, f in self.layout.marks() if f in self._prior]
        return sum(b < a for a, b in pairwise(places)) > _OUT_OF_ORDER

    def _sample(self, folder: str) -> None:
        """Look evenly, in ever closer steps, until the folder is seen.

        Raises
        ------
        LayoutError
            It was not seen: it is small, or not there.
        """
        begin = self._traces_at or 0
        for share in self._samples:
            place = begin + int((self.total - begin) * share)
            before, after = self.layout.around(place)
            inside = before is not None and place < before[1]
            bridged = before is not None and after is not None and before[2] == after[2] not in {OTHER, HEATMAP}
            if inside or bridged:
                continue
            self._probe(place)
            if self.layout.bracket(folder, self.total) is not None:
                return
        seen = sum(f not in {OTHER, HEATMAP, END} for f in {m[2] for m in self.layout.marks()})
        if seen < _NEARLY_ALL * _FOLDERS:
            raise _FolderAbsentError(f"folder {folder} was not found; some {seen} of {_FOLDERS} folders were")
        raise LayoutError(f"folder {folder} was not found")

    def _edges(self, folder: str) -> tuple[int, int]:
        """Narrow the bytes in which a folder begins and ends."""
        limit = max(self.total // _FOLDERS // _EDGE, 2 * self.probe_size)
        after, before = 0, self.total
        for _ in range(_TURNS):
            bracket = self.layout.bracket(folder, self.total)
            if bracket is None:
                raise LayoutError(f"folder {folder} was not found")
            after, first, last, before = bracket
            if first - after > limit:
                begin, end = after, first
            elif before - last > limit:
                begin, end = last, before
            else:
                break
            # where a member longer than a probe lies, another place must tell
            for share in _PLACES:
                self._probe(begin + int((end - begin) * share))
                if self.layout.bracket(folder, self.total) != bracket:
                    break
            else:
                break
        return after, before

    def _hop(self, offset: int, *, until: Callable[[Member], bool]) -> Member | None:
        """Go from header to header; the first that `until` accepts, None at the end.

        Raises
        ------
        LayoutError
            Too many, or something else where a header should be.
        """
        for _ in range(_HOPS):
            if offset >= self.total:
                return None
            member = self.layout.at(offset)
            if member is None:
                data = self.read(offset, min(offset + _BLOCK, self.total))
                member = parse_header(data, offset)
            if member is None:
                if data.strip(b"\0"):
                    raise LayoutError(f"no header at byte {offset}, where one should be")
                self.layout.end_at(offset, self.total)
                return None
            self.layout.add(member)
            if until(member):
                return member
            offset = member.end
        raise LayoutError(f"no end of headers before byte {offset}")

    def _find_traces(self) -> None:
        """Go over what lies before the traces."""
        if self._traces_at is None:
            found = self._hop(0, until=lambda m: folder_of(m.name) not in {OTHER, HEATMAP} or _is_traces(m.name))
            self._traces_at = self.total if found is None else found.header_offset
            self._prior = _completed(self._given, self._traces_at / self.total)

    def _walk_top(self) -> None:
        """Learn where the heatmaps lie: before the traces, or after them.

        Raises
        ------
        LayoutError
            Their place cannot be found.
        """
        self._find_traces()
        if self._tail_walked or self.layout.whole(HEATMAP) or self._traces_at == self.total:
            return
        low = max(
            (m[1] for m in self.layout.marks() if m[2] not in {HEATMAP, OTHER, END}), default=self._traces_at or 0
        )
        for _ in range(_TURNS):
            high = self.total
            while high - low > 8 * self.probe_size:
                middle = (low + high) // 2
                before, _ = self.layout.around(middle)
                member = None if before is not None and middle < before[1] else self._probe(middle)
                if member is not None and folder_of(member.name) not in {OTHER, HEATMAP}:
                    run, _ = self.layout.around(member.header_offset)
                    low = member.end if run is None else max(member.end, run[1])
                else:
                    high = middle
            found = self._hop(low, until=lambda m: not _is_traces(m.name))
            if found is None:
                break
            if found.header_offset < high or high - low <= 8 * self.probe_size:
                self._hop(found.header_offset, until=lambda _: False)
                break
            low = found.header_offset
        self._tail_walked = True


def _completed(prior: Mapping[str, float], begin: float) -> dict[str, float]:
    """Give every folder a place by name, unless what is known of another day speaks against that order."""
    known = {f: s for f, s in prior.items() if f not in {OTHER, END, HEATMAP}}
    by_place = sorted(known, key=lambda f: known[f])
    if by_place != sorted(known):
        return known
    folders = [f for f in sorted_order() if f != HEATMAP]
    at = [-0.5, *(i for i, f in enumerate(folders) if f in known), len(folders) - 0.5]
    shares = [begin, *(known[f] for f in folders if f in known), 1.0]
    return dict(zip(folders, np.interp(range(len(folders)), at, shares).tolist(), strict=True))


def _is_traces(name: str) -> bool:
    return name.removeprefix("./").startswith("traces/")


def _halving(count: int) -> Iterator[float]:
    """Yield the middles of `count` equal shares, coarse steps first."""
    bits = count.bit_length() - 1
    for i in range(count):
        yield (int(format(i, f"0{bits}b")[::-1], 2) + 0.5) / count
