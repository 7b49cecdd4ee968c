"""What would have been seen at an airfield: all other traffic, out of files or a lake, put to `observability`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl

from wheelsdown.analysis.heard import HEARD, heard, together
from wheelsdown.analysis.observability import observability as observed
from wheelsdown.engines.asked import Asked, as_tuple, asked
from wheelsdown.engines.lakes import lake_readings
from wheelsdown.engines.ledgers import reasons, window_of
from wheelsdown.engines.observing_lakes import archived, extract, heard_in
from wheelsdown.engines.opening import airfields_of, lake_of
from wheelsdown.engines.options import Input, Options
from wheelsdown.engines.parts import Loaded, chosen_aircraft, is_simulated, readings
from wheelsdown.engines.result import Result
from wheelsdown.errors import UsageError
from wheelsdown.inference import infer, infer_days
from wheelsdown.lake import Lake
from wheelsdown.reference.airfields import Airfields
from wheelsdown.schema import OBSERVABILITY, PROBLEMS, RECEIPTS, VISITS
from wheelsdown.sources import Reading

__all__ = ["observability", "observe"]

Texts = str | Sequence[str] | None
_BESIDE = timedelta(days=7)
"""How far around the window traffic is looked at: what is usual, and days to pool."""


@dataclass
class _Others:
    """What the traffic gave."""

    visits: pl.DataFrame = field(default_factory=VISITS.empty)
    heard: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=HEARD))
    fleet: set[str] = field(default_factory=set)
    days: dict[str, pl.DataFrame] = field(default_factory=dict)
    problems: pl.DataFrame = field(default_factory=PROBLEMS.empty)
    receipts: pl.DataFrame = field(default_factory=RECEIPTS.empty)
    notes: tuple[str, ...] = ()
    simulated: bool = False
    positions: int = 0
    first: date | None = None
    last: date | None = None


def observe(
    what: Input,
    options: Options | None,
    airfields: Sequence[str],
    since: date | str | None = None,
    until: date | str | None = None,
    fleet: Collection[str] = (),
) -> pl.DataFrame:
    """Give OBSERVABILITY of airfields for each day of a window.

    Parameters
    ----------
    what : path, paths or POSITIONS
        Nothing where `options` name a lake.
    options : Options
        How to read and infer.
    airfields : sequence of str
        By any of their codes.
    since, until : date or str, optional
        UTC days, both included; by default the days of the data.
    fleet : collection of str
        Addresses asked about, which are no measure of themselves.

    Returns
    -------
    OBSERVABILITY

    Raises
    ------
    UsageError, SourceError, ReferenceDataError, LakeError
    """
    return observability(what, options, airfield=airfields, since=since, until=until, icao24=sorted(fleet)).frame


def observability(
    what: Input = (),
    options: Options | None = None,
    *,
    airfield: Texts = None,
    since: date | str | None = None,
    until: date | str | None = None,
    icao24: Texts = None,
    registration: Texts = None,
    operator: Texts = None,
    typecode: Texts = None,
) -> Result:
    """Tell for each airfield and UTC day whether, and how probably, a visit would have left a row.

    Parameters
    ----------
    what : path, paths or POSITIONS
        All traffic that was received; nothing where `options` name a lake.
    options : Options, optional
        How to read and infer.
    airfield : str or several
        By any of their codes.
    since, until : date or str, optional
        UTC days, both included; by default the days of the data.
    icao24, registration, operator, typecode : str or several, optional
        The fleet asked about: left out of the measure.

    Returns
    -------
    Result
        OBSERVABILITY.

    Raises
    ------
    UsageError
        No airfield, an empty window, or simulated and real positions mixed.
    SourceError, ReferenceDataError, LakeError

    Notes
    -----
    See `wheelsdown.analysis.observability.observability`. In a lake, others are counted out of the tables of places:
    within 100 km and below 5,000 ft above the fields there, or at the ends of silences, and in the extract of other
    traffic below 10,000 ft within 60 km. Memory holds one part of the input, a row an aircraft and hour, and VISITS.
    """
    options = replace(options or Options(), keep_positions=False, ruled_out=False)
    known = airfields_of(options)
    codes = [known.resolve(code)["code"] for code in as_tuple(airfield)]
    if not codes:
        raise UsageError("name a place: --airfield CODE")
    first, last = window_of(since, until)
    wanted = asked(
        known.fields,
        [],
        icao24=as_tuple(icao24),
        registration=as_tuple(registration),
        operator=as_tuple(operator),
        typecode=as_tuple(typecode),
    )
    fields = known.fields.filter(pl.col("code").is_in(codes))
    loaded = Loaded.of(options)
    lake = lake_of(what, options)
    with nullcontext() if lake is None else lake.steady():
        if lake is None:
            others = _of_files(what, options, known, fields, wanted, loaded)
        else:
            others = _of_lake(lake, options, known, fields, wanted, loaded, first, last)
    first, last = first or others.first, last or others.last
    rows = [OBSERVABILITY.empty()]
    if first is not None and last is not None and first <= last:
        rows += [
            observed(
                others.visits,
                others.heard,
                airfield=code,
                since=first,
                until=last,
                fleet=others.fleet,
                days=others.days.get(code),
            )
            for code in codes
        ]
    found = pl.concat(rows)
    return Result(
        OBSERVABILITY,
        found,
        problems=others.problems,
        receipts=others.receipts,
        notes=(*reasons(found), *others.notes, *known.notes),
        simulated=others.simulated,
        positions_read=others.positions,
    )


def _of_files(
    what: Input, options: Options, known: Airfields, fields: pl.DataFrame, wanted: Asked, loaded: Loaded
) -> _Others:
    """Read parts of whole aircraft, and keep of each its hours near the fields and its visits."""
    out = _Others()
    visits, hours, made = [out.visits], [out.heard], set()
    problems, receipts = [out.problems], [out.receipts]
    notes: list[str] = []
    for reading in readings(what, options):
        positions = reading.positions
        problems.append(reading.problems)
        receipts.append(reading.receipts)
        notes += reading.notes
        if positions.is_empty():
            continue
        made.add(is_simulated(positions))
        out.positions += positions.height
        days = positions.select(first=pl.col("time_utc").min().dt.date(), last=pl.col("time_utc").max().dt.date())
        low, high = days.row(0)
        out.first = low if out.first is None else min(out.first, low)
        out.last = high if out.last is None else max(out.last, high)
        out.fleet |= _fleet(positions, wanted, loaded, reading)
        hours.append(heard(positions, fields))
        found = infer(
            positions, airfields=known.fields, runways=known.runways, rules=options.rules, tables=["visits"]
        ).visits
        visits.append(_around(found, fields["code"].to_list()))
    if len(made) > 1:
        raise UsageError("some positions are SIMULATED, the others are not; read them apart")
    out.visits, out.heard = pl.concat(visits), together(hours)
    out.problems = pl.concat(problems).unique(maintain_order=True)
    counted = pl.col("positions").sum()
    out.receipts = (
        pl.concat(receipts).group_by(pl.exclude("positions"), maintain_order=True).agg(counted).select(RECEIPTS.names)
    )
    out.notes, out.simulated = tuple(dict.fromkeys(notes)), True in made
    return out


def _fleet(positions: pl.DataFrame, wanted: Asked, loaded: Loaded, reading: Reading) -> set[str]:
    """Find the aircraft asked about among those of a part."""
    registers = loaded.beside(reading)
    return set(wanted.icao24) | chosen_aircraft(
        positions, wanted.with_operators(registers, loaded.operators), registers
    )


def _around(visits: pl.DataFrame, codes: Sequence[str]) -> pl.DataFrame:
    """Keep all visits of aircraft that may have been at one of the fields."""
    here = pl.col("airfield").is_in(codes) | pl.col("rivals").list.eval(pl.element().is_in(codes)).list.any()
    who = ["icao24", "track_id"]
    came = visits.filter(here.fill_null(value=False)).select(who).unique()
    return visits.join(came, on=who, how="semi", nulls_equal=True, maintain_order="left")


def _of_lake(
    lake: Lake,
    options: Options,
    known: Airfields,
    fields: pl.DataFrame,
    wanted: Asked,
    loaded: Loaded,
    first: date | None,
    last: date | None,
) -> _Others:
    """Ask the tables of places who was near, and infer from the tracks of those and from the extract of traffic."""
    out = _Others(simulated=lake.simulated)
    have = sorted({*lake.days(), *lake.layout.days("traffic"), *lake.ledger()["day"]})
    if not have:
        return out
    out.first, out.last = have[0], have[-1]
    since, until = (first or have[0]) - _BESIDE, (last or have[-1]) + _BESIDE
    visits = [out.visits]
    for code in fields["code"]:
        near = asked(known.fields, [code], since=since, until=until)
        for reading in lake_readings(lake, near, known, loaded.registers, loaded.operators, ["visits"], options.rules):
            out.positions += reading.positions.height
            out.fleet |= _fleet(reading.positions, wanted, loaded, reading)
            visits.append(_inferred([reading.positions], known, options))
    out.fleet |= set(wanted.icao24)
    days = [d for d in have if since <= d <= until]
    for row in fields.iter_rows(named=True):
        visits.append(_inferred(extract(lake, row, days), known, options))
        out.days[row["code"]] = archived(lake, row, since, until)
    out.visits = pl.concat(visits).unique("visit_id", keep="first", maintain_order=True)
    out.heard = pl.concat(
        [out.heard, *(heard_in(lake, row, [d]) for row in fields.iter_rows(named=True) for d in days)]
    )
    out.positions += out.heard.height
    return out


def _inferred(
    pieces: Iterator[pl.DataFrame] | Sequence[pl.DataFrame], known: Airfields, options: Options
) -> pl.DataFrame:
    found = infer_days(pieces, airfields=known.fields, runways=known.runways, rules=options.rules)
    return found.visits
