"""Which of the received positions an archive keeps, compiled.

After readsb's `traceAdd`: a point is written when track, height or the ground flag have changed, else at intervals, and
always the last one before a silence and the first one after it.
"""

from __future__ import annotations

from typing import Any

from wheelsdown.jit import compiled
from wheelsdown.simulate.steering import wrapped

__all__ = ["snapshots", "thin"]

_SILENCE_S = 60.0


@compiled
def thin(rows: Any, index: Any, cruise_s: float, low_s: float, ground_s: float, keep: Any) -> int:
    """Fill `keep` with the kept ones of `index` (received rows, in order of time); give their number."""
    n = len(index)
    m = 0
    last = -1
    for q in range(n):
        i = index[q]
        kept = q == 0 or q == n - 1
        if not kept:
            j = keep[m - 1]
            dt = rows[i, 0] - rows[j, 0]
            if rows[i, 7] != rows[j, 7]:
                kept = True
            elif rows[i, 7] > 0.0:
                parked = rows[i, 4] < 1.0 and rows[j, 4] < 1.0
                kept = dt >= (3.0 * ground_s if parked else ground_s) or (
                    not parked and abs(wrapped(rows[i, 5] - rows[j, 5])) > 8.0
                )
            else:
                low = rows[i, 3] - rows[i, 9] < 10000.0
                kept = (
                    dt >= (low_s if low else cruise_s)
                    or abs(wrapped(rows[i, 5] - rows[j, 5])) > (2.0 if low else 4.0)
                    or abs(rows[i, 3] - rows[j, 3]) > (150.0 if low else 900.0)
                )
            # before a silence
            if not kept and rows[index[q + 1], 0] - rows[i, 0] > _SILENCE_S:
                kept = True
            if not kept and rows[i, 0] - rows[last, 0] > _SILENCE_S:
                kept = True
        last = i
        if kept:
            keep[m] = i
            m += 1
    return m


@compiled
def snapshots(rows: Any, index: Any, every_s: float, oldest_s: float, keep: Any) -> int:
    """Fill `keep` with the newest received row before each snapshot, if it is not older than `oldest_s`."""
    n = len(index)
    m = 0
    for q in range(n):
        i = index[q]
        shot = (int(rows[i, 0] / every_s) + 1) * every_s
        if shot - rows[i, 0] <= oldest_s and (q == n - 1 or rows[index[q + 1], 0] >= shot):
            keep[m] = i
            m += 1
    return m
