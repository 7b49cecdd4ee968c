"""Asks a host over HTTP: politely, again where that helps, never more than was promised.

Bytes are taken as they come (no decoding), so that a receipt is of what the archive stores. Retries with exponential
back-off and jitter are stamina's; a host's own wish (``Retry-After``) goes before it.
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx2
import stamina

from wheelsdown.archive.hosts import check_url, is_loopback
from wheelsdown.errors import ArchiveError, UsageError

__all__ = ["AgainError", "Answer", "Asker", "Mark", "Patience", "TooLargeError", "UnavailableError", "WholeBodyError"]

logging.getLogger("stamina").addHandler(logging.NullHandler())  # retries are told by `told`, not on stderr

_BLOCK: Final = 1 << 17
_REDIRECTS: Final = 5
_REMEMBER_S: Final = 240.0
_LEFT_AFTER: Final = 4
_AGAIN: Final = frozenset({403, 408, 425, 429, *range(500, 600)})
_ABSENT: Final = frozenset({404, 410})
_WAITS: Final = ("retry-after", "x-rate-limit-retry-after-seconds")


Block = bytes


class UnavailableError(ArchiveError):
    """Refused or broken off, again and again."""


class TooLargeError(ArchiveError):
    """Larger than is taken from a stranger."""


class WholeBodyError(ArchiveError):
    """The server sends the whole file where a part was asked for: it does not take ranges."""


class AgainError(Exception):
    """One attempt failed; another may not. `wait_s` is what the host asked for."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        self.reason, self.wait_s = reason, wait_s
        super().__init__(reason)


@dataclass(frozen=True)
class Patience:
    """How often and how long is waited."""

    attempts: int = 5
    first_s: float = 1.0
    most_s: float = 60.0
    jitter_s: float = 1.0
    longest_wish_s: float = 300.0
    """A host that asks for a longer wait is not waited for: the day fails, and a later run asks again."""
    timeout_s: float = 60.0


@dataclass(frozen=True)
class Answer:
    """What came: status 200, 206, 304 or 404; other statuses are raised."""

    status: int
    data: bytes
    headers: Mapping[str, str]
    url: str

    @property
    def etag(self) -> str | None:
        """Mark of this version of the file, only where it is a strong one."""
        mark = self.headers.get("etag")
        return None if mark is None or mark.startswith("W/") else mark


@dataclass(frozen=True)
class Mark:
    """What tells a file from its next version without reading it."""

    status: int
    """200 or 404."""
    size: int | None = None
    etag: str | None = None
    modified: str | None = None

    @property
    def tells(self) -> bool:
        """Whether a change would show."""
        return self.status != 200 or (self.size, self.etag, self.modified) != (None, None, None)


