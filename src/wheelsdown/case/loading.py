"""Reads a case file: strict TOML, with file, line, field and remedy for whatever is wrong with it."""

from __future__ import annotations

import difflib
import hashlib
import re
import typing
from pathlib import Path
from typing import Any, Final

import msgspec

from wheelsdown.case.checks import Wrong, check
from wheelsdown.case.form import Case, Form
from wheelsdown.errors import CaseError
from wheelsdown.tomltext import decode, line_of, parse

__all__ = ["LONGEST_TEXT", "load", "load_text"]

LONGEST_TEXT: Final = 20_000
"""Characters of one text."""
_DEEPEST: Final = 20
_SEE: Final = "see the files in cases/ for how it is written"
_STEP: Final = re.compile(r"[^.\[\]]+")
_REMEDIES: Final = (
    (r"Expected `array`, got `str`", 'write a list, in brackets: ["..."]'),
    (r"Expected `array`, got `object`", "write two pairs of brackets: it may stand several times"),
    (r"Expected `object`, got `array`", "write one pair of brackets: it stands once"),
    (r"Expected `str`, got `(int|float|date|datetime|bool)`", "put it in quotes"),
    (r"Expected `date`, got `datetime`", "write the day alone: 2023-09-17"),
    (r"Expected `datetime`", "write day, time and offset, without quotes: 2023-09-17T14:00:00+03:00"),
    (r"Expected `(int|float)`", "write a number, without quotes"),
    (r"Expected `bool`", "write true or false, without quotes"),
    (r"Invalid RFC3339", "write a day that exists: 2023-09-17"),
)


def load(path: str | Path) -> Case:
    """Read a case file and check everything that can be checked without reading data.

    Parameters
    ----------
    path : str or Path
        A TOML file, 1 MiB at most; `form` says what may stand in it. Paths in it begin at its folder.

    Returns
    -------
    Case
        With `file`, `sha256` and `raw`, the file's bytes.

    Raises
    ------
    CaseError
        The file cannot be read; a field is unknown, missing or of another type; a value cannot be, or does not go with
        another. Names file, line, field and remedy.

    Notes
    -----
    A file under ``[events]``, ``[[arms]]`` or ``[[trade]]`` that is not there is no error: other people's data are not
    shipped, and `checking.check` tells what is missing. Texts are kept as they are, control and right-to-left
    characters included: outputs escape them.
    """
    path = Path(path)
    text, raw, document = decode(path, CaseError, what="a case", see=_SEE)
    return _made(path, text, raw, document)


def load_text(text: str, path: Path) -> Case:
    """Read a case from its text, as if it stood in the file `path`.

    Raises
    ------
    CaseError
        As `load`.
    """
    document = parse(text, path, CaseError, see=_SEE)
    return _made(path, text, text.encode(), document)


def _made(path: Path, text: str, raw: bytes, document: dict[str, Any]) -> Case:
    _lengths(path, text, document)
    try:
        form = msgspec.convert(document, Form)
    except msgspec.ValidationError as e:
        reason, _, where = str(e).partition(" - at `$")
        field = where.rstrip("`").lstrip(".").replace("[...]", "")
        line = line_of(text, field, reason)
        remedy = _remedy(reason, field)
        raise CaseError(reason, file=str(path), field=field or None, line=line, remedy=remedy) from None
    fields = {f: getattr(form, f) for f in Form.__struct_fields__}
    case = Case(**fields, file=path, sha256=hashlib.sha256(raw).hexdigest(), raw=raw)
    wrong = next(iter(check(case)), None)
    if wrong is not None:
        raise _error(path, text, wrong)
    return case


def _error(path: Path, text: str, wrong: Wrong) -> CaseError:
    line = line_of(text, wrong.field)
    return CaseError(wrong.reason, file=str(path), field=wrong.field or None, line=line, remedy=wrong.remedy)


def _lengths(path: Path, text: str, document: dict[str, Any]) -> None:
    """Refuse texts longer than anybody reads, before anything is done with them."""
    todo: list[tuple[str, Any, int]] = [("", document, 0)]
    while todo:
        field, value, depth = todo.pop()
        if depth > _DEEPEST:
            raise CaseError("is nested too deep", file=str(path), line=line_of(text, field), remedy=_SEE)
        if isinstance(value, dict):
            todo += [(f"{field}.{k[:200]}".lstrip("."), v, depth + 1) for k, v in value.items()]
            long = next((k for k in value if len(k) > 200), None)
            if long is not None:
                raise CaseError("has a field with a name of more than 200 characters", file=str(path), remedy=_SEE)
        elif isinstance(value, list):
            todo += [(f"{field}[{n}]", v, depth + 1) for n, v in enumerate(value)]
        elif isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise CaseError(
                f"is a text of {len(value):,} characters; {LONGEST_TEXT:,} are the most",
                file=str(path),
                line=line_of(text, field),
                field=field,
                remedy="quote the sentence that matters, and keep the whole as an archived copy",
            )


def _remedy(reason: str, field: str) -> str:
    """Say what to do about what msgspec found."""
    if unknown := re.search(r"unknown field `([^`]*)`", reason):
        known = _known(field)
        close = difflib.get_close_matches(unknown[1], known, n=1, cutoff=0.6)
        return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    if missing := re.search(r"missing required field `([^`]*)`", reason):
        return f"add {missing[1]} = ..."
    if wrong := re.search(r"Invalid enum value '([^']*)'", reason):
        allowed = _literals(field)
        close = difflib.get_close_matches(wrong[1], allowed, n=1)
        return (f"did you mean {close[0]}? " if close else "") + f"one of {', '.join(allowed)}"
    plain = reason.replace(" | null", "")
    return next((said for pattern, said in _REMEDIES if re.search(pattern, plain)), _SEE)


def _inner(kind: Any) -> Any:
    """Take the type of an element, or of what is not null."""
    args = [a for a in typing.get_args(kind) if a not in (type(None), Ellipsis)]
    return args[0] if args and typing.get_origin(kind) is not typing.Literal else kind


def _type_at(field: str) -> Any:
    """Give the type of a field by its path."""
    kind: Any = Form
    for step in (s[0] for s in _STEP.finditer(field)):
        if step.isdigit():
            continue
        found = {f.encode_name: f.type for f in msgspec.structs.fields(kind)}
        kind = _inner(found[step])
    return kind


def _known(field: str) -> list[str]:
    return [f.encode_name for f in msgspec.structs.fields(_type_at(field))]


def _literals(field: str) -> list[str]:
    return [str(a) for a in typing.get_args(_type_at(field))]
