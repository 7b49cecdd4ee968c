"""Docstrings as help: lines broken for the editor flow together again."""

from __future__ import annotations

from typing import Any, TypeVar

__all__ = ["flowing"]

T = TypeVar("T", bound=Any)


def flowing(documented: T) -> T:
    """Join the lines of each paragraph of a docstring; rules under section names and blank lines stay."""
    joined: list[str] = []
    for line in (documented.__doc__ or "").splitlines():
        before = joined[-1] if joined else ""
        ruled = set(line.strip()) == {"-"} or set(before.strip()) == {"-"}
        same = len(line) - len(line.lstrip()) == len(before) - len(before.lstrip())
        if line.strip() and before.strip() and same and not ruled:
            joined[-1] = f"{before} {line.strip()}"
        else:
            joined.append(line)
    documented.__doc__ = "\n".join(joined)
    return documented
