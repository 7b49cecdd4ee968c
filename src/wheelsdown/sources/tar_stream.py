"""Bytes of a tar as they come, forward only: counted, looked at, given back at the seam of two parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from wheelsdown.sources.tar_header import BLOCK, find_header

__all__ = ["Part", "TarStream"]

_READ: Final = 1 << 20
_KEPT_MOST: Final = 256 << 20
_END: Final = 2 * BLOCK


@dataclass(frozen=True)
class Part:
    """Stands in a stream where the bytes of a part begin."""

    name: str
    joins: bool = True
    """False: what should come before it is missing."""
    missing: str = ""
    """What is missing, if it has a name."""


class TarStream:
    """A forward-only stream that knows where it is.

    Parameters
    ----------
    stream : file or iterable of bytes
        Between two blocks a `Part` tells that another part begins there.
    """

    def __init__(self, stream: BinaryIO | Iterable[bytes | Part]) -> None:
        self._items: Iterator[bytes | Part] = (
            iter(lambda: stream.read(_READ), b"") if hasattr(stream, "read") else iter(stream)
        )
        self._block, self._start, self._at = b"", 0, 0
        self.gap: Part | None = None
        """A part before which something is missing: nothing is read across it until `cross`."""
        self.ended_in_zeros = False
        """`to_header` found none, and what it passed over ends as an archive does."""
        self._parts: list[tuple[int, str]] = []
        self._marked = 0
        self._seams: list[int] = []
        self._past: list[bytes] = []
        self._kept = 0

    @property
    def position(self) -> int:
        """Bytes taken so far."""
        return self._start + self._at

    def where(self, offset: int) -> str:
        """Say where a byte lies, in words: in the part it is in, if there are parts."""
        for start, name in reversed(self._parts):
            if start <= offset:
                return f"byte {offset - start} of {name}"
        return f"byte {offset}"

    def part_at(self, offset: int) -> str | None:
        """Name the part in which a byte lies; None where no parts were named."""
        return next((name for start, name in reversed(self._parts) if start <= offset), None)

    def mark(self) -> None:
        """Begin a member: from the next seam on, what is passed is kept for `rewind`."""
        self._marked = self.position
        if self._seams:
            self._seams = [s for s in self._seams if s >= self._marked]
        if self._past:
            self._past, self._kept = [], 0

    def seam(self) -> int | None:
        """Position of the first seam crossed since `mark`."""
        return self._seams[0] if self._seams and self._seams[0] < self.position else None

    def rewind(self) -> int | None:
        """Go back to the first seam crossed since `mark`, which is then forgotten; returns its position.

        None if no seam was crossed, or if too much has been passed since to be kept.
        """
        seam = self.seam()
        if seam is None:
            return None
        del self._seams[0]
        start = self._start - sum(map(len, self._past))
        if start > seam:
            return None
        self._block, self._start = b"".join([*self._past, self._block]), start
        self._at = seam - start
        self._past, self._kept = [], 0
        return seam

    def take(self, size: int) -> bytes:
        """Take `size` bytes; fewer at the end, or before a gap."""
        out = self._block[self._at : self._at + size]
        self._at += len(out)
        if len(out) == size:
            return out
        pieces, left = [out], size - len(out)
        while left > 0 and self._next():
            piece = self._block[:left]
            self._at = len(piece)
            left -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def skip(self, size: int) -> int:
        """Pass over `size` bytes without copying them; returns how many there were."""
        left = size
        while left > 0 and (self._at < len(self._block) or self._next()):
            step = min(left, len(self._block) - self._at)
            self._at += step
            left -= step
        return size - left

    def peek(self, size: int) -> bytes:
        """Look at the next bytes without taking them; fewer at the end, or before a gap."""
        while len(self._block) - self._at < size and self._longer():
            pass
        return self._block[self._at : self._at + size]

    def to_header(self, step: int) -> bool:
        """Go to the next valid header at a multiple of `step` bytes from here; False at the end, or before a gap."""
        tail = b""
        while True:
            found = find_header(self._block, self._at, step=step)
            if found >= 0:
                self._at = found
                return True
            # a header may begin in the last bytes at hand and end in those to come
            passed = max(len(self._block) - self._at - BLOCK + 1, 0) // step * step
            tail = (tail + self._block[max(self._at, self._at + passed - _END) : self._at + passed])[-_END:]
            self._at += passed
            if not self._longer():
                tail = (tail + self._block[self._at :])[-_END:]
                self.ended_in_zeros = tail == bytes(_END)
                self._at = len(self._block)
                return False

    def cross(self) -> Part | None:
        """Step over a gap; returns the part that begins after it, None if there is no gap."""
        part, self.gap = self.gap, None
        if part is not None:
            self._parts.append((self._start + len(self._block), part.name))
        return part

    def rest(self) -> Iterator[bytes]:
        """Everything that is left, across gaps, in blocks."""
        while self._at < len(self._block) or self._next() or self.cross() is not None:
            piece = self._block[self._at :]
            self._at = len(self._block)
            if piece:
                yield piece

    def _pull(self) -> bytes:
        """Fetch the next bytes; none at the end, or before a gap."""
        while self.gap is None:
            item = next(self._items, None)
            if item is None:
                return b""
            if isinstance(item, Part):
                end = self._start + len(self._block)
                if not item.joins:
                    self.gap = item
                    return b""
                if self._parts or end:
                    self._seams.append(end)
                self._parts.append((end, item.name))
            elif item:
                return bytes(item)
        return b""

    def _next(self) -> bool:
        """Put the next bytes in the place of those at hand, which have all been taken."""
        block = self._pull()
        if not block:
            return False
        self._retire(self._block)
        self._start += len(self._block)
        self._block, self._at = block, 0
        return True

    def _longer(self) -> bool:
        """Put the next bytes behind those at hand."""
        block = self._pull()
        if not block:
            return False
        self._retire(self._block[: self._at])
        self._start += self._at
        self._block, self._at = self._block[self._at :] + block, 0
        return True

    def _retire(self, piece: bytes) -> None:
        """Keep what has been passed since a seam, within bounds."""
        if self._seams and self._seams[0] < self._start + len(piece):
            self._kept += len(piece)
            if self._kept <= _KEPT_MOST:
                self._past.append(piece)
            else:
                # a seam whose bytes are gone can no longer be gone back to
                self._past, self._seams = [], []
