"""Takes single members out of a release's tar by ranges of bytes, without moving the rest.

The parts are one space of addresses; where they do not join, `seams` makes several. Small probes look for headers; each
tells which folder lies there. A folder whose edges are known closely enough is taken in one piece and walked, header by
header; only then is an absence known. What was learnt stays in a `Layout`. When the tar is not laid out as expected a
`LayoutError` says so: then it is streamed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final

from wheelsdown.archive.guessing import completed, halving, probe_bytes
from wheelsdown.archive.layout import END, HEATMAP, OTHER, Layout, LayoutError, folder_of
from wheelsdown.archive.parts import Parts
from wheelsdown.sources.day_quality import TRACE_NAME
from wheelsdown.sources.tar_members import TRACE_MOST, Member, find_header, parse_header

__all__ = ["PackedTar"]

_BLOCK: Final = 512
_LONGER: Final = 3
_GUESSES: Final = 10
_SAMPLES: Final = 512
_SAMPLES_LEAST: Final = 16
_IN_ORDER: Final = 8
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


class _FolderAbsentError(LayoutError):
    """Half of the day is not there, and this folder is of that half."""


class PackedTar:
    """A day's tar, or a readable piece of one, on a server that takes ranges.

    Parameters
    ----------
    parts : Parts
    layout : Layout
        What is known of it; learns.
    prior : mapping, optional
        Where each folder lay on another day, as a share of the whole: as `Layout.shares` gives it. Without one, or
        where it was so there, folders are first looked for as if they lay by name.
    of_bytes : int, optional
        Given for a piece: bytes of the whole day. A piece lacks folders by its nature.
    """

    def __init__(
        self,
        parts: Parts,
        layout: Layout,
        *,
        prior: Mapping[str, float] | None = None,
        of_bytes: int | None = None,
    ) -> None:
        self._parts = parts
        self.total = parts.total
        """Bytes of the tar, or of the piece."""
        self._piece = of_bytes is not None
        self._day_bytes = of_bytes or self.total
        self.probe_size = probe_bytes(self._day_bytes)
        self.layout = layout
        self._given = dict(prior or {})
        self._prior: dict[str, float] = {}
        self._traces_at: int | None = None
        self._tail_walked = False
        share = _SAMPLES * self.total // max(self._day_bytes, 1)
        self._samples = iter(halving(max(_SAMPLES_LEAST, 1 << max(share - 1, 0).bit_length())))
        self._held: dict[str, bytes] = {}
        self.absent: dict[str, str] = {}
        """Folders that the day lacks, as it lacks many, and what was seen."""

    def absence(self, folder: str) -> str | None:
        """Say why nothing is known of what was not found in a folder; None where it is surely not there."""
        if (why := self.absent.get(folder)) is not None:
            return why
        if not any(TRACE_NAME.fullmatch(n) and size for n, (_, size) in self.layout.members(folder).items()):
            return f"folder {folder} of the day holds no trace"
        return None

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
            if self._piece and self._between_neighbours(folder):
                raise _FolderAbsentError(f"folder {folder} is not between its neighbours")
            self._sample(folder)
        after, before = self._edges(folder)
        if before - after > min(_FOLDER_MOST, max(self._day_bytes // _FEWEST, 64 * self.probe_size)):
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

    def _between_neighbours(self, folder: str) -> bool:
        """Tell whether no byte is left where a folder would lie, if the order is the one expected.

        Many folders must have been seen, all of them in that order.
        """
        mine = self._prior.get(folder)
        if mine is None:
            return False
        for _ in range(2 * _IN_ORDER):
            seen = [m for m in self.layout.marks() if m[2] in self._prior]
            enough = len({m[2] for m in seen}) >= _IN_ORDER
            if enough or (share := next(self._samples, None)) is None:
                break
            self._look(share)
        if len({m[2] for m in seen}) < _IN_ORDER or any(
            self._prior[b[2]] < self._prior[a[2]] for a, b in pairwise(seen)
        ):
            return False
        low = max((m[1] for m in seen if self._prior[m[2]] < mine), default=self._traces_at or 0)
        ends = [m[0] for m in self.layout.marks() if m[2] == END]
        high = min((m[0] for m in seen if self._prior[m[2]] > mine), default=min(ends, default=self.total))
        return high - low < _BLOCK

    def _look(self, share: float) -> bool:
        """Look at a place among the traces, unless it is known what lies there."""
        begin = self._traces_at or 0
        place = begin + int((self.total - begin) * share)
        before, after = self.layout.around(place)
        inside = before is not None and place < before[1]
        bridged = before is not None and after is not None and before[2] == after[2] not in {OTHER, HEATMAP}
        if inside or bridged:
            return False
        self._probe(place)
        return True

    def _sample(self, folder: str) -> None:
        """Look evenly, in ever closer steps, until the folder is seen.

        Raises
        ------
        LayoutError
            It was not seen: it is small, or not there.
        """
        for share in self._samples:
            if self._look(share) and self.layout.bracket(folder, self.total) is not None:
                return
        seen = sum(f not in {OTHER, HEATMAP, END} for f in {m[2] for m in self.layout.marks()})
        if self._piece or seen < _NEARLY_ALL * _FOLDERS:
            raise _FolderAbsentError(f"folder {folder} was not found; some {seen} of {_FOLDERS} folders were")
        raise LayoutError(f"folder {folder} was not found")

    def _edges(self, folder: str) -> tuple[int, int]:
        """Narrow the bytes in which a folder begins and ends."""
        limit = max(self._day_bytes // _FOLDERS // _EDGE, 2 * self.probe_size)
        after, before = 0, self.total
        done: set[str] = set()
        for _ in range(_TURNS):
            bracket = self.layout.bracket(folder, self.total)
            if bracket is None:
                raise LayoutError(f"folder {folder} was not found")
            after, first, last, before = bracket
            if first - after > limit and "begin" not in done:
                side, begin, end = "begin", after, first
            elif before - last > limit and "end" not in done:
                side, begin, end = "end", last, before
            else:
                break
            # where a member longer than a probe lies, another place must tell
            for share in _PLACES:
                self._probe(begin + int((end - begin) * share))
                if self.layout.bracket(folder, self.total) != bracket:
                    break
            else:
                done.add(side)
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
            self._prior = completed(self._given, self._traces_at / self.total)

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


def _is_traces(name: str) -> bool:
    return name.removeprefix("./").startswith("traces/")
