"""Compile once a machine: numba's cache in a folder named after the sources of the package it serves.

numba looks only at the file of the function it compiles, so that a change in a helper of another file would go on
running the old code; and an installed package may lie where nothing can be written.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba
from numba import njit

__all__ = ["compiled", "compiled_lean"]


@lru_cache(maxsize=8)
def _folder(package: Path) -> str | None:
    if os.environ.get("NUMBA_CACHE_DIR"):
        return None
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(package.glob("*.py")):
        text = source.read_bytes()
        # only what takes part in compiled code: functions, and the tuples they are given
        if b"@compiled" in text or b"NamedTuple" in text:
            digest.update(text)
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    for root in (base, Path(tempfile.gettempdir()) / f"wheelsdown-{os.getuid() if hasattr(os, 'getuid') else 'user'}"):
        folder = root / "wheelsdown" / "compiled" / digest.hexdigest()[:12]
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue  # a home that cannot be written to: the next place will do
        if os.access(folder, os.W_OK):
            return str(folder)
    return None


def compiled(function: Callable[..., Any], **options: Any) -> Any:
    """Compile a function with numba and keep the result between runs.

    Compiled again when any compiled source in the function's own folder has changed.
    """
    config: Any = numba.config
    before = config.CACHE_DIR
    try:
        config.CACHE_DIR = _folder(Path(function.__code__.co_filename).parent) or before
        return njit(cache=True, **options)(function)
    finally:
        config.CACHE_DIR = before


def compiled_lean(function: Callable[..., Any]) -> Any:
    """Compile as `compiled` does a function that makes no array.

    It does not count who holds the arrays it is given (its caller does), which in small functions costs more than all
    the rest. It may call only its like.
    """
    return compiled(function, _nrt=False)


def compiled_inline(function: Callable[..., Any]) -> Any:
    """Compile as `compiled_lean` does, into each place that calls it."""
    return compiled(function, _nrt=False, inline="always")
