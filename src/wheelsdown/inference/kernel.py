"""The hot loop: every position is judged once, and each aircraft's track is cut into flying and standing.

One compiled function over arrays sorted by aircraft and time. It knows no names and writes no sentences. Uncompiled
(``NUMBA_DISABLE_JIT=1``) it gives the same result, and the tests hold it to that.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wheelsdown.inference.fields import FieldIndex
from wheelsdown.inference.near import dist_km, nearest_field, rough_km
from wheelsdown.inference.points import GROUND, KM_PER_KT_S, REJECTED, accept, despike
from wheelsdown.inference.standing import label_ground, smooth
from wheelsdown.jit import compiled

__all__ = ["ADJACENT", "JUMP", "LONG", "MOVED", "SEG_AIR", "SEG_GROUND", "STOP_FITS", "segment", "trend_fpm"]

SEG_AIR, SEG_GROUND = 0, 1
ADJACENT, STOP_FITS, JUMP, MOVED, LONG = 0, 1, 2, 3, 4
"""What separates a segment from the one before."""
_LOOSE_S = 1800.0


@compiled
def trend_fpm(i: int, step: int, stop: int, t: Any, alt: Any, vr: Any, state: Any) -> float:
    """Vertical trend at position i over up to two minutes of the track in direction `step` (-1 before, +1 after)."""
    far = -1
    j = i + step
    while j != stop and abs(t[j] - t[i]) <= 120.0:
        if state[j] <= GROUND and not math.isnan(alt[j]):
            far = j
        j += step
    if far >= 0 and not math.isnan(alt[i]) and abs(t[far] - t[i]) >= 5.0:
        return (alt[i] - alt[far]) / (t[i] - t[far]) * 60.0
    return vr[i]


@compiled
def _stop_fits(
    i: int,
    j: int,
    lo: int,
    hi: int,
    t: Any,
    lat: Any,
    lon: Any,
    alt: Any,
    gs: Any,
    vr: Any,
    state: Any,
    rules: Any,
    fx: FieldIndex,
    buf: Any,
) -> bool:
    """Tell whether a stop fits between two airborne positions, and whether the heights speak for it."""
    total = t[j] - t[i]
    if total < 60.0 * rules.stop_excess_min:
        return False
    v = 0.0
    n = 0
    for q in (i, j):
        if not math.isnan(gs[q]):
            v += gs[q]
            n += 1
    v = min(600.0, max(80.0, v / n)) if n else 150.0
    excess = total - dist_km(lat[i], lon[i], lat[j], lon[j]) / (v * KM_PER_KT_S)
    if excess >= 60.0 * rules.long_excess_min and excess > 0.5 * total:
        return True
    if excess < 60.0 * rules.stop_excess_min:
        return False
    down = trend_fpm(i, -1, lo - 1, t, alt, vr, state)
    up = trend_fpm(j, 1, hi, t, alt, vr, state)
    for side in range(2):
        q = i if side == 0 else j
        if math.isnan(alt[q]):
            continue
        k, _d = nearest_field(lat[q], lon[q], 30.0, False, fx, buf)
        ground_ft = 0.0 if k < 0 or math.isnan(fx.f_elev_ft[k]) else fx.f_elev_ft[k]
        h = alt[q] - ground_ft
        if h < 1500.0:
            return True
        if h <= rules.possible_height_ft and ((side == 0 and down < -200.0) or (side == 1 and up > 200.0)):
            return True
    return False


@compiled
def segment(
    first: Any,
    loose: Any,
    t: Any,
    lat: Any,
    lon: Any,
    alt: Any,
    geom: Any,
    og: Any,
    gs: Any,
    trk: Any,
    vr: Any,
    ps: Any,
    rules: Any,
    fx: FieldIndex,
) -> Any:
    """Cut every aircraft's track into flying and standing.

    Parameters
    ----------
    first : int64 array, groups + 1
        Rows of group g are ``first[g]:first[g + 1]``, in order of time.
    loose : bool array, groups
        Tied by an anonymous address, which may be given to another aircraft: nothing is joined over half an hour.
    t : float64 array, seconds since 1970
    lat, lon : float64 arrays, deg
    alt, geom, gs, trk, vr : float32 arrays (ft, ft, kt, deg, ft/min), NaN where unknown
        Impossible values of `alt` are blanked in place.
    og : int8 array; 1 ground, 0 airborne, -1 no flag
    ps : int8 array; position in schema.POSITION_SOURCES
    rules : RuleValues
    fx : FieldIndex

    Returns
    -------
    state : int8 array over rows; AIR, GROUND, REJECTED or ESTIMATED
    segments : int64 array (n, 5)
        group, kind, first row, last row, and what separates it from the segment before
        (ADJACENT, STOP_FITS, JUMP, MOVED, LONG).

    Notes
    -----
    What it cannot see: a stop wholly inside a silence that straight flight explains as well; a landing of an aircraft
    without ground flag that never slows below 50 kt while received.
    """
    n = t.shape[0]
    groups = first.shape[0] - 1
    longest = 0
    for g in range(groups):
        longest = max(longest, first[g + 1] - first[g])
    state = np.full(n, REJECTED, dtype=np.int8)
    jump = np.zeros(n, dtype=np.int8)
    acc = np.empty(longest + 1, dtype=np.int64)
    label = np.empty(longest + 1, dtype=np.int8)
    buf = np.empty(4096, dtype=np.int64)
    cap = max(16, groups * 4)
    seg = np.empty((cap, 5), dtype=np.int64)
    ns = 0
    for g in range(groups):
        lo, hi = first[g], first[g + 1]
        m = accept(lo, hi, t, lat, lon, ps, rules.jump_kt, state, acc, jump)
        if m == 0:
            continue
        despike(m, acc, t, alt)
        label_ground(m, acc, t, lat, lon, alt, geom, og, gs, trk, label, rules, fx, buf)
        smooth(m, acc, t, lat, lon, alt, geom, og, gs, trk, label, rules, fx, buf)
        for q in range(m):
            state[acc[q]] = label[q]
        start = 0
        sep = ADJACENT
        for q in range(m):
            cut = -1
            if q + 1 == m:
                cut = ADJACENT
            else:
                i, j = acc[q], acc[q + 1]
                if jump[j] == 1:
                    cut = JUMP
                elif t[j] - t[i] > (_LOOSE_S if loose[g] else 3600.0 * rules.long_silence_h):
                    cut = LONG
                elif label[q] != label[q + 1]:
                    cut = ADJACENT
                elif label[q] == GROUND:
                    if rough_km(lat[i], lon[i], lat[j], lon[j]) > rules.same_stay_km:
                        cut = MOVED
                elif t[j] - t[i] >= 60.0 * rules.stop_excess_min and _stop_fits(
                    i, j, lo, hi, t, lat, lon, alt, gs, vr, state, rules, fx, buf
                ):
                    cut = STOP_FITS
            if cut >= 0:
                if ns == cap:
                    cap *= 2
                    bigger = np.empty((cap, 5), dtype=np.int64)
                    bigger[:ns] = seg[:ns]
                    seg = bigger
                seg[ns, 0] = g
                seg[ns, 1] = SEG_GROUND if label[q] == GROUND else SEG_AIR
                seg[ns, 2] = acc[start]
                seg[ns, 3] = acc[q]
                seg[ns, 4] = sep
                ns += 1
                start = q + 1
                sep = cut
    return state, seg[:ns].copy()
