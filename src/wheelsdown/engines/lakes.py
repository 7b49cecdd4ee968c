"""What a question needs out of a lake; and the lake's own verbs: ingest, coverage, verify."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from wheelsdown.engines.asked import Asked, as_tuple, at_circle, tail
from wheelsdown.engines.ledgers import days_of, reasons, window_of
from wheelsdown.engines.options import Progress
from wheelsdown.engines.result import Result
from wheelsdown.errors import LakeError, UsageError
from wheelsdown.geo import distance_km_expr
from wheelsdown.inference import Rules
from wheelsdown.lake import Lake
from wheelsdown.lake.cells import LOW_FT, ceiling_ft
from wheelsdown.lake.choosing import FAR_KM, LOW_ENOUGH_FT, NEAR_KM, Around, all_days, came_near, of_aircraft, tied_to
from wheelsdown.lake.coverage import RADIUS_KM, Field
from wheelsdown.lake.coverage import coverage as lake_coverage
from wheelsdown.lake.ingesting import Ingested
from wheelsdown.lake.ingesting import ingest as put_in
from wheelsdown.lake.layout import MADE, Layout
from wheelsdown.lake.near import SILENCE_S
from wheelsdown.lake.reading import named_receipts, readings
from wheelsdown.lake.verifying import verify as check
from wheelsdown.reference.airfields import Airfields
from wheelsdown.reference.airfields import load as load_airfields
from wheelsdown.schema import COVERAGE, VERIFIED
from wheelsdown.sources import Reading
from wheelsdown.sources.paths import expand

__all__ = [
    "addresses_of_tails",
    "coverage",
    "ingest",
    "lake_readings",
    "named_aircraft",
    "told",
    "verdict",
    "verify",
]

MOST_KM: Final = 500.0
"""Farther than this is not near an airfield by any measure."""
_SPARE_KM: Final = 5.0
"""The field's extent, and the cell's edges."""
_SPARE_FT: Final = 3_000.0
"""The day's pressure."""
_AROUND_KM: Final = 30.0
_VISIT: Final = re.compile(r"([0-9a-f]{6})-(\d{8})T\d{4}Z")


