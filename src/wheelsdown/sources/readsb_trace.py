"""readsb and tar1090 traces: one aircraft, one UTC day, ``trace_full_<hex>.json`` and ``trace_recent_<hex>.json``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from wheelsdown.errors import SourceError
from wheelsdown.sources.interface import Card, Claim, InputFile, Report
from wheelsdown.sources.jsontext import document_of
from wheelsdown.sources.readsb import (
    MOST_BASE_S,
    POSITION_SOURCE,
    database_claim,
    marked,
    numbers,
    provider,
    texts,
)

__all__ = ["ReadsbTrace", "decode", "trace_claim"]

_NAME: Final = re.compile(r"trace_(?:full|recent)_(~?[0-9a-fA-F]{6})")
_DAY: Final = re.compile(r"(\d{4})[/\\-](\d{2})[/\\-](\d{2})[/\\]")
_LEAST: Final = 4
_BYTES_A_POINT: Final = 100
"""Fewer than a point takes in practice."""
_NEW_LEG, _GEOMETRIC = 2, 8
_INTS: Final = {"version": "adsb_version", "nic": "nic", "nac_p": "nac_p", "sil": "sil"}
_TEXTS: Final = {"flight": "callsign", "squawk": "squawk", "category": "category"}


class ReadsbTrace:
    """Traces as readsb writes them and adsb.lol, ADS-B Exchange and others publish them."""

    name = "readsb-trace"
    table = "POSITIONS"
    card = Card(
        publisher="any readsb receiver or network: adsb.lol, ADS-B Exchange, airplanes.live, adsb.fi, one's own",
        licence="that of the network: adsb.lol is ODbL 1.0, others ask for permission or forbid republication",
        url="https://github.com/wiedehopf/readsb",
        coverage="where the network's volunteers receive; archives begin in 2016 to 2023",
        shows="times in UTC, heights, speeds, ground flag, and for each point how it was obtained",
        cannot_show=(
            "call sign and squawk at every point: they come with every fourth point and are carried forward within a "
            "leg. Points are kept on events, not at equal intervals. Registration and operator are those of the "
            "database on the day of writing. Roll is not read: it wraps beyond 20 degrees"
        ),
    )

    def detect(self, head: bytes, name: str) -> bool:
        """Recognise an object with an address and a trace."""
        if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or b'"icao"' not in head:
            return False
        return re.search(rb'"trace"\s*:', head) is not None or _NAME.search(name) is not None

    def read(self, file: InputFile) -> Iterator[pl.DataFrame]:
        """Yield the trace's points.

        Raises
        ------
        SourceError
            It is no JSON object, has no trace, or no time can be made out.
        """
        from wheelsdown.sources.trace_columns import TraceColumns  # noqa: PLC0415 - numba is slow to load

        data = file.read_bytes()
        columns = TraceColumns(len(data) // _BYTES_A_POINT)
        if (scanned := columns.add(data)) is None:
            frame = decode(data, str(file.path), file.report)
            if frame is not None:
                yield frame
            return
        if claim := trace_claim(scanned.header, scanned.base_s):
            file.report.claims.append(claim)
        _, rows = columns.numbers()
        yield columns.frame().with_columns(row=rows)


def decode(data: bytes, path: str, report: Report) -> pl.DataFrame | None:
    """Decode the text of a trace strictly: whatever can be kept is kept, whatever cannot is told.

    Parameters
    ----------
    data : bytes
        The text, unpacked.
    path : str
        The file's name, for the report; an address or a day that the text lacks is taken from it.
    report : Report
        Told what could not be read, and what the trace says of the aircraft.

    Returns
    -------
    polars.DataFrame or None
        Columns of POSITIONS and `row`; None where there is no point.

    Raises
    ------
    SourceError
        It is no JSON object, has no trace, or no time can be made out.
    """
    whole = document_of(data, path, report, (b"]}",))
    if not isinstance(whole, dict) or not isinstance(whole.get("trace"), list):
        raise SourceError(path, "no trace in it", field="trace", remedy="fetch it again; it may be cut off")
    base_s = _base_s(whole, path, report)
    if claim := trace_claim(whole, base_s):
        report.claims.append(claim)
    points, rows = _usable(whole["trace"], report)
    if not points:
        # a simulated release is whole only with a trace in each folder, of aircraft that never were or of none
        if not whole["trace"] and not marked(whole):
            report.problem("the trace is empty", field="trace", rows_lost=0)
        return None
    frame = _frame(points, rows, base_s, _address(whole, path, report), report)
    return frame.with_columns(source=pl.lit(provider(whole)))


def trace_claim(header: dict[str, Any], base_s: float) -> Claim | None:
    """Read what a trace says of its aircraft; None where it says nothing."""
    return database_claim(header, "readsb trace database, as of writing", base_s)


def _base_s(whole: dict[str, Any], path: str, report: Report) -> float:
    """Find the base that all offsets count from; without one, midnight UTC of the folder's day."""
    base = whole.get("timestamp")
    if isinstance(base, (int, float)) and not isinstance(base, bool) and abs(base) < MOST_BASE_S:
        return float(base)
    found = list(_DAY.finditer(Path(path).absolute().as_posix()))
    try:
        year, month, day = (int(g) for g in found[-1].groups())
        midnight = datetime(year, month, day, tzinfo=UTC)
    except (IndexError, ValueError) as e:
        raise SourceError(path, "no timestamp, and no folder YYYY/MM/DD to take the day from", field="timestamp") from e
    report.problem(
        f"no timestamp; midnight UTC of the folder's day, {midnight.date().isoformat()}, was taken",
        field="timestamp",
        value=base,
        remedy="compare with another archive before relying on these times",
        rows_lost=0,
    )
    return midnight.timestamp()


