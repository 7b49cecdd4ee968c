"""Airfields, runways, aircraft registers: dated, cited, replaceable.

Names are loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "Airfields": "wheelsdown.reference.airfields",
    "load": "wheelsdown.reference.airfields",
    "data_directory": "wheelsdown.reference.paths",
}

__all__ = ["Airfields", "data_directory", "load"]

if TYPE_CHECKING:
    from wheelsdown.reference.airfields import Airfields, load
    from wheelsdown.reference.paths import data_directory


def __getattr__(name: str) -> Any:
    """Load a public name from its home on first use (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'wheelsdown.reference' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
