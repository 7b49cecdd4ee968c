"""Surges in words: what was found, by which method, and what weakens it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from wheelsdown.analysis.whose import among
from wheelsdown.analysis.wording import by_sources, capital, name, number, p_is, p_text, window

__all__ = [
    "ASSUMED",
    "BUNCHES",
    "DECLARED",
    "LOG",
    "PICKED",
    "SCAN",
    "bunches",
    "by",
    "changed",
    "declared_sentence",
    "found_sentence",
    "from_logs",
    "named_sentence",
    "no_window",
    "refused_sentence",
    "stretch",
]

SCAN: Final = (
    "temporal scan over every stretch of days up to half of the exposure, against visits drawn by chance with the "
    "exposure of each day (Kulldorff 1997, doi:10.1080/03610929708831995)"
)
BUNCHES: Final = "; and against visits that come in bunches by day and by week (negative binomial given the sum)"
DECLARED: Final = (
    "exact conditional test of two rates, one-sided (Przyborowski and Wilenski 1940, doi:10.1093/biomet/31.3-4.313)"
)
ASSUMED: Final = (
    "every day taken as observed, which these data cannot show; if some were not, the others stand out too much"
)
PICKED: Final = "taken as chosen by hand, and what was left out is not there"
LOG: Final = (
    "visits come from a log, and a log grows with the effort of its observers: it cannot tell more visits from more "
    "watching"
)
_LOG: Final = "log: "
_SIMULATED: Final = "SIMULATED"


def from_logs(sources: Sequence[str]) -> bool:
    """Tell whether a visit comes from an observers' log."""
    return any(s.removeprefix(_SIMULATED).strip(" :").startswith(_LOG.strip()) for s in sources)


def stretch(first: date, last: date, zone: str) -> str:
    """Say a window of whole days: ``between 1 and 17 September 2023 (UTC)``."""
    tz = ZoneInfo(zone)
    return window(
        datetime.combine(first, time(), tzinfo=tz), datetime.combine(last + timedelta(days=1), time(), tzinfo=tz), zone
    )


def visits_of(n: int) -> str:
    """Say a number of visits."""
    return f"{number(n)} visit{'' if n == 1 else 's'}"


def found_sentence(row: Mapping[str, Any], sources: Sequence[str]) -> str:
    """Say what the scan found: the surge, or that the strongest stretch is one that chance would give."""
    when = stretch(row["began"], row["ended"], row["time_zone"])
    whole = window(row["from_utc"], row["to_utc"], row["time_zone"])
    n, expected = row["visits"], _expected(row["expected"])
    p, how = _drawn(row)
    some = f"{visits_of(n)}{row.get('_doubt', '')}"
    if row["kind"] == "further":
        text = f"A further stretch: {some} {when}, where {expected} would be expected; {p} ({how})"
    elif row["surge"]:
        text = (
            f"{some} {when}{by(sources)}, where {expected} would be expected, stand out: a surge. So strong a "
            f"stretch anywhere {whole} has by chance {p} ({how})"
        )
    else:
        text = (
            f"no stretch of days {whole} stands out beyond chance{by(sources)}: the strongest, {when}, holds "
            f"{some} where {expected} would be expected, and one so strong has by chance {p} ({how})"
        )
    return f"{_placed(row, text, sources)}. It was found by looking, not declared beforehand.{_after(row, sources)}"


def declared_sentence(row: Mapping[str, Any], sources: Sequence[str]) -> str:
    """Say what a declared window holds."""
    when = stretch(row["began"], row["ended"], row["time_zone"])
    named = f' ("{name(row["name"])}")' if row["name"] else ""
    text = (
        f"{_held(row, when, named, sources)}. As many or more in these days have by chance {p_is(row['p'])} (exact "
        f"test, {_of_all(row)})"
    )
    return (
        f"{_placed(row, text, sources)}. The window was {row['_declared']}, as its author says.{_after(row, sources)}"
    )


def named_sentence(row: Mapping[str, Any], sources: Sequence[str]) -> str:
    """Say what a window holds that its author names, and that counts as found afterwards."""
    when = stretch(row["began"], row["ended"], row["time_zone"])
    named = f' ("{name(row["name"])}")' if row["name"] else ""
    p, how = _drawn(row)
    whole = window(row["from_utc"], row["to_utc"], row["time_zone"])
    text = (
        f"{_held(row, when, named, sources)}. So strong a stretch anywhere {whole} has by chance {p} ({how}). The "
        f"window was {row['_declared']}: it counts as found afterwards"
    )
    return f"{_placed(row, text, sources)}.{_after(row, sources)}"