@dataclass
class Asker:
    """One service of one host: counts what is asked and moved, keeps its pace, and stops where it is refused.

    Parameters
    ----------
    name : str
        For messages.
    per_second : float or None
        Requests a second.
    patience : Patience
    told : callable
        Told in words when something is waited for.
    moved : callable
        Told each number of bytes as they come.
    """

    name: str
    per_second: float | None = None
    patience: Patience = field(default_factory=Patience)
    told: Callable[[str], None] | None = None
    moved: Callable[[int], None] | None = None
    requests: int = 0
    bytes: int = 0
    left: str = ""
    """Why the service is left alone for the rest of the run; empty where it is not."""
    marks: dict[str, Mark] = field(default_factory=dict)
    """Marks of the files last asked for, by the address asked; whoever begins a day clears them."""

    def __post_init__(self) -> None:
        self._client = httpx2.Client(
            headers={"User-Agent": f"wheelsdown/{version('wheelsdown')}", "Accept-Encoding": "identity"},
            timeout=httpx2.Timeout(self.patience.timeout_s, pool=None),
            follow_redirects=False,
            trust_env=True,
        )
        self._next = 0.0
        self._failed = 0
        self._leads: dict[str, tuple[str, float]] = {}

    def __enter__(self) -> Asker:
        """Keep connections open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close them."""
        self._client.close()

    def get(self, url: str, *, most_bytes: int, headers: Mapping[str, str] | None = None) -> Answer:
        """Fetch a whole file.

        Raises
        ------
        UnavailableError
            Refused or broken off in every attempt.
        TooLargeError
            It has more than `most_bytes`.
        """

        def once() -> Answer:
            with self.opened("GET", url, headers) as response:
                body = bytearray()
                for block in self.body(response):
                    body += block
                    if len(body) > most_bytes:
                        raise TooLargeError(f"{url}: larger than {most_bytes} bytes; nothing of it was kept")
                return Answer(response.status_code, bytes(body), response.headers, url)

        return self._again(once, url)

    def head(self, url: str) -> Answer:
        """Ask only for a file's size and mark; raises as `get` does."""

        def once() -> Answer:
            with self.opened("HEAD", url, None) as response:
                return Answer(response.status_code, b"", response.headers, url)

        return self._again(once, url)

    def look(self, url: str) -> Mark:
        """Ask only for a file's mark, by its first byte: signed addresses that take no HEAD take that.

        Raises
        ------
        UnavailableError
            Refused or broken off in every attempt.
        """

        def once() -> Answer:
            with self.opened("GET", url, {"Range": "bytes=0-0"}) as response:
                return Answer(response.status_code, b"", response.headers, url)

        self._again(once, url)
        return self.marks[url]

    def part(self, url: str, start: int, stop: int, *, etag: str | None = None) -> Answer:
        """Fetch the bytes from `start` up to, not including, `stop`.

        Raises
        ------
        WholeBodyError
            The server does not take ranges, or the file was changed in between (`etag`).
        UnavailableError
            Refused, broken off, or absent.
        """

        def once() -> Answer:
            wanted = {"Range": f"bytes={start}-{stop - 1}", **({"If-Range": etag} if etag else {})}
            with self.opened("GET", url, wanted) as response:
                if response.status_code in _ABSENT:
                    raise UnavailableError(f"{url}: {response.status_code}: it is not there")
                if response.status_code != 206:
                    raise WholeBodyError(f"{url}: the server does not take ranges, or the file has changed")
                given = response.headers.get("content-range", "")
                if not given.startswith(f"bytes {start}-"):
                    raise WholeBodyError(f"{url}: asked for bytes from {start}, the server gave {given[:60]!r}")
                body = bytearray()
                for block in self.body(response):
                    body += block
                    if len(body) > stop - start:
                        raise WholeBodyError(f"{url}: more bytes than were asked for")
                return Answer(206, bytes(body), response.headers, url)

        return self._again(once, url)

    def _again(self, once: Callable[[], Answer], url: str) -> Answer:
        """Try until it works, the host forbids it, or patience ends."""
        if self.left:
            raise UnavailableError(self.left)
        try:
            for attempt in self.attempts(url):
                with attempt:
                    answer = once()
        except AgainError as e:
            self.give_up(url, e)
        self._failed = 0
        return answer

    def attempts(self, url: str) -> Iterator[stamina.Attempt]:
        """Yield one attempt after the other, with the waits between."""
        p = self.patience

        def hook(error: Exception) -> bool | float:
            if not isinstance(error, AgainError):
                return False
            if error.wait_s is not None and error.wait_s > p.longest_wish_s:
                return False
            if self.told is not None:
                wait = "" if error.wait_s is None else f" (asked to wait {error.wait_s:g} s)"
                self.told(f"{urlsplit(url).hostname}: {error.reason}; asking again{wait}")
            if error.wait_s is None:
                return True
            return max(error.wait_s, 0.0) + random.uniform(0, min(p.jitter_s, 1.0))  # noqa: S311 - no secret

        return stamina.retry_context(
            on=hook, attempts=p.attempts, timeout=None,
            wait_initial=p.first_s, wait_max=p.most_s, wait_jitter=p.jitter_s,
        ).__iter__()  # fmt: skip

    def give_up(self, url: str, error: Exception) -> None:
        """Count a failure, leave a service that keeps refusing alone, and raise.

        Raises
        ------
        UnavailableError
            Always.
        """
        self._failed += 1
        reason = error.reason if isinstance(error, AgainError) else str(error)
        if isinstance(error, AgainError) and (error.wait_s or 0) > self.patience.longest_wish_s:
            reason += f", and asks to wait {error.wait_s:g} s"
        if self._failed >= _LEFT_AFTER:
            self.left = f"{self.name} refused {self._failed} times in a row ({reason}): left alone for this run"
        raise UnavailableError(f"{url}: {reason}") from error

    @contextmanager
    def opened(self, method: str, url: str, headers: Mapping[str, str] | None) -> Iterator[httpx2.Response]:
        """Open one answer, redirects followed within the rules; statuses that may change raise `AgainError`."""
        target = self._remembered(url)
        for _ in range(_REDIRECTS):
            self._pace(target)
            self.requests += 1
            try:
                request = self._client.build_request(method, check_url(target), headers=dict(headers or {}))
                response = self._client.send(request, stream=True)
            except httpx2.TransportError as e:
                raise AgainError(f"no answer: {e or type(e).__name__}") from e
            except (httpx2.InvalidURL, UsageError) as e:
                raise UnavailableError(f"{url}: {e}") from e
            try:
                if response.is_redirect and (onward := response.headers.get("location")):
                    try:
                        target = check_url(urljoin(target, onward), came_from=target)
                    except UsageError as e:
                        raise UnavailableError(f"{url}: leads on to a place that is not asked: {e}") from e
                    self._leads[url] = (target, time.monotonic() + _REMEMBER_S)
                    continue
                self._judge(response, url, remembered=target != url)
                self.marks[url] = _mark_of(response)
                yield response
                return
            finally:
                response.close()
        raise UnavailableError(f"{url}: leads on and on")

    def body(self, response: httpx2.Response) -> Iterator[Block]:
        """Yield the bytes as they come over the wire, counted; a cut raises `AgainError`."""
        try:
            for block in response.iter_raw(_BLOCK):
                self.bytes += len(block)
                if self.moved is not None:
                    self.moved(len(block))
                yield block
        except httpx2.TransportError as e:
            raise AgainError(f"broken off: {e or type(e).__name__}") from e

    def _judge(self, response: httpx2.Response, url: str, *, remembered: bool) -> None:
        status = response.status_code
        if status in {200, 206, 304} or status in _ABSENT:
            return
        if remembered:
            self._leads.pop(url, None)  # a signed address may have run out: ask for a new one
        if status in _AGAIN:
            raise AgainError(f"{status} {response.reason_phrase}".strip(), _wish_s(response.headers))
        raise UnavailableError(f"{url}: {status} {response.reason_phrase}".strip())

    def _remembered(self, url: str) -> str:
        target, until = self._leads.get(url, (url, 0.0))
        return target if time.monotonic() < until else url

    def _pace(self, url: str) -> None:
        """Wait for this request's turn."""
        if self.per_second is None or is_loopback(urlsplit(url).hostname):
            return
        now = time.monotonic()
        if (wait := self._next - now) > 0:
            time.sleep(wait)
        self._next = max(now, self._next) + 1.0 / self.per_second


def _mark_of(response: httpx2.Response) -> Mark:
    """Read the mark out of an answer to a question for all or a part of a file."""
    if response.status_code in _ABSENT:
        return Mark(404)
    headers = response.headers
    size = headers.get("content-length", "")
    if response.status_code == 206:
        size = headers.get("content-range", "").rpartition("/")[2]
    return Mark(200, int(size) if size.isdigit() else None, headers.get("etag"), headers.get("last-modified"))


def _wish_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that the host asks to be left alone: a number or a date; None where it does not say."""
    for name in _WAITS:
        text = headers.get(name, "").strip()
        if not text:
            continue
        try:
            seconds = float(text)
        except ValueError:
            try:
                seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
            except (ValueError, TypeError):
                continue
        if not math.isnan(seconds):
            return max(seconds, 0.0)
    return None
