"""A rhythm in words: what landed, how often at least, and what may be said of "every other day"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from wheelsdown.analysis.cadence_claim import Extremes, Further
from wheelsdown.analysis.grading import STRENGTH
from wheelsdown.analysis.whose import among
from wheelsdown.analysis.wording import by_sources, capital, every, landed, listed, number, rhythm, window

__all__ = ["ASSUMED", "told"]

_SIMULATED: Final = "SIMULATED"
_NEARLY_ALL: Final = 0.95
_HALF: Final = 0.5
ASSUMED: Final = (
    "every day of the window taken as observed, which these data cannot show; if some were not, visits were more "
    "frequent than said"
)


def told(
    row: Mapping[str, Any],
    *,
    named: pl.DataFrame,
    visits: pl.DataFrame,
    further: Further,
    off: int,
    refused: str | None,
    ends: Extremes | None,
) -> str:
    """Say first what landed, then how often: a day not observed weakens the rhythm, and not the landings on it.

    Parameters
    ----------
    row : mapping
        Of CADENCE; beside it `_days` (days observed), `_whole` (days that `days_with_visit` is of), `_seen` and
        `_judged`.
    named : frame of VISITS
        Rows at the airfield and inside the window, of every grade.
    visits : frame of VISITS
        Everything that was given, for its sources.
    further : Further
    off : int
        Visits counted that came on days not known to have been observed.
    refused : str, optional
        Why no rate can be told.
    ends : Extremes, optional
        None: refused.
    """
    when = window(row["from_utc"], row["to_utc"], row["time_zone"])
    sources = (named if named.height else visits)["source"].drop_nulls().unique().to_list()
    by = f", according to {by_sources(sources)}" if sources else ""
    counts = dict(named["grade"].value_counts().iter_rows())
    said = landed(*(counts.get(g, 0) for g in STRENGTH), when=when)
    said = said or f"no landing graded {listed(row['grades'], joint='or')} was received {when}"
    text = capital(f"{among(row)}{said}{by}.")
    if any(s.startswith(_SIMULATED) for s in visits["source"].drop_nulls().unique()):
        text = f"{_SIMULATED}: {text}"
    if beside := further.said():
        text += f" Not counted: {beside}."
    if off:
        some = capital(number(off))
        text += f" {some} of these came on days not known to have been observed, which leave the rhythm."
    if refused or ends is None:
        return f"{text} {capital(refused or '')}."
    how = f"{capital(row['exposure_how'])}." if row["_judged"] else f"Exposure: {row['exposure_how']}."
    return " ".join(t for t in (text, _rate(row, further, ends), _claim(row, ends), _missed(row), how) if t)


def _rate(row: Mapping[str, Any], further: Further, ends: Extremes) -> str:
    """Say the rate: of what was counted a lower bound, wherever more may have come."""
    n, days = row["visits"], row["_days"]
    if not n:
        return f"A rhythm of up to {every(ends.quick_least)} fits that; how rare they are has no bound."
    on = ""
    if row.get("_whole"):
        whole = row["_whole"]
        least = "at least " if further.height or row["_judged"] else ""
        on = f", on {least}{number(row['days_with_visit'])} of {number(whole)} day{'' if whole == 1 else 's'}"
    sure = set(row["grades"]) <= {"observed", "inferred"}
    these = "That" if sure else f"Those graded {listed(row['grades'])} together"
    is_ = "is" if sure else "are"
    spoken = rhythm(row["every_days"], row["every_least"], row["every_most"])
    if row["_judged"]:
        # two numbers: what is certain of the days observed, and what it comes to if these were received as others were
        plain = f"{'at least ' if sure else ''}{every(days / n)}"
        return (
            f"{these} {is_} {plain} of the days observed{on}. By the chance that a visit is counted, if these were "
            f"received as others were, it would be {spoken}."
        )
    if further.height:
        return f"{these} {is_} {f'at least {spoken} for those counted alone' if sure else spoken}{on}."
    return f"{these} {is_} {spoken}{on}."


def _claim(row: Mapping[str, Any], ends: Extremes) -> str:
    """Say what becomes of "every other day": 1.2 to 3.9 days neither bears out nor excludes a claim of two."""
    verdict = ends.verdict
    if verdict == "more":
        return 'They were more frequent than "every other day".'
    sure = ", if every day was observed and no visit missed" if (row["exposure_how"] or "").endswith(ASSUMED) else ""
    if row["visits"] and verdict == "rarer":
        said = f'they were rarer than "every other day"{sure}.'
        return f"If so, {said}" if row["_judged"] else capital(said)
    if verdict == "borne":
        said = f'these data bear out "every other day"{sure}.'
        return f"If so, {said}" if row["_judged"] else capital(said)
    if verdict == "open":
        return 'These data neither bear out "every other day" nor exclude it.'
    if verdict == "untold" and row["visits"]:
        return 'How much more often they came cannot be told: so "every other day" is neither borne out nor excluded.'
    return ""


def _missed(row: Mapping[str, Any]) -> str:
    seen = row.get("_seen")
    if seen is None or seen >= _NEARLY_ALL:
        return ""
    which = "most" if seen < _HALF else "some"
    return f"On the days observed {which} visits would have gone unreceived."
