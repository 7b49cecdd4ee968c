"""What became of a dossier: every change between an older and a newer one of the same case, with its cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import polars as pl

from wheelsdown.dossier import correcting
from wheelsdown.dossier.causes import MOVED, PRECEDENCE, Cause, Causes, checks_differ
from wheelsdown.dossier.compared import KEPT, MADE_OF_INPUTS, NOT_COMPARED, STATED, Kept, alike
from wheelsdown.dossier.correcting import correction
from wheelsdown.dossier.matching import matched, touchdown
from wheelsdown.dossier.sides import Row, Side, listed, read_side
from wheelsdown.engines.result import Result
from wheelsdown.errors import UsageError
from wheelsdown.outputs.cells import TIME_FORMAT
from wheelsdown.schema import CHANGES

__all__ = ["correction", "diff", "differences"]

Change: TypeAlias = tuple[str, str, str, str | None, str | None, str | None, str | None, str, str, str]

_READ: Final = ("visits", *KEPT, STATED)
_IDENTITY: Final = frozenset(
    {"registration", "typecode", "operator", "identity_source", "identity_as_of", "identity_conflict"}
)
_TOLD: Final = NOT_COMPARED | {
    "visit_id", "grade", "airfield", "place_id", "dwell_least_min", "dwell_most_min",
    "arrived_earliest_utc", "arrived_utc", "arrived_latest_utc",
    "departed_earliest_utc", "departed_utc", "departed_latest_utc",
    "verdict", "checked_by", "checked_utc", "check_note", "check_state",
}  # fmt: skip
"""Columns of a visit that are told by changes of their own."""
_FIRST: Final = "counts/1"
"""Row that the finding is made of."""
_ALIKE: Final = 0.5
_ALIKE_ON_ONE_ROW: Final = 0.25
"""Share of words that two sentences have in common from which they are one that changed."""

Said: TypeAlias = tuple[int, frozenset[tuple[str | None, ...]]]
"""Number of a sentence's row, and the rows that it rests on, by what these are about."""


def diff(old: str | Path, new: str | Path) -> pl.DataFrame:
    """Name every change between two dossiers of one case, with its cause.

    Parameters
    ----------
    old, new : path
        Folders, or evidence.zip.

    Returns
    -------
    CHANGES
        The title, the draft state and the finding first, then visits by the time of their touchdown, then the other
        tables, then other sentences of the page. Empty: no row says anything else; a file may still differ, which the
        note says (`correcting.note`).

    Raises
    ------
    SourceError
        One is no dossier, or is not what its manifest says.
    UsageError
        One is SIMULATED and the other is not.

    Notes
    -----
    Visits are matched by their ids, else by aircraft, touchdown and place (`matching.matched`), so that a changed id is
    a re-dating. Causes are told by checks, receipts, case file and versions (`causes.Causes`): they name what differs,
    and do not prove what did it. Every table is compared in every column but those that name bytes or rows
    (`compared`); of `receipts` only what it tells of causes is used, and layout is not compared.
    """
    before, after = read_side(old, _READ), read_side(new, _READ)
    return _diff(before, after)


def differences(old: str | Path, new: str | Path) -> tuple[Result, str]:
    """Give CHANGES as an answer, and the correction note; see `diff` and `correction`."""
    before, after = read_side(old, _READ), read_side(new, _READ)
    found = _diff(before, after)
    return Result(CHANGES, found, simulated=after.manifest.simulated), correcting.note(found, before, after)


