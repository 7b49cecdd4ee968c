"""The evidence of a case as one page and a folder that can be checked."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "make": "wheelsdown.dossier.making",
    "verify_dossier": "wheelsdown.dossier.verifying",
    "diff": "wheelsdown.dossier.differing",
    "correction": "wheelsdown.dossier.correcting",
}

__all__ = ["correction", "diff", "make", "verify_dossier"]

if TYPE_CHECKING:
    from wheelsdown.dossier.correcting import correction
    from wheelsdown.dossier.differing import diff
    from wheelsdown.dossier.making import make
    from wheelsdown.dossier.verifying import verify_dossier


def __getattr__(name: str) -> Any:
    """Load a public name from its home on first use (PEP 562): checking a dossier needs no page."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'wheelsdown.dossier' has no attribute {name!r}")
