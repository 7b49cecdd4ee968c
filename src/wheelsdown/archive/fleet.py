"""Which aircraft are wanted: by address, or, while a whole day is read, by what a trace says of itself."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from typing import Any, Final

from wheelsdown.sources.day_quality import TRACE_NAME

__all__ = ["Fleet", "address_of", "member_name"]

_HEAD: Final = 1 << 14
_MOST: Final = 256 << 20
_DESIGNATOR: Final = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Fleet:
    """Aircraft asked for.

    `addresses` are taken as they are. The rest is looked for in the traces themselves, which only a whole day can
    answer: any of `registrations`, or one that fits both `operators` and `typecodes` (where both are given).
    """

    addresses: tuple[str, ...] = ()
    registrations: tuple[str, ...] = ()
    """Capitals and digits only."""
    operators: tuple[str, ...] = ()
    typecodes: tuple[str, ...] = ()

    @property
    def by_word(self) -> bool:
        """Whether every trace of a day must be looked into."""
        return bool(self.registrations or self.operators or self.typecodes)

    @property
    def terms(self) -> tuple[str, ...]:
        """What is looked for in the traces, as the ledger names it."""
        described = [f"operator {o}" for o in self.operators], [f"type {t}" for t in self.typecodes]
        both = [f"{o} {t}" for o in described[0] for t in described[1]] or [*described[0], *described[1]]
        return (*(f"registration {r}" for r in self.registrations), *both)

    def fits(self, data: bytes) -> bool:
        """Tell whether a trace's own words are those asked for.

        An operator's three-letter designator also fits call signs that begin with it and go on with a digit.
        """
        about = _about(data)
        tail = re.sub(r"[^0-9A-Z]", "", str(about.get("r") or "").upper())
        if tail and tail in self.registrations:
            return True
        if not (self.operators or self.typecodes):
            return False
        if self.typecodes and str(about.get("t") or "").upper() not in self.typecodes:
            return False
        return not self.operators or any(_flown_by(o.upper(), about, data) for o in self.operators)


def address_of(name: str) -> str | None:
    """Give the address that a member's or file's name holds."""
    found = TRACE_NAME.fullmatch(name)
    return found.group(2) if found else None


def member_name(address: str) -> str:
    """Name of an aircraft's trace in a release."""
    return f"./traces/{address[-2:]}/trace_full_{address}.json"


def _unpacked(data: bytes, most: int) -> bytes:
    """Unpack up to `most` bytes; what is damaged ends it."""
    if not data.startswith(b"\x1f\x8b"):
        return data[:most]
    try:
        return zlib.decompressobj(31).decompress(data, most)
    except zlib.error:
        return b""


def _about(data: bytes) -> dict[str, Any]:
    """Read what stands before the points; empty where it cannot be read."""
    head, sign, _ = _unpacked(data, _HEAD).partition(b'"trace"')
    try:
        found = json.loads(head + b'"trace":0}') if sign else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _flown_by(wanted: str, about: dict[str, Any], data: bytes) -> bool:
    owner = str(about.get("ownOp") or "").upper()
    if not _DESIGNATOR.fullmatch(wanted):
        return wanted in owner
    if re.search(rf"\b{wanted}\b", owner):
        return True
    return re.search(rf'"flight"\s*:\s*"{wanted}[0-9]'.encode(), _unpacked(data, _MOST)) is not None