def _diff(old: Side, new: Side) -> pl.DataFrame:
    if old.manifest.simulated != new.manifest.simulated:
        which = old.where if old.manifest.simulated else new.where
        raise UsageError(f"{which} is SIMULATED and the other is not: they are no versions of one dossier")
    causes = Causes(old, new)
    visits = list(_visits(old, new, causes))
    known: dict[str, Cause] = {}
    for row in visits:
        cause: Cause = (row[7], row[8])
        for visit_id in (row[2], row[3]):
            if visit_id and (visit_id not in known or _rank(cause) < _rank(known[visit_id])):
                known[visit_id] = cause
    tables = [c for name, kept in KEPT.items() for c in _table(name, kept, old, new, causes, known)]
    first = [*_head(old, new, causes), *_finding(old, new, tables, causes)]
    rows = [*first, *visits, *tables]
    rows += _stated(old, new, causes, told={text for row in rows for text in row[5:7] if text})
    mark = new.manifest.simulated
    marked = [(*row[:9], correcting.marked(row[9], simulated=mark)) for row in rows]
    return pl.DataFrame(marked, schema=CHANGES.schema, orient="row")


def _rank(cause: Cause) -> int:
    return PRECEDENCE.index(cause[0])


def _head(old: Side, new: Side, causes: Causes) -> Iterator[Change]:
    """Name another title, and another draft state."""
    for field, before, after in (
        ("title", old.manifest.case.title, new.manifest.case.title),
        ("draft", "; ".join(old.manifest.draft) or None, "; ".join(new.manifest.draft) or None),
    ):
        if before != after:
            cause = causes.general(field)
            text = correcting.of_draft(before, after) if field == "draft" else ""
            text = text or correcting.of_row("changed", "the dossier", field, before, after, cause)
            yield "changed", field, field, None, field, before, after, *cause, text


def _finding(old: Side, new: Side, tables: Sequence[Change], causes: Causes) -> Iterator[Change]:
    """Name another finding: the first window's count or, where nothing is counted, how many others published."""
    before, after = old.manifest.finding, new.manifest.finding
    if before == after:
        return
    counted = [c for c in tables if c[1] == "counts"]
    own = [c for c in counted if _FIRST in c[2:4]] or counted
    claimed = [c for c in tables if c[1] == "published" and c[4] is None]
    behind: list[Cause] = [(c[7], c[8]) for c in own or claimed]
    cause = min(behind, key=_rank) if behind else causes.general("finding")
    text = correcting.of_finding(before, after, cause)
    yield "changed", "finding", "finding", None, "finding", before, after, *cause, text


def _visits(old: Side, new: Side, causes: Causes) -> Iterator[Change]:
    pairs, gone, came = matched(old.rows("visits"), new.rows("visits"))
    found: list[tuple[str, str, list[Change]]] = []
    for row in gone:
        cause = causes.of_visit(row, None)
        kind = _left(cause)
        text = correcting.of_visit(kind, row, row, None, None, None, cause)
        found.append((*_when(row), [(kind, "visits", _id(row), None, None, row["grade"], None, *cause, text)]))
    for row in came:
        cause = causes.of_visit(None, row)
        text = correcting.of_visit("added", row, row, None, None, None, cause)
        found.append((*_when(row), [("added", "visits", _id(row), None, None, None, row["grade"], *cause, text)]))
    for before, after in pairs:
        found.append((*_when(after), list(_pair(before, after, causes))))
    for _, _, changes in sorted(found, key=lambda f: f[:2]):
        yield from changes


