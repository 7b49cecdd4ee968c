"""What would have been seen at an airfield, day by day: the exposure of every rate, and what counts may have missed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.analysis.heard import CEILING_FT, HEARD, RADIUS_KM, Silences, heard, silences
from wheelsdown.analysis.hidden_outages import Ends, hidden_loss
from wheelsdown.analysis.observed_words import (
    WEAK_ENDS,
    deaf_reason,
    half_reason,
    none_heard,
    none_low,
    outage_reason,
    too_few,
    too_little,
)
from wheelsdown.analysis.pooling import Pool, Pools
from wheelsdown.analysis.reference_ends import ARRIVAL, known_ends, weighed
from wheelsdown.analysis.seen import DEPENDENCE, combined
from wheelsdown.errors import TableError
from wheelsdown.schema import OBSERVABILITY, VISITS

__all__ = ["CANNOT_TELL", "HEARD", "heard", "observability"]

CANNOT_TELL: Final = "these files cannot show how many were missed"
WHOLE, HALF, MISSING, CHOSEN = "whole", "half", "missing", "chosen"
_ONE: Final = timedelta(days=1)
_HOURS: Final = np.arange(24)
_ALIKE: Final = np.full(24, 1.0 / 24.0)
_STAYS_H: Final = (1.0, 2.0, 3.0, 6.0, 12.0)
"""How long visits last where no stop of others tells."""
_OTHERS_LEAST: Final = 10.0
"""Fewer others newly heard in all, or less than one a day, are no measure of receivers."""


@dataclass(frozen=True)
class _Field:
    """All that is known of others at one airfield."""

    days: list[date]
    state: Mapping[date, tuple[str, str | None]]
    quiet: Silences
    hidden: tuple[float, float]
    """Share of visits hidden whole by outages that went unnoticed: likeliest, at most."""
    per_day: Mapping[date, tuple[int, int, list[str]]]
    ends: pl.DataFrame
    pools: Pools
    stays_h: Any
    hours: Any
    """Share of others' touchdowns by hour of the day."""
    first: date
    last: date
    """First and last day on which anything was received, whatever aircraft and place."""


