"""Compiled summaries of segments: call sign, flags, and the field a stay is nearest to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wheelsdown.inference.fields import FieldIndex
from wheelsdown.inference.kernel import JUMP, SEG_GROUND
from wheelsdown.inference.near import course_difference, dist_km, fields_within, rough_km, runway_distance_km
from wheelsdown.inference.points import (
    AWAY,
    ESTIMATED,
    GROUND,
    KM_PER_KT_S,
    REJECTED,
    by_others,
    hurried,
    off_and_far_km,
)
from wheelsdown.jit import compiled

__all__ = ["NEAR", "STAT", "segment_stats"]

NEAR = 12
"""How many fields near a stay are kept: a town has eight pads round its airfield."""
STAT = {
    name: i
    for i, name in enumerate(
        ("callsign", "callsign_first", "callsign_last", "rejected", "estimated", "mlat", "used", "flagged", "away")
    )
}
_STEP_S, _TURN_S, _STEP_KM, _STEP_DEG = 90.0, 40.0, 3.0, 30.0
"""A track that is moved by so much in view, and goes on as it came, was put elsewhere: no single position is wrong."""
_COMPARED_S, _UNTRUE_KT, _UNTRUE_TIMES = 30.0, 80.0, 3


@compiled
def segment_stats(
    seg: Any,
    first: Any,
    t: Any,
    lat: Any,
    lon: Any,
    alt: Any,
    og: Any,
    gs: Any,
    trk: Any,
    vr: Any,
    ps: Any,
    state: Any,
    callsign: Any,
    fx: FieldIndex,
    radius_km: float,
) -> Any:
    """Summarise each segment of `kernel.segment`.

    Returns
    -------
    stats : int64 array (n, len(STAT)); codes and counts, -1 where there is none
    places : float64 array (n, 10)
        Latitude and longitude where it stood, longest silence inside (s), slowest speed (kt); first and last time (s
        since 1970) of an excursion from which the track came back, of a silence too short for its distance, and of
        positions that do not move as fast as they say.
    near : float64 array (n, NEAR, 2); field and distance in km, nearest first, for stays
    """
    n = seg.shape[0]
    stats = np.full((n, 9), -1, dtype=np.int64)
    places = np.full((n, 10), np.nan)
    near = np.full((n, NEAR, 2), np.nan)
    buf = np.empty(4096, dtype=np.int64)
    for s in range(n):
        lo, hi = seg[s, 2], seg[s, 3]
        rejected, estimated, mlat, used, flagged, away = 0, 0, 0, 0, 0, 0
        away_first, away_last, hurry_first, hurry_last = np.nan, np.nan, np.nan, np.nan
        # speed told and speed made are compared over half a minute: nearer positions jitter
        since_row, untrue, untrue_from, untrue_first, untrue_last = -1, 0, np.nan, np.nan, np.nan
        # positions set aside between two segments count with the later one, and after the last with it
        g = seg[s, 0]
        since = seg[s - 1, 3] + 1 if s > 0 and seg[s - 1, 0] == g else first[g]
        until = hi + 1 if s + 1 < n and seg[s + 1, 0] == g else first[g + 1]
        for i in range(since, lo):
            rejected += state[i] == REJECTED
            estimated += state[i] == ESTIMATED
            if state[i] == AWAY:
                away += 1
                away_last = t[i]
                if away == 1:
                    away_first = t[i]
        for i in range(hi + 1, until):
            rejected += state[i] == REJECTED
            estimated += state[i] == ESTIMATED
        major, votes = -1, 0
        first_cs, last_cs = -1, -1
        silence, last = 0.0, -1
        calm, stepped = False, np.nan
        if (
            s > 0
            and seg[s - 1, 0] == g
            and seg[s, 4] < JUMP
            and hurried(seg[s - 1, 3], lo, t, lat, lon, alt, gs, trk, vr, ps)
        ):
            hurry_first, hurry_last = t[lo], t[lo]
        slowest, slow_row = np.inf, lo
        for i in range(lo, hi + 1):
            if state[i] == REJECTED:
                rejected += 1
                continue
            if state[i] == ESTIMATED:
                estimated += 1
                continue
            if state[i] == AWAY:
                away += 1
                away_last = t[i]
                if away == 1:
                    away_first = t[i]
                continue
            used += 1
            if by_others(i, ps):
                mlat += 1
            if og[i] == 1:
                flagged += 1
            c = callsign[i]
            if c >= 0:
                if first_cs < 0:
                    first_cs = c
                last_cs = c
                # majority vote (Boyer and Moore 1981): the call sign heard more than half the time, if there is one
                if votes == 0:
                    major, votes = c, 1
                elif c == major:
                    votes += 1
                else:
                    votes -= 1
            if last >= 0 and t[i] - t[last] > silence:
                silence = t[i] - t[last]
            if last >= 0 and t[i] - t[last] >= 30.0 and hurried(last, i, t, lat, lon, alt, gs, trk, vr, ps):
                hurry_last = t[i]
                if math.isnan(hurry_first):
                    hurry_first = t[i]
            if last >= 0:
                off, far = _step_km(last, i, t, lat, lon, gs, trk, ps)
                still = off < 0.15 + 0.12 * far
                # in more than some seconds it may have turned out and back, but came no farther than it flew
                soon = t[i] - t[last] <= _TURN_S or (
                    off > _STEP_KM and dist_km(lat[last], lon[last], lat[i], lon[i]) > 1.05 * far + 0.5
                )
                if still and not math.isnan(stepped):
                    hurry_last = stepped
                    if math.isnan(hurry_first) or stepped < hurry_first:
                        hurry_first = stepped
                stepped = t[i] if calm and soon and off > max(_STEP_KM, 0.35 * far) else np.nan
                calm = still
            last = i
            if not math.isnan(gs[i]) and gs[i] < slowest:
                slowest, slow_row = gs[i], i
            if since_row < 0 or t[i] - t[since_row] >= _COMPARED_S:
                j = since_row
                since_row = i
                if j < 0 or t[i] - t[j] > 4.0 * _COMPARED_S or by_others(i, ps):
                    untrue = 0
                    continue
                made = rough_km(lat[j], lon[j], lat[i], lon[i]) / (t[i] - t[j]) / KM_PER_KT_S
                # a speed that stays the same is one left over: it is the positions that are news
                if gs[i] - made > _UNTRUE_KT and gs[j] - made > _UNTRUE_KT and gs[i] != gs[j]:
                    untrue += 1
                    if untrue == 1:
                        untrue_from = t[j]
                    if untrue >= _UNTRUE_TIMES:
                        untrue_last = t[i]
                        if math.isnan(untrue_first):
                            untrue_first = untrue_from
                else:
                    untrue = 0
        stats[s, 0], stats[s, 1], stats[s, 2] = major, first_cs, last_cs
        stats[s, 3], stats[s, 4], stats[s, 5], stats[s, 6] = rejected + away, estimated, mlat, used
        stats[s, 7], stats[s, 8] = flagged, away
        places[s, 0], places[s, 1], places[s, 2], places[s, 3] = lat[slow_row], lon[slow_row], silence, slowest
        places[s, 4], places[s, 5], places[s, 6], places[s, 7] = away_first, away_last, hurry_first, hurry_last
        places[s, 8], places[s, 9] = untrue_first, untrue_last
        if seg[s, 1] == SEG_GROUND:
            _nearest(lo, hi, lat, lon, state, fx, radius_km, buf, near[s])
    return stats, places, near


@compiled
def _step_km(i: int, j: int, t: Any, lat: Any, lon: Any, gs: Any, trk: Any, ps: Any) -> tuple[float, float]:
    """How far a step ends from where speed and course lead, and how far they lead; nan where they do not tell."""
    if not (gs[i] > 100.0 and gs[j] > 100.0) or t[j] - t[i] > _STEP_S:
        return np.nan, np.nan
    if not abs(course_difference(trk[i], trk[j])) <= _STEP_DEG:
        return np.nan, np.nan
    if by_others(i, ps) or by_others(j, ps):
        return np.nan, np.nan
    return off_and_far_km(i, j, t, lat, lon, gs, trk)


@compiled
def _nearest(
    lo: int, hi: int, lat: Any, lon: Any, state: Any, fx: FieldIndex, radius_km: float, buf: Any, out: Any
) -> None:
    """Rank fields by the mean distance of up to 40 ground positions from their runways."""
    used = 0
    for i in range(lo, hi + 1):
        if state[i] == GROUND:
            used += 1
    stride = max(1, used // 40)
    n = fields_within(lat[lo], lon[lo], radius_km + 4.0, fx, buf)
    for q in range(n):
        k = buf[q]
        total, m, seen = 0.0, 0, 0
        for i in range(lo, hi + 1):
            if state[i] != GROUND:
                continue
            if seen % stride == 0:
                d = runway_distance_km(lat[i], lon[i], k, fx)
                total += d
                m += 1
                if d > 12.0:
                    break
            seen += 1
        if m == 0 or total / m > radius_km:
            continue
        d = total / m
        p = NEAR
        while p > 0 and not out[p - 1, 1] <= d:
            p -= 1
        for w in range(NEAR - 1, p, -1):
            out[w, 0], out[w, 1] = out[w - 1, 0], out[w - 1, 1]
        if p < NEAR:
            out[p, 0], out[p, 1] = float(k), d


@compiled
def silence_rows(seg: Any, t: Any, state: Any, least_s: float) -> Any:
    """Rows (before, after) of each silence of at least `least_s`, within and between segments of one track."""
    out = np.empty((max(16, seg.shape[0]), 2), dtype=np.int64)
    n = 0
    last = -1
    group = -1
    for s in range(seg.shape[0]):
        if seg[s, 0] != group:
            group, last = seg[s, 0], -1
        for i in range(seg[s, 2], seg[s, 3] + 1):
            if state[i] > GROUND:
                continue
            if last >= 0 and t[i] - t[last] >= least_s:
                if n == out.shape[0]:
                    bigger = np.empty((2 * n, 2), dtype=np.int64)
                    bigger[:n] = out
                    out = bigger
                out[n, 0], out[n, 1] = last, i
                n += 1
            last = i
    return out[:n].copy()


@compiled
def other_field_km(k: int, need_m: float, fx: FieldIndex) -> float:
    """Distance from field k to the nearest other field with a runway of at least `need_m`; inf within 300 km."""
    buf = np.empty(8192, dtype=np.int64)
    for radius in (40.0, 120.0, 300.0):
        n = fields_within(fx.f_lat[k], fx.f_lon[k], radius, fx, buf)
        best = np.inf
        for q in range(n):
            j = buf[q]
            if j == k or fx.f_kind[j] != 0 or not fx.f_length_m[j] >= need_m:
                continue
            d = dist_km(fx.f_lat[k], fx.f_lon[k], fx.f_lat[j], fx.f_lon[j])
            if 1.0 < d < best:
                best = d
        if best < np.inf:
            return best
    return np.inf
