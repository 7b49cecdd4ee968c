"""The rhythm of visits: how often, with what certainty, and whether "every other day" may be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from wheelsdown.analysis.cadence_claim import Extremes, Further, extremes, ids_of, reasons_of
from wheelsdown.analysis.cadence_words import ASSUMED, told
from wheelsdown.analysis.covering import Covers, amount, between, days_covered, no_day, unknown_days
from wheelsdown.analysis.exposure import exposure_of, utc_days
from wheelsdown.analysis.grading import STRENGTH
from wheelsdown.analysis.series import series
from wheelsdown.analysis.sorting import COUNTED, Sorted, sort_visits
from wheelsdown.analysis.stats_intervals import clopper_pearson, garwood
from wheelsdown.analysis.surges_words import from_logs
from wheelsdown.errors import UsageError
from wheelsdown.schema import CADENCE, SELECTIONS, VISITS

__all__ = ["ASSUMED", "cadence"]

_RESAMPLED: Final = 4000
_GAPS_LEAST: Final = 4
"""Gaps from which an interval of their median is worth printing: five visits."""
_PICKED: Final = "taken as chosen by hand: no rate, no rhythm and no share of days, for what was left out is not there"


@dataclass(frozen=True)
class _Days:
    """The days that a rate rests on."""

    days: float
    """Days observed."""
    exposure: float
    """The same times the chance that a visit is counted, where other traffic tells."""
    least: float
    """The same times the least chance that a visit leaves any row."""
    how: str
    off: frozenset[date]
    """UTC days of the window that were not observed."""
    which: bool
    """Whether it is known which days were observed."""
    seen: float | None = None
    """Chance that a visit on these days left a row, where other traffic tells."""
    judged: bool = False
    """The days are judged from other traffic."""


def cadence(
    visits: pl.DataFrame,
    *,
    since: datetime,
    until: datetime,
    airfield: str | None = None,
    exposure_days: float | None = None,
    observability: pl.DataFrame | None = None,
    time_zone: str = "UTC",
    grades: Sequence[str] = COUNTED,
    selection: str = "all",
    what: str | None = None,
    seed: int = 0,
    covers: Covers = None,
) -> pl.DataFrame:
    """Tell how often visits came.

    Parameters
    ----------
    visits : frame of VISITS
        Rows at other airfields, outside the window, set aside or rejected are left out here, and named.
    since, until : datetime
        The window of touchdowns, aware, the end not included. A rate without its window says nothing: twenty flights
        are one every 2.2 days of the 44 of a war, and one every 4.5 of the three months around it.
    airfield : str, optional
        Code; None: all.
    exposure_days : float, optional
        Days of the window that were observed, where somebody knows; not together with `observability`.
    observability : frame of OBSERVABILITY, optional
        Of the airfield. Days not observed leave the exposure, and visits on them the count; a day observed has the
        chance that a visit is counted, as in `series.series`. Without either, every day of the window is taken as
        observed, and the sentence says so.
    time_zone : str
        IANA zone of the days that are counted and of the sentence.
    grades : sequence of str
        Grades counted.
    selection : str
        all, fleet, hand_picked (`schema.SELECTIONS`): files picked by hand have no rhythm.
    what : str, optional
        Which visits they are, for the table.
    seed : int
        Of the resampling behind the interval of the median gap.
    covers : pair of datetime, optional
        As in `series.series`: days outside are no exposure where nothing else tells of them.

    Returns
    -------
    CADENCE
        One row. Rate with its exact interval (Garwood 1936); one visit every T/n days, with that interval turned over;
        median days between touchdowns with a percentile interval (Efron 1979); share of days with a visit (Clopper and
        Pearson 1934). `every_other_day` is true only if 2 days lie in the interval and its upper end is at most 3 days,
        both at the slowest rhythm (observed and inferred visits alone, over the days observed) and at the quickest
        (every row that may be a visit, and the share not received); `every_slowest` and `every_quickest` are the outer
        ends of these two.

    Raises
    ------
    UsageError
        The window is empty or naive, a grade or selection is unknown, or the exposure is longer than the window.

    Notes
    -----
    The interval supposes that visits come one by one at a steady rate; convoys and campaigns vary more. What was not
    received it knows only as far as other traffic tells; where none does, unseen visits make the true rhythm quicker.
    """
    _check(since, until, grades, selection, exposure_days, observability)
    rows = sort_visits(visits, airfield=airfield, since=since, until=until)
    may = rows.all.filter(pl.col("_role").is_in(("counted", "weaker")) & pl.col("grade").is_in(list(grades)))
    may = may.with_columns(_at=pl.coalesce("arrived_utc", "arrived_latest_utc")).sort("_at", "visit_id")
    known = _days(observability, airfield, since, until, exposure_days, time_zone, grades)
    if covers is not None and known.how == ASSUMED:
        log = from_logs(visits["source"].drop_nulls().unique().to_list())
        known = _covered(covers, since, until, time_zone, log=log)
    on_day = pl.col("_at").dt.convert_time_zone("UTC").dt.date()
    off = may.filter(on_day.is_in(list(known.off)))
    used = may.filter(~on_day.is_in(list(known.off)))
    refused = _refused(known, selection)
    if selection == "hand_picked":
        used, off = may, may.clear()
    further = _further(rows, frozenset() if selection == "hand_picked" else known.off, grades)
    reasons = [refused] if refused else []
    reasons += further.named()
    if ids := rows.role("rejected")["visit_id"].to_list():
        reasons.append(f"not counted, rejected by a person: {ids_of(ids)}")
    if ids := off["visit_id"].to_list():
        reasons.append(f"not counted, on days not observed: {ids_of(ids)}")
    row: dict[str, Any] = {
        "airfield": airfield,
        "what": what,
        "from_utc": since,
        "to_utc": until,
        "time_zone": time_zone,
        "grades": list(grades),
        "visits": used.height,
        "exposure_days": None if refused else known.exposure,
        "exposure_how": refused or known.how,
        "visit_ids": used["visit_id"].to_list(),
    }
    ends: Extremes | None = None
    if refused is None:
        row |= _rate(used.height, known.exposure)
        row |= _gaps(used["_at"].to_list(), known, seed)
        row |= _share(used["_at"].to_list(), known, since, until, time_zone)
        row |= {"_seen": known.seen, "_days": known.days, "_judged": known.seen is not None}
        ends = extremes(
            sure=used.filter(pl.col("grade").is_in(COUNTED)).height,
            counted=used.height,
            further=further.height,
            days=known.days,
            exposure=known.exposure,
            least_days=known.least,
        )
        row |= {"every_quickest": ends.quick_least, "every_slowest": ends.slow_most}
        row["every_other_day"] = ends.verdict == "borne"
        reasons.append(reasons_of(ends))
        if not known.which:
            reasons.append("which days were observed is not said: no share of days, and no days between visits")
    row["reason"] = "; ".join(reasons) or None
    named = rows.all.filter(pl.col("_role").is_in(("counted", "weaker")))
    row["sentence"] = told(row, named=named, visits=visits, further=further, off=off.height, refused=refused, ends=ends)
    return pl.DataFrame([{n: row.get(n) for n in CADENCE.names}], schema=CADENCE.schema, orient="row")


def _refused(known: _Days, selection: str) -> str | None:
    if selection == "hand_picked":
        return _PICKED
    if known.days <= 0:
        why = unknown_days("window", 0.0) if known.judged else no_day("window")
        return f"{why}: there is no exposure, and no rate"
    if known.exposure <= 0:
        return f"{unknown_days('window', known.days)}: there is no exposure, and no rate"
    return None


def _check(
    since: datetime,
    until: datetime,
    grades: Sequence[str],
    selection: str,
    exposure_days: float | None,
    observability: pl.DataFrame | None,
) -> None:
    if since.tzinfo is None or until.tzinfo is None:
        raise UsageError("the window needs times with their zone")
    if since >= until:
        raise UsageError(f"the window is empty: {since} is not before {until}")
    if unknown := [g for g in grades if g not in STRENGTH]:
        raise UsageError(f"no grade {unknown[0]!r} to count: one of {', '.join(STRENGTH)}")
    if not grades:
        raise UsageError(f"no grades to count: name some of {', '.join(STRENGTH)}")
    if selection not in SELECTIONS:
        raise UsageError(f"no selection {selection!r}: one of {', '.join(SELECTIONS)}")
    if exposure_days is None:
        return
    if observability is not None:
        raise UsageError("days observed are given twice: by number, and by the observability of the airfield")
    whole = (until - since) / timedelta(days=1)
    if not 0 < exposure_days <= whole + 1e-9:
        raise UsageError(f"{exposure_days:g} days observed in a window of {whole:g}: above 0, and no more than that")


def _days(
    observability: pl.DataFrame | None,
    airfield: str | None,
    since: datetime,
    until: datetime,
    exposure_days: float | None,
    zone: str,
    grades: Sequence[str],
) -> _Days:
    whole = (until - since) / timedelta(days=1)
    if exposure_days is not None:
        all_of_it = exposure_days >= whole - 1e-9
        how = f"{_of(exposure_days, whole)}, as stated"
        return _Days(exposure_days, exposure_days, exposure_days, how, frozenset(), all_of_it)
    if observability is not None and airfield is not None:
        known = exposure_of(observability, airfield=airfield, since=since, until=until)
        if known.days_observed is not None:
            days, off = known.days_observed, frozenset(utc_days(since, until)) - known.observed
            none = VISITS.empty()
            # the exposure that surges and timing rest on, by the same rule
            by_day = series(
                none,
                airfield=airfield,
                since=since,
                until=until,
                observability=observability,
                time_zone=zone,
                grades=grades,
            )
            exposure = float(by_day["exposure"].sum())
            how = (
                f"{_exposed(exposure)} of exposure: {_of(days, whole)} observed, times the chance that a visit is "
                f"counted, judged from other traffic at {airfield}"
            )
            seen = known.seen
            least = days * seen.least if seen and seen.least > 0 else exposure
            chance = seen.probability if seen else None
            return _Days(days, exposure, least, how, off, which=True, seen=chance, judged=True)
    return _Days(whole, whole, whole, ASSUMED, frozenset(), which=True)


def _of(days: float, whole: float) -> str:
    """Say a part of a window, which may be shorter than a day."""
    if whole < 1:
        return f"{amount(24 * days)} of {amount(24 * whole)} hours"
    return f"{amount(days)} of {amount(whole)} days"


def _exposed(days: float) -> str:
    if 0 < days < 1:
        return "1 hour" if amount(24 * days) == "1" else f"{amount(24 * days)} hours"
    return "1 day" if amount(days) == "1" else f"{amount(days)} days"


def _covered(
    covers: tuple[datetime, datetime] | tuple[()], since: datetime, until: datetime, zone: str, *, log: bool
) -> _Days:
    """Take as observed the days from the first row of data to the last: nobody says that they cover others."""
    tz, whole = ZoneInfo(zone), (until - since) / timedelta(days=1)
    if not covers:
        return _Days(0.0, 0.0, 0.0, ASSUMED, frozenset(utc_days(since, until)), which=True)
    first, last = days_covered(covers, zone)
    begin = max(since, datetime.combine(first, time(), tzinfo=tz).astimezone(UTC))
    end = min(until, datetime.combine(last + timedelta(days=1), time(), tzinfo=tz).astimezone(UTC))
    days = max(0.0, (end - begin) / timedelta(days=1))
    if days >= whole:
        return _Days(whole, whole, whole, ASSUMED, frozenset(), which=True)
    inside = (first if begin > since else None), (last if end < until else None)
    how = f"{_of(days, whole)}, {between(*inside, log=log)}; of these {ASSUMED}"
    off = frozenset(utc_days(since, until)) - (frozenset(utc_days(begin, end)) if days else frozenset())
    return _Days(days, days, days, how, off, which=True)


def _further(s: Sorted, off: frozenset[date], grades: Sequence[str]) -> Further:
    """Collect what may be a visit of the window and is not counted; not on days that are not in the exposure."""
    on_day = pl.coalesce("arrived_utc", "arrived_latest_utc").dt.convert_time_zone("UTC").dt.date()
    rows = s.all.filter(~on_day.is_in(list(off)).fill_null(value=False)).sort("visit_id")
    here = pl.col("_role").is_in(("counted", "weaker")) & ~pl.col("grade").is_in(list(grades))
    role = {r: rows.filter(pl.col("_role") == r) for r in ("edge", "aside", "twice", "rival")}
    return Further(weaker=rows.filter(here), **role)


def _rate(n: int, days: float) -> dict[str, Any]:
    mean = garwood(n)
    return {
        "rate_per_day": n / days,
        "rate_least": mean.least / days,
        "rate_most": mean.most / days,
        "every_days": days / n if n else None,
        "every_least": days / mean.most,
        "every_most": days / mean.least if n else None,
    }


def _gaps(times: list[datetime], known: _Days, seed: int) -> dict[str, Any]:
    """Days between touchdowns, without those that span a day on which nobody would have heard a further one."""
    if not known.which:
        return {}
    gaps = np.array(
        [(b - a) / timedelta(days=1) for a, b in pairwise(times) if not known.off.intersection(_between(a, b))]
    )
    if gaps.size == 0:
        return {}
    out: dict[str, Any] = {"gap_median_days": float(np.median(gaps))}
    if gaps.size >= _GAPS_LEAST:
        rng = np.random.default_rng(seed)
        medians = np.median(gaps[rng.integers(gaps.size, size=(_RESAMPLED, gaps.size))], axis=1)
        least, most = np.quantile(medians, [0.025, 0.975])
        out |= {"gap_median_least": float(least), "gap_median_most": float(most)}
    return out


def _between(a: datetime, b: datetime) -> list[date]:
    first, last = a.astimezone(UTC).date(), b.astimezone(UTC).date()
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def _share(times: list[datetime], known: _Days, since: datetime, until: datetime, zone: str) -> dict[str, Any]:
    """Days with a visit, of the days that were observed from end to end, in the zone."""
    if not known.which:
        return {}
    tz = ZoneInfo(zone)
    first = since.astimezone(tz).date()
    last = (until - timedelta(microseconds=1)).astimezone(tz).date()
    days = set()
    for day in (first + timedelta(days=i) for i in range((last - first).days + 1)):
        begin = max(since, datetime.combine(day, time(), tzinfo=tz))
        end = min(until, datetime.combine(day + timedelta(days=1), time(), tzinfo=tz))
        if not known.off.intersection(_between(begin, end - timedelta(microseconds=1))):
            days.add(day)
    if not days:
        return {}
    with_visit = len({t.astimezone(tz).date() for t in times} & days)
    share = clopper_pearson(with_visit, len(days))
    return {
        "days_with_visit": with_visit,
        "share_of_days": with_visit / len(days),
        "share_least": share.least,
        "share_most": share.most,
        "_whole": len(days),
    }
