"""Where to look in a tar: how much at a time, at which places, and where a folder should lie after what is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from wheelsdown.archive.layout import END, HEATMAP, OTHER, sorted_order

__all__ = ["completed", "halving", "probe_bytes"]

_PROBE_LEAST: Final = 4 << 10
_PROBE_MOST: Final = 64 << 10
_PROBES_A_DAY: Final = 49_152


def probe_bytes(total: int) -> int:
    """Size of a probe for a day of so many bytes: 4 to 64 KiB, about the size of a member."""
    size = _PROBE_LEAST
    while size < _PROBE_MOST and size * _PROBES_A_DAY < total:
        size *= 2
    return size


def completed(prior: Mapping[str, float], begin: float) -> dict[str, float]:
    """Give every folder a place by name, unless what is known of another day speaks against that order."""
    known = {f: s for f, s in prior.items() if f not in {OTHER, END, HEATMAP}}
    by_place = sorted(known, key=lambda f: known[f])
    if by_place != sorted(known):
        return known
    folders = [f for f in sorted_order() if f != HEATMAP]
    at = [-0.5, *(i for i, f in enumerate(folders) if f in known), len(folders) - 0.5]
    shares = [begin, *(known[f] for f in folders if f in known), 1.0]
    return dict(zip(folders, np.interp(range(len(folders)), at, shares).tolist(), strict=True))


def halving(count: int) -> Iterator[float]:
    """Yield the middles of `count` equal shares, coarse steps first."""
    bits = count.bit_length() - 1
    for i in range(count):
        yield (int(format(i, f"0{bits}b")[::-1], 2) + 0.5) / count
