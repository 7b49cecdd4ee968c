"""Rows graded `ruled_out`: a low or lined-up pass without a stop, with the reason."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from wheelsdown.inference.passes import PASS, low_passes
from wheelsdown.inference.rows import Rows, callsign_of, flags_of, key_of, receipts_of, stable_id
from wheelsdown.inference.sentences import clock, height_text
from wheelsdown.inference.stops import Stop, Work
from wheelsdown.schema import VISITS

__all__ = ["ruled_out_rows"]

_END_S = 300.0
_FLEW_ON_S = 60.0


def ruled_out_rows(
    work: Work, tracks: Sequence[tuple[int, list[Stop]]], *, wanted: Callable[[int], bool] = lambda _: True
) -> pl.DataFrame:
    """VISITS graded `ruled_out`: one row a pass that was no landing.

    A pass that is the beginning or the end of the leg at a field where the aircraft stopped is the stop itself.
    """
    tr = work.tracks
    own: dict[tuple[int, int], set[int]] = {}
    for _, stops in tracks:
        for stop in stops:
            for side, which in ((stop.arrive, 0), (stop.depart, 1)):
                if side.air is not None and stop.field is not None and stop.grade is not None:
                    own.setdefault((side.air, which), set()).add(stop.field)
    rows = Rows(VISITS)
    found = low_passes(work.seg, tr.t, tr.lat, tr.lon, tr.alt, tr.og, tr.gs, tr.trk, work.state, work.index)
    for p in found:
        s, k = int(p[0]), int(p[1])
        if not wanted(s):
            continue
        first, last, low = (int(p[q]) for q in (2, 3, 4))
        start, end = (float(tr.t[int(work.seg[s, q])]) for q in (2, 3))
        # the way to or from a stop leads over other fields and pads; only what flew on has touched and gone
        if not p[PASS["touched"]] or end - tr.t[last] < _FLEW_ON_S:
            if tr.t[first] - start <= _END_S and own.get((s, 1)):
                continue
            if end - tr.t[last] <= _END_S and own.get((s, 0)):
                continue
        key = key_of(work, int(work.seg[s, 0]))
        when = float(tr.t[low])
        rows.add(
            visit_id=stable_id(key.text, when, f"pass {work.names.code[k]} {key.source}"),
            icao24=key.address, track_id=key.track, source=key.source,
            callsign_in=callsign_of(work, s, 0), callsign_out=callsign_of(work, s, 0),
            airfield=work.names.code[k], airfield_name=work.names.name[k], place_id=work.names.ident[k],
            latitude_deg=float(tr.lat[low]), longitude_deg=float(tr.lon[low]), rivals=[], excluded=[],
            arrived_earliest_utc=float(tr.t[first]), arrived_utc=when, arrived_latest_utc=float(tr.t[last]),
            dwell_least_min=0.0, dwell_most_min=0.0, grade="ruled_out",
            reasons=_reasons(work, p, start, end), hidden_visits_most=0, integrity=flags_of(work, (s,)),
            receipts=receipts_of(work, (s,)), last_before_utc=float(tr.t[first]), first_after_utc=float(tr.t[last]),
            time_zone=work.names.zone[k],
        )  # fmt: skip
    return rows.frame()


def _reasons(work: Work, p: Any, start: float, end: float) -> list[str]:
    tr = work.tracks
    code, low = work.names.code[int(p[1])], int(p[4])
    speed = "" if math.isinf(p[6]) else f", no slower than {p[6]:.0f} kt"
    lined = ", lined up with a runway" if p[7] else ""
    if p[8]:
        what = f"touched down at {code} about {clock(float(tr.t[low]))} UTC{speed} and flew on: touch-and-go"
    else:
        what = (
            f"passed {code} at {clock(float(tr.t[low]))} UTC, {height_text(p[5])} at the lowest"
            f" ({p[9]:.1f} km from its runways){speed}{lined}: a pass or go-around"
        )
    went_on = end - float(tr.t[int(p[3])])
    came = float(tr.t[int(p[2])]) - start
    return [what, f"its flight began {came / 60:.0f} min before and went on for {went_on / 60:.0f} min: no stop"]
