"""Surges: more visits in a stretch of days than chance allows, given what was observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.analysis.declaring import Declaration, day_declared, of_window
from wheelsdown.analysis.series import days_of
from wheelsdown.analysis.sorting import COUNTED
from wheelsdown.analysis.stats_intervals import rate_ratio
from wheelsdown.analysis.surges_fixed import at_least, at_least_bunched, dispersion, dispersion_most, some_window
from wheelsdown.analysis.surges_scan import Nulls, Window, best_windows, beyond, llr, null_maxima, single
from wheelsdown.analysis.surges_told import Told, refused, told_of
from wheelsdown.analysis.surges_words import (
    BUNCHES,
    DECLARED,
    PICKED,
    SCAN,
    bunches,
    changed,
    declared_sentence,
    found_sentence,
    named_sentence,
    no_window,
    refused_sentence,
)
from wheelsdown.analysis.wording import number, p_text
from wheelsdown.errors import UsageError
from wheelsdown.schema import SERIES, SURGES

__all__ = ["Declared", "surges"]

Declared = tuple[str, date, date] | tuple[str, date, date, date | None]
"""Name, first day, last day (included) of a window that its author names; and the day on which it was declared."""

_BUNCHED: Final = 1.5
"""Variance over mean of weekly counts from which chance is also reckoned with bunches."""
_FURTHER: Final = 10
_HALF: Final = 0.5
"""Share of the exposure that a window of the scan holds at most."""
_MORE_MOST: Final = 200
_EPS: Final = 1e-9
_ROUGH: Final = 0.3
"""The approximation for some window of one length is too high above this."""


def surges(
    series: pl.DataFrame,
    *,
    what: str | None = None,
    since: datetime,
    until: datetime,
    time_zone: str = "UTC",
    declared: Sequence[Declared] = (),
    draws: int = 9999,
    seed: int = 0,
    longest_days: int = 90,
    level: float = 0.05,
    further: bool = True,
    selection: str = "all",
    exposure_how: str | None = None,
    days_observed: float | None = None,
    grades: Sequence[str] = COUNTED,
    simulated: bool = False,
) -> pl.DataFrame:
    """Look for the stretch of days in which visits stand out most, and say how probable one so strong is by chance.

    Parameters
    ----------
    series : frame of SERIES
        Of one airfield, or of all.
    what : str, optional
        Which visits they are, for the table.
    since, until : datetime
        The period looked at, aware, the end not included; days of the series outside it are left out.
    time_zone : str
        IANA zone of the days.
    declared : sequence of (name, first day, last day[, day of the declaration])
        Windows that their author names; both days are included. Only one declared before its first day has a test of
        its own. Any other counts as found afterwards, and is held against the strongest window of each draw.
    draws, seed : int
        Series drawn by chance.
    longest_days : int
        Longest window looked at, in days; and never more than half of the exposure.
    level : float
        A chance at or below it is called a surge.
    further : bool
        Tell further windows too, which share no day with a stronger one, where their chance is at or below `level`.
        They are held against the strongest window of each draw, which is harder to beat.
    selection : str
        As in `series`; hand_picked is refused.
    exposure_how : str, optional
        Where the exposure comes from; by default what the series says.
    days_observed : float, optional
        Days observed, whatever the chance that a visit on them is counted: says why there is no exposure.
    grades : sequence of str
        Grades that the series counts, for the words.
    simulated : bool
        What was looked in is SIMULATED, though no visit of the series says so.

    Returns
    -------
    SURGES
        The strongest window (`found`), further ones, then the declared ones. A refusal is a row with a reason: files
        picked by hand, no exposure, fewer than three visits.

    Raises
    ------
    UsageError
        The series is of several airfields, a declared window is upside down, or a number makes no sense.

    Notes
    -----
    Purely temporal scan with an exposure offset (Kulldorff 1997): under chance each visit falls on a day with the
    probability of its share of the exposure. The strongest of all windows is held against the strongest of all windows
    of each draw, so that the search itself is allowed for. Where weekly counts outside the windows vary more than 1.5
    times their mean, chance is also reckoned with visits in bunches, as strong as those weeks allow (one-sided 95 %),
    and the larger p is told. A declared window has an exact test of its own.

    It cannot tell more visits from better observation that the exposure does not know of, nor says it why visits came.
    Two surges longer than `longest_days` apart may each hide in one campaign that is longer still.
    """
    _check(series, declared, draws, longest_days, level)
    days = days_of(since, until, time_zone)
    frame = SERIES.conform(series, fill=True).filter(pl.col("day").is_between(days[0], days[-1])).sort("day")
    told = told_of(
        frame, what, since, until, time_zone, exposure_how, min(longest_days, len(days)), level, grades, simulated
    )
    if why := refused(told, frame, selection, days_observed):
        return _frame([_refusal(told, why), *(_refusal(told, why, named) for named in declared)])
    fixed = [_place(told, named) for named in declared]
    windows = best_windows(told.scan, 1 + _FURTHER if further else 1)
    poisson = np.sort(null_maxima(told.scan, draws, seed)) if windows else np.zeros(0)
    # what stands out is no measure of how the rest varies
    apart = [w for i, w in enumerate(windows) if i == 0 or beyond(poisson, w.llr) <= level]
    outside = np.ones(len(told.days), dtype=bool)
    for w in (*apart, *(w for w in fixed if w is not None)):
        outside[w.first : w.last + 1] = False
    spread = dispersion(told.scan.counts.astype(np.float64), told.scan.exposure, outside)
    bunched = None
    if spread is not None and spread > _BUNCHED:
        bunched = dispersion_most(spread, float((outside & (told.scan.exposure > 0)).sum()))
    nulls = Nulls(poisson)
    if bunched is not None and windows:
        concentration = told.scan.total / (bunched - 1.0)
        every = np.arange(len(told.days))
        groups = (every, every // 7)
        drawn = (null_maxima(told.scan, draws, seed, bunches=(g, concentration)) for g in groups)
        nulls = Nulls(poisson, tuple(np.sort(d) for d in drawn))
    searched = {"draws": draws, "seed": seed, "longest_days": told.scan.longest}
    rows = [_none(told, searched)] if not windows else []
    for i, w in enumerate(apart):
        row = _found(told, w, nulls, spread, searched, "further" if i else "found")
        if i == 0 or row["surge"]:
            rows.append(row)
    said = [of_window(_day_of(named), named[1], named[2]) for named in declared]
    for named, place, how in zip(declared, fixed, said, strict=True):
        if how.before:
            rows.append(_declared(told, named, how, place, bunched, spread, sum(s.before for s in said)))
        else:
            rows.append(_named(told, named, how, place, nulls, spread, searched))
    return _frame(rows)


def _day_of(named: Declared) -> date | None:
    return day_declared(named[3] if len(named) > 3 else None)


def _place(told: Told, named: Declared) -> Window | None:
    """Measure the part of a declared window that lies in the period; None where none of it was observed."""
    first, last = named[1:3]
    inside = [i for i, d in enumerate(told.days) if first <= d <= last]
    if not inside:
        return None
    w = single(told.scan, inside[0], inside[-1])
    return w if w.exposure > 0 else None


def _measured(told: Told, w: Window, spread: float | None) -> dict[str, Any]:
    scan = told.scan
    whole = float(scan.exposure.sum())
    row: dict[str, Any] = told.base | {
        "began": told.days[w.first],
        "ended": told.days[w.last],
        "days_observed": w.exposure,
        "visits": w.visits,
        "expected": scan.total * w.exposure / whole,
        "exposure_total_days": whole,
        "llr": w.llr,
        "dispersion": spread,
        "level": told.level,
        "_weaker_in": sum(told.weaker[w.first : w.last + 1]),
        "visit_ids": [
            v for i in range(w.first, w.last + 1) if scan.exposure[i] > 0 and told.ids[i] for v in told.ids[i]
        ],
    }
    if whole - w.exposure > _EPS:
        ratio = rate_ratio(w.visits, w.exposure, scan.total - w.visits, whole - w.exposure)
        row |= {"rate_ratio": ratio.ratio, "ratio_least": ratio.least, "ratio_most": ratio.most}
    return row


def _found(
    told: Told, w: Window, nulls: Nulls, spread: float | None, searched: dict[str, Any], kind: str
) -> dict[str, Any]:
    """Make the row of a window that the scan found."""
    share, n = w.exposure / float(told.scan.exposure.sum()), told.scan.total
    one, other = nulls.p(w.llr)
    p = nulls.larger(w.llr)
    row = _measured(told, w, spread) | searched
    row |= {"kind": kind, "p": p, "p_poisson": one, "p_dispersed": other, "declared": False, "surge": p <= told.level}
    row["p_fixed"] = at_least(w.visits, n, share)
    row["method"] = f"{SCAN}{BUNCHES if other is not None else ''}"

    def chance_of(visits: int, total: int, part: float) -> float:
        return nulls.larger(float(llr(visits, part, total)))

    row["changes"] = _changes(row, w, n, share, chance_of)
    found = (
        f"found by looking: its chance as if fixed beforehand, {p_text(row['p_fixed'])}, is no evidence, for some "
        "stretch always stands out"
    )
    if kind == "named":
        found = f"its chance as if fixed beforehand, {p_text(row['p_fixed'])}, is no evidence"
    row["reason"] = "; ".join([found, *bunches(spread, other), *told.reasons])
    if kind != "named":
        row["sentence"] = found_sentence(row, told.sources)
    return row


def _named(
    told: Told,
    named: Declared,
    how: Declaration,
    w: Window | None,
    nulls: Nulls,
    spread: float | None,
    searched: dict[str, Any],
) -> dict[str, Any]:
    """Make the row of a window that was named, and counts as found afterwards: it is one of all that were looked at."""
    if w is None:
        return _refusal(told, "no day of the window was observed", named)
    after, scan = f"the window was {how.words}: it counts as found afterwards", told.scan
    if w.last - w.first >= scan.longest or w.exposure > _HALF * float(scan.exposure.sum()) + _EPS:
        most = f"stretches of {scan.longest} days and half of the exposure at most"
        return _refusal(told, f"{after}, and {most} are held against chance", named)
    row = _found(told, w, nulls, spread, searched, "named")
    author = "" if _day_of(named) is None else ", as its author says"
    row |= {"name": named[0], "_declared": how.words + author}
    row["reason"] = "; ".join([after, *_cut(row, named), row["reason"]])
    row["sentence"] = named_sentence(row, told.sources)
    return row


def _cut(row: dict[str, Any], named: Declared) -> list[str]:
    if (row["began"], row["ended"]) == named[1:3]:
        return []
    return [f"the window is from {named[1]} to {named[2]}: only the part inside the period is looked at"]


def _declared(
    told: Told,
    named: Declared,
    how: Declaration,
    w: Window | None,
    bunched: float | None,
    spread: float | None,
    of: int,
) -> dict[str, Any]:
    """Make the row of a window that was named beforehand."""
    if w is None:
        return _refusal(told, "no day of the declared window was observed", named)
    share, n = w.exposure / float(told.scan.exposure.sum()), told.scan.total

    def chance_of(visits: int, total: int, part: float) -> float:
        if bunched is None:
            return at_least(visits, total, part)
        return max(at_least(visits, total, part), at_least_bunched(visits, total, part, bunched))

    p = chance_of(w.visits, n, share)
    row = _measured(told, w, spread)
    row |= {
        "_declared": how.words,
        "kind": "declared",
        "name": named[0],
        "p": p,
        "p_poisson": at_least(w.visits, n, share),
        "declared": True,
    }
    row["p_fixed"] = row["p_poisson"]
    row["p_dispersed"] = None if bunched is None else at_least_bunched(w.visits, n, share, bunched)
    row["surge"] = p <= told.level
    row["method"] = f"{DECLARED}{'; and the same for visits in bunches (beta-binomial)' if bunched else ''}"
    row["changes"] = _changes(row, w, n, share, chance_of)
    reasons = _cut(row, named)
    if w.visits >= 2 and w.visits > row["expected"]:
        some = some_window(w.visits, n, share)
        said = p_text(some) if some <= _ROUGH else f"more than {_ROUGH:g}"
        reasons.append(
            f"had it not been declared: some stretch of {number(round(w.exposure, 1))} days of exposure with as many "
            f"has by chance {said} (Wallenstein and Neff 1987, doi:10.1002/sim.4780060212)"
        )
    if of > 1:
        reasons.append(f"{number(of)} windows were declared: each is held against {told.level:g} by itself")
    row["reason"] = "; ".join([*reasons, *bunches(spread, bunched), *told.reasons]) or None
    row["sentence"] = declared_sentence(row, told.sources)
    return row


def _none(told: Told, searched: dict[str, Any]) -> dict[str, Any]:
    """Make the row of a scan in which no window holds more than expected."""
    row = told.base | searched | {"kind": "found", "p": 1.0, "p_poisson": 1.0, "llr": 0.0, "declared": False}
    row |= {"surge": False, "level": told.level, "exposure_total_days": float(told.scan.exposure.sum())}
    row |= {"method": SCAN, "reason": "; ".join(told.reasons) or None, "visit_ids": []}
    row["sentence"] = no_window(row, told.sources)
    return row


def _refusal(told: Told, why: str, named: Declared | None = None) -> dict[str, Any]:
    row = told.base | {"method": SCAN if named is None else DECLARED, "visit_ids": []}
    row["exposure_how"] = why if why == PICKED else row["exposure_how"]
    row["name"] = named[0] if named else None
    row["reason"] = "; ".join([why, *told.reasons]) if why != PICKED else why
    row["sentence"] = refused_sentence(row, why, told.sources)
    return row


def _changes(
    row: dict[str, Any], w: Window, total: int, share: float, chance_of: Callable[[int, int, float], float]
) -> str | None:
    """Find how many visits, and which difference in effort, would have changed the answer."""
    level, surge = row["level"], row["surge"]
    steps = range(1, w.visits + 1) if surge else range(1, _MORE_MOST + 1)
    visits = p = effort = None
    for k in steps:
        d = -k if surge else k
        q = chance_of(w.visits + d, total + d, share)
        if (q > level) == surge:
            visits, p = w.visits + d, q
            break
    if surge and share < 1.0:

        def with_effort(times: float) -> float:
            return chance_of(w.visits, total, times * share / (times * share + 1.0 - share))

        low, high = 1.0, 1.0
        while with_effort(high) <= level and high < 1e9:
            low, high = high, high * 2.0
        for _ in range(30):
            mid = (low + high) / 2.0
            low, high = (mid, high) if with_effort(mid) <= level else (low, mid)
        effort = high
    return changed(row, visits=visits, p=p, effort=effort, level=level)


def _check(series: pl.DataFrame, declared: Sequence[Declared], draws: int, longest_days: int, level: float) -> None:
    if series["airfield"].n_unique() > 1 or series["day"].is_duplicated().any():
        raise UsageError("the series has more than one row a day: give the series of one airfield")
    for named in declared:
        name, first, last = named[:3]
        _day_of(named)
        if last < first:
            raise UsageError(f"declared window {name}: its last day, {last}, is before its first, {first}")
    if draws < 99:
        raise UsageError(f"{draws} draws: fewer than 99 cannot tell a chance of 0.05")
    if longest_days < 1:
        raise UsageError(f"longest window of {longest_days} days: 1 is the least")
    if not 0.0 < level < 1.0:
        raise UsageError(f"level is {level}: it lies between 0 and 1, such as 0.05")


def _frame(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([{n: r.get(n) for n in SURGES.names} for r in rows], schema=SURGES.schema, orient="row")
