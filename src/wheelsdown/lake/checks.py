"""Checks that people made of visits: one file of entries, each naming the one before by its hash.

Beside a lake it is ``checks.jsonl``; checks of single files lie in a file of the user's choice. A later check is a
further entry: nothing is overwritten, and a re-run of the inference touches none of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from wheelsdown import chain
from wheelsdown.errors import LakeError, UsageError
from wheelsdown.lake.files import locked, sync_folder
from wheelsdown.schema import CHECKS, VERDICTS

__all__ = [
    "NAME_MOST",
    "NOTE_MOST",
    "add_checks",
    "faults",
    "name_of",
    "note_of",
    "read_checks",
    "unfinished",
    "verdict_of",
]

NAME_MOST: Final = 200
NOTE_MOST: Final = 4_000
_FIELD_MOST: Final = 100_000
_DID: Final = "check"
_MADE: Final = "SIMULATED"
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of what follows: a text can be made to read as another."""


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry says."""

    did: str
    visit_id: str
    by: str
    verdict: str
    note: str | None
    grade: str
    evidence: str
    fields: dict[str, Any]
    registration: str | None = None


def name_of(text: str) -> str:
    """Check the name of who signs.

    Raises
    ------
    UsageError
        Empty, too long, or with characters that no name has.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise UsageError("--by: name the person who checked, for example --by 'A. Reporter'")
    if len(name) > NAME_MOST:
        raise UsageError(f"--by: {len(name):,} characters; a name has {NAME_MOST} at most")
    _refuse(name, "--by", "\u200c\u200d", "write the name in one line, without control characters")
    return name


def note_of(text: str | None) -> str | None:
    """Check a note; an empty one is none.

    Raises
    ------
    UsageError
        Too long, or with characters that could hide or turn what it says.
    """
    note = unicodedata.normalize("NFC", text or "").replace("\r\n", "\n").strip()
    if len(note) > NOTE_MOST:
        raise UsageError(f"--note: {len(note):,} characters; {NOTE_MOST:,} at most: keep the rest in a file, name that")
    _refuse(note, "--note", "\n\t\u200c\u200d\u200e\u200f", "take out control characters and marks of direction")
    return note or None


def verdict_of(text: str) -> str:
    """Check a verdict.

    Raises
    ------
    UsageError
    """
    if text not in VERDICTS:
        raise UsageError(f"--verdict {text[:NAME_MOST]}: it is one of {', '.join(VERDICTS)}")
    return text


def _refuse(text: str, option: str, allowed: str, remedy: str) -> None:
    for c in text:
        kind = unicodedata.category(c)
        if c in _TURNING or (kind in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and c not in allowed):
            raise UsageError(f"{option}: holds the character U+{ord(c):04X}; {remedy}")


def read_checks(path: Path) -> pl.DataFrame:
    """Read all checks.

    Parameters
    ----------
    path : path
        A file of checks; an absent one holds none.

    Returns
    -------
    CHECKS
        In the order they were made; not compared with any visit.

    Raises
    ------
    LakeError
        An entry was altered, left out or moved, or is no check: none of the file is believed.
    """
    held = _chain(path)
    return _frame(held.entries)


def faults(path: Path) -> list[str]:
    """Say what is wrong with a file of checks; nothing, where it is whole or absent."""
    held = chain.read(path)
    out = list(held.faults)
    out += [f"line {e.number} {why}" for e in held.entries if (why := _odd(e))]
    if held.torn is not None:
        out.append("its last line is unfinished: a writer was stopped, or the file was cut; it counts for nothing")
    return out


def unfinished(path: Path) -> str | None:
    """Say that the last line of a file of checks is no whole entry; None where it is, or where there is no file.

    Whoever reads checks has to tell it: the visit that such a line confirmed or rejected looks like one that nobody
    checked.

    Raises
    ------
    LakeError
        The file cannot be read.
    """
    held = _read(path)
    if held.torn is None:
        return None
    after = f"after entry {held.last.number}" if held.last else "and there is no other"
    return (
        f"{path}: the last line, {after}, is unfinished: a writer was stopped, or the file was cut; what it says of a "
        "visit is not in this answer. Restore the file from a copy, or sign again"
    )


