"""Makes simulated archives out of a scenario: the verb `simulate`."""

from __future__ import annotations

import filecmp
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from wheelsdown.engines.result import Result
from wheelsdown.errors import OutputError, UsageError
from wheelsdown.outputs import Extras, write
from wheelsdown.reference.airfields import load as load_airfields
from wheelsdown.reference.store import PACKED
from wheelsdown.schema import LEGS, REGISTER, VISITS
from wheelsdown.simulate.archives import FORMATS, write_archives
from wheelsdown.simulate.marking import SAYS, Owners
from wheelsdown.simulate.observers import Errors, log_of, mapping_of, watched
from wheelsdown.simulate.shipped import scenario_path, shipped, with_seed
from wheelsdown.table import Column, Table

if TYPE_CHECKING:
    from wheelsdown.simulate import Scenario, Simulated

__all__ = ["SCENARIOS", "Made", "scenarios", "simulate_archives", "told"]

Progress = Callable[[str, int, int], None]

SCENARIOS: Final = Table(
    "SCENARIOS",
    "One row a scenario that comes with the package.",
    (
        Column("name", pl.String(), "as in wheelsdown simulate NAME", null="never"),
        Column("tells", pl.String(), "what it is for", null="never"),
        Column("file", pl.String(), "where it lies: copy it to write your own", null="never"),
    ),
)
_SCENARIO: Final = "scenario.toml"
_README: Final = "README.txt"


@dataclass(frozen=True)
class Made:
    """What was written where."""

    folder: Path
    name: str
    seed: int
    files: dict[str, int]
    """Format to number of files."""
    positions: int
    visits: int
    legs: int
    airfield: str | None = None
    """Whose observers' log was written."""
    already: bool = False
    """The folder held the very same files before."""
    notes: tuple[str, ...] = ()
    """What was asked for and could not be flown."""


def scenarios() -> Result:
    """List the scenarios that come with the package."""
    rows = [{"name": s.name, "tells": s.tells, "file": str(s.path)} for s in shipped()]
    return Result(SCENARIOS, pl.DataFrame(rows, schema=SCENARIOS.schema))


def simulate_archives(
    scenario: str | Path,
    output: Path,
    *,
    formats: Sequence[str] = tuple(FORMATS),
    seed: int | None = None,
    observers: str | None = None,
    progress: Progress | None = None,
) -> Made:
    """Fly a scenario and write its archives, its truth and its fleet into a folder.

    Parameters
    ----------
    scenario : str or path
        A TOML file, or the name of one that comes with the package.
    output : path
        The folder; made whole or not at all. One that holds the same files already is left as it is.
    formats : sequence of str
        Of ``traces``, ``jsonl``, ``fr24``.
    seed : int, optional
        Instead of the scenario's own; the copy of the scenario in the folder then has it.
    observers : str, optional
        Code of an airfield, or ``auto`` for the one where most landed: a made observers' log of it is written.
    progress : callable, optional
        Called before each step with its name, its number from 1, and how many there are.

    Returns
    -------
    Made

    Raises
    ------
    UsageError
        A format is not known, or the folder holds something else.
    SimulationError
        The scenario cannot be read or flown.
    OutputError
        The folder cannot be written.

    Notes
    -----
    The packed airfields are used, whatever the user's own lists say: the same scenario and seed give the same bytes on
    every machine.
    """
    from wheelsdown.simulate import Scenario, simulate  # noqa: PLC0415 - slow to load

    if not formats or (unknown := [f for f in formats if f not in FORMATS]):
        said = f"{unknown[0]!r} is no format" if formats else "no format"
        raise UsageError(f"--formats: {said}; choose of {', '.join(FORMATS)}")
    path = scenario_path(scenario)
    flown, text = Scenario.from_toml(path), path.read_text(encoding="utf-8-sig")
    if seed is not None:
        flown, text = _with_seed(flown, seed), with_seed(text, seed)
    output = output.expanduser().resolve()
    _free(output, text)
    known = load_airfields(PACKED)
    made = simulate(flown, airfields=known.fields, runways=known.runways)
    with _whole_or_not(output) as folder:
        written = write_archives(made, folder, formats=formats, progress=progress)
        _truth(made, folder)
        place = _log(made, folder, observers, flown.seed) if observers else None
        (folder / _SCENARIO).write_bytes(text.encode())
        (folder / _README).write_bytes(_readme(flown, written.files, place, made.notes).encode())
        if same := _same(folder, output):
            shutil.rmtree(folder)
    return Made(
        output,
        flown.name,
        flown.seed,
        written.files,
        written.positions,
        made.visits.height,
        made.legs.height,
        place,
        same,
        made.notes,
    )


def told(made: Made) -> Iterator[str]:
    """Say in sentences what was made."""
    if made.already:
        yield f"SIMULATED: {made.folder} holds these very files already; nothing was written"
        yield from (f"note: {note}" for note in made.notes)
        return
    files = ", ".join(f"{n} {f} file{'' if n == 1 else 's'}" for f, n in made.files.items())
    yield f"SIMULATED: {made.name}, seed {made.seed}: {made.positions} positions of {made.legs} flights; {files}"
    yield f"the truth: {made.visits} visits and {made.legs} legs"
    yield from (f"note: {note}" for note in made.notes)
    if made.airfield:
        yield f"an observers' log of {made.airfield}"
    yield f"wrote {made.folder}"


