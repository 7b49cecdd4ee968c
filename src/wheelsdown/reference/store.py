"""Where the airfield tables lie: three Parquet files in a folder, written whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.errors import ReferenceDataError
from wheelsdown.schema import AIRFIELDS, RUNWAYS

__all__ = ["ALIAS_SCHEMA", "PACKED", "Tables", "read_tables", "write_tables"]

PACKED: Final = Path(__file__).parent / "data"
ALIAS_SCHEMA: Final[dict[str, pl.DataType]] = {
    n: pl.String() for n in ("alias", "code", "since", "until", "source", "note")
}
_FILES: Final = ("airfields.parquet", "runways.parquet", "aliases.parquet")
_E6: Final = 1_000_000


@dataclass(frozen=True)
class Tables:
    """Airfields, their runways, and other codes they go or went by."""

    fields: pl.DataFrame
    runways: pl.DataFrame
    aliases: pl.DataFrame


def _degrees(frame: pl.DataFrame) -> list[str]:
    return [c for c in frame.columns if c.endswith(("latitude_deg", "longitude_deg"))]


def write_tables(folder: Path, tables: Tables) -> None:
    """Write the three tables into an existing folder; the same tables give the same bytes.

    Coordinates are stored as millionths of a degree (0.1 m), which halves the file.
    """
    for name, frame in zip(_FILES, (tables.fields, tables.runways, tables.aliases), strict=True):
        packed = frame.with_columns((pl.col(_degrees(frame)) * _E6).round().cast(pl.Int32))
        packed.write_parquet(
            folder / name, compression="zstd", compression_level=19, statistics=False, row_group_size=1 << 20
        )


def read_tables(folder: Path) -> Tables:
    """Read what `write_tables` wrote.

    Raises
    ------
    ReferenceDataError
        A file is missing or damaged.
    """
    frames = []
    for name in _FILES:
        try:
            frame = pl.read_parquet(folder / name, memory_map=False)
        except (OSError, pl.exceptions.PolarsError) as e:
            raise ReferenceDataError(
                f"{folder / name}: cannot be read: {e} (run `wheelsdown reference update`, or remove the folder to go "
                "back to the packed table)"
            ) from e
        frames.append(frame.with_columns(pl.col(_degrees(frame)) / _E6))
    fields, runways, aliases = frames
    return Tables(AIRFIELDS.conform(fields), RUNWAYS.conform(runways), aliases.select(list(ALIAS_SCHEMA)))
