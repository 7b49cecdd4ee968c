"""Cells of text to POSITIONS columns, as a mapping says."""

from __future__ import annotations

from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import POSITIONS
from wheelsdown.sources.clean import ROW
from wheelsdown.sources.interface import Report
from wheelsdown.sources.mapping import Mapping
from wheelsdown.sources.times import from_epoch, from_iso, from_pattern
from wheelsdown.units import FPM_PER_MPS, FT_PER_M, KM_PER_NM, KT_PER_MPS

__all__ = ["convert"]

_FACTOR: Final = {
    "altitude_ft": ("altitude", {"m": FT_PER_M, "ft": 1.0}),
    "altitude_geom_ft": ("altitude", {"m": FT_PER_M, "ft": 1.0}),
    "groundspeed_kt": ("speed", {"m/s": KT_PER_MPS, "kt": 1.0, "km/h": 1.0 / KM_PER_NM}),
    "vertical_rate_fpm": ("vertical_rate", {"m/s": FPM_PER_MPS, "fpm": 1.0}),
}
_TRUE: Final = ("true", "t", "yes", "y", "1", "1.0", "ground", "g")
_FALSE: Final = ("false", "f", "no", "n", "0", "0.0", "air", "airborne", "a")
_NUMBER: Final = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
_ESSENTIAL: Final = ("latitude_deg", "longitude_deg")


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
        Some columns of POSITIONS, and `row`. Rows whose time or place cannot be read are left out. The word
        ``ground`` in place of a height sets `on_ground`, unless that is mapped itself.

    Raises
    ------
    SourceError
        The times name no zone and the mapping declares none.
    """
    schema, teller = POSITIONS.schema, _Teller(report, frame[ROW])
    out = {ROW: frame[ROW], "time_utc": _times(frame, mapping, teller)}
    keep = out["time_utc"].is_not_null()
    for target, column in mapping.columns.items():
        text, dtype = frame[column].str.strip_chars(), schema[target]
        if dtype == pl.String:
            out[target] = text
        elif dtype == pl.Boolean:
            out[target] = _truth(text)
            teller.tell(
                keep & text.is_not_null() & out[target].is_null(), text, column, "not true or false", lost=False
            )
        else:
            values = _numbers(text, mapping.decimal)
            failed = keep & text.is_not_null() & values.is_null()
            if target == "altitude_ft":
                ground = (text.str.to_lowercase() == "ground").fill_null(value=False)
                failed &= ~ground
                if ground.any() and not {"on_ground"} & {*mapping.columns, *mapping.constants}:
                    out["on_ground"] = ground.set(values.is_null() & ~ground, None)
            essential = target in _ESSENTIAL
            teller.tell(failed, text, column, "not a number", lost=essential)
            if essential:
                keep &= ~failed
            if target in _FACTOR:
                unit, factors = _FACTOR[target]
                values = values * factors[getattr(mapping.units, unit)]
            out[target] = values.cast(dtype, strict=False)
    table = pl.DataFrame([s.alias(n) for n, s in out.items()]).filter(keep)
    constants = [pl.lit(v).cast(schema[n]).alias(n) for n, v in mapping.constants.items()]
    return table.with_columns(*constants, pl.lit(mapping.source).alias("source"))


def _numbers(text: pl.Series, decimal: str) -> pl.Series:
    if decimal == ",":
        text = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    # a bare cast would also take inf and nan for numbers
    return text.set(~text.str.contains(_NUMBER), None).cast(pl.Float64, strict=False)


def _truth(text: pl.Series) -> pl.Series:
    word = text.str.to_lowercase()
    true = word.is_in(_TRUE)
    return true.set(~true & ~word.is_in(_FALSE), None)


def _times(frame: pl.DataFrame, mapping: Mapping, teller: _Teller) -> pl.Series:
    """Read the times; rows without one are told here."""
    spec = mapping.time
    label = " + ".join(spec.columns)
    text = frame.select(pl.concat_str(spec.columns, separator=" ").alias("time")).to_series()
    naive = pl.repeat(value=False, n=len(text), eager=True)
    if spec.format == "iso":
        times, naive = from_iso(text, spec.zone)
    elif spec.format in ("epoch_s", "epoch_ms"):
        times = from_epoch(text, 1 if spec.format == "epoch_s" else 1000)
    else:
        try:
            times, naive = from_pattern(text, spec.format, spec.zone)
        except pl.exceptions.PolarsError as e:
            raise SourceError(teller.report.file, f"the time pattern is unusable: {e}", field="time.format") from e
    if spec.zone is None and naive.any():
        at = naive.arg_true()[0]
        raise SourceError(
            teller.report.file,
            f"the times name no zone, such as {text[at]!r}",
            row=frame[ROW][at],
            field=label,
            remedy='declare it in the mapping: time = { ..., zone = "UTC" } or the local zone, e.g. "Europe/London"',
        )
    missing, absent = times.is_null(), text.is_null()
    clock = f"the clock change makes this time happen twice or never in {spec.zone}"
    teller.tell(missing & naive, text, label, clock, lost=True)
    teller.tell(missing & ~naive & ~absent, text, label, "not a time of the declared format", lost=True)
    teller.tell(absent, text, label, "no time", lost=True)
    return times


class _Teller:
    """Tells of cells that failed, one problem a column and reason."""

    def __init__(self, report: Report, rows: pl.Series) -> None:
        self.report = report
        self.rows = rows

    def tell(self, failed: pl.Series, text: pl.Series, column: str, reason: str, *, lost: bool) -> None:
        if not failed.any():
            return
        at, count = failed.arg_true()[0], int(failed.sum())
        more = f" ({count} rows, the first is shown)" if count > 1 else ""
        self.report.problem(
            reason + more, row=self.rows[at], field=column, value=text[at], rows_lost=count if lost else 0
        )
