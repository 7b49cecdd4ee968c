"""How to read an observers' log: a TOML file, checked key by key."""

from __future__ import annotations

import difflib
import re
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import polars as pl

from wheelsdown.errors import SourceError

__all__ = ["HINT", "LogMapping", "Words", "read_log_mapping", "shipped"]

MAPPABLE: Final = (
    "arrived",
    "departed",
    "registration",
    "icao24",
    "callsign",
    "callsign_out",
    "typecode",
    "operator",
    "origin",
    "next_stop",
    "airfield",
    "note",
)
HINT: Final = (
    'write a mapping and give it with --log-map: source = "NAME"; zone = "America/Chicago"; airfield = "KMSP"; '
    '[columns] arrived = "...", departed = "...", registration = "..."'
)


class Words(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A column, and words one of which it holds; upper and lower case are one."""

    column: str
    contains: list[str]


class LogMapping(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How to read a log of visits."""

    source: str
    """Name of the log."""
    columns: dict[str, str]
    """What each column is."""
    by: str | None = None
    """Who keeps it."""
    rests_on: str | None = None
    """Where its times come from, if not from people's own eyes: a list that rests on a provider does not check it."""
    airfield: str | None = None
    """The airfield of all rows, by any of its codes."""
    zone: str | None = None
    """IANA name of the zone of times that name none."""
    format: str = "iso"
    """``iso``, or a strptime pattern such as ``%d/%m/%Y %H:%M``."""
    precision_min: float = 1.0
    """How exactly times are written: a touchdown lies within so many minutes of what the log says."""
    extract: dict[str, str] = {}
    """For a column, a pattern whose first group is the value (an address inside a link)."""
    seen: Words | None = None
    """Which rows a person saw on the ground; without it, none is taken to be."""
    unseen: Words | None = None
    """Which of these nobody saw after all."""
    every_row_seen: bool = False
    """A person saw every row's aircraft on the ground."""
    delimiter: str | None = None

    @property
    def needs(self) -> list[str]:
        """The log's columns that are read."""
        words = [w.column for w in (self.seen, self.unseen) if w is not None]
        return list(dict.fromkeys([*self.columns.values(), *words]))


@cache
def shipped() -> tuple[LogMapping, ...]:
    """Mappings of logs that are known by their heading."""
    folder = files("wheelsdown.sources").joinpath("logs")
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return tuple(_checked(f.name, f.read_text(encoding="utf-8")) for f in found)


def read_log_mapping(path: Path) -> LogMapping:
    """Read and check a mapping.

    Raises
    ------
    SourceError
        It is no TOML, a key is unknown or wrong, or something needed is missing. Names the key and the remedy.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as e:
        raise SourceError(str(path), f"cannot be read: {e.strerror or e}") from e
    except UnicodeDecodeError as e:
        raise SourceError(str(path), "is not UTF-8 text", remedy="save it as UTF-8") from e
    return _checked(str(path), text)


def _checked(name: str, text: str) -> LogMapping:
    try:
        mapping = msgspec.convert(tomllib.loads(text), LogMapping)
    except tomllib.TOMLDecodeError as e:
        raise SourceError(name, f"no TOML: {e}", remedy=HINT) from e
    except msgspec.ValidationError as e:
        keys = f"keys: {', '.join(LogMapping.__struct_fields__)}"
        raise SourceError(name, str(e), remedy=keys if "unknown field" in str(e) else HINT) from e
    for table, given in (("columns", mapping.columns), ("extract", mapping.extract)):
        for key in given:
            if key not in MAPPABLE:
                near = difflib.get_close_matches(key, MAPPABLE, n=1)
                remedy = f"did you mean {near[0]}?" if near else f"one of {', '.join(MAPPABLE)}"
                raise SourceError(name, f"[{table}] knows no such column", field=key, remedy=remedy)
    for key, pattern in mapping.extract.items():
        if key not in mapping.columns:
            raise SourceError(name, "[extract] names what [columns] does not", field=key, remedy="map the column too")
        try:
            pl.select(pl.lit("").str.extract(pattern, 1))
        except pl.exceptions.PolarsError as e:
            raise SourceError(name, f"no pattern with a group: {e}", field=f"extract.{key}") from e
    if not {"arrived", "departed"} & set(mapping.columns):
        raise SourceError(name, "[columns] lacks arrived and departed", field="columns", remedy=HINT)
    if not {"registration", "icao24", "callsign"} & set(mapping.columns):
        remedy = "map registration, icao24 or callsign"
        raise SourceError(name, "[columns] names nothing that tells the aircraft", field="columns", remedy=remedy)
    if (mapping.airfield is None) == ("airfield" not in mapping.columns):
        raise SourceError(name, "name the airfield once: one for all rows, or a column", field="airfield", remedy=HINT)
    if not (0 <= mapping.precision_min <= 24 * 60):
        raise SourceError(name, "minutes between 0 and 1440", field="precision_min")
    if mapping.every_row_seen and mapping.seen is not None:
        raise SourceError(name, "every row, or those with certain words", field="seen", remedy="keep one of the two")
    if mapping.zone is not None:
        try:
            ZoneInfo(mapping.zone)
        except (LookupError, ValueError, OSError) as e:
            remedy = "an IANA name such as UTC, America/Chicago or Asia/Baku"
            raise SourceError(name, f"no such time zone: {mapping.zone}", field="zone", remedy=remedy) from e
    if mapping.format != "iso" and not re.search(r"%[A-Za-z]", mapping.format):
        raise SourceError(name, f"no such format: {mapping.format}", field="format", remedy="iso, or %d/%m/%Y %H:%M")
    if mapping.delimiter is not None and len(mapping.delimiter) != 1:
        raise SourceError(name, "the delimiter is one character", field="delimiter")
    return mapping
