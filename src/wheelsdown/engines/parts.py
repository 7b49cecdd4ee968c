"""One answer from input read in parts of whole aircraft: what does not fit into memory at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from wheelsdown.analysis.covering import Covers
from wheelsdown.engines.asked import Asked
from wheelsdown.engines.options import Input, Options
from wheelsdown.errors import UsageError
from wheelsdown.inference import Inference, infer
from wheelsdown.inference.core import TABLES
from wheelsdown.inference.doubted import doubted
from wheelsdown.inference.integrity import doubts
from wheelsdown.outputs.interface import SIMULATED
from wheelsdown.reference.airfields import Airfields
from wheelsdown.reference.identify import annotate
from wheelsdown.reference.registers import load as load_registers
from wheelsdown.reference.registers import operators as load_operators
from wheelsdown.schema import GAPS, INTEGRITY, LEGS, POSITIONS, RECEIPTS, VISITS
from wheelsdown.sources import Reading, read, read_frame, read_in_parts

__all__ = [
    "Loaded",
    "Part",
    "chosen_aircraft",
    "ends_of",
    "is_simulated",
    "joined",
    "part_of",
    "reading_of",
    "readings",
]


@dataclass(frozen=True)
class Loaded:
    """Registers and operators, read once for all parts: some have more rows than a part has positions."""

    registers: pl.DataFrame
    operators: pl.DataFrame

    @classmethod
    def of(cls, options: Options) -> Loaded:
        """Load what is installed and what the options add."""
        return cls(load_registers(extra=options.registers), load_operators())

    def beside(self, reading: Reading) -> pl.DataFrame:
        """What the sources themselves and all registers say of aircraft."""
        return pl.concat([reading.identities, self.registers])


@dataclass(frozen=True)
class Part:
    """What one part of the input gave; `positions` only where an output draws them."""

    reading: Reading
    found: Inference
    positions: pl.DataFrame
    simulated: bool
    positions_read: int = 0
    aircraft_read: int = 0
    """Distinct addresses and recordings among the positions read, before any were chosen."""
    doubts: pl.DataFrame = field(default_factory=INTEGRITY.empty)
    """INTEGRITY, where it is asked for."""
    covers: Covers = ()
    """First and last time of the positions read, before any were chosen."""


def part_of(
    reading: Reading, wanted: Asked, tables: Sequence[str], known: Airfields, loaded: Loaded, options: Options
) -> Part:
    """Infer from one part."""
    simulated = is_simulated(reading.positions)
    positions = wanted.positions(reading.positions)
    if wanted.by_identity and "visits" not in tables:
        registers = loaded.beside(reading)
        positions = _of_aircraft(positions, wanted.with_operators(registers, loaded.operators), registers)
    found = Inference(VISITS.empty(), LEGS.empty(), GAPS.empty())
    doubtful = INTEGRITY.empty()
    if any(t in TABLES for t in tables):
        found = infer(
            positions,
            airfields=known.fields,
            runways=known.runways,
            rules=options.rules,
            ruled_out=options.ruled_out,
            tables=tables,
        )
    if "integrity" in tables:
        doubtful = doubts(positions, airfields=known.fields, runways=known.runways, rules=options.rules)
    kept = positions if options.keep_positions else positions.clear()
    aircraft = reading.positions.select("icao24", "track_id").unique().height
    return Part(
        replace(reading, positions=positions.clear()),
        found,
        kept,
        simulated,
        reading.positions.height,
        aircraft,
        doubtful,
        ends_of([reading.positions["time_utc"]]),
    )


def joined(parts: Sequence[Part]) -> Part:
    """Put parts of whole aircraft together again."""

    def all_of(name: str) -> pl.DataFrame:
        frames: list[pl.DataFrame] = [getattr(p.reading, name) for p in parts]
        return pl.concat(frames)

    counted = pl.col("positions").sum()
    receipts = all_of("receipts").group_by(pl.exclude("positions"), maintain_order=True).agg(counted)
    reading = Reading(
        parts[0].reading.positions,
        all_of("problems").unique(maintain_order=True),
        receipts.select(RECEIPTS.names),
        all_of("identities").unique(maintain_order=True),
        tuple(dict.fromkeys(note for p in parts for note in p.reading.notes)),
    )
    visits, legs, gaps = (pl.concat([getattr(p.found, name) for p in parts]) for name in TABLES)
    # false positions that one part shows are put before aircraft of the others too
    found = Inference(*doubted(visits, legs), gaps)
    return replace(
        parts[0],
        reading=reading,
        found=found,
        positions=pl.concat([p.positions for p in parts]),
        simulated=any(p.simulated for p in parts),
        positions_read=sum(p.positions_read for p in parts),
        aircraft_read=sum(p.aircraft_read for p in parts),
        doubts=pl.concat([p.doubts for p in parts]),
        covers=ends_of([pl.Series(list(p.covers or ()), dtype=POSITIONS.schema["time_utc"]) for p in parts]),
    )


def ends_of(times: Sequence[pl.Series]) -> Covers:
    """Give the first and last of some times; empty where there are none."""
    found = pl.concat([t.drop_nulls().rename("t") for t in times])
    return () if found.is_empty() else (found.min(), found.max())  # type: ignore[return-value]


def readings(what: Input, options: Options) -> Iterator[Reading]:
    """Read in parts of whole aircraft where the files allow it."""
    if isinstance(what, pl.DataFrame):
        yield reading_of(what, options)
        return
    yield from read_in_parts(
        what,
        mapping=options.mapping,
        identity=options.identity,
        as_=options.as_,
        strict=options.strict,
        progress=options.progress,
    )


def reading_of(what: Input, options: Options) -> Reading:
    """Read files, or check a frame as if it had been read."""
    if isinstance(what, pl.DataFrame):
        return read_frame(what, strict=options.strict)
    return read(
        what,
        mapping=options.mapping,
        identity=options.identity,
        as_=options.as_,
        strict=options.strict,
        progress=options.progress,
    )


def is_simulated(positions: pl.DataFrame) -> bool:
    """Tell whether the positions are simulated.

    Raises
    ------
    UsageError
        Some are and some are not: an answer made of both would be neither.
    """
    made = positions["source"].str.starts_with(SIMULATED)
    if made.any() and not made.all():
        raise UsageError(
            f"{int(made.sum())} of {positions.height} positions are SIMULATED, the others are not; read them apart"
        )
    return bool(made.any())


def chosen_aircraft(positions: pl.DataFrame, wanted: Asked, registers: pl.DataFrame) -> set[str]:
    """Give the addresses (else recordings) of the aircraft among positions that are asked for; none if none are."""
    if not (wanted.icao24 or wanted.by_identity):
        return set()
    positions = wanted.positions(positions)
    if wanted.by_identity:
        positions = _of_aircraft(positions, wanted, registers)
    return set(positions.select(pl.coalesce("icao24", "track_id")).to_series().drop_nulls().unique())


def _of_aircraft(positions: pl.DataFrame, wanted: Asked, registers: pl.DataFrame) -> pl.DataFrame:
    """Keep the positions of aircraft chosen by registration, operator or type."""
    ids = ["icao24", "track_id"]
    flown = pl.col("callsign").drop_nulls().mode().sort().first()
    aircraft = positions.group_by(ids, maintain_order=True).agg(callsign_in=flown)
    rows = aircraft.with_columns(visit_id=pl.int_range(pl.len()).cast(pl.String))
    chosen = wanted.aircraft(annotate(VISITS.conform(rows, fill=True), registers))
    return positions.join(chosen.select(ids), on=ids, how="semi", nulls_equal=True, maintain_order="left")
