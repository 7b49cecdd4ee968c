"""The parts of a release as one space of addresses, read by ranges."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from wheelsdown.archive.asking import Asker, UnavailableError, WholeBodyError
from wheelsdown.archive.layout import LayoutError

__all__ = ["Parts"]

_FIRST: Final = 512


@dataclass(frozen=True)
class _Part:
    url: str
    start: int
    size: int
    etag: str | None


class Parts:
    """Files on a server that takes ranges, one after the other.

    Parameters
    ----------
    asker : Asker
    urls : sequence of str
        The parts, in order.

    Raises
    ------
    WholeBodyError
        The server does not take ranges, or does not say how long a part is.
    UnavailableError
        A part is not there, or the server refuses.
    """

    def __init__(self, asker: Asker, urls: Sequence[str]) -> None:
        self._asker = asker
        self._parts = list(_measured(asker, urls))
        self.total = sum(p.size for p in self._parts)
        """Bytes in all."""

    @property
    def marked(self) -> bool:
        """Whether the server gives each part a mark that changes with its bytes."""
        return all(p.etag for p in self._parts)

    @property
    def key(self) -> str:
        """What these files are known by: addresses, sizes, marks."""
        return json.dumps([[p.url, p.size, p.etag] for p in self._parts])

    def read(self, start: int, stop: int) -> bytes:
        """Give the bytes from `start` up to, not including, `stop`, over the seams.

        Raises
        ------
        LayoutError
            Fewer bytes came than were asked for.
        """
        pieces = []
        for part in self._parts:
            begin, end = max(start, part.start), min(stop, part.start + part.size)
            if begin < end:
                answer = self._asker.part(part.url, begin - part.start, end - part.start, etag=part.etag)
                if len(answer.data) != end - begin:
                    raise LayoutError(f"{part.url}: {len(answer.data)} bytes came where {end - begin} were asked for")
                pieces.append(answer.data)
        return b"".join(pieces)


def _measured(asker: Asker, urls: Sequence[str]) -> Iterator[_Part]:
    """Ask for each part's first bytes: they tell whether ranges are taken, the size, and the mark."""
    start = 0
    for url in urls:
        answer = asker.part(url, 0, _FIRST)
        total = answer.headers.get("content-range", "").rpartition("/")[2]
        if not total.isdigit():
            raise WholeBodyError(f"{url}: the server does not say how long the file is")
        yield _Part(url, start, int(total), answer.etag)
        start += int(total)
    if start == 0:
        raise UnavailableError("the release has no parts")
