"""The parts of a release as one stream, taken up again where it was cut."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Final

from wheelsdown.archive.asking import AgainError, Asker, UnavailableError
from wheelsdown.errors import ArchiveError
from wheelsdown.sources.tar_members import Part

__all__ = ["PartStream"]

_GETS_ON: Final = 1 << 16


class _AbsentError(UnavailableError):
    """A part is not there."""


class PartStream:
    """Gives the bytes of files one after the other as if they were one.

    After a cut it goes on from the byte reached, where the server takes ranges and the file is the same; else it begins
    the part anew and passes over what it had.

    Parameters
    ----------
    asker : Asker
    urls : sequence of str
        The parts, in order.
    complete : bool
        The first of them is the archive's first.
    """

    def __init__(self, asker: Asker, urls: Sequence[str], *, complete: bool = True) -> None:
        self._asker = asker
        self._urls = list(urls)
        self._open: ExitStack | None = None
        self._body: Iterator[bytes] = iter(())
        self._complete = complete
        self.absent: list[str] = []
        """Parts that are not there."""
        self._reached = 0
        self._mark: str | None = None
        self._whole: int | None = None
        self._cuts = 0
        self._cut_at = 0
        self.position = 0
        """Bytes given out so far."""
        self.cuts = 0
        """How often it was cut and taken up again."""

    def __iter__(self) -> Iterator[bytes | Part]:
        """Yield a `Part` before each part's first byte, and the bytes in blocks.

        Raises
        ------
        UnavailableError
            No part is there, or the server breaks off again and again without getting on.
        ArchiveError
            The file was changed while it was read.
        """
        joins = self._complete
        for url in self._urls:
            try:
                first = self._block(url)
            except _AbsentError as e:
                self.absent.append(str(e))
                joins = False
                continue
            yield Part(url.rsplit("/", 1)[-1], joins)
            joins = True
            while first is not None:
                self.position += len(first)
                yield first
                first = self._block(url)
            self._reached, self._mark, self._whole = 0, None, None
        if len(self.absent) == len(self._urls):
            raise UnavailableError("; ".join(self.absent))

    def close(self) -> None:
        """Break off."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def __enter__(self) -> PartStream:
        """Close it after use."""
        return self

    def __exit__(self, *_: object) -> None:
        """Break off what is still open."""
        self.close()

    def _block(self, url: str) -> bytes | None:
        """Give the next bytes of a part, None at its end; taken up again after a cut."""
        while True:
            try:
                if self._open is None:
                    self._connect(url)
                block = next(self._body, None)
                if block is None and self._whole is not None and self._reached < self._whole:
                    raise AgainError(f"ended after {self._reached} of {self._whole} bytes")
            except AgainError as e:
                self.close()
                self._after_cut(url, e)
                continue
            if block is None:
                self.close()
            else:
                self._reached += len(block)
            return block

    def _after_cut(self, url: str, error: AgainError) -> None:
        """Wait longer with each cut that came without getting on; give up after as many as patience has."""
        self.cuts += 1
        p = self._asker.patience
        self._cuts = 0 if self._reached >= self._cut_at + _GETS_ON else self._cuts + 1
        self._cut_at = self._reached
        if self._cuts >= p.attempts:
            self._asker.give_up(url, error)
        if self._asker.told is not None:
            self._asker.told(f"{error.reason} after {self._reached} bytes of {url.rsplit('/', 1)[-1]}; going on")
        time.sleep(min(p.first_s * 2**self._cuts, p.most_s) / 2 + random.uniform(0, p.jitter_s))  # noqa: S311

    def _connect(self, url: str) -> None:
        """Open the part at the byte reached."""
        if self._asker.left:
            raise UnavailableError(self._asker.left)
        wanted: dict[str, str] = {}
        if self._reached:
            wanted = {"Range": f"bytes={self._reached}-", **({"If-Range": self._mark} if self._mark else {})}
        stack = ExitStack()
        try:
            for attempt in self._asker.attempts(url):
                with attempt:
                    response = stack.enter_context(self._asker.opened("GET", url, wanted))
        except AgainError as e:
            self._asker.give_up(url, e)
        try:
            if response.status_code not in {200, 206}:
                raise _AbsentError(f"{url}: {response.status_code}: it is not there")
            passed = self._check(url, response.status_code, response.headers)
        except BaseException:
            stack.close()
            raise
        self._open = stack
        self._body = self._asker.body(response)
        while passed > 0:
            block = next(self._body, None)
            if block is None:
                raise AgainError(f"ended after {self._reached - passed} bytes, where there had been more")
            if len(block) > passed:
                self._rest_of(block[passed:])
            passed -= len(block)

    def _rest_of(self, block: bytes) -> None:
        """Put back what was read beyond the place reached."""
        body = self._body

        def again() -> Iterator[bytes]:
            yield block
            yield from body

        self._body = again()

    def _check(self, url: str, status: int, headers: Mapping[str, str]) -> int:
        """See that it is still the same file; give the number of bytes to pass over."""
        mark = headers.get("etag")
        mark = None if mark is None or mark.startswith("W/") else mark
        if status == 206:
            place, _, total = headers.get("content-range", "").removeprefix("bytes ").partition("/")
            whole = int(total) if total.isdigit() else None
            begins = place.partition("-")[0]
            passed = 0
            if begins != str(self._reached):
                raise ArchiveError(f"{url}: asked for bytes from {self._reached}, the server gave {place[:40]!r}")
        else:
            length = headers.get("content-length", "")
            whole = int(length) if length.isdigit() else None
            passed = self._reached
        same = self._mark in {None, mark} and self._whole in {None, whole}
        if self._reached and not same:
            raise ArchiveError(f"{url}: the file was changed while it was read; ask again for this day")
        self._mark, self._whole = mark, whole
        return passed
