"""Writes what was simulated as archives in the true formats, each file marked from within."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import polars as pl

from wheelsdown.errors import SimulationError
from wheelsdown.simulate.exports import write_exports, write_identities
from wheelsdown.simulate.lines import write_lines
from wheelsdown.simulate.marking import Owners, check_made_up
from wheelsdown.simulate.release import release_name, write_release

__all__ = ["FORMATS", "Flown", "Written", "days_with", "kept", "write_archives"]

FORMATS: Final = {
    "traces": "releases/: one tar a UTC day, as adsb.lol publishes them (readsb traces)",
    "jsonl": "jsonl/: one file a UTC day, an aircraft object a line, as readsb gives",
    "fr24": "fr24/: one CSV a flight, as Flightradar24 exports it; fr24_identity.csv says which aircraft flew each",
}
"""What can be written, and where it lies."""
_HALVES: Final = {"whole": 48, "half": 24}

Progress = Callable[[str, int, int], None]


class Flown(Protocol):
    """What `simulate` gives: see there."""

    @property
    def positions(self) -> pl.DataFrame:
        """POSITIONS as archives would hold them."""

    @property
    def legs(self) -> pl.DataFrame:
        """LEGS: the truth."""

    @property
    def fleet(self) -> pl.DataFrame:
        """REGISTER."""

    @property
    def days(self) -> pl.DataFrame:
        """Columns `date` and `state`: whole, half (until noon UTC), or missing."""


@dataclass(frozen=True)
class Written:
    """What was written."""

    files: dict[str, int] = field(default_factory=dict)
    """Format to number of files."""
    positions: int = 0
    days: int = 0


def days_with(days: pl.DataFrame) -> list[tuple[date, int]]:
    """List the days that archives have, each with how many half hours of it, by date.

    Raises
    ------
    SimulationError
        A day is of no known state.
    """
    out = []
    for day, state in days.select("date", "state").sort("date").iter_rows():
        if state == "missing":
            continue
        if state not in _HALVES:
            raise SimulationError(f"day {day} is {state!r}", field="days", remedy="whole, half or missing")
        out.append((day, _HALVES[state]))
    return out


def kept(positions: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Leave out the positions of days, and second halves of days, that no archive has."""
    has = pl.DataFrame(days_with(days), schema={"_day": pl.Date, "_halves": pl.Int64}, orient="row")
    whole = positions.with_columns(pl.col("time_utc").dt.date().alias("_day")).join(
        has, on="_day", maintain_order="left"
    )
    since = pl.col("time_utc") - pl.col("time_utc").dt.truncate("1d")
    return whole.filter(since < pl.col("_halves") * timedelta(minutes=30)).drop("_day", "_halves")


def write_archives(
    made: Flown, folder: Path, *, formats: Sequence[str] = tuple(FORMATS), progress: Progress | None = None
) -> Written:
    """Write positions in the formats asked for into a folder that exists.

    Parameters
    ----------
    made : Simulated
        From `simulate`: `positions`, `legs`, `fleet`, `days`.
    folder : Path
        ``releases/``, ``jsonl/`` and ``fr24/`` are made in it.
    formats : sequence of str
        Of `FORMATS`.
    progress : callable, optional
        Called before each step with its name, its number from 1, and how many there are.

    Returns
    -------
    Written

    Raises
    ------
    SimulationError
        A format is not known; a position might be a real aircraft's (see `marking.check_made_up`).

    Notes
    -----
    The same rows give the same bytes on every machine. What a format has no room for is lost in it, as it is in real
    files: call signs between every fourth point in traces, addresses and integrity in Flightradar24's CSV.
    """
    if unknown := [f for f in formats if f not in FORMATS]:
        raise SimulationError(f"no format {unknown[0]!r}", field="formats", remedy=f"choose of {', '.join(FORMATS)}")
    positions, days = kept(made.positions, made.days), days_with(made.days)
    check_made_up(positions)
    owners = Owners(made.fleet)
    by_day = {key[0]: rows for key, rows in positions.group_by(pl.col("time_utc").dt.date(), maintain_order=True)}
    steps = sum(len(days) for f in ("traces", "jsonl") if f in formats) + ("fr24" in formats)
    done = 0
    files: dict[str, int] = {}

    def step(name: str) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(name, done, steps)

    def of(day: date) -> pl.DataFrame:
        rows: Any = by_day.get(day)
        return positions.clear() if rows is None else rows

    if "traces" in formats:
        (folder / "releases").mkdir()
        for day, halves in days:
            step(release_name(day))
            write_release(folder / "releases" / release_name(day), of(day), owners, day, halves=halves)
        files["traces"] = len(days)
    if "jsonl" in formats:
        (folder / "jsonl").mkdir()
        heard = [day for day, _ in days if of(day).height]
        for day, _ in days:
            step(f"{day}.jsonl.gz")
            if day in heard:
                write_lines(folder / "jsonl" / f"{day}.jsonl.gz", of(day), owners)
        files["jsonl"] = len(heard)
    if "fr24" in formats:
        (folder / "fr24").mkdir()
        step("fr24")
        exports = write_exports(folder / "fr24", positions, made.legs)
        write_identities(folder / "fr24_identity.csv", exports, owners)
        files["fr24"] = len(exports)
    return Written(files, positions.height, len(days))
