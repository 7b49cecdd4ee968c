"""Our own VISITS, as saved in CSV, JSON or Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.schema import GRADES, VISITS
from wheelsdown.sources.clean import ROW
from wheelsdown.sources.interface import Card, InputFile, Report
from wheelsdown.sources.tables import heading, json_records, kind_of, parquet_frames, records_frame, text_frames
from wheelsdown.sources.times import from_iso

__all__ = ["VisitsTable"]

_NEEDED: Final = ("visit_id", "arrived_latest_utc", "grade", "source")
_JOINT: Final = " | "
_DEFUSED: Final = "^'([=+\\-@\t\r\n＝＋－＠])"  # noqa: RUF001
_NOTE: Final = "note"
"""A last column that outputs add to simulated rows; `source` says the same."""


class VisitsTable:
    """The table VISITS as wheelsdown writes it; columns of older versions are filled with null."""

    name = "visits"
    table = VISITS.name
    card = Card(
        publisher="whoever saved the table with wheelsdown",
        licence="that of the data it was made from",
        url="",
        coverage="that of the data it was made from",
        shows="all columns of VISITS, with the receipts of the files behind each row",
        cannot_show="the positions and silences behind the rows, and on which days nothing was received: what could "
        "not be ruled out cannot be told from it",
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise the column names: none but wheelsdown calls them so."""
        kind = kind_of(head)
        if kind == "text":
            return set(_NEEDED) <= set(heading(head))
        return kind is not None and all(n.encode() in head for n in _NEEDED)

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield VISITS rows, with `row`.

        Raises
        ------
        SourceError
            The file is damaged, lacks a column that a visit needs, or holds times without a zone.
        """
        kind = kind_of(file.head)
        frames: Iterator[pl.DataFrame]
        if kind == "parquet":
            frames = (f.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64)) for f in _whole(file))
        elif kind == "text":
            frames = text_frames(file)
        else:
            frames = (records_frame(r, [*VISITS.names, _NOTE]) for r in json_records(file))
        for frame in frames:
            if missing := [n for n in _NEEDED if n not in frame.columns]:
                raise SourceError(str(file.path), "lacks a column of VISITS", field=missing[0])
            strange = [c for c in frame.columns if c not in (*VISITS.names, ROW, _NOTE)]
            if strange:
                file.report.notes.append(f"columns that are not of VISITS, left out: {', '.join(strange)[:200]}")
            yield _checked(_typed(frame, kind, file.report), file.report)


def _whole(file: InputFile) -> Iterator[pl.DataFrame]:
    yield pl.concat(list(parquet_frames(file)))


def _typed(frame: pl.DataFrame, kind: str | None, report: Report) -> pl.DataFrame:
    out: dict[str, pl.Series] = {ROW: frame[ROW]}
    for column in VISITS.columns:
        name, dtype = column.name, column.dtype
        if name not in frame.columns:
            out[name] = pl.repeat(None, frame.height, dtype=dtype, eager=True)
            continue
        cells = frame[name]
        if cells.dtype == pl.String:
            out[name] = _of_text(cells, dtype, kind, report, frame[ROW], name)
        elif cells.dtype == dtype:
            out[name] = cells
        elif isinstance(dtype, pl.Datetime):
            if not isinstance(cells.dtype, pl.Datetime) or cells.dtype.time_zone is None:
                raise SourceError(
                    report.file, "the times name no zone", field=name, remedy="write the table with wheelsdown again"
                )
            out[name] = cells.dt.convert_time_zone("UTC").cast(dtype)
        else:
            out[name] = cells.cast(dtype, strict=False)
    return pl.DataFrame([s.alias(n) for n, s in out.items()])


def _of_text(
    cells: pl.Series, dtype: pl.DataType, kind: str | None, report: Report, rows: pl.Series, name: str
) -> pl.Series:
    out: pl.Series
    if isinstance(dtype, pl.Datetime):
        times, naive = from_iso(cells, None)
        if naive.any():
            at = naive.arg_true()[0]
            raise SourceError(
                report.file,
                f"a time without a zone: {cells[at]!r}",
                row=rows[at],
                field=name,
                remedy="wheelsdown writes a Z behind each; was the file changed by a spreadsheet?",
            )
        out = times.cast(dtype)
    elif isinstance(dtype, pl.List):
        inner = dtype.inner
        if kind == "text":
            parts = cells.str.split(_JOINT)
        else:
            try:
                parts = cells.str.json_decode(pl.List(pl.String))
            except pl.exceptions.PolarsError as e:
                raise SourceError(report.file, f"a list that cannot be read: {e}", field=name) from e
        return parts.list.eval(pl.element().cast(inner, strict=False)).cast(dtype)
    elif dtype == pl.String:
        return cells.str.replace(_DEFUSED, "$1") if kind == "text" else cells
    else:
        out = cells.str.strip_chars().cast(dtype, strict=False)
    for at in (out.is_null() & cells.is_not_null()).arg_true()[:1]:
        wrong = int((out.is_null() & cells.is_not_null()).sum())
        more = f" ({wrong} rows, the first is shown)" if wrong > 1 else ""
        report.problem(
            f"not {'a time' if isinstance(dtype, pl.Datetime) else 'a number'}{more}; left empty",
            row=rows[at],
            field=name,
            value=cells[at],
            rows_lost=0,
        )
    return out


def _checked(frame: pl.DataFrame, report: Report) -> pl.DataFrame:
    """Leave out rows that are no visits, and say which."""
    lists = [c.name for c in VISITS.columns if isinstance(c.dtype, pl.List) and c.dtype.inner == pl.String]
    frame = frame.with_columns(pl.col(n).fill_null(pl.lit([], dtype=pl.List(pl.String))) for n in lists)
    # whatever was there before the data began had touched down before it left
    frame = frame.with_columns(
        arrived_latest_utc=pl.coalesce("arrived_latest_utc", "departed_earliest_utc", "departed_utc")
    )
    graded = pl.col("grade").is_in(list(GRADES)).fill_null(value=False)
    timed, named = pl.col("arrived_latest_utc").is_not_null(), pl.col("visit_id").is_not_null()
    sourced = pl.col("source").is_not_null()
    for good, field, reason in (
        (graded, "grade", "no grade that wheelsdown gives"),
        (timed, "arrived_latest_utc", "no time of touchdown"),
        (named, "visit_id", "no id"),
        (sourced, "source", "no source: simulated rows could not be told from real ones"),
    ):
        bad = frame.filter(~good)
        if bad.height:
            report.problem(
                f"{reason} ({bad.height} rows, the first is shown)" if bad.height > 1 else reason,
                row=bad[ROW][0],
                field=field,
                value=bad[field][0],
                remedy="write the table with wheelsdown again",
                rows_lost=bad.height,
            )
            frame = frame.filter(good)
    return frame
