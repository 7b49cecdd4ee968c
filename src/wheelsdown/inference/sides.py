"""What each side of a stop, the arrival and the departure, says by itself: how low it was followed, how sure it is."""

from __future__ import annotations

import math
from typing import Any

from wheelsdown.inference import ends as en
from wheelsdown.inference.stops import LIKELY, Side, Stop, Work

__all__ = ["sides"]


def sides(work: Work, stop: Stop) -> dict[str, Any]:
    """Give the columns `arrival_height_ft`, `arrival_grade`, `departure_height_ft`, `departure_grade` of VISITS.

    Notes
    -----
    Each side is judged as if the other had not been received: observability counts how often one side was received
    among stops that the other proves. What it cannot see: heights are pressure altitude less the field's elevation,
    off by up to 900 ft without the day's pressure.
    """
    arrival, departure = _side(work, stop, stop.arrive, 0), _side(work, stop, stop.depart, 1)
    return {
        "arrival_height_ft": arrival[0],
        "arrival_grade": arrival[1],
        "departure_height_ft": departure[0],
        "departure_grade": departure[1],
    }


def _side(work: Work, stop: Stop, side: Side, which: int) -> tuple[float | None, str | None]:
    """Give height above the field and grade of one side; nothing where it does not name the field by itself."""
    s, field = side.air, stop.field
    if s is None or field is None:
        return None, None
    if stop.ground is not None and side.seen:
        return 0.0, "observed"
    end = work.ends[s, which]
    if not end[en.END_GRADE] >= 1.0:
        return None, None
    own = [
        n
        for n in range(int(end[en.END_N]))
        if work.cand[s, which, n, en.C_FIELD] == field and work.cand[s, which, n, en.C_WHY] == en.STAYS
    ]
    if not own:
        return None, None
    row = int(end[en.END_ROW])
    altitude = float(work.tracks.alt[row])
    altitude = float(work.tracks.geom[row]) if math.isnan(altitude) else altitude
    height = altitude - float(work.index.f_guess_ft[field])
    known = None if math.isnan(height) else max(0.0, height)
    return known, "likely" if own[0] == 0 and end[en.END_GRADE] == LIKELY else "possible"
