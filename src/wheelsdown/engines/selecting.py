"""How positions came to be there: everyone, a fleet that was looked for on every day, or files picked by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import polars as pl

from wheelsdown.analysis.exposure import utc_days
from wheelsdown.engines.asked import Asked
from wheelsdown.engines.fetch_question import described
from wheelsdown.engines.lakes import named_aircraft
from wheelsdown.engines.ledgers import some_days
from wheelsdown.engines.options import Options
from wheelsdown.engines.parts import Loaded
from wheelsdown.engines.result import Result
from wheelsdown.lake import Lake
from wheelsdown.lake.near import aircraft_days
from wheelsdown.reference.identify import addresses_of
from wheelsdown.schema import AIRCRAFT_DAYS

__all__ = ["Chosen", "chosen_how", "fleet_of", "received_of"]

_EVERYBODY: Final = "*"
_BY_USER: Final = "files"
_SOME: Final = 64
"""Of the 256 folders of traces: an archive with fewer is a choice of aircraft, however it came about."""


@dataclass(frozen=True)
class Chosen:
    """How the positions were chosen."""

    selection: str
    """all, fleet or hand_picked (`schema.SELECTIONS`)."""
    why: str
    """What says so."""
    in_case: str = ""
    """The same in words of a case file, which knows no options; empty: `why` names none."""

    def of_case(self) -> Chosen:
        """Give the same for readers of a case, who never typed an option."""
        return Chosen(self.selection, self.in_case or self.why)


def chosen_how(
    lake: Lake | None,
    wanted: Asked,
    since: datetime | None,
    until: datetime | None,
    selection: str | None,
    options: Options,
) -> Chosen:
    """Tell how the positions of a window were chosen; in doubt they were picked by hand.

    Parameters
    ----------
    lake : Lake, optional
    wanted : Asked
        With aircraft named, those are the fleet.
    since, until : datetime, optional
        The window.
    selection : str, optional
        What the user says: it is believed, and the answer names it.
    options : Options

    Returns
    -------
    Chosen
        Files are picked by hand, whatever is in them: a folder does not say what was left out. A lake is not where
        its ledger has, for every UTC day of the window, a row for each aircraft named, for all of the day, or, where
        no aircraft is named, for each place. Which answer the row holds does not matter here: a day that could not be
        had was looked for, and leaves the exposure. Rows of files that the user put in are no such rows, nor are
        archives of less than a quarter of the folders that a day has.
    """
    if selection is not None:
        return Chosen(selection, "as the user said", "as the case file says")
    if lake is None:
        return _picked("files do not say what was left out; {} says otherwise", "fleet", "all")
    if since is None or until is None:
        return Chosen("hand_picked", "the lake holds no day")
    named = bool(wanted.icao24 or wanted.by_identity)
    terms = _terms(lake, wanted, options) if named else {f"airfield {c}" for c in wanted.codes} | _circles(wanted)
    lacking = _lacking(lake, terms, utc_days(since, until))
    if not lacking:
        return Chosen("fleet" if named else "all", "the ledger has every day of the window")
    whom = "these aircraft were" if named else "everybody there was" if terms else "everybody was"
    return _picked(
        f"the ledger does not say that {whom} looked for on {some_days(lacking)}; fetch "
        f"{'that day' if len(lacking) == 1 else 'those days'}, or say {{}}",
        "fleet" if named else "all",
    )


def _picked(why: str, *unless: str) -> Chosen:
    """Say that positions were picked by hand, and which word of the user, put into ``{}``, would say otherwise."""
    option = f"--selection {' or '.join(unless)}"
    line = "selection = " + " or ".join(f'"{s}"' for s in unless) + " in the case file"
    return Chosen("hand_picked", why.format(option), why.format(line))


def _circles(wanted: Asked) -> set[str]:
    return {f"at {c.latitude_deg:g},{c.longitude_deg:g},{c.radius_km:g}" for c in wanted.circles}


def _lacking(lake: Lake, terms: Collection[str], days: list[date]) -> list[date]:
    """Give the days on which neither everybody nor all of the terms was asked for."""
    rows = lake.ledger().filter(pl.col("day").is_in(days), pl.col("source") != _BY_USER, pl.col("what") != _BY_USER)
    few = (pl.col("what") == _EVERYBODY) & (pl.col("status") == "damaged") & (pl.col("folders") < _SOME)
    rows = rows.filter(~few.fill_null(value=False))
    asked: dict[date, set[str]] = {d: set() for d in days}
    for day, what in rows.select("day", "what").iter_rows():
        asked[day].add(what)
    return [d for d, have in asked.items() if _EVERYBODY not in have and not (terms and set(terms) <= have)]


def _terms(lake: Lake, wanted: Asked, options: Options) -> set[str]:
    """Give what the ledger must name for the fleet asked for: addresses, and words where no register has any."""
    addresses, unknown = _of_registers(wanted, Loaded.of(options))
    terms = addresses | {f"registration {t}" for t in unknown}
    if not terms:
        words = [f"operator {o}" for o in wanted.operator] + [f"type {t}" for t in wanted.typecode]
        terms = {" ".join(words)}
    return terms


def _of_registers(wanted: Asked, loaded: Loaded) -> tuple[set[str], list[str]]:
    """Give the addresses that registers give to the aircraft named, and the tails that they do not know."""
    sets: list[set[str]] = [set(wanted.icao24)] if wanted.icao24 else []
    unknown: list[str] = []
    if wanted.registration:
        found = addresses_of(wanted.registration, loaded.registers)
        sets.append({a for hits in found.values() for a in hits})
        unknown = [t for t, hits in found.items() if not hits]
    if wanted.operator or wanted.typecode:
        sets.append(set(described(loaded.registers, loaded.operators, wanted.operator, wanted.typecode)))
    return (set.intersection(*sets) if sets else set()), unknown


def fleet_of(lake: Lake | None, wanted: Asked, seen: Collection[str], options: Options) -> list[str] | None:
    """Name the aircraft that a count is about, those never received included.

    Parameters
    ----------
    lake : Lake, optional
    wanted : Asked
    seen : collection of str
        Addresses, or recordings, of the rows found.
    options : Options

    Returns
    -------
    list of str, or None where no aircraft was named.
    """
    if not (wanted.icao24 or wanted.by_identity):
        return None
    loaded = Loaded.of(options)
    named, _ = _of_registers(wanted, loaded)
    if lake is not None and wanted.by_identity:
        registers = pl.concat([lake.names().select(loaded.registers.columns), loaded.registers])
        said, _ = named_aircraft(lake, wanted, registers, loaded.operators)
        named |= set(said) & set(wanted.icao24) if wanted.icao24 else set(said)
    return sorted({*named, *seen})


def received_of(lake: Lake | None, result: Result | None) -> pl.DataFrame:
    """Tell who was received when: AIRCRAFT_DAYS, of a lake, or of the positions that an answer keeps."""
    if lake is None:
        return AIRCRAFT_DAYS.empty() if result is None else aircraft_days(result.positions)
    files = list(lake.layout.files("aircraft"))
    return AIRCRAFT_DAYS.conform(pl.concat([AIRCRAFT_DAYS.empty(), *(pl.read_parquet(f) for f in files)]))
