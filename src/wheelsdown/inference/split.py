"""Two aircraft on one address at the same time: told apart before anything is inferred, never averaged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from wheelsdown.inference.arrays import Tracks
from wheelsdown.inference.near import dist_km, rough_km
from wheelsdown.inference.points import KM_PER_KT_S, PS_ESTIMATED
from wheelsdown.jit import compiled

__all__ = ["ALIVE_S", "ALTERNATIONS", "PART", "told_apart"]

PART = "part-"
"""Begins the name of the track that was split off; the rest of it is the time at which it begins."""
ALTERNATIONS = 3
"""Changes from one track to the other, at impossible speed, that make two of one (methods: adsbtrack, readsb)."""
ALIVE_S = 1800.0
"""A second track that is silent for so long has ended; what comes then is the first track's, or another second one."""
_FAR_KM = 20.0
"""Nearer than this it is one aircraft with poor positions (multilateration beside ADS-B), not two."""
_LEAST_ROWS = 8
_LEAST_S = 60.0
_LEAST_SHARE = 0.1
"""Of the positions in its time: a wrong decoding now and then also makes a track, and is no aircraft."""
_OPEN = 8
_LABELS = 512


@compiled
def _impossible_steps(first: Any, t: Any, lat: Any, lon: Any, ps: Any, jump_kt: float) -> Any:
    """Count, for each track, the steps that no aircraft flies: a few multiplications a row."""
    groups = first.shape[0] - 1
    out = np.zeros(groups, dtype=np.int64)
    for g in range(groups):
        p = -1
        for i in range(first[g], first[g + 1]):
            if ps[i] == PS_ESTIMATED:
                continue
            if p >= 0:
                limit = jump_kt * KM_PER_KT_S * (t[i] - t[p]) + 1.0
                dx, dy = lon[i] - lon[p], lat[i] - lat[p]
                # degrees of longitude are never longer than those of latitude: a bound without a cosine
                far = (dx * dx + dy * dy) * 12365.0 > limit * limit
                if far and dist_km(lat[p], lon[p], lat[i], lon[i]) > limit:
                    out[g] += 1
            p = i
    return out


@compiled
def _misfit(k: int, p: int, i: int, t: Any, lat: Any, lon: Any, alt: Any) -> float:
    """How badly row i follows a track that ends in rows p, k: from where it should be by now, and its height."""
    dt = t[i] - t[k]
    y, x = lat[k], lon[k]
    if p >= 0 and 0.0 < t[k] - t[p] <= 120.0 and dt <= 120.0:
        share = dt / (t[k] - t[p])
        y += (lat[k] - lat[p]) * share
        x += ((lon[k] - lon[p] + 180.0) % 360.0 - 180.0) * share
    cost = rough_km(min(90.0, max(-90.0, y)), x, lat[i], lon[i]) / (1.0 + 0.1 * dt)
    climb = abs(alt[i] - alt[k])
    return cost + climb / (1000.0 + 60.0 * dt) if climb >= 0.0 else cost


@compiled
def _labelled(lo: int, hi: int, t: Any, lat: Any, lon: Any, alt: Any, ps: Any, jump_kt: float, label: Any) -> Any:
    """Give each row of a track to that of several which it follows best.

    Returns
    -------
    int64 array (labels, 4): rows, first row, last row, changes to and from it at impossible speed over 20 km
    """
    made = np.zeros((_LABELS, 4), dtype=np.int64)
    slot = np.full(_OPEN, -1, dtype=np.int64)  # label of each open track; the first stays open
    last = np.full(_OPEN, -1, dtype=np.int64)
    before = np.full(_OPEN, -1, dtype=np.int64)
    labels, previous = 0, -1
    for i in range(lo, hi):
        if ps[i] == PS_ESTIMATED:
            label[i] = 0
            continue
        best, best_cost = -1, np.inf
        for k in range(_OPEN):
            if slot[k] < 0:
                continue
            dt = t[i] - t[last[k]]
            if k > 0 and dt > ALIVE_S:
                slot[k] = -1
                continue
            if dist_km(lat[last[k]], lon[last[k]], lat[i], lon[i]) > jump_kt * KM_PER_KT_S * dt + 1.0:
                continue
            cost = _misfit(last[k], before[k], i, t, lat, lon, alt)
            if cost < best_cost:
                best, best_cost = k, cost
        if best < 0:
            if labels >= _LABELS:
                label[i] = 0
                continue
            # a free place, else that of the track heard longest ago
            best = 0 if labels == 0 else 1
            for k in range(1, _OPEN):
                if labels > 0 and (slot[k] < 0 or (slot[best] >= 0 and last[k] < last[best])):
                    best = k
                    if slot[k] < 0:
                        break
            slot[best], last[best], before[best] = labels, -1, -1
            made[labels, 1] = i
            labels += 1
        own = slot[best]
        label[i] = own
        before[best], last[best] = last[best], i
        made[own, 0] += 1
        made[own, 2] = i
        if previous >= 0 and label[previous] != own:
            d = dist_km(lat[previous], lon[previous], lat[i], lon[i])
            if d > _FAR_KM and d > jump_kt * KM_PER_KT_S * (t[i] - t[previous]) + 1.0:
                made[own, 3] += 1
                made[label[previous], 3] += 1
        previous = i
    return made[:labels]


