"""Why a row of two dossiers differs: a check, the bytes, the question, the case file, the method or the reference."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias

from wheelsdown.analysis.wording import name as printable
from wheelsdown.dossier.matching import touchdown
from wheelsdown.dossier.sides import Row, Side, listed, moment

__all__ = ["MOVED", "PRECEDENCE", "Cause", "Causes", "checks_differ"]

Cause: TypeAlias = tuple[str, str]
"""One of CAUSES, and what tells it."""

PRECEDENCE: Final = ("question", "verdict", "case_file", "data", "method", "reference", "unknown")
"""Of several causes behind one number, the first of these is named: numbers of two questions bear no comparison."""

MOVED: Final = "a visit entered or left it: "
"""Before what tells the cause of that visit's change."""

_ZONE: Final = "case.zone"
_FACTS: Final = "airfield.fact"
_ASKED: Final = ("fleet", "airfield", "window", _ZONE)
_TESTED: Final = ("comparison", "surges", "timing", "arms", "trade")
_STATED: Final = ("case", "party", "rival", "statement", "published", "exhibit", "events", _FACTS)
_LISTS: Final = frozenset(
    {"airfield", "window", "party", "rival", "statement", "published", "exhibit", "arms", "trade", _FACTS}
)
"""Sections that a case file writes in double brackets."""
_BEARS_ON: Final = {
    "visits": _ASKED,
    "counts": _ASKED,
    "visitors": (*_ASKED, "comparison"),
    "destinations": (*_ASKED, "comparison"),
    "surges": (*_ASKED, "surges"),
    "blocks": (*_ASKED, "surges"),
    "timing": (*_ASKED, "timing", "events"),
    "epoch": (*_ASKED, "timing", "events"),
    "shares": ("arms", "trade"),
    "published": ("published", *_ASKED),
    "statements": ("statement", *_ASKED),
    "exhibits": ("exhibit", *_ASKED),
    "events": ("events", "timing", *_ASKED),
    "facts": (_FACTS, "party", *_ASKED),
    "finding": ("published", *_ASKED),
    "conclusions/surges": (*_ASKED, "surges"),
    "conclusions/timing": (*_ASKED, "timing", "events"),
    "conclusions/timing in days": (*_ASKED, "timing", "events"),
    "conclusions/other visitors": (*_ASKED, "comparison"),
    "conclusions/other destinations": (*_ASKED, "comparison"),
    "conclusions/shares": ("arms", "trade"),
    "conclusions/published counts": ("published", *_ASKED),
    "conclusions/statements": ("statement", *_ASKED),
    "conclusions/final": ("party", "statement", "case"),
    "conclusions/exhibits": ("exhibit",),
    "conclusions/context": ("events", "arms", "trade"),
    "stated/case": ("case",),
    "stated/rivals": ("rival", *_ASKED),
    "stated/airfields": (_FACTS, "party", *_ASKED),
    "stated/notes": (*_ASKED, *_TESTED, "events", "exhibit", "published"),
    "stated/timeline": (*_ASKED, *_TESTED, "events", "published", "statement"),
    "stated/methods": (*_STATED, *_ASKED, *_TESTED),
    "stated/limits": (*_STATED, *_ASKED, *_TESTED),
    "title": ("case",),
    "draft": ("party", "statement", "case"),
}
"""Sections of a case file that a table of the dossier hangs on, those that it is copied from first; where positions lie
is no question. Other tables, answers and sentences of the page hang on `_ASKED`."""
_PRESENT: Final = frozenset({"stated/methods", "stated/limits"})
"""Sentences that stand for a section being there, whatever it says."""
_NAMED: Final = {"party": "name", "rival": "text"}
"""Sections that a sentence comes from only where it has their words."""
_CANNOT: Final = "cannot"
"""Section of the page whose sentences are answers to what can be said, each with its topic first."""
_PLACES: Final = ("published", "surges", "timing")
"""Sections whose own airfields and windows visits are listed for too; the tables they ask for have the same names."""
_WINDOWED: Final = frozenset({"counts", "cadence", "surges", "timing", "published", "visitors", "destinations"})
_ENTRIES: Final = {
    "statements": ("statement_id", "statement"),
    "published": ("published_id", "published"),
    "exhibits": ("exhibit_id", "exhibit"),
    "events": ("event_id", "events.episode"),
}
"""Tables with a row for an entry of the case file that has the same id."""
_SAYS_NOTHING: Final = {"note", "fact", "files"}
_REFERENCE: Final = "reference"
_WINDOW: Final = ("from_utc", "to_utc", "time_zone")
_CHECKS: Final = ("verdict", "checked_by", "checked_utc", "check_note")