def _with_seed(flown: Scenario, seed: int) -> Scenario:
    from msgspec.structs import replace  # noqa: PLC0415 - only here

    return replace(flown, seed=seed)


def _free(output: Path, text: str) -> None:
    """Refuse, before anything is flown, a folder that holds something else.

    Raises
    ------
    UsageError
    """
    if not output.exists() and not output.is_symlink():
        return
    if not output.is_dir():
        raise UsageError(f"{output} is a file; name a folder")
    if not any(output.iterdir()):
        return
    kept = output / _SCENARIO
    if not kept.is_file():
        raise UsageError(f"{output} holds files that are no simulation; name a new folder")
    if kept.read_bytes() != text.encode():
        raise UsageError(f"{output} holds another scenario, or another seed; name a new folder, or remove it first")


@contextmanager
def _whole_or_not(output: Path) -> Iterator[Path]:
    """Give a folder beside the one asked for; it takes its place when all went well.

    Raises
    ------
    UsageError
        The folder was there, with other files in it.
    OutputError
        It cannot be written.
    """
    folder = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        _sweep(output)
        folder.mkdir()
        yield folder
        if not folder.exists():
            return  # the same was there before
        if output.is_dir() and any(output.iterdir()):
            raise UsageError(
                f"{output} holds a simulation made otherwise (other formats, another version, or changed since); name "
                "a new folder, or remove it first"
            )
        if output.is_dir():
            output.rmdir()
        folder.rename(output)
    except OSError as e:
        raise OutputError(f"{output}: cannot be written: {e.strerror or e}") from e
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(output: Path) -> None:
    """Remove what killed runs left behind."""
    for left in output.parent.glob(f".{output.name}.*.part"):
        number = left.name.removesuffix(".part").rpartition(".")[2]
        if number.isdecimal() and not _runs(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _runs(pid: int) -> bool:
    if sys.platform == "win32":  # pragma: no cover - a signal 0 would end the process there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return pid != os.getpid()


def _same(new: Path, old: Path) -> bool:
    """Tell whether two folders hold the same files with the same bytes."""
    if not old.is_dir():
        return False
    there = [{p.relative_to(f).as_posix() for p in f.rglob("*") if not p.is_dir()} for f in (new, old)]
    return there[0] == there[1] and all(filecmp.cmp(new / name, old / name, shallow=False) for name in there[0])


def _truth(made: Simulated, folder: Path) -> None:
    extras = Extras(simulated=True)
    write(made.visits, folder / "truth_visits.csv", VISITS, extras=extras)
    write(made.legs, folder / "truth_legs.csv", LEGS, extras=extras)
    write(made.fleet, folder / "fleet.csv", REGISTER, extras=extras)


def _log(made: Simulated, folder: Path, airfield: str, seed: int) -> str:
    """Write the observers' log.

    Raises
    ------
    UsageError
        Nothing landed at the airfield.
    """
    place = watched(made.visits) if airfield == "auto" else airfield.strip().upper()
    if place is None or not (made.visits["airfield"] == place).any():
        raise UsageError(f"--observers {airfield}: nothing landed there in this scenario")
    text = log_of(made.visits, place, Owners(made.fleet), seed=seed)
    (folder / "observers.csv").write_bytes(text.encode())
    (folder / "observers_map.toml").write_bytes(mapping_of(place).encode())
    return place


def _readme(flown: Scenario, files: dict[str, int], place: str | None, notes: Sequence[str]) -> str:
    """Say what lies in the folder."""
    rows: list[tuple[str, Any]] = [(FORMATS[f], f"{n} file{'' if n == 1 else 's'}") for f, n in files.items()]
    lines = [
        SAYS,
        "",
        f"Scenario: {flown.name}. Seed {flown.seed}. From {flown.start}, {flown.days} UTC days.",
        *(f"Note: {note}." for note in notes),
        "",
        *(f"{what} ({count})" for what, count in rows),
        "truth_visits.csv, truth_legs.csv: what was flown (datapackage.json describes their columns)",
        "fleet.csv: the invented aircraft; a register for --registers",
    ]
    if place is not None:
        e = Errors()
        lines.append(
            f"observers.csv: a made observers' log of {place}: {e.missed:.0%} of the visits missed, {e.wrong_tail:.0%} "
            f"with a wrong tail, {e.wrong_day:.0%} written to leave the day before, {e.twice:.0%} entered twice, times "
            f"off by {e.minutes:g} minutes (standard deviation). observers_map.toml says how to read it (--log-map)"
        )
    lines += [
        f"{_SCENARIO}: makes the same files again: wheelsdown simulate {_SCENARIO} -o NEW_FOLDER",
        "",
        "Read one format at a time; they hold the same positions. Heatmaps in the releases hold none: their format has",
        "no room to say that flights are simulated.",
    ]
    return "\n".join(lines) + "\n"
