"""Text and numbers to aware UTC times; a time without a zone is never taken for UTC."""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["from_epoch", "from_iso", "from_pattern", "in_zone"]

_ISO: Final = (
    r"^\s*(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
    r"\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?\s*$"
)
_MS: Final = pl.Datetime("ms")


def in_zone(local: pl.Series, zone: str) -> pl.Series:
    """Take naive times for those of a zone; null where the clock change makes them happen twice or never."""
    aware = local.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
    return aware.dt.convert_time_zone("UTC").cast(pl.Datetime("ms", "UTC"))


def from_iso(text: pl.Series, zone: str | None) -> tuple[pl.Series, pl.Series]:
    """Parse ISO 8601 times, each with its own offset, or in `zone` where it names none.

    Parameters
    ----------
    text : polars.Series
        Strings such as ``2024-05-03T14:05:00.5Z``.
    zone : str or None
        IANA name for times without an offset.

    Returns
    -------
    tuple
        Aware UTC times in ms, null where unreadable or naive without a zone; and a mask of the naive ones.
    """
    parts = text.str.extract_groups(_ISO).struct.unnest()
    parts.columns = ["day", "minute", "second", "fraction", "offset"]
    local = (
        pl.concat_str(pl.col("day"), pl.lit("T"), pl.col("minute"), pl.lit(":"), pl.col("second").fill_null("00"))
        .str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="ms")
        .dt.offset_by(
            pl.concat_str(pl.col("fraction").fill_null("0").str.slice(0, 3).str.pad_end(3, "0"), pl.lit("ms"))
        )
    )
    offset = pl.col("offset")
    minutes = offset.str.extract(r"(\d{2})", 1).cast(pl.Int64) * 60 + offset.str.extract(r"\d{2}:?(\d{2})$", 1).cast(
        pl.Int64
    ).fill_null(0)
    shift = pl.when(offset.str.contains(r"\d")).then(
        pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes)
    )
    table = parts.select(
        local=local,
        naive=offset.is_null() & pl.col("day").is_not_null(),
        shift=shift.fill_null(0) * 60_000,
    ).with_columns(utc=(pl.col("local") - pl.duration(milliseconds="shift")).cast(_MS))
    own = table.select(pl.when(~pl.col("naive")).then("utc")).to_series().dt.replace_time_zone("UTC")
    if zone is None or not table["naive"].any():
        return own.cast(pl.Datetime("ms", "UTC")), table["naive"]
    zoned = in_zone(table["local"], zone)
    both = pl.select(pl.when(table["naive"]).then(zoned).otherwise(own)).to_series()
    return both.cast(pl.Datetime("ms", "UTC")), table["naive"]


def from_epoch(text: pl.Series, per_second: int) -> pl.Series:
    """Turn counts since 1970-01-01 UTC into times; `per_second` is 1 for seconds, 1000 for milliseconds."""
    ms = (text.cast(pl.Float64, strict=False) * (1000 / per_second)).round()
    return ms.cast(pl.Int64, strict=False).cast(_MS).dt.replace_time_zone("UTC")


def from_pattern(text: pl.Series, pattern: str, zone: str | None) -> tuple[pl.Series, pl.Series]:
    """Parse times by a strptime pattern; as `from_iso` otherwise.

    Raises
    ------
    polars.exceptions.ComputeError
        The pattern is none.
    """
    parsed = text.str.strip_chars().str.to_datetime(pattern, strict=False, time_unit="ms", ambiguous="null")
    if isinstance(parsed.dtype, pl.Datetime) and parsed.dtype.time_zone is not None:
        return parsed.dt.convert_time_zone("UTC"), pl.repeat(value=False, n=len(text), eager=True)
    naive = parsed.is_not_null()
    if zone is None:
        return pl.repeat(None, len(text), dtype=pl.Datetime("ms", "UTC"), eager=True), naive
    return in_zone(parsed, zone), naive
