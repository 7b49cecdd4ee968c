"""Whose visits a sentence is about, and where: read back from the cell that says which visits were asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from wheelsdown.analysis.wording import listed, name, number

__all__ = ["among", "made_by", "whose"]

_KINDS: Final = ("operator", "tail", "address", "type", "at")
_MOST: Final = 5
"""A sentence that names fifty tails is not read; the cell names them all."""
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_SPLIT: Final = frozenset({"tail", "address", "type"})
"""Kinds whose names hold no comma, so that several can be told apart."""


def whose(what: str | None) -> str:
    """Name the flights that a row is about.

    Parameters
    ----------
    what : str, optional
        Cell `what` of CADENCE, SURGES or TIMING: ``operator SIMULATED Air Bridge; tail SIM-1``, or what a case calls
        its fleet.

    Returns
    -------
    str
        ``flights of SIMULATED Air Bridge with the tail SIM-1``; nothing where all visits are meant.
    """
    parts = _parts(what)
    words = [t for t in (_names(parts, "type"), "flights") if t]
    if said := parts.get("operator") or parts.get("fleet"):
        words.append(f"of {name(said)}")
    for kind in ("tail", "address"):
        if said := _names(parts, kind):
            words.append(f"{'and' if words[-1].startswith('with ') else 'with'} the {kind} {said}")
    return " ".join(words) if set(parts) - {"at"} else ""


def among(row: Mapping[str, Any]) -> str:
    """Begin a sentence with the place and whose visits they are: ``at LLOV, among flights of X, ``; or nothing."""
    where, flights = _where(row), whose(row.get("what"))
    if not flights:
        return f"{where} " if where else ""
    return f"{where}, among {flights}, " if where else f"among {flights}, "


def made_by(row: Mapping[str, Any]) -> str:
    """Say after the word visit where and by whom: `` at LLOV by flights of X``; or nothing."""
    where, flights = _where(row), whose(row.get("what"))
    return f"{f' {where}' if where else ''}{f' by {flights}' if flights else ''}"


def _where(row: Mapping[str, Any]) -> str:
    if row.get("airfield"):
        return f"at {name(row['airfield'])}"
    asked = _parts(row.get("what")).get("at")
    if asked is None:
        return ""
    numbers = _NUMBER.findall(asked)
    if not numbers or len(numbers) % 3:
        return "at the place asked for"
    circles = [numbers[i : i + 3] for i in range(0, len(numbers), 3)]
    return listed([f"within {km} km of {latitude}, {longitude}" for latitude, longitude, km in circles], joint="or")


def _parts(what: str | None) -> dict[str, str]:
    """Take a cell apart by its kinds; one that begins with none of them is the name of a fleet."""
    found: dict[str, str] = {}
    last = ""
    for part in (what or "").split("; "):
        kind, _, rest = part.partition(" ")
        if kind in _KINDS and rest and kind not in found and (last or not found):
            found[kind] = rest
            last = kind
        elif last:
            found[last] += f"; {part}"  # a name may hold what parts are set apart by
        else:
            return {"fleet": what} if what and what.strip() else {}
    return found


def _names(parts: Mapping[str, str], kind: str) -> str:
    if kind not in parts:
        return ""
    names = [name(n) for n in parts[kind].split(", ")] if kind in _SPLIT else [name(parts[kind])]
    more = len(names) - _MOST
    return listed([*names[:_MOST], f"{number(more)} more"] if more > 0 else names, joint="or")
