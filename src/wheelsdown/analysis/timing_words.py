"""Timing in words: what was counted, what chance makes of it, and what would have changed the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from wheelsdown.analysis.covering import amount
from wheelsdown.analysis.grading import rest
from wheelsdown.analysis.surges_words import LOG, by, from_logs
from wheelsdown.analysis.timing_eca import Held
from wheelsdown.analysis.whose import made_by
from wheelsdown.analysis.wording import capital, listed, name, number, p_is, p_text, window

__all__ = [
    "chance",
    "changes",
    "declaration",
    "exposure",
    "few_events",
    "refusal",
    "sentence",
    "strongest_sentence",
    "when",
]


_SHORT: Final = 80
_RULE_MOST: Final = 800
"""A rule is told to its end."""


def when(measure: str, window_days: int, lag_days: int, *, they: str = "they") -> str:
    """Say a window: ``on the day they began or in the 14 days before``."""
    days = "day" if window_days == 1 else "days"
    if measure == "around":
        middle = f"the day {they} began"
        if lag_days:
            middle = f"the day {number(lag_days)} {'day' if lag_days == 1 else 'days'} before {they} began"
        return f"on {middle}" if window_days == 0 else f"within {window_days} {days} of {middle}"
    side, far = ("after", "starting") if measure == "after" else ("before", "ending")
    if lag_days == 0:
        first = f"on the day {they} began"
        return first if window_days == 0 else f"{first} or in the {window_days} {days} {side}"
    length = window_days + 1
    long = "on the day" if length == 1 else f"in the {length} days"
    if lag_days == 1:
        return f"{long} {side} {they} began"
    return f"{long} {far} {lag_days} days {side} {they} began"


def exposure(row: dict[str, Any]) -> str:
    """Say the visits and the days that all rests on."""
    total, seen = row["_days"], amount(row["_observed"])
    how = f"all {total:,} days"
    if row["_observed"] < total - 1e-6:
        how = f"{seen} of {total:,} days observed"
    if row["_assumed"]:
        how = f"in {seen} of {total:,} days" if row["_observed"] < total - 1e-6 else f"in {how}"
        if row["_cut"]:
            log = from_logs(row["_sources"])
            how += f", from the first {'row of the log to its' if log else 'day of the data to the'} last"
        # to take a day as observed is no measure of it
        how += ", as stated, spread evenly" if row["_stated"] else ", each taken as observed"
    elif row["_partly"]:
        how = f"{seen} days of exposure ({total:,} days, each times the chance that a visit on it is counted)"
    left = f" ({row['_weaker']:,} more of {row['_others']} grades left out)" if row["_weaker"] else ""
    return f"{row['visits']:,} visit{'' if row['visits'] == 1 else 's'}{left} {window(*_span(row))}, {how}"


def few_events(events: int, made_of: int | None, made: int) -> str:
    """Say that events are too few to be compared.

    Parameters
    ----------
    events : int
        Days in the period on which events began.
    made_of : int, optional
        Rows that were read, out of which a rule made episodes; None where no rule was used.
    made : int
        What it made of them, in the period or not.
    """
    few = f"{number(events)} event{'' if events == 1 else 's'}"
    if made_of is None:
        return f"the period holds {few}, and fewer than three say nothing"
    if not made_of:
        return "no row of events was read, and fewer than three say nothing"
    read = f"{number(made_of)} {'row of events was' if made_of == 1 else 'rows of events were'} read"
    if not made:
        which = "it makes no episode" if made_of == 1 else "none makes an episode"
        return f"{read}; {which} under the rule, and fewer than three say nothing"
    begin = f"{number(events) if events else 'none'} of which {'begins' if events == 1 else 'begin'} in the period"
    if made == 1:
        begin = f"which {'begins' if events else 'does not begin'} in the period"
    which = f"{number(made)} episode{'' if made == 1 else 's'}"
    return f"{read}; under the rule they make {which}, {begin}, and fewer than three say nothing"


def _span(row: dict[str, Any]) -> tuple[datetime, datetime, str]:
    return row["from_utc"], row["to_utc"], row["time_zone"]


def chance(row: dict[str, Any], *, family: int) -> str:
    """Say which p is to be quoted, and whether it is more than chance allows."""
    quoted = row["p_any"] if row["p_any"] is not None else row["p"]
    draws = f"{row['draws']:,} shifts of the visits within each year"
    verdict = "more" if row["above_chance"] else "not more"
    if row["p_any"] is None:
        said = f"chance: {p_is(row['p'], row['draws'])} ({draws})"
    else:
        said = (
            f"chance: {p_is(row['p'], row['draws'])} taken alone, and {p_text(quoted, row['draws'])} allowing for "
            f"{_all(family)} comparisons tried, which is the one to quote ({draws})"
        )
    return f"{said}: {verdict} than chance allows at {100 * row['level']:g} %. {declaration(row)}"


def declaration(row: dict[str, Any]) -> str:
    """Say when the windows were declared, and what follows from that."""
    said = f"The windows were {row['_declared']}"
    if row["_on"] is None:
        return f"{said}: if others were tried too, chance does as well more often."
    if row["_before"]:
        return f"{said}, as their author says."
    return f"{said}, as their author says: they count as found afterwards."


def sentence(row: dict[str, Any], held: Held, *, family: int) -> str:
    """Say one comparison."""
    c = held.comparison
    n = len(c.events)
    which = name(row["events_from"] or "", most=_RULE_MOST)
    rule = f" ({which})" if which and len(which) <= _SHORT else ""
    at = made_by(row)
    closing = f"{capital(chance(row, family=family))} {_base(row)}"
    doubt, source = row["_doubt"], by(row["_sources"])
    if which and not rule:
        closing += f" Events: {which}."
    if c.is_rate:
        inside = when("before", c.window_days, c.lag_days, they="an event")
        ratio = "with none on all other days observed"
        if row["rate_ratio"] is not None:
            most = "no bound" if row["ratio_most"] is None else f"{row['ratio_most']:.1f}"
            ratio = f"{row['rate_ratio']:.1f} times the rate of all other days ({row['ratio_least']:.1f} to {most})"
        return (
            f"{capital(number(row['visits_in']))} visit{'' if row['visits_in'] == 1 else 's'}{doubt}{at} came "
            f"{inside}{source}, for {number(n)} events{rule}: {ratio}; {number(row['expected'])} would by chance. "
            f"{closing}"
        )
    k = held.observed
    some = "All" if k == n else f"{capital(number(k))} of"
    return (
        f"{some} {number(n)} events{rule} had a visit{doubt}{at} {when(c.measure, c.window_days, c.lag_days)}{source}; "
        f"{number(row['expected'])} would by chance. {closing}"
    )


def _all(n: int) -> str:
    return "both" if n == 2 else f"all {number(n)}"


def _base(row: dict[str, Any]) -> str:
    effort = f" {capital(LOG)}." if from_logs(row["_sources"]) else ""
    return f"Base: {exposure(row)}.{effort}"


def strongest_sentence(row: dict[str, Any], best: dict[str, Any], *, family: int) -> str:
    """Say the strongest of all."""
    what = when("before" if best["measure"] == "rate_before" else best["measure"], best["window_days"], row["_lag"])
    kind = "the rate of visits" if best["measure"] == "rate_before" else "visits"
    verdict = "more" if row["above_chance"] else "not more"
    at = made_by(row)
    which = f"{kind}{row['_doubt']}{at} {what}{by(row['_sources'])}, for {number(row['events'])} events"
    return (
        f"Of {number(family)} comparisons of windows and measures, the strongest is that of {which}. One so strong "
        f"among as many comes by chance with {p_is(row['p'], row['draws'])} (largest standardised count over "
        f"{row['draws']:,} shifts): {verdict} than chance allows at {100 * row['level']:g} %. "
        f"{declaration(row)} {_base(row)}"
    )


def refusal(row: dict[str, Any], why: str) -> str:
    """Say that nothing can be said."""
    at = made_by(row)
    return f"Visits{at} cannot be held against the dates of events: {why}."


def changes(
    held: Held,
    quoted: Callable[[float], float],
    level: float,
    *,
    single: int,
    with_weaker: int | None,
    names: Sequence[str],
    grades: Sequence[str],
    dated: bool,
) -> str:
    """Say what would have changed the answer.

    Parameters
    ----------
    held : Held
        The comparison.
    quoted : callable
        The p to be quoted, had the count been its argument.
    level : float
        p at or below which it is more than chance.
    single : int
        Events whose window rests on a single visit.
    with_weaker : int or None
        The count, had visits of the other grades been counted too; None where that changes nothing.
    names : sequence of str
        Events whose leaving out changes the answer.
    grades : sequence of str
        Grades that are counted.
    dated : bool
        Events may be named.
    """
    rate = held.comparison.is_rate
    now = held.observed
    events = len(held.comparison.events)

    def some(n: int) -> str:
        if rate:
            return f"{number(n)} visit{'' if n == 1 else 's'} in the windows"
        return f"{number(n)} event{'' if n == 1 else 's'} with a visit"

    above = quoted(now) <= level
    parts = []
    if above:
        least = _first(lambda v: quoted(v) <= level, 0, now)
        parts.append(
            f"{some(least - 1)} instead of {number(now)} would be within what chance leaves "
            f"({p_is(quoted(least - 1), held.drawn.size)})"
            if least > 0
            else "no smaller number would be within what chance leaves"
        )
    else:
        most = int(held.drawn.max()) + now + 1 if rate else events
        if quoted(most) > level:
            parts.append(
                f"even {some(most)} would not be more than chance ({p_is(quoted(most), held.drawn.size)}): "
                "events are too few, or visits too frequent, for this window"
            )
        else:
            need = _first(lambda v: quoted(v) <= level, now, most)
            parts.append(
                f"{some(need)} instead of {number(now)} would be more than chance "
                f"({p_is(quoted(need), held.drawn.size)})"
            )
    if single and not rate:
        which = "it" if now == 1 else f"{'all' if single == now else f'{number(single)} of'} the {number(now)}"
        parts.append(f"{which} {'rests' if single == 1 else 'rest'} on a single visit")
    if names:
        shown = ", ".join(name(n) for n in names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        shown = shown if dated else f"{number(len(names))} of them do"
        parts.append(f"leaving out one event changes the answer: {shown}")
    if with_weaker is not None:
        turned = (quoted(with_weaker) <= level) != above
        parts.append(
            f"with visits graded {listed(rest(grades), joint='or')} it would be {some(with_weaker)}, which would "
            f"{'' if turned else 'not '}change the answer"
        )
    return "; ".join(parts)


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Smallest number from low to high for which something holds that holds for all beyond; it holds for high."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