def add_checks(
    path: Path,
    bodies: Sequence[Mapping[str, Any]],
    *,
    lock: Path | None = None,
    now: datetime | None = None,
    waiting: Callable[[str], None] | None = None,
    told: Callable[[str], None] | None = None,
) -> pl.DataFrame:
    """Enter checks, one after the other, while no other process does.

    Parameters
    ----------
    path : path
        The file; made if absent.
    bodies : sequence of mapping
        `visit_id, by, verdict, note, grade, evidence, fields, registration` of each.
    lock : path, optional
        Lock file; ``.NAME.lock`` beside the file if not given.
    now : datetime, optional
        Time of the entries.
    waiting : callable, optional
        Told if another process has to be waited for.
    told : callable, optional
        Told if an unfinished last line was moved into a file beside: ``NAME.unfinished-HASH``.

    Returns
    -------
    CHECKS
        The new ones.

    Raises
    ------
    LakeError
        The file cannot be believed or written, or holds checks of SIMULATED visits while these are real, or the
        other way round.
    """
    if path.is_dir():
        raise LakeError(f"{path}: is a folder; name a file for the checks")
    if not path.parent.is_dir():
        raise LakeError(f"{path}: the folder {path.parent} does not exist; make it first")
    new: list[chain.Entry] = []
    with locked(lock or path.with_name(f".{path.name}.lock"), waiting=waiting):
        fresh = not path.exists()
        held = _chain(path)
        _of_one_kind(path, [*(e.body["fields"] for e in held.entries), *(b["fields"] for b in bodies)])
        try:
            if held.torn is not None and (beside := _kept_beside(path, held.torn)) and told is not None:
                told(f"{path}: the last line was unfinished; what there was of it lies in {beside} now")
            for body in bodies:
                new.append(chain.append(path, {"did": _DID, **body}, now=now, before=held))
                held = chain.read(path, held)
            if fresh:
                sync_folder(path.parent)
        except OSError as e:
            if isinstance(e, LakeError):
                raise
            done = f"{len(new)} of {len(bodies)} checks were entered" if new else "no check was entered"
            raise LakeError(f"{path}: cannot be written: {e.strerror or e}; {done}") from e
    return _frame(new)


def _kept_beside(path: Path, torn: int) -> Path:
    """Copy an unfinished last line into a file of its own, named after its bytes, before it is cut off."""
    with path.open("rb") as f:
        f.seek(torn)
        rest = f.read()
    beside = path.with_name(f"{path.name}.unfinished-{hashlib.sha256(rest).hexdigest()[:12]}")
    with beside.open("wb") as f:
        f.write(rest)
        f.flush()
        os.fsync(f.fileno())
    sync_folder(path.parent)
    return beside


def _read(path: Path) -> chain.Chain:
    try:
        return chain.read(path)
    except OSError as e:
        raise LakeError(f"{path}: cannot be read: {e.strerror or e}") from e


def _chain(path: Path) -> chain.Chain:
    held = _read(path)
    wrong = [*held.faults, *(f"line {e.number} {why}" for e in held.entries if (why := _odd(e)))]
    if wrong:
        raise LakeError(
            f"{path}: {wrong[0]}. No check in it can be believed: restore it from a copy, or move it away to go on "
            "without checks"
        )
    return held


def _odd(entry: chain.Entry) -> str | None:
    """Say why an entry is no check, where it is none."""
    try:
        body = msgspec.convert(entry.body, _Body)
        made = datetime.fromisoformat(entry.made_utc)
    except (msgspec.ValidationError, ValueError, TypeError) as e:
        return f"is no check: {str(e)[:NAME_MOST]}"
    if body.did != _DID or body.verdict not in VERDICTS or made.tzinfo is None:
        return "is no check"
    if len(body.by) > NAME_MOST or len(body.note or "") > NOTE_MOST:
        return "is no check that this program wrote: its name or note is too long"
    if hashlib.sha256(_text(body.fields).encode()).hexdigest() != body.evidence:
        return "names another hash than its evidence has"
    return _ill_formed(body.fields)


def _ill_formed(fields: Mapping[str, Any]) -> str | None:
    """Say what is wrong with evidence that no program of this house wrote."""
    odd = "holds evidence of another form"
    source = fields.get("source")
    if not isinstance(source, list) or not all(isinstance(s, str) for s in source):
        return odd
    for key, value in fields.items():
        if key.endswith("_utc") and value is not None:
            try:
                if datetime.fromisoformat(value).tzinfo is None:
                    return "holds a time without a zone"
            except (TypeError, ValueError):
                return odd
        if not isinstance(value, str | bool | list | None) or len(str(value)) > _FIELD_MOST:
            return odd
    texts = ("icao24", "track_id", "airfield", "place_id")
    return None if all(isinstance(fields.get(n), str | None) for n in texts) else odd


def _of_one_kind(path: Path, fields: Sequence[Mapping[str, Any]]) -> None:
    kinds = {any(s.startswith(_MADE) for s in f["source"]) for f in fields}
    if len(kinds) > 1:
        raise LakeError(f"{path}: SIMULATED and real visits never share a file of checks; name another with --checks")


def _text(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _frame(entries: Sequence[chain.Entry]) -> pl.DataFrame:
    rows = []
    for e in entries:
        body = msgspec.convert(e.body, _Body)
        fields = body.fields
        arrived = fields.get("arrived_utc")
        rows.append(
            {
                "visit_id": body.visit_id,
                "checked_utc": datetime.fromisoformat(e.made_utc),
                "by": body.by,
                "verdict": body.verdict,
                "note": body.note,
                "grade": body.grade,
                "evidence": body.evidence,
                "entry": e.number,
                "sha256": e.sha256,
                "icao24": fields.get("icao24"),
                "track_id": fields.get("track_id"),
                "registration": body.registration,
                "airfield": fields.get("airfield"),
                "arrived_utc": None if arrived is None else datetime.fromisoformat(arrived),
                "as_checked": _text(fields),
                "source": "+".join(fields["source"]),
            }
        )
    if not rows:
        return CHECKS.empty()
    return CHECKS.conform(pl.DataFrame(rows, schema={n: CHECKS.schema[n] for n in rows[0]}), fill=True)
