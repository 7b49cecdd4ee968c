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

from wheelsdown.analysis.exposure import exposure_of, utc_days
from wheelsdown.analysis.sorting import COUNTED, sort_visits
from wheelsdown.analysis.stats_intervals import clopper_pearson, garwood
from wheelsdown.analysis.wording import by_sources, capital, every, landed, listed, name, number, rhythm, window
from wheelsdown.errors import UsageError
from wheelsdown.schema import CADENCE, SELECTIONS

__all__ = ["ASSUMED", "cadence"]

_GRADES: Final = ("observed", "inferred", "likely", "possible")
_SIMULATED: Final = "SIMULATED"
_TWO_DAYS: Final = 2.0
_THREE_DAYS: Final = 3.0
_RESAMPLED: Final = 4000
_GAPS_LEAST: Final = 4
"""Gaps from which an interval of their median is worth printing: five visits."""
_NAMED_MOST: Final = 10
_NEARLY_ALL: Final = 0.95
_HALF: Final = 0.5
ASSUMED: Final = (
    "every day of the window taken as observed, which these data cannot show; if some were not, visits were more "
    "frequent than said"
)
_PICKED: Final = "taken as chosen by hand: no rate, no rhythm and no share of days, for what was left out is not there"


@dataclass(frozen=True)
class _Days:
    """The days that a rate rests on."""

    days: float
    how: str
    off: frozenset[date]
    """UTC days of the window that were not observed."""
    which: bool
    """Whether it is known which days were observed."""
    seen: float | None = None
    """Chance that a visit on these days left a row, where other traffic tells."""


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
        Of the airfield. Days not observed leave the exposure, and visits on them the count. Without either, every day
        of the window is taken as observed, and the sentence says so.
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

    Returns
    -------
    CADENCE
        One row. Rate with its exact interval (Garwood 1936); one visit every T/n days, with that interval turned over;
        median days between touchdowns with a percentile interval (Efron 1979); share of days with a visit (Clopper and
        Pearson 1934). `every_other_day` is true only if 2 days lie in the interval and its upper end is at most 3 days.

    Raises
    ------
    UsageError
        The window is empty or naive, a grade or selection is unknown, or the exposure is longer than the window.

    Notes
    -----
    The interval supposes that visits come one by one at a steady rate; convoys and campaigns vary more. It knows the
    visits that were received, and no others: unseen ones make the true rhythm quicker.
    """
    _check(since, until, grades, selection, exposure_days, observability)
    rows = sort_visits(visits, airfield=airfield, since=since, until=until)
    may = rows.all.filter(pl.col("_role").is_in(("counted", "weaker")) & pl.col("grade").is_in(list(grades)))
    may = may.with_columns(_at=pl.coalesce("arrived_utc", "arrived_latest_utc")).sort("_at", "visit_id")
    known = _days(observability, airfield, since, until, exposure_days)
    on_day = pl.col("_at").dt.convert_time_zone("UTC").dt.date()
    off = may.filter(on_day.is_in(list(known.off)))
    used = may.filter(~on_day.is_in(list(known.off)))
    refused = _PICKED if selection == "hand_picked" else None
    if refused is None and known.days <= 0:
        refused = "no day of the window is known to have been observed: there is no exposure, and no rate"
    if selection == "hand_picked":
        used = may
    reasons = [refused] if refused else []
    reasons += _left_out(rows.all, off if selection != "hand_picked" else off.clear())
    row: dict[str, Any] = {
        "airfield": airfield,
        "what": what,
        "from_utc": since,
        "to_utc": until,
        "time_zone": time_zone,
        "grades": list(grades),
        "visits": used.height,
        "exposure_days": None if refused else known.days,
        "exposure_how": refused or known.how,
        "visit_ids": used["visit_id"].to_list(),
    }
    if refused is None:
        row |= _rate(used.height, known.days)
        row |= _gaps(used["_at"].to_list(), known, seed)
        row |= _share(used["_at"].to_list(), known, since, until, time_zone)
        row["_seen"] = known.seen
        reasons += _every_other_day(row)
        if not known.which:
            reasons.append("which days were observed is not said: no share of days, and no days between visits")
    row["reason"] = "; ".join(reasons) or None
    row["sentence"] = _sentence(row, may, used, visits, refused)
    return pl.DataFrame([{n: row.get(n) for n in CADENCE.names}], schema=CADENCE.schema, orient="row")


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
    if unknown := [g for g in grades if g not in _GRADES]:
        raise UsageError(f"no grade {unknown[0]!r} to count: one of {', '.join(_GRADES)}")
    if not grades:
        raise UsageError(f"no grades to count: name some of {', '.join(_GRADES)}")
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
) -> _Days:
    whole = (until - since) / timedelta(days=1)
    if exposure_days is not None:
        all_of_it = exposure_days >= whole - 1e-9
        return _Days(exposure_days, f"{exposure_days:g} of {whole:g} days, as stated", frozenset(), all_of_it)
    if observability is not None and airfield is not None:
        known = exposure_of(observability, airfield=airfield, since=since, until=until)
        if known.days_observed is not None:
            how = f"{known.days_observed:.3g} of {whole:.4g} days observed, judged from other traffic at {airfield}"
            off = frozenset(utc_days(since, until)) - known.observed
            return _Days(known.days_observed, how, off, which=True, seen=known.seen.probability if known.seen else None)
    return _Days(whole, ASSUMED, frozenset(), which=True)


def _left_out(rows: pl.DataFrame, off: pl.DataFrame) -> list[str]:
    """Name what was not counted although it bears on the window."""
    out = []
    for role, said in (
        ("edge", "may lie outside the window"),
        ("aside", "set aside for doubts"),
        ("twice", "that may be the same stay as another"),
        ("rejected", "rejected by a person"),
    ):
        if ids := rows.filter(pl.col("_role") == role)["visit_id"].to_list():
            out.append(f"not counted, {said}: {_ids(ids)}")
    if ids := off["visit_id"].to_list():
        out.append(f"not counted, on days not observed: {_ids(ids)}")
    return out


def _ids(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED_MOST} more" if len(ids) > _NAMED_MOST else ""
    return f"{len(ids)} ({', '.join(ids[:_NAMED_MOST])}{more})"


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
        "_days": len(days),
    }


def _every_other_day(row: dict[str, Any]) -> list[str]:
    least, most = row["every_least"], row["every_most"]
    row["every_other_day"] = False
    if most is None:
        return ["no bound on how rare they are: none was counted"]
    if most < _TWO_DAYS:
        return [f'"every other day" is excluded, they came more often: {every(least)} to {every(most)}']
    if least > _TWO_DAYS:
        # what was not received, or left out above, would make it quicker
        return [f'"every other day" does not fit the visits counted: {every(least)} to {every(most)}']
    if most > _THREE_DAYS:
        return [f'"every other day" is not borne out: it may have been as rare as {every(most)}']
    row["every_other_day"] = True
    return [f'"every other day" is borne out: {every(least)} to {every(most)}']


def _sentence(
    row: dict[str, Any], may: pl.DataFrame, used: pl.DataFrame, visits: pl.DataFrame, refused: str | None
) -> str:
    """Say first what landed, then how often: a day not observed weakens the rhythm, and not the landings on it."""
    at = f"At {name(row['airfield'])} " if row["airfield"] else ""
    when = window(row["from_utc"], row["to_utc"], row["time_zone"])
    sources = (may if may.height else visits)["source"].drop_nulls().unique().to_list()
    by = f", according to {by_sources(sources)}" if sources else ""
    counts = dict(may["grade"].value_counts().iter_rows())
    said = landed(*(counts.get(g, 0) for g in _GRADES), when=when)
    said = said or f"no landing graded {listed(row['grades'], joint='or')} was received {when}"
    text = capital(f"{at}{said}{by}.")
    if any(s.startswith(_SIMULATED) for s in visits["source"].drop_nulls().unique()):
        text = f"{_SIMULATED}: {text}"
    if off := may.height - used.height:
        some = capital(number(off))
        text += f" {some} of these came on days not known to have been observed, which leave the rhythm."
    if refused:
        return f"{text} {capital(refused)}."
    exposure = f"Exposure: {row['exposure_how']}."
    missed = ""
    if (seen := row.get("_seen")) is not None and seen < _NEARLY_ALL:
        which = "most" if seen < _HALF else "some"
        missed = f"On the days observed {which} visits would have gone unreceived: those that came were more frequent. "
    if row["every_most"] is None:
        quickest = every(row["every_least"])
        return f"{text} A rhythm of up to {quickest} fits that; how rare they are has no bound. {missed}{exposure}"
    said = rhythm(row["every_days"], row["every_least"], row["every_most"])
    if row.get("_days"):
        said += f", on {number(row['days_with_visit'])} of {number(row['_days'])} day{'' if row['_days'] == 1 else 's'}"
    # 1.2 to 3.9 days neither bears out nor excludes a claim of two
    if row["every_least"] > _TWO_DAYS:
        claim = 'They were rarer than "every other day".'
    elif row["every_most"] < _TWO_DAYS:
        claim = 'They were more frequent than "every other day".'
    else:
        claim = 'These data neither bear out "every other day" nor exclude it.'
    if row["every_other_day"]:
        sure = ", if every day was observed" if row["exposure_how"] == ASSUMED else ""
        claim = f'These data bear out "every other day"{sure}.'
    return f"{text} That is {said}. {claim} {missed}{exposure}"
