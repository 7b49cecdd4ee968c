"""What class of evidence a stop rests on, and how its probability is shared among the fields in question."""

from __future__ import annotations

import math
from typing import Any, Final

from wheelsdown.inference import ends as en
from wheelsdown.inference.probability import UNFOLLOWED, Calibration, rival_class, side_class
from wheelsdown.inference.stops import Stop, Work

__all__ = ["STRONG", "basis_of", "rivals_of"]

STRONG: Final = ("observed", "inferred", "likely")


def basis_of(work: Work, stop: Stop) -> str:
    """Name the class of evidence of a graded stop (`probability.side_class`), and whether a flight was followed."""
    name = _class_of(work, stop)
    asked = stop.grade in STRONG or stop.set_aside is not None
    return name + UNFOLLOWED if asked and not stop.followed else name


def _class_of(work: Work, stop: Stop) -> str:
    if stop.grade == "ruled_out":
        return "ruled_out"
    if stop.contested or stop.lowered:
        return f"{stop.grade} contradicted"
    if stop.ground is not None:
        if stop.grade == "observed":
            return "observed"
        doubt = "rivals" if stop.rivals else "alone" if _no_flight(stop) else "apart"
        return f"{stop.grade} ground {doubt}"
    if stop.field is None:
        return f"{stop.grade} nowhere"
    return side_class(stop.grade or "", _sides(stop), _share(work, stop, stop.field), _height(work, stop))


def rivals_of(work: Work, stop: Stop, table: Calibration) -> list[float | None]:
    """Give for each rival of a stop the probability that it was there, in their order."""
    sides = "ground" if stop.ground is not None else _sides(stop)
    return [table.of_rival(rival_class(sides, _share(work, stop, k))) for k in stop.rivals]


def rival_classes(work: Work, stop: Stop) -> list[str]:
    """Name the class of each rival of a stop, in their order: what fitting needs."""
    sides = "ground" if stop.ground is not None else _sides(stop)
    return [rival_class(sides, _share(work, stop, k)) for k in stop.rivals]


def _no_flight(stop: Stop) -> bool:
    return stop.arrive.air is None and stop.depart.air is None


def _sides(stop: Stop) -> str:
    """`one` side received; `two` that name the field; `split` two of which one does not."""
    if stop.arrive.air is None:
        return "out"
    if stop.depart.air is None:
        return "in"
    return "two" if stop.arrive.field == stop.depart.field == stop.field else "split"


def _used(work: Work, stop: Stop) -> list[tuple[int, int]]:
    """Segments and sides whose candidates speak for the stop."""
    sides = ((stop.arrive, 0), (stop.depart, 1))
    named = [(s.air, which) for s, which in sides if s.air is not None and s.field == stop.field]
    return named or [(s.air, which) for s, which in sides if s.air is not None]


def _share(work: Work, stop: Stop, k: int) -> float:
    """Share of a field among all candidates of the sides that speak, both sides taken together."""
    if stop.ground is not None:
        return 0.0
    costs: dict[int, float] = {}
    for n, (s, which) in enumerate(_used(work, stop)):
        own = _costs(work, s, which)
        costs = own if n == 0 else {f: c + own[f] for f, c in costs.items() if f in own}
    if k not in costs:
        return 0.0
    best = min(costs.values())
    return math.exp(best - costs[k]) / sum(math.exp(best - c) for c in costs.values())


def _costs(work: Work, s: int, which: int) -> dict[int, float]:
    n = int(work.ends[s, which, en.END_N])
    rows: Any = work.cand[s, which, :n]
    # what was excluded by its cost alone has it raised by a thousand
    return {int(c[en.C_FIELD]): float(c[en.C_COST]) for c in rows if c[en.C_COST] < 900.0}


def _height(work: Work, stop: Stop) -> float:
    heights = [float(work.ends[s, which, en.END_HEIGHT]) for s, which in _used(work, stop)]
    known = [h for h in heights if not math.isnan(h)]
    return min(known) if known else math.inf
