"""Corrections in words: a sentence for each change, and one note for publication."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.analysis.wording import listed, name, number
from wheelsdown.dossier.causes import MOVED, PRECEDENCE, Cause
from wheelsdown.dossier.compared import same
from wheelsdown.dossier.manifest import CASE, CRATE
from wheelsdown.dossier.matching import touchdown
from wheelsdown.dossier.sides import Row, Side, moment, read_side
from wheelsdown.outputs.cells import JOINT
from wheelsdown.schema import CAUSES

__all__ = ["correction", "label_of", "marked", "note", "of_finding", "of_row", "of_visit"]

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_LONGEST: Final = 300
_AHEAD: Final = 80
_MOST_NAMED: Final = 5
_MOST_FILES: Final = 8
_MOST_WAYS: Final = 3
_LISTS: Final = frozenset(
    {CASE, CRATE, "receipts.csv", "tables/receipts.csv", "tables/datapackage.json", "tables.xlsx"}
)
"""Files that list what was read, or hold other files' rows once more."""
_SAID: Final = ("question", "case_file", "verdict")
"""Causes of which the note says what tells them."""
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
    "text": "wording",
    "from_utc": "beginning",
    "to_utc": "end",
    "visit_ids": "list of visits",
    "other_ids": "list of weaker visits",
    "reasons": "list of reasons",
    "excluded": "list of airfields excluded",
    "published_on": "date of publication",
    "said_on": "date",
    "bearing": "bearing on these data",
}
_CALLED: Final = {**CAUSES, "unknown": "no cause that can be named"}
_NOTES: Final = ("question",)
"""Causes for which nothing that was said before was wrong."""
_TABLES: Final = {
    "counts": "the count",
    "visitors": "the count of other visitors",
    "destinations": "the count of other destinations",
    "cadence": "the rhythm",
    "series": "the day",
    "surges": "the surge",
    "blocks": "the stretch of one rate",
    "timing": "the timing",
    "epoch": "the rate around events",
    "events": "the event",
    "shares": "the share",
    "published": "the comparison with the published count",
    "statements": "the statement",
    "exhibits": "the exhibit",
    "facts": "the fact",
    "conclusions": "the answer to what can be said",
    "observability": "what could be observed",
    "integrity": "the doubt about positions",
    "legs": "the leg",
    "gaps": "the gap",
    "ledger": "what was asked of an archive",
    "problems": "what could not be read",
    "stated": "what the page says",
}
_BECAME: Final = {
    "withdrawn": "withdrawn",
    "unasked": "no longer asked about",
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
    if kind == "unasked":
        return f"Note: the {visit}, given as {grade}, is no longer asked about: {why}"
    if kind == "added" and cause[0] in _NOTES:
        return f"Note: a {visit}, graded {grade}, is newly asked about: {why}"
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
    return f"Correction: the {visit}: its {what} {_corrected(before, after)}: {why}"


def of_row(kind: str, label: str, field: str | None, before: str | None, after: str | None, cause: Cause) -> str:
    """Say what became of a row of another table; `label` says which."""
    why = _why(cause)
    if kind == "unasked" or (kind == "added" and cause[0] in _NOTES):
        return f"Note: {label} is {'no longer' if kind == 'unasked' else 'newly'} asked about: {why}"
    if kind in ("withdrawn", "added"):
        return f"Correction: {label} is {kind}: {why}"
    what = _FIELDS.get(field or "", (field or "row").replace("_", " "))
    if cause[0] not in _NOTES:
        return f"Correction: {label}: its {what} {_corrected(before, after)}: {why}"
    if moved := _moved(before, after):
        return f"Note: {label}: for this question its {what} {moved}: {why}"
    a, b = _values(before, after)
    return f"Note: {label}: its {what} was {a} for the earlier question and is {b} for this one: {why}"


def of_draft(before: str | None, after: str | None) -> str:
    """Say that a dossier became a draft, or is none any more; nothing where it is one for other reasons."""
    if bool(before) == bool(after):
        return ""
    return f"Note: this version is a draft: {after}." if after else f"Note: the earlier version was a draft: {before}."


def of_finding(before: str, after: str, cause: Cause) -> str:
    """Say how the finding changed; one that answered another question was not wrong."""
    if cause[0] in _NOTES:
        return f"Note: of another question it was said: {_quoted(before)}. Of this one: {_quoted(after)}. {_why(cause)}"
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
    title = _quoted(name(new.manifest.case.title))
    hashes = f"The earlier version has the manifest {old.manifest_sha256}, this one {new.manifest_sha256} (sha256)."
    if changes.is_empty():
        return f"{mark}{_unchanged(title, old, new)} {hashes}"
    asked = set(changes["cause"]) <= set(_NOTES)
    parts = [f"{'What changed with the question of' if asked else 'Correction to'} {title}."]
    if old.manifest.case.title != new.manifest.case.title:
        parts.append(f"Its title was {_quoted(name(old.manifest.case.title))}.")
    parts += [t for t in (of_draft("; ".join(old.manifest.draft), "; ".join(new.manifest.draft)),) if t]
    parts += [_finding(changes, old, new), _visits(changes), _others(changes), _causes(changes), hashes]
    return mark + " ".join(p for p in parts if p)


def _unchanged(title: str, old: Side, new: Side) -> str:
    """Say that no row differs; and which files do, so that nobody takes that for the same dossier."""
    before, after = ({f.path: f.sha256 for f in side.manifest.files} for side in (old, new))
    differ = sorted(p for p in before.keys() | after.keys() if before.get(p) != after.get(p) and p not in _LISTS)
    if not differ:
        return f"Nothing that the dossier {title} says has changed."
    files = listed([name(p) for p in differ[:_MOST_FILES]])
    more = f" and {number(len(differ) - _MOST_FILES)} more" if len(differ) > _MOST_FILES else ""
    return (
        f"No finding, count, visit or other row that the dossier {title} says has changed. "
        f"{'This file differs' if len(differ) == 1 else 'These files differ'}, in what was read or how it is set out: "
        f"{files}{more}."
    )


def _finding(changes: pl.DataFrame, old: Side, new: Side) -> str:
    before, after = old.manifest.finding, new.manifest.finding
    if before == after:
        return f"Its finding stands: {_quoted(after)}."
    row = changes.filter(pl.col("table") == "finding")
    if row.height and row["cause"][0] in _NOTES:
        return f"The earlier version answered another question: {_quoted(before)}. To this one: {_quoted(after)}."
    return f"An earlier version said: {_quoted(before)}. It should say: {_quoted(after)}."


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
    tables = changes.filter(~pl.col("table").is_in(["visits", "finding", "title", "draft"]))["table"].unique(
        maintain_order=True
    )
    return f"Also changed: {listed(tables.to_list())}." if len(tables) else ""


def _causes(changes: pl.DataFrame) -> str:
    told = []
    for cause in PRECEDENCE:
        mine = changes.filter(pl.col("cause") == cause)
        if mine.height:
            n = f"{number(mine.height)} {'change' if mine.height == 1 else 'changes'}"
            # which part of the case file, or whose checks: a handful at most
            first = mine["why"].str.strip_prefix(MOVED).str.split("; also: ").list.first()
            why = first.unique(maintain_order=True)
            ways = why.to_list() if cause in _SAID else []
            said = "; ".join(ways[:_MOST_WAYS]) + ("; and others" if len(ways) > _MOST_WAYS else "")
            told.append(f"{_CALLED[cause]} ({n}{f': {said}' if said else ''})")
    return f"Why: {'; '.join(told)}."


def _why(cause: Cause) -> str:
    return f"{_CALLED[cause[0]]} ({cause[1]})."


def _quoted(text: str) -> str:
    kept = " ".join(text.split()).rstrip(".")
    return f'"{kept}"' if kept else "nothing"


def _value(text: str | None) -> str:
    return _values(text, None)[0]


def _corrected(before: str | None, after: str | None) -> str:
    """Say what a value was and is; of a list only what left it and what came."""
    if moved := _moved(before, after):
        return moved
    a, b = _values(before, after)
    return f"was given as {a} and is now given as {b}"


def _moved(before: str | None, after: str | None) -> str:
    """Say what left a list and what came; nothing where it is none, or only its order differs."""
    if not before or not after or not (JOINT in before or JOINT in after):
        return ""
    was, now = ([same(v) for v in text.split(JOINT)] for text in (before, after))
    gone, came = [v for v in was if v not in now], [v for v in now if v not in was]
    parts = [f"{verb} {_some(values)}" for verb, values in (("no longer has", gone), ("now has", came)) if values]
    return " and ".join(parts)


def _some(values: Sequence[str]) -> str:
    kept = [name(v, most=_LONGEST).replace("_", " ") for v in values[:_MOST_NAMED]]
    more = [f"{number(len(values) - _MOST_NAMED)} more"] if len(values) > _MOST_NAMED else []
    return listed([*kept, *more])


def _values(before: str | None, after: str | None) -> tuple[str, str]:
    """Write two values so that they differ where they do: long ones are cut round the first difference."""
    whole = [name(text, most=len(text)) if text else "" for text in (before, after)]
    spaced = [text.replace("_", " ") for text in whole]
    if spaced[0] != spaced[1]:
        whole = spaced
    elif whole[0] == whole[1] and before and after:  # they differ in signs that no page shows
        whole = [ascii(text) for text in (before, after)]
    ends = enumerate(zip(*whole, strict=False))
    first = next((n for n, (a, b) in ends if a != b), min(map(len, whole)))
    out = []
    for text in whole:
        begin = text.rfind(" ", 0, max(0, first - _AHEAD)) + 1 if len(text) > _LONGEST else 0
        end = begin + _LONGEST
        cut = f"{'...' if begin else ''}{text[begin:end]}{'...' if len(text) > end else ''}"
        out.append(cut or "not known")
    return out[0], out[1]


def _at(span: str | None) -> str:
    """Write the best time of a span; its bounds where there is no best."""
    at = moment(span.partition(" (")[0]) if span else None
    return _bounds(span) if at is None else f"{at:%H:%M:%S} on {_day(at)}"


def _bounds(span: str | None) -> str:
    return f"between {span.partition(' (')[2].rstrip(')').replace(' to ', ' and ')}" if span else "not known"


def _day(at: datetime) -> str:
    day = at.astimezone(UTC)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