class Causes:
    """Tells causes between two dossiers.

    Notes
    -----
    What is known of the row itself comes first, then what differs between the two as a whole: a visit outside the other
    dossier's windows or airfields, or another window (`question`); its own entry of the case file (`case_file`);
    receipts of that row that the other dossier did not read (`data`); then a case file that differs in what bears on it
    (`question` where it asks, `case_file` where it states), other versions of wheelsdown, its rules or its libraries
    (`method`), other airfields or registers (`reference`), and last other inputs that the row does not name (`data`)
    and another file of checks (`verdict`). Registration, type and operator look at the reference data before the
    method. A change of the check itself is a `verdict`. Where several differ, the others are named too: which of them
    did it, only a run that changes one alone can tell.
    """

    def __init__(self, old: Side, new: Side) -> None:
        self._old, self._new = old, new
        self._versions = _versions(old, new)
        asked = (*_ASKED, "surges", "timing", "published")
        self._same_question = all(_asked(old.case, s) == _asked(new.case, s) for s in asked)
        self._inputs = _inputs(old, new)
        self._entries = [
            {t: _entries(side.case, section) for t, (_, section) in _ENTRIES.items()} for side in (old, new)
        ]

    def of_visit(self, old: Row | None, new: Row | None, *, identity: bool = False) -> Cause:
        """Tell why a visit differs, or is in one of the two only."""
        row, own, other = (old, self._old, self._new) if new is None else (new, self._new, self._old)
        inside = False
        if row is not None and (old is None or new is None):
            if not self._same_question and _outside(row, other):
                return "question", "its touchdown or place lies outside what the other case asks"
            missing = [r for r in listed(row["receipts"]) if r in own.read - other.read]
            if missing:
                which = "new" if new is None else "old"
                return "data", f"the {which} dossier did not read what it rests on: {_some(missing)}"
            inside = bool(other.rows("counts"))
        if old is not None and new is not None and (other_bytes := self._receipts(old, new)):
            return other_bytes
        # both cases ask about its time and place: only another fleet takes it out
        without = ("window", "airfield", _ZONE) if inside else ()
        found = self.general("visits", first=_REFERENCE if identity else None, without=without)
        if found[0] == "unknown" and old is not None and new is not None and checks_differ(old, new):
            return "verdict", "its check differs, and nothing else does"
        return found

    def of_row(self, table: str, old: Row | None, new: Row | None, moved: Cause | None = None) -> Cause:
        """Tell why a row of another table differs; `moved` is the cause of visits that it gained or lost."""
        if (entry := self._entry(table, old or new or {})) is not None:
            return entry
        if moved is not None:
            return moved
        if old is not None and new is not None:
            if any(old.get(c) != new.get(c) for c in ("checked", "rejected")):
                return "verdict", "other visits are checked or rejected"
            if not self._same_question and table in _WINDOWED and any(old.get(c) != new.get(c) for c in _WINDOW):
                return "question", "its window differs"
            if "receipts" in old and (found := self._receipts(old, new)):
                return found
        if table == "conclusions":
            return self.general(f"{table}/{(new or old or {}).get('topic')}")
        return self.general(table, without=_own(table) if self._has(table, old or new or {}) else ())

    def of_sentence(self, section: str, texts: Iterable[str], tables: Iterable[str]) -> Cause:
        """Tell why sentences of a section of the page differ, by the tables that they rest on, their topic or names."""
        said = [" ".join(t.split()) for t in texts]
        topic = _topic(said) if section == _CANNOT else None
        rested = sorted(set(tables))
        table = rested[0] if len(rested) == 1 else f"conclusions/{topic}" if topic else f"stated/{section}"
        cases = (self._old.case, self._new.case)
        unnamed = [s for s, key in _NAMED.items() if not any(_names(case, s, key, said) for case in cases)]
        if table in _PRESENT and len(said) > 1:  # there in both: no section that came or went changed its words
            return self.general(table, without=(*_STATED, *_TESTED))
        return self.general(table, without=unnamed if table.startswith("stated/") else ())

    def _entry(self, table: str, row: Row) -> Cause | None:
        """Tell by the entry of the case file that a row is copied from."""
        if not self._has(table, row):
            return None
        key, section = _ENTRIES[table]
        before, after = (side[table].get(row.get(key)) for side in self._entries)
        if before == after:
            return None
        what = "is not in the earlier one" if before is None else "is not in the later one" if after is None else ""
        return "case_file", f"its entry in [[{section}]] {what or 'differs'}"

    def _has(self, table: str, row: Row) -> bool:
        """Tell whether a case file has an entry for a row."""
        return table in _ENTRIES and any(row.get(_ENTRIES[table][0]) in side[table] for side in self._entries)

    def _receipts(self, old: Row, new: Row) -> Cause | None:
        """Tell by the files a row rests on; those that both dossiers read are no other bytes."""
        before, after = set(listed(old["receipts"])), set(listed(new["receipts"]))
        gone, came = sorted(before - after - self._new.read), sorted(after - before - self._old.read)
        if not gone and not came:
            return None
        parts = [f"no longer {_some(gone)}"] if gone else []
        parts += [f"now {_some(came)}"] if came else []
        return "data", f"it rests on other files: {', '.join(parts)}"

    def general(self, table: str, first: str | None = None, without: Iterable[str] = ()) -> Cause:
        """Tell what differs between the two as a whole; of sections of the case file, not those in `without`."""
        bears = _BEARS_ON.get(table, _ASKED)
        there = table in _PRESENT
        differ = [s for s in bears if s not in without and _differs(self._old.case, self._new.case, s, there=there)]
        found: list[Cause] = []
        for cause, mine in (
            ("question", [s for s in differ if s not in _STATED]),
            ("case_file", [s for s in differ if s in _STATED]),
        ):
            if mine:
                found.append((cause, f"the case file differs in {', '.join(_named(s) for s in mine)}"))
        if bears[0] in _STATED:  # it is copied from there
            found.reverse()
        found += sorted(self._versions, key=lambda c: c[0] != (first or "method"))
        found += self._inputs
        if not found:
            return "unknown", "the same bytes were read, by the same versions, for the same question"
        cause, why = found[0]
        more = "; ".join(w for _, w in found[1:])
        return cause, f"{why}; also: {more}" if more else why


