"""Visits held against the dates of outside events: how many events had a visit near, and how many would by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.analysis.covering import no_day, unknown_days
from wheelsdown.analysis.declaring import Declaration, day_declared, of_events
from wheelsdown.analysis.grading import doubt, others
from wheelsdown.analysis.sorting import COUNTED
from wheelsdown.analysis.stats_intervals import rate_ratio
from wheelsdown.analysis.timing_bins import EVENTS_LEAST, Onset, Period, comparison, onsets_of, period_of
from wheelsdown.analysis.timing_eca import Comparison, Held, hold, poisson_p, quoter
from wheelsdown.analysis.timing_shift import shifts
from wheelsdown.analysis.timing_words import changes, few_events, refusal, sentence, strongest_sentence
from wheelsdown.analysis.wording import listed, number
from wheelsdown.errors import UsageError
from wheelsdown.schema import TIMING, TIMING_MEASURES

__all__ = ["MEASURES", "timing"]

MEASURES: Final = ("before", "after", "rate_before")
"""What is compared unless something else is named; the rate over the longest window only."""
STANDARD_DAYS: Final = (7, 14, 30)
_SHIFT: Final = (
    "event coincidence analysis on days (Donges et al. 2016, doi:10.1140/epjst/e2015-50233-y), events whose window "
    "runs over an end of the period left out (Odenweller and Donner 2020, doi:10.1103/PhysRevE.101.052213); chance: "
    "visits shifted round a circle of observed time, each calendar year by itself, p = "
    "(1 + draws as high) / (1 + draws)"
)
_RATE: Final = (
    "visits in the windows against all other days; interval exact, given their sum (Przyborowski and Wilenski 1940, "
    "doi:10.1093/biomet/31.3-4.313); chance as in event coincidence analysis: visits shifted round a circle of "
    "observed time, each calendar year by itself"
)
_ANY: Final = "; p_any: largest standardised count over all comparisons and the same shifts (Westfall and Young 1993)"
_SIMULATED: Final = "SIMULATED"


@dataclass(frozen=True)
class _Asked:
    windows: tuple[int, ...]
    measures: tuple[str, ...]
    lag: int
    declared: Declaration
    draws: int
    seed: int
    level: float
    grades: tuple[str, ...]
    dated: bool

    def all(self) -> list[tuple[str, int]]:
        """Every comparison: each measure over each window, the rate over the longest."""
        out = [(m, w) for m in self.measures if m != "rate_before" for w in self.windows]
        return out + [("rate_before", max(self.windows))] * ("rate_before" in self.measures)


def timing(
    series: pl.DataFrame,
    events: pl.DataFrame,
    *,
    what: str | None = None,
    since: datetime,
    until: datetime,
    time_zone: str = "UTC",
    windows_days: Sequence[int] = STANDARD_DAYS,
    lag_days: int = 0,
    declared: date | None = None,
    draws: int = 9999,
    seed: int = 0,
    level: float = 0.05,
    events_from: str = "",
    measures: Sequence[str] = MEASURES,
    regimes: Sequence[date] = (),
    grades: Sequence[str] = COUNTED,
    made_of: int | None = None,
    dated: bool = True,
    simulated: bool = False,
    selection: str = "all",
    stated: bool = False,
    days_observed: float | None = None,
) -> pl.DataFrame:
    """Hold visits against the first days of outside events.

    Parameters
    ----------
    series : frame of SERIES
        Of one airfield. A day without a row, or with no exposure, was not observed. Files picked by hand have
        no series.
    events : frame of EVENTS
        From outside, chosen by a rule that does not know the visits. Those of one day are one.
    what : str, optional
        Which visits they are, for the table.
    since, until : datetime
        The period, aware, the end not included.
    time_zone : str
        IANA zone of the days; that of the series.
    windows_days : sequence of int
        Lengths of windows, in days. ``before`` takes in the day of the event and so many days before it.
    lag_days : int
        Days between window and event: with 1 the day of the event itself is no part of it.
    declared : date, optional
        Day on which windows and lag were fixed, as their author says. Only a day before the first of the events counts;
        without it, the windows of 7, 14 and 30 days are tried too, and `p_any` is the one to quote.
    draws : int
        Shifts drawn.
    seed : int
        Of the draws.
    level : float
        p at or below which it is said to be more than chance.
    events_from : str
        Which events, by which rule; unless given the sources of the events.
    measures : sequence of str
        Of `schema.TIMING_MEASURES` without ``any``. The rate is taken over the longest window.
    regimes : dates
        First days of regimes of coverage; visits are not shifted across them, nor across the turn of a year.
    grades : sequence of str
        Grades that the series counts, for the words.
    made_of : int, optional
        Rows out of which a rule made the events, for the words; None where no rule was used.
    dated : bool
        Single events may be told by id and day: false where their publisher does not let rows be handed on.
    simulated : bool
        What was looked in is SIMULATED, though no visit of the series says so.
    selection : str
        As in `series`; hand_picked is refused.
    stated : bool
        The exposure is a number of days that somebody stated, spread evenly.
    days_observed : float, optional
        As in `surges`.

    Returns
    -------
    TIMING
        One row a measure and window, and where there are several a row ``any``. Refused with a reason, in one row or
        for one window: no series, no visits, fewer than three events, events known less exactly than the window.

    Raises
    ------
    UsageError
        The period is empty or naive, the series is not one airfield's in this zone, or an option is out of range.

    Notes
    -----
    Donges et al. 2016, doi:10.1140/epjst/e2015-50233-y; Odenweller and Donner 2020, doi:10.1103/PhysRevE.101.052213;
    Westfall and Young 1993. How visits are shifted: `timing_shift.shifts`. With a handful of events even all of them
    may come by chance; `changes` says how many it would have taken. It cannot see why visits came, nor what they
    carried, nor a season that visits and events share; `p_poisson` stands beside `p` and fits only visits that come
    one by one.
    """
    on = day_declared(declared)
    period = period_of(series, since, until, time_zone, regimes)
    onsets, notes = onsets_of(events, period)
    last = period.bins.first + timedelta(days=period.bins.size - 1)
    said = of_events(on, onsets[0].day if onsets else None, last)
    asked = _asked(windows_days, measures, lag_days, said, draws, seed, level, tuple(grades), dated=dated)
    if not dated:
        notes.append("ids and days of single events are not told: their publisher does not let rows be handed on")
    base: dict[str, Any] = {
        "airfield": period.airfield,
        "what": what,
        "from_utc": since,
        "to_utc": until,
        "time_zone": time_zone,
        "events_from": events_from or _sources(events),
        "events": len(onsets),
        "visits": int(period.bins.visits.sum()),
        "lag_days": lag_days,
        "method": _SHIFT + _ANY,
        "_days": period.bins.size,
        "_observed": float(period.bins.exposure.sum()),
        "_lag": lag_days,
        "_cut": period.cut,
        "_assumed": period.assumed,
        "_stated": stated,
        "_partly": period.partly,
        "_declared": said.words,
        "_on": on,
        "_before": said.before,
        "_doubt": doubt(grades),
        "_others": others(grades),
        "_weaker": int(period.days["weaker"].fill_null(0).sum()),
        "_sources": series["sources"].explode().drop_nulls().unique().sort().to_list(),
    }
    sources = [*events["source"].drop_nulls().unique(), *base["_sources"]]
    simulated = simulated or any(s.startswith(_SIMULATED) for s in sources)
    if why := _refused(series, period, onsets, made_of, events.height, selection, days_observed):
        several = len(asked.all()) > 1
        only = (None, None) if several else (asked.all()[0][1], asked.lag)
        base["visits"] += period.off
        base |= {"measure": "any" if several else asked.all()[0][0], "window_days": only[0], "lag_days": only[1]}
        return _frame([base | {"reason": "; ".join([why, *notes]), "sentence": refusal(base, why)}], simulated)
    if period.off:
        notes.append(f"not counted, on days not observed: {number(period.off)} visits")
    if period.assumed:
        notes.append("days are taken as observed without being judged by other traffic")
    return _frame(_rows(base, asked, period, onsets, notes), simulated)


def _asked(
    windows: Sequence[int],
    measures: Sequence[str],
    lag: int,
    declared: Declaration,
    draws: int,
    seed: int,
    level: float,
    grades: tuple[str, ...],
    *,
    dated: bool,
) -> _Asked:
    named = tuple(m for m in TIMING_MEASURES if m != "any")
    if unknown := [m for m in measures if m not in named]:
        raise UsageError(f"no measure {unknown[0]!r}: one of {', '.join(named)}")
    if not measures:
        raise UsageError(f"no measure to compare: name some of {', '.join(named)}")
    if not windows:
        raise UsageError("no window to compare: name lengths in days, such as 7, 14 and 30")
    if wrong := [w for w in windows if w < 0 or w > 3660]:
        raise UsageError(f"a window of {wrong[0]} days: from 0 to 3660")
    if not 0 <= lag <= 3660:
        raise UsageError(f"a lag of {lag} days: from 0 to 3660")
    if not 19 <= draws <= 1_000_000:
        raise UsageError(f"{draws} draws: from 19 (p no smaller than 0.05) to 1,000,000")
    if not 0 <= seed < 2**31:
        raise UsageError(f"a seed of {seed}: from 0 to {2**31 - 1}")
    if not 0 < level < 1:
        raise UsageError(f"a level of {level:g}: between 0 and 1, such as 0.05")
    tried = set(windows) if declared.before else {*windows, *STANDARD_DAYS}
    chosen = tuple(dict.fromkeys(measures))
    return _Asked(tuple(sorted(tried)), chosen, lag, declared, draws, seed, level, grades, dated)


def _sources(events: pl.DataFrame) -> str:
    return "; ".join(sorted(events["source"].drop_nulls().unique().to_list()))


def _refused(
    series: pl.DataFrame,
    period: Period,
    onsets: Sequence[Onset],
    made_of: int | None,
    made: int,
    selection: str,
    days_observed: float | None,
) -> str | None:
    if series.is_empty():
        return "there is no series, and so no chance level"
    if selection == "hand_picked":
        return "files picked by hand have no exposure, and so no chance level"
    if period.bins.exposure.sum() <= 0:
        why = unknown_days("period", days_observed) if series["known"].any() else no_day("period")
        return f"{why}: there is no exposure, and so no chance level"
    if period.bins.visits.sum() == 0:
        return "no visit was received in the period"
    if len(onsets) < EVENTS_LEAST:
        return few_events(len(onsets), made_of, made)
    return None


def _rows(
    base: dict[str, Any], asked: _Asked, period: Period, onsets: Sequence[Onset], notes: Sequence[str]
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    chosen: list[Comparison] = []
    for measure, days in asked.all():
        one, left_out = comparison(measure, days, asked.lag, onsets, period, dated=asked.dated)
        row = base | {"measure": measure, "window_days": days, "events": len(one.events)}
        row["method"] = (_RATE if one.is_rate else _SHIFT) + (_ANY if len(asked.all()) > 1 else "")
        row["_notes"] = [*left_out, *notes]
        if len(one.events) < EVENTS_LEAST:
            n = len(one.events)
            few = "one event" if n == 1 else f"{number(n)} events"
            why = f"{few} can be compared over {days} days, and fewer than three say nothing"
            row |= {"reason": "; ".join([why, *row["_notes"]]), "sentence": refusal(row, why)}
        else:
            row["_held"] = len(chosen)
            chosen.append(one)
        rows.append(row)
    if not chosen:
        return rows
    held = hold(period.bins, chosen, shifts(period.bins, asked.draws, np.random.default_rng(asked.seed)))
    for row in rows:
        if "_held" in row:
            _fill(row, held[row["_held"]], held, asked, period, onsets)
    if len(held) > 1:
        best = max((r for r in rows if "_held" in r), key=lambda r: (held[r["_held"]].score, -r["p"]))
        rows.append(_any(best, asked, len(held)))
    return rows


def _fill(
    row: dict[str, Any],
    one: Held,
    held: Sequence[Held],
    asked: _Asked,
    period: Period,
    onsets: Sequence[Onset],
) -> None:
    bins, c = period.bins, one.comparison
    inside = c.inside(bins)
    exposure_in, exposure_out = float(bins.exposure[inside].sum()), float(bins.exposure[~inside].sum())
    visits_in = int(bins.visits[inside].sum())
    quoted = quoter(held, one)
    above = quoted(one.observed) <= asked.level
    row |= {
        "declared": asked.declared.before,
        "events_with": None if c.is_rate else one.observed,
        "expected": one.mean,
        "visits_in": visits_in,
        "days_in": exposure_in,
        "visits_out": row["visits"] - visits_in,
        "days_out": exposure_out,
        "p": one.p,
        "p_any": quoted(one.observed) if len(held) > 1 else None,
        "p_poisson": None if c.is_rate else poisson_p(one.observed, _chances(c, row, period)),
        "without_one_least": int(one.without.min()),
        "without_one_most": int(one.without.max()),
        "without_one_p": float(one.without_p.max()),
        "draws": asked.draws,
        "seed": asked.seed,
        "level": asked.level,
        "above_chance": above,
    }
    if exposure_out > 0:
        ratio = rate_ratio(visits_in, exposure_in, row["visits_out"], exposure_out)
        row |= {"rate_ratio": ratio.ratio, "ratio_least": ratio.least, "ratio_most": ratio.most}
    mine = [onsets[i] for i in c.events]
    if asked.dated:
        row["event_ids"] = [e for o, hit in zip(mine, one.hits, strict=True) if hit for e in o.ids]
    days = period.days.filter(pl.Series(inside[[bins.index(d) for d in period.days["day"]]], dtype=pl.Boolean))
    row["visit_ids"] = [v for vs in days["visit_ids"].drop_nulls().to_list() for v in vs]
    alone = [int(bins.visits[a : b + 1].sum()) for a, b in zip(c.starts, c.ends, strict=True)]
    # over several comparisons p alone tells only of an answer that is lost
    turning = [
        o.name or f"{o.day}"
        for o, p in zip(mine, one.without_p, strict=True)
        if (p <= asked.level) != above and (above or len(held) == 1)
    ]
    row["changes"] = changes(
        one,
        quoted,
        asked.level,
        single=alone.count(1),
        with_weaker=_with_weaker(one, inside, period),
        names=turning,
        grades=asked.grades,
        dated=asked.dated,
    )
    weak = []
    if not asked.declared.before:
        weak.append(f"the windows were {asked.declared.words}: quote p_any")
    row["reason"] = "; ".join([*weak, *row["_notes"]]) or None
    row["sentence"] = sentence(row, one, family=len(held))


def _chances(c: Comparison, row: dict[str, Any], period: Period) -> list[float]:
    """Chance of a visit in the window of each event, with visits on random days (Donges et al. 2016, discrete time)."""
    until = np.concatenate([[0.0], np.cumsum(period.bins.exposure)])
    inside = until[c.ends + 1] - until[c.starts]
    room = max(float(until[-1]) - c.lag_days, 1.0)
    out: list[float] = (1.0 - (1.0 - np.minimum(inside / room, 1.0)) ** row["visits"]).tolist()
    return out


def _with_weaker(one: Held, inside: np.ndarray[Any, np.dtype[np.bool_]], period: Period) -> int | None:
    """What the count would be with visits of the other grades; None where it would be the same."""
    weaker = np.zeros(period.bins.size, dtype=np.int64)
    weaker[[period.bins.index(d) for d in period.days["day"]]] = period.days["weaker"].fill_null(0).to_numpy()
    c = one.comparison
    if c.is_rate:
        new = one.observed + int(weaker[inside].sum())
    else:
        both = weaker + period.bins.visits
        new = sum(bool(both[a : b + 1].sum()) for a, b in zip(c.starts, c.ends, strict=True))
    return new if new != one.observed else None


def _any(best: dict[str, Any], asked: _Asked, family: int) -> dict[str, Any]:
    """Make the row of the strongest of all."""
    row = best | {"measure": "any", "window_days": None, "lag_days": None, "p": best["p_any"]}
    tried = listed([f"{m} {w} d" for m, w in asked.all()])
    row["reason"] = "; ".join([f"tried: {tried}", *([best["reason"]] if best["reason"] else [])])
    row["sentence"] = strongest_sentence(row, best, family=family)
    return row


def _frame(rows: Sequence[dict[str, Any]], simulated: bool) -> pl.DataFrame:
    frame = pl.DataFrame([{n: r.get(n) for n in TIMING.names} for r in rows], schema=TIMING.schema, orient="row")
    if simulated:
        frame = frame.with_columns(sentence=pl.format(_SIMULATED + ": {}", "sentence"))
    return frame
