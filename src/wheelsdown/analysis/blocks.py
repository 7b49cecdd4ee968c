"""Stretches of steady rate, for the graph: Bayesian blocks over the time that was observed."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from wheelsdown.analysis.stats_numbers import Floats
from wheelsdown.errors import UsageError
from wheelsdown.schema import BLOCKS, SERIES

__all__ = ["blocks", "edges"]

P0: Final = 0.01
_DAY: Final = timedelta(days=1)


def blocks(
    series: pl.DataFrame,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    p0: float = P0,
) -> pl.DataFrame:
    """Cut a period into stretches of steady rate.

    Parameters
    ----------
    series : frame of SERIES
        Of one airfield, or of all. Days without exposure are taken out first: they neither begin nor end a stretch, and
        visits on them are left out.
    since, until : datetime, optional
        Ends of the period, where they cut its first and last day.
    p0 : float
        Chance of a false change, each, about; it does not allow for how many there may be.

    Returns
    -------
    BLOCKS
        One row a stretch, without a hole between them; none where no day was observed.

    Raises
    ------
    UsageError
        The series is of several airfields, or `p0` is no probability.

    Notes
    -----
    Scargle et al. 2013, doi:10.1088/0004-637X/764/2/167, fitness of events, with the published prior. Visits of one
    day are spread evenly over it, so that no two are at one time. It is a picture, not a test: for that see `surges`.
    """
    frame = SERIES.conform(series, fill=True).sort("day")
    if frame["airfield"].n_unique() > 1 or frame["day"].is_duplicated().any():
        raise UsageError("the series has more than one row a day: give the series of one airfield")
    exposure = frame["exposure"].fill_null(0.0).to_numpy().astype(np.float64)
    seen = np.flatnonzero(exposure > 0)
    if not seen.size:
        return BLOCKS.empty()
    counts = frame["visits"].fill_null(0).to_numpy().astype(np.int64)
    before = np.concatenate([[0.0], np.cumsum(exposure)])
    at = np.concatenate(
        [before[i] + exposure[i] * (np.arange(counts[i]) + 0.5) / counts[i] for i in seen if counts[i]] or [np.zeros(0)]
    )
    cuts = edges(at, p0=p0, start=0.0, stop=float(before[-1]))
    zone = ZoneInfo(frame["time_zone"].drop_nulls().first() or "UTC")  # type: ignore[arg-type]
    begin, end = _ends(frame["day"].to_list(), zone, since, until)
    times = [begin, *(_time_at(c, before, frame["day"].to_list(), zone) for c in cuts[1:-1]), end]
    inside = np.histogram(at, bins=cuts)[0]
    width = np.diff(cuts)
    return pl.DataFrame(
        {
            "airfield": pl.Series([frame["airfield"][0]] * width.size, dtype=pl.String),
            "began_utc": times[:-1],
            "ended_utc": times[1:],
            "visits": inside,
            "days_observed": width,
            "rate_per_day": inside / width,
            "p0": [p0] * width.size,
        },
        schema=BLOCKS.schema,
    )


def edges(at: Floats, *, p0: float = P0, start: float | None = None, stop: float | None = None) -> Floats:
    """Find where the rate of events changes.

    Parameters
    ----------
    at : ndarray
        Times of events, in any unit. Events at one time count together.
    p0 : float
        Chance of a false change, each, about.
    start, stop : float, optional
        Ends of the time observed; the first and the last event where none are given.

    Returns
    -------
    ndarray
        Ends of the stretches, one more than there are.

    Raises
    ------
    UsageError
        `p0` is no probability above 0 and below 1, or an event lies outside the time observed.

    Notes
    -----
    Scargle et al. 2013: fitness of a block N ln(N/T), prior 4 - ln(73.53 p0 N^-0.478) a block, best cut by dynamic
    programming over the events, N squared steps.
    """
    if not 0.0 < p0 < 1.0:
        raise UsageError(f"p0 is {p0}: it lies between 0 and 1, such as {P0}")
    times, n = np.unique(np.asarray(at, dtype=np.float64), return_counts=True)
    low = start if start is not None else float(times[0]) if times.size else 0.0
    high = stop if stop is not None else float(times[-1]) if times.size else low
    if times.size and (times[0] < low or times[-1] > high):
        raise UsageError("an event lies outside the time observed")
    if times.size < 2:
        return np.array([low, high])
    # every event has a cell that ends halfway to its neighbours
    cells = np.concatenate([[low], (times[1:] + times[:-1]) / 2.0, [high]])
    prior = 4.0 - math.log(73.53 * p0 * float(n.sum()) ** -0.478)
    left = cells[-1] - cells
    best, last = np.zeros(times.size), np.zeros(times.size, dtype=np.int64)
    for r in range(times.size):
        width = left[: r + 1] - left[r + 1]
        count = np.cumsum(n[: r + 1][::-1])[::-1]
        fit = count * (np.log(count) - np.log(width)) - prior
        fit[1:] += best[:r]
        last[r] = int(np.argmax(fit))
        best[r] = fit[last[r]]
    cuts, i = [times.size], times.size
    while i > 0:
        i = int(last[i - 1])
        cuts.append(i)
    return np.asarray(cells[cuts[::-1]])


def _ends(
    days: list[date], zone: ZoneInfo, since: datetime | None, until: datetime | None
) -> tuple[datetime, datetime]:
    first = datetime.combine(days[0], time(), tzinfo=zone).astimezone(UTC)
    last = datetime.combine(days[-1] + _DAY, time(), tzinfo=zone).astimezone(UTC)
    return max(first, since.astimezone(UTC)) if since else first, min(last, until.astimezone(UTC)) if until else last


def _time_at(cut: float, before: Floats, days: list[date], zone: ZoneInfo) -> datetime:
    """Give the time at which so much had been observed."""
    i = min(int(np.searchsorted(before, cut, side="right")) - 1, len(days) - 1)
    begin = datetime.combine(days[i], time(), tzinfo=zone).astimezone(UTC)
    end = datetime.combine(days[i] + _DAY, time(), tzinfo=zone).astimezone(UTC)
    part = float(cut - before[i]) / float(before[i + 1] - before[i])
    return begin + part * (end - begin)