def checks_differ(old: Row, new: Row) -> bool:
    """Tell whether another check stands beside a visit."""
    return any(old.get(c) != new.get(c) for c in _CHECKS)


def _outside(visit: Row, side: Side) -> bool:
    """Tell whether a visit lies outside every window and airfield that a dossier lists visits for."""
    rows = list(side.rows("counts"))
    for table in _PLACES:
        if table in side.case:
            rows += [r for r in side.rows(table) if r["from_utc"] or r["to_utc"]]  # a claim may have no window
    at = touchdown(visit)
    if not side.rows("counts") or at is None:
        return False
    begin = moment(visit["arrived_earliest_utc"]) or at
    end = moment(visit["arrived_latest_utc"]) or at
    named = {visit["airfield"], *listed(visit["rivals"])}
    for row in rows:
        since, until = moment(row["from_utc"]), moment(row["to_utc"])
        inside = (since is None or end >= since) and (until is None or begin < until)
        if inside and (row["airfield"] is None or row["airfield"] in named):
            return False
    return True


def _topic(texts: Iterable[str]) -> str | None:
    """Find what sentences on what cannot be said are about; they begin with it."""
    topics = [t.partition("/")[2] for t in _BEARS_ON if t.startswith("conclusions/")]
    for text in texts:
        for topic in topics:
            if text.lower().startswith((f"{topic}:", f"{topic} (")):
                return topic
    return None


