"""What a table is: named columns with type, unit, meaning, and what a null means."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from wheelsdown.errors import TableError

__all__ = ["Column", "Table"]


@dataclass(frozen=True)
class Column:
    """One column: what it holds, in which unit, and what an empty cell means."""

    name: str
    dtype: pl.DataType
    meaning: str
    unit: str = ""
    null: str = "not given by the source"


@dataclass(frozen=True)
class Table:
    """A named list of columns."""

    name: str
    meaning: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """Column names, in order."""
        return [c.name for c in self.columns]

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Name to polars type, in order."""
        return {c.name: c.dtype for c in self.columns}

    def empty(self) -> pl.DataFrame:
        """Return the table with no rows."""
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.DataFrame, *, fill: bool = False) -> pl.DataFrame:
        """Give the frame this table's columns, order and types.

        Parameters
        ----------
        frame : polars.DataFrame
            Has this table's columns, perhaps in another order or a narrower type of the same kind.
        fill : bool
            Add missing columns as null instead of raising.

        Raises
        ------
        TableError
            A column is missing, unknown, or of a type that cannot be converted without loss
            (a naive time above all: it is refused, never taken for UTC).
        """
        unknown = [n for n in frame.columns if n not in self.schema]
        if unknown:
            raise TableError(self.name, unknown[0], "unknown", f"one of {', '.join(self.names)}")
        out: list[pl.Expr] = []
        for c in self.columns:
            if c.name not in frame.columns:
                if not fill:
                    raise TableError(self.name, c.name, "missing", str(c.dtype))
                out.append(pl.lit(None, dtype=c.dtype).alias(c.name))
                continue
            have = frame.schema[c.name]
            if have == c.dtype:
                out.append(pl.col(c.name))
            elif have == pl.Null:
                out.append(pl.lit(None, dtype=c.dtype).alias(c.name))
            elif isinstance(c.dtype, pl.Datetime):
                if not isinstance(have, pl.Datetime) or have.time_zone is None:
                    raise TableError(self.name, c.name, str(have), "a time with its zone (aware UTC)")
                out.append(pl.col(c.name).dt.convert_time_zone("UTC").cast(c.dtype))
            elif c.dtype == pl.String and have in (pl.Categorical, pl.Enum):
                out.append(pl.col(c.name).cast(pl.String))
            elif (c.dtype.is_numeric() and have.is_numeric()) or (
                isinstance(c.dtype, pl.List) and isinstance(have, pl.List) and have.inner == pl.Null
            ):
                out.append(pl.col(c.name).cast(c.dtype))
            else:
                raise TableError(self.name, c.name, str(have), str(c.dtype))
        return frame.select(out)
