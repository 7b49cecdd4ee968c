"""Brings an answer to where it was asked for: a terminal, a pipe, files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wheelsdown.cli import show
from wheelsdown.cli.parameters import Delivery

if TYPE_CHECKING:
    from wheelsdown.engines.result import Result

__all__ = ["checked", "deliver", "draws"]

_PIECE: Final = 1 << 16
_WITHOUT_POSITIONS: Final = {".csv", ".json", ".xlsx", ".parquet"}


def checked(delivery: Delivery | None, problems: Path | None = None) -> Delivery:
    """Refuse file names that cannot be written before an hour of work is spent on them.

    Raises
    ------
    UsageError
        A suffix is unknown.
    """
    from wheelsdown.errors import OutputError, UsageError
    from wheelsdown.outputs import output_for

    delivery = delivery or Delivery()
    for path in [*(delivery.output or []), *([problems] if problems else [])]:
        if str(path) == "-":
            continue
        try:
            output_for(path)
        except OutputError as e:
            raise UsageError(str(e)) from e
    return delivery


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