def _names(case: Mapping[str, Any], section: str, key: str, texts: Iterable[str]) -> bool:
    """Tell whether any text has the words of an entry of a section."""
    found = case.get(section)
    entries = [e.get(key) for e in found if isinstance(e, Mapping)] if isinstance(found, list) else []
    words = [printable(e).removesuffix("...") for e in entries if isinstance(e, str) and e.strip()]
    return any(w in text for w in words for text in texts)


def _differs(old: Mapping[str, Any], new: Mapping[str, Any], section: str, *, there: bool) -> bool:
    """Tell whether a section differs; with `there` only whether one of the two is without it."""
    a, b = _asked(old, section), _asked(new, section)
    return bool(a) != bool(b) if there else a != b


def _asked(case: Mapping[str, Any], section: str) -> Any:
    """Give what a section says; a part of another one where its name has a dot."""
    if section == _ZONE:
        return _under(case, "case").get("zone")
    if section == "case":
        return {k: v for k, v in _under(case, "case").items() if k != "zone"}
    if section == _FACTS:
        fields = case.get("airfield")
        return [f.get("fact") for f in fields if isinstance(f, Mapping)] if isinstance(fields, list) else None
    value = case.get(section)
    return value if section in _STATED and section != "events" else _bare(value)


def _under(case: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    found = case.get(section)
    return found if isinstance(found, Mapping) else {}


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _bare(v) for k, v in value.items() if k not in _SAYS_NOTHING}
    return [_bare(v) for v in value] if isinstance(value, list) else value


def _named(section: str) -> str:
    if section == _ZONE:
        return "zone of [case]"
    return f"[[{section}]]" if section in _LISTS else f"[{section}]"


def _own(table: str) -> tuple[str, ...]:
    """Name the section whose entries are compared one by one."""
    return (_BEARS_ON[table][0],)


def _entries(case: Mapping[str, Any], section: str) -> dict[Any, Any]:
    """Give entries of a case file by their ids."""
    above, _, last = section.rpartition(".")
    found = (_under(case, above) if above else case).get(last)
    of_all = found if isinstance(found, list) else []
    return {e["id"]: e for e in of_all if isinstance(e, Mapping) and isinstance(e.get("id"), str)}


def _versions(old: Side, new: Side) -> list[Cause]:
    a, b = old.manifest.versions, new.manifest.versions
    out: list[Cause] = []
    names = sorted(n for n in a.keys() | b.keys() if a.get(n) != b.get(n))
    for cause, mine in (("method", [n for n in names if n != _REFERENCE]), ("reference", [_REFERENCE])):
        told = [f"{printable(n)} {_v(a, n)} became {_v(b, n)}" for n in mine if n in names]
        if told:
            out.append((cause, ", ".join(told)))
    return out


def _v(versions: Mapping[str, str], key: str) -> str:
    return printable(versions[key]) if key in versions else "none"


def _inputs(old: Side, new: Side) -> list[Cause]:
    """Say which inputs differ; the case file is the question, a file of checks what a person found."""
    before, after = _read(old), _read(new)
    differ = [(old, before[s]) for s in before.keys() - after.keys()]
    differ += [(new, after[s]) for s in after.keys() - before.keys()]
    checks = sorted({printable(path) for side, path in differ if _holds_checks(side, path)})
    others = sorted({printable(path) for side, path in differ if not _holds_checks(side, path)})
    out: list[Cause] = [("data", f"other bytes were read: {_some(others)}")] if others else []
    return [*out, ("verdict", f"the checks in {_some(checks)} differ")] if checks else out


def _read(side: Side) -> dict[str, str]:
    return {i.sha256: i.path for i in side.manifest.inputs if i.sha256 != side.manifest.case.sha256}


def _holds_checks(side: Side, path: str) -> bool:
    """Tell whether an input is the file of checks that the case file names."""
    written = _under(side.case, "positions").get("checks")
    if not isinstance(written, str):
        return False
    # an input far from the dossier is named by its name alone
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(side.manifest.case.path), written))
    return any(fnmatchcase(posixpath.normpath(path), p) for p in (beside, posixpath.basename(written)))


def _some(names: Iterable[str]) -> str:
    texts = list(names)
    return ", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")
