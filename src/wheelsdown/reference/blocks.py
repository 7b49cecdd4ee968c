"""Countries behind 24-bit addresses and behind registration marks.

The address blocks are ICAO's allocation to states (Annex 10, Volume III, chapter 9); the marks are the nationality
marks notified under Annex 7. A block says which state hands out an address, not who flies: say "the address block
suggests", never "is". Territories share their state's block (Cayman and Bermuda fly on British addresses, Hong Kong
on Chinese). San Marino's and Mongolia's are given as they are in use, 256 addresses beyond the allocation. Military
sub-blocks are no part of ICAO's table; they come from a register the user loads.
"""

from __future__ import annotations

import bisect
import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from wheelsdown.reference.store import PACKED

__all__ = ["Block", "Mark", "block_conflict", "block_of", "blocks", "mark_of", "normal_tail"]

_HEX: Final = re.compile(r"[0-9a-f]{6}")
# Marks written without a hyphen by their own register; elsewhere a bare prefix of letters proves nothing.
_BARE: Final = ("JA", "HL", "UK")
# What follows a mark of one letter; D-479 and F-009 are military serials, of the Netherlands among others.
_AFTER_LETTER: Final = {
    "2": r"[A-Z]{4}",
    "B": r"[0-9A-Z]{3,5}",
    "C": r"[FGI][A-Z]{3}",
    "D": r"[0-9A-Z]{4}",
    "F": r"[A-Z]{4}",
    "G": r"[A-Z]{4}",
    "I": r"[A-Z]{4}|[A-Z]\d{3}",
    "M": r"[A-Z]{4}",
    "P": r"\d{3}",
    "Z": r"[A-Z]{3}",
}


@dataclass(frozen=True)
class Block:
    """A range of addresses and the state it is allocated to."""

    first: str
    last: str
    country: str
    name: str

    @property
    def says(self) -> str:
        """In the words to use."""
        return f"address block {self.first}-{self.last} suggests {self.name}"


@dataclass(frozen=True)
class Mark:
    """A nationality mark, and the countries whose address blocks fit it."""

    prefix: str
    name: str
    blocks: tuple[str, ...]


@lru_cache(maxsize=1)
def blocks() -> tuple[Block, ...]:
    """Give the address blocks, in order; they do not overlap."""
    with (PACKED / "blocks.csv").open(encoding="utf-8", newline="") as f:
        return tuple(Block(**row) for row in csv.DictReader(f))


@lru_cache(maxsize=1)
def _marks() -> dict[str, Mark]:
    with (PACKED / "prefixes.csv").open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    return {r["prefix"]: Mark(r["prefix"].rstrip("-"), r["name"], tuple(r["blocks"].split())) for r in rows}


def block_of(icao24: str) -> Block | None:
    """Give the block that an address lies in.

    Parameters
    ----------
    icao24 : str
        Six hex digits, any case.

    Returns
    -------
    Block or None
        None for an address outside every country's block, and for what is no ICAO address (``~`` before it).
    """
    text = icao24.strip().lower()
    if not _HEX.fullmatch(text):
        return None
    table = blocks()
    at = bisect.bisect_right(table, text, key=lambda b: b.first) - 1
    return table[at] if at >= 0 and text <= table[at].last else None


def normal_tail(registration: str) -> str:
    """Write a tail as tails are compared: upper case, without hyphens, spaces and dots (4K-AZ60 is 4KAZ60)."""
    return re.sub(r"[\s.\-\u2010-\u2015]", "", registration).upper()


def mark_of(registration: str) -> Mark | None:
    """Give the nationality mark that a tail begins with, or None where it bears none that can be told.

    A tail without a hyphen is read only where the mark holds a digit, is the United States' N before a digit, or is
    written so by its own register (JA, HL, UK): military serials look like anything.
    """
    tail = registration.strip().upper()
    marks = _marks()
    head, hyphen, rest = tail.partition("-")
    if hyphen:
        # two figures after a mark are a serial (Belgium's ST-03), no registration
        if not re.fullmatch(_AFTER_LETTER.get(head, r"[0-9A-Z]{3,5}|[A-Z]{2}"), rest):
            return None
        for key in (f"{head}-", head):
            if key in marks and head != "N":
                return marks[key]
        return None
    tail = normal_tail(tail)
    if re.match(r"N\d", tail):
        return marks["N"]
    for length in (3, 2):
        prefix = tail[:length]
        if prefix in marks and len(tail) > length and (prefix in _BARE or re.search(r"\d", prefix)):
            return marks[prefix]
    return None


def block_conflict(icao24: str, registration: str) -> str | None:
    """Say so where an address lies outside the block that the tail's nationality mark suggests.

    Returns
    -------
    str or None
        None where they agree, or where either says nothing. A conflict is no proof of error: addresses are kept after
        a sale for a while, and some states hand out others'.
    """
    mark = mark_of(registration)
    if mark is None or not _HEX.fullmatch(icao24.strip().lower()):
        return None
    block = block_of(icao24)
    if block is not None and block.country in mark.blocks:
        return None
    lies = f"its {block.says}" if block else "it lies in no country's address block"
    return f"{registration} bears {mark.name}'s mark, but address {icao24.lower()} is outside that block: {lies}"
