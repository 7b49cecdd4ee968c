"""What a question would cost by each way, and which is the cheaper.

Sizes of days come from the lists of releases; everything else is estimated from days that were looked at, and said to
be. Where an estimate is wrong only the choice suffers, never the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from wheelsdown.archive.hosts import Host
from wheelsdown.archive.near import HALVES
from wheelsdown.archive.releases import Index

__all__ = ["WAYS", "Cost", "cheapest", "costs"]

WAYS: Final = ("traces", "ranges", "stream")
_TYPICAL_MIB: Final = {2023: 1300, 2024: 1700, 2025: 3000}
_TYPICAL_LATER_MIB: Final = 3200
_MIB: Final = 1 << 20
_PART: Final = 2_000_000_000
_AIRCRAFT: Final = 65_000
_HEATMAP_SHARE: Final = 0.06
_HALVES_AN_AIRCRAFT: Final = 8
_AIRCRAFT_AT_A_FIELD: Final = 300
_FOLDERS: Final = 256
_PROBES_A_FOLDER: Final = 12
_TOP_REQUESTS: Final = 70
_EXCESS: Final = 1.15
_PROBE: Final = 64 << 10
_BYTES_PER_S: Final = 4e6
_ANSWER_S: Final = 0.25


@dataclass(frozen=True)
class Cost:
    """What one way would take."""

    way: str
    days: int
    requests: int
    bytes: int
    hours: float
    estimated: str
    """What of it is a guess."""

    def sentence(self) -> str:
        """Say it."""
        return (
            f"{self.way}: {self.days} days, about {self.requests:,} requests, {_size(self.bytes)}, "
            f"{_hours(self.hours)} ({self.estimated})"
        )


def typical_bytes(day: date) -> int:
    """Size of a day where no list says it."""
    return _TYPICAL_MIB.get(day.year, _TYPICAL_LATER_MIB) * _MIB


def costs(
    host: Host,
    days: Sequence[date],
    index: Index | None,
    *,
    aircraft: int,
    fields: int,
    halves: bool,
    by_word: bool,
) -> list[Cost]:
    """Estimate each way that can answer.

    Parameters
    ----------
    host : Host
    days : sequence of date
        Days that must be asked for.
    index : Index or None
        Releases; None where the host has none.
    aircraft : int
        Addresses asked for.
    fields : int
        Airfields and circles asked for.
    halves : bool
        Whether the traffic around is kept.
    by_word : bool
        Whether traces must be looked into, which only a whole day allows.
    """
    guessed = aircraft or fields * _AIRCRAFT_AT_A_FIELD
    heatmaps = 0
    if halves or (fields and not aircraft):
        heatmaps = HALVES if fields else min(HALVES, _HALVES_AN_AIRCRAFT * guessed)
    sizes, listed = [], 0
    for day in days:
        release = index.releases.get(day) if index is not None else None
        known = index.size(release) if index is not None and release is not None else None
        listed += known is not None
        sizes.append(known or typical_bytes(day))
    source = "sizes of days as listed" if days and listed == len(days) else "sizes of some days are typical ones"
    around = f"some {heatmaps} half hours a day for the traffic around" if heatmaps else "without the traffic around"
    who = "" if aircraft else f"some {guessed} aircraft a day, "
    half = [s * _HEATMAP_SHARE / HALVES for s in sizes]
    found: list[Cost] = []

    def cost(way: str, dated: Iterable[tuple[float, float]], said: str) -> None:
        pairs = list(dated)
        requests, moved = sum(p[0] for p in pairs), sum(p[1] for p in pairs)
        pace = _ANSWER_S if host.per_second is None else max(_ANSWER_S, 1.0 / host.per_second)
        found.append(
            Cost(way, len(days), round(requests), round(moved), (requests * pace + moved / _BYTES_PER_S) / 3600, said)
        )

    if "traces" in host.keeps and not by_word:
        one = [(guessed + heatmaps, guessed * s / _AIRCRAFT + heatmaps * h) for s, h in zip(sizes, half, strict=True)]
        cost("traces", one, f"{who}{around}")
    if "releases" in host.keeps and index is not None:
        released = [(s, h) for d, s, h in zip(days, sizes, half, strict=True) if index is None or d in index.releases]
        if not by_word:
            folders = _FOLDERS * (1 - (1 - 1 / _FOLDERS) ** guessed)
            cost(
                "ranges",
                (
                    (
                        1 + s // _PART + _PROBES_A_FOLDER * folders + (_TOP_REQUESTS + heatmaps if heatmaps else 0),
                        min(s, s * folders / _FOLDERS * _EXCESS + _PROBES_A_FOLDER * folders * _PROBE + heatmaps * h),
                    )
                    for s, h in released
                ),
                f"{source}; {who}{folders:.0f} of 256 folders a day, {around}",
            )
        cost("stream", ((1 + s // _PART, s) for s, _ in released), source)
    return found


def cheapest(found: Sequence[Cost]) -> Cost | None:
    """Give the way that is done first; of equals the one that moves less."""
    return min(found, key=lambda c: (c.hours, c.bytes), default=None)


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def _hours(hours: float) -> str:
    if hours < 1 / 60:
        return f"{hours * 3600:.0f} s"
    return f"{hours * 60:.0f} min" if hours < 1 else f"{hours:.1f} h"
