"""The parts of a release as one space of addresses, read by ranges."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wheelsdown.archive.asking import Asker, UnavailableError, WholeBodyError
from wheelsdown.archive.layout import LayoutError

__all__ = ["Parts"]

_FIRST: Final = 512


@dataclass(frozen=True)
class _Part:
    url: str
    start: int
    """Address of its first byte."""
    size: int
    etag: str | None
    skipped: int = 0
    """Bytes of the file before that."""

    @property
    def name(self) -> str:
        return self.url.rsplit("/", 1)[-1]


class Parts:
    """Files on a server that takes ranges, one after the other. Made by `measured`, cut by `section`."""

    def __init__(self, asker: Asker, parts: Sequence[_Part]) -> None:
        self._asker = asker
        self._parts = list(parts)
        self.total = sum(p.size for p in self._parts)
        """Bytes in all."""

    @classmethod
    def measured(cls, asker: Asker, urls: Sequence[str]) -> Parts:
        """Ask how long each part is.

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
        return cls(asker, list(_measured(asker, urls)))

    def section(self, start: int, stop: int) -> Parts:
        """Give the bytes from `start` up to, not including, `stop` as a space of their own, which begins at 0."""
        found = []
        for part in self._parts:
            begin, end = max(start, part.start), min(stop, part.start + part.size)
            if begin < end:
                skipped = part.skipped + begin - part.start
                found.append(replace(part, start=begin - start, size=end - begin, skipped=skipped))
        return Parts(self._asker, found)

    @property
    def seams(self) -> list[int]:
        """Addresses at which a further part begins."""
        return [p.start for p in self._parts[1:]]

    def where(self, address: int) -> str:
        """Say where a byte lies, in words."""
        for part in reversed(self._parts):
            if part.start <= address:
                return f"byte {part.skipped + address - part.start} of {part.name}"
        return f"byte {address}"

    def name_at(self, address: int) -> str:
        """Name the part in which a byte lies."""
        return next((p.name for p in reversed(self._parts) if p.start <= address), "")

    @property
    def marked(self) -> bool:
        """Whether the server gives each part a mark that changes with its bytes."""
        return all(p.etag for p in self._parts)

    @property
    def key(self) -> str:
        """What these files are known by: addresses, places in them, sizes, marks."""
        return json.dumps([[p.url, p.skipped, p.size, p.etag] for p in self._parts])

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
                shift = part.skipped - part.start
                answer = self._asker.part(part.url, begin + shift, end + shift, etag=part.etag)
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
