"""What types alone cannot hold a case file to: names, days, codes, and parts that do not go together."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from wheelsdown.case.checks_parts import Wrong, of_context, of_methods, of_positions
from wheelsdown.engines.windows import zone_of
from wheelsdown.errors import ReferenceDataError, UsageError
from wheelsdown.reference.airfields import load as load_airfields

if TYPE_CHECKING:
    from wheelsdown.case.form import Case

__all__ = ["Wrong", "check"]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_ADDRESS: Final = re.compile(r"~?[0-9a-fA-F]{6}")
_SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")
_MOMENTS: Final = ("since", "until", "taken")
_TIMES: Final = ("said_from", "said_to", "time")
_DATED: Final = ("on", "as_of")
_YEARS: Final = (1900, 2199)


def check(case: Case) -> Iterator[Wrong]:
    """Find what is wrong, in the order in which a reader should hear of it."""
    yield from _everywhere(case)
    yield from _head(case)
    yield from _airfields(case)
    yield from _windows(case)
    yield from _ids(case)
    yield from of_positions(case)
    yield from of_methods(case)
    yield from of_context(case)


def _parts(part: msgspec.Struct, at: str = "") -> Iterator[tuple[str, msgspec.Struct]]:
    """Walk through all tables, each with its path."""
    yield at, part
    for info in msgspec.structs.fields(part):
        value = getattr(part, info.name)
        path = f"{at}.{info.encode_name}".lstrip(".")
        if isinstance(value, msgspec.Struct):
            yield from _parts(value, path)
        elif isinstance(value, tuple):
            for n, one in enumerate(value):
                if isinstance(one, msgspec.Struct):
                    yield from _parts(one, f"{path}[{n}]")


def _everywhere(case: Case) -> Iterator[Wrong]:
    """Hold every field to what its name promises: days, times, zones, addresses of pages, hashes, texts."""
    for at, part in _parts(case):
        zone = getattr(part, "zone", None)
        for info in msgspec.structs.fields(part):
            name, value = info.name, getattr(part, info.name)
            if not at and name in ("file", "sha256", "raw"):
                continue
            path = f"{at}.{info.encode_name}".lstrip(".")
            yield from _field(path, name, value, zone)


def _field(path: str, name: str, value: Any, zone: str | None) -> Iterator[Wrong]:
    if value is None:
        return
    for n, text in enumerate(value if isinstance(value, tuple) else ()):
        if isinstance(text, str) and not text.strip():
            yield Wrong(f"{path}[{n}]", "is empty", "fill it in or take it out")
    if isinstance(value, str) and not value.strip():
        yield Wrong(path, "is empty", "fill it in or leave the field out")
    elif isinstance(value, float) and not abs(value) < 1e15:
        yield Wrong(path, f"is {value}", "write a number")
    elif name in _MOMENTS:
        yield from _moment(path, value, zone)
    elif name in _TIMES:
        yield from _time(path, value, zone)
    elif name in _DATED:
        yield from _dated(path, value)
    elif name == "zone":
        try:
            zone_of(value)
        except UsageError:
            yield Wrong(
                path, f"is {value!r}, no time zone", "write an IANA name such as UTC, Asia/Baku, Asia/Jerusalem"
            )
    elif name == "url":
        if not re.fullmatch(r"https?://[^\s<>\"']+", value):
            yield Wrong(path, "is no address of a page", "write it whole, beginning with https://")
    elif name in ("sha256", "archived_sha256"):
        if not _SHA256.fullmatch(value):
            yield Wrong(path, "is no sha256", "write its 64 hex digits (sha256sum FILE)")
    elif name == "icao24":
        for n, one in enumerate(value):
            if not _ADDRESS.fullmatch(one):
                yield Wrong(f"{path}[{n}]", f"is {one!r}", "an address is six hex digits, such as 06a0b2")
    elif isinstance(value, dt.date):
        yield from _years(path, value)


def _moment(path: str, value: Any, zone: str | None) -> Iterator[Wrong]:
    if not isinstance(value, dt.date):
        shown = f"is {value!r}, no day or time"
        yield Wrong(path, shown, "write a day, 2023-09-17, or a time, 2023-09-17T14:00:00+03:00, without quotes")
    elif isinstance(value, dt.datetime):
        yield from _time(path, value, zone)
    else:
        yield from _years(path, value)


def _time(path: str, value: dt.datetime, zone: str | None) -> Iterator[Wrong]:
    if value.tzinfo is None and zone is None:
        yield Wrong(path, "is a time without its zone", "add Z or an offset such as +03:00, or name `zone` beside it")
    else:
        yield from _years(path, value)


def _dated(path: str, value: Any) -> Iterator[Wrong]:
    remedy = 'write a day, 2023-10-05, or a period in quotes, "2023-10" or "2023"'
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        yield from _years(path, value)
        return
    text = value if isinstance(value, str) else ""
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
        yield Wrong(path, f"is {value!r}, no day or period", remedy)
        return
    try:
        day = dt.date.fromisoformat(text + "-01-01"[: 10 - len(text)] if len(text) == 4 else (text + "-01")[:10])
    except ValueError:
        yield Wrong(path, f"is {value!r}: there is no such day", remedy)
        return
    yield from _years(path, day)


def _years(path: str, value: dt.date) -> Iterator[Wrong]:
    if not _YEARS[0] <= value.year <= _YEARS[1]:
        yield Wrong(path, f"is in the year {value.year}", f"years are {_YEARS[0]} to {_YEARS[1]}")


def _head(case: Case) -> Iterator[Wrong]:
    if not _NAME.fullmatch(case.case.name):
        yield Wrong(
            "case.name",
            f"is {case.case.name[:80]!r}",
            "it names files: small letters, digits, - and _, 64 at most; the title says it in words",
        )
    fleet = case.fleet
    if fleet.name and not fleet.named:
        yield Wrong(
            "fleet",
            f"is called {fleet.name!r} and names no aircraft: all visitors would go by that name",
            "name operator, registration, icao24 or typecode, or take the name out",
        )
    if fleet.selection == "fleet" and not fleet.named:
        yield Wrong(
            "fleet.selection", "says fleet, and none is named", "name operator, registration, icao24 or typecode"
        )
    if not fleet.named and not case.airfield:
        yield Wrong(
            "fleet", "neither aircraft nor airfields are named", "name a fleet, or an [[airfield]] with its code"
        )


def _airfields(case: Case) -> Iterator[Wrong]:
    known = None
    for n, field in enumerate(case.airfield):
        at = f"airfield[{n}]"
        if (field.latitude_deg is None) != (field.longitude_deg is None):
            missing = "longitude_deg" if field.longitude_deg is None else "latitude_deg"
            yield Wrong(at, "has one coordinate only", f"add {missing}")
        elif field.own:
            if not abs(field.latitude_deg or 0) <= 90 or not abs(field.longitude_deg or 0) <= 180:
                yield Wrong(at, "has coordinates that cannot be", "latitude is -90 to 90, longitude -180 to 180")
            if field.name is None:
                yield Wrong(at, "has coordinates of its own and no name", 'add name = "..."')
        elif field.elevation_ft is not None:
            yield Wrong(f"{at}.elevation_ft", "is given without coordinates", "add latitude_deg and longitude_deg")
        else:
            known = known or load_airfields()
            try:
                row = known.resolve(field.code)
            except ReferenceDataError as e:
                yield Wrong(f"{at}.code", str(e), "or give latitude_deg, longitude_deg and name of a field of your own")
                continue
            if row["code"] != field.code:
                yield Wrong(f"{at}.code", f"{field.code} is {row['name']}", f'write code = "{row["code"]}"')


def _windows(case: Case) -> Iterator[Wrong]:
    if not case.window:
        yield Wrong(
            "", "has no [[window]]", "name the period that is counted: the same visits make another rate over another"
        )
    codes = [a.code for a in case.airfield]
    for n, window in enumerate(case.window):
        begin, end = case.ends(window)
        if begin >= end:
            yield Wrong(f"window[{n}].until", "is before `since`", "both days are included; the first comes first")
        yield from unknown(f"window[{n}].airfields", window.airfields, codes, "airfield")
    names = [w.name for w in case.window]
    for n, said in enumerate(case.statement):
        yield from unknown(f"statement[{n}].windows", said.windows, names, "window")
        yield from unknown(f"statement[{n}].airfields", said.airfields, codes, "airfield")
    for n, claim in enumerate(case.published):
        at = f"published[{n}]"
        if claim.window is not None:
            yield from unknown(f"{at}.window", (claim.window,), names, "window", single=True)
            if claim.since is not None or claim.until is not None:
                yield Wrong(f"{at}.window", "is named, and `since` or `until` are given too", "give one or the other")
        elif (claim.since is None) != (claim.until is None):
            missing = "since" if claim.since is None else "until"
            yield Wrong(at, "has one end of its window only", f"add {missing}")
        if claim.airfield is not None:
            yield from unknown(f"{at}.airfield", (claim.airfield,), codes, "airfield", single=True)
    for n, exhibit in enumerate(case.exhibit):
        if exhibit.airfield is not None:
            yield from unknown(f"exhibit[{n}].airfield", (exhibit.airfield,), codes, "airfield", single=True)


def unknown(at: str, given: Sequence[str], known: Sequence[str], what: str, *, single: bool = False) -> Iterator[Wrong]:
    """Find names that nothing in the case has."""
    for n, name in enumerate(given):
        if name in known:
            continue
        close = difflib.get_close_matches(name, known, n=1)
        listed = ", ".join(known[:12]) + (" ..." if len(known) > 12 else "")
        remedy = f"did you mean {close[0]}?" if close else f"known: {listed}" if known else f"add an [[{what}]]"
        yield Wrong(
            at if single else f"{at}[{n}]", f"names {name!r}, and no [[{what}]] of this case is called so", remedy
        )


def _ids(case: Case) -> Iterator[Wrong]:
    lists: list[tuple[str, str, Sequence[Any]]] = [
        ("airfield", "code", case.airfield),
        ("window", "name", case.window),
        ("statement", "id", case.statement),
        ("party", "name", case.party),
        ("exhibit", "id", case.exhibit),
        ("published", "id", case.published),
        ("events.episode", "id", case.events.episode if case.events else ()),
        ("surges.declared", "name", case.surges.declared if case.surges else ()),
    ]
    for at, name, parts in lists:
        seen: dict[str, int] = {}
        for n, part in enumerate(parts):
            value = getattr(part, name)
            if value in seen:
                yield Wrong(f"{at}[{n}].{name}", f"{value!r} stands twice", "give each a name of its own")
            seen[value] = n
