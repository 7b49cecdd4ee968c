"""Requests to Flightradar24's API through its own library, at the pace of the user's plan."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import stamina

from wheelsdown.archive.answers import NotAskedError, safe_root
from wheelsdown.archive.credentials import Fr24Key
from wheelsdown.errors import ArchiveError, UsageError

__all__ = ["ROOT", "Fr24Calls", "Pace", "Reply"]

ROOT: Final = "https://fr24api.flightradar24.com"
_LOG: Final = logging.getLogger("fr24sdk.transport")
_LOG.addHandler(logging.NullHandler())  # what came of a question is told in answers, not on stderr
_MINUTE_S: Final = 60.0
_MOST_WAITS: Final = 3
_MOST_BYTES: Final = 256 << 20


@dataclass(frozen=True)
class Reply:
    """Body of an answer, and the address it came from."""

    body: bytes
    url: str


class Pace:
    """At most so many requests in any minute."""

    def __init__(
        self,
        per_minute: int = 10,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if per_minute < 1:
            raise UsageError(f"{per_minute} requests a minute: at least 1")
        self._clock = clock
        self.sleep = sleep
        self._most = per_minute
        self._times: deque[float] = deque(maxlen=per_minute)

    def wait(self) -> None:
        """Wait until the next request may go out, and count it."""
        if len(self._times) == self._most and (rest := self._times[0] + _MINUTE_S - self._clock()) > 0:
            self.sleep(rest)
        self._times.append(self._clock())


class Fr24Calls:
    """Puts questions to the API; its library knows the form of requests and of errors.

    Parameters
    ----------
    key
        The user's token. The library writes headers and answers into its log: it is given a word in place of the
        token, which is put in where the request leaves; and what a host says back of it is kept out of the log.
    base_url
        Another address than Flightradar24's own; https, or this machine.
    pace
        Requests a minute.
    longest_wait_s
        A 429 that asks for longer is not slept through.
    attempts, wait_initial_s
        For connections cut and errors of the server.
    now
        Clock, aware UTC.

    Raises
    ------
    ArchiveError
        The extra is not installed.
    """

    def __init__(
        self,
        key: Fr24Key,
        *,
        base_url: str = ROOT,
        pace: Pace | None = None,
        longest_wait_s: float = 90.0,
        attempts: int = 4,
        wait_initial_s: float = 1.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        try:
            # imported here: it is an extra; httpx comes with it
            import httpx  # noqa: PLC0415
            from fr24sdk import client, exceptions  # noqa: PLC0415
        except ImportError:
            raise ArchiveError("Flightradar24's API needs fr24sdk (pip install wheelsdown[fr24])") from None
        self.base_url = safe_root(base_url)
        self.now = now
        self.requests = 0
        self.bytes = 0
        self._pace = pace or Pace()
        self._longest_wait_s = longest_wait_s
        self._attempts = attempts
        self._wait_initial_s = wait_initial_s
        self._spent: NotAskedError | None = None
        self._closed_until: datetime | None = None
        self._errors: Any = exceptions

        def sign(request: Any) -> Any:
            request.headers["Authorization"] = f"Bearer {key.api_token}"
            return request

        def clear_of_key(record: logging.LogRecord) -> bool:
            return key.api_token not in record.getMessage()

        self._unsaid = clear_of_key
        _LOG.addFilter(clear_of_key)
        http = httpx.Client(
            base_url=self.base_url,
            timeout=60.0,
            follow_redirects=False,
            auth=sign,
            event_hooks={"response": [_not_too_large]},
        )
        self._client: Any = client.Client(api_token="held-back", base_url=self.base_url, http_client=http)  # noqa: S106

    def __enter__(self) -> Fr24Calls:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
        _LOG.removeFilter(self._unsaid)

    def get(self, path: str, params: dict[str, str], *, none_on_404: bool = False) -> Reply:
        """Ask; with `none_on_404` a 404 is an empty body.

        Raises
        ------
        NotAskedError
            Refused, or broken off at each attempt.
        ArchiveError
            The token is refused.
        """
        if self._spent is not None:
            raise NotAskedError(self._spent.reason, self._spent.ask_again_utc)
        if self._closed_until is not None and self.now() < self._closed_until:
            raise NotAskedError(_closed(self._closed_until), self._closed_until)
        for wait in range(_MOST_WAITS + 1):
            try:
                return self._tries(path, params)
            except self._errors.AuthenticationError:
                raise ArchiveError("Flightradar24 refuses the token: is the subscription active?") from None
            except self._errors.PaymentRequiredError:
                self._spent = NotAskedError("the plan's credits are spent; ask again when they are renewed")
                raise self._spent from None
            except self._errors.RateLimitError as e:
                seconds = _seconds(e.headers.get("retry-after"))
                again = self.now() + timedelta(seconds=seconds)
                if seconds > self._longest_wait_s or wait == _MOST_WAITS:
                    self._closed_until = again
                    raise NotAskedError(_closed(again), again) from None
                self._pace.sleep(seconds)
            except self._errors.NotFoundError as e:
                if none_on_404:
                    return Reply(b"", e.request_url)
                raise NotAskedError("refused with status 404") from None
            except self._errors.ApiError as e:
                hint = ": the plan may not reach so far back" if e.status_code in (400, 403) else ""
                raise NotAskedError(f"refused with status {e.status_code}{hint}") from None
            except self._errors.Fr24SdkError as e:
                raise NotAskedError(f"the connection failed: {type(e.__cause__ or e).__name__}") from None
        raise AssertionError("the last round returns or raises")

    def _tries(self, path: str, params: dict[str, str]) -> Reply:
        def worth(e: Exception) -> bool:
            server = isinstance(e, self._errors.ApiError) and e.status_code >= 500
            return server or isinstance(e, self._errors.TransportError)

        for attempt in stamina.retry_context(
            on=worth,
            attempts=self._attempts,
            timeout=None,
            wait_initial=self._wait_initial_s,
            wait_max=30.0,
            wait_jitter=self._wait_initial_s,
        ):
            with attempt:
                self._pace.wait()
                self.requests += 1
                response = self._client.transport.request("GET", path, params=params)
                self.bytes += len(response.content)
                return Reply(response.content, str(response.url))
        raise AssertionError("stamina gives an attempt or raises")


def _closed(again: datetime) -> str:
    return f"too many requests; ask again after {again:%Y-%m-%d %H:%M} UTC"


def _not_too_large(response: Any) -> None:
    if _digits(response.headers.get("content-length")) > _MOST_BYTES:
        raise NotAskedError(f"the answer is larger than {_MOST_BYTES} bytes")


def _seconds(text: str | None) -> float:
    """How long a 429 asks for; a minute where it does not say, which is what the limit is counted by."""
    return float(_digits(text)) if text is not None and text.strip().isdigit() else _MINUTE_S


def _digits(text: str | None) -> int:
    return int(text[:12]) if text is not None and text.strip().isdigit() else 0