def _held(row: Mapping[str, Any], when: str, named: str, sources: Sequence[str]) -> str:
    return (
        f"{visits_of(row['visits'])}{row.get('_doubt', '')} {when}{named}{by(sources)}, where "
        f"{_expected(row['expected'])} would be expected: "
        f"{'a surge' if row['surge'] else 'no more than chance allows'}"
    )


def _drawn(row: Mapping[str, Any]) -> tuple[str, str]:
    """Say p as draws show it, and how the scan was made."""
    p = p_is(row["p"], row["draws"])
    if "≤" in p:
        p += f", the least that {row['draws']:,} draws can show"
    how = (
        f"scan of all stretches of 1 to {row['longest_days']} days, {_of_all(row)}, {row['draws']:,} draws, "
        f"seed {row['seed']}"
    )
    return p, how


def _of_all(row: Mapping[str, Any]) -> str:
    """Say all visits, and the exposure that they are held against."""
    days = _days(row["exposure_total_days"])
    # to take a day as observed is no measure of it
    of = f"{days}, each taken as observed" if ASSUMED in row["exposure_how"] else f"{days} of exposure"
    return f"{visits_of(row['visits_total'])} in {of}"


def no_window(row: Mapping[str, Any], sources: Sequence[str]) -> str:
    """Say that no stretch has more visits than the exposure lets expect."""
    whole = window(row["from_utc"], row["to_utc"], row["time_zone"])
    text = (
        f"no stretch of days {whole}{by(sources)} has more visits{row.get('_doubt', '')} than would be expected of "
        f"{_of_all(row)}"
    )
    return f"{_placed(row, text, sources)}.{_after(row, sources)}"


def refused_sentence(row: Mapping[str, Any], why: str, sources: Sequence[str]) -> str:
    """Say that nothing can be told, and why."""
    of = f' in "{name(row["name"])}"' if row.get("name") else ""
    whole = window(row["from_utc"], row["to_utc"], row["time_zone"])
    return f"{_placed(row, f'no surge can be told{of} {whole}', sources)}: {why}."


def bunches(spread: float | None, used: float | None) -> list[str]:
    """Say that visits come in bunches, where chance was reckoned with them."""
    if used is None or spread is None:
        return []
    return [
        f"visits come in bunches outside the window (variance over mean of weekly counts {spread:.1f}): chance is "
        "reckoned with bunches too, as strong as the weeks allow, and the larger p told"
    ]


def changed(
    row: Mapping[str, Any], *, visits: int | None, p: float | None, effort: float | None, level: float
) -> str | None:
    """Say what would have changed the answer.

    Parameters
    ----------
    row : mapping
        Of SURGES.
    visits, p : int, float, optional
        So many visits in the window would have changed it, with this chance; None: no number would.
    effort : float, optional
        A visit in the window so many times as likely to be received as one outside would have changed it.
    level : float
    """
    parts = []
    if visits is not None and p is not None:
        instead = f"with {visits_of(visits)} in these days instead of {number(row['visits'])}"
        if row["surge"]:
            parts.append(f"{instead} the chance would be {p_text(p, row.get('draws'))}, above {level:g}: no surge")
        else:
            parts.append(f"{instead} the chance would be {p_text(p, row.get('draws'))}, at or below {level:g}: a surge")
    if effort is not None:
        parts.append(
            f"if a visit in these days was {effort:.2f} times as likely to be received and written down as one on the "
            f"other days, the chance would be above {level:g}"
        )
    return "; ".join(parts) or None


def _after(row: Mapping[str, Any], sources: Sequence[str]) -> str:
    effort = f" {capital(LOG)}." if from_logs(sources) else ""
    if left := row.get("_weaker"):
        here = row.get("_weaker_in")
        inside = "" if here is None else f", {number(here)} of them in these days"
        one = left == 1
        effort = (
            f" {capital(number(left))} more visit{'' if one else 's'} of {row['_others']} grades "
            f"{'is' if one else 'are'} left out{inside}.{effort}"
        )
    return f"{effort} Exposure: {row['exposure_how']}."


def _placed(row: Mapping[str, Any], text: str, sources: Sequence[str]) -> str:
    placed = capital(f"{start}{text[:1].lower()}{text[1:]}" if (start := among(row)) else text)
    # where no visit was received, no source says so
    made = row.get("_simulated") or any(s.startswith(_SIMULATED) for s in sources)
    return f"{_SIMULATED}: {placed}" if made else placed


def by(sources: Sequence[str]) -> str:
    """Say where visits come from: ``, according to adsb.lol``; nothing where none is known."""
    return f", according to {by_sources(sources)}" if sources else ""


def _expected(n: float) -> str:
    return f"{n:,.1f}" if n >= 0.1 else p_text(n)


def _days(n: float) -> str:
    whole = abs(n - round(n)) < 0.05
    return f"{n:,.0f} day{'' if round(n) == 1 else 's'}" if whole else f"{n:,.1f} days"
