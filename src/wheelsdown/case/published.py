"""Counts that others published, each beside what these data give for the same window and airfield."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from wheelsdown.analysis.cadence import ASSUMED
from wheelsdown.analysis.wording import days, every, listed, name, number
from wheelsdown.analysis.wording import window as window_words
from wheelsdown.case.moments import instant
from wheelsdown.schema import COUNTS, PUBLISHED

if TYPE_CHECKING:
    from wheelsdown.case.form import Case, Published

__all__ = ["Asked", "asked", "outcome", "published"]

_RARER: Final = 1.5
"""A rhythm is borne out only where its interval ends at so many times the days claimed ("every other day": three)."""
_OURS: Final = "These data: "
_OURS_MADE: Final = "These data (SIMULATED): "
_REFUSED: Final = "refused"
_NEVER: Final = "Aircraft that never broadcast are outside that count."


@dataclass(frozen=True)
class Asked:
    """The window and airfield of a published count."""

    published_id: str
    airfield: str | None
    since: dt.datetime
    until: dt.datetime
    zone: str


def asked(case: Case) -> tuple[Asked, ...]:
    """Give what has to be counted for the comparison: one a claim with a window, several may be the same.

    Returns
    -------
    tuple of Asked
        A claim that names no airfield is one of the case's only airfield, where it has one.
    """
    out = []
    for claim in case.published:
        ends = _ends(case, claim)
        if ends is not None:
            out.append(Asked(claim.id, _airfield(case, claim), *ends))
    return tuple(out)


def published(
    case: Case,
    counts: pl.DataFrame | None = None,
    cadence: pl.DataFrame | None = None,
    *,
    counted: bool = True,
    simulated: bool = False,
) -> pl.DataFrame:
    """Compare each published count with these data.

    Parameters
    ----------
    case : Case
    counts : COUNTS, optional
        Rows of the case's fleet; a claim finds its own by airfield and window (`asked` tells which are needed). Rows
        split by aircraft, operator, type, origin or period are passed over.
    cadence : CADENCE, optional
        For claims on how often; found in the same way.
    counted : bool
        Whether there were positions at all.
    simulated : bool
        Whether these data are SIMULATED: each sentence says so of them, and not of the claim.

    Returns
    -------
    PUBLISHED
        In the order of the case file.

    Notes
    -----
    The rule, for a claim of at least `a` and at most `b` visits, with `n` the count at least and `c` what cannot be
    ruled out beside it. `more`: n > b. `fewer`: n + c < a, and c is a bound; a refused or boundless `c` never makes a
    claim too high. `agrees`: n >= a, and n + c <= b where b is given. `lower_end`: a <= n <= b, but c has no bound or
    reaches above b: that there were at least so many is borne out, that there were no more is not. Otherwise `open`:
    neither borne out nor excluded. `not_counted`: no positions, no window, no airfield or no number. A claim keeps its
    wording: it stays a claim of its outlet. It cannot tell whether the outlet meant the same aircraft; `what` says
    whom it named.
    """
    rows = [_row(case, claim, counts, cadence, counted=counted) for claim in case.published]
    if simulated:
        for row in rows:
            row["sentence"] = row["sentence"].replace(_OURS, _OURS_MADE)
    return pl.DataFrame(rows, schema=PUBLISHED.schema, orient="row")


def outcome(least: int | None, most: int | None, at_least: int, cannot_be_ruled_out: int | None) -> str:
    """Compare a claim with a count by the rule of `published`; the claim has one number or both."""
    if most is not None and at_least > most:
        return "more"
    if least is not None and cannot_be_ruled_out is not None and at_least + cannot_be_ruled_out < least:
        return "fewer"
    if least is not None and at_least < least:
        return "open"
    bounded = cannot_be_ruled_out is not None and at_least + cannot_be_ruled_out <= (most or 0)
    if most is None or bounded:
        return "agrees"
    return "open" if least is None else "lower_end"


def _airfield(case: Case, claim: Published) -> str | None:
    if claim.airfield is not None or len(case.airfield) != 1:
        return claim.airfield
    return case.airfield[0].code


def _ends(case: Case, claim: Published) -> tuple[dt.datetime, dt.datetime, str] | None:
    if claim.window is not None:
        window = case.window_named(claim.window)
        return (*case.ends(window), case.zone_of(window))
    if claim.since is None or claim.until is None:
        return None
    zone = claim.zone or case.case.zone
    return instant(claim.since, zone), instant(claim.until, zone, end=True), zone


def _row(
    case: Case, claim: Published, counts: pl.DataFrame | None, cadence: pl.DataFrame | None, *, counted: bool
) -> dict[str, Any]:
    ends = _ends(case, claim)
    code = _airfield(case, claim)
    found = _found(counts, code, ends) if counted else None
    rhythm = _found(cadence, code, ends) if counted else None
    result, told = _held(case, claim, found, rhythm, counted=counted, window=ends is not None)
    return {
        "published_id": claim.id,
        "outlet": claim.outlet,
        "published_on": claim.on.isoformat() if isinstance(claim.on, dt.date) else claim.on,
        "url": claim.url,
        "words": claim.words,
        "airfield": claim.airfield,
        "what": claim.what or (" / ".join(claim.attributed) or None),
        "from_utc": ends[0] if ends else None,
        "to_utc": ends[1] if ends else None,
        "time_zone": ends[2] if ends else None,
        "window": _written(claim),
        "least": claim.least,
        "most": claim.most,
        "rests_on": claim.rests_on,
        "note": claim.note,
        "at_least": found["at_least"] if found else None,
        "best_estimate": found["best_estimate"] if found else None,
        "cannot_be_ruled_out": found["cannot_be_ruled_out"] if found else None,
        "days_observed": found["days_observed"] if found else None,
        "outcome": result,
        "sentence": " ".join([_claim(claim, ends), *_attributed(claim), *told]),
        "visit_ids": found["visit_ids"] if found else None,
    }


def _written(claim: Published) -> str:
    if claim.window is not None:
        return claim.window
    if claim.since is None or claim.until is None:
        return "not said"
    return f"{claim.since.isoformat()} to {claim.until.isoformat()}"


def _found(
    table: pl.DataFrame | None, code: str | None, ends: tuple[dt.datetime, dt.datetime, str] | None
) -> dict[str, Any] | None:
    """Give the row of the claim's window and airfield, split by nothing else."""
    if table is None or ends is None:
        return None
    rows = table.filter(
        pl.col("airfield").eq_missing(pl.lit(code)), pl.col("from_utc") == ends[0], pl.col("to_utc") == ends[1]
    )
    for column in ("operator", "icao24", "registration", "typecode", "origin", "period"):
        if column in rows.columns and column in COUNTS.names:
            rows = rows.filter(pl.col(column).is_null())
    return rows.row(0, named=True) if rows.height else None


