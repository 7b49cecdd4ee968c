"""Opens what a question is asked of: a lake, and the list of airfields."""

from __future__ import annotations

import polars as pl

from wheelsdown.engines.options import Input, Options
from wheelsdown.errors import UsageError
from wheelsdown.lake import Lake
from wheelsdown.reference.airfields import Airfields
from wheelsdown.reference.airfields import load as load_airfields

__all__ = ["airfields_of", "lake_of"]


def lake_of(of: Input, options: Options) -> Lake | None:
    """Open the lake to read out of, if one is named.

    Raises
    ------
    UsageError
        Files are named as well.
    LakeError
        No lake.
    """
    if options.lake is None:
        return None
    if isinstance(of, pl.DataFrame) or of:
        raise UsageError("both files and --lake: name one (wheelsdown ingest puts files into a lake)")
    return Lake.open(options.lake)


def airfields_of(options: Options) -> Airfields:
    """Take the list that the options bring, or load it with their own airfields."""
    return options.airfields if isinstance(options.airfields, Airfields) else load_airfields(extra=options.airfields)
