"""Mean visits a day around the beginning of events (superposed epoch), with the band that chance leaves all lags."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import numpy as np
import polars as pl

from wheelsdown.analysis.timing_bins import EVENTS_LEAST, onsets_of, period_of
from wheelsdown.analysis.timing_shift import Counts, shifts
from wheelsdown.errors import UsageError
from wheelsdown.schema import EPOCH

__all__ = ["epoch"]

_LEVEL: Final = 0.95


def epoch(
    series: pl.DataFrame,
    events: pl.DataFrame,
    *,
    since: datetime,
    until: datetime,
    time_zone: str = "UTC",
    lags_days: int = 60,
    draws: int = 9999,
    seed: int = 0,
    regimes: Sequence[date] = (),
) -> pl.DataFrame:
    """Average visits a day by their distance from the first days of events.

    Parameters
    ----------
    series : frame of SERIES
        Of one airfield.
    events : frame of EVENTS
        Those of one day are one; those known to the month only take no part.
    since, until : datetime
        The period, aware, the end not included.
    time_zone : str
        IANA zone of the days; that of the series.
    lags_days : int
        From so many days before to so many after.
    draws, seed : int
        Shifts of the visits, and their seed; the same shifts as in `timing`.
    regimes : dates
        As in `timing`.

    Returns
    -------
    EPOCH
        One row a lag. Visits over days observed, all events together; null where no event was observed at that lag.
        The band is simultaneous: in 95 % of the shifts the whole curve lies inside it. Its width follows the spread at
        each lag, so that no lag decides alone. No rows where nothing can be compared: fewer than three events, no
        visits, no exposure.

    Raises
    ------
    UsageError
        As in `timing`; or lags or draws are out of range.

    Notes
    -----
    Chree 1913, doi:10.1098/rsta.1913.0003; the band by the largest standardised deviation over all lags, as in
    Westfall and Young 1993. It is a picture, not a test of its own: the test is `timing`. It cannot tell one event
    with many visits from many events with one.
    """
    if not 1 <= lags_days <= 3660:
        raise UsageError(f"{lags_days} days before and after: from 1 to 3660")
    if not 19 <= draws <= 1_000_000:
        raise UsageError(f"{draws} draws: from 19 to 1,000,000")
    period = period_of(series, since, until, time_zone, regimes)
    onsets, _ = onsets_of(events, period)
    exact = np.array([o.at for o in onsets if o.precision <= 1.0], dtype=np.int64)
    bins = period.bins
    if exact.size < EVENTS_LEAST or bins.visits.sum() == 0 or bins.exposure.sum() <= 0:
        return EPOCH.empty()
    lags = np.arange(-lags_days, lags_days + 1)
    day = exact[:, None] + lags[None, :]
    there = (day >= 0) & (day < bins.size)
    day = np.where(there, day, 0)
    weight = np.where(there, bins.exposure[day], 0.0)
    observed_days = weight.sum(axis=0)
    seen = observed_days > 0
    span = np.where(seen, observed_days, 1.0)

    def rates(counts: Counts) -> Counts:
        out: Counts = np.where(there, counts[:, day], 0.0).sum(axis=1) / span
        return out

    real = rates(bins.visits[None, :].astype(np.float64))[0]
    portions = shifts(bins, draws, np.random.default_rng(seed))
    drawn = np.concatenate([rates(p) for counts in portions for p in _halved(counts, day.size)])
    middle, spread = drawn.mean(axis=0), drawn.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    farthest = np.max(np.where(seen & (spread > 0), np.abs(drawn - middle) / scale, 0.0), axis=1)
    reach = float(np.quantile(farthest, _LEVEL, method="higher"))
    table = pl.DataFrame(
        {
            "airfield": pl.Series([period.airfield] * lags.size, dtype=pl.String),
            "lag_days": lags,
            "rate_per_day": real,
            "band_least": np.maximum(middle - reach * spread, 0.0),
            "band_most": middle + reach * spread,
            "events": (there & (weight > 0)).sum(axis=0),
        }
    )
    hidden = pl.Series(~seen)
    blank = [
        pl.when(hidden).then(None).otherwise(pl.col(n)).alias(n) for n in ("rate_per_day", "band_least", "band_most")
    ]
    return EPOCH.conform(table.with_columns(blank))


def _halved(counts: Counts, cells: int) -> list[Counts]:
    """Cut draws so that events times lags fit into memory."""
    portion = max(1, 4_000_000 // max(1, cells))
    return [counts[i : i + portion] for i in range(0, counts.shape[0], portion)]
