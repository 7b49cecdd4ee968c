"""A conversation with OpenSky's REST interface: token, credits, and what was already asked.

Not made of `asking.Asker`: that follows redirects with the headers it was given, and here the header is a key.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from typing import Any, Final

import httpx2
import msgspec
import stamina

from wheelsdown.archive.answers import NotAskedError, Received, day_bounds, received, safe_root
from wheelsdown.archive.asking import Patience
from wheelsdown.archive.credentials import OpenskyKeys
from wheelsdown.errors import ArchiveError

__all__ = ["ROOT", "TOKEN_URL", "Listed", "Opensky", "credits"]

ROOT: Final = "https://opensky-network.org/api"
TOKEN_URL: Final = "https://auth.opensky-network.org/auth/realms/opensky-network/protocol/openid-connect/token"  # noqa: S105

_DAY_S: Final = 86_400
_MOST_BYTES: Final = 64 << 20
_TOKEN_S: Final = 1800
_TOKEN_ANSWERS: Final = (200, 400, 401, 403)
_MARGIN_S: Final = 60
_LONGEST_S: Final = 366 * _DAY_S
_WORD: Final = re.compile(r"[a-z_]{1,40}")
_MOST_WAITS: Final = 3
_BELIEVED: Final = timedelta(hours=1)


class _ServerError(Exception):
    """A 5xx: worth another try."""


@dataclass(frozen=True)
class _Reply:
    status: int
    body: bytes
    url: str


@dataclass(frozen=True)
class Listed:
    """One answer of the list of flights."""

    flights: tuple[tuple[int, int], ...]
    file: Received | None
    unreadable: int = 0


class Opensky:
    """One conversation with OpenSky: its token, its credits, and what was already asked.

    Parameters
    ----------
    keys
        The user's client credentials.
    client
        Another `httpx2.Client` than one's own; it is not closed.
    base_url, token_url
        Other addresses than OpenSky's own; https, or this machine.
    patience
        Retries and waits.
    now, sleep
        Clock (aware UTC) and sleep (seconds).

    Notes
    -----
    `flights/aircraft` lists only flights that both begin and end inside the window asked for, and a window is two
    days at most. Each window is therefore two UTC days and overlaps the next by one: a flight past one midnight is in
    one of them. A flight past two midnights is in none.
    """

    def __init__(
        self,
        keys: OpenskyKeys,
        *,
        client: httpx2.Client | None = None,
        base_url: str = ROOT,
        token_url: str = TOKEN_URL,
        patience: Patience | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._keys = keys
        self._patience = patience or Patience()
        self._own = client is None
        self._client = client or httpx2.Client(
            headers={"User-Agent": f"wheelsdown/{version('wheelsdown')}", "Accept-Encoding": "identity"},
            timeout=self._patience.timeout_s,
            follow_redirects=False,
        )
        self.base_url = safe_root(base_url)
        self._token_url = safe_root(token_url)
        self.now = now
        self._sleep = sleep
        self._token: str | None = None
        self._good_until = datetime.min.replace(tzinfo=UTC)
        self._remaining: dict[str, tuple[int, datetime]] = {}
        self._closed_until: dict[str, datetime] = {}
        self._lists: dict[tuple[str, date], Listed] = {}
        self._tracks: dict[tuple[str, int], Received | None] = {}
        self.requests = 0
        self.bytes = 0

    def __enter__(self) -> Opensky:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, if it is one's own."""
        if self._own:
            self._client.close()

    def listed(self, icao24: str, first: date) -> Listed:
        """Flights of the window that begins with a day, as (first seen, last seen) in Unix seconds."""
        if (icao24, first) in self._lists:
            return self._lists[icao24, first]
        begin = int(day_bounds(first)[0].timestamp())
        end = min(begin + 2 * _DAY_S - 1, int(self.now().timestamp()))
        params = {"icao24": icao24, "begin": str(begin), "end": str(end)}
        reply = self._get("/flights/aircraft", params, "flights", credits(2))
        if reply.status == httpx2.codes.NOT_FOUND:
            if reply.body.strip():
                raise NotAskedError("404 with a text: OpenSky says none only by an empty one")
            found = Listed((), None)
        else:
            name = f"opensky/flights/{icao24}-{begin}.json"
            file = received(name, reply.body, origin=reply.url, at=self.now())
            flights, bad = _flights(reply.body, icao24)
            found = Listed(flights, file, bad)
        self._lists[icao24, first] = found
        return found

    def track(self, icao24: str, at: int) -> Received | None:
        """Track of the flight that is under way at a time (Unix seconds); None where OpenSky has none."""
        if (icao24, at) not in self._tracks:
            age = self.now().timestamp() - at
            cost = credits(0 if age < _DAY_S else 1)
            reply = self._get("/tracks/all", {"icao24": icao24, "time": str(at)}, "tracks", cost)
            name = f"opensky/tracks/{icao24}-{at}.json"
            self._tracks[icao24, at] = (
                None
                if reply.status == httpx2.codes.NOT_FOUND
                else received(name, reply.body, origin=reply.url, at=self.now())
            )
        return self._tracks[icao24, at]

    def _get(self, path: str, params: dict[str, str], bucket: str, cost: int) -> _Reply:
        """Ask; 200 and 404 are answers, all else is an error.

        Raises
        ------
        NotAskedError
            Credits are spent, or it was refused, or broke off at each attempt.
        ArchiveError
            The credentials are refused.
        """
        again = self._closed_until.get(bucket)
        if again is not None and self.now() < again:
            raise NotAskedError(_until(bucket, again), again)
        left, told = self._remaining.get(bucket, (cost, self.now()))
        if left < cost and self.now() - told < _BELIEVED:
            raise NotAskedError(
                f"{left} credits for {bucket} left, {cost} needed: OpenSky renews them by the day "
                "(for licensed users by the hour)"
            )
        waits, renewed = 0, False
        while True:
            reply, headers = self._attempts("GET", self.base_url + path, params=params, authorised=True)
            if (said := _whole(headers.get("x-rate-limit-remaining"))) is not None:
                self._remaining[bucket] = (said, self.now())
            if reply.status in (httpx2.codes.OK, httpx2.codes.NOT_FOUND):
                return reply
            if reply.status == httpx2.codes.UNAUTHORIZED:
                if renewed:
                    raise ArchiveError("OpenSky refuses the token it has just given: is the account active?")
                self._token, renewed = None, True
                continue
            if reply.status != httpx2.codes.TOO_MANY_REQUESTS:
                raise NotAskedError(f"refused with status {reply.status}")
            seconds = _whole(headers.get("x-rate-limit-retry-after-seconds") or headers.get("retry-after"))
            if seconds is None:
                raise NotAskedError(f"credits for {bucket} are spent; OpenSky does not say until when")
            again = self.now() + timedelta(seconds=min(seconds, _LONGEST_S))
            if seconds > self._patience.longest_wish_s or waits >= _MOST_WAITS:
                self._closed_until[bucket] = again
                raise NotAskedError(_until(bucket, again), again)
            waits += 1
            self._sleep(float(seconds))

    def _attempts(
        self,
        method: str,
        url: str,
        *,
        params: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
        authorised: bool,
    ) -> tuple[_Reply, httpx2.Headers]:
        p = self._patience
        try:
            for attempt in stamina.retry_context(
                on=(httpx2.TransportError, _ServerError),
                attempts=p.attempts,
                timeout=None,
                wait_initial=p.first_s,
                wait_max=p.most_s,
                wait_jitter=p.jitter_s,
            ):
                with attempt:
                    head = {"Authorization": f"Bearer {self._bearer()}"} if authorised else {}
                    return self._once(method, url, params, form, head)
        except _ServerError as e:
            raise NotAskedError(f"{e} at each of {p.attempts} attempts") from None
        except httpx2.HTTPError as e:
            # the text of these errors names the address at most; the request with its header is left behind
            raise NotAskedError(f"the connection failed: {type(e).__name__}") from None
        raise AssertionError("stamina gives an attempt or raises")

    def _once(
        self, method: str, url: str, params: dict[str, str] | None, form: dict[str, str] | None, head: dict[str, str]
    ) -> tuple[_Reply, httpx2.Headers]:
        self.requests += 1
        parts: list[bytes] = []
        size = 0
        with self._client.stream(method, url, params=params, data=form, headers=head) as response:
            for block in response.iter_bytes():
                size += len(block)
                self.bytes += len(block)
                if size > _MOST_BYTES:
                    raise NotAskedError(f"the answer is larger than {_MOST_BYTES} bytes")
                parts.append(block)
            if response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
                raise _ServerError(f"status {response.status_code}")
            return _Reply(response.status_code, b"".join(parts), str(response.url)), response.headers

    def _bearer(self) -> str:
        if self._token is None or self.now() >= self._good_until:
            form = {
                "grant_type": "client_credentials",
                "client_id": self._keys.client_id,
                "client_secret": self._keys.client_secret,
            }
            reply, _ = self._attempts("POST", self._token_url, form=form, authorised=False)
            said = _json(reply.body)
            said = said if isinstance(said, dict) else {}
            if reply.status not in _TOKEN_ANSWERS:
                raise NotAskedError(f"the token service refused with status {reply.status}")
            if reply.status != httpx2.codes.OK:
                code = said.get("error")
                word = f", {code}" if isinstance(code, str) and _WORD.fullmatch(code) else ""
                raise ArchiveError(
                    f"OpenSky refuses the credentials (status {reply.status}{word}): "
                    "check client_id and client_secret on your account page"
                )
            token, seconds = said.get("access_token"), said.get("expires_in")
            if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
                raise ArchiveError("OpenSky's token service gives no token; try again later")
            good = seconds if isinstance(seconds, int) and 0 < seconds <= _DAY_S else _TOKEN_S
            self._token = token
            self._good_until = self.now() + timedelta(seconds=max(good - _MARGIN_S, good // 2))
        return self._token


def credits(days: int) -> int:
    """Credits of one question for flights or tracks, by the day partitions it touches; 0 for the last 24 hours.

    Notes
    -----
    OpenSky's table of 2026: 4 below 24 hours, 30 for one or two days, then 60, 120, 240, 480 and 960 a day.
    """
    if days <= 0:
        return 4
    if days <= 2:
        return 30
    for most, each in ((10, 60), (15, 120), (20, 240), (25, 480)):
        if days <= most:
            return each * days
    return 960 * days


def _flights(body: bytes, icao24: str) -> tuple[tuple[tuple[int, int], ...], int]:
    """Read the list: when each flight was first and last seen, and how many entries cannot be read."""
    listed = _json(body)
    if not isinstance(listed, list):
        raise NotAskedError("the list of flights is not a list")
    good: list[tuple[int, int]] = []
    for flight in listed:
        entry = flight if isinstance(flight, dict) else {}
        begun, ended = entry.get("firstSeen"), entry.get("lastSeen")
        own = str(entry.get("icao24") or "").lower() == icao24
        if own and type(begun) is int and type(ended) is int and 0 < begun <= ended < 1 << 33:
            good.append((begun, ended))
    return tuple(good), len(listed) - len(good)


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"\s*\d{1,9}\s*", text) else None


def _until(bucket: str, again: datetime) -> str:
    return f"credits for {bucket} are spent; ask again after {again:%Y-%m-%d %H:%M} UTC"
