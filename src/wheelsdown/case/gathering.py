"""Where a case's positions come from: files, a lake, logs, a scenario, the demonstration's recordings, an archive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from wheelsdown import demo
from wheelsdown.case.form import Case, Fetch
from wheelsdown.engines.fetching import fetch
from wheelsdown.engines.options import Input, Options, Progress
from wheelsdown.engines.simulating import simulate_archives
from wheelsdown.errors import ArchiveError

__all__ = ["BESIDE", "Fetcher", "Gathered", "gather", "ways"]

_FORMAT: Final = "jsonl"
BESIDE: Final = ".positions"
"""Ends the name of the folder in which a run puts positions that it made."""


class Fetcher(Protocol):
    """Fetches a case's days into its lake, and says what came of it."""

    def __call__(self, wanted: Fetch, lake: Path, *, told: Callable[[str], None]) -> tuple[str, ...]:
        """Fetch; a sentence each for what was not had."""
        ...


@dataclass(frozen=True)
class Gathered:
    """What can be read, and how."""

    what: Input = ()
    options: Options = field(default_factory=Options)
    logs: tuple[Path, ...] = ()
    log_map: Path | None = None
    notes: tuple[str, ...] = ()
    there: bool = True
    """Whether there is anything to read at all."""
    roots: tuple[Path, ...] = ()
    """Folders and files that were named, for receipts."""
    made: Path | None = None
    """Folder of positions that this run made, beside the dossier."""


def gather(
    case: Case,
    folder: Path,
    *,
    offline: bool = False,
    fetcher: Fetcher | None = None,
    told: Callable[[str], None] = lambda _: None,
    progress: Progress | None = None,
    wheel: Path | None = None,
) -> Gathered:
    """Bring together what a case names: nothing is counted here.

    Parameters
    ----------
    case : Case
    folder : Path
        Where the dossier goes; simulated positions and the demonstration's recordings are put beside it, into
        ``FOLDER.positions``.
    offline : bool
        Ask no archive.
    fetcher : Fetcher, optional
        Asks the archive; `ways` by default.
    told : callable
        Told sentences on long work.
    progress : callable, optional
    wheel : Path, optional
        The package with the demonstration's recordings, where the user has it.

    Returns
    -------
    Gathered
        Files that are not there are named in its notes; where none is, `there` is false.

    Raises
    ------
    UsageError, SimulationError, OutputError, SourceError
        A scenario cannot be flown, or the recordings cannot be had.
    """
    of = case.positions
    notes: list[str] = []
    registers = [p for p in case.paths(of.registers) if _there(p, "register", notes)]
    options = Options(
        identity=_one(case, of.identity, "identity list", notes),
        mapping=_one(case, of.mapping, "mapping", notes),
        checks=_one(case, of.checks, "file of checks", notes),
        registers=registers,
        progress=progress,
    )
    beside = folder.with_name(f"{folder.name}{BESIDE}")
    if of.scenario:
        named = case.path(of.scenario)
        told(f"SIMULATED: flying {of.scenario} into {beside}")
        made = simulate_archives(
            named if named.is_file() else of.scenario, beside, formats=(_FORMAT,), progress=progress
        )
        options = replace(options, registers=[*registers, made.folder / "fleet.csv"])
        return Gathered(
            [made.folder / _FORMAT], options, notes=tuple(notes), roots=(made.folder / _FORMAT,), made=beside
        )
    if of.demo:
        told("fetching the recordings (traffic 2.13, once) ...")
        package = demo.fetch(wheel)
        beside.mkdir(parents=True, exist_ok=True)
        paths = demo.unpack(Path(package.file), [s.member for s in demo.SAMPLES], beside)
        notes.append(f"recordings of real flights from the Python package traffic 2.13, sha256 {package.sha256}")
        return Gathered(paths, options, notes=tuple(notes), roots=tuple(paths), made=beside)
    if of.fetch is not None:
        if offline:
            notes.append("the open archive was not asked: this run was told to ask nobody")
        else:
            notes += (fetcher or ways)(of.fetch, case.path(of.fetch.lake), told=told)
    return _given(case, options, notes)


def _given(case: Case, options: Options, notes: list[str]) -> Gathered:
    """Take files, logs or a lake as the case names them."""
    of = case.positions
    log_map = _one(case, of.log_map, "map of the log", notes)
    if of.lake:
        lake = case.path(of.lake)
        if not (lake / "lake.json").exists():
            notes.append(f"there is no lake at {of.lake}: no positions are loaded")
            return Gathered((), options, notes=tuple(notes), there=False)
        return Gathered((), replace(options, lake=lake), notes=tuple(notes), roots=(lake,))
    logs = tuple(p for p in case.paths(of.logs) if _there(p, "log", notes))
    if logs:
        return Gathered((), options, logs, log_map, tuple(notes), roots=logs)
    files = [p for p in case.paths(of.files) if any("*" in part for part in p.parts) or _there(p, "file", notes)]
    return Gathered(files, options, (), log_map, tuple(notes), there=bool(files), roots=tuple(files))


def _there(path: Path, what: str, notes: list[str]) -> bool:
    if path.exists():
        return True
    notes.append(f"the {what} {path.name} is not there, and was left out")
    return False


def _one(case: Case, written: str | None, what: str, notes: list[str]) -> Path | None:
    if written is None:
        return None
    path = case.path(written)
    return path if _there(path, what, notes) else None


def ways(wanted: Fetch, lake: Path, *, told: Callable[[str], None]) -> tuple[str, ...]:
    """Fetch out of the open archives, host after host; days that were not had stay in the lake's ledger as such."""
    notes: list[str] = []
    for host in wanted.hosts or (None,):
        named = host or "adsb.lol"
        try:
            done = fetch(lake, host=host, told=told, icao24=list(wanted.icao24), since=wanted.since, until=wanted.until)
        except ArchiveError as e:
            notes.append(f"the archive {named} could not be asked: {e}")
            continue
        for sentence in done.sentences():
            told(sentence)
        if done.failed:
            notes.append(f"the archive {named} did not answer for all days: run the case again to ask for the rest")
    return tuple(notes)
