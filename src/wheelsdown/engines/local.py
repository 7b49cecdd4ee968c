"""Runs the pure functions on this machine: the functions that ``import wheelsdown`` offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack

import polars as pl

from wheelsdown.engines.asked import Asked, Circle, as_tuple, asked, at_circle
from wheelsdown.engines.explaining import explain
from wheelsdown.engines.lakes import addresses_of_tails, lake_readings
from wheelsdown.engines.ledgers import days_held, ledger_notes, received_in
from wheelsdown.engines.opening import airfields_of, lake_of
from wheelsdown.engines.options import Input, Options, Progress
from wheelsdown.engines.parts import Loaded, joined, part_of, readings
from wheelsdown.engines.result import Result
from wheelsdown.engines.signed import signed, unfinished_of
from wheelsdown.errors import UsageError
from wheelsdown.inference import Rules
from wheelsdown.lake import Lake
from wheelsdown.lake.reading import named_receipts
from wheelsdown.reference.airfields import Airfields
from wheelsdown.reference.identify import annotate
from wheelsdown.schema import GAPS, INTEGRITY, LEGS, VISITS
from wheelsdown.sources import read

__all__ = [
    "Options", "Progress", "Question", "answers", "as_wanted", "explain", "gaps", "integrity", "legs", "read", "visits",
]  # fmt: skip

Texts = str | Iterable[str] | None
At = str | Sequence[float] | Iterable[str | Sequence[float]] | None
Moment = str | date | datetime | None

_TABLES: Final = {"visits": VISITS, "legs": LEGS, "gaps": GAPS, "integrity": INTEGRITY}


class Question(TypedDict, total=False):
    """Which rows are wanted; each part is explained in `visits`."""

    airfield: Texts
    at: At
    icao24: Texts
    registration: Texts
    operator: Texts
    typecode: Texts
    since: Moment
    until: Moment


def answers(
    of: Input, tables: Sequence[str], options: Options | None = None, **question: Unpack[Question]
) -> dict[str, Result]:
    """Answer one question in one or more tables, with everything that belongs to the answer.

    Parameters
    ----------
    of : path, paths or POSITIONS
        What to read.
    tables : sequence of str
        Of ``visits``, ``legs``, ``gaps``, ``integrity``; all are made in one reading.
    options : Options, optional
        How to read and infer.
    **question
        See `visits`.

    Returns
    -------
    dict of Result
        For each table its rows, with problems, receipts and notes.

    Raises
    ------
    UsageError
        The question cannot be understood, or simulated and real positions are mixed.
    SourceError, ReferenceDataError
        With `Options.strict`, anything that cannot be read; a register or list of airfields that is damaged.
    """
    options = options or Options()
    known = airfields_of(options)
    wanted = as_wanted(known, question)
    loaded = Loaded.of(options)
    lake = lake_of(of, options)
    with nullcontext() if lake is None else lake.steady():
        return _answers(of, tables, options, wanted, known, loaded, lake)


def _answers(
    of: Input,
    tables: Sequence[str],
    options: Options,
    wanted: Asked,
    known: Airfields,
    loaded: Loaded,
    lake: Lake | None,
) -> dict[str, Result]:
    if lake is None:
        pieces = readings(of, options)
    else:
        pieces = lake_readings(lake, wanted, known, loaded.registers, loaded.operators, tables, options.rules)
    parts = [part_of(reading, wanted, tables, known, loaded, options) for reading in pieces]
    if len({p.simulated for p in parts}) > 1:
        raise UsageError("some positions are SIMULATED, the others are not; read them apart")
    whole = parts[0] if len(parts) == 1 else joined(parts)
    passed_over = lake is not None and not whole.positions_read
    if lake is not None and passed_over:
        # the lake was asked, even if nothing in it was near enough, or of these aircraft, to be read
        count, aircraft = received_in(lake, wanted)
        whole = replace(whole, positions_read=count, aircraft_read=aircraft, simulated=lake.simulated)
    told = [] if lake is None else told_by(lake, wanted, loaded)
    out: dict[str, Result] = {}
    for name in tables:
        frame: pl.DataFrame = whole.doubts if name == "integrity" else getattr(whole.found, name)
        more = list(told)
        if name == "visits":
            registers = loaded.beside(whole.reading)
            of_aircraft = wanted.with_operators(registers, loaded.operators)
            frame = signed(annotate(frame, registers), options)
            frame, crossing = of_aircraft.visits(of_aircraft.aircraft(frame))
            more = [*unfinished_of(options), *crossing, *more]
        else:
            frame = getattr(wanted, name)(frame)
        out[name] = Result(
            table=_TABLES[name],
            frame=frame,
            positions=whole.positions,
            problems=whole.reading.problems,
            receipts=whole.reading.receipts if lake is None else _receipts(lake, frame),
            identities=whole.reading.identities,
            # what bears on the count first: a terminal cuts a flood of remarks
            notes=(*more, *whole.reading.notes, *known.notes),
            simulated=whole.simulated,
            positions_read=whole.positions_read,
            aircraft_read=whole.aircraft_read,
            passed_over=passed_over,
            gap_min=(options.rules or Rules()).gap_min,
            covers=whole.covers if lake is None else days_held(lake),
        )
    return out


def visits(
    what: Input = (),
    *,
    lake: str | Path | None = None,
    airfield: Texts = None,
    at: At = None,
    icao24: Texts = None,
    registration: Texts = None,
    operator: Texts = None,
    typecode: Texts = None,
    since: Moment = None,
    until: Moment = None,
    identity: Path | None = None,
    mapping: Path | None = None,
    ruled_out: bool = False,
    strict: bool = False,
    rules: Rules | None = None,
    airfields: Sequence[Path] | Airfields = (),
    registers: Sequence[Path] = (),
    checks: Path | None = None,
) -> pl.DataFrame:
    """Find visits: a landing, a dwell and a take-off at one place, by one aircraft.

    Parameters
    ----------
    what : path, paths or POSITIONS
        Files, folders, globs, or a frame of POSITIONS; nothing with `lake`.
    lake : path, optional
        Read out of this lake instead.
    airfield : str or several, optional
        Only visits at these airfields (any code they go by), and those for which one of them is a rival that could not
        be excluded; `asked_as` says which.
    at : (latitude_deg, longitude_deg, radius_km) or several, optional
        Only visits within this circle, also at places on no list.
    icao24, registration, operator, typecode : str or several, optional
        Only these aircraft. Registrations are compared without hyphens; an operator by part of its name, or by its
        three-letter designator, which also matches call signs.
    since, until : date, aware datetime or str, optional
        Window of the touchdown. Plain dates are UTC days and both are included; a time of day needs its zone.
    identity : path, optional
        CSV that ties files to aircraft: file, registration or icao24.
    mapping : path, optional
        TOML that tells how to read a table of another form.
    ruled_out : bool
        Also low passes, go-arounds and other approaches without a stop, with their reasons.
    strict : bool
        Raise at the first thing that cannot be read, instead of leaving it out.
    rules : Rules, optional
        Thresholds.
    airfields : paths or Airfields
        TOML files with airfields of your own, or a loaded list.
    registers : paths
        Further aircraft registers.
    checks : path, optional
        File of checks to tell with the visits; a lake's own are told in any case.

    Returns
    -------
    VISITS

    Raises
    ------
    UsageError, SourceError, ReferenceDataError

    Notes
    -----
    It sees what was received: a stop wholly inside a silence is at most a count in `hidden_visits_most`, and an
    aircraft that never broadcast is not there at all.
    """
    options = Options(
        identity=identity,
        mapping=mapping,
        strict=strict,
        ruled_out=ruled_out,
        rules=rules,
        airfields=airfields,
        registers=registers,
        lake=None if lake is None else Path(lake),
        checks=checks,
        keep_positions=False,
    )
    found = answers(
        what,
        ["visits"],
        options,
        airfield=airfield,
        at=at,
        icao24=icao24,
        registration=registration,
        operator=operator,
        typecode=typecode,
        since=since,
        until=until,
    )
    return found["visits"].frame


def legs(what: Input = (), *, options: Options | None = None, **question: Unpack[Question]) -> pl.DataFrame:
    """Find legs: take-off to next landing. An end that was not seen and cannot be inferred is null, with a reason.

    Parameters
    ----------
    what : path, paths or POSITIONS
        Nothing where `options` name a lake.
    options : Options, optional
        How to read and infer.
    **question
        airfield, at, icao24, registration, operator, typecode, since, until: as in `visits`. An airfield may be either
        end or a rival of one; the window is that of the take-off.

    Returns
    -------
    LEGS

    Raises
    ------
    UsageError, SourceError, ReferenceDataError
    """
    return _frame("legs", what, options, question)


def gaps(what: Input = (), *, options: Options | None = None, **question: Unpack[Question]) -> pl.DataFrame:
    """Find silences: nothing was received. That says nothing on why.

    Parameters
    ----------
    what : path, paths or POSITIONS
        Nothing where `options` name a lake.
    options : Options, optional
        How to read and infer.
    **question
        airfield, at, icao24, registration, operator, typecode, since, until: as in `visits`. With an airfield, one end
        of the silence lies within 50 km of it; the silence overlaps the window.

    Returns
    -------
    GAPS

    Raises
    ------
    UsageError, SourceError, ReferenceDataError
    """
    return _frame("gaps", what, options, question)


def integrity(what: Input = (), *, options: Options | None = None, **question: Unpack[Question]) -> pl.DataFrame:
    """Find what can be wrong with positions, flight by flight: a doubt a row, and whether counts leave the flight out.

    Parameters
    ----------
    what : path, paths or POSITIONS
        Nothing where `options` name a lake.
    options : Options, optional
        How to read and infer.
    **question
        airfield, at, icao24, registration, operator, typecode, since, until: as in `visits`. With an airfield, what was
        found within 50 km of it; the doubt overlaps the window.

    Returns
    -------
    INTEGRITY

    Raises
    ------
    UsageError, SourceError, ReferenceDataError

    Notes
    -----
    Crowds are looked for among the aircraft that are read together: what does not fit into memory at once is read in
    parts of whole aircraft, and so is a lake.
    """
    return _frame("integrity", what, options, question)


def told_by(lake: Lake, wanted: Asked, loaded: Loaded) -> list[str]:
    """Say what the lake cannot answer: days, and tails that stand for no address."""
    if not wanted.registration:
        return ledger_notes(lake, wanted)
    addresses, unknown = addresses_of_tails(lake, wanted.registration, loaded.registers)
    none = [
        f"{t}: no register, and nothing in the lake, gives an address for it; it was not looked for" for t in unknown
    ]
    return [*none, *ledger_notes(lake, wanted, wanted.icao24 or addresses)]


def _receipts(lake: Lake, rows: pl.DataFrame) -> pl.DataFrame:
    """Look up the receipts that rows rest on."""
    return named_receipts(lake, rows["receipts"].explode().drop_nulls().unique())


def _frame(name: str, what: Input, options: Options | None, question: Question) -> pl.DataFrame:
    lean = replace(options or Options(), keep_positions=False)
    return answers(what, [name], lean, **question)[name].frame


def as_wanted(known: Airfields, question: Question) -> Asked:
    """Check a question against a list of airfields."""
    return asked(
        known.fields,
        [known.resolve(code)["code"] for code in as_tuple(question.get("airfield"))],
        at=_circles(question.get("at")),
        icao24=as_tuple(question.get("icao24")),
        registration=as_tuple(question.get("registration")),
        operator=as_tuple(question.get("operator")),
        typecode=as_tuple(question.get("typecode")),
        since=question.get("since"),
        until=question.get("until"),
    )


def _circles(at: At) -> list[Circle]:
    if at is None:
        return []
    if isinstance(at, str):
        return [at_circle(at)]
    several: list[Any] = list(at)
    if several and isinstance(several[0], int | float):
        return [at_circle(several)]
    return [at_circle(one) for one in several]
