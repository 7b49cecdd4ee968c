"""From POSITIONS to GAPS, LEGS and VISITS in one pass."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from wheelsdown.inference.arrays import prepare
from wheelsdown.inference.doubted import doubted
from wheelsdown.inference.ends import infer_ends
from wheelsdown.inference.fields import build_index, build_names
from wheelsdown.inference.kernel import SEG_AIR, segment
from wheelsdown.inference.merge import merge_providers
from wheelsdown.inference.rows import leg_rows, visit_rows
from wheelsdown.inference.ruledout import ruled_out_rows
from wheelsdown.inference.rules import Rules
from wheelsdown.inference.silences import gap_rows, silences
from wheelsdown.inference.split import told_apart
from wheelsdown.inference.stats import segment_stats
from wheelsdown.inference.stops import Stop, Work, stops_of
from wheelsdown.inference.targets import TARGETS, Target, in_force
from wheelsdown.inference.trust import handed_on
from wheelsdown.schema import GAPS, LEGS, VISITS

__all__ = ["TABLES", "Inference", "infer"]

TABLES: Final = ("visits", "legs", "gaps")


@dataclass(frozen=True)
class Inference:
    """What one run found."""

    visits: pl.DataFrame
    legs: pl.DataFrame
    gaps: pl.DataFrame


def infer(
    positions: pl.DataFrame,
    *,
    airfields: pl.DataFrame,
    runways: pl.DataFrame,
    rules: Rules | None = None,
    ruled_out: bool = False,
    tables: Collection[str] = TABLES,
) -> Inference:
    """Find silences, legs and visits in positions.

    Parameters
    ----------
    positions : frame of POSITIONS
        In any order; rows of one aircraft or recording are tied by `icao24`, else `track_id`.
    airfields, runways : frames of AIRFIELDS and RUNWAYS
    rules : Rules
        Thresholds.
    ruled_out : bool
        Also return low passes, go-arounds and touch-and-goes, graded `ruled_out`, with the reason.
    tables : collection of str
        Which of ``visits``, ``legs`` and ``gaps`` are wanted; the others come back empty, which saves their time.

    Returns
    -------
    Inference
        Frames of VISITS, LEGS and GAPS, sorted by aircraft and time.

    Raises
    ------
    TableError
        `positions` is not POSITIONS.

    Notes
    -----
    What it cannot see: aircraft that do not broadcast; a stop inside a silence that straight flight explains as well; a
    field on no list, unless the aircraft is received on the ground there. Cargo and purpose are not in the data.
    """
    rules = rules or Rules()
    work, tracks = analyse(positions, airfields=airfields, runways=runways, rules=rules)
    visits = visit_rows(work, tracks) if "visits" in tables else VISITS.empty()
    if ruled_out and "visits" in tables:
        visits = pl.concat([visits, ruled_out_rows(work, tracks)])
    legs = leg_rows(work, tracks) if "legs" in tables else LEGS.empty()
    gaps = gap_rows(work, silences(work)) if "gaps" in tables else GAPS.empty()
    return finished(visits, legs, gaps, rules, ruled_out=ruled_out)


def finished(
    visits: pl.DataFrame, legs: pl.DataFrame, gaps: pl.DataFrame, rules: Rules, *, ruled_out: bool
) -> Inference:
    """Merge what several providers saw, doubt what lies among false positions, and sort."""
    order = ["icao24", "track_id"]
    visits = merge_providers(visits, merge_min=rules.merge_dwell_min, silence_h=rules.long_silence_h)
    visits, legs = doubted(visits, legs)
    if not ruled_out:
        visits = visits.filter(pl.col("grade") != "ruled_out")
    return Inference(
        visits.sort([*order, "arrived_latest_utc", "visit_id"], nulls_last=True),
        legs.sort([*order, "first_received_utc", "leg_id"], nulls_last=True),
        gaps.sort([*order, "from_utc", "to_utc"], nulls_last=True),
    )


def analyse(
    positions: pl.DataFrame,
    *,
    airfields: pl.DataFrame,
    runways: pl.DataFrame,
    rules: Rules | None,
    targets: tuple[Target, ...] = TARGETS,
) -> tuple[Work, list[tuple[int, list[Stop]]]]:
    """Run the compiled parts and find the stops; rows are made from the result."""
    rules = rules or Rules()
    index, names = build_index(airfields, runways), build_names(airfields, runways)
    tr = told_apart(prepare(positions), rules.jump_kt)
    values = rules.values()
    state, seg = segment(
        tr.first, tr.loose, tr.t, tr.lat, tr.lon, tr.alt, tr.geom, tr.og, tr.gs, tr.trk, tr.vr, tr.ps, values, index
    )
    seg = seg[~tr.surface[seg[:, 0]]] if len(seg) else seg
    stats, places, near = segment_stats(
        seg,
        tr.first,
        tr.t,
        tr.lat,
        tr.lon,
        tr.alt,
        tr.og,
        tr.gs,
        tr.trk,
        tr.vr,
        tr.ps,
        state,
        tr.callsign,
        index,
        rules.field_radius_km + 3.0,
    )
    flying = np.flatnonzero(seg[:, 1] == SEG_AIR)
    # two ends a leg: where it was lost and where it was first received
    at = np.concatenate([seg[flying, 3], seg[flying, 2]])
    step = np.repeat(np.array([-1, 1], dtype=np.int64), len(flying))
    stop = np.concatenate([seg[flying, 2] - 1, seg[flying, 3] + 1])
    found, candidates = infer_ends(
        at, step, stop, tr.t, tr.lat, tr.lon, tr.alt, tr.geom, tr.gs, tr.trk, tr.vr, state, values, index
    )
    ends = np.full((len(seg), 2, found.shape[1]), np.nan)
    cand = np.full((len(seg), 2, *candidates.shape[1:]), np.nan)
    n = len(flying)
    ends[flying, 0], ends[flying, 1] = found[:n], found[n:]
    cand[flying, 0], cand[flying, 1] = candidates[:n], candidates[n:]
    work = Work(tr, state, seg, stats, places, near, ends, cand, index, names, rules, in_force(targets))
    bounds = np.append(np.flatnonzero(np.diff(seg[:, 0], prepend=-1)), len(seg))
    tracks = [
        (int(seg[lo, 0]), handed_on(work, list(stops_of(work, int(lo), int(hi)))))
        for lo, hi in itertools.pairwise(bounds)
    ]  # fmt: skip
    return work, tracks
