"""What is to be fetched: which aircraft, which places, which days, and which of it the lake's ledger still lacks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.archive.fleet import Fleet
from wheelsdown.archive.near import NEAR_KM, Elevations, Place
from wheelsdown.engines.asked import as_tuple, asked, at_circle, tail
from wheelsdown.errors import UsageError
from wheelsdown.reference import registers
from wheelsdown.reference.airfields import load as load_airfields
from wheelsdown.reference.identify import addresses_of
from wheelsdown.schema import REGISTER

__all__ = ["TRAFFIC", "WITHOUT_TRAFFIC", "Need", "Wanted", "described", "needs", "wanted"]

TRAFFIC: Final = "traffic"
WITHOUT_TRAFFIC: Final = "the traffic around it was not kept"
SURE: Final = ("received", "empty")
_AROUND: Final = re.compile(r"^around (.*?)(?:; |$)")


@dataclass(frozen=True)
class Wanted:
    """A checked question to an archive."""

    days: tuple[date, ...]
    fleet: Fleet
    places: tuple[Place, ...]
    """Airfields and circles asked for."""
    elevations: Elevations
    traffic: bool
    """Whether the traffic around is kept."""
    notes: tuple[str, ...] = ()

    @property
    def by_place(self) -> bool:
        """Whether no aircraft is named, so that those low near the places are meant."""
        return not self.fleet.addresses and not self.fleet.by_word

    @property
    def terms(self) -> tuple[str, ...]:
        """What the ledger names beside addresses."""
        return tuple(p.name for p in self.places) if self.by_place else self.fleet.terms


@dataclass(frozen=True)
class Need:
    """What is still to be asked of one day."""

    day: date
    fleet: Fleet
    terms: tuple[str, ...]
    traffic_around: tuple[str, ...]
    """Airfields and circles of which the extract was kept on that day before."""


def wanted(
    *,
    since: str | date | datetime | None,
    until: str | date | datetime | None,
    today: date,
    icao24: str | Iterable[str] | None = None,
    registration: str | Iterable[str] | None = None,
    operator: str | Iterable[str] | None = None,
    typecode: str | Iterable[str] | None = None,
    airfield: str | Iterable[str] | None = None,
    at: str | Iterable[str] | None = None,
    traffic: bool = True,
    airfields: Sequence[Path] = (),
    extra_registers: Sequence[Path] = (),
) -> Wanted:
    """Check a question, and look tails, operators and types up in the loaded registers.

    Addresses and tails name single aircraft: all of them are taken. Operators and types describe: with both, an
    aircraft must fit both. What no register knows is looked for in the traces of whole days.

    Raises
    ------
    UsageError
        No first day, nothing asked for, an address or a place that cannot be one, an empty window.
    ReferenceDataError
        A code means no airfield, or a register cannot be read.
    """
    if since is None:
        raise UsageError("--since DAY: from which day on? For example --since 2023-09-01")
    known = load_airfields(extra=airfields)
    elevations = Elevations(known.fields)
    codes = list(dict.fromkeys(known.resolve(code)["code"] for code in as_tuple(airfield)))
    circles = [at_circle(text) for text in ([at] if isinstance(at, str) else at or ())]
    question = asked(
        known.fields, codes, at=circles, icao24=as_tuple(icao24), registration=as_tuple(registration),
        operator=as_tuple(operator), typecode=as_tuple(typecode), since=since, until=until,
    )  # fmt: skip
    if question.since is None:
        raise UsageError(f"--since {since}: is no day")
    last = today if question.until is None else (question.until - timedelta(milliseconds=1)).date()
    first = question.since.date()
    if last < first:
        raise UsageError(f"--since {since}: that day is still to come")
    days = tuple(first + timedelta(days=i) for i in range((last - first).days + 1))
    places = []
    for code in codes:
        field = known.get(code) or {}
        lat, lon = field["latitude_deg"], field["longitude_deg"]
        height = field["elevation_ft"]
        places.append(
            Place(lat, lon, NEAR_KM, elevations.at(lat, lon) if height is None else height, name=f"airfield {code}")
        )
    for c in circles:
        label = f"at {c.latitude_deg:g},{c.longitude_deg:g},{c.radius_km:g}"
        height = elevations.at(c.latitude_deg, c.longitude_deg)
        places.append(Place(c.latitude_deg, c.longitude_deg, max(c.radius_km, NEAR_KM), height, name=label))
    fleet, notes = _resolved(
        question.icao24, question.registration, question.operator, question.typecode, extra_registers
    )
    if not (fleet.addresses or fleet.by_word or places):
        raise UsageError(
            "say which aircraft (--icao24, --registration, --operator, --type) or places (--airfield, --at)"
        )
    return Wanted(days, fleet, tuple(places), elevations, traffic, tuple(notes))


def _resolved(
    addresses: Sequence[str],
    tails: Sequence[str],
    operators: Sequence[str],
    types: Sequence[str],
    extra: Sequence[Path],
) -> tuple[Fleet, list[str]]:
    """Turn words into addresses as far as registers go; tell what was found."""
    found = list(addresses)
    notes: list[str] = []
    if not (tails or operators or types):
        return Fleet(tuple(dict.fromkeys(found))), notes
    loaded = registers.load(extra=extra)
    unknown = []
    for name, hits in addresses_of(tails, loaded).items():
        found += hits
        notes.append(f"{name}: {', '.join(hits)}" if hits else f"{name}: no loaded register has an address for it")
        unknown += [] if hits else [tail(name)]
    fits: list[str] = []
    if operators or types:
        fits = described(loaded, registers.operators(), operators, types)
        what = " and ".join(x for x in (", ".join(operators), ", ".join(types)) if x)
        notes.append(f"{what}: {len(fits)} addresses in the loaded registers" if fits else f"{what}: in no register")
    fleet = Fleet(
        tuple(dict.fromkeys([*found, *fits])),
        tuple(unknown),
        () if fits else tuple(operators),
        () if fits else tuple(types),
    )
    return fleet, notes


def described(known: pl.DataFrame, operators: pl.DataFrame, names: Sequence[str], types: Sequence[str]) -> list[str]:
    """Give the addresses that registers say an operator flies, or that are of a type; of both where both are given."""
    rows = REGISTER.conform(known, fill=True).filter(pl.col("icao24").is_not_null())
    if types:
        rows = rows.filter(pl.col("typecode").str.to_uppercase().is_in(list(types)))
    if names:
        codes = [n.upper() for n in names]
        full = operators.filter(pl.col("operator_icao").is_in(codes))["operator"].drop_nulls().str.to_uppercase()
        text = pl.col("operator").str.to_uppercase()
        # three letters are a designator, and would be found inside too many names
        words = [text.str.contains(rf"\b{re.escape(c)}\b" if len(c) == 3 else re.escape(c)) for c in codes]
        hit = pl.any_horizontal([pl.col("operator_icao").is_in(codes), text.is_in(full.to_list()), *words])
        rows = rows.filter(hit.fill_null(value=False))
    return sorted(rows["icao24"].unique())


def needs(
    question: Wanted, ledger: pl.DataFrame, source: str, as_before: Mapping[date, Collection[str]] | None = None
) -> list[Need]:
    """Give what the ledger does not answer yet, day by day; days that are answered are left out.

    Only `received` and `empty` are answers, and what is damaged `as_before`; everything else is asked again.
    """
    still = as_before or {}
    rows = ledger.filter((pl.col("source") == source) & pl.col("day").is_in(list(question.days)))
    sure: dict[date, dict[str, str | None]] = {}
    broken: set[date] = set()
    """Days whose traffic came in part: what is near depends on the fleet, so the whole day is asked again."""
    for day, what, status, reason in rows.select("day", "what", "status", "reason").iter_rows():
        if status in SURE or (status == "damaged" and what in still.get(day, ())):
            sure.setdefault(day, {})[what] = reason
        elif question.traffic and what == TRAFFIC and status == "damaged":
            broken.add(day)
    found = []
    labels = [p.name for p in question.places]
    for day in question.days:
        have = {} if day in broken else sure.get(day, {})
        around = _labels(have.get(TRAFFIC) if TRAFFIC in have else None)
        lacks_place = question.traffic and any(name not in around for name in labels)

        def answered(what: str, have: dict[str, str | None] = have) -> bool:
            if what not in have:
                return False
            return not question.traffic or WITHOUT_TRAFFIC not in (have[what] or "")

        addresses = tuple(a for a in question.fleet.addresses if not answered(a))
        terms = tuple(t for t in question.terms if not answered(t))
        if not (addresses or terms or lacks_place):
            continue
        fleet = replace(question.fleet, addresses=addresses)
        if not terms:
            fleet = Fleet(addresses)
        found.append(Need(day, fleet, terms, around))
    return found


def _labels(reason: str | None) -> tuple[str, ...]:
    """Read back from the ledger which places the extract was kept of."""
    found = _AROUND.match(reason or "")
    return tuple(found.group(1).split(", ")) if found else ()


def said_around(labels: Iterable[str], more: str) -> str | None:
    """Say in the ledger which places the extract was kept of."""
    names = ", ".join(sorted(set(labels)))
    return "; ".join(x for x in (f"around {names}" if names else "", more) if x) or None
