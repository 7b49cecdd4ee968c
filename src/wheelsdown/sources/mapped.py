"""Any other table of positions, read through a mapping that the user writes."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.sources.clean import ROW
from wheelsdown.sources.convert import convert
from wheelsdown.sources.interface import Card, InputFile
from wheelsdown.sources.mapping import HINT, Mapping, read_mapping
from wheelsdown.sources.tables import heading, json_records, kind_of, parquet_frames, records_frame, text_frames

__all__ = ["MappedTable"]


class MappedTable:
    """A table whose columns, units and time zone the user has declared."""

    name = "mapped"
    table = "POSITIONS"
    card = Card(
        publisher="whoever made the table",
        licence="that of the table",
        url="",
        coverage="that of the table",
        shows="what the mapping declares: times with their zone, places, heights and speeds with their units",
        cannot_show="whether the declared units and zone are right; how the positions were obtained, unless mapped",
    )

    def __init__(self, mapping: Mapping | None = None) -> None:
        self.mapping = mapping

    @classmethod
    def from_toml(cls, path: Path) -> MappedTable:
        """Read the mapping.

        Raises
        ------
        SourceError
            It is unusable.
        """
        return cls(read_mapping(path))

    @property
    def files(self) -> str | None:
        """Pattern of the files it is for."""
        return self.mapping.files if self.mapping else None

    def claims(self, path: str) -> bool:
        """Tell whether the mapping's `files` names this file."""
        where = PurePath(path)
        return self.files is not None and any(fnmatchcase(s, self.files) for s in (where.name, where.as_posix()))

    def detect(self, head: bytes, name: str) -> bool:
        """Tell whether it is a table that has the mapped columns; without a mapping, never."""
        if self.mapping is None:
            return False
        kind = kind_of(head)
        return bool(kind) and (kind != "text" or self.mapping.delimiter is not None or self._has_columns(head))

    def _has_columns(self, head: bytes) -> bool:
        return self.mapping is not None and set(self.mapping.needs) <= set(heading(head))

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield POSITIONS rows.

        Raises
        ------
        SourceError
            There is no mapping, a mapped column is missing, or the times name no zone and none is declared.
        """
        if self.mapping is None:
            raise SourceError(str(file.path), "a mapped table needs its mapping", remedy=HINT)
        m, kind = self.mapping, kind_of(file.head)
        frames: Iterator[pl.DataFrame]
        if kind == "parquet":
            frames = _parquet_as_text(file, m)
        elif kind in ("json", "lines"):
            frames = (records_frame(r, m.needs) for r in json_records(file, m.records))
        elif kind == "text":
            frames = text_frames(file, m.delimiter)
        else:
            raise SourceError(str(file.path), "no table: neither text, JSON nor Parquet", remedy="convert it to CSV")
        filled: set[str] = set()
        for frame in frames:
            if missing := [c for c in m.needs if c not in frame.columns]:
                raise SourceError(
                    str(file.path),
                    "a mapped column is not in the table",
                    field=missing[0],
                    remedy=f"it has: {', '.join(c for c in frame.columns if c != ROW)[:200]}",
                )
            filled.update(c for c in m.needs if frame[c].null_count() < frame.height)
            yield convert(frame, m, file.report)
        for column in [c for c in m.needs if c not in filled]:
            file.report.problem("a mapped column that is empty or missing throughout", field=column, rows_lost=0)


def _parquet_as_text(file: InputFile, mapping: Mapping) -> Iterator[pl.DataFrame]:
    before = 0
    for frame in parquet_frames(file, mapping.needs):
        yield _as_text(frame, before)
        before += frame.height


def _as_text(frame: pl.DataFrame, before: int) -> pl.DataFrame:
    """Turn a Parquet block into strings, keeping true times as they are."""
    out = []
    for c in frame.columns:
        dtype = frame.schema[c]
        if isinstance(dtype, pl.Datetime):
            out.append(pl.col(c).dt.to_string("iso:strict"))
        else:
            out.append(pl.col(c).cast(pl.String))
    return frame.select(out).with_row_index(ROW, offset=before + 1).with_columns(pl.col(ROW).cast(pl.Int64))
