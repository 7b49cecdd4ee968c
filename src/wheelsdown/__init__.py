"""wheelsdown: from public flight tracks to a count that survives a libel lawyer.

The names below are loaded when first used, so that ``import wheelsdown`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "read": "wheelsdown.engines.local",
    "visits": "wheelsdown.engines.local",
    "legs": "wheelsdown.engines.local",
    "gaps": "wheelsdown.engines.local",
    "integrity": "wheelsdown.engines.local",
    "explain": "wheelsdown.engines.explaining",
    "count": "wheelsdown.engines.offered",
    "cadence": "wheelsdown.engines.offered",
    "agree": "wheelsdown.engines.offered",
    "observability": "wheelsdown.engines.offered",
    "shares": "wheelsdown.engines.offered_tests",
    "surges": "wheelsdown.engines.offered_tests",
    "timing": "wheelsdown.engines.offered_tests",
    "Options": "wheelsdown.engines.options",
    "write": "wheelsdown.outputs",
    "WheelsdownError": "wheelsdown.errors",
}

__all__ = [
    "Options", "WheelsdownError", "__version__", "agree", "cadence", "count", "explain", "gaps", "integrity", "legs",
    "observability", "read", "shares", "surges", "timing", "visits", "write",
]  # fmt: skip

if TYPE_CHECKING:
    from wheelsdown.engines.local import explain, gaps, integrity, legs, read, visits
    from wheelsdown.engines.offered import agree, cadence, count, observability
    from wheelsdown.engines.offered_tests import shares, surges, timing
    from wheelsdown.engines.options import Options
    from wheelsdown.errors import WheelsdownError
    from wheelsdown.outputs import write


def __getattr__(name: str) -> Any:
    """Load a public name from its home on first use (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'wheelsdown' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