def observability(
    visits: pl.DataFrame,
    heard: pl.DataFrame,
    *,
    airfield: str,
    since: date,
    until: date,
    fleet: Collection[str] = (),
    days: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Tell for each day whether, and how probably, a visit would have left a row.

    Parameters
    ----------
    visits : VISITS
        Of all aircraft in the data, at all places (stops elsewhere show that an aircraft had left).
    heard : polars.DataFrame
        Columns of `HEARD`, from `wheelsdown.analysis.heard.heard`: who was received below FL200 within 100 km. It may
        reach beyond the window: the days around it help to tell what is usual.
    airfield : str
        Code.
    since, until : date
        UTC days, both included.
    fleet : collection of str
        Addresses asked about: they are no measure of themselves.
    days : polars.DataFrame, optional
        day, state (``whole``, ``half``, ``missing``, or ``chosen``: some aircraft only), reason: what the archive
        holds; days it does not name are whole.

    Returns
    -------
    OBSERVABILITY
        One row a day.

    Raises
    ------
    TableError
        A frame lacks a column.

    Notes
    -----
    Whether receivers were up: `silences`. How often the ends of proved stops were received: `known_ends`; while
    receivers were up, over the days nearest in time until thirty arrivals and thirty departures are found, ten at
    least, and never across a change of coverage (`changes`: Pettitt 1979, on the height down to which each end was
    followed). The chance that a visit leaves a row at the field, as airfield or rival: `combined`; intervals are the
    2.5 and 97.5 % quantiles of its draws. On a day with an outage the visit's hours matter: the lower end takes the
    worse, the upper end the better of two guesses, all hours alike and the hours of others, and the stays of others.

    What it cannot see: aircraft that never broadcast; how far the fleet differs from the others (type, equipment,
    hours, heights, side of the field); a day on which nobody flew, which looks like an outage; outages too short to be
    told one by one except through their sum. `counted_probability` is that of others: where the fleet's own tracks
    are denser than theirs (an extract of heatmaps), the fleet's is higher.
    """
    field = _gathered(visits, heard, airfield, since, until, fleet, days)
    window = [since + i * _ONE for i in range((until - since).days + 1)]
    rows = [_row(field, airfield, day) for day in window]
    return OBSERVABILITY.conform(pl.DataFrame(rows, schema=OBSERVABILITY.schema))


def _gathered(
    visits: pl.DataFrame,
    heard_: pl.DataFrame,
    airfield: str,
    since: date,
    until: date,
    fleet: Collection[str],
    days: pl.DataFrame | None,
) -> _Field:
    visits = VISITS.conform(visits, fill=True)
    for column in ("airfield", "day", "hour", "icao24"):
        if column not in heard_.columns:
            raise TableError("heard", column, "missing", "columns of wheelsdown.analysis.heard.HEARD")
    if "source" not in heard_.columns:
        heard_ = heard_.with_columns(source=pl.lit(None, dtype=pl.String))
    if "low" not in heard_.columns:
        heard_ = heard_.with_columns(low=pl.lit(value=True))
    here = heard_.filter((pl.col("airfield") == airfield) & ~pl.col("icao24").is_in(list(fleet)))
    state = _states(days)
    calendar = sorted({since, until, *here["day"].drop_nulls()})
    span = [calendar[0] + i * _ONE for i in range((calendar[-1] - calendar[0]).days + 1)]
    held = np.array([[state.get(d, (WHOLE, None))[0] in (WHOLE, HALF)] * 24 for d in span], dtype=bool)
    first, last = _extent(heard_, visits)
    quiet = silences(here, span, held, _covered(span, first, last))
    ends = known_ends(visits, airfield, fleet, first, last)
    stays = ends.filter(pl.col("seen") & pl.col("dwell_h").is_not_null())["dwell_h"].to_numpy()
    stays = np.quantile(stays, np.linspace(0.025, 0.975, 20)) if len(stays) >= _OTHERS_LEAST else np.array(_STAYS_H)
    stops = weighed(visits, airfield, fleet, first, last)
    by_hour = np.bincount(stops["touchdown"].dt.hour().to_numpy(), weights=stops["weight"].to_numpy(), minlength=24)
    ends = ends.filter(pl.Series(_other_end_heard(ends, span, quiet.up, stays), dtype=pl.Boolean))
    per_day = {
        day: (n, hours, sources)
        for day, n, hours, sources in here.group_by("day")
        .agg(pl.col("icao24").n_unique(), pl.col("hour").n_unique(), pl.col("source").drop_nulls().unique().sort())
        .iter_rows()
    }
    return _Field(
        span,
        state,
        quiet,
        hidden_loss(quiet.fresh, quiet.up, quiet.usual, _of_outages(ends), stays),
        per_day,
        ends,
        Pools(ends, stops),
        stays,
        by_hour / by_hour.sum() if by_hour.sum() >= _OTHERS_LEAST else _ALIKE,
        *_received(heard_, visits, span),
    )


def _of_outages(ends: pl.DataFrame) -> Ends:
    """Give what proved stops say of outages."""
    firm = ends.filter(~pl.col("doubtful"))
    both = firm.filter((pl.col("end") == ARRIVAL) & pl.col("dwell_h").is_not_null() & (pl.col("dwell_h") > 0.0))
    missed = firm.filter(~pl.col("seen"))["end"]
    arrivals = int((missed == ARRIVAL).sum())
    return Ends(both["dwell_h"].to_numpy(), arrivals, len(missed) - arrivals)


def _states(days: pl.DataFrame | None) -> dict[date, tuple[str, str | None]]:
    if days is None:
        return {}
    if missing := [c for c in ("day", "state") if c not in days.columns]:
        raise TableError("days", missing[0], "missing", "day, state (whole, half, missing, chosen), reason")
    reasons = days["reason"] if "reason" in days.columns else pl.Series([None] * days.height, dtype=pl.String)
    if strange := set(days["state"].to_list()) - {WHOLE, HALF, MISSING, CHOSEN}:
        raise TableError("days", "state", min(map(str, strange)), f"{WHOLE}, {HALF}, {MISSING} or {CHOSEN}")
    return {d: (s, r) for d, s, r in zip(days["day"], days["state"], reasons, strict=True)}


def _extent(heard_: pl.DataFrame, visits: pl.DataFrame) -> tuple[datetime | None, datetime | None]:
    """Give the first and last time of which these data tell anything, whatever aircraft and place."""
    known: list[datetime] = []
    if heard_.height:
        at = heard_.select(t=pl.col("day").cast(pl.Datetime("ms", "UTC")) + pl.duration(hours=pl.col("hour")))["t"]
        known += [at.min(), at.max()]  # type: ignore[list-item]
    for column in ("last_before_utc", "first_after_utc", "arrived_latest_utc", "departed_earliest_utc"):
        known += [t for t in (visits[column].min(), visits[column].max()) if isinstance(t, datetime)]
    return (min(known), max(known)) if known else (None, None)


def _received(heard_: pl.DataFrame, visits: pl.DataFrame, span: list[date]) -> tuple[date, date]:
    """Give the first and last day on which anything was received: times worked out from it may lie beyond."""
    times = (visits[c].dt.date() for c in ("last_before_utc", "first_after_utc"))
    known = pl.concat([heard_["day"].cast(pl.Date), *times]).drop_nulls().sort()
    return (known[0], known[-1]) if len(known) else (span[0], span[-1])


def _covered(span: list[date], first: datetime | None, last: datetime | None) -> Any:
    """Mark the hours in which the data lie."""
    out = np.zeros((len(span), 24), dtype=bool)
    if first is None or last is None:
        return out
    start = datetime.combine(span[0], time(), tzinfo=UTC)
    lo, hi = ((t - start) // timedelta(hours=1) for t in (first, last))
    out.reshape(-1)[max(0, lo) : max(0, hi + 1)] = True
    return out


def _other_end_heard(ends: pl.DataFrame, span: list[date], up: Any, stays_h: Any) -> Any:
    """Tell of which ends receivers were most probably up at the time of the end in question.

    Judged from the proving end's time and the usual stays alone, so that received and missed ends are kept alike.
    """
    if not ends.height:
        return np.zeros(0, dtype=bool)
    start = datetime.combine(span[0], time(), tzinfo=UTC)
    at = (ends["known_utc"] - start).dt.total_seconds().to_numpy() / 3600.0
    sign = np.where((ends["end"] == ARRIVAL).to_numpy(), -1.0, 1.0)
    flat = up.reshape(-1)
    chance = np.zeros(len(at))
    for stay in stays_h:
        hour = np.floor(at + sign * stay).astype(np.int64)
        inside = (hour >= 0) & (hour < len(flat))
        chance += np.where(inside, flat[np.clip(hour, 0, len(flat) - 1)], True)
    here = np.clip(np.floor(at).astype(np.int64), 0, len(flat) - 1)
    return (chance / len(stays_h) >= 0.9) & flat[here]


def _row(field: _Field, airfield: str, day: date) -> dict[str, Any]:
    state, why = field.state.get(day, (WHOLE, None))
    aircraft, hours, sources = field.per_day.get(day, (0, 0, []))
    row: dict[str, Any] = {"airfield": airfield, "day": day, "status": "unknown", "sources": sources or None}
    if state == MISSING:
        return row | {"status": "not_observed", "reason": why or "the archive does not hold this day"}
    if state == CHOSEN:
        return row | {"reason": f"{why or 'some aircraft only'}: {CANNOT_TELL}"}
    if not field.per_day:
        return row | {"reason": f"no other traffic in these data: {CANNOT_TELL}"}
    others = sum(n for n, _, _ in field.per_day.values())
    if others < _OTHERS_LEAST or others < len(field.days):
        return row | {"reason": f"{too_little(others, len(field.per_day))}: {CANNOT_TELL}"}
    at = field.days.index(day)
    row |= {
        "aircraft_heard": aircraft,
        "hours_heard": hours,
        "ends_heard": field.pools.ends_on(day),
    }
    if not aircraft:
        row["status"] = "not_observed"
        row["reason"] = none_heard(others / len(field.per_day), RADIUS_KM, CEILING_FT, why)
        return row
    down = [h for h in range(24) if not field.quiet.up[at, h]]
    if len(down) == 24:
        return row | {"status": "not_observed", "reason": none_low(field.quiet.usual, why)}
    reasons = [half_reason(why)] if state == HALF else []
    deaf = [h for h in range(24) if field.quiet.up[at, h] and not field.quiet.surely[at, h]]
    reasons += [outage_reason(down, field.quiet.usual)] if down else []
    reasons += [deaf_reason(deaf)] if deaf else []
    row["status"] = "partly" if down or state == HALF else "observed"
    pool = field.pools.of(day)
    row |= {
        "reach_ft": pool.reach_ft,
        "arrivals_known": pool.known.arrivals.known,
        "arrivals_seen": pool.known.arrivals.seen,
        "departures_known": pool.known.departures.known,
        "departures_seen": pool.known.departures.seen,
    }
    if not pool.enough:
        row["status"] = "unknown"
        reasons.append(f"{too_few(pool.known)}: {CANNOT_TELL}")
        return row | {"reason": "; ".join(reasons)}
    reasons += [WEAK_ENDS] if pool.weak > 0.0 else []
    # the radius of a pool may reach beyond the data: days that nobody read were not pooled
    first, last = (min(max(d, field.first), field.last) for d in (pool.first, pool.last))
    row |= {"pooled_from": first, "pooled_to": last, "reason": "; ".join(reasons) or None}
    return row | _chances(field, at, pool)


def _chances(field: _Field, at: int, pool: Pool) -> dict[str, float | None]:
    """Give the chance that a visit of this day leaves a row, with its interval, and that it is counted."""
    quiet = field.quiet
    independent, middling, dependent = DEPENDENCE

    def told(up: Any, dependence: float, quantile: float, *, pessimistic: bool) -> list[float]:
        s = combined(pool.known, dependence=dependence, pessimistic=pessimistic)
        shares = [_exposure(up, at, hours, field.stays_h) for hours in (_ALIKE, field.hours)]
        drawn = [share[0] * s.both + share[1] * s.arrival + share[2] * s.departure for share in shares]
        return [float(np.quantile(d, quantile)) for d in drawn]

    low = min(told(quiet.surely, dependent, 0.025, pessimistic=True)) * (1.0 - field.hidden[1])
    low *= 1.0 - pool.misnamed[1]
    middles = [m for up in (quiet.up, quiet.surely) for m in told(up, middling, 0.5, pessimistic=False)]
    seen = sum(middles) / len(middles) * (1.0 - field.hidden[0]) * (1.0 - pool.misnamed[0])
    high = max(told(quiet.perhaps, independent, 0.975, pessimistic=False))
    if _may_be_all(pool, float(np.median(combined(pool.known, dependence=middling, pessimistic=False).both))):
        high = max(sum(_exposure(quiet.perhaps, at, hours, field.stays_h)) for hours in (_ALIKE, field.hours))
    return {
        "seen_probability": seen,
        "seen_least": min(low, seen),
        "seen_most": min(1.0, max(high, seen)),
        "counted_probability": None if pool.counted is None else seen * pool.counted,
    }


def _may_be_all(pool: Pool, both: float) -> bool:
    """Tell whether it may well be that none of the pooled stops was missed at both ends (Poisson, 2.5 %)."""
    stops = max(pool.known.arrivals.known, pool.known.departures.known)
    return stops * (1.0 - both) / both < -math.log(0.025)


def _exposure(up: Any, at: int, hours: Any, stays_h: Any) -> tuple[float, float, float]:
    """Give the shares of a day's visits of which both ends, only the arrival, only the departure fall into hours up."""
    flat = up.reshape(-1)
    came = flat[at * 24 : at * 24 + 24].astype(np.float64)
    both = arrival = 0.0
    departure = 0.0
    for stay in stays_h:
        # a stay of so many hours, landed anywhere in the hour: part of the take-offs fall into the next hour
        whole, part = int(stay), stay - int(stay)
        left = np.zeros(24)
        for step, share in ((whole, 1.0 - part), (whole + 1, part)):
            hour = at * 24 + _HOURS + step
            left += share * np.where(hour < len(flat), flat[np.clip(hour, 0, len(flat) - 1)], 0.0)
        both += float((hours * came * left).sum())
        arrival += float((hours * came * (1.0 - left)).sum())
        departure += float((hours * (1.0 - came) * left).sum())
    n = len(stays_h)
    return both / n, arrival / n, departure / n
