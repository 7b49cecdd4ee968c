"""Corrections in words: a sentence for each change, and one note for publication."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.analysis.wording import listed, name, number
from wheelsdown.dossier.causes import PRECEDENCE, Cause
from wheelsdown.dossier.matching import touchdown
from wheelsdown.dossier.sides import Row, Side, moment, read_side
from wheelsdown.schema import CAUSES

__all__ = ["correction", "label_of", "marked", "note", "of_finding", "of_row", "of_visit"]

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_LONGEST: Final = 300
_FIELDS: Final = {
    "airfield": "airfield",
    "dwell_least_min": "time on the ground in minutes",
    "origin": "origin",
    "next_stop": "next stop",
    "registration": "registration",
    "typecode": "type",
    "operator": "operator",
    "rivals": "list of airfields not excluded",
    "quarantined": "reason for which it is set aside",
    "check_state": "standing of its check",
    "verdict": "check",
    "visit_id": "identifier",
    "at_least": "lower bound",
    "best_estimate": "best estimate",
    "best_least": "lower end of the best estimate's interval",
    "best_most": "upper end of the best estimate's interval",
    "cannot_be_ruled_out": "number that cannot be ruled out",
    "days_observed": "number of days observed",
    "checked": "number of checked visits",
    "visits": "number of visits",
    "began": "first day",
    "ended": "last day",
    "surge": "answer whether it is a surge",
    "above_chance": "answer whether it is above chance",
    "events_with": "number of events with a visit",
    "events": "number of events",
    "share": "share",
    "least": "lower bound",
    "most": "upper bound",
    "as_of": "release",
    "outcome": "outcome of the comparison",
    "words": "wording",
    "sha256": "file",
}
_TABLES: Final = {
    "counts": "the count",
    "cadence": "the rhythm",
    "surges": "the surge",
    "timing": "the timing",
    "shares": "the share",
    "published": "the comparison with the published count",
    "statements": "the statement",
    "exhibits": "the exhibit",
}
_BECAME: Final = {
    "withdrawn": "withdrawn",
    "added": "added",
    "regraded": "graded anew",
    "re-dated": "dated anew",
    "changed": "changed otherwise",
}


def marked(sentence: str, *, simulated: bool) -> str:
    """Say SIMULATED before a sentence on made data."""
    return f"SIMULATED. {sentence}" if simulated else sentence


def of_visit(
    kind: str, old: Row, new: Row, field: str | None, before: str | None, after: str | None, cause: Cause
) -> str:
    """Say what became of a visit.

    Parameters
    ----------
    kind : str
        One of CHANGE_KINDS.
    old, new : rows
        As it was and as it is; twice the same where it is in one dossier only.
    field, before, after : str, optional
        What changed.
    cause : tuple
        Why.
    """
    who = name(old["registration"] or old["icao24"] or old["track_id"] or "an aircraft without an address")
    where = name(old["airfield"] or old["place_id"] or "a place that cannot be told")
    on = f" on {_day(at)} (UTC)" if (at := touchdown(old)) else ""
    visit = f"visit of {who} at {where}{on}"
    grade = (old["grade"] or "not graded").replace("_", " ")
    why = _why(cause)
    if kind == "withdrawn":
        return f"Correction: the {visit}, given as {grade}, is withdrawn: {why}"
    if kind == "added":
        return f"Correction: a {visit}, graded {grade}, is added: {why}"
    if kind == "regraded":
        now = (new["grade"] or "not graded").replace("_", " ")
        return f"Correction: the {visit}, given as {grade}, is now graded {now}: {why}"
    if kind == "re-dated":
        end = "landing" if field == "arrived_utc" else "take-off"
        a, b = _at(before), _at(after)
        if a == b:
            a, b = _bounds(before), _bounds(after)
        return f"Correction: the {visit}: its {end} was given as {a} and is now given as {b}: {why}"
    if field == "verdict":
        checks = [_value(c) if c else "none" for c in (before, after)]
        return f"Note: the {visit}: its check was {checks[0]} and is now {checks[1]}."
    what = _FIELDS.get(field or "", field or "row")
    return (
        f"Correction: the {visit}: its {what} was given as {_value(before)} and is now given as {_value(after)}: {why}"
    )


def of_row(kind: str, label: str, field: str | None, before: str | None, after: str | None, cause: Cause) -> str:
    """Say what became of a row of another table; `label` says which."""
    why = _why(cause)
    if kind in ("withdrawn", "added"):
        return f"Correction: {label} is {kind}: {why}"
    what = _FIELDS.get(field or "", field or "row")
    return f"Correction: {label}: its {what} was given as {_value(before)} and is now given as {_value(after)}: {why}"


def of_finding(before: str, after: str) -> str:
    """Say how the finding changed."""
    return f"Correction: it was said: {_quoted(before)}. It should say: {_quoted(after)}."


def label_of(table: str, keys: Sequence[str], row: Row) -> str:
    """Name a row of another table by what it is about."""
    values = [name(v) for k in keys if (v := row.get(k))]
    return f"{_TABLES[table]} ({', '.join(values)})" if values else _TABLES[table]


def correction(changes: pl.DataFrame, old: str | Path, new: str | Path) -> str:
    """Write the correction note that goes with a new version of a dossier.

    Parameters
    ----------
    changes : CHANGES
        Between the two (`differing.diff`).
    old, new : path
        The two dossiers.

    Returns
    -------
    str
        What was said and what should be, how many visits were withdrawn, added, graded or dated anew, why, and the
        sha256 of both manifests.

    Raises
    ------
    SourceError
        One is no dossier.
    """
    return note(changes, read_side(old, ()), read_side(new, ()))


def note(changes: pl.DataFrame, old: Side, new: Side) -> str:
    """Write the correction note; see `correction`."""
    mark = "SIMULATED. " if new.manifest.simulated else ""
    title = name(new.manifest.case.title)
    hashes = f"The earlier version has the manifest {old.manifest_sha256}, this one {new.manifest_sha256} (sha256)."
    if changes.is_empty():
        return f"{mark}Nothing that the dossier {_quoted(title)} says has changed. {hashes}"
    parts = [f"Correction to {_quoted(title)}."]
    before, after = old.manifest.finding, new.manifest.finding
    if before != after:
        parts.append(f"An earlier version said: {_quoted(before)}. It should say: {_quoted(after)}.")
    else:
        parts.append(f"Its finding stands: {_quoted(after)}.")
    parts += [_visits(changes), _others(changes), _causes(changes), hashes]
    return mark + " ".join(p for p in parts if p)


def _visits(changes: pl.DataFrame) -> str:
    visits = changes.filter(pl.col("table") == "visits")
    counts = Counter(k for k, _ in {(k, r) for k, r in visits.select("change", "row_id").iter_rows()})
    told = [
        f"{number(counts[k])} {'was' if counts[k] == 1 else 'were'} {became}"
        for k, became in _BECAME.items()
        if counts[k]
    ]
    return f"Of its visits, {listed(told)}." if told else "No visit was added, withdrawn or changed."


def _others(changes: pl.DataFrame) -> str:
    tables = changes.filter(~pl.col("table").is_in(["visits", "finding"]))["table"].unique(maintain_order=True)
    return f"Also changed: {listed(tables.to_list())}." if len(tables) else ""


def _causes(changes: pl.DataFrame) -> str:
    counts = Counter(changes["cause"].to_list())
    told = [
        f"{CAUSES[c]} ({number(counts[c])} {'change' if counts[c] == 1 else 'changes'})"
        for c in PRECEDENCE
        if counts[c]
    ]
    return f"Why: {'; '.join(told)}."


def _why(cause: Cause) -> str:
    return f"{CAUSES[cause[0]]} ({cause[1]})."


def _quoted(text: str) -> str:
    kept = " ".join(text.split()).rstrip(".")
    return f'"{kept}"' if kept else "nothing"


def _value(text: str | None) -> str:
    if text is None or text == "":
        return "not known"
    return name(text[:_LONGEST]).replace("_", " ")


def _at(span: str | None) -> str:
    """Write the best time of a span; its bounds where there is no best."""
    at = moment(span.partition(" (")[0]) if span else None
    return _bounds(span) if at is None else f"{at:%H:%M:%S} on {_day(at)}"


def _bounds(span: str | None) -> str:
    return f"between {span.partition(' (')[2].rstrip(')').replace(' to ', ' and ')}" if span else "not known"


def _day(at: datetime) -> str:
    day = at.astimezone(UTC)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
