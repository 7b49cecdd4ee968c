"""Checks every value of POSITIONS rows: drops what cannot be a position, empties what cannot be true, says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import polars as pl

from wheelsdown.schema import POSITION_SOURCES

__all__ = ["BAD_ADDRESS", "FILE", "ROW", "clean", "fit"]

FILE: Final = "_file"
ROW: Final = "row"
BAD_ADDRESS: Final = "_bad_address"

_FIRST: Final = datetime(1980, 1, 1, tzinfo=UTC)  # before satellite positions and before public recordings
_LAST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_LIMITS: Final = {
    # field: (least, most): wider than any aircraft, so that only damage falls out
    "altitude_ft": (-2_000.0, 130_000.0),
    "altitude_geom_ft": (-3_000.0, 130_000.0),
    "groundspeed_kt": (0.0, 2_500.0),
    "track_deg": (-360.0, 360.0),
    "vertical_rate_fpm": (-70_000.0, 70_000.0),
    "adsb_version": (0.0, 7.0),
    "nic": (0.0, 11.0),
    "nac_p": (0.0, 15.0),
    "sil": (0.0, 3.0),
}
_CALENDAR_MS: Final = 8_000_000_000_000_000  # some 250,000 years
_CALLSIGN_MOST: Final = 16
_NO_ADDRESS: Final = ("000000", "ffffff")
_CONTROL: Final = r"[\p{C}@]"


@dataclass(frozen=True)
class _Check:
    field: str
    bad: pl.Expr
    reason: str
    remedy: str | None = None


def fit(frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """Narrow wide whole numbers to 32 bits; what does not fit becomes null.

    Returns
    -------
    tuple
        The frame, and the number of values lost by column (empty where all fitted).
    """
    wide = [c for c in ("adsb_version", "nic", "nac_p", "sil") if c in frame.columns and frame[c].dtype.is_numeric()]
    lost: dict[str, int] = {}
    for c in wide:
        narrow = frame[c].cast(pl.Int32, strict=False)
        if gone := narrow.null_count() - frame[c].null_count():
            lost[c] = gone
        frame = frame.with_columns(narrow)
    return frame, lost


def _tidy(frame: pl.DataFrame, distinct: dict[str, pl.Series]) -> pl.DataFrame:
    """Bring text into its one form and floats without a number to null; nothing is lost here.

    The values in `distinct` are brought into it, too.
    """
    floats = [c for c, t in frame.schema.items() if t.is_float()]
    texts = [
        _by_value(
            frame["icao24"],
            lambda e: e.str.strip_chars().str.to_lowercase().str.replace(r"^(~?)0x", "${1}"),
            distinct,
        ),
        _by_value(frame["callsign"], lambda e: e.str.replace_all(_CONTROL, "").str.strip_chars(), distinct),
        _by_value(frame["track_id"], lambda e: e.str.strip_chars(), distinct),
        _by_value(frame["squawk"], lambda e: e.str.strip_chars(), distinct),
    ]
    frame = frame.with_columns(*texts, pl.col("position_source").fill_null("unknown"))
    unreal = [c for c in floats if frame[c].is_nan().any()]
    frame = frame.with_columns(pl.col(c).fill_nan(None) for c in unreal)
    longitude = pl.col("longitude_deg")
    if not frame["longitude_deg"].is_between(-180.0, 180.0).all():
        # only what lies outside is turned, so that a value inside keeps its very bits
        frame = frame.with_columns(
            pl.when(longitude.is_between(180.0, 360.0, closed="right"))
            .then(longitude - 360.0)
            .when(longitude.is_between(-360.0, -180.0, closed="left"))
            .then(longitude + 360.0)
            .otherwise(longitude)
        )
    return frame


def _by_value(column: pl.Series, tidy: Callable[[pl.Expr], pl.Expr], distinct: dict[str, pl.Series]) -> pl.Series:
    """Tidy text by its distinct values, which are few; blank becomes null."""
    if column.null_count() == len(column):
        return column
    known = distinct.get(column.name)
    old = column.drop_nulls().unique() if known is None else known
    table = pl.DataFrame({"old": old}).with_columns(new=tidy(pl.col("old")))
    table = table.with_columns(pl.when(pl.col("new") != "").then("new")).filter(pl.col("old").ne_missing(pl.col("new")))
    if not table.height:
        return column
    if known is not None:
        distinct[column.name] = known.replace(table["old"], table["new"])
    return column.replace(table["old"], table["new"])


def _fatal() -> list[_Check]:
    lat, lon, t = pl.col("latitude_deg"), pl.col("longitude_deg"), pl.col("time_utc")
    return [
        _Check("time_utc", t.is_null(), "no time", "give the time of each position"),
        _Check("time_utc", ~t.is_between(_FIRST, _LAST), "time outside 1980 to 2100", "check the unit of the time"),
        _Check("latitude_deg", lat.is_null(), "no latitude"),
        _Check("longitude_deg", lon.is_null(), "no longitude"),
        _Check("latitude_deg", ~lat.is_between(-90.0, 90.0), "latitude outside -90 to 90", "are the columns swapped?"),
        _Check("longitude_deg", ~lon.is_between(-360.0, 360.0), "longitude outside -360 to 360"),
        _Check("latitude_deg", (lat == 0.0) & (lon == 0.0), "latitude and longitude both 0: a missing fix"),
    ]


def _doubtful() -> list[_Check]:
    address, callsign = pl.col("icao24"), pl.col("callsign")
    out = [
        _Check(
            "icao24",
            ~address.str.contains(r"^~?[0-9a-f]{6}$"),
            "not an address of six hex digits; the row is kept without one",
            "if a spreadsheet made a number of it or cut leading zeros, export it again as text",
        ),
        _Check(
            "icao24",
            address.str.strip_prefix("~").is_in(_NO_ADDRESS),
            "an address that stands for none; the row is kept without one",
        ),
        _Check("callsign", callsign.str.len_chars() > _CALLSIGN_MOST, "longer than any call sign; left empty"),
        _Check(
            "squawk",
            ~pl.col("squawk").str.contains(r"^[0-7]{4}$"),
            "not four octal digits; left empty",
            "a code that lost its leading zeros has to be restored in the source",
        ),
        _Check(
            "position_source",
            ~pl.col("position_source").is_in(POSITION_SOURCES),
            f"not one of {', '.join(POSITION_SOURCES)}; set to other",
        ),
    ]
    for name, (least, most) in _LIMITS.items():
        out.append(
            _Check(
                name,
                ~pl.col(name).is_between(least, most),
                f"outside {least:.0f} to {most:.0f}; left empty",
                "check the unit",
            )
        )
    return out


def _shown(field: str) -> pl.Expr:
    """Give the first value as text; a time beyond any calendar as milliseconds, for it cannot be written as a date."""
    first = pl.col(field).first()
    if field != "time_utc":
        return first.cast(pl.String)
    since = first.dt.epoch("ms")
    return pl.coalesce(pl.when(since.abs() < _CALENDAR_MS).then(first).cast(pl.String), since.cast(pl.String))


def _hits(frame: pl.DataFrame, check: _Check, *, drops: bool) -> pl.DataFrame:
    """Count a check's hits by file, with the first offending row and value."""
    count = pl.len().cast(pl.Int64)
    return (
        frame.lazy()
        .filter(check.bad)
        .group_by(FILE, maintain_order=True)
        .agg(
            row=pl.col(ROW).first(),
            value=_shown(check.field),
            count=count,
            rows_lost=count if drops else pl.lit(0, dtype=pl.Int64),
        )
        .with_columns(
            field=pl.lit(check.field),
            reason=pl.lit(check.reason),
            remedy=pl.lit(check.remedy, dtype=pl.String),
        )
        .collect()
    )