def _claim(claim: Published, ends: tuple[dt.datetime, dt.datetime, str] | None) -> str:
    """Say what was claimed, in its own words where they are kept, with the number where they do not say it."""
    least, most = claim.least, claim.most
    if least is not None and least == most:
        count = number(least)
    elif least is not None:
        count = f"at least {number(least)}" + (f", at most {number(most)}" if most is not None else "")
    elif most is not None:
        count = f"at most {number(most)}"
    else:
        count = every(claim.every_days) if claim.every_days is not None else "no number"
    said = count
    if claim.words:
        told = re.findall(r"\w+", claim.words.casefold())
        numbers = [n for n in (least, most) if n is not None]
        plain = not numbers or any(str(n) in told or number(n) in told for n in numbers)
        said = f'"{name(claim.words)}"' + ("" if plain else f" ({count})")
    at = f" at {name(claim.airfield)}" if claim.airfield else ""
    when = f" {window_words(*ends)}" if ends else ""
    rests = f", resting on {name(claim.rests_on)}" if claim.rests_on else ""
    return f"{name(claim.outlet)}: {said}{at}{when}{rests}."


def _attributed(claim: Published) -> list[str]:
    if len(claim.attributed) < 2:
        return []
    return [f"It names them as {listed([name(a) for a in claim.attributed])}: all are kept as published."]


