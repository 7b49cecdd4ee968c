"""What the sentence about a count rests on: sources, days observed, how aircraft were chosen, who named operators."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from wheelsdown.analysis.exposure import exposure_of
from wheelsdown.analysis.wording import days, listed, name, number

__all__ = ["MOST_NAMES", "UNTOLD", "as_named", "partly_observed", "rests", "untold"]

UNTOLD: Final = "These files cannot show how many were missed."
MOST_NAMES: Final = 6
_PICKED: Final = "The files were picked by hand: they cannot show how many were missed."
_WRITTEN: Final = "A list holds what was written down: it cannot show how many were missed."
_SELECTED: Final = {
    "all": "every aircraft in these data",
    "fleet": "a fleet named beforehand",
}
_HALF: Final = 0.5
_NEARLY_ALL: Final = 0.95
_LEAST_DAYS: Final = 0.05
_NAMERS: Final = (
    (r"(SIMULATED )?log: ", "the log"),
    (r"SIMULATED truth", "the list"),
    (r"identity file ", "the identity file"),
    (r"(SIMULATED )?(readsb|ADS-B Exchange) .*database, as of writing|Flightradar24 ", "the files of positions"),
)
"""Beginnings of `identity_source`, and who that is; whatever else stands there is a register."""
_REGISTERS: Final = "registers"
_UNKNOWN_NAMERS: Final = {"Log": "the log", "List of visits": "the list"}
_FROM_ELSEWHERE: Final = r"; (?:type|operator): "
"""Before what another source added, as `wheelsdown.reference.identify.annotate` writes it."""


def as_named(row: Mapping[str, Any], visits: pl.DataFrame | None, kind: str) -> str:
    """Say who says which operator and type the visits of a row are of.

    Parameters
    ----------
    row : mapping
        One row of COUNTS.
    visits : VISITS, optional
        With the row's visits among them: their `identity_source` tells.
    kind : str
        What was read, where no visit tells.
    """
    mine = [] if visits is None else _identity_sources(row, visits)
    found = set()
    for source in mine:
        found |= {_namer(part) for part in re.split(_FROM_ELSEWHERE, source)}
    order = [*(who for _, who in _NAMERS), _REGISTERS]
    named = sorted(found, key=order.index) or [_UNKNOWN_NAMERS.get(kind, "the sources")]
    one = len(named) == 1 and named[0] not in (_REGISTERS, "the files of positions", "the sources")
    return f"Operator and type are as {listed(named)} {'names' if one else 'name'} them."


def _identity_sources(row: Mapping[str, Any], visits: pl.DataFrame) -> list[str]:
    ids = [*(row.get("visit_ids") or ()), *(row.get("other_ids") or ())]
    return visits.filter(pl.col("visit_id").is_in(ids))["identity_source"].drop_nulls().unique().sort().to_list()


def _namer(source: str) -> str:
    for pattern, who in _NAMERS:
        if re.match(pattern, source):
            return who
    return _REGISTERS


def partly_observed(row: Mapping[str, Any], observability: pl.DataFrame | None) -> float:
    """Give how many of a row's days observed were so for some hours only.

    Parameters
    ----------
    row : mapping
        One row of COUNTS.
    observability : frame of OBSERVABILITY, optional
        What the row's days observed were taken from.
    """
    if observability is None or not row.get("days_observed"):
        return 0.0
    return exposure_of(
        observability, airfield=row.get("airfield"), since=row["from_utc"], until=row["to_utc"]
    ).days_partly


def rests(row: Mapping[str, Any], sources: Sequence[str], kind: str, partly: float) -> str:
    """Say source, exposure and selection."""
    parts = [f"{kind}: {_sources(sources)}"]
    observed, of = row.get("days_observed"), row["days_window"]
    if observed is not None:
        parts.append(_days(observed, of, partly))
        rest = of - observed
        if rest >= _LEAST_DAYS and observed >= _LEAST_DAYS:
            parts[-1] += f", nothing can be said of the other {number(rest)}"
        if row["time_zone"] != "UTC" and (partly >= _LEAST_DAYS or _LEAST_DAYS <= observed < of - _LEAST_DAYS):
            # the window is of days of its zone, and what was received is told by those of UTC
            parts[-1] += ", told by UTC days"
        parts += _heard(row.get("seen_probability"))
    if row["selection"] in _SELECTED:
        parts.append(_SELECTED[row["selection"]])
    return "; ".join(parts) + "."


def _days(observed: float, of: float, partly: float) -> str:
    """Say how many days were observed, and how many of them in part: ``12 of 20 days observed, six in part``."""
    if partly < _LEAST_DAYS:
        return days(observed, of)
    if observed - partly >= _LEAST_DAYS:
        day = "day" if abs(of - 1.0) < _LEAST_DAYS else "days"
        return f"{number(observed - partly)} of {number(of)} {day} observed, {number(partly)} in part"
    return f"{days(partly, of)} in part"


def _heard(seen: float | None) -> list[str]:
    """Say in words how much of what came on the days observed would have been received at all."""
    if seen is None or seen >= _NEARLY_ALL:
        return []
    return [f"on these, {'most' if seen < _HALF else 'some'} visits would have gone unreceived"]


def _sources(sources: Sequence[str]) -> str:
    whole = list(dict.fromkeys(part.removeprefix("log: ") for s in sources for part in s.split("+")))
    return _names_of(whole) if whole else "the files given"


def _names_of(names: Sequence[str]) -> str:
    some = [name(n) for n in names[:MOST_NAMES]]
    more = len(names) - len(some)
    return listed([*some, f"{number(more)} more"] if more else some)


def untold(row: Mapping[str, Any], kind: str) -> list[str]:
    """Say that what was missed cannot be told, where it cannot."""
    if row["selection"] == "hand_picked":
        return [_PICKED if kind == "Positions" else _WRITTEN]
    return [UNTOLD] if row.get("days_observed") is None else []
