"""Stretches as senders of false positions make them: standing while it says that it flies, or on an even circle.

Senders of false positions put aircraft at a place so (methods, section 6); height by pressure, and mostly the speed
told, stay those of the flight.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wheelsdown.geo import distance_km
from wheelsdown.inference.circles import UNEVEN, kasa
from wheelsdown.inference.points import GROUND, KM_PER_KT_S

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Work

__all__ = ["circle_rows", "standing_rows"]

_STANDS_KM: Final = 1.5
"""Positions no farther than this from the first stand at one place."""
_STANDS_ROWS, _STANDS_TOLD_KM, _STANDS_MADE = 4, 10.0, 0.3
"""So many positions in the air, in which by its own account it flew so far, and made so much of it at most: who orbits,
however tightly, makes the way."""
_FLIES_KT, _APART_S, _STEP_S = 60.0, 20.0, 120.0
"""Slower it may hover or taxi; over a longer step its speed says little."""
_SPANS_S: Final = (240.0, 480.0, 960.0)
"""Stretches from the first position on in which a circle is looked for."""
_CIRCLE_ROWS, _LEAST_KM, _MOST_KM = 6, 0.5, 20.0
_UNEVEN_KM: Final = 0.08
"""Positions are no better than this."""
_COVERED_DEG, _TURNED_DEG = 240.0, 300.0
"""So much of the circle was received, and by its own account it flew so much of it (methods, section 6)."""


def standing_rows(work: Work, rows: Any) -> int:
    """Count the positions, from the first one on, that stand at a place while they say that they fly; 0 where none.

    Parameters
    ----------
    work : Work
    rows : int array
        Positions in the order in which they are looked at: onwards, or backwards from the end of a stretch.

    Notes
    -----
    What it cannot see: stretches of a few positions, or without speeds.
    """
    tr = work.tracks
    if len(rows) < _STANDS_ROWS:
        return 0
    off = distance_km(tr.lat[rows], tr.lon[rows], float(tr.lat[rows[0]]), float(tr.lon[rows[0]]))
    there = (off <= _STANDS_KM) & (tr.gs[rows] >= _FLIES_KT) & (work.state[rows] != GROUND)
    gone = np.flatnonzero(~there)
    n = int(gone[0]) if len(gone) else len(rows)
    if n < _STANDS_ROWS:
        return 0
    own = _apart(tr, rows[:n])
    step = np.abs(np.diff(tr.t[own]))
    short = step <= _STEP_S
    told = (tr.gs[own][1:] + tr.gs[own][:-1]) / 2.0 * step * KM_PER_KT_S
    made = distance_km(tr.lat[own[:-1]], tr.lon[own[:-1]], tr.lat[own[1:]], tr.lon[own[1:]])
    way = float(np.sum(told[short]))
    return n if way >= _STANDS_TOLD_KM and float(np.sum(made[short])) <= _STANDS_MADE * way else 0


def _apart(tr: Any, rows: Any) -> Any:
    """Keep positions `_APART_S` apart: from one second to the next what is sent wanders as far as aircraft fly."""
    kept = [int(rows[0])]
    for q in rows[1:].tolist():
        if abs(float(tr.t[q] - tr.t[kept[-1]])) >= _APART_S:
            kept.append(q)
    return np.array(kept, dtype=np.int64)


def circle_rows(work: Work, rows: Any) -> int:
    """Count the positions, from the first one on, that go round an even circle; 0 where they do not.

    Aircraft orbit as well: that it is a false place must show in how the track leads into the circle.
    """
    tr = work.tracks
    for span in _SPANS_S:
        own = rows[np.abs(tr.t[rows] - tr.t[rows[0]]) <= span] if len(rows) else rows
        if len(own) < _CIRCLE_ROWS:
            continue
        x, y = _plane(tr, rows)
        cx, cy, radius, rms = kasa(x[: len(own)], y[: len(own)])
        uneven = max(UNEVEN * radius, _UNEVEN_KM)
        if not _LEAST_KM <= radius <= _MOST_KM or rms > uneven:
            continue
        angle = np.sort(np.degrees(np.arctan2(y - cy, x - cx)[: len(own)]))
        widest = float(np.max(np.diff(np.concatenate([angle, [angle[0] + 360.0]]))))
        speed = np.where(np.isnan(tr.gs[own]), 0.0, tr.gs[own])
        told = float(np.sum((speed[1:] + speed[:-1]) / 2.0 * np.abs(np.diff(tr.t[own])))) * KM_PER_KT_S
        if 360.0 - widest >= _COVERED_DEG and told >= _TURNED_DEG / 180.0 * math.pi * radius:
            gone = np.flatnonzero(np.abs(np.hypot(x - cx, y - cy) - radius) > 3.0 * uneven)
            return int(gone[0]) if len(gone) else len(rows)
    return 0


def _plane(tr: Any, rows: Any) -> tuple[Any, Any]:
    """Km east and north of the first position."""
    lat, lon = tr.lat[rows], tr.lon[rows]
    x = ((lon - lon[0] + 180.0) % 360.0 - 180.0) * math.cos(math.radians(float(lat[0]))) * 111.195
    return x, (lat - lat[0]) * 111.195
