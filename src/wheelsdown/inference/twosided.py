"""A stop in a silence, received on both sides: when the two together settle the field."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from wheelsdown.inference import ends as en
from wheelsdown.inference.near import dist_km
from wheelsdown.inference.paths import ALIGNED
from wheelsdown.inference.points import GROUND
from wheelsdown.inference.rules import Rules

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Work

__all__ = ["followed", "heard_low", "neighbours_left", "settled", "speaks_against", "towards"]

_LIKELY = 2
"""Grade of an end that names its field alone."""


_FOLLOWED_S, _FOLLOWED = 300.0, 3
_NOT_A_CANDIDATE = 30.0
"""Cost of a field that is not among the candidates of a side."""


def followed(work: Work, s: int, *, arrival: bool) -> bool:
    """Tell whether a flight was followed to its end (from its beginning): a single snapshot tells no approach."""
    lo, hi = int(work.seg[s, 2]), int(work.seg[s, 3])
    t = work.tracks.t[lo : hi + 1]
    near = t >= t[-1] - _FOLLOWED_S if arrival else t <= t[0] + _FOLLOWED_S
    return int(np.count_nonzero(near & (work.state[lo : hi + 1] <= GROUND))) >= _FOLLOWED


def heard_low(rules: Rules, *ends: Any) -> bool:
    """Tell whether the ends lie so low that circuits flown between would have been received."""
    heights = [end[en.END_HEIGHT] for end in ends]
    if max(heights) <= rules.circuit_height_ft:
        return True
    # who was followed nearly to the runway would have been received again as soon as it climbed
    return min(heights) <= rules.runway_height_ft and max(heights) <= 2.0 * rules.circuit_height_ft


def neighbours_left(
    work: Work, k: int, height_ft: float, ins: list[Any], outs: list[Any], *, within: float | None = None
) -> list[int]:
    """Name the neighbours of field k that two sides so high do not exclude, whatever each alone does; likeliest first.

    Who is lined up with one field's runway may be on the way to the next one ahead, whose runway is as good as parallel
    (Ramon and Aqaba, 12 km apart), and may have come from over it: alignment and direction exclude near the ground.
    With `within` (cost) it is asked at any height which neighbours explain both sides as well as that.
    """
    rules = work.rules
    if within is None and height_ft <= rules.two_sided_near_ft:
        return []
    most = rules.two_sided_near_cost if within is None else within
    lists = [{int(c[en.C_FIELD]): c for c in cands} for cands in (ins, outs)]
    own = sum(float(side[k][en.C_COST]) for side in lists)
    lined_up = any(int(side[k][en.C_MODEL]) == ALIGNED for side in lists)
    left = []
    for other in (lists[0].keys() | lists[1].keys()) - {k}:
        costs = [_cost(side[other]) for side in lists if other in side]
        if any(math.isinf(c) for c in costs):
            continue
        cost = sum(costs) + _NOT_A_CANDIDATE * (2 - len(costs))
        fx = work.index
        far_km = float(dist_km(fx.f_lat[k], fx.f_lon[k], fx.f_lat[other], fx.f_lon[other]))
        # lined up with neither, one may have gone to any runway close by
        close = within is None and not lined_up and far_km <= rules.two_sided_close_km
        if close or (cost - own <= most and far_km <= rules.two_sided_near_km):
            left.append((cost, other))
    return [other for _, other in sorted(left)]


def _cost(c: Any) -> float:
    """Cost of a field for one side, whatever alignment or direction say; infinite where it is out of the question.

    Too high to land straight ahead is not out of the question: who breaks off comes round again unheard.
    """
    why, cost = int(c[en.C_WHY]), float(c[en.C_COST])
    if why in (en.STAYS, en.WHY_ALIGNED, en.WHY_AWAY):
        return cost
    return cost - en.EXCLUDED_COST if why == en.WHY_HIGH else math.inf


def settled(rules: Rules, both: list[tuple[float, int]], *sides: tuple[Any, Any]) -> bool:
    """Tell whether two sides that name one field exclude every other.

    The lower they were received, and where one was lined up, the less the next best field may lag behind.
    """
    if any(c[en.C_DIST] > rules.two_sided_km for _, c in sides):
        return False
    margin = both[1][0] - both[0][0] if len(both) > 1 else math.inf
    height = max(end[en.END_HEIGHT] for end, _ in sides)
    lined_up = any(int(c[en.C_MODEL]) == ALIGNED for _, c in sides)
    strong = any(end[en.END_GRADE] == _LIKELY for end, _ in sides)
    if height <= rules.strong_height_ft and (lined_up or strong):
        return margin > rules.two_sided_cost
    # so low and lined up with nothing, an aircraft is not where it seems to be, or the runway is on no list
    flown = min(end[en.END_HEIGHT] for end, _ in sides) > rules.two_sided_flown_ft
    return height <= rules.two_sided_low_ft and flown and margin > rules.two_sided_high_cost


def speaks_against(rules: Rules, end: Any, cands: list[Any], k: int) -> bool:
    """Tell whether a side, received low, is far better explained by another field than by k."""
    if not cands or end[en.END_HEIGHT] > rules.strong_height_ft:
        return False
    best = float(cands[0][en.C_COST])
    own = next((float(c[en.C_COST]) for c in cands if int(c[en.C_FIELD]) == k), math.inf)
    return own - best > rules.two_sided_against_cost


def towards(end: Any, cands: list[Any], *, down: bool) -> bool:
    """Tell whether the track was going down to the field (or up from it), and not merely near it."""
    if not cands or math.isnan(end[en.END_COURSE]):
        return False
    trend = float(end[en.END_TREND]) * (-1.0 if down else 1.0)
    return trend > 100.0 or (not trend < -100.0 and int(cands[0][en.C_MODEL]) == ALIGNED)
