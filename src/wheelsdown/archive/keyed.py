"""Hosts that ask for the user's own credentials, each put to `fetch` in the same way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Protocol
from urllib.parse import urlsplit

import polars as pl

from wheelsdown.archive import fr24, opensky, opensky_calls, opensky_trino
from wheelsdown.archive.answers import Answer, Cost, KeyedHost
from wheelsdown.archive.asking import Patience
from wheelsdown.archive.credentials import fr24_key, opensky_keys
from wheelsdown.archive.fr24_calls import ROOT as FR24_ROOT
from wheelsdown.archive.fr24_calls import Fr24Calls, Pace
from wheelsdown.archive.hosts import is_loopback
from wheelsdown.errors import UsageError

__all__ = ["Asking", "Fr24", "Keyed", "OpenskyDatabase", "OpenskyRest", "keyed"]

Asking = Callable[[date, Sequence[str]], list[Answer]]
"""Puts one UTC day and a group of addresses, and gives an answer an address."""

_TOKEN_PATH: Final = "/auth/realms/opensky-network/protocol/openid-connect/token"  # noqa: S105
_ASKED_AS: Final = re.compile(r"\basked as ([^\s;]+)")
_OWN_PER_MINUTE: Final = 6000
_QUERY_ADDRESSES: Final = 500


class Keyed(Protocol):
    """A host with a key, as `fetch` uses it."""

    @property
    def host(self) -> KeyedHost:
        """Card, terms, and the name in the ledger."""
        ...

    @property
    def group(self) -> int:
        """How many addresses are put at once: what is refused loses no more than these."""
        ...

    def notes(self, addresses: Sequence[str]) -> list[str]:
        """Say how these will be asked for."""
        ...

    def plan(self, days: Sequence[date], addresses: Sequence[str], now: datetime) -> Cost:
        """Say what it would cost; no credentials are needed, and nothing is asked."""
        ...

    def standing(self, ledger: pl.DataFrame) -> pl.DataFrame:
        """Leave out of LEDGER the answers that do not hold for the question as it would be put now."""
        ...

    def open(self) -> AbstractContextManager[Asking]:
        """Begin one conversation; lists and tracks are kept in it.

        Raises
        ------
        ArchiveError
            Credentials or the extra are wanting.
        """
        ...


def keyed(
    name: str,
    *,
    tails: Mapping[str, Sequence[str]],
    base_url: str | None = None,
    patience: Patience | None = None,
    now: Callable[[], datetime],
) -> Keyed:
    """Give the host of one of `hosts.KEYED`.

    Parameters
    ----------
    name
        As after ``--host``.
    tails
        Address to the registrations known of it, the most believed first.
    base_url
        Another address of the host; https, or this machine.
    patience
        Retries and waits.
    now
        Clock, aware UTC.

    Raises
    ------
    UsageError
        The name is none, or the host cannot be put elsewhere.
    """
    if name == "opensky":
        return OpenskyRest(base_url, patience, now)
    if name == "fr24":
        return Fr24(base_url, patience, now, {a: tuple(t) for a, t in tails.items()})
    if name != "opensky-trino":
        raise UsageError(f"--host {name}: needs no key, or is unknown")
    if base_url is not None:
        raise UsageError("--base-url opensky-trino: the address of the database is one of pyopensky's own settings")
    return OpenskyDatabase(now)


@dataclass(frozen=True)
class OpenskyRest:
    """OpenSky's REST interface; an address a question."""

    base_url: str | None
    patience: Patience | None
    now: Callable[[], datetime]
    host: KeyedHost = opensky.HOST
    group: int = 1

    def notes(self, addresses: Sequence[str]) -> list[str]:
        """Nothing to add."""
        return []

    def plan(self, days: Sequence[date], addresses: Sequence[str], now: datetime) -> Cost:
        """See `opensky.plan`."""
        return opensky.plan(days, addresses, now=now)

    def standing(self, ledger: pl.DataFrame) -> pl.DataFrame:
        """All of it: an address is an address."""
        return ledger

    @contextmanager
    def open(self) -> Iterator[Asking]:
        """Begin a conversation."""
        at = (
            (opensky_calls.ROOT, opensky_calls.TOKEN_URL)
            if self.base_url is None
            else (f"{self.base_url}/api", f"{self.base_url}{_TOKEN_PATH}")
        )
        with opensky.Opensky(
            opensky_keys(), base_url=at[0], token_url=at[1], patience=self.patience, now=self.now
        ) as session:
            yield lambda day, group: opensky.fetch_day(day, group, session=session)


