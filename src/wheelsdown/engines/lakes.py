"""What a question needs out of a lake, and what the lake's ledger says of the days asked about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl

from wheelsdown.engines.asked import Asked, tail
from wheelsdown.errors import UsageError
from wheelsdown.lake import Lake
from wheelsdown.lake.cells import LOW_FT, ceiling_ft
from wheelsdown.lake.choosing import Around, came_near, of_aircraft
from wheelsdown.lake.reading import readings
from wheelsdown.reference.airfields import Airfields
from wheelsdown.sources import Reading

__all__ = ["days_of", "lake_readings", "ledger_notes"]

_MOST_SHOWN = 6


def days_of(wanted: Asked) -> tuple[date | None, date | None]:
    """Give the first and the last UTC day of the window."""
    last = None if wanted.until is None else (wanted.until - timedelta(milliseconds=1)).date()
    return (None if wanted.since is None else wanted.since.date()), last


def lake_readings(
    lake: Lake, wanted: Asked, known: Airfields, registers: pl.DataFrame, operators: pl.DataFrame
) -> Iterator[Reading]:
    """Read the part of a lake that a question is about.

    Parameters
    ----------
    lake : Lake
    wanted : Asked
    known : Airfields
    registers : REGISTER
        Installed and added ones; what the lake's own files said is looked up beside them.
    operators : polars.DataFrame
        operator_icao, operator.

    Yields
    ------
    Reading
        Parts of whole aircraft, with the days before and after that a stop depends on.
    """
    since, until = days_of(wanted)
    aircraft = list(wanted.icao24) if wanted.icao24 else None
    tracks: list[str] = []
    if wanted.by_identity:
        said = lake.names().select(registers.columns)
        named, tracks = _named(lake, wanted, pl.concat([said, registers]), operators)
        aircraft = sorted(set(named) & set(aircraft)) if aircraft is not None else named
    chosen: pl.DataFrame | None = None
    if wanted.codes or wanted.circles:
        chosen = came_near(lake, _places(wanted, known), since, until, aircraft)
    elif aircraft is not None:
        chosen = of_aircraft(lake, aircraft, since, until, track_id=tracks)
    yield from readings(lake, chosen, since=since, until=until)


def _places(wanted: Asked, known: Airfields) -> list[Around]:
    places = []
    for code in wanted.codes:
        field = known.get(code)
        if field is None:
            raise UsageError(f"--airfield {code}: not in the list of airfields")
        lat, lon = field["latitude_deg"], field["longitude_deg"]
        places.append(Around(lat, lon, _elevation_ft(lat, lon, field["elevation_ft"])))
    for c in wanted.circles:
        places.append(
            Around(c.latitude_deg, c.longitude_deg, _elevation_ft(c.latitude_deg, c.longitude_deg), c.radius_km)
        )
    return places


def _elevation_ft(latitude_deg: float, longitude_deg: float, own: float | None = None) -> float:
    """Give the height of the ground, rather too high than too low: of the highest field around."""
    around = float(ceiling_ft(np.array([latitude_deg]), np.array([longitude_deg]))[0]) - LOW_FT
    return max(around, own or 0.0)


def _named(lake: Lake, wanted: Asked, registers: pl.DataFrame, operators: pl.DataFrame) -> tuple[list[str], list[str]]:
    """Find the addresses that registers, or call signs, give to tails, types and operators asked for."""
    wanted = wanted.with_operators(registers, operators)
    sets: list[set[str]] = []
    tracks: list[str] = []
    rows = registers.filter(pl.col("icao24").is_not_null())
    if wanted.registration:
        bare = pl.col("registration").str.to_uppercase().str.replace_all(r"[^0-9A-Z]", "")
        sets.append(set(rows.filter(bare.is_in([tail(r) for r in wanted.registration]))["icao24"]))
        tracks = [f"reg:{tail(r)}" for r in wanted.registration]
    if wanted.typecode:
        sets.append(set(rows.filter(pl.col("typecode").str.to_uppercase().is_in(list(wanted.typecode)))["icao24"]))
    if wanted.operator:
        names = [o.upper() for o in wanted.operator]
        text = pl.col("operator").str.to_uppercase()
        hits = rows.filter(
            pl.any_horizontal([text.str.contains(n, literal=True).fill_null(value=False) for n in names])
        )
        sets.append({*hits["icao24"], *wanted.operates, *_called(lake, names)})
    return sorted(set.intersection(*sets)) if sets else [], tracks


def _called(lake: Lake, operators: Iterable[str]) -> set[str]:
    """Find the addresses that used a call sign of an operator's designator."""
    designators = [o for o in operators if len(o) == 3 and o.isalpha()]
    paths = [lake.layout.path("positions", d) for d in lake.days()]
    if not designators or not paths:
        return set()
    called = pl.any_horizontal([pl.col("callsign").str.contains(f"^{d}[0-9]") for d in designators])
    scan = pl.scan_parquet(paths, glob=False).select("icao24", "callsign").unique()
    return set(scan.filter(called).collect(engine="streaming")["icao24"].drop_nulls())


def ledger_notes(lake: Lake, wanted: Asked) -> list[str]:
    """Say of which days of the window nothing, or not the whole, is known."""
    since, until = days_of(wanted)
    days = lake.days()
    ledger = lake.ledger()
    first = since or (days[0] if days else None)
    last = until or (days[-1] if days else None)
    if first is None or last is None:
        return []
    have = set(days)
    ledger = ledger.filter(pl.col("day").is_between(first, last))
    if wanted.icao24:
        ledger = ledger.filter(pl.col("what").is_in([*wanted.icao24, "*"]))
    else:
        ledger = ledger.filter(pl.col("what") != "traffic")
    notes = []
    asked_of = set(ledger["day"])
    unasked = [d for d in _calendar(first, last) if d not in have and d not in asked_of]
    if unasked:
        notes.append(f"{_some(unasked)} of the window not in the lake and never asked for: nothing is known of them")
    for status in ("missing", "pending", "expired", "failed", "damaged", "no_archive"):
        hit = ledger.filter(pl.col("status") == status)
        if hit.height:
            group = sorted(set(hit["day"]))
            why = hit["reason"].drop_nulls().unique(maintain_order=True).to_list()
            notes.append(f"{_some(group)} {status}" + (f": {why[0]}" if why else ""))
    return notes


def _calendar(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def _some(days: list[date]) -> str:
    """Name days in a row as ranges, and not too many of them."""
    ranges: list[tuple[date, date]] = []
    for d in days:
        if ranges and d - ranges[-1][1] == timedelta(days=1):
            ranges[-1] = (ranges[-1][0], d)
        else:
            ranges.append((d, d))
    texts = [a.isoformat() if a == b else f"{a.isoformat()} to {b.isoformat()}" for a, b in ranges]
    more = f" and {len(texts) - _MOST_SHOWN} more stretches" if len(texts) > _MOST_SHOWN else ""
    return f"{len(days)} day{'s' if len(days) != 1 else ''} ({', '.join(texts[:_MOST_SHOWN])}{more})"
