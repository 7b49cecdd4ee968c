"""Brings an answer to where it was asked for: a terminal, a pipe, files."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wheelsdown.cli import show
from wheelsdown.cli.parameters import Delivery

if TYPE_CHECKING:
    from wheelsdown.engines.result import Result

__all__ = ["checked", "deliver", "draws", "say_if_nothing"]

_PIECE: Final = 1 << 16
_WITHOUT_POSITIONS: Final = {".csv", ".json", ".xlsx", ".parquet"}


def checked(
    delivery: Delivery | None,
    problems: Path | None = None,
    *,
    paths: Sequence[Path] = (),
    files: Iterable[Path | None] = (),
    lake: Path | None = None,
) -> Delivery:
    """Refuse file names that cannot or must not be written, before anything is read.

    Parameters
    ----------
    delivery, problems
        Where things go.
    paths
        Files, folders and globs that are read.
    files
        Single files that are read beside them: mapping, identity, airfields, registers.
    lake
        A lake that is read or written, or a dossier: nothing else may be put into its folder.

    Raises
    ------
    UsageError
        A suffix is unknown, a file would be written over one that is read, or two things go to one file.
    """
    from wheelsdown.errors import OutputError, UsageError
    from wheelsdown.outputs import output_for

    delivery = delivery or Delivery()
    targets = [p for p in [*(delivery.output or []), *([problems] if problems else [])] if str(p) != "-"]
    for path in targets:
        try:
            output_for(path)
        except OutputError as e:
            raise UsageError(str(e)) from e
    _apart(targets, paths, [p for p in files if p is not None])
    for path in targets:
        if lake is not None and path.resolve().is_relative_to(lake.resolve()):
            what = "dossier" if (lake / "manifest.json").exists() else "lake"
            raise UsageError(f"{path}: lies in the {what} {lake}, where only its own files belong; name another")
    return delivery


def _apart(targets: Sequence[Path], paths: Sequence[Path], files: Sequence[Path]) -> None:
    """Refuse to write over what is read, or twice to one place.

    Raises
    ------
    UsageError
    """
    from wheelsdown.errors import UsageError
    from wheelsdown.sources.paths import expand

    written: dict[Path, Path] = {}
    for target in targets:
        for file in _written(target):
            if (first := written.setdefault(file.resolve(), target)) is not target:
                raise UsageError(f"{first} and {target}: both would be written to {file}; give each its own file")
    # only what exists can be destroyed, so that most runs need not look
    existing = [(target, file) for target in targets for file in _written(target) if file.exists()]
    if not existing:
        return
    for given in [*(expand(paths) if paths else []), *(p for p in files if p.exists())]:
        for target, file in existing:
            if given.exists() and given.samefile(file):
                what = f"{target}: " if file == target else f"{target}, which also writes {file}: "
                raise UsageError(f"{what}would overwrite {given}, which is read; give another name")


def _written(target: Path) -> list[Path]:
    """Name the files that come with an output: a CSV may bring its description."""
    if target.suffix.lower() != ".csv":
        return [target]
    return [target, target.with_name(f"{target.stem}.datapackage.json")]


def draws(delivery: Delivery) -> bool:
    """Tell whether a file asked for may draw the way flown, and so needs the positions."""
    return any(str(p) != "-" and p.suffix.lower() not in _WITHOUT_POSITIONS for p in delivery.output or [])


def deliver(result: Result, delivery: Delivery, *, problems: Path | None = None) -> None:
    """Write files, print what belongs on stdout, and say the rest on stderr."""
    from wheelsdown.outputs import write
    from wheelsdown.outputs.interface import SIMULATED_NOTE
    from wheelsdown.schema import PROBLEMS

    if problems is not None:
        write(result.problems, problems, PROBLEMS)
    show.problems(result.problems, problems)
    show.notes((*([SIMULATED_NOTE] if result.simulated else []), *result.notes), result.receipts["file"])
    files = [p for p in delivery.output or [] if str(p) != "-"]
    for path in files:
        write(result.frame, path, result.table, extras=result.extras())
        show.say(f"wrote {path} ({result.frame.height} rows)")
    as_csv = len(files) < len(delivery.output or [])
    if delivery.json or as_csv or not files:
        _print(result, as_json=delivery.json, as_csv=as_csv)


def say_if_nothing(result: Result, *, ruled_out: bool = False) -> int:
    """Say why there are no rows, and give the exit code: without a position nothing was answered.

    Parameters
    ----------
    result
        What was found.
    ruled_out
        Passes without a stop were asked for as well.

    Returns
    -------
    int
        1 where no position could be read, else 0.
    """
    if result.positions_read == 0:
        show.say(f"no {result.loaded} loaded; nothing could be counted")
        return 1
    if result.positions_read and result.frame.is_empty():
        one = {"VISITS": "visit", "LEGS": "leg", "GAPS": "gap"}.get(result.table.name, "row")
        count, of = result.positions_read, result.aircraft_read
        positions = f"{count} position{'s' if count != 1 else ''} of {of} aircraft"
        if result.passed_over:
            show.say(
                f"the lake holds {positions} in this window, none of them near the places, or of the aircraft, asked "
                f"for; no {one} found"
            )
            return 0
        more = "; --ruled-out lists passes without a stop" if one == "visit" and not ruled_out else ""
        show.say(f"{positions} read; no {one} found{more}")
    return 0


def _print(result: Result, *, as_json: bool, as_csv: bool) -> None:
    from wheelsdown.outputs import csv_, json_

    if as_json:
        _put(json_.to_text(result.frame, result.table, extras=result.extras()))
    elif as_csv or not sys.stdout.isatty():
        _put(csv_.to_text(result.frame, result.table, extras=result.extras()))
    else:
        show.table(result.frame, result.table.name)
        sys.stdout.flush()
        show.footer(result)


def _put(text: str) -> None:
    """Write in pieces, so that a reader who has had enough stops the writing."""
    for start in range(0, len(text), _PIECE):
        sys.stdout.write(text[start : start + _PIECE])
