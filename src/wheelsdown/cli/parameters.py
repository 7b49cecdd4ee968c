"""The options that several verbs share; their help is made from these docstrings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter

from wheelsdown.cli.flowing import flowing

if TYPE_CHECKING:
    from wheelsdown.engines.local import Options
    from wheelsdown.engines.local import Question as Wanted

__all__ = ["Delivery", "Question", "Reading", "asked_of", "files_of", "options_of"]

Texts = list[str] | None
_OUTPUT: Final = Parameter(name=["--output", "-o"], metavar="FILE", allow_leading_hyphen=True)


def _several(name: str, what: str, **more: Any) -> Parameter:
    return Parameter(name=name, metavar=what, **more)


@Parameter(name="*", group="What to look for")
@flowing
@dataclass(frozen=True)
class Question:
    """Which rows are wanted.

    Parameters
    ----------
    airfield
        Only at this airfield, by any of its codes; also rows in which it is a rival that could not be excluded (column
        asked_as says so). May be repeated, or hold several codes with commas.
    at
        Only within KM kilometres of a point, also at places on no list: --at 29.94,34.93,5.
    icao24
        Only this 24-bit address, six hex digits.
    registration
        Only this tail; hyphens do not matter.
    operator
        Only this operator: part of its name, or its three-letter designator, which also matches call signs.
    typecode
        Only this ICAO type designator, such as IL76.
    since
        From this UTC day on (2023-09-01), or from this time on (2023-09-01T06:00Z).
    until
        Up to this UTC day, which is included, or up to this time.
    """

    airfield: Annotated[Texts, _several("--airfield", "CODE")] = None
    at: Annotated[Texts, _several("--at", "LAT,LON,KM", allow_leading_hyphen=True)] = None
    icao24: Annotated[Texts, _several("--icao24", "HEX", alias="--hex")] = None
    registration: Annotated[Texts, _several("--registration", "TAIL")] = None
    operator: Annotated[Texts, _several("--operator", "NAME")] = None
    typecode: Annotated[Texts, _several("--type", "TYPE")] = None
    since: Annotated[str | None, Parameter(metavar="DAY")] = None
    until: Annotated[str | None, Parameter(metavar="DAY")] = None


@Parameter(name="*", group="How to read")
@flowing
@dataclass(frozen=True)
class Reading:
    """How files are read.

    Parameters
    ----------
    lake
        Read out of this lake (see wheelsdown ingest and fetch) instead of files.
    identity
        CSV that says which aircraft a file belongs to: file, registration or icao24.
    mapping
        TOML that says how to read a table of another form: columns, units, time zone.
    as_
        Read every file as this format (see wheelsdown sources) instead of telling by content.
    strict
        Stop at the first thing that cannot be read, instead of listing it and going on.
    problems
        Write everything that could not be read to this file (.csv, .json, .xlsx, .parquet).
    airfields
        TOML with airfields of your own. May be repeated.
    registers
        Another aircraft register. May be repeated.
    """

    lake: Annotated[Path | None, Parameter(metavar="DIR")] = None
    identity: Annotated[Path | None, Parameter(metavar="FILE")] = None
    mapping: Annotated[Path | None, Parameter(name="--map", metavar="FILE")] = None
    as_: Annotated[str | None, Parameter(name="--as", metavar="NAME")] = None
    strict: bool = False
    problems: Annotated[Path | None, Parameter(metavar="FILE")] = None
    airfields: Annotated[list[Path] | None, Parameter(metavar="FILE")] = None
    registers: Annotated[list[Path] | None, Parameter(metavar="FILE")] = None


@Parameter(name="*", group="Where it goes")
@flowing
@dataclass(frozen=True)
class Delivery:
    """Where the rows go: a table on a terminal, CSV in a pipe, unless told otherwise.

    Parameters
    ----------
    output
        Write to this file; its suffix chooses the format: .csv .json .xlsx .geojson .kml .parquet. - is CSV on standard
        output. May be repeated.
    json
        Print one JSON array.
    """

    output: Annotated[list[Path] | None, _OUTPUT] = None
    json: bool = False


def asked_of(question: Question | None) -> Wanted:
    """Give what was asked as the engine takes it."""
    q = question or Question()
    return {
        "airfield": q.airfield,
        "at": q.at,
        "icao24": q.icao24,
        "registration": q.registration,
        "operator": q.operator,
        "typecode": q.typecode,
        "since": q.since,
        "until": q.until,
    }


def options_of(reading: Reading | None, step: Any, **more: Any) -> Options:
    """Give how to read as the engine takes it."""
    from wheelsdown.engines.options import Options

    r = reading or Reading()
    return Options(
        identity=r.identity,
        mapping=r.mapping,
        as_=r.as_,
        strict=r.strict,
        airfields=r.airfields or (),
        registers=r.registers or (),
        lake=r.lake,
        progress=step,
        **more,
    )


def files_of(reading: Reading | None) -> tuple[Path | None, ...]:
    """Name the single files that are read beside the recordings: none of them may be written over."""
    r = reading or Reading()
    return (r.mapping, r.identity, *(r.airfields or ()), *(r.registers or ()))
