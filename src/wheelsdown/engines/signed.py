"""Where checks of visits are kept, and visits with what people found of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.analysis.checks import apply_checks
from wheelsdown.engines.options import Options
from wheelsdown.errors import UsageError
from wheelsdown.lake.checks import read_checks, unfinished
from wheelsdown.lake.layout import Layout
from wheelsdown.schema import CHECKS

__all__ = ["DEFAULT", "kept_in", "kept_of", "signed", "unfinished_of"]

DEFAULT: Final = Path("wheelsdown-checks.jsonl")
"""Where checks of files go unless told otherwise: into the current folder."""


def kept_in(lake: Path | None, checks: Path | None) -> tuple[Path, Path | None]:
    """Name the file of checks, and the lock of it: the file named, else the lake's own, else `DEFAULT`."""
    if checks is not None:
        return checks.expanduser(), None
    if lake is None:
        return DEFAULT, None
    layout = Layout(lake.expanduser())
    return layout.checks, layout.checking


def kept_of(options: Options) -> pl.DataFrame:
    """Read the checks that go with a question: those of the file named, else of the lake; without either none.

    Raises
    ------
    UsageError
        There is no such file of checks.
    LakeError
        The checks cannot be believed.
    """
    if options.lake is None and options.checks is None:
        return CHECKS.empty()
    path, _ = kept_in(options.lake, options.checks)
    if options.checks is not None and not path.exists():
        raise UsageError(f"--checks {path}: no such file; wheelsdown check-visit makes one")
    return read_checks(path)


def unfinished_of(options: Options) -> tuple[str, ...]:
    """Say that the checks which go with a question end in an unfinished line, where they do: it counts for nothing."""
    if options.lake is None and options.checks is None:
        return ()
    said = unfinished(kept_in(options.lake, options.checks)[0])
    return () if said is None else (said,)


def signed(visits: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Write beside visits what people found of them: as the lake's checks say, or the file named.

    Parameters
    ----------
    visits : VISITS
    options : Options
        With a lake, or a file of checks; with neither the visits stay as they are.

    Raises
    ------
    UsageError, LakeError
        See `kept_of`.
    """
    return apply_checks(visits, kept_of(options))
