"""Checks a lake against its chain: every file, every byte; and on request the tables made from others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from wheelsdown.chain import read as read_chain
from wheelsdown.errors import LakeError
from wheelsdown.lake.building import read_whole
from wheelsdown.lake.checks import faults as faults_of_checks
from wheelsdown.lake.commit import recover, sha256_of, state
from wheelsdown.lake.files import locked
from wheelsdown.lake.footers import false_ones
from wheelsdown.lake.layout import DAILY, MONTHLY, Layout
from wheelsdown.lake.near import NEAR_ORDER, aircraft_days, near_rows
from wheelsdown.schema import AIRCRAFT_DAYS, NEAR, POSITIONS, RECEIPTS, VERIFIED

__all__ = ["verify", "verify_checks"]

Progress = Callable[[str, int, int], None]
_GOOD: Final = "good"


def verify(path: str | Path, *, deep: bool = False, progress: Progress | None = None) -> pl.DataFrame:
    """Check that a lake is what was committed.

    Parameters
    ----------
    path : path
        The lake's folder.
    deep : bool
        Also make the near tables and the list of aircraft anew from the positions, and look for rows whose receipt is
        not among the receipts.
    progress : callable, optional
        Called before each file with its name, its number from 1, and how many there are.

    Returns
    -------
    VERIFIED
        One row a file and finding, faults first. `finding` is ``good`` where a file is as it was committed.

    Raises
    ------
    LakeError
        It is no lake, or another process keeps writing.

    Notes
    -----
    It can tell that a file or an entry was altered, added or taken away since it was committed. It cannot tell whether
    the whole lake, chain included, was made anew by someone else: compare the last hash with one noted elsewhere. What
    lies in ``.cache`` is no evidence; of it only the packed footers are checked, which reading relies on.
    """
    layout = Layout(Path(path).expanduser())
    if not layout.root.is_dir() or not (layout.chain.exists() or layout.about.exists()):
        raise LakeError(f"{layout.root}: no lake")
    recover(layout)
    with locked(layout.lock, shared=True):
        rows = list(_findings(layout, deep=deep, progress=progress))
    frame = pl.DataFrame(rows, schema=VERIFIED.schema, orient="row")
    return frame.sort((pl.col("finding") != _GOOD).cast(pl.Int8), "file", descending=[True, False], maintain_order=True)


def _findings(layout: Layout, *, deep: bool, progress: Progress | None) -> Iterator[tuple[object, ...]]:
    chain = read_chain(layout.chain)
    for fault in chain.faults:
        yield layout.chain.name, fault, "restore chain.jsonl from a copy", None, None, None
    if chain.torn is not None:
        why = "its last line is unfinished: a writer was stopped; that entry never counted"
        yield layout.chain.name, why, "nothing: the next writer removes it", None, None, None
    if not chain.faults and chain.torn is None:
        last = chain.last
        yield layout.chain.name, _GOOD, None, last.sha256 if last else None, None, last.number if last else 0
    if layout.checks.exists():
        yield from _checks(layout.checks)
    due = state(chain)
    entered = {name: e.number for e in chain.entries for name in e.body.get("files", {})}
    files = {p.relative_to(layout.root).as_posix() for p in _files(layout)}
    names = sorted(due.keys() | files)
    whole: set[str] = set()
    for number, name in enumerate(names, start=1):
        if progress is not None:
            progress(name, number, len(names))
        if name not in files:
            yield name, "is missing", "restore it from a copy, or make the lake anew", due[name], None, entered[name]
            continue
        have, _ = sha256_of(layout.root / name)
        if name not in due:
            yield name, "was never committed", "move it out of the lake", None, have, None
        elif have != due[name]:
            why = "differs from what was committed: altered or damaged since"
            yield name, why, "restore it from a copy, or make the lake anew", due[name], have, entered[name]
        else:
            whole.add(name)
            yield name, _GOOD, None, due[name], have, entered[name]
    for name in sorted(n for n in files if n.startswith("raw/") and n in whole):
        if name.rsplit("/", 1)[-1] != due[name]:
            yield name, "holds other bytes than its name says", "restore it from a copy", None, due[name], entered[name]
    for name in false_ones(layout, whole):
        yield name, "is not the footer of the file it stands for", "delete the folder .cache/footers", None, None, None
    if deep:
        for name in sorted(n for n in whole if n.startswith("positions/")):
            yield from _deep(layout, date.fromisoformat(Path(name).stem), whole, due)


def verify_checks(path: Path) -> pl.DataFrame:
    """Check a file of checks: that each line is as it was signed, and names the line before.

    Parameters
    ----------
    path : path

    Returns
    -------
    VERIFIED
        One row a finding; ``good``, with the last hash and how many entries there are, where there is no other.
    """
    return pl.DataFrame(list(_checks(path)), schema=VERIFIED.schema, orient="row")


def _checks(path: Path) -> Iterator[tuple[object, ...]]:
    """Check what people signed: a chain beside the lake's own, which ingesting and fetching never touch."""
    name = path.name
    wrong = faults_of_checks(path)
    for fault in wrong:
        torn = fault.startswith("its last line")
        remedy = f"restore {name} from a copy"
        if torn:
            remedy += ", or sign again: the next check moves the line into a file beside"
        yield name, fault, remedy, None, None, None
    if not wrong:
        last = read_chain(path).last
        yield name, _GOOD, None, last.sha256 if last else None, None, last.number if last else 0


def _files(layout: Layout) -> Iterator[Path]:
    if layout.about.exists():
        yield layout.about
    for folder in (*DAILY, *MONTHLY, "raw"):
        root = layout.root / folder
        if root.is_dir():
            yield from (p for p in root.rglob("*") if p.is_file() or p.is_symlink())


def _deep(layout: Layout, day: date, whole: set[str], due: Mapping[str, str]) -> Iterator[tuple[object, ...]]:
    """Make one day's small tables anew, and compare those that are as they were committed."""
    positions = read_whole(layout.path("positions", day), POSITIONS)
    near, aircraft, receipts = (layout.name(what, day) for what in ("near", "aircraft", "receipts"))
    anew = "make the lake anew"
    if near in whole:
        made = near_rows(positions).sort(*NEAR_ORDER, "receipt", maintain_order=True)
        if not made.equals(read_whole(layout.root / near, NEAR)):
            yield near, "is not what the positions give", anew, None, None, None
    if aircraft in whole:
        listed = read_whole(layout.root / aircraft, AIRCRAFT_DAYS).filter(pl.col("day") == day)
        if not aircraft_days(positions).equals(listed):
            yield aircraft, f"is not what the positions of {day} give", anew, None, None, None
    if receipts in whole or receipts not in due:
        known = read_whole(layout.root / receipts, RECEIPTS)["receipt"]
        unknown = positions.filter(~pl.col("receipt").is_in(known.to_list()))["receipt"].drop_nulls().unique().sort()
        if len(unknown):
            some = ", ".join(unknown.head(3))
            why = f"names {len(unknown)} receipts that are not there: {some}"
            yield layout.name("positions", day), why, anew, None, None, None
