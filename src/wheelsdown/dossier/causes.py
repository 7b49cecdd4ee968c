"""Why a row of two dossiers differs: a check, the bytes, the question, the method or the reference data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from wheelsdown.analysis.wording import name as printable
from wheelsdown.dossier.matching import touchdown
from wheelsdown.dossier.sides import Row, Side, listed, moment

__all__ = ["PRECEDENCE", "Cause", "Causes"]

Cause: TypeAlias = tuple[str, str]
"""One of CAUSES, and what tells it."""

PRECEDENCE: Final = ("verdict", "question", "data", "method", "reference", "unknown")
"""Of several causes behind one number, the first of these is named."""

_VISITS: Final = ("fleet", "airfield", "window")
_BEARS_ON: Final = {
    "visits": _VISITS,
    "counts": (*_VISITS, "comparison"),
    "cadence": _VISITS,
    "surges": (*_VISITS, "surges"),
    "timing": (*_VISITS, "timing", "events"),
    "shares": ("arms", "trade"),
    "published": (*_VISITS, "published"),
    "statements": (*_VISITS, "statement"),
    "exhibits": (*_VISITS, "exhibit"),
    "finding": _VISITS,
}
"""Tables of a case file that a table of the dossier hangs on; where positions lie is no question."""
_SAYS_NOTHING: Final = {"note", "fact", "files"}
_REFERENCE: Final = "reference"
_WINDOW: Final = ("from_utc", "to_utc", "time_zone")
_CHECKS: Final = ("verdict", "checked_by", "checked_utc", "check_note")


class Causes:
    """Tells causes between two dossiers.

    Notes
    -----
    What is known of the row itself comes first, then what differs between the two as a whole: a visit outside the other
    dossier's windows or airfields, or another window (`question`); receipts of that row that the other dossier did not
    read (`data`); then a case file that differs in what bears on it (`question`), other versions of wheelsdown, its
    rules or its libraries (`method`), other airfields or registers (`reference`), and last other inputs that the row
    does not name (`data`). Registration, type and operator look at the reference data before the method. A change of
    the check itself is a `verdict`. Where several differ, the others are named too: which of them did it, only a run
    that changes one alone can tell.
    """

    def __init__(self, old: Side, new: Side) -> None:
        self._old, self._new = old, new
        self._versions = _versions(old, new)
        self._inputs = _inputs(old, new)

    def of_visit(self, old: Row | None, new: Row | None, *, identity: bool = False) -> Cause:
        """Tell why a visit differs, or is in one of the two only."""
        row, own, other = (old, self._old, self._new) if new is None else (new, self._new, self._old)
        if row is not None and (old is None or new is None):
            if _outside(row, other):
                return "question", "its touchdown or place lies outside what the other case asks"
            missing = [r for r in listed(row["receipts"]) if r in own.read - other.read]
            if missing:
                which = "new" if new is None else "old"
                return "data", f"the {which} dossier did not read what it rests on: {_some(missing)}"
        if old is not None and new is not None and (other_bytes := self._receipts(old, new)):
            return other_bytes
        found = self.general("visits", first=_REFERENCE if identity else None)
        if found[0] == "unknown" and old is not None and new is not None and checks_differ(old, new):
            return "verdict", "its check differs, and nothing else does"
        return found

    def of_row(self, table: str, old: Row | None, new: Row | None) -> Cause:
        """Tell why a row of another table differs."""
        if old is not None and new is not None:
            if any(old.get(c) != new.get(c) for c in ("checked", "rejected")):
                return "verdict", "other visits are checked or rejected"
            if any(old.get(c) != new.get(c) for c in _WINDOW):
                return "question", "its window differs"
            if "receipts" in old and (found := self._receipts(old, new)):
                return found
        return self.general(table)

    def _receipts(self, old: Row, new: Row) -> Cause | None:
        """Tell by the files a row rests on; those that both dossiers read are no other bytes."""
        before, after = set(listed(old["receipts"])), set(listed(new["receipts"]))
        gone, came = sorted(before - after - self._new.read), sorted(after - before - self._old.read)
        if not gone and not came:
            return None
        parts = [f"no longer {_some(gone)}"] if gone else []
        parts += [f"now {_some(came)}"] if came else []
        return "data", f"it rests on other files: {', '.join(parts)}"

    def general(self, table: str, first: str | None = None) -> Cause:
        """Tell what differs between the two as a whole."""
        sections = [s for s in _BEARS_ON[table] if _asked(self._old.case, s) != _asked(self._new.case, s)]
        found: list[Cause] = []
        if sections:
            found.append(("question", f"the case file differs in {', '.join(f'[{s}]' for s in sections)}"))
        found += sorted(self._versions, key=lambda c: c[0] != (first or "method"))
        if self._inputs:
            found.append(("data", self._inputs))
        if not found:
            return "unknown", "the same bytes were read, by the same versions, for the same question"
        cause, why = found[0]
        more = "; ".join(w for _, w in found[1:])
        return cause, f"{why}; also: {more}" if more else why


def checks_differ(old: Row, new: Row) -> bool:
    """Tell whether another check stands beside a visit."""
    return any(old.get(c) != new.get(c) for c in _CHECKS)


def _outside(visit: Row, side: Side) -> bool:
    """Tell whether a visit lies outside every window and airfield that a dossier counts."""
    counts = side.rows("counts")
    at = touchdown(visit)
    if not counts or at is None:
        return False
    begin = moment(visit["arrived_earliest_utc"]) or at
    end = moment(visit["arrived_latest_utc"]) or at
    named = {visit["airfield"], *listed(visit["rivals"])}
    for row in counts:
        since, until = moment(row["from_utc"]), moment(row["to_utc"])
        inside = (since is None or end >= since) and (until is None or begin < until)
        if inside and (row["airfield"] is None or row["airfield"] in named):
            return False
    return True


def _asked(case: Mapping[str, Any], section: str) -> Any:
    return _bare([case.get(section), case.get("case", {}).get("zone")])


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _bare(v) for k, v in value.items() if k not in _SAYS_NOTHING}
    return [_bare(v) for v in value] if isinstance(value, list) else value


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


def _inputs(old: Side, new: Side) -> str:
    """Say which inputs differ; the case file is the question, and not meant."""
    before = {i.sha256: i.path for i in old.manifest.inputs if i.sha256 != old.manifest.case.sha256}
    after = {i.sha256: i.path for i in new.manifest.inputs if i.sha256 != new.manifest.case.sha256}
    names = sorted({before[s] for s in before.keys() - after.keys()} | {after[s] for s in after.keys() - before.keys()})
    return f"other bytes were read: {_some([printable(n) for n in names])}" if names else ""


def _some(names: Iterable[str]) -> str:
    texts = list(names)
    return ", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")
