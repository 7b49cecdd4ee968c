"""Which lists rest on the same receivers: two that do are no check of one another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

__all__ = ["LINEAGE", "families", "shared_lineage"]

_BROADCASTS: Final = "what aircraft broadcast and volunteers' receivers hear"
LINEAGE: Final = {
    "adsb.lol": _BROADCASTS,
    "adsb.fi": _BROADCASTS,
    "adsb.one": _BROADCASTS,
    "airplanes.live": _BROADCASTS,
    "adsbexchange": _BROADCASTS,
    "ads-b exchange": _BROADCASTS,
    "adsbx": _BROADCASTS,
    "theairtraffic": _BROADCASTS,
    "hpradar": _BROADCASTS,
    "planespotters": _BROADCASTS,
    "readsb": _BROADCASTS,
    "tar1090": _BROADCASTS,
    "flightradar24": _BROADCASTS,
    "fr24": _BROADCASTS,
    "opensky": _BROADCASTS,
    "flightaware": _BROADCASTS,
    "piaware": _BROADCASTS,
    "radarbox": _BROADCASTS,
    "airnav": _BROADCASTS,
    "planefinder": _BROADCASTS,
}
"""Name of a provider, lower case, to what it rests on.

All of them are fed by volunteers, often by the same ones (a receiver feeds several at once; some hand on what others
gathered), and all fall silent when the aircraft does.
"""
_SIMULATED: Final = "SIMULATED"
_LOG: Final = "log: "


def families(source: str) -> set[str]:
    """Tell what a `source` of VISITS rests on: its own eyes (a log), broadcasts, or both."""
    bare = source.removeprefix(_SIMULATED).strip(" :") if source.startswith(_SIMULATED) else source
    if not bare.startswith(_LOG.strip()):
        # whatever is no log was made from positions, and positions are received broadcasts
        return {_BROADCASTS}
    name, _, rests = bare.partition(" (times from ")
    found = {family for key, family in LINEAGE.items() if key in rests.lower()}
    if rests and not found:
        found = {rests.rstrip(")").lower()}
    return {name, *found}


def shared_lineage(first: Iterable[str], second: Iterable[str]) -> str | None:
    """Say what two lists share, or None where nothing is known that they share."""
    one = {f for s in first for f in families(s)}
    other = {f for s in second for f in families(s)}
    both = sorted(one & other)
    if not both:
        return None
    if _BROADCASTS in both:
        return f"both rest on {_BROADCASTS}: what one misses, the other mostly misses too"
    return f"both rest on the same {both[0].replace(_LOG, 'log ')}"
