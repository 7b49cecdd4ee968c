"""Airfields, runways, aircraft registers: dated, cited, replaceable.

Names are loaded when first used. `identify`, `update` and `registers` are modules: call `identify.identify`,
`identify.annotate`, `update.update`, `registers.add`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "Airfields": "wheelsdown.reference.airfields",
    "Block": "wheelsdown.reference.blocks",
    "UpdateReport": "wheelsdown.reference.update",
    "addresses_of": "wheelsdown.reference.identify",
    "block_of": "wheelsdown.reference.blocks",
    "data_directory": "wheelsdown.reference.paths",
    "load": "wheelsdown.reference.airfields",
    "load_registers": "wheelsdown.reference.registers",
    "read_register": "wheelsdown.reference.formats",
}
_NAMED = {"load_registers": "load"}

__all__ = [
    "Airfields",
    "Block",
    "UpdateReport",
    "addresses_of",
    "block_of",
    "data_directory",
    "load",
    "load_registers",
    "read_register",
]

if TYPE_CHECKING:
    from wheelsdown.reference.airfields import Airfields, load
    from wheelsdown.reference.blocks import Block, block_of
    from wheelsdown.reference.formats import read_register
    from wheelsdown.reference.identify import addresses_of
    from wheelsdown.reference.paths import data_directory
    from wheelsdown.reference.registers import load as load_registers
    from wheelsdown.reference.update import UpdateReport


def __getattr__(name: str) -> Any:
    """Load a public name from its home on first use (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), _NAMED.get(name, name))
    raise AttributeError(f"module 'wheelsdown.reference' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