def _pair(old: Row, new: Row, causes: Causes) -> Iterator[Change]:
    """Name what differs between two rows that are one visit."""
    cause = causes.of_visit(old, new)
    was = _id(old) if old["visit_id"] != new["visit_id"] else None

    def change(kind: str, field: str, before: str | None, after: str | None, why: Cause = cause) -> Change:
        text = correcting.of_visit(kind, old, new, field, before, after, why)
        return kind, "visits", _id(new), was, field, before, after, *why, text

    if old["grade"] != new["grade"]:
        yield change("regraded", "grade", old["grade"], new["grade"])
    dated = False
    for end in ("arrived", "departed"):
        if (a := _span(old, end)) != (b := _span(new, end)):
            dated = True
            yield change("re-dated", f"{end}_utc", a, b)
    if was is not None and not dated:
        yield change("changed", "visit_id", was, _id(new))
    if (old["airfield"], old["place_id"]) != (new["airfield"], new["place_id"]):
        yield change("changed", "airfield", old["airfield"] or old["place_id"], new["airfield"] or new["place_id"])
    if (a := _dwell(old)) != (b := _dwell(new)):
        yield change("changed", "dwell_least_min", a, b)
    for field in _fields(old, new, _TOLD):
        if not alike(old.get(field), new.get(field)):
            why = causes.of_visit(old, new, identity=True) if field in _IDENTITY else cause
            yield change("changed", field, old.get(field), new.get(field), why)
    if checks_differ(old, new):
        yield change("changed", "verdict", _check(old), _check(new), ("verdict", "its check differs"))
    elif old.get("check_state") != new.get("check_state"):
        yield change("changed", "check_state", old.get("check_state"), new.get("check_state"))


def _fields(old: Row, new: Row, without: Container[str]) -> list[str]:
    """Give the columns that are compared, in their order: those of both, for one that is new corrects nothing."""
    return [c for c in old if c in new and c not in without]


def _left(cause: Cause) -> str:
    """Name what became of a row that is in the old only: none that is not asked about any more was wrong."""
    return "unasked" if cause[0] == "question" else "withdrawn"


def _table(name: str, kept: Kept, old: Side, new: Side, causes: Causes, known: dict[str, Cause]) -> Iterator[Change]:
    """Name what differs between the rows of another table."""
    if name not in old.tables and name not in new.tables:
        return
    before, after = _keyed(name, kept, old), _keyed(name, kept, new)
    for key in [*before, *(k for k in after if k not in before)]:
        a, b = before.get(key), after.get(key)
        number, row = b or a or (0, {})
        row_id = f"{name}/{number}"
        pair = a[1] if a else None, b[1] if b else None
        cause = causes.of_row(name, *pair, _behind(*pair, known))
        label = correcting.label_of(name, kept.keys, row)
        if a is None or b is None:
            kind = _left(cause) if b is None else "added"
            text = correcting.of_row(kind, label, None, None, None, cause)
            said = row.get("sentence")
            yield kind, name, row_id, None, None, said if a else None, said if b else None, *cause, text
            continue
        was = f"{name}/{a[0]}" if a[0] != b[0] else None
        for field in _fields(a[1], b[1], {*NOT_COMPARED, *kept.keys}):
            x, y = a[1].get(field), b[1].get(field)
            if x != y:
                kind = "re-dated" if field in kept.dates else "changed"
                yield kind, name, row_id, was, field, x, y, *cause, correcting.of_row(kind, label, field, x, y, cause)


def _keyed(name: str, kept: Kept, side: Side) -> dict[tuple[str | None, ...], tuple[int, Row]]:
    """Give rows by what they are about, each with its number; rows about the same thing are numbered."""
    seen: Counter[tuple[str | None, ...]] = Counter()
    out: dict[tuple[str | None, ...], tuple[int, Row]] = {}
    windows = side.manifest.windows if name == "counts" else []
    for number, row in enumerate(side.rows(name), start=1):
        whole = {**row, "window": windows[number - 1]} if number <= len(windows) else row
        key = tuple(whole.get(k) for k in kept.keys)
        seen[key] += 1
        out[*key, str(seen[key])] = number, whole
    return out


