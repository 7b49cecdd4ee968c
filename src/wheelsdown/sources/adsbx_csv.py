"""ADS-B Exchange traces flattened to CSV, as the flight-tracer scripts of newsrooms write them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.sources.interface import Card, Claim, InputFile, Report
from wheelsdown.sources.readsb import POSITION_SOURCE
from wheelsdown.sources.tables import heading, kind_of, text_frames
from wheelsdown.sources.times import from_iso

__all__ = ["AdsbxCsv"]

_NEEDED: Final = ("time", "lat", "lon", "altitude", "timestamp", "icao")
_ALSO: Final = ("ground_speed", "heading", "details", "alt_geom", "nnumber", "model", "desc", "ping_time")
_WORDS: Final = {"flight": "callsign", "squawk": "squawk", "category": "category", "type": "position_source"}
_NUMBERS: Final = {
    "version": "adsb_version",
    "nic": "nic",
    "nac_p": "nac_p",
    "sil": "sil",
    "baro_rate": "vertical_rate_fpm",
}
_CARRIED: Final = ("callsign", "squawk", "category", "adsb_version", "nic", "nac_p", "sil", "position_source")
_CARRIED_MOST_MIN: Final = 15
_AGREE_MS: Final = 1_000


class AdsbxCsv:
    """Rows of `time` (seconds after midnight UTC of the day in `timestamp`), place, height, and readsb's details."""

    name = "adsbx-csv"
    table = "POSITIONS"
    card = Card(
        publisher="ADS-B Exchange, flattened by the user's script",
        licence="ADS-B Exchange's terms: no republication of the rows without permission",
        url="https://www.adsbexchange.com/",
        coverage="where ADS-B Exchange's volunteers receive",
        shows=(
            "the points of readsb traces. `time` counts seconds from `timestamp`, which in these archives is 00:00:00 "
            "UTC of the day; the naive `ping_time` is their sum and so UTC, and each row is checked for it"
        ),
        cannot_show=(
            "call sign and squawk at every point: they come with every fourth and are carried forward for at most "
            "15 minutes; leg marks and stale marks are lost in the flattening"
        ),
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise the heading."""
        return kind_of(head) == "text" and set(_NEEDED) | {"ping_time"} <= set(heading(head))

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield the points, in order of time.

        Raises
        ------
        SourceError
            There is no heading, or it lacks a column.
        """
        frames = list(text_frames(file))
        if not frames:
            file.report.problem("no rows under the heading", rows_lost=0)
            return
        rows = pl.concat(frames)
        if missing := [c for c in _NEEDED if c not in rows.columns]:
            raise SourceError(str(file.path), "lacks a column", field=missing[0], row=1)
        rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias(c) for c in _ALSO if c not in rows.columns)
        file.report.claims.extend(_claims(rows))
        rows = _timed(rows, file.report)
        details = pl.col("details")  # a Python dict as text: picked apart by pattern, never evaluated
        height = _number("altitude")
        ground = pl.col("altitude").str.strip_chars() == "ground"
        out = rows.sort("icao", "time_utc", "row").select(
            "row",
            "time_utc",
            icao24="icao",
            latitude_deg=_number("lat"),
            longitude_deg=_number("lon"),
            altitude_ft=height,
            altitude_geom_ft=_number("alt_geom"),
            on_ground=pl.when(ground | height.is_not_null()).then(ground.fill_null(value=False)),
            groundspeed_kt=_number("ground_speed"),
            track_deg=_number("heading"),
            source=pl.lit("adsbexchange"),
            **{name: details.str.extract(rf"'{key}': '([^']*)'", 1).str.strip_chars() for key, name in _WORDS.items()},
            **{
                name: details.str.extract(rf"'{key}': (-?\d+(?:\.\d+)?)[,}}]", 1).cast(pl.Float64, strict=False)
                for key, name in _NUMBERS.items()
            },
        )
        _tell_failed(rows, file.report)
        yield _carried(out).with_columns(
            pl.col("position_source").replace(POSITION_SOURCE).fill_null("unknown"),
        )


def _number(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().cast(pl.Float64, strict=False)


def _tell_failed(rows: pl.DataFrame, report: Report) -> None:
    """Tell of cells that are no numbers, once a column."""
    for column in ("altitude", "alt_geom", "ground_speed", "heading", "lat", "lon"):
        bad = rows.filter(pl.col(column).is_not_null() & _number(column).is_null() & (pl.col(column) != "ground"))
        if bad.height:
            more = f" ({bad.height} rows, the first is shown)" if bad.height > 1 else ""
            report.problem(f"not a number{more}", row=bad["row"][0], field=column, value=bad[column][0], rows_lost=0)


def _timed(rows: pl.DataFrame, report: Report) -> pl.DataFrame:
    """Make the times from day and seconds, and drop the rows whose `ping_time` says otherwise."""
    day, _ = from_iso(rows["timestamp"].str.slice(0, 10) + "T00:00", "UTC")
    said, _ = from_iso(rows["ping_time"], "UTC")
    rows = rows.with_columns(day=day, said=said, seconds=_number("time")).with_columns(
        time_utc=pl.col("day")
        + pl.duration(milliseconds=(pl.col("seconds") * 1000).round().cast(pl.Int64, strict=False))
    )
    untimed = pl.col("time_utc").is_null()
    apart = ((pl.col("said") - pl.col("time_utc")).dt.total_milliseconds().abs() > _AGREE_MS).fill_null(value=False)
    for bad, field, reason, remedy in (
        (untimed, "time", "no time: the day in `timestamp` or the seconds in `time` cannot be read", None),
        (
            apart,
            "ping_time",
            "not the sum of `timestamp` and `time`, so that neither can be taken for UTC",
            "write the file again with ping_time in UTC, or read it with --as mapped and --map",
        ),
    ):
        hit = rows.filter(bad)
        if hit.height:
            more = f" ({hit.height} rows, the first is shown)" if hit.height > 1 else ""
            report.problem(
                reason + more, row=hit["row"][0], field=field, value=hit[field][0], remedy=remedy, rows_lost=hit.height
            )
    return rows.filter(~untimed & ~apart)


def _carried(points: pl.DataFrame) -> pl.DataFrame:
    """Carry what comes with every fourth point forward, within an aircraft and for a short while."""
    for column in _CARRIED:
        since = pl.when(pl.col(column).is_not_null()).then("time_utc").forward_fill().over("icao24")
        fresh = pl.col("time_utc") - since <= pl.duration(minutes=_CARRIED_MOST_MIN)
        points = points.with_columns(pl.when(fresh).then(pl.col(column).forward_fill().over("icao24")).alias(column))
    return points


def _claims(rows: pl.DataFrame) -> list[Claim]:
    named = rows.filter(pl.any_horizontal(pl.col("nnumber", "model", "desc").is_not_null()))
    table = (
        named.group_by("icao", "nnumber", "model", "desc")
        .agg(pl.col("timestamp").str.slice(0, 10).max())
        .sort(pl.all())
    )
    return [
        Claim(
            source="ADS-B Exchange trace database, as of writing",
            icao24=address.lower(),
            registration=tail,
            typecode=typecode,
            type_name=name,
            as_of=day,
        )
        for address, tail, typecode, name, day in table.iter_rows()
        if address
    ]
