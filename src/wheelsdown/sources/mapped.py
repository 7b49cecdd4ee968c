"""Any other table of positions, read through a mapping that the user writes."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import POSITIONS
from wheelsdown.sources.clean import ROW
from wheelsdown.sources.interface import Card, InputFile, Report
from wheelsdown.sources.mapping import HINT, Mapping, read_mapping
from wheelsdown.sources.tables import heading, json_records, kind_of, parquet_frames, records_frame, text_frames
from wheelsdown.sources.times import from_epoch, from_iso, from_pattern
from wheelsdown.units import FPM_PER_MPS, FT_PER_M, KM_PER_NM, KT_PER_MPS

__all__ = ["MappedTable", "convert"]

_FACTOR: Final = {
    "altitude_ft": ("altitude", {"m": FT_PER_M, "ft": 1.0}),
    "altitude_geom_ft": ("altitude", {"m": FT_PER_M, "ft": 1.0}),
    "groundspeed_kt": ("speed", {"m/s": KT_PER_MPS, "kt": 1.0, "km/h": 1.0 / KM_PER_NM}),
    "vertical_rate_fpm": ("vertical_rate", {"m/s": FPM_PER_MPS, "fpm": 1.0}),
}
_TRUE: Final = ("true", "t", "yes", "y", "1", "1.0", "ground", "g")
_FALSE: Final = ("false", "f", "no", "n", "0", "0.0", "air", "airborne", "a")
_NUMBER: Final = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*$"


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
        if kind == "parquet":
            frames = (_as_text(f, m, start * 500_000) for start, f in enumerate(parquet_frames(file, m.needs)))
        elif kind in ("json", "lines"):
            frames = (records_frame(r, m.needs) for r in json_records(file, m.records))
        elif kind == "text":
            frames = text_frames(file, m.delimiter)
        else:
            raise SourceError(str(file.path), "no table: neither text, JSON nor Parquet", remedy="convert it to CSV")
        for frame in frames:
            if missing := [c for c in m.needs if c not in frame.columns or (kind != "text" and _absent(frame, c))]:
                raise SourceError(
                    str(file.path),
                    "a mapped column is not in the table",
                    field=missing[0],
                    remedy=f"it has: {', '.join(c for c in frame.columns if c != ROW)[:200]}",
                )
            yield convert(frame, m, file.report)


def _absent(frame: pl.DataFrame, column: str) -> bool:
    """Tell whether a JSON key is in no record of a block that has any."""
    return False if frame.height == 0 else column not in frame.columns


def _as_text(frame: pl.DataFrame, mapping: Mapping, before: int) -> pl.DataFrame:
    """Turn a Parquet block into strings, keeping true times as they are."""
    out = []
    for c in frame.columns:
        dtype = frame.schema[c]
        if isinstance(dtype, pl.Datetime):
            out.append(pl.col(c).dt.to_string("iso:strict"))
        else:
            out.append(pl.col(c).cast(pl.String))
    return frame.select(out).with_row_index(ROW, offset=before + 1).with_columns(pl.col(ROW).cast(pl.Int64))


def convert(frame: pl.DataFrame, mapping: Mapping, report: Report) -> pl.DataFrame:
    """Turn a frame of strings into POSITIONS columns.

    Parameters
    ----------
    frame : polars.DataFrame
        Strings, with `row`.
    mapping : Mapping
        Which column is what, in which unit.
    report : Report
        Told of cells that cannot be read, one problem a column and reason.

    Returns
    -------
    polars.DataFrame
        Some columns of POSITIONS, and `row`. Rows whose time or place cannot be read are left out.

    Raises
    ------
    SourceError
        The times name no zone and the mapping declares none.
    """
    schema, units = POSITIONS.schema, mapping.units
    out = {ROW: frame[ROW], "time_utc": _times(frame, mapping, report)}
    keep = out["time_utc"].is_not_null()
    for target, column in mapping.columns.items():
        text = frame[column]
        if schema[target] == pl.String:
            out[target] = text
            continue
        if schema[target] == pl.Boolean:
            word = text.str.strip_chars().str.to_lowercase()
            values = pl.select(pl.when(word.is_in(_TRUE)).then(True).when(word.is_in(_FALSE)).then(False)).to_series()
        else:
            values = _numbers(text, mapping.decimal)
        essential = target in ("latitude_deg", "longitude_deg")
        grounded = text.str.strip_chars().str.to_lowercase() == "ground" if target == "altitude_ft" else None
        failed = text.is_not_null() & values.is_null() & keep
        if grounded is not None and grounded.any():
            failed &= ~grounded.fill_null(value=False)
            if "on_ground" not in mapping.columns:
                out["on_ground"] = pl.select(
                    pl.when(grounded).then(True).when(values.is_not_null()).then(False)
                ).to_series()
        _tell(
            report,
            frame,
            failed,
            column,
            text,
            "not a number" if values.dtype != pl.Boolean else "not true or false",
            essential,
        )
        if essential:
            keep &= ~failed
        if target in _FACTOR:
            unit, factors = _FACTOR[target]
            values = values * factors[getattr(units, unit)]
        out[target] = values.cast(pl.Int32, strict=False) if schema[target] == pl.Int32 else values.cast(schema[target])
    table = pl.DataFrame([s.alias(n) for n, s in out.items()]).filter(keep)
    constants = [pl.lit(v).cast(schema[n]).alias(n) for n, v in mapping.constants.items()]
    return table.with_columns(*constants, pl.lit(mapping.source).alias("source"))


def _numbers(text: pl.Series, decimal: str) -> pl.Series:
    if decimal == ",":
        text = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    # cast alone would also take inf and nan for numbers
    clean = pl.select(pl.when(text.str.contains(_NUMBER)).then(text.str.strip_chars())).to_series()
    return clean.cast(pl.Float64, strict=False)


def _times(frame: pl.DataFrame, mapping: Mapping, report: Report) -> pl.Series:
    """Read the times; rows without one are told here."""
    spec = mapping.time
    label = " + ".join(spec.columns)
    text = frame.select(pl.concat_str(spec.columns, separator=" ")).to_series().alias("time")
    naive = pl.repeat(value=False, n=len(text), eager=True)
    if spec.format == "iso":
        times, naive = from_iso(text, spec.zone)
    elif spec.format in ("epoch_s", "epoch_ms"):
        times = from_epoch(text, 1 if spec.format == "epoch_s" else 1000)
    else:
        try:
            times, naive = from_pattern(text, spec.format, spec.zone)
        except pl.exceptions.PolarsError as e:
            raise SourceError(mapping.source, f"the time pattern is unusable: {e}", field="time.format") from e
    if spec.zone is None and naive.any():
        at = naive.arg_true()[0]
        raise SourceError(
            report.file,
            f"the times name no zone, such as {text[at]!r}",
            row=frame[ROW][at],
            field=label,
            remedy='declare it in the mapping: time = { ..., zone = "UTC" } or the local zone, e.g. "Europe/London"',
        )
    missing = times.is_null()
    clock = missing & naive
    _tell(
        report,
        frame,
        clock,
        label,
        text,
        f"the clock change makes this time happen twice or never in {spec.zone}",
        True,
    )
    _tell(report, frame, missing & ~clock & text.is_not_null(), label, text, "not a time of the declared format", True)
    _tell(report, frame, missing & text.is_null(), label, text, "no time", True)
    return times


def _tell(
    report: Report,
    frame: pl.DataFrame,
    failed: pl.Series,
    column: str,
    text: pl.Series,
    reason: str,
    lost: bool,
) -> None:
    if failed.any():
        at, count = failed.arg_true()[0], int(failed.sum())
        more = f" ({count} rows, the first is shown)" if count > 1 else ""
        report.problem(reason + more, row=frame[ROW][at], field=column, value=text[at], rows_lost=count if lost else 0)
