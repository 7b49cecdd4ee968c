"""Positions that no aircraft flies: it stands at a place while it says that it flies, or goes round an even circle.

Senders of false positions put aircraft at a place so (methods, section 6); height by pressure, and mostly the speed
told, stay those of the flight.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wheelsdown.geo import distance_km
from wheelsdown.inference.circles import UNEVEN, kasa
from wheelsdown.inference.points import KM_PER_KT_S

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Work

__all__ = ["no_flight"]

_STANDS_KM: Final = 1.5
"""Positions no farther than this from the first stand at one place."""
_STANDS_ROWS, _STANDS_TOLD_KM = 4, 10.0
"""So many positions, in which by its own account it flew so far."""
_SPANS_S: Final = (240.0, 480.0, 960.0)
"""Stretches from the first position on in which a circle is looked for."""
_CIRCLE_ROWS, _LEAST_KM, _MOST_KM = 6, 0.5, 20.0
_UNEVEN_KM: Final = 0.08
"""Positions are no better than this."""
_COVERED_DEG, _TURNED_DEG = 240.0, 300.0
"""So much of the circle was received, and by its own account it flew so much of it (methods, section 6)."""


def no_flight(work: Work, rows: Any) -> bool:
    """Tell whether a stretch, from its first position on, stands or circles as no aircraft flies.

    Parameters
    ----------
    work : Work
    rows : int array
        Positions in the order in which they are looked at: onwards, or backwards from the end of a stretch.

    Notes
    -----
    What it cannot see: copies of a track put elsewhere; stretches of a few positions.
    """
    return _stands(work, rows) or _circles(work, rows)


def _stands(work: Work, rows: Any) -> bool:
    """Tell whether it stays at one place, from the first position on, while it says that it flies."""
    tr = work.tracks
    if len(rows) < _STANDS_ROWS:
        return False
    off = distance_km(tr.lat[rows], tr.lon[rows], float(tr.lat[rows[0]]), float(tr.lon[rows[0]]))
    gone = np.flatnonzero(off > _STANDS_KM)
    rows = rows[: int(gone[0])] if len(gone) else rows
    if len(rows) < _STANDS_ROWS:
        return False
    speed = np.where(np.isnan(tr.gs[rows]), 0.0, tr.gs[rows])
    told = float(np.sum((speed[1:] + speed[:-1]) / 2.0 * np.abs(np.diff(tr.t[rows])))) * KM_PER_KT_S
    return told >= _STANDS_TOLD_KM


def _circles(work: Work, rows: Any) -> bool:
    """Tell whether it flies an even circle from the first position on."""
    tr = work.tracks
    for span in _SPANS_S:
        own = rows[np.abs(tr.t[rows] - tr.t[rows[0]]) <= span] if len(rows) else rows
        if len(own) < _CIRCLE_ROWS:
            continue
        lat, lon = tr.lat[own], tr.lon[own]
        scale = math.cos(math.radians(float(lat[0])))
        x = ((lon - lon[0] + 180.0) % 360.0 - 180.0) * scale * 111.195
        y = (lat - lat[0]) * 111.195
        cx, cy, radius, rms = kasa(x, y)
        if not _LEAST_KM <= radius <= _MOST_KM or rms > max(UNEVEN * radius, _UNEVEN_KM):
            continue
        angle = np.sort(np.degrees(np.arctan2(y - cy, x - cx)))
        widest = float(np.max(np.diff(np.concatenate([angle, [angle[0] + 360.0]]))))
        speed = np.where(np.isnan(tr.gs[own]), 0.0, tr.gs[own])
        told = float(np.sum((speed[1:] + speed[:-1]) / 2.0 * np.abs(np.diff(tr.t[own])))) * KM_PER_KT_S
        if 360.0 - widest >= _COVERED_DEG and told >= _TURNED_DEG / 180.0 * math.pi * radius:
            return True
    return False
