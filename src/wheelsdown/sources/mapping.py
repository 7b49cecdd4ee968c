"""The user's description of a table of another form: a TOML file, checked key by key."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from wheelsdown.errors import SourceError
from wheelsdown.schema import POSITIONS

__all__ = ["HINT", "MAPPABLE", "Mapping", "TimeSpec", "Units", "read_mapping"]

MAPPABLE: Final = tuple(n for n in POSITIONS.names if n not in ("time_utc", "source", "receipt"))
HINT: Final = (
    'write a mapping and give it with --map: source = "NAME"; time = { column = "...", format = "iso", zone = "UTC" }; '
    '[columns] latitude_deg = "...", longitude_deg = "...", icao24 = "..."; [units] altitude = "m"'
)
_UNIT_OF: Final = {
    "altitude_ft": "altitude",
    "altitude_geom_ft": "altitude",
    "groundspeed_kt": "speed",
    "vertical_rate_fpm": "vertical_rate",
}


class TimeSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where the time stands, how it is written, and in which zone if it does not say."""

    column: str | list[str]
    format: str = "iso"
    """``iso``, ``epoch_s``, ``epoch_ms``, or a strptime pattern such as ``%d/%m/%Y %H:%M:%S``."""
    zone: str | None = None
    """IANA name, such as UTC or Europe/London."""

    @property
    def columns(self) -> list[str]:
        """The column, or the columns that are joined by a blank (date and time apart)."""
        return [self.column] if isinstance(self.column, str) else self.column


class Units(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Units of the source's numbers; each has to be said where such a number is mapped."""

    altitude: Literal["m", "ft"] | None = None
    speed: Literal["m/s", "kt", "km/h"] | None = None
    vertical_rate: Literal["m/s", "fpm"] | None = None


class Mapping(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How to read a table."""

    source: str
    """Name of the provider, as it stands in every row."""
    time: TimeSpec
    columns: dict[str, str] = {}
    """Target column of POSITIONS to the source's column; a dot reaches inside JSON objects."""
    units: Units = Units()
    constants: dict[str, str | int | float | bool] = {}
    """Target column to one value for all rows, in the target's unit."""
    files: str | None = None
    """Pattern of the files it is for; without it, those no source recognises."""
    records: str | None = None
    """Key of a JSON file that holds the list of records."""
    delimiter: str | None = None
    decimal: Literal[".", ","] = "."

    @property
    def needs(self) -> list[str]:
        """The source's columns that are read."""
        return list(dict.fromkeys([*self.time.columns, *self.columns.values()]))


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping.

    Raises
    ------
    SourceError
        It is no TOML, a key is unknown or wrong, or a unit is not said. Names the line, the key and the remedy.
    """
    name = str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        mapping = msgspec.convert(tomllib.loads(text), Mapping)
    except OSError as e:
        raise SourceError(name, f"cannot be read: {e.strerror or e}") from e
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise SourceError(name, f"no TOML: {e}", remedy=HINT) from e
    except msgspec.ValidationError as e:
        message = str(e)
        key = message.split("`")[1] if "unknown field" in message else message.rpartition("$.")[2].rstrip("`")
        raise SourceError(name, message, row=_line_of(text, key), field=key or None, remedy=_allowed(message)) from e
    for where, table in (("columns", mapping.columns), ("constants", mapping.constants)):
        for key in table:
            if key not in MAPPABLE:
                near = difflib.get_close_matches(key, MAPPABLE, n=1)
                remedy = f"did you mean {near[0]}?" if near else f"one of {', '.join(MAPPABLE)}"
                if key == "time_utc":
                    remedy = 'times have a table of their own: time = { column = "...", format = "iso", zone = "UTC" }'
                raise SourceError(
                    name, f"[{where}] knows no such column", row=_line_of(text, key), field=key, remedy=remedy
                )
    both = set(mapping.columns) & set(mapping.constants)
    if both:
        raise SourceError(name, "is both mapped and constant", field=sorted(both)[0], remedy="keep one of the two")
    for needed in ("latitude_deg", "longitude_deg"):
        if needed not in mapping.columns and needed not in mapping.constants:
            raise SourceError(name, f"[columns] lacks {needed}", field=needed, remedy=HINT)
    for target, unit in _UNIT_OF.items():
        if target in mapping.columns and getattr(mapping.units, unit) is None:
            raise SourceError(
                name,
                f"[units] does not say the unit of {target}",
                row=_line_of(text, target),
                field=f"units.{unit}",
                remedy='say it, for example altitude = "m", speed = "m/s", vertical_rate = "m/s"',
            )
    _check_time(name, text, mapping.time)
    if mapping.delimiter is not None and len(mapping.delimiter) != 1:
        raise SourceError(name, "the delimiter is one character", row=_line_of(text, "delimiter"), field="delimiter")
    return mapping


def _check_time(name: str, text: str, time: TimeSpec) -> None:
    line = _line_of(text, "time")
    if not time.columns:
        raise SourceError(name, "names no column", row=line, field="time.column", remedy=HINT)
    if time.zone is not None:
        try:
            ZoneInfo(time.zone)
        except (LookupError, ValueError, OSError) as e:
            remedy = "an IANA name such as UTC, Europe/London or Asia/Baku"
            raise SourceError(
                name, f"no such time zone: {time.zone}", row=line, field="time.zone", remedy=remedy
            ) from e
    if time.format in ("epoch_s", "epoch_ms"):
        if time.zone not in (None, "UTC"):
            raise SourceError(name, "epoch times are UTC", row=line, field="time.zone", remedy="leave the zone out")
    elif time.format != "iso" and "%" not in time.format:
        remedy = "iso, epoch_s, epoch_ms, or a pattern such as %d/%m/%Y %H:%M:%S"
        raise SourceError(name, f"no such format: {time.format}", row=line, field="time.format", remedy=remedy)


def _line_of(text: str, key: str) -> int | None:
    """Find the line that a key stands on, for the message only."""
    last = key.rsplit(".", maxsplit=1)[-1]
    assigned = re.compile(rf"""(?:^|[{{,\s])["']?{re.escape(last)}["']?\s*=""")
    for number, line in enumerate(text.splitlines(), start=1):
        if last and assigned.search(line):
            return number
    return None


def _allowed(message: str) -> str:
    owners: dict[str, Any] = {"$.units": Units, "$.time": TimeSpec}
    owner = next((o for path, o in owners.items() if path in message), Mapping)
    return f"keys: {', '.join(owner.__struct_fields__)}" if "unknown field" in message else HINT