def told_apart(tr: Tracks, jump_kt: float) -> Tracks:
    """Split tracks in which two aircraft alternate on one address.

    Parameters
    ----------
    tr : Tracks
    jump_kt : float, knots
        Speed that no aircraft flies.

    Returns
    -------
    Tracks
        The first track keeps its key; each further one is a track of its own, named by `PART` and its beginning.
        `episodes` says for all of them when they were heard together, `part_of` whose part each is.

    Notes
    -----
    Tracks alternate at least `ALTERNATIONS` times at impossible speed over more than 20 km, and the second has at least
    8 positions, over a minute or more, a tenth of all in its time. What it cannot see: two aircraft that are never
    heard within the same half hour, or so near one another that one could fly both tracks; which of the two the address
    belongs to; of two positions in the same millisecond one was dropped before. Source: readsb and adsbtrack split or
    reject on implied speed; the assignment is nearest-neighbour tracking (Blackman 1986).
    """
    steps = _impossible_steps(tr.first, tr.t, tr.lat, tr.lon, tr.ps, jump_kt)
    found: dict[int, list[Any]] = {}
    for g in np.flatnonzero(steps >= ALTERNATIONS).tolist():
        rows = _parts(tr, g, jump_kt)
        if rows:
            found[g] = rows
    return _split(tr, found) if found else tr


def _parts(tr: Tracks, g: int, jump_kt: float) -> list[Any]:
    """Rows of each further track of one address."""
    lo, hi = int(tr.first[g]), int(tr.first[g + 1])
    label = np.zeros(hi, dtype=np.int64)
    made = _labelled(lo, hi, tr.t, tr.lat, tr.lon, tr.alt, tr.ps, jump_kt, label)
    own = label[lo:hi]
    out: list[Any] = []
    others: list[int] = []
    for k in range(len(made)):
        n, a, b, changes = made[k].tolist()
        among = int(np.count_nonzero(tr.ps[a : b + 1] != PS_ESTIMATED))
        lasting = n >= _LEAST_ROWS and tr.t[b] - tr.t[a] >= _LEAST_S and n >= _LEAST_SHARE * among
        if changes >= ALTERNATIONS and lasting:
            others.append(k)
    if others and 0 not in others and made[0, 0] < _LEAST_ROWS:
        # the very first positions were false: the first track that lasts stands in their place
        others = others[1:]
    for k in others:
        if k > 0:
            out.append(lo + np.flatnonzero(own == k))
    return out


def _split(tr: Tracks, found: dict[int, list[Any]]) -> Tracks:
    """Lay the rows out anew, each part behind the track it was split from."""
    order: list[Any] = []
    keys: list[tuple[str | None, str | None, str]] = []
    whose: list[int] = []
    sizes: list[int] = []
    episodes: dict[int, list[tuple[float, float]]] = {}
    part_of: dict[int, int] = {}
    for g, key in enumerate(tr.keys):
        rows = np.arange(tr.first[g], tr.first[g + 1])
        parts = found.get(g, [])
        main = len(keys)
        keep = np.ones(len(rows), dtype=bool)
        for part in parts:
            keep[part - tr.first[g]] = False
        for n, part in enumerate([rows[keep], *parts]):
            order.append(part)
            sizes.append(len(part))
            whose.append(g)
            keys.append(key if n == 0 else (key[0], _named(key[1], float(tr.t[part[0]])), key[2]))
            if n > 0:
                span = (float(tr.t[part[0]]), float(tr.t[part[-1]]))
                episodes.setdefault(main, []).append(span)
                episodes[main + n] = [span]
                part_of[main + n] = main
    at = np.concatenate(order)
    of_row = {
        name: getattr(tr, name)[at]
        for name in ("t", "lat", "lon", "alt", "geom", "og", "gs", "trk", "vr", "ps", "callsign", "receipt", "order")
    }
    of_track = {name: getattr(tr, name)[whose] for name in ("surface", "airframe", "loose")}
    if tr.low is not None:
        of_row["low"] = tr.low[at]
    return tr._replace(
        keys=keys,
        first=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        episodes=episodes,
        part_of=part_of,
        **of_row,
        **of_track,
    )


def _named(track: str | None, begins: float) -> str:
    at = datetime.fromtimestamp(begins, UTC)
    return (f"{track}/" if track else "") + f"{PART}{at:%Y%m%dT%H%M%S}.{at.microsecond // 1000:03d}Z"