def lake_readings(
    lake: Lake,
    wanted: Asked,
    known: Airfields,
    registers: pl.DataFrame,
    operators: pl.DataFrame,
    tables: Sequence[str],
    rules: Rules | None = None,
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
    tables : sequence of str
        Which of ``visits``, ``legs``, ``gaps`` and ``integrity`` are asked for.
    rules : Rules, optional
        Thresholds of the inference that follows: what they can find must be read.

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
        named, tracks = named_aircraft(lake, wanted, pl.concat([said, registers]), operators)
        aircraft = sorted(set(named) & set(aircraft)) if aircraft is not None else named
    chosen: pl.DataFrame | None = None
    rules = rules or Rules()
    if (wanted.codes or wanted.circles) and _near_tells(wanted, known, rules):
        chosen = came_near(
            lake,
            _places(wanted, known),
            since,
            until,
            aircraft,
            track_id=tracks,
            any_height="gaps" in tables or "integrity" in tables,
            near_km=max(NEAR_KM, rules.field_radius_km + rules.same_stay_km + _SPARE_KM),
            far_km=max(FAR_KM, rules.possible_km + _SPARE_KM),
            low_enough_ft=max(LOW_ENOUGH_FT, rules.possible_height_ft + _SPARE_FT),
        )
    elif aircraft is not None:
        chosen = of_aircraft(lake, aircraft, since, until, track_id=tracks)
    yield from readings(lake, chosen, since=since, until=until)


def reading_of_visit(lake: Lake, visit_id: str) -> Reading:
    """Read what a visit rests on: the aircraft and day that its id begins with, and the days beside them.

    Raises
    ------
    UsageError
        The id names neither an address and a minute, nor is there any recording without an address.
    """
    found = _VISIT.match(visit_id)
    if found is not None:
        day = date(int(found[2][:4]), int(found[2][4:6]), int(found[2][6:]))
        one = timedelta(days=1)
        chosen = of_aircraft(lake, [found[1]], day - one, day + one)
    else:
        chosen = all_days(lake).filter(pl.col("icao24").is_null() | pl.col("icao24").str.starts_with("~"))
    if not chosen.height:
        raise UsageError(f"{visit_id}: no such visit in {lake.path} (with --lake give the whole id)")
    parts = list(readings(lake, chosen))
    return replace(
        parts[0],
        positions=pl.concat([p.positions for p in parts]),
        receipts=named_receipts(lake, pl.concat([p.positions["receipt"] for p in parts]).drop_nulls().unique()),
        identities=pl.concat([p.identities for p in parts]).unique(maintain_order=True),
    )


def _places(wanted: Asked, known: Airfields) -> list[Around]:
    places = []
    for code in wanted.codes:
        field = known.get(code)
        if field is None:
            raise UsageError(f"--airfield {code}: not in the list of airfields")
        lat, lon = field["latitude_deg"], field["longitude_deg"]
        places.append(Around(lat, lon, _elevation_ft(lat, lon, field["elevation_ft"])))
    for c in wanted.circles:
        # a wide circle may hold fields far higher than those around its middle
        km = distance_km_expr("latitude_deg", "longitude_deg", c.latitude_deg, c.longitude_deg)
        highest = known.fields.filter(km <= c.radius_km + _AROUND_KM).select(pl.col("elevation_ft").max()).item()
        height = _elevation_ft(c.latitude_deg, c.longitude_deg, highest)
        places.append(Around(c.latitude_deg, c.longitude_deg, height, c.radius_km))
    return places


def _near_tells(wanted: Asked, known: Airfields, rules: Rules) -> bool:
    """Tell whether every stop that these rules can find at these places leaves a row in the near tables.

    They were made with heights of the packed list's fields, and with silences of `SILENCE_S`. A field of the user's own
    may lie higher than they look, and rules may ask for less.
    """
    shortest_min = min(rules.gap_min, rules.stop_excess_min, rules.long_excess_min)
    spare_ft = LOW_FT - rules.field_elevation_tolerance_ft
    if shortest_min * 60.0 <= SILENCE_S or spare_ft < 0:
        return False
    fields = [known.get(code) for code in (*wanted.codes, *wanted.within)]
    return all(
        f is None
        or f["elevation_ft"] is None
        or f["elevation_ft"] <= _elevation_ft(f["latitude_deg"], f["longitude_deg"]) + spare_ft
        for f in fields
    )


def _elevation_ft(latitude_deg: float, longitude_deg: float, own: float | None = None) -> float:
    """Give the height of the ground, rather too high than too low: of the highest field around."""
    around = float(ceiling_ft(np.array([latitude_deg]), np.array([longitude_deg]))[0]) - LOW_FT
    return max(around, own or 0.0)


def named_aircraft(
    lake: Lake, wanted: Asked, registers: pl.DataFrame, operators: pl.DataFrame
) -> tuple[list[str], list[str]]:
    """Find the addresses that registers, or call signs, give to tails, types and operators asked for."""
    wanted = wanted.with_operators(registers, operators)
    sets: list[set[str]] = []
    tracks: list[str] = []
    rows = registers.filter(pl.col("icao24").is_not_null())
    if wanted.registration:
        bare = pl.col("registration").str.to_uppercase().str.replace_all(r"[^0-9A-Z]", "")
        sets.append(set(rows.filter(bare.is_in([tail(r) for r in wanted.registration]))["icao24"]))
        tails = [tail(r) for r in wanted.registration]
        said = lake.names().filter(pl.col("track_id").is_not_null() & bare.is_in(tails))
        tracks = [*(f"reg:{t}" for t in tails), *said["track_id"].unique().sort()]
    if wanted.typecode:
        sets.append(set(rows.filter(pl.col("typecode").str.to_uppercase().is_in(list(wanted.typecode)))["icao24"]))
    if wanted.operator:
        names = [o.upper() for o in wanted.operator]
        text = pl.col("operator").str.to_uppercase()
        hits = rows.filter(
            pl.any_horizontal([text.str.contains(n, literal=True).fill_null(value=False) for n in names])
        )
        called, recordings = _called(lake, names)
        sets.append({*hits["icao24"], *wanted.operates, *called})
        tracks += recordings
    return sorted(set.intersection(*sets)) if sets else [], tracks


def addresses_of_tails(lake: Lake, tails: Sequence[str], registers: pl.DataFrame) -> tuple[list[str], list[str]]:
    """Find the addresses that tails stand for, and the tails of which nothing is known.

    Parameters
    ----------
    lake : Lake
    tails : sequence of str
        Capitals and digits only.
    registers : REGISTER
        Beside what the lake's own files said.

    Returns
    -------
    tuple
        Addresses; tails that stand for no address and no recording.
    """
    bare = pl.col("registration").str.to_uppercase().str.replace_all(r"[^0-9A-Z]", "")
    named = pl.concat([lake.names().select("registration", "icao24"), registers.select("registration", "icao24")])
    rows = named.select(bare.alias("tail"), "icao24").filter(pl.col("tail").is_in(list(tails)))
    recordings = set(all_days(lake)["track_id"].drop_nulls())
    known = {*rows["tail"], *(t for t in tails if f"reg:{t}" in recordings)}
    return rows["icao24"].drop_nulls().unique().sort().to_list(), [t for t in tails if t not in known]


def _called(lake: Lake, operators: Iterable[str]) -> tuple[set[str], list[str]]:
    """Find the addresses, and the recordings without one, that used a call sign of an operator's designator."""
    designators = [o for o in operators if len(o) == 3 and o.isalpha()]
    paths = [lake.layout.path("positions", d) for d in lake.days()]
    if not designators or not paths:
        return set(), []
    called = pl.any_horizontal([pl.col("callsign").str.contains(f"^{d}[0-9]") for d in designators])
    scan = pl.scan_parquet(paths, glob=False).select("icao24", "track_id", "callsign")
    found = scan.filter(called).select("icao24", "track_id").unique().collect(engine="streaming")
    tracks = found.filter(pl.col("icao24").is_null())["track_id"].drop_nulls().unique().sort().to_list()
    ties = tied_to(lake).filter(pl.col("track_id").is_in(tracks))
    return {*found["icao24"].drop_nulls(), *ties["icao24"].drop_nulls()}, tracks


def ingest(
    paths: Sequence[Path],
    lake: Path,
    *,
    identity: Path | None = None,
    mapping: Path | None = None,
    as_: str | None = None,
    progress: Progress | None = None,
    waiting: Callable[[str], None] | None = None,
) -> Ingested:
    """Put files into a lake, which is made if it is not there; see `wheelsdown.lake.ingesting.ingest`."""
    expand(paths)  # a name that is wrong leaves no empty lake behind
    opened = Lake.open(lake, create=True, waiting=waiting)
    return put_in(opened, paths, identity=identity, mapping=mapping, as_=as_, progress=progress, waiting=waiting)


def told(done: Ingested, lake: Path) -> list[str]:
    """Say what went in."""
    if not done.files:
        return [f"{lake}: nothing new"]
    files = "1 file" if done.files == 1 else f"{done.files} files"
    if not done.positions:
        return [f"{lake}: {files} read; no positions in {'it' if done.files == 1 else 'them'}"]
    if not done.days:
        return [f"{lake}: {files} read; {done.positions} positions, all of them there already"]
    first, last = min(done.days), max(done.days)
    span = first.isoformat() if first == last else f"{len(done.days)} days from {first} to {last}"
    return [f"{lake}: {files} read, {done.positions} positions; {span} written"]


def coverage(
    lake: Path,
    *,
    airfield: str | Iterable[str] | None = None,
    at: str | Iterable[str] | None = None,
    since: str | date | None = None,
    until: str | date | None = None,
    radius_km: float | None = None,
    airfields: Sequence[Path] | Airfields = (),
) -> Result:
    """Tell for each airfield and day what was received near it; see `wheelsdown.lake.coverage.coverage`.

    Raises
    ------
    UsageError
        No place was named, a time is not one, the window is empty, or the radius is out of range.
    LakeError
        No lake.
    """
    known = airfields if isinstance(airfields, Airfields) else load_airfields(extra=airfields)
    first, last = window_of(since, until)
    if radius_km is not None and not 0 < radius_km <= MOST_KM:
        raise UsageError(f"--radius-km {radius_km:g}: above 0, and {MOST_KM:g} at most")
    fields = [_field(known.resolve(code)) for code in as_tuple(airfield)]
    circles = [at_circle(text) for text in ([at] if isinstance(at, str) else at or ())]
    if not fields and not circles:
        raise UsageError("name a place: --airfield CODE or --at LAT,LON,KM")
    opened = Lake.open(lake)
    frames = [lake_coverage(opened, fields, since=first, until=last, radius_km=radius_km or RADIUS_KM)]
    for c in circles:
        place = Field(None, c.latitude_deg, c.longitude_deg, _elevation_ft(c.latitude_deg, c.longitude_deg))
        frames.append(lake_coverage(opened, [place], since=first, until=last, radius_km=c.radius_km))
    found = pl.concat(frames)
    return Result(COVERAGE, found, notes=tuple(reasons(found)), simulated=opened.simulated)


def _field(row: dict[str, Any]) -> Field:
    lat, lon = row["latitude_deg"], row["longitude_deg"]
    elevation = row["elevation_ft"]
    return Field(row["code"], lat, lon, _elevation_ft(lat, lon) if elevation is None else float(elevation))


def verify(lake: Path, *, deep: bool = False, progress: Progress | None = None) -> tuple[Result, int]:
    """Check a lake; gives VERIFIED and how many faults there are. See `wheelsdown.lake.verifying.verify`."""
    found = check(lake, deep=deep, progress=progress)
    # a damaged lake may not say what it is; the check goes on
    simulated = _kind(lake) == MADE
    return Result(VERIFIED, found, simulated=simulated), int((found["finding"] != "good").sum())


def _kind(lake: Path) -> str | None:
    try:
        return Layout(Path(lake).expanduser()).read_about().kind
    except LakeError:
        return None


def verdict(result: Result) -> str:
    """Say in one sentence what a check found."""
    faults = result.frame.filter(pl.col("finding") != "good")
    if faults.height:
        some = "; ".join(f"{f}: {why}" for f, why in faults.select("file", "finding").head(5).iter_rows())
        return f"{faults.height} of {result.frame.height} findings are faults: {some}"
    last = result.frame.filter(pl.col("file") == "chain.jsonl")
    if last.is_empty():  # a file of checks, and no lake
        one = result.frame.row(0, named=True)
        hash_ = f", the last hash is {one['committed_sha256']}" if one["entry"] else ""
        return f"{one['file']}: {one['entry']} {'check' if one['entry'] == 1 else 'checks'} as signed{hash_}"
    checks = result.frame.filter(pl.col("file") == "checks.jsonl")
    signed = (
        f"; checks of visits: {checks['entry'][0]}, the last hash is {checks['committed_sha256'][0]}"
        if checks.height
        else ""
    )
    return (
        f"{result.frame.height - 1 - checks.height} files are as they were committed; {last['entry'][0]} entries, "
        f"the last hash is {last['committed_sha256'][0]}{signed}"
    )
