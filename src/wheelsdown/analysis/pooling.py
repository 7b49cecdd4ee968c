"""Days put together, nearest first, until they hold enough ends of others; never across a change of coverage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.analysis.reference_ends import ARRIVAL, DEPARTURE
from wheelsdown.analysis.seen import Known, Trials, changes

__all__ = ["ENOUGH", "WANTED", "Pool", "Pools"]

ENOUGH: Final = 10
"""Fewer proved ends say too little (docs/methods.md, Observability)."""
ENOUGH_OF_EACH: Final = 5
"""Of these so many arrivals, and so many departures."""
WANTED: Final = 30
"""So many of each are looked for."""
_LESSER: Final = 0.3
"""Ends that prove less well are left out up to this share of all."""
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True)
class Pool:
    """What some days hold together."""

    first: date
    last: date
    known: Known
    reach_ft: float | None
    counted: float | None
    """Share of the stops that left a row whose row is observed or inferred at the field."""
    weak: float = 0.0
    """Share of the ends whose proving end alone says no more than possible; 0 where these were left out."""

    @property
    def misnamed(self) -> tuple[float, float]:
        """Share of stops like these named after another field, this one not among the rivals: about, at most.

        Where the lowest positions are 3,000 ft above the field one end in 25 is neither named right nor has the right
        field among its rivals (docs/accuracy.md); at 8,500 ft one simulated stop in six (bench/observing.py).
        """
        about = self.weak * min(0.2, max(0.02, ((self.reach_ft or 0.0) - 2_000.0) / 40_000.0))
        return about, min(0.5, 2.0 * about + 0.05 * self.weak)

    @property
    def enough(self) -> bool:
        """Whether a share can be told."""
        known = self.known.arrivals.known, self.known.departures.known
        return min(known) >= ENOUGH_OF_EACH and sum(known) >= ENOUGH


class Pools:
    """Ends of others at one airfield, by day, cut where coverage changed.

    Parameters
    ----------
    ends : polars.DataFrame
        As `wheelsdown.analysis.reference_ends.known_ends` gives them.
    stops : polars.DataFrame
        As `wheelsdown.analysis.reference_ends.weighed` gives them.
    """

    def __init__(self, ends: pl.DataFrame, stops: pl.DataFrame) -> None:
        self._day = _days(ends["known_utc"])
        self._is_arrival = (ends["end"] == ARRIVAL).to_numpy()
        self._seen = ends["seen"].to_numpy()
        self._doubtful = ends["doubtful"].to_numpy()
        self._sure = ends["sure"].to_numpy()
        self._end_weight = ends["weight"].to_numpy()
        self._height = ends["height_ft"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        self._stop_day = _days(stops["touchdown"])
        self._weight = stops["weight"].to_numpy()
        self._counted = stops["counted"].to_numpy()
        self._cuts = self._changes()
        self._made: dict[tuple[int, int, bool], Pool] = {}

    def ends_on(self, day: date) -> int:
        """Count the ends proved on a day that were received."""
        n = (day - _EPOCH).days
        return int((self._seen & (self._day == n)).sum())

    def _changes(self) -> list[int]:
        """Give the days on which coverage changed: no day is pooled with one on the other side."""
        cuts: set[int] = set()
        for kind in (True, False):
            own = (self._is_arrival == kind) & ~self._doubtful
            own = own & self._sure if int((own & self._sure).sum()) >= WANTED else own
            at = np.flatnonzero(own)
            level = np.where(self._seen[at], np.nan_to_num(self._height[at], nan=0.0), np.inf)
            cuts |= {int(self._day[at][i]) for i in changes(level)}
        return sorted(cuts)

    def of(self, day: date) -> Pool:
        """Put together the days around one, nearest in time first, until `WANTED` of each end are found.

        Stops proved by ends that say no more than possible are taken where those proved better are too few, or the
        lesser part.
        """
        every = self._around(day, sure=False)
        best = self._around(day, sure=True)
        return best if best.enough and every.weak <= _LESSER else every

    def _around(self, day: date, *, sure: bool) -> Pool:
        n = (day - _EPOCH).days
        lo = max((c for c in self._cuts if c <= n), default=None)
        hi = min((c for c in self._cuts if c > n), default=None)
        inside = ~self._doubtful & (self._sure | (not sure))
        if lo is not None:
            inside &= self._day >= lo
        if hi is not None:
            inside &= self._day < hi
        radius = 0
        away = np.abs(self._day - n)
        for kind in (True, False):
            own = np.sort(away[inside & (self._is_arrival == kind)])
            if len(own):
                radius = max(radius, int(own[min(WANTED, len(own)) - 1]))
        first, last = n - radius, n + radius
        first = first if lo is None else max(first, lo)
        last = last if hi is None else min(last, hi - 1)
        if (first, last, sure) not in self._made:
            self._made[first, last, sure] = self._pooled(first, last, sure=sure)
        return self._made[first, last, sure]

    def _pooled(self, first: int, last: int, *, sure: bool) -> Pool:
        inside = (self._day >= first) & (self._day <= last) & (self._sure | (not sure))
        firm = inside & ~self._doubtful

        def trials(kind: str) -> Trials:
            own = self._is_arrival == (kind == ARRIVAL)
            missed = own & firm & ~self._seen
            return Trials(
                int((own & firm).sum()),
                int((own & firm & self._seen).sum()),
                round(float(self._end_weight[missed].sum()), 2),
                int((own & inside & self._doubtful).sum()),
            )

        heights = self._height[firm & self._seen & ~np.isnan(self._height)]
        reach = float(np.median(heights)) if len(heights) and float(heights.max()) > 0.0 else None
        stops = (self._stop_day >= first) & (self._stop_day <= last)
        all_ = float(self._weight[stops].sum())
        counted = float(self._weight[stops & self._counted].sum()) / all_ if all_ >= 1.0 else None
        known = Known(trials(ARRIVAL), trials(DEPARTURE))
        weak = float((firm & ~self._sure).sum()) / max(1, int(firm.sum()))
        return Pool(_date(first), _date(last), known, reach, counted, weak)


def _days(times: pl.Series) -> Any:
    return (times.dt.epoch("ms").to_numpy() // 86_400_000).astype(np.int64)


def _date(number: int) -> date:
    return _EPOCH + timedelta(days=number)
