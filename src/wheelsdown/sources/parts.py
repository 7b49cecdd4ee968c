"""Reads what is too large for memory in parts, each of whole aircraft."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.provenance import receipt_of
from wheelsdown.sources.interface import PARQUET
from wheelsdown.sources.paths import expand, not_a_file
from wheelsdown.sources.positions_table import PositionsTable
from wheelsdown.sources.reading import Reading, gather, read

__all__ = ["ROWS_MOST", "read_in_parts"]

ROWS_MOST: Final = 1_000_000
_NEEDED: Final = {"icao24", "time_utc", "latitude_deg", "longitude_deg"}


def read_in_parts(
    paths: str | Path | Iterable[str | Path],
    *,
    rows_most: int = ROWS_MOST,
    mapping: Path | None = None,
    identity: Path | None = None,
    as_: str | None = None,
    strict: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> Iterator[Reading]:
    """Read as `read` does, but hand over a part at a time.

    Where all files are POSITIONS saved as Parquet and every row has an address, a part holds aircraft whole, in order
    of their addresses, and about `rows_most` rows; one aircraft with more rows is a part of its own. Anything else
    comes as a single part. The parts put together are what `read` gives, but for `positions` in RECEIPTS, which counts
    the rows of the part, and `row` in PROBLEMS, which counts inside it.

    Yields
    ------
    Reading
        One part.

    Raises
    ------
    UsageError, SourceError
        As `read`.
    """
    files = expand(paths)
    plain = mapping is None and identity is None and as_ in (None, PositionsTable.name)
    ranges = _ranges(files, rows_most) if plain else []
    if len(ranges) < 2:
        yield read(paths, mapping=mapping, identity=identity, as_=as_, strict=strict, progress=progress)
        return
    known = {path: receipt_of(path) for path in files}
    for only in ranges:
        yield gather(files, [PositionsTable(only)], forced=True, strict=strict, progress=progress, known=known)


def _ranges(files: Sequence[Path], rows_most: int) -> list[tuple[str, str]]:
    """Cut the addresses of all files into ranges of about equal rows; none where that cannot be done exactly."""
    counts: list[pl.DataFrame] = []
    for path in files:
        if not_a_file(path) is not None:
            return []
        try:
            with path.open("rb") as f:
                if f.read(len(PARQUET)) != PARQUET:
                    return []
            scan = pl.scan_parquet(path, glob=False)
            schema = scan.collect_schema()
            if not set(schema) >= _NEEDED or schema["icao24"] != pl.String:
                return []
            counts.append(scan.group_by("icao24").len().collect(engine="streaming"))
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return []  # `read` tells what is wrong with it
    if not counts:
        return []
    table = pl.concat(counts).group_by("icao24").agg(pl.col("len").sum().cast(pl.Int64)).sort("icao24")
    if table["icao24"].null_count() or not table["icao24"].str.contains("^~?[0-9a-f]{6}$").all():
        return []
    part = (pl.col("len").cum_sum() - pl.col("len")) // rows_most
    ends = table.group_by(part.alias("part"), maintain_order=True).agg(
        pl.col("icao24").first().alias("first"), pl.col("icao24").last().alias("last")
    )
    return list(ends.select("first", "last").iter_rows())
