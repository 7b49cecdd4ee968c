"""Archived copies and exhibits: the bytes of a file that a case names, hashed as they lie there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wheelsdown.analysis.wording import name as shown
from wheelsdown.provenance import receipt_of

if TYPE_CHECKING:
    from wheelsdown.case.form import Case

__all__ = ["Copy", "copy_of"]


@dataclass(frozen=True)
class Copy:
    """A file that a case names."""

    name: str
    """Its name, without folders."""
    sha256: str | None = None
    bytes: int | None = None
    trouble: str = ""
    """Why it is not what it should be, as a sentence; empty where it is."""


def copy_of(case: Case, written: str, expected: str | None) -> Copy:
    """Hash a file, in blocks.

    Parameters
    ----------
    case : Case
        Relative paths begin at its folder.
    written : str
        The path as the case has it.
    expected : str, optional
        sha256 that the file must have.

    Returns
    -------
    Copy
        One that is not there, cannot be read, or has another hash says so in `trouble`; nothing is raised.
    """
    path = case.path(written)
    name = path.name or written
    try:
        if not path.is_file():
            return Copy(name, trouble=f"The file {shown(name)} is not there.")
        receipt = receipt_of(path)
    except (OSError, ValueError) as e:
        why = getattr(e, "strerror", None) or e
        return Copy(name, trouble=f"The file {shown(name)} cannot be read: {why}.")
    if expected is not None and receipt.sha256 != expected.lower():
        differs = f"The file {shown(name)} is not the one that was named: its sha256 is another."
        return Copy(name, receipt.sha256, receipt.bytes, differs)
    return Copy(name, receipt.sha256, receipt.bytes)
