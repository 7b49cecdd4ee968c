"""Public pages on which a reader can look at a real flight, and links that may stand on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from wheelsdown.outputs.interface import SIMULATED

__all__ = ["safe", "trace_pages"]

_PAGES: Final = (
    ("ADS-B Exchange", "https://globe.adsbexchange.com/?icao={icao24}&showTrace={day}"),
    ("adsb.lol", "https://adsb.lol/?icao={icao24}&showTrace={day}"),
)


def trace_pages(visit: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Give public trace pages of a visit: column of the day, name of the page, address.

    A SIMULATED visit has none: its address is nobody's, and a real page would show another aircraft or nothing.
    """
    if visit["icao24"] is None or str(visit["source"]).startswith(SIMULATED):
        return []
    out = []
    days = set()
    for column in ("arrived_utc", "departed_utc"):
        at = visit[column]
        if at is None or at.date() in days:
            continue
        days.add(at.date())
        out += [
            (column, name, page.format(icao24=quote(visit["icao24"], safe="~"), day=at.date())) for name, page in _PAGES
        ]
    return out


def safe(url: str | None) -> str | None:
    """Give an address that a page may link to: http or https, with a host; None for anything else."""
    if not url or any(c.isspace() or ord(c) < 32 for c in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host else None
