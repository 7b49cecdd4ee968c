"""Rows of GAPS: stretches in which none of the providers at hand received an aircraft."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from wheelsdown.inference.kernel import SEG_GROUND, STOP_FITS
from wheelsdown.inference.near import dist_km
from wheelsdown.inference.points import GROUND
from wheelsdown.inference.rows import Rows, key_of
from wheelsdown.inference.stats import silence_rows
from wheelsdown.inference.stops import Work
from wheelsdown.schema import GAPS

__all__ = ["gap_rows", "groups_of_address", "silences"]

_REASON = "not received in between; whether switched off or out of range cannot be told from this aircraft alone"


def groups_of_address(work: Work) -> dict[str, list[int]]:
    """Tracks of each address that more than one provider received; a second aircraft on it is none of them."""
    found: dict[str, list[int]] = {}
    for g, (address, _, _) in enumerate(work.tracks.keys):
        if address is not None and g not in work.tracks.part_of:
            found.setdefault(address, []).append(g)
    return {address: groups for address, groups in found.items() if len(groups) > 1}


def silences(work: Work) -> Any:
    """Rows (before, after) of each silence of `rules.gap_min` or more, over all providers of an aircraft."""
    least_s = 60.0 * work.rules.gap_min
    found = silence_rows(work.seg, work.tracks.t, work.state, least_s)
    shared = groups_of_address(work)
    if not shared:
        return found
    first, t = work.tracks.first, work.tracks.t
    several = {g for groups in shared.values() for g in groups}
    group = np.searchsorted(first, found[:, 0], side="right") - 1
    parts = [found[~np.isin(group, list(several))]]
    for groups in shared.values():
        rows = np.concatenate([np.arange(first[g], first[g + 1]) for g in groups])
        rows = rows[work.state[rows] <= GROUND]
        rows = rows[np.argsort(t[rows], kind="stable")]
        at = np.flatnonzero(np.diff(t[rows]) >= least_s)
        parts.append(np.stack([rows[at], rows[at + 1]], axis=1))
    return np.concatenate(parts)


def gap_rows(
    work: Work, found: Any, *, wanted: Callable[[int, float], bool] = lambda group, until: True
) -> pl.DataFrame:
    """GAPS of the silences found; `wanted` chooses by track and end."""
    rows = Rows(GAPS)
    tr, starts = work.tracks, work.seg[:, 2]
    for a, b in found:
        i, j = int(a), int(b)
        s_i, s_j = (int(np.searchsorted(starts, q, side="right")) - 1 for q in (i, j))
        group = int(work.seg[s_i, 0])
        if not wanted(group, float(tr.t[j])):
            continue
        key, other = key_of(work, group), key_of(work, int(work.seg[s_j, 0]))
        d = float(dist_km(tr.lat[i], tr.lon[i], tr.lat[j], tr.lon[j]))
        dt = float(tr.t[j] - tr.t[i])
        rows.add(
            icao24=key.address, track_id=key.track, source="+".join(sorted({key.source, other.source})),
            callsign_before=_name(tr, i), callsign_after=_name(tr, j),
            from_utc=float(tr.t[i]), to_utc=float(tr.t[j]), duration_min=dt / 60.0,
            from_latitude_deg=float(tr.lat[i]), from_longitude_deg=float(tr.lon[i]),
            to_latitude_deg=float(tr.lat[j]), to_longitude_deg=float(tr.lon[j]),
            from_altitude_ft=_none(tr.alt[i]), to_altitude_ft=_none(tr.alt[j]),
            from_on_ground=bool(work.state[i] == GROUND), to_on_ground=bool(work.state[j] == GROUND),
            distance_km=d, implied_speed_kt=d / 1.852 / (dt / 3600.0), kind=_kind(work, s_i, s_j, d, dt),
            reasons=[_REASON],
            receipts=[tr.receipts[c] for c in sorted({int(tr.receipt[i]), int(tr.receipt[j])}) if c >= 0],
        )  # fmt: skip
    return rows.frame()


def _kind(work: Work, s_i: int, s_j: int, d_km: float, dt_s: float) -> str:
    ground_i, ground_j = (work.seg[s, 1] == SEG_GROUND for s in (s_i, s_j))
    if ground_i and ground_j:
        return "on_ground" if d_km <= work.rules.same_stay_km else "moved"
    if s_i == s_j:
        return "en_route"
    if ground_i or ground_j or work.seg[s_j, 4] == STOP_FITS:
        return "stop_fits"
    # two providers: at 150 kt straight through, is there time for a stop
    spare_s = dt_s - d_km / (150.0 * 1.852 / 3600.0)
    return "stop_fits" if spare_s >= 60.0 * work.rules.stop_excess_min else "en_route"


def _name(tr: Any, i: int) -> str | None:
    c = int(tr.callsign[i])
    return tr.callsigns[c] if c >= 0 else None


def _none(x: Any) -> float | None:
    return None if math.isnan(x) else float(x)