@dataclass(frozen=True)
class OpenskyDatabase:
    """OpenSky's database; one question for all aircraft of a day."""

    now: Callable[[], datetime]
    host: KeyedHost = opensky_trino.HOST
    group: int = _QUERY_ADDRESSES

    def notes(self, addresses: Sequence[str]) -> list[str]:
        """Nothing to add."""
        return []

    def plan(self, days: Sequence[date], addresses: Sequence[str], now: datetime) -> Cost:
        """See `opensky_trino.plan`."""
        return opensky_trino.plan(days, addresses, now=now)

    def standing(self, ledger: pl.DataFrame) -> pl.DataFrame:
        """All of it: an address is an address."""
        return ledger

    @contextmanager
    def open(self) -> Iterator[Asking]:
        """Begin a conversation."""
        client = opensky_trino.connect()
        yield lambda day, group: opensky_trino.fetch_day(day, group, client=client, now=self.now)


@dataclass(frozen=True)
class Fr24:
    """Flightradar24's API: asked by registration, so that an answer holds for the registration it was asked by."""

    base_url: str | None
    patience: Patience | None
    now: Callable[[], datetime]
    tails: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    host: KeyedHost = fr24.HOST
    group: int = fr24.MOST_VALUES

    def tail(self, address: str) -> str | None:
        """Registration by which an address is asked for."""
        known = self.tails.get(address, ())
        return known[0].strip().upper() if known else None

    def notes(self, addresses: Sequence[str]) -> list[str]:
        """Say by which registrations, and which others are known."""
        said = []
        for a in addresses:
            own, *others = self.tails.get(a) or (None,)
            if own is None:
                said.append(
                    f"{a}: no loaded register has a registration for it, and this host is asked by registration"
                )
            else:
                more = f" (registers also say {', '.join(o for o in others if o)})" if others else ""
                said.append(f"{a}: asked as {own}{more}")
        return said

    def plan(self, days: Sequence[date], addresses: Sequence[str], now: datetime) -> Cost:
        """See `fr24.plan`."""
        return fr24.plan(days, [t for a in addresses if (t := self.tail(a))], now=now)

    def standing(self, ledger: pl.DataFrame) -> pl.DataFrame:
        """Leave out answers that were given for another registration than is known now."""
        now_as = pl.col("what").replace_strict(
            {a: self.tail(a) for a in self.tails}, default=None, return_dtype=pl.String
        )
        then_as = pl.col("reason").str.extract(_ASKED_AS.pattern)
        mine = pl.col("source") == self.host.name
        return ledger.filter(~(mine & (then_as != now_as)).fill_null(value=False))

    @contextmanager
    def open(self) -> Iterator[Asking]:
        """Begin a conversation."""
        p = self.patience
        root = self.base_url or FR24_ROOT
        pace = Pace(_OWN_PER_MINUTE) if is_loopback(urlsplit(root).hostname) else Pace()
        key = fr24_key()
        calls = (
            Fr24Calls(key, base_url=root, pace=pace, now=self.now)
            if p is None
            else Fr24Calls(
                key, base_url=root, pace=pace, now=self.now, attempts=p.attempts, wait_initial_s=p.first_s,
                longest_wait_s=p.longest_wish_s,
            )
        )  # fmt: skip
        with calls:
            session = fr24.Fr24(calls)

            def ask(day: date, group: Sequence[str]) -> list[Answer]:
                answers = fr24.fetch_day(day, {a: self.tail(a) for a in group}, session=session)
                return [self._said(a) for a in answers]

            yield ask

    def _said(self, answer: Answer) -> Answer:
        tail = self.tail(answer.what)
        if tail is None:
            return answer
        return replace(answer, reason="; ".join(x for x in (answer.reason, f"asked as {tail}") if x))