def _address(whole: dict[str, Any], path: str, report: Report) -> str | None:
    address = whole.get("icao")
    if isinstance(address, str) and address:
        return address
    found = _NAME.search(Path(path).name)
    report.problem(
        "no address in it" + ("; that of the file's name was taken" if found else ""), field="icao", rows_lost=0
    )
    return found.group(1) if found else None


def _usable(trace: list[Any], report: Report) -> tuple[list[list[Any]], list[int]]:
    """Keep the points that have at least time, latitude, longitude and altitude, all of one length."""
    widths = {len(p) if type(p) is list else 0 for p in trace}
    rows: list[int] = list(range(1, len(trace) + 1))
    if not widths or min(widths) >= _LEAST:
        good = trace
    else:
        rows = [i for i in rows if type(trace[i - 1]) is list and len(trace[i - 1]) >= _LEAST]
        first = next(i for i, p in enumerate(trace, 1) if type(p) is not list or len(p) < _LEAST)
        good = [trace[i - 1] for i in rows]
        report.problem(
            f"not a point of at least {_LEAST} elements",
            row=first,
            value=trace[first - 1],
            rows_lost=len(trace) - len(good),
        )
    most = max(widths, default=0)
    if len(widths) > 1:
        good = [p + [None] * (most - len(p)) for p in good]
    return good, rows


def _frame(
    points: list[list[Any]], rows: list[int], base_s: float, address: str | None, report: Report
) -> pl.DataFrame:
    width = len(points[0])

    def column(i: int) -> list[Any]:
        return [p[i] for p in points] if i < width else [None] * len(points)

    def number(i: int, name: str) -> pl.Series:
        return numbers(name, column(i), report, rows)

    heights = column(3)
    ground = [h == "ground" for h in heights]
    table = pl.DataFrame(
        {
            "row": pl.Series(rows, dtype=pl.Int64),
            "offset": number(0, "offset"),
            "latitude_deg": number(1, "latitude"),
            "longitude_deg": number(2, "longitude"),
            "height": numbers(
                "altitude", [None if g else h for g, h in zip(ground, heights, strict=True)], report, rows
            ),
            "ground": pl.Series(ground, dtype=pl.Boolean),
            "groundspeed_kt": number(4, "ground speed"),
            "track_deg": number(5, "track"),
            "flags": number(6, "flags").fill_null(0).cast(pl.Int64, strict=False).fill_null(0),
            "rate": number(7, "vertical rate"),
            "type": texts("type", column(9)),
            "geometric": number(10, "geometric altitude"),
            "geometric_rate": number(11, "geometric rate"),
        }
    )
    table = pl.concat([table, _objects(column(8), table.height, report, rows)], how="horizontal")
    early = table.filter(pl.col("offset") < 0)
    if early.height:
        report.problem(
            "a time before the file's base: such points may be left over from earlier"
            + (f" ({early.height} rows, the first is shown)" if early.height > 1 else ""),
            row=early["row"][0],
            field="offset",
            value=early["offset"][0],
            rows_lost=0,
        )
    leg = ((pl.col("flags") & _NEW_LEG) != 0).cum_sum()
    geometric = (pl.col("flags") & _GEOMETRIC) != 0
    return table.select(
        "row",
        "latitude_deg",
        "longitude_deg",
        "groundspeed_kt",
        "track_deg",
        # beyond 32-bit milliseconds only through damage; the caller drops such times
        time_utc=((pl.col("offset") + base_s) * 1000)
        .round()
        .cast(pl.Int64, strict=False)
        .cast(pl.Datetime("ms"))
        .dt.replace_time_zone("UTC"),
        icao24=pl.lit(address, dtype=pl.String),
        altitude_ft=pl.when(~geometric).then("height"),
        altitude_geom_ft=pl.coalesce("geometric", pl.when(geometric).then("height"), "alt_geom"),
        on_ground=pl.when(pl.col("ground") | pl.col("height").is_not_null()).then("ground"),
        vertical_rate_fpm=pl.coalesce("rate", "geometric_rate"),
        callsign=pl.col("callsign").forward_fill().over(leg),
        squawk=pl.col("squawk").forward_fill().over(leg),
        category=pl.col("category").forward_fill(),
        adsb_version=pl.col("adsb_version").forward_fill(),
        nic=pl.col("nic").forward_fill().over(leg),
        nac_p=pl.col("nac_p").forward_fill().over(leg),
        sil=pl.col("sil").forward_fill().over(leg),
        position_source=pl.coalesce("type", "object_type").replace(POSITION_SOURCE).fill_null("unknown"),
    )


def _objects(cells: list[Any], height: int, report: Report, rows: list[int]) -> pl.DataFrame:
    """Spread the object of every fourth point over columns, null between."""
    at = [i for i, c in enumerate(cells) if type(c) is dict]
    found = [cells[i] for i in at]
    where = [rows[i] for i in at]
    columns: list[pl.Series] = [pl.Series("_at", at, dtype=pl.UInt32)]
    for key, name in _TEXTS.items():
        words = texts(name, [o.get(key) for o in found]).str.strip_chars()
        columns.append(pl.select(pl.when(words != "").then(words).alias(name)).to_series())
    for key, name in _INTS.items():
        columns.append(numbers(name, [o.get(key) for o in found], report, where))
    columns.append(numbers("alt_geom", [o.get("alt_geom") for o in found], report, where))
    columns.append(texts("object_type", [o.get("type") for o in found]))
    index = pl.DataFrame({"_at": pl.int_range(height, dtype=pl.UInt32, eager=True)})
    return index.join(pl.DataFrame(columns), on="_at", how="left", maintain_order="left").drop("_at")
