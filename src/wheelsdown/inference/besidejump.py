"""Does a stop stand beside a jump? By the side that was followed, and by what a copy of the track would have needed.

A jump says that one of two places is false, not which. The far one may show itself false (`farside`), the near one may
be too well followed, or lie where no copy of a true landing can have been put (`moved`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wheelsdown.inference.centreline import on_centreline
from wheelsdown.inference.continuity import continuous, may_hide_a_jump
from wheelsdown.inference.farside import far_side_false, near_side_stands, stands_beside_it
from wheelsdown.inference.jumps import leads_on, near_excursion
from wheelsdown.inference.moved import moved_from
from wheelsdown.inference.onward import never_flew
from wheelsdown.inference.signs import on_runway, stood
from wheelsdown.inference.trustrules import RULES

if TYPE_CHECKING:
    from wheelsdown.inference.stops import Stop, Work

__all__ = ["outlasts", "stands_beside"]


def stands_beside(work: Work, stop: Stop, *, came: bool, left: bool) -> bool:
    """Tell whether a stop beside jumps (on the flight in: `came`; out: `left`) keeps the grade it has.

    Notes
    -----
    What it cannot see: a copy that begins unheard, is put onto the runway of another field, and stays there.
    """
    if _none_flew(work, stop, came=came, left=left):
        return False
    if stop.ground is None and any(stands_beside_it(work, stop, arrival=a) for a in (True, False)):
        return False
    # a copy of a track put elsewhere flies as well as the true one, but not onto a runway
    down, up = (on_runway(work, stop, arrival=a) for a in (True, False))
    # who left by a jump must at least have stood there, and not have taken off across the runways
    stayed = not left or (stood(work, stop) and up is not False)
    if not came and down and _since_long(work, stop, arrival=True) and stayed:
        return True
    if not left and up and _since_long(work, stop, arrival=False) and leads_on(work, stop):
        # it took off from there, followed up to where the flight led: whatever was false lay before
        return True
    return on_centreline(work, stop, arrival=True) and _refuted(work, stop, came=came, left=left)


def outlasts(work: Work, stop: Stop, *, came: bool, left: bool) -> bool:
    """Tell whether the data begin with a stay longer than a false stretch, and it was seen to take off by a runway."""
    if stop.ground is None or stop.thrown or stop.arrive.air is not None or not stood(work, stop):
        return False
    if _none_flew(work, stop, came=came, left=left) or not on_runway(work, stop, arrival=False):
        return False
    t, seg = work.tracks.t, work.seg
    return left and stop.depart.seen and float(t[seg[stop.ground, 3]] - t[seg[stop.ground, 2]]) >= RULES.left_s


def _none_flew(work: Work, stop: Stop, *, came: bool, left: bool) -> bool:
    return any(jump and never_flew(work, stop, arrival=a) for a, jump in ((True, came), (False, left)))


def _refuted(work: Work, stop: Stop, *, came: bool, left: bool) -> bool:
    """Tell whether it cannot be a copy of a stop elsewhere: there is no such field, or what was put in is known."""
    moved = moved_from(work, stop, came=came, left=left)
    if moved is not None:
        return not moved
    jumps = [a for a, jump in ((True, came), (False, left)) if jump]
    return not near_excursion(work, stop, arrival=True) and all(
        far_side_false(work, stop, arrival=a) or near_side_stands(work, stop, arrival=a) for a in jumps
    )


def _since_long(work: Work, stop: Stop, *, arrival: bool) -> bool:
    """Tell whether a flight was followed for as long as a false stretch lasts: beside a jump the hour is not enough."""
    return continuous(work, stop, arrival=arrival) and not may_hide_a_jump(
        work, stop, arrival=arrival, within_s=RULES.jump_s, exact=True
    )
