"""What was asked of fleets and could not be flown."""

from __future__ import annotations

from collections.abc import Sequence

from wheelsdown.simulate.planning import visit_times
from wheelsdown.simulate.scenario import Scenario
from wheelsdown.simulate.truth import Flown

__all__ = ["shortfalls"]


def shortfalls(scenario: Scenario, flown: Sequence[Flown], end_s: float) -> tuple[str, ...]:
    """Say for which fleets fewer visits were flown than were asked for.

    Parameters
    ----------
    scenario : Scenario
    flown : sequence of Flown
        All aircraft.
    end_s : float
        End of the period, s: who lands later did not come in it.

    Returns
    -------
    tuple of str
        A sentence a fleet; none where all were flown. Hops and ways onward are no visits that were asked for.
    """
    came = [0] * len(scenario.fleets)
    for f in flown:
        if f.chain.fleet:
            landed = zip(f.chain.legs, f.truth[:, 2], strict=False)  # legs beyond those flown have no truth
            came[f.chain.group] += sum(1 for leg, down in landed if leg.visit and down < end_s)
    out = []
    period = "1 day" if scenario.days == 1 else f"{scenario.days} days"
    for n, (fleet, done) in enumerate(zip(scenario.fleets, came, strict=True)):
        asked = len(visit_times(scenario, n, fleet))
        if done < asked:
            how = "asked for" if fleet.visits is not None else f"drawn for per_day = {fleet.per_day:g}"
            out.append(
                f"fleets[{n}]: {asked} visits were {how}, {done} could be flown in {period} with "
                f"{fleet.aircraft} aircraft"
            )
    return tuple(out)
