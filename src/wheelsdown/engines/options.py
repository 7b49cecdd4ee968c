"""How to read and infer: everything that is not the question itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wheelsdown.inference import Rules
from wheelsdown.reference.airfields import Airfields

__all__ = ["Input", "Options", "Progress"]

Input = str | Path | Iterable[str | Path] | pl.DataFrame
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Options:
    """How to read and infer: everything that is not the question itself."""

    identity: Path | None = None
    mapping: Path | None = None
    as_: str | None = None
    strict: bool = False
    ruled_out: bool = False
    rules: Rules | None = None
    airfields: Sequence[Path] | Airfields = ()
    registers: Sequence[Path] = ()
    progress: Progress | None = None
    lake: Path | None = None
    """Read out of this lake instead of files."""
    checks: Path | None = None
    """File of checks to tell with visits; by default a lake's own."""
    keep_positions: bool = True
    """Keep the positions beside the answer, for outputs that draw the way flown."""