def clean(
    frame: pl.DataFrame, *, distinct: Mapping[str, pl.Series] | None = None
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Check rows of POSITIONS.

    Rows without a usable time or place are dropped. Other values that cannot be true are emptied and the row is kept.
    A longitude between 180 and 360 either way is brought into -180 to 180.

    Parameters
    ----------
    frame : polars.DataFrame
        POSITIONS with two further columns: `FILE` (number of the file) and `ROW` (row in it, from 1).
    distinct : mapping of str to polars.Series, optional
        All values that a column of text holds (it may hold fewer), where the caller knows them: the rules are the
        same, and the column need not be searched through for them.

    Returns
    -------
    tuple
        The rows that stay, with `BAD_ADDRESS` (the text of an address that was emptied) added; and findings, each with
        ``_file, row, value, count, rows_lost, field, reason, remedy``.

    Notes
    -----
    It judges each value alone. A believable wrong value passes; jumps and spoofing are judged where tracks are.
    """
    found: list[pl.DataFrame] = []
    known = {name: values.drop_nulls() for name, values in (distinct or {}).items()}
    frame = _tidy(frame, known)
    for check in _present(frame, _fatal(), known):
        found.append(_hits(frame, check, drops=True))
        frame = frame.filter(~check.bad.fill_null(value=False))
    frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(BAD_ADDRESS))
    for check in _present(frame, _doubtful(), known):
        found.append(_hits(frame, check, drops=False))
        bad = check.bad.fill_null(value=False)
        if check.field == "icao24":
            frame = frame.with_columns(pl.when(bad).then("icao24").otherwise(BAD_ADDRESS).alias(BAD_ADDRESS))
        instead = pl.lit("other" if check.field == "position_source" else None)
        frame = frame.with_columns(pl.when(bad).then(instead).otherwise(check.field).alias(check.field))
    if not frame["track_deg"].is_between(0.0, 360.0, closed="left").all():
        frame = frame.with_columns(pl.col("track_deg") % 360.0)
    return frame, found


def _present(frame: pl.DataFrame, checks: list[_Check], distinct: Mapping[str, pl.Series]) -> list[_Check]:
    """Keep the checks that hit at least one row: one pass tells, and clean files pay for nothing more."""
    words = {c.field for c in checks if frame.schema[c.field] == pl.String}
    # text repeats: its few distinct values tell as much
    few = {w: distinct[w].alias(w).to_frame() if w in distinct else frame.select(pl.col(w).unique()) for w in words}
    measured = [c for c in checks if c.field not in words]
    any_hit = frame.select(c.bad.any().alias(str(i)) for i, c in enumerate(measured)).row(0)
    hit = {id(c) for c, h in zip(measured, any_hit, strict=True) if h}
    return [c for c in checks if id(c) in hit or (c.field in words and few[c.field].select(c.bad.any()).item())]