def _held(
    case: Case,
    claim: Published,
    found: dict[str, Any] | None,
    rhythm: dict[str, Any] | None,
    *,
    counted: bool,
    window: bool,
) -> tuple[str, list[str]]:
    """Give the outcome, and what these data say."""
    if not counted:
        return "not_counted", ["No positions are loaded; nothing could be counted."]
    if not window:
        return "not_counted", ["It names no window, so that nothing can be counted beside it."]
    if found is None and rhythm is None:
        several = claim.airfield is None and len(case.airfield) > 1
        why = "it names none of the case's airfields" if several else "they hold no count for its window"
        return "not_counted", [f"{_OURS}not counted, for {why}."]
    told = [_counted(found)] if found is not None else []
    if claim.least is None and claim.most is None:
        result, more = _rhythm(claim, rhythm)
        return result, [*told, more]
    if found is None:
        return "not_counted", [f"{_OURS}not counted, for they hold no count for its window."]
    result = outcome(claim.least, claim.most, found["at_least"], found["cannot_be_ruled_out"])
    return result, [*told, *_verdict(claim, found, result)]


def _counted(row: dict[str, Any]) -> str:
    least = row["at_least"]
    parts = [f"at least {number(least)}" if least else "no visit that counts"]
    if row["best_estimate"] is not None:
        parts.append(f"best estimate {row['best_estimate']:.1f}")
    further = row["cannot_be_ruled_out"]
    if further is None:
        refused = [why for why in row["ruled_out_why"] or () if why.startswith(_REFUSED)]
        # what was refused may well have a bound
        parts.append(f"what cannot be ruled out is {refused[0]}" if refused else "no bound on what cannot be ruled out")
    else:
        parts.append(f"{number(further)} more cannot be ruled out" if further else "no more left open")
    observed = row["days_observed"]
    if observed is not None:
        parts.append(days(observed, row["days_window"]))
    return f"{_OURS}{', '.join(parts)}."


def _verdict(claim: Published, row: dict[str, Any], result: str) -> list[str]:
    if result == "more":
        return ["That is more than was published."]
    if result == "fewer":
        return ["That excludes so many, as far as aircraft broadcast.", _NEVER]
    if result == "lower_end" and claim.least == claim.most:
        return ["That bears out that there were so many; whether there were more these data cannot say."]
    if result == "lower_end":
        return ["That bears the lower end out; whether the upper end holds these data cannot say."]
    if result == "agrees":
        return ["That bears the number out."]
    return ["That neither bears the number out nor excludes it."]


def _rhythm(claim: Published, row: dict[str, Any] | None) -> tuple[str, str]:
    """Hold "one every so many days" against the cadence of the same window."""
    if claim.every_days is None:
        return "not_counted", "The claim has no number to hold against it."
    if row is None or row["every_days"] is None or row["every_quickest"] is None:
        why = row["reason"] if row and row["reason"] else "no rhythm can be told"
        return "open", f"How often: {why}."
    # both ends with the weaker visits and the share not received, which the interval of those counted does not know
    least, most = row["every_quickest"], row["every_slowest"]
    to = f"and {every(most)}" if most is not None else "and no bound"
    said = (
        f"These data: {every(row['every_days'])}, and with all that may be visits or none between {every(least)} {to}."
    )
    if claim.every_days < least and (row["exposure_how"] or "").endswith(ASSUMED):
        return "open", f"{said} Which days were observed is not known, so that more may have come."
    if claim.every_days < least:
        return "fewer", f"{said} That excludes visits as often as claimed, as far as aircraft broadcast. {_NEVER}"
    if most is not None and claim.every_days > most:
        return "more", f"{said} They came more often than claimed."
    if most is not None and most <= _RARER * claim.every_days and claim.every_days <= _RARER * least:
        return "agrees", f"{said} That bears the claim out."
    return "open", f"{said} That neither bears the claim out nor excludes it."
