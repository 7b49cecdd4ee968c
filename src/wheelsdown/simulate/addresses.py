"""Flights under another aircraft's address: by mistake, or two aircraft on one address at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from wheelsdown.simulate.scenario import Scenario
from wheelsdown.simulate.troubles import Troubles
from wheelsdown.simulate.truth import Flown
from wheelsdown.simulate.weather import stream

__all__ = ["borrowed"]

_AROUND_S = 1500.0


def borrowed(scenario: Scenario, flown: list[Flown], troubles: Troubles) -> list[tuple[int, float, float, int]]:
    """Choose them: of aircraft number i, what is sent between two moments goes out under the address of number k.

    Doubled: both are in the air at once. Wrong address: the other one stands, or is not received, meanwhile.
    """
    f = scenario.faults
    wanted = [("duplicate_address", f.duplicate_addresses), ("wrong_address", f.wrong_address_legs)]
    if not any(n for _, n in wanted):
        return []
    air = [(i, j, row[1], row[2]) for i, a in enumerate(flown) for j, row in enumerate(a.truth)]
    if not air:
        return []
    table = np.array([(i, b, e) for i, _, b, e in air], dtype=np.float64).reshape(-1, 3)
    out: list[tuple[int, float, float, int]] = []
    taken: set[int] = set()
    for group, (kind, count) in enumerate(wanted):
        rng = stream(scenario.seed, 90, group)
        order = rng.permutation(len(air))
        made = 0
        for at in order:
            if made == count:
                break
            i, j, begin, end = air[int(at)]
            if int(at) in taken:
                continue
            other = _other(kind, i, begin, end, table, flown, rng)
            if other is None:
                continue
            taken.add(int(at))
            made += 1
            span = (float(begin) - _AROUND_S, float(end) + _AROUND_S)
            out.append((i, *span, other))
            real, lent = flown[i].chain.address, flown[other].chain.address
            flown[i].under[j] = f"{lent:06x}"
            troubles.add(lent, kind, float(begin), float(end), None, f"SIMULATED: sent by {real:06x}")
    return out


def _other(
    kind: str, i: int, begin: float, end: float, table: Any, flown: list[Flown], rng: np.random.Generator
) -> int | None:
    """An aircraft that is in the air for some of that time; or one that is not, and rather of the same group."""
    overlap = np.minimum(table[:, 2], end) - np.maximum(table[:, 1], begin)
    if kind == "duplicate_address":
        busy = sorted({int(k) for k in table[(overlap > 600.0), 0]} - {i})
        return busy[int(rng.random() * len(busy))] if busy else None
    busy_now = {int(k) for k in table[(overlap > -3600.0), 0]}
    free = [k for k in range(len(flown)) if k != i and k not in busy_now]
    own = [k for k in free if flown[k].chain.group == flown[i].chain.group]
    free = own or free
    return free[int(rng.random() * len(free))] if free else None