def _stated(old: Side, new: Side, causes: Causes, told: Container[str]) -> Iterator[Change]:
    """Name sentences of the page that differ and are no cell of another table that does."""
    before, after = _sentences(old), _sentences(new)
    for section in dict.fromkeys((*before, *after)):
        a, b = before.get(section, {}), after.get(section, {})
        for x, y in _paired({t: a[t][1] for t in a if t not in b}, {t: b[t][1] for t in b if t not in a}):
            if (x is None or x in told) and (y is None or y in told):
                continue
            rests = {row[0] or "" for text, of in ((x, a), (y, b)) if text is not None for row in of[text][1]}
            cause = causes.of_sentence(section, [t for t in (x, y) if t is not None], rests)
            row_id = f"{STATED}/{b[y][0] if y is not None else a[x or ''][0]}"
            was = f"{STATED}/{a[x][0]}" if x is not None and y is not None and a[x][0] != b[y][0] else None
            kind = "added" if x is None else _left(cause) if y is None else "changed"
            field = "text" if kind == "changed" else None
            text = correcting.of_row(
                kind, correcting.label_of(STATED, ("section",), {"section": section}), field, x, y, cause
            )
            yield kind, STATED, row_id, was, field, x, y, *cause, text


def _paired(
    gone: dict[str, frozenset[tuple[str | None, ...]]], came: dict[str, frozenset[tuple[str | None, ...]]]
) -> list[tuple[str | None, str | None]]:
    """Match sentences that are one and changed: those alike most first, and more so where they share no row."""
    order = {text: n for n, text in enumerate(came)}
    near: list[tuple[float, int, int, str, str]] = []
    for n, (x, rests) in enumerate(gone.items()):
        mine = set(x.split())
        for y, others in came.items():
            if bool(rests) != bool(others) or (rests and not rests & others):
                continue
            words = set(y.split())
            share = len(mine & words) / max(1, len(mine | words))
            if share >= (_ALIKE_ON_ONE_ROW if rests else _ALIKE):
                near.append((-share, n, order[y], x, y))
    pairs: dict[str, str] = {}
    for _, _, _, x, y in sorted(near):
        if x not in pairs and y not in pairs.values():
            pairs[x] = y
    taken = set(pairs.values())
    return [*((x, pairs.get(x)) for x in gone), *((None, y) for y in came if y not in taken)]


def _sentences(side: Side) -> dict[str, dict[str, Said]]:
    """Give the sentences of each section of a page with their rows; the title is told by itself."""
    about = {
        f"{name}/{number}": (name, *key)
        for name, kept in KEPT.items()
        for key, (number, _) in _keyed(name, kept, side).items()
    }
    out: dict[str, dict[str, Said]] = {}
    for number, row in enumerate(side.rows(STATED), start=1):
        section, text = row.get("section") or "", row.get("text") or ""
        if section not in MADE_OF_INPUTS and (section, text) != ("case", side.manifest.case.title):
            rests = frozenset(about.get(r, tuple(r.partition("/")[::2])) for r in listed(row.get("rests_on")))
            out.setdefault(section, {})[text] = number, rests
    return out


def _behind(old: Row | None, new: Row | None, known: dict[str, Cause]) -> Cause | None:
    """Tell the cause of a number by the visits that it no longer, or newly, rests on."""
    before, after = (set(listed(r.get("visit_ids"))) if r else set() for r in (old, new))
    moved = [known[v] for v in sorted(before ^ after) if v in known]
    if not moved:
        return None
    cause, why = min(moved, key=_rank)
    return cause, f"{MOVED}{why}"


def _id(row: Row) -> str:
    return row["visit_id"] or ""


def _when(row: Row) -> tuple[str, str]:
    at = touchdown(row)
    return (at.strftime(TIME_FORMAT) if at else ""), _id(row)


def _span(row: Row, end: str) -> str | None:
    best, least, most = (row.get(f"{end}{which}_utc") for which in ("", "_earliest", "_latest"))
    if not (best or least or most):
        return None
    return f"{best or 'not known'} ({least or 'no bound'} to {most or 'no bound'})"


def _dwell(row: Row) -> str | None:
    least, most = row.get("dwell_least_min"), row.get("dwell_most_min")
    return f"{least or 'no bound'} to {most or 'no bound'}" if least or most else None


def _check(row: Row) -> str | None:
    parts = [p for p in (row.get("verdict"), row.get("checked_by"), row.get("checked_utc"), row.get("check_note")) if p]
    return ", ".join(parts) or None
