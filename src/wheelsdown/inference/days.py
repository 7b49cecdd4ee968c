"""Days one after another, with what an aircraft has left open carried over: the same result as all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from wheelsdown.inference.arrays import NEEDED
from wheelsdown.inference.core import Inference, analyse, finished
from wheelsdown.inference.rows import leg_rows, visit_rows
from wheelsdown.inference.ruledout import ruled_out_rows
from wheelsdown.inference.rules import Rules
from wheelsdown.inference.silences import gap_rows, groups_of_address, silences
from wheelsdown.inference.split import ALIVE_S
from wheelsdown.inference.stops import Stop, Work
from wheelsdown.schema import GAPS, LEGS, POSITIONS, VISITS

__all__ = ["infer_days"]

_OPEN = 4
"""How many of an aircraft's last stops wait for the next day: a stop is settled once the flight after it has ended."""


@dataclass
class _Carry:
    """Rows that the next day still needs, and from when on nothing has been told."""

    rows: pl.DataFrame
    told_until: dict[tuple[str | None, str | None, str], float]


def infer_days(
    days: Iterable[pl.DataFrame],
    *,
    airfields: pl.DataFrame,
    runways: pl.DataFrame,
    rules: Rules | None = None,
    ruled_out: bool = False,
) -> Inference:
    """Find silences, legs and visits in days (or pieces of any length) given in order of time.

    Parameters
    ----------
    days : iterable of frames of POSITIONS
        Each later than the one before, for each aircraft; the rows inside a piece may lie in any order.
    airfields, runways, rules, ruled_out
        As in `infer`.

    Returns
    -------
    Inference
        Equal to that of `infer` on all rows at once.

    Raises
    ------
    TableError
        A piece is not POSITIONS.

    Notes
    -----
    What it cannot see: as `infer`. Memory holds one piece, and for each aircraft the rows since its last few stops.
    """
    rules = rules or Rules()
    visits, legs, gaps = [VISITS.empty()], [LEGS.empty()], [GAPS.empty()]
    carry = _Carry(POSITIONS.empty().select(NEEDED), {})
    pieces = iter(days)
    piece = next(pieces, None)
    while piece is not None:
        following = next(pieces, None)
        rows = pl.concat([carry.rows, POSITIONS.conform(piece, fill=True).select(NEEDED)])
        work, tracks = analyse(rows, airfields=airfields, runways=runways, rules=rules)
        cuts = _cuts(work, tracks, carry, last=following is None)
        wanted = _Wanted(work, cuts, carry)
        visits.append(visit_rows(work, tracks, wanted=wanted.stop))
        legs.append(leg_rows(work, tracks, wanted=wanted.segment))
        gaps.append(gap_rows(work, silences(work), wanted=wanted.silence))
        if ruled_out:
            visits.append(ruled_out_rows(work, tracks, wanted=wanted.segment))
        carry = _carried(work, rows, cuts, carry)
        piece = following
    return finished(pl.concat(visits), pl.concat(legs), pl.concat(gaps), rules, ruled_out=ruled_out)


def _cuts(
    work: Work, tracks: list[tuple[int, list[Stop]]], carry: _Carry, *, last: bool
) -> dict[int, tuple[int, float]]:
    """Give for each track the first row to carry and the time up to which its stops and legs are told now."""
    out: dict[int, tuple[int, float]] = {}
    # what one provider missed another may bring: an aircraft that several received is told at the end
    several = {g for groups in groups_of_address(work).values() for g in groups}
    for g, stops in tracks:
        told = carry.told_until.get(work.tracks.keys[g], -np.inf)
        first = int(work.tracks.first[g])
        if last:
            out[g] = (first, np.inf)
            continue
        if g in several:
            out[g] = (first, told)
            continue
        # the newest stop that may be told: both its neighbours are settled too
        for n in range(len(stops) - _OPEN, 0, -1):
            stop = stops[n]
            if stop.depart.air is None or stop.arrive.air is None:
                continue
            left = float(work.tracks.t[work.seg[stop.depart.air, 2]])
            # one stop more than is open: whether a flight began with a jump is seen in the one before it
            start = _first_row(work, stops[n - 1])
            if left > told and float(work.tracks.t[start]) > _parts_end(work, g):
                out[g] = (start, left)
            break
        out.setdefault(g, (first, told))
    for part, whose in work.tracks.part_of.items():
        # a second track on the address is told with the first, once that has gone on alone
        alone = last or out.get(whose, (0, 0.0))[0] > int(work.tracks.first[whose])
        rows = (int(work.tracks.first[q]) for q in (part, part + 1))
        begin, end = rows
        key = work.tracks.keys[part]
        out[part] = (end if alone else begin, np.inf if alone else carry.told_until.get(key, -np.inf))
    return out


def _parts_end(work: Work, g: int) -> float:
    """When the last second track on this address had certainly ended: it is told apart anew with each piece."""
    spans = work.tracks.episodes.get(g, ())
    return max((end + ALIVE_S for _, end in spans), default=-np.inf)


def _first_row(work: Work, stop: Stop) -> int:
    segments = [s for s in (stop.arrive.air, stop.ground, stop.depart.air) if s is not None]
    return int(work.seg[segments[0], 2])


class _Wanted:
    """Which rows of this piece are new and settled."""

    def __init__(self, work: Work, cuts: dict[int, tuple[int, float]], carry: _Carry) -> None:
        self.work = work
        self.until = {g: cut[1] for g, cut in cuts.items()}
        self.since = {g: carry.told_until.get(work.tracks.keys[g], -np.inf) for g in cuts}

    def _new(self, g: int, t: float) -> bool:
        return bool(self.since[g] < t <= self.until[g])

    def stop(self, stop: Stop) -> bool:
        """Tell whether a stop is told with this piece: by the beginning of the flight after it."""
        g, seg, t = stop.group, self.work.seg, self.work.tracks.t
        if stop.depart.air is not None:
            return self._new(g, float(t[seg[stop.depart.air, 2]]))
        last = stop.ground if stop.ground is not None else stop.arrive.air
        return last is not None and self._new(g, float(t[seg[last, 3]]))

    def segment(self, s: int) -> bool:
        """Tell whether a leg is told with this piece: one that ended before the flight that is carried began."""
        g, t = int(self.work.seg[s, 0]), self.work.tracks.t
        begins = float(t[self.work.seg[s, 2]])
        return bool(self.since[g] <= begins < self.until[g])

    def silence(self, g: int, until: float) -> bool:
        """Tell whether a silence is told with this piece: by its end."""
        return self._new(g, until)


def _carried(work: Work, rows: pl.DataFrame, cuts: dict[int, tuple[int, float]], carry: _Carry) -> _Carry:
    first = work.tracks.first
    keep = np.zeros(len(work.tracks.t), dtype=bool)
    told = dict(carry.told_until)
    for g in range(len(first) - 1):
        start, until = cuts.get(g, (int(first[g]), carry.told_until.get(work.tracks.keys[g], -np.inf)))
        keep[start : int(first[g + 1])] = True
        told[work.tracks.keys[g]] = until
    return _Carry(rows[work.tracks.order[keep]], told)
