"""The user's own airfields, in TOML: strips that no list has, or that a list has wrong.

::

    [[airfield]]
    name = "North strip"          # needed, as are the coordinates
    code = "NSTR"                 # else made from the coordinates
    latitude_deg = 15.75
    longitude_deg = 22.1
    elevation_ft = 1700           # optional, like kind, country, municipality, time_zone, as_of

    [[airfield.runway]]
    le_ident = "09"
    le_latitude_deg = 15.75       # either both ends ...
    le_longitude_deg = 22.09
    he_latitude_deg = 15.75
    he_longitude_deg = 22.11

    [[airfield.runway]]
    le_ident = "18"
    length_ft = 3900              # ... or length, true heading of the first end, and the centre
    heading_deg = 178
    latitude_deg = 15.75
    longitude_deg = 22.1

A key that is not known is an error, not a remark: a misspelt elevation would change what counts as a landing.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, Final, NoReturn
from zoneinfo import available_timezones

import polars as pl

from wheelsdown.errors import ReferenceDataError
from wheelsdown.geo import distance_km, place_id
from wheelsdown.reference.codes import KIND_RANK
from wheelsdown.reference.runways import complete_runways, far_end
from wheelsdown.schema import AIRFIELDS, RUNWAYS
from wheelsdown.units import FT_PER_M

__all__ = ["read_own_airfields"]

_MAX_BYTES: Final = 16 << 20
_LAT, _LON = (-90.0, 90.0), (-180.0, 180.0)
_ELEVATION: Final = (-1_500.0, 30_000.0)
_HEADING: Final = (0.0, 360.0)
_LENGTH: Final = (1.0, 40_000.0)
_Range = tuple[float, float]
_FIELD_KEYS: Final[dict[str, _Range | type]] = {
    "name": str,
    "code": str,
    "latitude_deg": _LAT,
    "longitude_deg": _LON,
    "elevation_ft": _ELEVATION,
    "kind": str,
    "country": str,
    "municipality": str,
    "time_zone": str,
    "iata_code": str,
    "local_code": str,
    "as_of": dt.date,
    "runway": list,
}
_END_KEYS: Final[dict[str, _Range | type]] = {
    "ident": str,
    "latitude_deg": _LAT,
    "longitude_deg": _LON,
    "elevation_ft": _ELEVATION,
    "heading_deg": _HEADING,
    "displaced_ft": (0.0, 20_000.0),
}
_RUNWAY_KEYS: Final[dict[str, _Range | type]] = {
    **{f"{e}_{k}": v for e in ("le", "he") for k, v in _END_KEYS.items()},
    "length_ft": _LENGTH,
    "width_ft": (1.0, 10_000.0),
    "heading_deg": _HEADING,
    "latitude_deg": _LAT,
    "longitude_deg": _LON,
    "surface": str,
    "closed": bool,
}


class _Text:
    """The file's lines, to say where a key stands: tomllib does not."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.lines = text.splitlines()

    def line(self, field: int, runway: int | None, key: str | None) -> int:
        """Line of a key of the n-th airfield (or of its m-th runway), else of the table's header."""
        at, f, r = 0, -1, -1
        for number, line in enumerate(self.lines, 1):
            if re.match(r"\s*\[\[\s*airfield\s*\]\]", line):
                f, r = f + 1, -1
            elif re.match(r"\s*\[\[\s*airfield\s*\.\s*runway\s*\]\]", line):
                r += 1
            here = f == field and (r == runway if runway is not None else r == -1)
            if not here:
                continue
            at = at or number
            if key is not None and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return number
        return at

    def fail(self, field: int, runway: int | None, key: str | None, reason: str, remedy: str) -> NoReturn:
        where = f"{self.path}, line {self.line(field, runway, key)}" + (f", key {key}" if key else "")
        raise ReferenceDataError(f"{where}: {reason} ({remedy})")


