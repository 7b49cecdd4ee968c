"""Who keeps positions of past days: a card each, with terms, limits and what may be asked by a program.

Sources: adsb.lol's repositories (ODbL 1.0, one tar a day since 16 February 2023); the layout ``globe_history`` of
readsb and tar1090; the hosts' own pages for their terms. Terms change: a card says what was known on its day.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from wheelsdown.errors import UsageError

__all__ = ["BASE_URL_VARIABLE", "DEFAULT", "HOSTS", "KEYED", "Host", "bases", "check_url", "choose", "is_loopback"]

BASE_URL_VARIABLE: Final = "WHEELSDOWN_BASE_URL"
"""Environment variable with NAME=URL, several set apart by spaces: a mirror, or a server for tests."""


@dataclass(frozen=True)
class Host:
    """One keeper of past days."""

    name: str
    keeps: tuple[str, ...]
    """`traces` one file an aircraft and day; `heatmaps` half hours of everybody; `releases` whole days as tar files."""
    traces: str
    """Address before ``YYYY/MM/DD/``; empty where none are offered."""
    index: str
    """Address of the folder with the lists of releases, ``{year}`` in it; empty where there are none."""
    first_day: date | None
    """First day kept; null where it is not known."""
    retention_days: int | None
    """How long a day is kept; null where it is for good, or not known."""
    licence: str
    terms: str
    per_second: float | None
    """Requests a second; null is no limit (one's own machine)."""
    permitted: bool
    """Whether a program may ask without the user having named the host."""
    refused: str = ""
    """Why it is never asked; empty where it may be."""

    def day_url(self, day: date) -> str:
        """Address of a day's folder."""
        return f"{self.traces}{day:%Y/%m/%d}/"

    def trace_url(self, day: date, address: str) -> str:
        """Address of one aircraft's day."""
        return f"{self.day_url(day)}traces/{address[-2:]}/trace_full_{address}.json"

    def heatmap_url(self, day: date, number: int) -> str:
        """Address of the half hour `number`, 0 to 47."""
        return f"{self.day_url(day)}heatmap/{number:02d}.bin.ttf"

    def index_url(self, year: int, file: str) -> str:
        """Address of one list of releases."""
        return f"{self.index.format(year=year)}{file}"

    def card(self) -> list[str]:
        """Say whose data these are and under which terms, before anything is fetched."""
        limit = "no limit" if self.per_second is None else f"at most {self.per_second:g} requests a second"
        return [f"{self.name}: {self.licence}. {self.terms}", f"{self.name}: asked with {limit}."]


DEFAULT: Final = "adsb.lol"
_ASK: Final = (
    "For personal, non-commercial use; ask the host before you fetch. You chose it by name, and the ledger says so"
)


def _personal(name: str, base: str, per_second: float, retention_days: int | None = None) -> Host:
    return Host(
        name, ("traces", "heatmaps"), f"{base}/globe_history/", "", None, retention_days,
        "no open licence known", f"{_ASK}.", per_second, permitted=False,
    )  # fmt: skip


HOSTS: Final[Mapping[str, Host]] = {
    h.name: h
    for h in (
        Host(
            name=DEFAULT,
            keeps=("traces", "heatmaps", "releases"),
            traces="https://adsb.lol/globe_history/",
            index="https://raw.githubusercontent.com/adsblol/globe_history_{year}/main/",
            first_day=date(2023, 2, 16),
            retention_days=None,
            licence="Open Database License 1.0 (ODbL)",
            terms=(
                "Name adsb.lol as the source; a database made from it and published stays under ODbL. "
                "The daily releases are the way meant for bulk."
            ),
            per_second=4.0,
            permitted=True,
        ),
        _personal("airplanes.live", "https://globe.airplanes.live", 1.0),
        _personal("adsb.fi", "https://globe.adsb.fi", 1.0),
        _personal("theairtraffic", "https://globe.theairtraffic.com", 1.0, 90),
        Host(
            "adsbexchange",
            (),
            "",
            "",
            None,
            None,
            "all rights reserved",
            "",
            1.0,
            permitted=False,
            refused=(
                "its terms forbid collection by programs, and the host is guarded against it; "
                "read files you obtained from it with its consent instead (wheelsdown ingest)"
            ),
        ),
    )
}
"""Known hosts by name, the default first."""

KEYED: Final = ("opensky", "opensky-trino", "fr24")
"""Hosts that ask for the user's own credentials; see `keyed`."""


def is_loopback(host: str | None) -> bool:
    """Tell whether a name or number means this machine itself."""
    if host is None:
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_url(url: str, *, came_from: str | None = None) -> str:
    """Let https through, and http to this machine itself; give the address back.

    Parameters
    ----------
    url : str
        What is to be asked.
    came_from : str, optional
        The address that led to it: a far host may not lead on to this machine.

    Raises
    ------
    UsageError
        Anything else.
    """
    try:
        parts = urlsplit(url)
        near = is_loopback(parts.hostname)
    except ValueError as e:
        raise UsageError(f"{url!r}: is no address that can be asked") from e
    if parts.username or parts.password:
        raise UsageError(f"{parts.scheme}://{parts.hostname}: an address with a name and password in it is not asked")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and near)):
        raise UsageError(f"{url}: only https is asked (http only on this machine itself)")
    if came_from is not None and near and not is_loopback(urlsplit(came_from).hostname):
        raise UsageError(f"{url}: a far host may not lead to this machine")
    return url


def bases(given: Sequence[str] = ()) -> dict[str, str]:
    """Read NAME=URL from the options given and from the environment; the options come first.

    Raises
    ------
    UsageError
        Not of that form, a name that is no host, or an address that is not asked.
    """
    found: dict[str, str] = {}
    for text in (*os.environ.get(BASE_URL_VARIABLE, "").split(), *given):
        name, sign, url = text.partition("=")
        if not sign or name not in {*HOSTS, *KEYED}:
            raise UsageError(f"--base-url {text}: write NAME=URL, NAME one of {', '.join((*HOSTS, *KEYED))}")
        found[name] = check_url(url.rstrip("/"))
    return found


def choose(name: str | None = None, base_urls: Mapping[str, str] | None = None) -> Host:
    """Give the host that is asked.

    Parameters
    ----------
    name : str, optional
        Named by the user; the default is asked without.
    base_urls : mapping
        Other addresses by host, from `bases`. A mirror has ``/globe_history/YYYY/MM/DD/`` and
        ``/adsblol/globe_history_YYYY/main/`` under it.

    Raises
    ------
    UsageError
        Unknown, or never asked (with the reason).
    """
    if (host := HOSTS.get(name or DEFAULT)) is None:
        known = (*(h for h in HOSTS if not HOSTS[h].refused), *KEYED)
        raise UsageError(f"--host {name}: unknown (known: {', '.join(known)})")
    if host.refused:
        raise UsageError(f"--host {host.name}: not asked: {host.refused}")
    if name is None and not host.permitted:
        raise UsageError(f"{host.name}: must be named with --host")
    if url := (base_urls or {}).get(host.name):
        host = replace(
            host,
            traces=f"{url}/globe_history/" if host.traces else "",
            index=f"{url}/adsblol/globe_history_{{year}}/main/" if host.index else "",
            per_second=None if is_loopback(urlsplit(url).hostname) else host.per_second,
        )
    return host
