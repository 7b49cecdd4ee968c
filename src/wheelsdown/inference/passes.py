"""Low passes, go-arounds and touch-and-goes: what looked like a landing and was not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wheelsdown.inference.fields import FieldIndex
from wheelsdown.inference.kernel import SEG_AIR
from wheelsdown.inference.near import course_difference, nearest_field
from wheelsdown.inference.points import AIR
from wheelsdown.jit import compiled

__all__ = ["PASS", "low_passes"]

PASS = {
    name: i
    for i, name in enumerate(
        ("segment", "field", "first", "last", "lowest", "height_ft", "speed_kt", "lined_up", "touched", "distance_km")
    )
}
NEAR_KM = 1.5
LOW_FT = 1500.0
LINED_UP_FT = 3000.0
_EVERY_S = 4.0


@compiled
def low_passes(
    seg: Any, t: Any, lat: Any, lon: Any, alt: Any, og: Any, gs: Any, trk: Any, state: Any, fx: FieldIndex
) -> Any:
    """Find stretches of flight over or beside a runway, low or lined up with it.

    Parameters
    ----------
    seg, t, lat, lon, alt, og, gs, trk, state, fx
        As in `kernel.segment`.

    Returns
    -------
    float64 array (n, len(PASS))

    Notes
    -----
    What it cannot see: a pass lower than the receivers reach; heights lack QNH and may be 900 ft off.
    """
    out = np.empty((64, 10), dtype=np.float64)
    n = 0
    buf = np.empty(4096, dtype=np.int64)
    for s in range(seg.shape[0]):
        if seg[s, 1] != SEG_AIR:
            continue
        current = -1
        last_t = -1e18
        for i in range(seg[s, 2], seg[s, 3] + 1):
            if state[i] != AIR or math.isnan(alt[i]) or alt[i] > 20000.0 or (t[i] - last_t < _EVERY_S and og[i] != 1):
                continue
            last_t = t[i]
            k, d = nearest_field(lat[i], lon[i], NEAR_KM, True, fx, buf)
            if k < 0 or math.isnan(fx.f_elev_ft[k]):
                continue
            height = alt[i] - fx.f_elev_ft[k]
            if height > LINED_UP_FT or height < -1500.0:
                continue
            lined = False
            for r in range(fx.r_first[k], fx.r_first[k + 1]):
                off = abs(course_difference(trk[i], fx.r_heading_deg[r])) if not math.isnan(trk[i]) else 90.0
                lined = lined or off <= 10.0 or off >= 170.0
            if height > LOW_FT and not lined:
                continue
            if current >= 0 and out[current, 1] == k and t[i] - t[int(out[current, 3])] <= 90.0:
                c = current
            else:
                if n == out.shape[0]:
                    bigger = np.empty((2 * n, 10), dtype=np.float64)
                    bigger[:n] = out
                    out = bigger
                c = n
                n += 1
                out[c, 0], out[c, 1], out[c, 2], out[c, 5] = s, k, i, np.inf
                out[c, 6], out[c, 7], out[c, 8], out[c, 9] = np.inf, 0.0, 0.0, d
                current = c
            out[c, 3] = i
            if height < out[c, 5]:
                out[c, 4], out[c, 5] = i, height
            out[c, 6] = min(out[c, 6], gs[i])
            if lined:
                out[c, 7] = 1.0
            if og[i] == 1:
                out[c, 8] = 1.0
            out[c, 9] = min(out[c, 9], d)
    return out[:n].copy()