def _check(text: _Text, table: dict[str, Any], keys: dict[str, _Range | type], field: int, runway: int | None) -> None:
    """Hold each key against what is allowed: name, type, range."""
    for key, value in table.items():
        if key not in keys:
            close = difflib.get_close_matches(key, keys, n=1)
            remedy = f"did you mean {close[0]}?" if close else f"known keys: {', '.join(keys)}"
            text.fail(field, runway, key, "is not a known key", remedy)
        want = keys[key]
        if isinstance(want, tuple):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not want[0] <= value <= want[1]:
                text.fail(
                    field,
                    runway,
                    key,
                    f"is {value!r}, not a number between {want[0]:g} and {want[1]:g}",
                    "decimal degrees, feet, true degrees; west and south are negative",
                )
        elif want is dt.date:
            if not (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
                try:
                    table[key] = dt.date.fromisoformat(value)
                except (TypeError, ValueError):
                    text.fail(field, runway, key, f"is {value!r}, not a date", "write as_of = 2024-05-03")
        elif not isinstance(value, want):
            text.fail(field, runway, key, f"is {value!r}, not {want.__name__}", "quote text, and do not quote numbers")
        elif isinstance(value, str) and not value.strip():
            text.fail(field, runway, key, "is empty", "fill it in or leave the key out")


def _runway(text: _Text, table: dict[str, Any], field: int, runway: int) -> dict[str, Any]:
    """One runway's row: ends as given, or worked out from centre, length and heading."""
    _check(text, table, _RUNWAY_KEYS, field, runway)
    row = {k: v for k, v in table.items() if k not in ("heading_deg", "latitude_deg", "longitude_deg")}
    for end in ("le", "he"):
        if (f"{end}_latitude_deg" in table) != (f"{end}_longitude_deg" in table):
            text.fail(field, runway, f"{end}_latitude_deg", "only one coordinate of this end is given", "give both")
    centre = [k in table for k in ("heading_deg", "latitude_deg", "longitude_deg")]
    ends = [f"{end}_latitude_deg" in table for end in ("le", "he")]
    if any(centre):
        if not (all(centre) and "length_ft" in table):
            text.fail(
                field,
                runway,
                None,
                "a runway by its centre needs length_ft, heading_deg, latitude_deg and longitude_deg",
                "give all four, or the coordinates of both ends",
            )
        if any(ends):
            text.fail(field, runway, None, "gives both a centre and an end", "give one or the other")
        half = table["length_ft"] / 2
        row["le_heading_deg"] = float(table["heading_deg"]) % 360.0
        row["he_heading_deg"] = (row["le_heading_deg"] + 180.0) % 360.0
        for end, heading in (("le", row["he_heading_deg"]), ("he", row["le_heading_deg"])):
            lat, lon = far_end(table["latitude_deg"], table["longitude_deg"], heading, half)
            row[f"{end}_latitude_deg"], row[f"{end}_longitude_deg"] = round(float(lat), 6), round(float(lon), 6)
    elif all(ends) and "length_ft" not in row:
        km = distance_km(*(row[f"{e}_{c}_deg"] for e in ("le", "he") for c in ("latitude", "longitude")))
        row["length_ft"] = round(float(km) * 1000 * FT_PER_M)
    return row


def read_own_airfields(path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read a TOML file of the user's own airfields.

    Returns
    -------
    fields, runways : polars.DataFrame
        AIRFIELDS and RUNWAYS; `source` is ``user: FILE``.

    Raises
    ------
    ReferenceDataError
        Not TOML, an unknown key, a wrong type, a number out of range, a key that is missing or a code used twice. The
        message gives file, line, key and remedy.
    """
    try:
        data = path.read_bytes()
        if len(data) > _MAX_BYTES:
            raise ReferenceDataError(f"{path}: larger than {_MAX_BYTES} bytes (this is no list of your own airfields)")
        raw = data.decode("utf-8")
        document = tomllib.loads(raw)
    except OSError as e:
        raise ReferenceDataError(f"{path}: cannot be read: {e.strerror or e} (check the path)") from e
    except UnicodeDecodeError as e:
        raise ReferenceDataError(f"{path}: is not UTF-8 text: {e} (save it as UTF-8)") from e
    except tomllib.TOMLDecodeError as e:
        raise ReferenceDataError(f"{path}: is not TOML: {e} (see the example in the documentation)") from e
    text = _Text(path, raw)
    stray = [k for k in document if k != "airfield"]
    listed = document.get("airfield")
    if stray or not isinstance(listed, list) or not all(isinstance(t, dict) for t in listed):
        what = f"has {stray[0]!r} at the top" if stray else "has no [[airfield]] table"
        raise ReferenceDataError(f"{path}: {what} (the file is a list of [[airfield]] tables)")

    source = f"user: {path.name}"
    fields: list[dict[str, Any]] = []
    runways: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for n, table in enumerate(listed):
        _check(text, table, _FIELD_KEYS, n, None)
        for key in ("name", "latitude_deg", "longitude_deg"):
            if key not in table:
                text.fail(n, None, None, f"the airfield has no {key}", f"add {key} = ...")
        code = table.get("code", place_id(table["latitude_deg"], table["longitude_deg"])).strip()
        if code.upper() in seen:
            text.fail(n, None, "code", f"{code} is used twice", "give each airfield a code of its own")
        seen[code.upper()] = n
        kind = table.get("kind", "small_airport")
        if kind not in KIND_RANK:
            text.fail(n, None, "kind", f"is {kind!r}", f"one of {', '.join(KIND_RANK)}")
        if "time_zone" in table and table["time_zone"] not in available_timezones():
            text.fail(n, None, "time_zone", f"is {table['time_zone']!r}", "an IANA zone such as Africa/Khartoum")
        as_of = table["as_of"].isoformat() if "as_of" in table else None
        fields.append(
            {k: v for k, v in table.items() if k not in ("runway", "as_of")}
            | {"code": code, "ident": code, "kind": kind, "source": source, "as_of": as_of}
        )
        for m, runway in enumerate(table.get("runway", [])):
            if not isinstance(runway, dict):
                text.fail(n, None, "runway", "is not a table", "write [[airfield.runway]]")
            row = _runway(text, runway, n, m)
            runways.append(row | {"code": code, "closed": row.get("closed", False), "source": source, "as_of": as_of})
    return (
        pl.DataFrame([{c: f.get(c) for c in AIRFIELDS.names} for f in fields], schema=AIRFIELDS.schema, strict=False),
        complete_runways(
            pl.DataFrame([{c: r.get(c) for c in RUNWAYS.names} for r in runways], schema=RUNWAYS.schema, strict=False)
        ),
    )
